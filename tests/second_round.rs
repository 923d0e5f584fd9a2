//! The second round: doing what the program itself says next never sends to another place, another month or another plan, and never
//! sends what was rejected.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::bench::program;
use crate::support::{Bench, Table};

/// An archive report of two people, one of whom is not known.
fn archive() -> Table {
    Table::new(&["member_id", "start_time", "end_time", "f1"])
        .row(["u1", "20261101", "20261130", "1"])
        .row(["nobody1", "20261101", "20261130", "1"])
}

/// What was sent of `name`, call by call.
fn sent(bench: &Bench, name: &str) -> Vec<Value> {
    let calls = bench.record().calls.into_iter();
    let bodies = calls.filter_map(|call| serde_json::from_str::<Value>(&call.body?).ok());
    bodies.filter_map(|body| body.get(name).cloned()).collect()
}

#[test]
fn a_corrected_failure_file_goes_to_the_month_of_its_run_or_nowhere() {
    let bench = Bench::new("archive-report")
        .rows(&archive())
        .set("month", "202611");
    let ran = bench.run().checked();
    assert_eq!(ran.summary()["request"]["month"], "202611");
    let corrected = ran.report("failure").replace("nobody1", "u2");
    fs::write(bench.path("corrected.csv"), &corrected).unwrap();
    // The job says October.
    let said = bench.feishu(&["run", &bench.job_file(), "--input", "corrected.csv"]);
    assert_eq!(said.exit, 2);
    assert!(
        said.stderr
            .contains("which sent `month` = `202611`; the job or --set says `202610`"),
        "{}",
        said.stderr
    );
    let check = bench.feishu(&["check", &bench.job_file(), "--input", "corrected.csv"]);
    assert_eq!(check.exit, 2, "{}", check.stderr);
    assert_eq!(sent(&bench, "month"), ["202611"]);
    let typed = [
        "run",
        &bench.job_file(),
        "--input",
        "corrected.csv",
        "--set",
        "month=202611",
    ];
    assert_eq!(bench.feishu(&typed).exit, 0);
    assert_eq!(sent(&bench, "month"), ["202611", "202611"]);
}

#[test]
fn what_the_job_lacks_is_taken_from_the_run() {
    let bench = Bench::new("archive-report")
        .rows(&archive())
        .job(|job| job.replace("month           = \"202610\"\n", ""))
        .set("month", "202611");
    let ran = bench.run().checked();
    let corrected = ran.report("failure").replace("nobody1", "u2");
    fs::write(bench.path("corrected.csv"), &corrected).unwrap();
    let said = bench.feishu(&["run", &bench.job_file(), "--input", "corrected.csv"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(
        said.stderr.contains("is sent as that run was: "),
        "{}",
        said.stderr
    );
    assert_eq!(sent(&bench, "month"), ["202611", "202611"]);
}

#[test]
fn a_row_of_one_plan_is_never_deleted_from_another() {
    let columns = [
        "department",
        "employee_type",
        "location",
        "cost_center",
        "job_family",
    ];
    let table = Table::new(&columns)
        .row(["d1", "e1", "l1", "c1", "j1"])
        .row(["1E5", "e1", "l1", "c1", "j1"]);
    let bench = Bench::new("delete-plan-rows")
        .rows(&table)
        .set("workforce_plan_id", "777");
    let ran = bench.run().checked();
    let corrected = ran.report("failure").replace("1E5", "d2");
    fs::write(bench.path("corrected.csv"), &corrected).unwrap();
    let said = bench.feishu(&[
        "run",
        &bench.job_file(),
        "--input",
        "corrected.csv",
        "--yes",
    ]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert_eq!(sent(&bench, "workforce_plan_id"), ["777"]);
}

#[test]
fn next_is_a_whole_command_that_a_shell_takes_as_it_is() {
    let table = archive();
    let bench = Bench::new("archive-report")
        .rows(&table)
        .set("month", "202611")
        .argument("--runs")
        .argument("十一月 runs")
        .unpaced();
    let output = program(&bench.path(""))
        .args([
            "run",
            &bench.job_file(),
            "--input",
            "input.csv",
            "--set",
            "month=202611",
            "--runs",
            "十一月 runs",
            "--sandbox",
            "--quota",
            "40/1s",
        ])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let next = stderr
        .lines()
        .find_map(|line| line.strip_prefix("next: "))
        .unwrap();
    assert!(
        next.starts_with("feishu-bulk run jobs/archive-report.toml --input '十一月 runs/"),
        "{next}"
    );
    assert!(
        next.ends_with(
            "/failure.csv' --set month=202611 --runs '十一月 runs' --quota 40/1s --sandbox"
        ),
        "{next}"
    );
    if cfg!(unix) {
        let command = next.replace("feishu-bulk", env!("CARGO_BIN_EXE_feishu-bulk"));
        let again = Command::new("sh")
            .current_dir(bench.path(""))
            .args(["-c", &command])
            .output()
            .unwrap();
        // Nobody corrected anything, so the same item fails again.
        let stderr = String::from_utf8(again.stderr).unwrap();
        assert_eq!(again.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("1 failed"), "{stderr}");
    }
}

#[test]
fn a_rehearsal_is_called_one_everywhere_and_its_failure_file_stays_one() {
    let bench = Bench::new("archive-report").rows(&archive());
    let november = ["--set", "month=202611"];
    let job = bench.job_file();
    let rehearsal = ["run", &job, "--input", "input.csv", "--sandbox"];
    let rehearsal = [&rehearsal[..], &november].concat();
    let said = bench.feishu(&rehearsal);
    assert!(
        said.stderr.contains("to the sandbox (a rehearsal)"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("finished (sandbox)"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.lines().last().unwrap().ends_with(" --sandbox"),
        "{}",
        said.stderr
    );
    let runs = bench.feishu(&["runs"]);
    assert!(
        runs.stdout.contains("sandbox: 1 succeeded"),
        "{}",
        runs.stdout
    );
    let shown = bench.feishu(&["runs", "last", "--json"]).json();
    assert_eq!(shown["platform"]["sandbox"], true);
    let failure = bench.run_folders()[0].join("failure.csv");
    let failure = failure
        .strip_prefix(bench.path(""))
        .unwrap()
        .display()
        .to_string();
    let in_earnest = ["run", &job, "--input", &failure];
    let in_earnest = bench.feishu(&[&in_earnest[..], &november].concat());
    assert_eq!(in_earnest.exit, 2, "{}", in_earnest.stderr);
    assert!(
        in_earnest.stderr.contains("which went to the sandbox"),
        "{}",
        in_earnest.stderr
    );
    assert_eq!(bench.record().calls.len(), 0);
}

#[test]
fn a_run_goes_on_only_at_its_platform_and_as_its_app() {
    let bench = Bench::new("archive-report")
        .rows(&archive())
        .set("month", "202611");
    let ran = bench.run().checked();
    let here = ran.summary()["platform"]["host"]
        .as_str()
        .unwrap()
        .to_owned();
    let calls = bench.record().calls.len();
    let elsewhere = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = program(&bench.path(""));
        let base = format!("http://{here}");
        command
            .env("FEISHU_BASE_URL", base)
            .env("FEISHU_APP_ID", feishu_bulk::sandbox::APP_ID);
        command
            .env("FEISHU_APP_SECRET", feishu_bulk::sandbox::APP_SECRET)
            .env(name, value);
        let output = command.args(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let failure = format!(
        "runs/{}/failure.csv",
        ran.summary()["run"].as_str().unwrap()
    );
    let job = bench.job_file();
    for arguments in [
        &["rerun", "last"][..],
        &["run", &job, "--input", &failure, "--set", "month=202611"],
    ] {
        for (name, value) in [
            ("FEISHU_BASE_URL", "http://127.0.0.1:9"),
            ("FEISHU_APP_ID", "cli_another00000001"),
        ] {
            let (exit, stderr) = elsewhere(name, value, arguments);
            assert_eq!(exit, Some(2), "{stderr}");
            assert!(stderr.contains(" went to 127.0.0.1:"), "{stderr}");
        }
    }
    assert_eq!(bench.record().calls.len(), calls);
}

#[test]
fn a_rerun_keeps_to_the_max_items_of_its_job() {
    let columns = ["member_id", "start_time", "end_time", "f1"];
    let unknown = (1..=5).fold(Table::new(&columns), |table, person| {
        table.row([&*format!("nobody{person}"), "20261101", "20261130", "1"])
    });
    let bench = Bench::new("archive-report")
        .rows(&unknown)
        .set("month", "202611")
        .job(|job| format!("{job}\n[limits]\nmax_items = 2\n"));
    let ran = bench.run().checked();
    assert_eq!(ran.items().failed, 5);
    // Calls arrive in any order.
    let items_of_calls = || -> Vec<usize> {
        let calls = sent(&bench, "archive_report_datas").into_iter();
        let counts = calls.map(|items| items.as_array().unwrap().len());
        let mut counts: Vec<usize> = counts.collect();
        counts.sort_unstable();
        counts
    };
    assert_eq!(items_of_calls(), [1, 2, 2]);
    let again = bench.feishu(&["rerun", "last"]);
    assert_eq!(again.exit, 1, "{}", again.stderr);
    assert_eq!(items_of_calls(), [1, 1, 2, 2, 2, 2]);
}

#[test]
fn a_new_hire_stops_no_small_shop_and_no_round_of_corrections() {
    let mut rows = vec!["工号,网点,9月1日,9月2日".to_owned()];
    for person in 1..=5 {
        rows.push(format!("00{person},店,早,早"));
    }
    let table = rows.join("\n");
    let job = "endpoint = \"attendance.user_daily_shifts.batch_create\"\n[input]\n[input.unpivot]\nmonth = \"202609\"\n[request]\nemployee_type = \"employee_id\"\n[item]\nuser_id = { column = \"工号\", lookup = \"people\" }\ngroup_id = { column = \"网点\", lookup = \"shops\" }\nshift_id = { cell = \"value\", lookup = \"shifts\" }\nmonth = { cell = \"month\" }\nday_no = { cell = \"day\" }\n[lookup.people]\nwords = { \"001\" = \"a\", \"002\" = \"b\", \"003\" = \"c\", \"004\" = \"d\" }\n[lookup.shops]\nwords = { \"店\" = \"g\" }\n[lookup.shifts]\nwords = { \"早\" = \"s\" }\n[limits]\nmax_rejected = 1\n";
    let bench = Bench::new("shift-schedule");
    fs::write(bench.path("roster.toml"), job).unwrap();
    fs::write(bench.path("roster.csv"), table).unwrap();
    let said = bench.feishu(&["check", "roster.toml", "--input", "roster.csv", "--json"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert_eq!(said.json()["rejected"], 2);
}
