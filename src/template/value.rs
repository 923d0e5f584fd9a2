//! A field's values, in plain words and by example.

use crate::endpoint::{Field, FieldKind};
use crate::model::PLACEHOLDER;

/// Most characters a cell of a workbook holds; a longer limit is nothing to tell.
const CELL_CHARS_MAX: usize = 32_767;

/// A month whose first day, last day and name are easy to recognise as an example.
const MONTH: &str = "202612";

/// What may be written, with its bounds.
pub(super) fn rule(kind: &FieldKind) -> String {
    let at_most = |chars_max: usize| {
        if chars_max > CELL_CHARS_MAX {
            String::new()
        } else {
            format!(", at most {chars_max} characters")
        }
    };
    match kind {
        FieldKind::Id { chars_max } => format!("id, as text{}", at_most(*chars_max)),
        FieldKind::Text { one_of, .. } if !one_of.is_empty() => {
            format!("one of {}", one_of.join(", "))
        }
        FieldKind::Text { chars_max, .. } => format!("text{}", at_most(*chars_max)),
        FieldKind::Integer { min, max } => match (*min, *max) {
            (i64::MIN, i64::MAX) => "whole number".to_owned(),
            (i64::MIN, max) => format!("whole number, at most {max}"),
            (min, i64::MAX) => format!("whole number, at least {min}"),
            (min, max) => format!("whole number, from {min} to {max}"),
        },
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::Month { .. } => format!("month, written yyyyMM such as {MONTH}"),
        FieldKind::Date => format!("date, written yyyyMMdd such as {MONTH}01"),
        FieldKind::Day { month } => format!("day of the month in `{month}`, from 1 to 31"),
        FieldKind::List { min, max, .. } => format!("list of {min} to {max} entries"),
    }
}

/// What a field is, for the end of a line: rule, whether it is required, about.
pub(super) fn description(field: &Field) -> String {
    let about = field.about.as_deref();
    let about = about.map_or(String::new(), |about| format!("; {about}"));
    format!("{}: {}{about}", necessity(field), rule(&field.kind))
}

pub(super) fn necessity(field: &Field) -> &'static str {
    if field.required {
        "required"
    } else {
        "optional"
    }
}

/// What a value of the field looks like. It says that it is an example and is never sent, even where a number or a date belongs:
/// what nobody has filled in nobody has meant.
pub(super) fn example(field: &Field) -> String {
    let value = match &field.kind {
        FieldKind::Text { one_of, .. } if !one_of.is_empty() => {
            one_of.first().cloned().unwrap_or_default()
        }
        FieldKind::Id { .. } | FieldKind::Text { .. } => field.name.clone(),
        FieldKind::Integer { min, max } => 1.clamp(*min, (*max).max(*min)).to_string(),
        // Where a field is a danger, it is one when it is true.
        FieldKind::Boolean => "false".to_owned(),
        FieldKind::Month { .. } => MONTH.to_owned(),
        FieldKind::Date => format!("{MONTH}01"),
        FieldKind::Day { .. } => "1".to_owned(),
        FieldKind::List { .. } => String::new(),
    };
    format!("{PLACEHOLDER}{value}")
}
