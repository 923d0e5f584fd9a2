//! The checksum of what a batch holds: a damaged disk must not make the program send, or report, other items than were checked.
//!
//! Eight bytes a step, and each step can be undone: one that differs always shows. It guards against accidents, not against people.

use super::StoreError;

/// The checksum of these parts, in this order.
pub(super) fn checksum(parts: &[&[u8]]) -> i64 {
    let mut hash = SEED;
    let mut take = |word: u64| hash = (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    for part in parts {
        take(part.len() as u64);
        let (words, rest) = part.as_chunks::<8>();
        for word in words {
            take(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        take(u64::from_le_bytes(last));
    }
    hash.cast_signed()
}

/// Any number will do.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;
/// An odd number, so that multiplying by it can be undone; its bits are those of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Refuses parts whose checksum is not the one that was stored.
pub(super) fn verify(stored: i64, parts: &[&[u8]]) -> Result<(), StoreError> {
    if checksum(parts) == stored {
        return Ok(());
    }
    Err(StoreError(
        "it is damaged: a batch does not hold what was stored".to_owned(),
    ))
}
