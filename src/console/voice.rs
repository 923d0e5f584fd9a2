//! Everything that is said on standard error: one place that knows the format, and that something may stand in the last line.
//!
//! As text, a message is what a person reads. As JSON, each line is an object with `level` and `message`, as log lines are, and with
//! the `rule` of what has one. Standard error may be closed; the work goes on.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use indicatif::ProgressBar;
use serde::Serialize;

use super::final_words;
use crate::conclusion::Ended;
use crate::error::Refusal;
use crate::log::Format;
use crate::model::Notice;
use crate::shown::for_terminal;
use crate::text::{Language, Text};
use crate::wall_clock;

/// As the command line says; text until it was read.
static FORMAT: OnceLock<Format> = OnceLock::new();

/// The language of what a person reads; English until the command line was read. JSON is English always.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// The bar in the last line of the terminal. Whatever is said goes above it: the bar is lifted meanwhile.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// One line as programs read it. Levels are written as log lines write them.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#where: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Says everything in this format from now on. The first choice stays.
pub fn speak_as(format: Format) {
    // It is chosen once, from one command line.
    let _ = FORMAT.set(format);
}

/// Says everything in this language from now on. The first choice stays.
pub fn speak(language: Language) {
    let _ = LANGUAGE.set(language);
}

/// The language of what a person reads.
#[must_use]
pub fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// The format of what is said.
pub(super) fn format() -> Format {
    FORMAT.get().copied().unwrap_or(Format::Text)
}

/// The bar that stands in the last line from now on; none when it is gone.
pub(super) fn stand_below(bar: Option<ProgressBar>) {
    *lock() = bar;
}

/// Says something to the person at the terminal. `warning: ` and `error: ` at the beginning of an English line give its level.
pub fn say(text: &Text) {
    match format() {
        Format::Text => write_text(&text.in_language(language())),
        Format::Json => text.to_string().lines().for_each(|text| {
            let (level, message) = level_of(text);
            write_json(&Line::new(level, message));
        }),
    }
}

/// Says what the user should know about an input that is used all the same.
pub fn say_notice(notice: &Notice) {
    match format() {
        Format::Text => {
            write_text(&text!("note: {notice}", notice = notice.what).in_language(language()))
        }
        Format::Json => write_json(&Line {
            rule: Some(notice.rule),
            ..Line::new("INFO", &notice.what.to_string())
        }),
    }
}

/// Says why the command ends.
pub fn say_refusal(refusal: &Refusal) {
    match format() {
        Format::Text => write_text(&refusal.in_language(language())),
        Format::Json => write_json(&Line {
            rule: Some(refusal.rule),
            r#where: (!refusal.details.is_empty()).then(|| refusal.r#where()),
            hint: refusal.hint.as_deref().map(Text::to_string),
            ..Line::new("ERROR", &refusal.what.to_string())
        }),
    }
}

/// Says the last words of a run.
pub fn say_end(ended: &Ended, runs: &std::path::Path) {
    if let Some(halt) = &ended.halt {
        say_refusal(halt);
    }
    final_words(ended, runs).iter().for_each(say);
}

/// Asks something: as text, the answer is typed in the same line.
pub fn ask(question: &Text) {
    match format() {
        Format::Text => {
            let question = question.in_language(language());
            let lines: Vec<_> = question.split('\n').map(for_terminal).collect();
            write(lines.join("\n").as_bytes());
        }
        Format::Json => say(question),
    }
}

impl<'a> Line<'a> {
    fn new(level: &'static str, message: &'a str) -> Self {
        Self {
            timestamp: wall_clock::text(),
            level,
            message,
            rule: None,
            r#where: None,
            hint: None,
        }
    }
}

fn level_of(text: &str) -> (&'static str, &str) {
    let levels = [("warning: ", "WARN"), ("error: ", "ERROR")];
    let mut found = levels
        .iter()
        .filter_map(|(word, level)| text.strip_prefix(word).map(|message| (*level, message)));
    found.next().unwrap_or(("INFO", text.trim()))
}

fn write_text(text: &str) {
    let mut lines = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        lines.push_str(&for_terminal(line));
        lines.push('\n');
    }
    write(lines.as_bytes());
}

fn write_json(line: &Line<'_>) {
    // Texts and an enum's words always are JSON.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    write(text.as_bytes());
}

fn write(bytes: &[u8]) {
    let write = || {
        let mut out = std::io::stderr().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    };
    match &*lock() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

fn lock() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_a_line_is_the_word_it_begins_with() {
        assert_eq!(level_of("warning: 7 of 8"), ("WARN", "7 of 8"));
        assert_eq!(level_of("error: halted"), ("ERROR", "halted"));
        assert_eq!(level_of("  8 calls"), ("INFO", "8 calls"));
    }
}
