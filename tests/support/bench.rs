//! The bench: a job, an input and a sandbox in a temporary folder, and the real program run over them.
//!
//! `Bench::new("shift-schedule").rows(table).run().checked()` is a whole test.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use feishu_bulk::sandbox::{
    APP_ID, APP_SECRET, Change, Endpoint, Keep, Quotas, Record, Sandbox, SandboxOptions,
    ShiftReplies, Window,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::checker::Evidence;
use super::platform::{Method, Shared};
use super::ran::{Ran, Said};
use super::table::{Format, Table};

/// Where the package is.
pub(crate) const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

/// The day on which tests run: the months of the samples are near it, whatever the calendar says.
pub(crate) const TODAY: &str = "2026-11-21";

/// One job on the bench. Every `run` of it goes to the same sandbox.
pub(crate) struct Bench {
    method: Method,
    request: Shared,
    input: Input,
    quota: Option<&'static str>,
    yes: bool,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    options: SandboxOptions,
    room: Rc<Room>,
}

/// The input file, and the text a reader of UTF-8 would see.
struct Input {
    /// As typed on the command line; the job's own file when absent.
    typed: Option<String>,
    text: String,
    jsonl: bool,
}

/// The folder and the sandbox. Lives as long as anything that was run in it.
pub(super) struct Room {
    folder: TempDir,
    runtime: Runtime,
    sandbox: OnceCell<Sandbox>,
}

impl Bench {
    /// One of the five jobs that ship, with its sample, at the documented quota.
    pub(crate) fn new(job: &str) -> Self {
        let method = Method::of_job(job);
        let folder = tempfile::tempdir().unwrap();
        for name in [format!("jobs/{job}.toml"), format!("samples/{job}.csv")] {
            let place = folder.path().join(&name);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::copy(Path::new(PACKAGE).join(&name), place).unwrap();
        }
        let text = fs::read_to_string(folder.path().join(format!("samples/{job}.csv"))).unwrap();
        Self {
            method,
            request: method.shipped_request(),
            input: Input {
                typed: None,
                text,
                jsonl: false,
            },
            quota: None,
            yes: true,
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            options: SandboxOptions {
                keep: Keep::Bodies,
                ..SandboxOptions::default()
            },
            room: Rc::new(Room {
                folder,
                runtime: tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build()
                    .unwrap(),
                sandbox: OnceCell::new(),
            }),
        }
    }

    /// Reads this table as CSV.
    pub(crate) fn rows(self, table: &Table) -> Self {
        self.rows_as(table, Format::Csv)
    }

    /// Reads this table.
    pub(crate) fn rows_as(self, table: &Table, format: Format) -> Self {
        let text = table.write(format);
        let bytes = text.clone().into_bytes();
        self.file(&format!("input.{}", format.extension()), &bytes, text)
    }

    /// Reads a file of these bytes, which mean this text.
    pub(crate) fn file(mut self, name: &str, bytes: &[u8], text: String) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self.input = Input {
            typed: Some(name.to_owned()),
            text,
            jsonl: Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "jsonl"),
        };
        self
    }

    /// Changes the text of the job file.
    pub(crate) fn job(self, change: impl FnOnce(&str) -> String) -> Self {
        let path = self.path(&self.job_file());
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed, "the change changes nothing");
        fs::write(path, changed).unwrap();
        self
    }

    /// The checker expects this value in every call; `column:NAME` is the cell of that column.
    pub(crate) fn expects(mut self, name: &str, value: &str) -> Self {
        self.request.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Gives a value of `[request]` on the command line.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.argument("--set")
            .argument(&format!("{name}={value}"))
            .expects(name, value)
    }

    /// One more argument of `run`.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Neither side keeps a quota: for tests in which pace does not matter.
    pub(crate) fn unpaced(mut self) -> Self {
        self.quota = Some("none");
        self.options.quotas = Quotas::Unlimited;
        self
    }

    /// One call, and then none for an hour: whoever stops the run finds it waiting.
    pub(crate) fn one_call_an_hour(mut self) -> Self {
        self.quota = Some("1/3600s");
        self.options.quotas = Quotas::Each(vec![Window {
            calls: 1,
            span: Duration::from_hours(1),
        }]);
        self
    }

    /// Leaves `--yes` out.
    pub(crate) fn without_yes(mut self) -> Self {
        self.yes = false;
        self
    }

    /// How the sandbox writes what the page of shifts leaves open.
    pub(crate) fn shift_replies(mut self, replies: ShiftReplies) -> Self {
        self.options.shift_replies = replies;
        self
    }

    /// Sets a variable of the environment, or removes it with an empty value.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A path in the bench's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.room.folder.path().join(name)
    }

    /// The job file as it is typed.
    pub(crate) fn job_file(&self) -> String {
        format!("jobs/{}.toml", self.method.job())
    }

    /// What the sandbox remembers of all runs.
    pub(crate) fn record(&self) -> Record {
        self.sandbox().record()
    }

    /// Somebody else changes what the platform holds.
    pub(crate) fn change(&self, change: Change) {
        self.sandbox().change(change);
    }

    /// The folders of runs there are.
    pub(crate) fn run_folders(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("runs")).into_iter().flatten();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        // Beside them is their index.
        folders.retain(|path| path.is_dir());
        folders.sort();
        folders
    }

    /// `feishu-bulk run` to its end, against the bench's sandbox.
    pub(crate) fn run(&self) -> Ran {
        let before = self.record();
        let folders = self.run_folders();
        let output = self.run_command().output().unwrap();
        let mut new = self.run_folders();
        new.retain(|folder| !folders.contains(folder));
        let said = Said::new(output.status.code(), &output.stdout, &output.stderr);
        self.ran(&before, new, &said)
    }

    /// `feishu-bulk run`, started; returns when it has sent its first call.
    pub(crate) fn start(&self) -> Started<'_> {
        let mut command = self.run_command();
        command.args(["--log-level", "debug"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("call ended") {
            let read = stderr.read_line(&mut said).unwrap();
            assert_ne!(read, 0, "it ended before its first call: {said}");
        }
        Started {
            bench: self,
            child,
            stderr,
            said,
        }
    }

    /// Any command of the program, in the bench's folder.
    pub(crate) fn feishu(&self, arguments: &[&str]) -> Said {
        let output = self.command().args(arguments).output().unwrap();
        Said::new(output.status.code(), &output.stdout, &output.stderr)
    }

    fn run_command(&self) -> Command {
        let mut command = self.command();
        command.args(["run", &self.job_file()]);
        if self.yes {
            command.arg("--yes");
        }
        if let Some(input) = &self.input.typed {
            command.args(["--input", input]);
        }
        if let Some(quota) = self.quota {
            command.args(["--quota", quota]);
        }
        command.args(&self.arguments);
        command
    }

    fn command(&self) -> Command {
        let mut command = program(self.room.folder.path());
        command.envs(self.variables());
        for (name, value) in &self.environment {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value);
            }
        }
        command
    }

    /// What leads the program to the bench's sandbox.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("FEISHU_BASE_URL", self.sandbox().base_url()),
            ("FEISHU_APP_ID", APP_ID.to_owned()),
            ("FEISHU_APP_SECRET", APP_SECRET.to_owned()),
        ]
    }

    fn sandbox(&self) -> &Sandbox {
        self.room.sandbox.get_or_init(|| {
            let starting = Sandbox::start(self.options.clone());
            self.room.runtime.block_on(starting).unwrap()
        })
    }

    fn ran(&self, before: &Record, folders: Vec<PathBuf>, said: &Said) -> Ran {
        let mut record = self.record();
        record.calls.drain(..before.calls.len());
        record.objections.drain(..before.objections.len());
        let mut canaries = record.tokens_minted.clone();
        canaries.push(APP_SECRET.to_owned());
        let secrets = self.environment.iter().filter(|(name, value)| {
            !value.is_empty() && (name.ends_with("SECRET") || name.ends_with("TOKEN"))
        });
        canaries.extend(secrets.map(|(_, value)| value.clone()));
        let endpoint = self.method.endpoint();
        let evidence = |folder: PathBuf| Evidence {
            method: self.method,
            input: self.input.text.clone(),
            jsonl: self.input.jsonl,
            request: self.request.clone(),
            windows: match &self.options.quotas {
                Quotas::Documented => endpoint.documented_windows(),
                Quotas::Unlimited => Vec::new(),
                Quotas::Each(windows) => windows.clone(),
            },
            folder,
            exit: said.exit,
            stdout: said.stdout.clone(),
            stderr: said.stderr.clone(),
            canaries,
            record: record.clone(),
        };
        assert!(folders.len() <= 1, "one run makes one folder");
        Ran {
            evidence: folders.into_iter().next().map(evidence),
            calls: record
                .calls
                .iter()
                .filter(|call| call.endpoint != Endpoint::Token)
                .count(),
            said: said.clone(),
            _room: Rc::clone(&self.room),
        }
    }
}

/// A run under way.
pub(crate) struct Started<'a> {
    bench: &'a Bench,
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Started<'_> {
    /// Sends a signal such as `INT`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ran {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        self.bench.ran(
            &Record::default(),
            self.bench.run_folders(),
            &Said::new(output.status.code(), &output.stdout, self.said.as_bytes()),
        )
    }
}

/// The program in a folder, with an empty environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feishu-bulk"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command.args(["--today", TODAY]);
    // Only the tests of a folder share quotas with each other, and none with their user's runs.
    command.env("XDG_STATE_HOME", folder.join("state"));
    command.env("HOME", folder.join("home"));
    command.env("LOCALAPPDATA", folder.join("state"));
    command
}
