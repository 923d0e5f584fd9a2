//! THE LINE: a run from its job to its report, read from top to bottom.
//!
//! `check` is the first station alone; `run` is all three; `resume` is the last two, from the run's folder alone; `rerun` fills the
//! first from a parent run ([`crate::rerun`]); `report` is the last. Nothing is sent before every row was checked and the store is durable. Knows no
//! endpoint by name and no file format.

mod before;
mod check;
mod earlier;
mod opened;
mod preflight;
mod row_columns;
mod stopped;
mod whole_table;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conclusion::{Ended, conclude, summarize};
use crate::control::Control;
use crate::deliver::quota::{self, Gate, Shared};
use crate::deliver::{self, CallRange, Delivery};
use crate::endpoint::{Destructive, Endpoint, Resend, Window};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::input;
use crate::job::{self, Job, Limit, Limits};
use crate::model::{Notice, Platform, RunState};
use crate::prepare::{Destruction, InputFile, Plan, SentDigest, Staged, prepare};
use crate::report::{Summary, cells_of};
use crate::roster::YearMonth;
use crate::store::{
    self, Audit, Facts, InputFacts, Journal, Ledger, NewStore, NewStoreWriter, Notes, RunFolder,
    StoreError, Typed, begin_start,
};
use crate::tenant::{Asked, Tenant};
use crate::text::Language;
use crate::transport::{Mint, TokenError, Tokens, Transport};
use crate::wall_clock;

pub use self::before::{BeforeRead, Compared, ComparedCounts, Purpose};
pub(crate) use self::before::{Restaging, all_of};
pub use self::check::{CheckRequest, Checked, check};
pub use self::earlier::Earlier;
use self::earlier::earlier_of_input;
pub use self::opened::{Opened, windows_of};
pub use self::preflight::{preflight, preflight_of_check};
use self::row_columns::RowColumns;
pub use self::whole_table::write_to_correct;
pub use self::words::{WordsAsked, ask_words, has_words_to_ask, take_known_words};
pub use crate::tenant::words::Ask;

/// Where a run's calls go.
pub struct Destination<T> {
    /// Sends calls.
    pub transport: T,
    /// Gives tokens.
    pub tokens: Tokens<T>,
    /// What the run store notes of it.
    pub platform: Platform,
    /// `--quota` as given, if it was.
    pub quota: Option<String>,
    /// All windows to keep.
    pub windows: Vec<Window>,
    /// The folder in which the processes of this machine share what they sent; none where this one sends alone.
    pub state_folder: Option<PathBuf>,
}

impl<T> Destination<T> {
    /// The gate for the calls of an endpoint.
    fn gate(&self, endpoint: &Endpoint, observer: &Arc<dyn Observer>) -> Gate {
        let folder = self.state_folder.as_deref();
        let shared = folder
            .map(|folder| Shared::new(folder, &self.platform, endpoint.method, &endpoint.path));
        Gate::open(&self.windows, shared.as_ref(), Arc::clone(observer))
    }

    /// The same platform, as something that is read.
    pub fn tenant<'a>(
        &'a self,
        control: &'a Control,
        observer: Arc<dyn Observer>,
    ) -> Tenant<'a, T> {
        Tenant {
            transport: &self.transport,
            tokens: &self.tokens,
            platform: &self.platform,
            state_folder: self.state_folder.as_deref(),
            is_unlimited: self.windows.is_empty(),
            control,
            observer,
            asked: Asked::default(),
        }
    }
}

/// What a run keeps of its job's limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunLimits {
    /// `max_failed`.
    pub failed: Limit,
    /// `max_calls`, over all starts.
    pub calls: Option<u64>,
    /// `max_outage`.
    pub outage: Duration,
}

impl RunLimits {
    /// What a stored run keeps.
    pub fn of(facts: &Facts) -> Result<Self, StoreError> {
        let failed = Limit::parse(&facts.failed_max);
        let failed = failed
            .ok_or_else(|| StoreError(format!("its failed_max is `{}`", facts.failed_max)))?;
        let outage = facts.outage_seconds.map(Duration::from_secs);
        Ok(Self {
            failed,
            calls: facts.calls_max,
            outage: outage.unwrap_or(Limits::OUTAGE),
        })
    }
}

/// A run that is staged, and of which nothing was sent yet.
pub struct Prepared {
    pub(crate) folder: RunFolder,
    pub(crate) new_store: NewStore,
    pub(crate) facts: Facts,
    pub(crate) endpoint: Endpoint,
    pub(crate) limits: RunLimits,
    pub(crate) items_max: usize,
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
    /// Calls that it takes at least and at most.
    pub calls: CallRange,
    /// What an item of the input is to a person: a `row`, or an `item` where a row holds many.
    pub unit: &'static str,
    /// What will be destroyed.
    pub destructive: Destruction,
    /// Whether what is destroyed is deleted, not cleared.
    pub deletes: bool,
    /// The run that is undone, where this one puts back what it changed.
    pub undoes: Option<String>,
    /// Whether an item is a day of a person.
    pub is_roster: bool,
    /// First and last day that the items are about, as `yyyyMMdd`, where they say days.
    pub dates: Option<(u32, u32)>,
    /// What the user should know about the input.
    pub notices: Vec<Notice>,
    /// The first and the last month of what will be sent, where the endpoint takes months.
    pub months: Option<(YearMonth, YearMonth)>,
    /// Lookups that the platform was to be asked for, and was not: what they gave is only for rehearsals.
    pub rehearsed: Vec<String>,
}

/// First station of `run`: checks the whole input and stages its batches. `shown` is the digest of what a person saw of it
/// ([`SentDigest`]): where anything else would be sent, nothing is.
pub fn prepare_run(
    folder: RunFolder,
    job: &Job,
    file: &InputFile<'_>,
    shown: Option<&str>,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Prepared, Refusal> {
    let started = Instant::now();
    let (input, origin) = (file.path, file.origin);
    let staged = NewStore::create(&folder.store())
        .and_then(|new_store| NewStoreWriter::start(new_store, job.endpoint.clone()))
        .map_err(not_stored)
        .and_then(|writer| {
            let mut storing = Storing {
                writer,
                digest: shown.map(|_| SentDigest::default()),
            };
            let sha256 = input::sha256(input)?;
            let plan = prepare(
                job,
                file,
                &mut |staged| storing.take(staged),
                control,
                observer,
            )?;
            if let Some(refusal) = plan.refused.clone() {
                return Err(refusal);
            }
            if storing.digest.map(SentDigest::finish).as_deref() != shown {
                return Err(not_as_shown());
            }
            Ok((plan, sha256, storing.writer.finish().map_err(not_stored)?))
        });
    let (plan, sha256, new_store) = match staged {
        Ok(staged) => staged,
        Err(refusal) => {
            folder.discard();
            return Err(refusal);
        }
    };
    Ok(Prepared {
        facts: Facts {
            parent: origin.parent().map(|parent| parent.facts.run.clone()),
            ..facts_of(folder.run(), job, input, &plan, sha256)
        },
        endpoint: job.endpoint.clone(),
        items_max: (job.limits.items_max).unwrap_or(job.endpoint.items.max),
        limits: RunLimits {
            failed: job.limits.failed,
            calls: job.limits.calls,
            outage: job.limits.outage,
        },
        brief: Brief {
            items: plan.items,
            rejected: plan.rejected,
            calls: deliver::call_range(plan.batches, plan.items, job.limits.calls),
            unit: plan.unit(),
            destructive: plan.destructive,
            deletes: job.endpoint.destructive == Destructive::Always,
            undoes: None,
            is_roster: !plan.days.is_empty(),
            dates: plan.dates,
            notices: plan.notices,
            months: plan.months,
            rehearsed: rehearsed(job),
        },
        folder,
        new_store,
        started,
    })
}

impl Prepared {
    /// The values shared by all calls.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.facts.request
    }

    /// Notes for others that this input is sent, and finds the latest run that sent the same.
    pub fn claim_input(&self, platform: &Platform) -> Result<Option<Earlier>, Refusal> {
        earlier::claim_input(self.folder.runs(), &self.facts, platform)
    }

    /// Notes for others that what did not succeed in `parent` is sent again, and finds the latest run that did that.
    pub fn claim_rest(
        &self,
        parent: &str,
        platform: &Platform,
    ) -> Result<Option<Earlier>, Refusal> {
        earlier::claim_rest(self.folder.runs(), self.folder.run(), parent, platform)
    }

    /// Whether the platform may end up in another state when the same items are sent twice.
    #[must_use]
    pub fn is_harmed_by_repeating(&self) -> bool {
        self.endpoint.resend != Resend::Safe || self.brief.destructive.items > 0
    }

    /// The endpoint that it goes to.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What the run is, so far.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Calls the input by the name that its owner knows it by, where what was read is a copy.
    pub fn call_input(&mut self, name: &str) {
        name.clone_into(&mut self.facts.input.file);
    }

    /// Notes who sends the run and how that was agreed to.
    pub fn note(&mut self, audit: Audit) {
        self.facts.audit = audit;
    }

    /// Chooses the language of its reports.
    pub fn write_in(&mut self, language: Language) {
        language.tag().clone_into(&mut self.facts.language);
    }

    /// Gives the run up before anything was sent.
    pub fn discard(self) {
        // Windows removes no file that is open.
        drop(self.new_store);
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
        if !destination.platform.sandbox && !self.brief.rehearsed.is_empty() {
            let names = self.brief.rehearsed.join(", ");
            self.discard();
            return Err(only_rehearsed(&names));
        }
        let facts = Facts {
            quota: destination.quota.clone(),
            platform: destination.platform.clone(),
            ..self.facts
        };
        self.new_store.finish(&facts).map_err(not_stored)?;
        begin_start(&self.folder.store(), false).map_err(not_stored)?;
        if let Err(TokenError::Fatal(refusal)) = destination.tokens.current().await {
            self.folder.discard();
            return Err(refusal);
        }
        let sending = Sending {
            folder: &self.folder,
            gate: destination.gate(&self.endpoint, &observer),
            endpoint: self.endpoint,
            limits: self.limits,
            control,
            observer,
        };
        sending.deliver(destination, self.started).await
    }
}

/// What the second station needs besides its destination.
struct Sending<'a> {
    folder: &'a RunFolder,
    endpoint: Endpoint,
    limits: RunLimits,
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
        let ledger = Ledger::open(&self.folder.store())
            .map_err(|refusal| StoreError(refusal.what.to_string()))?;
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
        let began = Notes {
            start_began_ms: Some(wall_clock::now_ms()),
            ..Notes::default()
        };
        journal.note(began).await?;
        let watching = stopped::watch(Arc::clone(&self.observer));
        let delivery = Delivery {
            endpoint: self.endpoint,
            windows: destination.windows,
            transport: destination.transport,
            tokens: destination.tokens,
            gate: self.gate,
            journal,
            control: self.control.clone(),
            observer: self.observer,
            failed_max: self.limits.failed,
            calls_max: self.limits.calls,
            outage_max: self.limits.outage,
            tally,
        };
        // On the thread where its calls are served: from another one, each of them would cost a wake-up.
        let path = self.folder.store();
        let delivered = tokio::spawn(async move { delivery.run(&path).await });
        tokio::select! {
            ended = delivered => {
                ended.unwrap_or_else(|_| Err(StoreError("the delivery broke off".to_owned())))
            }
            never = watching => match never {},
        }
    }
}

/// A run in numbers, whether it has ended or not. One that another process works on is `running`.
pub fn summary_of(runs: &Path, run: &str) -> Result<Summary, Refusal> {
    let ledger = Ledger::look(&runs.join(run).join("run.db"))?;
    let windows = windows_of(&ledger.facts()?)?;
    let mut summary = summarize(&ledger, &windows)?;
    // The store of a run at work knows no end, and would be taken for that of a run that was killed.
    if summary.state != RunState::Finished && store::is_at_work(runs, run) {
        summary.state = RunState::Running;
    }
    Ok(summary)
}

/// The job's lookups whose words are not the platform's although it is to be asked.
fn rehearsed(job: &Job) -> Vec<String> {
    let rules = job.lookups.iter().filter(|rule| rule.is_rehearsed());
    rules.map(|rule| rule.name.clone()).collect()
}

fn only_rehearsed(names: &str) -> Refusal {
    Refusal::new(
        "lookup.rehearsed",
        text!(
            "what {names} stand for was not read from the platform",
            names
        ),
    )
    .because(text!(
        "the job's own table is for rehearsals only; nothing was sent"
    ))
    .hint(text!(
        "check it again online, so that the platform is asked"
    ))
}

/// What the run `run` of an input is.
fn facts_of(run: &str, job: &Job, input: &Path, plan: &Plan, sha256: String) -> Facts {
    let mut request = job.values();
    let unpivot = job.input.unpivot.as_ref();
    let header = cells_of(&plan.header, plan.delimiter);
    let columns = RowColumns::of(job, &header);
    let said = || unpivot.and_then(|unpivot| Some(unpivot.days.month?.to_string()));
    if let Some(month) = plan.month.clone().or_else(said) {
        request.entry(job::MONTH.to_owned()).or_insert(month);
    }
    Facts {
        run: run.to_owned(),
        parent: None,
        is_undo: false,
        job: job.name.clone(),
        language: Language::default().tag().to_owned(),
        job_path: job.document.name().to_owned(),
        job_text: job.document.text().to_owned(),
        endpoint: job.endpoint.name.clone(),
        endpoint_path: job.endpoint_document.name().to_owned(),
        endpoint_text: job.endpoint_document.text().to_owned(),
        format: plan.format,
        header: String::from_utf8_lossy(&plan.header).into_owned(),
        delimiter: plan.delimiter,
        head: plan.head.clone(),
        sheets: plan.sheets.clone(),
        days: days(plan),
        lines: plan.lines.clone(),
        key_columns: columns.key,
        group_column: columns.group,
        input: InputFacts {
            file: input.display().to_string(),
            sha256,
            bytes: plan.bytes,
            sheet: plan.head.sheet.clone(),
            encoding: plan.encoding.map(str::to_ascii_lowercase),
        },
        request,
        typed: Typed {
            set: job.set.clone(),
            sheet: job.sheet.clone(),
            ..Typed::default()
        },
        quota: None,
        read: plan.items + plan.rejected,
        platform: Platform::default(),
        started_at: wall_clock::text(),
        failed_max: job.limits.failed.to_string(),
        calls_max: job.limits.calls,
        outage_seconds: Some(job.limits.outage.as_secs()),
        audit: Audit::default(),
    }
}

/// The columns of days, with their dates.
fn days(plan: &Plan) -> Vec<(usize, String)> {
    let days = plan.days.iter();
    days.map(|day| (day.column, day.written_date().to_owned()))
        .collect()
}

/// Trouble with the store before anything was sent.
pub(crate) fn not_stored(error: StoreError) -> Refusal {
    let mut refusal = Refusal::from(error).exit(Exit::Refused);
    refusal.details = vec![text!("nothing was sent")];
    refusal
}

/// Between the look at it and the order to send it, something changed: the job, a table of words, the file.
fn not_as_shown() -> Refusal {
    Refusal::new(
        "run.not-as-shown",
        text!("what would be sent is no longer what was shown"),
    )
    .because(text!("nothing was sent"))
    .hint(text!("look at the check again"))
}

/// Stores what prepare finds.
struct Storing {
    writer: NewStoreWriter,
    digest: Option<SentDigest>,
}

impl Storing {
    fn new(writer: NewStoreWriter) -> Self {
        Self {
            writer,
            digest: None,
        }
    }

    fn take(&mut self, staged: Staged<'_>) -> Result<(), Refusal> {
        let stored = match staged {
            Staged::Row(..) => Ok(()),
            Staged::Batch(filled) => {
                if let Some(digest) = &mut self.digest {
                    digest.add(&filled);
                }
                self.writer.add_batch(filled)
            }
            Staged::Rejection(place, row, rejection) => {
                self.writer.add_rejection(place, rejection, row)
            }
            Staged::Restart => {
                if let Some(digest) = &mut self.digest {
                    *digest = SentDigest::default();
                }
                self.writer.restart()
            }
        };
        stored.map_err(not_stored)
    }
}
