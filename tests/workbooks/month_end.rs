//! Month-end tables with two lines of titles: what is sent of them, and their failure reports read again.

use super::{REPORT_ITEMS, csv_text, read_again, report};
use crate::support::office::{Office, rejections};
use crate::support::sheet::{Grid, Put, Sheet, cells};

#[test]
fn the_month_end_report_that_ships_is_written_line_by_line() {
    let office = report();
    assert_eq!(office.send(&[]).items, REPORT_ITEMS);
    let lines = office.archive();
    assert_eq!(lines.len(), 34);
    assert!(
        lines.iter().any(|line| line.ends_with(
            " 20260901-20260930 f_actual_days=22 f_annual_leave=5.5 f_required_days=22 f_time_off=0.3"
        )),
        "{lines:#?}"
    );
}

#[test]
fn an_untouched_failure_file_of_the_report_comes_to_the_same_outcomes() {
    for name in ["failure.xlsx", "failure.csv"] {
        let office = report();
        let sent = office.send(&[]);
        let office = read_again(office, &sent, name);
        let again = office.send(&[]);
        assert_eq!(again.items, [3, 0, 1, 2], "{name}");
    }
}

#[test]
fn a_corrected_failure_xlsx_of_the_report_succeeds_in_the_same_job() {
    let office = report();
    let sent = office.send(&[]);
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "月度汇总");
    assert_eq!(failure.rows[0][0], "2026年9月 考勤月报");
    assert_eq!(
        failure.rows[1][4..11],
        ["出勤", "出勤", "异常", "异常", "异常", "假期", "假期"]
    );
    for row in &mut failure.rows[3..] {
        row.iter_mut().for_each(correct_report);
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(office.send(&[]).items, [3, 3, 0, 0]);
    assert_eq!(office.archive().len(), 37);
}

#[test]
fn a_corrected_failure_csv_of_the_report_succeeds_in_the_same_job() {
    let office = report();
    let sent = office.send(&[]);
    let (header, mut records) = sent.failure_csv();
    for record in &mut records {
        record.iter_mut().for_each(correct_report);
    }
    let office = office.file("corrected.csv", csv_text(&header, &records));
    assert_eq!(office.send(&[]).items, [3, 3, 0, 0]);
    assert_eq!(office.archive().len(), 37);
}

/// A month-end table: two lines of titles, figures with decimals, `-` for none.
fn month_end() -> Sheet {
    let upper = cells![
        "工号",
        "开始日期",
        "结束日期",
        "出勤",
        "",
        "异常",
        "",
        "假期"
    ];
    Sheet::new("月度汇总")
        .row(["2026年9月 考勤月报"])
        .row(upper)
        .row([
            "",
            "",
            "",
            "应出勤天数",
            "实际出勤",
            "迟到次数",
            "旷工天数",
            "年假余额",
        ])
        .merged((1, 3), (1, 4))
        .merged((1, 5), (1, 6))
}

const MONTH_END_JOB: &str = r#"
endpoint = "attendance.archive_rule.upload_report"

[input]
header_rows = 2

[input.tidy]
empty = ["-"]

[request]
employee_type   = "employee_id"
month           = "202609"
operator_id     = "dd31248a"
archive_rule_id = "1"

[item]
member_id   = { column = "工号", lookup = "people" }
start_time  = { column = "开始日期" }
end_time    = { column = "结束日期" }
field_datas = { columns = "*", key = "code", value = "value", lookup = "codes" }

[lookup.people]
words = { "007" = "e7", "008" = "e8" }

[lookup.codes.words]
"出勤/应出勤天数" = "f_required"
"出勤/实际出勤"   = "f_actual"
"异常/迟到次数"   = "f_late"
"异常/旷工天数"   = "f_absent"
"假期/年假余额"   = "f_leave"
"#;

#[test]
fn month_end_figures_are_sent_as_they_stand_and_a_dash_is_none() {
    let office = Office::new(MONTH_END_JOB).sheets(&[month_end()
        .row(cells![
            "007", "20260901", "20260930", 22, 21.5, 3, "-", 5.25
        ])
        .row(cells![
            "008",
            Put::Date(2026, 9, 1),
            Put::Date(2026, 9, 30),
            22,
            "-",
            "-",
            "-",
            "0"
        ])]);
    assert_eq!(rejections(&office.plan(&[])), [""; 0]);
    office.send(&[]);
    assert_eq!(
        office.archive(),
        [
            "e7 20260901-20260930 f_actual=21.5 f_late=3 f_leave=5.25 f_required=22",
            "e8 20260901-20260930 f_leave=0 f_required=22",
        ]
    );
}

#[test]
fn somebody_who_changed_groups_has_two_lines_in_a_report_and_both_are_sent() {
    let row = |first: &str, last: &str, days: u32| cells!["007", first, last, 22, days];
    let both = month_end()
        .row(row("20260901", "20260915", 11))
        .row(row("20260916", "20260930", 10));
    let office = Office::new(MONTH_END_JOB).sheets(std::slice::from_ref(&both));
    assert_eq!(office.send(&[]).items, [2, 2, 0, 0]);
    assert_eq!(
        office.archive(),
        [
            "e7 20260901-20260915 f_actual=11 f_required=22",
            "e7 20260916-20260930 f_actual=10 f_required=22",
        ]
    );
    let twice = both.row(row("20260916", "20260930", 9));
    let office = Office::new(MONTH_END_JOB).sheets(&[twice]);
    assert_eq!(
        rejections(&office.plan(&[])),
        [
            "月度汇总!A5: conflicts with A6 (record 3)",
            "月度汇总!A6: conflicts with A5 (record 2)"
        ]
    );
}

#[test]
fn a_title_that_stands_for_no_field_code_is_told_before_anything_is_sent() {
    let office = Office::new(&MONTH_END_JOB.replace("\"假期/年假余额\"", "\"假期/年假\""))
        .sheets(&[month_end().row(cells!["007", "20260901", "20260930", 22, 21, 0, 0, 5])]);
    let refusal = office.refusal(&[]);
    assert!(
        refusal.contains("假期/年假余额") && refusal.contains("did you mean `假期/年假`?"),
        "{refusal}"
    );
}

/// And on those of the report.
fn correct_report(cell: &mut String) {
    let corrected = match cell.as_str() {
        "#N/A" => "22",
        "0998" => "0163",
        // The platform does not know the one; the other has no line yet.
        "0228" => "0475",
        "秦芒种" => "朱初冬",
        _ => return,
    };
    corrected.clone_into(cell);
}
