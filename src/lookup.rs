//! Words that stand for ids: 早班 for a shift, a name or a number for a person, a column's title for a field code.
//!
//! A word is known exactly or not at all. One that stands for two things is refused and both are named: nobody can tell which is
//! meant. Does not know where words come from.

use std::collections::HashMap;

use crate::error::nearest;
use crate::model::{Rejection, Rule};

/// The lookups of a job, in its order.
#[derive(Debug, Clone, Default)]
pub struct Lookups(pub Vec<Lookup>);

/// Words, and what each stands for.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    name: String,
    words: HashMap<String, Meaning>,
}

/// What a word stands for, and where that is said.
#[derive(Debug, Clone)]
struct Meaning {
    value: String,
    said: Said,
    /// Another value of the same word, if there is one.
    rival: Option<(String, Said)>,
}

/// Where it is said what a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// In the job.
    InJob,
    /// In this record of the lookup's file.
    InRecord(u64),
}

/// Why a word stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The rule it breaks.
    pub rule: Rule,
    /// The rule in words that name the lookup.
    pub words: String,
    /// What helps to mend it.
    pub detail: Option<String>,
}

/// Marks between people who share a cell.
const SEVERAL: &[char] = &['、', ',', '，', ';', '；', '/', '\n', ' ', '\u{3000}'];

impl Lookup {
    /// A lookup without words.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            words: HashMap::new(),
        }
    }

    /// Adds a word. The same word may be given again for the same thing.
    pub fn add(&mut self, word: &str, value: &str, said: Said) {
        let Some(known) = self.words.get_mut(word) else {
            let meaning = Meaning {
                value: value.to_owned(),
                said,
                rival: None,
            };
            self.words.insert(word.to_owned(), meaning);
            return;
        };
        if known.value != value && known.rival.is_none() {
            known.rival = Some((value.to_owned(), said));
        }
    }

    /// Its name in the job.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has a word, whatever that stands for.
    #[must_use]
    pub fn holds(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// What a word stands for. `others` are words that would be understood in its place, and are offered too.
    pub fn find(&self, word: &str, others: &[String]) -> Result<&str, Miss> {
        let Some(meaning) = self.words.get(word) else {
            return Err(self.unknown(word, others));
        };
        let Some((rival, there)) = &meaning.rival else {
            return Ok(&meaning.value);
        };
        Err(Miss {
            rule: Rule::new("row.lookup-two", "stands for two things"),
            words: format!("stands for two things in the lookup `{}`", self.name),
            detail: Some(format!(
                "`{}` {} and `{rival}` {}",
                meaning.value,
                meaning.said.words(),
                there.words()
            )),
        })
    }

    fn unknown(&self, word: &str, others: &[String]) -> Miss {
        let parts: Vec<&str> = word
            .split(SEVERAL)
            .filter(|part| !part.is_empty())
            .collect();
        let is_known = |part: &&str| self.words.contains_key(*part);
        let detail = if parts.len() > 1 && parts.iter().all(is_known) {
            Some(format!(
                "the cell holds several: {}; give each a row of its own",
                parts.join(", ")
            ))
        } else {
            let known = self.words.keys().chain(others).map(String::as_str);
            meant(word, known).map(|near| format!("did you mean `{near}`?"))
        };
        Miss {
            rule: Rule::new("row.lookup-unknown", "is not in the lookup"),
            words: format!("is not in the lookup `{}`", self.name),
            detail,
        }
    }
}

impl Said {
    fn words(self) -> String {
        match self {
            Self::InJob => "in the job".to_owned(),
            Self::InRecord(record) => format!("in its record {record}"),
        }
    }
}

impl Miss {
    /// The rejection of the cell that holds the word.
    #[must_use]
    pub fn reject(self, column: impl Into<String>, word: &str) -> Rejection {
        let mut rejection = Rejection::cell(column, word, self.rule).worded(self.words);
        rejection.detail = self.detail;
        rejection
    }
}

/// The known word that is meant, perhaps: one with which the word begins, or the nearest that shares a character with it.
fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let begins = known
        .clone()
        .filter(|known| !known.is_empty() && word.starts_with(known))
        .max_by_key(|known| (known.len(), std::cmp::Reverse(*known)));
    // Any number is near many others, and means none of them; nor does one that a spreadsheet cut short, such as 1.1E+17.
    let is_number = word.chars().all(|character| {
        character.is_ascii_digit() || matches!(character, '.' | 'E' | 'e' | '+' | '-')
    });
    let shares = |known: &&str| known.chars().any(|character| word.contains(character));
    let near = || nearest(word, known.filter(shares));
    if is_number {
        None
    } else {
        begins.or_else(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shifts() -> Lookup {
        let mut lookup = Lookup::new("shifts");
        for (word, value) in [("早班", "1"), ("晚班", "2"), ("白", "3"), ("夜", "4")] {
            lookup.add(word, value, Said::InJob);
        }
        lookup
    }

    fn miss(lookup: &Lookup, word: &str) -> String {
        let miss = lookup
            .find(word, &["休".to_owned(), "休息".to_owned()])
            .unwrap_err();
        miss.reject("9月3日", word).sentence()
    }

    #[test]
    fn a_word_is_known_exactly() {
        assert_eq!(shifts().find("早班", &[]), Ok("1"));
        assert!(shifts().find(" 早班", &[]).is_err());
    }

    #[test]
    fn an_unknown_word_is_rejected_with_the_one_that_may_be_meant() {
        let shifts = shifts();
        assert_eq!(
            miss(&shifts, "早般"),
            "9月3日 `早般`: is not in the lookup `shifts` (did you mean `早班`?)"
        );
        assert!(miss(&shifts, "早班 09:00-18:00").ends_with("(did you mean `早班`?)"));
        assert!(miss(&shifts, "休夕").ends_with("(did you mean `休`?)"));
        assert_eq!(
            miss(&shifts, "丁"),
            "9月3日 `丁`: is not in the lookup `shifts`"
        );
    }

    #[test]
    fn no_number_is_proposed_for_another() {
        let mut people = Lookup::new("people");
        people.add("110101199003071234", "e1", Said::InJob);
        for word in ["110101199003071235", "1.10101199003071E+17"] {
            assert!(miss(&people, word).ends_with("is not in the lookup `people`"));
        }
    }

    #[test]
    fn several_known_words_in_one_cell_are_named() {
        assert!(
            miss(&shifts(), "早班、晚班")
                .ends_with("(the cell holds several: 早班, 晚班; give each a row of its own)")
        );
    }

    #[test]
    fn namesakes_are_rejected_naming_both_and_the_same_said_twice_is_no_namesake() {
        let mut people = Lookup::new("people");
        people.add("张伟", "e1", Said::InRecord(3));
        people.add("张伟", "e1", Said::InRecord(4));
        assert_eq!(people.find("张伟", &[]), Ok("e1"));
        people.add("张伟", "e2", Said::InRecord(8));
        let miss = people.find("张伟", &[]).unwrap_err().reject("姓名", "张伟");
        assert_eq!(
            miss.sentence(),
            "姓名 `张伟`: stands for two things in the lookup `people` (`e1` in its record 3 and `e2` in its record 8)"
        );
    }
}
