//! A call that has ended, and what that settles.

use super::words::words;
use super::{Outcome, Reason};

/// Number of a call in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallId(pub i64);

words! {
    /// What a call led to.
    CallResult {
        /// Its reply was read: each item has a verdict.
        Read = "read",
        /// A trouble that passes: the batch is sent again.
        Again = "again",
        /// The platform throttled it.
        Wait = "wait",
        /// The platform refused the access token.
        Token = "token",
        /// The platform refused the batch as a whole.
        Refused = "refused",
        /// Every further call would be in vain.
        Halt = "halt",
        /// The answer leads elsewhere: what answered may not be the platform.
        Redirect = "redirect",
        /// There was no connection: it reached nobody.
        Unsent = "unsent",
        /// It was intended and then not made.
        Withdrawn = "withdrawn",
        /// Its process was gone before its end.
        Lost = "lost",
    }
}

impl CallResult {
    /// Calls of which the platform saw nothing: they do not count as made.
    pub const NOT_MADE: &[Self] = &[Self::Withdrawn, Self::Unsent];
    /// Calls whose items the platform did not look at: no attempt is used up.
    pub const UNUSED: &[Self] = &[Self::Withdrawn, Self::Unsent, Self::Wait, Self::Token];
    /// Calls that may have been applied although nobody can tell.
    pub const DOUBTFUL: &[Self] = &[Self::Again, Self::Redirect, Self::Lost];
}

/// How a call ended, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEnd {
    /// What it led to.
    pub result: CallResult,
    /// Whether the platform may have applied it although nobody can tell.
    pub may_be_applied: bool,
    /// HTTP status.
    pub status: Option<u16>,
    /// The platform's code.
    pub code: Option<i64>,
    /// In words.
    pub message: String,
    /// What the platform's support asks for.
    pub log_id: Option<String>,
}

/// What became of the items of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// One per item, in the batch's order. `None`: the item goes on in one of `children`.
    pub outcomes: Vec<Option<(Outcome, Option<Reason>)>>,
    /// Positions of the items that go on in batches of their own.
    pub children: Vec<Vec<usize>>,
    /// Whether an earlier call with the items that go on may have been applied.
    pub ambiguous: bool,
}
