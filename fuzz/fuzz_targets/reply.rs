//! Any answer to a small batch of any endpoint of the catalogue.
//!
//! Promises: one verdict per item; no success without code 0 under 2xx and a `data` object, nor without the item's own
//! evidence where the endpoint gives any; the order of the batch changes nothing, and fields that nobody documented give no success.

#![no_main]

use std::mem::discriminant;
use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use feishu_bulk::endpoint::reply::{Answer, Applied, Disposition, Then, read};
use feishu_bulk::endpoint::{Endpoint, catalogue};
use feishu_bulk::model::{Batch, BatchId, Envelope, Item, Reply, Verdict};
use feishu_bulk::text::Text;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// The body comes last, so a seed is `0` for each byte before it and then the reply as the documents print it.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    endpoint: u8,
    status: u8,
    items: [u8; 4],
    unknown: u8,
    reset: Option<&'a str>,
    location: Option<&'a str>,
    log_id: Option<&'a str>,
    body: Body<'a>,
}

#[derive(Debug, Arbitrary)]
enum Body<'a> {
    Bytes(&'a [u8]),
    Built {
        code: u8,
        msg: Json<'a>,
        data: Vec<(u8, Json<'a>)>,
        more: Vec<(u8, Json<'a>)>,
    },
}

/// JSON out of the words that replies are made of. A key may stand twice.
#[derive(Debug, Arbitrary)]
enum Json<'a> {
    Word(u8),
    Name(u8),
    Number(i16),
    Text(&'a str),
    /// As text. Flat: texts within texts would double in length.
    Map(Vec<(u8, u8)>),
    List(Vec<Json<'a>>),
    Object(Vec<(u8, Json<'a>)>),
}

/// The five endpoints of the catalogue.
static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    catalogue::names()
        .map(|name| catalogue::endpoint(name).expect("the catalogue is valid"))
        .collect()
});

/// Those that classification tells apart, and a few that no server should send.
const STATUSES: [u16; 24] = [
    200, 201, 204, 299, 0, 100, 199, 300, 302, 400, 401, 403, 404, 405, 407, 408, 413, 422, 429,
    500, 502, 503, 599, 999,
];

/// What items are called; some are near each other, as ids that lost digits, zeros or case.
const NAMES: [&str; 8] = [
    "6709359313699356941",
    "6709359313699356672",
    "abd754f7",
    "ABD754F7",
    "1801464965461024",
    "1",
    "01",
    "张三",
];

/// Fields that the platform may add one day, as the members of an object.
const UNKNOWN: [&str; 6] = [
    "\"_later\":null",
    "\"Code\":7,\"success\":false",
    "\"_later\":{\"code\":1,\"data\":{\"fail_record_ids\":[\"1\"]}}",
    "\"_later\":[[[[[[[[1e999]]]]]]]]",
    "\"message\":\"failed\",\"errors\":[{\"code\":\"1\"}]",
    "\"items\":[{\"id\":\"1\",\"success\":false}],\"invalid_code\":[\"1\"]",
];

const CODES: [&str; 12] = [
    "0", "0", "0", "0", "1225000", "1220001", "99991400", "99991663", "99991672", "\"0\"", "0.0",
    "-7",
];

const WORDS: [&str; 8] = [
    "true",
    "false",
    "null",
    "\"success\"",
    "\"0\"",
    "202101",
    "21",
    "\"k_op_ec_20001\"",
];

const KEYS: [&str; 24] = [
    "items",
    "id",
    "success",
    "errors",
    "code",
    "message",
    "sub_code",
    "success_record_ids",
    "fail_record_ids",
    "invalid_member_id",
    "invalid_code",
    "user_daily_shifts",
    "user_id",
    "month",
    "day_no",
    "msg",
    "data",
    "error",
    "log_id",
    "field_violations",
    "field",
    "description",
    "permission_violations",
    "subject",
];

fuzz_target!(|input: Input<'_>| {
    let endpoint = &ENDPOINTS[usize::from(input.endpoint) % ENDPOINTS.len()];
    let batch = batch(endpoint, &input.items);
    let reply = Reply {
        status: STATUSES[usize::from(input.status) % STATUSES.len()],
        body: input.body.written(),
        log_id: input.log_id.map(str::to_owned),
        reset: input.reset.map(str::to_owned),
        location: input.location.map(str::to_owned),
        date: None,
        ..Reply::default()
    };
    let answer = read(endpoint, &batch, &Ok(reply.clone()));

    assert_eq!(answer.status, Some(reply.status));
    check_disposition(&answer.disposition);
    if let Disposition::Read(verdicts) = &answer.disposition {
        assert_eq!(verdicts.items.len(), batch.items.len());
        check_successes(endpoint, &batch, &reply, &verdicts.items);
    }
    check_order(endpoint, &batch, &reply, &answer);
    let unknown = pick(&UNKNOWN, input.unknown);
    check_unknown_field(endpoint, &batch, &reply, &answer, unknown);
});

impl Body<'_> {
    fn written(&self) -> Vec<u8> {
        let (code, msg, data, more) = match self {
            Self::Bytes(bytes) => return bytes.to_vec(),
            Self::Built {
                code,
                msg,
                data,
                more,
            } => (
                pick(&CODES, *code),
                msg.written(),
                object(data),
                members(more),
            ),
        };
        let comma = if more.is_empty() { "" } else { "," };
        format!("{{\"code\":{code},\"msg\":{msg},\"data\":{data}{comma}{more}}}").into_bytes()
    }
}

impl Json<'_> {
    fn written(&self) -> String {
        match self {
            Self::Word(word) => pick(&WORDS, *word).to_owned(),
            Self::Name(name) => json!(pick(&NAMES, *name)).to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => json!(text).to_string(),
            Self::Map(members) => {
                let members = members.iter().map(|(key, word)| {
                    format!("\"{}\":{}", pick(&NAMES, *key), pick(&WORDS, *word))
                });
                json!(format!("{{{}}}", members.collect::<Vec<_>>().join(","))).to_string()
            }
            Self::List(list) => {
                let list: Vec<String> = list.iter().map(Self::written).collect();
                format!("[{}]", list.join(","))
            }
            Self::Object(members) => object(members),
        }
    }
}

fn object(members: &[(u8, Json<'_>)]) -> String {
    format!("{{{}}}", self::members(members))
}

/// Keys are words of replies, or names of items as in the maps of `msg`.
fn members(members: &[(u8, Json<'_>)]) -> String {
    let members = members.iter().map(|(key, value)| {
        let key = match key.checked_sub(128) {
            Some(name) => pick(&NAMES, name),
            None => pick(&KEYS, *key),
        };
        format!("\"{key}\":{}", value.written())
    });
    members.collect::<Vec<_>>().join(",")
}

fn pick<'w>(words: &[&'w str], byte: u8) -> &'w str {
    words[usize::from(byte) % words.len()]
}

/// A batch whose items the documents' samples may name.
fn batch(endpoint: &Endpoint, items: &[u8]) -> Batch {
    let count = 1 + usize::from(items[0]) / 8 % items.len();
    let items = items[..count].iter().map(|byte| Item {
        body: item(endpoint, *byte).to_string().into(),
    });
    Batch {
        id: BatchId(1),
        envelope: Arc::new(Envelope::default()),
        items: items.collect(),
    }
}

fn item(endpoint: &Endpoint, byte: u8) -> Value {
    let name = pick(&NAMES, byte);
    let day = 21 + byte / 8 % 2;
    match endpoint.name.as_str() {
        "attendance.archive_rule.upload_report" => {
            json!({"member_id": name, "start_time": "20210109", "end_time": "20210109",
                   "field_datas": [{"code": "1", "value": "8"}, {"code": name, "value": ""}]})
        }
        "attendance.user_daily_shifts.batch_create" => {
            json!({"group_id": "1", "shift_id": "0", "month": 202_101, "user_id": name, "day_no": day})
        }
        "corehr.workforce_plan_detail_row.batchDelete" => {
            json!({"dimensions": [{"dimension_key": "department", "dimension_value": name}]})
        }
        _ => json!(name),
    }
}

fn check_disposition(disposition: &Disposition) {
    let reasons = match disposition {
        Disposition::Read(verdicts) => verdicts.items.iter().filter_map(reason).collect(),
        Disposition::Again {
            applied,
            reason,
            then,
            ..
        } => {
            assert!((*applied, *then) != (Applied::No, Then::Unconfirmed));
            vec![&reason.text]
        }
        Disposition::Wait { seconds, reason } => {
            assert!(seconds.is_none_or(|seconds| (1.0..=300.0).contains(&seconds)));
            vec![&reason.text]
        }
        Disposition::RenewToken { reason }
        | Disposition::Refused { reason }
        | Disposition::Halt { reason, .. } => vec![&reason.text],
    };
    for text in reasons {
        let text = text.to_string();
        assert!(!text.is_empty() && text.len() <= 4096);
    }
}

fn reason(verdict: &Verdict) -> Option<&Text> {
    match verdict {
        Verdict::Succeeded => None,
        Verdict::Failed(reason) | Verdict::Temporary(reason) | Verdict::Unconfirmed(reason) => {
            Some(&reason.text)
        }
    }
}

/// Looks for the evidence of each success with another parser.
fn check_successes(endpoint: &Endpoint, batch: &Batch, reply: &Reply, verdicts: &[Verdict]) {
    let successes = batch.items.iter().zip(verdicts);
    let mut successes = successes
        .filter(|(_, verdict)| **verdict == Verdict::Succeeded)
        .map(|(item, _)| item)
        .peekable();
    if successes.peek().is_none() {
        return;
    }
    assert!((200..300).contains(&reply.status));
    // What our own reader does not look into may nest too deep for this one, or hold numbers beyond its range.
    let Ok(body) = serde_json::from_slice::<Map<String, Value>>(&reply.body) else {
        return;
    };
    assert_eq!(body["code"].as_i64(), Some(0));
    let data = body["data"].as_object().expect("`data` is an object");
    for item in successes {
        let item: Value = serde_json::from_slice(&item.body).expect("we wrote it");
        let holds = |list: &str, id: &Value| {
            let list = data.get(list).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|value| same(value, id)))
        };
        match endpoint.name.as_str() {
            "attendance.user_flows.batch_del" => {
                assert!(holds("success_record_ids", &item) && !holds("fail_record_ids", &item));
            }
            "attendance.archive_rule.upload_report" => {
                assert!(data["invalid_member_id"].is_array() && data["invalid_code"].is_array());
                assert!(!holds("invalid_member_id", &item["member_id"]));
                assert!(!holds("invalid_code", &json!("1")));
            }
            "apaas.records.batch_delete" => {
                let entries = data["items"].as_array().expect("`items` is a list");
                let mut own = entries.iter().filter(|entry| same(&entry["id"], &item));
                let first = own.next().expect("the item is named");
                assert!(first["success"] == true && own.all(|entry| entry["success"] == true));
            }
            _ => {}
        }
    }
}

/// Ids come as text or as numbers.
fn same(value: &Value, id: &Value) -> bool {
    value == id || (value.is_number() && Some(value.to_string().as_str()) == id.as_str())
}

/// The same batch from behind has the same verdicts from behind.
fn check_order(endpoint: &Endpoint, batch: &Batch, reply: &Reply, answer: &Answer) {
    let mut reversed = batch.clone();
    reversed.items.reverse();
    let mut again = read(endpoint, &reversed, &Ok(reply.clone()));
    if let Disposition::Read(verdicts) = &mut again.disposition {
        verdicts.items.reverse();
    }
    assert_eq!(again, *answer);
}

/// A field that nobody documented, at the beginning or at the end, changes neither a verdict nor what is done; only a list that is
/// named as one of failures takes successes away.
fn check_unknown_field(
    endpoint: &Endpoint,
    batch: &Batch,
    reply: &Reply,
    answer: &Answer,
    unknown: &str,
) {
    let Ok(text) = str::from_utf8(&reply.body) else {
        return;
    };
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else {
        return;
    };
    let added: Map<String, Value> =
        serde_json::from_str(&format!("{{{}}}", unknown.replace("1e999", "1"))).expect("an object");
    if added.keys().any(|key| object.contains_key(key)) {
        return;
    }
    let open = text.find('{').expect("an object opens");
    let close = text.rfind('}').expect("an object closes");
    let comma = if object.is_empty() { "" } else { "," };
    let first = format!("{}{unknown}{comma}{}", &text[..=open], &text[open + 1..]);
    let last = format!("{}{comma}{unknown}{}", &text[..close], &text[close..]);
    for body in [first, last] {
        let more = Reply {
            body: body.into_bytes(),
            ..reply.clone()
        };
        let again = read(endpoint, batch, &Ok(more));
        match (&answer.disposition, &again.disposition) {
            (Disposition::Read(before), Disposition::Read(after)) => {
                assert_eq!(before.unsent_names, after.unsent_names);
                let names_failures = unknown.contains("errors") || unknown.contains("invalid");
                for (before, after) in before.items.iter().zip(&after.items) {
                    let is_doubted = names_failures
                        && *before == Verdict::Succeeded
                        && matches!(after, Verdict::Unconfirmed(_));
                    assert!(before == after || is_doubted);
                }
            }
            // The reason of an answer that cannot be read shows how it begins.
            (before, after) => assert_eq!(discriminant(before), discriminant(after)),
        }
        assert_eq!(
            (again.code, again.log_id),
            (answer.code, answer.log_id.clone())
        );
    }
}
