//! `failure.csv` and `failure.jsonl` are valid inputs of the same job: correct the cells, run the job again.

use std::fs;

use crate::support::Ran;
use crate::support::{Bench, Format, Table};

const COLUMNS: &[&str] = &["姓名", "user_id", "group_id", "shift_id", "month", "day_no"];

/// Eight rows of which five need a hand: one the platform refuses, and four that are not sent.
fn table() -> Table {
    let row = |day: &str, name: &str| [name, "u1", "g1", "s1", "202611", day].map(str::to_owned);
    Table::new(COLUMNS)
        .row(row("1", "陈建国"))
        .row(row("2", "O'Neil, \"Pat\""))
        .row(row("3", "=1+1"))
        .set(3, "group_id", "6737202939523236199")
        .row(row("31", "two\nlines"))
        .row(row("5", " spaces "))
        .set(5, "user_id", "")
        .row(row("6", "6"))
        .set(6, "month", "2026-11")
        .row(row("7", "7"))
        .row(row("7", "7"))
        .set(8, "shift_id", "s2")
}

fn first_run(format: Format) -> (Bench, Ran) {
    let bench = Bench::new("shift-schedule").rows_as(&table(), format);
    let ran = bench.run().checked();
    assert_eq!(
        (
            ran.said.exit,
            ran.records("failed"),
            ran.records("rejected")
        ),
        (1, vec![3], vec![4, 5, 6, 7, 8])
    );
    (bench, ran)
}

#[test]
fn a_corrected_failure_csv_succeeds_in_the_same_job() {
    let (bench, ran) = first_run(Format::Csv);
    let report = ran.report("failure");
    // As in a spreadsheet: cells are corrected, one of two conflicting rows is deleted, our own columns are left alone.
    let mut reader = csv::Reader::from_reader(report.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(reader.headers().unwrap()).unwrap();
    for record in reader.records().map(Result::unwrap) {
        let mut cells: Vec<&str> = record.iter().collect();
        match &cells[6..] {
            ["3", ..] => cells[2] = "g1",
            ["4", ..] => cells[5] = "4",
            ["5", ..] => cells[1] = "u1",
            ["6", ..] => cells[4] = "202611",
            ["7", ..] => {}
            _ => continue,
        }
        writer.write_record(cells).unwrap();
    }
    let corrected = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    let again = bench
        .file("corrected.csv", corrected.clone().as_bytes(), corrected)
        .run()
        .checked();
    assert_eq!(
        (again.said.exit, again.items().succeeded),
        (0, 5),
        "{}",
        again.said.stderr
    );
}

#[test]
fn a_corrected_failure_jsonl_succeeds_in_the_same_job() {
    let (bench, ran) = first_run(Format::Jsonl);
    let mut corrected = String::new();
    for line in ran.report("failure").lines() {
        let mut object: serde_json::Value = serde_json::from_str(line).unwrap();
        match object["_record"].as_u64() {
            Some(3) => object["group_id"] = "g1".into(),
            Some(4) => object["day_no"] = 4.into(),
            Some(5) => object["user_id"] = "u1".into(),
            Some(6) => object["month"] = 202_611.into(),
            Some(7) => {}
            _ => continue,
        }
        corrected.extend([&object.to_string(), "\n"]);
    }
    let again = bench
        .file("corrected.jsonl", corrected.clone().as_bytes(), corrected)
        .run()
        .checked();
    assert_eq!(
        (again.said.exit, again.items().succeeded),
        (0, 5),
        "{}",
        again.said.stderr
    );
}

/// The cells of a report, record by record, without the columns of ours.
fn own_cells(report: &str, format: Format) -> Vec<Vec<String>> {
    let is_own = |name: &str| !name.starts_with('_');
    match format {
        Format::Csv => {
            let mut reader = csv::Reader::from_reader(report.as_bytes());
            let header = reader.headers().unwrap().clone();
            let own = |record: csv::StringRecord| {
                let cells = header.iter().zip(&record);
                let cells = cells.filter(|(name, _)| is_own(name));
                cells.map(|(_, cell)| cell.to_owned()).collect()
            };
            reader.records().map(Result::unwrap).map(own).collect()
        }
        Format::Jsonl => {
            let own = |line: &str| {
                let object: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(line).unwrap();
                let cells = object.iter().filter(|(name, _)| is_own(name));
                cells
                    .map(|(name, cell)| format!("{name}: {cell}"))
                    .collect()
            };
            report.lines().map(own).collect()
        }
    }
}

#[test]
fn a_failure_file_that_nobody_corrected_leads_to_the_same_outcomes() {
    for format in [Format::Csv, Format::Jsonl] {
        let (bench, ran) = first_run(format);
        let report = ran.report("failure");
        let name = format!("failure.{}", format.extension());
        let bytes = fs::read(ran.folder().join(&name)).unwrap();
        let again = bench.file(&name, &bytes, report).run().checked();
        let outcomes = again.items();
        assert_eq!(
            (outcomes.read, outcomes.failed, outcomes.rejected),
            (6, 1, 5)
        );
        let before = own_cells(&ran.report("failure"), format);
        assert_eq!(before.len(), 6);
        assert_eq!(before, own_cells(&again.report("failure"), format));
    }
}

#[test]
fn lines_that_could_not_be_read_stay_rejected_until_they_are_corrected() {
    let table = Table::new(&["id"]).row(["18014649"]).row(["0"]).unreadable(
        2,
        "18014650,18014651",
        "{\"id\": \"18014650\"",
    );
    for format in [Format::Csv, Format::Jsonl] {
        let bench = Bench::new("delete-records").rows_as(&table, format);
        let ran = bench.run().checked();
        assert_eq!(ran.records("rejected"), [2]);
        let name = format!("failure.{}", format.extension());
        let bytes = fs::read(ran.folder().join(&name)).unwrap();
        fs::write(bench.path(&name), bytes).unwrap();
        let checked = bench.feishu(&["check", &bench.job_file(), "--input", &name]);
        assert_eq!(checked.exit, 1, "{}", checked.stdout);
        assert!(
            checked.stdout.contains("0 to send, 1 rejected"),
            "{}",
            checked.stdout
        );
    }
}
