//! What the sandbox's platform has done: the state after all calls, and the single changes that lead to it.
//!
//! An endpoint decides which [`Effect`]s a call has; whether they happen, and when, is not its business. So a fault can apply
//! half of a call, or apply it later, with the same changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::plan_rows::PlanRow;

/// One person's day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs, reason = "the platform's own field names")]
pub struct ShiftKey {
    pub employee_type: String,
    pub user_id: String,
    pub month: i64,
    pub day_no: i64,
}

/// What was set for one person's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the platform's own field names")]
pub struct Shift {
    pub group_id: String,
    pub shift_id: String,
    pub is_clear_schedule: bool,
}

/// A punch that was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the platform's own field names")]
pub struct Punch {
    pub employee_type: String,
    pub user_id: String,
    pub creator_id: String,
    pub location_name: String,
    pub check_time: String,
    pub comment: String,
    pub external_id: String,
    pub idempotent_id: String,
    pub is_field: bool,
    pub is_wifi: bool,
    pub ssid: String,
    pub bssid: String,
}

/// One record of an aPaaS object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs, reason = "the platform's own field names")]
pub struct RecordKey {
    pub namespace: String,
    pub object_api_name: String,
    pub id: String,
}

/// One row of a workforce plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PlanRowKey {
    /// The plan.
    pub workforce_plan_id: String,
    /// Its dimensions, whatever order they were sent in.
    pub dimensions: BTreeMap<String, String>,
}

/// One line of an archive report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs, reason = "the platform's own field names")]
pub struct ArchiveKey {
    pub archive_rule_id: String,
    pub month: String,
    pub employee_type: String,
    pub member_id: String,
    pub start_time: String,
    pub end_time: String,
}

/// The state after all calls so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Punches deleted.
    pub punches_deleted: BTreeSet<String>,
    /// Shifts set; a later call for the same person and day replaces the earlier one.
    #[serde(serialize_with = "pairs")]
    pub shifts: BTreeMap<ShiftKey, Shift>,
    /// aPaaS records deleted.
    pub records_deleted: BTreeSet<RecordKey>,
    /// Plan rows set to zero, and how often.
    #[serde(serialize_with = "pairs")]
    pub plan_rows_zeroed: BTreeMap<PlanRowKey, u64>,
    /// Archive lines with their fields as last written.
    #[serde(serialize_with = "pairs")]
    pub archive: BTreeMap<ArchiveKey, BTreeMap<String, String>>,
    /// Punches imported, by their new ids.
    pub punches_created: BTreeMap<String, Punch>,
    /// aPaaS records made, with their fields.
    #[serde(serialize_with = "pairs")]
    pub records_created: BTreeMap<RecordKey, Map<String, Value>>,
    /// Plan rows as last saved.
    #[serde(serialize_with = "pairs")]
    pub plan_rows_saved: BTreeMap<PlanRowKey, PlanRow>,
    /// aPaaS records that have answered "busy" once.
    #[serde(skip)]
    pub(super) records_busy: BTreeSet<RecordKey>,
}

/// One change of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    DeletePunch(String),
    SetShift(ShiftKey, Shift),
    DeleteRecord(RecordKey),
    /// The record has answered "busy"; next time it will not.
    AnswerBusy(RecordKey),
    ZeroPlanRow(PlanRowKey),
    WriteArchive(ArchiveKey, BTreeMap<String, String>),
    CreatePunch(String, Punch),
    CreateRecord(RecordKey, Map<String, Value>),
    SavePlanRow(PlanRowKey, PlanRow),
}

impl Effect {
    /// Whether an item's fate changes by it.
    pub(super) fn settles_an_item(&self) -> bool {
        !matches!(self, Self::AnswerBusy(_))
    }
}

impl Applied {
    pub(super) fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::DeletePunch(id) => {
                self.punches_deleted.insert(id);
            }
            Effect::SetShift(key, shift) => {
                self.shifts.insert(key, shift);
            }
            Effect::DeleteRecord(key) => {
                self.records_deleted.insert(key);
            }
            Effect::AnswerBusy(key) => {
                self.records_busy.insert(key);
            }
            Effect::ZeroPlanRow(key) => *self.plan_rows_zeroed.entry(key).or_default() += 1,
            Effect::WriteArchive(key, fields) => {
                self.archive.insert(key, fields);
            }
            Effect::CreatePunch(id, punch) => {
                self.punches_created.insert(id, punch);
            }
            Effect::CreateRecord(key, fields) => {
                self.records_created.insert(key, fields);
            }
            Effect::SavePlanRow(key, row) => {
                self.plan_rows_saved.insert(key, row);
            }
        }
    }
}

/// Maps whose keys are objects, as a JSON list of `[key, value]`.
fn pairs<S: Serializer, K: Serialize, V: Serialize>(
    map: &BTreeMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map)
}
