//! A CSV record as the reports repeat it: the input's own cells only, parted by the input's own delimiter, without a line end.
//!
//! Keeps this: a source has exactly as many cells as there are own columns, so `failure.csv` is a valid input; the source of a row
//! reads again as the same cells, and that of a rejected record loses nothing.

use crate::input::record::{never_blank, push_encoded};

use super::Csv;
use super::layout::{Place, Quoting};

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
    /// stands as it is. With too many cells the last own column holds all the rest: cut short, the row would look right in
    /// `failure.csv` and be sent by the next run.
    pub(super) fn repeat_rejected(&self, record: &str, source: &mut Vec<u8>) {
        let own = self.header.own_positions();
        let overflows = self.layout.count() > self.header.len()
            || (!self.leaves_out_beside
                && self
                    .header
                    .values_beside(record, &self.layout)
                    .next()
                    .is_some());
        for (column, position) in own.iter().enumerate() {
            if column > 0 {
                source.push(self.delimiter);
            }
            let Some(place) = self.layout.places().get(*position) else {
                continue;
            };
            if overflows && column + 1 == own.len() {
                let rest = record.get(place.range.start..).unwrap_or_default();
                push_encoded(rest, self.delimiter, source);
            } else if matches!(place.quoting, Quoting::Inside | Quoting::TextAfter) {
                push_encoded(raw(record, place), self.delimiter, source);
            } else {
                source.extend_from_slice(raw(record, place).as_bytes());
            }
        }
        never_blank(self.delimiter, source);
    }
}

fn raw<'a>(record: &'a str, place: &Place) -> &'a str {
    record.get(place.range.clone()).unwrap_or_default()
}
