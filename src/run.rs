//! THE LINE: a run from its job to its report, read from top to bottom.
//!
//! `check` is the first station alone; `run` is all three; `report` is the last. Nothing is sent before every row was checked and
//! the store is durable. Knows no endpoint by name and no file format.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::batching::Filled;
use crate::control::{Control, Order};
use crate::deliver::Delivery;
use crate::deliver::quota::{self, Gate, Quota};
use crate::document::Document;
use crate::endpoint::{Endpoint, Window};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::{Job, Limit};
use crate::model::{Rejection, Row, Tally};
use crate::prepare::{Plan, Stage, prepare};
use crate::report::{CallCounts, Files, ReasonCount, Summary, write_items, write_summary};
use crate::store::{Facts, Journal, Ledger, RunFolder, Staging, StoreError};
use crate::transport::{Mint, Tokens, Transport};

/// Reasons listed in a summary: the commonest; all of them are in the failure report.
const REASONS_LISTED_MAX: usize = 20;

/// Where a run's calls go.
pub struct Destination<T> {
    /// Sends calls.
    pub transport: T,
    /// Gives tokens.
    pub tokens: Tokens<T>,
    /// What the run store notes: a host, or `sandbox`.
    pub host: String,
    /// `--quota` as given, if it was.
    pub quota: Option<String>,
    /// All windows to keep.
    pub windows: Vec<Window>,
}

/// A run whose input was checked and stored, and of which nothing was sent yet.
pub struct Prepared {
    folder: RunFolder,
    started: Instant,
    /// What the file comes to.
    pub plan: Plan,
}

/// First station: checks the whole input and stores its batches.
pub fn prepare_run(
    folder: RunFolder,
    job: &Job,
    input: &Path,
    control: &Control,
    observer: &dyn Observer,
) -> Result<(Prepared, Staging), Refusal> {
    let started = Instant::now();
    let staged = Staging::create(&folder.store())
        .map_err(not_stored)
        .and_then(|mut staging| {
            let mut stage = Stored {
                staging: &mut staging,
                endpoint: &job.endpoint,
            };
            let plan = prepare(job, input, &mut stage, control, observer)?;
            match plan.refused.clone() {
                Some(refusal) => Err(refusal),
                None => Ok((plan, staging)),
            }
        });
    match staged {
        Ok((plan, staging)) => Ok((
            Prepared {
                folder,
                started,
                plan,
            },
            staging,
        )),
        Err(refusal) => {
            folder.discard();
            Err(refusal)
        }
    }
}

impl Prepared {
    /// Gives the run up before anything was sent.
    pub fn discard(self) {
        self.folder.discard();
    }

    /// Second and third station: makes the run durable, sends its batches, reports.
    pub async fn deliver<T: Transport + Mint>(
        self,
        staging: Staging,
        job: &Job,
        input: &Path,
        destination: Destination<T>,
        control: &Control,
        observer: Arc<dyn Observer>,
    ) -> Result<Ended, Refusal> {
        let facts = Facts {
            run: self.folder.run().to_owned(),
            parent: None,
            job: job.name.clone(),
            job_text: job.text.clone(),
            endpoint: job.endpoint.name.clone(),
            endpoint_text: job.endpoint_text.clone(),
            format: self.plan.format.to_owned(),
            header: self.plan.header.clone(),
            delimiter: self.plan.delimiter,
            input: input.display().to_string(),
            quota: destination.quota.clone(),
            read: self.plan.items + self.plan.rejected,
            host: destination.host.clone(),
            started_at: now(),
            failed_max: job.limits.failed.to_string(),
        };
        staging.finish(&facts).map_err(not_stored)?;
        let windows = destination.windows.clone();
        let gate = Gate::new(&windows);
        let sending = Sending {
            endpoint: job.endpoint.clone(),
            failed_max: job.limits.failed,
            control,
            observer,
            gate,
        };
        let result = sending.deliver(&self.folder, destination).await;
        conclude(&self.folder, &windows, control, self.started, result).await
    }
}

/// What a delivery needs besides its destination.
struct Sending<'a> {
    endpoint: Endpoint,
    failed_max: Limit,
    control: &'a Control,
    observer: Arc<dyn Observer>,
    gate: Gate,
}

impl Sending<'_> {
    async fn deliver<T: Transport + Mint>(
        self,
        folder: &RunFolder,
        destination: Destination<T>,
    ) -> Result<(), StoreError> {
        let ledger = Ledger::open(&folder.store()).map_err(|refusal| StoreError(refusal.what))?;
        let tally = ledger.tally()?;
        let (batches, _) = ledger.unsettled()?;
        drop(ledger);
        self.observer.see(&Event::DeliveryStarted {
            run: folder.run().to_owned(),
            batches,
            floor_seconds: quota::floor(&destination.windows, batches).seconds,
            tally,
        });
        Delivery {
            endpoint: self.endpoint,
            windows: destination.windows,
            transport: destination.transport,
            tokens: destination.tokens,
            gate: self.gate,
            journal: Journal::open(&folder.store())?,
            control: self.control.clone(),
            observer: self.observer,
            failed_max: self.failed_max,
            tally,
        }
        .run(&folder.store())
        .await
    }
}

/// A run that ended, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The run in numbers, as written to its folder.
    pub summary: Summary,
    /// What made it stop early, for people.
    pub halt: Option<Refusal>,
    /// The exit code it leads to.
    pub exit: Exit,
}

/// Third station, after a delivery: notes how the run ended and writes its reports.
async fn conclude(
    folder: &RunFolder,
    windows: &[Window],
    control: &Control,
    started: Instant,
    result: Result<(), StoreError>,
) -> Result<Ended, Refusal> {
    let ledger = Ledger::open(&folder.store())?;
    let (unsettled, _) = ledger.unsettled()?;
    let (state, halt) = match (result, control.order()) {
        (Err(error), _) => ("halted", Some(Refusal::from(error))),
        _ if unsettled == 0 => ("finished", None),
        (Ok(()), Order::Halt(why)) => ("halted", Some(why)),
        (Ok(()), Order::Interrupt | Order::Abort) => ("interrupted", None),
        (Ok(()), Order::GoOn) => (
            "halted",
            Some(
                Refusal::new("halted: the delivery ended before every batch was sent")
                    .exit(Exit::Halted),
            ),
        ),
    };
    let earlier: u64 = ledger
        .note("elapsed_ms")?
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let elapsed_ms = earlier + u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let notes = [
        ("state", state.to_owned()),
        (
            "halt",
            halt.as_ref()
                .map(|halt| halt.what.clone())
                .unwrap_or_default(),
        ),
        ("elapsed_ms", elapsed_ms.to_string()),
        ("finished_at", now()),
    ];
    let journal = Journal::open(&folder.store())?;
    for (name, value) in notes {
        journal.note(name, value).await?;
    }
    drop(journal);
    let summary = report(folder, &ledger, windows)?;
    let exit = match state {
        "finished" if summary.items.succeeded == summary.items.read => Exit::Success,
        "finished" => Exit::Incomplete,
        "interrupted" => Exit::Interrupted,
        _ => Exit::Halted,
    };
    Ok(Ended {
        summary,
        halt,
        exit,
    })
}

/// Third station: writes the reports from the run store alone.
pub fn report(folder: &RunFolder, ledger: &Ledger, windows: &[Window]) -> Result<Summary, Refusal> {
    let facts = ledger.facts()?;
    let summary = summarize(ledger, windows)?;
    let unwritten = |error: String| {
        Refusal::new(format!("the reports of {} could not be written", facts.run))
            .because(error)
            .because("the run store is complete: nothing is lost")
            .hint(format!(
                "make room, then `feishu-bulk report {}`",
                facts.run
            ))
            .exit(Exit::Halted)
    };
    let (succeeded, unsuccessful) =
        write_items(folder, ledger, &facts).map_err(|error| unwritten(error.to_string()))?;
    write_summary(folder, &summary).map_err(|error| unwritten(error.to_string()))?;
    let tally = ledger.tally()?;
    let lines_fit = succeeded == tally.succeeded && unsuccessful == tally.unsuccessful();
    if !tally.adds_up() || !lines_fit {
        return Err(broken(&facts.run, tally, succeeded, unsuccessful));
    }
    Ok(summary)
}

/// The run in numbers, from the run store alone.
pub fn summarize(ledger: &Ledger, windows: &[Window]) -> Result<Summary, Refusal> {
    let facts = ledger.facts()?;
    let (sent, resent, throttled) = ledger.calls()?;
    let note = |name: &str| ledger.note(name).map(Option::unwrap_or_default);
    let state = note("state")?;
    let halt = note("halt")?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a run, shown in seconds"
    )]
    let elapsed_seconds = note("elapsed_ms")?.parse::<u64>().unwrap_or_default() as f64 / 1000.0;
    Ok(Summary {
        format: 1,
        files: Files {
            success: format!("success.{}", facts.format),
            failure: format!("failure.{}", facts.format),
        },
        run: facts.run,
        parent: facts.parent,
        job: facts.job,
        endpoint: facts.endpoint,
        // A run without a noted end was killed: it stands where an interrupted one does.
        state: if state.is_empty() {
            "interrupted".to_owned()
        } else {
            state
        },
        halt: (!halt.is_empty()).then_some(halt),
        items: ledger.tally()?.into(),
        calls: CallCounts {
            sent,
            resent,
            throttled,
        },
        quota_floor_seconds: quota::floor(windows, sent).seconds,
        elapsed_seconds,
        started_at: facts.started_at,
        finished_at: note("finished_at")?,
        reasons: ledger
            .reasons(REASONS_LISTED_MAX)?
            .into_iter()
            .map(|reason| ReasonCount {
                outcome: reason.outcome.word(),
                code: reason.code,
                reason: reason.reason,
                items: reason.items,
            })
            .collect(),
    })
}

/// The windows a stored run keeps: its own `--quota`, or the endpoint's.
pub fn windows_of(facts: &Facts) -> Result<Vec<Window>, Refusal> {
    if let Some(text) = &facts.quota {
        return Ok(Quota::parse(text)?.windows);
    }
    let document = Document::new(format!("{}.toml", facts.endpoint), &*facts.endpoint_text);
    Ok(Endpoint::parse(&facts.endpoint, &document)?.quota)
}

fn broken(run: &str, tally: Tally, succeeded: u64, unsuccessful: u64) -> Refusal {
    Refusal::new(format!(
        "the reports of {run} do not add up; do not trust them"
    ))
    .because(format!(
        "read {}, succeeded {}, failed {}, rejected {}, unconfirmed {}, pending {}",
        tally.read, tally.succeeded, tally.failed, tally.rejected, tally.unconfirmed, tally.pending
    ))
    .because(format!(
        "success report {succeeded} lines, failure report {unsuccessful} lines"
    ))
    .hint("this is a fault of the program or of the disk: keep the run folder and report it")
    .exit(Exit::Halted)
}

/// Trouble with the store before anything was sent.
fn not_stored(error: StoreError) -> Refusal {
    let mut refusal = Refusal::from(error).exit(Exit::Refused);
    refusal.details = vec!["nothing was sent".to_owned()];
    refusal
}

/// A stage that stores what it is given.
struct Stored<'a> {
    staging: &'a mut Staging,
    endpoint: &'a Endpoint,
}

impl Stage for Stored<'_> {
    fn batch(&mut self, filled: &Filled) -> Result<(), Refusal> {
        self.staging
            .add_batch(self.endpoint, filled)
            .map_err(not_stored)
    }

    fn rejection(&mut self, row: &Row, rejection: &Rejection) -> Result<(), Refusal> {
        self.staging
            .add_rejection(row.record, rejection, &row.source)
            .map_err(not_stored)
    }

    fn restart(&mut self) -> Result<(), Refusal> {
        self.staging.restart().map_err(not_stored)
    }
}

fn now() -> String {
    jiff::Timestamp::now()
        .round(jiff::Unit::Second)
        .map_or_else(|_| String::new(), |now| now.to_string())
}
