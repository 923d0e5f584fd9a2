//! Events as a person sees them: a progress bar on a terminal, plain lines now and then elsewhere.

mod line;
mod read_back;
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
use crate::numbers::{counted, duration, thousands};
use crate::progress::{Progress, Snapshot, TimeLeftBy};
use crate::text::{AsValue as _, Text, Value};
use crate::wall_clock;

pub use read_back::verified_words;
pub use voice::{ask, language, say, say_end, say_notice, say_refusal, speak, speak_as};
pub use words::{final_words, reason_words, tally_words, with_floor};

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

/// More often, nobody could read.
const DRAWINGS_PER_SECOND: u8 = 10;

/// Shows progress on standard error.
pub struct Console {
    style: Style,
    colour: bool,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    progress: Progress,
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
    /// Since when all calls wait: the time of day.
    held_since: Option<String>,
    /// Items to read back.
    read_back: u64,
}

impl Console {
    /// A console in the given style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            colour: std::env::var_os("NO_COLOR").is_none(),
            started: Instant::now(),
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
    fn draw(&self, bar: &ProgressBar, station: &Text, position: u64, parts: Vec<Part>) {
        let length = bar.length().unwrap_or_default().max(1);
        let percent = position.min(length) * 100 / length;
        let line = line::fit(station, percent, parts, terminal::room().into(), language());
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

    /// Draws the line of the check anew, or says it when that is due.
    fn show_check(&self, state: &mut State) {
        let checked = state.progress.snapshot(self.started.elapsed()).checked;
        let parts = vec![
            Part::new(text!("{rows}", rows = counted(checked.rows, "row")), 0),
            Part::new(
                text!("{count} rejected", count = thousands(checked.rejected)),
                1,
            ),
        ];
        if let Some(bar) = &state.bar {
            self.draw(bar, &text!("checking"), checked.bytes, parts);
        } else if self.line_is_due(state) {
            say(&text!("checking: {parts}", parts = in_full(&parts)));
        }
    }

    /// Draws the line of the delivery anew, or says it when that is due.
    fn show_delivery(&self, state: &mut State) {
        let at = self.started.elapsed();
        let held_since = state.held_since.as_deref();
        if let Some(bar) = &state.bar {
            let now = state.progress.snapshot(at);
            let position = now.tally.read - now.tally.pending;
            self.draw(
                bar,
                &text!("sending "),
                position,
                delivery_parts(&now, at, held_since),
            );
        } else if self.line_is_due(state) {
            let now = state.progress.snapshot(at);
            let parts = delivery_parts(&now, at, state.held_since.as_deref());
            say(&text!("sending: {parts}", parts = in_full(&parts)));
        }
    }

    /// Draws the line of reading back anew, or says it when that is due.
    fn show_read_back(&self, state: &mut State, items: u64, calls: u64) {
        let all = counted(state.read_back, "item");
        let parts = vec![
            Part::new(text!("{done} of {all}", done = thousands(items), all), 0),
            Part::new(text!("{value}", value = counted(calls, "call")), 1),
        ];
        if let Some(bar) = &state.bar {
            self.draw(bar, &text!("reading back"), items, parts);
        } else if self.line_is_due(state) {
            say(&text!("reading back: {parts}", parts = in_full(&parts)));
        }
    }

    /// All calls wait: said once in a line of its own, and then with the progress.
    fn say_hold(&self, state: &mut State, seconds: f64, next_seconds: f64, hold: (f64, &Text)) {
        let (seconds_max, why) = hold;
        let is_first = state.held_since.is_none();
        let since = state.held_since.get_or_insert_with(wall_clock::time_of_day);
        let text = text!(
            "held since {since} ({time}): {why}; next try in {next}, at most {most}",
            since = *since,
            time = duration(seconds),
            why,
            next = duration(next_seconds),
            most = duration(seconds_max)
        );
        if self.style == Style::Bar {
            self.show_delivery(state);
        }
        if self.style == Style::Lines || (self.style == Style::Bar && is_first) {
            say(&text);
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

/// Done of all, rate, what went wrong, time left, what it waits for.
fn delivery_parts(now: &Snapshot, at: Duration, held_since: Option<&str>) -> Vec<Part> {
    let count = |all: &Value| text!("{done} of {all}", done = thousands(now.items_done), all);
    let mut parts = vec![
        Part::new(count(&counted(now.items, "item")), 0)
            .or(count(&thousands(now.items).as_value())),
        Part::new(
            text!("{rate}/s", rate = format!("{:.0}", now.items_per_second)),
            9,
        ),
    ];
    if now.tally.failed + now.tally.unconfirmed > 0 {
        let words = text!(
            "{failed} failed, {unconfirmed} unconfirmed",
            failed = thousands(now.tally.failed),
            unconfirmed = thousands(now.tally.unconfirmed)
        );
        parts.push(Part::new(words, 1));
    }
    if let Some(left) = now.left {
        let time = duration(left.seconds);
        let words = match left.by {
            TimeLeftBy::Quota => text!("{time} left by the quota", time),
            TimeLeftBy::Pace => text!("{time} left at this pace", time),
        };
        parts.push(Part::new(words, 3).or(text!("{time} left", time)));
    }
    if let Some(pause) = now.pause_seconds {
        parts.push(Part::new(
            text!("throttled for {time}", time = duration(pause)),
            4,
        ));
    }
    if let (Some(hold), Some(since)) = (&now.hold, held_since) {
        let next = hold.next_try.saturating_sub(at).as_secs_f64();
        let words = text!(
            "held since {since}, next try in {next}, at most {most}",
            since,
            next = duration(next),
            most = duration(hold.seconds_max)
        );
        parts.push(Part::new(words, 2).or(text!("held since {since}", since)));
    }
    parts
}

/// Says a wait with its end.
fn say_wait(what: &Text, seconds: f64) {
    if let Ok(wait) = Duration::try_from_secs_f64(seconds) {
        let end = wall_clock::time_in(wait);
        say(&text!(
            "{what} {time}, until {end}",
            what,
            time = duration(seconds),
            end
        ));
    }
}

/// Whether a wait is told with its end.
fn long(seconds: f64) -> bool {
    seconds >= WAIT_SAID.as_secs_f64()
}

/// What is said where a line may be of any length.
fn in_full(parts: &[Part]) -> Value {
    Value::list(parts.iter().map(|part| &part.text))
}

impl Observer for Console {
    fn see(&self, event: &Event) {
        let mut state = self.state();
        let is_news = state.progress.see(event, self.started.elapsed());
        match event {
            Event::CheckStarted { bytes_total, .. } => {
                if self.style == Style::Bar && state.bar.is_none() {
                    state.bar = Some(Self::bar(*bytes_total));
                }
            }
            Event::CheckProgress { .. } => self.show_check(&mut state),
            Event::DeliveryStarted { tally, .. } => {
                if self.style == Style::Bar {
                    state.bar = Some(Self::bar(tally.read));
                }
            }
            Event::BatchSettled { .. } => self.show_delivery(&mut state),
            Event::Paused { seconds } => {
                let what = text!("throttled by the platform: every call waits");
                if is_news && long(*seconds) {
                    say_wait(&what, *seconds);
                } else if is_news && self.style == Style::Lines {
                    say(&text!("{what} {time}", what, time = duration(*seconds)));
                }
            }
            Event::Waiting { why, seconds } if is_news => {
                say_wait(&text!("{why}: waiting", why), *seconds);
            }
            Event::Slept { seconds } => say(&text!(
                "note: the machine slept, the program was stopped, or the clock was set: {time} are missing; answers that came meanwhile are still read",
                time = duration(*seconds)
            )),
            Event::Noticed { notice } => say_notice(notice),
            Event::Held {
                seconds,
                next_seconds,
                seconds_max,
                why,
            } => self.say_hold(&mut state, *seconds, *next_seconds, (*seconds_max, why)),
            Event::HoldEnded { seconds } => {
                state.held_since = None;
                if self.style != Style::Silent {
                    say(&text!(
                        "an answer came after {time}: calls are made again",
                        time = duration(*seconds)
                    ));
                }
            }
            Event::UnsentNamesSeen { batch, count } => say(&text!(
                "warning: the reply to batch {batch} names {count} things that were not in it",
                batch = batch.0,
                count
            )),
            Event::ReadBackStarted { items } => {
                state.read_back = *items;
                if self.style == Style::Bar {
                    state.bar = Some(Self::bar(*items));
                }
            }
            Event::ReadBackProgress { items, calls } => {
                self.show_read_back(&mut state, *items, *calls);
            }
            Event::ReadBackEnded { .. } => {
                drop(state);
                self.close();
            }
            Event::Waiting { .. }
            | Event::CheckRepeated { .. }
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
    use crate::model::{BatchId, Tally};

    #[test]
    fn the_line_tells_the_time_left_and_what_sets_it() {
        let words = |floor_seconds| {
            let (mut progress, at) = (Progress::default(), Duration::from_secs(20));
            let mut tally = Tally {
                read: 1000,
                pending: 1000,
                ..Tally::default()
            };
            let started = Event::DeliveryStarted {
                run: String::new(),
                batches: 2,
                floor_seconds,
                tally,
            };
            progress.see(&started, Duration::ZERO);
            (tally.succeeded, tally.pending) = (500, 500);
            let batch = BatchId(1);
            progress.see(&Event::BatchSettled { batch, tally }, at);
            in_full(&delivery_parts(&progress.snapshot(at), at, None)).to_string()
        };
        assert_eq!(
            words(40.0),
            "500 of 1,000 items, 25/s, 20 s left by the quota"
        );
        assert_eq!(
            words(0.0),
            "500 of 1,000 items, 25/s, 20 s left at this pace"
        );
    }
}
