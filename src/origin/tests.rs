//! A failure file that nobody corrected sends nothing that was rejected, whatever the input was; corrected, it sends what was meant.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::control::Control;
use crate::event::Silent;
use crate::prepare::InputFile;
use crate::report::write_items;
use crate::run::prepare_run;
use crate::store::RunFolder;

const JOB: &str = "endpoint = \"corehr.workforce_plan_detail_row.batchDelete\"\n[request]\nworkforce_plan_id = \"7\"\n[item]\ndimensions = { columns = [\"department\", \"location\", \"job_family\"], key = \"dimension_key\", value = \"dimension_value\" }\n[limits]\nmax_rejected = \"100%\"\n";

struct Bench {
    folder: TempDir,
    job: Job,
    runs: u32,
}

/// What a run came to: items that would be sent, items rejected, and its failure file.
struct Round {
    items: u64,
    rejected: u64,
    failure: PathBuf,
}

impl Bench {
    fn new(job: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.toml");
        fs::write(&path, job).unwrap();
        Self {
            job: crate::job::load(&path, &[]).unwrap(),
            folder,
            runs: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run in which nothing is sent: what could be is pending in its failure file.
    fn round(&mut self, input: &Path) -> Result<Round, Refusal> {
        self.runs += 1;
        let (runs, run) = (self.path("runs"), format!("run-{}", self.runs));
        let mut job = self.job.clone();
        let origin = Origin::of(input, &job, &runs)?;
        origin.settle(&mut job)?;
        let folder = RunFolder::create(&runs, &run).unwrap();
        let control = Control::default();
        let prepared = prepare_run(
            folder,
            &job,
            &InputFile::new(input, &origin),
            None,
            &control,
            &Silent,
        )?;
        let (items, rejected) = (prepared.brief.items, prepared.brief.rejected);
        prepared.new_store.finish(&prepared.facts).unwrap();
        let ledger = Ledger::open(&prepared.folder.store()).unwrap();
        write_items(&prepared.folder, &ledger, &prepared.facts).unwrap();
        Ok(Round {
            items,
            rejected,
            failure: runs
                .join(run)
                .join(format!("failure.{}", prepared.facts.extension())),
        })
    }

    fn of_text(&mut self, name: &str, bytes: &[u8]) -> Result<Round, Refusal> {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        self.round(&path)
    }
}

const HEADER: &str = "department,location,job_family";

#[test]
fn a_row_with_too_few_cells_is_rejected_until_a_cell_is_filled() {
    let mut bench = Bench::new(JOB);
    let first = bench
        .of_text("a.csv", format!("{HEADER}\nd1,l1,j1\nd2,l2\n").as_bytes())
        .unwrap();
    assert_eq!((first.items, first.rejected), (1, 1));
    let again = bench.round(&first.failure).unwrap();
    assert_eq!((again.items, again.rejected), (1, 1));
    let text = fs::read_to_string(&again.failure).unwrap();
    assert!(text.contains("row.cells"), "{text}");
    assert_eq!(bench.round(&again.failure).unwrap().rejected, 1);
    let corrected = text.replace("d2,l2,,", "d2,l2,j2,");
    assert_ne!(corrected, text);
    let corrected = bench.of_text("b.csv", corrected.as_bytes()).unwrap();
    assert_eq!((corrected.items, corrected.rejected), (2, 0));
}

#[test]
fn a_remark_beside_the_table_keeps_a_column_of_its_own_until_it_is_emptied() {
    let mut bench = Bench::new(JOB);
    let first = bench
        .of_text("a.csv", format!("{HEADER}\nd1,l1,,下月离职\n").as_bytes())
        .unwrap();
    assert_eq!((first.items, first.rejected), (0, 1));
    let text = fs::read_to_string(&first.failure).unwrap();
    assert!(
        text.lines().next().unwrap().ends_with(",_rule,_run,_stray"),
        "{text}"
    );
    assert!(text.contains("\nd1,l1,,1,rejected,"), "{text}");
    assert_eq!(bench.round(&first.failure).unwrap().rejected, 1);
    let emptied = bench
        .of_text("b.csv", text.replace("下月离职", "").as_bytes())
        .unwrap();
    assert_eq!((emptied.items, emptied.rejected), (1, 0));
}

#[test]
fn a_row_that_repeats_one_that_was_sent_is_not_sent_by_the_next_run() {
    let mut bench = Bench::new(JOB);
    let first = bench
        .of_text(
            "a.csv",
            format!("{HEADER}\nd1,l1,j1\nd1,l1,j1\n").as_bytes(),
        )
        .unwrap();
    let text = fs::read_to_string(&first.failure).unwrap();
    let only: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains(",pending,"))
        .collect();
    let again = bench.of_text("b.csv", only.join("\n").as_bytes()).unwrap();
    assert_eq!((again.items, again.rejected), (0, 1));
}

#[test]
fn a_report_whose_run_is_gone_is_sent_only_with_typed_values_and_without_what_cannot_be_judged() {
    let mut bench = Bench::new(JOB);
    let first = bench
        .of_text("a.csv", format!("{HEADER}\nd1,l1,j1\nd2,l2\n").as_bytes())
        .unwrap();
    let moved = bench.path("moved.csv");
    fs::copy(&first.failure, &moved).unwrap();
    fs::remove_dir_all(bench.path("runs")).unwrap();
    let refusal = bench.round(&moved).map(|_| ()).unwrap_err();
    assert_eq!(refusal.rule, "run.values-unknown");
    assert!(
        refusal
            .hint
            .unwrap()
            .to_string()
            .ends_with("--set workforce_plan_id=7")
    );
    bench.job.set = vec![("workforce_plan_id".to_owned(), "7".to_owned())];
    let typed = bench.round(&moved).unwrap();
    assert_eq!((typed.items, typed.rejected), (1, 1));
}

#[test]
fn reports_of_two_runs_in_one_file_are_refused() {
    let mut bench = Bench::new(JOB);
    let mut text = String::new();
    for (name, row) in [("a.csv", "d1,l1,j1"), ("b.csv", "d2,l2,j2")] {
        let round = bench
            .of_text(name, format!("{HEADER}\n{row}\n").as_bytes())
            .unwrap();
        let report = fs::read_to_string(round.failure).unwrap();
        let lines = report.lines().skip(usize::from(!text.is_empty()));
        text.extend(lines.flat_map(|line| [line, "\n"]));
    }
    let refusal = bench
        .of_text("both.csv", text.as_bytes())
        .map(|_| ())
        .unwrap_err();
    assert_eq!(refusal.rule, "file.two-runs");
}

#[test]
fn what_a_spreadsheet_does_when_it_saves_a_file_corrects_nothing() {
    for (then, now) in [
        ("007", "7"),
        (" 早班", "早班"),
        ("a", "a"),
        ("0", "0"),
        ("", ""),
    ] {
        assert!(is_same_value(then, now), "{then} {now}");
    }
    for (then, now) in [
        ("7", "8"),
        ("", "a"),
        ("", "0"),
        ("早班", "晚班"),
        ("1.0", "1"),
    ] {
        assert!(!is_same_value(then, now), "{then} {now}");
    }
}

/// A line as people and programs write it, sound or not.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        4 => "[a-c][0-2]",
        1 => Just(String::new()),
        1 => Just("1E5".to_owned()),
        1 => Just("\"x y\"".to_owned()),
        1 => Just("a\"b".to_owned()),
        1 => Just("\"a\"b".to_owned()),
        1 => Just("下月离职".to_owned()),
        1 => Just("\u{fffd}".to_owned()),
    ];
    let cells = prop::collection::vec(cell, 0..6).prop_map(|cells| cells.join(",").into_bytes());
    let damaged = cells.clone().prop_map(|mut line| {
        line.extend_from_slice(b"\xff\xd6");
        line
    });
    prop_oneof![8 => cells, 1 => damaged, 1 => Just(HEADER.as_bytes().to_vec())]
}

/// The same for JSONL.
fn object() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        4 => "\"[a-c][0-2]\"",
        1 => Just("null".to_owned()),
        1 => Just("1e5".to_owned()),
        1 => Just("[1]".to_owned()),
        1 => Just("\"a b\"".to_owned()),
    ];
    let member = ("department|location|job_family|other", value)
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let members = prop::collection::vec(member, 0..4)
        .prop_map(|members| format!("{{{}}}", members.join(",")));
    prop_oneof![
        8 => members,
        1 => Just("{\"department\":\"d1\"".to_owned()),
        1 => Just("{\"department\":\"d1\"} x".to_owned()),
        1 => Just("[]".to_owned()),
    ]
    .prop_map(String::into_bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_failure_csv_run_unchanged_sends_nothing_that_was_rejected(lines in prop::collection::vec(line(), 1..8)) {
        let mut bench = Bench::new(JOB);
        let mut text = HEADER.as_bytes().to_vec();
        for line in lines {
            text.push(b'\n');
            text.extend(line);
        }
        // A file of blank lines only, or one whose encoding is in doubt, is refused as a whole.
        let Ok(first) = bench.of_text("a.csv", &text) else { return Ok(()) };
        if first.items + first.rejected == 0 {
            return Ok(());
        }
        let second = bench.round(&first.failure).unwrap();
        prop_assert_eq!((second.items, second.rejected), (first.items, first.rejected));
        let third = bench.round(&second.failure).unwrap();
        prop_assert_eq!((third.items, third.rejected), (first.items, first.rejected));
    }

    #[test]
    fn a_failure_jsonl_run_unchanged_sends_nothing_that_was_rejected(lines in prop::collection::vec(object(), 1..8)) {
        let mut bench = Bench::new(JOB);
        let mut text = b"{\"department\":\"d9\"}".to_vec();
        for line in lines {
            text.push(b'\n');
            text.extend(line);
        }
        let Ok(first) = bench.of_text("a.jsonl", &text) else { return Ok(()) };
        let second = bench.round(&first.failure).unwrap();
        prop_assert_eq!((second.items, second.rejected), (first.items, first.rejected));
    }
}

proptest! {
    // Workbooks take their time to be written and read.
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn a_failure_workbook_run_unchanged_sends_nothing_that_was_rejected(
        rows in prop::collection::vec(prop::collection::vec(put(), 3..5), 1..8),
        merged in prop::option::of((1u32..8, 0u16..2)),
    ) {
        let mut bench = Bench::new(JOB);
        workbook(&bench.path("a.xlsx"), &rows, merged);
        // The whole may be refused, such as one that shows ids a spreadsheet has ruined in each row.
        let Ok(first) = bench.round(&bench.path("a.xlsx")) else { return Ok(()) };
        if first.items + first.rejected == 0 {
            return Ok(());
        }
        for name in ["failure.csv", "failure.xlsx"] {
            let report = first.failure.with_file_name(name);
            let second = bench.round(&report).unwrap();
            prop_assert_eq!((second.items, second.rejected), (first.items, first.rejected), "{}", name);
            let third = bench.round(&second.failure).unwrap();
            prop_assert_eq!((third.items, third.rejected), (first.items, first.rejected), "{}", name);
        }
    }
}

/// A cell of a workbook as people and programs write it.
#[derive(Debug, Clone)]
enum Put {
    Text(String),
    Number(f64, &'static str),
    Boolean(bool),
    Formula(&'static str),
}

fn put() -> impl Strategy<Value = Put> {
    prop_oneof![
        6 => "[a-c][0-2]".prop_map(Put::Text),
        1 => Just(Put::Text(String::new())),
        1 => Just(Put::Text("#N/A".to_owned())),
        1 => Just(Put::Text("下月离职".to_owned())),
        1 => Just(Put::Text("6737202939523230000".to_owned())),
        1 => prop_oneof![Just(7.0), Just(0.25), Just(46_000.0), Just(6.737_202_939_523e18), Just(1.5)]
            .prop_flat_map(|number| prop_oneof![
                Just(Put::Number(number, "General")),
                Just(Put::Number(number, "000")),
                Just(Put::Number(number, "0%")),
                Just(Put::Number(number, "yyyy-mm-dd")),
                Just(Put::Number(number, "0")),
            ]),
        1 => any::<bool>().prop_map(Put::Boolean),
        1 => prop_oneof![Just("#DIV/0!"), Just("7"), Just("a1")].prop_map(Put::Formula),
    ]
}

/// A workbook of these rows below the header; `merged` joins a cell with its right neighbour.
fn workbook(path: &Path, rows: &[Vec<Put>], merged: Option<(u32, u16)>) {
    use rust_xlsxwriter::{Format, Formula, Workbook};
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet
        .write_row(0, 0, HEADER.split(',').collect::<Vec<_>>())
        .unwrap();
    if let Some((row, column)) = merged {
        let format = Format::new();
        sheet
            .merge_range(row, column, row, column + 1, "", &format)
            .unwrap();
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Put::Text(text) if text.is_empty() => continue,
                Put::Text(text) => sheet.write_string(row, column, text),
                Put::Number(number, format) => {
                    let format = Format::new().set_num_format(*format);
                    sheet.write_number_with_format(row, column, *number, &format)
                }
                Put::Boolean(value) => sheet.write_boolean(row, column, *value),
                Put::Formula(value) => {
                    sheet.write_formula(row, column, Formula::new("=A1").set_result(*value))
                }
            }
            .unwrap();
        }
    }
    workbook.save(path).unwrap();
}
