//! An uploaded file on its way to be sent: its job, what was given, its corrections, and its last check.
//!
//! What a person typed is written down at each change, whole; what the program can find again is not. A check has a number, counted up
//! with each change: what is based on another number than the last one is stale. Nothing here knows HTTP or markup.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};

use super::sheet::Sheet;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::job::{self, Job};
use crate::mapping::Corrections;
use crate::model::InputFormat;
use crate::prepare::columns_used;
use crate::roster::YearMonth;
use crate::run::{self, CheckRequest, Checked};
use crate::store::{Correction, private_file};
use crate::target::windows;

/// Steps that can be undone.
const STEPS_MAX: usize = 1_000;
const FILE: &str = "draft.json";
const INPUT: &str = "input";

/// An uploaded file.
pub(super) struct Draft {
    pub(super) id: u64,
    folder: PathBuf,
    state: Mutex<State>,
    /// Changes whenever there is something new to show.
    changed: watch::Sender<u64>,
}

/// What a person gave, as it is written down.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Written {
    /// The file's name, which is only ever shown.
    pub(super) name: String,
    pub(super) sha256: String,
    /// When it was uploaded, in the time of this computer.
    pub(super) uploaded: String,
    /// Where the job file is.
    pub(super) job: Option<PathBuf>,
    /// Whether it came with the program: then it is only rehearsed.
    #[serde(default)]
    pub(super) is_sample: bool,
    pub(super) given: Given,
    corrections: Corrections,
    /// What the file says where a cell was ever corrected.
    originals: BTreeMap<u64, BTreeMap<usize, String>>,
    done: Vec<Step>,
    undone: Vec<Step>,
}

/// What was given in the place of the file or the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// As `--set` takes it.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) sheet: Option<String>,
    #[serde(default)]
    pub(super) encoding: Option<String>,
}

/// One step of a person: cells with what they were corrected to before and after, and rows that were left out or taken in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Step {
    cells: Vec<(u64, usize, Option<String>, Option<String>)>,
    rows: Vec<(u64, bool, bool)>,
}

/// What is to be changed.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Record, column, and what the cell is to say; what the file says where that is none.
    pub(super) cells: Vec<(u64, usize, Option<String>)>,
    pub(super) leave_out: Vec<u64>,
    pub(super) put_back: Vec<u64>,
}

#[derive(Default)]
struct State {
    written: Written,
    /// The number of the last check that was started.
    check: u64,
    running: Option<Running>,
    found: Option<Arc<CheckResult>>,
    /// Whether a run is being made of it.
    is_sent: bool,
}

struct Running {
    control: Control,
    progress: Arc<Mutex<Underway>>,
}

/// What a check found.
pub(super) struct CheckResult {
    pub(super) check: u64,
    pub(super) outcome: Result<Whole, Refusal>,
}

/// A checked file.
pub(super) struct Whole {
    pub(super) checked: Checked,
    pub(super) sheet: Sheet,
    /// The digest of what would be sent.
    pub(super) digest: String,
    /// The titles of the columns that are sent.
    pub(super) used: Vec<String>,
}

/// A check that is under way: rows read, and how much of the file that is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Underway {
    pub(super) rows: u64,
    pub(super) percent: u64,
    bytes_total: u64,
}

/// What there is to show of a draft.
pub(super) struct View {
    pub(super) check: u64,
    pub(super) underway: Option<Underway>,
    pub(super) found: Option<Arc<CheckResult>>,
    pub(super) written: Written,
    /// The copy of the file.
    pub(super) input: PathBuf,
}

/// Where checks are made.
pub(super) struct Checking {
    pub(super) runs: PathBuf,
    pub(super) present: Option<YearMonth>,
    /// Two at a time: more would only make each other wait.
    pub(super) slots: Arc<Semaphore>,
}

impl Draft {
    /// A file that was uploaded into a folder of its own.
    pub(super) fn new(id: u64, folder: PathBuf, written: Written) -> Result<Self, Refusal> {
        let draft = Self::of(id, folder, written);
        draft.write(&draft.lock().written)?;
        Ok(draft)
    }

    /// A draft of an earlier start of the program; none where its folder holds none.
    pub(super) fn open(id: u64, folder: PathBuf) -> Option<Self> {
        let written = fs::read(folder.join(FILE)).ok()?;
        let written = serde_json::from_slice(&written).ok()?;
        folder
            .join(INPUT)
            .is_file()
            .then(|| Self::of(id, folder, written))
    }

    fn of(id: u64, folder: PathBuf, written: Written) -> Self {
        Self {
            id,
            folder,
            state: Mutex::new(State {
                written,
                ..State::default()
            }),
            changed: watch::Sender::new(0),
        }
    }

    /// The copy of the file.
    pub(super) fn input(&self) -> PathBuf {
        self.folder.join(INPUT)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn view(&self) -> View {
        let state = self.lock();
        let running = state.running.as_ref();
        let underway = running.map(|running| *lock(&running.progress));
        View {
            check: state.check,
            underway,
            found: state.found.clone(),
            written: state.written.clone(),
            input: self.input(),
        }
    }

    /// Chooses the job and what was given; the corrections stay, unless another sheet is read.
    pub(super) fn choose(&self, job: &Path, given: Given) -> Result<(), Refusal> {
        let mut state = self.lock();
        let mut written = state.written.clone();
        if written.given.sheet != given.sheet {
            written.corrections = Corrections::default();
            written.originals.clear();
            written.done.clear();
            written.undone.clear();
        }
        written.job = Some(job.to_owned());
        written.given = given;
        self.write(&written)?;
        state.written = written;
        state.found = None;
        Ok(())
    }

    /// Changes cells and rows, if the change is based on the last check.
    pub(super) fn change(&self, check: u64, change: Change) -> Result<(), Refusal> {
        let mut state = self.lock();
        let whole = state.current(check)?;
        let whole = match &whole.outcome {
            Ok(whole) => whole,
            Err(refusal) => return Err(refusal.clone()),
        };
        let mut written = state.written.clone();
        let mut step = Step::default();
        for (record, column, text) in change.cells {
            let Some(shown) = whole.sheet.cell(record, column) else {
                continue;
            };
            let original = written.originals.entry(record).or_default();
            let original = original.entry(column).or_insert(shown);
            // A cell that says what the file says is not corrected.
            let text = text.filter(|text| text != original);
            let before = written.corrections.set(record, column, text.clone());
            step.cells.push((record, column, before, text));
        }
        let rows = change.leave_out.into_iter().map(|record| (record, true));
        for (record, is_out) in
            rows.chain(change.put_back.into_iter().map(|record| (record, false)))
        {
            let before = written.corrections.leave_out(record, is_out);
            step.rows.push((record, before, is_out));
        }
        written.undone.clear();
        written.done.push(step);
        let more = written.done.len().saturating_sub(STEPS_MAX);
        written.done.drain(..more);
        self.write(&written)?;
        state.written = written;
        Ok(())
    }

    /// Takes the last step back, or takes it again.
    pub(super) fn step(&self, check: u64, is_undo: bool) -> Result<(), Refusal> {
        let mut state = self.lock();
        state.current(check)?;
        let mut written = state.written.clone();
        let (from, to) = if is_undo {
            (&mut written.done, &mut written.undone)
        } else {
            (&mut written.undone, &mut written.done)
        };
        let Some(step) = from.pop() else {
            return Ok(());
        };
        to.push(step.clone());
        // The same cell may have been changed twice in one step.
        let mut cells: Vec<_> = step.cells.iter().collect();
        if is_undo {
            cells.reverse();
        }
        for (record, column, before, after) in cells {
            let text = if is_undo { before } else { after };
            written.corrections.set(*record, *column, text.clone());
        }
        for (record, before, after) in &step.rows {
            let is_out = if is_undo { before } else { after };
            written.corrections.leave_out(*record, *is_out);
        }
        self.write(&written)?;
        state.written = written;
        Ok(())
    }

    /// Checks the file anew; a check that is under way ends first. Returns the number of the new one.
    pub(super) fn start_check(self: &Arc<Self>, checking: &Arc<Checking>) -> u64 {
        let mut state = self.lock();
        if let Some(running) = state.running.take() {
            running.control.interrupt();
        }
        state.check += 1;
        let check = state.check;
        let control = Control::default();
        let progress = Arc::new(Mutex::new(Underway::default()));
        state.running = Some(Running {
            control: control.clone(),
            progress: Arc::clone(&progress),
        });
        let written = state.written.clone();
        drop(state);
        let (draft, checking) = (Arc::clone(self), Arc::clone(checking));
        tokio::spawn(async move {
            let slot = Arc::clone(&checking.slots).acquire_owned().await;
            let input = draft.input();
            let checked = tokio::task::spawn_blocking(move || {
                let _slot = slot;
                checked(&input, &written, &checking, &control, &Watcher(progress))
            });
            let broken = |_| Err(Refusal::new("page.check", text!("the check broke off")));
            let outcome = checked.await.unwrap_or_else(broken);
            draft.take(CheckResult { check, outcome });
        });
        check
    }

    fn take(&self, found: CheckResult) {
        let mut state = self.lock();
        // A newer one is under way: this one was of a file that is another by now.
        if state.check != found.check {
            return;
        }
        state.running = None;
        state.found = Some(Arc::new(found));
        drop(state);
        self.changed.send_modify(|changes| *changes += 1);
    }

    /// Ends the check that is under way.
    pub(super) fn stop_check(&self) {
        if let Some(running) = &self.lock().running {
            running.control.interrupt();
        }
    }

    /// Waits until no check is under way.
    pub(super) async fn checked(&self) {
        let mut changes = self.changed.subscribe();
        while self.lock().running.is_some() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Takes the draft for a run: of two that want it at once, one gets it. What is based on another check gets nothing.
    pub(super) fn begin_sending(&self, check: u64) -> Result<Arc<CheckResult>, Refusal> {
        let mut state = self.lock();
        let found = state.current(check)?;
        if std::mem::replace(&mut state.is_sent, true) {
            return Err(
                Refusal::new("page.sent", text!("this is being sent already"))
                    .hint(text!("look at the runs")),
            );
        }
        Ok(found)
    }

    /// Gives the draft back: no run came of it.
    pub(super) fn not_sent(&self) {
        self.lock().is_sent = false;
    }

    /// The corrections, and how each reads in the file of a run.
    pub(super) fn corrections(&self) -> (Corrections, Vec<Correction>) {
        let state = self.lock();
        let written = &state.written;
        let whole = state
            .found
            .as_ref()
            .and_then(|found| found.outcome.as_ref().ok());
        let correction = |(record, column, new): (u64, usize, &str)| {
            let plan = whole.map(|whole| &whole.checked.plan);
            let title = plan.and_then(|plan| plan.columns.names().get(column));
            let line = whole.and_then(|whole| whole.sheet.line(record));
            let cell = plan.zip(line).and_then(|(plan, line)| {
                let head = plan.sheets.head(&plan.head, record);
                Some(format!(
                    "{}!{}",
                    head.sheet.as_deref()?,
                    head.cell(column, line)?
                ))
            });
            let old = written
                .originals
                .get(&record)
                .and_then(|cells| cells.get(&column));
            Correction {
                record,
                column: title.cloned().unwrap_or_default(),
                cell,
                old: old.cloned().unwrap_or_default(),
                new: new.to_owned(),
            }
        };
        let corrections = written.corrections.cells().map(correction).collect();
        (written.corrections.clone(), corrections)
    }

    /// Writes what a person gave, whole: a crash leaves what was written before, or this.
    fn write(&self, written: &Written) -> Result<(), Refusal> {
        let path = self.folder.join(FILE);
        let temporary = self.folder.join(".draft.json.new");
        let json = serde_json::to_vec(written).unwrap_or_default();
        let done = private_file(&temporary, true)
            .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, &path));
        done.map_err(|error| {
            Refusal::new("page.disk", text!("what you changed could not be kept"))
                .because(format!("{}: {error}", path.display()))
                .because(text!("nothing was changed, and nothing was sent"))
                .hint(text!("make room on the disk, and try again"))
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// What the last check found, if it has ended and a person saw it.
    fn current(&self, check: u64) -> Result<Arc<CheckResult>, Refusal> {
        let found = self
            .found
            .as_ref()
            .filter(|found| found.check == self.check);
        match found {
            Some(found) if self.check == check => Ok(Arc::clone(found)),
            _ => Err(Refusal::new(
                "page.stale",
                text!("changed in another tab, or still being checked"),
            )
            .hint(text!("this is the current state: look once more"))),
        }
    }
}

impl Written {
    /// A file that was just taken in.
    pub(super) fn of(name: String, sha256: String) -> Self {
        Self {
            name,
            sha256,
            uploaded: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            ..Self::default()
        }
    }

    /// One that came with the program, for the job that came with it.
    pub(super) fn of_sample(self, job: PathBuf) -> Self {
        Self {
            job: Some(job),
            is_sample: true,
            ..self
        }
    }

    pub(super) fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    /// What the file says in a cell that was corrected.
    pub(super) fn original(&self, record: u64, column: usize) -> Option<&str> {
        Some(self.originals.get(&record)?.get(&column)?.as_str())
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// The job, with what was given in its place.
    pub(super) fn read_job(&self) -> Result<Job, Refusal> {
        let path = self.job.as_deref().unwrap_or(Path::new(""));
        let set: Vec<(String, String)> = self.given.set.clone().into_iter().collect();
        let mut job = job::read(path, &set)?;
        if let Some(sheet) = &self.given.sheet {
            job.read_sheet(sheet);
        }
        if let Some(encoding) = &self.given.encoding {
            job.input.encoding = Some(encoding.clone());
        }
        Ok(job)
    }
}

/// Tells how far a check is.
struct Watcher(Arc<Mutex<Underway>>);

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

fn checked(
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
        corrections: &written.corrections,
        runs: &checking.runs,
        present: checking.present,
    };
    let mut sheet = Sheet::default();
    let checked = run::check(request, &mut sheet, control, observer)?;
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
