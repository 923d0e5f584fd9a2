//! `report.html`: the run as a person reads it. One file without a script and without a reference to anything outside, that prints
//! to A4.
//!
//! Made from what the run store holds and nothing else, so that it can be written again byte for byte. Every value of the run goes
//! through the one escaper of `maud`, and no style is set outside the one style sheet, whose digest the page's policy names. The local
//! page has its marks and colours from here.

mod appendix;
mod facts;
mod grid;
pub(crate) mod outcomes;
mod reasons;
mod timeline;

use std::io::{self, Write as _};

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::findings::Findings;
use super::{Summary, Whole};
use crate::endpoint::{Endpoint, Window};
use crate::model::{RunState, Tally};
use crate::shown::for_terminal;
use crate::store::{Facts, RunFolder, Timeline};
use crate::text::{Language, Text};

/// The report's name.
pub const NAME: &str = "report.html";
const STYLE: &str = concat!(include_str!("palette.css"), include_str!("style.css"));

pub(crate) use timeline::STRETCHES_MAX;

/// All that the report is made from.
pub(crate) struct Material<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) summary: &'a Summary,
    pub(crate) tally: Tally,
    pub(crate) findings: &'a Findings,
    pub(crate) timeline: Option<&'a Timeline>,
    pub(crate) endpoint: &'a Endpoint,
    /// The quota that the run keeps.
    pub(crate) windows: &'a [Window],
    pub(crate) language: Language,
}

/// Writes `report.html`.
pub(crate) fn write(folder: &RunFolder, material: &Material<'_>) -> io::Result<()> {
    let mut file = Whole::create(folder.path(), NAME)?;
    file.writer
        .write_all(document(material).into_string().as_bytes())?;
    file.writer.write_all(b"\n")?;
    file.finish()
}

/// The whole document.
fn document(material: &Material<'_>) -> Markup {
    let language = material.language;
    let say = |text: Text| text.in_language(language);
    let (facts, tally) = (material.facts, &material.tally);
    let tag = match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    let day = facts.started_at.get(..10).unwrap_or_default();
    let job = for_terminal(&facts.job);
    let title = say(text!("Import report: {job}, {day}", job, day));
    html! {
        (DOCTYPE)
        html lang=(tag) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    @if facts.platform.sandbox {
                        p.rehearsal { (say(text!("Rehearsal: nothing was sent to Feishu and nothing real was changed."))) }
                    }
                    p.verdict { (say(outcomes::verdict(tally))) }
                    (ending(material))
                    (outcomes::bar(tally, language))
                    (outcomes::counts(tally, language))
                    (outcomes::sum(tally, language))
                    h2 { (say(text!("Facts"))) }
                    (facts::facts(material))
                    @if !material.findings.reasons.is_empty() {
                        h2 { (say(text!("Reasons"))) }
                        (reasons::reasons(material))
                    }
                    @if let Some(timeline) = material.timeline {
                        h2 { (say(text!("Time line"))) }
                        (timeline::timeline(timeline, language))
                    }
                    (grid::whereabouts(material))
                    (appendix::appendix(material))
                }
            }
        }
    }
}

/// Why a run ended early, and what is left of it.
fn ending(material: &Material<'_>) -> Markup {
    let say = |text: Text| text.in_language(material.language);
    let summary = material.summary;
    html! {
        @if summary.state != RunState::Finished {
            div.halt {
                p {
                    @match &summary.halt {
                        Some(halt) => (for_terminal(halt)),
                        None => (say(text!("The run was interrupted."))),
                    }
                }
                p { (say(text!("The run can be resumed."))) }
            }
        }
    }
}

/// The page's policy: one style sheet, known by its digest, and nothing else.
fn policy() -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

/// A moment in RFC 3339 as people read it, in the zone it is written in: UTC.
fn moment(rfc3339: &str) -> String {
    rfc3339.replace('T', " ").replace('Z', " UTC")
}

/// A moment of the wall clock, in milliseconds since 1970.
fn moment_of_ms(since_1970_ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(since_1970_ms).unwrap_or_default();
    let moment = moment.round(jiff::Unit::Second).unwrap_or(moment);
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests;
