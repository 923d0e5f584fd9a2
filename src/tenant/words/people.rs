//! People by job number, mobile number or e-mail, a hundred a call; by name only among all who are employed.
//!
//! Invariant: only words that were asked for get an answer. A person nobody asked for makes the answer unusable, because then it is
//! not the answer to this question. A name that several people have is kept with each of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Tenant, Unread, not_understood};
use super::{IdKind, name_in};
use crate::endpoint::{Read, Values, catalogue};
use crate::job::{KnownWord, PersonKey};
use crate::transport::{Mint, Transport};

/// Values of one condition: as many as a page holds.
const ASKED_MAX: usize = 100;

/// All who are found by the words.
pub(super) async fn read<T: Transport + Mint>(
    tenant: &Tenant<'_, T>,
    keys: &[PersonKey],
    words: &BTreeSet<String>,
    ids: IdKind,
) -> Result<Vec<KnownWord>, Unread> {
    let read = catalogue::read("directory.employees.filter")?;
    let asked: Vec<&String> = words.iter().filter(|word| !word.is_empty()).collect();
    let mut found = Vec::new();
    if asked.is_empty() {
        return Ok(found);
    }
    for key in keys {
        let Some(field) = field(*key) else {
            let everybody = json!([
                {"field": "work_info.staff_status", "operator": "eq", "value": "1"},
                {"field": "base_info.departments.department_id", "operator": "eq", "value": "\"0\""},
            ]);
            for entry in tenant.list(&read, &values(&everybody, ids)).await? {
                let name = entry.pointer("/base_info/name").and_then(name_in);
                if let Some(name) = name.filter(|name| words.contains(*name)) {
                    found.push(known(&read, &entry, name, ids)?);
                }
            }
            continue;
        };
        for words in asked.chunks(ASKED_MAX) {
            let written: Vec<String> = words.iter().map(|word| as_asked(*key, word)).collect();
            let value = Value::from(written.clone()).to_string();
            let condition = json!([{"field": field, "operator": "in", "value": value}]);
            for entry in tenant.list(&read, &values(&condition, ids)).await? {
                let own = entry.pointer(&format!("/{}", field.replace('.', "/")));
                let own = own.and_then(Value::as_str).unwrap_or_default();
                let mut of = words
                    .iter()
                    .zip(&written)
                    .filter(|(_, written)| *written == own);
                let Some((word, _)) = of.next() else {
                    return Err(not_understood(
                        &read,
                        &text!("it names a person who was not asked for"),
                    ));
                };
                found.push(known(&read, &entry, word, ids)?);
            }
        }
    }
    Ok(found)
}

/// The directory's field for a key; a name is none of those that can be asked for.
fn field(key: PersonKey) -> Option<&'static str> {
    match key {
        PersonKey::JobNumber => Some("work_info.job_number"),
        PersonKey::Mobile => Some("base_info.mobile"),
        PersonKey::Email => Some("base_info.email"),
        PersonKey::Name => None,
    }
}

/// A word as the directory writes it: mobile numbers with their country, which sheets of mainland companies leave out.
fn as_asked(key: PersonKey, word: &str) -> String {
    let is_mainland = || word.len() == 11 && word.bytes().all(|byte| byte.is_ascii_digit());
    if key == PersonKey::Mobile && is_mainland() {
        format!("+86{word}")
    } else {
        word.to_owned()
    }
}

fn values(conditions: &Value, ids: IdKind) -> Values {
    let kind = match ids {
        IdKind::UserId | IdKind::JobNumber => "employee_id",
        IdKind::OpenId => "open_id",
    };
    Values::from([
        ("employee_id_type", kind.into()),
        ("filter", json!({"conditions": conditions})),
        (
            "required_fields",
            json!([
                "base_info.employee_id",
                "base_info.name",
                "base_info.mobile",
                "base_info.email",
                "work_info.job_number"
            ]),
        ),
    ])
}

fn known(read: &Read, entry: &Value, word: &str, ids: IdKind) -> Result<KnownWord, Unread> {
    let text = |pointer: &str| {
        entry
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let job_number = text("/work_info/job_number");
    let (value, what) = match ids {
        IdKind::UserId | IdKind::OpenId => (text("/base_info/employee_id"), "employee_id"),
        IdKind::JobNumber => (job_number, "job_number"),
    };
    if value.is_empty() {
        let why = text!(
            "it does not say the {what} of a person: the app may lack the right to it",
            what
        );
        return Err(not_understood(read, &why));
    }
    let name = entry.pointer("/base_info/name").and_then(name_in);
    let about = [name.unwrap_or_default(), job_number];
    let about: Vec<&str> = about
        .into_iter()
        .filter(|part| !part.is_empty() && *part != word)
        .collect();
    Ok(KnownWord {
        word: word.to_owned(),
        value: value.to_owned(),
        about: about.join(" "),
        name: name.map(str::to_owned),
    })
}
