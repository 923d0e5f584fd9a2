//! How the page answers: markup, JSON, a file, or a refusal. The one place that picks an HTTP status and sets the headers of every answer.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use maud::Markup;
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::view::frame::Problem;
use crate::error::Refusal;
use crate::text::{Language, Text};

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// Nothing is loaded but our own files, nothing runs but our own modules, and no other page may hold or open this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    ),
];

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is nothing at this address.
    NotFound,
    /// A refusal of ours or of the work.
    Refused(Box<Refusal>),
    /// The same, of a change that was based on another check than this one.
    Stale(Box<Refusal>, u64),
    /// It is done when the person confirms it: says that it is meant, or types a number.
    Asks(Box<Refusal>, Asks),
}

/// What confirms a request, by the name of its member in the request.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Asks {
    /// Saying that it is meant.
    Sure,
    /// The number that the refusal names.
    Typed,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Gives every answer the headers that each must have.
pub(super) fn secured(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    answer
}

pub(super) fn page(status: StatusCode, markup: Markup) -> Response {
    of(status, HTML, markup.into_string())
}

pub(super) fn json(status: StatusCode, document: &impl Serialize) -> Response {
    // What we answer always is JSON.
    of(
        status,
        JSON,
        serde_json::to_string(document).unwrap_or_default(),
    )
}

/// The page at this address is to be shown next.
pub(super) fn to(status: StatusCode, address: &str) -> Response {
    json(status, &serde_json::json!({ "to": address }))
}

pub(super) fn done() -> Response {
    json(StatusCode::OK, &serde_json::json!({}))
}

/// A file of the browser, which never changes at its address.
pub(super) fn file(content_type: &'static str, text: &'static str) -> Response {
    let mut answer = of(StatusCode::OK, content_type, text);
    let forever = HeaderValue::from_static("max-age=31536000, immutable");
    answer.headers_mut().insert(CACHE_CONTROL, forever);
    answer
}

/// A file to be kept by the person, under a name of ours.
pub(super) fn download(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut answer = of(StatusCode::OK, content_type, bytes);
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    // Percent-encoded text always is a header's value.
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        answer
            .headers_mut()
            .insert(CONTENT_DISPOSITION, disposition);
    }
    answer
}

/// A report, which is a page of its own without a script: it gets its own policy, and no part of ours. Its one style sheet is known by
/// its digest, also that of a report which another version wrote.
pub(super) fn report(html: Vec<u8>) -> Response {
    let digest = STANDARD.encode(Sha256::digest(style_of(&html)));
    let policy = format!("sandbox; default-src 'none'; style-src 'sha256-{digest}'; img-src data:");
    let mut answer = of(StatusCode::OK, HTML, html);
    // Base64 always is a header's value.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// What the first style element of a page holds.
fn style_of(html: &[u8]) -> &[u8] {
    let from = memmem::find(html, b"<style>").map(|at| at + b"<style>".len());
    let rest = from.and_then(|from| html.get(from..)).unwrap_or_default();
    let end = memmem::find(rest, b"</style>").unwrap_or_default();
    rest.get(..end).unwrap_or_default()
}

pub(super) fn of(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}

/// A refusal as JSON, with the check that counts where the change was based on another, and with what would confirm it.
pub(super) fn refused(
    refusal: &Refusal,
    check: Option<u64>,
    asks: Option<Asks>,
    language: Language,
) -> Response {
    #[derive(Serialize)]
    struct Document<'a> {
        error: Error<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        check: Option<u64>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        rule: &'a str,
        #[serde(flatten)]
        problem: Problem,
        #[serde(skip_serializing_if = "Option::is_none")]
        asks: Option<Asks>,
    }
    let error = Error {
        rule: refusal.rule,
        problem: problem(refusal, language),
        asks,
    };
    json(status_of(refusal.rule), &Document { error, check })
}

/// A refusal as a person reads it.
pub(super) fn problem(refusal: &Refusal, language: Language) -> Problem {
    let said = |text: &Text| text.in_language(language);
    Problem {
        what: said(&refusal.what),
        details: refusal.details.iter().map(said).collect(),
        hint: refusal.hint.as_deref().map(said),
    }
}

/// The HTTP status of a refusal, by its rule.
pub(super) fn status_of(rule: &str) -> StatusCode {
    match rule {
        "page.barred" | "page.code" => StatusCode::FORBIDDEN,
        "page.session" => StatusCode::UNAUTHORIZED,
        "page.host" => StatusCode::MISDIRECTED_REQUEST,
        "page.method" => StatusCode::METHOD_NOT_ALLOWED,
        "page.type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "page.body" => StatusCode::BAD_REQUEST,
        "page.stale" | "page.sent" | "page.uploading" | "page.drafts-full" | "run.busy"
        | "run.not-as-shown" => StatusCode::CONFLICT,
        "page.too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        "page.upload-idle" | "page.upload-cut" => StatusCode::REQUEST_TIMEOUT,
        "page.disk" | "store.failed" => StatusCode::INSUFFICIENT_STORAGE,
        "page.check" | "page.run" | "page.random" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
