//! How far apart calls are: the documented rate, corrected by what the platform's refusals teach.
//!
//! Two things make the platform refuse a call that the schedule allowed, and they call for different answers. **Jitter**: calls
//! whose way takes `d` to `d + J` arrive closer together than they left; a window of `W` then holds its limit when calls leave
//! `(W + J) / limit` apart. Each such refusal widens a reserve a little, and each call gives a little of it back, so that about one
//! call in two thousand is refused, whatever `J` is. **Contention**: another program uses a part of the quota, or the tenant's
//! limit is lower than the documented one; then refusals come in numbers. The rate falls to what the platform let through, stays
//! just below it, and is tried from time to time: a little above it for a window's length, and when that is not refused, faster and
//! faster.
//!
//! The two are told apart by how many of the last calls were refused. Pure arithmetic; knows no clock and nothing of waiting.

use std::time::Duration;

use crate::endpoint::Window;

/// What the platform's refusals have taught so far. Times are those of the schedule's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learned {
    /// Added to the window's span because of jitter, at least its guard.
    pub(super) reserve: Duration,
    /// Part of the full rate that the platform let through when it last refused under contention; 1 is no contention.
    pub(super) level: f64,
    /// Time in which calls were made since the level was set.
    pub(super) active: Duration,
    /// Refusals lately: one for each, less [`FORGIVEN_PER_CALL`] for each call.
    pub(super) refusals: f64,
    /// When the first of these refused calls was sent.
    pub(super) first_refused: Duration,
    /// When reserve or level were changed last. A call that was sent before says nothing about the change.
    pub(super) changed: Duration,
    /// When every call was last made to wait.
    pub(super) stopped: Duration,
}

/// The distance of calls, as far as one window asks for it.
#[derive(Debug)]
pub(super) struct Pace {
    window: Window,
    guard: Duration,
    pub(super) learned: Learned,
}

/// Who has to wait because the platform refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The refused call alone: the others are too far apart to meet the same window.
    ThisCall,
    /// Every call.
    EveryCall,
}

impl Learned {
    fn nothing(guard: Duration) -> Self {
        Self {
            reserve: guard,
            level: 1.0,
            active: Duration::ZERO,
            refusals: 0.0,
            first_refused: Duration::ZERO,
            changed: Duration::ZERO,
            stopped: Duration::ZERO,
        }
    }
}

impl Pace {
    /// The pace of a window that is filled evenly, and held longer by `guard` than the platform counts it.
    pub(super) fn new(window: Window, guard: Duration) -> Self {
        Self {
            window,
            guard,
            learned: Learned::nothing(guard),
        }
    }

    /// Forgets everything that refusals taught.
    pub(super) fn forget(&mut self) {
        self.learned = Learned::nothing(self.guard);
    }

    /// Takes over what was learned elsewhere, as far as it can be.
    pub(super) fn adopt(&mut self, learned: Learned) {
        let in_range = |value: f64, least: f64, most: f64| {
            if value.is_finite() {
                value.clamp(least, most)
            } else {
                most
            }
        };
        self.learned = Learned {
            reserve: learned.reserve.clamp(self.guard, self.reserve_max()),
            level: in_range(learned.level, LEVEL_MIN, 1.0),
            refusals: in_range(learned.refusals, 0.0, CONTENTION),
            ..learned
        };
    }

    /// The length of the window as the platform counts it.
    pub(super) fn span(&self) -> Duration {
        self.window.span
    }

    /// The even distance between two calls.
    pub(super) fn spacing(&self) -> Duration {
        let even = (self.window.span + self.learned.reserve) / self.window.calls.max(1);
        even.div_f64(self.share())
    }

    /// The longest wait that the platform names when one call came too early: a window's length in whole seconds, and what is added
    /// to it here. A longer one is about another window or about another matter.
    pub(super) fn stray_wait_max(&self) -> Duration {
        self.window.span + STRAY_MARGIN
    }

    /// A call is about to be sent, `gap` after the last one.
    pub(super) fn passes(&mut self, gap: Duration) {
        let learned = &mut self.learned;
        learned.refusals = (learned.refusals - FORGIVEN_PER_CALL).max(0.0);
        if learned.level >= 1.0 {
            let back = self.window.span * STEP_PER_MILLE / 1_000 / CALLS_PER_REFUSAL;
            learned.reserve = learned.reserve.saturating_sub(back).max(self.guard);
            return;
        }
        learned.active += gap.min(self.window.span);
        if self.share() >= 1.0 {
            self.learned.level = 1.0;
        }
    }

    /// The platform refused, now, the call sent at `sent`. `sent_before(t)` counts the calls sent in the window's length before `t`.
    pub(super) fn refused(
        &mut self,
        sent: Duration,
        now: Duration,
        sent_before: impl Fn(Duration) -> usize,
    ) -> Refused {
        if sent < self.learned.stopped {
            return Refused::ThisCall;
        }
        if self.learned.refusals <= 0.0 {
            self.learned.first_refused = sent;
        }
        self.learned.refusals += 1.0;
        if self.learned.refusals >= CONTENTION {
            let let_through = self.part(sent_before(self.learned.first_refused));
            let rate = self.share();
            // As much as was sent before the first refusal is what the platform let through, unless its limit fell just now.
            let level = if let_through < rate * UNCHANGED {
                let_through
            } else {
                rate * BACK_OFF
            };
            self.set_level(level, now);
            self.stop(now);
            return Refused::EveryCall;
        }
        if sent < self.learned.changed {
            return Refused::ThisCall;
        }
        if self.learned.level < 1.0 {
            let level = if self.learned.active < self.window.span * 2 {
                self.learned.level * STILL_TOO_MUCH
            } else {
                self.part(sent_before(sent)).min(self.share())
            };
            self.set_level(level, now);
        } else {
            let step = self.window.span * STEP_PER_MILLE / 1_000;
            self.learned.reserve = (self.learned.reserve + step).min(self.reserve_max());
            self.learned.changed = now;
        }
        Refused::ThisCall
    }

    /// Every call waits from now on: refusals of those sent before teach nothing more.
    pub(super) fn stop(&mut self, now: Duration) {
        self.learned.stopped = now;
        self.learned.refusals = 0.0;
    }

    fn set_level(&mut self, level: f64, now: Duration) {
        self.learned.level = level.clamp(LEVEL_MIN, 1.0);
        self.learned.active = Duration::ZERO;
        self.learned.changed = now;
    }

    /// Part of the full rate at which calls are sent now.
    fn share(&self) -> f64 {
        if self.learned.level >= 1.0 {
            return 1.0;
        }
        let windows = self.learned.active.div_duration_f64(self.window.span);
        let tried = windows - BELOW_WINDOWS - ABOVE_WINDOWS;
        let part = if windows < 1.0 {
            EMPTYING
        } else if windows < BELOW_WINDOWS {
            BELOW
        } else if tried < 0.0 {
            ABOVE
        } else {
            ABOVE * GROWTH_PER_WINDOW.powf(tried)
        };
        (self.learned.level * part).min(1.0)
    }

    /// A number of calls as part of what the window holds.
    fn part(&self, calls: usize) -> f64 {
        f64::from(u32::try_from(calls).unwrap_or(u32::MAX)) / f64::from(self.window.calls.max(1))
    }

    fn reserve_max(&self) -> Duration {
        (self.window.span / RESERVE_PART_MAX).max(self.guard)
    }
}

/// What a refusal adds to the reserve: an eightieth of the window. Smaller steps are refused more often on the way, larger ones
/// waste more of the quota.
const STEP_PER_MILLE: u32 = 12;
/// Calls in which a step is given back, and so the calls to one refusal in the long run.
const CALLS_PER_REFUSAL: u32 = 2_000;
/// Largest reserve, a fourth of the window: more than that is no jitter.
const RESERVE_PART_MAX: u32 = 4;

/// Refusals that are no jitter: some four of ten calls. Jitter of a fifth of a window makes one in thirty refused, and the
/// reserve grows with each.
const CONTENTION: f64 = 3.0;
const FORGIVEN_PER_CALL: f64 = 0.1;

/// Slowest rate, as a part of the quota's: a tenant whose limit is a hundredth of the documented one still gets on.
const LEVEL_MIN: f64 = 0.01;
/// A count this near to the rate shows no lower limit: then the limit fell within the last window.
const UNCHANGED: f64 = 0.9;
/// The part of the rate that is left when nothing tells the new limit.
const BACK_OFF: f64 = 0.6;
/// The same for a refusal soon after the rate was lowered.
const STILL_TOO_MUCH: f64 = 0.85;

/// Below the level for the first window, which is still full, and nearly at it until it is tried.
const EMPTYING: f64 = 0.92;
const BELOW: f64 = 0.98;
const BELOW_WINDOWS: f64 = 6.0;
/// Above the level for a little more than a window: if the level still holds, one call of it is refused.
const ABOVE: f64 = 1.08;
const ABOVE_WINDOWS: f64 = 1.2;
/// From half the rate to nine tenths in 8.5 windows: whoever shares the quota and ends is noticed within ten seconds.
const GROWTH_PER_WINDOW: f64 = 1.6;

/// The named wait is rounded up to seconds and lengthened by half a second; one that is not named is at most a second longer.
const STRAY_MARGIN: Duration = Duration::from_secs(2);
