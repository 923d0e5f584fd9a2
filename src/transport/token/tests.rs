//! The token under paused time, against a platform in memory that answers from a list.

#![expect(
    clippy::unnecessary_wraps,
    reason = "answers stand in one list with lost ones"
)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::model::TransportFault;

const SECRET: &str = "dskLLdkasdjlasdKK";

/// Answers token requests from a list, each after a while; the last answer serves for ever.
struct Platform {
    answers: Mutex<VecDeque<Result<Reply, TransportError>>>,
    takes: Duration,
    asked: AtomicUsize,
}

impl Mint for Arc<Platform> {
    async fn mint(&self, id: &str, secret: &SecretString) -> Result<Reply, TransportError> {
        assert_eq!((id, secret.expose_secret()), ("cli_a1", SECRET));
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.takes).await;
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers.front().cloned().unwrap()
        }
    }
}

impl Platform {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn app() -> Credentials {
    Credentials::App {
        id: "cli_a1".to_owned(),
        secret: SecretString::from(SECRET),
    }
}

fn tokens(
    answers: impl IntoIterator<Item = Result<Reply, TransportError>>,
) -> (Arc<Platform>, Arc<Tokens<Arc<Platform>>>) {
    let platform = Arc::new(Platform {
        answers: Mutex::new(answers.into_iter().collect()),
        takes: Duration::from_millis(100),
        asked: AtomicUsize::new(0),
    });
    let tokens = Arc::new(Tokens::new(app(), Arc::clone(&platform)));
    (platform, tokens)
}

fn reply(status: u16, body: &str) -> Result<Reply, TransportError> {
    Ok(Reply {
        status,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    })
}

fn granted(token: &str, expire: u64) -> Result<Reply, TransportError> {
    let body =
        format!(r#"{{"code":0,"msg":"ok","tenant_access_token":"{token}","expire":{expire}}}"#);
    reply(200, &body)
}

fn lost() -> Result<Reply, TransportError> {
    Err(TransportError {
        fault: TransportFault::Ambiguous,
        text: "no whole answer within 30s".to_owned(),
    })
}

fn fatal(error: TokenError) -> Refusal {
    match error {
        TokenError::Fatal(refusal) => refusal,
        TokenError::Again { text, .. } => panic!("passes: {text}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_workers_ask_once() {
    let (platform, tokens) = tokens([granted("t-1", 7_200)]);
    let workers: Vec<_> = (0..100)
        .map(|_| {
            let tokens = Arc::clone(&tokens);
            tokio::spawn(async move { tokens.current().await.unwrap().expose().to_owned() })
        })
        .collect();
    for worker in workers {
        assert_eq!(worker.await.unwrap(), "t-1");
    }
    assert_eq!(platform.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_workers_share_one_failure_and_the_next_asks_again() {
    let (platform, tokens) = tokens([lost(), granted("t-1", 7_200)]);
    let workers: Vec<_> = (0..100)
        .map(|_| {
            let tokens = Arc::clone(&tokens);
            tokio::spawn(async move { tokens.current().await })
        })
        .collect();
    for worker in workers {
        assert!(matches!(
            worker.await.unwrap(),
            Err(TokenError::Again { .. })
        ));
    }
    assert_eq!(platform.asked(), 1);
    assert_eq!(tokens.current().await.unwrap().expose(), "t-1");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_gives_up_in_the_middle_leaves_the_others_able_to_ask() {
    let (platform, tokens) = tokens([granted("t-1", 7_200)]);
    let impatient = tokio::time::timeout(Duration::from_millis(50), tokens.current());
    assert!(impatient.await.is_err());
    assert_eq!(tokens.current().await.unwrap().expose(), "t-1");
    assert_eq!(platform.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_ends_and_not_earlier() {
    for (expire, fresh_for) in [(7_200, 6_899), (1_800, 1_619), (60, 53)] {
        let (platform, tokens) = tokens([granted("t-1", expire), granted("t-2", 7_200)]);
        tokens.current().await.unwrap();
        tokio::time::advance(Duration::from_secs(fresh_for)).await;
        assert_eq!(tokens.current().await.unwrap().expose(), "t-1", "{expire}");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(tokens.current().await.unwrap().expose(), "t-2", "{expire}");
        assert_eq!(platform.asked(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_of_one_second_is_not_renewed_for_every_call() {
    let (platform, tokens) = tokens([granted("t-1", 1)]);
    for _ in 0..50 {
        tokens.current().await.unwrap();
    }
    assert_eq!(platform.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_early_renewal_fails_the_old_token_serves_until_it_ends() {
    let (platform, tokens) = tokens([granted("t-1", 7_200), lost()]);
    tokens.current().await.unwrap();
    tokio::time::advance(Duration::from_secs(6_910)).await;
    for _ in 0..50 {
        assert_eq!(tokens.current().await.unwrap().expose(), "t-1");
    }
    assert_eq!(platform.asked(), 2);
    tokio::time::advance(Duration::from_secs(290)).await;
    assert!(tokens.current().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_dropped_once_for_all_workers() {
    let (platform, tokens) = tokens([granted("t-1", 7_200), granted("t-2", 7_200)]);
    let old = tokens.current().await.unwrap();
    tokens.refused(&old);
    assert_eq!(tokens.current().await.unwrap().expose(), "t-2");
    // A worker that was still sending with the old one comes late.
    tokens.refused(&old);
    assert_eq!(tokens.current().await.unwrap().expose(), "t-2");
    assert_eq!(platform.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_token_given_again_after_a_refusal_is_fatal_and_never_handed_out() {
    let (platform, tokens) = tokens([granted("t-1", 7_200)]);
    let token = tokens.current().await.unwrap();
    tokens.refused(&token);
    for asked in 2..4 {
        let refusal = fatal(tokens.current().await.unwrap_err());
        assert!(
            refusal
                .what
                .to_string()
                .contains("gives the same one again"),
            "{refusal}"
        );
        assert_eq!(platform.asked(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_gives_the_same_token_does_not_hide_its_refusal() {
    let (_, tokens) = tokens([
        granted("t-1", 60),
        granted("t-1", 7_200),
        granted("t-2", 7_200),
    ]);
    let early = tokens.current().await.unwrap();
    tokio::time::advance(Duration::from_secs(55)).await;
    assert_eq!(tokens.current().await.unwrap().expose(), "t-1");
    tokens.refused(&early);
    assert_eq!(tokens.current().await.unwrap().expose(), "t-2");
}

#[tokio::test(start_paused = true)]
async fn a_ready_token_is_used_as_it_is_until_it_is_refused() {
    for (kind, hint) in [
        (TokenKind::Tenant, "FEISHU_APP_ID"),
        (TokenKind::User, "set a new token"),
    ] {
        let (platform, _) = tokens([lost()]);
        let ready = Credentials::Ready {
            kind,
            token: SecretString::from("eyJready"),
        };
        let tokens = Tokens::new(ready, Arc::clone(&platform));
        let token = tokens.current().await.unwrap();
        assert_eq!(token.expose(), "eyJready");
        tokens.refused(&token);
        let refusal = fatal(tokens.current().await.unwrap_err());
        assert!(
            refusal.what.to_string().contains(variable_of(kind)),
            "{refusal}"
        );
        assert!(refusal.hint.unwrap().to_string().contains(hint));
        assert_eq!(platform.asked(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_fatal_though_http_says_200() {
    for code in [
        10_003, 10_012, 10_014, 10_015, 20_013, 99_991_543, 99_991_401, 99_991_403, 7_654_321,
    ] {
        let body = format!(r#"{{"code":{code},"data":{{}},"msg":"invalid \u001b[31m {SECRET}"}}"#);
        let (_, tokens) = tokens([reply(200, &body)]);
        let refusal = fatal(tokens.current().await.unwrap_err());
        let shown = refusal.to_string();
        assert!(
            refusal.hint.is_some() && shown.contains(&code.to_string()),
            "{shown}"
        );
        assert!(
            !shown.contains(SECRET) && !shown.contains('\u{1b}'),
            "{shown}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_of_wrong_credentials_reads_like_this() {
    let mut answer = reply(200, r#"{"code":10015,"msg":"app secret invalid"}"#).unwrap();
    answer.log_id = Some("2026082211".to_owned());
    let (_, tokens) = tokens([Ok(answer)]);
    assert_eq!(
        fatal(tokens.current().await.unwrap_err()).to_string(),
        "error: the platform does not know the app or its secret (code 10015)\n  \
         the platform said: \"app secret invalid\" (log id 2026082211)\n  \
         an app of Feishu is unknown to Lark, and the other way round: FEISHU_BASE_URL must be the app's own\n\
         hint: copy FEISHU_APP_ID and FEISHU_APP_SECRET again from the app's page in the developer console"
    );
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_asked_again() {
    for answer in [
        lost(),
        reply(
            429,
            r#"{"code":99991400,"msg":"request trigger frequency limit"}"#,
        ),
        reply(
            400,
            r#"{"code":99991400,"msg":"request trigger frequency limit"}"#,
        ),
        reply(200, r#"{"code":2200,"msg":"internal error"}"#),
        reply(500, r#"{"code":1,"msg":{"not":"text"}}"#),
        reply(
            500,
            r#"{"code":0,"tenant_access_token":"t-1","expire":7200}"#,
        ),
        reply(502, "<html>bad gateway</html>"),
        reply(200, "<html>log in</html>"),
        reply(200, ""),
        reply(204, ""),
        reply(
            200,
            r#"{"code":"0","tenant_access_token":"t-1","expire":7200}"#,
        ),
        reply(
            200,
            r#"{"code":0,"code":0,"tenant_access_token":"t-1","expire":7200}"#,
        ),
        reply(
            200,
            r#"{"code":0,"tenant_access_token":"t-1","expire":7200} x"#,
        ),
        reply(200, r#"{"code":0,"msg":"ok","tenant_access_token":"t-1"}"#),
        reply(
            200,
            r#"{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":0}"#,
        ),
        reply(
            200,
            r#"{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":-1}"#,
        ),
        reply(
            200,
            r#"{"code":0,"msg":"ok","tenant_access_token":"","expire":7200}"#,
        ),
        reply(
            200,
            r#"{"code":0,"msg":"ok","tenant_access_token":"t-1\r\nX: y","expire":7200}"#,
        ),
        reply(
            200,
            r#"{"code":0,"msg":"ok","data":{"tenant_access_token":"t-1","expire":7200}}"#,
        ),
    ] {
        let (_, tokens) = tokens([answer.clone(), granted("t-1", 7_200)]);
        let error = tokens.current().await.unwrap_err();
        assert!(
            matches!(error, TokenError::Again { .. }),
            "{answer:?}: {error:?}"
        );
        assert_eq!(tokens.current().await.unwrap().expose(), "t-1");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_the_platform_names_is_handed_on() {
    let mut throttled = reply(429, r#"{"code":99991400,"msg":"slow down"}"#).unwrap();
    throttled.reset = Some("52".to_owned());
    let (_, tokens) = tokens([Ok(throttled)]);
    match tokens.current().await.unwrap_err() {
        TokenError::Again { reset, .. } => assert_eq!(reset.as_deref(), Some("52")),
        TokenError::Fatal(refusal) => panic!("{refusal}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_the_platforms_is_fatal() {
    for status in [301, 302, 307, 404, 407] {
        let (_, tokens) = tokens([reply(status, "404 page not found")]);
        let refusal = fatal(tokens.current().await.unwrap_err());
        assert!(
            refusal.what.to_string().contains(&status.to_string()),
            "{refusal}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn debug_shows_neither_token_nor_secret() {
    let (_, tokens) = tokens([granted("t-canary", 7_200)]);
    let token = tokens.current().await.unwrap();
    let shown = format!("{tokens:?} {token:?}");
    assert!(
        !shown.contains("canary") && !shown.contains(SECRET),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_answer_is_read_without_a_panic_and_without_the_secret(
        status: u16,
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "\\{\"code\":[0-9]{1,9},\"msg\":\"dskLLdkasdjlasdKK\"(,\"expire\":[0-9]{1,20})?(,\"tenant_access_token\":\"[ -~]{0,9}\")?\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let reply = Reply { status, body, ..Reply::default() };
        let secrets = Secrets::default();
        secrets.learn(SECRET);
        match answer::read(&reply, &secrets) {
            Ok(minted) => prop_assert!(minted.life <= Duration::from_hours(2) && !minted.life.is_zero()),
            Err(error) => {
                let shown = format!("{error:?}");
                prop_assert!(!shown.contains(SECRET));
            }
        }
    }
}
