//! The addresses of one draft: its job, its check, its corrections, what is downloaded of it, and the order to send it.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;

use super::home::about;
use super::{Answer, Asked, WORKBOOK, blocking};
use crate::error::Refusal;
use crate::page::answer::{self, Failure};
use crate::page::draft::{Change, Draft};
use crate::page::program::Program;
use crate::page::requests::{self, BasedOn, CELLS_BODY_MAX, ChooseJob, Nothing, Query, Send};
use crate::page::view::choose::{Choose, Fit};
use crate::page::view::frame::Here;
use crate::page::view::grid::CellsToCorrect;
use crate::page::{check_shown, draft, send, view};

/// How long a correction waits for its check, so that its answer already has the new numbers.
const CHECK_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

impl Asked {
    pub(super) async fn draft(&self, draft: &Arc<Draft>, rest: &[&str], body: Body) -> Answer {
        match (self.parts.method.as_str(), rest) {
            ("GET", [""]) => self.draft_page(draft).await,
            ("POST", ["job"]) => self.choose(draft, requests::small(body).await?).await,
            ("GET", ["check"]) => Ok(self.state(draft)),
            ("GET", ["rows"]) => self.rows(draft).await,
            ("GET", ["marks"]) => self.marks(draft).await,
            ("POST", ["cells"]) => {
                let asked: CellsToCorrect = requests::json(body, CELLS_BODY_MAX).await?;
                self.correct(draft, asked).await
            }
            ("POST", [step @ ("undo" | "redo")]) => {
                let asked: BasedOn = requests::small(body).await?;
                let done = draft.step(asked.check, *step == "undo");
                self.checked_anew(draft, done).await
            }
            ("POST", ["stop"]) => {
                requests::small::<Nothing>(body).await?;
                draft.stop_check();
                Ok(answer::done())
            }
            ("GET", ["failure.xlsx"]) => self.failure_workbook(draft).await,
            ("GET", ["corrections.csv"]) => Ok(corrections(draft)),
            ("GET", ["send"]) => self.confirm(draft),
            ("POST", ["send"]) => {
                let asked: Send = requests::small(body).await?;
                let sent = send::send(&self.program, draft, &asked, self.language).await;
                let run = sent.map_err(|refusal| Self::stale(draft, refusal))?;
                Ok(answer::to(
                    StatusCode::OK,
                    &self.to(&format!("runs/{run}/")),
                ))
            }
            ("POST", ["discard"]) => {
                requests::small::<Nothing>(body).await?;
                self.program.drafts.discard(draft.id);
                Ok(answer::to(StatusCode::OK, &self.to("")))
            }
            _ => Err(Failure::NotFound),
        }
    }

    /// Which screen a draft is on: its job, one thing to say first, or its check.
    async fn draft_page(&self, draft: &Arc<Draft>) -> Answer {
        let query = Query::of(&self.parts.uri);
        let frame = self.frame(Here::Import);
        let mut view = draft.view();
        if view.written.job.is_none() || query.has("choose") {
            let choose = self.fits(draft).await?;
            let mut fitting = choose.fits.iter().filter(|fit| fit.columns.is_ok());
            let only = fitting.next().filter(|_| fitting.next().is_none());
            let job = choose.failures_of.as_ref().or(only.map(|fit| &fit.job));
            let path = job.and_then(|job| self.program.job_file(job));
            let Some(path) = path.filter(|_| !query.has("choose")) else {
                return Ok(answer::page(
                    StatusCode::OK,
                    view::choose::page(&frame, &choose),
                ));
            };
            // Only one job fits: its name is on the check screen, where it can be changed.
            draft.choose(&path, draft::Given::default())?;
            view = draft.view();
        }
        if view.found.is_none() && view.underway.is_none() {
            draft.start_check(&self.program.checking);
            // Most files are checked before anybody could read that they are being checked.
            let _ = tokio::time::timeout(CHECK_WAIT, draft.checked()).await;
            view = draft.view();
        }
        let today = crate::wall_clock::today();
        if query.has("ask") {
            let ask = check_shown::ask_month(&view, today, &frame);
            return Ok(answer::page(StatusCode::OK, view::ask::page(&frame, &ask)));
        }
        if view.underway.is_none()
            && let Some(ask) = check_shown::ask(&view, today, &frame)
        {
            return Ok(answer::page(StatusCode::OK, view::ask::page(&frame, &ask)));
        }
        let check = check_shown::check(&view, &frame);
        Ok(answer::page(
            StatusCode::OK,
            view::check::page(&frame, &check),
        ))
    }

    /// What each job finds in the file, best first.
    async fn fits(&self, draft: &Arc<Draft>) -> Result<Choose, Failure> {
        let (program, draft) = (Arc::clone(&self.program), Arc::clone(draft));
        let language = self.language;
        blocking(move || {
            let view = draft.view();
            let mut fits: Vec<Fit> = program
                .job_files()
                .into_iter()
                .map(|(name, path)| {
                    let columns = crate::job::read(&path, &[])
                        .and_then(|job| crate::prepare::columns_used(&job, &view.input));
                    let columns = match columns {
                        Ok(columns) => Ok(columns),
                        // What can be asked for lacks nothing in the file.
                        Err(refusal) if refusal.ask.is_some() => Ok(Vec::new()),
                        Err(refusal) => Err(answer::problem(&refusal, language).what),
                    };
                    Fit {
                        job: name.clone(),
                        about: about(&path, language),
                        columns,
                    }
                })
                .collect();
            let rank = |fit: &Fit| fit.columns.as_ref().map_or(0, |columns| columns.len() + 1);
            fits.sort_by_key(|fit| std::cmp::Reverse(rank(fit)));
            Choose {
                file: view.written.name,
                sheet: None,
                rows: None,
                failures_of: failures_of(&program, &view.input, &fits),
                fits,
            }
        })
        .await
    }

    async fn choose(&self, draft: &Arc<Draft>, asked: ChooseJob) -> Answer {
        let known = draft.view().written.job;
        let is_same = known
            .as_deref()
            .and_then(|path| path.file_stem())
            .is_some_and(|stem| stem.to_string_lossy() == asked.job);
        let path = known
            .filter(|_| is_same)
            .or_else(|| self.program.job_file(&asked.job));
        let path = path.ok_or(Failure::NotFound)?;
        draft.choose(&path, asked.given)?;
        draft.start_check(&self.program.checking);
        let _ = tokio::time::timeout(CHECK_WAIT, draft.checked()).await;
        Ok(answer::to(
            StatusCode::OK,
            &self.to(&format!("drafts/{}/", draft.id)),
        ))
    }

    fn state(&self, draft: &Draft) -> Response {
        let frame = self.frame(Here::Import);
        let found = check_shown::found(&draft.view(), &frame);
        answer::json(StatusCode::OK, &view::check::state(&frame, &found))
    }

    async fn rows(&self, draft: &Arc<Draft>) -> Answer {
        let (draft, frame) = (Arc::clone(draft), self.frame(Here::Import));
        let wanted = Query::of(&self.parts.uri).window();
        let rows = blocking(move || {
            let view = draft.view();
            let found = view.found.clone()?;
            let whole = found.outcome.as_ref().ok()?;
            Some(check_shown::rows(&view, &found, whole, wanted, &frame))
        });
        let rows = rows.await?.ok_or(Failure::NotFound)?;
        Ok(answer::json(StatusCode::OK, &rows))
    }

    async fn marks(&self, draft: &Arc<Draft>) -> Answer {
        let (draft, only) = (Arc::clone(draft), Query::of(&self.parts.uri).window().only);
        let marks = blocking(move || {
            let found = draft.view().found?;
            let whole = found.outcome.as_ref().ok()?;
            Some(check_shown::marks(found.check, &whole.sheet, only))
        });
        let marks = marks.await?.ok_or(Failure::NotFound)?;
        Ok(answer::json(StatusCode::OK, &marks))
    }

    async fn correct(&self, draft: &Arc<Draft>, asked: CellsToCorrect) -> Answer {
        let mut change = Change {
            cells: asked.cells,
            leave_out: asked.leave_out,
            put_back: asked.put_back,
        };
        if asked.equal
            && let Some((record, column, text)) = change.cells.first().cloned()
        {
            let view = draft.view();
            let whole = check_shown::whole_of(&view);
            let equal = whole.map(|whole| whole.sheet.cells_equal_to(record, column));
            let others = equal
                .into_iter()
                .flatten()
                .filter(|cell| *cell != (record, column));
            change
                .cells
                .extend(others.map(|(record, column)| (record, column, text.clone())));
        }
        let done = draft.change(asked.check, change);
        self.checked_anew(draft, done).await
    }

    /// After a change: the new numbers, if the check has them soon.
    async fn checked_anew(&self, draft: &Arc<Draft>, done: Result<(), Refusal>) -> Answer {
        done.map_err(|refusal| Self::stale(draft, refusal))?;
        draft.start_check(&self.program.checking);
        let _ = tokio::time::timeout(CHECK_WAIT, draft.checked()).await;
        Ok(self.state(draft))
    }

    /// What was based on another check is told which one counts.
    fn stale(draft: &Draft, refusal: Refusal) -> Failure {
        let check = draft.view().check;
        if refusal.rule == "page.stale" {
            Failure::Stale(Box::new(refusal), check)
        } else {
            refusal.into()
        }
    }

    async fn failure_workbook(&self, draft: &Arc<Draft>) -> Answer {
        let draft = Arc::clone(draft);
        let language = self.language;
        let workbook = blocking(move || {
            let (corrections, _) = draft.corrections();
            let view = draft.view();
            let whole = check_shown::whole_of(&view).ok_or(Failure::NotFound)?;
            let job = &whole.checked;
            let file = crate::prepare::InputFile {
                path: &view.input,
                origin: &job.origin,
                corrections: &corrections,
                findings: &whole.findings,
            };
            let scratch = tempfile::tempdir().map_err(|error| {
                Refusal::new("page.disk", text!("there is no room for the workbook"))
                    .because(error.to_string())
            })?;
            let control = crate::control::Control::default();
            let written = crate::run::write_to_correct(
                &job.job,
                &file,
                Some(scratch.path()),
                language,
                &control,
            )?;
            let path = written.ok_or_else(|| {
                Refusal::new(
                    "page.not-a-workbook",
                    text!("only a workbook can be downloaded to be corrected"),
                )
                .hint(text!("correct the cells on the page"))
            })?;
            let bytes = std::fs::read(path).map_err(|error| {
                Refusal::new("page.disk", text!("the workbook could not be read"))
                    .because(error.to_string())
            })?;
            let stem = view
                .written
                .name
                .rsplit_once('.')
                .map_or(&*view.written.name, |(stem, _)| stem);
            Ok::<_, Failure>((format!("{stem}.failure.xlsx"), bytes))
        });
        let (name, bytes) = workbook.await??;
        Ok(answer::download(WORKBOOK, &name, bytes))
    }

    fn confirm(&self, draft: &Draft) -> Answer {
        let frame = self.frame(Here::Import);
        let view = draft.view();
        let whole = check_shown::whole_of(&view).filter(|whole| {
            view.underway.is_none()
                && whole.checked.plan.refused.is_none()
                && whole.checked.plan.items > 0
        });
        let Some(whole) = whole else {
            let changed = text!("Something changed since; look at the check again");
            return Err(Refusal::new("page.stale", changed).into());
        };
        let confirm = check_shown::confirm(&view, whole, &frame);
        Ok(answer::page(
            StatusCode::OK,
            view::confirm::page(&frame, &confirm),
        ))
    }
}

/// The job of the run whose failure report a file is, if it is one.
fn failures_of(program: &Program, input: &Path, fits: &[Fit]) -> Option<String> {
    let fit = fits.iter().find(|fit| fit.columns.is_ok())?;
    let job = crate::job::read(&program.job_file(&fit.job)?, &[]).ok()?;
    let origin = crate::origin::Origin::of(input, &job, &program.runs.folder).ok()?;
    let job = &origin.parent()?.facts.job;
    program.job_file(job).map(|_| job.clone())
}

/// The corrections of a draft as a table.
fn corrections(draft: &Draft) -> Response {
    let (_, noted) = draft.corrections();
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    // Writing into a Vec cannot fail.
    let _ = writer.write_record(["record", "cell", "column", "old", "new"]);
    for correction in noted {
        let record = correction.record.to_string();
        let cell = correction.cell.unwrap_or_default();
        let texts = [
            &record,
            &cell,
            &correction.column,
            &correction.old,
            &correction.new,
        ];
        let texts = texts.map(|text| crate::shown::for_spreadsheet(text).into_owned());
        let _ = writer.write_record(texts);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    answer::download("text/csv; charset=utf-8", "corrections.csv", bytes)
}
