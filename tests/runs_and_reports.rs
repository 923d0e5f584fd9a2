//! The run store is the only truth: reports are written again from it, and only one process works on it.

use std::fs;

use crate::support::Bench;
use crate::support::office::Office;

#[test]
fn reports_are_written_again_byte_for_byte() {
    let bench = Bench::new("shift-schedule");
    let ran = bench.run().checked();
    let names = ["success.csv", "failure.csv", "summary.json", "report.html"];
    let before = names.map(|name| fs::read(ran.folder().join(name)).unwrap());
    for name in names {
        fs::remove_file(ran.folder().join(name)).unwrap();
    }
    let said = bench.feishu(&["report", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let after = names.map(|name| fs::read(ran.folder().join(name)).unwrap());
    assert_eq!(before, after);
    ran.checked();
}

#[test]
fn runs_in_another_folder_are_found_there_and_nowhere_else() {
    let bench = Bench::new("delete-punches");
    let said = bench.feishu(&[
        "run",
        &bench.job_file(),
        "--sandbox",
        "--runs",
        "elsewhere/runs",
    ]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(!bench.path("runs").exists());
    assert_eq!(bench.feishu(&["runs", "last"]).exit, 2);
    assert_eq!(
        bench
            .feishu(&["runs", "last", "--runs", "elsewhere/runs"])
            .exit,
        0
    );
}

#[cfg(unix)]
#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let bench = Bench::new("shift-schedule").one_call_an_hour();
    let started = bench.start();
    let second = bench.feishu(&["report", "last"]);
    assert_eq!(second.exit, 2);
    assert!(
        second
            .stderr
            .contains("is being worked on by another process"),
        "{}",
        second.stderr
    );
    // Looking at it is allowed, and it is at work.
    let states = || {
        let list = bench.feishu(&["runs"]);
        let one = bench.feishu(&["runs", "last"]);
        let json = bench.feishu(&["runs", "last", "--json"]).json();
        assert_eq!((list.exit, one.exit), (0, 0));
        let state = json["state"].as_str().unwrap().to_owned();
        assert!(list.stdout.contains(&state), "{}", list.stdout);
        assert!(
            one.stdout.contains(&format!("state      {state}\n")),
            "{}",
            one.stdout
        );
        state
    };
    assert_eq!(states(), "running");
    started.signal("INT");
    assert_eq!(started.ended().checked().said.exit, 130);
    assert_eq!(states(), "interrupted");
    assert_eq!(bench.feishu(&["report", "last"]).exit, 0);
}

#[test]
fn the_report_for_people_tells_what_the_summary_tells() {
    let office = Office::shipped("shift-roster");
    let sent = office.send(&[]);
    let report = fs::read_to_string(sent.folder.join("report.html")).unwrap();
    let summary = fs::read_to_string(sent.folder.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let items = &summary["items"];
    for (name, mark) in [("succeeded", "✓"), ("failed", "✕"), ("rejected", "▲")] {
        let count = items[name].as_u64().unwrap();
        let count = feishu_bulk::numbers::thousands(count);
        let told = format!("<span aria-hidden=\"true\">{mark} </span>{count} {name}</li>");
        assert!(report.contains(&told), "{told} is not in {report}");
    }
    for told in [&summary["run"], &summary["input"]["sha256"]] {
        assert!(report.contains(told.as_str().unwrap()), "{told}");
    }
    for reason in summary["reasons"].as_array().unwrap() {
        let words = reason["reason"].as_str().unwrap();
        assert!(report.contains(words), "{words} is not in {report}");
    }
    // The cells as a spreadsheet names them, with the person they are of.
    for place in ["九月!C7 (33)", "九月!M9 (0059)", "九月!AI13 (0111)"] {
        assert!(report.contains(place), "{place} is not in {report}");
    }
    // Of the people only the key is shown.
    let (header, records) = sent.failure_csv();
    let at = |title: &str| header.iter().position(|name| name == title).unwrap();
    for record in records {
        assert!(report.contains(&record[at("工号")]), "{record:?}");
        assert!(!report.contains(&record[at("姓名")]), "{record:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_was_interrupted_has_its_report_too() {
    let bench = Bench::new("shift-schedule").one_call_an_hour();
    let started = bench.start();
    started.signal("INT");
    let ran = started.ended().checked();
    let report = fs::read_to_string(ran.folder().join("report.html")).unwrap();
    assert!(report.contains("The run was interrupted."), "{report}");
    let pending = ran.summary()["items"]["pending"].as_u64().unwrap();
    let told = format!("{pending} pending");
    assert!(pending > 0 && report.contains(&told), "{told}: {report}");
}

#[cfg(unix)]
#[test]
fn a_killed_run_tells_the_truth_about_what_it_sent() {
    let bench = Bench::new("shift-schedule").one_call_an_hour();
    let started = bench.start();
    started.signal("KILL");
    assert_eq!(started.ended().said.exit, -1);
    let said = bench.feishu(&["report", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let summary = bench.feishu(&["runs", "last", "--json"]).json();
    assert_eq!(summary["state"], "interrupted");
    let items = &summary["items"];
    let count = |name: &str| items[name].as_u64().unwrap();
    assert!(count("succeeded") > 0 && count("pending") > 0, "{items}");
    let sum = ["succeeded", "failed", "rejected", "unconfirmed", "pending"].map(count);
    assert_eq!(sum.iter().sum::<u64>(), count("read"));
}

#[cfg(unix)]
#[test]
fn reports_are_not_written_through_links_that_somebody_put_in_their_place() {
    let bench = Bench::new("shift-schedule");
    let ran = bench.run().checked();
    let elsewhere = bench.path("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    let names = [
        "failure.csv",
        "success.csv",
        "summary.json",
        "report.html",
        "run.log",
    ];
    for name in names {
        for planted in [name.to_owned(), format!(".{name}.new")] {
            let path = ran.folder().join(planted);
            let _ = fs::remove_file(&path);
            std::os::unix::fs::symlink(&elsewhere, path).unwrap();
        }
    }
    // A finished run is resumed by writing its reports again.
    for command in ["report", "resume"] {
        let said = bench.feishu(&[command, "last"]);
        assert!(said.exit < 2, "{}", said.stderr);
        assert_eq!(
            fs::read_to_string(&elsewhere).unwrap(),
            "precious",
            "{command}"
        );
    }
    for name in &names[..3] {
        let path = ran.folder().join(name);
        assert!(fs::symlink_metadata(path).unwrap().is_file(), "{name}");
    }
}

#[test]
fn a_report_says_how_a_run_was_confirmed_only_where_somebody_confirmed_it() {
    let bench = Bench::new("shift-schedule");
    for (typed, says) in [(&["--sandbox"][..], false), (&["--sandbox", "--yes"], true)] {
        let before = bench.run_folders();
        let job = bench.job_file();
        let options = [&["run", &job, "--quota", "none"], typed].concat();
        assert_eq!(bench.feishu(&options).exit, 1);
        let folders = bench.run_folders();
        let folder = folders.iter().find(|folder| !before.contains(folder));
        let report = fs::read_to_string(folder.unwrap().join("report.html")).unwrap();
        assert_eq!(report.contains("confirmed by"), says, "{typed:?}");
    }
}
