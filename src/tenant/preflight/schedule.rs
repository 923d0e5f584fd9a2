//! Shifts of people on days: each group is there, is scheduled and has its people; each shift is there.
//!
//! Two reads a group, and the list of shifts once. A day that is cleared needs no shift.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::{Asking, CALLS_AT_ONCE, Preflighted, Said, shared};
use crate::endpoint::{DayFields, Read, Values, catalogue};
use crate::error::Refusal;
use crate::model::{Envelope, Rule};
use crate::text::Value as Listed;
use crate::transport::{Mint, Transport};

const NO_GROUP: Rule = Rule::new(
    "preflight.no-group",
    "is an attendance group that the platform does not have",
);
const GROUP_TYPE: Rule = Rule::new(
    "preflight.group-type",
    "is an attendance group without schedules: its days cannot be scheduled",
);
const NOT_IN_GROUP: Rule = Rule::new(
    "preflight.not-in-group",
    "is not in the attendance group that the row names",
);
const NO_SHIFT: Rule = Rule::new(
    "preflight.no-shift",
    "is a shift that the platform does not have",
);
const DEFAULT_SHIFT: Rule = Rule::new(
    "preflight.default-shift",
    "is the default shift, which cannot be scheduled",
);

/// The kind of ids of people, which the endpoint and its reads call alike.
const KIND: &str = "employee_type";
/// `group_type` of a group with schedules (排班制).
const SCHEDULED: i64 = 2;
/// The shift of a day of rest, which is in no list.
const REST: &str = "0";
/// The default shift.
const DEFAULT: &str = "9";
/// The platform's code and words for a group that is not there.
const GENERAL: i64 = 1_220_600;
const NOT_THERE: &str = "not exist";

/// Groups with the people they are named for, by the kind of their ids; and shifts.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    fields: DayFields,
    groups: BTreeMap<(String, String), BTreeSet<String>>,
    shifts: BTreeSet<String>,
}

/// What is known of a group.
enum Group {
    Absent,
    OfType(i64),
    Has(BTreeSet<String>),
    Unknown,
}

impl Asked {
    pub(super) fn of(fields: DayFields) -> Self {
        Self {
            fields,
            groups: BTreeMap::new(),
            shifts: BTreeSet::new(),
        }
    }

    pub(super) fn add(&mut self, envelope: &Arc<Envelope>, body: &[u8]) {
        let item: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let fields = &self.fields;
        if let (Some(person), Some(group)) = (text(&fields.person), text(&fields.group)) {
            let key = (shared(envelope, KIND), group);
            self.groups.entry(key).or_default().insert(person);
        }
        let clears = fields.clears.as_ref().and_then(|name| item.get(name));
        if clears != Some(&Value::Bool(true))
            && let Some(shift) = text(&fields.shift)
            && !self.shifts.contains(&shift)
        {
            self.shifts.insert(shift);
        }
    }

    pub(super) async fn ask<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
    ) -> Result<Preflighted, Refusal> {
        let mut said = Preflighted::default();
        self.ask_groups(asking, &mut said).await?;
        self.ask_shifts(asking, &mut said).await?;
        said.not_known(text!("whether the operator may change these schedules (data permission in the attendance admin console), and whether a month is sealed, no read tells: the platform says it when the first call is sent"));
        Ok(said)
    }

    async fn ask_groups<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
        said: &mut Preflighted,
    ) -> Result<(), Refusal> {
        let get = catalogue::read("attendance.groups.get")?;
        let list_user = catalogue::read("attendance.groups.list_user")?;
        let groups: Vec<Group> = stream::iter(self.groups.keys())
            .map(|(kind, group)| ask_group(asking, &get, &list_user, kind, group))
            .buffered(CALLS_AT_ONCE)
            .try_collect()
            .await?;
        let groups: Vec<_> = self.groups.iter().zip(groups).collect();
        let (group_name, person_name) = (&*self.fields.group, &*self.fields.person);
        for (((kind, group), people), is) in &groups {
            let of_group = [(group_name, &**group), (KIND, &**kind)];
            match is {
                Group::Unknown => {}
                Group::Absent => said.find(&of_group, NO_GROUP, None),
                Group::OfType(number) => {
                    let detail = text!("its group_type is {number}, not 2", number);
                    said.find(&of_group, GROUP_TYPE, Some(detail));
                }
                Group::Has(members) => {
                    for person in people.difference(members) {
                        // Groups that no row names are not read.
                        let elsewhere =
                            groups.iter().filter_map(|(((of, other), _), is)| match is {
                                Group::Has(members) if of == kind && members.contains(person) => {
                                    Some(other.as_str())
                                }
                                Group::Has(_)
                                | Group::Absent
                                | Group::OfType(_)
                                | Group::Unknown => None,
                            });
                        let elsewhere: Vec<&str> = elsewhere.collect();
                        let detail = if elsewhere.is_empty() {
                            text!("group {group}", group)
                        } else {
                            text!(
                                "group {group}, but in {others}",
                                group,
                                others = Listed::list(elsewhere)
                            )
                        };
                        let values = [(person_name, &**person), of_group[0], of_group[1]];
                        said.find(&values, NOT_IN_GROUP, Some(detail));
                    }
                }
            }
        }
        Ok(())
    }

    async fn ask_shifts<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
        said: &mut Preflighted,
    ) -> Result<(), Refusal> {
        let mut named = self.shifts.clone();
        named.remove(REST);
        if named.remove(DEFAULT) {
            self.find_shift(said, DEFAULT, DEFAULT_SHIFT);
        }
        if named.is_empty() {
            return Ok(());
        }
        let read = catalogue::read("attendance.shifts.list")?;
        if let Some(known) = asking.ids(&read, &Values::new(), "shift_id").await? {
            for shift in named.difference(&known) {
                self.find_shift(said, shift, NO_SHIFT);
            }
        }
        Ok(())
    }

    /// A shift of days that are not cleared.
    fn find_shift(&self, said: &mut Preflighted, shift: &str, rule: Rule) {
        let name = &*self.fields.shift;
        match &self.fields.clears {
            Some(clears) => {
                for not_set in ["", "false"] {
                    said.find(&[(name, shift), (clears, not_set)], rule, None);
                }
            }
            None => said.find(&[(name, shift)], rule, None),
        }
    }
}

/// What a group is and, where it is scheduled, who is in it.
async fn ask_group<T: Transport + Mint>(
    asking: &Asking<'_, T>,
    get: &Read,
    list_user: &Read,
    kind: &str,
    group: &str,
) -> Result<Group, Refusal> {
    let mut values = Values::from([
        ("group_id", group.into()),
        (KIND, kind.into()),
        ("dept_type", "open_id".into()),
    ]);
    match asking.list(get, &values).await? {
        Said::Entries(entries) => {
            let entry = entries.first();
            let own = entry.and_then(|entry| entry.get("group_id")?.as_str());
            if own != Some(group) {
                asking.not_understood(get, &text!("it is about another group than was asked for"));
                return Ok(Group::Unknown);
            }
            match entry.and_then(|entry| entry.get("group_type")?.as_i64()) {
                Some(SCHEDULED) => {}
                Some(other) => return Ok(Group::OfType(other)),
                None => {
                    asking.not_understood(get, &text!("an entry has no {id}", id = "group_type"));
                    return Ok(Group::Unknown);
                }
            }
        }
        Said::Refused(refused) => {
            let says = refused.text.to_string().contains(NOT_THERE);
            if refused.code == Some(GENERAL) && says {
                return Ok(Group::Absent);
            }
            asking.not_answered(get, &refused);
            return Ok(Group::Unknown);
        }
        // Who is in it is known all the same.
        Said::Nothing => {}
    }
    values.insert("member_clock_type", 0.into());
    let members = asking.ids(list_user, &values, "user_id").await?;
    Ok(members.map_or(Group::Unknown, Group::Has))
}
