//! A row into an item, or into a rejection that names column, value and rule.
//!
//! The mapper binds a job's sources to an input's columns once and then writes each item's JSON directly. It knows neither files
//! nor batches. Two rows are the same item when their key bytes are equal; [`Mapped`] carries fingerprints of both key and
//! content, so that nobody has to keep them all.

mod columns;
mod lengths;
mod tidy;
mod unpivot;
mod value;

use std::hash::{DefaultHasher, Hasher};

pub use columns::names_for_header;
pub(crate) use columns::plain as plain_name;
use lengths::Lengths;
pub use tidy::Tidier;
pub use unpivot::{CellCounts, Day, DayCell, DayDate, Days, MarkKind};
pub use value::Typing;
use value::{Broken, Converted, convert, write_text};

use crate::endpoint::{Destructive, Endpoint, Field, FieldKind, Shape};
use crate::error::Refusal;
use crate::job::{CellPart, FoldColumns, Job, Source};
use crate::lookup::{Lookup, Lookups};
use crate::model::{Cell, Columns, Envelope, Rejection, Row};

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
    constants: Vec<Option<String>>,
}

/// A source whose column names have become positions.
#[derive(Debug, Clone)]
enum Bound {
    Constant(String),
    Column {
        column: Option<usize>,
        lookup: Option<usize>,
    },
    Cell {
        part: CellPart,
        lookup: Option<usize>,
    },
    Fold {
        /// Positions, and the JSON under which each is sent.
        columns: Vec<(Option<usize>, Result<String, Unsendable>)>,
        key: usize,
        value: usize,
    },
    Nowhere,
}

/// Why a column cannot be sent under its title.
#[derive(Debug, Clone)]
struct Unsendable {
    rule: String,
    detail: Option<String>,
}

/// Where a value comes from in one row.
#[derive(Debug, Clone, Copy)]
struct Found<'r> {
    columns: &'r Columns,
    row: &'r Row,
    day: Option<&'r DayCell<'r>>,
}

/// What one row became. Reused from row to row.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The item's JSON.
    pub body: Vec<u8>,
    /// The envelope's values, in the endpoint's order, as JSON text; empty where a value is not sent.
    pub envelope: Vec<String>,
    /// What tells the item apart.
    pub key: Vec<u8>,
    /// Whether the item destroys something.
    pub destructive: bool,
}

impl Mapped {
    /// 8 bytes that stand for the key.
    #[must_use]
    pub fn key_fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.key);
        hasher.finish()
    }

    /// Whether two rows with equal keys ask for the same thing.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let mut content = self.body.clone();
        for value in &self.envelope {
            content.push(0);
            content.extend_from_slice(value.as_bytes());
        }
        content
    }

    /// The envelope as the store keeps it.
    #[must_use]
    pub fn envelope(&self, endpoint: &Endpoint) -> Envelope {
        Envelope {
            values: endpoint
                .request
                .iter()
                .zip(&self.envelope)
                .filter(|(_, json)| !json.is_empty())
                .map(|(value, json)| (value.field.name.clone(), json.clone()))
                .collect(),
        }
    }
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
            words: days.map(Days::words).unwrap_or_default(),
            days: day_columns.map(|day| day.column).collect(),
            typing,
            request: Vec::new(),
            item: Vec::new(),
            unused: Vec::new(),
            sent: Vec::new(),
            columns_bound: 0,
            lengths: vec![Lengths::default(); job.endpoint.items.shape.fields().len()],
            constants: Vec::new(),
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
        mapped.destructive = matches!(self.endpoint.destructive, Destructive::Always);
        self.refuse_unused(columns, row)?;
        let from = Found { columns, row, day };
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
        }
        Ok(())
    }

    /// Positions of the columns that may be sent: all but those the job ignores.
    #[must_use]
    pub fn columns_sent(&self) -> &[usize] {
        &self.sent
    }

    /// What looks odd about a whole column, for the user to judge.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let fields = self.endpoint.items.shape.fields();
        fields
            .iter()
            .zip(&self.lengths)
            .filter_map(|(field, lengths)| lengths.warning(field))
            .collect()
    }

    fn map_envelope(&self, from: Found<'_>, mapped: &mut Mapped) -> Result<(), Rejection> {
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
        }
        Ok(())
    }

    fn map_object(
        &mut self,
        from: Found<'_>,
        fields: &[Field],
        mapped: &mut Mapped,
    ) -> Result<(), Rejection> {
        let body = &mut mapped.body;
        body.push(b'{');
        for (position, field) in fields.iter().enumerate() {
            let before = body.len();
            if before > 1 {
                body.push(b',');
            }
            write_text(body, &field.name);
            body.push(b':');
            let start = body.len();
            let written = if matches!(field.kind, FieldKind::List { .. }) {
                self.list(from, field, position, body)?
            } else {
                let month = self.month_of(from, fields, field);
                self.scalar(from, field, position, month, body)?
            };
            if written == Converted::Empty {
                body.truncate(before);
                continue;
            }
            let json = body.get(start..).unwrap_or_default();
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
                match field.kind {
                    FieldKind::List { .. } => sort_entries(json, &mut mapped.key),
                    FieldKind::Id { .. }
                    | FieldKind::Text { .. }
                    | FieldKind::Integer { .. }
                    | FieldKind::Boolean
                    | FieldKind::Month { .. }
                    | FieldKind::Date
                    | FieldKind::Day { .. } => mapped.key.extend_from_slice(json),
                }
            }
        }
        body.push(b'}');
        Ok(())
    }

    /// The text of the month that a day of the month refers to.
    fn month_of<'r>(&'r self, from: Found<'r>, fields: &[Field], field: &Field) -> Option<&'r str> {
        let FieldKind::Day { month } = &field.kind else {
            return None;
        };
        let position = fields.iter().position(|other| other.name == *month)?;
        match self.item.get(position)? {
            Bound::Constant(text) => Some(text),
            Bound::Column {
                column: Some(column),
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
            Bound::Column { column: None, .. } | Bound::Fold { .. } | Bound::Nowhere => None,
        }
    }

    /// One field of the item: a word of the cell may stand for it, else it comes from its source.
    fn scalar(
        &self,
        from: Found<'_>,
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
        from: Found<'_>,
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
        let (cell, typing) = match (lookup.and_then(|at| self.lookups.0.get(at)), cell) {
            (Some(lookup), Cell::Text(word) | Cell::Number(word)) if !word.is_empty() => {
                let found = lookup.find(word, &self.words);
                let value = found.map_err(|miss| of_a_cell(miss.reject(name(), word)))?;
                (Cell::Text(value), Typing::Untyped)
            }
            _ => (cell, typing),
        };
        match convert(field, cell, typing, month, out) {
            Ok(Converted::Empty) if field.required => {
                Err(Rejection::cell(name(), "", "is required and empty"))
            }
            Ok(converted) => Ok(converted),
            Err(broken) => Err(of_a_cell(reject(name(), cell, broken))),
        }
    }

    fn list(
        &self,
        Found { columns, row, .. }: Found<'_>,
        field: &Field,
        position: usize,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let FieldKind::List { min, max, fields } = &field.kind else {
            return Ok(Converted::Empty);
        };
        let Some(Bound::Fold {
            columns: folded,
            key,
            value,
        }) = self.item.get(position)
        else {
            return Ok(Converted::Empty);
        };
        let (Some(key), Some(value)) = (fields.get(*key), fields.get(*value)) else {
            return Ok(Converted::Empty);
        };
        let mut entries = 0;
        out.push(b'[');
        for (column, name) in folded {
            let Some(column) = column else { continue };
            let cell = row.cell(*column);
            if matches!(cell, Cell::Absent | Cell::Text("")) {
                continue;
            }
            let title = || columns.names().get(*column).cloned().unwrap_or_default();
            let name = name.as_ref().map_err(|unsendable| {
                let mut rejection = Rejection::row(unsendable.rule.clone());
                rejection.column = Some(title());
                rejection.detail.clone_from(&unsendable.detail);
                rejection
            })?;
            out.extend_from_slice(if entries > 0 { b",{" } else { b"{" });
            write_text(out, &key.name);
            out.push(b':');
            out.extend_from_slice(name.as_bytes());
            out.push(b',');
            write_text(out, &value.name);
            out.push(b':');
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
                "too few of its columns are filled"
            } else {
                "too many of its columns are filled"
            };
            let mut rejection = Rejection::row(rule);
            rejection.column = Some(field.name.clone());
            return Err(rejection.detail(format!("{entries}; from {min} to {max}")));
        }
        Ok(Converted::Written)
    }

    /// A JSON object may bring keys the job does not know: perhaps a misspelt one, so the row is not sent.
    fn refuse_unused(&self, columns: &Columns, row: &Row) -> Result<(), Rejection> {
        for column in &self.unused {
            if row.cell(*column) != Cell::Absent {
                let name = columns.names().get(*column).cloned().unwrap_or_default();
                let mut rejection = Rejection::row("has a key that the job does not use");
                rejection.column = Some(name);
                return Err(rejection);
            }
        }
        Ok(())
    }

    /// A header that cannot be sent as the name of a list entry would fail each row alike.
    fn check_folded(&self, columns: &Columns) -> Result<(), Refusal> {
        for bound in &self.item {
            let Bound::Fold {
                columns: folded, ..
            } = bound
            else {
                continue;
            };
            for (column, name) in folded {
                if let Err(unsendable) = name {
                    let title = column.and_then(|column| columns.names().get(column));
                    let title = title.map_or("", String::as_str);
                    let detail = unsendable.detail.as_ref();
                    let detail = detail
                        .map(|detail| format!(" ({detail})"))
                        .unwrap_or_default();
                    return Err(Refusal::new(format!("the column `{title}` cannot be sent under its name"))
                        .because(format!("its name {}{detail}", unsendable.rule))
                        .hint(format!(
                            "rename the column; or, to keep it in the reports only, write into [input] of the job: ignore = [\"{title}\"]"
                        )));
                }
            }
        }
        Ok(())
    }

    fn bind(&mut self, columns: &Columns) {
        let free: Vec<usize> = columns::free(self.job, columns)
            .into_iter()
            .filter(|column| !self.days.contains(column))
            .collect();
        let lookups = self.lookups;
        let mut others_are_folded = false;
        let mut bind = |source: &Source, field: &Field| match (source, &field.kind) {
            (Source::Constant(text), _) => Bound::Constant(text.clone()),
            (Source::Column { name, lookup }, _) => Bound::Column {
                column: columns.position(name),
                lookup: *lookup,
            },
            (Source::Cell { part, lookup }, _) => Bound::Cell {
                part: *part,
                lookup: *lookup,
            },
            (
                Source::Fold {
                    columns: folded,
                    key,
                    value,
                    lookup,
                },
                FieldKind::List { fields, .. },
            ) => {
                let place = |name: &str| {
                    fields
                        .iter()
                        .position(|field| field.name == name)
                        .unwrap_or(0)
                };
                let lookup = lookup.and_then(|at| lookups.0.get(at));
                let sent_as = |title: &str| sent_as(title, fields.get(place(key)), lookup);
                Bound::Fold {
                    columns: match folded {
                        FoldColumns::Named(names) => names
                            .iter()
                            .map(|(column, name)| (columns.position(column), sent_as(name)))
                            .collect(),
                        FoldColumns::Others => {
                            others_are_folded = true;
                            free.iter()
                                .map(|column| {
                                    let name = columns.names().get(*column);
                                    (Some(*column), sent_as(name.map_or("", String::as_str)))
                                })
                                .collect()
                        }
                    },
                    key: place(key),
                    value: place(value),
                }
            }
            (Source::Fold { .. } | Source::Nowhere, _) => Bound::Nowhere,
        };
        let fields = self.endpoint.items.shape.fields();
        self.item = self
            .job
            .item
            .iter()
            .zip(fields)
            .map(|(source, field)| bind(source, field))
            .collect();
        let fields = self.endpoint.request.iter().map(|value| &value.field);
        self.request = self
            .job
            .request
            .iter()
            .zip(fields)
            .map(|(source, field)| bind(source, field))
            .collect();
        let names = columns.names().iter().enumerate();
        self.sent = names
            .filter(|(_, name)| !self.job.input.ignore.contains(name))
            .map(|(column, _)| column)
            .collect();
        self.unused = if others_are_folded { Vec::new() } else { free };
        self.columns_bound = columns.len();
    }
}

/// Checks every constant of a job by its field's type, and gives the JSON of the shared ones. A wrong one would fail each row alike.
pub fn check_constants(job: &Job) -> Result<Vec<Option<String>>, Refusal> {
    let check = |field: &Field, source: &Source, table: &str| {
        let Source::Constant(text) = source else {
            return Ok(None);
        };
        let mut json = Vec::new();
        let refuse = |why: String| {
            Refusal::new(format!(
                "job {}: [{table}] {} = `{text}`: {why}",
                job.name, field.name
            ))
        };
        match convert(field, Cell::Text(text), Typing::Untyped, None, &mut json) {
            Ok(Converted::Written) => Ok(String::from_utf8(json).ok()),
            Ok(Converted::Empty) if field.required => {
                Err(refuse("it is required and empty".into()))
            }
            Ok(Converted::Empty) => Ok(Some(String::new())),
            Err(Broken { rule, detail }) => Err(refuse(match detail {
                Some(detail) => format!("{rule} ({detail})"),
                None => rule.to_owned(),
            })),
        }
    };
    let fields = job.endpoint.items.shape.fields();
    for (field, source) in fields.iter().zip(&job.item) {
        check(field, source, "item")?;
    }
    let marks = job.input.unpivot.iter();
    for (position, text) in
        marks.flat_map(|unpivot| unpivot.rest.item.iter().chain(&unpivot.clear.item))
    {
        if let Some(field) = fields.get(*position) {
            check(field, &Source::Constant(text.clone()), "input.unpivot")?;
        }
    }
    let request = job.endpoint.request.iter().zip(&job.request);
    request
        .map(|(value, source)| match source {
            Source::Nowhere => Ok(Some(String::new())),
            Source::Constant(_)
            | Source::Column { .. }
            | Source::Cell { .. }
            | Source::Fold { .. } => check(&value.field, source, "request"),
        })
        .collect()
}

/// What a source holds in this row, with its column and its lookup.
fn read<'r>(from: Found<'r>, bound: &'r Bound) -> (Cell<'r>, Option<usize>, Option<usize>) {
    match (bound, from.day) {
        (Bound::Constant(text), _) => (Cell::Text(text), None, None),
        (Bound::Column { column, lookup }, _) => {
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

/// The JSON under which a column is folded: its title, or what that stands for.
fn sent_as(
    title: &str,
    field: Option<&Field>,
    lookup: Option<&Lookup>,
) -> Result<String, Unsendable> {
    let name = lookup.map_or(Ok(title), |lookup| lookup.find(title, &[]));
    let name = name.map_err(|miss| Unsendable {
        rule: miss.rule,
        detail: miss.detail,
    })?;
    let mut json = Vec::new();
    if let Some(field) = field {
        let converted = convert(field, Cell::Text(name), Typing::Untyped, None, &mut json);
        converted.map_err(|broken| Unsendable {
            rule: broken.rule.to_owned(),
            detail: broken.detail,
        })?;
    }
    Ok(String::from_utf8(json).unwrap_or_default())
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

/// Writes the entries of a JSON list in an order that does not depend on the columns' order.
fn sort_entries(json: &[u8], out: &mut Vec<u8>) {
    let mut entries: Vec<&serde_json::value::RawValue> =
        serde_json::from_slice(json).unwrap_or_default();
    entries.sort_by_key(|entry| entry.get());
    for entry in entries {
        out.extend_from_slice(entry.get().as_bytes());
        out.push(b',');
    }
}

#[cfg(test)]
mod tests;
