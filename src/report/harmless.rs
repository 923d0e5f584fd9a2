//! Text that others wrote, made harmless for where it is shown.
//!
//! The platform's words may echo what anybody typed into it: escape sequences, formulas, forged lines. Values of the input are
//! not touched in the reports: they have to come back exactly as they were.

use std::borrow::Cow;

/// Platform text for a terminal or one line of a log: controls, line breaks and characters that turn text around are escaped.
#[must_use]
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => safe.push(' '),
            character if is_dangerous(character) => safe.extend(character.escape_unicode()),
            character => safe.push(character),
        }
    }
    Cow::Owned(safe)
}

/// Platform text for a cell that a spreadsheet will open: as for a terminal, and never the beginning of a formula.
#[must_use]
pub fn for_spreadsheet(text: &str) -> Cow<'_, str> {
    let safe = for_terminal(text);
    let formula = safe
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula {
        Cow::Owned(format!("'{safe}"))
    } else {
        safe
    }
}

/// Whether a character moves the cursor, hides itself or turns text around.
pub(crate) fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_line_breaks_do_not_reach_a_terminal() {
        assert_eq!(for_terminal("\u{1b}[2Jgone\u{7}"), "\\u{1b}[2Jgone\\u{7}");
        assert_eq!(for_terminal("a\nb\tc\rd"), "a b c d");
        assert_eq!(for_terminal("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(for_terminal("人员，日期"), "人员，日期");
    }

    #[test]
    fn no_platform_text_begins_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"] {
            assert!(for_spreadsheet(text).starts_with('\''), "{text}");
        }
        assert_eq!(for_spreadsheet("record not found"), "record not found");
    }
}
