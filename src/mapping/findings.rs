//! What the platform says against values of items before anything is sent, and which item has them.
//!
//! A finding is about values and not about rows: each item that has all of its values is rejected. It must not know how the platform
//! was asked.

use std::collections::HashMap;

use serde_json::Value;

use super::bound::Bound;
use super::{Mapped, Mapper, RowContext, read, reject};
use crate::model::{Cell, Rejection, Rule};
use crate::text::Text;

use super::value::Broken;

/// What was found, by the values that it is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings(Vec<Kind>);

/// Findings about values of the same names.
#[derive(Debug, Clone, PartialEq)]
struct Kind {
    names: Vec<String>,
    found: HashMap<Vec<String>, Finding>,
}

/// The rule that values break.
#[derive(Debug, Clone, PartialEq)]
struct Finding {
    rule: Rule,
    detail: Option<Text>,
}

impl Findings {
    /// None.
    pub const NONE: &'static Self = &Self(Vec::new());

    /// Adds what was found against items that have all of these values. The first is the one that is wrong. A name is that of a field
    /// or of a shared value, empty for an item that is a bare value, and `list/*/name` for a value of any entry of a list. A value is
    /// empty where an item does not have it.
    pub fn add(&mut self, values: &[(&str, &str)], rule: Rule, detail: Option<Text>) {
        let names = values.iter().map(|(name, _)| *name);
        let kind = self.0.iter().position(|kind| names.clone().eq(&kind.names));
        let kind = kind.unwrap_or_else(|| {
            self.0.push(Kind {
                names: names.map(str::to_owned).collect(),
                found: HashMap::new(),
            });
            self.0.len() - 1
        });
        let key = values.iter().map(|(_, value)| (*value).to_owned());
        if let Some(kind) = self.0.get_mut(kind) {
            kind.found.insert(key.collect(), Finding { rule, detail });
        }
    }

    /// What is said against an item: the name of the value that is wrong, and the value.
    fn of(&self, values: impl Fn(&str) -> Vec<String>) -> Option<(&str, String, &Finding)> {
        self.0.iter().find_map(|kind| {
            let (wrong, others) = kind.names.split_first()?;
            let others = others.iter().map(|name| {
                let mut values = values(name).into_iter();
                values.next().unwrap_or_default()
            });
            let others: Vec<String> = others.collect();
            values(wrong).into_iter().find_map(|value| {
                let mut key = vec![value.clone()];
                key.extend(others.iter().cloned());
                let finding = kind.found.get(&key)?;
                Some((wrong.as_str(), value, finding))
            })
        })
    }
}

impl Mapper<'_> {
    /// What the platform says against the item that a row was mapped to.
    pub(super) fn found(&self, from: RowContext<'_>, mapped: &Mapped) -> Option<Rejection> {
        if self.findings.0.is_empty() {
            return None;
        }
        let item: Value = serde_json::from_slice(&mapped.body).ok()?;
        let request = &self.endpoint.request;
        let shared = |name: &str| {
            let at = request.iter().position(|value| value.field.name == name)?;
            serde_json::from_str(mapped.envelope.get(at)?).ok()
        };
        let (name, value, finding) = self.findings.of(|name| match name.split_once("/*/") {
            _ if name.is_empty() => plain(&item).into_iter().collect(),
            Some((list, name)) => {
                let entries = item.get(list).and_then(Value::as_array);
                let entries = entries.into_iter().flatten();
                entries
                    .filter_map(|entry| plain(entry.get(name)?))
                    .collect()
            }
            None => {
                let value = item.get(name).cloned().or_else(|| shared(name));
                value.iter().filter_map(plain).collect()
            }
        })?;
        let field = name.split('/').next().unwrap_or_default();
        let fields = self.endpoint.items.shape.fields().iter().zip(&self.item);
        let mut sources = fields.chain(request.iter().map(|value| &value.field).zip(&self.request));
        let source = sources.find(|(known, _)| field.is_empty() || known.name == field);
        let broken = Broken {
            rule: finding.rule,
            detail: finding.detail.clone(),
        };
        let Some((field, bound)) = source else {
            let mut rejection = Rejection::row(broken.rule);
            rejection.detail = broken.detail;
            return Some(rejection);
        };
        let (cell, column) = match bound {
            // The title of the column is the value.
            Bound::Fold { columns, .. } => {
                let json = Value::from(value.as_str()).to_string();
                let has = |opening: &[u8]| memchr::memmem::find(opening, json.as_bytes()).is_some();
                let mut folded = columns.iter();
                let folded = folded.find(|(_, opening)| opening.as_deref().is_ok_and(has));
                (Cell::Text(&value), folded.and_then(|(column, _)| *column))
            }
            Bound::Column { .. } | Bound::Cell { .. } | Bound::Constant(_) | Bound::Nowhere => {
                let (cell, column, _) = read(from, bound);
                (cell, column)
            }
        };
        let title = column.and_then(|column| from.columns.names().get(column));
        let title = title.unwrap_or(&field.name).clone();
        let rejection = reject(title, cell, broken);
        Some(match bound {
            Bound::Cell { .. } => rejection.of_a_cell(),
            Bound::Column { .. } | Bound::Constant(_) | Bound::Fold { .. } | Bound::Nowhere => {
                rejection
            }
        })
    }
}

/// A value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
