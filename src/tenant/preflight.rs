//! What can be known of items before any of them is sent: whether the groups, people, shifts, records, rules and plans that they name
//! are there and take them.
//!
//! Invariant: a finding is what the platform said, and nothing else. A read that is not permitted, not there or out of order is told
//! and passed over; it never makes a finding. Each thing is asked for once, whatever the number of items that name it, and the calls
//! are counted. Nothing is written.

mod archive;
mod items;
mod plan;
mod schedule;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{Tenant, Unread, Why};
use crate::endpoint::{CanReadBack, Endpoint, Preflight, PresentReader, Read, Request};
use crate::error::{Exit, Refusal};
use crate::mapping::Findings;
use crate::model::{Envelope, Notice, Rule};
use crate::numbers::counted;
use crate::text::Text;
use crate::transport::{Mint, TokenError, Transport};

/// Calls under way at once, as many as reading back makes.
const CALLS_AT_ONCE: usize = 16;

/// What the items of an input are about, each thing once.
#[derive(Debug, Clone)]
pub struct Questions(About);

#[derive(Debug, Clone)]
enum About {
    Schedule(schedule::Asked),
    Items(items::Asked),
    Plan(plan::Asked),
    Archive(archive::Asked),
}

impl Questions {
    /// Those about the items of an endpoint, before the first item is known; none where its file does not say what can be asked.
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Option<Self> {
        let read_back = match &endpoint.read_back {
            CanReadBack::By(read_back) => Some(read_back.clone()),
            CanReadBack::Never { .. } | CanReadBack::NotSaid => None,
        };
        Some(Self(match endpoint.preflight? {
            Preflight::Schedule => match read_back?.reader {
                PresentReader::Days(fields) => About::Schedule(schedule::Asked::of(fields)),
                PresentReader::One { .. } | PresentReader::Records | PresentReader::Rows => {
                    return None;
                }
            },
            Preflight::Punches | Preflight::Records => {
                About::Items(items::Asked::of(read_back?, endpoint.preflight?))
            }
            Preflight::Plan => About::Plan(plan::Asked::of(items::Asked::of(
                read_back?,
                Preflight::Plan,
            ))),
            Preflight::Archive => About::Archive(archive::Asked::default()),
        }))
    }

    /// Adds what an item is about.
    pub fn add(&mut self, envelope: &Arc<Envelope>, body: &[u8]) {
        match &mut self.0 {
            About::Schedule(asked) => asked.add(envelope, body),
            About::Items(asked) => asked.add(envelope, body),
            About::Plan(asked) => asked.add(envelope, body),
            About::Archive(asked) => asked.add(envelope, body),
        }
    }
}

/// What the platform said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preflighted {
    /// What it said against values of the items.
    pub findings: Findings,
    /// What was asked, what could not be, and what no read tells.
    pub notices: Vec<Notice>,
}

impl Preflighted {
    fn find(&mut self, values: &[(&str, &str)], rule: Rule, detail: Option<Text>) {
        self.findings.add(values, rule, detail);
    }

    fn tell(&mut self, rule: &'static str, what: Text) {
        self.notices.push(Notice::new(rule, what));
    }

    /// What nothing but sending shows.
    fn not_known(&mut self, what: Text) {
        self.tell("preflight.not-known", what);
    }
}

/// Asks the platform. Refuses where nothing that is sent could be taken, and where the app is not let in.
pub async fn ask<T: Transport + Mint>(
    questions: &Questions,
    tenant: &Tenant<'_, T>,
    kept: &Kept,
) -> Result<Preflighted, Refusal> {
    // A platform that cannot be reached is told of by the first read.
    if let Err(TokenError::Fatal(refusal)) = tenant.tokens.current().await {
        return Err(refusal);
    }
    let calls_before = tenant.calls();
    let asking = Asking {
        tenant,
        kept,
        unread: Mutex::default(),
    };
    let mut said = match &questions.0 {
        About::Schedule(asked) => asked.ask(&asking).await?,
        About::Items(asked) => asked.ask(&asking).await?,
        About::Plan(asked) => asked.ask(&asking).await?,
        About::Archive(asked) => asked.ask(&asking).await?,
    };
    let asked = Notice::new(
        "preflight.asked",
        text!(
            "{host} was asked before anything is sent: {calls}",
            host = tenant.platform.host.clone(),
            calls = counted(tenant.calls() - calls_before, "call")
        ),
    );
    said.notices.insert(0, asked);
    let unread = asking.unread.into_inner();
    for unread in unread.unwrap_or_else(PoisonError::into_inner).into_values() {
        said.tell("preflight.unread", unread);
    }
    Ok(said)
}

/// The platform, and which of its reads gave no answer: those are not asked again.
struct Asking<'a, T> {
    tenant: &'a Tenant<'a, T>,
    kept: &'a Kept,
    unread: Mutex<BTreeMap<String, Text>>,
}

/// Answers of the last minutes, for an input that is checked again and again while it is corrected.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<String, (Instant, Vec<Value>)>>);

/// An answer that is older is asked for again.
const KEPT_MAX: Duration = Duration::from_mins(10);

impl Kept {
    fn find(&self, question: &str) -> Option<Vec<Value>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (since, _)| since.elapsed() < KEPT_MAX);
        kept.get(question).map(|(_, entries)| entries.clone())
    }

    fn keep(&self, question: String, entries: &[Value]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(question, (Instant::now(), entries.to_vec()));
    }
}

/// What came of a read.
enum Said {
    /// All its entries.
    Entries(Vec<Value>),
    /// The platform refused it because of what was asked for.
    Refused(Unread),
    /// It gives no answer, which is told at the end.
    Nothing,
}

impl<T: Transport + Mint> Asking<'_, T> {
    async fn list<K: Borrow<str> + Ord>(
        &self,
        read: &Read,
        values: &BTreeMap<K, Value>,
    ) -> Result<Said, Refusal> {
        let unread = || self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if unread().contains_key(&read.name) {
            return Ok(Said::Nothing);
        }
        let request = Request::reading(read, values, None);
        let platform = self.tenant.platform;
        let question = format!("{platform:?} {request:?}");
        if let Some(entries) = self.kept.find(&question) {
            return Ok(Said::Entries(entries));
        }
        let failed = match self.tenant.list(read, values).await {
            Ok(entries) => {
                self.kept.keep(question, &entries);
                return Ok(Said::Entries(entries));
            }
            Err(failed) => failed,
        };
        match failed.why {
            Why::Refused => return Ok(Said::Refused(failed)),
            Why::Stopped => {
                return Err(Refusal::new(
                    "run.interrupted",
                    text!("interrupted while the platform was asked"),
                )
                .because(text!("nothing was sent"))
                .exit(Exit::Interrupted));
            }
            Why::NotPermitted | Why::NoAnswer | Why::NotUnderstood => {}
        }
        self.not_answered(read, &failed);
        Ok(Said::Nothing)
    }

    /// Notes that a read cannot be used.
    fn not_answered(&self, read: &Read, failed: &Unread) {
        let (what, why) = (subject(read), failed.text.clone());
        let what = match &failed.help {
            Some(help) => text!(
                "not checked beforehand, {what}: {why}; {help}",
                what,
                why,
                help = help.clone()
            ),
            None => text!("not checked beforehand, {what}: {why}", what, why),
        };
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        unread.entry(read.name.clone()).or_insert(what);
    }

    /// Notes that an answer is not what the platform documents.
    fn not_understood(&self, read: &Read, why: &Text) {
        self.not_answered(read, &super::not_understood(read, why));
    }

    /// The ids of all entries of a list; none where it cannot be read.
    async fn ids(
        &self,
        read: &Read,
        values: &BTreeMap<&'static str, Value>,
        id: &str,
    ) -> Result<Option<BTreeSet<String>>, Refusal> {
        let entries = match self.list(read, values).await? {
            Said::Entries(entries) => entries,
            Said::Refused(refused) => {
                self.not_answered(read, &refused);
                return Ok(None);
            }
            Said::Nothing => return Ok(None),
        };
        let ids: Option<BTreeSet<String>> = entries
            .iter()
            .map(|entry| entry.get(id)?.as_str().map(str::to_owned))
            .collect();
        if ids.is_none() {
            self.not_understood(read, &text!("an entry has no {id}", id));
        }
        Ok(ids)
    }
}

/// What a read tells, in words.
fn subject(read: &Read) -> Text {
    match read.name.as_str() {
        "attendance.groups.get" => text!("the attendance groups"),
        "attendance.groups.list_user" => text!("who is in the attendance groups"),
        "attendance.shifts.list" => text!("which shifts there are"),
        "attendance.archive_rule.list" => text!("which archive rules there are"),
        "attendance.archive_rule.user_stats_fields_query" => text!("which codes the report has"),
        "corehr.workforce_plans.list" => text!("which plans there are"),
        _ => text!("whether the items are there"),
    }
}

/// A shared value as text; empty where it is not given.
fn shared(envelope: &Envelope, name: &str) -> String {
    let value = envelope
        .get(name)
        .and_then(|json| serde_json::from_str(json).ok());
    match value {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}
