//! What the sandbox's platform holds now: what calls have done, and what somebody else has changed since.
//!
//! [`Applied`] is what the calls did, and nothing else, so that it can be compared with a report. What somebody else changes lies
//! over it, until a later call replaces it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::SandboxOptions;
use super::applied::{Applied, Effect, PlanRowKey, Punch, RecordKey, Shift, ShiftKey};
use super::company::{Company, Person};
use super::plan_rows::PlanRow;
use super::routes::Endpoint;
use super::shifts::ShiftReplies;
use super::world::ID_UNKNOWN_PREFIX;

/// When the punches that no call made were, 2026-10-01 in Beijing, and over how long.
const PUNCHES_FROM_SECONDS: u64 = 1_790_784_000;
const PUNCHES_SPAN_SECONDS: u64 = 30 * 24 * 60 * 60;

/// A change that no call of the client asked for: the world disagrees with what the client believes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody else sets a person's day, or clears it.
    Day(ShiftKey, Option<Shift>),
    /// From now on a day without a shift is told as a row of rest, not left out. The page leaves that open.
    UnscheduledDaysAreRest,
    /// Somebody is hired, or all about the person with this user id is another now.
    Hire(Person),
    /// Somebody moves to another group, or is in none.
    Move {
        /// Who.
        user_id: String,
        /// Where to.
        group_id: Option<String>,
    },
    /// A group has another name.
    RenameGroup {
        /// Which.
        group_id: String,
        /// Its name, which another may bear too.
        name: String,
    },
    /// A group has another type: 0 fixed, 2 scheduled, 3 free.
    GroupType {
        /// Which.
        group_id: String,
        /// Its type.
        group_type: i64,
    },
    /// A shift has another name.
    RenameShift {
        /// Which.
        shift_id: String,
        /// Its name, which another may bear too.
        name: String,
    },
    /// Somebody else deletes a punch, or puts it back.
    Punch {
        /// Its record id.
        id: String,
        /// Whether it is there from now on.
        exists: bool,
    },
    /// Somebody else deletes an aPaaS record, or puts it back.
    Record {
        /// Which.
        key: RecordKey,
        /// Whether it is there from now on.
        exists: bool,
    },
    /// Somebody else writes a row of a plan.
    PlanRow(PlanRowKey, PlanRow),
    /// The app has not the right that an endpoint needs: code 99991672.
    ScopeMissing {
        /// Which.
        endpoint: Endpoint,
        /// The right.
        scope: String,
    },
    /// The platform has no such endpoint: HTTP 404.
    NotThere(Endpoint),
}

/// Everything the platform holds.
#[derive(Debug)]
pub(super) struct State {
    pub(super) applied: Applied,
    pub(super) company: Company,
    pub(super) shift_replies: ShiftReplies,
    pub(super) unscheduled_days_are_rest: bool,
    /// What somebody else has made of these since a call changed them.
    days: BTreeMap<ShiftKey, Option<Shift>>,
    punches: BTreeMap<String, bool>,
    records: BTreeMap<RecordKey, bool>,
    /// What plan rows have been, and since when: the search may lag behind.
    plan_rows: BTreeMap<PlanRowKey, Vec<(Instant, PlanRow)>>,
    plan_rows_lag: Duration,
    scopes_missing: BTreeMap<Endpoint, String>,
    not_there: BTreeSet<Endpoint>,
}

impl State {
    pub(super) fn new(options: &SandboxOptions) -> Self {
        Self {
            applied: Applied::default(),
            company: Company::new(),
            shift_replies: options.shift_replies,
            unscheduled_days_are_rest: false,
            days: BTreeMap::new(),
            punches: BTreeMap::new(),
            records: BTreeMap::new(),
            plan_rows: BTreeMap::new(),
            plan_rows_lag: options.plan_rows_lag,
            scopes_missing: BTreeMap::new(),
            not_there: BTreeSet::new(),
        }
    }

    /// Makes a change of a call.
    pub(super) fn apply(&mut self, effect: Effect, now: Instant) {
        match &effect {
            Effect::SetShift(key, _) => self.forget_day(key),
            Effect::DeletePunch(id) => {
                self.punches.remove(id);
            }
            Effect::DeleteRecord(key) => {
                self.records.remove(key);
            }
            Effect::ZeroPlanRow(key) => {
                let row = self.latest_plan_row(key).zeroed();
                self.set_plan_row(key.clone(), row, now);
            }
            Effect::SavePlanRow(key, row) => self.set_plan_row(key.clone(), row.clone(), now),
            Effect::AnswerBusy(_)
            | Effect::WriteArchive(..)
            | Effect::CreatePunch(..)
            | Effect::CreateRecord(..) => {}
        }
        self.applied.apply(effect);
    }

    /// Makes a change of somebody else.
    pub(super) fn change(&mut self, change: Change, now: Instant) {
        match change {
            Change::Day(key, shift) => {
                self.forget_day(&key);
                self.days.insert(key, shift);
            }
            Change::UnscheduledDaysAreRest => self.unscheduled_days_are_rest = true,
            Change::Hire(person) => self.company.add(person),
            Change::Move { user_id, group_id } => {
                if let Some(person) = self.company.person_mut(&user_id) {
                    person.group_id = group_id;
                }
            }
            Change::RenameGroup { group_id, name } => {
                if let Some(group) = self.company.group_mut(&group_id) {
                    group.name = name;
                }
            }
            Change::GroupType {
                group_id,
                group_type,
            } => {
                if let Some(group) = self.company.group_mut(&group_id) {
                    group.kind = group_type;
                }
            }
            Change::RenameShift { shift_id, name } => {
                if let Some(shift) = self.company.shift_mut(&shift_id) {
                    shift.name = name;
                }
            }
            Change::Punch { id, exists } => {
                self.punches.insert(id, exists);
            }
            Change::Record { key, exists } => {
                self.records.insert(key, exists);
            }
            Change::PlanRow(key, row) => self.set_plan_row(key, row, now),
            Change::ScopeMissing { endpoint, scope } => {
                self.scopes_missing.insert(endpoint, scope);
            }
            Change::NotThere(endpoint) => {
                self.not_there.insert(endpoint);
            }
        }
    }

    /// What is scheduled for a person's day; nothing when it never was, or was cleared.
    pub(super) fn day(&self, key: &ShiftKey) -> Option<&Shift> {
        let other = self.other_key(key);
        let keys = || [Some(key), other.as_ref()].into_iter().flatten();
        if let Some(day) = keys().find_map(|key| self.days.get(key)) {
            return day.as_ref().filter(|shift| !shift.is_clear_schedule);
        }
        keys()
            .find_map(|key| self.applied.shifts.get(key))
            .filter(|shift| !shift.is_clear_schedule)
    }

    /// Whether a punch is there: every one is, but those the seed data names and those that were deleted.
    pub(super) fn punch_exists(&self, id: &str) -> bool {
        match self.punches.get(id) {
            Some(exists) => *exists,
            None => {
                !id.starts_with(ID_UNKNOWN_PREFIX) && !self.applied.punches_deleted.contains(id)
            }
        }
    }

    /// Whether an aPaaS record is there, as with punches.
    pub(super) fn record_exists(&self, key: &RecordKey) -> bool {
        match self.records.get(key) {
            Some(exists) => *exists,
            None => {
                !key.id.starts_with(ID_UNKNOWN_PREFIX)
                    && !self.applied.records_deleted.contains(key)
            }
        }
    }

    /// A punch. One that no call made is somebody's, and always the same one's.
    pub(super) fn punch(&self, id: &str) -> Option<Punch> {
        let created = self.applied.punches_created.get(id);
        let imported_before = || {
            let number = digits(id);
            let people: Vec<&Person> = self.company.founders().collect();
            let place = usize::try_from(number).unwrap_or_default() % people.len().max(1);
            let user_id = people.get(place).map(|person| person.user_id.clone());
            Punch {
                employee_type: "employee_id".to_owned(),
                user_id: user_id.clone().unwrap_or_default(),
                creator_id: user_id.unwrap_or_default(),
                location_name: "门店打卡机".to_owned(),
                check_time: (PUNCHES_FROM_SECONDS + number % PUNCHES_SPAN_SECONDS).to_string(),
                ..Punch::default()
            }
        };
        self.punch_exists(id)
            .then(|| created.cloned().unwrap_or_else(imported_before))
    }

    /// An aPaaS record with its fields. One that no call made has some of its own.
    pub(super) fn record(&self, key: &RecordKey) -> Option<Map<String, Value>> {
        let mut fields = Map::new();
        fields.insert("_id".to_owned(), json!(key.id));
        match self.applied.records_created.get(key) {
            Some(written) => fields.extend(written.clone()),
            None => {
                fields.insert("_name".to_owned(), json!(format!("record {}", key.id)));
                fields.insert("book_name".to_owned(), json!(format!("book {}", key.id)));
                fields.insert("book_count".to_owned(), json!(digits(&key.id) % 100));
            }
        }
        self.record_exists(key).then_some(fields)
    }

    /// A row of a plan as the search tells it at `now`.
    pub(super) fn plan_row(&self, key: &PlanRowKey, now: Instant) -> PlanRow {
        let known = self.plan_rows.get(key).map(Vec::as_slice);
        let mut latest_first = known.unwrap_or_default().iter().rev();
        latest_first
            .find(|(since, _)| now.saturating_duration_since(*since) >= self.plan_rows_lag)
            .map_or_else(PlanRow::untouched, |(_, row)| row.clone())
    }

    /// The dimensions of the rows of a plan that somebody has changed.
    pub(super) fn plan_rows_touched<'a>(
        &'a self,
        plan: &'a str,
    ) -> impl Iterator<Item = &'a BTreeMap<String, String>> {
        self.plan_rows
            .keys()
            .filter(move |key| key.workforce_plan_id == plan)
            .map(|key| &key.dimensions)
    }

    fn latest_plan_row(&self, key: &PlanRowKey) -> PlanRow {
        let latest = self.plan_rows.get(key).and_then(|rows| rows.last());
        latest.map_or_else(PlanRow::untouched, |(_, row)| row.clone())
    }

    fn set_plan_row(&mut self, key: PlanRowKey, row: PlanRow, now: Instant) {
        let rows = self.plan_rows.entry(key).or_default();
        rows.push((now, row));
        // What the search can no longer tell is forgotten.
        let settled = rows
            .iter()
            .rposition(|(since, _)| now.saturating_duration_since(*since) >= self.plan_rows_lag);
        rows.drain(..settled.unwrap_or(0));
    }

    /// The right that is missing for an endpoint.
    pub(super) fn scope_missing(&self, endpoint: Endpoint) -> Option<&str> {
        self.scopes_missing.get(&endpoint).map(String::as_str)
    }

    /// Whether an endpoint has been taken away.
    pub(super) fn is_not_there(&self, endpoint: Endpoint) -> bool {
        self.not_there.contains(&endpoint)
    }

    /// Takes away what is known of a day under either id of the person, but for what is applied under this very key.
    fn forget_day(&mut self, key: &ShiftKey) {
        self.days.remove(key);
        if let Some(other) = self.other_key(key) {
            self.days.remove(&other);
            self.applied.shifts.remove(&other);
        }
    }

    /// The same day of the same person under the other kind of id.
    fn other_key(&self, key: &ShiftKey) -> Option<ShiftKey> {
        let person = self.company.person(&key.employee_type, &key.user_id)?;
        let (employee_type, user_id) = if key.employee_type == "employee_no" {
            ("employee_id", &person.user_id)
        } else {
            ("employee_no", &person.job_number)
        };
        Some(ShiftKey {
            employee_type: employee_type.to_owned(),
            user_id: user_id.clone(),
            ..key.clone()
        })
    }
}

/// A number made of the characters of an id, always the same.
fn digits(id: &str) -> u64 {
    id.bytes().fold(0, |number, byte| {
        (number * 31 + u64::from(byte)) % 1_000_000_007
    })
}
