//! What became of an item.

use super::words::words;
use crate::text::Text;

words! {
    /// The five outcomes of `contract.md`.
    Outcome {
        /// A reply says so.
        Succeeded = "succeeded",
        /// The platform refused it: a reply says so.
        Failed = "failed",
        /// We did not send it.
        Rejected = "rejected",
        /// Sent, and no answer settles it.
        Unconfirmed = "unconfirmed",
        /// Not sent yet.
        Pending = "pending",
    }
}

/// Why an item did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The platform's code, where it gave one for this item or its call.
    pub code: Option<i64>,
    /// In words; the platform's own words where there are any, at most 4 KiB.
    pub text: Text,
}

/// What one reply says about one item. There is no `Pending` and no `Rejected` here: the item was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Positive evidence for this item.
    Succeeded,
    /// Negative evidence for this item.
    Failed(Reason),
    /// Negative evidence for this item, of a kind the platform calls temporary: it may be sent again alone.
    Temporary(Reason),
    /// Neither, or both.
    Unconfirmed(Reason),
}

/// What one reply says about all items of its batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// One verdict per item, in the batch's order.
    pub items: Vec<Verdict>,
    /// Things the reply names that were not in the batch: shown to the user, never counted as anybody's outcome.
    pub unsent_names: Vec<String>,
}
