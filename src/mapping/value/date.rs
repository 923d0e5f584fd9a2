//! Months, dates and days of a month: written as the platform wants them, and real.

use std::io::Write as _;

use super::{Broken, broken};
use crate::model::Rule;

/// First and last year that a month or a date may have: the platform is younger than the first, and anything outside is a
/// spreadsheet's serial number or a slip of the finger.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

pub(super) fn check_month(text: &str) -> Result<(i16, i8), Broken> {
    let rule = Rule::new(
        "row.month",
        "must be a month, written yyyyMM such as 202409",
    );
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(broken(rule));
    }
    let year = text.get(..4).and_then(|year| year.parse().ok());
    let month = text.get(4..).and_then(|month| month.parse().ok());
    match (year, month) {
        (Some(year), Some(month)) if YEARS.contains(&year) && (1..=12).contains(&month) => {
            Ok((year, month))
        }
        _ => Err(broken(rule)),
    }
}

pub(super) fn check_date(text: &str) -> Result<(), Broken> {
    let rule = Rule::new(
        "row.date",
        "must be a date, written yyyyMMdd such as 20240930",
    );
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(broken(rule));
    }
    let (month, day) = text.split_at(6);
    let (year, month) = check_month(month).map_err(|_| broken(rule))?;
    let day: i8 = day.parse().map_err(|_| broken(rule))?;
    check_day(year, month, day).map_err(|detail| Broken {
        rule: Rule::new("row.no-such-day", "is not a day of the calendar"),
        detail: Some(detail),
    })
}

/// A day of the month, `1` or `01`, valid for its month.
pub(super) fn write_day(text: &str, month: Option<&str>, out: &mut Vec<u8>) -> Result<(), Broken> {
    let rule = Rule::new("row.day", "must be a day of the month, from 1 to 31");
    let day = Some(text)
        .filter(|text| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<i8>().ok())
        .filter(|day| (1..=31).contains(day))
        .ok_or_else(|| broken(rule))?;
    if let Some(Ok((year, month))) = month.map(check_month) {
        check_day(year, month, day).map_err(|detail| Broken {
            rule: Rule::new("row.no-such-day", "is not a day of that month"),
            detail: Some(detail),
        })?;
    }
    // Writing into a Vec cannot fail.
    let _ = write!(out, "{day}");
    Ok(())
}

fn check_day(year: i16, month: i8, day: i8) -> Result<(), String> {
    let last = jiff::civil::Date::new(year, month, 1).map_or(31, jiff::civil::Date::days_in_month);
    if (1..=last).contains(&day) {
        return Ok(());
    }
    Err(format!("{year}-{month:02} has {last} days"))
}
