//! What earlier starts sent of batches that are not settled: the budgets of a run hold over all its starts.

use std::collections::HashMap;
use std::sync::Arc;

use super::ledger::Ledger;
use super::schema::listed;
use super::{StoreError, content};
use crate::model::{Batch, BatchId, CallResult, Item};

/// What was sent of a batch before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The prepared batch that it is a part of; itself when it is none.
    pub root: BatchId,
    /// Items of that batch.
    pub root_items: usize,
    /// Calls of this batch.
    pub calls: u32,
    /// Calls of all parts of that batch.
    pub isolating: u32,
}

impl Ledger {
    /// What was sent before of every batch that is not settled; none of those that were never sent and are no part.
    pub fn sent_before(&self) -> Result<HashMap<BatchId, Before>, StoreError> {
        let mut roots: HashMap<BatchId, (BatchId, usize)> = HashMap::new();
        let mut isolating: HashMap<BatchId, u32> = HashMap::new();
        // A part has a higher number than what it was split from.
        let mut parts = self.connection.prepare(&format!(
            "SELECT part.id, part.parent, whole.items, count(call.id) FROM batch AS part
             JOIN batch AS whole ON whole.id = part.parent
             LEFT JOIN call ON call.batch = part.id AND call.result NOT IN ({})
             WHERE part.parent IS NOT NULL GROUP BY part.id ORDER BY part.id",
            listed(CallResult::UNUSED)
        ))?;
        let mut rows = parts.query([])?;
        while let Some(row) = rows.next()? {
            let (part, parent) = (BatchId(row.get(0)?), BatchId(row.get(1)?));
            let root = roots.get(&parent).copied().unwrap_or((parent, row.get(2)?));
            roots.insert(part, root);
            *isolating.entry(root.0).or_default() += row.get::<_, u32>(3)?;
        }
        let mut sent = self.connection.prepare(
            "SELECT batch.id, batch.calls - coalesce(whole.calls, 0), batch.items
             FROM batch LEFT JOIN batch AS whole ON whole.id = batch.parent
             WHERE batch.state < 2 AND (batch.calls > 0 OR batch.parent IS NOT NULL)",
        )?;
        let rows = sent.query_map([], |row| {
            Ok((BatchId(row.get(0)?), row.get::<_, i64>(1)?, row.get(2)?))
        })?;
        let before = rows.map(|row| {
            let (batch, calls, items) = row?;
            let (root, root_items) = roots.get(&batch).copied().unwrap_or((batch, items));
            let before = Before {
                root,
                root_items,
                calls: u32::try_from(calls).unwrap_or_default(),
                isolating: isolating.get(&root).copied().unwrap_or_default(),
            };
            Ok((batch, before))
        });
        before.collect()
    }

    /// The batch that is not settled and farthest in the input, up to the one with this number and but for `without`, with whether an
    /// earlier call of it may have been applied.
    pub fn farthest_unsettled(
        &self,
        last: BatchId,
        without: &[BatchId],
    ) -> Result<Option<(Batch, bool)>, StoreError> {
        let (most, fate_unknown) = (without.len() + 1, self.fate_unknown());
        let mut statement = self.connection.prepare(&format!(
            "SELECT batch.id, envelope, {fate_unknown}, bodies_seal, bodies FROM batch LEFT JOIN content ON content.batch = batch.id
             WHERE state < 2 AND batch.id <= ? ORDER BY first_place DESC, batch.id DESC LIMIT {most}"
        ))?;
        let mut rows = statement.query([last.0])?;
        while let Some(row) = rows.next()? {
            let id = BatchId(row.get(0)?);
            if !without.contains(&id) {
                let bodies = content::bodies(row, 3)?;
                let batch = Batch {
                    id,
                    envelope: Arc::new(self.envelope(row.get(1)?)?),
                    items: bodies.into_strings().map(|body| Item { body }).collect(),
                };
                return Ok(Some((batch, row.get(2)?)));
            }
        }
        Ok(None)
    }
}
