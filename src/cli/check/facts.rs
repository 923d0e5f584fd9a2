//! What would be sent besides the rows: each value of `[request]` with where it comes from, the dates, the words of the cells.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::noted::{Noted, VALUES_MAX};
use crate::job::{Job, Source};
use crate::numbers::{counted, thousands};
use crate::prepare::Plan;
use crate::roster::date_in_words;
use crate::shown::shortened;
use crate::text::{Text, Value};

/// Words of a roster's cells that are shown.
const WORDS_SHOWN_MAX: usize = 20;

/// A value that calls share.
#[derive(Serialize)]
pub(super) struct Given<'a> {
    /// `constant`, `set`, `column`, or `run` where the file is the failure report of one.
    source: &'static str,
    /// The constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    /// The column that gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    /// What the column gives, as it would be sent; at most one more than people are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
}

/// Each value of `[request]` that is given, in the endpoint's order.
pub(super) fn request<'a>(
    job: &'a Job,
    given: &BTreeMap<String, String>,
    noted: &Noted,
) -> Vec<(&'a str, Given<'a>)> {
    let values = job.endpoint.request.iter().zip(&job.request).enumerate();
    let all = values.filter_map(|(position, (value, source))| {
        let name = value.field.name.as_str();
        let given = match source {
            Source::Constant(value) => Given {
                source: if job.set.iter().any(|(set, _)| set == name) {
                    "set"
                } else if given.contains_key(name) {
                    "constant"
                } else {
                    "run"
                },
                value: Some(value),
                column: None,
                values: None,
            },
            Source::Column { name, .. } => Given {
                source: "column",
                value: None,
                column: Some(name),
                values: Some(noted.shared(position)),
            },
            Source::Cell { .. } | Source::Fold { .. } | Source::Nowhere => return None,
        };
        Some((name, given))
    });
    all.collect()
}

impl Given<'_> {
    pub(super) fn words(&self, name: &str) -> Text {
        match (self.value, self.column, &self.values) {
            (_, Some(column), Some(values)) => {
                let mut shown: Vec<&str> = values.iter().map(String::as_str).collect();
                if shown.len() > VALUES_MAX {
                    shown.truncate(VALUES_MAX);
                    shown.push("…");
                }
                text!(
                    "{name} = {values} (column `{column}`)",
                    name,
                    values = shown.join(", "),
                    column
                )
            }
            (value, ..) => {
                let source = match self.source {
                    "set" => text!("--set"),
                    "run" => text!("the run that the file belongs to"),
                    _ => text!("constant of the job"),
                };
                let value = value.unwrap_or_default();
                text!("{name} = {value} ({source})", name, value, source)
            }
        }
    }
}

/// First and last day that the items to send are about.
#[derive(Serialize)]
pub(super) struct Dates {
    #[serde(serialize_with = "iso")]
    first: Date,
    #[serde(serialize_with = "iso")]
    last: Date,
}

/// `2026-09-01`.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn iso<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// The range of the dates to send; none where the items say no days.
pub(super) fn dates(plan: &Plan) -> Option<Dates> {
    let (first, last) = plan.dates?;
    let date = |date: u32| Date::strptime("%Y%m%d", date.to_string()).ok();
    Some(Dates {
        first: date(first)?,
        last: date(last)?,
    })
}

impl Dates {
    /// `1 September 2026 (Tuesday) to 30 September 2026 (Wednesday)`.
    pub(super) fn words(&self) -> Text {
        if self.first == self.last {
            return date_in_words(self.first);
        }
        text!(
            "{first} to {last}",
            first = date_in_words(self.first),
            last = date_in_words(self.last)
        )
    }
}

/// A word of a roster's cells.
#[derive(Serialize)]
pub(super) struct Word<'a> {
    word: &'a str,
    cells: u64,
}

/// The commonest words of a roster's cells.
pub(super) fn words(plan: &Plan) -> Vec<Word<'_>> {
    let words = plan.words.iter().take(WORDS_SHOWN_MAX);
    words
        .map(|(word, cells)| Word {
            word,
            cells: *cells,
        })
        .collect()
}

/// `早班 x 412, 晚班 x 298`; none where there is no word.
pub(super) fn words_in_a_line(plan: &Plan) -> Option<Text> {
    let shown = words(plan).into_iter();
    let mut words: Vec<Text> = shown
        .map(|Word { word, cells }| {
            text!(
                "{word} x {cells}",
                word = shortened(word, 20),
                cells = thousands(cells)
            )
        })
        .collect();
    let more: u64 = plan
        .words
        .iter()
        .skip(WORDS_SHOWN_MAX)
        .map(|(_, cells)| cells)
        .sum();
    let more = more + plan.words_uncounted;
    if more > 0 {
        words.push(text!(
            "{cells} with other words",
            cells = counted(more, "cell")
        ));
    }
    (!words.is_empty()).then(|| text!("{words}", words = Value::list(&words)))
}
