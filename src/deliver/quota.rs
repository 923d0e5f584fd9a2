//! The quota gate: every call passes it just before it is sent, and it lets no call through that any window would refuse.
//!
//! Invariant: in every sliding span of a window's length plus its guard, at most the window's calls have passed, of this process or,
//! where the schedule is shared, of all processes of the machine. The order is first come, first served; a caller that stops waiting
//! takes no slot. The gate knows nothing of calls, batches or replies: whoever reads a throttling reply tells it.

mod book;
mod pace;
mod record;
mod schedule;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use self::book::{Book, Clock};
use self::schedule::{Schedule, Slot};
use crate::endpoint::Window;
use crate::event::{Observer, Silent};
use crate::wall_clock;

pub use self::book::Shared;
pub use self::pace::Refused;
pub use self::windows::{CALLS_IN_FLIGHT_MAX, Floor, Quota, calls_in_flight, floor};

/// One gate for all calls of this process that count against the same quota: one app, one tenant, one method.
pub struct Gate {
    /// Held by the caller whose turn it is, also while it waits. A tokio mutex is handed on in the order of asking.
    turn: tokio::sync::Mutex<()>,
    book: Book,
    /// A slot whose caller stopped waiting, or that waits for its time.
    slot: Mutex<Option<Slot>>,
    /// The calls of this process alone, where the book is shared: whatever its file says, this process keeps the documented quota.
    own: Option<Book>,
}

/// A call that passed the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed(Duration);

impl Gate {
    /// A gate over all windows at once, none of them used yet. No windows: nothing is held back but by [`Gate::pause`].
    #[must_use]
    pub fn new(windows: &[Window]) -> Self {
        Self::open(windows, None, Arc::new(Silent))
    }

    /// The same, over what all processes of this machine sent, if it is shared. The observer hears of long waits, and of a file that
    /// cannot be used.
    #[must_use]
    pub fn open(windows: &[Window], shared: Option<&Shared>, observer: Arc<dyn Observer>) -> Self {
        let own = Book::own(windows, own_clock(windows), Arc::clone(&observer));
        match shared.filter(|_| !windows.is_empty()) {
            Some(shared) => {
                let wall = Box::new(wall_clock::now);
                Self::over(Book::shared(windows, shared, wall, observer), Some(own))
            }
            None => Self::over(own, None),
        }
    }

    fn over(book: Book, own: Option<Book>) -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            book,
            slot: Mutex::new(None),
            own,
        }
    }

    /// For a process that goes on where another stopped, `idle` ago: where nothing is known of the other's calls, it is assumed to
    /// have filled every window completely. Use `Duration::ZERO` when nobody knows when it stopped. Says whether it was assumed.
    pub fn assume_filled(&self, idle: Duration) -> bool {
        self.book.with(|schedule, now| {
            let last = now.saturating_sub(idle);
            let known = schedule.sent.back().copied().unwrap_or_default();
            let unknown = known + CLOCKS_DIFFER < last;
            if unknown {
                schedule.fill(last);
            }
            unknown
        })
    }

    /// Waits until one call may be sent and takes its slot. Send at once: what happens between here and the wire brings calls
    /// closer together at the platform than they passed here. Dropping the wait takes no slot.
    pub async fn acquire(&self) -> Passed {
        let _turn = self.turn.lock().await;
        let mut told = false;
        loop {
            let wait = match self.slot_ahead() {
                Ok(ahead) => {
                    // A timer takes at least one tick, also for no time at all.
                    if !ahead.is_zero() {
                        tokio::time::sleep(ahead).await;
                    }
                    match self.leave() {
                        Ok(passed) => return passed,
                        Err(wait) => wait,
                    }
                }
                Err(wait) => wait,
            };
            if wait > WAIT_UNTOLD_MAX && !told && self.paused_until().is_none() {
                self.book.tell_full(wait);
                told = true;
            }
            // Asks again after every sleep: a pause may have come in the meantime, and it never shortens a wait.
            tokio::time::sleep(wait).await;
        }
    }

    /// The time until the slot that is taken for the next call, or how long to wait before one can be taken.
    fn slot_ahead(&self) -> Result<Duration, Duration> {
        let mut kept = self.slot();
        let taken: Result<(Slot, Duration), Duration> = self.book.with(|schedule, now| {
            if let Some(slot) = kept.take() {
                if Schedule::is_usable(slot, now) {
                    return Ok((slot, slot.at.saturating_sub(now)));
                }
                schedule.give_back(slot);
            }
            let slot = schedule.take(now)?;
            Ok((slot, slot.at.saturating_sub(now)))
        });
        let (slot, ahead) = taken?;
        *kept = Some(slot);
        Ok(ahead)
    }

    /// Uses the slot that was taken, or says how long to wait because a pause came between.
    fn leave(&self) -> Result<Passed, Duration> {
        let mut kept = self.slot();
        let Some(slot) = *kept else {
            return Err(Duration::ZERO);
        };
        let passed = self.book.with(|schedule, now| {
            schedule.is_due(slot, now)?;
            // Last, because nothing can be given back to it.
            self.is_paced()?;
            schedule.leave(slot, now);
            Ok(Passed(now))
        });
        if passed.is_ok() {
            *kept = None;
        }
        passed
    }

    /// Whether this process keeps the documented quota with one more call now, or how long it has to wait to do so.
    fn is_paced(&self) -> Result<(), Duration> {
        let Some(own) = &self.own else {
            return Ok(());
        };
        own.with(|schedule, now| {
            let slot = schedule.take(now)?;
            let early = slot.at.saturating_sub(now);
            if early.is_zero() {
                return Ok(());
            }
            schedule.give_back(slot);
            Err(early)
        })
    }

    /// Lets nothing through for this long from now, at most [`PAUSE_MAX`]. A shorter pause never shortens a longer one.
    pub fn pause(&self, wait: Duration) {
        self.book
            .with(|schedule, now| schedule.pause(now + wait.min(PAUSE_MAX)));
    }

    /// The platform throttled a call and asks for this wait. Says who has to wait: every call does so here, the refused call alone
    /// has to see to it itself.
    pub fn throttled(&self, passed: Passed, wait: Duration) -> Refused {
        self.book
            .with(|schedule, now| schedule.refused(passed.0, wait.min(PAUSE_MAX), now))
    }

    /// The end of the pause, while there is one.
    #[must_use]
    pub fn paused_until(&self) -> Option<Instant> {
        let left = self
            .book
            .with(|schedule, now| schedule.paused_until.saturating_sub(now));
        (!left.is_zero()).then(|| Instant::now() + left)
    }

    /// A slot is whole or not there, so a panic of another holder does no harm.
    fn slot(&self) -> MutexGuard<'_, Option<Slot>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Longest pause. The platform names seconds, rarely minutes; an hour more than covers it, and keeps a mad number from
/// stopping a run for days.
pub const PAUSE_MAX: Duration = Duration::from_hours(1);

/// A wait for the quota that nobody needs to hear of.
const WAIT_UNTOLD_MAX: Duration = Duration::from_secs(5);

/// A run's store notes its last call a little later than the gate does.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// Tokio's clock for a schedule of this process alone. It starts late enough that a full window lies before its "now".
fn own_clock(windows: &[Window]) -> Clock {
    let zero = Instant::now();
    let spans = windows.iter().map(|window| window.span);
    let start = spans.max().unwrap_or_default() + PAUSE_MAX;
    Box::new(move || start + zero.elapsed())
}
