//! One batch to its end: the only loop in the program that sends anything, and the only one that sends anything again.
//!
//! A call's intent is durable before its first byte leaves, and its end is durable before it is counted. The same batch is always
//! sent with the same items in the same order. What a reply means is read elsewhere, and what to do about it is decided
//! elsewhere; here it is done.

use std::time::Duration;

use tokio::time::Instant;

use super::armed::Armed;
use super::decision::{CallHistory, Made, Step, leave_unconfirmed, named};
use super::flow::{Pass, Seen};
use super::isolation::{Isolation, SENT_MAX, Split};
use super::kind::Kind;
use super::quota::{Gate, Passed, Refused as Throttled};
use super::retry::{Policy, named_wait};
use super::turns::Turns;
use crate::control::Control;
use crate::endpoint::reply::{self, Answer, Applied, Disposition, RESENDS_BY_POLICY};
use crate::endpoint::{Endpoint, Request, Resend};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer, WAIT_SAID};
use crate::model::{
    Batch, BatchId, CallEnd, CallId, CallResult, Outcome, Reason, Settled, Verdict,
};
use crate::store::{Journal, Notes, StoreError};
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
    /// When a batch may be called, and what is known of all.
    pub(super) turns: &'a Turns,
    /// How long calls may fail, once one was answered.
    pub(super) outage_max: Duration,
    /// Calls between their intent and the gate. Few: after a kill all of them count as perhaps sent.
    pub(super) armed: &'a Armed,
}

/// A batch to send, with what its earlier calls left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendTask {
    pub(super) batch: Batch,
    /// A call made before, perhaps by a process that was killed, may have been applied.
    pub(super) ambiguous: bool,
    /// How often its items were answered with a trouble that passes.
    pub(super) rounds: u32,
    /// Calls of it before, over all starts.
    pub(super) calls: u32,
    /// Calls of this start in which its items were sent.
    pub(super) sent: u32,
    /// Of a part: the split that it comes from.
    pub(super) split: Option<Split>,
    /// It is the last part of its split, and holds a guilty row when the others do not.
    pub(super) is_known: bool,
}

/// What a batch was refused with, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The log id of the refused call, whose end is durable.
    pub(super) log_id: Option<String>,
    /// The platform's words.
    pub(super) said: Reason,
    pub(super) kind: Kind,
    /// What becomes of an item that the refusal is about.
    pub(super) outcome: (Outcome, Reason),
    pub(super) seen: Seen,
}

/// How a batch left the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendEnd {
    /// Each item has an outcome, or goes on in one of these.
    Settled(Settled, Vec<SendTask>),
    /// It was refused as a whole, and its store says so; what that leads to depends on other batches.
    Refused(SendTask, Refused),
    /// The endpoint's rule forbids to call it again; no call was made.
    NotCalled(Settled),
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
    /// Sends a batch until each of its items has an outcome or goes on in a batch of its own, it is refused as a whole, or the run
    /// stops. `root`: the batch that it is a part of. `waiting`: other parts of it that wait for a call of theirs.
    pub(super) async fn send(
        &self,
        task: &SendTask,
        root: BatchId,
        isolation: &mut Isolation,
        waiting: usize,
    ) -> Result<SendEnd, StoreError> {
        let batch = &task.batch;
        if task.ambiguous && self.endpoint.resend != Resend::Safe {
            return self.leave(batch).await;
        }
        if task.rounds > 0 && !self.sleep(delay_of_round(task.rounds)).await {
            return Ok(SendEnd::Unsettled);
        }
        let is_part = batch.id != root;
        let request = Request::build(self.endpoint, &batch.envelope, &batch.items);
        let mut history = CallHistory::new(task.ambiguous, task.rounds, task.calls);
        let set_out = Instant::now();
        let mut held = Duration::ZERO;
        let mut sent = task.sent;
        loop {
            let asked = Instant::now();
            let Some(pass) = self.turns.turn(root).await else {
                break;
            };
            held += asked.elapsed();
            let Some(token) = self.token().await else {
                break;
            };
            let Some(called) = self.call(batch, &request, &token).await? else {
                break;
            };
            let Called {
                call,
                passed,
                answer,
                took,
            } = called;
            if is_unsent(&answer) {
                self.turns.tell(|shared, _| shared.flow.uncount_call());
            } else if !is_not_looked_at(&answer) {
                sent += 1;
                if is_part {
                    isolation.called();
                }
            }
            let made = Made {
                is_try: pass.is_try,
                allows_resend: sent < SENT_MAX && (!is_part || isolation.allows_resend(waiting)),
                on_the_way: set_out.elapsed().saturating_sub(held),
            };
            let step = history.decide(self.endpoint, batch, &answer, made);
            let end = end_of(&answer);
            let of_part = |batch: Batch, rounds| SendTask {
                batch,
                ambiguous: history.is_ambiguous(),
                rounds,
                calls: 0,
                sent,
                split: None,
                is_known: false,
            };
            match step {
                Step::Settle(settled) => {
                    let temporary = matches!(answer.disposition, Disposition::Read(_));
                    let rounds = if temporary { task.rounds + 1 } else { 0 };
                    let children = self
                        .journal
                        .settle(batch.id, Some((call, end)), settled.clone())
                        .await?;
                    self.tell(batch, &answer, took);
                    self.report(batch, root, pass, &answer);
                    let parts = children.into_iter().zip(&settled.children);
                    let parts =
                        parts.map(|(id, positions)| of_part(batch.part(id, positions), rounds));
                    let parts = parts.collect();
                    return Ok(SendEnd::Settled(settled, parts));
                }
                Step::Refused(outcome, reason) => {
                    self.journal.end(call, end).await?;
                    self.tell(batch, &answer, took);
                    let refused = self.refused(batch, root, pass, &answer, (outcome, reason));
                    let task = SendTask {
                        calls: history.calls(),
                        split: task.split,
                        is_known: task.is_known,
                        ..of_part(batch.clone(), task.rounds)
                    };
                    return Ok(SendEnd::Refused(task, refused));
                }
                step @ (Step::Resend(_) | Step::Pause(_) | Step::RenewToken | Step::Halt(_)) => {
                    self.journal.end(call, end).await?;
                    self.tell(batch, &answer, took);
                    self.report(batch, root, pass, &answer);
                    if !self.follow(step, passed, &token).await? {
                        break;
                    }
                }
            }
        }
        Ok(SendEnd::Unsettled)
    }

    /// Tells the other batches of a refusal, and what is known of it.
    fn refused(
        &self,
        batch: &Batch,
        root: BatchId,
        pass: Pass,
        answer: &Answer,
        outcome: (Outcome, Reason),
    ) -> Refused {
        let said = said(answer).cloned().unwrap_or_else(|| outcome.1.clone());
        let kind = Kind::of(&said, &batch.items);
        let seen = self.turns.tell(|shared, now| {
            if shared.blame.explains(&kind, batch) {
                shared.flow.heard(root, pass);
                shared.flow.seen()
            } else {
                shared.flow.refused(root, pass, &kind, now)
            }
        });
        Refused {
            log_id: answer.log_id.clone(),
            said,
            kind,
            outcome,
            seen,
        }
    }

    /// Tells what an answer means for the other batches.
    fn report(&self, batch: &Batch, root: BatchId, pass: Pass, answer: &Answer) {
        match &answer.disposition {
            Disposition::Read(verdicts) => {
                let is_evidence =
                    |verdict: &Verdict| matches!(verdict, Verdict::Succeeded | Verdict::Failed(_));
                let has_evidence = verdicts.items.iter().any(is_evidence);
                self.turns.tell(|shared, _| {
                    if !has_evidence {
                        shared.flow.heard(root, pass);
                    } else if shared.flow.answered(pass) && !shared.blame.is_empty() {
                        let items = batch.items.iter().zip(&verdicts.items);
                        let taken =
                            items.filter(|(_, verdict)| matches!(verdict, Verdict::Succeeded));
                        let taken: Vec<_> = taken.map(|(item, _)| item.clone()).collect();
                        shared.blame.innocent(&batch.envelope, &taken);
                    }
                });
            }
            Disposition::Again { reason, .. } if is_outage(answer) => {
                let named = Some(named(answer)).filter(|named| !named.is_zero());
                self.turns.tell(|shared, now| {
                    shared.flow.failed(root, pass, &reason.text, named, now);
                });
            }
            Disposition::Again { .. }
            | Disposition::Wait { .. }
            | Disposition::RenewToken { .. } => {
                self.turns.tell(|shared, _| shared.flow.heard(root, pass));
            }
            // The run stops, or what it means was told already.
            Disposition::Halt { .. } | Disposition::Refused { .. } => {}
        }
    }

    /// Does what a step asks for. Returns whether the batch is to be sent again.
    async fn follow(&self, step: Step, passed: Passed, token: &Token) -> Result<bool, StoreError> {
        match step {
            Step::Settle(_) | Step::Refused(..) => Ok(false),
            Step::Resend(delay) => Ok(self.sleep(delay).await),
            Step::Pause(pause) => {
                if self.gate.throttled(passed, pause) == Throttled::ThisCall {
                    return Ok(self.sleep(pause).await);
                }
                // A process that takes over has to honour it too; its only common clock with this one is the wall clock.
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                let notes = Notes {
                    paused_until_ms: Some(wall_clock::now_ms().saturating_add(pause_ms)),
                    ..Notes::default()
                };
                self.journal.note(notes).await?;
                self.observer.see(&Event::Paused {
                    seconds: pause.as_secs_f64(),
                });
                // The gate holds everybody back, this batch too.
                Ok(true)
            }
            Step::RenewToken => {
                self.tokens.refused(token);
                self.observer.see(&Event::TokenRefused);
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
        if !self.turns.tell(|shared, _| shared.flow.count_call()) {
            return Ok(None);
        }
        let (call, attempt) = self.journal.intend(batch.id).await?;
        let passed = tokio::select! {
            passed = self.gate.acquire() => passed,
            () = self.control.stopping() => {
                self.turns.tell(|shared, _| shared.flow.uncount_call());
                self.journal.end(call, withdrawn()).await?;
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
        // Before anything was answered, trouble with the token is more likely to last.
        let policy = if self.turns.tell(|shared, _| shared.flow.is_proven()) {
            Policy::RESEND.until(self.outage_max)
        } else {
            Policy::RESEND
        };
        let mut delays = policy.delays(1);
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
                let halt = Refusal::new(
                    "run.no-token",
                    text!("halted: no access token could be fetched"),
                )
                .because(why);
                self.control.halt(halt.exit(Exit::Halted));
                return None;
            };
            let wait = named.map_or(delay, |named| named.max(delay));
            if wait >= WAIT_SAID {
                self.observer.see(&Event::Waiting {
                    why: why.into(),
                    seconds: wait.as_secs_f64(),
                });
            }
            if !self.sleep(wait).await {
                return None;
            }
        }
    }

    /// The endpoint's rule forbids sending again what may have been applied.
    async fn leave(&self, batch: &Batch) -> Result<SendEnd, StoreError> {
        let text = text!("sent before, and no answer came; sending it again might apply it twice");
        let reason = Reason { code: None, text };
        let settled = leave_unconfirmed(batch, &reason);
        self.journal.settle(batch.id, None, settled.clone()).await?;
        Ok(SendEnd::NotCalled(settled))
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
            && !verdicts.unsent_names.is_empty()
        {
            self.observer.see(&Event::UnsentNamesSeen {
                batch: batch.id,
                count: verdicts.unsent_names.len(),
            });
        }
        self.observer.see(&Event::CallEnded {
            batch: batch.id,
            result: result_of(answer),
            status: answer.status,
            code: answer.code,
            log_id: answer.log_id.clone(),
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
    }
}

/// Whether a call reached nobody.
fn is_unsent(answer: &Answer) -> bool {
    let is_not_applied = matches!(
        answer.disposition,
        Disposition::Again {
            applied: Applied::No,
            ..
        }
    );
    is_not_applied && answer.status.is_none()
}

/// Whether the platform did not look at what a call carried: then it is no attempt.
pub(super) fn is_not_looked_at(answer: &Answer) -> bool {
    matches!(
        answer.disposition,
        Disposition::Wait { .. } | Disposition::RenewToken { .. }
    ) || is_unsent(answer)
}

/// Whether an answer, or the lack of one, is as any other call would have it.
fn is_outage(answer: &Answer) -> bool {
    let of_server = answer.status.is_none_or(|status| status >= 500)
        || answer.code.is_some_and(|code| code != 0);
    matches!(
        answer.disposition,
        Disposition::Again {
            resends_max: RESENDS_BY_POLICY,
            ..
        }
    ) && of_server
}

/// The platform's words about a call that it did not take.
fn said(answer: &Answer) -> Option<&Reason> {
    match &answer.disposition {
        Disposition::Read(_) => None,
        Disposition::Again { reason, .. }
        | Disposition::Wait { reason, .. }
        | Disposition::RenewToken { reason }
        | Disposition::Refused { reason }
        | Disposition::Halt { reason, .. } => Some(reason),
    }
}

/// The wait before items with a passing trouble are sent again.
fn delay_of_round(round: u32) -> Duration {
    let delay = Policy::RESEND.delays(round).next_after(Duration::ZERO);
    delay.unwrap_or_default()
}

/// The end of a call that got an answer, or none.
fn end_of(answer: &Answer) -> CallEnd {
    let message = said(answer).map_or_else(String::new, |reason| reason.text.to_string());
    CallEnd {
        result: result_of(answer),
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
        message,
        log_id: answer.log_id.clone(),
    }
}

/// The end of a call that was intended and then not made.
fn withdrawn() -> CallEnd {
    CallEnd {
        result: CallResult::Withdrawn,
        may_be_applied: false,
        status: None,
        code: None,
        message: String::new(),
        log_id: None,
    }
}

/// What a call led to, for the journal and the log.
fn result_of(answer: &Answer) -> CallResult {
    match &answer.disposition {
        Disposition::Read(_) => CallResult::Read,
        Disposition::Again {
            applied: Applied::No,
            ..
        } if answer.status.is_none() => CallResult::Unsent,
        Disposition::Again { .. } => CallResult::Again,
        Disposition::Wait { .. } => CallResult::Wait,
        Disposition::RenewToken { .. } => CallResult::Token,
        Disposition::Refused { .. } => CallResult::Refused,
        Disposition::Halt {
            applied: Applied::Unknown,
            ..
        } => CallResult::Redirect,
        Disposition::Halt { .. } => CallResult::Halt,
    }
}
