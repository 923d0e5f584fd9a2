//! A run while it sends: how far, how fast, how long still, and the way to pause it.

use maud::{Markup, html};
use serde::Serialize;

use super::counts;
use super::frame::{Frame, Problem};
use crate::report::ItemCounts;

/// A run under way.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// File or job, as the title names it.
    pub(crate) name: String,
    pub(crate) rehearsal: bool,
    pub(crate) snapshot: Snapshot,
}

/// How a run is just now: what a stream sends and a poll answers, with its sentences in the language of the session.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Snapshot {
    /// `queued`, `waiting`, `sending`, `stopping` or `ended`.
    pub(crate) phase: &'static str,
    /// The phase in a sentence: what is being done, or what it waits for.
    pub(crate) says: String,
    pub(crate) percent: u64,
    /// `192,200 / 310,000 items · about 49 s left (set by the quota)`.
    pub(crate) left: String,
    pub(crate) items: ItemCounts,
    /// `3,844 / 6,200 calls · 49 in the last second · quota 50/s · 1 resend`.
    pub(crate) calls: String,
    /// The last things worth a line, newest first, each with its time.
    pub(crate) notes: Vec<String>,
    /// Whether calls that are out may be given up: stopping has taken ten seconds.
    pub(crate) can_stop_at_once: bool,
}

pub(crate) fn page(frame: &Frame, live: &Live) -> Markup {
    let snapshot = &live.snapshot;
    let title = frame.say(text!("Sending: {name}", name = &live.name));
    let body = html! {
        h1 { (title) " " (frame.mode_tag(live.rehearsal)) }
        div #live data-phase=(snapshot.phase) data-name=(live.name) {
            p #says { (snapshot.says) }
            div role="progressbar" #bar aria-label=(title) aria-valuemin="0" aria-valuemax="100" aria-valuenow=(snapshot.percent) aria-valuetext=(snapshot.left) {
                progress #progress max="100" value=(snapshot.percent) aria-hidden="true" {}
            }
            p.numbers { strong { span #percent { (snapshot.percent) } " %" } " · " span #left { (snapshot.left) } }
            (counts::large(frame, &snapshot.items))
            p.numbers.quiet #calls { (snapshot.calls) }
            div.numbers #notes { @for note in &snapshot.notes { p { (note) } } }
            p.spoken #spoken role="status" {}
            p { (frame.say(text!("You may close this page, sending goes on. Do not close the black window or let the computer sleep."))) }
            div.actions {
                button type="button" #pause data-post="stop" { (frame.say(text!("Pause"))) }
                button type="button" #stop data-post="stop" data-body=r#"{"at_once":true}"# hidden[!snapshot.can_stop_at_once] { (frame.say(text!("Stop at once"))) }
                button type="button" #remind data-done=(frame.say(text!("Done: {name}", name = &live.name))) { (frame.say(text!("Tell me when it is done"))) }
            }
        }
    };
    frame.page(
        &format!("{} % {}", snapshot.percent, live.name),
        &["live.js"],
        body,
    )
}

/// A run that another process works on.
pub(crate) fn elsewhere(frame: &Frame) -> Markup {
    let title = frame.say(text!("Another process works on this run."));
    let problem = Problem {
        what: title.clone(),
        ..Problem::default()
    };
    frame.page(
        &title,
        &[],
        html! { h1 { (title) } (Frame::problem(&problem)) },
    )
}
