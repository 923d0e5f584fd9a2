//! How the same bytes read in one encoding: the cells that come of it, how common their characters are, and which words of the job
//! are among them.
//!
//! Almost any bytes are text in almost any encoding, so validity proves little. What people write in a table is common characters, and
//! the titles and words that their job knows.

use std::collections::HashSet;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

use crate::input::heading::collapsed;

/// What ends a cell, whatever the delimiter of the file is: for comparing and for showing that is near enough.
pub(super) const ENDS: [char; 7] = [',', ';', '\t', '|', '"', '\n', '\r'];

/// What stands in the file, read in one encoding.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) encoding: &'static Encoding,
    /// Whether every byte of the sample means something.
    pub(super) is_valid: bool,
    /// The different cells that are not ASCII, in the order of the file.
    pub(super) cells: Vec<String>,
    /// Characters that are in common use.
    common: usize,
    /// Characters that the encoding has, rarer ones included; signs such as brackets say nothing and are not counted.
    all: usize,
    /// Characters that hardly stand in a table.
    odd: usize,
}

/// How usual a character is in the encoding's country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Common,
    Rare,
    Odd,
    /// Brackets, full-width letters, check marks: they stand in the texts of several countries.
    Sign,
}

impl Reading {
    /// Reads a sample of a file, line by line so that one broken place does not garble the next line.
    pub(super) fn new(encoding: &'static Encoding, sample: &[u8]) -> Self {
        let mut reading = Self {
            encoding,
            is_valid: true,
            cells: Vec::new(),
            common: 0,
            all: 0,
            odd: 0,
        };
        let mut known = HashSet::new();
        for line in super::lines(sample) {
            let (text, broken) = encoding.decode_without_bom_handling(line);
            reading.is_valid &= !broken;
            for cell in text.split(ENDS) {
                let cell = collapsed(cell);
                if !cell.is_ascii() && !known.contains(&cell) {
                    reading.count(&cell);
                    known.insert(cell.clone());
                    reading.cells.push(cell);
                }
            }
        }
        reading
    }

    /// Whether nearly all of it is characters that people of the encoding's country write every day.
    pub(super) fn is_usual(&self) -> bool {
        self.is_valid && self.common * 2 > self.all && self.odd * 10 <= self.all
    }

    /// Whether its characters are at least as common as those of another reading.
    pub(super) fn is_as_usual_as(&self, other: &Self) -> bool {
        self.is_usual() && self.common * other.all >= other.common * self.all
    }

    /// Whether one of these words of the job is a cell of the file.
    pub(super) fn holds_one_of(&self, words: &[String]) -> bool {
        let is_held = |word: &String| {
            let parts = word.split(['/', ',', ';', '\t', '|', '"', '\n', '\r']);
            let mut parts = parts
                .map(collapsed)
                .filter(|part| !part.is_ascii())
                .peekable();
            parts.peek().is_some() && parts.all(|part| self.cells.contains(&part))
        };
        words.iter().any(is_held)
    }

    fn count(&mut self, cell: &str) {
        for character in cell.chars().filter(|character| !character.is_ascii()) {
            let usual = usage(self.encoding, character);
            self.common += usize::from(usual == Use::Common);
            self.odd += usize::from(usual == Use::Odd);
            self.all += usize::from(usual != Use::Sign);
        }
    }
}

/// Encodings of East Asia: the ones that compete for the same bytes.
pub(super) fn is_of_two_bytes(encoding: &'static Encoding) -> bool {
    is_gb(encoding) || [BIG5, SHIFT_JIS, EUC_JP, EUC_KR].contains(&encoding)
}

/// GBK is the older part of GB18030, and read as such.
pub(super) fn is_gb(encoding: &'static Encoding) -> bool {
    encoding == GBK || encoding == GB18030
}

/// The tables of these encodings begin with the characters of daily use, and go on with the rarer ones.
fn usage(encoding: &'static Encoding, character: char) -> Use {
    let mut text = [0; 4];
    let text = character.encode_utf8(&mut text);
    let rows = |common: std::ops::RangeInclusive<u8>, rare: std::ops::RangeInclusive<u8>, first| {
        let table = if encoding == SHIFT_JIS {
            EUC_JP
        } else {
            encoding
        };
        match *table.encode(text).0 {
            [lead, trail] if trail >= first && common.contains(&lead) => Use::Common,
            [lead, trail] if trail >= first && rare.contains(&lead) => Use::Rare,
            [0xA1..=0xA3, trail] if trail >= first => Use::Sign,
            _ => Use::Odd,
        }
    };
    let is_kana = ('\u{3041}'..='\u{30FF}').contains(&character);
    if is_gb(encoding) {
        rows(0xB0..=0xD7, 0xD8..=0xF7, 0xA1)
    } else if encoding == BIG5 {
        rows(0xA4..=0xC6, 0xC9..=0xF9, 0x40)
    } else if encoding == EUC_KR {
        rows(0xB0..=0xC8, 0xCA..=0xFD, 0xA1)
    } else if encoding != EUC_JP && encoding != SHIFT_JIS {
        // One byte, one character: whatever it is, the table says nothing of its use.
        if character.is_alphabetic() {
            Use::Rare
        } else {
            Use::Sign
        }
    } else if is_kana {
        Use::Common
    } else {
        rows(0xB0..=0xCF, 0xD0..=0xF4, 0xA1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_words_are_usual_in_their_own_encoding_only() {
        for words in ["早,中,晚,休", "白,夜", "优,良,差", "张三"] {
            let bytes = GBK.encode(words).0;
            let own = Reading::new(GB18030, &bytes);
            assert!(own.is_usual(), "{words}");
            for other in [BIG5, SHIFT_JIS, EUC_KR] {
                let read = Reading::new(other, &bytes);
                assert!(!read.is_as_usual_as(&own), "{words} in {other:?}");
            }
        }
        for (encoding, words) in [
            (BIG5, "早,中,晚,休"),
            (BIG5, "陳怡君,林志明"),
            (SHIFT_JIS, "田中さん,早,遅"),
        ] {
            let bytes = encoding.encode(words).0;
            assert!(Reading::new(encoding, &bytes).is_usual(), "{words}");
            assert!(!Reading::new(GB18030, &bytes).is_usual(), "{words}");
        }
    }

    #[test]
    fn a_word_of_the_job_is_a_whole_cell_and_a_joined_title_is_found_by_its_parts() {
        let read = Reading::new(GB18030, &GBK.encode("工号,考勤\n,迟到 \n").0);
        let holds = |word: &str| read.holds_one_of(&[word.to_owned()]);
        assert!(holds("工号") && holds("考勤/迟到") && holds("迟到"));
        assert!(!holds("工") && !holds("考勤/早退") && !holds("user_id") && !holds(""));
    }
}
