//! Where a send would go, and with whose credentials.
//!
//! A secret that a person typed is kept here, in memory alone; it is shown to nobody, and only the transport reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::view::frame::Mode;
use super::view::settings::Credentials as Shown;
use crate::transport::BaseUrl;

/// A variable of the environment, as the face reads it.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What a person chose and typed, and the environment beneath it.
pub(super) struct Settings {
    destination: Mutex<Destination>,
    environment: Environment,
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

impl Settings {
    pub(super) fn new(environment: Environment) -> Self {
        let settings = Self {
            destination: Mutex::default(),
            environment,
        };
        let has_credentials = settings.credentials() != Shown::Missing;
        lock(&settings.destination).is_live = has_credentials;
        settings
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
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
