//! Help: what the words mean, how to keep ids whole in Excel, the keys of the grid, where files are and where data goes.

use maud::{Markup, html};

use super::counts;
use super::frame::Frame;
use crate::model::Outcome;
use crate::report::html::outcomes::mark;

pub(crate) fn page(frame: &Frame, version: &str, runs_folder: &str) -> Markup {
    let title = frame.say(text!("Help"));
    let body = html! {
        h1 { (title) }
        h2 { (frame.say(text!("What became of an item"))) }
        dl { @for (outcome, meaning) in [
            (Outcome::Succeeded, text!("Feishu confirmed that it is written.")),
            (Outcome::Failed, text!("Feishu refused it.")),
            (Outcome::Rejected, text!("Something in it is wrong; it was not sent.")),
            (Outcome::Unconfirmed, text!("It was sent and no clear answer came: it may be applied or not.")),
            (Outcome::Pending, text!("It was not sent yet.")),
        ] { dt { span class={ "tag " (outcome.word()) } { (mark(outcome)) " " (counts::word(frame, outcome)) } } dd { (frame.say(meaning)) } } }
        h2 { (frame.say(text!("What to do when something is unconfirmed"))) }
        p { (frame.say(text!("Look at a few of these cells in Feishu. \"Send again\" on the result sends them once more; where that could apply them twice, the page says so first."))) }
        h2 { (frame.say(text!("What a rehearsal is"))) }
        p { (frame.say(text!("Everything is sent to a stand-in for Feishu inside this program: all steps are as in a real send, and nothing real is changed."))) }
        h2 { (frame.say(text!("Keep ids whole in Excel"))) }
        p { (frame.say(text!("Excel keeps 15 digits of a number and drops zeros at its beginning. Before you paste ids: select the column, open Format Cells, choose Text on the Number tab, press OK, and then paste."))) }
        h2 { (frame.say(text!("Keys of the sheet"))) }
        (keys(frame))
        h2 { (frame.say(text!("Your files and your data"))) }
        p { (frame.say(text!("Your data goes from this computer to Feishu and nowhere else."))) }
        p { (frame.say(text!("The records of all runs are in {folder}", folder = runs_folder))) }
        p { (frame.say(text!("To report a fault, send the folder of its run without run.db."))) }
        p.quiet { (frame.say(text!("Feishu Bulk"))) " " (version) " · MIT OR Apache-2.0" }
    };
    frame.page(&title, &[], body)
}

fn keys(frame: &Frame) -> Markup {
    let keys: [(&[&str], _); 9] = [
        (
            &["←", "→", "↑", "↓", "Home", "End", "PgUp", "PgDn"],
            text!("move; with Ctrl to the first or last row"),
        ),
        (
            &["Enter", "F2"],
            text!("correct the cell; typing replaces it"),
        ),
        (
            &["Enter", "Tab", "Esc"],
            text!(
                "while correcting: take it and go down, take it and go right, leave it as it was"
            ),
        ),
        (&["Delete"], text!("empty the cell")),
        (&["F8", "Shift+F8"], text!("next, previous problem")),
        (&["Alt+Enter"], text!("take the suggestion")),
        (&["Ctrl+Z", "Ctrl+Y"], text!("undo, redo a correction")),
        (&["Ctrl+C"], text!("copy the cell")),
        (
            &["Ctrl+V"],
            text!("paste a cell or a block of cells from Excel"),
        ),
    ];
    html! {
        table.plain { tbody { @for (names, does) in keys {
            tr { th scope="row" { @for name in names { kbd { (name) } " " } } td { (frame.say(does)) } }
        } } }
    }
}
