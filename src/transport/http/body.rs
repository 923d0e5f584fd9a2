//! The body of a reply, read to its end within the limits of one reply and of all replies together.
//!
//! Invariant: no body is longer than its limit, before and after decompression, and replies above [`SMALL_BYTES`] are held by few
//! calls at a time: memory is bounded however many large replies come at once.

use std::io::Read as _;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::Held;

/// What any reply may take without asking. The platform's are far smaller.
const SMALL_BYTES: usize = 64 * 1024;

/// Larger replies that are held at a time, until each was read and understood. 8 of 8 MiB, and as much again while one is
/// decompressed, are 128 MiB; taking a reply apart, one at a time, stays below another 128 MiB.
pub(super) const LARGE_MAX: usize = 8;

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// Longer than this many bytes.
    TooLarge(usize),
    /// It does not decompress.
    Damaged(String),
}

/// A body that is being read.
pub(super) struct Body {
    bytes: Vec<u8>,
    bytes_max: usize,
    room: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Body {
    /// An empty one. `room` is shared by all replies and has [`LARGE_MAX`] permits.
    pub(super) fn new(bytes_max: usize, room: Arc<Semaphore>) -> Self {
        Self {
            bytes: Vec::new(),
            bytes_max,
            room,
            held: None,
        }
    }

    /// Takes in the next piece; waits for room when the body turns out to be large.
    pub(super) async fn take(&mut self, piece: &[u8]) -> Result<(), Unread> {
        let length = self.bytes.len() + piece.len();
        if length > self.bytes_max {
            return Err(Unread::TooLarge(self.bytes_max));
        }
        if length > SMALL_BYTES && self.held.is_none() {
            self.grow().await;
            // At once and exactly: doubling would hold up to twice the limit. Pages that are not written take no memory.
            self.bytes.reserve_exact(self.bytes_max - self.bytes.len());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// The whole body, and what keeps its room taken as long as it lives.
    pub(super) async fn end(mut self, is_gzip: bool) -> Result<(Vec<u8>, Held), Unread> {
        if is_gzip && !self.bytes.is_empty() {
            let small = SMALL_BYTES.min(self.bytes_max);
            self.bytes = match unpacked(&self.bytes, small) {
                Err(Unread::TooLarge(_)) if small < self.bytes_max => {
                    self.grow().await;
                    unpacked(&self.bytes, self.bytes_max)?
                }
                ended => ended?,
            };
        }
        Ok((self.bytes, self.held.map_or_else(Held::default, Held::new)))
    }

    async fn grow(&mut self) {
        if self.held.is_none() {
            // The semaphore is never closed; without a permit the limit of one reply still holds.
            self.held = Arc::clone(&self.room).acquire_owned().await.ok();
        }
    }
}

/// One gzip member and nothing behind it.
fn unpacked(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let mut decoder = GzDecoder::new(packed);
    // One byte more than allowed tells a body that just fits from a longer one.
    let mut limited = decoder.by_ref().take(bytes_max as u64 + 1);
    let read = limited.read_to_end(&mut bytes);
    if bytes.len() > bytes_max {
        return Err(Unread::TooLarge(bytes_max));
    }
    read.map_err(|error| Unread::Damaged(error.to_string()))?;
    match decoder.into_inner() {
        [] => Ok(bytes),
        _ => Err(Unread::Damaged(
            "something follows the compressed text".to_owned(),
        )),
    }
}
