//! Things that are read one by one by their ids, and are gone when the platform says that it does not know them.
//!
//! For endpoints that delete: what is gone is as it was sent.

use serde_json::{Value, json};

use super::{Ask, Present, id};
use crate::endpoint::Gone;

pub(super) fn values(name: &str, ask: &Ask) -> Vec<(String, Value)> {
    let ids = ask.subjects.iter().map(|subject| json!(subject.id));
    ids.map(|id| (name.to_owned(), id)).collect()
}

/// Whether a refusal says that there is no such thing.
pub(super) fn is_gone(gone: &[Gone], code: i64, message: &str) -> bool {
    let message = message.to_lowercase();
    gone.iter().any(|gone| {
        let said = gone.message.as_ref();
        code == gone.code && said.is_none_or(|said| message.contains(&said.to_lowercase()))
    })
}

/// `answers` is the field of the answer that repeats the id.
pub(super) fn compare(answers: &str, ask: &Ask, entries: &[Value]) -> Vec<(usize, Present)> {
    ask.each(|subject| match entries {
        [entry] if entry.get(answers).and_then(id).as_ref() == Some(&subject.id) => {
            Present::other(entry)
        }
        [entry] if entry.get(answers).is_some() => {
            Present::unreadable(text!("the answer is about another one than was asked for"))
        }
        _ => Present::unreadable(text!(
            "the answer says neither that it is there nor that it is gone"
        )),
    })
}
