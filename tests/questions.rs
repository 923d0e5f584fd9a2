//! Questions on a real terminal: Ctrl-C ends them at once, and nothing is sent without the answer.

#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::bench::program;
use crate::support::terminal::{Screen, is_there};
use crate::support::{Bench, Table};

fn records() -> Bench {
    let table = (1..=5).fold(Table::new(&["id"]), |table, row| {
        table.row([format!("1801464{row}")])
    });
    Bench::new("delete-records").rows(&table).unpaced()
}

fn asked(bench: &Bench, more: &[&str], steps: &[(&str, &str)]) -> Screen {
    let job = bench.job_file();
    let arguments = [&["run", &job, "input.csv", "--quota", "none"], more].concat();
    Screen::with(&bench.path(""), 100, &arguments, &bench.variables(), steps)
}

#[test]
fn ctrl_c_at_a_question_ends_at_once_and_sends_nothing() {
    if !is_there("script") {
        return;
    }
    for typed in ["\u{3}", "\u{3}\u{3}", "5\u{3}"] {
        let bench = records();
        let screen = asked(&bench, &[], &[("Type 5 to go on: ", typed)]);
        assert_eq!(screen.exit, Some(130), "{:?}", screen.written);
        for said in ["error: interrupted at the question", "nothing was sent"] {
            assert!(
                screen.written.contains(said),
                "{typed:?}: {:?}",
                screen.written
            );
        }
        assert!(
            !screen.written.contains("calls in flight"),
            "{}",
            screen.written
        );
        assert!(bench.run_folders().is_empty());
        assert!(bench.record().applied.records_deleted.is_empty());
    }
}

#[test]
fn only_the_number_that_is_asked_for_sends_anything() {
    if !is_there("script") {
        return;
    }
    for (typed, exit, sent) in [("4\n", 2, 0), ("\n", 2, 0), ("\u{4}", 2, 0), ("5\n", 0, 5)] {
        let bench = records();
        let screen = asked(&bench, &[], &[("Type 5 to go on: ", typed)]);
        assert_eq!(screen.exit, Some(exit), "{:?}", screen.written);
        assert_eq!(bench.record().applied.records_deleted.len(), sent);
    }
}

#[test]
fn what_was_deleted_before_is_asked_about_also_where_yes_was_typed() {
    if !is_there("script") {
        return;
    }
    let bench = records();
    assert_eq!(bench.run().said.exit, 0);
    for (typed, exit) in [("\u{3}", 130), ("5\n", 1)] {
        let screen = asked(&bench, &["--yes"], &[("Type 5 to go on: ", typed)]);
        assert_eq!(screen.exit, Some(exit), "{:?}", screen.written);
        assert!(
            screen
                .written
                .contains("sent the same file with the same values: 5 succeeded")
        );
    }
}

#[test]
fn ctrl_c_ends_a_command_whose_output_nobody_reads() {
    let table = (1..=3000).fold(Table::new(&["id"]), |table, row| {
        table.row([format!("{row}E5")])
    });
    let bench = Bench::new("delete-records")
        .job(|job| format!("{job}\n[limits]\nmax_rejected = \"100%\"\n"))
        .rows(&table);
    let mut child = program(&bench.path(""))
        .args(["check", &bench.job_file(), "input.csv", "--all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0]).unwrap();
    let began = Instant::now();
    let exit = loop {
        let mut kill = Command::new("kill");
        kill.args(["-s", "INT", &child.id().to_string()]);
        kill.stderr(Stdio::null()).status().unwrap();
        if let Some(exit) = child.try_wait().unwrap() {
            break exit;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it does not end");
        std::thread::yield_now();
    };
    assert_eq!(exit.code(), Some(130));
}
