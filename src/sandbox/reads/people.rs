//! Find people of the directory: `POST directory/v1/employees/filter`, `catalogue.md` A23.
//!
//! The right side of a condition is JSON inside a text. Only the fields asked for are answered.

use serde_json::{Map, Value, json};

use super::pages::{Page, UnknownToken, size};
use crate::sandbox::call::{Asked, Decision};
use crate::sandbox::company::Person;
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::json::Json;
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;

/// Most values of one `in`: the page of departments says so.
const VALUES_MAX: usize = 100;
/// 1: employed, as everybody here is.
const STAFF_STATUS: i64 = 1;
const DEPARTMENT: &str = "base_info.departments.department_id";
const STATUS: &str = "work_info.staff_status";

struct Condition<'a> {
    field: &'a str,
    operator: &'a str,
    value: &'a str,
}

pub(in crate::sandbox) fn filter(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let id_type = query.text_of(
        "employee_id_type",
        Need::Optional,
        &["open_id", "union_id", "employee_id"],
    );
    query.text_of(
        "department_id_type",
        Need::Optional,
        &["department_id", "open_department_id"],
    );
    let mut body = Fields::of(asked.body);
    let conditions = body.object("filter", Need::Required, |filter| {
        Some(filter.objects("conditions", Need::Required, &(0..=10), condition))
    });
    let required = body.texts("required_fields", Need::Required, &(0..=100));
    let page = body.object("page_request", Need::Optional, |page| {
        Some((
            size(page.integer_in("page_size", &(0..=100)), 10),
            page.text("page_token", Need::Optional),
        ))
    });
    Asked::kept(query, Some(body))?;
    let (size, token) = page.ok_or_else(|| refused(2_221_005, "no page request"))?;
    if !required.iter().all(|field| is_field(field)) {
        return Err(refused(2_220_001, "param is invalid"));
    }

    let conditions = conditions.unwrap_or_default();
    let asks = |field| conditions.iter().any(|condition| condition.field == field);
    if asks(DEPARTMENT) != asks(STATUS) {
        return Err(refused(2_220_012, "The field is not support filter"));
    }
    let wanted: Vec<_> = conditions.iter().map(wanted).collect::<Result<_, _>>()?;
    let people: Vec<Value> = state
        .company
        .people
        .iter()
        .filter(|person| {
            let fits = |(field, values): &(&str, Vec<Json>)| {
                held(person, field).iter().any(|own| values.contains(own))
            };
            wanted.iter().all(fits)
        })
        .map(|person| told(person, id_type.unwrap_or("open_id"), &required))
        .collect();
    let list = format!("employees {:?} {id_type:?}", asked.body.get("filter"));
    let cut = Page { size, token }
        .cut(people, &list)
        .map_err(|UnknownToken| refused(2_221_004, "invalid page token"))?;
    let mut page_response = Map::new();
    page_response.insert("has_more".to_owned(), json!(cut.next.is_some()));
    page_response.extend(cut.next.map(|next| ("page_token".to_owned(), json!(next))));
    Ok(Reply::success(
        &json!({"employees": cut.entries, "page_response": page_response, "abnormals": []}),
    )
    .into())
}

fn condition<'a>(fields: &mut Fields<'a>) -> Option<Condition<'a>> {
    let field = fields.text("field", Need::Required);
    let operator = fields.text("operator", Need::Required);
    let value = fields.text("value", Need::Required);
    Some(Condition {
        field: field?,
        operator: operator?,
        value: value?,
    })
}

/// The field of a condition, and the values it may have.
fn wanted<'a>(condition: &Condition<'a>) -> Result<(&'a str, Vec<Json>), Reply> {
    let is_text = match condition.field {
        STATUS => false,
        "base_info.mobile" | "base_info.email" | "work_info.job_number" | DEPARTMENT => true,
        _ => return Err(refused(2_220_009, "Filter field is invalid")),
    };
    let value = || refused(2_220_014, "Invalid field value");
    let written = Json::read(condition.value.as_bytes()).map_err(|_| value())?;
    let values = match condition.operator {
        "eq" => vec![written],
        // The page lists no `in` for the status.
        "in" if is_text => written.as_list().ok_or_else(value)?.to_vec(),
        _ => {
            return Err(refused(
                2_220_013,
                "The field does not support the operator",
            ));
        }
    };
    let right_kind = |value: &Json| match value {
        Json::Text(text) => is_text && !text.is_empty(),
        Json::Integer(number) => !is_text && (1..=5).contains(number) && *number != 2,
        Json::Null | Json::Bool(_) | Json::OtherNumber(_) | Json::List(_) | Json::Object(_) => {
            false
        }
    };
    if values.len() > VALUES_MAX || !values.iter().all(right_kind) {
        return Err(value());
    }
    Ok((condition.field, values))
}

/// What a person has in a field that can be filtered by.
fn held(person: &Person, field: &str) -> Vec<Json> {
    match field {
        STATUS => vec![Json::Integer(STAFF_STATUS)],
        DEPARTMENT => person.departments().into_iter().map(Json::Text).collect(),
        "base_info.mobile" => vec![Json::Text(person.mobile.clone())],
        "base_info.email" => vec![Json::Text(person.email.clone())],
        _ => vec![Json::Text(person.job_number.clone())],
    }
}

/// Whether a field can be asked for: the sandbox keeps only some of them.
fn is_field(name: &str) -> bool {
    name.starts_with("base_info.") || name.starts_with("work_info.")
}

fn told(person: &Person, id_type: &str, required: &[&str]) -> Value {
    let id = match id_type {
        "employee_id" => person.user_id.clone(),
        "union_id" => person.union_id(),
        _ => person.open_id(),
    };
    let departments: Vec<Value> = person
        .departments()
        .into_iter()
        .map(|id| json!({"department_id": id}))
        .collect();
    let all = [
        ("base_info.employee_id", json!(id)),
        (
            "base_info.name",
            json!({"name": {"default_value": person.name, "i18n_value": {"zh_cn": person.name}}}),
        ),
        ("base_info.mobile", json!(person.mobile)),
        ("base_info.email", json!(person.email)),
        ("base_info.departments", json!(departments)),
        ("work_info.job_number", json!(person.job_number)),
        ("work_info.staff_status", json!(STAFF_STATUS)),
    ];
    let mut told = json!({});
    for (path, value) in all {
        let asked = |wanted: &&str| {
            *wanted == path
                || wanted
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('.'))
        };
        if let (true, Some((part, name))) = (required.iter().any(asked), path.split_once('.')) {
            told[part][name] = value;
        }
    }
    told
}

fn refused(code: i64, msg: &str) -> Reply {
    Reply::refused(400, code, msg)
}
