//! Full-width forms: letters, digits and signs as wide as a Chinese character, which keyboards write where the ordinary ones are
//! meant.

/// The first and the last of those that have an ordinary form: `！` to `～`.
const FORMS: std::ops::RangeInclusive<char> = '\u{ff01}'..='\u{ff5e}';

/// Whether a character is such a form.
#[must_use]
pub fn is_full_width(character: char) -> bool {
    FORMS.contains(&character)
}

/// The ordinary form: `Ａ` becomes `A`; all other characters stay as they are.
#[must_use]
pub fn ordinary(character: char) -> char {
    let code = u32::from(character) - if is_full_width(character) { 0xfee0 } else { 0 };
    char::from_u32(code).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_an_ordinary_one_and_nothing_else_changes() {
        let ordinary_forms: String = FORMS.map(ordinary).collect();
        let printable: String = ('!'..='~').collect();
        assert_eq!(ordinary_forms, printable);
        for other in ['\u{3000}', '\u{ff00}', '\u{ff5f}', '王', 'a', '\0'] {
            assert_eq!(ordinary(other), other);
            assert!(!is_full_width(other));
        }
    }
}
