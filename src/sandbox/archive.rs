//! Write the archive report: `POST attendance/v1/archive_rule/upload_report`, `platform.md` 4e.
//!
//! Unknown members and unknown field codes are listed under code 0. What the page leaves open is taken so: the rows of known
//! members are written, without the unknown fields.

use std::collections::BTreeMap;

use serde_json::json;

use super::applied::{ArchiveKey, Effect};
use super::calendar;
use super::call::{Asked, Decision, general, invalid, key_of, known_employee_type};
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{
    ARCHIVE_RULE_UNKNOWN, FIELD_UNKNOWN_PREFIX, OPERATOR_FORBIDDEN, USER_UNKNOWN_PREFIX,
};

struct Line<'a> {
    member_id: &'a str,
    start_time: &'a str,
    end_time: &'a str,
    /// Code and value; a value may be left out.
    fields: Vec<(&'a str, Option<&'a str>)>,
}

/// What the record calls an item.
pub(super) fn key(item: &Json) -> String {
    key_of(item, &["member_id", "start_time", "end_time"])
}

pub(super) fn decide(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    let mut body = Fields::of(asked.body);
    let month = body.text("month", Need::Required);
    let operator_id = body.text("operator_id", Need::Required);
    let archive_rule_id = body.text("archive_rule_id", Need::Required);
    let lines = body.objects("archive_report_datas", Need::Optional, &(1..=50), line);
    Asked::kept(query, Some(body))?;

    let (employee_type, month) = (employee_type.unwrap_or_default(), month.unwrap_or_default());
    known_employee_type(employee_type)?;
    calendar::month_of_text(month).ok_or_else(|| invalid("month invalid"))?;
    if lines.iter().any(|line| !is_span(line)) {
        return Err(general("time is invalid"));
    }
    if operator_id == Some(OPERATOR_FORBIDDEN) {
        return Err(general("auth no permission"));
    }
    let archive_rule_id = archive_rule_id.unwrap_or_default();
    if archive_rule_id == ARCHIVE_RULE_UNKNOWN {
        return Err(general("archive_rule_id not exist"));
    }

    let (mut invalid_code, mut invalid_member_id, mut effects) =
        (Vec::new(), Vec::new(), Vec::new());
    for line in &lines {
        let unknown = line
            .fields
            .iter()
            .map(|(code, _)| *code)
            .filter(|code| code.starts_with(FIELD_UNKNOWN_PREFIX));
        unknown.for_each(|code| push_once(&mut invalid_code, code));
        if line.member_id.starts_with(USER_UNKNOWN_PREFIX) {
            push_once(&mut invalid_member_id, line.member_id);
            continue;
        }
        let key = ArchiveKey {
            archive_rule_id: archive_rule_id.to_owned(),
            month: month.to_owned(),
            employee_type: employee_type.to_owned(),
            member_id: line.member_id.to_owned(),
            start_time: line.start_time.to_owned(),
            end_time: line.end_time.to_owned(),
        };
        effects.push(Effect::WriteArchive(key, known_fields(line)));
    }
    let data = json!({"invalid_code": invalid_code, "invalid_member_id": invalid_member_id});
    Ok(Decision {
        reply: Reply::success(&data),
        effects,
    })
}

fn line<'a>(fields: &mut Fields<'a>) -> Option<Line<'a>> {
    let member_id = fields.text("member_id", Need::Required);
    let start_time = fields.text("start_time", Need::Required);
    let end_time = fields.text("end_time", Need::Required);
    let fields = fields.objects("field_datas", Need::Optional, &(1..=200), |field| {
        let code = field.text("code", Need::Required);
        let value = field.text("value", Need::Optional);
        Some((code?, value))
    });
    Some(Line {
        member_id: member_id?,
        start_time: start_time?,
        end_time: end_time?,
        fields,
    })
}

/// Both ends are days there are, and the end is not before the start.
fn is_span(line: &Line<'_>) -> bool {
    calendar::is_date(line.start_time)
        && calendar::is_date(line.end_time)
        && line.start_time <= line.end_time
}

fn known_fields(line: &Line<'_>) -> BTreeMap<String, String> {
    line.fields
        .iter()
        .filter(|(code, _)| !code.starts_with(FIELD_UNKNOWN_PREFIX))
        .map(|(code, value)| ((*code).to_owned(), value.unwrap_or_default().to_owned()))
        .collect()
}

fn push_once<'a>(list: &mut Vec<&'a str>, entry: &'a str) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
