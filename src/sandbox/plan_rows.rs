//! Delete rows of a workforce plan: `POST corehr/v2/workforce_plan_detail_row/batchDelete`, `platform.md` 4d.
//!
//! All or nothing: one bad row refuses the call. Deleting sets a row to zero, so doing it twice is no error.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::applied::{Effect, PlanRowKey};
use super::call::{Asked, Decision};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{
    ID_UNKNOWN_PREFIX, PLAN_DIMENSIONS, PLAN_OF_FIVE_DIMENSIONS, PLAN_UNKNOWN, ROW_APPROVING_PREFIX,
};

/// The keys the page lists.
const DIMENSION_KEYS: [&str; 14] = [
    "department",
    "employee_type",
    "location",
    "position",
    "cost_center",
    "job_family",
    "job_level",
    "job",
    "pathway",
    "custom_org_01",
    "custom_org_02",
    "custom_org_03",
    "custom_org_04",
    "custom_org_05",
];

/// What the record calls an item: its dimensions in the order of the alphabet.
pub(super) fn key(item: &Json) -> String {
    let dimensions = item
        .member("dimensions")
        .map(Json::entries)
        .unwrap_or_default();
    let mut parts: Vec<String> = dimensions
        .iter()
        .map(|entry| key_of_dimension(entry, "dimension_key", "dimension_value"))
        .collect();
    parts.sort();
    parts.join("/")
}

fn key_of_dimension(entry: &Json, key: &str, value: &str) -> String {
    let text = |name| {
        entry
            .member(name)
            .and_then(Json::scalar)
            .unwrap_or_default()
    };
    format!("{}={}", text(key), text(value))
}

pub(super) fn decide(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut body = Fields::of(asked.body);
    let plan = body.text("workforce_plan_id", Need::Required);
    let rows = body.objects("items", Need::Required, &(1..=5), |entry| Some(row(entry)));
    Asked::kept(Fields::of(asked.query), Some(body))?;

    let plan = plan.unwrap_or_default();
    if plan == PLAN_UNKNOWN {
        return Err(refused(800_022_919, "programme not found fail"));
    }
    let mut seen = BTreeSet::new();
    for dimensions in rows {
        let row = distinct(dimensions)?;
        check_row(plan, &row)?;
        // "同批次操作场景下，禁止重复删除同一行", whatever the order of its dimensions.
        if !seen.insert(row) {
            return Err(refused(800_022_901, "dimension duplicated"));
        }
    }
    let zeroed = |dimensions| {
        Effect::ZeroPlanRow(PlanRowKey {
            workforce_plan_id: plan.to_owned(),
            dimensions,
        })
    };
    Ok(Decision {
        reply: Reply::success(&json!({})),
        effects: seen.into_iter().map(zeroed).collect(),
    })
}

type Dimension<'a> = (&'a str, &'a str);

fn row<'a>(fields: &mut Fields<'a>) -> Vec<Dimension<'a>> {
    let dimensions = fields.objects("dimensions", Need::Required, &(1..=20), |entry| {
        let key = entry.text_of("dimension_key", Need::Required, &DIMENSION_KEYS);
        let value = entry.text("dimension_value", Need::Required);
        Some((key?, value?))
    });
    // "该字段无效，可忽略" on delete: the types are checked, the values are not.
    fields.objects("eai_details", Need::Optional, &(0..=15), |detail| {
        detail.text("date", Need::Optional);
        detail.text("estimated_active_individuals", Need::Optional)
    });
    fields.text("plan_value", Need::Optional);
    dimensions
}

/// The dimensions as a set without order.
fn distinct(dimensions: Vec<Dimension<'_>>) -> Result<BTreeMap<String, String>, Reply> {
    let mut row = BTreeMap::new();
    for (key, value) in dimensions {
        if row.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(refused(800_022_901, "dimension duplicated"));
        }
    }
    Ok(row)
}

fn check_row(plan: &str, row: &BTreeMap<String, String>) -> Result<(), Reply> {
    if plan == PLAN_OF_FIVE_DIMENSIONS {
        if PLAN_DIMENSIONS.iter().any(|key| !row.contains_key(*key)) {
            return Err(refused(800_022_902, "dimension lacked"));
        }
        if row.len() > PLAN_DIMENSIONS.len() {
            return Err(refused(800_022_905, "dimension not match"));
        }
    }
    let has = |prefix: &str| row.values().any(|value| value.starts_with(prefix));
    if has(ID_UNKNOWN_PREFIX) {
        return Err(refused(800_022_907, "part row not exist"));
    }
    if has(ROW_APPROVING_PREFIX) {
        return Err(refused(800_022_911, "detail row approving"));
    }
    Ok(())
}

/// The page of these codes gives no HTTP status; 400 is taken, as for the one code whose status is given.
fn refused(code: i64, msg: &str) -> Reply {
    Reply::refused(400, code, msg)
}
