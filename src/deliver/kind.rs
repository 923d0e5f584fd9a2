//! What kind of refusal it is: the code, and the message with its values replaced.
//!
//! Two refusals are alike when they differ only in what they name: an id, a number, a quoted text, a value of an item. Pure; knows
//! no endpoint.

use crate::model::{Item, Reason};

/// Refusals of one kind have, as far as anybody can tell, one cause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    code: Option<i64>,
    text: String,
}

/// What stands for a value, or for several in a row.
const VALUE: char = '#';

/// Quotation marks, each with the one that closes it. An apostrophe is none: it stands inside of words.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('`', '`'),
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('[', ']'),
];

impl Kind {
    /// The kind of a refusal of a call with these items.
    pub(super) fn of(reason: &Reason, items: &[Item]) -> Self {
        let words = words(&without_quoted(&reason.text.to_string()));
        let bodies: Vec<&[u8]> = items.iter().map(|item| item.body.as_ref()).collect();
        let text = words.iter().map(|word| {
            let is_value = is_id(word) || bodies.iter().any(|body| holds(body, word));
            if is_value { "#" } else { word.as_str() }
        });
        Self {
            code: reason.code,
            text: joined(text),
        }
    }
}

/// The message with a mark in the place of each quoted text.
fn without_quoted(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = rest.chars().next() {
        let (_, behind) = rest.split_at(character.len_utf8());
        let close = QUOTES.iter().find(|(open, _)| *open == character);
        let quoted = close.and_then(|(_, close)| behind.split_once(*close));
        if let Some((_, after)) = quoted {
            plain.push(VALUE);
            rest = after;
        } else {
            plain.push(character);
            rest = behind;
        }
    }
    plain
}

/// Words and what parts them, in order.
fn words(text: &str) -> Vec<String> {
    let joins = |character: char| character.is_alphanumeric() || "-_".contains(character);
    let mut words: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if in_word && joins(character) => word.push(character),
            _ => words.push(character.into()),
        }
        in_word = joins(character);
    }
    words
}

/// No word of a language has a digit in it.
fn is_id(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether an item has this text as a whole value.
fn holds(body: &[u8], word: &str) -> bool {
    word.len() > 1
        && memchr::memmem::find(body, format!("\"{word}\"").as_bytes()).is_some_and(|at| {
            // A field's name is none of its values.
            body.get(at + word.len() + 2) != Some(&b':')
        })
}

/// Puts the words together again; values that stand in a list count as one.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in words {
        if word == "#"
            && text
                .trim_end_matches([' ', ',', ';', '、', '，'])
                .ends_with(VALUE)
        {
            let kept = text.trim_end_matches([' ', ',', ';', '、', '，']).len();
            text.truncate(kept);
        } else {
            text.push_str(word);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        let body = br#"{"user_id":"somebody","group_id":"g1","note":"x"}"#;
        let items = [Item {
            body: body.to_vec().into(),
        }];
        let reason = Reason {
            code: Some(7),
            text: text.into(),
        };
        Kind::of(&reason, &items)
    }

    #[test]
    fn refusals_that_differ_in_what_they_name_are_alike() {
        for (one, other) in [
            ("user u12 does not exist", "user ou_9f does not exist"),
            ("user `wang` does not exist", "user `li` does not exist"),
            ("no such users: 1, 2, 3", "no such users: 4"),
            ("somebody is not in the group", "u7 is not in the group"),
            ("row 7 is sealed", "row 12 is sealed"),
            (
                "member [\"a\",\"b\"] is invalid",
                "member [\"c\"] is invalid",
            ),
        ] {
            assert_eq!(kind(one), kind(other));
        }
    }

    #[test]
    fn refusals_that_differ_in_their_words_or_their_code_are_not() {
        assert_ne!(kind("no permission"), kind("the month is sealed"));
        assert_ne!(kind("no such user u1"), kind("no such group g1"));
        assert_ne!(kind("user_id is wrong"), kind("group_id is wrong"));
        let other = Kind {
            code: Some(8),
            ..kind("no permission")
        };
        assert_ne!(kind("no permission"), other);
    }
}
