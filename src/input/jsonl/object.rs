//! The members of one JSON object as places in its line, so that reading copies only texts that have escapes.

use std::ops::Range;

use crate::model::Cell;

use super::fault::Fault;
use super::scan::Scanner;

/// The members of one line's object.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    /// Texts that had escapes, decoded.
    pub(super) decoded: String,
    /// Keys of the objects that are open, for finding equal ones.
    pub(super) keys: Vec<Span>,
}

/// `"key": value` with its places in the line.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// From the key's first quote to the value's end.
    pub(super) range: Range<usize>,
    pub(super) key: Span,
    pub(super) value: Value,
}

/// What a value is, and where.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Range<usize>),
    Text(Span),
    Nested(Range<usize>),
}

/// A text without its quotes: in the line, or among the decoded ones.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) decoded: bool,
}

impl Object {
    /// Reads the one object of a line.
    pub(super) fn scan(&mut self, line: &str) -> Result<(), Fault> {
        self.members.clear();
        self.decoded.clear();
        self.keys.clear();
        Scanner::new(line, self).line()
    }

    /// The members in the order of the line.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The decoded key of a member.
    pub(super) fn key<'a>(&'a self, line: &'a str, member: &Member) -> &'a str {
        self.text(line, &member.key)
    }

    /// The value of a member.
    pub(super) fn cell<'a>(&'a self, line: &'a str, member: &Member) -> Cell<'a> {
        let raw = |range: &Range<usize>| line.get(range.clone()).unwrap_or_default();
        match &member.value {
            Value::Null => Cell::Absent,
            Value::Bool(value) => Cell::Bool(*value),
            Value::Number(range) => Cell::Number(raw(range)),
            Value::Nested(range) => Cell::Nested(raw(range)),
            Value::Text(span) => Cell::Text(self.text(line, span)),
        }
    }

    fn text<'a>(&'a self, line: &'a str, span: &Span) -> &'a str {
        let whole = if span.decoded { &self.decoded } else { line };
        whole.get(span.range.clone()).unwrap_or_default()
    }

    /// Closes the innermost open object, whose keys begin at `first`; tells whether two of them are equal.
    pub(super) fn close(&mut self, line: &str, first: usize) -> bool {
        let mut keys = std::mem::take(&mut self.keys);
        let open = keys.get_mut(first..).unwrap_or_default();
        open.sort_unstable_by(|a, b| self.text(line, a).cmp(self.text(line, b)));
        let equal = open
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if self.text(line, a) == self.text(line, b)));
        keys.truncate(first);
        self.keys = keys;
        equal
    }
}
