//! What the cells of a user's file look like: which columns hold ids, and which words the days of a roster hold.
//!
//! Cells are people's data. Of all that is seen only the words of days leave this file, and never one that may be a name or an id.

use std::collections::HashMap;

use crate::model::{Cell, Row};

/// Most words of a roster that are told: a job names each of them.
const WORDS_MAX: usize = 50;

/// A longer text is a remark, not a word.
const WORD_CHARS_MAX: usize = 20;

/// The shortest text that is taken for an id by its looks: shorter ones may be counts.
const ID_CHARS_MIN: usize = 5;

/// The cells of the rows looked at.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of each column its texts, and how often each occurs.
    columns: Vec<HashMap<String, u64>>,
}

/// The words of a roster.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The commonest ones, and how many cells hold each.
    pub(super) known: Vec<(String, u64)>,
    /// How many there are besides.
    pub(super) others: usize,
    /// Whether cells hold ids themselves.
    pub(super) are_ids: bool,
}

impl Seen {
    /// Looks at a row.
    pub fn note(&mut self, row: &Row, columns: usize) {
        if self.columns.len() < columns {
            self.columns.resize_with(columns, HashMap::new);
        }
        for (at, texts) in self.columns.iter_mut().enumerate() {
            let (Cell::Text(text) | Cell::Number(text) | Cell::Unusable(text, _)) = row.cell(at)
            else {
                continue;
            };
            match texts.get_mut(text) {
                _ if text.trim().is_empty() => {}
                Some(count) => *count += 1,
                None => {
                    texts.insert(text.to_owned(), 1);
                }
            }
        }
    }

    /// Whether most cells of a column look like ids.
    pub(super) fn are_ids(&self, column: usize) -> bool {
        let texts = || self.columns.get(column).into_iter().flatten();
        let all: u64 = texts().map(|(_, count)| count).sum();
        let ids = texts().filter(|(text, _)| looks_like_id(text));
        let ids: u64 = ids.map(|(_, count)| count).sum();
        ids > 0 && ids * 5 >= all * 4
    }

    /// The words of the columns of days. What another column holds, too, may be somebody's name.
    pub(super) fn words(&self, days: &[usize]) -> Words {
        let mut words: HashMap<&str, u64> = HashMap::new();
        let mut ids = 0;
        let is_elsewhere = |text: &str| {
            let mut columns = self.columns.iter().enumerate();
            columns.any(|(at, texts)| !days.contains(&at) && texts.contains_key(text))
        };
        for (text, count) in days.iter().filter_map(|at| self.columns.get(*at)).flatten() {
            if looks_like_id(text) {
                ids += count;
            } else if text.chars().count() <= WORD_CHARS_MAX {
                *words.entry(text).or_default() += count;
            }
        }
        words.retain(|text, _| !is_elsewhere(text));
        let known: u64 = words.values().sum();
        let mut words: Vec<(String, u64)> = words
            .into_iter()
            .map(|(text, count)| (text.to_owned(), count))
            .collect();
        words.sort_by(|(one, of_one), (other, of_other)| of_other.cmp(of_one).then(one.cmp(other)));
        let others = words.len().saturating_sub(WORDS_MAX);
        words.truncate(WORDS_MAX);
        Words {
            known: words,
            others,
            are_ids: ids > known,
        }
    }
}

/// Letters and digits without spaces, and at least one digit; but no date.
fn looks_like_id(text: &str) -> bool {
    let text = text.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.len() >= ID_CHARS_MIN
        && text.bytes().all(plain)
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !looks_like_date(text)
}

/// `20261201`, `202612` and `2026-12-1`, of this century and the last one.
fn looks_like_date(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number = |range| {
        digits
            .get(range)
            .and_then(|part: &str| part.parse::<u32>().ok())
    };
    let (year, month) = (number(0..4), number(4..6));
    let is_month = year.is_some_and(|year| (1900..2100).contains(&year))
        && month.is_some_and(|month| (1..=12).contains(&month));
    match digits.len() {
        6 => is_month,
        8 => is_month && number(6..8).is_some_and(|day| (1..=31).contains(&day)),
        _ => text.contains('-') && year.is_some() && text.len() <= 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rows: &[&[&str]]) -> Seen {
        let mut seen = Seen::default();
        for cells in rows {
            let mut row = Row::default();
            for (at, cell) in cells.iter().enumerate() {
                row.set(at, Cell::Text(cell));
            }
            seen.note(&row, cells.len());
        }
        seen
    }

    #[test]
    fn ids_are_known_by_their_looks_and_dates_and_counts_are_none() {
        for text in [
            "dd31248a",
            "6753520403404030215",
            "E10023",
            "ou_7d8a6e6df7621556",
        ] {
            assert!(looks_like_id(text), "{text}");
        }
        for text in [
            "20261201",
            "202612",
            "2026-12-01",
            "22",
            "1200",
            "早班",
            "8:00",
            "OFF",
            "22.50",
        ] {
            assert!(!looks_like_id(text), "{text}");
        }
    }

    #[test]
    fn the_words_of_days_are_counted_without_names_and_ids() {
        let seen = seen(&[
            &["张伟", "早班", "早班", "张伟"],
            &["王芳", "休", "早班", "dd31248a"],
            &["李娜", "", " ", "早班"],
        ]);
        let words = seen.words(&[1, 2, 3]);
        assert_eq!(words.known, [("早班".to_owned(), 4), ("休".to_owned(), 1)]);
        assert!(!words.are_ids);
        assert!(!seen.are_ids(0));
    }

    #[test]
    fn cells_of_ids_are_no_words() {
        let seen = seen(&[&["张伟", "6753520403404030215"], &["王芳", "0"]]);
        let words = seen.words(&[1]);
        assert_eq!(words.known, [("0".to_owned(), 1)]);
        assert!(!words.are_ids, "one of each is neither");
        assert!(!seen.are_ids(1));
    }
}
