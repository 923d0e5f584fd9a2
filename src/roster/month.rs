//! Months, and the periods that end in them.
//!
//! A period begins on the same day of each month. With a first day of 1 it is the month itself; with 26 it goes from the 26th of
//! the month before to the 25th. Days that a month does not have, such as 31 June, belong to periods like the others: a printed
//! form has a column for them.

use std::fmt;

use crate::text::Text;
use jiff::civil::Date;

/// First and last year of a roster: anything outside is another number or a slip of the finger.
pub(super) const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// A month of a year between 2000 and 2099.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth {
    /// 2000 to 2099.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

crate::text::verbatim!(YearMonth);

impl YearMonth {
    /// Reads `yyyyMM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (year, month) = text.split_at_checked(4)?;
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    /// Reads the month and the two digits behind it of `yyyyMMdd`, whether or not the month has that day.
    #[must_use]
    pub fn parse_with_day(text: &str) -> Option<(Self, i8)> {
        let (month, day) = text.split_at_checked(6)?;
        let is_day = day.len() == 2 && day.bytes().all(|byte| byte.is_ascii_digit());
        let day = day.parse().ok().filter(|_| is_day)?;
        Some((Self::parse(month)?, day))
    }

    /// The month, if there is one and a roster may be of it.
    pub(super) fn new(year: i16, month: i8) -> Option<Self> {
        (YEARS.contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        match self.month {
            1 => Self {
                year: self.year - 1,
                month: 12,
            },
            month => Self {
                month: month - 1,
                ..self
            },
        }
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        match self.month {
            12 => Self {
                year: self.year + 1,
                month: 1,
            },
            month => Self {
                month: month + 1,
                ..self
            },
        }
    }

    /// The month of a date.
    #[must_use]
    pub fn of(date: Date) -> Option<Self> {
        Self::new(date.year(), date.month())
    }

    /// How many months it lies after another, negative before it.
    #[must_use]
    pub fn months_since(self, other: Self) -> i32 {
        let months = |month: Self| i32::from(month.year) * 12 + i32::from(month.month);
        months(self) - months(other)
    }

    /// The month in which the period ends that holds a day of this month.
    pub(super) fn of_period(self, day: i8, first_day: i8) -> Self {
        if first_day > 1 && day >= first_day {
            self.next()
        } else {
            self
        }
    }

    /// The month of a day of the period that ends in this month.
    pub(super) fn of_day(self, day: i8, first_day: i8) -> Self {
        if first_day > 1 && day >= first_day {
            self.previous()
        } else {
            self
        }
    }

    /// The first and the last day of the period that ends in this month.
    pub(super) fn period(self, first_day: i8) -> Option<(Date, Date)> {
        let first = self.of_day(first_day, first_day).date(first_day)?;
        let last = match first_day {
            1 => first.last_of_month(),
            _ => self.date(first_day - 1)?,
        };
        Some((first, last))
    }

    /// A day of the month, if it has that day.
    #[must_use]
    pub fn date(self, day: i8) -> Option<Date> {
        Date::new(self.year, self.month, day).ok()
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i8 {
        self.date(1).map_or(0, Date::days_in_month)
    }

    /// How many days it has: `June 2026 has 30 days`.
    fn length_in_words(self) -> Text {
        text!(
            "{month} has {days} days",
            month = self.in_words(),
            days = self.days()
        )
    }

    /// `June 2026`.
    #[must_use]
    pub fn in_words(self) -> Text {
        text!("{month} {year}", month = name(self.month), year = self.year)
    }
}

/// The months from one to another: `September 2026`, `August to September 2026`.
#[must_use]
pub fn months_in_words(first: YearMonth, last: YearMonth) -> Text {
    if first == last {
        first.in_words()
    } else if first.year == last.year {
        text!(
            "{first} to {last}",
            first = name(first.month),
            last = last.in_words()
        )
    } else {
        text!(
            "{first} to {last}",
            first = first.in_words(),
            last = last.in_words()
        )
    }
}

/// A day that its month lacks, such as 31 June. A printed form has a column for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// As a date would be written, `yyyyMMdd`: `20260631`.
    pub written: String,
    /// Why there is no such date: `June 2026 has 30 days`.
    pub why: Text,
}

impl Lacking {
    /// The day, if the month lacks it.
    pub(super) fn new(month: YearMonth, day: i8) -> Option<Self> {
        month.date(day).is_none().then(|| Self {
            written: format!("{month}{day:02}"),
            why: month.length_in_words(),
        })
    }

    /// Reads `yyyyMMdd`; none for a date that there is, and for what no form has a column for.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = YearMonth::parse_with_day(text)?;
        (1..=31).contains(&day).then(|| Self::new(month, day))?
    }
}

/// Reads `yyyyMMdd`: a day of the calendar.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let (month, day) = YearMonth::parse_with_day(text)?;
    month.date(day)
}

/// Writes `yyyyMMdd`.
#[must_use]
pub fn date_text(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}

/// The name of a month, 1 to 12.
pub(super) fn name(month: i8) -> Text {
    match month {
        1 => text!("January"),
        2 => text!("February"),
        3 => text!("March"),
        4 => text!("April"),
        5 => text!("May"),
        6 => text!("June"),
        7 => text!("July"),
        8 => text!("August"),
        9 => text!("September"),
        10 => text!("October"),
        11 => text!("November"),
        _ => text!("December"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_eight_digits_and_is_in_the_calendar() {
        let date = parse_date("20260901").unwrap();
        assert_eq!(date, jiff::civil::date(2026, 9, 1));
        assert_eq!(date_text(date), "20260901");
        assert!(parse_date("20240229").is_some());
        for wrong in [
            "2026+9+1",
            "202609+1",
            "+0260901",
            "2026-9-1",
            "20260931",
            "20230229",
            "20261301",
            "20260900",
            "2026091",
            "202609011",
            "19991231",
            "２０２６０９０１",
            "2026年9",
            "",
        ] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_that_its_month_lacks_is_read_as_it_is_written() {
        for (text, why) in [
            ("20260931", "September 2026 has 30 days"),
            ("20260229", "February 2026 has 28 days"),
            ("20240230", "February 2024 has 29 days"),
        ] {
            let lacking = Lacking::parse(text).unwrap();
            assert_eq!((&*lacking.written, &*lacking.why.to_string()), (text, why));
        }
        for other in [
            "",
            "20260930",
            "20240229",
            "20260932",
            "20260900",
            "20261331",
            "2026093",
            "202609+3",
            "202609031",
            "2026-9-31",
            "九月三十一日",
        ] {
            assert_eq!(Lacking::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_month_is_read_as_it_is_written() {
        let month = YearMonth::parse("202609").unwrap();
        assert_eq!((month.year, month.month), (2026, 9));
        assert_eq!(month.to_string(), "202609");
        for wrong in [
            "",
            "2026",
            "20269",
            "2026-09",
            "202600",
            "202613",
            "199912",
            "210001",
            "+20269",
            "２０２６０９",
            "202609 ",
        ] {
            assert_eq!(YearMonth::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_period_ends_in_its_month() {
        let period = |text, first_day| {
            let (first, last) = YearMonth::parse(text).unwrap().period(first_day).unwrap();
            format!("{first} {last}")
        };
        assert_eq!(period("202609", 1), "2026-09-01 2026-09-30");
        assert_eq!(period("202402", 1), "2024-02-01 2024-02-29");
        assert_eq!(period("202609", 26), "2026-08-26 2026-09-25");
        assert_eq!(period("202601", 2), "2025-12-02 2026-01-01");
        assert_eq!(period("200001", 28), "1999-12-28 2000-01-27");
    }

    #[test]
    fn a_month_lacks_days_in_words() {
        let words = |text| YearMonth::parse(text).unwrap().length_in_words();
        assert_eq!(words("202606"), "June 2026 has 30 days");
        assert_eq!(words("202602"), "February 2026 has 28 days");
        assert_eq!(words("202402"), "February 2024 has 29 days");
    }
}
