//! Connections: at most so many, each with a time in which its request has to be said.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::program::Program;
use super::routes;

const CONNECTIONS_MAX: usize = 64;
/// The head of a request is said within so long.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// After an accept that failed, for example because no more files can be opened.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Serves until it is aborted.
pub(super) async fn accept(listener: TcpListener, program: Arc<Program>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        let program = Arc::clone(&program);
        tokio::spawn(async move {
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let program = Arc::clone(&program);
                async move {
                    let answer = routes::answer(&program, request.map(Body::new)).await;
                    Ok::<_, Infallible>(answer)
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_MAX)
                .serve_connection(TokioIo::new(stream), service);
            // A connection that breaks is the browser's to make anew.
            let _ = connection.await;
            drop(place);
        });
    }
}
