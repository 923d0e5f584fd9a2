//! `jobs`: the jobs that ship.

use super::args::{JobsCommand, JobsWhat};
use super::job_file::unknown_job;
use super::{as_text, print};
use crate::error::{Exit, Refusal};
use crate::shipped::{self, Shipped};

pub(super) fn execute(command: &JobsCommand) -> Result<Exit, Refusal> {
    let text = match &command.what {
        None => as_text(&shipped::all().map(line).collect::<Vec<_>>()),
        Some(JobsWhat::Show { name }) => find(name)?.text.to_owned(),
        Some(JobsWhat::Copy { name, to }) => {
            let written = find(name)?.copy(to)?;
            as_text(
                &written
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect::<Vec<_>>(),
            )
        }
    };
    print(&text)?;
    Ok(Exit::Success)
}

fn line(shipped: Shipped) -> String {
    format!("{:<24} {}", shipped.name, shipped.about())
}

fn find(name: &str) -> Result<Shipped, Refusal> {
    shipped::named(name).ok_or_else(|| unknown_job(name))
}
