//! One call as received, the same call understood, and what an endpoint decides about it.

use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use super::applied::Effect;
use super::fields::{Fields, Need, Violation};
use super::json::{Json, Object};
use super::reply::Reply;

/// A call as received: nothing checked yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// Every `Authorization` header.
    pub(super) authorization: Vec<String>,
    /// Every `Content-Type` header.
    pub(super) content_type: Vec<String>,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// Checks what every endpoint takes alike: JSON by content type, one object by body, each query parameter once. `body` is the
    /// body as it could be read; it is only looked at when everything before it is right. A GET has no body, and needs no type.
    pub(super) fn understood<'a>(
        &self,
        body: &'a Result<Json, String>,
    ) -> Result<(&'a Object, Object), Reply> {
        if self.method == "GET" {
            return if self.body.is_empty() {
                Ok((&NO_BODY, self.parameters()?))
            } else {
                Err(Reply::bad_request("this method takes no body"))
            };
        }
        let [content_type] = self.content_type.as_slice() else {
            return Err(Reply::bad_request(
                "one Content-Type is needed, application/json; charset=utf-8",
            ));
        };
        if !is_json(content_type) {
            return Err(Reply::bad_request(
                "the Content-Type must be application/json; charset=utf-8",
            ));
        }
        let body = body
            .as_ref()
            .map_err(|error| Reply::bad_request(&format!("the body is no JSON: {error}")))?;
        let object = body
            .as_object()
            .ok_or_else(|| Reply::bad_request("the body must be a JSON object"))?;
        Ok((object, self.parameters()?))
    }

    /// The query as an object of texts.
    fn parameters(&self) -> Result<Object, Reply> {
        let mut parameters = Object::new();
        let query = self.query.as_deref().unwrap_or_default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| {
                let text = text.replace('+', " ");
                percent_decode_str(&text)
                    .decode_utf8()
                    .map(std::borrow::Cow::into_owned)
            };
            let (Ok(name), Ok(value)) = (decoded(name), decoded(value)) else {
                return Err(Reply::bad_request("the query is not UTF-8"));
            };
            if parameters.contains_key(&name) {
                return Err(Reply::bad_request(&format!(
                    "the query parameter `{name}` is there twice"
                )));
            }
            parameters.insert(name, Json::Text(value));
        }
        Ok(parameters)
    }
}

/// The fields of a call without a body.
static NO_BODY: Object = Object::new();

/// `application/json`, alone or with `charset=utf-8`.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let parameters: Vec<&str> = parts.collect();
    let charset = |text: &str| {
        text.eq_ignore_ascii_case("charset=utf-8") || text.eq_ignore_ascii_case("charset=\"utf-8\"")
    };
    media_type.eq_ignore_ascii_case("application/json")
        && match parameters.as_slice() {
            [] => true,
            [parameter] => charset(parameter),
            _ => false,
        }
}

/// A call understood as far as all endpoints do it alike.
pub(super) struct Asked<'a> {
    pub(super) body: &'a Object,
    pub(super) query: &'a Object,
    /// Decoded path parameters.
    pub(super) parameters: &'a [String],
    /// When it arrived.
    pub(super) now: Instant,
    /// Its number among all calls: new ids are made of it.
    pub(super) number: u64,
}

impl<'a> Asked<'a> {
    /// Refuses the call when a field or a query parameter broke a rule.
    pub(super) fn kept(query: Fields<'_>, body: Option<Fields<'_>>) -> Result<(), Reply> {
        let mut violations: Vec<Violation> = query.end();
        violations.extend(body.map(Fields::end).unwrap_or_default());
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Reply::violations(&violations))
        }
    }

    /// The query parameter `employee_type`; its two values are checked by [`known_employee_type`].
    pub(super) fn employee_type(query: &mut Fields<'a>) -> Option<&'a str> {
        query.text("employee_type", Need::Required)
    }
}

/// The service's own check of `employee_type`, with the text its page gives as an example.
pub(super) fn known_employee_type(employee_type: &str) -> Result<(), Reply> {
    match employee_type {
        "employee_id" | "employee_no" => Ok(()),
        _ => Err(invalid("employee_type invalid")),
    }
}

/// Code 1220001 of the attendance endpoints: parameters refused by the service, with a text of its own.
pub(super) fn invalid(msg: &str) -> Reply {
    Reply::refused(400, 1_220_001, msg)
}

/// Code 1220600 of the attendance endpoints: the list of general errors, told apart by `msg` alone.
pub(super) fn general(msg: &str) -> Reply {
    Reply::refused(400, 1_220_600, msg)
}

/// What an endpoint answers, and what it would change. A refused call changes nothing.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) reply: Reply,
    pub(super) effects: Vec<Effect>,
}

impl From<Reply> for Decision {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            effects: Vec::new(),
        }
    }
}

/// The members of an item that identify it, joined by `/`; for the record, so it is read without any check.
pub(super) fn key_of(item: &Json, names: &[&str]) -> String {
    let parts: Vec<String> = names
        .iter()
        .map(|name| item.member(name).and_then(Json::scalar).unwrap_or_default())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(content_type: &[&str], query: &str) -> Call {
        Call {
            content_type: content_type.iter().map(|&text| text.to_owned()).collect(),
            query: Some(query.to_owned()),
            ..Call::default()
        }
    }

    fn understood(
        content_type: &[&str],
        body: &str,
        query: &str,
    ) -> Result<(Object, Object), Reply> {
        let body = Json::read(body.as_bytes());
        call(content_type, query)
            .understood(&body)
            .map(|(body, query)| (body.clone(), query))
    }

    const JSON: &[&str] = &["application/json"];

    #[test]
    fn the_charset_may_be_left_out_but_may_not_be_another_one() {
        for good in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=UTF-8",
        ] {
            assert!(understood(&[good], "{}", "").is_ok(), "{good}");
        }
        for bad in [
            "text/plain",
            "application/json; charset=gbk",
            "application/jsonp",
            "application/json; a=b; c=d",
        ] {
            assert!(understood(&[bad], "{}", "").is_err(), "{bad}");
        }
        assert!(understood(&[], "{}", "").is_err());
        assert!(understood(&["application/json", "application/json"], "{}", "").is_err());
    }

    #[test]
    fn a_body_that_is_no_single_object_is_a_bad_request() {
        for bad in [
            "",
            "[]",
            "null",
            "\"text\"",
            "{}{}",
            r#"{"a":1,"a":2}"#,
            "{'a':1}",
        ] {
            let refusal = understood(JSON, bad, "").unwrap_err();
            assert_eq!((refusal.status, refusal.code()), (400, Some(9499)), "{bad}");
        }
    }

    #[test]
    fn a_query_parameter_that_is_there_twice_is_refused() {
        assert!(understood(JSON, "{}", "a=1&a=1").is_err());
        let (_, query) = understood(JSON, "{}", "a%20b=%E5%BC%A0+1").unwrap();
        assert_eq!(query.get("a b"), Some(&Json::Text("张 1".to_owned())));
    }
}
