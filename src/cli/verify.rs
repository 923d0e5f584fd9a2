//! `verify`, and `run --verify`: what was sent is read back, and it is said what was found.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, VerifyCommand};
use super::run::Faces;
use super::{environment, print_json, sending};
use crate::console::{say, say_notice, say_refusal, verified_words};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::Observer;
use crate::run::{Destination, Opened};
use crate::store;
use crate::target::Target;
use crate::transport::Http;
use crate::verify::{Verified, require_tenant, verify};

pub(super) fn execute(
    arguments: &Arguments,
    command: &VerifyCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let opened = Opened::open(&arguments.runs, &run)?;
    require_tenant(&opened, &arguments.runs)?;
    let target = runtime.block_on(Target::of_run(&opened, &environment))?;
    target.notices.iter().for_each(say_notice);
    let faces = Faces::start(arguments, opened.folder())?;
    let verified = read_back(
        arguments,
        &opened,
        &target.destination,
        (runtime, control),
        &faces,
    )?;
    if command.json {
        print_json(&verified.summary)?;
    }
    Ok(verified.exit)
}

/// Reads back what a run sent, and says what was found.
pub(super) fn read_back(
    arguments: &Arguments,
    opened: &Opened,
    destination: &Destination<Http>,
    (runtime, control): (&Runtime, &Control),
    faces: &Arc<Faces>,
) -> Result<Verified, Refusal> {
    let observer: Arc<dyn Observer> = Arc::clone(faces) as Arc<dyn Observer>;
    let verified = sending(|| runtime.block_on(verify(opened, destination, control, observer)));
    faces.console.close();
    let verified = verified?;
    if let Some(stopped) = &verified.stopped {
        say_refusal(stopped);
    }
    if let Some(never) = &verified.never {
        say(&text!("note: {never}", never));
    }
    verified_words(&verified, &arguments.runs)
        .iter()
        .for_each(say);
    Ok(verified)
}
