//! Runs at the same time on one machine share one quota.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::bench::program;
use crate::support::{Bench, Table};

/// A sandbox of its own, for as long as the test runs.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts a sandbox; gives what a program needs to find it.
fn serve(folder: &Path) -> (Served, Vec<(String, String)>) {
    let mut command = program(folder);
    command.arg("sandbox").stdout(Stdio::piped());
    let mut served = Served(command.stderr(Stdio::null()).spawn().unwrap());
    let printed = BufReader::new(served.0.stdout.take().unwrap()).lines();
    let variables = printed.take(3).map(|line| {
        let line = line.unwrap();
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let variables = variables.collect();
    (served, variables)
}

/// Twelve calls of ten records each, none of which occurs in another part.
fn part(bench: Bench, part: u32) -> (Bench, String) {
    let rows = (0..120).fold(Table::new(&["record_id"]), |table, row| {
        table.row([&format!("7{part:03}{row:06}")])
    });
    let name = format!("part-{part}.csv");
    let text = rows.write(crate::support::Format::Csv);
    let bench = bench.file(&name, text.clone().as_bytes(), text);
    (bench, name)
}

fn start(bench: &Bench, variables: &[(String, String)], input: &str) -> Command {
    let mut command = program(&bench.path(""));
    command.envs(variables.iter().cloned()).args([
        "run",
        &bench.job_file(),
        "--input",
        input,
        "--yes",
        "--json",
    ]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn two_runs_at_once_share_the_quota_and_hardly_a_call_of_theirs_is_refused() {
    let (bench, one) = part(Bench::new("delete-punches"), 1);
    let (bench, two) = part(bench, 2);
    let (_served, variables) = serve(&bench.path(""));
    let children: Vec<Child> = [one, two]
        .iter()
        .map(|input| start(&bench, &variables, input).spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["items"]["succeeded"], 120, "{said}");
        // A machine that is busy with other tests may bring a call too late; that none is sent too early is shown without a clock.
        assert!(summary["calls"]["throttled"].as_u64() <= Some(1), "{said}");
    }
}

#[test]
fn without_a_folder_for_its_state_a_run_says_that_others_do_not_see_its_calls() {
    let (bench, one) = part(Bench::new("delete-punches"), 1);
    let (bench, two) = part(bench, 2);
    let (bench, three) = part(bench, 3);
    let (_served, variables) = serve(&bench.path(""));
    let run = |input: &str, prepare: &dyn Fn(&mut Command)| {
        let mut command = start(&bench, &variables, input);
        prepare(&mut command);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = run(&one, &|command| {
        command
            .env_remove("HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("LOCALAPPDATA");
    });
    assert!(
        missing.contains("may exceed the quota together"),
        "{missing}"
    );
    let in_the_way = bench.path("part-1.csv");
    let unusable = run(&two, &|command| {
        for name in ["HOME", "XDG_STATE_HOME", "LOCALAPPDATA"] {
            command.env(name, &in_the_way);
        }
    });
    assert!(
        unusable.contains("may exceed the quota together"),
        "{unusable}"
    );
    assert!(!run(&three, &|_| ()).contains("may exceed the quota together"));
}
