//! TOML as a person would write it: keys of one width, comments in one line, quotes only where they are needed.

use std::fmt::Write as _;

use crate::shown::{for_terminal, is_dangerous};

/// Lines `key = value  # comment`, with their keys in one width.
#[derive(Default)]
pub(super) struct Table(Vec<(&'static str, String, String, String)>);

impl Table {
    pub(super) fn line(&mut self, name: &str, value: &str, about: &str) {
        self.push("", name, value, about);
    }

    pub(super) fn commented(&mut self, name: &str, value: &str, about: &str) {
        self.push("# ", name, value, about);
    }

    pub(super) fn missing(&mut self, name: &str, value: &str, about: &str) {
        self.push("# missing: ", name, value, about);
    }

    fn push(&mut self, before: &'static str, name: &str, value: &str, about: &str) {
        self.0
            .push((before, key(name), value.to_owned(), about.to_owned()));
    }

    pub(super) fn lines(self) -> Vec<String> {
        let chars =
            |(before, key, ..): &(&str, String, String, String)| before.len() + key.chars().count();
        let width = self.0.iter().map(chars).max().unwrap_or_default();
        let line = |(before, key, value, about): &(&str, String, String, String)| {
            let line = format!("{:width$} = {value}", format!("{before}{key}"));
            match about.as_str() {
                "" => line,
                about => format!("{line}  {}", comment(about)),
            }
        };
        self.0.iter().map(line).collect()
    }
}

/// A comment, always in one line: a title may hold line breaks.
pub(super) fn comment(text: &str) -> String {
    format!("# {}", for_terminal(text))
}

/// A key, in quotes where TOML asks for them.
pub(super) fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Text in quotes: any character that TOML does not take as it stands is escaped, and any that hides or turns text around.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            character if is_dangerous(character) => {
                // Writing into a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn list(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A table of texts: `{ "title" = "name" }`.
pub(super) fn titles(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(title, name)| format!("{} = {}", quoted(title), quoted(name)))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}
