//! Import: drop a file, go on with what was not finished, look at the last runs.

use maud::{Markup, html};

use super::counts;
use super::frame::{Frame, Problem};
use super::history::RunLine;
use crate::numbers::counted;

/// What the first screen shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    pub(crate) drafts: Vec<DraftLine>,
    /// Runs that can be resumed, newest first.
    pub(crate) unfinished: Vec<RunLine>,
    /// The last runs that ended, newest first.
    pub(crate) recent: Vec<RunLine>,
    pub(crate) jobs: Vec<JobLine>,
    /// Where job files are looked for.
    pub(crate) jobs_folder: String,
    /// Job files that cannot be used.
    pub(crate) problems: Vec<Problem>,
}

/// A file that was uploaded and not sent yet.
#[derive(Debug, Clone)]
pub(crate) struct DraftLine {
    pub(crate) id: u64,
    pub(crate) file: String,
    /// Cells that were corrected.
    pub(crate) corrected: u64,
    /// Items still rejected; none before a first check.
    pub(crate) rejected: Option<u64>,
}

/// A job that can be chosen.
#[derive(Debug, Clone)]
pub(crate) struct JobLine {
    /// Its name: what addresses carry.
    pub(crate) name: String,
    /// What it does, in words; may be empty.
    pub(crate) about: String,
    /// Whether a sample ships with it.
    pub(crate) has_sample: bool,
    /// Whether there is a workbook to fill.
    pub(crate) has_blank: bool,
}

pub(crate) fn page(frame: &Frame, home: &Home) -> Markup {
    let title = frame.say(text!("Import"));
    let has_unfinished = !home.drafts.is_empty() || !home.unfinished.is_empty();
    let body = html! {
        h1 { (title) }
        div.sides {
            div {
                (drop_zone(frame))
                (jobs(frame, home))
            }
            div {
                @if has_unfinished { (unfinished(frame, home)) }
                @if !home.recent.is_empty() {
                    h2 { (frame.say(text!("Recent runs"))) }
                    ul.lines { @for run in &home.recent { (recent(frame, run)) } }
                }
            }
        }
    };
    frame.page(&title, &["drop.js"], body)
}

fn drop_zone(frame: &Frame) -> Markup {
    html! {
        div.drop #drop data-upload={ (frame.root) "drafts" } {
            p { (frame.say(text!("Drop an Excel or CSV file here"))) }
            p {
                button.main type="button" #choose { (frame.say(text!("Choose a file…"))) }
                input type="file" #file accept=".xlsx,.csv,.txt,.jsonl" hidden aria-label=(frame.say(text!("Choose a file…")));
            }
            p.quiet { (frame.say(text!("Rosters, month-end reports, punches to delete; it is checked first and nothing is sent yet"))) }
            div #uploading hidden {
                label for="uploaded" { (frame.say(text!("Uploading"))) " " span #name {} }
                progress #uploaded max="100" value="0" {}
                button type="button" #cancel { (frame.say(text!("Cancel"))) }
            }
        }
    }
}

fn jobs(frame: &Frame, home: &Home) -> Markup {
    html! {
        h2 { (frame.say(text!("Or choose the job first"))) }
        @if home.jobs.is_empty() {
            p { (frame.say(text!("There is no job yet: put a job file (.toml) into {folder}, or try a sample", folder = &home.jobs_folder))) }
        }
        ul.lines {
            @for job in &home.jobs {
                li {
                    span { strong { (job.name) } " " span.quiet { (job.about) } }
                    span.last {
                        @if job.has_blank { a.button href={ (frame.root) "jobs/" (job.name) "/blank.xlsx" } download { (frame.say(text!("Blank workbook"))) } }
                        @if job.has_sample {
                            button type="button" data-post={ (frame.root) "sample" } data-body=(serde_json::json!({ "job": job.name })) { (frame.say(text!("Try it with a sample"))) }
                        }
                    }
                }
            }
        }
        @for problem in &home.problems { (Frame::problem(problem)) }
    }
}

fn unfinished(frame: &Frame, home: &Home) -> Markup {
    html! {
        h2 { (frame.say(text!("Not finished"))) }
        ul.lines {
            @for draft in &home.drafts {
                li {
                    span {
                        strong { (draft.file) }
                        @if draft.corrected > 0 { " · " (frame.say(text!("{cells} corrected", cells = counted(draft.corrected, "cell")))) }
                        @if let Some(rejected) = draft.rejected { " · " (frame.say(text!("{items} rejected", items = counted(rejected, "item")))) }
                    }
                    span.last {
                        a.button href={ (frame.root) "drafts/" (draft.id) "/" } { (frame.say(text!("Continue"))) }
                        button.plain type="button" data-post={ (frame.root) "drafts/" (draft.id) "/discard" } { (frame.say(text!("Discard"))) span.spoken { " " (draft.file) } }
                    }
                }
            }
            @for run in &home.unfinished {
                li {
                    span { strong { (run.file) } " " (run.job) " · " (run.state) " " (counts::small(frame, &run.items)) @if run.rehearsal { (frame.mode_tag(true)) } }
                    span.last {
                        button type="button" data-post={ (frame.root) "runs/" (run.run) "/resume" } { (frame.say(text!("Resume"))) span.spoken { " " (run.file) } }
                        a.button href={ (frame.root) "runs/" (run.run) "/" } { (frame.say(text!("Open"))) }
                    }
                }
            }
        }
    }
}

fn recent(frame: &Frame, run: &RunLine) -> Markup {
    html! {
        li {
            span { (run.began) " " strong { (run.file) } " " (counts::small(frame, &run.items)) @if run.rehearsal { (frame.mode_tag(true)) } }
            span.last { a.button href={ (frame.root) "runs/" (run.run) "/" } { (frame.say(text!("Open"))) span.spoken { " " (run.file) } } }
        }
    }
}
