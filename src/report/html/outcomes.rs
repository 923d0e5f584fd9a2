//! Items by outcome: marks, words, the bar and the sum. Colour never stands alone: each outcome has its mark and its word.

use maud::{Markup, html};

use crate::model::{Outcome, Tally};
use crate::numbers::{counted, thousands};
use crate::text::{Language, Text, Value};

/// All outcomes, in the order in which they are shown.
pub(crate) const OUTCOMES: [Outcome; 5] = [
    Outcome::Succeeded,
    Outcome::Failed,
    Outcome::Rejected,
    Outcome::Unconfirmed,
    Outcome::Pending,
];

/// The mark of an outcome.
pub(crate) fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "✓",
        Outcome::Failed => "✕",
        Outcome::Rejected => "▲",
        Outcome::Unconfirmed => "?",
        Outcome::Pending => "…",
    }
}

/// The word of an outcome, for people.
pub(crate) fn word(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Succeeded => text!("succeeded"),
        Outcome::Failed => text!("failed"),
        Outcome::Rejected => text!("rejected"),
        Outcome::Unconfirmed => text!("unconfirmed"),
        Outcome::Pending => text!("pending"),
    }
}

/// What an outcome means.
pub(super) fn meaning(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Succeeded => text!("the platform confirmed it"),
        Outcome::Failed => text!("the platform refused it"),
        Outcome::Rejected => text!("something in the file is not right, and it was not sent"),
        Outcome::Unconfirmed => {
            text!("it was sent, and no clear answer came: it may be applied, or not")
        }
        Outcome::Pending => text!("it was not sent yet"),
    }
}

/// How many items of a tally have an outcome.
pub(super) fn count(tally: &Tally, outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Succeeded => tally.succeeded,
        Outcome::Failed => tally.failed,
        Outcome::Rejected => tally.rejected,
        Outcome::Unconfirmed => tally.unconfirmed,
        Outcome::Pending => tally.pending,
    }
}

/// Mark and word of an outcome.
pub(crate) fn label(outcome: Outcome, language: Language) -> Markup {
    html! {
        span class={ "outcome " (outcome.word()) } {
            span aria-hidden="true" { (mark(outcome)) " " }
            (word(outcome).in_language(language))
        }
    }
}

/// The run in a sentence.
pub(super) fn verdict(tally: &Tally) -> Text {
    let mut parts = Vec::new();
    for outcome in OUTCOMES {
        let number = count(tally, outcome);
        let items = thousands(number);
        if number > 0 || outcome == Outcome::Succeeded {
            parts.push(match outcome {
                Outcome::Succeeded => text!("{items} succeeded", items),
                Outcome::Failed => text!("{items} failed", items),
                Outcome::Rejected => text!("{items} rejected and not sent", items),
                Outcome::Unconfirmed => text!("{items} unconfirmed", items),
                Outcome::Pending => text!("{items} pending", items),
            });
        }
    }
    let read = counted(tally.read, "item");
    text!(
        "Of {read}: {outcomes}.",
        read,
        outcomes = Value::list(parts)
    )
}

/// The outcomes that there are, each with its number.
pub(crate) fn counts(tally: &Tally, language: Language) -> Markup {
    html! {
        ul.counts {
            @for outcome in OUTCOMES {
                @let items = count(tally, outcome);
                @if items > 0 || outcome == Outcome::Succeeded {
                    li class=(outcome.word()) {
                        span aria-hidden="true" { (mark(outcome)) " " }
                        (thousands(items)) " " (word(outcome).in_language(language))
                    }
                }
            }
        }
    }
}

/// The sum that must add up, with whether it does.
pub(crate) fn sum(tally: &Tally, language: Language) -> Markup {
    html! {
        p {
            (text!("read").in_language(language)) " " (thousands(tally.read)) " = "
            @for (at, outcome) in OUTCOMES.into_iter().enumerate() {
                @if at > 0 { " + " }
                (word(outcome).in_language(language)) " " (thousands(count(tally, outcome)))
            }
            " "
            @if tally.adds_up() {
                strong.succeeded { "✓ " (text!("adds up").in_language(language)) }
            } @else {
                strong.failed { "✕ " (text!("does not add up: do not trust this report").in_language(language)) }
            }
        }
    }
}

const BAR_WIDTH: u64 = 720;
const BAR_HEIGHT: u64 = 28;
/// Narrower parts would not be seen.
const PART_WIDTH_LEAST: u64 = 3;
/// Narrower parts have no room for their mark.
const MARKED_WIDTH_LEAST: u64 = 16;

/// The outcomes as a bar.
pub(crate) fn bar(tally: &Tally, language: Language) -> Markup {
    let parts = widths(tally);
    html! {
        figure {
            svg viewBox={ "0 0 " (BAR_WIDTH) " " (BAR_HEIGHT) } role="img" aria-label=(verdict(tally).in_language(language)) {
                @for part in &parts {
                    rect class=(part.outcome.word()) x=(part.x) y="0" width=(part.width) height=(BAR_HEIGHT) {}
                    @if part.width >= MARKED_WIDTH_LEAST {
                        text class=(text_class(part.outcome)) x=(part.x + part.width / 2) y="19" font-size="14" { (mark(part.outcome)) }
                    }
                }
            }
        }
    }
}

/// How a mark is written upon the colour of its outcome.
pub(super) fn text_class(outcome: Outcome) -> &'static str {
    if outcome == Outcome::Succeeded {
        "on-light"
    } else {
        "on-dark"
    }
}

struct Part {
    outcome: Outcome,
    x: u64,
    width: u64,
}

/// The parts of the bar: in proportion, but none too narrow to be seen.
fn widths(tally: &Tally) -> Vec<Part> {
    let all: u64 = OUTCOMES.iter().map(|outcome| count(tally, *outcome)).sum();
    let there = OUTCOMES
        .into_iter()
        .filter(|outcome| count(tally, *outcome) > 0);
    let mut parts: Vec<Part> = there
        .map(|outcome| Part {
            outcome,
            x: 0,
            width: (count(tally, outcome).saturating_mul(BAR_WIDTH) / all).max(PART_WIDTH_LEAST),
        })
        .collect();
    let taken: u64 = parts.iter().map(|part| part.width).sum();
    // What rounding took or gave is the widest part's.
    if let Some(widest) = parts.iter_mut().max_by_key(|part| part.width) {
        widest.width = (widest.width + BAR_WIDTH).saturating_sub(taken);
    }
    let mut x = 0;
    for part in &mut parts {
        part.x = x;
        x += part.width;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_that_there_is_can_be_seen_in_the_bar_and_the_bar_is_full() {
        let tally = Tally {
            read: 1_000_003,
            succeeded: 1_000_000,
            failed: 1,
            unconfirmed: 2,
            ..Tally::default()
        };
        let parts = widths(&tally);
        let widths: Vec<u64> = parts.iter().map(|part| part.width).collect();
        assert_eq!(widths, [714, 3, 3]);
        assert_eq!(
            parts.last().map(|part| part.x + part.width),
            Some(BAR_WIDTH)
        );
        assert!(super::widths(&Tally::default()).is_empty());
    }

    #[test]
    fn the_verdict_names_the_outcomes_that_there_are() {
        let tally = Tally {
            read: 1171,
            succeeded: 1048,
            failed: 30,
            rejected: 93,
            ..Tally::default()
        };
        assert_eq!(
            verdict(&tally).to_string(),
            "Of 1,171 items: 1,048 succeeded, 30 failed, 93 rejected and not sent."
        );
    }

    #[test]
    fn a_sum_that_does_not_add_up_is_said_to_be_wrong() {
        let tally = Tally {
            read: 3,
            succeeded: 1,
            ..Tally::default()
        };
        let words = sum(&tally, Language::English).into_string();
        assert!(words.contains("does not add up"), "{words}");
    }
}
