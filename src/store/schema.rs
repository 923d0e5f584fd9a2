//! The tables of a run store, and what their numbers mean.

use crate::model::CallResult;

/// Version of the tables. A store with another one is refused, never guessed at.
pub(super) const FORMAT: i64 = 5;

/// Marks a SQLite file as a run store ("fblk").
pub(super) const APPLICATION_ID: i64 = 0x6662_6c6b;

/// The name in `meta` under which [`Facts`](super::Facts) are kept, as JSON.
pub(super) const FACTS: &str = "facts";

/// Results of calls, as SQL lists them.
pub(super) fn listed(results: &[CallResult]) -> String {
    let words: Vec<_> = results.iter().map(|result| format!("'{result}'")).collect();
    words.join(", ")
}

/// Everything the program knows about a run.
///
/// `batch.state`: 0 pending, 1 sent, 2 settled. A settled batch counts its items by outcome; `outcomes` has one letter per item: `S`
/// succeeded, `F` failed, `U` unconfirmed, `>` moved to a batch of its own whose `parent` is this one, and is not written when all
/// succeeded. Each count is made from verdicts: a batch without counts is not done. Whatever did not succeed has its reason in
/// `unsuccessful`. `batch.calls` are the attempts used up by calls that have ended.
/// A batch that is settled without a call was so already; `evidence` says so of each item.
/// `places` has eight bytes per item: the record and, for an item that is one cell, its column. An empty string among `sources` stands for
/// the one before it.
/// `bodies` and `sources` are compressed. What a batch holds is verified whenever it is read: `sources_seal` is over `places` and
/// `sources`, `bodies_seal` over `bodies`.
/// A row of `intent` stands for calls with consecutive numbers, from `call` on, of batches with consecutive numbers, from `batch` on:
/// each is the same attempt of its batch. It is durable before the first byte of the first call leaves, and deleted when all of them
/// have ended. A `call` is written when it has ended. What was intended and has not ended is in `open_call`: perhaps sent, and nobody
/// saw its end.
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
    state        INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    calls        INTEGER NOT NULL DEFAULT 0,
    outcomes     TEXT CHECK (outcomes IS NULL OR length(outcomes) = items),
    succeeded    INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    unconfirmed  INTEGER NOT NULL DEFAULT 0,
    moved        INTEGER NOT NULL DEFAULT 0,
    log_id       TEXT,
    CHECK ((state = 2) = (succeeded + failed + unconfirmed + moved = items)),
    CHECK (outcomes IS NOT NULL OR state < 2 OR succeeded = items)
) STRICT;

CREATE TABLE content (
    batch        INTEGER PRIMARY KEY REFERENCES batch (id),
    sources_seal INTEGER NOT NULL,
    places       BLOB NOT NULL,
    sources      BLOB NOT NULL,
    bodies_seal  INTEGER NOT NULL,
    bodies       BLOB NOT NULL
) STRICT;

CREATE TABLE intent (
    call    INTEGER PRIMARY KEY,
    calls   INTEGER NOT NULL CHECK (calls > 0),
    batch   INTEGER NOT NULL REFERENCES batch (id),
    attempt INTEGER NOT NULL,
    sent_at INTEGER NOT NULL
) STRICT;

CREATE TABLE call (
    id       INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL REFERENCES batch (id),
    attempt  INTEGER NOT NULL,
    sent_at  INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    result   TEXT NOT NULL,
    status   INTEGER,
    code     INTEGER,
    message  TEXT,
    log_id   TEXT
) STRICT;

CREATE VIEW open_call (id, batch, attempt, sent_at) AS
SELECT intent.call + batch.id - intent.batch, batch.id, intent.attempt, intent.sent_at
FROM intent JOIN batch ON batch.id BETWEEN intent.batch AND intent.batch + intent.calls - 1
WHERE NOT EXISTS (SELECT 1 FROM call WHERE call.id = intent.call + batch.id - intent.batch);

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
