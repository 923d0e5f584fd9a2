//! What is said to a person: an English pattern with values, so that it can be shown in the reader's language.
//!
//! A text is written in English where it belongs, by [`text!`], and `Display` shows it so. [`Text::in_language`] looks its pattern up in
//! the Chinese catalogue (`text/zh.toml`); a pattern that is not there stays English. Values that others wrote, such as the
//! platform's words, are never translated. Knows neither where it is shown nor which language was asked for.

mod catalogue;
mod stored;
mod value;

use std::borrow::Cow;
use std::fmt;

pub(crate) use self::value::verbatim;
pub use self::value::{AsValue, Value};

/// A language that texts can be shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// The language texts are written in.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The variable that chooses the language where the command line does not.
pub const LANGUAGE_VARIABLE: &str = "FEISHU_BULK_LANG";

impl Language {
    /// The name of the language in options and files.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Words without placeholders in the language.
    #[must_use]
    pub fn words(self, words: &str) -> &str {
        match self {
            Self::English => words,
            Self::Chinese => catalogue::chinese(words).unwrap_or(words),
        }
    }

    /// The language of a tag such as `zh`, `zh-CN` or `zh_CN.UTF-8`; none for any other than English and Chinese.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// The language that an environment asks for: [`LANGUAGE_VARIABLE`], else the locale's, else English.
    #[must_use]
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(language) = given(LANGUAGE_VARIABLE).and_then(|tag| Self::of_tag(&tag)) {
            return language;
        }
        // The first that is set decides, as it does for other programs.
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(given);
        locale
            .and_then(|tag| Self::of_tag(&tag))
            .unwrap_or_default()
    }
}

/// A pattern such as `{rejected} of {read} are rejected`, and the values of its placeholders. `Display` is English.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    pattern: &'static str,
    values: Vec<(&'static str, Value)>,
}

/// A text: `text!("{rejected} of {read} are rejected", rejected = 3, read)`.
///
/// Each placeholder is a name; `read` alone stands for `read = read`. The compiler checks that placeholders and names are the same.
#[macro_export]
macro_rules! text {
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
    ($pattern:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        // A constant cannot take a variable of the same name from its surroundings, as `format!` would.
        const _: fn() = || {
            let _ = format_args!($pattern $(, $name = "")*);
        };
        $crate::text::Text::new(
            $pattern,
            vec![$((stringify!($name), $crate::text::AsValue::as_value(&$crate::text!(@value $name $($value)?)))),*],
        )
    }};
}

/// The pattern of a text that holds nothing but a value.
const VERBATIM: &str = "{text}";

impl Text {
    /// A text by its pattern and values. Use [`text!`], which checks them against each other.
    #[must_use]
    pub fn new(pattern: &'static str, values: Vec<(&'static str, Value)>) -> Self {
        Self { pattern, values }
    }

    /// A text without placeholders.
    #[must_use]
    pub const fn plain(pattern: &'static str) -> Self {
        Self {
            pattern,
            values: Vec::new(),
        }
    }

    /// The text in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let mut text = String::new();
        self.write(language, &mut text);
        text
    }

    /// Gives a placeholder another value, wherever it occurs in the text.
    #[must_use]
    pub fn with(mut self, name: &str, value: &Value) -> Self {
        for (known, held) in &mut self.values {
            if *known == name {
                held.clone_from(value);
            } else if let Value::Text(text) = held {
                **text = text.as_ref().clone().with(name, value);
            }
        }
        self
    }

    fn write(&self, language: Language, out: &mut String) {
        let pattern = match language {
            Language::English => self.pattern,
            Language::Chinese => catalogue::chinese(self.pattern).unwrap_or(self.pattern),
        };
        for part in parts(pattern) {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Placeholder(name) => {
                    if let Some((_, value)) = self.values.iter().find(|(known, _)| *known == name) {
                        value.write(language, out);
                    }
                }
            }
        }
    }
}

/// A piece of a pattern.
#[derive(Debug, PartialEq, Eq)]
enum Part<'p> {
    Words(&'p str),
    Placeholder(&'p str),
}

/// The pieces of a pattern; `{{` and `}}` are braces, as in `format!`.
fn parts(pattern: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let (part, length) = match rest.find(['{', '}']) {
            None if rest.is_empty() => return None,
            None => (Part::Words(rest), rest.len()),
            Some(0) if rest.starts_with("{{") || rest.starts_with("}}") => {
                (Part::Words(rest.get(..1)?), 2)
            }
            Some(0) => {
                let end = rest.find('}')?;
                (Part::Placeholder(rest.get(1..end)?), end + 1)
            }
            Some(brace) => (Part::Words(rest.get(..brace)?), brace),
        };
        rest = rest.get(length..)?;
        Some(part)
    })
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::English))
    }
}

/// What scripts read is English.
impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Words that are shown as they are, in either language.
impl From<Cow<'_, str>> for Text {
    fn from(words: Cow<'_, str>) -> Self {
        Self::new(
            VERBATIM,
            vec![("text", Value::Verbatim(words.into_owned()))],
        )
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Cow::<str>::Owned(words).into()
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Cow::Borrowed(words).into()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.in_language(Language::English) == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{counted, duration};

    #[test]
    fn a_text_is_english_and_shows_its_values_in_place() {
        let read = 5;
        let text = text!(
            "{{{rejected}}} of {read} {is} rejected",
            rejected = 1,
            read,
            is = "is"
        );
        assert_eq!(text.to_string(), "{1} of 5 is rejected");
        assert_eq!(text, "{1} of 5 is rejected");
    }

    #[test]
    fn words_of_others_stay_as_they_are_braces_included() {
        let words = "the platform said {x} }";
        for language in [Language::English, Language::Chinese] {
            assert_eq!(Text::from(words).in_language(language), words);
        }
    }

    #[test]
    fn a_text_is_shown_in_chinese_with_its_values_where_chinese_wants_them() {
        let text = text!(
            "repeats {other}",
            other = text!("record {record}", record = 7)
        );
        assert_eq!(text.to_string(), "repeats record 7");
        assert_eq!(
            text.in_language(Language::Chinese),
            "和第 7 行重复，内容相同"
        );
        let unknown = text!("nothing like {it} is in the catalogue", it = "this");
        assert_eq!(
            unknown.in_language(Language::Chinese),
            "nothing like this is in the catalogue"
        );
    }

    #[test]
    fn numbers_of_things_times_and_lists_follow_the_language() {
        let in_both = |value: Value| {
            let text = text!("{value}", value);
            [Language::English, Language::Chinese].map(|language| text.in_language(language))
        };
        assert_eq!(in_both(counted(1078, "row")), ["1,078 rows", "1,078 行"]);
        assert_eq!(in_both(counted(1, "item")), ["1 item", "1 项"]);
        assert_eq!(in_both(duration(200.0)), ["3 min 20 s", "3 分 20 秒"]);
        let list = Value::List(vec!["a".as_value(), "b".as_value()]);
        assert_eq!(in_both(list), ["a, b", "a、b"]);
    }

    #[test]
    fn the_command_line_and_then_the_locale_choose_the_language() {
        let of = |variables: &[(&str, &str)]| {
            Language::of_environment(|name| {
                let mut found = variables.iter().filter(|(known, _)| *known == name);
                found.next().map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
        assert_eq!(
            of(&[("LANG", "zh_CN"), ("LC_ALL", "C.UTF-8")]),
            Language::English
        );
        assert_eq!(of(&[("LANG", "zh_CN"), ("LC_ALL", "")]), Language::Chinese);
        assert_eq!(
            of(&[("LANG", "zh_CN"), (LANGUAGE_VARIABLE, "en")]),
            Language::English
        );
        assert_eq!(
            of(&[("LANG", "zh_CN"), (LANGUAGE_VARIABLE, "fr")]),
            Language::Chinese
        );
    }

    #[test]
    fn a_placeholder_takes_another_value_wherever_it_occurs() {
        let inner = text!("then `{resume}`", resume = "resume");
        let text = text!("wait; {then}", then = inner);
        let command = "feishu-bulk resume 7f3a".as_value();
        assert_eq!(
            text.with("resume", &command),
            "wait; then `feishu-bulk resume 7f3a`"
        );
    }
}
