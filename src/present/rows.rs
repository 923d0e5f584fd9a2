//! Rows of a plan, known by their dimensions: a deleted row is one whose planned and estimated headcount are zero.
//!
//! For endpoints that delete. A row that the answer does not hold is not taken to be gone: rows outside the app's data permission are
//! left out silently.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Ask, Asks, Item, Present, Subject, not_an_item, sorted};
use crate::model::Evidence;

/// Most rows that the filter of one read lets through: a page of the answer.
const ROWS_MAX: usize = 100;

/// Keys and ids of the dimensions of a row.
type Dimensions = BTreeMap<String, String>;

/// What rows that are asked for together share: an envelope, and the keys of their dimensions.
type Alike = (Vec<(String, String)>, Vec<String>);

pub(super) fn asks(items: &[Item]) -> Asks {
    let mut asks = Asks::default();
    // Rows with the same keys under one envelope are asked for together, while their ids combine to few enough rows.
    let mut open: HashMap<Alike, (Ask, Filter)> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let Some(row) = dimensions_of_item(item) else {
            asks.unreadable.push((at, not_an_item()));
            continue;
        };
        let key = (sorted(&item.envelope), row.keys().cloned().collect());
        let subject = Subject {
            id: json!(row).to_string(),
            items: vec![at],
        };
        if let Some((ask, filter)) = open.get_mut(&key) {
            let wider = filter.with(&row);
            if wider.rows() <= ROWS_MAX {
                *filter = wider;
                ask.subjects.push(subject);
                continue;
            }
        }
        let ask = Ask {
            envelope: Arc::clone(&item.envelope),
            subjects: vec![subject],
            span: None,
        };
        let full = open.insert(key, (ask, Filter::default().with(&row)));
        asks.asks.extend(full.map(|(ask, _)| ask));
    }
    let rest = open.into_values().map(|(ask, _)| ask);
    asks.asks.extend(super::in_order(rest));
    asks
}

/// The ids of each dimension.
#[derive(Debug, Clone, Default)]
struct Filter(BTreeMap<String, BTreeSet<String>>);

impl Filter {
    fn of(ask: &Ask) -> Self {
        let rows = ask.subjects.iter().filter_map(dimensions_of_subject);
        rows.fold(Self::default(), |filter, row| filter.with(&row))
    }

    fn with(&self, row: &Dimensions) -> Self {
        let mut wider = self.clone();
        for (key, id) in row {
            wider.0.entry(key.clone()).or_default().insert(id.clone());
        }
        wider
    }

    /// How many rows it lets through at most.
    fn rows(&self) -> usize {
        let ids = self.0.values().map(BTreeSet::len);
        ids.fold(1, usize::saturating_mul)
    }

    fn lets_through(&self, row: &Dimensions) -> bool {
        let mut keys = self.0.iter();
        keys.all(|(key, ids)| row.get(key).is_some_and(|id| ids.contains(id)))
    }
}

fn dimensions_of_item(item: &Item) -> Option<Dimensions> {
    let object: Value = serde_json::from_slice(&item.body).ok()?;
    let dimensions = object.get("dimensions")?.as_array()?.iter();
    dimensions
        .map(|dimension| {
            let text = |name| dimension.get(name)?.as_str().map(str::to_owned);
            Some((text("dimension_key")?, text("dimension_value")?))
        })
        .collect()
}

fn dimensions_of_subject(subject: &Subject) -> Option<Dimensions> {
    serde_json::from_str(&subject.id).ok()
}

fn dimensions_of_entry(entry: &Value) -> Option<Dimensions> {
    let dimensions = entry.get("dimension_info_datas")?.as_array()?.iter();
    dimensions
        .map(|dimension| {
            let key = dimension.get("dimension_key")?.as_str()?;
            let id = dimension.pointer("/dimension_info/id")?.as_str()?;
            Some((key.to_owned(), id.to_owned()))
        })
        .collect()
}

pub(super) fn values(ask: &Ask) -> Vec<(String, Value)> {
    let filter = Filter::of(ask).0.into_iter();
    let filter = filter.map(|(key, ids)| json!({"dimension_key": key, "dimension_ids": ids}));
    vec![(
        "dimension_id_in_datas".to_owned(),
        Value::Array(filter.collect()),
    )]
}

pub(super) fn compare(ask: &Ask, entries: &[Value]) -> Vec<(usize, Present)> {
    let filter = Filter::of(ask);
    let mut rows = Vec::new();
    for entry in entries {
        let Some(row) = dimensions_of_entry(entry) else {
            let why = text!("the answer holds an entry without dimensions");
            return ask.all(&Present::unreadable(why));
        };
        if !filter.lets_through(&row) {
            let why = text!("the answer holds a row that was not asked for");
            return ask.all(&Present::unreadable(why));
        }
        rows.push((row, entry));
    }
    ask.each(|subject| {
        let Some(wanted) = dimensions_of_subject(subject) else {
            return not_an_item();
        };
        // Dimensions that the plan matches by itself are in the answer and not in the item.
        let holds = |row: &Dimensions| wanted.iter().all(|(key, id)| row.get(key) == Some(id));
        let found: Vec<&Value> = rows
            .iter()
            .filter(|(row, _)| holds(row))
            .map(|(_, entry)| *entry)
            .collect();
        match found.as_slice() {
            [] => Present::unreadable(text!(
                "the read does not show the row: it is not there, or outside the app's data permission"
            )),
            [entry] if is_zero(entry) => Present::plain(Evidence::AsSent),
            [entry] => Present::other(&headcount(entry)),
            _ => Present::unreadable(text!("the answer has the row twice")),
        }
    })
}

const PLAN: &str = "workforce_plan";
const ESTIMATES: &str = "estimated_active_individuals_details";
const PERIODS: &str = "multi_period_values";

/// Whether nothing is planned and nobody is estimated. Planned hires and leavers are left by a deletion.
fn is_zero(entry: &Value) -> bool {
    if entry.get("is_all_zero_value") == Some(&Value::Bool(true)) {
        return true;
    }
    let all_zero = |list: &str, field: &str| {
        let entries = entry.get(list).and_then(Value::as_array);
        let mut values = entries.into_iter().flatten().map(|entry| entry.get(field));
        values.all(|value| value.is_some_and(is_nought))
    };
    entry.get(PLAN).is_some_and(is_nought)
        && all_zero(ESTIMATES, "estimated_active_individuals")
        && all_zero(PERIODS, PLAN)
}

/// A number that is zero, however it is written: `0`, `"0"`, `"0.00"`.
fn is_nought(value: &Value) -> bool {
    let is_nought =
        |text: &str| text.contains('0') && text.bytes().all(|byte| b"0.".contains(&byte));
    match value {
        Value::String(text) => is_nought(text),
        Value::Number(number) => is_nought(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// What of a row a deletion changes, and what it would take to write it again.
fn headcount(entry: &Value) -> Value {
    let kept = [PLAN, ESTIMATES, PERIODS];
    let kept = kept.into_iter().filter_map(|name| {
        let value = entry.get(name)?;
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(kept.collect())
}
