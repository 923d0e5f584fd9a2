//! `run`: from the words of the command line to a finished run.

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, RunCommand};
use super::ask::Asking;
use super::job_file::{input_of, load_job};
use super::question::{answered_by, can_be_asked};
use super::to_correct::with_table;
use super::verify::read_back;
use super::{environment, print_json, sending};
use crate::command_line::CommandLine;
use crate::conclusion::Ended;
use crate::console::{Console, Style, language, say, say_end, say_notice, say_refusal};
use crate::control::Control;
use crate::deliver::CallRange;
use crate::document::Document;
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::Job;
use crate::log::Log;
use crate::model::{Platform, Tally};
use crate::numbers::{counted, one_or_more, thousands};
use crate::origin::Origin;
use crate::plan::{Comparison, Head, PlanItem, Reviewed, counts_words};
use crate::prepare::{Destruction, InputFile, distant};
use crate::report::{Summary, run_again};
use crate::run::{Brief, Destination, Earlier, Opened, Prepared, Purpose, prepare_run};
use crate::sandbox::FaultPlan;
use crate::store::{self, Audit, Face, Facts, RunFolder};
use crate::target::{Target, user};
use crate::text::{Text, Value};
use crate::transport::Http;

pub(super) fn execute(
    arguments: &Arguments,
    command: &RunCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let mut job = load_job("run", &command.job)?;
    let input = input_of(&job, &command.job)?;
    let origin = Origin::of(&input, &job, &arguments.runs)?;
    origin.settle(&mut job)?;
    // Credentials are looked at before the input is: they are the sooner mended.
    let mut target = target_of(command, &job, runtime)?;
    target.notices.iter().for_each(say_notice);
    origin.require_platform(&target.destination.platform)?;
    let folder = RunFolder::create(&arguments.runs, &store::new_run_id())?;
    let faces = Faces::start(arguments, &folder)?;
    let asking = Asking {
        command,
        origin: &origin,
        target: &target,
        runner: (runtime, control),
        faces: &faces,
    };
    let (folder, said) = asking.ask(&mut job, &input, folder)?;
    let file = InputFile {
        findings: &said.findings,
        ..InputFile::new(&input, &origin)
    };
    let prepared = prepare_run(folder, &job, &file, None, control, &*faces);
    faces.console.close();
    let out = command.corrected.out.as_deref();
    let mut prepared =
        prepared.map_err(|refusal| with_table(refusal, &job, &file, out, control))?;
    if let Some(purpose) = purpose(command, &job) {
        let reading = (runtime, control);
        let read = read_before(&mut prepared, &target, (command, purpose), reading, &faces);
        faces.console.close();
        if let Err(refusal) = read {
            prepared.discard();
            return Err(refusal);
        }
    }
    let present = arguments.present();
    let distant = present.and_then(|present| distant(prepared.brief.months, present));
    prepared.brief.notices.extend(distant);
    prepared.brief.notices.extend(said.notices);
    let platform = &target.destination.platform;
    let earlier = match prepared.claim_input(platform) {
        Ok(earlier) => earlier,
        Err(refusal) => {
            prepared.discard();
            return Err(refusal);
        }
    };
    let facts = Facts {
        quota: target.destination.quota.clone(),
        platform: platform.clone(),
        ..prepared.facts().clone()
    };
    let path = input.display().to_string();
    let consent = Consent {
        yes: command.yes,
        is_rehearsal: command.sandbox,
        again: command.again,
        command: run_again(&facts, &path, &arguments.runs),
    };
    // It serves until what was sent was read back.
    let sandbox = target.sandbox.take();
    let ended = send(
        prepared,
        target,
        earlier,
        &consent,
        (runtime, control),
        &faces,
    )?;
    if !command.verify || ended.exit == Exit::Interrupted {
        return finish(arguments, &ended, command.job.json);
    }
    say_end(&ended, &arguments.runs);
    let quota = command.job.quota.clone();
    let destination = match &sandbox {
        Some(sandbox) => Target::of_sandbox(sandbox, &job.endpoint, quota)?,
        None => Target::platform(&job.endpoint, quota, &environment)?.destination,
    };
    let runner = (runtime, control);
    let (summary, exit) = verified(arguments, &ended, &destination, runner, &faces)?;
    if command.job.json {
        print_json(&summary)?;
    }
    Ok(exit)
}

/// Reads back what a run sent: the run in numbers, and what it exits with.
fn verified(
    arguments: &Arguments,
    ended: &Ended,
    destination: &Destination<Http>,
    runner: (&Runtime, &Control),
    faces: &Arc<Faces>,
) -> Result<(Summary, Exit), Refusal> {
    let opened = Opened::open(&arguments.runs, &ended.summary.run)?;
    Ok(
        match read_back(arguments, &opened, destination, runner, faces) {
            Ok(verified) => {
                let exit = exit_of(ended, verified.tally, verified.exit);
                (verified.summary, exit)
            }
            // What was sent is told all the same.
            Err(refusal) => {
                say_refusal(&refusal);
                let exit = exit_of(ended, ended.tally, refusal.exit);
                (ended.summary.clone(), exit)
            }
        },
    )
}

/// Why the platform is read before anything is sent; nothing where it is not.
fn purpose(command: &RunCommand, job: &Job) -> Option<Purpose> {
    if command.changes_only || command.plan.is_some() {
        return Some(Purpose::ChangesOnly);
    }
    (command.keep_before || job.keeps_before).then_some(Purpose::Keep)
}

/// Reads what the platform holds, and says what that means for the run. Refused where it is not what the plan says.
fn read_before(
    prepared: &mut Prepared,
    target: &Target,
    (command, purpose): (&RunCommand, Purpose),
    (runtime, control): (&Runtime, &Control),
    faces: &Arc<Faces>,
) -> Result<(), Refusal> {
    let platform = &target.destination.platform;
    let reviewed = (command.plan.as_deref()).map(Reviewed::read).transpose()?;
    if let Some(reviewed) = &reviewed {
        reviewed.require_same(&Head::of(prepared.facts(), platform))?;
    }
    let mut comparison = reviewed.as_ref().map(Reviewed::comparison);
    let endpoint = prepared.endpoint().clone();
    let observer: Arc<dyn Observer> = Arc::clone(faces) as Arc<dyn Observer>;
    let read = runtime.block_on(prepared.read_before(
        &target.destination,
        purpose,
        (control, observer),
        |item| {
            if let Some(comparison) = &mut comparison {
                comparison.take(&PlanItem::of(&endpoint, item), endpoint.destroys(item.body));
            }
            Ok(())
        },
    ));
    let read = read?;
    comparison.map_or(Ok(()), Comparison::finish)?;
    faces.console.close();
    say(&text!(
        "read before sending, by {calls}: {counts}",
        calls = counted(read.calls, "call"),
        counts = counts_words(&read)
    ));
    if read.counts.unreadable > 0 {
        say(&text!(
            "warning: what is there cannot be read of {items}; `undo` cannot put them back",
            items = counted(read.counts.unreadable, "item")
        ));
    }
    Ok(())
}

/// What a run that was read back exits with: as the run does by what is known now, but never 0 where that is not all as it was sent.
fn exit_of(ended: &Ended, tally: Tally, read_back: Exit) -> Exit {
    match (ended.exit, read_back) {
        (Exit::Success | Exit::Incomplete, Exit::Interrupted) => Exit::Interrupted,
        (Exit::Success | Exit::Incomplete, Exit::Success) if tally.succeeded == tally.read => {
            Exit::Success
        }
        (Exit::Success | Exit::Incomplete, _) => Exit::Incomplete,
        (exit, _) => exit,
    }
}

/// A sandbox in this process, or the platform that the environment names.
fn target_of(command: &RunCommand, job: &Job, runtime: &Runtime) -> Result<Target, Refusal> {
    let quota = command.job.quota.clone();
    if !command.sandbox {
        return Target::platform(&job.endpoint, quota, &environment);
    }
    let faults = faults(command.faults.as_deref())?;
    runtime.block_on(Target::sandbox(&job.endpoint, quota, faults))
}

/// What the user agreed to when he typed the command.
pub(super) struct Consent {
    /// `--yes`: something is destroyed.
    pub(super) yes: bool,
    /// Nothing real is destroyed, so nobody is asked.
    pub(super) is_rehearsal: bool,
    /// `--again`: what an earlier run sent is sent once more.
    pub(super) again: bool,
    /// The command without these two.
    pub(super) command: CommandLine,
}

/// Tells what will be sent, has it confirmed, and sends it.
pub(super) fn send(
    mut prepared: Prepared,
    target: Target,
    earlier: Option<Earlier>,
    consent: &Consent,
    (runtime, control): (&Runtime, &Control),
    faces: &Arc<Faces>,
) -> Result<Ended, Refusal> {
    let notice = earlier.as_ref().map(|earlier| earlier.notice.clone());
    prepared.brief.notices.extend(notice);
    tell(&prepared.brief);
    say(&calls_words(prepared.brief.calls));
    let destination = Words::of(&prepared, &target.destination.platform);
    say(&destination.line());
    let earlier = earlier.filter(|_| prepared.is_harmed_by_repeating());
    let confirmed = confirm(
        &prepared.brief,
        &destination,
        earlier.as_ref(),
        consent,
        (runtime, control),
    );
    let confirmed = match confirmed {
        Ok(confirmed) => confirmed,
        Err(refusal) => {
            prepared.discard();
            return Err(refusal);
        }
    };
    prepared.write_in(language());
    prepared.note(Audit {
        face: Face::Command,
        user: user(&environment),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        confirmed,
        ..Audit::default()
    });
    let observer: Arc<dyn Observer> = Arc::clone(faces) as Arc<dyn Observer>;
    let ended =
        sending(|| runtime.block_on(prepared.deliver(target.destination, control, observer)));
    faces.console.close();
    drop(target.sandbox);
    ended
}

/// The last words, the document that was asked for, and the exit code.
pub(super) fn finish(arguments: &Arguments, ended: &Ended, json: bool) -> Result<Exit, Refusal> {
    say_end(ended, &arguments.runs);
    if json {
        print_json(&ended.summary)?;
    }
    Ok(ended.exit)
}

/// Everybody who hears of events.
pub(super) struct Faces {
    pub(super) console: Console,
    log: Log,
}

impl Faces {
    /// Opens the console and the run's log.
    pub(super) fn start(arguments: &Arguments, folder: &RunFolder) -> Result<Arc<Self>, Refusal> {
        let level = arguments.log_level.map(Into::into);
        Ok(Arc::new(Self {
            console: Console::new(Style::of_standard_error(level.is_some())),
            log: Log::start(folder, level, arguments.log_format.into())?,
        }))
    }
}

impl Observer for Faces {
    fn see(&self, event: &Event) {
        self.log.see(event);
        self.console.see(event);
    }
}

/// The fault plan of a file; without one, nothing goes wrong.
pub(super) fn faults(path: Option<&Path>) -> Result<FaultPlan, Refusal> {
    path.map_or_else(
        || Ok(FaultPlan::default()),
        |path| FaultPlan::parse(&Document::read(path, "fault plan")?),
    )
}

fn tell(brief: &Brief) {
    for notice in &brief.notices {
        say_notice(notice);
    }
    if brief.rejected > 0 {
        say(&text!(
            "warning: {rejected} of {all} {is} rejected and will not be sent; the failure report says why",
            rejected = thousands(brief.rejected),
            all = counted(brief.rejected + brief.items, brief.unit),
            is = one_or_more(brief.rejected, "is", "are")
        ));
    }
}

/// How many calls a run takes, in words.
pub(super) fn calls_words(calls: CallRange) -> Text {
    text!(
        "calls: at least {least}, at most {most} when refused batches are taken apart and failed calls repeated",
        least = thousands(calls.least),
        most = thousands(calls.most)
    )
}

/// Where a run goes and with which values, in words.
struct Words {
    platform: Platform,
    values: Vec<String>,
    dates: Option<Text>,
}

impl Words {
    fn of(prepared: &Prepared, platform: &Platform) -> Self {
        let values = prepared.values().iter();
        Self {
            platform: platform.clone(),
            values: values
                .map(|(name, value)| format!("{name} = {value}"))
                .collect(),
            dates: prepared.brief.dates.map(date_range),
        }
    }

    /// One line before the first call: `to open.feishu.cn, app cli_a: month = 202610; days 2026-10-01 to 2026-10-31`.
    fn line(&self) -> Text {
        let mut line = text!("to {platform}", platform = self.platform);
        if !self.values.is_empty() {
            line = text!("{line}: {values}", line, values = Value::list(&self.values));
        }
        if let Some(dates) = &self.dates {
            line = text!("{line}; days {dates}", line, dates);
        }
        line
    }
}

/// Deleting and clearing is confirmed by typing how many items it is about, with what and where before one's eyes; so is what an
/// earlier run sent already, where sending it twice may do harm. Returns the number typed, or the options in its place.
fn confirm(
    brief: &Brief,
    destination: &Words,
    earlier: Option<&Earlier>,
    consent: &Consent,
    (runtime, control): (&Runtime, &Control),
) -> Result<Option<String>, Refusal> {
    let destroys = (brief.destructive.items > 0).then(|| destroys(brief));
    let earlier = earlier.filter(|_| !consent.again);
    let is_open = earlier.is_some() || destroys.is_some() && !consent.yes && !consent.is_rehearsal;
    if !is_open {
        let again = consent.again.then_some("--again");
        let options: Vec<&str> = consent
            .yes
            .then_some("--yes")
            .into_iter()
            .chain(again)
            .collect();
        return Ok((!options.is_empty()).then(|| options.join(" ")));
    }
    let not_confirmed = || {
        let refusal = match (earlier, &destroys) {
            (Some(earlier), _) => Refusal::new(
                earlier.notice.rule,
                text!(
                    "{earlier}; it was not confirmed that this is to be sent once more",
                    earlier = earlier.notice.what
                ),
            ),
            (None, what) => Refusal::new(
                "run.not-confirmed",
                text!(
                    "this {destroys}, and that was not confirmed",
                    destroys = what.clone().unwrap_or_else(|| Text::plain(""))
                ),
            ),
        };
        refusal
            .because(destination.line())
            .because(text!("nothing was sent"))
    };
    let mut command = consent.command.clone();
    if consent.yes || destroys.is_some() {
        command = command.word("--yes");
    }
    if consent.again || earlier.is_some() {
        command = command.word("--again");
    }
    if !can_be_asked() {
        return Err(not_confirmed().hint(text!(
            "there is no terminal to ask on; when you are sure: `{command}`",
            command
        )));
    }
    let (count, question) = match (&destroys, earlier) {
        (Some(what), None) if brief.undoes.is_some() => (
            brief.destructive.items,
            text!(
                "This {destroys} at {platform}.",
                destroys = what,
                platform = destination.platform
            ),
        ),
        (Some(what), None) => (
            brief.destructive.items,
            text!(
                "This {destroys} at {platform}, which cannot be undone.",
                destroys = what,
                platform = destination.platform
            ),
        ),
        (Some(what), Some(_)) => (
            brief.destructive.items,
            text!(
                "This {destroys} at {platform}, once more, which cannot be undone.",
                destroys = what,
                platform = destination.platform
            ),
        ),
        (None, _) => (
            brief.items,
            text!(
                "This sends {items} to {platform} once more, which may apply them twice.",
                items = counted(brief.items, "item"),
                platform = destination.platform
            ),
        ),
    };
    let question = text!("{question}\nType {count} to go on: ", question, count);
    if answered_by(count, &question, runtime, control)? {
        return Ok(Some(count.to_string()));
    }
    Err(not_confirmed().hint(text!(
        "run it again and type the number, or `{command}`",
        command
    )))
}

/// What is destroyed: `clears 34 days of 12 people, 2026-10-01 to 2026-10-31`.
fn destroys(brief: &Brief) -> Text {
    let Destruction {
        items, rows, dates, ..
    } = brief.destructive;
    let what = if brief.is_roster {
        text!(
            "{days} of {people}",
            days = counted(items, "day"),
            people = people(rows)
        )
    } else {
        text!("{items}", items = counted(items, "item"))
    };
    let what = if let Some(run) = &brief.undoes {
        text!(
            "puts {what} back to what was there before the run {run}",
            what,
            run
        )
    } else if brief.deletes {
        text!("deletes {what}", what)
    } else {
        text!("clears {what}", what)
    };
    match dates.map(date_range) {
        Some(dates) => text!("{what}, {dates}", what, dates),
        None => what,
    }
}

fn people(count: u64) -> Text {
    if count == 1 {
        text!("1 person")
    } else {
        text!("{count} people", count = thousands(count))
    }
}

/// `2026-10-01 to 2026-10-31`.
pub(super) fn date_range((first, last): (u32, u32)) -> Text {
    let day = |date: u32| {
        format!(
            "{:04}-{:02}-{:02}",
            date / 10_000,
            date / 100 % 100,
            date % 100
        )
    };
    if first == last {
        day(first).into()
    } else {
        text!("{first} to {last}", first = day(first), last = day(last))
    }
}
