//! What the first walk over the sheets of a workbook found, for the next time that the same file is opened: a command opens its input
//! once to see whose it is and again to read it, and the walk takes as long as the reading.
//!
//! Keeps this: it counts for the very state of the file that was walked. What was written since is walked anew.

use std::collections::HashMap;
use std::sync::Arc;

use super::Identity;
use super::workbook::Scan;

/// The sheets that were walked in one state of a file.
#[derive(Debug, Clone, Default)]
pub struct Walked(Option<Arc<Sheets>>);

#[derive(Debug)]
struct Sheets {
    identity: Identity,
    /// By their parts in the container.
    scans: HashMap<String, Scan>,
}

impl Walked {
    /// What was found in the sheets of a file, each with its part.
    pub(super) fn new(identity: Identity, scans: HashMap<String, Scan>) -> Self {
        Self(Some(Arc::new(Sheets { identity, scans })))
    }

    /// What was found in a sheet, if it was walked in this state of the file.
    pub(super) fn scan(&self, identity: Identity, part: &str) -> Option<Scan> {
        let sheets = self.0.as_ref()?;
        // A file system that keeps no times cannot tell whether a file was written.
        let is_same = sheets.identity == identity && identity.modified.is_some();
        is_same.then(|| sheets.scans.get(part).cloned())?
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_walk_counts_for_the_state_of_the_file_that_was_walked_and_for_no_other() {
        let state = |bytes, seconds: Option<u64>| Identity {
            bytes,
            modified: seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
        };
        let walked = |identity| {
            let scans = HashMap::from([("sheet1.xml".to_owned(), Scan::default())]);
            Walked::new(identity, scans)
        };
        let is_known = |walked: Walked, identity| walked.scan(identity, "sheet1.xml").is_some();
        let first = state(100, Some(7));
        assert!(is_known(walked(first), first));
        for other in [state(101, Some(7)), state(100, Some(8)), state(100, None)] {
            assert!(!is_known(walked(first), other), "{other:?}");
            assert!(!is_known(Walked::default(), other));
        }
        assert!(!is_known(walked(state(100, None)), state(100, None)));
        assert!(walked(first).scan(first, "sheet2.xml").is_none());
    }
}
