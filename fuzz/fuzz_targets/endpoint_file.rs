//! Any text as an endpoint's catalogue file, with or without a secret in it.
//!
//! Promises: it is an endpoint or a refusal that names the file and shows no secret; an endpoint is within the bounds that
//! sending relies on, and reading a reply with it gives one verdict per item.

#![no_main]

mod secret;
mod toml_text;

use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use feishu_bulk::document::Document;
use feishu_bulk::endpoint::reply::{Disposition, read};
use feishu_bulk::endpoint::{Endpoint, RequestPart, catalogue};
use feishu_bulk::error::Exit;
use feishu_bulk::model::{Batch, BatchId, Envelope, Item, Reply};
use libfuzzer_sys::fuzz_target;

use secret::Secret;
use toml_text::Text;

/// The text comes last, so a seed is `::0000` and then the file.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    secret: Secret,
    text: Text<'a>,
}

static SHIPPED: LazyLock<Vec<Document>> = LazyLock::new(|| {
    catalogue::names()
        .map(|name| catalogue::document(name).expect("it is in the catalogue"))
        .collect()
});

fuzz_target!(|input: Input<'_>| {
    let shipped: Vec<&str> = SHIPPED.iter().map(Document::text).collect();
    let text = input.text.written(&shipped);
    // The fuzzer learns the secret and writes it where nobody could know it for one.
    if Secret::is_in(&text) {
        return;
    }
    let text = input.secret.put_into(&text);
    match Endpoint::parse("x", &Document::new("x.toml", text)) {
        Ok(endpoint) => {
            check_bounds(&endpoint);
            check_reading(&endpoint);
        }
        Err(refusal) => {
            let text = refusal.to_string();
            assert_eq!(refusal.exit, Exit::Refused);
            assert!(text.contains("x.toml"), "{text}");
            assert!(!Secret::is_in(&text), "{text}");
        }
    }
});

fn check_bounds(endpoint: &Endpoint) {
    assert!((1..=10_000).contains(&endpoint.items.max));
    assert!(!endpoint.quota.is_empty() && !endpoint.tokens.is_empty());
    for window in &endpoint.quota {
        assert!(window.calls > 0 && !window.span.is_zero());
    }
    assert!(endpoint.path.starts_with("/open-apis/"));
    let mut path = endpoint.path.clone();
    for value in &endpoint.request {
        if value.place == RequestPart::Path {
            path = path.replace(&format!("{{{}}}", value.field.name), "");
        }
    }
    assert!(!path.contains('{'), "{path}");
}

fn check_reading(endpoint: &Endpoint) {
    let item = |body: &str| Item {
        body: body.to_owned().into(),
    };
    let batch = Batch {
        id: BatchId(1),
        envelope: Arc::new(Envelope::default()),
        items: vec![
            item("\"1\""),
            item(r#"{"user_id":"1","month":202101,"day_no":21}"#),
        ],
    };
    let body = r#"{"code":0,"msg":"{\"1\":[21]}","data":{"items":[{"id":"1","success":true}],"success_record_ids":["1"]}}"#;
    let reply = Reply {
        status: 200,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    };
    let Disposition::Read(verdicts) = read(endpoint, &batch, &Ok(reply)).disposition else {
        panic!("code 0 with a data object is read");
    };
    assert_eq!(verdicts.items.len(), 2);
}
