//! Every address of the page, and what answers it. A request first passes the guard, then needs a session, then is looked up here.

mod drafts;
mod entry;
mod home;
mod runs;
mod settings;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};

use super::answer::{self, Failure};
use super::guard::{self, Barred, Kind};
use super::program::Program;
use super::requests::{self, Nothing, SetMode, Speak, To};
use super::view::ends::{self, End};
use super::view::frame::{Frame, Here, Mode};
use super::{files, view};
use crate::error::Refusal;
use crate::text::Language;

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

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
        ("POST", ["session"]) => entry::enter(program, body, language).await,
        ("POST", ["again"]) => entry::again(program, body).await,
        (_, ["s", scope, rest @ ..]) => {
            let token = entry::cookie(&parts).unwrap_or_default();
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
    let (refusal, check, asks) = match failure {
        Failure::NotFound => {
            return answer::page(StatusCode::NOT_FOUND, ends::end(frame, &End::NotFound));
        }
        Failure::Refused(refusal) => (refusal, None, None),
        Failure::Stale(refusal, check) => (refusal, Some(check), None),
        Failure::Asks(refusal, asks) => (refusal, None, Some(asks)),
    };
    if kind != Kind::Page {
        return answer::refused(&refusal, check, asks, frame.language);
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
            mode: self.program.settings.mode(),
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
                self.program.settings.keep(None);
                Ok(answer::done())
            }
            ("POST", ["mode"]) => {
                let asked: SetMode = requests::small(body).await?;
                let is_live = asked.mode == To::Platform;
                let went = self.program.settings.go_live(is_live);
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
}

/// Reads files, stores and checks on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
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
