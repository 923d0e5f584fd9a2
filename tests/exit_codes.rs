//! The exit codes scripts rely on, and what stands behind each.

use feishu_bulk::sandbox::{APP_ID_SWITCHED_OFF, APP_SECRET, OPERATOR_FORBIDDEN};

use crate::support::{Bench, Table};

fn records(count: usize) -> Table {
    (0..count).fold(Table::new(&["id"]), |table, row| {
        table.row([format!("18014649{row:04}")])
    })
}

#[test]
fn a_run_in_which_every_item_succeeded_exits_with_0() {
    let ran = Bench::new("delete-records")
        .rows(&records(3))
        .run()
        .checked();
    assert_eq!((ran.said.exit, ran.items().succeeded), (0, 3));
    assert_eq!(ran.report("failure").lines().count(), 1);
}

#[test]
fn a_run_in_which_some_items_did_not_succeed_exits_with_1() {
    let table = records(3).row(["404"]);
    let ran = Bench::new("delete-records").rows(&table).run().checked();
    assert_eq!((ran.said.exit, ran.records("failed")), (1, vec![4]));
}

#[test]
fn a_refused_command_line_exits_with_2() {
    let bench = Bench::new("delete-records");
    for arguments in [
        vec!["run"],
        vec!["run", "jobs/delete-records.toml", "--colour"],
        vec!["run", "jobs/none.toml"],
        vec!["runs", "none"],
        vec!["report", "last"],
        vec!["endpoints", "none"],
        vec!["check", "jobs/delete-records.toml", "--quota", "fast"],
    ] {
        let said = bench.feishu(&arguments);
        assert_eq!(said.exit, 2, "{arguments:?} {}", said.stderr);
        assert_eq!(said.stdout, "", "{arguments:?}");
        assert!(
            said.stderr.starts_with("error: "),
            "{arguments:?} {}",
            said.stderr
        );
    }
}

#[test]
fn a_refusal_that_every_call_would_meet_halts_the_run_with_3() {
    let bench = Bench::new("archive-report").set("operator_id", OPERATOR_FORBIDDEN);
    let ran = bench.run().checked();
    assert_eq!(ran.said.exit, 3, "{}", ran.said.stderr);
    let items = ran.items();
    assert_eq!((items.succeeded, items.failed, items.pending), (0, 0, 117));
    assert_eq!(ran.summary()["state"], "halted");
    assert!(
        ran.said.stderr.contains("auth no permission"),
        "{}",
        ran.said.stderr
    );
}

#[test]
fn an_app_without_authorisation_is_refused_before_it_is_a_run() {
    let ran = Bench::new("delete-records")
        .environment("FEISHU_APP_ID", APP_ID_SWITCHED_OFF)
        .run();
    assert!(ran.refused().contains("10014"), "{}", ran.said.stderr);
}

#[test]
fn more_failures_than_the_job_allows_halt_the_run_with_3() {
    // Twenty calls of one item each, all of them refused by the platform; the first ten are judged.
    let table = (0..200).fold(Table::new(&["id"]), |table, row| {
        table.row([format!("404{row}")])
    });
    let ran = Bench::new("delete-records")
        .job(|job| format!("{job}\n[limits]\nmax_items = 1\n"))
        .rows(&table)
        .run()
        .checked();
    assert_eq!(ran.said.exit, 3, "{}", ran.said.stderr);
    let items = ran.items();
    assert!(items.failed >= 10 && items.pending > 0, "{items:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_exits_with_130_and_leaves_true_reports() {
    for signal in ["INT", "TERM"] {
        let bench = Bench::new("shift-schedule").one_call_an_hour();
        let started = bench.start();
        started.signal(signal);
        let ran = started.ended().checked();
        assert_eq!((ran.said.exit, ran.calls), (130, 1), "{}", ran.said.stderr);
        let items = ran.items();
        assert!(items.succeeded > 0 && items.pending > 300, "{items:?}");
        assert_eq!(ran.summary()["state"], "interrupted");
    }
}

#[test]
fn doctor_names_what_is_wrong_and_shows_no_secret() {
    let bench = Bench::new("shift-schedule");
    let well = bench.feishu(&["doctor"]);
    assert_eq!(well.exit, 0, "{}{}", well.stdout, well.stderr);
    for words in [
        "platform: http://127.0.0.1:",
        "FEISHU_APP_ID and FEISHU_APP_SECRET are set",
    ] {
        assert!(well.stdout.contains(words), "{}", well.stdout);
    }
    assert!(!well.stdout.contains(APP_SECRET), "{}", well.stdout);
    let bench = bench.environment("FEISHU_BASE_URL", "http://127.0.0.1:1");
    let ill = bench.feishu(&["doctor"]);
    assert_eq!(ill.exit, 1);
    let silent = "!!  platform: http://127.0.0.1:1 does not answer: ";
    assert!(ill.stdout.contains(silent), "{}", ill.stdout);
    assert_eq!(bench.feishu(&["doctor", "--offline"]).exit, 0);
}
