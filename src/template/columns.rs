//! Which columns a table of an endpoint's items has: one for each field that a cell can give, and those that are folded into a list.

use crate::endpoint::{Endpoint, Field, FieldKind};
use crate::model::PLACEHOLDER;

use super::value::example;

/// Columns of a list whose names are up to the user: enough to see that there may be several.
const OPEN_COLUMNS: usize = 2;

/// A list of the items, as columns give it: each column's name and cell become one entry.
#[derive(Clone, Copy)]
pub(super) struct Fold<'a> {
    pub(super) list: &'a Field,
    /// The entry's field that takes the column's name.
    pub(super) key: &'a Field,
    /// The entry's field that takes the cell.
    pub(super) value: &'a Field,
    /// Least and most entries.
    pub(super) entries: (usize, usize),
}

impl<'a> Fold<'a> {
    /// The list as a fold: its first required field is the key, the next one the value.
    pub(super) fn of(list: &'a Field) -> Option<Self> {
        let FieldKind::List { min, max, fields } = &list.kind else {
            return None;
        };
        let single = |field: &&'a Field| !is_list(field);
        let required = |field: &&'a Field| field.required;
        let singles = fields.iter().filter(single);
        let key = singles
            .clone()
            .find(required)
            .or_else(|| singles.clone().next())?;
        let others = singles.filter(|field| field.name != key.name);
        let value = others
            .clone()
            .find(required)
            .or_else(|| others.clone().next())?;
        Some(Self {
            list,
            key,
            value,
            entries: (*min, *max),
        })
    }

    /// The only names a column may have; empty when any name may be sent.
    pub(super) fn names(&self) -> &'a [String] {
        self.key.kind.words()
    }

    /// The columns a template has for it. Names that are up to the user are examples, which are not sent.
    pub(super) fn columns(&self) -> Vec<String> {
        let (min, max) = self.entries;
        if self.names().is_empty() {
            let columns = OPEN_COLUMNS.max(min).min(max);
            return (1..=columns)
                .map(|number| format!("{PLACEHOLDER}{}_{number}", self.key.name))
                .collect();
        }
        self.names().iter().take(max).cloned().collect()
    }
}

/// The one list that columns are folded into: a required one, else one whose entries need something. A second one would take the
/// same columns.
pub(super) fn fold(endpoint: &Endpoint) -> Option<Fold<'_>> {
    let lists = || endpoint.items.shape.fields().iter().filter_map(Fold::of);
    lists()
        .find(|fold| fold.list.required)
        .or_else(|| lists().find(|fold| fold.key.required))
}

/// The fields that a single cell can give.
pub(super) fn singles(endpoint: &Endpoint) -> impl Iterator<Item = &Field> {
    let fields = endpoint.items.shape.fields().iter();
    fields.filter(|field| !is_list(field))
}

pub(super) fn is_list(field: &Field) -> bool {
    matches!(field.kind, FieldKind::List { .. })
}

/// A column of the template workbook.
pub(super) struct Column<'a> {
    pub(super) title: String,
    pub(super) example: String,
    /// What its cells are.
    pub(super) field: &'a Field,
    /// The list that its cells are folded into.
    pub(super) fold: Option<Fold<'a>>,
}

/// The columns of the template workbook, those of single fields first.
pub(super) fn columns(endpoint: &Endpoint) -> Vec<Column<'_>> {
    let own = singles(endpoint).map(|field| Column {
        title: field.name.clone(),
        example: example(field),
        field,
        fold: None,
    });
    let folded = fold(endpoint).into_iter().flat_map(|fold| {
        fold.columns().into_iter().map(move |title| Column {
            title,
            example: example(fold.value),
            field: fold.value,
            fold: Some(fold),
        })
    });
    own.chain(folded).collect()
}
