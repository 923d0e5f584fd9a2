//! What is refused before anything is sent leaves no run, no file and no call.

#[cfg(target_os = "linux")]
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

use crate::support::{Bench, Table};

#[test]
fn a_job_that_destroys_is_refused_without_a_terminal_and_without_yes() {
    for (job, items) in [
        ("delete-punches", "34"),
        ("delete-records", "640"),
        ("delete-plan-rows", "23"),
    ] {
        let ran = Bench::new(job).without_yes().run();
        let expected = format!("error: this deletes {items} items");
        assert!(ran.refused().contains(&expected), "{}", ran.said.stderr);
        assert!(ran.refused().contains("--yes"));
    }
}

#[test]
fn rows_that_clear_a_schedule_are_refused_without_yes_and_counted() {
    let table = Table::new(&[
        "user_id",
        "group_id",
        "shift_id",
        "month",
        "day_no",
        "is_clear_schedule",
    ])
    .row(["u1", "g1", "s1", "202611", "1", "true"])
    .row(["u1", "g1", "s1", "202611", "2", "false"])
    .row(["u1", "g1", "s1", "202611", "3", "TRUE"]);
    let ran = Bench::new("shift-schedule")
        .rows(&table)
        .without_yes()
        .run();
    assert!(
        ran.refused()
            .contains("error: this clears 2 items, 2026-11-01 to 2026-11-03,"),
        "{}",
        ran.said.stderr
    );
    let ran = Bench::new("shift-schedule").rows(&table).run().checked();
    assert_eq!(ran.said.exit, 0);
}

#[test]
fn rows_that_clear_nothing_need_no_yes() {
    let ran = Bench::new("shift-schedule").without_yes().run().checked();
    assert_eq!(ran.said.exit, 1);
}

#[test]
fn more_rejected_rows_than_the_job_allows_send_nothing() {
    let mut table = Table::new(&["id"]);
    for row in 0..300 {
        table = table.row([if row % 9 == 0 {
            "1E5".to_owned()
        } else {
            format!("18014649{row:04}")
        }]);
    }
    let ran = Bench::new("delete-records").rows(&table).run();
    assert!(
        ran.refused()
            .contains("34 of 300 rows are rejected; the job allows 30"),
        "{}",
        ran.said.stderr
    );
}

#[test]
fn max_rejected_of_the_job_decides_how_many_are_too_many() {
    let table = Table::new(&["id"]).row(["18014649"]).row(["1E5"]);
    let allowing = |limit: &str| {
        let job = format!("\n[limits]\nmax_rejected = {limit}\n");
        Bench::new("delete-records")
            .job(|text| format!("{text}{job}"))
            .rows(&table)
            .run()
    };
    allowing("0").refused();
    assert_eq!(allowing("1").checked().said.exit, 1);
    assert_eq!(allowing("\"0%\"").checked().said.exit, 1);
}

#[test]
fn few_rejected_rows_never_stop_a_small_file() {
    let table = (0..20).fold(Table::new(&["id"]), |table, _| table.row(["1E5"]));
    let ran = Bench::new("delete-records")
        .rows(&table.row(["18014649"]))
        .run()
        .checked();
    assert_eq!((ran.said.exit, ran.items().succeeded), (1, 1));
}

#[test]
fn missing_credentials_are_told_before_the_input_is_read() {
    for name in ["FEISHU_APP_ID", "FEISHU_APP_SECRET"] {
        let ran = Bench::new("delete-records")
            .environment(name, "")
            .argument("--input")
            .argument("there-is-no-such-file.csv")
            .run();
        assert!(ran.refused().contains("FEISHU_APP"), "{}", ran.said.stderr);
        assert!(
            !ran.said.stderr.contains("there-is-no-such-file"),
            "{}",
            ran.said.stderr
        );
    }
}

#[test]
fn a_file_that_cannot_be_trusted_is_refused_whole() {
    for (name, bytes, expected) in [
        (
            "quote.csv",
            "id\n1\n\"2\n3\n".as_bytes(),
            "the quote opened in line 3 is never closed",
        ),
        ("empty.csv", b"", "no rows"),
        ("header.csv", b"id\n", "no rows"),
        ("twice.csv", b"id,id\n1,2\n", "both named `id`"),
        ("semicolon.csv", b"id;name\n1;2\n", "delimiter = \";\""),
        (
            "missing.csv",
            b"name\n1\n",
            "the header lacks the column `id`",
        ),
        (
            "unknown.csv",
            b"id,name\n1,2\n",
            "the job does not use the column `name`",
        ),
        (
            "array.jsonl",
            b"[{\"id\":\"1\"}]\n",
            "one JSON array, not JSONL",
        ),
        ("book.csv", b"PK\x03\x04 and so on", "book.csv"),
    ] {
        let ran = Bench::new("delete-records")
            .file(name, bytes, String::new())
            .run();
        assert!(
            ran.refused().contains(expected),
            "{name}: {}",
            ran.said.stderr
        );
        assert_eq!(ran.said.stdout, "");
    }
}

#[test]
fn no_quota_is_only_for_a_server_on_this_machine() {
    let ran = Bench::new("delete-records")
        .unpaced()
        .environment("FEISHU_BASE_URL", "https://open.feishu.cn")
        .run();
    assert!(
        ran.refused()
            .contains("--quota none is only for a server on this machine"),
        "{}",
        ran.said.stderr
    );
}

/// A limit of processes holds for nobody who may do everything, so the program is run as somebody else.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_made_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = folder.path().join("feishu-bulk");
    std::fs::copy(env!("CARGO_BIN_EXE_feishu-bulk"), &program).unwrap();
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let as_somebody = [
        "setpriv",
        "--reuid",
        "64123",
        "--regid",
        "64123",
        "--clear-groups",
    ];
    let run = |threads: &str| {
        let mut command = std::process::Command::new("prlimit");
        command.arg(format!("--nproc={threads}"));
        if is_root {
            command.args(as_somebody);
        }
        let output = command.arg(&program).arg("endpoints").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let most = if is_root { 5 } else { 1 };
    for threads in 1..=most {
        let (exit, said) = run(&threads.to_string());
        assert_eq!(exit, Some(2), "{threads}: {said}");
        assert!(
            said.starts_with("error: the program could not start its threads\n"),
            "{said}"
        );
    }
    if is_root {
        // Nobody else is this user, so the limit is this program's alone.
        assert_eq!(run("32"), (Some(0), String::new()));
    }
}
