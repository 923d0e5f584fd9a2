//! Delete punches, and import them: `POST attendance/v1/user_flows/batch_del`, `platform.md` 4a, and `…/batch_create`,
//! `catalogue.md` B1.
//!
//! Each item has its own fate. When one failed, `msg` has the reasons as `{"id": "reason"}`, or the people as `[user-creator]`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::applied::{Effect, Punch};
use super::call::{Asked, Decision, general, invalid, key_of, known_employee_type};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{OPERATOR_FORBIDDEN, USER_UNKNOWN_PREFIX};

/// Most punches of one import, as the general errors tell it.
const IMPORTED_MAX: usize = 50;
/// Punches are taken after the beginning of 2022, in Beijing.
const IMPORTED_AFTER_SECONDS: u64 = 1_640_966_400;

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
        if state.punch_exists(id) {
            succeeded.push(id);
        } else {
            failed.push(id);
            reasons.insert(id.to_owned(), json!("record not found"));
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

/// What the record calls a punch that is imported.
pub(super) fn key_of_import(item: &Json) -> String {
    key_of(item, &["user_id", "check_time", "idempotent_id"])
}

pub(super) fn import(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query).unwrap_or_default();
    let mut body = Fields::of(asked.body);
    let punches = body.objects(
        "flow_records",
        Need::Required,
        &(1..=usize::MAX),
        |fields| punch(fields, employee_type),
    );
    Asked::kept(query, Some(body))?;

    known_employee_type(employee_type)?;
    if punches.len() > IMPORTED_MAX {
        return Err(general("operate too much flow"));
    }
    for (punch, _) in &punches {
        let time = punch.check_time.parse::<u64>();
        let time = time.map_err(|_| invalid("check_time invalid"))?;
        if time <= IMPORTED_AFTER_SECONDS {
            return Err(general("time is invalid"));
        }
        if [&punch.user_id, &punch.creator_id]
            .iter()
            .any(|id| id.starts_with(USER_UNKNOWN_PREFIX))
        {
            return Err(Reply::refused(
                400,
                1_220_004,
                "user_id is not exist or does not have permission",
            ));
        }
    }
    let mut keys: BTreeSet<&str> = state
        .applied
        .punches_created
        .iter()
        .filter(|(id, _)| state.punch_exists(id))
        .map(|(_, punch)| punch.idempotent_id.as_str())
        .collect();
    for (punch, _) in &punches {
        if !punch.idempotent_id.is_empty() && !keys.insert(punch.idempotent_id.as_str()) {
            return Err(general("the object already exists"));
        }
    }

    let (mut echoed, mut failed, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (punch, kind)) in punches.into_iter().enumerate() {
        if punch.creator_id == OPERATOR_FORBIDDEN {
            failed.push(format!("{}-{}", punch.user_id, punch.creator_id));
            continue;
        }
        let id = format!("67093597{:08}{place:03}", asked.number);
        echoed.push(json!({
            "user_id": punch.user_id,
            "creator_id": punch.creator_id,
            "location_name": punch.location_name,
            "check_time": punch.check_time,
            "comment": punch.comment,
            "record_id": id,
            "ssid": punch.ssid,
            "bssid": punch.bssid,
            "is_field": punch.is_field,
            "is_wifi": punch.is_wifi,
            "type": kind,
            "external_id": punch.external_id,
            "idempotent_id": punch.idempotent_id,
        }));
        effects.push(Effect::CreatePunch(id, punch));
    }
    let msg = if failed.is_empty() {
        "success".to_owned()
    } else {
        format!("[{}]", failed.join(", "))
    };
    Ok(Decision {
        reply: Reply::success_saying(&msg, &json!({"flow_records": echoed})),
        effects,
    })
}

/// A punch, and its `type`.
fn punch(fields: &mut Fields<'_>, employee_type: &str) -> Option<(Punch, i64)> {
    let user_id = fields.text("user_id", Need::Required);
    let creator_id = fields.text("creator_id", Need::Required);
    let location_name = fields.text_or_empty("location_name");
    let check_time = fields.text("check_time", Need::Required);
    // A punch that was read may have none, and can be put back.
    let comment = fields.text_or_empty("comment");
    let mut text = |name| {
        let text = fields.text(name, Need::Optional);
        text.unwrap_or_default().to_owned()
    };
    let (external_id, idempotent_id) = (text("external_id"), text("idempotent_id"));
    let (ssid, bssid) = (text("ssid"), text("bssid"));
    let is_field = fields.flag("is_field").unwrap_or(false);
    let is_wifi = fields.flag("is_wifi").unwrap_or(false);
    let kind = fields.integer_in("type", &(0..=7)).unwrap_or(0);
    let punch = Punch {
        employee_type: employee_type.to_owned(),
        user_id: user_id?.to_owned(),
        creator_id: creator_id?.to_owned(),
        location_name: location_name?.to_owned(),
        check_time: check_time?.to_owned(),
        comment: comment?.to_owned(),
        external_id,
        idempotent_id,
        is_field,
        is_wifi,
        ssid,
        bssid,
    };
    Some((punch, kind))
}
