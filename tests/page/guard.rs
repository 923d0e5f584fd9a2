//! Nobody else gets in, and nothing that gets in can do more than a page of ours.

use std::net::TcpStream;

use feishu_bulk::page::{Opened, open};
use serde_json::json;

use super::site::{Answer, Site, options, parts, written};

#[test]
fn the_page_listens_on_127_0_0_1_alone() {
    let site = Site::open();
    assert!(TcpStream::connect(("127.0.0.1", site.port)).is_ok());
    // The whole network 127.0.0.0/8 is this machine where the test runs on Linux.
    if cfg!(target_os = "linux") {
        assert!(TcpStream::connect(("127.0.0.2", site.port)).is_err());
    }
}

#[test]
fn another_host_is_told_the_right_address_and_nothing_else() {
    let site = Site::open();
    let own = site.host();
    for target in ["/enter", "/s/x/", "/web/x/page.css", "/nothing"] {
        for host in [
            "evil.example",
            "127.0.0.1",
            &format!("localhost:{}", site.port),
            &format!("127.0.0.1:{}", site.port - 1),
        ] {
            let answer = site.ask("GET", target, &[("Host", host)], b"");
            assert_eq!(answer.status, 421, "{target} {host}");
            assert!(answer.text().contains(&format!("http://{own}/")));
        }
    }
    let absolute = format!("http://{own}/enter");
    assert_eq!(
        site.ask("GET", &absolute, &[("Host", &own)], b"").status,
        421
    );
    let two = [("Host", own.as_str()), ("Host", own.as_str())];
    assert!([400, 421].contains(&site.ask("GET", "/enter", &two, b"").status));
    assert_eq!(
        site.ask("GET", "/enter", &[("Host", &own)], b"").status,
        200
    );
}

#[test]
fn a_link_lets_one_browser_in_and_its_cookie_says_how_far_it_goes() {
    let site = Site::open();
    let entered = site.trade(&site.code);
    assert_eq!(entered.status, 200);
    let to = entered.json()["to"].as_str().unwrap().to_owned();
    let cookie = entered.header("set-cookie").unwrap();
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    let path = format!("Path={to}");
    assert_eq!(attributes, [path.as_str(), "HttpOnly", "SameSite=Strict"]);
    let again = site.trade(&site.code);
    assert_eq!(
        (again.status, again.json()["error"]["rule"].as_str()),
        (403, Some("page.code"))
    );
    assert_eq!(again.header("set-cookie"), None);
}

#[test]
fn a_wrong_scope_and_a_wrong_cookie_look_alike() {
    let site = Site::open();
    let browser = site.enter();
    let host = site.host();
    let ask = |target: &str, cookie: &str| {
        site.ask("GET", target, &[("Host", &host), ("Cookie", cookie)], b"")
    };
    let wrong_scope = ask("/s/AAAAAAAAAAA/", &browser.cookie);
    let wrong_cookie = ask(&browser.top, "feishu-bulk=AAAA");
    let none = site.ask("GET", &browser.top, &[("Host", &host)], b"");
    for answer in [&wrong_scope, &wrong_cookie, &none] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.body, wrong_scope.body);
    }
    assert_eq!(ask(&browser.top, &browser.cookie).status, 200);
}

#[test]
fn a_write_from_another_page_changes_nothing_even_with_the_cookie() {
    let site = Site::open();
    let browser = site.enter();
    let host = site.host();
    let target = format!("{}language", browser.top);
    let body = br#"{"language":"zh"}"#;
    let with = |headers: &[(&str, &str)]| {
        let all = [&[("Cookie", browser.cookie.as_str())][..], headers].concat();
        site.ask("POST", &target, &all, body).status
    };
    let good = written(&host);
    for name in ["Sec-Fetch-Site", "X-Feishu-Bulk"] {
        let without: Vec<_> = good
            .iter()
            .copied()
            .filter(|(known, _)| *known != name)
            .collect();
        assert_eq!(with(&without), 403, "without {name}");
    }
    for site_of_page in ["same-site", "cross-site", "none"] {
        let mut other = good.clone();
        other[1] = ("Sec-Fetch-Site", site_of_page);
        assert_eq!(with(&other), 403, "{site_of_page}");
    }
    let mut other = good.clone();
    other[3] = ("Content-Type", "text/plain");
    assert_eq!(with(&other), 415);
    assert!(browser.get("").text().contains("lang=\"en\""));
    assert_eq!(with(&good), 200);
    assert!(browser.get("").text().contains("lang=\"zh-CN\""));
    let options = site.ask("OPTIONS", &target, &good, b"");
    assert_eq!(options.status, 405);
}

#[test]
fn data_is_given_to_no_page_of_another_origin() {
    let site = Site::open();
    let browser = site.enter();
    let draft = browser.upload("a.csv", b"record_id\n1\n");
    let host = site.host();
    for (fetched_from, expected) in [
        ("same-site", 403),
        ("cross-site", 403),
        ("same-origin", 200),
    ] {
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", &browser.cookie),
            ("Sec-Fetch-Site", fetched_from),
        ];
        let answer = site.ask("GET", &format!("{draft}check"), &headers, b"");
        assert_eq!(answer.status, expected, "{fetched_from}");
    }
}

#[test]
fn bodies_are_small_strict_and_of_their_type() {
    let site = Site::open();
    let browser = site.enter();
    assert_eq!(browser.post("mode", &json!({ "mode": "moon" })).status, 400);
    assert_eq!(browser.post("quit", &json!({ "force": true })).status, 400);
    let long = json!({ "language": "z".repeat(1024 * 1024) });
    assert_eq!(browser.post("language", &long).status, 413);
    let too_large = browser.try_upload("a.csv", &vec![b'1'; 4 * 1024 * 1024 + 1]);
    assert_eq!(too_large.status, 413, "{}", too_large.text());
    assert_eq!(
        std::fs::read_dir(site.runs().join(".drafts"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn every_answer_has_the_same_policy_and_no_other_page_is_let_near() {
    let site = Site::open();
    let browser = site.enter();
    let host = site.host();
    let style = site.ask("GET", "/enter", &[("Host", &host)], b"");
    let files = style.text();
    let at = files.find("/web/").unwrap();
    let css = files[at..].split('"').next().unwrap().to_owned();
    let answers = [
        style,
        site.ask("GET", &css, &[("Host", &host)], b""),
        site.ask("GET", "/nothing", &[("Host", &host)], b""),
        site.ask("GET", "/enter", &[("Host", "evil.example")], b""),
        site.ask("OPTIONS", "/enter", &[("Host", &host)], b""),
        site.trade("wrong"),
        browser.get(""),
        browser.get("runs/"),
        browser.get("settings/"),
        browser.get("help/"),
        browser.get("drafts/9/"),
        browser.get("runs/none/"),
        browser.post("mode", &json!({ "mode": "live" })),
    ];
    for answer in &answers {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.text());
        }
        let is_allowed = |(name, _): &(String, String)| !name.starts_with("access-control");
        assert!(answer.headers.iter().all(is_allowed));
    }
    let caching = |answer: &Answer| answer.header("cache-control").unwrap().to_owned();
    assert!(caching(&answers[1]).contains("immutable"));
    assert!(
        answers
            .iter()
            .enumerate()
            .all(|(at, answer)| at == 1 || caching(answer) == "no-store")
    );
}

#[test]
fn no_link_leaves_the_session() {
    let site = Site::open();
    let browser = site.enter();
    let mut seen = 0;
    for path in ["", "runs/", "settings/", "help/"] {
        let page = browser.get(path).text();
        for name in ["href=\"", "src=\"", "action=\""] {
            for link in page.split(name).skip(1) {
                let link = link.split('"').next().unwrap();
                let is_ours =
                    link.starts_with("/web/") || link.starts_with('#') || link == "data:,";
                let is_relative = link.is_empty()
                    || link.starts_with('.')
                    || !link.contains(':') && !link.starts_with('/');
                assert!(is_ours || is_relative, "{path}: {link}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} links were found");
}

#[test]
fn what_a_file_is_called_and_what_stands_in_it_is_only_ever_text() {
    let site = Site::open();
    let browser = site.enter();
    let evil = "\"><img src=x onerror=alert(1)>.csv";
    let csv = "record_id,<script>alert(1)</script>\n</script><b>1,x\n";
    let draft = browser.upload(evil, csv.as_bytes());
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    browser.checked(&draft);
    for page in [
        browser.get(""),
        browser.get(&draft),
        browser.get(&format!("{draft}send")),
    ] {
        let page = page.text();
        assert!(
            !page.contains("<img") && !page.contains("<script>alert"),
            "{page}"
        );
        assert!(!page.contains("<b>1"), "{page}");
    }
    assert!(browser.get("").text().contains("&lt;img src=x"));
    let outside = browser.try_upload("../../outside.csv", b"record_id\n1\n");
    assert_eq!(outside.status, 201);
    assert!(!site.folder.path().join("outside.csv").exists());
}

#[test]
fn a_second_start_gets_a_link_from_the_first_and_the_key_is_needed_for_it() {
    let site = Site::open();
    let browser = site.enter();
    let options = options(site.folder.path(), &[]);
    let opened = site.runtime.block_on(async {
        let control = site.control.clone();
        let again = tokio::task::spawn_blocking(move || {
            tokio::runtime::Handle::current().block_on(open(&options, &control))
        });
        again.await.unwrap().unwrap()
    });
    let Opened::There(link) = opened else {
        panic!("two programs serve one folder");
    };
    let (port, code) = parts(&link);
    assert_eq!(port, site.port);
    let second = site.enter_with(&code);
    assert_eq!(second.get("").status, 200);
    assert_eq!(browser.get("").status, 200);
    let host = site.host();
    let guess = site.ask("POST", "/again", &written(&host), br#"{"key":"guess"}"#);
    assert_eq!(guess.status, 403);
}

#[test]
fn a_secret_that_was_typed_is_in_no_answer_and_in_no_file() {
    const SECRET: &str = "canary0123456789abcdefSECRET";
    let site = Site::open();
    let browser = site.enter();
    let typed =
        json!({ "app_id": "cli_a1b2", "app_secret": SECRET, "base_url": "http://127.0.0.1:9" });
    let tried = browser.post("settings/try", &typed);
    assert_eq!(tried.status, 422, "{}", tried.text());
    let bad =
        json!({ "app_id": "cli_a1b2", "app_secret": SECRET, "base_url": "http://evil.example" });
    let refused = browser.post("settings/try", &bad);
    let unknown = browser.post("settings/try", &json!({ "app_secret": SECRET, "more": 1 }));
    let settings = browser.get("settings/");
    assert!(settings.text().contains("cli_a1b2"));
    for answer in [&tried, &refused, &unknown, &settings, &browser.get("")] {
        assert!(!answer.text().contains(SECRET), "{}", answer.text());
    }
    let mut folders = vec![site.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains(SECRET), "{}", path.display());
            }
        }
    }
    browser.post("settings/forget", &json!({}));
    assert!(!browser.get("settings/").text().contains("cli_a1b2"));
}
