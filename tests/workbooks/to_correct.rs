//! So much of a workbook is rejected that nothing is sent: the whole table is written again, to be corrected and run.

use super::cells::JOB;
use crate::support::office::Office;
use crate::support::sheet::{Grid, Sheet, cells, part};

/// Three people, of whom the job knows one, and a day with an unknown word; one rejected row is allowed.
fn above_the_limit() -> Office {
    let sheet = Sheet::new("九月")
        .row(["2026年9月 排班表"])
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", "白"])
        .row(["008", "白", "白", ""])
        .row(["0071", "白", "", ""]);
    strict().sheets(&[sheet])
}

fn strict() -> Office {
    Office::new(JOB).job("max_rejected = 1000", "max_rejected = 0")
}

/// What `check` says of a file of which too much is rejected.
fn above(office: &Office) -> String {
    let said = office.on_job("check", &[]);
    assert_eq!(said.exit, 2, "{}{}", said.stdout, said.stderr);
    said.stderr
}

/// Corrects cells of a sheet by their rows and columns.
fn correct(office: &Office, name: &str, corrections: &[(usize, usize, &str)]) {
    let mut grid = Grid::of_texts(&office.path(name));
    for (row, column, text) in corrections {
        (*text).clone_into(&mut grid.rows[*row][*column]);
    }
    grid.save(&office.path(name));
}

#[test]
fn a_roster_above_the_limit_is_written_whole_and_sent_whole_once_it_is_corrected() {
    let office = above_the_limit();
    let refusal = above(&office);
    assert!(
        refusal.contains("input.failure.xlsx is the whole table"),
        "{refusal}"
    );
    let grid = Grid::of_texts(&office.path("input.failure.xlsx"));
    assert_eq!(grid.sheet, "九月");
    assert_eq!(grid.rows[0][0], "2026年9月 排班表");
    assert_eq!(
        grid.rows[1],
        ["工号", "1", "2", "3", "_record", "_reason", "_rule"]
    );
    assert_eq!(grid.rows[2], ["007", "白", "", "白", "1", "", ""]);
    assert_eq!(grid.rows[3][..5], ["008", "白", "白", "", "2"]);
    assert!(grid.rows[3][5].contains("is not in the lookup `people`"));
    let notes = part(&office.path("input.failure.xlsx"), "xl/comments1.xml");
    assert_eq!(notes.matches("<comment ").count(), 2, "{notes}");

    // Unchanged, it is refused as its original was.
    let office = office.input("input.failure.xlsx");
    let refusal = above(&office);
    assert!(refusal.contains("2 of 3 rows are rejected"), "{refusal}");

    correct(
        &office,
        "input.failure.xlsx",
        &[(3, 0, "007"), (3, 1, ""), (4, 0, "110101199003071234")],
    );
    let sent = office.send(&[]);
    assert_eq!(sent.items, [4, 4, 0, 0]);
    assert_eq!(
        office.days(),
        [
            "e7 20260901 s1",
            "e7 20260902 s1",
            "e7 20260903 s1",
            "e9 20260901 s1"
        ]
    );
}

#[test]
fn run_writes_it_too_into_another_folder_if_asked_and_never_over_a_file() {
    let office = above_the_limit();
    for name in ["out/input.failure.xlsx", "out/input.failure-2.xlsx"] {
        let said = office.on_job("run", &["--yes", "--out", "out"]);
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert!(said.stderr.contains(name), "{}", said.stderr);
        assert!(office.path(name).is_file());
    }
    assert!(!office.path("input.failure.xlsx").exists());
    let left = std::fs::read_dir(office.path("out")).unwrap().count();
    assert_eq!(left, 2, "nothing half-written is left");
}

#[test]
fn a_rejection_that_the_table_does_not_show_stays_until_its_rule_is_emptied() {
    let sheet = Sheet::new("九月")
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", ""])
        .merged((1, 1), (1, 2));
    let office = strict().sheets(&[sheet]);
    above(&office);
    let tolerant = office
        .job("max_rejected = 0", "max_rejected = 1000")
        .input("input.failure.xlsx");
    let untouched = tolerant.send(&[]);
    assert_eq!(untouched.items[1], 0, "{}", untouched.said.stderr);
    let grid = Grid::of_texts(&tolerant.path("input.failure.xlsx"));
    let rule = grid.column(0, "_rule");
    correct(
        &tolerant,
        "input.failure.xlsx",
        &[(1, 2, "白"), (1, rule, "")],
    );
    assert_eq!(tolerant.send(&[]).items, [2, 2, 0, 0]);
}

#[test]
fn a_text_file_above_the_limit_is_refused_and_nothing_is_written() {
    let office = strict().file("input.csv", "工号,1,2,3\n008,白,,\n");
    above(&office);
    assert!(!office.path("input.failure.xlsx").exists());
}

#[test]
fn where_it_cannot_be_written_the_refusal_says_why_and_what_to_do() {
    let office = above_the_limit().file("out", "a file");
    let office = office.input("input.xlsx");
    let said = office.on_job("check", &["--out", "out"]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    for words in [
        "2 of 3 rows are rejected",
        "the table to correct is not written",
        "choose another folder with --out DIR",
    ] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}
