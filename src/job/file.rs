//! The job file as written, and the checks that turn it into a [`Job`].

use std::path::Path;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::{FoldColumns, InputRule, Job, Limit, Limits, Source};
use crate::document::{Document, Entries};
use crate::endpoint::{Endpoint, Field, FieldKind, RequestValue, catalogue};
use crate::error::{Refusal, nearest};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobFile {
    endpoint: Spanned<String>,
    #[serde(default)]
    input: InputFile,
    #[serde(default)]
    request: Entries<Spanned<Value>>,
    #[serde(default)]
    item: Entries<Spanned<Value>>,
    #[serde(default)]
    limits: LimitsFile,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct InputFile {
    file: Option<String>,
    format: Option<Spanned<String>>,
    encoding: Option<String>,
    delimiter: Option<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the keys of the file"
)]
struct LimitsFile {
    max_rejected: Option<Spanned<Value>>,
    max_failed: Option<Spanned<Value>>,
    max_items: Option<Spanned<usize>>,
}

/// Reads a job file. `set` are the `NAME=VALUE` pairs of `--set`: they give or override values of `[request]`.
pub fn load(path: &Path, set: &[(String, String)]) -> Result<Job, Refusal> {
    let document = Document::read(path, "job")?;
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    resolve(&name, &document, folder, set)
}

/// Resolves a job document. Paths in it are relative to `folder`.
pub(super) fn resolve(
    name: &str,
    document: &Document,
    folder: &Path,
    set: &[(String, String)],
) -> Result<Job, Refusal> {
    let file: JobFile = document.parse()?;
    let checker = Checker { document };
    let (endpoint, endpoint_document) = checker.endpoint(&file.endpoint, folder)?;
    let request = checker.request(&file.request, set, &endpoint)?;
    let item = checker.item(&file.item, &endpoint)?;
    Ok(Job {
        name: name.to_owned(),
        document: document.clone(),
        endpoint_document,
        input: checker.input(file.input, folder)?,
        limits: checker.limits(&file.limits, &endpoint)?,
        request,
        item,
        endpoint,
    })
}

/// Reads job text against one document, so that every refusal can point into it.
struct Checker<'a> {
    document: &'a Document,
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
            let mut refusal = self.document.refuse(&name.span(), &unknown.what);
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
                let refusal = Refusal::new(format!(
                    "--set {name}: {} has no value of this name",
                    endpoint.name
                ));
                return Err(match nearest(name, names) {
                    Some(near) => refusal.hint(format!("did you mean `{near}`?")),
                    None => refusal.hint(format!(
                        "`feishu-bulk endpoints {}` lists them",
                        endpoint.name
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
                    None if field.required => Err(Refusal::new(format!(
                        "{}: [request] lacks `{}`",
                        self.document.name(),
                        field.name
                    ))
                    .because(
                        field
                            .about
                            .clone()
                            .unwrap_or_else(|| format!("every call to {} needs it", endpoint.name)),
                    )
                    .hint(format!(
                        "write it into [request], or give it with --set {}=VALUE",
                        field.name
                    ))),
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
        fields
            .into_iter()
            .map(|field| match (entry(entries, &field.name), &field.kind) {
                (Some(value), _) => self.source(field, value),
                (None, FieldKind::List { .. }) if field.required => Err(Refusal::new(format!(
                    "{}: [item] lacks `{}`",
                    self.document.name(),
                    field.name
                ))
                .because("it is a list, and no single column can give it")
                .hint(format!(
                    "fold columns into it: {} = {{ columns = [\"…\"], key = \"…\", value = \"…\" }}",
                    field.name
                ))),
                (None, FieldKind::List { .. }) => Ok(Source::Nowhere),
                (None, _) => Ok(Source::Column(field.name.clone())),
            })
            .collect()
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
                Some(near) => refusal.hint(format!("did you mean `{near}`?")),
                None => refusal.hint(format!(
                    "`feishu-bulk endpoints {}` lists what the endpoint takes",
                    endpoint.name
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
                .hint("put the value in quotes"));
            }
            Value::Table(table) => table,
        };
        let known: &[&str] = match field.kind {
            FieldKind::List { .. } => &["columns", "key", "value"],
            FieldKind::Id { .. }
            | FieldKind::Text { .. }
            | FieldKind::Integer { .. }
            | FieldKind::Boolean
            | FieldKind::Month { .. }
            | FieldKind::Date
            | FieldKind::Day { .. } => &["column"],
        };
        if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
            let refusal = refuse(format!("unknown key `{unknown}` for `{}`", field.name));
            return Err(match nearest(unknown, known.iter().copied()) {
                Some(near) => refusal.hint(format!("did you mean `{near}`?")),
                None => refusal.hint(format!("the keys known here are: {}", known.join(", "))),
            });
        }
        let text = |key: &str| match table.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(refuse(format!("`{key}` must be text"))),
            None => Err(refuse(format!("`{}` lacks the key `{key}`", field.name))),
        };
        let FieldKind::List { fields, .. } = &field.kind else {
            return Ok(Source::Column(text("column")?));
        };
        let (key, value_field) = (text("key")?, text("value")?);
        for name in [&key, &value_field] {
            if !fields.iter().any(|field| field.name == *name) {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                return Err(refuse(format!(
                    "an entry of `{}` has no field `{name}`",
                    field.name
                ))
                .hint(format!("its fields are: {}", names.join(", "))));
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
        })
    }

    fn input(&self, file: InputFile, folder: &Path) -> Result<InputRule, Refusal> {
        if let Some(format) = &file.format
            && !["csv", "jsonl"].contains(&format.get_ref().as_str())
        {
            return Err(self
                .document
                .refuse(
                    &format.span(),
                    format!("unknown format `{}`", format.get_ref()),
                )
                .hint("one of: csv, jsonl"));
        }
        let delimiter = match &file.delimiter {
            None => None,
            Some(text) => match text.get_ref().as_bytes() {
                [byte @ (b',' | b';' | b'\t' | b'|')] => Some(*byte),
                _ => {
                    return Err(self
                        .document
                        .refuse(&text.span(), "a delimiter is one of , ; | and a tab")
                        .hint("write a tab as \"\\t\""));
                }
            },
        };
        Ok(InputRule {
            file: file.file.map(|file| folder.join(file)),
            format: file.format.map(Spanned::into_inner),
            encoding: file.encoding,
            delimiter,
            ignore: file.ignore,
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
            items_max: file.max_items.as_ref().map(|max| *max.get_ref()),
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
