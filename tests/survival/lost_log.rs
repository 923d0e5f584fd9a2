//! A run store without the log that it needs, a copy of a run, and a lock file that was removed: what may have been sent is named, and
//! nothing is sent again unasked.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::thread::{sleep, yield_now};
use std::time::Duration;

use feishu_bulk::sandbox::Endpoint;
use serde_json::Value;

use super::sigkill::{Victim, runtime};
use crate::support::Method;
use crate::support::ran::Said;

const ITEMS: usize = 400;

/// A run that was killed after some of its calls.
fn killed(runtime: &tokio::runtime::Runtime) -> Victim {
    let victim = Victim::sized(Method::Shifts, ITEMS, 5, runtime);
    let mut child = victim.start(false);
    while calls(&victim) < 10 {
        yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Calls whose bytes had left when the process died arrive a little later.
    let mut arrived = 0;
    while arrived != calls(&victim) {
        arrived = calls(&victim);
        sleep(Duration::from_millis(50));
    }
    victim
}

/// Calls with items that arrived so far.
fn calls(victim: &Victim) -> usize {
    let calls = victim.record().calls;
    let with_items = calls.iter().filter(|call| call.endpoint != Endpoint::Token);
    with_items.count()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn items(victim: &Victim, runs: &str) -> Value {
    let said = victim.feishu(&["runs", "last", "--json", "--runs", runs]);
    said.json()["items"].clone()
}

/// Everything that has no outcome is named as perhaps sent, and counted so; nothing is sent before somebody agrees.
fn is_asked_about(victim: &Victim, runs: &str, because: &str) -> Said {
    let before = calls(victim);
    let counts = items(victim, runs);
    assert_eq!(counts["pending"], 0, "{counts}");
    let unconfirmed = counts["unconfirmed"].as_u64().unwrap();
    assert!(unconfirmed > 0, "{counts}");
    let said = victim.feishu(&["resume", "last", "--runs", runs]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    let option = if runs == "runs" {
        String::new()
    } else {
        format!(" --runs {runs}")
    };
    let run = victim.run_folders()[0].file_name().unwrap().to_owned();
    let hint = format!(
        "`feishu-bulk resume {}{option} --yes`",
        run.to_str().unwrap()
    );
    for expected in [
        because,
        &format!("{unconfirmed} items may already be applied"),
        "nothing was sent",
        &hint,
    ] {
        assert!(
            said.stderr.contains(expected),
            "{expected}: {}",
            said.stderr
        );
    }
    assert_eq!(named(&said.stderr), unconfirmed, "{}", said.stderr);
    assert_eq!(calls(victim), before);
    // Asking changes nothing: the second time it is the same.
    assert_eq!(items(victim, runs), counts);
    assert_eq!(victim.feishu(&["report", "last", "--runs", runs]).exit, 0);
    let agreed = victim.feishu(&["resume", "last", "--yes", "--runs", runs]);
    assert_eq!(agreed.exit, 0, "{}", agreed.stderr);
    assert_eq!(named(&agreed.stderr), unconfirmed);
    assert_eq!(items(victim, runs)["succeeded"], ITEMS);
    agreed
}

/// Items in the lines that name batches.
fn named(stderr: &str) -> u64 {
    let lines = stderr.lines().filter(|line| line.starts_with("  batch"));
    let items = lines.map(|line| {
        let (_, items) = line.split_once(": ").unwrap();
        items.split_once(" item").unwrap().0.parse::<u64>().unwrap()
    });
    items.sum()
}

#[test]
fn a_store_without_its_log_sends_nothing_unasked() {
    let runtime = runtime();
    for is_removed in [true, false] {
        let victim = killed(&runtime);
        let log = victim.run_folders()[0].join("run.db-wal");
        if is_removed {
            fs::remove_file(log).unwrap();
        } else {
            fs::write(log, "").unwrap();
        }
        is_asked_about(&victim, "runs", "its log run.db-wal is missing");
    }
}

#[test]
fn a_store_that_was_copied_without_its_log_sends_nothing_unasked() {
    let runtime = runtime();
    let victim = killed(&runtime);
    let folder = &victim.run_folders()[0];
    let copy = victim.path("copies").join(folder.file_name().unwrap());
    fs::create_dir_all(&copy).unwrap();
    fs::copy(folder.join("run.db"), copy.join("run.db")).unwrap();
    is_asked_about(&victim, "copies", "its log run.db-wal is missing");
    // Nothing happened to the run itself.
    let resumed = victim.feishu(&["resume", "last"]);
    assert_eq!(resumed.exit, 0, "{}", resumed.stderr);
}

#[test]
fn a_copy_of_a_run_sends_nothing_unasked_since_the_run_may_have_gone_on() {
    let runtime = runtime();
    let victim = killed(&runtime);
    let folder = &victim.run_folders()[0];
    copy(
        folder,
        &victim.path("copies").join(folder.file_name().unwrap()),
    );
    assert_eq!(victim.feishu(&["resume", "last"]).exit, 0);
    is_asked_about(&victim, "copies", "this folder is a copy");
}

#[test]
fn a_run_that_was_moved_or_looked_at_goes_on_unasked() {
    let runtime = runtime();
    let victim = killed(&runtime);
    // Whoever looks folds no log into the store.
    assert_eq!(victim.feishu(&["runs"]).exit, 0);
    assert_eq!(victim.feishu(&["report", "last"]).exit, 0);
    fs::rename(victim.path("runs"), victim.path("moved")).unwrap();
    let resumed = victim.feishu(&["resume", "last", "--runs", "moved"]);
    assert_eq!(resumed.exit, 0, "{}", resumed.stderr);
    let mut entries = fs::read_dir(victim.path("moved")).unwrap();
    let folder = entries.find_map(|entry| Some(entry.unwrap().path()).filter(|path| path.is_dir()));
    let folder = folder.unwrap();
    let store = |name: &str| folder.join(name).exists();
    assert_eq!(["run.db", "run.db-wal"].map(store), [true, false]);
}

#[test]
fn a_run_whose_lock_file_was_removed_is_still_locked() {
    let runtime = runtime();
    let victim = Victim::sized(Method::Shifts, ITEMS, 5, &runtime);
    let mut child = victim.start(false);
    while calls(&victim) == 0 {
        yield_now();
    }
    let lock = victim.run_folders()[0].join("run.lock");
    fs::remove_file(lock).unwrap();
    let said = victim.feishu(&["resume", "last"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("by another process"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_run_that_was_killed_after_its_end_is_one_file_when_it_was_resumed() {
    let runtime = runtime();
    let victim = Victim::sized(Method::Shifts, ITEMS, 5, &runtime);
    assert_eq!(victim.sit(false, None).exit, Some(0));
    let folder = victim.run_folders().remove(0);
    let log = folder.join("run.db-wal");
    let store = rusqlite::Connection::open(folder.join("run.db")).unwrap();
    let keep = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    store.set_db_config(keep, true).unwrap();
    let opened =
        "UPDATE meta SET value = json_set(value, '$.is_open', json('true')) WHERE name = 'sitting'";
    assert_eq!(store.execute(opened, []).unwrap(), 1);
    drop(store);
    assert!(log.exists());
    let said = victim.feishu(&["resume", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(said.stderr.contains("nothing was sent"), "{}", said.stderr);
    assert!(!log.exists());
}
