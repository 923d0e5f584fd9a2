//! Which platform method a call is for, and what the platform's pages say of each method as a whole: path, windows, tokens.
//!
//! Source of the windows: `platform.md` section 4. Anything that is not one of these is HTTP 404 in plain text.

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::quota::Window;

/// A platform method the sandbox serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Endpoint {
    /// `tenant_access_token` of a self-built app.
    #[serde(rename = "token")]
    Token,
    /// Delete imported punches.
    #[serde(rename = "attendance.user_flows.batch_del")]
    Punches,
    /// Create or change shift schedules.
    #[serde(rename = "attendance.user_daily_shifts.batch_create")]
    Shifts,
    /// Delete records of an aPaaS object.
    #[serde(rename = "apaas.records.batch_delete")]
    Records,
    /// Delete rows of a workforce plan.
    #[serde(rename = "corehr.workforce_plan_detail_row.batchDelete")]
    PlanRows,
    /// Write the archive report.
    #[serde(rename = "attendance.archive_rule.upload_report")]
    Archive,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Token,
        Self::Punches,
        Self::Shifts,
        Self::Records,
        Self::PlanRows,
        Self::Archive,
    ];

    /// Its name in fault plans and in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Punches => "attendance.user_flows.batch_del",
            Self::Shifts => "attendance.user_daily_shifts.batch_create",
            Self::Records => "apaas.records.batch_delete",
            Self::PlanRows => "corehr.workforce_plan_detail_row.batchDelete",
            Self::Archive => "attendance.archive_rule.upload_report",
        }
    }

    /// The windows the platform documents; none for the token.
    #[must_use]
    pub fn documented_windows(self) -> Vec<Window> {
        let per_second = |calls| Window {
            calls,
            span: Duration::from_secs(1),
        };
        match self {
            Self::Token => Vec::new(),
            Self::Punches => vec![per_second(10)],
            Self::Shifts | Self::Archive => vec![per_second(50)],
            Self::Records => vec![
                per_second(50),
                Window {
                    calls: 1000,
                    span: Duration::from_mins(1),
                },
            ],
            Self::PlanRows => vec![per_second(5)],
        }
    }

    /// Whether it takes a user's token too: of the five pages only the archive report's says so.
    pub(super) fn takes_user_tokens(self) -> bool {
        self == Self::Archive
    }

    /// The body field that holds the items.
    pub(super) fn items_field(self) -> Option<&'static str> {
        match self {
            Self::Token => None,
            Self::Punches => Some("record_ids"),
            Self::Shifts => Some("user_daily_shifts"),
            Self::Records => Some("ids"),
            Self::PlanRows => Some("items"),
            Self::Archive => Some("archive_report_datas"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A call's method and path, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) endpoint: Endpoint,
    /// Decoded path parameters in the order of the path.
    pub(super) parameters: Vec<String>,
}

impl Route {
    /// The method served under `method` and `path`, if there is one.
    pub(super) fn find(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix("/open-apis/")?.split('/').collect();
        let (endpoint, parameters): (Endpoint, Vec<&str>) = match (method, segments.as_slice()) {
            // A trailing slash was seen to work here, and only here.
            (
                "POST",
                ["auth", "v3", "tenant_access_token", "internal"]
                | ["auth", "v3", "tenant_access_token", "internal", ""],
            ) => (Endpoint::Token, Vec::new()),
            ("POST", ["attendance", "v1", "user_flows", "batch_del"]) => {
                (Endpoint::Punches, Vec::new())
            }
            ("POST", ["attendance", "v1", "user_daily_shifts", "batch_create"]) => {
                (Endpoint::Shifts, Vec::new())
            }
            (
                "DELETE",
                [
                    "apaas",
                    "v1",
                    "applications",
                    namespace,
                    "objects",
                    object,
                    "records",
                    "batch_delete",
                ],
            ) => (Endpoint::Records, vec![namespace, object]),
            ("POST", ["corehr", "v2", "workforce_plan_detail_row", "batchDelete"]) => {
                (Endpoint::PlanRows, Vec::new())
            }
            ("POST", ["attendance", "v1", "archive_rule", "upload_report"]) => {
                (Endpoint::Archive, Vec::new())
            }
            _ => return None,
        };
        let parameters = parameters.into_iter().map(decoded).collect::<Option<_>>()?;
        Some(Self {
            endpoint,
            parameters,
        })
    }
}

/// A path segment decoded; an empty one matches no route.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_method_a_wrong_path_and_an_empty_parameter_are_no_route() {
        assert!(Route::find("POST", "/open-apis/attendance/v1/user_flows/batch_del").is_some());
        assert!(Route::find("GET", "/open-apis/attendance/v1/user_flows/batch_del").is_none());
        assert!(Route::find("POST", "/open-apis/attendance/v1/user_flows/batch_del/").is_none());
        assert!(Route::find("POST", "/attendance/v1/user_flows/batch_del").is_none());
        assert!(
            Route::find(
                "DELETE",
                "/open-apis/apaas/v1/applications//objects/user/records/batch_delete"
            )
            .is_none()
        );
    }

    #[test]
    fn path_parameters_are_decoded() {
        let path = "/open-apis/apaas/v1/applications/a%2Fb%20c/objects/user/records/batch_delete";
        let route = Route::find("DELETE", path).unwrap();
        assert_eq!(route.parameters, ["a/b c", "user"]);
    }

    #[test]
    fn only_the_token_method_bears_a_trailing_slash() {
        let path = "/open-apis/auth/v3/tenant_access_token/internal/";
        assert_eq!(Route::find("POST", path).unwrap().endpoint, Endpoint::Token);
    }
}
