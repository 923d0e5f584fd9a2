//! What holds for any file.

use ::csv::{QuoteStyle, ReaderBuilder, Terminator, WriterBuilder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::*;
use crate::input::InputFormat;
use crate::input::text::line_ends;

/// Cells of all that CSV finds hard, U+FFFD excepted: it is rejected on purpose.
fn any_cell() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "", "a", "b1", " ", "\"", "\"\"", ",", ";", "\n", "\r\n", "\r", "张", "😀", "\u{FEFF}",
        "\0", "_",
    ];
    vec(select(PIECES), 0..4).prop_map(|pieces| pieces.concat())
}

/// Rows of as many cells as the header has names.
fn any_table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..5_usize).prop_flat_map(|width| vec(vec(any_cell(), width), 1..8))
}

/// Whether a line of these cells, as the csv crate writes it, is blank to the reader.
fn is_blank(cells: &[String], style: QuoteStyle) -> bool {
    let quoted =
        matches!(style, QuoteStyle::Always) || cells.concat().is_empty() && cells.len() == 1;
    !quoted && cells.iter().all(|cell| cell.chars().all(|c| c == ' '))
}

fn encode(rows: &[Vec<String>], style: QuoteStyle, terminator: Terminator) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .quote_style(style)
        .terminator(terminator)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

fn any_style() -> impl Strategy<Value = QuoteStyle> {
    select(&[QuoteStyle::Necessary, QuoteStyle::Always][..])
}

fn any_terminator() -> impl Strategy<Value = Terminator> {
    select(
        &[
            Terminator::CRLF,
            Terminator::Any(b'\n'),
            Terminator::Any(b'\r'),
        ][..],
    )
}

fn header_of(width: usize) -> Vec<String> {
    (0..width)
        .map(|column| format!("column {column}"))
        .collect()
}

/// Bytes that come close to a table, so that few are refused at once.
fn near_csv() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 14] = [
        b"a",
        b"1",
        b" ",
        b",",
        b"\"",
        b"\n",
        b"\r",
        b"\r\n",
        b"x,y\n",
        b"\"a\",b\n",
        b"\xFF",
        b"\xD5\xC5",
        b"\x1A",
        "张".as_bytes(),
    ];
    vec(select(pieces.map(<[u8]>::to_vec).to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn near_json() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"b\":",
        "1",
        "-",
        "0",
        ".5",
        "e9",
        "true",
        "null",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ude00",
        "00e9",
        " ",
        "\t",
        "张",
        "x",
        "{\"a\":1,",
    ];
    vec(select(PIECES), 0..12).prop_map(|pieces| pieces.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[^\0\u{FFFD}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z\"\\\\\n张]{0,3}", inner), 0..4)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Writes a value with every character that can be escaped as an escape.
fn escaped(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", units.collect::<String>())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in vec(any::<u8>(), 0..300), jsonl in any::<bool>()) {
        let format = Some(if jsonl { InputFormat::Jsonl } else { InputFormat::Csv });
        let _ = Sample::new("rows", bytes).read(&InputOptions { format, ..InputOptions::default() });
    }

    #[test]
    fn bytes_that_come_close_to_a_table_are_read_or_refused_in_order(bytes in near_csv(), gbk in any::<bool>()) {
        let encoding = gbk.then(|| "gbk".to_owned());
        let bytes = [b"x,y\n", bytes.as_slice()].concat();
        if let Ok(read) = Sample::new("rows.csv", bytes).read(&InputOptions { encoding, ..InputOptions::default() }) {
            for (index, record) in read.records.iter().enumerate() {
                prop_assert_eq!(record.number, index as u64 + 1);
            }
            prop_assert!(read.records.is_sorted_by(|a, b| a.line < b.line));
        }
    }

    #[test]
    fn a_table_written_as_csv_is_read_as_the_same_table(
        rows in any_table(), style in any_style(), terminator in any_terminator(), mark in any::<bool>(),
    ) {
        let width = rows[0].len();
        let all = [vec![header_of(width)], rows.clone()].concat();
        let encoded = encode(&all, style, terminator);
        let bytes = if mark { [b"\xEF\xBB\xBF", encoded.as_slice()].concat() } else { encoded };
        let expected: Vec<&Vec<String>> = rows.iter().filter(|row| !is_blank(row, style)).collect();
        match read_csv(bytes) {
            Err(refusal) => prop_assert!(expected.is_empty(), "{refusal}"),
            Ok(read) => {
                prop_assert_eq!(read.rows(), expected.iter().map(|row| row.iter().map(String::as_str).collect()).collect::<Vec<Vec<&str>>>());
                prop_assert_eq!(read.blank_lines, (rows.len() - read.records.len()) as u64);
                let mut line = 2;
                let mut records = read.records.iter();
                for row in &rows {
                    if !is_blank(row, style) {
                        prop_assert_eq!(records.next().unwrap().line, line);
                    }
                    line += 1 + row.iter().map(|cell| line_ends(cell.as_bytes())).sum::<u64>();
                }
            }
        }
    }

    #[test]
    fn the_sources_read_again_as_the_same_cells(rows in any_table(), style in any_style(), ours in 0..4_usize) {
        let width = rows[0].len();
        let mut all = [vec![header_of(width)], rows].concat();
        for (number, row) in all.iter_mut().enumerate() {
            let cell = if number == 0 { "_record".to_owned() } else { number.to_string() };
            row.insert(ours.min(width), cell);
        }
        let read = read_csv(encode(&all, style, Terminator::Any(b'\n'))).unwrap();
        let report = format!("{}\n{}\n", header_of(width).join(","), read.sources().join("\n"));
        let again = read_csv(report).unwrap();
        prop_assert_eq!(again.rows(), read.rows());
        prop_assert_eq!(again.sources(), read.sources());
    }

    #[test]
    fn where_every_record_is_a_row_the_csv_crate_reads_the_same(bytes in near_csv()) {
        let bytes = [b"x,y\n", bytes.as_slice()].concat();
        let Ok(read) = read_csv(&bytes) else { return Ok(()) };
        if !read.rejections().is_empty() || read.blank_lines > 0 || !read.findings.is_empty() {
            return Ok(());
        }
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let theirs: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        prop_assert_eq!(read.rows(), theirs);
    }

    #[test]
    fn a_line_that_is_accepted_is_json_to_serde_json(text in near_json()) {
        let line = format!("{{\"a\":{text}}}");
        let Ok(read) = read_jsonl(&line) else { return Ok(()) };
        if read.rejections().is_empty() {
            let theirs: Result<&RawValue, _> = serde_json::from_str(&line);
            prop_assert!(theirs.is_ok(), "{line}");
        }
    }

    #[test]
    fn any_object_is_read_as_serde_json_wrote_it(
        members in vec(("[a-z\"张]{1,3}", any_json()), 1..6), escape in any::<bool>(),
    ) {
        let object: Map<String, Value> = members.into_iter().collect();
        let members: Vec<String> = object
            .iter()
            .map(|(key, value)| {
                let text = value.as_str().filter(|_| escape).map(escaped);
                let key = if escape { escaped(key) } else { Value::from(key.as_str()).to_string() };
                format!("{key}:{}", text.unwrap_or_else(|| value.to_string()))
            })
            .collect();
        let line = format!("{{{}}}", members.join(" , "));
        let read = read_jsonl(&line).unwrap();
        prop_assert_eq!(read.sources(), [line.as_str()]);
        prop_assert_eq!(&read.columns, &object.keys().cloned().collect::<Vec<_>>());
        let cells = read.records[0].cells.as_ref().unwrap();
        for (cell, value) in cells.iter().zip(object.values()) {
            let expected = match value {
                Value::Null => "absent".to_owned(),
                Value::Bool(value) => format!("bool {value}"),
                Value::Number(number) => format!("number {number}"),
                Value::String(text) => text.clone(),
                Value::Array(_) | Value::Object(_) => format!("nested {value}"),
            };
            prop_assert_eq!(cell, &expected);
        }
    }

    #[test]
    fn any_text_as_a_line_gives_a_source_that_is_an_object(text in "[^\r\n]{0,30}") {
        // Long enough for the text not to be looked at as the file's first bytes.
        let first = format!("{{\"a\":\"{}\"}}", "x".repeat(1024));
        let read = read_jsonl(format!("{first}\n{text}\n")).unwrap();
        for source in read.sources() {
            prop_assert!(serde_json::from_str::<Map<String, Value>>(source).is_ok(), "{source}");
        }
    }
}
