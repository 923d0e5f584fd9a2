//! I1: the two reports together hold each record of the input once, as it was read.

use std::collections::BTreeMap;
use std::fs;

use super::Checker;
use crate::support::files::{self, Records, plain};

/// One line of the two reports together.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) record: usize,
    pub(super) outcome: String,
    pub(super) code: Option<i64>,
    pub(super) reason: String,
    pub(super) log_id: String,
    pub(super) attempts: u64,
    own: BTreeMap<String, String>,
    /// What is repeated of a line that could not be read as an object.
    unread: Option<String>,
}

impl Checker<'_> {
    /// The lines of both reports, in the order of their records.
    pub(super) fn lines(&mut self, input: &Records) -> Vec<Line> {
        let mut lines = Vec::new();
        let success: &[&str] = &["_record", "_log_id"];
        let failure: &[&str] = &[
            "_record",
            "_outcome",
            "_code",
            "_reason",
            "_log_id",
            "_attempts",
            "_rule",
            "_run",
        ];
        for (name, ours) in [("success", success), ("failure", failure)] {
            let read = self.report(name, input, ours);
            let in_order = read.windows(2).all(|pair| pair[0].record <= pair[1].record);
            self.unless(in_order, "I1", || {
                format!("{name} is not in the order of the input")
            });
            lines.extend(read);
        }
        lines.sort_by_key(|line| line.record);
        lines
    }

    fn report(&mut self, name: &str, input: &Records, ours: &[&str]) -> Vec<Line> {
        let jsonl = self.evidence.jsonl;
        let extension = if jsonl { "jsonl" } else { "csv" };
        let path = self.evidence.folder.join(format!("{name}.{extension}"));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                self.complain("I1", format!("{name} cannot be read: {error}"));
                return Vec::new();
            }
        };
        self.unless(jsonl || text.starts_with('\u{feff}'), "I1", || {
            format!("{name} does not begin with a byte order mark")
        });
        let report = match files::read(&text, jsonl) {
            Ok(report) => report,
            Err(error) => {
                self.complain("I1", format!("{name} cannot be read: {error}"));
                return Vec::new();
            }
        };
        if !jsonl {
            let own = input.header.iter().filter(|name| !name.starts_with('_'));
            let expected: Vec<&str> = own
                .map(String::as_str)
                .chain(ours.iter().copied())
                .collect();
            // A column of its own for what belongs to no other, where there is such.
            let header = report.header.strip_suffix(&["_stray".to_owned()]);
            let header = header
                .filter(|_| name == "failure")
                .unwrap_or(&report.header);
            self.unless(header == expected, "I1", || {
                format!("the header of {name} is {:?}", report.header)
            });
        }
        let mut lines = Vec::new();
        for (at, record) in report.records.iter().enumerate() {
            let cell = |name: &str| plain(record.ours.get(name).map_or("", String::as_str), jsonl);
            let Ok(number) = cell("_record").parse() else {
                self.complain("I1", format!("line {} of {name} has no record", at + 1));
                continue;
            };
            self.unless(record.readable, "I1", || {
                format!("record {number} of {name} is no proper line")
            });
            let outcome = if name == "success" {
                "succeeded".to_owned()
            } else {
                cell("_outcome")
            };
            lines.push(Line {
                record: number,
                outcome,
                code: cell("_code").parse().ok(),
                reason: cell("_reason"),
                log_id: cell("_log_id"),
                attempts: cell("_attempts").parse().unwrap_or_default(),
                own: record.own.clone(),
                unread: record.ours.get("_line").map(|line| plain(line, jsonl)),
            });
        }
        lines
    }

    /// I1: each record in exactly one line, with the cells as they were read.
    pub(super) fn conservation(&mut self, input: &Records, lines: &[Line]) {
        let mut counts = vec![0_usize; input.records.len() + 1];
        for line in lines {
            match counts.get_mut(line.record) {
                Some(count) if line.record > 0 => *count += 1,
                _ => self.complain("I1", format!("record {} is not in the input", line.record)),
            }
        }
        for (record, count) in counts.iter().enumerate().skip(1) {
            self.unless(*count == 1, "I1", || {
                format!("record {record} is in {count} lines of the reports")
            });
        }
        for line in lines {
            let Some(read) = input.records.get(line.record.wrapping_sub(1)) else {
                continue;
            };
            if read.readable {
                self.unless(line.own == read.own, "I1", || {
                    format!("the cells of record {} were changed", line.record)
                });
            } else {
                self.unless(line.outcome == "rejected", "I1", || {
                    format!(
                        "record {} cannot be read, yet it {}",
                        line.record, line.outcome
                    )
                });
                let repeated =
                    !self.evidence.jsonl || line.unread.as_deref() == Some(read.line.trim());
                self.unless(repeated, "I1", || {
                    format!("the line of record {} is not repeated", line.record)
                });
            }
            let known = ["succeeded", "failed", "rejected", "unconfirmed", "pending"];
            self.unless(known.contains(&line.outcome.as_str()), "I1", || {
                format!("record {} has the outcome `{}`", line.record, line.outcome)
            });
            let explained = line.outcome == "succeeded" || !line.reason.is_empty();
            self.unless(explained, "I1", || {
                format!(
                    "record {} is {} without a reason",
                    line.record, line.outcome
                )
            });
        }
    }
}
