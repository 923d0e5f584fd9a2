//! A row into an item, or into a rejection that names column, value and rule.
//!
//! The mapper binds a job's sources to an input's columns once and then writes each item's JSON directly. It knows neither files
//! nor batches. Two rows are the same item when their key bytes are equal; [`Mapped`] carries fingerprints of both key and
//! content, so that nobody has to keep them all.

mod columns;
mod lengths;
mod value;

use std::hash::{DefaultHasher, Hasher};

use lengths::Lengths;
pub use value::Typing;
use value::{Broken, Converted, convert, write_text};

use crate::endpoint::{Destructive, Endpoint, Field, FieldKind, Shape};
use crate::error::Refusal;
use crate::job::{FoldColumns, Job, Source};
use crate::model::{Cell, Columns, Envelope, Rejection, Row};

/// Turns the rows of one input into items of one endpoint.
#[derive(Debug)]
pub struct Mapper<'a> {
    endpoint: &'a Endpoint,
    job: &'a Job,
    typing: Typing,
    request: Vec<Bound>,
    item: Vec<Bound>,
    unused: Vec<usize>,
    columns_bound: usize,
    lengths: Vec<Lengths>,
    constants: Vec<Option<String>>,
}

/// A source whose column names have become positions.
#[derive(Debug, Clone)]
enum Bound {
    Constant(String),
    Column(Option<usize>),
    Fold {
        /// Positions, and the JSON under which each is sent.
        columns: Vec<(Option<usize>, Result<String, Broken>)>,
        key: usize,
        value: usize,
    },
    Nowhere,
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
    pub fn new(job: &'a Job, columns: &Columns, typing: Typing) -> Result<Self, Refusal> {
        let mut mapper = Self {
            endpoint: &job.endpoint,
            job,
            typing,
            request: Vec::new(),
            item: Vec::new(),
            unused: Vec::new(),
            columns_bound: 0,
            lengths: vec![Lengths::default(); job.endpoint.items.shape.fields().len()],
            constants: Vec::new(),
        };
        mapper.constants = check_constants(job)?;
        if typing == Typing::Untyped {
            columns::check_header(job, columns)?;
        }
        mapper.bind(columns);
        if typing == Typing::Untyped {
            mapper.check_folded(columns)?;
        }
        Ok(mapper)
    }

    /// Maps one row. `columns` are the input's columns as they are now: JSON objects may have brought new ones.
    pub fn map(
        &mut self,
        columns: &Columns,
        row: &Row,
        mapped: &mut Mapped,
    ) -> Result<(), Rejection> {
        if columns.len() != self.columns_bound {
            self.bind(columns);
        }
        mapped.body.clear();
        mapped.key.clear();
        mapped.destructive = matches!(self.endpoint.destructive, Destructive::Always);
        self.refuse_unused(columns, row)?;
        self.map_envelope(columns, row, mapped)?;
        match &self.endpoint.items.shape {
            Shape::Value(field) => {
                let start = mapped.body.len();
                self.scalar(columns, row, field, 0, None, &mut mapped.body)?;
                let json = mapped.body.get(start..).unwrap_or_default();
                if let Some(lengths) = self.lengths.first_mut() {
                    lengths.note(field, json);
                }
                mapped.key.extend_from_slice(json);
            }
            Shape::Object(fields) => self.map_object(columns, row, fields, mapped)?,
        }
        for (value, json) in self.endpoint.request.iter().zip(&mapped.envelope) {
            if value.in_key {
                mapped.key.push(0);
                mapped.key.extend_from_slice(json.as_bytes());
            }
        }
        Ok(())
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

    fn map_envelope(
        &self,
        columns: &Columns,
        row: &Row,
        mapped: &mut Mapped,
    ) -> Result<(), Rejection> {
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
            self.cell(columns, row, &value.field, bound, None, &mut json)?;
            *slot = String::from_utf8(json).unwrap_or_default();
        }
        Ok(())
    }

    fn map_object(
        &mut self,
        columns: &Columns,
        row: &Row,
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
                self.list(columns, row, field, position, body)?
            } else {
                let month = self.month_of(row, fields, field);
                self.scalar(columns, row, field, position, month, body)?
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
    fn month_of<'r>(&'r self, row: &'r Row, fields: &[Field], field: &Field) -> Option<&'r str> {
        let FieldKind::Day { month } = &field.kind else {
            return None;
        };
        let position = fields.iter().position(|other| other.name == *month)?;
        match self.item.get(position)? {
            Bound::Constant(text) => Some(text),
            Bound::Column(Some(column)) => match row.cell(*column) {
                Cell::Text(text) | Cell::Number(text) => Some(text),
                Cell::Absent
                | Cell::Date(_)
                | Cell::Unusable(..)
                | Cell::Bool(_)
                | Cell::Nested(_) => None,
            },
            Bound::Column(None) | Bound::Fold { .. } | Bound::Nowhere => None,
        }
    }

    fn scalar(
        &self,
        columns: &Columns,
        row: &Row,
        field: &Field,
        position: usize,
        month: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let bound = self.item.get(position).unwrap_or(&Bound::Nowhere);
        self.cell(columns, row, field, bound, month, out)
    }

    /// One field from its source; a required one must be there.
    fn cell(
        &self,
        columns: &Columns,
        row: &Row,
        field: &Field,
        bound: &Bound,
        month: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<Converted, Rejection> {
        let (cell, typing, column) = match bound {
            Bound::Constant(text) => (Cell::Text(text.as_str()), Typing::Untyped, None),
            Bound::Column(Some(column)) => (row.cell(*column), self.typing, Some(*column)),
            Bound::Column(None) | Bound::Fold { .. } | Bound::Nowhere => {
                (Cell::Absent, self.typing, None)
            }
        };
        let name = || {
            column
                .and_then(|column| columns.names().get(column))
                .unwrap_or(&field.name)
                .clone()
        };
        match convert(field, cell, typing, month, out) {
            Ok(Converted::Empty) if field.required => {
                Err(Rejection::cell(name(), "", "is required and empty"))
            }
            Ok(converted) => Ok(converted),
            Err(broken) => Err(reject(name(), cell, broken)),
        }
    }

    fn list(
        &self,
        columns: &Columns,
        row: &Row,
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
            let name = name.as_ref().map_err(|broken| Rejection {
                column: Some(title()),
                value: None,
                rule: broken.rule.into(),
                detail: broken.detail.clone(),
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
            return Err(Rejection {
                column: Some(field.name.clone()),
                value: None,
                rule: rule.into(),
                detail: Some(format!("{entries}; from {min} to {max}")),
            });
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
                if let Err(broken) = name {
                    let title = column.and_then(|column| columns.names().get(column));
                    let title = title.map_or("", String::as_str);
                    return Err(Refusal::new(format!("the column `{title}` cannot be sent under its name"))
                        .because(format!("its name {}", broken.rule))
                        .hint(format!(
                            "rename the column; or, to keep it in the reports only, write into [input] of the job: ignore = [\"{title}\"]"
                        )));
                }
            }
        }
        Ok(())
    }

    fn bind(&mut self, columns: &Columns) {
        let used = columns::used(self.job);
        let free: Vec<usize> = (0..columns.len())
            .filter(|column| {
                let name = columns.names().get(*column).map_or("", String::as_str);
                !used.contains(&name) && !self.job.input.ignore.iter().any(|known| known == name)
            })
            .collect();
        let mut others_are_folded = false;
        let mut bind = |source: &Source, field: &Field| match (source, &field.kind) {
            (Source::Constant(text), _) => Bound::Constant(text.clone()),
            (Source::Column(name), _) => Bound::Column(columns.position(name)),
            (
                Source::Fold {
                    columns: folded,
                    key,
                    value,
                },
                FieldKind::List { fields, .. },
            ) => {
                let place = |name: &str| {
                    fields
                        .iter()
                        .position(|field| field.name == name)
                        .unwrap_or(0)
                };
                let sent_as = |name: &str| {
                    let mut json = Vec::new();
                    if let Some(field) = fields.get(place(key)) {
                        let cell = Cell::Text(name);
                        convert(field, cell, Typing::Untyped, None, &mut json)?;
                    }
                    Ok(String::from_utf8(json).unwrap_or_default())
                };
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
    for (field, source) in job.endpoint.items.shape.fields().iter().zip(&job.item) {
        check(field, source, "item")?;
    }
    let request = job.endpoint.request.iter().zip(&job.request);
    request
        .map(|(value, source)| match source {
            Source::Nowhere => Ok(Some(String::new())),
            Source::Constant(_) | Source::Column(_) | Source::Fold { .. } => {
                check(&value.field, source, "request")
            }
        })
        .collect()
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
    Rejection {
        column: Some(column),
        value: Some(value),
        rule: broken.rule.into(),
        detail: broken.detail,
    }
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
