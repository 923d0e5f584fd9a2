//! The second station: batches become calls, calls become outcomes.
//!
//! As many batches are under way as keep the quota busy. Each goes through one [`sender`] to its end; what the store refuses to
//! keep ends everything at once, because nothing may be sent that cannot be recorded. Knows no endpoint by name and no file format.

mod armed;
mod blame;
mod decision;
mod flow;
mod isolation;
mod kind;
mod parts;
pub mod quota;
pub mod retry;
mod sender;
mod turns;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use self::armed::Armed;
use self::decision::CALLS_MAX;
use self::flow::{Bounds, Flow};
use self::isolation::Isolation;
use self::parts::Parts;
use self::quota::Gate;
use self::sender::{SendTask, Sender};
use self::turns::Turns;
use crate::control::{Control, StopRequest};
use crate::endpoint::{Endpoint, Window};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::Limit;
use crate::model::{Batch, BatchId, Outcome, Reason, Settled, Tally};
use crate::store::{Before, Journal, Ledger, StoreError};
use crate::text::Text;
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
    /// The run's `max_calls`, over all starts.
    pub calls_max: Option<u64>,
    /// The job's `max_outage`.
    pub outage_max: Duration,
    /// Items by outcome before the delivery.
    pub tally: Tally,
}

/// How many calls a run takes. Those that are throttled, or made with a token that has run out, come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallRange {
    /// One for each batch.
    pub least: u64,
    /// When every batch has to be resent and taken apart as often as it may be, or what `max_calls` allows.
    pub most: u64,
}

/// The calls that so many items in so many batches take.
#[must_use]
pub fn call_range(batches: u64, items: u64, calls_max: Option<u64>) -> CallRange {
    // A batch of one item has no parts.
    let of_parts = if items > batches {
        batches.saturating_mul(isolation::calls_max(0).into())
            + items / isolation::CALLS_PER_ITEMS as u64
    } else {
        0
    };
    let most = batches
        .saturating_mul(CALLS_MAX.into())
        .saturating_add(of_parts);
    CallRange {
        least: batches,
        most: calls_max.map_or(most, |max| max.min(most)),
    }
}

/// Counts of this start.
struct Progress {
    tally: Tally,
    batches: u64,
    items: u64,
    /// Items that failed or are unconfirmed.
    unsuccessful: u64,
    failed: u64,
}

/// What all batches under way share.
struct Shared {
    armed: Armed,
    turns: Turns,
    progress: Mutex<Progress>,
    /// What earlier starts sent.
    before: HashMap<BatchId, Before>,
}

impl<T: Transport + Mint> Delivery<T> {
    /// Sends every batch of the store at `path` that has no outcomes yet. Returns when all have, or when no further call may be
    /// made and those in flight have ended.
    pub async fn run(self, path: &Path) -> Result<(), StoreError> {
        let in_flight = quota::calls_in_flight(&self.windows);
        let ledger = Ledger::open(path).map_err(|refusal| StoreError(refusal.what.to_string()))?;
        let last = ledger.last_batch()?;
        let shared = Arc::new(self.shared(&ledger, in_flight)?);
        let mut pieces = read_ahead(path)?;
        let mut batches = VecDeque::new();
        let delivery = Arc::new(self);
        let mut changed = shared.turns.subscribe();
        let mut under_way = JoinSet::new();
        let mut started = HashSet::new();
        let mut exhausted = false;
        let mut result = Ok(());
        while result.is_ok() {
            let used_up = shared.turns.used_up();
            if let Some(why) = used_up.clone().filter(|_| under_way.is_empty()) {
                delivery.control.halt(why);
            }
            let stopping = used_up.is_some() || delivery.control.is_stopping();
            let mut next = VecDeque::new();
            if !stopping && let Some(witness) = witness(&shared, &ledger, last)? {
                next.push_back(witness);
            }
            while !stopping
                && under_way.len() + next.len() < in_flight
                && let Some(batch) = batches.pop_front()
            {
                next.push_back(batch);
            }
            for (batch, ambiguous) in next {
                if started.insert(batch.id) {
                    let (delivery, shared) = (delivery.clone(), shared.clone());
                    under_way.spawn(async move { delivery.send(batch, ambiguous, &shared).await });
                }
            }
            if under_way.is_empty() && (exhausted || stopping) {
                break;
            }
            tokio::select! {
                biased;
                () = delivery.control.aborted() => break,
                Some(ended) = under_way.join_next() => result = delivery.ended(ended),
                piece = pieces.recv(), if !stopping && !exhausted && batches.is_empty() => match piece {
                    Some(Ok(piece)) => batches.extend(piece),
                    Some(Err(error)) => result = Err(error),
                    None => exhausted = true,
                },
                _ = changed.changed() => {}
                () = delivery.control.stopping(), if !stopping => {
                    delivery.observer.see(&Event::Halting {
                        why: why(&delivery.control),
                        in_flight: under_way.len(),
                    });
                }
            }
        }
        // Whatever is still under way here was aborted: its intents stay in the store without an end.
        under_way.shutdown().await;
        result
    }

    fn shared(&self, ledger: &Ledger, in_flight: usize) -> Result<Shared, StoreError> {
        let places = armed_max(&self.windows, in_flight);
        // Without a quota intents come so fast that they share their commits anyhow.
        let group = if self.windows.is_empty() { 1 } else { places };
        let bounds = Bounds {
            calls_max: self.calls_max,
            calls: ledger.calls()?.sent,
            outage_max: self.outage_max,
        };
        Ok(Shared {
            armed: Armed::new(places, group),
            turns: Turns::new(
                Flow::new(bounds),
                self.control.clone(),
                Arc::clone(&self.observer),
            ),
            progress: Mutex::new(Progress {
                tally: self.tally,
                batches: 0,
                items: 0,
                unsuccessful: 0,
                failed: 0,
            }),
            before: ledger.sent_before()?,
        })
    }

    /// One batch on its way.
    async fn send(&self, batch: Batch, ambiguous: bool, shared: &Shared) -> Result<(), StoreError> {
        let before = shared.before.get(&batch.id).copied().unwrap_or(Before {
            root: batch.id,
            root_items: batch.items.len(),
            calls: 0,
            isolating: 0,
        });
        if ambiguous && before.calls >= CALLS_MAX {
            return self.leave_unconfirmed(&batch, shared).await;
        }
        let _left = Leaves(batch.id, &shared.turns);
        let sender = Sender {
            endpoint: &self.endpoint,
            transport: &self.transport,
            tokens: &self.tokens,
            gate: &self.gate,
            journal: &self.journal,
            control: &self.control,
            observer: &*self.observer,
            turns: &shared.turns,
            outage_max: self.outage_max,
            armed: &shared.armed,
        };
        let isolation = Isolation::new(before.root_items, before.isolating);
        let root = batch.id;
        let task = SendTask {
            batch,
            ambiguous,
            rounds: 0,
            // `resume` is a decision of somebody who saw what was refused: it calls each batch once more, whatever was before.
            calls: before.calls.min(CALLS_MAX - 1),
            sent: 0,
            split: None,
            is_known: false,
        };
        let mut was_called = false;
        let parts = Parts::new(sender, root, isolation, task);
        let settled = &mut |batch, settled: &Settled, called| {
            was_called |= called;
            // The tally began with the batch as the store had it, whatever its parts have become since.
            let tally = Self::count(settled, ambiguous, called, &shared.progress);
            self.observer.see(&Event::BatchSettled { batch, tally });
        };
        parts.send(settled).await?;
        if was_called {
            self.judge(&shared.progress);
        }
        Ok(())
    }

    /// A batch that was called as often as any may be, and may have been applied.
    async fn leave_unconfirmed(&self, batch: &Batch, shared: &Shared) -> Result<(), StoreError> {
        let text = text!(
            "called {calls} times, and no answer settles what became of it",
            calls = CALLS_MAX
        );
        let settled = decision::leave_unconfirmed(batch, &Reason { code: None, text });
        self.journal.settle(batch.id, None, settled.clone()).await?;
        let tally = Self::count(&settled, true, false, &shared.progress);
        let batch = batch.id;
        self.observer.see(&Event::BatchSettled { batch, tally });
        Ok(())
    }

    /// Counts outcomes that are durable.
    fn count(
        settled: &Settled,
        ambiguous: bool,
        was_called: bool,
        progress: &Mutex<Progress>,
    ) -> Tally {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = settled
            .outcomes
            .iter()
            .filter(|outcome| outcome.is_none())
            .count();
        let items = (settled.outcomes.len() - moved) as u64;
        // Before this start the store counted a batch of unknown fate as unconfirmed.
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
        // What this start did not send says nothing about how it goes.
        if was_called {
            progress.items += items;
            progress.failed += of(Outcome::Failed);
            progress.unsuccessful += of(Outcome::Failed) + of(Outcome::Unconfirmed);
        }
        progress.tally
    }

    /// Halts the run when too many items fail or stay unconfirmed. A batch that was split counts once, and when all of its parts have ended: the guilty
    /// ones stand alone first.
    fn judge(&self, progress: &Mutex<Progress>) {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.batches += 1;
        let Progress {
            items,
            failed,
            unsuccessful,
            ..
        } = *progress;
        let too_many = self.failed_max.exceeded(unsuccessful, items, 0);
        if progress.batches >= BATCHES_JUDGED_LEAST && too_many {
            self.control.halt(
                Refusal::new(
                    "run.max-failed",
                    text!("halted: {unsuccessful} of the first {items} items {unconfirmed}; the job allows {failed_max}", unsuccessful, items, unconfirmed = match (failed, unsuccessful - failed) {
                            (_, 0) => text!("failed"),
                            (0, _) =>
                                text!("are unconfirmed: their replies could not be read, or none came"),
                            (_, _) => text!("failed or are unconfirmed"),
                        }, failed_max = self.failed_max.to_string()),
                )
                .hint(text!(
                    "the failure report has the reasons; `{resume}` sends the rest all the same",
                    resume = "resume"
                ))
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
                        text!("halted: a part of the program failed while a batch was sent"),
                    )
                    .because(text!(
                        "the run store is complete; the batch in question is unconfirmed"
                    ))
                    .hint(text!(
                        "please report this; `{resume}` goes on",
                        resume = "resume"
                    ))
                    .exit(Exit::Halted),
                );
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }
}

/// A batch that ends gives up its turn, however it ends.
struct Leaves<'a>(BatchId, &'a Turns);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.1.tell(|shared, _| shared.flow.left(self.0));
    }
}

/// The batch that can show whether a refusal is about rows: the one that is farthest in the input, because neighbours resemble each
/// other. None when nobody asks for it, or it is under way.
fn witness(
    shared: &Shared,
    ledger: &Ledger,
    last: BatchId,
) -> Result<Option<(Batch, bool)>, StoreError> {
    let wanted = |flow: &Flow| flow.wanted_witness().map(<[BatchId]>::to_vec);
    let Some(tested) = shared.turns.tell(|shared, _| wanted(&shared.flow)) else {
        return Ok(None);
    };
    let witness = ledger.farthest_unsettled(last, &tested)?;
    let id = witness.as_ref().map(|(batch, _)| batch.id);
    shared
        .turns
        .tell(|shared, now| shared.flow.call_witness(id, now));
    Ok(witness)
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

fn why(control: &Control) -> Text {
    match control.stop_request() {
        StopRequest::Halt(refusal) => refusal.what,
        StopRequest::None | StopRequest::Interrupt | StopRequest::Abort => text!("interrupted"),
    }
}

/// Batches, each with whether an earlier call of it may have been applied.
type Piece = Result<Vec<(Batch, bool)>, StoreError>;

/// Reads batches from the store on a thread of its own, a little ahead of their sending.
fn read_ahead(path: &Path) -> Result<mpsc::Receiver<Piece>, StoreError> {
    let ledger = Ledger::open(path).map_err(|refusal| StoreError(refusal.what.to_string()))?;
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
