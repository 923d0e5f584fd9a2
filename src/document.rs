//! A TOML file that a person wrote: read it, and point at the place in it that is wrong.
//!
//! Job files and catalogue files share it. It shows the offending line with a caret, and never a line that looks like a secret.

pub(crate) mod schema;

use std::fmt;
use std::io::Read as _;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use crate::error::{Refusal, nearest};

/// Longest file accepted. The largest real job file has a few kilobytes; more is somebody else's file.
const BYTES_MAX: u64 = 1024 * 1024;

/// A TOML file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    name: String,
    text: String,
}

impl Document {
    /// Reads a file. `kind` is what the file is to the user: "job", "endpoint".
    pub fn read(path: &Path, kind: &str) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let refuse = |why: String| {
            Refusal::new(
                "definition.read",
                text!("cannot read the {kind} file {name}", kind, name),
            )
            .because(why)
        };
        // Asked before opening: opening a pipe waits for its writer.
        let metadata = std::fs::metadata(path).map_err(|error| {
            refuse(error.to_string())
                .hint(text!("correct the path, or see that the file may be read"))
        })?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() {
                "it is a directory"
            } else {
                "it is no regular file but a pipe or a device"
            };
            return Err(refuse(what.to_owned()).hint(text!("name the {kind} file itself", kind)));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| refuse(error.to_string()))?;
        if bytes.len() as u64 > BYTES_MAX {
            let size = metadata.len().max(bytes.len() as u64);
            return Err(refuse(format!(
                "it has {size} bytes; a {kind} file has at most {BYTES_MAX}"
            )));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            refuse(format!(
                "byte {} is not UTF-8",
                error.utf8_error().valid_up_to()
            ))
            .hint(text!("save it as UTF-8 text"))
        })?;
        Ok(Self::new(name, text))
    }

    /// A document that is already in memory.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.replace_range(..'\u{feff}'.len_utf8(), "");
        }
        Self {
            name: name.into(),
            text,
        }
    }

    /// The name shown in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Parses the document; a mistake is shown at its place, with the nearest valid key.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if let Some(span) = secret(&self.text) {
            return Err(Refusal::new(
                "definition.secret",
                text!(
                    "{name}:{line}: this looks like a secret",
                    name = self.name,
                    line = self.line(span)
                ),
            )
            .because(text!(
                "secrets never come from a file that is passed around; the value is not shown here"
            ))
            .hint(text!(
                "delete the line, and set FEISHU_APP_ID and FEISHU_APP_SECRET in the environment"
            )));
        }
        toml::from_str(&self.text).map_err(|error| self.explain(&error))
    }

    /// A refusal that points at a place in the document.
    #[must_use]
    pub fn refuse(&self, span: &Range<usize>, what: impl AsRef<str>) -> Refusal {
        let line = self.line(span.start);
        let start = self
            .text
            .get(..span.start)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1);
        let shown = self
            .text
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        // What is wrong may repeat a value of the line.
        if names_a_secret(shown) {
            return Refusal::new(
                "definition.invalid",
                text!("{name}:{line}: the line is wrong", name = self.name, line),
            )
            .because(text!(
                "what is wrong is not shown here: the line looks like it holds a secret"
            ));
        }
        let mut refusal = Refusal::new(
            "definition.invalid",
            text!(
                "{name}:{line}: {what}",
                name = self.name,
                line,
                what = what.as_ref()
            ),
        );
        if !shown.trim().is_empty() {
            let indent = self
                .text
                .get(start..span.start)
                .map_or(0, |text| text.chars().count());
            let width = self
                .text
                .get(span.clone())
                .and_then(|text| text.lines().next())
                .map_or(1, |text| text.chars().count().max(1));
            let gutter = " ".repeat(line.to_string().len());
            refusal = refusal
                .because(text!("{line} | {shown}", line, shown))
                .because(text!(
                    "{gutter} | {repeat}{repeat2}",
                    gutter,
                    repeat = " ".repeat(indent),
                    repeat2 = "^".repeat(width)
                ));
        }
        refusal
    }

    /// 1-based line of a byte.
    fn line(&self, byte: usize) -> usize {
        self.text
            .bytes()
            .take(byte)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1
    }

    fn explain(&self, error: &toml::de::Error) -> Refusal {
        let message = error.message().trim();
        let span = error.span().unwrap_or(0..0);
        let Some(unknown) = message.strip_prefix("unknown field ") else {
            let what = message.lines().collect::<Vec<_>>().join("; ");
            return self.refuse(&span, in_plain_words(&what));
        };
        let mut words = unknown.split('`').skip(1).step_by(2);
        let key = words.next().unwrap_or_default();
        let known: Vec<&str> = words.collect();
        let refusal = self.refuse(&span, format!("unknown key `{key}`"));
        match nearest(key, known.iter().copied()) {
            Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
            None => refusal.hint(text!(
                "the keys known here are: {known}",
                known = known.join(", ")
            )),
        }
    }
}

/// What serde says of types, as a person says it.
fn in_plain_words(message: &str) -> String {
    let mut text = message.replace("missing field", "missing key");
    if !message.starts_with("invalid ") {
        return text;
    }
    if let Some((given, kind)) = text.rsplit_once(", expected ")
        && let Some(words) = whole_number(kind)
    {
        text = format!("{given}, expected {words}");
    }
    for (theirs, ours) in [
        ("invalid type: ", "this is "),
        ("invalid value: ", "this is "),
        (", expected ", ", and it must be "),
        ("a sequence", "a list"),
        ("sequence", "a list"),
        ("a map", "a table"),
        ("a string", "text in quotes"),
        ("string \"", "the text \""),
        ("a boolean", "true or false"),
        ("integer `", "the number `"),
    ] {
        text = text.replace(theirs, ours);
    }
    text
}

/// What a type of whole numbers takes.
fn whole_number(kind: &str) -> Option<String> {
    let range = match kind {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "i64" | "isize" => return Some("a whole number".to_owned()),
        "u64" | "usize" => return Some("a whole number, 0 or more".to_owned()),
        _ => return None,
    };
    let (least, most): (i64, i64) = range;
    Some(format!("a whole number from {least} to {most}"))
}

/// Where the text holds something that looks like a secret: a key that names one, or a token.
fn secret(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default();
        let named = content
            .split_once('=')
            .is_some_and(|(key, _)| names_a_secret(key));
        if named || holds_a_token(line) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// Whether a key, or anything else in a line, is called like a secret.
fn names_a_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["secret", "access_token", "password"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a token stands anywhere in the line, quoted or not. Parts of an address are none.
fn holds_a_token(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric() && !"._-/".contains(c))
        .any(looks_like_a_token)
}

/// Access tokens begin with `t-`, `u-`, `a-` or are a JWT, and are long.
fn looks_like_a_token(word: &str) -> bool {
    let body = ["t-", "u-", "a-", "eyJ"]
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix));
    body.is_some_and(|body| {
        body.len() >= 16
            && body
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && body.bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// A TOML table whose order matters: fields are sent, shown and checked in the order of the file.
pub(crate) struct Entries<T>(pub(crate) Vec<(Spanned<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Sample {
        endpoint: String,
        max_items: Option<u32>,
    }

    fn refusal(text: &str) -> String {
        Document::new("jobs/a.toml", text)
            .parse::<Sample>()
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_what_to_do() {
        let refusal = Document::read(Path::new("nowhere/mine.toml"), "job").unwrap_err();
        let text = refusal.to_string();
        assert!(
            text.contains("cannot read the job file nowhere/mine.toml"),
            "{text}"
        );
        assert!(text.contains("hint: correct the path"), "{text}");
    }

    #[test]
    fn an_unknown_key_is_shown_at_its_place_with_the_nearest_known_one() {
        assert_eq!(
            refusal("endpoint = \"x\"\nmax_item = 3\n"),
            "error: jobs/a.toml:2: unknown key `max_item`\n  2 | max_item = 3\n    | ^^^^^^^^\nhint: did you mean `max_items`?"
        );
    }

    #[test]
    fn a_wrong_type_and_a_missing_key_are_shown_at_their_place() {
        let text = refusal("endpoint = \"x\"\nmax_items = \"3\"\n");
        assert!(
            text.contains(
                "jobs/a.toml:2: this is the text \"3\", and it must be a whole number from 0 to 4294967295"
            ),
            "{text}"
        );
        assert!(text.contains("^^^"), "{text}");
        assert!(refusal("max_items = 3\n").contains("missing key `endpoint`"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.toml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for (path, words) in [
            (pipe.as_path(), "a pipe or a device"),
            (Path::new("/dev/zero"), "a pipe or a device"),
            (folder.path(), "a directory"),
        ] {
            let refusal = Document::read(path, "job").unwrap_err();
            assert_eq!(refusal.rule, "definition.read");
            assert!(refusal.to_string().contains(words), "{refusal}");
        }
        let long = folder.path().join("long.toml");
        std::fs::write(&long, vec![b'#'; 2 * 1024 * 1024]).unwrap();
        let refusal = Document::read(&long, "job").unwrap_err().to_string();
        assert!(refusal.contains("2097152 bytes"), "{refusal}");
    }

    #[test]
    fn a_number_that_a_type_does_not_take_is_told_with_what_it_takes() {
        fn told<T: DeserializeOwned + fmt::Debug>(value: &str) -> String {
            let text = format!("key = {value}");
            let parsed =
                Document::new("a.toml", text).parse::<std::collections::HashMap<String, T>>();
            parsed.unwrap_err().what.to_string()
        }
        for (told, expected) in [
            (
                told::<i8>("300"),
                "300`, and it must be a whole number from -128 to 127",
            ),
            (
                told::<u8>("300"),
                "300`, and it must be a whole number from 0 to 255",
            ),
            (
                told::<i16>("40000"),
                "and it must be a whole number from -32768 to 32767",
            ),
            (
                told::<u16>("-1"),
                "-1`, and it must be a whole number from 0 to 65535",
            ),
            (
                told::<i32>("3000000000"),
                "a whole number from -2147483648 to 2147483647",
            ),
            (
                told::<u32>("-1"),
                "and it must be a whole number from 0 to 4294967295",
            ),
            (
                told::<u64>("-1"),
                "and it must be a whole number, 0 or more",
            ),
            (
                told::<usize>("\"i64\""),
                "this is the text \"i64\", and it must be a whole number, 0 or more",
            ),
            (told::<i64>("true"), "and it must be a whole number"),
        ] {
            assert!(told.ends_with(expected), "{told}");
        }
    }

    #[test]
    fn a_secret_is_refused_without_being_shown() {
        for line in [
            "app_secret = \"hush\"",
            "endpoint = \"t-7f1bcd13fc57d46bac21793a18e560\"",
            "x = 'eyJhbGciOiJIUzI1NiJ9.e30.abc'",
        ] {
            let text = refusal(line);
            assert!(
                text.contains("jobs/a.toml:1: this looks like a secret"),
                "{text}"
            );
            assert!(
                !text.contains("hush") && !text.contains("7f1b") && !text.contains("eyJ"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_line_that_may_hold_a_secret_is_not_shown_wherever_the_mistake_is() {
        for line in [
            "endpoint = { app_secret = \"hush\" }",
            "max_items = \"hush\" # the app_secret",
            "\"App#Secret\" = 'hush'",
            "endpoint = 1 # the app_secret is hush",
            "app_secret: hush",
            "endpoint = t-7f1bcd13fc57d46bac21793a18e560",
            "endpoint = \"Bearer u-7f1bcd13fc57d46bac21793a18e560\"",
        ] {
            let text = refusal(line);
            assert!(text.starts_with("error: jobs/a.toml:1: "), "{text}");
            assert!(text.contains("looks like"), "{text}");
            assert!(!text.contains("hush") && !text.contains("7f1b"), "{text}");
        }
        let address = "max_item = 1 # https://open.feishu.cn/document/a-page-of-2026-08-22/x";
        assert!(refusal(address).contains("did you mean `max_items`?"));
    }

    #[test]
    fn a_byte_order_mark_is_accepted() {
        let sample: Sample = Document::new("a", "\u{feff}endpoint = \"x\"")
            .parse()
            .unwrap();
        assert_eq!(sample.endpoint, "x");
    }
}
