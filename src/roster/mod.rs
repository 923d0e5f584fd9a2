//! A roster has people down and days across: which columns are days, and which date each of them is.
//!
//! A wrong date means that somebody is paid wrongly, so nothing is guessed. The month has to be said by the job, above the table,
//! by the sheet's name or by the titles; all that say it must agree, the days must ascend, and each weekday in the sheet must be
//! the weekday of its date. What is left open or contradicts itself refuses the file. There is no clock here, and neither jobs
//! nor files are known.

mod among_rows;
mod cell_date;
mod evidence;
mod month;
mod order;
mod pattern;
mod period;
mod said;
mod sheet_month;
#[cfg(test)]
mod tests;
mod title;
mod token;
mod week;
mod weekday;
mod weekday_check;

use jiff::civil::Date;

use crate::error::Refusal;
use crate::model::{Columns, Head};
use crate::shown::one_line;
use crate::text::Text;

use month::YEARS;
use order::check_order;
use pattern::Pattern;
use period::{DayOfMonth, Frame};
use title::{DayColumn, Form, RUN_MIN};
use weekday_check::Said;

pub use among_rows::{is_header_of_days, is_other_weekday, is_run_of_days, says_other_month};
pub use cell_date::{CellDate, cell_date};
pub use month::{Lacking, YearMonth, date_text, months_in_words, parse_date};
pub use said::SaidMonth;
pub use sheet_month::{SheetMonth, sheet_month};
pub use weekday::date_in_words;
pub use weekday::is_weekdays;

/// What a job says of the days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRule {
    /// The month in which the period ends, if the job or `--set month=` says it.
    pub month: Option<YearMonth>,
    /// First day of the period, 1 to 28: 1 for calendar months, 26 for the 26th of the month before to the 25th.
    pub first_day: i8,
    /// The form of a day's title where it is none of the usual ones, such as `第{day}天` or `{month}.{day}班`.
    /// The placeholders are `{day}`, `{month}` and `{year}`. Titles of other forms are no days then.
    pub pattern: Option<String>,
}

impl Default for DayRule {
    fn default() -> Self {
        Self {
            month: None,
            first_day: 1,
            pattern: None,
        }
    }
}

/// The days of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The columns that are days, in their order.
    pub days: Vec<Day>,
    /// First and last day: of the period where the month is known, else of the days themselves.
    pub period: Option<(Date, Date)>,
    /// The month in which the period ends, `yyyyMM`, where the days are laid into one.
    pub month: Option<String>,
    /// How the dates are known, for a notice: "the month 202609 (September 2026) is known by the title …".
    pub known_by: Text,
    /// Days between the first and the last that have no column, in words.
    pub without_column: Option<Text>,
}

/// A column that is a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Its position among the input's own columns.
    pub column: usize,
    /// Its date; none where the month lacks the day, such as 31 in June: then its cells must be empty.
    pub date: Option<Date>,
    /// The column's title as it stands in the file.
    pub title: String,
    /// The day that the month lacks, where there is no date.
    pub lacking: Option<Lacking>,
}

/// Finds the days among the candidates, which are the columns that the job does not use otherwise. A candidate whose title is no
/// day's is not in the calendar.
pub fn calendar(
    columns: &Columns,
    head: &Head,
    candidates: &[usize],
    rule: &DayRule,
) -> Result<Calendar, Refusal> {
    let pattern = checked(rule)?;
    let days = title::select(columns, candidates, pattern.as_ref());
    if days.is_empty() {
        let week = week::select(columns, candidates);
        if week.is_empty() || pattern.is_some() {
            return Err(no_days(columns, candidates, rule));
        }
        let (days, placed, frame) = week::place(&week, head, rule)?;
        return Ok(calendar_of(&days, &placed, &frame, rule));
    }
    let weekdays = weekday_check::weekdays(&days, head);
    check_numbers(&days, &weekdays)?;
    let frame = Frame::new(&days, head, rule)?;
    let placed = frame.place(&days, rule)?;
    check_order(&days, &placed, &frame, rule)?;
    weekday_check::check(&days, &placed, &weekdays, &frame, rule)?;
    Ok(calendar_of(&days, &placed, &frame, rule))
}

fn calendar_of(
    days: &[DayColumn<'_>],
    placed: &[DayOfMonth],
    frame: &Frame,
    rule: &DayRule,
) -> Calendar {
    let days: Vec<Day> = days
        .iter()
        .zip(placed)
        .map(|(day, placed)| dated(day, *placed))
        .collect();
    let dates = || days.iter().filter_map(|day| day.date);
    let period = match frame {
        Frame::Month { month, .. } => month.period(rule.first_day),
        Frame::Week { first, last, .. } => Some((*first, *last)),
        Frame::FullDates => dates().min().zip(dates().max()),
    };
    Calendar {
        known_by: match period.filter(|_| *frame == Frame::FullDates) {
            Some((first, last)) => text!(
                "{known_by} ({months})",
                known_by = frame.known_by(),
                months = months_of(first, last)
            ),
            None => frame.known_by(),
        },
        month: match frame {
            Frame::Month { month, .. } => Some(month.to_string()),
            Frame::Week { .. } | Frame::FullDates => None,
        },
        without_column: order::without_column(&days),
        days,
        period,
    }
}

/// Which of the candidates have a day's title, in their order and without a date: for a failure report that is read again, whose
/// lines carry their own dates, and for a file without a job. None if the pattern cannot be read, which [`calendar`] refuses.
#[must_use]
pub fn day_columns(columns: &Columns, candidates: &[usize], rule: &DayRule) -> Vec<usize> {
    let Ok(pattern) = checked(rule) else {
        return Vec::new();
    };
    let days = title::select(columns, candidates, pattern.as_ref());
    if days.is_empty() && pattern.is_none() {
        let week = week::select(columns, candidates);
        return week.iter().map(|day| day.column).collect();
    }
    days.iter().map(|day| day.column).collect()
}

/// The rule's pattern, if the rule can be meant at all.
fn checked(rule: &DayRule) -> Result<Option<Pattern>, Refusal> {
    if !(1..=28).contains(&rule.first_day) {
        return Err(Refusal::new(
            "job.first-day",
            text!(
                "first_day must be 1 to 28, it is {first_day}",
                first_day = rule.first_day
            ),
        )
        .because(text!("each month has these days")));
    }
    if let Some(month) = rule.month
        && YearMonth::new(month.year, month.month).is_none()
    {
        return Err(Refusal::new(
            "job.month",
            text!(
                "the month {month} is not one of the years {first} to {last}",
                month,
                first = YEARS.start(),
                last = YEARS.end()
            ),
        )
        .hint(text!("write the month as yyyyMM, such as 202609")));
    }
    let Some(text) = &rule.pattern else {
        return Ok(None);
    };
    Pattern::parse(text).map(Some).map_err(|why| {
        Refusal::new(
            "job.pattern",
            text!("the pattern `{pattern}` {why}", pattern = shown(text), why),
        )
        .hint(text!(
            "write the title as it stands, with {{day}} for the number: pattern = \"第{{day}}天\""
        ))
    })
}

/// The months of a period. The header of a sheet may show 9/1 for a day of any year.
fn months_of(first: Date, last: Date) -> Text {
    if let (Some(first), Some(last)) = (YearMonth::of(first), YearMonth::of(last)) {
        months_in_words(first, last)
    } else {
        text!("{first} to {last}", first, last)
    }
}

fn no_days(columns: &Columns, candidates: &[usize], rule: &DayRule) -> Refusal {
    let titles = || candidates.iter().filter_map(|at| columns.names().get(*at));
    let quoted: Vec<String> = titles()
        .take(TITLES_SHOWN_MAX)
        .map(|title| format!("`{}`", shown(title)))
        .collect();
    let refusal = Refusal::new("roster.no-days", text!("no column has a day as its title"));
    let refusal = match (
        quoted.join(", "),
        candidates.len().saturating_sub(quoted.len()),
    ) {
        _ if quoted.is_empty() => refusal.because(text!("the job uses all columns otherwise")),
        (quoted, 0) => refusal.because(text!("columns: {titles}", titles = quoted)),
        (quoted, more) => refusal.because(text!(
            "columns: {titles} and {more} more",
            titles = quoted,
            more
        )),
    };
    if titles().any(|title| Form::of_known(title) == Form::Dotted) {
        return refusal
            .because(text!("titles such as `9.1` are days only if all are, at least {count}, one day after the other", count = RUN_MIN))
            .because(text!("a cell that holds the number 9.10 shows `9.1`"))
            .hint(text!("write the days as text: `9月1日`, `9月10日`"));
    }
    refusal.hint(if let Some(pattern) = &rule.pattern { text!(
        "correct `pattern` in [input.unpivot] of the job, it is `{pattern}`",
        pattern = shown(pattern)
    ) } else { text!("if days are written in another way, say how in [input.unpivot] of the job, such as pattern = \"第{{day}}天\"") })
}

/// How many titles a refusal shows: enough to know the file by.
const TITLES_SHOWN_MAX: usize = 10;

/// One or two columns with nothing but numbers for titles may be anything; to pass over them might lose a day.
fn check_numbers(days: &[DayColumn<'_>], weekdays: &[Said<'_>]) -> Result<(), Refusal> {
    if days.len() >= RUN_MIN {
        return Ok(());
    }
    for (at, day) in days.iter().enumerate() {
        let has_weekday = weekdays.iter().any(|said| said.day == at);
        if day.title.form == Form::Number && !has_weekday {
            return Err(Refusal::new(
                "roster.day-or-number",
                text!(
                    "the column `{title}` may be a day or something else",
                    title = shown(day.text)
                ),
            )
            .because(text!(
                "numbers are read as days only if there are at least {count} columns of days",
                count = RUN_MIN
            ))
            .hint(if day.title.named.year.is_none() {
                text!("if it is a day, say in [input.unpivot] of the job: pattern = \"{{day}}\"")
            } else {
                text!("if it is a day, write its title as a date, such as 2026-09-01")
            }));
        }
    }
    Ok(())
}

fn dated(day: &DayColumn<'_>, placed: DayOfMonth) -> Day {
    Day {
        column: day.column,
        date: placed.date(),
        title: day.text.to_owned(),
        lacking: Lacking::new(placed.month, placed.day),
    }
}

/// A text of the file on one line of a message.
fn shown(text: &str) -> String {
    one_line(text, SHOWN_CHARS_MAX)
}

/// How many characters of a cell a message shows.
const SHOWN_CHARS_MAX: usize = 40;
