//! Reads a reply with code 0 whose `msg` is a word for success, or a map of who did not take effect on which dates.
//!
//! What the platform repeats is compared with what was sent, field by field: an item that is shown otherwise is unconfirmed.
//! A map that cannot be read, or names a person or a date that we did not send, says something about somebody and nobody
//! can tell about whom: the whole batch is then unconfirmed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Taken;
use super::json::{self, Member, Object};
use super::map_text::{self, Date, Entry};
use super::sent::{Sent, UnsentNames};
use super::shown;
use super::wording::{self, reason, unconfirmed};
use crate::endpoint::Field;
use crate::model::{Batch, Verdict, Verdicts};

/// The fields of an item, and of an entry of the echo, that tell whose day it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayFields<'e> {
    /// The person.
    pub(super) person: &'e str,
    /// The month `yyyyMM`.
    pub(super) month: &'e str,
    /// The day of the month.
    pub(super) day: &'e str,
}

pub(super) fn read(
    fields: DayFields<'_>,
    echo: &str,
    failure: &str,
    taken: &Taken<'_>,
) -> Verdicts {
    let batch = taken.batch;
    let Some(msg) = taken.msg.map(json::unwrapped) else {
        let why = "the reply has code 0, but no `msg` to say who failed";
        return super::alike(batch, unconfirmed(why));
    };
    let took_all = wording::is_accepted(&taken.endpoint.accepted, &msg);
    let sent = SentDays::of(batch, fields);
    let mut unsent_names = UnsentNames::default();
    let named = if took_all {
        Ok(vec![Named::Not; batch.items.len()])
    } else {
        sent.named_in(&msg, &mut unsent_names)
    };
    let said = wording::cut(msg.into_owned());
    let items = match named {
        Ok(named) => {
            let unnamed = sent.unnamed(taken, taken.data.find(echo), fields, &mut unsent_names);
            named
                .into_iter()
                .zip(unnamed)
                .map(|(named, unnamed)| match named {
                    Named::Not => unnamed,
                    Named::Perhaps => {
                        unconfirmed(format!("`msg` may or may not mean this item: {said}"))
                    }
                    Named::Failed => Verdict::Failed(reason(failure)),
                })
                .collect()
        }
        Err(why) => {
            let why = format!("{why}; it may concern any item of the batch; `msg` is: {said}");
            super::alike(batch, unconfirmed(why)).items
        }
    };
    Verdicts {
        items,
        unsent_names: unsent_names.into_list(),
    }
}

/// What the map says of one item, the surer the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Not,
    /// It gives a day, and the person has that day in more than one month.
    Perhaps,
    Failed,
}

/// One person on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PersonDay<'a> {
    person: Cow<'a, str>,
    /// `yyyyMM`.
    month: u32,
    day: u32,
}

impl<'a> PersonDay<'a> {
    fn of(object: &'a str, fields: DayFields<'_>) -> Option<Self> {
        let object = Object::parse(object).ok()?;
        let part = |field| match object.get(field) {
            Member::Value(value) => json::scalar(value),
            Member::Absent | Member::Unreadable => None,
        };
        Some(Self {
            person: part(fields.person)?,
            month: part(fields.month)?.parse().ok()?,
            day: part(fields.day)?.parse().ok()?,
        })
    }

    fn is_on(&self, date: Date) -> bool {
        self.day == date.day
            && date.month.is_none_or(|month| self.month % 100 == month)
            && date.year.is_none_or(|year| self.month / 100 == year)
    }
}

/// The days of a batch, in its order.
struct SentDays<'a> {
    days: Vec<Option<PersonDay<'a>>>,
    people: Sent<'a>,
}

impl<'a> SentDays<'a> {
    fn of(batch: &'a Batch, fields: DayFields<'_>) -> Self {
        let day = |body: &'a [u8]| PersonDay::of(str::from_utf8(body).ok()?, fields);
        Self {
            days: batch.items.iter().map(|item| day(&item.body)).collect(),
            people: Sent::by(batch, fields.person),
        }
    }

    /// What the map in `msg` says of each item, or why that cannot be told.
    fn named_in(&self, msg: &str, unsent_names: &mut UnsentNames) -> Result<Vec<Named>, String> {
        let map = map_text::parse(msg)
            .ok_or("`msg` is neither a word for success nor a map that can be read")?;
        let mut named = vec![Named::Not; self.days.len()];
        for Entry { person, dates } in &map {
            let positions = self.people.positions(person);
            if positions.is_empty() {
                unsent_names.add(person, &self.people);
                continue;
            }
            if dates.is_empty() {
                mark(&mut named, positions, Named::Failed);
            }
            for date in dates {
                let on = |position: &usize| {
                    let day = self.days.get(*position).and_then(Option::as_ref);
                    day.is_some_and(|day| day.is_on(*date))
                };
                let fitting: Vec<usize> = positions.iter().copied().filter(on).collect();
                match fitting.len() {
                    0 => unsent_names.add(&format!("{person} on {date}"), &self.people),
                    1 => mark(&mut named, &fitting, Named::Failed),
                    _ => mark(&mut named, &fitting, Named::Perhaps),
                }
            }
        }
        match unsent_names.summary() {
            None => Ok(named),
            Some(unsent_names) => Err(format!("`msg` names what we did not send: {unsent_names}")),
        }
    }

    /// What holds for each item that `msg` does not name. The platform repeats what took effect; it is not documented
    /// that it always does, so only a list that is there and lacks the item, or shows it otherwise, speaks against it.
    fn unnamed(
        &self,
        taken: &Taken<'_>,
        echo: Member<'_>,
        fields: DayFields<'_>,
        unsent_names: &mut UnsentNames,
    ) -> Vec<Verdict> {
        let alike = |verdict: Verdict| vec![verdict; self.days.len()];
        let entries = match echo {
            Member::Absent => Some(Vec::new()),
            Member::Value(list) => json::list(list),
            Member::Unreadable => None,
        };
        let Some(entries) = entries else {
            let why = "what the platform repeats of the batch cannot be read";
            return alike(unconfirmed(why));
        };
        if entries.is_empty() {
            return alike(Verdict::Succeeded);
        }
        let mut echoed = BTreeMap::<PersonDay<'_>, Vec<&str>>::new();
        for entry in entries {
            if let Some(day) = PersonDay::of(entry, fields) {
                echoed.entry(day).or_default().push(entry);
            }
        }
        let sent: BTreeSet<&PersonDay<'_>> = self.days.iter().flatten().collect();
        for unsent in echoed.keys().filter(|day| !sent.contains(day)) {
            let PersonDay { person, month, day } = unsent;
            unsent_names.add(&format!("{person}, month {month}, day {day}"), &self.people);
        }
        // These three were compared as numbers already: `1` and `01` are the same day.
        let identity = [fields.person, fields.month, fields.day];
        let rest = taken.endpoint.items.shape.fields().iter();
        let rest: Vec<&Field> = rest
            .filter(|field| !identity.contains(&field.name.as_str()))
            .collect();
        self.days
            .iter()
            .zip(&taken.batch.items)
            .map(|(day, item)| {
                let Some(entries) = day.as_ref().and_then(|day| echoed.get(day)) else {
                    return unconfirmed(
                        "the reply repeats what took effect, and this item is not there",
                    );
                };
                let mut entries = entries.iter();
                match entries.find_map(|entry| shown::otherwise(&rest, &item.body, entry)) {
                    Some(difference) => unconfirmed(difference),
                    None => Verdict::Succeeded,
                }
            })
            .collect()
    }
}

fn mark(named: &mut [Named], positions: &[usize], as_what: Named) {
    for position in positions {
        if let Some(slot) = named.get_mut(*position) {
            *slot = as_what.max(*slot);
        }
    }
}

#[cfg(test)]
mod tests;
