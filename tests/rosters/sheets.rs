//! Where the table stands, in which file, and of which month it is.

use super::{comes_to, days, is_refused, office, september};
use crate::support::office::{Office, notices};
use crate::support::sheet::{Put, Sheet, cells};

#[test]
fn a_title_above_the_header_says_the_month() {
    let office = office().sheets(&[september().row(["007", "白", "夜", "早班"])]);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
    assert_eq!(
        notices(&office.plan(&[])),
        [
            "1 line above the header is not read as a row",
            "the month 202609 (September 2026) is known by the title `2026年9月排班表`"
        ]
    );
}

#[test]
fn a_range_of_dates_above_the_header_says_the_month_and_the_weekdays_below_it_agree() {
    let mut header = cells!["工号", "姓名"];
    header.extend(days(10));
    let weekdays = [
        "", "", "三", "四", "五", "六", "日", "一", "二", "三", "四", "五",
    ];
    let row = ["007", "甲", "白", "", "", "", "", "", "", "", "", "夜"];
    let sheet = Sheet::new("Sheet1")
        .row(["统计日期: 2017-11-01 ~ 2017-11-10"])
        .row(header)
        .row(weekdays)
        .row(row);
    let office = office().sheets(&[sheet]);
    comes_to(&office, &["e7 20171101 s1", "e7 20171110 s2"]);
    assert_eq!(office.plan(&[])["rows"], 1, "the weekdays are no row");
}

#[test]
fn weekdays_that_are_those_of_another_month_refuse_the_file() {
    // August 2026 began on a Saturday, September on a Tuesday.
    let august = september()
        .row(["", "六", "日", "一"])
        .row(["007", "白", "白", "白"]);
    is_refused(
        &office().sheets(&[august]),
        &[],
        &[
            "9月1日 is a Tuesday, the sheet says 周六: is this last month's file?",
            "3 of 3 days disagree",
        ],
    );
}

#[test]
fn a_header_repeated_in_the_middle_of_a_sheet_is_left_alone_and_told() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(cells!["工号", 1, 2, 3])
        .row(["008", "夜", "", ""]);
    let office = office().sheets(&[sheet]);
    comes_to(&office, &["e7 20260901 s1", "e8 20260901 s2"]);
    let plan = office.plan(&[]);
    assert_eq!(plan["rows"], 2);
    assert_eq!(
        notices(&plan)[1],
        "1 line is not a row of the table and was left alone: line 4 (工号)"
    );
}

#[test]
fn months_side_by_side_are_refused_until_the_job_names_one() {
    let month = |name: &str, word: &str| {
        Sheet::new(name)
            .row(cells!["工号", 1, 2, 3])
            .row(["007", word, "", ""])
    };
    let sheets = [month("2026年8月", "白"), month("2026年9月", "夜")];
    let office = office().sheets(&sheets);
    is_refused(
        &office,
        &[],
        &[
            "2 sheets hold such a table",
            "`2026年8月`, `2026年9月`",
            "sheet = ",
        ],
    );
    let office = office.job("[input]", "[input]\nsheet = \"2026年9月\"");
    assert_eq!(office.plan(&[])["sheet"], "2026年9月");
    comes_to(&office, &["e7 20260901 s2"]);
}

#[test]
fn an_instruction_sheet_beside_the_roster_is_left_alone_and_announced() {
    let notes = Sheet::new("填写说明")
        .row(["工号按文本填写"])
        .row(["休息填 休"]);
    let office = office().sheets(&[notes, september().row(["007", "白", "", ""])]);
    comes_to(&office, &["e7 20260901 s1"]);
    let told = notices(&office.plan(&[]));
    assert_eq!(told[0], "the sheet `Sheet1` was read; `填写说明` was not");
}

#[test]
fn a_column_that_no_sheet_has_is_named_and_no_sheet_is_asked_for() {
    let notes = Sheet::new("填写说明").row(["请勿修改表头"]);
    let roster = Sheet::new("2026年9月")
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", ""]);
    let office = office()
        .job("group_id = \"g1\"", "group_id = { column = \"网点\" }")
        .sheets(&[notes, roster]);
    is_refused(
        &office,
        &[],
        &["the sheet `2026年9月` comes nearest, and lacks the column `网点`"],
    );
    assert!(!office.refusal(&[]).contains("which one is meant"));
    let office = office.file("rows.csv", "2026年9月排班表,,,\n工号,1,2,3\n007,白,,\n");
    is_refused(
        &office,
        &[],
        &[
            "the header lacks the column `网点`",
            "columns of the file: 工号, 1, 2, 3",
        ],
    );
}

#[test]
fn a_day_that_the_month_lacks_is_rejected_where_it_is_filled() {
    let mut header = cells!["工号"];
    header.extend(days(31));
    let row = |number: &str, last: &str| {
        let mut row = vec![Put::from(number); 1];
        row.extend((1..=31).map(|day| Put::from(if day == 31 { last } else { "" })));
        row
    };
    let sheet = Sheet::new("2026年9月")
        .row(header)
        .row(row("007", "白"))
        .row(row("008", ""));
    comes_to(
        &office().sheets(&[sheet]),
        &[
            "2026年9月!AF2: 31 `白`: the month has no such day, so its cells must be empty (September 2026 has 30 days)",
        ],
    );
}

#[test]
fn a_period_from_the_26th_to_the_25th_takes_its_days_from_two_months() {
    let mut header = cells!["工号"];
    header.extend((26..=31).chain(1..=25).map(|day: u32| Put::from(day)));
    let mut row = cells!["007", "白"];
    row.extend((27..=31).chain(1..=24).map(|_| Put::Nothing));
    row.push("夜".into());
    let sheet = Sheet::new("2026年9月").row(header).row(row);
    let office = office()
        .job("[input.unpivot]", "[input.unpivot]\nfirst_day = 26")
        .sheets(&[sheet]);
    comes_to(&office, &["e7 20260826 s1", "e7 20260925 s2"]);
}

#[test]
fn the_month_is_taken_from_whatever_says_it() {
    let rows = |sheet: Sheet, header: Vec<Put>| sheet.row(header).row(["007", "白", "", ""]);
    let plain = || cells!["工号", 1, 2, 3];
    let bare = rows(Sheet::new("Sheet1"), plain());
    let office = office().sheets(&[bare]);
    let known_by = |office: &Office, arguments: &[&str]| {
        let plan = office.plan(arguments);
        assert_eq!(plan["items"], 1);
        let known = notices(&plan);
        let said = known.iter().find(|notice| notice.starts_with("the "));
        said.unwrap().clone()
    };
    assert_eq!(
        known_by(&office, &["--set", "month=202609"]),
        "the month 202609 (September 2026) is known by the job or --set"
    );
    let office = office.sheets(&[rows(
        Sheet::new("Sheet1").row(["九月排班", "2026年9月"]),
        plain(),
    )]);
    assert_eq!(
        known_by(&office, &[]),
        "the month 202609 (September 2026) is known by the title `2026年9月`"
    );
    let office = office.sheets(&[rows(Sheet::new("202609"), plain())]);
    assert_eq!(
        known_by(&office, &[]),
        "the month 202609 (September 2026) is known by the sheet's name `202609`"
    );
    let office = office.sheets(&[rows(
        Sheet::new("Sheet1"),
        cells!["工号", "2026-09-01", "2026-09-02", "2026-09-03"],
    )]);
    assert_eq!(
        known_by(&office, &[]),
        "the title of each day is its full date (September 2026)"
    );
}

#[test]
fn two_months_that_contradict_each_other_are_both_named() {
    let sheet = Sheet::new("八月")
        .row(["2026年9月排班表"])
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", ""]);
    let office = office().sheets(&[sheet]);
    is_refused(
        &office,
        &[],
        &["the title `2026年9月排班表` says September 2026, the sheet's name `八月` says August"],
    );
    let office = office.sheets(&[september().row(["007", "白", "", ""])]);
    is_refused(
        &office,
        &["--set", "month=202610"],
        &[
            "the job or --set says October 2026, the title `2026年9月排班表` says September 2026: is this the right file?",
        ],
    );
}

#[test]
fn a_month_above_the_header_that_is_of_something_else_contradicts_nothing_and_makes_no_month() {
    let sheet = |title: &str, note: &str| {
        Sheet::new("Sheet1")
            .row([title, note])
            .row(cells!["工号", 1, 2, 3])
            .row(["007", "白", "", ""])
    };
    for note in ["8月结余", "2026年8月结余：3天", "上月结余", "8月 某某门店"] {
        let office = office().sheets(&[sheet("2026年9月排班表", note)]);
        assert_eq!(office.plan(&[])["items"], 1, "{note}");
        let office = office.sheets(&[sheet("某某门店", note)]);
        is_refused(&office, &[], &["the month of the days is not known"]);
        assert_eq!(office.plan(&["--set", "month=202609"])["items"], 1);
    }
    for note in ["8月", "8月排班表", "2026年8月"] {
        let office = office().sheets(&[sheet("2026年9月排班表", note)]);
        is_refused(&office, &[], &["which month is meant?"]);
    }
    let office = office().sheets(&[sheet("2026年8月排班表", "")]);
    is_refused(
        &office,
        &["--set", "month=202609"],
        &["is this the right file?"],
    );
}

#[test]
fn a_roster_without_a_month_is_refused_with_the_way_to_say_it() {
    let bare = |name: &str| {
        Sheet::new(name)
            .row(cells!["工号", 1, 2, 3])
            .row(["007", "白", "", ""])
    };
    is_refused(
        &office().sheets(&[bare("Sheet1")]),
        &[],
        &[
            "the month of the days is not known",
            "--set month=202609 (yyyyMM)",
        ],
    );
    is_refused(
        &office().sheets(&[bare("九月")]),
        &[],
        &[
            "the year of the days is not known",
            "the sheet's name `九月` says September, but no year",
        ],
    );
}

#[test]
fn a_roster_saved_by_excel_as_csv_in_gbk_is_read() {
    let text = "2026年9月排班表,,,\r\n工号,1,2,3\r\n,二,三,四\r\n007,白,夜,早班\r\n";
    let office = office().file("排班.csv", encoding_rs::GBK.encode(text).0);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
    let told = notices(&office.plan(&[]));
    assert!(told[0].contains("was read as gb18030"), "{told:?}");
}

#[test]
fn a_roster_saved_by_excel_as_unicode_text_is_read_with_a_tab_between_cells() {
    let text = "2026年9月排班表\t\t\t\r\n工号\t1\t2\t3\r\n007\t白\t夜\t早班\r\n";
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let office = office()
        .job("[input]", "[input]\ndelimiter = \"\\t\"")
        .file("排班.txt", bytes);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
}

#[test]
fn line_breaks_in_titles_are_spaces_and_the_weekday_in_them_is_held_against_the_date() {
    let sheet = |weekday: &str| {
        Sheet::new("2026年9月")
            .row(cells![
                "工号",
                format!("1\n{weekday}"),
                "2\n周三",
                "3\n周四"
            ])
            .row(["007", "白", "", ""])
    };
    comes_to(&office().sheets(&[sheet("周二")]), &["e7 20260901 s1"]);
    is_refused(
        &office().sheets(&[sheet("周一")]),
        &[],
        &[
            "9月1日 is a Tuesday, the sheet says 周一",
            "1 of 3 days disagrees",
        ],
    );
}

#[test]
fn line_breaks_in_titles_of_csv_are_read_as_in_a_workbook() {
    let text = "2026年9月,,,\n工号,\"1\n周二\",\"2\n周三\",\"3\n周四\"\n007,白,,\n";
    comes_to(&office().file("rows.csv", text), &["e7 20260901 s1"]);
}

#[test]
fn date_cells_and_the_numbers_behind_them_are_days_in_the_header() {
    let dates = Sheet::new("Sheet1")
        .row([
            Put::from("工号"),
            Put::Date(2026, 9, 1),
            Put::Date(2026, 9, 2),
            Put::Date(2026, 9, 3),
        ])
        .row(["007", "白", "", "夜"]);
    comes_to(
        &office().sheets(&[dates]),
        &["e7 20260901 s1", "e7 20260903 s2"],
    );
    // 2022-01-06, as a sheet counts days.
    let serials = Sheet::new("Sheet1")
        .row(cells!["工号", 44567, 44568, 44569])
        .row(["007", "白", "", "夜"]);
    comes_to(
        &office().sheets(&[serials]),
        &["e7 20220106 s1", "e7 20220108 s2"],
    );
}
