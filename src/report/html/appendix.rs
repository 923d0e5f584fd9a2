//! What support, an auditor and a superior need besides: log ids, assumptions, the meaning of the outcomes, and lines to sign.

use maud::{Markup, html};

use super::Material;
use super::outcomes::{OUTCOMES, label, meaning};
use super::reasons::shown;
use crate::numbers::{counted, thousands};
use crate::shown::for_terminal;
use crate::store::Correction;
use crate::text::{Language, Text};

/// The appendix.
pub(super) fn appendix(material: &Material<'_>) -> Markup {
    let (language, findings) = (material.language, material.findings);
    let say = |text: Text| text.in_language(language);
    html! {
        @if !findings.log_ids.is_empty() {
            h2 { (say(text!("Log ids for the platform's support"))) }
            table.log-ids {
                thead {
                    tr {
                        th scope="col" { (say(text!("outcome"))) }
                        th.number scope="col" { (say(text!("items"))) }
                        th scope="col" { (say(text!("log id"))) }
                    }
                }
                tbody {
                    @for log_id in &findings.log_ids {
                        tr {
                            td { (label(log_id.outcome, language)) }
                            td.number { (thousands(log_id.items)) }
                            td { (for_terminal(&log_id.id)) }
                        }
                    }
                }
            }
            @if findings.log_ids_left_out > 0 {
                p.quiet { (say(text!("and those of {items}, which are in {file}", items = counted(findings.log_ids_left_out, "item"), file = material.summary.files.failure))) }
            }
        }
        @if !material.facts.audit.corrections.is_empty() {
            h2 { (say(text!("Cells corrected before sending"))) }
            (corrections(&material.facts.audit.corrections, language))
        }
        h2 { (say(text!("What the outcomes mean"))) }
        dl {
            @for outcome in OUTCOMES {
                dt { (label(outcome, language)) }
                dd { (say(meaning(outcome))) }
            }
        }
        @if !material.endpoint.assumed.is_empty() {
            h2 { (say(text!("What the platform does not document and is assumed"))) }
            ul { @for assumed in &material.endpoint.assumed { li { (for_terminal(assumed)) } } }
        }
        div.signatures {
            p { (say(text!("Prepared by"))) }
            p { (say(text!("Checked by"))) }
        }
    }
}

/// Corrections listed.
const CORRECTIONS_MAX: usize = 200;

/// The cells that were corrected without changing the file.
fn corrections(corrections: &[Correction], language: Language) -> Markup {
    let say = |text: Text| text.in_language(language);
    html! {
        table {
            thead {
                tr {
                    th.number scope="col" { (say(text!("record"))) }
                    th scope="col" { (say(text!("cell"))) }
                    th scope="col" { (say(text!("in the file"))) }
                    th scope="col" { (say(text!("sent"))) }
                }
            }
            tbody {
                @for correction in corrections.iter().take(CORRECTIONS_MAX) {
                    tr {
                        td.number { (thousands(correction.record)) }
                        td { (shown(correction.cell.as_ref().unwrap_or(&correction.column))) }
                        td { (shown(&correction.old)) }
                        td { (shown(&correction.new)) }
                    }
                }
            }
        }
        @if corrections.len() > CORRECTIONS_MAX {
            @let more = counted((corrections.len() - CORRECTIONS_MAX) as u64, "cell");
            p.quiet { (say(text!("and {more} more", more))) }
        }
    }
}
