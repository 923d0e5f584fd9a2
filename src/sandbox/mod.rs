//! The sandbox: a stand-in for the Feishu platform, an HTTP server on loopback that judges every call.
//!
//! It is written from the platform's pages (`platform.md`) alone and shares no request building, no reply reading and no catalogue
//! with the client, so that a mistake of the client is not made here a second time. It keeps limits, types, tokens and every quota
//! window as strictly as the pages say, refuses what [`SEED_DATA`] names, and remembers what it applied.
//!
//! It takes every id as existing unless the seed data says otherwise. Lists and searches know the people, groups and shifts of a
//! company of its own. What it holds can be changed as somebody else would, with [`Sandbox::change`].

mod applied;
mod archive;
mod calendar;
mod call;
mod chance;
mod company;
mod fault;
mod fields;
mod json;
mod path;
mod plan_rows;
mod platform;
mod punches;
mod quota;
mod reads;
mod record;
mod records;
mod reply;
mod routes;
mod server;
mod shifts;
mod state;
#[cfg(test)]
mod tests;
mod tokens;
mod wire;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::Refusal;

pub use applied::{Applied, ArchiveKey, PlanRowKey, Punch, RecordKey, Shift, ShiftKey};
pub use company::Person;
pub use fault::{
    Apply, CodeEdit, DataEdit, End, Fault, FaultPlan, Framing, Garble, Gzip, Harm, IdEdit, Length,
    ListEdit, MsgEdit, ReadEdit, SuccessEdit, When, fault_words,
};
pub use plan_rows::PlanRow;
pub use quota::{Quotas, Window};
pub use record::{CALLS_KEPT_MAX, CallRecord, EndpointTally, KEYS_KEPT_MAX, Keep, Record};
pub use routes::Endpoint;
pub use shifts::{MessageDates, MessageForm, ShiftEcho, ShiftReplies};
pub use state::Change;
pub use tokens::TokenForm;
pub use world::*;

/// How a sandbox behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What latency, fault chances and token names are drawn from.
    pub seed: u64,
    /// The quota windows it keeps.
    pub quotas: Quotas,
    /// Least and greatest time a call takes, in milliseconds.
    pub latency_ms: (u64, u64),
    /// How long a token is valid.
    pub token_lifetime: Duration,
    /// How a token looks.
    pub token_form: TokenForm,
    /// The writing of shift replies where the page leaves it open.
    pub shift_replies: ShiftReplies,
    /// How long after a change of a plan row the search still answers as before. The page says up to [`PLAN_ROWS_LAG_MAX`].
    pub plan_rows_lag: Duration,
    /// What it does wrong on purpose.
    pub faults: FaultPlan,
    /// How much of each call is remembered.
    pub keep: Keep,
}

/// The longest the search of plan rows lags behind, as its page says.
pub const PLAN_ROWS_LAG_MAX: Duration = Duration::from_secs(10);

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            quotas: Quotas::Documented,
            latency_ms: (0, 3),
            token_lifetime: Duration::from_hours(2),
            token_form: TokenForm::Short,
            shift_replies: ShiftReplies::default(),
            plan_rows_lag: Duration::ZERO,
            faults: FaultPlan::new(),
            keep: Keep::Calls,
        }
    }
}

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<server::Shared>,
    stopping: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Sandbox {
    /// Starts serving on the runtime of the caller.
    pub async fn start(options: SandboxOptions) -> Result<Self, Refusal> {
        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let bound = match TcpListener::bind(asked).await {
            Ok(listener) => listener.local_addr().map(|address| (listener, address)),
            Err(error) => Err(error),
        };
        let (listener, address) = bound.map_err(|error| {
            Refusal::new(
                "sandbox.listen",
                format!("the sandbox cannot listen on {asked}"),
            )
            .because(error.to_string())
            .hint("choose another port with --port, or 0 for a free one")
        })?;
        let platform = platform::Platform::new(&options, Instant::now());
        let shared = Arc::new(server::Shared::new(
            platform,
            options.seed,
            options.latency_ms,
        ));
        let (stopping, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            address,
            shared,
            stopping,
            serving,
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything remembered so far.
    #[must_use]
    pub fn record(&self) -> Record {
        self.shared.record()
    }

    /// A tenant token in force, for a client that is given one ready.
    #[must_use]
    pub fn tenant_token(&self) -> String {
        self.shared.platform().tenant_token(Instant::now())
    }

    /// Makes every tenant token invalid at once.
    pub fn expire_tokens(&self) {
        self.shared.platform().expire_tokens();
    }

    /// Changes what the platform holds, as somebody else would while no call of the client is answered.
    pub fn change(&self, change: Change) {
        self.shared.platform().change(change, Instant::now());
    }

    /// Closes the port and breaks every connection.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
        self.serving.abort();
    }
}
