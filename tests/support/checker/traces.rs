//! I11 and I12: no secret anywhere, and nothing in the run's folder but what the contract names, for its owner alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::Checker;

impl Checker<'_> {
    /// I11: no secret in any file and in nothing that was printed.
    pub(super) fn secrets(&mut self) {
        let root = self.evidence.folder.parent().unwrap_or(Path::new("."));
        let mut places = vec![
            (
                "standard output".to_owned(),
                self.evidence.stdout.clone().into_bytes(),
            ),
            (
                "standard error".to_owned(),
                self.evidence.stderr.clone().into_bytes(),
            ),
        ];
        for path in files_under(root) {
            places.push((
                path.display().to_string(),
                fs::read(&path).unwrap_or_default(),
            ));
        }
        for (place, bytes) in places {
            for secret in &self.evidence.canaries {
                for form in forms(secret) {
                    if memchr::memmem::find(&bytes, form.as_bytes()).is_some() {
                        self.complain("I11", format!("{place} holds a secret"));
                    }
                }
            }
        }
    }

    /// I12: nothing but the files of the contract, for their owner alone.
    pub(super) fn folder(&mut self) {
        let extension = if self.evidence.jsonl { "jsonl" } else { "csv" };
        let known = [
            "run.db".to_owned(),
            "run.lock".to_owned(),
            "report.html".to_owned(),
            "run.log".to_owned(),
            "summary.json".to_owned(),
            format!("success.{extension}"),
            format!("failure.{extension}"),
        ];
        for path in files_under(&self.evidence.folder) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            self.unless(known.contains(&name), "I12", || {
                format!("{name} was left behind")
            });
            let mode = mode_of(&path);
            self.unless(mode.is_none_or(|mode| mode == 0o600), "I12", || {
                format!("{name} has the mode {:o}", mode.unwrap_or_default())
            });
        }
        let mode = mode_of(&self.evidence.folder);
        self.unless(mode.is_none_or(|mode| mode == 0o700), "I12", || {
            format!(
                "the run's folder has the mode {:o}",
                mode.unwrap_or_default()
            )
        });
    }
}

/// A secret as it stands, and as base64 would hide it, whichever of three places it begins at.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    for shift in 0..3 {
        let bytes: Vec<u8> = secret.bytes().skip(shift).collect();
        let whole = bytes.chunks_exact(3).flat_map(|three| {
            let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
            [18, 12, 6, 0].map(|at| BASE64[(bits >> at) as usize & 63])
        });
        forms.push(whole.map(char::from).collect());
    }
    forms
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Every file under a folder.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_under(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The permission bits, where the system has them.
fn mode_of(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(path).ok()?;
        Some(metadata.permissions().mode() & 0o777)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
