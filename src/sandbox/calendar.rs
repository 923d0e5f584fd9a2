//! Months `yyyyMM` and days `yyyyMMdd` as the attendance endpoints write them.

use jiff::civil::Date;

/// The year and month of `yyyyMM`.
pub(super) fn month(number: i64) -> Option<(i16, i8)> {
    let year = i16::try_from(number / 100)
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let month = i8::try_from(number % 100)
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some((year, month))
}

/// The month of the six digits `yyyyMM`.
pub(super) fn month_of_text(text: &str) -> Option<(i16, i8)> {
    month(digits(text, 6)?)
}

/// Whether the month has that day.
pub(super) fn has_day((year, month): (i16, i8), day: i64) -> bool {
    i8::try_from(day).is_ok_and(|day| Date::new(year, month, day).is_ok())
}

/// The day of `yyyyMMdd`.
pub(super) fn date(number: i64) -> Option<Date> {
    let (year, month) = month(number / 100)?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}

/// Whether the eight digits `yyyyMMdd` are a day there is.
pub(super) fn is_date(text: &str) -> bool {
    digits(text, 8)
        .is_some_and(|number| month(number / 100).is_some_and(|month| has_day(month, number % 100)))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        assert!(is_date("20240229"));
        for wrong in [
            "20230229",
            "20241301",
            "20240100",
            "2024-1-1",
            "2024010",
            "+2024010",
            "２０２４０１０１",
        ] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_month_has_six_digits_and_is_one_of_twelve() {
        assert_eq!(month(202_101), Some((2021, 1)));
        assert_eq!(month_of_text("202412"), Some((2024, 12)));
        for wrong in [202_100, 202_113, 20_211, 2_021_010, -202_101] {
            assert_eq!(month(wrong), None, "{wrong}");
        }
        assert_eq!(month_of_text(" 20241"), None);
    }
}
