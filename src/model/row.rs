//! A row as read, and the reason why a row cannot be sent.
//!
//! A cell keeps exactly what the file holds: turning text into numbers is the mapping's business, by the endpoint's types.

use std::ops::Range;

use super::Rule;
use crate::shown::shortened;
use crate::text::Text;

/// The input's own columns in file order. Columns beginning with `_` are ours and are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
}

impl Columns {
    /// Columns with the given names.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self { names }
    }

    /// The names in file order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many columns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no column at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The position of a column.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Adds a column that a JSON object brought along; returns its position.
    pub fn add(&mut self, name: &str) -> usize {
        self.names.push(name.to_owned());
        self.names.len() - 1
    }
}

/// One cell as read. CSV gives `Text` only (an empty cell is `Text("")`); JSONL and workbooks give the others too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The row has no such cell, or JSON `null`.
    Absent,
    /// Text, exactly as in the file.
    Text(&'a str),
    /// A number: in JSON as its digits stand in the file, in a workbook as the sheet shows its 15 digits, without `.0`.
    Number(&'a str),
    /// A cell of a workbook that holds a day, written `yyyyMMdd`.
    Date(&'a str),
    /// A cell of a workbook whose value cannot be trusted, as far as it can be shown, and the rule it breaks.
    Unusable(&'a str, Rule),
    /// JSON `true` or `false`.
    Bool(bool),
    /// A JSON object or array, as it stands in the file.
    Nested(&'a str),
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Absent,
    Text,
    Number,
    Date,
    Unusable(Rule),
    Bool(bool),
    Nested,
}

/// One record of the input. The reader fills the same `Row` again for each record, so reading allocates nothing per row.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// 1-based number of the record; the header is not counted.
    pub record: u64,
    /// 1-based line of the file on which the record begins.
    pub line: u64,
    /// The record as the reports repeat it: own columns only, UTF-8, no line end.
    /// CSV and workbooks: one encoded CSV record. JSONL: one JSON object.
    pub source: Vec<u8>,
    /// Cells of the record that belong to no column, as one encoded CSV record.
    pub stray: String,
    /// What our own columns say, where the row is a line of a failure report.
    pub report: Option<ReportLine>,
    /// The one cell that a line of a failure report is about.
    pub report_cell: Option<ReportCell>,
    /// Values right of the table, in columns without a name: where each stands, and what it says.
    pub beside: Vec<(String, String)>,
    text: String,
    cells: Vec<(Kind, usize, usize)>,
}

impl Row {
    /// Empties the row for the next record.
    pub fn clear(&mut self) {
        self.report = None;
        self.stray.clear();
        self.report_cell = None;
        self.beside.clear();
        self.source.clear();
        self.text.clear();
        self.cells.clear();
    }

    /// Sets the cell of a column. Cells between the last one set and this one become absent.
    pub fn set(&mut self, column: usize, cell: Cell<'_>) {
        if self.cells.len() <= column {
            self.cells.resize(column + 1, (Kind::Absent, 0, 0));
        }
        let (kind, text) = match cell {
            Cell::Absent => (Kind::Absent, ""),
            Cell::Text(text) => (Kind::Text, text),
            Cell::Number(text) => (Kind::Number, text),
            Cell::Date(text) => (Kind::Date, text),
            Cell::Unusable(text, rule) => (Kind::Unusable(rule), text),
            Cell::Bool(value) => (Kind::Bool(value), ""),
            Cell::Nested(text) => (Kind::Nested, text),
        };
        let start = self.text.len();
        self.text.push_str(text);
        if let Some(slot) = self.cells.get_mut(column) {
            *slot = (kind, start, self.text.len());
        }
    }

    /// Sets cells that are parts of one text, each by its column and where it stands: the text is copied once for all of them.
    pub fn set_parts(&mut self, text: &str, parts: impl Iterator<Item = (usize, Range<usize>)>) {
        let base = self.text.len();
        self.text.push_str(text);
        for (column, part) in parts {
            if self.cells.len() <= column {
                self.cells.resize(column + 1, (Kind::Absent, 0, 0));
            }
            if let Some(slot) = self.cells.get_mut(column) {
                *slot = (Kind::Text, base + part.start, base + part.end);
            }
        }
    }

    /// The cell of a column; absent when the record has none.
    #[must_use]
    pub fn cell(&self, column: usize) -> Cell<'_> {
        let Some((kind, start, end)) = self.cells.get(column).copied() else {
            return Cell::Absent;
        };
        let text = self.text.get(start..end).unwrap_or_default();
        match kind {
            Kind::Absent => Cell::Absent,
            Kind::Text => Cell::Text(text),
            Kind::Number => Cell::Number(text),
            Kind::Date => Cell::Date(text),
            Kind::Unusable(rule) => Cell::Unusable(text, rule),
            Kind::Bool(value) => Cell::Bool(value),
            Kind::Nested => Cell::Nested(text),
        }
    }
}

/// What the columns of a failure report say of one of its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportLine {
    /// The run that the line is of; empty where it is not said.
    pub run: String,
    /// The record of that run's input; 0 where it is not said.
    pub record: u64,
    /// The rule by which the item did not succeed.
    pub rule: String,
}

/// Which cell a line of a failure report is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportCell {
    /// Position of the cell's column among the input's own.
    pub column: usize,
    /// The cell's date, `yyyyMMdd`.
    pub date: String,
}

/// Why a row is not sent: the column, its value and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The column, where one column is to blame.
    pub column: Option<String>,
    /// The value as read, where it helps to see it.
    pub value: Option<String>,
    /// The stable name of the rule that is broken.
    pub rule: &'static str,
    /// The rule in words that do not depend on the row, so that equal troubles can be counted together.
    pub words: Text,
    /// What is particular to this row: "June 2024 has 30 days".
    pub detail: Option<Text>,
    /// What few rejections say; boxed to keep the others small.
    more: Option<Box<More>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct More {
    /// Whether the column is one of many that are treated alike: then rejections are counted together whatever their column.
    is_of_a_cell: bool,
    /// Whether the words are the whole sentence already.
    is_sentence: bool,
    /// Where the value was looked for, when it is a word that is not known there.
    unknown: Option<UnknownWord>,
}

/// A word that a lookup does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// The lookup's name in the job.
    pub lookup: String,
    /// The known word that is meant, perhaps.
    pub suggestion: Option<String>,
}

impl Rejection {
    /// A rejection of the whole row.
    #[must_use]
    pub fn row(rule: Rule) -> Self {
        Self {
            column: None,
            value: None,
            rule: rule.name,
            words: Text::plain(rule.words),
            detail: None,
            more: None,
        }
    }

    /// A rejection because of one cell.
    pub fn cell(column: impl Into<String>, value: impl Into<String>, rule: Rule) -> Self {
        Self {
            column: Some(column.into()),
            value: Some(value.into()),
            ..Self::row(rule)
        }
    }

    /// Says the rule in words that name something of the job, such as a lookup.
    #[must_use]
    pub fn worded(mut self, words: impl Into<Text>) -> Self {
        self.words = words.into();
        self
    }

    /// A rejection of a row whose item has been read before, with the same content. `other` names the place: `record 3`, `F5`.
    #[must_use]
    pub fn repeats(other: impl Into<Text>) -> Self {
        Self::row(REPEATS).detail(other)
    }

    /// A rejection of a row whose item another row gives with other content. `other` names the place: `record 3`, `F5`.
    #[must_use]
    pub fn conflicts(other: impl Into<Text>) -> Self {
        Self::row(CONFLICTS).detail(other)
    }

    /// Adds what is particular to this row.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Text>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A rejection that a run before gave, and that nothing has corrected since.
    #[must_use]
    pub fn as_before(rule: &'static str, reason: impl Into<Text>) -> Self {
        let mut rejection = Self::row(Rule::new(rule, "")).worded(reason);
        rejection.more.get_or_insert_default().is_sentence = true;
        rejection
    }

    fn is_sentence(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.is_sentence)
    }

    /// Counts it together with those of the columns treated like its own.
    #[must_use]
    pub fn of_a_cell(mut self) -> Self {
        self.more.get_or_insert_default().is_of_a_cell = true;
        self
    }

    /// Says that the value is a word which a lookup does not know.
    #[must_use]
    pub fn of_unknown(mut self, word: UnknownWord) -> Self {
        self.more.get_or_insert_default().unknown = Some(word);
        self
    }

    /// Where the value was looked for, when it is a word that is not known there.
    #[must_use]
    pub fn unknown(&self) -> Option<&UnknownWord> {
        self.more.as_ref()?.unknown.as_ref()
    }

    /// The trouble without what is particular to the row: what equal rejections are counted under.
    #[must_use]
    pub fn kind(&self) -> Text {
        let words = &self.words;
        match &self.column {
            _ if self.is_sentence() => words.clone(),
            Some(_) if self.more.as_ref().is_some_and(|more| more.is_of_a_cell) => {
                text!("cell of a day: {words}", words)
            }
            Some(column) => text!("{column}: {words}", column, words),
            None if self.rule == REPEATS.name => {
                text!("repeats {other}", other = text!("another record"))
            }
            None if self.rule == CONFLICTS.name => {
                text!("conflicts with {other}", other = text!("another record"))
            }
            None => words.clone(),
        }
    }

    /// The whole sentence for this row: column, value, rule, detail.
    #[must_use]
    pub fn sentence(&self) -> Text {
        if self.is_sentence() {
            return self.words.clone();
        }
        let words = match &self.detail {
            Some(other) if self.rule == REPEATS.name => text!("repeats {other}", other),
            Some(other) if self.rule == CONFLICTS.name => text!("conflicts with {other}", other),
            Some(detail) => text!("{words} ({detail})", words = self.words, detail),
            None => self.words.clone(),
        };
        let value = self.value.as_deref().filter(|value| !value.is_empty());
        match (&self.column, value) {
            (Some(column), Some(value)) => text!(
                "{column} `{value}`: {words}",
                column,
                value = shortened(value, VALUE_CHARS_MAX),
                words
            ),
            (Some(column), None) => text!("{column}: {words}", column, words),
            (None, _) => words,
        }
    }
}

/// Rules whose sentence ends with the place of the other record.
const REPEATS: Rule = Rule::new("row.repeats", "repeats");
const CONFLICTS: Rule = Rule::new("row.conflicts", "conflicts with");

/// How much of a value a sentence shows: enough to find it, short enough for one line.
const VALUE_CHARS_MAX: usize = 60;
