//! Ids that a spreadsheet ruined and wrote out in digits again: nothing but zeros after the 15th.
//!
//! Such an id may be a true one, as one in ten of 16 digits is and one in ten thousand of 19. So it is judged with the others of its
//! column: where more ids end so than chance explains, a spreadsheet was at work, and all that end so are rejected.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

/// So many digits of a number a spreadsheet keeps.
const DIGITS_KEPT: usize = 15;

/// Different ids remembered of one length, so that an id of many rows counts once. Beyond them each row counts.
const SEEN_MAX: usize = 65_536;

/// How many times more than chance would have it.
const BEYOND_CHANCE: u64 = 10;

/// So many zeros, in one id or in several, are no chance where most ids end so.
const ZEROS_MIN: u64 = 3;

/// The long ids of one column.
#[derive(Debug, Clone, Default)]
pub struct LongIds {
    /// By their number of digits.
    lengths: BTreeMap<usize, Counts>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    seen: HashSet<u64>,
    /// Different ids.
    ids: u64,
    /// Those of them that end in zeros.
    zeros: u64,
    /// Rows with one of these.
    rows: u64,
    /// The first of them, with its record.
    first: Option<(u64, String)>,
}

impl LongIds {
    /// Counts an id, if it is one of 16 or more digits.
    pub fn note(&mut self, id: &str, record: u64) {
        let Some(is_zero) = ends_in_zeros(id) else {
            return;
        };
        let counts = self.lengths.entry(id.len()).or_default();
        if is_zero {
            counts.rows += 1;
            counts.first.get_or_insert_with(|| (record, id.to_owned()));
        }
        if counts.seen.len() < SEEN_MAX && !counts.seen.insert(fingerprint(id)) {
            return;
        }
        counts.ids += 1;
        counts.zeros += u64::from(is_zero);
    }

    /// The first ruined id of each length that has some, with its record.
    pub fn ruined(&self) -> impl Iterator<Item = (u64, &str)> {
        let ruined = self.lengths.iter().filter(|(len, counts)| {
            let beyond = u32::try_from(len.saturating_sub(DIGITS_KEPT)).unwrap_or(u32::MAX);
            counts.are_no_chance(beyond)
        });
        ruined.filter_map(|(_, counts)| {
            let (record, id) = counts.first.as_ref()?;
            Some((*record, id.as_str()))
        })
    }
}

impl Counts {
    /// Of ids with `beyond` digits after the 15th, chance lets one in 10^`beyond` end so.
    fn are_no_chance(&self, beyond: u32) -> bool {
        let chance = 10_u64.saturating_pow(beyond);
        let many = self.zeros.saturating_mul(chance) > self.ids.saturating_mul(BEYOND_CHANCE);
        let most = self.zeros * 2 > self.ids && self.zeros * u64::from(beyond) >= ZEROS_MIN;
        (many && self.rows > 1) || most
    }
}

/// Which ids of an input are ruined: those of a place and of a length that end in zeros. A place is a column, or all days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuinedIds(BTreeSet<(usize, usize)>);

impl RuinedIds {
    /// What was found in the places of one input.
    pub(super) fn of(places: &[LongIds]) -> Self {
        let places = places.iter().enumerate();
        let ruined =
            places.flat_map(|(place, ids)| ids.ruined().map(move |(_, id)| (place, id.len())));
        Self(ruined.collect())
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn hold(&self, place: usize, id: &str) -> bool {
        self.0.contains(&(place, id.len())) && ends_in_zeros(id) == Some(true)
    }
}

/// Whether an id has zeros only after its 15th digit; nothing if it is no longer than that, or not made of digits.
fn ends_in_zeros(id: &str) -> Option<bool> {
    let (_, rest) = id.split_at_checked(DIGITS_KEPT)?;
    let is_long = !rest.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_long.then(|| rest.bytes().all(|byte| byte == b'0'))
}

fn fingerprint(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether ids of this many digits are found ruined: so many that end in zeros, among so many.
    fn found(digits: usize, zeros: usize, all: usize) -> bool {
        let mut ids = LongIds::default();
        for row in 0..all {
            let head = format!("{:015}", 670_000_000_000_000 + row);
            let tail = if row < zeros { "0" } else { "7" };
            ids.note(&format!("{head}{}", tail.repeat(digits - 15)), 1);
        }
        ids.ruined().count() > 0
    }

    #[test]
    fn ids_of_19_digits_that_end_in_zeros_are_ruined_in_two_rows_or_when_they_are_most() {
        assert!(found(19, 8, 8) && found(19, 2, 300) && found(19, 1, 1));
        assert!(!found(19, 1, 300) && !found(19, 0, 300) && !found(19, 3, 10_000));
    }

    #[test]
    fn one_in_ten_true_ids_of_16_digits_ends_in_a_zero_and_none_of_them_is_ruined() {
        assert!(!found(16, 10, 100) && !found(16, 30, 100) && !found(16, 1, 1));
        assert!(found(16, 60, 100) && found(16, 3, 3));
        assert!(!found(17, 10, 1000) && found(17, 2, 10));
    }

    #[test]
    fn ids_of_at_most_15_digits_and_texts_are_not_counted() {
        let mut ids = LongIds::default();
        for id in [
            "670000000000000",
            "6700",
            "ou_670000000000000000000",
            "",
            "67００",
        ] {
            ids.note(id, 1);
        }
        assert_eq!(ids.ruined().count(), 0);
    }

    #[test]
    fn an_id_in_many_rows_is_one_id() {
        let mut ids = LongIds::default();
        for row in 0..3000 {
            ids.note(&format!("67000000000{:04}1234", row % 100), 1);
            ids.note("6700000000000010000", 1);
        }
        assert_eq!(
            ids.ruined().collect::<Vec<_>>(),
            [(1, "6700000000000010000")]
        );
    }
}
