//! The first screen: where a file is taken in, the blank workbooks and the samples of the jobs.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use hyper::StatusCode;

use super::{Answer, Asked, WORKBOOK, blocking};
use crate::page::answer::{self, Failure};
use crate::page::program::Program;
use crate::page::requests::{Query, Sample};
use crate::page::view::frame::Here;
use crate::page::view::home::{DraftLine, Home, JobLine};
use crate::page::{check_shown, run_shown, view};
use crate::shipped;
use crate::text::Language;

/// Runs on the first screen.
const RECENT: usize = 5;

impl Asked {
    pub(super) async fn home(&self) -> Answer {
        let frame = self.frame(Here::Import);
        let program = Arc::clone(&self.program);
        let home = blocking(move || {
            let drafts = program.drafts.all().into_iter().map(|draft| {
                let view = draft.view();
                DraftLine {
                    id: draft.id,
                    corrected: view.written.corrections().cells().count() as u64,
                    rejected: check_shown::whole_of(&view).map(|whole| whole.checked.plan.rejected),
                    file: view.written.name,
                }
            });
            let newest = run_shown::newest(&program.runs.folder, &frame).into_iter();
            let (unfinished, ended): (Vec<_>, Vec<_>) = newest.partition(|line| line.unfinished);
            let ended = ended.into_iter().filter(|line| line.damage.is_none());
            Home {
                drafts: drafts.collect(),
                unfinished: unfinished.into_iter().take(RECENT).collect(),
                recent: ended.take(RECENT).collect(),
                jobs: jobs(&program, frame.language),
                jobs_folder: program.jobs.display().to_string(),
                problems: Vec::new(),
            }
        });
        let home = home.await?;
        let frame = self.frame(Here::Import);
        Ok(answer::page(
            StatusCode::OK,
            view::home::page(&frame, &home),
        ))
    }

    pub(super) async fn upload(&self, body: Body) -> Answer {
        let query = Query::of(&self.parts.uri);
        let name = query.get("name").unwrap_or_default();
        let draft = self.program.drafts.upload(name, body).await?;
        let to = self.to(&format!("drafts/{}/", draft.id));
        Ok(answer::to(StatusCode::CREATED, &to))
    }

    /// A workbook to fill for a job.
    pub(super) async fn blank(&self, name: &str) -> Answer {
        let (program, job) = (Arc::clone(&self.program), name.to_owned());
        let bytes = blocking(move || {
            let path = program.job_file(&job).ok_or(Failure::NotFound)?;
            let blank = crate::template::blank(&crate::job::read(&path, &[])?)?;
            blank.ok_or(Failure::NotFound)
        });
        let bytes = bytes.await??;
        Ok(answer::download(WORKBOOK, &format!("{name}.xlsx"), bytes))
    }

    /// A sample that came with the program, with its job.
    pub(super) async fn sample(&self, asked: Sample) -> Answer {
        let program = Arc::clone(&self.program);
        let draft = blocking(move || {
            let shipped = shipped::named(&asked.job).ok_or(Failure::NotFound)?;
            let folder = program.runs.folder.join(".page");
            let path = shipped::unpacked(shipped, &folder)?;
            let job = crate::job::read(&path, &[])?;
            let sample = job.input.file.ok_or(Failure::NotFound)?;
            let bytes = std::fs::read(&sample).map_err(|_| Failure::NotFound)?;
            let name = sample.file_name().unwrap_or_default().to_string_lossy();
            Ok::<_, Failure>(program.drafts.add_sample(&name, &bytes, path)?)
        });
        let draft = draft.await??;
        draft.start_check(&self.program.checking);
        let to = self.to(&format!("drafts/{}/", draft.id));
        Ok(answer::to(StatusCode::CREATED, &to))
    }
}

fn jobs(program: &Program, language: Language) -> Vec<JobLine> {
    let own = program.job_files();
    let is_own = |name: &str| own.iter().any(|(known, _)| known == name);
    let shipped: Vec<JobLine> = shipped::all()
        .filter(|shipped| !is_own(shipped.name))
        .map(|shipped| JobLine {
            name: shipped.name.to_owned(),
            about: language.words(shipped.about()).to_owned(),
            has_sample: true,
            has_blank: false,
        })
        .collect();
    let own = own.iter().map(|(name, path)| JobLine {
        name: name.clone(),
        about: about(path, language),
        has_sample: shipped::named(name).is_some(),
        has_blank: crate::job::read(path, &[]).is_ok_and(|job| job.input.header_lines == 1),
    });
    own.chain(shipped).collect()
}

/// What a job is for: the first words of its file, translated where it is one that ships.
pub(super) fn about(path: &Path, language: Language) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let words = first.strip_prefix('#').unwrap_or_default();
    let words = words.split(':').next().unwrap_or_default();
    language
        .words(words.trim().trim_end_matches('.'))
        .to_owned()
}
