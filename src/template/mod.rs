//! A start for people who have an endpoint, and perhaps a file of their own, but no job yet: the text of a job file, and the
//! workbook that it reads.
//!
//! Made from the [`Endpoint`](crate::endpoint::Endpoint) alone, so that every catalogue file gives a job that loads and a workbook
//! that the job takes. Nothing here touches a file. Of a user's file the header gets into a job, and the few words of a roster's days;
//! other cells are looked at only to tell which columns hold ids.

mod blank;
mod columns;
mod job_text;
mod proposal;
mod roster;
mod seen;
mod toml_text;
mod value;
mod workbook;

#[cfg(test)]
mod tests;

pub use self::blank::blank;
pub use self::job_text::{Rows, job_text};
pub use self::proposal::{Proposal, anchors};
pub use self::roster::RosterSheet;
pub use self::seen::Seen;
pub use self::workbook::workbook;

/// The sheet of the template that holds the rows; the job names it, because the template has two.
const ROWS_SHEET: &str = "rows";
/// The sheet of the template that explains the columns.
const FIELDS_SHEET: &str = "fields";
