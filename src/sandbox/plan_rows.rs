//! Delete rows of a workforce plan, and save them: `POST corehr/v2/workforce_plan_detail_row/batchDelete`, `platform.md` 4d, and
//! `…/batchSave`, `catalogue.md` B9.
//!
//! All or nothing: one bad row refuses the call. Deleting sets a row to zero, so doing it twice is no error.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::applied::{Effect, PlanRowKey};
use super::call::{Asked, Decision};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{
    ID_UNKNOWN_PREFIX, PLAN_DIMENSIONS, PLAN_INACTIVE, PLAN_OF_FIVE_DIMENSIONS, PLAN_UNKNOWN,
    ROW_APPROVING_PREFIX,
};

/// Nothing, with the decimals the plans here are set to.
const ZERO: &str = "0.00";

/// The keys the page lists.
pub(super) const DIMENSION_KEYS: [&str; 14] = [
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

    let keys = keys(plan.unwrap_or_default(), rows)?;
    Ok(Decision {
        reply: Reply::success(&json!({})),
        effects: keys.into_iter().map(Effect::ZeroPlanRow).collect(),
    })
}

/// Rows by custom dates carry `plan_value` and `eai_details`, rows by natural periods `multi_period_values`; never both.
pub(super) fn save(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut body = Fields::of(asked.body);
    let plan = body.text("workforce_plan_id", Need::Required);
    let rows = body.objects("items", Need::Required, &(1..=5), |entry| {
        Some((dimensions(entry), written(entry)))
    });
    Asked::kept(Fields::of(asked.query), Some(body))?;
    let (dimensions, written): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let keys = keys(plan.unwrap_or_default(), dimensions)?;
    let saved = written.into_iter().map(Written::row);
    let saved: Vec<PlanRow> = saved.collect::<Result<_, _>>()?;
    let effects = keys.into_iter().zip(saved);
    Ok(Decision {
        reply: Reply::success(&json!({})),
        effects: effects
            .map(|(key, row)| Effect::SavePlanRow(key, row))
            .collect(),
    })
}

/// The rows of one plan, each of them once.
fn keys(plan: &str, rows: Vec<Vec<Dimension<'_>>>) -> Result<Vec<PlanRowKey>, Reply> {
    if plan == PLAN_UNKNOWN {
        return Err(refused(800_022_919, "programme not found fail"));
    }
    if plan == PLAN_INACTIVE {
        let msg = "the project is currently in an un editable state";
        return Err(refused(800_022_914, msg));
    }
    let mut keys: Vec<PlanRowKey> = Vec::new();
    for dimensions in rows {
        let dimensions = distinct(dimensions)?;
        check_row(plan, &dimensions)?;
        // "同批次操作场景下，禁止重复删除同一行", whatever the order of its dimensions.
        if keys.iter().any(|key| key.dimensions == dimensions) {
            return Err(refused(800_022_901, "dimension duplicated"));
        }
        keys.push(PlanRowKey {
            workforce_plan_id: plan.to_owned(),
            dimensions,
        });
    }
    Ok(keys)
}

type Dimension<'a> = (&'a str, &'a str);

fn dimensions<'a>(fields: &mut Fields<'a>) -> Vec<Dimension<'a>> {
    fields.objects("dimensions", Need::Required, &(1..=20), |entry| {
        let key = entry.text_of("dimension_key", Need::Required, &DIMENSION_KEYS);
        let value = entry.text("dimension_value", Need::Required);
        Some((key?, value?))
    })
}

fn row<'a>(fields: &mut Fields<'a>) -> Vec<Dimension<'a>> {
    let dimensions = dimensions(fields);
    // "该字段无效，可忽略" on delete: the types are checked, the values are not.
    fields.objects("eai_details", Need::Optional, &(0..=15), |detail| {
        detail.text("date", Need::Optional);
        detail.text("estimated_active_individuals", Need::Optional)
    });
    fields.text("plan_value", Need::Optional);
    dimensions
}

/// The figures of a row as they were sent.
struct Written<'a> {
    plan_value: Option<&'a str>,
    /// Day and figure.
    actives: Vec<(&'a str, &'a str)>,
    /// Last day of the period and figure.
    periods: Vec<(&'a str, &'a str)>,
}

fn written<'a>(fields: &mut Fields<'a>) -> Written<'a> {
    Written {
        plan_value: fields.text("plan_value", Need::Optional),
        actives: fields.objects("eai_details", Need::Optional, &(0..=15), |detail| {
            let date = detail.text("date", Need::Required);
            let value = detail.text("estimated_active_individuals", Need::Required);
            Some((date?, value?))
        }),
        periods: fields.objects("multi_period_values", Need::Optional, &(0..=15), |period| {
            let date = period.text("period_date", Need::Required);
            let value = period.text("workforce_plan", Need::Required);
            Some((date?, value?))
        }),
    }
}

impl Written<'_> {
    fn row(self) -> Result<PlanRow, Reply> {
        let by_dates = self.plan_value.is_some() || !self.actives.is_empty();
        if by_dates && !self.periods.is_empty() {
            return Err(Reply::refused(400, 1_160_001, "param is invalid"));
        }
        let plan = |value: &str| {
            decimal(value).ok_or_else(|| refused(800_022_913, "invalid workforce plan value"))
        };
        let active =
            |value: &str| decimal(value).ok_or_else(|| refused(800_022_915, "invalid Eai"));
        let periods = self.periods.into_iter();
        let actives = self.actives.into_iter();
        Ok(PlanRow {
            workforce_plan: plan(self.plan_value.unwrap_or("0"))?,
            estimated_active_individuals: actives
                .map(|(date, value)| Ok((date.to_owned(), active(value)?)))
                .collect::<Result<_, Reply>>()?,
            periods: periods
                .map(|(date, value)| Ok((date.to_owned(), plan(value)?)))
                .collect::<Result<_, Reply>>()?,
        })
    }
}

/// A figure as the platform tells it, with two decimals: as many as the plans here are set to.
fn decimal(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let good = !whole.is_empty() && digits(whole) && digits(part) && (1..=2).contains(&part.len());
    good.then(|| format!("{whole}.{part:0<2}"))
}

/// The figures of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// The planned figure, such as `10.00`.
    pub workforce_plan: String,
    /// Estimated people by day.
    pub estimated_active_individuals: BTreeMap<String, String>,
    /// Planned figures by the last day of their period.
    pub periods: BTreeMap<String, String>,
}

impl PlanRow {
    /// A row that no call has changed.
    pub(super) fn untouched() -> Self {
        Self {
            workforce_plan: "10.00".to_owned(),
            estimated_active_individuals: BTreeMap::from([(
                "2026-12-31".to_owned(),
                "9.00".to_owned(),
            )]),
            periods: BTreeMap::new(),
        }
    }

    /// The same row after it was deleted.
    pub(super) fn zeroed(mut self) -> Self {
        let actives = self.estimated_active_individuals.values_mut();
        for figure in actives.chain(self.periods.values_mut()) {
            ZERO.clone_into(figure);
        }
        Self {
            workforce_plan: ZERO.to_owned(),
            ..self
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        let actives = self.estimated_active_individuals.values();
        let figures = actives.chain(self.periods.values());
        figures
            .chain([&self.workforce_plan])
            .all(|figure| figure == ZERO)
    }
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
