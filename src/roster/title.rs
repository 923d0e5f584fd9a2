//! Titles of columns as days: `1`, `12月1日`, `2024-09-01 周日`, and what the job's own pattern says.
//!
//! A title only says what stands in it. Which month a bare `1` belongs to is not known here.

use jiff::Span;
use jiff::civil::{Date, Weekday, date};

use crate::model::Columns;

use super::month::YEARS;
use super::pattern::Pattern;
use super::token::{Token, tokens};
use super::weekday;

/// A day as a title names it. A year never comes without a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub year: Option<i16>,
    pub month: Option<i8>,
    /// 1 to 31: the month may lack it.
    pub day: i8,
}

/// How clearly a title is a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It can hardly be anything else.
    Clear,
    /// Nothing but a number: only several of them are days.
    Number,
    /// `12.1`, which is a decimal too: only a run of days is read so.
    Dotted,
}

impl Form {
    /// The form of a title that is known to be a day. A cell that holds the number 9.10 shows `9.1` all the same.
    pub(super) fn of_known(text: &str) -> Self {
        match tokens(text).as_slice() {
            [Token::Number { .. }, Token::Sign('.'), Token::Number { .. }] => Self::Dotted,
            _ => Self::Clear,
        }
    }
}

/// What a title says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Title {
    pub named: Named,
    pub form: Form,
    pub weekday: Option<Weekday>,
}

/// A column whose title is a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayColumn<'a> {
    /// Its position among the input's own columns.
    pub column: usize,
    /// As it stands in the file.
    pub text: &'a str,
    pub title: Title,
}

/// The shortest run of `12.1`, `12.2`, … that is taken for days.
pub(super) const RUN_MIN: usize = 3;

/// No title of a day is longer, spaces included; longer ones are not looked at.
const TITLE_BYTES_MAX: usize = 96;

/// The candidates whose titles are days, in their order.
pub(super) fn select<'a>(
    columns: &'a Columns,
    candidates: &[usize],
    pattern: Option<&Pattern>,
) -> Vec<DayColumn<'a>> {
    let named = |column: &usize| {
        let text = columns.names().get(*column)?.as_str();
        let title = read(text, pattern)?;
        Some(DayColumn {
            column: *column,
            text,
            title,
        })
    };
    let mut days: Vec<DayColumn<'a>> = candidates.iter().filter_map(named).collect();
    if !is_run_of_dotted(&days) {
        days.retain(|day| day.title.form != Form::Dotted);
    }
    days
}

/// Reads a title; none if it is not a day's.
pub(super) fn read(text: &str, pattern: Option<&Pattern>) -> Option<Title> {
    if text.len() > TITLE_BYTES_MAX {
        return None;
    }
    match pattern {
        Some(pattern) => pattern.read(text),
        None => read_usual(text),
    }
}

fn read_usual(text: &str) -> Option<Title> {
    let all = tokens(text);
    if let Some((named, form)) = day(&all) {
        return Some(Title {
            named,
            form,
            weekday: None,
        });
    }
    (1..all.len()).find_map(|middle| {
        let (before, after) = all.split_at_checked(middle)?;
        let (day, weekday) = match weekday::after_day(after) {
            Some(weekday) if !is_count_of_days(text, after) => {
                (day(without_mark_behind(before)), weekday)
            }
            _ => (
                day(without_mark_before(after)),
                weekday::before_day(before)?,
            ),
        };
        let (named, _) = day?;
        Some(Title {
            named,
            form: Form::Clear,
            weekday: Some(weekday),
        })
    })
}

/// `7天` is seven days; `7 天` is a Sunday.
fn is_count_of_days(text: &str, weekday: &[Token]) -> bool {
    weekday == [Token::Sign('天')]
        && text
            .trim_end()
            .strip_suffix('天')
            .is_some_and(|before| before.ends_with(char::is_numeric))
}

fn without_mark_behind(all: &[Token]) -> &[Token] {
    if let [day @ .., Token::Sign(',' | '/' | '-' | '|')] = all {
        return day;
    }
    all
}

fn without_mark_before(all: &[Token]) -> &[Token] {
    if let [Token::Sign(',' | '/' | '-' | '|' | '.'), day @ ..] = all {
        return day;
    }
    all
}

/// The forms of a day without a weekday.
fn day(all: &[Token]) -> Option<(Named, Form)> {
    let (year, month, day, form) = match all {
        [Token::Number { value, digits }] => return number(*value, *digits),
        [day, Token::Sign('日' | '号')] => (None, None, day, Form::Clear),
        // `9月/1` is a month in the upper line of a header over a day in the lower one.
        [month, Token::Sign('月' | '-' | '/'), day]
        | [month, Token::Sign('月'), Token::Sign('/'), day]
        | [month, Token::Sign('月'), day, Token::Sign('日' | '号')] => {
            (None, Some(month), day, Form::Clear)
        }
        [month, Token::Sign('.'), day] => (None, Some(month), day, Form::Dotted),
        [year, Token::Sign('年'), month, Token::Sign('月'), day]
        | [
            year,
            Token::Sign('年'),
            month,
            Token::Sign('月'),
            Token::Sign('/'),
            day,
        ]
        | [
            year,
            Token::Sign('年'),
            month,
            Token::Sign('月'),
            day,
            Token::Sign('日' | '号'),
        ] => (Some(year), Some(month), day, Form::Clear),
        [year, Token::Sign(one), month, Token::Sign(other), day]
            if one == other && ['-', '/', '.'].contains(one) =>
        {
            (Some(year), Some(month), day, Form::Clear)
        }
        _ => return None,
    };
    let year = match year {
        Some(token) => Some(year_of(*token)?),
        None => None,
    };
    let month = match month {
        Some(token) => Some(month_of(*token)?),
        None => None,
    };
    let day = day_of(*day)?;
    Some((Named { year, month, day }, form))
}

/// `1`, `20240901`, and the numbers by which spreadsheets count days.
fn number(value: u32, digits: usize) -> Option<(Named, Form)> {
    match digits {
        1 | 2 => {
            let day = day_of(Token::Number { value, digits })?;
            let named = Named {
                year: None,
                month: None,
                day,
            };
            Some((named, Form::Number))
        }
        5 => {
            let date = date_of_serial(value)?;
            Some((Named::full(date), Form::Number))
        }
        8 => Some((date_of_digits(value)?, Form::Clear)),
        _ => None,
    }
}

impl Named {
    fn full(date: Date) -> Self {
        Self {
            year: Some(date.year()),
            month: Some(date.month()),
            day: date.day(),
        }
    }
}

/// The day of a spreadsheet's number in the 1900 epoch, where 1 March 1900 is 61 (ECMA-376 part 1, 18.17.4.1).
fn date_of_serial(serial: u32) -> Option<Date> {
    const DAY_ZERO: Date = date(1899, 12, 30);
    let day = DAY_ZERO
        .checked_add(Span::new().try_days(i64::from(serial)).ok()?)
        .ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

/// `yyyyMMdd`.
pub(super) fn date_of_digits(value: u32) -> Option<Named> {
    let part = |value, digits| Token::Number { value, digits };
    Some(Named {
        year: Some(year_of(part(value / 10_000, 4))?),
        month: Some(month_of(part(value / 100 % 100, 2))?),
        day: day_of(part(value % 100, 2))?,
    })
}

/// A year of four digits.
pub(super) fn year_of(token: Token) -> Option<i16> {
    let value = match token {
        Token::Number { value, digits: 4 } | Token::Numeral(value) => value,
        Token::Number { .. } | Token::Word(_) | Token::Sign(_) => return None,
    };
    i16::try_from(value)
        .ok()
        .filter(|year| YEARS.contains(year))
}

/// A month of one or two digits, or in Chinese.
pub(super) fn month_of(token: Token) -> Option<i8> {
    let value = match token {
        Token::Number {
            value,
            digits: 1 | 2,
        }
        | Token::Numeral(value) => value,
        Token::Number { .. } | Token::Word(_) | Token::Sign(_) => return None,
    };
    i8::try_from(value)
        .ok()
        .filter(|month| (1..=12).contains(month))
}

/// A day of one or two digits.
pub(super) fn day_of(token: Token) -> Option<i8> {
    match token {
        Token::Number {
            value,
            digits: 1 | 2,
        } => i8::try_from(value)
            .ok()
            .filter(|day| (1..=31).contains(day)),
        Token::Number { .. } | Token::Numeral(_) | Token::Word(_) | Token::Sign(_) => None,
    }
}

/// Whether all of the days are written `12.1` and follow each other without a gap, as decimals hardly do. A number cell shows
/// the tenth as `9.1`, and that breaks the run.
fn is_run_of_dotted(days: &[DayColumn<'_>]) -> bool {
    days.len() >= RUN_MIN
        && days.iter().all(|day| day.title.form == Form::Dotted)
        && days.windows(2).all(|pair| match pair {
            [one, next] => follows(one.title.named, next.title.named),
            _ => false,
        })
}

fn follows(one: Named, next: Named) -> bool {
    let (Some(month), Some(month_next)) = (one.month, next.month) else {
        return false;
    };
    if month == month_next {
        next.day == one.day + 1
    } else {
        month_next == month % 12 + 1 && next.day == 1 && one.day >= 28
    }
}
