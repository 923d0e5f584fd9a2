//! What a job file may say, and how a mistake in one is told.

use std::path::Path;

use super::*;
use crate::document::Document;

const SHIFTS: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input]
file = "../samples/shift-schedule.csv"

[request]
employee_type = "employee_id"
operator_id = "dd31248a"
"#;

fn job(text: &str) -> Result<Job, String> {
    let document = Document::new("jobs/a.toml", text);
    resolve::resolve("a", &document, Path::new("jobs"), &[])
        .and_then(|job| job.require_values().map(|()| job))
        .map_err(|refusal| refusal.to_string())
}

fn column(name: &str) -> Source {
    Source::Column {
        name: name.to_owned(),
        part: None,
        lookup: None,
    }
}

#[test]
fn the_first_day_of_a_period_is_from_1_to_28() {
    for day in ["0", "29", "300", "-1"] {
        let text = format!(
            "endpoint = \"attendance.user_daily_shifts.batch_create\"\n[input.unpivot]\nfirst_day = {day}\n[request]\nemployee_type = \"employee_id\"\n[item]\nshift_id = {{ cell = \"value\" }}\n"
        );
        let refusal = job(&text).unwrap_err();
        assert!(
            refusal.contains("jobs/a.toml:3: a period begins on a day from 1 to 28"),
            "{refusal}"
        );
    }
}

#[test]
fn a_column_of_the_same_name_maps_by_itself() {
    let job = job(SHIFTS).unwrap();
    assert_eq!(job.item[0], column("group_id"));
    assert_eq!(job.request[0], Source::Constant("employee_id".into()));
    assert_eq!(
        job.input.file.unwrap(),
        Path::new("jobs/../samples/shift-schedule.csv")
    );
    assert_eq!(job.limits.rejected, Limit::Percent(10.0));
}

#[test]
fn a_field_may_take_another_column_or_a_constant_and_a_shared_value_a_column() {
    let text = SHIFTS.replace("\"dd31248a\"", "{ column = \"操作人\" }")
        + "[item]\nuser_id = { column = \"工号\" }\nis_clear_schedule = false\nmonth = 202409\n";
    let job = job(&text).unwrap();
    assert_eq!(job.request[1], column("操作人"));
    assert_eq!(
        job.item,
        [
            column("group_id"),
            column("shift_id"),
            Source::Constant("202409".into()),
            column("工号"),
            column("day_no"),
            Source::Constant("false".into()),
        ]
    );
}

#[test]
fn columns_fold_into_a_list_by_name_renamed_or_all_the_others() {
    let archive = |columns: &str| {
        let text = format!(
            "endpoint = \"attendance.archive_rule.upload_report\"\n[request]\nemployee_type = \"employee_id\"\nmonth = 202409\noperator_id = \"a\"\narchive_rule_id = 1\n[item]\nfield_datas = {{ columns = {columns}, key = \"code\", value = \"value\" }}\n"
        );
        let Source::Fold { columns, .. } = job(&text).unwrap().item.remove(3) else {
            panic!("not folded");
        };
        columns
    };
    let named = |pairs: &[(&str, &str)]| {
        FoldColumns::Named(
            pairs
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).into()))
                .collect(),
        )
    };
    assert_eq!(archive("\"*\""), FoldColumns::Others);
    assert_eq!(archive("[\"a\", \"b\"]"), named(&[("a", "a"), ("b", "b")]));
    assert_eq!(
        archive("{ \"迟到次数\" = \"f1\" }"),
        named(&[("迟到次数", "f1")])
    );
}

#[test]
fn set_gives_and_overrides_shared_values() {
    let document = Document::new("jobs/a.toml", SHIFTS);
    let set = [("employee_type".to_owned(), "employee_no".to_owned())];
    let job = resolve::resolve("a", &document, Path::new("jobs"), &set).unwrap();
    assert_eq!(job.request[0], Source::Constant("employee_no".into()));
    let set = [("employe_type".to_owned(), "x".to_owned())];
    let refusal = resolve::resolve("a", &document, Path::new("jobs"), &set)
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("did you mean `employee_type`?"),
        "{refusal}"
    );
}

#[test]
fn a_mistake_is_refused_with_line_caret_and_the_nearest_key() {
    let cases = [
        (
            ("[input]", "[inptu]"),
            "jobs/a.toml:4: unknown key `inptu`",
            "did you mean `input`?",
        ),
        (
            ("file =", "fil ="),
            "jobs/a.toml:5: unknown key `fil`",
            "did you mean `file`?",
        ),
        (
            ("operator_id", "colour"),
            "jobs/a.toml:9: unknown key `colour` in [request]",
            "endpoints attendance.user_daily_shifts.batch_create",
        ),
        (
            ("operator_id", "operatr_id"),
            "jobs/a.toml:9: unknown key `operatr_id` in [request]",
            "did you mean `operator_id`?",
        ),
        (
            ("\"dd31248a\"", "1.5"),
            "jobs/a.toml:9: `operator_id` must be text",
            "quotes",
        ),
        (
            ("\"dd31248a\"", "{ colum = \"x\" }"),
            "jobs/a.toml:9: unknown key `colum`",
            "did you mean `column`?",
        ),
        (
            ("employee_type = \"employee_id\"", ""),
            "[request] lacks `employee_type`",
            "--set employee_type=VALUE",
        ),
        (
            ("daily_shifts.", "daily_shift."),
            "jobs/a.toml:2: unknown endpoint",
            "did you mean `attendance.user_daily_shifts.batch_create`?",
        ),
        (
            ("\"dd31248a\"", "\"t-7f1bcd13fc57d46bac21793a18e560\""),
            "jobs/a.toml:9: this looks like a secret",
            "environment",
        ),
        (
            ("[request]", "[limits]\nmax_items = 51\n[request]"),
            "jobs/a.toml:8: `max_items` must be between 1 and 50",
            "^",
        ),
        (
            ("[request]", "[limits]\nmax_rejected = \"10\"\n[request]"),
            "jobs/a.toml:8: a limit is a number",
            "^",
        ),
        (
            ("[input]", "[input]\ndelimiter = \"::\""),
            "jobs/a.toml:5: a delimiter is one of",
            "tab",
        ),
        (
            ("[input]", "[input]\nformat = \"xml\""),
            "jobs/a.toml:5: unknown format `xml`",
            "csv, jsonl",
        ),
    ];
    for ((wrong, instead), what, hint) in cases {
        assert!(SHIFTS.contains(wrong));
        let text = job(&SHIFTS.replacen(wrong, instead, 1)).unwrap_err();
        assert!(text.contains(what), "{wrong}: {text}");
        assert!(text.contains(hint), "{wrong}: {text}");
    }
}

#[test]
fn a_share_is_never_less_than_the_least_number() {
    assert!(!Limit::Percent(10.0).exceeded(20, 30, 20));
    assert!(Limit::Percent(10.0).exceeded(21, 30, 20));
    assert!(!Limit::Percent(10.0).exceeded(100, 1000, 20));
    assert!(Limit::Percent(10.0).exceeded(101, 1000, 20));
    assert!(Limit::Count(0).exceeded(1, 1000, 20));
}
