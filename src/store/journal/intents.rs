//! Calls that were intended and have not ended, and the rows that say so: one row for as many of them as follow each other.
//!
//! What is added is durable with the commit after [`Intents::write`]. A row is deleted with the last of its calls, so that the store
//! holds as many as calls are in flight, at most. Knows nothing of outcomes.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::model::{BatchId, CallId};
use crate::store::StoreError;
use crate::store::new_store::signed;
use crate::wall_clock::now_ms;

/// The open calls of this process.
pub(super) struct Intents {
    next_call: i64,
    open: HashMap<i64, Intent>,
    /// Calls that have not ended, for the first call of each row.
    open_in_row: HashMap<i64, u64>,
    unwritten: Option<Row>,
}

/// A call that was intended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent {
    pub(super) batch: BatchId,
    pub(super) attempt: u64,
    /// Milliseconds since 1970.
    pub(super) sent_at: i64,
    row: i64,
}

/// Consecutive calls of consecutive batches.
struct Row {
    call: i64,
    calls: u64,
    batch: i64,
    attempt: u64,
    sent_at: i64,
}

impl Row {
    fn is_followed_by(&self, batch: BatchId, attempt: u64) -> bool {
        self.batch + signed(self.calls) == batch.0 && self.attempt == attempt
    }
}

impl Intents {
    /// Of a store in which calls of an earlier process may be.
    pub(super) fn new(connection: &Connection) -> Result<Self, StoreError> {
        let last: i64 = connection.query_row(
            "SELECT max((SELECT coalesce(max(id), 0) FROM call), (SELECT coalesce(max(call + calls - 1), 0) FROM intent))",
            [],
            |row| row.get(0),
        )?;
        Ok(Self {
            next_call: last + 1,
            open: HashMap::new(),
            open_in_row: HashMap::new(),
            unwritten: None,
        })
    }

    /// Adds a call.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        batch: BatchId,
        attempt: u64,
    ) -> Result<CallId, StoreError> {
        if !(self.unwritten.as_ref()).is_some_and(|row| row.is_followed_by(batch, attempt)) {
            self.write(connection)?;
        }
        let call = self.next_call;
        self.next_call += 1;
        let row = self.unwritten.get_or_insert_with(|| Row {
            call,
            calls: 0,
            batch: batch.0,
            attempt,
            sent_at: signed(now_ms()),
        });
        row.calls += 1;
        let intent = Intent {
            batch,
            attempt,
            sent_at: row.sent_at,
            row: row.call,
        };
        self.open.insert(call, intent);
        Ok(CallId(call))
    }

    /// Writes what was added since.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let Some(row) = self.unwritten.take() else {
            return Ok(());
        };
        connection
            .prepare_cached(
                "INSERT INTO intent (call, calls, batch, attempt, sent_at) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                row.call,
                row.calls,
                row.batch,
                row.attempt,
                row.sent_at
            ])?;
        self.open_in_row.insert(row.call, row.calls);
        Ok(())
    }

    /// Takes out a call that has ended: it is to be written as one.
    pub(super) fn end(
        &mut self,
        connection: &Connection,
        call: CallId,
    ) -> Result<Intent, StoreError> {
        let unknown = || StoreError(format!("call {} is not known", call.0));
        let intent = self.open.remove(&call.0).ok_or_else(unknown)?;
        let open = self.open_in_row.get_mut(&intent.row).ok_or_else(unknown)?;
        *open -= 1;
        if *open == 0 {
            self.open_in_row.remove(&intent.row);
            connection
                .prepare_cached("DELETE FROM intent WHERE call = ?")?
                .execute([intent.row])?;
        }
        Ok(intent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::store::schema;

    /// What happens to calls: batches are sent in order but for those that are sent again, and end in any order.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        SendNext,
        SendAgain(i64),
        End(usize),
        Commit,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::SendNext),
            1 => (0..i64::MAX).prop_map(Step::SendAgain),
            3 => any::<usize>().prop_map(Step::End),
            2 => Just(Step::Commit),
        ];
        proptest::collection::vec(step, 0..60)
    }

    fn store() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(schema::TABLES).unwrap();
        connection
            .execute_batch(
                "INSERT INTO envelope VALUES (1, '{}', 0);
                 WITH RECURSIVE number (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < 100)
                 INSERT INTO batch (id, envelope, first_place, items) SELECT id, 1, id, 1 FROM number",
            )
            .unwrap();
        connection
    }

    fn open_calls(connection: &Connection) -> BTreeMap<i64, (i64, u64)> {
        let mut calls = connection
            .prepare("SELECT id, batch, attempt FROM open_call")
            .unwrap();
        let calls = calls.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
        calls.unwrap().map(Result::unwrap).collect()
    }

    proptest! {
        #[test]
        fn the_store_names_exactly_the_calls_that_have_not_ended(steps in steps()) {
            let connection = store();
            let mut intents = Intents::new(&connection).unwrap();
            // By number of the call: batch and attempt.
            let mut open = BTreeMap::new();
            let mut durable = BTreeMap::new();
            let mut attempts = BTreeMap::new();
            let mut sent: i64 = 0;
            for step in steps {
                let again = |of: i64| of % (sent + 1);
                let batch = match step {
                    Step::SendNext => { sent += 1; sent }
                    Step::SendAgain(of) if again(of) > 0 && open.values().all(|(batch, _)| *batch != again(of)) => again(of),
                    Step::End(of) if !durable.is_empty() => {
                        let call = *durable.keys().nth(of % durable.len()).unwrap();
                        let (batch, attempt): (i64, u64) = durable.remove(&call).unwrap();
                        open.remove(&call);
                        let intent = intents.end(&connection, CallId(call)).unwrap();
                        prop_assert_eq!((intent.batch.0, intent.attempt), (batch, attempt));
                        connection.execute(
                            "INSERT INTO call (id, batch, attempt, sent_at, ended_at, result) VALUES (?, ?, ?, 0, 0, 'read')",
                            params![call, batch, attempt],
                        ).unwrap();
                        prop_assert!(intents.end(&connection, CallId(call)).is_err());
                        continue;
                    }
                    Step::Commit => {
                        intents.write(&connection).unwrap();
                        durable.clone_from(&open);
                        prop_assert_eq!(&open_calls(&connection), &open);
                        let rows: usize = connection.query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).unwrap();
                        prop_assert!(rows <= open.len());
                        continue;
                    }
                    Step::SendAgain(_) | Step::End(_) => continue,
                };
                let attempt = *attempts.entry(batch).and_modify(|attempt| *attempt += 1).or_insert(1);
                let CallId(call) = intents.add(&connection, BatchId(batch), attempt).unwrap();
                prop_assert!(open.insert(call, (batch, attempt)).is_none());
            }
            // Another process numbers its calls after those of this one, also after those that are open.
            intents.write(&connection).unwrap();
            let next = Intents::new(&connection).unwrap().next_call;
            prop_assert!(open.keys().all(|call| *call < next));
        }
    }

    #[test]
    fn calls_of_batches_that_follow_each_other_take_one_row() {
        let connection = store();
        let mut intents = Intents::new(&connection).unwrap();
        for batch in [1, 2, 3, 7, 8] {
            intents.add(&connection, BatchId(batch), 1).unwrap();
        }
        intents.write(&connection).unwrap();
        let rows: i64 = connection
            .query_row("SELECT count(*) FROM intent", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 2);
    }
}
