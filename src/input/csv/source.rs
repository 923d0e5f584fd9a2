//! A CSV record as the reports repeat it: the input's own cells only, parted by the input's own delimiter, without a line end.
//!
//! Keeps this: a source has exactly as many cells as there are own columns, so `failure.csv` is a valid input; the source of a row
//! reads again as the same cells, and that of a rejected record loses nothing.

use crate::input::record::{encoded, never_blank, push_encoded};

use super::Csv;
use super::layout::{CellSpan, Quoting};

impl Csv {
    /// Repeats a row: its raw cells, which are well formed.
    pub(super) fn repeat_row(&self, record: &str, source: &mut Vec<u8>) {
        let own = self.header.own_positions();
        if own.len() == self.layout.count() {
            source.extend_from_slice(record.as_bytes());
            return;
        }
        for (column, position) in own.iter().enumerate() {
            if column > 0 {
                source.push(self.delimiter);
            }
            if let Some(place) = self.layout.places().get(*position) {
                source.extend_from_slice(raw(record, place).as_bytes());
            }
        }
        never_blank(self.delimiter, source);
    }

    /// Repeats a rejected record. Its cells stay in their columns as far as they go, and a cell that breaks the rules of quotes
    /// is repeated as it is. What belongs to no column is kept apart.
    pub(super) fn repeat_rejected(&self, record: &str, source: &mut Vec<u8>) {
        for (column, position) in self.header.own_positions().iter().enumerate() {
            if column > 0 {
                source.push(self.delimiter);
            }
            let Some(place) = self.layout.places().get(*position) else {
                continue;
            };
            if matches!(place.quoting, Quoting::Inside | Quoting::TextAfter) {
                push_encoded(raw(record, place), self.delimiter, source);
            } else {
                source.extend_from_slice(raw(record, place).as_bytes());
            }
        }
        never_blank(self.delimiter, source);
    }

    /// Keeps the cells of a rejected record that belong to no column: joined to another one, they would be sent with it by the next
    /// run; left out, the row would look right.
    pub(super) fn repeat_stray(&self, record: &str, stray: &mut String) {
        let mut add = |cell: &str, is_encoded: bool| {
            if cell.trim().is_empty() {
                return;
            }
            if !stray.is_empty() {
                stray.push(char::from(self.delimiter));
            }
            if is_encoded {
                stray.push_str(cell);
            } else {
                stray.push_str(&encoded(cell, self.delimiter));
            }
        };
        let places = self.layout.places();
        for place in places.get(self.header.named()..).unwrap_or_default() {
            let is_sound = !matches!(place.quoting, Quoting::Inside | Quoting::TextAfter);
            add(raw(record, place), is_sound);
        }
        // Cells beyond those of the header are counted and not laid out.
        if self.layout.count() > places.len() {
            let end = places.last().map_or(0, |last| last.range.end + 1);
            add(record.get(end..).unwrap_or_default(), false);
        }
    }
}

fn raw<'a>(record: &'a str, place: &CellSpan) -> &'a str {
    record.get(place.range.clone()).unwrap_or_default()
}
