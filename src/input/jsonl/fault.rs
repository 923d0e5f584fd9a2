//! Why a line is not one JSON object, in the words in which it is rejected.

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
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::NotAnObject => "the line is not a JSON object",
            Self::Cut => "the line ends in the middle of a JSON object",
            Self::CommaAfter => {
                "a comma follows the JSON object: lines of JSONL are not parted by commas"
            }
            Self::SecondValue => "a second JSON value follows on the same line",
            Self::TextAfter => "text follows the JSON object",
            Self::EqualKeys => "a key stands twice in one JSON object",
            Self::TooDeep => "JSON is nested more than 128 levels deep",
            Self::TooManyKeys => "the JSON object has more than 4096 keys",
            Self::Control => "a control character stands unescaped in a JSON text",
            Self::Escape => "an escape in a JSON text is not valid",
            Self::Surrogate => "half of a surrogate pair stands in a JSON text",
            Self::Nul => "a JSON text holds the character NUL",
            Self::Number => "a number is not valid JSON",
            Self::Literal => "a bare word is not valid JSON",
            Self::Key => "a key is missing or not in double quotes",
            Self::Colon => "a colon is missing after a key",
            Self::Comma => "a comma or a closing bracket is missing",
            Self::Value => "a value is missing",
        }
    }
}
