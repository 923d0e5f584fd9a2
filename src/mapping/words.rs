//! How often each word stands in the days of a roster: a person sees at a glance whether it is this month's.

use std::collections::HashMap;

/// Words counted apart: people write a few dozen. More are other things than words, and are counted together.
const WORDS_MAX: usize = 1000;

/// A word allocates when it is met first, and never again: hundreds of thousands of cells are counted.
#[derive(Debug, Default)]
pub(super) struct WordCounts {
    counts: HashMap<Box<str>, u64>,
    others: u64,
}

impl WordCounts {
    /// Counts a cell.
    pub(super) fn add(&mut self, word: &str) {
        if let Some(count) = self.counts.get_mut(word) {
            *count += 1;
        } else if self.counts.len() < WORDS_MAX {
            self.counts.insert(word.into(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The words and their counts, commonest first; then the cells that hold any other word.
    pub(super) fn commonest_first(&self) -> (Vec<(String, u64)>, u64) {
        let mut words: Vec<(String, u64)> = self
            .counts
            .iter()
            .map(|(word, count)| (word.to_string(), *count))
            .collect();
        words.sort_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
        (words, self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_word_comes_first_and_too_many_are_counted_together() {
        let mut words = WordCounts::default();
        for word in ["晚班", "早班", "休", "早班"] {
            words.add(word);
        }
        let expected = [("早班", 2), ("休", 1), ("晚班", 1)];
        let expected = expected.map(|(word, count)| (word.to_owned(), count));
        assert_eq!(words.commonest_first(), (expected.to_vec(), 0));
        for number in 0..WORDS_MAX {
            words.add(&number.to_string());
        }
        words.add("早班");
        let (counted, others) = words.commonest_first();
        assert_eq!((counted.len(), others), (WORDS_MAX, 3));
        assert_eq!(counted[0], ("早班".to_owned(), 3));
    }
}
