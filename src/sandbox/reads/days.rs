//! Read shift schedules: `POST attendance/v1/user_daily_shifts/query`, `catalogue.md` A1.
//!
//! Days without a shift are left out, unless the world is set to tell them as rest; the page leaves that open.

use serde_json::{Value, json};

use crate::sandbox::applied::ShiftKey;
use crate::sandbox::calendar;
use crate::sandbox::call::{Asked, Decision, invalid, known_employee_type};
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;
use crate::sandbox::world::USER_UNKNOWN_PREFIX;

const PEOPLE_MAX: usize = 50;
/// Both ends counted.
const DAYS_MAX: usize = 30;
/// What `group_id` of somebody in no group is.
const NO_GROUP: &str = "1";

pub(in crate::sandbox) fn decide(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    let mut body = Fields::of(asked.body);
    let people = body.texts("user_ids", Need::Required, &(1..=usize::MAX));
    let from = body.integer("check_date_from", Need::Required);
    let to = body.integer("check_date_to", Need::Required);
    Asked::kept(query, Some(body))?;

    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    if people.len() > PEOPLE_MAX {
        return Err(invalid("the number of user_ids must be no more than 50"));
    }
    let from = from.and_then(calendar::date);
    let to = to.and_then(calendar::date);
    let (from, to) = from
        .zip(to)
        .filter(|(from, to)| from <= to)
        .ok_or_else(|| invalid("check_date invalid"))?;
    let days: Vec<_> = from
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= to)
        .take(DAYS_MAX + 1)
        .collect();
    if days.len() > DAYS_MAX {
        return Err(invalid(
            "the span of check_date must be no more than 30 days",
        ));
    }
    if people.iter().any(|id| id.starts_with(USER_UNKNOWN_PREFIX)) {
        return Err(Reply::refused(
            400,
            1_220_004,
            "user_id is not exist or does not have permission",
        ));
    }
    let mut rows = Vec::new();
    for person in people {
        for day in &days {
            let key = ShiftKey {
                employee_type: employee_type.to_owned(),
                user_id: person.to_owned(),
                month: i64::from(day.year()) * 100 + i64::from(day.month()),
                day_no: i64::from(day.day()),
            };
            rows.extend(row(&key, state));
        }
    }
    Ok(Reply::success(&json!({"user_daily_shifts": rows})).into())
}

fn row(key: &ShiftKey, state: &State) -> Option<Value> {
    let (group_id, shift_id) = match state.day(key) {
        Some(shift) => (shift.group_id.as_str(), shift.shift_id.as_str()),
        None if state.unscheduled_days_are_rest => {
            let person = state.company.person(&key.employee_type, &key.user_id);
            let group_id = person.and_then(|person| person.group_id.as_deref());
            (group_id.unwrap_or(NO_GROUP), "0")
        }
        None => return None,
    };
    Some(json!({
        "group_id": group_id,
        "shift_id": shift_id,
        "month": key.month,
        "user_id": key.user_id,
        "day_no": key.day_no,
    }))
}
