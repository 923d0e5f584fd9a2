//! What the platform's pages say of each method as a whole: path, windows, tokens, where the items are.
//!
//! One table holds all of it: [`Endpoint::facts`]. Sources: `platform.md` section 4, `catalogue.md` parts A and B.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::call::{Asked, Decision};
use super::json::Json;
use super::quota::Window;
use super::reply::Reply;
use super::state::State;
use super::{archive, plan_rows, punches, reads, records, shifts};

/// A platform method the sandbox serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `tenant_access_token` of a self-built app.
    Token,
    /// Delete imported punches.
    Punches,
    /// Create or change shift schedules.
    Shifts,
    /// Delete records of an aPaaS object.
    Records,
    /// Delete rows of a workforce plan.
    PlanRows,
    /// Write the archive report.
    Archive,
    /// Import punches.
    PunchesImport,
    /// Make records of an aPaaS object.
    RecordsCreate,
    /// Save rows of a workforce plan.
    PlanRowsSave,
    /// Read: shift schedules of people.
    DaysQuery,
    /// Read: all attendance groups.
    GroupList,
    /// Read: the people of an attendance group.
    GroupUsers,
    /// Read: all shifts.
    ShiftList,
    /// Read: people of the directory by job number, mobile or e-mail.
    Employees,
    /// Read: one attendance group.
    GroupOne,
    /// Read: one shift.
    ShiftOne,
    /// Read: punches of people in a time.
    PunchesQuery,
    /// Read: one punch.
    PunchOne,
    /// Read: all archive reports.
    ArchiveRules,
    /// Read: the columns of an archive report.
    ArchiveColumns,
    /// Read: one record of an aPaaS object.
    RecordOne,
    /// Read: records of an aPaaS object by conditions.
    RecordsQuery,
    /// Read: workforce plans.
    Plans,
    /// Read: rows of a workforce plan.
    PlanRowsQuery,
    /// Read: ids of people by mobile or e-mail.
    UserIds,
}

impl Endpoint {
    /// All of them, the writes before the reads.
    pub const ALL: [Self; 25] = [
        Self::Token,
        Self::Punches,
        Self::Shifts,
        Self::Records,
        Self::PlanRows,
        Self::Archive,
        Self::PunchesImport,
        Self::RecordsCreate,
        Self::PlanRowsSave,
        Self::DaysQuery,
        Self::GroupList,
        Self::GroupUsers,
        Self::ShiftList,
        Self::Employees,
        Self::GroupOne,
        Self::ShiftOne,
        Self::PunchesQuery,
        Self::PunchOne,
        Self::ArchiveRules,
        Self::ArchiveColumns,
        Self::RecordOne,
        Self::RecordsQuery,
        Self::Plans,
        Self::PlanRowsQuery,
        Self::UserIds,
    ];

    /// What the pages say of it.
    #[expect(
        clippy::too_many_lines,
        reason = "a table has as many lines as it has entries"
    )]
    pub(super) const fn facts(self) -> Facts {
        const ONE_SECOND_5: &[(u32, u64)] = &[(5, 1)];
        const ONE_SECOND_10: &[(u32, u64)] = &[(10, 1)];
        const ONE_SECOND_50: &[(u32, u64)] = &[(50, 1)];
        const ONE_MINUTE_100: &[(u32, u64)] = &[(100, 60)];
        const BOTH: &[(u32, u64)] = &[(50, 1), (1000, 60)];
        match self {
            Self::Token => Facts::of(
                "token",
                "POST auth/v3/tenant_access_token/internal",
                &[],
                |_, _| Err(Reply::not_found()),
            ),
            Self::Punches => Facts::of(
                "attendance.user_flows.batch_del",
                "POST attendance/v1/user_flows/batch_del",
                ONE_SECOND_10,
                punches::decide,
            )
            .items("record_ids", punches::key),
            Self::Shifts => Facts::of(
                "attendance.user_daily_shifts.batch_create",
                "POST attendance/v1/user_daily_shifts/batch_create",
                ONE_SECOND_50,
                shifts::decide,
            )
            .items("user_daily_shifts", shifts::key),
            Self::Records => Facts::of(
                "apaas.records.batch_delete",
                "DELETE apaas/v1/applications/:namespace/objects/:object_api_name/records/batch_delete",
                BOTH,
                records::decide,
            )
            .items("ids", records::key),
            Self::PlanRows => Facts::of(
                "corehr.workforce_plan_detail_row.batchDelete",
                "POST corehr/v2/workforce_plan_detail_row/batchDelete",
                ONE_SECOND_5,
                plan_rows::decide,
            )
            .items("items", plan_rows::key),
            Self::Archive => Facts::of(
                "attendance.archive_rule.upload_report",
                "POST attendance/v1/archive_rule/upload_report",
                ONE_SECOND_50,
                archive::decide,
            )
            .items("archive_report_datas", archive::key)
            .user_tokens(),
            Self::PunchesImport => Facts::of(
                "attendance.user_flows.batch_create",
                "POST attendance/v1/user_flows/batch_create",
                ONE_SECOND_50,
                punches::import,
            ).items("flow_records", punches::key_of_import),
            Self::RecordsCreate => Facts::of(
                "apaas.records.batch_create",
                "POST apaas/v1/applications/:namespace/objects/:object_api_name/records/batch_create",
                BOTH,
                records::create,
            ),
            Self::PlanRowsSave => Facts::of(
                "corehr.workforce_plan_detail_row.batchSave",
                "POST corehr/v2/workforce_plan_detail_row/batchSave",
                ONE_SECOND_5,
                plan_rows::save,
            ).items("items", plan_rows::key),
            Self::DaysQuery => Facts::of(
                "attendance.user_daily_shifts.query",
                "POST attendance/v1/user_daily_shifts/query",
                ONE_SECOND_50,
                reads::days::decide,
            )
            .read()
            .items("user_ids", punches::key),
            Self::GroupList => Facts::of(
                "attendance.groups.list",
                "GET attendance/v1/groups",
                ONE_SECOND_50,
                reads::groups::list,
            )
            .read(),
            Self::GroupUsers => Facts::of(
                "attendance.groups.list_user",
                "GET attendance/v1/groups/:group_id/list_user",
                ONE_SECOND_50,
                reads::groups::users,
            )
            .read()
            .user_tokens(),
            Self::ShiftList => Facts::of(
                "attendance.shifts.list",
                "GET attendance/v1/shifts",
                ONE_SECOND_50,
                reads::shifts::list,
            )
            .read(),
            Self::Employees => Facts::of(
                "directory.employees.filter",
                "POST directory/v1/employees/filter",
                BOTH,
                reads::people::filter,
            )
            .read()
            .user_tokens(),
            Self::GroupOne => Facts::of(
                "attendance.groups.get",
                "GET attendance/v1/groups/:group_id",
                ONE_SECOND_50,
                reads::groups::one,
            ).read(),
            Self::ShiftOne => Facts::of(
                "attendance.shifts.get",
                "GET attendance/v1/shifts/:shift_id",
                ONE_SECOND_50,
                reads::shifts::one,
            ).read(),
            Self::PunchesQuery => Facts::of(
                "attendance.user_flows.query",
                "POST attendance/v1/user_flows/query",
                ONE_SECOND_50,
                reads::punches::query,
            ).read().items("user_ids", punches::key),
            Self::PunchOne => Facts::of(
                "attendance.user_flows.get",
                "GET attendance/v1/user_flows/:user_flow_id",
                ONE_SECOND_50,
                reads::punches::one,
            ).read(),
            Self::ArchiveRules => Facts::of(
                "attendance.archive_rule.list",
                "GET attendance/v1/archive_rule",
                ONE_SECOND_50,
                reads::archive::rules,
            ).read().user_tokens(),
            Self::ArchiveColumns => Facts::of(
                "attendance.archive_rule.user_stats_fields_query",
                "POST attendance/v1/archive_rule/user_stats_fields_query",
                ONE_SECOND_50,
                reads::archive::columns,
            ).read().user_tokens(),
            Self::RecordOne => Facts::of(
                "apaas.records.query",
                "POST apaas/v1/applications/:namespace/objects/:object_api_name/records/:id/query",
                BOTH,
                reads::records::one,
            ).read(),
            Self::RecordsQuery => Facts::of(
                "apaas.records.batch_query",
                "POST apaas/v1/applications/:namespace/objects/:object_api_name/records/batch_query",
                BOTH,
                reads::records::query,
            ).read(),
            Self::Plans => Facts::of(
                "corehr.workforce_plans.list",
                "GET corehr/v2/workforce_plans",
                ONE_MINUTE_100,
                reads::plan_rows::plans,
            ).read(),
            Self::PlanRowsQuery => Facts::of(
                "corehr.workforce_plan_details.batch",
                "POST corehr/v2/workforce_plan_details/batch_v2",
                ONE_SECOND_5,
                reads::plan_rows::rows,
            ).read(),
            Self::UserIds => Facts::of(
                "contact.users.batch_get_id",
                "POST contact/v3/users/batch_get_id",
                BOTH,
                reads::people::ids,
            ).read(),
        }
    }

    /// Its name in fault plans and in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_read(self) -> bool {
        self.facts().read
    }

    /// The windows the platform documents; none for the token.
    #[must_use]
    pub fn documented_windows(self) -> Vec<Window> {
        let window = |&(calls, seconds): &(u32, u64)| Window {
            calls,
            span: Duration::from_secs(seconds),
        };
        self.facts().windows.iter().map(window).collect()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What the pages say of one method.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    name: &'static str,
    /// Method and path behind `/open-apis/`; `:name` is a path parameter.
    pub(super) call: &'static str,
    /// Calls, and in how many seconds.
    windows: &'static [(u32, u64)],
    /// What it answers.
    pub(super) decide: fn(&Asked<'_>, &State) -> Result<Decision, Reply>,
    /// Where the items are.
    pub(super) items: Option<Items>,
    /// Whether it takes a user's token too.
    pub(super) user_tokens: bool,
    read: bool,
}

/// The items of a call.
#[derive(Clone, Copy)]
pub(super) struct Items {
    /// The body field that holds them.
    pub(super) field: &'static str,
    /// What the record calls one of them.
    pub(super) key: fn(&Json) -> String,
}

impl Facts {
    const fn of(
        name: &'static str,
        call: &'static str,
        windows: &'static [(u32, u64)],
        decide: fn(&Asked<'_>, &State) -> Result<Decision, Reply>,
    ) -> Self {
        Self {
            name,
            call,
            windows,
            decide,
            items: None,
            user_tokens: false,
            read: false,
        }
    }

    const fn items(self, field: &'static str, key: fn(&Json) -> String) -> Self {
        Self {
            items: Some(Items { field, key }),
            ..self
        }
    }

    const fn user_tokens(self) -> Self {
        Self {
            user_tokens: true,
            ..self
        }
    }

    const fn read(self) -> Self {
        Self { read: true, ..self }
    }
}
