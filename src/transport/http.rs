//! Calls over HTTP/1.1 with reqwest, whose defaults are not ours: it has no deadline, follows redirects, sends again by itself and
//! believes the environment's proxy.
//!
//! Invariant: one `send` puts at most one request on the wire, to the host of the [`BaseUrl`] and to no other. An error is
//! [`TransportFault::NotSent`] only when the connection was never made; everything later may have reached the platform.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, ClientBuilder, Proxy, RequestBuilder, Response, redirect, retry};
use secrecy::{ExposeSecret, SecretString};

use super::token::{MINT_PATH, Mint};
use super::{BaseUrl, Token, Transport};
use crate::endpoint::{Method, Request};
use crate::error::Refusal;
use crate::model::{Reply, TransportError, TransportFault};

/// The platform over HTTP. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    base: BaseUrl,
    limits: Limits,
}

/// How long and how much a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// Until the last byte of the reply, connecting included.
    pub total: Duration,
    /// Body after decompression, in bytes.
    pub body_bytes_max: usize,
}

impl Default for Limits {
    /// 10 s to connect, more than a bad network needs; 30 s in all, as the platform's slowest writes take half of it; 8 MiB, many
    /// times the largest documented reply, times the calls in flight still fits into memory.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
            body_bytes_max: 8 * 1024 * 1024,
        }
    }
}

impl Http {
    /// A client for one base address. `proxy` is the address of a proxy the user configured; it is never taken from the
    /// environment here, and never used for loopback.
    pub fn new(base: BaseUrl, limits: Limits, proxy: Option<&str>) -> Result<Self, Refusal> {
        let client = client(&base, limits, proxy)?.build();
        Ok(Self {
            client: client.map_err(|error| no_client(&error))?,
            base,
            limits,
        })
    }

    /// Where it sends to.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn request(
        &self,
        method: Method,
        path_and_query: &str,
    ) -> Result<RequestBuilder, TransportError> {
        let url = self.base.join(path_and_query).ok_or_else(|| {
            not_sent("the path of the call would not arrive as it is written; it was not sent")
        })?;
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        Ok(self.client.request(method, url))
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        body: Bytes,
    ) -> Result<Reply, TransportError> {
        let request = request.header(CONTENT_TYPE, JSON).body(body);
        let response = request.send().await.map_err(|error| self.fault(&error))?;
        self.whole(response).await
    }

    /// Reads the reply piece by piece, so that a body that grows without end is left in time.
    async fn whole(&self, mut response: Response) -> Result<Reply, TransportError> {
        let mut reply = Reply {
            status: response.status().as_u16(),
            body: Vec::new(),
            log_id: log_id(response.headers()),
            reset: reset(response.headers()),
            location: header(response.headers(), LOCATION.as_str()),
        };
        while let Some(piece) = response.chunk().await.map_err(|error| self.fault(&error))? {
            if reply.body.len() + piece.len() > self.limits.body_bytes_max {
                let limit = self.limits.body_bytes_max;
                return Err(ambiguous(format!(
                    "the answer is larger than {limit} bytes and was not read"
                )));
            }
            reply.body.extend_from_slice(&piece);
        }
        Ok(reply)
    }

    fn fault(&self, error: &reqwest::Error) -> TransportError {
        let (host, cause) = (self.base.host(), innermost(error));
        if error.is_builder() {
            return not_sent(format!("the call could not be put together: {cause}"));
        }
        if error.is_connect() {
            return not_sent(if error.is_dns() {
                format!("the name {host} could not be resolved: {cause}")
            } else if error.is_timeout() {
                format!("no connection to {host} within {:?}", self.limits.connect)
            } else {
                format!("no connection to {host}: {cause}")
            });
        }
        ambiguous(if error.is_timeout() {
            format!("no whole answer within {:?}", self.limits.total)
        } else if error.is_decode() || error.is_body() {
            format!("the answer broke off or is damaged: {cause}")
        } else {
            format!("the connection ended before an answer: {cause}")
        })
    }
}

fn client(base: &BaseUrl, limits: Limits, proxy: Option<&str>) -> Result<ClientBuilder, Refusal> {
    let client = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .pool_idle_timeout(POOL_IDLE)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .http1_only()
        .no_proxy();
    if base.is_loopback() {
        // No certificates, so that a machine without any can still use the sandbox.
        return Ok(client.tls_certs_only([]));
    }
    let client = client.https_only(true);
    Ok(match proxy {
        Some(proxy) => client.proxy(Proxy::https(proxy).map_err(|_| bad_proxy())?),
        None => client,
    })
}

const USER_AGENT: &str = concat!("feishu-bulk/", env!("CARGO_PKG_VERSION"));

/// What the platform's pages ask for.
const JSON: &str = "application/json; charset=utf-8";

/// Shorter than any server keeps a connection, so that a call seldom meets one that is just being closed.
const POOL_IDLE: Duration = Duration::from_secs(10);

impl Transport for Http {
    async fn send(&self, request: &Request, token: &Token) -> Result<Reply, TransportError> {
        // `bearer_auth` marks the header as sensitive, which keeps it out of Debug output.
        let call = self
            .request(request.method, &request.path_and_query)?
            .bearer_auth(token.expose());
        self.exchange(call, request.body.clone()).await
    }
}

impl Mint for Http {
    async fn mint(&self, app_id: &str, app_secret: &SecretString) -> Result<Reply, TransportError> {
        let body = serde_json::json!({"app_id": app_id, "app_secret": app_secret.expose_secret()});
        let call = self.request(Method::Post, MINT_PATH)?;
        self.exchange(call, body.to_string().into()).await
    }
}

/// What the platform's support asks for.
fn log_id(headers: &HeaderMap) -> Option<String> {
    ["x-tt-logid", "x-request-id", "request-id"]
        .iter()
        .find_map(|name| header(headers, name))
}

/// The wait the platform names: the first value that is a number of seconds, its own header before the standard one.
fn reset(headers: &HeaderMap) -> Option<String> {
    let seconds = |value: &&str| {
        value
            .parse::<f64>()
            .is_ok_and(|s| s.is_finite() && s >= 0.0)
    };
    ["x-ogw-ratelimit-reset", "retry-after"]
        .iter()
        .find_map(|name| {
            let values = headers
                .get_all(*name)
                .iter()
                .filter_map(|value| value.to_str().ok());
            values
                .flat_map(|value| value.split(','))
                .map(str::trim)
                .find(seconds)
                .map(str::to_owned)
        })
}

/// A header as text of a size that can be kept and shown.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.chars().take(HEADER_CHARS_MAX).collect())
}

const HEADER_CHARS_MAX: usize = 512;

fn not_sent(text: impl Into<String>) -> TransportError {
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

/// The last cause of an error in its own words. The outer ones say less and reqwest's own can hold the address of the call.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if cause.is::<reqwest::Error>() {
        return "no cause is known".to_owned();
    }
    cause
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(CAUSE_CHARS_MAX)
        .collect()
}

const CAUSE_CHARS_MAX: usize = 300;

fn bad_proxy() -> Refusal {
    Refusal::new("platform.proxy", "the address of the proxy cannot be used")
        .hint("write it as http://host:port, or unset it")
}

/// The only thing that fails here is loading the system's certificates.
fn no_client(error: &reqwest::Error) -> Refusal {
    Refusal::new(
        "platform.certificates",
        "this machine's certificates could not be loaded, so no server can be trusted",
    )
    .because(innermost(error))
    .hint(
        "install the package `ca-certificates`, or set SSL_CERT_FILE to your organisation's bundle",
    )
}
