//! The first station of `rerun`: what did not succeed in a finished run is staged as a new one.
//!
//! Items come from the parent's run store, byte for byte as they were sent; the input file is not read. Rejected rows were never
//! sent and need a corrected file.

use std::path::Path;
use std::time::Instant;

use crate::batching::Batcher;
use crate::command_line::RUNS;
use crate::deliver::call_range;
use crate::endpoint::{Destructive, Resend};
use crate::error::Refusal;
use crate::model::{Notice, Outcome};
use crate::numbers::{counted, one_or_more};
use crate::report::{FAILURE_WORKBOOK, run_again};
use crate::run::{Brief, Opened, Prepared, not_stored};
use crate::store::{Facts, Fate, NewStore, RunFolder};
use crate::wall_clock;

/// First station of `rerun`: stages what failed or is unconfirmed in a finished run. Rejected rows need a corrected file.
pub fn prepare_rerun(
    folder: RunFolder,
    parent: &Opened,
    unconfirmed_too: bool,
) -> Result<Prepared, Refusal> {
    let started = Instant::now();
    let (batches, items) = parent.ledger().unsettled()?;
    if batches > 0 {
        folder.discard();
        return Err(Refusal::new(
            "run.unsettled",
            text!(
                "{items} of the run {run} {is} not settled yet",
                items = counted(items, "item"),
                run = parent.facts.run,
                is = one_or_more(items, "is", "are")
            ),
        )
        .hint(text!(
            "`feishu-bulk resume {run}` first",
            run = parent.facts.run
        )));
    }
    let staged = NewStore::create(&folder.store())
        .map_err(not_stored)
        .and_then(|mut new_store| {
            Ok((
                stage_again(&mut new_store, parent, unconfirmed_too)?,
                new_store,
            ))
        });
    let (brief, new_store) = match staged {
        Ok((brief, new_store)) if brief.items > 0 => (brief, new_store),
        Ok((_, new_store)) => {
            drop(new_store);
            folder.discard();
            return Err(nothing_to_rerun(parent)?);
        }
        Err(refusal) => {
            folder.discard();
            return Err(refusal);
        }
    };
    let limits = parent.limits()?;
    let items_max = parent.items_max()?;
    let facts = Facts {
        calls_max: limits.calls,
        run: folder.run().to_owned(),
        parent: Some(parent.facts.run.clone()),
        read: brief.items,
        started_at: wall_clock::text(),
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

/// Stages the parent's items that did not succeed. Those of unknown fate keep to themselves: what their next answer means depends
/// on it.
fn stage_again(
    new_store: &mut NewStore,
    parent: &Opened,
    unconfirmed_too: bool,
) -> Result<Brief, Refusal> {
    let endpoint = parent.endpoint();
    let mut brief = Brief {
        deletes: endpoint.destructive == Destructive::Always,
        is_roster: !parent.facts.days.is_empty(),
        ..Brief::default()
    };
    let items_max = parent.items_max()?;
    let mut failed = Batcher::new(items_max);
    let mut unknown = Batcher::new(items_max);
    let mut left_out = 0;
    let mut batches = 0;
    parent.ledger().each_unsuccessful(|item| {
        let is_unknown = item.outcome == Outcome::Unconfirmed;
        if is_unknown && endpoint.resend != Resend::Safe && !unconfirmed_too {
            left_out += 1;
            return Ok(());
        }
        brief.items += 1;
        if endpoint.destroys(item.body) {
            brief.destructive.add(item.place.record(), None);
        }
        let envelope = endpoint.values_of(item.envelope);
        let (batcher, fate) = if is_unknown {
            (&mut unknown, Fate::Unknown)
        } else {
            (&mut failed, Fate::NotSent)
        };
        match batcher.add(&envelope, item.place, item.body, item.source) {
            Some(filled) => {
                batches += 1;
                new_store.add_batch(endpoint, &filled, fate).map(drop)
            }
            None => Ok(()),
        }
    })?;
    for (batcher, fate) in [(failed, Fate::NotSent), (unknown, Fate::Unknown)] {
        for filled in batcher.finish() {
            batches += 1;
            new_store.add_batch(endpoint, &filled, fate)?;
        }
    }
    brief.calls = call_range(batches, brief.items, parent.limits()?.calls);
    if left_out > 0 {
        brief.notices.push(Notice::new(
            "run.unconfirmed-left-out",
            text!("{items} {is} left out: sending them again might apply them twice; --unconfirmed includes them", items = counted(left_out, "unconfirmed item"), is = one_or_more(left_out, "is", "are")),
        ));
    }
    Ok(brief)
}

/// What is rejected is corrected in the run's own report, which is an input of the same job.
fn with_corrected_file(parent: &Opened) -> String {
    let facts = &parent.facts;
    let folder = parent.folder().path();
    let report = if facts.is_workbook() {
        FAILURE_WORKBOOK.to_owned()
    } else {
        format!("failure.{}", facts.extension())
    };
    let report = folder.join(report).display().to_string();
    let runs = folder.parent().unwrap_or(Path::new(RUNS));
    let command = run_again(facts, &report, runs);
    format!("correct the cells in {report}, then `{command}`")
}

fn nothing_to_rerun(parent: &Opened) -> Result<Refusal, Refusal> {
    let tally = parent.ledger().tally()?;
    let run = &parent.facts.run;
    let refusal = Refusal::new(
        "run.nothing-to-send",
        text!("the run {run} has nothing to send again", run),
    );
    Ok(if tally.rejected > 0 && !parent.facts.is_undo {
        let rejected = tally.rejected;
        refusal
            .because(text!(
                "{items} {was} rejected: without a correction {it} again",
                items = counted(rejected, "item"),
                was = one_or_more(rejected, "was", "were"),
                it = one_or_more(rejected, "it would be", "they would be")
            ))
            .hint(with_corrected_file(parent))
    } else {
        refusal.because(text!(
            "{succeeded} of {items} succeeded",
            succeeded = tally.succeeded,
            items = counted(tally.read, "item")
        ))
    })
}
