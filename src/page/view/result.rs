//! What became of a run: counts that add up, the one next step, the reasons, and the sheet with the outcome of each cell.

use maud::{Markup, html};

use super::counts;
use super::frame::{Frame, Problem};
use super::grid::{self, Reason, Shape};
use crate::numbers::{counted, thousands};
use crate::report::ItemCounts;

/// A run that ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) run: String,
    pub(crate) name: String,
    /// Finished, halted or interrupted, in words.
    pub(crate) state: String,
    pub(crate) rehearsal: bool,
    /// From when to when, in words.
    pub(crate) when: String,
    pub(crate) items: ItemCounts,
    /// What halted it.
    pub(crate) halt: Option<Problem>,
    /// The numbers contradict each other: nothing but this is offered.
    pub(crate) broken: Option<Problem>,
    pub(crate) next: Next,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) rows_with_problems: u64,
    pub(crate) shape: Option<Shape>,
    /// Names of the files that are there.
    pub(crate) files: Vec<String>,
}

/// The one next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on with what was not sent.
    Resume,
    /// Send again what failed or is unconfirmed. `twice` items may then be applied twice.
    SendAgain {
        twice: u64,
    },
    /// Download what did not succeed, correct it, drop it here again.
    Correct,
    Nothing,
}

pub(crate) fn page(frame: &Frame, ended: &Ended) -> Markup {
    let title = frame.say(text!("Result: {name}", name = &ended.name));
    let body = html! {
        div #result data-phase="ended" data-run=(ended.run) {
            h1 { (title) }
            p { strong { (ended.state) } " · " (frame.mode_tag(ended.rehearsal)) " · " (ended.when) }
            @if let Some(broken) = &ended.broken { (Frame::problem(broken)) }
            @else { (whole(frame, ended)) }
        }
    };
    frame.page(&title, &["sheet.js"], body)
}

fn whole(frame: &Frame, ended: &Ended) -> Markup {
    let items = &ended.items;
    html! {
        (counts::large(frame, items))
        p.numbers { (frame.say(text!("total {read} = read {read} ✓", read = thousands(items.read)))) }
        @if let Some(halt) = &ended.halt { (Frame::problem(halt)) }
        (next(frame, ended))
        @if let Some(shape) = &ended.shape { (grid::sheet(frame, shape, &ended.reasons, ended.rows_with_problems)) }
        (files(frame, ended))
    }
}

fn next(frame: &Frame, ended: &Ended) -> Markup {
    let again = ended.items.failed + ended.items.unconfirmed;
    html! {
        section.panel aria-labelledby="next-title" {
            h2 #next-title { (frame.say(text!("Next step"))) }
            @match ended.next {
                Next::Nothing => { p { (frame.say(text!("All done"))) } }
                Next::Resume => {
                    p { (frame.say(text!("{items} not sent yet", items = counted(ended.items.pending, "item")))) }
                    button.main type="button" data-post="resume" { (frame.say(text!("Resume"))) }
                }
                Next::SendAgain { twice } => {
                    p { (frame.say(text!("Send what failed or is unconfirmed again: {items}", items = counted(again, "item")))) }
                    @if twice > 0 {
                        p { label { input type="checkbox" data-for="send-again" name="unconfirmed"; (frame.say(text!("also {items} unconfirmed (they may be applied twice)", items = counted(twice, "item")))) } }
                    }
                    button.main type="button" #send-again data-post="rerun" data-body=(serde_json::json!({ "unconfirmed": twice == 0 })) { (frame.say(text!("Send again"))) }
                }
                Next::Correct => {
                    p { (frame.say(text!("Download what did not succeed, correct it, and drop it here again; only that is sent"))) }
                    (failure_file(frame, ended, "button main"))
                }
            }
            @if ended.next != Next::Correct && items_to_correct(ended) { p { (failure_file(frame, ended, "button")) } }
        }
    }
}

fn items_to_correct(ended: &Ended) -> bool {
    ended.items.rejected + ended.items.failed + ended.items.unconfirmed > 0
}

fn failure_file(frame: &Frame, ended: &Ended, class: &str) -> Markup {
    let name = ["failure.xlsx", "failure.csv", "failure.jsonl"]
        .into_iter()
        .find(|name| ended.files.iter().any(|known| known == name));
    html! {
        @if let Some(name) = name { a class=(class) href={ "files/" (name) } download { (frame.say(text!("Download what did not succeed ({file})", file = name))) } }
    }
}

fn files(frame: &Frame, ended: &Ended) -> Markup {
    html! {
        h2 { (frame.say(text!("Files"))) }
        div.actions {
            @for name in &ended.files {
                @let words = match name.as_str() {
                    "report.html" => text!("Report (to print)"),
                    "success.csv" | "success.jsonl" => text!("List of successes"),
                    "failure.csv" | "failure.jsonl" => text!("List of the rest"),
                    "failure.xlsx" => text!("What did not succeed (Excel)"),
                    _ => text!("Technical details: {file}", file = name),
                };
                a.button href={ "files/" (name) } { (frame.say(words)) }
            }
        }
    }
}
