//! Delete punches: `POST attendance/v1/user_flows/batch_del`, `platform.md` 4a.
//!
//! Each id has its own fate. Reasons stand in `msg` as `{"id": "reason"}` when an id failed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::applied::Effect;
use super::call::{Asked, Decision};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;

/// What the record calls an item.
pub(super) fn key(item: &Json) -> String {
    item.scalar().unwrap_or_default()
}

pub(super) fn decide(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut body = Fields::of(asked.body);
    let ids = body.texts("record_ids", Need::Required, &(1..=10));
    Asked::kept(Fields::of(asked.query), Some(body))?;

    let (mut succeeded, mut failed, mut reasons) = (Vec::new(), Vec::new(), Map::new());
    let mut seen = BTreeSet::new();
    for id in ids.into_iter().filter(|id| seen.insert(*id)) {
        if !state.punch_exists(id) {
            failed.push(id);
            reasons.insert(id.to_owned(), json!("record not found"));
        } else {
            succeeded.push(id);
        }
    }
    let data = json!({"success_record_ids": succeeded, "fail_record_ids": failed});
    let msg = if reasons.is_empty() {
        "success".to_owned()
    } else {
        Value::Object(reasons).to_string()
    };
    Ok(Decision {
        reply: Reply::success_saying(&msg, &data),
        effects: succeeded
            .into_iter()
            .map(|id| Effect::DeletePunch(id.to_owned()))
            .collect(),
    })
}
