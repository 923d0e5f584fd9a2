//! A job's sources bound to the columns of one input, and its constants checked: what would fail each row alike is found here, once.

use super::value::{Broken, Converted, PLACEHOLDER, check_in_path, convert};
use super::{Mapper, Typing, columns, witness};
use crate::endpoint::{Field, FieldKind, write_name};
use crate::error::Refusal;
use crate::job::{CellPart, FoldColumns, Job, Source};
use crate::lookup::Lookup;
use crate::model::{Cell, Columns, Rule};
use crate::text::Text;

/// A source whose column names have become positions.
#[derive(Debug, Clone)]
pub(super) enum Bound {
    Constant(String),
    Column {
        column: Option<usize>,
        /// The part of the date that the column holds.
        part: Option<CellPart>,
        lookup: Option<usize>,
    },
    Cell {
        part: CellPart,
        lookup: Option<usize>,
    },
    Fold {
        columns: Vec<Folded>,
        value: usize,
    },
    Nowhere,
}

/// A column that is an entry of a list: its position, and the entry's JSON up to the value.
pub(super) type Folded = (Option<usize>, Result<Vec<u8>, Unsendable>);

/// Why a column cannot be sent under its title.
#[derive(Debug, Clone)]
pub(super) struct Unsendable {
    pub(super) rule: Rule,
    pub(super) words: Text,
    pub(super) detail: Option<Text>,
}

impl Mapper<'_> {
    /// A header that cannot be sent as the name of a list entry would fail each row alike.
    pub(super) fn check_folded(&self, columns: &Columns) -> Result<(), Refusal> {
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
                    let words = &unsendable.words;
                    let words = match &unsendable.detail {
                        Some(detail) => text!("{words} ({detail})", words, detail),
                        None => words.clone(),
                    };
                    return Err(Refusal::new("file.column-name", text!("the column `{title}` cannot be sent under its name", title))
                        .because(text!("its name {words}", words))
                        .hint(text!("rename the column; or, to keep it in the reports only, write into [input] of the job: ignore = [\"{title}\"]", title)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn bind(&mut self, columns: &Columns) {
        let free: Vec<usize> = columns::free(self.job, columns)
            .into_iter()
            .filter(|column| !self.days.contains(column))
            .collect();
        let lookups = self.lookups;
        let mut others_are_folded = false;
        let mut bind = |source: &Source, field: &Field| match (source, &field.kind) {
            (Source::Constant(text), _) => Bound::Constant(text.clone()),
            (Source::Column { name, part, lookup }, _) => Bound::Column {
                column: columns.position(name),
                part: *part,
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
                let (key, value) = (place(key), place(value));
                let opening = |title: &str| {
                    let sent_as = sent_as(title, fields.get(key), lookup)?;
                    Ok(opening(fields.get(key), &sent_as, fields.get(value)))
                };
                Bound::Fold {
                    columns: match folded {
                        FoldColumns::Named(names) => names
                            .iter()
                            .map(|(column, name)| (columns.position(column), opening(name)))
                            .collect(),
                        FoldColumns::Others => {
                            others_are_folded = true;
                            free.iter()
                                .map(|column| {
                                    let name = columns.names().get(*column);
                                    (Some(*column), opening(name.map_or("", String::as_str)))
                                })
                                .collect()
                        }
                    },
                    value,
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
        self.ids = self.id_places();
        let names = columns.names().iter().enumerate();
        self.sent = names
            .filter(|(_, name)| !self.job.input.ignore.contains(name))
            .map(|(column, _)| column)
            .collect();
        self.unused = if others_are_folded { Vec::new() } else { free };
        self.witnesses = witness::bind(self.job, self.lookups, columns);
        self.columns_bound = columns.len();
    }
}

/// Checks every constant of a job by its field's type, and gives the JSON of the shared ones. A wrong one would fail each row alike.
pub fn check_constants(job: &Job) -> Result<Vec<Option<String>>, Refusal> {
    let refuse = |field: &Field, text: &str, table: &str, why: Text| {
        Refusal::new(
            "job.constant",
            text!(
                "job {job}: [{table}] {field} = `{text}`: {why}",
                job = job.name,
                table,
                field = field.name,
                text,
                why
            ),
        )
    };
    let check = |field: &Field, source: &Source, table: &str| {
        let Source::Constant(text) = source else {
            return Ok(None);
        };
        let refuse = |why: Text| refuse(field, text, table, why);
        let mut json = Vec::new();
        match convert(field, Cell::Text(text), Typing::Untyped, None, &mut json) {
            Ok(Converted::Written) => Ok(String::from_utf8(json).ok()),
            Ok(Converted::Empty) if field.required => {
                Err(refuse(text!("it is required and empty")))
            }
            Ok(Converted::Empty) => Ok(Some(String::new())),
            Err(Broken { rule, .. }) if rule == PLACEHOLDER => Err(only_an_example(
                "job.placeholder",
                &format!("job {}: [{table}] {}", job.name, field.name),
                text,
            )),
            Err(Broken { rule, detail }) => Err(refuse(match detail {
                Some(detail) => text!(
                    "{words} ({detail})",
                    words = Text::plain(rule.words),
                    detail
                ),
                None => Text::plain(rule.words),
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
            | Source::Fold { .. } => {
                let json = check(&value.field, source, "request")?;
                if let (Some(json), Source::Constant(text)) = (&json, source) {
                    check_in_path(value, json).map_err(|broken| {
                        refuse(
                            &value.field,
                            text,
                            "request",
                            Text::plain(broken.rule.words),
                        )
                    })?;
                }
                Ok(json)
            }
        })
        .collect()
}

/// A job whose values are those that `init` wrote would send what nobody meant.
#[must_use]
pub fn only_an_example(rule: &'static str, place: &str, text: &str) -> Refusal {
    Refusal::new(
        rule,
        text!("{place}: `{text}` is an example, not a value", place, text),
    )
    .because(text!(
        "values that begin with `example-` only show where one belongs"
    ))
    .hint(text!("write the real value in its place"))
}

/// The JSON under which a column is folded: its title, or what that stands for.
/// The JSON of a list's entry up to its value.
fn opening(key: Option<&Field>, sent_as: &str, value: Option<&Field>) -> Vec<u8> {
    let mut json = b"{".to_vec();
    write_name(&mut json, key.map_or("", |key| &key.name));
    json.extend_from_slice(sent_as.as_bytes());
    json.push(b',');
    write_name(&mut json, value.map_or("", |value| &value.name));
    json
}

fn sent_as(
    title: &str,
    field: Option<&Field>,
    lookup: Option<&Lookup>,
) -> Result<String, Unsendable> {
    let name = lookup.map_or(Ok(title), |lookup| lookup.find(title, &[]));
    let name = name.map_err(|miss| Unsendable {
        rule: miss.rule,
        words: miss.words,
        detail: miss.detail,
    })?;
    let mut json = Vec::new();
    if let Some(field) = field {
        let converted = convert(field, Cell::Text(name), Typing::Untyped, None, &mut json);
        converted.map_err(|broken| Unsendable {
            rule: broken.rule,
            words: Text::plain(broken.rule.words),
            detail: broken.detail,
        })?;
    }
    Ok(String::from_utf8(json).unwrap_or_default())
}
