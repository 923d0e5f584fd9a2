//! Read shifts: all of them. `catalogue.md` A6.

use serde_json::{Value, json};

use super::pages::Page;
use crate::sandbox::call::{Asked, Decision};
use crate::sandbox::company::ShiftKind;
use crate::sandbox::fields::Fields;
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;

pub(in crate::sandbox) fn list(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let page = Page::of_attendance(&mut query);
    Asked::kept(query, None)?;
    let shifts: Vec<Value> = state.company.shifts.iter().map(told).collect();
    let data = page.cut(shifts, "shifts")?.data("shift_list");
    Ok(Reply::success(&data).into())
}

fn told(shift: &ShiftKind) -> Value {
    json!({
        "shift_id": shift.shift_id,
        "shift_name": shift.name,
        "punch_times": 1,
        "is_flexible": false,
        "flexible_minutes": 0,
        "no_need_off": false,
        "punch_time_rule": [{
            "on_time": shift.on_time,
            "off_time": shift.off_time,
            "late_minutes_as_late": 1,
            "late_minutes_as_lack": 30,
            "on_advance_minutes": 60,
            "early_minutes_as_early": 1,
            "early_minutes_as_lack": 30,
            "off_delay_minutes": 60,
        }],
        "day_type": 1,
    })
}
