//! May this request pass? One pure function of what a request says, before anything is done with it.
//!
//! Whoever can reach the port is not trusted for that: other programs of this machine, pages of other sites in the same browser, and
//! other users of a terminal server can reach it too. Nothing is looked up here but the session, by whoever calls.

use hyper::header::{CONTENT_TYPE, HOST, ORIGIN};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

/// What a request may be stopped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barred {
    /// It names another host than ours: the page was reached by another name, or is not what was meant.
    Host,
    /// A method that no address takes.
    Method,
    /// It comes from another page or program.
    Stranger,
    /// A body of another type than its address takes.
    Type,
}

/// What the page expects of a request besides its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A page or a file of the browser.
    Page,
    /// Data that a page of ours reads, or a download that a person chose.
    Data,
    /// A change, as JSON.
    Write,
    /// A file, as it is.
    Upload,
}

/// The header that a page of another site cannot send without asking.
const OWN_HEADER: &str = "x-feishu-bulk";

/// Lets a request to `host` pass, or says why not. `host` is `127.0.0.1:PORT`.
pub(super) fn pass(request: &Parts, host: &str, kind: Kind) -> Result<(), Barred> {
    require_host(request, host)?;
    let method = match kind {
        Kind::Page | Kind::Data => Method::GET,
        Kind::Write | Kind::Upload => Method::POST,
    };
    if request.method != method {
        return Err(Barred::Method);
    }
    let headers = &request.headers;
    match kind {
        Kind::Page => Ok(()),
        Kind::Data if is_read_by_us(headers) => Ok(()),
        Kind::Write | Kind::Upload if is_written_by_us(headers, host) => {
            require_type(headers, kind)
        }
        Kind::Data | Kind::Write | Kind::Upload => Err(Barred::Stranger),
    }
}

/// Another name may lead to 127.0.0.1 by the will of whoever owns it; a page that was opened by it would share its origin with us.
pub(super) fn require_host(request: &Parts, host: &str) -> Result<(), Barred> {
    let mut named = request.headers.get_all(HOST).iter();
    let is_ours = named
        .next()
        .is_some_and(|named| named.as_bytes() == host.as_bytes());
    let is_plain = named.next().is_none() && request.uri.authority().is_none();
    if is_ours && is_plain {
        Ok(())
    } else {
        Err(Barred::Host)
    }
}

/// The browser says where a write comes from. A cookie does not: another port of this machine is the same site.
fn is_written_by_us(headers: &HeaderMap, host: &str) -> bool {
    let comes_from_us = match one(headers, "sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => one(headers, ORIGIN.as_str()).is_some_and(|origin| {
            origin
                .strip_prefix("http://")
                .is_some_and(|origin| origin == host)
        }),
    };
    comes_from_us && one(headers, OWN_HEADER) == Some("1")
}

fn is_read_by_us(headers: &HeaderMap) -> bool {
    match one(headers, "sec-fetch-site") {
        None | Some("same-origin") => true,
        // Typed into the address bar, or a bookmark.
        Some("none") => one(headers, "sec-fetch-mode") == Some("navigate"),
        Some(_) => false,
    }
}

fn require_type(headers: &HeaderMap, kind: Kind) -> Result<(), Barred> {
    let wanted = match kind {
        Kind::Upload => "application/octet-stream",
        Kind::Page | Kind::Data | Kind::Write => "application/json",
    };
    let given = one(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if given.eq_ignore_ascii_case(wanted) {
        Ok(())
    } else {
        Err(Barred::Type)
    }
}

/// The value of a header that was sent; an unreadable or repeated one counts as sent, and as no value that we know.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => Some(first.to_str().unwrap_or_default()),
        Some(_) => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const HOST_OF_US: &str = "127.0.0.1:4000";

    fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_our_own_host_passes() {
        let passes = |target: &str, hosts: &[&str]| {
            let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            pass(&request("GET", target, &headers), HOST_OF_US, Kind::Page)
        };
        assert_eq!(passes("/enter", &[HOST_OF_US]), Ok(()));
        for hosts in [
            &["evil.example"][..],
            &["localhost:4000"],
            &["127.0.0.1"],
            &["127.0.0.1:4001"],
            &["127.0.0.1:4000."],
            &[HOST_OF_US, HOST_OF_US],
            &[],
        ] {
            assert_eq!(passes("/enter", hosts), Err(Barred::Host), "{hosts:?}");
        }
        let absolute = passes("http://127.0.0.1:4000/enter", &[HOST_OF_US]);
        assert_eq!(absolute, Err(Barred::Host));
    }

    #[test]
    fn a_write_passes_only_from_our_own_page() {
        let json = ("content-type", "application/json");
        let own = ("x-feishu-bulk", "1");
        let ours = "http://127.0.0.1:4000";
        let other = "http://127.0.0.1:4001";
        let mut passed = Vec::new();
        for site in [
            None,
            Some("none"),
            Some("same-origin"),
            Some("same-site"),
            Some("cross-site"),
        ] {
            for origin in [
                None,
                Some(ours),
                Some(other),
                Some("null"),
                Some("http://evil.example"),
            ] {
                let mut headers = vec![("host", HOST_OF_US), json, own];
                headers.extend(site.map(|site| ("sec-fetch-site", site)));
                headers.extend(origin.map(|origin| ("origin", origin)));
                let write = request("POST", "/s/a/quit", &headers);
                if pass(&write, HOST_OF_US, Kind::Write).is_ok() {
                    passed.push((site, origin));
                }
                // Without our own header nothing passes.
                headers.retain(|header| *header != own);
                let write = request("POST", "/s/a/quit", &headers);
                assert_eq!(pass(&write, HOST_OF_US, Kind::Write), Err(Barred::Stranger));
            }
        }
        let by_site = |(site, _): &(Option<&str>, Option<&str>)| *site == Some("same-origin");
        assert_eq!(passed.iter().filter(|pair| by_site(pair)).count(), 5);
        let others: Vec<_> = passed.iter().filter(|pair| !by_site(pair)).collect();
        assert_eq!(others, [&(None, Some(ours))]);
    }

    #[test]
    fn data_is_read_by_our_own_pages_and_by_a_person_who_goes_there() {
        let passes = |headers: &[(&str, &str)]| {
            let headers: Vec<_> = [("host", HOST_OF_US)]
                .iter()
                .chain(headers)
                .copied()
                .collect();
            pass(
                &request("GET", "/s/a/rows", &headers),
                HOST_OF_US,
                Kind::Data,
            )
            .is_ok()
        };
        assert!(passes(&[]));
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "navigate")
        ]));
        assert!(!passes(&[
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "no-cors")
        ]));
        assert!(!passes(&[("sec-fetch-site", "same-site")]));
        assert!(!passes(&[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate")
        ]));
        assert!(!passes(&[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "same-origin")
        ]));
    }

    #[test]
    fn a_body_is_of_the_type_that_its_address_takes() {
        let passes = |kind, given: &str| {
            let headers = [
                ("host", HOST_OF_US),
                ("sec-fetch-site", "same-origin"),
                ("x-feishu-bulk", "1"),
                ("content-type", given),
            ];
            pass(&request("POST", "/s/a/quit", &headers), HOST_OF_US, kind)
        };
        assert_eq!(
            passes(Kind::Write, "application/json; charset=utf-8"),
            Ok(())
        );
        assert_eq!(passes(Kind::Upload, "application/octet-stream"), Ok(()));
        for (kind, given) in [
            (Kind::Write, "text/plain"),
            (Kind::Write, "multipart/form-data"),
            (Kind::Write, ""),
            (Kind::Upload, "application/json"),
        ] {
            assert_eq!(passes(kind, given), Err(Barred::Type), "{given}");
        }
    }

    #[test]
    fn a_method_that_an_address_does_not_take_is_barred() {
        for method in ["OPTIONS", "HEAD", "PUT", "DELETE", "POST"] {
            let asked = request(method, "/enter", &[("host", HOST_OF_US)]);
            assert_eq!(pass(&asked, HOST_OF_US, Kind::Page), Err(Barred::Method));
        }
    }
}
