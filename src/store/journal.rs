//! The writer of a run store while calls are made: one thread, many callers, one commit for all that wait.
//!
//! An intent is durable before [`Journal::intend`] returns, and so is an outcome before [`Journal::settle`] does. Whoever waits
//! at the same moment shares one commit, so durability costs little. After the first failed write nothing more is accepted:
//! a store that lost one record must not be believed about the next.

mod intents;
mod writer;

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::OpenFlags;
use tokio::sync::oneshot;

use self::writer::Writer;
use super::{Notes, StoreError, connect, last_start, said};
use crate::model::{BatchId, CallEnd, CallId, Settled};

/// What settles a batch.
enum SettledBy {
    /// A call that ends with it.
    Call(CallId, CallEnd),
    /// Calls whose ends are stored; the last one has this log id.
    Ended(Option<String>),
}

/// The way into the writing thread.
#[derive(Debug)]
pub struct Journal {
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

enum Command {
    Intend {
        batch: BatchId,
        done: Done<(CallId, u64)>,
    },
    End {
        call: CallId,
        end: CallEnd,
        done: Done<()>,
    },
    Settle {
        batch: BatchId,
        call: SettledBy,
        settled: Settled,
        done: Done<Vec<BatchId>>,
    },
    Reclaim {
        done: Done<()>,
    },
    Note {
        notes: Notes,
        done: Done<()>,
    },
}

/// A moment at which a process may die and the run store differs: asked by tests, which let the writer die there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of the commit is durable.
    BeforeCommit,
    /// All of it is, and nobody knows yet.
    AfterCommit,
}

/// Says whether the writer goes on after a moment.
pub type GoesOn = Box<dyn FnMut(Moment) -> bool + Send>;

type Done<T> = oneshot::Sender<Result<T, StoreError>>;

impl Command {
    /// Answers a command that is not carried out, so that whoever asked hears the cause. Nobody may be listening any more.
    fn refuse(self, error: &StoreError) {
        let error = error.clone();
        let _ = match self {
            Self::Intend { done, .. } => done.send(Err(error)).is_ok(),
            Self::End { done, .. } | Self::Note { done, .. } | Self::Reclaim { done } => {
                done.send(Err(error)).is_ok()
            }
            Self::Settle { done, .. } => done.send(Err(error)).is_ok(),
        };
    }
}

impl Journal {
    /// Opens a store for writing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with_hook(path, Box::new(|_| true))
    }

    /// Opens a store for writing. The hook is asked at each [`Moment`], and may let the writer die there as its process would.
    pub fn open_with_hook(path: &Path, goes_on: GoesOn) -> Result<Self, StoreError> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        last_start::keep_log(&connection, true)?;
        connection.execute_batch(said::TABLE)?;
        let writer = Writer::new(connection, path, goes_on)?;
        let (commands, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("run-store".to_owned())
            .spawn(move || writer.work(&inbox))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Self {
            commands,
            thread: Some(thread),
        })
    }

    /// Notes that a batch is about to be sent. Returns when the note is durable, with the number of the attempt.
    pub async fn intend(&self, batch: BatchId) -> Result<(CallId, u64), StoreError> {
        self.ask(|done| Command::Intend { batch, done }).await
    }

    /// Notes how a call ended whose batch is not settled by it.
    pub async fn end(&self, call: CallId, end: CallEnd) -> Result<(), StoreError> {
        self.ask(|done| Command::End { call, end, done }).await
    }

    /// Notes what became of a batch's items. Returns when it is durable, with the numbers of the child batches.
    pub async fn settle(
        &self,
        batch: BatchId,
        call: Option<(CallId, CallEnd)>,
        settled: Settled,
    ) -> Result<Vec<BatchId>, StoreError> {
        let call = match call {
            Some((call, end)) => SettledBy::Call(call, end),
            None => SettledBy::Ended(None),
        };
        self.ask(|done| Command::Settle {
            batch,
            call,
            settled,
            done,
        })
        .await
    }

    /// The same for a batch whose last call has ended before, with this log id.
    pub async fn settle_later(
        &self,
        batch: BatchId,
        log_id: Option<String>,
        settled: Settled,
    ) -> Result<Vec<BatchId>, StoreError> {
        self.ask(|done| Command::Settle {
            batch,
            call: SettledBy::Ended(log_id),
            settled,
            done,
        })
        .await
    }

    /// Closes the calls of a process that is gone: what they did is unknown.
    pub async fn reclaim(&self) -> Result<(), StoreError> {
        self.ask(|done| Command::Reclaim { done }).await
    }

    /// Writes those notes that are given, all together.
    pub async fn note(&self, notes: Notes) -> Result<(), StoreError> {
        self.ask(|done| Command::Note { notes, done }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Done<T>) -> Command) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        let gone = || StoreError("its writer is gone".to_owned());
        self.commands.send(command(done)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let (closed, _) = channel();
        drop(std::mem::replace(&mut self.commands, closed));
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}
