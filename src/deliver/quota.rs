//! The quota gate: every call passes it just before it is sent, and it lets no call through that any window would refuse.
//!
//! Invariant: in every sliding span of a window's length plus its guard, at most the window's calls have passed. The order is
//! first come, first served; a caller that stops waiting takes no slot. The gate knows nothing of calls, batches or replies:
//! whoever reads a throttling reply tells it how long to pause.

mod schedule;
mod slowdown;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use self::schedule::Schedule;
use crate::endpoint::Window;

pub use self::windows::{CALLS_IN_FLIGHT_MAX, Floor, Quota, calls_in_flight, floor};

/// One gate for all calls that count against the same quota: one app, one tenant, one method.
#[derive(Debug)]
pub struct Gate {
    /// Held by the caller whose turn it is, also while it waits. A tokio mutex is handed on in the order of asking.
    turn: tokio::sync::Mutex<()>,
    /// Never held across an await, so that `pause` need not wait for its turn.
    schedule: Mutex<Schedule>,
}

impl Gate {
    /// A gate over all windows at once, none of them used yet. No windows: nothing is held back but by [`Gate::pause`].
    #[must_use]
    pub fn new(windows: &[Window]) -> Self {
        Self::over(Schedule::new(windows))
    }

    /// A gate for a process that goes on where another stopped: it assumes that the other filled every window completely, the
    /// last time `idle` ago. Use `Duration::ZERO` when nobody knows when the other stopped.
    #[must_use]
    pub fn resumed(windows: &[Window], idle: Duration) -> Self {
        Self::over(Schedule::resumed(windows, idle))
    }

    fn over(schedule: Schedule) -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            schedule: Mutex::new(schedule),
        }
    }

    /// Waits until one call may be sent and takes its slot. Send at once: what happens between here and the wire brings calls
    /// closer together at the platform than they passed here. Dropping the wait takes no slot.
    pub async fn acquire(&self) {
        let _turn = self.turn.lock().await;
        // Asks again after every sleep: a pause may have come in the meantime, and it never shortens a wait.
        while let Err(wait) = self.take() {
            tokio::time::sleep(wait).await;
        }
    }

    fn take(&self) -> Result<(), Duration> {
        self.schedule().take()
    }

    /// Lets nothing through for this long from now, at most [`PAUSE_MAX`]. A shorter pause never shortens a longer one.
    pub fn pause(&self, wait: Duration) {
        self.schedule().pause(wait.min(PAUSE_MAX));
    }

    /// The platform throttled a call: everybody waits this long, and then passes more slowly for a while. Further calls that are
    /// refused during the pause change nothing: they were under way already.
    pub fn throttled(&self, wait: Duration) {
        self.schedule().throttled(wait.min(PAUSE_MAX));
    }

    /// The end of the pause, while there is one.
    #[must_use]
    pub fn paused_until(&self) -> Option<Instant> {
        self.schedule().paused_until()
    }

    /// The schedule is whole after each of its methods, so a panic of another holder does no harm.
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Longest pause. The platform names seconds, rarely minutes; an hour more than covers it, and keeps a mad number from
/// stopping a run for days.
pub const PAUSE_MAX: Duration = Duration::from_hours(1);
