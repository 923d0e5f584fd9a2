//! The file itself: only a regular one is opened, and it can be told whether it changed since.

use std::fmt::Write as _;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::error::Refusal;

/// What tells one state of a file from another: equal means unchanged, as far as the file system knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Length of the file.
    pub bytes: u64,
    /// When it was last written, where the file system says so.
    pub modified: Option<SystemTime>,
}

impl Identity {
    /// The state of a file now.
    pub fn of(path: &Path) -> Result<Self, Refusal> {
        let metadata = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
        Ok(Self::from(&metadata))
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// The SHA-256 of a file's bytes, in hexadecimal digits.
pub fn sha256(path: &Path) -> Result<String, Refusal> {
    let unread = |error: std::io::Error| {
        Refusal::new(
            "file.read",
            text!("{path}: cannot be read", path = path.display()),
        )
        .because(error.to_string())
    };
    regular(path)?;
    let mut file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(unread)?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
    let mut text = String::new();
    for byte in digest.finalize() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// A file with its first bytes.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) identity: Identity,
    pub(super) prefix: Vec<u8>,
}

/// Opens a regular file and reads at most `prefix_bytes` of it.
pub(super) fn open(path: &Path, prefix_bytes: u64) -> Result<Opened, Refusal> {
    let name = path.display();
    if path
        .file_name()
        .is_some_and(|file| file.to_string_lossy().starts_with("~$"))
    {
        return Err(Refusal::new(
            "file.lock-file",
            text!(
                "{name}: this is the lock file that Excel keeps while a workbook is open",
                name
            ),
        )
        .hint(text!("close the workbook, and name it without the `~$`")));
    }
    regular(path)?;
    let mut file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let metadata = file.metadata().map_err(|error| cannot_open(path, &error))?;
    let mut prefix = Vec::new();
    (&mut file)
        .take(prefix_bytes)
        .read_to_end(&mut prefix)
        .map_err(|error| cannot_open(path, &error))?;
    if prefix.is_empty() {
        return Err(Refusal::new(
            "file.empty",
            text!("{name}: no rows: the file is empty", name),
        )
        .hint(text!("export the table again")));
    }
    Ok(Opened {
        file,
        identity: Identity::from(&metadata),
        prefix,
    })
}

/// Refuses what is no regular file.
fn regular(path: &Path) -> Result<(), Refusal> {
    let name = path.display();
    // Asked before opening: opening a pipe waits for its writer.
    let metadata = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
    if metadata.is_dir() {
        return Err(
            Refusal::new("file.directory", text!("{name}: this is a directory", name))
                .hint(text!("name the file in it")),
        );
    }
    if !metadata.is_file() {
        return Err(Refusal::new(
            "file.not-regular",
            text!(
                "{name}: this is not a regular file but a pipe or a device",
                name
            ),
        )
        .because(text!(
            "the input is read more than once, so it must stay what it is"
        ))
        .hint(text!("write the rows into a file first")));
    }
    Ok(())
}

/// Goes back to the first byte after the byte order mark.
pub(super) fn rewind(mut file: File, name: &str, mark_bytes: u64) -> Result<File, Refusal> {
    file.seek(SeekFrom::Start(mark_bytes)).map_err(|error| {
        Refusal::new("file.read", text!("{name}: cannot be read", name)).because(error.to_string())
    })?;
    Ok(file)
}

fn cannot_open(path: &Path, error: &std::io::Error) -> Refusal {
    let name = path.display();
    if error.kind() == ErrorKind::NotFound {
        return Refusal::new("file.missing", text!("{name}: there is no such file", name)).hint(
            text!("correct the path; it is taken from the folder in which the command is given"),
        );
    }
    Refusal::new(
        "file.read",
        text!("{name}: the file cannot be opened", name),
    )
    .because(error.to_string())
}
