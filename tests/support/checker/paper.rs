//! I13, and the run store: store, summary, last words and exit code say what the reports say.

use std::fs;

use feishu_bulk::store::{Ledger, StoreError};
use serde_json::Value;

use super::Checker;
use super::doubt::Doubt;
use super::lines::Line;

impl Checker<'_> {
    /// The run store says what the reports say.
    pub(super) fn store(&mut self, lines: &[Line], doubt: &Doubt) {
        let path = self.evidence.folder.join("run.db");
        let ledger = match Ledger::open(&path) {
            Ok(ledger) => ledger,
            Err(refusal) => return self.complain("I1", refusal.to_string()),
        };
        let mut at = 0;
        let mut differing = Vec::new();
        let read = ledger.each_line(|stored| {
            let same = lines.get(at).is_some_and(|line| {
                line.record as u64 == stored.place.record()
                    && line.outcome == stored.outcome.outcome.word()
                    && line.code == stored.outcome.code
                    && line.log_id == stored.outcome.log_id.unwrap_or_default()
                    && (line.outcome == "succeeded" || line.attempts == stored.outcome.attempts)
            });
            if !same {
                differing.push(stored.place.record());
            }
            at += 1;
            Ok::<(), StoreError>(())
        });
        if let Err(error) = read {
            self.complain("I1", error.to_string());
        }
        self.unless(differing.is_empty() && at == lines.len(), "I1", || {
            format!("the run store has {at} lines; other than in the reports are {differing:?}")
        });
        let tally = ledger.tally().unwrap();
        self.unless(
            tally.adds_up() && tally.read == lines.len() as u64,
            "I1",
            || format!("the run store counts {tally:?} for {} lines", lines.len()),
        );
        let calls = ledger.calls().unwrap().sent;
        let received = self.calls_of_method().count() as u64;
        self.unless(doubt.fits(calls, received), "I2", || {
            format!("the run store has {calls} calls, the sandbox received {received}")
        });
    }

    /// I13: summary, exit code and last words agree with the reports.
    pub(super) fn summary(&mut self, lines: &[Line], doubt: &Doubt) {
        let text =
            fs::read_to_string(self.evidence.folder.join("summary.json")).unwrap_or_default();
        let summary: Value = match serde_json::from_str(&text) {
            Ok(summary) => summary,
            Err(error) => return self.complain("I13", format!("summary.json: {error}")),
        };
        let items = |name: &str| summary["items"][name].as_u64().unwrap_or(u64::MAX);
        let outcomes = ["succeeded", "failed", "rejected", "unconfirmed", "pending"];
        let mut sum = 0_u64;
        for outcome in outcomes {
            let reported = lines.iter().filter(|line| line.outcome == outcome).count() as u64;
            sum = sum.saturating_add(items(outcome));
            self.unless(items(outcome) == reported, "I13", || {
                format!(
                    "the summary counts {} {outcome}, the reports {reported}",
                    items(outcome)
                )
            });
        }
        self.unless(
            items("read") == sum && sum == lines.len() as u64,
            "I13",
            || {
                format!(
                    "read {} is not the sum {sum} of {} lines",
                    items("read"),
                    lines.len()
                )
            },
        );
        for reason in summary["reasons"].as_array().into_iter().flatten() {
            self.reason(reason, lines);
        }
        let calls = |name: &str| summary["calls"][name].as_u64().unwrap_or(u64::MAX);
        let sent = self.calls_of_method().count() as u64;
        self.unless(doubt.fits(calls("sent"), sent), "I13", || {
            format!(
                "the summary counts {} calls, the sandbox {sent}",
                summary["calls"]["sent"]
            )
        });
        let throttled = self
            .calls_of_method()
            .filter(|call| call.code == Some(99_991_400))
            .count() as u64;
        // The reply to a call that was lost with its process may have been this one.
        let fits =
            (throttled.saturating_sub(doubt.unheard)..=throttled).contains(&calls("throttled"));
        self.unless(fits, "I13", || {
            format!(
                "the summary counts {} throttled calls, the sandbox {throttled}",
                summary["calls"]["throttled"]
            )
        });
        let (floor, elapsed) = (&summary["quota_floor_seconds"], &summary["elapsed_seconds"]);
        // The elapsed time is kept in whole milliseconds.
        let possible = floor
            .as_f64()
            .zip(elapsed.as_f64())
            .is_some_and(|(floor, elapsed)| floor <= elapsed + 0.001);
        self.unless(possible, "I13", || {
            format!("{elapsed} s are less than the quota allows, {floor} s")
        });
        let state = summary["state"].as_str().unwrap_or_default();
        let expected = match state {
            "finished" if items("succeeded") == items("read") => 0,
            "finished" => 1,
            "halted" => 3,
            "interrupted" => 130,
            other => return self.complain("I13", format!("the state is `{other}`")),
        };
        self.unless(self.evidence.exit == expected, "I13", || {
            format!(
                "the exit code is {}, a run that {state} so has {expected}",
                self.evidence.exit
            )
        });
        let settled = state != "finished" || items("pending") == 0;
        self.unless(settled, "I13", || {
            "a finished run has pending items".to_owned()
        });
        let words = format!(
            "{} of {} {} succeeded",
            thousands(items("succeeded")),
            thousands(items("read")),
            if items("read") == 1 { "item" } else { "items" }
        );
        // A resume that finds nothing to do says less.
        let already = format!("is finished: {} succeeded", thousands(items("succeeded")));
        let said = [&words, &already].map(|words| self.evidence.stderr.contains(words));
        self.unless(said.contains(&true), "I13", || {
            format!("the last words do not say `{words}`")
        });
        let folder = self.evidence.folder.file_name().unwrap_or_default();
        self.unless(summary["run"].as_str() == folder.to_str(), "I13", || {
            format!("the run calls itself {}", summary["run"])
        });
    }

    /// A reason of the summary is that of as many lines as it says. Rejections are counted under their rule alone.
    fn reason(&mut self, reason: &Value, lines: &[Line]) {
        let text = reason["reason"].as_str().unwrap_or_default();
        let same = |line: &&Line| {
            let rejected = line.outcome == "rejected";
            line.outcome == reason["outcome"].as_str().unwrap_or_default()
                && line.code == reason["code"].as_i64()
                && (rejected || line.reason.trim_start_matches('\'') == text)
        };
        let reported = lines.iter().filter(same).count() as u64;
        let items = reason["items"].as_u64().unwrap_or_default();
        let fits = if reason["outcome"] == "rejected" {
            (1..=reported).contains(&items)
        } else {
            items == reported
        };
        self.unless(fits, "I13", || {
            format!("{items} items for `{text}`, the reports have {reported}")
        });
    }
}

/// `12,470`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}
