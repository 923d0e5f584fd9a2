//! What the user is told about an input that is used all the same.

use crate::text::Text;

/// Something to know before items are sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// Its stable name, such as `file.lines-above`.
    pub rule: &'static str,
    /// In words.
    pub what: Text,
}

impl Notice {
    /// A notice by its name and its words.
    pub fn new(rule: &'static str, what: impl Into<Text>) -> Self {
        Self {
            rule,
            what: what.into(),
        }
    }
}
