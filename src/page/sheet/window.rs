//! What of a sheet is handed out: windows of its rows, those that a filter leaves, and where something is said.

use super::{Mark, Sheet};
use crate::model::Columns;
use crate::report::cells_of;

/// How many equal parts of the sheet the strip beside the scroll bar shows.
const STRIP_PARTS: usize = 200;

/// Which rows a window is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::page) enum Only {
    /// All of them.
    All,
    /// Those of which something is said.
    Marked,
    /// Those with this reason.
    Reason(usize),
}

/// A window of rows.
pub(in crate::page) struct Window<'a> {
    /// How many rows there are to take windows from.
    pub(in crate::page) total: u64,
    pub(in crate::page) rows: Vec<Shown<'a>>,
}

impl Only {
    fn takes(self, mark: &Mark) -> bool {
        match self {
            Self::All | Self::Marked => true,
            Self::Reason(reason) => mark.reason == reason,
        }
    }
}

/// A row of a window.
pub(in crate::page) struct Shown<'a> {
    pub(in crate::page) record: u64,
    pub(in crate::page) line: u64,
    pub(in crate::page) is_readable: bool,
    pub(in crate::page) cells: Vec<String>,
    pub(in crate::page) marks: &'a [Mark],
}

impl Sheet {
    /// What a cell says; none where the row is not kept or cannot be corrected.
    pub(in crate::page) fn cell(&self, record: u64, column: usize) -> Option<String> {
        let at = self.row_of(record)?;
        let row = self
            .rows
            .get(at)
            .filter(|row| row.is_readable && !self.is_json)?;
        let is_column = column < self.columns.len() && row.record == record;
        is_column.then(|| self.cells(at).into_iter().nth(column).unwrap_or_default())
    }

    /// Rows of which something is said.
    pub(in crate::page) fn rows_marked(&self) -> u64 {
        self.rows_of(Only::Marked)
            .map_or(0, |rows| rows.len() as u64)
    }

    /// So many rows from the one at a position on, of those that a filter leaves.
    pub(in crate::page) fn window(&self, only: Only, first: usize, count: usize) -> Window<'_> {
        let filtered = self.rows_of(only);
        let (total, rows): (usize, Vec<usize>) = match &filtered {
            None => {
                let end = first.saturating_add(count).min(self.rows.len());
                (self.rows.len(), (first..end).collect())
            }
            Some(rows) => {
                let window = rows.iter().skip(first).take(count);
                (rows.len(), window.copied().collect())
            }
        };
        Window {
            total: total as u64,
            rows: rows.into_iter().filter_map(|at| self.shown(at)).collect(),
        }
    }

    /// What is said under a filter, each with the position of its row among those that the filter leaves, and how many those are.
    fn said(&self, only: Only) -> (usize, Vec<(usize, &Mark)>) {
        let rows = self.rows_of(only);
        let position = |row: usize| match &rows {
            None => Some(row),
            Some(rows) => rows.binary_search(&row).ok(),
        };
        let marks = self.marks.iter().filter(|mark| only.takes(mark));
        let said = marks.filter_map(|mark| Some((position(mark.row)?, mark)));
        let total = rows.as_ref().map_or(self.rows.len(), Vec::len);
        (total, said.collect())
    }

    /// The first marks: position of the row, of the column, of the reason.
    pub(in crate::page) fn marks(&self, only: Only, most: usize) -> Vec<(u64, i64, usize)> {
        let first = self.said(only).1.into_iter().take(most);
        let places = first.map(|(row, mark)| {
            let column = mark.column.and_then(|column| i64::try_from(column).ok());
            (row as u64, column.unwrap_or(-1), mark.reason)
        });
        places.collect()
    }

    /// How many marks each of the equal parts of the sheet has.
    pub(in crate::page) fn strip(&self, only: Only) -> Vec<u64> {
        let mut parts = vec![0; STRIP_PARTS];
        let (total, said) = self.said(only);
        for (row, _) in said {
            if let Some(count) = parts.get_mut(row * STRIP_PARTS / total.max(1)) {
                *count += 1;
            }
        }
        parts
    }

    /// The rows that a filter leaves; none where it leaves all.
    fn rows_of(&self, only: Only) -> Option<Vec<usize>> {
        if only == Only::All {
            return None;
        }
        let mut rows: Vec<usize> = (self.marks.iter().filter(|mark| only.takes(mark)))
            .map(|mark| mark.row)
            .collect();
        rows.dedup();
        Some(rows)
    }

    fn shown(&self, at: usize) -> Option<Shown<'_>> {
        let row = self.rows.get(at)?;
        let first = self.marks.partition_point(|mark| mark.row < at);
        let end = self.marks.partition_point(|mark| mark.row <= at);
        Some(Shown {
            record: row.record,
            line: row.line,
            is_readable: row.is_readable && !self.is_json,
            cells: self.cells(at),
            marks: self.marks.get(first..end).unwrap_or_default(),
        })
    }

    fn cells(&self, at: usize) -> Vec<String> {
        let before = at.checked_sub(1).and_then(|before| self.rows.get(before));
        let start = before.map_or(0, |row| row.end);
        let end = self.rows.get(at).map_or(start, |row| row.end);
        let source = self.sources.get(start..end).unwrap_or_default();
        if self.is_json {
            return members_of(source, &self.columns);
        }
        cells_of(source, self.delimiter)
    }
}

/// What the members of an object say, in the order of the columns.
fn members_of(object: &[u8], columns: &Columns) -> Vec<String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(object).unwrap_or_default();
    let text = |name: &String| match object.get(name) {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    columns.names().iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, Rejection, Row, Rule};
    use crate::prepare::Staged;

    /// Five rows of two columns; the second and the fourth hold the same unknown word.
    fn sheet() -> Sheet {
        let mut sheet = Sheet::default();
        let unknown = Rule::new("row.lookup", "is not in the lookup");
        for record in 1..=5 {
            let word = if record % 2 == 0 { "早般" } else { "早班" };
            let mut row = Row::default();
            (row.record, row.line) = (record, record + 1);
            row.source = format!("{record},{word}").into_bytes();
            sheet.take(Staged::Row(&row, true));
            if record % 2 == 0 {
                let rejection = Rejection::cell("班次", word, unknown);
                sheet.take(Staged::Rejection(Place::row(record), &row, &rejection));
            }
        }
        sheet.finish(
            Columns::new(vec!["工号".into(), "班次".into()]),
            b',',
            false,
        );
        sheet
    }

    #[test]
    fn a_window_has_the_rows_that_the_filter_leaves_with_what_is_said_of_them() {
        let sheet = sheet();
        let records = |only, first, count| {
            let window = sheet.window(only, first, count);
            let rows: Vec<u64> = window.rows.iter().map(|row| row.record).collect();
            (window.total, rows)
        };
        assert_eq!(records(Only::All, 1, 2), (5, vec![2, 3]));
        assert_eq!(records(Only::All, 4, 10), (5, vec![5]));
        assert_eq!(records(Only::Marked, 0, 10), (2, vec![2, 4]));
        assert_eq!(records(Only::Reason(0), 1, 10), (2, vec![4]));
        assert_eq!(records(Only::Reason(7), 0, 10), (0, vec![]));
        assert_eq!(records(Only::All, usize::MAX, 10), (5, vec![]));
        let window = sheet.window(Only::Marked, 0, 1);
        assert_eq!(window.rows[0].cells, ["2", "早般"]);
        let mark = &window.rows[0].marks[0];
        assert_eq!((mark.column, sheet.equal_to(mark)), (Some(1), 1));
        assert!(sheet.sentence(mark).unwrap().to_string().contains("早般"));
    }

    #[test]
    fn equal_cells_are_those_of_the_same_text_and_the_same_reason() {
        let sheet = sheet();
        assert_eq!(sheet.cells_equal_to(2, 1), [(2, 1), (4, 1)]);
        assert_eq!(sheet.cells_equal_to(1, 1), []);
        assert_eq!(sheet.cell(4, 1).as_deref(), Some("早般"));
        assert_eq!((sheet.cell(4, 2), sheet.cell(9, 0)), (None, None));
    }

    #[test]
    fn the_strip_counts_every_mark_once() {
        let sheet = sheet();
        assert_eq!(sheet.strip(Only::All).iter().sum::<u64>(), 2);
        assert_eq!(sheet.strip(Only::Reason(7)).iter().sum::<u64>(), 0);
        assert_eq!(sheet.marks(Only::All, 1), [(1, 1, 0)]);
        assert_eq!(sheet.marks(Only::Marked, 1), [(0, 1, 0)]);
        assert_eq!(sheet.rows_marked(), 2);
    }
}
