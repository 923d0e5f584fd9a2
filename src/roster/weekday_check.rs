//! Weekdays against dates: the one check that finds last month's file under this month's name.

use std::collections::BTreeSet;

use jiff::civil::Weekday;

use crate::error::Refusal;
use crate::model::Head;
use crate::text::{Text, Value};

use super::month::YearMonth;
use super::period::{DayOfMonth, Frame, JOB, RIGHT_FILE};
use super::title::DayColumn;
use super::{DayRule, shown, weekday};

/// A weekday that the sheet says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// Which of the days, from 0.
    pub day: usize,
    pub weekday: Weekday,
    /// The cell that says it.
    pub text: &'a str,
}

/// The weekdays in the titles of the days and in the line of weekdays under them.
pub(super) fn weekdays<'a>(days: &[DayColumn<'a>], head: &'a Head) -> Vec<Said<'a>> {
    let mut found = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let said = |weekday, text| Said {
            day: at,
            weekday,
            text,
        };
        found.extend(day.title.weekday.map(|weekday| said(weekday, day.text)));
        let cell = || {
            let position = *head.positions.get(day.column)?;
            head.weekdays.as_ref()?.get(position)
        };
        found.extend(cell().and_then(|cell| Some(said(weekday::in_cell(cell)?, cell.as_str()))));
    }
    found
}

/// Refuses days that are other weekdays than the sheet says. A day that the month lacks has no weekday to be held against.
pub(super) fn check(
    days: &[DayColumn<'_>],
    placed: &[DayOfMonth],
    weekdays: &[Said<'_>],
    frame: &Frame,
    rule: &DayRule,
) -> Result<(), Refusal> {
    let actual = |said: &Said<'_>| Some(placed.get(said.day)?.date()?.weekday());
    let wrong = |said: &&Said<'_>| actual(said).is_some_and(|actual| actual != said.weekday);
    let Some(first) = weekdays.iter().find(wrong) else {
        return Ok(());
    };
    let (Some(day), Some(place), Some(weekday)) =
        (days.get(first.day), placed.get(first.day), actual(first))
    else {
        return Ok(());
    };
    let disagree = count(weekdays.iter().filter(wrong));
    let compared = count(weekdays.iter().filter(|said| actual(said).is_some()));
    let near = near_months(days, weekdays, frame, rule);
    let question = match near.first() {
        Some((question, _)) => Some(question.clone()),
        None if disagree == compared && *frame != Frame::FullDates => {
            Some(text!("is this another month's file?"))
        }
        None => None,
    };
    let differs = text!(
        "{day} is a {weekday}, the sheet says {said}",
        day = place.in_chinese(),
        weekday = weekday::name(weekday),
        said = weekday::in_words_of(first.text, first.weekday)
    );
    let refusal = Refusal::new(
        "roster.weekdays",
        match question {
            Some(question) => text!("{differs}: {question}", differs, question),
            None => differs,
        },
    )
    .because(text!(
        "column `{title}`; {known_by}",
        title = shown(day.text),
        known_by = frame.known_by()
    ))
    .because(if disagree == 1 {
        text!("1 of {compared} days disagrees", compared)
    } else {
        text!("{disagree} of {compared} days disagree", disagree, compared)
    });
    let refusal = match near.as_slice() {
        [] => refusal,
        [(_, month)] => refusal.because(text!("all weekdays of the sheet fit {month}", month)),
        near => refusal.because(text!(
            "all weekdays of the sheet fit {months}",
            months = Value::list(near.iter().map(|(_, month)| month))
        )),
    };
    Err(refusal.hint(match frame {
        Frame::Month { place, .. } if *place == JOB => RIGHT_FILE,
        Frame::Month { .. } => {
            text!("correct the month or the weekdays in the file, whichever is wrong")
        }
        Frame::Week { .. } | Frame::FullDates => {
            text!("correct the dates or the weekdays in the file, whichever is wrong")
        }
    }))
}

/// How many days these are of: a title and a line may both say the weekday of one day.
fn count<'a>(said: impl Iterator<Item = &'a Said<'a>>) -> usize {
    let days: BTreeSet<usize> = said.map(|said| said.day).collect();
    days.len()
}

/// The months near the known one whose days have all the weekdays of the sheet, each with the question it raises.
fn near_months(
    days: &[DayColumn<'_>],
    weekdays: &[Said<'_>],
    frame: &Frame,
    rule: &DayRule,
) -> Vec<(Text, YearMonth)> {
    let Frame::Month { month, .. } = frame else {
        return Vec::new();
    };
    let in_year = |year| YearMonth { year, ..*month };
    let near = [
        (text!("is this last month's file?"), month.previous()),
        (text!("is this last year's file?"), in_year(month.year - 1)),
        (text!("is this next month's file?"), month.next()),
        (text!("is this next year's file?"), in_year(month.year + 1)),
    ];
    let fits = |(_, month): &(Text, YearMonth)| {
        weekdays.iter().all(|said| {
            let placed = days
                .get(said.day)
                .and_then(|day| day.title.named.placed_in(*month, rule.first_day));
            placed.is_some_and(|placed| {
                placed
                    .date()
                    .is_none_or(|date| date.weekday() == said.weekday)
            })
        })
    };
    near.into_iter().filter(fits).collect()
}
