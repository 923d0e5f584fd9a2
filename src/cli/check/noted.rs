//! What `check` keeps of an input while it is prepared: the first rejections, the first items, and the values its calls share.

use serde::Serialize;
use serde_json::value::RawValue;

use super::unknown::UnknownWords;
use crate::batching::Filled;
use crate::model::{Place, Rejection, Row};
use crate::numbers::counted;
use crate::prepare::{Plan, Staged};
use crate::text::Text;

/// Items shown as they would be sent: enough to see what becomes of a row.
const SAMPLE_ITEMS: usize = 3;
/// Values of one column that are shown; whoever has more of them looks into the file.
pub(super) const VALUES_MAX: usize = 6;

/// A rejection, or several of one row for the same reason.
#[derive(Serialize)]
pub(super) struct Shown {
    record: u64,
    line: u64,
    /// Position of the column whose cell is the item, where each cell is one.
    #[serde(skip)]
    day: Option<usize>,
    /// The sheet, where several were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// The cell as a spreadsheet names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// Items of the row that are rejected for the same reason.
    pub(super) items: u64,
    column: Option<String>,
    value: Option<String>,
    rule: &'static str,
    reason: Text,
}

impl Shown {
    pub(super) fn words(&self) -> Text {
        let (record, line, reason) = (self.record, self.line, &self.reason);
        let place = match (&self.cell, &self.sheet) {
            (Some(cell), _) => text!("{cell}", cell),
            (None, Some(sheet)) => {
                text!(
                    "record {record} ({sheet}, line {line})",
                    record,
                    sheet,
                    line
                )
            }
            (None, None) => text!("record {record} (line {line})", record, line),
        };
        match self.items {
            1 => text!("{place}: {reason}", place, reason),
            items => text!(
                "{place}: {reason} ({items})",
                place,
                reason,
                items = counted(items, "item")
            ),
        }
    }
}

/// Keeps of what a check finds nothing but the first of everything, and the unknown words.
pub(super) struct Noted {
    pub(super) rejections_max: usize,
    pub(super) rejections: Vec<Shown>,
    pub(super) unknown: UnknownWords,
    /// Whether each item with an unknown word is among the rejections, too.
    pub(super) each_word: bool,
    /// The first items of the input that would be sent.
    items: Vec<(Place, Box<[u8]>)>,
    /// Of each value that calls share, in the endpoint's order, the JSON texts met first.
    shared: Vec<Vec<String>>,
}

impl Noted {
    pub(super) fn new(rejections_max: usize, each_word: bool) -> Self {
        Self {
            rejections_max,
            rejections: Vec::new(),
            unknown: UnknownWords::default(),
            each_word,
            items: Vec::new(),
            shared: Vec::new(),
        }
    }

    /// Names the cells as a spreadsheet does, now that the head of the table is known. What is wrong with no cell in particular,
    /// such as a day that conflicts with another row's, is so with the item's own; a row is found by its first cell.
    pub(super) fn address(&mut self, plan: &Plan) {
        self.unknown.address(plan);
        for shown in &mut self.rejections {
            let names = plan.columns.names();
            let day = shown.day.and_then(|day| names.get(day));
            shown.column = shown.column.take().or_else(|| day.cloned());
            let head = plan.sheets.head(&plan.head, shown.record);
            shown.sheet = head.sheet.clone().filter(|_| !plan.sheets.0.is_empty());
            let named = |column: &String| head.address(&plan.columns, column, shown.line);
            shown.cell = shown
                .column
                .as_ref()
                .and_then(named)
                .or_else(|| names.first().and_then(named));
        }
    }

    /// The first items as they would be sent.
    pub(super) fn sample_items(&self) -> Vec<&RawValue> {
        let items = self.items.iter();
        items
            .filter_map(|(_, body)| serde_json::from_slice(body).ok())
            .collect()
    }

    /// Values that calls share by the position of the value, as they would be sent: at most one more than are shown.
    pub(super) fn shared(&self, position: usize) -> Vec<String> {
        let values = self.shared.get(position).into_iter().flatten();
        let plain = |json: &String| serde_json::from_str(json).unwrap_or_else(|_| json.clone());
        values.map(plain).collect()
    }
}

impl Noted {
    /// Takes what a check finds.
    pub(super) fn take(&mut self, staged: Staged<'_>) {
        match staged {
            Staged::Row(..) => {}
            Staged::Batch(filled) => self.add_batch(filled),
            Staged::Rejection(place, row, rejection) => self.add_rejection(place, row, rejection),
            Staged::Restart => {
                self.rejections.clear();
                self.unknown.restart();
                self.items.clear();
                self.shared.clear();
            }
        }
    }

    fn add_batch(&mut self, filled: Filled) {
        let bodies = filled.bodies.iter().take(SAMPLE_ITEMS);
        for (place, body) in filled.places.iter().zip(bodies) {
            self.items.push((*place, body.into()));
        }
        // Batches of several envelopes overlap: the first items of the input may come in a later one.
        self.items.sort_by_key(|(place, _)| *place);
        self.items.truncate(SAMPLE_ITEMS);
        self.shared.resize(filled.envelope.len(), Vec::new());
        for (values, json) in self.shared.iter_mut().zip(filled.envelope) {
            if values.len() <= VALUES_MAX && !json.is_empty() && !values.contains(&json) {
                values.push(json);
            }
        }
    }

    fn add_rejection(&mut self, place: Place, row: &Row, rejection: &Rejection) {
        if self.unknown.note(row, rejection) && !self.each_word {
            return;
        }
        let reason = rejection.sentence();
        if let Some(last) = self.rejections.last_mut()
            && last.record == row.record
            && last.reason == reason
        {
            last.items += 1;
            return;
        }
        if self.rejections.len() < self.rejections_max {
            self.rejections.push(Shown {
                record: row.record,
                line: row.line,
                day: place.column(),
                sheet: None,
                cell: None,
                items: 1,
                column: rejection.column.clone(),
                value: rejection.value.clone(),
                rule: rejection.rule,
                reason,
            });
        }
    }
}
