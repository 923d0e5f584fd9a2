//! The columns of ours in the item reports: which there are, in which order, and what each says of an item. CSV, JSONL and workbooks
//! write them from here.

use std::borrow::Cow;

use crate::model::report_column::{
    ATTEMPTS, CODE, COLUMN, DATE, EVIDENCE, LOG_ID, OUTCOME, READ, READ_AT, REASON, RECORD, RULE,
    RUN, SHEET, STRAY, THERE, VALUE,
};
use crate::shown::{for_spreadsheet, for_terminal};
use crate::store::Line;

/// Of what succeeded.
pub(super) const SUCCESS: &[&str] = &[RECORD, LOG_ID];
/// Of what did not.
pub(super) const FAILURE: &[&str] = &[RECORD, OUTCOME, CODE, REASON, LOG_ID, ATTEMPTS, RULE, RUN];
/// The same of a run that was read back.
pub(super) const SUCCESS_READ_BACK: &[&str] = &[RECORD, EVIDENCE, THERE, LOG_ID];
/// The same of a run that was read back.
pub(super) const FAILURE_READ_BACK: &[&str] = &[
    RECORD, OUTCOME, EVIDENCE, THERE, CODE, REASON, LOG_ID, ATTEMPTS, RULE, RUN,
];
/// Of a run that did not send what was so already.
pub(super) const SUCCESS_CHANGES_ONLY: &[&str] = &[RECORD, EVIDENCE, THERE, LOG_ID, RULE, READ_AT];
/// Of a whole table of which nothing was sent: no run is named, and no outcome.
pub(super) const WHOLE: &[&str] = &[RECORD, REASON, RULE];
/// Where each cell is an item: which cell a line is about. `_read` tells which of the cell and `_value` was corrected.
pub(super) const CELL: &[&str] = &[COLUMN, VALUE, READ, DATE];
/// Where several sheets were read as one input.
pub(super) const SHEETS: &[&str] = &[SHEET];

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// A number.
    Number(u64),
    /// The platform's code.
    Code(Option<i64>),
    /// A word of ours, or cells of the input exactly as they were read.
    Plain(&'a str),
    /// A time, in milliseconds since 1970.
    At(Option<u64>),
    /// What others wrote: it is made safe for where it is shown.
    Foreign(&'a str),
}

/// What the column of this name says of an item; nothing where it is not one of an item.
pub(super) fn says<'a>(column: &str, line: &Line<'a>, run: &'a str) -> Said<'a> {
    let outcome = &line.outcome;
    match column {
        RECORD => Said::Number(line.place.record()),
        OUTCOME => Said::Plain(outcome.outcome.word()),
        EVIDENCE => Said::Plain(outcome.read_back.map_or("", |found| found.evidence.word())),
        THERE => Said::Foreign(outcome.read_back.map_or("", |found| found.there)),
        CODE => Said::Code(outcome.code),
        REASON => Said::Foreign(outcome.reason),
        LOG_ID => Said::Foreign(outcome.log_id.unwrap_or_default()),
        ATTEMPTS => Said::Number(outcome.attempts),
        RULE => Said::Plain(outcome.rule),
        READ_AT => Said::At(outcome.read_at_ms),
        RUN => Said::Plain(run),
        STRAY => Said::Plain(outcome.stray.unwrap_or_default()),
        _ => Said::Plain(""),
    }
}

impl<'a> Said<'a> {
    /// As a cell of CSV, which spreadsheets open.
    pub(super) fn in_csv(self) -> Cow<'a, str> {
        match self {
            Self::Foreign(text) => for_spreadsheet(text),
            Self::Number(_) | Self::Code(_) | Self::Plain(_) | Self::At(_) => self.in_workbook(),
        }
    }

    /// As a cell of a workbook that holds text only.
    pub(super) fn in_workbook(self) -> Cow<'a, str> {
        match self {
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Code(code) => code.map_or(Cow::Borrowed(""), |code| Cow::Owned(code.to_string())),
            Self::Plain(text) => Cow::Borrowed(text),
            Self::At(ms) => Cow::Owned(ms.map_or_else(String::new, crate::wall_clock::at)),
            Self::Foreign(text) => for_terminal(text),
        }
    }
}

/// As a member of a JSON object.
impl serde::Serialize for Said<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Code(code) => code.serialize(serializer),
            Self::Plain(text) => text.serialize(serializer),
            Self::At(ms) => ms.map(crate::wall_clock::at).serialize(serializer),
            Self::Foreign(text) => for_terminal(text).serialize(serializer),
        }
    }
}
