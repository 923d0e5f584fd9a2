//! Why items did not succeed: every reason with its number, what can be done about it, and where the first of its items stand.

use maud::{Markup, html};

use super::{Material, outcomes};
use crate::endpoint::Endpoint;
use crate::numbers::{counted, thousands};
use crate::report::cells_of;
use crate::report::findings::{Example, Reason};
use crate::shown::{escaped, for_terminal};
use crate::store::Facts;
use crate::text::{Language, Text};

/// Characters shown of a cell.
pub(super) const CELL_CHARS_MAX: usize = 60;

/// The table of reasons.
pub(super) fn reasons(material: &Material<'_>) -> Markup {
    let (language, findings) = (material.language, material.findings);
    let say = |text: Text| text.in_language(language);
    let titles = cells_of(material.facts.header.as_bytes(), material.facts.delimiter);
    html! {
        table.reasons {
            thead {
                tr {
                    th scope="col" { (say(text!("outcome"))) }
                    th.number scope="col" { (say(text!("items"))) }
                    th scope="col" { (say(text!("reason"))) }
                    th.number scope="col" { (say(text!("code"))) }
                    th scope="col" { (say(text!("for example"))) }
                }
            }
            tbody {
                @for reason in &findings.reasons {
                    tr {
                        td { (outcomes::label(reason.outcome, language)) }
                        td.number { (thousands(reason.items)) }
                        td {
                            (for_terminal(&reason.words))
                            @if let Some(help) = help(material.endpoint, reason) {
                                br; span.quiet { (for_terminal(help)) }
                            }
                        }
                        td.number { @if let Some(code) = reason.code { (code) } }
                        td {
                            @for (at, example) in reason.examples.iter().enumerate() {
                                @if at > 0 { br; }
                                (place(example, material.facts, &titles, language))
                            }
                        }
                    }
                }
            }
        }
        @if findings.reasons_left_out > 0 {
            p.quiet { (say(text!("and {items} for other reasons, which are in {file}", items = counted(findings.reasons_left_out, "item"), file = material.summary.files.failure))) }
        }
    }
}

/// What can be done about a code, where the endpoint says so.
fn help<'e>(endpoint: &'e Endpoint, reason: &Reason) -> Option<&'e str> {
    let words = reason.words.to_lowercase();
    let fits = |message: &Option<String>| {
        message
            .as_ref()
            .is_none_or(|message| words.contains(&message.to_lowercase()))
    };
    let mut rules = endpoint.codes.iter();
    let rule = rules.find(|rule| Some(rule.code) == reason.code && fits(&rule.message));
    rule?.help.as_deref()
}

/// Where an item stands: the sheet, the record, the cells by which it is known, and the column.
fn place(example: &Example, facts: &Facts, titles: &[String], language: Language) -> String {
    let record = example.place.record();
    let head = facts.sheets.head(&facts.head, record);
    let own = example.place.column().and_then(|column| titles.get(column));
    let mut parts = Vec::new();
    parts.extend(head.sheet.as_deref().map(shown));
    let record = text!("record {record}", record).in_language(language);
    let key = shown_key(&example.key);
    parts.push(if key.is_empty() {
        record
    } else {
        format!("{record} ({key})")
    });
    if let Some(title) = own.or(example.column.as_ref()) {
        parts.push(text!("column {title}", title = shown(title)).in_language(language));
    }
    parts.join(" · ")
}

/// The cells by which a row is known.
pub(super) fn shown_key(key: &[String]) -> String {
    let there = key.iter().filter(|cell| !cell.is_empty());
    let cells: Vec<String> = there.map(|cell| shown(cell)).collect();
    cells.join(", ")
}

/// A cell as the report shows it.
pub(super) fn shown(cell: &str) -> String {
    escaped(cell, CELL_CHARS_MAX)
}
