//! A run store being filled by prepare. Until it is marked with its format it is no run, so nothing of it needs to survive: it is
//! written straight into the file, made durable as a whole, and marked last.

mod writer;

pub use self::writer::NewStoreWriter;

use std::collections::{HashMap, HashSet};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::checksum::checksum;
use super::content::Packer;
use super::folder::private_file;
use super::items::{Reader, StoredBatch};
use super::{Facts, Found, StoreError, connect, evidence, said, schema};
use crate::batching::Filled;
use crate::endpoint::Endpoint;
use crate::model::{BatchId, Place, Rejection};

/// What is known of a batch's items before the run sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They were never sent.
    NotSent,
    /// The run before sent them, and nobody knows what became of them.
    Unknown,
    /// They are not sent: the platform holds what they say already.
    AlreadySo,
}

/// A run store that is not a run yet.
#[derive(Debug)]
pub struct NewStore {
    connection: Connection,
    path: PathBuf,
    envelopes: HashMap<Vec<String>, i64>,
    packer: Packer,
    /// Kinds of rejections whose texts are kept.
    kinds: HashSet<String>,
}

impl NewStore {
    /// Makes the store's file.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: begin(path)?,
            path: path.to_owned(),
            envelopes: HashMap::new(),
            packer: Packer::default(),
            kinds: HashSet::new(),
        })
    }

    /// Forgets everything staged: the input is read once more.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.envelopes.clear();
        self.kinds.clear();
        // Lets go of the file before it is made anew.
        self.connection = Connection::open_in_memory()?;
        self.connection = begin(&self.path)?;
        Ok(())
    }

    /// Adds a batch.
    pub fn add_batch(
        &mut self,
        endpoint: &Endpoint,
        filled: &Filled,
        fate: Fate,
    ) -> Result<BatchId, StoreError> {
        let envelope = self.envelope(endpoint, &filled.envelope)?;
        let items = i64::try_from(filled.places.len()).unwrap_or(i64::MAX);
        let (state, succeeded) = match fate {
            Fate::NotSent => (0, 0),
            Fate::Unknown => (1, 0),
            Fate::AlreadySo => (2, items),
        };
        let id = self
            .connection
            .prepare_cached(
                "INSERT INTO batch (envelope, first_place, items, state, succeeded) VALUES (?, ?, ?, ?, ?)",
            )?
            .insert(params![
                envelope,
                signed(filled.first_place().number()),
                items,
                state,
                succeeded
            ])?;
        self.packer.add_content(
            &self.connection,
            id,
            &filled.places,
            &filled.bodies,
            &filled.sources,
        )?;
        Ok(BatchId(id))
    }

    /// The batch that was added last.
    pub fn last_batch(&self) -> Result<BatchId, StoreError> {
        let query = "SELECT coalesce(max(id), 0) FROM batch";
        let last = self.connection.query_row(query, [], |row| row.get(0))?;
        Ok(BatchId(last))
    }

    /// The next batches after the one and up to the other, until they have so many items.
    pub fn next_items(
        &self,
        after: BatchId,
        last: BatchId,
        items_max: usize,
    ) -> Result<Vec<StoredBatch>, StoreError> {
        Reader {
            connection: &self.connection,
            fate_unknown: "state = 1",
            has_evidence: false,
        }
        .next(after, last, items_max)
    }

    /// Removes a batch whose items are added in others.
    pub fn remove_batch(&self, batch: BatchId) -> Result<(), StoreError> {
        for query in [
            "DELETE FROM content WHERE batch = ?",
            "DELETE FROM batch WHERE id = ?",
        ] {
            self.connection.prepare_cached(query)?.execute([batch.0])?;
        }
        Ok(())
    }

    /// Keeps what was there before anything is sent.
    pub fn keep_before(&self, found: &[Found]) -> Result<(), StoreError> {
        evidence::keep_before(&self.connection, found)
    }

    /// Adds a row that is not sent. `stray` are its cells that belong to no column.
    pub fn add_rejection(
        &mut self,
        place: Place,
        rejection: &Rejection,
        source: &[u8],
        stray: &str,
    ) -> Result<(), StoreError> {
        let (kind, sentence) = (rejection.kind(), rejection.sentence());
        let (kind_words, words) = (kind.to_string(), sentence.to_string());
        if self.kinds.insert(kind_words.clone()) {
            said::keep(&self.connection, &kind_words, &kind)?;
        }
        said::keep(&self.connection, &words, &sentence)?;
        self.connection
            .prepare_cached(
                "INSERT INTO rejection (place, rule, kind, reason, column, source, stray) VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                signed(place.number()),
                rejection.rule,
                kind_words,
                words,
                rejection.column,
                source,
                Some(stray).filter(|stray| !stray.is_empty())
            ])?;
        Ok(())
    }

    /// Makes it a run: durable from here on.
    pub fn finish(self, facts: &Facts) -> Result<(), StoreError> {
        let facts = serde_json::to_string(facts).map_err(|error| StoreError(error.to_string()))?;
        self.connection.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?)",
            params![schema::FACTS, facts],
        )?;
        self.connection.execute_batch(schema::INDEXES)?;
        self.connection.execute_batch("COMMIT")?;
        drop(self.connection);
        // Opened for writing: Windows makes nothing durable through a file that was opened to be read.
        let file = OpenOptions::new().write(true).open(&self.path);
        let synced = file.and_then(|file| file.sync_all());
        synced.map_err(|error| StoreError(error.to_string()))?;
        // From here on the file holds everything, and what is written has to survive.
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // The mode is answered as a row; where it cannot be had another one is answered, which is safe too. The file keeps it.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection.pragma_update(None, "user_version", schema::FORMAT)?)
    }

    fn envelope(&mut self, endpoint: &Endpoint, values: &[String]) -> Result<i64, StoreError> {
        if let Some(id) = self.envelopes.get(values) {
            return Ok(*id);
        }
        let mut json = String::from("{");
        for (value, text) in endpoint.request.iter().zip(values) {
            if text.is_empty() {
                continue;
            }
            if json.len() > 1 {
                json.push(',');
            }
            json.push('"');
            json.push_str(&value.field.name);
            json.push_str("\":");
            json.push_str(text);
        }
        json.push('}');
        let id = self
            .connection
            .prepare_cached("INSERT INTO envelope (value, seal) VALUES (?, ?)")?
            .insert(params![json, checksum(&[json.as_bytes()])])?;
        // An input that gives each row its own envelope must not fill the memory: forgetting one only stores it twice.
        if self.envelopes.len() >= ENVELOPES_KEPT_MAX {
            self.envelopes.clear();
            self.kinds.clear();
        }
        self.envelopes.insert(values.to_vec(), id);
        Ok(id)
    }
}

/// An empty store whose tables are being filled. Nothing protects it from a crash: then it is no run.
fn begin(path: &Path) -> Result<Connection, StoreError> {
    // SQLite gives its side files the modes of the main file, so the main file is made first.
    private_file(path, true).map_err(|error| StoreError(error.to_string()))?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    connection.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    // What refers to a row is written right after it.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.execute_batch(schema::TABLES)?;
    connection.execute_batch(said::TABLE)?;
    Ok(connection)
}

/// Envelopes remembered while a store is filled; real inputs have a handful.
const ENVELOPES_KEPT_MAX: usize = 4096;

/// Numbers as SQLite counts them; no place, time or count of ours reaches 2^63.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
