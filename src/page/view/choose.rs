//! Which job an uploaded file is for.

use maud::{Markup, html};

use super::frame::Frame;
use crate::numbers::counted;

/// The question, with what each job finds in the file.
#[derive(Debug, Clone)]
pub(crate) struct Choose {
    pub(crate) file: String,
    /// Sheet of a workbook.
    pub(crate) sheet: Option<String>,
    pub(crate) rows: Option<u64>,
    /// Best first.
    pub(crate) fits: Vec<Fit>,
    /// The job of the run whose failure report this file is.
    pub(crate) failures_of: Option<String>,
}

/// What a job finds in the file.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) job: String,
    pub(crate) about: String,
    /// The columns it uses, or why it cannot.
    pub(crate) columns: Result<Vec<String>, String>,
}

pub(crate) fn page(frame: &Frame, choose: &Choose) -> Markup {
    let title = frame.say(text!("What is this file?"));
    let first_fit = choose.fits.iter().position(|fit| fit.columns.is_ok());
    let body = html! {
        h1 { (title) }
        p {
            strong { (choose.file) }
            @if let Some(sheet) = &choose.sheet { " · " (frame.say(text!("sheet {sheet}", sheet))) }
            @if let Some(rows) = choose.rows { " · " (frame.say(text!("{rows}", rows = counted(rows, "row")))) }
        }
        @if let Some(job) = &choose.failures_of {
            p.panel { (frame.say(text!("This is what did not succeed last time; it is handled by the job \"{job}\"", job))) }
        }
        form data-submit="job" {
            fieldset {
                legend.spoken { (title) }
                @for (at, fit) in choose.fits.iter().enumerate() { (choice(frame, fit, Some(at) == first_fit)) }
            }
            div.actions {
                button.main { (frame.say(text!("Check"))) }
                span { (frame.say(text!("Not this file?"))) " " a.button href=(frame.root) { (frame.say(text!("Choose another"))) } }
            }
        }
    };
    frame.page(&title, &["form.js"], body)
}

fn choice(frame: &Frame, fit: &Fit, checked: bool) -> Markup {
    html! {
        label.choice {
            input type="radio" name="job" value=(fit.job) checked[checked] required;
            span {
                strong { (fit.job) } " " span.quiet { (fit.about) } br;
                @match &fit.columns {
                    Ok(columns) => {
                        span.fits { "✓ " (frame.say(text!("fits"))) } " · " (frame.say(text!("uses: {columns}", columns = columns.join(" "))))
                    }
                    Err(why) => { (why) }
                }
            }
        }
    }
}
