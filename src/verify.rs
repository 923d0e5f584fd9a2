//! `verify`: reads back what a run sent, and keeps what is found beside its verdicts.
//!
//! Goes through the run store in its order, so many items at a time ([`ITEMS_MAX`]): memory holds those with their answers, whatever the
//! run's size. What was found is durable in groups; a verification that was stopped or killed goes on with what was not asked for since
//! it began. Nothing is sent that writes. Knows no endpoint by name and no terminal.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conclusion;
use crate::control::Control;
use crate::endpoint::{CanReadBack, catalogue};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::model::{BatchId, EvidenceCounts, ReadMoment, Tally};
use crate::present::{Item, Present};
use crate::reading::{ITEMS_MAX, Reading};
use crate::report::Summary;
use crate::run::{Destination, Opened};
use crate::store::{EvidenceWriter, Found, Ledger, Notes};
use crate::tenant::{Tenant, Unread, Why};
use crate::text::Text;
use crate::transport::{Mint, Transport};
use crate::wall_clock;

/// What was found is written when it is so much, or was kept for so long.
const FOUND_MAX: usize = 2048;
const FOUND_KEPT: Duration = Duration::from_secs(1);
/// A verification that was stopped goes on for so long; then all is asked for anew.
const GOES_ON: Duration = Duration::from_hours(24);

/// A run that was read back, as far as it was.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The run in numbers, as written to its folder again.
    pub summary: Summary,
    /// What was found of what was sent; none where nothing was read back.
    pub counts: Option<EvidenceCounts>,
    /// Items by outcome, by what is known now.
    pub tally: Tally,
    /// Calls that it made.
    pub calls: u64,
    /// Why nothing can be read back, where no method of the platform reads it.
    pub never: Option<Text>,
    /// Why not everything was asked for.
    pub stopped: Option<Refusal>,
    /// The exit code it leads to.
    pub exit: Exit,
}

/// Refuses a rehearsal, whose sandbox is gone.
pub fn require_tenant(opened: &Opened, runs: &Path) -> Result<(), Refusal> {
    if !opened.facts.platform.sandbox {
        return Ok(());
    }
    let facts = &opened.facts;
    let run = &facts.run;
    let again = crate::report::run_again(facts, &facts.input.file, runs).word("--verify");
    Err(Refusal::new("verify.rehearsal", text!("the run {run} was a rehearsal: the sandbox that it went to is gone, and nothing can be read back", run))
        .hint(text!("a rehearsal is read back before it ends: `{again}`", again)))
}

/// Reads back what the run sent, and writes its reports again.
pub async fn verify<T: Transport + Mint>(
    opened: &Opened,
    destination: &Destination<T>,
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Verified, Refusal> {
    opened.require_platform(&destination.platform)?;
    let how = how(opened)?;
    let tenant = destination.tenant(control, Arc::clone(&observer));
    let mut kept = Kept::begin(opened)?;
    observer.see(&Event::ReadBackStarted {
        items: opened.ledger().items_sent()?,
    });
    let (stopped, has_gaps, never) = match how {
        CanReadBack::By(read_back) => {
            let lag = read_back.lag;
            let reading = Reading::new(read_back, &tenant)?;
            let unread = match wait_for_lag(lag, opened.ledger(), control, &*observer).await? {
                Ok(()) => {
                    let kept = &mut kept;
                    everything(&reading, &tenant, opened.ledger(), kept, &*observer).await?
                }
                Err(unread) => Some(unread),
            };
            (unread, reading.has_gaps(), None)
        }
        CanReadBack::Never { why } => {
            let why = text!("no read exists: {why}", why);
            kept.all(opened.ledger(), &Present::unreadable(why.clone()))?;
            (None, false, Some(why))
        }
        CanReadBack::NotSaid => return Err(not_said(opened)),
    };
    let calls = tenant.calls();
    let found = kept.end(calls, stopped.is_none() && !has_gaps)?;
    observer.see(&Event::ReadBackEnded { calls });
    let stopped = stopped.map(|unread| refusal(&unread, opened));
    if found == 0
        && let Some((Why::NotPermitted, refusal)) = stopped
    {
        // Nothing is known that was not known before.
        return Err(refusal);
    }
    let stopped = stopped.map(|(why, refusal)| (why == Why::Stopped, refusal));
    let ledger = Ledger::open(&opened.folder().store())?;
    let summary = conclusion::report(opened.folder(), &ledger, &opened.windows()?)?;
    let counts = ledger.evidence_counts()?;
    let is_whole = counts.is_none_or(|counts| counts.all_as_sent());
    let exit = match &stopped {
        Some((true, _)) => Exit::Interrupted,
        None if is_whole => Exit::Success,
        Some((false, _)) | None => Exit::Incomplete,
    };
    Ok(Verified {
        summary,
        counts,
        tally: ledger.tally()?,
        calls,
        never,
        stopped: stopped.map(|(_, refusal)| refusal),
        exit,
    })
}

/// How the run's items are read back: as its own endpoint file says, or, of a run of before that was said, as the catalogue does.
pub(crate) fn how(opened: &Opened) -> Result<CanReadBack, Refusal> {
    let endpoint = opened.endpoint();
    match &endpoint.read_back {
        CanReadBack::NotSaid => {
            let now = catalogue::endpoint(&endpoint.name);
            let now = now.map(|now| now.read_back);
            now.map_err(|_| not_said(opened))
        }
        said @ (CanReadBack::Never { .. } | CanReadBack::By(_)) => Ok(said.clone()),
    }
}

fn not_said(opened: &Opened) -> Refusal {
    let path = &opened.facts.endpoint_path;
    Refusal::new(
        "verify.not-said",
        text!("{path} does not say how its items are read back", path),
    )
    .hint(text!(
        "add [read_back] to it, as the endpoints of the catalogue have it"
    ))
}

/// Why not everything was asked for, for people.
fn refusal(unread: &Unread, opened: &Opened) -> (Why, Refusal) {
    let run = &opened.facts.run;
    let refusal = match unread.why {
        Why::Stopped => Refusal::new("verify.stopped", text!("reading back was stopped"))
            .hint(text!("`feishu-bulk verify {run}` goes on", run)),
        Why::NotPermitted => Refusal::new(
            "verify.not-permitted",
            text!("the app may not read back what it sent"),
        )
        .because(unread.text.clone()),
        Why::NoAnswer | Why::Refused | Why::NotUnderstood => {
            Refusal::new("verify.no-answer", text!("the platform does not answer"))
                .because(unread.text.clone())
                .because(text!(
                    "what was found before is kept; nothing is said of the other items"
                ))
                .hint(text!("`feishu-bulk verify {run}` goes on", run))
        }
    };
    let refusal = match (&unread.help, unread.why) {
        (Some(help), Why::NotPermitted) => refusal.hint(help.clone()),
        _ => refusal,
    };
    (unread.why, refusal)
}

/// Waits until what was written last is sure to be found.
async fn wait_for_lag(
    lag: Duration,
    ledger: &Ledger,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Result<(), Unread>, Refusal> {
    let last = ledger
        .last_call_ms()?
        .and_then(|last| u64::try_from(last).ok());
    let since = wall_clock::now_ms().saturating_sub(last.unwrap_or_default());
    // Never longer than the lag, also when the clock was set back.
    let wait = lag.saturating_sub(Duration::from_millis(since));
    if wait.is_zero() {
        return Ok(Ok(()));
    }
    observer.see(&Event::Waiting {
        why: text!(
            "the read shows a change up to {seconds} s later",
            seconds = lag.as_secs()
        ),
        seconds: wait.as_secs_f64(),
    });
    Ok(tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = control.stopping() => Err(Unread {
            why: Why::Stopped,
            code: None,
            text: text!("it was stopped before an answer came"),
            help: None,
        }),
    })
}

/// Asks for everything that was not asked for since the verification began. Returns why it did not come to its end.
async fn everything<T: Transport + Mint>(
    reading: &Reading<'_, T>,
    tenant: &Tenant<'_, T>,
    ledger: &Ledger,
    kept: &mut Kept,
    observer: &dyn Observer,
) -> Result<Option<Unread>, Refusal> {
    let mut after = BatchId(0);
    loop {
        let sent = ledger.next_sent(after, ITEMS_MAX, kept.since_ms)?;
        let Some(last) = sent.last() else {
            return Ok(None);
        };
        after = last.batch;
        let mut places = Vec::new();
        let mut items = Vec::new();
        for batch in sent {
            for (position, body) in batch.items {
                places.push((batch.batch, position));
                items.push(Item {
                    envelope: Arc::clone(&batch.envelope),
                    body,
                });
            }
        }
        let unread = reading
            .of_items(&items, |found| {
                kept.take(&places, found, tenant.calls())?;
                observer.see(&Event::ReadBackProgress {
                    items: kept.found,
                    calls: tenant.calls(),
                });
                Ok(())
            })
            .await?;
        if unread.is_some() {
            return Ok(unread);
        }
    }
}

/// What was found, on its way into the store.
struct Kept {
    writer: EvidenceWriter,
    /// What was asked for since then is not asked for again.
    since_ms: u64,
    /// Calls of this verification before it was stopped.
    calls_before: u64,
    open: Vec<Found>,
    written: Instant,
    /// Items of which something was found.
    found: u64,
}

impl Kept {
    /// Begins a verification, or goes on with one that did not end.
    fn begin(opened: &Opened) -> Result<Self, Refusal> {
        let notes = opened.ledger().notes()?;
        let now = wall_clock::now_ms();
        let began = notes.read_back_began_ms.filter(|began| {
            let age = Duration::from_millis(now.saturating_sub(*began));
            *began > 0 && age < GOES_ON
        });
        let writer = EvidenceWriter::open(&opened.folder().store())?;
        if began.is_none() {
            writer.note(&Notes {
                read_back_began_ms: Some(now),
                ..Notes::default()
            })?;
        }
        let calls_before = began.and(notes.read_back_calls).unwrap_or_default();
        let since_ms = began.unwrap_or(now);
        Ok(Self {
            writer,
            since_ms,
            calls_before,
            open: Vec::new(),
            written: Instant::now(),
            found: 0,
        })
    }

    /// Takes what was found of items, whose batches and positions `places` has, after so many calls.
    fn take(
        &mut self,
        places: &[(BatchId, usize)],
        found: Vec<(usize, Present)>,
        calls: u64,
    ) -> Result<(), Refusal> {
        let read_at_ms = wall_clock::now_ms();
        for (at, present) in found {
            let Some((batch, position)) = places.get(at) else {
                continue;
            };
            self.found += 1;
            self.open.push(Found {
                batch: *batch,
                position: *position,
                evidence: present.evidence,
                there: present.there,
                read_at_ms,
            });
        }
        if self.open.len() >= FOUND_MAX || self.written.elapsed() >= FOUND_KEPT {
            self.write(calls)?;
        }
        Ok(())
    }

    /// Says the same of everything that was not asked for.
    fn all(&mut self, ledger: &Ledger, present: &Present) -> Result<(), Refusal> {
        let mut after = BatchId(0);
        loop {
            let sent = ledger.next_sent(after, ITEMS_MAX, self.since_ms)?;
            let Some(last) = sent.last() else {
                return Ok(());
            };
            after = last.batch;
            for batch in sent {
                let items = batch.items.into_iter();
                let (places, found): (Vec<_>, Vec<_>) = items
                    .enumerate()
                    .map(|(at, (position, _))| ((batch.batch, position), (at, present.clone())))
                    .unzip();
                self.take(&places, found, 0)?;
            }
        }
    }

    fn write(&mut self, calls: u64) -> Result<(), Refusal> {
        self.writer.write(ReadMoment::After, &self.open)?;
        self.writer.note(&Notes {
            read_back_calls: Some(self.calls_before + calls),
            ..Notes::default()
        })?;
        self.open.clear();
        self.written = Instant::now();
        Ok(())
    }

    /// Writes the rest. Returns of how many items something was found.
    fn end(mut self, calls: u64, has_ended: bool) -> Result<u64, Refusal> {
        self.write(calls)?;
        if has_ended {
            self.writer.note(&Notes {
                read_back_began_ms: Some(0),
                ..Notes::default()
            })?;
        }
        Ok(self.found)
    }
}
