//! The drafts of this program, each in a folder of its own under `.drafts` of the runs: uploaded, found again after a restart, discarded.
//!
//! A file is named `input` whatever it was called; nothing that a browser says becomes part of a path.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};

use super::draft::{Draft, Written};
use crate::error::Refusal;
use crate::numbers::counted;
use crate::shown::for_terminal;
use crate::store::{private_file, private_folder};

/// The folder of drafts among the runs. It holds no run store, so that no list of runs shows it.
const FOLDER: &str = ".drafts";
const DRAFTS_MAX: usize = 20;
/// Bytes of all drafts together.
const ALL_MAX: u64 = 1024 * 1024 * 1024;
/// A draft that nobody came back to is removed after so long.
const KEPT: Duration = Duration::from_hours(7 * 24);
/// An upload of which nothing comes for so long is given up.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Characters of a file's name that are kept.
const NAME_MAX: usize = 120;

pub(super) struct Drafts {
    folder: PathBuf,
    known: Mutex<BTreeMap<u64, Arc<Draft>>>,
    upload_max: u64,
    uploading: tokio::sync::Mutex<()>,
}

impl Drafts {
    /// The drafts that an earlier start left, without those that are too old.
    pub(super) fn open(runs: &Path, upload_max: u64) -> Result<Self, Refusal> {
        let folder = runs.join(FOLDER);
        private_folder(&folder, true).map_err(|error| not_written(&folder, &error))?;
        let mut known = BTreeMap::new();
        let entries = fs::read_dir(&folder).map_err(|error| not_written(&folder, &error))?;
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let id = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            let is_old = age(&path).is_some_and(|age| age > KEPT);
            let draft = id
                .filter(|_| !is_old)
                .and_then(|id| Draft::open(id, path.clone()));
            match draft {
                Some(draft) => {
                    known.insert(draft.id, Arc::new(draft));
                }
                // Half an upload, or one that nobody came back to.
                None => drop(fs::remove_dir_all(&path)),
            }
        }
        Ok(Self {
            folder,
            known: Mutex::new(known),
            upload_max,
            uploading: tokio::sync::Mutex::new(()),
        })
    }

    pub(super) fn all(&self) -> Vec<Arc<Draft>> {
        self.lock().values().cloned().collect()
    }

    pub(super) fn get(&self, id: u64) -> Option<Arc<Draft>> {
        self.lock().get(&id).cloned()
    }

    /// Takes a file in. `name` is what it was called.
    pub(super) async fn upload(&self, name: &str, mut body: Body) -> Result<Arc<Draft>, Refusal> {
        let Ok(_alone) = self.uploading.try_lock() else {
            return Err(
                Refusal::new("page.uploading", text!("another file is being uploaded"))
                    .hint(text!("wait until it is there, and try again")),
            );
        };
        let room = self.require_room()?.min(self.upload_max);
        let (id, folder) = self.new_folder()?;
        let written = async {
            let path = folder.join("input");
            let mut file = private_file(&path, true).map_err(|error| not_written(&path, &error))?;
            let (mut hash, mut bytes) = (Sha256::new(), 0);
            loop {
                let frame = tokio::time::timeout(IDLE_MAX, body.frame()).await;
                let frame = frame.map_err(|_| {
                    Refusal::new("page.upload-idle", text!("nothing more of the file came"))
                        .hint(text!("upload it again"))
                })?;
                let Some(frame) = frame else { break };
                let cut_off = |error: axum::Error| {
                    Refusal::new("page.upload-cut", text!("the upload was cut off"))
                        .because(error.to_string())
                        .hint(text!("upload it again"))
                };
                let Ok(data) = frame.map_err(cut_off)?.into_data() else {
                    continue;
                };
                bytes += data.len() as u64;
                if bytes > room {
                    return Err(too_large(room));
                }
                hash.update(&data);
                file.write_all(&data)
                    .map_err(|error| not_written(&path, &error))?;
            }
            file.sync_all()
                .map_err(|error| not_written(&path, &error))?;
            Ok(hex(&hash.finalize()))
        };
        let written = written.await.and_then(|sha256| {
            let written = Written::of(shown_name(name), sha256);
            Draft::new(id, folder.clone(), written)
        });
        match written {
            Ok(draft) => Ok(self.keep(draft)),
            Err(refusal) => {
                drop(fs::remove_dir_all(&folder));
                Err(refusal)
            }
        }
    }

    /// Takes in a file that came with the program.
    pub(super) fn add_sample(
        &self,
        name: &str,
        bytes: &[u8],
        job: PathBuf,
    ) -> Result<Arc<Draft>, Refusal> {
        self.require_room()?;
        let (id, folder) = self.new_folder()?;
        let path = folder.join("input");
        private_file(&path, true)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| not_written(&path, &error))?;
        let written = Written::of(name.to_owned(), hex(&Sha256::digest(bytes))).of_sample(job);
        Ok(self.keep(Draft::new(id, folder, written)?))
    }

    /// Removes a draft, with its file.
    pub(super) fn discard(&self, id: u64) {
        if let Some(draft) = self.lock().remove(&id) {
            draft.stop_check();
            // What cannot be removed now is removed at the next start.
            drop(fs::remove_dir_all(draft.folder()));
        }
    }

    fn keep(&self, draft: Draft) -> Arc<Draft> {
        let draft = Arc::new(draft);
        self.lock().insert(draft.id, Arc::clone(&draft));
        draft
    }

    /// How many bytes one more file may have.
    fn require_room(&self) -> Result<u64, Refusal> {
        let drafts = self.all();
        let bytes = drafts
            .iter()
            .filter_map(|draft| fs::metadata(draft.input()).ok());
        let room = ALL_MAX.saturating_sub(bytes.map(|file| file.len()).sum());
        if drafts.len() >= DRAFTS_MAX || room == 0 {
            return Err(
                Refusal::new("page.drafts-full", text!("too many files wait to be sent"))
                    .because(text!(
                        "at most {most} are kept",
                        most = counted(DRAFTS_MAX as u64, "file")
                    ))
                    .hint(text!("send or discard one of them")),
            );
        }
        Ok(room)
    }

    fn new_folder(&self) -> Result<(u64, PathBuf), Refusal> {
        let mut id = self.lock().keys().next_back().map_or(1, |last| last + 1);
        loop {
            let folder = self.folder.join(id.to_string());
            match private_folder(&folder, false) {
                Ok(()) => return Ok((id, folder)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => id += 1,
                Err(error) => return Err(not_written(&folder, &error)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Draft>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file's name as it may be shown anywhere.
fn shown_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let short: String = name.chars().take(NAME_MAX).collect();
    let shown = for_terminal(&short).into_owned();
    if shown.trim().is_empty() {
        "input".to_owned()
    } else {
        shown
    }
}

fn age(folder: &Path) -> Option<Duration> {
    let changed = fs::metadata(folder).ok()?.modified().ok()?;
    SystemTime::now().duration_since(changed).ok()
}

fn too_large(most: u64) -> Refusal {
    Refusal::new(
        "page.too-large",
        text!("the file is too large for the page"),
    )
    .because(text!(
        "at most {most} MiB are taken",
        most = most / (1024 * 1024)
    ))
    .hint(text!(
        "use the command line for it, or give `feishu-bulk open` a higher --upload-max"
    ))
}

fn not_written(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::new("page.disk", text!("the file could not be kept"))
        .because(format!("{}: {error}", path.display()))
        .because(text!("nothing was sent"))
        .hint(text!("make room on the disk, and try again"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_found_again_after_a_restart_whatever_it_was_called() {
        let runs = tempfile::tempdir().unwrap();
        let drafts = Drafts::open(runs.path(), 100).unwrap();
        let name = "..\\..\\C:/x/\u{202e}排班<b>.xlsx";
        let draft = drafts.upload(name, Body::from("id\n1\n")).await.unwrap();
        let shown = draft.view().written.name;
        assert!(shown.ends_with("排班<b>.xlsx"), "{shown}");
        assert!(!shown.contains(['/', '\u{202e}']), "{shown}");
        assert_eq!(fs::read(draft.input()).unwrap(), b"id\n1\n");
        let again = Drafts::open(runs.path(), 100).unwrap();
        let found = again.get(draft.id).unwrap();
        assert_eq!(found.view().written.name, draft.view().written.name);
        again.discard(draft.id);
        assert!(again.get(draft.id).is_none() && !draft.folder().exists());
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_leaves_nothing_behind() {
        let runs = tempfile::tempdir().unwrap();
        let drafts = Drafts::open(runs.path(), 4).unwrap();
        let refused = drafts.upload("a.csv", Body::from("id\n12\n")).await;
        assert_eq!(refused.map(|_| ()).unwrap_err().rule, "page.too-large");
        assert_eq!(fs::read_dir(runs.path().join(FOLDER)).unwrap().count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_of_which_nothing_more_comes_is_given_up_and_leaves_nothing_behind() {
        let runs = tempfile::tempdir().unwrap();
        let drafts = Drafts::open(runs.path(), 100).unwrap();
        let begun = tokio::time::Instant::now();
        let silent = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let refused = drafts.upload("a.csv", Body::from_stream(silent)).await;
        assert_eq!(refused.map(|_| ()).unwrap_err().rule, "page.upload-idle");
        assert_eq!(begun.elapsed().as_secs(), IDLE_MAX.as_secs());
        assert_eq!(fs::read_dir(runs.path().join(FOLDER)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn no_more_drafts_are_kept_than_the_limit() {
        let runs = tempfile::tempdir().unwrap();
        let drafts = Drafts::open(runs.path(), 100).unwrap();
        for _ in 0..DRAFTS_MAX {
            drafts.upload("a.csv", Body::from("id\n")).await.unwrap();
        }
        let refused = drafts.upload("a.csv", Body::from("id\n")).await;
        assert_eq!(refused.map(|_| ()).unwrap_err().rule, "page.drafts-full");
    }
}
