//! One batch to its end: the only loop in the program that sends anything, and the only one that sends anything again.
//!
//! A call's intent is durable before its first byte leaves, and its end is durable before it is counted. The same batch is always
//! sent with the same items in the same order. What a reply means is read elsewhere, and what to do about it is decided
//! elsewhere; here it is done.

use std::time::Duration;

use tokio::time::Instant;

use super::armed::Armed;
use super::decision::{Course, Step, leave_unconfirmed};
use super::isolation::Isolation;
use super::quota::{Gate, Passed, Refused};
use super::retry::{Policy, named_wait};
use crate::control::Control;
use crate::endpoint::reply::{self, Answer, Applied, Disposition};
use crate::endpoint::{Endpoint, Request, Resend};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer, WAIT_SAID};
use crate::model::{Batch, Reason};
use crate::store::{CallEnd, CallId, Journal, Settled, StoreError};
use crate::transport::{Mint, Token, TokenError, Tokens, Transport};
use crate::wall_clock;

/// What all batches of a run share on their way.
pub(super) struct Sender<'a, T> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) transport: &'a T,
    pub(super) tokens: &'a Tokens<T>,
    pub(super) gate: &'a Gate,
    pub(super) journal: &'a Journal,
    pub(super) control: &'a Control,
    pub(super) observer: &'a dyn Observer,
    /// Calls between their intent and the gate. Few: after a kill all of them count as perhaps sent.
    pub(super) armed: &'a Armed,
}

/// A batch to send, with what its earlier calls left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// A call made before, perhaps by a process that was killed, may have been applied.
    pub(super) ambiguous: bool,
    /// How often its items were answered with a trouble that passes.
    pub(super) rounds: u32,
}

/// How a batch left the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// Each item has an outcome, or goes on in one of these.
    Settled(Settled, Vec<Work>),
    /// The run is stopping; the batch stays as the store has it.
    Unsettled,
}

/// A call that was sent, and what came of it.
struct Called {
    call: CallId,
    passed: Passed,
    answer: Answer,
    took: Duration,
}

impl<T: Transport + Mint> Sender<'_, T> {
    /// Sends a batch until each of its items has an outcome or goes on in a batch of its own, or the run stops.
    pub(super) async fn send(
        &self,
        work: &Work,
        isolation: &mut Isolation,
    ) -> Result<Left, StoreError> {
        let batch = &work.batch;
        if work.ambiguous && self.endpoint.resend != Resend::Safe {
            return self.leave(batch).await;
        }
        if work.rounds > 0 && !self.sleep(delay_of_round(work.rounds)).await {
            return Ok(Left::Unsettled);
        }
        let request = Request::build(self.endpoint, &batch.envelope, &batch.items);
        let mut course = Course::new(work.ambiguous, work.rounds);
        let set_out = Instant::now();
        while let Some(token) = self.token().await {
            let Some(called) = self.call(batch, &request, &token).await? else {
                break;
            };
            let Called {
                call,
                passed,
                answer,
                took,
            } = called;
            let step = course.decide(self.endpoint, batch, &answer, isolation, set_out.elapsed());
            let end = CallEnd::of(&answer);
            if let Step::Settle(settled) = step {
                let temporary = matches!(answer.disposition, Disposition::Read(_));
                let rounds = if temporary { work.rounds + 1 } else { 0 };
                let children = self
                    .journal
                    .settle(batch.id, Some((call, end)), settled.clone())
                    .await?;
                self.tell(batch, &answer, took);
                let parts = children.into_iter().zip(&settled.children);
                let parts = parts.map(|(id, positions)| Work {
                    batch: batch.part(id, positions),
                    ambiguous: course.is_ambiguous(),
                    rounds,
                });
                let parts = parts.collect();
                return Ok(Left::Settled(settled, parts));
            }
            self.journal.end(call, end).await?;
            self.tell(batch, &answer, took);
            if !self.follow(step, passed, &token).await? {
                break;
            }
        }
        Ok(Left::Unsettled)
    }

    /// Does what a step asks for. Returns whether the batch is to be sent again.
    async fn follow(&self, step: Step, passed: Passed, token: &Token) -> Result<bool, StoreError> {
        match step {
            Step::Settle(_) => Ok(false),
            Step::Resend(delay) => Ok(self.sleep(delay).await),
            Step::Pause(pause) => {
                if self.gate.throttled(passed, pause) == Refused::ThisCall {
                    return Ok(self.sleep(pause).await);
                }
                // A process that takes over has to honour it too; its only common clock with this one is the wall clock.
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                let until = wall_clock::now_ms().saturating_add(pause_ms);
                self.journal
                    .note("paused_until_ms", until.to_string())
                    .await?;
                self.observer.see(&Event::Paused {
                    seconds: pause.as_secs_f64(),
                });
                // The gate holds everybody back, this batch too.
                Ok(true)
            }
            Step::RenewToken => {
                self.tokens.refused(token);
                self.observer.see(&Event::TokenRenewed);
                Ok(true)
            }
            Step::Halt(why) => {
                self.control.halt(why);
                Ok(false)
            }
        }
    }

    /// One call: intent, gate, sending, reading. None when the run stops before it is sent.
    async fn call(
        &self,
        batch: &Batch,
        request: &Request,
        token: &Token,
    ) -> Result<Option<Called>, StoreError> {
        let armed = tokio::select! {
            armed = self.armed.acquire() => armed,
            () = self.control.stopping() => return Ok(None),
        };
        let (call, attempt) = self.journal.intend(batch.id).await?;
        let passed = tokio::select! {
            passed = self.gate.acquire() => passed,
            () = self.control.stopping() => {
                self.journal.end(call, CallEnd::withdrawn()).await?;
                return Ok(None);
            }
        };
        drop(armed);
        self.observer.see(&Event::CallSent {
            batch: batch.id,
            attempt,
            items: batch.items.len(),
        });
        let sent = Instant::now();
        let result = self.tokens.hide(self.transport.send(request, token).await);
        let took = sent.elapsed();
        let answer = reply::read(self.endpoint, batch, &result);
        Ok(Some(Called {
            call,
            passed,
            answer,
            took,
        }))
    }

    /// A token to send with; none when the run is stopping, or has to because there is no token to be had.
    async fn token(&self) -> Option<Token> {
        let mut delays = Policy::RESEND.delays(1);
        let started = Instant::now();
        loop {
            if self.control.is_stopping() {
                return None;
            }
            let (why, named) = match self.tokens.current().await {
                Ok(token) => return Some(token),
                Err(TokenError::Fatal(why)) => {
                    self.control.halt(why.exit(Exit::Halted));
                    return None;
                }
                Err(TokenError::Again { text, reset }) => {
                    (text, reset.as_deref().and_then(named_wait))
                }
            };
            let Some(delay) = delays.next_after(started.elapsed()) else {
                let halt = Refusal::new("run.no-token", "halted: no access token could be fetched")
                    .because(why);
                self.control.halt(halt.exit(Exit::Halted));
                return None;
            };
            let wait = named.map_or(delay, |named| named.max(delay));
            if wait >= WAIT_SAID {
                self.observer.see(&Event::Waiting {
                    why,
                    seconds: wait.as_secs_f64(),
                });
            }
            if !self.sleep(wait).await {
                return None;
            }
        }
    }

    /// The endpoint's rule forbids sending again what may have been applied.
    async fn leave(&self, batch: &Batch) -> Result<Left, StoreError> {
        let text = "sent before, and no answer came; sending it again might apply it twice";
        let reason = Reason {
            code: None,
            text: text.to_owned(),
        };
        let settled = leave_unconfirmed(batch, &reason);
        self.journal.settle(batch.id, None, settled.clone()).await?;
        Ok(Left::Settled(settled, Vec::new()))
    }

    /// Sleeps, unless the run stops. Returns whether it goes on.
    async fn sleep(&self, delay: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.control.stopping() => false,
        }
    }

    /// Says how a call ended, once that is durable.
    fn tell(&self, batch: &Batch, answer: &Answer, took: Duration) {
        if let Disposition::Read(verdicts) = &answer.disposition
            && !verdicts.strangers.is_empty()
        {
            self.observer.see(&Event::StrangersSeen {
                batch: batch.id,
                count: verdicts.strangers.len(),
            });
        }
        self.observer.see(&Event::CallEnded {
            batch: batch.id,
            result: word(answer),
            status: answer.status,
            code: answer.code,
            log_id: answer.log_id.clone(),
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
    }
}

/// The wait before items with a passing trouble are sent again.
fn delay_of_round(round: u32) -> Duration {
    let delay = Policy::RESEND.delays(round).next_after(Duration::ZERO);
    delay.unwrap_or_default()
}

impl CallEnd {
    /// The end of a call that got an answer, or none.
    fn of(answer: &Answer) -> Self {
        let message = match &answer.disposition {
            Disposition::Read(_) => "",
            Disposition::Again { reason, .. }
            | Disposition::Wait { reason, .. }
            | Disposition::RenewToken { reason }
            | Disposition::Refused { reason }
            | Disposition::Halt { reason, .. } => &reason.text,
        };
        Self {
            result: word(answer),
            may_be_applied: matches!(
                answer.disposition,
                Disposition::Again {
                    applied: Applied::Unknown,
                    ..
                } | Disposition::Halt {
                    applied: Applied::Unknown,
                    ..
                }
            ),
            status: answer.status,
            code: answer.code,
            message: message.to_owned(),
            log_id: answer.log_id.clone(),
        }
    }

    /// The end of a call that was intended and then not made.
    fn withdrawn() -> Self {
        Self {
            result: "withdrawn",
            may_be_applied: false,
            status: None,
            code: None,
            message: String::new(),
            log_id: None,
        }
    }
}

/// What a call led to, in one word for the journal and the log.
fn word(answer: &Answer) -> &'static str {
    match &answer.disposition {
        Disposition::Read(_) => "read",
        Disposition::Again {
            applied: Applied::No,
            ..
        } if answer.status.is_none() => "unsent",
        Disposition::Again { .. } => "again",
        Disposition::Wait { .. } => "wait",
        Disposition::RenewToken { .. } => "token",
        Disposition::Refused { .. } => "refused",
        Disposition::Halt {
            applied: Applied::Unknown,
            ..
        } => "redirect",
        Disposition::Halt { .. } => "halt",
    }
}
