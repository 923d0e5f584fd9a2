//! `check`: the plan and the errors, offline, without keeping anything.

mod document;
mod facts;
mod noted;
mod unknown;
mod words;

use std::collections::BTreeMap;

use self::document::document;
use self::noted::Noted;
use super::args::{Arguments, CheckCommand};
use super::job_file::{input_of, load_job};
use super::to_correct::with_table;
use super::{print, print_json};
use crate::console::{Console, Style, say_refusal};
use crate::control::Control;
use crate::deliver::{CallRange, call_range, quota};
use crate::endpoint::Window;
use crate::error::{Exit, Refusal};
use crate::input;
use crate::job::Job;
use crate::origin::Origin;
use crate::prepare::{InputFile, Plan, distant, prepare};
use crate::run::{earlier_of_input, facts_of};
use crate::target::windows;

/// Rejections shown unless all are asked for: enough to see what is wrong, few enough to read.
const SHOWN_MAX: usize = 20;

/// Everything that is known of an input once it was checked.
struct Checked<'a> {
    job: &'a Job,
    /// The values that the job or `--set` gives; the others are those of the run that the input belongs to.
    given: &'a BTreeMap<String, String>,
    input: String,
    plan: &'a Plan,
    noted: &'a Noted,
    windows: &'a [Window],
    floor: quota::Floor,
    calls: CallRange,
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &CheckCommand,
    control: &Control,
) -> Result<Exit, Refusal> {
    let mut job = load_job("check", &command.job)?;
    let input = input_of(&job, &command.job)?;
    let origin = Origin::of(&input, &job, &arguments.runs)?;
    let given = job.values();
    origin.settle(&mut job)?;
    let windows = windows(&job.endpoint, command.job.quota.as_deref())?;
    let console = Console::new(Style::of_standard_error(arguments.log_level.is_some()));
    let mut noted = Noted::new(
        if command.all { usize::MAX } else { SHOWN_MAX },
        // A person is told of each unknown word once, unless all is asked for; scripts find each cell by its own reason.
        command.all || command.job.json,
    );
    let file = InputFile::new(&input, &origin);
    let plan = prepare(&job, &file, &mut noted, control, &console);
    console.close();
    let mut plan = plan?;
    let distant = arguments
        .present()
        .and_then(|present| distant(plan.months, present));
    plan.notices.extend(distant);
    let earlier = earlier_of_input(&arguments.runs, plan.bytes, || {
        let sha256 = input::sha256(&input)?;
        Ok(facts_of("", &job, &input, &plan, sha256))
    })?;
    plan.notices.extend(earlier.map(|earlier| earlier.notice));
    let out = command.job.out.as_deref();
    plan.refused =
        (plan.refused.take()).map(|refusal| with_table(refusal, &job, &file, out, control));
    noted.address(&plan);
    let checked = Checked {
        job: &job,
        given: &given,
        input: input.display().to_string(),
        floor: quota::floor(&windows, plan.batches),
        calls: call_range(plan.batches, plan.items, job.limits.calls),
        windows: &windows,
        plan: &plan,
        noted: &noted,
    };
    if command.job.json {
        print_json(&document(&checked))?;
    } else {
        print(&words::words(&checked))?;
    }
    match &plan.refused {
        Some(refusal) => {
            say_refusal(refusal);
            Ok(Exit::Refused)
        }
        None if plan.rejected > 0 => Ok(Exit::Incomplete),
        None => Ok(Exit::Success),
    }
}

fn items_max(job: &Job) -> usize {
    job.limits.items_max.unwrap_or(job.endpoint.items.max)
}
