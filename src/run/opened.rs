//! A run that was made before: opened from its folder alone, and gone on with.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Destination, RunLimits, Sending};
use crate::conclusion::{Ended, conclude};
use crate::control::Control;
use crate::deliver::quota::Quota;
use crate::deliver::retry::NAMED_WAIT_MAX;
use crate::document::Document;
use crate::endpoint::{Endpoint, Window, catalogue};
use crate::error::Refusal;
use crate::event::{Event, Observer, WAIT_SAID};
use crate::job;
use crate::model::{Platform, RunState};
use crate::store::{
    Doubt, EvidenceWriter, Facts, InFlight, Journal, Ledger, Notes, RunFolder, begin_start,
    end_start,
};
use crate::transport::{Mint, TokenError, Transport};
use crate::undo;
use crate::wall_clock;

/// A run older than this is not resumed unasked: what it was to do may have been done by hand since.
const AGE_MAX: Duration = Duration::from_hours(24);

/// A run opened from its folder alone, locked for this process.
pub struct Opened {
    folder: RunFolder,
    ledger: Ledger,
    endpoint: Endpoint,
    /// What the run is.
    pub facts: Facts,
}

impl Opened {
    /// Opens and locks an existing run.
    pub fn open(runs: &Path, run: &str) -> Result<Self, Refusal> {
        let folder = RunFolder::open(runs, run)?;
        let ledger = Ledger::open(&folder.store())?;
        let facts = ledger.facts()?;
        let document = Document::new(&*facts.endpoint_path, &*facts.endpoint_text);
        let endpoint = Endpoint::parse(&facts.endpoint, &document)?;
        Ok(Self {
            folder,
            ledger,
            endpoint,
            facts,
        })
    }

    /// The endpoint as the run has it.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What the run store knows.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The run's folder.
    #[must_use]
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// The windows the run keeps: its own `--quota`, or the endpoint's.
    pub fn windows(&self) -> Result<Vec<Window>, Refusal> {
        windows_of(&self.facts)
    }

    /// Why items without an outcome may have been sent although the store does not say so. `resume` sends them all the same: whoever
    /// calls it has asked.
    #[must_use]
    pub fn doubt(&self) -> Option<&Doubt> {
        self.ledger.doubt()
    }

    /// Batches that were sent and whose end nobody saw.
    pub fn in_flight(&self) -> Result<Vec<InFlight>, Refusal> {
        Ok(self.ledger.in_flight()?)
    }

    /// Whether every item has an outcome.
    pub fn is_finished(&self) -> Result<bool, Refusal> {
        Ok(self.ledger.unsettled()?.0 == 0)
    }

    /// Whether the run noted that it is finished. One that was killed after its last outcome has not.
    pub fn is_concluded(&self) -> Result<bool, Refusal> {
        let state = self.ledger.notes()?.state;
        Ok(self.is_finished()? && state == Some(RunState::Finished))
    }

    /// Folds the log that a killed run left after it noted its end. Where that cannot be done the log stays, and nothing is lost.
    pub fn end_start(&self) {
        let _ = end_start(&self.folder.store());
    }

    /// Third station alone, for a run of which every item has an outcome: notes how it ended and reports.
    pub async fn conclude(self) -> Result<Ended, Refusal> {
        let (started, windows) = (Instant::now(), self.windows()?);
        self.reclaim().await?;
        conclude(&self.folder, &windows, &Control::default(), started, Ok(())).await
    }

    /// How long ago the run began, by the wall clock.
    fn age(&self) -> Duration {
        let began: Option<jiff::Timestamp> = self.facts.started_at.parse().ok();
        began
            .and_then(|began| Duration::try_from(jiff::Timestamp::now().duration_since(began)).ok())
            .unwrap_or_default()
    }

    /// Whether the run began so long ago that it is resumed only after a question.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.age() > AGE_MAX
    }

    /// Why a run that began so long ago is not resumed unasked; the face says how it is.
    #[must_use]
    pub fn too_old(&self) -> Refusal {
        let facts = &self.facts;
        let what = text!(
            "the run {run} began on {began}, more than a day ago",
            run = &facts.run,
            began = &facts.started_at
        );
        let refusal = Refusal::new("run.old", what).because(text!(
            "what it has not sent yet may have been done by hand since"
        ));
        match self.doubt() {
            Some(doubt) => refusal.because(text!("{doubt}", doubt)),
            None => refusal,
        }
    }

    /// Refuses another platform or app than the run's: what succeeded there is not known here.
    pub fn require_platform(&self, now: &Platform) -> Result<(), Refusal> {
        let then = &self.facts.platform;
        if then.is_same(now) {
            return Ok(());
        }
        let what = format!(
            "the run {} went to {then}; this would go on at {now}",
            self.facts.run
        );
        Err(Refusal::new("run.other-platform", what)
            .because(text!(
                "nothing was sent: what succeeded there is not known here"
            ))
            .hint(match &then.app {
                Some(app) => format!(
                    "set FEISHU_BASE_URL to the address of {}, and FEISHU_APP_ID to {app}",
                    then.host
                ),
                None => format!("set FEISHU_BASE_URL to the address of {}", then.host),
            }))
    }

    /// Refuses a run whose job or endpoint was changed since it began: nobody can tell which is meant. One that is gone is no matter:
    /// a run needs its folder alone.
    pub fn require_same_definitions(&self) -> Result<(), Refusal> {
        let facts = &self.facts;
        let embedded = catalogue::document(&facts.endpoint)
            .ok()
            .filter(|document| document.name() == facts.endpoint_path)
            .map(|document| document.text().to_owned());
        let endpoint_now = embedded.or_else(|| text_now(&facts.endpoint_path, "endpoint"));
        let job_now = text_now(&facts.job_path, "job");
        for (what, path, now, then) in [
            ("job", &facts.job_path, job_now, &facts.job_text),
            (
                "endpoint",
                &facts.endpoint_path,
                endpoint_now,
                &facts.endpoint_text,
            ),
        ] {
            if now.is_some_and(|now| now != *then) {
                return Err(Refusal::new("run.definitions-changed", text!("the {what} {path} has changed since the run {run} began", what, path, run = facts.run))
                    .because(text!("the run would go on under the old definition"))
                    .hint(text!("undo the change, or start a new run with the corrected failure report as its input")));
            }
        }
        Ok(())
    }

    /// The job's limits, as the run keeps them. A higher `max_calls` than it began with is noted beside them.
    pub fn limits(&self) -> Result<RunLimits, Refusal> {
        let limits = RunLimits::of(&self.facts)?;
        let raised = self.ledger.notes()?.max_calls;
        Ok(RunLimits {
            calls: raised.or(limits.calls),
            ..limits
        })
    }

    /// Lets the run make so many calls, over all starts.
    pub async fn allow_calls(&self, most: u64) -> Result<(), Refusal> {
        let journal = Journal::open(&self.folder.store())?;
        let notes = Notes {
            max_calls: Some(most),
            ..Notes::default()
        };
        Ok(journal.note(notes).await?)
    }

    /// Most items of a call: the job's `max_items`, or the endpoint's limit. The store keeps the job as it was run.
    pub fn items_max(&self) -> Result<usize, Refusal> {
        let job = Document::new(&*self.facts.job_path, &*self.facts.job_text);
        let endpoint_max = self.endpoint.items.max;
        Ok(job::items_max(&job)?.map_or(endpoint_max, |max| max.clamp(1, endpoint_max)))
    }

    /// `resume`: second and third station. A finished run calls nobody; its reports are written again.
    pub async fn resume<T: Transport + Mint>(
        self,
        destination: Destination<T>,
        control: &Control,
        observer: Arc<dyn Observer>,
    ) -> Result<Ended, Refusal> {
        let started = Instant::now();
        let limits = self.limits()?;
        if let Err(TokenError::Fatal(refusal)) = destination.tokens.current().await {
            return Err(refusal);
        }
        undo::require_unchanged(&self, &destination, control, Arc::clone(&observer)).await?;
        // Before anything else is written: a log that is there again would hide that it was missing.
        begin_start(&self.folder.store(), self.doubt().is_some())?;
        if self.ledger.has_evidence()? {
            EvidenceWriter::open(&self.folder.store())?.forget_unsettled()?;
        }
        // Unless this machine knows its calls, another process filled the windows up to its last one.
        let idle = self.ledger.last_call_ms()?.map_or(Duration::MAX, since);
        let gate = destination.gate(&self.endpoint, &observer);
        let assumed = gate.assume_filled(idle);
        if let Some(left) = self.pause_left()? {
            gate.pause(left);
            observer.see(&Event::Paused {
                seconds: left.as_secs_f64(),
            });
        }
        if assumed && let Some((window, wait)) = full_window(&destination.windows, idle) {
            observer.see(&Event::Waiting {
                why: text!(
                    "calls made before the run stopped may fill the quota of {calls} calls in {seconds} s",
                    calls = window.calls,
                    seconds = window.span.as_secs_f64().to_string()
                ),
                seconds: wait.as_secs_f64(),
            });
        }
        self.reclaim().await?;
        let sending = Sending {
            folder: &self.folder,
            endpoint: self.endpoint,
            limits,
            gate,
            control,
            observer,
        };
        sending.deliver(destination, started).await
    }

    /// Closes the calls that a killed process left open, and adds the time it worked.
    async fn reclaim(&self) -> Result<(), Refusal> {
        let elapsed_ms = self.ledger.notes()?.elapsed_ms.unwrap_or_default();
        let notes = Notes {
            elapsed_ms: Some(elapsed_ms + self.lost_start_ms()?),
            ..Notes::default()
        };
        let journal = Journal::open(&self.folder.store())?;
        journal.reclaim().await?;
        journal.note(notes).await?;
        Ok(())
    }

    /// How long the last start worked, if its process was gone before it could note that.
    fn lost_start_ms(&self) -> Result<u64, Refusal> {
        let began = self.ledger.notes()?.start_began_ms.unwrap_or_default();
        let last = self
            .ledger
            .last_call_ms()?
            .and_then(|last| u64::try_from(last).ok())
            .unwrap_or_default();
        Ok(if began == 0 {
            0
        } else {
            last.saturating_sub(began)
        })
    }

    /// What is left of a pause that the platform asked for before the run stopped.
    fn pause_left(&self) -> Result<Option<Duration>, Refusal> {
        let until_ms = self.ledger.notes()?.paused_until_ms.unwrap_or_default();
        Ok(pause_left(until_ms, wall_clock::now_ms()))
    }
}

/// A definition as it is on the disk now; none where it is gone.
fn text_now(path: &str, kind: &str) -> Option<String> {
    let document = Document::read(Path::new(path), kind).ok()?;
    Some(document.text().to_owned())
}

/// What is left of a pause, by the wall clock, which may have been another when its end was noted: no pause is longer than the
/// longest that is ever made.
fn pause_left(until_ms: u64, now_ms: u64) -> Option<Duration> {
    let left = Duration::from_millis(until_ms.saturating_sub(now_ms)).min(NAMED_WAIT_MAX);
    (!left.is_zero()).then_some(left)
}

/// The window for which the first call of a resumed run waits longest, and how long, if that is worth a word.
fn full_window(windows: &[Window], idle: Duration) -> Option<(Window, Duration)> {
    let slowest = windows.iter().max_by_key(|window| window.span)?;
    let wait = slowest.span.saturating_sub(idle);
    (wait >= WAIT_SAID).then_some((*slowest, wait))
}

/// The windows a stored run keeps: its own `--quota`, or the endpoint's.
pub fn windows_of(facts: &Facts) -> Result<Vec<Window>, Refusal> {
    if let Some(text) = &facts.quota {
        return Ok(Quota::parse(text)?.windows);
    }
    let document = Document::new(&*facts.endpoint_path, &*facts.endpoint_text);
    Ok(Endpoint::parse(&facts.endpoint, &document)?.quota)
}

/// Time since a moment of the wall clock; none when the clock was set back.
fn since(then_ms: i64) -> Duration {
    Duration::from_millis(
        wall_clock::now_ms().saturating_sub(u64::try_from(then_ms).unwrap_or_default()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_was_noted_under_another_clock_is_no_longer_than_a_pause_can_be() {
        let now_ms = 1_800_000_000_000;
        let ten_years_ms = 10 * 365 * 24 * 60 * 60 * 1_000;
        assert_eq!(
            pause_left(now_ms + ten_years_ms, now_ms),
            Some(NAMED_WAIT_MAX)
        );
        assert_eq!(pause_left(u64::MAX, 0), Some(NAMED_WAIT_MAX));
        assert_eq!(
            pause_left(now_ms + 2_000, now_ms),
            Some(Duration::from_secs(2))
        );
        assert_eq!(pause_left(now_ms, now_ms), None);
        assert_eq!(pause_left(0, now_ms), None);
    }

    #[test]
    fn the_wait_for_a_full_window_is_told_when_it_is_long() {
        let window = |calls, seconds| Window {
            calls,
            span: Duration::from_secs(seconds),
        };
        let windows = [window(50, 1), window(1_000, 60)];
        let s = Duration::from_secs;
        assert_eq!(full_window(&windows, s(10)), Some((windows[1], s(50))));
        assert_eq!(full_window(&windows, s(56)), None);
        assert_eq!(full_window(&windows[..1], s(0)), None);
        assert_eq!(full_window(&windows, Duration::MAX), None);
    }
}
