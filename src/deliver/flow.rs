//! Which batch may be called next: what is known of all batches of a start together.
//!
//! The first batch goes alone, and the others follow when it was answered and not refused as a whole. When two batches were refused
//! alike in a row, or calls fail whatever they carry, they go alone again. Of batches refused alike one is taken apart at a time.
//! Invariant: while everything is refused, or nothing is answered, calls are made one at a time. A pure state machine: the time is
//! passed in, and nothing is sent from here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::decision::with_code;
use super::kind::Kind;
use crate::error::{Exit, Refusal};
use crate::model::{BatchId, Reason};
use crate::numbers::counted;
use crate::text::Text;

/// Calls in a row that fail without any answer before all wait; of one batch alone, and of several.
const FAILED_ALONE: u32 = 2;
const FAILED_TOGETHER: u32 = 3;
/// Time between two tries while all wait: it doubles from the first to the second.
const TRY_FIRST: Duration = Duration::from_secs(1);
const TRY_LAST: Duration = Duration::from_secs(30);
/// How much later a batch may try for each time that it did, and for how many times: others are to try before.
const TRIED_LATER: Duration = Duration::from_millis(100);
const TRIES_WEIGHED: u32 = 10;
/// How long all wait for a refusal of everything to pass. What lasts longer was decided by somebody, and ends when somebody acts.
const REFUSED_PASSES: Duration = Duration::from_mins(1);
/// Rows refused alone, of this many batches, before it is said that the refusal is not about rows.
const ALONE_LEAST: usize = 4;
const BATCHES_LEAST: usize = 2;

/// What the store knows of a run's calls, and the limits that the run keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Calls of the run, over all starts.
    pub(super) calls_max: Option<u64>,
    /// Those that were made before.
    pub(super) calls: u64,
    /// How long calls may fail before the run halts.
    pub(super) outage_max: Duration,
}

/// What a batch that asks may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Call now.
    Go(Pass),
    /// Ask again when something has changed, or at this time.
    Wait(Option<Duration>),
}

/// The right to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    /// Number of the state in which it was given: an answer says nothing about a later one.
    state: u64,
    /// It is the one try while all others wait.
    pub(super) is_try: bool,
}

/// What a batch that was refused may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Take it apart; of a row that was refused alone: that was the row's fault.
    Judge,
    /// Call it once more: the refusal was of a moment.
    Resend,
    /// Ask again when something has changed, or at this time.
    Wait(Option<Duration>),
}

/// What was known when a batch was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    answered: u64,
    cleared: u64,
    passed: u64,
}

/// Why all wait, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Since when.
    pub(super) since: Duration,
    /// When the next call is made.
    pub(super) next: Duration,
    /// When the run halts.
    pub(super) end: Duration,
    /// The last answer, or what came in its place.
    pub(super) why: Text,
}

#[derive(Debug)]
enum State {
    /// One batch at a time.
    Alone(Option<BatchId>),
    Open,
    Held(Box<Hold>),
}

#[derive(Debug)]
struct Hold {
    held: Held,
    pause: Duration,
    trying: Option<BatchId>,
    /// Tries so far, by batch.
    tries: HashMap<BatchId, u32>,
    /// Everything is refused, and this is said when that does not pass; else calls fail.
    refused: Option<Refusal>,
}

/// Batches of which no row was found that is not refused.
#[derive(Debug)]
struct Suspicion {
    kind: Kind,
    reason: Reason,
    batches: Vec<BatchId>,
    alone: usize,
    /// Rows of theirs were not called alone.
    has_rest: bool,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Flow {
    bounds: Bounds,
    state: State,
    number: u64,
    /// Something was taken in this start.
    is_proven: bool,
    /// Batches refused alike since something was taken last.
    alike: Option<(Kind, HashSet<BatchId>)>,
    /// Who takes apart what was refused in this way.
    judging: HashMap<Kind, BatchId>,
    suspicion: Option<Suspicion>,
    /// The batch that has to show whether the suspicion is right.
    witness: Option<BatchId>,
    wants_witness: bool,
    /// Calls that failed since the last answer, and their batches.
    failed: (u32, HashSet<BatchId>),
    answered: u64,
    cleared: u64,
    passed: u64,
    halt: Option<Refusal>,
    used_up: Option<Refusal>,
    changes: u64,
}

impl Flow {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            state: State::Alone(None),
            number: 0,
            is_proven: false,
            alike: None,
            judging: HashMap::new(),
            suspicion: None,
            witness: None,
            wants_witness: false,
            failed: (0, HashSet::new()),
            answered: 0,
            cleared: 0,
            passed: 0,
            halt: None,
            used_up: None,
            changes: 0,
        }
    }

    /// Number of changes so far that somebody may wait for.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether a batch may be called now.
    pub(super) fn ask(&mut self, batch: BatchId, now: Duration) -> Turn {
        let is_free = self.is_free_for(batch);
        match &mut self.state {
            State::Open => self.go(false),
            State::Alone(first) if is_free => {
                *first = Some(batch);
                self.go(false)
            }
            State::Alone(_) => Turn::Wait(None),
            State::Held(hold) if hold.is_due(batch, now) => {
                hold.trying = Some(batch);
                self.go(true)
            }
            State::Held(hold) => Turn::Wait(hold.due(batch)),
        }
    }

    fn go(&self, is_try: bool) -> Turn {
        let state = self.number;
        Turn::Go(Pass { state, is_try })
    }

    /// Whether a batch is the one that goes alone, or may become it.
    fn is_free_for(&self, batch: BatchId) -> bool {
        match &self.state {
            State::Alone(Some(first)) => *first == batch,
            State::Alone(None) => {
                !self.wants_witness && self.witness.is_none_or(|witness| witness == batch)
            }
            State::Open | State::Held(_) => false,
        }
    }

    /// One more call of the run is about to be made. False: the run's limit is reached.
    pub(super) fn count_call(&mut self) -> bool {
        match self.bounds.calls_max {
            Some(most) if self.bounds.calls >= most => {
                self.used_up.get_or_insert_with(|| calls_used_up(most));
                self.changes += 1;
                false
            }
            _ => {
                self.bounds.calls += 1;
                true
            }
        }
    }

    /// A call was not made after all.
    pub(super) fn uncount_call(&mut self) {
        self.bounds.calls = self.bounds.calls.saturating_sub(1);
    }

    /// The platform looked at rows of a call, and said so. Returns whether that call was made under the present state.
    pub(super) fn answered(&mut self, pass: Pass) -> bool {
        self.failed = (0, HashSet::new());
        if pass.state != self.number {
            return false;
        }
        self.answered += 1;
        self.alike = None;
        self.is_proven = true;
        match &self.state {
            State::Open => {}
            State::Alone(_) => {
                self.cleared += 1;
                self.open();
            }
            State::Held(hold) => {
                if hold.refused.is_some() {
                    self.passed += 1;
                }
                self.open();
            }
        }
        true
    }

    /// An answer came that says nothing about rows: the platform is there.
    pub(super) fn heard(&mut self, batch: BatchId, pass: Pass) {
        self.failed = (0, HashSet::new());
        if pass.state != self.number {
            return;
        }
        if let State::Held(hold) = &mut self.state {
            if hold.refused.is_some() {
                hold.trying = None;
                self.changes += 1;
            } else if self.is_proven {
                self.open();
            } else {
                self.become_state(State::Alone(Some(batch)));
            }
        }
    }

    /// A batch, or a part of it, was refused as a whole.
    pub(super) fn refused(
        &mut self,
        batch: BatchId,
        pass: Pass,
        kind: &Kind,
        now: Duration,
    ) -> Seen {
        self.failed = (0, HashSet::new());
        let seen = self.seen();
        match &mut self.state {
            State::Open => {
                let batches = match &mut self.alike {
                    Some((known, batches)) if known == kind => batches,
                    other => &mut other.insert((kind.clone(), HashSet::new())).1,
                };
                batches.insert(batch);
                if batches.len() >= 2 {
                    let first = self.judging.get(kind).copied().unwrap_or(batch);
                    self.become_state(State::Alone(Some(first)));
                }
            }
            State::Alone(_) => {}
            State::Held(hold) if pass.state != self.number || hold.trying != Some(batch) => {}
            State::Held(hold) if hold.refused.is_some() => self.try_later(now, None, None),
            // It is there again, and refuses.
            State::Held(_) => self.become_state(State::Alone(Some(batch))),
        }
        seen
    }

    /// What a batch has to know of this moment to be judged later.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            answered: self.answered,
            cleared: self.cleared,
            passed: self.passed,
        }
    }

    /// A call failed without an answer, or with one that passes by itself. `named`: how long the platform said it will.
    pub(super) fn failed(
        &mut self,
        batch: BatchId,
        pass: Pass,
        why: &Text,
        named: Option<Duration>,
        now: Duration,
    ) {
        if pass.state != self.number {
            return;
        }
        let limit = match &self.state {
            State::Held(hold) if hold.trying == Some(batch) => {
                return self.try_later(now, named, Some(why));
            }
            State::Held(_) => return,
            State::Alone(_) => FAILED_ALONE,
            State::Open => FAILED_TOGETHER,
        };
        self.failed.0 += 1;
        self.failed.1.insert(batch);
        let is_alone = matches!(self.state, State::Alone(_));
        if self.failed.0 >= limit && (is_alone || self.failed.1.len() > 1) {
            self.hold(now, named, why.clone(), None);
        }
    }

    /// Whether a refused batch may be taken apart.
    pub(super) fn ask_to_judge(
        &mut self,
        batch: BatchId,
        kind: &Kind,
        seen: Seen,
        now: Duration,
    ) -> Next {
        if self.passed > seen.passed {
            return Next::Resend;
        }
        let is_free = self.is_free_for(batch);
        let is_judged = self.judging.get(kind).is_some_and(|other| *other != batch);
        match &mut self.state {
            State::Held(hold) => hold.ask_again(batch, now),
            State::Alone(first) if is_free => {
                *first = Some(batch);
                self.judging.insert(kind.clone(), batch);
                Next::Judge
            }
            State::Open if !is_judged => {
                self.judging.insert(kind.clone(), batch);
                Next::Judge
            }
            State::Alone(_) | State::Open => Next::Wait(None),
        }
    }

    /// So many rows of a batch were refused alone, all alike, and no row of it was taken. `has_rest`: there are others in it.
    pub(super) fn no_innocent(
        &mut self,
        batch: BatchId,
        (kind, reason): (&Kind, &Reason),
        (alone, has_rest): (usize, bool),
        seen: Seen,
        now: Duration,
    ) {
        match &self.state {
            State::Held(_) => return,
            // Others were taken meanwhile.
            State::Open if self.answered > seen.answered => {
                self.cleared += 1;
                self.changes += 1;
                return;
            }
            State::Open => self.become_state(State::Alone(None)),
            State::Alone(_) => self.state = State::Alone(None),
        }
        self.changes += 1;
        self.judging.retain(|_, judge| *judge != batch);
        if self
            .suspicion
            .as_ref()
            .is_none_or(|suspicion| suspicion.kind != *kind)
        {
            self.suspicion = Some(Suspicion {
                kind: kind.clone(),
                reason: reason.clone(),
                batches: Vec::new(),
                alone: 0,
                has_rest: false,
            });
        }
        self.witness = None;
        self.wants_witness = true;
        if let Some(suspicion) = &mut self.suspicion {
            suspicion.batches.push(batch);
            suspicion.alone += alone;
            suspicion.has_rest |= has_rest;
            if suspicion.alone >= ALONE_LEAST && suspicion.batches.len() >= BATCHES_LEAST {
                self.refused_throughout(now);
            }
        }
    }

    /// What a batch may do of which all rows that were called alone were refused.
    pub(super) fn ask_verdict(&mut self, batch: BatchId, seen: Seen, now: Duration) -> Next {
        if self.passed > seen.passed {
            return Next::Resend;
        }
        if self.cleared > seen.cleared {
            return Next::Judge;
        }
        match &mut self.state {
            State::Held(hold) => hold.ask_again(batch, now),
            State::Alone(_) | State::Open => Next::Wait(None),
        }
    }

    /// The batches that cannot show whether the suspicion is right, when another one is wanted.
    pub(super) fn wanted_witness(&self) -> Option<&[BatchId]> {
        let suspicion = self.suspicion.as_ref()?;
        self.wants_witness.then_some(&*suspicion.batches)
    }

    /// The batch that shows it; none when there is no other.
    pub(super) fn call_witness(&mut self, witness: Option<BatchId>, now: Duration) {
        self.changes += 1;
        self.wants_witness = false;
        self.witness = witness;
        if witness.is_some() {
            return;
        }
        let is_throughout =
            |suspicion: &Suspicion| suspicion.has_rest && suspicion.batches.len() >= BATCHES_LEAST;
        if self.suspicion.as_ref().is_some_and(is_throughout) {
            self.refused_throughout(now);
        } else {
            // Every row was called alone, or there is but this batch: its rows show what can be found out, and nothing else is held up.
            self.suspicion = None;
            self.cleared += 1;
        }
    }

    /// A batch ended, or its run does.
    pub(super) fn left(&mut self, batch: BatchId) {
        let judging = self.judging.len();
        self.judging.retain(|_, judge| *judge != batch);
        let was_open = matches!(self.state, State::Open) && self.judging.len() == judging;
        self.changes += u64::from(!was_open);
        match &mut self.state {
            State::Alone(first) if *first == Some(batch) => *first = None,
            State::Held(hold) if hold.trying == Some(batch) => hold.trying = None,
            State::Alone(_) | State::Open | State::Held(_) => {}
        }
        if self.witness == Some(batch)
            && let Some(suspicion) = &mut self.suspicion
        {
            // It showed nothing.
            suspicion.batches.push(batch);
            self.witness = None;
            self.wants_witness = true;
        }
    }

    /// Whether something was taken in this start.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// Why all wait, if they do.
    pub(super) fn held(&self) -> Option<&Held> {
        match &self.state {
            State::Held(hold) => Some(&hold.held),
            State::Alone(_) | State::Open => None,
        }
    }

    /// Why the run has to halt when the calls that were allowed have ended.
    pub(super) fn used_up(&self) -> Option<&Refusal> {
        self.used_up.as_ref()
    }

    /// Why the run has to halt.
    pub(super) fn halt(&self) -> Option<&Refusal> {
        self.halt.as_ref()
    }

    /// Everything is refused. What worked a moment ago may do so again in a moment.
    fn refused_throughout(&mut self, now: Duration) {
        self.wants_witness = false;
        let Some(suspicion) = &self.suspicion else {
            return;
        };
        let why = suspicion.reason.text.clone();
        let refusal = not_about_rows(suspicion);
        if self.is_proven && !self.bounds.outage_max.is_zero() {
            self.hold(now, None, why, Some(refusal));
        } else {
            self.halt_for(refusal);
        }
    }

    fn halt_for(&mut self, why: Refusal) {
        self.halt.get_or_insert(why);
        self.changes += 1;
    }

    fn open(&mut self) {
        self.suspicion = None;
        self.witness = None;
        self.wants_witness = false;
        if !matches!(self.state, State::Open) {
            self.become_state(State::Open);
        }
    }

    fn become_state(&mut self, state: State) {
        self.state = state;
        self.number += 1;
        self.changes += 1;
        self.failed = (0, HashSet::new());
    }

    fn hold(
        &mut self,
        now: Duration,
        named: Option<Duration>,
        why: Text,
        refused: Option<Refusal>,
    ) {
        let most = match &refused {
            Some(_) => self.bounds.outage_max.min(REFUSED_PASSES),
            None => self.bounds.outage_max,
        };
        let held = Held {
            since: now,
            next: now,
            end: now + most,
            why,
        };
        self.become_state(State::Held(Box::new(Hold {
            held,
            pause: TRY_FIRST,
            trying: None,
            tries: HashMap::new(),
            refused,
        })));
        self.try_later(now, named, None);
    }

    /// A try was in vain: the next one later, or none.
    fn try_later(&mut self, now: Duration, named: Option<Duration>, why: Option<&Text>) {
        let State::Held(hold) = &mut self.state else {
            return;
        };
        if let Some(tried) = hold.trying.take() {
            *hold.tries.entry(tried).or_default() += 1;
        }
        if let Some(why) = why {
            hold.held.why.clone_from(why);
        }
        if now >= hold.held.end {
            let refusal = hold.refused.clone();
            let halt = refusal.unwrap_or_else(|| no_answer(&hold.held));
            self.halt_for(halt);
            return;
        }
        self.changes += 1;
        let pause = named.unwrap_or_default().max(hold.pause);
        hold.held.next = (now + pause).min(hold.held.end);
        hold.pause = (hold.pause * 2).min(TRY_LAST);
    }
}

impl Hold {
    fn is_due(&self, batch: BatchId, now: Duration) -> bool {
        match self.trying {
            Some(trying) => trying == batch,
            None => self.due(batch).is_some_and(|due| now >= due),
        }
    }

    /// When a batch may try, if no other has: each tries in its turn. None while one does.
    fn due(&self, batch: BatchId) -> Option<Duration> {
        let tries = self.tries.get(&batch).copied().unwrap_or_default();
        self.trying
            .is_none()
            .then(|| self.held.next + TRIED_LATER * tries.min(TRIES_WEIGHED))
    }

    /// A batch that was refused is as good for a try as any other.
    fn ask_again(&mut self, batch: BatchId, now: Duration) -> Next {
        if self.refused.is_some() && self.is_due(batch, now) {
            self.trying = Some(batch);
            return Next::Resend;
        }
        Next::Wait(self.due(batch))
    }
}

/// The refusal says nothing about rows.
fn not_about_rows(suspicion: &Suspicion) -> Refusal {
    let Suspicion {
        reason,
        batches,
        alone,
        ..
    } = suspicion;
    Refusal::new(
        "run.refused-alike",
        text!(
            "halted: the platform refuses every row alike: {reason}",
            reason = with_code(reason)
        ),
    )
    .because(text!(
        "{rows} of {batches} were called alone, each was refused, and none was taken: this is not about single rows",
        rows = counted(*alone as u64, "row"),
        batches = batches_words(batches.len())
    ))
        .because(text!("what was refused was not applied; it stays pending, as what was not sent"))
        .hint(text!("see to the cause that the platform names, then `{resume}`", resume = "resume"))
        .exit(Exit::Halted)
}

fn batches_words(count: usize) -> Text {
    match count {
        1 => text!("1 batch"),
        count => text!("{count} batches", count),
    }
}

fn no_answer(held: &Held) -> Refusal {
    let minutes = held.end.saturating_sub(held.since).as_secs_f64() / 60.0;
    Refusal::new(
        "run.outage",
        text!(
            "halted: every call failed for {minutes} min: {why}",
            minutes = format!("{minutes:.1}"),
            why = held.why
        ),
    )
    .because(text!(
        "nothing is lost: what may have been applied is unconfirmed, the rest is pending"
    ))
    .hint(text!(
        "when the platform answers again: `{resume}`",
        resume = "resume"
    ))
    .exit(Exit::Halted)
}

fn calls_used_up(most: u64) -> Refusal {
    let twice = most.saturating_mul(2).max(1);
    Refusal::new(
        "run.max-calls",
        text!(
            "halted: the run has made {calls}, and no more are allowed",
            calls = counted(most, "call")
        ),
    )
    .because(text!(
        "isolating calls and resends are among them; the rest is pending"
    ))
    .hint(text!(
        "with a higher limit: `{resume} --max-calls {calls}`",
        resume = "resume",
        calls = twice
    ))
    .exit(Exit::Halted)
}

#[cfg(test)]
mod tests;
