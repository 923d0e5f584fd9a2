//! What became of a run or of any other command: exit code, output, reports, and the checker's word on all of it.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::bench::Room;
use super::checker::{Evidence, complaints};
use super::files::{self, plain};

/// What a command printed, and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// -1 for a process that a signal ended.
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn new(exit: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Self {
        Self {
            exit: exit.unwrap_or(-1),
            stdout: String::from_utf8(stdout.to_vec()).unwrap(),
            stderr: String::from_utf8(stderr.to_vec()).unwrap(),
        }
    }

    /// Standard output as the one JSON document it is.
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(super) evidence: Option<Evidence>,
    pub(crate) said: Said,
    /// Calls the sandbox received, those for tokens not counted.
    pub(crate) calls: usize,
    /// Keeps the folder and the sandbox alive.
    pub(super) _room: Rc<Room>,
}

/// How many items have each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Items {
    pub(crate) read: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) rejected: u64,
    pub(crate) unconfirmed: u64,
    pub(crate) pending: u64,
}

impl Ran {
    /// Nothing about the run contradicts anything else.
    pub(crate) fn checked(self) -> Self {
        let found = complaints(self.evidence());
        let shown: Vec<&String> = found.iter().take(20).collect();
        assert!(
            found.is_empty(),
            "{} complaints: {shown:#?}\n{}",
            found.len(),
            self.said.stderr
        );
        self
    }

    /// Everything known of the run.
    pub(crate) fn evidence(&self) -> &Evidence {
        let evidence = self.evidence.as_ref();
        evidence.unwrap_or_else(|| panic!("there is no run: {}", self.said.stderr))
    }

    /// The run was refused: exit code 2, no folder, no call.
    pub(crate) fn refused(&self) -> &str {
        assert_eq!(self.said.exit, 2, "{}", self.said.stderr);
        assert!(self.evidence.is_none(), "a run folder was left");
        assert_eq!(self.calls, 0, "something was sent");
        &self.said.stderr
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.evidence().folder
    }

    pub(crate) fn summary(&self) -> Value {
        let text = fs::read_to_string(self.folder().join("summary.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) fn items(&self) -> Items {
        let summary = self.summary();
        let count = |name: &str| summary["items"][name].as_u64().unwrap();
        Items {
            read: count("read"),
            succeeded: count("succeeded"),
            failed: count("failed"),
            rejected: count("rejected"),
            unconfirmed: count("unconfirmed"),
            pending: count("pending"),
        }
    }

    /// The text of a report, without its byte order mark.
    pub(crate) fn report(&self, name: &str) -> String {
        let extension = if self.evidence().jsonl {
            "jsonl"
        } else {
            "csv"
        };
        let path = self.folder().join(format!("{name}.{extension}"));
        let text = fs::read_to_string(path).unwrap();
        text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
    }

    /// Record numbers and reasons of the items with this outcome, in the order of the input.
    pub(crate) fn unsuccessful(&self, outcome: &str) -> Vec<(usize, String)> {
        let jsonl = self.evidence().jsonl;
        let report = files::read(&self.report("failure"), jsonl).unwrap();
        let cell = |record: &files::Record, name: &str| plain(&record.ours[name], jsonl);
        let lines = report.records.iter();
        lines
            .filter(|record| cell(record, "_outcome") == outcome)
            .map(|record| {
                (
                    cell(record, "_record").parse().unwrap(),
                    cell(record, "_reason"),
                )
            })
            .collect()
    }

    /// Record numbers of the items with this outcome.
    pub(crate) fn records(&self, outcome: &str) -> Vec<usize> {
        self.unsuccessful(outcome)
            .into_iter()
            .map(|(record, _)| record)
            .collect()
    }
}
