//! `summary.json`: the run in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{EvidenceCounts, Platform, RunState, Tally};
use crate::numbers::thousands;
use crate::store::InputFacts;
use crate::text::Text;

/// The final document of a run, as `contract.md` lays it down.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this document.
    pub format: u32,
    /// The run's id.
    pub run: String,
    /// The run it reruns.
    pub parent: Option<String>,
    /// Name of the job.
    pub job: String,
    /// Name of the endpoint.
    pub endpoint: String,
    /// How far it is.
    pub state: RunState,
    /// Why it halted.
    pub halt: Option<String>,
    /// The language of its texts.
    pub language: &'static str,
    /// Where its calls go.
    pub platform: Platform,
    /// The values shared by all calls.
    pub request: BTreeMap<String, String>,
    /// The input file.
    pub input: InputFacts,
    /// Items by outcome.
    pub items: ItemCounts,
    /// What reading back found, where the run was read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceSummary>,
    /// Items that were so already and were not sent; they are among those that succeeded.
    #[serde(skip_serializing_if = "is_zero")]
    pub already_so: u64,
    /// Calls by kind.
    pub calls: CallCounts,
    /// The least time the quota allows for the calls sent.
    pub quota_floor_seconds: f64,
    /// Time spent working on the run, all its starts together.
    pub elapsed_seconds: f64,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub finished_at: String,
    /// The commonest reasons why items did not succeed.
    pub reasons: Vec<ReasonCount>,
    /// Names of the item reports in the run's folder.
    pub files: Files,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde gives")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Items by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the outcomes of contract.md")]
pub struct ItemCounts {
    pub read: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub rejected: u64,
    pub unconfirmed: u64,
    pub pending: u64,
}

impl From<Tally> for ItemCounts {
    fn from(tally: Tally) -> Self {
        Self {
            read: tally.read,
            succeeded: tally.succeeded,
            failed: tally.failed,
            rejected: tally.rejected,
            unconfirmed: tally.unconfirmed,
            pending: tally.pending,
        }
    }
}

/// What reading back found of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceSummary {
    /// Items that were sent, by what was found of them.
    #[serde(flatten)]
    pub counts: EvidenceCounts,
    /// Calls that reading back made.
    pub calls: u64,
    /// When the last item was read back, RFC 3339.
    pub read_at: String,
}

impl EvidenceSummary {
    /// What was found, by so many calls, until so many milliseconds after 1970.
    #[must_use]
    pub fn new(counts: EvidenceCounts, calls: u64, read_at_ms: u64) -> Self {
        let read_at = i64::try_from(read_at_ms / 1000).unwrap_or(i64::MAX);
        let read_at = jiff::Timestamp::from_second(read_at).unwrap_or_default();
        Self {
            counts,
            calls,
            read_at: read_at.to_string(),
        }
    }
}

/// What was found, in words: how much is there as it was sent, and each other number that there is.
#[must_use]
pub fn evidence_words(counts: &EvidenceCounts) -> Vec<Text> {
    let EvidenceCounts {
        as_sent,
        other,
        absent,
        unreadable,
        not_asked,
    } = *counts;
    let mut words = vec![text!("{items} as sent", items = thousands(as_sent))];
    let mut add = |items: u64, text: Text| {
        if items > 0 {
            words.push(text);
        }
    };
    add(other, text!("{items} otherwise", items = thousands(other)));
    add(absent, text!("{items} absent", items = thousands(absent)));
    add(
        unreadable,
        text!("{items} cannot be read", items = thousands(unreadable)),
    );
    add(
        not_asked,
        text!("{items} not asked for", items = thousands(not_asked)),
    );
    words
}

/// Calls by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// All calls sent.
    pub sent: u64,
    /// Second and later calls of a batch.
    pub resent: u64,
    /// Calls refused because of the quota.
    pub throttled: u64,
    /// Calls of parts of a batch that was refused as a whole.
    pub isolating: u64,
}

/// How many items share a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// Their outcome.
    pub outcome: &'static str,
    /// The platform's code.
    pub code: Option<i64>,
    /// In words.
    pub reason: Text,
    /// How many.
    pub items: u64,
}

/// Names of the item reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Files {
    /// What succeeded.
    pub success: String,
    /// What did not.
    pub failure: String,
    /// What did not, as a sheet to be corrected, where the input is a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workbook: Option<String>,
}
