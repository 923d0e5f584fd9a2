//! Secrets come from the environment and go nowhere but to the platform. The checker looks for them in every file and in all that is
//! printed; here are the moments in which they are most likely to slip out.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::support::{Bench, Table};

#[test]
fn the_most_talkative_log_holds_no_secret() {
    for format in ["text", "json"] {
        let ran = Bench::new("delete-punches")
            .argument("--log-level")
            .argument("debug")
            .argument("--log-format")
            .argument(format)
            .run()
            .checked();
        assert!(
            ran.said.stderr.contains("call ended"),
            "{}",
            ran.said.stderr
        );
    }
}

#[test]
fn a_wrong_secret_is_not_told_to_anybody() {
    let ran = Bench::new("delete-punches")
        .environment("FEISHU_APP_SECRET", "canary-of-a-wrong-secret")
        .run();
    assert!(ran.refused().contains("10015"), "{}", ran.said.stderr);
}

#[test]
fn a_ready_token_that_the_platform_refuses_is_not_told_to_anybody() {
    let ran = Bench::new("delete-punches")
        .environment("FEISHU_APP_SECRET", "")
        .environment("FEISHU_TENANT_ACCESS_TOKEN", "t-canary-of-a-wrong-token")
        .run()
        .checked();
    assert_eq!(ran.said.exit, 3, "{}", ran.said.stderr);
    assert_eq!(ran.items().succeeded, 0);
}

#[test]
fn a_job_file_with_a_secret_is_refused_without_showing_it() {
    let ran = Bench::new("delete-punches")
        .job(|job| format!("app_secret = \"canary-in-a-job-file\"\n{job}"))
        .run();
    let said = ran.refused();
    assert!(
        said.contains("jobs/delete-punches.toml:1: this looks like a secret"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
}

/// The app's secret and the tokens of a server that repeats them.
const SECRET: &str = "dskLLdkasdjlasdKKcanary";
const TOKENS: [&str; 2] = [
    "t-first-canary-734c2e3328a62489fe0648c4",
    "t-other-canary-0648c4b98779515d3fe3328a",
];

/// What a server answers: status, headers, body.
struct Answer(u16, String, String);

/// A platform whose answer to each call is written by `answer`, which is told the number of the call; tokens come in their order.
fn serve(answer: impl Fn(usize) -> Answer + Send + 'static, mint: fn(usize) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut calls, mut minted) = (0, 0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read_request(&mut stream);
            let Answer(status, headers, body) = if request.contains("/tenant_access_token/") {
                minted += 1;
                Answer(200, String::new(), mint(minted - 1))
            } else {
                calls += 1;
                answer(calls - 1)
            };
            let length = body.len();
            let reply = format!(
                "HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            // A client that is gone needs no answer.
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    format!("http://{address}")
}

fn read_request(stream: &mut TcpStream) -> String {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let read = stream.read(&mut piece).unwrap();
        request.extend_from_slice(&piece[..read]);
    }
}

fn minted(number: usize) -> String {
    let token = TOKENS[number.min(1)];
    format!(r#"{{"code":0,"msg":"ok","tenant_access_token":"{token}","expire":7200}}"#)
}

/// Every letter as `write` writes it.
fn written(secret: &str, write: impl Fn(u8) -> String) -> String {
    let letters: Vec<String> = secret.bytes().map(write).collect();
    letters.concat()
}

/// Every letter as JSON may write it.
fn escaped(secret: &str) -> String {
    written(secret, |byte| format!("\\u{byte:04x}"))
}

fn percent(secret: &str) -> String {
    written(secret, |byte| format!("%{byte:02x}"))
}

/// Runs one item against such a server and looks for the secrets in everything that is left of it; returns what was said.
fn told_nothing(
    what: &str,
    answer: impl Fn(usize) -> Answer + Send + 'static,
    mint: fn(usize) -> String,
) -> String {
    let bench = Bench::new("delete-punches")
        .rows(&Table::new(&["record_id"]).row(["6709359319445179292"]))
        .environment("FEISHU_BASE_URL", &serve(answer, mint))
        .environment("FEISHU_APP_SECRET", SECRET)
        .argument("--log-level")
        .argument("debug");
    let ran = bench.run();
    let mut traces = vec![ran.said.stdout.clone(), ran.said.stderr.clone()];
    for folder in bench.run_folders() {
        for entry in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            traces.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    for secret in [SECRET, TOKENS[0], TOKENS[1]] {
        for form in [
            secret.to_owned(),
            escaped(secret),
            percent(secret),
            secret[2..14].to_owned(),
        ] {
            for trace in &traces {
                assert!(!trace.contains(&form), "{what}: {form} in {trace}");
            }
        }
    }
    ran.said.stderr + &traces.concat()
}

#[test]
fn whatever_a_server_repeats_of_our_secrets_reaches_no_file_and_no_screen() {
    let refusal = |msg: &str, error: &str| {
        let body = format!(r#"{{"code":1220001,"msg":"before {msg} after","error":{{{error}}}}}"#);
        Answer(400, String::new(), body)
    };
    let both = |written: fn(&str) -> String| written(SECRET) + " and " + &written(TOKENS[0]);
    let plain = both(str::to_owned);
    let half = both(|secret| escaped(&secret[..3]) + &secret[3..]);
    let nested = both(|secret| escaped(secret).replace('\\', "\\\\"));
    for form in [&plain, &both(escaped), &half, &nested, &both(percent)] {
        let body = form.clone();
        let told = told_nothing("msg", move |_| refusal(&body, ""), minted);
        assert!(told.contains("before *** and *** after"), "{form}: {told}");
    }
    for form in [&plain, &half] {
        let log_id = format!(r#""log_id":"{form}""#);
        told_nothing("error.log_id", move |_| refusal("", &log_id), minted);
        let violation = format!(r#""field_violations":[{{"field":"{form}","value":"{form}"}}]"#);
        told_nothing(
            "error.field_violations",
            move |_| refusal("", &violation),
            minted,
        );
    }
    let page = format!("<html><body>{plain}</body></html>");
    told_nothing(
        "a page",
        move |_| Answer(413, String::new(), page.clone()),
        minted,
    );
    let text = format!("no such method {plain}");
    told_nothing(
        "a text",
        move |_| Answer(404, String::new(), text.clone()),
        minted,
    );
    for form in [plain, both(percent)] {
        let header = format!("x-tt-logid: {form}\r\n");
        let body = r#"{"code":1220001}"#;
        told_nothing(
            "x-tt-logid",
            move |_| Answer(400, header.clone(), body.to_owned()),
            minted,
        );
        for host in form.split(" and ") {
            let header = format!("Location: http://{host}.example/\r\n");
            told_nothing(
                "a redirect",
                move |_| Answer(303, header.clone(), String::new()),
                minted,
            );
        }
    }
}

#[test]
fn a_token_that_was_replaced_is_hidden_too() {
    let told = told_nothing(
        "an earlier token",
        |call| {
            let code = if call == 0 { 99_991_663 } else { 1_220_001 };
            let body = format!(r#"{{"code":{code},"msg":"before {} after"}}"#, TOKENS[0]);
            Answer(400, String::new(), body)
        },
        minted,
    );
    assert!(told.contains("before *** after"), "{told}");
}

#[test]
fn a_token_request_that_is_answered_with_the_secret_does_not_show_it() {
    fn refused(_: usize) -> String {
        format!(
            r#"{{"code":10015,"msg":"wrong: {SECRET}, {}, {}"}}"#,
            escaped(SECRET),
            percent(SECRET)
        )
    }
    let told = told_nothing(
        "a token request",
        |_| Answer(500, String::new(), String::new()),
        refused,
    );
    assert!(told.contains("wrong: ***, ***, ***"), "{told}");
}
