//! Workbooks that are damaged or made to do harm: each is refused in words, and costs nothing.

use std::io::{Cursor, Read as _, Write as _};

use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

use super::*;

const RELS: &str = "<Relationships><Relationship Id=\"1\" Type=\"x/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
const WORKBOOK: &str = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"1\"/></sheets></workbook>";
const SHEETS: &str = "<Relationships><Relationship Id=\"1\" Type=\"x/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";

/// A zip of entries.
fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, packed).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The smallest workbook, with a sheet and further entries.
fn workbook(sheet: &str, further: &[(&str, &str)]) -> Vec<u8> {
    let mut entries = vec![
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    entries.extend(further);
    zipped(&entries)
}

/// A workbook with these rows.
pub(super) fn with_rows(rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    workbook(&sheet, &[])
}

/// A workbook with one part written anew.
pub(super) fn rewritten(bytes: &[u8], part: &str, write: impl Fn(&str) -> String) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        if name == part {
            let written = write(&content);
            assert_ne!(written, content, "nothing was written anew");
            content = written;
        }
        entries.push((name, content));
    }
    let entries: Vec<_> = entries
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    zipped(&entries)
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Read, Refusal> {
    Sample::new("rows.xlsx", bytes).read(&InputOptions::default())
}

fn assert_refused(bytes: impl AsRef<[u8]>, why: &str) {
    let refusal = refused(read(bytes));
    assert!(refusal.contains(why), "{refusal}");
    assert!(refusal.contains("\nhint: "), "{refusal}");
}

/// A row of texts in the cells themselves.
fn row(cells: &[&str]) -> String {
    let cell = |text: &&str| format!("<c t=\"str\"><v>{text}</v></c>");
    format!("<row>{}</row>", cells.iter().map(cell).collect::<String>())
}

#[test]
fn the_smallest_workbook_is_read() {
    let bytes = with_rows(&(row(&["a", "b"]) + &row(&["1x", "a &amp; b"])));
    assert_eq!(read(bytes).unwrap().rows(), [["1x", "a & b"]]);
}

#[test]
fn a_workbook_with_something_joined_to_it_is_refused_and_not_read_in_part() {
    let first = with_rows(&(row(&["id"]) + &row(&["1"]) + &row(&["2"])));
    let second = with_rows(&(row(&["id"]) + &row(&["3"])));
    let before = format!(
        "{} bytes that are not part of it stand before it",
        first.len()
    );
    assert_refused([first.clone(), second].concat(), &before);
    for behind in [&b"id\n3\n"[..], b"\0", b"PK\x03\x04"] {
        let words = format!(
            "{} bytes that are not part of it stand behind it",
            behind.len()
        );
        assert_refused([&first[..], behind].concat(), &words);
    }
    let mut with_comment = first;
    let length = with_comment.len();
    with_comment[length - 2..].copy_from_slice(&4_u16.to_le_bytes());
    with_comment.extend_from_slice(b"note");
    assert_eq!(read(&with_comment).unwrap().rows(), [["1"], ["2"]]);
    with_comment.push(b'!');
    assert_refused(with_comment, "1 bytes that are not part of it");
}

#[test]
fn e01_a_bomb_is_refused_by_what_its_directory_says() {
    let zeros = "0".repeat(30 << 20);
    let sheet = with_rows(&row(&["a"]));
    let bomb = {
        let mut zip = ZipWriter::new_append(Cursor::new(sheet)).unwrap();
        zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(zeros.as_bytes()).unwrap();
        zip.finish().unwrap().into_inner()
    };
    assert!(bomb.len() < 100_000);
    assert_refused(bomb, "unpacks to more than 100 times its size");
}

#[test]
fn e01_a_bomb_whose_directory_lies_is_refused_by_what_comes_out() {
    let mut bytes = with_rows(&row(&[&"x".repeat(9000)]));
    // The size in the directory, behind its mark at 24 bytes, is that of the last entry.
    let entry = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[entry + 24..entry + 28].copy_from_slice(&100_u32.to_le_bytes());
    assert_refused(bytes, "sheet1.xml: ");
}

#[test]
fn e01_too_many_entries_or_bytes_are_refused() {
    let names: Vec<String> = (0..10_001).map(|n| format!("xl/{n}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_refused(zipped(&entries), "it has 10001 entries");
    let mut bytes = with_rows(&row(&["a"]));
    let entry = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[entry + 20..entry + 24].copy_from_slice(&0x4000_0000_u32.to_le_bytes());
    bytes[entry + 24..entry + 28].copy_from_slice(&0x4000_0001_u32.to_le_bytes());
    assert_refused(bytes, "unpacks to more than 1024 MiB");
}

#[test]
fn e03_odd_entries_are_refused() {
    for name in ["../evil", "/etc/passwd", "xl\\worksheets\\x.xml", "c:evil"] {
        assert_refused(
            workbook("", &[(name, "")]),
            "has a name that no workbook gives",
        );
    }
    assert_refused(
        workbook("", &[("xl/Workbook.xml", WORKBOOK)]),
        "it holds `xl/Workbook.xml` twice",
    );
    let mut bytes = with_rows(&row(&["a"]));
    for mark in [&b"PK\x01\x02"[..], b"PK\x03\x04"] {
        let flags = memchr::memmem::rfind(&bytes, mark).unwrap() + if mark[2] == 1 { 8 } else { 6 };
        bytes[flags] |= 1;
    }
    assert_refused(bytes, "the workbook is encrypted");
}

#[test]
fn e03_entries_that_overlap_are_refused() {
    let mut bytes = with_rows(&row(&["a"]));
    let first = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    let last = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    let start = bytes[last + 42..last + 46].to_vec();
    bytes[first + 42..first + 46].copy_from_slice(&start);
    assert!(read(bytes).is_err());
}

#[test]
fn e04_a_doctype_is_refused_in_every_part_that_is_read() {
    let bytes = with_rows(&(row(&["a"]) + &row(&["1x"])));
    for part in [
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
    ] {
        let bytes = rewritten(&bytes, part, |xml| {
            format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{xml}")
        });
        assert_refused(bytes, "has a DOCTYPE");
    }
    for part in ["xl/sharedStrings.xml", "xl/styles.xml"] {
        assert_refused(workbook("", &[(part, "<!DOCTYPE x><x/>")]), "has a DOCTYPE");
    }
}

#[test]
fn e05_xml_that_is_too_deep_or_in_too_large_pieces_is_refused() {
    let deep = format!(
        "<worksheet>{}{}</worksheet>",
        "<a>".repeat(1000),
        "</a>".repeat(1000)
    );
    assert_refused(workbook(&deep, &[]), "nest more than 64 deep");
    let attributes = " a=\"\"".repeat(300_000);
    let wide = format!("<worksheet{attributes}></worksheet>");
    assert_refused(workbook(&wide, &[]), "a piece of it is longer than 1024 kB");
}

#[test]
fn e17_other_kinds_of_workbooks_are_refused_by_their_names() {
    let macros = workbook("", &[("xl/vbaProject.bin", "")]);
    assert_refused(macros, "this is an Excel workbook with macros (.xlsm)");
    let binary = zipped(&[("xl/workbook.bin", ""), ("xl/vbaProject.bin", "")]);
    assert_refused(binary, "this is a binary Excel workbook (.xlsb)");
    let ods = zipped(&[("mimetype", ""), ("content.xml", "")]);
    assert_refused(ods, "this is an OpenDocument file (.ods)");
    let word = zipped(&[("[Content_Types].xml", ""), ("word/document.xml", "")]);
    assert_refused(
        word,
        "this is an Office document, and laid out as no workbook is",
    );
    assert_refused(zipped(&[("a.csv", "a,b")]), "this is a zip archive");
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    assert_refused(ole, "this is an Excel workbook (.xls)");
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_refused(
        [ole, encrypted.as_slice()].concat(),
        "this is an Excel workbook with a password",
    );
}

#[test]
fn e18_a_workbook_that_was_cut_is_refused() {
    let bytes = with_rows(&(row(&["a"]) + &row(&["1x"])));
    for length in 4..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "cut at {length}");
    }
    assert_refused(
        &bytes[..bytes.len() / 2],
        "this is an Excel workbook (.xlsx), and it is damaged",
    );
}

#[test]
fn e18_parts_that_are_missing_or_cut_are_refused() {
    assert_refused(
        zipped(&[("xl/workbook.xml", WORKBOOK)]),
        "`_rels/.rels` is missing",
    );
    assert_refused(
        workbook("<worksheet><sheetData><row><c>", &[]),
        "it ends before it is complete",
    );
    assert_refused(workbook("<chartsheet/>", &[]), "it is no sheet of cells");
}

#[test]
fn rows_and_cells_out_of_order_are_refused() {
    for (rows, why) in [
        ("<row r=\"2\"/><row r=\"2\"/>", "row 2 stands behind row 2"),
        ("<row r=\"5\"/><row r=\"3\"/>", "row 3 stands behind row 5"),
        ("<row r=\"9999999\"/>", "row 9999999"),
        ("<row r=\"x\"/>", "a row is numbered `x`"),
        (
            "<row r=\"1\"><c r=\"A2\"/></row>",
            "cell A2 stands out of its place in row 1",
        ),
        (
            "<row><c r=\"B1\"/><c r=\"A1\"/></row>",
            "cell A1 stands out of its place",
        ),
        (
            "<row><c r=\"A1\"/><c r=\"A1\"/></row>",
            "cell A1 stands out of its place",
        ),
        ("<row><c r=\"AAAA1\"/></row>", "`AAAA1` is no cell"),
    ] {
        assert_refused(with_rows(rows), why);
    }
}

#[test]
fn values_that_cannot_be_known_are_refused() {
    for (cell, why) in [
        (
            "<c t=\"s\"><v>x</v></c>",
            "cell A1 names a text that there is not",
        ),
        (
            "<c t=\"s\"><v>7</v></c>",
            "cell A1 names a text that there is not",
        ),
        ("<c t=\"n\"><v>x</v></c>", "cell A1 is no number"),
        (
            "<c t=\"b\"><v>x</v></c>",
            "cell A1 is neither true nor false",
        ),
        ("<c><v>1</v><v>2</v></c>", "cell A1 has two values"),
        ("<c t=\"new\"><v>1</v></c>", "of the unknown type `new`"),
        ("<c><v>&x;</v></c>", "nothing is said of `&x;`"),
    ] {
        assert_refused(with_rows(&format!("<row>{cell}</row>")), why);
    }
}

#[test]
fn a_value_is_all_that_the_xml_of_it_holds() {
    for (cell, value) in [
        ("<c><v>1&#50;</v></c>", "number 12"),
        ("<c><v>1<!-- -->2</v></c>", "number 12"),
        ("<c><v> <?x?>12 </v></c>", "number 12"),
        ("<c><v>12</v><f>6*2</f></c>", "number 12"),
        ("<c t=\"str\"><v><![CDATA[x]]>&amp;</v></c>", "x&"),
        ("<c t=\"inlineStr\"><v>x</v></c>", "x"),
        ("<c><is><t>x</t></is></c>", "x"),
        ("<c t=\"inlineStr\"><is>x</is></c>", "x"),
        ("<c t=\"inlineStr\"><v>0</v><is><t>x</t></is></c>", "x"),
        (
            "<c t=\"inlineStr\"><is>\n <r>\n <t>x</t>\n </r>\n <t>y</t>\n </is></c>",
            "xy",
        ),
        (
            "<c t=\"e\"><v>#NEW!</v></c>",
            "unusable #NEW!: holds an error of the spreadsheet",
        ),
    ] {
        let rows = row(&["a"]) + &format!("<row>{cell}</row>");
        assert_eq!(read(with_rows(&rows)).unwrap().rows(), [[value]], "{cell}");
    }
}

#[test]
fn a_hidden_sheet_is_not_read_for_a_visible_one_of_the_same_name() {
    let with = |text: &str| {
        let rows = row(&["a"]) + &row(&[text]);
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
    };
    let bytes = workbook(
        &with("shown"),
        &[("xl/worksheets/sheet2.xml", &with("hidden"))],
    );
    let bytes = rewritten(&bytes, "xl/workbook.xml", |xml| {
        let hidden = "<sheets><sheet name=\"S\" sheetId=\"2\" state=\"hidden\" r:id=\"2\"/>";
        xml.replace("<sheets>", hidden)
    });
    let bytes = rewritten(&bytes, "xl/_rels/workbook.xml.rels", |xml| {
        let second = SHEETS
            .replace("Id=\"1\"", "Id=\"2\"")
            .replace("sheet1", "sheet2");
        xml.replace(
            "</Relationships>",
            second.strip_prefix("<Relationships>").unwrap(),
        )
    });
    assert_eq!(read(bytes).unwrap().rows(), [["shown"]]);
}

#[test]
fn counts_and_regions_that_a_workbook_says_of_itself_cost_nothing() {
    let sheet = format!(
        "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{}<row><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>",
        row(&["a"]),
    );
    let strings = "<sst uniqueCount=\"99999999999\"><si><t>x</t></si></sst>";
    let bytes = workbook(&sheet, &[("xl/sharedStrings.xml", strings)]);
    assert_eq!(read(bytes).unwrap().rows(), [["x"]]);
}

#[test]
fn the_texts_and_styles_of_a_workbook_are_where_it_says() {
    let sheet = format!(
        "<worksheet><sheetData>{}<row><c t=\"s\"><v>0</v></c><c s=\"1\"><v>46327</v></c></row></sheetData></worksheet>",
        row(&["a", "b"]),
    );
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"m/d\"/></numFmts>\
                  <cellStyleXfs><xf numFmtId=\"9\"/><xf numFmtId=\"9\"/></cellStyleXfs>\
                  <cellXfs><xf/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
    let texts = "<sst><si><t>x</t></si></sst>";
    let bytes = workbook(&sheet, &[("xl/t/words.xml", texts), ("styles.xml", styles)]);
    let relations = "<Relationship Id=\"2\" Type=\"x/sharedStrings\" Target=\"t/words.xml\"/>\
                     <Relationship Id=\"3\" Type=\"x/styles\" Target=\"/styles.xml\"/></Relationships>";
    let bytes = rewritten(&bytes, "xl/_rels/workbook.xml.rels", |xml| {
        xml.replace("</Relationships>", relations)
    });
    assert_eq!(read(bytes).unwrap().rows(), [["x", "day 20261101"]]);
}

#[test]
fn numbers_in_any_notation_are_numbers_or_nothing() {
    for (written, read_as) in [
        ("5", "number 5"),
        ("5.", "number 5"),
        (".5", "number 0.5"),
        ("+5", "number 5"),
        ("1e3", "number 1000"),
        ("1E-2", "number 0.01"),
        (
            "1e400",
            "unusable inf: is no number that a spreadsheet can hold",
        ),
        (
            "nan",
            "unusable NaN: is no number that a spreadsheet can hold",
        ),
        ("12a", "12a"),
    ] {
        let rows = row(&["a"]) + &format!("<row><c><v>{written}</v></c></row>");
        assert_eq!(
            read(with_rows(&rows)).unwrap().rows(),
            [[read_as]],
            "{written}"
        );
        let typed = rows.replace("<c><v>", "<c t=\"n\"><v>");
        let typed = read(with_rows(&typed));
        assert_eq!(typed.is_ok(), read_as != written, "{written}");
    }
}

#[test]
fn e15_rich_texts_are_joined_escapes_decoded_once_and_readings_dropped() {
    let rows = row(&["a", "b", "c", "d"])
        + "<row><c t=\"inlineStr\"><is><r><t>张</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">三 </t></r><rPh><t>ZHANG</t></rPh></is></c>\
           <c t=\"inlineStr\"><is><t>a_x000D_b</t></is></c><c t=\"inlineStr\"><is><t>_x005F_x000D_</t></is></c>\
           <c t=\"inlineStr\"><is><t><![CDATA[<&>]]></t></is></c></row>";
    assert_eq!(
        read(with_rows(&rows)).unwrap().rows(),
        [["张三 ", "a\rb", "_x000D_", "<&>"]]
    );
}

#[test]
fn cells_that_are_too_long_or_lost_a_character_reject_their_row() {
    let long = "x".repeat(70_000);
    let rows =
        row(&["a", "b"]) + &row(&["1x", &long]) + &row(&["\u{FFFD}", "y"]) + &row(&["2x", "z"]);
    let read = read(with_rows(&rows)).unwrap();
    assert_eq!(
        read.rejections(),
        [
            (1, "b: a cell is longer than 64 kB (70000 bytes)"),
            (
                2,
                "the record holds U+FFFD, which stands for a character lost in an earlier conversion"
            ),
        ]
    );
}

#[test]
fn a_formula_that_gives_an_empty_text_is_an_empty_cell() {
    let rows = row(&["a", "b"])
        + "<row><c t=\"str\"><f>\"\"</f><v></v></c><c t=\"str\"><v>x</v></c></row>";
    assert_eq!(read(with_rows(&rows)).unwrap().rows(), [["absent", "x"]]);
}

#[test]
fn a_header_that_is_an_error_or_was_never_computed_refuses_the_file() {
    for cell in ["<c><f>1+1</f></c>", "<c t=\"e\"><v>#REF!</v></c>"] {
        let rows = format!("<row><c t=\"str\"><v>a</v></c>{cell}</row>") + &row(&["1x"]);
        assert_refused(
            with_rows(&rows),
            "cell B1 of the sheet `S` is to name a column",
        );
    }
}

#[test]
fn a_name_with_nul_in_it_refuses_the_file() {
    let named = |name: &str| with_rows(&(row(&[name, "b"]) + &row(&["1x", "2x"])));
    assert_refused(
        named("a_x0000_"),
        "`S`, row 1: the header holds NUL characters",
    );
    assert_eq!(read(named("_a_x0000_")).unwrap().columns, ["b"]);
}

#[test]
fn a_row_is_at_most_as_long_as_one_of_csv_however_often_it_repeats_a_text() {
    let names: Vec<String> = (0..20).map(|at| format!("a{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let header = row(&names);
    let with = |cells: &str, after: &str, text: &str| {
        let rows = format!("{header}<row>{cells}</row>");
        let strings = format!("<sst><si>{text}</si></sst>");
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData>{after}</worksheet>");
        workbook(&sheet, &[("xl/sharedStrings.xml", &strings)])
    };
    let run = format!("<r><t>{}</t></r>", "x".repeat(500_000));
    let cell = "<c t=\"s\"><v>0</v></c>";
    let merged = "<mergeCells><mergeCell ref=\"A2:T2\"/></mergeCells>";
    let too_long = "rows.xlsx: row 2 is longer than 8 MiB";
    assert_refused(with(&cell.repeat(20), "", &run), too_long);
    assert_refused(with(cell, merged, &run), too_long);
    assert_refused(
        with(cell, "", &run.repeat(3)),
        "a text is longer than 1024 kB",
    );
    assert_eq!(
        read(with(&cell.repeat(2), "", &run)).unwrap().records.len(),
        1
    );
}

#[test]
fn merged_regions_that_overlap_or_are_too_many_are_refused() {
    let rows = row(&["a", "b"]) + &row(&["1x", "2x"]) + &row(&["3x", "4x"]);
    let with = |regions: &str| {
        let sheet = format!(
            "<worksheet><sheetData>{rows}</sheetData><mergeCells>{regions}</mergeCells></worksheet>"
        );
        workbook(&sheet, &[])
    };
    let side_by_side = "<mergeCell ref=\"B2:B3\"/><mergeCell ref=\"A2:A3\"/>";
    assert_eq!(read(with(side_by_side)).unwrap().records.len(), 2);
    for overlapping in [
        "<mergeCell ref=\"A2:B2\"/><mergeCell ref=\"B2:B3\"/>",
        "<mergeCell ref=\"B2:B3\"/><mergeCell ref=\"A3:B3\"/>",
    ] {
        assert_refused(with(overlapping), "overlap");
    }
    let many = "<mergeCell ref=\"A2:B2\"/>".repeat(100_001);
    assert_refused(with(&many), "more than 100000 merged regions");
}

#[test]
fn charts_are_no_sheets() {
    let workbook_xml = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"Chart\" sheetId=\"1\" r:id=\"2\"/><sheet name=\"S\" sheetId=\"2\" r:id=\"1\"/></sheets></workbook>";
    let relations = SHEETS.replace(
        "</Relationships>",
        "<Relationship Id=\"2\" Type=\"x/relationships/chartsheet\" Target=\"chartsheets/sheet1.xml\"/></Relationships>",
    );
    let bytes = with_rows(&(row(&["a"]) + &row(&["1x"])));
    let bytes = rewritten(&bytes, "xl/workbook.xml", |_| workbook_xml.to_owned());
    let bytes = rewritten(&bytes, "xl/_rels/workbook.xml.rels", |_| relations.clone());
    assert_eq!(read(&bytes).unwrap().rows(), [["1x"]]);
    let named = InputOptions {
        sheet: Some("Chart".to_owned()),
        ..InputOptions::default()
    };
    let refusal = refused(Sample::new("rows.xlsx", &bytes).read(&named));
    assert!(
        refusal.contains("the sheet `Chart` has no cells"),
        "{refusal}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_workbook_with_any_byte_changed_is_read_or_refused_without_a_panic(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = with_rows(&(row(&["a", "b"]) + &row(&["1x", "2x"])));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(bytes);
    }

    #[test]
    fn a_sheet_of_any_elements_is_read_or_refused_without_a_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<row>", "</row>", "<row r=\"3\">", "<c>", "</c>", "<c t=\"s\">", "<c t=\"inlineStr\">", "<c r=\"B2\">", "<v>", "</v>",
            "<is>", "</is>", "<t>", "</t>", "<f>", "</f>", "<v/>", "<f/>", "1", "x", "&amp;", "<c r=\"A1\"/>",
            "</sheetData>", "<sheetData>", "<mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>",
        ]), 0..30)
    ) {
        let _ = read(with_rows(&pieces.concat()));
    }
}
