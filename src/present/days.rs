//! People's shifts on days: read for up to 50 people and 30 calendar days at once, and matched by person, month and day.
//!
//! What the platform's page leaves open stays open here. A day without a row may be a day of rest or one that is not scheduled, and a
//! row with the shift "0" may be either too: where an item turns on the difference, it cannot be read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Ask, Asks, Item, Present, PutBack, Subject, not_an_item, sorted, whole};
use crate::endpoint::DayFields;
use crate::model::{Envelope, Evidence};
use crate::text::Text;

/// People of one read.
const PEOPLE_MAX: usize = 50;
/// Calendar days of one read, the first and the last included.
const DAYS_MAX: u32 = 30;
/// The last day of the first half, where a month is read in two.
const HALF: u32 = 16;
/// The shift of a day of rest.
const REST: &str = "0";
/// The default shift, which the platform shows and refuses to schedule.
const DEFAULT: &str = "9";

/// The person, month and day that an item is about.
type Day = (String, u32, u32);

fn day_of(fields: &DayFields, object: &Value) -> Option<Day> {
    let person = object.get(&fields.person)?.as_str()?.to_owned();
    let month = whole(object.get(&fields.month)?)?;
    let day = whole(object.get(&fields.day)?)?;
    Some((person, month, day))
}

pub(super) fn asks(fields: &DayFields, items: &[Item]) -> Asks {
    let mut asks = Asks::default();
    // People of an envelope and a month in the order in which they come, each with the days and items.
    let mut months: BTreeMap<(Vec<(String, String)>, u32), People> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let object: Option<Value> = serde_json::from_slice(&item.body).ok();
        let Some((person, month, day)) = object.and_then(|object| day_of(fields, &object)) else {
            asks.unreadable.push((at, not_an_item()));
            continue;
        };
        let people = months
            .entry((sorted(&item.envelope), month))
            .or_insert_with(|| People {
                envelope: Arc::clone(&item.envelope),
                numbers: HashMap::new(),
                each: Vec::new(),
            });
        people.add(person, day, at);
    }
    for ((_, month), people) in months {
        for group in people.each.chunks(PEOPLE_MAX) {
            let days = group.iter().flat_map(|(_, days)| days.iter());
            let days = days.map(|(day, _)| *day);
            let (first, last) = (days.clone().min(), days.max());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            let spans = if last - first < DAYS_MAX {
                vec![(first, last)]
            } else {
                vec![(first, HALF), (HALF + 1, last)]
            };
            for (from, to) in spans {
                let of_span = |(person, days): &(String, Vec<(u32, usize)>)| {
                    let days = days.iter().filter(|(day, _)| (from..=to).contains(day));
                    let items: Vec<usize> = days.map(|(_, item)| *item).collect();
                    (!items.is_empty()).then(|| Subject {
                        id: person.clone(),
                        items,
                    })
                };
                asks.asks.push(Ask {
                    envelope: Arc::clone(&people.envelope),
                    subjects: group.iter().filter_map(of_span).collect(),
                    span: Some((month * 100 + from, month * 100 + to)),
                });
            }
        }
    }
    asks
}

/// The people of a month, in the order in which they come.
struct People {
    envelope: Arc<Envelope>,
    numbers: HashMap<String, usize>,
    /// Each with the days and their items.
    each: Vec<(String, Vec<(u32, usize)>)>,
}

impl People {
    fn add(&mut self, person: String, day: u32, item: usize) {
        let number = self.numbers.get(&person).copied().unwrap_or_else(|| {
            self.each.push((person.clone(), Vec::new()));
            self.numbers.insert(person, self.each.len() - 1);
            self.each.len() - 1
        });
        if let Some((_, days)) = self.each.get_mut(number) {
            days.push((day, item));
        }
    }
}

pub(super) fn values(ask: &Ask) -> Vec<(String, Value)> {
    let people: Vec<&str> = ask.subjects.iter().map(|subject| &*subject.id).collect();
    let (from, to) = ask.span.unwrap_or_default();
    [
        ("user_ids", json!(people)),
        ("check_date_from", json!(from)),
        ("check_date_to", json!(to)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

pub(super) fn compare(
    fields: &DayFields,
    ask: &Ask,
    items: &[Item],
    entries: &[Value],
) -> Vec<(usize, Present)> {
    let asked: HashSet<&str> = ask.subjects.iter().map(|subject| &*subject.id).collect();
    let (from, to) = ask.span.unwrap_or_default();
    let mut there: HashMap<Day, Vec<Shift<'_>>> = HashMap::new();
    let mut misled: HashMap<String, u32> = HashMap::new();
    for entry in entries {
        let shift = Shift::of(fields, entry);
        let (Some((person, month, day)), Some(shift)) = (day_of(fields, entry), shift) else {
            let why = text!("the answer holds an entry that is no shift of a day");
            return ask.all(&Present::unreadable(why));
        };
        if !asked.contains(&*person) {
            let why = text!("the answer names {person}, who was not asked for", person);
            return ask.all(&Present::unreadable(why));
        }
        let date = month.saturating_mul(100).saturating_add(day);
        if (from..=to).contains(&date) {
            there.entry((person, month, day)).or_default().push(shift);
        } else {
            misled.insert(person, date);
        }
    }
    let present = |subject: &Subject, item: usize| {
        if let Some(date) = misled.get(&subject.id) {
            let (date, person) = (date.to_string(), &subject.id);
            return Present::unreadable(text!(
                "the answer has the day {date} of {person}, which was not asked for",
                date,
                person
            ));
        }
        let object: Option<Value> = items
            .get(item)
            .and_then(|item| serde_json::from_slice(&item.body).ok());
        let wanted = object.as_ref().and_then(|object| {
            let clears = fields.clears.as_ref().and_then(|field| object.get(field));
            let clears = clears.and_then(Value::as_bool).unwrap_or_default();
            Some((day_of(fields, object)?, Shift::of(fields, object)?, clears))
        });
        let Some((day, wanted, clears)) = wanted else {
            return not_an_item();
        };
        match there.get(&day).map_or(&[][..], Vec::as_slice) {
            [] => missing(&wanted, clears),
            [shift] => shift.against(fields, &wanted, clears),
            _ => Present::unreadable(text!("the answer has this day twice")),
        }
    };
    let items = ask.subjects.iter().flat_map(|subject| {
        let items = subject.items.iter();
        items.map(move |item| (subject, *item))
    });
    items
        .map(|(subject, item)| (item, present(subject, item)))
        .collect()
}

/// The day that an item is about, `yyyyMMdd`.
pub(super) fn date(fields: &DayFields, body: &[u8]) -> Option<u32> {
    let object: Value = serde_json::from_slice(body).ok()?;
    let (_, month, day) = day_of(fields, &object)?;
    month.checked_mul(100)?.checked_add(day)
}

/// The item that puts a day back to what it held before the item of `body` was sent.
pub(super) fn put_back(
    fields: &DayFields,
    body: &[u8],
    before: Evidence,
    there: Option<&str>,
) -> Result<PutBack, Text> {
    let Ok(Value::Object(mut item)) = serde_json::from_slice(body) else {
        return Err(not_a_shift());
    };
    let clears = fields.clears.as_ref();
    let cleared = clears.and_then(|clears| item.get(clears)?.as_bool());
    let replaced = if cleared.unwrap_or_default() {
        Present::plain(Evidence::Absent)
    } else {
        let object = Value::Object(item.clone());
        Present::other(
            &Shift::of(fields, &object)
                .ok_or_else(not_a_shift)?
                .in_json(fields),
        )
    };
    match before {
        Evidence::Other => {
            let there = there.and_then(|there| serde_json::from_str::<Value>(there).ok());
            let shift = there.as_ref().and_then(|there| Shift::of(fields, there));
            let shift = shift.ok_or_else(not_a_shift)?;
            if shift.shift == DEFAULT {
                return Err(text!(
                    "the default shift was there, which cannot be scheduled"
                ));
            }
            item.insert(fields.group.clone(), json!(shift.group));
            item.insert(fields.shift.clone(), json!(shift.shift));
            clears.and_then(|clears| item.remove(clears));
        }
        // A day without a row. The item is read back as a row of rest before it is put back, which shows that this read tells such days.
        Evidence::Unreadable if was_no_row(fields, &item, there) => {
            let clears = clears.ok_or_else(|| text!("the endpoint clears no day"))?;
            item.insert(clears.clone(), json!(true));
        }
        Evidence::Absent => {
            let clears = clears.ok_or_else(|| text!("the endpoint clears no day"))?;
            item.insert(fields.shift.clone(), json!(REST));
            item.insert(clears.clone(), json!(true));
        }
        Evidence::AsSent | Evidence::Unreadable => return Err(not_a_shift()),
    }
    Ok(PutBack {
        body: Value::Object(item).to_string().into_bytes(),
        replaced,
    })
}

/// Whether an item of rest found no row, which may have been a day of rest or one that was not scheduled.
fn was_no_row(
    fields: &DayFields,
    item: &serde_json::Map<String, Value>,
    there: Option<&str>,
) -> bool {
    let clears = fields.clears.as_ref().and_then(|field| item.get(field));
    item.get(&fields.shift).and_then(Value::as_str) == Some(REST)
        && !clears.and_then(Value::as_bool).unwrap_or_default()
        && there == Some(rest_or_nothing().to_string().as_str())
}

fn not_a_shift() -> Text {
    text!("what was there before is no shift of a day")
}

/// What a day without a row says of an item.
fn missing(wanted: &Shift<'_>, clears: bool) -> Present {
    if clears {
        return Present::plain(Evidence::AsSent);
    }
    if wanted.shift == REST {
        return Present::unreadable(rest_or_nothing());
    }
    Present::plain(Evidence::Absent)
}

/// The page of the read does not say how it shows the one and the other.
fn rest_or_nothing() -> Text {
    text!("the read does not tell a day of rest from a day that is not scheduled")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift<'a> {
    group: &'a str,
    shift: &'a str,
}

impl<'a> Shift<'a> {
    fn of(fields: &DayFields, object: &'a Value) -> Option<Self> {
        Some(Self {
            group: object.get(&fields.group)?.as_str()?,
            shift: object.get(&fields.shift)?.as_str()?,
        })
    }

    /// What this row, which is there, says of an item.
    fn against(self, fields: &DayFields, wanted: &Self, clears: bool) -> Present {
        if clears && self.shift == REST {
            return Present::unreadable(rest_or_nothing());
        }
        if !clears && self == *wanted {
            return Present::plain(Evidence::AsSent);
        }
        Present::other(&self.in_json(fields))
    }

    fn in_json(self, fields: &DayFields) -> Value {
        let mut there = serde_json::Map::new();
        there.insert(fields.group.clone(), json!(self.group));
        there.insert(fields.shift.clone(), json!(self.shift));
        Value::Object(there)
    }
}
