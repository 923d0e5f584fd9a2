//! History: all runs, newest first, to look at, to resume, and, of rehearsals, to delete.

use maud::{Markup, html};

use super::counts;
use super::frame::{Frame, Problem};
use crate::report::ItemCounts;
use crate::text::Text;

/// A run in a list.
#[derive(Debug, Clone)]
pub(crate) struct RunLine {
    pub(crate) run: String,
    /// When it began, to the minute, in the time of this computer.
    pub(crate) began: String,
    pub(crate) file: String,
    pub(crate) job: String,
    pub(crate) rehearsal: bool,
    /// How it ended, in words.
    pub(crate) state: String,
    pub(crate) items: ItemCounts,
    /// Whether it can be resumed.
    pub(crate) unfinished: bool,
    /// Why nothing of it can be shown.
    pub(crate) damage: Option<Problem>,
}

/// Which runs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    All,
    Live,
    Rehearsal,
    Unfinished,
}

/// A page of the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) search: String,
    pub(crate) kind: Kind,
    pub(crate) runs: Vec<RunLine>,
    /// The page shown, from 1, and how many there are.
    pub(crate) page: u64,
    pub(crate) pages: u64,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::All, "all"),
    (Kind::Live, "live"),
    (Kind::Rehearsal, "rehearsal"),
    (Kind::Unfinished, "unfinished"),
];

fn kind_name(kind: Kind) -> Text {
    match kind {
        Kind::All => text!("All"),
        Kind::Live => text!("Live"),
        Kind::Rehearsal => text!("Rehearsal"),
        Kind::Unfinished => text!("Unfinished"),
    }
}

pub(crate) fn page(frame: &Frame, history: &History) -> Markup {
    let title = frame.say(text!("History"));
    let body = html! {
        h1 { (title) }
        form method="get" role="search" {
            div.actions {
                label { (frame.say(text!("Search"))) " " input type="search" name="q" value=(history.search) placeholder=(frame.say(text!("job, file, date"))); }
                @for (kind, value) in KINDS {
                    label { input type="radio" name="kind" value=(value) checked[kind == history.kind]; (frame.say(kind_name(kind))) }
                }
                button { (frame.say(text!("Search"))) }
            }
        }
        @if history.runs.is_empty() { p { (frame.say(text!("There is no such run."))) } }
        @else {
            table.plain.cards {
                thead { tr {
                    @for name in [text!("Began"), text!("File"), text!("Job"), text!("State"), text!("Items"), text!("Actions")] { th scope="col" { (frame.say(name)) } }
                } }
                tbody { @for run in &history.runs { (line(frame, run)) } }
            }
        }
        (pages(frame, history))
    };
    frame.page(&title, &[], body)
}

fn line(frame: &Frame, run: &RunLine) -> Markup {
    let address = |path: &str| format!("{}runs/{}/{path}", frame.root, run.run);
    html! {
        tr {
            td.numbers { (run.began) }
            td { strong { (run.file) } }
            td { (run.job) @if run.rehearsal { " " (frame.mode_tag(true)) } }
            @if let Some(damage) = &run.damage {
                td colspan="3" { (run.run) ": " (damage.what) @for line in &damage.details { " " (line) } }
            } @else {
                td { (run.state) }
                td { (counts::small(frame, &run.items)) }
                td {
                    a.button href=(address("")) { (frame.say(text!("Result"))) span.spoken { " " (run.file) } } " "
                    @if run.unfinished {
                        button type="button" data-post=(address("resume")) { (frame.say(text!("Resume"))) }
                    } @else {
                        a.button href=(address("files/report.html")) { (frame.say(text!("Report"))) span.spoken { " " (run.file) } }
                    } " "
                    @if run.rehearsal {
                        button.plain type="button" data-post=(address("delete")) data-sure=(frame.say(text!("Delete this rehearsal and its files?"))) { (frame.say(text!("Delete"))) }
                    }
                }
            }
        }
    }
}

fn pages(frame: &Frame, history: &History) -> Markup {
    let kind = KINDS.iter().find(|(kind, _)| *kind == history.kind);
    let kind = kind.map_or("all", |(_, value)| value);
    let address = |page: u64| {
        let mut query = url::form_urlencoded::Serializer::new("?".to_owned());
        query
            .append_pair("q", &history.search)
            .append_pair("kind", kind);
        query.append_pair("page", &page.to_string()).finish()
    };
    html! {
        @if history.pages > 1 {
            nav.actions aria-label=(frame.say(text!("Pages"))) {
                @if history.page > 1 { a.button href=(address(history.page - 1)) { (frame.say(text!("Newer"))) } }
                span.numbers { (history.page) " / " (history.pages) }
                @if history.page < history.pages { a.button href=(address(history.page + 1)) { (frame.say(text!("Older"))) } }
            }
        }
    }
}
