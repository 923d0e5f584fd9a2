//! The index of a folder of runs: in which order they were made, and what each of them sends, so that a second run of the same is
//! noticed.
//!
//! One JSON line per fact, only ever appended, under a lock. It is a help and no truth: a line that cannot be read is left out, a run
//! that it does not name takes the place of its id, and a run whose folder was removed is none.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::Platform;

/// Its file among the run folders.
const INDEX: &str = ".index.jsonl";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The run's id.
    pub(crate) run: String,
    /// What it sends; absent where it was only made yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sends: Option<Sends>,
}

/// What a run sends, so that it can be told from what another one sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sends {
    /// The run whose items it sends again.
    pub(crate) parent: Option<String>,
    /// Length of the input file; none where it sends what another run left.
    pub(crate) bytes: Option<u64>,
    /// A digest of the input file, the job and its values.
    pub(crate) digest: Option<String>,
    /// Where.
    pub(crate) platform: Platform,
}

/// The index, locked for this process until dropped.
pub(crate) struct Index {
    file: File,
    lines: Vec<Line>,
    is_torn: bool,
}

impl Index {
    /// Opens and locks the index of a folder of runs.
    pub(crate) fn lock(runs: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(runs.join(INDEX))?;
        // Held for milliseconds. Where the file system has no locks, lines are still appended whole.
        let _ = file.lock();
        let (lines, is_torn) = read_from(&mut file)?;
        Ok(Self {
            file,
            lines,
            is_torn,
        })
    }

    /// What it says so far.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Adds a line.
    pub(crate) fn append(&mut self, line: Line) -> io::Result<()> {
        let mut text = if self.is_torn {
            vec![b'\n']
        } else {
            Vec::new()
        };
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
        self.file.write_all(&text)?;
        self.is_torn = false;
        self.lines.push(line);
        Ok(())
    }
}

/// What the index says; nothing where there is none, or none that can be read.
pub(crate) fn lines(runs: &Path) -> Vec<Line> {
    let Ok(mut file) = File::open(runs.join(INDEX)) else {
        return Vec::new();
    };
    let _ = file.lock_shared();
    read_from(&mut file)
        .map(|(lines, _)| lines)
        .unwrap_or_default()
}

/// The lines, and whether the last of them was not written to its end.
fn read_from(file: &mut File) -> io::Result<(Vec<Line>, bool)> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter_map(|line| serde_json::from_slice(line).ok());
    let is_torn = text.last().is_some_and(|last| *last != b'\n');
    Ok((lines.collect(), is_torn))
}

/// Puts runs, which come sorted by their ids, into the order in which they were made. One that the index does not name follows the
/// last one with a smaller id.
pub(super) fn in_order(runs: Vec<String>, lines: &[Line]) -> Vec<String> {
    // The first line about a run is of its making.
    let places = lines.iter().enumerate().rev();
    let places: HashMap<&str, usize> = places.map(|(at, line)| (&*line.run, at)).collect();
    let (mut ordered, unknown): (Vec<_>, Vec<_>) = runs
        .into_iter()
        .map(|run| (places.get(&*run), run))
        .partition(|(place, _)| place.is_some());
    ordered.sort();
    let mut ordered: Vec<String> = ordered.into_iter().map(|(_, run)| run).collect();
    for (_, run) in unknown {
        let after = ordered.iter().rposition(|known| *known < run);
        ordered.insert(after.map_or(0, |at| at + 1), run);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(runs: &[&str], index: &[&str]) -> Vec<String> {
        let mut runs: Vec<String> = runs.iter().map(|run| (*run).to_owned()).collect();
        runs.sort();
        let line = |run: &&str| Line {
            run: (*run).to_owned(),
            sends: None,
        };
        in_order(runs, &index.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn runs_are_in_the_order_of_the_index_whatever_their_ids_say() {
        assert_eq!(
            ordered(&["b", "a", "z"], &["z", "b", "a", "b"]),
            ["z", "b", "a"]
        );
    }

    #[test]
    fn a_run_that_the_index_does_not_name_takes_the_place_of_its_id() {
        assert_eq!(ordered(&["a", "b", "c"], &[]), ["a", "b", "c"]);
        assert_eq!(
            ordered(&["a", "b", "z", "c"], &["z", "b"]),
            ["a", "z", "b", "c"]
        );
        assert_eq!(ordered(&["a", "b"], &["gone", "b"]), ["a", "b"]);
    }

    #[test]
    fn a_line_that_was_not_written_to_its_end_costs_itself_alone() {
        let runs = tempfile::tempdir().unwrap();
        std::fs::write(
            runs.path().join(INDEX),
            "{\"run\":\"a\"}\nno json\n{\"run\":\"b",
        )
        .unwrap();
        let line = |run: &str| Line {
            run: run.to_owned(),
            sends: None,
        };
        let mut index = Index::lock(runs.path()).unwrap();
        index.append(line("c")).unwrap();
        index.append(line("d")).unwrap();
        drop(index);
        let read: Vec<String> = lines(runs.path())
            .into_iter()
            .map(|line| line.run)
            .collect();
        assert_eq!(read, ["a", "c", "d"]);
    }
}
