//! `failure.xlsx` and `failure.csv` of a workbook are inputs of the same job: corrected as a person would, everything succeeds.

use std::fs;
use std::path::Path;

use crate::support::office::{Office, Sent, rejections};
use crate::support::sheet::{Grid, part};

/// Read, succeeded, failed, rejected of the two samples, as they ship.
const ROSTER_ITEMS: [u64; 4] = [1171, 1048, 30, 93];
const REPORT_ITEMS: [u64; 4] = [37, 34, 1, 2];

/// The roster sample with an ample limit for what is rejected, so that a failure report may be read again untouched.
fn roster() -> Office {
    tolerant(Office::shipped("shift-roster"))
}

fn report() -> Office {
    tolerant(Office::shipped("archive-report-monthly"))
}

fn tolerant(office: Office) -> Office {
    office.job(
        "[lookup.people]",
        "[limits]\nmax_rejected = 1000\n\n[lookup.people]",
    )
}

#[test]
fn the_plan_of_each_workbook() {
    for name in ["shift-roster", "archive-report-monthly"] {
        let said = Office::shipped(name).on_job("check", &[]);
        assert_eq!(said.stderr, "");
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("check-{name}"), said.stdout);
        });
    }
}

#[test]
fn the_roster_that_ships_comes_to_the_same_outcomes_from_either_file() {
    let office = Office::shipped("shift-roster");
    assert_eq!(office.send(&[]).items, ROSTER_ITEMS);
    let of_workbook = office.days();
    let office = Office::shipped("shift-roster").input("samples/shift-roster.csv");
    assert_eq!(office.send(&[]).items, ROSTER_ITEMS);
    assert_eq!(office.days(), of_workbook);
}

#[test]
fn failure_xlsx_is_laid_out_as_the_roster_with_only_what_did_not_succeed() {
    let office = roster();
    let sent = office.send(&[]);
    let failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "九月");
    let input = sample_roster();
    let head: Vec<_> = failure.rows[..4].iter().map(|row| &row[..35]).collect();
    let head_read: Vec<_> = input[..4].iter().map(|row| &row[..]).collect();
    assert_eq!(head, head_read);
    assert_eq!(
        failure.rows[2][35..],
        [
            "_record",
            "_outcome",
            "_code",
            "_reason",
            "_log_id",
            "_attempts"
        ]
    );
    // One row a person: three with nothing known of them, one whom the platform refuses, three with one bad cell.
    let records: Vec<usize> = failure.rows[4..]
        .iter()
        .map(|row| row[35].parse().unwrap())
        .collect();
    assert_eq!(records, [3, 5, 9, 12, 18, 20, 40]);
    for (row, record) in failure.rows[4..].iter().zip(&records) {
        let read = &input[3 + record];
        assert_eq!(row[..4], read[..4]);
        let filled: Vec<usize> = (4..35).filter(|at| !row[*at].is_empty()).collect();
        for at in &filled {
            assert_eq!(row[*at], read[*at]);
        }
        let days: Vec<usize> = match record {
            5 => vec![9],
            9 => vec![31],
            12 => vec![21],
            _ => (1..=30).collect(),
        };
        assert_eq!(filled, days.iter().map(|day| day + 3).collect::<Vec<_>>());
    }
    assert_eq!(
        failure.rows[5][35..39],
        [
            "5",
            "rejected",
            "",
            "9 `早般`: is not in the lookup `shifts` (did you mean `早班`?)"
        ]
    );
    assert_eq!(failure.rows[8][36..38], ["failed", "1220004"]);
}

#[test]
fn the_cell_to_blame_is_coloured_and_carries_the_reason_as_a_note() {
    let office = roster();
    let sent = office.send(&[]);
    let path = sent.folder.join("failure.xlsx");
    let notes = part(&path, "xl/comments1.xml");
    for (cell, reason) in [
        ("C5", "工号 `33`: is not in the lookup `people`"),
        ("M6", "9 `早般`: is not in the lookup `shifts`"),
        ("AI7", "31 `早班`: the month has no such day"),
        ("Y8", "21 `晚班 13:00-22:00`: is not in the lookup `shifts`"),
        ("E9", "user_id is not exist or does not have permission"),
    ] {
        let (_, note) = notes
            .split_once(&format!("<comment ref=\"{cell}\""))
            .unwrap();
        let (note, _) = note.split_once("</comment>").unwrap();
        assert!(note.contains(reason), "{cell}: {note}");
        assert_eq!(fill_of(&path, cell).as_deref(), Some("FFFFC7CE"), "{cell}");
    }
    for cell in ["A5", "D6", "L6"] {
        assert_eq!(fill_of(&path, cell), None, "{cell}");
        assert!(!notes.contains(&format!("ref=\"{cell}\"")), "{cell}");
    }
}

#[test]
fn a_corrected_failure_xlsx_of_the_roster_succeeds_in_the_same_job() {
    let office = roster();
    let sent = office.send(&[]);
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    let number = failure.column(2, "工号");
    for row in &mut failure.rows[4..] {
        correct_person(&mut row[number]);
        row.iter_mut().for_each(correct_shift);
        // The month has no 31st.
        row[34].clear();
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(rejections(&office.plan(&[])), [""; 0]);
    // What was filled but for the 31st.
    assert_eq!(office.send(&[]).items, [122, 122, 0, 0]);
}

#[test]
fn an_untouched_failure_xlsx_of_the_roster_comes_to_the_same_outcomes() {
    let office = roster();
    let sent = office.send(&[]);
    let days = office.days();
    let office = read_again(office, &sent, "failure.xlsx");
    let again = office.send(&[]);
    assert_eq!(again.items, [123, 0, 30, 93]);
    assert_eq!(office.days(), days);
    assert!(said_of_cells(&again) == said_of_cells(&sent));
}

#[test]
fn an_untouched_failure_csv_of_the_roster_comes_to_the_same_outcomes_again_and_again() {
    for input in ["samples/shift-roster.xlsx", "samples/shift-roster.csv"] {
        let office = roster().input(input);
        let first = office.send(&[]);
        let days = office.days();
        let office = read_again(office, &first, "failure.csv");
        let second = office.send(&[]);
        assert_eq!(second.items, [123, 0, 30, 93], "{input}");
        assert!(said_of_cells(&second) == said_of_cells(&first), "{input}");
        let office = read_again(office, &second, "failure.csv");
        let third = office.send(&[]);
        assert!(said_of_cells(&third) == said_of_cells(&first), "{input}");
        assert_eq!(office.days(), days);
    }
}

/// Corrects `failure.csv` of the roster, the shifts with `correct`, and runs it again.
fn corrected_csv(input: &str, correct: impl Fn(&mut [String], usize, usize)) -> (Office, Sent) {
    let office = roster().input(input);
    let sent = office.send(&[]);
    let (header, mut records) = sent.failure_csv();
    let value = header.iter().position(|name| name == "_value").unwrap();
    let title = header.iter().position(|name| name == "_column").unwrap();
    // Two lines of the same day of the same person are one too many.
    for record in &mut records {
        correct_person(&mut record[2]);
        let day = header.iter().position(|name| *name == record[title]);
        correct(record, day.unwrap(), value);
    }
    let text = csv_text(&header, &records);
    let office = office.file("corrected.csv", text);
    let sent = office.send(&[]);
    (office, sent)
}

#[test]
fn a_failure_csv_of_the_roster_may_be_corrected_in_the_cell_of_the_day() {
    for input in ["samples/shift-roster.xlsx", "samples/shift-roster.csv"] {
        let (_, sent) = corrected_csv(input, |record, day, _| {
            correct_shift(&mut record[day]);
            if day == 34 {
                record[day].clear();
            }
        });
        assert_eq!(sent.items, [122, 122, 0, 0], "{}", sent.said.stderr);
    }
}

#[test]
fn a_failure_csv_of_the_roster_may_be_corrected_beside_the_reason() {
    for input in ["samples/shift-roster.xlsx", "samples/shift-roster.csv"] {
        let (_, sent) = corrected_csv(input, |record, day, value| {
            correct_shift(&mut record[value]);
            if day == 34 {
                record[value].clear();
            }
        });
        assert_eq!(sent.items, [122, 122, 0, 0], "{}", sent.said.stderr);
    }
}

#[test]
fn a_cell_corrected_in_two_ways_is_rejected() {
    let (_office, sent) = corrected_csv("samples/shift-roster.csv", |record, day, value| {
        if record[value] == "早般" {
            record[day] = "早班".to_owned();
            record[value] = "晚班".to_owned();
        } else {
            correct_shift(&mut record[day]);
        }
        if day == 34 {
            record[day].clear();
        }
    });
    assert_eq!(sent.items, [122, 121, 0, 1]);
    let (header, records) = sent.failure_csv();
    let reason = header.iter().position(|name| name == "_reason").unwrap();
    assert_eq!(
        records[0][reason],
        "9 `早班`: was corrected in two ways (`_value` says `晚班`)"
    );
}

#[test]
fn the_month_end_report_that_ships_is_written_line_by_line() {
    let office = report();
    assert_eq!(office.send(&[]).items, REPORT_ITEMS);
    let lines = office.archive();
    assert_eq!(lines.len(), 34);
    assert!(
        lines.iter().any(|line| line.ends_with(
            " 20260901-20260930 f_actual_days=22 f_annual_leave=5.5 f_required_days=22 f_time_off=0.3"
        )),
        "{lines:#?}"
    );
}

#[test]
fn an_untouched_failure_file_of_the_report_comes_to_the_same_outcomes() {
    for name in ["failure.xlsx", "failure.csv"] {
        let office = report();
        let sent = office.send(&[]);
        let office = read_again(office, &sent, name);
        let again = office.send(&[]);
        assert_eq!(again.items, [3, 0, 1, 2], "{name}");
    }
}

#[test]
fn a_corrected_failure_xlsx_of_the_report_succeeds_in_the_same_job() {
    let office = report();
    let sent = office.send(&[]);
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "月度汇总");
    assert_eq!(failure.rows[0][0], "2026年9月 考勤月报");
    assert_eq!(
        failure.rows[1][4..11],
        ["出勤", "出勤", "异常", "异常", "异常", "假期", "假期"]
    );
    for row in &mut failure.rows[3..] {
        row.iter_mut().for_each(correct_report);
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(office.send(&[]).items, [3, 3, 0, 0]);
    assert_eq!(office.archive().len(), 37);
}

#[test]
fn a_corrected_failure_csv_of_the_report_succeeds_in_the_same_job() {
    let office = report();
    let sent = office.send(&[]);
    let (header, mut records) = sent.failure_csv();
    for record in &mut records {
        record.iter_mut().for_each(correct_report);
    }
    let office = office.file("corrected.csv", csv_text(&header, &records));
    assert_eq!(office.send(&[]).items, [3, 3, 0, 0]);
    assert_eq!(office.archive().len(), 37);
}

/// Makes it the report of another month.
fn read_again(office: Office, sent: &Sent, name: &str) -> Office {
    fs::copy(sent.folder.join(name), office.path(name)).unwrap();
    office.input(name)
}

/// The sample as text, the header in its third line.
fn sample_roster() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/shift-roster.csv");
    let text = fs::read_to_string(path).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let lines = reader.records().map(|record| {
        let mut line: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        line.resize(35, String::new());
        line
    });
    lines.collect()
}

fn csv_text(header: &[String], records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for record in std::iter::once(header).chain(records.iter().map(Vec::as_slice)) {
        writer.write_record(record).unwrap();
    }
    writer.into_inner().unwrap()
}

/// A person's hand on the cells that say who it is.
fn correct_person(cell: &mut String) {
    let corrected = match cell.as_str() {
        "33" => "0033",
        "0254、0267" => "0254",
        "0999" => "0007",
        // The platform does not know this one.
        "0228" => "0020",
        _ => return,
    };
    corrected.clone_into(cell);
}

/// And on those that say which shift.
fn correct_shift(cell: &mut String) {
    let corrected = match cell.as_str() {
        "早般" => "早班",
        "晚班 13:00-22:00" => "晚班",
        _ => return,
    };
    corrected.clone_into(cell);
}

/// And on those of the report.
fn correct_report(cell: &mut String) {
    let corrected = match cell.as_str() {
        "#N/A" => "22",
        "0998" => "0163",
        // The platform does not know the one; the other has no line yet.
        "0228" => "0475",
        _ => return,
    };
    corrected.clone_into(cell);
}

/// What `failure.csv` says of each cell: person, day, outcome and reason. How many days the month has is not known of a line alone.
fn said_of_cells(sent: &Sent) -> Vec<[String; 4]> {
    let (header, records) = sent.failure_csv();
    let wanted = ["工号", "_column", "_outcome", "_reason"]
        .map(|name| header.iter().position(|other| other == name).unwrap());
    let line = |record: &Vec<String>| {
        let mut line = wanted.map(|at| record[at].clone());
        if let Some((reason, _)) = line[3].split_once(" (") {
            line[3] = reason.to_owned();
        }
        line
    };
    records.iter().map(line).collect()
}

/// The colour behind a cell, as eight hexadecimal digits.
fn fill_of(path: &Path, cell: &str) -> Option<String> {
    let sheet = part(path, "xl/worksheets/sheet1.xml");
    let (_, found) = sheet.split_once(&format!("<c r=\"{cell}\"")).unwrap();
    let (found, _) = found.split_once('>').unwrap();
    let style: usize = between(found, " s=\"", "\"")?.parse().unwrap();
    let styles = part(path, "xl/styles.xml");
    let formats = between(&styles, "<cellXfs", "</cellXfs>")?;
    let format = formats.split("<xf ").nth(style + 1)?;
    let fill: usize = between(format, "fillId=\"", "\"")?.parse().unwrap();
    let fills = between(&styles, "<fills", "</fills>")?;
    let fill = fills.split("<fill>").nth(fill + 1)?;
    Some(between(fill, "<fgColor rgb=\"", "\"")?.to_owned())
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
