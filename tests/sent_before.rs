//! What an earlier run sent is noticed before it is sent once more, and asked about where that may do harm.

use std::fs;

use serde_json::Value;

use crate::support::ran::Said;
use crate::support::{Bench, Table};

fn records(ids: &[&str]) -> Table {
    ids.iter()
        .fold(Table::new(&["id"]), |table, id| table.row([*id]))
}

fn bench(job: &str, table: &Table) -> Bench {
    Bench::new(job).rows(table).unpaced()
}

fn shifts() -> Bench {
    let columns = ["user_id", "group_id", "shift_id", "month", "day_no"];
    let table = Table::new(&columns)
        .row(["u1", "g1", "s1", "202611", "1"])
        .row(["nobody", "g1", "s1", "202611", "2"]);
    bench("shift-schedule", &table)
}

fn archive() -> Bench {
    let columns = ["member_id", "start_time", "end_time", "f1"];
    let table = Table::new(&columns).row(["u1", "20261001", "20261031", "1"]);
    bench("archive-report", &table)
}

fn run(bench: &Bench, more: &[&str]) -> Said {
    let job = bench.job_file();
    bench.feishu(&[&["run", &job, "input.csv", "--quota", "none"], more].concat())
}

fn last(bench: &Bench) -> String {
    let shown = bench.feishu(&["runs", "last", "--json"]).json();
    shown["run"].as_str().unwrap().to_owned()
}

const SAME: &str = "sent the same file with the same values: ";

#[test]
fn the_same_file_is_noticed_where_it_is_sent_and_where_it_is_checked() {
    let bench = shifts();
    assert!(!run(&bench, &[]).stderr.contains(SAME));
    let first = last(&bench);
    let again = run(&bench, &[]);
    assert_eq!(again.exit, 1, "{}", again.stderr);
    let said = format!("note: the run {first} of ");
    assert!(again.stderr.contains(&said), "{}", again.stderr);
    let said = format!(
        "{SAME}1 succeeded, 1 failed; `feishu-bulk rerun {first}` sends only what did not succeed"
    );
    assert!(again.stderr.contains(&said), "{}", again.stderr);
    let job = bench.job_file();
    let plan = bench.feishu(&["check", &job, "input.csv", "--json"]).json();
    let rules = |plan: &Value| -> Vec<String> {
        let notices = plan["notices"].as_array().unwrap();
        let rule = |notice: &Value| notice["rule"].as_str().unwrap().to_owned();
        notices.iter().map(rule).collect()
    };
    assert!(
        rules(&plan).contains(&"run.sent-before".to_owned()),
        "{plan}"
    );
    let third = run(&bench, &[]).stderr;
    assert!(third.contains("(and 1 run before it)"), "{third}");
}

#[test]
fn another_file_other_values_and_a_rehearsal_are_not_the_same() {
    let bench = archive();
    assert_eq!(run(&bench, &["--sandbox"]).exit, 0);
    assert!(!run(&bench, &["--sandbox"]).stderr.contains(SAME));
    assert!(!run(&bench, &[]).stderr.contains(SAME));
    assert!(
        !run(&bench, &["--set", "operator_id=another"])
            .stderr
            .contains(SAME)
    );
    assert!(
        run(&bench, &["--set", "operator_id=another"])
            .stderr
            .contains(SAME)
    );
    assert!(!run(&bench, &["--sandbox"]).stderr.contains(SAME));
    assert!(!run(&bench, &["--runs", "others"]).stderr.contains(SAME));
    let table = fs::read_to_string(bench.path("input.csv")).unwrap();
    fs::write(bench.path("input.csv"), table.replace("u1", "u2")).unwrap();
    assert!(!run(&bench, &[]).stderr.contains(SAME));
}

#[test]
fn a_run_of_which_nothing_was_sent_is_not_an_earlier_one() {
    let bench = bench("delete-records", &records(&["404", "4041"]));
    assert_eq!(run(&bench, &["--yes"]).exit, 1);
    let again = run(&bench, &["--yes"]);
    assert_eq!(again.exit, 1, "{}", again.stderr);
    assert!(!again.stderr.contains(SAME), "{}", again.stderr);
}

#[test]
fn what_was_deleted_is_not_deleted_again_without_again() {
    let bench = bench("delete-records", &records(&["18014641", "18014642"]));
    assert_eq!(run(&bench, &["--yes"]).exit, 0);
    let calls = bench.record().calls.len();
    let first = last(&bench);
    for typed in [&["--yes"][..], &[]] {
        let refused = run(&bench, &[typed, &["--json"]].concat());
        assert_eq!(refused.exit, 2, "{}", refused.stderr);
        assert_eq!(refused.json()["error"]["rule"], "run.sent-before");
        assert!(
            refused
                .stderr
                .contains(&format!("error: the run {first} of "))
        );
        let hint = "`feishu-bulk run jobs/delete-records.toml --input input.csv --quota none --yes --again`";
        assert!(refused.stderr.contains(hint), "{}", refused.stderr);
        assert_eq!(
            (bench.record().calls.len(), bench.run_folders().len()),
            (calls, 1)
        );
    }
    let alone = run(&bench, &["--again"]);
    assert!(
        alone.stderr.contains("error: this deletes 2 items"),
        "{}",
        alone.stderr
    );
    let agreed = run(&bench, &["--yes", "--again"]);
    assert!(agreed.stderr.contains(SAME), "{}", agreed.stderr);
    assert!(bench.record().calls.len() > calls);
}

#[test]
fn what_only_the_stores_know_is_noticed_too() {
    let bench = archive();
    assert_eq!(run(&bench, &[]).exit, 0);
    fs::write(bench.path("runs/.index.jsonl"), "{\"run\": 7}\nno json").unwrap();
    assert!(run(&bench, &[]).stderr.contains(SAME));
    fs::remove_file(bench.path("runs/.index.jsonl")).unwrap();
    assert!(run(&bench, &[]).stderr.contains("(and 1 run before it)"));
    // A run that was removed sent nothing that anybody knows of.
    for folder in bench.run_folders() {
        fs::remove_dir_all(folder).unwrap();
    }
    assert!(!run(&bench, &[]).stderr.contains(SAME));
}

#[cfg(unix)]
#[test]
fn a_run_of_the_same_file_in_another_process_is_noticed() {
    let bench = Bench::new("shift-schedule").one_call_an_hour();
    let started = bench.start();
    let job = bench.job_file();
    let check = bench.feishu(&["check", &job]);
    let said = "is sending the same file with the same values just now, in another process: ";
    assert!(check.stdout.contains(said), "{}", check.stdout);
    started.signal("INT");
    assert_eq!(started.ended().said.exit, 130);
    let check = bench.feishu(&["check", &job]);
    let resume = format!(
        "; `feishu-bulk resume {}` sends the rest of it",
        last(&bench)
    );
    assert!(check.stdout.contains(&resume), "{}", check.stdout);
}

#[test]
fn a_rerun_of_a_run_that_was_rerun_says_so() {
    let bench = shifts();
    assert_eq!(run(&bench, &[]).exit, 1);
    let first = last(&bench);
    // Nothing of it succeeds, so nothing was sent before.
    assert_eq!(bench.feishu(&["rerun", &first]).exit, 1);
    let again = bench.feishu(&["rerun", &first]);
    assert!(!again.stderr.contains("note: "), "{}", again.stderr);
    let corrected = fs::read_to_string(bench.path("runs").join(&first).join("failure.csv"));
    fs::write(
        bench.path("corrected.csv"),
        corrected.unwrap().replace("nobody", "u2"),
    )
    .unwrap();
    let job = bench.job_file();
    assert_eq!(bench.feishu(&["run", &job, "corrected.csv"]).exit, 0);
    let second = last(&bench);
    let again = bench.feishu(&["rerun", &first]);
    let said = format!("note: the run {second} of ");
    assert!(again.stderr.contains(&said), "{}", again.stderr);
    let said = format!("sent what did not succeed in {first}: 1 succeeded\n");
    assert!(again.stderr.contains(&said), "{}", again.stderr);
}
