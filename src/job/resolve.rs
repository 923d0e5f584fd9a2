//! From the job file as written to a [`Job`]: every name is checked against the endpoint, and a mistake is shown at its place.

mod part;
mod table;

use std::path::Path;
use std::time::Duration;

use toml::{Spanned, Value};

use super::file::{JobFile, LimitsFile};
use super::{CellPart, FoldColumns, Job, Limit, Limits, Source};
use crate::document::{Document, Entries};
use crate::endpoint::{Endpoint, Field, FieldKind, RequestValue, catalogue};
use crate::error::{Refusal, nearest};

/// Reads a job file whose values are all given. `set` are the `NAME=VALUE` pairs of `--set`: they give or override values of
/// `[request]`.
pub fn load(path: &Path, set: &[(String, String)]) -> Result<Job, Refusal> {
    let job = read(path, set)?;
    job.require_values()?;
    Ok(job)
}

/// Reads a job file. A value of `[request]` may be lacking: the run that the input belongs to may give it.
pub fn read(path: &Path, set: &[(String, String)]) -> Result<Job, Refusal> {
    let document = Document::read(path, "job")?;
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    resolve(&name, &document, folder, set)
}

/// `max_items` as a job document has it.
pub fn items_max(document: &Document) -> Result<Option<usize>, Refusal> {
    let file: JobFile = document.parse()?;
    Ok(file.limits.max_items.map(Spanned::into_inner))
}

/// Resolves a job document. Paths in it are relative to `folder`.
pub(super) fn resolve(
    name: &str,
    document: &Document,
    folder: &Path,
    typed: &[(String, String)],
) -> Result<Job, Refusal> {
    let file: JobFile = document.parse()?;
    let lookups = file.lookup.0.iter();
    let checker = Checker {
        document,
        unpivots: file.input.unpivot.is_some(),
        lookups: lookups.map(|(name, _)| name.get_ref().clone()).collect(),
    };
    let (endpoint, endpoint_document) = checker.endpoint(&file.endpoint, folder)?;
    let unpivots = file.input.unpivot.is_some();
    let (month, set) = month_of_unpivot(typed, unpivots, &endpoint);
    let request = checker.request(&file.request, &set, &endpoint)?;
    let item = checker.item(&file.item, &endpoint)?;
    if unpivots && !item.iter().any(gives_the_value) {
        return Err(Refusal::new(
            "job.no-value-of-days",
            text!(
                "{document}: no field of [item] takes what stands in a day's cell",
                document = document.name()
            ),
        )
        .because(text!("[input.unpivot] makes an item of each day's cell"))
        .hint(text!(
            "write into [item], for example: shift_id = {{ cell = \"value\", lookup = \"shifts\" }}"
        )));
    }
    Ok(Job {
        name: name.to_owned(),
        document: document.clone(),
        set: typed.to_vec(),
        sheet: None,
        endpoint_document,
        input: checker.input(file.input, folder, month.as_deref(), &endpoint)?,
        lookups: checker.lookups(&file.lookup, folder)?,
        limits: checker.limits(&file.limits, &endpoint)?,
        keeps_before: file.before.keep,
        has_preflight: file.before.preflight,
        request,
        item,
        endpoint,
    })
}

/// Reads job text against one document, so that every refusal can point into it.
struct Checker<'a> {
    document: &'a Document,
    /// Whether items are made from the cells of days.
    unpivots: bool,
    /// Names of the lookups, in the order of the file.
    lookups: Vec<String>,
}

/// `--set month=` gives the month of a roster, unless the endpoint has a shared value of that name.
fn month_of_unpivot(
    set: &[(String, String)],
    unpivots: bool,
    endpoint: &Endpoint,
) -> (Option<String>, Vec<(String, String)>) {
    let is_shared = endpoint
        .request
        .iter()
        .any(|value| value.field.name == "month");
    let (month, others): (Vec<_>, Vec<_>) = set
        .iter()
        .cloned()
        .partition(|(name, _)| unpivots && !is_shared && name == "month");
    (
        month.into_iter().next_back().map(|(_, value)| value),
        others,
    )
}

fn gives_the_value(source: &Source) -> bool {
    matches!(
        source,
        Source::Cell {
            part: CellPart::Value,
            ..
        }
    )
}

impl Checker<'_> {
    /// The catalogue's endpoint, or the file a path names.
    fn endpoint(
        &self,
        name: &Spanned<String>,
        folder: &Path,
    ) -> Result<(Endpoint, Document), Refusal> {
        let word = name.get_ref();
        let is_path = Path::new(word)
            .extension()
            .is_some_and(|extension| extension == "toml");
        if is_path {
            let path = folder.join(word);
            let document = Document::read(&path, "endpoint")?;
            let stem = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            let endpoint = Endpoint::parse(&stem, &document)?;
            return Ok((endpoint, document));
        }
        let document = catalogue::document(word).map_err(|unknown| {
            let mut refusal = self.document.refuse(&name.span(), unknown.what.to_string());
            refusal.hint = unknown.hint;
            refusal
        })?;
        let endpoint = Endpoint::parse(word, &document)?;
        Ok((endpoint, document))
    }

    fn request(
        &self,
        entries: &Entries<Spanned<Value>>,
        set: &[(String, String)],
        endpoint: &Endpoint,
    ) -> Result<Vec<Source>, Refusal> {
        let fields: Vec<&Field> = endpoint.request.iter().map(|value| &value.field).collect();
        self.names(entries, &fields, "request", endpoint)?;
        for (name, _) in set {
            if !fields.iter().any(|field| field.name == *name) {
                let names = fields.iter().map(|field| field.name.as_str());
                let refusal = Refusal::new(
                    "command.set-unknown",
                    text!(
                        "--set {name}: {name2} has no value of this name",
                        name,
                        name2 = endpoint.name
                    ),
                );
                return Err(match nearest(name, names) {
                    Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
                    None => refusal.hint(text!(
                        "`feishu-bulk endpoints {name}` lists them",
                        name = endpoint.name
                    )),
                });
            }
        }
        endpoint
            .request
            .iter()
            .map(|RequestValue { field, .. }| {
                let given = set.iter().rev().find(|(name, _)| *name == field.name);
                if let Some((_, value)) = given {
                    return Ok(Source::Constant(value.clone()));
                }
                match entry(entries, &field.name) {
                    Some(value) => self.source(field, value),
                    None => Ok(Source::Nowhere),
                }
            })
            .collect()
    }

    fn item(
        &self,
        entries: &Entries<Spanned<Value>>,
        endpoint: &Endpoint,
    ) -> Result<Vec<Source>, Refusal> {
        let fields: Vec<&Field> = endpoint.items.shape.fields().iter().collect();
        self.names(entries, &fields, "item", endpoint)?;
        let item: Vec<Source> = fields
            .iter()
            .map(|&field| match (entry(entries, &field.name), &field.kind) {
                (Some(value), _) => self.source(field, value),
                (None, FieldKind::List { .. }) if field.required => Err(Refusal::new("job.item-missing", text!("{document}: [item] lacks `{name}`", document = self.document.name(), name = field.name))
                .because(text!("it is a list, and no single column can give it"))
                .hint(text!("fold columns into it: {name} = {{ columns = [\"…\"], key = \"…\", value = \"…\" }}", name = field.name))),
                (None, FieldKind::List { .. }) => Ok(Source::Nowhere),
                (None, _) => Ok(Source::Column {
                    name: field.name.clone(),
                    part: None,
                    lookup: None,
                }),
            })
            .collect::<Result<_, Refusal>>()?;
        self.check_parts(entries, &fields, &item)?;
        Ok(item)
    }

    /// Refuses names that the endpoint does not have.
    fn names(
        &self,
        entries: &Entries<Spanned<Value>>,
        fields: &[&Field],
        table: &str,
        endpoint: &Endpoint,
    ) -> Result<(), Refusal> {
        for (name, _) in &entries.0 {
            if fields.iter().any(|field| field.name == *name.get_ref()) {
                continue;
            }
            let refusal = self.document.refuse(
                &name.span(),
                format!("unknown key `{}` in [{table}]", name.get_ref()),
            );
            let names = fields.iter().map(|field| field.name.as_str());
            return Err(match nearest(name.get_ref(), names) {
                Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
                None => refusal.hint(text!(
                    "`feishu-bulk endpoints {name}` lists what the endpoint takes",
                    name = endpoint.name
                )),
            });
        }
        Ok(())
    }

    /// One value of `[request]` or `[item]`: a constant, `{ column = … }` or `{ columns = …, key = …, value = … }`.
    fn source(&self, field: &Field, value: &Spanned<Value>) -> Result<Source, Refusal> {
        let refuse = |what: String| self.document.refuse(&value.span(), what);
        let table = match value.get_ref() {
            Value::String(text) => return Ok(Source::Constant(text.clone())),
            Value::Integer(number) => return Ok(Source::Constant(number.to_string())),
            Value::Boolean(flag) => return Ok(Source::Constant(flag.to_string())),
            Value::Float(_) | Value::Datetime(_) | Value::Array(_) => {
                return Err(refuse(format!(
                    "`{}` must be text, a whole number, true or false, or a table",
                    field.name
                ))
                .hint(text!("put the value in quotes")));
            }
            Value::Table(table) => table,
        };
        let known = if matches!(field.kind, FieldKind::List { .. }) {
            ["columns", "key", "value", "lookup"]
        } else {
            ["column", "part", "cell", "lookup"]
        };
        if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
            let refusal = refuse(format!("unknown key `{unknown}` for `{}`", field.name));
            return Err(match nearest(unknown, known.iter().copied()) {
                Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
                None => refusal.hint(text!(
                    "the keys known here are: {known}",
                    known = known.join(", ")
                )),
            });
        }
        let text = |key: &str| match table.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(refuse(format!("`{key}` must be text"))),
            None => Err(refuse(format!("`{}` lacks the key `{key}`", field.name))),
        };
        let lookup = match table.get("lookup") {
            None => None,
            Some(_) => Some(self.lookup(&text("lookup")?, value)?),
        };
        let FieldKind::List { fields, .. } = &field.kind else {
            if !table.contains_key("cell") {
                let name = text("column")?;
                let part = match table.get("part") {
                    None => None,
                    Some(_) => Some(self.date_part(&text("part")?, field, value)?),
                };
                if part.is_some() && lookup.is_some() {
                    return Err(refuse("a part of a date has no lookup".to_owned()));
                }
                return Ok(Source::Column { name, part, lookup });
            }
            if table.contains_key("part") {
                return Err(
                    refuse("`part` is of the date in a column".to_owned()).hint(text!(
                        "the parts of a day's cell are {{ cell = \"month\" }}, \"day\" and \"date\""
                    )),
                );
            }
            let part = self.cell_part(&text("cell")?, value)?;
            return Ok(Source::Cell { part, lookup });
        };
        let (key, value_field) = (text("key")?, text("value")?);
        for name in [&key, &value_field] {
            if !fields.iter().any(|field| field.name == *name) {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                return Err(refuse(format!(
                    "an entry of `{}` has no field `{name}`",
                    field.name
                ))
                .hint(text!("its fields are: {names}", names = names.join(", "))));
            }
        }
        let columns = fold_columns(table.get("columns")).ok_or_else(|| {
                refuse("`columns` must be \"*\" (every other column), a list of columns, or a table { column = \"name\" }".to_owned())
            })?;
        if let FoldColumns::Named(names) = &columns {
            let twice = names
                .iter()
                .enumerate()
                .find(|(at, (_, name))| names.iter().take(*at).any(|(_, earlier)| earlier == name));
            if let Some((_, (_, name))) = twice {
                return Err(refuse(format!("two columns are sent as `{name}`")));
            }
        }
        Ok(Source::Fold {
            columns,
            key,
            value: value_field,
            lookup,
        })
    }

    fn lookup(&self, name: &str, value: &Spanned<Value>) -> Result<usize, Refusal> {
        let known = || self.lookups.iter().map(String::as_str);
        known().position(|known| known == name).ok_or_else(|| {
            let refusal = self.document.refuse(
                &value.span(),
                format!("there is no [lookup.{name}] in the job"),
            );
            match nearest(name, known()) {
                Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
                None => refusal.hint(text!(
                    "write one: [lookup.{name}] with words = {{ \"早班\" = \"…\" }}",
                    name
                )),
            }
        })
    }

    fn cell_part(&self, word: &str, value: &Spanned<Value>) -> Result<CellPart, Refusal> {
        let refuse = |what: &str| self.document.refuse(&value.span(), what);
        if !self.unpivots {
            return Err(refuse(
                "`cell` is a part of a day's cell, and the job has no [input.unpivot]",
            )
            .hint(text!("name a column instead: {{ column = \"…\" }}")));
        }
        let known = CellPart::WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, part)| *part).ok_or_else(|| {
            let words = CellPart::WORDS.map(|(word, _)| word);
            refuse(&format!("a day's cell has no part `{word}`"))
                .hint(text!("one of: {words}", words = words.join(", ")))
        })
    }

    fn limits(&self, file: &LimitsFile, endpoint: &Endpoint) -> Result<Limits, Refusal> {
        if let Some(max) = &file.max_items
            && !(1..=endpoint.items.max).contains(max.get_ref())
        {
            return Err(self.document.refuse(
                &max.span(),
                format!(
                    "`max_items` must be between 1 and {}, the limit of {}",
                    endpoint.items.max, endpoint.name
                ),
            ));
        }
        Ok(Limits {
            rejected: self.limit(file.max_rejected.as_ref(), Limit::Percent(10.0))?,
            failed: self.limit(file.max_failed.as_ref(), Limit::Percent(50.0))?,
            calls: self.calls_max(file)?,
            outage: self.outage_max(file)?,
            items_max: file.max_items.as_ref().map(|max| *max.get_ref()),
        })
    }

    fn calls_max(&self, file: &LimitsFile) -> Result<Option<u64>, Refusal> {
        let Some(max) = &file.max_calls else {
            return Ok(None);
        };
        if *max.get_ref() == 0 {
            return Err(self
                .document
                .refuse(&max.span(), "`max_calls` must be at least 1"));
        }
        Ok(Some(*max.get_ref()))
    }

    fn outage_max(&self, file: &LimitsFile) -> Result<Duration, Refusal> {
        let Some(max) = &file.max_outage else {
            return Ok(Limits::OUTAGE);
        };
        time(max.get_ref()).ok_or_else(|| {
            let what = format!("`max_outage` is a time such as \"90s\", \"15m\" or \"2h\", at most {OUTAGE_HOURS_MAX} hours");
            self.document.refuse(&max.span(), what)
        })
    }

    fn limit(&self, value: Option<&Spanned<Value>>, otherwise: Limit) -> Result<Limit, Refusal> {
        let Some(value) = value else {
            return Ok(otherwise);
        };
        let limit = match value.get_ref() {
            Value::Integer(count) => u64::try_from(*count).ok().map(Limit::Count),
            Value::String(text) if text.ends_with('%') => Limit::parse(text),
            Value::String(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        };
        limit.ok_or_else(|| {
            self.document.refuse(
                &value.span(),
                "a limit is a number such as 20, or a share such as \"10%\"",
            )
        })
    }
}

/// Longest time that can be asked for: a day. Whoever comes back later resumes the run.
const OUTAGE_HOURS_MAX: u64 = 24;

/// `90s`, `15m`, `2h`.
fn time(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        _ => return None,
    };
    let count: u64 = digits
        .parse()
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let time = Duration::from_secs(count.checked_mul(seconds)?);
    (time <= Duration::from_hours(OUTAGE_HOURS_MAX)).then_some(time)
}

fn entry<'a>(entries: &'a Entries<Spanned<Value>>, name: &str) -> Option<&'a Spanned<Value>> {
    entries
        .0
        .iter()
        .find(|(known, _)| known.get_ref() == name)
        .map(|(_, value)| value)
}

fn fold_columns(value: Option<&Value>) -> Option<FoldColumns> {
    match value? {
        Value::String(text) if text == "*" => Some(FoldColumns::Others),
        Value::Array(columns) => columns
            .iter()
            .map(|column| {
                column
                    .as_str()
                    .map(|name| (name.to_owned(), name.to_owned()))
            })
            .collect::<Option<Vec<_>>>()
            .map(FoldColumns::Named),
        Value::Table(columns) => columns
            .iter()
            .map(|(column, name)| name.as_str().map(|name| (column.clone(), name.to_owned())))
            .collect::<Option<Vec<_>>>()
            .map(FoldColumns::Named),
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_) => None,
    }
}
