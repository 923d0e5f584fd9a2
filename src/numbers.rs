//! Numbers of things as people read them: `1 call`, `12,470 rows`, `3 min 20 s`.

use std::borrow::Cow;
use std::time::Duration;

use crate::text::Value;

/// A number as people read it: `12,470`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 call`, `2 calls`.
#[must_use]
pub fn counted(count: u64, what: &str) -> Value {
    Value::Counted(count, Cow::Owned(what.to_owned()))
}

/// Seconds as people say them: `0.4 s`, `42 s`, `3 min 20 s`, `2 h 05 min`.
#[must_use]
pub fn duration(seconds: f64) -> Value {
    let time = Duration::try_from_secs_f64(seconds.max(0.0));
    Value::Time(time.unwrap_or(Duration::MAX))
}

/// The word that a number of things asks for: `is` and `are`, `was` and `were`.
#[must_use]
pub fn one_or_more<'a>(count: u64, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(
            [0, 1, 2, 12_470].map(|count| counted(count, "row").to_string()),
            ["0 rows", "1 row", "2 rows", "12,470 rows"]
        );
        assert_eq!(
            [1, 2].map(|count| one_or_more(count, "is", "are")),
            ["is", "are"]
        );
    }

    #[test]
    fn a_time_is_said_as_exactly_as_its_length_deserves() {
        assert_eq!(
            [0.0, 0.44, 9.6, 59.4, 200.0, 7500.0].map(|seconds| duration(seconds).to_string()),
            ["0.0 s", "0.4 s", "10 s", "59 s", "3 min 20 s", "2 h 05 min"]
        );
    }
}
