//! Waiting for one's turn: [`Flow`] with a clock, shared by all batches under way.
//!
//! Whoever waits wakes when something has changed, when a try is due, and when the run stops. Invariant: what makes the run halt is
//! passed on at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::blame::Blame;
use super::flow::{Flow, Held, Next, Pass, Turn};
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::model::BatchId;

/// What all batches under way share about their turns.
pub(super) struct Turns {
    shared: Mutex<Shared>,
    changed: watch::Sender<()>,
    began: Instant,
    control: Control,
    observer: Arc<dyn Observer>,
}

/// The states behind one lock.
pub(super) struct Shared {
    pub(super) flow: Flow,
    pub(super) blame: Blame,
    told: Option<Held>,
}

impl Turns {
    pub(super) fn new(flow: Flow, control: Control, observer: Arc<dyn Observer>) -> Self {
        Self {
            shared: Mutex::new(Shared {
                flow,
                blame: Blame::default(),
                told: None,
            }),
            changed: watch::Sender::new(()),
            began: Instant::now(),
            control,
            observer,
        }
    }

    /// Waits until a batch may be called. None: the run stops.
    pub(super) async fn turn(&self, batch: BatchId) -> Option<Pass> {
        let ask = |flow: &mut Flow, now| match flow.ask(batch, now) {
            Turn::Go(pass) => Ok(pass),
            Turn::Wait(until) => Err(until),
        };
        self.wait_for(ask).await
    }

    /// Waits until it is known what to do with a refused batch. None: the run stops.
    pub(super) async fn next(
        &self,
        mut ask: impl FnMut(&mut Flow, Duration) -> Next,
    ) -> Option<Next> {
        let ask = |flow: &mut Flow, now| match ask(flow, now) {
            Next::Wait(until) => Err(until),
            next @ (Next::Judge | Next::Resend) => Ok(next),
        };
        self.wait_for(ask).await
    }

    async fn wait_for<A>(
        &self,
        mut ask: impl FnMut(&mut Flow, Duration) -> Result<A, Option<Duration>>,
    ) -> Option<A> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if self.control.is_stopping() || self.used_up().is_some() {
                return None;
            }
            let until = match self.look(&mut ask) {
                Ok(answer) => return Some(answer),
                Err(until) => until,
            };
            let due = async {
                match until {
                    Some(until) => tokio::time::sleep_until(self.began + until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // The sender lives as long as this value.
                _ = changed.changed() => {}
                () = due => {}
                () = self.control.stopping() => return None,
            }
        }
    }

    /// Asks without having anything to tell.
    fn look<A>(&self, ask: impl FnOnce(&mut Flow, Duration) -> A) -> A {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&mut shared.flow, self.began.elapsed())
    }

    /// Tells what happened. Everybody who waits asks again, and what follows for the run is passed on.
    pub(super) fn tell<A>(&self, what: impl FnOnce(&mut Shared, Duration) -> A) -> A {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.began.elapsed();
        let before = shared.flow.changes();
        let answer = what(&mut shared, now);
        if shared.flow.changes() == before {
            return answer;
        }
        let halt = shared.flow.halt().cloned();
        let held = shared.flow.held().cloned();
        let is_news = held != shared.told;
        let told = std::mem::replace(&mut shared.told, held.clone());
        drop(shared);
        if let Some(halt) = halt {
            self.control.halt(halt);
        }
        if is_news {
            self.observer.see(&event(held.as_ref(), told.as_ref(), now));
        }
        self.changed.send_replace(());
        answer
    }

    /// Why no further call may be made, when those under way have ended.
    pub(super) fn used_up(&self) -> Option<Refusal> {
        self.look(|flow, _| flow.used_up().cloned())
    }

    /// Wakes when something has changed.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

fn event(held: Option<&Held>, told: Option<&Held>, now: Duration) -> Event {
    match held {
        Some(held) => Event::Held {
            seconds: now.saturating_sub(held.since).as_secs_f64(),
            next_seconds: held.next.saturating_sub(now).as_secs_f64(),
            seconds_max: held.end.saturating_sub(held.since).as_secs_f64(),
            why: held.why.clone(),
        },
        None => Event::HoldEnded {
            seconds: told
                .map_or(Duration::ZERO, |held| now.saturating_sub(held.since))
                .as_secs_f64(),
        },
    }
}
