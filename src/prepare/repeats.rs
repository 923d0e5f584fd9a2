//! Items with one key: keys that look alike by their fingerprints are compared in full by reading the file once more.

use std::collections::{HashMap, HashSet};

use super::Pass;
use super::entries::{Entries, Entry};
use super::sheets;
use crate::error::Refusal;
use crate::input::Input;
use crate::model::{Place, Rejection};
use crate::text::Text;

/// Compares the keys that look alike in full: which rows repeat an earlier one, and which conflict.
pub(super) fn compare(
    pass: &Pass<'_>,
    alike: &HashSet<u64>,
) -> Result<HashMap<Place, Rejection>, Refusal> {
    let mut groups: HashMap<Vec<u8>, Vec<Alike>> = HashMap::new();
    let mut entries = Entries::open(pass)?;
    while let Some(entry) = entries.next()? {
        if let Entry::Item(place, row, Ok(mapped)) = entry
            && alike.contains(&mapped.key_fingerprint())
        {
            let group = groups.entry(mapped.key.clone()).or_default();
            group.push(Alike {
                place,
                line: row.line,
                content: mapped.content(),
            });
        }
    }
    let mut repeated = HashMap::new();
    for group in groups.into_values() {
        reject_repeated(&group, entries.input(), &mut repeated);
    }
    Ok(repeated)
}

/// The fingerprints that occur more than once.
pub(super) fn occurring_twice(mut keys: Vec<u64>) -> HashSet<u64> {
    keys.sort_unstable();
    keys.windows(2)
        .filter_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        })
        .collect()
}

/// An item whose key looks like another's.
struct Alike {
    place: Place,
    line: u64,
    content: Vec<u8>,
}

impl Alike {
    /// The item's place for people: its cell in a workbook, else its record. The record is what a failure report shows beside it.
    fn name(&self, input: &Input) -> Text {
        let record = self.place.record();
        if let Some(cell) = sheets::cell(input, self.place, self.line) {
            text!("{cell} (record {record})", cell, record)
        } else {
            text!("record {record}", record)
        }
    }
}

/// Rows of one key: with the same content only the first is sent; with different content none is, because nobody can tell which
/// is meant.
fn reject_repeated(group: &[Alike], input: &Input, repeated: &mut HashMap<Place, Rejection>) {
    let Some((first, others)) = group.split_first() else {
        return;
    };
    match others.iter().find(|other| other.content != first.content) {
        None => {
            for other in others {
                repeated.insert(other.place, Rejection::repeats(first.name(input)));
            }
        }
        Some(different) => {
            repeated.insert(first.place, Rejection::conflicts(different.name(input)));
            for other in others {
                let rival = if other.content == first.content {
                    different
                } else {
                    first
                };
                repeated.insert(other.place, Rejection::conflicts(rival.name(input)));
            }
        }
    }
}
