//! One platform method as checked data: what [`super::file`] makes of a catalogue file.
//!
//! Nothing here knows an endpoint by name. A new endpoint whose reply has one of the four known shapes is a new file.

use std::fmt;
use std::time::Duration;

use super::read_back::CanReadBack;
use crate::model::Envelope;

/// One platform method.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
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
    /// What to do when the fate of a call is unknown.
    pub resend: Resend,
    /// Whether its items destroy something.
    pub destructive: Destructive,
    /// Any one of these scopes lets the app call it.
    pub scopes: Vec<String>,
    /// Which access tokens it takes.
    pub tokens: Vec<TokenKind>,
    /// What no document of the platform says and we take for granted.
    pub assumed: Vec<String>,
    /// What a user should know and no other key says.
    pub notes: Vec<String>,
    /// Values shared by all items of a call.
    pub request: Vec<RequestValue>,
    /// The items array.
    pub items: Items,
    /// How its reply is read.
    pub reply: ReplyReader,
    /// Values of `msg` that say that everything went well, compared without regard to case. A reply with code 0 and any other words
    /// contradicts itself.
    pub accepted: Vec<String>,
    /// What its codes mean beyond the platform-wide table.
    pub codes: Vec<CodeRule>,
    /// How the present state of its items is read.
    pub read_back: CanReadBack,
    /// What can be asked of the platform about its items before they are sent.
    pub preflight: Option<Preflight>,
}

impl Endpoint {
    /// Whether an item destroys something. `body` is the item's JSON as the mapping writes it.
    #[must_use]
    pub fn destroys(&self, body: &[u8]) -> bool {
        match &self.destructive {
            Destructive::Never => false,
            Destructive::Always => true,
            Destructive::When { field } => {
                let set = format!("\"{field}\":true");
                memchr::memmem::find(body, set.as_bytes()).is_some()
            }
        }
    }

    /// The values of an envelope in the endpoint's order, as JSON; empty where it has none.
    #[must_use]
    pub fn values_of(&self, envelope: &Envelope) -> Vec<String> {
        let names = self.request.iter().map(|value| &value.field.name);
        names
            .map(|name| envelope.get(name).unwrap_or_default().to_owned())
            .collect()
    }
}

/// What can be asked of the platform about items before they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflight {
    /// Of shifts of people on days: groups, who is in them, and shifts.
    Schedule,
    /// Of punches that are deleted: whether they are there and were imported.
    Punches,
    /// Of records that are deleted: whether they are there.
    Records,
    /// Of rows of a plan: the plan, and which rows it shows.
    Plan,
    /// Of an archive report: its rule, and the codes of its columns.
    Archive,
}

/// HTTP methods of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are HTTP's")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// At most `calls` calls in any span of `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Calls allowed.
    pub calls: u32,
    /// The length of the window.
    pub span: Duration,
}

impl Window {
    /// Most calls of a window. The platform's highest is 1,000; a log of the calls in a window is kept in memory.
    const CALLS_MAX: u32 = 100_000;
    /// Longest window: a day. The platform's longest is a minute; its monthly quota is no window, it ends a run.
    const SECONDS_MAX: u32 = 86_400;

    /// Reads `50/1s`, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (calls, span) = text
            .split_once('/')
            .ok_or("there is no `/` between calls and seconds")?;
        let seconds = span
            .trim()
            .strip_suffix('s')
            .ok_or("the time must end in `s`, in seconds: 60s, not 1m or 60")?;
        Ok(Self {
            calls: whole(calls, "calls", Self::CALLS_MAX)?,
            span: Duration::from_secs(whole(seconds, "seconds", Self::SECONDS_MAX)?.into()),
        })
    }
}

/// A whole number from 1 to `max`. Digits only: no sign, no point, no `NaN`.
fn whole(text: &str, what: &str, max: u32) -> Result<u32, String> {
    let text = text.trim();
    let number = text.parse::<u32>().ok().filter(|number| {
        text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=max).contains(number)
    });
    number.ok_or_else(|| format!("the {what} must be a whole number from 1 to {max}"))
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.calls, self.span.as_secs())
    }
}

/// What to do when nobody knows whether a call was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// Sending the same batch twice leaves the same state as once.
    Safe,
    /// It may apply twice: never by itself.
    Never,
}

/// Whether items destroy something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destructive {
    /// No item does.
    Never,
    /// Every item does.
    Always,
    /// An item does when this boolean field is true.
    When {
        /// Name of the item's field.
        field: String,
    },
}

/// Kinds of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `tenant_access_token`.
    Tenant,
    /// `user_access_token`.
    User,
}

/// One value shared by all items of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestValue {
    /// Where it goes.
    pub place: RequestPart,
    /// Its name and type.
    pub field: Field,
    /// Whether it is part of the items' identity: the same item key under another value is another item.
    pub in_key: bool,
}

/// Where a shared value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPart {
    /// Into `{name}` of the path.
    Path,
    /// Into the query string.
    Query,
    /// Beside the items in the body.
    Body,
}

/// The items array.
#[derive(Debug, Clone, PartialEq)]
pub struct Items {
    /// Its name in the body.
    pub field: String,
    /// Most items in one call.
    pub max: usize,
    /// What one item is.
    pub shape: Shape,
    /// Names of the fields that tell items apart; empty when the item itself does.
    pub key: Vec<String>,
}

/// What one item is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A bare value; the field's name is the input column it comes from.
    Value(Field),
    /// An object with these fields.
    Object(Vec<Field>),
}

impl Shape {
    /// The fields a job can map: the one value, or the object's fields.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Value(field) => std::slice::from_ref(field),
            Self::Object(fields) => fields,
        }
    }
}

/// A named, typed value.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in JSON.
    pub name: String,
    /// Its type and rules.
    pub kind: FieldKind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, in a few words, for `endpoints NAME`.
    pub about: Option<String>,
    /// Of a date: the month whose period it begins or ends.
    pub within: Option<Within>,
}

/// Which end of which month's period a date is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The shared value or the field of the item that holds the month.
    pub month: String,
    /// Which end.
    pub bound: Bound,
}

/// An end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Its first day.
    First,
    /// Its last day.
    Last,
}

/// Types and rules of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// JSON string that identifies something: no spaces, no invisible characters, not a number rewritten by a spreadsheet.
    Id {
        /// Most characters.
        chars_max: usize,
    },
    /// JSON string, sent as it is.
    Text {
        /// Most characters.
        chars_max: usize,
        /// The only values allowed; empty when any is.
        one_of: Vec<String>,
    },
    /// JSON integer.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// JSON boolean.
    Boolean,
    /// A month `yyyyMM`.
    Month {
        /// As what it is sent.
        written: Written,
    },
    /// A date `yyyyMMdd`, sent as a JSON string.
    Date,
    /// A day of the month, JSON integer, valid for the month in another field of the same item.
    Day {
        /// The name of the field that holds the month.
        month: String,
    },
    /// A nested list of objects.
    List {
        /// Fewest entries.
        min: usize,
        /// Most entries.
        max: usize,
        /// The fields of one entry.
        fields: Vec<Field>,
    },
}

impl FieldKind {
    /// Of a day, the name of the field that holds its month.
    #[must_use]
    pub fn month_of_day(&self) -> Option<&str> {
        if let Self::Day { month } = self {
            Some(month)
        } else {
            None
        }
    }

    /// The only words that it takes; none where it takes any.
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Self::Text { one_of, .. } => one_of,
            Self::Id { .. }
            | Self::Integer { .. }
            | Self::Boolean
            | Self::Month { .. }
            | Self::Date
            | Self::Day { .. }
            | Self::List { .. } => &[],
        }
    }
}

/// How a number-like value is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `202409`.
    Integer,
    /// `"202409"`.
    Text,
}

/// The closed set of reply shapes. Pointers are JSON pointers into the reply's `data`; `matches` are paths into our item:
/// `""` is the item itself, `"member_id"` a field, `"field_datas/*/code"` that field of every entry of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyReader {
    /// What failed is listed by value.
    Listed {
        /// The list of what succeeded. Without one, what no list of failures names has succeeded.
        succeeded: Option<String>,
        /// What of our item the list of successes names.
        matches: String,
        /// Lists of failures.
        failed: Vec<FailureList>,
    },
    /// Code 0, and `msg` is `{person: [dates]}` for what did not take effect.
    MessageMap {
        /// Field of our item that holds the person.
        person: String,
        /// Field of our item that holds the month `yyyyMM`.
        month: String,
        /// Field of our item that holds the day of the month.
        day: String,
        /// Pointer to the list in which the platform repeats what took effect.
        echo: String,
        /// Why an item named in the map failed.
        reason: String,
    },
    /// A list with a flag for every item, matched by id.
    PerItem {
        /// Pointer to the list.
        list: String,
        /// Pointer, inside an entry, to what identifies the item.
        id: String,
        /// What of our item that is.
        matches: String,
        /// Pointer, inside an entry, to the boolean that decides.
        success: String,
        /// Pointer, inside an entry, to the list of errors; each has `code`, `message`, `sub_code`.
        errors: String,
        /// Values of `sub_code` that pass by themselves.
        temporary: Vec<String>,
    },
    /// The code speaks for all items.
    Whole,
}

/// A list of what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureList {
    /// Pointer to the list.
    pub list: String,
    /// What of our item the list names.
    pub matches: String,
    /// Why, when the reply does not say.
    pub reason: String,
    /// Whether `msg` holds `{"id": "reason"}`.
    pub reasons_in_msg: bool,
    /// Whether the list names whole items. When false it names a part that several items may share, such as a field code.
    pub names_items: bool,
}

/// What a code means on this endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRule {
    /// The platform's code.
    pub code: i64,
    /// Only under this HTTP status.
    pub status: Option<u16>,
    /// Only when `msg` contains this, compared without regard to case.
    pub message: Option<String>,
    /// What to do.
    pub action: CodeAction,
    /// What the user can do about it.
    pub help: Option<String>,
}

/// What a code leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeAction {
    /// Passes by itself; the call may have been applied. Send again later.
    Again,
    /// Passes by itself; the call was not applied. Send again later.
    Busy,
    /// Refused because of its items: find the guilty one.
    Refused,
    /// Every further call would be refused alike: stop.
    Halt,
}
