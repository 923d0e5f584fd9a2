//! Records of an object, asked for by their ids: what the answer does not hold is gone.
//!
//! For endpoints that delete. The page of the read documents one operator and ten conditions, so ten ids are asked for at once.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Ask, Present, id};
use crate::model::Evidence;

/// Conditions of one read.
pub(super) const IDS_MAX: usize = 10;
/// The field that identifies a record.
const ID: &str = "_id";
/// The shared value that names the object.
const OBJECT: &str = "object_api_name";

pub(super) fn values(ask: &Ask) -> Vec<(String, Value)> {
    let object = ask.envelope.get(OBJECT).unwrap_or_default();
    let object: Value = serde_json::from_str(object).unwrap_or_default();
    let path = json!({"fieldPath": [{"fieldApiName": ID, "objectApiName": object}]});
    let condition = |(index, id): (usize, &str)| {
        json!({
            "index": index.to_string(),
            "left": {"type": "metadataVariable", "settings": path.to_string()},
            "right": {"type": "constant", "settings": json!({"data": id}).to_string()},
            "operator": "equals",
        })
    };
    let ids = ask.subjects.iter().map(|subject| &*subject.id);
    let conditions: Vec<Value> = (1..).zip(ids).map(condition).collect();
    let numbers: Vec<String> = (1..=conditions.len())
        .map(|index| index.to_string())
        .collect();
    let filter = json!({"conditions": conditions, "logic_expression": numbers.join(" or ")});
    [("select", json!([ID])), ("filter", filter)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

pub(super) fn compare(ask: &Ask, entries: &[Value]) -> Vec<(usize, Present)> {
    let mut there: HashMap<String, Vec<&Value>> = HashMap::new();
    for entry in entries {
        let Some(id) = entry.get(ID).and_then(id) else {
            let why = text!("the answer holds an entry without an id");
            return ask.all(&Present::unreadable(why));
        };
        if !ask.subjects.iter().any(|subject| subject.id == id) {
            let why = text!("the answer names {id}, which was not asked for", id);
            return ask.all(&Present::unreadable(why));
        }
        there.entry(id).or_default().push(entry);
    }
    ask.each(
        |subject| match there.get(&subject.id).map_or(&[][..], Vec::as_slice) {
            [] => Present::plain(Evidence::AsSent),
            [entry] => Present::other(entry),
            _ => Present::unreadable(text!("the answer has it twice")),
        },
    )
}
