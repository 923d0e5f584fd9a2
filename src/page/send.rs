//! From the confirm screen to a run: the same steps as the command line takes, with what was shown held against what is sent.

use std::sync::Arc;

use super::answer::{Asks, Failure};
use super::check_shown::number_to_type;
use super::draft::{CheckResult, Draft};
use super::program::Program;
use super::requests::{Rerun, Resume, Send, To};
use super::runs::{Watcher, block_on};
use crate::error::Refusal;
use crate::numbers::counted;
use crate::origin::Origin;
use crate::prepare::InputFile;
use crate::rerun::prepare_rerun;
use crate::run::{Earlier, Opened, Prepared, prepare_run, take_known_words};
use crate::store::{Audit, Face, RunFolder, new_run_id};
use crate::target::{Target, user};
use crate::text::Language;

/// Sends what a check found. Returns the id of the run.
pub(super) async fn send(
    program: &Arc<Program>,
    draft: &Arc<Draft>,
    asked: &Send,
    language: Language,
) -> Result<String, Refusal> {
    let found = draft.begin_sending(asked.check)?;
    let (program, draft) = (Arc::clone(program), Arc::clone(draft));
    let (typed, to) = (asked.typed, asked.to);
    let begun = {
        let (program, draft) = (Arc::clone(&program), Arc::clone(&draft));
        tokio::task::spawn_blocking(move || {
            let mut begun = begin(&program, &draft, &found, typed, to)?;
            begun.prepared.write_in(language);
            Ok(begun)
        })
        .await
    };
    let begun = begun.unwrap_or_else(|_| Err(broke_off()));
    let begun = match begun {
        Ok(begun) => begun,
        Err(refusal) => {
            draft.not_sent();
            return Err(refusal);
        }
    };
    let is_rehearsal = to == To::Rehearsal;
    let then = {
        let program = Arc::clone(&program);
        move |is_run: bool| {
            // What was sent to the platform is not to be sent again by mistake; what was rehearsed is still to be sent.
            if is_run && !is_rehearsal {
                program.drafts.discard(draft.id);
            } else {
                draft.not_sent();
            }
        }
    };
    let run = begun.run.clone();
    start(&program, begun, then);
    Ok(run)
}

/// A run that is staged, with everything that it needs to be sent.
struct Begun {
    run: String,
    name: String,
    prepared: Prepared,
    target: Target,
    watcher: Arc<Watcher>,
}

fn begin(
    program: &Program,
    draft: &Draft,
    found: &CheckResult,
    typed: Option<u64>,
    to: To,
) -> Result<Begun, Refusal> {
    let whole = found.outcome.as_ref().map_err(Clone::clone)?;
    if let Some(refusal) = &whole.checked.plan.refused {
        return Err(refusal.clone());
    }
    let number = number_to_type(whole);
    require_typed(number, typed)?;
    let written = draft.view().written;
    if written.is_sample && to == To::Platform {
        return Err(
            Refusal::new("page.sample", text!("a sample is only ever rehearsed"))
                .because(text!("its people and shifts are made up"))
                .hint(text!("go back to rehearsal")),
        );
    }
    let input = draft.input();
    let mut job = written.read_job()?;
    take_known_words(&mut job)?;
    let origin = Origin::of(&input, &job, &program.runs.folder)?;
    origin.settle(&mut job)?;
    let target = match to {
        To::Rehearsal => block_on(Target::sandbox(
            &job.endpoint,
            None,
            crate::sandbox::FaultPlan::default(),
        ))?,
        To::Platform => {
            Target::platform(&job.endpoint, None, &|name| program.settings.look_up(name))?
        }
    };
    let platform = target.destination.platform.clone();
    origin.require_platform(&platform)?;
    let folder = RunFolder::create(&program.runs.folder, &new_run_id())?;
    let watcher = Watcher::start(&folder)?;
    let (corrections, noted) = draft.corrections();
    let file = InputFile {
        path: &input,
        origin: &origin,
        corrections: &corrections,
        findings: &whole.findings,
    };
    let control = crate::control::Control::default();
    let mut prepared = prepare_run(
        folder,
        &job,
        &file,
        Some(&whole.digest),
        &control,
        &*watcher,
    )?;
    prepared.call_input(&written.name);
    prepared.note(Audit {
        corrections: noted,
        left_out: corrections.left_out().iter().copied().collect(),
        confirmed: typed.filter(|_| number > 0).map(|typed| typed.to_string()),
        ..audit(program)
    });
    let earlier = prepared.claim_input(&platform);
    let shown = &whole.checked.plan.notices;
    let was_shown = |earlier: &Earlier| {
        shown
            .iter()
            .any(|notice| notice.rule == earlier.notice.rule)
    };
    let prepared = require_unsent(prepared, earlier, was_shown)?;
    Ok(Begun {
        run: prepared.facts().run.clone(),
        name: written.name,
        prepared,
        target,
        watcher,
    })
}

/// Sends again what did not succeed in a run. Returns the id of the new run.
pub(super) async fn rerun(
    program: &Arc<Program>,
    parent: &str,
    asked: &Rerun,
    language: Language,
) -> Result<String, Failure> {
    let (unconfirmed, typed) = (asked.unconfirmed, asked.typed);
    let begun = {
        let (program, parent) = (Arc::clone(program), parent.to_owned());
        tokio::task::spawn_blocking(move || {
            let opened = Opened::open(&program.runs.folder, &parent)?;
            opened.require_same_definitions()?;
            let target = block_on(Target::of_run(&opened, &|name| {
                program.settings.look_up(name)
            }))?;
            let folder = RunFolder::create(&program.runs.folder, &new_run_id())?;
            let watcher = Watcher::start(&folder)?;
            let mut prepared = prepare_rerun(folder, &opened, unconfirmed)?;
            let number = prepared.brief.destructive.items;
            if let Err(refusal) = require_typed(number, typed) {
                prepared.discard();
                return Err(Failure::Asks(Box::new(refusal), Asks::Typed));
            }
            prepared.note(Audit {
                confirmed: typed.filter(|_| number > 0).map(|typed| typed.to_string()),
                ..audit(&program)
            });
            prepared.write_in(language);
            let earlier = prepared.claim_rest(&parent, &target.destination.platform);
            let prepared = require_unsent(prepared, earlier, |_| false)?;
            Ok(Begun {
                run: prepared.facts().run.clone(),
                name: prepared.facts().input.file.clone(),
                prepared,
                target,
                watcher,
            })
        })
    };
    let broken = |_| Err(broke_off().into());
    let begun = begun.await.unwrap_or_else(broken)?;
    let run = begun.run.clone();
    start(program, begun, |_| {});
    Ok(run)
}

/// Goes on with a run that was stopped. As on the command line, one that began long ago is asked about, and what may have been sent
/// already although the store does not say so is confirmed by its number.
pub(super) async fn resume(
    program: &Arc<Program>,
    run: &str,
    asked: &Resume,
) -> Result<(), Failure> {
    let (sure, typed) = (asked.sure, asked.typed);
    let begun = {
        let (program, run) = (Arc::clone(program), run.to_owned());
        tokio::task::spawn_blocking(move || {
            let opened = Opened::open(&program.runs.folder, &run)?;
            opened.require_same_definitions()?;
            if opened.is_old() && !sure {
                let old = opened.too_old().hint(text!("send what is left of it now?"));
                return Err(Failure::Asks(Box::new(old), Asks::Sure));
            }
            if let Some(refusal) = perhaps_sent(&opened, typed)? {
                return Err(Failure::Asks(Box::new(refusal), Asks::Typed));
            }
            let target = block_on(Target::of_run(&opened, &|name| {
                program.settings.look_up(name)
            }))?;
            let watcher = Watcher::start(opened.folder())?;
            Ok((opened, target, watcher))
        })
    };
    let broken = |_| Err(broke_off().into());
    let (opened, target, watcher) = begun.await.unwrap_or_else(broken)?;
    let facts = &opened.facts;
    let called = (
        facts.run.clone(),
        facts.input.file.clone(),
        facts.platform.sandbox,
    );
    let work = move |control: &crate::control::Control, observer| {
        let ended = block_on(opened.resume(target.destination, control, observer));
        drop(target.sandbox);
        ended
    };
    program.runs.start(called, watcher, work, |_| {});
    Ok(())
}

fn start(
    program: &Arc<Program>,
    begun: Begun,
    then: impl FnOnce(bool) + std::marker::Send + 'static,
) {
    let Begun {
        run,
        name,
        prepared,
        target,
        watcher,
    } = begun;
    let is_rehearsal = target.destination.platform.sandbox;
    let work = move |control: &crate::control::Control, observer| {
        let ended = block_on(prepared.deliver(target.destination, control, observer));
        drop(target.sandbox);
        ended
    };
    let is_run = move |ended: &Result<_, Refusal>| then(ended.is_ok());
    program
        .runs
        .start((run, name, is_rehearsal), watcher, work, is_run);
}

fn audit(program: &Program) -> Audit {
    Audit {
        face: Face::Page,
        user: user(&|name| program.settings.look_up(name)),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        ..Audit::default()
    }
}

/// What a run in doubt may have sent already, unless its number was typed. A rehearsal sends it again unasked.
fn perhaps_sent(opened: &Opened, typed: Option<u64>) -> Result<Option<Refusal>, Refusal> {
    let doubt = opened.doubt().filter(|_| !opened.facts.platform.sandbox);
    let Some(doubt) = doubt else {
        return Ok(None);
    };
    let in_flight = opened.in_flight()?;
    let items = in_flight.iter().map(|batch| batch.items).sum();
    if typed == Some(items) {
        return Ok(None);
    }
    let firsts = in_flight.iter().map(|batch| batch.records.0);
    let lasts = in_flight.iter().map(|batch| batch.records.1);
    let refusal = Refusal::new("run.perhaps-sent", text!("{doubt}", doubt))
        .because(text!(
            "{items} of records {first}-{last} may already be applied, and would be sent again",
            items = counted(items, "item"),
            first = firsts.min().unwrap_or_default(),
            last = lasts.max().unwrap_or_default()
        ))
        .because(text!("nothing was sent"))
        .hint(text!("type {number}", number = items));
    Ok(Some(refusal))
}

fn broke_off() -> Refusal {
    Refusal::new(
        "page.run",
        text!("the run broke off before anything was sent"),
    )
}

/// What destroys something is confirmed by its number.
fn require_typed(number: u64, typed: Option<u64>) -> Result<(), Refusal> {
    if number == 0 || typed == Some(number) {
        return Ok(());
    }
    Err(Refusal::new(
        "page.number",
        text!(
            "{items} delete or clear something, which cannot be undone",
            items = counted(number, "item")
        ),
    )
    .because(text!("nothing was sent"))
    .hint(text!("type {number}", number)))
}

/// Refuses what another run sent, or is about to send, where sending it twice may do harm and the person was not told.
fn require_unsent(
    prepared: Prepared,
    earlier: Result<Option<Earlier>, Refusal>,
    was_shown: impl FnOnce(&Earlier) -> bool,
) -> Result<Prepared, Refusal> {
    let refusal = match earlier {
        Ok(Some(earlier)) if prepared.is_harmed_by_repeating() && !was_shown(&earlier) => {
            Refusal::new(earlier.notice.rule, earlier.notice.what)
                .because(text!(
                    "sending it once more may apply it twice; nothing was sent"
                ))
                .hint(text!("look at that run first"))
        }
        Ok(_) => return Ok(prepared),
        Err(refusal) => refusal,
    };
    prepared.discard();
    Err(refusal)
}
