//! What was sent is read back from the sandbox's own world: as sent, changed by somebody, cleared, unread. The verdicts stay.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feishu_bulk::control::Control;
use feishu_bulk::error::Exit;
use feishu_bulk::event::{Event, Observer};
use feishu_bulk::model::{Evidence, EvidenceCounts, Outcome, RunState};
use feishu_bulk::sandbox::{
    Apply, Change, Endpoint, Fault, FaultPlan, Harm, ListEdit, PlanRow, PlanRowKey, ReadEdit,
    RecordKey, SandboxOptions, Shift, ShiftKey, When,
};
use feishu_bulk::store::StoreError;
use feishu_bulk::verify::Verified;
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock::fast;
use super::trial::{Trial, mark};
use crate::support::Method;
use crate::support::files;

/// The day of an item of a trial.
fn key(number: usize) -> ShiftKey {
    ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: mark(Method::Shifts, number),
        month: 202_611,
        day_no: 3,
    }
}

fn shift(id: &str) -> Shift {
    Shift {
        group_id: "g1".to_owned(),
        shift_id: id.to_owned(),
        is_clear_schedule: false,
    }
}

async fn sent(items: usize, faults: FaultPlan) -> Trial {
    let trial = Trial::new(Method::Shifts, items, faults).await;
    trial.run(&Control::default()).await;
    trial
}

/// Faults of the read alone.
fn of_read(when: When, fault: Fault) -> FaultPlan {
    FaultPlan::new().on(when.at(Endpoint::DaysQuery), fault)
}

/// Calls of the read.
fn reads(trial: &Trial) -> usize {
    let calls = trial.record().calls;
    let reads = calls.iter();
    reads
        .filter(|call| call.endpoint == Endpoint::DaysQuery)
        .count()
}

async fn verified(trial: &Trial) -> Verified {
    trial.verify(&Control::default()).await.unwrap()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "as a verification has them, which may be none"
)]
fn counts(
    as_sent: u64,
    other: u64,
    absent: u64,
    unreadable: u64,
    not_asked: u64,
) -> Option<EvidenceCounts> {
    Some(EvidenceCounts {
        as_sent,
        other,
        absent,
        unreadable,
        not_asked,
    })
}

/// Record, outcome and evidence of each item, as the run store shows them.
fn lines(trial: &Trial) -> Vec<(u64, Outcome, Option<Evidence>)> {
    let mut lines = Vec::new();
    let opened = trial.open();
    let each = opened.ledger().each_line(|line| {
        let found = line.outcome.read_back.map(|found| found.evidence);
        lines.push((line.place.record(), line.outcome.outcome, found));
        Ok::<(), StoreError>(())
    });
    each.unwrap();
    lines
}

/// The letters of all verdicts, as they were stored.
fn verdicts(trial: &Trial) -> Vec<Option<String>> {
    let store = Connection::open(trial.run_folder().join("run.db")).unwrap();
    let mut letters = store
        .prepare("SELECT outcomes FROM batch ORDER BY id")
        .unwrap();
    let letters = letters.query_map([], |row| row.get(0)).unwrap();
    letters.map(Result::unwrap).collect()
}

/// A cell of ours in a report, by the number of its record.
fn cells(trial: &Trial, report: &str, column: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(trial.run_folder().join(report)).unwrap();
    let lines = files::read(&text, false).unwrap().records.into_iter();
    lines
        .map(|line| (line.ours["_record"].clone(), line.ours[column].clone()))
        .collect()
}

#[test]
fn what_is_all_there_is_proved_by_a_call_for_fifty_people() {
    fast(async {
        let trial = sent(60, FaultPlan::new()).await;
        let before = fs::read(trial.run_folder().join("success.csv")).unwrap();
        let verified = verified(&trial).await;
        assert_eq!(verified.exit, Exit::Success);
        assert_eq!(verified.counts, counts(60, 0, 0, 0, 0));
        assert_eq!((verified.calls, reads(&trial)), (2, 2));
        let evidence = verified.summary.evidence.unwrap();
        assert_eq!((evidence.counts.as_sent, evidence.calls), (60, 2));
        assert!(!String::from_utf8(before).unwrap().contains("_evidence"));
        let found = cells(&trial, "success.csv", "_evidence");
        assert!(found.iter().all(|(_, word)| word == "as-sent"), "{found:?}");
        let page = fs::read_to_string(trial.run_folder().join("report.html")).unwrap();
        assert!(page.contains("60 as sent; 2 calls, the last on "), "{page}");
    });
}

#[test]
fn what_somebody_changed_or_cleared_is_named_with_what_is_there_and_the_verdict_stays() {
    fast(async {
        let trial = sent(5, FaultPlan::new()).await;
        let before = verdicts(&trial);
        trial.change(Change::Day(key(2), Some(shift("s2"))));
        trial.change(Change::Day(key(4), None));
        let verified = verified(&trial).await;
        assert_eq!(verified.exit, Exit::Incomplete);
        assert_eq!(verified.counts, counts(3, 1, 1, 0, 0));
        assert_eq!(verified.tally.succeeded, 5);
        assert_eq!(verdicts(&trial), before);
        let there = cells(&trial, "success.csv", "_there");
        let changed = r#"{"group_id":"g1","shift_id":"s2"}"#;
        assert_eq!(there[1], ("2".to_owned(), changed.to_owned()));
        let evidence = cells(&trial, "success.csv", "_evidence");
        let words: Vec<&str> = evidence.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["as-sent", "other", "as-sent", "absent", "as-sent"]);
        // Asked again, it says what is there then, and not what was there.
        trial.change(Change::Day(key(2), Some(shift("s1"))));
        let again = trial.verify(&Control::default()).await.unwrap();
        assert_eq!(again.counts, counts(4, 0, 1, 0, 0));
    });
}

#[test]
fn an_unconfirmed_item_is_settled_by_what_is_there_and_a_rerun_sends_what_is_not() {
    fast(async {
        // Nothing of items 5 to 8 is ever answered: two of them were applied all the same.
        let lost = Fault::reset().apply(Apply::Half);
        let plan = FaultPlan::new().on(
            When::item(mark(Method::Shifts, 5)).at(Endpoint::Shifts),
            lost,
        );
        let trial = sent(12, plan).await;
        assert_eq!(trial.open().ledger().tally().unwrap().unconfirmed, 4);
        let before = verdicts(&trial);
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(10, 0, 2, 0, 0));
        let tally = verified.tally;
        assert_eq!(
            (tally.succeeded, tally.failed, tally.unconfirmed),
            (10, 2, 0)
        );
        assert_eq!(verified.exit, Exit::Incomplete);
        assert_eq!(verdicts(&trial), before);
        let settled: Vec<_> = lines(&trial)[4..8].to_vec();
        let is = |evidence, outcome| {
            let found = settled.iter();
            let found = found.filter(|line| (line.1, line.2) == (outcome, Some(evidence)));
            found.count()
        };
        assert_eq!(is(Evidence::AsSent, Outcome::Succeeded), 2);
        assert_eq!(is(Evidence::Absent, Outcome::Failed), 2);
        let rules = cells(&trial, "failure.csv", "_rule");
        assert!(
            rules.iter().all(|(_, rule)| rule == "verify.not-there"),
            "{rules:?}"
        );
        // What was never there is sent again, and nothing else.
        let calls = trial.record().calls.len();
        let said = trial.feishu(&["rerun", "last", "--json"]).await;
        assert_eq!(said.json()["items"]["read"], 2, "{}", said.stderr);
        assert!(trial.record().calls.len() > calls);
        // The reports written again are the same.
        let report = || fs::read(trial.run_folder().join("failure.csv")).unwrap();
        let once = report();
        let said = trial.feishu(&["report", super::trial::RUN]).await;
        assert_eq!((said.exit, report() == once), (0, true), "{}", said.stderr);
    });
}

#[test]
fn a_person_whom_the_read_does_not_know_hides_nobody_else() {
    fast(async {
        let trial = Trial::new(Method::Shifts, 40, FaultPlan::new()).await;
        let trial = trial.rewritten(|record, line| {
            let unknown = format!("nobody-{record}");
            match record {
                7 => line.replace(&mark(Method::Shifts, 7), &unknown),
                _ => line.to_owned(),
            }
        });
        trial.run(&Control::default()).await;
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(39, 0, 0, 1, 0));
        let there = cells(&trial, "failure.csv", "_there");
        assert!(there[0].1.contains("1220004"), "{there:?}");
        // Halved down to one of forty.
        assert!((9..=13).contains(&reads(&trial)), "{}", reads(&trial));
    });
}

#[test]
fn a_read_that_misleads_proves_nothing_of_whom_it_concerns() {
    let lies = [
        (Harm::List(ListEdit::UnsentNames), 5),
        (Harm::Read(ReadEdit::Outside), 1),
        (Harm::Read(ReadEdit::Twice), 1),
    ];
    for (lie, misled) in lies {
        fast(async {
            let name = format!("{lie:?}");
            let trial = sent(5, of_read(When::always(), Fault::new(lie))).await;
            let verified = verified(&trial).await;
            assert_eq!(
                verified.counts,
                counts(5 - misled, 0, 0, misled, 0),
                "{name}"
            );
            assert_eq!(verified.exit, Exit::Incomplete, "{name}");
            assert_eq!(verified.tally.succeeded, 5, "{name}");
        });
    }
}

#[test]
fn a_page_token_that_comes_back_unchanged_proves_nothing() {
    fast(async {
        let lie = Fault::new(Harm::Read(ReadEdit::SameToken));
        let plan = FaultPlan::new().on(When::always().at(Endpoint::PlanRowsQuery), lie);
        let trial = Trial::new(Method::PlanRows, 5, plan).await;
        trial.run(&Control::default()).await;
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(0, 0, 0, 5, 0));
        let why = cells(&trial, "success.csv", "_there").remove(0).1;
        assert!(why.contains("page token"), "{why}");
    });
}

#[test]
fn a_read_without_an_answer_leaves_its_items_without_evidence_and_the_next_verification_asks_for_them()
 {
    fast(async {
        // Five calls of the first read.
        let cut = Fault::cut();
        let trial = sent(
            60,
            of_read(When::item(mark(Method::Shifts, 1)).times(5), cut),
        )
        .await;
        let first = verified(&trial).await;
        assert_eq!(first.counts, counts(10, 0, 0, 0, 50));
        assert_eq!((first.exit, first.calls), (Exit::Incomplete, 6));
        let before = reads(&trial);
        let second = verified(&trial).await;
        assert_eq!(second.counts, counts(60, 0, 0, 0, 0));
        assert_eq!(reads(&trial) - before, 1);
        // All of its calls are in the summary.
        assert_eq!(second.summary.evidence.unwrap().calls, 7);
    });
}

#[test]
fn a_platform_that_does_not_answer_at_all_is_not_asked_for_ever() {
    fast(async {
        let trial = Trial::new(Method::Shifts, 2_000, of_read(When::always(), Fault::cut())).await;
        let trial = trial.batches_of(50);
        trial.run(&Control::default()).await;
        let verified = verified(&trial).await;
        // Nothing was found: nothing is shown that was not shown before.
        assert_eq!(verified.counts, None);
        assert_eq!(verified.exit, Exit::Incomplete);
        assert_eq!(verified.stopped.unwrap().rule, "verify.no-answer");
        assert!(reads(&trial) < 16 * 6, "{}", reads(&trial));
    });
}

#[test]
fn a_missing_scope_is_named_and_nothing_is_said_of_any_item() {
    fast(async {
        let trial = sent(5, FaultPlan::new()).await;
        trial.change(Change::ScopeMissing {
            endpoint: Endpoint::DaysQuery,
            scope: "attendance:task:readonly".to_owned(),
        });
        let refusal = trial.verify(&Control::default()).await.unwrap_err();
        assert_eq!(
            (refusal.rule, refusal.exit),
            ("verify.not-permitted", Exit::Refused)
        );
        let words = refusal.to_string();
        assert!(words.contains("attendance:task:readonly"), "{words}");
        assert!(lines(&trial).iter().all(|line| line.2.is_none()));
    });
}

#[test]
fn archive_reports_are_never_read_and_the_reason_is_said() {
    fast(async {
        let trial = Trial::new(Method::Archive, 5, FaultPlan::new()).await;
        trial.run(&Control::default()).await;
        let calls = trial.record().calls.len();
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(0, 0, 0, 5, 0));
        assert_eq!((verified.exit, verified.calls), (Exit::Incomplete, 0));
        assert_eq!(trial.record().calls.len(), calls);
        let why = "no read exists: no method of the platform reads an archived report";
        assert_eq!(verified.never.unwrap().to_string(), why);
        assert_eq!(cells(&trial, "success.csv", "_there")[0].1, why);
    });
}

/// Says when so many items were read back.
struct After {
    items: usize,
    found: AtomicUsize,
    reached: Notify,
}

impl Observer for After {
    fn see(&self, event: &Event) {
        if let Event::ReadBackProgress { items, .. } = event {
            let items = usize::try_from(*items).unwrap();
            self.found.store(items, Ordering::Relaxed);
            if items >= self.items {
                self.reached.notify_one();
            }
        }
    }
}

/// So many items, of which a call reads 50.
async fn long(items: usize, observer: &Arc<After>) -> Trial {
    let trial = Trial::new(Method::Shifts, items, FaultPlan::new()).await;
    let mut trial = trial.batches_of(50);
    trial.run(&Control::default()).await;
    trial.observer = Arc::clone(observer) as Arc<dyn Observer>;
    trial
}

fn after(items: usize) -> Arc<After> {
    Arc::new(After {
        items,
        found: AtomicUsize::new(0),
        reached: Notify::new(),
    })
}

#[test]
fn a_verification_that_was_killed_goes_on_with_what_was_not_asked_for() {
    fast(async {
        let observer = after(2_100);
        let trial = long(6_000, &observer).await;
        let control = Control::default();
        tokio::select! {
            verified = trial.verify(&control) => panic!("it ended: {verified:?}"),
            () = observer.reached.notified() => {}
        }
        let read = lines(&trial).iter().filter(|line| line.2.is_some()).count();
        assert!((2_048..6_000).contains(&read), "{read} were kept");
        let before = reads(&trial);
        let second = verified(&trial).await;
        assert_eq!(second.counts, counts(6_000, 0, 0, 0, 0));
        // Calls that were under way are perhaps counted only now.
        let asked = reads(&trial) - before;
        let left = (6_000 - read).div_ceil(50);
        assert!((left..=left + 16).contains(&asked), "{asked}, {left} left");
        // The next one is a new one.
        let before = reads(&trial);
        verified(&trial).await;
        assert_eq!(reads(&trial) - before, 120);
    });
}

#[test]
fn a_verification_that_is_interrupted_keeps_what_it_found_and_goes_on() {
    fast(async {
        let observer = after(500);
        let trial = long(3_000, &observer).await;
        let control = Control::default();
        let stop = async {
            observer.reached.notified().await;
            control.interrupt();
            std::future::pending::<()>().await;
        };
        let first = tokio::select! {
            verified = trial.verify(&control) => verified.unwrap(),
            () = stop => unreachable!(),
        };
        assert_eq!(first.exit, Exit::Interrupted);
        assert_eq!(first.stopped.unwrap().rule, "verify.stopped");
        let found = first.counts.unwrap();
        assert!(found.as_sent >= 500 && found.not_asked > 0, "{found:?}");
        let second = verified(&trial).await;
        assert_eq!(second.counts, counts(3_000, 0, 0, 0, 0));
    });
}

#[test]
fn a_resumed_run_forgets_what_was_found_of_what_it_sends_again() {
    fast(async {
        let missing = Fault::answer(400, 1_220_006, "no permission");
        let plan = FaultPlan::new()
            .on(When::item(mark(Method::Shifts, 9)).times(1), Fault::cut())
            .on(
                When::item(mark(Method::Shifts, 2)).times(1),
                missing.delay(Duration::from_secs(1)),
            );
        let trial = Trial::new(Method::Shifts, 12, plan).await;
        let ended = trial.run(&Control::default()).await;
        assert_eq!(ended.state, RunState::Halted);
        verified(&trial).await;
        let ended = trial.resume(&Control::default()).await;
        assert_eq!(
            (ended.state, ended.tally.succeeded),
            (RunState::Finished, 12)
        );
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(12, 0, 0, 0, 0));
    });
}

/// What a deletion sent, and the change of somebody who puts one of it back.
fn put_back(method: Method) -> Change {
    let exists = true;
    let id = mark(method, 3);
    match method {
        Method::Punches => Change::Punch { id, exists },
        Method::Records => {
            let key = RecordKey {
                namespace: "package_test__c".to_owned(),
                object_api_name: "user".to_owned(),
                id,
            };
            Change::Record { key, exists }
        }
        Method::PlanRows => {
            let dimensions = [
                ("department", &*id),
                ("location", "l1"),
                ("job_family", "j1"),
            ];
            let key = PlanRowKey {
                workforce_plan_id: "7430330781544564268".to_owned(),
                dimensions: dimensions
                    .map(|(key, id)| (key.to_owned(), id.to_owned()))
                    .into(),
            };
            let row = PlanRow {
                workforce_plan: "4.00".to_owned(),
                estimated_active_individuals: BTreeMap::new(),
                periods: BTreeMap::new(),
            };
            Change::PlanRow(key, row)
        }
        Method::Shifts | Method::Archive => unreachable!(),
    }
}

#[test]
fn a_deletion_is_proved_by_what_is_gone_and_named_where_it_is_still_there() {
    for (method, there) in [
        (Method::Punches, "\"record_id\":\"7000000000000000003\""),
        (Method::Records, "\"_id\":\"7000000000000000003\""),
        (Method::PlanRows, "\"workforce_plan\":\"4.00\""),
    ] {
        fast(async {
            let trial = Trial::new(method, 12, FaultPlan::new()).await;
            trial.run(&Control::default()).await;
            let first = verified(&trial).await;
            assert_eq!(first.counts, counts(12, 0, 0, 0, 0), "{method:?}");
            assert_eq!(first.exit, Exit::Success, "{method:?}");
            trial.change(put_back(method));
            let second = verified(&trial).await;
            assert_eq!(second.counts, counts(11, 1, 0, 0, 0), "{method:?}");
            let cells = cells(&trial, "success.csv", "_there");
            assert!(cells[2].1.contains(there), "{method:?}: {cells:?}");
        });
    }
}

#[test]
fn what_the_platform_shows_late_is_waited_for() {
    fast(async {
        let options = SandboxOptions {
            plan_rows_lag: Duration::from_secs(9),
            ..Trial::options()
        };
        let trial = Trial::on(Method::PlanRows, 12, options).await;
        trial.run(&Control::default()).await;
        let began = Instant::now();
        let verified = verified(&trial).await;
        assert_eq!(verified.counts, counts(12, 0, 0, 0, 0));
        let waited = began.elapsed();
        assert!((8..20).contains(&waited.as_secs()), "{waited:?}");
    });
}
