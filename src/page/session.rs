//! Who may use the page: a one-time code in a link becomes a session of one browser.
//!
//! Codes and sessions are kept as digests, so comparing them tells nothing about them. Time is handed in; there is no clock here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::Refusal;
use crate::text::Language;

/// How long a code may be used.
const CODE_LASTS: Duration = Duration::from_mins(2);
/// How long a session lasts when nothing is asked for.
pub(super) const IDLE_MAX: Duration = Duration::from_hours(2);
/// Wrong codes taken within [`WRONG_WITHIN`]; then none is taken for as long.
const WRONG_MAX: usize = 10;
const WRONG_WITHIN: Duration = Duration::from_mins(1);
const SESSIONS_MAX: usize = 16;
const CODE_BYTES: usize = 16;
const TOKEN_BYTES: usize = 32;
const SCOPE_BYTES: usize = 8;

type Hash = [u8; 32];

/// Codes and sessions of this program.
#[derive(Default)]
pub(super) struct Sessions {
    code: Option<(Hash, Duration)>,
    /// When wrong codes were tried.
    wrong: Vec<Duration>,
    open: Vec<Session>,
}

struct Session {
    scope: String,
    token: Hash,
    seen: Duration,
    /// What the browser asked for.
    browser: Language,
    chosen: Option<Language>,
}

/// A session that was just begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entered {
    /// The part of the path under which its pages are. It keeps the cookie from other ports of this machine; it grants nothing.
    pub(super) scope: String,
    /// What the cookie holds.
    pub(super) token: String,
}

impl Sessions {
    /// A code for a link. The one before is worth nothing from now on.
    pub(super) fn new_code(&mut self, now: Duration) -> Result<String, Refusal> {
        let code = secret::<CODE_BYTES>()?;
        self.code = Some((hash(&code), now));
        Ok(code)
    }

    /// Begins a session with a code, once. None where the code is wrong, used, or too old, or too many were wrong.
    pub(super) fn enter(
        &mut self,
        code: &str,
        browser: Language,
        now: Duration,
    ) -> Result<Option<Entered>, Refusal> {
        self.wrong
            .retain(|at| now.saturating_sub(*at) < WRONG_WITHIN);
        if self.wrong.len() >= WRONG_MAX {
            return Ok(None);
        }
        let is_good = |(known, made): &(Hash, Duration)| {
            *known == hash(code) && now.saturating_sub(*made) < CODE_LASTS
        };
        if !self.code.as_ref().is_some_and(is_good) {
            self.wrong.push(now);
            return Ok(None);
        }
        self.code = None;
        let entered = Entered {
            scope: secret::<SCOPE_BYTES>()?,
            token: secret::<TOKEN_BYTES>()?,
        };
        self.end_idle(now);
        if self.open.len() >= SESSIONS_MAX {
            self.open.remove(0);
        }
        self.open.push(Session {
            scope: entered.scope.clone(),
            token: hash(&entered.token),
            seen: now,
            browser,
            chosen: None,
        });
        Ok(Some(entered))
    }

    /// The language of the session that a request belongs to; none where it belongs to none.
    pub(super) fn find(&mut self, scope: &str, token: &str, now: Duration) -> Option<Language> {
        self.end_idle(now);
        let session = self.session(scope, token)?;
        session.seen = now;
        Some(session.chosen.unwrap_or(session.browser))
    }

    /// Chooses the language of a session; without one, it is what the browser asked for.
    pub(super) fn speak(&mut self, scope: &str, token: &str, language: Option<Language>) {
        if let Some(session) = self.session(scope, token) {
            session.chosen = language;
        }
    }

    /// Whether somebody used the page lately.
    pub(super) fn is_used(&mut self, now: Duration) -> bool {
        self.end_idle(now);
        !self.open.is_empty()
    }

    fn session(&mut self, scope: &str, token: &str) -> Option<&mut Session> {
        let token = hash(token);
        let mut sessions = self.open.iter_mut();
        sessions.find(|session| session.scope == scope && session.token == token)
    }

    fn end_idle(&mut self, now: Duration) {
        let is_used = |session: &Session| now.saturating_sub(session.seen) < IDLE_MAX;
        self.open.retain(is_used);
    }
}

/// So many random bytes, as they stand in addresses and cookies.
pub(super) fn secret<const BYTES: usize>() -> Result<String, Refusal> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Refusal::new("page.random", text!("the system gives no random numbers"))
            .because(error.to_string())
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether two secrets are the same; how long it takes says nothing about either.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    hash(one) == hash(other)
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn after(seconds: u64) -> Duration {
        NOW + Duration::from_secs(seconds)
    }

    fn enter(sessions: &mut Sessions, code: &str, now: Duration) -> Option<Entered> {
        sessions.enter(code, Language::Chinese, now).unwrap()
    }

    #[test]
    fn a_code_lets_one_browser_in_once() {
        let mut sessions = Sessions::default();
        let code = sessions.new_code(NOW).unwrap();
        let entered = enter(&mut sessions, &code, after(1)).unwrap();
        assert_eq!(enter(&mut sessions, &code, after(2)), None);
        let found = sessions.find(&entered.scope, &entered.token, after(3));
        assert_eq!(found, Some(Language::Chinese));
        sessions.speak(&entered.scope, &entered.token, Some(Language::English));
        let found = sessions.find(&entered.scope, &entered.token, after(3));
        assert_eq!(found, Some(Language::English));
    }

    #[test]
    fn a_code_is_worth_nothing_when_it_is_late_or_wrong_or_replaced() {
        let mut sessions = Sessions::default();
        let late = sessions.new_code(NOW).unwrap();
        assert_eq!(enter(&mut sessions, &late, after(120)), None);
        let replaced = sessions.new_code(NOW).unwrap();
        let code = sessions.new_code(NOW).unwrap();
        assert_eq!(enter(&mut sessions, &replaced, NOW), None);
        assert_eq!(enter(&mut sessions, "", NOW), None);
        assert!(enter(&mut sessions, &code, after(119)).is_some());
    }

    #[test]
    fn many_wrong_codes_close_the_door_for_a_minute() {
        let mut sessions = Sessions::default();
        let code = sessions.new_code(NOW).unwrap();
        for _ in 0..WRONG_MAX {
            assert_eq!(enter(&mut sessions, "guess", NOW), None);
        }
        assert_eq!(enter(&mut sessions, &code, after(59)), None);
        assert!(enter(&mut sessions, &code, after(60)).is_some());
    }

    #[test]
    fn a_session_is_found_by_its_scope_and_its_token_together() {
        let mut sessions = Sessions::default();
        let entered: Vec<Entered> = (0..2)
            .map(|_| {
                let code = sessions.new_code(NOW).unwrap();
                enter(&mut sessions, &code, NOW).unwrap()
            })
            .collect();
        assert_eq!(
            sessions.find(&entered[0].scope, &entered[1].token, NOW),
            None
        );
        assert_eq!(sessions.find("", "", NOW), None);
        assert!(
            sessions
                .find(&entered[1].scope, &entered[1].token, NOW)
                .is_some()
        );
    }

    #[test]
    fn a_session_ends_two_hours_after_it_was_last_used() {
        let mut sessions = Sessions::default();
        let code = sessions.new_code(NOW).unwrap();
        let entered = enter(&mut sessions, &code, NOW).unwrap();
        let mut is_found = |now| sessions.find(&entered.scope, &entered.token, now).is_some();
        assert!(is_found(after(7_199)));
        assert!(is_found(after(14_000)));
        assert!(!is_found(after(14_000 + 7_200)));
        assert!(!sessions.is_used(after(14_000 + 7_200)));
    }

    #[test]
    fn the_oldest_session_makes_room_for_a_new_one() {
        let mut sessions = Sessions::default();
        let mut begin = || {
            let code = sessions.new_code(NOW).unwrap();
            enter(&mut sessions, &code, NOW).unwrap()
        };
        let first = begin();
        let last = (0..SESSIONS_MAX).map(|_| begin()).last().unwrap();
        assert_eq!(sessions.find(&first.scope, &first.token, NOW), None);
        assert!(sessions.find(&last.scope, &last.token, NOW).is_some());
    }
}
