//! Read records of an aPaaS object: one by its id, and many by conditions. `catalogue.md` A15 and A16.
//!
//! Any id is a record, so a search finds what its conditions name by `_id`, and what calls made. Records come as JSON inside a text.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::pages::{Page, UnknownToken, size};
use crate::sandbox::applied::RecordKey;
use crate::sandbox::call::{Asked, Decision};
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::json::Json;
use crate::sandbox::records::check_object;
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;

/// The fields of one record.
type Record = Map<String, Value>;

pub(in crate::sandbox) fn one(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [namespace, object, id] = asked.parameters else {
        return Err(Reply::not_found());
    };
    let mut body = Fields::of(asked.body);
    let select = body.texts("select", Need::Optional, &(0..=256));
    Asked::kept(Fields::of(asked.query), Some(body))?;
    check_object(namespace, object)?;
    let key = RecordKey {
        namespace: namespace.clone(),
        object_api_name: object.clone(),
        id: id.clone(),
    };
    // What an id that is not there answers is not documented; deletes call it so.
    let record = state
        .record(&key)
        .ok_or_else(|| refused("k_cf_ec_300004: record not found"))?;
    let record = match asked.body.get("select") {
        Some(_) => selected(record, &select),
        None => record,
    };
    let item = Value::Object(record).to_string();
    Ok(Reply::success(&json!({"item": item})).into())
}

pub(in crate::sandbox) fn query(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let [namespace, object] = asked.parameters else {
        return Err(Reply::not_found());
    };
    let mut body = Fields::of(asked.body);
    let select = body.texts("select", Need::Required, &(0..=256));
    let filter = body.object("filter", Need::Optional, |filter| {
        Some((
            filter.objects("conditions", Need::Optional, &(0..=10), condition),
            filter.text("logic_expression", Need::Optional),
        ))
    });
    let order = body.objects("order_by", Need::Optional, &(0..=10), |order| {
        let field = order.text("field", Need::Required);
        let direction = order.text_of("direction", Need::Required, &["ASC", "DESC"]);
        Some((field?, direction? == "DESC"))
    });
    let size = size(body.integer_in("page_size", &(1..=500)), 500);
    let use_page_token = body.flag("use_page_token").unwrap_or(false);
    let token = body.text("page_token", Need::Optional);
    let offset = body.integer_in("offset", &(0..=i64::MAX)).unwrap_or(0);
    let need_total_count = body.flag("need_total_count").unwrap_or(false);
    Asked::kept(Fields::of(asked.query), Some(body))?;
    check_object(namespace, object)?;

    let (conditions, expression) = filter.unwrap_or_default();
    let conditions: Vec<Equals> = conditions
        .iter()
        .map(|condition| equals(condition, object))
        .collect::<Result<_, _>>()?;
    let alternatives = alternatives(expression, &conditions)?;
    let mut records = found(state, namespace, object, &alternatives);
    for (field, descending) in order.into_iter().rev() {
        records.sort_by_key(|record| record.get(field).map(Value::to_string));
        if descending {
            records.reverse();
        }
    }
    let total = records.len();
    let rest: Vec<Record> = records
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .collect();
    let list = format!(
        "records {namespace} {object} {:?} {:?}",
        asked.body.get("filter"),
        asked.body.get("order_by")
    );
    let token = token.filter(|_| use_page_token);
    let cut = Page { size, token }
        .cut(rest, &list)
        .map_err(|UnknownToken| refused("param is invalid"))?;
    let items = cut
        .entries
        .into_iter()
        .map(|record| Value::Object(selected(record, &select)));
    let items = Value::Array(items.collect()).to_string();
    let has_more = cut.next.is_some();
    let members = [
        Some(("items", json!(items))),
        Some(("has_more", json!(has_more))),
        need_total_count.then(|| ("total", json!(total))),
        cut.next
            .filter(|_| use_page_token)
            .map(|next| ("next_page_token", json!(next))),
    ];
    let members = members.into_iter().flatten();
    let data: Record = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(Reply::success(&data.into()).into())
}

struct Condition<'a> {
    index: &'a str,
    left: (&'a str, &'a str),
    right: (&'a str, &'a str),
    operator: &'a str,
}

fn condition<'a>(fields: &mut Fields<'a>) -> Option<Condition<'a>> {
    let side = |fields: &mut Fields<'a>, name| {
        fields.object(name, Need::Required, |side| {
            let kind = side.text("type", Need::Required);
            let settings = side.text("settings", Need::Required);
            Some((kind?, settings?))
        })
    };
    let index = fields.text("index", Need::Required);
    let left = side(fields, "left");
    let right = side(fields, "right");
    let operator = fields.text("operator", Need::Required);
    Some(Condition {
        index: index?,
        left: left?,
        right: right?,
        operator: operator?,
    })
}

/// A condition understood: the field that must read this text.
#[derive(Clone)]
struct Equals {
    index: String,
    field: String,
    text: String,
}

/// The page shows one operator, one kind of left side and one of right side; the others are refused.
fn equals(condition: &Condition<'_>, object: &str) -> Result<Equals, Reply> {
    let understood = || {
        let (("metadataVariable", left), ("constant", right), "equals") =
            (condition.left, condition.right, condition.operator)
        else {
            return None;
        };
        let left = Json::read(left.as_bytes()).ok()?;
        let right = Json::read(right.as_bytes()).ok()?;
        let [path] = left.member("fieldPath")?.as_list()? else {
            return None;
        };
        let of_object = path.member("objectApiName")?.as_text()? == object;
        Some(Equals {
            index: condition.index.to_owned(),
            field: path.member("fieldApiName")?.as_text()?.to_owned(),
            text: right.member("data")?.scalar()?,
        })
        .filter(|_| of_object)
    };
    understood().ok_or_else(|| refused("param is invalid"))
}

/// `1 and 2 or 3` as alternatives of conditions that hold together; without an expression all must hold.
fn alternatives(
    expression: Option<&str>,
    conditions: &[Equals],
) -> Result<Vec<Vec<Equals>>, Reply> {
    let Some(expression) = expression.filter(|text| !text.is_empty()) else {
        return Ok(vec![conditions.to_vec()]);
    };
    let of_index = |index: &str| {
        let named = conditions.iter().find(|one| one.index == index.trim());
        named.cloned().ok_or_else(|| refused("param is invalid"))
    };
    expression
        .split(" or ")
        .map(|together| together.split(" and ").map(of_index).collect())
        .collect()
}

/// The records that meet one of the alternatives, in the order of their ids.
fn found(
    state: &State,
    namespace: &str,
    object: &str,
    alternatives: &[Vec<Equals>],
) -> Vec<Record> {
    let key = |id: &str| RecordKey {
        namespace: namespace.to_owned(),
        object_api_name: object.to_owned(),
        id: id.to_owned(),
    };
    let named = alternatives.iter().flatten();
    let named = named
        .filter(|one| one.field == "_id")
        .map(|one| key(&one.text));
    let created = state
        .applied
        .records_created
        .keys()
        .filter(|key| key.namespace == namespace && key.object_api_name == object);
    let keys: BTreeSet<RecordKey> = named.chain(created.cloned()).collect();
    let holds = |record: &Record, one: &Equals| match record.get(&one.field) {
        Some(Value::String(text)) => *text == one.text,
        Some(Value::Number(number)) => number.to_string() == one.text,
        Some(Value::Bool(flag)) => flag.to_string() == one.text,
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    };
    keys.iter()
        .filter_map(|key| state.record(key))
        .filter(|record| {
            alternatives
                .iter()
                .any(|together| together.iter().all(|one| holds(record, one)))
        })
        .collect()
}

/// The fields asked for; `_id` is always told.
fn selected(record: Record, select: &[&str]) -> Record {
    record
        .into_iter()
        .filter(|(field, _)| field == "_id" || select.contains(&field.as_str()))
        .collect()
}

fn refused(msg: &str) -> Reply {
    Reply::refused(400, 2_320_001, msg)
}
