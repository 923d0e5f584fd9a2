//! The lines of a sheet, one after the other: some are looked at before they are taken.
//!
//! Keeps this: every line up to the last one is given or counted as blank, and a long gap between lines is refused, for nobody sees
//! on a screen what stands below it.

use std::collections::VecDeque;

use crate::error::Refusal;
use crate::input::text::RECORD_BYTES_MAX;
use crate::input::workbook::{Line, Stream};

/// The most blank rows between two rows. A gap of a page or so is layout; this is a forgotten cell far below.
const BLANK_ROWS_MAX: u32 = 1000;

/// A row that is longer than a record of the reports may be: a few shared texts may fill any number of cells.
pub(super) fn too_long(file: &str, row: u32) -> Refusal {
    let mib = RECORD_BYTES_MAX >> 20;
    Refusal::new(
        "file.row-length",
        text!("{file}: row {row} is longer than {mib} MiB", file, row, mib),
    )
    .hint(text!("shorten the texts of its cells, or delete it"))
}

/// The lines of one sheet.
pub(super) struct Lines {
    stream: Stream,
    ended: bool,
    /// Lines that were looked at and not taken.
    looked_at: VecDeque<Line>,
    /// The row of the last line taken.
    row: u32,
    blank_rows: u64,
}

impl Lines {
    /// All lines of a sheet.
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            ended: false,
            looked_at: VecDeque::new(),
            row: 0,
            blank_rows: 0,
        }
    }

    /// Takes the next row; false at the end of the sheet.
    pub(super) fn take(&mut self, line: &mut Line) -> Result<bool, Refusal> {
        let next = match self.looked_at.pop_front() {
            Some(looked_at) => Some(looked_at),
            None => self.next()?,
        };
        let Some(next) = next else {
            self.ended = true;
            return Ok(false);
        };
        *line = next;
        let blank_rows = line.row.saturating_sub(self.row + 1);
        if self.row > 0 && blank_rows > BLANK_ROWS_MAX {
            let (first, last) = (self.row + 1, line.row - 1);
            let name = self.name();
            return Err(Refusal::new(
                "file.gap",
                text!(
                    "{name}: rows {first} to {last} are blank and row {row} is not",
                    name,
                    first,
                    last,
                    row = line.row
                ),
            )
            .because(text!(
                "more than {blank_rows_max} blank rows in the middle are hardly meant",
                blank_rows_max = BLANK_ROWS_MAX
            ))
            .hint(text!("delete the blank rows, or what stands below them")));
        }
        self.blank_rows += u64::from(blank_rows);
        self.row = line.row;
        Ok(true)
    }

    /// Looks at the first `count` rows that are not taken yet; fewer when there are no more.
    pub(super) fn look(&mut self, count: usize) -> Result<Vec<&Line>, Refusal> {
        while self.looked_at.len() < count {
            let Some(line) = self.next()? else {
                break;
            };
            self.looked_at.push_back(line);
        }
        Ok(self.looked_at.iter().take(count).collect())
    }

    fn next(&mut self) -> Result<Option<Line>, Refusal> {
        match self.stream.next()? {
            Some(line) if line.is_too_long() => Err(too_long(self.name(), line.row)),
            line => Ok(line),
        }
    }

    /// Name of the file in messages.
    pub(super) fn name(&self) -> &str {
        self.stream.name()
    }

    /// The last row taken; 0 before the first.
    pub(super) fn row(&self) -> u32 {
        self.row
    }

    /// Whether all rows are taken. Those at the end may hold nothing but spaces.
    pub(super) fn at_end(&self) -> bool {
        self.ended && self.looked_at.is_empty()
    }

    /// Blank rows passed over.
    pub(super) fn blank_rows(&self) -> u64 {
        self.blank_rows
    }
}
