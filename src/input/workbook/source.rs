//! A row of a sheet as the reports repeat it: one CSV record of the input's own cells, parted by commas, without a line end.
//!
//! Keeps this: a source has exactly as many cells as there are own columns, and that of a rejected row loses nothing.

use crate::error::Refusal;
use crate::input::record::{encoded, never_blank, push_encoded};
use crate::input::text::RECORD_BYTES_MAX;

use super::Workbook;
use super::lines::too_long;

/// What parts the cells.
pub(in crate::input) const DELIMITER: u8 = b',';

impl Workbook {
    /// Repeats the line. Each of merged cells holds what they show together: left empty, such a day would be no item in the next run,
    /// and nobody would hear of it.
    pub(super) fn repeat(&self, source: &mut Vec<u8>) -> Result<(), Refusal> {
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
    pub(super) fn repeat_stray(&self, stray: &mut String) {
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
