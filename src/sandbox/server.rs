//! HTTP on loopback: bytes in, a [`Call`] to the platform, its answer out. It decides nothing.
//!
//! A call counts as received when its body has arrived whole. Its changes are made at that instant; the latency comes after.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, Response, header, request::Parts};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::call::Call;
use super::chance::draw;
use super::platform::Platform;
use super::record::Record;
use super::reply::Reply;
use super::wire::{WireHandle, WireListener};

/// Largest body read. Full batches of the five endpoints stay far below it.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Sets the draws for latency apart from those for faults.
const LATENCY_DRAWS: u64 = 1;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    platform: Mutex<Platform>,
    in_flight: AtomicUsize,
    in_flight_max: AtomicUsize,
    seed: u64,
    latency_ms: (u64, u64),
}

impl Shared {
    pub(super) fn new(platform: Platform, seed: u64, latency_ms: (u64, u64)) -> Self {
        Self {
            platform: Mutex::new(platform),
            in_flight: AtomicUsize::new(0),
            in_flight_max: AtomicUsize::new(0),
            seed,
            latency_ms,
        }
    }

    /// The platform's state; nobody waits while holding it.
    pub(super) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything remembered so far.
    pub(super) fn record(&self) -> Record {
        self.platform()
            .record(self.in_flight_max.load(Ordering::SeqCst))
    }

    /// Calls being answered now.
    #[cfg(test)]
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// The time the platform takes for a call, drawn from the seed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a latency is a small number of milliseconds"
    )]
    pub(super) fn latency(&self, number: u64) -> Duration {
        let (least, most) = self.latency_ms;
        let spread = most.saturating_sub(least) as f64;
        let extra = spread * draw(self.seed, LATENCY_DRAWS, number);
        Duration::from_millis(least) + Duration::from_micros((extra * 1000.0) as u64)
    }
}

/// Counts a call as in flight until it is dropped.
struct InFlight<'a>(&'a Shared);

impl<'a> InFlight<'a> {
    fn enter(shared: &'a Shared) -> Self {
        let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        shared.in_flight_max.fetch_max(now, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Serves until it is aborted; connections end when `stopping` turns true.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
) {
    let service = Router::new()
        .fallback(handle)
        .with_state(shared)
        .into_make_service_with_connect_info::<WireHandle>();
    let listener = WireListener { listener, stopping };
    // Serving ends only by being aborted: an accept that fails is tried again by axum itself.
    let _ = axum::serve(listener, service).await;
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<WireHandle>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/sandbox/record") => return record(&shared),
        ("POST", "/sandbox/expire-tokens") => {
            shared.platform().expire_tokens();
            return response(&Reply::envelope(200, json!({})));
        }
        _ => {}
    }
    let _in_flight = InFlight::enter(&shared);
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return response(&Reply::bad_request("the body is too large or was cut off"));
    };
    let call = received(&parts, body.to_vec());
    let answer = {
        let mut platform = shared.platform();
        // Taken while holding the state, so that instants never go back from one call to the next.
        platform.answer(&call, Instant::now())
    };
    if let Some((after, effects)) = answer.late {
        let shared = Arc::clone(&shared);
        // Not part of this call: the client may long be gone when the changes are made.
        tokio::spawn(async move {
            sleep(after).await;
            shared.platform().apply(effects, Instant::now());
        });
    }
    sleep(shared.latency(answer.number) + answer.delay).await;
    match answer.script {
        None => response(&answer.reply),
        Some(script) => {
            wire.play(script);
            Response::new(Body::empty())
        }
    }
}

fn record(shared: &Shared) -> Response<Body> {
    match serde_json::to_value(shared.record()) {
        Ok(record) => response(&Reply::envelope(200, record)),
        Err(error) => response(&Reply::page(500, Some("text/plain"), &error.to_string())),
    }
}

fn received(parts: &Parts, body: Vec<u8>) -> Call {
    Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        authorization: values(&parts.headers, &header::AUTHORIZATION),
        content_type: values(&parts.headers, &header::CONTENT_TYPE),
        body,
    }
}

/// Every value of a header; bytes that are no text become one that matches nothing.
fn values(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap_or("\u{fffd}").to_owned())
        .collect()
}

fn response(reply: &Reply) -> Response<Body> {
    let (content_type, bytes) = reply.body();
    let mut builder = Response::builder().status(reply.status);
    if let Some(content_type) = content_type {
        builder = builder.header(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    // A status or header HTTP cannot carry is a mistake of a fault plan.
    builder.body(Body::from(bytes)).unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(format!(
            "the sandbox cannot send this reply: {error}"
        )));
        *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
