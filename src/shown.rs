//! Text that others wrote, made fit to be shown: harmless for a terminal or a spreadsheet, on one line, of limited length.
//!
//! The platform's words and the cells of a file may hold escape sequences, forged lines and characters that cannot be seen. What
//! is sent and what the reports repeat of the input is not changed here.

use std::borrow::Cow;

/// Text for a terminal or one line of a log: controls, line breaks and characters that turn text around are escaped.
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

/// A value of which each character counts: line breaks and what cannot be seen are escaped, and it is cut after so many characters.
#[must_use]
pub fn escaped(value: &str, chars_max: usize) -> String {
    let mut text = String::new();
    for character in value.chars().take(chars_max) {
        if is_dangerous(character) {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    with_mark(text, value, chars_max)
}

/// A text of which the words count: spaces, line breaks and controls between them become one space, and it is cut after so many
/// characters.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    shortened(&words.join(" "), chars_max)
}

/// The first characters of a text, and `…` where there are more.
#[must_use]
pub fn shortened(text: &str, chars_max: usize) -> String {
    with_mark(text.chars().take(chars_max).collect(), text, chars_max)
}

fn with_mark(mut shown: String, whole: &str, chars_max: usize) -> String {
    if whole.chars().nth(chars_max).is_some() {
        shown.push('…');
    }
    shown
}

/// Characters that change how the text around them looks, or move the cursor: controls, line and paragraph separators, changes of direction, zero
/// width.
#[must_use]
pub fn is_dangerous(character: char) -> bool {
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
    fn a_value_shows_each_of_its_characters_and_a_text_its_words() {
        assert_eq!(escaped("a\n \u{200b}王", 9), "a\\n \\u{200b}王");
        assert_eq!(one_line(" a\n \u{7}王 ", 9), "a 王");
    }

    #[test]
    fn what_is_longer_than_the_limit_is_marked_and_nothing_else() {
        for cut in [escaped, one_line, shortened] {
            assert_eq!(cut("王芳王", 3), "王芳王");
            assert_eq!(cut("王芳王芳", 3), "王芳王…");
            assert_eq!(cut("", 3), "");
        }
    }

    #[test]
    fn no_platform_text_begins_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"] {
            assert!(for_spreadsheet(text).starts_with('\''), "{text}");
        }
        assert_eq!(for_spreadsheet("record not found"), "record not found");
    }
}
