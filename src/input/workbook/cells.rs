//! What one cell of a workbook holds, in the words of a row: text as it is, numbers as the sheet keeps them, days as days.
//!
//! Keeps this: nothing is sent as its number format shows it, nothing is guessed; what the sheet does not hold exactly, or shows as
//! another number, cannot be used.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use jiff::ToSpan as _;
use jiff::civil;

use crate::model::{Cell, Rule};

use super::format::{Format, Formats};
use super::texts::Texts;
use super::worksheet::{Type, Written};

const PADDED: Rule = Rule::new(
    "row.zeros-lost",
    "is a number shown with leading zeros it does not hold; format the column as text and paste the ids again",
);
const PERCENTAGE: Rule = Rule::new(
    "row.percentage",
    "is a percentage: the sheet shows it so, and the cell holds its hundredth (25% is 0.25); format the column as text and write the one that is meant",
);
const NEVER_COMPUTED: Rule = Rule::new(
    "row.formula",
    "is a formula whose value was never computed; open the workbook, save it, and try again",
);
const ERROR: Rule = Rule::new("row.spreadsheet-error", "holds an error of the spreadsheet");
const NO_NUMBER: Rule = Rule::new("row.number", "is no number that a spreadsheet can hold");
const NO_DAY: Rule = Rule::new(
    "row.date",
    "is formatted as a date, and is no day of a calendar",
);

/// So many decimal digits of a number a spreadsheet keeps.
const DIGITS: usize = 15;

/// The first number with more of them.
const DIGITS_END: f64 = 1e15;

/// The first serial number after 9999-12-31.
const DAYS_END: f64 = 2_958_466.0;

/// 1900-02-29, which Excel has and no calendar: serial numbers up to it are those of no real table.
const FALSE_LEAP_DAY: i64 = 60;

const DAY_SECONDS: f64 = 86_400.0;

/// The kind of a value, its text standing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) enum Kind {
    Text,
    Number,
    Date,
    /// A day of which the sheet shows the month only, as a title does: `2026年9月`.
    Month,
    Bool(bool),
    Unusable(Rule),
}

impl Kind {
    /// The cell of a row.
    pub(in crate::input) fn cell(self, text: &str) -> Cell<'_> {
        match self {
            Self::Text => Cell::Text(text),
            Self::Number => Cell::Number(text),
            Self::Date | Self::Month => Cell::Date(text),
            Self::Bool(value) => Cell::Bool(value),
            Self::Unusable(rule) => Cell::Unusable(text, rule),
        }
    }

    /// A text of nothing but spaces.
    pub(in crate::input) fn is_blank(self, text: &str) -> bool {
        self == Self::Text && text.trim().is_empty()
    }

    /// Whether the cell stands where a text should be, and has none: it cannot name a column.
    pub(in crate::input) fn has_no_text(self) -> bool {
        matches!(self, Self::Unusable(ERROR | NEVER_COMPUTED))
    }

    /// The text as it names a column: days as people write them.
    pub(in crate::input) fn shows(self, text: &str) -> Cow<'_, str> {
        match (self, text.get(..4), text.get(4..6), text.get(6..)) {
            (Self::Date | Self::Month, Some(year), Some(month), Some(day)) => {
                Cow::Owned(format!("{year}-{month}-{day}"))
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// The text above a table: of a day that is shown as a month, the month.
    pub(in crate::input) fn shows_above(self, text: &str) -> Cow<'_, str> {
        match (self, text.get(..4), text.get(4..6)) {
            (Self::Month, Some(year), Some(month)) => Cow::Owned(format!("{year}-{month}")),
            _ => self.shows(text),
        }
    }
}

/// What it takes to know the value of a cell.
#[derive(Debug)]
pub(in crate::input) struct Values {
    pub(super) texts: Texts,
    pub(super) formats: Formats,
    /// Whether days count from 1904.
    pub(super) is_1904: bool,
}

impl Values {
    /// Appends the text of a cell and says its kind; `None` for an empty one.
    pub(super) fn convert(
        &self,
        cell: &Written,
        text: &mut String,
    ) -> Result<Option<Kind>, String> {
        if cell.is_never_computed() {
            return Ok(Some(never_computed(text)));
        }
        let value = cell.value.trim();
        Ok(match cell.kind {
            Type::Text => push_text(&cell.value, text),
            _ if value.is_empty() => None,
            Type::Shared => {
                let number = value.parse().ok();
                let shared = number.and_then(|number| self.texts.get(number));
                push_text(shared.ok_or("names a text that there is not")?, text)
            }
            Type::Bool => {
                let is_true = match value.to_ascii_lowercase().as_str() {
                    "1" | "true" => true,
                    "0" | "false" => false,
                    _ => return Err("is neither true nor false".to_owned()),
                };
                text.push_str(if is_true { "TRUE" } else { "FALSE" });
                Some(Kind::Bool(is_true))
            }
            Type::Error => {
                text.push_str(value);
                Some(Kind::Unusable(ERROR))
            }
            Type::Day => Some(iso(value, text)),
            Type::Number | Type::Untyped => match value.parse() {
                Ok(number) => Some(self.number(number, cell.style, text)),
                Err(_) if cell.kind == Type::Untyped => push_text(&cell.value, text),
                Err(_) => return Err("is no number".to_owned()),
            },
        })
    }

    /// A number that is shown as another one cannot be used: nobody can tell which of the two is meant.
    fn number(&self, value: f64, style: usize, text: &mut String) -> Kind {
        let start = text.len();
        match self.formats.get(style) {
            Format::AsHeld => push_number(value, text),
            Format::Moment => moment(value, self.is_1904, text),
            Format::Month => {
                let kind = moment(value, self.is_1904, text);
                let is_day = kind == Kind::Date;
                if is_day { Kind::Month } else { kind }
            }
            Format::Duration => duration(value, text),
            Format::Percentage => {
                let kind = push_number(value * 100.0, text);
                if kind != Kind::Number {
                    return kind;
                }
                text.push('%');
                Kind::Unusable(PERCENTAGE)
            }
            Format::Zeros(zeros) => {
                let kind = push_number(value, text);
                let digits = text.get(start..).unwrap_or_default();
                let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
                let missing = usize::from(zeros).saturating_sub(digits.len());
                if kind == Kind::Number && is_whole && missing > 0 {
                    text.insert_str(start, &"0".repeat(missing));
                    return Kind::Unusable(PADDED);
                }
                kind
            }
        }
    }
}

/// A formula without a value. It is shown as a spreadsheet shows a value that is not available: an empty cell in a failure report
/// would look corrected, and the next run would leave its value out.
fn never_computed(text: &mut String) -> Kind {
    text.push_str("#N/A");
    Kind::Unusable(NEVER_COMPUTED)
}

fn push_text(value: &str, text: &mut String) -> Option<Kind> {
    text.push_str(value);
    (!value.is_empty()).then_some(Kind::Text)
}

/// A number with at most 15 digits, written out. One that is longer is written with an exponent, as a spreadsheet shows it: so it
/// cannot be taken for an id when a report is read again.
fn push_number(value: f64, text: &mut String) -> Kind {
    if !value.is_finite() {
        let _ = write!(text, "{value}");
        return Kind::Unusable(NO_NUMBER);
    }
    if value.fract() == 0.0 && value.abs() < DIGITS_END {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is whole and in range"
        )]
        let whole = value as i64;
        let _ = write!(text, "{whole}");
        return Kind::Number;
    }
    let rounded = format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value);
    if rounded.abs() >= DIGITS_END {
        text.push_str(&format!("{rounded:E}").replace('E', "E+"));
        return Kind::Unusable(Rule::DIGITS_LOST);
    }
    let _ = write!(text, "{rounded}");
    Kind::Number
}

/// A day, a day with a time, or a time alone, to the second.
fn moment(value: f64, is_1904: bool, text: &mut String) -> Kind {
    let seconds = (value * DAY_SECONDS).round();
    if !(0.0..DAYS_END * DAY_SECONDS).contains(&seconds) {
        push_number(value, text);
        return Kind::Unusable(NO_DAY);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number is whole and in range"
    )]
    let seconds = seconds as i64;
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let at = civil::Time::midnight().wrapping_add(seconds.seconds());
    if days == 0 {
        return time(at, text);
    }
    let day = if is_1904 {
        civil::date(1904, 1, 1).checked_add(days.days())
    } else {
        civil::date(1899, 12, 30).checked_add(days.days())
    };
    match day {
        Ok(day) if is_1904 || days > FALSE_LEAP_DAY => civil_moment(day.to_datetime(at), text),
        _ => {
            push_number(value, text);
            Kind::Unusable(NO_DAY)
        }
    }
}

/// Hours beyond a day are counted on, as in `30:15`.
fn duration(value: f64, text: &mut String) -> Kind {
    let seconds = (value.abs() * DAY_SECONDS).round();
    if !(0.0..=DAYS_END * DAY_SECONDS).contains(&seconds) {
        push_number(value, text);
        return Kind::Unusable(NO_NUMBER);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is whole and in range"
    )]
    let seconds = seconds as u64;
    if value < 0.0 && seconds > 0 {
        text.push('-');
    }
    clock(seconds / 3600, seconds / 60 % 60, seconds % 60, text)
}

/// What the type for days in ISO 8601 holds; a duration stays as it is.
fn iso(value: &str, text: &mut String) -> Kind {
    let plain = value.strip_suffix('Z').unwrap_or(value);
    if let Ok(moment) = plain.parse::<civil::DateTime>() {
        return civil_moment(moment, text);
    }
    if let Ok(at) = plain.parse::<civil::Time>() {
        return time(at, text);
    }
    text.push_str(value);
    if value.starts_with(['P', '-']) {
        return Kind::Text;
    }
    Kind::Unusable(NO_DAY)
}

/// A day is a day; with a time it is a text.
fn civil_moment(moment: civil::DateTime, text: &mut String) -> Kind {
    let (day, at) = (moment.date(), moment.time());
    let (year, month, number) = (day.year(), day.month(), day.day());
    if at == civil::Time::midnight() {
        let _ = write!(text, "{year:04}{month:02}{number:02}");
        return Kind::Date;
    }
    let _ = write!(text, "{day} ");
    time(at, text)
}

fn time(at: civil::Time, text: &mut String) -> Kind {
    clock(at.hour(), at.minute(), at.second(), text)
}

/// Seconds are written where there are some.
fn clock<T: Display + Default + PartialEq + Copy>(
    hour: T,
    minute: T,
    second: T,
    text: &mut String,
) -> Kind {
    let _ = write!(text, "{hour:02}:{minute:02}");
    if second != T::default() {
        let _ = write!(text, ":{second:02}");
    }
    Kind::Text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(value: f64) -> (Kind, String) {
        let mut text = String::new();
        (push_number(value, &mut text), text)
    }

    fn at(value: f64, is_1904: bool) -> (Kind, String) {
        let mut text = String::new();
        (moment(value, is_1904, &mut text), text)
    }

    #[test]
    fn a_number_has_the_digits_that_the_sheet_shows() {
        for (value, shown) in [
            (21.0, "21"),
            (17.5, "17.5"),
            (0.1 + 0.2, "0.3"),
            (-0.0, "0"),
            (-2.5, "-2.5"),
            (100.0, "100"),
            (1_234_567_890.0, "1234567890"),
            (999_999_999_999_999.0, "999999999999999"),
            (0.000_012, "0.000012"),
            (1.1 * 1.1, "1.21"),
            (1e-20, "0.00000000000000000001"),
        ] {
            assert_eq!(number(value), (Kind::Number, shown.to_owned()));
        }
    }

    #[test]
    fn a_number_of_16_digits_is_not_to_be_trusted_and_not_taken_for_an_id() {
        for (value, shown) in [
            (1e15, "1E+15"),
            (110_101_199_003_071_234.0, "1.10101199003071E+17"),
            (-6.7e18, "-6.7E+18"),
            (999_999_999_999_999.9, "1E+15"),
        ] {
            assert_eq!(
                number(value),
                (Kind::Unusable(Rule::DIGITS_LOST), shown.to_owned())
            );
        }
        assert_eq!(number(f64::NAN).0, Kind::Unusable(NO_NUMBER));
    }

    #[test]
    fn a_number_that_is_shown_as_another_one_is_given_as_it_is_shown_and_cannot_be_used() {
        for (value, format, kind, shown) in [
            (7.0, Format::Zeros(5), Kind::Unusable(PADDED), "00007"),
            (12345.0, Format::Zeros(5), Kind::Number, "12345"),
            (7.0, Format::Zeros(1), Kind::Number, "7"),
            (7.5, Format::Zeros(5), Kind::Number, "7.5"),
            (7.0, Format::AsHeld, Kind::Number, "7"),
            (0.25, Format::Percentage, Kind::Unusable(PERCENTAGE), "25%"),
            (1.0, Format::Percentage, Kind::Unusable(PERCENTAGE), "100%"),
            (
                -0.255,
                Format::Percentage,
                Kind::Unusable(PERCENTAGE),
                "-25.5%",
            ),
            (0.0, Format::Percentage, Kind::Unusable(PERCENTAGE), "0%"),
        ] {
            let values = Values {
                texts: Texts::default(),
                formats: Formats(vec![format]),
                is_1904: false,
            };
            let mut text = String::new();
            let found = values.number(value, 0, &mut text);
            assert_eq!((found, text.as_str()), (kind, shown), "{format:?}");
        }
    }

    #[test]
    fn a_day_is_a_day_from_either_base() {
        for (value, is_1904, shown) in [
            (46327.0, false, "20261101"),
            (46327.0 - 1462.0, true, "20261101"),
            (61.0, false, "19000301"),
            (1.0, true, "19040102"),
            (2_958_465.0, false, "99991231"),
            (46_326.999_999_999, false, "20261101"),
        ] {
            assert_eq!(at(value, is_1904), (Kind::Date, shown.to_owned()));
        }
        for value in [-1.0, 60.0, 1.0, 2_958_466.0, 1e300, f64::NAN] {
            assert_eq!(at(value, false).0, Kind::Unusable(NO_DAY), "{value}");
        }
    }

    #[test]
    fn times_and_durations_are_texts() {
        for (value, shown) in [
            (46327.0 + 8.5 / 24.0, "2026-11-01 08:30"),
            (46327.0 + 30_615.0 / 86_400.0, "2026-11-01 08:30:15"),
            (8.5 / 24.0, "08:30"),
            (0.0, "00:00"),
        ] {
            assert_eq!(at(value, false), (Kind::Text, shown.to_owned()));
        }
        let mut text = String::new();
        assert_eq!(duration(30.25 / 24.0, &mut text), Kind::Text);
        assert_eq!(text, "30:15");
    }

    #[test]
    fn days_in_iso_8601_are_read_too() {
        for (value, kind, shown) in [
            ("2026-11-01", Kind::Date, "20261101"),
            ("2026-11-01T00:00:00.000Z", Kind::Date, "20261101"),
            ("2026-11-01T08:30:00", Kind::Text, "2026-11-01 08:30"),
            ("08:30:15", Kind::Text, "08:30:15"),
            ("PT10H", Kind::Text, "PT10H"),
            ("soon", Kind::Unusable(NO_DAY), "soon"),
        ] {
            let mut text = String::new();
            assert_eq!((iso(value, &mut text), text.as_str()), (kind, shown));
        }
    }

    proptest! {
        #[test]
        fn a_number_is_never_another_one(value in -1e15_f64..1e15) {
            let (kind, text) = number(value);
            prop_assume!(kind == Kind::Number);
            let read: f64 = text.parse().unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1e-14);
            prop_assert!(!text.contains(['e', 'E']));
        }

        #[test]
        fn a_whole_number_of_15_digits_is_exact(value in -999_999_999_999_999_i64..=999_999_999_999_999) {
            #[expect(clippy::cast_precision_loss, reason = "every such number is an f64")]
            let read = number(value as f64);
            prop_assert_eq!(read, (Kind::Number, value.to_string()));
        }
    }
}
