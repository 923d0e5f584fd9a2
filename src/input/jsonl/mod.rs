//! JSONL: one JSON object per line, read strictly, each a row or a rejection that says why it is none.
//!
//! Keeps this: numbers keep their digits, no key is taken twice, and a line that is no object is repeated whole under `_line`.

mod fault;
mod object;
mod scan;

use std::collections::HashMap;

use crate::error::Refusal;
use crate::model::{Columns, Rejection, Row, Rule};

use super::text::{RECORD_BYTES_MAX, Text, line_end_len};
use super::{Reading, report_columns};
use fault::{Fault, FaultKind};
use object::Object;

/// The most different keys in one file, as many as a spreadsheet has columns. A file with more has data for keys.
const COLUMNS_MAX: usize = 16_384;

/// How much of an unreadable line is repeated in a report.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// The key under which reports repeat a line that could not be read.
const LINE_KEY: &str = "_line";

/// What a report shows for NUL, which no JSON text may hold here.
const SYMBOL_FOR_NUL: &str = "\u{2400}";

/// Reads the objects of a JSONL text.
pub(super) struct Jsonl {
    object: Object,
    positions: HashMap<String, usize>,
    blank_lines: u64,
}

/// A line found at the beginning of the window.
#[derive(Debug, Clone, Copy)]
struct Framed {
    len: usize,
    with_end: usize,
}

impl Jsonl {
    /// Looks at the first lines; refuses a file that is JSON but not JSONL.
    pub(super) fn open(text: &mut Text) -> Result<Self, Refusal> {
        let mut jsonl = Self {
            object: Object::default(),
            positions: HashMap::new(),
            blank_lines: 0,
        };
        let Some(framed) = jsonl.find_line(text)? else {
            return Err(text.refuse_file(
                "file.no-rows",
                text!("no rows: the file holds only blank lines"),
            ));
        };
        // The line that gives a pretty-printed file away must be in the window.
        while !text.ended()
            && second_line(text, framed).is_empty()
            && text.window().len() < RECORD_BYTES_MAX
        {
            text.more()?;
        }
        let Ok(line) = text.record(framed.len) else {
            return Ok(jsonl);
        };
        if line.trim_start().starts_with('[') {
            return Err(text
                .refuse("file.json-array", text.line(), "the file is one JSON array, not JSONL")
                .because(text!("JSONL has one object per line, without brackets around them and commas between them"))
                .hint(text!("`jq -c '.[]' FILE.json > FILE.jsonl` makes JSONL of it")));
        }
        let scanned = jsonl.object.scan(line);
        let cut = scanned.is_err_and(|fault| fault.kind == FaultKind::Cut);
        if cut && matches!(second_line(text, framed), [b'"' | b'}', ..]) {
            return Err(text
                .refuse(
                    "file.json-lines",
                    text.line(),
                    "the JSON object runs over several lines",
                )
                .because(text!("JSONL has one object per line"))
                .hint(text!("`jq -c . FILE.json > FILE.jsonl` makes JSONL of it")));
        }
        Ok(jsonl)
    }

    /// How many blank lines were passed over.
    pub(super) fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Reads the next object into `row`; new keys become new columns.
    pub(super) fn read(
        &mut self,
        text: &mut Text,
        columns: &mut Columns,
        row: &mut Row,
    ) -> Result<Reading, Refusal> {
        let Some(framed) = self.find_line(text)? else {
            return Ok(Reading::End);
        };
        row.line = text.line();
        let rejection = match text.record(framed.len) {
            Ok(line) => {
                let last = text.ended() && framed.with_end == framed.len;
                self.fill(line, last, columns, row).err()
            }
            Err(offset) => {
                let bytes = text.window().get(..framed.len).unwrap_or_default();
                repeat_line(&String::from_utf8_lossy(bytes), &mut row.source);
                Some(super::not_text(text.encoding(), offset))
            }
        };
        text.consume(framed.with_end, 1);
        Ok(rejection.map_or(Reading::Row, Reading::Unreadable))
    }

    fn find_line(&mut self, text: &mut Text) -> Result<Option<Framed>, Refusal> {
        loop {
            let window = text.window();
            let found = memchr::memchr2(b'\n', b'\r', window);
            let len = found.unwrap_or(window.len());
            if len > RECORD_BYTES_MAX {
                let what = text!(
                    "the line is longer than {mib} MiB",
                    mib = RECORD_BYTES_MAX >> 20
                );
                return Err(text
                    .refuse("file.row-length", text.line(), what)
                    .hint(text!(
                        "JSONL has one object per line; is this a JSONL file?"
                    )));
            }
            let end = match found {
                Some(at) => line_end_len(window, at, text.ended()),
                None => text.ended().then_some(0),
            };
            let Some(end_len) = end else {
                text.more()?;
                continue;
            };
            let with_end = len + end_len;
            if with_end == 0 {
                return Ok(None);
            }
            let line = window.get(..len).unwrap_or_default();
            if line.iter().any(|byte| !matches!(byte, b' ' | b'\t')) {
                return Ok(Some(Framed { len, with_end }));
            }
            self.blank_lines += 1;
            text.consume(with_end, 1);
        }
    }

    /// Fills the row, or says why the line is none.
    fn fill(
        &mut self,
        line: &str,
        last: bool,
        columns: &mut Columns,
        row: &mut Row,
    ) -> Result<(), Rejection> {
        let line = line.trim_matches([' ', '\t']);
        self.object.scan(line).map_err(|fault| {
            repeat_line(line, &mut row.source);
            rejection(fault, line, last)
        })?;
        let members = self.object.members().iter();
        row.report = report_columns::of_members(members.map(|member| {
            (
                self.object.key(line, member),
                self.object.cell(line, member),
            )
        }));
        let count = self.repeat_object(line, &mut row.source);
        if count == 0 && self.keys(line).any(|key| key == LINE_KEY) {
            return Err(Rejection::row(Rule::new(
                "row.json-not-corrected",
                "the line could not be read in an earlier run and is not corrected",
            ))
            .detail(text!("replace it by the object it stands for")));
        }
        // Asked of the members that are left: in ours it is the platform that lost a character.
        let own = str::from_utf8(&row.source).unwrap_or_default();
        if !line.is_ascii() && own.contains(char::REPLACEMENT_CHARACTER) {
            return Err(super::lost_character());
        }
        self.set_cells(line, columns, row)
    }

    fn keys<'a>(&'a self, line: &'a str) -> impl Iterator<Item = &'a str> {
        self.object
            .members()
            .iter()
            .map(move |member| self.object.key(line, member))
    }

    /// Repeats the object without the members that are ours; returns how many are left. When nothing but `_line` is there, it
    /// stays: it is all that is known of the record.
    fn repeat_object(&self, line: &str, source: &mut Vec<u8>) -> usize {
        let members = self.object.members();
        let own = self.keys(line).filter(|key| !key.starts_with('_')).count();
        if own == members.len() {
            source.extend_from_slice(line.as_bytes());
            return own;
        }
        source.push(b'{');
        for member in members {
            let key = self.object.key(line, member);
            if key.starts_with('_') && (own > 0 || key != LINE_KEY) {
                continue;
            }
            if source.len() > 1 {
                source.push(b',');
            }
            let raw = line.get(member.range.clone()).unwrap_or_default();
            source.extend_from_slice(raw.as_bytes());
        }
        source.push(b'}');
        own
    }

    fn set_cells(
        &mut self,
        line: &str,
        columns: &mut Columns,
        row: &mut Row,
    ) -> Result<(), Rejection> {
        let mut expected = 0;
        for member in self.object.members() {
            let key = self.object.key(line, member);
            if key.starts_with('_') {
                continue;
            }
            let known = if columns
                .names()
                .get(expected)
                .is_some_and(|name| name == key)
            {
                Some(expected)
            } else {
                self.positions.get(key).copied()
            };
            let column = match known {
                Some(column) => column,
                None if columns.len() >= COLUMNS_MAX => {
                    return Err(Rejection::row(Rule::new(
                        "row.json-keys",
                        "the file has more than 16384 different keys",
                    ))
                    .detail(super::finding::shown(key)));
                }
                None => {
                    self.positions.insert(key.to_owned(), columns.len());
                    columns.add(key)
                }
            };
            expected = column + 1;
            row.set(column, self.object.cell(line, member));
        }
        Ok(())
    }
}

/// What the window holds behind the first line and blanks.
fn second_line(text: &Text, first: Framed) -> &[u8] {
    let rest = text.window().get(first.with_end..).unwrap_or_default();
    rest.trim_ascii_start()
}

fn rejection(fault: Fault, line: &str, last: bool) -> Rejection {
    let detail = if fault.kind == FaultKind::Cut && last {
        text!("the last line has no line end: the file may be truncated")
    } else {
        let before = line.get(..fault.at).unwrap_or_default();
        text!(
            "character {number} of the line",
            number = before.chars().count() + 1
        )
    };
    Rejection::row(fault.kind.rule()).detail(detail)
}

/// Repeats a line that is no object as an object, so that the report stays JSONL. A line that is too long ends in `…`. NUL stands
/// as its picture: as itself it would make the report's line unreadable, which the next report would wrap once more.
fn repeat_line(line: &str, source: &mut Vec<u8>) {
    let end = line.floor_char_boundary(LINE_BYTES_MAX);
    let kept = line.get(..end).unwrap_or_default();
    let mut kept = kept.replace('\0', SYMBOL_FOR_NUL);
    if end < line.len() {
        kept.push('…');
    }
    let text = serde_json::Value::from(kept);
    source.extend_from_slice(format!("{{\"{LINE_KEY}\":{text}}}").as_bytes());
}
