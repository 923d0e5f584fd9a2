//! When calls were made and items got their outcomes. Stretches in which the platform throttled calls are marked; where nothing is
//! drawn, nothing happened.

use maud::{Markup, html};

use super::moment_of_ms;
use crate::numbers::{counted, thousands};
use crate::store::Timeline;
use crate::text::{Language, Text};

/// Stretches of time at most.
pub(crate) const STRETCHES_MAX: u32 = 120;

const WIDTH: usize = 720;
/// The bars of items stand on this line, the bars of calls on the one below.
const ITEMS_BASE: u64 = 110;
const ITEMS_HEIGHT: u64 = 90;
const CALLS_BASE: u64 = 150;
const CALLS_HEIGHT: u64 = 30;

/// The picture of a run in time.
pub(super) fn timeline(timeline: &Timeline, language: Language) -> Markup {
    let say = |text: Text| text.in_language(language);
    let stretches = &timeline.stretches;
    let width = WIDTH / stretches.len().max(1);
    let items_max = stretches
        .iter()
        .map(|one| one.items)
        .max()
        .unwrap_or_default();
    let calls_max = stretches
        .iter()
        .map(|one| one.calls)
        .max()
        .unwrap_or_default();
    let throttled: u64 = stretches.iter().map(|one| one.throttled).sum();
    let (from, until) = (
        moment_of_ms(timeline.first_ms),
        moment_of_ms(timeline.last_ms),
    );
    let label = text!(
        "from {from} to {until}, in {parts}: at most {items} and {calls} in one of them",
        from,
        until,
        items = counted(items_max, "item"),
        calls = counted(calls_max, "call"),
        parts = counted(stretches.len() as u64, "part"),
    );
    html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " 170" } role="img" aria-label=(say(label)) {
                @for (at, one) in stretches.iter().enumerate() {
                    @let x = at * width;
                    @if one.throttled > 0 {
                        rect.throttled x=(x) y="20" width=(width) height=(CALLS_BASE - 20) {}
                        text.on-light x=(x + width / 2) y="15" font-size="11" { "‖" }
                    }
                    @if one.items > 0 {
                        @let height = height(one.items, items_max, ITEMS_HEIGHT);
                        rect.items x=(x) y=(ITEMS_BASE - height) width=(bar(width)) height=(height) {}
                    }
                    @if one.calls > 0 {
                        @let height = height(one.calls, calls_max, CALLS_HEIGHT);
                        rect.calls x=(x) y=(CALLS_BASE - height) width=(bar(width)) height=(height) {}
                    }
                }
                text x="0" y="166" font-size="12" { (from) }
                text.end x=(WIDTH) y="166" font-size="12" { (until) }
            }
            figcaption.quiet {
                (say(text!("above: items that got their outcome (at most {items}); below: calls (at most {calls})", items = thousands(items_max), calls = thousands(calls_max))))
                @if throttled > 0 {
                    "; ‖ " (say(text!("the platform throttled {calls}", calls = counted(throttled, "call"))))
                }
            }
        }
    }
}

/// A bar's width: beside its neighbour there is a gap, where there is room for one.
fn bar(width: usize) -> usize {
    width.saturating_sub(1).max(1)
}

/// A bar's height in proportion, at least 1.
fn height(count: u64, most: u64, room: u64) -> u64 {
    (count.saturating_mul(room) / most.max(1)).max(1)
}
