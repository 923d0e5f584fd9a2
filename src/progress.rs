//! What the events add up to while a run works: numbers, the time left, and what it waits for. The command line and the page show it.
//!
//! A pure fold without a clock: each event and each question comes with the time since the fold began. It has no words for people.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::Duration;

use crate::event::{Event, WAIT_SAID};
use crate::model::{CallResult, Tally};
use crate::text::Text;

/// How much slower than the quota a delivery may be before its own pace says when it ends: even spacing stays below the quota.
const PACE_TOLERANCE: f64 = 1.1;
/// Calls that wait for the same thing do not end their waits in the same moment.
const SAME_WAIT: Duration = Duration::from_secs(3);
/// Notable events kept: the last ones.
const NOTABLE_MAX: usize = 5;
const SECOND: Duration = Duration::from_secs(1);

/// What a run has come to. Made of its events, in their order.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    checked: Checked,
    delivery: Option<Delivery>,
    calls: Calls,
    calls_sent_at: VecDeque<Duration>,
    unsent_names: u64,
    paused_until: Option<Duration>,
    /// The end of the last long wait that was told.
    waiting_until: Option<Duration>,
    hold: Option<Hold>,
    is_stopping: bool,
    has_ended: bool,
    notable: VecDeque<Notable>,
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The input is checked; nothing is sent yet.
    Checking,
    /// Calls are to be made, and all of them wait.
    Waiting,
    /// Calls are made.
    Sending,
    /// No further call is made; the calls in flight end.
    Stopping,
    /// It is over.
    Ended,
}

/// How far the check of the input is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Length of the input.
    pub bytes_total: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows that will not be sent.
    pub rejected: u64,
}

/// The calls since the fold began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls sent.
    pub sent: u64,
    /// Second and later calls of a batch.
    pub resent: u64,
    /// Calls that the platform throttled.
    pub throttled: u64,
    /// Calls without an end yet.
    pub in_flight: u64,
}

/// All calls wait, because they fail whatever they carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// When it began.
    pub since: Duration,
    /// When the next call tries.
    pub next_try: Duration,
    /// Its longest time; then the run halts.
    pub seconds_max: f64,
    /// The last answer, or what came in its place.
    pub why: Text,
}

/// An event that a person should hear of.
#[derive(Debug, Clone, PartialEq)]
pub struct Notable {
    /// When it was seen.
    pub at: Duration,
    /// The event.
    pub event: Event,
}

/// The time left, as an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeLeft {
    /// How long.
    pub seconds: f64,
    /// What sets it.
    pub by: TimeLeftBy,
}

/// What sets the time left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeftBy {
    /// The quota.
    Quota,
    /// The delivery's own pace, which is slower than the quota.
    Pace,
}

/// Everything to show at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What the run does.
    pub phase: Phase,
    /// How far the check is.
    pub checked: Checked,
    /// Items by outcome; empty before the delivery.
    pub tally: Tally,
    /// Items to deliver, those of earlier starts included.
    pub items: u64,
    /// Those with an outcome.
    pub items_done: u64,
    /// Items that got their outcome in each second of this delivery, on average.
    pub items_per_second: f64,
    /// Batches to deliver.
    pub batches: u64,
    /// Batches settled. More than the above where batches were split.
    pub batches_done: u64,
    /// Calls since the fold began.
    pub calls: Calls,
    /// Calls sent in the last second.
    pub calls_last_second: u64,
    /// Things that replies named and that were not in their batches.
    pub unsent_names: u64,
    /// Time left; none before the delivery.
    pub left: Option<TimeLeft>,
    /// Time left of a pause that the platform asked for.
    pub pause_seconds: Option<f64>,
    /// Why all calls wait.
    pub hold: Option<Hold>,
    /// The last notable events, the oldest first.
    pub notable: Vec<Notable>,
}

#[derive(Debug, Clone)]
struct Delivery {
    started: Duration,
    batches: u64,
    batches_done: u64,
    floor_seconds: f64,
    tally: Tally,
    done_before: u64,
}

impl Progress {
    /// Takes an event in. Returns whether a person should hear of it now: a wait that lasts as long as one already told is none.
    pub fn see(&mut self, event: &Event, at: Duration) -> bool {
        match event {
            Event::CheckStarted { bytes_total, .. } => self.checked.bytes_total = *bytes_total,
            Event::CheckProgress {
                bytes,
                rows,
                rejected,
            } => {
                self.checked.bytes = *bytes;
                self.checked.rows = *rows;
                self.checked.rejected = *rejected;
            }
            Event::CheckEnded { rows, rejected, .. } => {
                self.checked.bytes = self.checked.bytes_total;
                self.checked.rows = *rows;
                self.checked.rejected = *rejected;
            }
            Event::DeliveryStarted {
                batches,
                floor_seconds,
                tally,
                ..
            } => {
                self.delivery = Some(Delivery {
                    started: at,
                    batches: *batches,
                    batches_done: 0,
                    floor_seconds: *floor_seconds,
                    tally: *tally,
                    done_before: done(tally),
                });
            }
            Event::CallSent { attempt, .. } => self.call_sent(*attempt, at),
            Event::CallEnded { result, .. } => {
                self.calls.throttled += u64::from(*result == CallResult::Wait);
                self.calls.in_flight = self.calls.in_flight.saturating_sub(1);
            }
            Event::BatchSettled { tally, .. } => {
                if let Some(delivery) = &mut self.delivery {
                    delivery.batches_done += 1;
                    delivery.tally = *tally;
                }
            }
            Event::Paused { seconds } => {
                let until = at.saturating_add(duration(*seconds));
                self.paused_until = Some(until);
                // A short pause is over before it could be told with its end.
                let is_long = *seconds >= WAIT_SAID.as_secs_f64();
                return (!is_long || self.is_another_wait(until)) && self.note(event, at);
            }
            Event::Waiting { seconds, .. } => {
                let until = at.saturating_add(duration(*seconds));
                return self.is_another_wait(until) && self.note(event, at);
            }
            Event::Held {
                next_seconds,
                seconds_max,
                why,
                ..
            } => {
                let since = self.hold.take().map_or(at, |hold| hold.since);
                self.hold = Some(Hold {
                    since,
                    next_try: at.saturating_add(duration(*next_seconds)),
                    seconds_max: *seconds_max,
                    why: why.clone(),
                });
                return self.note(event, at);
            }
            Event::HoldEnded { .. } => {
                self.hold = None;
                return self.note(event, at);
            }
            Event::UnsentNamesSeen { count, .. } => {
                self.unsent_names += *count as u64;
                return self.note(event, at);
            }
            Event::Halting { .. } => {
                self.is_stopping = true;
                return self.note(event, at);
            }
            Event::RunEnded { tally, .. } => {
                self.has_ended = true;
                if let Some(delivery) = &mut self.delivery {
                    delivery.tally = *tally;
                }
            }
            Event::Slept { .. } | Event::Noticed { .. } => return self.note(event, at),
            Event::CheckRepeated { .. }
            | Event::TokenRefused
            | Event::ReadBackStarted { .. }
            | Event::ReadBackProgress { .. }
            | Event::ReadBackEnded { .. } => {}
        }
        false
    }

    /// What there is to show.
    #[must_use]
    pub fn snapshot(&self, at: Duration) -> Snapshot {
        let delivery = self.delivery.as_ref();
        let tally = delivery.map(|delivery| delivery.tally).unwrap_or_default();
        Snapshot {
            phase: self.phase(at),
            checked: self.checked,
            tally,
            items: tally.read - tally.rejected,
            items_done: done(&tally),
            items_per_second: delivery.map_or(0.0, |delivery| delivery.rate(at)),
            batches: delivery.map_or(0, |delivery| delivery.batches),
            batches_done: delivery.map_or(0, |delivery| delivery.batches_done),
            calls: self.calls,
            calls_last_second: (self.calls_sent_at.len() - self.calls_before_last_second(at))
                as u64,
            unsent_names: self.unsent_names,
            left: delivery.map(|delivery| delivery.left(at)),
            pause_seconds: (self.paused_until)
                .and_then(|until| until.checked_sub(at))
                .map(|left| left.as_secs_f64()),
            hold: self.hold.clone(),
            notable: self.notable.iter().cloned().collect(),
        }
    }

    fn phase(&self, at: Duration) -> Phase {
        let lasts = |until: Option<Duration>| until.is_some_and(|until| until > at);
        if self.has_ended {
            Phase::Ended
        } else if self.is_stopping {
            Phase::Stopping
        } else if self.delivery.is_none() {
            Phase::Checking
        } else if self.hold.is_some() || lasts(self.paused_until) || lasts(self.waiting_until) {
            Phase::Waiting
        } else {
            Phase::Sending
        }
    }

    fn call_sent(&mut self, attempt: u64, at: Duration) {
        self.calls.sent += 1;
        self.calls.resent += u64::from(attempt > 1);
        self.calls.in_flight += 1;
        self.calls_sent_at
            .drain(..self.calls_before_last_second(at));
        self.calls_sent_at.push_back(at);
    }

    fn calls_before_last_second(&self, at: Duration) -> usize {
        self.calls_sent_at
            .partition_point(|sent| sent.saturating_add(SECOND) <= at)
    }

    /// Whether a wait ends later than the last one that was told.
    fn is_another_wait(&mut self, until: Duration) -> bool {
        let is_other = self
            .waiting_until
            .is_none_or(|told| until > told + SAME_WAIT);
        if is_other {
            self.waiting_until = Some(until);
        }
        is_other
    }

    /// Keeps an event among the notable ones. Waits of one kind that follow each other are one, the last. Always true.
    fn note(&mut self, event: &Event, at: Duration) -> bool {
        let is_wait = matches!(
            event,
            Event::Paused { .. } | Event::Waiting { .. } | Event::Held { .. }
        );
        let last = self.notable.back();
        if is_wait && last.is_some_and(|last| discriminant(&last.event) == discriminant(event)) {
            self.notable.pop_back();
        } else if self.notable.len() == NOTABLE_MAX {
            self.notable.pop_front();
        }
        self.notable.push_back(Notable {
            at,
            event: event.clone(),
        });
        true
    }
}

impl Delivery {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn rate(&self, at: Duration) -> f64 {
        let seconds = at.saturating_sub(self.started).as_secs_f64();
        done(&self.tally).saturating_sub(self.done_before) as f64 / seconds.max(0.001)
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn left(&self, at: Duration) -> TimeLeft {
        let batches = self.batches.saturating_sub(self.batches_done);
        let by_quota = self.floor_seconds * (batches as f64 / self.batches.max(1) as f64);
        let rate = self.rate(at);
        let at_pace = self.tally.pending as f64 / rate.max(0.001);
        // Without a single outcome there is no pace yet.
        if rate > 0.0 && at_pace > by_quota * PACE_TOLERANCE {
            TimeLeft {
                seconds: at_pace,
                by: TimeLeftBy::Pace,
            }
        } else {
            TimeLeft {
                seconds: by_quota,
                by: TimeLeftBy::Quota,
            }
        }
    }
}

/// Items with an outcome that calls gave them.
fn done(tally: &Tally) -> u64 {
    tally.succeeded + tally.failed + tally.unconfirmed
}

/// A time that an event tells; what is no time is none.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
