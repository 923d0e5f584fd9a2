//! Words that stand for ids: 早班 for a shift, a name or a number for a person, a column's title for a field code.
//!
//! A word is known exactly or not at all. One that stands for two things is refused and both are named: nobody can tell which is
//! meant. Does not know where words come from.

mod spelling;

use std::collections::{BTreeSet, HashMap};

use crate::error::nearest;
use crate::model::{Rejection, Rule, UnknownWord};
use crate::text::{Text, Value};

pub use spelling::{contradict, is_same_word, time};

/// The lookups of a job, in its order.
#[derive(Debug, Clone, Default)]
pub struct Lookups(pub Vec<Lookup>);

/// Words, and what each stands for.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    name: String,
    /// A time stands here as a cell of a workbook gives it.
    words: HashMap<String, Meaning>,
    /// Columns of its file that say more of whom or what a word stands for, and may be held against the same columns of an input.
    titles: Vec<String>,
    /// Their texts, as many for each record as there are titles.
    texts: Vec<String>,
    /// Words that the platform was asked for in vain, where it is asked word by word: of any other, nothing is known.
    missed: Option<BTreeSet<String>>,
}

/// What a word stands for, and where that is said.
#[derive(Debug, Clone)]
struct Meaning {
    value: String,
    said: Said,
    /// Other values of the same word, if there are any.
    rivals: Vec<(String, Said)>,
    /// Where its record's texts begin, if it has any and no other record of the word says otherwise.
    texts: Option<usize>,
}

/// Where it is said what a word stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// In the job.
    InJob,
    /// In this record of the lookup's file.
    InRecord(u64),
    /// On the platform, with what tells it from others of the same name.
    OnPlatform(String),
}

/// Values of a word that are named when it stands for several.
const RIVALS_MAX: usize = 20;

/// Why a word stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The rule it breaks.
    pub rule: Rule,
    /// The rule in words that name the lookup.
    pub words: Text,
    /// What helps to mend it.
    pub detail: Option<Text>,
    /// Where the word was looked for in vain.
    pub unknown: Option<Box<UnknownWord>>,
}

/// Marks between people who share a cell.
const SEVERAL: &[char] = &['、', ',', '，', ';', '；', '/', '\n', ' ', '\u{3000}'];

/// What a cell holds, where it may hold several: each of them.
pub fn several(word: &str) -> impl Iterator<Item = &str> {
    word.split(SEVERAL).filter(|part| !part.is_empty())
}

impl Lookup {
    /// A lookup without words.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Keeps the texts of these columns of its file, too.
    pub fn keep(&mut self, titles: Vec<String>) {
        self.titles = titles;
    }

    /// Adds a word. The same word may be given again for the same thing.
    pub fn add(&mut self, word: &str, value: &str, said: Said) {
        self.insert(word, value, said, None);
    }

    /// Adds the words of a record of its file, with the texts of the columns kept.
    pub fn add_record<'t>(
        &mut self,
        record: u64,
        words: impl Iterator<Item = &'t str>,
        value: &str,
        texts: impl Iterator<Item = &'t str>,
    ) {
        let at = self.texts.len();
        self.texts.extend(texts.map(str::to_owned));
        let at = (!self.titles.is_empty()).then_some(at);
        for word in words {
            self.insert(word, value, Said::InRecord(record), at);
        }
    }

    /// Keeps the words that the platform was asked for in vain.
    pub fn missed(&mut self, words: BTreeSet<String>) {
        self.missed = Some(words);
    }

    /// Adds a word as the platform knows it, with the name of a person where it stands for one and one column is kept.
    pub fn add_known(&mut self, word: &str, value: &str, about: &str, name: Option<&str>) {
        let at = name.filter(|_| self.titles.len() == 1).map(|name| {
            self.texts.push(name.to_owned());
            self.texts.len() - 1
        });
        self.insert(word, value, Said::OnPlatform(about.to_owned()), at);
    }

    fn insert(&mut self, word: &str, value: &str, said: Said, texts: Option<usize>) {
        let word = time(word).unwrap_or_else(|| word.to_owned());
        let Some(known) = self.words.get(&word) else {
            let meaning = Meaning {
                value: value.to_owned(),
                said,
                rivals: Vec::new(),
                texts,
            };
            self.words.insert(word, meaning);
            return;
        };
        let says_otherwise = self.texts_at(known.texts) != self.texts_at(texts);
        let Some(known) = self.words.get_mut(&word) else {
            return;
        };
        if says_otherwise {
            known.texts = None;
        }
        let is_known = known.value == value || known.rivals.iter().any(|(rival, _)| rival == value);
        if !is_known && known.rivals.len() < RIVALS_MAX {
            known.rivals.push((value.to_owned(), said));
        }
    }

    fn texts_at(&self, at: Option<usize>) -> Option<&[String]> {
        let at = at?;
        self.texts.get(at..at + self.titles.len())
    }

    /// The columns of its file that are kept.
    #[must_use]
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// What the columns kept say of whom or what a word stands for, in the order of the titles.
    #[must_use]
    pub fn texts(&self, word: &str) -> Option<&[String]> {
        self.texts_at(self.meaning(word)?.texts)
    }

    /// Where it is said what a word stands for, if it stands for something.
    #[must_use]
    pub fn said(&self, word: &str) -> Option<&Said> {
        self.meaning(word).map(|meaning| &meaning.said)
    }

    /// A time that stands for two things, and which: it is given in two spellings, which a cell does not tell apart.
    #[must_use]
    pub fn time_in_two(&self) -> Option<(&str, Text)> {
        let rivals = self
            .words
            .iter()
            .filter(|(word, meaning)| !meaning.rivals.is_empty() && time(word).is_some());
        let (word, meaning) = rivals.min_by_key(|(word, _)| *word)?;
        Some((word, meaning.both()?))
    }

    fn meaning(&self, word: &str) -> Option<&Meaning> {
        let as_time = || self.words.get(&time(word)?);
        self.words.get(word).or_else(as_time)
    }

    /// Its name in the job.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many words it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.len()
    }

    /// Whether it has a word, whatever that stands for.
    #[must_use]
    pub fn holds(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// What a word stands for. `others` are words that would be understood in its place, and are offered too.
    pub fn find(&self, word: &str, others: &[String]) -> Result<&str, Miss> {
        let known = self.known(word);
        known.unwrap_or_else(|| Err(self.unknown(word, Some(others))))
    }

    /// What a word stands for, if it is one of the lookup's.
    #[must_use]
    pub fn known(&self, word: &str) -> Option<Result<&str, Miss>> {
        let meaning = self.meaning(word)?;
        if meaning.rivals.is_empty() {
            return Some(Ok(&meaning.value));
        }
        Some(Err(Miss {
            rule: Rule::new("row.lookup-two", "stands for two things"),
            words: text!(
                "stands for two things in the lookup `{lookup}`",
                lookup = self.name
            ),
            detail: meaning.both(),
            unknown: None,
        }))
    }

    /// Why a word that is none of the lookup's stands for nothing. One that is meant, perhaps, is looked for among all its words and
    /// `others`; without `others` none is.
    #[must_use]
    pub fn unknown(&self, word: &str, others: Option<&[String]>) -> Miss {
        let parts: Vec<&str> = several(word).collect();
        let is_known = |part: &&str| self.words.contains_key(*part);
        let mut suggestion = None;
        let detail = if parts.len() > 1 && parts.iter().all(is_known) {
            Some(text!(
                "the cell holds several: {parts}; give each a row of its own",
                parts = Value::list(&parts)
            ))
        } else {
            suggestion = others.and_then(|others| {
                let known = self.words.keys().chain(others).map(String::as_str);
                meant(word, known).map(str::to_owned)
            });
            let near = suggestion.as_ref();
            near.map(|near| text!("did you mean `{near}`?", near))
        };
        let is_unasked = self
            .missed
            .as_ref()
            .is_some_and(|missed| !missed.contains(word));
        let (rule, words) = if is_unasked {
            (
                Rule::new("row.lookup-unasked", "was not asked of the platform yet"),
                text!(
                    "was not asked of the platform yet, for the lookup `{lookup}`: `check` with --online asks it",
                    lookup = self.name
                ),
            )
        } else {
            (
                Rule::new("row.lookup-unknown", "is not in the lookup"),
                text!("is not in the lookup `{lookup}`", lookup = self.name),
            )
        };
        Miss {
            rule,
            words,
            detail,
            unknown: Some(Box::new(UnknownWord {
                lookup: self.name.clone(),
                suggestion,
            })),
        }
    }
}

impl Meaning {
    /// All that the word stands for, and where that is said; none where it stands for one thing.
    fn both(&self) -> Option<Text> {
        let first = self.said.of(&self.value);
        let others = self.rivals.iter().map(|(rival, said)| said.of(rival));
        let all = others.fold((first, 0), |(all, count), next| {
            (text!("{all} and {next}", all, next), count + 1)
        });
        (all.1 > 0).then_some(all.0)
    }
}

impl Said {
    /// A value and where it is said.
    fn of(&self, value: &str) -> Text {
        match self {
            Self::InJob => text!("`{value}` in the job", value),
            Self::InRecord(record) => text!("`{value}` in its record {record}", value, record),
            Self::OnPlatform(about) if about.is_empty() => {
                text!("`{value}` on the platform", value)
            }
            Self::OnPlatform(about) => text!("`{value}` ({about}) on the platform", value, about),
        }
    }
}

impl Miss {
    /// The rejection of the cell that holds the word.
    #[must_use]
    pub fn reject(self, column: impl Into<String>, word: &str) -> Rejection {
        let mut rejection = Rejection::cell(column, word, self.rule).worded(self.words);
        rejection.detail = self.detail;
        match self.unknown {
            Some(unknown) => rejection.of_unknown(*unknown),
            None => rejection,
        }
    }
}

/// The known word that is meant, perhaps: one that is spelt alike but for spaces, one with which the word begins, or the nearest
/// that shares a character with it.
fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let alike = |known: &&str| spelling::is_spelt_alike(known, word);
    if let Some(alike) = known.clone().filter(alike).min() {
        return Some(alike);
    }
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
        miss.reject("9月3日", word).sentence().to_string()
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
    fn a_name_with_spaces_in_it_is_proposed_for_the_one_without_and_the_other_way_round() {
        let mut people = Lookup::new("people");
        for word in ["王芳", "李\u{3000}娜", "王方"] {
            people.add(word, "e1", Said::InJob);
        }
        for (word, near) in [("王  芳", "王芳"), ("李娜", "李\u{3000}娜")] {
            let said = miss(&people, word);
            assert!(
                said.ends_with(&format!("(did you mean `{near}`?)")),
                "{said}"
            );
        }
    }

    #[test]
    fn a_time_is_found_in_whatever_way_it_is_written() {
        let mut shifts = shifts();
        shifts.add("8:00", "5", Said::InJob);
        for word in ["8:00", "08:00", "8:00:00"] {
            assert_eq!(shifts.find(word, &[]), Ok("5"), "{word}");
        }
        assert!(shifts.find("20:00", &[]).is_err());
        assert_eq!(shifts.time_in_two(), None);
        shifts.add("08:00", "6", Said::InRecord(2));
        assert_eq!(
            shifts
                .time_in_two()
                .map(|(time, both)| (time, both.to_string())),
            Some(("08:00", "`5` in the job and `6` in its record 2".to_owned()))
        );
    }

    #[test]
    fn the_texts_of_a_record_are_known_by_its_words_unless_two_records_differ() {
        let mut people = Lookup::new("people");
        people.keep(vec!["姓名".into()]);
        people.add_record(1, ["1", "赵"].into_iter(), "e1", ["赵春晓"].into_iter());
        people.add_record(2, ["2"].into_iter(), "e2", ["钱谷雨"].into_iter());
        people.add_record(3, ["2"].into_iter(), "e2", ["钱谷"].into_iter());
        people.add("3", "e3", Said::InJob);
        assert_eq!(people.texts("赵").unwrap(), ["赵春晓"]);
        for word in ["2", "3", "4"] {
            assert_eq!(people.texts(word), None, "{word}");
        }
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
            miss.sentence().to_string(),
            "姓名 `张伟`: stands for two things in the lookup `people` (`e1` in its record 3 and `e2` in its record 8)"
        );
    }
}
