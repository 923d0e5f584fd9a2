//! Halts whose cause is on this side: no connection, a part of the program that fails, reports that cannot be written, the user.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feishu_bulk::control::Control;
use feishu_bulk::deliver::quota::CALLS_IN_FLIGHT_MAX;
use feishu_bulk::error::Exit;
use feishu_bulk::event::{Event, Observer, Silent};
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{Endpoint, Fault, FaultPlan, When};
use feishu_bulk::store::StoreError;

use super::clock::fast;
use super::trial::{Trial, in_short, mark};
use crate::support::Method;
use crate::support::ran::Said;

const ITEMS: usize = 24;

#[test]
fn where_nobody_listens_everything_stays_pending() {
    fast(async {
        let mut trial = Trial::new(Method::Shifts, ITEMS, FaultPlan::new()).await;
        trial.base = Some("http://127.0.0.1:1".to_owned());
        let ended = trial.run(&Control::default()).await;
        assert_eq!(in_short(&ended), "halted 24p");
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
        trial.base = None;
        let ended = trial.resume(&Control::default()).await;
        assert_eq!(in_short(&ended), "24s");
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
    });
}

#[test]
fn a_call_that_reaches_nobody_is_not_counted_as_sent() {
    fast(async {
        let mut trial = Trial::new(Method::Shifts, ITEMS, FaultPlan::new()).await;
        trial.base = Some("http://127.0.0.1:1".to_owned());
        trial.has_token = true;
        let ended = trial.run(&Control::default()).await;
        assert_eq!(in_short(&ended), "halted 24p");
        assert_eq!(
            (ended.summary.calls.sent, ended.summary.calls.resent),
            (0, 0)
        );
        assert!(ended.summary.quota_floor_seconds.abs() < f64::EPSILON);
        let read = trial.open().ledger().each_line(|line| {
            let reason = line.outcome.reason;
            assert!(reason.starts_with("not sent: "), "{reason}");
            assert_eq!(line.outcome.attempts, 0);
            Ok::<(), StoreError>(())
        });
        read.unwrap();
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
        trial.base = None;
        let ended = trial.resume(&Control::default()).await;
        assert_eq!(in_short(&ended), "24s");
        assert_eq!(
            (ended.summary.calls.sent, ended.summary.calls.resent),
            (6, 0)
        );
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
    });
}

#[test]
fn a_permission_that_is_given_after_many_resumes_lets_everything_be_sent() {
    fast(async {
        let denied = Fault::answer(400, 99_991_672, "Access denied");
        let plan = FaultPlan::new().on(When::chance(1.0).times(8), denied);
        let trial = Trial::new(Method::Punches, ITEMS, plan).await;
        let mut ended = trial.run(&Control::default()).await;
        for _ in 0..7 {
            assert_eq!(in_short(&ended), "halted 24p");
            ended = trial.resume(&Control::default()).await;
        }
        assert_eq!(in_short(&ended), "halted 24p");
        ended = trial.resume(&Control::default()).await;
        assert_eq!(in_short(&ended), "24s");
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
    });
}

/// Fails once, in the midst of sending.
struct Fails(AtomicBool);

impl Observer for Fails {
    fn see(&self, event: &Event) {
        let fails =
            matches!(event, Event::CallSent { .. }) && !self.0.swap(true, Ordering::Relaxed);
        assert!(!fails, "on purpose");
    }
}

#[test]
fn a_part_of_the_program_that_fails_halts_the_run_and_the_rest_is_recorded() {
    for method in Method::ALL {
        fast(async {
            let mut trial = Trial::new(method, ITEMS, FaultPlan::new()).await;
            trial.observer = Arc::new(Fails(AtomicBool::new(false)));
            let ended = trial.run(&Control::default()).await;
            assert_eq!(
                (ended.state, ended.tally.unconfirmed),
                (RunState::Halted, 4)
            );
            assert_eq!(trial.complaints(&ended), Vec::<String>::new());
            let ended = trial.resume(&Control::default()).await;
            assert_eq!(in_short(&ended), "24s");
            assert_eq!(trial.complaints(&ended), Vec::<String>::new());
        });
    }
}

/// Moves the run's folder away in the midst of sending.
struct Moves {
    from: PathBuf,
    to: PathBuf,
}

impl Observer for Moves {
    fn see(&self, event: &Event) {
        if matches!(event, Event::CallSent { .. }) && self.from.exists() {
            fs::rename(&self.from, &self.to).unwrap();
        }
    }
}

/// What goes into a file that nobody can find again is lost.
#[test]
fn a_run_whose_folder_is_moved_away_makes_no_further_call_and_goes_on_when_it_is_back() {
    const MANY: usize = 800;
    fast(async {
        let mut trial = Trial::new(Method::Shifts, MANY, FaultPlan::new()).await;
        let (from, to) = (
            trial.run_folder(),
            trial.run_folder().with_extension("away"),
        );
        trial.observer = Arc::new(Moves {
            from: from.clone(),
            to: to.clone(),
        });
        let refusal = trial.try_run(&Control::default()).await.unwrap_err();
        assert_eq!(refusal.exit, Exit::Halted);
        let text = refusal.to_string();
        assert!(text.contains("was removed, moved or replaced"), "{text}");
        assert!(text.contains("put the folder back"), "{text}");
        let calls = trial.record().calls.into_iter();
        let calls = calls.filter(|call| call.endpoint != Endpoint::Token);
        let calls = calls.count();
        assert!(calls <= CALLS_IN_FLIGHT_MAX, "{calls}");
        fs::rename(&to, &from).unwrap();
        trial.observer = Arc::new(Silent);
        let ended = trial.resume(&Control::default()).await;
        assert_eq!(in_short(&ended), "800s");
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
    });
}

#[test]
fn reports_that_cannot_be_written_are_mended_by_report() {
    fast(async {
        let trial = Trial::new(Method::Shifts, ITEMS, FaultPlan::new()).await;
        drop(trial.stage().await);
        let in_the_way = trial.run_folder().join("success.csv");
        fs::remove_file(&in_the_way).unwrap();
        fs::create_dir(&in_the_way).unwrap();
        let said = trial.feishu(&["resume", "last"]).await;
        assert_eq!(said.exit, 3, "{}", said.stderr);
        assert!(
            said.stderr.contains("could not be written"),
            "{}",
            said.stderr
        );
        assert!(said.stderr.contains("nothing is lost"), "{}", said.stderr);
        fs::remove_dir(&in_the_way).unwrap();
        let said = trial.feishu(&["report", "last"]).await;
        assert_eq!(said.exit, 0, "{}", said.stderr);
        let said = trial.feishu(&["resume", "last"]).await;
        let calls = trial.record().calls.len();
        assert_eq!(trial.complaints_after(&said), Vec::<String>::new());
        assert_eq!(trial.record().calls.len(), calls);
    });
}

/// Starts a run whose fourth batch hangs, and interrupts it so often when it does.
async fn interrupted(times: u32) -> (Trial, Said) {
    let hangs = Fault::late(Duration::from_mins(2));
    let plan = FaultPlan::new().on(When::item(mark(Method::Shifts, 14)).times(1), hangs);
    let trial = Trial::new(Method::Shifts, ITEMS, plan).await;
    drop(trial.stage().await);
    let mut command = trial.program();
    command
        .args(["resume", "last"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while trial.record().calls.len() < 6 {
        tokio::task::yield_now().await;
    }
    let ended = tokio::task::spawn_blocking(move || {
        for _ in 0..times {
            std::thread::sleep(Duration::from_millis(100));
            let pid = child.id().to_string();
            let killed = Command::new("kill").args(["-INT", &pid]).status();
            assert!(killed.unwrap().success());
        }
        child.wait_with_output().unwrap()
    });
    let output = ended.await.unwrap();
    let said = Said::new(output.status.code(), &output.stdout, &output.stderr);
    (trial, said)
}

#[test]
fn the_second_interruption_ends_the_call_in_flight_too_and_its_items_are_unconfirmed() {
    fast(async {
        let (trial, said) = Box::pin(interrupted(2)).await;
        assert_eq!(said.exit, 130, "{}", said.stderr);
        assert!(said.stderr.contains("4 unconfirmed"), "{}", said.stderr);
        assert_eq!(trial.complaints_after(&said), Vec::<String>::new());
        let said = trial.feishu(&["resume", "last"]).await;
        assert!(said.stderr.contains("records 13-16"), "{}", said.stderr);
        assert_eq!((said.exit, trial.complaints_after(&said)), (0, Vec::new()));
    });
}
