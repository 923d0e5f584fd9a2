//! What the user is told about a file that is read all the same.
//!
//! Each notice is something the reader decided or passed over: nothing of that kind may happen in silence.

use std::fmt;

use crate::model::Notice;
use crate::shown::escaped;
use crate::text::{AsValue, Text, Value};

/// How many characters of a cell a message shows.
const SHOWN_CHARS_MAX: usize = 40;

/// How many names of sheets or columns a message shows.
const NAMES_SHOWN_MAX: usize = 10;

/// Something the reader decided or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The file is not UTF-8, and this is how it was read.
    Encoding {
        /// Name of the encoding.
        name: &'static str,
        /// How it was known.
        known_by: KnownBy,
        /// Up to three cells as decoded, for the user to judge. They are the input's values: not for a log.
        cells: Vec<String>,
    },
    /// The job says an encoding of one byte a character, and the file may be another one.
    EncodingDoubted {
        /// Name of the other encoding.
        name: &'static str,
        /// Up to three cells as decoded in it. They are the input's values: not for a log.
        cells: Vec<String>,
    },
    /// Columns beginning with `_` come from a report and are ignored.
    ReportColumns {
        /// Their names.
        names: Vec<String>,
    },
    /// Columns at the end without a name and without values are ignored.
    UnnamedColumns {
        /// How many.
        count: usize,
    },
    /// Blank lines, and lines of delimiters only, were passed over.
    BlankLines {
        /// How many.
        count: u64,
    },
    /// A Ctrl-Z at the end of the file was dropped.
    CtrlZ,
    /// Lines above the header are not read as rows.
    LinesAbove {
        /// How many.
        count: usize,
    },
    /// Several sheets hold something, and one of them the header that is looked for.
    SheetChosen {
        /// The sheet that is read.
        read: String,
        /// The others.
        others: Vec<String>,
    },
    /// Several sheets are read as one input.
    SheetsRead {
        /// The sheets that are read, in their order.
        read: Vec<String>,
        /// The others.
        others: Vec<String>,
    },
    /// Something about one of several sheets.
    OfSheet {
        /// Its name.
        sheet: String,
        /// What there is to tell of it.
        finding: Box<Finding>,
    },
    /// Rows that the spreadsheet hides are rows like the others.
    HiddenRows {
        /// How many.
        count: u64,
    },
    /// So are columns.
    HiddenColumns {
        /// Their letters.
        letters: Vec<String>,
    },
    /// Formulas stand for the values last computed.
    Formulas {
        /// How many.
        count: u64,
        /// Whether the workbook asks to be computed anew: then the values may be placeholders of the program that wrote it.
        computes_on_load: bool,
    },
    /// Cells among the rows are merged, and cannot be used.
    Merged {
        /// How many regions.
        count: usize,
        /// The first of them, such as `C5:C9`.
        regions: Vec<String>,
    },
    /// Cells merged down over several rows stand for each of them.
    MergedDown {
        /// Name of their column.
        column: String,
        /// How many regions.
        count: usize,
        /// The first of them, such as `A3:A9`.
        region: String,
    },
    /// The last line has no line end, and the size is a whole number of disk blocks: copying may have been cut off.
    MaybeCut {
        /// Size of the file.
        bytes: u64,
    },
}

/// How an encoding was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// By the byte order mark; it wins over the job's `encoding`.
    Mark,
    /// The job says so.
    Job,
    /// By the look of the bytes.
    Guess,
    /// By the words of the job that it holds in this encoding, though it could be UTF-8.
    Words,
}

impl Finding {
    /// The stable name under which it is told.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Encoding { .. } => "file.encoding",
            Self::EncodingDoubted { .. } => "file.encoding-doubted",
            Self::ReportColumns { .. } => "file.report-columns",
            Self::UnnamedColumns { .. } => "file.unnamed-columns",
            Self::BlankLines { .. } => "file.blank-lines",
            Self::CtrlZ => "file.ctrl-z",
            Self::LinesAbove { .. } => "file.lines-above",
            Self::SheetChosen { .. } => "file.sheet-chosen",
            Self::SheetsRead { .. } => "file.sheets-read",
            Self::OfSheet { finding, .. } => finding.rule(),
            Self::HiddenRows { .. } => "file.hidden-rows",
            Self::HiddenColumns { .. } => "file.hidden-columns",
            Self::Formulas { .. } => "file.formulas",
            Self::Merged { .. } => "file.merged",
            Self::MergedDown { .. } => "file.merged-down",
            Self::MaybeCut { .. } => "file.maybe-cut",
        }
    }
}

impl From<&Finding> for Notice {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.rule(), finding.text())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl Finding {
    fn text(&self) -> Text {
        match self {
            Self::Encoding {
                name,
                known_by,
                cells,
            } => encoding(name, *known_by, cells),
            Self::EncodingDoubted { name, cells } => text!(
                "the file may be {name} instead; then it reads: {cells}",
                name,
                cells = listed(cells.iter().map(|cell| shown(cell)))
            ),
            Self::ReportColumns { names } => text!(
                "columns of an earlier report are ignored: {names}",
                names = Value::list(names.iter().map(|name| shown(name)))
            ),
            Self::UnnamedColumns { count: 1 } => {
                text!("an empty column without a name at the end is ignored")
            }
            Self::UnnamedColumns { count } => text!(
                "{count} empty columns without a name at the end are ignored",
                count
            ),
            Self::BlankLines { count: 1 } => text!("1 blank line is not counted as a row"),
            Self::BlankLines { count } => {
                text!("{count} blank lines are not counted as rows", count)
            }
            Self::CtrlZ => text!("a Ctrl-Z at the end of the file was dropped"),
            Self::LinesAbove { count: 1 } => {
                text!("1 line above the header is not read as a row")
            }
            Self::LinesAbove { count } => {
                text!("{count} lines above the header are not read as rows", count)
            }
            Self::SheetChosen { read, others } => text!(
                "the sheet `{name}` was read; {others}",
                name = shown(read),
                others = left_alone(others)
            ),
            Self::SheetsRead { read, others } => {
                let read = text!(
                    "the sheets {names} were read, one after the other",
                    names = quoted(read)
                );
                if others.is_empty() {
                    return read;
                }
                text!("{read}; {others}", read, others = left_alone(others))
            }
            Self::OfSheet { sheet, finding } => text!(
                "`{sheet}`: {finding}",
                sheet = shown(sheet),
                finding = finding.text()
            ),
            Self::HiddenRows { count: 1 } => text!("1 hidden row is read like the others"),
            Self::HiddenRows { count } => {
                text!("{count} hidden rows are read like the others", count)
            }
            Self::HiddenColumns { letters } => text!(
                "hidden columns are read like the others: {letters}",
                letters = listed(letters.iter())
            ),
            Self::Formulas {
                count,
                computes_on_load,
            } => formulas(*count, *computes_on_load),
            Self::Merged { count, regions } => {
                let names = Value::list(regions);
                match count.saturating_sub(regions.len()) {
                    0 => text!("merged cells in the rows: {names}", names),
                    more => text!(
                        "merged cells in the rows: {names} and {more} more",
                        names,
                        more
                    ),
                }
            }
            Self::MergedDown {
                column,
                count: 1,
                region,
            } => text!(
                "{column}: the merged cells {region} count for each of their rows",
                column = shown(column),
                region
            ),
            Self::MergedDown {
                column,
                count,
                region,
            } => text!(
                "{column}: {count} merged cells, such as {region}, count for each of their rows",
                column = shown(column),
                count,
                region
            ),
            Self::MaybeCut { bytes } => text!(
                "the last line has no line end and the file has exactly {bytes} bytes: it may have been cut while it was copied",
                bytes
            ),
        }
    }
}

/// Sheets that were not read.
fn left_alone(names: &[String]) -> Text {
    if names.len() == 1 {
        text!("{names} was not", names = quoted(names))
    } else {
        text!("{names} were not", names = quoted(names))
    }
}

fn quoted(names: &[String]) -> Text {
    listed(names.iter().map(|name| format!("`{}`", shown(name))))
}

/// What formulas stand for.
fn formulas(count: u64, computes_on_load: bool) -> Text {
    let stand = if count == 1 {
        text!("1 formula stands for the value last computed")
    } else {
        text!("{count} formulas stand for the values last computed", count)
    };
    if !computes_on_load {
        return stand;
    }
    text!(
        "{formulas}; the workbook asks to be computed anew: open and save it if a program made it",
        formulas = stand
    )
}

/// How the bytes of the file became text, with some cells to judge it by.
fn encoding(name: &str, known_by: KnownBy, cells: &[String]) -> Text {
    let known = match known_by {
        KnownBy::Mark => text!("the file is {name}, as its byte order mark says", name),
        KnownBy::Job => text!("the file was read as {name}, as the job says", name),
        KnownBy::Words => text!(
            "the file was read as {name}, because so it holds words of the job; if it is not, set `encoding` in the job's [input]",
            name
        ),
        KnownBy::Guess => text!(
            "the file is not UTF-8 and was read as {name}; if it is not, set `encoding` in the job's [input]",
            name
        ),
    };
    if cells.is_empty() {
        return known;
    }
    let cells = Value::list(cells.iter().map(|cell| shown(cell)));
    text!("{known}; it reads: {cells}", known, cells)
}

/// Some names, the first of them.
fn listed(names: impl ExactSizeIterator<Item = impl AsValue>) -> Text {
    let more = names.len().saturating_sub(NAMES_SHOWN_MAX);
    let shown = Value::list(names.take(NAMES_SHOWN_MAX));
    match more {
        0 => text!("{shown}", shown),
        more => text!("{shown} and {more} more", shown, more),
    }
}

/// A value of the input as messages show it.
pub(super) fn shown(value: &str) -> String {
    escaped(value, SHOWN_CHARS_MAX)
}
