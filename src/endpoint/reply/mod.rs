//! What one call's answer leads to: one pure, total function from a transport result to a disposition.
//!
//! Any bytes in; a verdict for each item, or one thing to do with the batch, out. Absence of evidence is not success,
//! and neither is contradiction. It must not know an endpoint by name, a clock, or how often the batch was sent before.

mod body;
mod classify;
mod codes;
mod contradiction;
mod json;
mod listed;
mod map_text;
mod message_map;
mod per_item;
mod sent;
mod shown;
mod wording;

use serde_json::{Map, Value};

use crate::endpoint::{Endpoint, Read, ReplyReader};
use crate::model::{Batch, Reason, Reply, TransportError, Verdict, Verdicts};
use crate::text::Text;
use body::Body;
use classify::Rules;
use json::Object;
use wording::unconfirmed;

/// What one call's answer says, and what it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What to do with the batch.
    pub disposition: Disposition,
    /// The platform's code, where the body has one that can be trusted.
    pub code: Option<i64>,
    /// HTTP status; none when no whole reply arrived.
    pub status: Option<u16>,
    /// What the platform's support asks for: from the header, else from `error.log_id`.
    pub log_id: Option<String>,
    /// How long the trouble lasts, as the platform's or the gateway's header says it.
    pub reset: Option<String>,
}

/// What to do with a batch after one call.
#[derive(Debug, Clone, PartialEq)]
pub enum Disposition {
    /// The platform took the call; each item has its verdict.
    Read(Verdicts),
    /// Send the same batch again, later.
    Again {
        /// Whether this call can have been applied.
        applied: Applied,
        /// Why.
        reason: Reason,
        /// Most resends because of answers like this one; [`RESENDS_BY_POLICY`] when the sender's own limit is enough.
        resends_max: u32,
        /// What to do when the resends are used up.
        then: Then,
    },
    /// The quota is used up: not applied. Pause the endpoint; this is no attempt of the batch.
    Wait {
        /// Pause asked for, 1 to 300 seconds; none when the platform names no usable number.
        seconds: Option<f64>,
        /// Why.
        reason: Reason,
    },
    /// The access token was refused: not applied. Renew it once and send again; twice in a row is a halt.
    RenewToken {
        /// Why.
        reason: Reason,
    },
    /// The batch was refused as a whole because of its items: not applied, and may be isolated.
    Refused {
        /// Why.
        reason: Reason,
    },
    /// Every further call would end alike.
    Halt {
        /// Whether this call can have been applied.
        applied: Applied,
        /// Why.
        reason: Reason,
        /// What the user can do about it.
        help: Option<Text>,
    },
}

/// Whether a call that did not end well can have been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was not.
    No,
    /// Nobody knows.
    Unknown,
}

/// What to do with a batch whose resends are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Its items are unconfirmed. Never together with [`Applied::No`].
    Unconfirmed,
    /// As [`Disposition::Refused`].
    Refused,
    /// As [`Disposition::Halt`]; the items are unconfirmed when a call of theirs may have been applied, else pending.
    Halt,
}

/// "As often as the sender allows": for answers that need no tighter limit of their own.
pub const RESENDS_BY_POLICY: u32 = u32::MAX;

/// Reads the result of one call of `batch`. Never panics, whatever the bytes; a [`Disposition::Read`] has exactly one
/// verdict per item, in the batch's order.
#[must_use]
pub fn read(endpoint: &Endpoint, batch: &Batch, result: &Result<Reply, TransportError>) -> Answer {
    let rules = Rules {
        codes: &endpoint.codes,
        scopes: &endpoint.scopes,
    };
    answered(rules, result, |body, _| {
        let read = verdicts(endpoint, batch, body);
        Disposition::Read(contradiction::weighed(endpoint, body, read))
    })
}

/// The `data` of a reply to a call that reads, or what the call leads to in its place: never a [`Disposition::Read`].
pub fn data(
    read: &Read,
    result: &Result<Reply, TransportError>,
) -> Result<Map<String, Value>, Box<Answer>> {
    let rules = Rules {
        codes: &read.codes,
        scopes: &read.scopes,
    };
    let mut data = None;
    let answer = answered(rules, result, |_, reply| {
        let taken = serde_json::from_slice::<Data>(&reply.body);
        data = taken.ok().map(|taken| taken.data);
        classify::without_data()
    });
    data.ok_or(Box::new(answer))
}

/// A reply with code 0, of which only the data counts.
#[derive(serde::Deserialize)]
struct Data {
    data: Map<String, Value>,
}

/// What the result of one call leads to; `taken` says it of a reply with code 0.
fn answered(
    rules: Rules<'_>,
    result: &Result<Reply, TransportError>,
    taken: impl FnOnce(&Body<'_>, &Reply) -> Disposition,
) -> Answer {
    let reply = match result {
        Ok(reply) => reply,
        Err(error) => {
            return Answer {
                disposition: classify::unanswered(error),
                code: None,
                status: None,
                log_id: None,
                reset: None,
            };
        }
    };
    let body = Body::parse(&reply.body);
    let disposition = match &body {
        _ if (300..400).contains(&reply.status) => classify::redirected(reply),
        Ok(body) if body.code == 0 && (200..300).contains(&reply.status) => taken(body, reply),
        Ok(body) => classify::coded(rules, reply, body),
        Err(unreadable) => classify::uncoded(reply, unreadable),
    };
    let body = body.ok();
    Answer {
        disposition,
        code: body.as_ref().map(|body| body.code),
        status: Some(reply.status),
        log_id: reply
            .log_id
            .clone()
            .or_else(|| body.as_ref().and_then(Body::log_id)),
        reset: reply.reset.clone(),
    }
}

/// A reply with code 0 in the documented form, and the batch that it answers: what the readers look into.
struct Taken<'a> {
    endpoint: &'a Endpoint,
    batch: &'a Batch,
    data: &'a Object<'a>,
    msg: Option<&'a str>,
}

/// Looks for evidence about each item in a reply with code 0.
fn verdicts(endpoint: &Endpoint, batch: &Batch, body: &Body<'_>) -> Verdicts {
    let Some(data) = &body.data else {
        return alike(
            batch,
            unconfirmed("the reply has code 0 but no `data` object"),
        );
    };
    let taken = Taken {
        endpoint,
        batch,
        data,
        msg: body.msg.as_deref(),
    };
    match &endpoint.reply {
        ReplyReader::Listed {
            succeeded,
            matches,
            failed,
        } => listed::read(succeeded.as_deref(), matches, failed, &taken),
        ReplyReader::MessageMap {
            person,
            month,
            day,
            echo,
            reason,
        } => {
            let fields = message_map::DayFields { person, month, day };
            message_map::read(fields, echo, reason, &taken)
        }
        ReplyReader::PerItem {
            list,
            id,
            matches,
            success,
            errors,
            temporary,
        } => {
            let entry = per_item::EntryPointers {
                id,
                success,
                errors,
            };
            per_item::read(list, entry, matches, temporary, &taken)
        }
        ReplyReader::Whole => alike(batch, Verdict::Succeeded),
    }
}

/// One verdict for the whole batch.
fn alike(batch: &Batch, verdict: Verdict) -> Verdicts {
    Verdicts {
        items: vec![verdict; batch.items.len()],
        unsent_names: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
