//! The names of the columns that the reports have behind those of the input: written by the reports, known again when one is read.
//!
//! Scripts read them, so they do not change. A name of an input's own column never begins with `_`.

/// The number of the record.
pub const RECORD: &str = "_record";
/// What became of the item.
pub const OUTCOME: &str = "_outcome";
/// The platform's code.
pub const CODE: &str = "_code";
/// Why, in a sentence.
pub const REASON: &str = "_reason";
/// The platform's id of the call.
pub const LOG_ID: &str = "_log_id";
/// How many calls carried the item.
pub const ATTEMPTS: &str = "_attempts";
/// The name of the reason that stays the same.
pub const RULE: &str = "_rule";
/// What reading back found, where the run was read back.
pub const EVIDENCE: &str = "_evidence";
/// What is there instead of what was sent, or why it cannot be read.
pub const THERE: &str = "_there";
/// When what was so already was read, RFC 3339.
pub const READ_AT: &str = "_read_at";
/// The run.
pub const RUN: &str = "_run";
/// Of a roster, the column of the cell that a line is about.
pub const COLUMN: &str = "_column";
/// Of a roster, that cell; it may be corrected here.
pub const VALUE: &str = "_value";
/// Of a roster, that cell as it was read: it tells which of the cell and `_value` was corrected.
pub const READ: &str = "_read";
/// Of a roster, the date of that cell.
pub const DATE: &str = "_date";
/// The sheet, where several were read as one input.
pub const SHEET: &str = "_sheet";
/// Cells of a record that belong to no column of the table.
pub const STRAY: &str = "_stray";
