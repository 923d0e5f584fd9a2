//! Ids of digits whose lengths differ: a sign that a spreadsheet dropped leading zeros.
//!
//! A lost zero cannot be seen in one cell, only in a column. Nothing is rejected for it; the user is told.

use crate::endpoint::{Field, FieldKind};
use crate::numbers::{counted, one_or_more};
use crate::text::Text;

/// Lengths of the ids of one field.
#[derive(Debug, Clone, Default)]
pub(super) struct Lengths {
    /// How many ids have a length, by length; longer ones count as the last.
    counts: [u64; LENGTHS_MAX],
    /// Some id is not made of digits only: then lengths say nothing.
    mixed: bool,
}

/// Longer ids are never employee numbers.
const LENGTHS_MAX: usize = 24;

impl Lengths {
    /// Notes an id as it was written to JSON, in its quotes.
    pub(super) fn note(&mut self, field: &Field, json: &[u8]) {
        if self.mixed || !matches!(field.kind, FieldKind::Id { .. }) {
            return;
        }
        let [b'"', id @ .., b'"'] = json else { return };
        self.mixed = !id.iter().all(u8::is_ascii_digit);
        if let Some(count) = self.counts.get_mut(id.len().min(LENGTHS_MAX - 1)) {
            *count += 1;
        }
    }

    /// What to tell about the field: only when most of its ids share a length and the others are shorter.
    pub(super) fn warning(&self, field: &Field) -> Option<Text> {
        if self.mixed || !matches!(field.kind, FieldKind::Id { .. }) {
            return None;
        }
        let all: u64 = self.counts.iter().sum();
        let (common, most) = self
            .counts
            .iter()
            .enumerate()
            .max_by_key(|(_, count)| **count)?;
        let shorter: u64 = self.counts.iter().take(common).sum();
        // A lone "0" is a value of its own on this platform: a day of rest.
        let single = self.counts.get(1).copied().unwrap_or_default();
        let lost = shorter - if common > 1 { single } else { 0 };
        (lost > 0 && most * 2 > all).then(|| {
            text!(
                "{field}: {ids} {has} fewer digits than the usual {common}; if a spreadsheet dropped leading zeros, format the column as text and paste the ids again",
                field = field.name,
                ids = counted(lost, "id"),
                has = one_or_more(lost, "has", "have"),
                common
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(ids: &[&str]) -> Option<Text> {
        let field = Field {
            name: "user_id".into(),
            kind: FieldKind::Id { chars_max: 64 },
            required: true,
            about: None,
            within: None,
        };
        let mut lengths = Lengths::default();
        for id in ids {
            lengths.note(&field, format!("\"{id}\"").as_bytes());
        }
        lengths.warning(&field)
    }

    #[test]
    fn employee_numbers_that_are_shorter_than_the_others_are_told() {
        let text = warning(&["000123", "004567", "4567", "123456"]).unwrap();
        assert!(
            text.to_string()
                .starts_with("user_id: 1 id has fewer digits than the usual 6"),
            "{text}"
        );
    }

    #[test]
    fn equal_lengths_letters_and_the_shift_of_rest_are_not_told() {
        assert_eq!(warning(&["000123", "004567"]), None);
        assert_eq!(
            warning(&["abd754f7", "dd31", "123456", "123457", "12"]),
            None
        );
        assert_eq!(
            warning(&[
                "6753520403404030215",
                "0",
                "6753520403404030216",
                "0",
                "6753520403404030216"
            ]),
            None
        );
    }
}
