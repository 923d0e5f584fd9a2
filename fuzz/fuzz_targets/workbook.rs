//! Any bytes as an Excel workbook: as the whole file, or as the parts in a container that is sound.
//!
//! Promises: reading ends; records are numbered from 1 and begin on ever later rows; each row of the sheet stands around the
//! table, is a record or a counted blank row; another XML reader finds no value that is neither given nor told; and a report made
//! of what was read is an input with the same rows.

#![no_main]

mod read;

use std::io::{Cursor, Write};

use arbitrary::Arbitrary;
use feishu_bulk::input::{InputFormat, HeaderRule, InputOptions, SheetList};
use feishu_bulk::roster;
use libfuzzer_sys::fuzz_target;
use roxmltree::{Document, Node};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use read::{Table, Value, table};

/// The bytes come last, so a seed is `00` and then a workbook, or the parts of one: the sheet, the shared texts, the styles, the
/// workbook and its relations, a NUL between them. Those that are left out are missing, or the simplest there are.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    header: u8,
    sheet: u8,
    bytes: &'a [u8],
}

/// Where the parts stand, and the simplest of those that no workbook is without.
const PARTS: [(&str, &[u8]); 5] = [
    ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData/></worksheet>"),
    ("xl/sharedStrings.xml", b""),
    ("xl/styles.xml", b""),
    (
        "xl/workbook.xml",
        b"<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        b"<Relationships><Relationship Id=\"1\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
    ),
];

/// The part that names the others.
const ROOT: (&str, &[u8]) = (
    "_rels/.rels",
    b"<Relationships><Relationship Id=\"1\" Type=\"x/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
);

/// What a byte from 128 stands for in a part: so a sheet stays well-formed through most of what is done to it.
const WORDS: [&[u8]; 80] = [
    b"<row>",
    b"</row>",
    b"<row r=\"3\">",
    b"<row r=\"900\" hidden=\"1\">",
    b"<row r=\"1048576\">",
    b"<c>",
    b"</c>",
    b"<c t=\"s\">",
    b"<c t=\"str\">",
    b"<c t=\"n\">",
    b"<c t=\"b\">",
    b"<c t=\"d\">",
    b"<c t=\"e\">",
    b"<c t=\"inlineStr\">",
    b"<c s=\"1\">",
    b"<c r=\"B2\">",
    b"<c r=\"XFD3\">",
    b"<v>",
    b"</v>",
    b"<v/>",
    b"<f>",
    b"</f>",
    b"<f/>",
    b"<is>",
    b"</is>",
    b"<t>",
    b"</t>",
    b"<t xml:space=\"preserve\">",
    b"<r>",
    b"</r>",
    b"<rPh>",
    b"</rPh>",
    b"<c t=\"str\"><v>a</v></c>",
    b"<c t=\"str\"><v>_b</v></c>",
    b"<c t=\"inlineStr\"><is><t>x</t></is></c>",
    b"<c><v>1</v></c>",
    b"<c s=\"1\"><v>46327.5</v></c>",
    b"<c t=\"s\"><v>0</v></c>",
    b"<c/>",
    b"<row><c t=\"str\"><v>a</v></c><c t=\"str\"><v>b</v></c></row>",
    b"<row><c t=\"str\"><v>x</v></c><c><v>2</v></c></row>",
    b"<worksheet>",
    b"</worksheet>",
    b"<sheetData>",
    b"</sheetData>",
    b"<worksheet><sheetData>",
    b"</sheetData></worksheet>",
    b"<mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells>",
    b"<mergeCell ref=\"",
    b"<cols><col min=\"1\" max=\"2\" hidden=\"1\"/></cols>",
    b"<dimension ref=\"A1:B2\"/>",
    b"<sst uniqueCount=\"1\"><si><t>s</t></si></sst>",
    b"<si>",
    b"</si>",
    b"<x>",
    b"</x>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"_x000D_",
    "张".as_bytes(),
    "\u{FFFD}".as_bytes(),
    b"\xFF",
    b"<row/>",
    b"<v/>1",
    b"<is/>",
    b"<t/>",
    b"<x/>",
    b"<si/>",
    b"<sst uniqueCount=\"",
    b"<c t=\"inlineStr\"><v>",
    b"<c t=\"n\"><v>+",
    b"<c t=\"inlineStr\"><is>",
    b"&amp;",
    b"&#13;",
    b"_x005F_x0020_",
    b"_x0000_",
    b"\xE2\x80\xA8",
    b"</v></c>",
];

fuzz_target!(|input: Input<'_>| {
    let options = InputOptions {
        format: Some(InputFormat::Workbook),
        sheet: (input.sheet % 4 == 1).then(|| "S".to_owned()),
        sheets: (input.sheet % 4 == 2).then_some(SheetList::All),
        header: HeaderRule {
            lines: 1 + usize::from(input.header % 2),
            names: ["a", "b"].map(str::to_owned)[..usize::from(input.header / 2 % 3)].to_vec(),
            is_weekdays: (input.header / 8 % 2 == 1).then_some(roster::is_weekdays),
            is_days: (input.header / 8 % 2 == 1).then_some(roster::is_header_of_days),
        },
        ..InputOptions::default()
    };
    let parts = parts(input.bytes);
    let whole = input.bytes.starts_with(b"PK");
    let file = if whole {
        input.bytes.to_vec()
    } else {
        zipped(&parts)
    };
    let Some(table) = table(&file, &options) else {
        return;
    };
    if table.refusal.is_some() {
        return;
    }
    check_lines(&table);
    // With the simplest workbook it is known which sheet is read.
    if !whole && parts[3..] == [PARTS[3].1, PARTS[4].1] {
        check_values(&parts[0], &table);
    }
    check_report(&table);
});

/// The parts, their words written out.
fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut given = bytes.split(|byte| *byte == 0);
    let part = |(_, simplest): &(&str, &[u8])| {
        let mut part = Vec::new();
        for byte in given.next().unwrap_or_default() {
            match byte.checked_sub(128) {
                Some(word) => part.extend_from_slice(WORDS[usize::from(word) % WORDS.len()]),
                None => part.push(*byte),
            }
        }
        if part.is_empty() {
            simplest.to_vec()
        } else {
            part
        }
    };
    PARTS.iter().map(part).collect()
}

/// A container with these parts, empty ones left out.
fn zipped(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let named = PARTS
        .iter()
        .map(|(name, _)| *name)
        .zip(parts.iter().map(Vec::as_slice));
    for (name, content) in named
        .chain([ROOT])
        .filter(|(_, content)| !content.is_empty())
    {
        zip.start_file(name, options).expect("an entry");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("a container").into_inner()
}

/// Every row down to the last record is accounted for.
fn check_lines(table: &Table) {
    let around = table.head.above.len() + table.head.header.len();
    let around = around + usize::from(table.head.weekdays.is_some());
    let rows = (around + table.records.len()) as u64 + table.blank_lines;
    assert_eq!(table.records.last().map(|record| record.line), Some(rows));
}

/// Each cell with a text in the sheet is part of the head, of a rejected record, or of a row, and there it is not absent.
fn check_values(sheet: &[u8], table: &Table) {
    let Ok(text) = str::from_utf8(sheet) else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    let data = document.root_element().children();
    let Some(data) = data.into_iter().find(|node| is(node, "sheetData")) else {
        return;
    };
    let first = table.records.first().map_or(0, |record| record.line);
    let mut row = 0;
    for node in data.children().filter(|node| is(node, "row")) {
        row = node
            .attribute("r")
            .map_or(row + 1, |said| said.parse().expect("it was read"));
        if row < first {
            continue;
        }
        let record = table.records.iter().find(|record| record.line == row);
        let mut next = 0;
        for cell in node.children().filter(|node| is(node, "c")) {
            let column = cell.attribute("r").map_or(next, column);
            next = column + 1;
            if !has_text(&cell) {
                continue;
            }
            let record = record.expect("a row with a text is a record");
            let own = table.head.positions.iter().position(|own| *own == column);
            if let (Some(own), Ok(cells)) = (own, &record.cells) {
                assert_ne!(cells[own], Value::Absent, "row {row}, column {column}");
            }
        }
    }
}

/// Whether the cell holds a text of its own that is not blank. An escape may stand for a space.
fn has_text(cell: &Node<'_, '_>) -> bool {
    let shared = cell.attribute("t") == Some("s");
    let values = cell
        .children()
        .filter(|node| is(node, "v") || is(node, "is"));
    let texts = values
        .flat_map(|value| value.descendants())
        .filter(|node| node.is_text() && !node.ancestors().any(|around| is(&around, "rPh")));
    let mut texts = texts.filter_map(|node| node.text());
    !shared && texts.any(|text| !text.trim().is_empty() && !text.contains("_x"))
}

fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// The column of a cell named as in `AB12`, from 0.
fn column(place: &str) -> usize {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    letters.fold(0, |column, letter| column * 26 + usize::from(letter & 31)) - 1
}

/// The report of a run in which nothing succeeded is an input with the same rows and no record more or less.
fn check_report(before: &Table) {
    let mut report = [
        "\u{feff}".as_bytes(),
        &before.header,
        b",_record,_outcome,_code,_reason,_log_id,_attempts,_rule,_run\n",
    ]
    .concat();
    for (number, record) in (1..).zip(&before.records) {
        report.extend_from_slice(&record.source);
        report.extend_from_slice(format!(",{number},failed,,,,,,\n").as_bytes());
    }
    let options = InputOptions {
        format: Some(InputFormat::Workbook),
        ..InputOptions::default()
    };
    let after = table(&report, &options).expect("a report is an input");
    assert_eq!(after.refusal, None);
    assert_eq!(after.columns, before.columns);
    assert_eq!(after.records.len(), before.records.len());
    for (after, before) in after.records.iter().zip(&before.records) {
        assert_eq!(after.source, before.source);
        let lost = String::from_utf8_lossy(&before.source).contains(char::REPLACEMENT_CHARACTER);
        if lost {
            assert!(before.cells.is_ok() || after.cells.is_err(), "{after:?}");
            continue;
        }
        if let Ok(cells) = &before.cells {
            let texts: Vec<Value> = cells.iter().map(as_text).collect();
            assert_eq!(after.cells, Ok(texts));
        }
    }
}

/// A cell as text files have it.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Absent => Value::Text(String::new()),
        Value::Number(text) | Value::Date(text) | Value::Unusable(text) => {
            Value::Text(text.clone())
        }
        Value::Bool(value) => Value::Text(value.to_string().to_uppercase()),
        Value::Text(_) | Value::Nested(_) => value.clone(),
    }
}
