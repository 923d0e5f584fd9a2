//! One program per folder of runs: a second start finds the first one and asks it for a new link.
//!
//! The lock says whether a program runs; the address file, which only its owner may read, says where. A file without a lock is left from
//! a program that was killed, and is harmless.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::store::{private_file, private_folder};

const FOLDER: &str = ".page";
/// How long the program that runs may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The only program of a folder of runs, until dropped.
pub(super) struct Instance {
    folder: PathBuf,
    _lock: File,
}

/// Where a program that runs can be asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) port: u16,
    pub(super) process: u32,
    /// What a second start shows, so that no other program is given a link.
    pub(super) key: String,
}

/// What a second start is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SecondStart {
    pub(super) code: String,
}

impl Instance {
    /// Becomes the only program of this folder; none where there is one already.
    pub(super) fn claim(runs: &Path) -> Result<Option<Self>, Refusal> {
        let folder = runs.join(FOLDER);
        let failed = |error: std::io::Error| not_usable(&folder, &error);
        private_folder(&folder, true).map_err(failed)?;
        let lock = private_file(&folder.join("lock"), false).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                folder,
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Says where this program can be asked.
    pub(super) fn announce(&self, address: &Address) -> Result<(), Refusal> {
        let json = serde_json::to_vec(address).unwrap_or_default();
        private_file(&address_file(&self.folder), true)
            .and_then(|mut file| file.write_all(&json))
            .map_err(|error| not_usable(&self.folder, &error))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // One that stays is harmless.
        drop(fs::remove_file(address_file(&self.folder)));
    }
}

/// Asks the program that runs for a link.
pub(super) fn ask_again(runs: &Path) -> Result<String, Refusal> {
    let folder = runs.join(FOLDER);
    let unknown = |why: &dyn std::fmt::Display| {
        Refusal::new(
            "page.running",
            text!("the page runs already, and does not answer"),
        )
        .because(why.to_string())
        .hint(text!("close its window, and start again"))
    };
    let address = fs::read(address_file(&folder)).map_err(|error| unknown(&error))?;
    let address: Address = serde_json::from_slice(&address).map_err(|error| unknown(&error))?;
    let answer = post_key(&address).map_err(|error| unknown(&error))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let again: SecondStart = serde_json::from_str(body).map_err(|error| unknown(&error))?;
    Ok(link(address.port, &again.code))
}

/// The link that lets a browser in.
pub(super) fn link(port: u16, code: &str) -> String {
    format!("http://127.0.0.1:{port}/enter#{code}")
}

/// One request over a connection of its own; the answer ends with it.
fn post_key(address: &Address) -> std::io::Result<String> {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port));
    let mut stream = TcpStream::connect_timeout(&to, ANSWER_MAX)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    let body = serde_json::json!({ "key": address.key }).to_string();
    let (port, length) = (address.port, body.len());
    write!(
        stream,
        "POST /again HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nX-Feishu-Bulk: 1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn address_file(folder: &Path) -> PathBuf {
    folder.join("address.json")
}

fn not_usable(folder: &Path, error: &std::io::Error) -> Refusal {
    Refusal::new(
        "page.folder",
        text!(
            "{folder} cannot be used",
            folder = folder.display().to_string()
        ),
    )
    .because(error.to_string())
    .hint(text!("choose another place with --runs DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_program_does_not_become_the_only_one_until_the_first_has_ended() {
        let runs = tempfile::tempdir().unwrap();
        let first = Instance::claim(runs.path()).unwrap().unwrap();
        let address = Address {
            port: 1,
            process: 2,
            key: "k".to_owned(),
        };
        first.announce(&address).unwrap();
        assert!(Instance::claim(runs.path()).unwrap().is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = address_file(&runs.path().join(FOLDER));
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(first);
        assert!(!address_file(&runs.path().join(FOLDER)).exists());
        assert!(Instance::claim(runs.path()).unwrap().is_some());
    }
}
