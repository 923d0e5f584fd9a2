//! `resume` and `rerun`: a run that exists already.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, RerunCommand, ResumeCommand};
use super::question::{answered_by, can_be_asked};
use super::run::{Consent, Faces, finish, send};
use super::{environment, print_json, sending};
use crate::command_line::CommandLine;
use crate::conclusion;
use crate::console::{say, say_notice, tally_words};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::Observer;
use crate::numbers::{counted, thousands};
use crate::rerun::prepare_rerun;
use crate::run::Opened;
use crate::store::{self, Doubt, InFlight, RunFolder};
use crate::target::Target;
use crate::text::Text;

/// Batches in flight that are named one by one.
const NAMED_MAX: usize = 128;

pub(super) fn resume(
    arguments: &Arguments,
    command: &ResumeCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let opened = Opened::open(&arguments.runs, &run)?;
    if opened.is_finished()? {
        return already_finished(arguments, opened, runtime, command.json);
    }
    opened.require_same_definitions()?;
    let again = CommandLine::new("resume").word(&run).runs(&arguments.runs);
    if opened.is_old() && !command.yes {
        return Err(opened
            .too_old()
            .hint(text!("`{again} --yes` goes on all the same", again)));
    }
    let target = runtime.block_on(Target::of_run(&opened, &environment))?;
    target.notices.iter().for_each(say_notice);
    let in_flight = opened.in_flight()?;
    match opened.doubt() {
        None => tell_in_flight(&in_flight),
        Some(doubt) => {
            let yes = command.yes || opened.facts.platform.sandbox;
            confirm_doubt(doubt, &in_flight, yes, &again, (runtime, control))?;
        }
    }
    if let Some(most) = command.max_calls {
        runtime.block_on(opened.allow_calls(most))?;
    }
    let faces = Faces::start(arguments, opened.folder())?;
    let observer: Arc<dyn Observer> = Arc::clone(&faces) as Arc<dyn Observer>;
    let ended = sending(|| runtime.block_on(opened.resume(target.destination, control, observer)));
    faces.console.close();
    drop(target.sandbox);
    finish(arguments, &ended?, command.json)
}

pub(super) fn rerun(
    arguments: &Arguments,
    command: &RerunCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let parent = Opened::open(&arguments.runs, &run)?;
    parent.require_same_definitions()?;
    let target = runtime.block_on(Target::of_run(&parent, &environment))?;
    target.notices.iter().for_each(say_notice);
    let folder = RunFolder::create(&arguments.runs, &store::new_run_id())?;
    let faces = Faces::start(arguments, &folder)?;
    let prepared = prepare_rerun(folder, &parent, command.unconfirmed)?;
    let earlier = match prepared.claim_rest(&run, &target.destination.platform) {
        Ok(earlier) => earlier,
        Err(refusal) => {
            prepared.discard();
            return Err(refusal);
        }
    };
    let mut typed = CommandLine::new("rerun").word(&run);
    if command.unconfirmed {
        typed = typed.word("--unconfirmed");
    }
    let consent = Consent {
        yes: command.yes,
        is_rehearsal: parent.facts.platform.sandbox,
        again: command.again,
        command: typed.runs(&arguments.runs),
    };
    let ended = send(
        prepared,
        target,
        earlier,
        &consent,
        (runtime, control),
        &faces,
    )?;
    finish(arguments, &ended, command.json)
}

/// A finished run calls nobody; its reports are written again. One that was killed before it could say so is ended now.
fn already_finished(
    arguments: &Arguments,
    opened: Opened,
    runtime: &Runtime,
    json: bool,
) -> Result<Exit, Refusal> {
    if !opened.is_concluded()? {
        return finish(arguments, &runtime.block_on(opened.conclude())?, json);
    }
    opened.end_start();
    let summary = conclusion::report(opened.folder(), opened.ledger(), &opened.windows()?)?;
    say(&text!(
        "{run} is finished: {tally}; nothing was sent",
        run = summary.run,
        tally = tally_words(&summary.items)
    ));
    if json {
        print_json(&summary)?;
    }
    let complete = summary.items.succeeded == summary.items.read;
    Ok(if complete {
        Exit::Success
    } else {
        Exit::Incomplete
    })
}

/// Names everything that may have been sent although the store does not say so, and has it confirmed that it is sent again.
fn confirm_doubt(
    doubt: &Doubt,
    in_flight: &[InFlight],
    yes: bool,
    command: &CommandLine,
    (runtime, control): (&Runtime, &Control),
) -> Result<(), Refusal> {
    let items: u64 = in_flight.iter().map(|batch| batch.items).sum();
    let perhaps = text!(
        "{items} may already be applied",
        items = counted(items, "item")
    );
    say(&text!("warning: {doubt}; {perhaps}:", doubt, perhaps));
    for (batches, items, (first, last)) in joined(in_flight) {
        say(&text!(
            "  {batches}: {items}, records {first}-{last}",
            batches,
            items = counted(items, "item"),
            first,
            last
        ));
    }
    if yes {
        return Ok(());
    }
    let refusal = Refusal::new("run.perhaps-sent", text!("{doubt}", doubt))
        .because(text!(
            "{perhaps}, and it was not confirmed that they are to be sent again",
            perhaps
        ))
        .because(text!("nothing was sent"));
    if !can_be_asked() {
        return Err(refusal.hint(text!(
            "there is no terminal to ask on; when you are sure: `{command} --yes`",
            command
        )));
    }
    let question = text!(
        "This sends all of them, whether they were sent before or not.\nType {items} to go on: ",
        items
    );
    if answered_by(items, &question, runtime, control)? {
        return Ok(());
    }
    Err(refusal.hint(text!(
        "resume it again and type the number, or `{command} --yes`",
        command
    )))
}

/// Batches that follow each other, in one: their numbers, items and records.
fn joined(in_flight: &[InFlight]) -> Vec<(Text, u64, (u64, u64))> {
    let mut joined: Vec<(u64, u64, u64, (u64, u64))> = Vec::new();
    for batch in in_flight {
        let number = batch.batch.0.unsigned_abs();
        let (first, last) = batch.records;
        match joined.last_mut() {
            // A roster's row may begin in one batch and end in the next.
            Some((_, before, items, (_, end)))
                if *before + 1 == number && (*end == first || *end + 1 == first) =>
            {
                *before = number;
                *items += batch.items;
                *end = last;
            }
            _ => joined.push((number, number, batch.items, (first, last))),
        }
    }
    let named = joined.into_iter().map(|(from, to, items, records)| {
        let batches = if from == to {
            text!("batch {batch}", batch = from)
        } else {
            text!("batches {first}-{last}", first = from, last = to)
        };
        (batches, items, records)
    });
    named.collect()
}

/// Names what may have been applied, before it is sent again.
fn tell_in_flight(in_flight: &[InFlight]) {
    if in_flight.is_empty() {
        return;
    }
    let items: u64 = in_flight.iter().map(|batch| batch.items).sum();
    let items = counted(items, "item");
    say(&match in_flight.len() as u64 {
        1 => text!(
            "1 batch was in flight when the run stopped; {items} may already be applied:",
            items
        ),
        batches => text!(
            "{batches} batches were in flight when the run stopped; {items} may already be applied:",
            batches = thousands(batches),
            items
        ),
    });
    for batch in in_flight.iter().take(NAMED_MAX) {
        let (first, last) = batch.records;
        say(&text!(
            "  {batches}: {items}, records {first}-{last}",
            batches = text!("batch {batch}", batch = batch.batch.0),
            items = counted(batch.items, "item"),
            first,
            last
        ));
    }
    if in_flight.len() > NAMED_MAX {
        say(&text!(
            "  … and {count} more",
            count = in_flight.len() - NAMED_MAX
        ));
    }
}
