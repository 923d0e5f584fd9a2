//! When the next call may be sent: arithmetic over the times at which calls were sent, without clock and without waiting.
//!
//! Two rules, both needed. A log of the last send times holds the ceiling: the call that would be one too many for a window
//! waits until the oldest of its fellows has left it. And calls are spaced evenly ([`super::pace`]), so that a network that changes
//! their distances brings a call or two too many into a window, not a burst. Neither suffices alone: even spacing knows no two
//! windows at once; the log alone sends every window in one heap.
//!
//! A slot is taken ahead of its time, so that several processes that share a schedule take turns. Times are durations on a clock
//! of the caller's that never goes back.

use std::collections::VecDeque;
use std::time::Duration;

use super::pace::{Pace, Refused};
use crate::endpoint::Window;

/// The send times that still count, and what they allow.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Each with its guard.
    windows: Vec<Window>,
    pub(super) pace: Option<Pace>,
    /// Send times, taken slots included, oldest first; as many as the largest window holds.
    pub(super) sent: VecDeque<Duration>,
    pub(super) sent_max: usize,
    /// Slots ever taken; the last of them is the last of `sent`.
    pub(super) taken: u64,
    /// When the next call is due by even spacing.
    pub(super) due: Duration,
    pub(super) paused_until: Duration,
}

/// A moment at which one call may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The moment.
    pub(super) at: Duration,
    number: u64,
    /// What was due before it was taken.
    due_before: Duration,
}

impl Schedule {
    /// A schedule in which nothing has been sent yet.
    pub(super) fn new(windows: &[Window]) -> Self {
        Self {
            pace: evenly_filled(windows).map(|window| Pace::new(window, guard(window.span))),
            windows: windows.iter().map(|window| held(*window)).collect(),
            sent: VecDeque::new(),
            sent_max: calls_max(windows),
            taken: 0,
            due: Duration::ZERO,
            paused_until: Duration::ZERO,
        }
    }

    /// Takes every window for filled, all at once, at `last`.
    pub(super) fn fill(&mut self, last: Duration) {
        self.sent = std::iter::repeat_n(last, self.sent_max).collect();
        self.taken += self.sent_max as u64;
    }

    /// Takes the next slot, or says how long to wait before asking again.
    pub(super) fn take(&mut self, now: Duration) -> Result<Slot, Duration> {
        let at = now
            .max(self.due)
            .max(self.paused_until)
            .max(self.windows_free());
        let ahead = at.saturating_sub(now);
        if ahead > AHEAD_MAX {
            return Err(ahead.saturating_sub(AHEAD_MAX / 2));
        }
        let slot = Slot {
            at,
            number: self.taken,
            due_before: self.due,
        };
        if let Some(pace) = &mut self.pace {
            let last = self.sent.back().copied().unwrap_or_default();
            pace.passes(at.saturating_sub(last));
            let spacing = pace.spacing();
            self.due = self.due.max(at.saturating_sub(catch_up(spacing))) + spacing;
        }
        self.taken += 1;
        self.sent.push_back(at);
        self.shorten();
        Ok(slot)
    }

    /// Gives back a slot in which nothing was sent. It stays used when others have been taken behind it.
    pub(super) fn give_back(&mut self, slot: Slot) {
        if slot.number + 1 == self.taken && self.sent.pop_back().is_some() {
            self.taken -= 1;
            self.due = slot.due_before;
        }
    }

    /// Whether a slot may still be used, now or later.
    pub(super) fn is_usable(slot: Slot, now: Duration) -> bool {
        now <= slot.at + LATE_MAX
    }

    /// Whether a call may be sent in its slot now, or how long it has to wait: a pause came between, or the slot is over and another
    /// one has to be taken.
    pub(super) fn is_due(&self, slot: Slot, now: Duration) -> Result<(), Duration> {
        let wait = self.paused_until.max(slot.at).saturating_sub(now);
        // The clock and the timer may differ by less than a timer's tick.
        if wait > TICK || now < self.paused_until || !Self::is_usable(slot, now) {
            return Err(wait);
        }
        Ok(())
    }

    /// A call is sent in its slot, now.
    pub(super) fn leave(&mut self, slot: Slot, now: Duration) {
        let behind = self.taken.saturating_sub(slot.number);
        let place = usize::try_from(behind)
            .ok()
            .and_then(|behind| self.sent.len().checked_sub(behind));
        if let Some(sent) = place.and_then(|place| self.sent.get_mut(place)) {
            *sent = (*sent).max(now);
        }
    }

    /// Lets nothing through until `until`, or longer if that was said before.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
    }

    /// The platform refused, now, the call sent at `sent`, and asks for this wait.
    pub(super) fn refused(&mut self, sent: Duration, wait: Duration, now: Duration) -> Refused {
        let log = &self.sent;
        let whom = match &mut self.pace {
            Some(pace) if wait <= pace.stray_wait_max() => {
                let span = pace.span();
                pace.refused(sent, now, |end| {
                    let begin = end.saturating_sub(span);
                    log.iter()
                        .filter(|sent| **sent >= begin && **sent < end)
                        .count()
                })
            }
            Some(pace) => {
                pace.stop(now);
                Refused::EveryCall
            }
            None => Refused::EveryCall,
        };
        if whom == Refused::EveryCall {
            self.pause(now + wait);
        }
        whom
    }

    /// Keeps no more send times than a window needs.
    pub(super) fn shorten(&mut self) {
        while self.sent.len() > self.sent_max {
            self.sent.pop_front();
        }
    }

    /// When every window has room for one more call.
    fn windows_free(&self) -> Duration {
        let free_at = |window: &Window| {
            let oldest = self.sent.len().checked_sub(count(*window))?;
            Some(*self.sent.get(oldest)? + window.span)
        };
        let free_at = self.windows.iter().filter_map(free_at).max();
        free_at.unwrap_or_default()
    }
}

/// The window that the log holds, longer than the platform counts it. Of a short window it is half of the guard that its spacing has:
/// the rest is for late calls, so that the call that takes the place of a late one need not be late too.
fn held(window: Window) -> Window {
    let guard = guard(window.span);
    let part = if window.span <= EVEN_SPAN_MAX { 2 } else { 1 };
    Window {
        span: window.span + guard / part,
        ..window
    }
}

/// How much of its lateness a call makes up for: what the log leaves room for, at most half of the spacing, and always what timers are
/// late by.
pub(super) fn catch_up(spacing: Duration) -> Duration {
    CATCH_UP_MAX.min(spacing / 2).max(TIMER_LATENESS)
}

const CATCH_UP_MAX: Duration = Duration::from_millis(8);

/// What a window is held longer than the platform counts it: calls do not arrive in the distances in which they were sent.
fn guard(span: Duration) -> Duration {
    (span * GUARD_PER_MILLE / 1_000).min(GUARD_MAX)
}

/// Part of a window's span that is added to it. The owner asks for 98 % of the quota: 17 per mille leave 98.3 %, and 17 ms for the
/// jitter of a window of one second. `benches/quota.rs` measures both at a server.
const GUARD_PER_MILLE: u32 = 17;

/// The longest guard: jitter does not grow with the window, and a second covers all but a lost packet.
const GUARD_MAX: Duration = Duration::from_secs(1);

/// The window that is filled evenly: the slowest of the short ones. Long windows alone do not slow calls down: their guard covers
/// the jitter, and a job that fits into the window should not be spread over all of it.
fn evenly_filled(windows: &[Window]) -> Option<Window> {
    let short = windows.iter().filter(|window| window.span <= EVEN_SPAN_MAX);
    let slowest = short.max_by_key(|window| even(**window));
    slowest
        .copied()
        .or_else(|| windows.first().map(|_| PACE_OF_LONG_WINDOWS))
}

/// The even distance of the calls of a window, with its guard.
fn even(window: Window) -> Duration {
    (window.span + guard(window.span)) / window.calls.max(1)
}

/// The even distance between calls while nothing is known of the way to the platform.
pub(super) fn spacing(windows: &[Window]) -> Option<Duration> {
    let window = evenly_filled(windows)?;
    Some(even(window))
}

/// Longest window that is filled evenly: 170 ms of guard do not cover the jitter of a bad network.
const EVEN_SPAN_MAX: Duration = Duration::from_secs(10);

/// The pace of calls where only long windows are given: the platform's commonest limit per second.
const PACE_OF_LONG_WINDOWS: Window = Window {
    calls: 50,
    span: Duration::from_secs(1),
};

/// How long before its time a slot is taken. Processes that share a schedule take turns by it; a killed one leaves one slot unused.
const AHEAD_MAX: Duration = Duration::from_secs(1);

/// How late a sleeping caller may be woken: tokio's timers tick in milliseconds, and the machine has other work.
const TIMER_LATENESS: Duration = Duration::from_millis(4);
const TICK: Duration = Duration::from_millis(1);

/// A slot this long ago is not used any more: calls behind it have passed.
const LATE_MAX: Duration = Duration::from_millis(50);

/// Send times that the windows need.
pub(super) fn calls_max(windows: &[Window]) -> usize {
    windows
        .iter()
        .map(|window| count(*window))
        .max()
        .unwrap_or(0)
}

fn count(window: Window) -> usize {
    window.calls.max(1) as usize
}
