//! Where in the input the items are: by person and day where each cell is an item, else in parts of equal size.

use std::collections::BTreeMap;

use super::cells;
use crate::model::{Outcome, Tally};
use crate::store::{Facts, Line};

/// People shown day by day.
const PEOPLE_MAX: usize = 300;
/// Values of the column beside the key that are shown day by day; more of them are no groups.
const GROUPS_MAX: usize = 40;
/// Parts of a list that is not a roster.
const SLICES_MAX: u64 = 50;

/// Where in the input the items are.
#[derive(Debug)]
pub(crate) enum Whereabouts {
    /// Each cell of a day is an item.
    Roster(Roster),
    /// Each row is an item.
    List(Slices),
}

/// The items of a roster by person and day.
#[derive(Debug)]
pub(crate) struct Roster {
    pub(crate) days: Vec<Day>,
    /// People of whom some item did not succeed.
    pub(crate) people: Vec<Person>,
    /// People like them who are not listed.
    pub(crate) people_left_out: u64,
    /// Items by the value of the column beside the key and by day. None where there is no such column, or too many values.
    pub(crate) groups: Option<BTreeMap<String, Vec<Tally>>>,
    row: Option<Row>,
}

/// A column of days.
#[derive(Debug)]
pub(crate) struct Day {
    /// Its position among the input's own.
    pub(crate) column: usize,
    /// As `yyyyMMdd`.
    pub(crate) date: String,
}

/// A row of a roster.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) record: u64,
    /// The cells by which the row is known.
    pub(crate) key: Vec<String>,
    /// The outcome of each day; none where nothing was to be sent.
    pub(crate) days: Vec<Option<Outcome>>,
}

/// The row of which lines are taken in.
#[derive(Debug)]
struct Row {
    person: Person,
    group: String,
}

/// The items of a list in parts of equal size, in the order of the input.
#[derive(Debug)]
pub(crate) struct Slices {
    pub(crate) parts: Vec<Tally>,
    items: u64,
    seen: u64,
}

impl Whereabouts {
    pub(super) fn new(facts: &Facts) -> Self {
        if facts.days.is_empty() {
            let count = usize::try_from(facts.read.min(SLICES_MAX)).unwrap_or_default();
            return Self::List(Slices {
                parts: vec![Tally::default(); count],
                items: facts.read,
                seen: 0,
            });
        }
        let day = |(column, date): &(usize, String)| Day {
            column: *column,
            date: date.clone(),
        };
        Self::Roster(Roster {
            days: facts.days.iter().map(day).collect(),
            people: Vec::new(),
            people_left_out: 0,
            groups: facts.group_column.map(|_| BTreeMap::new()),
            row: None,
        })
    }

    pub(super) fn add(&mut self, line: &Line<'_>, facts: &Facts) {
        match self {
            Self::Roster(roster) => roster.add(line, facts),
            Self::List(slices) => slices.add(line.outcome.outcome),
        }
    }

    pub(super) fn finish(&mut self) {
        if let Self::Roster(roster) = self {
            roster.end_row();
        }
    }
}

impl Roster {
    fn add(&mut self, line: &Line<'_>, facts: &Facts) {
        let record = line.place.record();
        if self
            .row
            .as_ref()
            .is_none_or(|row| row.person.record != record)
        {
            self.end_row();
            let person = Person {
                record,
                key: cells(line.source, &facts.key_columns, facts),
                days: vec![None; self.days.len()],
            };
            let group = cells(line.source, facts.group_column.as_slice(), facts);
            self.row = Some(Row {
                person,
                group: group.concat(),
            });
        }
        let column = line.place.column();
        let day = column.and_then(|column| self.days.iter().position(|day| day.column == column));
        let Some(row) = &mut self.row else { return };
        let outcome = line.outcome.outcome;
        let Some(day) = day else {
            // A row that could not be read: none of its days was sent.
            row.person.days.fill(Some(outcome));
            return;
        };
        if let Some(known) = row.person.days.get_mut(day) {
            *known = Some(outcome);
        }
        let days = self.days.len();
        let group = self.groups.as_mut().map(|groups| {
            let group = groups.entry(row.group.clone());
            group.or_insert_with(|| vec![Tally::default(); days])
        });
        if let Some(tally) = group.and_then(|group| group.get_mut(day)) {
            tally.read += 1;
            tally.add(outcome, 1);
        }
        if self
            .groups
            .as_ref()
            .is_some_and(|groups| groups.len() > GROUPS_MAX)
        {
            self.groups = None;
        }
    }

    fn end_row(&mut self) {
        let Some(Row { person, .. }) = self.row.take() else {
            return;
        };
        let mut outcomes = person.days.iter().flatten();
        if outcomes.all(|outcome| *outcome == Outcome::Succeeded) {
            return;
        }
        if self.people.len() < PEOPLE_MAX {
            self.people.push(person);
        } else {
            self.people_left_out += 1;
        }
    }
}

impl Slices {
    fn add(&mut self, outcome: Outcome) {
        let count = self.parts.len() as u64;
        let slice = self.seen.saturating_mul(count) / self.items.max(1);
        self.seen += 1;
        let last = self.parts.len().saturating_sub(1);
        let slice = usize::try_from(slice).unwrap_or(last).min(last);
        if let Some(tally) = self.parts.get_mut(slice) {
            tally.read += 1;
            tally.add(outcome, 1);
        }
    }
}
