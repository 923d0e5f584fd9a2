//! `completions`: what can be typed, for shells.

use clap::CommandFactory as _;

use super::args::{Arguments, CompletionsCommand};
use super::print;
use crate::error::{Exit, Refusal};

pub(super) fn execute(command: &CompletionsCommand) -> Result<Exit, Refusal> {
    let mut script = Vec::new();
    clap_complete::generate(
        command.shell,
        &mut Arguments::command(),
        "feishu-bulk",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
