//! Archive reports: the rule is there, and has the codes that are written in its month.
//!
//! The list of rules once, and the columns once for each report and month.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Asking, Preflighted, Said, shared};
use crate::endpoint::{Values, catalogue};
use crate::error::Refusal;
use crate::model::{Envelope, Rule};
use crate::text::{Text, Value as Listed};
use crate::transport::{Mint, Transport};

const NO_RULE: Rule = Rule::new(
    "preflight.no-rule",
    "is an archive rule that the platform does not have",
);
const NO_CODE: Rule = Rule::new(
    "preflight.no-code",
    "is a field code that the report does not have in this month",
);

/// The shared values by which columns are asked for.
const REPORT: [&str; 4] = ["employee_type", "month", RULE, "operator_id"];
const RULE: &str = "archive_rule_id";
/// Where items hold codes.
const LIST: &str = "field_datas";
const CODE: &str = "code";
const CODES: &str = "field_datas/*/code";

/// The codes that are written into each report.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    reports: BTreeMap<[String; 4], BTreeSet<String>>,
}

impl Asked {
    pub(super) fn add(&mut self, envelope: &Arc<Envelope>, body: &[u8]) {
        let item: Value = serde_json::from_slice(body).unwrap_or_default();
        let codes = self
            .reports
            .entry(REPORT.map(|name| shared(envelope, name)))
            .or_default();
        let entries = item.get(LIST).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            if let Some(code) = entry.get(CODE).and_then(Value::as_str)
                && !codes.contains(code)
            {
                codes.insert(code.to_owned());
            }
        }
    }

    pub(super) async fn ask<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
    ) -> Result<Preflighted, Refusal> {
        let mut said = Preflighted::default();
        let mut absent = self.absent_rules(asking).await?;
        let fields = catalogue::read("attendance.archive_rule.user_stats_fields_query")?;
        for (report, codes) in &self.reports {
            let [_, month, rule, _] = report;
            if absent.contains(rule) {
                continue;
            }
            let values = REPORT.into_iter().zip(report);
            let values: Values = values
                .map(|(name, value)| (name, value.as_str().into()))
                .collect();
            let Some(known) = asking.ids(&fields, &values, CODE).await? else {
                continue;
            };
            for code in codes.difference(&known) {
                let values = [(CODES, &**code), (RULE, &**rule), ("month", &**month)];
                said.find(&values, NO_CODE, None);
            }
        }
        for rule in std::mem::take(&mut absent) {
            said.find(&[(RULE, &rule)], NO_RULE, None);
        }
        said.not_known(text!("whether the operator may write this report (data permission in the attendance admin console), and whether each member is known, no read tells: the platform says it when the first call is sent"));
        Ok(said)
    }

    /// The rules that are not there. Where none is, nothing can be sent.
    async fn absent_rules<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
    ) -> Result<BTreeSet<String>, Refusal> {
        let read = catalogue::read("attendance.archive_rule.list")?;
        let Said::Entries(entries) = asking.list(&read, &Values::new()).await? else {
            return Ok(BTreeSet::new());
        };
        let known: Option<BTreeMap<&str, Text>> = entries.iter().map(named).collect();
        let Some(known) = known else {
            asking.not_understood(&read, &text!("an entry has no {id}", id = RULE));
            return Ok(BTreeSet::new());
        };
        let asked: BTreeSet<&String> = self.reports.keys().map(|[_, _, rule, _]| rule).collect();
        let absent = asked
            .iter()
            .filter(|rule| !known.contains_key(rule.as_str()));
        let absent: BTreeSet<String> = absent.map(|rule| (*rule).clone()).collect();
        match absent.first() {
            Some(rule) if absent.len() == asked.len() => {
                let known: Vec<String> = known.values().map(Text::to_string).collect();
                Err(Refusal::new(
                    NO_RULE.name,
                    text!("the platform has no archive rule {rule}", rule),
                )
                .because(text!("it has {rules}", rules = Listed::list(known)))
                .because(text!("nothing was sent"))
                .hint(text!("set archive_rule_id to one of them")))
            }
            Some(_) | None => Ok(absent),
        }
    }
}

/// A rule with its name.
fn named(entry: &Value) -> Option<(&str, Text)> {
    let id = entry.get(RULE)?.as_str()?;
    let names = entry.get("archive_rule_name");
    let name = names.and_then(|names| names.get("zh").or_else(|| names.get("en"))?.as_str());
    let shown = match name {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    };
    Some((id, shown.into()))
}
