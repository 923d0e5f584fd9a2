//! What a run store says of the process that works on it, and whether the store can be believed after that process is gone.
//!
//! A start of a run is `run`, or one `resume`, until it stops. Before its first call it is written into the main file, past the
//! write-ahead log, that a start is open, and in which file. So a main file without the log that it needs is told from a whole
//! store, and a copy from the store that was worked on: then every item without an outcome may have been sent. Where the file system
//! allows no such log there is none to miss. Until the start is closed the log is not folded into the main file, because a log that is
//! gone would then mean nothing.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::notes::write_row;
use super::{StoreError, connect};
use crate::text::{AsValue, Value};

/// The name in `meta` under which the last start is kept, as JSON.
const LAST_START: &str = "sitting";

/// Why items without an outcome may have been sent although the store does not say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// A start was open, and the log that it wrote is not there.
    LogMissing,
    /// The store is a copy of the one that was worked on last, and that one may have gone on.
    Copied {
        /// The folder of that one.
        from: String,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_value().fmt(f)
    }
}

impl AsValue for Doubt {
    fn as_value(&self) -> Value {
        let doubt = match self {
            Self::LogMissing => text!(
                "run.db was in use when the run stopped, and its log run.db-wal is missing: what was sent last is not known"
            ),
            Self::Copied { from } => text!(
                "this folder is a copy: the run was last worked on in {from}, and may have gone on there",
                from
            ),
        };
        doubt.as_value()
    }
}

/// What is kept of the last start.
#[derive(Serialize, Deserialize)]
struct LastStart {
    is_open: bool,
    /// Its changes go into a write-ahead log first.
    #[serde(default = "usually")]
    has_log: bool,
    file: StoreFile,
}

/// Older stores do not say it.
fn usually() -> bool {
    true
}

/// The file of a store, so that it can be told from a copy.
#[derive(Serialize, Deserialize)]
struct StoreFile {
    machine: Option<String>,
    folder: String,
    /// Unix only.
    device: Option<u64>,
    inode: Option<u64>,
    /// Since 1970, where the file system keeps it.
    created_ns: Option<u64>,
}

/// Opens a start: durable in the main file when this returns. `all_perhaps_sent` marks every item without an outcome as perhaps
/// sent.
pub(crate) fn begin(store: &Path, all_perhaps_sent: bool) -> Result<(), StoreError> {
    let mut connection = connect(store, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let start = LastStart {
        is_open: true,
        has_log: mode == "wal",
        file: StoreFile::of(store).map_err(|error| StoreError(error.to_string()))?,
    };
    connection.pragma_update(None, "synchronous", "FULL")?;
    keep_log(&connection, true)?;
    let transaction = connection.transaction()?;
    if all_perhaps_sent {
        transaction.execute("UPDATE batch SET state = 1 WHERE state = 0", [])?;
    }
    write(&transaction, &start)?;
    transaction.commit()?;
    // Not truncated: from here on, a log that is empty is one that was lost.
    checkpoint(&connection, "FULL")
}

/// Closes the start, after everything else is in the main file. Where that cannot be done it stays open, and the log where it is.
pub(crate) fn end(store: &Path) -> Result<(), StoreError> {
    let connection = connect(store, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    keep_log(&connection, true)?;
    let Some(start) = read(&connection)?.filter(|start| start.is_open) else {
        return Ok(());
    };
    checkpoint(&connection, "FULL")?;
    let closed = LastStart {
        is_open: false,
        ..start
    };
    write(&connection, &closed)?;
    checkpoint(&connection, "TRUNCATE")?;
    keep_log(&connection, false)
}

/// What makes the store at this path doubtful.
pub(super) fn doubt(connection: &Connection, store: &Path) -> Result<Option<Doubt>, StoreError> {
    let Some(start) = read(connection)? else {
        return Ok(None);
    };
    if start.is_open && start.has_log && !log_is_there(store) {
        return Ok(Some(Doubt::LogMissing));
    }
    let file = StoreFile::of(store).map_err(|error| StoreError(error.to_string()))?;
    Ok((!start.file.is_same(&file)).then_some(Doubt::Copied {
        from: start.file.folder,
    }))
}

/// Whether a start is open. One that cannot be read may be.
pub(super) fn is_open(connection: &Connection) -> bool {
    read(connection).map_or(true, |start| start.is_some_and(|start| start.is_open))
}

/// Whether the log stays when the last connection is closed, which otherwise folds it into the main file and removes it.
pub(super) fn keep_log(connection: &Connection, keep: bool) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)?;
    Ok(())
}

fn read(connection: &Connection) -> Result<Option<LastStart>, StoreError> {
    let query = "SELECT value FROM meta WHERE name = ?";
    let text: Option<String> = connection
        .query_row(query, [LAST_START], |row| row.get(0))
        .optional()?;
    let damaged = |_| StoreError("it is damaged: who worked on it last cannot be read".to_owned());
    text.map(|text| serde_json::from_str(&text).map_err(damaged))
        .transpose()
}

fn write(connection: &Connection, start: &LastStart) -> Result<(), StoreError> {
    let text = serde_json::to_string(start).map_err(|error| StoreError(error.to_string()))?;
    write_row(connection, LAST_START, &text)
}

/// Writes the whole log into the main file, durably.
fn checkpoint(connection: &Connection, mode: &str) -> Result<(), StoreError> {
    let query = format!("PRAGMA wal_checkpoint({mode})");
    let is_busy: bool = connection.query_row(&query, [], |row| row.get(0))?;
    if is_busy {
        return Err(StoreError(
            "another process reads it and does not end".to_owned(),
        ));
    }
    Ok(())
}

/// Whether the log holds anything: after a start was opened it is never empty until the start is closed.
pub(super) fn log_is_there(store: &Path) -> bool {
    // SQLite keeps the log beside the file that a link leads to.
    let mut log = fs::canonicalize(store)
        .unwrap_or_else(|_| store.to_owned())
        .into_os_string();
    log.push("-wal");
    let mut head = [0; LOG_HEADER_BYTES + 1];
    let read = File::open(log).and_then(|mut log| log.read_exact(&mut head));
    // The last bit says how its checksums are counted.
    read.is_ok()
        && head.starts_with(&[0x37, 0x7f, 0x06])
        && matches!(head.get(3), Some(0x82 | 0x83))
}

/// The header of a write-ahead log: <https://sqlite.org/fileformat2.html#walformat>.
const LOG_HEADER_BYTES: usize = 32;

impl StoreFile {
    fn of(store: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(store)?;
        let created = kept(metadata.created().ok(), metadata.modified().ok());
        let created = created.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        #[cfg(unix)]
        let (device, inode) = {
            use std::os::unix::fs::MetadataExt as _;
            (Some(metadata.dev()), Some(metadata.ino()))
        };
        #[cfg(not(unix))]
        let (device, inode) = (None, None);
        let path = fs::canonicalize(store)?;
        Ok(Self {
            machine: machine(),
            folder: path.parent().unwrap_or(Path::new("")).display().to_string(),
            device,
            inode,
            created_ns: created.and_then(|created| u64::try_from(created.as_nanos()).ok()),
        })
    }

    /// Whether both are one file, as far as both are known. It may have been moved, or its disk may have another number since.
    fn is_same(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_some() && other.is_some() && one != other
        }
        let is_moved =
            self.folder != other.folder && self.inode.is_some() && self.device == other.device;
        !differ(self.machine.as_ref(), other.machine.as_ref())
            && !differ(self.inode.as_ref(), other.inode.as_ref())
            && !differ(self.created_ns.as_ref(), other.created_ns.as_ref())
            && (self.folder == other.folder || is_moved)
    }
}

/// When the file was created, if the file system keeps that. Wine gives the time of the last change for it; on Unix the inode tells
/// a copy, and both times may be the same.
fn kept(created: Option<SystemTime>, modified: Option<SystemTime>) -> Option<SystemTime> {
    created.filter(|_| cfg!(unix) || created != modified)
}

/// Which machine this is, where it says so. The number itself is not to be shown to others, says its manual page.
fn machine() -> Option<String> {
    let id = fs::read_to_string("/etc/machine-id").ok()?;
    let id = id.trim();
    let digest = Sha256::digest(id.as_bytes());
    let short = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    (!id.is_empty()).then(|| short.collect())
}
