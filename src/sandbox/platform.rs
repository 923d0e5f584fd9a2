//! The platform as one state machine: a call and an instant go in, an answer comes out. No sockets, no waiting.
//!
//! A call is looked at in the order the real gateway was seen to follow: path and method, token, quota, then content. A refused
//! call changes nothing. Times are given by the caller and never go back.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::SandboxOptions;
use super::applied::Effect;
use super::call::{Asked, Call, Decision};
use super::chance::draw;
use super::fault::{Apply, DAMAGE_DRAWS, Fault, Faults, Harm, Met};
use super::fields::Fields;
use super::json::Json;
use super::path::Route;
use super::quota::Gate;
use super::record::{Answered, Arrival, Record, Recorder};
use super::reply::{Content, Reply};
use super::routes::Endpoint;
use super::state::{Change, State};
use super::tokens::Tokens;
use super::wire::Script;

/// The state of one sandbox.
#[derive(Debug)]
pub(super) struct Platform {
    seed: u64,
    tokens: Tokens,
    gates: BTreeMap<Endpoint, Gate>,
    state: State,
    recorder: Recorder,
    faults: Faults,
}

/// What is sent back for a call.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    /// What goes over the wire instead of the reply, when a fault breaks it.
    pub(super) script: Option<Script>,
    /// Time the answer is held back beyond the platform's latency.
    pub(super) delay: Duration,
    /// Changes to be made later, and when.
    pub(super) late: Option<(Duration, Vec<Effect>)>,
    /// The call's number among all calls: what chance is drawn from.
    pub(super) number: u64,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            script: None,
            delay: Duration::ZERO,
            late: None,
            number: 0,
        }
    }
}

impl Platform {
    pub(super) fn new(options: &SandboxOptions, now: Instant) -> Self {
        let gate = |endpoint| (endpoint, Gate::new(options.quotas.of(endpoint)));
        Self {
            seed: options.seed,
            tokens: Tokens::new(options.token_lifetime, options.token_form, options.seed),
            gates: Endpoint::ALL.into_iter().map(gate).collect(),
            state: State::new(options),
            recorder: Recorder::new(options.keep, now),
            faults: Faults::new(options.faults.clone(), options.seed),
        }
    }

    /// Answers one call that has arrived whole at `now`.
    pub(super) fn answer(&mut self, call: &Call, now: Instant) -> Answer {
        let Some(route) = Route::find(&call.method, &call.path) else {
            self.recorder.not_found(&call.method, &call.path);
            return Reply::not_found().into();
        };
        let arrival = self.recorder.arrive(route.endpoint, now);
        let body = Json::read(&call.body);
        // Taken without any check, so that the record has the items of refused calls too.
        let keys = keys(route.endpoint, body.as_ref().ok());
        let attempt = self.faults.attempt(&call.body);
        let fault = self.faults.pick(&Met {
            arrival: &arrival,
            attempt,
            body: body.as_ref().ok(),
            items: keys.len(),
        });
        if let Some(fault) = &fault {
            self.disturb(&fault.harm, route.endpoint);
        }
        let decision = self
            .decide(&route, call, &body, &arrival)
            .unwrap_or_else(Decision::from);
        if let Some(objection) = objection(&decision.reply) {
            self.recorder.object(format!(
                "call {} to {}: {objection}",
                arrival.number, route.endpoint
            ));
        }
        let throttled = decision.reply.status == 429;
        let (answer, applied) = self.carry_out(decision, fault.as_ref(), &arrival);
        let whole = answer.script.is_none().then_some(&answer.reply);
        let answered = Answered {
            status: whole.map(|reply| reply.status),
            code: whole.and_then(Reply::code),
            log_id: self.log_id(&arrival),
            throttled,
            fault: fault.as_ref().map(Fault::name),
            applied,
        };
        self.recorder.answer(&arrival, keys, &call.body, answered);
        answer
    }

    /// What a fault changes before the call is looked at.
    fn disturb(&mut self, harm: &Harm, endpoint: Endpoint) {
        if let Harm::ExpireTokens = harm {
            self.tokens.expire_all();
        } else if let Harm::Quota(windows) = harm {
            self.gates
                .entry(endpoint)
                .or_default()
                .tighten(windows.clone());
        } else if let Harm::Writing(replies) = harm {
            self.state.shift_replies = *replies;
        }
    }

    /// Makes the changes the fault lets through, and the answer it leaves. Also says how many items' changes are made, now or later.
    fn carry_out(
        &mut self,
        decision: Decision,
        fault: Option<&Fault>,
        arrival: &Arrival,
    ) -> (Answer, usize) {
        let Decision { reply, mut effects } = decision;
        let apply = fault.map_or(Apply::All, |fault| fault.apply);
        match apply {
            Apply::Nothing => effects.clear(),
            Apply::Half => effects.truncate(effects.len() / 2),
            Apply::All | Apply::Late(_) => {}
        }
        let applied = effects
            .iter()
            .filter(|effect| effect.settles_an_item())
            .count();
        let late = if let Apply::Late(after) = apply {
            Some((after, effects))
        } else {
            self.apply(effects, arrival.at);
            None
        };
        let mut reply = match fault {
            Some(fault) => fault.reply(reply),
            None => reply,
        };
        reply.sign(&self.log_id(arrival));
        let chance = |place| draw(self.seed ^ arrival.number, DAMAGE_DRAWS, place);
        let answer = Answer {
            script: fault.and_then(|fault| fault.script(&reply, chance)),
            reply,
            delay: fault.map_or(Duration::ZERO, |fault| fault.delay),
            late,
            number: arrival.number,
        };
        (answer, applied)
    }

    fn log_id(&self, arrival: &Arrival) -> String {
        format!("sandbox{:016x}{:09}", self.seed, arrival.number)
    }

    /// What the platform answers by its own rules; `Err` is a refusal.
    fn decide(
        &mut self,
        route: &Route,
        call: &Call,
        body: &Result<Json, String>,
        arrival: &Arrival,
    ) -> Result<Decision, Reply> {
        let now = arrival.at;
        if self.state.is_not_there(route.endpoint) {
            return Err(Reply::not_found());
        }
        if route.endpoint == Endpoint::Token {
            let (body, query) = call.understood(body)?;
            Asked::kept(Fields::of(&query), None)?;
            return Ok(self.tokens.answer(body, now).into());
        }
        self.tokens
            .check(&call.authorization, route.endpoint, now)?;
        if let Some(scope) = self.state.scope_missing(route.endpoint) {
            return Err(Reply::scope_missing(scope));
        }
        if let Some(gate) = self.gates.get_mut(&route.endpoint) {
            gate.admit(now).map_err(Reply::throttled)?;
        }
        let (body, query) = call.understood(body)?;
        let asked = Asked {
            body,
            query: &query,
            parameters: &route.parameters,
            now: arrival.at,
            number: arrival.number,
        };
        (route.endpoint.facts().decide)(&asked, &self.state)
    }

    /// Makes the changes of a call.
    pub(super) fn apply(&mut self, effects: Vec<Effect>, now: Instant) {
        for effect in effects {
            self.state.apply(effect, now);
        }
    }

    /// Makes a change that no call asked for.
    pub(super) fn change(&mut self, change: Change, now: Instant) {
        self.state.change(change, now);
    }

    /// A tenant token in force, as the token method would give it.
    pub(super) fn tenant_token(&mut self, now: Instant) -> String {
        self.tokens.mint(now).0
    }

    /// Makes every tenant token invalid at once.
    pub(super) fn expire_tokens(&mut self) {
        self.tokens.expire_all();
    }

    /// Everything remembered so far.
    pub(super) fn record(&self, in_flight_max: usize) -> Record {
        self.recorder
            .snapshot(&self.state.applied, &self.tokens.minted, in_flight_max)
    }
}

/// The items' keys, for the record.
fn keys(endpoint: Endpoint, body: Option<&Json>) -> Vec<String> {
    let Some(items) = endpoint.facts().items else {
        return Vec::new();
    };
    let entries = body.and_then(|body| body.member(items.field));
    let entries = entries.map(Json::entries).unwrap_or_default();
    entries.iter().map(items.key).collect()
}

/// What the reply says about a mistake of the client itself, not of its data.
fn objection(reply: &Reply) -> Option<String> {
    let Content::Envelope(envelope) = &reply.content else {
        return None;
    };
    let msg = envelope
        .get("msg")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match reply.code()? {
        9499
        | 99_991_661
        | 99_991_671
        | 1_160_001
        | 1_160_109
        | 1_220_001
        | 2_220_001
        | 2_220_009..=2_220_014
        | 2_221_004
        | 2_221_005
        | 2_320_001
        | 800_022_901 => Some(msg.to_owned()),
        99_992_402 => Some(
            envelope
                .pointer("/error/field_violations")
                .map(Value::to_string)
                .unwrap_or_default(),
        ),
        _ => None,
    }
}
