//! Texts that a spreadsheet shows in place of a value: saved as CSV or pasted, they are all that is left of it.

use crate::model::Rule;

/// What stands in a cell whose formula has no value: never something to be sent.
pub(super) const SPREADSHEET_ERRORS: [&str; 8] = [
    "#DATA!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
];

/// So many `#` and nothing else are a number or a date for which the column was too narrow.
const TOO_NARROW_MIN: usize = 3;

pub(super) const TOO_NARROW: Rule = Rule::new(
    "row.too-narrow",
    "is what a spreadsheet shows where a column is too narrow for its value; widen the column and export the table again",
);

/// The rule that a text breaks if it stands for a value that is lost.
pub(super) fn in_place_of_a_value(text: &str) -> Option<Rule> {
    match text.as_bytes().first()? {
        b'#' if SPREADSHEET_ERRORS.contains(&text) => Some(Rule::new(
            "row.spreadsheet-error",
            "holds an error of the spreadsheet",
        )),
        b'#' => is_too_narrow(text).then_some(TOO_NARROW),
        b'-' | b'0'..=b'9' => is_scientific(text).then_some(Rule::new(
            "row.scientific",
            "is a number as a spreadsheet shows a long one, its other digits left out; format the column as text, or as a number without an exponent, and export the table again",
        )),
        _ => None,
    }
}

/// `########`
pub(super) fn is_too_narrow(text: &str) -> bool {
    text.len() >= TOO_NARROW_MIN && text.bytes().all(|byte| byte == b'#')
}

/// `1.23457E+15`: one digit, perhaps others behind a point, and an exponent with its sign and at least two digits. People do not
/// write numbers so.
fn is_scientific(text: &str) -> bool {
    // Looked for among the bytes: nearly no text holds one, and each that begins with a digit comes by.
    let Some((mantissa, exponent)) = memchr::memchr(b'E', text.as_bytes())
        .and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
    else {
        return false;
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    whole.len() == 1
        && are_digits(whole)
        && !fraction.is_empty()
        && are_digits(fraction)
        && digits.len() >= 2
        && are_digits(digits)
}
