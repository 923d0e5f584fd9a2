//! What one row became, and what tells it apart from others.

use std::hash::{DefaultHasher, Hasher};

use crate::model::Rejection;

/// What one row became. Reused from row to row.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The item's JSON.
    pub body: Vec<u8>,
    /// The envelope's values, in the endpoint's order, as JSON text; empty where a value is not sent.
    pub envelope: Vec<String>,
    /// What tells the item apart.
    pub key: Vec<u8>,
    /// Whether the item destroys something.
    pub destructive: bool,
    /// The first and the last day that the item is about, as `yyyyMMdd`, where its fields say days.
    pub dates: Option<(u32, u32)>,
    /// What the platform said against it before anything is sent.
    pub found: Option<Rejection>,
}

impl Mapped {
    /// Notes a day that the item is about.
    pub(super) fn note_date(&mut self, date: u32) {
        self.dates = Some(covering(self.dates, (date, date)));
    }

    /// 8 bytes that stand for the key.
    #[must_use]
    pub fn key_fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.key);
        hasher.finish()
    }

    /// Whether two rows with equal keys ask for the same thing.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let mut content = self.body.clone();
        for value in &self.envelope {
            content.push(0);
            content.extend_from_slice(value.as_bytes());
        }
        content
    }
}

/// The days from the first of both to the last of both.
#[must_use]
pub fn covering(one: Option<(u32, u32)>, other: (u32, u32)) -> (u32, u32) {
    one.map_or(other, |(first, last)| {
        (first.min(other.0), last.max(other.1))
    })
}

/// Writes the entries of a JSON list in an order that does not depend on the columns' order.
pub(super) fn sort_entries(json: &[u8], out: &mut Vec<u8>) {
    let mut entries: Vec<&serde_json::value::RawValue> =
        serde_json::from_slice(json).unwrap_or_default();
    entries.sort_by_key(|entry| entry.get());
    for entry in entries {
        out.extend_from_slice(entry.get().as_bytes());
        out.push(b',');
    }
}
