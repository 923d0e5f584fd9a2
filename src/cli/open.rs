//! `open`: the local page, for people who use no terminal.
//!
//! It is also what a double click starts, where no language was asked for: so the window speaks both.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, OpenCommand};
use super::{environment, is_sending};
use crate::command_line::RUNS;
use crate::console::say;
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::page::{Opened, Options, open};
use crate::target::data_folder;
use crate::text::{Language, Text};

const MEBIBYTE: u64 = 1024 * 1024;
const JOBS: &str = "jobs";

/// Whether the program was started without a word, by somebody who sees a window: as a double click does.
pub(super) fn is_meant() -> bool {
    let nothing_typed = std::env::args_os().len() <= 1;
    nothing_typed && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &OpenCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let options = Options {
        runs: folder(&arguments.runs, arguments.runs == Path::new(RUNS), RUNS),
        jobs: match &command.jobs {
            Some(jobs) => jobs.clone(),
            None => folder(Path::new(JOBS), true, JOBS),
        },
        port: command.port,
        upload_max: command.upload_max * MEBIBYTE,
        present: arguments.present(),
        environment: Arc::new(environment),
        sending: is_sending,
    };
    let (page, link) = match runtime.block_on(open(&options, control))? {
        Opened::Here(page) => {
            let link = page.link.clone();
            (Some(page), link)
        }
        Opened::There(link) => (None, link),
    };
    let is_shown = !command.no_browser && ::open::that_detached(&link).is_ok();
    if is_shown {
        both(&text!(
            "The page is open in your browser. If not, copy this address into it (works once, for 2 minutes):"
        ));
    } else {
        both(&text!(
            "Copy this address into your browser (it works once, for 2 minutes):"
        ));
    }
    say(&Text::from(format!("  {link}")));
    let Some(page) = page else {
        return Ok(Exit::Success);
    };
    both(&text!(
        "Keep this window open: closing it stops the program. To end it, choose Quit on the page or press Ctrl-C here. Other commands: feishu-bulk --help"
    ));
    Ok(runtime.block_on(page.serve()))
}

/// The folder beside the program's own, if it is there or was asked for; else the one of the user's data. A double click starts the
/// program in a folder that nobody chose.
fn folder(here: &Path, is_default: bool, name: &str) -> PathBuf {
    let of_data = || Some(data_folder(&environment)?.join(name));
    let is_elsewhere = is_default && !here.is_dir();
    let elsewhere = is_elsewhere.then(of_data).flatten();
    elsewhere.unwrap_or_else(|| here.to_owned())
}

/// Says something in both languages.
fn both(text: &Text) {
    for language in [Language::Chinese, Language::English] {
        say(&Text::from(text.in_language(language)));
    }
}
