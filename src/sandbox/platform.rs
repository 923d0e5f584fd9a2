//! The platform as one state machine: a call and an instant go in, an answer comes out. No sockets, no waiting.
//!
//! A call is looked at in the order the real gateway was seen to follow: path and method, token, quota, then content. A refused
//! call changes nothing. Times are given by the caller and never go back.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::applied::{Applied, Effect};
use super::call::{Asked, Call, Decision};
use super::chance::draw;
use super::fault::{Apply, DAMAGE_DRAWS, Fault, Faults, Harm, Met};
use super::fields::Fields;
use super::json::Json;
use super::quota::Gate;
use super::record::{Answered, Arrival, Record, Recorder};
use super::reply::{Content, Reply};
use super::routes::{Endpoint, Route};
use super::shifts::ShiftReplies;
use super::tokens::Tokens;
use super::wire::Script;
use super::{SandboxOptions, archive, plan_rows, punches, records, shifts};

/// The state of one sandbox.
#[derive(Debug)]
pub(super) struct Platform {
    seed: u64,
    shift_replies: ShiftReplies,
    tokens: Tokens,
    gates: BTreeMap<Endpoint, Gate>,
    applied: Applied,
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
            shift_replies: options.shift_replies,
            tokens: Tokens::new(options.token_lifetime, options.token_form, options.seed),
            gates: Endpoint::ALL.into_iter().map(gate).collect(),
            applied: Applied::default(),
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
            .decide(&route, call, &body, now)
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
            self.shift_replies = *replies;
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
            self.apply(effects);
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
        now: Instant,
    ) -> Result<Decision, Reply> {
        if route.endpoint == Endpoint::Token {
            let (body, query) = call.understood(body)?;
            Asked::kept(Fields::of(&query), None)?;
            return Ok(self.tokens.answer(body, now).into());
        }
        self.tokens
            .check(&call.authorization, route.endpoint, now)?;
        if let Some(gate) = self.gates.get_mut(&route.endpoint) {
            gate.admit(now).map_err(Reply::throttled)?;
        }
        let (body, query) = call.understood(body)?;
        let asked = Asked {
            body,
            query: &query,
            parameters: &route.parameters,
        };
        match route.endpoint {
            Endpoint::Token => Err(Reply::not_found()),
            Endpoint::Punches => punches::decide(&asked, &self.applied),
            Endpoint::Shifts => shifts::decide(&asked, self.shift_replies),
            Endpoint::Records => records::decide(&asked, &self.applied),
            Endpoint::PlanRows => plan_rows::decide(&asked),
            Endpoint::Archive => archive::decide(&asked),
        }
    }

    /// Makes changes.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.applied.apply(effect);
        }
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
            .snapshot(&self.applied, &self.tokens.minted, in_flight_max)
    }
}

/// The items' keys, for the record.
fn keys(endpoint: Endpoint, body: Option<&Json>) -> Vec<String> {
    let items = endpoint.items_field().and_then(|field| body?.member(field));
    let key: fn(&Json) -> String = match endpoint {
        Endpoint::Token | Endpoint::Punches => punches::key,
        Endpoint::Shifts => shifts::key,
        Endpoint::Records => records::key,
        Endpoint::PlanRows => plan_rows::key,
        Endpoint::Archive => archive::key,
    };
    items
        .map(Json::entries)
        .unwrap_or_default()
        .iter()
        .map(key)
        .collect()
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
        9499 | 99_991_661 | 99_991_671 | 1_220_001 | 2_320_001 | 1_160_001 | 800_022_901 => {
            Some(msg.to_owned())
        }
        99_992_402 => Some(
            envelope
                .pointer("/error/field_violations")
                .map(Value::to_string)
                .unwrap_or_default(),
        ),
        _ => None,
    }
}
