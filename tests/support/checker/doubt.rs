//! I5 and I6: an item is only as uncertain as its calls were, and what has a clear answer is not sent again.
//!
//! Which calls lost their end with a process that was killed is known to the run store alone; it is asked in SQL, not through the
//! program's own reader.

use std::collections::BTreeSet;

use feishu_bulk::model::Place;
use feishu_bulk::sandbox::{self, CallRecord};
use rusqlite::{Connection, OpenFlags};

use super::Checker;
use super::effects::{Received, Reception};
use super::lines::Line;
use crate::support::platform::Method;

/// What nobody can know of a run.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Records of calls that met a fault, or whose end nobody saw.
    pub(super) records: BTreeSet<usize>,
    /// Records of calls whose end nobody saw.
    lost: BTreeSet<usize>,
    /// Calls that may not have arrived: their process was killed, or there was no connection, or it was closed under them.
    pub(super) unheard: u64,
    /// Whether the method creates or changes, and does not delete.
    pub(super) is_upsert: bool,
}

impl Doubt {
    /// Whether so many calls in the run store can be so many received.
    pub(super) fn fits(&self, stored: u64, received: u64) -> bool {
        (stored.saturating_sub(self.unheard)..=stored).contains(&received)
    }
}

impl Checker<'_> {
    /// What nobody can know, by what the sandbox did wrong and by the calls in the run store that have no end.
    pub(super) fn doubt(&mut self, received: &Received<'_>) -> Doubt {
        let mut doubt = Doubt {
            is_upsert: matches!(self.evidence.method, Method::Shifts | Method::Archive),
            ..Doubt::default()
        };
        if let Err(error) = self.unheard(&mut doubt) {
            self.complain("I1", format!("the run store's calls: {error}"));
        }
        let harmed = received
            .iter()
            .filter(|(_, reception)| reception.calls.iter().any(|call| call.fault.is_some()));
        doubt.records.extend(harmed.map(|(record, _)| *record));
        doubt.records.extend(&doubt.lost);
        doubt
    }

    fn unheard(&self, doubt: &mut Doubt) -> rusqlite::Result<()> {
        let path = self.evidence.folder.join("run.db");
        let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut lost = store.prepare(
            "SELECT places FROM content JOIN
             (SELECT batch FROM open_call UNION ALL SELECT batch FROM call WHERE result = 'lost') AS lost ON lost.batch = content.batch",
        )?;
        let mut rows = lost.query([])?;
        while let Some(row) = rows.next()? {
            let places: Vec<u8> = row.get(0)?;
            let numbers = places.chunks_exact(8).map(|bytes| {
                let number = u64::from_le_bytes(bytes.try_into().unwrap());
                usize::try_from(Place::from_number(number).record()).unwrap()
            });
            doubt.lost.extend(numbers);
            doubt.unheard += 1;
        }
        let unconnected: u64 = store.query_row(
            "SELECT count(*) FROM call WHERE result = 'again' AND status IS NULL",
            [],
            |row| row.get(0),
        )?;
        doubt.unheard += unconnected;
        Ok(())
    }

    /// I5: what is unconfirmed was in a call that went wrong. I6: what was answered clearly was not sent again.
    pub(super) fn certain(&mut self, lines: &[Line], received: &Received<'_>, doubt: &Doubt) {
        for line in lines.iter().filter(|line| line.outcome == "unconfirmed") {
            self.unless(doubt.records.contains(&line.record), "I5", || {
                let record = line.record;
                format!("record {record} is unconfirmed, and every call of it was answered clearly")
            });
        }
        for (record, Reception { calls, alike }) in received {
            let taken = |call: &&&CallRecord| call.fault.is_none() && call.code == Some(0);
            // An item that is busy is answered under code 0 and sent again.
            let busy = |key: &String| key.starts_with(sandbox::RECORD_BUSY_PREFIX);
            let is_busy = calls.iter().any(|call| call.keys.iter().any(busy));
            let once = calls.iter().filter(taken).count() <= *alike;
            self.unless(once || is_busy || doubt.lost.contains(record), "I6", || {
                format!("record {record} was sent again after a clear answer")
            });
        }
        for line in lines.iter().filter(|line| line.outcome == "pending") {
            let broken = received.get(&line.record).is_some_and(|reception| {
                let mut calls = reception.calls.iter();
                calls.any(|call| call.status.is_none())
            });
            self.unless(!broken, "I4", || {
                format!(
                    "record {} is pending after a call without an answer",
                    line.record
                )
            });
        }
    }
}
