//! A page that is served in this process, and a browser that says exactly what it is told to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use feishu_bulk::control::Control;
use feishu_bulk::error::Exit;
use feishu_bulk::page::{Opened, Options, open};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::bench::PACKAGE;

/// Longest wait for anything.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A page, its folder, and the code of its link.
pub(super) struct Site {
    pub(super) folder: TempDir,
    pub(super) port: u16,
    pub(super) code: String,
    pub(super) control: Control,
    pub(super) runtime: Runtime,
    served: Option<tokio::task::JoinHandle<Exit>>,
}

/// An answer as it came over the socket.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// A browser that was let in.
pub(super) struct Browser<'a> {
    pub(super) site: &'a Site,
    /// The top of the session: `/s/…/`.
    pub(super) top: String,
    pub(super) cookie: String,
}

impl Site {
    /// A page without credentials, with the jobs that ship.
    pub(super) fn open() -> Self {
        Self::with(&[])
    }

    /// The same with variables of an environment.
    pub(super) fn with(environment: &[(&str, &str)]) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), environment)
    }

    /// The same in a folder that holds something already.
    pub(super) fn in_folder(folder: TempDir, environment: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let control = Control::default();
        let options = options(folder.path(), environment);
        let opened = runtime.block_on(open(&options, &control)).unwrap();
        let Opened::Here(page) = opened else {
            panic!("another program serves this folder");
        };
        let (port, code) = parts(&page.link);
        let served = Some(runtime.spawn(page.serve()));
        Self {
            folder,
            port,
            code,
            control,
            runtime,
            served,
        }
    }

    /// A page that another process serves, by its link.
    pub(super) fn of_process(folder: TempDir, link: &str) -> Self {
        let (port, code) = parts(link);
        Self {
            folder,
            port,
            code,
            control: Control::default(),
            runtime: Runtime::new().unwrap(),
            served: None,
        }
    }

    /// Waits until the program has ended by itself, and gives its exit code.
    pub(super) fn exit(mut self) -> Exit {
        let served = self.served.take().unwrap();
        self.runtime.block_on(async {
            let within = tokio::time::timeout(WAIT_MAX, served);
            within.await.unwrap().unwrap()
        })
    }

    pub(super) fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// Says these bytes and reads until the connection ends.
    pub(super) fn say(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
        stream.write_all(bytes).unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        Answer::of(&said)
    }

    /// A request with these headers, and with what a connection needs.
    pub(super) fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if method == "POST" || !body.is_empty() {
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        request.push_str("\r\n");
        self.say(&[request.as_bytes(), body].concat())
    }

    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Trades a code for a session.
    pub(super) fn trade(&self, code: &str) -> Answer {
        let body = serde_json::json!({ "code": code, "language": "en" }).to_string();
        let host = self.host();
        self.ask("POST", "/session", &written(&host), body.as_bytes())
    }

    /// Lets a browser in with the code of the link.
    pub(super) fn enter(&self) -> Browser<'_> {
        self.enter_with(&self.code)
    }

    pub(super) fn enter_with(&self, code: &str) -> Browser<'_> {
        let answer = self.trade(code);
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        Browser {
            site: self,
            top: answer.json()["to"].as_str().unwrap().to_owned(),
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.control.interrupt();
    }
}

/// How the page is opened in a folder.
pub(super) fn options(folder: &Path, environment: &[(&str, &str)]) -> Options {
    let variables: BTreeMap<String, String> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Options {
        runs: folder.join("runs"),
        jobs: Path::new(PACKAGE).join("jobs"),
        port: 0,
        upload_max: 4 * 1024 * 1024,
        present: None,
        environment: Arc::new(move |name| variables.get(name).cloned()),
        sending: |_| (),
    }
}

/// Port and code of a link.
pub(super) fn parts(link: &str) -> (u16, String) {
    let rest = link.strip_prefix("http://127.0.0.1:").unwrap();
    let (port, code) = rest.split_once("/enter#").unwrap();
    (port.parse().unwrap(), code.to_owned())
}

/// The headers that a page of ours writes with.
pub(super) fn written(host: &str) -> Vec<(&str, &str)> {
    vec![
        ("Host", host),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Feishu-Bulk", "1"),
        ("Content-Type", "application/json"),
    ]
}

impl Answer {
    fn of(said: &[u8]) -> Self {
        let end = said.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(said)));
        let head = String::from_utf8(said[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = said[end + 4..].to_vec();
        let is_chunked = headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        Self {
            status: status.parse().unwrap(),
            headers,
            body: if is_chunked { unchunked(&body) } else { body },
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }
}

/// A body without the lengths of its parts.
fn unchunked(body: &[u8]) -> Vec<u8> {
    let mut rest = body;
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = str::from_utf8(&rest[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
    whole
}

impl Browser<'_> {
    pub(super) fn get(&self, path: &str) -> Answer {
        let host = self.site.host();
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", &self.cookie),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.site.ask("GET", &self.target(path), &headers, b"")
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Answer {
        let host = self.site.host();
        let mut headers = written(&host);
        headers.push(("Cookie", &self.cookie));
        let body = body.to_string();
        self.site
            .ask("POST", &self.target(path), &headers, body.as_bytes())
    }

    /// Uploads a file; returns the address of its draft.
    pub(super) fn upload(&self, name: &str, bytes: &[u8]) -> String {
        let answer = self.try_upload(name, bytes);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["to"].as_str().unwrap().to_owned()
    }

    pub(super) fn try_upload(&self, name: &str, bytes: &[u8]) -> Answer {
        let host = self.site.host();
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", &self.cookie),
            ("Sec-Fetch-Site", "same-origin"),
            ("X-Feishu-Bulk", "1"),
            ("Content-Type", "application/octet-stream"),
        ];
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let target = self.target(&format!("drafts?name={name}"));
        self.site.ask("POST", &target, &headers, bytes)
    }

    /// The state of a check that has ended.
    pub(super) fn checked(&self, draft: &str) -> Value {
        let begun = Instant::now();
        loop {
            let state = self.get(&format!("{draft}check")).json();
            if state["running"] == false {
                return state;
            }
            assert!(begun.elapsed() < WAIT_MAX, "the check does not end");
            std::thread::yield_now();
        }
    }

    /// Waits until a run has ended, by its own stream of snapshots.
    pub(super) fn ended(&self, run: &str) {
        let events = self.get(&format!("{run}events")).text();
        assert!(events.contains("ended"), "{events}");
    }

    /// An address below the session, unless it is a whole one.
    fn target(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}{path}", self.top)
        }
    }
}
