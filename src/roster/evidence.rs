//! What the surroundings of a table say of its month: the lines above it and the sheet's name.
//!
//! A month is evidence, with its year or without, and so is a range of two days. A single day is none: it may be the day on
//! which the table was made. Nor is a month above the table that is about something else. Whether the pieces agree is not judged
//! here.

mod relevance;

use std::ops::Range;

use jiff::civil::Date;

use crate::model::Head;
use crate::text::Text;

use super::month::YearMonth;
use super::shown;
use super::title::{Named, date_of_digits, day_of, month_of, year_of};
use super::token::{Token, Word, tokens};

/// One piece of evidence and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evidence {
    /// For a sentence: "the sheet's name `九月`".
    pub place: Text,
    pub says: Says,
}

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// The month in which the period ends.
    Month(YearMonth),
    /// The same without its year.
    MonthOnly(i8),
    /// The number 2026.1, by which a cell may show January or October: 2026.10 shows the same.
    Either(YearMonth, YearMonth),
    /// Days that do not lie in one period; their year may be unsaid.
    Range(Date, Date, Year),
}

/// Whether the year of a range is said, or stands in for an unsaid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    Said,
    Unsaid,
}

/// A month, a day or a range in a text.
#[derive(Debug)]
struct Mention {
    /// The tokens it takes.
    place: Range<usize>,
    /// None for a single day and for a range that is no period.
    says: Option<Says>,
}

/// A month or a day found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub year: Option<i16>,
    pub month: Option<i8>,
    pub day: Option<i8>,
}

/// A longer range is no period: a contract's term, a year.
const RANGE_DAYS_MAX: i64 = 31;

/// Longer texts are remarks; only their beginning is looked at.
const TEXT_CHARS_MAX: usize = 500;

/// Characters after which `一月` is no January: 周一月报, 星期一, 礼拜一, 统一月份, 第一月.
const NO_MONTH_AFTER: [char; 5] = ['周', '期', '拜', '统', '第'];

/// All evidence around the table, in the order in which it counts.
pub(super) fn around(head: &Head, first_day: i8) -> Vec<Evidence> {
    let mut found = Vec::new();
    for cell in head.above.iter().flatten() {
        let says = decimal(cell).map_or_else(|| in_line_above(cell, first_day), |says| vec![says]);
        found.extend(says.into_iter().map(|says| Evidence {
            place: text!("the title `{title}`", title = shown(cell)),
            says,
        }));
    }
    if let Some(sheet) = &head.sheet {
        let says = in_short_name(sheet).chain(in_text(sheet, first_day));
        found.extend(says.map(|says| Evidence {
            place: text!("the sheet's name `{name}`", name = shown(sheet)),
            says,
        }));
    }
    found
}

/// What the name of a file says, without its extension.
pub(super) fn in_file_name(stem: &str) -> Vec<Evidence> {
    let says = in_short_name(stem).chain(in_text(stem, 1));
    says.map(|says| Evidence {
        place: text!("the file's name `{name}`", name = shown(stem)),
        says,
    })
    .collect()
}

/// `2026.1` alone in a cell. A spreadsheet keeps it as a number, which shows the same for the tenth month.
fn decimal(cell: &str) -> Option<Says> {
    let [
        year @ Token::Number { .. },
        Token::Sign('.'),
        Token::Number {
            value: 1,
            digits: 1,
        },
    ] = *tokens(beginning(cell)).as_slice()
    else {
        return None;
    };
    let month = |month| YearMonth::new(year_of(year)?, month);
    Some(Says::Either(month(1)?, month(10)?))
}

/// What only the short name of a sheet or a file may say: `202609`, `Sep`.
fn in_short_name(name: &str) -> impl Iterator<Item = Says> {
    let all = tokens(name);
    let is_word = all.len() == 1;
    all.into_iter().filter_map(move |token| match token {
        Token::Number { value, digits: 6 } => {
            YearMonth::parse(&format!("{value:06}")).map(Says::Month)
        }
        Token::Word(Word::Month(month)) if is_word => Some(Says::MonthOnly(month)),
        Token::Number { .. } | Token::Numeral(_) | Token::Word(_) | Token::Sign(_) => None,
    })
}

/// The months and ranges of a text.
fn in_text(text: &str, first_day: i8) -> impl Iterator<Item = Says> {
    let found = found(&tokens(beginning(text)), first_day);
    found.into_iter().filter_map(|found| found.says)
}

/// The months and ranges of a text above the table that are its period.
pub(super) fn in_line_above(text: &str, first_day: i8) -> Vec<Says> {
    let text = beginning(text);
    let all = tokens(text);
    relevance::of_table(text, &all, &found(&all, first_day))
}

fn beginning(text: &str) -> &str {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// The months, days and ranges among the tokens.
fn found(all: &[Token], first_day: i8) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = all.get(at..).filter(|rest| !rest.is_empty()) {
        let before = at.checked_sub(1).and_then(|before| all.get(before));
        let Some((stamp, length)) = stamp(rest, before) else {
            at += 1;
            continue;
        };
        let start = at;
        at += length;
        let says = match stamp {
            Stamp {
                year,
                month: Some(month),
                day: None,
            } => said(year, month),
            Stamp { month: Some(_), .. } => {
                let rest = all.get(at..).unwrap_or_default();
                other_end(rest).and_then(|(last, length)| {
                    at += length;
                    range(stamp, last, first_day)
                })
            }
            Stamp { month: None, .. } => None,
        };
        found.push(Mention {
            place: start..at,
            says,
        });
    }
    found
}

fn said(year: Option<i16>, month: i8) -> Option<Says> {
    match year {
        Some(year) => YearMonth::new(year, month).map(Says::Month),
        None => Some(Says::MonthOnly(month)),
    }
}

/// The month or day that begins here, and how many tokens it takes.
pub(super) fn stamp(rest: &[Token], before: Option<&Token>) -> Option<(Stamp, usize)> {
    in_chinese(rest, before)
        .or_else(|| with_marks(rest))
        .or_else(|| in_english(rest))
}

/// `2026年9月1日`, `2026年9月`, `26年九月`, `9月1日`, `九月`, `30日`.
fn in_chinese(rest: &[Token], before: Option<&Token>) -> Option<(Stamp, usize)> {
    let (year, month, rest, length) = match rest {
        [year, Token::Sign('年'), month, Token::Sign('月'), rest @ ..] => {
            (Some(year_before_its_sign(*year)?), month, rest, 4)
        }
        [month, Token::Sign('月'), rest @ ..] => (None, month, rest, 2),
        [day, Token::Sign('日' | '号'), ..] => {
            return Some((Stamp::new(None, None, Some(day_of(*day)?)), 2));
        }
        _ => return None,
    };
    let misleads =
        |token: &Token| matches!(token, Token::Sign(sign) if NO_MONTH_AFTER.contains(sign));
    if year.is_none() && matches!(month, Token::Numeral(_)) && before.is_some_and(misleads) {
        return None;
    }
    let month = Some(month_of(*month)?);
    let (day, more) = match rest {
        [day, Token::Sign('日' | '号'), ..] => (day_of(*day), 2),
        // `9月1车间` is a workshop; `9月1` at the end or before a mark is a day.
        [_, Token::Sign(sign), ..] if sign.is_alphabetic() => (None, 0),
        [day, ..] => (day_of(*day), 1),
        [] => (None, 0),
    };
    let more = if day.is_some() { more } else { 0 };
    Some((Stamp::new(year, month, day), length + more))
}

/// `2026`, `26` or `二〇二六`, where `年` follows.
fn year_before_its_sign(token: Token) -> Option<i16> {
    match token {
        Token::Number { value, digits: 2 } => i16::try_from(2000 + value).ok(),
        Token::Number { .. } | Token::Numeral(_) | Token::Word(_) | Token::Sign(_) => {
            year_of(token)
        }
    }
}

/// `2026-09-01`, `2026/9`, `20260901`.
fn with_marks(rest: &[Token]) -> Option<(Stamp, usize)> {
    match rest {
        [Token::Number { value, digits: 8 }, ..] => {
            let Named { year, month, day } = date_of_digits(*value)?;
            Some((Stamp::new(year, month, Some(day)), 1))
        }
        [
            year,
            Token::Sign(one @ ('-' | '/' | '.')),
            month,
            Token::Sign(other),
            day,
            ..,
        ] if one == other && matches!(day, Token::Number { digits: 1 | 2, .. }) => Some((
            Stamp::new(
                Some(year_of(*year)?),
                Some(month_of(*month)?),
                Some(day_of(*day)?),
            ),
            5,
        )),
        [
            year @ Token::Number { .. },
            Token::Sign('-' | '/' | '.'),
            month @ Token::Number { .. },
            ..,
        ] => Some((
            Stamp::new(Some(year_of(*year)?), Some(month_of(*month)?), None),
            3,
        )),
        _ => None,
    }
}

/// `September 2026`, `Sep. 2026`, `2026 Sep`, `1 Sep 2026`. A month alone may be a word: `may`.
fn in_english(rest: &[Token]) -> Option<(Stamp, usize)> {
    let stamp = |year: &Token, month, day: Option<&Token>| {
        let day = match day {
            Some(day) => Some(day_of(*day)?),
            None => None,
        };
        Some(Stamp::new(Some(year_of(*year)?), Some(month), day))
    };
    match rest {
        [
            day @ Token::Number { digits: 1 | 2, .. },
            Token::Word(Word::Month(month)),
            year,
            ..,
        ] => Some((stamp(year, *month, Some(day))?, 3)),
        [
            Token::Word(Word::Month(month)),
            day @ Token::Number { digits: 1 | 2, .. },
            Token::Sign(','),
            year,
            ..,
        ] => Some((stamp(year, *month, Some(day))?, 4)),
        [
            Token::Word(Word::Month(month)),
            Token::Sign('.' | '-' | '/' | ','),
            year,
            ..,
        ] => Some((stamp(year, *month, None)?, 3)),
        [Token::Word(Word::Month(month)), year, ..] => Some((stamp(year, *month, None)?, 2)),
        [
            _,
            Token::Word(Word::Month(_)),
            Token::Number { digits: 1 | 2, .. },
            ..,
        ] => None,
        [year, Token::Word(Word::Month(month)), ..] => Some((stamp(year, *month, None)?, 2)),
        _ => None,
    }
}

/// The second day of a range after the mark between them, and how many tokens both take. It may leave out its year and month.
pub(super) fn other_end(rest: &[Token]) -> Option<(Stamp, usize)> {
    let is_mark = |token: &Token| {
        matches!(
            token,
            Token::Sign('-' | '~' | '至' | '到') | Token::Word(Word::To)
        )
    };
    // A Chinese dash is two characters.
    let (marks, rest) = match rest {
        [one, other, rest @ ..] if is_mark(one) && is_mark(other) => (2, rest),
        [one, rest @ ..] if is_mark(one) => (1, rest),
        _ => return None,
    };
    if let Some((stamp, length)) = stamp(rest, None) {
        return stamp.day.is_some().then_some((stamp, length + marks));
    }
    match rest {
        [month, Token::Sign('-' | '/' | '.'), day, ..] => Some((
            Stamp::new(None, Some(month_of(*month)?), Some(day_of(*day)?)),
            3 + marks,
        )),
        _ => None,
    }
}

/// What a range of two days says: their month if they lie in one period.
fn range(first: Stamp, last: Stamp, first_day: i8) -> Option<Says> {
    let (month, month_last) = (first.month?, last.month.or(first.month)?);
    let turns = i16::from(month_last < month);
    // Without a year only the months count: a leap year has all of their days.
    let year = first
        .year
        .or(last.year.map(|year| year - turns))
        .unwrap_or(2000);
    let year_last = last.year.unwrap_or(year + turns);
    let start = Date::new(year, month, first.day?).ok()?;
    let end = Date::new(year_last, month_last, last.day?).ok()?;
    let days = end.duration_since(start).as_hours() / 24 + 1;
    if !(1..=RANGE_DAYS_MAX).contains(&days) {
        return None;
    }
    let said = match (first.year, last.year) {
        (None, None) => Year::Unsaid,
        _ => Year::Said,
    };
    let of = |date: Date| {
        YearMonth::new(date.year(), date.month())
            .map(|month| month.of_period(date.day(), first_day))
    };
    let (month, month_last) = (of(start)?, of(end)?);
    Some(match said {
        _ if month != month_last => Says::Range(start, end, said),
        Year::Said => Says::Month(month),
        Year::Unsaid => Says::MonthOnly(month.month),
    })
}

impl Stamp {
    pub(super) fn new(year: Option<i16>, month: Option<i8>, day: Option<i8>) -> Self {
        Self { year, month, day }
    }
}

#[cfg(test)]
mod tests;
