//! `verify` and `run --verify` as they are typed: what is said, printed and written, and what they exit with.

use std::fs;

use feishu_bulk::sandbox::{Change, Shift, ShiftKey};
use serde_json::json;

use crate::support::files;
use crate::support::{Bench, Table};

const COLUMNS: [&str; 5] = ["user_id", "group_id", "shift_id", "month", "day_no"];

/// Three days of one person.
fn shifts() -> Bench {
    let day = |day: &'static str| ["u1", "g1", "s1", "202611", day];
    let table = Table::new(&COLUMNS)
        .row(day("1"))
        .row(day("2"))
        .row(day("3"));
    Bench::new("shift-schedule").rows(&table).unpaced()
}

/// Somebody gives a day another shift.
fn somebody_changes(bench: &Bench, day_no: i64) {
    let key = ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: "u1".to_owned(),
        month: 202_611,
        day_no,
    };
    let shift = Shift {
        group_id: "g1".to_owned(),
        shift_id: "s2".to_owned(),
        is_clear_schedule: false,
    };
    bench.change(Change::Day(key, Some(shift)));
}

#[test]
fn verify_says_what_it_found_and_exits_0_only_when_all_is_as_it_was_sent() {
    let bench = shifts();
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    let said = bench.feishu(&["verify", "last"]);
    assert_eq!(
        (said.exit, said.stdout.as_str()),
        (0, ""),
        "{}",
        said.stderr
    );
    let words = " read back: 3 of 3 items as sent, by 1 call\n";
    assert!(said.stderr.contains(words), "{}", said.stderr);
    somebody_changes(&bench, 2);
    let said = bench.feishu(&["verify", "last", "--json"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    let words =
        " read back: 2 of 3 items as sent, by 1 call\n  1 otherwise\n  the columns _evidence";
    assert!(said.stderr.contains(words), "{}", said.stderr);
    let document = said.json();
    let evidence = &document["evidence"];
    let counts = [
        "as_sent",
        "other",
        "absent",
        "unreadable",
        "not_asked",
        "calls",
    ];
    let counts = counts.map(|name| evidence[name].clone());
    assert_eq!(counts, [2, 1, 0, 0, 0, 1].map(|count| json!(count)));
    assert!(evidence["read_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(document["items"]["succeeded"], 3);
    assert_eq!(ran.summary(), document);
    let shown = bench.feishu(&["runs", "last", "--json"]).json();
    assert_eq!(shown["evidence"], *evidence);
    let shown = bench.feishu(&["runs", "last"]).stdout;
    assert!(
        shown.contains("read back  2 as sent, 1 otherwise\n"),
        "{shown}"
    );
}

#[test]
fn a_failure_report_with_evidence_is_an_input_of_the_same_job() {
    let unknown = ["nobody-1", "g1", "s1", "202611", "1"];
    let table = Table::new(&COLUMNS)
        .row(["u1", "g1", "s1", "202611", "1"])
        .row(unknown);
    let bench = Bench::new("shift-schedule").rows(&table).unpaced();
    let ran = bench.run();
    assert_eq!(ran.said.exit, 1);
    assert_eq!(bench.feishu(&["verify", "last"]).exit, 1);
    let report = ran.folder().join("failure.csv");
    let text = fs::read_to_string(&report).unwrap();
    let lines = files::read(&text, false).unwrap().records;
    assert_eq!(lines[0].ours["_evidence"], "unreadable");
    assert!(lines[0].ours["_there"].contains("1220004"), "{text}");
    fs::write(&report, text.replace("nobody-1", "u2")).unwrap();
    let report = report.display().to_string();
    let said = bench.feishu(&["run", &bench.job_file(), &report, "--quota", "none"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
}

#[test]
fn a_rehearsal_is_read_back_before_its_sandbox_is_gone_and_not_after() {
    let bench = shifts();
    let job = bench.job_file();
    let said = bench.feishu(&["run", &job, "input.csv", "--sandbox", "--verify", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(said.json()["evidence"]["as_sent"], 3);
    let order = ["3 of 3 items in", "read back: 3 of 3 items as sent"];
    let places = order.map(|words| said.stderr.find(words));
    assert!(places[1].is_some(), "{}", said.stderr);
    let said = bench.feishu(&["verify", "last"]);
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("was a rehearsal"), "{}", said.stderr);
    assert!(
        said.stderr.contains("--sandbox --verify`"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_run_that_is_verified_at_once_exits_1_where_an_item_cannot_be_proved() {
    let table = Table::new(&["member_id", "start_time", "end_time", "f1"])
        .row(["u1", "20261001", "20261031", "1"]);
    let bench = Bench::new("archive-report")
        .rows(&table)
        .unpaced()
        .argument("--verify");
    let ran = bench.run();
    assert_eq!(ran.said.exit, 1, "{}", ran.said.stderr);
    let why = "note: no read exists: no method of the platform reads an archived report";
    assert!(ran.said.stderr.contains(why), "{}", ran.said.stderr);
    assert_eq!(ran.items().succeeded, 1);
}

#[test]
fn another_platform_or_app_than_the_runs_is_refused() {
    let bench = shifts();
    assert_eq!(bench.run().said.exit, 0);
    let bench = bench.environment("FEISHU_APP_ID", "cli_another");
    let said = bench.feishu(&["verify", "last", "--json"]);
    assert_eq!(said.exit, 2);
    assert_eq!(said.json()["error"]["rule"], "run.other-platform");
}

#[test]
fn a_run_of_which_nothing_was_sent_has_nothing_to_read_back() {
    let mut table = Table::new(&COLUMNS);
    table = table.row(["u1", "g1", "s1", "202611", "31"]);
    let bench = Bench::new("shift-schedule").rows(&table).unpaced();
    assert_eq!(bench.run().said.exit, 1);
    let calls = bench.record().calls.len();
    let said = bench.feishu(&["verify", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(said.stderr.contains("nothing was sent"), "{}", said.stderr);
    assert_eq!(bench.record().calls.len(), calls);
}

#[test]
fn a_cleared_day_and_a_day_of_rest_are_proved_where_the_read_tells_them_apart() {
    let columns = [&COLUMNS[..], &["is_clear_schedule"]].concat();
    let table = Table::new(&columns)
        .row(["u1", "g1", "s1", "202611", "1", "true"])
        .row(["u1", "g1", "0", "202611", "2", "false"]);
    let bench = Bench::new("shift-schedule").rows(&table).unpaced();
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    let said = bench.feishu(&["verify", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    bench.change(Change::UnscheduledDaysAreRest);
    let said = bench.feishu(&["verify", "last", "--json"]);
    let evidence = &said.json()["evidence"];
    assert_eq!(
        (said.exit, &evidence["as_sent"], &evidence["unreadable"]),
        (1, &json!(1), &json!(1))
    );
    let report = fs::read_to_string(ran.folder().join("success.csv")).unwrap();
    let why = "the read does not tell a day of rest from a day that is not scheduled";
    assert!(report.contains(why), "{report}");
}
