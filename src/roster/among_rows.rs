//! What a line among the rows says of days: that it is a header, or of which month. Nothing of it dates a cell; it only shows that
//! the rows below it may be another table's.

use jiff::civil::Date;

use super::evidence::{Says, Year, in_line_above};
use super::month::{YearMonth, parse_date};
use super::title::{Named, RUN_MIN, read};
use super::{DayRule, checked, weekday};

/// Whether the texts are titles of days one after the other, as those of a header are. Empty ones are passed over.
#[must_use]
pub fn is_run_of_days(texts: &[&str], rule: &DayRule) -> bool {
    let Ok(pattern) = checked(rule) else {
        return false;
    };
    let mut last: Option<Named> = None;
    let mut count = 0;
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let Some(title) = read(text, pattern.as_ref()) else {
            return false;
        };
        if last.is_some_and(|last| !follows(last, title.named)) {
            return false;
        }
        last = Some(title.named);
        count += 1;
    }
    count >= RUN_MIN
}

/// Whether a line holds titles of days in their usual forms, one after the other, beside whatever else it holds.
#[must_use]
pub fn is_header_of_days(cells: &[String]) -> bool {
    let days: Vec<&str> = cells
        .iter()
        .map(|cell| cell.trim())
        .filter(|cell| read(cell, None).is_some())
        .collect();
    is_run_of_days(&days, &DayRule::default())
}

/// The next day of a month, or the first day of the next.
fn follows(one: Named, next: Named) -> bool {
    next.day == one.day + 1 || (one.day >= 28 && next.day == 1)
}

/// Whether a text says a month, or a range of days, in which none of the dates lies. The dates are written `yyyyMMdd`.
pub fn says_other_month<'d>(
    text: &str,
    dates: impl Iterator<Item = &'d str>,
    first_day: i8,
) -> bool {
    let dates: Vec<Date> = dates.filter_map(parse_date).collect();
    if dates.is_empty() {
        return false;
    }
    let any = |fits: &dyn Fn(&Date) -> bool| dates.iter().any(fits);
    let month = |date: &Date| {
        YearMonth::new(date.year(), date.month())
            .map(|month| month.of_period(date.day(), first_day))
    };
    let mut says = in_line_above(text, first_day).into_iter();
    says.any(|says| match says {
        Says::Month(said) => !any(&|date| month(date) == Some(said)),
        Says::MonthOnly(said) => !any(&|date| month(date).is_some_and(|month| month.month == said)),
        Says::Either(one, other) => {
            !any(&|date| month(date).is_some_and(|month| [one, other].contains(&month)))
        }
        Says::Range(first, last, Year::Said) => !any(&|date| (first..=last).contains(date)),
        Says::Range(first, last, Year::Unsaid) => !any(&|date| {
            let in_year = Date::new(first.year(), date.month(), date.day());
            in_year.is_ok_and(|date| (first..=last).contains(&date))
        }),
    })
}

/// Whether a text is a weekday, and that of another date than this one.
#[must_use]
pub fn is_other_weekday(text: &str, date_text: &str) -> bool {
    match (weekday::in_cell(text), parse_date(date_text)) {
        (Some(said), Some(date)) => date.weekday() != said,
        (None, _) | (_, None) => false,
    }
}
