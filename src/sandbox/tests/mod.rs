//! The sandbox against the platform's pages: one test for each rule, its name is the rule.

mod broken;
mod disagreeing;
mod endpoints;
mod faults;
mod gateway;
mod plans;
mod put_back;
mod reads;
mod server;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::Call;
use super::platform::Platform;
use super::reply::{Content, Reply};
use super::{Change, Quotas, Record, SandboxOptions, Window};

pub(super) const TOKEN: &str = "/open-apis/auth/v3/tenant_access_token/internal";
pub(super) const PUNCHES: &str = "/open-apis/attendance/v1/user_flows/batch_del";
pub(super) const SHIFTS: &str =
    "/open-apis/attendance/v1/user_daily_shifts/batch_create?employee_type=employee_id";
pub(super) const RECORDS: &str =
    "/open-apis/apaas/v1/applications/package_test__c/objects/user/records/batch_delete";
pub(super) const PLAN_ROWS: &str = "/open-apis/corehr/v2/workforce_plan_detail_row/batchDelete";
pub(super) const ARCHIVE: &str =
    "/open-apis/attendance/v1/archive_rule/upload_report?employee_type=employee_id";

/// The platform without a socket, and a clock that is moved by hand.
pub(super) struct Bench {
    pub(super) platform: Platform,
    pub(super) now: Instant,
    pub(super) token: String,
}

/// What was answered: HTTP status and envelope.
pub(super) type Answered = (u16, Value);

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(&SandboxOptions {
            quotas: Quotas::Unlimited,
            ..SandboxOptions::default()
        })
    }

    pub(super) fn with(options: &SandboxOptions) -> Self {
        let now = Instant::now();
        let mut platform = Platform::new(options, now);
        let token = platform.tenant_token(now);
        Self {
            platform,
            now,
            token,
        }
    }

    /// A well-formed call: `DELETE` for deleting records, else `POST`.
    pub(super) fn call(&self, path_and_query: &str, body: &Value) -> Call {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let method = if path.ends_with("/batch_delete") {
            "DELETE"
        } else {
            "POST"
        };
        Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: (!query.is_empty()).then(|| query.to_owned()),
            authorization: vec![format!("Bearer {}", self.token)],
            content_type: vec!["application/json; charset=utf-8".to_owned()],
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn send(&mut self, call: &Call) -> Reply {
        self.platform.answer(call, self.now).reply
    }

    pub(super) fn ask(&mut self, path_and_query: &str, body: &Value) -> Answered {
        let call = self.call(path_and_query, body);
        answered(&self.send(&call))
    }

    /// A read without a body.
    pub(super) fn get(&mut self, path_and_query: &str) -> Answered {
        let call = Call {
            method: "GET".to_owned(),
            content_type: Vec::new(),
            body: Vec::new(),
            ..self.call(path_and_query, &Value::Null)
        };
        answered(&self.send(&call))
    }

    /// Refused with the code of a broken field rule; gives the fields named.
    pub(super) fn violations(&mut self, path_and_query: &str, body: &Value) -> Vec<String> {
        let answered = self.ask(path_and_query, body);
        broken_rules(&answered)
    }

    /// The same of a read without a body.
    pub(super) fn violations_of_get(&mut self, path_and_query: &str) -> Vec<String> {
        let answered = self.get(path_and_query);
        broken_rules(&answered)
    }

    pub(super) fn change(&mut self, change: Change) {
        self.platform.change(change, self.now);
    }

    pub(super) fn record(&self) -> Record {
        self.platform.record(0)
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }
}

fn broken_rules((status, envelope): &Answered) -> Vec<String> {
    assert_eq!(
        (*status, &envelope["code"]),
        (400, &json!(99_992_402)),
        "{envelope}"
    );
    let told = envelope["error"]["field_violations"].as_array().unwrap();
    told.iter()
        .map(|violation| {
            format!(
                "{}: {}",
                text(&violation["field"]),
                text(&violation["description"])
            )
        })
        .collect()
}

pub(super) fn answered(reply: &Reply) -> Answered {
    match &reply.content {
        Content::Envelope(envelope) => (reply.status, envelope.clone()),
        Content::Raw { .. } => (reply.status, Value::Null),
    }
}

pub(super) fn code(answered: &Answered) -> (u16, i64) {
    (answered.0, answered.1["code"].as_i64().unwrap())
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(super) fn per_second(calls: u32) -> Window {
    Window {
        calls,
        span: Duration::from_secs(1),
    }
}

pub(super) fn shift(user_id: &str, day_no: i64) -> Value {
    json!({
        "group_id": "6737202939523236110",
        "shift_id": "6753520403404030215",
        "month": 202_101,
        "user_id": user_id,
        "day_no": day_no,
    })
}

pub(super) fn shifts(rows: &[Value]) -> Value {
    json!({"user_daily_shifts": rows, "operator_id": "dd31248a"})
}

pub(super) fn plan_row(dimensions: &[(&str, &str)]) -> Value {
    let dimensions: Vec<Value> = dimensions
        .iter()
        .map(|(key, value)| json!({"dimension_key": key, "dimension_value": value}))
        .collect();
    json!({"dimensions": dimensions})
}

pub(super) fn plan(rows: &[Value]) -> Value {
    json!({"workforce_plan_id": "7430330781544564268", "items": rows})
}

pub(super) fn line(member_id: &str, fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(code, value)| json!({"code": code, "value": value}))
        .collect();
    json!({"member_id": member_id, "start_time": "20210109", "end_time": "20210109", "field_datas": fields})
}

pub(super) fn archive(lines: &[Value]) -> Value {
    json!({"month": "202409", "operator_id": "ax11d", "archive_rule_id": "1", "archive_report_datas": lines})
}

/// A body that succeeds for each of the five endpoints.
pub(super) fn good_calls() -> [(&'static str, Value); 5] {
    [
        (PUNCHES, json!({"record_ids": ["6709359313699356941"]})),
        (SHIFTS, shifts(&[shift("abd754f7", 21)])),
        (RECORDS, json!({"ids": ["1801464965461024"]})),
        (
            PLAN_ROWS,
            plan(&[plan_row(&[("department", "7371716294248908332")])]),
        ),
        (ARCHIVE, archive(&[line("1aaxxd", &[("abd754f7", "1")])])),
    ]
}
