//! Read shifts: all of them, and one. `catalogue.md` A6 and A7.

use serde_json::{Map, Value, json};

use super::pages::Page;
use crate::sandbox::call::{Asked, Decision, general};
use crate::sandbox::company::ShiftKind;
use crate::sandbox::fields::Fields;
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;
use crate::sandbox::world::SHIFT_DEFAULT;

pub(in crate::sandbox) fn list(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let page = Page::of_attendance(&mut query);
    Asked::kept(query, None)?;
    let shifts = state.company.shifts.iter();
    let shifts: Vec<Value> = shifts.map(|shift| told(shift).into()).collect();
    let data = page.cut(shifts, "shifts")?.data("shift_list");
    Ok(Reply::success(&data.into()).into())
}

pub(in crate::sandbox) fn one(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [shift_id] = asked.parameters else {
        return Err(Reply::not_found());
    };
    Asked::kept(Fields::of(asked.query), None)?;
    if shift_id == SHIFT_DEFAULT {
        let msg = "default shift are not allowed to change.";
        return Err(Reply::refused(400, 1_226_003, msg));
    }
    let shift = state
        .company
        .shift(shift_id)
        .ok_or_else(|| general("shift does not exist"))?;
    let mut data = told(&shift);
    data.insert("id".to_owned(), json!(shift_id));
    Ok(Reply::success(&data.into()).into())
}

fn told(shift: &ShiftKind) -> Map<String, Value> {
    let times = json!([{
        "on_time": shift.on_time,
        "off_time": shift.off_time,
        "late_minutes_as_late": 1,
        "late_minutes_as_lack": 30,
        "on_advance_minutes": 60,
        "early_minutes_as_early": 1,
        "early_minutes_as_lack": 30,
        "off_delay_minutes": 60,
    }]);
    let members = [
        ("shift_id", json!(shift.shift_id)),
        ("shift_name", json!(shift.name)),
        ("punch_times", json!(1)),
        ("is_flexible", json!(false)),
        ("flexible_minutes", json!(0)),
        ("no_need_off", json!(false)),
        ("punch_time_rule", times),
        ("day_type", json!(1)),
    ];
    let named = members.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}
