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
        div.scroll role="region" tabindex="0" aria-label=(say(text!("Reasons"))) {
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

/// Where an item stands: its cell as a spreadsheet names it, or its record and column; and the cells by which its row is known.
fn place(example: &Example, facts: &Facts, titles: &[String], language: Language) -> String {
    let record = example.place.record();
    let head = facts.sheets.head(&facts.head, record);
    let sheet = head.sheet.as_deref().map(shown);
    // The cell to blame: of a row whose id is wrong that of the id, not those of its days.
    let blamed = (example.column.as_ref())
        .and_then(|blamed| titles.iter().position(|title| title == blamed));
    let column = blamed.or(example.place.column());
    let cell = |column| head.cell(column, facts.lines.of(record)?);
    let key = shown_key(&example.key);
    let with_key = |place: String| {
        if key.is_empty() {
            place
        } else {
            format!("{place} ({key})")
        }
    };
    if let (Some(sheet), Some(cell)) = (&sheet, column.and_then(cell)) {
        return with_key(format!("{sheet}!{cell}"));
    }
    let title = column.and_then(|column| titles.get(column));
    let title = title.or(example.column.as_ref());
    let column = title.map(|title| text!("column {title}", title = shown(title)));
    let record = with_key(text!("record {record}", record).in_language(language));
    let column = column.map(|column| column.in_language(language));
    let parts = [sheet, Some(record), column];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
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
