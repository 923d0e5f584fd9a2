//! What `check` shows before anybody sends: items as they would be sent, shared values, dates and words.

use serde_json::json;

use crate::support::office::Office;
use crate::support::{Bench, Table};

fn said_of(bench: &Bench, arguments: &[&str]) -> String {
    let job = bench.job_file();
    let said = bench.feishu(&[&["check", &job], arguments].concat());
    assert!(said.exit < 2, "{}", said.stderr);
    said.stdout
}

#[test]
fn the_first_three_items_are_shown_as_they_would_be_sent() {
    let table = Table::new(&["id"])
        .row(["1E5"])
        .row(["101"])
        .row(["102"])
        .row(["103"])
        .row(["104"]);
    let bench = Bench::new("delete-records").rows(&table);
    let plan = bench
        .feishu(&["check", &bench.job_file(), "input.csv", "--json"])
        .json();
    assert_eq!(plan["sample_items"], json!(["101", "102", "103"]));
    let text = said_of(&bench, &["input.csv"]);
    let shown = "such as    \"101\"\n           \"102\"\n           \"103\"\n";
    assert!(text.contains(shown), "{text}");
}

#[test]
fn an_item_that_is_long_is_shortened() {
    let long = "x".repeat(300);
    let table = Table::new(&["member_id", "start_time", "end_time", "f"])
        .row(["u1", "20261101", "20261130", &long]);
    let bench = Bench::new("archive-report").rows(&table);
    let text = said_of(&bench, &["input.csv", "--set", "month=202611"]);
    let line = text.lines().find(|line| line.contains("u1")).unwrap();
    assert!(
        line.ends_with("xx…") && line.chars().count() < 180,
        "{line}"
    );
}

#[test]
fn the_first_items_are_those_of_the_file_also_where_batches_overlap() {
    let bench = Bench::new("shift-schedule")
        .job(|job| {
            job.replace(
                "operator_id   = \"",
                "operator_id   = { column = \"operator\" } #",
            )
        })
        .file(
            "input.csv",
            b"user_id,group_id,shift_id,month,day_no,operator\nu1,g,s,202611,1,b\nu2,g,s,202611,1,a\nu3,g,s,202611,1,b\nu4,g,s,202611,1,a\n",
            String::new(),
        );
    let plan = bench
        .feishu(&["check", &bench.job_file(), "input.csv", "--json"])
        .json();
    let people: Vec<&str> = plan["sample_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["user_id"].as_str().unwrap())
        .collect();
    assert_eq!(people, ["u1", "u2", "u3"]);
    assert_eq!(
        plan["request"]["operator_id"],
        json!({"source": "column", "column": "operator", "values": ["b", "a"]})
    );
    let text = said_of(&bench, &["input.csv"]);
    assert!(
        text.contains("operator_id = b, a (column `operator`)"),
        "{text}"
    );
}

#[test]
fn each_shared_value_is_shown_with_where_it_comes_from() {
    let bench = Bench::new("archive-report");
    let arguments = ["--set", "month=202610"];
    let text = said_of(&bench, &arguments);
    for shown in [
        "request    employee_type = employee_id (constant of the job)\n",
        "           month = 202610 (--set)\n",
    ] {
        assert!(text.contains(shown), "{shown}{text}");
    }
    let job = bench.job_file();
    let plan = bench
        .feishu(&["check", &job, "--set", "month=202610", "--json"])
        .json();
    assert_eq!(
        plan["request"]["month"],
        json!({"source": "set", "value": "202610"})
    );
    assert_eq!(plan["request"]["employee_type"]["source"], "constant");
}

const ROSTER_JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"
[input.unpivot]
rest.words = ["休"]
rest.item = { shift_id = "0" }
[request]
employee_type = "employee_id"
[item]
user_id = { column = "工号" }
group_id = "g1"
month = { cell = "month" }
day_no = { cell = "day" }
shift_id = { cell = "value", lookup = "shifts" }
[lookup.shifts]
words = { "早班" = "s1", "晚班" = "s2" }
"#;

#[test]
fn the_dates_of_a_roster_and_the_words_in_it_are_counted() {
    let office = Office::new(ROSTER_JOB).file(
        "2026年9月.csv",
        "工号,2026-09-01,2026-09-02,2026-09-03\ne1,早班,早班,休\ne2,早班,晚班,\ne3,早班,早般,晚班\n",
    );
    let plan = office.plan(&[]);
    assert_eq!(
        plan["dates"],
        json!({"first": "2026-09-01", "last": "2026-09-03"})
    );
    assert_eq!(
        plan["words"],
        json!([
            {"word": "早班", "cells": 4},
            {"word": "晚班", "cells": 2},
            {"word": "休", "cells": 1},
            {"word": "早般", "cells": 1},
        ])
    );
    let text = office.on_job("check", &[]).stdout;
    for shown in [
        "dates      1 September 2026 (Tuesday) to 3 September 2026 (Thursday)\n",
        "words      早班 x 4, 晚班 x 2, 休 x 1, 早般 x 1\n",
    ] {
        assert!(text.contains(shown), "{shown}{text}");
    }
}

#[test]
fn of_many_words_the_commonest_twenty_are_shown() {
    let people: Vec<String> = (10..50).map(|n| format!("e{n},班{n}\n")).collect();
    let people = people.concat();
    let office = Office::new(ROSTER_JOB)
        .job(
            "[input.unpivot]",
            "[limits]\nmax_rejected = \"100%\"\n[input.unpivot]",
        )
        .file(
            "a.csv",
            format!("工号,2026-09-01\ne1,早班\ne2,早班\n{people}"),
        );
    let plan = office.plan(&[]);
    assert_eq!(plan["words"].as_array().unwrap().len(), 20);
    assert_eq!(plan["words"][0], json!({"word": "早班", "cells": 2}));
    let text = office.on_job("check", &[]).stdout;
    assert!(text.contains(", 21 cells with other words\n"), "{text}");
}

#[test]
fn a_table_that_is_no_roster_has_neither_dates_nor_words() {
    let bench = Bench::new("delete-punches");
    let plan = bench.feishu(&["check", &bench.job_file(), "--json"]).json();
    assert!(plan.get("dates").is_none() && plan.get("words").is_none());
    assert_eq!(plan["request"], json!({}));
}
