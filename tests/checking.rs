//! `check` is the first half of `run`: offline, with the plan and every error, and without a trace.

use std::path::{Path, PathBuf};

use crate::support::{Bench, Table};

fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[test]
fn checking_leaves_no_file_behind_and_speaks_to_nobody() {
    for job in ["shift-schedule", "delete-plan-rows"] {
        let bench = Bench::new(job).environment("FEISHU_APP_SECRET", "");
        let before = tree(&bench.path(""));
        let said = bench.feishu(&["check", &bench.job_file()]);
        assert_eq!(said.exit, 1, "{}", said.stderr);
        assert_eq!(tree(&bench.path("")), before);
        let record = bench.record();
        assert!(record.endpoints.is_empty() && record.not_found == 0);
    }
}

#[test]
fn what_check_plans_is_what_run_does() {
    for job in [
        "shift-schedule",
        "delete-punches",
        "delete-records",
        "delete-plan-rows",
        "archive-report",
    ] {
        let bench = Bench::new(job).unpaced();
        let plan = bench
            .feishu(&["check", &bench.job_file(), "--json", "--all"])
            .json();
        let ran = bench.run().checked();
        let items = ran.items();
        assert_eq!(plan["rows"], items.read, "{job}");
        assert_eq!(plan["items"], items.read - items.rejected, "{job}");
        let listed: Vec<u64> = plan["rejections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rejection| rejection["record"].as_u64().unwrap())
            .collect();
        let rejected: Vec<u64> = ran
            .records("rejected")
            .iter()
            .map(|record| *record as u64)
            .collect();
        assert_eq!(listed, rejected, "{job}");
        let reasons: Vec<String> = ran
            .unsuccessful("rejected")
            .into_iter()
            .map(|(_, reason)| reason)
            .collect();
        for (rejection, reason) in plan["rejections"].as_array().unwrap().iter().zip(reasons) {
            assert_eq!(rejection["reason"], reason, "{job}");
        }
    }
}

#[test]
fn checking_a_file_in_which_nothing_is_wrong_exits_with_0() {
    let table = Table::new(&["id"]).row(["18014649"]);
    let bench = Bench::new("delete-records").rows(&table);
    let said = bench.feishu(&["check", &bench.job_file(), "--input", "input.csv"]);
    assert_eq!(said.exit, 0, "{}", said.stdout);
}

#[test]
fn checking_a_file_that_run_would_refuse_exits_with_2() {
    let table = (0..30).fold(Table::new(&["id"]), |table, _| table.row(["1E5"]));
    let bench = Bench::new("delete-records").rows(&table);
    let said = bench.feishu(&["check", &bench.job_file(), "--input", "input.csv", "--json"]);
    assert_eq!((said.exit, &said.json()["would_run"]), (2, &false.into()));
    assert!(
        said.stderr.contains("30 of 30 rows are rejected"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_plan_names_the_window_that_binds_and_the_time_it_costs() {
    let table = (0..26).fold(Table::new(&["record_id"]), |table, row| {
        table.row([format!("67{row}")])
    });
    let bench = Bench::new("delete-punches")
        .job(|job| job.replace("ignore", "# ignore"))
        .rows(&table);
    let arguments = [
        "check",
        "jobs/delete-punches.toml",
        "--input",
        "input.csv",
        "--quota",
        "1/2s,2/60s",
    ];
    let said = bench.feishu(&arguments);
    // Three calls, and the third has to leave the minute of the first.
    assert!(
        said.stdout
            .contains("at least 1 min 00 s (the quota 2/60s binds)"),
        "{}",
        said.stdout
    );
}
