//! Which sheets of a workbook are sent: never last month's because this month's has a misspelt title, and several as one input only
//! where they are one table.

use super::{comes_to, is_refused, office};
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Sheet, cells, save};

/// A sheet of one person and three days.
fn sheet(name: &str, title: &str, person: &str, words: [&str; 3]) -> Sheet {
    headed(name, title, "工号").row([person, words[0], words[1], words[2]])
}

/// The same without its person.
fn headed(name: &str, title: &str, id: &str) -> Sheet {
    Sheet::new(name).row([title]).row(cells![id, 1, 2, 3])
}

fn september() -> Sheet {
    sheet("九月", "2026年9月排班表", "007", ["白", "", ""])
}

fn october() -> Sheet {
    sheet("十月", "2026年10月排班表", "007", ["", "夜", ""])
}

/// A sheet of a department, of a month that the title says.
fn department(name: &str, person: &str, words: [&str; 3]) -> Sheet {
    sheet(name, "2026年9月排班表", person, words)
}

fn all_sheets() -> Office {
    office().job("[input]", "[input]\nsheets = \"*\"")
}

#[test]
fn last_months_sheet_is_not_sent_because_this_months_has_a_misspelt_title() {
    for misspelt in ["工号码", "员工编码", "工 号"] {
        let october = headed("十月", "2026年10月排班表", misspelt).row(["007", "", "夜", ""]);
        let office = office().sheets(&[september(), october]);
        is_refused(
            &office,
            &[],
            &[
                "the sheet `十月` looks like the table, and lacks the column `工号`",
                "the sheet `九月` has all of the columns",
                "hint: correct the titles in `十月`, or say which sheet is meant: --sheet '九月'",
            ],
        );
    }
    let office = office().sheets(&[
        september(),
        headed("十月", "", "工号码").row(["007", "", "夜", ""]),
    ]);
    is_refused(
        &office,
        &[],
        &["its title `工号码` comes nearest to `工号`"],
    );
    let plan = office.plan(&["--sheet", "九月"]);
    assert_eq!(plan["sheet"], "九月");
    let office = super::office().sheets(&[
        sheet("Tom's", "2026年9月排班表", "007", ["白", "", ""]),
        headed("十月", "", "编码").row(["007", "", "夜", ""]),
    ]);
    is_refused(&office, &[], &["--sheet 'Tom'\\''s'"]);
}

#[test]
fn a_report_sheet_with_a_misspelt_title_is_not_passed_over_either() {
    let job = r#"
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
field_datas = { columns = "*", key = "code", value = "value" }
"#;
    let table = |name: &str, id: &str| {
        Sheet::new(name)
            .row([id, "开始日期", "结束日期", "f_days"])
            .row(["e7", "20260901", "20260930", "22"])
    };
    let office = Office::new(job).sheets(&[table("甲", "工号"), table("乙", "人员")]);
    is_refused(
        &office,
        &[],
        &["the sheet `乙` looks like the table, and lacks the column `工号`"],
    );
    // Each sheet says its month: the one of the job's month is read.
    let office = Office::new(job).sheets(&[table("2026年8月", "工号"), table("2026年9月", "工号")]);
    assert_eq!(office.plan(&[])["sheet"], "2026年9月");
    let office = Office::new(job).sheets(&[table("2026年8月", "人员"), table("2026年9月", "工号")]);
    assert_eq!(office.plan(&[])["sheet"], "2026年9月");
}

#[test]
fn instructions_a_list_of_shifts_a_list_of_people_and_an_empty_sheet_are_left_alone() {
    let office = office().sheets(&[
        Sheet::new("填写说明")
            .row(["1. 工号按文本填写"])
            .row(["2. 休息填 休"])
            .row(["3. 请勿修改表头"]),
        Sheet::new("班次")
            .row(["编号", "班次", "时间"])
            .row(["1", "白", "8:00-20:00"]),
        Sheet::new("员工")
            .row(["员工编号", "姓名", "部门"])
            .row(["007", "甲", "内科"]),
        Sheet::new("空"),
        september(),
    ]);
    comes_to(&office, &["e7 20260901 s1"]);
    let told = notices(&office.plan(&[]));
    assert_eq!(
        told[0],
        "the sheet `九月` was read; `填写说明`, `班次`, `员工` were not"
    );
}

#[test]
fn the_sheet_is_named_on_the_command_line_whatever_the_job_says() {
    let office = office()
        .job("[input]", "[input]\nsheet = \"九月\"")
        .sheets(&[september(), october()]);
    assert_eq!(office.plan(&[])["sheet"], "九月");
    assert_eq!(office.plan(&["--sheet", "十月"])["sheet"], "十月");
    assert_eq!(office.send(&["--sheet", "十月"]).items, [1, 1, 0, 0]);
    assert_eq!(office.days(), ["e7 20261002 s2"]);
    is_refused(
        &office,
        &["--sheet", "十月份"],
        &[
            "there is no sheet `十月份`",
            "its sheets: `九月`, `十月`",
            "did you mean `十月`?",
        ],
    );
    is_refused(
        &office,
        &["--sheet", "Sheet1"],
        &[
            "there is no sheet `Sheet1`",
            "hint: say which one is meant: --sheet NAME",
        ],
    );
}

#[test]
fn the_month_chooses_the_sheet_that_says_it() {
    let office = office().sheets(&[september(), october()]);
    is_refused(
        &office,
        &[],
        &[
            "2 sheets hold such a table",
            "its sheets: `九月`, `十月`",
            "--sheet NAME",
            "--set month=202609 reads `九月`",
        ],
    );
    let plan = office.plan(&["--set", "month=202610"]);
    assert_eq!(plan["sheet"], "十月");
    assert_eq!(
        notices(&plan)[0],
        "the sheet `十月` was read; `九月` was not"
    );
    assert_eq!(office.send(&["--set", "month=202609"]).items, [1, 1, 0, 0]);
    assert_eq!(office.days(), ["e7 20260901 s1"]);
    is_refused(
        &office,
        &["--set", "month=202611"],
        &[
            "no sheet is of the month 202611",
            "`九月` says 202609, `十月` says 202610",
        ],
    );
}

#[test]
fn a_month_without_its_year_is_no_value_to_type() {
    let office = office().sheets(&[
        sheet("九月", "", "007", ["白", "", ""]),
        sheet("十月", "", "007", ["", "夜", ""]),
    ]);
    is_refused(
        &office,
        &[],
        &["or say the month of one of them: --set month=yyyyMM"],
    );
    assert_eq!(office.plan(&["--set", "month=202610"])["sheet"], "十月");
}

#[test]
fn the_month_of_the_job_chooses_the_sheet_and_another_months_may_be_incomplete() {
    let office = office()
        .job("[input.unpivot]", "[input.unpivot]\nmonth = \"202609\"")
        .sheets(&[
            september(),
            headed("十月", "2026年10月排班表", "工号码").row(["007", "", "夜", ""]),
        ]);
    assert_eq!(office.plan(&[])["sheet"], "九月");
}

#[test]
fn a_sheet_that_says_no_month_may_be_of_any_and_is_asked_for() {
    let silent = sheet("Sheet1", "排班表", "007", ["", "", "夜"]);
    let office = office().sheets(&[september(), silent.clone()]);
    for (month, what) in [
        ("month=202609", "2 sheets hold such a table"),
        (
            "month=202610",
            "it is not said of which month `Sheet1` is, and other sheets say theirs",
        ),
    ] {
        is_refused(&office, &["--set", month], &[what, "--sheet NAME"]);
    }
    let twice = sheet("九月 (2)", "2026年9月排班表", "008", ["白", "", ""]);
    let office = super::office().sheets(&[september(), twice]);
    is_refused(
        &office,
        &["--set", "month=202609"],
        &["2 sheets hold such a table", "`九月`, `九月 (2)`"],
    );
}

#[test]
fn a_sheet_for_each_department_is_read_as_one_input_where_the_job_says_so() {
    let notes = Sheet::new("说明").row(["休息填 休"]);
    let office = all_sheets().sheets(&[
        notes,
        department("内科", "007", ["白", "夜", ""]).row(["999", "白", "", ""]),
        department("外科", "008", ["", "", "早般"]),
    ]);
    let plan = office.plan(&[]);
    assert_eq!(plan["rows"], 3);
    assert_eq!(plan["sheets"], serde_json::json!(["内科", "外科"]));
    assert_eq!(plan["sheet"], serde_json::Value::Null);
    assert_eq!(
        rejections(&plan),
        [
            "内科!A4: 工号 `999`: is not in the lookup `people`",
            "外科!D3: 3 `早般`: is not in the lookup `shifts` (did you mean `早班`?)",
        ]
    );
    assert_eq!(plan["rejections"][1]["record"], 3);
    assert_eq!(
        notices(&plan)[..3],
        [
            "the sheets `内科`, `外科` were read, one after the other; `说明` was not",
            "`内科`: 1 line above the header is not read as a row",
            "`外科`: 1 line above the header is not read as a row",
        ]
    );
    let said = office.on_job("check", &[]);
    assert!(said.stdout.contains("input.xlsx, sheets 内科, 外科\n"));
    assert_eq!(office.send(&[]).items, [4, 2, 0, 2]);
    assert_eq!(office.days(), ["e7 20260901 s1", "e7 20260902 s2"]);
}

#[test]
fn two_sheets_that_give_the_same_person_and_day_conflict_as_rows_do() {
    let office = all_sheets().sheets(&[
        department("内科", "007", ["白", "夜", ""]),
        department("外科", "007", ["夜", "夜", ""]),
    ]);
    assert_eq!(
        rejections(&office.plan(&[])),
        [
            "内科!B3: conflicts with 外科!B3 (record 2)",
            "外科!B3: conflicts with 内科!B3 (record 1)",
            "外科!C3: repeats 内科!C3 (record 1)",
        ]
    );
}

#[test]
fn sheets_are_listed_by_the_job_and_each_of_them_must_be_the_table() {
    let sheets = [
        department("内科", "007", ["白", "", ""]),
        Sheet::new("说明").row(["休息填 休"]).row(["谢谢"]),
        department("外科", "008", ["", "夜", ""]),
    ];
    let listed = |names: &str| {
        office()
            .job("[input]", &format!("[input]\nsheets = {names}"))
            .sheets(&sheets)
    };
    // In the order of the workbook.
    let office = listed("[\"外科\", \"内科\"]");
    comes_to(&office, &["e7 20260901 s1", "e8 20260902 s2"]);
    assert_eq!(listed("[\"外科\"]").plan(&[])["sheet"], "外科");
    is_refused(
        &listed("[\"内科\", \"说明\"]"),
        &[],
        &["the sheet `说明`", "lacks the column `工号`"],
    );
    is_refused(
        &listed("[\"内科\", \"儿科\"]"),
        &[],
        &["there is no sheet `儿科`", "`内科`, `说明`, `外科`"],
    );
    for odd in ["\"内科\"", "[]", "[1]", "3"] {
        is_refused(&listed(odd), &[], &["`sheets` is \"*\" or a list of names"]);
    }
    is_refused(
        &listed("[\"内科\"]\nsheet = \"内科\""),
        &[],
        &["[input] has both `sheet` and `sheets`"],
    );
    // One sheet, as typed.
    let plan = office.plan(&["--sheet", "外科"]);
    assert_eq!((&plan["sheet"], &plan["rows"]), (&"外科".into(), &1.into()));
}

#[test]
fn a_department_whose_sheet_lacks_a_column_refuses_the_file() {
    let office = all_sheets().sheets(&[
        department("内科", "007", ["白", "", ""]),
        headed("外科", "2026年9月排班表", "编码").row(["008", "", "夜", ""]),
    ]);
    is_refused(
        &office,
        &[],
        &["the sheet `外科` looks like the table, and lacks the column `工号`"],
    );
}

#[test]
fn sheets_with_other_columns_or_in_another_order_are_not_one_table() {
    let wide = Sheet::new("外科")
        .row(["2026年9月排班表"])
        .row(cells!["工号", "姓名", 1, 2, 3])
        .row(["008", "乙", "白", "", ""]);
    let office = all_sheets().sheets(&[department("内科", "007", ["白", "", ""]), wide]);
    is_refused(
        &office,
        &[],
        &[
            "the sheets `内科` and `外科` do not have the same columns",
            "only `外科` has `姓名`",
        ],
    );
    let turned = Sheet::new("外科")
        .row(["2026年9月排班表"])
        .row(cells![1, 2, 3, "工号"])
        .row(["白", "", "", "008"]);
    let office = all_sheets().sheets(&[department("内科", "007", ["白", "", ""]), turned]);
    is_refused(
        &office,
        &[],
        &["they stand in another order: where `内科` has `工号`, `外科` has `1`"],
    );
}

#[test]
fn a_department_whose_sheet_stands_elsewhere_is_read_all_the_same() {
    let moved = Sheet::new("外科")
        .row(cells!["", "2026年9月排班表"])
        .row(["", "制表人"])
        .row(cells!["", "工号", 1, 2, 3])
        .row(cells!["", "", "二", "三", "四"])
        .row(["", "008", "", "夜", "丁"]);
    let office = all_sheets().sheets(&[department("内科", "007", ["白", "", ""]), moved]);
    comes_to(
        &office,
        &[
            "外科!E5: 3 `丁`: is not in the lookup `shifts`",
            "e7 20260901 s1",
            "e8 20260902 s2",
        ],
    );
}

#[test]
fn sheets_of_different_months_are_not_sent_together_and_a_month_chooses_among_them() {
    let of = |name: &str, month: u32, person: &str| {
        sheet(
            name,
            &format!("2026年{month}月排班表"),
            person,
            ["白", "", ""],
        )
    };
    let office = all_sheets().sheets(&[
        of("内科9月", 9, "007"),
        of("外科9月", 9, "008"),
        of("内科10月", 10, "007"),
    ]);
    is_refused(
        &office,
        &[],
        &[
            "the sheets `内科9月` and `内科10月` are of different months",
            "--set month=yyyyMM",
        ],
    );
    assert_eq!(office.send(&["--set", "month=202609"]).items, [2, 2, 0, 0]);
    assert_eq!(office.days(), ["e7 20260901 s1", "e8 20260901 s1"]);
    let silent = sheet("儿科", "排班表", "008", ["白", "", ""]);
    let office = all_sheets().sheets(&[of("内科", 9, "007"), silent]);
    is_refused(
        &office,
        &[],
        &["the month of the days is not known", "in the sheet `儿科`"],
    );
    // Nothing says another month: the job's own word is for all of them.
    assert_eq!(office.send(&["--set", "month=202609"]).items, [2, 2, 0, 0]);
}

#[test]
fn a_lookups_table_asks_for_its_sheet_where_the_job_names_it() {
    let people = |name: &str| Sheet::new(name).row(["工号", "用户ID"]).row(["007", "e7"]);
    let office = office()
        .job(
            "words = { \"007\" = \"e7\", \"008\" = \"e8\", \"110101199003071234\" = \"e9\" }",
            "file = \"../people.xlsx\"\nkeys = [\"工号\"]\nvalue = \"用户ID\"",
        )
        .sheets(&[september()]);
    save(
        &office.path("people.xlsx"),
        &[people("在职"), people("离职")],
    );
    is_refused(
        &office,
        &[],
        &[
            "people.xlsx: 2 sheets hold such a table",
            "hint: say which sheet is meant: `sheet = \"…\"` in [lookup.people] of the job",
        ],
    );
}

#[test]
fn what_is_passed_over_is_no_part_of_a_header_of_two_lines_either() {
    let two_lines = |name: &str, title: &str, id: &str| {
        Sheet::new(name)
            .row([title])
            .row(cells![id, 1, 2, 3])
            .row(["", "一", "二", "三"])
            .row(["007", "白", "", ""])
    };
    let job = "[input]\nheader_rows = 2";
    let office = office().job("[input]", job).sheets(&[
        two_lines("九月", "2026年9月", "工号"),
        two_lines("六月", "2026年6月", "编码"),
    ]);
    is_refused(
        &office,
        &[],
        &["the sheet `六月` looks like the table, and lacks the column `工号`"],
    );
}
