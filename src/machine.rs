//! What all processes of one user on this machine share: small files of numbers in the user's state folder.
//!
//! One process at a time reads a file, changes it and writes back what changed. A process that is killed leaves the file as it was
//! before or after its change, never with a head of one change and a body of another that the head counts. Knows nothing of what
//! the numbers mean.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::store::{private_file, private_folder};

/// A file of numbers that several processes change in turn.
#[derive(Debug)]
pub struct SharedNumbers {
    file: File,
    path: PathBuf,
}

/// The first numbers of a file are its head: written last, and with one write.
pub const HEAD: usize = 16;

impl SharedNumbers {
    /// Opens a file of the folder; makes both where they are missing, for their owner only.
    pub fn open(folder: &Path, name: &str) -> io::Result<Self> {
        private_folder(folder, true)?;
        let path = folder.join(name);
        // Opening a pipe would wait for somebody to write into it.
        if path.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
            return Err(io::Error::other("it is no regular file"));
        }
        let file = private_file(&path, false)?;
        Ok(Self { file, path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes the numbers while no other process does. A new file has none.
    pub fn change<R>(&mut self, change: impl FnOnce(&mut Vec<u64>) -> R) -> io::Result<R> {
        self.lock()?;
        let changed = self.change_locked(change);
        let unlocked = self.file.unlock();
        changed.and_then(|result| unlocked.map(|()| result))
    }

    fn change_locked<R>(&mut self, change: impl FnOnce(&mut Vec<u64>) -> R) -> io::Result<R> {
        let before = self.read()?;
        let mut numbers = before.clone();
        let result = change(&mut numbers);
        let (head, body) = numbers.split_at(HEAD.min(numbers.len()));
        let (old_head, old_body) = before.split_at(HEAD.min(before.len()));
        if let Some((first, changed)) = differing(old_body, body) {
            self.write(head.len() + first, changed)?;
        }
        if numbers.len() < before.len() {
            self.file.set_len((numbers.len() * NUMBER_BYTES) as u64)?;
        }
        if head != old_head {
            self.write(0, head)?;
        }
        Ok(result)
    }

    /// Waits for the others, but not for one that is stopped in the midst of its change.
    fn lock(&mut self) -> io::Result<()> {
        let started = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) if self.is_removed()? => {
                    // The others use the file that is there now.
                    *self = Self {
                        file: private_file(&self.path, false)?,
                        path: std::mem::take(&mut self.path),
                    };
                }
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                    std::thread::sleep(ASK_AGAIN);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other("another process has it locked"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    #[cfg(unix)]
    fn is_removed(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;
        Ok(self.file.metadata()?.nlink() == 0)
    }

    /// A file that is open cannot be removed.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on unix")]
    fn is_removed(&self) -> io::Result<bool> {
        Ok(false)
    }

    fn read(&mut self) -> io::Result<Vec<u64>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        let read = (&self.file)
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map(|read| read as u64)?;
        if read > BYTES_MAX {
            return Err(io::Error::other("it is too large to be ours"));
        }
        // A last number that is not whole is filled up: a file with one byte is not a new one.
        bytes.resize(bytes.len().next_multiple_of(NUMBER_BYTES), 0);
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().copied().map(u64::from_le_bytes).collect())
    }

    fn write(&mut self, first: usize, numbers: &[u64]) -> io::Result<()> {
        let at = (first * NUMBER_BYTES) as u64;
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&bytes)
    }
}

/// What tells this machine from others whose users' folders are on the same disk, and whose clocks differ; empty where the system
/// has no such thing.
#[must_use]
pub fn id() -> String {
    std::fs::read_to_string("/etc/machine-id").unwrap_or_default()
}

/// The part of `new` from its first to its last number that `old` has not.
fn differing<'a>(old: &[u64], new: &'a [u64]) -> Option<(usize, &'a [u64])> {
    let differs = |at: &usize| old.get(*at) != new.get(*at);
    let first = (0..new.len()).find(differs)?;
    let last = (0..new.len()).rfind(differs)?;
    Some((first, new.get(first..=last)?))
}

const NUMBER_BYTES: usize = 8;

/// Largest file that is read: many times the largest quota's.
const BYTES_MAX: u64 = 1 << 20;

/// A change takes some ten microseconds. Whoever holds a file longer is stopped or on a disk that hangs.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 1_000 });
const ASK_AGAIN: Duration = Duration::from_micros(200);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(file: &mut SharedNumbers) -> Vec<u64> {
        file.change(|numbers| numbers.clone()).unwrap()
    }

    #[test]
    fn what_one_process_wrote_the_next_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("state/feishu-bulk");
        let mut one = SharedNumbers::open(&deep, "a").unwrap();
        let mut two = SharedNumbers::open(&deep, "a").unwrap();
        assert_eq!(numbers(&mut one), Vec::<u64>::new());
        let written: Vec<u64> = (0..40).collect();
        one.change(|numbers| numbers.clone_from(&written)).unwrap();
        assert_eq!(numbers(&mut two), written);
        two.change(|numbers| numbers[30] = 7).unwrap();
        assert_eq!(numbers(&mut one)[29..32], [29, 7, 31]);
        two.change(|numbers| numbers.truncate(20)).unwrap();
        assert_eq!(numbers(&mut one), written[..20]);
    }

    #[test]
    fn a_thousand_changes_at_once_lose_none() {
        let folder = tempfile::tempdir().unwrap();
        let change = || {
            let mut file = SharedNumbers::open(folder.path(), "a").unwrap();
            for _ in 0..250 {
                file.change(|numbers| {
                    numbers.resize(40, 0);
                    numbers[0] += 1;
                    numbers[39] += 1;
                })
                .unwrap();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(change);
            }
        });
        let mut file = SharedNumbers::open(folder.path(), "a").unwrap();
        let numbers = numbers(&mut file);
        assert_eq!((numbers[0], numbers[39]), (1_000, 1_000));
    }

    #[test]
    fn a_file_that_was_removed_is_made_again_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = SharedNumbers::open(folder.path(), "a").unwrap();
        one.change(|numbers| numbers.push(1)).unwrap();
        if std::fs::remove_file(one.path()).is_ok() {
            one.change(|numbers| numbers.push(2)).unwrap();
            let mut two = SharedNumbers::open(folder.path(), "a").unwrap();
            assert_eq!(numbers(&mut two), [2]);
        }
    }

    #[test]
    fn a_file_somebody_holds_or_that_is_none_of_ours_is_an_error_and_no_wait_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut ours = SharedNumbers::open(folder.path(), "a").unwrap();
        let held = File::open(ours.path()).unwrap();
        held.lock().unwrap();
        assert!(ours.change(|_| ()).is_err());
        held.unlock().unwrap();
        File::options()
            .write(true)
            .open(ours.path())
            .unwrap()
            .set_len(BYTES_MAX + 1)
            .unwrap();
        assert!(ours.change(|_| ()).is_err());
        std::fs::create_dir(folder.path().join("b")).unwrap();
        assert!(SharedNumbers::open(folder.path(), "b").is_err());
        std::fs::write(folder.path().join("c"), "").unwrap();
        assert!(SharedNumbers::open(&folder.path().join("c"), "a").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("state/feishu-bulk");
        let file = SharedNumbers::open(&deep, "a").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&deep), mode(file.path())), (0o700, 0o600));
    }
}
