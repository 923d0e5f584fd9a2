//! Read workforce plans and their rows: `catalogue.md` A18 and A19.
//!
//! Any dimensions are a row, so a search finds the rows its filters name in full, and those that calls touched. It may lag.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::pages::{Page, UnknownToken, size};
use crate::sandbox::applied::PlanRowKey;
use crate::sandbox::call::{Asked, Decision};
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::plan_rows::{DIMENSION_KEYS, PlanRow};
use crate::sandbox::record::hash;
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;
use crate::sandbox::world::{
    ID_UNKNOWN_PREFIX, PLAN_DIMENSIONS, PLAN_INACTIVE, PLAN_OF_FIVE_DIMENSIONS, PLAN_UNKNOWN,
};

/// The plans there are in the list: id, name, first and last day, whether it is enabled.
const PLANS: [(&str, &str, &str, &str, bool); 3] = [
    (
        "7430330781544564268",
        "2026 年度编制规划",
        "2026-01-01",
        "2026-12-31",
        true,
    ),
    (
        PLAN_OF_FIVE_DIMENSIONS,
        "2026 门店编制规划",
        "2026-01-01",
        "2026-12-31",
        true,
    ),
    (
        PLAN_INACTIVE,
        "2025 年度编制规划",
        "2025-01-01",
        "2025-12-31",
        false,
    ),
];
/// The plan in force.
const PLAN_IN_FORCE: &str = "7430330781544564268";
/// Rows that the filters of one search may name.
const NAMED_MAX: usize = 100_000;

type Dimensions = BTreeMap<String, String>;

pub(in crate::sandbox) fn plans(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let all = query.written_flag("get_all_plan").unwrap_or(false);
    let only_active = query.written_flag("active").unwrap_or(false);
    Asked::kept(query, None)?;
    let items: Vec<Value> = PLANS
        .into_iter()
        .filter(|(id, .., active)| (all || *id == PLAN_IN_FORCE) && (*active || !only_active))
        .map(|(id, name, start, end, active)| {
            json!({
                "workforce_plan_id": id,
                "workforce_plan_name": [{"lang": "zh-CN", "value": name}],
                "start_date": start,
                "end_date": end,
                "active": active,
            })
        })
        .collect();
    let total = items.len();
    Ok(Reply::success(&json!({"items": items, "total": total})).into())
}

/// A dimension, and the values it may have.
type Filter<'a> = (&'a str, Vec<&'a str>);

pub(in crate::sandbox) fn rows(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let size = size(
        query.written_integer("page_size", Need::Optional, &(1..=100)),
        100,
    );
    let token = query.text("page_token", Need::Optional);
    let mut body = Fields::of(asked.body);
    let plan = body.text("workforce_plan_id", Need::Required);
    let centralized = body.flag("is_centralized_reporting_project");
    body.text("centralized_reporting_project_id", Need::Optional);
    let filters: Vec<Filter<'_>> = body.objects(
        "dimension_id_in_datas",
        Need::Optional,
        &(0..=100),
        |filter| {
            let key = filter.text_of("dimension_key", Need::Required, &DIMENSION_KEYS);
            let ids = filter.texts("dimension_ids", Need::Required, &(1..=100));
            Some((key?, ids))
        },
    );
    body.flag("include_missing_dimension_rows");
    let without_zero = body.flag("filter_all_zero_value_rows").unwrap_or(false);
    Asked::kept(query, Some(body))?;

    let plan = plan.unwrap_or_default();
    // The sandbox has no centralised report.
    if plan == PLAN_UNKNOWN || centralized == Some(true) {
        return Err(Reply::refused(400, 1_161_009, "workforce plan not found"));
    }
    let mut found: BTreeSet<Dimensions> = named(plan, &filters)?;
    let fits = |dimensions: &Dimensions| {
        filters.iter().all(|(key, ids)| {
            dimensions
                .get(*key)
                .is_some_and(|id| ids.contains(&id.as_str()))
        })
    };
    let touched = state.plan_rows_touched(plan);
    found.extend(touched.filter(|dimensions| fits(dimensions)).cloned());
    let rows: Vec<Value> = found
        .into_iter()
        .filter_map(|dimensions| {
            let key = PlanRowKey {
                workforce_plan_id: plan.to_owned(),
                dimensions,
            };
            let row = state.plan_row(&key, asked.now);
            (!without_zero || !row.is_zero()).then(|| told(&key, &row))
        })
        .collect();
    let list = format!("plan rows {:?}", asked.body);
    let cut = Page { size, token }
        .cut(rows, &list)
        .map_err(|UnknownToken| Reply::refused(400, 1_160_109, "param is invalid"))?;
    let mut data = cut.data("items");
    data.insert("workforce_plan_id".to_owned(), json!(plan));
    data.insert("centralized_reporting_project_id".to_owned(), json!(""));
    Ok(Reply::success(&data.into()).into())
}

/// The rows the filters name in full: one for each choice of their values.
fn named(plan: &str, filters: &[Filter<'_>]) -> Result<BTreeSet<Dimensions>, Reply> {
    let keys: BTreeSet<&str> = filters.iter().map(|(key, _)| *key).collect();
    let is_whole = match plan {
        PLAN_OF_FIVE_DIMENSIONS => keys == BTreeSet::from(PLAN_DIMENSIONS),
        _ => !keys.is_empty(),
    };
    if !is_whole || keys.len() < filters.len() {
        return Ok(BTreeSet::new());
    }
    let mut rows = vec![Dimensions::new()];
    for (key, ids) in filters {
        let known = ids.iter().filter(|id| !id.starts_with(ID_UNKNOWN_PREFIX));
        let known: Vec<&&str> = known.collect();
        if rows.len().saturating_mul(known.len()) > NAMED_MAX {
            return Err(Reply::refused(400, 1_160_109, "param is invalid"));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                known.iter().map(|id| {
                    let mut row = row.clone();
                    row.insert((*key).to_owned(), (**id).to_owned());
                    row
                })
            })
            .collect();
    }
    Ok(rows.into_iter().collect())
}

fn told(key: &PlanRowKey, row: &PlanRow) -> Value {
    let dimensions: Vec<Value> = key
        .dimensions
        .iter()
        .map(|(key, id)| {
            json!({
                "dimension_key": key,
                "dimension_info": {"id": id, "name": [{"lang": "zh-CN", "value": format!("{key} {id}")}]},
            })
        })
        .collect();
    let actives: Vec<Value> = row
        .estimated_active_individuals
        .iter()
        .map(|(date, value)| json!({"date": date, "estimated_active_individuals": value}))
        .collect();
    let periods: Vec<Value> = row
        .periods
        .iter()
        .map(|(date, value)| {
            json!({
                "period_date": date,
                "workforce_plan": value,
                "individuals_to_be_added": "0",
                "individuals_to_be_removed": "0",
            })
        })
        .collect();
    let id = hash(format!("{key:?}").as_bytes());
    json!({
        "workforce_plan_detail_id": id.to_string(),
        "dimension_info_datas": dimensions,
        "workforce_plan": row.workforce_plan,
        "active_individuals": "0",
        "individuals_to_be_added": "0",
        "individuals_to_be_removed": "0",
        "estimated_active_individuals_details": actives,
        "multi_period_values": periods,
        "is_missing_dimension": false,
        "is_all_zero_value": row.is_zero(),
    })
}
