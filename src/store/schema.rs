//! The tables of a run store, and what their numbers mean.

/// Version of the tables. A store with another one is refused, never guessed at.
pub(super) const FORMAT: i64 = 4;

/// Marks a SQLite file as a run store ("fblk").
pub(super) const APPLICATION_ID: i64 = 0x6662_6c6b;

/// The name in `meta` under which [`Facts`](super::Facts) are kept, as JSON.
pub(super) const FACTS: &str = "facts";

/// Everything the program knows about a run.
///
/// `batch.state`: 0 pending, 1 sent, 2 settled. `batch.outcomes` has one letter per item once it is settled: `S` succeeded,
/// `F` failed, `U` unconfirmed, `>` moved to a batch of its own whose `parent` is this one. Every letter is written from a
/// verdict: a batch without letters is not done. Whatever did not succeed has its reason in `unsuccessful`.
/// `places` has eight bytes per item: the record and, for an item that is one cell, its column. An empty string among `sources` stands for
/// the one before it.
/// `bodies` and `sources` are compressed. `seal` is over the other columns: what a batch holds is verified whenever it is read.
/// A `call` without `ended_at` was intended and perhaps sent; nobody saw its end.
pub(super) const TABLES: &str = "
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE envelope (
    id    INTEGER PRIMARY KEY,
    value TEXT NOT NULL,
    seal  INTEGER NOT NULL
) STRICT;

CREATE TABLE batch (
    id           INTEGER PRIMARY KEY,
    parent       INTEGER REFERENCES batch (id),
    envelope     INTEGER NOT NULL REFERENCES envelope (id),
    first_place INTEGER NOT NULL,
    items        INTEGER NOT NULL,
    state        INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    calls        INTEGER NOT NULL DEFAULT 0,
    outcomes     TEXT CHECK (outcomes IS NULL OR length(outcomes) = items),
    succeeded    INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    unconfirmed  INTEGER NOT NULL DEFAULT 0,
    moved        INTEGER NOT NULL DEFAULT 0,
    log_id       TEXT,
    CHECK ((state = 2) = (outcomes IS NOT NULL))
) STRICT;

CREATE TABLE content (
    batch   INTEGER PRIMARY KEY REFERENCES batch (id),
    seal    INTEGER NOT NULL,
    bodies  BLOB NOT NULL
) STRICT;

CREATE TABLE source (
    batch   INTEGER PRIMARY KEY REFERENCES batch (id),
    seal    INTEGER NOT NULL,
    places  BLOB NOT NULL,
    sources BLOB NOT NULL
) STRICT;

CREATE TABLE call (
    id       INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL REFERENCES batch (id),
    attempt  INTEGER NOT NULL,
    sent_at  INTEGER NOT NULL,
    ended_at INTEGER,
    result   TEXT,
    status   INTEGER,
    code     INTEGER,
    message  TEXT,
    log_id   TEXT
) STRICT;

CREATE INDEX call_open ON call (batch) WHERE ended_at IS NULL;

CREATE TABLE reason (
    id   INTEGER PRIMARY KEY,
    code INTEGER,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX reason_by_text ON reason (text, code);

CREATE TABLE unsuccessful (
    batch    INTEGER NOT NULL REFERENCES batch (id),
    position INTEGER NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('failed', 'unconfirmed')),
    reason   INTEGER NOT NULL REFERENCES reason (id),
    PRIMARY KEY (batch, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejection (
    place  INTEGER PRIMARY KEY,
    rule   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    reason TEXT NOT NULL,
    column TEXT,
    source BLOB NOT NULL,
    stray  TEXT
) STRICT;
";

/// Made after the batches are in: an index is filled faster at once than row by row.
pub(super) const INDEXES: &str = "
CREATE INDEX IF NOT EXISTS batch_by_place ON batch (first_place, id);
";
