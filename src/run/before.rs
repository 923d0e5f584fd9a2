//! What the platform holds before anything is sent: for a plan, for a run that sends only what changes, and for one that keeps it.
//!
//! Reads every staged item back. Where it is kept, the batches are filled anew: what is so already goes into batches that are settled
//! without a call. All of it happens before the store becomes a run, so one that is killed meanwhile sent nothing and is none.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Destination, Prepared, not_stored};
use crate::batching::{Batcher, Filled};
use crate::control::Control;
use crate::deliver::{CallRange, call_range};
use crate::endpoint::{CanReadBack, Endpoint, ReadBack};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::mapping::covering;
use crate::model::{BatchId, Envelope, Evidence, Place};
use crate::prepare::Destruction;
use crate::present::{self, Item, Present};
use crate::reading::{ITEMS_MAX, Reading};
use crate::store::{Fate, Found, NewStore, StoredItem};
use crate::tenant::{Unread, Why};
use crate::text::Text;
use crate::transport::{Mint, Transport};
use crate::wall_clock;

/// What is done with what the platform holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is shown.
    Show,
    /// It is kept in the run's store.
    Keep,
    /// It is kept, and what is so already is not sent.
    ChangesOnly,
}

/// A staged item with what the platform holds for it.
#[derive(Debug)]
pub struct Compared<'a> {
    /// Where it came from.
    pub place: Place,
    /// What it shares with the other items of its batch.
    pub envelope: &'a Envelope,
    /// Its JSON, as it is sent.
    pub body: &'a [u8],
    /// What is there.
    pub present: &'a Present,
}

/// Staged items by what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ComparedCounts {
    /// Something else is there.
    pub change: u64,
    /// Nothing is there.
    pub new: u64,
    /// It is so already.
    pub same: u64,
    /// It cannot be read.
    pub unreadable: u64,
}

impl ComparedCounts {
    fn add(&mut self, evidence: Evidence) {
        match evidence {
            Evidence::Other => self.change += 1,
            Evidence::Absent => self.new += 1,
            Evidence::AsSent => self.same += 1,
            Evidence::Unreadable => self.unreadable += 1,
        }
    }
}

/// What reading before sending came to.
#[derive(Debug, Clone)]
pub struct BeforeRead {
    /// Items by what is there.
    pub counts: ComparedCounts,
    /// Calls that it made.
    pub calls: u64,
    /// The calls that sending what would change takes.
    pub to_send: CallRange,
}

impl Prepared {
    /// Reads what the platform holds for every staged item, and hands each to `each`.
    pub async fn read_before<T: Transport + Mint>(
        &mut self,
        destination: &Destination<T>,
        purpose: Purpose,
        (control, observer): (&Control, Arc<dyn Observer>),
        mut each: impl FnMut(&Compared<'_>) -> Result<(), Refusal>,
    ) -> Result<BeforeRead, Refusal> {
        let tenant = destination.tenant(control, Arc::clone(&observer));
        let reading = match (&self.endpoint.read_back, purpose) {
            (CanReadBack::By(read_back), _) => Ok(Reading::new(read_back.clone(), &tenant)?),
            (_, Purpose::Show) => Err(never(&self.endpoint)),
            (_, Purpose::Keep | Purpose::ChangesOnly) => {
                return Err(Refusal::new(
                    "before.never",
                    text!("what the platform holds before sending cannot be read"),
                )
                .because(never(&self.endpoint))
                .because(text!("nothing was sent")));
            }
        };
        observer.see(&Event::ReadBackStarted {
            items: self.brief.items,
        });
        let mut restaging = Restaging::new(self, purpose);
        let last = self.new_store.last_batch().map_err(not_stored)?;
        let mut counts = ComparedCounts::default();
        let mut after = BatchId(0);
        loop {
            let batches =
                (self.new_store.next_items(after, last, ITEMS_MAX)).map_err(not_stored)?;
            let Some(end) = batches.last() else {
                break;
            };
            after = end.batch;
            let staged = || {
                let batches = batches.iter();
                batches
                    .flat_map(|batch| batch.items.iter().map(move |item| (&batch.envelope, item)))
            };
            let items: Vec<Item> = staged()
                .map(|(envelope, item)| Item {
                    envelope: Arc::clone(envelope),
                    body: item.body.clone(),
                })
                .collect();
            let found = match &reading {
                Ok(reading) => {
                    all_of(reading, &items, &|| {
                        observer.see(&Event::ReadBackProgress {
                            items: counts.change + counts.new + counts.same + counts.unreadable,
                            calls: tenant.calls(),
                        });
                    })
                    .await?
                }
                Err(why) => vec![Present::unreadable(why.clone()); items.len()],
            };
            for ((envelope, item), present) in staged().zip(&found) {
                counts.add(present.evidence);
                each(&Compared {
                    place: item.place,
                    envelope,
                    body: &item.body,
                    present,
                })?;
                restaging.add(&mut self.new_store, envelope, item, present)?;
            }
            if purpose != Purpose::Show {
                for batch in &batches {
                    (self.new_store.remove_batch(batch.batch)).map_err(not_stored)?;
                }
            }
        }
        observer.see(&Event::ReadBackEnded {
            calls: tenant.calls(),
        });
        let restaged = restaging.finish(&mut self.new_store)?;
        let to_send = call_range(restaged.batches, restaged.items, self.limits.calls);
        if purpose != Purpose::Show {
            self.brief.items = restaged.items;
            self.brief.destructive = restaged.destructive;
            self.brief.dates = restaged.dates.or(self.brief.dates);
            self.brief.calls = to_send;
            self.facts.typed.keep_before = purpose == Purpose::Keep;
            self.facts.typed.changes_only = purpose == Purpose::ChangesOnly;
        }
        Ok(BeforeRead {
            counts,
            calls: tenant.calls(),
            to_send,
        })
    }
}

/// What the platform holds for each of the items, in their order: all of them, or a refusal.
pub(crate) async fn all_of<T: Transport + Mint>(
    reading: &Reading<'_, T>,
    items: &[Item],
    progress: &dyn Fn(),
) -> Result<Vec<Present>, Refusal> {
    let mut found: Vec<Option<Present>> = vec![None; items.len()];
    let unread = reading
        .of_items(items, |some| {
            for (at, present) in some {
                if let Some(slot) = found.get_mut(at) {
                    *slot = Some(present);
                }
            }
            progress();
            Ok(())
        })
        .await?;
    if let Some(unread) = unread {
        return Err(not_read(&unread));
    }
    // Of an item whose read had no answer nothing is known.
    found.into_iter().collect::<Option<_>>().ok_or_else(|| {
        no_answer().because(text!(
            "some reads had no answer, each after its own resends"
        ))
    })
}

fn no_answer() -> Refusal {
    Refusal::new(
        "before.no-answer",
        text!("what the platform holds could not be read whole, so nothing was sent"),
    )
    .hint(text!("try again"))
}

fn not_read(unread: &Unread) -> Refusal {
    let refusal = match unread.why {
        Why::Stopped => Refusal::new(
            "before.stopped",
            text!("reading what the platform holds was stopped; nothing was sent"),
        )
        .exit(Exit::Interrupted),
        Why::NotPermitted => Refusal::new(
            "before.not-permitted",
            text!("the app may not read what the platform holds, so nothing was sent"),
        )
        .because(unread.text.clone()),
        Why::NoAnswer | Why::Refused | Why::NotUnderstood => {
            no_answer().because(unread.text.clone())
        }
    };
    match &unread.help {
        Some(help) => refusal.hint(help.clone()),
        None => refusal,
    }
}

/// Why nothing says what the platform holds.
fn never(endpoint: &Endpoint) -> Text {
    match &endpoint.read_back {
        CanReadBack::Never { why } => text!("no read exists: {why}", why),
        CanReadBack::NotSaid | CanReadBack::By(_) => {
            text!("the endpoint's file does not say how its items are read back")
        }
    }
}

/// The items to send, filled into batches, with what was there before each.
pub(crate) struct Restaging {
    endpoint: Endpoint,
    purpose: Purpose,
    /// What is sent, and what is so already.
    batchers: [(Batcher, Fate); 2],
    /// What was there before the items of batches that are not full, and when that was read.
    before: HashMap<Place, (Present, u64)>,
    so_far: Restaged,
}

/// What is to be sent.
#[derive(Debug, Default)]
pub(crate) struct Restaged {
    pub(crate) items: u64,
    pub(crate) batches: u64,
    pub(crate) destructive: Destruction,
    pub(crate) dates: Option<(u32, u32)>,
    /// All of it, whether it destroys something or not.
    pub(crate) all: Destruction,
}

impl Restaging {
    fn new(prepared: &Prepared, purpose: Purpose) -> Self {
        Self::of(&prepared.endpoint, prepared.items_max, purpose)
    }

    /// Fills batches of at most so many items.
    pub(crate) fn of(endpoint: &Endpoint, items_max: usize, purpose: Purpose) -> Self {
        Self {
            endpoint: endpoint.clone(),
            purpose,
            batchers: [
                (Batcher::new(items_max), Fate::NotSent),
                (Batcher::new(items_max), Fate::AlreadySo),
            ],
            before: HashMap::new(),
            so_far: Restaged::default(),
        }
    }

    fn add(
        &mut self,
        new_store: &mut NewStore,
        envelope: &Envelope,
        item: &StoredItem,
        present: &Present,
    ) -> Result<(), Refusal> {
        self.add_item(
            new_store,
            envelope,
            (item.place, &item.body, &item.source),
            present,
        )
    }

    /// Adds an item with what is there before it.
    pub(crate) fn add_item(
        &mut self,
        new_store: &mut NewStore,
        envelope: &Envelope,
        (place, body, source): (Place, &[u8], &[u8]),
        present: &Present,
    ) -> Result<(), Refusal> {
        let is_so = present.evidence == Evidence::AsSent && self.purpose != Purpose::Keep;
        let to_send = !is_so;
        if to_send {
            self.so_far.items += 1;
            let date = read_back(&self.endpoint).and_then(|by| present::date(by, body));
            let dates = date.map(|date| (date, date));
            self.so_far.dates = match (self.so_far.dates, dates) {
                (before, Some(dates)) => Some(covering(before, dates)),
                (before, None) => before,
            };
            self.so_far.all.add(place.record(), dates);
            if self.endpoint.destroys(body) {
                self.so_far.destructive.add(place.record(), dates);
            }
        }
        if self.purpose != Purpose::Show {
            let read = (present.clone(), wall_clock::now_ms());
            self.before.insert(place, read);
        }
        let envelope = self.endpoint.values_of(envelope);
        let [sent, already] = &mut self.batchers;
        let (batcher, fate) = if to_send { sent } else { already };
        let fate = *fate;
        match batcher.add(&envelope, place, body, source) {
            Some(filled) => self.store(new_store, &filled, fate),
            None => Ok(()),
        }
    }

    fn store(
        &mut self,
        new_store: &mut NewStore,
        filled: &Filled,
        fate: Fate,
    ) -> Result<(), Refusal> {
        self.so_far.batches += u64::from(fate == Fate::NotSent);
        if self.purpose == Purpose::Show {
            return Ok(());
        }
        let stored = new_store.add_batch(&self.endpoint, filled, fate);
        let batch = stored.map_err(not_stored)?;
        let places = filled.places.iter().enumerate();
        let found: Vec<Found> = places
            .filter_map(|(position, place)| {
                let (present, read_at_ms) = self.before.remove(place)?;
                Some(Found {
                    batch,
                    position,
                    evidence: present.evidence,
                    there: present.there,
                    read_at_ms,
                })
            })
            .collect();
        new_store.keep_before(&found).map_err(not_stored)
    }

    /// Stores what is left.
    pub(crate) fn finish(mut self, new_store: &mut NewStore) -> Result<Restaged, Refusal> {
        let batchers = std::mem::replace(
            &mut self.batchers,
            [Fate::NotSent, Fate::AlreadySo].map(|fate| (Batcher::new(1), fate)),
        );
        for (batcher, fate) in batchers {
            for filled in batcher.finish() {
                self.store(new_store, &filled, fate)?;
            }
        }
        Ok(self.so_far)
    }
}

/// How the items of an endpoint are read back, where they can be.
fn read_back(endpoint: &Endpoint) -> Option<&ReadBack> {
    match &endpoint.read_back {
        CanReadBack::By(read_back) => Some(read_back),
        CanReadBack::Never { .. } | CanReadBack::NotSaid => None,
    }
}
