//! A job on a table as an office keeps it: checked, sent to the bench's sandbox, and what arrived there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Bench;
use super::bench::PACKAGE;
use super::ran::Said;
use super::sheet::{self, Sheet};

/// A job that ships, or one of a test, with its files.
pub(crate) struct Office {
    bench: Bench,
    job: String,
    input: Option<String>,
}

/// A run that has ended.
pub(crate) struct Sent {
    pub(crate) said: Said,
    pub(crate) folder: PathBuf,
    /// Read, succeeded, failed, rejected.
    pub(crate) items: [u64; 4],
}

impl Office {
    /// A job that ships, with all samples.
    pub(crate) fn shipped(name: &str) -> Self {
        let job = fs::read_to_string(Path::new(PACKAGE).join(format!("jobs/{name}.toml"))).unwrap();
        // These tests are about what the platform refuses, so nothing of it is looked up before.
        let job = job.replace("preflight = true", "preflight = false");
        let office = Self::named(name, &job);
        for entry in fs::read_dir(Path::new(PACKAGE).join("samples")).unwrap() {
            let path = entry.unwrap().path();
            let place = Path::new("samples").join(path.file_name().unwrap());
            fs::copy(&path, office.bench.path(place.to_str().unwrap())).unwrap();
        }
        office
    }

    /// A job of this text.
    pub(crate) fn new(job: &str) -> Self {
        Self::named("office", job)
    }

    fn named(name: &str, job: &str) -> Self {
        let office = Self {
            bench: Bench::new("shift-schedule").unpaced(),
            job: format!("jobs/{name}.toml"),
            input: None,
        };
        fs::write(office.path(&office.job), job).unwrap();
        office
    }

    /// Changes the text of the job.
    pub(crate) fn job(self, from: &str, to: &str) -> Self {
        let path = self.path(&self.job);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the job has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
        self
    }

    /// Reads a workbook of these sheets.
    pub(crate) fn sheets(self, sheets: &[Sheet]) -> Self {
        sheet::save(&self.path("input.xlsx"), sheets);
        self.input("input.xlsx")
    }

    /// Reads a file of these bytes.
    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self.input(name)
    }

    /// Reads a file that is there.
    pub(crate) fn input(mut self, name: &str) -> Self {
        self.input = Some(name.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.bench.path(name)
    }

    /// Any command of the program, in the office's folder.
    pub(crate) fn feishu(&self, arguments: &[&str]) -> Said {
        self.bench.feishu(arguments)
    }

    /// A command on the job and its input.
    pub(crate) fn on_job(&self, command: &str, arguments: &[&str]) -> Said {
        let mut all = vec![command, &self.job, "--quota", "none"];
        if let Some(input) = &self.input {
            all.extend(["--input", input]);
        }
        all.extend(arguments);
        self.feishu(&all)
    }

    /// The plan, with every rejection.
    pub(crate) fn plan(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json", "--all"];
        all.extend(arguments);
        let said = self.on_job("check", &all);
        assert!(said.exit < 2, "{}{}", said.stdout, said.stderr);
        said.json()
    }

    /// Why the file is refused.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let said = self.on_job("check", arguments);
        assert_eq!(
            (said.exit, said.stdout.as_str()),
            (2, ""),
            "{}",
            said.stderr
        );
        said.stderr
    }

    /// Sends what can be sent.
    pub(crate) fn send(&self, arguments: &[&str]) -> Sent {
        let before = self.bench.run_folders();
        let mut all = vec!["--yes"];
        all.extend(arguments);
        let said = self.on_job("run", &all);
        let mut new = self.bench.run_folders();
        new.retain(|folder| !before.contains(folder));
        let [folder] = new
            .try_into()
            .unwrap_or_else(|_| panic!("no run: {}", said.stderr));
        Sent::new(said, folder)
    }

    /// Days set so far: person, date, shift, with `clear` behind a day that is cleared.
    pub(crate) fn days(&self) -> Vec<String> {
        let shifts = self.bench.record().applied.shifts;
        let days = shifts.into_iter().map(|(key, shift)| {
            let clear = if shift.is_clear_schedule {
                " clear"
            } else {
                ""
            };
            let (person, month, day) = (key.user_id, key.month, key.day_no);
            format!("{person} {month}{day:02} {}{clear}", shift.shift_id)
        });
        days.collect()
    }

    /// People and the groups in which their days were set so far, each once.
    pub(crate) fn groups(&self) -> Vec<String> {
        let shifts = self.bench.record().applied.shifts;
        let groups: BTreeSet<String> = shifts
            .iter()
            .map(|(key, shift)| format!("{} {}", key.user_id, shift.group_id))
            .collect();
        groups.into_iter().collect()
    }

    /// Lines of the archive report written so far: person, period, fields.
    pub(crate) fn archive(&self) -> Vec<String> {
        let lines = self.bench.record().applied.archive;
        let lines = lines.into_iter().map(|(key, fields)| {
            let fields: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!(
                "{} {}-{} {}",
                key.member_id,
                key.start_time,
                key.end_time,
                fields.join(" ")
            )
        });
        lines.collect()
    }

    /// What comes of a table: each rejection as `check` places it, then each day as it was set.
    pub(crate) fn outcome(&self) -> Vec<String> {
        let mut lines = rejections(&self.plan(&[]));
        self.send(&[]);
        lines.extend(self.days());
        lines
    }
}

impl Sent {
    fn new(said: Said, folder: PathBuf) -> Self {
        let text = fs::read_to_string(folder.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&text).unwrap();
        let items = ["read", "succeeded", "failed", "rejected"]
            .map(|name| summary["items"][name].as_u64().unwrap());
        Self {
            said,
            folder,
            items,
        }
    }

    /// `failure.csv` as its header and its records.
    pub(crate) fn failure_csv(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let text = fs::read_to_string(self.folder.join("failure.csv")).unwrap();
        read_csv(&text)
    }
}

/// The header and the records of a CSV text.
pub(crate) fn read_csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let line = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let header = line(reader.headers().unwrap());
    (
        header,
        reader
            .records()
            .map(|record| line(&record.unwrap()))
            .collect(),
    )
}

/// The rejections of a plan: where, why, and of how many items if of several.
pub(crate) fn rejections(plan: &Value) -> Vec<String> {
    let line = |rejection: &Value| {
        let place = match rejection["cell"].as_str() {
            Some(cell) => cell.to_owned(),
            None => format!("line {}", rejection["line"]),
        };
        let items = match rejection["items"].as_u64().unwrap() {
            1 => String::new(),
            items => format!(" x{items}"),
        };
        format!("{place}: {}{items}", rejection["reason"].as_str().unwrap())
    };
    let rejections = plan["rejections"].as_array().unwrap();
    rejections.iter().map(line).collect()
}

/// The notices of a plan about its input; not whether that was sent before.
pub(crate) fn notices(plan: &Value) -> Vec<String> {
    let notices = plan["notices"].as_array().unwrap().iter();
    let text = |notice: &Value| notice["what"].as_str().unwrap().to_owned();
    notices
        .filter(|notice| notice["rule"] != "run.sent-before")
        .map(text)
        .collect()
}
