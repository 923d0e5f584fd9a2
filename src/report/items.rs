//! `success` and `failure`: every item in exactly one line of the two files together, in the order of the input.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use super::Whole;
use super::columns::{self, says};
use super::findings::Findings;
use super::workbook::{Extent, FailureWorkbook, NAME};
use crate::model::report_column::{RULE, STRAY};
use crate::model::{InputFormat, Outcome, Sheets};
use crate::shown::for_spreadsheet;
use crate::store::{Facts, Ledger, Line, RunFolder, StoreError};

/// Why the reports could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// Excel reads a CSV file as UTF-8 only if it begins with this.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines that were written, and what was gathered on the way.
#[derive(Debug)]
pub struct Written {
    /// Lines of `success`.
    pub succeeded: u64,
    /// Lines of `failure`.
    pub unsuccessful: u64,
    pub(crate) findings: Findings,
}

/// Writes both files, and beside them the workbook of what did not succeed if the input is one.
pub fn write_items(
    folder: &RunFolder,
    ledger: &Ledger,
    facts: &Facts,
) -> Result<Written, ReportError> {
    let has_stray = ledger.has_stray()?;
    let layout = Layout::of(facts, has_stray);
    // The reports of a run that was not read back are what they were.
    let (mut of_success, of_failure) = if ledger.has_evidence()? {
        (columns::SUCCESS_READ_BACK, columns::FAILURE_READ_BACK)
    } else {
        (columns::SUCCESS, columns::FAILURE)
    };
    if ledger.items_already_so()? > 0 {
        of_success = columns::SUCCESS_CHANGES_ONLY;
    }
    let mut success = Whole::create(folder.path(), &format!("success.{}", facts.extension()))?;
    let mut failure = Whole::create(folder.path(), &format!("failure.{}", facts.extension()))?;
    let mut workbook = facts
        .is_workbook()
        .then(|| {
            FailureWorkbook::new(
                folder.path(),
                facts,
                Extent::Failures(of_failure),
                has_stray,
            )
        })
        .transpose()?;
    layout.header(&mut success.writer, of_success)?;
    layout.header(&mut failure.writer, of_failure)?;
    let (mut succeeded, mut unsuccessful) = (0, 0);
    let mut findings = Findings::new(facts);
    let mut buffer = Vec::new();
    ledger.each_line_in(facts.language(), |line| {
        buffer.clear();
        findings.add(&line, facts);
        let file = if line.outcome.outcome == Outcome::Succeeded {
            succeeded += 1;
            layout.line(&mut buffer, of_success, &line);
            &mut success
        } else {
            unsuccessful += 1;
            layout.line(&mut buffer, of_failure, &line);
            if let Some(workbook) = &mut workbook {
                workbook.add(&line)?;
            }
            &mut failure
        };
        Ok::<_, ReportError>(file.writer.write_all(&buffer)?)
    })?;
    success.finish()?;
    failure.finish()?;
    if let Some(workbook) = workbook {
        workbook.finish(&folder.path().join(NAME))?;
    }
    Ok(Written {
        succeeded,
        unsuccessful,
        findings: findings.finish(),
    })
}

/// Writes the whole table of an input of which nothing was sent, to be corrected by hand. `scratch` is for what is not whole yet.
pub fn write_whole_workbook(
    scratch: &Path,
    path: &Path,
    ledger: &Ledger,
    facts: &Facts,
) -> Result<(), ReportError> {
    let mut workbook = FailureWorkbook::new(scratch, facts, Extent::Whole, ledger.has_stray()?)?;
    ledger.each_line_in(facts.language(), |line| {
        Ok::<_, ReportError>(workbook.add(&line)?)
    })?;
    Ok(workbook.finish(path)?)
}

/// How a line is laid out: as a record of the input's own CSV dialect, or as an object.
enum Layout<'a> {
    Csv {
        header: &'a [u8],
        delimiter: u8,
        run: &'a str,
        /// Whether some record has cells that belong to no column.
        has_stray: bool,
        /// Where each cell is an item.
        cells: Option<Cells>,
        /// Where several sheets were read.
        sheets: &'a Sheets,
    },
    Jsonl {
        run: &'a str,
    },
}

/// The titles and dates of the columns of days.
struct Cells {
    titles: Vec<String>,
    dates: HashMap<usize, String>,
}

impl<'a> Layout<'a> {
    fn of(facts: &'a Facts, has_stray: bool) -> Self {
        let run = &facts.run;
        if facts.format == InputFormat::Jsonl {
            Self::Jsonl { run }
        } else {
            Self::Csv {
                header: facts.header.as_bytes(),
                delimiter: facts.delimiter,
                run,
                has_stray,
                cells: (!facts.days.is_empty()).then(|| Cells {
                    titles: cells_of(facts.header.as_bytes(), facts.delimiter),
                    dates: facts.days.iter().cloned().collect(),
                }),
                sheets: &facts.sheets,
            }
        }
    }

    fn header(&self, writer: &mut impl Write, columns: &[&str]) -> io::Result<()> {
        let Self::Csv {
            header,
            delimiter,
            has_stray,
            cells,
            sheets,
            ..
        } = self
        else {
            return Ok(());
        };
        writer.write_all(BYTE_ORDER_MARK)?;
        writer.write_all(header)?;
        let stray = stray_of(columns, *has_stray);
        let cells = cells.as_ref().map_or(&[][..], |_| columns::CELL);
        let sheet = if sheets.0.is_empty() {
            &[][..]
        } else {
            columns::SHEETS
        };
        for column in columns.iter().chain(stray).chain(cells).chain(sheet) {
            writer.write_all(&[*delimiter])?;
            writer.write_all(column.as_bytes())?;
        }
        writer.write_all(b"\n")
    }

    /// An item's line: its row as read, and what our columns say of it.
    fn line(&self, out: &mut Vec<u8>, columns: &[&str], line: &Line<'_>) {
        match self {
            Self::Csv {
                delimiter,
                run,
                has_stray,
                cells,
                sheets,
                ..
            } => {
                out.extend_from_slice(line.source);
                for column in columns.iter().chain(stray_of(columns, *has_stray)) {
                    cell(out, *delimiter, &says(column, line, run).in_csv());
                }
                if let Some(cells) = cells {
                    cells.write(out, *delimiter, line);
                }
                sheet(out, *delimiter, sheets, line);
            }
            Self::Jsonl { run } => {
                begin_object(out, line.source);
                for column in columns {
                    member(out, column, &says(column, line, run));
                }
                out.push(b'}');
            }
        }
        out.push(b'\n');
    }
}

/// The column of cells that belong to no other: of what did not succeed, where there are such cells.
fn stray_of(columns: &[&str], has_stray: bool) -> &'static [&'static str] {
    if has_stray && columns.contains(&RULE) {
        &[STRAY]
    } else {
        &[]
    }
}

impl Cells {
    /// Which cell the line is about, what stood in it, and its date. Nothing for a record that could not be read at all.
    fn write(&self, out: &mut Vec<u8>, delimiter: u8, line: &Line<'_>) {
        let column = line.place.column();
        let title = column.and_then(|column| self.titles.get(column));
        let read =
            column.and_then(|column| cells_of(line.source, delimiter).into_iter().nth(column));
        let read = read.unwrap_or_default();
        let date = column.and_then(|column| self.dates.get(&column));
        cell(out, delimiter, title.map_or("", String::as_str));
        cell(out, delimiter, &read);
        cell(out, delimiter, &read);
        cell(out, delimiter, date.map_or("", String::as_str));
    }
}

/// The sheet that holds the row, where several were read.
fn sheet(out: &mut Vec<u8>, delimiter: u8, sheets: &Sheets, line: &Line<'_>) {
    let part = sheets
        .position(line.place.record())
        .and_then(|at| sheets.0.get(at));
    if let Some(part) = part {
        let name = part.head.sheet.as_deref().unwrap_or_default();
        cell(out, delimiter, &for_spreadsheet(name));
    }
}

/// The cells of one encoded CSV record.
pub(crate) fn cells_of(record: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(record);
    let mut cells = csv::ByteRecord::new();
    // A record we encoded ourselves; what cannot be read of it is left out.
    let _ = reader.read_byte_record(&mut cells);
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    cells.iter().map(text).collect()
}

/// One more cell of a CSV record; quoted where it has to be.
fn cell(out: &mut Vec<u8>, delimiter: u8, text: &str) {
    out.push(delimiter);
    let quoted = text
        .bytes()
        .any(|byte| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r'));
    if !quoted {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// The object of the input without its closing brace.
fn begin_object(out: &mut Vec<u8>, source: &[u8]) {
    let object = source.trim_ascii_end();
    let open = object.strip_suffix(b"}").unwrap_or(object).trim_ascii_end();
    out.extend_from_slice(open);
    if open.is_empty() {
        out.push(b'{');
    }
}

fn member(out: &mut Vec<u8>, name: &str, value: &impl serde::Serialize) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    // Text and numbers into a Vec cannot fail.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LineOutcome;

    #[test]
    fn a_reason_with_control_characters_is_harmless_and_leaves_a_line_that_reads_again() {
        let line = Line {
            place: crate::model::Place::row(7),
            source: br#"{"id":"1"}"#,
            outcome: LineOutcome {
                outcome: Outcome::Failed,
                code: Some(3),
                reason: "=a\0\nb",
                kind: "",
                column: None,
                rule: "platform.refused",
                stray: None,
                log_id: Some("\u{1b}"),
                attempts: 1,
                read_at_ms: None,
                read_back: None,
            },
        };
        let mut out = Vec::new();
        Layout::Jsonl { run: "r" }.line(&mut out, columns::FAILURE, &line);
        assert_eq!(
            str::from_utf8(&out).unwrap(),
            "{\"id\":\"1\",\"_record\":7,\"_outcome\":\"failed\",\"_code\":3,\"_reason\":\"=a\\\\u{0} b\",\"_log_id\":\"\\\\u{1b}\",\"_attempts\":1,\"_rule\":\"platform.refused\",\"_run\":\"r\"}\n"
        );
    }
}
