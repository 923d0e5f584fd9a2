//! Values that only show where one belongs: those of a template that nobody has filled in.

/// What each of them begins with.
pub const PLACEHOLDER: &str = "example-";

/// Whether a text stands where a value belongs. A spreadsheet may have made its first letter a capital.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let start = text.as_bytes().get(..PLACEHOLDER.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PLACEHOLDER.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_known_by_how_it_begins() {
        for text in ["example-", "example-user_id", "Example-202612", "EXAMPLE-1"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "example", "my-example-1", "exampleuser", "样例-早班"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
