//! What the user is told about an input that is used all the same.

/// Something to know before items are sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// Its stable name, such as `file.lines-above`.
    pub rule: &'static str,
    /// In words.
    pub what: String,
}

impl Notice {
    /// A notice by its name and its words.
    pub fn new(rule: &'static str, what: impl Into<String>) -> Self {
        Self {
            rule,
            what: what.into(),
        }
    }
}
