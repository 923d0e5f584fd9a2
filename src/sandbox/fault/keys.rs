//! The keys of one `[[fault]]` table, read one by one; what nobody asked for is refused in the end.
//!
//! It knows lines and types, and not what a key means.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::{Spanned, Value};

use crate::document::Document;
use crate::error::{Refusal, nearest};

/// Longest wait a plan can ask for, one day: longer is a slip of the finger.
const WAIT_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// A table with the places of its keys and values.
pub(super) type Table = BTreeMap<Spanned<String>, Spanned<Value>>;

/// The keys of one table that nobody has read yet.
pub(super) struct Keys<'a> {
    document: &'a Document,
    /// The table.
    span: Range<usize>,
    pub(super) action: &'static str,
    left: BTreeMap<String, (Range<usize>, Value)>,
    pub(super) asked: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(document: &'a Document, table: Spanned<Table>) -> Self {
        let span = table.span();
        let keyed = |(name, value): (Spanned<String>, Spanned<Value>)| {
            let span = name.span().start..value.span().end;
            (name.into_inner(), (span, value.into_inner()))
        };
        Self {
            document,
            span,
            action: "",
            left: table.into_inner().into_iter().map(keyed).collect(),
            asked: Vec::new(),
        }
    }

    /// Refuses a key at its place in the file.
    pub(super) fn refuse(&self, rule: &'static str, span: &Range<usize>, what: &str) -> Refusal {
        Refusal {
            rule,
            ..self.document.refuse(span, what)
        }
    }

    /// Refuses the table at the line where it begins.
    pub(super) fn refuse_table(&self, rule: &'static str, what: &str) -> Refusal {
        self.refuse(rule, &self.span, what)
    }

    fn mistaken(&self, span: &Range<usize>, name: &str, wanted: &str) -> Refusal {
        self.refuse("faults.value", span, &format!("`{name}` must be {wanted}"))
    }

    /// Refuses what is left.
    pub(super) fn end(self) -> Result<(), Refusal> {
        let Some((name, (span, _))) = self.left.first_key_value() else {
            return Ok(());
        };
        let what = format!("`{name}` means nothing for `do = \"{}\"`", self.action);
        let refusal = self.refuse("faults.key", span, &what);
        Err(match nearest(name, self.asked) {
            Some(word) => refusal.hint(format!("did you mean `{word}`?")),
            None => refusal.hint("delete the line"),
        })
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<(Range<usize>, Value)> {
        self.asked.push(name);
        self.left.remove(name)
    }

    pub(super) fn needed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Result<Option<T>, Refusal>,
    ) -> Result<T, Refusal> {
        let missing = format!("`do = \"{}\"` needs `{name}`", self.action);
        read(self)?.ok_or_else(|| self.refuse_table("faults.missing", &missing))
    }

    pub(super) fn placed_text(
        &mut self,
        name: &'static str,
    ) -> Result<Option<(Range<usize>, String)>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some((span, Value::String(text))) => Ok(Some((span, text))),
            Some((span, _)) => Err(self.mistaken(&span, name, "a text in quotes")),
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        Ok(self.placed_text(name)?.map(|(_, text)| text))
    }

    /// One text, or a list of them.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Refusal> {
        let Some((span, value)) = self.take(name) else {
            return Ok(None);
        };
        let texts = match value {
            Value::String(text) => Some(vec![text]),
            Value::Array(list) => list
                .into_iter()
                .map(|entry| entry.as_str().map(str::to_owned))
                .collect(),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Table(_) => None,
        };
        texts
            .map(Some)
            .ok_or_else(|| self.mistaken(&span, name, "a text in quotes, or a list of them"))
    }

    pub(super) fn integer(
        &mut self,
        name: &'static str,
        range: &RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some((span, value)) = self.take(name) else {
            return Ok(None);
        };
        let number = value
            .as_integer()
            .and_then(|number| u64::try_from(number).ok());
        let wanted = || {
            self.mistaken(
                &span,
                name,
                &format!("a whole number from {} to {}", range.start(), range.end()),
            )
        };
        number
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(wanted)
    }

    pub(super) fn count(
        &mut self,
        name: &'static str,
        range: &RangeInclusive<u64>,
    ) -> Result<Option<usize>, Refusal> {
        Ok(self
            .integer(name, range)?
            .map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }

    pub(super) fn fraction(&mut self, name: &'static str) -> Result<Option<f64>, Refusal> {
        let Some((span, value)) = self.take(name) else {
            return Ok(None);
        };
        let number = match value {
            Value::Float(number) => Some(number),
            Value::Integer(0) => Some(0.0),
            Value::Integer(1) => Some(1.0),
            Value::Integer(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        };
        let in_range = number.filter(|number| (0.0..=1.0).contains(number));
        in_range
            .map(Some)
            .ok_or_else(|| self.mistaken(&span, name, "a number from 0 to 1"))
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some((_, Value::Boolean(flag))) => Ok(Some(flag)),
            Some((span, _)) => Err(self.mistaken(&span, name, "true or false")),
        }
    }

    /// Milliseconds.
    pub(super) fn wait(&mut self, name: &'static str) -> Result<Option<Duration>, Refusal> {
        Ok(self
            .integer(name, &(0..=WAIT_MS_MAX))?
            .map(Duration::from_millis))
    }

    /// A platform code.
    pub(super) fn code(&mut self) -> Result<Option<i64>, Refusal> {
        match self.take("code") {
            None => Ok(None),
            Some((_, Value::Integer(code))) => Ok(Some(code)),
            Some((span, _)) => Err(self.mistaken(&span, "code", "a whole number")),
        }
    }

    pub(super) fn status(&mut self) -> Result<Option<u16>, Refusal> {
        Ok(self
            .integer("status", &(200..=599))?
            .and_then(|status| u16::try_from(status).ok()))
    }

    pub(super) fn statuses(&mut self) -> Result<Option<Vec<u16>>, Refusal> {
        let Some((span, value)) = self.take("statuses") else {
            return Ok(None);
        };
        let status = |value: &Value| {
            let status = value
                .as_integer()
                .and_then(|status| u16::try_from(status).ok());
            status.filter(|status| (100..=199).contains(status) && *status != 101)
        };
        let statuses = value
            .as_array()
            .and_then(|list| list.iter().map(status).collect());
        statuses.map(Some).ok_or_else(|| {
            self.mistaken(
                &span,
                "statuses",
                "a list of numbers from 100 to 199, without 101",
            )
        })
    }

    /// `as`, which tells the faults of one kind apart.
    pub(super) fn kind<T: Clone>(&mut self, words: &[(&'static str, T)]) -> Result<T, Refusal> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let missing = format!("`do = \"{}\"` needs `as`", self.action);
        self.one_of("as", words)?.ok_or_else(|| {
            self.refuse_table("faults.missing", &missing)
                .because(format!("it can be {}", names.join(", ")))
        })
    }

    pub(super) fn one_of<T: Clone>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Refusal> {
        let Some((span, word)) = self.placed_text(name)? else {
            return Ok(None);
        };
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
            return Ok(Some(value.clone()));
        }
        let names: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let refusal = self
            .refuse(
                "faults.value",
                &span,
                &format!("`{name} = \"{word}\"` is not known"),
            )
            .because(format!("it can be {}", names.join(", ")));
        Err(match nearest(&word, names) {
            Some(near) => refusal.hint(format!("did you mean `{name} = \"{near}\"`?")),
            None => refusal,
        })
    }
}
