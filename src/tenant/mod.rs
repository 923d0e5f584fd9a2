//! The platform as something that is read: one question to its end, all its pages, under the quota of its own method.
//!
//! Invariant: an answer is whole or it is none. A page that repeats, a list that is missing or an answer that cannot be read make the
//! whole answer [`Unread`]; nothing is guessed from the part that came. Reading changes nothing, so it is sent again where a call
//! fails. It must not know what an entry means.

pub mod preflight;
#[cfg(test)]
mod tests;
pub mod words;

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::control::Control;
use crate::deliver::quota::{Gate, Refused as Throttled, Shared};
use crate::deliver::retry::{Policy, named_wait};
use crate::endpoint::reply::{self, Answer, Disposition};
use crate::endpoint::{Read, Request};
use crate::error::Refusal;
use crate::event::{Event, Observer, WAIT_SAID};
use crate::model::{Platform, Reason};
use crate::text::Text;
use crate::transport::{Mint, Token, TokenError, Tokens, Transport};

/// The platform of a run, as it is read.
pub struct Tenant<'a, T> {
    /// Sends calls.
    pub transport: &'a T,
    /// Gives tokens.
    pub tokens: &'a Tokens<T>,
    /// Whose quota it is.
    pub platform: &'a Platform,
    /// The folder in which the processes of this machine share what they sent; none where this one sends alone.
    pub state_folder: Option<&'a Path>,
    /// Whether the server keeps no quota: a server on this machine may.
    pub is_unlimited: bool,
    /// Stops it.
    pub control: &'a Control,
    /// Hears of waits.
    pub observer: Arc<dyn Observer>,
    /// What was asked so far.
    pub asked: Asked,
}

/// The gates of the methods read so far, and how many calls were made.
#[derive(Default)]
pub struct Asked {
    gates: Mutex<BTreeMap<String, Arc<Gate>>>,
    calls: AtomicU64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What kind of trouble it is.
    pub why: Why,
    /// The platform's code, where it gave one.
    pub code: Option<i64>,
    /// What happened, in words.
    pub text: Text,
    /// What the user can do about it.
    pub help: Option<Text>,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The user stopped it.
    Stopped,
    /// The app may not read this, or there is nothing of this name at the address.
    NotPermitted,
    /// The platform refused the question because of what was asked for.
    Refused,
    /// No answer came, often enough.
    NoAnswer,
    /// The answer contradicts itself or is not what the platform documents.
    NotUnderstood,
}

/// Most pages of one answer: at 50 entries a page more than any tenant has people.
const PAGES_MAX: usize = 100_000;

impl<T: Transport + Mint> Tenant<'_, T> {
    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.asked.calls.load(Ordering::Relaxed)
    }

    /// Every entry that the platform holds for these values, page by page.
    pub async fn list<K: Borrow<str> + Ord>(
        &self,
        read: &Read,
        values: &BTreeMap<K, Value>,
    ) -> Result<Vec<Value>, Unread> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        let mut token = None;
        for _ in 0..PAGES_MAX {
            let request = Request::reading(read, values, token.as_deref());
            let data = self.ask(read, &request).await?;
            entries.extend(entries_of(read, &data)?);
            let Some(next) = next_page(read, &data)? else {
                return Ok(entries);
            };
            if !seen.insert(next.clone()) {
                return Err(not_understood(
                    read,
                    &text!("a page token came back unchanged"),
                ));
            }
            token = Some(next);
        }
        Err(not_understood(read, &text!("its pages have no end")))
    }

    /// One call, sent again where it fails for a reason that passes.
    async fn ask(&self, read: &Read, request: &Request) -> Result<Map<String, Value>, Unread> {
        let gate = self.gate(read);
        let started = Instant::now();
        let mut delays = Policy::RESEND.delays(1);
        let mut throttled = Policy::THROTTLED.delays(1);
        let mut resends = 0;
        let mut token_refused = false;
        loop {
            let token = self.token().await?;
            let passed = tokio::select! {
                passed = gate.acquire() => passed,
                () = self.control.stopping() => return Err(stopped()),
            };
            self.asked.calls.fetch_add(1, Ordering::Relaxed);
            let sent = tokio::select! {
                sent = self.transport.send(request, &token) => sent,
                () = self.control.aborted() => return Err(stopped()),
            };
            let answer = match reply::data(read, &self.tokens.hide(sent)) {
                Ok(data) => return Ok(data),
                Err(answer) => answer,
            };
            match &answer.disposition {
                Disposition::Again {
                    reason,
                    resends_max,
                    ..
                } => {
                    let delay = delays.next_after(started.elapsed());
                    let Some(delay) = delay.filter(|_| resends < *resends_max) else {
                        return Err(unread(Why::NoAnswer, read, reason, None));
                    };
                    resends += 1;
                    self.sleep(delay.max(named(&answer))).await?;
                }
                Disposition::Wait { seconds, reason } => {
                    let Some(fallback) = throttled.next_after(started.elapsed()) else {
                        return Err(unread(Why::NoAnswer, read, reason, None));
                    };
                    let named = seconds.and_then(|seconds| named_wait(&seconds.to_string()));
                    let pause = named.unwrap_or(fallback);
                    if gate.throttled(passed, pause) == Throttled::ThisCall {
                        self.sleep(pause).await?;
                    }
                }
                Disposition::RenewToken { reason } if token_refused => {
                    return Err(unread(Why::NotPermitted, read, reason, None));
                }
                Disposition::RenewToken { .. } => {
                    token_refused = true;
                    self.tokens.refused(&token);
                }
                Disposition::Refused { reason } => {
                    return Err(unread(Why::Refused, read, reason, None));
                }
                Disposition::Halt { reason, help, .. } => {
                    return Err(unread(Why::NotPermitted, read, reason, help.clone()));
                }
                // Only a batch of items is read so.
                Disposition::Read(_) => {
                    return Err(not_understood(read, &text!("it says nothing")));
                }
            }
        }
    }

    /// A token to ask with.
    async fn token(&self) -> Result<Token, Unread> {
        let mut delays = Policy::RESEND.delays(1);
        let started = Instant::now();
        loop {
            if self.control.is_stopping() {
                return Err(stopped());
            }
            let (text, reset) = match self.tokens.current().await {
                Ok(token) => return Ok(token),
                Err(TokenError::Fatal(refusal)) => return Err(refusal.into()),
                Err(TokenError::Again { text, reset }) => (text, reset),
            };
            let named = reset.as_deref().and_then(named_wait).unwrap_or_default();
            match delays.next_after(started.elapsed()) {
                Some(delay) => self.sleep(delay.max(named)).await?,
                None => {
                    return Err(Unread {
                        why: Why::NoAnswer,
                        code: None,
                        text: text.into(),
                        help: None,
                    });
                }
            }
        }
    }

    /// Sleeps, unless it is stopped.
    async fn sleep(&self, delay: Duration) -> Result<(), Unread> {
        if delay >= WAIT_SAID {
            self.observer.see(&Event::Waiting {
                why: text!("the platform's answer"),
                seconds: delay.as_secs_f64(),
            });
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => Ok(()),
            () = self.control.stopping() => Err(stopped()),
        }
    }

    /// The gate of a method: reads and writes share no quota.
    fn gate(&self, read: &Read) -> Arc<Gate> {
        let mut gates = self
            .asked
            .gates
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let shared = self
                .state_folder
                .map(|folder| Shared::new(folder, self.platform, read.method, &read.path));
            let windows: &[_] = if self.is_unlimited { &[] } else { &read.quota };
            Arc::new(Gate::open(
                windows,
                shared.as_ref(),
                Arc::clone(&self.observer),
            ))
        };
        Arc::clone(gates.entry(read.name.clone()).or_insert_with(open))
    }
}

/// The entries of one page.
fn entries_of(read: &Read, data: &Map<String, Value>) -> Result<Vec<Value>, Unread> {
    let whole = || Value::Object(data.clone());
    if read.list.is_empty() {
        return Ok(vec![whole()]);
    }
    let found = pointed(data, &read.list);
    let parsed = match (found, read.is_text) {
        (Some(Value::String(text)), true) => serde_json::from_str(text).ok(),
        (Some(_), true) => None,
        (Some(found), false) => Some(found.clone()),
        // Lists that are empty are left out by some methods; where anything else is there, it is not the answer we know.
        (None, _) => is_empty(read, data).then_some(Value::Null),
    };
    match parsed {
        Some(Value::Array(entries)) => Ok(entries),
        Some(entry @ Value::Object(_)) => Ok(vec![entry]),
        // The platform's lists are null where they are empty.
        Some(Value::Null) => Ok(Vec::new()),
        None | Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            let list = &read.list;
            Err(not_understood(
                read,
                &text!("there is no list `{list}` in it", list),
            ))
        }
    }
}

/// Whether an answer holds nothing, but perhaps that there is no further page.
fn is_empty(read: &Read, data: &Map<String, Value>) -> bool {
    let paging = |name: &str| {
        read.pages.as_ref().is_some_and(|pages| {
            let paths = [&pages.more, &pages.next];
            paths
                .iter()
                .any(|path| path.split('/').nth(1) == Some(name))
        })
    };
    data.keys().all(|name| paging(name))
}

/// The token of the next page, if there is one.
fn next_page(read: &Read, data: &Map<String, Value>) -> Result<Option<String>, Unread> {
    let Some(pages) = &read.pages else {
        return Ok(None);
    };
    match pointed(data, &pages.more) {
        Some(Value::Bool(true)) => {}
        None | Some(Value::Bool(false) | Value::Null) => return Ok(None),
        Some(_) => {
            return Err(not_understood(
                read,
                &text!("it does not say whether there is more"),
            ));
        }
    }
    match pointed(data, &pages.next).and_then(Value::as_str) {
        Some(token) if !token.is_empty() => Ok(Some(token.to_owned())),
        _ => Err(not_understood(
            read,
            &text!("it says that there is more, and not how to ask for it"),
        )),
    }
}

/// What a JSON pointer into the data points at.
fn pointed<'a>(data: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let path = pointer.strip_prefix('/')?;
    match path.split_once('/') {
        None => data.get(path),
        Some((first, rest)) => data.get(first)?.pointer(&format!("/{rest}")),
    }
}

fn named(answer: &Answer) -> Duration {
    let named = answer.reset.as_deref().and_then(named_wait);
    named.unwrap_or_default()
}

fn unread(why: Why, read: &Read, reason: &Reason, help: Option<Text>) -> Unread {
    Unread {
        why,
        code: reason.code,
        text: match reason.code {
            Some(code) => text!(
                "{read}: {code} {reason}",
                read = read.name,
                code,
                reason = reason.text.clone()
            ),
            None => text!(
                "{read}: {reason}",
                read = read.name,
                reason = reason.text.clone()
            ),
        },
        help,
    }
}

fn not_understood(read: &Read, why: &Text) -> Unread {
    Unread {
        why: Why::NotUnderstood,
        code: None,
        text: text!(
            "the answer of {read} cannot be used: {why}",
            read = read.name,
            why = why.clone()
        ),
        help: None,
    }
}

fn stopped() -> Unread {
    Unread {
        why: Why::Stopped,
        code: None,
        text: text!("it was stopped before an answer came"),
        help: None,
    }
}

/// Credentials that the platform refuses.
impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self {
            why: Why::NotPermitted,
            code: None,
            text: refusal.what,
            help: refusal.hint.map(|hint| *hint),
        }
    }
}
