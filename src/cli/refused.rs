//! A refusal as scripts read it: the one document of a command that came to nothing.

use clap::error::ErrorKind;
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
    let what = lines.next().unwrap_or("the command cannot be understood");
    let mut refusal = Refusal::new(
        "command.usage",
        what.strip_prefix("error: ").unwrap_or(what),
    );
    for line in lines {
        refusal = match line.strip_prefix("tip: ") {
            Some(tip) if refusal.hint.is_none() => refusal.hint(tip),
            _ => refusal.because(line),
        };
    }
    if refusal.hint.is_none() {
        refusal = refusal.hint(text!("`feishu-bulk --help` lists the commands, `feishu-bulk COMMAND --help` the arguments of one"));
    }
    Some(refusal)
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
    use super::*;

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
