//! What a person changed of an input without changing the file: cells that say something else, and rows that are left out.
//!
//! A correction is applied to a row as it was read, before anything else looks at it; what the reports repeat is corrected with it.
//! Rows are known by their record, columns by their position among the input's own. Only rows that can be read are corrected.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Cell, Rejection, Row, Rule};

/// A row that a person does not want to be sent.
pub const LEFT_OUT: Rule = Rule::new("row.left-out", "was left out by the user");

/// The corrections of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrections {
    cells: BTreeMap<u64, BTreeMap<usize, String>>,
    left_out: BTreeSet<u64>,
}

impl Corrections {
    /// None.
    pub const NONE: &'static Self = &Self {
        cells: BTreeMap::new(),
        left_out: BTreeSet::new(),
    };

    /// Lets a cell say something else; `None` lets it say what the file says. Returns what it was corrected to before.
    pub fn set(&mut self, record: u64, column: usize, text: Option<String>) -> Option<String> {
        let cells = self.cells.entry(record).or_default();
        let before = match text {
            Some(text) => cells.insert(column, text),
            None => cells.remove(&column),
        };
        self.cells.retain(|_, cells| !cells.is_empty());
        before
    }

    /// Leaves a row out, or takes it in again. Returns whether it was left out before.
    pub fn leave_out(&mut self, record: u64, is_left_out: bool) -> bool {
        if is_left_out {
            !self.left_out.insert(record)
        } else {
            self.left_out.remove(&record)
        }
    }

    /// What the corrected cells say: record, column and text, in the order of the input.
    pub fn cells(&self) -> impl Iterator<Item = (u64, usize, &str)> {
        self.cells.iter().flat_map(|(record, cells)| {
            let cells = cells.iter();
            cells.map(move |(column, text)| (*record, *column, text.as_str()))
        })
    }

    /// What a cell is corrected to.
    #[must_use]
    pub fn cell(&self, record: u64, column: usize) -> Option<&str> {
        Some(self.cells.get(&record)?.get(&column)?.as_str())
    }

    /// The rows that are left out.
    #[must_use]
    pub fn left_out(&self) -> &BTreeSet<u64> {
        &self.left_out
    }

    /// Corrects a row that could be read; rejects one that is left out.
    pub(crate) fn apply(&self, row: &mut Row, delimiter: u8) -> Option<Rejection> {
        if let Some(cells) = self.cells.get(&row.record) {
            for (column, text) in cells {
                row.set(*column, Cell::Text(text));
            }
            row.source = corrected(&row.source, cells, delimiter);
            // The verdict of the file that is read again was about the row as it was.
            if let Some(report) = &mut row.report {
                report.rule.clear();
            }
        }
        let is_left_out = self.left_out.contains(&row.record);
        is_left_out.then(|| Rejection::row(LEFT_OUT))
    }
}

/// A record with other cells. One of blank cells is quoted: it would be a blank line otherwise, and no row.
fn corrected(source: &[u8], cells: &BTreeMap<usize, String>, delimiter: u8) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(source);
    let mut record = csv::ByteRecord::new();
    // It was encoded by the reader of the input; what cannot be read of it is left out.
    let _ = reader.read_byte_record(&mut record);
    let width = cells.keys().next_back().map_or(0, |last| last + 1);
    let with = (0..record.len().max(width)).map(|column| match cells.get(&column) {
        Some(text) => text.as_bytes(),
        None => record.get(column).unwrap_or_default(),
    });
    let with: csv::ByteRecord = with.collect();
    let is_blank = with.iter().all(|cell| cell.trim_ascii().is_empty());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .quote_style(if is_blank {
            csv::QuoteStyle::Always
        } else {
            csv::QuoteStyle::Necessary
        })
        .from_writer(Vec::new());
    // Writing into a Vec cannot fail.
    let _ = writer.write_byte_record(&with);
    let mut record = writer.into_inner().unwrap_or_default();
    record.pop_if(|byte| *byte == b'\n');
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: &str) -> Row {
        let mut row = Row::default();
        row.record = 3;
        row.source = source.into();
        for (column, text) in ["1001", "早般", ""].into_iter().enumerate() {
            row.set(column, Cell::Text(text));
        }
        row
    }

    #[test]
    fn a_corrected_cell_is_corrected_in_the_row_and_in_what_the_reports_repeat() {
        let mut corrections = Corrections::default();
        assert_eq!(corrections.set(3, 1, Some("早,\"班\"".to_owned())), None);
        let mut row = row("1001,早般,");
        assert_eq!(corrections.apply(&mut row, b','), None);
        assert_eq!(row.cell(1), Cell::Text("早,\"班\""));
        assert_eq!(row.cell(0), Cell::Text("1001"));
        assert_eq!(str::from_utf8(&row.source), Ok("1001,\"早,\"\"班\"\"\","));
    }

    #[test]
    fn a_row_without_a_correction_is_the_row_as_read() {
        let mut corrections = Corrections::default();
        corrections.set(4, 1, Some("早班".to_owned()));
        corrections.leave_out(5, true);
        let mut row = row("1001,\"早般\",");
        assert_eq!(corrections.apply(&mut row, b','), None);
        assert_eq!(str::from_utf8(&row.source), Ok("1001,\"早般\","));
    }

    #[test]
    fn a_row_that_is_emptied_stays_a_row() {
        let mut corrections = Corrections::default();
        for column in 0..3 {
            corrections.set(3, column, Some(String::new()));
        }
        let mut row = row("1001,早般,");
        corrections.apply(&mut row, b',');
        assert_eq!(str::from_utf8(&row.source), Ok("\"\",\"\",\"\""));
    }

    #[test]
    fn a_row_that_is_left_out_is_rejected_until_it_is_taken_in_again() {
        let mut corrections = Corrections::default();
        assert!(!corrections.leave_out(3, true));
        let rejection = corrections.apply(&mut row("1001,早般,"), b',').unwrap();
        assert_eq!(rejection.rule, "row.left-out");
        assert!(corrections.leave_out(3, false));
        assert_eq!(corrections.apply(&mut row("1001,早般,"), b','), None);
        assert_eq!(corrections, Corrections::default());
    }
}
