//! The third station: the reports, projected from the run store.
//!
//! They can be thrown away and written again, byte for byte. Each appears whole: under a temporary name, made durable, renamed.

mod columns;
mod findings;
pub mod html;
mod items;
mod summary;
mod workbook;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub(crate) use items::cells_of;
pub use items::{Written, write_items, write_whole_workbook};
pub use summary::{
    CallCounts, EvidenceSummary, Files, ItemCounts, ReasonCount, Summary, evidence_words,
};
pub use workbook::NAME as FAILURE_WORKBOOK;

use crate::command_line::CommandLine;
use crate::store::{Facts, RunFolder, private_file};

/// A file that replaces another one when it is complete.
struct Whole {
    path: PathBuf,
    temporary: PathBuf,
    writer: BufWriter<File>,
}

impl Whole {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        Self::at(&folder.join(name))
    }

    fn at(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.new"));
        Ok(Self {
            path: path.to_path_buf(),
            writer: BufWriter::with_capacity(128 * 1024, private_file(&temporary, true)?),
            temporary,
        })
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        #[cfg(unix)]
        if let Some(folder) = self.path.parent() {
            // Without this a power cut may undo the renaming.
            let is_here = folder.as_os_str().is_empty();
            File::open(if is_here { Path::new(".") } else { folder })?.sync_all()?;
        }
        Ok(())
    }
}

/// The command that runs the job of a run once more, on another input, as it was typed then.
#[must_use]
pub fn run_again(facts: &Facts, input: &str, runs: &Path) -> CommandLine {
    let mut command = CommandLine::new("run")
        .word(&facts.job_path)
        .option("--input", input);
    for (name, value) in &facts.typed.set {
        command = command.option("--set", &format!("{name}={value}"));
    }
    if let Some(sheet) = &facts.typed.sheet {
        command = command.option("--sheet", sheet);
    }
    command = command.runs(runs);
    if let Some(quota) = &facts.quota {
        command = command.option("--quota", quota);
    }
    if facts.typed.changes_only {
        command = command.word("--changes-only");
    }
    if facts.typed.keep_before {
        command = command.word("--keep-before");
    }
    if facts.platform.sandbox {
        command = command.word("--sandbox");
    }
    command
}

/// Writes `summary.json`.
pub fn write_summary(folder: &RunFolder, summary: &Summary) -> io::Result<()> {
    let mut file = Whole::create(folder.path(), "summary.json")?;
    serde_json::to_writer_pretty(&mut file.writer, summary)?;
    file.writer.write_all(b"\n")?;
    file.finish()
}

#[cfg(test)]
mod tests;
