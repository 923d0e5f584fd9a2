//! What is found out of a file without a job, and that a job which says it reads the file.

use encoding_rs::{BIG5, GB18030};

use super::*;
use crate::input::{Discovery, HeaderRule, InputFormat};

/// The most telling first.
const TITLES: [&str; 3] = ["工号", "user_id", "姓名"];

fn discover(sample: &Sample) -> Discovery {
    discover_in(sample, &InputOptions::default()).unwrap()
}

fn discover_in(sample: &Sample, known: &InputOptions) -> Result<Discovery, Refusal> {
    Discovery::open(&sample.path, &TITLES, known)
}

/// What a job has to say: encoding, delimiter, lines of the header.
fn said(found: &Discovery) -> (Option<&str>, Option<char>, usize) {
    let options = &found.options;
    let delimiter = options.delimiter.map(char::from);
    (options.encoding.as_deref(), delimiter, options.header.lines)
}

fn columns(found: &Discovery) -> String {
    found.input.columns().names().join(" ")
}

const ROWS: &str = "工号,姓名,班次\nu1,周涛,早班\nu2,孙悦,晚班\n";

#[test]
fn what_a_job_has_to_say_of_a_text_is_found_by_its_titles() {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let marked = |text: &str| [b"\xFF\xFE", utf16(text).as_slice()].concat();
    let tabs = ROWS.replace(',', "\t");
    for (bytes, expected) in [
        (ROWS.into(), (None, None, 1)),
        (
            GB18030.encode(ROWS).0.into_owned(),
            (Some("gb18030"), None, 1),
        ),
        (utf16(ROWS), (Some("utf-16le"), None, 1)),
        (marked(&tabs), (None, Some('\t'), 1)),
        (tabs.clone().into(), (None, Some('\t'), 1)),
        (ROWS.replace(',', ";").into(), (None, Some(';'), 1)),
        (ROWS.replace(',', "|").into(), (None, Some('|'), 1)),
        (format!("九月,,\n\n{ROWS}").into(), (None, None, 1)),
        (format!("九月\t\t\n{tabs}").into(), (None, Some('\t'), 1)),
        (
            GB18030.encode(&tabs).0.into_owned(),
            (Some("gb18030"), Some('\t'), 1),
        ),
    ] {
        let sample = Sample::new("rows.csv", &bytes);
        let found = discover(&sample);
        assert_eq!(said(&found), expected, "{bytes:?}");
        assert_eq!(columns(&found), "工号 姓名 班次");
        // A job names the columns, and says the rest.
        let mut options = found.options;
        options.header.names = vec!["工号".to_owned(), "班次".to_owned()];
        let rows = sample.read(&options).unwrap();
        assert_eq!(rows.rows()[1], ["u2", "孙悦", "晚班"]);
    }
}

#[test]
fn two_lines_of_titles_are_found_by_a_group_and_by_a_row_that_one_line_does_not_explain() {
    for (text, names) in [
        (
            "工号,出勤,,备注\n,实到,应到,\nu1,1,2,\n",
            "工号 出勤/实到 出勤/应到 备注",
        ),
        (
            "月报,,,\n工号,备注,出勤,\n,,实到,应到\nu1,,1,2\n",
            "工号 备注 出勤/实到 出勤/应到",
        ),
        // The lower line says it all.
        (
            "员工,,出勤,\n工号,姓名,实到,应到\nu1,周涛,1,2\n",
            "工号 姓名 实到 应到",
        ),
    ] {
        let sample = Sample::new("rows.csv", text);
        let found = discover(&sample);
        let lines = if names.contains('/') { 2 } else { 1 };
        assert_eq!(said(&found), (None, None, lines), "{text}");
        assert_eq!(columns(&found), names);
    }
}

#[test]
fn a_row_is_never_taken_for_the_second_line_of_a_header() {
    for text in [
        "工号,姓名,班次\n,周涛,早班\nu2,孙悦,晚班\n",
        "工号,姓名,班次\n,周涛,早班,多\nu2,孙悦,晚班\n",
        "工号,姓名,班次\nu1,周涛\nu2,孙悦,晚班\n",
        "工号,姓名,班次\n,,\n",
    ] {
        let found = discover(&Sample::new("rows.csv", text));
        assert_eq!(said(&found), (None, None, 1), "{text}");
        assert_eq!(columns(&found), "工号 姓名 班次", "{text}");
    }
    let text = "工号,姓名,班次,,备注\n,周涛,早班,早班,晚\nu2,孙悦,晚班,晚班,早\n";
    let refusal = discover_in(&Sample::new("rows.csv", text), &InputOptions::default()).err();
    let refusal = refusal.unwrap();
    assert!(
        refusal.what.to_string().contains("column 4 has no name"),
        "{refusal}"
    );
}

#[test]
fn an_encoding_is_guessed_only_where_a_title_makes_sense_in_it() {
    let chinese = BIG5.encode("姓名,班次\n陳文,早班\n李明,晚班\n").0;
    let found = discover(&Sample::new("rows.csv", chinese));
    assert_eq!(said(&found), (Some("big5"), None, 1));
    assert_eq!(columns(&found), "姓名 班次");
    let text = format!("user_id,shift_id\n{}", "u1,早班\nu2,晚班\n".repeat(10));
    let sample = Sample::new("rows.csv", BIG5.encode(&text).0);
    let refusal = discover_in(&sample, &InputOptions::default())
        .err()
        .unwrap();
    assert!(
        refusal
            .what
            .to_string()
            .contains("its encoding is not certain"),
        "{refusal}"
    );
    let known = InputOptions {
        encoding: Some("big5".to_owned()),
        ..InputOptions::default()
    };
    let found = discover_in(&sample, &known).unwrap();
    assert_eq!(said(&found), (Some("big5"), None, 1));
}

#[test]
fn without_a_known_title_the_file_is_opened_as_it_can_be() {
    let found = discover(&Sample::new("rows.csv", "a,b\n1,2\n"));
    assert_eq!((said(&found), &*columns(&found)), ((None, None, 1), "a b"));
    let found = discover(&Sample::new("rows.csv", "a;b\n1;2\n"));
    assert_eq!(
        (said(&found), &*columns(&found)),
        ((None, Some(';'), 1), "a b")
    );
    let found = discover(&Sample::new("rows.jsonl", "{\"工号\":1}\n"));
    assert_eq!(found.input.format(), InputFormat::Jsonl);
    for text in ["a,,c\n1,2,3\n", "1;2;3\n4;5;6\n"] {
        let sample = Sample::new("rows.csv", text);
        let refusal = discover_in(&sample, &InputOptions::default()).err();
        let plain = sample.open(&InputOptions::default()).err();
        assert_eq!(refusal.unwrap().what, plain.unwrap().what, "{text}");
    }
}

#[test]
fn a_line_of_weekdays_is_no_second_line_of_the_header() {
    let known = InputOptions {
        header: HeaderRule {
            is_weekdays: Some(|cells| cells == ["", "二", "三"]),
            ..HeaderRule::default()
        },
        ..InputOptions::default()
    };
    let sample = Sample::new("rows.csv", "工号,1,2\n,二,三\nu1,早班,晚班\n");
    let found = discover_in(&sample, &known).unwrap();
    assert_eq!(
        (said(&found), &*columns(&found)),
        ((None, None, 1), "工号 1 2")
    );
}
