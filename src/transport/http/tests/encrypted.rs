//! Calls over TLS: whom it trusts, which HTTP is agreed on, and what HTTP/2 says about calls that were not processed.
//!
//! The server writes the frames of HTTP/2 (RFC 9113, section 4.1) by itself, so that it can do what no library would.

use std::collections::BTreeSet;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use super::*;

/// The name in the certificates of the servers.
const HOST: &str = "open.feishu.cn";

/// What the server does with the n-th stream of a connection, counted from 0.
type Streams = fn(usize) -> Vec<Frame>;

/// A frame that the server sends, for the stream or for the whole connection.
enum Frame {
    /// HTTP status 200 and this body.
    Answer(&'static [u8]),
    /// `RST_STREAM` with this error code.
    Reset(u8),
    /// `GOAWAY` that names this last stream.
    GoAway(u8),
    /// The end of the connection.
    Close,
}

const REFUSED_STREAM: u8 = 7;
const INTERNAL_ERROR: u8 = 2;

/// A server that speaks TLS, and what it saw.
struct Platform {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    /// Streams of each connection, or the requests of HTTP/1.1 on it.
    calls: Arc<Mutex<Vec<usize>>>,
}

impl Platform {
    async fn start(protocols: &'static [&'static [u8]], streams: Streams) -> Self {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider);
        let tls = tls
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let mut tls = tls
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        tls.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let connection = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(0);
                        seen.len() - 1
                    };
                    let count = || seen.lock().unwrap()[connection] += 1;
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        // A client that leaves is no matter.
                        let _ = speak_http2(stream, streams, count).await;
                    } else {
                        speak_http1(stream, count).await;
                    }
                });
            }
        });
        Self {
            address,
            certificate,
            calls,
        }
    }

    fn http(&self) -> Http {
        platform_at(self.address, Some(&self.certificate), None)
    }

    fn calls(&self) -> Vec<usize> {
        self.calls.lock().unwrap().clone()
    }
}

async fn speak_http1(mut stream: TlsStream<TcpStream>, count: impl Fn()) {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        if bytes.ends_with(br#"{"ids":["1"]}"#) {
            bytes.clear();
            count();
            stream
                .write_all(&ok("{\"by\":\"http/1.1\"}"))
                .await
                .unwrap();
        }
    }
}

async fn speak_http2(
    mut stream: TlsStream<TcpStream>,
    streams: Streams,
    count: impl Fn(),
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    write(&mut stream, SETTINGS, 0, 0, &[]).await?;
    let mut known = BTreeSet::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await?;
        let (kind, flags, id) = (head[3], head[4], head[8]);
        if kind == SETTINGS && flags & ACK == 0 {
            write(&mut stream, SETTINGS, ACK, 0, &[]).await?;
        }
        if (kind == DATA || kind == HEADERS) && flags & END_STREAM != 0 && known.insert(id) {
            count();
            for frame in streams(known.len() - 1) {
                match frame {
                    Frame::Answer(body) => {
                        // 0x88 is `:status: 200` in the table of RFC 7541, appendix A.
                        write(&mut stream, HEADERS, END_HEADERS, id, &[0x88]).await?;
                        write(&mut stream, DATA, END_STREAM, id, body).await?;
                    }
                    Frame::Reset(code) => {
                        write(&mut stream, RST_STREAM, 0, id, &[0, 0, 0, code]).await?
                    }
                    Frame::GoAway(last) => {
                        write(&mut stream, GOAWAY, 0, 0, &[0, 0, 0, last, 0, 0, 0, 0]).await?;
                    }
                    Frame::Close => return stream.shutdown().await,
                }
            }
        }
    }
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

async fn write(
    stream: &mut TlsStream<TcpStream>,
    kind: u8,
    flags: u8,
    id: u8,
    payload: &[u8],
) -> std::io::Result<()> {
    let length = u8::try_from(payload.len()).unwrap();
    let head = [0, 0, length, kind, flags, 0, 0, 0, id];
    stream.write_all(&[&head, payload].concat()).await?;
    stream.flush().await
}

async fn sent(http: &Http) -> Result<Reply, TransportError> {
    http.send(&call(), &Token::new(CANARY)).await
}

const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];
const ANSWERED: &[u8] = b"{\"code\":0}";

#[tokio::test]
async fn calls_share_one_connection_where_http2_is_offered() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Answer(ANSWERED)]).await;
    let http = platform.http();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let http = http.clone();
        calls.spawn(async move { sent(&http).await });
    }
    for reply in calls.join_all().await {
        let reply = reply.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, ANSWERED));
    }
    sent(&http).await.unwrap();
    assert_eq!(platform.calls(), [21]);
}

#[tokio::test]
async fn a_platform_that_offers_http1_only_is_spoken_to_in_http1() {
    for protocols in [&[b"http/1.1" as &[u8]] as &[&[u8]], &[]] {
        let platform = Platform::start(protocols, |_| Vec::new()).await;
        let http = platform.http();
        for _ in 0..2 {
            assert_eq!(sent(&http).await.unwrap().body, b"{\"by\":\"http/1.1\"}");
        }
        assert_eq!(platform.calls(), [2]);
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_no_call() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Answer(ANSWERED)]).await;
    let other = Platform::start(BOTH, |_| Vec::new()).await;
    let http = platform_at(platform.address, Some(&other.certificate), None);
    let error = sent(&http).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent, "{}", error.text);
    assert!(
        error
            .text
            .starts_with("no connection to open.feishu.cn: invalid peer certificate"),
        "{}",
        error.text
    );
    assert_eq!(platform.calls(), [] as [usize; 0]);
}

#[tokio::test]
async fn a_stream_that_is_refused_was_not_processed_and_is_not_sent_again_by_itself() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Reset(REFUSED_STREAM)]).await;
    let error = sent(&platform.http()).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::NotSent, "{}", error.text);
    assert!(
        error
            .text
            .starts_with("the platform did not take the call: "),
        "{}",
        error.text
    );
    assert_eq!(platform.calls(), [1]);
}

#[tokio::test]
async fn a_stream_that_is_reset_otherwise_may_have_been_processed() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Reset(INTERNAL_ERROR)]).await;
    let error = sent(&platform.http()).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::Ambiguous, "{}", error.text);
    assert_eq!(platform.calls(), [1]);
}

#[tokio::test]
async fn when_a_connection_is_ended_only_the_calls_above_its_last_were_not_processed() {
    // Nothing is answered until two streams are there; then the first one is the last that was processed.
    let both = |stream| match stream {
        0 => Vec::new(),
        _ => vec![Frame::GoAway(1), Frame::Close],
    };
    let platform = Platform::start(BOTH, both).await;
    let http = platform.http();
    let first = tokio::spawn({
        let http = http.clone();
        async move { sent(&http).await }
    });
    while platform.calls() != [1] {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let second = sent(&http).await.unwrap_err();
    assert_eq!(second.fault, TransportFault::NotSent, "{}", second.text);
    let first = first.await.unwrap().unwrap_err();
    assert_eq!(first.fault, TransportFault::Ambiguous, "{}", first.text);
    assert_eq!(platform.calls(), [2]);
}

#[tokio::test]
async fn after_a_connection_was_ended_the_next_call_opens_another() {
    let once = |_| vec![Frame::Answer(ANSWERED), Frame::GoAway(1)];
    let platform = Platform::start(BOTH, once).await;
    let http = platform.http();
    for _ in 0..3 {
        sent(&http).await.unwrap();
        // The end of the connection is on the way.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(platform.calls(), [1, 1, 1]);
}

#[tokio::test]
async fn a_call_that_may_not_be_repeated_does_not_meet_a_connection_that_was_idle() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Answer(ANSWERED)]).await;
    let http = platform.http();
    let once = Request {
        resend: Resend::Never,
        ..call()
    };
    for _ in 0..3 {
        http.send(&once, &Token::new(CANARY)).await.unwrap();
    }
    assert_eq!(platform.calls(), [1, 1, 1]);
}

#[tokio::test]
async fn a_connection_on_which_no_answer_comes_in_time_gets_no_further_call() {
    let platform = Platform::start(BOTH, |_| Vec::new()).await;
    let mut http = platform.http();
    http.limits.total = Duration::from_millis(200);
    for _ in 0..2 {
        let error = sent(&http).await.unwrap_err();
        assert_eq!(error.text, "no whole answer within 200ms");
    }
    assert_eq!(platform.calls(), [1, 1]);
}

#[tokio::test]
async fn calls_go_through_a_proxy_encrypted() {
    let platform = Platform::start(BOTH, |_| vec![Frame::Answer(ANSWERED)]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let to = platform.address;
    let heard = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let head = read_request(&mut client).await.unwrap();
        client
            .write_all(b"HTTP/1.0 200 Connection established\r\n\r\n")
            .await
            .unwrap();
        let mut server = TcpStream::connect(to).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        head
    });
    let address = format!("http://user:pass@{proxy}");
    let http = platform_at(proxy, Some(&platform.certificate), Some(&address));
    assert_eq!(sent(&http).await.unwrap().body, ANSWERED);
    drop(http);
    let head = heard.await.unwrap();
    assert_eq!(
        head,
        "CONNECT open.feishu.cn:443 HTTP/1.1\r\nhost: open.feishu.cn:443\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n\r\n"
    );
}
