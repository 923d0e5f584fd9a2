//! A failure report of which each line is about one cell, read again: its columns `_column`, `_value`, `_read` and `_date` are ours,
//! and yet say which cell that is.
//!
//! The cell may have been corrected in its own column or in `_value`, beside the reason: the one that differs from `_read` counts, and
//! two different corrections are rejected.

use crate::model::report_column;
use crate::model::{Cell, Rejection, ReportCell, Row, Rule};

use super::{Csv, said};
use crate::input::record::push_encoded;

/// Where the columns stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportCellColumns {
    column: usize,
    value: usize,
    read: usize,
    date: usize,
}

impl ReportCellColumns {
    /// Finds them among the names of a header: all four, or it is no such report.
    pub(super) fn find(names: &[String]) -> Option<Self> {
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        Some(Self {
            column: place(report_column::COLUMN)?,
            value: place(report_column::VALUE)?,
            read: place(report_column::READ)?,
            date: place(report_column::DATE)?,
        })
    }
}

impl Csv {
    /// Whether each line is about one cell.
    pub(in crate::input) fn has_report_cells(&self) -> bool {
        self.header.report_cell().is_some()
    }

    /// Notes which cell the record is about, and puts the value that counts into it, in the row and in its source.
    pub(super) fn set_again(&self, record: &str, row: &mut Row) -> Option<Rejection> {
        let ours = self.header.report_cell()?;
        let says = |position| said(record, &self.layout, position);
        let title = says(ours.column);
        // The whole record was rejected: corrected, it is read as a row.
        if title.is_empty() {
            return None;
        }
        let names = self.header.own_names();
        let Some(column) = names.iter().position(|name| *name == title) else {
            let rule = Rule::new("row.again-column", "names no column of the file");
            return Some(Rejection::cell(report_column::COLUMN, title, rule));
        };
        let here = match row.cell(column) {
            Cell::Text(text) => text.to_owned(),
            Cell::Absent
            | Cell::Number(_)
            | Cell::Date(_)
            | Cell::Unusable(..)
            | Cell::Bool(_)
            | Cell::Nested(_) => String::new(),
        };
        let (value, read) = (says(ours.value), says(ours.read));
        if here == read && value != read {
            row.set(column, Cell::Text(&value));
            self.repeat_with(record, column, &value, &mut row.source);
        } else if value != read && value != here {
            let rule = Rule::new("row.again-twice", "was corrected in two ways");
            let detail = format!("`_value` says `{value}`");
            return Some(Rejection::cell(title, here, rule).detail(detail));
        }
        row.report_cell = Some(ReportCell {
            column,
            date: says(ours.date),
        });
        None
    }

    /// Repeats a row with another value in one of its cells.
    fn repeat_with(&self, record: &str, column: usize, value: &str, source: &mut Vec<u8>) {
        source.clear();
        for (at, position) in self.header.own_positions().iter().enumerate() {
            if at > 0 {
                source.push(self.delimiter);
            }
            if at == column {
                push_encoded(value, self.delimiter, source);
            } else {
                let cell = said(record, &self.layout, *position);
                push_encoded(&cell, self.delimiter, source);
            }
        }
    }
}
