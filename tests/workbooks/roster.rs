//! The roster that ships, from its workbook to failure reports that are corrected, left alone, or written again.

use std::fs;
use std::path::Path;

use super::{ROSTER_ITEMS, csv_text, read_again, roster, said_of_cells};
use crate::support::bench::PACKAGE;
use crate::support::office::{Office, Sent, rejections};
use crate::support::sheet::{Grid, part};

#[test]
fn the_roster_that_ships_comes_to_the_same_outcomes_and_the_same_failure_csv_from_either_file() {
    let come_to = |input: &str| {
        let office = roster().input(input);
        let sent = office.send(&[]);
        assert_eq!(sent.items, ROSTER_ITEMS);
        let (header, mut records) = sent.failure_csv();
        // How often a row of the person whom the platform refuses was sent depends on which of two batches was refused first.
        for name in ["_log_id", "_run", "_attempts"] {
            let column = header.iter().position(|other| other == name).unwrap();
            for record in &mut records {
                record[column].clear();
            }
        }
        (office.days(), header, records)
    };
    let of_workbook = come_to("samples/shift-roster.xlsx");
    assert!(of_workbook == come_to("samples/shift-roster.csv"));
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
            "_attempts",
            "_rule",
            "_run"
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
        correct_person(&mut row[number..]);
        row.iter_mut().for_each(correct_shift);
        // The month has no 31st.
        row[34].clear();
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(rejections(&office.plan(&["--online"])), [""; 0]);
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
    let office = roster();
    let first = office.send(&[]);
    let days = office.days();
    let office = read_again(office, &first, "failure.csv");
    let second = office.send(&[]);
    assert_eq!(second.items, [123, 0, 30, 93]);
    assert!(said_of_cells(&second) == said_of_cells(&first));
    let office = read_again(office, &second, "failure.csv");
    assert!(said_of_cells(&office.send(&[])) == said_of_cells(&first));
    assert_eq!(office.days(), days);
}

/// Corrects `failure.csv` of the roster, the shifts with `correct`, and runs it again.
fn corrected_csv(input: &str, correct: impl Fn(&mut [String], usize, usize)) -> (Office, Sent) {
    let office = roster().input(input);
    let sent = office.send(&[]);
    let (header, mut records) = sent.failure_csv();
    let value = header.iter().position(|name| name == "_value").unwrap();
    let title = header.iter().position(|name| name == "_column").unwrap();
    for record in &mut records {
        correct_person(&mut record[2..]);
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
    let (_, sent) = corrected_csv("samples/shift-roster.csv", |record, day, _| {
        correct_shift(&mut record[day]);
        if day == 34 {
            record[day].clear();
        }
    });
    assert_eq!(sent.items, [122, 122, 0, 0], "{}", sent.said.stderr);
}

#[test]
fn a_failure_csv_of_the_roster_may_be_corrected_beside_the_reason() {
    let (_, sent) = corrected_csv("samples/shift-roster.xlsx", |record, day, value| {
        correct_shift(&mut record[value]);
        if day == 34 {
            record[value].clear();
        }
    });
    assert_eq!(sent.items, [122, 122, 0, 0], "{}", sent.said.stderr);
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
fn a_failure_csv_says_of_a_day_that_the_month_lacks_that_it_does_however_often_it_is_corrected() {
    for input in ["samples/shift-roster.csv", "samples/shift-roster.xlsx"] {
        let (office, sent) = corrected_csv(input, |record, day, value| {
            correct_shift(&mut record[value]);
            if day == 34 {
                record[value] = "晚班".to_owned();
            }
        });
        let lacking = |sent: &Sent| {
            assert_eq!(sent.items[3], 1);
            let (header, records) = sent.failure_csv();
            let wanted = ["_reason", "_date"]
                .map(|name| header.iter().position(|other| other == name).unwrap());
            wanted.map(|at| records[0][at].clone())
        };
        let said = [
            "31 `晚班`: the month has no such day, so its cells must be empty (September 2026 has 30 days)",
            "20260931",
        ];
        assert_eq!(lacking(&sent), said);
        let office = read_again(office, &sent, "failure.csv");
        assert_eq!(lacking(&office.send(&[])), said);
    }
}

#[test]
fn a_line_of_failure_csv_without_its_date_has_that_of_its_run() {
    let (_office, sent) = corrected_csv("samples/shift-roster.csv", |record, day, value| {
        correct_shift(&mut record[value]);
        if day == 34 {
            record[value + 2].clear();
        }
    });
    let (header, records) = sent.failure_csv();
    let reason = header.iter().position(|name| name == "_reason").unwrap();
    assert_eq!(
        records[0][reason],
        "31 `早班`: the month has no such day, so its cells must be empty (September 2026 has 30 days)"
    );
}

#[test]
fn reports_of_a_roster_are_written_again_byte_for_byte() {
    let office = roster();
    let sent = office.send(&[]);
    let names = ["success.csv", "failure.csv", "failure.xlsx", "summary.json"];
    let read = || names.map(|name| fs::read(sent.folder.join(name)).unwrap());
    let before = read();
    for name in names {
        fs::remove_file(sent.folder.join(name)).unwrap();
    }
    let said = office.feishu(&["report", "last"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    for ((name, before), after) in names.iter().zip(before).zip(read()) {
        assert!(before == after, "{name} is another");
    }
}

#[test]
fn rerun_sends_again_only_the_cells_that_were_sent_and_refused() {
    let office = roster();
    let first = office.send(&[]);
    let said = office.feishu(&["rerun", "last", "--yes", "--json"]);
    let items = &said.json()["items"];
    assert_eq!((&items["read"], &items["failed"]), (&30.into(), &30.into()));
    let failure = |folder: &Path| Grid::of_texts(&folder.join("failure.xlsx"));
    let run = said.json()["run"].as_str().unwrap().to_owned();
    let again = failure(&first.folder.with_file_name(run));
    let first = failure(&first.folder);
    // The head of the sheet, and the one whom the platform does not know.
    assert_eq!(again.rows[..4], first.rows[..4]);
    assert_eq!(again.rows.len(), 5);
    assert_eq!(again.rows[4][..38], first.rows[8][..38]);
}

#[test]
fn a_roster_that_halted_goes_on_where_it_stopped() {
    let office = roster().file(
        "faults.toml",
        "[[fault]]\ncalls = \"5-\"\ndo = \"answer\"\nstatus = 400\ncode = 99991672\nmsg = \"Access denied\"\n",
    );
    let office = office.input("samples/shift-roster.xlsx");
    let halted = office.send(&["--sandbox", "--faults", "faults.toml"]);
    assert_eq!(halted.said.exit, 3, "{}", halted.said.stderr);
    let pending = |sent: &Sent| {
        let cells = said_of_cells(sent).into_iter();
        cells
            .filter(|[_, _, outcome, _]| outcome == "pending")
            .count()
    };
    assert!(pending(&halted) > 0);
    let sheet = Grid::of_texts(&halted.folder.join("failure.xlsx"));
    let filled = |row: &Vec<String>| row[4..35].iter().filter(|cell| !cell.is_empty()).count();
    assert_eq!(
        sheet.rows[4..].iter().map(filled).sum::<usize>(),
        said_of_cells(&halted).len(),
        "each cell that did not succeed is in the sheet, and no other"
    );
    let resumed = office.feishu(&["resume", "last"]);
    assert_eq!(resumed.exit, 1, "{}", resumed.stderr);
    let whole = roster();
    assert!(said_of_cells(&halted) == said_of_cells(&whole.send(&[])));
}

/// The sample as text, the header in its third line.
fn sample_roster() -> Vec<Vec<String>> {
    let path = Path::new(PACKAGE).join("samples/shift-roster.csv");
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

/// A person's hand on the cells that say who it is.
fn correct_person(cells: &mut [String]) {
    let (number, name) = match cells[0].as_str() {
        "33" => ("0033", "孙小满"),
        "0254、0267" => ("0254", "许初冬"),
        // Who takes their places is of the same shop: the platform schedules nobody in another one's group.
        "0999" => ("0397", "褚立夏"),
        // The platform does not know this one.
        "0228" => ("0137", "褚春晓"),
        _ => return,
    };
    number.clone_into(&mut cells[0]);
    name.clone_into(&mut cells[1]);
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
