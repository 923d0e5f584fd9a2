//! What a call that was not simply taken leads to: transport failures, redirects, codes, and bodies that say nothing.
//!
//! Decided by code first, because the platform sends the same code under different HTTP statuses; by status only where
//! the code says nothing. A call is called "not applied" only when the platform or the transport says so.

use std::cmp::Reverse;

use super::body::{Body, Unreadable};
use super::codes::{self, Meaning};
use super::wording::{self, coded_reason, reason};
use super::{Applied, Disposition, RESENDS_BY_POLICY, Then};
use crate::endpoint::{CodeAction, CodeRule};
use crate::model::{Reason, Reply, TransportError, TransportFault};
use crate::text::Text;

/// Resends after an answer that may be a refusal or may be trouble: what two more answers do not settle, ten will not.
const RESENDS_IN_DOUBT: u32 = 2;

/// Resends after an answer the platform does not give, such as a proxy's page or a `code` that is text: one slip of the
/// wire is forgiven, a second is how things stand.
const RESENDS_AFTER_NONSENSE: u32 = 1;

/// Bounds of the pause that a reply can ask for, in seconds: never a busy loop, never longer than the windows that the
/// platform documents (a minute) could need.
const PAUSE_SECONDS_MIN: f64 = 1.0;
const PAUSE_SECONDS_MAX: f64 = 300.0;

/// What a method's file says of its refusals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// What its codes mean beyond the platform-wide table.
    pub(super) codes: &'a [CodeRule],
    /// Scopes of which any one lets the app call it.
    pub(super) scopes: &'a [String],
}

/// No whole reply arrived.
pub(super) fn unanswered(error: &TransportError) -> Disposition {
    let reason = reason(error.text.as_str());
    match error.fault {
        TransportFault::NotSent => Disposition::Again {
            applied: Applied::No,
            reason,
            resends_max: RESENDS_BY_POLICY,
            then: Then::Halt,
        },
        TransportFault::Ambiguous => perhaps_applied(reason, RESENDS_BY_POLICY, Then::Unconfirmed),
    }
}

/// Code 0, but nothing that was asked for.
pub(super) fn without_data() -> Disposition {
    perhaps_applied(
        reason("the reply has code 0 but no `data` object"),
        RESENDS_AFTER_NONSENSE,
        Then::Unconfirmed,
    )
}

/// HTTP 3xx: the API never redirects, so somebody else answers; believing them would send the items elsewhere. Whoever answers
/// so has read the call, and nobody can tell whether it was applied before.
pub(super) fn redirected(reply: &Reply) -> Disposition {
    let target = match reply.location.as_deref() {
        None => "without naming a host".to_owned(),
        Some(location) => match host(location) {
            Some(host) => format!("to the host {}", wording::printable(host)),
            None => "to another path of the same host".to_owned(),
        },
    };
    Disposition::Halt {
        applied: Applied::Unknown,
        reason: reason(format!(
            "HTTP {} redirects {target}; redirects are never followed",
            reply.status
        )),
        help: Some(text!(
            "check FEISHU_BASE_URL, and whether a proxy or a sign-in page stands between"
        )),
    }
}

/// A typed body that does not take the call: a code other than 0, or code 0 under a status that says otherwise.
pub(super) fn coded(method: Rules<'_>, reply: &Reply, body: &Body<'_>) -> Disposition {
    let said = body.said();
    if body.code == 0 {
        let text = format!("code 0 under HTTP {}: {said}", reply.status);
        return perhaps_applied(reason(text), RESENDS_BY_POLICY, Then::Unconfirmed);
    }
    let (meaning, help) = ruling(method, reply.status, body);
    let reason = coded_reason(body.code, said.as_str());
    match meaning {
        Meaning::Throttled => throttled(reply, reason),
        Meaning::TokenRefused => Disposition::RenewToken { reason },
        Meaning::ScopeMissing => Disposition::Halt {
            applied: Applied::No,
            reason,
            help: Some(missing_scope(method, body)),
        },
        Meaning::Fatal => Disposition::Halt {
            applied: Applied::No,
            reason,
            help,
        },
        Meaning::Trouble => perhaps_applied(reason, RESENDS_BY_POLICY, Then::Unconfirmed),
        Meaning::TroubleOrRefused => perhaps_applied(reason, RESENDS_IN_DOUBT, Then::Refused),
        Meaning::Unknown => perhaps_applied(reason, RESENDS_IN_DOUBT, Then::Unconfirmed),
        Meaning::Busy => Disposition::Again {
            applied: Applied::No,
            reason,
            resends_max: RESENDS_BY_POLICY,
            then: Then::Refused,
        },
        Meaning::Refused => Disposition::Refused {
            reason: match help {
                Some(detail) => Reason {
                    code: Some(body.code),
                    text: text!("{words} ({detail})", words = said, detail),
                },
                None => reason,
            },
        },
    }
}

/// A body without a code that can be trusted: only the status is left.
pub(super) fn uncoded(reply: &Reply, unreadable: &Unreadable) -> Disposition {
    let start = reply.body.get(..SAMPLE_BYTES).unwrap_or(&reply.body);
    let sample = wording::printable(&String::from_utf8_lossy(start));
    let (why, nonsense) = match unreadable {
        Unreadable::NoObject(why) => (why, false),
        Unreadable::NoCode(why) => (why, true),
    };
    let page = sample.starts_with('<');
    let why = match sample.as_str() {
        "" => why.clone(),
        _ if page => format!("a web page answered instead of the platform: {sample}"),
        _ => format!("{why}: {sample}"),
    };
    let reason = reason(format!("HTTP {}, {why}", reply.status));
    let halt = |reason, help: Text| Disposition::Halt {
        applied: Applied::No,
        reason,
        help: Some(help),
    };
    match reply.status {
        429 => throttled(reply, reason),
        401 => Disposition::RenewToken { reason },
        404 | 405 => halt(
            reason,
            text!(
                "no such method there: check FEISHU_BASE_URL, and `method` and `path` of the endpoint"
            ),
        ),
        407 => halt(reason, text!("the proxy in between wants credentials")),
        413 => Disposition::Refused { reason },
        500..=599 => perhaps_applied(reason, RESENDS_BY_POLICY, Then::Unconfirmed),
        _ if page => perhaps_applied(reason, RESENDS_AFTER_NONSENSE, Then::Halt),
        _ if nonsense => perhaps_applied(reason, RESENDS_AFTER_NONSENSE, Then::Unconfirmed),
        _ => perhaps_applied(reason, RESENDS_BY_POLICY, Then::Unconfirmed),
    }
}

/// Bytes of an unreadable body that are looked at to show its beginning.
const SAMPLE_BYTES: usize = 1024;

/// What a code other than 0 means here, and what the user can do: the endpoint's own rules, then the table of the whole
/// platform, then the status. HTTP 429 and 401 overrule all but a code whose cause neither waiting nor a token cures.
fn ruling(method: Rules<'_>, status: u16, body: &Body<'_>) -> (Meaning, Option<Text>) {
    let msg = body.msg.as_deref().unwrap_or_default();
    let (meaning, help) = method_rule(method.codes, body.code, status, msg)
        .or_else(|| {
            codes::known(body.code, status, msg)
                .map(|known| (known.meaning, known.help.map(Text::plain)))
        })
        .unwrap_or((Meaning::Unknown, None));
    let by_status = match (meaning, status) {
        (Meaning::Fatal | Meaning::ScopeMissing | Meaning::TokenRefused, _) => meaning,
        (_, 429) => Meaning::Throttled,
        (_, 401) => Meaning::TokenRefused,
        (Meaning::Unknown, 400..=499) => Meaning::Refused,
        _ => meaning,
    };
    (by_status, help)
}

/// The method's own rule for a code: the one with the most conditions that hold, the first in the file among equals.
fn method_rule(
    codes: &[CodeRule],
    code: i64,
    status: u16,
    msg: &str,
) -> Option<(Meaning, Option<Text>)> {
    let msg = msg.to_lowercase();
    let rule = codes
        .iter()
        .filter(|rule| {
            rule.code == code
                && rule.status.is_none_or(|wanted| wanted == status)
                && rule
                    .message
                    .as_ref()
                    .is_none_or(|words| msg.contains(&words.to_lowercase()))
        })
        .min_by_key(|rule| Reverse((rule.message.is_some(), rule.status.is_some())))?;
    let meaning = match rule.action {
        CodeAction::Again => Meaning::Trouble,
        CodeAction::Busy => Meaning::Busy,
        CodeAction::Refused => Meaning::Refused,
        CodeAction::Halt => Meaning::Fatal,
    };
    Some((meaning, rule.help.as_deref().map(Text::of)))
}

fn perhaps_applied(reason: Reason, resends_max: u32, then: Then) -> Disposition {
    Disposition::Again {
        applied: Applied::Unknown,
        reason,
        resends_max,
        then,
    }
}

fn throttled(reply: &Reply, reason: Reason) -> Disposition {
    Disposition::Wait {
        seconds: reply.reset.as_deref().and_then(pause_seconds),
        reason,
    }
}

/// The first usable number of the reset header. Published clients have met fractions, zero, and nonsense; two headers of
/// the same name arrive joined by a comma.
fn pause_seconds(header: &str) -> Option<f64> {
    header
        .split(',')
        .filter_map(|part| part.trim().parse::<f64>().ok())
        .find(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .map(|seconds| seconds.clamp(PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX))
}

/// The scope the reply names, else those the endpoint's file names.
fn missing_scope(method: Rules<'_>, body: &Body<'_>) -> Text {
    let named = body.missing_scopes();
    let scopes = if named.is_empty() {
        method.scopes
    } else {
        &named
    };
    match scopes {
        [] => text!(
            "grant the app the scope that this endpoint needs in the developer console and publish the app version"
        ),
        scopes => text!(
            "grant the app the scope `{scope}` in the developer console and publish the app version",
            scope = scopes.join("` or `")
        ),
    }
}

/// The host of a redirect's target, without credentials, path or query; none when it stays on its host.
fn host(location: &str) -> Option<&str> {
    let (scheme, rest) = location.split_once("//")?;
    let absolute = scheme.is_empty()
        || scheme
            .strip_suffix(':')
            .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    (absolute && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests;
