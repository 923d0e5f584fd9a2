//! The check of a draft: the whole file again, with what was given and corrected, into a sheet for the grid.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use super::lock;
use super::written::Written;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer, Silent};
use crate::job::Job;
use crate::mapping::Findings;
use crate::model::{InputFormat, Notice};
use crate::page::runs::block_on;
use crate::page::settings::Settings;
use crate::page::sheet::Sheet;
use crate::page::view::frame::Mode;
use crate::prepare::columns_used;
use crate::roster::YearMonth;
use crate::run::{self, Ask, CheckRequest, Checked, WordsAsked};
use crate::target::{Target, windows};
use crate::tenant::preflight::{Kept, Preflighted};

/// A checked file.
pub(in crate::page) struct Whole {
    pub(in crate::page) checked: Checked,
    pub(in crate::page) sheet: Sheet,
    /// The digest of what would be sent.
    pub(in crate::page) digest: String,
    /// What the platform said before anything is sent.
    pub(in crate::page) findings: Findings,
    /// The titles of the columns that are sent.
    pub(in crate::page) used: Vec<String>,
}

/// A check that is under way: rows read, and how much of the file that is.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::page) struct Underway {
    pub(in crate::page) rows: u64,
    pub(in crate::page) percent: u64,
    bytes_total: u64,
}

/// Where checks are made.
pub(in crate::page) struct Checking {
    pub(in crate::page) runs: PathBuf,
    pub(in crate::page) present: Option<YearMonth>,
    /// Two at a time: more would only make each other wait.
    pub(in crate::page) slots: Arc<Semaphore>,
    /// Whom the words of a job are asked of.
    pub(in crate::page) settings: Arc<Settings>,
    /// What it answered, so that each correction does not ask for everything again.
    pub(in crate::page) kept: Kept,
}

/// Tells how far a check is.
pub(super) struct Watcher(pub(super) Arc<Mutex<Underway>>);

impl Observer for Watcher {
    fn see(&self, event: &Event) {
        let mut underway = lock(&self.0);
        if let Event::CheckStarted { bytes_total, .. } = event {
            underway.bytes_total = (*bytes_total).max(1);
        }
        if let Event::CheckProgress { bytes, rows, .. } = event {
            underway.rows = *rows;
            underway.percent = (bytes * 100 / underway.bytes_total.max(1)).min(100);
        }
    }
}

/// Checks the file.
pub(super) fn checked(
    input: &Path,
    written: &Written,
    checking: &Checking,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Whole, Refusal> {
    let mut job = written.read_job()?;
    let known = words(&mut job, input, written, checking, control)?;
    let said = preflighted(&job, input, written, checking, control)?;
    let request = CheckRequest {
        windows: windows(&job.endpoint, None)?,
        job,
        input,
        corrections: written.corrections(),
        findings: &said.findings,
        runs: &checking.runs,
        present: checking.present,
    };
    let mut sheet = Sheet::default();
    let mut checked = run::check(
        request,
        &mut |staged| {
            sheet.take(staged);
            Ok(())
        },
        control,
        observer,
    )?;
    checked.plan.notices.extend(known);
    checked.plan.notices.extend(said.notices);
    let plan = &checked.plan;
    sheet.finish(
        plan.columns.clone(),
        plan.delimiter,
        plan.format == InputFormat::Jsonl,
    );
    Ok(Whole {
        digest: sheet.take_digest(),
        used: columns_used(&checked.job, input).unwrap_or_default(),
        checked,
        sheet,
        findings: said.findings,
    })
}

/// What the job's words stand for: the platform is asked for what it was not asked before, where sends would go to it. Samples are
/// of no company.
fn words(
    job: &mut Job,
    input: &Path,
    written: &Written,
    checking: &Checking,
    control: &Control,
) -> Result<Vec<Notice>, Refusal> {
    let settings = &checking.settings;
    if written.is_sample || !run::has_words_to_ask(job) || settings.mode() == Mode::Rehearsal {
        return run::take_known_words(job);
    }
    let target = Target::platform(&job.endpoint, None, &|name| settings.look_up(name))?;
    let corrected = written.corrections().cells();
    let corrected = corrected.map(|(_, _, text)| text.to_owned()).collect();
    block_on(run::ask_words(
        job,
        &WordsAsked {
            input,
            corrected,
            ask: Ask::WhatIsMissing,
        },
        &target.destination,
        control,
        Arc::new(Silent),
    ))
}

/// What the platform says before anything is sent, where sends would go to it.
fn preflighted(
    job: &Job,
    input: &Path,
    written: &Written,
    checking: &Checking,
    control: &Control,
) -> Result<Preflighted, Refusal> {
    let settings = &checking.settings;
    if written.is_sample || settings.mode() == Mode::Rehearsal {
        return Ok(Preflighted::default());
    }
    let target = Target::platform(&job.endpoint, None, &|name| settings.look_up(name))?;
    block_on(run::preflight_of_check(
        job,
        (input, written.corrections()),
        &checking.runs,
        (&target.destination, &checking.kept),
        control,
    ))
}
