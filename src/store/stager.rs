//! Staging on a thread of its own: rows are mapped while the batches before them are written.
//!
//! What was staged is known to be stored only when [`Stager::finish`] returns it. Memory holds a few pieces of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Fate, Staging, StoreError};
use crate::batching::Filled;
use crate::endpoint::Endpoint;
use crate::model::{Place, Rejection, Row};

/// Orders handed over at once: each handing over wakes somebody, which costs more than an order.
const PIECE_ORDERS: usize = 16;
/// Pieces that wait.
const PIECES_MAX: usize = 2;

/// Takes what is staged, and stores it elsewhere.
pub struct Stager {
    piece: Vec<Order>,
    pieces: Option<SyncSender<Vec<Order>>>,
    thread: Option<JoinHandle<Result<Staging, StoreError>>>,
}

enum Order {
    Batch(Filled),
    Rejection {
        place: Place,
        rejection: Rejection,
        source: Vec<u8>,
        stray: String,
    },
    Restart,
}

impl Stager {
    /// Begins to fill a store.
    pub fn start(staging: Staging, endpoint: Endpoint) -> Result<Self, StoreError> {
        let (pieces, inbox) = sync_channel(PIECES_MAX);
        let thread = std::thread::Builder::new()
            .name("staging".to_owned())
            .spawn(move || store(staging, &endpoint, &inbox))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Self {
            piece: Vec::new(),
            pieces: Some(pieces),
            thread: Some(thread),
        })
    }

    /// Adds a batch.
    pub fn add_batch(&mut self, filled: Filled) -> Result<(), StoreError> {
        self.add(Order::Batch(filled))
    }

    /// Adds an item that is not sent.
    pub fn add_rejection(
        &mut self,
        place: Place,
        rejection: &Rejection,
        row: &Row,
    ) -> Result<(), StoreError> {
        self.add(Order::Rejection {
            place,
            rejection: rejection.clone(),
            source: row.source.clone(),
            stray: row.stray.clone(),
        })
    }

    /// Forgets everything staged: the input is read once more.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.add(Order::Restart)
    }

    /// Waits until everything is in the store.
    pub fn finish(mut self) -> Result<Staging, StoreError> {
        self.hand_over()?;
        self.pieces = None;
        self.join()
    }

    fn add(&mut self, order: Order) -> Result<(), StoreError> {
        self.piece.push(order);
        if self.piece.len() < PIECE_ORDERS {
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

    fn join(&mut self) -> Result<Staging, StoreError> {
        let gone = || StoreError("its writer is gone".to_owned());
        let thread = self.thread.take().ok_or_else(gone)?;
        thread.join().map_err(|_| gone())?
    }
}

/// Nobody works on the store of a run that is given up: its folder is about to be removed.
impl Drop for Stager {
    fn drop(&mut self) {
        self.pieces = None;
        // What it says does not matter any more.
        let _ = self.join();
    }
}

fn store(
    mut staging: Staging,
    endpoint: &Endpoint,
    inbox: &Receiver<Vec<Order>>,
) -> Result<Staging, StoreError> {
    for order in inbox.iter().flatten() {
        match order {
            Order::Batch(filled) => staging.add_batch(endpoint, &filled, Fate::NotSent)?,
            Order::Rejection {
                place,
                rejection,
                source,
                stray,
            } => staging.add_rejection(place, &rejection, &source, &stray)?,
            Order::Restart => staging.restart()?,
        }
    }
    Ok(staging)
}
