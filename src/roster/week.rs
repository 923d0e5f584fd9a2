//! A week: columns that are titled with weekdays, and the dates of the week said above the table or by the sheet's name.
//!
//! A weekday alone is no date. The range must be said, it must be one week, and each weekday must be in it; a week's number says
//! nothing, as weeks are counted in several ways.

use jiff::civil::{Date, Weekday};

use crate::error::{Ask, Refusal};
use crate::model::{Columns, Head};
use crate::text::Text;

use super::evidence::{Evidence, Says, Stamp, around, other_end, stamp};
use super::month::YearMonth;
use super::order::check_order;
use super::period::{DayOfMonth, Frame, JOB, contradiction};
use super::title::{DayColumn, Form, Named, Title, day_of, month_of, year_of};
use super::token::{Token, tokens};
use super::weekday::{in_cell, name};
use super::{DayRule, shown};

/// Fewest columns of weekdays that are a week: one alone may be a remark.
const COLUMNS_MIN: usize = 2;

/// A column whose title is a weekday.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeekColumn<'a> {
    pub column: usize,
    pub text: &'a str,
    pub weekday: Weekday,
}

/// A range of days and where it stands.
#[derive(Debug, Clone)]
struct Said {
    place: Text,
    /// What is written: a month and a day at both ends, a year at either or none.
    first: Stamp,
    last: Stamp,
    /// A year elsewhere in the same cell: `2026年第37周（9.7-9.13）`.
    year: Option<i16>,
}

/// The candidates whose titles are weekdays; none if they are too few for a week.
pub(super) fn select<'a>(columns: &'a Columns, candidates: &[usize]) -> Vec<WeekColumn<'a>> {
    let weekday = |column: &usize| {
        let text = columns.names().get(*column)?.as_str();
        let weekday = in_cell(text)?;
        Some(WeekColumn {
            column: *column,
            text,
            weekday,
        })
    };
    let found: Vec<WeekColumn<'a>> = candidates.iter().filter_map(weekday).collect();
    if found.len() < COLUMNS_MIN {
        return Vec::new();
    }
    found
}

/// The columns as days, each with its place, and where the week is said.
pub(super) fn place<'a>(
    columns: &[WeekColumn<'a>],
    head: &Head,
    rule: &DayRule,
) -> Result<(Vec<DayColumn<'a>>, Vec<DayOfMonth>, Frame), Refusal> {
    let said = said(head);
    let Some(one) = said.first() else {
        return Err(unknown(columns));
    };
    let evidence = evidence(head, rule);
    let (first, last) = dates(one, &evidence)?;
    for other in said.iter().skip(1) {
        let (other_first, other_last) = dates(other, &evidence)?;
        if (first, last) != (other_first, other_last) {
            return Err(Refusal::new(
                "roster.week-contradicts",
                text!("{one} says {first} to {last}, {other} says {other_first} to {other_last}: which week is meant?", one = one.place, first, last, other = other.place, other_first, other_last),
            )
            .hint(text!("correct the one that is wrong in the file")));
        }
    }
    let frame = Frame::Week {
        first,
        last,
        place: one.place.clone(),
    };
    let mut days = Vec::new();
    let mut placed = Vec::new();
    for column in columns {
        let Some((date, of)) = in_week(column.weekday, first, last) else {
            return Err(Refusal::new(
                "roster.week",
                text!("the column `{title}` is not in the week {first} to {last}: there is no {weekday} in it", title = shown(column.text), first, last, weekday = name(column.weekday)),
            )
            .because(frame.known_by())
            .hint(text!("correct the dates of the week, or the titles of the columns")));
        };
        placed.push(DayOfMonth {
            month: of,
            day: date.day(),
        });
        days.push(day(column, date));
    }
    check_order(&days, &placed, &frame, rule)?;
    Ok((days, placed, frame))
}

fn in_week(weekday: Weekday, first: Date, last: Date) -> Option<(Date, YearMonth)> {
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
    let date = days
        .take_while(|day| *day <= last)
        .find(|day| day.weekday() == weekday)?;
    Some((date, YearMonth::of(date)?))
}

fn day<'a>(column: &WeekColumn<'a>, date: Date) -> DayColumn<'a> {
    DayColumn {
        column: column.column,
        text: column.text,
        title: Title {
            named: Named {
                year: Some(date.year()),
                month: Some(date.month()),
                day: date.day(),
            },
            form: Form::Clear,
            weekday: Some(column.weekday),
        },
    }
}

/// What the job and the surroundings say of the month.
fn evidence(head: &Head, rule: &DayRule) -> Vec<Evidence> {
    let of_job = rule.month.map(|month| Evidence {
        place: JOB,
        says: Says::Month(month),
    });
    of_job.into_iter().chain(around(head, 1)).collect()
}

/// The dates of a range: its year is its own, or that of the month that is said elsewhere, or one that stands beside it.
fn dates(said: &Said, evidence: &[Evidence]) -> Result<(Date, Date), Refusal> {
    let written = || {
        Refusal::new(
            "roster.week",
            text!("{place} is not one week", place = said.place),
        )
        .because(text!(
            "a week has at most 7 days, from its first day to its last"
        ))
        .hint(text!(
            "write the first and the last day of the week, such as 2026年9月7日-9月13日"
        ))
    };
    let (Some(month), Some(day), Some(day_last)) =
        (said.first.month, said.first.day, said.last.day)
    else {
        return Err(written());
    };
    let month_last = said.last.month.unwrap_or(month);
    let turns = i16::from(month_last < month);
    let of_first = said.first.year.or(said.last.year.map(|year| year - turns));
    let year = match of_first.or_else(|| of_months(month, month_last, turns, evidence)) {
        Some(year) => year,
        None if turns == 0 => said.year.ok_or_else(|| year_unknown(said))?,
        None => return Err(year_unknown(said)),
    };
    let year_last = said.last.year.unwrap_or(year + turns);
    let (Ok(first), Ok(last)) = (
        Date::new(year, month, day),
        Date::new(year_last, month_last, day_last),
    ) else {
        return Err(written());
    };
    let days = last.duration_since(first).as_hours() / 24 + 1;
    if !(1..=7).contains(&days) {
        return Err(written());
    }
    let fits = |piece: &&Evidence| {
        [first, last]
            .into_iter()
            .filter_map(YearMonth::of)
            .any(|month| match piece.says {
                Says::Month(said) => said == month,
                Says::MonthOnly(said) => said == month.month,
                Says::Either(one, other) => [one, other].contains(&month),
                // The week itself, or a range that holds it; two weeks that differ are refused by the caller.
                Says::Range(..) => true,
            })
    };
    match evidence.iter().find(|piece| !fits(piece)) {
        None => Ok((first, last)),
        Some(other) => {
            let week = Evidence {
                place: said.place.clone(),
                says: Says::Range(first, last, super::evidence::Year::Said),
            };
            let (one, other) = if other.place == JOB {
                (other, &week)
            } else {
                (&week, other)
            };
            Err(contradiction(one, other))
        }
    }
}

/// The year of the first day, from a month that is said with its year and is one of the two.
fn of_months(first: i8, last: i8, turns: i16, evidence: &[Evidence]) -> Option<i16> {
    evidence.iter().find_map(|piece| match piece.says {
        Says::Month(said) if said.month == first => Some(said.year),
        Says::Month(said) if said.month == last => Some(said.year - turns),
        Says::Month(_) | Says::MonthOnly(_) | Says::Either(..) | Says::Range(..) => None,
    })
}

/// The ranges above the table and in the sheet's name.
fn said(head: &Head) -> Vec<Said> {
    let titles = head.above.iter().flatten();
    let titles = titles.map(|text| (text!("the title `{title}`", title = shown(text)), text));
    let sheet = head.sheet.iter();
    let sheet = sheet.map(|name| (text!("the sheet's name `{name}`", name = shown(name)), name));
    titles
        .chain(sheet)
        .flat_map(|(place, text)| ranges(&place, text))
        .collect()
}

fn ranges(place: &Text, text: &str) -> Vec<Said> {
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let all = tokens(&text);
    let year = all.windows(2).find_map(|pair| match pair {
        [year, Token::Sign('年')] => year_of(*year),
        _ => None,
    });
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = all.get(at..).filter(|rest| !rest.is_empty()) {
        let range = first_day(rest).and_then(|(first, length)| {
            let (last, more) = other_end(rest.get(length..)?)?;
            Some((first, last, length + more))
        });
        let Some((first, last, length)) = range else {
            at += first_day(rest).map_or(1, |(_, length)| length);
            continue;
        };
        at += length;
        found.push(Said {
            place: place.clone(),
            first,
            last,
            year,
        });
    }
    found
}

/// The first day of a range: as elsewhere, or `9.7` and `9/7`, which before a mark and another day can be nothing else.
fn first_day(rest: &[Token]) -> Option<(Stamp, usize)> {
    match stamp(rest, None) {
        Some((found, length)) => {
            (found.month.is_some() && found.day.is_some()).then_some((found, length))
        }
        None => match rest {
            [
                month @ Token::Number { .. },
                Token::Sign('.' | '/'),
                day @ Token::Number { .. },
                ..,
            ] => {
                let stamp = Stamp::new(None, Some(month_of(*month)?), Some(day_of(*day)?));
                Some((stamp, 3))
            }
            _ => None,
        },
    }
}

/// Longer texts are remarks; only their beginning is looked at.
const TEXT_CHARS_MAX: usize = 500;

fn unknown(columns: &[WeekColumn<'_>]) -> Refusal {
    let titles: Vec<String> = columns
        .iter()
        .map(|column| format!("`{}`", shown(column.text)))
        .collect();
    Refusal::new(
        "roster.week-unknown",
        text!("the columns are weekdays, and nothing says of which week"),
    )
    .because(text!("columns: {titles}", titles = titles.join(", ")))
    .because(text!("a week's number is not enough: weeks are counted in several ways"))
    .hint(text!("write the week's dates above the table, such as 2026年9月7日-9月13日; or title each column with its date"))
}

fn year_unknown(said: &Said) -> Refusal {
    Refusal::new(
        "roster.year-unknown",
        text!("the year of the week is not known: {place} does not say it", place = said.place),
    )
    .hint(text!("write it with the first and the last day, such as 2026年9月7日-2026年9月13日; or say the month: --set month=202609"))
    .ask(Ask::Month { month: None })
}
