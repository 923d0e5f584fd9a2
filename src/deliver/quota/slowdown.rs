//! Slower than the quota while the platform throttles all the same: another program of the same app uses a part of it, or the
//! tenant's limit was lowered.
//!
//! Half the rate after each throttling answer, and a little more with every second without one, until the quota's own rate is
//! reached again. A pause alone would let the next heap run into the same wall.

use std::time::Duration;

/// Slowest rate, as a part of the quota's: a tenant whose limit is a hundredth of the documented one still gets on.
const SLOWEST: f64 = 0.01;
/// Time from a standstill to the full rate, without a throttling answer: the longest window of the platform.
const RECOVERY: Duration = Duration::from_mins(1);

/// How much slower than the quota calls pass at the moment.
#[derive(Debug)]
pub(super) struct Slowdown {
    /// Even distance of calls at the full rate.
    spacing: Duration,
    /// Part of the full rate; 1 is no slowdown.
    rate: f64,
    /// When the rate was looked at last, and when a call passed last, by the schedule's clock.
    looked_at: Duration,
    passed_at: Duration,
}

impl Slowdown {
    pub(super) fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            rate: 1.0,
            looked_at: Duration::ZERO,
            passed_at: Duration::ZERO,
        }
    }

    /// The platform throttled.
    pub(super) fn throttled(&mut self, now: Duration) {
        self.recover(now);
        self.rate = (self.rate / 2.0).max(SLOWEST);
    }

    /// How long the next call has to wait because of it.
    pub(super) fn wait(&mut self, now: Duration) -> Duration {
        self.recover(now);
        if self.rate >= 1.0 {
            return Duration::ZERO;
        }
        let distance = self.spacing.div_f64(self.rate);
        (self.passed_at + distance).saturating_sub(now)
    }

    /// A call passes.
    pub(super) fn passes(&mut self, now: Duration) {
        self.passed_at = now;
    }

    fn recover(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.looked_at);
        self.looked_at = now;
        self.rate = (self.rate + elapsed.div_duration_f64(RECOVERY)).min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACING: Duration = Duration::from_millis(20);

    #[test]
    fn without_a_throttling_answer_nothing_waits() {
        let mut slowdown = Slowdown::new(SPACING);
        for second in 0..100 {
            let now = Duration::from_secs(second);
            assert_eq!(slowdown.wait(now), Duration::ZERO);
            slowdown.passes(now);
        }
    }

    #[test]
    fn each_throttling_answer_halves_the_rate_and_a_minute_restores_it() {
        let mut slowdown = Slowdown::new(SPACING);
        let now = Duration::from_secs(10);
        slowdown.passes(now);
        slowdown.throttled(now);
        assert_eq!(slowdown.wait(now), SPACING * 2);
        slowdown.throttled(now);
        assert_eq!(slowdown.wait(now), SPACING * 4);
        let later = now + RECOVERY;
        slowdown.passes(later);
        assert_eq!(slowdown.wait(later), Duration::ZERO);
    }

    #[test]
    fn a_limit_lowered_to_a_tenth_is_mostly_kept_and_mostly_used() {
        // The platform lets 5 calls a second through where 50 are documented; its refusals name a wait of one second.
        let mut slowdown = Slowdown::new(SPACING);
        let (mut passed, mut refused, mut throttled) = (Vec::<Duration>::new(), 0, 0);
        let mut now = Duration::from_secs(1);
        let end = now + Duration::from_mins(5);
        while now < end {
            now += slowdown.wait(now).max(Duration::from_millis(1));
            slowdown.passes(now);
            let in_window = passed
                .iter()
                .rev()
                .take_while(|at| **at + Duration::from_secs(1) > now)
                .count();
            if in_window < 5 {
                passed.push(now);
            } else {
                refused += 1;
                throttled += 1;
                slowdown.throttled(now);
                now += Duration::from_secs(1);
            }
        }
        assert!(passed.len() > 750, "{} passed", passed.len());
        assert!(refused < 150, "{refused} refused, {throttled} times");
    }
}
