//! Where calls go: the platform, with the credentials that a look-up gives, or a sandbox in this process.
//!
//! Faces share it. The look-up is the environment, or what a person typed in the place of it; nothing is said here: what a person
//! should know of the target is among its notices.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::deliver::quota::Quota;
use crate::endpoint::{Endpoint, TokenKind, Window};
use crate::error::Refusal;
use crate::model::{Notice, Platform};
use crate::run::{Destination, Opened};
use crate::sandbox::{self, FaultPlan, Quotas, Sandbox, SandboxOptions};
use crate::text::Text;
use crate::transport::{BaseUrl, Credentials, Http, Limits, TokenError, Tokens};

/// Gives a variable of the environment, or what was typed in its place.
pub type LookUp<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// A destination, and the sandbox behind it if there is one: it serves as long as it is kept.
pub struct Target {
    /// Where calls go.
    pub destination: Destination<Http>,
    /// The sandbox behind it.
    pub sandbox: Option<Sandbox>,
    /// What a person should know of it.
    pub notices: Vec<Notice>,
}

/// The windows to keep: as typed, else as the catalogue says.
pub fn windows(endpoint: &Endpoint, quota: Option<&str>) -> Result<Vec<Window>, Refusal> {
    match quota {
        Some(text) => Ok(Quota::parse(text)?.windows),
        None => Ok(endpoint.quota.clone()),
    }
}

impl Target {
    /// A sandbox in this process, which keeps the same windows as the run.
    pub async fn sandbox(
        endpoint: &Endpoint,
        quota: Option<String>,
        faults: FaultPlan,
    ) -> Result<Self, Refusal> {
        let windows = windows(endpoint, quota.as_deref())?;
        let sandbox = Sandbox::start(SandboxOptions {
            quotas: match &quota {
                Some(_) => Quotas::Each(windows.iter().map(judged).collect()),
                None => Quotas::Documented,
            },
            faults,
            ..SandboxOptions::default()
        })
        .await?;
        Ok(Self {
            destination: Self::of_sandbox(&sandbox, endpoint, quota)?,
            sandbox: Some(sandbox),
            notices: Vec::new(),
        })
    }

    /// The way to a sandbox that is there.
    pub fn of_sandbox(
        sandbox: &Sandbox,
        endpoint: &Endpoint,
        quota: Option<String>,
    ) -> Result<Destination<Http>, Refusal> {
        let credentials = Credentials::App {
            id: sandbox::APP_ID.to_owned(),
            secret: sandbox::APP_SECRET.into(),
        };
        let transport = Http::new(
            BaseUrl::parse(&sandbox.base_url())?,
            Limits::default(),
            None,
        )?;
        Ok(Destination {
            tokens: Tokens::new(credentials, transport.clone()),
            transport,
            platform: Platform {
                host: "sandbox".to_owned(),
                app: Some(sandbox::APP_ID.to_owned()),
                sandbox: true,
            },
            windows: windows(endpoint, quota.as_deref())?,
            quota,
            state_folder: None,
        })
    }

    /// The platform that `environment` names, or another server on this machine.
    pub fn platform(
        endpoint: &Endpoint,
        quota: Option<String>,
        environment: &LookUp<'_>,
    ) -> Result<Self, Refusal> {
        let windows = windows(endpoint, quota.as_deref())?;
        let base = BaseUrl::parse(
            environment("FEISHU_BASE_URL")
                .as_deref()
                .unwrap_or(BaseUrl::DEFAULT),
        )?;
        let credentials = Credentials::find(environment, &endpoint.tokens)?;
        if windows.is_empty() && !base.is_loopback() {
            return Err(Refusal::new(
                "command.quota-none",
                text!("--quota none is only for a server on this machine"),
            )
            .because(text!("the platform limits {name}", name = endpoint.name))
            .hint(text!("leave --quota out to keep the documented quota")));
        }
        let platform = Platform {
            host: base.place().to_owned(),
            app: match &credentials {
                Credentials::App { id, .. } => Some(id.clone()),
                // A ready token does not say whose it is; the variable may.
                Credentials::Ready { .. } => {
                    environment("FEISHU_APP_ID").filter(|id| !id.is_empty())
                }
            },
            sandbox: false,
        };
        let proxy =
            environment("HTTPS_PROXY").filter(|proxy| !proxy.is_empty() && !base.is_loopback());
        let mut notices = Vec::new();
        if proxy.is_some() {
            notices.push(Notice::new(
                "transport.proxy",
                text!("calls go through the proxy that HTTPS_PROXY names"),
            ));
        }
        let transport = Http::new(base, Limits::default(), proxy.as_deref())?;
        let tokens = Tokens::new(credentials, transport.clone());
        let state_folder = state_folder(environment);
        if state_folder.is_none() && !windows.is_empty() {
            notices.push(Notice::new(
                "quota.not-shared",
                text!("other runs of this machine do not see this run's calls, and may exceed the quota together with it: {why}", why = Text::plain(STATE_FOLDER_UNKNOWN)),
            ));
        }
        Ok(Self {
            destination: Destination {
                tokens: held(proxy.as_deref(), environment)
                    .iter()
                    .fold(tokens, |tokens, secret| tokens.hiding(secret)),
                transport,
                platform,
                quota,
                windows,
                state_folder,
            },
            sandbox: None,
            notices,
        })
    }

    /// The same destination as a run had, with the environment of now; refused where that is another platform or app.
    pub async fn of_run(opened: &Opened, environment: &LookUp<'_>) -> Result<Self, Refusal> {
        let quota = opened.facts.quota.clone();
        if opened.facts.platform.sandbox {
            return Self::sandbox(opened.endpoint(), quota, FaultPlan::default()).await;
        }
        let target = Self::platform(opened.endpoint(), quota, environment)?;
        opened.require_platform(&target.destination.platform)?;
        Ok(target)
    }
}

/// Asks the platform for a token, so that a person knows whether the credentials are good before anything is to be sent.
pub async fn try_credentials(environment: &LookUp<'_>) -> Result<(), Refusal> {
    let base = environment("FEISHU_BASE_URL");
    let base = BaseUrl::parse(base.as_deref().unwrap_or(BaseUrl::DEFAULT))?;
    let credentials = Credentials::find(environment, &[TokenKind::Tenant, TokenKind::User])?;
    let proxy = environment("HTTPS_PROXY").filter(|proxy| !proxy.is_empty() && !base.is_loopback());
    let transport = Http::new(base, Limits::default(), proxy.as_deref())?;
    match Tokens::new(credentials, transport).current().await {
        Ok(_) => Ok(()),
        Err(TokenError::Fatal(refusal)) => Err(refusal),
        Err(TokenError::Again { text, .. }) => Err(Refusal::new(
            "credentials.not-tried",
            "the platform gave no token just now",
        )
        .because(text)
        .hint("look at the network, and try again")),
    }
}

/// The name of the person's account on this machine, as far as it is known.
#[must_use]
pub fn user(environment: &LookUp<'_>) -> Option<String> {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let mut named = names.into_iter().filter_map(environment);
    named.find(|name| !name.is_empty())
}

/// Every secret of the environment, used or not, and the password of a proxy: a server may repeat any of them.
fn held(proxy: Option<&str>, environment: &LookUp<'_>) -> Vec<String> {
    let password = proxy
        .and_then(|proxy| proxy.rsplit_once('@')?.0.rsplit_once(':'))
        .map(|(_, password)| {
            percent_decode_str(password)
                .decode_utf8_lossy()
                .into_owned()
        });
    let variables = [
        "FEISHU_APP_SECRET",
        "FEISHU_TENANT_ACCESS_TOKEN",
        "FEISHU_USER_ACCESS_TOKEN",
    ];
    variables
        .into_iter()
        .filter_map(environment)
        .chain(password)
        .collect()
}

/// The user's folder for what is kept between runs and can be lost.
#[must_use]
pub fn state_folder(environment: &LookUp<'_>) -> Option<PathBuf> {
    let absolute = |name| {
        environment(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        let in_home = || absolute("HOME").map(|home| home.join(".local/state"));
        absolute("XDG_STATE_HOME").or_else(in_home)
    };
    folder.map(|folder| folder.join("feishu-bulk"))
}

/// The user's folder for what the program keeps for good, where nobody chose another.
#[must_use]
pub fn data_folder(environment: &LookUp<'_>) -> Option<PathBuf> {
    if cfg!(windows) || cfg!(target_os = "macos") {
        return state_folder(environment);
    }
    let absolute = |name| {
        environment(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let in_home = || absolute("HOME").map(|home| home.join(".local/share"));
    let folder = absolute("XDG_DATA_HOME").or_else(in_home);
    folder.map(|folder| folder.join("feishu-bulk"))
}

/// Why there is no such folder.
pub const STATE_FOLDER_UNKNOWN: &str = if cfg!(windows) {
    "LOCALAPPDATA names no folder"
} else if cfg!(target_os = "macos") {
    "HOME names no folder"
} else {
    "neither XDG_STATE_HOME nor HOME names a folder"
};

/// The sandbox stands in for the tenant whose quota differs.
fn judged(window: &Window) -> sandbox::Window {
    sandbox::Window {
        calls: window.calls,
        span: window.span,
    }
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn the_state_folder_is_the_one_the_environment_names_else_the_usual_one_of_the_home() {
        let of = |variables: &[(&str, &str)]| {
            let look_up = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            state_folder(&look_up).map(|folder| folder.display().to_string())
        };
        let home = ("HOME", "/home/a");
        assert_eq!(
            of(&[home, ("XDG_STATE_HOME", "/state")]).as_deref(),
            Some("/state/feishu-bulk")
        );
        for useless in ["", "state"] {
            assert_eq!(
                of(&[("XDG_STATE_HOME", useless), home]).as_deref(),
                Some("/home/a/.local/state/feishu-bulk")
            );
        }
        assert_eq!(of(&[]), None);
    }
}
