//! Answers in a row, and what is made of them.

use std::collections::VecDeque;
use std::sync::Mutex;

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::endpoint::{Values, catalogue};
use crate::event::Silent;
use crate::model::{Reply, TransportError, TransportFault};
use crate::transport::Credentials;

/// Answers as they are laid down, and keeps what was asked.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<Reply, TransportError>>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Scripted {
    async fn send(&self, request: &Request, _: &Token) -> Result<Reply, TransportError> {
        self.asked
            .lock()
            .unwrap()
            .push(request.path_and_query.clone());
        self.answers.lock().unwrap().pop_front().expect("an answer")
    }
}

impl Mint for Scripted {
    async fn mint(&self, _: &str, _: &SecretString) -> Result<Reply, TransportError> {
        Ok(reply(
            200,
            &json!({"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200}),
        ))
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        body: body.to_string().into_bytes(),
        ..Reply::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of several answers")]
fn groups(names: &[&str], next: Option<&str>) -> Result<Reply, TransportError> {
    let list: Vec<Value> = names
        .iter()
        .map(|name| json!({"group_name": name}))
        .collect();
    let mut data = json!({"group_list": list, "has_more": next.is_some()});
    if let Some(next) = next {
        data["page_token"] = next.into();
    }
    Ok(reply(
        200,
        &json!({"code": 0, "msg": "success", "data": data}),
    ))
}

fn no_answer() -> Result<Reply, TransportError> {
    Err(TransportError {
        fault: TransportFault::Ambiguous,
        text: "the connection broke".to_owned(),
    })
}

/// What is made of the answers, and the addresses that were asked.
async fn listed(
    answers: Vec<Result<Reply, TransportError>>,
) -> (Result<Vec<String>, Unread>, Vec<String>) {
    let transport = Scripted {
        answers: Mutex::new(answers.into()),
        ..Scripted::default()
    };
    let credentials = Credentials::App {
        id: "cli_1".to_owned(),
        secret: "secret".into(),
    };
    let tokens = Tokens::new(credentials, Scripted::default());
    let (platform, control) = (Platform::default(), Control::default());
    let tenant = Tenant {
        transport: &transport,
        tokens: &tokens,
        platform: &platform,
        state_folder: None,
        is_unlimited: false,
        control: &control,
        observer: Arc::new(Silent),
        asked: Asked::default(),
    };
    let read = catalogue::read("attendance.groups.list").unwrap();
    let entries = tenant.list(&read, &Values::new()).await;
    let asked = transport.asked.lock().unwrap().clone();
    assert_eq!(tenant.calls(), asked.len() as u64);
    let name = |entry: &Value| entry["group_name"].as_str().unwrap().to_owned();
    (entries.map(|all| all.iter().map(name).collect()), asked)
}

#[tokio::test(start_paused = true)]
async fn every_page_is_asked_for_with_the_token_that_the_one_before_it_gave() {
    let (entries, asked) = listed(vec![
        groups(&["静安店", "徐汇店"], Some("2=")),
        groups(&["朝阳店"], None),
    ])
    .await;
    assert_eq!(entries.unwrap(), ["静安店", "徐汇店", "朝阳店"]);
    assert_eq!(
        asked,
        [
            "/open-apis/attendance/v1/groups?page_size=50",
            "/open-apis/attendance/v1/groups?page_size=50&page_token=2%3D"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_token_that_comes_back_unchanged_makes_no_answer() {
    let (entries, asked) = listed(vec![groups(&["a"], Some("1")), groups(&["b"], Some("1"))]).await;
    let unread = entries.unwrap_err();
    assert_eq!(unread.why, Why::NotUnderstood);
    assert_eq!(
        unread.text.to_string(),
        "the answer of attendance.groups.list cannot be used: a page token came back unchanged"
    );
    assert_eq!(asked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_made_again_at_most_five_times_in_all() {
    let (entries, asked) = listed(vec![no_answer(), no_answer(), groups(&["a"], None)]).await;
    assert_eq!(entries.unwrap(), ["a"]);
    assert_eq!(asked.len(), 3);
    let (entries, asked) = listed((0..9).map(|_| no_answer()).collect()).await;
    assert_eq!(entries.unwrap_err().why, Why::NoAnswer);
    assert_eq!(asked.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_waits_and_is_made_again() {
    let throttled = reply(
        429,
        &json!({"code": 99_991_400, "msg": "request trigger frequency limit"}),
    );
    let (entries, asked) = listed(vec![Ok(throttled), groups(&["a"], None)]).await;
    assert_eq!(entries.unwrap(), ["a"]);
    assert_eq!(asked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_missing_scope_is_named_with_where_it_is_given() {
    let refused = reply(
        400,
        &json!({"code": 99_991_672, "msg": "Access denied.", "error": {"permission_violations": [{"subject": "attendance:rule:readonly"}]}}),
    );
    let (entries, _) = listed(vec![Ok(refused)]).await;
    let unread = entries.unwrap_err();
    assert_eq!(
        (unread.why, unread.code),
        (Why::NotPermitted, Some(99_991_672))
    );
    assert_eq!(
        unread.help.unwrap().to_string(),
        "grant the app the scope `attendance:rule:readonly` in the developer console and publish the app version"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_holds_something_else_is_none_and_one_that_holds_nothing_is_empty() {
    let said = |data: Value| {
        vec![Ok(reply(
            200,
            &json!({"code": 0, "msg": "success", "data": data}),
        ))]
    };
    for data in [
        json!({"group_list": null}),
        json!({}),
        json!({"has_more": false}),
    ] {
        let (entries, _) = listed(said(data.clone())).await;
        assert_eq!(entries.unwrap(), Vec::<String>::new(), "{data}");
    }
    for data in [
        json!({"groups": []}),
        json!({"group_list": 3}),
        json!({"group_list": [], "has_more": true}),
    ] {
        let (entries, _) = listed(said(data.clone())).await;
        assert_eq!(entries.unwrap_err().why, Why::NotUnderstood, "{data}");
    }
}
