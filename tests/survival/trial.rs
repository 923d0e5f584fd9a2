//! One run inside the test's own process: prepared from a table, sent to a sandbox, stopped or killed at will, resumed, checked.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feishu_bulk::conclusion::Ended;
use feishu_bulk::console::final_words;
use feishu_bulk::control::Control;
use feishu_bulk::deliver::Delivery;
use feishu_bulk::deliver::quota::Gate;
use feishu_bulk::endpoint::Window;
use feishu_bulk::error::Refusal;
use feishu_bulk::event::{Observer, Silent};
use feishu_bulk::job::{self, Job, Limit};
use feishu_bulk::model::{Platform, RunState};
use feishu_bulk::origin::Origin;
use feishu_bulk::prepare::InputFile;
use feishu_bulk::run::{BeforeRead, Destination, Opened, Prepared, Purpose, prepare_run};
use feishu_bulk::sandbox::{
    self, APP_ID, APP_SECRET, Change, FaultPlan, Keep, Quotas, Sandbox, SandboxOptions,
};
use feishu_bulk::store::{Journal, RunFolder, StoreError};
use feishu_bulk::transport::{BaseUrl, Credentials, Http, Limits, Tokens};
use feishu_bulk::undo::prepare_undo;
use feishu_bulk::verify::{Verified, verify};
use tempfile::TempDir;

use crate::support::bench::{PACKAGE, program};
use crate::support::checker::{Evidence, complaints};
use crate::support::ran::Said;
use crate::support::{Format, Method, Table};

/// Items in one batch of a trial: few, so that a trial has several batches and is fast.
pub(super) const BATCH: usize = 4;

/// The id of the run.
pub(super) const RUN: &str = "20261101-000000-0000";

/// A process that is being started holds the locks of this one for milliseconds; what is locked for longer is locked for good.
const LOCKED_MAX: Duration = Duration::from_secs(30);

/// A run on trial, with the sandbox it goes to.
pub(super) struct Trial {
    method: Method,
    folder: TempDir,
    input: String,
    sandbox: Sandbox,
    /// Where calls go instead of the sandbox.
    pub(super) base: Option<String>,
    /// Tokens come from the sandbox, wherever calls go.
    pub(super) has_token: bool,
    /// The windows that the run keeps.
    pub(super) windows: Vec<Window>,
    /// Items of a batch.
    batch: usize,
    /// Hears what happens.
    pub(super) observer: Arc<dyn Observer>,
}

impl Trial {
    /// So many items for a method, and a sandbox without quota that plays `faults`.
    pub(super) async fn new(method: Method, items: usize, faults: FaultPlan) -> Self {
        let options = SandboxOptions {
            faults,
            ..Self::options()
        };
        Self::on(method, items, options).await
    }

    /// What the sandbox of a trial is like when nothing goes wrong.
    pub(super) fn options() -> SandboxOptions {
        SandboxOptions {
            quotas: Quotas::Unlimited,
            latency_ms: (0, 0),
            keep: Keep::Bodies,
            ..SandboxOptions::default()
        }
    }

    /// So many items, and such a sandbox.
    pub(super) async fn on(method: Method, items: usize, options: SandboxOptions) -> Self {
        let folder = in_memory();
        let input = rows(method, items).write(Format::Csv);
        fs::write(folder.path().join("input.csv"), &input).unwrap();
        let job = format!("{}.toml", method.job());
        let shipped = Path::new(PACKAGE).join("jobs").join(&job);
        fs::copy(shipped, folder.path().join(job)).unwrap();
        Self {
            method,
            folder,
            input,
            sandbox: Sandbox::start(options).await.unwrap(),
            base: None,
            has_token: false,
            windows: Vec::new(),
            batch: BATCH,
            observer: Arc::new(Silent),
        }
    }

    /// With batches of so many items.
    pub(super) fn batches_of(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// With another line for each record.
    pub(super) fn rewritten(mut self, line: impl Fn(usize, &str) -> String) -> Self {
        let lines = self.input.lines().enumerate();
        let lines: Vec<String> = lines.map(|(record, text)| line(record, text)).collect();
        self.input = lines.join("\n") + "\n";
        fs::write(self.folder.path().join("input.csv"), &self.input).unwrap();
        self
    }

    /// The run from its beginning.
    pub(super) async fn run(&self, control: &Control) -> Ended {
        self.try_run(control).await.unwrap()
    }

    /// The run from its beginning, which may fail to say how it ended.
    pub(super) async fn try_run(&self, control: &Control) -> Result<Ended, Refusal> {
        let job = job_of(&self.job(), self.batch);
        let folder = RunFolder::create(&self.runs(), RUN).unwrap();
        let input = self.folder.path().join("input.csv");
        let prepared = prepare_run(
            folder,
            &job,
            &InputFile::new(&input, &Origin::own()),
            None,
            control,
            &Silent,
        )
        .unwrap();
        let observer = Arc::clone(&self.observer);
        let delivered = prepared.deliver(self.destination(), control, observer);
        Box::pin(delivered).await
    }

    /// The run up to its first call: staged, and nothing of it sent.
    pub(super) async fn stage(&self) -> Opened {
        let job = job_of(&self.job(), self.batch);
        let folder = RunFolder::create(&self.runs(), RUN).unwrap();
        let input = self.folder.path().join("input.csv");
        let prepared = prepare_run(
            folder,
            &job,
            &InputFile::new(&input, &Origin::own()),
            None,
            &Control::default(),
            &Silent,
        )
        .unwrap();
        let stopping = Control::default();
        stopping.interrupt();
        let delivered = prepared.deliver(self.destination(), &stopping, Arc::new(Silent));
        assert_eq!(
            Box::pin(delivered).await.unwrap().state,
            RunState::Interrupted
        );
        self.open()
    }

    /// The run up to its first call, with what was there kept: staged, and nothing of it sent.
    pub(super) async fn stage_comparing(&self, purpose: Purpose) -> BeforeRead {
        let job = job_of(&self.job(), self.batch);
        let folder = RunFolder::create(&self.runs(), RUN).unwrap();
        let input = self.folder.path().join("input.csv");
        let control = Control::default();
        let (file, origin) = (input, Origin::own());
        let file = InputFile::new(&file, &origin);
        let mut prepared = prepare_run(folder, &job, &file, None, &control, &Silent).unwrap();
        let destination = self.destination();
        let hearing: (&Control, Arc<dyn Observer>) = (&control, Arc::new(Silent));
        let read = prepared.read_before(&destination, purpose, hearing, |_| Ok(()));
        let read = Box::pin(read).await.unwrap();
        self.stop_before_the_first_call(prepared).await;
        read
    }

    /// What puts the run back, as the run of this name, up to its first call.
    pub(super) async fn stage_undo(&self, name: &str) {
        let folder = RunFolder::create(&self.runs(), name).unwrap();
        let (control, destination) = (Control::default(), self.destination());
        let parent = self.open();
        let prepared = prepare_undo(folder, &parent, &destination, &control, Arc::new(Silent));
        let prepared = Box::pin(prepared).await.unwrap();
        self.stop_before_the_first_call(prepared).await;
    }

    async fn stop_before_the_first_call(&self, prepared: Prepared) {
        let stopping = Control::default();
        stopping.interrupt();
        let delivered = prepared.deliver(self.destination(), &stopping, Arc::new(Silent));
        assert_eq!(
            Box::pin(delivered).await.unwrap().state,
            RunState::Interrupted
        );
    }

    /// The run of this name from where it stopped.
    pub(super) async fn resume_of(&self, name: &str) -> Ended {
        let opened = Opened::open(&self.runs(), name).unwrap();
        let observer = Arc::clone(&self.observer);
        let control = Control::default();
        Box::pin(opened.resume(self.destination(), &control, observer))
            .await
            .unwrap()
    }

    /// The run from where it stopped, by parts: with this journal.
    pub(super) async fn deliver(
        &self,
        opened: &Opened,
        journal: Journal,
        control: &Control,
    ) -> Result<(), StoreError> {
        let delivery = Delivery {
            endpoint: opened.endpoint().clone(),
            windows: Vec::new(),
            transport: self.transport(),
            tokens: self.destination().tokens,
            gate: Gate::new(&[]),
            journal,
            control: control.clone(),
            observer: Arc::clone(&self.observer),
            failed_max: Limit::Percent(100.0),
            calls_max: None,
            outage_max: Duration::from_mins(15),
            tally: opened.ledger().tally().unwrap(),
        };
        delivery.run(&opened.folder().store()).await
    }

    /// The run from where it stopped.
    pub(super) async fn resume(&self, control: &Control) -> Ended {
        let opened = self.open();
        let observer = Arc::clone(&self.observer);
        let resumed = opened.resume(self.destination(), control, observer);
        Box::pin(resumed).await.unwrap()
    }

    /// The run as its folder has it.
    pub(super) fn open(&self) -> Opened {
        let tried = Instant::now();
        loop {
            match Opened::open(&self.runs(), RUN) {
                // Another test may just be starting a process, which holds every lock of this one until it has begun.
                Err(busy)
                    if busy.what.to_string().contains("by another process")
                        && tried.elapsed() < LOCKED_MAX =>
                {
                    std::thread::yield_now();
                }
                opened => return opened.unwrap(),
            }
        }
    }

    /// The run's folder.
    pub(super) fn run_folder(&self) -> PathBuf {
        self.runs().join(RUN)
    }

    /// The job file of the run.
    pub(super) fn job(&self) -> PathBuf {
        let name = format!("{}.toml", self.method.job());
        self.folder.path().join(name)
    }

    /// The real program, in the folder of the runs.
    pub(super) fn program(&self) -> Command {
        let mut command = program(self.folder.path());
        command
            .env("FEISHU_BASE_URL", self.sandbox.base_url())
            .env("FEISHU_APP_ID", APP_ID)
            .env("FEISHU_APP_SECRET", APP_SECRET);
        command
    }

    /// What the real program says and does, while the sandbox goes on.
    pub(super) async fn feishu(&self, arguments: &[&str]) -> Said {
        let mut command = self.program();
        command.args(arguments);
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = ended.await.unwrap();
        Said::new(output.status.code(), &output.stdout, &output.stderr)
    }

    /// What the run sent is read back.
    pub(super) async fn verify(&self, control: &Control) -> Result<Verified, Refusal> {
        let opened = self.open();
        let observer = Arc::clone(&self.observer);
        Box::pin(verify(&opened, &self.destination(), control, observer)).await
    }

    /// Somebody else changes what the platform holds.
    pub(super) fn change(&self, change: Change) {
        self.sandbox.change(change);
    }

    /// What the platform remembers.
    pub(super) fn record(&self) -> sandbox::Record {
        self.sandbox.record()
    }

    fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// The way to the sandbox.
    pub(super) fn transport(&self) -> Http {
        Http::new(self.base(), Limits::default(), None).unwrap()
    }

    fn base(&self) -> BaseUrl {
        let base = self.base.clone().unwrap_or_else(|| self.sandbox.base_url());
        BaseUrl::parse(&base).unwrap()
    }

    fn destination(&self) -> Destination<Http> {
        let transport = self.transport();
        let credentials = Credentials::App {
            id: APP_ID.to_owned(),
            secret: APP_SECRET.into(),
        };
        let mint = if self.has_token {
            let sandbox = BaseUrl::parse(&self.sandbox.base_url()).unwrap();
            Http::new(sandbox, Limits::default(), None).unwrap()
        } else {
            transport.clone()
        };
        Destination {
            tokens: Tokens::new(credentials, mint),
            transport,
            platform: Platform {
                host: BaseUrl::parse(&self.sandbox.base_url())
                    .unwrap()
                    .place()
                    .to_owned(),
                app: Some(APP_ID.to_owned()),
                sandbox: false,
            },
            quota: Some("none".to_owned()),
            windows: self.windows.clone(),
            state_folder: None,
        }
    }

    /// What the checker says of the run as it stands.
    pub(super) fn complaints(&self, ended: &Ended) -> Vec<String> {
        self.complaints_after(&Said {
            exit: i32::from(ended.exit.code()),
            stdout: String::new(),
            stderr: last_words(ended, &self.runs()),
        })
    }

    /// The same after the real program.
    pub(super) fn complaints_after(&self, said: &Said) -> Vec<String> {
        let record = self.sandbox.record();
        let mut canaries = record.tokens_minted.clone();
        canaries.push(APP_SECRET.to_owned());
        complaints(&Evidence {
            method: self.method,
            input: self.input.clone(),
            jsonl: false,
            request: self.method.shipped_request(),
            windows: Vec::new(),
            folder: self.run_folder(),
            exit: said.exit,
            stdout: said.stdout.clone(),
            stderr: said.stderr.clone(),
            canaries,
            record,
        })
    }
}

/// How a run ended in a few letters: `20s 4u`, or `halted` in front of them.
pub(super) fn in_short(ended: &Ended) -> String {
    let tally = ended.tally;
    let mut words = match ended.state {
        RunState::Finished => String::new(),
        other @ (RunState::Halted | RunState::Interrupted | RunState::Running) => {
            format!("{other} ")
        }
    };
    for (count, letter) in [
        (tally.succeeded, 's'),
        (tally.failed, 'f'),
        (tally.rejected, 'r'),
        (tally.unconfirmed, 'u'),
        (tally.pending, 'p'),
    ] {
        if count > 0 {
            write!(words, "{count}{letter} ").unwrap();
        }
    }
    words.trim_end().to_owned()
}

/// The value that only record `number` of a trial's input holds, as calls carry it.
pub(super) fn mark(method: Method, number: usize) -> String {
    match method {
        Method::Punches | Method::Records => format!("70000000000000{number:05}"),
        Method::Shifts | Method::PlanRows | Method::Archive => format!("mark-{number:05}"),
    }
}

const DIMENSIONS: [&str; 5] = [
    "department",
    "employee_type",
    "location",
    "cost_center",
    "job_family",
];

/// An input in which nothing is wrong.
pub(super) fn rows(method: Method, items: usize) -> Table {
    let columns: &[&str] = match method {
        Method::Punches => &["record_id"],
        Method::Records => &["id"],
        Method::Shifts => &["user_id", "group_id", "shift_id", "month", "day_no"],
        Method::PlanRows => &DIMENSIONS,
        Method::Archive => &["member_id", "start_time", "end_time", "52151"],
    };
    let mut table = Table::new(columns);
    for number in 1..=items {
        let mark = mark(method, number);
        let cells: &[&str] = match method {
            Method::Punches | Method::Records => &[&mark],
            Method::Shifts => &[&mark, "g1", "s1", "202611", "3"],
            Method::PlanRows => &[&mark, "", "l1", "", "j1"],
            Method::Archive => &[&mark, "20261001", "20261031", "8.5"],
        };
        table = table.row(cells.iter().copied());
    }
    table
}

fn job_of(path: &Path, batch: usize) -> Job {
    let mut job = job::load(path, &[]).unwrap();
    job.limits.items_max = Some(batch);
    job
}

/// A folder without a disk behind it where there is one: these tests are not about the disk, and make thousands of runs.
pub(super) fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// What the program says at the end of a run.
fn last_words(ended: &Ended, runs: &Path) -> String {
    let halt = ended.halt.iter().map(ToString::to_string);
    let words = final_words(ended, runs);
    let lines: Vec<String> = halt.chain(words.iter().map(ToString::to_string)).collect();
    lines.join("\n")
}
