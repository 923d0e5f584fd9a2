//! Rows of a workforce plan: the plan is there and is active; rows that the plan does not show are told.
//!
//! A row that is not shown may be outside the app's data permission, so it is never rejected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Asking, Preflighted, Said, items, shared};
use crate::endpoint::{Values, catalogue};
use crate::error::Refusal;
use crate::model::{Envelope, Rule};
use crate::transport::{Mint, Transport};

const NO_PLAN: Rule = Rule::new(
    "preflight.no-plan",
    "is a plan that the platform does not show",
);
const INACTIVE: Rule = Rule::new("preflight.plan-inactive", "is a plan that is not active");

/// The shared value that names the plan.
const PLAN: &str = "workforce_plan_id";

/// Plans, and rows of them.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    plans: BTreeSet<String>,
    rows: items::Asked,
}

impl Asked {
    pub(super) fn of(rows: items::Asked) -> Self {
        Self {
            plans: BTreeSet::new(),
            rows,
        }
    }

    pub(super) fn add(&mut self, envelope: &Arc<Envelope>, body: &[u8]) {
        self.plans.insert(shared(envelope, PLAN));
        self.rows.add(envelope, body);
    }

    pub(super) async fn ask<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
    ) -> Result<Preflighted, Refusal> {
        let read = catalogue::read("corehr.workforce_plans.list")?;
        let values = Values::from([("get_all_plan", true.into())]);
        let mut unusable = Vec::new();
        match asking.list(&read, &values).await? {
            Said::Entries(entries) => match active_by_id(&entries) {
                Some(known) => unusable = self.unusable(&known),
                None => asking.not_understood(
                    &read,
                    &text!("an entry has no {id}", id = format!("{PLAN} or no active")),
                ),
            },
            Said::Refused(refused) => asking.not_answered(&read, &refused),
            Said::Nothing => {}
        }
        if let Some((plan, rule)) = unusable.first()
            && unusable.len() == self.plans.len()
        {
            return Err(refusal(plan, *rule));
        }
        let mut said = self.rows.ask(asking).await?;
        for (plan, rule) in unusable {
            said.find(&[(PLAN, plan)], rule, None);
        }
        said.not_known(text!("whether a row is being approved, and whether a department is inside the app's data permission, no read tells: the platform says it when the first call is sent"));
        Ok(said)
    }

    /// The plans to which nothing can be sent.
    fn unusable(&self, active: &BTreeMap<String, bool>) -> Vec<(&str, Rule)> {
        let plans = self.plans.iter().filter_map(|plan| match active.get(plan) {
            Some(true) => None,
            Some(false) => Some((plan.as_str(), INACTIVE)),
            None => Some((plan.as_str(), NO_PLAN)),
        });
        plans.collect()
    }
}

/// Whether each plan is active; none where an entry does not say it.
fn active_by_id(entries: &[Value]) -> Option<BTreeMap<String, bool>> {
    let entries = entries.iter().map(|entry| {
        let id = entry.get(PLAN)?.as_str()?.to_owned();
        Some((id, entry.get("active")?.as_bool()?))
    });
    entries.collect()
}

fn refusal(plan: &str, rule: Rule) -> Refusal {
    let what = if rule == INACTIVE {
        text!("the plan {plan} is not active", plan)
    } else {
        text!("the platform shows no plan {plan}", plan)
    };
    Refusal::new(rule.name, what)
        .because(text!("nothing was sent"))
        .hint(text!(
            "check workforce_plan_id against the address of the plan's page"
        ))
}
