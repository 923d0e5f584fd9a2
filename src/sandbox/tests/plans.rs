//! Reads of workforce plans and their rows, and the write that puts rows back.

use super::put_back::data;
use super::*;
use crate::sandbox::{Change, PLAN_ROWS_LAG_MAX, PlanRow, PlanRowKey};

const PLANS: &str = "/open-apis/corehr/v2/workforce_plans";
const ROWS: &str = "/open-apis/corehr/v2/workforce_plan_details/batch_v2";
const SAVE: &str = "/open-apis/corehr/v2/workforce_plan_detail_row/batchSave";

fn rows_of(dimensions: &[(&str, &[&str])]) -> Value {
    let dimensions: Vec<Value> = dimensions
        .iter()
        .map(|(key, ids)| json!({"dimension_key": key, "dimension_ids": ids}))
        .collect();
    json!({"workforce_plan_id": "7430330781544564268", "dimension_id_in_datas": dimensions})
}

/// Department, planned figure, and whether all is zero, of each row.
fn figures(answered: &Answered) -> Vec<(String, String, bool)> {
    let rows = data(answered)["items"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            (
                text(&row["dimension_info_datas"][0]["dimension_info"]["id"]).to_owned(),
                text(&row["workforce_plan"]).to_owned(),
                row["is_all_zero_value"].as_bool().unwrap(),
            )
        })
        .collect()
}

fn figure(department: &str, planned: &str) -> (String, String, bool) {
    (department.to_owned(), planned.to_owned(), planned == "0.00")
}

#[test]
fn a_plan_row_has_figures_until_it_is_deleted_and_those_that_were_saved_after() {
    let mut bench = Bench::new();
    let filter = rows_of(&[("department", &["1", "2", "404"])]);
    let read = |bench: &mut Bench| figures(&bench.ask(ROWS, &filter));
    assert_eq!(
        read(&mut bench),
        [figure("1", "10.00"), figure("2", "10.00")]
    );

    bench.ask(PLAN_ROWS, &plan(&[plan_row(&[("department", "1")])]));
    assert_eq!(
        read(&mut bench),
        [figure("1", "0.00"), figure("2", "10.00")]
    );
    let mut without_zero = filter.clone();
    without_zero["filter_all_zero_value_rows"] = json!(true);
    assert_eq!(
        figures(&bench.ask(ROWS, &without_zero)),
        [figure("2", "10.00")]
    );

    let mut row = plan_row(&[("department", "1")]);
    row["plan_value"] = json!("12.5");
    row["eai_details"] = json!([{"date": "2026-06-30", "estimated_active_individuals": "7"}]);
    assert_eq!(code(&bench.ask(SAVE, &plan(&[row]))), (200, 0));
    assert_eq!(
        read(&mut bench),
        [figure("1", "12.50"), figure("2", "10.00")]
    );
    let answered = bench.ask(ROWS, &filter);
    assert_eq!(
        data(&answered)["items"][0]["estimated_active_individuals_details"],
        json!([{"date": "2026-06-30", "estimated_active_individuals": "7.00"}])
    );
    // Without any filter the search knows only what was touched.
    assert_eq!(
        figures(&bench.ask(ROWS, &rows_of(&[]))),
        [figure("1", "12.50")]
    );
}

#[test]
fn a_filter_of_a_plan_of_five_dimensions_names_a_row_only_in_full() {
    let mut bench = Bench::new();
    let dimensions = [
        "cost_center",
        "department",
        "employee_type",
        "job_family",
        "location",
    ];
    let filters = |count: usize| {
        let filters: Vec<(&str, &[&str])> = dimensions[..count]
            .iter()
            .map(|key| (*key, ["1", "2"].as_slice()))
            .collect();
        let mut body = rows_of(&filters);
        body["workforce_plan_id"] = json!("7435976673130317405");
        body
    };
    let (_, envelope) = bench.ask(&format!("{ROWS}?page_size=20"), &filters(5));
    assert_eq!(envelope["data"]["items"].as_array().unwrap().len(), 20);
    let token = text(&envelope["data"]["page_token"]).to_owned();
    let rest = bench.ask(
        &format!("{ROWS}?page_size=20&page_token={token}"),
        &filters(5),
    );
    assert_eq!(data(&rest)["items"].as_array().unwrap().len(), 12);
    assert_eq!(data(&rest)["has_more"], json!(false));
    assert!(figures(&bench.ask(ROWS, &filters(4))).is_empty());
    assert_eq!(
        bench.violations(&format!("{ROWS}?page_size=101"), &filters(5)),
        ["page_size: the max value is 100"]
    );
    let mut unknown = filters(5);
    unknown["workforce_plan_id"] = json!("404");
    assert_eq!(code(&bench.ask(ROWS, &unknown)), (400, 1_161_009));
}

#[test]
fn the_search_of_plan_rows_lags_behind_as_long_as_it_is_told_to() {
    let mut bench = Bench::with(&SandboxOptions {
        quotas: Quotas::Unlimited,
        plan_rows_lag: PLAN_ROWS_LAG_MAX,
        ..SandboxOptions::default()
    });
    let key = PlanRowKey {
        workforce_plan_id: "7430330781544564268".to_owned(),
        dimensions: [("department".to_owned(), "1".to_owned())].into(),
    };
    let filter = rows_of(&[("department", &["1"])]);
    let read = |bench: &mut Bench| figures(&bench.ask(ROWS, &filter));
    bench.ask(PLAN_ROWS, &plan(&[plan_row(&[("department", "1")])]));
    bench.wait(6_000);
    bench.change(Change::PlanRow(
        key,
        PlanRow {
            workforce_plan: "3.00".to_owned(),
            estimated_active_individuals: [].into(),
            periods: [].into(),
        },
    ));
    assert_eq!(read(&mut bench), [figure("1", "10.00")]);
    bench.wait(4_000);
    assert_eq!(read(&mut bench), [figure("1", "0.00")]);
    bench.wait(5_999);
    assert_eq!(read(&mut bench), [figure("1", "0.00")]);
    bench.wait(1);
    assert_eq!(read(&mut bench), [figure("1", "3.00")]);
}

#[test]
fn saving_plan_rows_is_all_or_nothing() {
    let mut bench = Bench::new();
    let row = |department: &str, more: Value| {
        let mut row = plan_row(&[("department", department)]);
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        row
    };
    let period =
        json!({"multi_period_values": [{"period_date": "2026-12-31", "workforce_plan": "4"}]});
    let mut both = period.clone();
    both["plan_value"] = json!("4");
    for (rows, expected) in [
        (vec![row("1", json!({"plan_value": "1.234"}))], 800_022_913),
        (vec![row("1", json!({"plan_value": "many"}))], 800_022_913),
        (
            vec![row(
                "1",
                json!({"eai_details": [{"date": "2026-06-30", "estimated_active_individuals": "-1"}]}),
            )],
            800_022_915,
        ),
        (vec![row("1", both)], 1_160_001),
        (vec![row("1", json!({})), row("1", json!({}))], 800_022_901),
        (
            vec![row("2", json!({})), row("4041", json!({}))],
            800_022_907,
        ),
    ] {
        assert_eq!(code(&bench.ask(SAVE, &plan(&rows))), (400, expected));
    }
    assert!(bench.record().applied.plan_rows_saved.is_empty());
    let six: Vec<Value> = (0..6)
        .map(|number| row(&number.to_string(), json!({})))
        .collect();
    assert_eq!(
        bench.violations(SAVE, &plan(&six)),
        ["items: the max len is 5"]
    );

    assert_eq!(code(&bench.ask(SAVE, &plan(&[row("1", period)]))), (200, 0));
    let answered = bench.ask(ROWS, &rows_of(&[("department", &["1"])]));
    assert_eq!(
        data(&answered)["items"][0]["multi_period_values"][0]["workforce_plan"],
        "4.00"
    );
    assert_eq!(
        data(&answered)["items"][0]["is_all_zero_value"],
        json!(false)
    );
}

#[test]
fn plans_are_listed_as_far_as_asked_and_one_that_is_not_enabled_cannot_be_changed() {
    let mut bench = Bench::new();
    let mut count = |query: &str| {
        let answered = bench.get(&format!("{PLANS}{query}"));
        let data = data(&answered);
        assert_eq!(
            data["total"],
            json!(data["items"].as_array().unwrap().len())
        );
        data["total"].as_u64().unwrap()
    };
    assert_eq!(count(""), 1);
    assert_eq!(count("?get_all_plan=true"), 3);
    assert_eq!(count("?get_all_plan=true&active=true"), 2);
    assert_eq!(
        bench.violations_of_get(&format!("{PLANS}?active=yes")),
        ["active: options: [true,false]"]
    );
    let mut closed = plan(&[plan_row(&[("department", "1")])]);
    closed["workforce_plan_id"] = json!("7435976673130317411");
    assert_eq!(code(&bench.ask(PLAN_ROWS, &closed)), (400, 800_022_914));
}

#[test]
fn a_call_is_counted_and_throttled_by_its_own_endpoint_alone() {
    let mut bench = Bench::with(&SandboxOptions::default());
    let filter = rows_of(&[("department", &["1"])]);
    for _ in 0..5 {
        assert_eq!(code(&bench.ask(ROWS, &filter)), (200, 0));
        assert_eq!(
            code(&bench.ask(PLAN_ROWS, &plan(&[plan_row(&[("department", "1")])]))),
            (200, 0)
        );
    }
    assert_eq!(code(&bench.ask(ROWS, &filter)), (429, 99_991_400));
    for _ in 0..100 {
        assert_eq!(code(&bench.get(PLANS)), (200, 0));
    }
    bench.wait(1000);
    assert_eq!(code(&bench.get(PLANS)), (429, 99_991_400));
    assert_eq!(code(&bench.ask(ROWS, &filter)), (200, 0));
}
