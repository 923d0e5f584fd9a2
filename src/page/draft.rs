//! An uploaded file on its way to be sent: its job, what was given, its corrections, and its last check.
//!
//! What a person typed is written down at each change, whole; what the program can find again is not. A check has a number, counted up
//! with each change: what is based on another number than the last one is stale. Nothing here knows HTTP or markup.

mod check;
mod written;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub(super) use self::check::{Checking, Underway, Whole};
use self::check::{Watcher, checked};
pub(super) use self::written::{Change, Given, Written};
use crate::control::Control;
use crate::error::Refusal;
use crate::mapping::Corrections;
use crate::store::Correction;

const INPUT: &str = "input";

/// An uploaded file.
pub(super) struct Draft {
    pub(super) id: u64,
    folder: PathBuf,
    state: Mutex<State>,
    /// Changes whenever there is something new to show.
    changed: watch::Sender<u64>,
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

/// What there is to show of a draft.
pub(super) struct View {
    pub(super) check: u64,
    pub(super) underway: Option<Underway>,
    pub(super) found: Option<Arc<CheckResult>>,
    pub(super) written: Written,
    /// The copy of the file.
    pub(super) input: PathBuf,
}

impl Draft {
    /// A file that was uploaded into a folder of its own.
    pub(super) fn new(id: u64, folder: PathBuf, written: Written) -> Result<Self, Refusal> {
        let draft = Self::of(id, folder, written);
        draft.lock().written.keep(&draft.folder)?;
        Ok(draft)
    }

    /// A draft of an earlier start of the program; none where its folder holds none.
    pub(super) fn open(id: u64, folder: PathBuf) -> Option<Self> {
        let written = Written::read(&folder)?;
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
        written.choose(job, given);
        written.keep(&self.folder)?;
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
        written.change(&whole.sheet, change);
        written.keep(&self.folder)?;
        state.written = written;
        Ok(())
    }

    /// Takes the last step back, or takes it again.
    pub(super) fn step(&self, check: u64, is_undo: bool) -> Result<(), Refusal> {
        let mut state = self.lock();
        state.current(check)?;
        let mut written = state.written.clone();
        if !written.step(is_undo) {
            return Ok(());
        }
        written.keep(&self.folder)?;
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
            let old = written.original(record, column);
            Correction {
                record,
                column: title.cloned().unwrap_or_default(),
                cell,
                old: old.unwrap_or_default().to_owned(),
                new: new.to_owned(),
            }
        };
        let corrections = written.corrections().cells().map(correction).collect();
        (written.corrections().clone(), corrections)
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
