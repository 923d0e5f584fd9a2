//! One prepared batch to the end of all its parts.
//!
//! A batch that is refused as a whole goes on in parts; which ones is decided by [`Isolation`], and when is decided by the flow of all
//! batches. Rows that were refused alone get their outcome when it is known that the refusal is about rows: until then they stay
//! as the store has them, refused and not settled. Invariant: an item has failed only when a call that said so of all its items was
//! refused.

use super::decision::CALLS_MAX;
use super::flow::{Next, Seen};
use super::isolation::{Isolation, Part, Pieces, SENT_MAX};
use super::kind::Kind;
use super::sender::{Left, Refused, Sender, Work};
use crate::endpoint::Resend;
use crate::model::{BatchId, Item, Outcome, Reason};
use crate::store::{Settled, StoreError};
use crate::transport::{Mint, Transport};

/// A batch on its way, with all its parts.
pub(super) struct Parts<'a, T> {
    sender: Sender<'a, T>,
    /// The batch that they are parts of.
    root: BatchId,
    isolation: Isolation,
    /// What is to be sent, the next one last.
    waiting: Vec<Work>,
    /// Rows that were refused alone while none was taken.
    alone: Vec<(Work, Refused)>,
    /// The refusal of the whole.
    first: Option<(Reason, Kind, Seen)>,
    /// It was found out that the refusals are about rows.
    is_about_rows: bool,
}

/// Whether the batch goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goes {
    On,
    /// The run stops; what is not settled stays as the store has it.
    NoFurther,
}

impl<'a, T: Transport + Mint> Parts<'a, T> {
    pub(super) fn new(
        sender: Sender<'a, T>,
        root: BatchId,
        isolation: Isolation,
        work: Work,
    ) -> Self {
        Self {
            sender,
            root,
            isolation,
            waiting: vec![work],
            alone: Vec::new(),
            first: None,
            is_about_rows: false,
        }
    }

    /// Sends everything. `settled` hears of each batch whose outcomes are durable, and whether it was called.
    pub(super) async fn send(
        mut self,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        loop {
            let goes = match self.waiting.pop() {
                Some(work) => self.work(work, settled).await?,
                None if self.alone.is_empty() => return Ok(()),
                None => Goes::On,
            };
            if goes == Goes::NoFurther || self.judge(settled).await? == Goes::NoFurther {
                return Ok(());
            }
        }
    }

    /// One part: split without a call where that is known to be needed, else sent.
    async fn work(
        &mut self,
        work: Work,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        if let Some(pieces) = self.split_uncalled(&work) {
            self.split(&work, None, pieces, settled).await?;
            return Ok(Goes::On);
        }
        let waiting = self.waiting.len();
        let left = self
            .sender
            .send(&work, self.root, &mut self.isolation, waiting);
        match left.await? {
            Left::Unsettled => Ok(Goes::NoFurther),
            Left::NotCalled(done) => {
                settled(work.batch.id, &done, false);
                Ok(Goes::On)
            }
            Left::Settled(done, children) => {
                settled(work.batch.id, &done, true);
                self.waiting.extend(children.into_iter().rev());
                self.heard(&work, &done, settled).await?;
                Ok(Goes::On)
            }
            Left::Refused(work, refused) => self.refused(work, refused, settled).await,
        }
    }

    /// A part was answered, row by row: rows that were taken show that those refused alone were to blame.
    async fn heard(
        &mut self,
        work: &Work,
        done: &Settled,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        if self.first.is_none() {
            return Ok(());
        }
        let taken = |outcome: &Option<(Outcome, Option<Reason>)>| {
            matches!(outcome, Some((Outcome::Succeeded, _)))
        };
        let items = work.batch.items.iter().zip(&done.outcomes);
        let innocent: Vec<Item> = items
            .filter(|(_, outcome)| taken(outcome))
            .map(|(item, _)| item.clone())
            .collect();
        if innocent.len() < work.batch.items.len()
            && let Some(split) = work.split
        {
            self.isolation.not_clean(split);
        }
        if innocent.is_empty() {
            return Ok(());
        }
        self.isolation.taken(&innocent);
        self.settle_alone(settled).await
    }

    /// How a part is split before it is called.
    fn split_uncalled(&self, work: &Work) -> Option<Pieces> {
        let items = work.batch.items.len();
        if items < 2 || work.ambiguous && self.sender.endpoint.resend != Resend::Safe {
            return None;
        }
        let waiting = self.waiting.len();
        let turns = self.sender.turns;
        let is_known = work.is_known
            && work
                .split
                .is_some_and(|split| self.isolation.is_clean(split));
        turns.tell(|shared, _| {
            match &self.first {
                Some((said, kind, _)) if is_known => {
                    let part = Part {
                        batch: &work.batch,
                        message: &said.text.to_string(),
                        kind,
                        sent: work.sent,
                        waiting,
                    };
                    self.isolation.split(part, &shared.blame)
                }
                Some(_) if !self.is_about_rows => self.isolation.test_alone(items, waiting),
                _ => None,
            }
            .or_else(|| {
                let group = shared.blame.set_apart(&work.batch)?;
                self.isolation.set_apart(items, group, waiting)
            })
        })
    }

    /// A part was refused as a whole.
    async fn refused(
        &mut self,
        work: Work,
        refused: Refused,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        if let Some(split) = work.split {
            self.isolation.not_clean(split);
        }
        let Refused {
            said, kind, seen, ..
        } = &refused;
        self.first
            .get_or_insert_with(|| (said.clone(), kind.clone(), *seen));
        let is_explained = |blame: &super::blame::Blame| blame.explains(kind, &work.batch);
        let turns = self.sender.turns;
        if turns.tell(|shared, _| is_explained(&shared.blame))
            || self
                .isolation
                .is_about_all(&work.batch, &said.text.to_string())
        {
            self.fail(&work, &refused, settled).await?;
            return Ok(Goes::On);
        }
        let root = self.root;
        let next = turns
            .next(|flow, now| flow.ask_to_judge(root, kind, *seen, now))
            .await;
        match next {
            None => return Ok(Goes::NoFurther),
            Some(Next::Resend) if may_resend(&work) => {
                self.waiting.push(work);
                return Ok(Goes::On);
            }
            Some(Next::Judge | Next::Resend | Next::Wait(_)) => {}
        }
        if let [row] = work.batch.items.as_slice() {
            self.isolation.found();
            let (envelope, innocent) = (&work.batch.envelope, self.isolation.innocent());
            turns.tell(|shared, _| shared.blame.guilty(kind, envelope, row, innocent));
            if innocent.is_empty() && !self.is_about_rows {
                self.alone.push((work, refused));
            } else {
                self.fail(&work, &refused, settled).await?;
            }
            return Ok(Goes::On);
        }
        let part = Part {
            batch: &work.batch,
            message: &said.text.to_string(),
            kind,
            sent: work.sent,
            waiting: self.waiting.len(),
        };
        let pieces = turns.tell(|shared, _| self.isolation.split(part, &shared.blame));
        match pieces {
            Some(pieces) => self.split(&work, Some(&refused), pieces, settled).await?,
            None => self.fail(&work, &refused, settled).await?,
        }
        Ok(Goes::On)
    }

    /// When enough rows were refused alone and none was taken: whether that is about rows is for other batches to show.
    async fn judge(
        &mut self,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        let rest: usize = self.waiting.iter().map(|work| work.batch.items.len()).sum();
        let Some((_, refused)) = self.alone.first() else {
            return Ok(Goes::On);
        };
        if !self.isolation.is_in_vain(rest) {
            return Ok(Goes::On);
        }
        let (kind, said) = (refused.kind.clone(), refused.said.clone());
        let are_alike = self.alone.iter().all(|(_, refused)| refused.kind == kind);
        let first_seen = self
            .first
            .as_ref()
            .map_or(refused.seen, |(_, _, seen)| *seen);
        if !are_alike {
            self.is_about_rows = true;
            self.settle_alone(settled).await?;
            return Ok(Goes::On);
        }
        let (root, alone) = (self.root, self.alone.len());
        let turns = self.sender.turns;
        let seen = turns.tell(|shared, now| {
            let seen = shared.flow.seen();
            let found = (alone, rest > 0);
            shared
                .flow
                .no_innocent(root, (&kind, &said), found, first_seen, now);
            seen
        });
        match turns
            .next(|flow, now| flow.ask_verdict(root, seen, now))
            .await
        {
            None => return Ok(Goes::NoFurther),
            Some(Next::Resend) => {
                self.isolation.forget_found();
                for (work, refused) in std::mem::take(&mut self.alone) {
                    if may_resend(&work) {
                        self.waiting.push(work);
                    } else {
                        self.fail(&work, &refused, settled).await?;
                    }
                }
            }
            Some(Next::Judge | Next::Wait(_)) => {
                self.is_about_rows = true;
                self.settle_alone(settled).await?;
            }
        }
        Ok(Goes::On)
    }

    /// The refusals were about the rows that were refused alone.
    async fn settle_alone(
        &mut self,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        for (work, refused) in std::mem::take(&mut self.alone) {
            self.fail(&work, &refused, settled).await?;
        }
        Ok(())
    }

    /// Each item of a refused part gets the outcome that the refusal gives it.
    async fn fail(
        &self,
        work: &Work,
        refused: &Refused,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        let (outcome, reason) = refused.outcome.clone();
        let done = Settled {
            outcomes: vec![Some((outcome, Some(reason))); work.batch.items.len()],
            children: Vec::new(),
            ambiguous: work.ambiguous,
        };
        let journal = self.sender.journal;
        let log_id = refused.log_id.clone();
        journal
            .settle_later(work.batch.id, log_id, done.clone())
            .await?;
        settled(work.batch.id, &done, true);
        Ok(())
    }

    /// The items go on in parts.
    async fn split(
        &mut self,
        work: &Work,
        refused: Option<&Refused>,
        pieces: Pieces,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        let split = self.isolation.begin_split(&pieces);
        let Pieces {
            parts,
            last_is_known,
            ..
        } = pieces;
        let done = Settled {
            outcomes: vec![None; work.batch.items.len()],
            children: parts,
            ambiguous: work.ambiguous,
        };
        let log_id = refused.and_then(|refused| refused.log_id.clone());
        let journal = self.sender.journal;
        let children = journal
            .settle_later(work.batch.id, log_id, done.clone())
            .await?;
        settled(work.batch.id, &done, true);
        let last = children.len().saturating_sub(1);
        let parts = children.into_iter().zip(&done.children).enumerate();
        for (at, (id, positions)) in parts.rev() {
            self.waiting.push(Work {
                batch: work.batch.part(id, positions),
                ambiguous: work.ambiguous,
                rounds: 0,
                calls: 0,
                sent: work.sent,
                split: Some(split),
                is_known: last_is_known && at == last,
            });
        }
        Ok(())
    }
}

/// Whether a batch that was refused may be called as a whole once more.
fn may_resend(work: &Work) -> bool {
    work.calls < CALLS_MAX && work.sent < SENT_MAX
}
