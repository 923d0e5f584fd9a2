//! Open a file as rows: CSV or JSONL in any encoding, or a sheet of a workbook, swallowing nothing.
//!
//! A file that cannot be trusted as a whole is refused; a record that cannot is rejected and the next one is read; everything else
//! that is passed over is told in a [`Finding`]. Reading the same file twice gives the same rows. Memory is bounded by the longest
//! record allowed, never by the size of the file. Knows nothing of endpoints or of what a column means.

mod choice;
mod column_names;
mod csv;
mod discovery;
mod encoding;
mod file;
mod finding;
mod heading;
mod jsonl;
mod kind;
mod record;
mod report_columns;
mod sheets;
mod text;
mod walked;
mod workbook;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::Refusal;
use crate::model::{Columns, Head, Rejection, Row, Rule, SheetPart, Sheets};

use self::csv::Csv;
use self::jsonl::Jsonl;
use self::sheets::Book;
use self::text::Text;

use self::file::Opened;

pub use self::choice::{MonthRule, SheetList};
pub use self::discovery::Discovery;
pub use self::file::{Identity, sha256};
pub use self::finding::{Finding, KnownBy};
pub(crate) use self::sheets::RUN_SHEET;
pub use self::sheets::WHICH_SHEET;
pub use self::walked::Walked;
pub use crate::model::InputFormat;

/// A file cut off while it was copied often ends where a disk block does.
const DISK_BLOCK_BYTES: u64 = 4096;

/// What a job says about its input; the rest is found out.
#[derive(Debug, Clone, Default)]
pub struct InputOptions {
    /// CSV or JSONL; `None` decides by the first byte and the extension.
    pub format: Option<InputFormat>,
    /// A label of the WHATWG encoding standard. A byte order mark in the file wins over it.
    pub encoding: Option<String>,
    /// What parts the cells of CSV; `None` is the comma. It is never guessed.
    pub delimiter: Option<u8>,
    /// The sheet of a workbook; `None` is the only visible one.
    pub sheet: Option<String>,
    /// Several sheets that are read as one input. Not beside `sheet`.
    pub sheets: Option<SheetList>,
    /// How the sheet of a month is known among several.
    pub month: Option<MonthRule>,
    /// How the header is known.
    pub header: HeaderRule,
    /// Other words of the job that may stand in cells: the encoding in which the file holds some of them is the right one.
    pub words: Vec<String>,
    /// What was found in the sheets of the file when it was opened before.
    pub walked: Walked,
}

/// How the header of a workbook or of CSV is known. JSONL has none.
#[derive(Debug, Clone)]
pub struct HeaderRule {
    /// How many lines it has: one, or two whose names are joined.
    pub lines: usize,
    /// Names that must stand in it. The first of the first 20 lines that holds them all is the header; without names it is the first.
    pub names: Vec<String>,
    /// Tells whether a line under the header holds only weekdays: then it is no row.
    pub is_weekdays: Option<fn(&[String]) -> bool>,
    /// Tells whether cells beside or below each other are titles of days, where the table is to have some.
    pub is_days: Option<fn(&[String]) -> bool>,
}

impl HeaderRule {
    /// Whether a cell holds a weekday: two of them are a line of weekdays.
    fn is_weekday_cell(&self, cell: &str) -> bool {
        let line = [cell.to_owned(), cell.to_owned()];
        self.is_weekdays
            .is_some_and(|is_weekdays| is_weekdays(&line))
    }
}

impl Default for HeaderRule {
    fn default() -> Self {
        Self {
            lines: 1,
            names: Vec::new(),
            is_weekdays: None,
            is_days: None,
        }
    }
}

/// What came of one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A row, in the `Row` given.
    Row,
    /// A record that is no row, and why. The `Row` given has its number, its line and its source; its cells tell what the line may be,
    /// and are not to be sent.
    Unreadable(Rejection),
    /// There are no more records.
    End,
}

/// An input file, open and its header read.
pub struct Input {
    name: String,
    identity: Identity,
    records: Records,
    columns: Columns,
    head: Head,
    /// The sheets that were begun, where several are read.
    sheets: Sheets,
    delimiter: u8,
    findings: Vec<Finding>,
    record: u64,
    finished: bool,
}

enum Records {
    Csv(Text, Csv),
    Jsonl(Text, Jsonl),
    Workbook(Box<Book>),
}

/// What is found when a file is opened.
struct OpenedInput {
    records: Records,
    columns: Columns,
    head: Head,
    delimiter: u8,
}

impl Input {
    /// Opens a file; refuses what can be seen to be wrong with it before a row is read.
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let opened = file::open(path, encoding::PREFIX_BYTES)?;
        let identity = opened.identity;
        let mut findings = Vec::new();
        let found = if kind::is_zip(&opened.prefix) {
            open_workbook(&name, opened, options, &mut findings)
        } else {
            open_text(path, &name, opened, options, &mut findings)
        }?;
        Ok(Self {
            name,
            identity,
            records: found.records,
            columns: found.columns,
            head: found.head,
            sheets: Sheets::default(),
            delimiter: found.delimiter,
            findings,
            record: 0,
            finished: false,
        })
    }

    /// The input's own columns; those beginning with `_` are dropped. With JSONL they grow as objects bring new keys.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The format that was found.
    #[must_use]
    pub fn format(&self) -> InputFormat {
        match self.records {
            Records::Csv(..) => InputFormat::Csv,
            Records::Jsonl(..) => InputFormat::Jsonl,
            Records::Workbook(_) => InputFormat::Workbook,
        }
    }

    /// What stands around the rows: titles, the lines of the header, weekdays. JSONL has nothing of the kind. Where several sheets
    /// are read it is the first one's.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What stands around the rows of each sheet, where several are read; else nothing.
    #[must_use]
    pub fn heads(&self) -> &[Head] {
        match &self.records {
            Records::Csv(..) | Records::Jsonl(..) => &[],
            Records::Workbook(book) => book.heads(),
        }
    }

    /// The sheets that were begun so far, where several are read; complete at the end.
    #[must_use]
    pub fn sheets(&self) -> &Sheets {
        &self.sheets
    }

    /// What parts the cells of CSV, in the file and in each [`Row::source`]: reports must use it too, to be a valid input again.
    /// For a workbook it is the comma.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Whether the file is a failure report of which each line is about one cell.
    #[must_use]
    pub fn has_report_cells(&self) -> bool {
        match &self.records {
            Records::Csv(_, csv) => csv.has_report_cells(),
            Records::Jsonl(..) | Records::Workbook(_) => false,
        }
    }

    /// The encoding in which a text is read; none for a workbook.
    #[must_use]
    pub fn encoding(&self) -> Option<&'static str> {
        match &self.records {
            Records::Csv(text, _) | Records::Jsonl(text, _) => Some(text.encoding()),
            Records::Workbook(_) => None,
        }
    }

    /// The run that the file as a whole says it is a report of.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        match &self.records {
            Records::Workbook(workbook) => workbook.run(),
            Records::Csv(..) | Records::Jsonl(..) => None,
        }
    }

    /// What was found in the sheets of a workbook, for the next time that it is opened.
    #[must_use]
    pub fn walked(&self) -> Walked {
        match &self.records {
            Records::Workbook(workbook) => workbook.walked().clone(),
            Records::Csv(..) | Records::Jsonl(..) => Walked::default(),
        }
    }

    /// Lets merged cells of these columns, by their positions, stand for each of the rows they are merged down over. To be called
    /// before the first row is read; text files have none.
    pub fn fill_merged(&mut self, columns: &[usize]) {
        if let Records::Workbook(workbook) = &mut self.records {
            let is_merged = |finding: &Finding| matches!(finding, Finding::Merged { .. });
            self.findings.retain(|finding| !is_merged(finding));
            self.findings.extend(workbook.fill_merged(columns));
        }
    }

    /// Leaves values right of the table, in columns without a name, out of the rows instead of rejecting these. To be called before
    /// the first row is read.
    pub fn leave_out_beside(&mut self) {
        match &mut self.records {
            Records::Csv(_, csv) => csv.leave_out_beside(),
            Records::Workbook(workbook) => workbook.leave_out_beside(),
            Records::Jsonl(..) => {}
        }
    }

    /// What the user is to be told and was not told yet: some after opening, some at the end.
    pub fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Bytes of the file read so far. Of a workbook it is the share of its rows.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        match &self.records {
            Records::Csv(text, _) | Records::Jsonl(text, _) => text.bytes_read(),
            Records::Workbook(workbook) => workbook.bytes_read(self.identity.bytes),
        }
    }

    /// Bytes of the file when it was opened.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.identity.bytes
    }

    /// Blank lines passed over so far; they have no record number.
    #[must_use]
    pub fn blank_lines(&self) -> u64 {
        match &self.records {
            Records::Csv(_, csv) => csv.blank_lines(),
            Records::Jsonl(_, jsonl) => jsonl.blank_lines(),
            Records::Workbook(workbook) => workbook.blank_lines(),
        }
    }

    /// Reads the next record into `row`. A refusal means that the file as a whole is not to be used.
    pub fn read(&mut self, row: &mut Row) -> Result<Reading, Refusal> {
        row.clear();
        let reading = match &mut self.records {
            Records::Csv(text, csv) => csv.read(text, row)?,
            Records::Jsonl(text, jsonl) => jsonl.read(text, &mut self.columns, row)?,
            Records::Workbook(workbook) => workbook.read(row)?,
        };
        self.begin_sheets(reading == Reading::End);
        if reading == Reading::End {
            self.finish()?;
        } else {
            self.record += 1;
            row.record = self.record;
        }
        Ok(reading)
    }

    /// Notes that the sheets up to the one being read begin with the next record, where several are read.
    fn begin_sheets(&mut self, all: bool) {
        let Records::Workbook(book) = &self.records else {
            return;
        };
        let known = self.sheets.0.len();
        let begun = if all {
            book.heads().len()
        } else {
            book.begun()
        };
        let heads = book.heads().get(known..begun).unwrap_or_default();
        self.sheets.0.extend(heads.iter().map(|head| SheetPart {
            first_record: self.record + 1,
            head: head.clone(),
        }));
    }

    /// What is known only at the end.
    fn finish(&mut self) -> Result<(), Refusal> {
        if self.record == 0 {
            return Err(
                Refusal::new("file.no-rows", text!("{name}: no rows", name = self.name))
                    .because(text!("the file has a header and nothing after it"))
                    .hint(text!("export the table again, with its rows")),
            );
        }
        if std::mem::replace(&mut self.finished, true) {
            return Ok(());
        }
        let blank = self.blank_lines();
        if blank > 0 {
            self.findings.push(Finding::BlankLines { count: blank });
        }
        if let Records::Csv(text, _) | Records::Jsonl(text, _) = &self.records {
            if text.ctrl_z_dropped() {
                self.findings.push(Finding::CtrlZ);
            }
            let bytes = self.identity.bytes;
            if text.unterminated() && bytes.is_multiple_of(DISK_BLOCK_BYTES) {
                self.findings.push(Finding::MaybeCut { bytes });
            }
        }
        Ok(())
    }
}

fn open_workbook(
    name: &str,
    opened: Opened,
    options: &InputOptions,
    findings: &mut Vec<Finding>,
) -> Result<OpenedInput, Refusal> {
    let (file, identity) = (opened.file, opened.identity);
    let (book, columns, head) =
        Book::open(file, identity, name, &opened.prefix, options, findings)?;
    Ok(OpenedInput {
        records: Records::Workbook(Box::new(book)),
        columns,
        head,
        delimiter: sheets::DELIMITER,
    })
}

fn open_text(
    path: &Path,
    name: &str,
    mut opened: Opened,
    options: &InputOptions,
    findings: &mut Vec<Finding>,
) -> Result<OpenedInput, Refusal> {
    let delimiter = checked_delimiter(options.delimiter.unwrap_or(b','))?;
    kind::refuse_other_kinds(name, &opened.prefix)?;
    let decision = encoding::decide(
        name,
        &opened.prefix,
        opened.prefix.len() as u64 == opened.identity.bytes,
        options,
    )?;
    opened.prefix = Vec::new();
    let mark_bytes = u64::from(decision.mark_bytes);
    let file = file::rewind(opened.file, name, mark_bytes)?;
    findings.extend(decision.findings);
    let mut text = Text::new(file, name.to_owned(), decision.encoding, mark_bytes);
    text.more()?;
    if text.window().starts_with("\u{FEFF}".as_bytes()) {
        return Err(text
            .refuse("file.second-mark", 1, "a second byte order mark stands before the header")
            .hint(text!("it would become part of the first name; delete it, or save the file again as \"CSV UTF-8\"")));
    }
    kind::refuse_page(&text)?;
    let (delimiter, said) = if is_report_of_a_workbook(&text) {
        (b',', Some(InputFormat::Csv))
    } else {
        (delimiter, options.format)
    };
    let (records, columns, head) = match format_of(path, &text, said)? {
        InputFormat::Csv => {
            let (csv, columns, head) = Csv::open(&mut text, delimiter, &options.header, findings)?;
            (Records::Csv(text, csv), columns, head)
        }
        InputFormat::Jsonl => {
            let jsonl = Jsonl::open(&mut text)?;
            (
                Records::Jsonl(text, jsonl),
                Columns::default(),
                Head::default(),
            )
        }
        InputFormat::Workbook => {
            return Err(text
                .refuse(
                    "job.format",
                    1,
                    "the file is text, and the job says it is a workbook",
                )
                .hint(text!("correct `format` in the job's [input], or delete it")));
        }
    };
    Ok(OpenedInput {
        records,
        columns,
        head,
        delimiter,
    })
}

/// One byte that cannot be mistaken for a quote, a line end or a letter.
fn checked_delimiter(delimiter: u8) -> Result<u8, Refusal> {
    let usable = delimiter == b'\t' || (delimiter.is_ascii_punctuation() && delimiter != b'"');
    if usable {
        return Ok(delimiter);
    }
    Err(Refusal::new(
        "job.delimiter",
        text!("the delimiter of the input cannot be used"),
    )
    .because(text!("it is one character such as `,`, `;`, `|` or a tab"))
    .hint(text!("correct `delimiter` in the job's [input]")))
}

/// The format: as the job says, else by the first character, else by the extension.
fn format_of(path: &Path, text: &Text, said: Option<InputFormat>) -> Result<InputFormat, Refusal> {
    let object = text.window().trim_ascii_start().starts_with(b"{");
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    match said {
        Some(InputFormat::Csv) if object => Err(text
            .refuse(
                "job.format",
                text.line(),
                "the file holds JSON objects, and the job says it is CSV",
            )
            .hint(text!("correct `format` in the job's [input], or delete it"))),
        Some(format) => Ok(format),
        None if object || matches!(extension.as_str(), "jsonl" | "ndjson" | "json") => {
            Ok(InputFormat::Jsonl)
        }
        None => Ok(InputFormat::Csv),
    }
}

/// Whether the file is a report that we wrote with commas. Whatever the job says of its workbook or its delimiter, the failure report
/// of a run is an input of its job.
fn is_report_of_a_workbook(text: &Text) -> bool {
    let header = text.window().split(|byte| *byte == b'\n').next();
    let ours = b",_record,_outcome,_code,_reason,_log_id,_attempts";
    header.is_some_and(|header| memchr::memmem::find(header, ours).is_some())
}

/// What a record of CSV and a row of a sheet have in common.
const UNNAMED_VALUE: Rule = Rule::new(
    "row.unnamed-value",
    "a value stands in a column without a name",
);
const CELL_TOO_LONG: Rule = Rule::new("row.cell-length", "a cell is longer than 64 kB");

/// A record with bytes that cannot be decoded.
fn not_text(encoding: &str, offset: u64) -> Rejection {
    Rejection::row(Rule::new(
        "row.not-text",
        "the record holds bytes that cannot be decoded",
    ))
    .detail(text!(
        "byte {offset} of the file is not valid {encoding}",
        offset,
        encoding
    ))
}

/// A record with text that was damaged before.
fn lost_character() -> Rejection {
    Rejection::row(Rule::new(
        "row.lost-character",
        "the record holds U+FFFD, which stands for a character lost in an earlier conversion",
    ))
}
