//! Calls over HTTP with hyper: HTTP/2 where the platform offers it, else HTTP/1.1.
//!
//! Invariant: one `send` puts at most one request on the wire, to the host of the [`BaseUrl`] and to no other; no redirect is followed
//! and no proxy of the environment is believed. An error is [`TransportFault::NotSent`] only when no byte of the request left, or
//! the platform said that it did not process it; everything else may have been applied.

mod body;
mod connect;
mod deadline;
mod fault;
mod headers;
mod pool;
mod proxy;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::future::{Pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HOST,
    HeaderValue, LOCATION, USER_AGENT,
};
use hyper::http::uri::{Authority, PathAndQuery};
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use self::body::Body;
use self::connect::Connector;
use self::deadline::within;
use self::fault::{Broken, broken, innermost, not_sent, unsent};
use self::headers::{header, log_id, reset};
use self::pool::{Line, Pool, Shared, Wanted};
use self::wire::Wire;
use super::token::{MINT_PATH, Mint};
use super::{BaseUrl, Token, Transport};
use crate::endpoint::{Method, Request, Resend};
use crate::error::Refusal;
use crate::model::{Reply, TransportError};

/// The platform over HTTP. Clones share their connections.
#[derive(Clone)]
pub struct Http {
    base: BaseUrl,
    limits: Limits,
    pool: Arc<Pool>,
    /// Permits for large replies, of all calls.
    room: Arc<Semaphore>,
}

/// How long and how much a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// From then on until the last byte of the reply.
    pub total: Duration,
    /// Body, before and after decompression, in bytes.
    pub body_bytes_max: usize,
    /// How long an HTTP/1.1 connection rests after a reply before it is used again, unless many rest already. What is said on it
    /// meanwhile was not asked for, and the connection is dropped.
    pub rest: Duration,
}

impl Default for Limits {
    /// 10 s to connect, more than a bad network needs; 30 s for the reply, as the platform's slowest writes take half of it; 8 MiB,
    /// many times the largest documented reply; 100 ms of rest, for which a quota of 50 calls a second needs 5 connections more.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
            body_bytes_max: 8 * 1024 * 1024,
            rest: Duration::from_millis(100),
        }
    }
}

/// One call as it goes out, whatever the connection.
#[derive(Debug)]
struct Call {
    method: hyper::Method,
    path_and_query: PathAndQuery,
    /// Marked as sensitive, which keeps it out of `Debug` output.
    authorization: Option<HeaderValue>,
    body: Bytes,
    wanted: Wanted,
}

impl Http {
    /// A client for one base address. `proxy` is the address of a proxy the user configured; it is never taken from the
    /// environment here, and never used for loopback.
    pub fn new(base: BaseUrl, limits: Limits, proxy: Option<&str>) -> Result<Self, Refusal> {
        let connector = Connector::new(&base, proxy)?;
        Ok(Self::over(connector, base, limits))
    }

    fn over(connector: Connector, base: BaseUrl, limits: Limits) -> Self {
        Self {
            base,
            limits,
            pool: Arc::new(Pool::new(connector, limits.rest)),
            room: Arc::new(Semaphore::new(body::LARGE_MAX)),
        }
    }

    /// What the platform's clock says, as it writes it; none where it does not. No credentials are sent.
    pub async fn date(&self) -> Result<Option<String>, TransportError> {
        let call = self.call(Method::Get, "/open-apis/", Bytes::new())?;
        Ok(self.exchange(call).await?.date)
    }

    fn call(
        &self,
        method: Method,
        path_and_query: &str,
        body: Bytes,
    ) -> Result<Call, TransportError> {
        let as_written = self.base.join(path_and_query).is_some();
        let path_and_query = path_and_query.parse().ok().filter(|_| as_written);
        Ok(Call {
            method: match method {
                Method::Get => hyper::Method::GET,
                Method::Post => hyper::Method::POST,
                Method::Put => hyper::Method::PUT,
                Method::Patch => hyper::Method::PATCH,
                Method::Delete => hyper::Method::DELETE,
            },
            path_and_query: path_and_query.ok_or_else(|| {
                not_sent("the path of the call would not arrive as it is written; it was not sent")
            })?,
            authorization: None,
            body,
            wanted: Wanted::Kept,
        })
    }

    /// One call to its end. Another connection is taken only for a request of which nothing was written.
    async fn exchange(&self, call: Call) -> Result<Reply, TransportError> {
        let mut wanted = call.wanted;
        loop {
            let taken = within(self.limits.connect, self.pool.take(wanted)).await;
            let Some(taken) = taken else {
                let (host, limit) = (self.base.host(), self.limits.connect);
                return Err(not_sent(format!(
                    "no connection to {host} within {limit:?}"
                )));
            };
            let ended = match taken.map_err(not_sent)? {
                Line::Own { wire, was_kept } => self.over_own(wire, was_kept, &call).await,
                Line::Shared(shared) => self.over_shared(shared, &call).await,
            };
            match ended {
                Err(Broken::Unsent(_)) if wanted == Wanted::Kept => wanted = Wanted::NotIdle,
                ended => return ended.map_err(|broken| broken.told(self.limits.total)),
            }
        }
    }

    /// The call on a connection of its own, HTTP/1.1, which is kept afterwards if it can be.
    async fn over_own(&self, wire: Wire, was_kept: bool, call: &Call) -> Result<Reply, Broken> {
        let io = TokioIo::new(wire);
        let (mut sender, connection) =
            http1::handshake(io).await.map_err(|error| unsent(&error))?;
        let mut connection = Some(connection);
        let sending = sender.try_send_request(self.request(call, None)?);
        let reading = async {
            let response = driving(&mut connection, sending).await.map_err(broken);
            if was_kept && matches!(response, Err(Broken::NoReply(_))) {
                self.pool.use_once();
            }
            let reply = self.whole(response?, &mut connection).await?;
            // One more turn: what came behind the reply shows, and a request that was answered early is not waited for.
            driving(&mut connection, ready(())).await;
            Ok::<_, Broken>(reply)
        };
        let read = within(self.limits.total, reading).await;
        let reply = read.ok_or(Broken::TooLate)??;
        let may_be_kept = sender.is_ready() && call.wanted == Wanted::Kept;
        if let Some(connection) = connection.filter(|_| may_be_kept) {
            let parts = connection.into_parts();
            // What came behind the reply was not asked for.
            if parts.read_buf.is_empty() {
                self.pool.keep(parts.io.into_inner());
            }
        }
        Ok(reply)
    }

    /// The call on the HTTP/2 connection of all.
    async fn over_shared(&self, mut shared: Shared, call: &Call) -> Result<Reply, Broken> {
        let authority = self.base.place().parse().ok();
        let sending = shared
            .sender
            .try_send_request(self.request(call, authority)?);
        let reading = async {
            let response = sending.await.map_err(broken)?;
            self.whole(response, &mut None::<Pending<()>>).await
        };
        let read = within(self.limits.total, reading).await;
        shared.used();
        read.unwrap_or_else(|| {
            self.pool.leave(&shared);
            Err(Broken::TooLate)
        })
    }

    /// The request for HTTP/2, where the address holds the host, or for HTTP/1.1.
    fn request(&self, call: &Call, authority: Option<Authority>) -> Result<Outgoing, Broken> {
        let mut uri = Uri::builder().path_and_query(call.path_and_query.clone());
        let mut request = hyper::Request::builder().method(call.method.clone());
        match authority {
            Some(authority) => uri = uri.scheme("https").authority(authority),
            None => request = request.header(HOST, self.base.place()),
        }
        if let Some(authorization) = &call.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        uri.build()
            .and_then(|uri| {
                request
                    .uri(uri)
                    .header(USER_AGENT, AGENT)
                    .header(ACCEPT, ANYTHING)
                    .header(ACCEPT_ENCODING, GZIP)
                    .header(CONTENT_TYPE, JSON)
                    .body(Full::new(call.body.clone()))
            })
            .map_err(|error| Broken::Unsent(error.to_string()))
    }

    /// Reads the reply piece by piece, so that a body that grows without end is left in time.
    async fn whole<C: Future + Unpin>(
        &self,
        response: Response<Incoming>,
        connection: &mut Option<C>,
    ) -> Result<Reply, Broken> {
        let (head, mut incoming) = response.into_parts();
        let mut body = Body::new(self.limits.body_bytes_max, Arc::clone(&self.room));
        while let Some(frame) = driving(connection, incoming.frame()).await {
            let frame = frame.map_err(|error| Broken::InReply(innermost(&error)))?;
            // Trailers say nothing here.
            if let Some(piece) = frame.data_ref() {
                body.take(piece).await?;
            }
        }
        let is_gzip = head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|value| value == GZIP);
        let (body, held) = body.end(is_gzip).await?;
        Ok(Reply {
            status: head.status.as_u16(),
            body,
            log_id: log_id(&head.headers),
            reset: reset(&head.headers),
            location: header(&head.headers, LOCATION.as_str()),
            date: header(&head.headers, DATE.as_str()),
            held,
        })
    }
}

type Outgoing = hyper::Request<Full<Bytes>>;

/// What comes of `work`, for which the connection has to be moved on. On HTTP/1.1 nobody else does: it rests unread between calls.
async fn driving<C: Future + Unpin, T>(
    connection: &mut Option<C>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Some(open) = connection
            && Pin::new(open).poll(context).is_ready()
        {
            // It ended, and has told whoever waits for it.
            *connection = None;
        }
        work.as_mut().poll(context)
    })
    .await
}

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("feishu-bulk/", env!("CARGO_PKG_VERSION")));
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// What the platform's pages ask for.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

impl Transport for Http {
    async fn send(&self, request: &Request, token: &Token) -> Result<Reply, TransportError> {
        let mut call = self.call(
            request.method,
            &request.path_and_query,
            request.body.clone(),
        )?;
        call.authorization = Some(bearer(token)?);
        if request.resend == Resend::Never {
            call.wanted = Wanted::NotIdle;
        }
        self.exchange(call).await
    }
}

fn bearer(token: &Token) -> Result<HeaderValue, TransportError> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut value =
        value.map_err(|error| not_sent(format!("the token cannot be sent: {error}")))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Mint for Http {
    async fn mint(&self, app_id: &str, app_secret: &SecretString) -> Result<Reply, TransportError> {
        let body = serde_json::json!({"app_id": app_id, "app_secret": app_secret.expose_secret()});
        let call = self.call(Method::Post, MINT_PATH, body.to_string().into())?;
        self.exchange(call).await
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.base)
    }
}
