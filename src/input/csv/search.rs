//! Where the header of a CSV file stands when titles stand above it, and the line of weekdays under it.
//!
//! Keeps this: a file whose first record is its header is read as if nothing had been looked for.

use crate::error::Refusal;
use crate::input::HeaderRule;
use crate::input::heading::{self, LINES_MAX};
use crate::input::text::Text;

use super::layout::Framing;
use super::{Csv, cells, header};
use crate::input::record::is_blank;

/// How far is looked for the header. Titles are short; what is longer is read as before.
const LOOK_BYTES_MAX: usize = 1024 * 1024;

/// A column that only our own reports have: their header is their first line.
const REPORT_COLUMN: &str = "_record";

/// Where the header stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderPlace {
    /// Records above it.
    pub(super) above: usize,
    pub(super) lines: HeaderLines,
}

/// How many lines the header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderLines {
    One,
    Two,
}

impl Csv {
    /// Looks for the header in the first records. It is the first one unless another holds more of the names.
    pub(super) fn find_header(
        &mut self,
        text: &mut Text,
        rule: &HeaderRule,
    ) -> Result<HeaderPlace, Refusal> {
        let first = HeaderPlace {
            above: 0,
            lines: HeaderLines::One,
        };
        if rule.names.is_empty() && rule.lines < 2 {
            return Ok(first);
        }
        let mut lines = self.look(text)?;
        let is_report = |line: &Vec<String>| line.iter().any(|cell| cell == REPORT_COLUMN);
        if lines.first().is_some_and(is_report) {
            return Ok(first);
        }
        if rule.lines < 2 {
            return Ok(HeaderPlace {
                above: heading::choose(&lines, &rule.names),
                lines: HeaderLines::One,
            });
        }
        for at in 1..lines.len() {
            if let [upper, lower] = lines.get_mut(at - 1..=at).unwrap_or_default() {
                *upper = heading::joined(&heading::spread(upper, lower), lower);
            }
        }
        lines.pop();
        if lines.is_empty() {
            return Err(text
                .refuse_file(
                    "file.no-rows",
                    "no rows: the file has fewer lines than its header",
                )
                .because("the job says that the header has two lines"));
        }
        Ok(HeaderPlace {
            above: heading::choose(&lines, &rule.names),
            lines: HeaderLines::Two,
        })
    }

    /// Takes a record as it is, for a title may be anything.
    pub(super) fn take_line(&mut self, text: &mut Text) -> Result<Option<Vec<String>>, Refusal> {
        let Some(framed) = self.find_record(text, header::COLUMNS_MAX)? else {
            return Ok(None);
        };
        let record = text.window().get(..framed.len).unwrap_or_default();
        let line = self.lossy_cells(record);
        text.consume(framed.with_end, framed.inner_lines + 1);
        Ok(Some(line))
    }

    /// Takes the record under the header if it holds weekdays only.
    pub(super) fn take_weekdays(
        &mut self,
        text: &mut Text,
        rule: &HeaderRule,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let Some(is_weekdays) = rule.is_weekdays else {
            return Ok(None);
        };
        let Some(framed) = self.find_record(text, header::COLUMNS_MAX)? else {
            return Ok(None);
        };
        let record = text.window().get(..framed.len).unwrap_or_default();
        let line = self.lossy_cells(record);
        if !is_weekdays(&line) {
            return Ok(None);
        }
        text.consume(framed.with_end, framed.inner_lines + 1);
        Ok(Some(line))
    }

    /// The cells of the first records that are not blank; nothing is consumed. What cannot be framed ends the looking: reading
    /// will meet it again.
    fn look(&mut self, text: &mut Text) -> Result<Vec<Vec<String>>, Refusal> {
        let mut lines = Vec::new();
        let mut at = 0;
        while lines.len() < LINES_MAX {
            let rest = text.window().get(at..).unwrap_or_default();
            let framing =
                self.layout
                    .frame(rest, text.ended(), self.delimiter, header::COLUMNS_MAX);
            match framing {
                Framing::Cut if text.window().len() < LOOK_BYTES_MAX => text.more()?,
                Framing::Cut | Framing::Unclosed { .. } | Framing::Whole { with_end: 0, .. } => {
                    break;
                }
                Framing::Whole { len, with_end } => {
                    let record = rest.get(..len).unwrap_or_default();
                    if !is_blank(record, self.delimiter) {
                        lines.push(self.lossy_cells(record));
                    }
                    at += with_end;
                }
            }
        }
        Ok(lines)
    }

    /// The cells of the record that was framed last, whether or not it can be decoded.
    fn lossy_cells(&mut self, record: &[u8]) -> Vec<String> {
        let lossy = String::from_utf8_lossy(record);
        if lossy.len() != record.len() {
            // U+FFFD is longer than what it stands for: the places must be found again.
            self.layout
                .frame(lossy.as_bytes(), true, self.delimiter, header::COLUMNS_MAX);
        }
        cells(&lossy, &self.layout)
    }
}
