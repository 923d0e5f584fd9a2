//! The thread that writes: takes commands as they come, commits many at once, answers when they are durable.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};

use super::intents::{Intent, Intents};
use super::{Command, Done, GoesOn, Moment, SettledBy};
use crate::model::{BatchId, CallEnd, CallId, CallResult, Outcome, Packed, Place, Reason, Settled};
use crate::store::content::{self, Packer};
use crate::store::new_store::signed;
use crate::store::{StoreError, last_start, said};
use crate::wall_clock::now_ms;

/// Least time between two commits under load. Each costs a sync of the disk and wakes everybody who waited for it: without a quota,
/// calls come so fast that most of a processor went into that.
const COMMITS_APART: Duration = Duration::from_millis(1);

/// Orders in the last commit from which on others are about to come, and share the next one. Fewer are calls that wait for each
/// other, or for their quota: they gain nothing from waiting longer.
const LOAD_COMMANDS_MIN: usize = 4;

/// Most commands in one commit: bounds how long the first of them waits.
const GROUP_MAX: usize = 1024;

pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    identity: Identity,
    intents: Intents,
    broken: Option<StoreError>,
    goes_on: GoesOn,
}

/// An answer that is given once its commit is durable.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

impl Writer {
    /// A writer of the file at `path`, which the connection has open.
    pub(super) fn new(
        connection: Connection,
        path: &Path,
        goes_on: GoesOn,
    ) -> Result<Self, StoreError> {
        let identity = identity(path).map_err(|error| StoreError(error.to_string()))?;
        Ok(Self {
            intents: Intents::new(&connection)?,
            connection,
            path: path.to_owned(),
            identity,
            broken: None,
            goes_on,
        })
    }

    /// Works until nobody can ask any more.
    pub(super) fn work(mut self, inbox: &Receiver<Command>) {
        let mut committed = Instant::now();
        let mut last_commands = 0;
        while let Ok(first) = inbox.recv() {
            if last_commands >= LOAD_COMMANDS_MIN {
                std::thread::sleep(COMMITS_APART.saturating_sub(committed.elapsed()));
            }
            let mut commands = vec![first];
            while commands.len() < GROUP_MAX
                && let Ok(next) = inbox.try_recv()
            {
                commands.push(next);
            }
            last_commands = commands.len();
            if !self.commit(commands) {
                return;
            }
            committed = Instant::now();
        }
        // The last word: fold the write-ahead log into the file, so that the run is one file. If that fails, the log stays and
        // nothing is lost. While a start is open the log is kept.
        if !last_start::is_open(&self.connection) {
            let _ = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            let _ = last_start::keep_log(&self.connection, false);
        }
    }

    /// Carries out all commands in one transaction and answers when it is durable. Returns whether the writer goes on.
    fn commit(&mut self, commands: Vec<Command>) -> bool {
        let mut answers: Vec<Answer> = Vec::with_capacity(commands.len());
        let mut result = match &self.broken {
            Some(error) => Err(error.clone()),
            None => self.begin(),
        };
        for command in commands {
            match &result {
                Ok(()) => result = self.carry_out(command, &mut answers),
                Err(error) => command.refuse(error),
            }
        }
        let result = result.and_then(|()| self.intents.write(&self.connection));
        if !(self.goes_on)(Moment::BeforeCommit) {
            return false;
        }
        let result = result.and_then(|()| Ok(self.connection.execute_batch("COMMIT")?));
        if !(self.goes_on)(Moment::AfterCommit) {
            return false;
        }
        if let Err(error) = &result
            && self.broken.is_none()
        {
            // The transaction may be gone already; either way nothing of it is durable.
            let _ = self.connection.execute_batch("ROLLBACK");
            self.broken = Some(error.clone());
        }
        for answer in answers {
            answer(result.clone());
        }
        true
    }

    fn begin(&self) -> Result<(), StoreError> {
        if !identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            return Err(StoreError(
                "its file was removed, moved or replaced while the run used it".to_owned(),
            ));
        }
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn carry_out(&mut self, command: Command, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        match command {
            Command::Intend { batch, done } => {
                let call = self.intend(batch);
                answer(answers, done, call)
            }
            Command::End { call, end, done } => {
                let ended = self.end_unsettled(call, &end);
                answer(answers, done, ended)
            }
            Command::Settle {
                batch,
                call,
                settled,
                done,
            } => {
                let children = self.settle(batch, &call, &settled);
                answer(answers, done, children)
            }
            Command::Reclaim { done } => {
                let reclaimed = self.reclaim();
                answer(answers, done, reclaimed)
            }
            Command::Note { notes, done } => {
                let noted = notes.write(&self.connection);
                answer(answers, done, noted)
            }
        }
    }

    fn intend(&mut self, batch: BatchId) -> Result<(CallId, u64), StoreError> {
        let calls: u64 = self
            .connection
            .prepare_cached("SELECT calls FROM batch WHERE id = ? AND state < 2")?
            .query_row([batch.0], |row| row.get(0))
            .map_err(|error| StoreError(format!("batch {} cannot be sent: {error}", batch.0)))?;
        let call = self.intents.add(&self.connection, batch, calls + 1)?;
        Ok((call, calls + 1))
    }

    /// Notes how a call ended, not what its batch comes to.
    fn end(&mut self, call: CallId, end: &CallEnd) -> Result<Intent, StoreError> {
        let intent = self.intents.end(&self.connection, call)?;
        self.connection
            .prepare_cached(
                "INSERT INTO call (id, batch, attempt, sent_at, ended_at, result, status, code, message, log_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                call.0,
                intent.batch.0,
                intent.attempt,
                intent.sent_at,
                signed(now_ms()),
                end.result.word(),
                end.status,
                end.code,
                end.message,
                end.log_id
            ])?;
        Ok(intent)
    }

    /// Notes how a call ended whose batch goes on.
    fn end_unsettled(&mut self, call: CallId, end: &CallEnd) -> Result<(), StoreError> {
        let intent = self.end(call, end)?;
        let calls = attempts_used(&intent, end);
        self.connection
            .prepare_cached("UPDATE batch SET calls = ?, state = max(state, ?) WHERE id = ?")?
            .execute(params![calls, end.may_be_applied, intent.batch.0])?;
        Ok(())
    }

    fn settle(
        &mut self,
        batch: BatchId,
        call: &SettledBy,
        settled: &Settled,
    ) -> Result<Vec<BatchId>, StoreError> {
        let (calls, log_id) = match call {
            SettledBy::Call(call, end) => {
                let intent = self.end(*call, end)?;
                (Some(attempts_used(&intent, end)), &end.log_id)
            }
            SettledBy::Ended(log_id) => (None, log_id),
        };
        let mut letters = String::with_capacity(settled.outcomes.len());
        let (mut succeeded, mut failed, mut unconfirmed, mut moved) = (0, 0, 0, 0);
        for (position, outcome) in settled.outcomes.iter().enumerate() {
            let (letter, word, count) = match outcome {
                Some((Outcome::Succeeded, _)) => ('S', None, &mut succeeded),
                Some((Outcome::Failed, _)) => ('F', Some("failed"), &mut failed),
                Some((Outcome::Unconfirmed, _)) => ('U', Some("unconfirmed"), &mut unconfirmed),
                Some((Outcome::Rejected | Outcome::Pending, _)) => {
                    return Err(StoreError(format!(
                        "batch {} was settled without a verdict",
                        batch.0
                    )));
                }
                None => ('>', None, &mut moved),
            };
            letters.push(letter);
            *count += 1;
            if let (Some(word), Some((_, Some(reason)))) = (word, outcome) {
                let reason = self.reason(reason)?;
                self.connection
                    .prepare_cached("INSERT INTO unsuccessful (batch, position, outcome, reason) VALUES (?, ?, ?, ?)")?
                    .execute(params![batch.0, position, word, reason])?;
            }
        }
        let letters = (succeeded != settled.outcomes.len()).then_some(letters);
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE batch SET state = 2, calls = coalesce(?, calls), outcomes = ?, succeeded = ?, failed = ?, unconfirmed = ?, moved = ?, log_id = ? WHERE id = ? AND state < 2",
            )?
            .execute(params![calls, letters, succeeded, failed, unconfirmed, moved, log_id, batch.0])?;
        if changed != 1 {
            return Err(StoreError(format!("batch {} was settled twice", batch.0)));
        }
        self.children(batch, settled)
    }

    /// Makes batches of their own for items that go on, under the same envelope and with the calls they have behind them.
    fn children(&self, parent: BatchId, settled: &Settled) -> Result<Vec<BatchId>, StoreError> {
        let children = &settled.children;
        if children.is_empty() {
            return Ok(Vec::new());
        }
        let (bodies, (places, sources)) = self.connection.query_one(
            "SELECT bodies_seal, bodies, sources_seal, places, sources FROM content WHERE batch = ?",
            [parent.0],
            |row| Ok(content::bodies(row, 0).and_then(|bodies| Ok((bodies, content::sources(row, 2)?)))),
        )??;
        let bodies: Vec<&[u8]> = bodies.iter().collect();
        let sources: Vec<&[u8]> = sources.iter_shared().collect();
        let mut packer = Packer::default();
        let mut made = Vec::with_capacity(children.len());
        for positions in children {
            let of = |strings: &[&[u8]]| {
                let mut packed = Packed::default();
                for string in positions
                    .iter()
                    .filter_map(|position| strings.get(*position))
                {
                    packed.push(string);
                }
                packed
            };
            let taken: Vec<Place> = positions
                .iter()
                .filter_map(|position| places.get(*position))
                .copied()
                .collect();
            let first = taken.first().copied().unwrap_or_default();
            let id = self
                .connection
                .prepare_cached(
                    "INSERT INTO batch (parent, envelope, first_place, items, state, calls) SELECT id, envelope, ?, ?, ?, calls FROM batch WHERE id = ?",
                )?
                .insert(params![signed(first.number()), signed(taken.len() as u64), i64::from(settled.ambiguous), parent.0])?;
            packer.add_content(&self.connection, id, &taken, &of(&bodies), &of(&sources))?;
            made.push(BatchId(id));
        }
        Ok(made)
    }

    fn reason(&self, reason: &Reason) -> Result<i64, StoreError> {
        let text = reason.text.to_string();
        let known: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM reason WHERE text = ? AND code IS ?")?
            .query_row(params![text, reason.code], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            Ok(id)
        } else {
            said::keep(&self.connection, &text, &reason.text)?;
            Ok(self
                .connection
                .prepare_cached("INSERT INTO reason (text, code) VALUES (?, ?)")?
                .insert(params![text, reason.code])?)
        }
    }

    fn reclaim(&self) -> Result<(), StoreError> {
        self.connection.execute_batch(&format!(
            "UPDATE batch SET state = 1, calls = open_call.attempt FROM open_call WHERE open_call.batch = batch.id AND state < 2;
             INSERT INTO call (id, batch, attempt, sent_at, ended_at, result)
                 SELECT id, batch, attempt, sent_at, sent_at, '{}' FROM open_call;
             DELETE FROM intent;",
            CallResult::Lost
        ))?;
        Ok(())
    }
}

/// Attempts of its batch that are used up after a call.
fn attempts_used(intent: &Intent, end: &CallEnd) -> u64 {
    // The platform did not look at it: no attempt is used up.
    let is_unused = CallResult::UNUSED.contains(&end.result);
    intent.attempt - u64::from(is_unused)
}

/// Keeps the answer until the commit. A command that failed is answered with the transaction's failure like all the others.
fn answer<T: Send + 'static>(
    answers: &mut Vec<Answer>,
    done: Done<T>,
    value: Result<T, StoreError>,
) -> Result<(), StoreError> {
    let (value, result) = match value {
        Ok(value) => (Some(value), Ok(())),
        Err(error) => (None, Err(error)),
    };
    answers.push(Box::new(move |committed| {
        let answer = match (committed, value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(StoreError("a command was lost".to_owned())),
            (Err(error), _) => Err(error),
        };
        // Whoever asked may have been cancelled; the record is durable all the same.
        let _ = done.send(answer);
    }));
    result
}

/// Which file a path names. On Unix a file that was removed can still be written, and nobody would ever read what was.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Elsewhere a file cannot be removed while it is open.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(drop)
}
