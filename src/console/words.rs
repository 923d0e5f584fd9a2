//! The last words of a run: what it came to, why, and the next command to type.

use std::path::Path;

use crate::command_line::CommandLine;
use crate::conclusion::Ended;
use crate::numbers::{counted, duration, thousands};
use crate::report::{ItemCounts, Summary, run_again};

/// Reasons named on the terminal; the rest is in the failure report.
const REASONS_SHOWN_MAX: usize = 5;

/// What a person reads when a run has ended.
#[must_use]
pub fn final_words(ended: &Ended, runs: &Path) -> String {
    let summary = &ended.summary;
    let mut lines = Vec::new();
    if let Some(halt) = &ended.halt {
        lines.push(halt.to_string());
    }
    lines.push(format!(
        "{} {}{}: {} of {} succeeded in {}",
        summary.run,
        summary.state,
        if summary.platform.sandbox {
            " (sandbox)"
        } else {
            ""
        },
        thousands(summary.items.succeeded),
        counted(summary.items.read, "item"),
        duration(summary.elapsed_seconds)
    ));
    lines.push(format!("  {}", tally_words(&summary.items)));
    lines.push(format!(
        "  {}{}{}{}",
        counted(summary.calls.sent, "call"),
        some(summary.calls.resent, "of them resends"),
        some(summary.calls.throttled, "throttled"),
        floor_words(summary.quota_floor_seconds)
    ));
    for reason in summary.reasons.iter().take(REASONS_SHOWN_MAX) {
        let code = reason
            .code
            .map(|code| format!(" (code {code})"))
            .unwrap_or_default();
        lines.push(format!(
            "  {:>7} {}: {}{code}",
            thousands(reason.items),
            reason.outcome,
            reason.reason
        ));
    }
    let more = summary.reasons.len().saturating_sub(REASONS_SHOWN_MAX);
    if more > 0 {
        lines.push(format!(
            "  … and {} in {}",
            counted(more as u64, "more reason"),
            summary.files.failure
        ));
    }
    lines.push(format!(
        "  to {}{}",
        ended.facts.platform,
        sent_values(summary)
    ));
    lines.push(format!("  reports: {}", runs.join(&summary.run).display()));
    if let Some(correct) = what_to_correct(summary, runs) {
        lines.push(correct);
    }
    if let Some(next) = next_command(ended, runs) {
        lines.push(format!("next: {next}"));
    }
    lines.join("\n")
}

/// The values that all calls shared, after the platform.
fn sent_values(summary: &Summary) -> String {
    let values = summary.request.iter();
    let values: Vec<String> = values
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if values.is_empty() {
        return String::new();
    }
    format!(": {}", values.join(", "))
}

/// The failure report that a person corrects.
fn failure_report(summary: &Summary, runs: &Path) -> String {
    let files = &summary.files;
    let failure = files.workbook.as_ref().unwrap_or(&files.failure);
    runs.join(&summary.run).join(failure).display().to_string()
}

/// What has to be done by hand before the next command.
fn what_to_correct(summary: &Summary, runs: &Path) -> Option<String> {
    let items = &summary.items;
    let is_to_correct =
        summary.state == "finished" && items.unconfirmed == 0 && items.rejected + items.failed > 0;
    is_to_correct.then(|| {
        format!(
            "  correct the cells in {}, then:",
            failure_report(summary, runs)
        )
    })
}

/// The command to copy; nothing when every item succeeded.
fn next_command(ended: &Ended, runs: &Path) -> Option<CommandLine> {
    let (summary, facts) = (&ended.summary, &ended.facts);
    let items = &summary.items;
    if summary.state != "finished" {
        return Some(CommandLine::new("resume").word(&summary.run).runs(runs));
    }
    if items.unconfirmed > 0 {
        return Some(CommandLine::new("rerun").word(&summary.run).runs(runs));
    }
    if items.rejected + items.failed == 0 {
        return None;
    }
    let report = failure_report(summary, runs);
    Some(run_again(facts, &report, runs))
}

/// Items by outcome, without those of which there are none.
#[must_use]
pub fn tally_words(items: &ItemCounts) -> String {
    let counts = [
        (items.succeeded, "succeeded"),
        (items.failed, "failed"),
        (items.rejected, "rejected"),
        (items.unconfirmed, "unconfirmed"),
        (items.pending, "pending"),
    ];
    let words: Vec<String> = counts
        .iter()
        .filter(|(count, word)| *count > 0 || *word == "succeeded")
        .map(|(count, word)| format!("{} {word}", thousands(*count)))
        .collect();
    words.join(", ")
}

fn some(count: u64, what: &str) -> String {
    if count == 0 {
        String::new()
    } else {
        format!(", {} {what}", thousands(count))
    }
}

/// What the quota alone would take, after the time a run took; nothing where it makes nobody wait.
#[must_use]
pub fn floor_words(seconds: f64) -> String {
    if seconds < SECONDS_SHOWN_LEAST {
        return String::new();
    }
    format!("; the quota allows no less than {}", duration(seconds))
}

/// Less would be shown as nothing.
const SECONDS_SHOWN_LEAST: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_quota_allows_is_said_where_it_makes_somebody_wait() {
        assert_eq!(
            floor_words(69.0),
            "; the quota allows no less than 1 min 09 s"
        );
        assert_eq!(floor_words(0.0), "");
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
