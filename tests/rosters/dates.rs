//! Dates of rows and of weeks: long tables with one column of dates, and weekdays under the dates of their week.

use super::{comes_to, is_refused, office};
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Put, Sheet, cells};

/// One row is one person on one day, and a column holds the date.
const LONG: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[request]
employee_type = "employee_id"
operator_id   = "dd31248a"

[item]
user_id  = { column = "工号" }
group_id = "g1"
shift_id = { column = "班次" }
month    = { column = "日期", part = "month" }
day_no   = { column = "日期", part = "day" }
"#;

fn long() -> Office {
    Office::new(LONG)
}

#[test]
fn month_and_day_come_from_one_column_of_dates() {
    let sheet = Sheet::new("Sheet1")
        .row(cells!["工号", "日期", "班次"])
        .row(cells!["a", Put::Date(2026, 9, 1), "s1"])
        .row(cells!["b", "2026-09-02", "s1"])
        .row(cells!["c", "2026/9/3", "s1"])
        .row(cells!["d", "2026年9月4日", "s1"])
        .row(cells!["e", "20260905", "s1"])
        .row(cells!["f", 20_260_906, "s1"])
        .row(cells!["g", "2026-10-01 周四", "s1"]);
    comes_to(
        &long().sheets(&[sheet]),
        &[
            "a 20260901 s1",
            "b 20260902 s1",
            "c 20260903 s1",
            "d 20260904 s1",
            "e 20260905 s1",
            "f 20260906 s1",
            "g 20261001 s1",
        ],
    );
}

#[test]
fn what_is_no_date_is_rejected_with_the_reason() {
    let text = "工号,日期,班次\na,2026-09-31,s1\nb,1,s1\nc,9.1,s1\nd,,s1\ne,2026-09-01 周一,s1\nf,46266,s1\ng,2026-09-01,s1\n";
    let date = "must be a date, such as 2026-09-01, 2026/9/1 or 2026年9月1日";
    assert_eq!(
        rejections(&long().file("rows.csv", text).plan(&[])),
        [
            "line 2: 日期 `2026-09-31`: is not a day of the calendar (September 2026 has 30 days)",
            &format!("line 3: 日期 `1`: {date}"),
            &format!("line 4: 日期 `9.1`: {date}"),
            "line 5: 日期: is required and empty",
            "line 6: 日期 `2026-09-01 周一`: says a weekday that is not the one of its date (2026-09-01 is a Tuesday)",
            &format!("line 7: 日期 `46266`: {date}"),
        ]
    );
}

#[test]
fn a_day_without_its_year_is_sent_only_where_the_file_says_month_and_year() {
    let rows = "工号,日期,班次\na,9月1日,s1\nb,9/2,s1\n";
    let no_year = "is a day without a year, and neither the job nor the lines above the table nor the sheet's name say month and year";
    assert_eq!(
        rejections(&long().file("rows.csv", rows).plan(&[])),
        [
            format!("line 2: 日期 `9月1日`: {no_year}"),
            format!("line 3: 日期 `9/2`: {no_year}"),
        ]
    );
    let titled = format!("2026年9月排班表,,\n{rows}c,8月31日,s1\n");
    comes_to(
        &long().file("rows.csv", titled),
        &[
            "line 5: 日期 `8月31日`: is a day without a year, and not in the month that is said for it (the title `2026年9月排班表` says September 2026)",
            "a 20260901 s1",
            "b 20260902 s1",
        ],
    );
}

#[test]
fn a_long_table_of_which_no_row_is_of_the_month_above_it_is_refused() {
    let text = "2026年9月排班表,,\n工号,日期,班次\na,2026-08-01,s1\nb,2026-08-02,s1\n";
    let said = long().file("rows.csv", text).on_job("check", &[]);
    assert_eq!(said.exit, 2);
    assert!(
        said.stderr.contains(
            "the title `2026年9月排班表` says September 2026, the rows say August 2026: which is meant?"
        ),
        "{}",
        said.stderr
    );
}

#[test]
fn the_days_of_a_report_may_be_dates_as_people_write_them() {
    let office = Office::new(
        r#"
endpoint = "attendance.archive_rule.upload_report"
[request]
employee_type   = "employee_id"
month           = "202609"
operator_id     = "dd31248a"
archive_rule_id = "1"
[item]
member_id   = { column = "工号" }
start_time  = { column = "开始", part = "date" }
end_time    = { column = "结束", part = "date" }
field_datas = { columns = ["days"], key = "code", value = "value" }
"#,
    );
    let text = "工号,开始,结束,days\na,2026/9/1,2026年9月30日,22\nb,9月1日,9-15,11\n";
    let office = office.file("rows.csv", text);
    office.send(&[]);
    assert_eq!(
        office.archive(),
        ["a 20260901-20260930 days=22", "b 20260901-20260915 days=11"]
    );
}

#[test]
fn a_job_that_takes_the_day_and_the_month_from_two_places_is_refused() {
    for (from, to, words) in [
        (
            "{ column = \"日期\", part = \"month\" }",
            "\"202609\"",
            "`day_no` takes the day of the column `日期`, `month` does not take its month",
        ),
        (
            "part = \"day\"",
            "part = \"date\"",
            "`day_no` does not take the date of a date",
        ),
        (
            "part = \"day\"",
            "part = \"year\"",
            "a date has no part `year`",
        ),
    ] {
        let office = long().job(from, to).file("rows.csv", "工号,日期,班次\n");
        is_refused(&office, &[], &[words]);
    }
}

/// A roster of one week.
fn week(title: &str, columns: &[&str]) -> Office {
    let mut header = cells!["工号"];
    header.extend(columns.iter().map(|title| Put::from(*title)));
    let sheet = Sheet::new("排班")
        .row([title])
        .row(header)
        .row(["007", "白", "", "", "", "", "休", "夜"]);
    office().sheets(&[sheet])
}

const WEEKDAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

#[test]
fn a_week_under_its_dates_is_sent_on_those_dates() {
    let office = week("2026年9月7日-9月13日 排班表", &WEEKDAYS);
    comes_to(
        &office,
        &["e7 20260907 s1", "e7 20260912 0", "e7 20260913 s2"],
    );
    assert_eq!(
        notices(&office.plan(&[]))[1],
        "the week 2026-09-07 to 2026-09-13 is known by the title `2026年9月7日-9月13日 排班表`"
    );
    let numbered = week("第37周（9.7-9.13）", &WEEKDAYS);
    is_refused(&numbered, &[], &["the year of the week is not known"]);
    assert_eq!(numbered.plan(&["--set", "month=202609"])["items"], 3);
}

#[test]
fn a_week_whose_dates_and_weekdays_do_not_agree_is_refused() {
    is_refused(
        &week("2026年9月8日-9月14日", &WEEKDAYS),
        &[],
        &["the days are not in order: `周二` (9月8日) comes after `周一` (9月14日)"],
    );
    is_refused(
        &week("排班表", &WEEKDAYS),
        &[],
        &["the columns are weekdays, and nothing says of which week"],
    );
}

#[test]
fn the_failure_files_of_a_week_are_read_again() {
    let sheet = Sheet::new("排班")
        .row(["2026年9月7日-9月13日"])
        .row(WEEKDAYS.iter().fold(cells!["工号"], |mut row, day| {
            row.push(Put::from(*day));
            row
        }))
        .row(["007", "白", "百", "", "", "", "", ""]);
    let office = office().sheets(&[sheet]);
    let sent = office.send(&[]);
    assert_eq!(sent.items, [2, 1, 0, 1]);
    let text = std::fs::read_to_string(sent.folder.join("failure.csv")).unwrap();
    let office = office.file("again.csv", text.replace("百", "夜"));
    assert_eq!(office.send(&[]).items, [1, 1, 0, 0]);
    assert_eq!(office.days(), ["e7 20260907 s1", "e7 20260908 s2"]);
}
