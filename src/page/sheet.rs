//! A file as the grid shows it: its rows as they stand, and what is said about each cell, handed out in windows.
//!
//! It takes what a check finds and keeps what the browser may ask for, or the lines of a run. Rows are kept encoded, in one buffer; above
//! a limit no more are kept, and that is told. Knows neither requests nor languages.

mod window;

use std::collections::HashMap;

pub(super) use self::window::{Only, Shown};
use crate::mapping::LEFT_OUT;
use crate::model::{Columns, InputFormat, Outcome, Place, Rejection, Row};
use crate::prepare::{SentDigest, Staged};
use crate::report::cells_of;
use crate::store::{Facts, Ledger, Line, StoreError};
use crate::text::Text;

/// Bytes of rows that are kept: a million rows of eight columns are about as much.
const KEPT_MAX: usize = 64 * 1024 * 1024;
/// What is said of cells is kept so often. A file with more of it has another trouble than its cells.
const MARKS_MAX: usize = 400_000;

/// The rows of a file with what is said about them.
#[derive(Default)]
pub(super) struct Sheet {
    rows: Vec<KeptRow>,
    sources: Vec<u8>,
    rows_not_kept: u64,
    marks: Vec<Mark>,
    sentences: Distinct,
    reasons: Vec<Reason>,
    reason_at: HashMap<(Outcome, String), usize>,
    /// How many cells hold the same text for the same reason.
    equals: HashMap<(usize, String), u64>,
    /// Titles of columns that are to blame, until the columns are known.
    titles: Distinct,
    digest: SentDigest,
    /// Of a run: the places of what succeeded.
    succeeded: Vec<Place>,
    columns: Columns,
    delimiter: u8,
    is_json: bool,
}

/// Different texts, each of them once.
#[derive(Default)]
struct Distinct {
    texts: Vec<Text>,
    at: HashMap<String, usize>,
}

struct KeptRow {
    record: u64,
    line: u64,
    end: usize,
    is_readable: bool,
}

/// Something that is said about a cell, or about a row as a whole.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// Position of the row among those kept.
    pub(super) row: usize,
    pub(super) column: Option<usize>,
    title: Option<usize>,
    pub(super) outcome: Outcome,
    /// Position among the reasons.
    pub(super) reason: usize,
    sentence: usize,
    value: Option<String>,
    pub(super) suggestion: Option<String>,
}

/// A reason, and how many items have it.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    pub(super) outcome: Outcome,
    pub(super) says: Text,
    pub(super) items: u64,
}

impl Sheet {
    /// Keeps what a check finds.
    pub(super) fn take(&mut self, staged: Staged<'_>) {
        match staged {
            Staged::Row(row, is_readable) => {
                self.add_row(row.record, row.line, &row.source, is_readable);
            }
            Staged::Batch(filled) => self.digest.add(&filled),
            // The grid strikes such a row through; nothing is wrong with it.
            Staged::Rejection(_, _, rejection) if rejection.rule == LEFT_OUT.name => {}
            Staged::Rejection(place, row, rejection) => self.add_rejection(place, row, rejection),
            Staged::Restart => *self = Self::default(),
        }
    }

    fn add_rejection(&mut self, place: Place, row: &Row, rejection: &Rejection) {
        let title = rejection.column.as_deref();
        let mark = Mark {
            row: self.rows.len().saturating_sub(1),
            column: place.column(),
            title: title.map(|title| self.titles.add(Text::from(title.to_owned()))),
            outcome: Outcome::Rejected,
            reason: self.add_reason(Outcome::Rejected, rejection.kind()),
            sentence: self.sentences.add(rejection.sentence()),
            value: rejection.value.clone(),
            suggestion: (rejection.unknown()).and_then(|unknown| unknown.suggestion.clone()),
        };
        self.add_mark(row.record, mark);
    }

    /// The sheet of a run, with what became of each item.
    pub(super) fn of_run(ledger: &Ledger, facts: &Facts) -> Result<Self, StoreError> {
        let mut sheet = Self::default();
        let mut last = None;
        // In the language of the run, as its reports are.
        ledger.each_line_in(facts.language(), |line: Line<'_>| {
            let record = line.place.record();
            if last != Some(record) {
                last = Some(record);
                let head = facts.sheets.head(&facts.head, record);
                let above = head.above.len() + head.header.len();
                let under = usize::from(head.weekdays.is_some());
                // The store keeps no line numbers: blank lines are not counted.
                let line_number = record + (above + under) as u64;
                sheet.add_row(record, line_number, line.source, true);
            }
            sheet.add_line(&line);
            Ok::<_, StoreError>(())
        })?;
        let columns = Columns::new(cells_of(facts.header.as_bytes(), facts.delimiter));
        sheet.finish(columns, facts.delimiter, facts.format == InputFormat::Jsonl);
        Ok(sheet)
    }

    fn add_line(&mut self, line: &Line<'_>) {
        let outcome = &line.outcome;
        if outcome.outcome == Outcome::Succeeded {
            self.succeeded.push(line.place);
            return;
        }
        let code = outcome.code.map(|code| format!(" ({code})"));
        let with_code =
            |says: &str| Text::from(format!("{says}{}", code.as_deref().unwrap_or_default()));
        let mark = Mark {
            row: self.rows.len().saturating_sub(1),
            column: line.place.column(),
            title: (outcome.column).map(|title| self.titles.add(Text::from(title.to_owned()))),
            outcome: outcome.outcome,
            reason: self.add_reason(outcome.outcome, with_code(outcome.kind)),
            sentence: self.sentences.add(with_code(outcome.reason)),
            value: None,
            suggestion: None,
        };
        self.add_mark(line.place.record(), mark);
    }

    fn add_row(&mut self, record: u64, line: u64, source: &[u8], is_readable: bool) {
        if self.sources.len() + source.len() > KEPT_MAX {
            self.rows_not_kept += 1;
            return;
        }
        self.sources.extend_from_slice(source);
        self.rows.push(KeptRow {
            record,
            line,
            end: self.sources.len(),
            is_readable,
        });
    }

    fn add_reason(&mut self, outcome: Outcome, says: impl Into<Text>) -> usize {
        let says = says.into();
        let key = (outcome, says.to_string());
        let at = *self.reason_at.entry(key).or_insert_with(|| {
            self.reasons.push(Reason {
                outcome,
                says,
                items: 0,
            });
            self.reasons.len() - 1
        });
        if let Some(reason) = self.reasons.get_mut(at) {
            reason.items += 1;
        }
        at
    }

    fn add_mark(&mut self, record: u64, mark: Mark) {
        // A cell that gives many items, such as a person's id, is marked once.
        let is_said = self.marks.last().is_some_and(|last| {
            (last.row, last.title, last.sentence) == (mark.row, mark.title, mark.sentence)
                && (mark.title.is_some() || last.column == mark.column)
        });
        let is_kept = self.rows.last().is_some_and(|row| row.record == record);
        if is_said || !is_kept {
            return;
        }
        if let Some(value) = &mark.value {
            let key = (mark.reason, value.clone());
            *self.equals.entry(key).or_default() += 1;
        }
        if self.marks.len() < MARKS_MAX {
            self.marks.push(mark);
        }
    }

    /// Takes what is known when the whole file was read.
    pub(super) fn finish(&mut self, columns: Columns, delimiter: u8, is_json: bool) {
        let titles = self.titles.texts.iter();
        let titles: Vec<_> = titles
            .map(|title| columns.position(&title.to_string()))
            .collect();
        for mark in &mut self.marks {
            let titled = mark
                .title
                .and_then(|title| titles.get(title).copied().flatten());
            // A lookup that finds nothing blames its column, a day that conflicts its own cell.
            mark.column = titled.or(mark.column);
        }
        self.marks.sort_by_key(|mark| (mark.row, mark.column));
        (self.columns, self.delimiter, self.is_json) = (columns, delimiter, is_json);
    }

    /// The digest of what would be sent.
    pub(super) fn take_digest(&mut self) -> String {
        std::mem::take(&mut self.digest).finish()
    }

    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn rows_not_kept(&self) -> u64 {
        self.rows_not_kept
    }

    pub(super) fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// What is said of a cell, in full.
    pub(super) fn sentence(&self, mark: &Mark) -> Option<&Text> {
        self.sentences.texts.get(mark.sentence)
    }

    /// How many other cells hold the same text for the same reason.
    pub(super) fn equal_to(&self, mark: &Mark) -> u64 {
        let key = mark.value.clone().map(|value| (mark.reason, value));
        let equal = key.and_then(|key| self.equals.get(&key).copied());
        equal.unwrap_or_default().saturating_sub(1)
    }

    /// The cells that hold the same text for the same reason as the one at a place: record and column.
    pub(super) fn cells_equal_to(&self, record: u64, column: usize) -> Vec<(u64, usize)> {
        let row = self.row_of(record);
        let mut here = self.marks.iter();
        let here = here.find(|mark| Some(mark.row) == row && mark.column == Some(column));
        let Some(here) = here.filter(|mark| mark.value.is_some()) else {
            return Vec::new();
        };
        let same = |mark: &&Mark| mark.reason == here.reason && mark.value == here.value;
        let equal = self.marks.iter().filter(same);
        equal
            .filter_map(|mark| Some((self.rows.get(mark.row)?.record, mark.column?)))
            .collect()
    }

    /// The line of the file on which a record stands.
    pub(super) fn line(&self, record: u64) -> Option<u64> {
        Some(self.rows.get(self.row_of(record)?)?.line)
    }

    /// The columns of a record in which an item succeeded; none for the row as a whole.
    pub(super) fn succeeded_in(&self, record: u64) -> impl Iterator<Item = Option<usize>> {
        let from = self
            .succeeded
            .partition_point(|place| place.record() < record);
        let rest = self.succeeded.get(from..).unwrap_or_default().iter();
        rest.take_while(move |place| place.record() == record)
            .map(|place| place.column())
    }

    fn row_of(&self, record: u64) -> Option<usize> {
        self.rows
            .binary_search_by_key(&record, |row| row.record)
            .ok()
    }
}

impl Distinct {
    fn add(&mut self, text: impl Into<Text>) -> usize {
        let text = text.into();
        *self.at.entry(text.to_string()).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}
