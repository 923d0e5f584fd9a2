//! What reading back found of the items, beside the verdicts of the replies and never over them.
//!
//! The table is made when something is first written; a store without it has no evidence, and its format is the same. Each row has a
//! checksum over all that it says: one that was damaged is refused. A row that is lost leaves its item without evidence, which is more
//! careful than what was shown before.
//!
//! Where an `after` row says what became of an unconfirmed item, the outcome that is shown is settled by it, everywhere: in the tally,
//! the reasons, the lines of the reports and what a rerun sends.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, TransactionBehavior, params};

use super::checksum::checksum;
use super::ledger::{Ledger, outcomes};
use super::{Notes, ReasonCount, StoreError, connect, content, last_start, said};
use crate::model::{BatchId, Envelope, Evidence, EvidenceCounts, Outcome, ReadMoment, Tally};
use crate::text::Text;

/// The table, which stores of runs that were never read back do not have.
const TABLE: &str = "
CREATE TABLE IF NOT EXISTS evidence (
    batch    INTEGER NOT NULL REFERENCES batch (id),
    asked    INTEGER NOT NULL CHECK (asked IN (0, 1)),
    position INTEGER NOT NULL,
    word     TEXT NOT NULL,
    there    TEXT,
    read_at  INTEGER NOT NULL,
    seal     INTEGER NOT NULL,
    PRIMARY KEY (batch, asked, position)
) STRICT, WITHOUT ROWID;
";

/// Rows of one transaction: few enough for a commit to be short, many enough for its sync to cost little.
const ROWS_MAX: usize = 4096;

/// What was found of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its batch.
    pub batch: BatchId,
    /// Its position in the batch.
    pub position: usize,
    /// What was found.
    pub evidence: Evidence,
    /// What is there, as JSON; of what is unreadable, why.
    pub there: Option<Text>,
    /// When it was read, in milliseconds since 1970.
    pub read_at_ms: u64,
}

/// Writes what is found into a run store.
#[derive(Debug)]
pub struct EvidenceWriter {
    connection: Connection,
}

impl EvidenceWriter {
    /// Opens the store of a run that this process has locked.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Closed as the last one, it would fold the log of a run that was killed.
        if last_start::is_open(&connection) {
            last_start::keep_log(&connection, true)?;
        }
        connection.execute_batch(TABLE)?;
        connection.execute_batch(said::TABLE)?;
        Ok(Self { connection })
    }

    /// Writes what was found, in the place of what was found before at the same moment. Durable when it returns.
    pub fn write(&mut self, asked: ReadMoment, found: &[Found]) -> Result<(), StoreError> {
        for rows in found.chunks(ROWS_MAX) {
            let transaction =
                (self.connection).transaction_with_behavior(TransactionBehavior::Immediate)?;
            for row in rows {
                insert(&transaction, asked, row)?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    /// Notes what is given of the notes.
    pub fn note(&self, notes: &Notes) -> Result<(), StoreError> {
        notes.write(&self.connection)
    }

    /// Removes what was found after sending of batches that are not settled: they are sent again.
    pub fn forget_unsettled(&self) -> Result<(), StoreError> {
        let query = "DELETE FROM evidence WHERE asked = 1 AND batch IN (SELECT id FROM batch WHERE state < 2)";
        self.connection.execute(query, [])?;
        Ok(())
    }
}

/// Writes what was found before sending into a store that is being filled.
pub(super) fn keep_before(connection: &Connection, found: &[Found]) -> Result<(), StoreError> {
    connection.execute_batch(TABLE)?;
    for row in found {
        insert(connection, ReadMoment::Before, row)?;
    }
    Ok(())
}

fn insert(connection: &Connection, asked: ReadMoment, found: &Found) -> Result<(), StoreError> {
    let there = found.there.as_ref().map(Text::to_string);
    if let (Some(text), Some(words)) = (&found.there, &there) {
        said::keep(connection, words, text)?;
    }
    let position = i64::try_from(found.position).unwrap_or(i64::MAX);
    let read_at = i64::try_from(found.read_at_ms).unwrap_or(i64::MAX);
    let word = found.evidence.word();
    let seal = seal(
        [found.batch.0, number(asked), position, read_at],
        word,
        there.as_deref(),
    );
    connection
        .prepare_cached("INSERT OR REPLACE INTO evidence (batch, asked, position, word, there, read_at, seal) VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![found.batch.0, number(asked), position, word, there, read_at, seal])?;
    Ok(())
}

fn number(asked: ReadMoment) -> i64 {
    match asked {
        ReadMoment::Before => 0,
        ReadMoment::After => 1,
    }
}

/// The checksum of a row: nothing that is there is not the same as an empty text.
fn seal(numbers: [i64; 4], word: &str, there: Option<&str>) -> i64 {
    let numbers = numbers.map(i64::to_le_bytes);
    let is_there = [u8::from(there.is_some())];
    let there = there.unwrap_or_default().as_bytes();
    checksum(&[numbers.as_flattened(), word.as_bytes(), &is_there, there])
}

/// A row as it was stored.
#[derive(Debug, Clone)]
pub(super) struct StoredEvidence {
    pub(super) position: usize,
    pub(super) evidence: Evidence,
    /// JSON, or the English words of why it is unreadable.
    pub(super) there: Option<String>,
    pub(super) read_at_ms: u64,
}

/// The columns of a row, in the order in which [`stored`] reads them.
const COLUMNS: &str = "evidence.batch, asked, position, word, there, read_at, evidence.seal";

fn stored(row: &Row<'_>) -> Result<StoredEvidence, StoreError> {
    let damaged = || {
        StoreError("it is damaged: what was read back of an item is not what was stored".to_owned())
    };
    let (batch, position, read_at): (i64, i64, i64) = (row.get(0)?, row.get(2)?, row.get(5)?);
    let word: String = row.get(3)?;
    let there: Option<String> = row.get(4)?;
    let is_sealed = row.get::<_, i64>(6)?
        == seal(
            [batch, row.get(1)?, position, read_at],
            &word,
            there.as_deref(),
        );
    let evidence = Evidence::of_word(&word).filter(|_| is_sealed);
    Ok(StoredEvidence {
        position: usize::try_from(position).map_err(|_| damaged())?,
        evidence: evidence.ok_or_else(damaged)?,
        there,
        read_at_ms: u64::try_from(read_at).unwrap_or_default(),
    })
}

/// What was found of the items of a batch, by their positions.
pub(super) fn evidence_of(
    connection: &Connection,
    batch: i64,
    asked: ReadMoment,
) -> Result<HashMap<usize, StoredEvidence>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM evidence WHERE evidence.batch = ? AND asked = ?"
    ))?;
    let mut rows = statement.query([batch, number(asked)])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let row = stored(row)?;
        found.insert(row.position, row);
    }
    Ok(found)
}

/// Why an item that a reply left open failed, by what was found: with what is there, and without.
pub(super) fn failure(evidence: Evidence, there: Option<&str>) -> (Text, Text) {
    match (evidence, there) {
        (Evidence::Other, Some(there)) => {
            let kind = text!("read back after sending: the platform holds something else");
            (text!("{kind}: {there}", kind, there), kind)
        }
        (Evidence::Other | Evidence::AsSent | Evidence::Unreadable, _) => {
            let kind = text!("read back after sending: the platform holds something else");
            (kind.clone(), kind)
        }
        (Evidence::Absent, _) => {
            let kind = text!("read back after sending: the platform holds nothing for it");
            (kind.clone(), kind)
        }
    }
}

/// The rule of an item that failed by what was found.
pub(super) fn rule_of(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Absent => "verify.not-there",
        Evidence::Other | Evidence::AsSent | Evidence::Unreadable => "verify.other",
    }
}

/// A batch of which items were sent, or perhaps were.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its number.
    pub batch: BatchId,
    /// What its items share.
    pub envelope: Arc<Envelope>,
    /// Its items that are not in another batch, each with its position and its JSON as it was sent.
    pub items: Vec<(usize, bytes::Bytes)>,
}

impl Ledger {
    /// Whether something was ever read back.
    pub(super) fn has_evidence_table(&self) -> Result<bool, StoreError> {
        let query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'evidence'";
        let found = self.connection.query_row(query, [], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    /// Whether something was read back after it was sent: then the reports have a column for it.
    pub fn has_evidence(&self) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM evidence WHERE asked = 1)";
        Ok(self.has_evidence_table()? && self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// What was found of the items of a batch, by their positions.
    pub(super) fn evidence_of(
        &self,
        batch: i64,
        asked: ReadMoment,
    ) -> Result<HashMap<usize, StoredEvidence>, StoreError> {
        evidence_of(&self.connection, batch, asked)
    }

    /// Items that were sent, by what was found of them; none where nothing was ever read back.
    pub fn evidence_counts(&self) -> Result<Option<EvidenceCounts>, StoreError> {
        if !self.has_evidence()? {
            return Ok(None);
        }
        let mut counts = EvidenceCounts::default();
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {COLUMNS} FROM evidence WHERE asked = 1"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            counts.add(stored(row)?.evidence);
        }
        counts.not_asked = self.items_sent()?.saturating_sub(counts.asked());
        Ok(Some(counts))
    }

    /// Items that were sent, or perhaps were.
    pub fn items_sent(&self) -> Result<u64, StoreError> {
        let query = format!(
            "SELECT coalesce(sum(CASE WHEN state = 2 THEN items - moved ELSE items END), 0) FROM batch WHERE state = 2 OR {}",
            self.fate_unknown()
        );
        Ok(self.connection.query_row(&query, [], |row| row.get(0))?)
    }

    /// Whether something was read before it was sent, and kept.
    pub fn has_before(&self) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM evidence WHERE asked = 0)";
        Ok(self.has_evidence_table()? && self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// Items that were so already and were not sent.
    pub fn items_already_so(&self) -> Result<u64, StoreError> {
        let query = "SELECT coalesce(sum(items), 0) FROM batch WHERE state = 2 AND calls = 0 AND succeeded = items
             AND EXISTS (SELECT 1 FROM evidence WHERE evidence.batch = batch.id AND asked = 0)";
        if !self.has_evidence_table()? {
            return Ok(0);
        }
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// When the last item was read back after it was sent, in milliseconds since 1970.
    pub fn read_back_at_ms(&self) -> Result<Option<u64>, StoreError> {
        if !self.has_evidence_table()? {
            return Ok(None);
        }
        let query = "SELECT max(read_at) FROM evidence WHERE asked = 1";
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// Hands what settles an unconfirmed item to `each`.
    fn each_settling(
        &self,
        mut each: impl FnMut(&StoredEvidence, Outcome),
    ) -> Result<(), StoreError> {
        if !self.has_evidence_table()? {
            return Ok(());
        }
        let mut statement = self.connection.prepare(&format!(
            "SELECT {COLUMNS} FROM batch JOIN evidence ON evidence.batch = batch.id AND asked = 1
             WHERE state = 2 AND unconfirmed > 0 AND substr(outcomes, position + 1, 1) = 'U'
                OR state < 2 AND {}",
            self.fate_unknown()
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let row = stored(row)?;
            if let Some(outcome) = row.evidence.settles() {
                each(&row, outcome);
            }
        }
        Ok(())
    }

    /// A tally of verdicts as it is shown: unconfirmed items that were read back count as what was found.
    pub(super) fn settled_by_evidence(&self, mut tally: Tally) -> Result<Tally, StoreError> {
        self.each_settling(|_, outcome| {
            tally.unconfirmed = tally.unconfirmed.saturating_sub(1);
            tally.add(outcome, 1);
        })?;
        Ok(tally)
    }

    /// The reasons of unconfirmed items that failed by what was found.
    pub(super) fn reasons_by_evidence(&self) -> Result<Vec<ReasonCount>, StoreError> {
        let mut failed: [u64; Evidence::ALL.len()] = [0; _];
        self.each_settling(|row, outcome| {
            for (count, evidence) in failed.iter_mut().zip(Evidence::ALL) {
                *count += u64::from(outcome == Outcome::Failed && *evidence == row.evidence);
            }
        })?;
        let counted = failed.into_iter().zip(Evidence::ALL);
        let counted = counted.filter(|(items, _)| *items > 0);
        Ok(counted
            .map(|(items, evidence)| ReasonCount {
                outcome: Outcome::Failed,
                code: None,
                reason: failure(*evidence, None).1,
                items,
            })
            .collect())
    }

    /// The next batches of which items were sent, after the one, until they have so many items; without the items that were read back
    /// since `since_ms`. Batches with the same envelope share it.
    pub fn next_sent(
        &self,
        after: BatchId,
        items_max: usize,
        since_ms: u64,
    ) -> Result<Vec<Sent>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT batch.id, envelope, bodies_seal, bodies, state, outcomes, items, succeeded, failed, unconfirmed, moved
             FROM batch LEFT JOIN content ON content.batch = batch.id
             WHERE batch.id > ? AND (state = 2 OR {}) ORDER BY batch.id",
            self.fate_unknown()
        ))?;
        let mut rows = statement.query([after.0])?;
        let has_evidence = self.has_evidence_table()?;
        let (mut next, mut items) = (Vec::new(), 0);
        let mut envelopes: HashMap<i64, Arc<Envelope>> = HashMap::new();
        while items < items_max
            && let Some(row) = rows.next()?
        {
            let id: i64 = row.get(0)?;
            let letters = outcomes(row, 4)?;
            let read_back = if has_evidence {
                self.evidence_of(id, ReadMoment::After)?
            } else {
                HashMap::new()
            };
            let is_asked = |position: &usize| {
                letters.get(*position) != Some(&b'>')
                    && read_back
                        .get(position)
                        .is_none_or(|found| found.read_at_ms < since_ms)
            };
            let bodies = content::bodies(row, 2)?.into_strings().enumerate();
            let sent: Vec<_> = bodies.filter(|(position, _)| is_asked(position)).collect();
            if sent.is_empty() {
                continue;
            }
            items += sent.len();
            let number = row.get(1)?;
            let envelope = match envelopes.get(&number) {
                Some(envelope) => Arc::clone(envelope),
                None => Arc::clone(
                    envelopes
                        .entry(number)
                        .or_insert(Arc::new(self.envelope(number)?)),
                ),
            };
            next.push(Sent {
                batch: BatchId(id),
                envelope,
                items: sent,
            });
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests;
