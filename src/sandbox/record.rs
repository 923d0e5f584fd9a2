//! What the sandbox remembers: each call, the counts, and what was applied; so that tests can compare it with a report.
//!
//! Only the latest calls are kept, up to [`CALLS_KEPT_MAX`] and [`KEYS_KEPT_MAX`], and bodies only when asked for, so a long run
//! does not fill the memory. What was applied is kept whole: it is the platform's state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::applied::Applied;
use super::quota::Worst;
use super::routes::Endpoint;

/// Calls kept: a million items in the smallest full batches, and their resends, are some 200,000 calls.
pub const CALLS_KEPT_MAX: usize = 250_000;
/// Item keys kept, over all calls: some 150 MB.
pub const KEYS_KEPT_MAX: usize = 2_000_000;
/// Objections kept: the first ones show the mistake, more of them add nothing.
const OBJECTIONS_KEPT_MAX: usize = 100;

/// How much of each call is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Counts and what was applied; no single call.
    Counts,
    /// Each call with its item keys, without its body.
    #[default]
    Calls,
    /// Each call with its body.
    Bodies,
}

/// A snapshot of everything remembered.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Record {
    /// The latest calls in the order of their arrival.
    pub calls: Vec<CallRecord>,
    /// Calls that are counted but no longer in `calls`.
    pub calls_forgotten: u64,
    /// Counts by endpoint; one that was never called has none.
    pub endpoints: BTreeMap<Endpoint, EndpointTally>,
    /// Calls to a path or with a method the platform does not have.
    pub not_found: u64,
    /// What a truthful client would never send: broken field rules, an item twice in one call. Tests want this empty.
    pub objections: Vec<String>,
    /// Every token given out, in order. They are canaries.
    pub tokens_minted: Vec<String>,
    /// Most calls that were being answered at the same time.
    pub in_flight_max: usize,
    /// How often each kind of fault met a call.
    pub faults: BTreeMap<&'static str, u64>,
    /// The state after all calls.
    pub applied: Applied,
}

/// Counts of one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EndpointTally {
    /// Calls received.
    pub calls: u64,
    /// Of these, refused because a window was full. Throttling by a fault plan is not counted here.
    pub throttled: u64,
    /// Of these, met by a fault.
    pub faulted: u64,
    /// Items received, resends counted again.
    pub items: u64,
    /// Changes made to the state.
    pub applied: u64,
    /// Bytes of all bodies received.
    pub body_bytes: u64,
    /// Most calls received in any one second.
    pub worst_per_second: usize,
    /// Most calls received in any sixty seconds.
    pub worst_per_minute: usize,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// Its number among all calls, from 1.
    pub number: u64,
    /// Its number among the calls of its endpoint, from 1.
    pub endpoint_number: u64,
    /// What it was for.
    pub endpoint: Endpoint,
    /// When it had arrived whole, in microseconds since the sandbox started.
    pub arrived_us: u64,
    /// HTTP status answered; none when a fault broke the reply.
    pub status: Option<u16>,
    /// Platform code answered; none when a fault broke the reply, or it was no envelope with an integer code.
    pub code: Option<i64>,
    /// The log id of the reply.
    pub log_id: String,
    /// The items' keys: the id, `user_id/month/day_no`, `member_id/start_time/end_time`, or `key=value/…` of a plan row.
    pub keys: Vec<String>,
    /// Items whose change was made, at once or later.
    pub applied: usize,
    /// Bytes of the body.
    pub body_bytes: usize,
    /// Equal bodies have equal hashes, within one process.
    pub body_hash: u64,
    /// The body, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The fault that met it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
}

/// The record while it is being written.
#[derive(Debug)]
pub(super) struct Recorder {
    keep: Keep,
    started: Instant,
    first: BTreeMap<Endpoint, Instant>,
    calls: VecDeque<CallRecord>,
    /// Item keys in `calls`.
    keys: usize,
    worst: BTreeMap<Endpoint, Worst>,
    /// Everything but the calls, the worst counts and the applied state.
    record: Record,
    number: u64,
}

/// A call that has arrived and is not answered yet.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) endpoint: Endpoint,
    pub(super) number: u64,
    pub(super) endpoint_number: u64,
    pub(super) at: Instant,
    /// Since the first call of the endpoint.
    pub(super) since_first: Duration,
}

/// How a call was answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) status: Option<u16>,
    pub(super) code: Option<i64>,
    pub(super) log_id: String,
    pub(super) throttled: bool,
    pub(super) fault: Option<&'static str>,
    pub(super) applied: usize,
}

impl Recorder {
    pub(super) fn new(keep: Keep, now: Instant) -> Self {
        Self {
            keep,
            started: now,
            first: BTreeMap::new(),
            calls: VecDeque::new(),
            keys: 0,
            worst: BTreeMap::new(),
            record: Record::default(),
            number: 0,
        }
    }

    /// Numbers a call that has arrived.
    pub(super) fn arrive(&mut self, endpoint: Endpoint, now: Instant) -> Arrival {
        self.number += 1;
        self.worst.entry(endpoint).or_default().see(now);
        let tally = self.record.endpoints.entry(endpoint).or_default();
        tally.calls += 1;
        let first = *self.first.entry(endpoint).or_insert(now);
        Arrival {
            endpoint,
            number: self.number,
            endpoint_number: tally.calls,
            at: now,
            since_first: now.saturating_duration_since(first),
        }
    }

    /// Counts a call to nowhere.
    pub(super) fn not_found(&mut self, method: &str, path: &str) {
        self.record.not_found += 1;
        self.object(format!("{method} {path}: the platform has no such method"));
    }

    /// Notes something a truthful client would never send.
    pub(super) fn object(&mut self, objection: String) {
        if self.record.objections.len() < OBJECTIONS_KEPT_MAX {
            self.record.objections.push(objection);
        }
    }

    /// Notes how a call was answered.
    pub(super) fn answer(
        &mut self,
        arrival: &Arrival,
        keys: Vec<String>,
        body: &[u8],
        answered: Answered,
    ) {
        let distinct: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        if distinct.len() < keys.len() {
            self.object(format!(
                "call {} to {}: an item is there twice",
                arrival.number, arrival.endpoint
            ));
        }
        if let Some(fault) = answered.fault {
            *self.record.faults.entry(fault).or_default() += 1;
        }
        let tally = self.record.endpoints.entry(arrival.endpoint).or_default();
        tally.throttled += u64::from(answered.throttled);
        tally.faulted += u64::from(answered.fault.is_some());
        tally.items += keys.len() as u64;
        tally.applied += answered.applied as u64;
        tally.body_bytes += body.len() as u64;
        if self.keep == Keep::Counts {
            self.record.calls_forgotten += 1;
            return;
        }
        self.keys += keys.len();
        while self.calls.len() >= CALLS_KEPT_MAX || self.keys > KEYS_KEPT_MAX {
            let Some(oldest) = self.calls.pop_front() else {
                break;
            };
            self.keys -= oldest.keys.len();
            self.record.calls_forgotten += 1;
        }
        let since_start = arrival.at.duration_since(self.started);
        self.calls.push_back(CallRecord {
            number: arrival.number,
            endpoint_number: arrival.endpoint_number,
            endpoint: arrival.endpoint,
            arrived_us: micros(since_start),
            status: answered.status,
            code: answered.code,
            log_id: answered.log_id,
            keys,
            applied: answered.applied,
            body_bytes: body.len(),
            body_hash: hash(body),
            body: (self.keep == Keep::Bodies).then(|| String::from_utf8_lossy(body).into_owned()),
            fault: answered.fault,
        });
    }

    /// Everything remembered so far; the caller adds what it alone knows.
    pub(super) fn snapshot(
        &self,
        applied: &Applied,
        tokens_minted: &[String],
        in_flight_max: usize,
    ) -> Record {
        let mut record = self.record.clone();
        record.calls = self.calls.iter().cloned().collect();
        record.applied = applied.clone();
        record.tokens_minted = tokens_minted.to_vec();
        record.in_flight_max = in_flight_max;
        for (endpoint, worst) in &self.worst {
            let tally = record.endpoints.entry(*endpoint).or_default();
            tally.worst_per_second = worst.per_second;
            tally.worst_per_minute = worst.per_minute;
        }
        record
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

pub(super) fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}
