//! What all requests share: sessions, drafts, runs and settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::draft::Checking;
use super::drafts::Drafts;
use super::runs::Runs;
use super::session::Sessions;
use super::settings::{Environment, Settings};
use crate::control::Control;
use crate::error::Refusal;
use crate::roster::YearMonth;
use crate::tenant::preflight::Kept;

/// Checks that are made at one time.
const CHECKS_MAX: usize = 2;

/// How the page is opened.
pub struct Options {
    /// The folder of the runs.
    pub runs: PathBuf,
    /// The folder of the jobs.
    pub jobs: PathBuf,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Bytes of a file that is uploaded, at most.
    pub upload_max: u64,
    /// The month in which the program is run.
    pub present: Option<YearMonth>,
    /// Credentials and addresses.
    pub environment: Environment,
    /// Told when a run is under way, and when none is any more.
    pub sending: fn(bool),
}

pub(super) struct Program {
    /// `127.0.0.1:PORT`.
    pub(super) host: String,
    pub(super) jobs: PathBuf,
    /// What a second start shows.
    pub(super) key: String,
    pub(super) drafts: Drafts,
    pub(super) runs: Arc<Runs>,
    pub(super) checking: Arc<Checking>,
    /// Ends the program.
    pub(super) control: Control,
    sessions: Mutex<Sessions>,
    pub(super) settings: Arc<Settings>,
    began: Instant,
}

impl Program {
    pub(super) fn new(
        options: &Options,
        host: String,
        key: String,
        control: Control,
    ) -> Result<Self, Refusal> {
        let settings = Arc::new(Settings::new(Arc::clone(&options.environment)));
        Ok(Self {
            host,
            jobs: options.jobs.clone(),
            key,
            drafts: Drafts::open(&options.runs, options.upload_max)?,
            runs: Arc::new(Runs::new(options.runs.clone(), options.sending)),
            checking: Arc::new(Checking {
                runs: options.runs.clone(),
                present: options.present,
                slots: Arc::new(Semaphore::new(CHECKS_MAX)),
                settings: Arc::clone(&settings),
                kept: Kept::default(),
            }),
            control,
            sessions: Mutex::default(),
            settings,
            began: Instant::now(),
        })
    }

    /// Time since the program began, by which sessions are measured.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    /// The job files, by their names.
    pub(super) fn job_files(&self) -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(&self.jobs).into_iter().flatten();
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
        let is_job = |path: &PathBuf| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
                && path.is_file()
        };
        let mut jobs: Vec<(String, PathBuf)> = paths
            .filter(is_job)
            .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
            .collect();
        jobs.sort();
        jobs
    }

    /// Looks a job up by its name: no path is made of what a browser says.
    pub(super) fn job_file(&self, name: &str) -> Option<PathBuf> {
        let jobs: HashMap<String, PathBuf> = self.job_files().into_iter().collect();
        jobs.get(name).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
