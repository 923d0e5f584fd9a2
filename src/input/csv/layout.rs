//! Where a CSV record ends and where its cells stand: quotes, delimiters and line ends of RFC 4180, and nothing else.
//!
//! The framing is our own because a reader that copies cells for us cannot say that a quote was never closed, stood in the
//! middle of a cell or was followed by text: it swallows all three. Works on bytes; whether they are text is asked later.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr3};

use crate::input::text::line_end_len;

/// What was found at the beginning of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// A record of `len` bytes; its line end makes it `with_end` bytes, which are none at the end of the file only.
    Whole { len: usize, with_end: usize },
    /// The window ends before the record does.
    Cut,
    /// The file ends in a quoted cell that begins at this byte.
    Unclosed { quote: usize },
}

/// The cells of one record, as places in its bytes.
#[derive(Debug, Default)]
pub(super) struct Layout {
    places: Vec<CellSpan>,
    count: usize,
    quoted: bool,
}

/// One cell as it stands in the record, its quotes included.
#[derive(Debug, Clone)]
pub(super) struct CellSpan {
    pub(super) range: Range<usize>,
    pub(super) quoting: Quoting,
}

/// How a cell uses quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Not at all.
    Plain,
    /// Around the cell.
    Quoted,
    /// Around the cell, and doubled inside.
    Doubled,
    /// Against RFC 4180: in the middle of a plain cell.
    Inside,
    /// Against RFC 4180: more text after the closing one.
    TextAfter,
}

impl Layout {
    /// Finds the record at the beginning of the window and the places of its first `kept` cells. Cells beyond are counted only,
    /// so that a line of a million delimiters costs nothing.
    pub(super) fn frame(
        &mut self,
        window: &[u8],
        ended: bool,
        delimiter: u8,
        kept: usize,
    ) -> Framing {
        self.places.clear();
        self.count = 0;
        self.quoted = false;
        let len = match memchr3(b'\n', b'\r', b'"', window) {
            Some(at) if window.get(at) == Some(&b'"') => {
                self.quoted = true;
                return self.frame_quoted(window, ended, delimiter, kept);
            }
            Some(at) => at,
            None if ended => window.len(),
            None => return Framing::Cut,
        };
        let Some(end_len) = line_end_len(window, len, ended) else {
            return Framing::Cut;
        };
        self.split(window.get(..len).unwrap_or_default(), delimiter, kept);
        Framing::Whole {
            len,
            with_end: len + end_len,
        }
    }

    /// How many cells the record has.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The cells whose places were kept.
    pub(super) fn places(&self) -> &[CellSpan] {
        &self.places
    }

    /// Whether there is a quote in the record.
    pub(super) fn quoted(&self) -> bool {
        self.quoted
    }

    /// The common case: a record without a quote.
    fn split(&mut self, record: &[u8], delimiter: u8, kept: usize) {
        let mut start = 0;
        for end in memchr_iter(delimiter, record) {
            self.push(start..end, Quoting::Plain, kept);
            start = end + 1;
        }
        self.push(start..record.len(), Quoting::Plain, kept);
    }

    fn frame_quoted(&mut self, window: &[u8], ended: bool, delimiter: u8, kept: usize) -> Framing {
        let mut start = 0;
        loop {
            let (mut quoting, content_end) = match opening(window, start, ended) {
                Opening::None => (Quoting::Plain, start),
                Opening::Closed { quoting, end } => (quoting, end),
                Opening::Cut => return Framing::Cut,
                Opening::Unclosed => return Framing::Unclosed { quote: start },
            };
            let rest = window.get(content_end..).unwrap_or_default();
            let end = match memchr3(delimiter, b'\n', b'\r', rest) {
                Some(at) => content_end + at,
                None if ended => window.len(),
                None => return Framing::Cut,
            };
            if end > content_end {
                quoting = match quoting {
                    Quoting::Plain => {
                        let text = window.get(start..end).unwrap_or_default();
                        memchr(b'"', text).map_or(Quoting::Plain, |_| Quoting::Inside)
                    }
                    Quoting::Quoted | Quoting::Doubled | Quoting::Inside | Quoting::TextAfter => {
                        Quoting::TextAfter
                    }
                };
            }
            self.push(start..end, quoting, kept);
            if window.get(end) != Some(&delimiter) {
                let Some(end_len) = line_end_len(window, end, ended) else {
                    return Framing::Cut;
                };
                return Framing::Whole {
                    len: end,
                    with_end: end + end_len,
                };
            }
            start = end + 1;
        }
    }

    fn push(&mut self, range: Range<usize>, quoting: Quoting, kept: usize) {
        self.count += 1;
        if self.places.len() < kept {
            self.places.push(CellSpan { range, quoting });
        }
    }
}

/// What stands at the beginning of a cell.
enum Opening {
    None,
    /// A quoted text that closes right before byte `end`.
    Closed {
        quoting: Quoting,
        end: usize,
    },
    Cut,
    Unclosed,
}

fn opening(window: &[u8], start: usize, ended: bool) -> Opening {
    if window.get(start) != Some(&b'"') {
        return Opening::None;
    }
    let mut quoting = Quoting::Quoted;
    let mut at = start + 1;
    loop {
        let rest = window.get(at..).unwrap_or_default();
        let Some(found) = memchr(b'"', rest) else {
            return if ended {
                Opening::Unclosed
            } else {
                Opening::Cut
            };
        };
        at += found + 1;
        match window.get(at) {
            Some(b'"') => {
                quoting = Quoting::Doubled;
                at += 1;
            }
            None if !ended => return Opening::Cut,
            Some(_) | None => return Opening::Closed { quoting, end: at },
        }
    }
}
