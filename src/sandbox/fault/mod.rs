//! Faults: what the sandbox does wrong on purpose, and when.
//!
//! A plan is a list of rules; for each call the first rule that fits decides, and every other call is answered truthfully. What a
//! call changes and what is answered for it are independent: a call can be applied and its reply lost, or the other way round.
//! The same plan, seed and order of calls give the same faults.

mod broken;
mod edit;
mod gzip;
mod harm;
mod keys;
mod plan;
mod read;
#[cfg(test)]
mod tests;
mod when;
mod words;

use std::collections::HashMap;

use super::chance::draw;
use super::record::hash;

pub use broken::{Framing, Garble, Gzip, Length};
pub use edit::{CodeEdit, DataEdit, IdEdit, ListEdit, MsgEdit, SuccessEdit};
pub use harm::{Apply, Fault, Harm};
pub use read::ReadEdit;
pub use when::When;
pub use words::fault_words;

pub use super::wire::End;

pub(super) use when::Met;

/// Rules in the order in which they are tried.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaultPlan {
    rules: Vec<(When, Fault)>,
}

impl FaultPlan {
    /// A plan without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule after the others.
    #[must_use]
    pub fn on(mut self, when: When, fault: Fault) -> Self {
        self.rules.push((when, fault));
        self
    }

    /// Its rules, in their order.
    #[cfg(test)]
    pub(super) fn rules(&self) -> &[(When, Fault)] {
        &self.rules
    }
}

/// A plan at work.
#[derive(Debug)]
pub(super) struct Faults {
    plan: FaultPlan,
    seed: u64,
    /// How often each rule has met a call.
    met: Vec<u64>,
    /// How often each body has come, by its hash; only counted when a rule asks for it.
    attempts: Option<HashMap<u64, u64>>,
}

/// Sets the draws of rules apart from those for latency.
const RULE_DRAWS: u64 = 1000;
/// Sets the draws for damage apart from those of rules.
pub(super) const DAMAGE_DRAWS: u64 = 2;

impl Faults {
    pub(super) fn new(plan: FaultPlan, seed: u64) -> Self {
        let asked = plan.rules.iter().any(|(when, _)| when.attempt.is_some());
        Self {
            met: vec![0; plan.rules.len()],
            attempts: asked.then(HashMap::new),
            plan,
            seed,
        }
    }

    /// Counts a body that has come, and says which of its comings this is. 1 when nobody asks.
    pub(super) fn attempt(&mut self, body: &[u8]) -> u64 {
        let Some(attempts) = &mut self.attempts else {
            return 1;
        };
        let attempt = attempts.entry(hash(body)).or_default();
        *attempt += 1;
        *attempt
    }

    /// The fault that meets a call, if one does.
    pub(super) fn pick(&mut self, met: &Met<'_>) -> Option<Fault> {
        for (place, ((when, fault), count)) in
            (RULE_DRAWS..).zip(self.plan.rules.iter().zip(&mut self.met))
        {
            let left = when.times.is_none_or(|times| *count < times);
            let drawn = || {
                when.chance
                    .is_none_or(|chance| draw(self.seed, place, met.arrival.number) < chance)
            };
            if left && when.meets(met) && drawn() {
                *count += 1;
                return Some(fault.clone());
            }
        }
        None
    }
}
