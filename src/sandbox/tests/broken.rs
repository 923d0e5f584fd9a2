//! Faults of the connection and of HTTP itself, as a client hears them on a raw socket.

use std::io::{ErrorKind, Read as _};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{Heard, envelope, speak};
use super::*;
use crate::sandbox::{
    Apply, CodeEdit, End, Fault, FaultPlan, Framing, Garble, Gzip, Harm, Length, MsgEdit, Sandbox,
    When,
};

const BODY: &str = r#"{"record_ids":["1","2"]}"#;
/// What is answered to [`BODY`] on a good day.
const GOOD: &str =
    r#"{"code":0,"data":{"fail_record_ids":[],"success_record_ids":["1","2"]},"msg":"success"}"#;

async fn sandbox(fault: Fault) -> Sandbox {
    let options = SandboxOptions {
        faults: FaultPlan::new().on(When::call(1), fault),
        latency_ms: (0, 0),
        ..SandboxOptions::default()
    };
    Sandbox::start(options).await.unwrap()
}

/// The first call meets the fault.
async fn hear(harm: Harm) -> std::io::Result<Heard> {
    let sandbox = sandbox(Fault::new(harm)).await;
    let token = sandbox.tenant_token();
    speak(&sandbox, "POST", PUNCHES, &token, BODY).await
}

/// A call on a connection that stays open; the reply is left to be read.
async fn called(sandbox: &Sandbox, stream: &mut TcpStream, body: &str) {
    let token = sandbox.tenant_token();
    let request = format!(
        "POST {PUNCHES} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
}

async fn connected(sandbox: &Sandbox) -> TcpStream {
    let address = sandbox.base_url();
    let address = address.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// The body of one reply that tells its length.
async fn reply_on(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                return body.to_owned();
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
    }
}

/// Waits until the fault has met a call.
async fn met(sandbox: &Sandbox) {
    while sandbox.record().faults.is_empty() {
        tokio::task::yield_now().await;
    }
}

fn body(heard: &Heard) -> String {
    String::from_utf8_lossy(&heard.body).into_owned()
}

#[tokio::test]
async fn a_reset_before_the_reply_may_have_applied_the_call_or_not() {
    for (apply, applied) in [(Apply::Nothing, 0), (Apply::All, 2)] {
        let sandbox = sandbox(Fault::reset().apply(apply)).await;
        let token = sandbox.tenant_token();
        let error = speak(&sandbox, "POST", PUNCHES, &token, BODY)
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(sandbox.record().applied.punches_deleted.len(), applied);
    }
}

#[tokio::test]
async fn a_close_before_the_reply_sends_no_byte() {
    let heard = hear(Harm::Close).await.unwrap();
    assert_eq!((heard.head.as_str(), heard.body.len()), ("", 0));
}

#[tokio::test]
async fn a_hang_sends_nothing_until_the_sandbox_stops() {
    let sandbox = sandbox(Fault::new(Harm::Hang)).await;
    let token = sandbox.tenant_token();
    let speaking = speak(&sandbox, "POST", PUNCHES, &token, BODY);
    tokio::pin!(speaking);
    tokio::select! {
        _ = &mut speaking => panic!("something came"),
        () = met(&sandbox) => {}
    }
    sandbox.stopping.send_replace(true);
    assert!(speaking.await.map_or(true, |heard| heard.head.is_empty()));
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_call_out_of_flight() {
    let sandbox = sandbox(Fault::late(Duration::from_hours(1))).await;
    let mut stream = connected(&sandbox).await;
    called(&sandbox, &mut stream, BODY).await;
    tokio::select! {
        _ = stream.read_u8() => panic!("something came"),
        () = met(&sandbox) => {}
    }
    drop(stream);
    while sandbox.shared.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sandbox.record().in_flight_max, 1);
}

#[tokio::test]
async fn a_cut_body_is_shorter_than_announced_in_each_of_three_ways() {
    let cut = |length, end| {
        hear(Harm::Cut {
            bytes: Some(20),
            length,
            end,
        })
    };
    let heard = cut(Length::Told, End::Close).await.unwrap();
    assert!(
        heard
            .head
            .contains(&format!("content-length: {}\r\n", GOOD.len())),
        "{}",
        heard.head
    );
    assert_eq!(body(&heard), GOOD[..20]);

    let heard = cut(Length::Chunked, End::Close).await.unwrap();
    assert!(
        heard.head.contains("transfer-encoding: chunked\r\n"),
        "{}",
        heard.head
    );
    assert_eq!(body(&heard), format!("14\r\n{}\r\n", &GOOD[..20]));

    let heard = cut(Length::Untold, End::Close).await.unwrap();
    assert!(!heard.head.contains("content-length"), "{}", heard.head);
    assert_eq!(body(&heard), GOOD[..20]);

    let error = cut(Length::Told, End::Reset).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_reply_keeps_its_headers_when_its_bytes_are_written_by_hand() {
    let heard = hear(Harm::Garble(Garble::Tail)).await.unwrap();
    assert!(heard.head.starts_with(
        "http/1.1 200 ok\r\ncontent-type: application/json; charset=utf-8\r\nx-tt-logid: sandbox"
    ));
    assert_eq!(body(&heard), format!("{GOOD}\n<!-- served by cache-7 -->"));
}

#[tokio::test]
async fn bytes_can_be_damaged_or_doubled() {
    let heard = hear(Harm::Garble(Garble::Bytes)).await.unwrap();
    assert_eq!(heard.body.len(), GOOD.len());
    let differing = heard
        .body
        .iter()
        .zip(GOOD.as_bytes())
        .filter(|(heard, good)| heard != good)
        .count();
    assert!((1..40).contains(&differing), "{differing}");

    let heard = hear(Harm::Garble(Garble::TwoDocuments)).await.unwrap();
    assert_eq!(body(&heard), GOOD.repeat(2));
}

#[tokio::test]
async fn the_code_can_be_there_twice() {
    let heard = hear(Harm::Code(CodeEdit::ZeroLast)).await.unwrap();
    assert!(
        body(&heard).starts_with(r#"{"code":1220001,"code":0,"data":"#),
        "{}",
        body(&heard)
    );
}

#[tokio::test]
async fn the_content_type_can_be_another_or_missing() {
    let heard = hear(Harm::ContentType(Some("text/plain".to_owned())))
        .await
        .unwrap();
    assert!(
        heard.head.contains("content-type: text/plain\r\n"),
        "{}",
        heard.head
    );
    let heard = hear(Harm::ContentType(None)).await.unwrap();
    assert!(!heard.head.contains("content-type"), "{}", heard.head);
    assert_eq!(body(&heard), GOOD);
}

#[tokio::test]
async fn the_length_can_be_announced_oddly() {
    let length = format!("content-length: {}\r\n", GOOD.len());
    let heard = hear(Harm::Framing(Framing::TwoLengths)).await.unwrap();
    assert!(
        heard
            .head
            .contains(&format!("{length}content-length: {}\r\n", GOOD.len() + 1)),
        "{}",
        heard.head
    );
    let heard = hear(Harm::Framing(Framing::SameLengthTwice)).await.unwrap();
    assert!(heard.head.contains(&length.repeat(2)), "{}", heard.head);
    let heard = hear(Harm::Framing(Framing::LengthAndChunked))
        .await
        .unwrap();
    assert!(
        heard
            .head
            .contains(&format!("{length}transfer-encoding: chunked\r\n")),
        "{}",
        heard.head
    );
    assert!(body(&heard).ends_with("\r\n0\r\n\r\n"));
    let heard = hear(Harm::Framing(Framing::NoLength)).await.unwrap();
    assert_eq!(
        (heard.head.contains("content-length"), body(&heard)),
        (false, GOOD.to_owned())
    );
}

#[tokio::test]
async fn a_page_a_redirect_and_an_empty_reply_are_not_json() {
    let page = |status, text: &str| Harm::Page {
        status,
        content_type: Some("text/html".to_owned()),
        text: text.to_owned(),
    };
    let heard = hear(page(502, "<html>")).await.unwrap();
    assert!(
        heard.head.starts_with("http/1.1 502 bad gateway\r\n"),
        "{}",
        heard.head
    );
    assert_eq!(body(&heard), "<html>");
    let heard = hear(page(204, "")).await.unwrap();
    assert!(
        heard.head.starts_with("http/1.1 204 no content\r\n") && heard.body.is_empty(),
        "{}",
        heard.head
    );

    let location = "http://other.invalid/login".to_owned();
    let heard = hear(Harm::Redirect {
        status: 307,
        location,
    })
    .await
    .unwrap();
    assert!(
        heard.head.starts_with("http/1.1 307 ")
            && heard
                .head
                .contains("location: http://other.invalid/login\r\n")
    );
}

#[tokio::test]
async fn interim_replies_come_before_the_real_one() {
    let heard = hear(Harm::Interim {
        statuses: vec![100, 103],
        forever: false,
    })
    .await
    .unwrap();
    assert_eq!(heard.head, "http/1.1 100 interim\r\n\r\n");
    assert!(body(&heard).starts_with("HTTP/1.1 103 Interim\r\n\r\nHTTP/1.1 200 OK\r\n"));
    assert!(body(&heard).ends_with(GOOD));
}

#[tokio::test]
async fn headers_can_be_many_and_a_second_reply_can_follow() {
    let heard = hear(Harm::Headers {
        count: 500,
        bytes: 3,
    })
    .await
    .unwrap();
    assert!(heard.head.contains("x-filler-499: fff\r\n"));
    let heard = hear(Harm::Extra).await.unwrap();
    assert!(
        body(&heard).starts_with(&format!("{GOOD}HTTP/1.1 200 OK\r\n")),
        "{}",
        body(&heard)
    );
}

#[tokio::test]
async fn raw_bytes_replace_the_reply() {
    let bytes = b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec();
    let heard = hear(Harm::Raw {
        bytes,
        end: End::Close,
    })
    .await
    .unwrap();
    assert_eq!(heard.head, "ssh-2.0-openssh_9.2p1\r\n");
}

#[tokio::test]
async fn a_trickled_reply_is_whole_in_the_end() {
    let pause = Duration::from_micros(100);
    let heard = hear(Harm::Trickle { pause }).await.unwrap();
    assert_eq!(body(&heard), GOOD);
}

#[tokio::test]
async fn the_reply_before_an_idle_close_is_whole() {
    let heard = hear(Harm::CloseAfter(Duration::from_millis(1)))
        .await
        .unwrap();
    assert!(heard.head.contains("content-length:") && !heard.head.contains("connection: close"));
    assert_eq!(body(&heard), GOOD);
}

#[tokio::test]
async fn the_next_call_on_the_connection_of_a_scripted_reply_is_answered_truthfully() {
    let sandbox = sandbox(Fault::new(Harm::Msg(MsgEdit::Says("ok".to_owned())))).await;
    let token = sandbox.tenant_token();
    let first = speak(&sandbox, "POST", PUNCHES, &token, BODY)
        .await
        .unwrap();
    assert_eq!(envelope(&first)["msg"], json!("ok"));

    let sandbox = self::sandbox(Fault::new(Harm::Garble(Garble::TwoDocuments))).await;
    let mut stream = connected(&sandbox).await;
    let mut ask = async |id: &str| {
        let body = json!({"record_ids": [id]}).to_string();
        called(&sandbox, &mut stream, &body).await;
        reply_on(&mut stream).await
    };
    let doubled = ask("1").await;
    assert_eq!(doubled.matches("success_record_ids").count(), 2);
    let truthful = ask("2").await;
    assert_eq!(truthful.matches("success_record_ids").count(), 1);
}

/// What the body says once it is unpacked, as far as it can be.
async fn unpacked(gzip: Gzip) -> std::io::Result<String> {
    let heard = hear(Harm::Gzip(gzip)).await.unwrap();
    assert!(
        heard.head.contains("content-encoding: gzip"),
        "{}",
        heard.head
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(heard.body.as_slice()).read_to_string(&mut text)?;
    Ok(text)
}

#[tokio::test]
async fn gzip_can_be_right_cut_noise_or_a_lie() {
    assert_eq!(unpacked(Gzip::Whole).await.unwrap(), GOOD);
    for broken in [Gzip::Truncated, Gzip::Garbage, Gzip::Plain] {
        assert!(unpacked(broken).await.is_err(), "{broken:?}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_unpacks_to_far_more_than_it_weighs() {
    let heard = hear(Harm::Gzip(Gzip::Bomb)).await.unwrap();
    let mut start = vec![0; 16 * 1024 * 1024];
    let mut decoder = flate2::read::GzDecoder::new(heard.body.as_slice());
    decoder.read_exact(&mut start).unwrap();
    assert!(start.iter().all(|byte| *byte == b' '));
    assert!(heard.body.len() < start.len() / 8, "{}", heard.body.len());
}

#[tokio::test]
async fn a_flood_never_ends() {
    let sandbox = sandbox(Fault::new(Harm::Flood)).await;
    let mut stream = connected(&sandbox).await;
    called(&sandbox, &mut stream, BODY).await;
    let mut start = vec![0; 4 * 1024 * 1024];
    stream.read_exact(&mut start).await.unwrap();
}
