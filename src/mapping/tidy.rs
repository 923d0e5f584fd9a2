//! What a job asks to be done to cells before they are looked at: never more, and all of it counted.

use std::borrow::Cow;

use crate::full_width::{is_full_width, ordinary};
use crate::job::Tidy;
use crate::model::{Cell, Notice, Row};
use crate::text::{Text, Value};

/// Tidies the cells of rows.
#[derive(Debug)]
pub struct Tidier<'a> {
    rule: &'a Tidy,
    trimmed: u64,
    digits: u64,
    emptied: u64,
}

impl<'a> Tidier<'a> {
    /// Tidies as the job asks.
    #[must_use]
    pub fn new(rule: &'a Tidy) -> Self {
        Self {
            rule,
            trimmed: 0,
            digits: 0,
            emptied: 0,
        }
    }

    /// Tidies the given cells of a row. What the reports repeat stays as it was read.
    pub fn tidy(&mut self, row: &mut Row, columns: &[usize]) {
        if *self.rule == Tidy::default() {
            return;
        }
        for column in columns {
            let Cell::Text(text) = row.cell(*column) else {
                continue;
            };
            if let Cow::Owned(tidied) = self.tidied(text) {
                row.set(*column, Cell::Text(&tidied));
            }
        }
    }

    /// One text; borrowed when nothing was done to it.
    fn tidied<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let mut tidied = Cow::Borrowed(text);
        if self.rule.trim {
            let trimmed = text.trim();
            if trimmed.len() < text.len() {
                self.trimmed += 1;
                tidied = Cow::Owned(trimmed.to_owned());
            }
        }
        if self.rule.digits && tidied.contains(is_full_width_digit) {
            self.digits += 1;
            tidied = Cow::Owned(tidied.chars().map(with_ordinary_digit).collect());
        }
        if self.rule.empty.iter().any(|word| *word == tidied) {
            self.emptied += 1;
            tidied = Cow::Owned(String::new());
        }
        tidied
    }

    /// What was done, for the user; nothing when nothing was.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        let counts = [
            (self.trimmed, text!("{count} trimmed", count = self.trimmed)),
            (
                self.digits,
                text!("{count} given ordinary digits", count = self.digits),
            ),
            (
                self.emptied,
                text!("{count} taken as empty", count = self.emptied),
            ),
        ];
        let done = counts.into_iter().filter(|(count, _)| *count > 0);
        let done: Vec<Text> = done.map(|(_, what)| what).collect();
        (!done.is_empty()).then(|| {
            let what = text!(
                "cells tidied as [input.tidy] of the job asks: {done}",
                done = Value::list(done)
            );
            Notice::new("file.tidied", what)
        })
    }
}

fn is_full_width_digit(character: char) -> bool {
    is_full_width(character) && ordinary(character).is_ascii_digit()
}

fn with_ordinary_digit(character: char) -> char {
    if is_full_width_digit(character) {
        ordinary(character)
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_job_asks_for_is_done_and_it_is_counted() {
        let all = Tidy {
            trim: true,
            digits: true,
            empty: vec!["-".into(), "/".into()],
        };
        let mut tidier = Tidier::new(&all);
        for (text, tidied) in [
            ("12\t", "12"),
            ("\u{a0}a\u{3000}", "a"),
            ("１２３", "123"),
            (" - ", ""),
            ("/", ""),
            ("-1", "-1"),
        ] {
            assert_eq!(tidier.tidied(text), tidied);
        }
        assert_eq!(
            tidier.notice().unwrap().what,
            "cells tidied as [input.tidy] of the job asks: 3 trimmed, 1 given ordinary digits, 2 taken as empty"
        );
        let none = Tidy::default();
        let mut tidier = Tidier::new(&none);
        assert!(matches!(tidier.tidied(" １- "), Cow::Borrowed(" １- ")));
        assert_eq!(tidier.notice(), None);
    }

    #[test]
    fn a_row_is_tidied_and_what_the_reports_repeat_is_not() {
        let rule = Tidy {
            trim: true,
            ..Tidy::default()
        };
        let mut row = Row::default();
        row.source.extend_from_slice(b" a , b ");
        row.set(0, Cell::Text(" a "));
        row.set(1, Cell::Text(" b "));
        Tidier::new(&rule).tidy(&mut row, &[0]);
        assert_eq!(row.cell(0), Cell::Text("a"));
        assert_eq!(row.cell(1), Cell::Text(" b "));
        assert_eq!(row.source, b" a , b ");
    }
}
