//! JSON that somebody else wrote, opened one level at a time and only where an endpoint points.
//!
//! Two equal keys make an object unreadable, numbers keep their digits as written, and nothing recurses over the input:
//! no nesting can exhaust the stack, and what nobody points at cannot change a verdict. It knows nothing of endpoints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON object whose values have not been looked into.
#[derive(Debug)]
pub(super) struct Object<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

/// What stands at a place of a JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member<'a> {
    /// Nothing, or `null`.
    Absent,
    /// The way there leads through something that is not an object, or has a key twice.
    Unreadable,
    /// A value that is not `null`.
    Value(&'a str),
}

impl<'a> Object<'a> {
    /// The object that is the whole of `text`; the error says what is wrong with it.
    pub(super) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What stands under a key.
    pub(super) fn get(&self, key: &str) -> Member<'a> {
        match self.0.get(key).map(|value| value.get()) {
            None | Some("null") => Member::Absent,
            Some(value) => Member::Value(value),
        }
    }

    /// What a JSON pointer leads to. Only keys are followed: lists are never addressed by position.
    pub(super) fn find(&self, pointer: &str) -> Member<'a> {
        let mut keys = pointer
            .split('/')
            .skip(1)
            .map(|key| key.replace("~1", "/").replace("~0", "~"));
        let Some(first) = keys.next() else {
            return Member::Unreadable;
        };
        let mut found = self.get(&first);
        for key in keys {
            found = match found {
                Member::Value(value) => match Object::parse(value) {
                    Ok(object) => object.get(&key),
                    Err(_) => Member::Unreadable,
                },
                Member::Absent | Member::Unreadable => return found,
            };
        }
        found
    }

    /// Keys and values, `null` included.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_ref(), value.get()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((Text(key), value)) = map.next_entry()? {
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands there twice"));
            }
        }
        Ok(Object(entries))
    }
}

/// A JSON string, borrowed where it holds no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text of a JSON string.
pub(super) fn text(value: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(value)
        .ok()
        .map(|Text(text)| text)
}

/// What a text says once it is taken out of the JSON strings around it; the platform nests them up to twice.
pub(super) fn unwrapped(text: &str) -> Cow<'_, str> {
    let mut inner = Cow::Borrowed(text.trim());
    for _ in 0..NESTED_STRINGS_MAX {
        let Some(next) = self::text(&inner).map(Cow::into_owned) else {
            break;
        };
        inner = Cow::Owned(next.trim().to_owned());
    }
    inner
}

/// Strings within strings that are opened: what is nested deeper is not meant to be read.
const NESTED_STRINGS_MAX: usize = 2;

/// A string's text, or a number's digits as written: what identifies something. Nothing else does.
pub(super) fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first()? {
        b'"' => text(value),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

/// The elements of a list.
pub(super) fn list(value: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(value).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

/// The elements of a list that holds nothing but scalars.
pub(super) fn scalars(value: &str) -> Option<Vec<Cow<'_, str>>> {
    list(value)?.into_iter().map(scalar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_however_it_is_escaped() {
        assert!(Object::parse(r#"{"code":1,"code":0}"#).is_err());
        assert!(Object::parse(r#"{"code":1,"\u0063ode":0}"#).is_err());
        assert!(Object::parse(r#"{"code":1,"Code":0}"#).is_ok());
    }

    #[test]
    fn a_pointer_follows_keys_and_tells_absent_from_unreadable() {
        let object = Object::parse(r#"{"a":{"b/c":[1]},"n":null,"l":[{"x":1}],"d":{"x":1,"x":2}}"#)
            .expect("an object");
        assert!(matches!(object.find("/a/b~1c"), Member::Value("[1]")));
        assert!(matches!(object.find("/n"), Member::Absent));
        assert!(matches!(object.find("/n/x"), Member::Absent));
        assert!(matches!(object.find("/l/0"), Member::Unreadable));
        assert!(matches!(object.find("/d/x"), Member::Unreadable));
        assert!(matches!(object.find(""), Member::Unreadable));
    }

    #[test]
    fn numbers_keep_their_digits_and_other_values_identify_nothing() {
        let ids = scalars(r#"["a\u00e9", 6709359313699356941, 1.50]"#).expect("scalars");
        assert_eq!(ids, ["aé", "6709359313699356941", "1.50"]);
        assert!(scalars("[null]").is_none());
        assert!(scalars("[true]").is_none());
        assert!(scalars(r#"[["a"]]"#).is_none());
        assert!(scalars(r#""a""#).is_none());
        assert!(scalars(r#"["\ud800"]"#).is_none());
    }

    #[test]
    fn a_million_levels_of_nesting_do_not_exhaust_the_stack() {
        let deep = format!(
            "{{\"a\":{}{},\"b\":1}}",
            "[".repeat(1 << 20),
            "]".repeat(1 << 20)
        );
        let object = Object::parse(&deep).expect("well formed");
        assert!(matches!(object.get("b"), Member::Value("1")));
        let Member::Value(nested) = object.get("a") else {
            panic!("the nested list is there");
        };
        assert!(scalars(nested).is_none());
    }
}
