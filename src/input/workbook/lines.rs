//! The rows of a sheet that hold something, one after the other, cells of nothing but spaces left out of account.
//!
//! Keeps this: every row up to the last one is given or counted as blank, and a long gap between rows is refused, for nobody sees
//! on a screen what stands below it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc::Receiver;

use crate::error::Refusal;
use crate::input::text::RECORD_BYTES_MAX;

use super::cells::Kind;
use super::container::unsound;
use super::feed::{Found, Message, Piece};

/// The most blank rows between two rows. A gap of a page or so is layout; this is a forgotten cell far below.
const BLANK_ROWS_MAX: u32 = 1000;

/// A row that is longer than a record of the reports may be: a few shared texts may fill any number of cells.
pub(super) fn too_long(file: &str, row: u32) -> Refusal {
    let mib = RECORD_BYTES_MAX >> 20;
    Refusal::new(
        "file.row-length",
        format!("{file}: row {row} is longer than {mib} MiB"),
    )
    .hint("shorten the texts of its cells, or delete it")
}

/// The rows of one sheet.
pub(super) struct Lines {
    name: String,
    messages: Receiver<Message>,
    piece: Piece,
    /// The next cell of the piece, and where its text begins.
    next: (usize, usize),
    ended: bool,
    /// Rows that were looked at and not taken.
    looked_at: VecDeque<Line>,
    /// The last row taken.
    row: u32,
    blank_rows: u64,
}

/// A row of a sheet.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) row: u32,
    cells: Vec<(u32, Kind, Range<usize>)>,
    text: String,
}

impl Line {
    /// The cells in their order: column, kind, text.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, Kind, &str)> {
        (0..self.cells.len()).filter_map(|at| self.cell(at))
    }

    /// The cells from a column on.
    pub(super) fn cells_from(&self, column: usize) -> impl Iterator<Item = (usize, Kind, &str)> {
        let first = self
            .cells
            .partition_point(|(at, ..)| (*at as usize) < column);
        (first..self.cells.len()).filter_map(|at| self.cell(at))
    }

    /// One of the cells.
    pub(super) fn cell(&self, at: usize) -> Option<(usize, Kind, &str)> {
        let (column, kind, range) = self.cells.get(at)?;
        let text = self.text.get(range.clone()).unwrap_or_default();
        Some((*column as usize, *kind, text))
    }

    /// The text of one of the cells.
    pub(super) fn text(&self, at: usize) -> &str {
        self.cell(at).map_or("", |(_, _, text)| text)
    }

    /// The text of the cell in a column of the sheet; nothing where there is none.
    pub(super) fn text_in(&self, column: usize) -> String {
        let mut cells = self.cells();
        let found = cells.find(|(at, ..)| *at == column);
        found.map_or_else(String::new, |(.., text)| text.to_owned())
    }

    /// The cells as texts, from the first column of the sheet on.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for (column, kind, text) in self.cells() {
            texts.resize(column, String::new());
            texts.push(kind.shows(text).into_owned());
        }
        texts
    }

    /// The same of a line above a table.
    pub(super) fn texts_above(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for (column, kind, text) in self.cells() {
            texts.resize(column, String::new());
            texts.push(kind.shows_above(text).into_owned());
        }
        texts
    }

    fn is_blank(&self) -> bool {
        let mut cells = self.cells();
        cells.all(|(_, kind, text)| kind.is_blank(text))
    }

    fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
    }
}

impl Lines {
    /// The rows that come from a sheet of a file.
    pub(super) fn new(name: &str, messages: Receiver<Message>) -> Self {
        Self {
            name: name.to_owned(),
            messages,
            piece: Piece::default(),
            next: (0, 0),
            ended: false,
            looked_at: VecDeque::new(),
            row: 0,
            blank_rows: 0,
        }
    }

    /// Takes the next row; false at the end of the sheet.
    pub(super) fn take(&mut self, line: &mut Line) -> Result<bool, Refusal> {
        if let Some(looked_at) = self.looked_at.pop_front() {
            *line = looked_at;
        } else if !self.read(line)? {
            return Ok(false);
        }
        let blank_rows = line.row.saturating_sub(self.row + 1);
        if self.row > 0 && blank_rows > BLANK_ROWS_MAX {
            let (first, last) = (self.row + 1, line.row - 1);
            let name = &self.name;
            return Err(Refusal::new(
                "file.gap",
                format!(
                    "{name}: rows {first} to {last} are blank and row {} is not",
                    line.row
                ),
            )
            .because(format!(
                "more than {BLANK_ROWS_MAX} blank rows in the middle are hardly meant"
            ))
            .hint("delete the blank rows, or what stands below them"));
        }
        self.blank_rows += u64::from(blank_rows);
        self.row = line.row;
        Ok(true)
    }

    /// Looks at the first `count` rows that are not taken yet; fewer when there are no more.
    pub(super) fn look(&mut self, count: usize) -> Result<Vec<&Line>, Refusal> {
        while self.looked_at.len() < count {
            let mut line = Line::default();
            if !self.read(&mut line)? {
                break;
            }
            self.looked_at.push_back(line);
        }
        Ok(self.looked_at.iter().take(count).collect())
    }

    /// Name of the file in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
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

    /// Reads the next row that is not blank.
    fn read(&mut self, line: &mut Line) -> Result<bool, Refusal> {
        loop {
            line.clear();
            let Some(first) = self.next_cell()? else {
                return Ok(false);
            };
            line.row = first.row;
            while let Some(cell) = self.next_cell()?.filter(|cell| cell.row == line.row) {
                let (index, from) = self.next;
                let text = self.piece.text.get(from..cell.end).unwrap_or_default();
                let start = line.text.len();
                line.text.push_str(text);
                if line.text.len() > RECORD_BYTES_MAX {
                    return Err(too_long(&self.name, line.row));
                }
                line.cells
                    .push((cell.column, cell.kind, start..line.text.len()));
                self.next = (index + 1, cell.end);
            }
            if !line.is_blank() {
                return Ok(true);
            }
        }
    }

    /// The next cell, not taken; `None` at the end of the sheet.
    fn next_cell(&mut self) -> Result<Option<Found>, Refusal> {
        loop {
            if let Some(cell) = self.piece.cells.get(self.next.0) {
                return Ok(Some(*cell));
            }
            if self.ended {
                return Ok(None);
            }
            match self.messages.recv() {
                Ok(Message::Piece(piece)) => {
                    self.piece = piece;
                    self.next = (0, 0);
                }
                Ok(Message::End) => self.ended = true,
                Ok(Message::Failed(why)) => return Err(unsound(&self.name, why)),
                Err(_) => return Err(unsound(&self.name, "it broke the program that reads it")),
            }
        }
    }
}
