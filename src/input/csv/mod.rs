//! CSV as RFC 4180 has it, read strictly: header, then records, each a row or a rejection that says why it is none.
//!
//! Keeps this: every byte between two line ends is in exactly one row, one rejected row or one counted blank line. Knows nothing
//! of what the columns mean.

mod check;
mod header;
mod layout;
mod report_cell;
mod search;
mod source;
mod trouble;

use crate::error::Refusal;
use crate::model::{Cell, Columns, Head, Row};

use super::finding::Finding;
use super::heading;
use super::record::is_blank;
use super::text::{RECORD_BYTES_MAX, Text, line_ends};
use super::{HeaderRule, Reading};
use header::Header;
use layout::{CellSpan, Framing, Layout, Quoting};
use search::HeaderLines;
use trouble::Trouble;

/// Reads the records of a CSV text.
pub(super) struct Csv {
    delimiter: u8,
    header: Header,
    layout: Layout,
    /// Reused for cells with doubled quotes.
    unquoted: String,
    blank_lines: u64,
    /// Whether values right of the table are left out.
    leaves_out_beside: bool,
}

/// A record found at the beginning of the window.
#[derive(Debug, Clone, Copy)]
struct Framed {
    len: usize,
    with_end: usize,
    /// Line ends inside the record, in quoted cells.
    inner_lines: u64,
}

impl Csv {
    /// Reads the header; refuses the file when it has none that can be used.
    pub(super) fn open(
        text: &mut Text,
        delimiter: u8,
        rule: &HeaderRule,
        findings: &mut Vec<Finding>,
    ) -> Result<(Self, Columns, Head), Refusal> {
        let mut csv = Self {
            delimiter,
            header: Header::default(),
            layout: Layout::default(),
            unquoted: String::new(),
            blank_lines: 0,
            leaves_out_beside: false,
        };
        let mut head = Head::default();
        let place = csv.find_header(text, rule)?;
        for _ in 0..place.above {
            head.above.extend(csv.take_line(text)?);
        }
        let upper = match place.lines {
            HeaderLines::One => None,
            HeaderLines::Two => csv.take_line(text)?,
        };
        let Some(framed) = csv.find_record(text, header::COLUMNS_MAX + 1)? else {
            return Err(text.refuse_file(
                "file.no-rows",
                text!("no rows: the file holds only blank lines"),
            ));
        };
        let header = match (text.record(framed.len), upper) {
            (Ok(record), None) => Header::read(record, &csv.layout, delimiter),
            (Ok(record), Some(upper)) => {
                Header::read_below(upper, record, &csv.layout, delimiter, rule)
            }
            (Err(_), _) => Err(Trouble::NotText),
        };
        csv.header = header.map_err(|trouble| trouble.refuse(text, delimiter))?;
        if place.above > 0 {
            findings.push(Finding::LinesAbove { count: place.above });
        }
        findings.extend(csv.header.findings());
        text.consume(framed.with_end, framed.inner_lines + 1);
        head.days_down = place.days_down;
        head.header = csv.header.lines().to_vec();
        head.positions = csv.header.own_positions().to_vec();
        head.weekdays = csv.take_weekdays(text, rule)?;
        heading::take_weekdays_above(&mut head, rule);
        let columns = Columns::new(csv.header.own_names());
        Ok((csv, columns, head))
    }

    /// Leaves values right of the table out of the rows.
    pub(super) fn leave_out_beside(&mut self) {
        self.leaves_out_beside = true;
    }

    /// How many blank lines were passed over.
    pub(super) fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Reads the next record into `row`; its number is the caller's business.
    pub(super) fn read(&mut self, text: &mut Text, row: &mut Row) -> Result<Reading, Refusal> {
        let Some(framed) = self.find_record(text, self.header.len())? else {
            return Ok(Reading::End);
        };
        row.line = text.line();
        let rejection = match text.record(framed.len) {
            Ok(record) => {
                let cell = |at| said(record, &self.layout, at);
                if let Some(report) = self.header.report() {
                    row.report = Some(report.line(cell));
                    row.stray = report.stray(cell);
                }
                let beside = self.header.values_beside(record, &self.layout);
                let place = |value: &str| (format!("line {}", text.line()), value.to_owned());
                row.beside.extend(beside.map(place));
                let rejection = self.rejection(record, framed, text);
                self.set_cells(record, row);
                if let Some(rejection) = rejection {
                    self.repeat_rejected(record, &mut row.source);
                    self.repeat_stray(record, &mut row.stray);
                    Some(rejection)
                } else {
                    self.repeat_row(record, &mut row.source);
                    self.set_again(record, row)
                }
            }
            Err(offset) => {
                let bytes = text.window().get(..framed.len).unwrap_or_default();
                let record = String::from_utf8_lossy(bytes);
                // U+FFFD is longer than what it stands for: the places must be found again.
                self.layout
                    .frame(record.as_bytes(), true, self.delimiter, self.header.len());
                self.repeat_rejected(&record, &mut row.source);
                self.repeat_stray(&record, &mut row.stray);
                Some(super::not_text(text.encoding(), offset))
            }
        };
        text.consume(framed.with_end, framed.inner_lines + 1);
        Ok(rejection.map_or(Reading::Row, Reading::Unreadable))
    }

    /// Finds the next record that is not blank and lays out its first `kept` cells.
    fn find_record(&mut self, text: &mut Text, kept: usize) -> Result<Option<Framed>, Refusal> {
        loop {
            let framing = self
                .layout
                .frame(text.window(), text.ended(), self.delimiter, kept);
            match framing {
                Framing::Cut if text.window().len() <= RECORD_BYTES_MAX => text.more()?,
                Framing::Cut => return Err(too_long(text, &self.layout)),
                Framing::Unclosed { quote } => return Err(unclosed(text, quote)),
                Framing::Whole { len, .. } if len > RECORD_BYTES_MAX => {
                    return Err(too_long(text, &self.layout));
                }
                Framing::Whole { with_end: 0, .. } => return Ok(None),
                Framing::Whole { len, with_end } => {
                    let record = text.window().get(..len).unwrap_or_default();
                    if !is_blank(record, self.delimiter) {
                        let inner_lines = if self.layout.quoted() {
                            line_ends(record)
                        } else {
                            0
                        };
                        return Ok(Some(Framed {
                            len,
                            with_end,
                            inner_lines,
                        }));
                    }
                    self.blank_lines += 1;
                    text.consume(with_end, u64::from(with_end > len));
                }
            }
        }
    }

    /// Sets the cells; of a record that is no row those that can be told apart, to judge what else it is.
    fn set_cells(&mut self, record: &str, row: &mut Row) {
        let places = self.layout.places();
        if !self.layout.quoted() {
            let own = self.header.own_positions().iter().enumerate();
            let part = |(column, position): (usize, &usize)| {
                Some((column, places.get(*position)?.range.clone()))
            };
            return row.set_parts(record, own.filter_map(part));
        }
        for (column, position) in self.header.own_positions().iter().enumerate() {
            if let Some(place) = places.get(*position) {
                let text = cell_text(record, place, &mut self.unquoted);
                row.set(column, Cell::Text(text));
            }
        }
    }
}

/// What the cells of a record say.
fn cells(record: &str, layout: &Layout) -> Vec<String> {
    let mut unquoted = String::new();
    let places = layout.places().iter();
    places
        .map(|place| cell_text(record, place, &mut unquoted).to_owned())
        .collect()
}

/// What the cell at a position of the record says; nothing where there is none.
fn said(record: &str, layout: &Layout, position: usize) -> String {
    let mut unquoted = String::new();
    let place = layout.places().get(position);
    place.map_or_else(String::new, |place| {
        cell_text(record, place, &mut unquoted).to_owned()
    })
}

/// What a cell says, its quotes removed.
fn cell_text<'a>(record: &'a str, place: &CellSpan, unquoted: &'a mut String) -> &'a str {
    let raw = record.get(place.range.clone()).unwrap_or_default();
    match place.quoting {
        Quoting::Plain | Quoting::Inside | Quoting::TextAfter => raw,
        Quoting::Quoted => inside_quotes(raw),
        Quoting::Doubled => {
            unquoted.clear();
            for (index, part) in inside_quotes(raw).split("\"\"").enumerate() {
                if index > 0 {
                    unquoted.push('"');
                }
                unquoted.push_str(part);
            }
            unquoted
        }
    }
}

fn inside_quotes(raw: &str) -> &str {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}

fn unclosed(text: &Text, quote: usize) -> Refusal {
    let before = text.window().get(..quote).unwrap_or_default();
    let line = text.line() + line_ends(before);
    text.refuse("file.quote", line, text!("the quote opened in line {line} is never closed", line))
        .because(text!("everything after it would be one single cell; nothing of the file is used"))
        .hint(text!("close the quote, or write a quote that belongs to the text as two quotes in a quoted cell; if the file was cut, copy it again"))
}

fn too_long(text: &Text, layout: &Layout) -> Refusal {
    let line = text.line();
    let what = text!(
        "the record that begins in line {line} is longer than {mib} MiB",
        line,
        mib = RECORD_BYTES_MAX >> 20
    );
    let refusal = text.refuse("file.row-length", line, what);
    if layout.quoted() {
        refusal.hint(text!(
            "look for a quote that is never closed, in line {line} or soon after",
            line
        ))
    } else {
        refusal.hint(text!("is this a CSV file? Save the table as \"CSV UTF-8\""))
    }
}
