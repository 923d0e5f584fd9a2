//! What can be said about a quota without sending anything: its text form, the least time it allows, how many calls keep it busy.
//!
//! Pure functions over [`Window`]s; no clock.

use std::fmt;
use std::time::Duration;

use super::schedule::spacing;
use crate::endpoint::Window;
use crate::error::Refusal;

/// Windows as a person writes them: `100/1s`, `50/1s,1000/60s`, or `none`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quota {
    /// All windows hold at once; none at all is `none`.
    pub windows: Vec<Window>,
}

impl Quota {
    /// Reads the text form. Whether `none` is allowed is the caller's business: it is only against loopback.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.trim() == NONE {
            return Ok(Self::default());
        }
        let mut windows = Vec::new();
        for part in text.split(',') {
            let window = Window::parse(part).map_err(|why| {
                Refusal::new(
                    "command.quota",
                    text!("the quota `{text}` cannot be used", text = shown(text)),
                )
                .because(text!("`{window}`: {why}", window = shown(part.trim()), why))
                .hint(text!(
                    "write calls/seconds, for example 100/1s or 50/1s,1000/60s"
                ))
            })?;
            windows.push(window);
        }
        if windows.len() > WINDOWS_MAX {
            return Err(Refusal::new(
                "command.quota",
                text!(
                    "the quota names {windows} windows; at most {windows_max} are possible",
                    windows = windows.len(),
                    windows_max = WINDOWS_MAX
                ),
            )
            .hint(text!(
                "give the windows the platform names, usually one or two: 50/1s,1000/60s"
            )));
        }
        Ok(Self { windows })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.windows.is_empty() {
            return f.write_str(NONE);
        }
        for (index, window) in self.windows.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{window}")?;
        }
        Ok(())
    }
}

const NONE: &str = "none";

/// Most windows of one quota: the platform names one or two.
const WINDOWS_MAX: usize = 8;

/// As much of a mistyped text as a message shows.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARS_MAX)
        .collect()
}

const SHOWN_CHARS_MAX: usize = 60;

/// The least time a quota allows for a number of calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// Seconds from the first call to the last, if every window were filled at its first moment. No run can be faster.
    pub seconds: f64,
    /// The window that accounts for most of it; `None` when no window makes anybody wait.
    pub binds: Option<Window>,
}

/// The least time the windows allow for `calls` calls, and which of them binds.
///
/// Call `k` and call `k + window.calls` are at least `window.span` apart. Going back from the last call in steps of the slowest
/// window, then of the next slower one, adds up distances none of which can be shortened.
#[must_use]
pub fn floor(windows: &[Window], calls: u64) -> Floor {
    let mut slowest_first = windows.to_vec();
    slowest_first.sort_by_key(|window| std::cmp::Reverse(window.span / window.calls.max(1)));
    let mut calls_before_last = calls.saturating_sub(1);
    let mut seconds = 0.0;
    let mut binds: Option<(f64, Window)> = None;
    for window in slowest_first {
        let full = calls_before_last / u64::from(window.calls.max(1));
        calls_before_last %= u64::from(window.calls.max(1));
        #[expect(
            clippy::cast_precision_loss,
            reason = "a run has far fewer than 2^52 calls"
        )]
        let share = full as f64 * window.span.as_secs_f64();
        seconds += share;
        if share > binds.map_or(0.0, |(most, _)| most) {
            binds = Some((share, window));
        }
    }
    Floor {
        seconds,
        binds: binds.map(|(_, window)| window),
    }
}

/// How many calls may be under way at once: enough to keep the quota busy while every answer takes two seconds, at most
/// [`CALLS_IN_FLIGHT_MAX`]. Without a quota the more wait, the more share a commit.
#[must_use]
pub fn calls_in_flight(windows: &[Window]) -> usize {
    let Some(spacing) = spacing(windows) else {
        return CALLS_IN_FLIGHT_MAX;
    };
    let unanswered = LATENCY_COVERED
        .as_nanos()
        .div_ceil(spacing.as_nanos().max(1));
    usize::try_from(unanswered)
        .unwrap_or(CALLS_IN_FLIGHT_MAX)
        .saturating_add(CALLS_ABOUT_TO_LEAVE)
        .min(CALLS_IN_FLIGHT_MAX)
}

/// Most calls under way: each holds a batch in memory and a connection, and each is ambiguous if the process dies.
pub const CALLS_IN_FLIGHT_MAX: usize = 128;

/// The answering time up to which the quota is kept busy: the platform's slow replies, not its worst.
const LATENCY_COVERED: Duration = Duration::from_secs(2);

/// Besides those that wait for an answer: one at the gate, and one whose intent is being made durable.
const CALLS_ABOUT_TO_LEAVE: usize = 2;
