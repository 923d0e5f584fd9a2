//! What the gate makes of refusals: jitter, a lower limit, another program. The platform counts.

use super::platform::{Platform, Way, sent};
use super::*;

#[tokio::test(start_paused = true)]
async fn on_a_quiet_way_nothing_is_refused_however_long_the_platform_takes() {
    let way = Way {
        work: (Duration::from_millis(200), Duration::from_secs(2)),
        ..Way::of_ms(1, 3)
    };
    let arrived = sent("50/1s", "50/1s", way, 60).await;
    assert!(arrived.rate(0, 60) >= 49.0, "{}", arrived.rate(0, 60));
    assert_eq!(arrived.refused.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn jitter_of_60_ms_leaves_92_percent_of_the_quota_at_once_and_93_and_a_half_later() {
    for (seed, work) in [(1, 5), (2, 5), (3, 5), (4, 2_000), (5, 2_000), (6, 100)] {
        let way = Way {
            work: (Duration::ZERO, Duration::from_millis(work)),
            seed,
            ..Way::of_ms(20, 80)
        };
        let arrived = sent("50/1s", "50/1s", way, 150).await;
        let (first, later) = (arrived.rate(0, 51) / 50.0, arrived.rate(51, 150) / 50.0);
        assert!(first >= 0.92 && later >= 0.935, "{seed}: {first} {later}");
        let refused = (
            arrived.refused_per_mille(0, 51),
            arrived.refused_per_mille(51, 150),
        );
        assert!(refused.0 <= 2.5 && refused.1 <= 1.0, "{seed}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_is_learned_at_every_quota() {
    // In the long run an eightieth of the window for two thousand calls.
    for (quota, least, most, used) in [
        ("5/1s", 20, 80, 0.92),
        ("10/1s", 20, 80, 0.93),
        ("100/1s", 20, 80, 0.94),
        ("50/1s", 20, 200, 0.88),
        ("5/1s", 20, 200, 0.82),
    ] {
        let calls = f64::from(windows(quota)[0].calls);
        let arrived = sent(quota, quota, Way::of_ms(least, most), 300).await;
        let share = arrived.rate(100, 300) / calls;
        assert!(share >= used, "{quota}, {least} to {most} ms: {share}");
        let refused = arrived.refused_per_mille(100, 300);
        assert!(refused <= 4.0, "{quota}, {least} to {most} ms: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_is_kept_and_used() {
    for (limit, calls, refused_most) in [
        ("40/1s", 40.0, 8.0),
        ("25/1s", 25.0, 10.0),
        ("5/1s", 5.0, 50.0),
    ] {
        let arrived = sent("50/1s", limit, Way::of_ms(5, 10), 100).await;
        let used = arrived.rate(0, 100) / calls;
        assert!(used >= 0.9, "{limit}: {used}");
        let refused = arrived.refused_per_mille(0, 100);
        assert!(refused <= refused_most, "{limit}: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_shared_the_quota_and_ends_is_noticed_within_ten_seconds() {
    for (end, least, most) in [(30, 5, 10), (32, 5, 10), (34, 20, 80), (36, 20, 80)] {
        let platform = Platform::new("50/1s", Way::of_ms(least, most));
        let gate = Arc::new(Gate::new(&windows("50/1s")));
        let other = Arc::clone(&platform);
        let zero = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep_until(zero + Duration::from_secs(10)).await;
            while zero.elapsed() < Duration::from_secs(end) {
                let platform = Arc::clone(&other);
                tokio::spawn(async move { platform.call(false).await });
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        });
        for caller in platform.send(&gate, "50/1s", 60) {
            caller.await.unwrap();
        }
        let arrived = platform.arrived();
        let beside = arrived.rate(12, end);
        assert!((15.0..32.0).contains(&beside), "{end}: {beside} beside");
        let back = (end..60).find(|second| arrived.rate(*second, second + 1) >= 45.0);
        assert!(back.is_some_and(|back| back <= end + 9), "{end}: {back:?}");
        let after = arrived.rate(end + 12, 60) / 50.0;
        assert!(after >= 0.91, "{end}: {after} after");
    }
}

#[tokio::test(start_paused = true)]
async fn one_stray_refusal_costs_at_most_three_percent_of_nine_hundred_calls() {
    let took = async |strays: bool| {
        let gate = Arc::new(Gate::new(&windows("50/1s")));
        let zero = Instant::now();
        for call in 0..900 {
            let passed = gate.acquire().await;
            if strays && call == 300 {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(80)).await;
                    let wait = Duration::from_millis(1_500);
                    assert_eq!(gate.throttled(passed, wait), Refused::ThisCall);
                });
            }
        }
        zero.elapsed()
    };
    let (without, with) = (took(false).await, took(true).await);
    assert!(with > without && with <= without.mul_f64(1.03), "{with:?}");
}

#[tokio::test(start_paused = true)]
async fn refusals_in_numbers_and_long_waits_stop_every_call() {
    let gate = Gate::new(&windows("50/1s,1000/60s"));
    let mut passed = Vec::new();
    for _ in 0..10 {
        passed.push(gate.acquire().await);
    }
    let second = Duration::from_millis(1_500);
    assert_eq!(gate.throttled(passed[6], second), Refused::ThisCall);
    assert_eq!(gate.throttled(passed[7], second), Refused::ThisCall);
    assert_eq!(gate.paused_until(), None);
    assert_eq!(gate.throttled(passed[8], second), Refused::EveryCall);
    assert_eq!(gate.paused_until(), Some(Instant::now() + second));
    // The last one had left before; it counts as those that began the pause.
    assert_eq!(gate.throttled(passed[9], second), Refused::ThisCall);
    let minute = Duration::from_millis(42_500);
    assert_eq!(gate.throttled(passed[9], minute), Refused::EveryCall);
    assert_eq!(gate.paused_until(), Some(Instant::now() + minute));
}
