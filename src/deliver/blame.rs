//! Which values make the platform refuse: present in every row that was refused alone, in no row that was taken.
//!
//! A value found out once is remembered until the run stops: rows with it are set apart before they are sent with others, and a part
//! whose rows all have it needs no further search when it is refused in the same way. A row that is taken clears each of its
//! values. Pure; knows no endpoint.

use std::collections::HashMap;

use super::kind::Kind;
use crate::model::{Batch, Envelope, Item};

/// Rows refused alone before what they share is blamed: two may share a value by chance.
const GUILTY_LEAST: u32 = 3;
/// Rows taken that do not have it.
const INNOCENT_LEAST: usize = 4;
/// Values, and groups of values that rows share, that are remembered for one kind of refusal.
const SHARED_MAX: usize = 16;

/// A value of an item, or one that all items of its call share.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// Name and JSON text, as a request carries it.
    Shared(String, String),
    /// `"name":value`, as the item's JSON has it.
    Own(String),
}

/// Rows that were refused alone for one kind of reason, by what they share.
#[derive(Debug)]
struct Guilt {
    rows: u32,
    shared: Vec<Value>,
    innocent: usize,
}

/// What is known since the run was started.
#[derive(Debug, Default)]
pub(super) struct Blame(HashMap<Kind, Vec<Guilt>>);

impl Blame {
    /// A row was refused alone. `innocent`: rows of its batch that were taken.
    pub(super) fn guilty(
        &mut self,
        kind: &Kind,
        envelope: &Envelope,
        item: &Item,
        innocent: &[Item],
    ) {
        let guilts = self.0.entry(kind.clone()).or_default();
        let alike = guilts.iter_mut().find_map(|guilt| {
            let has = |value: &&Value| value.is_of(envelope, item);
            let shared: Vec<Value> = guilt.shared.iter().filter(has).cloned().collect();
            (!shared.is_empty()).then_some((guilt, shared))
        });
        if let Some((guilt, shared)) = alike {
            guilt.rows += 1;
            guilt.shared = shared;
        } else if guilts.len() < SHARED_MAX {
            let mut shared = values(envelope, item);
            shared.retain(|value| !innocent.iter().any(|item| value.is_of(envelope, item)));
            if !shared.is_empty() {
                guilts.push(Guilt {
                    rows: 1,
                    shared,
                    innocent: innocent.len(),
                });
            }
        }
    }

    /// These rows were taken: none of their values is to blame.
    pub(super) fn innocent(&mut self, envelope: &Envelope, items: &[Item]) {
        for guilts in self.0.values_mut() {
            for guilt in guilts.iter_mut() {
                let taken = |value: &Value| items.iter().any(|item| value.is_of(envelope, item));
                guilt.shared.retain(|value| !taken(value));
                guilt.innocent = guilt.innocent.saturating_add(items.len());
            }
            guilts.retain(|guilt| !guilt.shared.is_empty());
        }
    }

    /// Whether a refusal of this kind says of every row of the batch what it said of each alone.
    pub(super) fn explains(&self, kind: &Kind, batch: &Batch) -> bool {
        let guilts = self.0.get(kind).into_iter().flatten();
        let mut known = guilts.filter(|guilt| guilt.is_certain());
        known.any(|guilt| {
            let mut items = batch.items.iter();
            items.all(|item| guilt.is_of(&batch.envelope, item))
        })
    }

    /// The positions of rows with a value to blame, where others of the batch are without it.
    pub(super) fn set_apart(&self, batch: &Batch) -> Option<Vec<usize>> {
        let known = self.0.values().flatten().filter(|guilt| guilt.is_certain());
        known
            .map(|guilt| guilt.positions(batch))
            .find(|found| !found.is_empty() && found.len() < batch.items.len())
    }

    /// The same for what at least two rows refused in this way share, certain or not.
    pub(super) fn suspected(&self, kind: &Kind, batch: &Batch) -> Option<Vec<usize>> {
        let guilts = self.0.get(kind).into_iter().flatten();
        let suspected = guilts.filter(|guilt| guilt.rows > 1 && guilt.innocent > 0);
        suspected
            .map(|guilt| guilt.positions(batch))
            .find(|found| !found.is_empty() && found.len() < batch.items.len())
    }

    /// Whether nothing is known: then no row need be looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Guilt {
    fn is_certain(&self) -> bool {
        self.rows >= GUILTY_LEAST && self.innocent >= INNOCENT_LEAST && !self.shared.is_empty()
    }

    /// Whether the row has every value that is to blame: which of them it is cannot be told.
    fn is_of(&self, envelope: &Envelope, item: &Item) -> bool {
        !self.shared.is_empty() && self.shared.iter().all(|value| value.is_of(envelope, item))
    }

    fn positions(&self, batch: &Batch) -> Vec<usize> {
        let items = batch.items.iter().enumerate();
        let guilty = items.filter(|(_, item)| self.is_of(&batch.envelope, item));
        guilty.map(|(position, _)| position).collect()
    }
}

impl Value {
    fn is_of(&self, envelope: &Envelope, item: &Item) -> bool {
        match self {
            Self::Shared(name, value) => envelope.get(name) == Some(value),
            Self::Own(member) => memchr::memmem::find_iter(&item.body, member.as_bytes())
                .any(|at| matches!(item.body.get(at + member.len()), Some(b',' | b'}' | b']'))),
        }
    }
}

/// Every value of a row, with those that its call shares.
fn values(envelope: &Envelope, item: &Item) -> Vec<Value> {
    let shared = envelope.values.iter();
    let mut values: Vec<Value> = shared
        .map(|(name, value)| Value::Shared(name.clone(), value.clone()))
        .collect();
    if let Ok(json) = serde_json::from_slice(&item.body) {
        collect(&json, &mut values);
    }
    values
}

fn collect(json: &serde_json::Value, values: &mut Vec<Value>) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if value.is_object() || value.is_array() {
                    collect(value, values);
                } else {
                    let name = serde_json::Value::from(name.as_str());
                    values.push(Value::Own(format!("{name}:{value}")));
                }
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, values)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Reason};
    use std::sync::Arc;

    fn item(user: u32, group: &str) -> Item {
        let body = format!(
            "{{\"user_id\":\"u{user}\",\"group_id\":\"{group}\",\"day_no\":{}}}",
            user % 28 + 1
        );
        Item {
            body: body.into_bytes().into(),
        }
    }

    fn batch(items: Vec<Item>) -> Batch {
        Batch {
            id: BatchId(1),
            envelope: Arc::new(envelope("p1")),
            items,
        }
    }

    fn envelope(plan: &str) -> Envelope {
        Envelope {
            values: vec![("plan".to_owned(), format!("\"{plan}\""))],
        }
    }

    fn kind() -> Kind {
        let reason = Reason {
            code: Some(7),
            text: "no such group".into(),
        };
        Kind::of(&reason, &[])
    }

    /// Three rows of the group `gone` were refused alone, and others were taken.
    fn known() -> Blame {
        let mut blame = Blame::default();
        for user in [1, 12, 25] {
            blame.guilty(&kind(), &envelope("p1"), &item(user, "gone"), &[]);
        }
        let taken: Vec<Item> = (2..9).map(|user| item(user, "g1")).collect();
        blame.innocent(&envelope("p1"), &taken);
        blame
    }

    #[test]
    fn a_value_that_refused_rows_share_and_no_row_taken_has_is_set_apart() {
        let blame = known();
        let mixed = batch(vec![
            item(30, "g1"),
            item(31, "gone"),
            item(32, "g2"),
            item(33, "gone"),
        ]);
        assert_eq!(blame.set_apart(&mixed), Some(vec![1, 3]));
        assert!(!blame.explains(&kind(), &mixed));
        let all = batch(vec![item(31, "gone"), item(33, "gone")]);
        assert_eq!(blame.set_apart(&all), None);
        assert!(blame.explains(&kind(), &all));
    }

    #[test]
    fn a_row_taken_with_the_value_clears_it() {
        let mut blame = known();
        blame.innocent(&envelope("p1"), &[item(40, "gone")]);
        assert!(!blame.explains(&kind(), &batch(vec![item(31, "gone")])));
        assert!(
            blame.is_empty()
                || blame
                    .set_apart(&batch(vec![item(30, "g1"), item(31, "gone")]))
                    .is_none()
        );
    }

    #[test]
    fn where_nothing_was_taken_nothing_is_blamed() {
        let mut blame = Blame::default();
        for user in 1..9 {
            blame.guilty(&kind(), &envelope("p1"), &item(user, "g1"), &[]);
        }
        assert!(!blame.explains(&kind(), &batch(vec![item(31, "g1")])));
    }

    #[test]
    fn a_value_that_all_items_of_a_call_share_may_be_the_one() {
        let mut blame = Blame::default();
        for user in 1..4 {
            blame.guilty(&kind(), &envelope("locked"), &item(user, "g1"), &[]);
        }
        let taken: Vec<Item> = (4..50).map(|user| item(user, "g1")).collect();
        blame.innocent(&envelope("open"), &taken);
        let mut locked = batch(vec![item(60, "g1"), item(61, "g2")]);
        assert!(!blame.explains(&kind(), &locked));
        locked.envelope = Arc::new(envelope("locked"));
        assert!(blame.explains(&kind(), &locked));
    }

    #[test]
    fn a_number_is_compared_as_a_whole() {
        let value = Value::Own("\"day_no\":1".to_owned());
        assert!(value.is_of(&Envelope::default(), &item(28, "g1")));
        assert!(!value.is_of(&Envelope::default(), &item(9, "g1")));
    }
}
