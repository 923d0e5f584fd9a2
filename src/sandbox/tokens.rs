//! Access tokens: minting them, and telling good ones from bad ones.
//!
//! `platform.md` section 2: the same token is given while at least 30 minutes are left, a new one after that, and then both are
//! valid. Wrong credentials are told under HTTP 200.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::json::{Json, Object};
use super::reply::Reply;
use super::routes::Endpoint;
use super::world::{APP_ID, APP_ID_SWITCHED_OFF, APP_SECRET, USER_TOKEN};

/// With less than this left, a new token is minted.
const RENEWED_WITHIN: Duration = Duration::from_mins(30);

/// How a tenant token looks. Both forms are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenForm {
    /// `t-` and some forty characters.
    #[default]
    Short,
    /// `eyJ` and four kilobytes.
    Long,
}

/// Length of a long token, in bytes.
const LONG_TOKEN_BYTES: usize = 4096;

/// The tokens of one sandbox.
#[derive(Debug)]
pub(super) struct Tokens {
    lifetime: Duration,
    form: TokenForm,
    seed: u64,
    live: Vec<(String, Instant)>,
    pub(super) minted: Vec<String>,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration, form: TokenForm, seed: u64) -> Self {
        Self {
            lifetime,
            form,
            seed,
            live: Vec::new(),
            minted: Vec::new(),
        }
    }

    /// Answers a call of the token method.
    pub(super) fn answer(&mut self, body: &Object, now: Instant) -> Reply {
        let rejected = |code: i64, msg: &str| {
            Reply::envelope(200, json!({"code": code, "data": {}, "msg": msg}))
        };
        let (Some(Json::Text(app_id)), Some(Json::Text(app_secret)), 2) =
            (body.get("app_id"), body.get("app_secret"), body.len())
        else {
            return rejected(10003, "invalid param");
        };
        match (app_id.as_str(), app_secret.as_str()) {
            (APP_ID, APP_SECRET) => {
                let (token, left) = self.mint(now);
                let expire = left.as_secs().max(1);
                let envelope =
                    json!({"code": 0, "msg": "ok", "tenant_access_token": token, "expire": expire});
                Reply::envelope(200, envelope)
            }
            (APP_ID, _) => rejected(10015, "app secret invalid"),
            (APP_ID_SWITCHED_OFF, _) => rejected(10014, "app unauthorized"),
            _ => rejected(10003, "invalid param"),
        }
    }

    /// The token in force and what is left of it, or a new one.
    pub(super) fn mint(&mut self, now: Instant) -> (String, Duration) {
        self.live.retain(|(_, expires)| *expires > now);
        if let Some((token, expires)) = self.live.last() {
            let left = expires.duration_since(now);
            if left >= RENEWED_WITHIN {
                return (token.clone(), left);
            }
        }
        let number = self.minted.len() + 1;
        let name = format!("sandbox{:016x}{number:015}", self.seed);
        let token = match self.form {
            TokenForm::Short => format!("t-{name}"),
            TokenForm::Long => format!("eyJ{name:x<LONG_TOKEN_BYTES$}"),
        };
        self.live.push((token.clone(), now + self.lifetime));
        self.minted.push(token.clone());
        (token, self.lifetime)
    }

    /// Makes every tenant token invalid at once.
    pub(super) fn expire_all(&mut self) {
        self.live.clear();
    }

    /// Refuses a call whose `Authorization` headers do not let it in.
    pub(super) fn check(
        &self,
        authorization: &[String],
        endpoint: Endpoint,
        now: Instant,
    ) -> Result<(), Reply> {
        const ASK: &str = "Please make a request with token attached.";
        let refused = |code, what: &str| {
            Err(Reply::refused(
                400,
                code,
                &format!("{what} for authorization. {ASK}"),
            ))
        };
        let [header] = authorization else {
            return refused(99_991_661, "Missing access token");
        };
        let Some(token) = header
            .strip_prefix("Bearer ")
            .filter(|token| !token.is_empty())
        else {
            return refused(99_991_661, "Missing access token");
        };
        let valid = |(live, expires): &(String, Instant)| live == token && *expires > now;
        if self.live.iter().any(valid) {
            return Ok(());
        }
        if token == USER_TOKEN {
            return if endpoint.facts().user_tokens {
                Ok(())
            } else {
                Err(Reply::refused(
                    400,
                    99_991_668,
                    "user access token not support",
                ))
            };
        }
        match token.get(..2) {
            Some("t-") => refused(99_991_663, "Invalid access token"),
            Some("u-" | "ey") => refused(99_991_668, "Invalid access token"),
            _ => Err(Reply::refused(
                400,
                99_991_671,
                "Invalid token: must start with t-/u-",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(seconds: u64) -> (Tokens, Instant) {
        (
            Tokens::new(Duration::from_secs(seconds), TokenForm::Short, 7),
            Instant::now(),
        )
    }

    #[test]
    fn the_same_token_is_given_while_thirty_minutes_are_left_and_then_two_are_valid() {
        let (mut tokens, start) = tokens(7200);
        let at = |minutes| start + Duration::from_mins(minutes);
        let (first, _) = tokens.mint(at(0));
        assert_eq!(tokens.mint(at(90)), (first.clone(), RENEWED_WITHIN));
        let (second, left) = tokens.mint(at(91));
        assert_ne!(first, second);
        assert_eq!(left, Duration::from_hours(2));
        for token in [&first, &second] {
            let header = [format!("Bearer {token}")];
            assert!(tokens.check(&header, Endpoint::Shifts, at(92)).is_ok());
        }
        assert!(
            tokens
                .check(&[format!("Bearer {first}")], Endpoint::Shifts, at(120))
                .is_err()
        );
    }

    #[test]
    fn each_kind_of_bad_authorization_has_its_documented_code() {
        let (mut tokens, now) = tokens(7200);
        let (good, _) = tokens.mint(now);
        let code = |headers: &[&str]| {
            let headers: Vec<String> = headers.iter().map(|&text| text.to_owned()).collect();
            let refusal = tokens.check(&headers, Endpoint::Shifts, now).unwrap_err();
            assert_eq!(refusal.status, 400);
            refusal.code().unwrap()
        };
        assert_eq!(code(&[]), 99_991_661);
        assert_eq!(code(&[&good]), 99_991_661);
        assert_eq!(code(&["Bearer "]), 99_991_661);
        assert_eq!(code(&[&format!("bearer {good}")]), 99_991_661);
        assert_eq!(code(&["Bearer t-fake"]), 99_991_663);
        assert_eq!(code(&["Bearer eyJhbGciOi"]), 99_991_668);
        assert_eq!(code(&["Bearer x-1"]), 99_991_671);
    }

    #[test]
    fn a_user_token_is_good_for_the_archive_report_only() {
        let (tokens, now) = tokens(7200);
        let header = [format!("Bearer {USER_TOKEN}")];
        assert!(tokens.check(&header, Endpoint::Archive, now).is_ok());
        let refusal = tokens.check(&header, Endpoint::Punches, now).unwrap_err();
        assert_eq!(refusal.code(), Some(99_991_668));
    }

    #[test]
    fn a_long_token_is_as_good_as_a_short_one() {
        let now = Instant::now();
        let mut tokens = Tokens::new(Duration::from_hours(2), TokenForm::Long, 7);
        let (token, _) = tokens.mint(now);
        assert!(token.starts_with("eyJ") && token.len() > 4096);
        let header = |token: &str| [format!("Bearer {token}")];
        assert!(tokens.check(&header(&token), Endpoint::Shifts, now).is_ok());
        let (shortened, _) = token.split_at(token.len() - 1);
        assert!(
            tokens
                .check(&header(shortened), Endpoint::Shifts, now)
                .is_err()
        );
    }

    #[test]
    fn wrong_credentials_are_told_under_http_200_and_mint_nothing() {
        let (mut tokens, now) = tokens(7200);
        let mut code = |body: serde_json::Value| {
            let body = Json::read(body.to_string().as_bytes()).unwrap();
            let reply = tokens.answer(body.as_object().unwrap(), now);
            assert_eq!(reply.status, 200);
            reply.code().unwrap()
        };
        assert_eq!(
            code(json!({"app_id": "cli_other", "app_secret": APP_SECRET})),
            10003
        );
        assert_eq!(code(json!({"app_id": APP_ID})), 10003);
        assert_eq!(
            code(json!({"app_id": APP_ID, "app_secret": "wrong"})),
            10015
        );
        assert_eq!(
            code(json!({"app_id": APP_ID_SWITCHED_OFF, "app_secret": "any"})),
            10014
        );
        assert_eq!(
            code(json!({"app_id": APP_ID, "app_secret": APP_SECRET, "more": 1})),
            10003
        );
        assert!(tokens.minted.is_empty());
    }
}
