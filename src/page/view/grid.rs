//! What the grid in the browser is told: the shape of a sheet, windows of its rows, and where its problems are.
//!
//! A checked file and a finished run are the same kind of sheet: in one a mark is a problem of a cell, in the other what became of it.

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::frame::Frame;

/// What a sheet looks like, before any of its rows is known.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shape {
    /// Number of the check, 0 for a run.
    pub(crate) check: u64,
    /// Sheet and file, as a screen reader announces the grid.
    pub(crate) label: String,
    /// Name of the sheet in addresses such as `九月!M9`; empty for a text file.
    pub(crate) sheet: String,
    /// All rows of the sheet.
    pub(crate) rows: u64,
    pub(crate) columns: Vec<Column>,
    /// The position of the column that names the row: it stays in view.
    pub(crate) key: usize,
    /// The lines above the header, each with one cell per column.
    pub(crate) above: Vec<Vec<String>>,
    /// Whether cells can be corrected.
    pub(crate) editable: bool,
}

/// A column of the sheet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Column {
    /// As a spreadsheet names it: `A`, `AB`.
    pub(crate) letters: String,
    pub(crate) name: String,
    /// The weekday in the line under the header.
    pub(crate) weekday: Option<String>,
    pub(crate) kind: ColumnKind,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColumnKind {
    /// It is sent.
    Used,
    /// It is for people only.
    Ignored,
    /// A day that the month does not have.
    Outside,
}

/// A window of rows: of all of them, or of those that a filter leaves.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rows {
    pub(crate) check: u64,
    /// The position of the first row of the window, from 0, among those that the filter leaves.
    pub(crate) first: u64,
    /// How many rows the filter leaves.
    pub(crate) total: u64,
    #[expect(clippy::struct_field_names, reason = "the word of the page's JSON")]
    pub(crate) rows: Vec<Row>,
}

/// A row of the window.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) record: u64,
    /// The line of the file, as a spreadsheet numbers it.
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
    pub(crate) marks: Vec<Mark>,
    /// Position and old text of each cell that was corrected.
    pub(crate) corrected: Vec<(usize, String)>,
    pub(crate) left_out: bool,
    /// Whether its cells can be corrected; a line that could not be read cannot.
    pub(crate) editable: bool,
    /// Of a run: one letter for each column, the first of its cell's outcome (`s`, `f`, `r`, `u`, `p`), a space where nothing was to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcomes: Option<String>,
}

/// Why a cell, or a whole row, is not sent or did not succeed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Mark {
    /// Position of the cell's column; none where the row as a whole is meant.
    pub(crate) column: Option<usize>,
    /// `rejected`, `failed`, `unconfirmed` or `pending`.
    pub(crate) outcome: &'static str,
    /// Number of the reason in the list of reasons.
    pub(crate) reason: usize,
    /// The reason in words, with what is particular to this cell.
    pub(crate) says: String,
    /// The text to write instead, where one is near.
    pub(crate) suggestion: Option<String>,
    /// How many other cells have the same text and the same problem.
    pub(crate) equal: u64,
}

/// Where the problems are, in the rows that a filter leaves.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Marks {
    pub(crate) check: u64,
    /// Position of the row, position of the column (-1 for the row as a whole), number of the reason; the first 20,000, by row and column.
    pub(crate) cells: Vec<(u64, i64, usize)>,
    /// How many problems each of 200 equal parts of the sheet has.
    pub(crate) strip: Vec<u64>,
}

/// What the grid asks for when cells are corrected. The answer is the state of the check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CellsToCorrect {
    /// The check that the correction is based on.
    pub(crate) check: u64,
    /// Record, position of the column, new text; no text takes the correction back.
    #[serde(default)]
    pub(crate) cells: Vec<(u64, usize, Option<String>)>,
    /// Whether the one cell given stands for all with the same text and the same problem.
    #[serde(default)]
    pub(crate) equal: bool,
    /// Records to leave out.
    #[serde(default)]
    pub(crate) leave_out: Vec<u64>,
    /// Records that were left out and are to be sent again.
    #[serde(default)]
    pub(crate) put_back: Vec<u64>,
}

/// A reason with the number of items it concerns: a filter of the grid.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reason {
    pub(crate) number: usize,
    pub(crate) outcome: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) says: String,
    pub(crate) items: u64,
}

/// The reasons and the grid, with the bar that says all about the cell in focus.
pub(super) fn sheet(
    frame: &Frame,
    shape: &Shape,
    reasons: &[Reason],
    with_problems: u64,
) -> Markup {
    let shape_json = serde_json::to_string(shape).unwrap_or_default();
    html! {
        div.sheet {
            section.reasons aria-labelledby="reasons-title" {
                h2 #reasons-title { (frame.say(text!("Reasons (click to see only these)"))) }
                ul #reasons
                    data-all=(frame.say(text!("All rows")))
                    data-any=(frame.say(text!("Only rows with problems")))
                    data-rows=(with_problems)
                    data-reasons=(serde_json::to_string(reasons).unwrap_or_default()) {}
            }
            section aria-label=(frame.say(text!("The sheet"))) {
                (bar(frame, shape.editable))
                sheet-grid data-shape=(shape_json)
                    data-check=(shape.check)
                    data-correct=(frame.say(text!("Correct this cell"))) {
                        div.box {
                            table role="grid" aria-label=(shape.label) aria-colcount=(shape.columns.len() + 1) {
                                thead role="rowgroup" {}
                                tbody role="rowgroup" {}
                            }
                        }
                        svg.strip #strip aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1 1" { path {} }
                    }
                div.actions {
                    button type="button" #previous { (frame.say(text!("Previous problem"))) " " kbd { "⇧F8" } }
                    button type="button" #next { (frame.say(text!("Next problem"))) " " kbd { "F8" } }
                    @if shape.editable {
                        button type="button" #undo disabled { (frame.say(text!("Undo"))) }
                        button type="button" #redo disabled { (frame.say(text!("Redo"))) }
                        button type="button" #leave-out data-leave=(frame.say(text!("Leave this row out"))) data-put-back=(frame.say(text!("Send this row after all"))) {
                            (frame.say(text!("Leave this row out")))
                        }
                    }
                    label.last { (frame.say(text!("Go to row"))) " " input #go-to inputmode="numeric" size="8"; }
                }
            }
        }
    }
}

/// All about the cell in focus: its address, its text in full, its reason, what could stand there instead.
fn bar(frame: &Frame, editable: bool) -> Markup {
    html! {
        div.bar role="group" aria-label=(frame.say(text!("The cell in focus"))) {
            span.address #address {}
            output #value {}
            span.reason #reason {}
            @if editable {
                span #was data-was=(frame.say(text!("was: {old}", old = "{old}"))) {}
                button type="button" #suggestion hidden data-change=(frame.say(text!("Change to {text}", text = "{text}"))) {}
                label #equal-label hidden { input type="checkbox" #equal checked; span data-one=(frame.say(text!("1 other cell says the same"))) data-many=(frame.say(text!("{count} other cells say the same", count = "{count}"))) {} }
            }
        }
    }
}
