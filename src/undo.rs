//! The first station of `undo`: what a run changed, and what still holds it, is staged to be put back.
//!
//! Only what the run's own store kept is put back, and only where the platform holds now exactly what the run wrote. Everything else is
//! rejected with a rule and with what is there. What is there now is kept in the new store in turn, so that an undo can be undone.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::control::Control;
use crate::deliver::call_range;
use crate::endpoint::{CanReadBack, ReadBack};
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::model::{BatchId, Envelope, Evidence, Outcome, Place, Rejection, Rule};
use crate::numbers::{counted, one_or_more};
use crate::present::{self, Item, Present, PutBack};
use crate::reading::{ITEMS_MAX, Reading};
use crate::report::run_again;
use crate::run::{Brief, Destination, Opened, Prepared, Purpose, Restaging, all_of, not_stored};
use crate::store::{BeforeState, Facts, NewStore, RunFolder, StoredItem, Typed};
use crate::text::Text;
use crate::transport::{Mint, Transport};
use crate::verify;
use crate::wall_clock;

const NOT_SENT: Rule = Rule::new(
    "undo.not-sent",
    "was not sent by the run: nothing to put back",
);
const NOT_CHANGED: Rule = Rule::new(
    "undo.not-changed",
    "was not changed by the run: nothing to put back",
);
const NO_BEFORE: Rule = Rule::new(
    "undo.no-before",
    "what was there before the run is not known, so it cannot be put back",
);
const CANNOT: Rule = Rule::new(
    "undo.cannot-put-back",
    "what was there before the run cannot be put back",
);
const CHANGED_SINCE: Rule = Rule::new(
    "undo.changed-since",
    "is no longer what the run wrote, so it was left alone",
);
const UNREADABLE: Rule = Rule::new(
    "undo.unreadable",
    "what is there now cannot be read, so it was left alone",
);

/// Items that are named; more are counted.
const NAMED_MAX: usize = 5;

/// Refuses a run of which nothing can be put back.
pub fn require_undoable(opened: &Opened, runs: &Path) -> Result<ReadBack, Refusal> {
    let facts = &opened.facts;
    let run = &facts.run;
    let keeping = || {
        let again = run_again(facts, &facts.input.file, runs);
        let typed = &facts.typed;
        if typed.keep_before || typed.changes_only {
            again
        } else {
            again.word("--keep-before")
        }
    };
    if facts.platform.sandbox {
        return Err(Refusal::new(
            "undo.rehearsal",
            text!(
                "the run {run} was a rehearsal: the sandbox that it went to is gone, and nothing is to be put back",
                run
            ),
        ));
    }
    let cannot = |why: Text| {
        Refusal::new(
            "undo.never",
            text!("what the run {run} changed cannot be put back", run),
        )
        .because(why)
        .because(text!("nothing was sent"))
    };
    let read_back = match verify::how(opened)? {
        CanReadBack::By(read_back) => read_back,
        CanReadBack::Never { why } => return Err(cannot(text!("no read exists: {why}", why))),
        CanReadBack::NotSaid => {
            return Err(cannot(text!(
                "the endpoint's file does not say how its items are read back"
            )));
        }
    };
    if let Some(why) = present::never_put_back(&read_back) {
        return Err(cannot(why));
    }
    if !opened.ledger().has_before()? {
        return Err(Refusal::new(
            "undo.nothing-kept",
            text!(
                "the run {run} did not keep what was there before, so nothing can be put back",
                run
            ),
        )
        .hint(text!(
            "a run keeps it where it is asked to: `{command}`",
            command = keeping()
        )));
    }
    Ok(read_back)
}

/// Stages what puts back the run `parent`, as far as the platform holds what it wrote.
pub async fn prepare_undo<T: Transport + Mint>(
    folder: RunFolder,
    parent: &Opened,
    destination: &Destination<T>,
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Prepared, Refusal> {
    let started = Instant::now();
    match stage(&folder, parent, destination, (control, observer)).await {
        Ok((new_store, brief)) => {
            let limits = parent.limits()?;
            let items_max = parent.items_max()?;
            let facts = Facts {
                calls_max: limits.calls,
                run: folder.run().to_owned(),
                parent: Some(parent.facts.run.clone()),
                is_undo: true,
                read: brief.items + brief.rejected,
                started_at: wall_clock::text(),
                typed: Typed {
                    keep_before: true,
                    changes_only: false,
                    ..parent.facts.typed.clone()
                },
                ..parent.facts.clone()
            };
            Ok(Prepared {
                folder,
                new_store,
                facts,
                endpoint: parent.endpoint().clone(),
                limits,
                items_max,
                started,
                brief,
            })
        }
        Err(refusal) => {
            folder.discard();
            Err(refusal)
        }
    }
}

/// Refuses to go on with an undo where somebody changed what it has still to put back: it holds neither what the run wrote nor what it
/// is put back to. Of other runs nothing is asked.
pub async fn require_unchanged<T: Transport + Mint>(
    opened: &Opened,
    destination: &Destination<T>,
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<(), Refusal> {
    if !opened.facts.is_undo {
        return Ok(());
    }
    let CanReadBack::By(read_back) = verify::how(opened)? else {
        return Ok(());
    };
    let tenant = destination.tenant(control, observer);
    let reading = Reading::new(read_back, &tenant)?;
    let (mut changed, mut named) = (0_u64, Vec::new());
    let mut after = BatchId(0);
    loop {
        let batches = opened.ledger().next_items(after, ITEMS_MAX)?;
        let Some(end) = batches.last() else {
            break;
        };
        after = end.batch;
        let left: Vec<(&Arc<Envelope>, &StoredItem)> = batches
            .iter()
            .flat_map(|batch| batch.items.iter().map(move |item| (&batch.envelope, item)))
            .filter(|(_, item)| !item.is_settled)
            .collect();
        let items: Vec<Item> = left
            .iter()
            .map(|(envelope, item)| Item {
                envelope: Arc::clone(envelope),
                body: item.body.clone(),
            })
            .collect();
        let now = all_of(&reading, &items, &|| {}).await?;
        for ((_, item), now) in left.into_iter().zip(now) {
            let is_as_kept = |before: &BeforeState| {
                before.evidence == now.evidence
                    && before.there.as_ref().map(Text::to_string)
                        == now.there.as_ref().map(Text::to_string)
            };
            if now.evidence == Evidence::AsSent || item.before.as_ref().is_some_and(is_as_kept) {
                continue;
            }
            changed += 1;
            if named.len() < NAMED_MAX {
                let record = item.place.record();
                named.push(match now.there {
                    Some(there) => text!("record {record}: there is now {there}", record, there),
                    None => text!("record {record}: nothing is there now", record),
                });
            }
        }
    }
    if changed == 0 {
        return Ok(());
    }
    let run = &opened.facts.run;
    let refusal = Refusal::new(
        CHANGED_SINCE.name,
        text!(
            "{items} that {run} has still to put back {is} no longer what it found; nothing was sent",
            items = counted(changed, "item"),
            run,
            is = one_or_more(changed, "is", "are")
        ),
    );
    let refusal = named.into_iter().fold(refusal, Refusal::because);
    let parent = opened.facts.parent.as_deref().unwrap_or_default();
    Err(refusal.hint(text!(
        "`feishu-bulk undo {parent}` puts back what still holds what that run wrote",
        parent
    )))
}

async fn stage<T: Transport + Mint>(
    folder: &RunFolder,
    parent: &Opened,
    destination: &Destination<T>,
    (control, observer): (&Control, Arc<dyn Observer>),
) -> Result<(NewStore, Brief), Refusal> {
    parent.require_platform(&destination.platform)?;
    let read_back = require_undoable(parent, folder.runs())?;
    let tenant = destination.tenant(control, Arc::clone(&observer));
    let reading = Reading::new(read_back.clone(), &tenant)?;
    let ledger = parent.ledger();
    observer.see(&Event::ReadBackStarted {
        items: ledger.items_sent()?,
    });
    let new_store = NewStore::create(&folder.store()).map_err(not_stored)?;
    let endpoint = parent.endpoint();
    let mut staging = Staging {
        restaging: Restaging::of(endpoint, parent.items_max()?, Purpose::Keep),
        new_store,
        rejected: 0,
    };
    let mut after = BatchId(0);
    let mut asked = 0;
    loop {
        let batches = ledger.next_items(after, ITEMS_MAX)?;
        let Some(end) = batches.last() else {
            break;
        };
        after = end.batch;
        let mut chosen = Vec::new();
        for batch in &batches {
            for item in &batch.items {
                match chosen_of(&read_back, item) {
                    Ok(put_back) => chosen.push((&batch.envelope, item, put_back)),
                    Err(rejection) => staging.reject(item.place, &rejection, &item.source, "")?,
                }
            }
        }
        let items: Vec<Item> = chosen
            .iter()
            .map(|(envelope, item, _)| Item {
                envelope: Arc::clone(envelope),
                body: item.body.clone(),
            })
            .collect();
        let now = all_of(&reading, &items, &|| {
            observer.see(&Event::ReadBackProgress {
                items: asked,
                calls: tenant.calls(),
            });
        })
        .await?;
        asked += items.len() as u64;
        for ((envelope, item, put_back), present) in chosen.iter().zip(now) {
            staging.take(envelope, item, put_back, present)?;
        }
    }
    observer.see(&Event::ReadBackEnded {
        calls: tenant.calls(),
    });
    staging.finish(parent)
}

/// What puts an item back; or why that is not done, whatever is there now.
fn chosen_of(read_back: &ReadBack, item: &StoredItem) -> Result<PutBack, Rejection> {
    match item.outcome {
        None | Some(Outcome::Pending | Outcome::Rejected) => return Err(Rejection::row(NOT_SENT)),
        Some(Outcome::Failed) => return Err(Rejection::row(NOT_CHANGED)),
        // Whether it was applied is seen by what is there now.
        Some(Outcome::Succeeded | Outcome::Unconfirmed) => {}
    }
    let Some(before) = &item.before else {
        return Err(Rejection::row(NO_BEFORE));
    };
    let there = before.there.as_ref().map(Text::to_string);
    if before.evidence == Evidence::AsSent {
        return Err(Rejection::row(NOT_CHANGED));
    }
    let put_back = present::put_back(read_back, &item.body, before.evidence, there.as_deref());
    put_back.map_err(|why| match (before.evidence, &before.there) {
        (Evidence::Unreadable, Some(why)) => Rejection::row(NO_BEFORE).detail(why.clone()),
        (Evidence::Unreadable, None) => Rejection::row(NO_BEFORE),
        (Evidence::Other | Evidence::Absent | Evidence::AsSent, _) => {
            Rejection::row(CANNOT).detail(why)
        }
    })
}

/// What is put back and what is not, on its way into the new store.
struct Staging {
    restaging: Restaging,
    new_store: NewStore,
    rejected: u64,
}

impl Staging {
    fn reject(
        &mut self,
        place: Place,
        rejection: &Rejection,
        source: &[u8],
        stray: &str,
    ) -> Result<(), Refusal> {
        self.rejected += 1;
        self.new_store
            .add_rejection(place, rejection, source, stray)
            .map_err(not_stored)
    }

    /// Takes an item with what is there now, compared with what the run wrote.
    fn take(
        &mut self,
        envelope: &Envelope,
        item: &StoredItem,
        put_back: &PutBack,
        now: Present,
    ) -> Result<(), Refusal> {
        let rejection = match now.evidence {
            Evidence::AsSent => {
                let staged = (item.place, &*put_back.body, &*item.source);
                let replaced = &put_back.replaced;
                return (self.restaging).add_item(&mut self.new_store, envelope, staged, replaced);
            }
            Evidence::Absent => Rejection::row(CHANGED_SINCE).detail(text!("nothing is there now")),
            Evidence::Other => {
                let there = now.there.unwrap_or_else(|| Text::plain(""));
                Rejection::row(CHANGED_SINCE).detail(text!("there is now {there}", there))
            }
            Evidence::Unreadable => {
                let rejection = Rejection::row(UNREADABLE);
                match now.there {
                    Some(why) => rejection.detail(why),
                    None => rejection,
                }
            }
        };
        self.reject(item.place, &rejection, &item.source, "")
    }

    fn finish(mut self, parent: &Opened) -> Result<(NewStore, Brief), Refusal> {
        let mut not_sent = Vec::new();
        parent.ledger().each_rejection(|rejected| {
            not_sent.push((rejected.place, rejected.source, rejected.stray));
        })?;
        for (place, source, stray) in not_sent {
            let stray = stray.unwrap_or_default();
            self.reject(place, &Rejection::row(NOT_SENT), &source, &stray)?;
        }
        let restaged = self.restaging.finish(&mut self.new_store)?;
        let brief = Brief {
            items: restaged.items,
            rejected: self.rejected,
            calls: call_range(restaged.batches, restaged.items, parent.limits()?.calls),
            unit: "item",
            // Every item of it replaces what is there.
            destructive: restaged.all,
            undoes: Some(parent.facts.run.clone()),
            dates: restaged.dates,
            ..Brief::default()
        };
        Ok((self.new_store, brief))
    }
}
