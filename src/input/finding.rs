//! What the user is told about a file that is read all the same.
//!
//! Each notice is something the reader decided or passed over: nothing of that kind may happen in silence.

use std::fmt;

use crate::model::Notice;
use crate::shown::escaped;

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
        Self::new(finding.rule(), finding.to_string())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding {
                name,
                known_by,
                cells,
            } => encoding(f, name, *known_by, cells),
            Self::EncodingDoubted { name, cells } => write!(
                f,
                "the file may be {name} instead; then it reads: {}",
                listed(cells.iter().map(|cell| shown(cell)))
            ),
            Self::ReportColumns { names } => write!(
                f,
                "columns of an earlier report are ignored: {}",
                names
                    .iter()
                    .map(|name| shown(name))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::UnnamedColumns { count: 1 } => {
                f.write_str("an empty column without a name at the end is ignored")
            }
            Self::UnnamedColumns { count } => write!(
                f,
                "{count} empty columns without a name at the end are ignored"
            ),
            Self::BlankLines { count: 1 } => f.write_str("1 blank line is not counted as a row"),
            Self::BlankLines { count } => {
                write!(f, "{count} blank lines are not counted as rows")
            }
            Self::CtrlZ => f.write_str("a Ctrl-Z at the end of the file was dropped"),
            Self::LinesAbove { count: 1 } => {
                f.write_str("1 line above the header is not read as a row")
            }
            Self::LinesAbove { count } => {
                write!(f, "{count} lines above the header are not read as rows")
            }
            Self::SheetChosen { read, others } => {
                write!(
                    f,
                    "the sheet `{}` was read; {}",
                    shown(read),
                    left_alone(others)
                )
            }
            Self::SheetsRead { read, others } => {
                write!(
                    f,
                    "the sheets {} were read, one after the other",
                    quoted(read)
                )?;
                if others.is_empty() {
                    return Ok(());
                }
                write!(f, "; {}", left_alone(others))
            }
            Self::OfSheet { sheet, finding } => write!(f, "`{}`: {finding}", shown(sheet)),
            Self::HiddenRows { count: 1 } => f.write_str("1 hidden row is read like the others"),
            Self::HiddenRows { count } => {
                write!(f, "{count} hidden rows are read like the others")
            }
            Self::HiddenColumns { letters } => write!(
                f,
                "hidden columns are read like the others: {}",
                listed(letters.iter())
            ),
            Self::Formulas {
                count,
                computes_on_load,
            } => formulas(f, *count, *computes_on_load),
            Self::Merged { count, regions } => {
                write!(f, "merged cells in the rows: {}", regions.join(", "))?;
                if *count > regions.len() {
                    write!(f, " and {} more", count - regions.len())?;
                }
                Ok(())
            }
            Self::MergedDown {
                column,
                count,
                region,
            } => {
                let column = shown(column);
                match count {
                    1 => write!(
                        f,
                        "{column}: the merged cells {region} count for each of their rows"
                    ),
                    _ => write!(
                        f,
                        "{column}: {count} merged cells, such as {region}, count for each of their rows"
                    ),
                }
            }
            Self::MaybeCut { bytes } => write!(
                f,
                "the last line has no line end and the file has exactly {bytes} bytes: it may have been cut while it was copied"
            ),
        }
    }
}

/// Sheets that were not read.
fn left_alone(names: &[String]) -> String {
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{} {verb} not", quoted(names))
}

fn quoted(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{}`", shown(name))))
}

/// What formulas stand for.
fn formulas(f: &mut fmt::Formatter<'_>, count: u64, computes_on_load: bool) -> fmt::Result {
    match count {
        1 => f.write_str("1 formula stands for the value last computed")?,
        _ => write!(f, "{count} formulas stand for the values last computed")?,
    }
    if computes_on_load {
        f.write_str(
            "; the workbook asks to be computed anew: open and save it if a program made it",
        )?;
    }
    Ok(())
}

/// How the bytes of the file became text, with some cells to judge it by.
fn encoding(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    known_by: KnownBy,
    cells: &[String],
) -> fmt::Result {
    match known_by {
        KnownBy::Mark => write!(f, "the file is {name}, as its byte order mark says")?,
        KnownBy::Job => write!(f, "the file was read as {name}, as the job says")?,
        KnownBy::Words => write!(
            f,
            "the file was read as {name}, because so it holds words of the job; if it is not, set `encoding` in the job's [input]"
        )?,
        KnownBy::Guess => write!(
            f,
            "the file is not UTF-8 and was read as {name}; if it is not, set `encoding` in the job's [input]"
        )?,
    }
    for (index, cell) in cells.iter().enumerate() {
        let lead = if index == 0 { "; it reads: " } else { ", " };
        write!(f, "{lead}{}", shown(cell))?;
    }
    Ok(())
}

/// Some names, the first of them.
fn listed(names: impl ExactSizeIterator<Item = impl fmt::Display>) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN_MAX);
    let names: Vec<String> = names
        .take(NAMES_SHOWN_MAX)
        .map(|name| name.to_string())
        .collect();
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// A value of the input as messages show it.
pub(super) fn shown(value: &str) -> String {
    escaped(value, SHOWN_CHARS_MAX)
}
