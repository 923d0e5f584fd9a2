//! Before there is a session: the one-time code becomes a cookie, and a second start of the program gets a link.

use axum::body::Body;
use hyper::StatusCode;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};
use hyper::http::request::Parts;

use super::Answer;
use crate::error::Refusal;
use crate::page::answer;
use crate::page::instance::SecondStart;
use crate::page::program::Program;
use crate::page::requests::{self, Enter, Key};
use crate::page::session::is_same;
use crate::text::Language;

const COOKIE_NAME: &str = "feishu-bulk";

pub(super) async fn enter(program: &Program, body: Body, browser: Language) -> Answer {
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
pub(super) async fn again(program: &Program, body: Body) -> Answer {
    let asked: Key = requests::small(body).await?;
    if !is_same(&asked.key, &program.key) {
        return Err(
            Refusal::new("page.barred", text!("this is not the key of this program")).into(),
        );
    }
    let code = program.sessions().new_code(program.now())?;
    Ok(answer::json(StatusCode::OK, &SecondStart { code }))
}

/// The token of the session that the browser says.
pub(super) fn cookie(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get_all(COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then(|| value.to_owned())
    })
}
