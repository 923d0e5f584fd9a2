//! `check`: the plan and the errors, offline, without keeping anything.

use serde::Serialize;

use super::args::{Arguments, CheckCommand};
use super::run::input_of;
use super::target::windows;
use super::{as_text, print, print_json};
use crate::batching::Filled;
use crate::console::{Console, Style, counted, duration, say};
use crate::control::Control;
use crate::deliver::quota;
use crate::error::{Exit, Refusal};
use crate::job::{self, Job};
use crate::model::{Rejection, Row};
use crate::prepare::{Plan, Stage, prepare};

/// Rejections shown unless all are asked for: enough to see what is wrong, few enough to read.
const SHOWN_MAX: usize = 20;

/// The plan as scripts read it.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    job: &'a str,
    endpoint: &'a str,
    input: String,
    rows: u64,
    blank_lines: u64,
    items: u64,
    rejected: u64,
    destructive: u64,
    batches: u64,
    calls: u64,
    items_per_call: usize,
    quota: Vec<String>,
    quota_floor_seconds: f64,
    binding_window: Option<String>,
    would_run: bool,
    notices: &'a [String],
    reasons: Vec<Kind<'a>>,
    rejections: &'a [Shown],
}

#[derive(Serialize)]
struct Kind<'a> {
    reason: &'a str,
    items: u64,
}

#[derive(Serialize)]
struct Shown {
    record: u64,
    line: u64,
    column: Option<String>,
    value: Option<String>,
    reason: String,
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &CheckCommand,
    control: &Control,
) -> Result<Exit, Refusal> {
    let job = job::load(&command.job.job, &command.job.set)?;
    let input = input_of(&job, &command.job)?;
    let windows = windows(&job.endpoint, command.job.quota.as_deref())?;
    let console = Console::new(Style::of_standard_error(arguments.log_level.is_some()));
    let mut noted = Noted {
        most: if command.all { usize::MAX } else { SHOWN_MAX },
        shown: Vec::new(),
    };
    let plan = prepare(&job, &input, &mut noted, control, &console);
    console.close();
    let plan = plan?;
    let floor = quota::floor(&windows, plan.batches);
    if command.job.json {
        print_json(&Document {
            format: 1,
            job: &job.name,
            endpoint: &job.endpoint.name,
            input: input.display().to_string(),
            rows: plan.rows,
            blank_lines: plan.blank_lines,
            items: plan.items,
            rejected: plan.rejected,
            destructive: plan.destructive,
            batches: plan.batches,
            calls: plan.batches,
            items_per_call: items_max(&job),
            quota: windows.iter().map(ToString::to_string).collect(),
            quota_floor_seconds: floor.seconds,
            binding_window: floor.binds.map(|window| window.to_string()),
            would_run: plan.refused.is_none(),
            notices: &plan.notices,
            reasons: plan
                .kinds
                .iter()
                .map(|(reason, items)| Kind {
                    reason,
                    items: *items,
                })
                .collect(),
            rejections: &noted.shown,
        })?;
    } else {
        print(&words(
            &job,
            &plan,
            &noted.shown,
            &floor,
            &input.display().to_string(),
        ))?;
    }
    match plan.refused {
        Some(refusal) => {
            say(&refusal.to_string());
            Ok(Exit::Refused)
        }
        None if plan.rejected > 0 => Ok(Exit::Incomplete),
        None => Ok(Exit::Success),
    }
}

fn items_max(job: &Job) -> usize {
    job.limits.items_max.unwrap_or(job.endpoint.items.max)
}

/// The plan for people.
fn words(job: &Job, plan: &Plan, shown: &[Shown], floor: &quota::Floor, input: &str) -> String {
    let mut lines = vec![
        format!("job        {}", job.name),
        format!("endpoint   {}", job.endpoint.name),
        format!("input      {input}"),
        format!("rows       {}", plan.rows),
        format!(
            "items      {} to send, {} rejected",
            plan.items, plan.rejected
        ),
        format!(
            "calls      {} of at most {} items",
            plan.batches,
            items_max(job)
        ),
        match floor.binds {
            Some(window) => format!(
                "time       at least {} (the quota {window} binds)",
                duration(floor.seconds)
            ),
            None => "time       the quota makes nobody wait".to_owned(),
        },
    ];
    if plan.destructive > 0 {
        lines.push(format!(
            "destroys   {} items delete or clear something",
            plan.destructive
        ));
    }
    lines.extend(
        plan.notices
            .iter()
            .map(|notice| format!("note       {notice}")),
    );
    if plan.rejected > 0 {
        lines.push(String::new());
        lines.extend(shown.iter().map(|shown| {
            format!(
                "record {} (line {}): {}",
                shown.record, shown.line, shown.reason
            )
        }));
        let more = plan.rejected.saturating_sub(shown.len() as u64);
        if more > 0 {
            lines.push(format!("… and {more} more rejected rows; --all shows them"));
        }
        lines.push(String::new());
        lines.extend(
            plan.kinds
                .iter()
                .map(|(kind, rows)| format!("{:>10}: {kind}", counted(*rows, "row"))),
        );
    }
    as_text(&lines)
}

/// A stage that keeps nothing but the first rejections.
struct Noted {
    most: usize,
    shown: Vec<Shown>,
}

impl Stage for Noted {
    fn batch(&mut self, _: &Filled) -> Result<(), Refusal> {
        Ok(())
    }

    fn rejection(&mut self, row: &Row, rejection: &Rejection) -> Result<(), Refusal> {
        if self.shown.len() < self.most {
            self.shown.push(Shown {
                record: row.record,
                line: row.line,
                column: rejection.column.clone(),
                value: rejection.value.clone(),
                reason: rejection.sentence(),
            });
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Refusal> {
        self.shown.clear();
        Ok(())
    }
}
