//! A reply's body as the platform documents it: `code`, `msg`, `data`, `error`.
//!
//! Strict where it decides (`code` is a JSON integer, no key twice, nothing after the object, no BOM), lenient where it
//! only informs (`msg`, `error`). It must not know endpoints or what a code means.

use std::borrow::Cow;

use super::json::{self, Member, Object};
use super::wording;

/// A typed body.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// The platform's code.
    pub(super) code: i64,
    /// `msg` as text; a `msg` that is no string is kept as the JSON that stands there, because the platform puts maps into
    /// this field. None when it is missing or null.
    pub(super) msg: Option<Cow<'a, str>>,
    /// `data`, when it is an object.
    pub(super) data: Option<Object<'a>>,
    error: Option<Object<'a>>,
    /// All of it.
    pub(super) whole: Object<'a>,
}

/// Why bytes are not a typed body, in words.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// They are not one JSON object, or one with a key twice.
    NoObject(String),
    /// They are, but without an integer `code`.
    NoCode(String),
}

impl<'a> Body<'a> {
    /// The typed body, or what keeps the bytes from being one.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        if bytes.is_empty() {
            return Err(Unreadable::NoObject("the reply is empty".to_owned()));
        }
        let text = str::from_utf8(bytes)
            .map_err(|_| Unreadable::NoObject("the reply is not UTF-8".to_owned()))?;
        let object = Object::parse(text).map_err(|error| {
            Unreadable::NoObject(format!("the reply is no readable JSON object: {error}"))
        })?;
        Ok(Self {
            code: match object.get("code") {
                Member::Value(value) => integer(value).ok_or_else(|| {
                    Unreadable::NoCode("`code` of the reply is not an integer".to_owned())
                })?,
                Member::Absent | Member::Unreadable => {
                    return Err(Unreadable::NoCode("the reply has no `code`".to_owned()));
                }
            },
            msg: match object.get("msg") {
                Member::Value(value) => Some(json::text(value).unwrap_or(Cow::Borrowed(value))),
                Member::Absent | Member::Unreadable => None,
            },
            data: part(&object, "data")?,
            error: part(&object, "error")?,
            whole: object,
        })
    }

    /// `error.log_id` as the wire has it, or `error.logid` as the documents print it.
    pub(super) fn log_id(&self) -> Option<String> {
        self.error_text("log_id")
            .or_else(|| self.error_text("logid"))
    }

    /// The platform's words: `msg`, and which field breaks which rule, where it says so.
    pub(super) fn said(&self) -> String {
        let mut clauses = vec![match self.msg.as_deref().map(str::trim) {
            None | Some("") => "the platform gave no reason".to_owned(),
            Some(msg) => msg.to_owned(),
        }];
        for violation in self.violations("field_violations") {
            let part = |key| scalar_of(&violation, key).unwrap_or_default();
            let (field, description) = (part("field"), part("description"));
            clauses.push(match part("value").as_str() {
                "" => format!("field `{field}`: {description}"),
                value => format!("field `{field}`: {description} (value `{value}`)"),
            });
        }
        wording::cut(clauses.join("; "))
    }

    /// The scopes the app lacks, from `error.permission_violations`: named `scope` in the documents, `subject` on the wire.
    pub(super) fn missing_scopes(&self) -> Vec<String> {
        self.violations("permission_violations")
            .iter()
            .filter_map(|violation| {
                scalar_of(violation, "scope").or_else(|| scalar_of(violation, "subject"))
            })
            .map(|scope| wording::printable(&scope))
            .collect()
    }

    fn error_text(&self, key: &str) -> Option<String> {
        let text = scalar_of(self.error.as_ref()?, key)?;
        Some(wording::printable(&text))
    }

    fn violations(&self, key: &str) -> Vec<Object<'a>> {
        let Some(Member::Value(list)) = self.error.as_ref().map(|error| error.get(key)) else {
            return Vec::new();
        };
        json::list(list)
            .unwrap_or_default()
            .into_iter()
            .take(VIOLATIONS_MAX)
            .filter_map(|entry| Object::parse(entry).ok())
            .collect()
    }
}

/// Violations repeated to the user: a batch breaks few rules, and each costs a clause of one sentence.
const VIOLATIONS_MAX: usize = 10;

/// A JSON integer: `"0"`, `0.0`, `0e0` and `-0` are not what the platform documents, so they are no code.
fn integer(value: &str) -> Option<i64> {
    let number: i64 = value.parse().ok()?;
    (number.to_string() == value).then_some(number)
}

/// An object of the body that may be missing; one with a key twice makes the whole body unreadable.
fn part<'a>(body: &Object<'a>, key: &str) -> Result<Option<Object<'a>>, Unreadable> {
    match body.get(key) {
        Member::Value(value) if value.starts_with('{') => {
            Object::parse(value).map(Some).map_err(|error| {
                Unreadable::NoObject(format!("`{key}` of the reply cannot be read: {error}"))
            })
        }
        Member::Value(_) | Member::Absent | Member::Unreadable => Ok(None),
    }
}

fn scalar_of(object: &Object<'_>, key: &str) -> Option<String> {
    match object.get(key) {
        Member::Value(value) => json::scalar(value).map(Cow::into_owned),
        Member::Absent | Member::Unreadable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        match Body::parse(bytes).expect_err("refused") {
            Unreadable::NoObject(text) | Unreadable::NoCode(text) => text,
        }
    }

    #[test]
    fn only_a_json_integer_is_a_code() {
        for (bytes, code) in [
            (r#"{"code":0}"#, 0),
            (" {\"code\" : 99991400 }\r\n", 99_991_400),
            (r#"{"code":-7}"#, -7),
            (r#"{"\u0063ode":0}"#, 0),
        ] {
            assert_eq!(Body::parse(bytes.as_bytes()).expect(bytes).code, code);
        }
        for bytes in [
            r#"{"code":"0"}"#,
            r#"{"code":0.0}"#,
            r#"{"code":0e0}"#,
            r#"{"code":-0}"#,
            r#"{"code":null}"#,
            r#"{"code":false}"#,
            r#"{"code":[0]}"#,
            r#"{"code":99999999999999999999}"#,
            r#"{"Code":0}"#,
            r"{}",
        ] {
            assert!(Body::parse(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn a_body_that_is_not_exactly_one_object_is_refused_and_the_error_says_why() {
        assert_eq!(refusal(b""), "the reply is empty");
        assert_eq!(
            refusal(b"{\"code\":0,\"msg\":\"\xff\"}"),
            "the reply is not UTF-8"
        );
        for bytes in [
            &b"\xef\xbb\xbf{\"code\":0}"[..],
            b"{\"code\":0}x",
            b"{\"code\":0}{\"code\":0}",
            b"{\"code\":0",
            b"[{\"code\":0}]",
            b"0",
            b"<html></html>",
        ] {
            assert!(refusal(bytes).starts_with("the reply is no readable JSON object"));
        }
    }

    #[test]
    fn two_equal_keys_are_refused_at_the_top_and_in_data_and_error() {
        assert!(refusal(br#"{"code":1220001,"code":0}"#).contains("twice"));
        assert!(refusal(br#"{"code":0,"data":{"a":[],"a":["1"]}}"#).contains("`data`"));
        assert!(refusal(br#"{"code":0,"error":{"a":1,"a":2}}"#).contains("`error`"));
    }

    #[test]
    fn the_log_id_is_found_under_both_names() {
        let body = |text: &'static str| Body::parse(text.as_bytes()).expect(text).log_id();
        let id = Some("2026".to_owned());
        assert_eq!(body(r#"{"code":1,"error":{"log_id":"2026"}}"#), id);
        assert_eq!(body(r#"{"code":1,"error":{"logid":"2026"}}"#), id);
        assert_eq!(body(r#"{"code":1,"error":"2026"}"#), None);
    }

    #[test]
    fn a_broken_rule_is_told_with_its_field() {
        let bytes =
            br#"{"code":99992402,"msg":"field validation failed","error":{"field_violations":[
            {"field":"children[*].file.view_type","description":"options: [1,2]","value":"3"}]}}"#;
        let body = Body::parse(bytes).expect("typed");
        assert_eq!(
            body.said(),
            "field validation failed; field `children[*].file.view_type`: options: [1,2] (value `3`)"
        );
    }

    #[test]
    fn a_missing_scope_is_found_under_both_names() {
        let bytes = br#"{"code":99991672,"msg":"x","error":{"permission_violations":[
            {"scope":"attendance:task","url":"u"},{"type":"action_scope_required","subject":"okr:okr"}]}}"#;
        let body = Body::parse(bytes).expect("typed");
        assert_eq!(body.missing_scopes(), ["attendance:task", "okr:okr"]);
    }
}
