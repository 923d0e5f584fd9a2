//! The platform's answer to a token request, read once by a total function.
//!
//! Wrong credentials come under HTTP 200 with a code, so the code decides. The fields stand at the top level, not in `data`. What is
//! shown of the answer is the platform's `msg` and its log id, without any secret that they may repeat.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::TokenError;
use crate::error::Refusal;
use crate::model::Reply;
use crate::shown::one_line;
use crate::transport::BaseUrl;
use crate::transport::credentials::{APP_ID, APP_SECRET};
use crate::transport::secrets::Secrets;

/// A token and how long it lives from the request on.
pub(super) struct Minted {
    pub(super) secret: SecretString,
    pub(super) life: Duration,
}

#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    msg: Value,
    tenant_access_token: Option<String>,
    expire: Option<u64>,
}

/// Any bytes in; a token, or why there is none.
pub(super) fn read(reply: &Reply, secrets: &Secrets) -> Result<Minted, TokenError> {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&reply.body) else {
        return Err(not_the_platform(reply));
    };
    if let Some(token) = &envelope.tenant_access_token {
        secrets.learn(token);
    }
    let said = said(&envelope.msg, reply, secrets);
    if envelope.code != 0 {
        return Err(refused(envelope.code, &said, reply));
    }
    let unreadable = || {
        again(
            "the platform's answer holds no usable access token".to_owned(),
            reply,
        )
    };
    if reply.status != 200 {
        return Err(unreadable());
    }
    match (envelope.tenant_access_token, envelope.expire) {
        (Some(secret), Some(seconds @ 1..)) if is_token(&secret) => Ok(Minted {
            secret: SecretString::from(secret),
            life: Duration::from_secs(seconds).min(LIFE_MAX),
        }),
        _ => Err(unreadable()),
    }
}

/// The platform's tokens live two hours at most; whoever says more is not trusted that far.
const LIFE_MAX: Duration = Duration::from_hours(2);

/// Whether it can stand in a header. Tokens of the new format have about 4 KiB.
fn is_token(text: &str) -> bool {
    (1..=TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// A code other than 0.
fn refused(code: i64, said: &str, reply: &Reply) -> TokenError {
    let hint = match code {
        99_991_403 => "the tenant's calls of this month are used up; they are renewed on the 1st",
        _ if passes(code) || reply.status >= 500 || reply.status == 429 => {
            return again(
                format!("the platform gave no access token (code {code}): {said}"),
                reply,
            );
        }
        99_991_401 => {
            "add this machine's address to the app's IP allow-list in the developer console"
        }
        10_003 | 10_014 | 10_015 | 99_991_543 => {
            return TokenError::Fatal(wrong_credentials(code, said));
        }
        _ => {
            "check in the developer console that the app is self-built, released and installed for this tenant"
        }
    };
    TokenError::Fatal(
        Refusal::new(
            "credentials.app",
            text!(
                "the platform gives the app no access token (code {code})",
                code
            ),
        )
        .because(text!("the platform said: {said}", said))
        .hint(hint),
    )
}

fn wrong_credentials(code: i64, said: &str) -> Refusal {
    Refusal::new("credentials.secret", text!("the platform does not know the app or its secret (code {code})", code))
        .because(text!("the platform said: {said}", said))
        .because(text!("an app of Feishu is unknown to Lark, and the other way round: FEISHU_BASE_URL must be the app's own"))
        .hint(text!("copy {app_id} and {app_secret} again from the app's page in the developer console", app_id = APP_ID, app_secret = APP_SECRET))
}

/// Codes of the gateway that pass by themselves: frequency limits and internal errors.
fn passes(code: i64) -> bool {
    matches!(
        code,
        99_991_400
            | 1_000_004
            | 1_000_005
            | 1_500
            | 1_663
            | 1_668
            | 2_200
            | 5_000
            | 10_101
            | 10_500
    )
}

/// No envelope: a proxy's page, a wrong address, an outage.
fn not_the_platform(reply: &Reply) -> TokenError {
    let status = reply.status;
    let refusal = |what: &str| {
        Refusal::new(
            "credentials.token-answer",
            text!(
                "the token request was answered by HTTP {status}: {what}",
                status,
                what
            ),
        )
    };
    match status {
        300..=399 => TokenError::Fatal(
            refusal("a redirect, which is never followed")
                .because(text!(
                    "a proxy or a login page answers in place of the platform"
                ))
                .hint(text!(
                    "check the network, and FEISHU_BASE_URL ({default} if in doubt)",
                    default = BaseUrl::DEFAULT
                )),
        ),
        404 => TokenError::Fatal(
            refusal("there is no such method at this address").hint(text!(
                "check FEISHU_BASE_URL ({default} if in doubt)",
                default = BaseUrl::DEFAULT
            )),
        ),
        407 => TokenError::Fatal(refusal("a proxy asks for credentials").hint(text!(
            "give the proxy's user name and password with its address"
        ))),
        _ => again(
            format!("the token request was not answered by the platform (HTTP {status})"),
            reply,
        ),
    }
}

fn again(text: String, reply: &Reply) -> TokenError {
    TokenError::Again {
        text,
        reset: reply.reset.clone(),
    }
}

/// The platform's words, fit to be shown: on one line, of limited length, without our secret, with what its support asks for.
fn said(msg: &Value, reply: &Reply, secrets: &Secrets) -> String {
    let words = match msg.as_str() {
        Some(words) => words.to_owned(),
        None if msg.is_null() => "no reason given".to_owned(),
        None => msg.to_string(),
    };
    let line = one_line(&secrets.text(&words), SAID_CHARS_MAX);
    match &reply.log_id {
        Some(log_id) => format!("\"{line}\" (log id {})", secrets.text(log_id)),
        None => format!("\"{line}\""),
    }
}

const SAID_CHARS_MAX: usize = 300;
