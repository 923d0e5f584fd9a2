//! The jobs that ship, with their samples: part of the program, so that they can be tried where there is nothing but the program.
//!
//! Invariant: a file of the user is never written over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::Refusal;

/// Every job, and every file that one of them names, by its place in a folder: jobs reach their samples from `jobs/` by `../samples/`.
const FILES: &[(&str, &[u8])] = &[
    (
        "jobs/archive-report-monthly.toml",
        include_bytes!("../jobs/archive-report-monthly.toml"),
    ),
    (
        "jobs/archive-report.toml",
        include_bytes!("../jobs/archive-report.toml"),
    ),
    (
        "jobs/delete-plan-rows.toml",
        include_bytes!("../jobs/delete-plan-rows.toml"),
    ),
    (
        "jobs/delete-punches.toml",
        include_bytes!("../jobs/delete-punches.toml"),
    ),
    (
        "jobs/delete-records.toml",
        include_bytes!("../jobs/delete-records.toml"),
    ),
    (
        "jobs/month-end.toml",
        include_bytes!("../jobs/month-end.toml"),
    ),
    (
        "jobs/shift-roster.toml",
        include_bytes!("../jobs/shift-roster.toml"),
    ),
    (
        "jobs/shift-schedule.toml",
        include_bytes!("../jobs/shift-schedule.toml"),
    ),
    (
        "jobs/store-roster.toml",
        include_bytes!("../jobs/store-roster.toml"),
    ),
    (
        "samples/archive-report-monthly.xlsx",
        include_bytes!("../samples/archive-report-monthly.xlsx"),
    ),
    (
        "samples/archive-report.csv",
        include_bytes!("../samples/archive-report.csv"),
    ),
    (
        "samples/delete-plan-rows.csv",
        include_bytes!("../samples/delete-plan-rows.csv"),
    ),
    (
        "samples/delete-punches.csv",
        include_bytes!("../samples/delete-punches.csv"),
    ),
    (
        "samples/delete-records.csv",
        include_bytes!("../samples/delete-records.csv"),
    ),
    (
        "samples/month-end.xlsx",
        include_bytes!("../samples/month-end.xlsx"),
    ),
    (
        "samples/people.csv",
        include_bytes!("../samples/people.csv"),
    ),
    (
        "samples/shift-roster.xlsx",
        include_bytes!("../samples/shift-roster.xlsx"),
    ),
    (
        "samples/shift-schedule.csv",
        include_bytes!("../samples/shift-schedule.csv"),
    ),
    (
        "samples/store-roster.xlsx",
        include_bytes!("../samples/store-roster.xlsx"),
    ),
];

/// A job that ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// What it is called by.
    pub name: &'static str,
    /// The job file.
    pub text: &'static str,
}

impl Shipped {
    /// What it is for: the first words of its file.
    #[must_use]
    pub fn about(&self) -> &'static str {
        let first = self.text.split([':', '\n']).next().unwrap_or_default();
        first.trim_start_matches('#').trim().trim_end_matches('.')
    }

    /// The places of its own file and of the samples that it names.
    fn places(&self) -> impl Iterator<Item = (&'static str, &'static [u8])> {
        let (name, text) = (self.name, self.text);
        FILES.iter().copied().filter(move |(place, _)| {
            *place == format!("jobs/{name}.toml") || text.contains(&format!("\"../{place}\""))
        })
    }

    /// Writes it and its samples into a folder; returns what was written, the job first.
    pub fn copy(&self, to: &Path) -> Result<Vec<PathBuf>, Refusal> {
        let written: Vec<_> = self.places().map(|(place, _)| to.join(place)).collect();
        if let Some(there) = written.iter().find(|path| path.exists()) {
            return Err(Refusal::new(
                "jobs.exists",
                text!("{there} is there already", there = there.display()),
            )
            .because(text!("nothing was written"))
            .hint(text!("choose another folder with --to DIR")));
        }
        for ((_, bytes), path) in self.places().zip(&written) {
            write(path, bytes).map_err(|error| not_written(path, &error))?;
        }
        Ok(written)
    }
}

/// All of them, by name.
pub fn all() -> impl Iterator<Item = Shipped> {
    FILES.iter().filter_map(|(place, bytes)| {
        Some(Shipped {
            name: place.strip_prefix("jobs/")?.strip_suffix(".toml")?,
            text: std::str::from_utf8(bytes).ok()?,
        })
    })
}

/// The one of this name.
#[must_use]
pub fn named(name: &str) -> Option<Shipped> {
    all().find(|shipped| shipped.name == name)
}

/// The path of a job below `state`, the user's folder for what can be made again: with its samples beside it, as it is in the program.
/// Each version of the files has a folder of its own, so that a run of an earlier one still finds its job.
pub fn unpacked(shipped: Shipped, state: &Path) -> Result<PathBuf, Refusal> {
    let mut digest = Sha256::new();
    for (place, bytes) in FILES {
        digest.update(place);
        digest.update(bytes);
    }
    let version = digest.finalize();
    let version = version.first_chunk().copied().map(u64::from_be_bytes);
    let version = format!("{:016x}", version.unwrap_or_default());
    let folder = state.join("shipped").join(version);
    for (place, bytes) in shipped.places() {
        let path = folder.join(place);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            continue;
        }
        write(&path, bytes).map_err(|error| not_written(&path, &error))?;
    }
    Ok(folder.join(format!("jobs/{}.toml", shipped.name)))
}

/// Whole or not at all: another process may read it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}", std::process::id()));
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}

fn not_written(path: &Path, error: &io::Error) -> Refusal {
    Refusal::new(
        "jobs.not-written",
        text!("{path} could not be written", path = path.display()),
    )
    .because(error.to_string())
    .hint(text!(
        "choose a folder of your own: `feishu-bulk jobs copy NAME --to DIR`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_and_sample_of_the_project_that_a_job_names_is_in_the_program_as_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (place, bytes) in FILES {
            assert_eq!(&fs::read(root.join(place)).unwrap(), bytes, "{place}");
        }
        let jobs = fs::read_dir(root.join("jobs")).unwrap();
        let jobs = jobs.filter(|entry| entry.as_ref().unwrap().path().is_file());
        assert_eq!(jobs.count(), all().count());
        for shipped in all() {
            let named = shipped.text.matches("\"../samples/").count();
            assert!(named > 0, "{}", shipped.name);
            assert_eq!(shipped.places().count(), named + 1, "{}", shipped.name);
        }
    }

    #[test]
    fn a_copy_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let roster = named("shift-roster").unwrap();
        let written = roster.copy(folder.path()).unwrap();
        assert_eq!(written.len(), 3);
        fs::write(folder.path().join("samples/people.csv"), "mine").unwrap();
        let month_end = named("month-end").unwrap();
        assert_eq!(
            month_end.copy(folder.path()).unwrap_err().rule,
            "jobs.exists"
        );
        assert!(!folder.path().join("jobs/month-end.toml").exists());
        assert_eq!(
            fs::read(folder.path().join("samples/people.csv")).unwrap(),
            b"mine"
        );
    }
}
