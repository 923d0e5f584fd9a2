//! What a run store knows: the tally, the reasons, and what is left to send.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use super::checksum::verify;
use super::{
    BUSY_WAIT, Doubt, Facts, Notes, StoreError, connect, content, last_start, said, schema,
};
use crate::error::Refusal;
use crate::model::{Batch, BatchId, CallResult, Envelope, Item, Outcome, Place, ReadMoment, Tally};
use crate::text::Text;

/// A reader of one run store. It may read while another connection writes.
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    doubt: Option<Doubt>,
}

/// The calls of a run, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// All that were sent.
    pub sent: u64,
    /// Second and later calls of a batch.
    pub resent: u64,
    /// Those that the platform throttled.
    pub throttled: u64,
    /// Those of parts of a batch that was refused as a whole, or was not to be called as one. Items that were answered with a trouble
    /// that passes go on in a batch of their own too, and are no part in this sense.
    pub isolating: u64,
}

/// How many items share a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonCount {
    /// Their outcome.
    pub outcome: Outcome,
    /// The platform's code.
    pub code: Option<i64>,
    /// In words.
    pub reason: Text,
    /// How many items.
    pub items: u64,
}

/// A batch that was sent and of which nobody saw the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// Its number.
    pub batch: BatchId,
    /// Its records, first to last.
    pub records: (u64, u64),
    /// How many items.
    pub items: u64,
}

/// An item that did not succeed, with what is needed to send it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsuccessful<'a> {
    /// Where it came from.
    pub place: Place,
    /// `Failed` or `Unconfirmed`.
    pub outcome: Outcome,
    /// What it shared with the other items of its batch.
    pub envelope: &'a Envelope,
    /// Its JSON, as sent.
    pub body: &'a [u8],
    /// The row as read.
    pub source: &'a [u8],
}

/// An item that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it came from.
    pub place: Place,
    /// The rule that it breaks.
    pub rule: String,
    /// The sentence about it.
    pub reason: String,
    /// The title of the column to blame.
    pub column: Option<String>,
    /// The row as the reports repeat it.
    pub source: Vec<u8>,
    /// Cells of the record that belong to no column.
    pub stray: Option<String>,
}

/// Bodies read at once: a batch of wide rows has some hundred kilobytes, and memory should not depend on it.
const READ_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Batches that were sent without a known end: by the state, or by a call that never ended.
const FATE_UNKNOWN: &str = "(state = 1 OR batch.id IN (SELECT batch FROM open_call))";

/// Attempts of a batch, with that of a call that never ended.
pub(super) const ATTEMPTS: &str = "max(calls, coalesce((SELECT max(attempt) FROM open_call WHERE open_call.batch = batch.id), 0))";

/// While another process folds its log, its store is locked for a moment; while it checks its input, for minutes.
const BUSY_ELSEWHERE_WAIT: Duration = Duration::from_millis(200);

impl Ledger {
    /// Opens the store of a run that no other process works on, for reading.
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        Self::open_within(BUSY_WAIT, path)
    }

    /// The same where another process may be at work on the run: what that one locks for long is not waited for.
    pub fn look(path: &Path) -> Result<Self, Refusal> {
        Self::open_within(BUSY_ELSEWHERE_WAIT, path)
    }

    fn open_within(busy_wait: Duration, path: &Path) -> Result<Self, Refusal> {
        let run = path.display();
        let damaged = |error: StoreError| {
            Refusal::new(
                "store.damaged",
                text!("{run} is not a run store, or it is damaged", run),
            )
            .because(error.0)
            .hint(text!(
                "nothing was sent; restore the folder from a backup, or run the job again"
            ))
        };
        if !path.is_file() {
            return Err(Refusal::new(
                "store.missing",
                text!("there is no run store {run}", run),
            ));
        }
        // Read-write, so that a log left by a killed process can be read; nothing is changed.
        // Opening reads nothing: what fails here says nothing about what the file holds.
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| {
            Refusal::new("store.open", text!("the run store {run} could not be opened", run))
                .because(error.0)
                .hint(text!("nothing was sent; see that the file may be read and that no limit of the system stands against it, then try again"))
        })?;
        connection
            .busy_timeout(busy_wait)
            .map_err(|error| damaged(error.into()))?;
        let number = |pragma: &str| {
            connection
                .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0))
                .map_err(|error| match error.sqlite_error_code() {
                    Some(ErrorCode::DatabaseBusy) => {
                        Refusal::new("store.busy", text!("another process is filling {run}", run))
                            .because(text!(
                                "its input is being checked, and nothing of it was sent yet"
                            ))
                            .hint(text!("look again when its input has been checked"))
                    }
                    _ => damaged(error.into()),
                })
        };
        if number("application_id")? != schema::APPLICATION_ID {
            return Err(damaged(StoreError(
                "it carries no mark of a run store".to_owned(),
            )));
        }
        match number("user_version")? {
            schema::FORMAT => {
                // SQLite fills the rest of a last page that was cut with zeros, and reads fewer rows in it.
                let page_bytes = u64::try_from(number("page_size")?).unwrap_or_default();
                let bytes = path.metadata().map_or(0, |file| file.len());
                if !bytes.is_multiple_of(page_bytes) && !last_start::log_is_there(path) {
                    return Err(damaged(StoreError("it was cut off".to_owned())));
                }
                let doubt = last_start::doubt(&connection, path).map_err(damaged)?;
                Ok(Self { connection, doubt })
            }
            0 => Err(Refusal::new(
                "store.unfinished",
                text!(
                    "the run in {run} was stopped while its input was checked",
                    run
                ),
            )
            .because(text!("nothing of it was sent"))
            .hint(text!("run the job again"))),
            other => Err(Refusal::new(
                "store.format",
                text!(
                    "{run} has format {other}; this program reads format {format}",
                    run,
                    other,
                    format = schema::FORMAT
                ),
            )
            .hint(text!("use the version of feishu-bulk that made the run"))),
        }
    }

    /// Why items without an outcome may have been sent although the store does not say so. All of them count as perhaps sent.
    #[must_use]
    pub fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// The condition under which a batch that is not settled was sent without a known end.
    pub(super) fn fate_unknown(&self) -> &'static str {
        match self.doubt {
            Some(_) => "TRUE",
            None => FATE_UNKNOWN,
        }
    }

    /// What the run is.
    pub fn facts(&self) -> Result<Facts, StoreError> {
        let query = "SELECT value FROM meta WHERE name = ?";
        let facts: Option<String> = (self.connection)
            .query_row(query, [schema::FACTS], |row| row.get(0))
            .optional()?;
        serde_json::from_str(&facts.unwrap_or_default())
            .map_err(|_| StoreError("it is damaged: what the run is cannot be read".to_owned()))
    }

    /// What it noted while it worked.
    pub fn notes(&self) -> Result<Notes, StoreError> {
        Notes::read(&self.connection)
    }

    /// Items by outcome. Each number is counted on its own; `read` comes from reading the input. An unconfirmed item of which reading
    /// back found what became of it counts as that.
    pub fn tally(&self) -> Result<Tally, StoreError> {
        let read = self.facts()?.read;
        let (succeeded, failed, unconfirmed): (u64, u64, u64) = self.connection.query_row(
            "SELECT coalesce(sum(succeeded), 0), coalesce(sum(failed), 0), coalesce(sum(unconfirmed), 0) FROM batch",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let unknown: u64 = self.connection.query_row(
            &format!(
                "SELECT coalesce(sum(items), 0) FROM batch WHERE state < 2 AND {}",
                self.fate_unknown()
            ),
            [],
            |row| row.get(0),
        )?;
        let unsettled: u64 = self.connection.query_row(
            "SELECT coalesce(sum(items), 0) FROM batch WHERE state < 2",
            [],
            |row| row.get(0),
        )?;
        let rejected: u64 =
            self.connection
                .query_row("SELECT count(*) FROM rejection", [], |row| row.get(0))?;
        self.settled_by_evidence(Tally {
            read,
            succeeded,
            failed,
            rejected,
            unconfirmed: unconfirmed + unknown,
            pending: unsettled - unknown,
        })
    }

    /// The calls that were made: one that reached nobody, because there was no connection, is none.
    pub fn calls(&self) -> Result<Calls, StoreError> {
        let query = format!(
            "SELECT count(*), count(*) - count(DISTINCT made.batch), count(*) FILTER (WHERE result = '{}'), count(*) FILTER (WHERE batch.parent IS NOT NULL AND batch.parent NOT IN (SELECT batch FROM call WHERE result = '{}'))
             FROM (SELECT batch, result FROM call UNION ALL SELECT batch, '{}' FROM open_call) AS made
             LEFT JOIN batch ON batch.id = made.batch WHERE result NOT IN ({})",
            CallResult::Wait,
            CallResult::Read,
            CallResult::Lost,
            schema::listed(CallResult::NOT_MADE)
        );
        Ok(self.connection.query_row(&query, [], |row| {
            Ok(Calls {
                sent: row.get(0)?,
                resent: row.get(1)?,
                throttled: row.get(2)?,
                isolating: row.get(3)?,
            })
        })?)
    }

    /// Batches that are not settled, and the items in them.
    pub fn unsettled(&self) -> Result<(u64, u64), StoreError> {
        Ok(self.connection.query_row(
            "SELECT count(*), coalesce(sum(items), 0) FROM batch WHERE state < 2",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    }

    /// Batches that were sent and whose end nobody saw.
    pub fn in_flight(&self) -> Result<Vec<InFlight>, StoreError> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT id, items, sources_seal, places, sources FROM batch LEFT JOIN content ON content.batch = batch.id WHERE state < 2 AND {} ORDER BY id",
            self.fate_unknown()
        ))?;
        let mut rows = statement.query([])?;
        let mut in_flight = Vec::new();
        while let Some(row) = rows.next()? {
            let (places, _) = content::sources(row, 2)?;
            let record = |place: Option<&Place>| place.copied().unwrap_or_default().record();
            in_flight.push(InFlight {
                batch: BatchId(row.get(0)?),
                items: row.get(1)?,
                records: (record(places.first()), record(places.last())),
            });
        }
        Ok(in_flight)
    }

    /// The batch that was stored last.
    pub fn last_batch(&self) -> Result<BatchId, StoreError> {
        let last =
            self.connection
                .query_row("SELECT coalesce(max(id), 0) FROM batch", [], |row| {
                    row.get(0)
                })?;
        Ok(BatchId(last))
    }

    /// The next batches to send, after the one and up to the other, at most so many or a few megabytes, with whether an earlier call of theirs may have been applied.
    pub fn next_unsettled(
        &self,
        after: BatchId,
        last: BatchId,
        most: usize,
    ) -> Result<Vec<(Batch, bool)>, StoreError> {
        // The limit is part of the text: SQLite would compile the statement anew each time that it is bound.
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT batch.id, envelope, {}, bodies_seal, bodies FROM batch LEFT JOIN content ON content.batch = batch.id
             WHERE state < 2 AND batch.id > ? AND batch.id <= ? ORDER BY batch.id LIMIT {most}",
             self.fate_unknown()
        ))?;
        let mut rows = statement.query(params![after.0, last.0])?;
        let (mut next, mut bytes) = (Vec::new(), 0);
        let mut envelope = None;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(1)?;
            // Batches that follow each other mostly share their envelope.
            let envelope = match &envelope {
                Some((known, envelope)) if *known == id => Arc::clone(envelope),
                _ => Arc::clone(&envelope.insert((id, Arc::new(self.envelope(id)?))).1),
            };
            let bodies = content::bodies(row, 3)?;
            bytes += bodies.as_bytes().len();
            let items = bodies.into_strings().map(|body| Item { body }).collect();
            let batch = Batch {
                id: BatchId(row.get(0)?),
                envelope,
                items,
            };
            next.push((batch, row.get(2)?));
            if bytes >= READ_BYTES_MAX {
                break;
            }
        }
        Ok(next)
    }

    pub(super) fn envelope(&self, id: i64) -> Result<Envelope, StoreError> {
        envelope(&self.connection, id)
    }

    /// When the last call was sent or ended, in milliseconds since 1970.
    pub fn last_call_ms(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.connection.query_row(
            "SELECT max(at) FROM (
                 SELECT max(ended_at) AS at FROM call WHERE id > (SELECT coalesce(max(id), 0) FROM call) - 1000
                 UNION ALL SELECT max(sent_at) FROM intent)",
            [],
            |row| row.get(0),
        )?)
    }

    /// Hands every item that failed or is unconfirmed to `each`, in the order of the batches. What reading back found settles what a
    /// reply left open.
    pub fn each_unsuccessful<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(Unsuccessful<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let store = |error: rusqlite::Error| E::from(StoreError::from(error));
        let mut statement = self
            .connection
            .prepare(
                "SELECT envelope, bodies_seal, bodies, sources_seal, places, sources, state, outcomes, items, succeeded, failed, unconfirmed, moved, batch.id
                 FROM batch LEFT JOIN content ON content.batch = batch.id
                 WHERE batch.failed + batch.unconfirmed > 0 ORDER BY batch.first_place, batch.id",
            )
            .map_err(store)?;
        let has_evidence = self.has_evidence_table()?;
        let mut rows = statement.query([]).map_err(store)?;
        while let Some(row) = rows.next().map_err(store)? {
            let envelope = self.envelope(row.get(0).map_err(store)?)?;
            let bodies = content::bodies(row, 1)?;
            let (places, sources) = content::sources(row, 3)?;
            let outcomes = outcomes(row, 6)?;
            let read_back = if has_evidence {
                self.evidence_of(row.get(13).map_err(store)?, ReadMoment::After)?
            } else {
                HashMap::new()
            };
            let settled = |position: usize| read_back.get(&position)?.evidence.settles();
            let items = places.iter().zip(bodies.iter()).zip(sources.iter_shared());
            for (position, (((place, body), source), letter)) in items.zip(outcomes).enumerate() {
                let outcome = match letter {
                    b'F' => Outcome::Failed,
                    b'U' => settled(position).unwrap_or(Outcome::Unconfirmed),
                    _ => continue,
                };
                if outcome == Outcome::Succeeded {
                    continue;
                }
                each(Unsuccessful {
                    place: *place,
                    outcome,
                    envelope: &envelope,
                    body,
                    source,
                })?;
            }
        }
        Ok(())
    }

    /// Hands every rejection to `each`, in the order of the input.
    pub fn each_rejection(&self, mut each: impl FnMut(Rejected)) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT place, rule, reason, column, source, stray FROM rejection ORDER BY place",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(Rejected {
                place: Place::from_number(row.get(0)?),
                rule: row.get(1)?,
                reason: row.get(2)?,
                column: row.get(3)?,
                source: row.get(4)?,
                stray: row.get(5)?,
            });
        }
        Ok(())
    }

    /// Whether the reports have cells to show that belong to no column.
    pub fn has_stray(&self) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM rejection WHERE stray IS NOT NULL)";
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// The commonest reasons why items did not succeed.
    pub fn reasons(&self, most: usize) -> Result<Vec<ReasonCount>, StoreError> {
        let settled = if self.has_evidence_table()? {
            "outcome = 'unconfirmed' AND EXISTS (SELECT 1 FROM evidence WHERE evidence.batch = unsuccessful.batch
             AND asked = 1 AND evidence.position = unsuccessful.position AND word <> 'unreadable')"
        } else {
            "FALSE"
        };
        let mut statement = self.connection.prepare(&format!(
            "SELECT 'rejected', NULL, kind, count(*) AS items FROM rejection GROUP BY kind
             UNION ALL
             SELECT outcome, reason.code, reason.text, count(*) FROM unsuccessful JOIN reason ON reason.id = unsuccessful.reason
             WHERE NOT ({settled}) GROUP BY outcome, reason.id
             ORDER BY items DESC, 1, 3 LIMIT ?"
        ))?;
        let rows = statement.query_map([most], |row| {
            let word: String = row.get(0)?;
            Ok(ReasonCount {
                outcome: outcome_of(&word),
                code: row.get(1)?,
                reason: said::text(&self.connection, &row.get::<_, String>(2)?),
                items: row.get(3)?,
            })
        })?;
        let mut reasons: Vec<ReasonCount> = rows.collect::<Result<_, _>>()?;
        reasons.extend(self.reasons_by_evidence()?);
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.items));
        reasons.truncate(most);
        Ok(reasons)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Closed as the last one, it would fold the log of a start that was killed. If that cannot be prevented the log is missed
        // later, and asked about.
        if last_start::is_open(&self.connection) {
            let _ = last_start::keep_log(&self.connection, true);
        }
    }
}

/// What the items of a batch share.
pub(super) fn envelope(connection: &Connection, id: i64) -> Result<Envelope, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT value, seal FROM envelope WHERE id = ?")?;
    let found = statement.query_row([id], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let missing = || StoreError("it is damaged: a part of a batch is missing".to_owned());
    let (json, checksum) = found.optional()?.ok_or_else(missing)?;
    verify(checksum, &[json.as_bytes()])?;
    Ok(envelope_of(&json))
}

/// A letter for each item of a settled batch, none for another. The columns are `state, outcomes, items, succeeded, failed,
/// unconfirmed, moved`, from this one on: what was written together has to be there together when it is read.
pub(super) fn outcomes(row: &Row<'_>, first: usize) -> Result<Vec<u8>, StoreError> {
    let state: i64 = row.get(first)?;
    let letters: Option<String> = row.get(first + 1)?;
    let items: usize = row.get(first + 2)?;
    let mut counted = [0; 4];
    for (position, count) in counted.iter_mut().enumerate() {
        *count = row.get(first + 3 + position)?;
    }
    let letters = match (state, letters) {
        // Letters are not written when all items succeeded.
        (2, None) if counted == [items, 0, 0, 0] => return Ok(vec![b'S'; items]),
        (2, Some(letters)) if letters.len() == items => letters.into_bytes(),
        (0 | 1, None) => Vec::new(),
        _ => return Err(outcomes_damaged()),
    };
    if b"SFU>".map(|letter| memchr::memchr_iter(letter, &letters).count()) != counted {
        return Err(outcomes_damaged());
    }
    Ok(letters)
}

fn outcomes_damaged() -> StoreError {
    StoreError("it is damaged: the outcomes of a batch are not those that were counted".to_owned())
}

fn outcome_of(word: &str) -> Outcome {
    match word {
        "failed" => Outcome::Failed,
        "rejected" => Outcome::Rejected,
        _ => Outcome::Unconfirmed,
    }
}

fn envelope_of(json: &str) -> Envelope {
    let values: HashMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(json).unwrap_or_default();
    Envelope {
        values: values
            .into_iter()
            .map(|(name, value)| (name, value.get().to_owned()))
            .collect(),
    }
}
