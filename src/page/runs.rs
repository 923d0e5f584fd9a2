//! Runs under way in this process: begun, resumed, sent again, stopped. One at a time: two would share one quota and slow each other.
//!
//! What a run is and does is the work's business; here it gets a thread, somebody who watches it, and a place among the others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use super::sheet::Sheet;
use crate::conclusion::Ended;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::log::{Format, Log};
use crate::progress::{Progress, Snapshot};
use crate::store::{self, Facts, Ledger, RunFolder};

/// Sheets of runs that are kept: going back to one needs no second reading.
const SHEETS_MAX: usize = 4;

pub(super) struct Runs {
    pub(super) folder: PathBuf,
    underway: Mutex<HashMap<String, Arc<Underway>>>,
    /// Why runs of this process came to nothing, by their ids: of those there is no folder.
    refused: Mutex<HashMap<String, Refusal>>,
    sheets: Mutex<Vec<(String, Arc<RunSheet>)>>,
    turn: Arc<Semaphore>,
    sending: fn(bool),
}

/// A run that works, or waits for its turn.
pub(super) struct Underway {
    pub(super) run: String,
    /// What its file was called.
    pub(super) name: String,
    pub(super) is_rehearsal: bool,
    control: Control,
    watcher: Arc<Watcher>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    has_turn: bool,
    stopping_since: Option<Instant>,
}

/// Everybody who hears of a run's events.
pub(super) struct Watcher {
    log: Log,
    progress: Mutex<Progress>,
    began: Instant,
    changes: watch::Sender<u64>,
}

/// The sheet of a run that ended.
pub(super) struct RunSheet {
    pub(super) facts: Facts,
    pub(super) sheet: Sheet,
}

/// What there is to show of a run that works.
pub(super) struct Shown {
    pub(super) snapshot: Snapshot,
    /// The run that has the turn, while this one waits.
    pub(super) waits_for: Option<String>,
    /// How long it has been stopping.
    pub(super) stopping: Option<Duration>,
}

impl Watcher {
    /// Opens the log of a run.
    pub(super) fn start(folder: &RunFolder) -> Result<Arc<Self>, Refusal> {
        Ok(Arc::new(Self {
            log: Log::start(folder, None, Format::Text)?,
            progress: Mutex::default(),
            began: Instant::now(),
            changes: watch::Sender::new(0),
        }))
    }
}

impl Observer for Watcher {
    fn see(&self, event: &Event) {
        self.log.see(event);
        lock(&self.progress).see(event, self.began.elapsed());
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl Runs {
    pub(super) fn new(folder: PathBuf, sending: fn(bool)) -> Self {
        Self {
            folder,
            underway: Mutex::default(),
            refused: Mutex::default(),
            sheets: Mutex::default(),
            turn: Arc::new(Semaphore::new(1)),
            sending,
        }
    }

    /// Lets a run work when it is its turn. `work` makes its calls on a thread of its own; `then` is told how it ended.
    pub(super) fn start(
        self: &Arc<Self>,
        (run, name, is_rehearsal): (String, String, bool),
        watcher: Arc<Watcher>,
        work: impl FnOnce(&Control, Arc<dyn Observer>) -> Result<Ended, Refusal> + Send + 'static,
        then: impl FnOnce(&Result<Ended, Refusal>) + Send + 'static,
    ) {
        let underway = Arc::new(Underway {
            run: run.clone(),
            name,
            is_rehearsal,
            control: Control::default(),
            watcher: Arc::clone(&watcher),
            state: Mutex::default(),
        });
        let mut all = lock(&self.underway);
        all.insert(run.clone(), Arc::clone(&underway));
        (self.sending)(true);
        drop(all);
        lock(&self.sheets).retain(|(known, _)| *known != run);
        let runs = Arc::clone(self);
        tokio::spawn(async move {
            let turn = Arc::clone(&runs.turn).acquire_owned().await;
            lock(&underway.state).has_turn = true;
            let control = underway.control.clone();
            let observer: Arc<dyn Observer> = watcher.clone();
            let worked = tokio::task::spawn_blocking(move || work(&control, observer)).await;
            let broken = |_| Err(Refusal::new("page.run", text!("the run broke off")));
            let ended = worked.unwrap_or_else(broken);
            drop(turn);
            then(&ended);
            if let Err(refusal) = ended {
                lock(&runs.refused).insert(run.clone(), refusal);
            }
            let mut all = lock(&runs.underway);
            all.remove(&run);
            (runs.sending)(!all.is_empty());
            drop(all);
            watcher.changes.send_modify(|changes| *changes += 1);
        });
    }

    pub(super) fn underway(&self, run: &str) -> Option<Arc<Underway>> {
        lock(&self.underway).get(run).cloned()
    }

    pub(super) fn all_underway(&self) -> Vec<Arc<Underway>> {
        lock(&self.underway).values().cloned().collect()
    }

    /// Why a run of this process came to nothing.
    pub(super) fn refused(&self, run: &str) -> Option<Refusal> {
        lock(&self.refused).get(run).cloned()
    }

    /// The id of a run, if there is such a one: no path is made of anything else.
    pub(super) fn find(&self, run: &str) -> Option<String> {
        let known = store::list(&self.folder).unwrap_or_default();
        known.into_iter().find(|known| known == run)
    }

    /// The sheet of a run that ended.
    pub(super) fn sheet(&self, run: &str) -> Result<Arc<RunSheet>, Refusal> {
        let known = lock(&self.sheets);
        if let Some((_, sheet)) = known.iter().find(|(known, _)| known == run) {
            return Ok(Arc::clone(sheet));
        }
        drop(known);
        let ledger = Ledger::look(&self.folder.join(run).join("run.db"))?;
        let facts = ledger.facts()?;
        let sheet = Sheet::of_run(&ledger, &facts)?;
        let sheet = Arc::new(RunSheet { facts, sheet });
        let mut known = lock(&self.sheets);
        if known.len() >= SHEETS_MAX {
            known.remove(0);
        }
        known.push((run.to_owned(), Arc::clone(&sheet)));
        Ok(sheet)
    }

    /// Forgets what is kept of a run: it is removed, or its items are about to change.
    pub(super) fn forget(&self, run: &str) {
        lock(&self.sheets).retain(|(known, _)| known != run);
    }

    /// Stops every run in order, and waits until all have ended.
    pub(super) async fn stop_all(&self) {
        let underway = self.all_underway();
        for run in &underway {
            run.stop(false);
        }
        for run in underway {
            let mut changes = run.watcher.changes.subscribe();
            while self.underway(&run.run).is_some() && changes.changed().await.is_ok() {}
        }
    }

    /// What there is to show of a run that works.
    pub(super) fn shown(&self, run: &Underway) -> Shown {
        let state = lock(&run.state);
        let (has_turn, stopping) = (state.has_turn, state.stopping_since);
        drop(state);
        let others = self.all_underway();
        let ahead = others.iter().find(|other| lock(&other.state).has_turn);
        Shown {
            snapshot: lock(&run.watcher.progress).snapshot(run.watcher.began.elapsed()),
            waits_for: ahead.filter(|_| !has_turn).map(|ahead| ahead.name.clone()),
            stopping: stopping.map(|since| since.elapsed()),
        }
    }
}

impl Underway {
    /// Stops in order; `at_once` ends the calls in flight too.
    pub(super) fn stop(&self, at_once: bool) {
        self.control.interrupt();
        if at_once {
            // The second interruption ends what the first one waits for.
            self.control.interrupt();
        }
        lock(&self.state)
            .stopping_since
            .get_or_insert_with(Instant::now);
        self.watcher.changes.send_modify(|changes| *changes += 1);
    }

    /// Changes with each event.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.watcher.changes.subscribe()
    }
}

/// Lets a future that belongs to one thread work on this one, which may wait.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    Handle::current().block_on(future)
}

/// Removes the folder of a rehearsal. Runs that were sent to the platform are never removed here.
pub(super) fn delete_rehearsal(runs: &Path, run: &str) -> Result<(), Refusal> {
    let ledger = Ledger::open(&runs.join(run).join("run.db"))?;
    if !ledger.facts()?.platform.sandbox {
        return Err(Refusal::new(
            "page.not-rehearsed",
            text!("only a rehearsal can be deleted"),
        ));
    }
    drop(ledger);
    RunFolder::open(runs, run)?.discard();
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
