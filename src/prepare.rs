//! The first station: the whole file is checked before anything is sent.
//!
//! One pass maps every row and stages the batches, keeping eight bytes per item key. Only when two keys look alike is the file
//! read again: once to compare those keys in full, and once more to stage the batches without the rows that repeat or conflict.
//! Memory grows with nothing else. `check` does the same with a stage that keeps nothing.

use crate::control::Control;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::batching::{Batcher, Filled};
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::input::{Format, Identity, Input, InputOptions, Reading};
use crate::job::Job;
use crate::mapping::{Mapped, Mapper, Typing, check_constants};
use crate::model::{Place, Rejection, Row};

/// Rejected rows allowed however short the file: a limit in per cent must not stop a small file for two bad rows.
pub const REJECTED_LEAST: u64 = 20;
/// Rows between two looks at progress and interruption.
const ROWS_PER_LOOK: u64 = 1024;
/// Different kinds of rejections counted apart; more are counted together.
const KINDS_MAX: usize = 1000;

/// Takes what prepare finds.
pub trait Stage {
    /// A batch is full.
    fn batch(&mut self, filled: &Filled) -> Result<(), Refusal>;
    /// A row will not be sent.
    fn rejection(&mut self, row: &Row, rejection: &Rejection) -> Result<(), Refusal>;
    /// Everything staged so far is void: the input is read again.
    fn restart(&mut self) -> Result<(), Refusal>;
}

/// What the whole file comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Rows read; blank lines and the header are not rows.
    pub rows: u64,
    /// Blank lines passed over.
    pub blank_lines: u64,
    /// Items that can be sent.
    pub items: u64,
    /// Rows that will not be sent.
    pub rejected: u64,
    /// Calls needed.
    pub batches: u64,
    /// Items that destroy something.
    pub destructive: u64,
    /// How often each kind of rejection occurs, commonest first.
    pub kinds: Vec<(String, u64)>,
    /// What the user should know about the file.
    pub notices: Vec<String>,
    /// The input's own columns, as one encoded CSV record.
    pub header: Vec<u8>,
    /// `csv` or `jsonl`.
    pub format: &'static str,
    /// What parts the cells of a CSV file.
    pub delimiter: u8,
    /// Why none of it is sent: more rows are rejected than the job allows.
    pub refused: Option<Refusal>,
}

/// Checks a whole file.
pub fn prepare(
    job: &Job,
    path: &Path,
    stage: &mut dyn Stage,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Plan, Refusal> {
    let pass = Pass {
        job,
        path,
        control,
        observer,
    };
    // Before the file is touched: a wrong constant would fail each of its rows alike.
    check_constants(job)?;
    let identity = Identity::of(path)?;
    let mut keys = Vec::new();
    let mut plan = pass.stage(stage, &HashMap::new(), |mapped| {
        keys.push(mapped.key_fingerprint())
    })?;
    let alike = occurring_twice(keys);
    if !alike.is_empty() {
        observer.see(&Event::CheckRepeated {
            keys: alike.len() as u64,
        });
        let repeated = pass.compare(&alike)?;
        // Two different keys may share their eight bytes; then nothing is repeated and the staged batches stand.
        if !repeated.is_empty() {
            stage.restart()?;
            plan = pass.stage(stage, &repeated, |_| {})?;
        }
    }
    if Identity::of(path)? != identity {
        return Err(Refusal::new(format!(
            "{} changed while it was being checked",
            path.display()
        ))
        .because("nothing was sent")
        .hint("wait until it is written completely, and start again"));
    }
    plan.refused = too_many_rejected(job, &plan);
    observer.see(&Event::CheckEnded {
        rows: plan.rows,
        items: plan.items,
        rejected: plan.rejected,
        batches: plan.batches,
    });
    Ok(plan)
}

/// One reading of the file from beginning to end.
struct Pass<'a> {
    job: &'a Job,
    path: &'a Path,
    control: &'a Control,
    observer: &'a dyn Observer,
}

impl Pass<'_> {
    /// Maps every row and stages it, except those known to repeat or conflict.
    fn stage(
        &self,
        stage: &mut dyn Stage,
        repeated: &HashMap<u64, Rejection>,
        mut seen: impl FnMut(&Mapped),
    ) -> Result<Plan, Refusal> {
        let mut plan = Plan::default();
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        let items_max = self
            .job
            .limits
            .items_max
            .unwrap_or(self.job.endpoint.items.max);
        let mut batcher = Batcher::new(items_max);
        let (mut input, warnings) = self.read(|row, result, rejected| {
            plan.rows += 1;
            let rejection = match result {
                Ok(mapped) => match repeated.get(&row.record) {
                    None => {
                        seen(mapped);
                        plan.items += 1;
                        plan.destructive += u64::from(mapped.destructive);
                        let full = batcher.add(
                            &mapped.envelope,
                            Place::row(row.record),
                            &mapped.body,
                            &row.source,
                        );
                        if let Some(filled) = full {
                            plan.batches += 1;
                            stage.batch(&filled)?;
                        }
                        return Ok(());
                    }
                    Some(rejection) => rejection,
                },
                Err(rejection) => rejection,
            };
            plan.rejected += 1;
            *rejected = plan.rejected;
            count_kind(&mut kinds, rejection.kind());
            stage.rejection(row, rejection)
        })?;
        for filled in batcher.finish() {
            plan.batches += 1;
            stage.batch(&filled)?;
        }
        plan.kinds = kinds.into_iter().collect();
        plan.kinds
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        plan.blank_lines = input.blank_lines();
        plan.header = header(&input);
        plan.format = input.format().word();
        plan.delimiter = input.delimiter();
        let notices = input.notices();
        plan.notices = notices
            .iter()
            .map(ToString::to_string)
            .chain(warnings)
            .collect();
        Ok(plan)
    }

    /// Compares the keys that look alike in full: which rows repeat an earlier one, and which conflict.
    fn compare(&self, alike: &HashSet<u64>) -> Result<HashMap<u64, Rejection>, Refusal> {
        let mut groups: HashMap<Vec<u8>, Vec<(u64, Vec<u8>)>> = HashMap::new();
        self.read(|row, result, _| {
            if let Ok(mapped) = result
                && alike.contains(&mapped.key_fingerprint())
            {
                let group = groups.entry(mapped.key.clone()).or_default();
                group.push((row.record, mapped.content()));
            }
            Ok(())
        })?;
        let mut repeated = HashMap::new();
        for group in groups.into_values() {
            judge(&group, &mut repeated);
        }
        Ok(repeated)
    }

    /// Reads the file, handing each row to `each` as mapped or rejected; returns what looks odd about whole columns. `each` keeps the count of rejected rows.
    fn read(
        &self,
        mut each: impl FnMut(&Row, Result<&Mapped, &Rejection>, &mut u64) -> Result<(), Refusal>,
    ) -> Result<(Input, Vec<String>), Refusal> {
        let mut input = Input::open(self.path, &options(self.job))?;
        let typing = match input.format() {
            Format::Csv | Format::Workbook => Typing::Untyped,
            Format::Jsonl => Typing::Typed,
        };
        self.observer.see(&Event::CheckStarted {
            input: self.path.display().to_string(),
            bytes_total: input.bytes_total(),
        });
        let mut mapper = Mapper::new(self.job, input.columns(), typing)
            .map_err(|refusal| refusal.because(format!("in {}", self.path.display())))?;
        let mut row = Row::default();
        let mut mapped = Mapped::default();
        let mut rejected = 0;
        loop {
            match input.read(&mut row)? {
                Reading::End => break,
                Reading::Unreadable(rejection) => each(&row, Err(&rejection), &mut rejected)?,
                Reading::Row => match mapper.map(input.columns(), &row, &mut mapped) {
                    Ok(()) => each(&row, Ok(&mapped), &mut rejected)?,
                    Err(rejection) => each(&row, Err(&rejection), &mut rejected)?,
                },
            }
            if row.record.is_multiple_of(ROWS_PER_LOOK) {
                self.look(&input, row.record, rejected)?;
            }
        }
        self.look(&input, row.record, rejected)?;
        Ok((input, mapper.warnings()))
    }

    /// Tells how far the reading is, and stops when asked to.
    fn look(&self, input: &Input, rows: u64, rejected: u64) -> Result<(), Refusal> {
        self.observer.see(&Event::CheckProgress {
            bytes: input.bytes_read(),
            rows,
            rejected,
        });
        if self.control.is_stopping() {
            return Err(Refusal::new("interrupted while the input was checked")
                .because("nothing was sent")
                .exit(Exit::Interrupted));
        }
        Ok(())
    }
}

/// What a job says about its input, as the reader takes it.
fn options(job: &Job) -> InputOptions {
    InputOptions {
        format: match job.input.format.as_deref() {
            Some("csv") => Some(Format::Csv),
            Some("jsonl") => Some(Format::Jsonl),
            Some("xlsx") => Some(Format::Workbook),
            _ => None,
        },
        encoding: job.input.encoding.clone(),
        delimiter: job.input.delimiter,
        ..InputOptions::default()
    }
}

/// The fingerprints that occur more than once.
fn occurring_twice(mut keys: Vec<u64>) -> HashSet<u64> {
    keys.sort_unstable();
    keys.windows(2)
        .filter_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        })
        .collect()
}

/// Rows of one key: with the same content only the first is sent; with different content none is, because nobody can tell which
/// is meant.
fn judge(group: &[(u64, Vec<u8>)], repeated: &mut HashMap<u64, Rejection>) {
    let Some(((first, content), others)) = group.split_first() else {
        return;
    };
    match others.iter().find(|(_, other)| other != content) {
        None => {
            for (record, _) in others {
                repeated.insert(*record, Rejection::repeats(*first));
            }
        }
        Some((different, _)) => {
            repeated.insert(*first, Rejection::conflicts(*different));
            for (record, other) in others {
                let rival = if other == content { *different } else { *first };
                repeated.insert(*record, Rejection::conflicts(rival));
            }
        }
    }
}

fn count_kind(kinds: &mut BTreeMap<String, u64>, kind: String) {
    let kind = if kinds.len() >= KINDS_MAX && !kinds.contains_key(&kind) {
        "other reasons".to_owned()
    } else {
        kind
    };
    *kinds.entry(kind).or_default() += 1;
}

fn too_many_rejected(job: &Job, plan: &Plan) -> Option<Refusal> {
    let limit = job.limits.rejected;
    if !limit.exceeded(plan.rejected, plan.rows, REJECTED_LEAST) {
        return None;
    }
    let mut refusal = Refusal::new(format!(
        "{} of {} rows are rejected; the job allows {}, so nothing was sent",
        plan.rejected,
        plan.rows,
        limit.allowed(plan.rows, REJECTED_LEAST)
    ));
    for (kind, count) in plan.kinds.iter().take(5) {
        refusal = refusal.because(format!("{count} of them: {kind}"));
    }
    Some(refusal.hint(
        "so many usually mean a wrong file or mapping: `feishu-bulk check JOB` shows them; to send the rest all the same, set max_rejected in [limits] of the job",
    ))
}

/// The header of the reports as a CSV record: the input's own columns. A first name that is not plain was perhaps quoted because
/// its beginning, such as `{`, `<` or `sep=`, means something else at the beginning of a file; so it is in the reports.
#[must_use]
pub fn header(input: &Input) -> Vec<u8> {
    let is_plain = |name: &String| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let plain = input.columns().names().first().is_none_or(is_plain);
    let mut writer = csv::WriterBuilder::new()
        .delimiter(input.delimiter())
        .quote_style(if plain {
            csv::QuoteStyle::Necessary
        } else {
            csv::QuoteStyle::Always
        })
        .from_writer(Vec::new());
    // Writing into a Vec cannot fail.
    let _ = writer.write_record(input.columns().names());
    let mut record = writer.into_inner().unwrap_or_default();
    record.pop_if(|byte| *byte == b'\n');
    record
}

#[cfg(test)]
mod tests;
