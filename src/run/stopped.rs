//! Notices that the machine slept or the program was stopped, and says so.
//!
//! Two clocks tell it: while a machine sleeps the wall clock goes on and the monotonic one may not; while a program is stopped both do,
//! and its timers do not. A wall clock that somebody sets forward looks the same, so the words name that, too.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use crate::event::{Event, Observer};

/// Between two looks at the clocks.
const EVERY: Duration = Duration::from_secs(1);

/// What a busy machine does not explain.
const LEAST: Duration = Duration::from_secs(5);

/// Watches until it is dropped.
pub(super) async fn watch(observer: Arc<dyn Observer>) -> Infallible {
    loop {
        let (monotonic, wall) = (Instant::now(), SystemTime::now());
        sleep(EVERY).await;
        let missing = missing(monotonic.elapsed(), wall.elapsed().unwrap_or_default());
        if let Some(missing) = missing {
            observer.see(&Event::Slept {
                seconds: missing.as_secs_f64(),
            });
        }
    }
}

/// How much more time than asked for went by, by the clock that says more.
fn missing(monotonic: Duration, wall: Duration) -> Option<Duration> {
    let missing = monotonic.max(wall).saturating_sub(EVERY);
    (missing >= LEAST).then_some(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn a_clock_that_ran_on_tells_how_long_nothing_ran() {
        let s = Duration::from_secs;
        assert_eq!(missing(s(1), s(36)), Some(s(35)));
        assert_eq!(missing(s(36), s(36)), Some(s(35)));
        // A machine that is busy, and a clock that was set back.
        assert_eq!(missing(s(3), s(3)), None);
        assert_eq!(missing(s(1), s(0)), None);
    }

    #[derive(Default)]
    struct Heard(Mutex<Vec<Event>>);

    impl Observer for Heard {
        fn see(&self, event: &Event) {
            self.0.lock().unwrap().push(event.clone());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_is_said_once_and_ordinary_time_is_not() {
        let heard = Arc::new(Heard::default());
        let watching = tokio::spawn(watch(Arc::clone(&heard) as Arc<dyn Observer>));
        sleep(Duration::from_millis(10_500)).await;
        assert!(heard.0.lock().unwrap().is_empty());
        tokio::time::advance(Duration::from_secs(35)).await;
        sleep(Duration::from_secs(10)).await;
        watching.abort();
        let heard = heard.0.lock().unwrap();
        assert!(
            matches!(heard.as_slice(), [Event::Slept { seconds }] if (34.0..=35.0).contains(seconds)),
            "{heard:?}"
        );
    }
}
