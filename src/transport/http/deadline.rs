//! A deadline that counts only the time in which this program could run.
//!
//! A laptop that slept, or a program that was stopped, finds its timers expired and its replies unread in the same moment. The
//! deadline is therefore waited for in steps, and a step that took much longer than asked does not count: what has arrived is
//! read before a time-out is believed.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

/// Steps of a deadline. It is late by one of them at most, plus the time in which the program did not run.
const STEPS: u32 = 10;

/// What comes of `work` within so much time; `None` when that is over. Work that is ready is always preferred.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let step = limit / STEPS;
    let mut left = STEPS;
    while left > 0 {
        let began = Instant::now();
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = sleep(step) => {}
        }
        if began.elapsed() < step + step / 2 + SLACK {
            left -= 1;
        }
    }
    None
}

/// Timers of a busy machine are late by some milliseconds, however short the step is.
const SLACK: Duration = Duration::from_millis(20);

/// A moment on both clocks: the monotonic one stands still while a machine sleeps, and the wall clock can be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    monotonic: std::time::Instant,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            monotonic: std::time::Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// How long ago it was, by the clock that says more.
    pub(super) fn elapsed(&self) -> Duration {
        let wall = self.wall.elapsed().unwrap_or_default();
        self.monotonic.elapsed().max(wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_is_given_up_when_the_time_is_over() {
        let began = Instant::now();
        assert_eq!(within(LIMIT, pending::<()>()).await, None);
        let took = began.elapsed();
        assert!(
            took >= LIMIT && took < LIMIT + Duration::from_secs(1),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_returned() {
        let late = sleep(LIMIT.saturating_sub(Duration::from_millis(1)));
        assert_eq!(within(LIMIT, late).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_the_program_did_not_run_does_not_count() {
        // The reply takes two more turns after the program goes on, as one does that has to be read and put together.
        let reply = async {
            sleep(Duration::from_secs(29)).await;
            sleep(Duration::from_millis(1)).await;
            sleep(Duration::from_millis(1)).await;
        };
        let deadline = tokio::spawn(within(LIMIT, reply));
        // In the last of its steps.
        sleep(Duration::from_millis(28_500)).await;
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(deadline.await.unwrap(), Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_the_rest_of_the_time_still_ends() {
        let deadline = tokio::spawn(within(LIMIT, pending::<()>()));
        sleep(Duration::from_secs(10)).await;
        tokio::time::advance(Duration::from_hours(1)).await;
        let resumed = Instant::now();
        assert_eq!(deadline.await.unwrap(), None);
        assert!(resumed.elapsed() <= LIMIT, "{:?}", resumed.elapsed());
    }
}
