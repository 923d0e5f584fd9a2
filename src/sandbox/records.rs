//! Delete aPaaS records, and make them: `DELETE apaas/v1/applications/:namespace/objects/:object_api_name/records/batch_delete`,
//! `platform.md` 4c, and `POST …/batch_create`, `catalogue.md` B16.
//!
//! Each record has its own entry in `data.items`. As on the page, one that succeeded carries an error with code "0".

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

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
/// Most records of one call that makes them.
const CREATED_MAX: usize = 500;

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
    check_object(namespace, object)?;

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

/// Records whose fields come as JSON inside a text. The page promises no order; they are answered in the order they came in.
pub(super) fn create(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut body = Fields::of(asked.body);
    let records = body.text("records", Need::Required);
    Asked::kept(Fields::of(asked.query), Some(body))?;
    let [namespace, object] = asked.parameters else {
        return Err(Reply::not_found());
    };
    check_object(namespace, object)?;
    let records: Vec<Map<String, Value>> =
        serde_json::from_str(records.unwrap_or_default()).map_err(|_| invalid())?;
    if records.is_empty() || records.len() > CREATED_MAX {
        return Err(invalid());
    }
    let (mut items, mut effects) = (Vec::new(), Vec::new());
    for (place, fields) in records.into_iter().enumerate() {
        if let Some(field) = fields.keys().find(|name| name.starts_with('_')) {
            let error = json!({
                "code": "000015",
                "message": "param is invalid",
                "sub_code": "k_ec_000015",
                "fields": [field],
            });
            items.push(json!({"success": false, "id": "", "errors": [error]}));
            continue;
        }
        let id = format!("18{:08}{place:06}", asked.number);
        items.push(item(&id, true, "0", "success", "k_ec_00001"));
        let key = RecordKey {
            namespace: namespace.clone(),
            object_api_name: object.clone(),
            id,
        };
        effects.push(Effect::CreateRecord(key, fields));
    }
    Ok(Decision {
        reply: Reply::success(&json!({"items": items})),
        effects,
    })
}

/// Refuses names of an application or an object that are too long.
pub(super) fn check_object(namespace: &str, object: &str) -> Result<(), Reply> {
    if namespace.chars().count() > NAMESPACE_CHARS_MAX || object.chars().count() > OBJECT_CHARS_MAX
    {
        return Err(invalid());
    }
    Ok(())
}

fn invalid() -> Reply {
    Reply::refused(400, 2_320_001, "param is invalid")
}

fn failed(id: &str, code: &str, message: &str, sub_code: &str) -> Value {
    item(id, false, code, message, sub_code)
}

fn item(id: &str, success: bool, code: &str, message: &str, sub_code: &str) -> Value {
    let error = json!({"code": code, "message": message, "sub_code": sub_code, "fields": ["_id"]});
    json!({"success": success, "id": id, "errors": [error]})
}
