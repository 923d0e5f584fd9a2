//! Where the ids of an item come from, and the long ones among them counted and rejected.
//!
//! Each column is judged by itself, and all days together. What a lookup gives was judged with its table.

use super::bound::Bound;
use super::{LongIds, Mapper, RowContext};
use crate::endpoint::FieldKind;
use crate::job::CellPart;
use crate::model::{Cell, Rejection, Rule};

/// A place from which ids come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdSource {
    /// The cells of days, all of them together.
    Days,
    /// A column.
    Column(usize),
}

impl IdSource {
    fn number(self) -> usize {
        match self {
            Self::Days => 0,
            Self::Column(column) => column + 1,
        }
    }
}

impl Mapper<'_> {
    /// Where ids come from that are sent as they stand.
    pub(super) fn id_places(&self) -> Vec<IdSource> {
        let fields = self.endpoint.items.shape.fields().iter();
        let values = self.endpoint.request.iter().map(|value| &value.field);
        let bound = fields.zip(&self.item).chain(values.zip(&self.request));
        let mut places = Vec::new();
        for (field, bound) in bound {
            match (bound, &field.kind) {
                (
                    Bound::Column {
                        column: Some(column),
                        lookup: None,
                        ..
                    },
                    FieldKind::Id { .. },
                ) => places.push(IdSource::Column(*column)),
                (
                    Bound::Cell {
                        part: CellPart::Value,
                        lookup: None,
                    },
                    FieldKind::Id { .. },
                ) => places.push(IdSource::Days),
                (Bound::Fold { columns, value, .. }, FieldKind::List { fields, .. }) => {
                    let value = fields.get(*value).map(|field| &field.kind);
                    if let Some(FieldKind::Id { .. }) = value {
                        let columns = columns.iter().filter_map(|(column, _)| *column);
                        places.extend(columns.map(IdSource::Column));
                    }
                }
                _ => {}
            }
        }
        places.sort_unstable_by_key(|place| place.number());
        places.dedup();
        places
    }

    /// Counts the long ids of the row, and rejects one that is known to be ruined.
    pub(super) fn check_ids(
        &mut self,
        RowContext { columns, row, day }: RowContext<'_>,
    ) -> Result<(), Rejection> {
        let is_counted = self.counted.replace(row.record) == Some(row.record);
        for place in &self.ids {
            let column = match (place, day) {
                (IdSource::Column(column), _) => *column,
                (IdSource::Days, Some(day)) if day.mark.is_none() => day.column,
                (IdSource::Days, _) => continue,
            };
            let (Cell::Text(id) | Cell::Number(id)) = row.cell(column) else {
                continue;
            };
            if self.ruined.hold(place.number(), id) {
                let title = columns.names().get(column).map_or("", String::as_str);
                let rejection = Rejection::cell(title, id, Rule::DIGITS_LOST).detail(text!(
                    "its digits after the 15th are all 0, as in other ids of the column"
                ));
                return Err(match place {
                    IdSource::Days => rejection.of_a_cell(),
                    IdSource::Column(_) => rejection,
                });
            }
            if !is_counted || *place == IdSource::Days {
                if self.long_ids.len() <= place.number() {
                    self.long_ids
                        .resize_with(place.number() + 1, LongIds::default);
                }
                if let Some(ids) = self.long_ids.get_mut(place.number()) {
                    ids.note(id, row.record);
                }
            }
        }
        Ok(())
    }
}
