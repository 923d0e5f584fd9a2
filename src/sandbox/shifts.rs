//! Create or change shift schedules: `POST attendance/v1/user_daily_shifts/batch_create`, `platform.md` 4b.
//!
//! A bad row refuses the whole call. A row whose person is not in the group is told under code 0, in `msg`, as a map
//! `{person: [dates]}` whose exact writing no public sample shows; so it can be chosen.

use serde_json::{Value, json};

use super::applied::{Effect, Shift, ShiftKey};
use super::calendar;
use super::call::{Asked, Decision, general, invalid, key_of, known_employee_type};
use super::company::GROUP_TYPE_SCHEDULED;
use super::fields::{Fields, Need};
use super::json::Json;
use super::reply::Reply;
use super::state::State;
use super::world::{
    GROUP_OF_OTHERS, GROUP_UNKNOWN, MONTH_SEALED, OPERATOR_FORBIDDEN, SHIFT_DEFAULT, SHIFT_UNKNOWN,
    USER_UNKNOWN_PREFIX,
};

/// The page says "数量限制50以内" in prose.
const ROWS_MAX: usize = 50;

/// How `msg` writes the map of people and dates that did not take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageForm {
    /// `{"u1":[20210121,20210122]}`
    #[default]
    Json,
    /// `{u1:[20210121,20210122]}`
    Unquoted,
    /// As the page prints it, colon and comma full-width: `{u1：[20210121，20210122]}`
    Printed,
    /// `｛u1：［20210121，20210122］｝`
    FullWidth,
    /// `map[u1:[20210121 20210122]]`
    Go,
}

/// How the map writes a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageDates {
    /// `20210121`
    #[default]
    Compact,
    /// `2021-01-21`
    Dashed,
    /// `21`
    Day,
}

/// Whether the reply repeats rows that did not take effect. The page does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShiftEcho {
    /// Only rows in effect.
    #[default]
    InEffect,
    /// Every row sent.
    All,
}

/// The writing of a reply where the page leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShiftReplies {
    /// Writing of the map.
    pub form: MessageForm,
    /// Writing of its dates.
    pub dates: MessageDates,
    /// Rows repeated.
    pub echo: ShiftEcho,
}

struct Row<'a> {
    group_id: &'a str,
    shift_id: &'a str,
    month: i64,
    user_id: &'a str,
    day_no: i64,
    is_clear_schedule: Option<bool>,
}

/// What the record calls an item.
pub(super) fn key(item: &Json) -> String {
    key_of(item, &["user_id", "month", "day_no"])
}

pub(super) fn decide(asked: &Asked<'_>, state: &State) -> Result<Decision, Reply> {
    let replies = state.shift_replies;
    let mut query = Fields::of(asked.query);
    let employee_type = Asked::employee_type(&mut query);
    let mut body = Fields::of(asked.body);
    let rows = body.objects("user_daily_shifts", Need::Required, &(1..=usize::MAX), row);
    let operator_id = body.text("operator_id", Need::Optional);
    Asked::kept(query, Some(body))?;

    let employee_type = employee_type.unwrap_or_default();
    known_employee_type(employee_type)?;
    if rows.len() > ROWS_MAX {
        return Err(invalid(
            "the number of user_daily_shifts must be no more than 50",
        ));
    }
    rows.iter().try_for_each(check_calendar)?;
    if operator_id == Some(OPERATOR_FORBIDDEN) {
        return Err(Reply::refused(400, 1_220_005, "没有权限"));
    }
    if rows
        .iter()
        .any(|row| row.user_id.starts_with(USER_UNKNOWN_PREFIX))
    {
        return Err(Reply::refused(
            400,
            1_220_004,
            "user_id is not exist or does not have permission",
        ));
    }
    rows.iter().try_for_each(|row| check_rules(row, state))?;

    let (ineffective, effective): (Vec<_>, Vec<_>) = rows.iter().partition(|row| {
        row.group_id == GROUP_OF_OTHERS
            || state
                .company
                .is_in_another_group(employee_type, row.user_id, row.group_id)
    });
    let echoed: Vec<Value> = match replies.echo {
        ShiftEcho::InEffect => effective.iter().map(|row| echo(row)).collect(),
        ShiftEcho::All => rows.iter().map(echo).collect(),
    };
    let data = json!({"user_daily_shifts": echoed});
    let msg = message(&ineffective, replies);
    Ok(Decision {
        reply: Reply::success_saying(&msg, &data),
        effects: effective
            .into_iter()
            .map(|row| set_shift(employee_type, row))
            .collect(),
    })
}

fn row<'a>(fields: &mut Fields<'a>) -> Option<Row<'a>> {
    let group_id = fields.text("group_id", Need::Required);
    let shift_id = fields.text("shift_id", Need::Required);
    let month = fields.integer("month", Need::Required);
    let user_id = fields.text("user_id", Need::Required);
    let day_no = fields.integer("day_no", Need::Required);
    let is_clear_schedule = fields.flag("is_clear_schedule");
    Some(Row {
        group_id: group_id?,
        shift_id: shift_id?,
        month: month?,
        user_id: user_id?,
        day_no: day_no?,
        is_clear_schedule,
    })
}

fn check_calendar(row: &Row<'_>) -> Result<(), Reply> {
    let month = calendar::month(row.month).ok_or_else(|| invalid("month invalid"))?;
    if calendar::has_day(month, row.day_no) {
        Ok(())
    } else {
        Err(invalid("day_no invalid"))
    }
}

fn check_rules(row: &Row<'_>, state: &State) -> Result<(), Reply> {
    if row.month == MONTH_SEALED {
        return Err(general(
            "the attendance result has been sealed and can not modify",
        ));
    }
    if row.group_id == GROUP_UNKNOWN {
        return Err(general("rule not exist"));
    }
    if state.company.group_type(row.group_id) != GROUP_TYPE_SCHEDULED {
        return Err(general("the rule cannot arrange!"));
    }
    // Clearing a day has precedence: then the shift is not looked at.
    if row.is_clear_schedule == Some(true) {
        return Ok(());
    }
    match row.shift_id {
        SHIFT_UNKNOWN => Err(general("shift does not exist")),
        SHIFT_DEFAULT => Err(Reply::refused(
            400,
            1_226_003,
            "default shift are not allowed to change.",
        )),
        _ => Ok(()),
    }
}

fn set_shift(employee_type: &str, row: &Row<'_>) -> Effect {
    let key = ShiftKey {
        employee_type: employee_type.to_owned(),
        user_id: row.user_id.to_owned(),
        month: row.month,
        day_no: row.day_no,
    };
    let shift = Shift {
        group_id: row.group_id.to_owned(),
        shift_id: row.shift_id.to_owned(),
        is_clear_schedule: row.is_clear_schedule.unwrap_or(false),
    };
    Effect::SetShift(key, shift)
}

fn echo(row: &Row<'_>) -> Value {
    let mut echoed = json!({
        "group_id": row.group_id,
        "shift_id": row.shift_id,
        "month": row.month,
        "user_id": row.user_id,
        "day_no": row.day_no,
    });
    if let (Some(flag), Value::Object(members)) = (row.is_clear_schedule, &mut echoed) {
        members.insert("is_clear_schedule".to_owned(), json!(flag));
    }
    echoed
}

/// `success`, or the map of people and dates not in effect.
fn message(ineffective: &[&Row<'_>], replies: ShiftReplies) -> String {
    let mut people: Vec<(&str, Vec<String>)> = Vec::new();
    for row in ineffective {
        let date = date(row, replies);
        match people.iter_mut().find(|(person, _)| *person == row.user_id) {
            Some((_, dates)) => dates.push(date),
            None => people.push((row.user_id, vec![date])),
        }
    }
    if people.is_empty() {
        return "success".to_owned();
    }
    let written = |quote: &str, colon: &str, open: &str, comma: &str, close: &str| {
        let entry = |(person, dates): &(&str, Vec<String>)| {
            format!(
                "{quote}{person}{quote}{colon}{open}{}{close}",
                dates.join(comma)
            )
        };
        people.iter().map(entry).collect::<Vec<_>>().join(comma)
    };
    match replies.form {
        MessageForm::Json => format!("{{{}}}", written("\"", ":", "[", ",", "]")),
        MessageForm::Unquoted => format!("{{{}}}", written("", ":", "[", ",", "]")),
        MessageForm::Printed => format!("{{{}}}", written("", "：", "[", "，", "]")),
        MessageForm::FullWidth => format!("｛{}｝", written("", "：", "［", "，", "］")),
        MessageForm::Go => format!("map[{}]", written("", ":", "[", " ", "]")),
    }
}

fn date(row: &Row<'_>, replies: ShiftReplies) -> String {
    let (year, month, day) = (row.month / 100, row.month % 100, row.day_no);
    match (replies.dates, replies.form) {
        (MessageDates::Compact, _) => format!("{year:04}{month:02}{day:02}"),
        // Not a JSON number, so JSON has to quote it.
        (MessageDates::Dashed, MessageForm::Json) => format!("\"{year:04}-{month:02}-{day:02}\""),
        (MessageDates::Dashed, _) => format!("{year:04}-{month:02}-{day:02}"),
        (MessageDates::Day, _) => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(user_id: &str, day_no: i64) -> Row<'_> {
        Row {
            group_id: GROUP_OF_OTHERS,
            shift_id: "0",
            month: 202_101,
            user_id,
            day_no,
            is_clear_schedule: None,
        }
    }

    #[test]
    fn the_map_can_be_written_in_every_form_the_page_leaves_open() {
        let (first, second, third) = (row_of("u1", 1), row_of("u2", 2), row_of("u1", 3));
        let rows = [&first, &second, &third];
        let told = |form, dates| {
            message(
                &rows,
                ShiftReplies {
                    form,
                    dates,
                    ..ShiftReplies::default()
                },
            )
        };
        assert_eq!(
            told(MessageForm::Json, MessageDates::Compact),
            r#"{"u1":[20210101,20210103],"u2":[20210102]}"#
        );
        assert_eq!(
            told(MessageForm::Json, MessageDates::Dashed),
            r#"{"u1":["2021-01-01","2021-01-03"],"u2":["2021-01-02"]}"#
        );
        assert_eq!(
            told(MessageForm::Unquoted, MessageDates::Day),
            "{u1:[1,3],u2:[2]}"
        );
        assert_eq!(
            told(MessageForm::Printed, MessageDates::Day),
            "{u1：[1，3]，u2：[2]}"
        );
        assert_eq!(
            told(MessageForm::FullWidth, MessageDates::Day),
            "｛u1：［1，3］，u2：［2］｝"
        );
        assert_eq!(
            told(MessageForm::Go, MessageDates::Dashed),
            "map[u1:[2021-01-01 2021-01-03] u2:[2021-01-02]]"
        );
    }
}
