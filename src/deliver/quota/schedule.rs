//! When the next call may pass: arithmetic over tokio's clock, without waiting.
//!
//! Two rules, both needed. A log of the last send times holds the ceiling: the call that would be one too many for a window
//! waits until the oldest of its fellows has left it. And `governor` spaces calls evenly, so that a network that changes their
//! distances by more than the guard brings a call or two too many into a window, not a burst. Neither suffices alone: `governor`
//! lets up to its burst pass on top of the quota, and knows no two windows at once; the log alone sends every window in one heap.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use super::slowdown::Slowdown;
use crate::endpoint::Window;

/// The send times that still count, and what they allow.
#[derive(Debug)]
pub(super) struct Schedule {
    clock: TokioClock,
    windows: Vec<Window>,
    /// Send times on `clock`, oldest first; as many as the largest window holds.
    sent: VecDeque<Duration>,
    sent_max: usize,
    pacer: Option<Pacer>,
    slowdown: Option<Slowdown>,
    paused_until: Option<Instant>,
}

type Pacer = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

impl Schedule {
    /// A schedule in which nothing has been sent yet.
    pub(super) fn new(windows: &[Window]) -> Self {
        let pace = spacing(windows);
        let windows: Vec<Window> = windows.iter().copied().map(guarded).collect();
        // The clock starts late enough that a full window lies before its "now".
        let span_max = windows.iter().map(|window| window.span).max();
        let clock = TokioClock {
            zero: Instant::now(),
            start: span_max.unwrap_or_default(),
        };
        Self {
            clock,
            sent: VecDeque::new(),
            sent_max: windows
                .iter()
                .map(|window| count(*window))
                .max()
                .unwrap_or(0),
            pacer: pace.and_then(|spacing| pacer(spacing, clock)),
            slowdown: pace.map(Slowdown::new),
            windows,
            paused_until: None,
        }
    }

    /// A schedule in which every window was filled, all at once, `idle` ago.
    pub(super) fn resumed(windows: &[Window], idle: Duration) -> Self {
        let mut schedule = Self::new(windows);
        let last = schedule.clock.now().saturating_sub(idle);
        schedule.sent = std::iter::repeat_n(last, schedule.sent_max).collect();
        schedule
    }

    /// Takes a slot now, or says how long to wait before asking again.
    pub(super) fn take(&mut self) -> Result<(), Duration> {
        let now = self.clock.now();
        let slower = self.slowdown.as_mut().map(|slowdown| slowdown.wait(now));
        let wait = self
            .pause_left()
            .max(self.window_wait(now))
            .max(slower.unwrap_or_default());
        if !wait.is_zero() {
            return Err(wait);
        }
        if let Some(pacer) = &self.pacer
            && let Ok(Err(early)) = pacer.check_n(CELLS_PER_CALL)
        {
            return Err(early.wait_time_from(now));
        }
        if let Some(slowdown) = &mut self.slowdown {
            slowdown.passes(now);
        }
        if self.sent.len() == self.sent_max {
            self.sent.pop_front();
        }
        if self.sent_max > 0 {
            self.sent.push_back(now);
        }
        Ok(())
    }

    /// Lets nothing through until `wait` from now, or longer if that was said before.
    pub(super) fn pause(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// The platform throttled: a pause, and slower calls after it. Refusals during the pause count as the one that began it.
    pub(super) fn throttled(&mut self, wait: Duration) {
        let now = self.clock.now();
        if let Some(slowdown) = &mut self.slowdown
            && self
                .paused_until
                .is_none_or(|until| until <= Instant::now())
        {
            slowdown.throttled(now);
        }
        self.pause(wait);
    }

    /// The end of the pause, while there is one.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until.filter(|until| *until > Instant::now())
    }

    fn pause_left(&self) -> Duration {
        self.paused_until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// How long until every window has room for one more call.
    fn window_wait(&self, now: Duration) -> Duration {
        let wait_in = |window: &Window| {
            let oldest = self.sent.len().checked_sub(count(*window))?;
            let free_at = *self.sent.get(oldest)? + window.span;
            Some(free_at.saturating_sub(now))
        };
        self.windows
            .iter()
            .filter_map(wait_in)
            .max()
            .unwrap_or_default()
    }
}

/// The window with its guard: calls do not arrive in the distances in which they were sent, so the window is held a little
/// longer than the platform counts it.
fn guarded(window: Window) -> Window {
    Window {
        span: window.span + (window.span * GUARD_PER_MILLE / 1_000).min(GUARD_MAX),
        ..window
    }
}

/// Part of a window's span that is added to it. The owner asks for 98 % of the quota: 17 per mille leave 98.3 %, and 17 ms for the
/// jitter of a window of one second. `benches/quota.rs` measures both at a server.
const GUARD_PER_MILLE: u32 = 17;

/// The longest guard: jitter does not grow with the window, and a second covers all but a lost packet.
const GUARD_MAX: Duration = Duration::from_secs(1);

/// The even distance between calls: what the slowest of the short windows asks for. Long windows alone do not slow calls down: their
/// guard covers the jitter, and a job that fits into the window should not be spread over all of it.
pub(super) fn spacing(windows: &[Window]) -> Option<Duration> {
    let even = |window: &Window| guarded(*window).span / window.calls.max(1);
    let short = windows.iter().filter(|window| window.span <= EVEN_SPAN_MAX);
    let slowest = short.map(even).max();
    slowest.or_else(|| windows.first().map(|_| SPACING_OF_LONG_WINDOWS))
}

/// Longest window that is filled evenly: 170 ms of guard do not cover the jitter of a bad network.
const EVEN_SPAN_MAX: Duration = Duration::from_secs(10);

/// Distance of calls where only long windows are given: 50 calls a second, the platform's commonest limit per second.
const SPACING_OF_LONG_WINDOWS: Duration = Duration::from_millis(20);

/// A pacer that keeps the distances, but lets the next call make up for one that was late, because timers are. `governor` can only
/// allow whole cells ahead of time: with four cells to a call, that is as little as a quarter of the spacing.
fn pacer(spacing: Duration, clock: TokioClock) -> Option<Pacer> {
    let cell = spacing / CELLS_PER_CALL.get();
    let ahead = TIMER_LATENESS.as_nanos().div_ceil(cell.as_nanos().max(1));
    let cells_at_once = CELLS_PER_CALL.checked_add(u32::try_from(ahead).ok()?)?;
    let quota = Quota::with_period(cell)?.allow_burst(cells_at_once);
    Some(RateLimiter::direct_with_clock(quota, clock))
}

const CELLS_PER_CALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);

/// How late a sleeping caller may be woken: tokio's timers tick in milliseconds, and the machine has other work.
const TIMER_LATENESS: Duration = Duration::from_millis(4);

fn count(window: Window) -> usize {
    window.calls.max(1) as usize
}

/// Tokio's clock, so that `governor` follows paused time too. Instants are durations since before `zero`.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    zero: Instant,
    start: Duration,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start + self.zero.elapsed()
    }
}
