//! Workbooks as HR keeps them, shape by shape: what becomes of each.

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook, Worksheet};

use super::*;
use crate::input::{HeaderRule, InputFormat};
use crate::model::Head;

/// A workbook with one sheet.
fn sheet(fill: impl Fn(&mut Worksheet)) -> Sample {
    sheets(&["九月"], |sheet, _| fill(sheet))
}

/// A workbook with several sheets, filled one after the other.
fn sheets(names: &[&str], fill: impl Fn(&mut Worksheet, &str)) -> Sample {
    let mut workbook = Workbook::new();
    for name in names {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        fill(sheet, name);
    }
    Sample::new("rows.xlsx", workbook.save_to_buffer().unwrap())
}

/// Writes lines of cells from a row on, counted from 1; `|` parts the cells.
fn write(sheet: &mut Worksheet, from: u32, lines: &[&str]) {
    for (row, line) in (from - 1..).zip(lines) {
        for (column, cell) in (0..).zip(line.split('|')) {
            if !cell.is_empty() {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
}

fn wanted(names: &[&str]) -> InputOptions {
    InputOptions {
        header: HeaderRule {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..HeaderRule::default()
        },
        ..InputOptions::default()
    }
}

fn two_lines(names: &[&str]) -> InputOptions {
    let mut options = wanted(names);
    options.header.lines = 2;
    options
}

fn named(sheet: &str) -> InputOptions {
    InputOptions {
        sheet: Some(sheet.to_owned()),
        ..InputOptions::default()
    }
}

fn read(sample: &Sample) -> Read {
    sample.read(&InputOptions::default()).unwrap()
}

fn told(read: &Read) -> Vec<String> {
    read.findings.iter().map(ToString::to_string).collect()
}

fn refusal(sample: &Sample, options: &InputOptions) -> String {
    refused(sample.read(options))
}

fn head(sample: &Sample, options: &InputOptions) -> Head {
    sample.open(options).unwrap().head().clone()
}

#[test]
fn a_sheet_is_read_as_rows_with_the_numbers_of_its_lines() {
    let sample = sheet(|sheet| {
        write(
            sheet,
            1,
            &["工号|姓名|班次", "007|张三|早班", "", "u2||a,\"b\""],
        );
    });
    let input = sample.open(&InputOptions::default()).unwrap();
    assert_eq!(input.format(), InputFormat::Workbook);
    assert_eq!(input.delimiter(), b',');
    assert_eq!(input.head().sheet.as_deref(), Some("九月"));
    assert_eq!(input.head().positions, [0, 1, 2]);
    assert_eq!(input.bytes_read(), input.bytes_total() / 4);
    let read = read(&sample);
    assert_eq!(read.columns, ["工号", "姓名", "班次"]);
    assert_eq!(
        read.rows(),
        [["007", "张三", "早班"], ["u2", "absent", "a,\"b\""]]
    );
    assert_eq!(read.sources(), ["007,张三,早班", "u2,,\"a,\"\"b\"\"\""]);
    let numbers: Vec<_> = read.records.iter().map(|r| (r.number, r.line)).collect();
    assert_eq!(numbers, [(1, 2), (2, 4)]);
    assert_eq!(read.blank_lines, 1);
    assert_eq!(told(&read), ["1 blank line is not counted as a row"]);
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let sample = sheet(|sheet| write(sheet, 1, &["a", "1x", "", "2x"]));
    let mut input = sample.open(&InputOptions::default()).unwrap();
    let mut row = Row::default();
    let mut last = input.bytes_read();
    while input.read(&mut row).unwrap() != Reading::End {
        assert!(input.bytes_read() > last);
        last = input.bytes_read();
    }
    assert_eq!(last, input.bytes_total());
}

#[test]
fn progress_ends_at_the_size_of_the_file_though_its_last_rows_hold_only_spaces() {
    let sample = sheet(|sheet| write(sheet, 1, &["a", "1x", " "]));
    let mut input = sample.open(&InputOptions::default()).unwrap();
    let mut row = Row::default();
    while input.read(&mut row).unwrap() != Reading::End {}
    assert_eq!(input.bytes_read(), input.bytes_total());
}

#[test]
fn a_sheet_of_nothing_but_spaces_is_refused_as_one_without_rows() {
    let sample = sheet(|sheet| write(sheet, 1, &[" ", "  "]));
    let refusal = refusal(&sample, &InputOptions::default());
    assert!(
        refusal.contains("no rows: the sheet `九月` holds nothing but spaces"),
        "{refusal}"
    );
}

#[test]
fn a_workbook_opened_twice_gives_the_same_rows() {
    let sample = sheet(|sheet| write(sheet, 1, &["a|b", "1x|", "|2x", "", "3x"]));
    assert_eq!(read(&sample), read(&sample));
}

#[test]
fn what_a_cell_holds_is_given_as_it_is() {
    let sample = sheet(|sheet| {
        write(
            sheet,
            1,
            &["a|b|c|d", "007|a\t|  b |a\nb", "_x000D_|'7|=1+1|张"],
        );
        sheet.write_number(3, 0, 17.5).unwrap();
        sheet.write_number(3, 1, 0.1 + 0.2).unwrap();
        sheet.write_number(3, 2, 21).unwrap();
        sheet.write_boolean(3, 3, true).unwrap();
    });
    let read = read(&sample);
    assert_eq!(
        read.rows(),
        [
            ["007", "a\t", "  b ", "a\nb"],
            ["_x000D_", "'7", "=1+1", "张"],
            ["number 17.5", "number 0.3", "number 21", "bool true"],
        ]
    );
    assert_eq!(
        read.sources(),
        [
            "007,a\t,  b ,\"a\nb\"",
            "_x000D_,'7,=1+1,张",
            "17.5,0.3,21,TRUE"
        ]
    );
}

#[test]
fn e06_a_number_of_18_digits_cannot_be_used_and_is_not_repeated_as_an_id() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["id|x"]);
        sheet.write_number(1, 0, 110_101_199_003_071_234.0).unwrap();
        write(sheet, 3, &["110101199003071234|b"]);
    });
    let read = read(&sample);
    assert_eq!(
        read.rows(),
        [
            [
                "unusable 1.10101199003071E+17: is a number with 16 or more digits, of which a spreadsheet keeps only 15; format the column as text and paste the ids again",
                "absent"
            ],
            ["110101199003071234", "b"],
        ]
    );
    assert_eq!(
        read.sources(),
        ["1.10101199003071E+17,", "110101199003071234,b"]
    );
}

#[test]
fn e16_a_number_shown_with_leading_zeros_cannot_be_used() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["id|n"]);
        let zeros = Style::new().set_num_format("00000");
        sheet.write_number_with_format(1, 0, 123, &zeros).unwrap();
        sheet.write_number_with_format(1, 1, 12345, &zeros).unwrap();
    });
    assert_eq!(
        read(&sample).rows(),
        [[
            "unusable 00123: is a number shown with leading zeros it does not hold; format the column as text and paste the ids again",
            "number 12345"
        ]]
    );
}

#[test]
fn e07_days_are_days_and_name_columns_as_people_write_them() {
    for is_1904 in [false, true] {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let day = Style::new().set_num_format("yyyy/m/d");
        let hours = Style::new().set_num_format("[h]:mm");
        // From the base of 1904 the same number is a day four years later.
        let date = ExcelDateTime::from_ymd(2026, 11, 1).unwrap();
        sheet.write_string(0, 0, "日期").unwrap();
        sheet.write_datetime_with_format(0, 1, &date, &day).unwrap();
        sheet.write_datetime_with_format(1, 0, &date, &day).unwrap();
        let at = ExcelDateTime::from_ymd(2026, 11, 1).unwrap();
        let at = at.and_hms(8, 30, 0).unwrap();
        sheet.write_datetime_with_format(1, 1, &at, &day).unwrap();
        sheet.write_number_with_format(2, 0, 1.25, &hours).unwrap();
        let time = ExcelDateTime::from_hms(8, 30, 0).unwrap();
        sheet
            .write_datetime_with_format(2, 1, &time, &Style::new().set_num_format("h:mm"))
            .unwrap();
        let bytes = workbook.save_to_buffer().unwrap();
        let bytes = if is_1904 {
            hostile::rewritten(&bytes, "xl/workbook.xml", |xml| {
                xml.replace("<workbookPr", "<workbookPr date1904=\"1\"")
            })
        } else {
            bytes
        };
        let read = read(&Sample::new("rows.xlsx", bytes));
        let (name, day, at) = if is_1904 {
            ("2030-11-02", "day 20301102", "2030-11-02 08:30")
        } else {
            ("2026-11-01", "day 20261101", "2026-11-01 08:30")
        };
        assert_eq!(read.columns, ["日期", name]);
        assert_eq!(read.rows(), [[day, at], ["30:00", "08:30"]]);
        assert_eq!(read.sources()[0], format!("{},{at}", &day[4..]));
    }
}

#[test]
fn e08_a_formula_stands_for_its_value_and_cannot_be_used_without_one() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["a|b|c"]);
        sheet
            .write_formula(1, 0, Formula::new("=1+1").set_result("77"))
            .unwrap();
        sheet
            .write_formula(1, 1, Formula::new("=A1").set_result("甲"))
            .unwrap();
        write(sheet, 3, &["x"]);
    });
    let first = read(&sample);
    assert_eq!(first.rows()[0], ["number 77", "甲", "absent"]);
    assert_eq!(
        told(&first),
        [
            "2 formulas stand for the values last computed; the workbook asks to be computed anew: open and save it if a program made it"
        ]
    );
    let bytes = fs::read(&sample.path).unwrap();
    for none in ["<v></v>", "<v/>", ""] {
        let bytes = hostile::rewritten(&bytes, "xl/worksheets/sheet1.xml", |xml| {
            xml.replace("<v>77</v>", none)
        });
        let read = read(&Sample::new("rows.xlsx", bytes));
        assert_eq!(
            read.rows()[0],
            [
                "unusable #N/A: is a formula whose value was never computed; open the workbook, save it, and try again",
                "甲",
                "absent"
            ]
        );
        assert_eq!(read.sources()[0], "#N/A,甲,");
    }
}

#[test]
fn e08_a_row_of_formulas_without_values_is_not_taken_for_a_blank_one() {
    let bytes =
        hostile::with_rows("<row><c t=\"str\"><v>a</v></c></row><row><c><f>1+1</f></c></row>");
    let read = read(&Sample::new("rows.xlsx", bytes));
    assert_eq!((read.records.len(), read.blank_lines), (1, 0));
}

#[test]
fn e09_errors_of_the_spreadsheet_cannot_be_used() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["a|b", "x"]);
        sheet
            .write_formula(1, 1, Formula::new("=NA()").set_result("#N/A"))
            .unwrap();
    });
    assert_eq!(
        read(&sample).rows(),
        [["x", "unusable #N/A: holds an error of the spreadsheet"]]
    );
}

#[test]
fn e11_merged_cells_among_the_rows_cannot_be_used_and_are_named() {
    let sample = sheet(|sheet| {
        let plain = Style::new();
        sheet.merge_range(0, 0, 0, 2, "考勤表", &plain).unwrap();
        write(
            sheet,
            2,
            &["部门|工号|班次", "|u1|早", "|u2|晚", "销售|u3|早"],
        );
        sheet.merge_range(2, 0, 3, 0, "技术", &plain).unwrap();
    });
    let read = sample.read(&wanted(&["工号"])).unwrap();
    let rule = "is part of merged cells; unmerge them and fill each cell";
    assert_eq!(
        read.rows(),
        [
            [&format!("unusable 技术: {rule}"), "u1", "早"],
            [&format!("unusable 技术: {rule}"), "u2", "晚"],
            ["销售", "u3", "早"],
        ]
    );
    assert_eq!(read.sources(), ["技术,u1,早", "技术,u2,晚", "销售,u3,早"]);
    assert_eq!(
        told(&read),
        [
            "1 line above the header is not read as a row",
            "merged cells in the rows: A3:A4"
        ]
    );
}

#[test]
fn e12_hidden_rows_and_columns_are_read_and_told() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["a|b", "1x|", "2x|", "3x|"]);
        sheet.set_row_hidden(1).unwrap();
        sheet.set_row_hidden(2).unwrap();
        sheet.set_row_hidden(900).unwrap();
        sheet.set_column_hidden(1).unwrap();
    });
    let read = read(&sample);
    assert_eq!(read.records.len(), 3);
    assert_eq!(
        told(&read),
        [
            "2 hidden rows are read like the others",
            "hidden columns are read like the others: B"
        ]
    );
}

#[test]
fn e13_of_several_sheets_the_one_with_the_header_is_read() {
    let sample = sheets(&["填写说明", "九月", "Sheet3"], |sheet, name| match name {
        "填写说明" => write(sheet, 1, &["请填写工号", "谢谢"]),
        "九月" => write(sheet, 1, &["九月考勤", "工号|姓名", "u1|张三"]),
        _ => {}
    });
    let refused = refusal(&sample, &InputOptions::default());
    assert_eq!(
        refused,
        "error: rows.xlsx: the workbook has 2 sheets\n  its sheets: `填写说明`, `九月`\n\
         hint: say which one is meant: --sheet NAME, or `sheet = \"…\"` in [input] of the job"
    );
    let read = sample.read(&wanted(&["工号", "姓名"])).unwrap();
    assert_eq!(read.rows(), [["u1", "张三"]]);
    assert_eq!(
        told(&read),
        [
            "the sheet `九月` was read; `填写说明` was not",
            "1 line above the header is not read as a row"
        ]
    );
    assert_eq!(sample.read(&named("填写说明")).unwrap().rows(), [["谢谢"]]);
}

#[test]
fn e13_of_sheets_that_all_lack_columns_the_nearest_is_told_with_what_it_lacks() {
    let sample = sheets(&["说明", "八月", "九月"], |sheet, name| match name {
        "说明" => write(sheet, 1, &["请填写工号", "谢谢"]),
        "八月" => write(sheet, 1, &["工号|备注", "u1|"]),
        _ => write(sheet, 1, &["九月考勤", "工号|姓名", "u1|张三"]),
    });
    assert_eq!(
        refusal(&sample, &wanted(&["工号", "姓名", "班次"])),
        "error: rows.xlsx: no sheet has all of the columns\n  \
         the sheet `九月` comes nearest, and lacks the column `班次`\n  \
         its sheets: `说明`, `八月`, `九月`\n\
         hint: correct the titles in the sheet, or the names of the columns in the job"
    );
    assert_eq!(
        refusal(&sample, &wanted(&["user_id", "班次"])),
        "error: rows.xlsx: no sheet has the columns `user_id`, `班次`\n  \
         its sheets: `说明`, `八月`, `九月`\n\
         hint: correct the titles in the sheet, or the names of the columns in the job"
    );
}

#[test]
fn e13_month_sheets_side_by_side_are_asked_for() {
    let sample = sheets(&["八月", "九月"], |sheet, _| {
        write(sheet, 1, &["工号|1日", "u1|早"]);
    });
    let refused = refusal(&sample, &wanted(&["工号"]));
    assert!(
        refused.starts_with("error: rows.xlsx: 2 sheets hold such a table\n  its sheets: `八月`, `九月`\nhint: say which"),
        "{refused}"
    );
    assert_eq!(sample.read(&named("九月")).unwrap().rows(), [["u1", "早"]]);
    let refused = refusal(&sample, &named("九月份"));
    assert!(refused.contains("there is no sheet `九月份`"), "{refused}");
    assert!(refused.ends_with("hint: did you mean `九月`?"), "{refused}");
}

#[test]
fn e12_a_hidden_sheet_is_read_only_when_it_is_named() {
    let sample = sheets(&["旧", "新"], |sheet, name| {
        write(sheet, 1, &["a", name]);
        sheet.set_hidden(name == "旧");
        sheet.set_active(name == "新");
    });
    assert_eq!(read(&sample).rows(), [["新"]]);
    assert_eq!(sample.read(&named("旧")).unwrap().rows(), [["旧"]]);
}

#[test]
fn e13_an_empty_workbook_is_refused() {
    let sample = sheets(&["Sheet1", "Sheet2"], |_, _| {});
    let refused = refusal(&sample, &InputOptions::default());
    assert!(
        refused.contains("no rows: the workbook is empty"),
        "{refused}"
    );
    let sample = sheet(|sheet| write(sheet, 1, &["a|b"]));
    let refused = refusal(&sample, &InputOptions::default());
    assert!(refused.contains("no rows"), "{refused}");
}

#[test]
fn e14_titles_above_the_header_are_kept_and_told() {
    let sample = sheet(|sheet| {
        write(
            sheet,
            2,
            &[
                "九月考勤",
                "",
                "统计日期: 2026-09-01 ~ 2026-09-30|x",
                "序号|工\n 号 |姓名",
                "1|u1|张三",
            ],
        );
    });
    let options = wanted(&["工 号", "姓名"]);
    let read = sample.read(&options).unwrap();
    assert_eq!(read.columns, ["序号", "工 号", "姓名"]);
    assert_eq!(read.rows(), [["1", "u1", "张三"]]);
    assert_eq!(read.records[0].line, 6);
    let head = head(&sample, &options);
    assert_eq!(
        head.above,
        [
            vec!["九月考勤"],
            vec!["统计日期: 2026-09-01 ~ 2026-09-30", "x"]
        ]
    );
    assert_eq!(head.header, [["序号", "工\n 号 ", "姓名"]]);
    assert_eq!(
        told(&read),
        [
            "2 lines above the header are not read as rows",
            "2 blank lines are not counted as rows"
        ]
    );
}

#[test]
fn e14_without_a_header_the_line_nearest_to_it_is_taken() {
    let sample = sheet(|sheet| write(sheet, 1, &["九月", "工号|部门", "u1|技术"]));
    let read = sample.read(&wanted(&["工号", "姓名"])).unwrap();
    assert_eq!(read.columns, ["工号", "部门"]);
}

#[test]
fn e14_two_lines_of_a_header_are_joined() {
    let sample = sheet(|sheet| {
        let plain = Style::new();
        write(
            sheet,
            1,
            &[
                "九月考勤",
                "工号|姓名|出勤||备注",
                "||应出勤|实际\n出勤|备注",
                "u1|张三|22|21.5|",
            ],
        );
        sheet.merge_range(0, 0, 0, 4, "九月考勤", &plain).unwrap();
        sheet.merge_range(1, 0, 2, 0, "工号", &plain).unwrap();
        sheet.merge_range(1, 1, 2, 1, "姓名", &plain).unwrap();
        sheet.merge_range(1, 2, 1, 3, "出勤", &plain).unwrap();
    });
    let options = two_lines(&["工号", "出勤/实际 出勤"]);
    let read = sample.read(&options).unwrap();
    assert_eq!(
        read.columns,
        ["工号", "姓名", "出勤/应出勤", "出勤/实际 出勤", "备注"]
    );
    assert_eq!(read.rows(), [["u1", "张三", "22", "21.5", "absent"]]);
    assert_eq!(
        told(&read),
        ["1 line above the header is not read as a row"]
    );
    let head = head(&sample, &options);
    assert_eq!(head.header.len(), 2);
    assert_eq!(head.above, [["九月考勤"]]);
    let short = sheet(|sheet| write(sheet, 1, &["a|b"]));
    assert!(refusal(&short, &two_lines(&[])).contains("fewer lines than its header"));
}

#[test]
fn a_line_of_weekdays_under_the_header_is_no_row() {
    let sample = sheet(|sheet| {
        write(
            sheet,
            1,
            &[
                "工号|1|2",
                "|三|四",
                "u1|早|晚",
                "工号|1|2",
                "|三|四",
                "u2|晚|早",
            ],
        );
    });
    let mut options = wanted(&["工号"]);
    options.header.is_weekdays = Some(|cells| cells == ["", "三", "四"]);
    let read = sample.read(&options).unwrap();
    assert_eq!(
        read.records[0].cells,
        Ok(vec!["u1".into(), "早".into(), "晚".into()])
    );
    assert_eq!(read.records[0].line, 3);
    assert_eq!(
        read.rejections(),
        [
            (2, "the line repeats the header"),
            (3, "the line repeats the header")
        ]
    );
    assert_eq!(head(&sample, &options).weekdays.unwrap(), ["", "三", "四"]);
}

#[test]
fn columns_of_a_report_and_empty_columns_are_passed_over() {
    let sample = sheet(|sheet| write(sheet, 1, &["a||b|_record|_reason", "1x||2x|7|bad id"]));
    let read = read(&sample);
    assert_eq!(read.columns, ["a", "b"]);
    assert_eq!(read.rows(), [["1x", "2x"]]);
    assert_eq!(read.sources(), ["1x,2x"]);
    assert_eq!(
        told(&read),
        ["columns of an earlier report are ignored: _record, _reason"]
    );
    assert_eq!(head(&sample, &InputOptions::default()).positions, [0, 2]);
}

#[test]
fn a_value_under_no_name_rejects_its_row_and_is_kept_apart() {
    let sample = sheet(|sheet| write(sheet, 1, &["a||b", "1x|oops|2x", "3x||4x|far", "5x| |6x| "]));
    let read = read(&sample);
    assert_eq!(
        read.rejections(),
        [
            (1, "a value stands in a column without a name (B2: oops)"),
            (2, "a value stands in a column without a name (D3: far)"),
        ]
    );
    assert_eq!(read.sources(), ["1x,2x", "3x,4x", "5x,6x"]);
    assert_eq!(read.stray(), [Some("oops"), Some("far"), None]);
}

#[test]
fn headers_that_are_none_refuse_the_file() {
    for (header, why) in [
        ("a|b|a", "columns A and C are both named `a`"),
        (
            "1|2026-11-01",
            "the first line holds values, not the names of the columns",
        ),
        ("_a|_b", "every column begins with `_`"),
    ] {
        let sample = sheet(|sheet| write(sheet, 1, &[header, "x|y|z"]));
        let refused = refusal(&sample, &InputOptions::default());
        assert!(refused.contains(why), "{refused}");
        assert!(
            refused.starts_with("error: rows.xlsx: `九月`, row 1: "),
            "{refused}"
        );
    }
}

#[test]
fn e02_a_far_cell_below_a_long_gap_is_refused_by_the_numbers_of_the_rows() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["a|b", "1x|2x"]);
        sheet.write_string(1_048_575, 16_383, "stray").unwrap();
    });
    let refused = refusal(&sample, &InputOptions::default());
    assert!(
        refused.contains("rows 3 to 1048575 are blank and row 1048576 is not"),
        "{refused}"
    );
    let gap = |last: u32| {
        sheet(|sheet| {
            write(sheet, 1, &["a", "1x"]);
            write(sheet, last, &["2x"]);
        })
    };
    assert_eq!(read(&gap(1003)).blank_lines, 1000);
    assert!(refusal(&gap(1004), &InputOptions::default()).contains("rows 3 to 1003 are blank"));
}

#[test]
fn e02_cells_with_a_format_only_are_nothing() {
    let sample = sheet(|sheet| {
        write(sheet, 1, &["a|b", "1x|2x"]);
        let bold = Style::new().set_bold();
        sheet.write_blank(1_048_575, 16_383, &bold).unwrap();
        sheet.write_blank(1, 9, &bold).unwrap();
    });
    let read = read(&sample);
    assert_eq!(read.rows(), [["1x", "2x"]]);
    assert_eq!(read.blank_lines, 0);
}

#[test]
fn the_source_of_a_workbook_reads_again_as_the_same_cells() {
    let sample = sheet(|sheet| {
        write(
            sheet,
            1,
            &["a|b", " 7|x,\"y\"", "|a\r\nb", "\t|z", "007|1E5"],
        );
    });
    let first = read(&sample);
    let csv = format!("a,b\n{}\n", first.sources().join("\n"));
    let again = read_csv(csv).unwrap();
    let texts = |read: &Read| -> Vec<Vec<String>> {
        let rows = read.rows().into_iter();
        rows.map(|row| row.iter().map(|cell| cell.replace("absent", "")).collect())
            .collect()
    };
    assert_eq!(texts(&first), texts(&again));
}

#[test]
fn the_format_in_the_job_must_be_that_of_the_file() {
    let sample = sheet(|sheet| write(sheet, 1, &["a", "1x"]));
    let said = |format| InputOptions {
        format: Some(format),
        ..InputOptions::default()
    };
    assert!(sample.read(&said(InputFormat::Workbook)).is_ok());
    let refused = refusal(&sample, &said(InputFormat::Csv));
    assert!(
        refused.contains("the file is an Excel workbook, and the job says it is csv"),
        "{refused}"
    );
    let text = Sample::new("rows.xlsx", "a,b\n1,2\n");
    let refused = refusal(&text, &said(InputFormat::Workbook));
    assert!(refused.contains("the file is text, and the job says it is a workbook"));
}

#[test]
fn csv_with_titles_above_its_header_is_read_from_its_header_on() {
    let csv = "九月考勤\n统计日期,\"a\nb\",,\n\n工号,姓名\nu1,张三\nu2\n";
    let sample = Sample::new("rows.csv", csv);
    let options = wanted(&["姓名", "工号"]);
    let read = sample.read(&options).unwrap();
    assert_eq!(read.columns, ["工号", "姓名"]);
    assert_eq!(read.records[0].cells, Ok(vec!["u1".into(), "张三".into()]));
    assert_eq!(read.records[0].line, 6);
    assert_eq!(read.rejections().len(), 1);
    assert_eq!(
        told(&read),
        [
            "2 lines above the header are not read as rows",
            "1 blank line is not counted as a row"
        ]
    );
    let head = head(&sample, &options);
    assert_eq!(head.sheet, None);
    assert_eq!(
        head.above,
        [vec!["九月考勤"], vec!["统计日期", "a\nb", "", ""]]
    );
    assert_eq!(head.header, [["工号", "姓名"]]);
    assert_eq!(head.positions, [0, 1]);
}

#[test]
fn csv_whose_first_record_will_do_or_none_is_read_as_ever() {
    for (csv, names) in [
        ("a,b\na,b,c\n", &["a"][..]),
        ("a,b\n1,2\n", &["a", "z"]),
        ("a,b\n1,\"2\n", &["a", "z"]),
        ("a,b\nc,d\n", &[]),
    ] {
        let sample = Sample::new("rows.csv", csv);
        assert_eq!(
            sample.read(&wanted(names)),
            sample.read(&InputOptions::default()),
            "{csv}"
        );
    }
}

#[test]
fn csv_with_two_lines_of_header_has_their_names_joined() {
    let csv = "考勤表\n工号,姓名,出勤,,备注\n,,应,实,\n,,三,四,\nu1,张三,22,21,\n,,应,实,\n";
    let sample = Sample::new("rows.csv", csv);
    let mut options = two_lines(&["工号", "出勤/实"]);
    options.header.is_weekdays = Some(|cells| cells.contains(&"三".to_owned()));
    let read = sample.read(&options).unwrap();
    assert_eq!(read.columns, ["工号", "姓名", "出勤/应", "出勤/实", "备注"]);
    assert_eq!(read.records[0].line, 5);
    assert_eq!(read.records[0].cells.as_ref().unwrap()[3], "21");
    assert_eq!(read.rejections(), [(2, "the line repeats the header")]);
    let head = head(&sample, &options);
    assert_eq!(head.weekdays.unwrap(), ["", "", "三", "四", ""]);
    assert_eq!(head.header.len(), 2);
}

#[test]
fn a_report_of_ours_has_one_line_of_header_whatever_the_job_says() {
    let csv = "工号,出勤/应,_record,_reason\nu1,22,1,bad\n";
    let sample = Sample::new("failure.csv", csv);
    let read = sample.read(&two_lines(&["工号", "出勤/应"])).unwrap();
    assert_eq!(read.columns, ["工号", "出勤/应"]);
    assert_eq!(read.rows(), [["u1", "22"]]);
}
