//! What the HTML report says of single items, gathered while their lines are written: reasons with examples, log ids, and where in
//! the input the items are that did not succeed. Memory is bounded whatever the input holds.

mod whereabouts;

use std::collections::HashMap;

use super::cells_of;
use crate::model::{InputFormat, Outcome, Place};
use crate::store::{Facts, Line};

pub(crate) use whereabouts::{Day, Person, Roster, Slices, Whereabouts};

/// Groups of reasons told apart: a platform may echo each value in its words.
const REASONS_MAX: usize = 1_000;
/// Examples of each.
const EXAMPLES_MAX: usize = 3;
/// Log ids listed.
const LOG_IDS_MAX: usize = 200;
/// What was gathered.
#[derive(Debug)]
pub(crate) struct Findings {
    /// Reasons in the order in which they were first met.
    pub(crate) reasons: Vec<Reason>,
    reason_numbers: HashMap<(Outcome, Option<i64>, String), usize>,
    /// Items whose reasons are not among them.
    pub(crate) reasons_left_out: u64,
    /// Log ids of calls with items that failed or are unconfirmed.
    pub(crate) log_ids: Vec<LogId>,
    log_id_numbers: HashMap<(String, Outcome), usize>,
    /// Items whose log ids are not among them.
    pub(crate) log_ids_left_out: u64,
    /// Where in the input the items are.
    pub(crate) whereabouts: Whereabouts,
}

/// Items that did not succeed for one reason.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(crate) outcome: Outcome,
    pub(crate) code: Option<i64>,
    /// In words, the same for all of them.
    pub(crate) words: String,
    pub(crate) items: u64,
    /// The first of them, each of another row.
    pub(crate) examples: Vec<Example>,
}

/// Where an item comes from.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) place: Place,
    /// The cells by which its row is known.
    pub(crate) key: Vec<String>,
    /// The title of the column to blame.
    pub(crate) column: Option<String>,
}

/// The platform's id of a call, with its items of one outcome.
#[derive(Debug)]
pub(crate) struct LogId {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    pub(crate) items: u64,
}

impl Findings {
    pub(crate) fn new(facts: &Facts) -> Self {
        Self {
            reasons: Vec::new(),
            reason_numbers: HashMap::new(),
            reasons_left_out: 0,
            log_ids: Vec::new(),
            log_id_numbers: HashMap::new(),
            log_ids_left_out: 0,
            whereabouts: Whereabouts::new(facts),
        }
    }

    /// Takes in one line. They come in the order of the input.
    pub(crate) fn add(&mut self, line: &Line<'_>, facts: &Facts) {
        self.whereabouts.add(line, facts);
        if line.outcome.outcome != Outcome::Succeeded {
            self.add_reason(line, facts);
            self.add_log_id(line);
        }
    }

    /// Nothing follows.
    pub(crate) fn finish(mut self) -> Self {
        self.whereabouts.finish();
        // The commonest first; those that are equally common in the order of the input.
        self.reasons
            .sort_by_key(|reason| std::cmp::Reverse(reason.items));
        self
    }

    fn add_reason(&mut self, line: &Line<'_>, facts: &Facts) {
        let outcome = &line.outcome;
        let key = (outcome.outcome, outcome.code, outcome.kind.to_owned());
        let known = self.reason_numbers.get(&key).copied();
        let number = match known {
            Some(number) => number,
            None if self.reasons.len() == REASONS_MAX => {
                self.reasons_left_out += 1;
                return;
            }
            None => {
                self.reasons.push(Reason {
                    outcome: outcome.outcome,
                    code: outcome.code,
                    words: outcome.kind.to_owned(),
                    items: 0,
                    examples: Vec::new(),
                });
                self.reason_numbers.insert(key, self.reasons.len() - 1);
                self.reasons.len() - 1
            }
        };
        if let Some(reason) = self.reasons.get_mut(number) {
            reason.items += 1;
            // One of each row tells more than three of the first.
            let last = reason.examples.last();
            let is_other = last.is_none_or(|last| last.place.record() != line.place.record());
            if is_other && reason.examples.len() < EXAMPLES_MAX {
                reason.examples.push(Example {
                    place: line.place,
                    key: cells(line.source, &facts.key_columns, facts),
                    column: outcome.column.map(str::to_owned),
                });
            }
        }
    }

    fn add_log_id(&mut self, line: &Line<'_>) {
        let Some(id) = line.outcome.log_id else {
            return;
        };
        let outcome = line.outcome.outcome;
        let key = (id.to_owned(), outcome);
        match self.log_id_numbers.get(&key) {
            Some(number) => {
                if let Some(known) = self.log_ids.get_mut(*number) {
                    known.items += 1;
                }
            }
            None if self.log_ids.len() == LOG_IDS_MAX => self.log_ids_left_out += 1,
            None => {
                self.log_id_numbers.insert(key, self.log_ids.len());
                self.log_ids.push(LogId {
                    id: id.to_owned(),
                    outcome,
                    items: 1,
                });
            }
        }
    }
}

/// The cells of these columns of a row.
fn cells(source: &[u8], columns: &[usize], facts: &Facts) -> Vec<String> {
    // The lines of JSONL are objects: a row is known by its number.
    if columns.is_empty() || facts.format == InputFormat::Jsonl {
        return Vec::new();
    }
    let cells = cells_of(source, facts.delimiter);
    let cells = columns.iter().filter_map(|column| cells.get(*column));
    cells.cloned().collect()
}

#[cfg(test)]
mod tests;
