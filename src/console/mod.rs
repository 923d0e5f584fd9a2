//! Events as a person sees them: a progress bar on a terminal, plain lines now and then elsewhere.

mod voice;
mod words;

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::{Event, Observer};
use crate::log::Format;
use crate::model::Tally;
use crate::numbers::{counted, thousands};

pub use voice::{ask, say, say_end, say_notice, say_refusal, speak_as};
pub use words::{duration, final_words, floor_words, tally_words};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A bar that moves.
    Bar,
    /// A line now and then.
    Lines,
    /// Nothing: log lines say it already.
    Silent,
}

impl Style {
    /// A bar on a terminal; lines where nobody watches one, as in CI or a file, or where each line is JSON.
    #[must_use]
    pub fn of_standard_error(logs_are_shown: bool) -> Self {
        if logs_are_shown {
            Self::Silent
        } else if voice::format() == Format::Text
            && std::io::stderr().is_terminal()
            && std::env::var_os("CI").is_none()
        {
            Self::Bar
        } else {
            Self::Lines
        }
    }
}

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How much slower than the quota a delivery may be before its own pace says when it ends: even spacing stays below the quota.
const PACE_TOLERANCE: f64 = 1.1;

/// Shows progress on standard error.
pub struct Console {
    style: Style,
    colour: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
    delivery: Option<Delivery>,
}

/// What a line about the delivery needs to know.
struct Delivery {
    started: Instant,
    items: u64,
    done_before: u64,
    batches: u64,
    batches_done: u64,
    floor_seconds: f64,
    paused_until: Option<Instant>,
}

impl Console {
    /// A console in the given style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            colour: std::env::var_os("NO_COLOR").is_none(),
            state: Mutex::new(State::default()),
        }
    }

    /// Takes the bar away, so that words can follow.
    pub fn close(&self) {
        if let Some(bar) = self.state().bar.take() {
            voice::stand_below(None);
            bar.finish_and_clear();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bar(&self, length: u64, what: &str) -> ProgressBar {
        let bar =
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
        let colour = if self.colour { ".cyan" } else { "" };
        // The template is ours; if indicatif cannot read it, its own bar is good enough.
        if let Ok(style) = ProgressStyle::with_template(&format!(
            "{what} {{bar:30{colour}}} {{percent:>3}} %  {{msg}}"
        )) {
            bar.set_style(style);
        }
        voice::stand_below(Some(bar.clone()));
        bar
    }

    fn check_progress(&self, bytes: u64, rows: u64, rejected: u64) {
        let mut state = self.state();
        let text = format!("{}, {} rejected", counted(rows, "row"), thousands(rejected));
        if let Some(bar) = &state.bar {
            bar.set_position(bytes);
            bar.set_message(text);
        } else if self.line_is_due(&mut state) {
            say(&format!("checking: {text}"));
        }
    }

    fn delivery_progress(&self, tally: Tally) {
        let mut state = self.state();
        let Some(delivery) = &mut state.delivery else {
            return;
        };
        delivery.batches_done += 1;
        let text = delivery.words(tally, delivery.started.elapsed());
        if let Some(bar) = &state.bar {
            bar.set_position(tally.read - tally.pending);
            bar.set_message(text);
        } else if self.line_is_due(&mut state) {
            say(&format!("sending: {text}"));
        }
    }

    fn line_is_due(&self, state: &mut State) -> bool {
        let now = Instant::now();
        // The first line comes after the first interval: short work needs none.
        let last = *state.last_line.get_or_insert(now);
        let due = self.style == Style::Lines && now.duration_since(last) >= LINE_EVERY;
        if due {
            state.last_line = Some(now);
        }
        due
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.close();
    }
}

impl Delivery {
    /// Done of all, rate, time left, what went wrong, what it waits for.
    fn words(&self, tally: Tally, elapsed: Duration) -> String {
        let done = tally.read - tally.pending - tally.rejected;
        #[expect(clippy::cast_precision_loss, reason = "shown without digits")]
        let rate = (done - self.done_before.min(done)) as f64 / elapsed.as_secs_f64().max(0.001);
        let mut parts = vec![format!(
            "{} of {}, {rate:.0}/s",
            thousands(done),
            counted(self.items, "item")
        )];
        if tally.failed + tally.unconfirmed > 0 {
            parts.push(format!(
                "{} failed, {} unconfirmed",
                thousands(tally.failed),
                thousands(tally.unconfirmed)
            ));
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let left_share =
            self.batches.saturating_sub(self.batches_done) as f64 / self.batches.max(1) as f64;
        let by_quota = self.floor_seconds * left_share;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let at_pace = self.items.saturating_sub(done) as f64 / rate.max(0.001);
        parts.push(if at_pace > by_quota * PACE_TOLERANCE {
            format!("{} left at this pace", duration(at_pace))
        } else {
            format!("{} left by the quota", duration(by_quota))
        });
        let pause = self
            .paused_until
            .and_then(|until| until.checked_duration_since(Instant::now()));
        if let Some(pause) = pause {
            parts.push(format!("throttled for {}", duration(pause.as_secs_f64())));
        }
        parts.join(", ")
    }
}

impl Observer for Console {
    fn see(&self, event: &Event) {
        match event {
            Event::CheckStarted { bytes_total, .. } => {
                let mut state = self.state();
                if self.style == Style::Bar && state.bar.is_none() {
                    state.bar = Some(self.bar(*bytes_total, "checking"));
                }
            }
            Event::CheckProgress {
                bytes,
                rows,
                rejected,
            } => self.check_progress(*bytes, *rows, *rejected),
            Event::DeliveryStarted {
                batches,
                floor_seconds,
                tally,
                ..
            } => {
                let mut state = self.state();
                if self.style == Style::Bar {
                    state.bar = Some(self.bar(tally.read, "sending "));
                }
                state.delivery = Some(Delivery {
                    started: Instant::now(),
                    items: tally.read - tally.rejected,
                    done_before: tally.read - tally.rejected - tally.pending,
                    batches: *batches,
                    batches_done: 0,
                    floor_seconds: *floor_seconds,
                    paused_until: None,
                });
            }
            Event::BatchSettled { tally, .. } => self.delivery_progress(*tally),
            Event::Paused { seconds } => {
                let mut state = self.state();
                if let Some(delivery) = &mut state.delivery {
                    delivery.paused_until =
                        Some(Instant::now() + Duration::from_secs_f64(*seconds));
                }
                if self.style == Style::Lines {
                    say(&format!(
                        "throttled by the platform: every call waits {seconds:.1} s"
                    ));
                }
            }
            Event::StrangersSeen { batch, count } => {
                let text = format!(
                    "warning: the reply to batch {} names {count} things that were not in it",
                    batch.0
                );
                say(&text);
            }
            Event::CheckRepeated { .. }
            | Event::CheckEnded { .. }
            | Event::CallSent { .. }
            | Event::CallEnded { .. }
            | Event::TokenRenewed
            | Event::Halting { .. }
            | Event::RunEnded { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_the_quotas_or_that_of_a_slower_pace() {
        let delivery = |floor_seconds| Delivery {
            started: Instant::now(),
            items: 1000,
            done_before: 0,
            batches: 20,
            batches_done: 10,
            floor_seconds,
            paused_until: None,
        };
        let tally = Tally {
            read: 1000,
            succeeded: 500,
            pending: 500,
            ..Tally::default()
        };
        let words = |floor_seconds| delivery(floor_seconds).words(tally, Duration::from_secs(20));
        assert_eq!(
            words(40.0),
            "500 of 1,000 items, 25/s, 20 s left by the quota"
        );
        assert_eq!(
            words(0.0),
            "500 of 1,000 items, 25/s, 20 s left at this pace"
        );
        assert_eq!(
            words(4.0),
            "500 of 1,000 items, 25/s, 20 s left at this pace"
        );
    }
}
