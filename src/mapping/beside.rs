//! Values that stand right of a table, in columns without a title: a few of them are remarks, many are a column that lost its title.
//!
//! Keeps this: a value is only a remark where it could be nothing of the job. A word that the job knows, or a number, is none.

use crate::model::{Notice, Row};
use crate::text::Value;

/// The most remarks beside a table.
const REMARKS_MAX: u64 = 20;

/// One row in so many may have one.
const ROWS_PER_REMARK: u64 = 10;

/// How many of them the notice shows.
const SHOWN_MAX: usize = 5;

/// The values that stand beside the rows of one input.
#[derive(Debug, Default)]
pub struct Beside {
    cells: u64,
    rows: u64,
    may_be_data: bool,
    shown: Vec<String>,
}

impl Beside {
    /// Notes what stands beside a row. `is_known` tells the words of the job.
    pub fn see(&mut self, row: &Row, is_known: impl Fn(&str) -> bool) {
        if row.beside.is_empty() {
            return;
        }
        self.rows += 1;
        for (place, text) in &row.beside {
            self.cells += 1;
            let text = text.trim();
            self.may_be_data |= is_known(text) || !text.chars().any(char::is_alphabetic);
            if self.shown.len() < SHOWN_MAX {
                self.shown
                    .push(format!("{place} `{}`", super::side_lines::shown(text)));
            }
        }
    }

    /// Whether they are remarks: at most 20, beside at most a tenth of the rows or a single one, and none that may be data.
    #[must_use]
    pub fn are_remarks(&self, rows: u64) -> bool {
        let rows_max = (rows / ROWS_PER_REMARK).max(1);
        self.cells > 0 && !self.may_be_data && self.cells <= REMARKS_MAX && self.rows <= rows_max
    }

    /// What the user is told where they were left out.
    #[must_use]
    pub fn notice(&self) -> Notice {
        let shown = Value::list(&self.shown);
        let shown = match self.cells.saturating_sub(self.shown.len() as u64) {
            0 => text!("{shown}", shown),
            more => text!("{shown} and {more} more", shown, more),
        };
        let what = match self.cells {
            1 => text!(
                "1 remark beside the table, in a column without a title, is not sent: {shown}",
                shown
            ),
            cells => text!(
                "{cells} remarks beside the table, in columns without a title, are not sent: {shown}",
                cells,
                shown
            ),
        };
        Notice::new("file.remarks-beside", what)
    }
}
