//! Earlier runs that sent the same: noticed before anything is sent twice.
//!
//! What a run sends is noted in the index of its folder of runs before anybody is asked, under one lock with the look at what the
//! others send: of two that begin at the same moment, the later one knows of the earlier. Runs in another folder are not known.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::command_line::CommandLine;
use crate::error::Refusal;
use crate::model::{Notice, Platform, Tally};
use crate::numbers::{counted, thousands};
use crate::store::{self, Facts, Index, IndexLine, Ledger, Sends};
use crate::text::{Text, Value};

/// Earlier runs whose stores are looked at: the latest ones.
const LOOKED_AT_MAX: usize = 20;
/// Runs without a line in the index whose stores are looked at: those made by earlier versions, or after the index was lost.
const NOT_INDEXED_MAX: usize = 200;

/// The latest run that sent the same, or is about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its id.
    pub run: String,
    /// What to say of it.
    pub notice: Notice,
}

/// What is sent again.
#[derive(Debug, Clone, Copy)]
enum Same<'a> {
    /// The same input with the same values.
    Input,
    /// What did not succeed in this run.
    Rest(&'a str),
}

/// A run that sent the same.
struct EarlierRun {
    run: String,
    started_at: String,
    /// None where its input is still being checked or confirmed.
    tally: Option<Tally>,
    is_at_work: bool,
}

impl Sends {
    /// What `run` sends.
    fn input(facts: &Facts, platform: &Platform) -> Self {
        Self {
            parent: facts.parent.clone(),
            bytes: Some(facts.input.bytes),
            digest: Some(digest(facts)),
            platform: platform.clone(),
        }
    }

    /// What `rerun` sends.
    fn rest(parent: &str, platform: &Platform) -> Self {
        Self {
            parent: Some(parent.to_owned()),
            bytes: None,
            digest: None,
            platform: platform.clone(),
        }
    }
}

/// Notes what the run `facts` sends, and finds the latest one that sent the same input.
pub(super) fn claim_input(
    runs: &Path,
    facts: &Facts,
    platform: &Platform,
) -> Result<Option<Earlier>, Refusal> {
    let sends = Sends::input(facts, platform);
    let digest = sends.digest.clone();
    let is_same = |other: &Sends| other.digest == digest;
    claim(runs, &facts.run, sends, Same::Input, is_same)
}

/// Notes that the run `run` sends again what `parent` left, and finds the latest one that did.
pub(super) fn claim_rest(
    runs: &Path,
    run: &str,
    parent: &str,
    platform: &Platform,
) -> Result<Option<Earlier>, Refusal> {
    let is_same = |other: &Sends| other.parent.as_deref() == Some(parent);
    claim(
        runs,
        run,
        Sends::rest(parent, platform),
        Same::Rest(parent),
        is_same,
    )
}

/// The latest run that sent the same input to whichever platform. `digest_of` reads the file once more, and is asked only where a run
/// of an input of that length is known.
pub(super) fn earlier_of_input(
    runs: &Path,
    bytes: u64,
    facts: impl FnOnce() -> Result<Facts, Refusal>,
) -> Result<Option<Earlier>, Refusal> {
    let lines = known(runs, store::index_lines(runs));
    let of_length = |line: &IndexLine| {
        (line.sends.as_ref())
            .is_some_and(|sends| sends.bytes == Some(bytes) && !sends.platform.sandbox)
    };
    if !lines.iter().any(of_length) {
        return Ok(None);
    }
    let digest = Some(digest(&facts()?));
    let is_same = |other: &Sends| other.digest == digest && !other.platform.sandbox;
    Ok(latest(runs, &lines, "", Same::Input, is_same))
}

fn claim(
    runs: &Path,
    run: &str,
    sends: Sends,
    same: Same<'_>,
    is_same: impl Fn(&Sends) -> bool,
) -> Result<Option<Earlier>, Refusal> {
    let refuse = |error: std::io::Error| {
        Refusal::new(
            "run.index",
            text!(
                "the index of the runs in {runs} cannot be written",
                runs = runs.display()
            ),
        )
        .because(error.to_string())
        .because(text!("nothing was sent"))
        .hint(text!("choose another place with --runs DIR"))
    };
    let platform = sends.platform.clone();
    let line = IndexLine {
        run: run.to_owned(),
        sends: Some(sends),
    };
    let mut index = Index::lock(runs).map_err(refuse)?;
    index.append(line).map_err(refuse)?;
    // With its own line: its store is still being filled, and cannot be looked at.
    let lines = index.lines().to_vec();
    drop(index);
    // Each rehearsal has a sandbox of its own, in which nothing was sent before.
    if platform.sandbox {
        return Ok(None);
    }
    let is_same = |other: &Sends| is_same(other) && other.platform.is_same(&platform);
    Ok(latest(runs, &known(runs, lines), run, same, is_same))
}

/// The lines of the index, after those that it lacks: what runs send that it does not know.
fn known(runs: &Path, lines: Vec<IndexLine>) -> Vec<IndexLine> {
    let indexed = lines.iter().filter(|line| line.sends.is_some());
    let indexed: HashSet<&str> = indexed.map(|line| &*line.run).collect();
    let all = store::list(runs).unwrap_or_default();
    let not_indexed = all
        .into_iter()
        .rev()
        .filter(|run| !indexed.contains(&**run));
    let facts = not_indexed.take(NOT_INDEXED_MAX).filter_map(|run| {
        let facts = Ledger::look(&runs.join(&run).join("run.db"))
            .ok()?
            .facts()
            .ok()?;
        // What a rerun sends is not its input.
        let sends = match &facts.parent {
            Some(parent) => Sends::rest(parent, &facts.platform),
            None => Sends::input(&facts, &facts.platform),
        };
        Some(IndexLine {
            run,
            sends: Some(sends),
        })
    });
    let mut known: Vec<IndexLine> = facts.collect();
    known.reverse();
    known.extend(lines);
    known
}

/// The latest of the runs that sent the same, with how many of them there are.
fn latest(
    runs: &Path,
    lines: &[IndexLine],
    own: &str,
    same: Same<'_>,
    is_same: impl Fn(&Sends) -> bool,
) -> Option<Earlier> {
    let fitting = lines
        .iter()
        .rev()
        .filter(|line| line.run != own && line.sends.as_ref().is_some_and(&is_same));
    let looked_at = fitting.take(LOOKED_AT_MAX);
    let mut found = looked_at.filter_map(|line| EarlierRun::look(runs, &line.run));
    let latest = found.next()?;
    let more = found.count() as u64;
    Some(Earlier {
        notice: latest.notice(runs, same, more),
        run: latest.run,
    })
}

impl EarlierRun {
    /// What became of a run; none where it sent nothing and will not.
    fn look(runs: &Path, run: &str) -> Option<Self> {
        let folder = runs.join(run);
        if !folder.is_dir() {
            return None;
        }
        let is_at_work = store::is_at_work(runs, run);
        let ledger = Ledger::look(&folder.join("run.db")).ok();
        let facts = ledger.as_ref().and_then(|ledger| ledger.facts().ok());
        let tally = ledger.and_then(|ledger| ledger.tally().ok());
        let has_sent = tally.is_some_and(|tally| tally.succeeded + tally.unconfirmed > 0);
        (is_at_work || has_sent).then(|| Self {
            run: run.to_owned(),
            started_at: facts.map(|facts| facts.started_at).unwrap_or_default(),
            tally,
            is_at_work,
        })
    }

    fn notice(&self, runs: &Path, same: Same<'_>, more: u64) -> Notice {
        let run = &self.run;
        let command = |name: &str| CommandLine::new(name).word(run).runs(runs);
        let what = match same {
            Same::Input => text!("the same file with the same values"),
            Same::Rest(parent) => text!("what did not succeed in {parent}", parent),
        };
        let (at, sent) = (&self.started_at, words);
        let more = match more {
            0 => Text::plain(""),
            more => text!(" (and {runs} before it)", runs = counted(more, "run")),
        };
        let what = match self.tally {
            None => text!(
                "the run {run} is about to send {what}, in another process{more}",
                run,
                what,
                more
            ),
            Some(tally) if self.is_at_work => text!(
                "the run {run} is sending {what} just now, in another process: {tally}{more}",
                run,
                what,
                tally = sent(tally),
                more
            ),
            Some(tally) => {
                let sent = text!(
                    "the run {run} of {at} sent {what}: {tally}{more}",
                    run,
                    at,
                    what,
                    tally = sent(tally),
                    more
                );
                if tally.pending > 0 {
                    let command = command("resume").to_string();
                    text!("{sent}; `{command}` sends the rest of it", sent, command)
                } else if tally.failed + tally.unconfirmed > 0 {
                    let command = command("rerun").to_string();
                    text!(
                        "{sent}; `{command}` sends only what did not succeed",
                        sent,
                        command
                    )
                } else {
                    sent
                }
            }
        };
        let rule = match same {
            Same::Input => "run.sent-before",
            Same::Rest(_) => "run.rerun-before",
        };
        Notice::new(rule, what)
    }
}

/// What may have been applied, and what is to come.
fn words(tally: Tally) -> Value {
    let counts = [
        (tally.succeeded, text!("succeeded")),
        (tally.failed, text!("failed")),
        (tally.unconfirmed, text!("unconfirmed")),
        (tally.pending, text!("pending")),
    ];
    let some = counts.into_iter().enumerate();
    let some = some.filter(|(at, (count, _))| *count > 0 || *at == 0);
    Value::list(
        some.map(|(_, (count, outcome))| {
            text!("{count} {outcome}", count = thousands(count), outcome)
        }),
    )
}

/// What makes two runs send the same: the bytes of the input, the sheets read, the job, its endpoint and its values.
fn digest(facts: &Facts) -> String {
    #[derive(Serialize)]
    struct Same<'a> {
        sha256: &'a str,
        sheet: Option<&'a str>,
        sheets: Vec<&'a str>,
        job: &'a str,
        endpoint: &'a str,
        request: &'a BTreeMap<String, String>,
    }
    let same = Same {
        sha256: &facts.input.sha256,
        sheet: facts.input.sheet.as_deref(),
        sheets: facts.sheets.names().collect(),
        job: &facts.job,
        endpoint: &facts.endpoint,
        request: &facts.request,
    };
    // Texts and lists of them always are JSON.
    let json = serde_json::to_vec(&same).unwrap_or_default();
    let bytes = Sha256::digest(json);
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
