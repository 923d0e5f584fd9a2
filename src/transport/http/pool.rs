//! The connections that are kept, and which of them a call may use.
//!
//! Invariants: a kept HTTP/1.1 connection is looked at just before it is used, and one that brought anything unasked for, or has
//! ended, is never used again; among those kept, the one that rested longest goes first, so that a second reply to an earlier call
//! shows before anybody could take it for an answer. What remains: on HTTP/1.1 a second reply that is later than [`Limits::rest`]
//! and meets the next call on the way. A call that may not be repeated gets a connection of its own. On HTTP/2 all calls share one
//! connection, and a reply belongs to its stream.
//!
//! [`Limits::rest`]: super::Limits::rest

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::connect::{Connected, Connector};
use super::deadline::Moment;
use super::wire::{Wire, is_quiet};

/// The kept connections of one host.
pub(super) struct Pool {
    connector: Connector,
    rest: Duration,
    /// Held while connecting where all calls may come to share the connection.
    connecting: tokio::sync::Mutex<()>,
    /// Never held across an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which they came back.
    resting: VecDeque<(Wire, Moment)>,
    shared: Option<Shared>,
    /// The host speaks HTTP/1.1 although it was offered HTTP/2.
    is_http1_only: bool,
    /// A kept connection ended when it was used: keeping them costs calls here.
    are_used_once: bool,
}

/// The HTTP/2 connection of all calls; a clone outside the pool is a call under way.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) sender: SendRequest<Full<Bytes>>,
    /// When a call last ended on it.
    last_used: Arc<Mutex<Moment>>,
}

/// A connection for one call.
pub(super) enum Line {
    /// Of this call alone. `was_kept`: an earlier call used it.
    Own { wire: Wire, was_kept: bool },
    /// HTTP/2, together with others.
    Shared(Shared),
}

/// What a call asks of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One that was kept will do.
    Kept,
    /// No connection that was idle: the call may not be repeated, or the kept connection it was given had ended.
    NotIdle,
}

/// Shorter than any server keeps a connection, so that a call seldom meets one that is just being closed.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Connections that rest before one is used that has not rested for [`Limits::rest`]: more than the fastest documented quota needs.
/// Without a quota calls follow each other faster than connections could rest.
///
/// [`Limits::rest`]: super::Limits::rest
const RESTING_MAX: usize = 16;

impl Pool {
    pub(super) fn new(connector: Connector, rest: Duration) -> Self {
        Self {
            connector,
            rest,
            connecting: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// A connection for one call, kept or new; the error says why there is none, and nothing was sent then.
    pub(super) async fn take(&self, wanted: Wanted) -> Result<Line, String> {
        if let Some(line) = self.kept(wanted) {
            return Ok(line);
        }
        if !self.connector.is_encrypted() || self.state().is_http1_only {
            return Ok(own(self.connector.connect().await?.wire));
        }
        // One connection may serve all calls: who comes later waits for it.
        let _connecting = self.connecting.lock().await;
        if let Some(line) = self.kept(wanted) {
            return Ok(line);
        }
        let Connected { wire, is_http2 } = self.connector.connect().await?;
        if !is_http2 {
            self.state().is_http1_only = true;
            return Ok(own(wire));
        }
        let shared = shared(wire).await?;
        self.state().shared = Some(shared.clone());
        Ok(Line::Shared(shared))
    }

    fn kept(&self, wanted: Wanted) -> Option<Line> {
        let mut state = self.state();
        if let Some(shared) = state.shared.as_ref().filter(|shared| shared.serves(wanted)) {
            return Some(Line::Shared(shared.clone()));
        }
        if wanted == Wanted::NotIdle || state.are_used_once {
            return None;
        }
        loop {
            let rested = state.resting.front()?.1.elapsed();
            if rested < self.rest && state.resting.len() < RESTING_MAX {
                return None;
            }
            let (mut wire, _) = state.resting.pop_front()?;
            if rested < IDLE_MAX && is_quiet(&mut wire) {
                return Some(Line::Own {
                    wire,
                    was_kept: true,
                });
            }
        }
    }

    /// Keeps a connection whose call ended well.
    pub(super) fn keep(&self, wire: Wire) {
        let mut state = self.state();
        if !state.are_used_once {
            state.resting.push_back((wire, Moment::now()));
        }
    }

    /// A kept connection ended before an answer: from now on each is used once.
    pub(super) fn use_once(&self) {
        let mut state = self.state();
        state.are_used_once = true;
        state.resting.clear();
    }

    /// A call on the shared connection got no answer in time. It may be dead without a sign: the next call gets another one.
    pub(super) fn leave(&self, dead: &Shared) {
        let mut state = self.state();
        let is_dead = |shared: &Shared| Arc::ptr_eq(&shared.last_used, &dead.last_used);
        if state.shared.as_ref().is_some_and(is_dead) {
            state.shared = None;
        }
    }

    /// Whether no connection rests.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.state().resting.is_empty()
    }

    /// The state is whole after each of its uses, so a panic of another holder does no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn serves(&self, wanted: Wanted) -> bool {
        let is_in_use = Arc::strong_count(&self.last_used) > 1;
        let is_fresh = || self.last_used().elapsed() < IDLE_MAX;
        !self.sender.is_closed() && (is_in_use || (wanted == Wanted::Kept && is_fresh()))
    }

    /// A call on it ended.
    pub(super) fn used(&self) {
        *self.last_used() = Moment::now();
    }

    fn last_used(&self) -> MutexGuard<'_, Moment> {
        self.last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn own(wire: Wire) -> Line {
    Line::Own {
        wire,
        was_kept: false,
    }
}

async fn shared(wire: Wire) -> Result<Shared, String> {
    let opening = http2::handshake(TokioExecutor::new(), TokioIo::new(wire));
    let (sender, connection) = opening.await.map_err(|error| error.to_string())?;
    // Its end is seen by the calls on it, and by the sender.
    tokio::spawn(connection);
    Ok(Shared {
        sender,
        last_used: Arc::new(Mutex::new(Moment::now())),
    })
}
