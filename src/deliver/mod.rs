//! The second station: batches become calls, calls become outcomes.
//!
//! As many batches are under way as keep the quota busy. Each goes through one [`sender`] to its end; what the store refuses to
//! keep ends everything at once, because nothing may be sent that cannot be recorded. Knows no endpoint by name and no file format.

mod armed;
mod decision;
mod isolation;
pub mod quota;
pub mod retry;
mod sender;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use self::armed::Armed;
use self::isolation::Isolation;
use self::quota::Gate;
use self::sender::{Left, Sender, Work};
use crate::control::{Control, Order};
use crate::endpoint::{Endpoint, Window};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::Limit;
use crate::model::{Batch, BatchId, Outcome, Tally};
use crate::store::{Journal, Ledger, Settled, StoreError};
use crate::transport::{Mint, Tokens, Transport};

/// Settled batches before the share of failed items is judged: a few unlucky ones must not end a run.
const BATCHES_JUDGED_LEAST: u64 = 10;
/// Time before the gate opens in which a call's intent is made durable: a slow disk needs some 10 ms for it.
const ARMED_AHEAD_MS: u64 = 100;
/// Batches read at once, ahead of their sending: each piece wakes somebody, so it should not be small.
const READ_AHEAD: usize = 64;

/// Everything a delivery needs.
pub struct Delivery<T> {
    /// Where the items go.
    pub endpoint: Endpoint,
    /// All windows to keep; none means no quota.
    pub windows: Vec<Window>,
    /// Sends calls.
    pub transport: T,
    /// Gives tokens.
    pub tokens: Tokens<T>,
    /// Holds calls back.
    pub gate: Gate,
    /// Keeps what happens.
    pub journal: Journal,
    /// How the run is stopped.
    pub control: Control,
    /// Hears what happens.
    pub observer: Arc<dyn Observer>,
    /// The job's `max_failed`.
    pub failed_max: Limit,
    /// Items by outcome before the delivery.
    pub tally: Tally,
}

/// Counts of this sitting.
struct Progress {
    tally: Tally,
    batches: u64,
    items: u64,
    failed: u64,
}

impl<T: Transport + Mint> Delivery<T> {
    /// Sends every batch of the store at `path` that has no outcomes yet. Returns when all have, or when no further call may be
    /// made and those in flight have ended.
    pub async fn run(self, path: &Path) -> Result<(), StoreError> {
        let in_flight = quota::calls_in_flight(&self.windows);
        let places = armed_max(&self.windows, in_flight);
        // Without a quota intents come so fast that they share their commits anyhow.
        let group = if self.windows.is_empty() { 1 } else { places };
        let armed = Arc::new(Armed::new(places, group));
        let progress = Arc::new(Mutex::new(Progress {
            tally: self.tally,
            batches: 0,
            items: 0,
            failed: 0,
        }));
        let mut pieces = read_ahead(path)?;
        let mut batches = VecDeque::new();
        let shared = Arc::new(self);
        let mut under_way = JoinSet::new();
        let mut exhausted = false;
        let mut result = Ok(());
        while result.is_ok() {
            let stopping = shared.control.is_stopping();
            while !stopping
                && under_way.len() < in_flight
                && let Some((batch, ambiguous)) = batches.pop_front()
            {
                let (shared, armed, progress) = (shared.clone(), armed.clone(), progress.clone());
                under_way
                    .spawn(async move { shared.send(batch, ambiguous, &armed, &progress).await });
            }
            if under_way.is_empty() && (exhausted || stopping) {
                break;
            }
            tokio::select! {
                biased;
                () = shared.control.aborted() => break,
                Some(ended) = under_way.join_next() => result = shared.ended(ended),
                piece = pieces.recv(), if !stopping && !exhausted && batches.is_empty() => match piece {
                    Some(Ok(piece)) => batches.extend(piece),
                    Some(Err(error)) => result = Err(error),
                    None => exhausted = true,
                },
                () = shared.control.stopping(), if !stopping => {
                    shared.observer.see(&Event::Halting {
                        why: why(&shared.control),
                        in_flight: under_way.len(),
                    });
                }
            }
        }
        // Whatever is still under way here was aborted: its intents stay in the store without an end.
        under_way.shutdown().await;
        result
    }

    /// One batch on its way.
    async fn send(
        &self,
        batch: Batch,
        ambiguous: bool,
        armed: &Armed,
        progress: &Mutex<Progress>,
    ) -> Result<(), StoreError> {
        let sender = Sender {
            endpoint: &self.endpoint,
            transport: &self.transport,
            tokens: &self.tokens,
            gate: &self.gate,
            journal: &self.journal,
            control: &self.control,
            observer: &*self.observer,
            armed,
        };
        let mut isolation = Isolation::new(batch.items.len());
        let mut parts = vec![Work {
            batch,
            ambiguous,
            rounds: 0,
        }];
        while let Some(work) = parts.pop() {
            let left = sender.send(&work, &mut isolation).await?;
            let Left::Settled(settled, children) = left else {
                continue;
            };
            parts.extend(children.into_iter().rev());
            // The tally began with the batch as the store had it, whatever its parts have become since.
            let tally = Self::count(&settled, ambiguous, progress);
            let batch = work.batch.id;
            self.observer.see(&Event::BatchSettled { batch, tally });
        }
        self.judge(progress);
        Ok(())
    }

    /// Counts outcomes that are durable.
    fn count(settled: &Settled, ambiguous: bool, progress: &Mutex<Progress>) -> Tally {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = settled
            .outcomes
            .iter()
            .filter(|outcome| outcome.is_none())
            .count();
        let items = (settled.outcomes.len() - moved) as u64;
        // Before this sitting the store counted a batch of unknown fate as unconfirmed.
        if ambiguous {
            progress.tally.unconfirmed -= items;
        } else {
            progress.tally.pending -= items;
        }
        let of = |outcome: Outcome| {
            let is = |settled: &&Option<(Outcome, _)>| matches!(settled, Some((other, _)) if *other == outcome);
            settled.outcomes.iter().filter(is).count() as u64
        };
        for outcome in [Outcome::Succeeded, Outcome::Failed, Outcome::Unconfirmed] {
            progress.tally.add(outcome, of(outcome));
        }
        progress.items += items;
        progress.failed += of(Outcome::Failed);
        progress.tally
    }

    /// Halts the run when too many items fail. A batch that was split counts once, and when all of its parts have ended: the guilty
    /// ones stand alone first.
    fn judge(&self, progress: &Mutex<Progress>) {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.batches += 1;
        let too_many = self.failed_max.exceeded(progress.failed, progress.items, 0);
        if progress.batches >= BATCHES_JUDGED_LEAST && too_many {
            self.control.halt(
                Refusal::new("run.max-failed", format!(
                    "halted: {} of the first {} items failed; the job allows {}",
                    progress.failed, progress.items, self.failed_max
                ))
                .hint("the failure report has the reasons; `resume` sends the rest all the same, or set max_failed in [limits] of the job")
                .exit(Exit::Halted),
            );
        }
    }

    /// A task ended. One that panicked halts the run: its batch stays in the store as sent without an end.
    fn ended(&self, ended: Result<Result<(), StoreError>, JoinError>) -> Result<(), StoreError> {
        match ended {
            Ok(result) => result,
            Err(error) if error.is_panic() => {
                self.control.halt(
                    Refusal::new(
                        "program.failed",
                        "halted: a part of the program failed while a batch was sent",
                    )
                    .because("the run store is complete; the batch in question is unconfirmed")
                    .hint("please report this; `resume` goes on")
                    .exit(Exit::Halted),
                );
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }
}

/// How many calls may wait at the gate with a durable intent: enough that the disk never holds up the quota.
fn armed_max(windows: &[Window], in_flight: usize) -> usize {
    let per_second = |window: &Window| f64::from(window.calls) / window.span.as_secs_f64();
    let slowest = windows.iter().map(per_second).fold(f64::INFINITY, f64::min);
    if slowest.is_infinite() {
        return in_flight;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a small positive number, rounded up"
    )]
    let ahead = (slowest * ARMED_AHEAD_MS as f64 / 1000.0).ceil() as usize;
    (ahead + 1).min(in_flight)
}

fn why(control: &Control) -> String {
    match control.order() {
        Order::Halt(refusal) => refusal.what,
        Order::GoOn | Order::Interrupt | Order::Abort => "interrupted".to_owned(),
    }
}

/// Batches, each with whether an earlier call of it may have been applied.
type Piece = Result<Vec<(Batch, bool)>, StoreError>;

/// Reads batches from the store on a thread of its own, a little ahead of their sending.
fn read_ahead(path: &Path) -> Result<mpsc::Receiver<Piece>, StoreError> {
    let ledger = Ledger::open(path).map_err(|refusal| StoreError(refusal.what))?;
    // Batches that isolation adds later are sent by whoever added them.
    let last = ledger.last_batch()?;
    let (sender, receiver) = mpsc::channel(1);
    std::thread::Builder::new()
        .name("read-ahead".to_owned())
        .spawn(move || {
            let mut after = BatchId(0);
            loop {
                let next = match ledger.next_unsettled(after, last, READ_AHEAD) {
                    Ok(next) if next.is_empty() => return,
                    Ok(next) => next,
                    Err(error) => {
                        // Nobody listens any more: then nobody needs to know.
                        let _ = sender.blocking_send(Err(error));
                        return;
                    }
                };
                after = next.last().map_or(after, |(batch, _)| batch.id);
                if sender.blocking_send(Ok(next)).is_err() {
                    return;
                }
            }
        })
        .map_err(|error| StoreError(error.to_string()))?;
    Ok(receiver)
}
