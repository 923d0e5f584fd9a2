//! One call out, one reply or transport error back; and the token it carries.
//!
//! Invariant: what is sent goes to the one host of the [`BaseUrl`], once: no redirect is followed and nothing is sent again. It
//! knows nothing of batches and does not read replies; only the reply to its own token request.

mod base_url;
mod credentials;
mod http;
mod secrets;
mod token;

use crate::endpoint::Request;
use crate::model::{Reply, TransportError};

pub use self::base_url::BaseUrl;
pub use self::credentials::Credentials;
pub use self::http::{Http, Limits};
pub use self::token::{Mint, Token, TokenError, Tokens};

/// Sends one call. Real over HTTP, in memory in tests.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request once, with the token, and waits for the whole reply. Any HTTP status is a reply.
    fn send(
        &self,
        request: &Request,
        token: &Token,
    ) -> impl Future<Output = Result<Reply, TransportError>> + Send;
}
