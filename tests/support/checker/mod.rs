//! The checker: over a run's input, what the sandbox received, the run store, the reports, the summary, what was printed and the
//! exit code, it says everything that does not fit together.
//!
//! It reads every file by itself and maps every row by itself; only the run store is read through its own reader, and then
//! compared with the files. Each complaint begins with the number of its invariant.

mod doubt;
mod effects;
mod lines;
mod paper;
mod traces;

use std::path::PathBuf;

use feishu_bulk::sandbox::{self, CallRecord};

use super::files;
use super::platform::{Method, Shared};

/// Everything known of a run when it has ended.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) method: Method,
    /// The input's text, in UTF-8.
    pub(crate) input: String,
    pub(crate) jsonl: bool,
    /// The values of `[request]`; one bound to a column is written `column:NAME`.
    pub(crate) request: Shared,
    /// What the sandbox remembers of this run: its calls alone, and the state after them.
    pub(crate) record: sandbox::Record,
    /// The windows the run had to keep.
    pub(crate) windows: Vec<sandbox::Window>,
    /// The run's folder.
    pub(crate) folder: PathBuf,
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Texts that must not occur anywhere.
    pub(crate) canaries: Vec<String>,
}

/// All that does not fit; empty when everything does.
pub(crate) fn complaints(evidence: &Evidence) -> Vec<String> {
    let mut checker = Checker {
        evidence,
        complaints: Vec::new(),
    };
    checker.check();
    checker.complaints
}

struct Checker<'a> {
    evidence: &'a Evidence,
    complaints: Vec<String>,
}

impl<'a> Checker<'a> {
    fn check(&mut self) {
        let input = match files::read(&self.evidence.input, self.evidence.jsonl) {
            Ok(input) => input,
            Err(error) => return self.complain("I1", format!("the input cannot be read: {error}")),
        };
        let lines = self.lines(&input);
        self.conservation(&input, &lines);
        let rows = self.rows(&input);
        let received = self.received(&rows, &lines);
        let doubt = self.doubt(&received);
        self.certain(&lines, &received, &doubt);
        self.applied(&rows, &lines, &doubt);
        self.calls();
        self.store(&lines, &doubt);
        self.summary(&lines, &doubt);
        self.secrets();
        self.folder();
    }

    fn complain(&mut self, invariant: &str, what: impl AsRef<str>) {
        self.complaints
            .push(format!("{invariant}: {}", what.as_ref()));
    }

    fn unless(&mut self, fits: bool, invariant: &str, what: impl FnOnce() -> String) {
        if !fits {
            self.complain(invariant, what());
        }
    }

    /// The run's calls to its own method.
    fn calls_of_method(&self) -> impl Iterator<Item = &'a CallRecord> + use<'a> {
        let evidence = self.evidence;
        let calls = evidence.record.calls.iter();
        calls.filter(|call| call.endpoint == evidence.method.endpoint())
    }
}
