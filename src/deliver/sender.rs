//! One batch to its end: the only loop in the program that sends anything, and the only one that sends anything again.
//!
//! A call's intent is durable before its first byte leaves, and its end is durable before it is counted. The same batch is always
//! sent with the same items in the same order. What a reply means is decided elsewhere; what to do about it is decided here.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::isolation::Isolation;
use super::quota::Gate;
use super::retry::{Delays, Policy, named_wait};
use crate::control::Control;
use crate::endpoint::reply::{self, Answer, Applied, Disposition, Then};
use crate::endpoint::{Destructive, Endpoint, Request, Resend};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::model::{Batch, Outcome, Reason, Verdict, Verdicts};
use crate::store::{CallEnd, CallId, Journal, Settled, StoreError};
use crate::transport::{Mint, Token, TokenError, Tokens, Transport};
use crate::wall_clock;

/// Most times that items with a passing trouble are sent again, each time after a longer wait; as many as whole calls are.
const ROUNDS_MAX: u32 = 4;

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
    pub(super) armed: &'a Semaphore,
}

/// A batch on its way, with what its earlier calls left behind.
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

/// What one call led to.
enum Next {
    /// The batch is done.
    Done(Left),
    /// Send it again after this long.
    After(Duration),
}

/// What is known of one batch while it is on its way.
struct Journey {
    started: Instant,
    delays: Delays,
    throttled: Delays,
    throttled_since: Option<Instant>,
    resends: u32,
    /// An earlier call may have been applied although nobody can tell.
    ambiguous: bool,
    /// The last answer refused the token.
    token_refused: bool,
    /// How often its items were answered with a trouble that passes.
    rounds: u32,
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
            return self.leave_unconfirmed(batch).await;
        }
        if work.rounds > 0 && !self.pause_between_rounds(work.rounds).await {
            return Ok(Left::Unsettled);
        }
        let request = Request::build(self.endpoint, &batch.envelope, &batch.items);
        let mut journey = Journey {
            started: Instant::now(),
            delays: Policy::RESEND.delays(1),
            throttled: Policy::THROTTLED.delays(1),
            throttled_since: None,
            resends: 0,
            ambiguous: work.ambiguous,
            token_refused: false,
            rounds: work.rounds,
        };
        loop {
            let next = match self.token().await {
                Some(token) => {
                    self.call(batch, &request, &token, &mut journey, isolation)
                        .await?
                }
                None => Next::Done(Left::Unsettled),
            };
            match next {
                Next::Done(left) => return Ok(left),
                Next::After(delay) => {
                    tokio::select! {
                        () = tokio::time::sleep(delay) => {}
                        () = self.control.stopping() => return Ok(Left::Unsettled),
                    }
                }
            }
        }
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
                    self.halt(why);
                    return None;
                }
                Err(TokenError::Again { text, reset }) => {
                    (text, reset.as_deref().and_then(named_wait))
                }
            };
            let Some(delay) = delays.next_after(started.elapsed()) else {
                self.halt(Refusal::new("halted: no access token could be fetched").because(why));
                return None;
            };
            tokio::select! {
                () = tokio::time::sleep(named.map_or(delay, |named| named.max(delay))) => {}
                () = self.control.stopping() => return None,
            }
        }
    }

    /// One call: intent, gate, sending, reading, and what it leads to.
    async fn call(
        &self,
        batch: &Batch,
        request: &Request,
        token: &Token,
        journey: &mut Journey,
        isolation: &mut Isolation,
    ) -> Result<Next, StoreError> {
        let armed = tokio::select! {
            armed = self.armed.acquire() => armed,
            () = self.control.stopping() => return Ok(Next::Done(Left::Unsettled)),
        };
        let (call, attempt) = self.journal.intend(batch.id).await?;
        tokio::select! {
            () = self.gate.acquire() => {}
            () = self.control.stopping() => {
                self.journal.end(call, CallEnd::withdrawn()).await?;
                return Ok(Next::Done(Left::Unsettled));
            }
        }
        drop(armed);
        self.observer.see(&Event::CallSent {
            batch: batch.id,
            attempt,
            items: batch.items.len(),
        });
        let sent = Instant::now();
        let mut result = self.transport.send(request, token).await;
        if let Ok(reply) = &mut result {
            conceal(&mut reply.body, token.expose().as_bytes());
        }
        let answer = reply::read(self.endpoint, batch, &result);
        let elapsed = sent.elapsed();
        let next = self
            .follow(batch, call, token, &answer, journey, isolation)
            .await?;
        self.observer.see(&Event::CallEnded {
            batch: batch.id,
            result: word(&answer.disposition),
            status: answer.status,
            code: answer.code,
            log_id: answer.log_id,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        });
        Ok(next)
    }

    /// Does what an answer asks for.
    async fn follow(
        &self,
        batch: &Batch,
        call: CallId,
        token: &Token,
        answer: &Answer,
        journey: &mut Journey,
        isolation: &mut Isolation,
    ) -> Result<Next, StoreError> {
        if !matches!(answer.disposition, Disposition::RenewToken { .. }) {
            journey.token_refused = false;
        }
        if !matches!(answer.disposition, Disposition::Wait { .. }) {
            journey.throttled_since = None;
        }
        match &answer.disposition {
            Disposition::Read(verdicts) => {
                self.tell_strangers(batch, verdicts);
                let settled = self.settled(verdicts, journey);
                self.settle(batch, call, answer, "", settled, journey).await
            }
            Disposition::Again {
                applied,
                reason,
                resends_max,
                then,
            } => {
                let again = Again {
                    applied: *applied,
                    reason,
                    resends_max: *resends_max,
                    then: *then,
                };
                self.again(batch, call, answer, &again, journey, isolation)
                    .await
            }
            Disposition::Wait { seconds, reason } => {
                self.end(call, answer, &reason.text).await?;
                self.wait(*seconds, reason, journey).await
            }
            Disposition::RenewToken { reason } => {
                self.end(call, answer, &reason.text).await?;
                Ok(self.renew(token, reason, journey))
            }
            Disposition::Refused { reason } => {
                let settled = self.refused(batch, reason, journey, isolation);
                self.settle(batch, call, answer, &reason.text, settled, journey)
                    .await
            }
            Disposition::Halt { reason, help } => {
                self.end(call, answer, &reason.text).await?;
                self.halt(told_by_platform(reason, answer, help.as_deref()));
                Ok(Next::Done(Left::Unsettled))
            }
        }
    }

    /// Sends the batch again if the endpoint's rule, the answer and the budget allow it; otherwise settles what is known.
    async fn again(
        &self,
        batch: &Batch,
        call: CallId,
        answer: &Answer,
        again: &Again<'_>,
        journey: &mut Journey,
        isolation: &mut Isolation,
    ) -> Result<Next, StoreError> {
        journey.ambiguous |= again.applied == Applied::Unknown;
        let may_resend = again.applied == Applied::No && !journey.ambiguous
            || self.endpoint.resend == Resend::Safe;
        let left = journey.resends < again.resends_max;
        if may_resend
            && left
            && let Some(delay) = journey.delays.next_after(journey.started.elapsed())
        {
            journey.resends += 1;
            self.end(call, answer, &again.reason.text).await?;
            return Ok(Next::After(delay));
        }
        match again.then {
            Then::Unconfirmed => {
                let settled = all(batch, Outcome::Unconfirmed, again.reason);
                self.settle(batch, call, answer, &again.reason.text, settled, journey)
                    .await
            }
            Then::Refused => {
                let settled = self.refused(batch, again.reason, journey, isolation);
                self.settle(batch, call, answer, &again.reason.text, settled, journey)
                    .await
            }
            Then::Halt => {
                self.end(call, answer, &again.reason.text).await?;
                self.halt(told_by_platform(again.reason, answer, None));
                Ok(Next::Done(Left::Unsettled))
            }
        }
    }

    /// The platform throttles: every call of the endpoint waits, and no attempt is used up.
    async fn wait(
        &self,
        seconds: Option<f64>,
        reason: &Reason,
        journey: &mut Journey,
    ) -> Result<Next, StoreError> {
        let since = *journey.throttled_since.get_or_insert_with(Instant::now);
        let named = seconds.and_then(|seconds| named_wait(&seconds.to_string()));
        let Some(fallback) = journey.throttled.next_after(since.elapsed()) else {
            self.halt(
                Refusal::new("halted: the platform has been throttling every call for a quarter of an hour")
                    .because(reason.text.clone())
                    .hint("another program may be using up the same app's quota; `resume` goes on when it is done"),
            );
            return Ok(Next::Done(Left::Unsettled));
        };
        let pause = named.unwrap_or(fallback);
        self.gate.pause(pause);
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
        Ok(Next::After(Duration::ZERO))
    }

    /// The token was refused: fetched anew once for all; a second refusal in a row ends the run.
    fn renew(&self, token: &Token, reason: &Reason, journey: &mut Journey) -> Next {
        if std::mem::replace(&mut journey.token_refused, true) {
            self.halt(
                Refusal::new("halted: the platform refuses a token it has just given out")
                    .because(format!("the platform said: {}", reason.text))
                    .hint("check that the app is enabled, published and allowed to call this method; then `resume`"),
            );
            return Next::Done(Left::Unsettled);
        }
        self.tokens.refused(token);
        self.observer.see(&Event::TokenRenewed);
        Next::After(Duration::ZERO)
    }

    /// One outcome per item from the verdicts of a reply. Items with a trouble that passes go on together in a batch of their own.
    fn settled(&self, verdicts: &Verdicts, journey: &Journey) -> Settled {
        let again = journey.rounds < ROUNDS_MAX;
        let mut temporary = Vec::new();
        let mut outcomes = Vec::with_capacity(verdicts.items.len());
        for (position, verdict) in verdicts.items.iter().enumerate() {
            outcomes.push(match verdict {
                Verdict::Succeeded => Some((Outcome::Succeeded, None)),
                Verdict::Temporary(_) if again => {
                    temporary.push(position);
                    None
                }
                Verdict::Failed(reason) | Verdict::Temporary(reason) => {
                    Some(self.failed(reason, journey.ambiguous))
                }
                Verdict::Unconfirmed(reason) => Some((Outcome::Unconfirmed, Some(reason.clone()))),
            });
        }
        let children = if temporary.is_empty() {
            Vec::new()
        } else {
            vec![temporary]
        };
        Settled {
            outcomes,
            children,
            ambiguous: journey.ambiguous,
        }
    }

    /// A batch refused as a whole: split, or, where it cannot be split further, failed with the reason of the refusal.
    fn refused(
        &self,
        batch: &Batch,
        reason: &Reason,
        journey: &Journey,
        isolation: &mut Isolation,
    ) -> Settled {
        let ambiguous = journey.ambiguous;
        match isolation.split(batch, &reason.text) {
            Some(children) => Settled {
                outcomes: vec![None; batch.items.len()],
                children,
                ambiguous,
            },
            None => Settled {
                outcomes: vec![Some(self.failed(reason, ambiguous)); batch.items.len()],
                children: Vec::new(),
                ambiguous,
            },
        }
    }

    /// A refusal is a failure, unless an earlier call of a delete may have done the work already.
    fn failed(&self, reason: &Reason, ambiguous: bool) -> (Outcome, Option<Reason>) {
        if ambiguous && self.endpoint.destructive == Destructive::Always {
            let text = format!(
                "probably deleted by the earlier attempt, which had no answer; this one said: {}",
                reason.text
            );
            return (
                Outcome::Unconfirmed,
                Some(Reason {
                    code: reason.code,
                    text,
                }),
            );
        }
        (Outcome::Failed, Some(reason.clone()))
    }

    fn tell_strangers(&self, batch: &Batch, verdicts: &Verdicts) {
        if !verdicts.strangers.is_empty() {
            self.observer.see(&Event::StrangersSeen {
                batch: batch.id,
                count: verdicts.strangers.len(),
            });
        }
    }

    async fn settle(
        &self,
        batch: &Batch,
        call: CallId,
        answer: &Answer,
        message: &str,
        settled: Settled,
        journey: &Journey,
    ) -> Result<Next, StoreError> {
        let end = CallEnd::of(answer, message);
        let children = self
            .journal
            .settle(batch.id, Some((call, end)), settled.clone())
            .await?;
        let temporary = matches!(answer.disposition, Disposition::Read(_));
        let parts = children
            .into_iter()
            .zip(&settled.children)
            .map(|(id, positions)| Work {
                batch: Batch {
                    id,
                    envelope: batch.envelope.clone(),
                    items: positions
                        .iter()
                        .filter_map(|position| batch.items.get(*position))
                        .cloned()
                        .collect(),
                },
                ambiguous: journey.ambiguous,
                rounds: if temporary { journey.rounds + 1 } else { 0 },
            });
        let parts = parts.collect();
        Ok(Next::Done(Left::Settled(settled, parts)))
    }

    /// The endpoint's rule forbids sending again what may have been applied.
    async fn leave_unconfirmed(&self, batch: &Batch) -> Result<Left, StoreError> {
        let reason = Reason {
            code: None,
            text: "sent before, and no answer came; sending it again might apply it twice"
                .to_owned(),
        };
        let settled = all(batch, Outcome::Unconfirmed, &reason);
        self.journal.settle(batch.id, None, settled.clone()).await?;
        Ok(Left::Settled(settled, Vec::new()))
    }

    /// Waits before items with a passing trouble are sent again. Returns whether they may be.
    async fn pause_between_rounds(&self, rounds: u32) -> bool {
        let delay = Policy::RESEND
            .delays(rounds)
            .next_after(Duration::ZERO)
            .unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.control.stopping() => false,
        }
    }

    async fn end(&self, call: CallId, answer: &Answer, message: &str) -> Result<(), StoreError> {
        self.journal.end(call, CallEnd::of(answer, message)).await
    }

    fn halt(&self, why: Refusal) {
        self.control.halt(why.exit(Exit::Halted));
    }
}

/// A reason to send again, as the answer gives it.
struct Again<'a> {
    applied: Applied,
    reason: &'a Reason,
    resends_max: u32,
    then: Then,
}

impl CallEnd {
    /// The end of a call that got an answer, or none.
    fn of(answer: &Answer, message: &str) -> Self {
        Self {
            result: word(&answer.disposition),
            may_be_applied: matches!(
                answer.disposition,
                Disposition::Again {
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
fn word(disposition: &Disposition) -> &'static str {
    match disposition {
        Disposition::Read(_) => "read",
        Disposition::Again { .. } => "again",
        Disposition::Wait { .. } => "wait",
        Disposition::RenewToken { .. } => "token",
        Disposition::Refused { .. } => "refused",
        Disposition::Halt { .. } => "halt",
    }
}

/// A reply that repeats our token must not carry it into a report or a log.
fn conceal(body: &mut Vec<u8>, token: &[u8]) {
    if token.is_empty() || memchr::memmem::find(body, token).is_none() {
        return;
    }
    let mut concealed = Vec::with_capacity(body.len());
    let mut rest = 0;
    for at in memchr::memmem::find_iter(body, token) {
        concealed.extend_from_slice(body.get(rest..at).unwrap_or_default());
        concealed.extend_from_slice(b"***");
        rest = at + token.len();
    }
    concealed.extend_from_slice(body.get(rest..).unwrap_or_default());
    *body = concealed;
}

fn all(batch: &Batch, outcome: Outcome, reason: &Reason) -> Settled {
    Settled {
        outcomes: vec![Some((outcome, Some(reason.clone()))); batch.items.len()],
        children: Vec::new(),
        ambiguous: false,
    }
}

/// A halt in the platform's own words.
fn told_by_platform(reason: &Reason, answer: &Answer, help: Option<&str>) -> Refusal {
    let code = reason
        .code
        .map(|code| format!(" (code {code})"))
        .unwrap_or_default();
    let mut halt = Refusal::new(format!("halted: {}{code}", reason.text));
    if let Some(log_id) = &answer.log_id {
        halt = halt.because(format!("log id {log_id}"));
    }
    halt.hint(match help {
        Some(help) => format!("{help}; then `resume`"),
        None => "see to the cause, then `resume`".to_owned(),
    })
}
