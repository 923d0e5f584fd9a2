//! Two workbooks as they come from a store and from an HR system at the end of a month, as messy as such files are.

use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Worksheet};

use super::{Person, WEEKDAYS, book, people, strings, write_lines};

/// So many of the company work in the two stores, or were there at the end of the month.
const PEOPLE: usize = 20;

/// Days of September and October 2026, which began on a Tuesday and a Thursday.
const MONTHS: [(&str, &str, usize, usize); 2] = [
    ("九月", "2026年9月 门店排班表", 30, 2),
    ("十月", "2026年10月 门店排班表", 31, 4),
];

/// A sheet for each month, side by side; names padded with spaces, numbers as three people type them, a misspelt shift, and one whom
/// nobody knows yet.
pub(super) fn roster_book(path: &Path) {
    let mut workbook = book();
    let text = Format::new().set_num_format("@");
    let title = text.clone().set_bold().set_align(FormatAlign::Center);
    for (name, words, days, first_weekday) in MONTHS {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        let last = u16::try_from(days).unwrap() + 2;
        sheet.merge_range(0, 0, 0, last, words, &title).unwrap();
        let mut header = strings(["门店", "姓 名", "工号"]);
        header.extend((1..=days).map(|day| format!("{day}日")));
        let mut weekdays = vec![String::new(); 3];
        weekdays.extend((0..days).map(|day| {
            let weekday = WEEKDAYS[(first_weekday + day + 6) % 7];
            format!("周{weekday}")
        }));
        let mut lines = vec![header, weekdays];
        lines.extend(
            people()
                .iter()
                .take(PEOPLE)
                .enumerate()
                .map(|(at, person)| {
                    let mut line = who(at, person);
                    line.extend((1..=days).map(|day| shift(at, day, days).to_owned()));
                    line
                }),
        );
        write_lines(sheet, 1, &lines, &text);
        sheet.set_freeze_panes(3, 3).unwrap();
    }
    let shifts = workbook.add_worksheet().set_name("班次说明").unwrap();
    let legend = [
        ["班次", "时间"],
        ["早", "08:00-16:00"],
        ["晚", "14:00-22:00"],
    ];
    let legend: Vec<Vec<String>> = legend.into_iter().map(strings).collect();
    write_lines(shifts, 0, &legend, &text);
    workbook.save(path).unwrap();
}

fn who(at: usize, person: &Person) -> Vec<String> {
    let store = if at < 10 { "静安店" } else { "徐汇店" };
    // A name of two characters is padded until it is as wide as one of three.
    let short = person.name.chars().count() == 2;
    let name = match (short, at % 3) {
        (true, _) => person
            .name
            .chars()
            .map(String::from)
            .collect::<Vec<_>>()
            .join("  "),
        (false, 0) => format!("{} ", person.name),
        (false, _) => person.name.clone(),
    };
    let full_width = |digit: char| char::from_u32(u32::from(digit) + 0xfee0).unwrap();
    let number = match at {
        5 => person.number.chars().map(full_width).collect(),
        8 => format!(" {}", person.number),
        19 => "9001".to_owned(),
        _ => person.number.clone(),
    };
    strings([store.to_owned(), name, number])
}

fn shift(at: usize, day: usize, days: usize) -> &'static str {
    match (at, day) {
        (3, 12) => "早 班",
        (7, 20..=22) => "年假",
        (11, 6) => "/",
        (16, 5) => "",
        // Only what October has and September has not: the two are not the same.
        (_, 1..=3) if days == 31 => ["早", "晚", "晚"][(at + day) % 3],
        _ => match (day + at * 2) % 7 {
            0 | 1 => "休",
            2..=4 => ["早", "晚"][at % 2],
            _ => ["晚", "早"][at % 2],
        },
    }
}

/// Three lines of titles, a header of two lines, a share as per cent, dashes for none, and a remark of its own column.
pub(super) fn report_book(path: &Path) {
    let mut workbook = book();
    let sheet = workbook.add_worksheet().set_name("考勤月报").unwrap();
    let text = Format::new().set_num_format("@");
    let title = text.clone().set_bold().set_align(FormatAlign::Center);
    sheet
        .merge_range(0, 0, 0, 9, "某某零售有限公司 考勤月报", &title)
        .unwrap();
    sheet
        .write_string(1, 0, "统计周期：2026-09-01 至 2026-09-30")
        .unwrap();
    sheet.write_string(1, 7, "制表日期：2026-10-02").unwrap();
    report_titles(sheet, &title);
    for (row, (at, person)) in (4..).zip((0_u8..).zip(people().into_iter().take(PEOPLE))) {
        report_row(sheet, row, at, &person, &text);
    }
    sheet.set_freeze_panes(4, 2).unwrap();
    workbook.save(path).unwrap();
}

fn report_titles(sheet: &mut Worksheet, title: &Format) {
    for (column, name) in [(0, "工号"), (1, "姓名"), (9, "备注")] {
        sheet
            .merge_range(2, column, 3, column, name, title)
            .unwrap();
    }
    for (first, last, name) in [(2, 3, "考勤周期"), (4, 6, "出勤"), (7, 8, "假期")] {
        sheet.merge_range(2, first, 2, last, name, title).unwrap();
    }
    let lower = [
        "开始",
        "结束",
        "应出勤(天)",
        "实出勤(天)",
        "出勤率",
        "年假(天)",
        "病假(天)",
    ];
    for (column, name) in (2..).zip(lower) {
        sheet
            .write_string_with_format(3, column, name, title)
            .unwrap();
    }
}

fn report_row(sheet: &mut Worksheet, row: u32, at: u8, person: &Person, text: &Format) {
    let date = Format::new().set_num_format("yyyy/m/d");
    let percent = Format::new().set_num_format("0%");
    let number = match at {
        13 => "9001".to_owned(),
        _ => person.number.clone(),
    };
    for (column, cell) in [(0, &number), (1, &person.name)] {
        sheet
            .write_string_with_format(row, column, cell, text)
            .unwrap();
    }
    for (column, day) in [(2, 1), (3, 30)] {
        let day = ExcelDateTime::from_ymd(2026, 9, day).unwrap();
        sheet
            .write_datetime_with_format(row, column, day, &date)
            .unwrap();
    }
    // Of twenty days each is five per cent: no share has more digits than are shown.
    let absent = f64::from(at % 5);
    let figures = [
        20.0,
        20.0 - absent,
        (100.0 - absent * 5.0) / 100.0,
        absent,
        0.0,
    ];
    for (column, figure) in (4..).zip(figures) {
        if figure == 0.0 {
            sheet
                .write_string_with_format(row, column, "-", text)
                .unwrap();
        } else if column == 6 {
            sheet
                .write_number_with_format(row, column, figure, &percent)
                .unwrap();
        } else {
            sheet.write_number(row, column, figure).unwrap();
        }
    }
    if at == 9 {
        sheet
            .write_string_with_format(row, 9, "9月18日 补卡一次", text)
            .unwrap();
    }
}
