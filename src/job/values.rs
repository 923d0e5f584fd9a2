//! The values shared by all calls, once it is known whether the input belongs to a run: a failure file is sent with the values of its
//! run or not at all.

use std::collections::BTreeMap;

use super::{Job, Source};
use crate::error::{Ask, Refusal};
use crate::roster::YearMonth;
use crate::text::Value;

/// The name under which the month of a roster is given and kept.
pub const MONTH: &str = "month";

impl Job {
    /// The values shared by all calls that do not differ from row to row, by their names.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        let shared = self.endpoint.request.iter().zip(&self.request);
        shared
            .filter_map(|(value, source)| match source {
                Source::Constant(text) => Some((value.field.name.clone(), text.clone())),
                Source::Column { .. }
                | Source::Cell { .. }
                | Source::Fold { .. }
                | Source::Nowhere => None,
            })
            .collect()
    }

    /// Refuses a job that lacks a value which every call needs.
    pub fn require_values(&self) -> Result<(), Refusal> {
        let shared = self.endpoint.request.iter().zip(&self.request);
        let lacking = shared
            .map(|(value, source)| (&value.field, source))
            .find(|(field, source)| field.required && **source == Source::Nowhere);
        let Some((field, _)) = lacking else {
            return Ok(());
        };
        let name = &field.name;
        let about = || format!("every call to {} needs it", self.endpoint.name);
        let about = field.about.clone().unwrap_or_else(about);
        Err(Refusal::new(
            "job.request-missing",
            text!(
                "{document}: [request] lacks `{name}`",
                document = self.document.name(),
                name
            ),
        )
        .because(about.clone())
        .ask(Ask::Value {
            name: name.clone(),
            about,
        })
        .hint(match field.kind.words() {
            [] => text!(
                "write it into [request], or give it with --set {name}=VALUE",
                name
            ),
            words => text!(
                "write one of {words} into [request], or give it with --set {name}=VALUE",
                words = Value::list(words),
                name
            ),
        }))
    }

    /// Takes the values of the run that the input belongs to. Where the job or `--set` says otherwise, nothing is sent: `run` is that
    /// run, for the message.
    pub fn take_values(
        &mut self,
        run: &str,
        of_run: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let shared = self.endpoint.request.iter().zip(&mut self.request);
        for (value, source) in shared {
            let name = &value.field.name;
            match (&*source, of_run.get(name)) {
                (Source::Nowhere, Some(then)) => *source = Source::Constant(then.clone()),
                (Source::Constant(now), then) if then != Some(now) => {
                    return Err(differs(run, name, then, &format!("`{now}`")));
                }
                (Source::Column { name: column, .. }, Some(then)) => {
                    return Err(differs(
                        run,
                        name,
                        Some(then),
                        &format!("the column `{column}`"),
                    ));
                }
                _ => {}
            }
        }
        let is_shared = self
            .endpoint
            .request
            .iter()
            .any(|value| value.field.name == MONTH);
        if let Some(unpivot) = self.input.unpivot.as_mut().filter(|_| !is_shared) {
            let then = of_run.get(MONTH);
            let month = then.and_then(|then| YearMonth::parse(then));
            match unpivot.days.month {
                None => unpivot.days.month = month,
                Some(now) if month.is_some_and(|then| then != now) => {
                    return Err(differs(run, MONTH, then, &format!("`{now}`")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The names of values that are the job's alone: not given with `--set`.
    #[must_use]
    pub fn values_not_typed(&self) -> Vec<(String, String)> {
        let typed = |name: &String| self.set.iter().any(|(set, _)| set == name);
        self.values()
            .into_iter()
            .filter(|(name, _)| !typed(name))
            .collect()
    }
}

fn differs(run: &str, name: &str, then: Option<&String>, now: &str) -> Refusal {
    let then = then.map_or("no value".to_owned(), |then| format!("`{then}`"));
    Refusal::new(
        "run.values-differ",
        text!("the file belongs to the run {run}, which sent `{name}` = {then}; the job or --set says {now}", run, name, then, now),
    )
    .because(text!("nothing was sent: corrected rows go where the others of their run went"))
    .hint(match then.strip_prefix('`').and_then(|then| then.strip_suffix('`')) {
        Some(then) => format!("give it as the run did: --set {name}={then}"),
        None => format!("leave `{name}` out, as the run did"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::job::resolve::resolve;

    const SHIFTS: &str = "endpoint = \"attendance.archive_rule.upload_report\"\n[request]\nemployee_type = \"employee_id\"\nmonth = \"202609\"\noperator_id = { column = \"操作人\" }\n";

    fn job(text: &str) -> Job {
        let document = Document::new("jobs/a.toml", text);
        resolve("a", &document, std::path::Path::new(""), &[]).unwrap()
    }

    fn of_run(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        let values = values.iter();
        values
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_the_job_lacks_is_taken_from_the_run() {
        let mut job = job(SHIFTS);
        assert_eq!(
            job.require_values().unwrap_err().rule,
            "job.request-missing"
        );
        let run = [
            ("employee_type", "employee_id"),
            ("month", "202609"),
            ("archive_rule_id", "7"),
        ];
        job.take_values("r", &of_run(&run)).unwrap();
        job.require_values().unwrap();
        assert_eq!(job.values().get("archive_rule_id").unwrap(), "7");
    }

    #[test]
    fn another_value_than_that_of_the_run_is_refused_naming_both() {
        for (run, words) in [
            (
                vec![("employee_type", "employee_id"), ("month", "202611")],
                "`month` = `202611`; the job or --set says `202609`",
            ),
            (
                vec![("employee_type", "employee_id")],
                "`month` = no value; the job or --set says `202609`",
            ),
            (
                vec![
                    ("employee_type", "employee_id"),
                    ("month", "202609"),
                    ("operator_id", "a"),
                ],
                "`operator_id` = `a`; the job or --set says the column `操作人`",
            ),
        ] {
            let refusal = job(SHIFTS).take_values("r", &of_run(&run)).unwrap_err();
            assert!(
                refusal.what.to_string().ends_with(words),
                "{}",
                refusal.what
            );
        }
    }
}
