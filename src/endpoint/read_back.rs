//! How the present state of an endpoint's items is read: by which read, and how its answer is compared with an item.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// What the catalogue says of reading items back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanReadBack {
    /// Nothing.
    NotSaid,
    /// No method of the platform reads what was written.
    Never {
        /// Why, in a sentence.
        why: String,
    },
    /// A read says it.
    By(ReadBack),
}

/// How the present state of items is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBack {
    /// The read's name in the catalogue.
    pub read: String,
    /// Values of the read that are the same for all items.
    pub values: BTreeMap<String, String>,
    /// How long after a write the read may still show what was there before.
    pub lag: Duration,
    /// How the answer is compared with an item.
    pub reader: PresentReader,
}

/// The closed set of ways to compare an answer with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentReader {
    /// Shifts of people on days.
    Days(DayFields),
    /// Things that are deleted, read one by one by their ids.
    One {
        /// The value of the read that takes the id.
        id: String,
        /// The field of the answer that repeats it.
        answers: String,
        /// Refusals that say that there is no such thing.
        gone: Vec<Gone>,
    },
    /// Records that are deleted, found by their ids.
    Records,
    /// Rows of a plan that are deleted, found by their dimensions.
    Rows,
}

/// The fields of an item, and of an entry of the answer, where items are people's shifts on days.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each is the name of the field that holds what it says"
)]
pub struct DayFields {
    pub person: String,
    pub month: String,
    pub day: String,
    pub group: String,
    pub shift: String,
    /// The field of an item that clears the day.
    pub clears: Option<String>,
}

/// A refusal that says that there is no such thing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// The platform's code.
    pub code: i64,
    /// Only when msg contains this text.
    pub message: Option<String>,
}

/// How the items of this endpoint are read back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadBackFile {
    /// Why no method of the platform reads what was written, where none does; then no other key is needed.
    pub(super) never: Option<String>,
    /// The name of the read in the catalogue.
    pub(super) read: Option<String>,
    /// How its answer is compared with an item.
    #[schemars(with = "Option<String>", extend("enum" = ["days", "one", "records", "rows"]))]
    pub(super) reader: Option<Spanned<String>>,
    /// Values of the read that are the same for all items.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// How many seconds after a write the read may still show what was there before.
    #[schemars(with = "Option<u64>")]
    pub(super) lag_seconds: Option<Spanned<u64>>,
    /// days: the field that holds the person.
    #[schemars(with = "Option<String>")]
    pub(super) person: Option<Spanned<String>>,
    /// days: the field that holds the month.
    #[schemars(with = "Option<String>")]
    pub(super) month: Option<Spanned<String>>,
    /// days: the field that holds the day of the month.
    #[schemars(with = "Option<String>")]
    pub(super) day: Option<Spanned<String>>,
    /// days: the field that holds the group.
    #[schemars(with = "Option<String>")]
    pub(super) group: Option<Spanned<String>>,
    /// days: the field that holds the shift.
    #[schemars(with = "Option<String>")]
    pub(super) shift: Option<Spanned<String>>,
    /// one: the value of the read that takes the id.
    pub(super) id: Option<String>,
    /// one: the field of the answer that repeats the id.
    pub(super) answers: Option<String>,
    /// one: the refusals that say that there is no such thing.
    #[serde(default)]
    pub(super) gone: Vec<Gone>,
}
