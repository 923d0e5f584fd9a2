//! The plan as scripts read it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::facts::{self, Dates, Given, Word};
use super::noted::Shown;
use super::unknown::UnknownWord;
use super::{Answer, items_max};
use crate::cli::refused::Refused;
use crate::mapping::CellCounts;
use crate::model::Notice;
use crate::run::Checked;
use crate::text::Text;

/// The plan as scripts read it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    format: u32,
    job: &'a str,
    endpoint: &'a str,
    input: String,
    rows: u64,
    blank_lines: u64,
    items: u64,
    rejected: u64,
    destructive: u64,
    batches: u64,
    calls: u64,
    calls_at_least: u64,
    calls_at_most: u64,
    items_per_call: usize,
    quota: Vec<String>,
    quota_floor_seconds: f64,
    binding_window: Option<String>,
    would_run: bool,
    /// Why it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refused<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    /// Where several were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<Cells>,
    request: BTreeMap<&'a str, Given<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<Dates>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<Word<'a>>,
    sample_items: Vec<&'a RawValue>,
    notices: &'a [Notice],
    reasons: Vec<Kind<'a>>,
    rejections: &'a [Shown],
    unknown_words: &'a [UnknownWord],
    /// Items with words beyond those listed.
    unknown_words_others: u64,
}

/// Where each cell of a day is an item.
#[derive(Serialize)]
struct Cells {
    days: u64,
    empty: u64,
    left_as_is: u64,
    rests: u64,
    clears: u64,
}

impl From<CellCounts> for Cells {
    fn from(counts: CellCounts) -> Self {
        Self {
            days: counts.days,
            empty: counts.empty,
            left_as_is: counts.left,
            rests: counts.rest,
            clears: counts.clear,
        }
    }
}

#[derive(Serialize)]
struct Kind<'a> {
    reason: &'a Text,
    items: u64,
}

/// The document of a checked input.
pub(super) fn document<'a>(answer: &Answer<'a>) -> Document<'a> {
    let Answer {
        checked,
        input,
        noted,
    } = answer;
    let Checked {
        job,
        given,
        plan,
        windows,
        floor,
        calls,
        ..
    } = checked;
    let kinds = plan.kinds.iter();
    Document {
        format: 1,
        job: &job.name,
        endpoint: &job.endpoint.name,
        input: input.clone(),
        rows: plan.rows,
        blank_lines: plan.blank_lines,
        items: plan.items,
        rejected: plan.rejected,
        destructive: plan.destructive.items,
        batches: plan.batches,
        calls: plan.batches,
        calls_at_least: calls.least,
        calls_at_most: calls.most,
        items_per_call: items_max(job),
        quota: windows.iter().map(ToString::to_string).collect(),
        quota_floor_seconds: floor.seconds,
        binding_window: floor.binds.map(|window| window.to_string()),
        would_run: plan.refused.is_none(),
        error: plan.refused.as_ref().map(Refused::from),
        sheet: plan
            .head
            .sheet
            .as_deref()
            .filter(|_| plan.sheets.0.is_empty()),
        sheets: plan.sheets.names().collect(),
        cells: (!plan.days.is_empty()).then(|| plan.cells.into()),
        request: facts::request(job, given, noted).into_iter().collect(),
        dates: facts::dates(plan),
        words: facts::words(plan),
        sample_items: noted.sample_items(),
        notices: &plan.notices,
        reasons: kinds
            .map(|(reason, items)| Kind {
                reason,
                items: *items,
            })
            .collect(),
        rejections: &noted.rejections,
        unknown_words: noted.unknown.words(),
        unknown_words_others: noted.unknown.others(),
    }
}
