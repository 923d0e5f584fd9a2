//! A text as the run store keeps it beside its English words: JSON of pattern and values, so that it shows in either language later.
//!
//! Only patterns of the catalogue are read back: a text of an older or newer program is shown in its stored English words.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::{Part, Text, VERBATIM, Value, catalogue, parts};

impl Text {
    /// Pattern and values as JSON; none where its English words are all there is to keep.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        (self.pattern != VERBATIM).then(|| self.as_json().to_string())
    }

    /// A text from its JSON; none where its pattern is not in the catalogue.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        Self::from_json(&serde_json::from_str(stored).ok()?)
    }

    /// The text that is a pattern of the catalogue as it stands, without placeholders.
    #[must_use]
    pub(crate) fn known(words: &str) -> Option<Self> {
        let pattern = catalogue::known(words)?;
        let is_plain = parts(pattern).all(|part| matches!(part, Part::Words(_)));
        is_plain.then(|| Self::plain(pattern))
    }

    /// The text of words from elsewhere: in Chinese where the catalogue has them as they stand.
    #[must_use]
    pub fn of(words: &str) -> Self {
        Self::known(words).unwrap_or_else(|| words.into())
    }

    fn as_json(&self) -> Json {
        let values = self.values.iter();
        let values: Map<String, Json> = values
            .map(|(name, value)| ((*name).to_owned(), value.as_json()))
            .collect();
        json!({ "pattern": self.pattern, "values": values })
    }

    fn from_json(json: &Json) -> Option<Self> {
        let pattern = json.get("pattern")?.as_str()?;
        let pattern = if pattern == VERBATIM {
            VERBATIM
        } else {
            catalogue::known(pattern)?
        };
        let held = json.get("values")?;
        let value = |name: &str| Value::from_json(held.get(name)?);
        let mut values: Vec<(&'static str, Value)> = Vec::new();
        for part in parts(pattern) {
            if let Part::Placeholder(name) = part {
                values.push((name, value(name)?));
            }
        }
        Some(Self::new(pattern, values))
    }
}

impl Value {
    fn as_json(&self) -> Json {
        match self {
            Self::Verbatim(words) => json!(words),
            Self::Counted(count, what) => json!({ "count": count, "of": what }),
            Self::Time(time) => {
                json!({ "milliseconds": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) })
            }
            Self::Text(text) => text.as_json(),
            Self::List(values) => values.iter().map(Self::as_json).collect(),
        }
    }

    fn from_json(json: &Json) -> Option<Self> {
        if let Some(words) = json.as_str() {
            return Some(Self::Verbatim(words.to_owned()));
        }
        if let Some(values) = json.as_array() {
            let values = values.iter().map(Self::from_json);
            return values.collect::<Option<_>>().map(Self::List);
        }
        if let Some(count) = json.get("count") {
            let what = json.get("of")?.as_str()?.to_owned();
            return Some(Self::Counted(count.as_u64()?, Cow::Owned(what)));
        }
        if let Some(time) = json.get("milliseconds") {
            return Some(Self::Time(Duration::from_millis(time.as_u64()?)));
        }
        Text::from_json(json).map(|text| Self::Text(Box::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::counted;
    use crate::text;
    use crate::text::AsValue as _;

    #[test]
    fn a_text_comes_back_from_the_store_whole() {
        let record = text!("record {record}", record = 7);
        let text = text!("repeats {other}", other = record);
        assert_eq!(Text::from_stored(&text.stored().unwrap()), Some(text));
        for value in [
            counted(3, "row"),
            Value::list(["a", "b"]),
            Value::Time(Duration::from_millis(1500)),
            Text::from("the platform's {words}").as_value(),
        ] {
            assert_eq!(Value::from_json(&value.as_json()), Some(value));
        }
    }

    #[test]
    fn a_pattern_of_another_program_is_not_read() {
        let text = text!("of another {program}", program = "program");
        assert_eq!(Text::from_stored(&text.stored().unwrap()), None);
        assert_eq!(Text::from_stored("{}"), None);
        assert_eq!(Text::from("verbatim").stored(), None);
    }
}
