//! A run that works, as the browser sees it: whole snapshots, at most four a second, then its end.
//!
//! A snapshot is right by itself: whoever opens the page late, or twice, has missed nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;

use super::runs::{Runs, Shown, Underway};
use super::view::live::Snapshot;
use crate::event::Event;
use crate::numbers::thousands;
use crate::progress::{Phase, TimeLeftBy};
use crate::text::{Language, Text, Value};

/// Between two snapshots.
const PACE: Duration = Duration::from_millis(250);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After so long, the calls that are out may be given up.
const STOP_AT_ONCE: Duration = Duration::from_secs(10);

/// Snapshots until the run has ended.
pub(super) fn stream(runs: Arc<Runs>, run: Arc<Underway>, language: Language) -> Response {
    let mut changes = run.changes();
    changes.mark_changed();
    let snapshots = stream::unfold(Some((runs, run, changes)), move |state| async move {
        let (runs, run, mut changes) = state?;
        // What happens meanwhile is in the next snapshot.
        let _ = tokio::time::timeout(KEEP_ALIVE, changes.changed()).await;
        if runs.underway(&run.run).is_none() {
            return Some((Ok(end()), None));
        }
        let snapshot = snapshot(&runs.shown(&run), language);
        let data = serde_json::to_string(&snapshot).unwrap_or_default();
        tokio::time::sleep(PACE).await;
        let sent = Sent::default().event("progress").data(data);
        Some((Ok::<_, Infallible>(sent), Some((runs, run, changes))))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(snapshots).keep_alive(keep_alive).into_response()
}

/// The stream of a run that is over: a page that was opened while it sent asks for it too late.
pub(super) fn over() -> Response {
    Sse::new(stream::once(async { Ok::<_, Infallible>(end()) })).into_response()
}

fn end() -> Sent {
    Sent::default().event("ended").data("{}")
}

/// What a run comes to just now, in words of a language.
pub(super) fn snapshot(shown: &Shown, language: Language) -> Snapshot {
    let say = |text: Text| text.in_language(language);
    let now = &shown.snapshot;
    let is_stopping = shown.stopping.is_some() || now.phase == Phase::Stopping;
    let in_flight = now.calls.in_flight;
    let (phase, says) = match (&shown.waits_for, now.phase) {
        (Some(other), _) => ("queued", text!("Waits until {other} has ended", other)),
        (None, Phase::Ended) => ("ended", text!("Ended")),
        (None, _) if is_stopping => (
            "stopping",
            text!(
                "Stopping: no new call, waiting for {count} that are out",
                count = thousands(in_flight)
            ),
        ),
        (None, Phase::Sending) => ("sending", text!("Sending")),
        (None, Phase::Checking | Phase::Waiting | Phase::Stopping) => match now.pause_seconds {
            Some(seconds) => (
                "waiting",
                text!(
                    "Feishu asks to go slower: waiting {time}",
                    time = time(seconds)
                ),
            ),
            None => ("waiting", text!("Waiting")),
        },
    };
    let percent = now.items_done * 100 / now.items.max(1);
    let (done, all) = (thousands(now.items_done), thousands(now.items));
    let left = match now.left.map(|left| (time(left.seconds), left.by)) {
        Some((time, TimeLeftBy::Quota)) => {
            text!(
                "{done} / {all} items · about {time} left (set by the quota)",
                done,
                all,
                time
            )
        }
        Some((time, TimeLeftBy::Pace)) => {
            text!(
                "{done} / {all} items · about {time} left (at this pace)",
                done,
                all,
                time
            )
        }
        None => text!("{done} / {all} items", done, all),
    };
    let calls = text!(
        "{batches_done} / {batches} calls · {last} in the last second · {resent} resends · {throttled} throttled",
        batches_done = thousands(now.batches_done),
        batches = thousands(now.batches),
        last = thousands(now.calls_last_second),
        resent = thousands(now.calls.resent),
        throttled = thousands(now.calls.throttled)
    );
    let notes = now.notable.iter().rev();
    Snapshot {
        phase,
        says: say(says),
        percent,
        left: say(left),
        items: now.tally.into(),
        calls: say(calls),
        notes: notes
            .filter_map(|notable| said(&notable.event))
            .map(say)
            .collect(),
        can_stop_at_once: shown.stopping.is_some_and(|since| since >= STOP_AT_ONCE),
    }
}

/// What a person should hear of an event.
fn said(event: &Event) -> Option<Text> {
    Some(match event {
        Event::Paused { seconds } => {
            text!(
                "Feishu asks to go slower: waiting {time}",
                time = time(*seconds)
            )
        }
        Event::Waiting { why, seconds } => {
            text!("{why}: waiting {time}", why, time = time(*seconds))
        }
        Event::Held { why, .. } => text!("All calls fail, and wait: {why}", why),
        Event::HoldEnded { seconds } => {
            text!(
                "An answer came after {time}: calls are made again",
                time = time(*seconds)
            )
        }
        Event::UnsentNamesSeen { count, .. } => {
            text!(
                "A reply names {count} things that were not in its call",
                count = count.to_string()
            )
        }
        Event::Slept { seconds } => {
            text!(
                "The computer slept: {time} are missing",
                time = time(*seconds)
            )
        }
        Event::Noticed { notice } => notice.what.clone(),
        Event::CheckStarted { .. }
        | Event::CheckProgress { .. }
        | Event::CheckRepeated { .. }
        | Event::CheckEnded { .. }
        | Event::DeliveryStarted { .. }
        | Event::CallSent { .. }
        | Event::CallEnded { .. }
        | Event::BatchSettled { .. }
        | Event::TokenRefused
        | Event::ReadBackStarted { .. }
        | Event::ReadBackProgress { .. }
        | Event::ReadBackEnded { .. }
        | Event::Halting { .. }
        | Event::RunEnded { .. } => return None,
    })
}

fn time(seconds: f64) -> Value {
    Value::Time(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}
