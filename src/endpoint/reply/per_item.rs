//! Reads a reply with a list that has a flag for every item. Only the flag decides: the platform's own success sample
//! carries an `errors` entry, with code `"0"`.
//!
//! Entries are matched by id, never by position. An item without an entry, with a flag that is no boolean, or with
//! entries that disagree is unconfirmed.

use std::borrow::Cow;

use super::Taken;
use super::json::{self, Member, Object};
use super::sent::{Sent, UnsentNames};
use super::wording::{self, coded_reason, reason, unconfirmed};
use crate::model::{Reason, Verdict, Verdicts};

/// Where the parts of one entry stand, as JSON pointers.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryPointers<'e> {
    /// What identifies the item.
    pub(super) id: &'e str,
    /// The boolean.
    pub(super) success: &'e str,
    /// The list of errors.
    pub(super) errors: &'e str,
}

pub(super) fn read(
    list: &str,
    pointers: EntryPointers<'_>,
    matches: &str,
    temporary: &[String],
    taken: &Taken<'_>,
) -> Verdicts {
    let batch = taken.batch;
    let entries = match taken.data.find(list) {
        Member::Value(list) => json::list(list),
        Member::Absent | Member::Unreadable => None,
    };
    let Some(entries) = entries else {
        let why = format!("the reply lacks the list `{list}`, or it cannot be read");
        return super::alike(batch, unconfirmed(why));
    };
    let sent = Sent::by(batch, matches);
    let mut unsent_names = UnsentNames::default();
    let mut verdicts: Vec<Option<Verdict>> = vec![None; batch.items.len()];
    for entry in entries {
        let Some((entry, id)) = identified(entry, pointers.id) else {
            unsent_names.add(&format!("an entry without a readable id: {entry}"), &sent);
            continue;
        };
        let positions = sent.positions(&id);
        if positions.is_empty() {
            unsent_names.add(&id, &sent);
            continue;
        }
        let verdict = verdict(&entry, pointers, temporary, &taken.endpoint.accepted);
        for position in positions {
            if let Some(slot) = verdicts.get_mut(*position) {
                *slot = Some(match slot.take() {
                    None => verdict.clone(),
                    Some(earlier) => together(earlier, verdict.clone()),
                });
            }
        }
    }
    let missing = unsent_names.unnamed_item();
    Verdicts {
        items: verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or_else(|| missing.clone()))
            .collect(),
        unsent_names: unsent_names.into_list(),
    }
}

fn identified<'a>(entry: &'a str, pointer: &str) -> Option<(Object<'a>, Cow<'a, str>)> {
    let object = Object::parse(entry).ok()?;
    let Member::Value(id) = object.find(pointer) else {
        return None;
    };
    Some((object, json::scalar(id)?))
}

/// What one entry says.
fn verdict(
    entry: &Object<'_>,
    pointers: EntryPointers<'_>,
    temporary: &[String],
    accepted: &[String],
) -> Verdict {
    let errors = errors(entry.find(pointers.errors), accepted);
    match entry.find(pointers.success) {
        Member::Value("true") => match errors {
            Some(errors) if errors.is_empty() => Verdict::Succeeded,
            Some(errors) => unconfirmed(format!(
                "contradictory: marked as a success with the error {}",
                told(&errors).text
            )),
            None => unconfirmed("marked as a success with errors that cannot be read"),
        },
        Member::Value("false") => {
            let errors = errors.unwrap_or_default();
            let passes = errors
                .iter()
                .any(|error| temporary.contains(&error.sub_code));
            if passes {
                Verdict::Temporary(told(&errors))
            } else {
                Verdict::Failed(told(&errors))
            }
        }
        Member::Value(_) | Member::Absent | Member::Unreadable => {
            unconfirmed("the reply names the item without saying true or false")
        }
    }
}

/// Two entries about one item: they settle something only when they agree.
fn together(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Succeeded, Verdict::Succeeded) => Verdict::Succeeded,
        (Verdict::Temporary(reason), Verdict::Temporary(_)) => Verdict::Temporary(reason),
        (Verdict::Failed(reason), Verdict::Failed(_) | Verdict::Temporary(_))
        | (Verdict::Temporary(_), Verdict::Failed(reason)) => Verdict::Failed(reason),
        (Verdict::Unconfirmed(reason), _) | (_, Verdict::Unconfirmed(reason)) => {
            Verdict::Unconfirmed(reason)
        }
        (Verdict::Succeeded, Verdict::Failed(_) | Verdict::Temporary(_))
        | (Verdict::Failed(_) | Verdict::Temporary(_), Verdict::Succeeded) => {
            unconfirmed("contradictory: the reply names the item as a success and as a failure")
        }
    }
}

/// One entry of a list of errors that is an error.
#[derive(Debug)]
struct ItemError {
    code: String,
    message: String,
    sub_code: String,
}

/// The errors with another code than `"0"`, or with words that do not say success; none when the list cannot be read.
fn errors(found: Member<'_>, accepted: &[String]) -> Option<Vec<ItemError>> {
    let list = match found {
        Member::Absent => return Some(Vec::new()),
        Member::Unreadable => return None,
        Member::Value(list) => json::list(list)?,
    };
    let mut errors = Vec::new();
    for entry in list {
        let entry = Object::parse(entry).ok()?;
        let part = |key| match entry.get(key) {
            Member::Value(value) => json::scalar(value).unwrap_or_default().into_owned(),
            Member::Absent | Member::Unreadable => String::new(),
        };
        let (code, message) = (part("code"), part("message"));
        if code != "0" || !(message.is_empty() || wording::is_accepted(accepted, &message)) {
            errors.push(ItemError {
                code,
                message,
                sub_code: part("sub_code"),
            });
        }
    }
    Some(errors)
}

/// The platform's words about one item.
fn told(errors: &[ItemError]) -> Reason {
    let Some(first) = errors.first() else {
        return reason("the platform gave no reason");
    };
    let text = errors
        .iter()
        .map(
            |error| match (error.message.as_str(), error.sub_code.as_str()) {
                ("", "") => format!("code {}", error.code),
                ("", sub_code) => sub_code.to_owned(),
                (message, "") => message.to_owned(),
                (message, sub_code) => format!("{message} ({sub_code})"),
            },
        )
        .collect::<Vec<_>>()
        .join("; ");
    match first.code.parse() {
        Ok(code) => coded_reason(code, text),
        Err(_) => reason(text),
    }
}

#[cfg(test)]
mod tests;
