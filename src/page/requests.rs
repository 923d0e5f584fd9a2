//! What a request says: its JSON, read whole and strictly, and its query.

use axum::body::{Body, to_bytes};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::draft::Given;
use super::sheet::Only;
use crate::error::Refusal;
use crate::text::Language;

/// Bytes of a body of JSON.
const BODY_MAX: usize = 1024 * 1024;
/// Bytes of many corrections at once.
pub(super) const CELLS_BODY_MAX: usize = 4 * 1024 * 1024;
/// Rows of a window.
const ROWS_MAX: usize = 500;

/// Nothing is asked for but the address itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enter {
    pub(super) code: String,
    #[serde(default)]
    pub(super) language: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Speak {
    pub(super) language: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetMode {
    pub(super) mode: To,
}

/// Where a send goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum To {
    Rehearsal,
    #[serde(alias = "live")]
    Platform,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChooseJob {
    pub(super) job: String,
    #[serde(default)]
    pub(super) given: Given,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasedOn {
    pub(super) check: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    pub(super) check: u64,
    /// The number that was typed, where one is asked for.
    #[serde(default)]
    pub(super) typed: Option<u64>,
    pub(super) to: To,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stop {
    #[serde(default)]
    pub(super) at_once: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resume {
    /// Whether the person said that it is still wanted.
    #[serde(default)]
    pub(super) sure: bool,
    #[serde(default)]
    pub(super) typed: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rerun {
    #[serde(default)]
    pub(super) unconfirmed: bool,
    #[serde(default)]
    pub(super) typed: Option<u64>,
}

/// Without `Debug`: the secret is never shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Try {
    #[serde(default)]
    pub(super) app_id: Option<String>,
    #[serde(default)]
    pub(super) app_secret: Option<String>,
    #[serde(default)]
    pub(super) base_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    pub(super) job: String,
}

/// Reads a body as JSON; a key that is unknown or said twice is refused.
pub(super) async fn json<T: DeserializeOwned>(body: Body, bytes_max: usize) -> Result<T, Refusal> {
    let bytes = to_bytes(body, bytes_max)
        .await
        .map_err(|_| Refusal::new("page.too-large", text!("the request is too large")))?;
    // A secret may be in it: what is wrong with it is not repeated.
    serde_json::from_slice(&bytes).map_err(|_| {
        Refusal::new(
            "page.body",
            text!("the request is not what this address takes"),
        )
    })
}

/// Reads a small body.
pub(super) async fn small<T: DeserializeOwned>(body: Body) -> Result<T, Refusal> {
    json(body, BODY_MAX).await
}

/// The language of a tag; none where it says none that we know.
pub(super) fn language(tag: Option<&str>) -> Option<Language> {
    tag.and_then(Language::of_tag)
}

/// The parts of a query.
pub(super) struct Query(Vec<(String, String)>);

/// A window of rows that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) only: Only,
}

impl Query {
    pub(super) fn of(uri: &hyper::Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn window(&self) -> Wanted {
        Wanted {
            first: self.number("first").unwrap_or_default(),
            count: self.number("count").unwrap_or(ROWS_MAX).min(ROWS_MAX),
            only: match self.get("only") {
                Some("any") => Only::Marked,
                Some(reason) => reason.parse().map_or(Only::All, Only::Reason),
                None => Only::All,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_with_a_key_that_is_unknown_or_said_twice_is_refused() {
        let read = |text: &'static str| small::<Send>(Body::from(text));
        let good = r#"{"check":1,"typed":31,"to":"platform"}"#;
        assert_eq!(read(good).await.unwrap().typed, Some(31));
        for bad in [
            r#"{"check":1,"check":2,"to":"platform"}"#,
            r#"{"check":1,"to":"platform","force":true}"#,
            r#"{"check":1,"to":"moon"}"#,
            "check=1",
            "",
        ] {
            assert_eq!(read(bad).await.unwrap_err().rule, "page.body", "{bad}");
        }
        let long = json::<Nothing>(Body::from(vec![b' '; 100]), 10).await;
        assert_eq!(long.unwrap_err().rule, "page.too-large");
    }

    #[test]
    fn no_window_is_larger_than_the_limit() {
        let window = |query: &str| Query::of(&format!("/rows?{query}").parse().unwrap()).window();
        assert_eq!(window("first=7&count=100000").count, ROWS_MAX);
        assert_eq!(window("only=any").only, Only::Marked);
        assert_eq!(window("only=3").only, Only::Reason(3));
        assert_eq!(window("first=-1").first, 0);
    }
}
