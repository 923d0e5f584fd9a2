//! The one place where a call is put together: path, query and body of one batch, or of what is read.
//!
//! The body is written directly from the items' own bytes: what was checked is what is sent.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use serde_json::{Map, Value};

use super::{Endpoint, Method, Read, RequestPart, RequestValue, Resend};
use crate::model::{Envelope, Item};

/// What RFC 3986 calls unreserved stays; everything else of a value is percent-encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A call, ready to be sent: everything but the host and the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Percent-encoded path and query, from `/open-apis`.
    pub path_and_query: String,
    /// JSON body.
    pub body: Bytes,
    /// Whether it may be repeated: one that may not be gets no connection that could be just ending.
    pub resend: Resend,
}

impl Request {
    /// Puts a call together. The envelope's values and the items were checked when they were prepared.
    #[must_use]
    pub fn build(endpoint: &Endpoint, envelope: &Envelope, items: &[Item]) -> Self {
        let mut path = endpoint.path.clone();
        let mut query = String::new();
        let items_len: usize = items.iter().map(|item| item.body.len() + 1).sum();
        let mut body = Vec::with_capacity(items_len + 256);
        body.push(b'{');
        for RequestValue { place, field, .. } in &endpoint.request {
            let Some(json) = envelope.get(&field.name) else {
                continue;
            };
            match place {
                RequestPart::Path => {
                    path = path.replace(&format!("{{{}}}", field.name), &encoded(json));
                }
                RequestPart::Query => {
                    query.push(if query.is_empty() { '?' } else { '&' });
                    query.push_str(&field.name);
                    query.push('=');
                    query.push_str(&encoded(json));
                }
                RequestPart::Body => {
                    write_name(&mut body, &field.name);
                    body.extend_from_slice(json.as_bytes());
                    body.push(b',');
                }
            }
        }
        write_name(&mut body, &endpoint.items.field);
        body.push(b'[');
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&item.body);
        }
        body.extend_from_slice(b"]}");
        Self {
            method: endpoint.method,
            path_and_query: path + &query,
            body: body.into(),
            resend: endpoint.resend,
        }
    }
}

/// The values of one call of a read, by name.
pub type Values = BTreeMap<&'static str, Value>;

impl Request {
    /// Puts a call together that reads: one page of what the values ask for, the first one where there is no page token.
    #[must_use]
    pub fn reading<K: Borrow<str> + Ord>(
        read: &Read,
        values: &BTreeMap<K, Value>,
        page_token: Option<&str>,
    ) -> Self {
        let mut path = read.path.clone();
        let mut query = Vec::new();
        let mut body = Map::new();
        for value in &read.request {
            let Some(json) = values.get(value.name.as_str()) else {
                continue;
            };
            match value.place {
                RequestPart::Path => {
                    path = path.replace(&format!("{{{}}}", value.name), &plain(json))
                }
                RequestPart::Query => each(json, |json| query.push((&*value.name, plain(json)))),
                RequestPart::Body => put(&mut body, &value.name, json.clone()),
            }
        }
        if let Some(pages) = &read.pages {
            let (size, max) = &pages.size;
            let token = page_token.map(Value::from);
            let asked = [(size, Some(Value::from(*max))), (&pages.token, token)];
            for (name, json) in asked {
                let Some(json) = json else { continue };
                if pages.place == RequestPart::Body {
                    put(&mut body, name, json);
                } else {
                    query.push((name, plain(&json)));
                }
            }
        }
        for (position, (name, value)) in query.iter().enumerate() {
            path.push(if position == 0 { '?' } else { '&' });
            path.push_str(name);
            path.push('=');
            path.push_str(value);
        }
        let body = match read.method {
            Method::Get => Bytes::new(),
            Method::Post | Method::Put | Method::Patch | Method::Delete => {
                Value::Object(body).to_string().into()
            }
        };
        Self {
            method: read.method,
            path_and_query: path,
            body,
            resend: Resend::Safe,
        }
    }
}

/// Each entry of a list, or the one value.
fn each<'a>(json: &'a Value, take: impl FnMut(&'a Value)) {
    if let Value::Array(entries) = json {
        entries.iter().for_each(take);
    } else {
        std::iter::once(json).for_each(take);
    }
}

/// A scalar as a part of an address.
fn plain(json: &Value) -> String {
    let text = json
        .as_str()
        .map_or_else(|| json.to_string(), str::to_owned);
    utf8_percent_encode(&text, RESERVED).to_string()
}

/// Sets a member of the body; `a/b` is the member `b` of the object `a`.
fn put(body: &mut Map<String, Value>, name: &str, json: Value) {
    match name.split_once('/') {
        None => {
            body.insert(name.to_owned(), json);
        }
        Some((outer, inner)) => {
            let object = body.entry(outer).or_insert_with(|| Map::new().into());
            if let Value::Object(object) = object {
                put(object, inner, json);
            }
        }
    }
}

/// Writes `"name":`. Names in a catalogue file are such that they need no escapes.
pub(crate) fn write_name(body: &mut Vec<u8>, name: &str) {
    body.push(b'"');
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(b"\":");
}

/// A JSON scalar as a part of an address: text without its quotes, percent-encoded.
fn encoded(json: &str) -> String {
    let text = serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
    utf8_percent_encode(&text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::catalogue;

    fn envelope(values: &[(&str, &str)]) -> Envelope {
        Envelope {
            values: values
                .iter()
                .map(|(name, json)| ((*name).to_owned(), (*json).to_owned()))
                .collect(),
        }
    }

    fn item(body: &str) -> Item {
        Item {
            body: body.as_bytes().to_vec().into(),
        }
    }

    #[test]
    fn a_shift_call_has_the_shape_of_the_documents_example() {
        let endpoint = catalogue::endpoint("attendance.user_daily_shifts.batch_create").unwrap();
        let body = r#"{"group_id":"6737202939523236110","shift_id":"6753520403404030215","month":202101,"user_id":"abd754f7","day_no":21,"is_clear_schedule":true}"#;
        let values = [
            ("employee_type", "\"employee_id\""),
            ("operator_id", "\"dd31248a\""),
        ];
        let request = Request::build(&endpoint, &envelope(&values), &[item(body), item(body)]);
        assert_eq!(
            request.path_and_query,
            "/open-apis/attendance/v1/user_daily_shifts/batch_create?employee_type=employee_id"
        );
        assert_eq!(
            str::from_utf8(&request.body).unwrap(),
            format!(r#"{{"operator_id":"dd31248a","user_daily_shifts":[{body},{body}]}}"#)
        );
    }

    #[test]
    fn path_parameters_are_percent_encoded() {
        let endpoint = catalogue::endpoint("apaas.records.batch_delete").unwrap();
        let values = [
            ("namespace", "\"package_test__c\""),
            ("object_api_name", "\"a/../b?c=1&d 员\""),
        ];
        let request = Request::build(
            &endpoint,
            &envelope(&values),
            &[item("\"1801464965461024\"")],
        );
        assert_eq!(request.method, Method::Delete);
        assert_eq!(
            request.path_and_query,
            "/open-apis/apaas/v1/applications/package_test__c/objects/a%2F..%2Fb%3Fc%3D1%26d%20%E5%91%98/records/batch_delete"
        );
        assert_eq!(request.body.as_ref(), br#"{"ids":["1801464965461024"]}"#);
    }

    #[test]
    fn a_read_asks_for_its_values_and_for_the_page_where_its_file_says() {
        let read = |name| catalogue::read(name).unwrap();
        let values = Values::from([
            ("employee_type", "employee_no".into()),
            ("user_ids", ["1", "2"].as_slice().into()),
            ("check_date_from", 20_261_001.into()),
            ("check_date_to", 20_261_030.into()),
        ]);
        let request = Request::reading(&read("attendance.user_daily_shifts.query"), &values, None);
        assert_eq!(
            request.path_and_query,
            "/open-apis/attendance/v1/user_daily_shifts/query?employee_type=employee_no"
        );
        assert_eq!(
            request.body.as_ref(),
            br#"{"check_date_from":20261001,"check_date_to":20261030,"user_ids":["1","2"]}"#
        );
        let request = Request::reading(
            &read("attendance.groups.list_user"),
            &Values::from([
                ("group_id", "a/b".into()),
                ("employee_type", "employee_id".into()),
                ("dept_type", "open_id".into()),
                ("member_clock_type", 0.into()),
            ]),
            Some("x%3D="),
        );
        assert_eq!(request.method, Method::Get);
        assert_eq!(
            request.path_and_query,
            "/open-apis/attendance/v1/groups/a%2Fb/list_user?employee_type=employee_id&dept_type=open_id&member_clock_type=0&page_size=50&page_token=x%253D%3D"
        );
        assert!(request.body.is_empty());
        let request = Request::reading(
            &read("directory.employees.filter"),
            &Values::from([("employee_id_type", "employee_id".into())]),
            Some("t"),
        );
        assert_eq!(
            request.body.as_ref(),
            br#"{"page_request":{"page_size":100,"page_token":"t"}}"#
        );
    }
}
