//! Items into batches: at most so many items, at most so many bytes, one envelope.
//!
//! No item key occurs twice in a run (prepare rejects repeats), so it cannot occur twice in a batch. Items keep the order of the
//! input within their envelope.

use crate::model::{Packed, Place};

/// Largest body of items in one call. No page of the platform states a limit; 50 items of 200 long fields stay below it.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most envelopes with an unfinished batch at one time: keeps memory flat when a column gives each row its own envelope.
const OPEN_MAX: usize = 256;

/// A batch as it is prepared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The envelope's values, in the endpoint's order, as JSON text.
    pub envelope: Vec<String>,
    /// Where each item came from.
    pub places: Vec<Place>,
    /// Each item's JSON.
    pub bodies: Packed,
    /// Each item's row as the reports repeat it; empty where it is the row of the item before.
    pub sources: Packed,
}

impl Filled {
    /// Where the first item came from.
    #[must_use]
    pub fn first_place(&self) -> Place {
        self.places.first().copied().unwrap_or_default()
    }
}

/// Fills batches.
#[derive(Debug)]
pub struct Batcher {
    items_max: usize,
    open: Vec<Filled>,
    /// What the last full batch took: the next one will take about as much.
    bodies_bytes: usize,
    sources_bytes: usize,
}

impl Batcher {
    /// Batches of at most `items_max` items.
    #[must_use]
    pub fn new(items_max: usize) -> Self {
        Self {
            items_max,
            open: Vec::new(),
            bodies_bytes: 0,
            sources_bytes: 0,
        }
    }

    /// Adds an item; hands out a batch that became full, or that had to make room.
    pub fn add(
        &mut self,
        envelope: &[String],
        place: Place,
        body: &[u8],
        source: &[u8],
    ) -> Option<Filled> {
        let mut out = None;
        let position = self
            .open
            .iter()
            .position(|filled| filled.envelope == envelope);
        let position = if let Some(position) = position {
            let too_long = self
                .open
                .get(position)
                .is_some_and(|filled| filled.bodies.as_bytes().len() + body.len() > BYTES_MAX);
            if too_long {
                out = Some(self.open.remove(position));
                self.start(envelope)
            } else {
                position
            }
        } else {
            if self.open.len() >= OPEN_MAX {
                out = Some(self.open.remove(0));
            }
            self.start(envelope)
        };
        let Some(filled) = self.open.get_mut(position) else {
            return out;
        };
        let last = filled.places.last().map(|last| last.record());
        let source = if last == Some(place.record()) {
            &[]
        } else {
            source
        };
        filled.places.push(place);
        filled.bodies.push(body);
        filled.sources.push(source);
        if filled.places.len() >= self.items_max {
            self.bodies_bytes = filled.bodies.as_bytes().len();
            self.sources_bytes = filled.sources.as_bytes().len();
            // A batch that made room and a batch that is full at once would need a limit of one item: then nothing stays open.
            return Some(self.open.remove(position));
        }
        out
    }

    /// What is left, in the order of the first places.
    #[must_use]
    pub fn finish(mut self) -> Vec<Filled> {
        self.open.sort_by_key(Filled::first_place);
        self.open
    }

    fn start(&mut self, envelope: &[String]) -> usize {
        self.open.push(Filled {
            envelope: envelope.to_vec(),
            places: Vec::with_capacity(self.items_max),
            bodies: Packed::with_capacity(self.bodies_bytes),
            sources: Packed::with_capacity(self.sources_bytes),
        });
        self.open.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn fill(items_max: usize, rows: &[(u16, usize)]) -> Vec<Filled> {
        let mut batcher = Batcher::new(items_max);
        let mut batches = Vec::new();
        for (at, (envelope, length)) in rows.iter().enumerate() {
            let envelope = [envelope.to_string()];
            let body = vec![b'x'; *length];
            batches.extend(batcher.add(&envelope, Place::row(at as u64 + 1), &body, b"source"));
        }
        batches.extend(batcher.finish());
        batches
    }

    #[test]
    fn one_envelope_fills_every_batch_but_the_last() {
        let sizes: Vec<usize> = fill(50, &[(0, 3); 120])
            .iter()
            .map(|batch| batch.places.len())
            .collect();
        assert_eq!(sizes, [50, 50, 20]);
    }

    #[test]
    fn a_batch_does_not_grow_beyond_its_bytes() {
        let batches = fill(50, &[(0, BYTES_MAX / 3); 7]);
        assert!(
            batches
                .iter()
                .all(|batch| batch.bodies.as_bytes().len() <= BYTES_MAX)
        );
        assert_eq!(
            batches
                .iter()
                .map(|batch| batch.places.len())
                .sum::<usize>(),
            7
        );
    }

    #[test]
    fn an_envelope_for_each_row_leaves_few_batches_open() {
        let rows: Vec<(u16, usize)> = (0..1000).map(|envelope| (envelope, 1)).collect();
        let mut batcher = Batcher::new(50);
        for (at, (envelope, _)) in rows.iter().enumerate() {
            batcher.add(&[envelope.to_string()], Place::row(at as u64), b"1", b"");
            assert!(batcher.open.len() <= OPEN_MAX);
        }
    }

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_under_its_own_envelope_in_order(
            items_max in 1..7_usize,
            rows in proptest::collection::vec((0..400_u16, 1..4_usize), 0..600),
        ) {
            let mut seen = HashSet::new();
            for batch in fill(items_max, &rows) {
                prop_assert!((1..=items_max).contains(&batch.places.len()));
                prop_assert!(batch.places.is_sorted());
                prop_assert_eq!(batch.places.len(), batch.bodies.iter().count());
                prop_assert_eq!(batch.places.len(), batch.sources.iter().count());
                for (place, body) in batch.places.iter().zip(batch.bodies.iter()) {
                    let (envelope, length) = rows[usize::try_from(place.record()).unwrap() - 1];
                    prop_assert_eq!(&batch.envelope[0], &envelope.to_string());
                    prop_assert_eq!(body.len(), length);
                    prop_assert!(seen.insert(*place));
                }
            }
            prop_assert_eq!(seen.len(), rows.len());
        }
    }
}
