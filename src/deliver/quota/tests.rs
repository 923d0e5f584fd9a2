//! The gate under paused time: every call is counted as a strict server would count it.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    clippy::unchecked_time_subtraction,
    reason = "the numbers of these tests are small and whole, and their times sorted"
)]

mod learning;
mod platform;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::*;

fn windows(text: &str) -> Vec<Window> {
    Quota::parse(text).unwrap().windows
}

/// Most calls in any sliding span `[t, t + span)`.
fn worst(times: &[Duration], span: Duration) -> usize {
    let mut first = 0;
    let mut worst = 0;
    for (last, time) in times.iter().enumerate() {
        while *time - times[first] >= span {
            first += 1;
        }
        worst = worst.max(last + 1 - first);
    }
    worst
}

fn assert_never_over(times: &[Duration], windows: &[Window]) {
    for window in windows {
        let worst = worst(times, window.span);
        assert!(
            worst <= window.calls as usize,
            "{worst} calls within {:?} of {window:?}",
            window.span
        );
    }
}

/// Sends through the gate from `callers` tasks, each taking `latency` per call, until `end`; gives the send times.
async fn sent_until(
    gate: Arc<Gate>,
    callers: usize,
    latency: Duration,
    end: Duration,
) -> Vec<Duration> {
    let zero = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while zero.elapsed() < end
                    && tokio::time::timeout_at(zero + end, gate.acquire())
                        .await
                        .is_ok()
                {
                    times.push(zero.elapsed());
                    tokio::time::sleep(latency).await;
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_unstable();
    times
}

#[tokio::test(start_paused = true)]
async fn two_windows_hold_for_ten_minutes_and_are_used_up() {
    let both = windows("50/1s,1000/60s");
    let callers = calls_in_flight(&both);
    let end = Duration::from_mins(10);
    let times = sent_until(
        Arc::new(Gate::new(&both)),
        callers,
        Duration::from_secs(2),
        end,
    )
    .await;
    assert_never_over(&times, &both);
    let allowed = 10_000.0;
    assert!(
        times.len() as f64 >= 0.98 * allowed,
        "{} of {allowed}",
        times.len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_window_of_one_second_is_filled_evenly() {
    for (text, calls) in [("5/1s", 5), ("10/1s", 10), ("50/1s", 50), ("100/1s", 100)] {
        let window = windows(text);
        let seconds = 60;
        let gate = Arc::new(Gate::new(&window));
        let latency = Duration::from_secs(1);
        let times = sent_until(gate, 128, latency, Duration::from_secs(seconds)).await;
        assert_never_over(&times, &window);
        let allowed = (calls * seconds) as f64;
        assert!(
            times.len() as f64 >= 0.98 * allowed,
            "{text}: {}",
            times.len()
        );
        // What a pacer lets a late call make up for is half of the spacing at most, and timers are late themselves.
        let least = Duration::from_secs(1) / calls as u32 / 2 - Duration::from_millis(1);
        let closest = times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .min()
            .unwrap();
        assert!(closest >= least, "{text}: two calls within {closest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_faster_than_the_timers_is_used_up_too() {
    for (text, calls) in [("500/1s", 500), ("1000/1s", 1_000), ("5000/1s", 5_000)] {
        let window = windows(text);
        let gate = Arc::new(Gate::new(&window));
        let latency = Duration::from_millis(1);
        let times = sent_until(gate, 64, latency, Duration::from_secs(10)).await;
        assert_never_over(&times, &window);
        assert!(
            times.len() as f64 >= 0.98 * f64::from(calls * 10),
            "{text}: {}",
            times.len()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_quota_no_call_waits() {
    let gate = Gate::new(&[]);
    // Between two ticks of a timer, where one would wait for the next.
    tokio::time::advance(Duration::from_micros(300)).await;
    let zero = Instant::now();
    for _ in 0..1_000 {
        gate.acquire().await;
    }
    assert_eq!(zero.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_small_job_does_not_wait_for_a_long_window() {
    let both = windows("50/1s,1000/60s");
    for window in [both, windows("1000/60s")] {
        let gate = Gate::new(&window);
        let zero = Instant::now();
        for _ in 0..300 {
            gate.acquire().await;
        }
        assert!(
            zero.elapsed() <= Duration::from_millis(6_200),
            "{:?}",
            zero.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_windows_hold_nothing_back() {
    let gate = Gate::new(&[]);
    let zero = Instant::now();
    for _ in 0..10_000 {
        gate.acquire().await;
    }
    assert_eq!(zero.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_pause_stops_all_callers_and_the_next_call_is_not_early() {
    for text in ["50/1s", "none"] {
        let gate = Arc::new(Gate::new(&windows(text)));
        let pauser = Arc::clone(&gate);
        let zero = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1_990)).await;
            pauser.pause(Duration::from_secs(17));
        });
        let latency = Duration::from_millis(100);
        let times = sent_until(Arc::clone(&gate), 16, latency, Duration::from_secs(30)).await;
        let silence = Duration::from_millis(1_990)..Duration::from_millis(18_990);
        assert!(times.iter().all(|time| !silence.contains(time)), "{text}");
        assert!(times.iter().any(|time| *time < silence.start), "{text}");
        assert!(times.iter().any(|time| *time > silence.end), "{text}");
        assert!(gate.paused_until().is_none());
        assert!(zero.elapsed() >= Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn a_shorter_pause_never_shortens_a_longer_one() {
    let gate = Gate::new(&windows("50/1s"));
    let zero = Instant::now();
    gate.pause(Duration::from_secs(20));
    gate.pause(Duration::from_secs(1));
    assert_eq!(gate.paused_until(), Some(zero + Duration::from_secs(20)));
    gate.acquire().await;
    assert!(zero.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_grows_while_callers_sleep_is_kept_whole() {
    let gate = Arc::new(Gate::new(&windows("50/1s")));
    let zero = Instant::now();
    gate.pause(Duration::from_secs(5));
    let waiter = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await;
            zero.elapsed()
        }
    });
    tokio::time::sleep(Duration::from_secs(4)).await;
    gate.pause(Duration::from_secs(10));
    assert!(waiter.await.unwrap() >= Duration::from_secs(14));
}

#[tokio::test(start_paused = true)]
async fn a_mad_pause_is_cut_to_an_hour() {
    let gate = Gate::new(&[]);
    let zero = Instant::now();
    gate.pause(Duration::MAX);
    assert_eq!(gate.paused_until(), Some(zero + PAUSE_MAX));
}

#[tokio::test(start_paused = true)]
async fn waits_that_are_given_up_take_no_slot() {
    let window = windows("5/1s");
    let gate = Arc::new(Gate::new(&window));
    gate.acquire().await;
    let zero = Instant::now();
    let given_up: Vec<_> = (0..100)
        .map(|_| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                tokio::time::timeout(Duration::from_millis(50), gate.acquire()).await
            })
        })
        .collect();
    for wait in given_up {
        assert!(wait.await.unwrap().is_err());
    }
    gate.acquire().await;
    let spacing = Duration::from_millis(204);
    assert!(
        zero.elapsed() <= spacing + Duration::from_millis(1),
        "{:?}",
        zero.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn callers_pass_in_the_order_in_which_they_asked() {
    let gate = Arc::new(Gate::new(&windows("10/1s")));
    let (order, mut passed) = tokio::sync::mpsc::unbounded_channel();
    for caller in 0..40 {
        let (gate, order) = (Arc::clone(&gate), order.clone());
        tokio::spawn(async move {
            gate.acquire().await;
            order.send(caller).unwrap();
        });
        tokio::task::yield_now().await;
    }
    for caller in 0..40 {
        assert_eq!(passed.recv().await, Some(caller));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_gate_counts_what_the_last_process_may_have_sent() {
    let both = windows("50/1s,1000/60s");
    for (idle, least) in [(0, 60), (45, 15), (3_600, 0)] {
        let gate = Gate::new(&both);
        gate.assume_filled(Duration::from_secs(idle));
        let zero = Instant::now();
        gate.acquire().await;
        let waited = zero.elapsed();
        assert!(waited >= Duration::from_secs(least), "{idle}: {waited:?}");
        assert!(
            waited <= Duration::from_secs(least + 1),
            "{idle}: {waited:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_windows_and_no_arrivals_make_the_gate_send_too_much(
        limits in prop::collection::vec((1_u32..60, 1_u64..20_000), 1..4),
        thinking_ms in prop::collection::vec(0_u64..700, 1..12),
        pause in prop::option::of((0_u64..5_000, 0_u64..5_000)),
        given_up_after_ms in prop::option::of(1_u64..300),
    ) {
        let windows: Vec<Window> = limits
            .into_iter()
            .map(|(calls, span)| Window { calls, span: Duration::from_millis(span) })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let times = runtime.block_on(async {
            let gate = Arc::new(Gate::new(&windows));
            let zero = Instant::now();
            let end = zero + Duration::from_mins(1);
            if let Some((after, wait)) = pause {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(after)).await;
                    gate.pause(Duration::from_millis(wait));
                });
            }
            let (sent, mut times) = tokio::sync::mpsc::unbounded_channel();
            for (caller, thinking) in thinking_ms.into_iter().enumerate() {
                let (gate, sent) = (Arc::clone(&gate), sent.clone());
                // Every third caller gives up early, again and again.
                let patience = given_up_after_ms.filter(|_| caller % 3 == 2);
                tokio::spawn(async move {
                    while Instant::now() < end {
                        let until = patience.map_or(end, |ms| Instant::now() + Duration::from_millis(ms));
                        if tokio::time::timeout_at(until, gate.acquire()).await.is_ok() {
                            sent.send(zero.elapsed()).unwrap();
                        }
                        tokio::time::sleep(Duration::from_millis(thinking + 1)).await;
                    }
                });
            }
            drop(sent);
            let mut all = Vec::new();
            while let Some(time) = times.recv().await {
                all.push(time);
            }
            all
        });
        prop_assert!(!times.is_empty());
        assert_never_over(&times, &windows);
    }

    #[test]
    fn the_floor_is_never_above_what_filling_every_window_at_once_takes(
        limits in prop::collection::vec((1_u32..30, 1_u64..20), 1..4),
        calls in 1_usize..300,
    ) {
        let windows: Vec<Window> = limits
            .into_iter()
            .map(|(calls, span)| Window { calls, span: Duration::from_secs(span) })
            .collect();
        let mut times: Vec<u64> = Vec::new();
        for call in 0..calls {
            let earliest = windows.iter().filter_map(|window| {
                let fellow = call.checked_sub(window.calls as usize)?;
                Some(times[fellow] + window.span.as_secs())
            });
            times.push(earliest.max().unwrap_or(0));
        }
        let floor = floor(&windows, calls as u64);
        prop_assert!(floor.seconds <= *times.last().unwrap() as f64);
        if let [only] = windows.as_slice() {
            prop_assert_eq!(floor.seconds, *times.last().unwrap() as f64);
            prop_assert_eq!(floor.binds, (floor.seconds > 0.0).then_some(*only));
        }
    }

    #[test]
    fn a_quota_reads_back_as_it_is_written(
        limits in prop::collection::vec((1_u32..=100_000, 1_u64..=86_400), 0..4),
    ) {
        let quota = Quota {
            windows: limits
                .into_iter()
                .map(|(calls, span)| Window { calls, span: Duration::from_secs(span) })
                .collect(),
        };
        prop_assert_eq!(Quota::parse(&quota.to_string()).unwrap(), quota);
    }

    #[test]
    fn no_text_makes_the_quota_panic(text in "\\PC{0,40}") {
        if let Ok(quota) = Quota::parse(&text) {
            prop_assert!(quota.windows.iter().all(|window| window.calls > 0 && !window.span.is_zero()));
        }
    }
}

#[test]
fn the_floor_names_the_window_that_binds() {
    let both = windows("50/1s,1000/60s");
    let binding = |calls| {
        let floor = floor(&both, calls);
        (floor.seconds, floor.binds.map(|window| window.calls))
    };
    assert_eq!(binding(0), (0.0, None));
    assert_eq!(binding(50), (0.0, None));
    assert_eq!(binding(51), (1.0, Some(50)));
    assert_eq!(binding(1_000), (19.0, Some(50)));
    assert_eq!(binding(1_001), (60.0, Some(1_000)));
    assert_eq!(binding(2_100), (121.0, Some(1_000)));
    assert_eq!(floor(&[], 1_000_000).seconds, 0.0);
}

#[test]
fn calls_in_flight_keep_the_quota_busy_at_two_seconds() {
    assert_eq!(calls_in_flight(&windows("5/1s")), 12);
    assert_eq!(calls_in_flight(&windows("10/1s")), 22);
    assert_eq!(calls_in_flight(&windows("50/1s")), 101);
    assert_eq!(calls_in_flight(&windows("50/1s,1000/60s")), 101);
    assert_eq!(calls_in_flight(&windows("100/1s")), CALLS_IN_FLIGHT_MAX);
    assert_eq!(calls_in_flight(&windows("100000/1s")), CALLS_IN_FLIGHT_MAX);
    assert_eq!(calls_in_flight(&[]), CALLS_IN_FLIGHT_MAX);
}

#[test]
fn a_mistyped_quota_is_refused_with_its_part_and_the_rule() {
    for text in [
        "",
        "50",
        "50/",
        "/1s",
        "50/1",
        "50/1m",
        "0/1s",
        "-5/1s",
        "+5/1s",
        "NaN/1s",
        "1e3/1s",
        "5.5/1s",
        "50/0s",
        "50/-1s",
        "50/1.5s",
        "50/1s,",
        "50/1s;5/2s",
        "100001/1s",
        "1/86401s",
        "None",
        "99999999999999999999/1s",
        "none,5/1s",
        "\u{ff15}/1s",
        "1/1s,1/1s,1/1s,1/1s,1/1s,1/1s,1/1s,1/1s,1/1s",
    ] {
        let refusal = Quota::parse(text).unwrap_err();
        assert!(refusal.hint.is_some(), "{text}");
    }
    assert_eq!(
        Quota::parse("50/1s,1000/1m").unwrap_err().to_string(),
        "error: the quota `50/1s,1000/1m` cannot be used\n  \
         `1000/1m`: the time must end in `s`, in seconds: 60s, not 1m or 60\n\
         hint: write calls/seconds, for example 100/1s or 50/1s,1000/60s"
    );
}
