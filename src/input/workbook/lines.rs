//! A sheet as lines of cells, read on a thread of its own while its lines are used, and handed over in pieces.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::error::Refusal;
use crate::input::text::RECORD_BYTES_MAX;

use super::cells::{Kind, Values};
use super::container::{Container, unsound};
use super::worksheet::{self, Seen};

/// How much is handed over at once: enough that the handing over does not count.
const PIECE_CELLS: usize = 4096;
const PIECE_BYTES: usize = 256 * 1024;

/// How many pieces may wait.
const PIECES_WAITING: usize = 4;

/// A row of a sheet.
#[derive(Debug, Clone, Default)]
pub(in crate::input) struct Line {
    /// Its number, from 1.
    pub(in crate::input) row: u32,
    cells: Vec<(u32, Kind, Range<usize>)>,
    text: String,
}

impl Line {
    /// The cells in their order: column, kind, text.
    pub(in crate::input) fn cells(&self) -> impl Iterator<Item = (usize, Kind, &str)> {
        (0..self.cells.len()).filter_map(|at| self.cell(at))
    }

    /// The cells from a column on.
    pub(in crate::input) fn cells_from(
        &self,
        column: usize,
    ) -> impl Iterator<Item = (usize, Kind, &str)> {
        let first = self
            .cells
            .partition_point(|(at, ..)| (*at as usize) < column);
        (first..self.cells.len()).filter_map(|at| self.cell(at))
    }

    fn cell(&self, at: usize) -> Option<(usize, Kind, &str)> {
        let (column, kind, range) = self.cells.get(at)?;
        let text = self.text.get(range.clone()).unwrap_or_default();
        Some((*column as usize, *kind, text))
    }

    /// The cell in a column of the sheet.
    pub(in crate::input) fn cell_in(&self, column: usize) -> Option<(Kind, &str)> {
        let is_there = |at: &usize| {
            self.cells
                .get(*at)
                .is_some_and(|(of, ..)| *of as usize == column)
        };
        // A table begins in the first column mostly, and leaves none out.
        let at = Some(column).filter(is_there).or_else(|| {
            let at = self
                .cells
                .partition_point(|(of, ..)| (*of as usize) < column);
            Some(at).filter(is_there)
        });
        let (_, kind, text) = self.cell(at?)?;
        Some((kind, text))
    }

    /// Its text; nothing where there is none.
    pub(in crate::input) fn text_in(&self, column: usize) -> &str {
        self.cell_in(column).map_or("", |(_, text)| text)
    }

    /// The cells as texts, from the first column of the sheet on.
    pub(in crate::input) fn texts(&self) -> Vec<String> {
        self.shown(Kind::shows)
    }

    /// The same of a line above a table.
    pub(in crate::input) fn texts_above(&self) -> Vec<String> {
        self.shown(Kind::shows_above)
    }

    fn shown(&self, shows: fn(Kind, &str) -> Cow<'_, str>) -> Vec<String> {
        let mut texts = Vec::new();
        for (column, kind, text) in self.cells() {
            texts.resize(column, String::new());
            texts.push(shows(kind, text).into_owned());
        }
        texts
    }

    fn is_blank(&self) -> bool {
        let mut cells = self.cells();
        cells.all(|(_, kind, text)| kind.is_blank(text))
    }

    /// Whether it is longer than a record of the reports may be; then some of its texts are left out.
    pub(in crate::input) fn is_too_long(&self) -> bool {
        self.text.len() > RECORD_BYTES_MAX
    }
}

/// The rows of one sheet that are not blank, as they come.
pub(in crate::input) struct Stream {
    name: String,
    messages: Receiver<Message>,
    piece: std::vec::IntoIter<Line>,
    ended: bool,
}

impl Stream {
    /// Name of the file in messages.
    pub(in crate::input) fn name(&self) -> &str {
        &self.name
    }

    /// The next row; none at the end of the sheet.
    pub(in crate::input) fn next(&mut self) -> Result<Option<Line>, Refusal> {
        while !self.ended {
            if let Some(line) = self.piece.next() {
                return Ok(Some(line));
            }
            match self.messages.recv() {
                Ok(Ok(Some(piece))) => self.piece = piece.into_iter(),
                Ok(Ok(None)) => self.ended = true,
                Ok(Err(refusal)) => return Err(refusal),
                Err(_) => return Err(unsound(&self.name, "it broke the program that reads it")),
            }
        }
        Ok(None)
    }
}

/// Some rows that are not blank, none at the end of the sheet, or why it cannot be read.
type Message = Result<Option<Vec<Line>>, Refusal>;

/// A workbook open on a thread of its own, so that its XML is read while its rows are used.
pub(in crate::input) struct Feed {
    name: String,
    requests: Sender<(String, SyncSender<Message>)>,
}

impl Feed {
    /// Hands a workbook over to its thread.
    pub(in crate::input) fn start(
        mut container: Container,
        values: Values,
    ) -> Result<Self, Refusal> {
        let name = container.name().to_owned();
        let (requests, asked) = channel::<(String, SyncSender<Message>)>();
        let thread = thread::Builder::new().name("workbook".to_owned());
        let started = thread.spawn(move || {
            for (part, messages) in asked {
                let read = send_rows(&mut container, &values, &part, &messages);
                // Nobody may be left to hear it.
                let _ = messages.send(read.map(|()| None));
            }
        });
        started.map_err(|error| unsound(&name, error.to_string()))?;
        Ok(Self { name, requests })
    }

    /// Begins to read a sheet. Drop what was returned before asking for the next.
    pub(in crate::input) fn sheet(&self, part: &str) -> Stream {
        let (messages, received) = sync_channel(PIECES_WAITING);
        // A thread that is gone drops the request, and the receiver says so.
        let _ = self.requests.send((part.to_owned(), messages));
        Stream {
            name: self.name.clone(),
            messages: received,
            piece: Vec::new().into_iter(),
            ended: false,
        }
    }
}

/// Sends the rows of a sheet until its end, or until nobody takes them.
fn send_rows(
    container: &mut Container,
    values: &Values,
    part: &str,
    messages: &SyncSender<Message>,
) -> Result<(), Refusal> {
    let mut piece = Piece::default();
    worksheet::walk(container, part, |seen| {
        let Seen::Cell(cell) = seen else {
            return Ok(());
        };
        if cell.row != piece.line.row {
            piece.end_line(cell.row);
            if piece.cells >= PIECE_CELLS || piece.bytes >= PIECE_BYTES {
                let rows = std::mem::take(&mut piece.rows);
                (piece.cells, piece.bytes) = (0, 0);
                let sent = messages.send(Ok(Some(rows)));
                sent.map_err(|_| String::new())?;
            }
        }
        let line = &mut piece.line;
        let start = line.text.len();
        // A row that is too long is refused, and needs no more of its text.
        if !line.is_too_long()
            && let Some(kind) = values.convert(cell, &mut line.text)?
        {
            line.cells.push((cell.column, kind, start..line.text.len()));
        }
        Ok(())
    })?;
    piece.end_line(0);
    let _ = messages.send(Ok(Some(piece.rows)));
    Ok(())
}

/// Rows to be sent, and the one that is read.
#[derive(Default)]
struct Piece {
    rows: Vec<Line>,
    cells: usize,
    bytes: usize,
    line: Line,
}

impl Piece {
    /// Begins the next row; one that is blank is left out.
    fn end_line(&mut self, row: u32) {
        let next = Line {
            row,
            cells: Vec::with_capacity(self.line.cells.len()),
            text: String::with_capacity(self.line.text.len()),
        };
        let line = std::mem::replace(&mut self.line, next);
        if !line.is_blank() {
            self.cells += line.cells.len();
            self.bytes += line.text.len();
            self.rows.push(line);
        }
    }
}
