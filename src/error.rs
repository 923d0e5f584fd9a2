//! Errors as people read them: what happened, where and why, and one thing to do.
//!
//! This is the one place that lays out error text. Every error that reaches a person is a [`Refusal`]; no error type of a
//! library is ever shown by itself. It knows nothing of terminals: faces decide where the text goes.

use std::fmt;

use crate::text::{Language, Text};

/// An error told to a person, with the exit code of `contract.md` that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its stable name, such as `file.no-rows`, by which scripts know it: the words may change, the name does not.
    pub rule: &'static str,
    /// What happened, with the number or the name; one sentence without a full stop.
    pub what: Text,
    /// Where and why: the place in a file, the platform's own words; one line each.
    pub details: Vec<Text>,
    /// One thing to do, a command if there is one. In a box, which keeps results small.
    pub hint: Option<Box<Text>>,
    /// What the process exits with.
    pub exit: Exit,
    /// The choice that would lift it, where there is one.
    pub ask: Option<Box<Ask>>,
}

/// A choice that a person can make where a refusal says that something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The month of a roster. Where only the year is missing, its number is known.
    Month {
        /// 1 to 12.
        month: Option<u8>,
    },
    /// Which sheet of the workbook is meant.
    Sheet {
        /// The names.
        names: Vec<String>,
    },
    /// In which encoding the file is read.
    Encoding {
        /// Each encoding with some cells as they read in it.
        samples: Vec<(String, Vec<String>)>,
    },
    /// A value of the job's `[request]`.
    Value {
        /// Its name.
        name: String,
        /// What it is.
        about: String,
    },
    /// The app's id and secret.
    Credentials,
}

/// The exit codes scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every item succeeded.
    Success = 0,
    /// The run finished; some items failed, were rejected or stay unconfirmed.
    Incomplete = 1,
    /// Command, job, catalogue, input, credentials or run store refused; nothing was sent by this command.
    Refused = 2,
    /// Halted before the end; `resume` goes on.
    Halted = 3,
    /// Interrupted by Ctrl-C or a termination signal; `resume` goes on.
    Interrupted = 130,
}

impl Exit {
    /// The number the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl Refusal {
    /// A refusal that ends the command with exit code 2: nothing was sent.
    pub fn new(rule: &'static str, what: impl Into<Text>) -> Self {
        Self {
            rule,
            what: what.into(),
            details: Vec::new(),
            hint: None,
            exit: Exit::Refused,
            ask: None,
        }
    }

    /// Names the choice that would lift it.
    #[must_use]
    pub fn ask(mut self, ask: Ask) -> Self {
        self.ask = Some(Box::new(ask));
        self
    }

    /// Adds a line on where or why.
    #[must_use]
    pub fn because(mut self, line: impl Into<Text>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Says the one thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hint = Some(Box::new(hint.into()));
        self
    }

    /// Ends the command with another exit code than 2.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl Refusal {
    /// Where and why, in English lines, as scripts read it.
    #[must_use]
    pub fn r#where(&self) -> String {
        let lines: Vec<String> = self.details.iter().map(Text::to_string).collect();
        lines.join("\n")
    }

    /// The whole error as a person reads it.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let what = &self.what;
        let mut text = text!("error: {what}", what).in_language(language);
        for line in &self.details {
            for part in line.in_language(language).lines() {
                text.push_str("\n  ");
                text.push_str(part);
            }
        }
        if let Some(hint) = self.hint.as_deref() {
            text.push('\n');
            text.push_str(&text!("hint: {hint}", hint).in_language(language));
        }
        text
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::English))
    }
}

impl std::error::Error for Refusal {}

/// The known word nearest to a mistyped one, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_where_and_one_thing_to_do() {
        let refusal = Refusal::new(
            "definition.invalid",
            "jobs/a.toml:7: unknown key `batch_size`",
        )
        .because("batches are filled to the endpoint's own limit")
        .hint("delete the line");
        assert_eq!(
            refusal.to_string(),
            "error: jobs/a.toml:7: unknown key `batch_size`\n  batches are filled to the endpoint's own limit\nhint: delete the line"
        );
        assert_eq!(refusal.exit.code(), 2);
    }

    #[test]
    fn the_nearest_word_is_offered_only_when_it_may_be_meant() {
        let keys = ["user_id", "group_id", "shift_id", "month"];
        assert_eq!(nearest("usr_id", keys), Some("user_id"));
        assert_eq!(nearest("mnth", keys), Some("month"));
        assert_eq!(nearest("colour", keys), None);
    }
}
