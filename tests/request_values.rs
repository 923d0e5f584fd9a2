//! Values of `[request]`: constants, `--set`, or a column; then rows are batched by that column's value.

use std::collections::BTreeSet;

use feishu_bulk::sandbox::CallRecord;
use serde_json::Value;

use crate::support::{Bench, Format, Table};

fn member(call: &CallRecord, name: &str) -> String {
    let body: Value = serde_json::from_str(call.body.as_deref().unwrap()).unwrap();
    body[name].as_str().unwrap().to_owned()
}

#[test]
fn a_value_of_the_body_bound_to_a_column_batches_rows_by_that_column() {
    let mut table = Table::new(&["member_id", "start_time", "end_time", "月份", "f_days"]);
    for row in 0..120 {
        let month = ["202609", "202610", "202611"][row % 3];
        let (first, last) = (format!("{month}01"), format!("{month}30"));
        table = table.row([&format!("m{row}"), &first, &last, month, "21"]);
    }
    for format in [Format::Csv, Format::Jsonl] {
        let bench = Bench::new("archive-report")
            .job(|job| job.replace("\"202610\"", "{ column = \"月份\" }"))
            .expects("month", "column:月份")
            .rows_as(&table, format);
        let ran = bench.run().checked();
        assert_eq!((ran.said.exit, ran.calls), (0, 3), "{}", ran.said.stderr);
        let record = bench.record();
        let calls = record.calls.iter().filter(|call| !call.keys.is_empty());
        let months: BTreeSet<String> = calls.map(|call| member(call, "month")).collect();
        assert_eq!(months.len(), 3);
    }
}

#[test]
fn a_value_of_the_path_bound_to_a_column_batches_rows_by_that_column() {
    let mut table = Table::new(&["id", "应用"]);
    for row in 0..700 {
        let namespace = ["package_a__c", "package_b__c"][row % 2];
        // The same id in two applications is two records.
        table = table.row([&format!("1801464{}", row / 2), namespace]);
    }
    let ran = Bench::new("delete-records")
        .job(|job| job.replace("\"package_test__c\"", "{ column = \"应用\" }"))
        .expects("namespace", "column:应用")
        .rows(&table)
        .run()
        .checked();
    assert_eq!((ran.said.exit, ran.calls), (0, 2), "{}", ran.said.stderr);
}

#[test]
fn a_value_of_the_path_that_would_lead_elsewhere_is_not_sent() {
    let bad = ["a/b", "../b", "..", ".", "a\\b", "/"];
    let mut table = Table::new(&["id", "应用"]).row(["1801464", "package_a__c"]);
    for (number, value) in bad.iter().enumerate() {
        table = table.row([&format!("180146{number}"), *value]);
    }
    let ran = Bench::new("delete-records")
        .job(|job| job.replace("\"package_test__c\"", "{ column = \"应用\" }"))
        .expects("namespace", "column:应用")
        .rows(&table)
        .run();
    assert_eq!((ran.said.exit, ran.calls), (1, 1), "{}", ran.said.stderr);
    assert_eq!((ran.items().succeeded, ran.items().rejected), (1, 6));
    for (_, reason) in ran.unsuccessful("rejected") {
        assert!(
            reason.contains("cannot stand in the path of a call"),
            "{reason}"
        );
    }
    for value in bad {
        let ran = Bench::new("delete-records").set("namespace", value).run();
        let expected = format!("[request] namespace = `{value}`: cannot stand in the path");
        assert!(ran.refused().contains(&expected), "{}", ran.said.stderr);
    }
}

#[test]
fn a_bad_value_in_a_bound_column_rejects_its_row_alone() {
    let table = Table::new(&["member_id", "start_time", "end_time", "月份"])
        .row(["m1", "20261001", "20261031", "202610"])
        .row(["m2", "20261001", "20261031", "202613"])
        .row(["m3", "20261001", "20261031", ""]);
    let ran = Bench::new("archive-report")
        .job(|job| job.replace("\"202610\"", "{ column = \"月份\" }"))
        .expects("month", "column:月份")
        .rows(&table)
        .run()
        .checked();
    assert_eq!(ran.records("rejected"), [2, 3]);
}

#[test]
fn set_on_the_command_line_wins_over_the_job_file() {
    let ran = Bench::new("archive-report")
        .job(|job| job.replace("\"202610\"", "\"202509\""))
        .set("month", "202610")
        .set("archive_rule_id", "7")
        .run()
        .checked();
    assert_eq!(ran.items().failed, 2);
}

#[test]
fn set_of_a_name_the_endpoint_does_not_have_is_refused() {
    let ran = Bench::new("archive-report").set("moth", "202609").run();
    assert!(
        ran.refused().contains("did you mean `month`?"),
        "{}",
        ran.said.stderr
    );
}

#[test]
fn max_items_of_a_job_makes_smaller_calls() {
    let table = (0..20).fold(Table::new(&["record_id"]), |table, row| {
        table.row([format!("67{row:04}")])
    });
    let bench = Bench::new("delete-punches")
        .job(|job| {
            format!(
                "{}\n[limits]\nmax_items = 3\n",
                job.replace("ignore", "# ignore")
            )
        })
        .rows(&table)
        .unpaced();
    let ran = bench.run().checked();
    assert_eq!((ran.said.exit, ran.calls), (0, 7));
    assert!(bench.record().calls.iter().all(|call| call.keys.len() <= 3));
}
