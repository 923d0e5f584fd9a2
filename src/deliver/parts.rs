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
use super::sender::{Refused, SendEnd, SendTask, Sender};
use crate::endpoint::Resend;
use crate::model::{BatchId, Item, Outcome, Reason, Settled};
use crate::store::StoreError;
use crate::transport::{Mint, Transport};

/// A batch on its way, with all its parts.
pub(super) struct Parts<'a, T> {
    sender: Sender<'a, T>,
    /// The batch that they are parts of.
    root: BatchId,
    isolation: Isolation,
    /// What is to be sent, the next one last.
    waiting: Vec<SendTask>,
    /// Rows that were refused alone while none was taken.
    alone: Vec<(SendTask, Refused)>,
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
        task: SendTask,
    ) -> Self {
        Self {
            sender,
            root,
            isolation,
            waiting: vec![task],
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
                Some(task) => self.send_next(task, settled).await?,
                None if self.alone.is_empty() => return Ok(()),
                None => Goes::On,
            };
            if goes == Goes::NoFurther || self.judge(settled).await? == Goes::NoFurther {
                return Ok(());
            }
        }
    }

    /// One part: split without a call where that is known to be needed, else sent.
    async fn send_next(
        &mut self,
        task: SendTask,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        if let Some(pieces) = self.split_uncalled(&task) {
            self.split(&task, None, pieces, settled).await?;
            return Ok(Goes::On);
        }
        let waiting = self.waiting.len();
        let left = self
            .sender
            .send(&task, self.root, &mut self.isolation, waiting);
        match left.await? {
            SendEnd::Unsettled => Ok(Goes::NoFurther),
            SendEnd::NotCalled(done) => {
                settled(task.batch.id, &done, false);
                Ok(Goes::On)
            }
            SendEnd::Settled(done, children) => {
                settled(task.batch.id, &done, true);
                self.waiting.extend(children.into_iter().rev());
                self.heard(&task, &done, settled).await?;
                Ok(Goes::On)
            }
            SendEnd::Refused(task, refused) => self.refused(task, refused, settled).await,
        }
    }

    /// A part was answered, row by row: rows that were taken show that those refused alone were to blame.
    async fn heard(
        &mut self,
        task: &SendTask,
        done: &Settled,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        if self.first.is_none() {
            return Ok(());
        }
        let taken = |outcome: &Option<(Outcome, Option<Reason>)>| {
            matches!(outcome, Some((Outcome::Succeeded, _)))
        };
        let items = task.batch.items.iter().zip(&done.outcomes);
        let innocent: Vec<Item> = items
            .filter(|(_, outcome)| taken(outcome))
            .map(|(item, _)| item.clone())
            .collect();
        if innocent.len() < task.batch.items.len()
            && let Some(split) = task.split
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
    fn split_uncalled(&self, task: &SendTask) -> Option<Pieces> {
        let items = task.batch.items.len();
        if items < 2 || task.ambiguous && self.sender.endpoint.resend != Resend::Safe {
            return None;
        }
        let waiting = self.waiting.len();
        let turns = self.sender.turns;
        let is_known = task.is_known
            && task
                .split
                .is_some_and(|split| self.isolation.is_clean(split));
        turns.tell(|shared, _| {
            match &self.first {
                Some((said, kind, _)) if is_known => {
                    let part = Part {
                        batch: &task.batch,
                        message: &said.text.to_string(),
                        kind,
                        sent: task.sent,
                        waiting,
                    };
                    self.isolation.split(part, &shared.blame)
                }
                Some(_) if !self.is_about_rows => self.isolation.test_alone(items, waiting),
                _ => None,
            }
            .or_else(|| {
                let group = shared.blame.set_apart(&task.batch)?;
                self.isolation.set_apart(items, group, waiting)
            })
        })
    }

    /// A part was refused as a whole.
    async fn refused(
        &mut self,
        task: SendTask,
        refused: Refused,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        if let Some(split) = task.split {
            self.isolation.not_clean(split);
        }
        let Refused {
            said, kind, seen, ..
        } = &refused;
        self.first
            .get_or_insert_with(|| (said.clone(), kind.clone(), *seen));
        let is_explained = |blame: &super::blame::Blame| blame.explains(kind, &task.batch);
        let turns = self.sender.turns;
        if turns.tell(|shared, _| is_explained(&shared.blame))
            || self
                .isolation
                .is_about_all(&task.batch, &said.text.to_string())
        {
            self.fail(&task, &refused, settled).await?;
            return Ok(Goes::On);
        }
        let root = self.root;
        let next = turns
            .next(|flow, now| flow.ask_to_judge(root, kind, *seen, now))
            .await;
        match next {
            None => return Ok(Goes::NoFurther),
            Some(Next::Resend) if may_resend(&task) => {
                self.waiting.push(task);
                return Ok(Goes::On);
            }
            Some(Next::Judge | Next::Resend | Next::Wait(_)) => {}
        }
        if let [row] = task.batch.items.as_slice() {
            self.isolation.found();
            let (envelope, innocent) = (&task.batch.envelope, self.isolation.innocent());
            turns.tell(|shared, _| shared.blame.guilty(kind, envelope, row, innocent));
            if innocent.is_empty() && !self.is_about_rows {
                self.alone.push((task, refused));
            } else {
                self.fail(&task, &refused, settled).await?;
            }
            return Ok(Goes::On);
        }
        let part = Part {
            batch: &task.batch,
            message: &said.text.to_string(),
            kind,
            sent: task.sent,
            waiting: self.waiting.len(),
        };
        let pieces = turns.tell(|shared, _| self.isolation.split(part, &shared.blame));
        match pieces {
            Some(pieces) => self.split(&task, Some(&refused), pieces, settled).await?,
            None => self.fail(&task, &refused, settled).await?,
        }
        Ok(Goes::On)
    }

    /// When enough rows were refused alone and none was taken: whether that is about rows is for other batches to show.
    async fn judge(
        &mut self,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<Goes, StoreError> {
        let rest: usize = self.waiting.iter().map(|task| task.batch.items.len()).sum();
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
                for (task, refused) in std::mem::take(&mut self.alone) {
                    if may_resend(&task) {
                        self.waiting.push(task);
                    } else {
                        self.fail(&task, &refused, settled).await?;
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
        for (task, refused) in std::mem::take(&mut self.alone) {
            self.fail(&task, &refused, settled).await?;
        }
        Ok(())
    }

    /// Each item of a refused part gets the outcome that the refusal gives it.
    async fn fail(
        &self,
        task: &SendTask,
        refused: &Refused,
        settled: &mut (impl FnMut(BatchId, &Settled, bool) + Send),
    ) -> Result<(), StoreError> {
        let (outcome, reason) = refused.outcome.clone();
        let done = Settled {
            outcomes: vec![Some((outcome, Some(reason))); task.batch.items.len()],
            children: Vec::new(),
            ambiguous: task.ambiguous,
        };
        let journal = self.sender.journal;
        let log_id = refused.log_id.clone();
        journal
            .settle_later(task.batch.id, log_id, done.clone())
            .await?;
        settled(task.batch.id, &done, true);
        Ok(())
    }

    /// The items go on in parts.
    async fn split(
        &mut self,
        task: &SendTask,
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
            outcomes: vec![None; task.batch.items.len()],
            children: parts,
            ambiguous: task.ambiguous,
        };
        let log_id = refused.and_then(|refused| refused.log_id.clone());
        let journal = self.sender.journal;
        let children = journal
            .settle_later(task.batch.id, log_id, done.clone())
            .await?;
        settled(task.batch.id, &done, true);
        let last = children.len().saturating_sub(1);
        let parts = children.into_iter().zip(&done.children).enumerate();
        for (at, (id, positions)) in parts.rev() {
            self.waiting.push(SendTask {
                batch: task.batch.part(id, positions),
                ambiguous: task.ambiguous,
                rounds: 0,
                calls: 0,
                sent: task.sent,
                split: Some(split),
                is_known: last_is_known && at == last,
            });
        }
        Ok(())
    }
}

/// Whether a batch that was refused may be called as a whole once more.
fn may_resend(task: &SendTask) -> bool {
    task.calls < CALLS_MAX && task.sent < SENT_MAX
}
