//! The first station: the whole file is checked before anything is sent.
//!
//! One pass maps every row and stages the batches, keeping eight bytes per item key. Only when two keys look alike is the file
//! read again: once to compare those keys in full, and once more to stage the batches without the rows that repeat or conflict. So it
//! is when the whole of a column shows that a spreadsheet ruined ids in it.
//! Memory grows with nothing else. `check` does the same with a sink that keeps nothing.

mod digest;
mod fit;
mod lookups;
mod sheets;
mod words;

pub use self::digest::SentDigest;
pub use self::fit::columns_used;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::batching::{Batcher, Filled};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::input::{HeaderRule, Identity, Input, InputFormat, InputOptions, Reading, Walked};
use crate::job::Job;
use crate::lookup::Lookups;
use crate::mapping::{
    Beside, CONTRADICTS, CellCounts, Corrections, Day, Days, LEFT_OUT, LineKind, Mapped, Mapper,
    RuinedIds, SideLines, Tidier, Typing, check_constants, covering, fillable, names_for_header,
    words_for_cells,
};
use crate::model::{Columns, Head, Lines, Notice, Place, Rejection, Row, Sheets};
use crate::numbers::{counted, one_or_more, thousands};
use crate::origin::Origin;
use crate::roster::{self, SaidMonth, YearMonth};
use crate::text::Text;

/// Rejected rows allowed however short the file: a limit in per cent must not stop a small file for two bad rows.
pub const REJECTED_LEAST: u64 = 20;
/// Rows between two looks at progress and interruption.
const ROWS_PER_LOOK: u64 = 1024;
/// So few rows whose names contradict their ids are married names and typing mistakes. From so many on, and if they are more than
/// one row in ten, a column was sorted without the others: then the rows that agree may do so by chance.
const CONTRADICTIONS_MIN: u64 = 3;
const CONTRADICTIONS_ONE_IN: u64 = 10;
/// Different kinds of rejections counted apart; more are counted together.
const KINDS_MAX: usize = 1000;

/// Months around the present one of which nobody has to be told: last month's report, next month's roster.
const MONTHS_NEAR: i32 = 2;

/// The file that is checked, and what is known of it besides the job.
#[derive(Debug, Clone, Copy)]
pub struct InputFile<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Where it comes from: what a run rejected and nobody corrected stays rejected.
    pub origin: &'a Origin,
    /// What a person changed of it.
    pub corrections: &'a Corrections,
}

impl<'a> InputFile<'a> {
    /// A file as it is.
    #[must_use]
    pub fn new(path: &'a Path, origin: &'a Origin) -> Self {
        Self {
            path,
            origin,
            corrections: Corrections::NONE,
        }
    }
}

/// Takes what prepare finds.
pub trait Sink {
    /// A row was read, and corrected; what is found in it comes after it. One that cannot be read holds nothing but its source.
    fn row(&mut self, _row: &Row, _is_readable: bool) -> Result<(), Refusal> {
        Ok(())
    }
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
    /// Rows of which an item will not be sent.
    pub rows_rejected: u64,
    /// Calls needed.
    pub batches: u64,
    /// First and last day that the items to send are about, as `yyyyMMdd`, where they say days.
    pub dates: Option<(u32, u32)>,
    /// What will be destroyed.
    pub destructive: Destruction,
    /// How often each kind of rejection occurs, commonest first.
    pub kinds: Vec<(Text, u64)>,
    /// What the user should know about the file.
    pub notices: Vec<Notice>,
    /// The input's own columns, as one encoded CSV record.
    pub header: Vec<u8>,
    /// The input's own columns.
    pub columns: Columns,
    /// What stands around its rows; of several sheets, around the first one's.
    pub head: Head,
    /// The sheets that were read, where there are several.
    pub sheets: Sheets,
    /// The columns of days, where each of their cells is an item.
    pub days: Vec<Day>,
    /// The lines of its rows.
    pub lines: Lines,
    /// What their cells hold.
    pub cells: CellCounts,
    /// The words in them and how often each is, commonest first.
    pub words: Vec<(String, u64)>,
    /// Cells that hold any other word, where there are too many to count them apart.
    pub words_uncounted: u64,
    /// The month of a roster, `yyyyMM`, where it is one.
    pub month: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// The encoding it was read in; none for a workbook.
    pub encoding: Option<&'static str>,
    /// The first and the last month of what can be sent, where the endpoint takes months.
    pub months: Option<(YearMonth, YearMonth)>,
    /// What the file is.
    pub format: InputFormat,
    /// What parts the cells of a CSV file.
    pub delimiter: u8,
    /// Rows whose names contradict their ids.
    pub contradictions: u64,
    /// The first of them, in words.
    pub contradiction: String,
    /// Whether the values right of its rows are remarks, which are not sent.
    pub has_remarks_beside: bool,
    /// Why none of it is sent: more rows are rejected than the job allows, or most of their ids are wrong.
    pub refused: Option<Refusal>,
}

/// What will be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Destruction {
    /// Items.
    pub items: u64,
    /// Rows they come from.
    pub rows: u64,
    /// First and last day they are about, as `yyyyMMdd`, where they say days.
    pub dates: Option<(u32, u32)>,
    last_record: u64,
}

impl Destruction {
    /// Counts an item of a record.
    pub fn add(&mut self, record: u64, dates: Option<(u32, u32)>) {
        self.items += 1;
        self.rows += u64::from(self.last_record != record);
        self.last_record = record;
        if let Some(dates) = dates {
            self.dates = Some(covering(self.dates, dates));
        }
    }
}

impl Plan {
    /// What an item of the input is to a person: a `row`, or an `item` where a row holds many.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        if self.days.is_empty() { "row" } else { "item" }
    }
}

/// Tells that what can be sent is of a month far from the present one. The present is the caller's: there is no clock here.
#[must_use]
pub fn distant(months: Option<(YearMonth, YearMonth)>, present: YearMonth) -> Option<Notice> {
    let (first, last) = months?;
    let distances = [first, last].map(|month| month.months_since(present));
    let farthest = distances.into_iter().max_by_key(|months| months.abs())?;
    if farthest.abs() <= MONTHS_NEAR {
        return None;
    }
    let sent = roster::months_in_words(first, last);
    let (count, present) = (farthest.abs(), present.in_words());
    let what = if farthest < 0 {
        text!(
            "what is sent is of {sent}, {count} months before the present one ({present})",
            sent,
            count,
            present
        )
    } else {
        text!(
            "what is sent is of {sent}, {count} months after the present one ({present})",
            sent,
            count,
            present
        )
    };
    Some(Notice::new("file.month-distant", what))
}

/// Checks a whole file.
pub fn prepare(
    job: &Job,
    file: &InputFile<'_>,
    sink: &mut dyn Sink,
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
    let (mut plan, mut ruined) = pass.stage(sink, &HashMap::new(), |mapped| {
        keys.push(mapped.key_fingerprint())
    })?;
    // Only the whole file shows whether what is beside its rows is a remark or two, or a column that lost its title.
    if plan.has_remarks_beside {
        pass.leaves_out_beside = true;
        sink.restart()?;
        keys.clear();
        (plan, ruined) = pass.stage(sink, &HashMap::new(), |mapped| {
            keys.push(mapped.key_fingerprint())
        })?;
    }
    if !ruined.is_empty() {
        pass.ruined = ruined;
        keys.clear();
        sink.restart()?;
        (plan, _) = pass.stage(sink, &HashMap::new(), |mapped| {
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
            sink.restart()?;
            (plan, _) = pass.stage(sink, &repeated, |_| {})?;
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
        .or_else(|| names_contradict(&plan))
        .or_else(|| too_many_rejected(job, &plan));
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
    /// Ids that an earlier reading found ruined.
    ruined: RuinedIds,
    file: InputFile<'a>,
    /// Whether values right of the table are remarks.
    leaves_out_beside: bool,
    control: &'a Control,
    observer: &'a dyn Observer,
}

impl<'a> Pass<'a> {
    /// Maps every row and stages it, except those known to repeat or conflict. Also tells which ids are ruined.
    fn stage(
        &self,
        sink: &mut dyn Sink,
        repeated: &HashMap<Place, Rejection>,
        mut seen: impl FnMut(&Mapped),
    ) -> Result<(Plan, RuinedIds), Refusal> {
        let mut plan = Plan::default();
        let mut kinds = BTreeMap::new();
        let items_max = self
            .job
            .limits
            .items_max
            .unwrap_or(self.job.endpoint.items.max);
        let mut batcher = Batcher::new(items_max);
        let mut last_rejected = 0;
        let mut contradicting = 0;
        let mut contradiction = None;
        let mut read = self.read(|found, rejected| {
            let (place, row, result) = match found {
                Entry::Row(row, is_readable) => return sink.row(row, is_readable),
                Entry::Item(place, row, result) => (place, row, result),
            };
            let rejection = match result {
                Ok(mapped) => match repeated.get(&place) {
                    None => {
                        seen(mapped);
                        plan.items += 1;
                        if let Some(dates) = mapped.dates {
                            plan.dates = Some(covering(plan.dates, dates));
                        }
                        if mapped.destructive {
                            plan.destructive.add(place.record(), mapped.dates);
                        }
                        let full = batcher.add(&mapped.envelope, place, &mapped.body, &row.source);
                        if let Some(filled) = full {
                            plan.batches += 1;
                            sink.batch(filled)?;
                        }
                        return Ok(());
                    }
                    Some(rejection) => rejection,
                },
                Err(rejection) => rejection,
            };
            if rejection.rule == CONTRADICTS.name && contradicting != row.record {
                contradicting = row.record;
                plan.contradictions += 1;
                contradiction.get_or_insert_with(|| (row.line, rejection.clone()));
            }
            plan.rejected += 1;
            // What a person left out says nothing about the file.
            let is_new = last_rejected != row.record && rejection.rule != LEFT_OUT.name;
            plan.rows_rejected += u64::from(is_new);
            last_rejected = row.record;
            *rejected = plan.rejected;
            count_kind(&mut kinds, rejection.kind());
            sink.rejection(place, row, rejection)
        })?;
        for filled in batcher.finish() {
            plan.batches += 1;
            sink.batch(filled)?;
        }
        plan.kinds = kinds.into_values().collect();
        plan.kinds
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        plan.rows = read.rows;
        plan.has_remarks_beside = read.beside.are_remarks(read.rows);
        plan.blank_lines = read.input.blank_lines();
        plan.header = header(&read.input);
        plan.columns = read.input.columns().clone();
        plan.head = read.input.head().clone();
        plan.month = read.month;
        plan.bytes = read.input.bytes_total();
        plan.encoding = read.input.encoding();
        plan.sheets = read.input.sheets().clone();
        if let Some((line, rejection)) = contradiction {
            let column = rejection.column.as_deref().unwrap_or_default();
            let address = plan.head.address(&plan.columns, column, line);
            let place = address.unwrap_or_else(|| format!("line {line}"));
            plan.contradiction = format!("{place}: {}", rejection.sentence());
        }
        plan.days = read.days;
        plan.lines = read.lines;
        plan.cells = read.cells;
        plan.months = read.months;
        plan.refused = read.refused;
        (plan.words, plan.words_uncounted) = read.words;
        plan.format = read.input.format();
        plan.delimiter = read.input.delimiter();
        let findings = read.input.findings();
        let notices = findings.iter().map(Notice::from);
        let notices = self.file.origin.notice(self.job).into_iter().chain(notices);
        plan.notices = notices.chain(read.notices).collect();
        Ok((plan, read.ruined))
    }

    /// Compares the keys that look alike in full: which rows repeat an earlier one, and which conflict.
    fn compare(&self, alike: &HashSet<u64>) -> Result<HashMap<Place, Rejection>, Refusal> {
        let mut groups: HashMap<Vec<u8>, Vec<Alike>> = HashMap::new();
        let read = self.read(|found, _| {
            if let Entry::Item(place, row, Ok(mapped)) = found
                && alike.contains(&mapped.key_fingerprint())
            {
                let group = groups.entry(mapped.key.clone()).or_default();
                group.push(Alike {
                    place,
                    line: row.line,
                    content: mapped.content(),
                });
            }
            Ok(())
        })?;
        let mut repeated = HashMap::new();
        for group in groups.into_values() {
            judge(&group, &read.input, &mut repeated);
        }
        Ok(repeated)
    }

    /// What the job says, bound to the columns of an input that was opened.
    fn bind(
        &self,
        input: &mut Input,
        typing: Typing,
    ) -> Result<(Option<Days<'a>>, Mapper<'a>, Option<SideLines<'a>>), Refusal> {
        let (columns, head) = (input.columns(), input.head());
        let dates = input.has_report_cells().then(|| self.file.origin.dates());
        let days = Days::bind(self.job, columns, head, dates, typing)?;
        sheets::same_days(self.job, input, days.as_ref())?;
        let mut mapper = Mapper::new(self.job, self.lookups, columns, days.as_ref(), typing)?;
        mapper = mapper.without(self.ruined.clone());
        mapper.hold_against(head)?;
        let side_lines = match typing {
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
        Ok((days, mapper, side_lines))
    }

    /// Opens the file for one reading of it.
    fn open(&self) -> Result<(Input, Typing), Refusal> {
        let options = InputOptions {
            walked: self.file.origin.walked(),
            ..options(self.job)
        };
        let input = Input::open(self.file.path, &options)?;
        let typing = match input.format() {
            InputFormat::Csv | InputFormat::Workbook => Typing::Untyped,
            InputFormat::Jsonl => Typing::Typed,
        };
        self.observer.see(&Event::CheckStarted {
            input: self.file.path.display().to_string(),
            bytes_total: input.bytes_total(),
        });
        Ok((input, typing))
    }

    /// Reads the file, handing each row and then its items to `each`, which keeps the count of
    /// rejected items.
    fn read(
        &self,
        mut each: impl FnMut(Entry<'_>, &mut u64) -> Result<(), Refusal>,
    ) -> Result<Read, Refusal> {
        let (mut input, typing) = self.open()?;
        let place =
            |refusal: Refusal| refusal.because(text!("in {file}", file = self.file.path.display()));
        let (mut days, mut mapper, mut side_lines) =
            self.bind(&mut input, typing).map_err(place)?;
        let mut beside = Beside::default();
        let mut tidier = Tidier::new(&self.job.input.tidy);
        let mut row = Row::default();
        let mut mapped = Mapped::default();
        let mut lines = Lines::default();
        let mut rejected = 0;
        loop {
            let unreadable = match input.read(&mut row)? {
                Reading::Row => None,
                Reading::Unreadable(rejection) => Some(rejection),
                Reading::End => break,
            };
            if row.record.is_multiple_of(ROWS_PER_LOOK) {
                self.look(&input, row.record, rejected)?;
            }
            self.file.origin.require_same(&row)?;
            let mut left_out = None;
            if unreadable.is_none() {
                left_out = self.file.corrections.apply(&mut row, input.delimiter());
                tidier.tidy(&mut row, mapper.columns_sent());
            }
            // A report has lines of items only.
            if let Some(side_lines) = side_lines.as_mut().filter(|_| row.report.is_none()) {
                let kind = side_lines.judge(&row, unreadable.as_ref()).map_err(place)?;
                if kind == LineKind::LeftAlone {
                    continue;
                }
                beside.see(&row, |word| side_lines.is_known(word));
            }
            lines.note(row.record, row.line);
            each(Entry::Row(&row, unreadable.is_none()), &mut rejected)?;
            let (columns, delimiter) = (input.columns(), input.delimiter());
            let verdict = |item| self.file.origin.verdict(&row, item, columns, delimiter);
            // A line of a report may be about one cell, whether or not it can be used.
            let item = row.report_cell.as_ref().map(|cell| cell.column);
            let at = item.map_or(Place::row(row.record), |column| {
                Place::cell(row.record, column)
            });
            if let Some(rejection) = unreadable.or(left_out).or_else(|| verdict(item)) {
                each(Entry::Item(at, &row, Err(&rejection)), &mut rejected)?;
                continue;
            }
            let Some(days) = &mut days else {
                let result = mapper.map(columns, &row, None, &mut mapped);
                let result = result.as_ref().map(|()| &mapped);
                each(Entry::Item(at, &row, result), &mut rejected)?;
                continue;
            };
            days.each_cell(&row, |column, cell| {
                let verdict = self
                    .file
                    .origin
                    .verdict(&row, Some(column), columns, delimiter);
                let result = verdict
                    .map_or(cell, Err)
                    .and_then(|cell| mapper.map(columns, &row, Some(&cell), &mut mapped));
                let result = result.as_ref().map(|()| &mapped);
                let place = Place::cell(row.record, column);
                each(Entry::Item(place, &row, result), &mut rejected)
            })?;
        }
        self.look(&input, row.record, rejected)?;
        let left_alone = side_lines.as_ref().map_or(0, SideLines::count);
        let side_lines = side_lines.as_ref().and_then(SideLines::notice);
        let remarks = self.leaves_out_beside.then(|| beside.notice());
        let of_days = days.iter().flat_map(Days::notices);
        let named = mapper.months();
        let named = named.and_then(|months| self.named_otherwise(months));
        Ok(Read {
            rows: row.record - left_alone,
            ruined: mapper.ruined_ids(),
            notices: side_lines
                .into_iter()
                .chain(remarks)
                .chain(of_days)
                .chain(named)
                .chain(tidier.notice())
                .chain(mapper.warnings())
                .collect(),
            beside,
            lines,
            months: mapper.months(),
            refused: mapper.refusal().map(place),
            cells: days.as_ref().map(Days::counts).unwrap_or_default(),
            month: days
                .as_ref()
                .and_then(|days| days.month().map(str::to_owned)),
            words: days.as_ref().map(Days::cell_words).unwrap_or_default(),
            days: days.map_or_else(Vec::new, |days| days.days().to_vec()),
            input,
        })
    }

    /// Tells that the file's name says another month than its rows.
    fn named_otherwise(&self, (first, last): (YearMonth, YearMonth)) -> Option<Notice> {
        let stem = self.file.path.file_stem()?.to_string_lossy();
        let mut named = SaidMonth::in_file_name(&stem).into_iter();
        let other = named.find(|said| ![first, last].iter().any(|month| said.allows(*month)))?;
        Some(Notice::new(
            "file.name-month",
            text!(
                "{place} says {other}, what is sent is of {months}: is this the right file?",
                place = other.place(),
                other = other.words(),
                months = roster::months_in_words(first, last)
            ),
        ))
    }

    /// Tells how far the reading is, and stops when asked to.
    fn look(&self, input: &Input, rows: u64, rejected: u64) -> Result<(), Refusal> {
        self.observer.see(&Event::CheckProgress {
            bytes: input.bytes_read(),
            rows,
            rejected,
        });
        if self.control.is_stopping() {
            return Err(Refusal::new(
                "run.interrupted",
                text!("interrupted while the input was checked"),
            )
            .because(text!("nothing was sent"))
            .exit(Exit::Interrupted));
        }
        Ok(())
    }
}

/// What a reading of the file hands out.
enum Entry<'a> {
    /// A row that is not passed over, and whether it can be read. Its items follow.
    Row(&'a Row, bool),
    /// An item as mapped or rejected.
    Item(Place, &'a Row, Result<&'a Mapped, &'a Rejection>),
}

/// What one reading of the file left behind.
struct Read {
    input: Input,
    rows: u64,
    /// Ids that the whole of their columns shows to be ruined.
    ruined: RuinedIds,
    /// What the user should know besides what the input tells.
    notices: Vec<Notice>,
    days: Vec<Day>,
    month: Option<String>,
    cells: CellCounts,
    /// The first and the last month of what can be sent.
    months: Option<(YearMonth, YearMonth)>,
    /// Why the file is another month's.
    refused: Option<Refusal>,
    beside: Beside,
    lines: Lines,
    words: (Vec<(String, u64)>, u64),
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

/// An item whose key looks like another's.
struct Alike {
    place: Place,
    line: u64,
    content: Vec<u8>,
}

impl Alike {
    /// The item's place for people: its cell in a workbook, else its record. The record is what a failure report shows beside it.
    fn name(&self, input: &Input) -> Text {
        let record = self.place.record();
        if let Some(cell) = sheets::cell(input, self.place, self.line) {
            text!("{cell} (record {record})", cell, record)
        } else {
            text!("record {record}", record)
        }
    }
}

/// Rows of one key: with the same content only the first is sent; with different content none is, because nobody can tell which
/// is meant.
fn judge(group: &[Alike], input: &Input, repeated: &mut HashMap<Place, Rejection>) {
    let Some((first, others)) = group.split_first() else {
        return;
    };
    match others.iter().find(|other| other.content != first.content) {
        None => {
            for other in others {
                repeated.insert(other.place, Rejection::repeats(first.name(input)));
            }
        }
        Some(different) => {
            repeated.insert(first.place, Rejection::conflicts(different.name(input)));
            for other in others {
                let rival = if other.content == first.content {
                    different
                } else {
                    first
                };
                repeated.insert(other.place, Rejection::conflicts(rival.name(input)));
            }
        }
    }
}

/// Counts rejections by the English words of their kind.
fn count_kind(kinds: &mut BTreeMap<String, (Text, u64)>, mut kind: Text) {
    let mut words = kind.to_string();
    if kinds.len() >= KINDS_MAX && !kinds.contains_key(&words) {
        kind = text!("other reasons");
        words = kind.to_string();
    }
    kinds.entry(words).or_insert((kind, 0)).1 += 1;
}

/// One wrong name is a mistake in one row; many are a column of ids that belongs to other rows. In a failure report they may be
/// all there is, and say nothing of the rest.
fn names_contradict(plan: &Plan) -> Option<Refusal> {
    let rows = plan.contradictions;
    if plan.head.is_of_failures()
        || rows < CONTRADICTIONS_MIN
        || rows < plan.rows.div_ceil(CONTRADICTIONS_ONE_IN)
    {
        return None;
    }
    let what = format!(
        "{rows} of {} rows name somebody else than their ids do, so nothing was sent",
        plan.rows
    );
    Some(
        Refusal::new("file.names-contradict", what)
            .because(text!("the first is {contradiction}", contradiction = plan.contradiction))
            .because(text!("a column that was sorted without the others gives every row somebody else's id"))
            .hint(text!("restore the order of the sheet, or correct the table of the lookup; `check` shows each row with --all")),
    )
}

/// Judged by rows: a person's month is one of them, however many days it has.
fn too_many_rejected(job: &Job, plan: &Plan) -> Option<Refusal> {
    let (limit, rows) = (job.limits.rejected, plan.rows);
    if !limit.exceeded(plan.rows_rejected, rows, REJECTED_LEAST) {
        return None;
    }
    let mut refusal = Refusal::new(
        "file.max-rejected",
        text!(
            "{rejected} of {rows} {is} rejected; the job allows {allowed}, so nothing was sent",
            rejected = thousands(plan.rows_rejected),
            rows = counted(rows, "row"),
            is = one_or_more(plan.rows_rejected, "is", "are"),
            allowed = limit.allowed(rows, REJECTED_LEAST)
        ),
    );
    for (kind, count) in plan.kinds.iter().take(5) {
        refusal = refusal.because(text!(
            "{count}: {kind}",
            count = counted(*count, plan.unit()),
            kind
        ));
    }
    Some(refusal.hint(
        text!("so many usually mean a wrong file or mapping: `check` shows each of them with --all; to send the rest all the same, set max_rejected in [limits] of the job"),
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
