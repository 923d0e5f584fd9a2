//! Everything a run says while it works.
//!
//! Work reports facts in the past tense, with current counts; faces show them and may fail without harm. No event holds a cell's
//! value, a body or a secret.

use std::time::Duration;

use crate::model::{BatchId, CallResult, Notice, RunState, Tally};
use crate::text::Text;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The input was opened and is being checked.
    CheckStarted {
        /// The input file.
        input: String,
        /// Its length.
        bytes_total: u64,
    },
    /// More of the input was checked.
    CheckProgress {
        /// Bytes read in this pass.
        bytes: u64,
        /// Rows read in this pass.
        rows: u64,
        /// Rows that will not be sent.
        rejected: u64,
    },
    /// Some keys occur twice: the input is read again to find out which rows are meant.
    CheckRepeated {
        /// How many keys.
        keys: u64,
    },
    /// Every row was checked.
    CheckEnded {
        /// Rows read.
        rows: u64,
        /// Items that can be sent.
        items: u64,
        /// Rows that will not be sent.
        rejected: u64,
        /// Calls needed.
        batches: u64,
    },
    /// Delivery began.
    DeliveryStarted {
        /// The run's id.
        run: String,
        /// Calls to make.
        batches: u64,
        /// The least time the quota allows for them.
        floor_seconds: f64,
        /// Items by outcome before it.
        tally: Tally,
    },
    /// A call was sent.
    CallSent {
        /// Its batch.
        batch: BatchId,
        /// 1 for the first call of the batch.
        attempt: u64,
        /// Items in it.
        items: usize,
    },
    /// A call ended.
    CallEnded {
        /// Its batch.
        batch: BatchId,
        /// What it led to.
        result: CallResult,
        /// HTTP status.
        status: Option<u16>,
        /// The platform's code.
        code: Option<i64>,
        /// What the platform's support asks for.
        log_id: Option<String>,
        /// How long it took.
        elapsed_ms: u64,
    },
    /// A batch was settled: each of its items has an outcome.
    BatchSettled {
        /// The batch.
        batch: BatchId,
        /// Items by outcome now.
        tally: Tally,
    },
    /// The platform throttled a call, and every call of the endpoint waits.
    Paused {
        /// How long.
        seconds: f64,
    },
    /// Calls wait for something else than an answer, for so long that a person should know.
    Waiting {
        /// For what, in words.
        why: Text,
        /// How long.
        seconds: f64,
    },
    /// For so long this program did not run: the machine slept, or the program was stopped, or the clock was set.
    Slept {
        /// How long.
        seconds: f64,
    },
    /// Something the user should know, that does not stop the run.
    Noticed {
        /// What.
        notice: Notice,
    },
    /// Calls fail whatever they carry, or all are refused: all wait but one, which tries now and then. Told again before each try.
    Held {
        /// Time since it began.
        seconds: f64,
        /// Time until the next try.
        next_seconds: f64,
        /// Longest time from its beginning; then the run halts.
        seconds_max: f64,
        /// The last answer, or what came in its place.
        why: Text,
    },
    /// An answer came, and calls are made again.
    HoldEnded {
        /// How long all waited.
        seconds: f64,
    },
    /// A reply named things that were not in its batch.
    UnsentNamesSeen {
        /// The batch.
        batch: BatchId,
        /// How many.
        count: usize,
    },
    /// The platform refused the access token; another one is fetched.
    TokenRefused,
    /// No further call is made; the calls in flight end.
    Halting {
        /// Why.
        why: Text,
        /// Calls in flight.
        in_flight: usize,
    },
    /// What was sent is being read back.
    ReadBackStarted {
        /// Items that were sent.
        items: u64,
    },
    /// More of it was read back.
    ReadBackProgress {
        /// Items of which something was found.
        items: u64,
        /// Calls made.
        calls: u64,
    },
    /// Reading back ended.
    ReadBackEnded {
        /// Calls made.
        calls: u64,
    },
    /// The run ended.
    RunEnded {
        /// How.
        state: RunState,
        /// Items by outcome.
        tally: Tally,
    },
}

/// A wait as long as this is said, with its end.
pub const WAIT_SAID: Duration = Duration::from_secs(5);

/// Somebody who is told what happens. Must not block for long and must not fail.
pub trait Observer: Send + Sync {
    /// Hears of one event.
    fn see(&self, event: &Event);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn see(&self, _: &Event) {}
}
