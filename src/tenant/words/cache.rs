//! What the platform said, in a file beside the job: only its owner can read it, and it says of which host and app it is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key_word;
use crate::error::Refusal;
use crate::job::{KnownWord, KnownWords, PersonKey};
use crate::model::Platform;

/// The file in which it is kept.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

/// What was said, by lookup.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    format: u32,
    pub(super) host: String,
    app: Option<String>,
    /// When the oldest of it was said.
    pub(super) read_at: u64,
    lookups: BTreeMap<String, Answers>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    /// By what people were asked for.
    keys: Vec<String>,
    /// Words that were asked for and are known.
    words: Vec<KnownWord>,
    /// Words that were asked for and nobody has.
    #[serde(default)]
    missed: BTreeSet<String>,
}

const FORMAT: u32 = 1;

impl Cache {
    /// The one of a job file: `.NAME.tenant.json` beside it.
    #[must_use]
    pub fn beside(job: &Path) -> Self {
        let stem = job.file_stem().unwrap_or_default().to_string_lossy();
        Self(job.with_file_name(format!(".{stem}.tenant.json")))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it holds; nothing where there is none.
    pub(super) fn load(&self) -> Result<Option<Kept>, Refusal> {
        let bytes = match std::fs::read(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(&error.to_string())),
        };
        let kept: Kept =
            serde_json::from_slice(&bytes).map_err(|error| self.unreadable(&error.to_string()))?;
        if kept.format == FORMAT {
            Ok(Some(kept))
        } else {
            Err(self.unreadable(&format!("it has format {}", kept.format)))
        }
    }

    fn unreadable(&self, why: &str) -> Refusal {
        let path = self.0.display();
        Refusal::new(
            "lookup.kept-unreadable",
            text!(
                "what the platform said before cannot be read from {path}",
                path
            ),
        )
        .because(why)
        .hint(text!(
            "delete the file; `check` with --online writes it anew"
        ))
    }

    /// Writes it whole or not at all.
    pub(super) fn save(&self, kept: &Kept) -> io::Result<()> {
        let folder = self
            .0
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // Made so that only its owner can read it.
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer(&mut file, kept)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.0).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Kept {
    pub(super) fn new(platform: &Platform, read_at: u64) -> Self {
        Self {
            format: FORMAT,
            host: platform.host.clone(),
            app: platform.app.clone(),
            read_at,
            lookups: BTreeMap::new(),
        }
    }

    pub(super) fn is_of(&self, platform: &Platform) -> bool {
        self.host == platform.host && self.app == platform.app
    }

    /// All that a lookup knows; none where it was never asked for.
    pub(super) fn words(&self, lookup: &str) -> Option<KnownWords> {
        let answers = self.lookups.get(lookup)?;
        Some(KnownWords {
            host: self.host.clone(),
            read_at: self.read_at,
            words: answers.words.clone(),
            missed: (!answers.keys.is_empty()).then(|| answers.missed.clone()),
        })
    }

    /// Whether a word need not be asked for. One that was missed may have come since.
    pub(super) fn knows(&self, lookup: &str, word: &str, is_missed_again: bool) -> bool {
        self.lookups.get(lookup).is_some_and(|answers| {
            answers.words.iter().any(|known| known.word == word)
                || !is_missed_again && answers.missed.contains(word)
        })
    }

    /// Answers by other keys say nothing about a word.
    pub(super) fn forget_unless(&mut self, lookup: &str, keys: &[PersonKey]) {
        let keys: Vec<String> = keys.iter().map(|key| key_word(*key).to_owned()).collect();
        let answers = self.lookups.entry(lookup.to_owned()).or_default();
        if answers.keys != keys {
            *answers = Answers {
                keys,
                ..Answers::default()
            };
        }
    }

    /// What was found of the words that were asked for.
    pub(super) fn add(&mut self, lookup: &str, found: Vec<KnownWord>, asked: BTreeSet<String>) {
        let answers = self.lookups.entry(lookup.to_owned()).or_default();
        let known: BTreeSet<(String, String)> = answers.words.iter().map(pair).collect();
        let new = found
            .into_iter()
            .filter(|word| !known.contains(&pair(word)));
        answers.words.extend(new);
        answers.missed.extend(asked);
        for known in &answers.words {
            answers.missed.remove(&known.word);
        }
    }

    pub(super) fn replace(&mut self, lookup: &str, words: Vec<KnownWord>) {
        let answers = self.lookups.entry(lookup.to_owned()).or_default();
        answers.words = words;
    }
}

fn pair(word: &KnownWord) -> (String, String) {
    (word.word.clone(), word.value.clone())
}
