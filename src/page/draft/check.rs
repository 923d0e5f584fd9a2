//! The check of a draft: the whole file again, with what was given and corrected, into a sheet for the grid.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use super::lock;
use super::written::Written;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::model::InputFormat;
use crate::page::sheet::Sheet;
use crate::prepare::columns_used;
use crate::roster::YearMonth;
use crate::run::{self, CheckRequest, Checked};
use crate::target::windows;

/// A checked file.
pub(in crate::page) struct Whole {
    pub(in crate::page) checked: Checked,
    pub(in crate::page) sheet: Sheet,
    /// The digest of what would be sent.
    pub(in crate::page) digest: String,
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
    let job = written.read_job()?;
    let request = CheckRequest {
        windows: windows(&job.endpoint, None)?,
        job,
        input,
        corrections: written.corrections(),
        runs: &checking.runs,
        present: checking.present,
    };
    let mut sheet = Sheet::default();
    let checked = run::check(
        request,
        &mut |staged| {
            sheet.take(staged);
            Ok(())
        },
        control,
        observer,
    )?;
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
    })
}
