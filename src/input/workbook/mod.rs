//! A sheet of an Excel workbook (.xlsx) as rows, streamed.
//!
//! Keeps this: every row of the sheet is above the header, the header, a row, a rejected row or a counted blank row; and no value is
//! given that the sheet does not hold. A sheet is walked once to know what is around its rows, and then read row by row.
//! Knows nothing of what the columns mean.

mod book;
mod cells;
mod container;
mod format;
mod header;
mod lines;
mod merged;
mod package;
mod region;
mod sheet;
mod source;
mod texts;
mod walked;
mod worksheet;

#[cfg(test)]
mod tests;

use crate::error::Refusal;
use crate::model::{REPEATS_HEADER, Rejection, Row, letters};

use super::finding::{Finding, shown};
use super::report_columns::ReportColumns;
use super::{CELL_TOO_LONG, Reading, UNNAMED_VALUE, lost_character};
use container::unsound;
use header::Header;
use lines::{Line, Lines};
use merged::Merged;

pub(super) use book::Book;
pub use sheet::WHICH_SHEET;
pub(super) use source::DELIMITER;
pub use walked::Walked;

/// The hidden sheet of a failure report whose first cell names its run.
pub(crate) const RUN_SHEET: &str = "_run";

/// The longest cell, as in CSV.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// Reads the rows of one sheet.
struct Workbook {
    lines: Lines,
    line: Line,
    header: Header,
    /// Where a report says which item a row is of.
    report: Option<ReportColumns>,
    /// The lines of the header and the weekdays: what a row must not repeat.
    head_lines: Vec<Vec<String>>,
    merged: Merged,
    /// The last row that holds something.
    last_row: u32,
    /// Whether values right of the table are left out.
    leaves_out_beside: bool,
    /// Own columns whose cells merged down count for each of their rows.
    fills: Vec<usize>,
}

impl Workbook {
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
    fn rows_done(&self) -> u32 {
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
                return Some(rejection.detail(format!("{} bytes", text.len())));
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
        Some(rejection.detail(format!("{place}: {}", shown(text))))
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
}
