//! The seal on what a batch holds: a damaged disk must not make the program send, or report, other items than were checked.
//!
//! FNV-1a over 64 bits: each step can be undone, so that one byte that differs always shows. It guards against accidents, not against
//! people.

use super::StoreError;

/// The seal of these parts, in this order.
pub(super) fn seal(parts: &[&[u8]]) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for part in parts {
        take(&part.len().to_le_bytes());
        take(part);
    }
    hash.cast_signed()
}

/// Refuses parts that are not what was sealed.
pub(super) fn verify(sealed: i64, parts: &[&[u8]]) -> Result<(), StoreError> {
    if seal(parts) == sealed {
        return Ok(());
    }
    Err(StoreError(
        "it is damaged: a batch does not hold what was stored".to_owned(),
    ))
}
