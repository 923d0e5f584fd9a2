//! Two workbooks as they come from a store and from an HR system at the end of a month, as messy as such files are.

use std::ops::Range;
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Formula, Worksheet};

use super::{Person, WEEKDAYS, book, people, strings, write_lines};

/// So many of the company work in the two stores, or were there at the end of the month.
pub(super) const PEOPLE: usize = 20;

/// Days of September and October 2026, which began on a Tuesday and a Thursday.
pub(super) const MONTHS: [(&str, &str, usize, usize); 2] = [
    ("九月", "2026年9月 门店排班表", 30, 2),
    ("十月", "2026年10月 门店排班表", 31, 4),
];

/// The people of the two stores, one store below the other.
const STORES: [(&str, Range<usize>); 2] = [("静安店", 0..10), ("徐汇店", 10..PEOPLE)];

/// The row of the first store's band: below the title, the header and the weekdays.
const FIRST_BAND: u32 = 3;

/// Columns before the days: store, name and number.
const BEFORE_DAYS: u16 = 3;

/// A sheet for each month, side by side. Each store has a band above its people, its name merged down beside them, and a sum below
/// them; below the table stand the sum of both, what the words mean, and who has signed. Names are padded with spaces, numbers as
/// three people type them, a shift is misspelt, one person is known to nobody yet, and two have a remark right of the last day.
pub(super) fn roster_book(path: &Path) {
    let mut workbook = book();
    let text = Format::new().set_num_format("@");
    let title = text.clone().set_bold().set_align(FormatAlign::Center);
    for (name, words, days, first_weekday) in MONTHS {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        let last = BEFORE_DAYS + u16::try_from(days).unwrap() - 1;
        sheet.merge_range(0, 0, 0, last, words, &title).unwrap();
        let mut header = strings(["门店", "姓 名", "工号"]);
        header.extend((1..=days).map(|day| format!("{day}日")));
        let mut weekdays = vec![String::new(); 3];
        weekdays.extend((0..days).map(|day| {
            let weekday = WEEKDAYS[(first_weekday + day + 6) % 7];
            format!("周{weekday}")
        }));
        write_lines(sheet, 1, &[header, weekdays], &text);
        let mut row = FIRST_BAND;
        for (store, staff) in STORES {
            roster_store(sheet, row, (store, staff.clone()), days);
            row += u32::try_from(staff.len()).unwrap() + 2;
        }
        roster_sum(sheet, row, "合计", 0..PEOPLE, days);
        roster_foot(sheet, row + 1, last);
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

/// The band of a store, its people, and their sum.
fn roster_store(
    sheet: &mut Worksheet,
    band: u32,
    (store, staff): (&str, Range<usize>),
    days: usize,
) {
    let text = Format::new().set_num_format("@");
    let middle = text.clone().set_bold().set_align(FormatAlign::Center);
    let first_beside = BEFORE_DAYS + u16::try_from(days).unwrap();
    let words = format!("【{store}】");
    sheet
        .merge_range(band, 0, band, first_beside - 1, &words, &middle)
        .unwrap();
    let people = people();
    let mut lines = Vec::new();
    for at in staff.clone() {
        let mut line = who(at, &people[at]);
        line.extend((1..=days).map(|day| shift(at, day, days).to_owned()));
        lines.push(line);
    }
    write_lines(sheet, band + 1, &lines, &text);
    for (row, at) in (band + 1..).zip(staff.clone()) {
        let remark = match at {
            7 => "年假返乡, 23日回",
            19 => "新到, 工号待定",
            _ => continue,
        };
        sheet
            .write_string_with_format(row, first_beside, remark, &text)
            .unwrap();
    }
    let sum = band + 1 + u32::try_from(staff.len()).unwrap();
    sheet
        .merge_range(band + 1, 0, sum - 1, 0, store, &middle)
        .unwrap();
    roster_sum(sheet, sum, "小计", staff, days);
}

/// How many of some people are at work on each day, with its label merged over the columns before the days.
fn roster_sum(sheet: &mut Worksheet, row: u32, label: &str, staff: Range<usize>, days: usize) {
    let bold = Format::new().set_bold().set_align(FormatAlign::Center);
    sheet
        .merge_range(row, 0, row, BEFORE_DAYS - 1, label, &bold)
        .unwrap();
    for (column, day) in (BEFORE_DAYS..).zip(1..=days) {
        let at_work = |at: &usize| shift(*at, day, days).starts_with(['早', '晚']);
        let count = staff.clone().filter(at_work).count();
        sheet
            .write_number_with_format(row, column, u32::try_from(count).unwrap(), &bold)
            .unwrap();
    }
}

/// What the words mean, a remark on all, and who has made and seen the table.
fn roster_foot(sheet: &mut Worksheet, row: u32, last: u16) {
    let text = Format::new().set_num_format("@");
    for (column, cell) in [
        (0, "图例："),
        (3, "早"),
        (4, "08:00-16:00"),
        (8, "晚"),
        (9, "14:00-22:00"),
        (13, "休"),
        (14, "休息"),
    ] {
        sheet
            .write_string_with_format(row, column, cell, &text)
            .unwrap();
    }
    let remark = "备注：换班须提前两天告知店长";
    sheet
        .merge_range(row + 1, 0, row + 1, last, remark, &text)
        .unwrap();
    for (column, cell) in [(0, "制表人："), (8, "店长："), (16, "日期：")] {
        sheet
            .write_string_with_format(row + 3, column, cell, &text)
            .unwrap();
    }
}

/// The group of a person's store, as the job knows it.
pub(super) fn group(at: usize) -> &'static str {
    if STORES[0].1.contains(&at) {
        "6737202939523236110"
    } else {
        "6737202939523236111"
    }
}

/// Store, name and number. The store stands merged down beside its people.
fn who(at: usize, person: &Person) -> Vec<String> {
    // A blank behind the name, or a full-width one that sets the family name apart.
    let name = match at % 6 {
        0 | 3 => format!("{} ", person.name),
        4 => {
            let mut given = person.name.chars();
            let family = given.next().unwrap();
            format!("{family}\u{3000}{}", given.as_str())
        }
        _ => person.name.clone(),
    };
    let full_width = |digit: char| char::from_u32(u32::from(digit) + 0xfee0).unwrap();
    let number = match at {
        5 => person.number.chars().map(full_width).collect(),
        8 => format!(" {}", person.number),
        19 => "9001".to_owned(),
        _ => person.number.clone(),
    };
    vec![String::new(), name, number]
}

/// What stands in the cell of a person on a day.
pub(super) fn shift(at: usize, day: usize, days: usize) -> &'static str {
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

/// The departments of the report, and how many lines each has.
const DEPARTMENTS: [(&str, u32); 3] = [("营运部", 9), ("仓储部", 7), ("行政部", 4)];

/// The first row of people in the report.
const FIRST_LINE: u32 = 4;

/// Three lines of titles, a header of two lines, departments merged down, a share as per cent, dashes for none, and a remark of its
/// own column; below the table a sum, and who has made and seen it.
pub(super) fn report_book(path: &Path) {
    let mut workbook = book();
    let sheet = workbook.add_worksheet().set_name("考勤月报").unwrap();
    let text = Format::new().set_num_format("@");
    let title = text.clone().set_bold().set_align(FormatAlign::Center);
    sheet
        .merge_range(0, 0, 0, 10, "某某零售有限公司 考勤月报", &title)
        .unwrap();
    sheet
        .write_string(1, 0, "统计周期：2026-09-01 至 2026-09-30")
        .unwrap();
    sheet.write_string(1, 8, "制表日期：2026-10-02").unwrap();
    report_titles(sheet, &title);
    for (row, (at, person)) in (FIRST_LINE..).zip((0_u8..).zip(people().into_iter().take(PEOPLE))) {
        report_row(sheet, row, at, &person, &text);
    }
    let mut row = FIRST_LINE;
    for (department, lines) in DEPARTMENTS {
        sheet
            .merge_range(row, 0, row + lines - 1, 0, department, &title)
            .unwrap();
        row += lines;
    }
    report_foot(sheet, row, &title);
    sheet.set_freeze_panes(4, 3).unwrap();
    workbook.save(path).unwrap();
}

/// The sum of the figures, as the spreadsheet reckons it, and the signatures.
fn report_foot(sheet: &mut Worksheet, row: u32, title: &Format) {
    sheet.merge_range(row, 0, row, 2, "合计", title).unwrap();
    let percent = Format::new().set_num_format("0%");
    for (column, letter, sum) in [
        (5, 'F', "400"),
        (6, 'G', "360"),
        (8, 'I', "40"),
        (9, 'J', "0"),
    ] {
        let formula = format!("=SUM({letter}{}:{letter}{row})", FIRST_LINE + 1);
        let formula = Formula::new(formula).set_result(sum);
        sheet.write_formula(row, column, formula).unwrap();
    }
    let row_name = row + 1;
    let share = Formula::new(format!("=G{row_name}/F{row_name}")).set_result("0.9");
    sheet
        .write_formula_with_format(row, 7, share, &percent)
        .unwrap();
    for (column, cell) in [(0, "制表人："), (3, "审核人："), (7, "总经理签字：")] {
        sheet.write_string(row + 2, column, cell).unwrap();
    }
}

fn report_titles(sheet: &mut Worksheet, title: &Format) {
    for (column, name) in [(0, "部门"), (1, "工号"), (2, "姓名"), (10, "备注")] {
        sheet
            .merge_range(2, column, 3, column, name, title)
            .unwrap();
    }
    for (first, last, name) in [(3, 4, "考勤周期"), (5, 7, "出勤"), (8, 9, "假期")] {
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
    for (column, name) in (3..).zip(lower) {
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
    for (column, cell) in [(1, &number), (2, &person.name)] {
        sheet
            .write_string_with_format(row, column, cell, text)
            .unwrap();
    }
    for (column, day) in [(3, 1), (4, 30)] {
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
    for (column, figure) in (5..).zip(figures) {
        if figure == 0.0 {
            sheet
                .write_string_with_format(row, column, "-", text)
                .unwrap();
        } else if column == 7 {
            sheet
                .write_number_with_format(row, column, figure, &percent)
                .unwrap();
        } else {
            sheet.write_number(row, column, figure).unwrap();
        }
    }
    if at == 9 {
        sheet
            .write_string_with_format(row, 10, "9月18日 补卡一次", text)
            .unwrap();
    }
}
