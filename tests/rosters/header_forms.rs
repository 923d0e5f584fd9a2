//! The forms in which offices title their days, each from a workbook to what is sent.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};

use super::{comes_to, office};
use crate::support::sheet::{self, Put, Sheet};

/// A header of three days in each form comes to these dates.
fn comes_to_days(name: &str, titles: Vec<Put>, dates: [&str; 3]) {
    let mut header = vec![Put::from("工号")];
    header.extend(titles);
    let sheet = Sheet::new(name).row(header).row(["007", "白", "夜", "休"]);
    let [one, two, three] = dates;
    comes_to(
        &office().sheets(&[sheet]),
        &[
            &format!("e7 {one} s1"),
            &format!("e7 {two} s2"),
            &format!("e7 {three} 0"),
        ],
    );
}

fn texts(titles: [&str; 3]) -> Vec<Put> {
    titles.into_iter().map(Put::from).collect()
}

const THREE: [&str; 3] = ["20260901", "20260902", "20260903"];

#[test]
fn numbers_words_and_dates_of_a_month_are_its_days() {
    comes_to_days("2026年9月", vec![1.into(), 2.into(), 3.into()], THREE);
    for titles in [
        ["1", "2", "3"],
        ["1日", "2日", "3日"],
        ["9/1", "9/2", "9/3"],
        ["9月1日", "9月2日", "9月3日"],
        ["1號（週二）", "2號（週三）", "3號（週四）"],
        ["１日", "２日", "３日"],
        ["1 Tue", "2 Wed", "3 Thu"],
        ["2026-09-01", "2026-09-02", "2026-09-03"],
    ] {
        comes_to_days("2026年9月", texts(titles), THREE);
    }
    for name in [
        "September 2026",
        "２０２６年９月",
        "2026年9月份輪班",
        "202609",
    ] {
        comes_to_days(name, texts(["1", "2", "3"]), THREE);
    }
}

#[test]
fn true_dates_are_days_whatever_they_show() {
    let dates = vec![
        Put::Date(2026, 8, 31),
        Put::Date(2026, 9, 1),
        Put::Date(2026, 9, 2),
    ];
    comes_to_days("排班", dates, ["20260831", "20260901", "20260902"]);
}

#[test]
fn a_week_over_two_months_in_full_dates_is_read_as_it_stands() {
    let dates = texts(["2026/8/31", "2026/9/1", "2026/9/2"]);
    comes_to_days("排班", dates, ["20260831", "20260901", "20260902"]);
}

#[test]
fn true_dates_of_a_workbook_that_counts_from_1904_are_the_days_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1904.xlsx");
    // From the base of 1904 the same numbers are days four years and a day later.
    let days = [(2022, 8, 31), (2022, 9, 1), (2022, 9, 2)];
    let mut header = vec![Put::from("工号")];
    header.extend(days.map(|(year, month, day)| Put::Date(year, month, day)));
    let sheet = Sheet::new("排班")
        .row(header)
        .row(["007", "白", "夜", "休"]);
    sheet::save(&path, &[sheet]);
    comes_to(
        &office().file("rows.xlsx", counting_from_1904(&fs::read(&path).unwrap())),
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 0"],
    );
}

/// The same workbook with the other base of its days.
fn counting_from_1904(bytes: &[u8]) -> Vec<u8> {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut rewritten = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..package.len() {
        let mut part = package.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        if name == "xl/workbook.xml" {
            let xml = String::from_utf8(text).unwrap();
            assert!(xml.contains("<workbookPr"));
            text = xml
                .replace("<workbookPr", "<workbookPr date1904=\"1\"")
                .into_bytes();
        }
        rewritten
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        rewritten.write_all(&text).unwrap();
    }
    rewritten.finish().unwrap().into_inner()
}
