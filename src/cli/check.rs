//! `check`: the plan and the errors, offline, without keeping anything.

mod document;
mod facts;
mod noted;
mod unknown;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::runtime::Runtime;

use self::document::document;
use self::noted::Noted;
use super::args::{Arguments, CheckCommand};
use super::job_file::{input_of, load_job};
use super::to_correct::with_table;
use super::{environment, print, print_json};
use crate::console::{Console, Style, say_refusal};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::Silent;
use crate::job::Job;
use crate::mapping::Corrections;
use crate::prepare::InputFile;
use crate::run::{self, Ask, CheckRequest, Checked, WordsAsked};
use crate::target::{Target, windows};
use crate::tenant::preflight::{Kept, Preflighted};

/// Rejections shown unless all are asked for: enough to see what is wrong, few enough to read.
const SHOWN_MAX: usize = 20;

/// A check with what a person or a script is shown of it.
struct Answer<'a> {
    checked: &'a Checked,
    input: String,
    noted: &'a Noted,
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &CheckCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let mut job = load_job("check", &command.job)?;
    let input = input_of(&job, &command.job)?;
    let mut said = Preflighted::default();
    let known = if command.online {
        let target = Target::platform(&job.endpoint, command.job.quota.clone(), &environment)?;
        let asked = WordsAsked {
            input: &input,
            corrected: BTreeSet::new(),
            ask: Ask::now(command.refresh),
        };
        let (destination, silent) = (&target.destination, Arc::new(Silent));
        let known = runtime.block_on(run::ask_words(
            &mut job,
            &asked,
            destination,
            control,
            silent,
        ))?;
        let file = (input.as_path(), Corrections::NONE);
        let (runs, kept) = (&arguments.runs, Kept::default());
        let platform = (destination, &kept);
        let asking = run::preflight_of_check(&job, file, runs, platform, control);
        said = runtime.block_on(asking)?;
        known
    } else {
        run::take_known_words(&mut job)?
    };
    let windows = windows(&job.endpoint, command.job.quota.as_deref())?;
    let console = Console::new(Style::of_standard_error(arguments.log_level.is_some()));
    let mut noted = Noted::new(
        if command.all { usize::MAX } else { SHOWN_MAX },
        // A person is told of each unknown word once, unless all is asked for; scripts find each cell by its own reason.
        command.all || command.job.json,
    );
    let request = CheckRequest {
        job,
        input: &input,
        corrections: Corrections::NONE,
        findings: &said.findings,
        runs: &arguments.runs,
        windows,
        present: arguments.present(),
    };
    let checked = run::check(
        request,
        &mut |staged| {
            noted.take(staged);
            Ok(())
        },
        control,
        &console,
    );
    console.close();
    let mut checked = checked?;
    checked.plan.notices.extend(known);
    checked.plan.notices.extend(said.notices);
    let file = InputFile {
        findings: &said.findings,
        ..InputFile::new(&input, &checked.origin)
    };
    let out = command.corrected.out.as_deref();
    checked.plan.refused = (checked.plan.refused.take())
        .map(|refusal| with_table(refusal, &checked.job, &file, out, control));
    noted.address(&checked.plan);
    let answer = Answer {
        checked: &checked,
        input: input.display().to_string(),
        noted: &noted,
    };
    if command.job.json {
        print_json(&document(&answer))?;
    } else {
        print(&words::words(&answer))?;
    }
    match &checked.plan.refused {
        Some(refusal) => {
            say_refusal(refusal);
            Ok(Exit::Refused)
        }
        None if checked.plan.rejected > 0 => Ok(Exit::Incomplete),
        None => Ok(Exit::Success),
    }
}

fn items_max(job: &Job) -> usize {
    job.limits.items_max.unwrap_or(job.endpoint.items.max)
}
