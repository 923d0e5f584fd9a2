//! What the platform answers: the envelope, and the refusals every endpoint shares.
//!
//! Shapes and texts from `platform.md` sections 1 to 3. Every reply gets a log id; every refusal repeats it in `error`.

use serde_json::{Value, json};

use super::fields::Violation;
use super::quota::Throttled;

/// An answer that is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content: Content,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// The platform's JSON envelope.
    Envelope(Value),
    /// Anything else, as it is.
    Raw {
        /// Value of `Content-Type`; none sends no such header.
        content_type: Option<String>,
        bytes: Vec<u8>,
    },
}

/// Content type of every envelope.
pub(super) const JSON_TYPE: &str = "application/json; charset=utf-8";

/// Violations named in one reply; the platform names some, not thousands.
const VIOLATIONS_MAX: usize = 20;

impl Reply {
    /// Code 0 and `success`.
    pub(super) fn success(data: &Value) -> Self {
        Self::success_saying("success", data)
    }

    /// Code 0 with a message of its own.
    pub(super) fn success_saying(msg: &str, data: &Value) -> Self {
        Self::envelope(200, json!({"code": 0, "msg": msg, "data": data}))
    }

    /// A platform code other than 0.
    pub(super) fn refused(status: u16, code: i64, msg: &str) -> Self {
        Self::envelope(status, json!({"code": code, "msg": msg, "error": {}}))
    }

    /// A right the app was not given.
    pub(super) fn scope_missing(scope: &str) -> Self {
        let violation = json!({"type": "action_scope_required", "subject": scope});
        let msg = format!("Access denied. One of the following scopes is required: [{scope}].");
        Self::envelope(
            400,
            json!({"code": 99_991_672, "msg": msg, "error": {"permission_violations": [violation]}}),
        )
    }

    /// Any envelope.
    pub(super) fn envelope(status: u16, envelope: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Envelope(envelope),
        }
    }

    /// Text that is no envelope.
    pub(super) fn page(status: u16, content_type: Option<&str>, text: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Raw {
                content_type: content_type.map(str::to_owned),
                bytes: text.as_bytes().to_vec(),
            },
        }
    }

    /// A wrong path or method.
    pub(super) fn not_found() -> Self {
        Self::page(404, Some("text/plain"), "404 page not found")
    }

    /// A body or content type that is not what every endpoint takes.
    pub(super) fn bad_request(why: &str) -> Self {
        Self::refused(400, 9499, &format!("Bad Request: {why}"))
    }

    /// Fields that break the rules of the page; the whole call is refused without naming the item.
    pub(super) fn violations(violations: &[Violation]) -> Self {
        let told: Vec<Value> = violations
            .iter()
            .take(VIOLATIONS_MAX)
            .map(|v| json!({"field": v.field, "description": v.description, "value": v.value}))
            .collect();
        Self::envelope(
            400,
            json!({"code": 99_992_402, "msg": "field validation failed", "error": {"field_violations": told}}),
        )
    }

    /// More calls than a window allows. The wait is told in whole seconds, rounded up.
    pub(super) fn throttled(throttled: Throttled) -> Self {
        let part_of_second = u64::from(throttled.reset.subsec_nanos() > 0);
        let seconds = (throttled.reset.as_secs() + part_of_second).max(1);
        let mut reply = Self::refused(429, 99_991_400, "request trigger frequency limit");
        reply.header("x-ogw-ratelimit-limit", &throttled.limit.to_string());
        reply.header("x-ogw-ratelimit-reset", &seconds.to_string());
        reply
    }

    /// Adds a header.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Puts the log id into the header, and into `error` of a refusal.
    pub(super) fn sign(&mut self, log_id: &str) {
        self.header("X-Tt-Logid", log_id);
        if let Content::Envelope(Value::Object(envelope)) = &mut self.content
            && let Some(Value::Object(error)) = envelope.get_mut("error")
        {
            error.insert("log_id".to_owned(), json!(log_id));
            let troubleshooter = format!(
                "排查建议查看（Troubleshooting suggestions）：https://open.feishu.cn/search?from=openapi&log_id={log_id}"
            );
            error.insert("troubleshooter".to_owned(), json!(troubleshooter));
        }
    }

    /// The platform's code, when the body is an envelope that carries an integer one.
    pub(super) fn code(&self) -> Option<i64> {
        match &self.content {
            Content::Envelope(envelope) => envelope.get("code")?.as_i64(),
            Content::Raw { .. } => None,
        }
    }

    /// Value of `Content-Type` and the body's bytes.
    pub(super) fn body(&self) -> (Option<String>, Vec<u8>) {
        match &self.content {
            Content::Envelope(envelope) => (
                Some(JSON_TYPE.to_owned()),
                envelope.to_string().into_bytes(),
            ),
            Content::Raw {
                content_type,
                bytes,
            } => (content_type.clone(), bytes.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_wait_is_rounded_up_to_whole_seconds_and_never_zero() {
        let told = |ms| {
            let reset = Duration::from_millis(ms);
            let reply = Reply::throttled(Throttled { limit: 50, reset });
            reply
                .headers
                .iter()
                .find(|(name, _)| name == "x-ogw-ratelimit-reset")
                .unwrap()
                .1
                .clone()
        };
        assert_eq!(told(1), "1");
        assert_eq!(told(1000), "1");
        assert_eq!(told(1001), "2");
    }

    #[test]
    fn a_refusal_repeats_the_log_id_and_a_success_does_not() {
        let mut refusal = Reply::refused(400, 1_220_001, "param is invalid");
        refusal.sign("log-1");
        let text = String::from_utf8(refusal.body().1).unwrap();
        assert!(text.contains(r#""log_id":"log-1""#), "{text}");

        let mut success = Reply::success(&json!({}));
        success.sign("log-2");
        assert_eq!(success.body().1, br#"{"code":0,"data":{},"msg":"success"}"#);
        assert_eq!(
            success.headers,
            [("X-Tt-Logid".to_owned(), "log-2".to_owned())]
        );
    }
}
