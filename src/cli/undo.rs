//! `undo`: a new run that puts back what another one changed.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, UndoCommand};
use super::environment;
use super::run::{Consent, Faces, finish, send};
use crate::command_line::CommandLine;
use crate::console::{say, say_notice};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::Observer;
use crate::numbers::{counted, one_or_more};
use crate::run::Opened;
use crate::store::{self, RunFolder};
use crate::target::Target;
use crate::undo::{prepare_undo, require_undoable};

pub(super) fn execute(
    arguments: &Arguments,
    command: &UndoCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let parent = Opened::open(&arguments.runs, &run)?;
    require_undoable(&parent, &arguments.runs)?;
    let target = runtime.block_on(Target::of_run(&parent, &environment))?;
    target.notices.iter().for_each(say_notice);
    let folder = RunFolder::create(&arguments.runs, &store::new_run_id())?;
    let faces = Faces::start(arguments, &folder)?;
    let observer: Arc<dyn Observer> = Arc::clone(&faces) as Arc<dyn Observer>;
    let destination = &target.destination;
    let prepared = runtime.block_on(prepare_undo(
        folder,
        &parent,
        destination,
        control,
        observer,
    ));
    faces.console.close();
    let prepared = prepared?;
    say(&text!(
        "{items} of {run} {is} put back; the failure report says of the others why not, and what is there now",
        items = counted(prepared.brief.items, "item"),
        run = &run,
        is = one_or_more(prepared.brief.items, "is", "are")
    ));
    let consent = Consent {
        yes: command.yes,
        is_rehearsal: false,
        again: false,
        command: CommandLine::new("undo").word(&run).runs(&arguments.runs),
    };
    let ended = send(prepared, target, None, &consent, (runtime, control), &faces)?;
    finish(arguments, &ended, command.json)
}
