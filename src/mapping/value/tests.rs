//! What becomes of a cell by the type of its field.

use super::shown::SPREADSHEET_ERRORS;
use super::*;
use proptest::prelude::*;

fn field(kind: FieldKind) -> Field {
    Field {
        name: "f".into(),
        kind,
        required: true,
        about: None,
        within: None,
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
        Err(broken) => Err(broken
            .detail
            .map_or(broken.rule.words.to_owned(), |detail| {
                format!("{} ({detail})", broken.rule.words)
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
fn what_a_spreadsheet_shows_in_place_of_a_value_is_no_text_and_no_id() {
    for value in ["###", "########"] {
        for kind in [text(), id()] {
            let why = csv(kind, value).unwrap_err();
            assert!(why.contains("column is too narrow"), "{value}: {why}");
        }
    }
    for value in ["1.2E+15", "-6.7E+18", "1E-05", "1E+100"] {
        let why = csv(text(), value).unwrap_err();
        assert!(
            why.contains("a number as a spreadsheet shows"),
            "{value}: {why}"
        );
    }
    for value in [
        "#", "##", "#1", "###1", "1E5", "1e+05", "12E+05", "1.E+05", "1E+5", "E+05", "-", "1.5",
        "3E+05x", "25%",
    ] {
        assert_eq!(csv(text(), value), Ok(format!("\"{value}\"")));
    }
    for value in ["########", "1.2E+15"] {
        assert!(cell(text(), Cell::Text(value), Typing::Typed).is_ok());
    }
}

#[test]
fn a_nul_is_never_sent() {
    for value in ["\0", "a\0b", "早班\0"] {
        for typing in [Typing::Untyped, Typing::Typed] {
            let why = cell(text(), Cell::Text(value), typing).unwrap_err();
            assert!(why.contains("NUL character"), "{value:?}: {why}");
            assert!(cell(id(), Cell::Text(value), typing).is_err());
        }
    }
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
