//! What a person gave for a draft: the job, what was given in its place, and the corrections, each step of which can be undone.
//!
//! It is written down whole at each change; a crash leaves what was written before, or this. It starts no check.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::job::{self, Job};
use crate::mapping::Corrections;
use crate::page::sheet::Sheet;
use crate::store::private_file;

/// Steps that can be undone.
const STEPS_MAX: usize = 1_000;
const FILE: &str = "draft.json";

/// What a person gave, as it is written down.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::page) struct Written {
    /// The file's name, which is only ever shown.
    pub(in crate::page) name: String,
    pub(in crate::page) sha256: String,
    /// When it was uploaded, in the time of this computer.
    pub(in crate::page) uploaded: String,
    /// Where the job file is.
    pub(in crate::page) job: Option<PathBuf>,
    /// Whether it came with the program: then it is only rehearsed.
    #[serde(default)]
    pub(in crate::page) is_sample: bool,
    pub(in crate::page) given: Given,
    corrections: Corrections,
    /// What the file says where a cell was ever corrected.
    originals: BTreeMap<u64, BTreeMap<usize, String>>,
    done: Vec<Step>,
    undone: Vec<Step>,
}

/// What was given in the place of the file or the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::page) struct Given {
    /// As `--set` takes it.
    #[serde(default)]
    pub(in crate::page) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::page) sheet: Option<String>,
    #[serde(default)]
    pub(in crate::page) encoding: Option<String>,
}

/// One step of a person: cells with what they were corrected to before and after, and rows that were left out or taken in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Step {
    cells: Vec<(u64, usize, Option<String>, Option<String>)>,
    rows: Vec<(u64, bool, bool)>,
}

/// What is to be changed.
#[derive(Debug, Default)]
pub(in crate::page) struct Change {
    /// Record, column, and what the cell is to say; what the file says where that is none.
    pub(in crate::page) cells: Vec<(u64, usize, Option<String>)>,
    pub(in crate::page) leave_out: Vec<u64>,
    pub(in crate::page) put_back: Vec<u64>,
}

impl Written {
    /// A file that was just taken in.
    pub(in crate::page) fn of(name: String, sha256: String) -> Self {
        Self {
            name,
            sha256,
            uploaded: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            ..Self::default()
        }
    }

    /// One that came with the program, for the job that came with it.
    pub(in crate::page) fn of_sample(self, job: PathBuf) -> Self {
        Self {
            job: Some(job),
            is_sample: true,
            ..self
        }
    }

    pub(in crate::page) fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    /// What the file says in a cell that was corrected.
    pub(in crate::page) fn original(&self, record: u64, column: usize) -> Option<&str> {
        Some(self.originals.get(&record)?.get(&column)?.as_str())
    }

    pub(in crate::page) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(in crate::page) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// The job, with what was given in its place.
    pub(in crate::page) fn read_job(&self) -> Result<Job, Refusal> {
        let path = self.job.as_deref().unwrap_or(Path::new(""));
        let set: Vec<(String, String)> = self.given.set.clone().into_iter().collect();
        let mut job = job::read(path, &set)?;
        if let Some(sheet) = &self.given.sheet {
            job.read_sheet(sheet);
        }
        if let Some(encoding) = &self.given.encoding {
            job.input.encoding = Some(encoding.clone());
        }
        Ok(job)
    }

    /// What an earlier start of the program wrote into the folder of a draft.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// Chooses the job and what was given; the corrections stay, unless another sheet is read.
    pub(super) fn choose(&mut self, job: &Path, given: Given) {
        if self.given.sheet != given.sheet {
            self.corrections = Corrections::default();
            self.originals.clear();
            self.done.clear();
            self.undone.clear();
        }
        self.job = Some(job.to_owned());
        self.given = given;
    }

    /// Changes cells and rows of a sheet, as one step.
    pub(super) fn change(&mut self, sheet: &Sheet, change: Change) {
        let mut step = Step::default();
        for (record, column, text) in change.cells {
            let Some(shown) = sheet.cell(record, column) else {
                continue;
            };
            let original = self.originals.entry(record).or_default();
            let original = original.entry(column).or_insert(shown);
            // A cell that says what the file says is not corrected.
            let text = text.filter(|text| text != original);
            let before = self.corrections.set(record, column, text.clone());
            step.cells.push((record, column, before, text));
        }
        let rows = change.leave_out.into_iter().map(|record| (record, true));
        for (record, is_out) in
            rows.chain(change.put_back.into_iter().map(|record| (record, false)))
        {
            let before = self.corrections.leave_out(record, is_out);
            step.rows.push((record, before, is_out));
        }
        self.undone.clear();
        self.done.push(step);
        let more = self.done.len().saturating_sub(STEPS_MAX);
        self.done.drain(..more);
    }

    /// Takes the last step back, or takes it again. Returns whether there was one.
    pub(super) fn step(&mut self, is_undo: bool) -> bool {
        let (from, to) = if is_undo {
            (&mut self.done, &mut self.undone)
        } else {
            (&mut self.undone, &mut self.done)
        };
        let Some(step) = from.pop() else {
            return false;
        };
        to.push(step.clone());
        // The same cell may have been changed twice in one step.
        let mut cells: Vec<_> = step.cells.iter().collect();
        if is_undo {
            cells.reverse();
        }
        for (record, column, before, after) in cells {
            let text = if is_undo { before } else { after };
            self.corrections.set(*record, *column, text.clone());
        }
        for (record, before, after) in &step.rows {
            let is_out = if is_undo { before } else { after };
            self.corrections.leave_out(*record, *is_out);
        }
        true
    }

    /// Writes what a person gave, whole: a crash leaves what was written before, or this.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), Refusal> {
        let path = folder.join(FILE);
        let temporary = folder.join(".draft.json.new");
        let json = serde_json::to_vec(self).unwrap_or_default();
        let done = private_file(&temporary, true)
            .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, &path));
        done.map_err(|error| {
            Refusal::new("page.disk", text!("what you changed could not be kept"))
                .because(format!("{}: {error}", path.display()))
                .because(text!("nothing was changed, and nothing was sent"))
                .hint(text!("make room on the disk, and try again"))
        })
    }
}
