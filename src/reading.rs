//! Reading the present state of many items: every read that they need, so many at once, and what each answer says.
//!
//! A read that is refused is asked again in halves, so that one person whom the platform does not know hides nobody else. Nothing is
//! said of items whose read had no answer. It must not know what becomes of what is found.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_util::{StreamExt as _, pin_mut, stream};

use crate::endpoint::{Read, ReadBack, catalogue};
use crate::error::Refusal;
use crate::present::{self, Answer, Ask, Item, Present};
use crate::tenant::{Tenant, Unread, Why};
use crate::transport::{Mint, Transport};

/// Items looked at together: the days of a month of 1,000 people, so that each of them is asked for once.
pub const ITEMS_MAX: usize = 31 * 1024;
/// Calls under way at once: enough to keep a quota of 50 a second busy at a third of a second for an answer.
const CALLS_AT_ONCE: usize = 16;
/// Refused reads that are asked again in two halves, so that one person whom the platform does not know hides nobody else. Each costs
/// two calls; a file with more such people is wrong as a whole.
const HALVED_MAX: u32 = 1_000;
/// Reads in a row without an answer, each after its own resends, from which on nothing more is asked.
const SILENT_MAX: u32 = 3;

/// Reads what the platform holds for items.
pub struct Reading<'a, T> {
    read: Read,
    read_back: ReadBack,
    tenant: &'a Tenant<'a, T>,
    /// Refused reads that were asked again in halves.
    halved: AtomicU32,
    /// Reads in a row without an answer.
    silent: AtomicU32,
    /// Whether some read had none.
    has_gaps: AtomicBool,
}

impl<'a, T: Transport + Mint> Reading<'a, T> {
    /// Reads as the endpoint's file says.
    pub fn new(read_back: ReadBack, tenant: &'a Tenant<'a, T>) -> Result<Self, Refusal> {
        Ok(Self {
            read: catalogue::read(&read_back.read)?,
            read_back,
            tenant,
            halved: AtomicU32::new(0),
            silent: AtomicU32::new(0),
            has_gaps: AtomicBool::new(false),
        })
    }

    /// Whether some items were asked for without an answer.
    pub fn has_gaps(&self) -> bool {
        self.has_gaps.load(Ordering::Relaxed)
    }

    /// Asks for all items, and hands what is found of each to `each`, by its position. Returns why not all of them were asked for.
    pub async fn of_items(
        &self,
        items: &[Item],
        mut each: impl FnMut(Vec<(usize, Present)>) -> Result<(), Refusal>,
    ) -> Result<Option<Unread>, Refusal> {
        let asks = present::asks(&self.read_back, items);
        each(asks.unreadable)?;
        let reads = stream::iter(asks.asks).map(|ask| self.ask(ask, items));
        let reads = reads.buffer_unordered(CALLS_AT_ONCE);
        pin_mut!(reads);
        while let Some((found, unread)) = reads.next().await {
            each(found)?;
            if unread.is_some() {
                return Ok(unread);
            }
        }
        Ok(None)
    }

    /// One read to its end, in halves where it was refused. With what was found, why nothing more is to be asked.
    async fn ask(&self, ask: Ask, items: &[Item]) -> (Vec<(usize, Present)>, Option<Unread>) {
        let mut open = vec![ask];
        let mut found = Vec::new();
        while let Some(ask) = open.pop() {
            let takes = |name: &str| self.read.request.iter().any(|value| value.name == name);
            let values = present::values(&self.read_back, &ask, takes);
            let answer = self.tenant.list(&self.read, &values).await;
            if !matches!(&answer, Err(unread) if unread.why == Why::NoAnswer) {
                self.silent.store(0, Ordering::Relaxed);
            }
            let compare =
                |answer: Answer<'_>| present::compare(&self.read_back, &ask, items, answer);
            match answer {
                Ok(entries) => found.extend(compare(Answer::Entries(&entries))),
                Err(unread) => match unread.why {
                    Why::Refused => {
                        let refused = Answer::Refused {
                            code: unread.code.unwrap_or_default(),
                            message: &unread.text.to_string(),
                        };
                        let said = compare(refused);
                        match self.halves(ask) {
                            Some(halves) => open.extend(halves),
                            None => found.extend(said),
                        }
                    }
                    Why::NotUnderstood => found.extend(ask.all(&Present::unreadable(unread.text))),
                    // Nothing is said of its items: they may be asked for again.
                    Why::NoAnswer
                        if self.silent.fetch_add(1, Ordering::Relaxed) + 1 < SILENT_MAX =>
                    {
                        self.has_gaps.store(true, Ordering::Relaxed);
                    }
                    Why::Stopped | Why::NotPermitted | Why::NoAnswer => {
                        return (found, Some(unread));
                    }
                },
            }
        }
        (found, None)
    }

    /// The halves of a refused read, while there may be more of them.
    fn halves(&self, ask: Ask) -> Option<[Ask; 2]> {
        let halves = ask.halves()?;
        let halved = self.halved.fetch_add(1, Ordering::Relaxed);
        (halved < HALVED_MAX).then_some(halves)
    }
}
