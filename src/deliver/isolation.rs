//! A batch that was refused as a whole is taken apart until the guilty rows stand alone.
//!
//! Pure decisions: which parts to send next. Each part is a batch of its own in the run store and takes its own calls and quota.
//! Rows that the refusal names go first, alone; then single rows from both ends, until one is taken: when none is, the refusal may
//! not be about rows at all; then halves, which need 12 calls at most for one guilty row in 50; and single rows as soon as several
//! guilty ones were found, because then halving only adds calls. Where one part was taken, the other is known to hold the guilty
//! row and is not called as a whole. What the budget does not reach fails with the reason of its part.

use std::collections::{BTreeMap, BTreeSet};

use super::blame::Blame;
use super::kind::Kind;
use crate::model::{Batch, Item};

/// Calls of parts of one refused batch, whatever its size: enough to send each of 50 rows alone after two rounds of halves.
const CALLS_LEAST: u32 = 64;
/// Further calls of parts, as a share of the items: a batch of 500 may need several searches of its own.
pub(super) const CALLS_PER_ITEMS: usize = 4;
/// Guilty rows found before the others go alone.
const FOUND_BY_HALVES_MAX: usize = 2;
/// Parts up to this size are worth sending row by row.
const SINGLES_MAX: usize = 32;
/// Shorter values are too likely to occur in a message by chance.
const NAMED_CHARS_MIN: usize = 4;
/// Rows that are called alone while none was taken; all of them in a batch of up to twice as many.
const TESTED_ALONE: usize = 4;
/// Calls of one start in which an item is sent.
pub(super) const SENT_MAX: u32 = 8;

/// Most calls of parts of a batch of so many items, over all starts.
pub(super) fn calls_max(items: usize) -> u32 {
    CALLS_LEAST.saturating_add(u32::try_from(items / CALLS_PER_ITEMS).unwrap_or(u32::MAX))
}

/// The search for the guilty rows of one batch.
#[derive(Debug)]
pub(super) struct Isolation {
    calls_max: u32,
    /// Calls of parts, those of earlier starts included.
    calls: u32,
    /// Rows of the whole batch.
    items: usize,
    /// Rows that were refused alone.
    found: usize,
    /// Rows that were taken.
    innocent: Vec<Item>,
    /// The refusals name rows: others are not tried without need.
    by_name: bool,
    /// Of each split: whether every part so far was taken.
    is_clean: Vec<bool>,
}

/// Number of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split(usize);

/// The positions of a part's rows, by the parts that they go on in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pieces {
    pub(super) parts: Vec<Vec<usize>>,
    /// When all others are taken, the last holds a guilty row.
    pub(super) last_is_known: bool,
    /// The refusal named the rows that stand alone.
    pub(super) by_name: bool,
}

/// A part to be split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) batch: &'a Batch,
    pub(super) message: &'a str,
    pub(super) kind: &'a Kind,
    /// Calls of this start in which its items were sent.
    pub(super) sent: u32,
    /// Parts that wait for a call of theirs.
    pub(super) waiting: usize,
}

impl Isolation {
    /// A search in a batch of so many items, of whose parts so many calls were made before.
    pub(super) fn new(items: usize, calls: u32) -> Self {
        Self {
            calls_max: calls_max(items),
            calls,
            items,
            found: 0,
            innocent: Vec::new(),
            by_name: false,
            is_clean: Vec::new(),
        }
    }

    /// A part was called.
    pub(super) fn called(&mut self) {
        self.calls += 1;
    }

    /// Whether a part may be called once more than it has to be, while so many others wait for their only call.
    pub(super) fn allows_resend(&self, waiting: usize) -> bool {
        self.calls_left(waiting) > 0
    }

    fn calls_left(&self, waiting: usize) -> usize {
        let left = self.calls_max.saturating_sub(self.calls) as usize;
        left.saturating_sub(waiting)
    }

    /// A row was refused alone.
    pub(super) fn found(&mut self) {
        self.found += 1;
    }

    /// The rows that were refused alone are called once more.
    pub(super) fn forget_found(&mut self) {
        self.found = 0;
    }

    /// These rows go on in a part of their own, after the others.
    pub(super) fn set_apart(
        &self,
        items: usize,
        group: Vec<usize>,
        waiting: usize,
    ) -> Option<Pieces> {
        let parts = vec![all_but(items, &group), group];
        let (last_is_known, by_name) = (false, false);
        self.affordable(
            waiting,
            Pieces {
                parts,
                last_is_known,
                by_name,
            },
        )
    }

    /// Rows were taken.
    pub(super) fn taken(&mut self, items: &[Item]) {
        self.innocent.extend_from_slice(items);
    }

    /// The rows that were taken.
    pub(super) fn innocent(&self) -> &[Item] {
        &self.innocent
    }

    /// Whether no row was taken, and enough were called alone to say so. `rest`: rows that were not.
    pub(super) fn is_in_vain(&self, rest: usize) -> bool {
        self.innocent.is_empty() && self.found > 0 && (rest == 0 || self.found >= self.tests())
    }

    fn tests(&self) -> usize {
        if self.items <= TESTED_ALONE * 2 {
            self.items
        } else {
            TESTED_ALONE
        }
    }

    /// Begins a split. The parts of it tell by their number what became of those before them.
    pub(super) fn begin_split(&mut self, pieces: &Pieces) -> Split {
        self.by_name = pieces.by_name;
        self.is_clean.push(true);
        Split(self.is_clean.len() - 1)
    }

    /// A part of a split was not taken as a whole.
    pub(super) fn not_clean(&mut self, split: Split) {
        if let Some(clean) = self.is_clean.get_mut(split.0) {
            *clean = false;
        }
    }

    /// Whether every part of the split before the last was taken: then the last holds what the whole was refused for.
    pub(super) fn is_clean(&self, split: Split) -> bool {
        self.is_clean.get(split.0).copied().unwrap_or_default()
    }

    /// A single row split off a part that was not called yet, while no row was taken: from its other end each time.
    pub(super) fn test_alone(&self, items: usize, waiting: usize) -> Option<Pieces> {
        if self.by_name
            || !self.innocent.is_empty()
            || self.found == 0
            || self.found >= self.tests()
            || items < 2
        {
            return None;
        }
        let at = self.next_end(items);
        let parts = vec![vec![at], all_but(items, &[at])];
        // It was not called: whether it holds a guilty row is not known.
        let (last_is_known, by_name) = (false, false);
        self.affordable(
            waiting,
            Pieces {
                parts,
                last_is_known,
                by_name,
            },
        )
    }

    /// Whether the refusal names a value that every row of the part has and no row that was taken has: it is about each of them.
    pub(super) fn is_about_all(&self, batch: &Batch, message: &str) -> bool {
        let mut values: Option<BTreeSet<String>> = None;
        for item in &batch.items {
            let mut of_item = BTreeSet::new();
            mentioned(message, item, &mut |text| {
                of_item.insert(text.to_owned());
            });
            values = Some(match values {
                Some(known) => known.intersection(&of_item).cloned().collect(),
                None => of_item,
            });
        }
        let mut values = values.unwrap_or_default();
        for item in &self.innocent {
            mentioned(message, item, &mut |text| {
                values.remove(text);
            });
        }
        !self.innocent.is_empty() && !values.is_empty()
    }

    /// The row that is called alone next: from the other end each time.
    fn next_end(&self, items: usize) -> usize {
        if self.found.is_multiple_of(2) {
            0
        } else {
            items - 1
        }
    }

    /// How a part that holds a guilty row is split; nothing when it is a single row or the budget is used up.
    pub(super) fn split(&self, part: Part<'_>, blame: &Blame) -> Option<Pieces> {
        let Part {
            batch,
            message,
            kind,
            sent,
            ..
        } = part;
        let items = batch.items.len();
        if items < 2 {
            return None;
        }
        let calls_left = SENT_MAX.saturating_sub(sent);
        let (named, shared) = named(&batch.items, message);
        let (mut last_is_known, mut by_name) = (true, false);
        let parts = if calls_left < 2 {
            singles(items)
        } else if !named.is_empty() && named.len() * 2 <= items {
            by_name = true;
            let rest = all_but(items, &named);
            named.into_iter().map(|at| vec![at]).chain([rest]).collect()
        } else if let Some(group) = blame.suspected(kind, batch).or(shared) {
            // Rows with one cause are called together: they may be refused together.
            last_is_known = false;
            vec![all_but(items, &group), group]
        } else if self.innocent.is_empty() && self.found < self.tests() {
            let at = self.next_end(items);
            vec![vec![at], all_but(items, &[at])]
        } else if self.found >= FOUND_BY_HALVES_MAX && items <= SINGLES_MAX {
            singles(items)
        } else {
            pieces(items, ways(items, calls_left - 1))
        };
        if calls_left == 0 {
            return None;
        }
        self.affordable(
            part.waiting,
            Pieces {
                parts,
                last_is_known,
                by_name,
            },
        )
    }

    fn affordable(&self, waiting: usize, pieces: Pieces) -> Option<Pieces> {
        (pieces.parts.len() <= self.calls_left(waiting)).then_some(pieces)
    }
}

/// Into how many pieces a part is cut, so that so many further cuts reach single rows: two, unless it is large.
fn ways(items: usize, cuts: u32) -> usize {
    let reaches = |ways: &usize| {
        ways.checked_pow(cuts)
            .is_none_or(|reached| reached >= items)
    };
    (2..=items).find(reaches).unwrap_or(items)
}

fn pieces(items: usize, ways: usize) -> Vec<Vec<usize>> {
    let size = items.div_ceil(ways.max(1)).max(1);
    let positions: Vec<usize> = (0..items).collect();
    positions.chunks(size).map(<[usize]>::to_vec).collect()
}

fn singles(items: usize) -> Vec<Vec<usize>> {
    (0..items).map(|position| vec![position]).collect()
}

fn all_but(items: usize, without: &[usize]) -> Vec<usize> {
    (0..items)
        .filter(|position| !without.contains(position))
        .collect()
}

/// The items that a message names: those with a value in it that no other has, and those that share the rarest value in it.
fn named(items: &[Item], message: &str) -> (Vec<usize>, Option<Vec<usize>>) {
    let mut holders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, item) in items.iter().enumerate() {
        mentioned(message, item, &mut |text| {
            let holders = holders.entry(text.to_owned()).or_default();
            if holders.last() != Some(&position) {
                holders.push(position);
            }
        });
    }
    let alone: BTreeSet<usize> = holders
        .values()
        .filter(|holders| holders.len() == 1)
        .flatten()
        .copied()
        .collect();
    let shared = holders
        .into_values()
        .filter(|holders| (2..items.len()).contains(&holders.len()));
    (alone.into_iter().collect(), shared.min_by_key(Vec::len))
}

/// Hands every text of an item that stands in the message to `found`.
fn mentioned(message: &str, item: &Item, found: &mut impl FnMut(&str)) {
    if let Ok(value) = serde_json::from_slice(&item.body) {
        mentioned_in(message, &value, found);
    }
}

fn mentioned_in(message: &str, value: &serde_json::Value, found: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => {
            if text.chars().count() >= NAMED_CHARS_MIN && contains_word(message, text) {
                found(text);
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                mentioned_in(message, value, found);
            }
        }
        serde_json::Value::Object(fields) => {
            for value in fields.values() {
                mentioned_in(message, value, found);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
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
    use crate::model::{BatchId, Envelope, Reason};
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

    /// Splits until every guilty row stands alone; returns the calls made, the rows sent well, those that failed, and the most calls in
    /// which a row was sent.
    fn search(
        items: u64,
        guilty: &HashSet<u64>,
        message: impl Fn(&[u64]) -> String,
    ) -> (usize, HashSet<u64>, HashSet<u64>, u32) {
        struct Sent {
            records: Vec<u64>,
            calls: u32,
            split: Option<Split>,
            last: bool,
            is_part: bool,
        }
        let all: Vec<u64> = (0..items).collect();
        let reason = Reason {
            code: None,
            text: "no".into(),
        };
        let (kind, blame) = (Kind::of(&reason, &[]), Blame::default());
        let mut isolation = Isolation::new(all.len(), 0);
        let (mut calls, mut well, mut failed, mut most) = (0, HashSet::new(), HashSet::new(), 0);
        let mut parts = vec![Sent {
            records: all,
            calls: 0,
            split: None,
            last: false,
            is_part: false,
        }];
        while let Some(mut part) = parts.pop() {
            let known = part.last && part.split.is_some_and(|split| isolation.is_clean(split));
            let waiting = parts.len();
            let tested = part.is_part && !known;
            let pieces = isolation
                .test_alone(part.records.len(), waiting)
                .filter(|_| tested);
            let pieces = if let Some(pieces) = pieces {
                Some(pieces)
            } else {
                let is_called = !known || part.records.len() < 2;
                if is_called {
                    calls += 1;
                    part.calls += 1;
                    most = most.max(part.calls);
                    if part.is_part {
                        isolation.called();
                    }
                    if part.records.iter().all(|record| !guilty.contains(record)) {
                        isolation.taken(&batch(&part.records).items);
                        well.extend(part.records);
                        continue;
                    }
                }
                if let Some(split) = part.split {
                    isolation.not_clean(split);
                }
                if part.records.len() == 1 {
                    isolation.found();
                }
                let batch = batch(&part.records);
                let part = Part {
                    batch: &batch,
                    message: &message(&part.records),
                    kind: &kind,
                    sent: part.calls,
                    waiting,
                };
                isolation.split(part, &blame)
            };
            let Some(pieces) = pieces else {
                failed.extend(part.records);
                continue;
            };
            let split = isolation.begin_split(&pieces);
            let Pieces {
                parts: pieces,
                last_is_known,
                ..
            } = pieces;
            let last = pieces.len() - 1;
            for (at, positions) in pieces.into_iter().enumerate().rev() {
                parts.push(Sent {
                    records: positions.into_iter().map(|at| part.records[at]).collect(),
                    calls: part.calls,
                    split: Some(split),
                    last: last_is_known && at == last,
                    is_part: true,
                });
            }
        }
        (calls - 1, well, failed, most)
    }

    #[test]
    fn one_guilty_row_in_fifty_costs_at_most_thirteen_extra_calls() {
        for guilty in 0..50 {
            let (calls, well, failed, _) = search(50, &HashSet::from([guilty]), |_| String::new());
            assert!(calls <= 13, "{calls} calls for row {guilty}");
            assert_eq!((well.len(), failed), (49, HashSet::from([guilty])));
        }
    }

    #[test]
    fn a_row_that_the_refusal_names_costs_two_extra_calls() {
        let (calls, well, failed, _) = search(50, &HashSet::from([31]), |_| {
            "user31 does not exist".to_owned()
        });
        assert_eq!((calls, well.len(), failed), (2, 49, HashSet::from([31])));
    }

    #[test]
    fn a_value_that_all_rows_share_names_nobody() {
        let (calls, _, failed, _) = search(50, &HashSet::from([31]), |_| {
            "same-for-all is wrong".to_owned()
        });
        assert!((3..=13).contains(&calls), "{calls}");
        assert_eq!(failed, HashSet::from([31]));
    }

    #[test]
    fn fifty_guilty_rows_are_found_within_the_budget() {
        let all: HashSet<u64> = (0..50).collect();
        let (calls, well, failed, _) = search(50, &all, |_| String::new());
        assert!(calls <= calls_max(50) as usize, "{calls}");
        assert_eq!((well.len(), failed.len()), (0, 50));
    }

    proptest! {
        #[test]
        fn no_row_is_lost_no_guilty_row_is_sent_well_and_the_budget_holds(
            items in 1..600_u64,
            guilty in proptest::collection::hash_set(0..600_u64, 0..10),
        ) {
            let guilty: HashSet<u64> = guilty.into_iter().filter(|row| *row < items).collect();
            let (calls, well, failed, most) = search(items, &guilty, |_| String::new());
            prop_assert_eq!(well.len() + failed.len(), usize::try_from(items).unwrap());
            prop_assert!(guilty.is_subset(&failed));
            prop_assert!(calls <= calls_max(usize::try_from(items).unwrap()) as usize);
            prop_assert!(most <= SENT_MAX, "{}", most);
        }
    }
}
