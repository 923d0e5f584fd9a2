//! The rows of one sheet below its header, each with its cells and its source.
//!
//! Keeps this: each line below the header is a row, a rejected row or a counted blank one. A source has exactly as many cells as there
//! are own columns, and that of a rejected row loses nothing. Knows nothing of what the columns mean.

use crate::error::Refusal;
use crate::model::{REPEATS_HEADER, Rejection, Row, letters};

use crate::input::finding::{Finding, shown};
use crate::input::record::{encoded, never_blank, push_encoded};
use crate::input::report_columns::ReportColumns;
use crate::input::text::RECORD_BYTES_MAX;
use crate::input::workbook::{Line, unsound};
use crate::input::{CELL_TOO_LONG, Reading, UNNAMED_VALUE, lost_character};

use super::header::Header;
use super::lines::{Lines, too_long};
use super::merged::Merged;

/// What parts the cells of a source: each is a CSV record of the input's own cells, without a line end.
pub(in crate::input) const DELIMITER: u8 = b',';

/// The longest cell, as in CSV.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// Reads the rows of one sheet.
pub(super) struct SheetRows {
    pub(super) lines: Lines,
    pub(super) line: Line,
    pub(super) header: Header,
    /// Where a report says which item a row is of.
    pub(super) report: Option<ReportColumns>,
    /// The lines of the header and the weekdays: what a row must not repeat.
    pub(super) head_lines: Vec<Vec<String>>,
    pub(super) merged: Merged,
    /// The last row that holds something.
    pub(super) last_row: u32,
    /// Whether values right of the table are left out.
    pub(super) leaves_out_beside: bool,
    /// Own columns whose cells merged down count for each of their rows.
    pub(super) fills: Vec<usize>,
}

impl SheetRows {
    /// Lets the cells of these own columns that are merged down count for each of their rows, and says what there is to be told.
    pub(super) fn fill_merged(&mut self, columns: &[usize]) -> Vec<Finding> {
        self.fills = columns.to_vec();
        let mut findings = Vec::new();
        for column in columns {
            let Some(position) = self.header.own().get(*column) else {
                continue;
            };
            let mut regions = self.merged.down(*position);
            if let Some(first) = regions.next() {
                findings.push(Finding::MergedDown {
                    column: self.shown_name(*position),
                    region: first.to_string(),
                    count: 1 + regions.count(),
                });
            }
        }
        let filled: Vec<usize> = columns
            .iter()
            .filter_map(|column| self.header.own().get(*column).copied())
            .collect();
        findings.extend(self.merged.finding(&filled));
        findings
    }

    /// Leaves values right of the table out of the rows.
    pub(super) fn leave_out_beside(&mut self) {
        self.leaves_out_beside = true;
    }

    /// How many blank rows were passed over.
    pub(super) fn blank_lines(&self) -> u64 {
        self.lines.blank_rows()
    }

    /// How many rows of the sheet were gone through, of `last_row`.
    pub(super) fn rows_done(&self) -> u32 {
        if self.lines.at_end() {
            return self.last_row;
        }
        self.lines.row().min(self.last_row)
    }

    /// Reads the next row; its number is the caller's business.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<Reading, Refusal> {
        if !self.lines.take(&mut self.line)? {
            return Ok(Reading::End);
        }
        row.line = u64::from(self.line.row);
        self.merged
            .go_to(&self.line)
            .map_err(|why| unsound(self.lines.name(), why))?;
        let cell = |column| self.line.text_in(column).to_owned();
        if let Some(report) = self.report {
            row.report = Some(report.line(cell));
            row.stray = report.stray(cell);
        }
        self.find_beside(&mut row.beside);
        let rejection = self.rejection();
        if rejection.is_some() {
            self.repeat_stray(&mut row.stray);
        }
        self.repeat(&mut row.source)?;
        self.set_cells(row);
        Ok(rejection.map_or(Reading::Row, Reading::Unreadable))
    }

    /// Why the line cannot be a row.
    fn rejection(&self) -> Option<Rejection> {
        for (column, _, text) in self.line.cells() {
            if text.len() > CELL_BYTES_MAX {
                let mut rejection = Rejection::row(CELL_TOO_LONG);
                rejection.column = Some(self.shown_name(column));
                return Some(rejection.detail(text!("{length} bytes", length = text.len())));
            }
        }
        let mut own = self.header.own().iter();
        if own.any(|column| {
            self.line
                .text_in(*column)
                .contains(char::REPLACEMENT_CHARACTER)
        }) {
            return Some(lost_character());
        }
        if self.repeats_header() {
            return Some(Rejection::row(REPEATS_HEADER));
        }
        let (column, text) = self.unnamed_value()?;
        let place = format!("{}{}", letters(column), self.line.row);
        let rejection = Rejection::row(UNNAMED_VALUE);
        Some(rejection.detail(text!("{place}: {value}", place, value = shown(text))))
    }

    fn repeats_header(&self) -> bool {
        self.head_lines.iter().any(|head| {
            let filled = |text: &&str| !text.trim().is_empty();
            let mut cells = self.line.cells().filter(|(.., text)| filled(text));
            let mut names = head.iter().enumerate();
            names.all(|(column, name)| {
                name.trim().is_empty()
                    || cells
                        .next()
                        .is_some_and(|(at, kind, text)| at == column && kind.shows(text) == *name)
            }) && cells.next().is_none()
        })
    }

    /// A value that stands under no name and would be lost.
    fn unnamed_value(&self) -> Option<(usize, &str)> {
        self.line
            .cells()
            .find(|(column, kind, text)| self.is_unnamed(*column) && !kind.is_blank(text))
            .map(|(column, _, text)| (column, text))
    }

    /// Whether the values of a column are under no name, and not left out.
    fn is_unnamed(&self, column: usize) -> bool {
        let is_left_out = self.leaves_out_beside && column >= self.header.end();
        self.header.name(column).is_empty() && !is_left_out
    }

    /// The values right of the table.
    fn find_beside(&self, beside: &mut Vec<(String, String)>) {
        let end = self.header.end();
        for (column, kind, text) in self.line.cells_from(end) {
            if !kind.is_blank(text) {
                let place = format!("{}{}", letters(column), self.line.row);
                beside.push((place, kind.shows(text).into_owned()));
            }
        }
    }

    fn shown_name(&self, column: usize) -> String {
        match self.header.name(column) {
            "" => format!("column {}", letters(column)),
            name => name.to_owned(),
        }
    }

    fn set_cells(&self, row: &mut Row) {
        for (column, position) in self.header.own().iter().enumerate() {
            if let Some(part) = self.merged.part_at(*position) {
                row.set(column, part.cell(self.fills.contains(&column)));
            } else if let Some((kind, text)) = self.line.cell_in(*position) {
                row.set(column, kind.cell(text));
            }
        }
    }

    /// Repeats the line. Each of merged cells holds what they show together: left empty, such a day would be no item in the next run,
    /// and nobody would hear of it.
    fn repeat(&self, source: &mut Vec<u8>) -> Result<(), Refusal> {
        for (column, position) in self.header.own().iter().enumerate() {
            if column > 0 {
                source.push(DELIMITER);
            }
            let alone = || self.line.text_in(*position);
            let part = self.merged.part_at(*position);
            let text = part.map_or_else(alone, |part| &part.text);
            push_encoded(text, DELIMITER, source);
            if source.len() > RECORD_BYTES_MAX {
                return Err(too_long(self.lines.name(), self.line.row));
            }
        }
        never_blank(DELIMITER, source);
        Ok(())
    }

    /// The values under no name: joined to those of a column, they would be sent with it by the next run; left out, the row would
    /// look right.
    fn repeat_stray(&self, stray: &mut String) {
        for (column, kind, value) in self.line.cells() {
            if !self.is_unnamed(column) || kind.is_blank(value) {
                continue;
            }
            if !stray.is_empty() {
                stray.push(char::from(DELIMITER));
            }
            stray.push_str(&encoded(value, DELIMITER));
        }
    }
}
