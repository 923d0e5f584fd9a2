//! Read attendance groups: all of them, one, and the people of one. `catalogue.md` A2, A4 and A5.

use serde_json::{Value, json};

use super::pages::{Cut, Page};
use crate::sandbox::call::{Asked, Decision, general, known_employee_type};
use crate::sandbox::company::Person;
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;

/// `member_clock_type`: who need not punch; here everybody must.
const NEED_NOT_PUNCH: i64 = 2;

pub(in crate::sandbox) fn list(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let page = Page::of_attendance(&mut query);
    Asked::kept(query, None)?;
    let groups = state.company.groups.iter();
    let groups: Vec<Value> = groups
        .map(|group| json!({"group_id": group.id, "group_name": group.name}))
        .collect();
    let data = page.cut(groups, "groups")?.data("group_list");
    Ok(Reply::success(&data.into()).into())
}

pub(in crate::sandbox) fn one(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [group_id] = asked.parameters else {
        return Err(Reply::not_found());
    };
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    query.text_of("dept_type", Need::Required, &["open_id"]);
    Asked::kept(query, None)?;
    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    let group = state
        .company
        .group(group_id)
        .ok_or_else(|| general("rule not exist"))?;
    let members = state.company.members(group_id);
    let members: Vec<&str> = members.map(|person| id(person, employee_type)).collect();
    let data = json!({
        "group_id": group.id,
        "group_name": group.name,
        "time_zone": "Asia/Shanghai",
        "group_type": group.kind,
        "group_leader_ids": [],
        "sub_group_leader_ids": [],
        "bind_dept_ids": [],
        "bind_user_ids": members,
        "need_punch_members": [],
        "no_need_punch_members": [],
        "effect_time": "1790784000",
        "member_effect_time": "1790784000",
        "remedy_limit": true,
        "remedy_limit_count": 2,
        "remedy_date_num": 30,
    });
    Ok(Reply::success(&data).into())
}

pub(in crate::sandbox) fn users(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [group_id] = asked.parameters else {
        return Err(Reply::not_found());
    };
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    query.text_of("dept_type", Need::Required, &["open_id"]);
    let clock = query.written_integer("member_clock_type", Need::Required, &(0..=2));
    let page = Page::of_attendance(&mut query);
    Asked::kept(query, None)?;
    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    if state.company.group(group_id).is_none() {
        return Err(general("rule not exist"));
    }
    let members = state.company.members(group_id);
    let users: Vec<Value> = members
        .filter(|_| clock != Some(NEED_NOT_PUNCH))
        .map(|person| {
            let id = id(person, employee_type);
            json!({"user_id": id, "department_ids": person.departments()})
        })
        .collect();
    let list = format!("users of {group_id}, {employee_type}");
    // The sample token of this page is percent-encoded once already.
    let token = page.token.map(|token| token.replace("%3D", "="));
    let page = Page {
        token: token.as_deref(),
        ..page
    };
    let cut = page.cut(users, &list)?;
    let cut = Cut {
        next: cut.next.map(|token| token.replace('=', "%3D")),
        ..cut
    };
    Ok(Reply::success(&cut.data("users").into()).into())
}

fn id<'a>(person: &'a Person, employee_type: &str) -> &'a str {
    match employee_type {
        "employee_no" => &person.job_number,
        _ => &person.user_id,
    }
}
