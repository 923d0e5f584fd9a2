//! What is said when a run was read back: how much is there as it was sent, and what is not.

use std::path::Path;

use super::words::tally_words;
use crate::numbers::{counted, thousands};
use crate::report::evidence_words;
use crate::text::{Text, Value};
use crate::verify::Verified;

/// What a person reads when a run was read back.
#[must_use]
pub fn verified_words(verified: &Verified, runs: &Path) -> Vec<Text> {
    let summary = &verified.summary;
    let run = &summary.run;
    let Some(counts) = verified.counts else {
        return vec![text!(
            "{run}: nothing was sent, so there is nothing to read back",
            run
        )];
    };
    let sent = counts.asked() + counts.not_asked;
    let mut lines = vec![text!(
        "{run} read back: {as_sent} of {items} as sent, by {calls}",
        run,
        as_sent = thousands(counts.as_sent),
        items = counted(sent, "item"),
        calls = counted(verified.calls, "call")
    )];
    let others: Vec<Text> = evidence_words(&counts).into_iter().skip(1).collect();
    if !others.is_empty() {
        lines.push(text!("  {others}", others = Value::list(others)));
        lines.push(text!(
            "  the columns _evidence and _there of the reports say which, and what is there"
        ));
    }
    lines.push(text!("  {tally}", tally = tally_words(&summary.items)));
    lines.push(text!(
        "  reports: {folder}",
        folder = runs.join(run).display()
    ));
    lines
}
