//! JSON read the way a judge reads it: an object with the same key twice is refused, and a number keeps its kind.
//!
//! `serde_json::Value` would keep the last of two equal keys and so hide a mistake of the client.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number written without fraction or exponent that fits 64 bits.
    Integer(i64),
    /// Any other number, as Rust prints it.
    OtherNumber(String),
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// The members of a JSON object.
pub(super) type Object = BTreeMap<String, Json>;

impl Json {
    /// Reads one whole document. The error says what is wrong and where.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// The value as text when it is a plain one, without quotes.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::OtherNumber(value) | Self::Text(value) => Some(value.clone()),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(entries) = self {
            Some(entries)
        } else {
            None
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The member of an object; nothing of any other value.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The entries of a list; none of any other value.
    pub(super) fn entries(&self) -> &[Self] {
        self.as_list().unwrap_or_default()
    }

    /// Whether this value, or one anywhere inside it, is a plain one that reads `text`.
    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            Self::List(list) => list.iter().any(|entry| entry.contains(text)),
            Self::Object(object) => object.values().any(|member| member.contains(text)),
            Self::Text(own) | Self::OtherNumber(own) => own == text,
            Self::Integer(own) => own.to_string() == text,
            Self::Null | Self::Bool(_) => false,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value)
            .map_or_else(|_| Json::OtherNumber(value.to_string()), Json::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Json::List(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut object = Object::new();
        while let Some((name, member)) = map.next_entry::<String, Json>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the key `{name}` is there twice")));
            }
            object.insert(name, member);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_twice_is_refused_at_any_depth() {
        assert!(
            Json::read(br#"{"a":1,"a":1}"#)
                .unwrap_err()
                .contains("`a` is there twice")
        );
        assert!(Json::read(br#"{"list":[{"b":{"c":1,"c":2}}]}"#).is_err());
        assert!(Json::read(br#"{"a":{"a":1}}"#).is_ok());
    }

    #[test]
    fn whole_numbers_texts_and_other_numbers_are_told_apart() {
        let read = |text: &str| Json::read(text.as_bytes()).unwrap();
        assert_eq!(read("21"), Json::Integer(21));
        assert_eq!(read("\"21\""), Json::Text("21".to_owned()));
        assert_eq!(read("21.0"), Json::OtherNumber("21".to_owned()));
        assert_eq!(
            read("18446744073709551615"),
            Json::OtherNumber("18446744073709551615".to_owned())
        );
    }

    #[test]
    fn two_documents_garbage_after_one_and_a_byte_order_mark_are_refused() {
        assert!(Json::read(b"{}{}").is_err());
        assert!(Json::read(b"{} x").is_err());
        assert!(Json::read(b"\xef\xbb\xbf{}").is_err());
    }
}
