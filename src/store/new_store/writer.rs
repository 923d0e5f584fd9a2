//! A new store is filled on a thread of its own: rows are mapped while the batches before them are written.
//!
//! What was staged is known to be stored only when [`NewStoreWriter::finish`] returns it. Memory holds a few pieces of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Fate, NewStore, StoreError};
use crate::batching::Filled;
use crate::endpoint::Endpoint;
use crate::model::{Place, Rejection, Row};

/// Entries handed over at once: each handing over wakes the thread, which costs more than an entry.
const PIECE_ENTRIES: usize = 16;
/// Pieces that wait.
const PIECES_MAX: usize = 2;

/// Takes what is staged, and hands it to the thread that stores it.
pub struct NewStoreWriter {
    piece: Vec<Staged>,
    pieces: Option<SyncSender<Vec<Staged>>>,
    thread: Option<JoinHandle<Result<NewStore, StoreError>>>,
}

enum Staged {
    Batch(Filled),
    Rejection {
        place: Place,
        rejection: Rejection,
        source: Vec<u8>,
        stray: String,
    },
    Restart,
}

impl NewStoreWriter {
    /// Begins to fill a store.
    pub fn start(new_store: NewStore, endpoint: Endpoint) -> Result<Self, StoreError> {
        let (pieces, inbox) = sync_channel(PIECES_MAX);
        let thread = std::thread::Builder::new()
            .name("new-store".to_owned())
            .spawn(move || store(new_store, &endpoint, &inbox))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Self {
            piece: Vec::new(),
            pieces: Some(pieces),
            thread: Some(thread),
        })
    }

    /// Adds a batch.
    pub fn add_batch(&mut self, filled: Filled) -> Result<(), StoreError> {
        self.add(Staged::Batch(filled))
    }

    /// Adds an item that is not sent.
    pub fn add_rejection(
        &mut self,
        place: Place,
        rejection: &Rejection,
        row: &Row,
    ) -> Result<(), StoreError> {
        self.add(Staged::Rejection {
            place,
            rejection: rejection.clone(),
            source: row.source.clone(),
            stray: row.stray.clone(),
        })
    }

    /// Forgets everything staged: the input is read once more.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.add(Staged::Restart)
    }

    /// Waits until everything is in the store.
    pub fn finish(mut self) -> Result<NewStore, StoreError> {
        self.hand_over()?;
        self.pieces = None;
        self.join()
    }

    fn add(&mut self, entry: Staged) -> Result<(), StoreError> {
        self.piece.push(entry);
        if self.piece.len() < PIECE_ENTRIES {
            return Ok(());
        }
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<(), StoreError> {
        let piece = std::mem::take(&mut self.piece);
        let sent = self.pieces.as_ref().map(|pieces| pieces.send(piece));
        match sent {
            Some(Ok(())) => Ok(()),
            // It ended early, and says why.
            Some(Err(_)) | None => self.join().map(drop),
        }
    }

    fn join(&mut self) -> Result<NewStore, StoreError> {
        let gone = || StoreError("its writer is gone".to_owned());
        let thread = self.thread.take().ok_or_else(gone)?;
        thread.join().map_err(|_| gone())?
    }
}

/// The thread ends before the folder of a run that is given up is removed.
impl Drop for NewStoreWriter {
    fn drop(&mut self) {
        self.pieces = None;
        // What it says does not matter any more.
        let _ = self.join();
    }
}

fn store(
    mut new_store: NewStore,
    endpoint: &Endpoint,
    inbox: &Receiver<Vec<Staged>>,
) -> Result<NewStore, StoreError> {
    for entry in inbox.iter().flatten() {
        match entry {
            Staged::Batch(filled) => {
                new_store.add_batch(endpoint, &filled, Fate::NotSent)?;
            }
            Staged::Rejection {
                place,
                rejection,
                source,
                stray,
            } => new_store.add_rejection(place, &rejection, &source, &stray)?,
            Staged::Restart => new_store.restart()?,
        }
    }
    Ok(new_store)
}
