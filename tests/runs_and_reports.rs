//! The run store is the only truth: reports are written again from it, and only one process works on it.

use std::fs;

use crate::support::Bench;

#[test]
fn reports_are_written_again_byte_for_byte() {
    let bench = Bench::new("shift-schedule");
    let ran = bench.run().checked();
    let names = ["success.csv", "failure.csv", "summary.json"];
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
    let names = ["failure.csv", "success.csv", "summary.json", "run.log"];
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
