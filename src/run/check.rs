//! `check`: the first station alone. Everything that is known of an input once it was checked; nothing is kept and nothing is sent.

use std::collections::BTreeMap;
use std::path::Path;

use super::{earlier_of_input, facts_of};
use crate::control::Control;
use crate::deliver::{CallRange, call_range, quota};
use crate::endpoint::Window;
use crate::error::Refusal;
use crate::event::Observer;
use crate::input;
use crate::job::Job;
use crate::mapping::{Corrections, Findings};
use crate::origin::Origin;
use crate::prepare::{InputFile, Plan, Take, distant, prepare};
use crate::roster::YearMonth;

/// What is to be checked.
#[derive(Debug)]
pub struct CheckRequest<'a> {
    /// The job. Values that it lacks may come from the run that the input belongs to.
    pub job: Job,
    /// The input.
    pub input: &'a Path,
    /// What a person changed of it.
    pub corrections: &'a Corrections,
    /// What the platform says against values of it.
    pub findings: &'a Findings,
    /// The folder of the runs, among which the one that the input belongs to is looked up.
    pub runs: &'a Path,
    /// The windows to keep.
    pub windows: Vec<Window>,
    /// The month in which the program is run.
    pub present: Option<YearMonth>,
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The job, with the values of the run that the input belongs to.
    pub job: Job,
    /// The values that the job or `--set` gives.
    pub given: BTreeMap<String, String>,
    /// Where the input comes from.
    pub origin: Origin,
    /// What the whole file comes to. Where it is refused as a whole, the plan says why.
    pub plan: Plan,
    /// The windows to keep.
    pub windows: Vec<Window>,
    /// The least time that they allow.
    pub floor: quota::Floor,
    /// The calls it takes.
    pub calls: CallRange,
}

/// Checks an input up to sending. What is found in it is handed to `take`.
pub fn check(
    request: CheckRequest<'_>,
    take: Take<'_>,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Checked, Refusal> {
    let CheckRequest {
        mut job,
        input,
        corrections,
        findings,
        runs,
        windows,
        present,
    } = request;
    let origin = Origin::of(input, &job, runs)?;
    let given = job.values();
    origin.settle(&mut job)?;
    let file = InputFile {
        path: input,
        origin: &origin,
        corrections,
        findings,
    };
    let mut plan = prepare(&job, &file, take, control, observer)?;
    let distant = present.and_then(|present| distant(plan.months, present));
    plan.notices.extend(distant);
    let earlier = earlier_of_input(runs, plan.bytes, || {
        let sha256 = input::sha256(input)?;
        Ok(facts_of("", &job, input, &plan, sha256))
    })?;
    plan.notices.extend(earlier.map(|earlier| earlier.notice));
    Ok(Checked {
        floor: quota::floor(&windows, plan.batches),
        calls: call_range(plan.batches, plan.items, job.limits.calls),
        job,
        given,
        origin,
        plan,
        windows,
    })
}
