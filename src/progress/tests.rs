//! The fold against numbers worked out by hand.

use super::*;
use crate::model::{BatchId, CallResult, Notice, RunState};
use crate::text::Text;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn tally(succeeded: u64, pending: u64) -> Tally {
    Tally {
        read: succeeded + pending + 10,
        succeeded,
        rejected: 10,
        pending,
        ..Tally::default()
    }
}

fn started(batches: u64, floor_seconds: f64, tally: Tally) -> Event {
    Event::DeliveryStarted {
        run: "run".to_owned(),
        batches,
        floor_seconds,
        tally,
    }
}

fn settled(tally: Tally) -> Event {
    let batch = BatchId(1);
    Event::BatchSettled { batch, tally }
}

fn sent(attempt: u64) -> Event {
    Event::CallSent {
        batch: BatchId(1),
        attempt,
        items: 50,
    }
}

fn ended(result: CallResult) -> Event {
    Event::CallEnded {
        batch: BatchId(1),
        result,
        status: Some(200),
        code: None,
        log_id: None,
        elapsed_ms: 40,
    }
}

fn folded(events: &[(f64, Event)]) -> Progress {
    let mut progress = Progress::default();
    for (at, event) in events {
        progress.see(event, seconds(*at));
    }
    progress
}

#[test]
fn the_time_left_is_the_quotas_or_that_of_a_slower_pace() {
    let left = |floor_seconds| {
        let events = [
            (0.0, started(2, floor_seconds, tally(0, 1000))),
            (20.0, settled(tally(500, 500))),
        ];
        folded(&events).snapshot(seconds(20.0)).left.unwrap()
    };
    let by = |seconds, by| TimeLeft { seconds, by };
    assert_eq!(left(40.0), by(20.0, TimeLeftBy::Quota));
    // Within a tenth of the quota's pace.
    assert_eq!(left(37.0), by(18.5, TimeLeftBy::Quota));
    assert_eq!(left(4.0), by(20.0, TimeLeftBy::Pace));
    assert_eq!(left(0.0), by(20.0, TimeLeftBy::Pace));
}

#[test]
fn a_resumed_run_counts_all_items_and_its_own_pace_only() {
    let events = [
        (5.0, started(1, 0.0, tally(600, 400))),
        (9.0, settled(tally(800, 200))),
    ];
    let now = folded(&events).snapshot(seconds(15.0));
    assert_eq!((now.items, now.items_done), (1000, 800));
    assert!((now.items_per_second - 20.0).abs() < 1e-9);
    assert!((now.left.unwrap().seconds - 10.0).abs() < 1e-9);
}

#[test]
fn before_the_first_outcome_the_time_left_is_the_quotas() {
    let now = folded(&[(0.0, started(4, 8.0, tally(0, 200)))]).snapshot(seconds(2.0));
    let quota = TimeLeftBy::Quota;
    assert_eq!(
        now.left,
        Some(TimeLeft {
            seconds: 8.0,
            by: quota
        })
    );
}

#[test]
fn calls_are_counted_by_kind_and_those_of_the_last_second_on_their_own() {
    let events = [
        (0.0, sent(1)),
        (0.2, sent(1)),
        (0.9, ended(CallResult::Wait)),
        (1.0, sent(2)),
        (1.1, ended(CallResult::Read)),
    ];
    let progress = folded(&events);
    let now = progress.snapshot(seconds(1.1));
    let calls = Calls {
        sent: 3,
        resent: 1,
        throttled: 1,
        in_flight: 1,
    };
    assert_eq!((now.calls, now.calls_last_second), (calls, 2));
    assert_eq!(progress.snapshot(seconds(2.5)).calls_last_second, 0);
}

#[test]
fn the_phase_is_what_the_run_does() {
    let mut progress = Progress::default();
    let mut phase = |at, event: &Event| {
        progress.see(event, seconds(at));
        progress.snapshot(seconds(at)).phase
    };
    let input = String::new();
    let check = Event::CheckStarted {
        input,
        bytes_total: 9,
    };
    assert_eq!(phase(0.0, &check), Phase::Checking);
    assert_eq!(phase(1.0, &started(2, 0.0, tally(0, 9))), Phase::Sending);
    let pause = Event::Paused { seconds: 3.0 };
    assert_eq!(phase(2.0, &pause), Phase::Waiting);
    assert_eq!(phase(5.1, &sent(1)), Phase::Sending);
    let held = Event::Held {
        seconds: 0.0,
        next_seconds: 1.0,
        seconds_max: 60.0,
        why: Text::plain(""),
    };
    assert_eq!(phase(6.0, &held), Phase::Waiting);
    assert_eq!(
        phase(9.0, &Event::HoldEnded { seconds: 3.0 }),
        Phase::Sending
    );
    let halting = Event::Halting {
        why: Text::plain(""),
        in_flight: 1,
    };
    assert_eq!(phase(10.0, &halting), Phase::Stopping);
    let end = Event::RunEnded {
        state: RunState::Interrupted,
        tally: tally(0, 9),
    };
    assert_eq!(phase(11.0, &end), Phase::Ended);
}

#[test]
fn a_wait_that_ends_with_one_already_told_is_not_told_again() {
    let mut progress = Progress::default();
    let wait = |seconds| Event::Waiting {
        why: Text::plain(""),
        seconds,
    };
    assert!(progress.see(&wait(60.0), seconds(0.0)));
    assert!(!progress.see(&wait(60.0), seconds(2.0)));
    assert!(progress.see(&wait(60.0), seconds(4.0)));
    assert!(!progress.see(&Event::Paused { seconds: 60.0 }, seconds(4.0)));
    // A short one is told without its end.
    assert!(progress.see(&Event::Paused { seconds: 1.0 }, seconds(4.0)));
    assert!(!progress.see(&sent(1), seconds(5.0)));
}

#[test]
fn the_last_notable_events_are_kept_and_waits_of_one_kind_are_one() {
    let notice = |what: &str| Event::Noticed {
        notice: Notice::new("test.notice", what),
    };
    let mut progress = Progress::default();
    for (at, what) in [(0.0, "1"), (1.0, "2"), (2.0, "3"), (3.0, "4"), (4.0, "5")] {
        progress.see(&notice(what), seconds(at));
    }
    for at in [5.0, 6.0, 7.0] {
        progress.see(&Event::Paused { seconds: 1.0 }, seconds(at));
    }
    let kept = progress.snapshot(seconds(8.0)).notable;
    let times: Vec<f64> = kept.iter().map(|kept| kept.at.as_secs_f64()).collect();
    assert_eq!(times, [1.0, 2.0, 3.0, 4.0, 7.0]);
}
