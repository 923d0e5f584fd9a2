//! The nouns of the program, in the order in which one row travels: row, item, batch, reply, outcome, tally.
//!
//! Plain values without I/O, clock or async. Everything else in the program imports from here; this imports nothing of the program.

mod batch;
mod call;
mod evidence;
mod head;
mod input_format;
mod lines;
mod notice;
mod outcome;
mod packed;
mod place;
mod placeholder;
mod platform;
mod reply;
pub mod report_column;
mod row;
mod rule;
mod run_state;
mod sheets;
mod tally;
mod words;

pub use batch::{Batch, BatchId, Envelope, Item};
pub use call::{CallEnd, CallId, CallResult, Settled};
pub use evidence::{Evidence, EvidenceCounts, ReadMoment};
pub use head::{Head, letters};
pub use input_format::InputFormat;
pub use lines::Lines;
pub use notice::Notice;
pub use outcome::{Outcome, Reason, Verdict, Verdicts};
pub use packed::Packed;
pub use place::Place;
pub use placeholder::{PLACEHOLDER, is_placeholder};
pub use platform::Platform;
pub use reply::{Held, Reply, TransportError, TransportFault};
pub use row::{Cell, Columns, Rejection, ReportCell, ReportLine, Row, UnknownWord};
pub use rule::{MERGED, REPEATS_HEADER, Rule};
pub use run_state::RunState;
pub use sheets::{SheetPart, Sheets};
pub use tally::Tally;
