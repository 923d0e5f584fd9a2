//! Commands to copy: words of a command line as a POSIX shell takes them.
//!
//! Hints and `next:` name whole commands, and files are called `十月 排班.xlsx`.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// A word as it has to be typed, so that a POSIX shell takes it for one word and leaves it as it is.
fn shell_quoted(word: &str) -> Cow<'_, str> {
    // A letter of any script means itself to every shell; the space of CJK texts is no letter.
    let is_plain =
        |character: char| character.is_alphanumeric() || "-_./:,@%+=".contains(character);
    // zsh takes a word that begins with `=` for the name of a program.
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('=') {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// A whole command to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(String);

impl CommandLine {
    /// A command of this program.
    #[must_use]
    pub fn new(command: &str) -> Self {
        Self(format!("feishu-bulk {command}"))
    }

    /// Adds a word, quoted where it has to be.
    #[must_use]
    pub fn word(mut self, word: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(&shell_quoted(word));
        self
    }

    /// Adds an option with its value.
    #[must_use]
    pub fn option(self, name: &str, value: &str) -> Self {
        self.word(name).word(value)
    }

    /// Adds `--runs` where the runs are not in their usual place.
    #[must_use]
    pub fn runs(self, runs: &Path) -> Self {
        if runs == Path::new(RUNS) {
            return self;
        }
        self.option("--runs", &runs.display().to_string())
    }
}

crate::text::verbatim!(CommandLine);

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The usual folder of the runs.
pub const RUNS: &str = "runs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_a_shell_leaves_alone_is_not_quoted() {
        for word in [
            "jobs/shift-roster.toml",
            "排班.xlsx",
            "month=202611",
            "100/1s,1000/60s",
            "--set",
            "../runs/last",
        ] {
            assert_eq!(shell_quoted(word), word);
        }
    }

    #[test]
    fn a_word_that_a_shell_would_change_is_quoted_once() {
        for (word, quoted) in [
            ("", "''"),
            ("十月 排班.xlsx", "'十月 排班.xlsx'"),
            ("十月\u{3000}排班.xlsx", "'十月\u{3000}排班.xlsx'"),
            ("排班（新）.xlsx", "'排班（新）.xlsx'"),
            ("排班(1).xlsx", "'排班(1).xlsx'"),
            ("it's.csv", r"'it'\''s.csv'"),
            ("$HOME/*.csv", "'$HOME/*.csv'"),
            ("~/a.csv", "'~/a.csv'"),
            ("=cmd", "'=cmd'"),
            (r"C:\rows.csv", r"'C:\rows.csv'"),
            ("a;b&c|d", "'a;b&c|d'"),
        ] {
            assert_eq!(shell_quoted(word), quoted);
        }
    }

    #[test]
    fn a_command_is_whole() {
        let command = CommandLine::new("check")
            .word("jobs/a.toml")
            .option("--input", "十月 排班.xlsx");
        assert_eq!(
            command.runs(Path::new(RUNS)).to_string(),
            "feishu-bulk check jobs/a.toml --input '十月 排班.xlsx'"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_gives_back_what_was_quoted() {
        for word in [
            "",
            "it's",
            "'",
            "十月 排班.xlsx",
            "a\nb",
            "`id`",
            "!x",
            "#x",
            "a\\",
        ] {
            let script = format!("printf %s {}", shell_quoted(word));
            let output = std::process::Command::new("sh")
                .args(["-c", &script])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }
}
