//! Words that no lookup knows. Which known word is meant by one takes a look at all of them, so it is asked once for each word, and
//! for so many words only: in a file whose ids are all unknown, nobody reads what each of them is near to.
//!
//! Keeps this: a word gets the same answer wherever it stands in a file.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::lookup::{Lookup, Miss};

/// About so many known words are looked at for all unknown words of a lookup together.
const LOOKS_MAX: usize = 500_000;

/// At least so many unknown words are held against the known ones, however many these are, and at most so many are remembered.
const WORDS_MIN: usize = 20;
const WORDS_MAX: usize = 1000;

/// The words of one input that were not found.
#[derive(Debug, Default)]
pub(super) struct Misses {
    /// The first ones of each lookup, by its place. Those of days' cells are apart: there more may be meant.
    first: RefCell<HashMap<(usize, bool), HashMap<String, Miss>>>,
}

impl Misses {
    /// What a word stands for in the lookup at a place. `others` would be understood in its place too.
    pub(super) fn find<'l>(
        &self,
        at: usize,
        lookup: &'l Lookup,
        word: &str,
        others: &[String],
    ) -> Result<&'l str, Miss> {
        let unknown = || Err(self.unknown(at, lookup, word, others));
        lookup.known(word).unwrap_or_else(unknown)
    }

    fn unknown(&self, at: usize, lookup: &Lookup, word: &str, others: &[String]) -> Miss {
        let mut first = self.first.borrow_mut();
        let first = first.entry((at, others.is_empty())).or_default();
        if let Some(miss) = first.get(word) {
            return miss.clone();
        }
        let words_max = LOOKS_MAX / (lookup.count() + others.len()).max(1);
        if first.len() >= words_max.clamp(WORDS_MIN, WORDS_MAX) {
            return lookup.unknown(word, None);
        }
        let miss = lookup.unknown(word, Some(others));
        first.insert(word.to_owned(), miss.clone());
        miss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::Said;

    #[test]
    fn the_first_unknown_words_are_held_against_the_known_ones_and_the_answer_to_a_word_stays() {
        let mut people = Lookup::new("people");
        for number in 0..LOOKS_MAX / WORDS_MIN {
            people.add(&format!("王{number}"), "e1", Said::InJob);
        }
        let misses = Misses::default();
        let suggestion = |word: &str| {
            let miss = misses.find(0, &people, word, &[]).unwrap_err();
            miss.unknown.unwrap().suggestion
        };
        let unknown = |number: usize| format!("王 {number}");
        for number in 0..WORDS_MIN {
            let known = format!("王{number}");
            assert_eq!(suggestion(&unknown(number)), Some(known));
        }
        assert_eq!(suggestion(&unknown(WORDS_MIN)), None);
        assert_eq!(suggestion(&unknown(0)).as_deref(), Some("王0"));
        assert_eq!(misses.find(0, &people, "王7", &[]), Ok("e1"));
    }
}
