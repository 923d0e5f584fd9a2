//! Many byte strings in one buffer, in the form in which the run store keeps them.
//!
//! Preparing a million rows must not allocate two million times; a batch is therefore packed as it is filled.

use std::ops::Range;

use bytes::Bytes;

/// Bytes of a string's length.
const LENGTH_BYTES: usize = 4;

/// Byte strings, each preceded by its length as four little-endian bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
}

impl Packed {
    /// Room for so many bytes, lengths included.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// The strings of a buffer that was packed before.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Adds a string. A string beyond 4 GiB cannot occur: rows are bounded by the reader.
    pub fn push(&mut self, string: &[u8]) {
        let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(string);
    }

    /// The packed form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The strings in order, as parts of the one buffer: nothing is copied.
    pub fn into_strings(self) -> impl Iterator<Item = Bytes> {
        let places: Vec<Range<usize>> = self.places().collect();
        let bytes = Bytes::from(self.bytes);
        places.into_iter().map(move |place| bytes.slice(place))
    }

    /// The same, where an empty string stands for the one before it.
    pub fn into_shared(self) -> impl Iterator<Item = Bytes> {
        let places: Vec<Range<usize>> = self.places_shared().collect();
        let bytes = Bytes::from(self.bytes);
        places.into_iter().map(move |place| bytes.slice(place))
    }

    /// Where the strings stand.
    fn places(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        self.iter().map(move |string| {
            let start = at + LENGTH_BYTES;
            at = start + string.len();
            start..at
        })
    }

    /// The strings in order, where an empty one stands for the one before it: several items of one row share its source.
    pub fn iter_shared(&self) -> impl Iterator<Item = &[u8]> {
        self.places_shared().map(|place| self.at(place))
    }

    /// Where these strings stand.
    pub fn places_shared(&self) -> impl Iterator<Item = Range<usize>> {
        let mut last = 0..0;
        self.places().map(move |place| {
            if !place.is_empty() {
                last = place;
            }
            last.clone()
        })
    }

    /// The string at a place.
    #[must_use]
    pub fn at(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// The strings in order. A damaged buffer ends early.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk::<LENGTH_BYTES>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (string, after) = after.split_at_checked(length)?;
            rest = after;
            Some(string)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(strings in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..20)) {
            let mut packed = Packed::default();
            for string in &strings {
                packed.push(string);
            }
            let again = Packed::new(packed.as_bytes().to_vec());
            prop_assert_eq!(again.iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), strings);
        }

        #[test]
        fn any_bytes_unpack_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Packed::new(bytes).iter().count();
        }
    }
}
