//! The terminal as the progress line needs it: one row of it, drawn over and over.
//!
//! The row is never filled to its end. Ctrl-C is echoed as two characters behind the line; in a full row they would go on in the
//! next one, and the line above would stay for good.

use std::io::{self, Write as _};

use indicatif::TermLike;

/// Columns left free behind the line: `^C`, and the last one, at which some terminals wrap.
const SPARE_COLUMNS: u16 = 3;
/// Columns of a terminal that does not tell.
const COLUMNS_UNKNOWN: u16 = 80;

/// Standard error.
#[derive(Debug)]
pub(super) struct Terminal;

/// Columns that a line may take.
pub(super) fn room() -> u16 {
    columns().saturating_sub(SPARE_COLUMNS)
}

fn columns() -> u16 {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(COLUMNS_UNKNOWN, |(columns, _)| columns.0)
}

/// The line never goes on in a second row, so that no cursor has to be moved up or down.
impl TermLike for Terminal {
    fn width(&self) -> u16 {
        room()
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{text}")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        let blank = " ".repeat(columns().saturating_sub(1).into());
        write!(io::stderr().lock(), "\r{blank}\r")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
