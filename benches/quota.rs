//! How much of a quota delivery uses, and whether it is ever exceeded, counted at the server in every sliding window.
//!
//! `cargo bench --bench quota` takes two minutes: 30 seconds for each quota of the table. `-- --seconds 130` runs longer,
//! `-- --jitter 60` lets calls take up to 60 ms longer than their neighbours on their way to the server.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use feishu_bulk::deliver::quota::{Gate, Quota, calls_in_flight, floor};
use feishu_bulk::endpoint::{Method, Request, Resend, Window};
use feishu_bulk::transport::{BaseUrl, Http, Limits, Token, Transport};

const QUOTAS: [&str; 4] = ["50/1s", "5/1s", "50/1s,1000/60s", "10/1s"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --all-targets` starts benches too, and must not wait for this one.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let run = Duration::from_secs(option("--seconds").unwrap_or(30));
    let jitter = Duration::from_millis(option("--jitter").unwrap_or(0));
    println!(
        "answers after 0.2 to 2 s, calls up to {} ms late, {} s each",
        jitter.as_millis(),
        run.as_secs()
    );
    println!("| quota | sent | allowed | used | worst windows at the server |");
    println!("|---|---|---|---|---|");
    for text in QUOTAS {
        let windows = Quota::parse(text)?.windows;
        let server = Server::start()?;
        send(&windows, &server, run, jitter)?;
        let arrivals = server.arrivals();
        let (sent, allowed) = (within(&arrivals, run), allowed(&windows, run));
        let used = 100.0 * f64::from(sent) / f64::from(allowed);
        let worst: Vec<String> = windows
            .iter()
            .map(|window| {
                format!(
                    "{} of {} in {:?}",
                    worst(&arrivals, window.span),
                    window.calls,
                    window.span
                )
            })
            .collect();
        println!(
            "| {text} | {sent} | {allowed} | {used:.1} % | {} |",
            worst.join(", ")
        );
    }
    Ok(())
}

fn option(name: &str) -> Option<u64> {
    let value = std::env::args()
        .skip_while(|argument| argument != name)
        .nth(1)?;
    value.parse().ok()
}

/// Sends through one gate, with as many callers as delivery has, for `run`.
fn send(
    windows: &[Window],
    server: &Server,
    run: Duration,
    jitter: Duration,
) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let base = BaseUrl::parse(&format!("http://{}", server.address))?;
    let http = Http::new(base, Limits::default(), None)?;
    let request = Request {
        method: Method::Post,
        path_and_query: "/open-apis/bench".to_owned(),
        body: b"{}".to_vec().into(),
        resend: Resend::Safe,
    };
    let gate = Arc::new(Gate::new(windows));
    let end = tokio::time::Instant::from_std(Instant::now() + run);
    let callers: Vec<_> = (0..calls_in_flight(windows))
        .map(|_| {
            let (gate, http, request) = (Arc::clone(&gate), http.clone(), request.clone());
            runtime.spawn(async move {
                let in_time = || tokio::time::Instant::now() < end;
                while in_time() && tokio::time::timeout_at(end, gate.acquire()).await.is_ok() {
                    tokio::time::sleep(part_of(jitter)).await;
                    let reply = http.send(&request, &Token::new("t-bench")).await;
                    reply.map_err(|error| error.text)?;
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    for caller in callers {
        runtime.block_on(caller)??;
    }
    Ok(())
}

/// A server on a thread of its own that answers late and remembers when each call came in.
struct Server {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&arrivals);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(
                    listener,
                    axum::Router::new().fallback(move || answer(Arc::clone(&seen))),
                )
                .await
            })
        });
        Ok(Self { address, arrivals })
    }

    /// When calls arrived, in order, from the first one on.
    fn arrivals(&self) -> Vec<Duration> {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = arrivals.first() else {
            return Vec::new();
        };
        arrivals
            .iter()
            .map(|arrival| arrival.duration_since(*first))
            .collect()
    }
}

async fn answer(arrivals: Arc<Mutex<Vec<Instant>>>) -> Result<&'static str, Infallible> {
    arrivals
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Instant::now());
    tokio::time::sleep(Duration::from_millis(200) + part_of(Duration::from_millis(1_800))).await;
    Ok(r#"{"code":0,"msg":"success"}"#)
}

/// A random part of a time, the same ones in every run.
fn part_of(whole: Duration) -> Duration {
    static STATE: AtomicU64 = AtomicU64::new(0x9E37_79B9_7F4A_7C15);
    let state = STATE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let per_mille = (mixed >> 33) % 1_000;
    whole * u32::try_from(per_mille).unwrap_or(0) / 1_000
}

fn within(arrivals: &[Duration], run: Duration) -> u32 {
    let count = arrivals.iter().filter(|arrival| **arrival < run).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The most calls that any program could send within `run`.
fn allowed(windows: &[Window], run: Duration) -> u32 {
    (1..=CALLS_MAX)
        .take_while(|calls| floor(windows, u64::from(*calls)).seconds < run.as_secs_f64())
        .last()
        .unwrap_or(0)
}

/// More than any quota of the table allows in the longest sensible run.
const CALLS_MAX: u32 = 1_000_000;

/// Most arrivals in any sliding span.
fn worst(arrivals: &[Duration], span: Duration) -> usize {
    let in_span = |(index, first): (usize, &Duration)| {
        arrivals
            .iter()
            .skip(index)
            .take_while(|arrival| **arrival < *first + span)
            .count()
    };
    arrivals.iter().enumerate().map(in_span).max().unwrap_or(0)
}
