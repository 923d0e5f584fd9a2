//! The run store: one SQLite file per run, the only truth about it.
//!
//! [`NewStore`] takes what prepare finds, [`Journal`] takes what deliver does, [`EvidenceWriter`] takes what reading back finds, and
//! [`Ledger`] answers what is known. Everything else in a run's folder can be written again from here. Nothing outside this room
//! speaks SQL.

mod before;
mod checksum;
mod content;
mod evidence;
mod folder;
mod index;
mod items;
mod journal;
mod last_start;
mod ledger;
mod lines;
mod said;
mod schema;

mod new_store;
mod notes;
mod timeline;

pub use before::Before;
pub use evidence::{EvidenceWriter, Found, Sent};
pub use folder::{RunFolder, find, is_at_work, list, new_run_id};
pub(crate) use folder::{private_file, private_folder};
pub(crate) use index::{Index, Line as IndexLine, Sends, lines as index_lines};
pub use items::{BeforeState, StoredBatch, StoredItem};
pub use journal::{GoesOn, Journal, Moment};
pub use last_start::Doubt;
pub(crate) use last_start::{begin as begin_start, end as end_start};
pub use ledger::{Calls, InFlight, Ledger, ReasonCount, Rejected, Unsuccessful};
pub use lines::{Line, LineOutcome, ReadBack};
pub use new_store::{Fate, NewStore, NewStoreWriter};
pub use notes::Notes;
pub use timeline::{Stretch, Timeline};

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use crate::error::{Exit, Refusal};
use crate::model::{Head, InputFormat, Lines, Platform, Sheets};
use crate::text::Language;

/// What a run is: written when it is prepared, read by every later command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The run's id: the name of its folder.
    pub run: String,
    /// The run it reruns, or puts back.
    pub parent: Option<String>,
    /// Whether it puts back what its parent changed.
    #[serde(default)]
    pub is_undo: bool,
    /// Name of the job.
    pub job: String,
    /// Path of the job file.
    pub job_path: String,
    /// Text of the job file.
    pub job_text: String,
    /// Name of the endpoint.
    pub endpoint: String,
    /// Path of the catalogue file; of an embedded one, its name.
    pub endpoint_path: String,
    /// Text of the catalogue file.
    pub endpoint_text: String,
    /// What the input is.
    pub format: InputFormat,
    /// The input's own columns, as one encoded CSV record.
    pub header: String,
    /// What parts the cells of a CSV input, and of its reports.
    pub delimiter: u8,
    /// What stands around the rows of a table.
    pub head: Head,
    /// The sheets that were read, where there are several.
    pub sheets: Sheets,
    /// The columns of days, where each of their cells is an item: position among the input's own, and the date as `yyyyMMdd`.
    pub days: Vec<(usize, String)>,
    /// The lines of the file on which its records begin.
    #[serde(default)]
    pub lines: Lines,
    /// Positions of the columns that tell a row from another: those of the item's key. None in JSONL.
    #[serde(default)]
    pub key_columns: Vec<usize>,
    /// Position of the first other column that is sent, of a roster: what its people have in common.
    #[serde(default)]
    pub group_column: Option<usize>,
    /// The input file; never read again.
    pub input: InputFacts,
    /// The values shared by all calls, as given: those of `[request]`, and the month of a roster. One that is bound to a column is
    /// not among them.
    pub request: BTreeMap<String, String>,
    /// What was typed to start the run, as far as the next command must repeat it.
    pub typed: Typed,
    /// `--quota`, if it was given.
    pub quota: Option<String>,
    /// Items read from the input.
    pub read: u64,
    /// Where the run's calls go.
    pub platform: Platform,
    /// When the run began, RFC 3339.
    pub started_at: String,
    /// The job's `max_failed`.
    pub failed_max: String,
    /// The run's `max_calls`, over all starts.
    #[serde(default)]
    pub calls_max: Option<u64>,
    /// The job's `max_outage`; runs of before there was one have none.
    #[serde(default)]
    pub outage_seconds: Option<u64>,
    /// The language of its reports, `en` or `zh`; runs of before it was noted have English ones.
    #[serde(default)]
    pub language: String,
    /// Who sent it, and how that was agreed to; runs of before it was noted have nothing of it.
    #[serde(default)]
    pub audit: Audit,
}

/// Who sent a run, from which face of the program, and how that was agreed to: for whoever asks later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Audit {
    /// What the person worked with.
    pub face: Face,
    /// The name of the person's account on the machine.
    pub user: Option<String>,
    /// The version of the program.
    pub program: String,
    /// What was corrected of the input before it was sent, without changing the file.
    pub corrections: Vec<Correction>,
    /// Records that were left out by the person.
    pub left_out: Vec<u64>,
    /// The number that was typed, or the option that stands for it, where it was asked for.
    pub confirmed: Option<String>,
}

/// What a person works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// The command line.
    #[default]
    Command,
    /// The local page.
    Page,
}

/// A cell that was corrected before it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Correction {
    /// Its record.
    pub record: u64,
    /// The title of its column.
    pub column: String,
    /// The cell as a spreadsheet names it, where it stands in a workbook.
    pub cell: Option<String>,
    /// What the file says.
    pub old: String,
    /// What was sent.
    pub new: String,
}

/// The input file, so that it can be told from another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InputFacts {
    /// Its path as it was given.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// The encoding it was read in; none for a workbook.
    pub encoding: Option<String>,
}

/// What was typed to start a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Typed {
    /// The values of `--set`, in their order.
    pub set: Vec<(String, String)>,
    /// `--sheet`.
    pub sheet: Option<String>,
    /// `--changes-only`.
    #[serde(default)]
    pub changes_only: bool,
    /// `--keep-before`.
    #[serde(default)]
    pub keep_before: bool,
}

impl Facts {
    /// The language of its reports.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of_tag(&self.language).unwrap_or_default()
    }

    /// Whether the input is a workbook.
    #[must_use]
    pub fn is_workbook(&self) -> bool {
        self.format == InputFormat::Workbook
    }

    /// How the names of the item reports end. A workbook's are CSV, beside a workbook of what did not succeed.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        match self.format {
            InputFormat::Csv | InputFormat::Workbook => InputFormat::Csv.word(),
            InputFormat::Jsonl => InputFormat::Jsonl.word(),
        }
    }
}

/// Trouble with the run store itself: the disk, a lock, a damaged file.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the run store failed: {0}")]
pub struct StoreError(pub String);

crate::text::verbatim!(StoreError);

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new("store.failed", error.to_string())
            .because(text!("nothing is sent without the store"))
            .hint(text!(
                "make room on the disk, or choose another folder with --runs DIR"
            ))
            .exit(Exit::Halted)
    }
}

/// How long a connection waits for another one's lock: only our own reader and writer share a store.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Opens a store's file with the settings every connection needs.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

#[cfg(test)]
mod tests;
