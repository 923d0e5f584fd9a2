//! The platform's quota as strict sliding windows: an exact log of the instants at which calls were let through.
//!
//! Refused calls do not count. A call exactly one span after another is outside its window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::routes::Endpoint;

/// At most `calls` calls in any span of `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Calls let through.
    pub calls: u32,
    /// Length of the window.
    pub span: Duration,
}

/// Which windows a sandbox keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Quotas {
    /// The ones the platform documents for each endpoint.
    #[default]
    Documented,
    /// None.
    Unlimited,
    /// These for every endpoint but the token.
    Each(Vec<Window>),
}

impl Quotas {
    /// The windows of one endpoint.
    pub(super) fn of(&self, endpoint: Endpoint) -> Vec<Window> {
        match self {
            Self::Documented => endpoint.documented_windows(),
            Self::Each(windows) if endpoint != Endpoint::Token => windows.clone(),
            Self::Unlimited | Self::Each(_) => Vec::new(),
        }
    }
}

/// Instants kept even when the windows need fewer, so that a window changed in mid-run still knows the past.
const INSTANTS_KEPT_MIN: usize = 10_000;

/// The windows of one endpoint and the calls they let through.
#[derive(Debug, Default)]
pub(super) struct Gate {
    windows: Vec<Window>,
    admitted: VecDeque<Instant>,
}

/// Why a call was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Throttled {
    /// The binding window's cap.
    pub(super) limit: u32,
    /// How long until a call is let through again.
    pub(super) reset: Duration,
}

impl Gate {
    pub(super) fn new(windows: Vec<Window>) -> Self {
        Self {
            windows,
            admitted: VecDeque::new(),
        }
    }

    /// Changes the windows; what was let through before counts in the new ones.
    pub(super) fn tighten(&mut self, windows: Vec<Window>) {
        self.windows = windows;
    }

    /// Lets a call through at `now`, or says which window it would break and for how long. `now` never goes back.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Throttled> {
        let refusal = self
            .windows
            .iter()
            .filter_map(|window| {
                self.wait(window, now).map(|reset| Throttled {
                    limit: window.calls,
                    reset,
                })
            })
            .max_by_key(|throttled| throttled.reset);
        if let Some(throttled) = refusal {
            return Err(throttled);
        }
        self.admitted.push_back(now);
        let needed = self
            .windows
            .iter()
            .map(|window| window.calls as usize)
            .max()
            .unwrap_or(0);
        while self.admitted.len() > needed.max(INSTANTS_KEPT_MIN) {
            self.admitted.pop_front();
        }
        Ok(())
    }

    /// How long `window` is still full. It is when the call that came `calls` calls ago is younger than the span.
    fn wait(&self, window: &Window, now: Instant) -> Option<Duration> {
        if window.calls == 0 {
            return Some(window.span);
        }
        let place = self.admitted.len().checked_sub(window.calls as usize)?;
        let age = now.duration_since(*self.admitted.get(place)?);
        window.span.checked_sub(age).filter(|wait| !wait.is_zero())
    }
}

/// Counts the fullest one second and sixty seconds of all calls seen, let through or not.
#[derive(Debug, Default)]
pub(super) struct Worst {
    last_minute: VecDeque<Instant>,
    pub(super) per_second: usize,
    pub(super) per_minute: usize,
}

impl Worst {
    pub(super) fn see(&mut self, now: Instant) {
        let older_than = |span| move |seen: &Instant| now.duration_since(*seen) >= span;
        let expired = self
            .last_minute
            .partition_point(older_than(Duration::from_mins(1)));
        self.last_minute.drain(..expired);
        self.last_minute.push_back(now);
        let before = self
            .last_minute
            .partition_point(older_than(Duration::from_secs(1)));
        self.per_second = self.per_second.max(self.last_minute.len() - before);
        self.per_minute = self.per_minute.max(self.last_minute.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(pairs: &[(u32, u64)]) -> Vec<Window> {
        pairs
            .iter()
            .map(|&(calls, seconds)| Window {
                calls,
                span: Duration::from_secs(seconds),
            })
            .collect()
    }

    #[test]
    fn a_window_slides_and_does_not_start_afresh_on_the_second() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut gate = Gate::new(windows(&[(2, 1)]));
        assert!(gate.admit(at(900)).is_ok());
        assert!(gate.admit(at(950)).is_ok());
        let throttled = gate.admit(at(1100)).unwrap_err();
        assert_eq!(
            (throttled.limit, throttled.reset),
            (2, Duration::from_millis(800))
        );
        assert!(gate.admit(at(1899)).is_err());
        assert!(gate.admit(at(1900)).is_ok());
    }

    #[test]
    fn a_refused_call_does_not_count() {
        let start = Instant::now();
        let mut gate = Gate::new(windows(&[(1, 1)]));
        assert!(gate.admit(start).is_ok());
        for ms in 1..1000 {
            assert!(gate.admit(start + Duration::from_millis(ms)).is_err());
        }
        assert!(gate.admit(start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn of_several_full_windows_the_longest_wait_is_told() {
        let start = Instant::now();
        let mut gate = Gate::new(windows(&[(1, 1), (2, 60)]));
        assert!(gate.admit(start).is_ok());
        assert!(gate.admit(start + Duration::from_secs(1)).is_ok());
        let throttled = gate.admit(start + Duration::from_secs(1)).unwrap_err();
        assert_eq!(
            (throttled.limit, throttled.reset),
            (2, Duration::from_secs(59))
        );
    }

    #[test]
    fn a_tightened_window_counts_what_was_let_through_before() {
        let start = Instant::now();
        let mut gate = Gate::new(windows(&[(50, 1)]));
        for _ in 0..5 {
            assert!(gate.admit(start).is_ok());
        }
        gate.tighten(windows(&[(5, 1)]));
        assert!(gate.admit(start).is_err());
    }

    #[test]
    fn the_worst_second_is_found_between_full_seconds() {
        let start = Instant::now();
        let mut worst = Worst::default();
        for ms in [0, 600, 700, 1100, 1500, 61_000] {
            worst.see(start + Duration::from_millis(ms));
        }
        assert_eq!((worst.per_second, worst.per_minute), (4, 5));
    }

    proptest::proptest! {
        #[test]
        fn no_span_ever_holds_more_calls_than_its_window(
            gaps in proptest::collection::vec(0_u64..120, 1..200),
            calls in 1_u32..6,
            span_ms in 50_u64..500,
        ) {
            let span = Duration::from_millis(span_ms);
            let mut gate = Gate::new(vec![Window { calls, span }]);
            let mut now = Instant::now();
            let mut admitted = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                if gate.admit(now).is_ok() {
                    admitted.push(now);
                }
            }
            for first in &admitted {
                let inside = admitted.iter().filter(|at| *at >= first && **at - *first < span).count();
                proptest::prop_assert!(inside <= calls as usize);
            }
        }
    }
}
