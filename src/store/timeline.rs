//! When a run made its calls and got its outcomes: equal stretches of time from its first call to its last answer.
//!
//! One grouping in SQL: memory holds the stretches, never the calls.

use super::{Ledger, StoreError, schema};
use crate::model::CallResult;

/// What happened between the first call of a run and its last answer, in stretches of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// When the first call was sent, in milliseconds since 1970.
    pub first_ms: i64,
    /// When the last answer came, or the last call was sent.
    pub last_ms: i64,
    /// The stretches in their order. Where nothing happened there are zeros.
    pub stretches: Vec<Stretch>,
}

/// What happened in one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Calls sent.
    pub calls: u64,
    /// Those of them that the platform throttled.
    pub throttled: u64,
    /// Items that got their outcome.
    pub items: u64,
}

/// Calls that were made: one that reached nobody, because there was no connection, is none.
fn made() -> String {
    format!(
        "SELECT sent_at, ended_at, result = '{}' AS throttled, batch FROM call WHERE result NOT IN ({})
         UNION ALL SELECT sent_at, sent_at, 0, batch FROM open_call",
        CallResult::Wait,
        schema::listed(CallResult::NOT_MADE)
    )
}

impl Ledger {
    /// The run in at most so many stretches of time; none if no call was made.
    pub fn timeline(&self, most: u32) -> Result<Option<Timeline>, StoreError> {
        let made = made();
        let range = format!("SELECT min(sent_at), max(ended_at) FROM ({made})");
        let (first, last): (Option<i64>, Option<i64>) =
            (self.connection).query_row(&range, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first_ms), Some(last_ms)) = (first, last) else {
            return Ok(None);
        };
        // Where the clock was set back, an answer may come before the first call: it belongs to the first stretch.
        let span_ms = (last_ms - first_ms).max(0) + 1;
        let count = span_ms.min(most.max(1).into());
        let mut stretches = vec![Stretch::default(); usize::try_from(count).unwrap_or_default()];
        let query = format!(
            "SELECT max(0, min(?3 - 1, (at - ?1) * ?3 / ?2)) AS stretch, sum(calls), sum(throttled), sum(items) FROM (
                 SELECT sent_at AS at, 1 AS calls, throttled, 0 AS items FROM ({made})
                 UNION ALL
                 SELECT max(call.ended_at), 0, 0, succeeded + failed + unconfirmed FROM call JOIN batch ON batch.id = call.batch
                 WHERE state = 2 GROUP BY batch.id)
             GROUP BY stretch"
        );
        let mut statement = self.connection.prepare(&query)?;
        let mut rows = statement.query([first_ms, span_ms, count])?;
        while let Some(row) = rows.next()? {
            if let Some(stretch) = stretches.get_mut(row.get::<_, usize>(0)?) {
                *stretch = Stretch {
                    calls: row.get(1)?,
                    throttled: row.get(2)?,
                    items: row.get(3)?,
                };
            }
        }
        Ok(Some(Timeline {
            first_ms,
            last_ms,
            stretches,
        }))
    }
}
