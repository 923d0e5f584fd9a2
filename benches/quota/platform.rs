//! The platform of the bench: calls take their time to it, it counts each in every sliding window when it arrives, and refuses what is
//! too much as the platform does, with the whole seconds until there is room.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::Response;
use feishu_bulk::endpoint::Window;

/// How calls come to the platform and what it makes of them.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// What it lets through.
    pub(crate) windows: Vec<Window>,
    /// What a call takes there, at least and at most, and the same back.
    pub(crate) way_ms: (u32, u32),
    /// What the platform takes to answer a call that it does not refuse, at least and at most.
    pub(crate) work_ms: (u32, u32),
    /// The call that is refused although there is room.
    pub(crate) stray: Option<usize>,
}

/// What arrived, since the first call did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrivals {
    /// Calls of ours that were taken.
    pub(crate) taken: Vec<Duration>,
    /// Those of them that the second of two programs sent.
    pub(crate) of_second: usize,
    /// Calls of ours that were refused.
    pub(crate) refused: Vec<Duration>,
}

impl Arrivals {
    /// Calls taken from one second to another.
    pub(crate) fn taken_between(&self, from: f64, to: f64) -> usize {
        between(&self.taken, from, to)
    }

    /// Refused ones of a thousand calls.
    pub(crate) fn refused_per_mille(&self, from: f64, to: f64) -> f64 {
        let refused = between(&self.refused, from, to);
        1_000.0 * count(refused) / count((refused + self.taken_between(from, to)).max(1))
    }
}

fn between(times: &[Duration], from: f64, to: f64) -> usize {
    let inside = |time: &&Duration| (from..to).contains(&time.as_secs_f64());
    times.iter().filter(inside).count()
}

/// A number of calls as a float.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
pub(crate) fn count(calls: usize) -> f64 {
    calls as f64
}

/// A platform at an address of its own.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    pub(crate) address: SocketAddr,
    setting: Arc<Setting>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    draw: u64,
    first: Option<Instant>,
    seen: usize,
    /// Calls taken, of all programs.
    inside: VecDeque<Instant>,
    arrivals: Arrivals,
}

impl Platform {
    /// Starts serving on the runtime of the caller.
    pub(crate) async fn start(setting: Setting) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let platform = Self {
            address: listener.local_addr()?,
            setting: Arc::new(setting),
            state: Arc::default(),
        };
        let served = platform.clone();
        let answer = move |path: axum::http::Uri, body: Bytes| {
            let served = served.clone();
            async move { served.answer(path.path(), &body).await }
        };
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(platform)
    }

    /// What arrived until now.
    pub(crate) fn arrivals(&self) -> Arrivals {
        self.state().arrivals.clone()
    }

    async fn answer(&self, path: &str, body: &[u8]) -> Response<Body> {
        let (there, work, back) = {
            let draw = &mut self.state().draw;
            let mut part = |of| part_of(of, draw);
            let way = self.setting.way_ms;
            (part(way), part(self.setting.work_ms), part(way))
        };
        tokio::time::sleep(there).await;
        let reset = self.arrives(path, body);
        match reset {
            None => {
                tokio::time::sleep(work + back).await;
                Response::new(Body::from(TAKEN))
            }
            Some(reset) => {
                tokio::time::sleep(back).await;
                let mut refusal = Response::new(Body::from(REFUSED));
                *refusal.status_mut() = axum::http::StatusCode::TOO_MANY_REQUESTS;
                let seconds = reset.as_secs_f64().ceil().max(1.0).to_string();
                if let Ok(seconds) = seconds.parse() {
                    refusal
                        .headers_mut()
                        .insert("x-ogw-ratelimit-reset", seconds);
                }
                refusal
            }
        }
    }

    /// Takes a call that arrives now, or says how long there is no room.
    fn arrives(&self, path: &str, body: &[u8]) -> Option<Duration> {
        let state = &mut *self.state();
        let now = Instant::now();
        let ours = path != OTHER_PATH;
        let since = now - *state.first.get_or_insert(now);
        state.seen += usize::from(ours);
        let wait = |window: &Window| {
            let place = state.inside.len().checked_sub(window.calls as usize)?;
            let age = now - *state.inside.get(place)?;
            window.span.checked_sub(age).filter(|wait| !wait.is_zero())
        };
        let full = self.setting.windows.iter().filter_map(wait).max();
        let stray = self
            .setting
            .stray
            .filter(|stray| ours && state.seen == *stray);
        let reset = full.or(stray.map(|_| Duration::from_millis(20)));
        if reset.is_none() {
            state.inside.push_back(now);
        }
        if ours && reset.is_some() {
            state.arrivals.refused.push(since);
        } else if ours {
            state.arrivals.taken.push(since);
            state.arrivals.of_second += usize::from(memchr::memmem::find(body, SECOND).is_some());
        }
        reset
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the other program of a scenario sends to: its calls fill the windows, and are not counted.
pub(crate) const OTHER_PATH: &str = "/other";

/// What the calls of the second of two programs hold.
const SECOND: &[u8] = br#""archive_rule_id":"2""#;

const TAKEN: &str =
    r#"{"code":0,"msg":"success","data":{"invalid_code":[],"invalid_member_id":[]}}"#;
const REFUSED: &str = r#"{"code":99991400,"msg":"request trigger frequency limit"}"#;

/// A time between two, the same ones in every run (`SplitMix64`).
fn part_of((least, most): (u32, u32), draw: &mut u64) -> Duration {
    *draw = draw.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*draw ^ (*draw >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let spread = u64::from(most - least) * 1_000;
    Duration::from_millis(least.into()) + Duration::from_micros((mixed >> 11) % (spread + 1))
}
