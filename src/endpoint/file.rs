//! A catalogue file as written, and the checks that turn it into an [`Endpoint`].
//!
//! Every mistake is refused with the file, the line and a hint: a catalogue file may come from a user, not only from us.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::definition::{
    CodeAction, CodeRule, Destructive, Endpoint, FailureList, Field, FieldKind, Items, Method,
    Place, ReplyReader, RequestValue, Resend, Shape, TokenKind, Window, Written,
};
use crate::document::schema::json_schema;
use crate::document::{Document, Entries};
use crate::error::{Refusal, nearest};

/// Most items a call may hold by a catalogue file: the largest limit of the platform's batch endpoints is 1,000.
const ITEMS_MAX: usize = 10_000;
/// Deepest nesting of lists in an item: the platform's deepest batch item has two.
const DEPTH_MAX: usize = 4;
/// Longest text where the platform states no limit: 64 KiB, what a cell may hold.
const CHARS_MAX: usize = 65_536;

impl Endpoint {
    /// Reads an endpoint from its catalogue file.
    pub fn parse(name: &str, document: &Document) -> Result<Self, Refusal> {
        let file: EndpointFile = document.parse()?;
        Checker { document }.endpoint(name, file)
    }
}

/// The JSON Schema of endpoint files.
#[must_use]
pub fn schema() -> Value {
    json_schema::<EndpointFile>()
}

/// One method of the platform: how it is called, what an item is, and how its reply is read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Endpoint file of feishu-bulk")]
struct EndpointFile {
    /// What the method does, in one line.
    title: String,
    /// The method's page in the platform's documentation.
    #[schemars(with = "String")]
    docs: Spanned<String>,
    /// The HTTP method.
    #[schemars(with = "String", extend("enum" = ["GET", "POST", "PUT", "PATCH", "DELETE"]))]
    method: Spanned<String>,
    /// The path, beginning with /open-apis/; each {name} is filled from [request].
    #[schemars(with = "String")]
    path: Spanned<String>,
    /// All windows that hold at once, as calls per seconds, such as "50/1s".
    #[schemars(with = "Vec<String>")]
    quota: Spanned<Vec<Spanned<String>>>,
    /// What to do when the fate of a call is unknown: send it again, send it again with the same idempotency token, or never.
    #[schemars(with = "String", extend("enum" = ["safe", "by-token", "never"]))]
    resend: Spanned<String>,
    /// Whether every item destroys something, or the boolean field that makes an item do so.
    #[serde(default)]
    #[schemars(with = "Option<DestructiveFile>")]
    destructive: Option<Spanned<DestructiveFile>>,
    /// Scopes of which any one lets the app call the method.
    scopes: Vec<String>,
    /// Kinds of access token that the method takes.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "enum": ["tenant", "user"] }))]
    tokens: Spanned<Vec<Spanned<String>>>,
    /// What no document of the platform says and the program takes for granted.
    #[serde(default)]
    assumed: Vec<String>,
    /// What a user should know and no other key says.
    #[serde(default)]
    notes: Vec<String>,
    /// Values shared by all items of a call.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    request: Entries<FieldFile>,
    /// The array of items in the body.
    items: ItemsFile,
    /// How the reply is read.
    #[schemars(with = "ReplyFile")]
    reply: Spanned<ReplyFile>,
    /// What codes of the platform mean here, beyond the platform-wide table.
    #[serde(default)]
    codes: CodesFile,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum DestructiveFile {
    Flag(bool),
    Field(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ItemsFile {
    /// The name of the array in the body.
    #[schemars(with = "String")]
    field: Spanned<String>,
    /// Most items of a call.
    #[schemars(with = "usize")]
    max: Spanned<usize>,
    /// The fields that tell items apart.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    key: Vec<Spanned<String>>,
    /// The fields of an item that is an object.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    fields: Entries<FieldFile>,
    /// The name and type of an item that is a bare value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    value: Entries<FieldFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    /// Where a shared value goes.
    #[serde(rename = "in")]
    #[schemars(with = "Option<String>", extend("enum" = ["path", "query", "body"]))]
    place: Option<Spanned<String>>,
    /// The type of the value.
    #[serde(rename = "type")]
    #[schemars(with = "String", extend("enum" = ["id", "text", "integer", "boolean", "yyyyMM", "yyyyMMdd", "day", "list"]))]
    kind: Spanned<String>,
    /// Whether it must be there.
    #[serde(default)]
    required: bool,
    /// Whether a shared value is part of what tells items apart.
    #[serde(default)]
    in_key: bool,
    /// What it is, in a few words.
    about: Option<String>,
    /// Most characters of an id or a text.
    #[schemars(with = "Option<usize>")]
    max_chars: Option<Spanned<usize>>,
    /// The only texts allowed.
    #[serde(default)]
    one_of: Vec<String>,
    /// The least number, or the fewest entries of a list.
    min: Option<i64>,
    /// The greatest number, or the most entries of a list.
    max: Option<i64>,
    /// Whether a month is sent as a number or as text.
    #[schemars(with = "Option<String>", extend("enum" = ["integer", "text"]))]
    written: Option<Spanned<String>>,
    /// The field that holds the month of a day.
    #[schemars(with = "Option<String>")]
    month: Option<Spanned<String>>,
    /// The fields of the entries of a list.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    fields: Entries<FieldFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplyFile {
    /// Which of the known shapes the reply has.
    #[schemars(with = "String", extend("enum" = ["listed", "message-map", "per-item", "whole"]))]
    reader: Spanned<String>,
    /// listed: the JSON pointer to the list of what succeeded.
    succeeded: Option<String>,
    /// listed, per-item: what of an item the list names, such as a field; the empty text is the item itself.
    #[schemars(with = "Option<String>")]
    matches: Option<Spanned<String>>,
    /// listed: the lists of what failed.
    #[serde(default)]
    failed: Vec<FailureListFile>,
    /// message-map: the values of msg that say that everything took effect.
    #[serde(default)]
    accepted: Vec<String>,
    /// message-map: the field that holds the person.
    #[schemars(with = "Option<String>")]
    person: Option<Spanned<String>>,
    /// message-map: the field that holds the month.
    #[schemars(with = "Option<String>")]
    month: Option<Spanned<String>>,
    /// message-map: the field that holds the day of the month.
    #[schemars(with = "Option<String>")]
    day: Option<Spanned<String>>,
    /// message-map: the JSON pointer to the list that repeats what took effect.
    echo: Option<String>,
    /// message-map: why an item that msg names failed.
    reason: Option<String>,
    /// per-item: the JSON pointer to the list with an entry for each item.
    list: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to what identifies the item.
    id: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to the boolean that decides.
    success: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to the list of errors.
    errors: Option<String>,
    /// per-item: the values of `sub_code` that pass by themselves.
    #[serde(default)]
    temporary: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FailureListFile {
    /// The JSON pointer to the list.
    list: String,
    /// What of an item the list names.
    #[schemars(with = "String")]
    matches: Spanned<String>,
    /// Why an item failed, when the reply does not say.
    reason: String,
    /// Whether msg holds the reason for each id.
    #[serde(default)]
    reasons_in_msg: bool,
    /// Whether the list names whole items, and not parts that several items may share.
    #[serde(default = "yes")]
    names_items: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CodesFile {
    /// It passes by itself, and the call may have been applied: send it again later.
    #[serde(default)]
    again: Vec<CodeFile>,
    /// It passes by itself, and the call was not applied: send it again later.
    #[serde(default)]
    busy: Vec<CodeFile>,
    /// The call was refused because of its items: find the guilty one.
    #[serde(default)]
    refused: Vec<CodeFile>,
    /// Every further call would be refused alike: stop.
    #[serde(default)]
    halt: Vec<CodeFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CodeFile {
    /// The platform's code.
    code: i64,
    /// Only under this HTTP status.
    status: Option<u16>,
    /// Only when msg contains this text.
    message: Option<String>,
    /// What the user can do about it.
    help: Option<String>,
}

/// Reads catalogue text against one document, so that every refusal can point into it.
struct Checker<'a> {
    document: &'a Document,
}

impl Checker<'_> {
    fn endpoint(&self, name: &str, file: EndpointFile) -> Result<Endpoint, Refusal> {
        if !file.docs.get_ref().starts_with("https://") {
            return Err(self.refuse(&file.docs, "`docs` must be an https:// address"));
        }
        let request = self.request(&file.request, &file.path)?;
        let items = self.items(file.items)?;
        let destructive = self.destructive(file.destructive.as_ref(), items.shape.fields())?;
        Ok(Endpoint {
            name: name.to_owned(),
            title: file.title,
            docs: file.docs.into_inner(),
            method: self.word(
                &file.method,
                "method",
                &[
                    ("GET", Method::Get),
                    ("POST", Method::Post),
                    ("PUT", Method::Put),
                    ("PATCH", Method::Patch),
                    ("DELETE", Method::Delete),
                ],
            )?,
            path: file.path.into_inner(),
            quota: self.quota(&file.quota)?,
            resend: self.word(
                &file.resend,
                "resend",
                &[
                    ("safe", Resend::Safe),
                    ("by-token", Resend::ByToken),
                    ("never", Resend::Never),
                ],
            )?,
            destructive,
            scopes: file.scopes,
            tokens: self.tokens(&file.tokens)?,
            assumed: file.assumed,
            notes: file.notes,
            reply: self.reply(file.reply, items.shape.fields())?,
            request,
            items,
            codes: codes(file.codes),
        })
    }

    fn request(
        &self,
        entries: &Entries<FieldFile>,
        path: &Spanned<String>,
    ) -> Result<Vec<RequestValue>, Refusal> {
        if !path.get_ref().starts_with("/open-apis/") {
            return Err(self.refuse(path, "`path` must begin with /open-apis/"));
        }
        let mut values = Vec::new();
        for (name, file) in &entries.0 {
            let Some(place) = &file.place else {
                return Err(self
                    .refuse(name, format!("`{}` lacks the key `in`", name.get_ref()))
                    .hint("say where the value goes: in = \"path\", \"query\" or \"body\""));
            };
            let value = RequestValue {
                place: self.word(
                    place,
                    "in",
                    &[
                        ("path", Place::Path),
                        ("query", Place::Query),
                        ("body", Place::Body),
                    ],
                )?,
                field: self.field(name, file, 0)?,
                in_key: file.in_key,
            };
            if value.place == Place::Path
                && !path.get_ref().contains(&format!("{{{}}}", name.get_ref()))
            {
                return Err(self.refuse(
                    name,
                    format!("the path has no {{{}}} for it", name.get_ref()),
                ));
            }
            if matches!(
                value.field.kind,
                FieldKind::List { .. } | FieldKind::Day { .. }
            ) {
                return Err(self.refuse(&file.kind, "a shared value cannot have this type"));
            }
            values.push(value);
        }
        for hole in path.get_ref().split('{').skip(1) {
            let name = hole.split('}').next().unwrap_or_default();
            let filled = values
                .iter()
                .any(|value| value.place == Place::Path && value.field.name == name);
            if !filled {
                return Err(self
                    .refuse(path, format!("nothing fills {{{name}}}"))
                    .hint(format!("add [request.{name}] with in = \"path\"")));
            }
        }
        Ok(values)
    }

    fn items(&self, file: ItemsFile) -> Result<Items, Refusal> {
        let max = *file.max.get_ref();
        if max == 0 || max > ITEMS_MAX {
            return Err(self.refuse(
                &file.max,
                format!("`max` must be between 1 and {ITEMS_MAX}"),
            ));
        }
        let shape = match (file.fields.0.as_slice(), file.value.0.as_slice()) {
            ([], [(name, value)]) => Shape::Value(self.field(name, value, 0)?),
            ([_, ..], []) => Shape::Object(self.fields(&file.fields, 0)?),
            _ => {
                return Err(Refusal::new(format!(
                    "{}: [items] needs either `fields` (items are objects) or one `value` (items are bare values)",
                    self.document.name()
                )));
            }
        };
        if let (Shape::Object(_), []) = (&shape, file.key.as_slice()) {
            return Err(self
                .refuse(&file.max, "[items] lacks `key`")
                .hint("name the fields that tell items apart: key = [\"user_id\", \"month\"]"));
        }
        for key in &file.key {
            self.known(key, shape.fields())?;
        }
        self.name(&file.field)?;
        Ok(Items {
            field: file.field.into_inner(),
            max,
            key: file.key.into_iter().map(Spanned::into_inner).collect(),
            shape,
        })
    }

    fn fields(&self, entries: &Entries<FieldFile>, depth: usize) -> Result<Vec<Field>, Refusal> {
        let fields = entries
            .0
            .iter()
            .map(|(name, file)| self.field(name, file, depth))
            .collect::<Result<Vec<_>, _>>()?;
        for ((_, file), field) in entries.0.iter().zip(&fields) {
            if let (FieldKind::Day { month }, Some(place)) = (&field.kind, &file.month) {
                let found = fields.iter().any(|other| {
                    other.name == *month && matches!(other.kind, FieldKind::Month { .. })
                });
                if !found {
                    return Err(self.refuse(
                        place,
                        format!("`{month}` is not a field of type \"yyyyMM\" beside it"),
                    ));
                }
            }
        }
        Ok(fields)
    }

    fn field(
        &self,
        name: &Spanned<String>,
        file: &FieldFile,
        depth: usize,
    ) -> Result<Field, Refusal> {
        self.name(name)?;
        let chars_max = file
            .max_chars
            .as_ref()
            .map_or(CHARS_MAX, |max| *max.get_ref());
        let kind = match file.kind.get_ref().as_str() {
            "id" => FieldKind::Id { chars_max },
            "text" => FieldKind::Text {
                chars_max,
                one_of: file.one_of.clone(),
            },
            "integer" => FieldKind::Integer {
                min: file.min.unwrap_or(i64::MIN),
                max: file.max.unwrap_or(i64::MAX),
            },
            "boolean" => FieldKind::Boolean,
            "yyyyMM" => FieldKind::Month {
                written: match &file.written {
                    None => Written::Text,
                    Some(word) => self.word(
                        word,
                        "written",
                        &[("integer", Written::Integer), ("text", Written::Text)],
                    )?,
                },
            },
            "yyyyMMdd" => FieldKind::Date,
            "day" => FieldKind::Day {
                month: match &file.month {
                    Some(month) => month.get_ref().clone(),
                    None => {
                        return Err(self
                            .refuse(&file.kind, "a day needs to know its month")
                            .hint("name the field that holds it: month = \"month\""));
                    }
                },
            },
            "list" => self.list(file, depth)?,
            other => {
                return Err(self.unknown(
                    &file.kind,
                    other,
                    "type",
                    &[
                        "id", "text", "integer", "boolean", "yyyyMM", "yyyyMMdd", "day", "list",
                    ],
                ));
            }
        };
        Ok(Field {
            name: name.get_ref().clone(),
            kind,
            required: file.required,
            about: file.about.clone(),
        })
    }

    fn list(&self, file: &FieldFile, depth: usize) -> Result<FieldKind, Refusal> {
        if depth >= DEPTH_MAX {
            return Err(self.refuse(&file.kind, format!("lists nest at most {DEPTH_MAX} deep")));
        }
        let bound = |value: Option<i64>, otherwise: usize| match value {
            None => Ok(otherwise),
            Some(value) => usize::try_from(value)
                .map_err(|_| self.refuse(&file.kind, "a list cannot have a negative length")),
        };
        let fields = self.fields(&file.fields, depth + 1)?;
        if fields.is_empty() {
            return Err(self.refuse(&file.kind, "a list needs `fields`"));
        }
        Ok(FieldKind::List {
            min: bound(file.min, 0)?,
            max: bound(file.max, ITEMS_MAX)?,
            fields,
        })
    }

    fn destructive(
        &self,
        file: Option<&Spanned<DestructiveFile>>,
        fields: &[Field],
    ) -> Result<Destructive, Refusal> {
        let Some(file) = file else {
            return Ok(Destructive::Never);
        };
        match file.get_ref() {
            DestructiveFile::Flag(false) => Ok(Destructive::Never),
            DestructiveFile::Flag(true) => Ok(Destructive::Always),
            DestructiveFile::Field(name) => {
                let boolean = fields
                    .iter()
                    .any(|field| field.name == *name && field.kind == FieldKind::Boolean);
                if !boolean {
                    return Err(self.refuse(
                        file,
                        format!("`{name}` is not a boolean field of the items"),
                    ));
                }
                Ok(Destructive::When {
                    field: name.clone(),
                })
            }
        }
    }

    fn quota(&self, file: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Window>, Refusal> {
        if file.get_ref().is_empty() {
            return Err(self
                .refuse(file, "`quota` is empty")
                .hint("the platform limits every method: quota = [\"50/1s\"]"));
        }
        file.get_ref()
            .iter()
            .map(|text| {
                Window::parse(text.get_ref()).map_err(|why| {
                    self.refuse(text, format!("`{}`: {why}", text.get_ref()))
                        .hint("write calls per seconds, such as \"50/1s\" or \"1000/60s\"")
                })
            })
            .collect()
    }

    fn tokens(&self, file: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<TokenKind>, Refusal> {
        if file.get_ref().is_empty() {
            return Err(self.refuse(file, "`tokens` is empty"));
        }
        file.get_ref()
            .iter()
            .map(|word| {
                self.word(
                    word,
                    "tokens",
                    &[("tenant", TokenKind::Tenant), ("user", TokenKind::User)],
                )
            })
            .collect()
    }

    fn reply(&self, file: Spanned<ReplyFile>, fields: &[Field]) -> Result<ReplyReader, Refusal> {
        let span = file.span();
        let reply = file.into_inner();
        let needed = |value: Option<String>, key: &str| {
            value.ok_or_else(|| {
                self.document.refuse(
                    &reply.reader.span(),
                    format!(
                        "the reader `{}` needs the key `{key}`",
                        reply.reader.get_ref()
                    ),
                )
            })
        };
        let field = |value: Option<&Spanned<String>>, key: &str| match value {
            Some(path) => {
                self.known(path, fields)?;
                Ok(path.get_ref().clone())
            }
            None => needed(None, key),
        };
        match reply.reader.get_ref().as_str() {
            "listed" => {
                let failed = reply
                    .failed
                    .into_iter()
                    .map(|list| {
                        self.known(&list.matches, fields)?;
                        Ok(FailureList {
                            list: list.list,
                            matches: list.matches.into_inner(),
                            reason: list.reason,
                            reasons_in_msg: list.reasons_in_msg,
                            names_items: list.names_items,
                        })
                    })
                    .collect::<Result<Vec<_>, Refusal>>()?;
                if failed.is_empty() && reply.succeeded.is_none() {
                    return Err(self.document.refuse(
                        &span,
                        "the reader `listed` needs `succeeded` or at least one `failed` list",
                    ));
                }
                Ok(ReplyReader::Listed {
                    succeeded: reply.succeeded,
                    matches: reply.matches.map(Spanned::into_inner).unwrap_or_default(),
                    failed,
                })
            }
            "message-map" => Ok(ReplyReader::MessageMap {
                accepted: reply.accepted,
                person: field(reply.person.as_ref(), "person")?,
                month: field(reply.month.as_ref(), "month")?,
                day: field(reply.day.as_ref(), "day")?,
                echo: needed(reply.echo, "echo")?,
                reason: needed(reply.reason, "reason")?,
            }),
            "per-item" => Ok(ReplyReader::PerItem {
                list: needed(reply.list, "list")?,
                id: needed(reply.id, "id")?,
                matches: field(reply.matches.as_ref(), "matches")?,
                success: needed(reply.success, "success")?,
                errors: needed(reply.errors, "errors")?,
                temporary: reply.temporary,
            }),
            "whole" => Ok(ReplyReader::Whole),
            other => Err(self.unknown(
                &reply.reader,
                other,
                "reader",
                &["listed", "message-map", "per-item", "whole"],
            )),
        }
    }

    /// Checks a name that stands as it is in bodies and addresses.
    fn name(&self, name: &Spanned<String>) -> Result<(), Refusal> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let text = name.get_ref();
        if !text.is_empty() && text.bytes().all(plain) {
            return Ok(());
        }
        Err(self.refuse(
            name,
            "a field's name has only letters, digits, `_`, `-` and `.`",
        ))
    }

    /// Checks that a path into the item begins with a field the item has. The empty path is the item itself.
    fn known(&self, path: &Spanned<String>, fields: &[Field]) -> Result<(), Refusal> {
        let first = path.get_ref().split('/').next().unwrap_or_default();
        if first.is_empty() || fields.iter().any(|field| field.name == first) {
            return Ok(());
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        Err(self.unknown(path, first, "field", &names))
    }

    fn word<T: Copy>(
        &self,
        word: &Spanned<String>,
        key: &str,
        known: &[(&str, T)],
    ) -> Result<T, Refusal> {
        known
            .iter()
            .find(|(name, _)| name == word.get_ref())
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                self.unknown(word, word.get_ref(), key, &names)
            })
    }

    fn unknown<T>(&self, place: &Spanned<T>, word: &str, key: &str, known: &[&str]) -> Refusal {
        let refusal = self.refuse(place, format!("unknown {key} `{word}`"));
        match nearest(word, known.iter().copied()) {
            Some(near) => refusal.hint(format!("did you mean `{near}`?")),
            None => refusal.hint(format!("one of: {}", known.join(", "))),
        }
    }

    fn refuse<T>(&self, place: &Spanned<T>, what: impl AsRef<str>) -> Refusal {
        self.document.refuse(&place.span(), what)
    }
}

fn codes(file: CodesFile) -> Vec<CodeRule> {
    [
        (CodeAction::Again, file.again),
        (CodeAction::Busy, file.busy),
        (CodeAction::Refused, file.refused),
        (CodeAction::Halt, file.halt),
    ]
    .into_iter()
    .flat_map(|(action, rules)| {
        rules.into_iter().map(move |rule| CodeRule {
            code: rule.code,
            status: rule.status,
            message: rule.message,
            action,
            help: rule.help,
        })
    })
    .collect()
}
