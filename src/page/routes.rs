//! Every address of the page, and what answers it. A request first passes the guard, then needs a session, then is looked up here.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};

use super::answer::{self, Failure};
use super::draft::{Change, Draft};
use super::guard::{self, Barred, Kind};
use super::instance::SecondStart;
use super::program::{Program, Typed};
use super::requests::{
    self, BasedOn, CELLS_BODY_MAX, ChooseJob, Enter, Key, Nothing, Query, Rerun, Sample, Send,
    SetMode, Speak, Stop, To, Try,
};
use super::view::choose::{Choose, Fit};
use super::view::ends::{self, End};
use super::view::frame::{Frame, Here, Mode};
use super::view::grid::CellsToCorrect;
use super::view::history::Kind as HistoryKind;
use super::view::home::{DraftLine, Home, JobLine};
use super::view::settings::Settings;
use super::{check_shown, events, files, run_shown, runs, send, view};
use crate::error::Refusal;
use crate::shipped;
use crate::text::Language;

/// How long a correction waits for its check, so that its answer already has the new numbers.
const CHECK_WAIT: std::time::Duration = std::time::Duration::from_secs(2);
/// Runs on the first screen.
const RECENT: usize = 5;
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const COOKIE_NAME: &str = "feishu-bulk";

type Answer = Result<Response, Failure>;

/// What is known of a request once it has passed.
struct Asked {
    program: Arc<Program>,
    language: Language,
    scope: String,
    token: String,
    parts: Parts,
    /// The path below the scope.
    path: Vec<String>,
}

/// Answers a request. Nothing it says is looked at before the guard has let it pass.
pub(super) async fn answer(program: &Arc<Program>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let path: Vec<String> = parts
        .uri
        .path()
        .split('/')
        .skip(1)
        .map(str::to_owned)
        .collect();
    let language = of_browser(&parts);
    let kind = kind(&parts.method, &path);
    if let Err(barred) = guard::pass(&parts, &program.host, kind) {
        return answer::secured(turned_away(program, barred, kind, language));
    }
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let answered = match (parts.method.as_str(), steps.as_slice()) {
        ("GET", ["enter"]) => {
            let frame = outside(language);
            Ok(answer::page(StatusCode::OK, ends::enter(&frame)))
        }
        ("GET", ["web", hash, name]) => files::find(hash, name)
            .map(|file| answer::file(file.content_type(), file.text))
            .ok_or(Failure::NotFound),
        ("POST", ["session"]) => enter(program, body, language).await,
        ("POST", ["again"]) => again(program, body).await,
        (_, ["s", scope, rest @ ..]) => {
            let token = cookie(&parts).unwrap_or_default();
            let now = program.now();
            let session = program.sessions().find(scope, &token, now);
            match session {
                None => Err(Refusal::new("page.session", text!("the session is over")).into()),
                Some(language) => {
                    let asked = Asked {
                        program: Arc::clone(program),
                        language,
                        scope: (*scope).to_owned(),
                        token,
                        path: rest.iter().map(|step| (*step).to_owned()).collect(),
                        parts,
                    };
                    let answered = asked.answer(body).await;
                    return answer::secured(asked.settle(answered, kind));
                }
            }
        }
        _ => Err(Failure::NotFound),
    };
    answer::secured(settle(answered, kind, &outside(language)))
}

/// What an address expects, by its form alone.
fn kind(method: &Method, path: &[String]) -> Kind {
    let last = path.last().map(String::as_str).unwrap_or_default();
    let is_data = matches!(
        last,
        "check"
            | "rows"
            | "marks"
            | "events"
            | "progress"
            | "failure.xlsx"
            | "blank.xlsx"
            | "corrections.csv"
    ) || path.iter().any(|step| step == "files");
    if method == Method::POST {
        if path.len() == 3 && last == "drafts" {
            Kind::Upload
        } else {
            Kind::Write
        }
    } else if is_data {
        Kind::Data
    } else {
        Kind::Page
    }
}

/// A page for whoever has no session.
fn outside(language: Language) -> Frame {
    Frame {
        language,
        root: "./",
        files: files::root().to_owned(),
        mode: Mode::Rehearsal,
        here: Here::Outside,
    }
}

fn turned_away(program: &Program, barred: Barred, kind: Kind, language: Language) -> Response {
    let refusal = match barred {
        Barred::Host => {
            let right = format!("http://{}/", program.host);
            let end = End::WrongAddress { right };
            return answer::page(
                StatusCode::MISDIRECTED_REQUEST,
                ends::end(&outside(language), &end),
            );
        }
        Barred::Method => Refusal::new("page.method", text!("this address does not take that")),
        Barred::Stranger => Refusal::new(
            "page.barred",
            text!("this did not come from a page of this program"),
        ),
        Barred::Type => Refusal::new(
            "page.type",
            text!("this address takes another type of body"),
        ),
    };
    settle(Err(refusal.into()), kind, &outside(language))
}

/// A failure becomes a page where a person goes, and JSON where a page asks.
fn settle(answered: Answer, kind: Kind, frame: &Frame) -> Response {
    let failure = match answered {
        Ok(answer) => return answer,
        Err(failure) => failure,
    };
    let (refusal, check) = match failure {
        Failure::NotFound => {
            return answer::page(StatusCode::NOT_FOUND, ends::end(frame, &End::NotFound));
        }
        Failure::Refused(refusal) => (refusal, None),
        Failure::Stale(refusal, check) => (refusal, Some(check)),
    };
    if kind != Kind::Page {
        return answer::refused(&refusal, check, frame.language);
    }
    let status = answer::status_of(refusal.rule);
    let markup = if status == StatusCode::UNAUTHORIZED {
        ends::end(frame, &End::SessionOver)
    } else if status == StatusCode::INTERNAL_SERVER_ERROR {
        // Whoever looks for the fault finds it by its rule and the time.
        let number = format!("{} {}", refusal.rule, crate::wall_clock::text());
        ends::end(frame, &End::Fault { number })
    } else {
        ends::refused(frame, &answer::problem(&refusal, frame.language))
    };
    answer::page(status, markup)
}

/// The language that the browser asks for.
fn of_browser(parts: &Parts) -> Language {
    let header = parts.headers.get("accept-language");
    let tags = header
        .and_then(|tags| tags.to_str().ok())
        .unwrap_or_default();
    let mut known = tags
        .split([',', ';'])
        .filter_map(|tag| Language::of_tag(tag.trim()));
    known.next().unwrap_or_default()
}

fn cookie(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get_all(COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then(|| value.to_owned())
    })
}

async fn enter(program: &Program, body: Body, browser: Language) -> Answer {
    let asked: Enter = requests::small(body).await?;
    let browser = requests::language(asked.language.as_deref()).unwrap_or(browser);
    let entered = program
        .sessions()
        .enter(&asked.code, browser, program.now())?;
    let Some(entered) = entered else {
        return Err(Refusal::new(
            "page.code",
            text!("this link was used already, or it is too old"),
        )
        .hint(text!(
            "if you did not use it, close the window of the program now; otherwise start it again"
        ))
        .into());
    };
    let to = format!("/s/{}/", entered.scope);
    let cookie = format!(
        "{COOKIE_NAME}={}; Path={to}; HttpOnly; SameSite=Strict",
        entered.token
    );
    let mut answer = answer::to(StatusCode::OK, &to);
    // Base64 always is a header's value.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// A second start of the program asks for a link.
async fn again(program: &Program, body: Body) -> Answer {
    let asked: Key = requests::small(body).await?;
    if !super::session::is_same(&asked.key, &program.key) {
        return Err(
            Refusal::new("page.barred", text!("this is not the key of this program")).into(),
        );
    }
    let code = program.sessions().new_code(program.now())?;
    Ok(answer::json(StatusCode::OK, &SecondStart { code }))
}

impl Asked {
    fn frame(&self, here: Here) -> Frame {
        Frame {
            language: self.language,
            root: match self.path.len() {
                0 | 1 => "./",
                2 => "../",
                3 => "../../",
                _ => "../../../",
            },
            files: files::root().to_owned(),
            mode: self.program.mode(),
            here,
        }
    }

    fn settle(&self, answered: Answer, kind: Kind) -> Response {
        settle(answered, kind, &self.frame(Here::Import))
    }

    /// An address of this session.
    fn to(&self, rest: &str) -> String {
        format!("/s/{}/{rest}", self.scope)
    }

    async fn answer(&self, body: Body) -> Answer {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match (self.parts.method.as_str(), path.as_slice()) {
            ("GET", [] | [""]) => self.home().await,
            ("POST", ["drafts"]) => self.upload(body).await,
            (_, ["drafts", id, rest @ ..]) => {
                let id = id.parse().ok();
                let draft = id.and_then(|id| self.program.drafts.get(id));
                let draft = draft.ok_or(Failure::NotFound)?;
                self.draft(&draft, rest, body).await
            }
            ("GET", ["runs", ""]) => self.history().await,
            (_, ["runs", run, rest @ ..]) => self.run(run, rest, body).await,
            ("GET", ["jobs", name, "blank.xlsx"]) => self.blank(name).await,
            ("POST", ["sample"]) => self.sample(requests::small(body).await?).await,
            ("GET", ["settings", ""]) => Ok(self.settings()),
            ("POST", ["settings", "try"]) => {
                self.try_credentials(requests::small(body).await?).await
            }
            ("POST", ["settings", "forget"]) => {
                requests::small::<Nothing>(body).await?;
                self.program.keep(None);
                Ok(answer::done())
            }
            ("POST", ["mode"]) => {
                let asked: SetMode = requests::small(body).await?;
                let is_live = asked.mode == To::Platform;
                let went = self.program.go_live(is_live);
                if is_live && !went {
                    return Ok(answer::to(StatusCode::OK, &self.to("settings/")));
                }
                Ok(answer::done())
            }
            ("POST", ["language"]) => {
                let asked: Speak = requests::small(body).await?;
                let language = requests::language(asked.language.as_deref());
                self.program
                    .sessions()
                    .speak(&self.scope, &self.token, language);
                Ok(answer::done())
            }
            ("GET", ["help", ""]) => {
                let folder = self.program.runs.folder.display().to_string();
                let markup =
                    view::help::page(&self.frame(Here::Help), env!("CARGO_PKG_VERSION"), &folder);
                Ok(answer::page(StatusCode::OK, markup))
            }
            ("GET", ["end"]) => {
                let markup = ends::end(&self.frame(Here::Outside), &End::Quit);
                Ok(answer::page(StatusCode::OK, markup))
            }
            ("POST", ["quit"]) => {
                requests::small::<Nothing>(body).await?;
                self.program.control.interrupt();
                Ok(answer::to(StatusCode::OK, &self.to("end")))
            }
            _ => Err(Failure::NotFound),
        }
    }

    async fn home(&self) -> Answer {
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
                jobs: jobs(&program),
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

    async fn upload(&self, body: Body) -> Answer {
        let query = Query::of(&self.parts.uri);
        let name = query.get("name").unwrap_or_default();
        let draft = self.program.drafts.upload(name, body).await?;
        let to = self.to(&format!("drafts/{}/", draft.id));
        Ok(answer::to(StatusCode::CREATED, &to))
    }

    /// A workbook to fill for a job.
    async fn blank(&self, name: &str) -> Answer {
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
    async fn sample(&self, asked: Sample) -> Answer {
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

    async fn draft(&self, draft: &Arc<Draft>, rest: &[&str], body: Body) -> Answer {
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
            draft.choose(&path, super::draft::Given::default())?;
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
                        about: about(&path),
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
            let job = &check_shown::whole_of(&view)
                .ok_or(Failure::NotFound)?
                .checked;
            let file = crate::prepare::InputFile {
                path: &view.input,
                origin: &job.origin,
                corrections: &corrections,
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

    async fn history(&self) -> Answer {
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

    async fn run(&self, run: &str, rest: &[&str], body: Body) -> Answer {
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
                requests::small::<Nothing>(body).await?;
                send::resume(&self.program, &run).await?;
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

    fn settings(&self) -> Response {
        let jobs = self.program.job_files();
        let jobs = jobs
            .iter()
            .filter_map(|(_, path)| crate::job::read(path, &[]).ok());
        let mut scopes: Vec<String> = jobs.flat_map(|job| job.endpoint.scopes).collect();
        scopes.sort();
        scopes.dedup();
        let settings = Settings {
            credentials: self.program.credentials(),
            jobs_folder: self.program.jobs.display().to_string(),
            runs_folder: self.program.runs.folder.display().to_string(),
            scopes,
        };
        let frame = self.frame(Here::Settings);
        answer::page(StatusCode::OK, view::settings::page(&frame, &settings))
    }

    /// Keeps credentials in memory, and asks the platform for a token with them.
    async fn try_credentials(&self, asked: Try) -> Answer {
        if let (Some(app), Some(secret)) = (asked.app_id, asked.app_secret) {
            let base_url = asked
                .base_url
                .unwrap_or_else(|| crate::transport::BaseUrl::DEFAULT.to_owned());
            crate::transport::BaseUrl::parse(&base_url)?;
            let app = app.trim().to_owned();
            self.program.keep(Some(Typed {
                app,
                secret: secret.into(),
                base_url,
            }));
        }
        let program = Arc::clone(&self.program);
        let tried = crate::target::try_credentials(&|name| program.look_up(name)).await;
        tried?;
        let says = text!("✓ works").in_language(self.language);
        Ok(answer::json(
            StatusCode::OK,
            &serde_json::json!({ "says": says }),
        ))
    }
}

fn jobs(program: &Program) -> Vec<JobLine> {
    let own = program.job_files();
    let is_own = |name: &str| own.iter().any(|(known, _)| known == name);
    let shipped: Vec<JobLine> = shipped::all()
        .filter(|shipped| !is_own(shipped.name))
        .map(|shipped| JobLine {
            name: shipped.name.to_owned(),
            about: shipped.about().to_owned(),
            has_sample: true,
            has_blank: false,
        })
        .collect();
    let own = own.iter().map(|(name, path)| JobLine {
        name: name.clone(),
        about: about(path),
        has_sample: shipped::named(name).is_some(),
        has_blank: crate::job::read(path, &[]).is_ok_and(|job| job.input.header_lines == 1),
    });
    own.chain(shipped).collect()
}

/// The job of the run whose failure report a file is, if it is one.
fn failures_of(program: &Program, input: &std::path::Path, fits: &[Fit]) -> Option<String> {
    let fit = fits.iter().find(|fit| fit.columns.is_ok())?;
    let job = crate::job::read(&program.job_file(&fit.job)?, &[]).ok()?;
    let origin = crate::origin::Origin::of(input, &job, &program.runs.folder).ok()?;
    let job = &origin.parent()?.facts.job;
    program.job_file(job).map(|_| job.clone())
}

/// What a job is for: the first words of its file.
fn about(path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let words = first.strip_prefix('#').unwrap_or_default();
    let words = words.split(':').next().unwrap_or_default();
    words.trim().trim_end_matches('.').to_owned()
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

/// Reads files, stores and checks on a thread that may wait.
async fn blocking<T: std::marker::Send + 'static>(
    work: impl FnOnce() -> T + std::marker::Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| {
        Refusal::new(
            "page.run",
            text!("a fault of the program; nothing more was sent because of it"),
        )
        .into()
    })
}
