//! What the words of a job stand for, as the platform says: ids of people, shifts, groups and field codes by what HR calls them.
//!
//! Invariant: an answer is the platform's of a named host and time, or there is none. A word that stands for several things is kept
//! with all of them, and none is chosen. What was answered is kept in a file beside the job, so that a check needs no network.

mod cache;
mod named;
mod people;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{Tenant, Unread, Why};
use crate::error::{Exit, Refusal};
use crate::job::{Job, KnownWords, LookupRule, PersonKey, Source, Subject, TenantLookup};
use crate::model::Notice;
use crate::numbers::counted;
use crate::text::Text;
use crate::transport::{Mint, Transport};
use crate::wall_clock;

pub use self::cache::Cache;

/// An answer about people that is older is asked for again.
const KEPT_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Whether the platform is asked for any word of the job.
#[must_use]
pub fn is_needed(job: &Job) -> bool {
    job.lookups.iter().any(|rule| rule.tenant.is_some())
}

/// Takes what the platform said before, or what stands in for it in a rehearsal. Nothing is asked.
pub fn take_known(job: &mut Job, cache: &Cache) -> Result<Vec<Notice>, Refusal> {
    let mut notices = Vec::new();
    let kept = cache.load()?;
    for rule in &mut job.lookups {
        let Some(tenant) = &mut rule.tenant else {
            continue;
        };
        let Some(known) = kept.as_ref().and_then(|kept| kept.words(&rule.name)) else {
            continue;
        };
        tenant.known = Some(known);
    }
    let asked: Vec<&LookupRule> = job
        .lookups
        .iter()
        .filter(|rule| rule.tenant.is_some())
        .collect();
    let (rehearsed, known): (Vec<&LookupRule>, Vec<&LookupRule>) =
        asked.into_iter().partition(|rule| rule.is_rehearsed());
    if let (false, Some(kept)) = (known.is_empty(), &kept) {
        notices.push(known_notice(&known, kept));
    }
    if !rehearsed.is_empty() {
        notices.push(Notice::new(
            "lookup.rehearsal",
            text!(
                "the platform was never asked what {names} stand for; the job's own table for rehearsals stands in for it",
                names = names_of(&rehearsed)
            ),
        ));
    }
    let unknown = rehearsed.iter().find(|rule| {
        let tenant = rule.tenant.as_ref();
        tenant.is_some_and(|tenant| tenant.rehearsal.is_none()) && rule.words.is_empty()
    });
    if let Some(rule) = unknown {
        return Err(Refusal::new(
            "lookup.not-read",
            text!(
                "the platform was never asked what the words of [lookup.{lookup}] stand for",
                lookup = rule.name
            ),
        )
        .because(text!("there is no {cache}", cache = cache.path().display()))
        .hint(text!(
            "`check` with --online asks it; it needs FEISHU_APP_ID and FEISHU_APP_SECRET"
        )));
    }
    Ok(notices)
}

fn known_notice(rules: &[&LookupRule], kept: &cache::Kept) -> Notice {
    let what = text!(
        "what {names} stand for was read from {host} {age}",
        names = names_of(rules),
        host = kept.host.clone(),
        age = age(kept.read_at)
    );
    Notice::new("lookup.known", what)
}

fn names_of(rules: &[&LookupRule]) -> String {
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    names.join(", ")
}

/// When it was, in words.
fn age(read_at: u64) -> Text {
    let days = wall_clock::now_ms().saturating_sub(read_at) / DAY_MS;
    match days {
        0 => text!("within the last day"),
        days => text!("{days} ago", days = counted(days, "day")),
    }
}

/// How much the platform is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Everything anew.
    Everything,
    /// The lists, which are short, and people who were not found within the last week.
    ListsAndNewPeople,
    /// What it was not asked for within the last week.
    WhatIsMissing,
}

impl Ask {
    /// As the command line says it.
    #[must_use]
    pub fn now(refresh: bool) -> Self {
        if refresh {
            Self::Everything
        } else {
            Self::ListsAndNewPeople
        }
    }
}

/// Asks the platform for what the job's words stand for. `words` gives the words of the input that a lookup is asked for.
pub async fn ask<T: Transport + Mint>(
    job: &mut Job,
    tenant: &Tenant<'_, T>,
    cache: &Cache,
    ask: Ask,
    words: impl Fn(&Job, usize) -> Result<BTreeSet<String>, Refusal>,
) -> Result<Vec<Notice>, Refusal> {
    let now = wall_clock::now_ms();
    let of_this = |kept: &cache::Kept| {
        kept.is_of(tenant.platform) && now.saturating_sub(kept.read_at) < KEPT_MS
    };
    // A file that cannot be read is written anew.
    let before = cache.load().ok().flatten().filter(of_this);
    let before = before.filter(|_| ask != Ask::Everything);
    let mut kept = before.unwrap_or_else(|| cache::Kept::new(tenant.platform, now));
    let calls_before = tenant.calls();
    let ids = id_kind(job);
    for at in 0..job.lookups.len() {
        let Some(rule) = job.lookups.get(at) else {
            break;
        };
        let Some(asked) = rule.tenant.clone() else {
            continue;
        };
        let name = rule.name.clone();
        let told = |unread: Unread| unread_lookup(&name, &unread);
        match asked.subject {
            Subject::People => {
                let mut wanted = words(job, at)?;
                kept.forget_unless(&name, &asked.keys);
                let is_missed_again = ask != Ask::WhatIsMissing;
                wanted.retain(|word| !kept.knows(&name, word, is_missed_again));
                let found = people::read(tenant, &asked.keys, &wanted, ids)
                    .await
                    .map_err(told)?;
                kept.add(&name, found, wanted);
            }
            _ if ask == Ask::WhatIsMissing && kept.words(&name).is_some() => {}
            Subject::Shifts => kept.replace(&name, named::shifts(tenant).await.map_err(told)?),
            Subject::Groups => kept.replace(&name, named::groups(tenant).await.map_err(told)?),
            Subject::Codes => {
                let asked_for = archive_values(job, &name)?;
                let codes = named::codes(tenant, asked_for).await.map_err(told)?;
                kept.replace(&name, codes);
            }
        }
        let known = kept.words(&name).unwrap_or_else(|| KnownWords {
            host: tenant.platform.host.clone(),
            read_at: now,
            ..KnownWords::default()
        });
        if let Some(TenantLookup { known: place, .. }) = job
            .lookups
            .get_mut(at)
            .and_then(|rule| rule.tenant.as_mut())
        {
            *place = Some(known);
        }
    }
    let calls = tenant.calls() - calls_before;
    let host = tenant.platform.host.clone();
    if calls == 0 {
        let names = job.lookups.iter().filter(|rule| rule.tenant.is_some());
        let names: Vec<&LookupRule> = names.collect();
        return Ok(vec![known_notice(&names, &kept)]);
    }
    let mut notices = vec![Notice::new(
        "lookup.read",
        text!(
            "what the words of the job stand for was read from {host}: {calls}",
            host,
            calls = counted(calls, "call")
        ),
    )];
    if let Err(error) = cache.save(&kept) {
        notices.push(Notice::new(
            "lookup.not-kept",
            text!(
                "{path} could not be written, so a check without --online will not know it: {error}",
                path = cache.path().display(),
                error = error.to_string()
            ),
        ));
    }
    Ok(notices)
}

/// Which kind of id the items name people by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdKind {
    /// The id of the admin console, tenant-wide.
    UserId,
    /// The job number itself.
    JobNumber,
    /// The id that each app has of its own.
    OpenId,
}

/// As the job's own value says; the endpoints without one take the tenant-wide id.
fn id_kind(job: &Job) -> IdKind {
    let values = job.values();
    let said = ["employee_type", "user_id_type"]
        .iter()
        .find_map(|name| values.get(*name));
    match said.map(String::as_str) {
        Some("employee_no") => IdKind::JobNumber,
        Some("open_id") => IdKind::OpenId,
        _ => IdKind::UserId,
    }
}

/// The values by which the columns of an archive report are asked for.
fn archive_values(job: &Job, lookup: &str) -> Result<crate::endpoint::Values, Refusal> {
    let values = job.values();
    ["employee_type", "month", "archive_rule_id", "operator_id"]
        .into_iter()
        .map(|name| {
            let value = values.get(name).cloned().ok_or_else(|| {
                Refusal::new(
                    "lookup.value",
                    text!(
                        "[lookup.{lookup}] asks the platform for the columns of one report, and the job does not say its {name}",
                        lookup,
                        name
                    ),
                )
                .hint(text!("say it in [request], or with --set {name}=…", name))
            })?;
            Ok((name, Value::from(value)))
        })
        .collect()
}

/// An answer that did not come.
fn unread_lookup(lookup: &str, unread: &Unread) -> Refusal {
    let refusal = Refusal::new(
        "lookup.unread",
        text!(
            "the platform could not be asked what the words of [lookup.{lookup}] stand for",
            lookup
        ),
    )
    .because(unread.text.clone())
    .because(text!("nothing was sent"));
    let refusal = match &unread.help {
        Some(help) => refusal.hint(help.clone()),
        None => refusal.hint(text!("try again when the platform answers")),
    };
    match unread.why {
        Why::Stopped => refusal.exit(Exit::Interrupted),
        Why::NotPermitted | Why::Refused | Why::NoAnswer | Why::NotUnderstood => refusal,
    }
}

/// The columns of the input whose words a lookup is asked for.
#[must_use]
pub fn columns_asked(job: &Job, lookup: usize) -> Vec<&str> {
    let sources = job.item.iter().chain(&job.request);
    sources
        .filter_map(|source| match source {
            Source::Column {
                name,
                lookup: Some(at),
                ..
            } if *at == lookup => Some(name.as_str()),
            Source::Column { .. }
            | Source::Constant(_)
            | Source::Cell { .. }
            | Source::Fold { .. }
            | Source::Nowhere => None,
        })
        .collect()
}

/// Where what the platform said for a job is kept: beside the job file.
#[must_use]
pub fn cache_of(job: &Job) -> Cache {
    Cache::beside(Path::new(job.document.name()))
}

/// The name of a person as the directory gives it: a text, or an object around one.
fn name_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Object(object) => {
            let inner = object.get("default_value").or_else(|| object.get("name"));
            name_in(inner?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// In the words of a job.
fn key_word(key: PersonKey) -> &'static str {
    let known = PersonKey::WORDS.iter().find(|(_, known)| *known == key);
    known.map_or("", |(word, _)| word)
}
