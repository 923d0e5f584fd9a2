//! Real sockets on loopback, and a server that does what servers should not. Numbers in names are of the fault catalogue.

mod encrypted;
mod kept;
mod large;
mod stopped;

use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::proxy::Proxy;
use super::*;
use crate::model::{Held, TransportFault};

/// Stands in every path and every token; no error may show it.
const CANARY: &str = "t-canary7f3a";

/// What the server does once it has read a request.
#[derive(Clone)]
enum Then {
    /// Writes this and closes.
    Close(Vec<u8>),
    /// Writes this and waits for the next request on the connection.
    Keep(Vec<u8>),
    /// Writes this and resets the connection.
    Reset(Vec<u8>),
    /// Writes this and never anything more.
    Hang(Vec<u8>),
    /// Writes this, one byte every 20 ms.
    Trickle(Vec<u8>),
    /// Writes this again and again.
    Flood(Vec<u8>),
}

/// A server whose n-th request of all gets the n-th answer, and the last answer serves for ever.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: Vec<Then>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, answers.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, requests }
    }

    fn base(&self) -> BaseUrl {
        BaseUrl::parse(&format!("http://{}", self.address)).unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn connection(mut stream: TcpStream, answers: Vec<Then>, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            seen.len() - 1
        };
        match answers.get(number).or(answers.last()).unwrap().clone() {
            Then::Keep(bytes) => stream.write_all(&bytes).await.unwrap(),
            Then::Close(bytes) => return stream.write_all(&bytes).await.unwrap(),
            Then::Reset(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                stream.set_zero_linger().unwrap();
                return;
            }
            Then::Hang(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                return std::future::pending().await;
            }
            Then::Trickle(bytes) => {
                for byte in bytes {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                }
            }
            Then::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        }
    }
}

/// One request, head and body; `None` when the connection ends before.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
        rest: Duration::ZERO,
        ..Limits::default()
    }
}

fn short_limits() -> Limits {
    Limits {
        total: Duration::from_millis(300),
        ..limits()
    }
}

fn call() -> Request {
    Request {
        method: Method::Delete,
        path_and_query: format!("/open-apis/x/%E5%BC%A0?key={CANARY}"),
        body: br#"{"ids":["1"]}"#.to_vec().into(),
        resend: Resend::Safe,
    }
}

async fn send(base: BaseUrl, limits: Limits) -> Result<Reply, TransportError> {
    let http = Http::new(base, limits, None).unwrap();
    http.send(&call(), &Token::new(CANARY)).await
}

/// Sends one call to a server that answers like this, and sees that it reached the server once, whatever became of it.
async fn answered(then: Then, limits: Limits) -> Result<Reply, TransportError> {
    let server = Server::start(vec![then]).await;
    let result = send(server.base(), limits).await;
    assert_eq!(server.requests().len(), 1, "{result:?}");
    result
}

/// The same where only an error can come of it; gives its text.
async fn ambiguous_after(then: Then, limits: Limits) -> String {
    let error = answered(then, limits).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::Ambiguous, "{}", error.text);
    assert!(
        !error.text.contains(CANARY) && !error.text.contains("http://"),
        "{}",
        error.text
    );
    error.text
}

fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn ok_gzip(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_call_arrives_as_it_was_put_together() {
    let server = Server::start(vec![Then::Close(ok("{}"))]).await;
    send(server.base(), limits()).await.unwrap();
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"ids":["1"]}"#);
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    assert_eq!(
        lines.remove(0),
        format!("DELETE /open-apis/x/%E5%BC%A0?key={CANARY} HTTP/1.1")
    );
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept-encoding: gzip".to_owned(),
            "accept: */*".to_owned(),
            format!("authorization: Bearer {CANARY}"),
            "content-length: 13".to_owned(),
            "content-type: application/json; charset=utf-8".to_owned(),
            format!("host: {}", server.address),
            format!("user-agent: feishu-bulk/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[tokio::test]
async fn a_token_request_carries_the_app_and_no_token() {
    let server = Server::start(vec![Then::Close(ok("{}"))]).await;
    let http = Http::new(server.base(), limits(), None).unwrap();
    http.mint("cli_a1", &SecretString::from("s\"1"))
        .await
        .unwrap();
    let request = server.requests().remove(0);
    assert!(
        request.starts_with("POST /open-apis/auth/v3/tenant_access_token/internal HTTP/1.1\r\n")
    );
    assert!(
        request.ends_with("\r\n\r\n{\"app_id\":\"cli_a1\",\"app_secret\":\"s\\\"1\"}"),
        "{request}"
    );
    assert!(!request.contains("authorization"));
}

#[tokio::test]
async fn a_reply_is_returned_whole_with_what_its_headers_say() {
    let bytes = b"HTTP/1.1 429 Too Many Requests\r\nX-Tt-Logid: 2026082211\r\nX-Request-Id: other\r\n\
        x-ogw-ratelimit-reset: soon\r\nx-ogw-ratelimit-reset: -1\r\nx-ogw-ratelimit-reset: 52\r\nx-ogw-ratelimit-reset: 7\r\n\
        retry-after: 3\r\ncontent-length: 17\r\n\r\n{\"code\":99991400}";
    let reply = answered(Then::Close(bytes.to_vec()), limits())
        .await
        .unwrap();
    assert_eq!(
        reply,
        Reply {
            status: 429,
            body: b"{\"code\":99991400}".to_vec(),
            log_id: Some("2026082211".to_owned()),
            reset: Some("52".to_owned()),
            location: None,
            date: None,
            held: Held::default(),
        }
    );
}

#[tokio::test]
async fn headers_that_say_nothing_usable_are_left_out_and_others_take_their_place() {
    for (headers, log_id, reset) in [
        (
            "x-request-id: r1\r\nretry-after: 3\r\n",
            Some("r1"),
            Some("3"),
        ),
        (
            "request-id: r2\r\nx-ogw-ratelimit-reset: 0.05\r\n",
            Some("r2"),
            Some("0.05"),
        ),
        (
            "x-tt-logid: \r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n",
            None,
            None,
        ),
        (
            "x-ogw-ratelimit-reset: NaN, inf\r\nx-ogw-ratelimit-reset: 1e30\r\n",
            None,
            Some("1e30"),
        ),
        ("x-tt-logid: \u{1f980}\r\n", None, None),
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n");
        let reply = answered(Then::Close(bytes.into_bytes()), limits())
            .await
            .unwrap();
        assert_eq!(
            (reply.log_id.as_deref(), reply.reset.as_deref()),
            (log_id, reset),
            "{headers}"
        );
    }
}

#[tokio::test]
async fn n21_n24_n40_odd_replies_are_still_replies() {
    let extra = [ok("{}"), ok("{\"code\":0,\"of\":\"nobody\"}")].concat();
    let hints = [
        b"HTTP/1.1 100 Continue\r\n\r\n".repeat(3),
        b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
        ok("{}"),
    ]
    .concat();
    let same_length_twice =
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    for (bytes, status, body) in [
        (extra, 200, "{}"),
        (hints, 200, "{}"),
        (same_length_twice, 200, "{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), 204, ""),
        (
            b"HTTP/1.1 200 OK\r\n\r\n{\"code\":0,\"data\":".to_vec(),
            200,
            "{\"code\":0,\"data\":",
        ),
        (ok_gzip(&gzipped(b"{\"code\":0}")), 200, "{\"code\":0}"),
    ] {
        let reply = answered(Then::Close(bytes), limits()).await.unwrap();
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (status, body.as_bytes())
        );
    }
}

#[tokio::test]
async fn n25_n26_n27_a_redirect_is_a_reply_and_nobody_else_is_called() {
    let other = Server::start(vec![Then::Close(ok("{\"code\":0}"))]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{}/steal", other.address);
        let bytes =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let reply = answered(Then::Close(bytes.into_bytes()), limits())
            .await
            .unwrap();
        assert_eq!((reply.status, reply.location), (status, Some(location)));
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn n01_a_refused_connection_was_not_sent() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let base = BaseUrl::parse(&format!("http://{nobody}")).unwrap();
    let error = send(base, limits()).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent);
    assert!(
        error.text.starts_with("no connection to 127.0.0.1: "),
        "{}",
        error.text
    );
    assert!(
        !error.text.contains(CANARY) && !error.text.contains("http://"),
        "{}",
        error.text
    );
}

#[cfg(target_os = "linux")] // Elsewhere a full queue refuses instead of staying silent.
#[tokio::test]
async fn n04_a_connection_that_hangs_was_not_sent() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let mut queue = Vec::new();
    for _ in 0..4 {
        let waiting = tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(address));
        queue.push(waiting.await);
    }
    let limits = Limits {
        connect: Duration::from_millis(100),
        ..limits()
    };
    let error = send(
        BaseUrl::parse(&format!("http://{address}")).unwrap(),
        limits,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.fault, error.text.as_str()),
        (
            TransportFault::NotSent,
            "no connection to 127.0.0.1 within 100ms"
        )
    );
}

#[tokio::test]
async fn n09_n10_a_connection_that_ends_before_an_answer_is_ambiguous() {
    for then in [Then::Close(Vec::new()), Then::Reset(Vec::new())] {
        let text = ambiguous_after(then, limits()).await;
        assert!(
            text.starts_with("the connection ended before an answer: "),
            "{text}"
        );
    }
}

#[tokio::test]
async fn n12_n13_n14_an_answer_that_breaks_off_is_ambiguous() {
    let chunked =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{\"code\":\r\n".to_vec();
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\":0}".to_vec();
    for then in [
        Then::Reset(short.clone()),
        Then::Close(short),
        Then::Close(chunked.clone()),
        Then::Reset(chunked),
        Then::Close(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
    ] {
        ambiguous_after(then, limits()).await;
    }
}

#[tokio::test]
async fn n18_n19_n22_an_answer_that_does_not_end_in_time_is_ambiguous() {
    for then in [
        Then::Hang(Vec::new()),
        Then::Hang(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"c".to_vec()),
        Then::Trickle(ok(&"x".repeat(1_000))),
        Then::Flood(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
    ] {
        assert_eq!(
            ambiguous_after(then, short_limits()).await,
            "no whole answer within 300ms"
        );
    }
}

#[tokio::test]
async fn n20_a_late_answer_is_never_taken_for_the_next_calls() {
    let late = Then::Trickle(ok("{\"of\":1}"));
    let server = Server::start(vec![late, Then::Keep(ok("{\"of\":2}"))]).await;
    let http = Http::new(server.base(), short_limits(), None).unwrap();
    let token = Token::new(CANARY);
    assert_eq!(
        http.send(&call(), &token).await.unwrap_err().fault,
        TransportFault::Ambiguous
    );
    assert_eq!(
        http.send(&call(), &token).await.unwrap().body,
        b"{\"of\":2}"
    );
}

#[tokio::test]
async fn n11_a_call_on_a_kept_connection_that_closes_is_not_sent_again_by_itself() {
    let server = Server::start(vec![Then::Keep(ok("{}")), Then::Close(Vec::new())]).await;
    let http = Http::new(server.base(), limits(), None).unwrap();
    let token = Token::new(CANARY);
    http.send(&call(), &token).await.unwrap();
    assert_eq!(
        http.send(&call(), &token).await.unwrap_err().fault,
        TransportFault::Ambiguous
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn n33_a_damaged_compressed_answer_is_ambiguous() {
    let whole = gzipped(b"{\"code\":0,\"msg\":\"success\"}");
    for body in [
        &b"not gzip at all"[..],
        &whole[..whole.len() - 12],
        &[&whole[..5], b"garbage"].concat(),
    ] {
        let text = ambiguous_after(Then::Close(ok_gzip(body)), limits()).await;
        assert!(
            text.starts_with("the answer broke off or is damaged: "),
            "{text}"
        );
    }
}

#[tokio::test]
async fn n34_n35_an_answer_without_end_is_left_at_the_limit() {
    let small = Limits {
        body_bytes_max: 100_000,
        ..limits()
    };
    let bomb = ok_gzip(&gzipped(&vec![b' '; 50_000_000]));
    assert!(bomb.len() < 100_000);
    let endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    for then in [
        Then::Close(bomb),
        Then::Flood([endless, vec![b' '; 10_000]].concat()),
    ] {
        let text = ambiguous_after(then, small).await;
        assert_eq!(
            text,
            "the answer is larger than 100000 bytes and was not read"
        );
    }
    let just_fits = answered(Then::Close(ok(&" ".repeat(100_000))), small)
        .await
        .unwrap();
    assert_eq!(just_fits.body.len(), 100_000);
}

#[tokio::test]
async fn n36_n37_n39_what_is_not_http_is_ambiguous() {
    let long = format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 2\r\n\r\n{{}}",
        "y".repeat(1_000_000)
    );
    let many = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}",
        "x: y\r\n".repeat(500)
    );
    for bytes in [
        long.as_bytes(),
        many.as_bytes(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        b"HTTP/1.1 2000 OK\r\ncontent-length: 2\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"{\"code\":0}",
    ] {
        // Reading stops before the server has written all: nothing to assert about how its own writing ends.
        ambiguous_after(Then::Hang(bytes.to_vec()), limits()).await;
    }
}

#[tokio::test]
async fn a_path_that_would_be_rewritten_is_not_sent() {
    let server = Server::start(vec![Then::Close(ok("{}"))]).await;
    let http = Http::new(server.base(), limits(), None).unwrap();
    let path_and_query = format!("/open-apis/{CANARY}/../secret");
    let error = http
        .send(
            &Request {
                path_and_query,
                ..call()
            },
            &Token::new(CANARY),
        )
        .await
        .unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent);
    assert!(!error.text.contains(CANARY));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_cannot_stand_in_a_header_is_not_sent_and_not_shown() {
    let server = Server::start(vec![Then::Close(ok("{}"))]).await;
    let http = Http::new(server.base(), limits(), None).unwrap();
    let error = http
        .send(&call(), &Token::new(format!("{CANARY}\r\nx: y")))
        .await
        .unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent);
    assert!(!error.text.contains(CANARY), "{}", error.text);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn debug_of_a_call_shows_no_token() {
    let base = BaseUrl::parse("http://127.0.0.1:1").unwrap();
    let http = Http::new(base, limits(), None).unwrap();
    let token = Token::new(CANARY);
    let authorization = bearer(&token).unwrap();
    let call = Call {
        authorization: Some(authorization),
        ..http.call(Method::Get, "/", Bytes::new()).unwrap()
    };
    let request = http.request(&call, None).ok().unwrap();
    let shown = format!("{call:?} {request:?} {token:?} {http:?}");
    assert!(
        shown.contains("authorization") && !shown.contains(CANARY),
        "{shown}"
    );
}

/// An `Http` for the platform whose name leads to a server of ours, which is trusted if it has this certificate.
fn platform_at(
    address: SocketAddr,
    trusted: Option<&CertificateDer<'static>>,
    proxy: Option<&str>,
) -> Http {
    let base = BaseUrl::parse(BaseUrl::DEFAULT).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.cloned());
    let tls = connect::speaking_http(|config| {
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    });
    let proxy = proxy.map(|proxy| Proxy::parse(proxy).unwrap());
    let mut connector = Connector::with(&base, Some(tls.unwrap()), proxy);
    connector.address = Some(address);
    Http::over(connector, base, limits())
}

#[tokio::test]
async fn n05_a_platform_without_tls_was_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n")
            .await
            .unwrap();
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received).await;
        String::from_utf8_lossy(&received).into_owned()
    });
    let http = platform_at(address, None, None);
    let error = http.send(&call(), &Token::new(CANARY)).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent, "{}", error.text);
    let received = server.await.unwrap();
    assert!(received.contains("open.feishu.cn") && !received.contains(CANARY));
}

#[tokio::test]
async fn n30_a_proxy_that_refuses_was_sent_nothing_but_the_name() {
    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let proxy = Server::start(vec![Then::Close(refusal.to_vec())]).await;
    let http = platform_at(
        proxy.address,
        None,
        Some(&format!("http://{}", proxy.address)),
    );
    let error = http.send(&call(), &Token::new(CANARY)).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent, "{}", error.text);
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT open.feishu.cn:443 HTTP/1.1"));
    assert!(!requests.concat().contains(CANARY) && requests.len() == 1);
}

const CHILD_BASE: &str = "FEISHU_BULK_TEST_BASE";

/// A test of this module in a process of its own, because a process cannot safely change its own environment.
fn child(test: &str, base: &str, variables: &[(&str, &str)]) -> Command {
    let module = module_path!().split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(format!("{module}::{test}"))
        .args(["--exact", "--ignored", "--nocapture"])
        .env(CHILD_BASE, base)
        .envs(variables.iter().copied());
    command
}

/// What a call from such a process comes to.
fn child_says(base: &str, variables: &[(&str, &str)]) -> String {
    let output = child("calling_child", base, variables).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
#[ignore = "only run by the tests that need another environment"]
async fn calling_child() {
    let base = BaseUrl::parse(&std::env::var(CHILD_BASE).unwrap()).unwrap();
    match Http::new(base, limits(), None) {
        Ok(http) => println!("{:?}", http.send(&call(), &Token::new(CANARY)).await),
        Err(refusal) => println!("{refusal}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n42_a_proxy_in_the_environment_is_not_used() {
    let server = Server::start(vec![Then::Close(ok("{\"code\":0}"))]).await;
    let proxy = Server::start(vec![Then::Close(ok("{\"of\":\"the proxy\"}"))]).await;
    let address = format!("http://{}", proxy.address);
    let names = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ];
    let variables = names.map(|name| (name, address.as_str()));
    let said = child_says(&server.base().to_string(), &variables);
    assert!(said.contains("status: 200"), "{said}");
    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}

const NO_CERTIFICATES: [(&str, &str); 2] = [
    ("SSL_CERT_FILE", "/nonexistent"),
    ("SSL_CERT_DIR", "/nonexistent"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_certificates_can_use_the_sandbox() {
    let server = Server::start(vec![Then::Close(ok("{\"code\":0}"))]).await;
    let said = child_says(&server.base().to_string(), &NO_CERTIFICATES);
    assert!(said.contains("status: 200"), "{said}");
}

#[cfg(target_os = "linux")] // Elsewhere the system's own store is used.
#[test]
fn a_machine_without_certificates_is_told_which_package_it_lacks() {
    let said = child_says(BaseUrl::DEFAULT, &NO_CERTIFICATES);
    assert!(
        said.contains("error: this machine's certificates could not be loaded"),
        "{said}"
    );
    assert!(said.contains("ca-certificates"), "{said}");
}
