//! The access token all calls carry: asked for once for everybody, renewed early, dropped when the platform refuses it.
//!
//! Invariant: at most one token request is under way, and a refused token is never handed out again. The app's secret and the
//! token are in no error, no log and no `Debug` output; they live in memory only.

mod answer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use self::answer::Minted;
use super::Credentials;
use super::credentials::{APP_ID, APP_SECRET, variable_of};
use super::secrets::Secrets;
use crate::endpoint::TokenKind;
use crate::error::Refusal;
use crate::model::{Reply, TransportError};

/// An access token. Every token a run gets has a higher generation than the one before.
#[derive(Clone)]
pub struct Token {
    secret: SecretString,
    generation: u64,
}

impl Token {
    /// A token of this text, for tests and benches; [`Tokens`] makes the others.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            secret: SecretString::from(secret.into()),
            generation: 0,
        }
    }

    /// The text for the header, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(generation {})", self.generation)
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// Passes by itself: ask again after a delay.
    Again {
        /// What happened, in a sentence.
        text: String,
        /// The wait the platform named, as in [`Reply::reset`].
        reset: Option<String>,
    },
    /// Asking again cannot help.
    Fatal(Refusal),
}

/// Asks the platform for a tenant token. Real over HTTP, in memory in tests.
pub trait Mint: Send + Sync + 'static {
    /// Sends one token request and waits for the whole reply.
    fn mint(
        &self,
        app_id: &str,
        app_secret: &SecretString,
    ) -> impl Future<Output = Result<Reply, TransportError>> + Send;
}

/// Where a self-built app gets its tenant token: `tenant_access_token_internal` of the platform's documentation.
pub(super) const MINT_PATH: &str = "/open-apis/auth/v3/tenant_access_token/internal";

/// The token of a run, for all its workers.
pub struct Tokens<M> {
    mint: M,
    credentials: Credentials,
    secrets: Secrets,
    /// Held by the worker that asks the platform, while the others wait for what it gets.
    asking: tokio::sync::Mutex<()>,
    /// Never held across an await.
    state: Mutex<State>,
}

impl<M: Mint> Tokens<M> {
    /// Tokens for these credentials. Nothing is asked for before the first [`Tokens::current`].
    pub fn new(credentials: Credentials, mint: M) -> Self {
        let secrets = Secrets::default();
        match &credentials {
            Credentials::App { secret, .. } => secrets.learn(secret.expose_secret()),
            Credentials::Ready { token, .. } => secrets.learn(token.expose_secret()),
        }
        Self {
            mint,
            credentials,
            secrets,
            asking: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// Hides one more secret of this process from whatever servers say.
    #[must_use]
    pub fn hiding(self, secret: &str) -> Self {
        self.secrets.learn(secret);
        self
    }

    /// What came back for a call, without any secret that this process has held. Everything the platform says passes through here
    /// before anybody reads it.
    pub fn hide(&self, result: Result<Reply, TransportError>) -> Result<Reply, TransportError> {
        self.secrets.hide(result)
    }

    /// The token to send with now. Asks the platform when there is none, or when the one there is has nearly expired.
    pub async fn current(&self) -> Result<Token, TokenError> {
        match &self.credentials {
            Credentials::App { id, secret } => self.of_app(id, secret).await,
            Credentials::Ready { kind, token } => match self.state().refused {
                None => Ok(Token {
                    secret: token.clone(),
                    generation: 0,
                }),
                Some(_) => Err(TokenError::Fatal(ready_refused(*kind))),
            },
        }
    }

    /// Drops a token the platform refused. Only the first worker that says so has an effect: the others were refused with the same
    /// token, and the next one may be there already. When the platform then gives the very same token again, or the token cannot be
    /// renewed, [`Tokens::current`] fails for good: sending with it would go on for ever.
    pub fn refused(&self, token: &Token) {
        let mut state = self.state();
        if token.generation == state.generation {
            state.refused = Some(token.secret.clone());
            state.held = None;
        }
    }

    async fn of_app(&self, id: &str, secret: &SecretString) -> Result<Token, TokenError> {
        let asked_before = match self.state().fresh() {
            Ok(token) => return Ok(token),
            Err(asked) => asked,
        };
        let _asking = self.asking.lock().await;
        if let Some(answer) = self.state().answer_since(asked_before) {
            return answer;
        }
        let asked_at = Instant::now();
        let answer = match self.mint.mint(id, secret).await {
            Ok(reply) => answer::read(&reply, &self.secrets),
            Err(error) => Err(TokenError::Again {
                text: format!("no access token: {}", self.secrets.text(&error.text)),
                reset: None,
            }),
        };
        self.state().keep(answer, asked_at)
    }

    /// The state is whole after each of its methods, so a panic of another holder does no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> fmt::Debug for Tokens<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.credentials.source())
    }
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// Of the token held, or held last.
    generation: u64,
    /// The token the platform refused last.
    refused: Option<SecretString>,
    /// Token requests that have ended.
    asked: u64,
    /// How the last one failed, if it did.
    failure: Option<TokenError>,
}

struct Held {
    token: Token,
    renew_at: Instant,
    expires_at: Instant,
}

impl State {
    /// The token held, unless it should be renewed; then the number of token requests that have ended.
    fn fresh(&self) -> Result<Token, u64> {
        match &self.held {
            Some(held) if Instant::now() < held.renew_at => Ok(held.token.clone()),
            _ => Err(self.asked),
        }
    }

    /// What another worker got while this one waited to ask: it counts for both, so that an outage is not asked about by each.
    fn answer_since(&self, asked_before: u64) -> Option<Result<Token, TokenError>> {
        match self.fresh() {
            Ok(token) => Some(Ok(token)),
            Err(asked) if asked > asked_before => self.failure.clone().map(Err),
            Err(_) => None,
        }
    }

    /// Takes in the end of a token request that began at `asked_at`.
    fn keep(
        &mut self,
        answer: Result<Minted, TokenError>,
        asked_at: Instant,
    ) -> Result<Token, TokenError> {
        self.asked += 1;
        let kept = answer.and_then(|minted| self.hold(minted, asked_at));
        self.failure = kept.as_ref().err().cloned();
        kept.or_else(|failure| self.outlast().ok_or(failure))
    }

    fn hold(&mut self, minted: Minted, asked_at: Instant) -> Result<Token, TokenError> {
        let is = |secret: &SecretString| secret.expose_secret() == minted.secret.expose_secret();
        if self.refused.as_ref().is_some_and(is) {
            return Err(TokenError::Fatal(same_again()));
        }
        // The platform gives the same token again while it has half an hour left: then it keeps its generation.
        if !self
            .held
            .as_ref()
            .is_some_and(|held| is(&held.token.secret))
        {
            self.generation += 1;
        }
        let token = Token {
            secret: minted.secret,
            generation: self.generation,
        };
        self.held = Some(Held {
            token: token.clone(),
            renew_at: asked_at
                + minted
                    .life
                    .saturating_sub(RENEW_BEFORE_MAX.min(minted.life / RENEW_PART)),
            expires_at: asked_at + minted.life,
        });
        Ok(token)
    }

    /// Renewal failed: the old token serves while it lives, and renewal is tried again a little later.
    fn outlast(&mut self) -> Option<Token> {
        let now = Instant::now();
        let held = self.held.as_mut().filter(|held| now < held.expires_at)?;
        held.renew_at = now + RENEW_AGAIN;
        Some(held.token.clone())
    }
}

/// A token is renewed when this much of its life is left, or a tenth of it, whichever is less: a call that waits at the quota gate
/// must still find it valid, and a token of a minute must not be renewed for every call.
const RENEW_BEFORE_MAX: Duration = Duration::from_mins(5);
const RENEW_PART: u32 = 10;

/// Wait after a failed early renewal: several tries fit into the five minutes.
const RENEW_AGAIN: Duration = Duration::from_secs(15);

fn same_again() -> Refusal {
    Refusal::new("credentials.token-refused", text!("the platform refuses the access token and gives the same one again"))
        .because(text!("it does so while the token has half an hour left; this endpoint may not accept the app's token at all"))
        .hint(text!("check in the developer console that the app is released and installed for this tenant, then resume the run"))
}

fn ready_refused(kind: TokenKind) -> Refusal {
    let variable = variable_of(kind);
    let refusal = Refusal::new(
        "credentials.token-refused",
        text!(
            "the platform refused the access token of {variable}",
            variable
        ),
    )
    .because(text!(
        "a ready token lives two hours at most and cannot be renewed here"
    ));
    match kind {
        TokenKind::Tenant => refusal.hint(text!(
            "unset it and set {app_id} and {app_secret}, or set a new token; then resume the run",
            app_id = APP_ID,
            app_secret = APP_SECRET
        )),
        TokenKind::User => refusal.hint(text!("set a new token, then resume the run")),
    }
}
