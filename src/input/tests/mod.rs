//! What the reader promises about a whole file, fault by fault.

mod csv_faults;
mod discovery;
mod encodings;
mod files;
mod hostile;
mod jsonl_faults;
mod producers;
mod properties;
mod workbooks;

use std::fs;
use std::path::{MAIN_SEPARATOR, PathBuf};

use tempfile::TempDir;

use super::{Finding, Input, InputOptions, Reading};
use crate::error::Refusal;
use crate::model::{Cell, Row};

/// A record as the tests compare it.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    number: u64,
    line: u64,
    source: String,
    /// The cells, or the sentence of the rejection.
    cells: Result<Vec<String>, String>,
    stray: Option<String>,
}

/// All that one file gave.
#[derive(Debug, PartialEq)]
struct Read {
    columns: Vec<String>,
    records: Vec<Record>,
    findings: Vec<Finding>,
    blank_lines: u64,
}

impl Read {
    /// The cells of a file whose records are all rows.
    fn rows(&self) -> Vec<Vec<&str>> {
        self.records
            .iter()
            .map(|record| {
                let cells = record.cells.as_ref().unwrap();
                cells.iter().map(String::as_str).collect()
            })
            .collect()
    }

    /// The rejections, each with its record number.
    fn rejections(&self) -> Vec<(u64, &str)> {
        self.records
            .iter()
            .filter_map(|record| {
                let sentence = record.cells.as_ref().err()?;
                Some((record.number, sentence.as_str()))
            })
            .collect()
    }

    /// What belongs to no column of each record.
    fn stray(&self) -> Vec<Option<&str>> {
        let records = self.records.iter();
        records.map(|record| record.stray.as_deref()).collect()
    }

    /// The sources as the lines of a report.
    fn sources(&self) -> Vec<&str> {
        self.records
            .iter()
            .map(|record| record.source.as_str())
            .collect()
    }
}

/// A folder with one file in it.
struct Sample {
    folder: TempDir,
    path: PathBuf,
}

impl Sample {
    fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    fn open(&self, options: &InputOptions) -> Result<Input, Refusal> {
        Input::open(&self.path, options)
    }

    fn read(&self, options: &InputOptions) -> Result<Read, Refusal> {
        let result = self.open(options).and_then(read_all);
        // Messages name the file by its path, which differs from test to test.
        let folder = format!("{}{MAIN_SEPARATOR}", self.folder.path().display());
        result.map_err(|refusal| Refusal {
            what: refusal.what.to_string().replace(&folder, "").into(),
            ..refusal
        })
    }
}

fn read_all(mut input: Input) -> Result<Read, Refusal> {
    let mut records = Vec::new();
    let mut row = Row::default();
    loop {
        let cells = match input.read(&mut row)? {
            Reading::Row => Ok((0..input.columns().len())
                .map(|column| shown(row.cell(column)))
                .collect()),
            Reading::Unreadable(rejection) => Err(rejection.sentence().to_string()),
            Reading::End => break,
        };
        records.push(Record {
            number: row.record,
            line: row.line,
            source: String::from_utf8(row.source.clone()).unwrap(),
            cells,
            stray: Some(row.stray.clone()).filter(|stray| !stray.is_empty()),
        });
    }
    Ok(Read {
        columns: input.columns().names().to_vec(),
        records,
        blank_lines: input.blank_lines(),
        findings: input.findings(),
    })
}

/// A cell with its kind; text stands for itself.
fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Absent => "absent".to_owned(),
        Cell::Text(text) => text.to_owned(),
        Cell::Number(digits) => format!("number {digits}"),
        Cell::Bool(value) => format!("bool {value}"),
        Cell::Date(day) => format!("day {day}"),
        Cell::Unusable(text, rule) => format!("unusable {text}: {}", rule.words),
        Cell::Nested(raw) => format!("nested {raw}"),
    }
}

/// Reads a CSV file with the options a job has by default.
fn read_csv(bytes: impl AsRef<[u8]>) -> Result<Read, Refusal> {
    Sample::new("rows.csv", bytes).read(&InputOptions::default())
}

/// Reads a JSONL file with the options a job has by default.
fn read_jsonl(bytes: impl AsRef<[u8]>) -> Result<Read, Refusal> {
    Sample::new("rows.jsonl", bytes).read(&InputOptions::default())
}

/// The refusal of a file that must not be read, as people see it.
fn refused(read: Result<Read, Refusal>) -> String {
    read.expect_err("the file must be refused").to_string()
}
