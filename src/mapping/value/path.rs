//! Values that go into the path of a call: one segment of it, and never a way to another method.
//!
//! They are percent-encoded when the call is put together; a gateway that decodes before it looks at the path would still take
//! `..%2F` for a way up.

use super::{Broken, broken};
use crate::endpoint::{RequestPart, RequestValue};
use crate::model::Rule;

/// Checks the JSON of a shared value, if it goes into the path.
pub(in crate::mapping) fn check_in_path(value: &RequestValue, json: &str) -> Result<(), Broken> {
    if value.place != RequestPart::Path {
        return Ok(());
    }
    let text = serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
    let splits = |character: char| matches!(character, '/' | '\\') || character.is_control();
    if matches!(text.as_str(), "" | "." | "..") || text.contains(splits) {
        return Err(broken(Rule::new(
            "row.path",
            "cannot stand in the path of a call: no `/`, no `\\`, no control character, not `.` or `..`, not empty",
        )));
    }
    Ok(())
}
