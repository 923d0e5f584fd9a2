//! From the catalogue file as written to an [`Endpoint`]: every mistake is refused with the file, the line and a hint, because a
//! catalogue file may come from a user, not only from us.

mod read_back;
mod reply;
mod within;

use toml::Spanned;

use self::reply::codes;
use super::definition::{
    Destructive, Endpoint, Field, FieldKind, Items, Method, RequestPart, RequestValue, Resend,
    Shape, TokenKind, Window, Written,
};
use super::file::{DestructiveFile, EndpointFile, FieldFile, ItemsFile};
use super::read::{Pages, Read, ReadFile, ReadValue};
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

/// From the file of a method that reads.
pub(super) fn read(name: &str, file: ReadFile, document: &Document) -> Result<Read, Refusal> {
    Checker { document }.read(name, file)
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
        self.check_within(&file, &request)?;
        let items = self.items(file.items)?;
        let fields = items.shape.fields();
        let destructive = self.destructive(file.destructive.as_ref(), fields)?;
        let read_back = self.read_back(file.read_back, fields, &destructive)?;
        let preflight = self.preflight(file.preflight.as_ref(), &read_back)?;
        Ok(Endpoint {
            name: name.to_owned(),
            title: file.title,
            docs: file.docs.into_inner(),
            method: self.method(&file.method)?,
            path: file.path.into_inner(),
            quota: self.quota(&file.quota)?,
            resend: self.word(
                &file.resend,
                "resend",
                &[("safe", Resend::Safe), ("never", Resend::Never)],
            )?,
            destructive,
            scopes: file.scopes,
            tokens: self.tokens(&file.tokens)?,
            assumed: file.assumed,
            notes: file.notes,
            accepted: file.reply.get_ref().accepted.clone(),
            reply: self.reply(file.reply, items.shape.fields())?,
            request,
            items,
            codes: codes(file.codes),
            read_back,
            preflight,
        })
    }

    fn read(&self, name: &str, file: ReadFile) -> Result<Read, Refusal> {
        let mut request = Vec::new();
        for (name, value) in &file.request.0 {
            request.push(ReadValue {
                name: name.get_ref().clone(),
                place: self.place(&value.place)?,
                max: value.max,
                required: value.required,
                about: value.about.clone(),
            });
        }
        let pages = file.pages.map(|pages| {
            Ok::<_, Refusal>(Pages {
                place: self.place(&pages.place)?,
                token: pages.token,
                size: (pages.size, pages.max),
                next: pages.next,
                more: pages.more,
            })
        });
        let in_path = request
            .iter()
            .filter(|value| value.place == RequestPart::Path);
        self.check_path(&file.path, in_path.map(|value| value.name.as_str()))?;
        Ok(Read {
            name: name.to_owned(),
            title: file.title,
            docs: file.docs.into_inner(),
            method: self.method(&file.method)?,
            path: file.path.into_inner(),
            quota: self.quota(&file.quota)?,
            scopes: file.scopes,
            tokens: self.tokens(&file.tokens)?,
            assumed: file.assumed,
            notes: file.notes,
            request,
            list: file.list,
            is_text: file.is_text,
            pages: pages.transpose()?,
            codes: codes(file.codes),
        })
    }

    fn method(&self, word: &Spanned<String>) -> Result<Method, Refusal> {
        let known = [
            ("GET", Method::Get),
            ("POST", Method::Post),
            ("PUT", Method::Put),
            ("PATCH", Method::Patch),
            ("DELETE", Method::Delete),
        ];
        self.word(word, "method", &known)
    }

    fn place(&self, word: &Spanned<String>) -> Result<RequestPart, Refusal> {
        let known = [
            ("path", RequestPart::Path),
            ("query", RequestPart::Query),
            ("body", RequestPart::Body),
        ];
        self.word(word, "in", &known)
    }

    /// Checks that the path is one of the platform's, and that something fills each {name} of it.
    fn check_path<'a>(
        &self,
        path: &Spanned<String>,
        mut fills: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), Refusal> {
        if !path.get_ref().starts_with("/open-apis/") {
            return Err(self.refuse(path, "`path` must begin with /open-apis/"));
        }
        for hole in path.get_ref().split('{').skip(1) {
            let name = hole.split('}').next().unwrap_or_default();
            if !fills.clone().any(|fill| fill == name) {
                return Err(self
                    .refuse(path, format!("nothing fills {{{name}}}"))
                    .hint(text!("add [request.{name}] with in = \"path\"", name)));
            }
        }
        match fills.find(|name| !path.get_ref().contains(&format!("{{{name}}}"))) {
            Some(name) => Err(self.refuse(path, format!("the path has no {{{name}}} for it"))),
            None => Ok(()),
        }
    }

    fn request(
        &self,
        entries: &Entries<FieldFile>,
        path: &Spanned<String>,
    ) -> Result<Vec<RequestValue>, Refusal> {
        let mut values = Vec::new();
        for (name, file) in &entries.0 {
            let Some(place) = &file.place else {
                return Err(self
                    .refuse(name, format!("`{}` lacks the key `in`", name.get_ref()))
                    .hint(text!(
                        "say where the value goes: in = \"path\", \"query\" or \"body\""
                    )));
            };
            let mut value = RequestValue {
                place: self.place(place)?,
                field: self.field(name, file, 0)?,
                in_key: file.in_key,
            };
            // Without it there is no path.
            value.field.required |= value.place == RequestPart::Path;
            if matches!(
                value.field.kind,
                FieldKind::List { .. } | FieldKind::Day { .. }
            ) {
                return Err(self.refuse(&file.kind, "a shared value cannot have this type"));
            }
            values.push(value);
        }
        let in_path = values
            .iter()
            .filter(|value| value.place == RequestPart::Path);
        self.check_path(path, in_path.map(|value| value.field.name.as_str()))?;
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
                return Err(Refusal::new(
                    "endpoint.items",
                    text!(
                        "{document}: [items] needs either `fields` (items are objects) or one `value` (items are bare values)",
                        document = self.document.name()
                    ),
                ));
            }
        };
        if let (Shape::Object(_), []) = (&shape, file.key.as_slice()) {
            return Err(self.refuse(&file.max, "[items] lacks `key`").hint(text!(
                "name the fields that tell items apart: key = [\"user_id\", \"month\"]"
            )));
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
                            .hint(text!("name the field that holds it: month = \"month\"")));
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
            within: self.within(file)?,
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
            return Err(self.refuse(file, "`quota` is empty").hint(text!(
                "the platform limits every method: quota = [\"50/1s\"]"
            )));
        }
        file.get_ref()
            .iter()
            .map(|text| {
                Window::parse(text.get_ref()).map_err(|why| {
                    self.refuse(text, format!("`{}`: {why}", text.get_ref()))
                        .hint(text!(
                            "write calls per seconds, such as \"50/1s\" or \"1000/60s\""
                        ))
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
            Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
            None => refusal.hint(text!("one of: {known}", known = known.join(", "))),
        }
    }

    fn refuse<T>(&self, place: &Spanned<T>, what: impl AsRef<str>) -> Refusal {
        self.document.refuse(&place.span(), what)
    }
}
