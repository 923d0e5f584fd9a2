//! Which month a file is of: a report is held against the month it is sent for, and a month far from now is told.

use super::{days, is_refused, office, september};
use crate::support::bench::Bench;
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Put, Sheet, cells};

/// Month-end figures, one row per person and period.
const REPORT: &str = r#"
endpoint = "attendance.archive_rule.upload_report"

[request]
employee_type   = "employee_id"
month           = "202609"
operator_id     = "dd31248a"
archive_rule_id = "1"

[item]
member_id   = { column = "工号" }
start_time  = { column = "开始日期" }
end_time    = { column = "结束日期" }
field_datas = { columns = ["days"], key = "code", value = "value" }
"#;

fn report() -> Office {
    Office::new(REPORT)
}

fn lines(rows: &[(&str, &str, &str)]) -> String {
    let header = "工号,开始日期,结束日期,days\n".to_owned();
    let rows = rows.iter();
    let rows = rows.map(|(person, first, last)| format!("{person},{first},{last},22\n"));
    std::iter::once(header).chain(rows).collect()
}

/// Two people, the whole of September 2026.
fn of_september() -> String {
    lines(&[("a", "20260901", "20260930"), ("b", "20260901", "20260930")])
}

#[test]
fn a_report_whose_title_says_another_month_than_the_job_is_refused_and_both_are_named() {
    let titled = format!("2026年9月 考勤月报,,,\n{}", of_september());
    let office = report().file("rows.csv", titled);
    assert_eq!(office.plan(&[])["items"], 2);
    is_refused(
        &office,
        &["--set", "month=202601"],
        &[
            "error: the job or --set says January 2026 (202601), the title `2026年9月 考勤月报` says September 2026: is this the right file?",
            "hint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ],
    );
    let sheet = Sheet::new("八月")
        .row(["工号", "开始日期", "结束日期", "days"])
        .row(["a", "20260901", "20260930", "22"]);
    is_refused(
        &report().sheets(&[sheet]),
        &[],
        &["the job or --set says September 2026 (202609), the sheet's name `八月` says August"],
    );
}

#[test]
fn a_report_of_which_no_row_is_of_the_month_is_refused_and_both_are_named() {
    let office = report().file("rows.csv", of_september());
    let said = office.on_job("check", &["--set", "month=202601"]);
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(
        said.stderr.contains("error: the job or --set says January 2026 (202601), the rows say 20260901 to 20260930: is this the right file?\n  none of 2 rows has a day in that month"),
        "{}",
        said.stderr
    );
    let run = office.on_job("run", &["--set", "month=202601", "--yes"]);
    assert_eq!(run.exit, 2, "{}", run.stderr);
    assert_eq!(office.archive(), [""; 0]);
}

#[test]
fn a_row_of_another_month_is_rejected_alone() {
    let office = report().file(
        "rows.csv",
        lines(&[
            ("a", "20260901", "20260930"),
            ("b", "20260801", "20260831"),
            ("c", "20260930", "20260901"),
            ("d", "20250901", "20260930"),
            ("e", "20260915", "20260915"),
        ]),
    );
    assert_eq!(
        rejections(&office.plan(&[])),
        [
            "line 3: 开始日期 `20260801`: is a day of another month than the one it is sent for (20260801 to 20260831, sent for 202609)",
            "line 4: 结束日期 `20260901`: is before the first day of the same period (20260930)",
            "line 5: 结束日期 `20260930`: is neither in the month of the first day nor in the next one (it begins on 20250901)",
        ]
    );
    assert_eq!(office.send(&[]).items, [5, 2, 0, 3]);
}

#[test]
fn a_period_over_two_months_may_be_sent_for_either_and_for_no_other() {
    let office = report().file("rows.csv", lines(&[("a", "20260826", "20260925")]));
    for month in ["202608", "202609"] {
        assert_eq!(
            office.plan(&["--set", &format!("month={month}")])["items"],
            1
        );
    }
    let said = office.on_job("check", &["--set", "month=202610"]);
    assert_eq!(said.exit, 2);
    assert!(
        said.stderr.contains("the rows say 20260826 to 20260925"),
        "{}",
        said.stderr
    );
    let titled = format!(
        "2026年8月26日-9月25日 考勤月报,,,\n{}",
        lines(&[("a", "20260826", "20260925")])
    );
    let office = report().file("rows.csv", titled);
    assert_eq!(office.plan(&["--set", "month=202608"])["items"], 1);
    is_refused(
        &office,
        &["--set", "month=202607"],
        &["says July 2026 (202607)", "says 2026-08-26 to 2026-09-25"],
    );
}

#[test]
fn a_month_from_a_column_is_held_against_the_days_of_its_row_and_the_title() {
    let by_column = || report().job("\"202609\"", "{ column = \"月份\" }");
    let rows = "工号,开始日期,结束日期,days,月份\na,20260901,20260930,22,202609\nb,20260901,20260930,22,202601\n";
    assert_eq!(
        rejections(&by_column().file("rows.csv", rows).plan(&[])),
        [
            "line 3: 开始日期 `20260901`: is a day of another month than the one it is sent for (20260901 to 20260930, sent for 202601)"
        ]
    );
    let titled = format!("2026年8月 考勤月报,,,,\n{rows}");
    let said = by_column().file("rows.csv", titled).on_job("check", &[]);
    assert_eq!(said.exit, 2);
    assert!(
        said.stderr.contains(
            "the title `2026年8月 考勤月报` says August 2026, the rows say September 2026: which is meant?"
        ),
        "{}",
        said.stderr
    );
}

#[test]
fn a_file_name_that_says_another_month_is_told_and_refuses_nothing() {
    let told = |name: &str| {
        let plan = report().file(name, of_september()).plan(&[]);
        assert_eq!(plan["items"], 2);
        notices(&plan)
    };
    assert_eq!(told("考勤_202609.csv"), [""; 0]);
    assert_eq!(told("rows.csv"), [""; 0]);
    assert_eq!(
        told("2026年8月考勤.csv"),
        [
            "the file's name `2026年8月考勤` says August 2026, what is sent is of September 2026: is this the right file?"
        ]
    );
    let roster = office().file("10月排班.csv", "2026年9月排班表,,,\n工号,1,2,3\n007,白,,\n");
    assert!(
        notices(&roster.plan(&[])).contains(
            &"the file's name `10月排班` says October, what is sent is of September 2026: is this the right file?"
                .to_owned()
        )
    );
}

#[test]
fn a_month_far_from_the_present_one_is_told_with_its_name() {
    let told = |today: &str| {
        let office = report().file("rows.csv", of_september());
        let said = office.feishu(&[
            "check",
            "jobs/office.toml",
            "--input",
            "rows.csv",
            "--json",
            "--today",
            today,
        ]);
        notices(&said.json())
    };
    for near in ["2026-07-01", "2026-09-15", "2026-11-30"] {
        assert_eq!(told(near), [""; 0], "{near}");
    }
    assert_eq!(
        told("2026-12-01"),
        ["what is sent is of September 2026, 3 months before the present one (December 2026)"]
    );
    assert_eq!(
        told("2025-09-30"),
        ["what is sent is of September 2026, 12 months after the present one (September 2025)"]
    );
    let run = Bench::new("shift-schedule")
        .argument("--today")
        .argument("2027-09-01")
        .run();
    assert!(
        run.said.stderr.contains(
            "note: what is sent is of November 2026, 10 months before the present one (September 2027)"
        ),
        "{}",
        run.said.stderr
    );
}

#[test]
fn true_dates_of_last_year_under_a_header_that_shows_no_year_are_told_with_their_month() {
    let sheet = Sheet::new("Sheet1")
        .row([
            Put::from("工号"),
            Put::Date(2025, 9, 1),
            Put::Date(2025, 9, 2),
            Put::Date(2025, 9, 3),
        ])
        .row(["007", "白", "", "夜"]);
    let told = notices(&office().sheets(&[sheet]).plan(&[]));
    assert_eq!(
        told,
        [
            "the title of each day is its full date (September 2025)",
            "what is sent is of September 2025, 14 months before the present one (November 2026)",
        ]
    );
}

#[test]
fn a_title_cell_that_is_a_date_shown_as_a_month_says_the_month_and_one_shown_as_a_day_does_not() {
    let sheet = |title: Put| {
        Sheet::new("Sheet1")
            .row([title])
            .row(cells!["工号", 1, 2, 3])
            .row(["007", "白", "", ""])
    };
    let office = office().sheets(&[sheet(Put::Month(2026, 9))]);
    assert_eq!(
        notices(&office.plan(&[]))[1],
        "the month 202609 (September 2026) is known by the title `2026-09`"
    );
    is_refused(
        &office,
        &["--set", "month=202608"],
        &["is this the right file?"],
    );
    let office = office.sheets(&[sheet(Put::Date(2026, 8, 28))]);
    is_refused(&office, &[], &["the month of the days is not known"]);
    assert_eq!(office.plan(&["--set", "month=202609"])["items"], 1);
}

#[test]
fn a_title_that_is_the_number_2026_1_may_be_january_or_october() {
    let sheet = Sheet::new("Sheet1")
        .row(cells![2026.10])
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", ""]);
    let text = "2026.1,,,\n工号,1,2,3\n007,白,,\n";
    for office in [office().sheets(&[sheet]), office().file("rows.csv", text)] {
        is_refused(
            &office,
            &[],
            &["the title `2026.1` may be January or October 2026: which is meant?"],
        );
        assert_eq!(office.plan(&["--set", "month=202610"])["items"], 1);
        is_refused(
            &office,
            &["--set", "month=202609"],
            &["is this the right file?"],
        );
    }
}

#[test]
fn a_day_in_the_middle_without_a_column_is_told() {
    let mut header = cells!["工号"];
    header.extend(days(30).into_iter().filter(|day| *day != Put::from("15")));
    let sheet = Sheet::new("2026年9月").row(header).row(["007", "白", "白"]);
    let told = notices(&office().sheets(&[sheet]).plan(&[]));
    assert_eq!(
        told[1],
        "no column for 2026-09-15: nothing is sent for what is left out"
    );
    let whole = office().sheets(&[september().row(["007", "白", "", ""])]);
    assert_eq!(notices(&whole.plan(&[])).len(), 2);
}

#[test]
fn days_that_come_twice_in_a_header_are_several_months_side_by_side() {
    let mut header = cells!["工号"];
    header.extend(days(31));
    header.extend(days(30));
    let names: Vec<String> = std::iter::once("工号".to_owned())
        .chain((1..=31).map(|day: u32| day.to_string()))
        .chain((1..=30).map(|day: u32| day.to_string()))
        .collect();
    let sheet = Sheet::new("排班").row(header).row(["007", "白", "白"]);
    let text = format!("{}\n007{}\n", names.join(","), ",".repeat(61));
    for office in [office().sheets(&[sheet]), office().file("rows.csv", text)] {
        is_refused(
            &office,
            &[],
            &[
                "are both named `1`",
                "the header seems to hold several months side by side",
                "hint: give each month a sheet or a file of its own",
            ],
        );
    }
}

#[test]
fn init_proposes_the_month_that_the_file_says() {
    let proposed = |name: &str, title: &str| {
        let office = report().file(name, format!("{title}{}", of_september()));
        let said = office.feishu(&[
            "init",
            "--endpoint",
            "attendance.archive_rule.upload_report",
            "--from",
            name,
            "--name",
            "mine",
        ]);
        assert_eq!(said.exit, 0, "{}", said.stderr);
        let job = std::fs::read_to_string(office.path("mine.toml")).unwrap();
        let line = job.lines().find(|line| line.starts_with("month "));
        line.unwrap().to_owned()
    };
    for (name, title) in [
        ("rows.csv", "2026年9月 考勤月报,,,\n"),
        ("考勤202609.csv", ""),
    ] {
        assert_eq!(
            proposed(name, title),
            "month           = \"202609\"  # proposed, as the file says September 2026: check it (required: month, written yyyyMM such as 202612)"
        );
    }
    assert!(proposed("考勤202608.csv", "2026年9月 考勤月报,,,\n").contains("\"example-202612\""));
}
