//! A platform under paused time: calls take their time to it, and what is too much for its window is refused.

use std::collections::VecDeque;

use super::*;
use crate::deliver::retry::named_wait;

/// A way to a platform that counts every call in a sliding window when it arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// What its calls take at least, and how much more some of them take.
    pub(super) least: Duration,
    pub(super) jitter: Duration,
    /// The same for the platform's work on a call that it does not refuse.
    pub(super) work: (Duration, Duration),
    pub(super) seed: u64,
}

impl Way {
    pub(super) fn of_ms(least: u64, most: u64) -> Self {
        Self {
            least: Duration::from_millis(least),
            jitter: Duration::from_millis(most - least),
            work: (Duration::ZERO, Duration::from_millis(5)),
            seed: 1,
        }
    }
}

/// What arrived, since the platform was there.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    pub(super) taken: Vec<Duration>,
    pub(super) refused: Vec<Duration>,
}

impl Arrived {
    fn within(times: &[Duration], from: u64, to: u64) -> f64 {
        let span = Duration::from_secs(from)..Duration::from_secs(to);
        times.iter().filter(|time| span.contains(*time)).count() as f64
    }

    /// Calls taken in a second, of the seconds `from` to `to`.
    pub(super) fn rate(&self, from: u64, to: u64) -> f64 {
        Self::within(&self.taken, from, to) / (to - from) as f64
    }

    /// Refused ones of a thousand calls.
    pub(super) fn refused_per_mille(&self, from: u64, to: u64) -> f64 {
        let refused = Self::within(&self.refused, from, to);
        1_000.0 * refused / (refused + Self::within(&self.taken, from, to))
    }
}

pub(super) struct Platform {
    way: Way,
    zero: Instant,
    state: Mutex<State>,
}

struct State {
    draw: u64,
    window: Window,
    inside: VecDeque<Instant>,
    arrived: Arrived,
}

impl Platform {
    pub(super) fn new(window: &str, way: Way) -> Arc<Self> {
        Arc::new(Self {
            way,
            zero: Instant::now(),
            state: Mutex::new(State {
                draw: way.seed,
                window: windows(window)[0],
                inside: VecDeque::new(),
                arrived: Arrived::default(),
            }),
        })
    }

    /// One call there and back: none when it was taken, else the wait that is named.
    pub(super) async fn call(&self, ours: bool) -> Option<&'static str> {
        let (there, back, work) = {
            let draw = &mut self.state.lock().unwrap().draw;
            (
                self.way.least + part_of(self.way.jitter, draw),
                self.way.least + part_of(self.way.jitter, draw),
                self.way.work.0 + part_of(self.way.work.1 - self.way.work.0, draw),
            )
        };
        tokio::time::sleep(there).await;
        let taken = self.arrives(ours);
        tokio::time::sleep(back + if taken { work } else { Duration::ZERO }).await;
        (!taken).then_some("1")
    }

    fn arrives(&self, ours: bool) -> bool {
        let State {
            window,
            inside,
            arrived,
            ..
        } = &mut *self.state.lock().unwrap();
        let now = Instant::now();
        while inside
            .front()
            .is_some_and(|first| now - *first >= window.span)
        {
            inside.pop_front();
        }
        let taken = inside.len() < window.calls as usize;
        if taken {
            inside.push_back(now);
        }
        let list = match (ours, taken) {
            (true, true) => &mut arrived.taken,
            (true, false) => &mut arrived.refused,
            (false, _) => return taken,
        };
        list.push(now - self.zero);
        taken
    }

    /// Calls through the gate, as many at once as delivery makes, for so many seconds from now.
    pub(super) fn send(
        self: &Arc<Self>,
        gate: &Arc<Gate>,
        quota: &str,
        seconds: u64,
    ) -> Vec<tokio::task::JoinHandle<()>> {
        let end = Instant::now() + Duration::from_secs(seconds);
        let callers = 0..calls_in_flight(&windows(quota));
        let caller = |_| {
            let (platform, gate) = (Arc::clone(self), Arc::clone(gate));
            tokio::spawn(async move {
                let in_time = || Instant::now() < end;
                while in_time()
                    && let Ok(passed) = tokio::time::timeout_at(end, gate.acquire()).await
                {
                    if let Some(named) = platform.call(true).await {
                        let wait = named_wait(named).unwrap();
                        if gate.throttled(passed, wait) == Refused::ThisCall {
                            tokio::time::sleep(wait).await;
                        }
                    }
                }
            })
        };
        callers.map(caller).collect()
    }

    /// What arrived until now.
    pub(super) fn arrived(&self) -> Arrived {
        std::mem::take(&mut self.state.lock().unwrap().arrived)
    }
}

/// A random part of a time (`SplitMix64`).
fn part_of(whole: Duration, draw: &mut u64) -> Duration {
    *draw = draw.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*draw ^ (*draw >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    whole.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
}

/// Sends for so many seconds through a new gate for `quota` to a platform that allows `allowed`.
pub(super) async fn sent(quota: &str, allowed: &str, way: Way, seconds: u64) -> Arrived {
    let platform = Platform::new(allowed, way);
    let gate = Arc::new(Gate::new(&windows(quota)));
    for caller in platform.send(&gate, quota, seconds) {
        caller.await.unwrap();
    }
    platform.arrived()
}
