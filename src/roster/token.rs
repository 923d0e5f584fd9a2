//! The text of a cell as numbers, words and signs: what people and keyboards write in several ways reads the same here.
//!
//! Spaces and line ends only part the tokens, so digits that stand apart never become one number. Nothing here knows what a
//! day is.

use jiff::civil::Weekday;

use crate::full_width::ordinary;

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A run of digits and how many there are; zeros in front count.
    Number { value: u32, digits: usize },
    /// A number in Chinese characters: `九`, `十二`, `二〇二六`.
    Numeral(u32),
    /// A run of Latin letters.
    Word(Word),
    /// Any other character.
    Sign(char),
}

/// The Latin words that mean something around days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Weekday(Weekday),
    Month(i8),
    To,
    Other,
}

/// Longer numbers are ids, not days.
const DIGITS_MAX: usize = 8;

/// Reads a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().map(usual).collect();
    let mut tokens = Vec::new();
    let mut rest = characters.as_slice();
    while let Some(first) = rest.first() {
        let (token, length) = next(*first, rest);
        tokens.extend(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// The token at the beginning of the text, none for a space, and how many characters it takes.
fn next(first: char, rest: &[char]) -> (Option<Token>, usize) {
    if first.is_whitespace() {
        return (None, 1);
    }
    if first.is_ascii_digit() {
        let digits = run(rest, |character| character.is_ascii_digit());
        let value = digits.iter().collect::<String>().parse().unwrap_or(0);
        let value = if digits.len() > DIGITS_MAX { 0 } else { value };
        let digits = digits.len();
        return (Some(Token::Number { value, digits }), digits);
    }
    if first.is_ascii_alphabetic() {
        let letters = run(rest, |character| character.is_ascii_alphabetic());
        let word: String = letters.iter().collect();
        return (
            Some(Token::Word(meaning(&word.to_ascii_lowercase()))),
            letters.len(),
        );
    }
    let characters = run(rest, |character| {
        character == '十' || digit(character).is_some()
    });
    match numeral(characters) {
        Some(value) => (Some(Token::Numeral(value)), characters.len()),
        None => (Some(Token::Sign(first)), 1),
    }
}

/// The characters of a text in their usual form, with single spaces and none around them.
pub(super) fn usual_text(text: &str) -> String {
    let usual: String = text.chars().map(usual).collect();
    usual.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One way of writing for what keyboards and spreadsheets write in several: full-width forms, dashes, brackets.
fn usual(character: char) -> char {
    match ordinary(character) {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '〜' | '∼' => '~',
        '[' | '【' | '〔' | '「' => '(',
        ']' | '】' | '〕' | '」' => ')',
        '、' => ',',
        '號' => '号',
        '週' => '周',
        '禮' => '礼',
        // A zero-width space and a byte order mark are seen by nobody.
        '\u{200b}' | '\u{feff}' => ' ',
        other => other,
    }
}

fn run(characters: &[char], belongs: impl Fn(char) -> bool) -> &[char] {
    let end = characters
        .iter()
        .position(|character| !belongs(*character))
        .unwrap_or(characters.len());
    characters.get(..end).unwrap_or_default()
}

fn meaning(word: &str) -> Word {
    match word {
        "mon" | "monday" => Word::Weekday(Weekday::Monday),
        "tue" | "tues" | "tuesday" => Word::Weekday(Weekday::Tuesday),
        "wed" | "weds" | "wednesday" => Word::Weekday(Weekday::Wednesday),
        "thu" | "thur" | "thurs" | "thursday" => Word::Weekday(Weekday::Thursday),
        "fri" | "friday" => Word::Weekday(Weekday::Friday),
        "sat" | "saturday" => Word::Weekday(Weekday::Saturday),
        "sun" | "sunday" => Word::Weekday(Weekday::Sunday),
        "jan" | "january" => Word::Month(1),
        "feb" | "february" => Word::Month(2),
        "mar" | "march" => Word::Month(3),
        "apr" | "april" => Word::Month(4),
        "may" => Word::Month(5),
        "jun" | "june" => Word::Month(6),
        "jul" | "july" => Word::Month(7),
        "aug" | "august" => Word::Month(8),
        "sep" | "sept" | "september" => Word::Month(9),
        "oct" | "october" => Word::Month(10),
        "nov" | "november" => Word::Month(11),
        "dec" | "december" => Word::Month(12),
        "to" => Word::To,
        _ => Word::Other,
    }
}

/// Up to 99 by tens and ones, and years by their four digits; none for anything else.
fn numeral(characters: &[char]) -> Option<u32> {
    match characters {
        ['十'] => Some(10),
        ['十', ones] => Some(10 + digit(*ones)?),
        [tens, '十'] => Some(10 * digit(*tens)?),
        [tens, '十', ones] => Some(10 * digit(*tens)? + digit(*ones)?),
        [one] => digit(*one),
        [_, _, _, _] => characters
            .iter()
            .try_fold(0, |value, character| Some(value * 10 + digit(*character)?)),
        _ => None,
    }
}

fn digit(character: char) -> Option<u32> {
    match character {
        '〇' | '零' | '○' => Some(0),
        '一' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_several_ways_reads_the_same() {
        for (one, other) in [
            ("１２月０１日（周一）", "12月01日(周一)"),
            ("12–01\n週一", "12-01 周一"),
            ("１\u{3000}【一】", "1(一)"),
            ("\u{feff}2026 年 9 月", "2026年9月"),
            ("3號 禮拜三", "3号礼拜三"),
            ("Sept", "september"),
        ] {
            assert_eq!(tokens(one), tokens(other), "{one}");
        }
    }

    #[test]
    fn numbers_that_stand_apart_stay_apart() {
        let number = |value, digits| Token::Number { value, digits };
        assert_eq!(tokens("1 2"), [number(1, 1), number(2, 1)]);
        assert_eq!(tokens("02"), [number(2, 2)]);
        assert_eq!(tokens("6753520403404030215"), [number(0, 19)]);
    }

    #[test]
    fn chinese_numbers_are_read_as_far_as_months_and_years_go() {
        for (text, value) in [
            ("九", 9),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("三十一", 31),
            ("二〇二六", 2026),
            ("二零二六", 2026),
        ] {
            assert_eq!(tokens(text), [Token::Numeral(value)], "{text}");
        }
        assert_eq!(
            tokens("一二"),
            [Token::Sign('一'), Token::Numeral(2)],
            "not a number anybody writes"
        );
    }
}
