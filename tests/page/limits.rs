//! How much the page takes at one time, and what its downloads and reports may do in a browser.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::site::{Browser, Site};

/// Connections that are served at one time.
const CONNECTIONS_MAX: usize = 64;

#[test]
fn no_more_than_64_connections_are_served_and_the_next_one_waits_for_a_place() {
    let site = Site::open();
    let connect = || TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    let mut held: Vec<TcpStream> = (0..CONNECTIONS_MAX).map(|_| connect()).collect();
    let mut next = connect();
    let request = format!(
        "GET /enter HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        site.host()
    );
    next.write_all(request.as_bytes()).unwrap();
    next.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let waits = next.read(&mut [0; 1]).unwrap_err().kind();
    assert!(
        matches!(
            waits,
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
        ),
        "{waits}"
    );
    held.pop();
    next.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut said = String::new();
    next.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

/// Begins to upload a file of so many bytes, and sends a few of them.
fn begin_upload(browser: &Browser<'_>, bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", browser.site.port)).unwrap();
    let head = format!(
        "POST {}drafts?name=slow.csv HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nX-Feishu-Bulk: 1\r\nContent-Type: application/octet-stream\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\nid\n",
        browser.top,
        browser.site.host(),
        browser.cookie
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn one_file_is_uploaded_at_a_time_and_one_that_is_cut_off_leaves_nothing_behind() {
    let site = Site::open();
    let browser = site.enter();
    let slow = begin_upload(&browser, 1_000);
    // Until the first one has begun, another one may be quicker.
    let mut refused = browser.try_upload("b.csv", b"id\n1\n");
    for _ in 0..10 {
        if refused.status == 409 {
            break;
        }
        refused = browser.try_upload("b.csv", b"id\n1\n");
    }
    assert_eq!(refused.json()["error"]["rule"], "page.uploading");
    drop(slow);
    let before = browser.get("").text().matches("b.csv").count();
    let mut again = browser.try_upload("c.csv", b"id\n1\n");
    for _ in 0..1_000 {
        if again.status == 201 {
            break;
        }
        again = browser.try_upload("c.csv", b"id\n1\n");
    }
    assert_eq!(again.status, 201, "{}", again.text());
    let home = browser.get("").text();
    assert_eq!(home.matches("b.csv").count(), before);
    assert!(!home.contains("slow.csv"), "{home}");
}

#[test]
fn a_file_above_the_limit_is_refused_with_413_and_is_gone() {
    let site = Site::open();
    let browser = site.enter();
    let large = browser.try_upload("large.csv", &vec![b'1'; 5 * 1024 * 1024]);
    assert_eq!(large.status, 413, "{}", large.text());
    let drafts = std::fs::read_dir(site.runs().join(".drafts")).unwrap();
    assert_eq!(drafts.count(), 0);
}

/// Rehearses a few punches; returns the address of the run, which has ended.
fn rehearsed(browser: &Browser<'_>, name: &str) -> String {
    let draft = browser.upload(name, b"record_id\n1\n");
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let send = json!({ "check": state["check"], "typed": 1, "to": "rehearsal" });
    let sent = browser.post(&format!("{draft}send"), &send);
    let run = sent.json()["to"].as_str().unwrap().to_owned();
    browser.ended(&run);
    run
}

#[test]
fn downloads_have_a_name_of_ours_and_the_report_is_a_page_that_can_do_nothing() {
    let site = Site::open();
    let browser = site.enter();
    let run = rehearsed(&browser, "\"; filename=evil.exe\r\nX: y.csv");
    let id = run.trim_end_matches('/').rsplit('/').next().unwrap();
    for name in ["success.csv", "failure.csv", "summary.json", "run.log"] {
        let file = browser.get(&format!("{run}files/{name}"));
        let disposition = file.header("content-disposition").unwrap();
        let plain = disposition.replace("%2D", "-").replace("%2E", ".");
        assert_eq!(plain, format!("attachment; filename*=UTF-8''{id}-{name}"));
        assert_eq!(file.header("x"), None);
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
    let report = browser.get(&format!("{run}files/report.html"));
    assert_eq!(report.status, 200);
    assert_eq!(report.header("content-disposition"), None);
    let html = report.text();
    let style = html.split("<style>").nth(1).unwrap();
    let style = style.split("</style>").next().unwrap();
    let digest = STANDARD.encode(Sha256::digest(style));
    let policy = report.header("content-security-policy").unwrap();
    let expected =
        format!("sandbox; default-src 'none'; style-src 'sha256-{digest}'; img-src data:");
    assert_eq!(policy, expected);
    assert!(!style.is_empty() && !html.contains("<script"));
}

#[test]
fn no_page_has_a_style_a_handler_or_a_script_of_its_own_whatever_a_file_says() {
    let site = Site::open();
    let browser = site.enter();
    let evil = "x\" onload=alert(1) style=\"color:red\"><script>alert(1)</script>.csv";
    let run = rehearsed(&browser, evil);
    let csv = "record_id\n\"\"\" onclick=alert(1) x=\"\"<script>\"\n";
    let draft = browser.upload(evil, csv.as_bytes());
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    browser.checked(&draft);
    for path in ["", "runs/", "settings/", "help/", &run, &draft] {
        let page = browser.get(path);
        let kind = page.header("content-type").unwrap();
        assert_eq!(kind, "text/html; charset=utf-8", "{path}");
        let page = page.text();
        for tag in page
            .split('<')
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap())
        {
            let is_own_script = tag.starts_with("script ") && !tag.contains(" src=\"/web/");
            assert!(!is_own_script && tag != "script", "{path}: {tag}");
            assert!(!tag.starts_with("style"), "{path}: {tag}");
            // What stands in quotes is a value, and no attribute.
            let names: String = tag.split('"').step_by(2).collect();
            assert!(
                !names.contains(" style=") && !names.contains(" on"),
                "{path}: {tag}"
            );
        }
    }
    let rows = browser.get(&format!("{draft}rows?first=0&count=9"));
    assert_eq!(rows.header("content-type"), Some("application/json"));
    assert_eq!(rows.header("x-content-type-options"), Some("nosniff"));
    assert!(rows.json().to_string().contains("onclick=alert(1)"));
}
