//! What a check found: counts, notes, reasons, and the sheet itself, to be corrected in place.

use maud::{Markup, html};
use serde::Serialize;

use super::frame::{Frame, Mode, Problem};
use super::grid::{self, Reason, Shape};
use crate::numbers::{counted, duration, thousands};
use crate::text::Text;

/// The screen.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) file: String,
    pub(crate) job: String,
    /// The month of a roster, in words.
    pub(crate) month: Option<String>,
    /// What the user should know about the file.
    pub(crate) notes: Vec<String>,
    pub(crate) found: CheckNumbers,
    /// The sheet; none before the first check has ended.
    pub(crate) shape: Option<Shape>,
    /// Whether what is rejected can be had as a workbook: the file is one.
    pub(crate) is_workbook: bool,
}

/// What the check found, in numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct CheckNumbers {
    pub(crate) check: u64,
    /// Whether a newer check is still running.
    pub(crate) running: bool,
    /// Rows that it has read, and how much of the file that is, in per cent.
    pub(crate) rows_read: u64,
    pub(crate) percent: u64,
    /// Items that can be sent.
    pub(crate) items: u64,
    pub(crate) rejected: u64,
    pub(crate) rows_with_problems: u64,
    /// Of a roster: cells without anything to send, days of rest, days to clear.
    pub(crate) cells: Option<CellsOfRoster>,
    pub(crate) calls: u64,
    pub(crate) seconds_min: f64,
    /// The quota in words, such as `50/s`.
    pub(crate) quota: String,
    pub(crate) corrected: u64,
    pub(crate) left_out: u64,
    pub(crate) can_undo: bool,
    pub(crate) can_redo: bool,
    pub(crate) reasons: Vec<Reason>,
    /// Why nothing of it can be sent.
    pub(crate) refused: Option<Problem>,
}

/// The cells of a roster from which no shift is made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CellsOfRoster {
    pub(crate) empty: u64,
    pub(crate) rest: u64,
    pub(crate) cleared: u64,
}

/// The state of a check as the browser gets it, after each correction: numbers, and the sentences made of them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct State {
    check: u64,
    running: bool,
    percent: u64,
    items: String,
    rejected: String,
    cells: Option<String>,
    calls: String,
    corrected: String,
    next: Option<String>,
    stays: Option<String>,
    says: String,
    rows_with_problems: u64,
    can_undo: bool,
    can_redo: bool,
    reasons: Vec<Reason>,
    problem: Option<Problem>,
}

/// What the browser is told of a check.
pub(crate) fn state(frame: &Frame, found: &CheckNumbers) -> State {
    let can_send = found.items > 0 && found.refused.is_none();
    let items = counted(found.items, "item");
    let next = match frame.mode {
        Mode::Rehearsal => text!("Next: rehearse {items} →", items),
        Mode::Live { .. } => text!("Next: send {items} →", items),
    };
    let stays = text!(
        "{items} rejected: they are not sent; you can send them later from what did not succeed",
        items = counted(found.rejected, "item")
    );
    let cells = found.cells.map(|cells| {
        frame.say(text!(
            "empty {empty} · rest {rest} · cleared {cleared}",
            empty = thousands(cells.empty),
            rest = thousands(cells.rest),
            cleared = thousands(cells.cleared)
        ))
    });
    State {
        check: found.check,
        running: found.running,
        percent: found.percent,
        items: thousands(found.items),
        rejected: thousands(found.rejected),
        cells,
        calls: frame.say(calls(found)),
        corrected: frame.say(text!(
            "{cells} corrected, {rows} left out",
            cells = counted(found.corrected, "cell"),
            rows = counted(found.left_out, "row")
        )),
        next: can_send.then(|| frame.say(next)),
        stays: (can_send && found.rejected > 0).then(|| frame.say(stays)),
        says: says(frame, found),
        rows_with_problems: found.rows_with_problems,
        can_undo: found.can_undo,
        can_redo: found.can_redo,
        reasons: found.reasons.clone(),
        problem: found.refused.clone(),
    }
}

/// How many calls it takes, and how long the quota makes them wait.
fn calls(found: &CheckNumbers) -> Text {
    let calls = counted(found.calls, "call");
    if found.seconds_min < 0.05 {
        return text!("{calls}, no waiting for the quota", calls);
    }
    let time = duration(found.seconds_min);
    text!(
        "{calls}, at least {time} (quota {quota})",
        calls,
        time,
        quota = &found.quota
    )
}

/// The one sentence that a screen reader is told when a check has ended, or while it runs.
fn says(frame: &Frame, found: &CheckNumbers) -> String {
    let rejected = counted(found.rejected, "item");
    frame.say(if found.running {
        text!(
            "Checking: {rows} read, {rejected} rejected",
            rows = counted(found.rows_read, "row"),
            rejected
        )
    } else {
        text!(
            "Checked: {cells} corrected, {rejected} rejected",
            cells = counted(found.corrected, "cell"),
            rejected
        )
    })
}

pub(crate) fn page(frame: &Frame, check: &Check) -> Markup {
    let title = frame.say(text!("Check result"));
    let state = state(frame, &check.found);
    let body = html! {
        h1 { (title) }
        p {
            strong { (check.file) } " · " (frame.say(text!("job {job}", job = &check.job)))
            " " a href="?choose" { (frame.say(text!("Other job"))) }
            @if let Some(month) = &check.month { " · " (month) " " a href="?ask" { (frame.say(text!("Change"))) } }
        }
        (counts(frame, &state))
        div #refused { @if let Some(problem) = &state.problem { (Frame::problem(problem)) } }
        @if !check.notes.is_empty() {
            details { summary { (frame.say(text!("Notes ({count})", count = check.notes.len()))) } ul { @for note in &check.notes { li { (note) } } } }
        }
        @if let Some(shape) = &check.shape { (grid::sheet(frame, shape, &check.found.reasons, check.found.rows_with_problems)) }
        p #corrected { span data-state="corrected" { (state.corrected) } " " a href="corrections.csv" download { (frame.say(text!("List of corrections"))) } }
        p.quiet data-state="stays" { (state.stays.as_deref().unwrap_or_default()) }
        div.actions {
            @if check.found.rejected > 0 && check.is_workbook { a.button href="failure.xlsx" download { (frame.say(text!("Download what is rejected (Excel)"))) } }
            a.button.main.last #go href="send" hidden[state.next.is_none()] data-state="next" { (state.next.as_deref().unwrap_or_default()) }
        }
    };
    frame.page(&format!("{title} · {}", check.file), &["check.js"], body)
}

fn counts(frame: &Frame, state: &State) -> Markup {
    html! {
        div #state aria-busy=(state.running) data-running=(state.running) {
            ul.counts {
                li.succeeded { b.numbers data-state="items" { (state.items) } " " (frame.say(text!("can be sent"))) }
                li.rejected { span aria-hidden="true" { "▲ " } b.numbers data-state="rejected" { (state.rejected) } " " (frame.say(text!("rejected (not sent)"))) }
                @if let Some(cells) = &state.cells { li.pending data-state="cells" { (cells) } }
                li.pending data-state="calls" { (state.calls) }
            }
            p.quiet #says role="status" { (state.says) }
            div #checking hidden[!state.running] {
                progress max="100" value=(state.percent) aria-label=(frame.say(text!("Checking"))) {}
                button type="button" data-post="stop" { (frame.say(text!("Stop"))) }
            }
        }
    }
}
