//! A row into an item, or into a rejection that names column, value and rule.
//!
//! The mapper binds a job's sources to an input's columns once and then writes each item's JSON directly. It knows neither files
//! nor batches. Two rows are the same item when their key bytes are equal; [`Mapped`] carries fingerprints of both key and
//! content, so that nobody has to keep them all.

mod beside;
mod bound;
mod columns;
mod corrections;
mod date_column;
mod findings;
mod ids;
mod lengths;
mod mapped;
mod misses;
mod period;
mod ruined;
mod side_lines;
mod tidy;
mod unpivot;
mod value;
mod witness;
mod words;

pub use beside::Beside;
use bound::Bound;
pub use bound::{check_constants, only_an_example};
pub(crate) use columns::plain as plain_name;
pub use columns::{fillable, names_for_header, words_for_cells};
pub use corrections::{Corrections, LEFT_OUT};
pub use findings::Findings;
use ids::IdSource;
use lengths::Lengths;
use mapped::sort_entries;
pub use mapped::{Mapped, covering};
use misses::Misses;
use period::{Months, Period, ValueRanges};
pub use ruined::{LongIds, RuinedIds};
pub use side_lines::{LineKind, SideLines};
pub use tidy::Tidier;
pub use unpivot::{CellCounts, CellsSeen, Day, DayCell, DayDate, Days, MarkKind, NoDate};
pub use value::Typing;
pub use witness::CONTRADICTS;
use witness::Witness;

use value::{Broken, Converted, PLACEHOLDER, check_in_path, convert};

use crate::endpoint::{Destructive, Endpoint, Field, FieldKind, Shape, write_name};
use crate::error::Refusal;
use crate::job::{CellPart, Job};
use crate::lookup::Lookups;
use crate::model::{Cell, Columns, Head, Notice, Rejection, Row, Rule, is_placeholder};
use crate::roster::{SaidMonth, YearMonth};

/// Turns the rows of one input into items of one endpoint.
#[derive(Debug)]
pub struct Mapper<'a> {
    endpoint: &'a Endpoint,
    job: &'a Job,
    lookups: &'a Lookups,
    /// Words of the job that a day's cell may hold besides those of its lookup.
    words: Vec<String>,
    /// Columns of days.
    days: Vec<usize>,
    typing: Typing,
    request: Vec<Bound>,
    item: Vec<Bound>,
    unused: Vec<usize>,
    sent: Vec<usize>,
    columns_bound: usize,
    lengths: Vec<Lengths>,
    /// Where ids come from that are sent as they stand.
    ids: Vec<IdSource>,
    /// The long ones, by the numbers of their places.
    long_ids: Vec<LongIds>,
    /// The record they were last counted of: each of its days may give an item.
    counted: Option<u64>,
    ruined: RuinedIds,
    /// Words that were not found: the id of a row is looked up again for each of its cells.
    misses: Misses,
    witnesses: Vec<Witness>,
    /// What the platform says against values.
    findings: &'a Findings,
    /// The last record of which each cell is an item, and what contradicts its id.
    judged: (u64, Option<Rejection>),
    constants: Vec<Option<String>>,
    /// The days that are held against their month, where the endpoint knows of some.
    period: Option<Period>,
    months: Months,
    /// What is said of the month around the table, and by the job.
    said: Vec<SaidMonth>,
}

/// Where a value comes from in one row.
#[derive(Debug, Clone, Copy)]
struct RowContext<'r> {
    columns: &'r Columns,
    row: &'r Row,
    day: Option<&'r DayCell<'r>>,
}

impl<'a> Mapper<'a> {
    /// Checks the job's constants and binds its sources to the input's columns. For CSV the header must give every column
    /// that the job uses, and nothing that it does not know; a JSON object is checked row by row.
    pub fn new(
        job: &'a Job,
        lookups: &'a Lookups,
        columns: &Columns,
        days: Option<&Days<'_>>,
        typing: Typing,
    ) -> Result<Self, Refusal> {
        let day_columns = days.into_iter().flat_map(Days::days);
        let mut mapper = Self {
            endpoint: &job.endpoint,
            job,
            lookups,
            words: days.map(Days::words).unwrap_or_default().to_vec(),
            days: day_columns.map(|day| day.column).collect(),
            typing,
            request: Vec::new(),
            item: Vec::new(),
            unused: Vec::new(),
            sent: Vec::new(),
            columns_bound: 0,
            lengths: vec![Lengths::default(); job.endpoint.items.shape.fields().len()],
            ids: Vec::new(),
            long_ids: Vec::new(),
            counted: None,
            ruined: RuinedIds::default(),
            misses: Misses::default(),
            witnesses: Vec::new(),
            findings: Findings::NONE,
            judged: (0, None),
            constants: Vec::new(),
            period: Period::of(&job.endpoint),
            months: Months::default(),
            said: Vec::new(),
        };
        mapper.constants = check_constants(job)?;
        if typing == Typing::Untyped {
            columns::check_header(job, columns, &mapper.days)?;
        }
        mapper.bind(columns);
        if typing == Typing::Untyped {
            mapper.check_folded(columns)?;
        }
        Ok(mapper)
    }

    /// Holds the month of the job against what the file says around its table.
    pub fn hold_against(&mut self, head: &Head) -> Result<(), Refusal> {
        self.said = SaidMonth::around(head);
        if let Some(period) = &self.period {
            period.hold_against(self.job, &self.said)?;
            let month = period.constant(self.job).map(SaidMonth::by_job);
            self.said.extend(month);
        }
        Ok(())
    }

    /// Why the whole file is another month's, known after its last row.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let period = self.period.as_ref();
        let refusal = period.and_then(|period| period.refusal(self.job));
        // The month of a roster was held against everything when its days were found.
        refusal.or_else(|| match self.job.input.unpivot {
            None => self.months.refusal(&self.said),
            Some(_) => None,
        })
    }

    /// The first and the last month of what was mapped, where the endpoint takes months.
    #[must_use]
    pub fn months(&self) -> Option<(YearMonth, YearMonth)> {
        self.months.ends()
    }

    /// Maps one row, or one day's cell of it. `columns` are the input's columns as they are now: JSON objects may have brought new ones.
    pub fn map(
        &mut self,
        columns: &Columns,
        row: &Row,
        day: Option<&DayCell<'_>>,
        mapped: &mut Mapped,
    ) -> Result<(), Rejection> {
        if columns.len() != self.columns_bound {
            self.bind(columns);
        }
        mapped.body.clear();
        mapped.key.clear();
        mapped.dates = None;
        mapped.destructive = matches!(self.endpoint.destructive, Destructive::Always);
        self.refuse_unused(columns, row)?;
        self.refuse_contradiction(columns, row, day.is_some())?;
        let from = RowContext { columns, row, day };
        self.check_ids(from)?;
        self.map_envelope(from, mapped)?;
        match &self.endpoint.items.shape {
            Shape::Value(field) => {
                let start = mapped.body.len();
                self.scalar(from, field, 0, None, &mut mapped.body)?;
                let json = mapped.body.get(start..).unwrap_or_default();
                if let Some(lengths) = self.lengths.first_mut() {
                    lengths.note(field, json);
                }
                mapped.key.extend_from_slice(json);
            }
            Shape::Object(fields) => self.map_object(from, fields, mapped)?,
        }
        for (value, json) in self.endpoint.request.iter().zip(&mapped.envelope) {
            if value.in_key {
                mapped.key.push(0);
                mapped.key.extend_from_slice(json.as_bytes());
            }
            self.months.note(&value.field.kind, json.as_bytes());
        }
        self.months.settle();
        mapped.found = self.found(from, mapped);
        Ok(())
    }

    /// Rejects the ids that another reading of the same input found ruined.
    #[must_use]
    pub fn without(mut self, ruined: RuinedIds) -> Self {
        self.ruined = ruined;
        self
    }

    /// Tells of each item what the platform says against it.
    #[must_use]
    pub fn with_findings(mut self, findings: &'a Findings) -> Self {
        self.findings = findings;
        self
    }

    /// Which of the ids read so far are ruined, judged by their columns.
    #[must_use]
    pub fn ruined_ids(&self) -> RuinedIds {
        RuinedIds::of(&self.long_ids)
    }

    /// Positions of the columns that may be sent: all but those the job ignores.
    #[must_use]
    pub fn columns_sent(&self) -> &[usize] {
        &self.sent
    }

    /// What looks odd about a whole column, for the user to judge.
    #[must_use]
    pub fn warnings(&self) -> Vec<Notice> {
        let fields = self.endpoint.items.shape.fields();
        fields
            .iter()
            .zip(&self.lengths)
            .filter_map(|(field, lengths)| lengths.warning(field))
            .map(|warning| Notice::new("row.id-lengths", warning))
            .collect()
    }

    fn map_envelope(&self, from: RowContext<'_>, mapped: &mut Mapped) -> Result<(), Rejection> {
        mapped.envelope.resize(self.request.len(), String::new());
        let sources = self
            .endpoint
            .request
            .iter()
            .zip(&self.request)
            .zip(&self.constants);
        for (((value, bound), constant), slot) in sources.zip(&mut mapped.envelope) {
            if let Some(constant) = constant {
                if slot != constant {
                    slot.clone_from(constant);
                }
                continue;
            }
            let mut json = Vec::new();
            self.cell(from, &value.field, bound, None, &mut json)?;
            *slot = String::from_utf8(json).unwrap_or_default();
            check_in_path(value, slot).map_err(|broken| {
                let (cell, column, _) = read(from, bound);
                let column = column.and_then(|column| from.columns.names().get(column));
                reject(column.unwrap_or(&value.field.name).clone(), cell, broken)
            })?;
        }
        Ok(())
    }

    fn map_object(
        &mut self,
        from: RowContext<'_>,
        fields: &[Field],
        mapped: &mut Mapped,
    ) -> Result<(), Rejection> {
        let mut places = ValueRanges::default();
        mapped.body.push(b'{');
        for (position, field) in fields.iter().enumerate() {
            let body = &mut mapped.body;
            let before = body.len();
            if before > 1 {
                body.push(b',');
            }
            write_name(body, &field.name);
            let start = body.len();
            let month = self.month_of(from, fields, field);
            let written = if matches!(field.kind, FieldKind::List { .. }) {
                self.list(from, field, position, body)?
            } else {
                self.scalar(from, field, position, month, body)?
            };
            if written == Converted::Empty {
                body.truncate(before);
                continue;
            }
            if let Some(period) = &self.period {
                period.note(position, start..body.len(), &mut places);
            }
            let json = body.get(start..).unwrap_or_default();
            let date = date_of(field, month, json);
            self.months.note(&field.kind, json);
            if let Some(lengths) = self.lengths.get_mut(position) {
                lengths.note(field, json);
            }
            if let Destructive::When { field: name } = &self.endpoint.destructive
                && *name == field.name
                && json == b"true"
            {
                mapped.destructive = true;
            }
            if self.endpoint.items.key.contains(&field.name) {
                mapped.key.push(0);
                if matches!(field.kind, FieldKind::List { .. }) {
                    sort_entries(json, &mut mapped.key);
                } else {
                    mapped.key.extend_from_slice(json);
                }
            }
            if let Some(date) = date {
                mapped.note_date(date);
            }
        }
        mapped.body.push(b'}');
        let Some(mut period) = self.period.take() else {
            return Ok(());
        };
        let title = |field: usize| self.title(from.columns, fields, field);
        let held = period.check(&mapped.body, &places, &mapped.envelope, title);
        self.period = Some(period);
        held
    }

    /// The title of the column that gives a field, or the field's own name.
    fn title(&self, columns: &Columns, fields: &[Field], field: usize) -> String {
        let column = match self.item.get(field) {
            Some(Bound::Column {
                column: Some(column),
                ..
            }) => columns.names().get(*column),
            Some(
                Bound::Constant(_)
                | Bound::Column { column: None, .. }
                | Bound::Cell { .. }
                | Bound::Fold { .. }
                | Bound::Nowhere,
            )
            | None => None,
        };
        let name = || fields.get(field).map(|field| &field.name);
        column.or_else(name).cloned().unwrap_or_default()
    }

    /// The text of the month that a day of the month refers to.
    fn month_of<'r>(
        &'r self,
        from: RowContext<'r>,
        fields: &[Field],
        field: &Field,
    ) -> Option<&'r str> {
        let FieldKind::Day { month } = &field.kind else {
            return None;
        };
        let position = fields.iter().position(|other| other.name == *month)?;
        match self.item.get(position)? {
            Bound::Constant(text) => Some(text),
            Bound::Column {
                column: Some(column),
                part: None,
                ..
            } => match from.row.cell(*column) {
                Cell::Text(text) | Cell::Number(text) => Some(text),
                Cell::Absent
                | Cell::Date(_)
                | Cell::Unusable(..)
                | Cell::Bool(_)
                | Cell::Nested(_) => None,
            },
            Bound::Cell { .. } => from.day.map(|day| day.date.month.as_str()),
            Bound::Column { .. } | Bound::Fold { .. } | Bound::Nowhere => None,
        }
    }

    /// One field of the item: a word of the cell may stand for it, else it comes from its source.
    fn scalar(
        &self,
        from: RowContext<'_>,
        field: &Field,
        position: usize,
        month: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let mark = from.day.and_then(|day| day.mark);
        let marked = mark.and_then(|(_, mark)| {
            let mut fields = mark.item.iter();
            fields.find(|(marked, _)| *marked == position)
        });
        if let Some((_, text)) = marked {
            let bound = Bound::Constant(text.clone());
            return self.cell(from, field, &bound, month, out);
        }
        let bound = self.item.get(position).unwrap_or(&Bound::Nowhere);
        self.cell(from, field, bound, month, out)
    }

    /// One field from its source; a required one must be there.
    fn cell(
        &self,
        from: RowContext<'_>,
        field: &Field,
        bound: &Bound,
        month: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let (cell, column, lookup) = read(from, bound);
        let name = || {
            let column = column.and_then(|column| from.columns.names().get(column));
            column.unwrap_or(&field.name).clone()
        };
        let of_a_cell = |rejection: Rejection| match bound {
            Bound::Cell { .. } => rejection.of_a_cell(),
            Bound::Constant(_) | Bound::Column { .. } | Bound::Fold { .. } | Bound::Nowhere => {
                rejection
            }
        };
        let typing = match bound {
            Bound::Column { .. } => self.typing,
            Bound::Constant(_) | Bound::Cell { .. } | Bound::Fold { .. } | Bound::Nowhere => {
                Typing::Untyped
            }
        };
        let date;
        let (cell, typing) = match bound {
            Bound::Column {
                part: Some(part), ..
            } => {
                let read = date_column::part(cell, *part, &self.said);
                date = read.map_err(|broken| reject(name(), cell, broken))?;
                (Cell::Text(&date), Typing::Untyped)
            }
            Bound::Column { .. }
            | Bound::Constant(_)
            | Bound::Cell { .. }
            | Bound::Fold { .. }
            | Bound::Nowhere => (cell, typing),
        };
        let lookup = lookup.and_then(|at| Some((at, self.lookups.0.get(at)?)));
        let (cell, typing) = match (lookup, cell) {
            (Some(_), Cell::Text(word)) if is_placeholder(word) => {
                return Err(of_a_cell(Rejection::cell(name(), word, PLACEHOLDER)));
            }
            (Some((at, lookup)), Cell::Text(word) | Cell::Number(word)) if !word.is_empty() => {
                let others = match bound {
                    Bound::Cell { .. } => self.words.as_slice(),
                    Bound::Constant(_)
                    | Bound::Column { .. }
                    | Bound::Fold { .. }
                    | Bound::Nowhere => &[],
                };
                let found = self.misses.find(at, lookup, word, others);
                let value = found.map_err(|miss| of_a_cell(miss.reject(name(), word)))?;
                (Cell::Text(value), Typing::Untyped)
            }
            _ => (cell, typing),
        };
        match convert(field, cell, typing, month, out) {
            Ok(Converted::Empty) if field.required => Err(Rejection::cell(
                name(),
                "",
                Rule::new("row.required", "is required and empty"),
            )),
            Ok(converted) => Ok(converted),
            Err(broken) => Err(of_a_cell(reject(name(), cell, broken))),
        }
    }

    fn list(
        &self,
        RowContext { columns, row, .. }: RowContext<'_>,
        field: &Field,
        position: usize,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let FieldKind::List { min, max, fields } = &field.kind else {
            return Ok(Converted::Empty);
        };
        let Some(Bound::Fold {
            columns: folded,
            value,
        }) = self.item.get(position)
        else {
            return Ok(Converted::Empty);
        };
        let Some(value) = fields.get(*value) else {
            return Ok(Converted::Empty);
        };
        let mut entries = 0;
        out.push(b'[');
        for (column, opening) in folded {
            let Some(column) = column else { continue };
            let cell = row.cell(*column);
            if matches!(cell, Cell::Absent | Cell::Text("")) {
                continue;
            }
            let title = || columns.names().get(*column).cloned().unwrap_or_default();
            let opening = opening.as_ref().map_err(|unsendable| {
                let mut rejection =
                    Rejection::row(unsendable.rule).worded(unsendable.words.clone());
                rejection.column = Some(title());
                rejection.detail.clone_from(&unsendable.detail);
                rejection
            })?;
            if entries > 0 {
                out.push(b',');
            }
            out.extend_from_slice(opening);
            convert(value, cell, self.typing, None, out)
                .map_err(|broken| reject(title(), cell, broken))?;
            out.push(b'}');
            entries += 1;
        }
        out.push(b']');
        if entries == 0 && !field.required {
            return Ok(Converted::Empty);
        }
        if entries < *min || entries > *max {
            let rule = if entries < *min {
                Rule::new("row.columns-few", "too few of its columns are filled")
            } else {
                Rule::new("row.columns-many", "too many of its columns are filled")
            };
            let mut rejection = Rejection::row(rule);
            rejection.column = Some(field.name.clone());
            return Err(rejection.detail(text!(
                "{entries}; from {min} to {max}",
                entries,
                min,
                max
            )));
        }
        Ok(Converted::Written)
    }

    /// A row that names somebody else than its id does is not sent: one of the two is wrong. `of_days`: the row comes once for
    /// each of its cells, and is judged once.
    fn refuse_contradiction(
        &mut self,
        columns: &Columns,
        row: &Row,
        of_days: bool,
    ) -> Result<(), Rejection> {
        if self.witnesses.is_empty() {
            return Ok(());
        }
        if !of_days || self.judged.0 != row.record {
            let mut witnesses = self.witnesses.iter();
            let found = witnesses.find_map(|w| w.contradiction(self.lookups, columns, row));
            self.judged = (row.record, found);
        }
        self.judged.1.clone().map_or(Ok(()), Err)
    }

    /// A JSON object may bring keys the job does not know: perhaps a misspelt one, so the row is not sent.
    fn refuse_unused(&self, columns: &Columns, row: &Row) -> Result<(), Rejection> {
        for column in &self.unused {
            if row.cell(*column) != Cell::Absent {
                let name = columns.names().get(*column).cloned().unwrap_or_default();
                let mut rejection = Rejection::row(Rule::new(
                    "row.key-unknown",
                    "has a key that the job does not use",
                ));
                rejection.column = Some(name);
                return Err(rejection);
            }
        }
        Ok(())
    }
}

/// What a source holds in this row, with its column and its lookup.
fn read<'r>(from: RowContext<'r>, bound: &'r Bound) -> (Cell<'r>, Option<usize>, Option<usize>) {
    match (bound, from.day) {
        (Bound::Constant(text), _) => (Cell::Text(text), None, None),
        (Bound::Column { column, lookup, .. }, _) => {
            let cell = column.map_or(Cell::Absent, |column| from.row.cell(column));
            (cell, *column, *lookup)
        }
        (Bound::Cell { part, lookup }, Some(day)) => {
            let cell = match part {
                CellPart::Value => from.row.cell(day.column),
                CellPart::Month => Cell::Text(&day.date.month),
                CellPart::Day => Cell::Text(&day.date.day),
                CellPart::Date => Cell::Text(&day.date.date),
            };
            (cell, Some(day.column), *lookup)
        }
        (Bound::Cell { .. }, None) | (Bound::Fold { .. } | Bound::Nowhere, _) => {
            (Cell::Absent, None, None)
        }
    }
}

/// The day that a field says, as `yyyyMMdd`: alone, or with its month.
fn date_of(field: &Field, month: Option<&str>, json: &[u8]) -> Option<u32> {
    match &field.kind {
        FieldKind::Day { .. } => Some(digits(month?.as_bytes())? * 100 + digits(json)?),
        FieldKind::Date => digits(json.strip_prefix(b"\"")?.strip_suffix(b"\"")?),
        FieldKind::Id { .. }
        | FieldKind::Text { .. }
        | FieldKind::Integer { .. }
        | FieldKind::Boolean
        | FieldKind::Month { .. }
        | FieldKind::List { .. } => None,
    }
}

/// A number of a few digits and nothing else.
fn digits(text: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let mut digits = text.iter().map(digit);
    let first = digits.next()??;
    digits.try_fold(first, |number, digit| {
        number.checked_mul(10)?.checked_add(digit?)
    })
}

fn reject(column: String, cell: Cell<'_>, broken: Broken) -> Rejection {
    let value = match cell {
        Cell::Absent => String::new(),
        Cell::Text(text)
        | Cell::Number(text)
        | Cell::Date(text)
        | Cell::Unusable(text, _)
        | Cell::Nested(text) => text.to_owned(),
        Cell::Bool(value) => value.to_string(),
    };
    let mut rejection = Rejection::cell(column, value, broken.rule);
    rejection.detail = broken.detail;
    rejection
}

#[cfg(test)]
mod tests;
