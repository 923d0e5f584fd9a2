//! Ids: what a spreadsheet or a keyboard did to one is found here, because nothing later can.

use super::shown::{SPREADSHEET_ERRORS, TOO_NARROW, is_too_narrow};
use super::{Broken, broken};
use crate::full_width::is_full_width;
use crate::model::Rule;

/// An id is sent as it stands, so whatever a spreadsheet or a keyboard did to it has to be found here.
pub(super) fn check_id(text: &str, is_text: bool) -> Result<(), Broken> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !plain {
        check_id_characters(text)?;
    }
    if !is_text && !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(broken(Rule::new(
            "row.id-number",
            "an id must be text or a whole number",
        )));
    }
    if rewritten_by_a_spreadsheet(text) {
        return Err(broken(Rule::new(
            "row.id-number",
            "is a number as a spreadsheet shows it, not an id; format the column as text and paste the ids again",
        )));
    }
    if is_too_narrow(text) {
        return Err(broken(TOO_NARROW));
    }
    if matches!(
        text,
        "-" | "--" | "NULL" | "null" | "None" | "nan" | "NaN" | "N/A" | "无" | "空"
    ) || SPREADSHEET_ERRORS.contains(&text)
    {
        return Err(broken(Rule::new(
            "row.id-missing",
            "stands for a missing value, not for an id",
        )));
    }
    Ok(())
}

fn check_id_characters(text: &str) -> Result<(), Broken> {
    for character in text.chars() {
        let (name, words) = match character {
            ' '
            | '\t'
            | '\u{a0}'
            | '\u{3000}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}' => ("row.id-space", "an id holds no spaces"),
            character if is_full_width(character) => (
                "row.id-full-width",
                "has full-width characters; write it with ordinary letters, digits and commas",
            ),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{ad}' => ("row.id-invisible", "has invisible characters"),
            '\u{fffd}' => (
                "row.lost-character",
                "has characters that could not be read",
            ),
            ',' => ("row.id-comma", "an id holds no commas"),
            character if character.is_control() => {
                ("row.id-control", "has control characters or a line break")
            }
            _ => continue,
        };
        return Err(Broken {
            rule: Rule::new(name, words),
            detail: Some(format!("U+{:04X}", u32::from(character)).into()),
        });
    }
    Ok(())
}

/// Whether a text is what a spreadsheet makes of a long number: `6.70936E+18`, `1E5`, `1.0`, `+1`, `0x10`.
///
/// A lower-case `e` between digits, as in `12345e67`, is an ordinary id: ids of eight hexadecimal digits are common, and
/// spreadsheets write the exponent with `E`.
fn rewritten_by_a_spreadsheet(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed = unsigned.len() < text.len();
    if let Some(hex) = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"))
    {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = match unsigned.split_once(['E', 'e']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) || mantissa.is_empty() || mantissa == "." {
        return false;
    }
    let Some(exponent) = exponent else {
        return signed || fraction.is_some();
    };
    let unsigned_exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let exponent_is_signed = unsigned_exponent.len() < exponent.len();
    !unsigned_exponent.is_empty()
        && digits(unsigned_exponent)
        && (signed || exponent_is_signed || fraction.is_some() || unsigned.contains('E'))
}
