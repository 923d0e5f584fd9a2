//! The last words of a run: what it came to, why, and the next command to type.

use std::path::Path;

use crate::command_line::CommandLine;
use crate::conclusion::Ended;
use crate::model::RunState;
use crate::numbers::{counted, duration, thousands};
use crate::report::{ItemCounts, ReasonCount, Summary, run_again};
use crate::text::{Text, Value};

/// Reasons named on the terminal; the rest is in the failure report.
const REASONS_SHOWN_MAX: usize = 5;

/// What a person reads when a run has ended, after what halted it.
#[must_use]
pub fn final_words(ended: &Ended, runs: &Path) -> Vec<Text> {
    let summary = &ended.summary;
    let mut state = summary.state.in_words();
    if summary.platform.sandbox {
        state = text!("{state} (sandbox)", state);
    }
    let mut lines = vec![
        text!(
            "{run} {state}: {succeeded} of {items} succeeded in {time}",
            run = summary.run,
            state,
            succeeded = thousands(summary.items.succeeded),
            items = counted(summary.items.read, "item"),
            time = duration(summary.elapsed_seconds)
        ),
        text!("  {tally}", tally = tally_words(&summary.items)),
        calls(summary),
    ];
    for reason in summary.reasons.iter().take(REASONS_SHOWN_MAX) {
        let items = format!("{:>7}", thousands(reason.items));
        lines.push(text!(
            "  {items} {reason}",
            items,
            reason = reason_words(reason)
        ));
    }
    let more = summary.reasons.len().saturating_sub(REASONS_SHOWN_MAX);
    if more > 0 {
        lines.push(text!(
            "  … and {reasons} in {file}",
            reasons = counted(more as u64, "more reason"),
            file = summary.files.failure
        ));
    }
    let platform = &ended.facts.platform;
    lines.push(if summary.request.is_empty() {
        text!("  to {platform}", platform)
    } else {
        let values = summary.request.iter();
        text!(
            "  to {platform}: {values}",
            platform,
            values = Value::list(values.map(|(name, value)| format!("{name} = {value}")))
        )
    });
    lines.push(text!(
        "  reports: {folder}",
        folder = runs.join(&summary.run).display()
    ));
    // What was not put back is no cell of a table that could be corrected.
    let is_undo = ended.facts.is_undo;
    lines.extend(what_to_correct(summary, runs).filter(|_| !is_undo));
    lines.extend(next_command(ended, runs).map(|next| text!("next: {next}", next)));
    lines
}

/// Why items did not succeed: `failed: not found (code 7)`.
#[must_use]
pub fn reason_words(reason: &ReasonCount) -> Text {
    let outcome = outcome_words(reason.outcome);
    let text = &reason.reason;
    if let Some(code) = reason.code {
        text!("{outcome}: {text} (code {code})", outcome, text, code)
    } else {
        text!("{outcome}: {text}", outcome, text)
    }
}

fn calls(summary: &Summary) -> Text {
    let mut calls = text!("  {calls}", calls = counted(summary.calls.sent, "call"));
    if summary.calls.resent > 0 {
        let resent = thousands(summary.calls.resent);
        calls = text!("{calls}, {resent} of them resends", calls, resent);
    }
    if summary.calls.throttled > 0 {
        let throttled = thousands(summary.calls.throttled);
        calls = text!("{calls}, {throttled} throttled", calls, throttled);
    }
    with_floor(calls, summary.quota_floor_seconds)
}

/// The failure report that a person corrects.
fn failure_report(summary: &Summary, runs: &Path) -> String {
    let files = &summary.files;
    let failure = files.workbook.as_ref().unwrap_or(&files.failure);
    runs.join(&summary.run).join(failure).display().to_string()
}

/// What has to be done by hand before the next command.
fn what_to_correct(summary: &Summary, runs: &Path) -> Option<Text> {
    let items = &summary.items;
    let is_to_correct = summary.state == RunState::Finished
        && items.unconfirmed == 0
        && items.rejected + items.failed > 0;
    is_to_correct.then(|| {
        text!(
            "  correct the cells in {file}, then:",
            file = failure_report(summary, runs)
        )
    })
}

/// The command to copy; nothing when every item succeeded.
fn next_command(ended: &Ended, runs: &Path) -> Option<CommandLine> {
    let (summary, facts) = (&ended.summary, &ended.facts);
    let items = &summary.items;
    if summary.state != RunState::Finished {
        return Some(CommandLine::new("resume").word(&summary.run).runs(runs));
    }
    if items.unconfirmed > 0 {
        return Some(CommandLine::new("rerun").word(&summary.run).runs(runs));
    }
    if items.rejected + items.failed == 0 {
        return None;
    }
    if facts.is_undo {
        let rerun = CommandLine::new("rerun").word(&summary.run).runs(runs);
        return (items.failed > 0).then_some(rerun);
    }
    let report = failure_report(summary, runs);
    Some(run_again(facts, &report, runs))
}

/// An outcome by the word of the files.
fn outcome_words(word: &str) -> Text {
    match word {
        "succeeded" => text!("succeeded"),
        "failed" => text!("failed"),
        "rejected" => text!("rejected"),
        "unconfirmed" => text!("unconfirmed"),
        _ => text!("pending"),
    }
}

/// Items by outcome, without those of which there are none.
#[must_use]
pub fn tally_words(items: &ItemCounts) -> Text {
    let counts = [
        (items.succeeded, "succeeded"),
        (items.failed, "failed"),
        (items.rejected, "rejected"),
        (items.unconfirmed, "unconfirmed"),
        (items.pending, "pending"),
    ];
    let words = counts
        .iter()
        .filter(|(count, word)| *count > 0 || *word == "succeeded");
    let words = words.map(|(count, word)| {
        text!(
            "{count} {outcome}",
            count = thousands(*count),
            outcome = outcome_words(word)
        )
    });
    text!("{tally}", tally = Value::list(words))
}

/// What the quota alone would take, after the time a run took; nothing where it makes nobody wait.
#[must_use]
pub fn with_floor(what: Text, seconds: f64) -> Text {
    if seconds < SECONDS_SHOWN_LEAST {
        return what;
    }
    text!(
        "{what}; the quota allows no less than {time}",
        what,
        time = duration(seconds)
    )
}

/// Less would be shown as nothing.
const SECONDS_SHOWN_LEAST: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_quota_allows_is_said_where_it_makes_somebody_wait() {
        let words = |seconds| with_floor(text!("called"), seconds);
        assert_eq!(
            words(69.0),
            "called; the quota allows no less than 1 min 09 s"
        );
        assert_eq!(words(0.0), "called");
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
