//! How a run ended: its state, its numbers and its reports, all from the run store.

use std::borrow::Cow;
use std::path::Path;
use std::time::Instant;

use crate::command_line::{CommandLine, RUNS};
use crate::control::{Control, StopRequest};
use crate::deliver::quota;
use crate::document::Document;
use crate::endpoint::{Endpoint, Window};
use crate::error::{Exit, Refusal};
use crate::model::{RunState, Tally};
use crate::numbers::counted;
use crate::report::html::{self, Material, STRETCHES_MAX};
use crate::report::{
    CallCounts, EvidenceSummary, FAILURE_WORKBOOK, Files, ReasonCount, Summary, write_items,
    write_summary,
};
use crate::shown::for_terminal;
use crate::store::{Facts, Journal, Ledger, Notes, RunFolder, StoreError, end_start};
use crate::text::{AsValue as _, Language, Text};
use crate::wall_clock;

/// Reasons listed in a summary: the commonest; all of them are in the failure report.
const REASONS_LISTED_MAX: usize = 20;

/// A run that ended, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The run in numbers, as written to its folder.
    pub summary: Summary,
    /// Its state: not `running`.
    pub state: RunState,
    /// What the run is.
    pub facts: Facts,
    /// Items by outcome.
    pub tally: Tally,
    /// What made it stop early, for people.
    pub halt: Option<Refusal>,
    /// The exit code it leads to.
    pub exit: Exit,
}

/// After a delivery: notes how the run ended and writes its reports. Where the store failed first, that is what is told, whatever
/// fails after it.
pub(crate) async fn conclude(
    folder: &RunFolder,
    windows: &[Window],
    control: &Control,
    started: Instant,
    result: Result<(), StoreError>,
) -> Result<Ended, Refusal> {
    let halted = result.as_ref().map_err(|error| store_failed(folder, error));
    let failed_first = halted.err();
    end(folder, windows, control, started, result)
        .await
        .map_err(|refusal| failed_first.unwrap_or(refusal).exit(Exit::Halted))
}

async fn end(
    folder: &RunFolder,
    windows: &[Window],
    control: &Control,
    started: Instant,
    result: Result<(), StoreError>,
) -> Result<Ended, Refusal> {
    let ledger = Ledger::open(&folder.store())?;
    let (state, halt) = state(folder, &ledger, control, result)?;
    let earlier = ledger.notes()?.elapsed_ms.unwrap_or_default();
    let elapsed_ms = earlier + u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let halted = halt.as_ref().map(|halt| halt.what.to_string());
    let notes = Notes {
        state: Some(state),
        halt: Some(halted.unwrap_or_default()),
        finished_at: Some(wall_clock::text()),
        elapsed_ms: Some(elapsed_ms),
        start_began_ms: Some(0),
        ..Notes::default()
    };
    let failed = |error: StoreError| store_failed(folder, &error);
    let journal = Journal::open(&folder.store()).map_err(failed)?;
    journal.note(notes).await.map_err(failed)?;
    drop(journal);
    drop(ledger);
    // A start that cannot be closed stays open, with its log: nothing is lost.
    let _ = end_start(&folder.store());
    let ledger = Ledger::open(&folder.store())?;
    let summary = report(folder, &ledger, windows)?;
    let tally = ledger.tally()?;
    let exit = match state {
        RunState::Finished if tally.succeeded == tally.read => Exit::Success,
        RunState::Finished => Exit::Incomplete,
        RunState::Interrupted => Exit::Interrupted,
        RunState::Halted | RunState::Running => Exit::Halted,
    };
    Ok(Ended {
        facts: ledger.facts()?,
        summary,
        state,
        tally,
        halt,
        exit,
    })
}

fn state(
    folder: &RunFolder,
    ledger: &Ledger,
    control: &Control,
    result: Result<(), StoreError>,
) -> Result<(RunState, Option<Refusal>), Refusal> {
    let (unsettled, _) = ledger.unsettled()?;
    Ok(match (result, control.stop_request()) {
        (Err(error), _) => (RunState::Halted, Some(store_failed(folder, &error))),
        _ if unsettled == 0 => (RunState::Finished, None),
        (Ok(()), StopRequest::Halt(why)) => {
            (RunState::Halted, Some(with_whole_commands(why, folder)))
        }
        (Ok(()), StopRequest::Interrupt | StopRequest::Abort) => (RunState::Interrupted, None),
        (Ok(()), StopRequest::None) => {
            let why = text!("halted: the delivery ended before every batch was sent");
            (
                RunState::Halted,
                Some(Refusal::new("run.halted", why).exit(Exit::Halted)),
            )
        }
    })
}

/// The placeholder of the command that goes on with a run. Where a halt arises the run's name is not known: there it is `resume`.
const RESUME: &str = "resume";

fn with_whole_commands(mut halt: Refusal, folder: &RunFolder) -> Refusal {
    let runs = folder.path().parent().unwrap_or(Path::new(RUNS));
    let resume = CommandLine::new("resume").word(folder.run()).runs(runs);
    let resume = resume.to_string().as_value();
    halt.hint = halt.hint.map(|hint| Box::new(hint.with(RESUME, &resume)));
    halt
}

/// The run store failed while calls were made.
fn store_failed(folder: &RunFolder, error: &StoreError) -> Refusal {
    let run = folder.run();
    let halted = Refusal::new("store.failed", text!("halted: {error}", error));
    if !folder.store().is_file() {
        return halted
            .because(text!("{store} is not there any more, and with it what is known of the calls that were made", store = folder.store().display()))
            .hint(text!("put the folder back, then `feishu-bulk resume {run}`; if it is lost, compare the input with the platform before it is sent again", run))
            .exit(Exit::Halted);
    }
    halted
        .because(text!("nothing is lost: outcomes that were stored are kept, and no call is made without the store"))
        .hint(text!("make room on the disk or mend it, then `feishu-bulk resume {run}`", run))
        .exit(Exit::Halted)
}

/// Third station: writes the reports from the run store alone.
pub fn report(folder: &RunFolder, ledger: &Ledger, windows: &[Window]) -> Result<Summary, Refusal> {
    report_in(ledger.facts()?.language(), folder, ledger, windows)
}

/// The same in another language than that of the run.
pub fn report_in(
    language: Language,
    folder: &RunFolder,
    ledger: &Ledger,
    windows: &[Window],
) -> Result<Summary, Refusal> {
    let mut facts = ledger.facts()?;
    language.tag().clone_into(&mut facts.language);
    let summary = summarize(ledger, windows)?;
    let unwritten = |error: String| {
        Refusal::new(
            "run.reports",
            text!("the reports of {run} could not be written", run = facts.run),
        )
        .because(error)
        .because(text!("the run store is complete: nothing is lost"))
        .hint(text!(
            "make room, then `feishu-bulk report {run}`",
            run = facts.run
        ))
        .exit(Exit::Halted)
    };
    let written =
        write_items(folder, ledger, &facts).map_err(|error| unwritten(error.to_string()))?;
    write_summary(folder, &summary).map_err(|error| unwritten(error.to_string()))?;
    let tally = ledger.tally()?;
    let (timeline, endpoint) = (ledger.timeline(STRETCHES_MAX)?, endpoint_of(&facts)?);
    let material = Material {
        facts: &facts,
        summary: &summary,
        tally,
        findings: &written.findings,
        timeline: timeline.as_ref(),
        endpoint: &endpoint,
        windows,
        language: facts.language(),
    };
    html::write(folder, &material).map_err(|error| unwritten(error.to_string()))?;
    let (succeeded, unsuccessful) = (written.succeeded, written.unsuccessful);
    let lines_fit = succeeded == tally.succeeded && unsuccessful == tally.unsuccessful();
    if !tally.adds_up() || !lines_fit {
        return Err(broken(&facts.run, tally, succeeded, unsuccessful));
    }
    Ok(summary)
}

/// A reason fit for a terminal. One with characters that are not keeps its English words only.
fn escaped(reason: Text) -> Text {
    let words = reason.to_string();
    match for_terminal(&words) {
        Cow::Borrowed(_) => reason,
        Cow::Owned(words) => words.into(),
    }
}

/// The endpoint of a run, as the run has it.
fn endpoint_of(facts: &Facts) -> Result<Endpoint, Refusal> {
    let document = Document::new(&*facts.endpoint_path, &*facts.endpoint_text);
    Endpoint::parse(&facts.endpoint, &document)
}

/// The run in numbers, from the run store alone.
pub fn summarize(ledger: &Ledger, windows: &[Window]) -> Result<Summary, Refusal> {
    let facts = ledger.facts()?;
    let language = facts.language().tag();
    let calls = ledger.calls()?;
    let notes = ledger.notes()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a run, shown in seconds"
    )]
    let elapsed_seconds = notes.elapsed_ms.unwrap_or_default() as f64 / 1000.0;
    let reasons = ledger
        .reasons(REASONS_LISTED_MAX)?
        .into_iter()
        .map(|reason| ReasonCount {
            outcome: reason.outcome.word(),
            code: reason.code,
            reason: escaped(reason.reason),
            items: reason.items,
        });
    Ok(Summary {
        format: 1,
        files: Files {
            success: format!("success.{}", facts.extension()),
            failure: format!("failure.{}", facts.extension()),
            workbook: facts.is_workbook().then(|| FAILURE_WORKBOOK.to_owned()),
        },
        run: facts.run,
        parent: facts.parent,
        job: facts.job,
        endpoint: facts.endpoint,
        // A run without a noted end was killed: it stands where an interrupted one does.
        state: notes.state.unwrap_or(RunState::Interrupted),
        halt: notes.halt,
        items: ledger.tally()?.into(),
        evidence: evidence_of(ledger)?,
        already_so: ledger.items_already_so()?,
        language,
        platform: facts.platform,
        request: facts.request,
        input: facts.input,
        calls: CallCounts {
            sent: calls.sent,
            resent: calls.resent,
            throttled: calls.throttled,
            isolating: calls.isolating,
        },
        quota_floor_seconds: quota::floor(windows, calls.sent).seconds,
        elapsed_seconds,
        started_at: facts.started_at,
        finished_at: notes.finished_at.unwrap_or_default(),
        reasons: reasons.collect(),
    })
}

/// What reading back found, where the run was read back.
fn evidence_of(ledger: &Ledger) -> Result<Option<EvidenceSummary>, Refusal> {
    let (Some(counts), Some(read_at_ms)) = (ledger.evidence_counts()?, ledger.read_back_at_ms()?)
    else {
        return Ok(None);
    };
    let calls = ledger.notes()?.read_back_calls.unwrap_or_default();
    Ok(Some(EvidenceSummary::new(counts, calls, read_at_ms)))
}

fn broken(run: &str, tally: Tally, succeeded: u64, unsuccessful: u64) -> Refusal {
    Refusal::new(
        "run.broken",
        text!("the reports of {run} do not add up; do not trust them", run),
    )
    .because(text!("read {read}, succeeded {succeeded}, failed {failed}, rejected {rejected}, unconfirmed {unconfirmed}, pending {pending}", read = tally.read, succeeded = tally.succeeded, failed = tally.failed, rejected = tally.rejected, unconfirmed = tally.unconfirmed, pending = tally.pending))
    .because(text!("success report {succeeded}, failure report {others}", succeeded = counted(succeeded, "line"), others = counted(unsuccessful, "line")))
    .hint(text!("this is a fault of the program or of the disk: keep the run folder and report it"))
    .exit(Exit::Halted)
}
