//! Counts of items by outcome, each with its mark, so that no colour stands alone.

use maud::{Markup, html};

use super::frame::Frame;
use crate::model::Outcome;
use crate::numbers::thousands;
use crate::report::ItemCounts;
use crate::report::html::outcomes::mark;

const OUTCOMES: [Outcome; 5] = [
    Outcome::Succeeded,
    Outcome::Failed,
    Outcome::Unconfirmed,
    Outcome::Rejected,
    Outcome::Pending,
];

fn count_of(items: &ItemCounts, outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Succeeded => items.succeeded,
        Outcome::Failed => items.failed,
        Outcome::Rejected => items.rejected,
        Outcome::Unconfirmed => items.unconfirmed,
        Outcome::Pending => items.pending,
    }
}

/// The word of an outcome. Where it is first read on a screen, `rejected` and `pending` say that nothing was sent.
pub(crate) fn word(frame: &Frame, outcome: Outcome) -> String {
    frame.say(match outcome {
        Outcome::Succeeded => text!("succeeded"),
        Outcome::Failed => text!("failed"),
        Outcome::Rejected => text!("rejected (not sent)"),
        Outcome::Unconfirmed => text!("unconfirmed"),
        Outcome::Pending => text!("pending (not sent yet)"),
    })
}

/// All five with their words; live screens write new numbers into `data-count`.
pub(crate) fn large(frame: &Frame, items: &ItemCounts) -> Markup {
    html! {
        ul.counts {
            @for outcome in OUTCOMES {
                li class=(outcome.word()) {
                    span aria-hidden="true" { (mark(outcome)) " " }
                    b.numbers data-count=(outcome.word()) { (thousands(count_of(items, outcome))) }
                    " " (word(frame, outcome))
                }
            }
        }
    }
}

/// Those that are not zero, in one line.
pub(crate) fn small(frame: &Frame, items: &ItemCounts) -> Markup {
    html! {
        @for outcome in OUTCOMES {
            @if count_of(items, outcome) > 0 {
                span class={ "tag numbers " (outcome.word()) } title=(word(frame, outcome)) {
                    (mark(outcome)) " " (thousands(count_of(items, outcome)))
                    span.spoken { " " (word(frame, outcome)) }
                } " "
            }
        }
    }
}
