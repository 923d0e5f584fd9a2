//! Lines of a table that are not its rows: the header again, the name of a department, a sum, a signature, a legend.
//!
//! Keeps this: a line whose key cell is a word of its lookup, or without a lookup could be an id, is a row, and so is everything that
//! is not surely something else; a row that cannot be sent is rejected, never left alone. Rows below another header, or below the
//! title of another month, refuse the file: their cells may stand for other days than the header above them says.

mod label;
mod other_table;

use std::collections::HashSet;

use memchr::memmem::Finder;

use crate::endpoint::{FieldKind, Shape};
use crate::error::Refusal;
use crate::job::{CellPart, Job, Source};
use crate::lookup::{Lookup, Lookups};
use crate::model::{Cell, Columns, Head, MERGED, Notice, REPEATS_HEADER, Rejection, Row};
use crate::shown::one_line;
use crate::text::{Text, Value};

use super::{Days, columns, plain_name};

/// How many of the lines the notice shows.
const SHOWN_MAX: usize = 10;

/// How much of a line it shows.
const SHOWN_CHARS_MAX: usize = 20;

/// Whether a line is a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// It is one: sent or rejected.
    Row,
    /// It is something else and is left alone.
    LeftAlone,
}

/// Tells the lines of one input that are not its rows, and remembers them.
#[derive(Debug)]
pub struct SideLines<'a> {
    job: &'a Job,
    lookups: &'a Lookups,
    columns: Columns,
    head: Head,
    /// Columns whose cells are ids that tell rows apart.
    keys: Vec<Key<'a>>,
    /// Titles of the key columns, or of one column where there is none, each with what finds it in a line as it was read; none for a
    /// title that would be written in another way there.
    key_titles: Vec<(&'a str, Option<Finder<'a>>)>,
    /// Titles that the table or the job knows, as they are compared.
    titles: HashSet<String>,
    /// For each own column, whether it is a day.
    is_day: Vec<bool>,
    /// Columns of days, each with its date if it has one.
    days: Vec<(usize, String)>,
    /// What a day's cell may hold.
    day_words: Vec<String>,
    day_lookup: Option<&'a Lookup>,
    /// Whether each day's cell is an item of its own.
    is_roster: bool,
    /// Another table begins here: rows below it refuse the file.
    other_table: Option<Refusal>,
    count: u64,
    shown: Vec<Text>,
}

#[derive(Debug)]
struct Key<'a> {
    column: usize,
    title: &'a str,
    lookup: Option<&'a Lookup>,
}

/// What the key cells of a line hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyCell<'r> {
    /// A word of the lookup.
    Known,
    /// What could be an id, and no lookup tells whether it is.
    Possible,
    /// A text that is none.
    Other(&'r str),
    Empty,
}

/// What a line is.
enum Kind {
    Row,
    LeftAlone,
    OtherTable(Refusal),
}

/// One filled cell; merged cells that show one text are one.
#[derive(Debug, Clone, Copy)]
struct Filled<'r> {
    column: usize,
    text: &'r str,
    is_merged: bool,
}

impl<'a> SideLines<'a> {
    /// Looks for such lines in an input with these columns.
    #[must_use]
    pub fn new(
        job: &'a Job,
        lookups: &'a Lookups,
        columns: &Columns,
        head: &Head,
        days: Option<&Days<'_>>,
    ) -> Self {
        let mut is_day = vec![false; columns.len()];
        let day_columns = || days.into_iter().flat_map(Days::days);
        for day in day_columns() {
            if let Some(is_day) = is_day.get_mut(day.column) {
                *is_day = true;
            }
        }
        let titles = columns.names().iter().map(String::as_str);
        let titles = titles
            .chain(columns::used(job))
            .chain(job.input.ignore.iter().map(String::as_str));
        let day_lookup = job.item.iter().find_map(|source| match source {
            Source::Cell {
                part: CellPart::Value,
                lookup,
            } => *lookup,
            Source::Column { .. }
            | Source::Cell { .. }
            | Source::Fold { .. }
            | Source::Constant(_)
            | Source::Nowhere => None,
        });
        let keys = keys(job, lookups, columns);
        let key_titles = match keys.as_slice() {
            [] => columns::used(job).into_iter().take(1).collect(),
            keys => keys.iter().map(|key| key.title).collect::<Vec<_>>(),
        };
        let is_plain = |title: &str| title.chars().all(|c| c.is_alphanumeric() || c == '_');
        let finder = |title: &'a str| (title, is_plain(title).then(|| Finder::new(title)));
        Self {
            job,
            lookups,
            keys,
            key_titles: key_titles.into_iter().map(finder).collect(),
            titles: titles.map(plain_name).collect(),
            is_day,
            days: day_columns()
                .map(|day| (day.column, day.written_date().to_owned()))
                .collect(),
            day_words: days.map(|days| days.words().to_vec()).unwrap_or_default(),
            day_lookup: day_lookup.and_then(|at| lookups.0.get(at)),
            is_roster: days.is_some(),
            columns: columns.clone(),
            head: head.clone(),
            other_table: None,
            count: 0,
            shown: Vec::new(),
        }
    }

    /// Judges a line, which the reader may have rejected. Refuses a row below the header or the title of another table.
    pub fn judge(&mut self, row: &Row, rejection: Option<&Rejection>) -> Result<LineKind, Refusal> {
        match self.kind(row, rejection) {
            Kind::Row => match &self.other_table {
                None => Ok(LineKind::Row),
                Some(refusal) => Err(refusal.clone()),
            },
            Kind::LeftAlone => {
                self.note(row);
                Ok(LineKind::LeftAlone)
            }
            Kind::OtherTable(refusal) => {
                self.note(row);
                self.other_table.get_or_insert(refusal);
                Ok(LineKind::LeftAlone)
            }
        }
    }

    /// Whether the job knows what a word stands for.
    #[must_use]
    pub fn is_known(&self, word: &str) -> bool {
        self.is_day_word(word) || self.lookups.0.iter().any(|lookup| lookup.holds(word))
    }

    /// How many lines were left alone.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What the user is told of them.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        if self.count == 0 {
            return None;
        }
        let shown = Value::list(&self.shown);
        let lines = match self.count.saturating_sub(self.shown.len() as u64) {
            0 => text!("{shown}", shown),
            more => text!("{shown} and {more} more", shown, more),
        };
        let what = match self.count {
            1 => text!(
                "1 line is not a row of the table and was left alone: {lines}",
                lines
            ),
            count => text!(
                "{count} lines are not rows of the table and were left alone: {lines}",
                count,
                lines
            ),
        };
        Some(Notice::new("file.lines-left-alone", what))
    }

    fn note(&mut self, row: &Row) {
        self.count += 1;
        if self.shown.len() < SHOWN_MAX {
            let filled = self.filled(row);
            let text = filled.first().map_or("", |cell| cell.text);
            self.shown.push(text!(
                "line {line} ({text})",
                line = row.line,
                text = shown(text)
            ));
        }
    }

    fn kind(&self, row: &Row, rejection: Option<&Rejection>) -> Kind {
        match rejection.map(|rejection| rejection.rule) {
            Some(rule) if rule == REPEATS_HEADER.name => return Kind::LeftAlone,
            None | Some("row.cells" | "row.unnamed-value") => {}
            // What was not read as it stands is not judged by what it seems to say.
            Some(_) => return Kind::Row,
        }
        let key = self.key_cell(row);
        if key == KeyCell::Known {
            return Kind::Row;
        }
        if let Some(refusal) = self.second_header(row) {
            return Kind::OtherTable(refusal);
        }
        let (KeyCell::Empty | KeyCell::Other(_)) = key else {
            return Kind::Row;
        };
        if self.keys.is_empty() {
            return Kind::Row;
        }
        let filled = self.filled(row);
        if let Some(kind) = self.weekdays(row, &filled) {
            return kind;
        }
        // A row that was cut off is rejected, however little of it is left.
        let is_whole = rejection.is_none_or(|rejection| rejection.rule != "row.cells");
        let is_aside = self.is_aside(key, &filled, is_whole);
        let says_other = |cell: &&Filled<'_>| self.says_other_month(cell.text);
        let title = if is_aside {
            filled.iter().find(says_other)
        } else {
            filled.first().filter(says_other)
        };
        match title {
            Some(cell) => Kind::OtherTable(self.other_month(row, cell)),
            None if is_aside => Kind::LeftAlone,
            None => Kind::Row,
        }
    }

    fn key_cell<'r>(&self, row: &'r Row) -> KeyCell<'r> {
        let mut found = KeyCell::Empty;
        for key in &self.keys {
            let cell = row.cell(key.column);
            let text = text_of(cell).trim();
            if text.is_empty() {
                continue;
            }
            // A value that a spreadsheet has spoilt was an id.
            let is_spoilt = matches!(cell, Cell::Unusable(_, rule) if rule != MERGED);
            let is_known = key.lookup.is_some_and(|lookup| lookup.holds(text));
            // Ids are letters and digits; a text without any is the name of something.
            let may_be_id = text.bytes().any(|byte| byte.is_ascii_alphanumeric());
            let is_possible = is_spoilt || (key.lookup.is_none() && may_be_id);
            if is_known {
                return KeyCell::Known;
            }
            if is_possible {
                found = KeyCell::Possible;
            } else if found == KeyCell::Empty {
                found = KeyCell::Other(text);
            }
        }
        found
    }

    /// The cells that hold something.
    fn filled<'r>(&self, row: &'r Row) -> Vec<Filled<'r>> {
        let mut filled: Vec<Filled<'r>> = Vec::new();
        for column in 0..self.columns.len() {
            let cell = row.cell(column);
            let is_merged = matches!(cell, Cell::Unusable(_, rule) if rule == MERGED);
            let text = text_of(cell).trim();
            let is_same = |last: &Filled<'_>| is_merged && last.is_merged && last.text == text;
            if !text.is_empty() && !filled.last().is_some_and(is_same) {
                filled.push(Filled {
                    column,
                    text,
                    is_merged,
                });
            }
        }
        filled
    }

    fn is_day(&self, column: usize) -> bool {
        self.is_day.get(column).is_some_and(|is_day| *is_day)
    }

    fn is_day_word(&self, text: &str) -> bool {
        self.day_words.iter().any(|word| word == text)
            || self.day_lookup.is_some_and(|lookup| lookup.holds(text))
    }

    /// Whether the line is surely about no person.
    fn is_aside(&self, key: KeyCell<'_>, filled: &[Filled<'_>], is_whole: bool) -> bool {
        let Some((first, rest)) = filled.split_first() else {
            return false;
        };
        // Beside a number of a person that is unknown, no other cell makes the line something else.
        let is_person = match key {
            KeyCell::Known | KeyCell::Possible => true,
            KeyCell::Empty => false,
            KeyCell::Other(text) => text != first.text && has_digit(text),
        };
        if is_person {
            return false;
        }
        let in_days = |cell: &Filled<'_>| self.is_day(cell.column);
        // A department that is merged down over its people may be merged over their sum, too.
        let second = rest.first().filter(|cell| !in_days(cell));
        if label::is_sum(first.text)
            || second.is_some_and(|cell| label::is_sum(cell.text))
            || label::is_legend(first.text)
        {
            return true;
        }
        if rest.is_empty() {
            return label::is_label(first.text)
                || label::is_bracketed(first.text)
                || (is_whole && self.is_band(key, *first));
        }
        if self.is_roster && key == KeyCell::Empty && !filled.iter().any(in_days) {
            return true;
        }
        let is_data = |cell: &Filled<'_>| {
            if self.is_roster {
                in_days(cell) && self.is_day_word(cell.text)
            } else {
                !label::is_label(cell.text)
            }
        };
        let explains = label::explained(first.text).is_some_and(|word| self.is_day_word(word));
        if label::is_label(first.text) || (self.is_roster && explains) {
            return !rest.iter().any(is_data);
        }
        // A word of the roster and what it means: `白 | 8:00-17:00`.
        let next_is_word = rest.first().is_some_and(|next| self.is_day_word(next.text));
        !in_days(first) && self.is_day_word(first.text) && !next_is_word
    }

    /// Whether a text that stands alone in its line heads the rows below it.
    fn is_band(&self, key: KeyCell<'_>, cell: Filled<'_>) -> bool {
        if self.is_day(cell.column) && !cell.is_merged {
            return false;
        }
        if self.is_roster && key == KeyCell::Empty {
            return true;
        }
        // Of a roster nothing would be sent for such a line anyway.
        let is_name =
            cell.is_merged || (!cell.text.is_ascii() && (self.is_roster || !has_digit(cell.text)));
        is_name && columns::used(self.job).len() > 1
    }

    fn place(&self, column: usize, row: &Row) -> String {
        let name = self.columns.names().get(column);
        let address = name.and_then(|name| self.head.address(&self.columns, name, row.line));
        address.unwrap_or_else(|| format!("line {}", row.line))
    }
}

/// The columns whose cells are ids that tell rows apart.
fn keys<'a>(job: &'a Job, lookups: &'a Lookups, columns: &Columns) -> Vec<Key<'a>> {
    let items = &job.endpoint.items;
    let is_key = |name: &String| match &items.shape {
        Shape::Value(_) => true,
        Shape::Object(_) => items.key.contains(name),
    };
    let fields = items.shape.fields().iter().zip(&job.item);
    let key = |(field, source): (&crate::endpoint::Field, &'a Source)| match source {
        Source::Column { name, lookup, .. }
            if is_key(&field.name) && matches!(field.kind, FieldKind::Id { .. }) =>
        {
            Some(Key {
                column: columns.position(name)?,
                title: name,
                lookup: lookup.and_then(|at| lookups.0.get(at)),
            })
        }
        Source::Column { .. }
        | Source::Cell { .. }
        | Source::Fold { .. }
        | Source::Constant(_)
        | Source::Nowhere => None,
    };
    fields.filter_map(key).collect()
}

fn text_of(cell: Cell<'_>) -> &str {
    match cell {
        Cell::Text(text)
        | Cell::Number(text)
        | Cell::Date(text)
        | Cell::Unusable(text, _)
        | Cell::Nested(text) => text,
        Cell::Absent | Cell::Bool(_) => "",
    }
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A text of the file on one line of a message.
pub(super) fn shown(text: &str) -> String {
    one_line(text, SHOWN_CHARS_MAX)
}
