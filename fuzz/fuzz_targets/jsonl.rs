//! Any bytes as a JSONL file, next to `serde_json` line by line.
//!
//! Promises: every line that is not blank is one record; a line is a row only if it is an object to `serde_json`, with the
//! same cells, and is no row only for a reason that `serde_json` shares or does not know; the sources read again as they are.

#![no_main]

mod read;

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use feishu_bulk::input::{InputFormat, InputOptions};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use read::{Record, Table, Value, filled, table};

/// The bytes come last, so a seed is `0` and then the file.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    cut: u8,
    bytes: &'a [u8],
}

/// What `serde_json` lets pass and we do not.
const STRICTER: [&str; 6] = [
    "row.json-key-twice",
    "row.json-keys",
    "row.nul",
    "row.json-not-corrected",
    "row.lost-character",
    "row.not-text",
];

fuzz_target!(|input: Input<'_>| {
    let options = InputOptions {
        format: Some(InputFormat::Jsonl),
        encoding: Some("utf-8".to_owned()),
        ..InputOptions::default()
    };
    // A long line that is no object moves the others to where a piece ends.
    let filled = (input.cut % 8 == 1)
        .then(|| filled("", "\n", usize::from(input.cut / 8)))
        .unwrap_or_default();
    let bytes = [&filled, input.bytes].concat();
    let Some(table) = table(&bytes, &options) else {
        return;
    };
    if table.refusal.is_some() {
        return;
    }
    if !marked(&bytes) {
        check_lines(input.bytes, usize::from(!filled.is_empty()), &table);
    }
    if filled.is_empty() {
        check_sources(&table, &options);
    }
});

/// Whether a byte order mark says how to read the file, and is no part of its first line.
fn marked(bytes: &[u8]) -> bool {
    let marks = [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"];
    marks.iter().any(|mark| bytes.starts_with(mark))
}

/// Each line, behind so many others, against `serde_json`.
fn check_lines(bytes: &[u8], before: usize, table: &Table) {
    let bytes = bytes.strip_suffix(b"\x1A").unwrap_or(bytes);
    let mut records = table.records.iter().skip(before);
    for (number, line) in (1 + before as u64..).zip(lines(bytes)) {
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            continue;
        }
        let record = records
            .next()
            .expect("a line that is not blank is a record");
        assert_eq!(record.line, number);
        match &record.cells {
            Ok(cells) => check_row(line, &table.columns, cells),
            Err(rejection) => {
                let theirs = serde_json::from_slice::<Map<String, Json>>(line);
                assert!(
                    theirs.is_err() || STRICTER.contains(&rejection.rule.as_ref()),
                    "{rejection:?}"
                );
            }
        }
    }
    assert!(records.next().is_none());
}

/// Lines end in `\n`, `\r\n` or `\r`.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        lines.push(&rest[..end]);
        let both = rest[end..].starts_with(b"\r\n");
        rest = &rest[end + 1 + usize::from(both)..];
    }
    lines.push(rest);
    lines
}

fn check_row(line: &[u8], columns: &[String], cells: &[Value]) {
    let theirs: BTreeMap<String, &RawValue> =
        serde_json::from_slice(line).expect("a row is an object");
    let theirs: BTreeMap<&str, Value> = theirs
        .iter()
        .filter(|(key, _)| !key.starts_with('_'))
        .map(|(key, value)| (key.as_str(), cell(value.get())))
        .filter(|(_, value)| *value != Value::Absent)
        .collect();
    assert_eq!(named(columns, cells), theirs);
}

fn cell(raw: &str) -> Value {
    match raw.as_bytes()[0] {
        b'n' => Value::Absent,
        b't' | b'f' => Value::Bool(raw == "true"),
        b'"' => Value::Text(serde_json::from_str(raw).expect("a text")),
        b'{' | b'[' => Value::Nested(raw.to_owned()),
        _ => Value::Number(raw.to_owned()),
    }
}

fn named<'a>(columns: &'a [String], cells: &[Value]) -> BTreeMap<&'a str, Value> {
    let cells = columns
        .iter()
        .map(String::as_str)
        .zip(cells.iter().cloned());
    cells.filter(|(_, value)| *value != Value::Absent).collect()
}

/// The sources as lines of a file give the same rows, and what was no row is none.
fn check_sources(before: &Table, options: &InputOptions) {
    let sources: Vec<&[u8]> = before
        .records
        .iter()
        .map(|record| &*record.source)
        .collect();
    let report = sources.join(&b'\n');
    let after = table(&report, options).expect("a report is an input");
    assert_eq!(after.refusal, None);
    assert_eq!(after.records.len(), before.records.len());
    for (again, record) in after.records.iter().zip(&before.records) {
        assert_eq!(again.source, record.source);
        assert_eq!(cells(&after, again), cells(before, record));
    }
}

fn cells<'a>(table: &'a Table, record: &Record) -> Option<BTreeMap<&'a str, Value>> {
    let cells = record.cells.as_ref().ok()?;
    Some(named(&table.columns, cells))
}
