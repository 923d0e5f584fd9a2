//! All records of a file with the given bytes, and what holds for any file.

use std::io::Write;

use feishu_bulk::error::Refusal;
use feishu_bulk::input::{InputFormat, Input, InputOptions, Reading};
use feishu_bulk::model::{Cell, Head, Rejection, Row};

/// A cell that outlives its row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Absent,
    Text(String),
    Number(String),
    Bool(bool),
    Nested(String),
    Date(String),
    Unusable(String),
}

/// One record.
#[derive(Debug)]
pub struct Record {
    pub line: u64,
    pub source: Vec<u8>,
    pub cells: Result<Vec<Value>, Rejection>,
}

/// What one file gave.
pub struct Table {
    pub columns: Vec<String>,
    /// The header as the reports write it.
    #[allow(dead_code, reason = "reports in JSONL have none")]
    pub header: Vec<u8>,
    #[allow(
        dead_code,
        reason = "text files have no rows around the table to account for"
    )]
    pub head: Head,
    #[allow(
        dead_code,
        reason = "text files have no rows around the table to account for"
    )]
    pub blank_lines: u64,
    pub records: Vec<Record>,
    /// Why reading ended before the end of the file.
    pub refusal: Option<Refusal>,
}

/// Reads a file; none when it is refused at once.
pub fn table(bytes: &[u8], options: &InputOptions) -> Option<Table> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("the file is written");
    let mut input = Input::open(file.path(), options).ok()?;
    // A packed sheet may have more rows than the file has bytes.
    let records_max = match input.format() {
        InputFormat::Workbook => SHEET_ROWS_MAX,
        InputFormat::Csv | InputFormat::Jsonl => bytes.len(),
    };
    let mut records: Vec<Record> = Vec::new();
    let mut row = Row::default();
    let refusal = loop {
        let cells = match input.read(&mut row) {
            Ok(Reading::Row) => Ok((0..input.columns().len())
                .map(|column| value(row.cell(column), input.format()))
                .collect()),
            Ok(Reading::Unreadable(rejection)) => Err(rejection),
            Ok(Reading::End) => break None,
            Err(refusal) => break Some(refusal),
        };
        assert!(
            records.len() < records_max,
            "more records than there can be"
        );
        assert_eq!(row.record, records.len() as u64 + 1);
        assert!(records.last().is_none_or(|before| before.line < row.line));
        assert!(!row.source.ends_with(b"\n") && !row.source.ends_with(b"\r"));
        assert!(str::from_utf8(&row.source).is_ok());
        records.push(Record {
            line: row.line,
            source: row.source.clone(),
            cells,
        });
    };
    if refusal.is_none() {
        assert_eq!(
            input.read(&mut row),
            Ok(Reading::End),
            "the end stays the end"
        );
        assert_eq!(input.bytes_read(), bytes.len() as u64);
    }
    // Display is what the user sees; it must not fail either.
    let _: Vec<String> = input.findings().iter().map(ToString::to_string).collect();
    Some(Table {
        columns: input.columns().names().to_vec(),
        header: feishu_bulk::prepare::header(&input),
        head: input.head().clone(),
        blank_lines: input.blank_lines(),
        records,
        refusal,
    })
}

fn value(cell: Cell<'_>, format: InputFormat) -> Value {
    match cell {
        Cell::Absent => Value::Absent,
        Cell::Text(text) => Value::Text(text.to_owned()),
        Cell::Number(digits) => Value::Number(digits.to_owned()),
        Cell::Bool(value) => Value::Bool(value),
        Cell::Nested(raw) => Value::Nested(raw.to_owned()),
        Cell::Date(day) if format == InputFormat::Workbook => Value::Date(day.to_owned()),
        Cell::Unusable(text, _) if format == InputFormat::Workbook => Value::Unusable(text.to_owned()),
        Cell::Date(_) | Cell::Unusable(..) => panic!("only a workbook has such cells: {cell:?}"),
    }
}

/// The first bytes of a file, so many that the reader meets its next `rest` bytes at the end of a piece. `first` and
/// `last` stand around the filling.
#[allow(dead_code, reason = "a workbook is not read in pieces")]
pub fn filled(first: &str, last: &str, rest: usize) -> Vec<u8> {
    let filling = PIECE_BYTES.saturating_sub(first.len() + last.len() + rest);
    [first.as_bytes(), &vec![b'f'; filling], last.as_bytes()].concat()
}

/// The most rows of a sheet.
const SHEET_ROWS_MAX: usize = 1_048_576;

/// How much the reader takes from the file at once.
const PIECE_BYTES: usize = 256 * 1024;
