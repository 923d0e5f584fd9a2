//! What a reply shows of an item, against what was sent.
//!
//! Values are compared as exact text, numbers by their digits. What the reply does not show says nothing.

use std::borrow::Cow;

use super::json::{self, Member, Object};
use super::wording;
use crate::endpoint::{Field, FieldKind};

/// How the reply's `entry` shows one of the fields otherwise than the item was sent. A boolean that was not sent is false; any
/// other field that was not sent is the platform's to fill.
pub(super) fn otherwise(fields: &[&Field], item: &[u8], entry: &str) -> Option<String> {
    let sent = Object::parse(str::from_utf8(item).ok()?).ok()?;
    let shown = Object::parse(entry).ok()?;
    fields.iter().find_map(|field| {
        let name = field.name.as_str();
        let Member::Value(shown) = shown.get(name) else {
            return None;
        };
        let shown = text(shown);
        let sent = match sent.get(name) {
            Member::Value(sent) => Some(text(sent)),
            Member::Absent | Member::Unreadable => None,
        };
        let is_as_sent = match &sent {
            Some(sent) => shown == *sent,
            None => field.kind != FieldKind::Boolean || shown == "false",
        };
        (!is_as_sent).then(|| {
            let sent = sent.map_or("nothing".to_owned(), |sent| {
                format!("`{}`", wording::printable(&sent))
            });
            let shown = wording::printable(&shown);
            format!("the platform shows {name} `{shown}` where {sent} was sent")
        })
    })
}

/// A scalar by what it identifies; anything else as it is written.
fn text(value: &str) -> Cow<'_, str> {
    json::scalar(value).unwrap_or(Cow::Borrowed(value))
}
