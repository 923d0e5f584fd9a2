//! Run folders: making one, finding one, and the lock that keeps two processes from working on the same run.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::index::{self, Index, Line as IndexLine};
use crate::error::Refusal;

/// An id for a new run: the time, so that runs sort, and four random digits, so that two runs of one second differ.
#[must_use]
pub fn new_run_id() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let random = RandomState::new().hash_one(std::process::id()) & 0xffff;
    format!("{}-{random:04x}", now.strftime("%Y%m%d-%H%M%S"))
}

/// The file that is locked while a process works on a run.
const LOCK: &str = "run.lock";

/// The folder of one run, locked for this process until dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    run: String,
    // The kernel drops the locks with the handles, also when the process is killed.
    lock: File,
    /// The folder itself is locked too, where that can be done: the file may be removed.
    folder_lock: Option<File>,
}

impl RunFolder {
    /// Makes the folder of a new run, readable by its owner only.
    pub fn create(runs: &Path, run: &str) -> Result<Self, Refusal> {
        let path = runs.join(run);
        let refuse = |error: io::Error| {
            Refusal::new(
                "run.folder",
                text!("cannot make the run folder {path}", path = path.display()),
            )
            .because(error.to_string())
            .hint(text!("choose another place with --runs DIR"))
        };
        private_folder(runs, true).map_err(refuse)?;
        private_folder(&path, false).map_err(refuse)?;
        let folder = Self::lock(path.clone(), run)?;
        if let Err(error) = note_made(runs, run) {
            folder.discard();
            return Err(refuse(error));
        }
        Ok(folder)
    }

    /// Opens the folder of an existing run.
    pub fn open(runs: &Path, run: &str) -> Result<Self, Refusal> {
        Self::lock(runs.join(run), run)
    }

    fn lock(path: PathBuf, run: &str) -> Result<Self, Refusal> {
        let refuse = |why: String| {
            Refusal::new("run.lock", text!("cannot lock the run {run}", run)).because(why)
        };
        let busy = || {
            Refusal::new(
                "run.busy",
                text!("the run {run} is being worked on by another process", run),
            )
            .hint(text!(
                "wait for it to end, or stop it; two processes never work on one run"
            ))
        };
        let lock = lock_file(&path).map_err(|error| refuse(error.to_string()))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => busy(),
            fs::TryLockError::Error(error) => refuse(error.to_string()),
        })?;
        let folder_lock = open_folder(&path).map(|folder| (folder.try_lock(), folder));
        let folder_lock = match folder_lock {
            Some((Err(fs::TryLockError::WouldBlock), _)) => return Err(busy()),
            Some((Ok(()), folder)) => Some(folder),
            // A file system that locks no folders leaves it to the file.
            Some((Err(fs::TryLockError::Error(_)), _)) | None => None,
        };
        Ok(Self {
            path,
            run: run.to_owned(),
            lock,
            folder_lock,
        })
    }

    /// The run's id.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of all runs.
    #[must_use]
    pub fn runs(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The run store's file.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join("run.db")
    }

    /// Removes the folder of a run of which nothing was sent.
    pub fn discard(self) {
        // Windows removes no file that is open.
        drop((self.lock, self.folder_lock));
        // What cannot be removed is left: an empty run does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a process works on the run just now.
#[must_use]
pub fn is_at_work(runs: &Path, run: &str) -> bool {
    // A lock that is shared hinders nobody who only looks, and is dropped at once.
    let is_locked =
        |lock: File| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock));
    let path = runs.join(run);
    File::open(path.join(LOCK)).is_ok_and(is_locked) || open_folder(&path).is_some_and(is_locked)
}

/// The ids of all runs in a folder, in the order in which they were made.
pub fn list(runs: &Path) -> Result<Vec<String>, Refusal> {
    Ok(index::in_order(sorted(runs)?, &index::lines(runs)))
}

/// The ids of all runs in a folder, sorted.
fn sorted(runs: &Path) -> Result<Vec<String>, Refusal> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Refusal::new(
                "run.list",
                text!("cannot read the runs in {runs}", runs = runs.display()),
            )
            .because(error.to_string()));
        }
    };
    let mut found: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("run.db").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    found.sort();
    Ok(found)
}

/// Notes in the index that a run was made, after those that it does not name yet.
fn note_made(runs: &Path, run: &str) -> io::Result<()> {
    let mut index = Index::lock(runs)?;
    let known = sorted(runs).unwrap_or_default();
    let known = index::in_order(known, index.lines());
    let named: HashSet<String> = (index.lines().iter())
        .map(|line| line.run.clone())
        .collect();
    for run in known.into_iter().chain([run.to_owned()]) {
        if !named.contains(&run) {
            index.append(IndexLine { run, sends: None })?;
        }
    }
    Ok(())
}

/// The run a word names: an id, a unique beginning of one, or `last`.
pub fn find(runs: &Path, word: &str) -> Result<String, Refusal> {
    let known = list(runs)?;
    let none = |what: String| {
        Refusal::new("run.unknown", what).hint(text!(
            "`feishu-bulk runs` lists the runs; --runs DIR says where they are"
        ))
    };
    if word == "last" {
        return known
            .last()
            .cloned()
            .ok_or_else(|| none(format!("there is no run in {}", runs.display())));
    }
    if known.iter().any(|run| run == word) {
        return Ok(word.to_owned());
    }
    let mut fitting = known
        .iter()
        .filter(|run| !word.is_empty() && run.starts_with(word));
    match (fitting.next(), fitting.next()) {
        (Some(run), None) => Ok(run.clone()),
        (Some(first), Some(second)) => Err(none(format!(
            "`{word}` is the beginning of several runs: {first}, {second}, …"
        ))),
        (None, _) => Err(none(format!(
            "there is no run `{word}` in {}",
            runs.display()
        ))),
    }
}

/// Opens the file that is locked; while it is open on Windows, it cannot be removed.
fn lock_file(folder: &Path) -> io::Result<File> {
    #[cfg(windows)]
    {
        const SHARE_READ_AND_WRITE: u32 = 3;
        let mut options = OpenOptions::new();
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, SHARE_READ_AND_WRITE);
        options.read(true).write(true).create(true).truncate(false);
        options.open(folder.join(LOCK))
    }
    #[cfg(not(windows))]
    private_file(&folder.join(LOCK), false)
}

/// The folder as a file that can be locked. SQLite locks ranges of the store, which on some systems are one with a lock of the whole
/// store: so the store itself is not locked.
fn open_folder(path: &Path) -> Option<File> {
    if cfg!(unix) {
        File::open(path).ok()
    } else {
        None
    }
}

/// Opens a file that only its owner may read. A new one is made; `fresh` replaces an old one. What stands there and is no file of
/// ours - a link to somewhere else, a pipe - is never written through: it is replaced too.
pub(crate) fn private_file(path: &Path, fresh: bool) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| fresh || !metadata.is_file()) {
        fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .create_new(fresh);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that only its owner may read; `recursive` makes those above it too, and takes one that is there.
pub(crate) fn private_folder(path: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
