//! Several sheets read as one input: what did not succeed goes back into sheets of the same names, and is sent to the right people
//! and days when it is corrected and run again.

use std::fs;

use super::{csv_text, read_again, said_of_cells};
use crate::support::office::{Office, Sent};
use crate::support::sheet::{Grid, Sheet, cells};

const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"
[input]
sheets = "*"
ignore = ["姓名"]
[input.unpivot]
[input.unpivot.rest]
words = ["休"]
item  = { shift_id = "0" }
[request]
employee_type = "employee_id"
operator_id   = "dd31248a"
[item]
user_id  = { column = "工号" }
group_id = "g1"
shift_id = { cell = "value", lookup = "shifts" }
month    = { cell = "month" }
day_no   = { cell = "day" }
[lookup.shifts]
words = { "白" = "s1", "夜" = "s2" }
"#;

/// Three departments: one without a fault, one whose table stands a column further to the right.
fn departments() -> Office {
    let plain = |name: &str| {
        Sheet::new(name)
            .row([format!("2026年9月排班表 {name}")])
            .row(cells!["工号", "姓名", 1, 2, 3])
    };
    let moved = Sheet::new("儿科")
        .row(["", "2026年9月排班表"])
        .row(["", "制表人"])
        .row(cells!["", "工号", "姓名", 1, 2, 3])
        .row(["", "e4", "丁", "夜", "丙", "休"]);
    Office::new(JOB).sheets(&[
        plain("内科")
            .row(["e1", "甲", "白", "错", ""])
            .row(["e2", "乙", "夜", "", ""]),
        plain("外科").row(["e3", "丙", "白", "休", ""]),
        moved,
    ])
}

const SENT: [u64; 4] = [8, 6, 0, 2];

fn corrected(cell: &mut String) {
    if ["错", "丙"].contains(&cell.as_str()) {
        "夜".clone_into(cell);
    }
}

/// All that was to be set.
fn all_days(office: &Office) {
    assert_eq!(
        office.days(),
        [
            "e1 20260901 s1",
            "e1 20260902 s2",
            "e2 20260901 s2",
            "e3 20260901 s1",
            "e3 20260902 0",
            "e4 20260901 s2",
            "e4 20260902 s2",
            "e4 20260903 0",
        ]
    );
}

#[test]
fn a_corrected_failure_xlsx_of_several_sheets_has_the_same_sheets_and_succeeds() {
    let office = departments();
    let sent = office.send(&[]);
    assert_eq!(sent.items, SENT, "{}", sent.said.stderr);
    let path = sent.folder.join("failure.xlsx");
    let mut grids = Grid::all_of_texts(&path);
    let names: Vec<&str> = grids.iter().map(|grid| grid.sheet.as_str()).collect();
    assert_eq!(names, ["内科", "外科", "儿科"]);
    let rows: Vec<usize> = grids.iter().map(|grid| grid.rows.len()).collect();
    assert_eq!(rows, [3, 2, 4], "titles and headers are all there");
    assert_eq!(grids[0].rows[2][..6], ["e1", "甲", "", "错", "", "1"]);
    assert_eq!(grids[2].rows[3][..7], ["", "e4", "丁", "", "丙", "", "4"]);
    for grid in &mut grids {
        for row in &mut grid.rows[2..] {
            row.iter_mut().skip(3).for_each(corrected);
        }
    }
    Grid::save_all(&grids, &office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    let plan = office.plan(&[]);
    assert_eq!(plan["sheets"], serde_json::json!(["内科", "外科", "儿科"]));
    assert_eq!(office.send(&[]).items, [2, 2, 0, 0]);
    all_days(&office);
}

#[test]
fn a_failure_csv_of_several_sheets_names_the_sheet_of_each_line_and_succeeds_when_corrected() {
    let office = departments();
    let sent = office.send(&[]);
    let (header, mut records) = sent.failure_csv();
    assert_eq!(header.last().unwrap(), "_sheet");
    let sheets: Vec<&str> = records
        .iter()
        .map(|record| record.last().unwrap().as_str())
        .collect();
    assert_eq!(sheets, ["内科", "儿科"]);
    let success = fs::read_to_string(sent.folder.join("success.csv")).unwrap();
    assert!(success.lines().next().unwrap().ends_with(",_sheet"));
    let value = header.iter().position(|name| name == "_value").unwrap();
    for record in &mut records {
        corrected(&mut record[value]);
    }
    let office = office.file("corrected.csv", csv_text(&header, &records));
    assert_eq!(office.send(&[]).items, [2, 2, 0, 0]);
    all_days(&office);
}

#[test]
fn untouched_failure_files_of_several_sheets_come_to_the_same_outcomes() {
    let office = departments();
    let sent = office.send(&[]);
    let days = office.days();
    let mut office = office;
    for name in ["failure.csv", "failure.xlsx"] {
        office = read_again(office, &sent, name);
        let again: Sent = office.send(&[]);
        assert_eq!(again.items, [2, 0, 0, 2], "{name}");
        assert_eq!(said_of_cells(&again), said_of_cells(&sent), "{name}");
        assert_eq!(office.days(), days);
    }
}

#[test]
fn a_job_that_lists_its_sheets_reads_its_failure_xlsx_though_one_of_them_has_no_failure() {
    let office = departments().job("sheets = \"*\"", "sheets = [\"内科\", \"外科\", \"儿科\"]");
    let sent = office.send(&[]);
    let office = read_again(office, &sent, "failure.xlsx");
    assert_eq!(office.send(&[]).items, [2, 0, 0, 2]);
}

#[test]
fn a_sheet_chosen_by_its_month_is_the_only_one_of_the_failure_xlsx() {
    let month = |name: &str, month: u32, word: &str| {
        Sheet::new(name)
            .row([format!("2026年{month}月排班表")])
            .row(cells!["工号", "姓名", 1, 2, 3])
            .row(["e1", "甲", word, "错", ""])
    };
    let office = Office::new(&JOB.replace("sheets = \"*\"\n", ""))
        .sheets(&[month("九月", 9, "白"), month("十月", 10, "夜")]);
    let sent = office.send(&["--set", "month=202610"]);
    assert_eq!(sent.items, [2, 1, 0, 1]);
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "十月");
    corrected(&mut failure.rows[2][3]);
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(office.send(&["--set", "month=202610"]).items, [1, 1, 0, 0]);
    assert_eq!(office.days(), ["e1 20261001 s2", "e1 20261002 s2"]);
}

#[test]
fn reports_of_several_sheets_are_written_again_byte_for_byte() {
    let office = departments();
    let sent = office.send(&[]);
    let names = ["success.csv", "failure.csv", "failure.xlsx"];
    let read = || names.map(|name| fs::read(sent.folder.join(name)).unwrap());
    let before = read();
    for name in names {
        fs::remove_file(sent.folder.join(name)).unwrap();
    }
    assert_eq!(office.feishu(&["report", "last"]).exit, 0);
    assert!(before == read());
}

#[test]
fn a_rerun_writes_what_fails_again_into_the_sheet_it_came_from() {
    let plain = |name: &str, person: &str| {
        Sheet::new(name)
            .row(["2026年9月排班表"])
            .row(cells!["工号", "姓名", 1, 2, 3])
            .row([person, "甲", "白", "", ""])
    };
    let office = Office::new(JOB).sheets(&[plain("内科", "e1"), plain("外科", "nobody1")]);
    assert_eq!(office.send(&[]).items, [2, 1, 1, 0]);
    let said = office.feishu(&["rerun", "last", "--yes", "--json"]);
    let run = said.json()["run"].as_str().unwrap().to_owned();
    let folder = office.path("runs").join(run);
    let grids = Grid::all_of_texts(&folder.join("failure.xlsx"));
    let names: Vec<&str> = grids.iter().map(|grid| grid.sheet.as_str()).collect();
    assert_eq!(names, ["内科", "外科"]);
    assert_eq!((grids[0].rows.len(), grids[1].rows.len()), (2, 3));
    assert_eq!(grids[1].rows[2][0], "nobody1");
}

#[test]
fn the_store_roster_that_ships_sends_the_sheet_of_the_month_and_no_other() {
    let office = Office::shipped("store-roster");
    let sent = office.send(&[]);
    assert_eq!(sent.items, [615, 552, 31, 32], "{}", sent.said.stderr);
    let failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "十月");
    let days = office.days();
    assert_eq!(days.len(), 552);
    assert!(days.iter().all(|day| day.contains(" 202610")));
}

#[test]
fn the_month_end_report_that_ships_is_sent_without_its_percentages() {
    let office = Office::shipped("month-end");
    let sent = office.send(&[]);
    assert_eq!(sent.items, [20, 18, 1, 1], "{}", sent.said.stderr);
    let lines = office.archive();
    let wanted = "20260901-20260930 f_actual_days=19 f_annual_leave=1 f_required_days=20";
    assert!(
        lines.iter().any(|line| line.ends_with(wanted)),
        "{lines:#?}"
    );
}
