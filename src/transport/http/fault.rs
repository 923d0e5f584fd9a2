//! How an exchange can end without a reply, and what that says of the call.
//!
//! Invariant: [`TransportFault::NotSent`] only where no byte of the request was written, or where the platform said that it did not
//! process it. No text holds an address, a query or a secret.

use std::error::Error;
use std::time::Duration;

use hyper::client::conn::TrySendError;

use super::body::Unread;
use crate::model::{TransportError, TransportFault};
use crate::shown::one_line;

/// Why an exchange gave no reply.
pub(super) enum Broken {
    /// Not a byte of the request was written.
    Unsent(String),
    /// The platform said that it did not process it.
    NotProcessed(String),
    /// The connection ended, or something else than HTTP came.
    NoReply(String),
    /// The reply broke off, or is damaged.
    InReply(String),
    /// The reply is longer than this many bytes.
    TooLarge(usize),
    /// The deadline.
    TooLate,
}

impl From<Unread> for Broken {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge(limit) => Self::TooLarge(limit),
            Unread::Damaged(cause) => Self::InReply(cause),
        }
    }
}

impl Broken {
    /// In words. `limit` is the deadline.
    pub(super) fn told(self, limit: Duration) -> TransportError {
        match self {
            Self::Unsent(cause) => not_sent(format!("the call was not sent: {cause}")),
            Self::NotProcessed(cause) => {
                not_sent(format!("the platform did not take the call: {cause}"))
            }
            Self::NoReply(cause) => {
                ambiguous(format!("the connection ended before an answer: {cause}"))
            }
            Self::InReply(cause) => {
                ambiguous(format!("the answer broke off or is damaged: {cause}"))
            }
            Self::TooLarge(limit) => ambiguous(format!(
                "the answer is larger than {limit} bytes and was not read"
            )),
            Self::TooLate => ambiguous(format!("no whole answer within {limit:?}")),
        }
    }
}

pub(super) fn unsent(error: &hyper::Error) -> Broken {
    Broken::Unsent(innermost(error))
}

/// Why no head of a reply came. A request that comes back was not begun to be written.
pub(super) fn broken<T>(mut error: TrySendError<T>) -> Broken {
    let is_back = error.take_message().is_some();
    let error = error.into_error();
    if is_back {
        unsent(&error)
    } else if is_not_processed(&error) {
        Broken::NotProcessed(innermost(&error))
    } else {
        Broken::NoReply(innermost(&error))
    }
}

/// Whether an HTTP/2 server said that it has not processed, and will not process, the request: a stream it refused, or one above
/// the last it names when it ends the connection (RFC 9113, sections 8.7 and 6.8).
fn is_not_processed(error: &hyper::Error) -> bool {
    let said = error
        .source()
        .and_then(|cause| cause.downcast_ref::<h2::Error>());
    said.is_some_and(|said| {
        let is_refused = said.is_reset() && said.reason() == Some(h2::Reason::REFUSED_STREAM);
        said.is_remote() && (is_refused || said.is_go_away())
    })
}

pub(super) fn not_sent(text: impl Into<String>) -> TransportError {
    TransportError {
        fault: TransportFault::NotSent,
        text: text.into(),
    }
}

fn ambiguous(text: impl Into<String>) -> TransportError {
    TransportError {
        fault: TransportFault::Ambiguous,
        text: text.into(),
    }
}

/// The last cause of an error in its own words: the outer ones say less.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    one_line(&cause.to_string(), CAUSE_CHARS_MAX)
}

const CAUSE_CHARS_MAX: usize = 300;
