//! The addresses of the runs: their list, one that works, one that ended, its files, and what a person has done with it.

use std::sync::Arc;

use axum::body::Body;
use hyper::StatusCode;

use super::{Answer, Asked, blocking};
use crate::error::Refusal;
use crate::page::answer::{self, Failure};
use crate::page::requests::{self, Nothing, Query, Rerun, Resume, Stop};
use crate::page::view::frame::Here;
use crate::page::view::history::Kind as HistoryKind;
use crate::page::{check_shown, events, run_shown, runs, send, view};

impl Asked {
    pub(super) async fn history(&self) -> Answer {
        let query = Query::of(&self.parts.uri);
        let kind = match query.get("kind") {
            Some("live") => HistoryKind::Live,
            Some("rehearsal") => HistoryKind::Rehearsal,
            Some("unfinished") => HistoryKind::Unfinished,
            _ => HistoryKind::All,
        };
        let search = query.get("q").unwrap_or_default().to_owned();
        let page = query.number("page").unwrap_or(1);
        let (program, frame) = (Arc::clone(&self.program), self.frame(Here::History));
        let history = blocking(move || {
            let history = run_shown::history(&program.runs.folder, &search, kind, page, &frame);
            view::history::page(&frame, &history)
        });
        Ok(answer::page(StatusCode::OK, history.await?))
    }

    pub(super) async fn run(&self, run: &str, rest: &[&str], body: Body) -> Answer {
        let runs = &self.program.runs;
        let frame = self.frame(Here::History);
        let underway = runs.underway(run);
        if underway.is_none()
            && let Some(refusal) = runs.refused(run)
        {
            return Err(refusal.into());
        }
        let run = match &underway {
            Some(underway) => underway.run.clone(),
            None => runs.find(run).ok_or(Failure::NotFound)?,
        };
        match (self.parts.method.as_str(), rest, underway) {
            ("GET", [""], Some(underway)) => {
                let live = run_shown::live(runs, &underway, &frame);
                Ok(answer::page(
                    StatusCode::OK,
                    view::live::page(&frame, &live),
                ))
            }
            ("GET", [""], None) => {
                if crate::store::is_at_work(&runs.folder, &run) {
                    return Ok(answer::page(StatusCode::OK, view::live::elsewhere(&frame)));
                }
                let runs = Arc::clone(runs);
                let page = blocking(move || {
                    let ended = run_shown::ended(&runs, &run, &frame)?;
                    Ok::<_, Refusal>(view::result::page(&frame, &ended))
                });
                Ok(answer::page(StatusCode::OK, page.await??))
            }
            ("GET", ["events"], Some(underway)) => {
                Ok(events::stream(Arc::clone(runs), underway, self.language))
            }
            ("GET", ["progress"], Some(underway)) => {
                let shown = runs.shown(&underway);
                Ok(answer::json(
                    StatusCode::OK,
                    &events::snapshot(&shown, self.language),
                ))
            }
            ("GET", ["events"], None) => Ok(events::over()),
            ("GET", ["progress"], None) => Ok(answer::json(
                StatusCode::OK,
                &serde_json::json!({ "phase": "ended" }),
            )),
            ("GET", ["rows"], None) => {
                let (runs, wanted) = (Arc::clone(runs), Query::of(&self.parts.uri).window());
                let rows = blocking(move || {
                    Ok::<_, Refusal>(run_shown::rows(&*runs.sheet(&run)?, wanted, &frame))
                });
                Ok(answer::json(StatusCode::OK, &rows.await??))
            }
            ("GET", ["marks"], None) => {
                let (runs, only) = (Arc::clone(runs), Query::of(&self.parts.uri).window().only);
                let marks = blocking(move || {
                    Ok::<_, Refusal>(check_shown::marks(0, &runs.sheet(&run)?.sheet, only))
                });
                Ok(answer::json(StatusCode::OK, &marks.await??))
            }
            ("POST", ["stop"], Some(underway)) => {
                let asked: Stop = requests::small(body).await?;
                underway.stop(asked.at_once);
                Ok(answer::done())
            }
            ("POST", [what], None) => self.write_run(run, what, body).await,
            ("GET", ["files", name], None) => self.file(&run, name).await,
            _ => Err(Failure::NotFound),
        }
    }

    /// What a person has done with a run that ended.
    async fn write_run(&self, run: String, what: &str, body: Body) -> Answer {
        let runs = &self.program.runs;
        match what {
            "resume" => {
                let asked: Resume = requests::small(body).await?;
                send::resume(&self.program, &run, &asked).await?;
                Ok(answer::to(
                    StatusCode::OK,
                    &self.to(&format!("runs/{run}/")),
                ))
            }
            "rerun" => {
                let asked: Rerun = requests::small(body).await?;
                let run = send::rerun(&self.program, &run, &asked, self.language).await?;
                Ok(answer::to(
                    StatusCode::OK,
                    &self.to(&format!("runs/{run}/")),
                ))
            }
            "report" => {
                requests::small::<Nothing>(body).await?;
                let folder = runs.folder.clone();
                let written = blocking(move || {
                    let opened = crate::run::Opened::open(&folder, &run)?;
                    crate::conclusion::report(opened.folder(), opened.ledger(), &opened.windows()?)
                });
                written.await??;
                Ok(answer::done())
            }
            "delete" => {
                requests::small::<Nothing>(body).await?;
                runs.forget(&run);
                let folder = runs.folder.clone();
                blocking(move || runs::delete_rehearsal(&folder, &run)).await??;
                Ok(answer::done())
            }
            _ => Err(Failure::NotFound),
        }
    }

    /// A file of a run, from a fixed list.
    async fn file(&self, run: &str, name: &str) -> Answer {
        let known = run_shown::FILES.iter().find(|(known, _)| *known == name);
        let (name, content_type) = *known.ok_or(Failure::NotFound)?;
        let path = self.program.runs.folder.join(run).join(name);
        let bytes = blocking(move || std::fs::read(path)).await?;
        let bytes = bytes.map_err(|_| Failure::NotFound)?;
        Ok(if name == "report.html" {
            answer::report(bytes)
        } else {
            answer::download(content_type, &format!("{run}-{name}"), bytes)
        })
    }
}
