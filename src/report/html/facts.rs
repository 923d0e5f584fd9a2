//! What was sent where, when and by which run: what an auditor asks first. No secret is among the facts of a run.

use maud::{Markup, html};

use super::{Material, moment};
use crate::numbers::{counted, duration, thousands};
use crate::report::{EvidenceSummary, evidence_words};
use crate::shown::for_terminal;
use crate::store::{Audit, Face};
use crate::text::{Text, Value};

/// The table of facts.
pub(super) fn facts(material: &Material<'_>) -> Markup {
    let language = material.language;
    html! {
        table.facts {
            tbody {
                @for (name, value) in rows(material) {
                    tr {
                        th scope="row" { (for_terminal(&name.in_language(language))) }
                        td { (for_terminal(&value.in_language(language))) }
                    }
                }
            }
        }
    }
}

fn rows(material: &Material<'_>) -> Vec<(Text, Text)> {
    let (facts, summary) = (material.facts, material.summary);
    let plain = |value: &str| Text::from(value.to_owned());
    let mut rows = vec![(text!("run"), plain(&facts.run))];
    let mut some = |name: Text, value: Option<&String>| {
        if let Some(value) = value {
            rows.push((name, plain(value)));
        }
    };
    some(
        text!("sends again what did not succeed in"),
        facts.parent.as_ref(),
    );
    some(text!("job"), Some(&facts.job));
    some(text!("endpoint"), Some(&facts.endpoint));
    some(text!("platform"), Some(&facts.platform.host));
    some(text!("app"), facts.platform.app.as_ref());
    some(text!("file"), Some(&facts.input.file));
    let sheets: Vec<&str> = facts.sheets.names().collect();
    let sheets = match sheets.as_slice() {
        [] => facts.input.sheet.clone(),
        names => Some(names.join(", ")),
    };
    some(text!("sheet"), sheets.as_ref());
    some(text!("encoding"), facts.input.encoding.as_ref());
    some(text!("SHA-256 of the file"), Some(&facts.input.sha256));
    rows.push((
        text!("length of the file"),
        text!("{value}", value = counted(facts.input.bytes, "byte")),
    ));
    for (name, value) in &facts.request {
        rows.push((text!("value {name}", name), plain(value)));
    }
    let windows: Vec<String> = material.windows.iter().map(ToString::to_string).collect();
    let quota = match windows.as_slice() {
        [] => text!("none"),
        windows => plain(&windows.join(", ")),
    };
    rows.push((text!("quota"), quota));
    let calls = text!(
        "{sent}: {resent} resent, {throttled} throttled, {isolating} of parts of refused batches",
        sent = counted(summary.calls.sent, "call"),
        resent = thousands(summary.calls.resent),
        throttled = thousands(summary.calls.throttled),
        isolating = thousands(summary.calls.isolating),
    );
    rows.push((text!("calls"), calls));
    if let Some(found) = &summary.evidence {
        rows.push((text!("read back"), read_back(found)));
    }
    rows.push((text!("began"), plain(&moment(&summary.started_at))));
    if !summary.finished_at.is_empty() {
        rows.push((text!("ended"), plain(&moment(&summary.finished_at))));
    }
    rows.push((
        text!("time spent on it"),
        text!("{value}", value = duration(summary.elapsed_seconds)),
    ));
    rows.extend(audit(&facts.audit));
    rows
}

/// What reading back found of what was sent, and when.
fn read_back(found: &EvidenceSummary) -> Text {
    text!(
        "{parts}; {calls}, the last on {moment}",
        parts = Value::list(evidence_words(&found.counts)),
        calls = counted(found.calls, "call"),
        moment = moment(&found.read_at)
    )
}

/// Who sent it, and how that was agreed to; runs of before it was noted have nothing of it.
fn audit(audit: &Audit) -> Vec<(Text, Text)> {
    if audit.program.is_empty() {
        return Vec::new();
    }
    let plain = |value: &str| Text::from(value.to_owned());
    let face = match audit.face {
        Face::Command => text!("the command line"),
        Face::Page => text!("the local page"),
    };
    let mut rows = vec![
        (text!("version of the program"), plain(&audit.program)),
        (text!("sent from"), face),
    ];
    let user = audit.user.as_deref();
    rows.extend(user.map(|user| (text!("sent by the account"), plain(user))));
    let confirmed = audit.confirmed.as_deref();
    rows.extend(confirmed.map(|typed| (text!("confirmed by"), plain(typed))));
    for (name, count) in [
        (
            text!("cells corrected before sending"),
            audit.corrections.len(),
        ),
        (text!("rows left out by the user"), audit.left_out.len()),
    ] {
        if count > 0 {
            rows.push((name, plain(&thousands(count as u64))));
        }
    }
    rows
}
