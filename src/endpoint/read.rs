//! A method that only reads, as checked data: what is asked for, page by page, and where in the reply the entries are.
//!
//! It changes nothing on the platform, so it may always be sent again. What an entry says belongs to whoever asked for it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::definition::{CodeRule, Method, RequestPart, TokenKind, Window};
use super::file::CodesFile;
use crate::document::schema::json_schema;
use crate::document::{Document, Entries};
use crate::error::Refusal;

/// One method of the platform that reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The catalogue file's name without `.toml`.
    pub name: String,
    /// What the method does, in a few words.
    pub title: String,
    /// The platform's page about it.
    pub docs: String,
    /// HTTP method.
    pub method: Method,
    /// Path with `{name}` for path parameters.
    pub path: String,
    /// All windows hold at once.
    pub quota: Vec<Window>,
    /// Any one of these scopes lets the app call it.
    pub scopes: Vec<String>,
    /// Which access tokens it takes.
    pub tokens: Vec<TokenKind>,
    /// What no document of the platform says and we take for granted.
    pub assumed: Vec<String>,
    /// What a user should know and no other key says.
    pub notes: Vec<String>,
    /// What is asked for.
    pub request: Vec<ReadValue>,
    /// JSON pointer into the reply's `data` to the list of entries; empty where `data` itself is the one entry.
    pub list: String,
    /// Whether that list, or entry, is JSON inside a text.
    pub is_text: bool,
    /// How further pages are asked for, where there may be any.
    pub pages: Option<Pages>,
    /// What its codes mean beyond the platform-wide table.
    pub codes: Vec<CodeRule>,
}

/// One value of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadValue {
    /// Its name in the address or in the body.
    pub name: String,
    /// Where it goes.
    pub place: RequestPart,
    /// Most entries, where it is a list.
    pub max: Option<usize>,
    /// Whether a call without it would be refused.
    pub required: bool,
    /// What it is, in a few words.
    pub about: Option<String>,
}

/// How a list is asked for page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Where token and size go.
    pub place: RequestPart,
    /// The name of the token in the request; `a/b` is the member `b` of the object `a`.
    pub token: String,
    /// The name of the size in the request, and the largest one.
    pub size: (String, u64),
    /// JSON pointer into `data` to the token of the next page.
    pub next: String,
    /// JSON pointer into `data` to whether there is one.
    pub more: String,
}

impl Read {
    /// Reads it from its catalogue file.
    pub fn parse(name: &str, document: &Document) -> Result<Self, Refusal> {
        let file: ReadFile = document.parse()?;
        super::resolve::read(name, file, document)
    }
}

/// The JSON Schema of the files of methods that read.
#[must_use]
pub fn schema() -> Value {
    json_schema::<ReadFile>()
}

/// One method of the platform that reads: what is asked for, and where in the reply the entries are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Read file of feishu-bulk")]
pub(super) struct ReadFile {
    /// What kind of method it is: `read`.
    #[serde(rename = "kind")]
    _kind: Kind,
    /// What the method does, in one line.
    pub(super) title: String,
    /// The method's page in the platform's documentation.
    #[schemars(with = "String")]
    pub(super) docs: Spanned<String>,
    /// The HTTP method.
    #[schemars(with = "String")]
    pub(super) method: Spanned<String>,
    /// The path, beginning with /open-apis/; each {name} is filled from [request].
    #[schemars(with = "String")]
    pub(super) path: Spanned<String>,
    /// All windows that hold at once, as calls per seconds.
    #[schemars(with = "Vec<String>")]
    pub(super) quota: Spanned<Vec<Spanned<String>>>,
    /// Scopes of which any one lets the app call the method.
    pub(super) scopes: Vec<String>,
    /// Kinds of access token that the method takes.
    #[schemars(with = "Vec<String>")]
    pub(super) tokens: Spanned<Vec<Spanned<String>>>,
    /// What no document of the platform says and the program takes for granted.
    #[serde(default)]
    pub(super) assumed: Vec<String>,
    /// What a user should know and no other key says.
    #[serde(default)]
    pub(super) notes: Vec<String>,
    /// The JSON pointer, inside `data`, to the list of entries; empty where `data` is the one entry.
    pub(super) list: String,
    /// Whether the list is JSON inside a text.
    #[serde(default)]
    pub(super) is_text: bool,
    /// What is asked for.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, ReadValueFile>")]
    pub(super) request: Entries<ReadValueFile>,
    /// How further pages are asked for.
    pub(super) pages: Option<PagesFile>,
    /// What codes of the platform mean here, beyond the platform-wide table.
    #[serde(default)]
    pub(super) codes: CodesFile,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Read,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadValueFile {
    /// Where the value goes.
    #[serde(rename = "in")]
    #[schemars(with = "String")]
    pub(super) place: Spanned<String>,
    /// Most entries of a list.
    pub(super) max: Option<usize>,
    /// Whether a call without it would be refused.
    #[serde(default)]
    pub(super) required: bool,
    /// What it is, in a few words.
    pub(super) about: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PagesFile {
    /// Where token and size go.
    #[serde(rename = "in")]
    #[schemars(with = "String")]
    pub(super) place: Spanned<String>,
    /// The name of the token in the request.
    pub(super) token: String,
    /// The name of the size in the request.
    pub(super) size: String,
    /// The largest size.
    pub(super) max: u64,
    /// The JSON pointer, inside `data`, to the token of the next page.
    pub(super) next: String,
    /// The JSON pointer, inside `data`, to whether there is one.
    pub(super) more: String,
}
