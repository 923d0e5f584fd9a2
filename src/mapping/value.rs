//! One cell into the JSON of one field: exactly, or not at all.
//!
//! A cell is text until the endpoint's field type converts it. Nothing is guessed, trimmed, folded or rounded: what cannot be
//! sent exactly as meant is rejected with the rule it breaks.

mod date;
mod id;
mod path;
mod shown;

use self::date::{check_date, check_month, write_day};
use self::id::check_id;
pub(super) use self::path::check_in_path;
use self::shown::in_place_of_a_value;
use crate::endpoint::{Field, FieldKind, Written};
use crate::model::{Cell, Rule, is_placeholder};
use crate::text::{Text, Value};

/// Whether the input's cells carry types of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// CSV and job constants: every cell is text.
    Untyped,
    /// JSONL: a number is a number and `"21"` is text.
    Typed,
}

/// A cell of a template that was left as it was.
pub(super) const PLACEHOLDER: Rule = Rule::new(
    "row.placeholder",
    "is an example of the template, not a value; write what is meant, or empty the cell",
);

/// Why a value cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The rule it breaks.
    pub rule: Rule,
    /// What is particular to the value.
    pub detail: Option<Text>,
}

/// What a cell became.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Converted {
    /// Its JSON was appended.
    Written,
    /// There is nothing to send: no cell, or an empty one.
    Empty,
}

/// Converts one cell by its field's type and appends the JSON to `out`. `month` is the `yyyyMM` text of the field that a
/// day of the month refers to.
pub(super) fn convert(
    field: &Field,
    cell: Cell<'_>,
    typing: Typing,
    month: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<Converted, Broken> {
    let (text, is_text) = match cell {
        Cell::Absent | Cell::Text("") => return Ok(Converted::Empty),
        Cell::Nested(_) => {
            return Err(broken(SINGLE_VALUE));
        }
        Cell::Unusable(_, rule) => return Err(broken(rule)),
        Cell::Date(text) if field.kind == FieldKind::Date => (text, true),
        Cell::Date(_) => {
            return Err(broken(Rule::new(
                "row.is-date",
                "is a date; format the cell as text and write what is meant",
            )));
        }
        Cell::Bool(value) => return boolean(field, value, out),
        Cell::Number(digits) => (digits, false),
        Cell::Text(text) if is_placeholder(text) => return Err(broken(PLACEHOLDER)),
        Cell::Text(text) => (text, true),
    };
    let text_for_number = is_text && typing == Typing::Typed;
    match &field.kind {
        FieldKind::Id { chars_max } => {
            check_id(text, is_text)?;
            check_length(text, *chars_max)?;
            write_text(out, text);
        }
        FieldKind::Text { chars_max, one_of } => {
            check_text(text, typing)?;
            check_length(text, *chars_max)?;
            if !one_of.is_empty() && !one_of.iter().any(|known| known == text) {
                return Err(Broken {
                    rule: Rule::new("row.one-of", "is not one of the values allowed"),
                    detail: Some(text!("{values}", values = Value::list(one_of))),
                });
            }
            write_text(out, text);
        }
        FieldKind::Integer { .. } | FieldKind::Day { .. } if text_for_number => {
            return Err(broken(Rule::new(
                "row.json-type",
                "must be a JSON number, not text",
            )));
        }
        FieldKind::Integer { min, max } => {
            out.extend_from_slice(integer(text, *min, *max)?.as_bytes());
        }
        FieldKind::Boolean if !is_text => {
            return Err(broken(Rule::new("row.boolean", "must be true or false")));
        }
        FieldKind::Boolean if text_for_number => {
            return Err(broken(Rule::new(
                "row.json-type",
                "must be true or false, not text",
            )));
        }
        FieldKind::Boolean => {
            let value = if text.eq_ignore_ascii_case("true") {
                true
            } else if text.eq_ignore_ascii_case("false") {
                false
            } else {
                return Err(broken(Rule::new("row.boolean", "must be true or false")));
            };
            return boolean(field, value, out);
        }
        FieldKind::Month { written } => {
            check_month(text)?;
            match written {
                Written::Integer if text_for_number => {
                    return Err(broken(Rule::new(
                        "row.json-type",
                        "must be a JSON number, not text",
                    )));
                }
                Written::Integer => out.extend_from_slice(text.as_bytes()),
                Written::Text => write_text(out, text),
            }
        }
        FieldKind::Date => {
            check_date(text)?;
            write_text(out, text);
        }
        FieldKind::Day { .. } => write_day(text, month, out)?,
        FieldKind::List { .. } => {
            return Err(broken(Rule::new(
                "row.list",
                "a single cell cannot give a list",
            )));
        }
    }
    Ok(Converted::Written)
}

pub(super) const SINGLE_VALUE: Rule = Rule::new(
    "row.single-value",
    "must be a single value, not a list or an object",
);

pub(super) fn broken(rule: Rule) -> Broken {
    Broken { rule, detail: None }
}

fn boolean(field: &Field, value: bool, out: &mut Vec<u8>) -> Result<Converted, Broken> {
    if field.kind != FieldKind::Boolean {
        return Err(broken(Rule::new(
            "row.not-boolean",
            "must not be true or false",
        )));
    }
    out.extend_from_slice(if value { b"true" } else { b"false" });
    Ok(Converted::Written)
}

/// What no person means to send as a text.
fn check_text(text: &str, typing: Typing) -> Result<(), Broken> {
    if text.as_bytes().contains(&0) {
        return Err(broken(Rule::new(
            "row.nul",
            "holds a NUL character, which nobody can see or mean; delete the cell and write it again",
        )));
    }
    // A spreadsheet writes what it shows as text into CSV, and a failure report repeats it as text.
    let shown = (typing == Typing::Untyped).then(|| in_place_of_a_value(text));
    shown.flatten().map_or(Ok(()), |rule| Err(broken(rule)))
}

fn check_length(text: &str, chars_max: usize) -> Result<(), Broken> {
    if text.len() > chars_max {
        let chars = text.chars().count();
        if chars > chars_max {
            return Err(Broken {
                rule: Rule::new("row.length", "is longer than the platform takes"),
                detail: Some(text!(
                    "{chars} characters, at most {chars_max}",
                    chars,
                    chars_max
                )),
            });
        }
    }
    Ok(())
}

/// A whole number, written plainly: no sign but a minus, no leading zero, no exponent, no fraction.
fn integer(text: &str, min: i64, max: i64) -> Result<&str, Broken> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0";
    let value = text.parse::<i64>().ok().filter(|_| plain);
    let Some(value) = value else {
        return Err(broken(Rule::new(
            "row.whole-number",
            "must be a whole number, written in digits",
        )));
    };
    if !(min..=max).contains(&value) {
        return Err(Broken {
            rule: Rule::new("row.range", "is out of range"),
            detail: Some(text!("from {min} to {max}", min, max)),
        });
    }
    Ok(text)
}

/// Appends a JSON string.
fn write_text(out: &mut Vec<u8>, text: &str) {
    // Looks at every byte rather than stopping at the first that is not plain: that way the compiler looks at many at once.
    let escaped = |byte: &u8| *byte < 0x20 || matches!(*byte, b'"' | b'\\');
    let plain = !text
        .as_bytes()
        .iter()
        .fold(false, |found, byte| found | escaped(byte));
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing a str into a Vec cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

#[cfg(test)]
mod tests;
