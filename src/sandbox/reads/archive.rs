//! Read archive reports: their list, and the columns of one. `catalogue.md` A12 and A13. What was written into one cannot be read.

use serde_json::{Value, json};

use super::pages::{Page, size};
use crate::sandbox::calendar;
use crate::sandbox::call::{Asked, Decision, general, invalid, known_employee_type};
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::reply::Reply;
use crate::sandbox::state::State;
use crate::sandbox::world::{ARCHIVE_RULE_UNKNOWN, OPERATOR_FORBIDDEN};

/// The reports in the list: rule and name.
const RULES: [(&str, &str); 2] = [("1", "月度考勤归档"), ("2", "外包考勤归档")];

/// The columns of every report: code, title, title above.
const COLUMNS: [(&str, &str, &str); 9] = [
    ("f_required_days", "应出勤天数", "出勤"),
    ("f_actual_days", "实际出勤", "出勤"),
    ("f_late_times", "迟到次数", "异常"),
    ("f_early_times", "早退次数", "异常"),
    ("f_absent_days", "旷工天数", "异常"),
    ("f_annual_leave", "年假余额", "假期"),
    ("f_time_off", "调休余额", "假期"),
    ("f_leave_days", "请假天数", "假期"),
    ("f_note", "备注", ""),
];

pub(in crate::sandbox) fn rules(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    // The column of the page says optional, its text says required.
    let page = Page {
        size: size(
            query.written_integer("page_size", Need::Required, &(1..=50)),
            10,
        ),
        token: query.text("page_token", Need::Optional),
    };
    Asked::kept(query, None)?;
    let rules: Vec<Value> = RULES
        .into_iter()
        .map(|(id, name)| {
            let name = json!({"zh": name, "en": name, "ja": name});
            json!({"report_id": id, "report_name": name, "archive_rule_id": id, "archive_rule_name": name})
        })
        .collect();
    let data = page.cut(rules, "archive rules")?.data("items");
    Ok(Reply::success(&data.into()).into())
}

pub(in crate::sandbox) fn columns(asked: &Asked<'_>, _state: &State) -> Result<Decision, Reply> {
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    let mut body = Fields::of(asked.body);
    let month = body.text("month", Need::Required);
    let archive_rule_id = body.text("archive_rule_id", Need::Required);
    let operator_id = body.text("operator_id", Need::Required);
    body.text_of("locale", Need::Optional, &["en", "ja", "zh"]);
    Asked::kept(query, Some(body))?;

    known_employee_type(employee_type.unwrap_or_default())?;
    calendar::month_of_text(month.unwrap_or_default()).ok_or_else(|| invalid("month invalid"))?;
    if operator_id == Some(OPERATOR_FORBIDDEN) {
        return Err(general("auth no permission"));
    }
    if archive_rule_id == Some(ARCHIVE_RULE_UNKNOWN) {
        return Err(general("archive_rule_id not exist"));
    }
    let fields: Vec<Value> = COLUMNS
        .into_iter()
        .map(|(code, title, above)| {
            let above: Vec<&str> = Some(above)
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect();
            json!({"code": code, "title": title, "upper_titles": above})
        })
        .collect();
    Ok(Reply::success(&json!({"archive_report_fields": fields})).into())
}
