//! The first station: the whole file is checked before anything is sent.
//!
//! One pass maps every row and stages the batches, keeping eight bytes per item key. Only when two keys look alike is the file
//! read again: once to compare those keys in full, and once more to stage the batches without the rows that repeat or conflict.
//! Memory grows with nothing else. `check` does the same with a stage that keeps nothing.

mod lookups;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::batching::{Batcher, Filled};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::input::{Format, HeaderRule, Identity, Input, InputOptions, Reading};
use crate::job::Job;
use crate::lookup::Lookups;
use crate::mapping::{
    Beside, CellCounts, Day, Days, LineKind, Mapped, Mapper, SideLines, Tidier, Typing,
    check_constants, fillable, names_for_header,
};
use crate::model::{Columns, Head, Notice, Place, Rejection, Row};
use crate::roster;

/// Rejected rows allowed however short the file: a limit in per cent must not stop a small file for two bad rows.
pub const REJECTED_LEAST: u64 = 20;
/// Rows between two looks at progress and interruption.
const ROWS_PER_LOOK: u64 = 1024;
/// Different kinds of rejections counted apart; more are counted together.
const KINDS_MAX: usize = 1000;

/// Takes what prepare finds.
pub trait Stage {
    /// A batch is full.
    fn batch(&mut self, filled: Filled) -> Result<(), Refusal>;
    /// An item will not be sent. `row` is the row it comes from.
    fn rejection(&mut self, place: Place, row: &Row, rejection: &Rejection) -> Result<(), Refusal>;
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
    /// Items that will not be sent. Where each row is an item, these are rows.
    pub rejected: u64,
    /// Calls needed.
    pub batches: u64,
    /// Items that destroy something.
    pub destructive: u64,
    /// How often each kind of rejection occurs, commonest first.
    pub kinds: Vec<(String, u64)>,
    /// What the user should know about the file.
    pub notices: Vec<Notice>,
    /// The input's own columns, as one encoded CSV record.
    pub header: Vec<u8>,
    /// The input's own columns.
    pub columns: Columns,
    /// What stands around its rows.
    pub head: Head,
    /// The columns of days, where each of their cells is an item.
    pub days: Vec<Day>,
    /// What their cells hold.
    pub cells: CellCounts,
    /// `csv`, `jsonl` or `xlsx`.
    pub format: &'static str,
    /// What parts the cells of a CSV file.
    pub delimiter: u8,
    /// Whether the values right of its rows are remarks, which are not sent.
    pub has_remarks_beside: bool,
    /// Why none of it is sent: more rows are rejected than the job allows.
    pub refused: Option<Refusal>,
}

impl Plan {
    /// What an item of the input is to a person: a `row`, or an `item` where a row holds many.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        if self.days.is_empty() { "row" } else { "item" }
    }
}

/// Checks a whole file.
pub fn prepare(
    job: &Job,
    path: &Path,
    stage: &mut dyn Stage,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Plan, Refusal> {
    // Before the file is touched: a wrong constant would fail each of its rows alike.
    check_constants(job)?;
    let lookups = lookups::load(job)?;
    let mut pass = Pass {
        job,
        lookups: &lookups,
        path,
        leaves_out_beside: false,
        control,
        observer,
    };
    let identity = Identity::of(path)?;
    let mut keys = Vec::new();
    let mut plan = pass.stage(stage, &HashMap::new(), |mapped| {
        keys.push(mapped.key_fingerprint())
    })?;
    // Only the whole file shows whether what stands beside its rows is a remark or two, or a column that lost its title.
    if plan.has_remarks_beside {
        pass.leaves_out_beside = true;
        stage.restart()?;
        keys.clear();
        plan = pass.stage(stage, &HashMap::new(), |mapped| {
            keys.push(mapped.key_fingerprint())
        })?;
    }
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
        return Err(Refusal::new(
            "file.changed",
            format!("{} changed while it was being checked", path.display()),
        )
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
    lookups: &'a Lookups,
    path: &'a Path,
    /// Whether values right of the table are remarks.
    leaves_out_beside: bool,
    control: &'a Control,
    observer: &'a dyn Observer,
}

impl Pass<'_> {
    /// Maps every row and stages it, except those known to repeat or conflict.
    fn stage(
        &self,
        stage: &mut dyn Stage,
        repeated: &HashMap<Place, Rejection>,
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
        let mut read = self.read(|place, row, result, rejected| {
            let rejection = match result {
                Ok(mapped) => match repeated.get(&place) {
                    None => {
                        seen(mapped);
                        plan.items += 1;
                        plan.destructive += u64::from(mapped.destructive);
                        let full = batcher.add(&mapped.envelope, place, &mapped.body, &row.source);
                        if let Some(filled) = full {
                            plan.batches += 1;
                            stage.batch(filled)?;
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
            stage.rejection(place, row, rejection)
        })?;
        for filled in batcher.finish() {
            plan.batches += 1;
            stage.batch(filled)?;
        }
        plan.kinds = kinds.into_iter().collect();
        plan.kinds
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        plan.rows = read.rows;
        plan.has_remarks_beside = read.beside.are_remarks(read.rows);
        plan.blank_lines = read.input.blank_lines();
        plan.header = header(&read.input);
        plan.columns = read.input.columns().clone();
        plan.head = read.input.head().clone();
        plan.days = read.days;
        plan.cells = read.cells;
        plan.format = read.input.format().word();
        plan.delimiter = read.input.delimiter();
        let findings = read.input.findings();
        let notices = findings.iter().map(Notice::from);
        plan.notices = notices.chain(read.notices).collect();
        Ok(plan)
    }

    /// Compares the keys that look alike in full: which rows repeat an earlier one, and which conflict.
    fn compare(&self, alike: &HashSet<u64>) -> Result<HashMap<Place, Rejection>, Refusal> {
        let mut groups: HashMap<Vec<u8>, Vec<(Place, Vec<u8>)>> = HashMap::new();
        self.read(|place, _, result, _| {
            if let Ok(mapped) = result
                && alike.contains(&mapped.key_fingerprint())
            {
                let group = groups.entry(mapped.key.clone()).or_default();
                group.push((place, mapped.content()));
            }
            Ok(())
        })?;
        let mut repeated = HashMap::new();
        for group in groups.into_values() {
            judge(&group, &mut repeated);
        }
        Ok(repeated)
    }

    /// Reads the file, handing each item to `each` as mapped or rejected. `each` keeps the count of rejected items.
    fn read(
        &self,
        mut each: impl FnMut(Place, &Row, Result<&Mapped, &Rejection>, &mut u64) -> Result<(), Refusal>,
    ) -> Result<Read, Refusal> {
        let mut input = Input::open(self.path, &options(self.job))?;
        let typing = match input.format() {
            Format::Csv | Format::Workbook => Typing::Untyped,
            Format::Jsonl => Typing::Typed,
        };
        self.observer.see(&Event::CheckStarted {
            input: self.path.display().to_string(),
            bytes_total: input.bytes_total(),
        });
        let place = |refusal: Refusal| refusal.because(format!("in {}", self.path.display()));
        let (columns, head) = (input.columns(), input.head());
        let mut days =
            Days::bind(self.job, columns, head, input.is_again(), typing).map_err(place)?;
        let mut mapper =
            Mapper::new(self.job, self.lookups, columns, days.as_ref(), typing).map_err(place)?;
        let mut side_lines = match typing {
            Typing::Untyped => Some(SideLines::new(
                self.job,
                self.lookups,
                columns,
                head,
                days.as_ref(),
            )),
            Typing::Typed => None,
        };
        let fillable = fillable(self.job, columns);
        input.fill_merged(&fillable);
        if self.leaves_out_beside {
            input.leave_out_beside();
        }
        let mut beside = Beside::default();
        let mut tidier = Tidier::new(&self.job.input.tidy);
        let mut row = Row::default();
        let mut mapped = Mapped::default();
        let mut rejected = 0;
        loop {
            let whole = |row: &Row| Place::row(row.record);
            let reading = input.read(&mut row)?;
            if let Some(side_lines) = &side_lines {
                beside.see(&row, |word| side_lines.is_known(word));
            }
            let rejection = match &reading {
                Reading::Row => None,
                Reading::Unreadable(rejection) => Some(rejection),
                Reading::End => break,
            };
            if rejection.is_none() {
                tidier.tidy(&mut row, mapper.columns_sent());
            }
            if let Some(side_lines) = &mut side_lines
                && side_lines.judge(&row, rejection).map_err(place)? == LineKind::LeftAlone
            {
                continue;
            }
            match (reading, &mut days) {
                (Reading::End, _) => break,
                (Reading::Unreadable(rejection), _) => {
                    each(whole(&row), &row, Err(&rejection), &mut rejected)?;
                }
                (Reading::Row, None) => {
                    let result = mapper.map(input.columns(), &row, None, &mut mapped);
                    let result = result.as_ref().map(|()| &mapped);
                    each(whole(&row), &row, result, &mut rejected)?;
                }
                (Reading::Row, Some(days)) => {
                    days.each_cell(&row, |column, cell| {
                        let result = cell.and_then(|cell| {
                            mapper.map(input.columns(), &row, Some(&cell), &mut mapped)
                        });
                        let result = result.as_ref().map(|()| &mapped);
                        each(Place::cell(row.record, column), &row, result, &mut rejected)
                    })?;
                }
            }
            if row.record.is_multiple_of(ROWS_PER_LOOK) {
                self.look(&input, row.record, rejected)?;
            }
        }
        self.look(&input, row.record, rejected)?;
        let known_by = days.as_ref().and_then(Days::known_by);
        let known_by = known_by.map(|known_by| Notice::new("roster.known-by", known_by));
        let left_alone = side_lines.as_ref().map_or(0, SideLines::count);
        let side_lines = side_lines.as_ref().and_then(SideLines::notice);
        let remarks = self.leaves_out_beside.then(|| beside.notice());
        Ok(Read {
            rows: row.record - left_alone,
            notices: side_lines
                .into_iter()
                .chain(remarks)
                .chain(known_by)
                .chain(tidier.notice())
                .chain(mapper.warnings())
                .collect(),
            beside,
            cells: days.as_ref().map(Days::counts).unwrap_or_default(),
            days: days.map_or_else(Vec::new, |days| days.days().to_vec()),
            input,
        })
    }

    /// Tells how far the reading is, and stops when asked to.
    fn look(&self, input: &Input, rows: u64, rejected: u64) -> Result<(), Refusal> {
        self.observer.see(&Event::CheckProgress {
            bytes: input.bytes_read(),
            rows,
            rejected,
        });
        if self.control.is_stopping() {
            return Err(
                Refusal::new("run.interrupted", "interrupted while the input was checked")
                    .because("nothing was sent")
                    .exit(Exit::Interrupted),
            );
        }
        Ok(())
    }
}

/// What one reading of the file left behind.
struct Read {
    input: Input,
    rows: u64,
    /// What the user should know besides what the input tells.
    notices: Vec<Notice>,
    days: Vec<Day>,
    cells: CellCounts,
    beside: Beside,
}

/// What a job says about its input, as the reader takes it.
fn options(job: &Job) -> InputOptions {
    let of_roster = |tells: fn(&[String]) -> bool| job.input.unpivot.as_ref().map(|_| tells);
    InputOptions {
        format: match job.input.format.as_deref() {
            Some("csv") => Some(Format::Csv),
            Some("jsonl") => Some(Format::Jsonl),
            Some("xlsx") => Some(Format::Workbook),
            _ => None,
        },
        encoding: job.input.encoding.clone(),
        delimiter: job.input.delimiter,
        sheet: job.input.sheet.clone(),
        header: HeaderRule {
            lines: job.input.header_lines,
            names: names_for_header(job),
            is_weekdays: of_roster(roster::is_weekdays),
            is_days: of_roster(roster::is_header_of_days),
        },
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
fn judge(group: &[(Place, Vec<u8>)], repeated: &mut HashMap<Place, Rejection>) {
    let Some(((first, content), others)) = group.split_first() else {
        return;
    };
    match others.iter().find(|(_, other)| other != content) {
        None => {
            for (place, _) in others {
                repeated.insert(*place, Rejection::repeats(first.record()));
            }
        }
        Some((different, _)) => {
            repeated.insert(*first, Rejection::conflicts(different.record()));
            for (place, other) in others {
                let rival = if other == content { *different } else { *first };
                repeated.insert(*place, Rejection::conflicts(rival.record()));
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
    let read = plan.items + plan.rejected;
    if !limit.exceeded(plan.rejected, read, REJECTED_LEAST) {
        return None;
    }
    let mut refusal = Refusal::new(
        "file.max-rejected",
        format!(
            "{} of {read} {}s are rejected; the job allows {}, so nothing was sent",
            plan.rejected,
            plan.unit(),
            limit.allowed(read, REJECTED_LEAST)
        ),
    );
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
