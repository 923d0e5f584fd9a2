//! `completions`: what can be typed, for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::{Arguments, CompletionsCommand};
use super::print;
use crate::error::{Exit, Refusal};

/// The program's name as a shell completes it.
const PROGRAM: &str = "feishu-bulk";

pub(super) fn execute(command: &CompletionsCommand) -> Result<Exit, Refusal> {
    let mut script = Vec::new();
    clap_complete::generate(
        command.shell,
        &mut Arguments::command(),
        PROGRAM,
        &mut script,
    );
    let script = String::from_utf8_lossy(&script);
    let script = if command.shell == Shell::Bash {
        for_bash(&script)
    } else {
        script.into_owned()
    };
    print(&script)?;
    Ok(Exit::Success)
}

/// `clap_complete` 4.6 writes the labels of subcommands as if the dash of the program's name began one of them, and compares them
/// with a word in which it does not: no label would ever match.
fn for_bash(script: &str) -> String {
    let label = PROGRAM.replace('-', "__");
    let mistaken = PROGRAM.replace('-', "__subcmd__");
    script.replace(&mistaken, &label)
}
