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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;
    use crate::page::Options;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    /// Says something to a page and nothing more; returns what it answers until it closes, and how long that takes.
    async fn said_then_silent(words: &str) -> (String, Duration) {
        let runs = tempfile::tempdir().unwrap();
        let options = Options {
            runs: runs.path().to_owned(),
            jobs: runs.path().to_owned(),
            port: 0,
            upload_max: 0,
            present: None,
            environment: Arc::new(|_| None),
            sending: |_| (),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let words = words.replace("HOST", &host);
        let program = Program::new(&options, host.clone(), String::new(), Control::default());
        let accepting = tokio::spawn(accept(listener, Arc::new(program.unwrap())));
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        let begun = Instant::now();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        accepting.abort();
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_does_not_say_its_request_in_ten_seconds_is_closed() {
        for words in ["", "GET /enter HT", "GET /enter HTTP/1.1\r\nHost: x\r\nA"] {
            let (answer, time) = said_then_silent(words).await;
            assert!(!answer.contains("200"), "{answer}");
            assert_eq!(time.as_secs(), HEAD_MAX.as_secs(), "{words}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_idle_after_an_answer_is_closed_too() {
        let request = "GET /enter HTTP/1.1\r\nHost: HOST\r\n\r\n";
        let (answer, time) = said_then_silent(request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(time.as_secs(), HEAD_MAX.as_secs());
    }
}
