//! Why a line is not one JSON object, in the words in which it is rejected.

use crate::model::Rule;

/// Why a line is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte of the line at which it shows.
    pub(super) at: usize,
    pub(super) kind: FaultKind,
}

/// The ways in which a line is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    NotAnObject,
    Cut,
    CommaAfter,
    SecondValue,
    TextAfter,
    EqualKeys,
    TooDeep,
    TooManyKeys,
    Control,
    Escape,
    Surrogate,
    Nul,
    Number,
    Literal,
    Key,
    Colon,
    Comma,
    Value,
}

impl FaultKind {
    /// The rule that the line breaks.
    pub(super) fn rule(self) -> Rule {
        let (name, words) = match self {
            Self::NotAnObject => ("row.json-object", "the line is not a JSON object"),
            Self::Cut => (
                "row.json-cut",
                "the line ends in the middle of a JSON object",
            ),
            Self::CommaAfter => (
                "row.json-comma",
                "a comma follows the JSON object: lines of JSONL are not parted by commas",
            ),
            Self::SecondValue => (
                "row.json-second",
                "a second JSON value follows on the same line",
            ),
            Self::TextAfter => ("row.json-text-after", "text follows the JSON object"),
            Self::EqualKeys => (
                "row.json-key-twice",
                "a key stands twice in one JSON object",
            ),
            Self::TooDeep => ("row.json-depth", "JSON is nested more than 128 levels deep"),
            Self::TooManyKeys => ("row.json-keys", "the JSON object has more than 4096 keys"),
            Self::Control => (
                "row.json-control",
                "a control character stands unescaped in a JSON text",
            ),
            Self::Escape => ("row.json-escape", "an escape in a JSON text is not valid"),
            Self::Surrogate => (
                "row.json-surrogate",
                "half of a surrogate pair stands in a JSON text",
            ),
            Self::Nul => ("row.nul", "a JSON text holds the character NUL"),
            Self::Number => ("row.json-number", "a number is not valid JSON"),
            Self::Literal => ("row.json-word", "a bare word is not valid JSON"),
            Self::Key => ("row.json-key", "a key is missing or not in double quotes"),
            Self::Colon => ("row.json-colon", "a colon is missing after a key"),
            Self::Comma => (
                "row.json-separator",
                "a comma or a closing bracket is missing",
            ),
            Self::Value => ("row.json-value", "a value is missing"),
        };
        Rule::new(name, words)
    }
}
