//! What `resume` goes on with, and what it refuses.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feishu_bulk::control::Control;
use feishu_bulk::event::{Event, Observer};
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{Fault, FaultPlan, When};
use rusqlite::Connection;
use tokio::sync::Notify;

use super::clock::fast;
use super::trial::{BATCH, Trial, in_short, mark};
use crate::support::Method;
use crate::support::ran::Said;

const ITEMS: usize = 24;

/// A run that halted in the middle, because a scope was missing.
async fn halted(method: Method) -> Trial {
    let missing = Fault::answer(400, 1_220_006, "no permission");
    let plan = FaultPlan::new().on(When::item(mark(method, 6)).times(1), missing);
    let trial = Trial::new(method, ITEMS, plan).await;
    let ended = trial.run(&Control::default()).await;
    assert_eq!(ended.state, RunState::Halted);
    trial
}

/// Changes what the run store says the run is. `path` is where in the JSON, such as `$.platform.host`.
fn note(folder: &Path, path: &str, value: &str) {
    let store = Connection::open(folder.join("run.db")).unwrap();
    let changed = store.execute(
        "UPDATE meta SET value = json_set(value, ?, ?) WHERE name = 'facts'",
        [path, value],
    );
    assert_eq!(changed.unwrap(), 1);
}

/// `resume` was refused: exit code 2, and nothing was sent.
fn refused(trial: &Trial, calls: usize, said: &Said, because: &str) {
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert!(said.stderr.contains(because), "{}", said.stderr);
    assert_eq!(trial.record().calls.len(), calls);
}

#[test]
fn a_halted_run_is_finished_by_resume() {
    for method in Method::ALL {
        fast(async {
            let trial = halted(method).await;
            let said = trial.feishu(&["resume", "last"]).await;
            assert_eq!(said.exit, 0, "{}", said.stderr);
            assert_eq!(trial.complaints_after(&said), Vec::<String>::new());
        });
    }
}

#[test]
fn a_finished_run_calls_nobody() {
    fast(async {
        let trial = Trial::new(Method::Shifts, ITEMS, FaultPlan::new()).await;
        trial.run(&Control::default()).await;
        let calls = trial.record().calls.len();
        let said = trial.feishu(&["resume", "last", "--json"]).await;
        assert_eq!(
            (said.exit, said.json()["state"].as_str()),
            (0, Some("finished"))
        );
        assert_eq!(trial.record().calls.len(), calls);
    });
}

/// Says when the last batch is settled.
struct LastOutcome(Notify);

impl Observer for LastOutcome {
    fn see(&self, event: &Event) {
        if let Event::BatchSettled { tally, .. } = event
            && tally.pending == 0
        {
            self.0.notify_one();
        }
    }
}

#[test]
fn a_run_killed_between_its_last_outcome_and_its_reports_is_ended_by_resume() {
    fast(async {
        let watch = Arc::new(LastOutcome(Notify::new()));
        let mut trial = Trial::new(Method::Shifts, ITEMS, FaultPlan::new()).await;
        trial.observer = Arc::clone(&watch) as Arc<dyn Observer>;
        let control = Control::default();
        tokio::select! {
            biased;
            () = watch.0.notified() => {}
            _ = trial.run(&control) => panic!("it was not killed"),
        }
        while Arc::strong_count(&watch) > 2 {
            tokio::task::yield_now().await;
        }
        let calls = trial.record().calls.len();
        assert!(!trial.run_folder().join("summary.json").exists());
        let said = trial.feishu(&["resume", "last"]).await;
        assert_eq!(trial.complaints_after(&said), Vec::<String>::new());
        assert_eq!((said.exit, trial.record().calls.len()), (0, calls));
    });
}

#[test]
fn a_changed_job_is_not_resumed() {
    fast(async {
        let trial = halted(Method::Shifts).await;
        let calls = trial.record().calls.len();
        let text = std::fs::read_to_string(trial.job()).unwrap();
        std::fs::write(trial.job(), text.replace("dd31248a", "dd31248b")).unwrap();
        let said = trial.feishu(&["resume", "last"]).await;
        refused(&trial, calls, &said, "has changed since the run");
    });
}

#[test]
fn a_run_of_yesterday_is_resumed_only_when_asked_to() {
    fast(async {
        let trial = halted(Method::Shifts).await;
        let calls = trial.record().calls.len();
        note(&trial.run_folder(), "$.started_at", "2026-01-01T00:00:00Z");
        let said = trial.feishu(&["resume", "last"]).await;
        refused(&trial, calls, &said, "more than a day ago");
        let said = trial.feishu(&["resume", "last", "--yes"]).await;
        assert_eq!(said.exit, 0, "{}", said.stderr);
    });
}

#[test]
fn a_run_of_another_host_is_not_resumed() {
    fast(async {
        let trial = halted(Method::Shifts).await;
        let calls = trial.record().calls.len();
        note(&trial.run_folder(), "$.platform.host", "open.feishu.cn");
        let said = trial.feishu(&["resume", "last"]).await;
        refused(&trial, calls, &said, "went to open.feishu.cn");
    });
}

#[test]
fn of_many_processes_that_resume_one_run_at_once_one_proceeds() {
    fast(async {
        let trial = halted(Method::Shifts).await;
        let calls = trial.record().calls.len();
        let rush = (0..8).map(|_| trial.feishu(&["resume", "last"]));
        let mut exits = Vec::new();
        let mut said = Vec::new();
        for ended in join_all(rush).await {
            exits.push(ended.exit);
            said.push(ended.stderr);
        }
        let record = trial.record();
        let more = record.calls.iter().skip(calls);
        let sent = more.filter(|call| call.keys.len() == BATCH).count();
        exits.sort_unstable();
        // Whoever comes after the first has ended finds the run finished.
        assert!(exits.iter().all(|exit| [0, 2].contains(exit)), "{said:#?}");
        assert!(exits.contains(&0), "{said:#?}");
        let pending = ITEMS / BATCH - calls_answered(&trial, calls);
        assert_eq!(sent, pending, "{said:#?}");
    });
}

/// Batches that had succeeded when so many calls had been made.
fn calls_answered(trial: &Trial, calls: usize) -> usize {
    let made = trial.record().calls.into_iter().take(calls);
    made.filter(|call| call.code == Some(0) && !call.keys.is_empty())
        .count()
}

async fn join_all<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut ended: Vec<Option<T>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, ended) in all.iter_mut().zip(&mut ended) {
            if ended.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *ended = Some(value);
            }
        }
        if ended.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    ended.into_iter().flatten().collect()
}

#[test]
fn a_pause_that_the_platform_asked_for_is_kept_by_the_next_process() {
    fast(async {
        let throttled = Fault::throttle(Some("2"));
        let plan = FaultPlan::new().on(When::item(mark(Method::Shifts, 6)).times(1), throttled);
        let trial = Trial::new(Method::Shifts, ITEMS, plan).await;
        let control = Control::default();
        let paused = Arc::new(Interrupts(control.clone()));
        let mut trial = trial;
        trial.observer = paused;
        let ended = trial.run(&control).await;
        assert_eq!(ended.state, RunState::Interrupted, "{}", in_short(&ended));
        let began = Instant::now();
        let said = trial.feishu(&["resume", "last"]).await;
        assert_eq!(said.exit, 0, "{}", said.stderr);
        // Asked for were 2 s; some of them went by before the process began.
        assert!(began.elapsed() > Duration::from_millis(1_500));
        assert_eq!(trial.complaints_after(&said), Vec::<String>::new());
    });
}

/// Interrupts the run as soon as the platform asks for a pause.
struct Interrupts(Control);

impl Observer for Interrupts {
    fn see(&self, event: &Event) {
        if let Event::Paused { .. } = event {
            self.0.interrupt();
        }
    }
}
