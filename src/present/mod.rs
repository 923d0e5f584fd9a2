//! The present state of items: which reads tell what the platform holds for them now, and what an answer says of each.
//!
//! Pure functions: reads are sent elsewhere. Each family of endpoints has its reader, chosen by `[read_back]` of the endpoint's file.
//! Nothing is guessed: what an answer does not say for certain is [`Evidence::Unreadable`], with the reason. Items are handed over in
//! groups, so memory depends on the group alone. Knows no endpoint by name.

mod days;
mod one;
mod records;
mod rows;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::endpoint::{PresentReader, ReadBack};
use crate::model::{Envelope, Evidence};
use crate::text::Text;

/// An item whose present state is asked for.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it shares with the other items of its batch.
    pub envelope: Arc<Envelope>,
    /// Its JSON, as it is sent.
    pub body: Bytes,
}

/// What the platform holds for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// How it compares with what the item says.
    pub evidence: Evidence,
    /// What is there, as JSON, where it is something else; of what is unreadable, why.
    pub there: Option<Text>,
}

impl Present {
    fn plain(evidence: Evidence) -> Self {
        Self {
            evidence,
            there: None,
        }
    }

    fn other(there: &Value) -> Self {
        Self {
            evidence: Evidence::Other,
            there: Some(there.to_string().into()),
        }
    }

    /// What no read tells, and why.
    pub fn unreadable(why: impl Into<Text>) -> Self {
        Self {
            evidence: Evidence::Unreadable,
            there: Some(why.into()),
        }
    }
}

/// An item that puts back what was there before another item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// Its JSON.
    pub body: Vec<u8>,
    /// What it replaces: what the other item wrote, as it compares with this one.
    pub replaced: Present,
}

/// One read that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    envelope: Arc<Envelope>,
    subjects: Vec<Subject>,
    /// First and last day, `yyyyMMdd`, where days are asked for.
    span: Option<(u32, u32)>,
}

/// What a read asks for by its id, and which items it is for, by their positions among all items.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    id: String,
    items: Vec<usize>,
}

/// The reads that are needed for some items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asks {
    /// The reads.
    pub asks: Vec<Ask>,
    /// Items that no read can be made for.
    pub unreadable: Vec<(usize, Present)>,
}

/// What a read came to.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// All entries of all its pages.
    Entries(&'a [Value]),
    /// The platform refused it.
    Refused {
        /// Its code.
        code: i64,
        /// What is said of it, with the platform's words.
        message: &'a str,
    },
}

impl Ask {
    /// The items that it is for, by their positions.
    pub fn items(&self) -> impl Iterator<Item = usize> {
        self.subjects
            .iter()
            .flat_map(|subject| subject.items.iter().copied())
    }

    /// The same read in two halves, for one that was refused because of some of what it asks for; none where it asks for one thing.
    #[must_use]
    pub fn halves(self) -> Option<[Self; 2]> {
        if self.subjects.len() < 2 {
            return None;
        }
        let mut first = self.subjects;
        let second = first.split_off(first.len() / 2);
        let half = |subjects| Self {
            envelope: Arc::clone(&self.envelope),
            subjects,
            span: self.span,
        };
        Some([half(first), half(second)])
    }

    /// Says the same of all its items.
    #[must_use]
    pub fn all(&self, present: &Present) -> Vec<(usize, Present)> {
        self.items().map(|item| (item, present.clone())).collect()
    }

    /// What of its items is known by nothing but its subjects.
    fn each(&self, present: impl Fn(&Subject) -> Present) -> Vec<(usize, Present)> {
        let each = self.subjects.iter().flat_map(|subject| {
            let present = present(subject);
            let items = subject.items.iter();
            items.map(move |item| (*item, present.clone()))
        });
        each.collect()
    }
}

/// The reads that tell what the platform holds for these items.
#[must_use]
pub fn asks(read_back: &ReadBack, items: &[Item]) -> Asks {
    match &read_back.reader {
        PresentReader::Days(fields) => days::asks(fields, items),
        PresentReader::One { .. } => by_id(items, 1),
        PresentReader::Records => by_id(items, records::IDS_MAX),
        PresentReader::Rows => rows::asks(items),
    }
}

/// The values of a read: what it asks for, the constants of `[read_back]`, and what the envelope has of those that `takes` names.
#[must_use]
pub fn values(
    read_back: &ReadBack,
    ask: &Ask,
    takes: impl Fn(&str) -> bool,
) -> BTreeMap<String, Value> {
    let shared = ask.envelope.values.iter();
    let shared = shared
        .filter(|(name, _)| takes(name))
        .filter_map(|(name, json)| {
            let value = serde_json::from_str(json).ok()?;
            Some((name.clone(), value))
        });
    let constants = read_back.values.iter();
    let constants = constants.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let asked = match &read_back.reader {
        PresentReader::Days(_) => days::values(ask),
        PresentReader::One { id, .. } => one::values(id, ask),
        PresentReader::Records => records::values(ask),
        PresentReader::Rows => rows::values(ask),
    };
    shared.chain(constants).chain(asked).collect()
}

/// What an answer says of each item that its read is for.
#[must_use]
pub fn compare(
    read_back: &ReadBack,
    ask: &Ask,
    items: &[Item],
    answer: Answer<'_>,
) -> Vec<(usize, Present)> {
    let entries = match (answer, &read_back.reader) {
        (Answer::Entries(entries), _) => entries,
        (Answer::Refused { code, message }, PresentReader::One { gone, .. })
            if one::is_gone(gone, code, message) =>
        {
            return ask.all(&Present::plain(Evidence::AsSent));
        }
        (Answer::Refused { message, .. }, _) => {
            let why = text!("the platform refused the read: {message}", message);
            return ask.all(&Present::unreadable(why));
        }
    };
    match &read_back.reader {
        PresentReader::Days(fields) => days::compare(fields, ask, items, entries),
        PresentReader::One { answers, .. } => one::compare(answers, ask, entries),
        PresentReader::Records => records::compare(ask, entries),
        PresentReader::Rows => rows::compare(ask, entries),
    }
}

/// Why items of a family cannot be put back, where none can.
#[must_use]
pub fn never_put_back(read_back: &ReadBack) -> Option<Text> {
    match &read_back.reader {
        PresentReader::Days(_) => None,
        PresentReader::One { .. } => Some(text!(
            "a deleted punch can only be imported anew: it gets a new record_id, and whether its external_id and idempotent_id may be used again is not documented"
        )),
        PresentReader::Records => Some(text!(
            "a deleted record can only be created anew: it gets a new id, references to the old one are lost, and system fields cannot be written"
        )),
        PresentReader::Rows => Some(text!(
            "a deleted plan row can only be written anew from all its figures, which this version does not keep"
        )),
    }
}

/// The item that puts back what was there before the item of `body` was sent; or why there is none.
pub fn put_back(
    read_back: &ReadBack,
    body: &[u8],
    before: Evidence,
    there: Option<&str>,
) -> Result<PutBack, Text> {
    match &read_back.reader {
        PresentReader::Days(fields) => days::put_back(fields, body, before, there),
        PresentReader::One { .. } | PresentReader::Records | PresentReader::Rows => {
            Err(never_put_back(read_back).unwrap_or_else(|| Text::plain("")))
        }
    }
}

/// The day that an item is about, `yyyyMMdd`, where it is about one.
#[must_use]
pub fn date(read_back: &ReadBack, body: &[u8]) -> Option<u32> {
    match &read_back.reader {
        PresentReader::Days(fields) => days::date(fields, body),
        PresentReader::One { .. } | PresentReader::Records | PresentReader::Rows => None,
    }
}

/// Reads for items that are bare ids, so many at once.
fn by_id(items: &[Item], ids_max: usize) -> Asks {
    let mut asks = Asks::default();
    let mut open: HashMap<Vec<(String, String)>, Ask> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let Ok(Value::String(id)) = serde_json::from_slice(&item.body) else {
            asks.unreadable.push((at, not_an_item()));
            continue;
        };
        let key = sorted(&item.envelope);
        let ask = open.entry(key.clone()).or_insert_with(|| Ask {
            envelope: Arc::clone(&item.envelope),
            subjects: Vec::new(),
            span: None,
        });
        ask.subjects.push(Subject {
            id,
            items: vec![at],
        });
        if ask.subjects.len() == ids_max {
            asks.asks.extend(open.remove(&key));
        }
    }
    asks.asks.extend(in_order(open.into_values()));
    asks
}

/// Asks in the order of their first items, whatever map they come from.
fn in_order(asks: impl Iterator<Item = Ask>) -> Vec<Ask> {
    let mut asks: Vec<Ask> = asks.collect();
    asks.sort_by_key(|ask| ask.items().min());
    asks
}

/// The values of an envelope in an order of their own: as they come, they have none.
fn sorted(envelope: &Envelope) -> Vec<(String, String)> {
    let mut values = envelope.values.clone();
    values.sort();
    values
}

/// An item that does not say what it is about: it cannot have been sent so.
fn not_an_item() -> Present {
    Present::unreadable(text!("the item does not say what it is about"))
}

/// A whole number, as a number or as digits.
fn whole(value: &Value) -> Option<u32> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u32::try_from(number).ok()
}

/// An id, as a text or as a number that kept all its digits.
fn id(value: &Value) -> Option<String> {
    let number = || value.as_u64().map(|number| number.to_string());
    value.as_str().map(str::to_owned).or_else(number)
}

#[cfg(test)]
mod tests;
