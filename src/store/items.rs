//! The items of a store with all that is known of each, batch by batch: what a plan reads, and what an undo puts back.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, params};

use super::evidence::evidence_of;
use super::ledger::{ATTEMPTS, Ledger, envelope, outcomes};
use super::{StoreError, content, said};
use crate::model::{BatchId, Envelope, Evidence, Outcome, Place, ReadMoment};
use crate::text::Text;

/// A batch with what is known of its items.
#[derive(Debug, Clone)]
pub struct StoredBatch {
    /// Its number.
    pub batch: BatchId,
    /// What its items share.
    pub envelope: Arc<Envelope>,
    /// Its items that are not in another batch.
    pub items: Vec<StoredItem>,
}

/// An item with what is known of it.
#[derive(Debug, Clone)]
pub struct StoredItem {
    /// Where it came from.
    pub place: Place,
    /// Its JSON, as it is sent.
    pub body: Bytes,
    /// The row as read.
    pub source: Bytes,
    /// What became of it; none while it was not sent.
    pub outcome: Option<Outcome>,
    /// Whether nothing more is sent of it.
    pub is_settled: bool,
    /// Whether it was so already, and was not sent.
    pub is_already_so: bool,
    /// What was there before it was sent, where that was kept.
    pub before: Option<BeforeState>,
}

/// What was there before an item was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeforeState {
    /// How it compares with what the item says.
    pub evidence: Evidence,
    /// What was there, as JSON; of what is unreadable, why.
    pub there: Option<Text>,
}

/// Reads the items of a store.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    /// The condition under which a batch that is not settled was sent without a known end.
    pub(super) fate_unknown: &'a str,
    pub(super) has_evidence: bool,
}

impl Reader<'_> {
    /// The next batches after the one and up to the other, until they have so many items. Batches with the same envelope share it.
    pub(super) fn next(
        &self,
        after: BatchId,
        last: BatchId,
        items_max: usize,
    ) -> Result<Vec<StoredBatch>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT batch.id, envelope, {}, {ATTEMPTS}, bodies_seal, bodies, sources_seal, places, sources,
                    state, outcomes, items, succeeded, failed, unconfirmed, moved
             FROM batch LEFT JOIN content ON content.batch = batch.id
             WHERE batch.id > ? AND batch.id <= ? ORDER BY batch.id",
            self.fate_unknown
        ))?;
        let mut rows = statement.query(params![after.0, last.0])?;
        let mut envelopes: HashMap<i64, Arc<Envelope>> = HashMap::new();
        let (mut next, mut count) = (Vec::new(), 0);
        while count < items_max
            && let Some(row) = rows.next()?
        {
            let id: i64 = row.get(0)?;
            let number: i64 = row.get(1)?;
            let shared = match envelopes.get(&number) {
                Some(shared) => Arc::clone(shared),
                None => Arc::new(envelope(self.connection, number)?),
            };
            envelopes.insert(number, Arc::clone(&shared));
            let fate_unknown: bool = row.get(2)?;
            let was_called = row.get::<_, u64>(3)? > 0;
            let bodies = content::bodies(row, 4)?.into_strings();
            let (places, sources) = content::sources(row, 6)?;
            let letters = outcomes(row, 9)?;
            let mut before = if self.has_evidence {
                evidence_of(self.connection, id, ReadMoment::Before)?
            } else {
                HashMap::new()
            };
            let parts = places.into_iter().zip(bodies).zip(sources.into_shared());
            let mut items = Vec::new();
            for (position, ((place, body), source)) in parts.enumerate() {
                let outcome = match letters.get(position) {
                    Some(b'>') => continue,
                    Some(b'S') => Some(Outcome::Succeeded),
                    Some(b'F') => Some(Outcome::Failed),
                    Some(_) => Some(Outcome::Unconfirmed),
                    None => fate_unknown.then_some(Outcome::Unconfirmed),
                };
                let before = before.remove(&position).map(|found| BeforeState {
                    evidence: found.evidence,
                    there: (found.there).map(|words| said::text(self.connection, &words)),
                });
                let is_so = |before: &BeforeState| before.evidence == Evidence::AsSent;
                items.push(StoredItem {
                    place,
                    body,
                    source,
                    outcome,
                    is_settled: !letters.is_empty(),
                    is_already_so: outcome == Some(Outcome::Succeeded)
                        && !was_called
                        && before.as_ref().is_some_and(is_so),
                    before,
                });
            }
            count += items.len();
            next.push(StoredBatch {
                batch: BatchId(id),
                envelope: shared,
                items,
            });
        }
        Ok(next)
    }
}

impl Ledger {
    /// The next batches after the one, until they have so many items.
    pub fn next_items(
        &self,
        after: BatchId,
        items_max: usize,
    ) -> Result<Vec<StoredBatch>, StoreError> {
        Reader {
            connection: &self.connection,
            fate_unknown: self.fate_unknown(),
            has_evidence: self.has_evidence_table()?,
        }
        .next(after, BatchId(i64::MAX), items_max)
    }
}
