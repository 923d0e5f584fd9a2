//! Commands as people type them at first, and the whole command they are told in return.

use crate::support::{Bench, Table};

fn one_record() -> Bench {
    Bench::new("delete-records").rows(&Table::new(&["id"]).row(["18014649"]))
}

#[test]
fn a_table_in_the_place_of_a_job_is_told_what_a_job_is_and_how_to_get_one() {
    let bench = one_record();
    for (name, hint) in [
        (
            "十月 排班.xlsx",
            "hint: `feishu-bulk init --endpoint NAME --from '十月 排班.xlsx'` writes a job for it (`feishu-bulk endpoints` lists the names)",
        ),
        (
            "rows.csv",
            "hint: `feishu-bulk init --endpoint NAME --from rows.csv` writes a job for it (`feishu-bulk endpoints` lists the names)",
        ),
        (
            "rows.JSONL",
            "hint: `feishu-bulk init --endpoint NAME --from rows.JSONL` writes a job for it (`feishu-bulk endpoints` lists the names)",
        ),
        (
            "old.xls",
            "hint: save it as .xlsx; then `feishu-bulk init --endpoint NAME --from old.xlsx` writes a job for it (`feishu-bulk endpoints` lists the names)",
        ),
    ] {
        std::fs::write(bench.path(name), "PK\u{3}\u{4}").unwrap();
        for command in ["check", "run"] {
            let said = bench.feishu(&[command, name]);
            assert_eq!((said.exit, said.stdout.as_str()), (2, ""));
            let what = format!("error: {name} is a table, and `{command}` takes a job first\n");
            assert!(said.stderr.starts_with(&what), "{}", said.stderr);
            assert_eq!(said.stderr.lines().last(), Some(hint));
        }
    }
    let said = bench.feishu(&["check", "十月 排班.xlsx", "jobs/delete-records.toml"]);
    assert!(
        said.stderr
            .ends_with("hint: `feishu-bulk check jobs/delete-records.toml '十月 排班.xlsx'`\n"),
        "{}",
        said.stderr
    );
    let said = bench.feishu(&["check", "none.csv"]);
    assert!(
        said.stderr
            .starts_with("error: cannot read the job file none.csv"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_input_may_follow_the_job_and_is_then_not_given_twice() {
    let bench = one_record();
    let job = bench.job_file();
    let said = bench.feishu(&["check", &job, "input.csv"]);
    assert!(
        said.stdout.contains("input      input.csv\n"),
        "{}",
        said.stdout
    );
    assert_eq!(said.exit, 0);
    let said = bench.feishu(&["run", &job, "input.csv", "--sandbox"]);
    assert!(
        said.stderr.contains("1 of 1 item succeeded"),
        "{}",
        said.stderr
    );
    for command in ["check", "run"] {
        let said = bench.feishu(&[command, &job, "input.csv", "--input", "input.csv"]);
        assert_eq!((said.exit, said.stdout.as_str()), (2, ""));
        assert!(
            said.stderr.contains("cannot be used with"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn the_file_of_a_job_is_shown_without_a_detour() {
    let bench = Bench::new("delete-records");
    let said = bench.feishu(&["check", &bench.job_file()]);
    assert!(
        said.stdout
            .contains("input      samples/delete-records.csv\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_rerun_of_nothing_but_rejected_rows_says_the_whole_command() {
    let table = Table::new(&["id"]).row(["18014649"]).row(["1E5"]);
    let bench = Bench::new("delete-records").rows(&table);
    let job = bench.job_file();
    let runs = "meine Läufe";
    let said = bench.feishu(&["run", &job, "input.csv", "--sandbox", "--runs", runs]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    let said = bench.feishu(&["rerun", "last", "--runs", runs]);
    assert_eq!(said.exit, 2);
    let entries = std::fs::read_dir(bench.path(runs)).unwrap();
    let folders = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir());
    let [run] = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let report = format!("{runs}/{run}/failure.csv");
    assert!(
        said.stderr.ends_with(&format!(
            "  1 item was rejected: without a correction it would be again\nhint: correct the cells in {report}, then `feishu-bulk run {job} --input '{report}' --runs '{runs}' --sandbox`\n"
        )),
        "{}",
        said.stderr
    );
    // The command is one that the program takes.
    let corrected = std::fs::read_to_string(bench.path(&report)).unwrap();
    std::fs::write(bench.path(&report), corrected.replacen("1E5", "1805", 1)).unwrap();
    let said = bench.feishu(&["run", &job, "--input", &report, "--sandbox", "--runs", runs]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
}

#[test]
fn one_of_anything_is_not_several() {
    let table = Table::new(&["id"]).row(["18014649"]).row(["1E5"]);
    let bench = Bench::new("delete-records")
        .job(|job| format!("{job}\n[limits]\nmax_items = 1\nmax_rejected = 1\n"))
        .rows(&table);
    let job = bench.job_file();
    let plan = bench.feishu(&["check", &job, "input.csv"]).stdout;
    for shown in [
        "calls      1 of at most 1 item\n",
        "destroys   1 item deletes or clears something\n",
    ] {
        assert!(plan.contains(shown), "{plan}");
    }
    let said = bench.feishu(&["run", &job, "input.csv"]).stderr;
    assert!(said.contains("warning: 1 of 2 rows is rejected"), "{said}");
    assert!(
        said.contains("error: this deletes 1 item, and that was not confirmed"),
        "{said}"
    );
}
