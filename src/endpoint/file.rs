//! The catalogue file as written: its keys, and one sentence on each, which editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::read_back::ReadBackFile;
use crate::document::Entries;
use crate::document::schema::json_schema;

/// The JSON Schema of endpoint files.
#[must_use]
pub fn schema() -> Value {
    json_schema::<EndpointFile>()
}

/// One method of the platform: how it is called, what an item is, and how its reply is read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Endpoint file of feishu-bulk")]
pub(super) struct EndpointFile {
    /// What the method does, in one line.
    pub(super) title: String,
    /// The method's page in the platform's documentation.
    #[schemars(with = "String")]
    pub(super) docs: Spanned<String>,
    /// The HTTP method.
    #[schemars(with = "String", extend("enum" = ["GET", "POST", "PUT", "PATCH", "DELETE"]))]
    pub(super) method: Spanned<String>,
    /// The path, beginning with /open-apis/; each {name} is filled from [request].
    #[schemars(with = "String")]
    pub(super) path: Spanned<String>,
    /// All windows that hold at once, as calls per seconds, such as "50/1s".
    #[schemars(with = "Vec<String>")]
    pub(super) quota: Spanned<Vec<Spanned<String>>>,
    /// What to do when the fate of a call is unknown: send it again, or never.
    #[schemars(with = "String", extend("enum" = ["safe", "never"]))]
    pub(super) resend: Spanned<String>,
    /// Whether every item destroys something, or the boolean field that makes an item do so.
    #[serde(default)]
    #[schemars(with = "Option<DestructiveFile>")]
    pub(super) destructive: Option<Spanned<DestructiveFile>>,
    /// Scopes of which any one lets the app call the method.
    pub(super) scopes: Vec<String>,
    /// Kinds of access token that the method takes.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "enum": ["tenant", "user"] }))]
    pub(super) tokens: Spanned<Vec<Spanned<String>>>,
    /// What no document of the platform says and the program takes for granted.
    #[serde(default)]
    pub(super) assumed: Vec<String>,
    /// What a user should know and no other key says.
    #[serde(default)]
    pub(super) notes: Vec<String>,
    /// What can be asked of the platform about items before they are sent.
    #[schemars(with = "Option<String>", extend("enum" = ["schedule", "punches", "records", "plan", "archive"]))]
    pub(super) preflight: Option<Spanned<String>>,
    /// Values shared by all items of a call.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    pub(super) request: Entries<FieldFile>,
    /// The array of items in the body.
    pub(super) items: ItemsFile,
    /// How the reply is read.
    #[schemars(with = "ReplyFile")]
    pub(super) reply: Spanned<ReplyFile>,
    /// What codes of the platform mean here, beyond the platform-wide table.
    #[serde(default)]
    pub(super) codes: CodesFile,
    /// How the present state of the items is read.
    #[schemars(with = "Option<ReadBackFile>")]
    pub(super) read_back: Option<Spanned<ReadBackFile>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum DestructiveFile {
    Flag(bool),
    Field(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemsFile {
    /// The name of the array in the body.
    #[schemars(with = "String")]
    pub(super) field: Spanned<String>,
    /// Most items of a call.
    #[schemars(with = "usize")]
    pub(super) max: Spanned<usize>,
    /// The fields that tell items apart.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) key: Vec<Spanned<String>>,
    /// The fields of an item that is an object.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    pub(super) fields: Entries<FieldFile>,
    /// The name and type of an item that is a bare value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    pub(super) value: Entries<FieldFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldFile {
    /// Where a shared value goes.
    #[serde(rename = "in")]
    #[schemars(with = "Option<String>", extend("enum" = ["path", "query", "body"]))]
    pub(super) place: Option<Spanned<String>>,
    /// The type of the value.
    #[serde(rename = "type")]
    #[schemars(with = "String", extend("enum" = ["id", "text", "integer", "boolean", "yyyyMM", "yyyyMMdd", "day", "list"]))]
    pub(super) kind: Spanned<String>,
    /// Whether it must be there.
    #[serde(default)]
    pub(super) required: bool,
    /// Whether a shared value is part of what tells items apart.
    #[serde(default)]
    pub(super) in_key: bool,
    /// What it is, in a few words.
    pub(super) about: Option<String>,
    /// Most characters of an id or a text.
    #[schemars(with = "Option<usize>")]
    pub(super) max_chars: Option<Spanned<usize>>,
    /// The only texts allowed.
    #[serde(default)]
    pub(super) one_of: Vec<String>,
    /// The least number, or the fewest entries of a list.
    pub(super) min: Option<i64>,
    /// The greatest number, or the most entries of a list.
    pub(super) max: Option<i64>,
    /// Whether a month is sent as a number or as text.
    #[schemars(with = "Option<String>", extend("enum" = ["integer", "text"]))]
    pub(super) written: Option<Spanned<String>>,
    /// The field that holds the month of a day.
    #[schemars(with = "Option<String>")]
    pub(super) month: Option<Spanned<String>>,
    /// The shared value or the field that holds the month whose period a date begins or ends.
    #[schemars(with = "Option<String>")]
    pub(super) within: Option<Spanned<String>>,
    /// Which day of that period the date is.
    #[schemars(with = "Option<String>", extend("enum" = ["first", "last"]))]
    pub(super) bound: Option<Spanned<String>>,
    /// The fields of the entries of a list.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FieldFile>")]
    pub(super) fields: Entries<FieldFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyFile {
    /// Which of the known shapes the reply has.
    #[schemars(with = "String", extend("enum" = ["listed", "message-map", "per-item", "whole"]))]
    pub(super) reader: Spanned<String>,
    /// listed: the JSON pointer to the list of what succeeded.
    pub(super) succeeded: Option<String>,
    /// listed, per-item: what of an item the list names, such as a field; the empty text is the item itself.
    #[schemars(with = "Option<String>")]
    pub(super) matches: Option<Spanned<String>>,
    /// listed: the lists of what failed.
    #[serde(default)]
    pub(super) failed: Vec<FailureListFile>,
    /// The values of msg that say that everything went well, compared without regard to case; with code 0 and any other words no item succeeds.
    #[serde(default = "accepted")]
    pub(super) accepted: Vec<String>,
    /// message-map: the field that holds the person.
    #[schemars(with = "Option<String>")]
    pub(super) person: Option<Spanned<String>>,
    /// message-map: the field that holds the month.
    #[schemars(with = "Option<String>")]
    pub(super) month: Option<Spanned<String>>,
    /// message-map: the field that holds the day of the month.
    #[schemars(with = "Option<String>")]
    pub(super) day: Option<Spanned<String>>,
    /// message-map: the JSON pointer to the list that repeats what took effect.
    pub(super) echo: Option<String>,
    /// message-map: why an item that msg names failed.
    pub(super) reason: Option<String>,
    /// per-item: the JSON pointer to the list with an entry for each item.
    pub(super) list: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to what identifies the item.
    pub(super) id: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to the boolean that decides.
    pub(super) success: Option<String>,
    /// per-item: the JSON pointer, inside an entry, to the list of errors.
    pub(super) errors: Option<String>,
    /// per-item: the values of `sub_code` that pass by themselves.
    #[serde(default)]
    pub(super) temporary: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureListFile {
    /// The JSON pointer to the list.
    pub(super) list: String,
    /// What of an item the list names.
    #[schemars(with = "String")]
    pub(super) matches: Spanned<String>,
    /// Why an item failed, when the reply does not say.
    pub(super) reason: String,
    /// Whether msg holds the reason for each id.
    #[serde(default)]
    pub(super) reasons_in_msg: bool,
    /// Whether the list names whole items, and not parts that several items may share.
    #[serde(default = "yes")]
    pub(super) names_items: bool,
}

fn yes() -> bool {
    true
}

/// What the platform's documents print beside code 0, and what its gateway is known to print.
fn accepted() -> Vec<String> {
    ["success", "ok", ""].map(str::to_owned).to_vec()
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodesFile {
    /// It passes by itself, and the call may have been applied: send it again later.
    #[serde(default)]
    pub(super) again: Vec<CodeFile>,
    /// It passes by itself, and the call was not applied: send it again later.
    #[serde(default)]
    pub(super) busy: Vec<CodeFile>,
    /// The call was refused because of its items: find the guilty one.
    #[serde(default)]
    pub(super) refused: Vec<CodeFile>,
    /// Every further call would be refused alike: stop.
    #[serde(default)]
    pub(super) halt: Vec<CodeFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeFile {
    /// The platform's code.
    pub(super) code: i64,
    /// Only under this HTTP status.
    pub(super) status: Option<u16>,
    /// Only when msg contains this text.
    pub(super) message: Option<String>,
    /// What the user can do about it.
    pub(super) help: Option<String>,
}
