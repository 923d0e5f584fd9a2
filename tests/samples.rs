//! The workbooks that ship as samples, as HR would make them, and the text files beside them. They are written anew by
//! `cargo test --test promises -- --ignored samples_are_written_anew`; every mistake in them is there on purpose.

mod as_kept;
mod messy;

use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook,
    Worksheet,
};

use crate::support::bench::PACKAGE;

const FAMILY: [&str; 20] = [
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨",
    "朱", "秦", "尤", "许",
];
const GIVEN: [&str; 10] = [
    "春晓", "立夏", "知秋", "初冬", "小满", "白露", "清明", "谷雨", "惊蛰", "芒种",
];
const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
const BRANCHES: [(&str, &str); 4] = [
    ("华东", "静安店"),
    ("华东", "徐汇店"),
    ("华北", "朝阳店"),
    ("华北", "海淀店"),
];

/// A person of the invented company.
struct Person {
    number: String,
    name: String,
    user_id: String,
    branch: usize,
}

fn people() -> Vec<Person> {
    let person = |at: usize| Person {
        number: format!("{:04}", 7 + at * 13),
        name: format!("{}{}", FAMILY[at % 20], GIVEN[(at * 7 + at / 20) % 10]),
        // Eight hexadecimal digits, as the platform gives them.
        user_id: match at {
            17 => "nobody17".to_owned(),
            _ => format!("{:08x}", (at as u64 + 11) * 0x9e37_79b9 % 0xffff_fffb),
        },
        branch: at / 10,
    };
    (0..40).map(person).collect()
}

/// The cell of a person on a day of September 2026, which began on a Tuesday.
fn shift(person: usize, day: usize) -> &'static str {
    match (person, day) {
        (4, 9) => "早般",
        (11, 21) => "晚班 13:00-22:00",
        (22, 14) => "请假",
        (8, 31) => "早班",
        // Hired in the middle of the month, and gone in the middle of it.
        (30, 1..=14) | (35, 19..) | (_, 31) => "",
        (27, 5..=7) => "-",
        (14, 25) => "早班 ",
        _ => match (day + person) % 7 {
            0 | 6 => "休",
            1 | 2 => ["早班", "中班", "晚班"][person % 3],
            3 => ["早班", "晚班"][person % 2],
            _ => ["中班", "早班", "早班"][person % 3],
        },
    }
}

/// What is written into the cells that say who it is.
fn who(person: usize, of: &Person) -> [String; 4] {
    let (region, branch) = BRANCHES[of.branch];
    let number = match person {
        // A spreadsheet dropped the zeros; two people in one cell; a tab behind the number; not known yet.
        2 => of.number.trim_start_matches('0').to_owned(),
        19 => format!("{}、{}", of.number, people()[20].number),
        25 => format!("{}\t", of.number),
        39 => "0999".to_owned(),
        _ => of.number.clone(),
    };
    [
        region.to_owned(),
        branch.to_owned(),
        number,
        of.name.clone(),
    ]
}

fn book() -> Workbook {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::parse_from_str("2026-08-28T09:00:00").unwrap();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    workbook
}

fn write_lines(sheet: &mut Worksheet, first: u32, lines: &[Vec<String>], format: &Format) {
    for (row, line) in (first..).zip(lines) {
        for (column, cell) in (0..).zip(line) {
            if cell.is_empty() {
                sheet.write_blank(row, column, format).unwrap();
            } else {
                sheet
                    .write_string_with_format(row, column, cell, format)
                    .unwrap();
            }
        }
    }
}

fn strings<T: ToString>(cells: impl IntoIterator<Item = T>) -> Vec<String> {
    cells.into_iter().map(|cell| cell.to_string()).collect()
}

/// Title, note, header, weekdays and rows of the roster, as text.
fn roster() -> Vec<Vec<String>> {
    let mut header = strings(["地区", "网点", "工号", "姓名"]);
    header.extend((1..=31).map(|day| day.to_string()));
    let mut weekdays = vec![String::new(); 4];
    weekdays.extend((1..=30).map(|day| WEEKDAYS[day % 7].to_owned()));
    let mut lines = vec![
        strings(["2026年9月 门店排班表"]),
        strings(["制表日期: 2026-08-28"]),
        header,
        weekdays,
    ];
    for (at, person) in people().iter().enumerate() {
        let mut line = who(at, person).to_vec();
        line.extend((1..=31).map(|day| shift(at, day).to_owned()));
        lines.push(line);
    }
    lines
}

fn roster_book(path: &Path) {
    let mut workbook = book();
    let text = Format::new()
        .set_num_format("@")
        .set_border(FormatBorder::Thin);
    let bold = text
        .clone()
        .set_bold()
        .set_background_color(Color::RGB(0x00DD_EBF7));
    let title = Format::new()
        .set_bold()
        .set_font_size(14)
        .set_align(FormatAlign::Center);
    let lines = roster();
    let sheet = workbook.add_worksheet().set_name("九月").unwrap();
    sheet
        .merge_range(0, 0, 0, 34, &lines[0][0], &title)
        .unwrap();
    sheet.write_string(1, 0, &lines[1][0]).unwrap();
    write_lines(sheet, 2, &lines[2..4], &bold);
    write_lines(sheet, 4, &lines[4..], &text);
    let colours = [
        ("早班", 0x00E2_EFDA),
        ("中班", 0x00FF_F2CC),
        ("晚班", 0x00D9_D2E9),
        ("休", 0x00ED_EDED),
    ];
    for (row, line) in (4..).zip(&lines[4..]) {
        for (column, cell) in (0..).zip(line) {
            if let Some((_, colour)) = colours.iter().find(|(word, _)| word == cell) {
                let format = text.clone().set_background_color(Color::RGB(*colour));
                sheet
                    .write_string_with_format(row, column, cell, &format)
                    .unwrap();
            }
        }
    }
    sheet.set_column_width(3, 10).unwrap();
    for day in 4..35 {
        sheet.set_column_width(day, 5).unwrap();
    }
    sheet.set_freeze_panes(4, 4).unwrap();
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let notes = workbook.add_worksheet().set_name("填写说明").unwrap();
    let lines = [
        "一行一人, 一列一天; 早班 中班 晚班, 休息填 休",
        "不改动的日子填 - 或留空",
        "工号按文本填写, 不要丢掉前面的 0",
    ];
    for (row, line) in (0..).zip(lines) {
        notes.write_string(row, 0, line).unwrap();
    }
    workbook.save(path).unwrap();
}

fn csv(path: &Path, lines: &[Vec<String>]) {
    let mut text = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(&mut text);
    for line in lines {
        writer.write_record(line).unwrap();
    }
    drop(writer);
    fs::write(path, text).unwrap();
}

/// Who everybody is: the table behind the lookup of both jobs. The last of the roster is not in it yet.
fn people_csv(path: &Path) {
    let mut lines = vec![strings(["工号", "姓名", "用户ID"])];
    lines.extend(
        people()
            .into_iter()
            .map(|person| vec![person.number, person.name, person.user_id]),
    );
    lines.truncate(40);
    csv(path, &lines);
}

/// Two lines of titles, figures with decimals, `-` for none, and a person who changed groups in the middle of the month.
fn report_book(path: &Path) {
    let mut workbook = book();
    let text = Format::new()
        .set_num_format("@")
        .set_border(FormatBorder::Thin);
    let sheet = workbook.add_worksheet().set_name("月度汇总").unwrap();
    report_titles(sheet, &text);
    let day = |day| ExcelDateTime::from_ymd(2026, 9, day).unwrap();
    let mut row = 3;
    for (at, person) in (0_u8..36).zip(people()) {
        let periods = if at == 12 {
            vec![(day(1), day(15)), (day(16), day(30))]
        } else {
            vec![(day(1), day(30))]
        };
        for period in periods {
            report_row(sheet, row, (at, &person), &period, &text);
            row += 1;
        }
    }
    // An error of the spreadsheet, and a number that is in no table of people.
    let error = Formula::new("=NA()").set_result("#N/A");
    sheet.write_formula(8, 5, error).unwrap();
    sheet
        .write_string_with_format(15, 0, "0998", &text)
        .unwrap();
    sheet.set_freeze_panes(3, 2).unwrap();
    workbook.save(path).unwrap();
}

fn report_titles(sheet: &mut Worksheet, text: &Format) {
    let bold = text
        .clone()
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_background_color(Color::RGB(0x00DD_EBF7));
    sheet.write_string(0, 0, "2026年9月 考勤月报").unwrap();
    let alone = [
        (0, "工号"),
        (1, "姓名"),
        (2, "开始日期"),
        (3, "结束日期"),
        (11, "备注"),
    ];
    for (column, name) in alone {
        sheet
            .merge_range(1, column, 2, column, name, &bold)
            .unwrap();
    }
    for (first, last, name) in [(4, 5, "出勤"), (6, 8, "异常"), (9, 10, "假期")] {
        sheet.merge_range(1, first, 1, last, name, &bold).unwrap();
    }
    let lower = [
        "应出勤天数",
        "实际出勤",
        "迟到次数",
        "早退次数",
        "旷工天数",
        "年假余额",
        "调休余额",
    ];
    for (column, name) in (4..).zip(lower) {
        sheet
            .write_string_with_format(2, column, name, &bold)
            .unwrap();
    }
    for column in [2, 3] {
        sheet.set_column_width(column, 12).unwrap();
    }
}

fn report_row(
    sheet: &mut Worksheet,
    row: u32,
    (at, person): (u8, &Person),
    (start, end): &(ExcelDateTime, ExcelDateTime),
    text: &Format,
) {
    let number = Format::new().set_border(FormatBorder::Thin);
    let date = number.clone().set_num_format("yyyy/m/d");
    let tab = if at % 9 == 4 { "\t" } else { "" };
    let cells = [format!("{}{tab}", person.number), person.name.clone()];
    for (column, cell) in (0..).zip(cells) {
        sheet
            .write_string_with_format(row, column, cell, text)
            .unwrap();
    }
    sheet
        .write_datetime_with_format(row, 2, start, &date)
        .unwrap();
    sheet
        .write_datetime_with_format(row, 3, end, &date)
        .unwrap();
    let (absent, late) = (f64::from(at % 5) / 2.0, f64::from(at % 4));
    let figures = [22.0, 22.0 - absent, late, 0.0, 0.0, 5.5, 0.1 + 0.2];
    for (column, figure) in (4..).zip(figures) {
        if figure == 0.0 {
            sheet
                .write_string_with_format(row, column, "-", text)
                .unwrap();
        } else {
            sheet
                .write_number_with_format(row, column, figure, &number)
                .unwrap();
        }
    }
    if at == 21 {
        sheet
            .write_string_with_format(row, 11, "出差:苏州,3 天", text)
            .unwrap();
    }
}

#[test]
#[ignore = "writes into samples/"]
fn samples_are_written_anew() {
    let folder = PathBuf::from(PACKAGE).join("samples");
    roster_book(&folder.join("shift-roster.xlsx"));
    csv(&folder.join("shift-roster.csv"), &roster());
    people_csv(&folder.join("people.csv"));
    report_book(&folder.join("archive-report-monthly.xlsx"));
    messy::roster_book(&folder.join("store-roster.xlsx"));
    messy::report_book(&folder.join("month-end.xlsx"));
}
