//! Replies of reads that are well-formed and cannot be true.
//!
//! A person who was not asked for is [`super::ListEdit::UnsentNames`]. A reply without what is to be changed stays as it is.

use serde_json::{Map, Value, json};

use crate::sandbox::reads::REPEATED_TOKEN;
use crate::sandbox::reply::{Content, Reply};

/// Changes to what a read answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadEdit {
    /// The first day of a schedule is told once more, years before.
    Outside,
    /// The first day of a schedule is told once more, with another shift.
    Twice,
    /// There is more, and the token of the next page is always the same.
    SameToken,
}

/// A month that nobody asks for.
const MONTH_OUTSIDE: i64 = 199_001;
/// A shift that is not the one told.
const OTHER_SHIFT: &str = "6753520403404030299";

impl ReadEdit {
    pub(super) fn made(self, mut reply: Reply) -> Reply {
        if let Content::Envelope(envelope) = &mut reply.content
            && let Some(Value::Object(data)) = envelope.get_mut("data")
        {
            match self {
                Self::Outside => again(data, "month", &json!(MONTH_OUTSIDE)),
                Self::Twice => again(data, "shift_id", &json!(OTHER_SHIFT)),
                Self::SameToken => repeat_page(data),
            }
        }
        reply
    }
}

/// Adds the first day of a schedule once more, with one member changed.
fn again(data: &mut Map<String, Value>, member: &str, value: &Value) {
    if let Some(Value::Array(rows)) = data.get_mut("user_daily_shifts")
        && let Some(Value::Object(first)) = rows.first()
    {
        let mut row = first.clone();
        row.insert(member.to_owned(), value.clone());
        rows.push(Value::Object(row));
    }
}

/// Says that there is more, wherever this reply says it.
fn repeat_page(data: &mut Map<String, Value>) {
    let page = match data.get_mut("page_response") {
        Some(Value::Object(page)) => page,
        _ => data,
    };
    // A list that comes as a text has another name for its token.
    let name = match page.get("items") {
        Some(Value::String(_)) => "next_page_token",
        _ => "page_token",
    };
    if page.contains_key("has_more") {
        page.insert("has_more".to_owned(), json!(true));
        page.insert(name.to_owned(), json!(REPEATED_TOKEN));
    }
}
