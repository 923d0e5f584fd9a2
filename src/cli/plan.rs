//! `plan`: what a run would change, against what the platform holds now. Nothing is sent and nothing is kept.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _};
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, PlanCommand};
use super::ask::known_words;
use super::job_file::{input_of, load_job};
use super::run::calls_words;
use super::{environment, print, sending};
use crate::command_line::CommandLine;
use crate::console::{Console, Style, language, say_notice};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::Observer;
use crate::numbers::{counted, one_or_more};
use crate::origin::Origin;
use crate::plan::{Head, PlanItem, PlanWriter, Step, counts_words};
use crate::prepare::InputFile;
use crate::report::run_again;
use crate::run::{BeforeRead, Prepared, Purpose, prepare_run};
use crate::sandbox::FaultPlan;
use crate::store::{Facts, RunFolder, new_run_id, private_file};
use crate::target::Target;
use crate::text::Text;

/// Items of each kind that are shown unless all are asked for.
const SHOWN_MAX: usize = 20;

pub(super) fn execute(
    arguments: &Arguments,
    command: &PlanCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let mut job = load_job("plan", &command.job)?;
    let input = input_of(&job, &command.job)?;
    let origin = Origin::of(&input, &job, &arguments.runs)?;
    origin.settle(&mut job)?;
    let quota = command.job.quota.clone();
    let target = if command.sandbox {
        runtime.block_on(Target::sandbox(&job.endpoint, quota, FaultPlan::default()))?
    } else {
        Target::platform(&job.endpoint, quota, &environment)?
    };
    target.notices.iter().for_each(say_notice);
    origin.require_platform(&target.destination.platform)?;
    let console = Arc::new(Console::new(Style::of_standard_error(
        arguments.log_level.is_some(),
    )));
    let scratch =
        tempfile::tempdir().map_err(|error| not_written(&std::env::temp_dir(), &error))?;
    let folder = RunFolder::create(scratch.path(), &new_run_id())?;
    let observer: Arc<dyn Observer> = Arc::clone(&console) as Arc<dyn Observer>;
    let asking = (runtime, control);
    let known = known_words(&mut job, &input, &target, command.refresh, asking, observer)?;
    let file = InputFile::new(&input, &origin);
    let mut prepared = prepare_run(folder, &job, &file, None, control, &*console)?;
    prepared.brief.notices.extend(known);
    prepared.brief.notices.iter().for_each(say_notice);
    let document = scratch.path().join("plan.json");
    let mut listed = Listed::new(if command.all { usize::MAX } else { SHOWN_MAX });
    let observer: Arc<dyn Observer> = Arc::clone(&console) as Arc<dyn Observer>;
    let read = sending(|| {
        make(
            &mut prepared,
            &target,
            &document,
            &mut listed,
            (runtime, control),
            observer,
        )
    });
    console.close();
    let rejected = prepared.brief.rejected;
    let head = text!(
        "{job} -> {platform}: {counts}",
        job = &job.name,
        platform = &target.destination.platform,
        counts = match &read {
            Ok(read) => counts_words(read),
            Err(_) => Text::plain(""),
        }
    );
    let facts = Facts {
        quota: target.destination.quota.clone(),
        platform: target.destination.platform.clone(),
        ..prepared.facts().clone()
    };
    prepared.discard();
    let read = read?;
    let next = run_again(&facts, &input.display().to_string(), &arguments.runs);
    let next = match &command.out {
        Some(out) => next.option("--plan", &out.display().to_string()),
        None => next.word("--changes-only"),
    };
    if let Some(out) = &command.out {
        fs::copy(&document, out).map_err(|error| not_written(out, &error))?;
    }
    if command.job.json {
        let mut text = String::new();
        File::open(&document)
            .and_then(|file| BufReader::new(file).read_to_string(&mut text))
            .map_err(|error| not_written(&document, &error))?;
        print(&text)?;
    } else {
        print(&words(&head, (&read, rejected), &listed, &next))?;
    }
    let is_whole = read.counts.unreadable == 0 && rejected == 0;
    Ok(if is_whole {
        Exit::Success
    } else {
        Exit::Incomplete
    })
}

/// Reads what is there, and writes the plan into a file.
fn make(
    prepared: &mut Prepared,
    target: &Target,
    document: &Path,
    listed: &mut Listed,
    (runtime, control): (&Runtime, &Control),
    observer: Arc<dyn Observer>,
) -> Result<BeforeRead, Refusal> {
    let refuse = |error: io::Error| not_written(document, &error);
    let destination = &target.destination;
    let head = Head::of(prepared.facts(), &destination.platform);
    let file = private_file(document, true).map_err(refuse)?;
    let mut writer = PlanWriter::begin(BufWriter::new(file), &head).map_err(refuse)?;
    let endpoint = prepared.endpoint().clone();
    let rejected = prepared.brief.rejected;
    let reading = prepared.read_before(destination, Purpose::Show, (control, observer), |item| {
        let destroys = endpoint.destroys(item.body);
        let item = PlanItem::of(&endpoint, item);
        listed.take(&item, destroys);
        writer.item(&item).map_err(refuse)
    });
    let read = runtime.block_on(reading)?;
    writer.finish(&read, rejected).map_err(refuse)?;
    Ok(read)
}

/// The first items of each kind, in words.
struct Listed {
    most: usize,
    kinds: [(Step, Vec<Text>, u64); 4],
}

impl Listed {
    fn new(most: usize) -> Self {
        let kinds = [Step::Change, Step::New, Step::Same, Step::Unreadable];
        Self {
            most,
            kinds: kinds.map(|step| (step, Vec::new(), 0)),
        }
    }

    fn take(&mut self, item: &PlanItem, destroys: bool) {
        let kind = self
            .kinds
            .iter_mut()
            .find(|(step, _, _)| *step == item.step);
        let Some((_, lines, count)) = kind else {
            return;
        };
        *count += 1;
        if lines.len() < self.most {
            let (name, change) = (item.name(), item.change(destroys));
            lines.push(text!("{name}: {change}", name, change));
        }
    }
}

/// What a person reads.
fn words(
    head: &Text,
    (read, rejected): (&BeforeRead, u64),
    listed: &Listed,
    next: &CommandLine,
) -> String {
    let mut lines = vec![head.clone()];
    if rejected > 0 {
        lines.push(text!(
            "{items} {is} rejected and would not be sent; `check` says why",
            items = counted(rejected, "item"),
            is = one_or_more(rejected, "is", "are")
        ));
    }
    for (step, items, count) in &listed.kinds {
        if items.is_empty() {
            continue;
        }
        lines.push(match step {
            Step::Change => text!("would change:"),
            Step::New => text!("would be new:"),
            Step::Same => text!("so already:"),
            Step::Unreadable => text!("cannot be read:"),
        });
        lines.extend(items.iter().map(|item| text!("  {item}", item)));
        let more = count.saturating_sub(items.len() as u64);
        if more > 0 {
            lines.push(text!("  … and {more} more, shown with --all", more));
        }
    }
    lines.push(text!(
        "read by {calls}",
        calls = counted(read.calls, "call")
    ));
    lines.push(text!(
        "with --changes-only, {calls}",
        calls = calls_words(read.to_send)
    ));
    lines.push(text!("next: {command}", command = next));
    let lines = lines.iter().map(|line| line.in_language(language()) + "\n");
    lines.collect()
}

fn not_written(path: &Path, error: &io::Error) -> Refusal {
    Refusal::new(
        "plan.not-written",
        text!(
            "the plan could not be written to {path}",
            path = path.display()
        ),
    )
    .because(error.to_string())
    .hint(text!("choose another place with --out FILE"))
}
