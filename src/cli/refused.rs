//! A refusal as scripts read it: the one document of a command that came to nothing.

use std::error::Error as _;

use clap::error::{ContextKind, ErrorKind};
use serde::Serialize;

use super::print_json;
use crate::error::Refusal;
use crate::text::Text;

/// `{"format": 1, "error": …}`.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    error: Refused<'a>,
}

/// A refusal under its stable name.
#[derive(Serialize)]
pub(super) struct Refused<'a> {
    rule: &'static str,
    what: &'a Text,
    r#where: String,
    hint: Option<&'a Text>,
}

impl<'a> From<&'a Refusal> for Refused<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        Self {
            rule: refusal.rule,
            what: &refusal.what,
            r#where: refusal.r#where(),
            hint: refusal.hint.as_deref(),
        }
    }
}

/// Prints the document of a refusal.
pub(super) fn print_refusal(refusal: &Refusal) {
    // Standard output that takes nothing was refused already.
    if refusal.rule == super::OUTPUT {
        return;
    }
    // Who refused is told on standard error, too; whether this was printed changes nothing more.
    let _ = print_json(&Document {
        format: 1,
        error: refusal.into(),
    });
}

/// What was typed and cannot be taken, in the form of all other refusals; none where help or the version was asked for.
pub(super) fn usage(error: &clap::Error) -> Option<Refusal> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return None;
    }
    let text = error.render().to_string();
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let line = lines.next().unwrap_or("the command cannot be understood");
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let what = told(error).unwrap_or_else(|| line.into());
    let mut refusal = Refusal::new("command.usage", what);
    for line in lines {
        refusal = match line.strip_prefix("tip: ") {
            Some(tip) if refusal.hint.is_none() => refusal.hint(line_in_words(tip)),
            _ => refusal.because(line_in_words(line)),
        };
    }
    if refusal.hint.is_none() {
        refusal = refusal.hint(text!("`feishu-bulk --help` lists the commands, `feishu-bulk COMMAND --help` the arguments of one"));
    }
    Some(refusal)
}

/// The frequent faults of a command line, in the words that clap has for them: so they have a Chinese line.
fn told(error: &clap::Error) -> Option<Text> {
    let of = |kind| error.get(kind).map(ToString::to_string);
    let argument = of(ContextKind::InvalidArg);
    let value = of(ContextKind::InvalidValue).filter(|value| !value.is_empty());
    Some(match (error.kind(), argument, value) {
        (ErrorKind::UnknownArgument, Some(argument), _) => {
            text!("unexpected argument '{argument}' found", argument)
        }
        (ErrorKind::InvalidSubcommand, ..) => {
            let command = of(ContextKind::InvalidSubcommand)?;
            text!("unrecognized subcommand '{command}'", command)
        }
        (ErrorKind::MissingRequiredArgument, Some(_), _) => {
            text!("the following required arguments were not provided:")
        }
        (ErrorKind::InvalidValue, Some(argument), None) => text!(
            "a value is required for '{argument}' but none was supplied",
            argument
        ),
        (ErrorKind::InvalidValue, Some(argument), Some(value)) => {
            text!("invalid value '{value}' for '{argument}'", value, argument)
        }
        (ErrorKind::ValueValidation, Some(argument), Some(value)) => {
            let why = error.source()?.to_string();
            text!(
                "invalid value '{value}' for '{argument}': {why}",
                value,
                argument,
                why
            )
        }
        _ => return None,
    })
}

/// A further line of what clap says.
fn line_in_words(line: &str) -> Text {
    if let Some(name) = line.strip_prefix("a similar argument exists: ") {
        text!("a similar argument exists: {name}", name)
    } else if let Some(name) = line.strip_prefix("a similar subcommand exists: ") {
        text!("a similar subcommand exists: {name}", name)
    } else if let Some(name) = line.strip_prefix("a similar value exists: ") {
        text!("a similar value exists: {name}", name)
    } else if let Some(values) = line.strip_prefix("[possible values: ") {
        let values = values.trim_end_matches(']');
        text!("[possible values: {values}]", values)
    } else if let Some(usage) = line.strip_prefix("Usage: ") {
        text!("Usage: {usage}", usage)
    } else {
        line.into()
    }
}

/// Whether an argument stands in a command line that cannot be understood as a whole: `--json`, or `--log-format json` in one or two
/// words.
pub(super) fn stands_in(arguments: &[String], option: &str, value: Option<&str>) -> bool {
    let typed = || arguments.iter().take_while(|argument| *argument != "--");
    match value {
        None => typed().any(|argument| argument == option),
        Some(value) => {
            let joined = format!("{option}={value}");
            let next = typed().skip(1);
            typed().any(|argument| *argument == joined)
                || typed()
                    .zip(next)
                    .any(|(argument, next)| argument == option && next == value)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::args::Arguments;
    use super::*;
    use crate::text::Language;

    /// What is said of a command line: in English and in Chinese.
    fn said(typed: &str) -> [String; 2] {
        let words = ["feishu-bulk"].into_iter().chain(typed.split(' '));
        let error = Arguments::command().try_get_matches_from(words);
        let refusal = usage(&error.unwrap_err()).unwrap();
        [Language::English, Language::Chinese].map(|language| {
            let what = [&refusal.what].into_iter();
            let lines = what.chain(&refusal.details).chain(refusal.hint.as_deref());
            let lines: Vec<String> = lines.map(|line| line.in_language(language)).collect();
            lines.join("\n")
        })
    }

    #[test]
    fn what_is_typed_wrong_is_told_as_clap_does_and_in_chinese() {
        for (typed, line, chinese) in [
            (
                "check job.toml --inputt x",
                "unexpected argument '--inputt' found",
                "没有 '--inputt' 这个参数",
            ),
            (
                "chek",
                "unrecognized subcommand 'chek'",
                "没有 'chek' 这个命令",
            ),
            (
                "check",
                "the following required arguments were not provided:\n<JOB>",
                "缺少必需的参数：\n<JOB>",
            ),
            (
                "--lang fr runs",
                "invalid value 'fr' for '--lang <LANG>'",
                "'--lang <LANG>' 的值 'fr' 不能用",
            ),
            (
                "check job.toml --input",
                "a value is required for '--input <FILE>' but none was supplied",
                "'--input <FILE>' 后面要有一个值",
            ),
            (
                "check job.toml --set month",
                "invalid value 'month' for '--set <NAME=VALUE>': write NAME=VALUE",
                "'--set <NAME=VALUE>' 的值 'month' 不能用：write NAME=VALUE",
            ),
        ] {
            let [in_english, in_chinese] = said(typed);
            assert!(in_english.starts_with(line), "{in_english}");
            assert!(in_chinese.starts_with(chinese), "{in_chinese}");
        }
        let [in_english, in_chinese] = said("check job.toml --inputt x");
        assert!(
            in_english.contains("\na similar argument exists: '--input'"),
            "{in_english}"
        );
        assert!(
            in_chinese.contains("\n有一个相近的参数：'--input'"),
            "{in_chinese}"
        );
        assert!(
            in_chinese.contains("\n用法：feishu-bulk check"),
            "{in_chinese}"
        );
    }

    #[test]
    fn an_option_is_found_among_arguments_that_make_no_sense() {
        let arguments =
            |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let json = |text: &str| stands_in(&arguments(text), "--json", None);
        assert!(json("run --colour --json"));
        assert!(!json("run --colour"));
        assert!(!json("run -- --json"));
        let lines = |text: &str| stands_in(&arguments(text), "--log-format", Some("json"));
        assert!(lines("--log-format json run --colour"));
        assert!(lines("run --colour --log-format=json"));
        assert!(!lines("run --log-format text json"));
    }
}
