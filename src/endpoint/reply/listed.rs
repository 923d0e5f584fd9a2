//! Reads a reply that lists by value what failed, and perhaps what succeeded.
//!
//! With a list of successes, an item succeeds by being in it and in no list of failures. Without one, it succeeds by being
//! absent, which counts only when every list of failures is there and names nobody we did not send.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Taken;
use super::json::{self, Member, Object};
use super::sent::{Sent, UnsentNames};
use super::wording::{self, reason, unconfirmed};
use crate::endpoint::FailureList;
use crate::model::{Batch, Verdict, Verdicts};

pub(super) fn read<'a>(
    succeeded: Option<&str>,
    matches: &'a str,
    failed: &'a [FailureList],
    taken: &Taken<'a>,
) -> Verdicts {
    let mut reading = Reading::new(taken);
    if let Some(pointer) = succeeded {
        reading.successes(matches, &values(taken.data, pointer));
    }
    for list in failed {
        reading.failures(list, &values(taken.data, &list.list));
    }
    reading.verdicts(succeeded.is_some())
}

/// A list of the reply.
enum Values<'a> {
    Absent,
    Unreadable,
    Are(Vec<Cow<'a, str>>),
}

fn values<'a>(data: &Object<'a>, pointer: &str) -> Values<'a> {
    match data.find(pointer) {
        Member::Absent => Values::Absent,
        Member::Unreadable => Values::Unreadable,
        Member::Value(list) => json::scalars(list).map_or(Values::Unreadable, Values::Are),
    }
}

/// What the reply claims of one item.
#[derive(Debug, Clone, Default)]
struct Claims {
    /// The list of successes names it.
    succeeded: bool,
    /// Why, for each list of failures that names it or a part of it.
    failed: Vec<String>,
    /// What `msg` says of it, whatever the lists say.
    blamed: Option<String>,
}

/// What the platform names in one list, or in `msg`.
struct Named<'v> {
    /// Positions of items, with the values that name them.
    items: BTreeMap<usize, BTreeSet<&'v str>>,
    /// Whether a value names no item.
    unsent_names: bool,
}

struct Reading<'a> {
    batch: &'a Batch,
    /// Our items by path, made when a list first names something.
    sent: BTreeMap<&'a str, Sent<'a>>,
    claims: Vec<Claims>,
    unsent_names: UnsentNames,
    reasons: Reasons,
    /// Why even an item listed as a success may have failed.
    unreadable: Option<String>,
    /// Why an item may have failed without being listed.
    silent: Option<String>,
}

impl<'a> Reading<'a> {
    fn new(taken: &Taken<'a>) -> Self {
        let batch = taken.batch;
        Self {
            batch,
            sent: BTreeMap::new(),
            claims: vec![Claims::default(); batch.items.len()],
            unsent_names: UnsentNames::default(),
            reasons: Reasons::in_msg(taken),
            unreadable: None,
            silent: None,
        }
    }

    fn successes(&mut self, matches: &'a str, list: &Values<'_>) {
        let Values::Are(values) = list else {
            return;
        };
        let named = self.named(matches, values.iter().map(Cow::as_ref));
        for position in named.items.into_keys() {
            if let Some(claims) = self.claims.get_mut(position) {
                claims.succeeded = true;
            }
        }
    }

    fn failures(&mut self, list: &'a FailureList, values: &Values<'_>) {
        let name = &list.list;
        match values {
            Values::Are(values) => self.listed_failures(list, values),
            Values::Absent => self.silent = Some(format!("the reply lacks the list `{name}`")),
            Values::Unreadable => {
                self.unreadable = Some(format!("the list `{name}` of the reply cannot be read"));
            }
        }
        if list.reasons_in_msg {
            self.blames_in_msg(list);
        }
    }

    fn listed_failures(&mut self, list: &'a FailureList, values: &[Cow<'_, str>]) {
        let named = self.named(&list.matches, values.iter().map(Cow::as_ref));
        if list.names_items {
            self.doubt_silence(named.unsent_names);
        }
        for (position, values) in named.items {
            let text = if list.names_items {
                self.reasons.why(&values, list)
            } else {
                part_refused(&values, list)
            };
            if let Some(claims) = self.claims.get_mut(position) {
                claims.failed.push(text);
            }
        }
    }

    /// The documents put the reasons for failures into `msg`, so whoever stands there without being listed is in doubt.
    fn blames_in_msg(&mut self, list: &'a FailureList) {
        let reasons = std::mem::take(&mut self.reasons);
        let named = self.named(&list.matches, reasons.by_value.keys().map(String::as_str));
        self.doubt_silence(named.unsent_names);
        for (position, values) in named.items {
            if let Some(claims) = self.claims.get_mut(position) {
                claims.blamed = Some(reasons.why(&values, list));
            }
        }
        self.reasons = reasons;
    }

    /// A platform that names somebody else may mean one of ours.
    fn doubt_silence(&mut self, unsent_names: bool) {
        if unsent_names {
            self.silent = Some("the platform named somebody we did not send".to_owned());
        }
    }

    fn named<'v>(&mut self, path: &'a str, values: impl Iterator<Item = &'v str>) -> Named<'v> {
        let mut named = Named {
            items: BTreeMap::new(),
            unsent_names: false,
        };
        for value in values {
            let batch = self.batch;
            let sent = self
                .sent
                .entry(path)
                .or_insert_with(|| Sent::by(batch, path));
            let positions = sent.positions(value);
            if positions.is_empty() {
                self.unsent_names.add(value, sent);
                named.unsent_names = true;
            }
            for position in positions {
                named.items.entry(*position).or_default().insert(value);
            }
        }
        named
    }

    fn verdicts(self, successes_listed: bool) -> Verdicts {
        let not_named = if successes_listed {
            self.unsent_names.unnamed_item()
        } else {
            taken_unless(self.unreadable.as_ref().or(self.silent.as_ref()))
        };
        let listed = taken_unless(self.unreadable.as_ref());
        let items = self
            .claims
            .into_iter()
            .map(|claims| claims.verdict(&listed, &not_named));
        Verdicts {
            items: items.collect(),
            unsent_names: self.unsent_names.into_list(),
        }
    }
}

fn taken_unless(doubt: Option<&String>) -> Verdict {
    doubt.map_or(Verdict::Succeeded, unconfirmed)
}

impl Claims {
    /// What the claims come to; the verdicts are those of an item only listed as a success, and of one not named at all.
    fn verdict(self, listed: &Verdict, not_named: &Verdict) -> Verdict {
        let why = self.failed.join("; ");
        match (self.succeeded, self.failed.is_empty(), self.blamed) {
            (true, false, _) => unconfirmed(format!(
                "contradictory: the reply names the item as a success and as a failure: {why}"
            )),
            (false, false, _) => Verdict::Failed(reason(why)),
            (true, true, Some(why)) => unconfirmed(format!(
                "contradictory: the reply names the item as a success, and its `msg` says: {why}"
            )),
            (false, true, Some(why)) => unconfirmed(format!(
                "no list of the reply names the item, but its `msg` says: {why}"
            )),
            (true, true, None) => listed.clone(),
            (false, true, None) => not_named.clone(),
        }
    }
}

/// An item that carries parts the platform did not take.
fn part_refused(parts: &BTreeSet<&str>, list: &FailureList) -> String {
    let parts: Vec<String> = parts.iter().map(|part| wording::printable(part)).collect();
    format!(
        "{}: `{}`; whether the rest of the item was written is not stated by the platform",
        list.reason,
        parts.join("`, `")
    )
}

/// What `msg` says about single values.
#[derive(Debug, Default)]
struct Reasons {
    by_value: BTreeMap<String, String>,
    /// `msg` itself, when it is neither a map nor a word for success.
    said: Option<String>,
}

impl Reasons {
    /// Why an item failed: the platform's words about one of these values, or about the call.
    fn why(&self, values: &BTreeSet<&str>, list: &FailureList) -> String {
        let own = values.iter().find_map(|value| self.by_value.get(*value));
        match (own, &self.said) {
            _ if !list.reasons_in_msg => list.reason.clone(),
            (Some(why), _) => why.clone(),
            (None, Some(said)) => format!("{}; the platform said: {said}", list.reason),
            (None, None) => list.reason.clone(),
        }
    }

    /// The documents say `{"xx id": "xx reason"}`; the map also comes as a JSON string within the string.
    fn in_msg(taken: &Taken<'_>) -> Self {
        let msg = json::unwrapped(taken.msg.unwrap_or_default());
        match Object::parse(&msg) {
            Ok(map) => Self {
                by_value: map
                    .entries()
                    .map(|(value, why)| {
                        let why = json::text(why).map_or_else(|| why.to_owned(), Cow::into_owned);
                        (value.to_owned(), wording::cut(why))
                    })
                    .collect(),
                said: None,
            },
            Err(_) if wording::is_accepted(&taken.endpoint.accepted, &msg) => Self::default(),
            Err(_) => Self {
                by_value: BTreeMap::new(),
                said: Some(wording::cut(msg.into_owned())),
            },
        }
    }
}

#[cfg(test)]
mod tests;
