//! A row of a sheet as the reports repeat it: one CSV record of the input's own cells, parted by commas, without a line end.
//!
//! Keeps this: a source has exactly as many cells as there are own columns, and that of a rejected row loses nothing.

use crate::error::Refusal;
use crate::input::record::{never_blank, push_encoded};
use crate::input::text::RECORD_BYTES_MAX;

use super::Workbook;
use super::lines::too_long;

/// What parts the cells.
pub(in crate::input) const DELIMITER: u8 = b',';

impl Workbook {
    /// Repeats the line. When it is rejected and has values under no name, the last own cell holds them too: cut short, the row
    /// would look right in `failure.csv` and be sent by the next run. Each of merged cells holds what they show together: left empty,
    /// such a day would be no item in the next run, and nobody would hear of it.
    pub(super) fn repeat(&self, is_rejected: bool, source: &mut Vec<u8>) -> Result<(), Refusal> {
        let unnamed = if is_rejected {
            self.unnamed_values()
        } else {
            String::new()
        };
        let last = self.own_cells.len().saturating_sub(1);
        let own = self.header.own().iter().zip(&self.own_cells);
        for (column, (position, at)) in own.enumerate() {
            if column > 0 {
                source.push(DELIMITER);
            }
            let alone = || at.map_or("", |at| self.line.text(at));
            let part = self.merged.part_at(*position);
            let text = part.map_or_else(alone, |part| &part.text);
            if column == last && !unnamed.is_empty() {
                push_encoded(&format!("{text}{unnamed}"), DELIMITER, source);
            } else {
                push_encoded(text, DELIMITER, source);
            }
            if source.len() > RECORD_BYTES_MAX {
                return Err(too_long(self.lines.name(), self.line.row));
            }
        }
        never_blank(DELIMITER, source);
        Ok(())
    }

    /// The values that stand under no name, each behind a comma.
    fn unnamed_values(&self) -> String {
        let mut text = String::new();
        for (column, _, value) in self.line.cells() {
            if self.is_unnamed(column) {
                text.push(char::from(DELIMITER));
                text.push_str(value);
            }
        }
        text
    }
}
