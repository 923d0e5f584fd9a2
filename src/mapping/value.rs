//! One cell into the JSON of one field: exactly, or not at all.
//!
//! A cell is text until the endpoint's field type converts it. Nothing is guessed, trimmed, folded or rounded: what cannot be
//! sent exactly as meant is rejected with the rule it breaks.

use std::io::Write as _;

use crate::endpoint::{Field, FieldKind, Written};
use crate::model::Cell;

/// Whether the input's cells carry types of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// CSV and job constants: every cell is text.
    Untyped,
    /// JSONL: a number is a number and `"21"` is text.
    Typed,
}

/// Why a value cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The rule, in words that do not depend on the value.
    pub rule: &'static str,
    /// What is particular to the value.
    pub detail: Option<String>,
}

/// What a cell became.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Converted {
    /// Its JSON was appended.
    Written,
    /// There is nothing to send: no cell, or an empty one.
    Empty,
}

/// First and last year that a month or a date may have: the platform is younger than the first, and anything outside is a
/// spreadsheet's serial number or a slip of the finger.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// What a spreadsheet shows in a cell whose formula has no value: never something to be sent.
const SPREADSHEET_ERRORS: [&str; 8] = [
    "#DATA!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
];

/// Converts one cell by its field's type and appends the JSON to `out`. `month` is the `yyyyMM` text of the field that a
/// day of the month refers to.
pub(super) fn convert(
    field: &Field,
    cell: Cell<'_>,
    typing: Typing,
    month: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<Converted, Broken> {
    let (text, is_text) = match cell {
        Cell::Absent | Cell::Text("") => return Ok(Converted::Empty),
        Cell::Nested(_) => return Err(broken("must be a single value, not a list or an object")),
        Cell::Unusable(_, rule) => return Err(broken(rule)),
        Cell::Date(text) if field.kind == FieldKind::Date => (text, true),
        Cell::Date(_) => {
            return Err(broken(
                "is a date; format the cell as text and write what is meant",
            ));
        }
        Cell::Bool(value) => return boolean(field, value, out),
        Cell::Number(digits) => (digits, false),
        Cell::Text(text) => (text, true),
    };
    let text_for_number = is_text && typing == Typing::Typed;
    match &field.kind {
        FieldKind::Id { chars_max } => {
            check_id(text, is_text)?;
            check_length(text, *chars_max)?;
            write_text(out, text);
        }
        // A spreadsheet writes its errors as text into CSV, and a failure report repeats them as text.
        FieldKind::Text { .. }
            if typing == Typing::Untyped && SPREADSHEET_ERRORS.contains(&text) =>
        {
            return Err(broken("holds an error of the spreadsheet"));
        }
        FieldKind::Text { chars_max, one_of } => {
            check_length(text, *chars_max)?;
            if !one_of.is_empty() && !one_of.iter().any(|known| known == text) {
                return Err(Broken {
                    rule: "is not one of the values allowed",
                    detail: Some(one_of.join(", ")),
                });
            }
            write_text(out, text);
        }
        FieldKind::Integer { .. } | FieldKind::Day { .. } if text_for_number => {
            return Err(broken("must be a JSON number, not text"));
        }
        FieldKind::Integer { min, max } => {
            out.extend_from_slice(integer(text, *min, *max)?.as_bytes());
        }
        FieldKind::Boolean if !is_text => return Err(broken("must be true or false")),
        FieldKind::Boolean if text_for_number => {
            return Err(broken("must be true or false, not text"));
        }
        FieldKind::Boolean => {
            let value = if text.eq_ignore_ascii_case("true") {
                true
            } else if text.eq_ignore_ascii_case("false") {
                false
            } else {
                return Err(broken("must be true or false"));
            };
            return boolean(field, value, out);
        }
        FieldKind::Month { written } => {
            check_month(text)?;
            match written {
                Written::Integer if text_for_number => {
                    return Err(broken("must be a JSON number, not text"));
                }
                Written::Integer => out.extend_from_slice(text.as_bytes()),
                Written::Text => write_text(out, text),
            }
        }
        FieldKind::Date => {
            check_date(text)?;
            write_text(out, text);
        }
        FieldKind::Day { .. } => write_day(text, month, out)?,
        FieldKind::List { .. } => return Err(broken("a single cell cannot give a list")),
    }
    Ok(Converted::Written)
}

fn broken(rule: &'static str) -> Broken {
    Broken { rule, detail: None }
}

fn boolean(field: &Field, value: bool, out: &mut Vec<u8>) -> Result<Converted, Broken> {
    if field.kind != FieldKind::Boolean {
        return Err(broken("must not be true or false"));
    }
    out.extend_from_slice(if value { b"true" } else { b"false" });
    Ok(Converted::Written)
}

/// An id is sent as it stands, so whatever a spreadsheet or a keyboard did to it has to be found here.
fn check_id(text: &str, is_text: bool) -> Result<(), Broken> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !plain {
        check_id_characters(text)?;
    }
    if !is_text && !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(broken("an id must be text or a whole number"));
    }
    if rewritten_by_a_spreadsheet(text) {
        return Err(broken(
            "is a number as a spreadsheet shows it, not an id; format the column as text and paste the ids again",
        ));
    }
    if matches!(
        text,
        "-" | "--" | "NULL" | "null" | "None" | "nan" | "NaN" | "N/A" | "无" | "空"
    ) || SPREADSHEET_ERRORS.contains(&text)
    {
        return Err(broken("stands for a missing value, not for an id"));
    }
    Ok(())
}

fn check_id_characters(text: &str) -> Result<(), Broken> {
    for character in text.chars() {
        let rule = match character {
            ' '
            | '\t'
            | '\u{a0}'
            | '\u{3000}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}' => "an id holds no spaces",
            '\u{ff01}'..='\u{ff5e}' => {
                "has full-width characters; write it with ordinary letters, digits and commas"
            }
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{ad}' => "has invisible characters",
            '\u{fffd}' => "has characters that could not be read",
            ',' => "an id holds no commas",
            character if character.is_control() => "has control characters or a line break",
            _ => continue,
        };
        return Err(Broken {
            rule,
            detail: Some(format!("U+{:04X}", u32::from(character))),
        });
    }
    Ok(())
}

/// Whether a text is what a spreadsheet makes of a long number: `6.70936E+18`, `1E5`, `1.0`, `+1`, `0x10`.
///
/// A lower-case `e` between digits, as in `12345e67`, is an ordinary id: ids of eight hexadecimal digits are common, and
/// spreadsheets write the exponent with `E`.
fn rewritten_by_a_spreadsheet(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed = unsigned.len() < text.len();
    if let Some(hex) = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"))
    {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = match unsigned.split_once(['E', 'e']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) || mantissa.is_empty() || mantissa == "." {
        return false;
    }
    let Some(exponent) = exponent else {
        return signed || fraction.is_some();
    };
    let unsigned_exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let exponent_is_signed = unsigned_exponent.len() < exponent.len();
    !unsigned_exponent.is_empty()
        && digits(unsigned_exponent)
        && (signed || exponent_is_signed || fraction.is_some() || unsigned.contains('E'))
}

fn check_length(text: &str, chars_max: usize) -> Result<(), Broken> {
    if text.len() > chars_max {
        let chars = text.chars().count();
        if chars > chars_max {
            return Err(Broken {
                rule: "is longer than the platform takes",
                detail: Some(format!("{chars} characters, at most {chars_max}")),
            });
        }
    }
    Ok(())
}

/// A whole number, written plainly: no sign but a minus, no leading zero, no exponent, no fraction.
fn integer(text: &str, min: i64, max: i64) -> Result<&str, Broken> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0";
    let value = text.parse::<i64>().ok().filter(|_| plain);
    let Some(value) = value else {
        return Err(broken("must be a whole number, written in digits"));
    };
    if !(min..=max).contains(&value) {
        return Err(Broken {
            rule: "is out of range",
            detail: Some(format!("from {min} to {max}")),
        });
    }
    Ok(text)
}

/// Year and month of `yyyyMM`.
fn check_month(text: &str) -> Result<(i16, i8), Broken> {
    let rule = "must be a month, written yyyyMM such as 202409";
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

fn check_date(text: &str) -> Result<(), Broken> {
    let rule = "must be a date, written yyyyMMdd such as 20240930";
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(broken(rule));
    }
    let (month, day) = text.split_at(6);
    let (year, month) = check_month(month).map_err(|_| broken(rule))?;
    let day: i8 = day.parse().map_err(|_| broken(rule))?;
    check_day(year, month, day).map_err(|detail| Broken {
        rule: "is not a day of the calendar",
        detail: Some(detail),
    })
}

/// A day of the month, `1` or `01`, valid for its month.
fn write_day(text: &str, month: Option<&str>, out: &mut Vec<u8>) -> Result<(), Broken> {
    let rule = "must be a day of the month, from 1 to 31";
    let day = Some(text)
        .filter(|text| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<i8>().ok())
        .filter(|day| (1..=31).contains(day))
        .ok_or_else(|| broken(rule))?;
    if let Some(Ok((year, month))) = month.map(check_month) {
        check_day(year, month, day).map_err(|detail| Broken {
            rule: "is not a day of that month",
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

/// Appends a JSON string.
fn write_text(out: &mut Vec<u8>, text: &str) {
    // Looks at every byte rather than stopping at the first that is not plain: that way the compiler looks at many at once.
    let escaped = |byte: &u8| *byte < 0x20 || matches!(*byte, b'"' | b'\\');
    let plain = !text
        .as_bytes()
        .iter()
        .fold(false, |found, byte| found | escaped(byte));
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing a str into a Vec cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(kind: FieldKind) -> Field {
        Field {
            name: "f".into(),
            kind,
            required: true,
            about: None,
        }
    }

    fn csv(kind: FieldKind, text: &str) -> Result<String, String> {
        cell(kind, Cell::Text(text), Typing::Untyped)
    }

    fn cell(kind: FieldKind, cell: Cell<'_>, typing: Typing) -> Result<String, String> {
        let mut out = Vec::new();
        let converted = convert(&field(kind), cell, typing, Some("202406"), &mut out);
        match converted {
            Ok(Converted::Written) => Ok(String::from_utf8(out).unwrap()),
            Ok(Converted::Empty) => Ok(String::new()),
            Err(broken) => Err(broken.detail.map_or(broken.rule.to_owned(), |detail| {
                format!("{} ({detail})", broken.rule)
            })),
        }
    }

    fn id() -> FieldKind {
        FieldKind::Id { chars_max: 64 }
    }

    fn text() -> FieldKind {
        FieldKind::Text {
            chars_max: 10,
            one_of: vec![],
        }
    }

    fn day() -> FieldKind {
        FieldKind::Day {
            month: "month".into(),
        }
    }

    #[test]
    fn an_error_of_a_spreadsheet_is_one_as_text_too_but_not_in_json() {
        for error in SPREADSHEET_ERRORS {
            assert_eq!(
                csv(text(), error).unwrap_err(),
                "holds an error of the spreadsheet"
            );
            assert!(cell(text(), Cell::Text(error), Typing::Typed).is_ok());
        }
        assert!(csv(text(), "#1").is_ok());
    }

    #[test]
    fn an_id_is_sent_exactly_as_it_stands() {
        for value in [
            "00123",
            "6709359313699356941",
            "abd754f7",
            "12345e67",
            "7e123456",
            "张三01",
            "a.b@c",
            "ou_7d8a6e",
            "0",
            "1e5",
        ] {
            assert_eq!(csv(id(), value), Ok(format!("\"{value}\"")));
        }
    }

    #[test]
    fn an_id_that_a_spreadsheet_rewrote_is_rejected() {
        for value in [
            "6.70936E+18",
            "1E5",
            "6.7e18",
            "1e+5",
            "1.0",
            "+1",
            "-5",
            "0x10",
            ".5",
            "1.",
        ] {
            assert!(
                csv(id(), value).unwrap_err().contains("spreadsheet"),
                "{value}"
            );
        }
        assert!(csv(id(), "12,345").unwrap_err().contains("no commas"));
    }

    #[test]
    fn an_id_with_spaces_full_width_or_invisible_characters_is_rejected() {
        let cases = [
            (" a", "no spaces (U+0020)"),
            ("a\u{a0}", "no spaces (U+00A0)"),
            ("a\u{3000}b", "no spaces (U+3000)"),
            ("１２３", "full-width characters"),
            ("a，b", "full-width"),
            ("a\u{200b}", "invisible characters (U+200B)"),
            ("a\u{202e}b", "invisible characters (U+202E)"),
            ("a\u{2028}b", "invisible characters (U+2028)"),
            ("a\0", "control characters"),
            ("a\nb", "control characters or a line break"),
            ("a\u{85}", "control characters"),
        ];
        for (value, rule) in cases {
            let text = csv(id(), value).unwrap_err();
            assert!(text.contains(rule), "{value:?}: {text}");
        }
    }

    #[test]
    fn a_word_for_a_missing_value_is_not_an_id() {
        for value in ["NULL", "-", "#N/A", "无", "None", "#REF!"] {
            assert!(
                csv(id(), value).unwrap_err().contains("missing value"),
                "{value}"
            );
        }
        assert_eq!(csv(text(), "-"), Ok("\"-\"".into()));
    }

    #[test]
    fn free_text_is_sent_with_all_its_characters() {
        assert_eq!(
            csv(text(), " a\n\"\u{202e}1E5"),
            Ok("\" a\\n\\\"\u{202e}1E5\"".into())
        );
        assert_eq!(csv(text(), "\0"), Ok("\"\\u0000\"".into()));
        assert!(
            csv(text(), "一二三四五六七八九十一")
                .unwrap_err()
                .contains("11 characters, at most 10")
        );
        assert_eq!(
            csv(text(), "一二三四五六七八九十"),
            Ok("\"一二三四五六七八九十\"".into())
        );
    }

    #[test]
    fn an_error_of_a_spreadsheet_is_no_text() {
        assert_eq!(
            csv(text(), "#N/A"),
            Err("holds an error of the spreadsheet".into())
        );
        assert_eq!(csv(text(), "#N/A?"), Ok("\"#N/A?\"".into()));
    }

    #[test]
    fn months_dates_and_days_are_real_ones() {
        let month = |written| FieldKind::Month { written };
        assert_eq!(csv(month(Written::Integer), "202409"), Ok("202409".into()));
        assert_eq!(csv(month(Written::Text), "202409"), Ok("\"202409\"".into()));
        for value in [
            "202413",
            "202400",
            "2024/9",
            "2024-09",
            "20249",
            "44217",
            "004516",
            "２０２４０９",
            "199912",
        ] {
            assert!(
                csv(month(Written::Integer), value)
                    .unwrap_err()
                    .contains("yyyyMM"),
                "{value}"
            );
        }
        assert_eq!(csv(FieldKind::Date, "20240229"), Ok("\"20240229\"".into()));
        assert!(
            csv(FieldKind::Date, "20230229")
                .unwrap_err()
                .contains("2023-02 has 28 days")
        );
        for value in ["2021/1/21", "21-Jan", "44217", "20211301", "2021012"] {
            assert!(
                csv(FieldKind::Date, value)
                    .unwrap_err()
                    .contains("yyyyMMdd"),
                "{value}"
            );
        }
        assert_eq!(csv(day(), "30"), Ok("30".into()));
        assert_eq!(csv(day(), "07"), Ok("7".into()));
        assert!(
            csv(day(), "31")
                .unwrap_err()
                .contains("2024-06 has 30 days")
        );
        for value in ["0", "32", "1.0", "+1", "001", "一"] {
            assert!(
                csv(day(), value).unwrap_err().contains("from 1 to 31"),
                "{value}"
            );
        }
    }

    #[test]
    fn whole_numbers_are_written_in_digits() {
        let number = || FieldKind::Integer { min: -5, max: 100 };
        assert_eq!(csv(number(), "-5"), Ok("-5".into()));
        for value in [
            "1.0",
            "1E2",
            "+1",
            "0x10",
            "1,0",
            "007",
            "-0",
            "１",
            "99999999999999999999",
        ] {
            assert!(
                csv(number(), value).unwrap_err().contains("whole number"),
                "{value}"
            );
        }
        assert!(csv(number(), "101").unwrap_err().contains("from -5 to 100"));
    }

    #[test]
    fn booleans_are_true_or_false_in_any_case() {
        assert_eq!(csv(FieldKind::Boolean, "TRUE"), Ok("true".into()));
        assert_eq!(csv(FieldKind::Boolean, "false"), Ok("false".into()));
        for value in ["1", "yes", "是", "0"] {
            assert!(csv(FieldKind::Boolean, value).is_err(), "{value}");
        }
    }

    #[test]
    fn an_empty_cell_sends_nothing() {
        assert_eq!(csv(id(), ""), Ok(String::new()));
        assert_eq!(cell(id(), Cell::Absent, Typing::Typed), Ok(String::new()));
    }

    #[test]
    fn json_types_are_not_coerced_but_digits_of_an_id_are_kept() {
        let json = |kind, value| cell(kind, value, Typing::Typed);
        let month = |written| FieldKind::Month { written };
        assert_eq!(
            json(id(), Cell::Number("6709359313699356941")),
            Ok("\"6709359313699356941\"".into())
        );
        assert_eq!(json(day(), Cell::Number("21")), Ok("21".into()));
        assert_eq!(
            json(month(Written::Integer), Cell::Number("202406")),
            Ok("202406".into())
        );
        assert_eq!(
            json(FieldKind::Boolean, Cell::Bool(true)),
            Ok("true".into())
        );
        for (kind, value) in [
            (day(), Cell::Text("21")),
            (month(Written::Integer), Cell::Text("202406")),
            (FieldKind::Boolean, Cell::Text("true")),
            (FieldKind::Boolean, Cell::Number("1")),
            (id(), Cell::Number("1.5")),
            (id(), Cell::Number("1e400")),
            (id(), Cell::Number("-0")),
            (id(), Cell::Bool(true)),
            (id(), Cell::Nested("{}")),
            (text(), Cell::Bool(true)),
        ] {
            assert!(json(kind.clone(), value).is_err(), "{kind:?} {value:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_as_text_is_the_cell_itself(value in any::<String>()) {
            for kind in [id(), FieldKind::Text { chars_max: 10_000, one_of: vec![] }] {
                if let Ok(json) = csv(kind, &value) && !json.is_empty() {
                    prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), value.clone());
                }
            }
        }

        #[test]
        fn whatever_is_sent_as_a_day_is_a_day_of_its_month(value in "[0-9]{1,2}") {
            if let Ok(json) = csv(day(), &value) {
                prop_assert!((1..=30).contains(&json.parse::<u8>().unwrap()));
            }
        }
    }
}
