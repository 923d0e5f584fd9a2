//! The header against the job: what is missing, misspelt or unknown refuses the file before any row is read.

use crate::endpoint::{Field, FieldKind, Shape};
use crate::error::{Refusal, nearest};
use crate::full_width::ordinary;
use crate::job::{FoldColumns, Job, Source};
use crate::model::Columns;
use crate::text::{AsValue as _, Text, Value};

/// The columns a job names.
pub(super) fn used(job: &Job) -> Vec<&str> {
    let mut used = Vec::new();
    for source in job.request.iter().chain(&job.item) {
        match source {
            Source::Column { name, .. } => used.push(name.as_str()),
            Source::Fold {
                columns: FoldColumns::Named(names),
                ..
            } => {
                used.extend(names.iter().map(|(column, _)| column.as_str()));
            }
            Source::Fold {
                columns: FoldColumns::Others,
                ..
            }
            | Source::Cell { .. }
            | Source::Constant(_)
            | Source::Nowhere => {}
        }
    }
    used
}

/// Positions of the columns that nothing uses by name, and that the job does not ignore.
pub(super) fn free(job: &Job, columns: &Columns) -> Vec<usize> {
    let used = used(job);
    let is_free =
        |name: &str| !used.contains(&name) && !job.input.ignore.iter().any(|known| known == name);
    let names = columns.names().iter().enumerate();
    names
        .filter(|(_, name)| is_free(name))
        .map(|(column, _)| column)
        .collect()
}

/// The columns a job cannot do without: of required fields, and everything it folds by name.
fn needed(job: &Job) -> Vec<&str> {
    let fields = job
        .endpoint
        .request
        .iter()
        .map(|value| &value.field)
        .chain(job.endpoint.items.shape.fields());
    let sources = job.request.iter().chain(&job.item);
    let mut needed = Vec::new();
    for (field, source) in fields.zip(sources) {
        match source {
            // A column the job names itself is needed even for an optional field: the job says that it is there.
            // Several parts of a date come from one column.
            Source::Column { name, .. } if needed.contains(&name.as_str()) => {}
            Source::Column { name, .. } if field.required || *name != field.name => {
                needed.push(name.as_str());
            }
            Source::Fold {
                columns: FoldColumns::Named(names),
                ..
            } => {
                needed.extend(names.iter().map(|(column, _)| column.as_str()));
            }
            Source::Column { .. }
            | Source::Cell { .. }
            | Source::Fold {
                columns: FoldColumns::Others,
                ..
            }
            | Source::Constant(_)
            | Source::Nowhere => {}
        }
    }
    needed
}

/// The names by which the header line is known: what the job cannot do without.
#[must_use]
pub fn names_for_header(job: &Job) -> Vec<String> {
    needed(job).into_iter().map(str::to_owned).collect()
}

/// All words and titles of a job that may stand in a file of its own.
#[must_use]
pub fn words_for_cells(job: &Job) -> Vec<String> {
    let input = &job.input;
    let mut words: Vec<&String> = input.ignore.iter().chain(&input.tidy.empty).collect();
    if let Some(unpivot) = &input.unpivot {
        words.extend(&unpivot.leave);
        words.extend(unpivot.rest.words.iter().chain(&unpivot.clear.words));
    }
    let lookups = job.lookups.iter().flat_map(|lookup| &lookup.words);
    words.extend(lookups.map(|(word, _)| word));
    let words = words.into_iter().map(String::as_str).chain(used(job));
    words.map(str::to_owned).collect()
}

/// Positions of the columns whose merged cells stand for each of the rows they are merged down over, such as a department's or a
/// store's. An id that tells rows apart is one row's alone, and so are the values that are folded.
#[must_use]
pub fn fillable(job: &Job, columns: &Columns) -> Vec<usize> {
    let shape = &job.endpoint.items.shape;
    let is_key = |field: &Field| {
        let is_id = matches!(field.kind, FieldKind::Id { .. });
        let tells_apart = match shape {
            Shape::Value(_) => true,
            Shape::Object(_) => job.endpoint.items.key.contains(&field.name),
        };
        is_id && tells_apart
    };
    let shared = job
        .endpoint
        .request
        .iter()
        .map(|value| (&value.field, false));
    let own = shape.fields().iter().map(|field| (field, is_key(field)));
    let sources = job.request.iter().chain(&job.item);
    let (mut fillable, mut keys) = (Vec::new(), Vec::new());
    for ((_, is_key), source) in shared.chain(own).zip(sources) {
        let column = match source {
            Source::Column { name, .. } => columns.position(name),
            Source::Cell { .. } | Source::Fold { .. } | Source::Constant(_) | Source::Nowhere => {
                None
            }
        };
        if is_key { &mut keys } else { &mut fillable }.extend(column);
    }
    fillable.retain(|column| !keys.contains(column));
    fillable
}

/// Checks that the header has what the job cannot do without. A near miss of a known column is always refused: sending the file
/// without it would be a silent loss. `days` are the columns of days.
pub(super) fn check_needed(job: &Job, columns: &Columns, days: &[usize]) -> Result<(), Refusal> {
    let names: Vec<&str> = columns.names().iter().map(String::as_str).collect();
    let unknown = unknown(job, columns, days);
    let listed = || text!("columns of the file: {names}", names = listed(&names, days));
    let used = used(job);
    let absent = used.iter().copied();
    let absent: Vec<&str> = absent.filter(|name| !names.contains(name)).collect();
    for name in &unknown {
        let alike = absent
            .iter()
            .find(|known| plain(known) == plain(name))
            .copied()
            .or_else(|| nearest(name, absent.iter().copied()));
        if let Some(known) = alike {
            return Err(Refusal::new(
                "file.column-misspelt",
                text!(
                    "the header has `{name}` where `{known}` is expected",
                    name,
                    known
                ),
            )
            .because(listed())
            .hint(text!(
                "rename the column to `{known}`, or map it in the job: {mapped}",
                known,
                mapped = mapped(job, known, name)
            )));
        }
    }
    let mut missing = needed(job);
    missing.retain(|name| !names.contains(name));
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let refusal = Refusal::new(
        "file.column-missing",
        text!("the header lacks {missing}", missing = quoted(&missing)),
    )
    .because(listed());
    let perhaps = match (missing.as_slice(), unknown.as_slice()) {
        ([_], [only]) => Some(*only),
        ([_], several) => likest(first, several),
        _ => None,
    };
    Err(match perhaps {
        Some(near) => refusal.hint(text!(
            "if `{near}` is meant, rename it to `{first}`, or map it in the job: {mapped}",
            near,
            first,
            mapped = mapped(job, first, near)
        )),
        None => refusal.hint(text!(
            "add the column, or map another one to it in [item] of the job: {mapped}",
            mapped = mapped(job, first, "…")
        )),
    })
}

/// The columns that the job knows nothing of.
fn unknown<'c>(job: &Job, columns: &'c Columns, days: &[usize]) -> Vec<&'c str> {
    free(job, columns)
        .into_iter()
        .filter(|column| !days.contains(column))
        .filter_map(|column| columns.names().get(column))
        .map(String::as_str)
        .collect()
}

/// The one name that shares a character with a wanted one and is nearest to it.
fn likest<'n>(wanted: &str, names: &[&'n str]) -> Option<&'n str> {
    let shares = |name: &&&str| name.chars().any(|character| wanted.contains(character));
    let distance = |name: &&&str| strsim::osa_distance(name, wanted);
    names.iter().filter(shares).min_by_key(distance).copied()
}

/// The names of the columns; of the days only the first and the last.
fn listed(names: &[&str], days: &[usize]) -> Value {
    let other = names.iter().enumerate();
    let others = other.filter(|(at, _)| !days.contains(at));
    let mut listed: Vec<Value> = others.map(|(_, name)| name.as_value()).collect();
    let day = |at: Option<&usize>| at.and_then(|at| names.get(*at));
    match (day(days.first()), day(days.last())) {
        (Some(first), Some(last)) if days.len() > DAYS_LISTED_MAX => {
            let days = text!(
                "and {count} days, `{first}` to `{last}`",
                count = days.len(),
                first,
                last
            );
            listed.push(days.as_value());
        }
        _ => return Value::list(names),
    }
    Value::List(listed)
}

/// So many days are listed by their titles.
const DAYS_LISTED_MAX: usize = 5;

/// How a job maps a column to what another one is mapped to.
fn mapped(job: &Job, column: &str, other: &str) -> String {
    let fields = job.endpoint.request.iter().map(|value| &value.field);
    let fields = fields.chain(job.endpoint.items.shape.fields());
    let mut sources = fields.zip(job.request.iter().chain(&job.item));
    let found = sources.find_map(|(field, source)| match source {
        Source::Column { name, lookup, .. } if name == column => Some((&field.name, *lookup)),
        Source::Column { .. }
        | Source::Cell { .. }
        | Source::Fold { .. }
        | Source::Constant(_)
        | Source::Nowhere => None,
    });
    let lookup = found.and_then(|(_, lookup)| job.lookups.get(lookup?));
    let lookup = lookup.map_or(String::new(), |lookup| {
        format!(", lookup = \"{}\"", lookup.name)
    });
    let field = found.map_or(column, |(field, _)| field);
    format!("{field} = {{ column = \"{other}\"{lookup} }}")
}

/// Checks a header: that it has what the job cannot do without, and nothing that the job does not know.
pub(super) fn check_header(job: &Job, columns: &Columns, days: &[usize]) -> Result<(), Refusal> {
    check_needed(job, columns, days)?;
    let unknown = unknown(job, columns, days);
    let folds_others = job.item.iter().any(|source| {
        matches!(
            source,
            Source::Fold {
                columns: FoldColumns::Others,
                ..
            }
        )
    });
    if !folds_others && !unknown.is_empty() {
        let listed: Vec<String> = unknown.iter().map(|name| format!("\"{name}\"")).collect();
        return Err(Refusal::new("file.column-unknown", text!("the job does not use {unknown}", unknown = quoted(&unknown)))
            .because(text!("a column that is not sent may be a misspelt one, so it must be named"))
            .hint(text!("to keep such columns in the reports only, write into [input] of the job: ignore = [{listed}]", listed = listed.join(", "))));
    }
    Ok(())
}

/// A name without what people and spreadsheets change by accident: case, spaces, full-width letters.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| {
            !character.is_whitespace() && *character != '\u{3000}' && *character != '_'
        })
        .map(ordinary)
        .flat_map(char::to_lowercase)
        .collect()
}

fn quoted(names: &[&str]) -> Text {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (count, quoted) = (quoted.len(), Value::list(quoted));
    if count == 1 {
        text!("the column {quoted}", quoted)
    } else {
        text!("the columns {quoted}", quoted)
    }
}
