//! What the platform ought to receive for a row, and where its effect is seen afterwards: the mapping of the five endpoints
//! written down a second time, by hand, from their pages.
//!
//! Shares nothing with the program, so that a mistake of the program's mapping is not repeated here.

use std::collections::BTreeMap;

use feishu_bulk::sandbox::{
    Applied, ArchiveKey, Endpoint, FIELD_UNKNOWN_PREFIX, PlanRowKey, RecordKey, Shift, ShiftKey,
};
use serde_json::{Map, Value, json};

/// A row's own cells by column, each as text.
pub(crate) type Cells = BTreeMap<String, String>;

/// The values of `[request]` that hold for a row.
pub(crate) type Shared = BTreeMap<String, String>;

/// One of the five methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Punches,
    Shifts,
    Records,
    PlanRows,
    Archive,
}

/// What of a row is found in the platform's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    /// All of it, with the row's own values.
    Whole,
    /// All but the fields whose codes the platform does not know.
    KnownFields,
    /// Something else stands under its key.
    Other,
}

const DIMENSIONS: [&str; 5] = [
    "department",
    "employee_type",
    "location",
    "cost_center",
    "job_family",
];

impl Method {
    pub(crate) const ALL: [Self; 5] = [
        Self::Punches,
        Self::Shifts,
        Self::Records,
        Self::PlanRows,
        Self::Archive,
    ];

    /// The job that ships for it.
    pub(crate) fn job(self) -> &'static str {
        match self {
            Self::Punches => "delete-punches",
            Self::Shifts => "shift-schedule",
            Self::Records => "delete-records",
            Self::PlanRows => "delete-plan-rows",
            Self::Archive => "archive-report",
        }
    }

    pub(crate) fn of_job(job: &str) -> Self {
        let found = Self::ALL.into_iter().find(|method| method.job() == job);
        found.unwrap_or_else(|| panic!("no job {job} ships"))
    }

    /// The values in `[request]` of the job that ships.
    pub(crate) fn shipped_request(self) -> Shared {
        let values: &[(&str, &str)] = match self {
            Self::Punches => &[],
            Self::Shifts => &[
                ("employee_type", "employee_id"),
                ("operator_id", "dd31248a"),
            ],
            Self::Records => &[
                ("namespace", "package_test__c"),
                ("object_api_name", "user"),
            ],
            Self::PlanRows => &[("workforce_plan_id", "7430330781544564268")],
            Self::Archive => &[
                ("employee_type", "employee_id"),
                ("month", "202610"),
                ("operator_id", "dd31248a"),
                ("archive_rule_id", "1"),
            ],
        };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        values.iter().map(owned).collect()
    }

    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Punches => Endpoint::Punches,
            Self::Shifts => Endpoint::Shifts,
            Self::Records => Endpoint::Records,
            Self::PlanRows => Endpoint::PlanRows,
            Self::Archive => Endpoint::Archive,
        }
    }

    pub(crate) fn items_field(self) -> &'static str {
        match self {
            Self::Punches => "record_ids",
            Self::Shifts => "user_daily_shifts",
            Self::Records => "ids",
            Self::PlanRows => "items",
            Self::Archive => "archive_report_datas",
        }
    }

    pub(crate) fn items_max(self) -> usize {
        match self {
            Self::Punches => 10,
            Self::Shifts | Self::Archive => 50,
            Self::Records => 500,
            Self::PlanRows => 5,
        }
    }

    /// The item a row must become; none when a cell that it needs cannot be one.
    pub(crate) fn item(self, cells: &Cells) -> Option<Value> {
        let text = |name: &str| cells.get(name).filter(|cell| !cell.is_empty());
        let number = |name: &str| text(name)?.parse::<i64>().ok();
        Some(match self {
            Self::Punches => json!(text("record_id")?),
            Self::Records => json!(text("id")?),
            Self::Shifts => {
                let mut item = json!({
                    "user_id": text("user_id")?,
                    "group_id": text("group_id")?,
                    "shift_id": text("shift_id")?,
                    "month": number("month")?,
                    "day_no": number("day_no")?,
                });
                if let Some(flag) = text("is_clear_schedule") {
                    item["is_clear_schedule"] = json!(flag.eq_ignore_ascii_case("true"));
                }
                item
            }
            Self::PlanRows => {
                let filled = |name: &&str| {
                    Some(json!({"dimension_key": name, "dimension_value": text(name)?}))
                };
                json!({"dimensions": DIMENSIONS.iter().filter_map(filled).collect::<Vec<_>>()})
            }
            Self::Archive => {
                let mut item = Map::new();
                for name in ["member_id", "start_time", "end_time"] {
                    item.insert(name.to_owned(), json!(text(name)?));
                }
                let fields: Vec<Value> = archive_fields(cells)
                    .map(|(code, value)| json!({"code": code, "value": value}))
                    .collect();
                if !fields.is_empty() {
                    item.insert("field_datas".to_owned(), json!(fields));
                }
                Value::Object(item)
            }
        })
    }

    /// An item without what has no order: the entries of its lists are sorted.
    pub(crate) fn canonical(item: &Value) -> String {
        let mut item = item.clone();
        for list in ["dimensions", "field_datas"] {
            if let Some(Value::Array(entries)) = item.get_mut(list) {
                entries.sort_by_key(Value::to_string);
            }
        }
        item.to_string()
    }

    /// What the body of a call must hold beside the items.
    pub(crate) fn body_beside_items(self, shared: &Shared) -> Value {
        let names: &[&str] = match self {
            Self::Punches | Self::Records => &[],
            Self::Shifts => &["operator_id"],
            Self::PlanRows => &["workforce_plan_id"],
            Self::Archive => &["month", "operator_id", "archive_rule_id"],
        };
        let given = |name: &&str| Some(((*name).to_owned(), json!(shared.get(*name)?)));
        Value::Object(names.iter().filter_map(given).collect())
    }

    /// What of a row is found in the platform's state.
    pub(crate) fn effect(self, cells: &Cells, shared: &Shared, state: &Applied) -> Effect {
        let text = |name: &str| cells.get(name).cloned().unwrap_or_default();
        let number = |name: &str| text(name).parse::<i64>().unwrap_or(-1);
        let given = |name: &str| shared.get(name).cloned().unwrap_or_default();
        let found = |there: bool| if there { Effect::Whole } else { Effect::None };
        match self {
            Self::Punches => found(state.punches_deleted.contains(&text("record_id"))),
            Self::Records => found(state.records_deleted.contains(&RecordKey {
                namespace: given("namespace"),
                object_api_name: given("object_api_name"),
                id: text("id"),
            })),
            Self::PlanRows => {
                let dimensions = DIMENSIONS
                    .iter()
                    .map(|name| ((*name).to_owned(), text(name)))
                    .filter(|(_, value)| !value.is_empty())
                    .collect();
                found(state.plan_rows_zeroed.contains_key(&PlanRowKey {
                    workforce_plan_id: given("workforce_plan_id"),
                    dimensions,
                }))
            }
            Self::Shifts => {
                let wanted = Shift {
                    group_id: text("group_id"),
                    shift_id: text("shift_id"),
                    is_clear_schedule: text("is_clear_schedule").eq_ignore_ascii_case("true"),
                };
                compared(
                    state.shifts.get(&ShiftKey {
                        employee_type: given("employee_type"),
                        user_id: text("user_id"),
                        month: number("month"),
                        day_no: number("day_no"),
                    }),
                    &wanted,
                )
            }
            Self::Archive => {
                let fields: BTreeMap<String, String> = archive_fields(cells).collect();
                let stored = state.archive.get(&ArchiveKey {
                    archive_rule_id: given("archive_rule_id"),
                    month: given("month"),
                    employee_type: given("employee_type"),
                    member_id: text("member_id"),
                    start_time: text("start_time"),
                    end_time: text("end_time"),
                });
                let mut known = fields.clone();
                known.retain(|code, _| !code.starts_with(FIELD_UNKNOWN_PREFIX));
                match compared(stored, &fields) {
                    Effect::Other if stored == Some(&known) => Effect::KnownFields,
                    effect @ (Effect::None
                    | Effect::Whole
                    | Effect::KnownFields
                    | Effect::Other) => effect,
                }
            }
        }
    }
}

fn compared<T: PartialEq>(stored: Option<&T>, wanted: &T) -> Effect {
    match stored {
        None => Effect::None,
        Some(stored) if stored == wanted => Effect::Whole,
        Some(_) => Effect::Other,
    }
}

/// Every further column is a field code with its value.
fn archive_fields(cells: &Cells) -> impl Iterator<Item = (String, String)> {
    let own = ["姓名", "member_id", "start_time", "end_time"];
    cells
        .iter()
        .filter(move |(name, value)| !own.contains(&name.as_str()) && !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
}
