//! When two texts are the same word in other letters: a time with and without its zeros, a name with spaces in it.

use std::fmt::Write as _;

use crate::full_width::ordinary;

/// A time as a workbook's cell of a time is read: `08:00` for `8:00` and `8:00:00`. None for what is no time.
#[must_use]
pub fn time(text: &str) -> Option<String> {
    // Nearly every word ends here.
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut parts = text.split(':');
    let (hours, minutes) = (parts.next()?, sixtieths(parts.next()?)?);
    let seconds = parts.next().map_or(Some(0), sixtieths)?;
    let hours = digits(hours).filter(|_| hours.len() <= HOURS_DIGITS)?;
    if parts.next().is_some() {
        return None;
    }
    let mut time = format!("{hours:02}:{minutes:02}");
    if seconds > 0 {
        // Writing into a String cannot fail.
        let _ = write!(time, ":{seconds:02}");
    }
    Some(time)
}

/// Hours of a duration are counted on beyond a day; more digits are no time that a roster holds.
const HOURS_DIGITS: usize = 3;

/// Minutes or seconds, always in two digits.
fn sixtieths(text: &str) -> Option<u32> {
    digits(text).filter(|number| text.len() == 2 && *number < 60)
}

fn digits(text: &str) -> Option<u32> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| all)
}

/// Whether a cell with one of these words holds the other one too: the same text, or the same time.
#[must_use]
pub fn is_same_word(one: &str, other: &str) -> bool {
    one == other || time(one).is_some_and(|time_of_one| time(other) == Some(time_of_one))
}

/// Whether two texts differ in nothing but spaces, width and case: `王  芳` and `王芳`.
#[must_use]
pub(super) fn is_spelt_alike(one: &str, other: &str) -> bool {
    plain(one).eq(plain(other))
}

/// The characters that count.
fn plain(text: &str) -> impl Iterator<Item = char> {
    let counts =
        |c: &char| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    text.chars()
        .filter(counts)
        .map(ordinary)
        .flat_map(char::to_lowercase)
}

/// Whether two texts that stand for one person or thing contradict each other. An empty one says nothing, zeros before a number
/// are lost easily, and a remark in brackets behind one of them is no other name.
#[must_use]
pub fn contradict(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    let bare = |text: &str| -> String { plain(text).collect() };
    let (one, other) = (bare(one), bare(other));
    let number = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.trim_start_matches('0').to_owned())
    };
    let unremarked = |text: &str| text.split('(').next().unwrap_or_default().to_owned();
    let is_same = one.is_empty()
        || other.is_empty()
        || one == other
        || number(&one).is_some_and(|number_of_one| number(&other) == Some(number_of_one))
        || unremarked(&one) == other
        || one == unremarked(&other);
    !is_same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_with_and_without_its_zeros() {
        for text in ["8:00", "08:00", "8:00:00", "08:00:00"] {
            assert_eq!(time(text).as_deref(), Some("08:00"), "{text}");
        }
        assert_eq!(time("30:15").as_deref(), Some("30:15"));
        assert_eq!(time("8:00:05").as_deref(), Some("08:00:05"));
        for text in [
            "",
            "8",
            "8:0",
            "8:60",
            "8:00-17:00",
            "8：00",
            "1:2:3:4",
            ":00",
            "8:00:00:00",
            "a:00",
            "+8:00",
            "1234:00",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        assert!(is_same_word("8:00", "08:00") && !is_same_word("8:00", "20:00"));
    }

    #[test]
    fn spaces_width_and_case_make_no_other_word() {
        for (one, other) in [
            ("王  芳", "王芳"),
            ("王\u{3000}芳", "王芳"),
            ("ＯＦＦ", "off"),
        ] {
            assert!(is_spelt_alike(one, other), "{one}");
        }
        assert!(!is_spelt_alike("王芳", "王方"));
    }

    #[test]
    fn a_contradiction_is_another_name_and_not_another_spelling_of_it() {
        for (one, other) in [
            ("王芳", "王 芳"),
            ("", "王芳"),
            ("7", "0007"),
            ("王芳（班长）", "王芳"),
            ("王芳", "王芳(实习)"),
        ] {
            assert!(!contradict(one, other), "{one}");
        }
        for (one, other) in [("王芳", "李芳"), ("王芳(北)", "王芳(南)"), ("7", "70")] {
            assert!(contradict(one, other), "{one}");
        }
    }
}
