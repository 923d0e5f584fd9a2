//! Why a CSV record cannot be a row.
//!
//! One reason is given, the one nearest to the cause: a stray quote also makes a row ragged, and it is the quote that is told.

use crate::input::finding::shown;
use crate::input::text::{Text, line_ends};
use crate::input::{CELL_TOO_LONG, UNNAMED_VALUE, lost_character};
use crate::model::{REPEATS_HEADER, Rejection, Rule};
use crate::numbers::counted;

use super::layout::{CellSpan, Quoting};
use super::{Csv, Framed};

/// The longest cell. The platform's texts are shorter by far; a longer cell is most likely an unclosed quote.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// The most line breaks in one cell, for the same reason.
const CELL_LINES_MAX: u64 = 100;

impl Csv {
    /// Why the record cannot be a row.
    pub(super) fn rejection(&self, record: &str, framed: Framed, text: &Text) -> Option<Rejection> {
        if self.layout.quoted()
            && let Some(rejection) = self.quote_trouble(record, framed, text.line())
        {
            return Some(rejection);
        }
        if framed.len > CELL_BYTES_MAX
            && let Some(rejection) = self.too_long_cell(framed, text.line())
        {
            return Some(rejection);
        }
        if !record.is_ascii() && self.lost_a_character(record) {
            return Some(lost_character());
        }
        if self.header.is_repeated_by(record, &self.layout) {
            return Some(Rejection::row(REPEATS_HEADER));
        }
        if !self.header.takes(self.layout.count()) {
            let cut = text.ended() && framed.len == framed.with_end;
            return Some(self.ragged(framed, text.line(), cut));
        }
        if self.leaves_out_beside {
            return None;
        }
        self.header
            .values_beside(record, &self.layout)
            .next()
            .map(|value| Rejection::row(UNNAMED_VALUE).detail(shown(value)))
    }

    /// Whether one of the input's own cells did. In ours it is the platform that did: a garbled reply shows so in `_reason`.
    fn lost_a_character(&self, record: &str) -> bool {
        let own = self.header.own_positions().iter();
        own.filter_map(|position| self.layout.places().get(*position))
            .filter_map(|place| record.get(place.range.clone()))
            .any(|cell| cell.contains(char::REPLACEMENT_CHARACTER))
    }

    fn quote_trouble(&self, record: &str, framed: Framed, line: u64) -> Option<Rejection> {
        for (index, place) in self.layout.places().iter().enumerate() {
            let rule = match place.quoting {
                Quoting::Inside => {
                    Rule::new("row.quote-inside", "a quote stands in the middle of a cell")
                }
                Quoting::TextAfter => Rule::new(
                    "row.quote-text-after",
                    "text follows the closing quote of a cell",
                ),
                Quoting::Plain | Quoting::Quoted | Quoting::Doubled => continue,
            };
            let value = record.get(place.range.clone()).unwrap_or_default();
            let rejection = Rejection::cell(self.header.name(index), shown(value), rule);
            return Some(suspect_quote(rejection, framed, line));
        }
        if framed.inner_lines <= CELL_LINES_MAX {
            return None;
        }
        let (index, _) = self.find_cell(|place| {
            let cell = record.get(place.range.clone()).unwrap_or_default();
            line_ends(cell.as_bytes()) > CELL_LINES_MAX
        })?;
        let mut rejection = Rejection::row(Rule::new(
            "row.cell-lines",
            "a cell runs over more than 100 lines",
        ));
        rejection.column = Some(self.header.name(index).into_owned());
        Some(suspect_quote(rejection, framed, line))
    }

    fn too_long_cell(&self, framed: Framed, line: u64) -> Option<Rejection> {
        let (index, place) = self.find_cell(|place| place.range.len() > CELL_BYTES_MAX)?;
        let mut rejection = Rejection::row(CELL_TOO_LONG);
        rejection.column = Some(self.header.name(index).into_owned());
        let rejection = rejection.detail(text!("{length} bytes", length = place.range.len()));
        Some(suspect_quote(rejection, framed, line))
    }

    fn find_cell(&self, wanted: impl Fn(&CellSpan) -> bool) -> Option<(usize, &CellSpan)> {
        let mut places = self.layout.places().iter().enumerate();
        places.find(|(_, place)| wanted(place))
    }

    fn ragged(&self, framed: Framed, line: u64, cut: bool) -> Rejection {
        let cells = counted(self.layout.count() as u64, "cell");
        let header = self.header.len();
        let detail = if cut && self.layout.count() < header {
            text!(
                "{cells} where the header has {header}; the last line has no line end: the file may be truncated",
                cells,
                header
            )
        } else {
            text!("{cells} where the header has {header}", cells, header)
        };
        let rejection = Rejection::row(Rule::new(
            "row.cells",
            "the row has not as many cells as the header",
        ))
        .detail(detail);
        suspect_quote(rejection, framed, line)
    }
}

/// Says where a record of several lines began, because a stray quote there may have swallowed the lines after it.
fn suspect_quote(mut rejection: Rejection, framed: Framed, line: u64) -> Rejection {
    if framed.inner_lines > 0 {
        let last = line + framed.inner_lines;
        let suspicion = text!(
            "the record runs over lines {line}-{last}: is a quote there never closed?",
            line,
            last
        );
        rejection.detail = Some(match rejection.detail {
            Some(detail) => text!("{detail}; {suspicion}", detail, suspicion),
            None => suspicion,
        });
    }
    rejection
}
