//! The cells of a sheet, read by calamine on a thread of its own and handed over in pieces.
//!
//! calamine's reader borrows the workbook it reads from, so the two live together on the thread. At most a few pieces are under way,
//! and a receiver that is dropped ends the reading. If calamine fails or even panics, the file is refused.

use std::fs::File;
use std::io::BufReader;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use calamine::{Reader as _, Xlsx, XlsxError};

use crate::error::Refusal;

use super::cells::{Converter, Kind, never_computed};
use super::container::unsound;
use super::region::Stretches;

/// How much is handed over at once: enough that the handing over does not count.
const PIECE_CELLS: usize = 4096;
const PIECE_BYTES: usize = 256 * 1024;

/// How many pieces may wait.
const PIECES_WAITING: usize = 4;

/// A workbook open on its thread.
pub(super) struct Feed {
    requests: Sender<Request>,
}

/// Some cells in the order of the sheet, empty ones left out.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) cells: Vec<Found>,
    /// The texts of the cells, one behind the other.
    pub(super) text: String,
}

/// One cell; its text ends at `end` and begins where the one before it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// From 1.
    pub(super) row: u32,
    /// From 0.
    pub(super) column: u32,
    pub(super) kind: Kind,
    pub(super) end: usize,
}

/// What comes from the thread.
pub(super) enum Message {
    Piece(Piece),
    /// The sheet is read to its end.
    End,
    /// It cannot be.
    Failed(String),
}

struct Request {
    /// Its place among the sheets.
    sheet: usize,
    never_computed: Stretches,
    messages: SyncSender<Message>,
}

impl Feed {
    /// Opens a workbook whose container was checked.
    pub(super) fn start(name: &str, file: BufReader<File>) -> Result<Self, Refusal> {
        let (requests, asked) = channel();
        let thread = thread::Builder::new().name("workbook".to_owned());
        thread
            .spawn(move || serve(file, &asked))
            .map_err(|error| unsound(name, error.to_string()))?;
        Ok(Self { requests })
    }

    /// Begins to read a sheet. Drop what was returned before asking for the next.
    pub(super) fn sheet(&self, sheet: usize, never_computed: Stretches) -> Receiver<Message> {
        let (messages, received) = sync_channel(PIECES_WAITING);
        // A thread that is gone drops the request, and the receiver says so.
        let _ = self.requests.send(Request {
            sheet,
            never_computed,
            messages,
        });
        received
    }
}

fn serve(file: BufReader<File>, asked: &Receiver<Request>) {
    let mut opened = Xlsx::new(file);
    for request in asked {
        let read = match &mut opened {
            Ok(workbook) => read(workbook, &request).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let last = match read {
            Ok(()) => Message::End,
            Err(error) => Message::Failed(error),
        };
        // Nobody may be left to hear it.
        let _ = request.messages.send(last);
    }
}

fn read(workbook: &mut Xlsx<BufReader<File>>, request: &Request) -> Result<(), XlsxError> {
    let names = workbook.sheet_names();
    let name = names
        .get(request.sheet)
        .ok_or(XlsxError::Unexpected("a sheet is missing"))?;
    // A sheet is read by its name, and the first that has it may be a hidden one.
    if names.iter().filter(|other| *other == name).count() > 1 {
        return Err(XlsxError::Unexpected(
            "two of its sheets have the same name",
        ));
    }
    let is_1904 = workbook.has_1904_epoch();
    let mut reader = workbook.worksheet_cells_reader(name)?;
    let formats = reader.styles().iter().map(|style| {
        let format = style.number_format.as_ref();
        format.map(|format| format.format_code.as_str())
    });
    let converter = Converter::new(formats, is_1904);
    let mut piece = Piece::default();
    while let Some((cell, style)) = reader.next_cell_with_style_id()? {
        let (row, column) = cell.get_position();
        let row = row + 1;
        let kind = match converter.convert(cell.get_value(), style, &mut piece.text) {
            None if request.never_computed.hold(column, row) => {
                Some(never_computed(&mut piece.text))
            }
            kind => kind,
        };
        let Some(kind) = kind else {
            continue;
        };
        let end = piece.text.len();
        piece.cells.push(Found {
            row,
            column,
            kind,
            end,
        });
        let full = piece.cells.len() >= PIECE_CELLS || end >= PIECE_BYTES;
        if full && !send(&mut piece, request) {
            return Ok(());
        }
    }
    send(&mut piece, request);
    Ok(())
}

/// Hands a piece over; false when nobody takes it.
fn send(piece: &mut Piece, request: &Request) -> bool {
    let piece = std::mem::take(piece);
    request.messages.send(Message::Piece(piece)).is_ok()
}
