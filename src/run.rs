//! THE LINE: a run from its job to its report, read from top to bottom.
//!
//! `check` is the first station alone; `run` is all three; `resume` is the last two, from the run's folder alone; `rerun` fills the
//! first from a parent run ([`crate::rerun`]); `report` is the last. Nothing is sent before every row was checked and the store is durable. Knows no
//! endpoint by name and no file format.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::batching::Filled;
use crate::conclusion::{Ended, conclude};
use crate::control::Control;
use crate::deliver::Delivery;
use crate::deliver::quota::{self, Gate, Quota};
use crate::document::Document;
use crate::endpoint::{Endpoint, Window};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::{Job, Limit};
use crate::mapping::Day;
use crate::model::{Place, Rejection, Row};
use crate::prepare::{Plan, Stage, prepare};
use crate::store::{Facts, InFlight, Journal, Ledger, RunFolder, Stager, Staging, StoreError};
use crate::transport::{Mint, TokenError, Tokens, Transport};
use crate::wall_clock;

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

/// A run that is staged, and of which nothing was sent yet.
pub struct Prepared {
    pub(crate) folder: RunFolder,
    pub(crate) staging: Staging,
    pub(crate) facts: Facts,
    pub(crate) endpoint: Endpoint,
    pub(crate) failed_max: Limit,
    pub(crate) started: Instant,
    /// What the user should know before it is sent.
    pub brief: Brief,
}

/// What a prepared run comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brief {
    /// Items that will be sent.
    pub items: u64,
    /// Items that will not be sent.
    pub rejected: u64,
    /// What an item of the input is to a person: a `row`, or an `item` where a row holds many.
    pub unit: &'static str,
    /// Items that destroy something.
    pub destructive: u64,
    /// What the user should know about the input.
    pub notices: Vec<String>,
}

/// First station of `run`: checks the whole input and stages its batches.
pub fn prepare_run(
    folder: RunFolder,
    job: &Job,
    input: &Path,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Prepared, Refusal> {
    let started = Instant::now();
    let staged = Staging::create(&folder.store())
        .and_then(|staging| Stager::start(staging, job.endpoint.clone()))
        .map_err(not_stored)
        .and_then(|stager| {
            let mut stage = Stored(stager);
            let plan = prepare(job, input, &mut stage, control, observer)?;
            match plan.refused.clone() {
                Some(refusal) => Err(refusal),
                None => Ok((plan, stage.0.finish().map_err(not_stored)?)),
            }
        });
    let (plan, staging) = match staged {
        Ok(staged) => staged,
        Err(refusal) => {
            folder.discard();
            return Err(refusal);
        }
    };
    Ok(Prepared {
        facts: facts_of(&folder, job, input, &plan),
        endpoint: job.endpoint.clone(),
        failed_max: job.limits.failed,
        brief: Brief {
            items: plan.items,
            rejected: plan.rejected,
            unit: plan.unit(),
            destructive: plan.destructive,
            notices: plan.notices,
        },
        folder,
        staging,
        started,
    })
}

impl Prepared {
    /// Gives the run up before anything was sent.
    pub fn discard(self) {
        self.folder.discard();
    }

    /// Second and third station: makes the run durable, sends its batches, reports. Credentials that the platform refuses end it
    /// before it is a run.
    pub async fn deliver<T: Transport + Mint>(
        self,
        destination: Destination<T>,
        control: &Control,
        observer: Arc<dyn Observer>,
    ) -> Result<Ended, Refusal> {
        let facts = Facts {
            quota: destination.quota.clone(),
            host: destination.host.clone(),
            ..self.facts
        };
        self.staging.finish(&facts).map_err(not_stored)?;
        if let Err(TokenError::Fatal(refusal)) = destination.tokens.current().await {
            self.folder.discard();
            return Err(refusal);
        }
        let sending = Sending {
            folder: &self.folder,
            endpoint: self.endpoint,
            failed_max: self.failed_max,
            gate: Gate::new(&destination.windows),
            control,
            observer,
        };
        sending.deliver(destination, self.started).await
    }
}

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
        let state = self.ledger.note("state")?;
        Ok(self.is_finished()? && state.as_deref() == Some("finished"))
    }

    /// Third station alone, for a run of which every item has an outcome: notes how it ended and reports.
    pub async fn conclude(self) -> Result<Ended, Refusal> {
        let (started, windows) = (Instant::now(), self.windows()?);
        self.reclaim().await?;
        conclude(&self.folder, &windows, &Control::default(), started, Ok(())).await
    }

    /// How long ago the run began, by the wall clock.
    #[must_use]
    pub fn age(&self) -> Duration {
        let began: Option<jiff::Timestamp> = self.facts.started_at.parse().ok();
        began
            .and_then(|began| Duration::try_from(jiff::Timestamp::now().duration_since(began)).ok())
            .unwrap_or_default()
    }

    /// The job's `max_failed`, as the run keeps it.
    pub fn failed_max(&self) -> Result<Limit, Refusal> {
        Limit::parse(&self.facts.failed_max).ok_or_else(|| {
            Refusal::from(StoreError(format!(
                "its failed_max is `{}`",
                self.facts.failed_max
            )))
        })
    }

    /// `resume`: second and third station. A finished run calls nobody; its reports are written again.
    pub async fn resume<T: Transport + Mint>(
        self,
        destination: Destination<T>,
        control: &Control,
        observer: Arc<dyn Observer>,
    ) -> Result<Ended, Refusal> {
        let started = Instant::now();
        let failed_max = self.failed_max()?;
        if let Err(TokenError::Fatal(refusal)) = destination.tokens.current().await {
            return Err(refusal);
        }
        // Another process filled the windows up to its last call, as far as anybody knows.
        let idle = self.ledger.last_call_ms()?.map_or(Duration::MAX, since);
        let gate = Gate::resumed(&destination.windows, idle);
        if let Some(left) = self.pause_left()? {
            gate.pause(left);
            observer.see(&Event::Paused {
                seconds: left.as_secs_f64(),
            });
        }
        self.reclaim().await?;
        let sending = Sending {
            folder: &self.folder,
            endpoint: self.endpoint,
            failed_max,
            gate,
            control,
            observer,
        };
        sending.deliver(destination, started).await
    }

    /// Closes the calls that a killed process left open, and adds the time it worked.
    async fn reclaim(&self) -> Result<(), Refusal> {
        let elapsed_ms = number(self.ledger.note("elapsed_ms")?) + self.lost_sitting_ms()?;
        let journal = Journal::open(&self.folder.store())?;
        journal.reclaim().await?;
        journal.note("elapsed_ms", elapsed_ms.to_string()).await?;
        Ok(())
    }

    /// How long the last sitting worked, if its process was gone before it could note that.
    fn lost_sitting_ms(&self) -> Result<u64, Refusal> {
        let began = number(self.ledger.note("sitting_began_ms")?);
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
        let left_ms =
            number(self.ledger.note("paused_until_ms")?).saturating_sub(wall_clock::now_ms());
        Ok((left_ms > 0).then_some(Duration::from_millis(left_ms)))
    }
}

/// What the second station needs besides its destination.
struct Sending<'a> {
    folder: &'a RunFolder,
    endpoint: Endpoint,
    failed_max: Limit,
    gate: Gate,
    control: &'a Control,
    observer: Arc<dyn Observer>,
}

impl Sending<'_> {
    /// Sends what is not settled, then reports.
    async fn deliver<T: Transport + Mint>(
        self,
        destination: Destination<T>,
        started: Instant,
    ) -> Result<Ended, Refusal> {
        let (folder, control, observer) = (self.folder, self.control, Arc::clone(&self.observer));
        let windows = destination.windows.clone();
        let result = self.send(destination).await;
        let ended = conclude(folder, &windows, control, started, result).await?;
        observer.see(&Event::RunEnded {
            state: ended.state,
            tally: ended.tally,
        });
        Ok(ended)
    }

    async fn send<T: Transport + Mint>(
        self,
        destination: Destination<T>,
    ) -> Result<(), StoreError> {
        let ledger =
            Ledger::open(&self.folder.store()).map_err(|refusal| StoreError(refusal.what))?;
        let tally = ledger.tally()?;
        let (batches, _) = ledger.unsettled()?;
        drop(ledger);
        self.observer.see(&Event::DeliveryStarted {
            run: self.folder.run().to_owned(),
            batches,
            floor_seconds: quota::floor(&destination.windows, batches).seconds,
            tally,
        });
        let journal = Journal::open(&self.folder.store())?;
        journal
            .note("sitting_began_ms", wall_clock::now_ms().to_string())
            .await?;
        let delivery = Delivery {
            endpoint: self.endpoint,
            windows: destination.windows,
            transport: destination.transport,
            tokens: destination.tokens,
            gate: self.gate,
            journal,
            control: self.control.clone(),
            observer: self.observer,
            failed_max: self.failed_max,
            tally,
        };
        // On the thread where its calls are served: from another one, each of them would cost a wake-up.
        let path = self.folder.store();
        let delivered = tokio::spawn(async move { delivery.run(&path).await });
        delivered
            .await
            .unwrap_or_else(|_| Err(StoreError("the delivery broke off".to_owned())))
    }
}

/// The windows a stored run keeps: its own `--quota`, or the endpoint's.
pub fn windows_of(facts: &Facts) -> Result<Vec<Window>, Refusal> {
    if let Some(text) = &facts.quota {
        return Ok(Quota::parse(text)?.windows);
    }
    let document = Document::new(&*facts.endpoint_path, &*facts.endpoint_text);
    Ok(Endpoint::parse(&facts.endpoint, &document)?.quota)
}

fn facts_of(folder: &RunFolder, job: &Job, input: &Path, plan: &Plan) -> Facts {
    Facts {
        run: folder.run().to_owned(),
        parent: None,
        job: job.name.clone(),
        job_path: job.document.name().to_owned(),
        job_text: job.document.text().to_owned(),
        endpoint: job.endpoint.name.clone(),
        endpoint_path: job.endpoint_document.name().to_owned(),
        endpoint_text: job.endpoint_document.text().to_owned(),
        format: plan.format.to_owned(),
        header: plan.header.clone(),
        delimiter: plan.delimiter,
        head: plan.head.clone(),
        days: days(plan),
        input: input.display().to_string(),
        quota: None,
        read: plan.items + plan.rejected,
        host: String::new(),
        started_at: wall_clock::text(),
        failed_max: job.limits.failed.to_string(),
    }
}

/// The columns of days, with the dates they have.
fn days(plan: &Plan) -> Vec<(usize, String)> {
    let date = |day: &Day| day.date.as_ref().ok().map(|date| date.date.clone());
    let days = plan.days.iter();
    days.map(|day| (day.column, date(day).unwrap_or_default()))
        .collect()
}

/// Time since a moment of the wall clock; none when the clock was set back.
fn since(then_ms: i64) -> Duration {
    Duration::from_millis(
        wall_clock::now_ms().saturating_sub(u64::try_from(then_ms).unwrap_or_default()),
    )
}

/// A number noted in the store; 0 when it was not.
fn number(note: Option<String>) -> u64 {
    note.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Trouble with the store before anything was sent.
pub(crate) fn not_stored(error: StoreError) -> Refusal {
    let mut refusal = Refusal::from(error).exit(Exit::Refused);
    refusal.details = vec!["nothing was sent".to_owned()];
    refusal
}

/// A stage that stores what it is given.
struct Stored(Stager);

impl Stage for Stored {
    fn batch(&mut self, filled: Filled) -> Result<(), Refusal> {
        self.0.add_batch(filled).map_err(not_stored)
    }

    fn rejection(&mut self, place: Place, row: &Row, rejection: &Rejection) -> Result<(), Refusal> {
        self.0
            .add_rejection(place, rejection, &row.source)
            .map_err(not_stored)
    }

    fn restart(&mut self) -> Result<(), Refusal> {
        self.0.restart().map_err(not_stored)
    }
}
