//! A digest over everything that a file would send, so that what is sent can be held against what was shown.
//!
//! Equal numbers are not enough: a table of words may give another id for the same word meanwhile.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::batching::Filled;

/// SHA-256 over envelopes, places and bodies, in the order in which they are staged.
#[derive(Default)]
pub struct SentDigest(Sha256);

impl SentDigest {
    /// Adds a batch.
    pub fn add(&mut self, filled: &Filled) {
        // Each part is preceded by its length: no two different lists give the same bytes.
        let mut part = |bytes: &[u8]| {
            self.0.update((bytes.len() as u64).to_le_bytes());
            self.0.update(bytes);
        };
        part(&(filled.envelope.len() as u64).to_le_bytes());
        for value in &filled.envelope {
            part(value.as_bytes());
        }
        let places = filled.places.iter();
        let places: Vec<u8> = places
            .flat_map(|place| place.number().to_le_bytes())
            .collect();
        part(&places);
        part(filled.bodies.as_bytes());
    }

    /// The digest in hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        let mut text = String::new();
        for byte in self.0.finalize() {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}
