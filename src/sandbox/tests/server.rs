//! The sandbox over a real socket, spoken to byte by byte.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::sandbox::{APP_ID, APP_SECRET, Endpoint, Sandbox};

/// What came back: the head as text, the body's bytes.
pub(super) struct Heard {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// Sends one call on a connection of its own and reads until the sandbox closes it.
pub(super) async fn speak(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> std::io::Result<Heard> {
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request.as_bytes())?;
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard)?;
        let cut = heard
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map_or(heard.len(), |at| at + 4);
        let body = heard.split_off(cut);
        Ok(Heard {
            head: String::from_utf8_lossy(&heard).to_lowercase(),
            body,
        })
    })
    .await
    .unwrap()
}

pub(super) fn envelope(heard: &Heard) -> Value {
    serde_json::from_slice(&heard.body).unwrap_or_else(|error| panic!("{error}: {:?}", heard.body))
}

#[tokio::test]
async fn a_client_gets_a_token_and_makes_a_call() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let credentials = json!({"app_id": APP_ID, "app_secret": APP_SECRET}).to_string();
    let heard = speak(&sandbox, "POST", TOKEN, "none", &credentials)
        .await
        .unwrap();
    let token = envelope(&heard)["tenant_access_token"]
        .as_str()
        .unwrap()
        .to_owned();

    let heard = speak(&sandbox, "DELETE", RECORDS, &token, r#"{"ids":["1"]}"#)
        .await
        .unwrap();
    assert!(
        heard.head.starts_with("http/1.1 200 ok\r\n"),
        "{}",
        heard.head
    );
    assert!(
        heard
            .head
            .contains("content-type: application/json; charset=utf-8\r\n"),
        "{}",
        heard.head
    );
    assert!(heard.head.contains("x-tt-logid: sandbox"), "{}", heard.head);
    assert_eq!(envelope(&heard)["data"]["items"][0]["success"], json!(true));
    assert_eq!(sandbox.record().in_flight_max, 1);
}

#[tokio::test]
async fn the_record_is_served_to_other_processes_and_tokens_can_be_expired_by_them() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let token = sandbox.tenant_token();
    let body = shifts(&[shift("u1", 21)]).to_string();
    speak(&sandbox, "POST", SHIFTS, &token, &body)
        .await
        .unwrap();
    speak(&sandbox, "POST", "/sandbox/expire-tokens", "", "")
        .await
        .unwrap();
    let refused = speak(&sandbox, "POST", SHIFTS, &token, &body)
        .await
        .unwrap();
    assert_eq!(envelope(&refused)["code"], json!(99_991_663));

    let record = envelope(
        &speak(&sandbox, "GET", "/sandbox/record", "", "")
            .await
            .unwrap(),
    );
    assert_eq!(
        record["endpoints"]["attendance.user_daily_shifts.batch_create"]["calls"],
        json!(2)
    );
    assert_eq!(
        record["applied"]["shifts"],
        json!([[
            {"employee_type": "employee_id", "user_id": "u1", "month": 202_101, "day_no": 21},
            {"group_id": "6737202939523236110", "shift_id": "6753520403404030215", "is_clear_schedule": false},
        ]])
    );
    assert_eq!(record["calls"][1]["code"], json!(99_991_663));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_calls_at_once_a_window_of_fifty_lets_fifty_through() {
    let hour = Window {
        calls: 50,
        span: Duration::from_hours(1),
    };
    let options = SandboxOptions {
        quotas: Quotas::Each(vec![hour]),
        latency_ms: (20, 40),
        ..SandboxOptions::default()
    };
    let sandbox = std::sync::Arc::new(Sandbox::start(options).await.unwrap());
    let token = sandbox.tenant_token();
    let calls: Vec<_> = (0..60)
        .map(|number| {
            let (sandbox, token) = (std::sync::Arc::clone(&sandbox), token.clone());
            tokio::spawn(async move {
                let body = json!({"record_ids": [number.to_string()]}).to_string();
                speak(&sandbox, "POST", PUNCHES, &token, &body)
                    .await
                    .unwrap()
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let record = sandbox.record();
    let tally = &record.endpoints[&Endpoint::Punches];
    assert_eq!((tally.calls, tally.throttled, tally.applied), (60, 10, 50));
    assert_eq!(record.applied.punches_deleted.len(), 50);
    assert!(record.in_flight_max > 1);
    let arrivals: Vec<u64> = record.calls.iter().map(|call| call.arrived_us).collect();
    assert!(arrivals.is_sorted());
}

#[tokio::test]
async fn a_stopped_sandbox_breaks_its_connections_and_frees_its_port() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut idle = tokio::task::spawn_blocking(move || TcpStream::connect(address).unwrap())
        .await
        .unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let port = sandbox
        .base_url()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    sandbox.stop();
    let ended = tokio::task::spawn_blocking(move || idle.read(&mut [0]))
        .await
        .unwrap();
    assert!(!matches!(ended, Ok(1..)), "{ended:?}");

    let mut again = Sandbox::start(SandboxOptions {
        port,
        ..SandboxOptions::default()
    })
    .await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
        again = Sandbox::start(SandboxOptions {
            port,
            ..SandboxOptions::default()
        })
        .await;
    }
    assert!(again.is_ok());
}

#[tokio::test]
async fn a_port_in_use_is_refused_with_a_hint() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let port = sandbox
        .base_url()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    let refusal = Sandbox::start(SandboxOptions {
        port,
        ..SandboxOptions::default()
    })
    .await
    .unwrap_err();
    assert_eq!(
        refusal.what.to_string(),
        format!("the sandbox cannot listen on 127.0.0.1:{port}")
    );
    assert!(refusal.hint.unwrap().to_string().contains("--port"));
}

#[tokio::test]
async fn latency_is_drawn_from_the_seed_within_its_bounds() {
    let shared = |seed| {
        crate::sandbox::server::Shared::new(
            Platform::new(&SandboxOptions::default(), Instant::now()),
            seed,
            (5, 9),
        )
    };
    let latencies = |seed| {
        (1..100)
            .map(|number| shared(seed).latency(number))
            .collect::<Vec<_>>()
    };
    assert_eq!(latencies(1), latencies(1));
    assert_ne!(latencies(1), latencies(2));
    let bounds = Duration::from_millis(5)..=Duration::from_millis(9);
    assert!(latencies(1).iter().all(|latency| bounds.contains(latency)));
}
