//! Where a run's calls go, and as which app.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{AsValue, Value};

/// The platform of a run: it goes on there or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// The host; of a server on this machine with its port.
    pub host: String,
    /// The app's id, where it is known: a ready access token does not say whose it is.
    pub app: Option<String>,
    /// Whether the run is a rehearsal on the built-in sandbox.
    pub sandbox: bool,
}

impl Platform {
    /// Whether calls to the other go to the same place, as the same app as far as both are known. Each rehearsal has a sandbox of
    /// its own.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let apps_differ = self.app.is_some() && other.app.is_some() && self.app != other.app;
        self.sandbox == other.sandbox && (self.sandbox || self.host == other.host && !apps_differ)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_value().fmt(f)
    }
}

impl AsValue for Platform {
    fn as_value(&self) -> Value {
        match (&self.app, self.sandbox) {
            (_, true) => text!("the sandbox (a rehearsal)").as_value(),
            (Some(app), false) => text!("{host}, app {app}", host = self.host, app).as_value(),
            (None, false) => self.host.as_value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_its_host_and_its_app_and_a_rehearsal_is_only_a_rehearsal() {
        let platform = |host: &str, app: Option<&str>, sandbox| Platform {
            host: host.to_owned(),
            app: app.map(str::to_owned),
            sandbox,
        };
        let one = platform("open.feishu.cn", Some("cli_1"), false);
        assert!(one.is_same(&one));
        assert!(one.is_same(&platform("open.feishu.cn", None, false)));
        for other in [
            platform("open.larksuite.com", Some("cli_1"), false),
            platform("open.feishu.cn", Some("cli_2"), false),
            platform("open.feishu.cn", Some("cli_1"), true),
        ] {
            assert!(!one.is_same(&other) && !other.is_same(&one), "{other:?}");
        }
        let rehearsal = platform("sandbox", None, true);
        assert!(rehearsal.is_same(&rehearsal));
        assert_eq!(one.to_string(), "open.feishu.cn, app cli_1");
        assert_eq!(rehearsal.to_string(), "the sandbox (a rehearsal)");
    }
}
