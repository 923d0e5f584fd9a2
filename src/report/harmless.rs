//! Text that others wrote, made harmless for where it is shown.
//!
//! The platform's words may echo what anybody typed into it: escape sequences, formulas, forged lines. Values of the input are
//! not touched in the reports: they have to come back exactly as they were.

use std::borrow::Cow;

use crate::shown::for_terminal;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_platform_text_begins_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"] {
            assert!(for_spreadsheet(text).starts_with('\''), "{text}");
        }
        assert_eq!(for_spreadsheet("record not found"), "record not found");
    }
}
