//! The proxy the user configured: where it is, and how it is asked for a tunnel to the platform.
//!
//! Invariant: the proxy hears the platform's name and its own password, and nothing of a call. The password is in no error and no
//! `Debug` output.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::wire::Wire;
use crate::error::Refusal;

/// Where the proxy is.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether the way to the proxy itself is encrypted.
    pub(super) is_https: bool,
    /// The whole `proxy-authorization`.
    authorization: Option<SecretString>,
}

impl Proxy {
    /// Reads `http://user:password@host:port`; scheme, user and port may be left out.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&text).map_err(|_| bad_proxy())?;
        let (Some(host), Some(port), true) = (
            url.host_str(),
            url.port_or_known_default(),
            ["http", "https"].contains(&url.scheme()),
        ) else {
            return Err(bad_proxy());
        };
        let decoded = |part| percent_decode_str(part).collect::<Vec<u8>>();
        let named = !url.username().is_empty() || url.password().is_some();
        let authorization = named.then(|| {
            let password = decoded(url.password().unwrap_or_default());
            let pair = [decoded(url.username()), password].join(&b':');
            SecretString::from(format!("Basic {}", STANDARD.encode(pair)))
        });
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            is_https: url.scheme() == "https",
            authorization,
        })
    }

    /// Asks for a tunnel to `host`; the error says why there is none.
    pub(super) async fn tunnel(
        &self,
        wire: &mut Wire,
        host: &str,
        port: u16,
    ) -> Result<(), String> {
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
        if let Some(authorization) = &self.authorization {
            request = format!(
                "{request}proxy-authorization: {}\r\n",
                authorization.expose_secret()
            );
        }
        request.push_str("\r\n");
        let broke_off = |_| "the proxy ended the connection".to_owned();
        wire.write_all(request.as_bytes())
            .await
            .map_err(broke_off)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            // Byte by byte: what follows the head belongs to the platform.
            head.push(wire.read_u8().await.map_err(broke_off)?);
            if head.len() > HEAD_BYTES_MAX {
                return Err("the proxy's answer does not end".to_owned());
            }
        }
        match status(&head) {
            Some(200..=299) => Ok(()),
            Some(407) => Err("the proxy asks for a user name and a password (407)".to_owned()),
            Some(status) => Err(format!("the proxy answered {status}")),
            None => Err("the proxy does not speak HTTP".to_owned()),
        }
    }
}

/// Proxies answer in some hundred bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The status of an HTTP/1 answer.
fn status(head: &[u8]) -> Option<u16> {
    let rest = head
        .strip_prefix(b"HTTP/1.")?
        .get(1..)?
        .strip_prefix(b" ")?;
    str::from_utf8(rest.get(..3)?).ok()?.parse().ok()
}

fn bad_proxy() -> Refusal {
    Refusal::new(
        "platform.proxy",
        text!("the address of the proxy cannot be used"),
    )
    .hint(text!("write it as http://host:port, or unset it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_user_and_port_may_be_left_out() {
        for (text, host, port, is_https, authorization) in [
            ("http://proxy.corp:3128", "proxy.corp", 3128, false, None),
            ("proxy.corp:3128", "proxy.corp", 3128, false, None),
            ("https://proxy.corp/", "proxy.corp", 443, true, None),
            ("http://[::1]", "::1", 80, false, None),
            (
                "http://a%40b:c%3Ad@p",
                "p",
                80,
                false,
                Some("Basic YUBiOmM6ZA=="),
            ),
        ] {
            let proxy = Proxy::parse(text).unwrap();
            let own = proxy
                .authorization
                .as_ref()
                .map(ExposeSecret::expose_secret);
            assert_eq!(
                (proxy.host.as_str(), proxy.port, proxy.is_https, own),
                (host, port, is_https, authorization)
            );
            assert!(!format!("{proxy:?}").contains("YUBi"));
        }
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_refused_without_showing_it() {
        for text in [
            "",
            "http://",
            "http://user:hunter2@",
            "socks5://hunter2:1",
            "http://hunter2:x",
        ] {
            let refusal = Proxy::parse(text).unwrap_err();
            assert!(
                refusal.what.to_string().contains("proxy")
                    && !refusal.to_string().contains("hunter2")
            );
        }
    }
}
