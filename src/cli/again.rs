//! `resume` and `rerun`: a run that exists already.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::args::{Arguments, RerunCommand, ResumeCommand};
use super::question::{answered_by, can_be_asked};
use super::run::{Consent, Faces, finish, new_run_id, send};
use super::target::Target;
use super::{print_json, sending};
use crate::command_line::CommandLine;
use crate::conclusion;
use crate::console::{say, tally_words};
use crate::control::Control;
use crate::document::Document;
use crate::endpoint::{Endpoint, catalogue};
use crate::error::{Exit, Refusal};
use crate::event::Observer;
use crate::numbers::{counted, thousands};
use crate::rerun::prepare_rerun;
use crate::run::Opened;
use crate::sandbox::FaultPlan;
use crate::store::{self, Doubt, Facts, InFlight, RunFolder};

/// A run older than this is not resumed unasked: what it was to do may have been done by hand since.
const AGE_MAX: Duration = Duration::from_hours(24);
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
    same_definitions(&opened.facts)?;
    let again = CommandLine::new("resume").word(&run).runs(&arguments.runs);
    if opened.age() > AGE_MAX && !command.yes {
        let refusal = Refusal::new(
            "run.old",
            format!(
                "the run {run} began on {}, more than a day ago",
                opened.facts.started_at
            ),
        )
        .because("what it has not sent yet may have been done by hand since");
        let refusal = match opened.doubt() {
            Some(doubt) => refusal.because(doubt.to_string()),
            None => refusal,
        };
        return Err(refusal.hint(format!("`{again} --yes` goes on all the same")));
    }
    let target = target(&opened, runtime)?;
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
    same_definitions(&parent.facts)?;
    let target = target(&parent, runtime)?;
    let folder = RunFolder::create(&arguments.runs, &new_run_id())?;
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
        yes: command.yes || parent.facts.platform.sandbox,
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
    opened.end_sitting();
    let summary = conclusion::report(opened.folder(), opened.ledger(), &opened.windows()?)?;
    say(&format!(
        "{} is finished: {}; nothing was sent",
        summary.run,
        tally_words(&summary.items)
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

/// The same destination as the run had.
fn target(opened: &Opened, runtime: &Runtime) -> Result<Target, Refusal> {
    let quota = opened.facts.quota.clone();
    if opened.facts.platform.sandbox {
        return runtime.block_on(Target::sandbox(
            opened.endpoint(),
            quota,
            FaultPlan::default(),
        ));
    }
    let target = Target::platform(opened.endpoint(), quota)?;
    let (then, now) = (&opened.facts.platform, &target.destination.platform);
    if then.is_same(now) {
        return Ok(target);
    }
    Err(Refusal::new(
        "run.other-platform",
        format!(
            "the run {} went to {then}; this would go on at {now}",
            opened.facts.run
        ),
    )
    .because("nothing was sent: what succeeded there is not known here")
    .hint(match &then.app {
        Some(app) => format!(
            "set FEISHU_BASE_URL to the address of {}, and FEISHU_APP_ID to {app}",
            then.host
        ),
        None => format!("set FEISHU_BASE_URL to the address of {}", then.host),
    }))
}

/// A run goes on under the definitions it began with. Where the job or the endpoint has changed since, nobody can tell which is meant.
fn same_definitions(facts: &Facts) -> Result<(), Refusal> {
    let embedded = catalogue::document(&facts.endpoint)
        .ok()
        .filter(|document| document.name() == facts.endpoint_path)
        .map(|document| document.text().to_owned());
    let endpoint_now = embedded.or_else(|| text_now(&facts.endpoint_path, "endpoint"));
    let changed = |now: Option<String>, then: &str| now.is_some_and(|now| now != then);
    for (what, path, is_changed) in [
        (
            "job",
            &facts.job_path,
            changed(text_now(&facts.job_path, "job"), &facts.job_text),
        ),
        (
            "endpoint",
            &facts.endpoint_path,
            changed(endpoint_now, &facts.endpoint_text),
        ),
    ] {
        if is_changed {
            return Err(Refusal::new("run.definitions-changed", format!("the {what} {path} has changed since the run {} began", facts.run))
                .because("the run would go on under the old definition")
                .hint("undo the change, or start a new run with the corrected failure report as its input"));
        }
    }
    // The store keeps the endpoint as text; it must still be one.
    Endpoint::parse(
        &facts.endpoint,
        &Document::new(&*facts.endpoint_path, &*facts.endpoint_text),
    )
    .map(|_| ())
}

/// A definition as it is on the disk now; none where it is gone: a run needs its folder alone.
fn text_now(path: &str, kind: &str) -> Option<String> {
    Document::read(Path::new(path), kind)
        .ok()
        .map(|document| document.text().to_owned())
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
    let perhaps = format!("{} may already be applied", counted(items, "item"));
    say(&format!("warning: {doubt}; {perhaps}:"));
    for (batches, items, (first, last)) in joined(in_flight) {
        say(&format!(
            "  {batches}: {}, records {first}-{last}",
            counted(items, "item")
        ));
    }
    if yes {
        return Ok(());
    }
    let refusal = Refusal::new("run.perhaps-sent", format!("{doubt}"))
        .because(format!(
            "{perhaps}, and it was not confirmed that they are to be sent again"
        ))
        .because("nothing was sent");
    if !can_be_asked() {
        return Err(refusal.hint(format!(
            "there is no terminal to ask on; when you are sure: `{command} --yes`"
        )));
    }
    let question = format!(
        "This sends all of them, whether they were sent before or not.\nType {items} to go on: "
    );
    if answered_by(items, &question, runtime, control)? {
        return Ok(());
    }
    Err(refusal.hint(format!(
        "resume it again and type the number, or `{command} --yes`"
    )))
}

/// Batches that follow each other, in one: their numbers, items and records.
fn joined(in_flight: &[InFlight]) -> Vec<(String, u64, (u64, u64))> {
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
            format!("batch {from}")
        } else {
            format!("batches {from}-{to}")
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
    say(&format!(
        "{} in flight when the run stopped; {} may already be applied:",
        match in_flight.len() as u64 {
            1 => "1 batch was".to_owned(),
            batches => format!("{} batches were", thousands(batches)),
        },
        counted(items, "item")
    ));
    for batch in in_flight.iter().take(NAMED_MAX) {
        let (first, last) = batch.records;
        say(&format!(
            "  batch {}: {}, records {first}-{last}",
            batch.batch.0,
            counted(batch.items, "item")
        ));
    }
    if in_flight.len() > NAMED_MAX {
        say(&format!("  … and {} more", in_flight.len() - NAMED_MAX));
    }
}
