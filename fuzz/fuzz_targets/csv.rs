//! Any bytes as a CSV file.
//!
//! Promises: reading ends; records are numbered from 1 and begin on ever later lines; a report made of what was read is an
//! input with the same rows; and where the reader's pieces are cut changes nothing.

#![no_main]

mod read;

use arbitrary::Arbitrary;
use feishu_bulk::input::{InputFormat, InputOptions};
use libfuzzer_sys::fuzz_target;

use read::{Table, filled, table};

/// The bytes come last, so a seed is `000` and then the file.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    encoding: u8,
    delimiter: u8,
    cut: u8,
    bytes: &'a [u8],
}

const ENCODINGS: [Option<&str>; 12] = [
    None,
    Some("utf-8"),
    Some("gb18030"),
    Some("gbk"),
    Some("big5"),
    Some("shift_jis"),
    Some("euc-kr"),
    Some("euc-jp"),
    Some("iso-2022-jp"),
    Some("utf-16le"),
    Some("utf-16be"),
    Some("windows-1252"),
];

/// Those that a job file may name.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

fuzz_target!(|input: Input<'_>| {
    let options = InputOptions {
        format: Some(InputFormat::Csv),
        encoding: ENCODINGS[usize::from(input.encoding) % ENCODINGS.len()].map(str::to_owned),
        delimiter: Some(DELIMITERS[usize::from(input.delimiter) % DELIMITERS.len()]),
        ..InputOptions::default()
    };
    if input.cut % 8 == 1 {
        check_pieces(input.bytes, usize::from(input.cut / 8), &options);
    } else if let Some(table) = table(input.bytes, &options)
        && table.refusal.is_none()
    {
        check_report(&table, &options);
    }
});

/// The report of a run in which nothing succeeded is an input with the same rows and no record more or less.
fn check_report(before: &Table, options: &InputOptions) {
    let delimiter = char::from(options.delimiter.unwrap_or(b','));
    let mut report = [
        "\u{feff}".as_bytes(),
        &before.header,
        format!("{delimiter}_record{delimiter}_outcome\n").as_bytes(),
    ]
    .concat();
    for (number, record) in (1..).zip(&before.records) {
        report.extend_from_slice(&record.source);
        report.extend_from_slice(format!("{delimiter}{number}{delimiter}failed\n").as_bytes());
    }
    let after = table(&report, options).expect("a report is an input");
    assert_eq!(after.refusal, None);
    assert_eq!(after.columns, before.columns);
    assert_eq!(after.records.len(), before.records.len());
    for (after, before) in after.records.iter().zip(&before.records) {
        assert_eq!(after.source, before.source);
        // A row that was cut or misquoted may be put right by how it is repeated; lost characters stay lost.
        let lost = String::from_utf8_lossy(&before.source).contains(char::REPLACEMENT_CHARACTER);
        match &before.cells {
            Ok(cells) => assert_eq!(after.cells.as_ref(), Ok(cells)),
            Err(_) => assert!(!lost || after.cells.is_err(), "{after:?}"),
        }
    }
}

/// A long record before the bytes moves them to where a piece ends; they read as without it.
fn check_pieces(bytes: &[u8], rest: usize, options: &InputOptions) {
    let options = InputOptions {
        encoding: Some("utf-8".to_owned()),
        ..options.clone()
    };
    let delimiter = char::from(options.delimiter.unwrap_or(b','));
    let header = format!("x{delimiter}y\n");
    let whole = table(&[header.as_bytes(), bytes].concat(), &options);
    let filled = filled(&header, &format!("{delimiter}f\n"), rest);
    let cut = table(&[&filled, bytes].concat(), &options);
    let (Some(whole), Some(cut)) = (whole, cut) else {
        return;
    };
    let records = &cut.records[1..];
    assert_eq!(records.len(), whole.records.len());
    for (cut, whole) in records.iter().zip(&whole.records) {
        assert_eq!(cut.line, whole.line + 1);
        assert_eq!(cut.source, whole.source);
        match (&cut.cells, &whole.cells) {
            (Ok(cut), Ok(whole)) => assert_eq!(cut, whole),
            (Err(cut), Err(whole)) => assert_eq!(cut.kind(), whole.kind()),
            (cut, whole) => panic!("{cut:?} is not {whole:?}"),
        }
    }
    // A file without any row is refused, and the filling is one.
    if !whole.records.is_empty() {
        assert_eq!(cut.refusal.is_some(), whole.refusal.is_some());
    }
}
