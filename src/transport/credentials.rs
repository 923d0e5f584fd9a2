//! Who we are to the platform: an app that can ask for tokens, or a ready token.
//!
//! Values come from a look-up that the face provides; nothing here reads the environment. No value is ever shown: a refusal names the
//! variable, and `Debug` shows nothing.

use secrecy::SecretString;

use crate::endpoint::TokenKind;
use crate::error::{Ask, Refusal};

/// What a run authenticates with.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A self-built app: asks for tenant tokens as often as needed.
    App {
        /// The app's id, which is no secret.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// A token somebody else asked for. It cannot be renewed.
    Ready {
        /// Whose token it is.
        kind: TokenKind,
        /// The token.
        token: SecretString,
    },
}

/// Variable of a ready tenant token.
pub(super) const TENANT_TOKEN: &str = "FEISHU_TENANT_ACCESS_TOKEN";
/// Variable of a ready user token.
pub(super) const USER_TOKEN: &str = "FEISHU_USER_ACCESS_TOKEN";
/// Variable of the app's id.
pub(super) const APP_ID: &str = "FEISHU_APP_ID";
/// Variable of the app's secret.
pub(super) const APP_SECRET: &str = "FEISHU_APP_SECRET";

impl Credentials {
    /// Looks the variables up and takes the first that the endpoint accepts: a ready tenant token, a ready user token, the app. A ready
    /// token comes first because whoever sets one means it. `accepted` are the kinds of tokens the endpoint takes.
    pub fn find(
        look_up: impl Fn(&str) -> Option<String>,
        accepted: &[TokenKind],
    ) -> Result<Self, Refusal> {
        for (kind, variable) in [
            (TokenKind::Tenant, TENANT_TOKEN),
            (TokenKind::User, USER_TOKEN),
        ] {
            if accepted.contains(&kind)
                && let Some(value) = look_up(variable)
            {
                let token = SecretString::from(ready_token(variable, kind, value)?);
                return Ok(Self::Ready { kind, token });
            }
        }
        if !accepted.contains(&TokenKind::Tenant) {
            return Err(Refusal::new(
                "credentials.user-token",
                text!("this endpoint takes only a user token, and there is none"),
            )
            .hint(text!("set {user_token}", user_token = USER_TOKEN)));
        }
        match (look_up(APP_ID), look_up(APP_SECRET)) {
            (Some(id), Some(secret)) => Ok(Self::App {
                id: value(APP_ID, id)?,
                secret: SecretString::from(value(APP_SECRET, secret)?),
            }),
            (Some(_), None) => Err(missing_half(APP_SECRET, APP_ID)),
            (None, Some(_)) => Err(missing_half(APP_ID, APP_SECRET)),
            (None, None) if look_up(USER_TOKEN).is_some() => Err(Refusal::new(
                "credentials.tenant-token",
                text!(
                    "this endpoint takes tenant tokens only, and only {user_token} is set",
                    user_token = USER_TOKEN
                ),
            )
            .because(text!(
                "the platform's page of the endpoint names the tokens it takes"
            ))
            .hint(text!(
                "set {app_id} and {app_secret}",
                app_id = APP_ID,
                app_secret = APP_SECRET
            ))),
            (None, None) => Err(Refusal::new(
                "credentials.missing",
                text!("there are no credentials for the platform"),
            )
            .because(text!(
                "neither {app_id} and {app_secret} nor {tenant_token} is set",
                app_id = APP_ID,
                app_secret = APP_SECRET,
                tenant_token = TENANT_TOKEN
            ))
            .hint(text!(
                "set {app_id} and {app_secret}, or try the job with --sandbox first",
                app_id = APP_ID,
                app_secret = APP_SECRET
            ))
            .ask(Ask::Credentials)),
        }
    }

    /// Where the token comes from, in words without a secret.
    #[must_use]
    pub fn source(&self) -> String {
        match self {
            Self::App { id, .. } => format!("the app {id}"),
            Self::Ready { kind, .. } => variable_of(*kind).to_owned(),
        }
    }
}

/// The variable a ready token of this kind comes from.
pub(super) fn variable_of(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Tenant => TENANT_TOKEN,
        TokenKind::User => USER_TOKEN,
    }
}

fn missing_half(missing: &str, present: &str) -> Refusal {
    Refusal::new(
        "credentials.half",
        text!("{present} is set, but {missing} is not", present, missing),
    )
    .hint(text!(
        "set {missing} too; both are on the app's page in the developer console",
        missing
    ))
}

/// A ready token begins with the letter of its kind, or is a JWT, which tells nobody its kind.
fn ready_token(variable: &str, kind: TokenKind, text: String) -> Result<String, Refusal> {
    let text = value(variable, text)?;
    let (prefix, other) = match kind {
        TokenKind::Tenant => ("t-", "u-"),
        TokenKind::User => ("u-", "t-"),
    };
    if text.starts_with(prefix) || text.starts_with("eyJ") {
        return Ok(text);
    }
    let why = if text.starts_with(other) {
        format!("it begins with {other}, like a token of the other kind")
    } else {
        format!("such a token begins with {prefix} or eyJ")
    };
    Err(unusable(variable, &why))
}

/// A value that can be a secret at all, or a refusal that names its variable and not the value.
fn value(variable: &str, text: String) -> Result<String, Refusal> {
    let why = if text.is_empty() {
        "it is empty"
    } else if text.contains(['\n', '\r']) {
        "it contains a line break"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "it contains a space or a character that no id, secret or token has"
    } else if text.len() > VALUE_BYTES_MAX {
        "it is longer than 8 KiB"
    } else if is_placeholder(&text) {
        "it is a placeholder, copied from an example"
    } else {
        return Ok(text);
    };
    Err(unusable(variable, why))
}

/// Longest value: tokens of the new format have about 4 KiB, and no server takes a header of more than 8.
const VALUE_BYTES_MAX: usize = 8 * 1024;

fn unusable(variable: &str, why: &str) -> Refusal {
    let hint = match variable {
        APP_ID | APP_SECRET => {
            "copy it from the app's page in the developer console, Credentials & Basic Info"
        }
        _ => "set the token as the platform gave it, or unset the variable",
    };
    Refusal::new(
        "credentials.value",
        text!("{variable} cannot be used: {why}", variable, why),
    )
    .hint(hint)
}

/// What examples and templates hold in place of a value. They are short; a long token may hold such a word by chance.
fn is_placeholder(text: &str) -> bool {
    if text.len() > PLACEHOLDER_BYTES_MAX {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let bare = ["cli_", "t-", "u-"]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix));
    let bare = bare.unwrap_or(&lower);
    let blank = bare
        .bytes()
        .all(|byte| matches!(byte, b'x' | b'*' | b'.' | b'-' | b'_' | b'0'));
    let bracketed = bare.starts_with(['<', '{', '$', '%', '[']);
    let words = [
        "your_",
        "your-",
        "app_secret",
        "app_id",
        "access_token",
        "changeme",
        "placeholder",
        "example",
    ];
    blank || bracketed || words.iter().any(|word| lower.contains(word))
}

const PLACEHOLDER_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const TENANT: &[TokenKind] = &[TokenKind::Tenant];
    const BOTH: &[TokenKind] = &[TokenKind::Tenant, TokenKind::User];
    const SECRET: &str = "dskLLdkasdjlasdKK";

    fn find(variables: &[(&str, &str)], accepted: &[TokenKind]) -> Result<Credentials, Refusal> {
        let look_up = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Credentials::find(look_up, accepted)
    }

    #[test]
    fn a_ready_token_comes_before_the_app_and_the_tenants_before_the_users() {
        let all = [
            (APP_ID, "cli_a1"),
            (APP_SECRET, SECRET),
            (USER_TOKEN, "u-7f1"),
            (TENANT_TOKEN, "t-c92"),
        ];
        let source = |variables, accepted| find(variables, accepted).unwrap().source();
        assert_eq!(source(&all, BOTH), TENANT_TOKEN);
        assert_eq!(source(&all, &[TokenKind::User]), USER_TOKEN);
        assert_eq!(source(&all[..3], BOTH), USER_TOKEN);
        assert_eq!(source(&all[..3], TENANT), "the app cli_a1");
        assert_eq!(
            source(&[(TENANT_TOKEN, "eyJhbGciOi")], TENANT),
            TENANT_TOKEN
        );
    }

    #[test]
    fn an_app_keeps_its_id_and_secret_exactly() {
        let Credentials::App { id, secret } =
            find(&[(APP_ID, "cli_a1"), (APP_SECRET, SECRET)], TENANT).unwrap()
        else {
            panic!("not an app");
        };
        assert_eq!((id.as_str(), secret.expose_secret()), ("cli_a1", SECRET));
    }

    #[test]
    fn debug_shows_no_secret() {
        for variables in [
            vec![(APP_ID, "cli_a1"), (APP_SECRET, SECRET)],
            vec![(TENANT_TOKEN, "t-dskLLdkasdjlasdKK")],
        ] {
            let shown = format!("{:?}", find(&variables, TENANT).unwrap());
            assert!(!shown.contains(SECRET), "{shown}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_one_is_refused_by_the_name_of_its_variable_only() {
        let long = "a".repeat(VALUE_BYTES_MAX + 1);
        for bad in [
            "",
            " ",
            "dskLLdkasdjlasdKK\n",
            "dskLL\r\nX: y",
            "dskLL dkas",
            "密钥dskLL",
            "YOUR_APP_SECRET",
            "your-secret-here",
            "xxx",
            "XXXXXXXX",
            "cli_xxxxxxxx",
            "t-xxx",
            "<app secret>",
            "<secret>",
            "${SECRET}",
            "changeme",
            "****",
            &long,
        ] {
            for variable in [APP_ID, APP_SECRET, TENANT_TOKEN] {
                let app = [(APP_ID, "cli_a1"), (APP_SECRET, SECRET)];
                let variables: Vec<_> = std::iter::once((variable, bad)).chain(app).collect();
                let shown = find(&variables, TENANT).unwrap_err().to_string();
                assert!(shown.contains(variable), "{bad}: {shown}");
                assert!(bad.len() < 4 || !shown.contains(bad), "{bad}: {shown}");
                assert!(!shown.contains("dskLL"), "{shown}");
            }
        }
    }

    #[test]
    fn a_token_of_the_wrong_kind_is_refused() {
        let shown = |variables: &[(&str, &str)], accepted| {
            find(variables, accepted).unwrap_err().to_string()
        };
        assert!(shown(&[(TENANT_TOKEN, "u-7f1")], BOTH).contains("begins with u-"));
        assert!(shown(&[(USER_TOKEN, "t-7f1")], BOTH).contains("begins with t-"));
        assert!(shown(&[(TENANT_TOKEN, "a-7f1")], TENANT).contains("begins with t- or eyJ"));
        assert!(shown(&[(USER_TOKEN, "u-7f1")], TENANT).contains("tenant tokens only"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let shown = |variables: &[(&str, &str)], accepted| {
            find(variables, accepted).unwrap_err().to_string()
        };
        assert!(shown(&[(APP_ID, "cli_a1")], TENANT).contains("FEISHU_APP_SECRET is not"));
        assert!(shown(&[(APP_SECRET, SECRET)], TENANT).contains("FEISHU_APP_ID is not"));
        assert!(
            shown(
                &[(APP_ID, "cli_a1"), (APP_SECRET, SECRET)],
                &[TokenKind::User]
            )
            .contains("FEISHU_USER_ACCESS_TOKEN")
        );
        assert_eq!(
            shown(&[], TENANT),
            "error: there are no credentials for the platform\n  \
             neither FEISHU_APP_ID and FEISHU_APP_SECRET nor FEISHU_TENANT_ACCESS_TOKEN is set\n\
             hint: set FEISHU_APP_ID and FEISHU_APP_SECRET, or try the job with --sandbox first"
        );
    }
}
