//! Which job and which input a command line names.

use std::path::{Component, Path, PathBuf};

use super::args::JobArguments;
use super::environment;
use crate::command_line::CommandLine;
use crate::error::{Refusal, nearest};
use crate::job::{self, Job};
use crate::shipped;
use crate::target;

/// What tables are called by their names, and never jobs.
const TABLES: &[&str] = &[
    "xlsx", "xlsm", "xltx", "xls", "et", "ods", "csv", "tsv", "txt", "jsonl", "ndjson", "json",
];

/// Reads the job, with the sheet that was typed in the place of its own. A run may give the values that it lacks. `name` is the command's: a table in the job's place is told what a job is, with the command that makes one.
pub(super) fn load_job(name: &str, arguments: &JobArguments) -> Result<Job, Refusal> {
    if is_table(&arguments.job) && arguments.job.is_file() {
        return Err(table_for_job(name, arguments));
    }
    let mut job = job::read(&job_path(&arguments.job)?, &arguments.set)?;
    if let Some(sheet) = &arguments.sheet {
        job.read_sheet(sheet);
    }
    job.limits.calls = arguments.max_calls.or(job.limits.calls);
    Ok(job)
}

/// Where a job file is. A file of that name goes before a job that ships.
fn job_path(typed: &Path) -> Result<PathBuf, Refusal> {
    let is_path = typed.components().count() > 1 || typed.extension().is_some();
    let name = typed.to_str().filter(|_| !is_path && !typed.exists());
    let Some(name) = name else {
        return Ok(typed.to_owned());
    };
    let Some(shipped) = shipped::named(name) else {
        return Err(unknown_job(name).because(text!("and there is no file of that name")));
    };
    let state = target::state_folder(&environment).ok_or_else(|| {
        Refusal::new(
            "jobs.not-written",
            text!("the job {name} ships in the program, and there is no folder of yours to read it from", name),
        )
        .because(target::STATE_FOLDER_UNKNOWN)
        .hint(text!("`{command}`", command = CommandLine::new("jobs").word("copy").word(name)))
    })?;
    shipped::unpacked(shipped, &state)
}

/// Neither a file nor a job that ships.
pub(super) fn unknown_job(name: &str) -> Refusal {
    let near = nearest(name, shipped::all().map(|shipped| shipped.name));
    Refusal::new(
        "jobs.unknown",
        text!("no job that ships is called {name}", name),
    )
    .hint(match near {
        Some(near) => text!("did you mean `{near}`?", near),
        None => text!("`feishu-bulk jobs` lists them"),
    })
}

fn is_table(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| TABLES.iter().any(|table| extension == *table))
}

fn table_for_job(name: &str, arguments: &JobArguments) -> Refusal {
    let table = arguments.job.display().to_string();
    let refusal = Refusal::new(
        "command.table-for-job",
        text!(
            "{table} is a table, and `{name}` takes a job first",
            table,
            name
        ),
    );
    let typed = arguments.file.as_ref().or(arguments.input.as_ref());
    if let Some(job) = typed.filter(|path| !is_table(path)) {
        let job = job.display().to_string();
        return refusal
            .because(text!("the job comes first, and its table second"))
            .hint(text!(
                "`{command}`",
                command = CommandLine::new(name).word(&job).word(&table)
            ));
    }
    let refusal = refusal
        .because(text!(
            "a job is a small file that says to which endpoint the rows go and what each column is"
        ))
        .because(text!(
            "with a job: `{command}`",
            command = CommandLine::new(name).word("JOB").word(&table)
        ));
    let is_xls = arguments
        .job
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("xls"));
    let readable = if is_xls {
        arguments.job.with_extension("xlsx").display().to_string()
    } else {
        table
    };
    let init = CommandLine::new("init")
        .option("--endpoint", "NAME")
        .option("--from", &readable);
    let writes = text!(
        "`{init}` writes a job for it (`feishu-bulk endpoints` lists the names)",
        init
    );
    refusal.hint(if is_xls {
        text!("save it as .xlsx; then {writes}", writes)
    } else {
        writes
    })
}

/// The file to read: as typed, else as the job says.
pub(super) fn input_of(job: &Job, arguments: &JobArguments) -> Result<PathBuf, Refusal> {
    let typed = arguments.file.clone().or_else(|| arguments.input.clone());
    typed
        .or_else(|| job.input.file.as_deref().map(without_detour))
        .ok_or_else(|| {
            let path = arguments.job.display().to_string();
            Refusal::new(
                "job.no-input",
                text!("job {name} names no input file", name = job.name),
            )
            .because(text!(
                "the job can name it: file = \"…\" in [input] of {path}",
                path
            ))
            .hint(text!(
                "`{command}` reads the file that you name",
                command = CommandLine::new("check").word(&path).word("FILE")
            ))
        })
}

/// `jobs/../samples/a.csv` as people write it: `samples/a.csv`. Only where both are the same file, as they are not behind a link.
fn without_detour(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (Component::CurDir, _) => {}
            _ => parts.push(part),
        }
    }
    let short: PathBuf = parts.iter().collect();
    let same = match (path.canonicalize(), short.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    if same { short } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detour_is_left_out_where_it_leads_to_the_same_file() {
        // The tests run in the package's folder.
        for (path, short) in [
            (
                "jobs/../samples/shift-roster.xlsx",
                "samples/shift-roster.xlsx",
            ),
            ("./jobs/./../src/lib.rs", "src/lib.rs"),
            ("src/lib.rs", "src/lib.rs"),
            ("none/../src/lib.rs", "none/../src/lib.rs"),
            ("jobs/../none.csv", "jobs/../none.csv"),
        ] {
            assert_eq!(without_detour(Path::new(path)), Path::new(short));
        }
    }
}
