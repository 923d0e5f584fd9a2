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
use crate::model::report_column;

/// How far is looked for the header. Titles are short; what is longer is read as before.
const LOOK_BYTES_MAX: usize = 1024 * 1024;

/// A column that only our own reports have: their header is their first line.
const REPORT_COLUMN: &str = report_column::RECORD;

/// What else parts the cells of tables in text, the commonest first.
const OTHER_DELIMITERS: [char; 6] = [';', '\t', '|', ',', '，', '；'];

fn other_delimiter(text: &Text, found: char, delimiter: u8) -> Refusal {
    let here = char::from(delimiter).escape_default();
    let name = match found {
        '\t' => "tabs".to_owned(),
        _ => format!("`{found}`"),
    };
    let what = if found == '\t' && text.encoding().starts_with("UTF-16") {
        format!(
            "this is \"Unicode text\" as Excel saves it, its cells parted by {name}, not by `{here}`"
        )
    } else {
        format!("the cells are parted by {name}, not by `{here}`")
    };
    let refusal = text.refuse_file("file.delimiter", what);
    if found.is_ascii() {
        let found = found.escape_default();
        refusal.hint(text!(
            "set `delimiter = \"{found}\"` in the job's [input], or save the table as .xlsx",
            found
        ))
    } else {
        refusal.hint(text!(
            "part the cells by a plain comma `,`, or save the table as .xlsx"
        ))
    }
}

/// Where the header stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderPlace {
    /// Records above it.
    pub(super) above: usize,
    pub(super) lines: HeaderLines,
    /// A column in which days stand below each other, where the header has none.
    pub(super) days_down: Option<usize>,
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
            days_down: None,
        };
        if rule.names.is_empty() && rule.lines < 2 {
            return Ok(first);
        }
        let mut lines = self.look(text)?;
        let is_report = |line: &Vec<String>| line.iter().any(|cell| cell == REPORT_COLUMN);
        if lines.first().is_some_and(is_report) {
            return Ok(first);
        }
        self.refuse_other_delimiter(text, &lines, rule)?;
        if rule.lines < 2 {
            let above = heading::choose(&lines, rule);
            let names = lines.get(above).map_or(&[][..], Vec::as_slice);
            let is_over_days = match lines.get(above..above + 2) {
                Some([upper, lower]) => heading::over_days(upper, lower, rule).is_some(),
                _ => false,
            };
            return Ok(HeaderPlace {
                above,
                lines: if is_over_days {
                    HeaderLines::Two
                } else {
                    HeaderLines::One
                },
                days_down: heading::days_down(names, &lines, rule),
            });
        }
        for at in 1..lines.len() {
            if let [upper, lower] = lines.get_mut(at - 1..=at).unwrap_or_default() {
                *upper = heading::over_days(upper, lower, rule)
                    .unwrap_or_else(|| heading::joined(&heading::spread(upper, lower), lower));
            }
        }
        lines.pop();
        if lines.is_empty() {
            return Err(text
                .refuse_file(
                    "file.no-rows",
                    text!("no rows: the file has fewer lines than its header"),
                )
                .because(text!("the job says that the header has two lines")));
        }
        Ok(HeaderPlace {
            above: heading::choose(&lines, rule),
            lines: HeaderLines::Two,
            days_down: None,
        })
    }

    /// Refuses a file of which another delimiter gives more of the names that are looked for, or gives columns where this one gives a
    /// single one. It is never taken unasked: the reports are written with it, too.
    fn refuse_other_delimiter(
        &self,
        text: &Text,
        lines: &[Vec<String>],
        rule: &HeaderRule,
    ) -> Result<(), Refusal> {
        let held = |lines: &[Vec<String>]| {
            let lacking = |line: &Vec<String>| heading::lacking(line, &rule.names).len();
            rule.names.len() - lines.iter().map(lacking).min().unwrap_or(rule.names.len())
        };
        let held_now = held(lines);
        if rule.names.is_empty() || held_now == rule.names.len() {
            return Ok(());
        }
        let is_single = lines.len() > 1 && lines.iter().all(|line| line.len() == 1);
        for other in OTHER_DELIMITERS {
            if other == char::from(self.delimiter) {
                continue;
            }
            let joined = |line: &Vec<String>| line.join(&char::from(self.delimiter).to_string());
            let split = |line: &Vec<String>| {
                let cells = joined(line);
                cells.split(other).map(str::to_owned).collect::<Vec<_>>()
            };
            let split: Vec<Vec<String>> = lines.iter().map(split).collect();
            let is_table = match split.as_slice() {
                [.., one, last] => one.len() > 1 && one.len() == last.len(),
                _ => false,
            };
            if held(&split) > held_now || (is_single && is_table) {
                return Err(other_delimiter(text, other, self.delimiter));
            }
        }
        Ok(())
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
