//! What helps when so much of a file is rejected that none of it is sent.

use std::path::Path;

use crate::console::language;
use crate::control::Control;
use crate::error::Refusal;
use crate::job::Job;
use crate::prepare::InputFile;
use crate::run::write_to_correct;

/// Refusals after which a person goes through the table cell by cell.
const BY_CELLS: &[&str] = &["file.max-rejected", "file.names-contradict"];

/// The refusal, with the table to correct by hand, if it is a workbook. A failure report is such a table already.
pub(super) fn with_table(
    refusal: Refusal,
    job: &Job,
    file: &InputFile<'_>,
    out: Option<&Path>,
    control: &Control,
) -> Refusal {
    if !BY_CELLS.contains(&refusal.rule) || !file.origin.is_own() {
        return refusal;
    }
    match write_to_correct(job, file, out, language(), control) {
        Ok(Some(path)) => {
            let path = path.display();
            refusal.because(text!("{path} is the whole table, with the cells to correct coloured and the reasons beside them: correct them, and run that", path))
        }
        Ok(None) => refusal,
        Err(error) => {
            let why = error
                .details
                .into_iter()
                .chain(error.hint.map(|hint| *hint));
            let why = why.reduce(|one, other| text!("{one}; {other}", one, other));
            let what = error.what;
            refusal.because(match why {
                Some(why) => text!("{what}: {why}", what, why),
                None => what,
            })
        }
    }
}
