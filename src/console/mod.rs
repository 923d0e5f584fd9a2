//! Events as a person sees them: a progress bar on a terminal, plain lines now and then elsewhere.

mod line;
mod terminal;
mod voice;
mod words;

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::line::Part;
use self::terminal::Terminal;
use crate::event::{Event, Observer, WAIT_SAID};
use crate::log::Format;
use crate::model::Tally;
use crate::numbers::{counted, thousands};
use crate::wall_clock;

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

/// Calls that wait for the same thing do not end their waits in the same moment.
const SAME_WAIT: Duration = Duration::from_secs(3);

/// More often, nobody could read.
const DRAWINGS_PER_SECOND: u8 = 10;

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
    /// The end of the last wait that was said.
    wait_said: Option<Instant>,
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
    held: Option<Hold>,
    tally: Tally,
}

/// All wait, because calls fail whatever they carry.
struct Hold {
    since: String,
    next: Instant,
    most: f64,
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

    fn bar(length: u64) -> ProgressBar {
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(Terminal), DRAWINGS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        voice::stand_below(Some(bar.clone()));
        bar
    }

    /// Moves the bar, and lays its line out for the terminal as wide as it is now.
    fn draw(&self, bar: &ProgressBar, station: &str, position: u64, parts: Vec<Part>) {
        let length = bar.length().unwrap_or_default().max(1);
        let percent = position.min(length) * 100 / length;
        let line = line::fit(station, percent, parts, terminal::room().into());
        let colour = if self.colour { ".cyan" } else { "" };
        let bar_drawn = match line.bar {
            0 => String::new(),
            columns => format!("{{bar:{columns}{colour}}}"),
        };
        let plain = |text: &str| text.replace('{', "{{").replace('}', "}}");
        // The words stand in the template, so that words and bar change in one drawing and never make a line too wide together. The
        // bar is of ASCII: its usual characters take two columns each in a terminal set to Chinese.
        let template = format!("{}{bar_drawn}{}", plain(&line.before), plain(&line.after));
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=>-"));
        }
        bar.set_position(position);
    }

    fn check_progress(&self, bytes: u64, rows: u64, rejected: u64) {
        let mut state = self.state();
        let parts = || {
            vec![
                Part::new(counted(rows, "row"), 0),
                Part::new(format!("{} rejected", thousands(rejected)), 1),
            ]
        };
        if let Some(bar) = &state.bar {
            self.draw(bar, "checking", bytes, parts());
        } else if self.line_is_due(&mut state) {
            say(&format!("checking: {}", in_full(&parts())));
        }
    }

    fn delivery_progress(&self, tally: Tally) {
        let mut state = self.state();
        let Some(delivery) = &mut state.delivery else {
            return;
        };
        delivery.batches_done += 1;
        self.show_delivery(&mut state, tally);
    }

    /// Draws the line of a delivery anew, or says it when that is due.
    fn show_delivery(&self, state: &mut State, tally: Tally) {
        let Some(delivery) = &mut state.delivery else {
            return;
        };
        delivery.tally = tally;
        let parts = delivery.parts(tally, delivery.started.elapsed());
        if let Some(bar) = &state.bar {
            self.draw(bar, "sending ", tally.read - tally.pending, parts);
        } else if self.line_is_due(state) {
            say(&format!("sending: {}", in_full(&parts)));
        }
    }

    /// Says a long wait with its end, unless one that lasts as long has been said.
    fn say_wait(&self, what: &str, seconds: f64) {
        let Ok(wait) = Duration::try_from_secs_f64(seconds) else {
            return;
        };
        let (mut state, end) = (self.state(), Instant::now() + wait);
        if state.wait_said.is_none_or(|said| end > said + SAME_WAIT) {
            state.wait_said = Some(end);
            drop(state);
            let end = wall_clock::time_in(wait);
            say(&format!("{what} {}, until {end}", duration(seconds)));
        }
    }

    /// All wait: said once in a line of its own, and then with the progress.
    fn held(&self, seconds: f64, next_seconds: f64, seconds_max: f64, why: &str) {
        let mut state = self.state();
        let Some(delivery) = &mut state.delivery else {
            return;
        };
        let since = delivery.held.take().map(|hold| hold.since);
        let is_first = since.is_none();
        let since = since.unwrap_or_else(wall_clock::time_of_day);
        let tally = delivery.tally;
        delivery.held = Some(Hold {
            since: since.clone(),
            next: Instant::now() + Duration::from_secs_f64(next_seconds),
            most: seconds_max,
        });
        if self.style == Style::Bar {
            self.show_delivery(&mut state, tally);
        }
        drop(state);
        if self.style == Style::Lines || (self.style == Style::Bar && is_first) {
            say(&format!(
                "held since {since} ({}): {why}; next try in {}, at most {}",
                duration(seconds),
                duration(next_seconds),
                duration(seconds_max)
            ));
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
    /// Done of all, rate, what went wrong, time left, what it waits for.
    fn parts(&self, tally: Tally, elapsed: Duration) -> Vec<Part> {
        let done = tally.read - tally.pending - tally.rejected;
        #[expect(clippy::cast_precision_loss, reason = "shown without digits")]
        let rate = (done - self.done_before.min(done)) as f64 / elapsed.as_secs_f64().max(0.001);
        let count = |all: &str| format!("{} of {all}", thousands(done));
        let mut parts = vec![
            Part::new(count(&counted(self.items, "item")), 0).or(count(&thousands(self.items))),
            Part::new(format!("{rate:.0}/s"), 9),
        ];
        if tally.failed + tally.unconfirmed > 0 {
            let words = format!(
                "{} failed, {} unconfirmed",
                thousands(tally.failed),
                thousands(tally.unconfirmed)
            );
            parts.push(Part::new(words, 1));
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let left_share =
            self.batches.saturating_sub(self.batches_done) as f64 / self.batches.max(1) as f64;
        let by_quota = self.floor_seconds * left_share;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let at_pace = self.items.saturating_sub(done) as f64 / rate.max(0.001);
        let (left, by) = if at_pace > by_quota * PACE_TOLERANCE {
            (duration(at_pace), "at this pace")
        } else {
            (duration(by_quota), "by the quota")
        };
        parts.push(Part::new(format!("{left} left {by}"), 3).or(format!("{left} left")));
        let pause = self
            .paused_until
            .and_then(|until| until.checked_duration_since(Instant::now()));
        if let Some(pause) = pause {
            let words = format!("throttled for {}", duration(pause.as_secs_f64()));
            parts.push(Part::new(words, 4));
        }
        if let Some(hold) = &self.held {
            let next = hold
                .next
                .saturating_duration_since(Instant::now())
                .as_secs_f64();
            let words = format!(
                "held since {}, next try in {}, at most {}",
                hold.since,
                duration(next),
                duration(hold.most)
            );
            parts.push(Part::new(words, 2).or(format!("held since {}", hold.since)));
        }
        parts
    }
}

/// Whether a wait is told with its end.
fn long(seconds: f64) -> bool {
    seconds >= WAIT_SAID.as_secs_f64()
}

/// What is said where a line may be of any length.
fn in_full(parts: &[Part]) -> String {
    let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    texts.join(", ")
}

impl Observer for Console {
    fn see(&self, event: &Event) {
        match event {
            Event::CheckStarted { bytes_total, .. } => {
                let mut state = self.state();
                if self.style == Style::Bar && state.bar.is_none() {
                    state.bar = Some(Self::bar(*bytes_total));
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
                    state.bar = Some(Self::bar(tally.read));
                }
                state.delivery = Some(Delivery {
                    started: Instant::now(),
                    items: tally.read - tally.rejected,
                    done_before: tally.read - tally.rejected - tally.pending,
                    batches: *batches,
                    batches_done: 0,
                    floor_seconds: *floor_seconds,
                    paused_until: None,
                    held: None,
                    tally: *tally,
                });
            }
            Event::BatchSettled { tally, .. } => self.delivery_progress(*tally),
            Event::Paused { seconds } => {
                let mut state = self.state();
                if let Some(delivery) = &mut state.delivery {
                    delivery.paused_until =
                        Some(Instant::now() + Duration::from_secs_f64(*seconds));
                }
                drop(state);
                let what = "throttled by the platform: every call waits";
                if long(*seconds) {
                    self.say_wait(what, *seconds);
                } else if self.style == Style::Lines {
                    say(&format!("{what} {seconds:.1} s"));
                }
            }
            Event::Waiting { why, seconds } => {
                self.say_wait(&format!("{why}: waiting"), *seconds);
            }
            Event::Slept { seconds } => say(&format!(
                "note: the machine slept, the program was stopped, or the clock was set: {} are missing; \
                 answers that came meanwhile are still read",
                duration(*seconds)
            )),
            Event::Noticed { notice } => say_notice(notice),
            Event::Held {
                seconds,
                next_seconds,
                seconds_max,
                why,
            } => self.held(*seconds, *next_seconds, *seconds_max, why),
            Event::HoldEnded { seconds } => {
                let mut state = self.state();
                if let Some(delivery) = &mut state.delivery {
                    delivery.held = None;
                }
                if self.style != Style::Silent {
                    say(&format!(
                        "an answer came after {}: calls are made again",
                        duration(*seconds)
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
            | Event::TokenRefused
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
            held: None,
            tally: Tally::default(),
        };
        let tally = Tally {
            read: 1000,
            succeeded: 500,
            pending: 500,
            ..Tally::default()
        };
        let words =
            |floor_seconds| in_full(&delivery(floor_seconds).parts(tally, Duration::from_secs(20)));
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
