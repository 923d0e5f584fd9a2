//! The last look before anything is sent: what, how many, where to, and the number that confirms what cannot be undone.

use maud::{Markup, html};

use super::frame::{Frame, Mode};
use crate::numbers::{counted, duration};

/// What would be sent. The mode is the one this screen was made for, whatever another tab chooses.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    pub(crate) check: u64,
    pub(crate) file: String,
    /// SHA-256 of the file, in hex.
    pub(crate) sha256: String,
    /// When it was uploaded, to the minute.
    pub(crate) uploaded: String,
    pub(crate) corrected: u64,
    pub(crate) items: u64,
    /// What the job does with them, in words: month, people, days of rest.
    pub(crate) does: Vec<String>,
    pub(crate) rejected: u64,
    /// Cells of a roster that are empty: they stay as they are on the platform.
    pub(crate) empty: u64,
    pub(crate) calls: u64,
    pub(crate) seconds_min: f64,
    pub(crate) quota: String,
    /// The number to type: items that delete or clear something, or that an earlier run sent; 0 asks for none.
    pub(crate) destructive: u64,
    /// Whether nothing is deleted or cleared, and the number is asked for because an earlier run sent the same.
    pub(crate) is_repeated: bool,
    /// What those are, in words.
    pub(crate) destroys: Vec<String>,
}

pub(crate) fn page(frame: &Frame, confirm: &Confirm) -> Markup {
    let title = frame.say(text!("Before it is sent"));
    let (to, where_to) = match &frame.mode {
        Mode::Rehearsal => (
            "rehearsal",
            text!("◇ Rehearsal: sent to the sandbox in this program"),
        ),
        Mode::Live { host, .. } => ("platform", text!("● Live: sent to {host}", host)),
    };
    let items = counted(confirm.items, "item");
    let send = match frame.mode {
        Mode::Rehearsal => text!("Rehearse {items}", items),
        Mode::Live { .. } => text!("Send {items} to Feishu", items),
    };
    let class = if to == "rehearsal" {
        "rehearsal"
    } else {
        "live"
    };
    let body = html! {
        h1 { (title) }
        p { span class={ "tag " (class) } { (frame.say(where_to)) } }
        dl {
            dt { (frame.say(text!("File"))) }
            dd { (confirm.file) " " span.quiet { "SHA-256 " code { (confirm.sha256.get(..12).unwrap_or(&confirm.sha256)) "…" } " · " (confirm.uploaded) " · " (frame.say(text!("{cells} corrected", cells = counted(confirm.corrected, "cell")))) } }
            dt { (frame.say(text!("Will do"))) }
            dd { strong { (frame.say(text!("sends {items}", items = counted(confirm.items, "item")))) } @for line in &confirm.does { br; (line) } }
            dt { (frame.say(text!("Will not do"))) }
            dd {
                (frame.say(text!("{items} rejected, not sent", items = counted(confirm.rejected, "item"))))
                @if confirm.empty > 0 { " · " (frame.say(text!("{cells} empty, left as they are", cells = counted(confirm.empty, "cell")))) }
            }
            dt { (frame.say(text!("At best"))) }
            dd { (frame.say(text!("{time} ({calls}, quota {quota})", time = duration(confirm.seconds_min), calls = counted(confirm.calls, "call"), quota = &confirm.quota))) }
        }
        div #send {
            @if confirm.destructive > 0 { (careful(frame, confirm)) }
            div.actions {
                a.button href="./" { (frame.say(text!("Back to the check"))) }
                button.main.last type="button" #confirm data-post="send" data-body=(serde_json::json!({ "check": confirm.check, "to": to })) disabled[confirm.destructive > 0] { (frame.say(send)) }
            }
        }
    };
    frame.page(&title, &[], body)
}

fn careful(frame: &Frame, confirm: &Confirm) -> Markup {
    let number = confirm.destructive;
    html! {
        div.panel.careful {
            h2 {
                @if confirm.is_repeated { (frame.say(text!("Careful: this was sent before; sending {items} once more may apply them twice", items = counted(number, "item")))) }
                @else { (frame.say(text!("Careful: {items} delete or clear something; this cannot be undone", items = counted(number, "item")))) }
            }
            @for line in &confirm.destroys { p { (line) } }
            p { label { (frame.say(text!("Type {number} to confirm", number))) " " input #typed name="typed" data-for="confirm" data-number=(number) inputmode="numeric" autocomplete="off" size="10"; } }
        }
    }
}
