//! How much of other people's words is kept in a reason, and how the ends of a cut show.
//!
//! Text stays raw here: making it harmless is the business of each sink.

use crate::model::{Reason, Verdict};
use crate::shown::one_line;

/// Most bytes of a reason: enough for any sentence of the platform, little enough for one per item.
const REASON_BYTES_MAX: usize = 4096;

/// Most characters kept of a page, a name or an id that we did not ask for: enough to recognise it.
const PRINTABLE_CHARS_MAX: usize = 200;

/// Shows that something is missing.
const CUT_MARK: &str = " … (cut)";

/// A reason without a code of the platform.
pub(super) fn reason(text: impl Into<String>) -> Reason {
    Reason {
        code: None,
        text: cut(text.into()).into(),
    }
}

/// A reason with the platform's code.
pub(super) fn coded_reason(code: i64, text: impl Into<String>) -> Reason {
    Reason {
        code: Some(code),
        text: cut(text.into()).into(),
    }
}

/// An item about which the reply settles nothing.
pub(super) fn unconfirmed(text: impl Into<String>) -> Verdict {
    Verdict::Unconfirmed(reason(text))
}

/// The text, cut between two characters when it is too long for a reason.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > REASON_BYTES_MAX {
        text.truncate(text.floor_char_boundary(REASON_BYTES_MAX - CUT_MARK.len()));
        text.push_str(CUT_MARK);
    }
    text
}

/// Whether the platform's words are among those that say that all went well.
pub(super) fn is_accepted(accepted: &[String], words: &str) -> bool {
    let words = words.trim().to_lowercase();
    accepted
        .iter()
        .any(|word| word.trim().to_lowercase() == words)
}

/// The beginning of the text on one line: runs of space and control characters become one space.
pub(super) fn printable(text: &str) -> String {
    one_line(text, PRINTABLE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters_and_says_so() {
        let text = cut("错".repeat(2000));
        assert!(text.len() <= REASON_BYTES_MAX);
        assert!(text.ends_with("错 … (cut)"));
        assert_eq!(cut("short".to_owned()), "short");
    }

    #[test]
    fn a_page_is_kept_as_one_short_line() {
        assert_eq!(
            printable("<html>\r\n\t<b>\u{1b}[31m502</b>\0"),
            "<html> <b> [31m502</b>"
        );
        assert_eq!(printable(&"x".repeat(500)).chars().count(), 201);
        assert_eq!(printable(&"x ".repeat(500)).chars().count(), 201);
    }
}
