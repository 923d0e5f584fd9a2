//! Read punches: those of people in a time, and one by its id. `catalogue.md` A10 and A11.
//!
//! Any id is a punch that was imported once, so only one read by its id can answer for it; the search knows those that calls made.

use serde_json::{Value, json};

use crate::sandbox::applied::Punch;
use crate::sandbox::call::{Asked, Decision, general, invalid, known_employee_type};
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;
use crate::sandbox::world::USER_UNKNOWN_PREFIX;

const PEOPLE_MAX: usize = 50;
/// `type` of a punch that was imported.
const IMPORTED: i64 = 7;

pub(in crate::sandbox) fn query(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    query.written_flag("include_terminated_user");
    let mut body = Fields::of(asked.body);
    let people = body.texts("user_ids", Need::Required, &(1..=usize::MAX));
    let from = body.text("check_time_from", Need::Required);
    let to = body.text("check_time_to", Need::Required);
    Asked::kept(query, Some(body))?;

    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    if people.len() > PEOPLE_MAX {
        return Err(invalid("the number of user_ids must be no more than 50"));
    }
    let seconds = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    let (from, to) = seconds(from)
        .zip(seconds(to))
        .ok_or_else(|| invalid("check_time invalid"))?;
    if people.iter().any(|id| id.starts_with(USER_UNKNOWN_PREFIX)) {
        return Err(Reply::refused(
            400,
            1_220_004,
            "user_id is not exist or does not have permission",
        ));
    }
    let created = state.applied.punches_created.iter();
    let found: Vec<Value> = created
        .filter(|(id, punch)| {
            let user_id = id_as(state, punch, &punch.user_id, employee_type);
            state.punch_exists(id)
                && people.contains(&user_id.as_str())
                && seconds(Some(&punch.check_time)).is_some_and(|time| (from..to).contains(&time))
        })
        .map(|(id, punch)| told(state, id, punch, employee_type))
        .collect();
    Ok(Reply::success(&json!({"user_flow_results": found})).into())
}

pub(in crate::sandbox) fn one(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [id] = asked.parameters else {
        return Err(Reply::not_found());
    };
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    Asked::kept(query, None)?;
    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    // What an id that is not there answers is not documented; this text stands for a record that does not exist.
    let punch = state
        .punch(id)
        .ok_or_else(|| general("rule does not exist"))?;
    Ok(Reply::success(&told(state, id, &punch, employee_type)).into())
}

fn told(state: &State, id: &str, punch: &Punch, employee_type: &str) -> Value {
    json!({
        "user_id": id_as(state, punch, &punch.user_id, employee_type),
        "creator_id": id_as(state, punch, &punch.creator_id, employee_type),
        "location_name": punch.location_name,
        "check_time": punch.check_time,
        "comment": punch.comment,
        "record_id": id,
        "ssid": punch.ssid,
        "bssid": punch.bssid,
        "is_field": punch.is_field,
        "is_wifi": punch.is_wifi,
        "type": IMPORTED,
        "photo_urls": [],
        "device_id": "",
        "check_result": "Normal",
        "external_id": punch.external_id,
        "idempotent_id": punch.idempotent_id,
    })
}

/// An id of a punch as the kind that was asked for.
fn id_as(state: &State, punch: &Punch, id: &str, employee_type: &str) -> String {
    state.company.id_as(&punch.employee_type, id, employee_type)
}
