//! What one cell of a workbook holds, in the words of a row: text as it is, numbers as the sheet keeps them, days as days.
//!
//! Keeps this: nothing is sent as its number format shows it, nothing is guessed; what the sheet does not hold exactly, or shows as
//! another number, cannot be used.

use std::borrow::Cow;
use std::fmt::Write as _;

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};
use jiff::civil;

use crate::model::{Cell, Rule};

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

/// The first serial number after 9999-12-31; calamine shows later ones as that day.
const DAYS_END: f64 = 2_958_466.0;

/// Days from the base of 1900 to that of 1904.
const BASE_1904_DAYS: f64 = 1462.0;

/// 1900-02-29, which Excel has and no calendar: serial numbers up to it are those of no real table.
const FALSE_LEAP_DAY: f64 = 60.0;

const DAY_SECONDS: f64 = 86_400.0;

/// The kind of a value, its text standing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) fn cell(self, text: &str) -> Cell<'_> {
        match self {
            Self::Text => Cell::Text(text),
            Self::Number => Cell::Number(text),
            Self::Date | Self::Month => Cell::Date(text),
            Self::Bool(value) => Cell::Bool(value),
            Self::Unusable(rule) => Cell::Unusable(text, rule),
        }
    }

    /// A text of nothing but spaces.
    pub(super) fn is_blank(self, text: &str) -> bool {
        self == Self::Text && text.trim().is_empty()
    }

    /// Whether the cell stands where a text should be, and has none: it cannot name a column.
    pub(super) fn has_no_text(self) -> bool {
        matches!(self, Self::Unusable(ERROR | NEVER_COMPUTED))
    }

    /// The text as it names a column: days as people write them.
    pub(super) fn shows(self, text: &str) -> Cow<'_, str> {
        match (self, text.get(..4), text.get(4..6), text.get(6..)) {
            (Self::Date | Self::Month, Some(year), Some(month), Some(day)) => {
                Cow::Owned(format!("{year}-{month}-{day}"))
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// The text above a table: of a day that is shown as a month, the month.
    pub(super) fn shows_above(self, text: &str) -> Cow<'_, str> {
        match (self, text.get(..4), text.get(4..6)) {
            (Self::Month, Some(year), Some(month)) => Cow::Owned(format!("{year}-{month}")),
            _ => self.shows(text),
        }
    }
}

/// Converts the cells of one workbook.
#[derive(Debug)]
pub(super) struct Converter {
    /// How numbers are shown, by the number of a style.
    shows: Vec<Shows>,
    /// By the number of a style: whether its format shows of a day no more than its month.
    months: Vec<bool>,
    is_1904: bool,
}

/// How a format shows a number, where that is another one than the cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    AsHeld,
    /// With so many digits at least: the format is made of zeros, and of nothing else.
    Zeros(usize),
    Percentage,
}

impl Shows {
    fn of(format: &str) -> Self {
        if !format.is_empty() && format.bytes().all(|byte| byte == b'0') {
            Self::Zeros(format.len())
        } else if is_percentage(format) {
            Self::Percentage
        } else {
            Self::AsHeld
        }
    }
}

/// Whether a format shows hundredths: it has a per cent sign that is no mere text, which stands in quotes or behind a backslash.
fn is_percentage(format: &str) -> bool {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for character in format.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '\\' | '_' | '*' => is_escaped = true,
            '%' => return true,
            _ => {}
        }
    }
    false
}

impl Converter {
    /// `formats` are the format codes of the styles.
    pub(super) fn new<'a>(formats: impl Iterator<Item = Option<&'a str>>, is_1904: bool) -> Self {
        let (shows, months) = formats
            .map(|format| {
                let format = format.unwrap_or_default();
                (Shows::of(format), shows_month(format))
            })
            .unzip();
        Self {
            shows,
            months,
            is_1904,
        }
    }

    /// Appends the text of a value and says its kind; `None` for an empty one.
    pub(super) fn convert(
        &self,
        value: &DataRef<'_>,
        style: usize,
        text: &mut String,
    ) -> Option<Kind> {
        Some(match value {
            DataRef::Empty => return None,
            DataRef::String(value) => push_text(value, text)?,
            DataRef::SharedString(value) => push_text(value, text)?,
            DataRef::Bool(value) => {
                text.push_str(if *value { "TRUE" } else { "FALSE" });
                Kind::Bool(*value)
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a sheet holds no other numbers than f64"
            )]
            DataRef::Int(value) => self.number(*value as f64, style, text),
            DataRef::Float(value) => self.number(*value, style, text),
            DataRef::DateTime(value) if value.is_duration() => duration(value.as_f64(), text),
            DataRef::DateTime(value) => {
                let kind = moment(value.as_f64(), self.is_1904, text);
                let is_month = kind == Kind::Date && self.months.get(style) == Some(&true);
                if is_month { Kind::Month } else { kind }
            }
            DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => iso(value, text),
            DataRef::Error(error) => {
                let _ = write!(text, "{error}");
                Kind::Unusable(ERROR)
            }
        })
    }

    /// A number that is shown as another one cannot be used: nobody can tell which of the two is meant.
    fn number(&self, value: f64, style: usize, text: &mut String) -> Kind {
        let start = text.len();
        match self.shows.get(style) {
            None | Some(Shows::AsHeld) => push_number(value, text),
            Some(Shows::Percentage) => {
                let kind = push_number(value * 100.0, text);
                if kind != Kind::Number {
                    return kind;
                }
                text.push('%');
                Kind::Unusable(PERCENTAGE)
            }
            Some(Shows::Zeros(zeros)) => {
                let kind = push_number(value, text);
                let digits = text.get(start..).unwrap_or_default();
                let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
                if kind == Kind::Number && is_whole && digits.len() < *zeros {
                    let missing = zeros - digits.len();
                    text.insert_str(start, &"0".repeat(missing));
                    return Kind::Unusable(PADDED);
                }
                kind
            }
        }
    }
}

/// Whether a format shows month and year, or the month alone: `yyyy"年"m"月"`, `mmm-yy`, and no day and no time.
fn shows_month(format: &str) -> bool {
    let first = format.split(';').next().unwrap_or_default();
    let mut letters = String::new();
    let mut hidden = None;
    for character in first.chars() {
        hidden = match (hidden, character) {
            // What a backslash, quotes or brackets hide is none of the format.
            (Some('\\'), _) | (Some('"'), '"') | (Some('['), ']') => None,
            (None, '"' | '[' | '\\') => Some(character),
            (None, _) => {
                letters.push(character.to_ascii_lowercase());
                None
            }
            (hidden, _) => hidden,
        };
    }
    letters.contains('m') && !letters.contains(['d', 'h', 's', 'g', 'e', ':'])
}

/// A formula without a value. It is shown as a spreadsheet shows a value that is not available: an empty cell in a failure report
/// would look corrected, and the next run would leave its value out.
pub(super) fn never_computed(text: &mut String) -> Kind {
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
    let rounded = format!("{:.*e}", DIGITS - 1, value.abs());
    let Some((mantissa, exponent)) = rounded.split_once('e') else {
        return Kind::Unusable(NO_NUMBER);
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if value < 0.0 {
        text.push('-');
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if whole > DIGITS {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
        let point = if rest.is_empty() { "" } else { "." };
        let _ = write!(text, "{first}{point}{rest}E+{exponent}");
        return Kind::Unusable(Rule::DIGITS_LOST);
    }
    match digits.split_at_checked(whole) {
        Some((_, digits)) if whole == 0 => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            let _ = write!(text, "0.{}{digits}", "0".repeat(zeros));
        }
        Some((digits, "")) => text.push_str(digits),
        Some((digits, fraction)) => {
            let _ = write!(text, "{digits}.{fraction}");
        }
        None => {
            let _ = write!(text, "{digits:0<whole$}");
        }
    }
    Kind::Number
}

/// A day, a day with a time, or a time alone, to the second.
fn moment(value: f64, is_1904: bool, text: &mut String) -> Kind {
    let seconds = (value * DAY_SECONDS).round();
    let value = seconds / DAY_SECONDS;
    let end = if is_1904 {
        DAYS_END - BASE_1904_DAYS
    } else {
        DAYS_END
    };
    let from_1900 = if is_1904 {
        value + BASE_1904_DAYS
    } else {
        value
    };
    let is_time = (0.0..1.0).contains(&value);
    let is_day = value >= 0.0 && value < end && from_1900 > FALSE_LEAP_DAY + 0.5;
    if !is_time && !is_day {
        push_number(value, text);
        return Kind::Unusable(NO_DAY);
    }
    let standard = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
    let (year, month, day, hour, minute, second, _) = standard.to_ymd_hms_milli();
    if is_time {
        return time(hour, minute, second, text);
    }
    if (hour, minute, second) == (0, 0, 0) {
        let _ = write!(text, "{year:04}{month:02}{day:02}");
        return Kind::Date;
    }
    let _ = write!(text, "{year:04}-{month:02}-{day:02} ");
    time(hour, minute, second, text)
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
    time(seconds / 3600, seconds / 60 % 60, seconds % 60, text)
}

/// Seconds are written where there are some.
fn time<T: Into<u64>>(hour: T, minute: T, second: T, text: &mut String) -> Kind {
    let (hour, minute, second) = (hour.into(), minute.into(), second.into());
    let _ = write!(text, "{hour:02}:{minute:02}");
    if second > 0 {
        let _ = write!(text, ":{second:02}");
    }
    Kind::Text
}

/// What the type for days in ISO 8601 holds; a duration stays as it is.
fn iso(value: &str, text: &mut String) -> Kind {
    let value = value.trim();
    let plain = value.strip_suffix('Z').unwrap_or(value);
    if let Ok(moment) = plain.parse::<civil::DateTime>() {
        let (day, at) = (moment.date(), moment.time());
        if at == civil::Time::midnight() {
            let _ = write!(text, "{}", day.strftime("%Y%m%d"));
            return Kind::Date;
        }
        let _ = write!(text, "{day} ");
        return push_civil(at, text);
    }
    if let Ok(at) = plain.parse::<civil::Time>() {
        return push_civil(at, text);
    }
    text.push_str(value);
    if value.starts_with(['P', '-']) {
        return Kind::Text;
    }
    Kind::Unusable(NO_DAY)
}

fn push_civil(at: civil::Time, text: &mut String) -> Kind {
    let part = |part: i8| u64::try_from(part).unwrap_or(0);
    time(part(at.hour()), part(at.minute()), part(at.second()), text)
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
    fn a_number_shown_with_zeros_that_it_does_not_hold_is_not_to_be_trusted() {
        let formats = [
            None,
            Some("General"),
            Some("00000"),
            Some("0"),
            Some("000.0"),
        ];
        let converter = Converter::new(formats.into_iter(), false);
        let convert = |value: f64, style: usize| {
            let mut text = String::new();
            let kind = converter.convert(&DataRef::Float(value), style, &mut text);
            (kind.unwrap(), text)
        };
        assert_eq!(
            convert(7.0, 2),
            (Kind::Unusable(PADDED), "00007".to_owned())
        );
        for (value, style, shown) in [
            (12345.0, 2, "12345"),
            (7.0, 0, "7"),
            (7.0, 1, "7"),
            (7.0, 3, "7"),
            (7.0, 4, "7"),
            (7.0, 99, "7"),
            (7.5, 2, "7.5"),
        ] {
            assert_eq!(convert(value, style), (Kind::Number, shown.to_owned()));
        }
    }

    #[test]
    fn a_percentage_is_given_as_it_is_shown_and_cannot_be_used() {
        let formats = [
            "0%",
            "0.00%",
            "#,##0.0%;[Red]-0.0%",
            "0\"%\"",
            "0\\%",
            "General",
        ];
        let converter = Converter::new(formats.into_iter().map(Some), false);
        let convert = |value: f64, style: usize| {
            let mut text = String::new();
            let kind = converter.convert(&DataRef::Float(value), style, &mut text);
            (kind.unwrap(), text)
        };
        for (value, style, shown) in [
            (0.25, 0, "25%"),
            (1.0, 0, "100%"),
            (0.07, 1, "7%"),
            (-0.255, 2, "-25.5%"),
            (0.0, 0, "0%"),
        ] {
            assert_eq!(
                convert(value, style),
                (Kind::Unusable(PERCENTAGE), shown.to_owned())
            );
        }
        for style in 3..6 {
            assert_eq!(convert(0.25, style), (Kind::Number, "0.25".to_owned()));
        }
    }

    #[test]
    fn a_format_shows_the_month_of_a_day_and_no_more() {
        for format in [
            "yyyy\"年\"m\"月\"",
            "[$-804]yyyy\"年\"m\"月\";@",
            "yyyy年m月",
            "mmm-yy",
            "yyyy\\-mm",
            "m\"月\"",
        ] {
            assert!(shows_month(format), "{format}");
        }
        for format in [
            "",
            "General",
            "@",
            "yyyy/m/d",
            "m\"月\"d\"日\"",
            "mm:ss",
            "[h]:mm",
            "h:mm",
            "00",
        ] {
            assert!(!shows_month(format), "{format}");
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
