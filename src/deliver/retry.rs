//! How long to wait before a batch is sent again.
//!
//! Delays only: whether a batch may be sent again, and that it is, belongs to the sender, which makes every attempt durable and takes
//! it through the quota gate. Invariant: no delay is longer than its policy's cap, and none is given that would end after the budget.

use std::time::Duration;

use fastrand::Rng;

/// How often, how long and in which steps a batch is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Calls of one batch, the first included; `None` where only the budget counts.
    pub attempts_max: Option<u32>,
    /// Time from the first call of the batch after which it is not sent again.
    pub budget: Duration,
    /// Least delay.
    pub floor: Duration,
    /// Upper end of the first delay; it doubles with every resend.
    pub base: Duration,
    /// Greatest delay.
    pub cap: Duration,
}

impl Policy {
    /// After an answer that passes by itself, or none: five calls, within ten minutes.
    ///
    /// Five, because a fault that outlives delays of up to 0.5, 1, 2 and 4 seconds seldom is one of a single call. Ten minutes, because
    /// calls that end at their deadline, a renewed token and pauses of the gate take time that is no reason to give up early.
    pub const RESEND: Self = Self {
        attempts_max: Some(5),
        budget: Duration::from_mins(10),
        floor: Duration::ZERO,
        base: Duration::from_millis(500),
        cap: Duration::from_secs(30),
    };

    /// After a throttling answer that names no wait. It was not applied, so it burns no attempt; only the budget ends it. At least a
    /// second, the platform's shortest window; fifteen minutes, because another program that uses up the quota may run that long.
    pub const THROTTLED: Self = Self {
        attempts_max: None,
        budget: Duration::from_mins(15),
        floor: Duration::from_secs(1),
        base: Duration::from_secs(1),
        cap: Duration::from_secs(30),
    };

    /// The same, as often as the time allows.
    #[must_use]
    pub fn until(self, budget: Duration) -> Self {
        Self {
            attempts_max: None,
            budget,
            ..self
        }
    }

    /// The delays of one batch, after `calls_made` calls of it (at least one; more after a resume).
    #[must_use]
    pub fn delays(self, calls_made: u32) -> Delays {
        Delays::new(self, calls_made, None)
    }

    /// The same with a seed, so that a test can repeat a run.
    #[cfg(test)]
    fn delays_seeded(self, calls_made: u32, seed: u64) -> Delays {
        Delays::new(self, calls_made, Some(seed))
    }
}

/// The delays of one batch: full jitter below an exponential, which spreads out callers that failed together.
#[derive(Debug)]
pub struct Delays {
    policy: Policy,
    /// Delays given so far.
    given: u32,
    random: Rng,
}

impl Delays {
    fn new(policy: Policy, calls_made: u32, seed: Option<u64>) -> Self {
        Self {
            policy,
            given: calls_made.saturating_sub(1),
            random: seed.map_or_else(Rng::new, Rng::with_seed),
        }
    }

    /// The wait before the next call of the batch, `elapsed` after its first. `None`: it is not sent again.
    pub fn next_after(&mut self, elapsed: Duration) -> Option<Duration> {
        let Policy {
            attempts_max,
            budget,
            floor,
            base,
            cap,
        } = self.policy;
        if attempts_max.is_some_and(|most| self.given + 1 >= most) {
            return None;
        }
        let doubled = base.saturating_mul(2_u32.saturating_pow(self.given));
        let upper = doubled.min(cap.saturating_sub(floor));
        self.given += 1;
        let delay = floor + upper.mul_f64(self.random.f64());
        (elapsed.saturating_add(delay) <= budget).then_some(delay)
    }
}

/// How long to wait because the platform named a time, in seconds, as [`crate::transport`] hands it on: rounded up, and half a
/// second more, because its clock and ours do not tick together. `None` when it is no number.
#[must_use]
pub fn named_wait(reset: &str) -> Option<Duration> {
    let seconds: f64 = reset.trim().parse().ok()?;
    let named = (seconds.is_finite() && seconds >= 0.0).then_some(seconds)?;
    let clamped = named
        .ceil()
        .clamp(NAMED_WAIT_SECONDS_MIN, NAMED_WAIT_SECONDS_MAX);
    Some(Duration::from_secs_f64(clamped) + NAMED_WAIT_MARGIN)
}

/// The longest wait that [`named_wait`] gives.
pub const NAMED_WAIT_MAX: Duration = Duration::from_millis(300_500);

/// The platform's shortest window: a named wait of 0 means less than that, not none.
const NAMED_WAIT_SECONDS_MIN: f64 = 1.0;

/// The platform's longest window is a minute; whatever is longer is not about this quota, and is better asked for again.
const NAMED_WAIT_SECONDS_MAX: f64 = 300.0;

const NAMED_WAIT_MARGIN: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Duration = Duration::ZERO;

    fn all(policy: Policy, seed: u64) -> Vec<Duration> {
        let mut delays = policy.delays_seeded(1, seed);
        std::iter::from_fn(|| delays.next_after(NOW))
            .take(50)
            .collect()
    }

    #[test]
    fn a_batch_is_called_five_times_at_most() {
        assert_eq!(all(Policy::RESEND, 1).len(), 4);
    }

    #[test]
    fn after_a_resume_the_calls_already_made_count() {
        let mut delays = Policy::RESEND.delays(4);
        assert!(delays.next_after(NOW).is_some());
        assert_eq!(delays.next_after(NOW), None);
        assert_eq!(Policy::RESEND.delays(9).next_after(NOW), None);
    }

    #[test]
    fn no_delay_ends_after_the_budget() {
        let nearly = Duration::from_mins(15).saturating_sub(Duration::from_millis(999));
        assert_eq!(Policy::THROTTLED.delays(1).next_after(nearly), None);
        assert_eq!(Policy::RESEND.delays(1).next_after(Duration::MAX), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_delays_and_another_gives_others() {
        assert_eq!(all(Policy::RESEND, 7), all(Policy::RESEND, 7));
        assert_ne!(all(Policy::RESEND, 7), all(Policy::RESEND, 8));
    }

    #[test]
    fn jitter_fills_the_whole_step() {
        let firsts: Vec<_> = (0..1_000)
            .map(|seed| all(Policy::RESEND, seed)[0])
            .collect();
        assert!(firsts.iter().min().unwrap() < &Duration::from_millis(25));
        assert!(firsts.iter().max().unwrap() > &Duration::from_millis(475));
        let fourths: Vec<_> = (0..1_000)
            .map(|seed| all(Policy::RESEND, seed)[3])
            .collect();
        assert!(fourths.iter().max().unwrap() > &Duration::from_millis(3_800));
    }

    proptest! {
        #[test]
        fn the_cap_caps_and_the_floor_holds(seed: u64) {
            for policy in [Policy::RESEND, Policy::THROTTLED] {
                for delay in all(policy, seed) {
                    prop_assert!(delay >= policy.floor && delay <= policy.cap, "{:?}", delay);
                }
            }
            let first = all(Policy::THROTTLED, seed)[0];
            prop_assert!(first <= Duration::from_secs(2), "{:?}", first);
        }

        #[test]
        fn a_named_wait_is_never_shorter_than_named_nor_absurd(seconds in 0.0..1e12_f64) {
            let wait = named_wait(&seconds.to_string()).unwrap().as_secs_f64();
            prop_assert!(wait >= seconds.min(300.0) && (1.5..=300.5).contains(&wait));
        }
    }

    #[test]
    fn a_named_wait_that_is_no_number_is_none() {
        for reset in ["", "soon", "-1", "NaN", "inf", "1s"] {
            assert_eq!(named_wait(reset), None, "{reset}");
        }
        assert_eq!(named_wait("52"), Some(Duration::from_millis(52_500)));
        assert_eq!(named_wait("0.05"), Some(Duration::from_millis(1_500)));
        assert_eq!(named_wait("1e30"), Some(NAMED_WAIT_MAX));
    }
}
