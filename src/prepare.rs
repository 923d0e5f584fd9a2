//! The first station: the whole file is checked before anything is sent.
//!
//! One pass maps every row and stages the batches, keeping eight bytes per item key. Only when two keys look alike is the file
//! read again: once to compare those keys in full, and once more to stage the batches without the rows that repeat or conflict. So it
//! is when the whole of a column shows that a spreadsheet ruined ids in it.
//! Memory grows with nothing else. `check` does the same and stores nothing.

mod digest;
mod entries;
mod fit;
mod lookups;
mod plan;
mod repeats;
mod sheets;
mod wanted;
mod words;

pub use self::digest::SentDigest;
pub use self::fit::columns_used;
pub use self::plan::{Destruction, Plan, REJECTED_LEAST, distant, header};
pub use self::wanted::words_in;

use std::collections::HashMap;
use std::path::Path;

use self::entries::{Entries, Entry};
use self::plan::Counting;
use crate::batching::{Batcher, Filled};
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Event, Observer};
use crate::input::{HeaderRule, Identity, InputOptions, Walked};
use crate::job::Job;
use crate::lookup::Lookups;
use crate::mapping::{
    Corrections, Findings, Mapped, RuinedIds, check_constants, names_for_header, words_for_cells,
};
use crate::model::{Place, Rejection, Row};
use crate::origin::Origin;
use crate::roster;

/// The file that is checked, and what is known of it besides the job.
#[derive(Debug, Clone, Copy)]
pub struct InputFile<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Where it comes from: what a run rejected and nobody corrected stays rejected.
    pub origin: &'a Origin,
    /// What a person changed of it.
    pub corrections: &'a Corrections,
    /// What the platform says against values of it.
    pub findings: &'a Findings,
}

impl<'a> InputFile<'a> {
    /// A file as it is.
    #[must_use]
    pub fn new(path: &'a Path, origin: &'a Origin) -> Self {
        Self {
            path,
            origin,
            corrections: Corrections::NONE,
            findings: Findings::NONE,
        }
    }
}

/// What prepare finds, in the order of the input.
#[derive(Debug)]
pub enum Staged<'a> {
    /// A row was read, and corrected; what is found in it comes after it. One that cannot be read holds nothing but its source.
    Row(&'a Row, bool),
    /// A batch is full.
    Batch(Filled),
    /// An item will not be sent. The row is the one it comes from.
    Rejection(Place, &'a Row, &'a Rejection),
    /// Everything so far is void: the input is read again.
    Restart,
}

/// Takes what prepare finds.
pub type Take<'t> = &'t mut dyn FnMut(Staged<'_>) -> Result<(), Refusal>;

/// Checks a whole file.
pub fn prepare(
    job: &Job,
    file: &InputFile<'_>,
    take: Take<'_>,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Plan, Refusal> {
    // Before the file is touched: a wrong constant would fail each of its rows alike.
    check_constants(job)?;
    let lookups = lookups::load(job)?;
    let mut pass = Pass {
        job,
        lookups: &lookups,
        ruined: RuinedIds::default(),
        file: *file,
        leaves_out_beside: false,
        control,
        observer,
    };
    let path = file.path;
    let identity = Identity::of(path)?;
    let mut keys = Vec::new();
    let mut plan = loop {
        keys.clear();
        let (plan, ruined) = pass.stage(take, &HashMap::new(), |mapped| {
            keys.push(mapped.key_fingerprint());
        })?;
        // Only the whole file shows whether what is beside its rows is a remark or two, or a column that lost its title; and which
        // ids a spreadsheet ruined.
        if plan.has_remarks_beside && !pass.leaves_out_beside {
            pass.leaves_out_beside = true;
        } else if pass.ruined.is_empty() && !ruined.is_empty() {
            pass.ruined = ruined;
        } else {
            break plan;
        }
        take(Staged::Restart)?;
    };
    let alike = repeats::occurring_twice(keys);
    if !alike.is_empty() {
        observer.see(&Event::CheckRepeated {
            keys: alike.len() as u64,
        });
        let repeated = repeats::compare(&pass, &alike)?;
        // Two different keys may share their eight bytes; then nothing is repeated and the staged batches stay.
        if !repeated.is_empty() {
            take(Staged::Restart)?;
            (plan, _) = pass.stage(take, &repeated, |_| {})?;
        }
    }
    if Identity::of(path)? != identity {
        return Err(Refusal::new(
            "file.changed",
            text!(
                "{file} changed while it was being checked",
                file = path.display()
            ),
        )
        .because(text!("nothing was sent"))
        .hint(text!(
            "wait until it is written completely, and start again"
        )));
    }
    plan.refused = (plan.refused.take())
        .or_else(|| plan::names_contradict(&plan))
        .or_else(|| plan::too_many_rejected(job, &plan));
    observer.see(&Event::CheckEnded {
        rows: plan.rows,
        items: plan.items,
        rejected: plan.rejected,
        batches: plan.batches,
    });
    Ok(plan)
}

/// What one reading of the file goes by.
struct Pass<'a> {
    job: &'a Job,
    lookups: &'a Lookups,
    /// Ids that an earlier reading found ruined.
    ruined: RuinedIds,
    file: InputFile<'a>,
    /// Whether values right of the table are remarks.
    leaves_out_beside: bool,
    control: &'a Control,
    observer: &'a dyn Observer,
}

impl Pass<'_> {
    /// Maps every row and stages it, except those known to repeat or conflict. Also tells which ids are ruined.
    fn stage(
        &self,
        take: Take<'_>,
        repeated: &HashMap<Place, Rejection>,
        mut seen: impl FnMut(&Mapped),
    ) -> Result<(Plan, RuinedIds), Refusal> {
        let mut counting = Counting::default();
        let items_max = (self.job.limits.items_max).unwrap_or(self.job.endpoint.items.max);
        let mut batcher = Batcher::new(items_max);
        let mut entries = Entries::open(self)?;
        while let Some(entry) = entries.next()? {
            let (place, row, result) = match entry {
                Entry::Row(row, is_readable) => {
                    take(Staged::Row(row, is_readable))?;
                    continue;
                }
                Entry::Item(place, row, result) => (place, row, result),
            };
            let rejection = match (&result, repeated.get(&place)) {
                (Err(rejection), _) | (Ok(_), Some(rejection)) => rejection,
                (Ok(mapped), None) => {
                    seen(mapped);
                    if let Some(found) = &mapped.found {
                        counting.rejection(row, found);
                        take(Staged::Rejection(place, row, found))?;
                        continue;
                    }
                    counting.item(place, mapped);
                    let full = batcher.add(&mapped.envelope, place, &mapped.body, &row.source);
                    if let Some(filled) = full {
                        counting.plan.batches += 1;
                        take(Staged::Batch(filled))?;
                    }
                    continue;
                }
            };
            counting.rejection(row, rejection);
            take(Staged::Rejection(place, row, rejection))?;
            entries.rejected = counting.plan.rejected;
        }
        for filled in batcher.finish() {
            counting.plan.batches += 1;
            take(Staged::Batch(filled))?;
        }
        let input = entries.input();
        let plan = counting.finish(input.head(), input.columns());
        Ok(entries.finish(plan))
    }

    /// Names the file in a refusal.
    fn in_file(&self, refusal: Refusal) -> Refusal {
        refusal.because(text!("in {file}", file = self.file.path.display()))
    }
}

/// What a job says about its input, as the reader takes it.
pub(crate) fn options(job: &Job) -> InputOptions {
    let of_roster = |tells: fn(&[String]) -> bool| job.input.unpivot.as_ref().map(|_| tells);
    InputOptions {
        format: job.input.format,
        encoding: job.input.encoding.clone(),
        delimiter: job.input.delimiter,
        sheet: job.input.sheet.clone(),
        sheets: sheets::list(job),
        month: sheets::month_rule(job),
        header: HeaderRule {
            lines: job.input.header_lines,
            names: names_for_header(job),
            is_weekdays: of_roster(roster::is_weekdays),
            is_days: of_roster(roster::is_header_of_days),
        },
        words: words_for_cells(job),
        walked: Walked::default(),
    }
}

#[cfg(test)]
mod tests;
