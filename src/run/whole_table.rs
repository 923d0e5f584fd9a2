//! The whole table of an input of which nothing was sent, written again to be corrected by hand.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{Storing, facts_of, not_stored};
use crate::control::Control;
use crate::error::Refusal;
use crate::event::Silent;
use crate::input::{Input, InputFormat};
use crate::job::Job;
use crate::prepare::{InputFile, options, prepare};
use crate::report::write_whole_workbook;
use crate::store::{Facts, Ledger, NewStore, NewStoreWriter, RunFolder};
use crate::text::Language;

/// Files of one name that are tried, before somebody has to tidy up.
const NAMES_MAX: u32 = 100;

/// Writes the table of a workbook, with the cells to correct coloured, as `NAME.failure.xlsx` beside it or in another folder. None
/// for what is no workbook. The input is read once more: most inputs are never refused.
pub fn write_to_correct(
    job: &Job,
    file: &InputFile<'_>,
    folder: Option<&Path>,
    language: Language,
    control: &Control,
) -> Result<Option<PathBuf>, Refusal> {
    let refuse = |error: &dyn std::fmt::Display| {
        Refusal::new(
            "file.not-written",
            text!("the table to correct is not written"),
        )
        .because(error.to_string())
        .hint(text!("choose another folder with --out DIR"))
    };
    let input = file.path;
    if Input::open(input, &options(job))?.format() != InputFormat::Workbook {
        return Ok(None);
    }
    // Cells are people's data: what is not whole yet is readable by its owner only.
    let scratch = tempfile::tempdir().map_err(|error| refuse(&error))?;
    let run = RunFolder::create(scratch.path(), "check")?;
    let new_store = NewStore::create(&run.store()).map_err(not_stored)?;
    let mut storing =
        Storing::new(NewStoreWriter::start(new_store, job.endpoint.clone()).map_err(not_stored)?);
    let plan = prepare(
        job,
        file,
        &mut |staged| storing.take(staged),
        control,
        &Silent,
    )?;
    let facts = Facts {
        language: language.tag().to_owned(),
        ..facts_of("", job, input, &plan, String::new())
    };
    let staged = storing
        .writer
        .finish()
        .and_then(|new_store| new_store.finish(&facts));
    staged.map_err(not_stored)?;
    let ledger = Ledger::open(&run.store())?;
    let folder = folder.or_else(|| input.parent()).unwrap_or(Path::new(""));
    let path = unused_name(input, folder).map_err(|error| refuse(&error))?;
    if let Err(error) = write_whole_workbook(scratch.path(), &path, &ledger, &facts) {
        // It is our own empty file, which kept the name.
        let _ = std::fs::remove_file(&path);
        return Err(refuse(&error));
    }
    Ok(Some(path))
}

/// Takes a name that no file has, by making the file.
fn unused_name(input: &Path, folder: &Path) -> io::Result<PathBuf> {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder)?;
    }
    for number in 1..=NAMES_MAX {
        let path = folder.join(match number {
            1 => format!("{stem}.failure.xlsx"),
            number => format!("{stem}.failure-{number}.xlsx"),
        });
        match File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!(
        "there are {NAMES_MAX} files of that name"
    )))
}
