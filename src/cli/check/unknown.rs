//! The words of a file that no lookup knows, each of them once: how many items hold it, where it stands first, and what is meant.
//!
//! One misspelt word fills a roster. What has to be mended is the word, or the job, and not each cell; so it is told once.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{Rejection, Row};
use crate::numbers::{counted, thousands};
use crate::prepare::Plan;
use crate::shown::shortened;
use crate::text::Text;

/// Different words that are kept; items with others are counted only. A job for another table would make every cell such a word.
const WORDS_MAX: usize = 1000;

/// Characters of a word that a line shows.
const CHARS_MAX: usize = 60;

/// Unknown words while a file is checked.
#[derive(Default)]
pub(super) struct UnknownWords {
    words: Vec<UnknownWord>,
    /// Where each word stands among them, by lookup and word.
    places: HashMap<(String, String), usize>,
    /// Items with words beyond those kept.
    others: u64,
}

/// A word that a lookup does not know.
#[derive(Serialize)]
pub(super) struct UnknownWord {
    word: String,
    lookup: String,
    items: u64,
    /// The first cell that holds it: as a spreadsheet names it, or its line.
    place: Text,
    suggestion: Option<String>,
    #[serde(skip)]
    words: Text,
    #[serde(skip)]
    help: Option<Text>,
    #[serde(skip)]
    column: Option<String>,
    #[serde(skip)]
    record: u64,
    #[serde(skip)]
    line: u64,
}

impl UnknownWords {
    /// Notes a rejection, if it is one of an unknown word; says whether it was.
    pub(super) fn note(&mut self, row: &Row, rejection: &Rejection) -> bool {
        let (Some(unknown), Some(word)) = (rejection.unknown(), &rejection.value) else {
            return false;
        };
        let key = (unknown.lookup.clone(), word.clone());
        if let Some(known) = self.places.get(&key) {
            if let Some(known) = self.words.get_mut(*known) {
                known.items += 1;
            }
            return true;
        }
        if self.words.len() >= WORDS_MAX {
            self.others += 1;
            return true;
        }
        self.places.insert(key, self.words.len());
        self.words.push(UnknownWord {
            word: word.clone(),
            lookup: unknown.lookup.clone(),
            items: 1,
            place: text!("line {line}", line = row.line),
            suggestion: unknown.suggestion.clone(),
            words: rejection.words.clone(),
            help: rejection.detail.clone(),
            column: rejection.column.clone(),
            record: row.record,
            line: row.line,
        });
        true
    }

    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Names the places as a spreadsheet does, and puts the commonest words first.
    pub(super) fn address(&mut self, plan: &Plan) {
        for word in &mut self.words {
            let column = word.column.as_deref();
            let head = plan.sheets.head(&plan.head, word.record);
            let address = column.and_then(|column| head.address(&plan.columns, column, word.line));
            if let Some(address) = address {
                word.place = address.into();
            }
        }
        self.places.clear();
        self.words.sort_by_key(|word| std::cmp::Reverse(word.items));
    }

    /// The words, commonest first.
    pub(super) fn words(&self) -> &[UnknownWord] {
        &self.words
    }

    /// Items with unknown words.
    pub(super) fn items(&self) -> u64 {
        self.others + self.words.iter().map(|word| word.items).sum::<u64>()
    }

    /// Items with words beyond those kept.
    pub(super) fn others(&self) -> u64 {
        self.others
    }

    /// The words for people, at most so many. `what` is what an item is to them.
    pub(super) fn lines(&self, most: usize, what: &str) -> Vec<Text> {
        let count = self.words.len();
        let mut lines = match count {
            0 => return Vec::new(),
            1 => vec![text!("1 word is not known:")],
            count => vec![text!(
                "{count} words are not known:",
                count = thousands(count as u64)
            )],
        };
        lines.extend(self.words.iter().take(most).map(|word| word.line(what)));
        let left = count.saturating_sub(most);
        if left > 0 {
            lines.push(text!(
                "  … and {count} more; --all shows them",
                count = thousands(left as u64)
            ));
        }
        if self.others > 0 {
            lines.push(text!(
                "  … and {items} with others",
                items = counted(self.others, what)
            ));
        }
        lines
    }
}

impl UnknownWord {
    fn line(&self, what: &str) -> Text {
        let mut known = text!(
            "`{word}` {words}",
            word = shortened(&self.word, CHARS_MAX),
            words = self.words
        );
        if let Some(help) = &self.help {
            known = text!("{words} ({detail})", words = known, detail = help);
        }
        let items = counted(self.items, what);
        if self.items == 1 {
            text!(
                "  {known}: {items}, at {place}",
                known,
                items,
                place = self.place
            )
        } else {
            text!(
                "  {known}: {items}, first at {place}",
                known,
                items,
                place = self.place
            )
        }
    }
}
