//! Lists that come page by page: `catalogue.md` 0.2.
//!
//! A page token belongs to its list: given to another one it is refused. It is only there while there is more.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

use crate::sandbox::call::invalid;
use crate::sandbox::fields::{Fields, Need};
use crate::sandbox::reply::Reply;

/// A token that every list takes for its first page, so that a fault can give the same one again and again.
pub(in crate::sandbox) const REPEATED_TOKEN: &str = "the-same-token-again";

/// Which page is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) size: usize,
    /// Nothing, or an empty text, for the first.
    pub(super) token: Option<&'a str>,
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) entries: Vec<T>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

/// A page token that this list never gave.
#[derive(Debug)]
pub(super) struct UnknownToken;

impl<'a> Page<'a> {
    /// `page_size` and `page_token` of an attendance list: 1 to 50, 10 when nothing is said.
    pub(super) fn of_attendance(query: &mut Fields<'a>) -> Self {
        Self {
            size: size(
                query.written_integer("page_size", Need::Optional, &(1..=50)),
                10,
            ),
            token: query.text("page_token", Need::Optional),
        }
    }

    /// The page asked for. `list` tells this list from all others.
    pub(super) fn cut<T>(self, entries: Vec<T>, list: &str) -> Result<Cut<T>, UnknownToken> {
        let mut hasher = DefaultHasher::new();
        list.hash(&mut hasher);
        let list = hasher.finish();
        let first = match self.token {
            None | Some("" | REPEATED_TOKEN) => 0,
            Some(token) => offset(token, list).ok_or(UnknownToken)?,
        };
        let end = first.saturating_add(self.size);
        let next = (end < entries.len()).then(|| format!("{list:016x}{end:08}=="));
        let entries = entries.into_iter().skip(first).take(self.size).collect();
        Ok(Cut { entries, next })
    }
}

/// A size that was asked for, or what the page says of none.
pub(super) fn size(asked: Option<i64>, or: usize) -> usize {
    asked
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(or)
}

/// The place a token stands for.
fn offset(token: &str, list: u64) -> Option<usize> {
    let rest = token.strip_suffix("==")?;
    let rest = rest.strip_prefix(&format!("{list:016x}"))?;
    rest.parse().ok().filter(|offset| *offset > 0)
}

impl Cut<Value> {
    /// `data` of a list: its entries under `name`, whether there is more, and where.
    pub(super) fn data(self, name: &str) -> Map<String, Value> {
        let mut data = Map::new();
        data.insert(name.to_owned(), Value::Array(self.entries));
        data.insert("has_more".to_owned(), json!(self.next.is_some()));
        if let Some(next) = self.next {
            data.insert("page_token".to_owned(), json!(next));
        }
        data
    }
}

impl From<UnknownToken> for Reply {
    /// As the attendance endpoints tell it.
    fn from(_: UnknownToken) -> Self {
        invalid("page_token invalid")
    }
}
