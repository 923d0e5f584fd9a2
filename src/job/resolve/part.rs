//! Parts of a date: which of them a field takes, and that a day and its month come from one date.

use toml::{Spanned, Value};

use super::{Checker, entry};
use crate::document::Entries;
use crate::endpoint::{Field, FieldKind};
use crate::error::Refusal;
use crate::job::{CellPart, Source};

impl Checker<'_> {
    /// The part of a column's date that a field takes.
    pub(super) fn date_part(
        &self,
        word: &str,
        field: &Field,
        value: &Spanned<Value>,
    ) -> Result<CellPart, Refusal> {
        let refuse = |what: String| self.document.refuse(&value.span(), what);
        let part = match word {
            "month" => CellPart::Month,
            "day" => CellPart::Day,
            "date" => CellPart::Date,
            _ => {
                return Err(refuse(format!("a date has no part `{word}`"))
                    .hint(text!("one of: month, day, date")));
            }
        };
        let fits = matches!(
            (part, &field.kind),
            (CellPart::Month, FieldKind::Month { .. })
                | (CellPart::Day, FieldKind::Day { .. })
                | (CellPart::Date, FieldKind::Date | FieldKind::Text { .. })
        );
        if fits {
            return Ok(part);
        }
        Err(refuse(format!(
            "`{}` does not take the {word} of a date",
            field.name
        )))
    }

    /// Refuses a day that is taken from another date than its month: together they would be a day that no cell says.
    pub(super) fn check_parts(
        &self,
        entries: &Entries<Spanned<Value>>,
        fields: &[&Field],
        item: &[Source],
    ) -> Result<(), Refusal> {
        for (field, source) in fields.iter().zip(item) {
            let (
                FieldKind::Day { month },
                Source::Column {
                    name,
                    part: Some(CellPart::Day),
                    ..
                },
            ) = (&field.kind, source)
            else {
                continue;
            };
            let of_month = fields
                .iter()
                .zip(item)
                .find(|(field, _)| field.name == *month);
            let is_same = of_month.is_some_and(|(_, source)| {
                let part = Some(CellPart::Month);
                matches!(source, Source::Column { name: other, part: other_part, .. } if other == name && *other_part == part)
            });
            if let (false, Some(value)) = (is_same, entry(entries, &field.name)) {
                return Err(self
                    .document
                    .refuse(
                        &value.span(),
                        format!(
                            "`{}` takes the day of the column `{name}`, `{month}` does not take its month",
                            field.name
                        ),
                    )
                    .hint(text!("write into [item]: {month} = {{ column = \"{name}\", part = \"month\" }}", month, name)));
            }
        }
        Ok(())
    }
}
