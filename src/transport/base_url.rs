//! Where calls may go: the platform's own hosts over https, or this machine.
//!
//! An app secret sent to a mistyped host is lost, so the hosts are a closed list and nothing of the text beyond scheme, host and port
//! is taken.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use crate::error::{Refusal, nearest};

/// Scheme, host and port of all calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    host: String,
    kind: HostKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostKind {
    Platform,
    Loopback,
}

/// The platform's API hosts: Feishu, Lark, and Lark's host for Japan.
const HOSTS: [&str; 3] = [
    "open.feishu.cn",
    "open.larksuite.com",
    "open.larkoffice.com",
];

impl BaseUrl {
    /// Feishu in China: what is used when nothing else is said.
    pub const DEFAULT: &str = "https://open.feishu.cn";

    /// Reads what `FEISHU_BASE_URL` holds: `https://` and one of the platform's hosts, or `http://` and a loopback address with any
    /// port. A password in the text is never repeated in the refusal.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let url = Url::parse(text)
            .ok()
            .filter(|_| plain && text.contains("://"));
        let Some(url) = url else {
            return Err(refusal("is not an address"));
        };
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(refusal("holds a user name or a password").because(text!(
                "credentials come from FEISHU_APP_ID and FEISHU_APP_SECRET, never from an address"
            )));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refusal("goes on after the host").because(text!(
                "paths come from the catalogue; only scheme, host and port are given here"
            )));
        }
        let host = url.host_str().unwrap_or_default();
        let kind = match url.scheme() {
            "https" if HOSTS.contains(&host) && url.port().is_none() => HostKind::Platform,
            "http" if is_loopback(host) => HostKind::Loopback,
            "https" => return Err(unknown_host(host)),
            "http" => {
                return Err(refusal("is not encrypted")
                    .because(text!("http:// would show the app secret to the network; it is possible only to 127.0.0.1, [::1] and localhost")));
            }
            _ => return Err(refusal("begins neither with https:// nor with http://")),
        };
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            host: host.to_owned(),
            kind,
        })
    }

    /// The host, for messages.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host and, of a server on this machine, its port: another port is another server.
    #[must_use]
    pub fn place(&self) -> &str {
        let (_, place) = self.origin.split_once("://").unwrap_or_default();
        place
    }

    /// The port, also where the address does not name it.
    pub(super) fn port(&self) -> u16 {
        let parsed = Url::parse(&self.origin).ok();
        parsed
            .and_then(|url| url.port_or_known_default())
            .unwrap_or_default()
    }

    /// Whether calls stay on this machine. Only then is `--quota none` possible.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.kind == HostKind::Loopback
    }

    /// The address of a call. `None` when the parser would send it elsewhere than written: `..` in a path value, say.
    pub(super) fn join(&self, path_and_query: &str) -> Option<Url> {
        let text = format!("{}{path_and_query}", self.origin);
        let url = Url::parse(&text).ok()?;
        let as_written = url.as_str() == text && url.fragment().is_none();
        (as_written && path_and_query.starts_with('/')).then_some(url)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn refusal(what: &str) -> Refusal {
    Refusal::new(
        "platform.address",
        text!("the address in FEISHU_BASE_URL {what}", what),
    )
    .hint(text!(
        "set it to {default} or leave it out",
        default = BaseUrl::DEFAULT
    ))
}

fn unknown_host(host: &str) -> Refusal {
    let known = HOSTS.map(|host| format!("https://{host}")).join(", ");
    let refusal = Refusal::new(
        "platform.address",
        text!("the address in FEISHU_BASE_URL is none of the platform's"),
    )
    .because(text!(
        "known are {known}, with no port; the host is `{host}`",
        known,
        host
    ));
    match nearest(host, HOSTS) {
        Some(near) => refusal.hint(text!("did you mean https://{near}?", near)),
        None => refusal.hint(text!(
            "for the sandbox give its http://127.0.0.1 address, or use --sandbox"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_over_https_and_this_machine_over_http_are_taken() {
        for (text, origin, loopback) in [
            ("https://open.feishu.cn", "https://open.feishu.cn", false),
            ("https://open.feishu.cn/", "https://open.feishu.cn", false),
            (
                " HTTPS://OPEN.LARKSUITE.COM:443\n",
                "https://open.larksuite.com",
                false,
            ),
            (
                "https://open.larkoffice.com",
                "https://open.larkoffice.com",
                false,
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://127.9.9.9", "http://127.9.9.9", true),
            ("http://[::1]:1", "http://[::1]:1", true),
            ("http://localhost:65535/", "http://localhost:65535", true),
        ] {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!(
                (base.to_string().as_str(), base.is_loopback()),
                (origin, loopback)
            );
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_hint() {
        for text in [
            "",
            "open.feishu.cn",
            "open.feishu.cn:443",
            "https:open.feishu.cn",
            "https://",
            "ftp://open.feishu.cn",
            "http://open.feishu.cn",
            "https://open.feishu.cn.evil.example",
            "https://evil.example/open.feishu.cn",
            "https://open.feishu.cn@evil.example",
            "https://@open.feishu.cn",
            "https://open.feishu.cn:8443",
            "https://open.feishu.cn/open-apis",
            "https://open.feishu.cn?x",
            "https://open.feishu.cn#x",
            "https://open.feishu.cn\\@evil.example",
            "https://open.fei\tshu.cn",
            "https://\u{43e}pen.feishu.cn",
            "https://127.0.0.1",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://localhost.evil.example",
            "http://127.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]",
            "http://169.254.169.254",
            "https://user:hunter2@open.feishu.cn",
        ] {
            let refusal = BaseUrl::parse(text).unwrap_err();
            assert!(refusal.hint.is_some(), "{text}");
            assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn a_mistyped_host_is_offered_the_right_one() {
        assert_eq!(
            BaseUrl::parse("https://open.feishu.com")
                .unwrap_err()
                .to_string(),
            "error: the address in FEISHU_BASE_URL is none of the platform's\n  \
             known are https://open.feishu.cn, https://open.larksuite.com, https://open.larkoffice.com, with no port; \
             the host is `open.feishu.com`\n\
             hint: did you mean https://open.feishu.cn?"
        );
    }

    #[test]
    fn a_path_that_would_be_rewritten_is_not_joined() {
        let base = BaseUrl::parse(BaseUrl::DEFAULT).unwrap();
        let joined = base.join("/open-apis/x/%E5%BC%A0?a=b%26c").unwrap();
        assert_eq!(
            joined.as_str(),
            "https://open.feishu.cn/open-apis/x/%E5%BC%A0?a=b%26c"
        );
        for path in [
            "",
            "open-apis",
            "@evil.example/",
            ".evil.example/",
            ":8443/",
            "/a/../b",
            "/a/%2e%2E/b",
            "/a b",
            "/a\tb",
            "/a\\b",
            "/a#b",
        ] {
            assert_eq!(base.join(path), None, "{path}");
        }
    }
}
