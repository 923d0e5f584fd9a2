//! What to do about one answer: a pure decision about one batch, without clock, store or network.
//!
//! What a reply means was read before; here it meets what is known of the batch: how often it was sent, whether an earlier call
//! may have been applied, what the endpoint allows. Nothing that an earlier call may have applied is called failed by a later refusal.

use std::time::Duration;

use super::retry::{Delays, Policy, named_wait};
use super::sender::is_not_looked_at;
use crate::endpoint::reply::{Answer, Applied, Disposition, Then};
use crate::endpoint::{Destructive, Endpoint, Resend};
use crate::error::{Exit, Refusal};
use crate::model::{Batch, Outcome, Reason, Settled, Verdict, Verdicts};
use crate::text::Text;

/// Most times that items with a passing trouble are sent again, each time after a longer wait; as many as whole calls are.
const ROUNDS_MAX: u32 = 4;
/// Calls of one batch over all starts, throttled ones and those with an old token aside: five resends. Each further start adds one.
pub(super) const CALLS_MAX: u32 = 6;

/// How a call was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    /// It was the one try while all others waited.
    pub(super) is_try: bool,
    /// The batch may be called again, as far as its budgets since the start go.
    pub(super) allows_resend: bool,
    /// Time since the first call of the batch, without that in which all waited.
    pub(super) on_the_way: Duration,
}

/// The one thing to do after a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Each item has an outcome, or goes on in a batch of its own.
    Settle(Settled),
    /// The batch was refused as a whole. If that is about an item, this is the item's outcome.
    Refused(Outcome, Reason),
    /// Send the same batch again after this long.
    Resend(Duration),
    /// The platform throttles: every call of the endpoint waits this long, and no attempt is used up.
    Pause(Duration),
    /// The token was refused: get another one for all, and send again.
    RenewToken,
    /// Every further call would be in vain.
    Halt(Refusal),
}

/// What is known of one batch while it is on its way.
#[derive(Debug)]
pub(super) struct CallHistory {
    /// An earlier call may have been applied although nobody can tell.
    ambiguous: bool,
    /// How often its items were answered with a trouble that passes.
    rounds: u32,
    /// Calls of the batch over all starts.
    calls: u32,
    resends: u32,
    /// What came of each call that settled nothing, in order.
    attempts: Vec<Text>,
    delays: Delays,
    throttled: Delays,
    /// Time on the way at the first of the throttling answers in a row.
    throttled_since: Option<Duration>,
    /// The last answer refused the token.
    token_refused: bool,
}

impl CallHistory {
    /// A batch that sets out. `ambiguous`: a call made before may have been applied. `rounds`: how often its items were answered
    /// with a trouble that passes. `calls`: those made of it before.
    pub(super) fn new(ambiguous: bool, rounds: u32, calls: u32) -> Self {
        Self {
            ambiguous,
            rounds,
            calls,
            resends: 0,
            attempts: Vec::new(),
            delays: Policy::RESEND.delays(calls + 1),
            throttled: Policy::THROTTLED.delays(1),
            throttled_since: None,
            token_refused: false,
        }
    }

    /// Whether a call made so far may have been applied although nobody can tell.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// Calls of the batch over all starts.
    pub(super) fn calls(&self) -> u32 {
        self.calls
    }

    /// Decides what the answer to a call leads to.
    pub(super) fn decide(
        &mut self,
        endpoint: &Endpoint,
        batch: &Batch,
        answer: &Answer,
        made: Made,
    ) -> Step {
        let on_the_way = made.on_the_way;
        if !is_not_looked_at(answer) {
            self.calls += 1;
        }
        let token_refused = std::mem::take(&mut self.token_refused);
        let throttled_since = self.throttled_since.take();
        match &answer.disposition {
            Disposition::Read(verdicts) => Step::Settle(self.read(endpoint, verdicts)),
            Disposition::Again {
                applied,
                reason,
                resends_max,
                then,
            } => {
                self.ambiguous |= *applied == Applied::Unknown;
                self.attempts.push(reason.text.clone());
                let allowed = made.allows_resend && self.calls < CALLS_MAX;
                let delay =
                    if !allowed || !self.may_resend(endpoint) || self.resends >= *resends_max {
                        None
                    } else if made.is_try {
                        // It was for all that wait, and is no attempt of this batch.
                        Some(Duration::ZERO)
                    } else {
                        self.delays.next_after(on_the_way)
                    };
                let delay = delay.map(|delay| delay.max(named(answer)));
                match (delay, then) {
                    (Some(delay), _) => {
                        self.resends += u32::from(!made.is_try);
                        Step::Resend(delay)
                    }
                    (None, Then::Unconfirmed) => {
                        let text = listed(&self.attempts);
                        let reason = Reason {
                            text,
                            ..reason.clone()
                        };
                        Step::Settle(leave_unconfirmed(batch, &reason))
                    }
                    (None, Then::Refused) => self.refused(endpoint, reason),
                    (None, Then::Halt) => Step::Halt(told_by_platform(reason, answer, None)),
                }
            }
            Disposition::Wait { seconds, reason } => {
                let since = throttled_since.unwrap_or(on_the_way);
                self.throttled_since = Some(since);
                self.wait(*seconds, reason, on_the_way.saturating_sub(since))
            }
            Disposition::RenewToken { reason } if token_refused => {
                Step::Halt(token_refused_twice(reason))
            }
            Disposition::RenewToken { .. } => {
                self.token_refused = true;
                Step::RenewToken
            }
            Disposition::Refused { reason } => self.refused(endpoint, reason),
            Disposition::Halt { reason, help, .. } => {
                Step::Halt(told_by_platform(reason, answer, help.as_ref()))
            }
        }
    }

    /// What may have been applied is sent again only where that does no harm.
    fn may_resend(&self, endpoint: &Endpoint) -> bool {
        !self.ambiguous || endpoint.resend == Resend::Safe
    }

    fn wait(&mut self, seconds: Option<f64>, reason: &Reason, throttled_for: Duration) -> Step {
        let named = seconds.and_then(|seconds| named_wait(&seconds.to_string()));
        match self.throttled.next_after(throttled_for) {
            Some(fallback) => Step::Pause(named.unwrap_or(fallback)),
            None => Step::Halt(
                halt(text!("halted: the platform has been throttling every call for a quarter of an hour"))
                    .because(reason.text.clone())
                    .hint(text!("another program may be using up the same app's quota; `{resume}` goes on when it is done", resume = "resume")),
            ),
        }
    }

    /// One outcome per item from the verdicts of a reply. Items with a trouble that passes go on together in a batch of their own.
    fn read(&self, endpoint: &Endpoint, verdicts: &Verdicts) -> Settled {
        let mut temporary = Vec::new();
        let mut outcomes = Vec::with_capacity(verdicts.items.len());
        for (position, verdict) in verdicts.items.iter().enumerate() {
            outcomes.push(match verdict {
                Verdict::Succeeded => Some((Outcome::Succeeded, None)),
                Verdict::Temporary(_) if self.rounds < ROUNDS_MAX => {
                    temporary.push(position);
                    None
                }
                Verdict::Failed(reason) | Verdict::Temporary(reason) => {
                    Some(self.failed(endpoint, reason))
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
            ambiguous: self.ambiguous,
        }
    }

    fn refused(&self, endpoint: &Endpoint, reason: &Reason) -> Step {
        let (outcome, said) = self.failed(endpoint, reason);
        Step::Refused(outcome, said.unwrap_or_else(|| reason.clone()))
    }

    /// A refusal is a failure, unless a call of unknown fate came before it: that one may have been applied.
    fn failed(&self, endpoint: &Endpoint, reason: &Reason) -> (Outcome, Option<Reason>) {
        if !self.ambiguous {
            return (Outcome::Failed, Some(reason.clone()));
        }
        let refused = &reason.text;
        let text = bounded(match endpoint.destructive {
            Destructive::Always => text!(
                "an earlier call may have deleted it; this one was refused: {refused}",
                refused
            ),
            Destructive::Never | Destructive::When { .. } => text!(
                "an earlier call may have been applied; this one was refused: {refused}",
                refused
            ),
        });
        let code = reason.code;
        (Outcome::Unconfirmed, Some(Reason { code, text }))
    }
}

/// How long the platform said that its trouble lasts.
pub(super) fn named(answer: &Answer) -> Duration {
    let named = answer.reset.as_deref().and_then(named_wait);
    named.unwrap_or_default()
}

/// Each attempt with what came of it; equal ones in a row together. A single one needs no number.
fn listed(attempts: &[Text]) -> Text {
    let mut listed: Option<Text> = None;
    let mut first = 1;
    for same in attempts.chunk_by(|one, other| one == other) {
        let last = first + same.len() - 1;
        let Some(text) = same.first() else { continue };
        let part = match (attempts.len(), first == last) {
            (1, _) => text.clone(),
            (_, true) => text!("attempt {first}: {text}", first, text),
            (_, false) => text!("attempts {first} to {last}: {text}", first, last, text),
        };
        listed = Some(match listed {
            None => part,
            Some(listed) => text!("{listed}; {part}", listed, part),
        });
        first = last + 1;
    }
    bounded(listed.unwrap_or_else(|| Text::plain("")))
}

/// The text; where it is too long to be kept, its beginning.
fn bounded(text: Text) -> Text {
    let mut words = text.to_string();
    if words.len() <= LISTED_BYTES_MAX {
        return text;
    }
    words.truncate(words.floor_char_boundary(LISTED_BYTES_MAX));
    words.into()
}

/// As much as is kept of any text of the platform.
const LISTED_BYTES_MAX: usize = 4096;

/// No item of the batch has an answer that settles it.
pub(super) fn leave_unconfirmed(batch: &Batch, reason: &Reason) -> Settled {
    Settled {
        outcomes: vec![Some((Outcome::Unconfirmed, Some(reason.clone()))); batch.items.len()],
        children: Vec::new(),
        ambiguous: true,
    }
}

fn halt(what: impl Into<Text>) -> Refusal {
    Refusal::new("run.halted", what).exit(Exit::Halted)
}

fn token_refused_twice(reason: &Reason) -> Refusal {
    halt(text!(
        "halted: the platform refuses a token it has just given out"
    ))
    .because(text!("the platform said: {text}", text = reason.text))
    .hint(text!(
        "check that the app is enabled, published and allowed to call this method; then `{resume}`",
        resume = "resume"
    ))
}

/// The platform's words with its code.
pub(super) fn with_code(reason: &Reason) -> Text {
    let text = &reason.text;
    match reason.code {
        Some(code) => text!("{reason} (code {code})", reason = text, code),
        None => text.clone(),
    }
}

/// A halt in the platform's own words.
fn told_by_platform(reason: &Reason, answer: &Answer, help: Option<&Text>) -> Refusal {
    let mut halt = halt(text!("halted: {reason}", reason = with_code(reason)));
    if let Some(log_id) = &answer.log_id {
        halt = halt.because(text!("log id {log_id}", log_id));
    }
    halt.hint(if let Some(help) = help {
        text!("{help}; then `{resume}`", help, resume = "resume")
    } else {
        text!("see to the cause, then `{resume}`", resume = "resume")
    })
}

#[cfg(test)]
mod tests;
