//! The real program, killed with SIGKILL at random instants and resumed until its run is finished.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use feishu_bulk::sandbox::{APP_ID, APP_SECRET, CallRecord, Endpoint, Keep, Record, Sandbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::draw::Draw;
use super::trial::{Trial, in_memory, mark, rows};
use crate::support::bench::{PACKAGE, program};
use crate::support::checker::{Evidence, complaints};
use crate::support::ran::Said;
use crate::support::{Format, Method};

/// Items of a run: with five in each batch, 240 calls, of which up to 128 are in flight at a time.
const ITEMS: usize = 1_200;
/// Items in one batch.
const BATCH: usize = 5;
/// The latest instant of a kill: by then most of a start's calls have been made.
const KILL_MS_MAX: u64 = 120;
/// Starts after which a run is left to end, so that it does.
const KILLS_PER_RUN_MAX: u32 = 12;

/// A run of the real program, with its sandbox.
pub(super) struct Victim {
    method: Method,
    folder: TempDir,
    input: String,
    sandbox: Sandbox,
    /// When the sandbox began to count.
    pub(super) began: Instant,
    records: BTreeMap<String, u64>,
    /// A program and its arguments under which the real one is run.
    pub(super) under: Vec<String>,
}

/// What a kill led to.
#[derive(Default)]
pub(super) struct Met {
    kills: u32,
    runs: u32,
    /// Kills after which calls were sent again.
    resent_after: u32,
    /// Most calls sent again after one kill.
    resent_max: usize,
    unconfirmed: usize,
    /// Kills before there was a run that could be resumed.
    before_staged: u32,
}

/// A start of the program that has ended.
pub(super) struct Sat {
    /// None when it was killed.
    pub(super) exit: Option<i32>,
    stdout: String,
    pub(super) stderr: String,
    /// The calls that arrived in it.
    pub(super) calls: Vec<CallRecord>,
}

impl Victim {
    /// A job of five items in a batch, its input, and a sandbox that takes its time.
    pub(super) fn new(method: Method, runtime: &Runtime) -> Self {
        Self::sized(method, ITEMS, BATCH, runtime)
    }

    /// The same with so many items, and so many in a batch.
    pub(super) fn sized(method: Method, items: usize, batch: usize, runtime: &Runtime) -> Self {
        let folder = in_memory();
        let job =
            fs::read_to_string(PathBuf::from(PACKAGE).join(format!("jobs/{}.toml", method.job())));
        let job = format!("{}\n[limits]\nmax_items = {batch}\n", job.unwrap());
        fs::write(folder.path().join("job.toml"), job).unwrap();
        let input = rows(method, items).write(Format::Csv);
        fs::write(folder.path().join("input.csv"), &input).unwrap();
        let options = feishu_bulk::sandbox::SandboxOptions {
            latency_ms: (1, 20),
            keep: if items > ITEMS {
                Keep::Calls
            } else {
                Keep::Bodies
            },
            ..Trial::options()
        };
        let records = (1..=items as u64)
            .map(|record| (mark(method, usize::try_from(record).unwrap()), record));
        Self {
            method,
            folder,
            input,
            sandbox: runtime.block_on(Sandbox::start(options)).unwrap(),
            began: Instant::now(),
            records: records.collect(),
            under: Vec::new(),
        }
    }

    fn command(&self) -> Command {
        let mut command = program(self.folder.path());
        if let [first, rest @ ..] = self.under.as_slice() {
            let mut outer = Command::new(first);
            outer.args(rest).arg(command.get_program());
            outer.current_dir(self.folder.path()).env_clear();
            outer.stdin(Stdio::null());
            command = outer;
        }
        command
            .env("FEISHU_BASE_URL", self.sandbox.base_url())
            .env("FEISHU_APP_ID", APP_ID)
            .env("FEISHU_APP_SECRET", APP_SECRET);
        command
    }

    /// Starts the run, or resumes it.
    pub(super) fn start(&self, resumes: bool) -> Child {
        let mut command = self.command();
        if resumes {
            command.args(["resume", "last"]);
        } else {
            let run = ["run", "job.toml", "--input", "input.csv", "--yes"];
            command.args(run).args(["--quota", "none"]);
        }
        command
            .stdout(File::create(self.path("stdout")).unwrap())
            .stderr(File::create(self.path("stderr")).unwrap())
            .spawn()
            .unwrap()
    }

    /// Starts the run, or resumes it, and kills it after so long.
    pub(super) fn sit(&self, resumes: bool, kill_after: Option<Duration>) -> Sat {
        let before = self.sandbox.record().calls.len();
        let mut child = self.start(resumes);
        if let Some(after) = kill_after {
            sleep(after);
            child.kill().unwrap();
        }
        let exit = child.wait().unwrap().code();
        // A call whose bytes had left when the process died arrives a little later.
        sleep(Duration::from_millis(if exit.is_none() { 25 } else { 0 }));
        Sat {
            exit,
            stdout: fs::read_to_string(self.path("stdout")).unwrap(),
            stderr: fs::read_to_string(self.path("stderr")).unwrap(),
            calls: self.record().calls.split_off(before),
        }
    }

    /// Another command.
    pub(super) fn feishu(&self, arguments: &[&str]) -> Said {
        let output = self.command().args(arguments).output().unwrap();
        Said::new(output.status.code(), &output.stdout, &output.stderr)
    }

    /// A path in its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn record(&self) -> Record {
        self.sandbox.record()
    }

    /// The records of a call.
    fn records_of(&self, call: &CallRecord) -> BTreeSet<u64> {
        let record = |key: &String| {
            let mark = key.split('/').map(|part| part.rsplit('=').next().unwrap());
            let mut known = mark.filter_map(|mark| self.records.get(mark));
            *known
                .next()
                .unwrap_or_else(|| panic!("whose key is {key}?"))
        };
        call.keys.iter().map(record).collect()
    }

    pub(super) fn run_folders(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("runs"));
        let mut folders: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        folders
    }

    /// Kills and resumes until the run is finished, at most `kills` times.
    fn torment(&self, draw: &mut Draw, kills: u32, met: &mut Met) {
        let mut sent = BTreeSet::new();
        let mut is_staged = false;
        let mut killed = 0;
        loop {
            let kill_after = (killed < kills.min(KILLS_PER_RUN_MAX))
                .then(|| Duration::from_micros(draw.below(KILL_MS_MAX * 1000)));
            let sat = self.sit(is_staged, kill_after);
            self.compare(&sat, &mut sent, met);
            if let Some(exit) = sat.exit {
                return self.check(exit, &sat, met);
            }
            killed += 1;
            met.kills += 1;
            is_staged = is_staged || self.is_staged();
            if !is_staged {
                met.before_staged += 1;
                assert!(
                    sent.is_empty(),
                    "something was sent before the run was durable"
                );
                let _ = fs::remove_dir_all(self.path("runs"));
            }
        }
    }

    /// Resumes a run that halted in its first start, to its end.
    pub(super) fn goes_on(&self, first: &Sat, met: &mut Met) {
        let mut sent = BTreeSet::new();
        self.compare(first, &mut sent, met);
        let sat = self.sit(true, None);
        self.compare(&sat, &mut sent, met);
        self.check(sat.exit.unwrap(), &sat, met);
    }

    /// What was sent again in a start was named before.
    fn compare(&self, sat: &Sat, sent: &mut BTreeSet<u64>, met: &mut Met) {
        let named = named(&sat.stderr);
        let mut resent = 0;
        let items = sat
            .calls
            .iter()
            .filter(|call| call.endpoint != Endpoint::Token);
        for records in items.map(|call| self.records_of(call)) {
            if !records.is_disjoint(sent) {
                resent += 1;
                let is_named = |record: &u64| named.iter().any(|range| range.contains(record));
                assert!(
                    records.iter().all(is_named),
                    "{records:?} were sent again unnamed: {}",
                    sat.stderr
                );
            }
            sent.extend(records);
        }
        met.resent_max = met.resent_max.max(resent);
        met.resent_after += u32::from(resent > 0);
    }

    /// Whether there is a run to resume; asked of a copy, so that `resume` meets what the kill left.
    fn is_staged(&self) -> bool {
        let copy = in_memory();
        let Some(folder) = self.run_folders().pop() else {
            return false;
        };
        for file in fs::read_dir(folder).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        feishu_bulk::store::Ledger::open(&copy.path().join("run.db")).is_ok()
    }

    fn check(&self, exit: i32, sat: &Sat, met: &mut Met) {
        let record = self.record();
        let mut canaries = record.tokens_minted.clone();
        canaries.push(APP_SECRET.to_owned());
        let [folder] = self.run_folders().try_into().unwrap();
        let found = complaints(&Evidence {
            method: self.method,
            input: self.input.clone(),
            jsonl: false,
            request: self.method.shipped_request(),
            windows: Vec::new(),
            folder: folder.clone(),
            exit,
            stdout: sat.stdout.clone(),
            stderr: sat.stderr.clone(),
            canaries,
            record,
        });
        assert!(
            found.is_empty(),
            "{:#?}\n{}",
            &found[..found.len().min(20)],
            sat.stderr
        );
        let failures = fs::read_to_string(folder.join("failure.csv")).unwrap();
        met.unconfirmed += failures.matches(",unconfirmed,").count();
        met.runs += 1;
    }
}

/// The records that a resume names as perhaps applied.
fn named(stderr: &str) -> Vec<RangeInclusive<u64>> {
    let range = |line: &str| {
        let (_, records) = line
            .strip_prefix("  batch ")?
            .split_once(" items, records ")?;
        let (first, last) = records.split_once('-')?;
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    stderr.lines().filter_map(range).collect()
}

/// What a sandbox serves a process on.
pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Kills so often, over the five jobs in turn.
fn kill(kills: u32, seed: u64) -> Met {
    let runtime = runtime();
    let mut met = Met::default();
    let mut draw = Draw(seed);
    for method in Method::ALL.into_iter().cycle() {
        if met.kills >= kills {
            break;
        }
        let left = kills - met.kills;
        Victim::new(method, &runtime).torment(&mut draw, left, &mut met);
    }
    met
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let met = kill(10, 3);
    assert_eq!(met.kills, 10);
}

#[test]
#[ignore = "kills the program 2,000 times, FEISHU_CAMPAIGN=n otherwise: cargo test --release --test promises -- --ignored campaign_sigkill --nocapture"]
fn campaign_sigkill() {
    let kills = super::campaign_count(2_000);
    let began = Instant::now();
    let met = kill(kills, 1);
    println!(
        "{} kills over {} runs of the five jobs in {:.0} s: 0 rows lost, 0 rows in two lines; calls were sent again after {} kills, \
         at most {} after one, all of them named before; {} kills before the run was staged; {} items unconfirmed",
        met.kills,
        met.runs,
        began.elapsed().as_secs_f64(),
        met.resent_after,
        met.resent_max,
        met.before_staged,
        met.unconfirmed
    );
    // How often a kill meets a call under way depends on the machine; a short campaign may have no luck.
    let is_long = kills >= 1_000;
    assert!(
        !is_long || (met.resent_after * 10 > met.kills && met.unconfirmed > 0),
        "the interesting windows were not hit"
    );
}
