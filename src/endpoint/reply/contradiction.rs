//! What a reply with code 0 says against its own success: `msg` with other words than those of the endpoint, `error`, or a list
//! of failures that the endpoint does not document.
//!
//! It only ever takes a success away. What a reader has understood of `msg` is left to that reader.

use super::body::Body;
use super::json::{self, Member, Object};
use super::wording::{self, unconfirmed};
use crate::endpoint::{Endpoint, ReplyReader};
use crate::model::{Verdict, Verdicts};

/// The verdicts of a reader, without the successes that the rest of the reply contradicts.
pub(super) fn weighed(endpoint: &Endpoint, body: &Body<'_>, mut verdicts: Verdicts) -> Verdicts {
    let against = error(endpoint, body)
        .or_else(|| undocumented_failures(endpoint, body))
        .or_else(|| words(endpoint, body, &verdicts));
    if let Some(against) = against {
        for verdict in &mut verdicts.items {
            if *verdict == Verdict::Succeeded {
                *verdict = unconfirmed(format!(
                    "contradictory: the reply has code 0, but {against}"
                ));
            }
        }
    }
    verdicts
}

/// `error` that holds more than what support asks for.
fn error(endpoint: &Endpoint, body: &Body<'_>) -> Option<String> {
    let Member::Value(error) = body.whole.get("error") else {
        return None;
    };
    let is_against = match Object::parse(error) {
        Ok(error) => error.entries().any(|(key, value)| match key {
            "message" => json::text(value)
                .is_none_or(|message| !wording::is_accepted(&endpoint.accepted, &message)),
            _ => key.ends_with("violations") && !is_empty(value),
        }),
        Err(_) => !is_empty(error),
    };
    is_against.then(|| format!("its `error` says: {}", wording::printable(error)))
}

/// A value of the reply whose name speaks of failures, and which no part of the endpoint's file reads.
fn undocumented_failures(endpoint: &Endpoint, body: &Body<'_>) -> Option<String> {
    let in_data = body.data.iter().flat_map(Object::entries);
    let (key, value) = in_data
        .filter(|(key, _)| !reads(&endpoint.reply, key))
        .chain(body.whole.entries().filter(|(key, _)| !KEYS.contains(key)))
        .find(|(key, value)| speaks_of_failure(key) && !is_empty(value))?;
    Some(format!(
        "`{}` of it is not empty: {}",
        wording::printable(key),
        wording::printable(value)
    ))
}

/// Keys beside `data` that the platform documents.
const KEYS: [&str; 4] = ["code", "msg", "data", "error"];

/// Whether a key of `data` begins one of the pointers that the reader follows.
fn reads(reader: &ReplyReader, key: &str) -> bool {
    let is = |pointer: &str| pointer.split('/').nth(1) == Some(key);
    match reader {
        ReplyReader::Listed {
            succeeded, failed, ..
        } => succeeded.as_deref().is_some_and(is) || failed.iter().any(|list| is(&list.list)),
        ReplyReader::MessageMap { echo, .. } => is(echo),
        ReplyReader::PerItem { list, .. } => is(list),
        ReplyReader::Whole => false,
    }
}

/// How the platform's documents name lists of what did not go well, over all endpoints.
const FAILURE_WORDS: [&str; 9] = [
    "fail",
    "invalid",
    "error",
    "abnormal",
    "reject",
    "refuse",
    "illegal",
    "denied",
    "not_exist",
];

fn speaks_of_failure(key: &str) -> bool {
    let key = key.to_lowercase();
    FAILURE_WORDS.iter().any(|word| key.contains(word))
}

/// `msg` with words that do not say success. Beside named evidence they may be about the items that failed.
fn words(endpoint: &Endpoint, body: &Body<'_>, verdicts: &Verdicts) -> Option<String> {
    let msg = json::unwrapped(body.msg.as_deref()?);
    let failed = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_) | Verdict::Temporary(_));
    let is_read = match &endpoint.reply {
        ReplyReader::MessageMap { .. } => true,
        ReplyReader::Listed {
            succeeded,
            failed: lists,
            ..
        } => {
            let is_map =
                lists.iter().any(|list| list.reasons_in_msg) && Object::parse(&msg).is_ok();
            is_map || succeeded.is_some() && verdicts.items.iter().any(failed)
        }
        ReplyReader::PerItem { .. } => verdicts.items.iter().any(failed),
        ReplyReader::Whole => false,
    };
    let is_against = !is_read && !is_empty(&msg) && !wording::is_accepted(&endpoint.accepted, &msg);
    is_against.then(|| format!("its `msg` says: {}", wording::cut(msg.into_owned())))
}

/// JSON that says nothing: null, false, zero, or an empty text, list or object.
fn is_empty(value: &str) -> bool {
    let bare: String = value.split_ascii_whitespace().collect();
    matches!(bare.as_str(), "null" | "false" | "0" | "\"\"" | "[]" | "{}")
}

#[cfg(test)]
mod tests;
