//! The count that must add up.

use super::Outcome;

/// Items by outcome. `read = succeeded + failed + rejected + unconfirmed + pending` at the end of every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Items read from the input, counted on their own at reading time.
    pub read: u64,
    /// Items the platform confirmed.
    pub succeeded: u64,
    /// Items the platform refused.
    pub failed: u64,
    /// Items we did not send.
    pub rejected: u64,
    /// Items sent without an answer that settles them.
    pub unconfirmed: u64,
    /// Items not sent yet.
    pub pending: u64,
}

impl Tally {
    /// Counts items of one outcome.
    pub fn add(&mut self, outcome: Outcome, items: u64) {
        match outcome {
            Outcome::Succeeded => self.succeeded += items,
            Outcome::Failed => self.failed += items,
            Outcome::Rejected => self.rejected += items,
            Outcome::Unconfirmed => self.unconfirmed += items,
            Outcome::Pending => self.pending += items,
        }
    }

    /// Whether every item read has exactly one outcome.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.read == self.succeeded + self.failed + self.rejected + self.unconfirmed + self.pending
    }

    /// Items that did not succeed.
    #[must_use]
    pub fn unsuccessful(&self) -> u64 {
        self.failed + self.rejected + self.unconfirmed + self.pending
    }
}
