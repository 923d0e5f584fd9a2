//! Dates that begin or end the period of a month: which month that is, and which end.

use super::Checker;
use crate::document::Entries;
use crate::endpoint::definition::{Bound, FieldKind, RequestValue, Within};
use crate::endpoint::file::{EndpointFile, FieldFile};
use crate::error::Refusal;

impl Checker<'_> {
    /// The month of a field and which end of its period it is; none where the file says neither.
    pub(super) fn within(&self, file: &FieldFile) -> Result<Option<Within>, Refusal> {
        let (month, bound) = match (&file.within, &file.bound) {
            (None, None) => return Ok(None),
            (Some(month), Some(bound)) => (month, bound),
            (Some(one), None) | (None, Some(one)) => {
                return Err(self
                    .refuse(one, "`within` and `bound` come together")
                    .hint(text!("for example within = \"month\", bound = \"first\"")));
            }
        };
        if file.kind.get_ref() != "yyyyMMdd" {
            return Err(self.refuse(month, "only a field of type \"yyyyMMdd\" is within a month"));
        }
        Ok(Some(Within {
            month: month.get_ref().clone(),
            bound: self.word(
                bound,
                "bound",
                &[("first", Bound::First), ("last", Bound::Last)],
            )?,
        }))
    }

    /// Refuses a month that the endpoint does not have, and periods that nobody could compare.
    pub(super) fn check_within(
        &self,
        file: &EndpointFile,
        request: &[RequestValue],
    ) -> Result<(), Refusal> {
        self.refuse_within(&file.request, "a shared value")?;
        self.refuse_within(&file.items.value, "a bare value")?;
        let fields = &file.items.fields.0;
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (_, field) in fields {
            self.refuse_within(&field.fields, "an entry of a list")?;
            let (Some(month), Some(bound)) = (&field.within, &field.bound) else {
                continue;
            };
            let name = month.get_ref();
            let is_shared = request.iter().any(|value| {
                value.field.name == *name && matches!(value.field.kind, FieldKind::Month { .. })
            });
            let is_field = fields
                .iter()
                .any(|(other, file)| other.get_ref() == name && file.kind.get_ref() == "yyyyMM");
            if !is_shared && !is_field {
                return Err(self.refuse(
                    month,
                    format!("`{name}` is neither a shared value nor a field of type \"yyyyMM\""),
                ));
            }
            if seen.iter().any(|(other, _)| other != name) {
                return Err(self.refuse(month, "all dates of an item are within the same month"));
            }
            if seen.iter().any(|(_, other)| other == bound.get_ref()) {
                return Err(self.refuse(bound, "a period has one first and one last day"));
            }
            seen.push((name, bound.get_ref()));
        }
        Ok(())
    }

    fn refuse_within(&self, fields: &Entries<FieldFile>, what: &str) -> Result<(), Refusal> {
        match fields.0.iter().find_map(|(_, file)| file.within.as_ref()) {
            None => Ok(()),
            Some(month) => Err(self
                .refuse(month, format!("{what} is not within a month"))
                .hint(text!("write it at a field of [items.fields]"))),
        }
    }
}
