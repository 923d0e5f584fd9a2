//! Replies that are well-formed HTTP and wrong in their content.
//!
//! Each edit takes the truthful reply and changes one thing. A reply without that thing stays as it is.

use serde_json::{Map, Value, json};

use crate::sandbox::reply::{Content, Reply};

/// Changes to the lists inside `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEdit {
    /// Ids nobody sent are added to every list.
    UnsentNames,
    /// An item is told to have succeeded and failed.
    Contradict,
    /// Every second entry of the lists of what succeeded, or of all items, is left out.
    Omit,
    /// Every list is turned round.
    Reorder,
    /// The first entry of every list comes twice.
    Repeat,
    /// The lists of what succeeded, or of all items, are empty.
    Empty,
    /// The letters of ids in lists have the other case.
    Case,
}

/// How ids are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdEdit {
    /// As JSON numbers.
    Numbers,
    /// As a 64-bit float would round them.
    Rounded,
}

/// How `code` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeEdit {
    /// `"0"`
    Text,
    /// `0.0`
    Float,
    /// `null`
    Null,
    /// Not there.
    Missing,
    /// Twice: first 0, then 1220001.
    ZeroFirst,
    /// Twice: first 1220001, then 0.
    ZeroLast,
}

/// What `data` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataEdit {
    /// Not there.
    Missing,
    /// `null`
    Null,
    /// `[]`
    List,
    /// `"ok"`
    Text,
    /// `{}`
    Object,
}

/// How the `success` flag of an item is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuccessEdit {
    /// `"true"`
    Text,
    /// `null`
    Null,
    /// Not there.
    Missing,
}

/// What `msg` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MsgEdit {
    /// This text.
    Says(String),
    /// A JSON object in place of a text that holds one.
    Object,
    /// The text, written as JSON once more.
    Quoted,
    /// The first half of the text.
    Truncated,
    /// A text of 1 MB.
    Long,
    /// Not there.
    Missing,
}

/// Lists that name what succeeded, or every item, or all that a read found.
const LISTS_OF_EVIDENCE: [&str; 10] = [
    "success_record_ids",
    "items",
    "user_daily_shifts",
    "flow_records",
    "group_list",
    "shift_list",
    "users",
    "employees",
    "user_flow_results",
    "user_list",
];
/// Members of an entry that hold an id.
const ID_MEMBERS: [&str; 2] = ["id", "user_id"];
/// An id nobody sends.
const STRANGER: &str = "9999999999999999999";
/// Characters of a long `msg`.
const LONG_MSG_CHARS: usize = 1024 * 1024;

/// A refusal with any code; a missing scope is told as the platform tells it.
pub(super) fn answer(status: u16, code: i64, msg: &str, scope: Option<&str>) -> Reply {
    let mut envelope = json!({"code": code, "msg": msg});
    match (code, scope) {
        (0, _) => put(&mut envelope, "data", json!({})),
        (_, None) => put(&mut envelope, "error", json!({})),
        (_, Some(scope)) => {
            let violation = json!({"type": "action_scope_required", "subject": scope});
            put(
                &mut envelope,
                "error",
                json!({"permission_violations": [violation]}),
            );
        }
    }
    Reply::envelope(status, envelope)
}

impl ListEdit {
    pub(super) fn made(self, mut reply: Reply) -> Reply {
        let Content::Envelope(envelope) = &mut reply.content else {
            return reply;
        };
        if self == Self::Contradict {
            contradict(envelope);
        } else if let Some(Value::Object(data)) = envelope.get_mut("data") {
            data.iter_mut()
                .for_each(|(name, value)| self.make(name, value));
        }
        reply
    }

    fn make(self, name: &str, value: &mut Value) {
        let Value::Array(list) = value else {
            return;
        };
        let is_evidence = LISTS_OF_EVIDENCE.contains(&name);
        match self {
            Self::UnsentNames => {
                let mut stranger = list.first().cloned().unwrap_or_else(|| json!(STRANGER));
                each_id(&mut stranger, &|id| *id = json!(STRANGER));
                list.push(stranger);
            }
            Self::Omit if is_evidence => {
                let mut number = 0;
                list.retain(|_| {
                    number += 1;
                    number % 2 == 0
                });
            }
            Self::Empty if is_evidence => list.clear(),
            Self::Reorder => list.reverse(),
            Self::Repeat => list.extend(list.first().cloned()),
            Self::Case => list.iter_mut().for_each(|entry| each_id(entry, &turn_case)),
            Self::Omit | Self::Empty | Self::Contradict => {}
        }
    }
}

impl IdEdit {
    pub(super) fn made(self, mut reply: Reply) -> Reply {
        let rewrite = |id: &mut Value| {
            let Some(number) = id.as_str().and_then(|text| text.parse::<u64>().ok()) else {
                return;
            };
            *id = match self {
                Self::Numbers => json!(number),
                #[expect(clippy::cast_precision_loss, reason = "losing digits is the fault")]
                Self::Rounded => json!(format!("{:.0}", number as f64)),
            };
        };
        if let Content::Envelope(envelope) = &mut reply.content
            && let Some(Value::Object(data)) = envelope.get_mut("data")
        {
            let lists = data.values_mut().filter_map(Value::as_array_mut);
            lists.flatten().for_each(|entry| each_id(entry, &rewrite));
        }
        reply
    }
}

impl CodeEdit {
    /// The body's bytes: two equal keys and an exact spelling are nothing a JSON value could hold.
    pub(super) fn body(self, reply: &Reply) -> Vec<u8> {
        let Content::Envelope(Value::Object(envelope)) = &reply.content else {
            return reply.body().1;
        };
        let mut rest = envelope.clone();
        let code = rest.remove("code").unwrap_or_default();
        let rest = Value::Object(rest).to_string();
        let members = rest.strip_prefix('{').unwrap_or(&rest);
        let written = match self {
            Self::Text => format!(r#""code":"{code}","#),
            Self::Float => format!(r#""code":{code}.0,"#),
            Self::Null => r#""code":null,"#.to_owned(),
            Self::Missing => String::new(),
            Self::ZeroFirst => r#""code":0,"code":1220001,"#.to_owned(),
            Self::ZeroLast => r#""code":1220001,"code":0,"#.to_owned(),
        };
        format!("{{{written}{members}").into_bytes()
    }
}

impl DataEdit {
    pub(super) fn made(self, mut reply: Reply) -> Reply {
        let Content::Envelope(Value::Object(envelope)) = &mut reply.content else {
            return reply;
        };
        if envelope.contains_key("data") {
            let data = match self {
                Self::Missing => None,
                Self::Null => Some(Value::Null),
                Self::List => Some(json!([])),
                Self::Text => Some(json!("ok")),
                Self::Object => Some(json!({})),
            };
            replace(envelope, "data", data);
        }
        reply
    }
}

impl SuccessEdit {
    pub(super) fn made(self, mut reply: Reply) -> Reply {
        let Content::Envelope(envelope) = &mut reply.content else {
            return reply;
        };
        let items = envelope
            .pointer_mut("/data/items")
            .and_then(Value::as_array_mut);
        for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
            let flag = match self {
                Self::Text => item.get("success").map(|flag| json!(flag.to_string())),
                Self::Null => Some(Value::Null),
                Self::Missing => None,
            };
            replace(item, "success", flag);
        }
        reply
    }
}

impl MsgEdit {
    pub(super) fn made(&self, mut reply: Reply) -> Reply {
        let Content::Envelope(Value::Object(envelope)) = &mut reply.content else {
            return reply;
        };
        let said = envelope
            .get("msg")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let msg = match self {
            Self::Says(text) => Some(json!(text)),
            Self::Object => Some(serde_json::from_str(&said).unwrap_or_else(|_| json!({}))),
            Self::Quoted => Some(json!(json!(said).to_string())),
            Self::Truncated => Some(
                said.chars()
                    .take(said.chars().count() / 2)
                    .collect::<String>()
                    .into(),
            ),
            Self::Long => Some(json!("x".repeat(LONG_MSG_CHARS))),
            Self::Missing => None,
        };
        replace(envelope, "msg", msg);
        reply
    }
}

/// Tells the first item both ways, as far as the reply has two ways.
fn contradict(envelope: &mut Value) {
    let Some(Value::Object(data)) = envelope.get_mut("data") else {
        return;
    };
    let first = |data: &Map<String, Value>, list: &str| {
        data.get(list).and_then(|list| list.get(0)).cloned()
    };
    if let Some(id) = first(data, "success_record_ids") {
        push(data, "fail_record_ids", id);
    } else if let Some(id) = first(data, "fail_record_ids") {
        push(data, "success_record_ids", id);
    } else if let Some(mut item) = first(data, "items") {
        let succeeded = item
            .get("success")
            .and_then(Value::as_bool)
            .unwrap_or_default();
        put(&mut item, "success", json!(!succeeded));
        push(data, "items", item);
    } else if let Some(row) = first(data, "user_daily_shifts") {
        let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or_default();
        let person = row
            .get("user_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let day = number("month") * 100 + number("day_no");
        put(envelope, "msg", json!(json!({person: [day]}).to_string()));
    }
}

/// Calls `change` for an entry that is an id, or for the members of an entry that hold one.
fn each_id(entry: &mut Value, change: &impl Fn(&mut Value)) {
    if let Value::Object(members) = entry {
        for name in ID_MEMBERS {
            members.get_mut(name).into_iter().for_each(change);
        }
    } else {
        change(entry);
    }
}

fn turn_case(id: &mut Value) {
    let Some(text) = id.as_str() else {
        return;
    };
    let turned = |letter: char| {
        if letter.is_ascii_lowercase() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    *id = text.chars().map(turned).collect::<String>().into();
}

fn push(data: &mut Map<String, Value>, list: &str, entry: Value) {
    if let Some(Value::Array(list)) = data.get_mut(list) {
        list.push(entry);
    }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

fn replace(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn punches() -> Reply {
        Reply::success_saying(
            r#"{"4":"record not found"}"#,
            &json!({"success_record_ids": ["1", "2", "6709359313699356941"], "fail_record_ids": ["4"]}),
        )
    }

    fn records() -> Reply {
        Reply::success(
            &json!({"items": [{"success": true, "id": "1"}, {"success": false, "id": "b"}]}),
        )
    }

    fn data(reply: &Reply) -> Value {
        let Content::Envelope(envelope) = &reply.content else {
            panic!("no envelope")
        };
        envelope["data"].clone()
    }

    #[test]
    fn each_change_of_a_list_is_the_one_its_name_says() {
        let big = "6709359313699356941";
        for (edit, succeeded, failed) in [
            (
                ListEdit::UnsentNames,
                json!(["1", "2", big, STRANGER]),
                json!(["4", STRANGER]),
            ),
            (
                ListEdit::Contradict,
                json!(["1", "2", big]),
                json!(["4", "1"]),
            ),
            (ListEdit::Omit, json!(["2"]), json!(["4"])),
            (ListEdit::Reorder, json!([big, "2", "1"]), json!(["4"])),
            (
                ListEdit::Repeat,
                json!(["1", "2", big, "1"]),
                json!(["4", "4"]),
            ),
            (ListEdit::Empty, json!([]), json!(["4"])),
        ] {
            let expected = json!({"success_record_ids": succeeded, "fail_record_ids": failed});
            assert_eq!(data(&edit.made(punches())), expected, "{edit:?}");
        }
        let turned = data(&ListEdit::Case.made(records()));
        assert_eq!(turned["items"][1]["id"], json!("B"));
    }

    #[test]
    fn a_contradiction_is_possible_wherever_a_reply_has_two_ways_to_tell() {
        assert_eq!(
            data(&ListEdit::Contradict.made(records()))["items"][2],
            json!({"success": false, "id": "1"})
        );
        let row = json!({"user_id": "u1", "month": 202_101, "day_no": 9});
        let shifts =
            ListEdit::Contradict.made(Reply::success(&json!({"user_daily_shifts": [row]})));
        let Content::Envelope(envelope) = &shifts.content else {
            panic!("no envelope")
        };
        assert_eq!(envelope["msg"], json!(r#"{"u1":[20210109]}"#));
    }

    #[test]
    fn ids_become_numbers_or_lose_their_last_digits() {
        let numbers = data(&IdEdit::Numbers.made(punches()));
        assert_eq!(
            numbers["success_record_ids"],
            json!([1, 2, 6_709_359_313_699_356_941_u64])
        );
        let rounded = data(&IdEdit::Rounded.made(punches()));
        assert_eq!(
            rounded["success_record_ids"],
            json!(["1", "2", "6709359313699356672"])
        );
        assert_eq!(
            data(&IdEdit::Numbers.made(records()))["items"][0]["id"],
            json!(1)
        );
    }

    #[test]
    fn the_code_can_be_spelled_in_every_wrong_way() {
        let spelled =
            |edit: CodeEdit| String::from_utf8(edit.body(&Reply::success(&json!({})))).unwrap();
        let rest = r#""data":{},"msg":"success"}"#;
        assert_eq!(spelled(CodeEdit::Text), format!(r#"{{"code":"0",{rest}"#));
        assert_eq!(spelled(CodeEdit::Float), format!(r#"{{"code":0.0,{rest}"#));
        assert_eq!(spelled(CodeEdit::Missing), format!("{{{rest}"));
        assert_eq!(
            spelled(CodeEdit::ZeroLast),
            format!(r#"{{"code":1220001,"code":0,{rest}"#)
        );
    }

    #[test]
    fn msg_can_be_another_text_an_object_quoted_or_cut() {
        let msg = |edit: MsgEdit| {
            let reply = edit.made(punches());
            let Content::Envelope(envelope) = reply.content else {
                panic!("no envelope")
            };
            envelope.get("msg").cloned()
        };
        assert_eq!(msg(MsgEdit::Says("成功".to_owned())), Some(json!("成功")));
        assert_eq!(msg(MsgEdit::Object), Some(json!({"4": "record not found"})));
        assert_eq!(
            msg(MsgEdit::Quoted),
            Some(json!(r#""{\"4\":\"record not found\"}""#))
        );
        assert_eq!(msg(MsgEdit::Truncated), Some(json!(r#"{"4":"record"#)));
        assert_eq!(msg(MsgEdit::Missing), None);
    }

    #[test]
    fn a_flag_can_be_text_null_or_missing() {
        let item = |edit: SuccessEdit| data(&edit.made(records()))["items"][0].clone();
        assert_eq!(
            item(SuccessEdit::Text),
            json!({"success": "true", "id": "1"})
        );
        assert_eq!(item(SuccessEdit::Null), json!({"success": null, "id": "1"}));
        assert_eq!(item(SuccessEdit::Missing), json!({"id": "1"}));
    }
}
