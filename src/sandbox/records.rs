//! Delete aPaaS records: `DELETE apaas/v1/applications/:namespace/objects/:object_api_name/records/batch_delete`, `platform.md` 4c.
//!
//! Each id has its own entry in `data.items`. As on the page, a deleted one carries an error with code "0".

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::applied::{Effect, RecordKey};
use super::call::{Asked, Decision};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{RECORD_BUSY_PREFIX, RECORD_FORBIDDEN_PREFIX};

/// Longest `namespace` and `object_api_name`, in characters.
const NAMESPACE_CHARS_MAX: usize = 255;
const OBJECT_CHARS_MAX: usize = 256;

/// What the record calls an item.
pub(super) fn key(item: &Json) -> String {
    item.scalar().unwrap_or_default()
}

pub(super) fn decide(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut body = Fields::of(asked.body);
    let ids = body.texts("ids", Need::Required, &(0..=500));
    Asked::kept(Fields::of(asked.query), Some(body))?;
    let [namespace, object] = asked.parameters else {
        return Err(Reply::not_found());
    };
    if namespace.chars().count() > NAMESPACE_CHARS_MAX || object.chars().count() > OBJECT_CHARS_MAX
    {
        return Err(Reply::refused(400, 2_320_001, "param is invalid"));
    }

    let (mut items, mut effects) = (Vec::new(), Vec::new());
    let mut deleted_now = BTreeSet::new();
    for id in ids {
        let key = RecordKey {
            namespace: namespace.clone(),
            object_api_name: object.clone(),
            id: id.to_owned(),
        };
        if !state.record_exists(&key) || !deleted_now.insert(id) {
            items.push(failed(id, "300004", "record not found", "k_cf_ec_300004"));
        } else if id.starts_with(RECORD_FORBIDDEN_PREFIX) {
            items.push(failed(id, "000009", "no permission", "k_ec_000009"));
        } else if id.starts_with(RECORD_BUSY_PREFIX) && !state.applied.records_busy.contains(&key) {
            items.push(failed(id, "20001", "system busy", "k_op_ec_20001"));
            effects.push(Effect::AnswerBusy(key));
        } else {
            items.push(item(id, true, "0", "success", "k_ec_00001"));
            effects.push(Effect::DeleteRecord(key));
        }
    }
    Ok(Decision {
        reply: Reply::success(&json!({"items": items})),
        effects,
    })
}

fn failed(id: &str, code: &str, message: &str, sub_code: &str) -> Value {
    item(id, false, code, message, sub_code)
}

fn item(id: &str, success: bool, code: &str, message: &str, sub_code: &str) -> Value {
    let error = json!({"code": code, "message": message, "sub_code": sub_code, "fields": ["_id"]});
    json!({"success": success, "id": id, "errors": [error]})
}
