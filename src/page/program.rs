//! What all requests share: sessions, drafts, runs, where a send would go, and with whose credentials.
//!
//! A secret that a person typed is kept here, in memory alone; it is shown to nobody, and only the transport reads it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::draft::Checking;
use super::drafts::Drafts;
use super::runs::Runs;
use super::session::Sessions;
use super::view::frame::Mode;
use super::view::settings::Credentials as Shown;
use crate::control::Control;
use crate::error::Refusal;
use crate::roster::YearMonth;
use crate::transport::BaseUrl;

/// Checks that are made at one time.
const CHECKS_MAX: usize = 2;

/// A variable of the environment, as the face reads it.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

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
    destination: Mutex<Destination>,
    environment: Environment,
    began: Instant,
}

#[derive(Default)]
struct Destination {
    is_live: bool,
    typed: Option<Typed>,
}

/// Credentials that were typed into the page.
pub(super) struct Typed {
    pub(super) app: String,
    pub(super) secret: SecretString,
    pub(super) base_url: String,
}

impl Program {
    pub(super) fn new(
        options: &Options,
        host: String,
        key: String,
        control: Control,
    ) -> Result<Self, Refusal> {
        let program = Self {
            host,
            jobs: options.jobs.clone(),
            key,
            drafts: Drafts::open(&options.runs, options.upload_max)?,
            runs: Arc::new(Runs::new(options.runs.clone(), options.sending)),
            checking: Arc::new(Checking {
                runs: options.runs.clone(),
                present: options.present,
                slots: Arc::new(Semaphore::new(CHECKS_MAX)),
            }),
            control,
            sessions: Mutex::default(),
            destination: Mutex::default(),
            environment: Arc::clone(&options.environment),
            began: Instant::now(),
        };
        let has_credentials = program.credentials() != Shown::Missing;
        lock(&program.destination).is_live = has_credentials;
        Ok(program)
    }

    /// Time since the program began, by which sessions are measured.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    /// Where a send would go.
    pub(super) fn mode(&self) -> Mode {
        if !lock(&self.destination).is_live {
            return Mode::Rehearsal;
        }
        match self.credentials() {
            Shown::Missing => Mode::Rehearsal,
            Shown::Environment { app, host } | Shown::Typed { app, host } => {
                Mode::Live { host, app }
            }
        }
    }

    /// Sends go to the platform from now on, or to the sandbox. Without credentials they stay there.
    pub(super) fn go_live(&self, is_live: bool) -> bool {
        let is_live = is_live && self.credentials() != Shown::Missing;
        lock(&self.destination).is_live = is_live;
        is_live
    }

    /// Keeps credentials in memory, or forgets them.
    pub(super) fn keep(&self, typed: Option<Typed>) {
        let mut destination = lock(&self.destination);
        destination.typed = typed;
        if destination.typed.is_none() {
            destination.is_live = false;
        }
    }

    /// Where the app's id and secret come from, and never what the secret is.
    pub(super) fn credentials(&self) -> Shown {
        let environment = |name: &str| (self.environment)(name).filter(|value| !value.is_empty());
        let app = environment("FEISHU_APP_ID");
        let is_ready = environment("FEISHU_TENANT_ACCESS_TOKEN").is_some()
            || environment("FEISHU_USER_ACCESS_TOKEN").is_some();
        let has_secret = environment("FEISHU_APP_SECRET").is_some();
        if is_ready || app.is_some() && has_secret {
            let host = Self::host_of(environment("FEISHU_BASE_URL"));
            let app = app.unwrap_or_default();
            return Shown::Environment { app, host };
        }
        match &lock(&self.destination).typed {
            Some(typed) => Shown::Typed {
                app: typed.app.clone(),
                host: Self::host_of(Some(typed.base_url.clone())),
            },
            None => Shown::Missing,
        }
    }

    fn host_of(base_url: Option<String>) -> String {
        let base = base_url.unwrap_or_else(|| BaseUrl::DEFAULT.to_owned());
        BaseUrl::parse(&base).map_or(base, |base| base.place().to_owned())
    }

    /// A variable of the environment, or what was typed in its place.
    pub(super) fn look_up(&self, name: &str) -> Option<String> {
        let of_environment = (self.environment)(name);
        if matches!(self.credentials(), Shown::Environment { .. }) {
            return of_environment;
        }
        let destination = lock(&self.destination);
        let typed = destination.typed.as_ref();
        let typed = typed.and_then(|typed| match name {
            "FEISHU_APP_ID" => Some(typed.app.clone()),
            "FEISHU_APP_SECRET" => Some(typed.secret.expose_secret().to_owned()),
            "FEISHU_BASE_URL" => Some(typed.base_url.clone()),
            _ => None,
        });
        typed.or(of_environment)
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
