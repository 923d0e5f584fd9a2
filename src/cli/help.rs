//! The command line with its help in the reader's language: the texts of clap's own, looked up in the catalogue.
//!
//! What the catalogue does not know stays English. The names of commands and options are the same in every language.

use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, Command};

use crate::text::{Language, Text};

/// A command with its help in a language.
pub(super) fn in_language(mut command: Command, language: Language) -> Command {
    if language == Language::English {
        return command;
    }
    // Adds `--help`, `--version` and the command `help`, so that theirs are translated too.
    command.build();
    translated(command, language)
}

fn translated(command: Command, language: Language) -> Command {
    let say = |words: &StyledStr| said(&words.to_string(), language);
    let (about, after) = (
        command.get_about().map(say),
        command.get_after_help().map(say),
    );
    let usage = language.words("Usage:");
    let mut command = command
        .help_template(format!(
            "{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}"
        ))
        .subcommand_help_heading(language.words("Commands"))
        .mut_args(|argument| explained(argument, language))
        .mut_subcommands(|command| translated(command, language));
    if let Some(about) = about {
        command = command.about(about.clone()).long_about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command
}

/// An argument with its help, its default and its values.
fn explained(argument: Arg, language: Language) -> Arg {
    let heading = if argument.is_positional() {
        "Arguments"
    } else {
        "Options"
    };
    let mut help = argument
        .get_help()
        .map(|words| said(&words.to_string(), language))
        .unwrap_or_default();
    let takes_values = argument.get_action().takes_values();
    let defaults = argument.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    if takes_values && !defaults.is_empty() {
        let default = text!(" [default: {value}]", value = defaults.join(" "));
        help.push_str(&default.in_language(language));
    }
    let possible = argument.get_possible_values();
    let possible: Vec<&str> = possible.iter().map(PossibleValue::get_name).collect();
    if takes_values && !possible.is_empty() {
        let values = text!(" [possible values: {values}]", values = possible.join(", "));
        help.push_str(&values.in_language(language));
    }
    argument
        .hide_default_value(true)
        .hide_possible_values(true)
        .help_heading(language.words(heading))
        .help(help)
}

fn said(words: &str, language: Language) -> String {
    Text::of(words).in_language(language)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Arguments;

    fn texts(command: &Command, texts: &mut Vec<String>) {
        texts.extend(command.get_about().map(ToString::to_string));
        let arguments = command.get_arguments();
        let shown = arguments.filter(|argument| !argument.is_hide_set());
        texts.extend(shown.filter_map(|argument| argument.get_help().map(ToString::to_string)));
        for command in command.get_subcommands() {
            self::texts(command, texts);
        }
    }

    #[test]
    fn each_help_has_a_chinese_line() {
        let mut command = Arguments::command();
        command.build();
        let mut all = Vec::new();
        texts(&command, &mut all);
        assert!(all.len() > 60, "only {} texts", all.len());
        for text in all {
            assert!(Text::known(&text).is_some(), "no Chinese for {text:?}");
        }
    }
}
