//! What a whole file comes to, and whether it is sent at all: more rows rejected than the job allows, or ids that belong to other rows.

use std::collections::BTreeMap;

use crate::error::Refusal;
use crate::input::{Input, InputFormat};
use crate::job::Job;
use crate::mapping::{CONTRADICTS, CellCounts, Day, LEFT_OUT, Mapped, covering};
use crate::model::{Columns, Head, Lines, Notice, Place, Rejection, Row, Sheets};
use crate::numbers::{counted, one_or_more, thousands};
use crate::roster::{self, YearMonth};
use crate::text::Text;

/// Rejected rows allowed however short the file: a limit in per cent must not stop a small file for two bad rows.
pub const REJECTED_LEAST: u64 = 20;
/// So few rows whose names contradict their ids are married names and typing mistakes. From so many on, and if they are more than
/// one row in ten, a column was sorted without the others: then the rows that agree may do so by chance.
const CONTRADICTIONS_MIN: u64 = 3;
const CONTRADICTIONS_ONE_IN: u64 = 10;
/// Different kinds of rejections counted apart; more are counted together.
const KINDS_MAX: usize = 1000;

/// Months around the present one of which nobody has to be told: last month's report, next month's roster.
const MONTHS_NEAR: i32 = 2;

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

/// Counts what a reading of the file finds, item by item.
#[derive(Default)]
pub(super) struct Counting {
    pub(super) plan: Plan,
    kinds: BTreeMap<String, (Text, u64)>,
    /// The record of the last rejection that says something about the file.
    last_rejected: u64,
    last_contradicting: u64,
    /// The line of the first contradiction.
    contradiction: Option<(u64, Rejection)>,
}

impl Counting {
    /// An item that can be sent.
    pub(super) fn item(&mut self, place: Place, mapped: &Mapped) {
        let plan = &mut self.plan;
        plan.items += 1;
        if let Some(dates) = mapped.dates {
            plan.dates = Some(covering(plan.dates, dates));
        }
        if mapped.destructive {
            plan.destructive.add(place.record(), mapped.dates);
        }
    }

    /// An item that will not be sent.
    pub(super) fn rejection(&mut self, row: &Row, rejection: &Rejection) {
        let plan = &mut self.plan;
        if rejection.rule == CONTRADICTS.name && self.last_contradicting != row.record {
            self.last_contradicting = row.record;
            plan.contradictions += 1;
            self.contradiction
                .get_or_insert_with(|| (row.line, rejection.clone()));
        }
        plan.rejected += 1;
        // What a person left out says nothing about the file.
        let is_new = self.last_rejected != row.record && rejection.rule != LEFT_OUT.name;
        plan.rows_rejected += u64::from(is_new);
        self.last_rejected = row.record;
        count_kind(&mut self.kinds, rejection.kind());
    }

    /// What it comes to, without what is known of the file as a whole.
    pub(super) fn finish(self, head: &Head, columns: &Columns) -> Plan {
        let mut plan = self.plan;
        plan.kinds = self.kinds.into_values().collect();
        plan.kinds
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if let Some((line, rejection)) = self.contradiction {
            let column = rejection.column.as_deref().unwrap_or_default();
            let address = head.address(columns, column, line);
            let place = address.unwrap_or_else(|| format!("line {line}"));
            plan.contradiction = format!("{place}: {}", rejection.sentence());
        }
        plan
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
pub(super) fn names_contradict(plan: &Plan) -> Option<Refusal> {
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
pub(super) fn too_many_rejected(job: &Job, plan: &Plan) -> Option<Refusal> {
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
