//! `run.log`: what happened, as JSON lines of ids and numbers. No cell values, no bodies, no secrets.
//!
//! One face of the run's events; it may fail without harm. Each [`Log`] has a subscriber of its own, so that two runs in one
//! process do not mix.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::{Dispatch, Level, debug, info, trace, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::store::{RunFolder, private_file};

/// How log lines on standard error look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes events to the run's log file and, if asked to, to standard error.
pub struct Log {
    dispatch: Dispatch,
    lines: Lines,
}

/// How long lines may wait in memory: a killed process loses what it said in the last moment, and nothing else.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// The lines of the log file, written in larger pieces: a line per call and a write per line would cost more than the calls.
#[derive(Clone)]
struct Lines(Arc<Mutex<Buffered>>);

struct Buffered {
    file: BufWriter<File>,
    flushed: Instant,
}

impl Lines {
    fn new(file: File) -> Self {
        Self(Arc::new(Mutex::new(Buffered {
            file: BufWriter::with_capacity(64 * 1024, file),
            flushed: Instant::now(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Buffered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut buffered = self.lock();
        let written = buffered.file.write(line)?;
        if buffered.flushed.elapsed() >= FLUSH_EVERY {
            buffered.file.flush()?;
            buffered.flushed = Instant::now();
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().file.flush()
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Opens the log of a run. `level`: also write to standard error from this level up.
    pub fn start(
        folder: &RunFolder,
        level: Option<Level>,
        format: Format,
    ) -> Result<Self, Refusal> {
        let path = folder.path().join("run.log");
        let file = private_file(&path, false)
            .and_then(|mut file| {
                std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).map(|_| file)
            })
            .map_err(|error| {
                Refusal::new(
                    "run.log",
                    text!("cannot write {path}", path = path.display()),
                )
                .because(error.to_string())
            })?;
        let lines = Lines::new(file);
        let to_file = fmt::layer()
            .json()
            .flatten_event(true)
            .with_target(false)
            .with_writer(lines.clone())
            .with_filter(LevelFilter::DEBUG);
        let level = level.map_or(LevelFilter::OFF, LevelFilter::from_level);
        let to_terminal = match format {
            Format::Text => fmt::layer()
                .with_target(false)
                .with_ansi(false)
                .with_writer(std::io::stderr)
                .boxed(),
            Format::Json => fmt::layer()
                .json()
                .flatten_event(true)
                .with_target(false)
                .with_writer(std::io::stderr)
                .boxed(),
        };
        let subscriber = Registry::default()
            .with(to_file)
            .with(to_terminal.with_filter(level));
        Ok(Self {
            dispatch: Dispatch::new(subscriber),
            lines,
        })
    }
}

impl Observer for Log {
    fn see(&self, event: &Event) {
        tracing::dispatcher::with_default(&self.dispatch, || write(event));
        if matches!(
            event,
            Event::Halting { .. } | Event::RunEnded { .. } | Event::ReadBackEnded { .. }
        ) {
            // A log that cannot be written harms nobody.
            let _ = self.lines.lock().file.flush();
        }
    }
}

fn write(event: &Event) {
    match event {
        Event::CheckStarted { bytes_total, .. } => info!(bytes_total, "check started"),
        // Progress is for the eye.
        Event::CheckProgress { .. } | Event::ReadBackProgress { .. } => {}
        Event::CheckRepeated { keys } => info!(keys, "some keys occur twice"),
        Event::CheckEnded {
            rows,
            items,
            rejected,
            batches,
        } => info!(rows, items, rejected, batches, "check ended"),
        Event::DeliveryStarted {
            run,
            batches,
            floor_seconds,
            tally,
        } => {
            info!(
                run,
                batches,
                floor_seconds,
                pending = tally.pending,
                rejected = tally.rejected,
                "delivery started"
            );
        }
        Event::CallSent {
            batch,
            attempt,
            items,
        } => trace!(batch = batch.0, attempt, items, "call sent"),
        Event::CallEnded {
            batch,
            result,
            status,
            code,
            log_id,
            elapsed_ms,
        } => {
            debug!(
                batch = batch.0,
                result = result.word(),
                status,
                code,
                log_id,
                elapsed_ms,
                "call ended"
            );
        }
        Event::BatchSettled { batch, tally } => trace!(
            batch = batch.0,
            succeeded = tally.succeeded,
            failed = tally.failed,
            unconfirmed = tally.unconfirmed,
            pending = tally.pending,
            "batch settled"
        ),
        Event::Paused { seconds } => warn!(seconds, "throttled: every call waits"),
        // The words may be the platform's, and those are for the terminal.
        Event::Waiting { seconds, .. } => warn!(seconds, "waiting before the next call"),
        Event::Slept { seconds } => warn!(seconds, "the machine slept, or the program was stopped"),
        Event::Noticed { notice } => warn!(rule = notice.rule, "{}", notice.what),
        Event::Held {
            seconds,
            next_seconds,
            seconds_max,
            ..
        } => warn!(
            seconds,
            next_seconds, seconds_max, "held: one call at a time tries"
        ),
        Event::HoldEnded { seconds } => info!(seconds, "calls are made again"),
        Event::UnsentNamesSeen { batch, count } => {
            warn!(batch = batch.0, count, "a reply named what was not sent")
        }
        Event::ReadBackStarted { items } => info!(items, "reading back what was sent"),
        Event::ReadBackEnded { calls } => info!(calls, "reading back ended"),
        Event::TokenRefused => info!("the access token was refused; another one is fetched"),
        Event::Halting { in_flight, .. } => warn!(in_flight, "stopping"),
        Event::RunEnded { state, tally } => info!(
            state = state.word(),
            read = tally.read,
            succeeded = tally.succeeded,
            failed = tally.failed,
            rejected = tally.rejected,
            unconfirmed = tally.unconfirmed,
            pending = tally.pending,
            "run ended"
        ),
    }
}
