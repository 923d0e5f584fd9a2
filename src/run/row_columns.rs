//! Which columns of the input say whom or what a row is about, for reports that show no more of it.

use crate::job::{Job, Source};

/// Positions among the input's own columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RowColumns {
    /// Those that give a field of the item's key.
    pub(super) key: Vec<usize>,
    /// The first other one that is sent, of a roster.
    pub(super) group: Option<usize>,
}

impl RowColumns {
    /// Finds them among the titles of an input; none where it has no titles.
    pub(super) fn of(job: &Job, titles: &[String]) -> Self {
        let items = &job.endpoint.items;
        let mut columns = Self::default();
        let mut others = Vec::new();
        for (field, source) in items.shape.fields().iter().zip(&job.item) {
            let Source::Column { name, .. } = source else {
                continue;
            };
            let Some(column) = titles.iter().position(|title| title == name) else {
                continue;
            };
            // Without names of fields the item itself is the key.
            if items.key.is_empty() || items.key.contains(&field.name) {
                columns.key.push(column);
            } else {
                others.push(column);
            }
        }
        columns.key.sort_unstable();
        // Several parts of a date come from one column.
        columns.key.dedup();
        columns.group = (job.input.unpivot.is_some())
            .then(|| others.into_iter().min())
            .flatten();
        columns
    }
}
