//! Items, and the batches they travel in.

use std::sync::Arc;

use bytes::Bytes;

/// Number of a batch in its run, from 1 in the order in which batches were prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub i64);

/// What all items of one call share: the values of path parameters, query parameters and body fields, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Envelope {
    /// `(name, JSON text of the value)`, in no particular order. A text value stands in JSON quotes.
    pub values: Vec<(String, String)>,
}

impl Envelope {
    /// The JSON text of a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One element of the request's items array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its JSON, exactly as sent.
    pub body: Bytes,
}

/// Up to the endpoint's limit of items under one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number in the run.
    pub id: BatchId,
    /// What its items share.
    pub envelope: Arc<Envelope>,
    /// Its items in the order in which they are sent.
    pub items: Vec<Item>,
}

impl Batch {
    /// A batch of its own with some of the items, under the same envelope.
    #[must_use]
    pub fn part(&self, id: BatchId, positions: &[usize]) -> Self {
        let items = positions
            .iter()
            .filter_map(|position| self.items.get(*position));
        Self {
            id,
            envelope: Arc::clone(&self.envelope),
            items: items.cloned().collect(),
        }
    }
}
