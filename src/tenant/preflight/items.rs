//! Things that are deleted, asked for by their ids: whether they are there, and whether they can be deleted.
//!
//! How they are asked for is what reads them back. So many calls as there are ids would cost more than a wrong one; so only the first
//! of a large input are asked for, and that is told.

use std::sync::Arc;

use futures_util::{StreamExt as _, pin_mut, stream};
use serde_json::Value;

use super::{Asking, CALLS_AT_ONCE, Preflighted, Said};
use crate::endpoint::{Preflight, ReadBack, catalogue};
use crate::error::Refusal;
use crate::model::{Envelope, Evidence, Rule};
use crate::numbers::{counted, thousands};
use crate::present::{self, Answer, Item, Present};
use crate::text::Text;
use crate::transport::{Mint, Transport};

const NO_RECORD: Rule = Rule::new(
    "preflight.no-record",
    "is a record that the platform does not have",
);
const NOT_IMPORTED: Rule = Rule::new(
    "preflight.not-imported",
    "is a punch that was not imported through the open platform, and cannot be deleted",
);

/// Punches that are asked for, each with a call: 40 seconds at 50 a second.
const PUNCHES_MAX: usize = 2_000;
/// Records that are asked for, ten a call: as many calls.
const RECORDS_MAX: usize = 20_000;
/// Rows of plans that are asked for: at 5 calls a second, and often several rows a call.
const ROWS_MAX: usize = 500;
/// `type` of a punch that was imported.
const IMPORTED: i64 = 7;

/// The items, as many as are asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    read_back: ReadBack,
    what: Preflight,
    items: Vec<Item>,
    /// Items beyond those.
    more: u64,
}

impl Asked {
    pub(super) fn of(read_back: ReadBack, what: Preflight) -> Self {
        Self {
            read_back,
            what,
            items: Vec::new(),
            more: 0,
        }
    }

    fn items_max(&self) -> usize {
        match self.what {
            Preflight::Punches => PUNCHES_MAX,
            Preflight::Records => RECORDS_MAX,
            Preflight::Plan | Preflight::Schedule | Preflight::Archive => ROWS_MAX,
        }
    }

    pub(super) fn add(&mut self, envelope: &Arc<Envelope>, body: &[u8]) {
        if self.items.len() < self.items_max() {
            self.items.push(Item {
                envelope: Arc::clone(envelope),
                body: body.to_vec().into(),
            });
        } else {
            self.more += 1;
        }
    }

    pub(super) async fn ask<T: Transport + Mint>(
        &self,
        asking: &Asking<'_, T>,
    ) -> Result<Preflighted, Refusal> {
        let mut said = Preflighted::default();
        let read = catalogue::read(&self.read_back.read)?;
        let takes = |name: &str| read.request.iter().any(|value| value.name == name);
        let asks = present::asks(&self.read_back, &self.items);
        let mut unclear = Unclear::default();
        let answers = stream::iter(asks.asks).map(async |ask| {
            let values = present::values(&self.read_back, &ask, takes);
            let compare = |answer| present::compare(&self.read_back, &ask, &self.items, answer);
            Ok::<_, Refusal>(match asking.list(&read, &values).await? {
                Said::Entries(entries) => compare(Answer::Entries(&entries)),
                Said::Refused(refused) => compare(Answer::Refused {
                    code: refused.code.unwrap_or_default(),
                    message: &refused.text.to_string(),
                }),
                Said::Nothing => Vec::new(),
            })
        });
        let answers = answers.buffer_unordered(CALLS_AT_ONCE);
        pin_mut!(answers);
        while let Some(answer) = answers.next().await {
            for (at, present) in answer? {
                if let Some(item) = self.items.get(at) {
                    self.note(item, &present, &mut said, &mut unclear);
                }
            }
        }
        if let Some(why) = unclear.why {
            said.tell(
                "preflight.unclear",
                text!(
                    "of {items} it could not be seen whether they are there: {why}",
                    items = counted(unclear.items, "item"),
                    why
                ),
            );
        }
        if self.more > 0 {
            said.tell(
                "preflight.first-only",
                text!(
                    "only the first {max} items were asked for; {more} were not, to spare calls",
                    max = thousands(self.items_max() as u64),
                    more = thousands(self.more)
                ),
            );
        }
        match self.what {
            Preflight::Punches => said.not_known(text!("whether the app may delete these punches (data permission in the attendance admin console), no read tells: the platform says it when the first call is sent")),
            Preflight::Records => said.not_known(text!("whether the app may delete these records (authorisation inside the aPaaS application), no read tells: the platform says it when the first call is sent")),
            Preflight::Plan | Preflight::Schedule | Preflight::Archive => {}
        }
        Ok(said)
    }

    /// What is gone was perhaps never there, or deleted by somebody else.
    fn note(&self, item: &Item, present: &Present, said: &mut Preflighted, unclear: &mut Unclear) {
        let there = present.there.as_ref();
        match (present.evidence, self.what) {
            (Evidence::Unreadable, _) => unclear.note(there.cloned()),
            (Evidence::AsSent, Preflight::Punches | Preflight::Records) => {
                find(said, item, NO_RECORD, None);
            }
            (Evidence::Other, Preflight::Punches) => {
                let there: Option<Value> =
                    there.and_then(|there| serde_json::from_str(&there.to_string()).ok());
                match there.and_then(|there| there.get("type")?.as_i64()) {
                    Some(IMPORTED) => {}
                    Some(kind) => {
                        let detail = text!("its type is {kind}, not 7", kind);
                        find(said, item, NOT_IMPORTED, Some(detail));
                    }
                    None => {
                        unclear.note(Some(text!("the answer does not say the type of a punch")))
                    }
                }
            }
            (Evidence::AsSent | Evidence::Other | Evidence::Absent, _) => {}
        }
    }
}

/// Items of which nothing can be said, and why of the first.
#[derive(Default)]
struct Unclear {
    items: u64,
    why: Option<Text>,
}

impl Unclear {
    fn note(&mut self, why: Option<Text>) {
        self.items += 1;
        self.why = self.why.take().or(why);
    }
}

/// An item that is a bare id, under the values it shares with others.
fn find(said: &mut Preflighted, item: &Item, rule: Rule, detail: Option<Text>) {
    let Ok(Value::String(id)) = serde_json::from_slice(&item.body) else {
        return;
    };
    let mut names: Vec<&String> = item.envelope.values.iter().map(|(name, _)| name).collect();
    names.sort();
    let shared = names.into_iter().map(|name| {
        let value = super::shared(&item.envelope, name);
        (name.as_str(), value)
    });
    let shared: Vec<(&str, String)> = shared.collect();
    let mut values = vec![("", &*id)];
    values.extend(shared.iter().map(|(name, value)| (*name, &**value)));
    said.find(&values, rule, detail);
}
