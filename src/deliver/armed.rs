//! How many calls may wait at the gate with a durable intent, and how they are let in: in groups, so that the intents of a group
//! share one commit. Under a quota each would otherwise have a commit of its own, and wake the disk for it.
//!
//! Never more than the number given are let in at a time. Knows nothing of batches.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// The permits.
#[derive(Debug)]
pub(super) struct Armed {
    permits: Semaphore,
    /// Permits that are given back together.
    group: usize,
    left: AtomicUsize,
}

/// A permit to stand before the gate, given up when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    armed: &'a Armed,
    permit: Option<SemaphorePermit<'a>>,
}

impl Armed {
    /// So many permits, given to a group at a time: at most half of them, so that the others stay in use meanwhile.
    pub(super) fn new(permits: usize, group: usize) -> Self {
        Self {
            permits: Semaphore::new(permits),
            group: group.min(permits / 2).max(1),
            left: AtomicUsize::new(0),
        }
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self) -> Result<Permit<'_>, AcquireError> {
        let permit = self.permits.acquire().await?;
        Ok(Permit {
            armed: self,
            permit: Some(permit),
        })
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            permit.forget();
        }
        let left = self.armed.left.fetch_add(1, Ordering::Relaxed) + 1;
        if left.is_multiple_of(self.armed.group) {
            self.armed.permits.add_permits(self.armed.group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes all permits that are free just now.
    fn take_all(armed: &Armed) -> Vec<Permit<'_>> {
        let mut taken = Vec::new();
        while let Ok(permit) = armed.permits.try_acquire() {
            taken.push(Permit {
                armed,
                permit: Some(permit),
            });
        }
        taken
    }

    #[test]
    fn places_come_back_in_groups_and_never_are_there_more_than_were_given() {
        let armed = Armed::new(6, 9);
        let mut held = take_all(&armed);
        assert_eq!(held.len(), 6);
        for freed in [0, 0, 3, 0, 0, 3, 0, 0, 3] {
            drop(held.remove(0));
            let taken = take_all(&armed);
            assert_eq!(taken.len(), freed);
            held.extend(taken);
            assert!((3..=6).contains(&(held.len())), "{}", held.len());
        }
    }

    #[test]
    fn a_single_place_comes_back_at_once() {
        let armed = Armed::new(1, 1);
        drop(take_all(&armed));
        assert_eq!(take_all(&armed).len(), 1);
    }
}
