//! Where the schedule of a quota is kept: in this process, or in a file that all processes of the machine share.
//!
//! Invariant: what one process took, the next one sees. A file that fails is left for good: this process goes on with what it last
//! read, and says so.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::record::{self, FileClock, FileContent};
use super::schedule::{Schedule, calls_max};
use crate::endpoint::{Method, Window};
use crate::event::{Event, Observer};
use crate::machine::{self, SharedNumbers};
use crate::model::{Notice, Platform};
use crate::text::Text;

/// The schedule, and the clock it goes by.
pub(super) struct Book {
    state: Mutex<State>,
    wall: Clock,
    observer: Arc<dyn Observer>,
}

/// Time since a fixed moment.
pub(super) type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

struct State {
    schedule: Schedule,
    clock: FileClock,
    file: Option<SharedNumbers>,
}

/// Where the quota of an endpoint is kept for all processes of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    folder: PathBuf,
    name: String,
}

impl Shared {
    /// The file for one host, app and method in a folder. Ready tokens that do not say whose they are share one: that is slower than
    /// it need be when they are of different apps, and never faster than it may be.
    #[must_use]
    pub fn new(folder: &Path, platform: &Platform, method: Method, path: &str) -> Self {
        let app = platform.app.as_deref().unwrap_or_default();
        let machine = machine::id();
        let key = [&platform.host, app, method.word(), path, &machine].join("\n");
        let digest = Sha256::digest(key.as_bytes());
        let name = digest.first_chunk().copied().map(u128::from_be_bytes);
        Self::in_folder(folder, &format!("quota-{:032x}", name.unwrap_or_default()))
    }

    /// The file of this name.
    pub(super) fn in_folder(folder: &Path, name: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl Book {
    /// A book of this process alone.
    pub(super) fn own(windows: &[Window], clock: Clock, observer: Arc<dyn Observer>) -> Self {
        Self {
            state: Mutex::new(State {
                schedule: Schedule::new(windows),
                clock: FileClock::default(),
                file: None,
            }),
            wall: clock,
            observer,
        }
    }

    /// A book shared with the other processes, or one of this process alone where that cannot be; the observer is told.
    pub(super) fn shared(
        windows: &[Window],
        shared: &Shared,
        wall: Clock,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let book = Self::own(windows, wall, observer);
        let opened = if calls_max(windows) > CALLS_SHARED_MAX {
            Err("its windows hold more calls than a file should keep".to_owned())
        } else {
            SharedNumbers::open(&shared.folder, &shared.name).map_err(|error| error.to_string())
        };
        match opened {
            Ok(file) => book.state().file = Some(file),
            Err(why) => book.tell_alone(&shared.folder.join(&shared.name), &why),
        }
        book
    }

    /// Reads or changes the schedule, at the time that is given with it. Where the file fails in the midst of it, the change is made
    /// once more, in this process alone.
    pub(super) fn with<R>(&self, mut change: impl FnMut(&mut Schedule, Duration) -> R) -> R {
        let State {
            schedule,
            clock,
            file,
        } = &mut *self.state();
        if let Some(shared) = file {
            let mut damaged = false;
            let changed = shared.change(|numbers| {
                damaged = record::read(numbers, clock, schedule) == FileContent::Unreadable;
                let now = clock.now((self.wall)());
                if damaged {
                    numbers.clear();
                    schedule.fill(now);
                } else {
                    forget_old(schedule, now);
                }
                let result = change(schedule, now);
                record::write(numbers, *clock, schedule);
                result
            });
            if damaged {
                self.tell_damaged(shared.path());
            }
            match changed {
                Ok(result) => return result,
                Err(error) => self.tell_alone(shared.path(), &error.to_string()),
            }
            *file = None;
        }
        change(schedule, clock.now((self.wall)()))
    }

    fn tell_damaged(&self, path: &Path) {
        self.tell(
            "quota.ledger-damaged",
            format!(
                "the calls of this machine cannot be read from {}; it is begun anew, and the quota taken for used up just now",
                path.display()
            ),
        );
    }

    fn tell_alone(&self, path: &Path, why: &str) {
        self.tell(
            "quota.not-shared",
            text!(
                "other runs of this machine do not see this run's calls, and may exceed the quota together with it: {file} cannot be used ({why})",
                file = path.display(),
                why
            ),
        );
    }

    fn tell(&self, rule: &'static str, what: impl Into<Text>) {
        self.observer.see(&Event::Noticed {
            notice: Notice::new(rule, what),
        });
    }

    /// Tells that every call waits because the quota is used up.
    pub(super) fn tell_full(&self, wait: Duration) {
        self.observer.see(&Event::Waiting {
            why: text!("the quota is used up"),
            seconds: wait.as_secs_f64(),
        });
    }

    /// The state is whole after each change, so a panic of another holder does no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was learned long ago may have changed since.
fn forget_old(schedule: &mut Schedule, now: Duration) {
    let last = schedule.sent.back().copied().unwrap_or_default();
    if now.saturating_sub(last) > LEARNED_KEPT
        && let Some(pace) = &mut schedule.pace
    {
        pace.forget();
    }
}

/// How long what refusals taught is kept between two calls: a working day.
const LEARNED_KEPT: Duration = Duration::from_hours(12);

/// Most calls of a window that a file keeps: each call reads them all. The platform's largest window holds 1,000.
const CALLS_SHARED_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::catalogue;

    #[test]
    fn host_app_and_method_have_a_file_of_their_own_and_its_name_tells_none_of_them() {
        let platform = |host: &str, app: Option<&str>| Platform {
            host: host.to_owned(),
            app: app.map(str::to_owned),
            sandbox: false,
        };
        let names: Vec<&str> = catalogue::names().collect();
        let file = |platform: &Platform, name: &str| {
            let endpoint = catalogue::endpoint(name).unwrap();
            Shared::new(
                Path::new("state"),
                platform,
                endpoint.method,
                &endpoint.path,
            )
            .name
        };
        let one = platform("open.feishu.cn", Some("cli_1"));
        let first = file(&one, names[0]);
        assert_eq!(first, file(&one, names[0]));
        assert!(!first.contains("cli_1") && first.is_ascii(), "{first}");
        for (other, name) in [
            (&one, names[1]),
            (&platform("open.feishu.cn", Some("cli_2")), names[0]),
            (&platform("open.feishu.cn", None), names[0]),
            (&platform("open.larksuite.com", Some("cli_1")), names[0]),
            (&platform("127.0.0.1:80", Some("cli_1")), names[0]),
        ] {
            assert_ne!(first, file(other, name), "{other:?} {name}");
        }
    }
}
