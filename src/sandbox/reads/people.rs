//! Find people: `POST directory/v1/employees/filter`, `catalogue.md` A23, and `POST contact/v3/users/batch_get_id`, A20.
//!
//! In the directory, the right side of a condition is JSON inside a text, and only the fields asked for are answered. In the contacts
//! whoever is not found is told without an id.

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
/// 1: employed, as everybody here is. The root department `0` holds everybody.
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
        .map(|person| told(person, id_type, &required))
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

pub(in crate::sandbox) fn ids(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let id_type = query.text_of(
        "user_id_type",
        Need::Optional,
        &["open_id", "union_id", "user_id"],
    );
    let mut body = Fields::of(asked.body);
    let emails = body.texts("emails", Need::Optional, &(0..=50));
    let mobiles = body.texts("mobiles", Need::Optional, &(0..=50));
    body.flag("include_resigned");
    Asked::kept(query, Some(body))?;
    let told = |name: &str, value: &str, person: Option<&Person>| {
        let mut entry = Map::new();
        entry.insert(name.to_owned(), json!(value));
        if let Some(person) = person {
            entry.insert("user_id".to_owned(), json!(id(person, id_type)));
            let status = json!({
                "is_frozen": false,
                "is_resigned": false,
                "is_activated": true,
                "is_exited": false,
                "is_unjoin": false,
            });
            entry.insert("status".to_owned(), status);
        }
        Value::Object(entry)
    };
    let people = &state.company.people;
    let by_mobile = mobiles.into_iter().map(|mobile| {
        // A number of the mainland may come without the code of the country.
        let own = |person: &&Person| {
            person.mobile == mobile || person.mobile.strip_prefix("+86") == Some(mobile)
        };
        told("mobile", mobile, people.iter().find(own))
    });
    let by_email = emails.into_iter().map(|email| {
        told(
            "email",
            email,
            people.iter().find(|person| person.email == email),
        )
    });
    let list: Vec<Value> = by_email.chain(by_mobile).collect();
    Ok(Reply::success(&json!({"user_list": list})).into())
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

fn told(person: &Person, id_type: Option<&str>, required: &[&str]) -> Value {
    let id = id(person, id_type);
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
    let asked = |path: &str| {
        required.iter().any(|wanted| {
            let rest = wanted.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let mut parts: Map<String, Value> = Map::new();
    for (path, value) in all.into_iter().filter(|(path, _)| asked(path)) {
        if let Some((part, name)) = path.split_once('.')
            && let Value::Object(part) = parts.entry(part).or_insert_with(|| json!({}))
        {
            part.insert(name.to_owned(), value);
        }
    }
    parts.into()
}

/// The id of a person of the kind that was asked for.
fn id(person: &Person, id_type: Option<&str>) -> String {
    match id_type {
        Some("employee_id" | "user_id") => person.user_id.clone(),
        Some("union_id") => person.union_id(),
        _ => person.open_id(),
    }
}

fn refused(code: i64, msg: &str) -> Reply {
    Reply::refused(400, code, msg)
}
