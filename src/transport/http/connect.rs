//! One new connection to the platform: name, address, proxy, TLS.
//!
//! Invariant: no byte of a call has left when it fails. It connects to the host it was made for, directly or through the one proxy,
//! and knows nothing of calls.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, ConfigBuilder, WantsVerifier, crypto};

use super::proxy::Proxy;
use super::wire::Wire;
use crate::error::Refusal;
use crate::transport::BaseUrl;

/// How to reach the host of a [`BaseUrl`].
pub(super) struct Connector {
    host: String,
    port: u16,
    /// None on this machine.
    tls: Option<Arc<ClientConfig>>,
    proxy: Option<Proxy>,
    /// Tests lead the platform's name to a server of theirs.
    #[cfg(test)]
    pub(super) address: Option<SocketAddr>,
}

/// A connection, and what is spoken on it.
pub(super) struct Connected {
    pub(super) wire: Wire,
    /// HTTP/2, as agreed on by TLS (ALPN); else HTTP/1.1.
    pub(super) is_http2: bool,
}

impl Connector {
    pub(super) fn new(base: &BaseUrl, proxy: Option<&str>) -> Result<Self, Refusal> {
        // No certificates are loaded for this machine, so that one without any can still use the sandbox.
        let (tls, proxy) = if base.is_loopback() {
            (None, None)
        } else {
            (
                Some(trusting_the_system()?),
                proxy.map(Proxy::parse).transpose()?,
            )
        };
        Ok(Self::with(base, tls, proxy))
    }

    pub(super) fn with(
        base: &BaseUrl,
        tls: Option<Arc<ClientConfig>>,
        proxy: Option<Proxy>,
    ) -> Self {
        Self {
            host: base.host().trim_matches(['[', ']']).to_owned(),
            port: base.port(),
            tls,
            proxy,
            #[cfg(test)]
            address: None,
        }
    }

    /// Whether the two sides may agree on HTTP/2.
    pub(super) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Connects; the error says why not, in words that can be shown.
    pub(super) async fn connect(&self) -> Result<Connected, String> {
        let Some(tls) = &self.tls else {
            let wire = self.reach(&self.host, self.port).await?;
            return Ok(Connected {
                wire,
                is_http2: false,
            });
        };
        let wire = match &self.proxy {
            None => self.reach(&self.host, self.port).await?,
            Some(proxy) => self.through(proxy, tls).await?,
        };
        encrypted(wire, &self.host, tls).await
    }

    /// A tunnel through the proxy.
    async fn through(&self, proxy: &Proxy, tls: &ClientConfig) -> Result<Wire, String> {
        let mut wire = self.reach(&proxy.host, proxy.port).await?;
        if proxy.is_https {
            let mut tls = tls.clone();
            tls.alpn_protocols = vec![HTTP1.to_vec()];
            wire = encrypted(wire, &proxy.host, &Arc::new(tls)).await?.wire;
        }
        let tunnel = proxy.tunnel(&mut wire, &self.host, self.port).await;
        tunnel.map_err(|why| no_connection(&self.host, why))?;
        Ok(wire)
    }

    /// A TCP connection to a host.
    async fn reach(&self, host: &str, port: u16) -> Result<Wire, String> {
        let found = self.addresses(host, port).await;
        let addresses =
            found.map_err(|error| format!("the name {host} could not be resolved: {error}"))?;
        let stream = first_to_answer(addresses)
            .await
            .map_err(|error| no_connection(host, error))?;
        // Small calls must not wait for each other's acknowledgement.
        stream
            .set_nodelay(true)
            .map_err(|error| no_connection(host, error))?;
        Ok(Box::new(stream))
    }

    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        #[cfg(test)]
        if let Some(address) = self.address {
            return Ok(vec![address]);
        }
        addresses(host, port).await
    }
}

/// Names are looked up on a thread of their own: the system's resolver blocks, and a thread that cannot be had is an error here.
async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let asked = (host.to_owned(), port);
    let (found, finding) = oneshot::channel();
    std::thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || {
            // The call may be over before its name is found.
            let _ = found.send(asked.to_socket_addrs().map(Iterator::collect));
        })?;
    finding.await.map_err(io::Error::other)?
}

/// Tries one address after the other, the next one when the one before failed or did not answer at once (RFC 8305, "happy
/// eyeballs"): a name with an IPv6 address that leads nowhere must not cost the whole time for connecting.
async fn first_to_answer(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let (six, four): (Vec<_>, Vec<_>) = addresses.iter().partition(|address| address.is_ipv6());
    let longest = six.len().max(four.len());
    let in_turns = (0..longest).flat_map(|at| [six.get(at), four.get(at)]);
    let mut next = in_turns
        .flatten()
        .copied()
        .collect::<Vec<SocketAddr>>()
        .into_iter();
    let mut attempts = JoinSet::new();
    let mut last = io::Error::other("it has no address");
    loop {
        let more = next.next();
        if let Some(address) = more {
            attempts.spawn(TcpStream::connect(address));
        }
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(error))) => last = error,
                Some(Err(error)) => last = io::Error::other(error),
                None => return Err(last),
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more.is_some() => {}
        }
    }
}

/// As RFC 8305 recommends.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// TLS over a connection; which HTTP is spoken is agreed on with it.
async fn encrypted(wire: Wire, host: &str, tls: &Arc<ClientConfig>) -> Result<Connected, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| no_connection(host, error))?;
    let connecting = TlsConnector::from(Arc::clone(tls)).connect(name, wire);
    let stream = connecting
        .await
        .map_err(|error| no_connection(host, error))?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
    Ok(Connected {
        wire: Box::new(stream),
        is_http2,
    })
}

/// Their names in TLS (ALPN).
const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

fn no_connection(host: &str, cause: impl std::fmt::Display) -> String {
    format!("no connection to {host}: {cause}")
}

/// TLS that trusts whom this machine trusts.
fn trusting_the_system() -> Result<Arc<ClientConfig>, Refusal> {
    let tls = speaking_http(|config| Ok(config.with_platform_verifier()?.with_no_client_auth()));
    tls.map_err(|error| no_certificates(&error))
}

/// TLS 1.2 or 1.3 with HTTP/2 before HTTP/1.1.
pub(super) fn speaking_http(
    trust: impl FnOnce(
        ConfigBuilder<ClientConfig, WantsVerifier>,
    ) -> Result<ClientConfig, rustls::Error>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = trust(config)?;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(Arc::new(config))
}

/// The only thing that fails here is loading the system's certificates.
fn no_certificates(error: &rustls::Error) -> Refusal {
    Refusal::new(
        "platform.certificates",
        text!("this machine's certificates could not be loaded, so no server can be trusted"),
    )
    .because(error.to_string())
    .hint(text!(
        "install the package `ca-certificates`, or set SSL_CERT_FILE to your organisation's bundle"
    ))
}
