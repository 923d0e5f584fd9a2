//! One thing to say before a file can be checked: its month, its sheet, its encoding, a value of the job. Or why it cannot be.

use maud::{Markup, html};

use super::frame::{Frame, Problem};

/// What is missing.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) file: String,
    /// The refusal that the answer would lift.
    pub(crate) problem: Problem,
    pub(crate) question: Question,
    /// The job, so that an answer names it.
    pub(crate) job: String,
    /// What was given before, by name: it is given again with the answer.
    pub(crate) given: Vec<(String, String)>,
}

/// The choice that would lift the refusal.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// The month of a roster: proposed, never taken without being shown.
    Month { year: i16, month: i8 },
    /// Which sheet, each with its size in words.
    Sheet(Vec<(String, String)>),
    /// Which encoding, each with the same cells decoded.
    Encoding(Vec<(String, Vec<String>)>),
    /// A value of the job's `[request]` table, and what it is.
    Value { name: String, about: String },
    /// App id and secret are missing: they are given in the settings.
    Credentials,
    /// Nothing can be chosen: another file is needed.
    Nothing,
}

pub(crate) fn page(frame: &Frame, ask: &Ask) -> Markup {
    let title = frame.say(match &ask.question {
        Question::Month { .. } => text!("One thing is missing: which month is this roster for?"),
        Question::Sheet(_) => text!("One thing is missing: which sheet is it?"),
        Question::Encoding(_) => text!("One thing is missing: which of these can be read?"),
        Question::Value { .. } => text!("One thing is missing: a value of the job"),
        Question::Credentials => text!("One thing is missing: the Feishu app"),
        Question::Nothing => text!("This file cannot be checked"),
    });
    let body = html! {
        h1 { (title) }
        p { strong { (ask.file) } }
        @if matches!(ask.question, Question::Nothing) { (Frame::problem(&ask.problem)) }
        @else {
            p { (ask.problem.what) }
            @for line in &ask.problem.details { p.quiet { (line) } }
        }
        @match &ask.question {
            Question::Nothing => {}
            Question::Credentials => { p { a.button.main href={ (frame.root) "settings/" } { (frame.say(text!("Settings"))) } } }
            question => {
                form data-submit="job" {
                    input type="hidden" name="job" value=(ask.job);
                    @for (name, value) in &ask.given { input type="hidden" name={ "given." (name) } value=(value); }
                    (answer(frame, question))
                    div.actions { button.main { (frame.say(text!("Check"))) } }
                }
            }
        }
        p { a.button href=(frame.root) { (frame.say(text!("Choose another file"))) } }
    };
    frame.page(&title, &["form.js"], body)
}

fn answer(frame: &Frame, question: &Question) -> Markup {
    match question {
        Question::Month { year, month } => months(frame, *year, *month),
        Question::Sheet(sheets) => html! {
            fieldset {
                legend { (frame.say(text!("Sheet"))) }
                @for (name, size) in sheets {
                    label.choice { input type="radio" name="given.sheet" value=(name) required; span { strong { (name) } " " span.quiet { (size) } } }
                }
            }
        },
        Question::Encoding(samples) => html! {
            fieldset {
                legend { (frame.say(text!("Encoding"))) }
                @for (name, cells) in samples {
                    label.choice { input type="radio" name="given.encoding" value=(name) required; span { strong { (name) } br; (cells.join(" · ")) } }
                }
            }
        },
        Question::Value { name, about } => html! {
            p { label { (about) " " span.quiet { (name) } br; input name={ "given.set." (name) } required autocomplete="off"; } }
        },
        Question::Credentials | Question::Nothing => html! {},
    }
}

fn months(frame: &Frame, year: i16, month: i8) -> Markup {
    let first_day = text!(
        "{day} is a {weekday}: does that fit your sheet?",
        day = "{day}",
        weekday = "{weekday}"
    );
    html! {
        div.actions data-month=(frame.say(first_day)) {
            label { (frame.say(text!("Year"))) " " select #year { @for known in year - 2..=year + 2 { option value=(known) selected[known == year] { (known) } } } }
            label { (frame.say(text!("Month"))) " " select #month { @for known in 1..=12_i8 { option value=(format!("{known:02}")) selected[known == month] { (known) } } } }
            input type="hidden" #joined name="given.set.month";
            output #first-day {}
        }
    }
}
