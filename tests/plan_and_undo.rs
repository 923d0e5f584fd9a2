//! `plan`, `run --plan`, `run --changes-only`, `run --keep-before` and `undo` as they are typed, against a world that others change too.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use feishu_bulk::sandbox::{Change, Endpoint, Shift, ShiftKey};
use serde_json::{Value, json};

use crate::support::files;
use crate::support::ran::Said;
use crate::support::{Bench, Table};

const COLUMNS: [&str; 5] = ["user_id", "group_id", "shift_id", "month", "day_no"];

/// Days of one person, each with its shift.
fn days(shifts: &[(&'static str, &'static str)]) -> Bench {
    let mut table = Table::new(&COLUMNS);
    for (day, shift) in shifts {
        table = table.row(["u1", "g1", shift, "202611", day]);
    }
    Bench::new("shift-schedule").rows(&table).unpaced()
}

fn key(day_no: i64) -> ShiftKey {
    ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: "u1".to_owned(),
        month: 202_611,
        day_no,
    }
}

/// Somebody gives a day this shift, or clears it.
fn somebody_sets(bench: &Bench, day: i64, shift: Option<&str>) {
    let shift = shift.map(|shift| Shift {
        group_id: "g1".to_owned(),
        shift_id: shift.to_owned(),
        is_clear_schedule: false,
    });
    bench.change(Change::Day(key(day), shift));
}

/// The days of the input that have a shift, as the platform shows them: somebody else's changes too.
fn shown(bench: &Bench) -> BTreeMap<i64, String> {
    let document = plan(bench, &["--json"]).json();
    let items = document["items"].as_array().unwrap().iter();
    let shift = |item: &Value| match item["step"].as_str().unwrap() {
        "same" => Some(item["new"]["shift_id"].clone()),
        "change" => Some(item["old"]["shift_id"].clone()),
        _ => None,
    };
    items
        .filter_map(|item| {
            let day = item["new"]["day_no"].as_i64().unwrap();
            Some((day, shift(item)?.as_str().unwrap().to_owned()))
        })
        .collect()
}

/// The days that have a shift by what was sent.
fn world(bench: &Bench) -> BTreeMap<i64, String> {
    let shifts = bench.record().applied.shifts.into_iter();
    let scheduled = shifts.filter(|(_, shift)| !shift.is_clear_schedule);
    scheduled
        .map(|(key, shift)| (key.day_no, shift.shift_id))
        .collect()
}

fn held(days: &[(i64, &str)]) -> BTreeMap<i64, String> {
    let days = days.iter();
    days.map(|(day, shift)| (*day, (*shift).to_owned()))
        .collect()
}

/// Items that were sent to be written, so far.
fn items_sent(bench: &Bench) -> u64 {
    let endpoints = bench.record().endpoints;
    endpoints
        .get(&Endpoint::Shifts)
        .map_or(0, |tally| tally.items)
}

fn plan(bench: &Bench, arguments: &[&str]) -> Said {
    let job = bench.job_file();
    let typed = ["plan", &job, "input.csv", "--quota", "none"];
    bench.feishu(&[&typed[..], arguments].concat())
}

fn counts(document: &Value) -> [u64; 5] {
    let names = ["change", "new", "same", "unreadable", "rejected"];
    names.map(|name| document["counts"][name].as_u64().unwrap())
}

#[test]
fn a_plan_says_what_would_change_what_is_new_and_what_is_so_already_and_sends_nothing() {
    let bench = days(&[("1", "s1"), ("2", "s2"), ("3", "s3")]);
    somebody_sets(&bench, 1, Some("s9"));
    somebody_sets(&bench, 2, Some("s2"));
    let said = plan(&bench, &[]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    for line in [
        ": 1 would change, 1 would be new, 1 are so already\n",
        "\nwould change:\n  record 1 (u1 202611 1): shift_id s9 -> shift_id s1\n",
        "\nwould be new:\n  record 3 (u1 202611 3): nothing -> group_id g1, shift_id s3\n",
        "\nso already:\n  record 2 (u1 202611 2): group_id g1, shift_id s2\n",
        "\nnext: feishu-bulk run jobs/shift-schedule.toml --input input.csv --quota none --changes-only\n",
        "\nread by 1 call\nwith --changes-only, calls: at least 1, ",
    ] {
        assert!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    assert_eq!(items_sent(&bench), 0);
    assert_eq!(bench.run_folders().len(), 0);
    let said = plan(&bench, &["--json"]);
    let document = said.json();
    assert_eq!(counts(&document), [1, 1, 1, 0, 0]);
    let first = &document["items"][0];
    assert_eq!(
        (&first["step"], &first["record"]),
        (&json!("change"), &json!(1))
    );
    assert_eq!(first["old"], json!({"group_id": "g1", "shift_id": "s9"}));
    assert_eq!(first["new"]["shift_id"], "s1");
}

#[test]
fn a_plan_exits_1_where_something_cannot_be_read_or_would_not_be_sent() {
    let table = Table::new(&COLUMNS)
        .row(["nobody-1", "g1", "s1", "202611", "1"])
        .row(["u1", "g1", "s1", "202611", "31"]);
    let bench = Bench::new("shift-schedule").rows(&table).unpaced();
    let said = plan(&bench, &["--json"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    let document = said.json();
    assert_eq!(counts(&document), [0, 0, 0, 1, 1]);
    let why = document["items"][0]["why"].as_str().unwrap();
    assert!(why.contains("1220004"), "{why}");
}

#[test]
fn a_plan_of_a_rehearsal_reads_the_sandbox_which_holds_nothing_yet() {
    let bench = days(&[("1", "s1")]);
    let job = bench.job_file();
    let said = bench.feishu(&["plan", &job, "input.csv", "--sandbox", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(counts(&said.json()), [0, 1, 0, 0, 0]);
}

#[test]
fn a_reviewed_plan_is_sent_exactly_or_refused_with_what_is_not_as_it_says() {
    let bench = days(&[("1", "s1"), ("2", "s2")])
        .argument("--plan")
        .argument("plan.json");
    somebody_sets(&bench, 2, Some("s2"));
    let said = plan(&bench, &["--out", "plan.json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    somebody_sets(&bench, 1, Some("s5"));
    let refused = bench.run();
    assert_eq!(refused.said.exit, 2, "{}", refused.said.stderr);
    let why = "record 1 (u1 202611 1) is not as the plan has it; now: shift_id s5 -> shift_id s1";
    assert!(refused.said.stderr.contains(why), "{}", refused.said.stderr);
    assert_eq!(items_sent(&bench), 0);
    somebody_sets(&bench, 1, None);
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    assert_eq!((items_sent(&bench), ran.items().succeeded), (1, 2));
    // The same plan a second time: what it says was there is there no more.
    assert_eq!(bench.run().said.exit, 2);
}

#[test]
fn a_plan_of_another_job_or_input_or_with_another_item_is_refused() {
    let bench = days(&[("1", "s1"), ("2", "s2")])
        .argument("--plan")
        .argument("plan.json");
    assert_eq!(plan(&bench, &["--out", "plan.json"]).exit, 0);
    let written = fs::read_to_string(bench.path("plan.json")).unwrap();
    let input = fs::read_to_string(bench.path("input.csv")).unwrap();
    let refused = |named: &str| {
        let ran = bench.run();
        assert_eq!(ran.said.exit, 2, "{}", ran.said.stderr);
        assert!(ran.said.stderr.contains(named), "{}", ran.said.stderr);
    };
    fs::write(bench.path("plan.json"), written.replace("\"s2\"", "\"s4\"")).unwrap();
    refused("record 2 (u1 202611 2) is not as the plan has it");
    fs::write(bench.path("plan.json"), &written).unwrap();
    fs::write(bench.path("input.csv"), input.replace("s2", "s4")).unwrap();
    refused("the input input.csv");
    fs::write(bench.path("input.csv"), input).unwrap();
    let bench = bench.set("operator_id", "another");
    let ran = bench.run();
    assert!(
        ran.said.stderr.contains("its endpoint or its values"),
        "{}",
        ran.said.stderr
    );
    assert_eq!((ran.said.exit, items_sent(&bench)), (2, 0));
}

#[test]
fn with_changes_only_what_is_so_already_is_not_sent_and_is_reported_with_its_evidence() {
    let bench = days(&[("1", "s1"), ("2", "s2"), ("3", "s3")]).argument("--changes-only");
    somebody_sets(&bench, 2, Some("s2"));
    somebody_sets(&bench, 3, Some("s9"));
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    assert_eq!(items_sent(&bench), 2);
    assert_eq!(shown(&bench), held(&[(1, "s1"), (2, "s2"), (3, "s3")]));
    assert_eq!(ran.summary()["already_so"], 1);
    assert_eq!((ran.items().read, ran.items().succeeded), (3, 3));
    let text = fs::read_to_string(ran.folder().join("success.csv")).unwrap();
    let lines = files::read(&text, false).unwrap().records;
    let ours = |line: usize, column: &str| lines[line].ours[column].clone();
    assert_eq!(ours(1, "_rule"), "already.so");
    assert_eq!(ours(1, "_evidence"), "as-sent");
    assert!(ours(1, "_read_at").ends_with('Z'), "{text}");
    assert_eq!(ours(0, "_rule") + &ours(2, "_rule"), "");
    let again = bench.run();
    assert_eq!((again.said.exit, items_sent(&bench)), (0, 2));
    assert_eq!(again.summary()["already_so"], 3);
}

#[test]
fn undo_puts_back_exactly_what_was_there_and_an_undo_is_undone_too() {
    let columns = [&COLUMNS[..], &["is_clear_schedule"]].concat();
    let table = Table::new(&columns)
        .row(["u1", "g1", "s1", "202611", "1", ""])
        .row(["u1", "g1", "s2", "202611", "2", ""])
        .row(["u1", "g1", "0", "202611", "3", "true"])
        .row(["u1", "g1", "s4", "202611", "4", ""]);
    let bench = Bench::new("shift-schedule")
        .rows(&table)
        .unpaced()
        .argument("--keep-before");
    let before = [(1, "s9"), (3, "s3"), (4, "s4")];
    for (day, shift) in before {
        somebody_sets(&bench, day, Some(shift));
    }
    assert_eq!(bench.run().said.exit, 0);
    let after = held(&[(1, "s1"), (2, "s2"), (4, "s4")]);
    assert_eq!(world(&bench), after);
    // The fourth day was so before: nothing is put back.
    let said = bench.feishu(&["undo", "last", "--yes", "--json"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert_eq!(world(&bench), held(&before));
    let document = said.json();
    assert_eq!(
        (
            &document["items"]["succeeded"],
            &document["items"]["rejected"]
        ),
        (&json!(3), &json!(1))
    );
    assert!(document["parent"].is_string());
    let said = bench.feishu(&["undo", "last", "--yes"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert_eq!(world(&bench), after);
}

#[test]
fn what_somebody_changed_since_is_left_alone_and_reported_with_what_is_there() {
    let bench = days(&[("1", "s1"), ("2", "s2")]).argument("--keep-before");
    somebody_sets(&bench, 1, Some("s8"));
    assert_eq!(bench.run().said.exit, 0);
    somebody_sets(&bench, 1, Some("s5"));
    let said = bench.feishu(&["undo", "last", "--yes"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(
        !said.stderr.contains("correct the cells"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("next:"), "{}", said.stderr);
    assert_eq!(shown(&bench), held(&[(1, "s5")]));
    let folders = bench.run_folders();
    let is_undo = |folder: &&PathBuf| {
        let summary = fs::read_to_string(folder.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        summary["parent"].is_string()
    };
    let undone = folders.iter().find(is_undo).unwrap();
    let text = fs::read_to_string(undone.join("failure.csv")).unwrap();
    let lines = files::read(&text, false).unwrap().records;
    assert_eq!(lines[0].ours["_rule"], "undo.changed-since");
    assert!(lines[0].ours["_reason"].contains("s5"), "{text}");
    // Its report is no input: it would send the undone rows once more.
    let report = undone.join("failure.csv").display().to_string();
    let job = bench.job_file();
    let said = bench.feishu(&["run", &job, &report, "--quota", "none", "--json"]);
    assert_eq!(said.json()["error"]["rule"], "file.of-undo");
}

#[test]
fn undo_asks_before_it_puts_anything_back() {
    let bench = days(&[("1", "s1")]).argument("--keep-before");
    assert_eq!(bench.run().said.exit, 0);
    let said = bench.feishu(&["undo", "last", "--json"]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert_eq!(said.json()["error"]["rule"], "run.not-confirmed");
    assert_eq!(world(&bench), held(&[(1, "s1")]));
    assert!(!said.stderr.contains("cannot be undone"), "{}", said.stderr);
}

#[test]
fn what_cannot_be_undone_is_refused_with_the_reason() {
    let refused = |bench: &Bench, rule: &str| {
        let said = bench.feishu(&["undo", "last", "--yes", "--json"]);
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert_eq!(said.json()["error"]["rule"], rule);
    };
    let bench = days(&[("1", "s1")]);
    assert_eq!(bench.run().said.exit, 0);
    refused(&bench, "undo.nothing-kept");
    let job = bench.job_file();
    assert_eq!(
        bench.feishu(&["run", &job, "input.csv", "--sandbox"]).exit,
        0
    );
    refused(&bench, "undo.rehearsal");
    let table = Table::new(&["member_id", "start_time", "end_time", "f1"])
        .row(["u1", "20261001", "20261031", "1"]);
    let archive = Bench::new("archive-report").rows(&table).unpaced();
    assert_eq!(archive.run().said.exit, 0);
    refused(&archive, "undo.never");
    let keeping = archive.argument("--keep-before").argument("--again");
    let ran = keeping.run();
    assert_eq!(ran.said.exit, 2);
    assert!(
        ran.said
            .stderr
            .contains("no method of the platform reads an archived report"),
        "{}",
        ran.said.stderr
    );
    let punches = Bench::new("delete-punches")
        .unpaced()
        .argument("--keep-before");
    assert_ne!(punches.run().said.exit, 2);
    refused(&punches, "undo.never");
}

#[test]
fn a_day_that_had_the_default_shift_cannot_be_put_back_and_is_said_so() {
    let bench = days(&[("1", "s1"), ("2", "s2")]).argument("--keep-before");
    somebody_sets(&bench, 1, Some("9"));
    assert_eq!(bench.run().said.exit, 0);
    let said = bench.feishu(&["undo", "last", "--yes", "--json"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert_eq!(world(&bench), held(&[(1, "s1")]));
    let reasons = said.json()["reasons"].to_string();
    assert!(reasons.contains("cannot be put back"), "{reasons}");
}

#[test]
fn a_job_may_keep_what_was_there_by_itself() {
    let bench = days(&[("1", "s1")]).job(|job| format!("{job}\n[before]\nkeep = true\n"));
    assert_eq!(bench.run().said.exit, 0);
    let said = bench.feishu(&["undo", "last", "--yes"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(world(&bench), held(&[]));
}

/// One write an hour at most, and several to make: whoever stops the run finds it between them.
#[test]
#[cfg(unix)]
fn a_run_that_is_killed_between_two_batches_still_knows_what_was_so_already() {
    let bench = days(&[("1", "s1"), ("2", "s2"), ("3", "s3"), ("4", "s4")])
        .job(|job| format!("{job}\n[limits]\nmax_items = 1\n"))
        .one_call_an_hour()
        .argument("--changes-only");
    somebody_sets(&bench, 2, Some("s2"));
    somebody_sets(&bench, 3, Some("s9"));
    let started = bench.start();
    started.signal("KILL");
    started.ended();
    assert_eq!(items_sent(&bench), 1);
    let shown = bench.feishu(&["runs", "last", "--json"]).json();
    assert_eq!(shown["items"]["succeeded"], 2);
    // Of the two others nobody saw an answer: whether they were on their way is not known.
    let count = |name: &str| shown["items"][name].as_u64().unwrap();
    assert_eq!(count("pending") + count("unconfirmed"), 2);
    assert_eq!(shown["already_so"], 1);
}

#[test]
fn a_day_of_rest_on_a_day_that_had_none_is_cleared_by_undo_once_the_read_shows_it_as_a_row() {
    let bench = days(&[("1", "0")]).argument("--keep-before");
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    let warned = "warning: what is there cannot be read of 1 item";
    assert!(ran.said.stderr.contains(warned), "{}", ran.said.stderr);
    assert_eq!(world(&bench), held(&[(1, "0")]));
    let said = bench.feishu(&["undo", "last", "--yes"]);
    assert_eq!(
        (said.exit, world(&bench)),
        (0, held(&[])),
        "{}",
        said.stderr
    );
    let said = bench.feishu(&["undo", "last", "--yes"]);
    assert_eq!(
        (said.exit, world(&bench)),
        (0, held(&[(1, "0")])),
        "{}",
        said.stderr
    );
}

#[test]
fn a_punch_that_is_gone_already_is_not_deleted_again() {
    let table = Table::new(&["record_id"])
        .row(["6709359319445179292"])
        .row(["6709359352098879746"]);
    let bench = Bench::new("delete-punches")
        .rows(&table)
        .unpaced()
        .argument("--changes-only");
    bench.change(Change::Punch {
        id: "6709359319445179292".to_owned(),
        exists: false,
    });
    let ran = bench.run();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    assert_eq!(bench.record().applied.punches_deleted.len(), 1);
    assert_eq!(ran.summary()["already_so"], 1);
}
