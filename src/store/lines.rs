//! Every item's line, in the order of the input.
//!
//! Batches under several envelopes overlap, and parts of a split batch lie inside it: they are merged while they do, so memory
//! holds no more batches than overlap.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::collections::binary_heap::{BinaryHeap, PeekMut};
use std::ops::Range;

use super::ledger::{ATTEMPTS, Ledger, outcomes};
use super::{Doubt, StoreError, content, evidence, said, schema};
use crate::model::{CallResult, Evidence, Outcome, Packed, Place, ReadMoment};
use crate::text::{Language, Text};

/// One item as the reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it came from.
    pub place: Place,
    /// The row as read.
    pub source: &'a [u8],
    /// What became of it.
    pub outcome: LineOutcome<'a>,
}

/// What became of an item, with what the reports say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOutcome<'a> {
    /// The outcome.
    pub outcome: Outcome,
    /// The platform's code.
    pub code: Option<i64>,
    /// In words; empty for what succeeded.
    pub reason: &'a str,
    /// The same without what is particular to this item, such as its cell: what items with the same trouble share.
    pub kind: &'a str,
    /// The stable name of the rule by which it did not succeed; empty for what succeeded.
    pub rule: &'a str,
    /// Cells of its record that belong to no column.
    pub stray: Option<&'a str>,
    /// The column to blame, where one of the row's cells made it rejected.
    pub column: Option<&'a str>,
    /// What the platform's support asks for.
    pub log_id: Option<&'a str>,
    /// Calls in which it was sent.
    pub attempts: u64,
    /// When it was read, in milliseconds since 1970, where it was so already and was not sent.
    pub read_at_ms: Option<u64>,
    /// What reading back found, after it was sent or instead.
    pub read_back: Option<ReadBack<'a>>,
}

/// What reading back found of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBack<'a> {
    /// What was found.
    pub evidence: Evidence,
    /// What is there, as JSON, where it is not what was sent; of what is unreadable, why. Empty where there is nothing to say.
    pub there: &'a str,
}

impl Ledger {
    /// Hands every item's line to `each`, in the order of the input.
    pub fn each_line<E: From<StoreError>>(
        &self,
        each: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_line_in(Language::English, each)
    }

    /// The same with the reasons in a language.
    pub fn each_line_in<E: From<StoreError>>(
        &self,
        language: Language,
        mut each: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut each = |line: Line<'_>| {
            let shown = |words| said::in_language(&self.connection, words, language);
            let (reason, kind) = (shown(line.outcome.reason), shown(line.outcome.kind));
            let found = line.outcome.read_back;
            let there = found.map(|found| match found.evidence {
                Evidence::Unreadable => shown(found.there),
                Evidence::AsSent | Evidence::Other | Evidence::Absent => found.there.into(),
            });
            let there = there.as_deref().unwrap_or_default();
            let outcome = LineOutcome {
                reason: &reason,
                kind: &kind,
                read_back: found.map(|found| ReadBack { there, ..found }),
                ..line.outcome
            };
            each(Line { outcome, ..line })
        };
        let store = |error: rusqlite::Error| E::from(StoreError::from(error));
        let mut batches = self
            .connection
            .prepare(&format!(
                "SELECT id, first_place, {ATTEMPTS}, log_id, {}, sources_seal, places, sources, state, outcomes, items, succeeded, failed, unconfirmed, moved
                 FROM batch LEFT JOIN content ON content.batch = batch.id ORDER BY first_place, id",
                self.fate_unknown()
            ))
            .map_err(store)?;
        let mut batches = batches.query([]).map_err(store)?;
        let mut rejections = self
            .connection
            .prepare(
                "SELECT place, reason, column, source, rule, stray, kind FROM rejection ORDER BY place",
            )
            .map_err(store)?;
        let mut rejections = rejections.query([]).map_err(store)?;
        let mut last_calls = self.last_calls()?;
        let has_evidence = self.has_evidence_table()?;
        let opening = Opening {
            has_evidence,
            language,
        };
        let mut merge = Merge::default();
        let mut next_batch = self.open_batch(&mut batches, &mut last_calls, &opening)?;
        let mut next_rejection = open_rejection(&mut rejections)?;
        loop {
            // Everything that begins at or before the next line has to take part in choosing it.
            while let Some(batch) = next_batch.take() {
                if merge
                    .next_place()
                    .is_some_and(|place| place < batch.first_place)
                {
                    next_batch = Some(batch);
                    break;
                }
                merge.push(batch);
                next_batch = self.open_batch(&mut batches, &mut last_calls, &opening)?;
            }
            let place = merge.next_place();
            match next_rejection.take() {
                Some(rejection) if place.is_none_or(|place| rejection.place < place) => {
                    each(rejection.line())?;
                    next_rejection = open_rejection(&mut rejections)?;
                }
                other => {
                    next_rejection = other;
                    if place.is_none() {
                        return Ok(());
                    }
                    merge.emit(&mut each)?;
                }
            }
        }
    }

    fn open_batch(
        &self,
        rows: &mut rusqlite::Rows<'_>,
        last_calls: &mut HashMap<i64, Said>,
        opening: &Opening,
    ) -> Result<Option<OpenBatch>, StoreError> {
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let id: i64 = row.get(0)?;
        let (places, sources) = content::sources(row, 5)?;
        let outcomes = outcomes(row, 8)?;
        let mut batch = OpenBatch {
            id,
            first_place: Place::from_number(row.get(1)?),
            attempts: row.get(2)?,
            outcomes,
            log_id: row.get(3)?,
            places,
            places_of_sources: sources.places_shared().collect(),
            sources,
            position: 0,
            reasons: HashMap::new(),
            unsettled: None,
            already_so: HashMap::new(),
            read_back: HashMap::new(),
        };
        if opening.has_evidence {
            if batch.attempts == 0 && batch.outcomes.contains(&b'S') {
                batch.already_so = self.already_so(id)?;
            }
            batch.read_back = self.read_back(id, opening.language)?;
        }
        if batch.outcomes.iter().any(|letter| b"FU".contains(letter)) {
            batch.reasons = self.reasons_of(id)?;
        }
        // A batch has an item at least, and a settled one a letter for each.
        if batch.outcomes.is_empty() {
            let fate_unknown: bool = row.get(4)?;
            let last = last_calls.remove(&id);
            let (outcome, code, why) = why_unsettled(last, fate_unknown, self.doubt());
            batch.unsettled = Some((outcome, code, why.in_language(opening.language)));
        }
        Ok(Some(batch))
    }

    fn read_back(
        &self,
        batch: i64,
        language: Language,
    ) -> Result<HashMap<usize, FoundOf>, StoreError> {
        let stored = self.evidence_of(batch, ReadMoment::After)?.into_iter();
        let found = stored.map(|(position, row)| {
            let (reason, kind) = evidence::failure(row.evidence, row.there.as_deref());
            let found = FoundOf {
                evidence: row.evidence,
                reason: reason.in_language(language),
                kind: kind.in_language(language),
                there: row.there.unwrap_or_default(),
            };
            (position, found)
        });
        Ok(found.collect())
    }

    /// The items of a batch that were so before any call, with when that was read.
    fn already_so(&self, batch: i64) -> Result<HashMap<usize, u64>, StoreError> {
        let before = self.evidence_of(batch, ReadMoment::Before)?.into_iter();
        let before = before.filter(|(_, row)| row.evidence == Evidence::AsSent);
        Ok(before
            .map(|(position, row)| (position, row.read_at_ms))
            .collect())
    }

    fn reasons_of(&self, batch: i64) -> Result<HashMap<usize, (Option<i64>, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT position, code, text FROM unsuccessful JOIN reason ON reason.id = unsuccessful.reason WHERE batch = ?",
        )?;
        let rows =
            statement.query_map([batch], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the last call of each batch without outcomes came to: code and message. A call that was not made after all says nothing,
    /// and of a batch of unknown fate only those that may have been applied do.
    fn last_calls(&self) -> Result<HashMap<i64, Said>, StoreError> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT batch.id, made.code, made.message, result = '{}'
             FROM (SELECT id, batch, result, code, message FROM call UNION ALL SELECT id, batch, '{}', NULL, NULL FROM open_call) AS made
             JOIN batch ON batch.id = made.batch
             WHERE state < 2 AND result <> '{}' AND (NOT {} OR result IN ({})) ORDER BY made.id",
            CallResult::Unsent,
            CallResult::Lost,
            CallResult::Withdrawn,
            self.fate_unknown(),
            schema::listed(CallResult::DOUBTFUL)
        ))?;
        let said = statement.query_map([], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
        })?;
        Ok(said.collect::<Result<_, _>>()?)
    }
}

/// What all batches are opened with.
struct Opening {
    has_evidence: bool,
    language: Language,
}

/// What reading back found of an item, with what it is to an item that a reply left open.
struct FoundOf {
    evidence: Evidence,
    there: String,
    reason: String,
    kind: String,
}

/// What a call came to: code and message, and whether it reached nobody.
type Said = (Option<i64>, Option<String>, bool);

/// Why a batch has no outcomes: not sent, refused for a passing reason, or sent without a known end.
fn why_unsettled(
    last: Option<Said>,
    fate_unknown: bool,
    doubt: Option<&Doubt>,
) -> (Outcome, Option<i64>, Text) {
    let was_called = last.is_some();
    let (code, message, is_unsent) = last.unwrap_or_default();
    match (fate_unknown, message) {
        (true, None) if !was_called => {
            let reason = if let Some(doubt) = doubt {
                text!("perhaps sent: {doubt}", doubt)
            } else {
                text!("perhaps sent before, and no answer is known")
            };
            (Outcome::Unconfirmed, None, reason)
        }
        (true, None) => {
            let reason = text!("sent, and the run stopped before an answer came");
            (Outcome::Unconfirmed, None, reason)
        }
        (true, Some(message)) => (Outcome::Unconfirmed, code, message.into()),
        (false, None) => (
            Outcome::Pending,
            None,
            text!("not sent: the run stopped before"),
        ),
        (false, Some(message)) if is_unsent => (
            Outcome::Pending,
            code,
            text!("not sent: {message}", message),
        ),
        (false, Some(message)) => {
            let reason = text!(
                "not applied, and the run stopped before it was sent again: {message}",
                message
            );
            (Outcome::Pending, code, reason)
        }
    }
}

/// A batch whose lines are being handed out.
struct OpenBatch {
    id: i64,
    first_place: Place,
    attempts: u64,
    outcomes: Vec<u8>,
    log_id: Option<String>,
    places: Vec<Place>,
    sources: Packed,
    places_of_sources: Vec<Range<usize>>,
    position: usize,
    reasons: HashMap<usize, (Option<i64>, String)>,
    unsettled: Option<(Outcome, Option<i64>, String)>,
    /// Items that were so already and were not sent, with when that was read.
    already_so: HashMap<usize, u64>,
    read_back: HashMap<usize, FoundOf>,
}

impl OpenBatch {
    fn next_place(&self) -> Option<Place> {
        self.places.get(self.position).copied()
    }

    /// The line of the item at the position, as it is shown; none for an item that went on in another batch.
    fn line(&self) -> Option<Line<'_>> {
        let mut line = self.verdict()?;
        if let Some(read_at_ms) = self.already_so.get(&self.position) {
            line.outcome.rule = ALREADY_SO;
            line.outcome.read_at_ms = Some(*read_at_ms);
            line.outcome.read_back = Some(ReadBack {
                evidence: Evidence::AsSent,
                there: "",
            });
        }
        let found = self.read_back.get(&self.position);
        if let Some(found) = found {
            line.outcome.read_back = Some(ReadBack {
                evidence: found.evidence,
                there: &found.there,
            });
            if line.outcome.outcome == Outcome::Unconfirmed
                && let Some(settled) = found.evidence.settles()
            {
                let failed = settled == Outcome::Failed;
                line.outcome = LineOutcome {
                    outcome: settled,
                    code: None,
                    reason: if failed { &found.reason } else { "" },
                    kind: if failed { &found.kind } else { "" },
                    rule: if failed {
                        evidence::rule_of(found.evidence)
                    } else {
                        ""
                    },
                    ..line.outcome
                };
            }
        }
        Some(line)
    }

    /// The line of the item at the position by its verdict alone.
    fn verdict(&self) -> Option<Line<'_>> {
        let place = self.places_of_sources.get(self.position);
        let source = self.sources.at(place.cloned().unwrap_or_default());
        let outcome = match (&self.unsettled, self.outcomes.get(self.position)) {
            (Some((outcome, code, reason)), _) => LineOutcome {
                outcome: *outcome,
                code: *code,
                reason,
                kind: reason,
                rule: rule_of(*outcome),
                stray: None,
                column: None,
                log_id: None,
                attempts: self.attempts,
                read_at_ms: None,
                read_back: None,
            },
            (None, Some(b'>')) => return None,
            (None, Some(b'S')) => LineOutcome {
                outcome: Outcome::Succeeded,
                code: None,
                reason: "",
                kind: "",
                rule: "",
                stray: None,
                column: None,
                log_id: self.log_id.as_deref(),
                attempts: self.attempts,
                read_at_ms: None,
                read_back: None,
            },
            (None, letter) => {
                let (code, reason) = self
                    .reasons
                    .get(&self.position)
                    .map_or((None, "no reason was kept"), |(code, text)| {
                        (*code, text.as_str())
                    });
                // Anything but an explicit letter is not evidence.
                let outcome = if letter == Some(&b'F') {
                    Outcome::Failed
                } else {
                    Outcome::Unconfirmed
                };
                LineOutcome {
                    outcome,
                    code,
                    reason,
                    kind: reason,
                    rule: rule_of(outcome),
                    stray: None,
                    column: None,
                    log_id: self.log_id.as_deref(),
                    attempts: self.attempts,
                    read_at_ms: None,
                    read_back: None,
                }
            }
        };
        Some(Line {
            place: self.next_place()?,
            source,
            outcome,
        })
    }
}

/// The rule of an item that was not sent because it was so already.
const ALREADY_SO: &str = "already.so";

/// The rule of an item that was to be sent and did not succeed.
fn rule_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded | Outcome::Rejected => "",
        Outcome::Failed => "platform.refused",
        Outcome::Unconfirmed => "platform.unconfirmed",
        Outcome::Pending => "run.not-sent",
    }
}

/// In the order of their next lines.
impl Ord for OpenBatch {
    fn cmp(&self, other: &Self) -> Ordering {
        let next = |batch: &Self| (batch.next_place(), batch.id);
        next(self).cmp(&next(other))
    }
}

impl PartialOrd for OpenBatch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OpenBatch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OpenBatch {}

/// Open batches that have lines left, the one with the least next line first.
#[derive(Default)]
struct Merge(BinaryHeap<Reverse<OpenBatch>>);

impl Merge {
    fn push(&mut self, batch: OpenBatch) {
        if batch.next_place().is_some() {
            self.0.push(Reverse(batch));
        }
    }

    fn next_place(&self) -> Option<Place> {
        self.0.peek().and_then(|Reverse(batch)| batch.next_place())
    }

    /// Hands out the least line and moves on.
    fn emit<E>(&mut self, each: &mut impl FnMut(Line<'_>) -> Result<(), E>) -> Result<(), E> {
        let Some(mut least) = self.0.peek_mut() else {
            return Ok(());
        };
        let Reverse(batch) = &mut *least;
        if let Some(line) = batch.line() {
            each(line)?;
        }
        batch.position += 1;
        if batch.next_place().is_none() {
            PeekMut::pop(least);
        }
        Ok(())
    }
}

struct OpenRejection {
    place: Place,
    reason: String,
    kind: String,
    column: Option<String>,
    source: Vec<u8>,
    rule: String,
    stray: Option<String>,
}

impl OpenRejection {
    fn line(&self) -> Line<'_> {
        Line {
            place: self.place,
            source: &self.source,
            outcome: LineOutcome {
                outcome: Outcome::Rejected,
                code: None,
                reason: &self.reason,
                kind: &self.kind,
                rule: &self.rule,
                stray: self.stray.as_deref(),
                column: self.column.as_deref(),
                log_id: None,
                attempts: 0,
                read_at_ms: None,
                read_back: None,
            },
        }
    }
}

fn open_rejection(rows: &mut rusqlite::Rows<'_>) -> Result<Option<OpenRejection>, StoreError> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(OpenRejection {
        place: Place::from_number(row.get(0)?),
        reason: row.get(1)?,
        column: row.get(2)?,
        source: row.get(3)?,
        rule: row.get(4)?,
        stray: row.get(5)?,
        kind: row.get(6)?,
    }))
}
