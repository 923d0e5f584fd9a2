//! Months, dates and days of a month: written as the platform wants them, and real.

use std::io::Write as _;

use super::{Broken, broken};
use crate::model::Rule;
use crate::roster::YearMonth;
use crate::text::Text;

/// Of the years that a roster may have: the platform is younger, and anything outside is a spreadsheet's serial number or a slip of
/// the finger.
pub(super) fn check_month(text: &str) -> Result<YearMonth, Broken> {
    YearMonth::parse(text).ok_or_else(|| {
        broken(Rule::new(
            "row.month",
            "must be a month, written yyyyMM such as 202409",
        ))
    })
}

pub(super) fn check_date(text: &str) -> Result<(), Broken> {
    let (month, day) = YearMonth::parse_with_day(text).ok_or_else(|| {
        broken(Rule::new(
            "row.date",
            "must be a date, written yyyyMMdd such as 20240930",
        ))
    })?;
    check_day(month, day).map_err(|detail| Broken {
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
    if let Some(month) = month.and_then(YearMonth::parse) {
        check_day(month, day).map_err(|detail| Broken {
            rule: Rule::new("row.no-such-day", "is not a day of that month"),
            detail: Some(detail),
        })?;
    }
    // Writing into a Vec cannot fail.
    let _ = write!(out, "{day}");
    Ok(())
}

fn check_day(month: YearMonth, day: i8) -> Result<(), Text> {
    if month.date(day).is_some() {
        return Ok(());
    }
    let days = month.days();
    Err(text!(
        "{month} has {days} days",
        month = format!("{}-{:02}", month.year, month.month),
        days
    ))
}
