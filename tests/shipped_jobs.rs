//! The five jobs that ship load their samples, at the documented quota.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::support::bench::program;
use crate::support::ran::Said;
use crate::support::{Bench, Items, Method, Ran};

fn shipped(job: &str) -> Ran {
    Bench::new(job).run().checked()
}

#[test]
fn the_shift_schedule_reports_exactly_what_the_sandbox_applied() {
    let ran = shipped("shift-schedule");
    assert_eq!(
        ran.items(),
        Items {
            read: 366,
            succeeded: 356,
            failed: 3,
            rejected: 7,
            unconfirmed: 0,
            pending: 0
        }
    );
}

#[test]
fn deleting_punches_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-punches").items();
    assert_eq!((items.read, items.failed, items.rejected), (37, 2, 3));
}

#[test]
fn deleting_records_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-records").items();
    assert_eq!((items.read, items.failed, items.rejected), (642, 2, 2));
}

#[test]
fn deleting_plan_rows_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-plan-rows").items();
    assert_eq!((items.read, items.rejected), (26, 3));
}

#[test]
fn the_archive_report_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("archive-report").items();
    assert_eq!((items.read, items.failed, items.rejected), (122, 2, 5));
}

#[test]
fn each_job_does_the_same_in_the_built_in_sandbox_without_any_account() {
    for method in Method::ALL {
        let bench = Bench::new(method.job()).unpaced();
        let expected = bench.run().items();
        let before = bench.record();
        // Without --yes: nothing real is destroyed.
        let mut command = program(&bench.path(""));
        command.args(["run", &bench.job_file(), "--sandbox", "--json"]);
        let output = command.output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            summary["items"]["succeeded"],
            expected.succeeded,
            "{}",
            method.job()
        );
        assert_eq!(bench.record().calls, before.calls);
    }
}

/// A process that ends with the test, also when the test fails.
struct Served(std::process::Child);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_sandbox_serves_other_programs_with_the_credentials_it_prints() {
    let bench = Bench::new("shift-schedule");
    let mut serve = program(&bench.path(""));
    let mut served = Served(
        serve
            .arg("sandbox")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let printed = BufReader::new(served.0.stdout.take().unwrap()).lines();
    let variables: Vec<String> = printed.take(3).map(Result::unwrap).collect();
    let mut run: Command = program(&bench.path(""));
    run.envs(variables.iter().filter_map(|line| line.split_once('=')));
    let output = run.args(["run", &bench.job_file()]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("356 of 366 items succeeded"), "{said}");
}

#[test]
fn a_job_that_ships_runs_by_its_name_where_there_is_nothing_but_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let feishu = |arguments: &[&str]| {
        let output = program(folder.path())
            .args(arguments)
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .output()
            .unwrap();
        Said::new(output.status.code(), &output.stdout, &output.stderr)
    };
    let ran = feishu(&[
        "run",
        "shift-roster",
        "--sandbox",
        "--quota",
        "none",
        "--json",
    ]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(ran.json()["items"]["succeeded"], 1048);
    assert_eq!(feishu(&["rerun", "last"]).exit, 1);
    let copied = feishu(&["jobs", "copy", "shift-roster", "--to", "mine"]);
    assert_eq!((copied.exit, copied.stdout.lines().count()), (0, 3));
    assert_eq!(feishu(&["check", "mine/jobs/shift-roster.toml"]).exit, 1);
    assert_eq!(
        feishu(&["jobs", "copy", "shift-roster", "--to", "mine"]).exit,
        2
    );
    assert_eq!(feishu(&["jobs", "copy", "nothing"]).exit, 2);
    assert!(feishu(&["jobs"]).stdout.contains("shift-roster  "));
    let text = feishu(&["jobs", "show", "shift-roster"]).stdout;
    assert!(text.starts_with("# Shifts from a monthly roster"), "{text}");
}

#[test]
fn a_mistyped_name_of_a_job_is_told_the_nearest_one() {
    let said = Bench::new("shift-schedule").feishu(&["run", "shift-rooster", "--sandbox"]);
    assert_eq!(said.exit, 2);
    for words in [
        "no job that ships is called shift-rooster",
        "did you mean `shift-roster`?",
    ] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}
