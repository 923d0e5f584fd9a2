//! What came back for one call: bytes of the platform, or the way the transport failed.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A reply as received, not yet read. `status` is HTTP's number; the platform's `code` is inside `body`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body after decompression, at most 8 MiB.
    pub body: Vec<u8>,
    /// `x-tt-logid`, or `x-request-id`: what the platform's support asks for.
    pub log_id: Option<String>,
    /// `x-ogw-ratelimit-reset` (or `retry-after`) as sent, however odd.
    pub reset: Option<String>,
    /// `location` of a redirect: never followed, only named.
    pub location: Option<String>,
    /// `date`: when the platform answered, by its own clock.
    pub date: Option<String>,
    /// The memory set aside for a large body, given back with the reply.
    pub held: Held,
}

/// Something that is given back when the last clone is dropped. It says nothing about the reply that keeps it.
#[derive(Clone, Default)]
pub struct Held(
    #[expect(dead_code, reason = "kept to be dropped")] Option<Arc<dyn Any + Send + Sync>>,
);

impl Held {
    /// Keeps this.
    #[must_use]
    pub fn new(what: impl Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(what)))
    }
}

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// The call ended without a whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// How far it got: decides whether the platform may have applied the call.
    pub fault: TransportFault,
    /// A sentence without address, query or secret.
    pub text: String,
}

/// How far a failed call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportFault {
    /// No byte of the request left: the platform cannot have applied it.
    NotSent,
    /// It may have arrived: no answer, or half of one.
    Ambiguous,
}
