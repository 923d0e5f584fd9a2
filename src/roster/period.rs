//! The month of a table, from all that is said of it, and the days laid into it.
//!
//! All pieces of evidence agree, or the file is refused; none of them outweighs another.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::error::{Ask, Refusal};
use crate::model::Head;
use crate::text::Text;

use super::evidence::{Evidence, Says, Year, around};
use super::month::{YearMonth, name};
use super::title::{DayColumn, Named};
use super::{DayRule, shown};

/// What the dates are taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// The period that ends in a month.
    Month {
        month: YearMonth,
        /// Where it is said, for a sentence.
        place: Text,
    },
    /// A week whose days are titled with their weekdays.
    Week {
        first: Date,
        last: Date,
        /// Where it is said.
        place: Text,
    },
    /// The titles alone: each is a full date, and nothing around them says a month.
    FullDates,
}

/// A day of a month, which may lack it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DayOfMonth {
    pub month: YearMonth,
    pub day: i8,
}

impl DayOfMonth {
    pub(super) fn date(self) -> Option<Date> {
        self.month.date(self.day)
    }

    /// The day as sheets write it: `9月1日`.
    pub(super) fn in_chinese(self) -> String {
        format!("{}月{}日", self.month.month, self.day)
    }
}

impl Named {
    /// The day in the period that ends in a month, if what the title says of its month and year agrees.
    pub(super) fn placed_in(self, month: YearMonth, first_day: i8) -> Option<DayOfMonth> {
        let month = month.of_day(self.day, first_day);
        let agrees = self.year.is_none_or(|year| year == month.year)
            && self.month.is_none_or(|number| number == month.month);
        agrees.then_some(DayOfMonth {
            month,
            day: self.day,
        })
    }

    /// The day of a full date.
    fn placed_by_itself(self) -> Option<DayOfMonth> {
        Some(DayOfMonth {
            month: YearMonth::new(self.year?, self.month?)?,
            day: self.day,
        })
    }
}

/// The job's own word on the month.
pub(super) const JOB: Text = Text::plain("the job or --set");

impl Frame {
    /// Finds the month.
    pub(super) fn new(
        days: &[DayColumn<'_>],
        head: &Head,
        rule: &DayRule,
    ) -> Result<Self, Refusal> {
        let mut evidence: Vec<Evidence> = rule
            .month
            .map(|month| Evidence {
                place: JOB,
                says: Says::Month(month),
            })
            .into_iter()
            .chain(around(head, rule.first_day))
            .collect();
        check_ranges(&evidence, days, rule)?;
        evidence.retain(|piece| !matches!(piece.says, Says::Range(..)));
        if evidence.is_empty() && all_full(days) {
            return Ok(Self::FullDates);
        }
        check_one_month(days)?;
        evidence.extend(in_titles(days, rule.first_day));
        let known = evidence.iter().find_map(|piece| match piece.says {
            Says::Month(month) => Some((month, piece)),
            Says::Either(one, other) => {
                decided([one, other], &evidence).map(|month| (month, piece))
            }
            Says::MonthOnly(_) | Says::Range(..) => None,
        });
        let known_says = known.map(|(month, piece)| (Says::Month(month), piece));
        let first = evidence.first().map(|piece| (piece.says, piece));
        let reference = known_says.or(first);
        if known.is_none()
            && let Some(refusal) = evidence.iter().find_map(january_or_october)
        {
            return Err(refusal);
        }
        if let Some((says, one)) = reference
            && let Some(other) = evidence.iter().find(|other| !agree(says, other.says))
        {
            return Err(contradiction(one, other));
        }
        match known {
            Some((month, piece)) => Ok(Self::Month {
                month,
                place: piece.place.clone(),
            }),
            None => Err(unknown(evidence.first(), days, rule)),
        }
    }

    /// Lays the days into the period.
    pub(super) fn place(
        &self,
        days: &[DayColumn<'_>],
        rule: &DayRule,
    ) -> Result<Vec<DayOfMonth>, Refusal> {
        days.iter()
            .map(|day| {
                self.placed(day.title.named, rule.first_day)
                    .ok_or_else(|| self.outside(day, rule))
            })
            .collect()
    }

    /// Where a day lies; none if it lies outside the period.
    fn placed(&self, named: Named, first_day: i8) -> Option<DayOfMonth> {
        match self {
            Self::Month { month, .. } => named.placed_in(*month, first_day),
            Self::Week { .. } | Self::FullDates => named.placed_by_itself(),
        }
    }

    /// How the dates are known, for a notice.
    pub(super) fn known_by(&self) -> Text {
        match self {
            Self::Month { month, place } => {
                let name = month.in_words();
                text!(
                    "the month {month} ({name}) is known by {place}",
                    month,
                    name,
                    place
                )
            }
            Self::Week { first, last, place } => {
                text!(
                    "the week {first} to {last} is known by {place}",
                    first,
                    last,
                    place
                )
            }
            Self::FullDates => text!("the title of each day is its full date"),
        }
    }

    /// A title against the month that is known. Full dates alone always lie in their period.
    fn outside(&self, day: &DayColumn<'_>, rule: &DayRule) -> Refusal {
        let (before, period) = match self {
            Self::Month { month, .. } => (Some(month.previous()), month.period(rule.first_day)),
            Self::Week { .. } | Self::FullDates => (None, None),
        };
        let named = day.title.named;
        let begins_before = named.month.is_some()
            && named.month == before.map(|month| month.month)
            && rule.first_day == 1
            && (2..=28).contains(&named.day);
        Refusal::new(
            "roster.outside",
            if let Some((first, last)) = period { text!(
                "the column `{title}` is not in the period {first} to {last}: which of the two is right?",
                title = shown(day.text),
                first,
                last
            ) } else { text!(
                "the column `{title}` is not in the period: which of the two is right?",
                title = shown(day.text)
            ) },
        )
        .because(self.known_by())
        .hint(match self {
            Self::Month { .. } if begins_before => first_day_hint(named.day),
            Self::Month { place, .. } if *place == JOB => RIGHT_FILE,
            Self::Month { .. } | Self::Week { .. } | Self::FullDates => CORRECT_ONE,
        })
    }
}

/// What to do when the file contradicts the job.
pub(super) const RIGHT_FILE: Text =
    Text::plain("give the file of that month, or say the month of the file: --set month=yyyyMM");

/// What to do when the file contradicts itself.
const CORRECT_ONE: Text = Text::plain("correct the one that is wrong in the file");

/// Says how a period that is no calendar month is told to the job.
pub(super) fn first_day_hint(first_day: i8) -> Text {
    if first_day == 1 {
        text!(
            "if the table holds a calendar month, say in [input.unpivot] of the job: first_day = 1"
        )
    } else {
        text!(
            "if the table goes from the {first} of a month to the {last} of the next, say in [input.unpivot] of the job: first_day = {first_day}",
            first = ordinal(first_day),
            last = ordinal(first_day - 1),
            first_day
        )
    }
}

fn ordinal(day: i8) -> Text {
    let ending = match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    text!("{day}{ending}", day, ending)
}

fn all_full(days: &[DayColumn<'_>]) -> bool {
    days.iter().all(|day| day.title.named.year.is_some())
}

/// Refuses the days of several months, where the months beside the table speak of one.
fn check_one_month(days: &[DayColumn<'_>]) -> Result<(), Refusal> {
    let months: BTreeSet<(Option<i16>, i8)> = days
        .iter()
        .filter_map(|day| Some((day.title.named.year, day.title.named.month?)))
        .collect();
    if days.len() <= DAYS_MAX || months.len() < 2 {
        return Ok(());
    }
    let (first, last) = (
        days.first().map_or("", |day| day.text),
        days.last().map_or("", |day| day.text),
    );
    Err(Refusal::new(
        "file.months-side-by-side",
        text!("the header holds the days of several months side by side: {days} columns from `{first}` to `{last}`", days = days.len(), first = shown(first), last = shown(last)),
    )
    .because(text!("a roster is of one month, or of a period that is no longer"))
    .hint(text!("give each month a sheet or a file of its own; or title each day with its full date, such as 2026-09-01, and say no month")))
}

/// Most days of a period.
const DAYS_MAX: usize = 31;

/// What the first title with a year says of the month. The others are held against it when they are placed.
fn in_titles(days: &[DayColumn<'_>], first_day: i8) -> Option<Evidence> {
    days.iter().find_map(|day| {
        let Named {
            year,
            month,
            day: of_month,
        } = day.title.named;
        let month = YearMonth::new(year?, month?)?.of_period(of_month, first_day);
        Some(Evidence {
            place: text!("the column `{title}`", title = shown(day.text)),
            says: Says::Month(month),
        })
    })
}

fn agree(one: Says, other: Says) -> bool {
    match (one, other) {
        (Says::Month(one), Says::Month(other)) | (Says::Either(one, _), Says::Either(other, _)) => {
            one == other
        }
        (Says::Month(one), Says::MonthOnly(other)) | (Says::MonthOnly(other), Says::Month(one)) => {
            one.month == other
        }
        (Says::Either(one, other), Says::Month(month))
        | (Says::Month(month), Says::Either(one, other)) => [one, other].contains(&month),
        (Says::Either(one, other), Says::MonthOnly(month))
        | (Says::MonthOnly(month), Says::Either(one, other)) => {
            [one.month, other.month].contains(&month)
        }
        (Says::MonthOnly(one), Says::MonthOnly(other)) => one == other,
        (Says::Range(..), _) | (_, Says::Range(..)) => true,
    }
}

/// A range across two periods says no month. It only fits days that have full dates, and only those within it.
fn check_ranges(
    evidence: &[Evidence],
    days: &[DayColumn<'_>],
    rule: &DayRule,
) -> Result<(), Refusal> {
    for piece in evidence {
        let Says::Range(first, last, year) = piece.says else {
            continue;
        };
        if !all_full(days) {
            return Err(Refusal::new(
                "roster.range",
                text!("{place} is not one period of the job", place = piece.place),
            )
            .because(match rule.first_day {
                1 => text!("a period is a calendar month, as first_day is 1"),
                first_day => text!("a period begins on the {day}", day = ordinal(first_day)),
            })
            .hint(advice_on_range(first, last)));
        }
        let outside = days.iter().find(|day| {
            let placed = day.title.named.placed_by_itself();
            let date = placed.and_then(DayOfMonth::date);
            date.is_some_and(|date| !(first..=last).contains(&date))
        });
        if let Some(day) = outside.filter(|_| year == Year::Said) {
            return Err(Refusal::new(
                "roster.outside",
                text!(
                    "the column `{title}` is not within {place}: which of the two is right?",
                    title = shown(day.text),
                    place = piece.place
                ),
            )
            .hint(CORRECT_ONE));
        }
    }
    Ok(())
}

fn advice_on_range(first: Date, last: Date) -> Text {
    let first_day = if first.month() == last.month() {
        1
    } else {
        first.day()
    };
    let is_period = first_day == 1 || last.day() < first_day;
    if first_day <= 28 && is_period {
        first_day_hint(first_day)
    } else {
        text!("write the full date of each day into the title of its column")
    }
}

pub(super) fn contradiction(one: &Evidence, other: &Evidence) -> Refusal {
    let (question, hint) = if one.place == JOB {
        (text!("is this the right file?"), RIGHT_FILE)
    } else {
        (text!("which month is meant?"), CORRECT_ONE)
    };
    Refusal::new(
        "roster.month-contradicts",
        text!(
            "{one} says {month}, {other} says {other_month}: {question}",
            one = one.place,
            month = in_words(one.says),
            other = other.place,
            other_month = in_words(other.says),
            question
        ),
    )
    .hint(hint)
}

pub(super) fn in_words(says: Says) -> Text {
    match says {
        Says::Month(month) => month.in_words(),
        Says::MonthOnly(month) => name(month),
        Says::Either(one, other) => text!(
            "{one} or {other}",
            one = name(one.month),
            other = other.in_words()
        ),
        Says::Range(first, last, _) => text!("{first} to {last}", first, last),
    }
}

/// Which of two months is meant, where another place says a month without its year.
fn decided(months: [YearMonth; 2], evidence: &[Evidence]) -> Option<YearMonth> {
    let said = evidence.iter().find_map(|piece| match piece.says {
        Says::MonthOnly(month) => Some(month),
        Says::Month(_) | Says::Either(..) | Says::Range(..) => None,
    })?;
    months.into_iter().find(|month| month.month == said)
}

fn january_or_october(piece: &Evidence) -> Option<Refusal> {
    let Says::Either(_, other) = piece.says else {
        return None;
    };
    let YearMonth { year, month } = other;
    Some(
        Refusal::new(
            "roster.month-ambiguous",
            text!(
                "{place} may be {month}: which is meant?",
                place = piece.place,
                month = in_words(piece.says)
            ),
        )
        .because(text!(
            "a cell that holds the number {year}.{month} shows {year}.1 too",
            year,
            month
        ))
        .hint(text!(
            "write the month as text, such as {year}年{month}月; or say it: --set month={other}",
            year,
            month,
            other
        ))
        .ask(Ask::Month { month: None }),
    )
}

/// Nothing says year and month. A year is never taken from weekdays: several years have the same ones.
fn unknown(partial: Option<&Evidence>, days: &[DayColumn<'_>], rule: &DayRule) -> Refusal {
    let form = if rule.first_day == 1 {
        text!("yyyyMM")
    } else {
        text!("yyyyMM of the month in which the period ends")
    };
    let of_title = || {
        days.iter().find_map(|day| {
            Some((
                text!("the column `{title}`", title = shown(day.text)),
                day.title.named.month?,
            ))
        })
    };
    let without_year = match partial.map(|piece| (piece.place.clone(), piece.says)) {
        Some((place, Says::MonthOnly(month))) => Some((place, month)),
        _ => of_title(),
    };
    match without_year {
        Some((place, month)) => Refusal::new("roster.year-unknown", text!("the year of the days is not known"))
            .because(text!("{place} says {name}, but no year", place, name = name(month)))
            .hint(text!("say it with the month, such as --set month=2026{month} for {name} 2026 ({form})", month = format!("{month:02}"), name = name(month), form))
            .ask(Ask::Month { month: u8::try_from(month).ok() }),
        None => Refusal::new("roster.month-unknown", text!("the month of the days is not known"))
            .because(text!("neither the job, nor the lines above the header, nor the sheet's name, nor the titles of the columns say it"))
            .hint(text!("say it: --set month=202609 ({form})", form))
            .ask(Ask::Month { month: None }),
    }
}
