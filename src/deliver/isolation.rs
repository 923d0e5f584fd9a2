//! A batch that was refused as a whole is split until the guilty rows stand alone.
//!
//! Pure decisions: which parts to send next. Each part is a batch of its own in the run store and takes its own calls and quota.
//! Rows that the refusal names go first, alone; then halves, which need 12 calls for one guilty row in 50; and single rows as soon
//! as several guilty ones were found, because then halving only adds calls. What the budget does not reach fails with the reason
//! of its batch.

use crate::model::{Batch, Item};

/// Extra calls for one refused batch, whatever its size: enough to send each of 50 rows alone after two rounds of halves.
const CALLS_LEAST: usize = 64;
/// Further extra calls, as a share of the items: a batch of 500 may need several searches of its own.
const CALLS_PER_ITEMS: usize = 4;
/// Guilty rows found by halves before the others go alone.
const FOUND_BY_HALVES_MAX: u32 = 2;
/// Parts up to this size are worth sending row by row.
const SINGLES_MAX: usize = 32;
/// Shorter values are too likely to occur in a message by chance.
const NAMED_CHARS_MIN: usize = 4;

/// The search for the guilty rows of one batch.
#[derive(Debug)]
pub(super) struct Isolation {
    calls_left: usize,
    found: u32,
}

impl Isolation {
    /// A search in a batch of so many items.
    pub(super) fn new(items: usize) -> Self {
        Self {
            calls_left: CALLS_LEAST + items / CALLS_PER_ITEMS,
            found: 0,
        }
    }

    /// How a refused part is split; nothing when it is a single row or the budget is used up.
    pub(super) fn split(&mut self, batch: &Batch, message: &str) -> Option<Vec<Vec<usize>>> {
        let items = batch.items.len();
        if items < 2 {
            self.found += 1;
            return None;
        }
        let positions: Vec<usize> = (0..items).collect();
        let named = named(&batch.items, message);
        let parts: Vec<Vec<usize>> = if !named.is_empty() && named.len() * 2 <= items {
            let rest = positions
                .into_iter()
                .filter(|position| !named.contains(position))
                .collect();
            named
                .iter()
                .map(|position| vec![*position])
                .chain([rest])
                .collect()
        } else if self.found >= FOUND_BY_HALVES_MAX && items <= SINGLES_MAX {
            positions
                .into_iter()
                .map(|position| vec![position])
                .collect()
        } else {
            let (first, second) = positions.split_at(items / 2);
            vec![first.to_vec(), second.to_vec()]
        };
        self.calls_left = self.calls_left.checked_sub(parts.len())?;
        Some(parts)
    }
}

/// The items that a message names: those with a value in it that not all of them share.
fn named(items: &[Item], message: &str) -> Vec<usize> {
    let mut named = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(&item.body) else {
            continue;
        };
        if mentions(message, &value) {
            named.push(position);
        }
    }
    named
}

fn mentions(message: &str, value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => {
            text.chars().count() >= NAMED_CHARS_MIN && contains_word(message, text)
        }
        serde_json::Value::Array(values) => values.iter().any(|value| mentions(message, value)),
        serde_json::Value::Object(fields) => fields.values().any(|value| mentions(message, value)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            false
        }
    }
}

/// Whether a text stands in a message as a whole: `u12` does not stand in `u123`.
fn contains_word(message: &str, word: &str) -> bool {
    message.match_indices(word).any(|(at, _)| {
        let before = message.get(..at).and_then(|text| text.chars().next_back());
        let after = message
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        let joins = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        !joins(before) && !joins(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Envelope};
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::sync::Arc;

    fn batch(records: &[u64]) -> Batch {
        Batch {
            id: BatchId(1),
            envelope: Arc::new(Envelope::default()),
            items: records
                .iter()
                .map(|record| Item {
                    body: format!("{{\"user_id\":\"user{record}\",\"group\":\"same-for-all\"}}")
                        .into_bytes()
                        .into(),
                })
                .collect(),
        }
    }

    /// Splits until every guilty row stands alone; returns the calls made, the rows sent well, and those that failed.
    fn search(
        items: u64,
        guilty: &HashSet<u64>,
        message: impl Fn(&[u64]) -> String,
    ) -> (usize, HashSet<u64>, HashSet<u64>) {
        let all: Vec<u64> = (0..items).collect();
        let mut isolation = Isolation::new(all.len());
        let (mut calls, mut well, mut failed) = (0, HashSet::new(), HashSet::new());
        let mut parts = vec![all];
        while let Some(records) = parts.pop() {
            calls += 1;
            if records.iter().all(|record| !guilty.contains(record)) {
                well.extend(records);
                continue;
            }
            match isolation.split(&batch(&records), &message(&records)) {
                None => failed.extend(records),
                Some(split) => parts.extend(split.into_iter().rev().map(|positions| {
                    positions
                        .into_iter()
                        .map(|at| records[at])
                        .collect::<Vec<u64>>()
                })),
            }
        }
        (calls - 1, well, failed)
    }

    #[test]
    fn one_guilty_row_in_fifty_costs_at_most_thirteen_extra_calls() {
        for guilty in 0..50 {
            let (calls, well, failed) = search(50, &HashSet::from([guilty]), |_| String::new());
            assert!(calls <= 13, "{calls} calls for row {guilty}");
            assert_eq!((well.len(), failed), (49, HashSet::from([guilty])));
        }
    }

    #[test]
    fn a_row_that_the_refusal_names_costs_two_extra_calls() {
        let (calls, well, failed) = search(50, &HashSet::from([31]), |_| {
            "user31 does not exist".to_owned()
        });
        assert_eq!((calls, well.len(), failed), (2, 49, HashSet::from([31])));
    }

    #[test]
    fn a_value_that_all_rows_share_names_nobody() {
        let (calls, _, failed) = search(50, &HashSet::from([31]), |_| {
            "same-for-all is wrong".to_owned()
        });
        assert!((3..=13).contains(&calls));
        assert_eq!(failed, HashSet::from([31]));
    }

    #[test]
    fn fifty_guilty_rows_are_found_within_the_budget() {
        let all: HashSet<u64> = (0..50).collect();
        let (calls, well, failed) = search(50, &all, |_| String::new());
        assert!(calls <= CALLS_LEAST + 12, "{calls}");
        assert_eq!((well.len(), failed.len()), (0, 50));
    }

    proptest! {
        #[test]
        fn no_row_is_lost_no_guilty_row_is_sent_well_and_the_budget_holds(
            items in 1..120_u64,
            guilty in proptest::collection::hash_set(0..120_u64, 0..10),
        ) {
            let guilty: HashSet<u64> = guilty.into_iter().filter(|row| *row < items).collect();
            let (calls, well, failed) = search(items, &guilty, |_| String::new());
            prop_assert_eq!(well.len() + failed.len(), usize::try_from(items).unwrap());
            prop_assert!(guilty.is_subset(&failed));
            prop_assert!(calls <= CALLS_LEAST + usize::try_from(items).unwrap() / CALLS_PER_ITEMS);
        }
    }
}
