//! A job: which endpoint, which input, how rows become items, and the values shared by all calls.
//!
//! `file` is the TOML as written; [`Job`] is what it means, checked against its endpoint. Neither reads the input.

mod file;
mod resolve;
mod schema;
mod values;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

pub use resolve::{items_max, load, read};
pub use schema::schema;
pub use values::MONTH;

use crate::document::Document;
use crate::endpoint::Endpoint;
use crate::model::InputFormat;
use crate::roster::DayRule;

/// A job, resolved and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The job file's name without `.toml`.
    pub name: String,
    /// The job file, kept in the run store.
    pub document: Document,
    /// The values of `--set`, in their order.
    pub set: Vec<(String, String)>,
    /// `--sheet`.
    pub sheet: Option<String>,
    /// The endpoint's catalogue file, kept in the run store.
    pub endpoint_document: Document,
    /// The endpoint its items go to.
    pub endpoint: Endpoint,
    /// Where rows come from.
    pub input: InputRule,
    /// Where each of the endpoint's shared values comes from, in the endpoint's order.
    pub request: Vec<Source>,
    /// Where each of the item's fields comes from, in the endpoint's order.
    pub item: Vec<Source>,
    /// Words that stand for ids.
    pub lookups: Vec<LookupRule>,
    /// When to stop.
    pub limits: Limits,
    /// Whether what the platform holds is read and kept before anything is sent.
    pub keeps_before: bool,
    /// Whether the platform is asked, before anything is sent, whether what the rows name is there.
    pub has_preflight: bool,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRule {
    /// The input file, if the job names one.
    pub file: Option<PathBuf>,
    /// What the file is; found by its content when absent.
    pub format: Option<InputFormat>,
    /// An encoding's name; detected when absent.
    pub encoding: Option<String>,
    /// The delimiter of CSV; a comma when absent.
    pub delimiter: Option<u8>,
    /// Columns that are not sent, but repeated in the reports.
    pub ignore: Vec<String>,
    /// The sheet of a workbook; the only visible one when absent.
    pub sheet: Option<String>,
    /// Several sheets that are read as one input. Not beside `sheet`.
    pub sheets: Option<SheetNames>,
    /// Lines of the header: one, or two whose names are joined.
    pub header_lines: usize,
    /// What is done to cells before they are looked at.
    pub tidy: Tidy,
    /// Each day's cell of a row is an item of its own.
    pub unpivot: Option<Unpivot>,
}

/// Which sheets are read as one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetNames {
    /// Every visible one that has the columns.
    All,
    /// These.
    Named(Vec<String>),
}

impl Job {
    /// Reads the sheet of this name, as `--sheet` says, whatever the job says.
    pub fn read_sheet(&mut self, name: &str) {
        self.sheet = Some(name.to_owned());
        self.input.sheet = Some(name.to_owned());
        self.input.sheets = None;
    }
}

/// What is done to the cells that are sent, before anything else. Nothing unless the job asks for it, and all of it is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tidy {
    /// White space at both ends of a cell is dropped.
    pub trim: bool,
    /// Full-width digits become ordinary ones.
    pub digits: bool,
    /// Words that stand for an empty cell, such as `-`.
    pub empty: Vec<String>,
}

/// How the cells of a row become items: one column per day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unpivot {
    /// Which month, and how the days are titled.
    pub days: DayRule,
    /// Words by which a cell says that nothing is to be sent.
    pub leave: Vec<String>,
    /// Words for a day of rest, and what is sent for it.
    pub rest: Mark,
    /// Words by which a day is cleared, and what is sent for that.
    pub clear: Mark,
}

/// Words of a cell, and the values of the item's fields that they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// The words.
    pub words: Vec<String>,
    /// Field by position in the endpoint's order, and its value as text.
    pub item: Vec<(usize, String)>,
}

/// Words that stand for ids: given in the job, or in a table of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupRule {
    /// Its name in the job.
    pub name: String,
    /// Words given in the job, each with what it stands for.
    pub words: Vec<(String, String)>,
    /// A file with more of them.
    pub table: Option<LookupTable>,
    /// What the platform is asked for, where it says what words stand for.
    pub tenant: Option<TenantLookup>,
}

/// What the platform is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantLookup {
    /// Of what.
    pub subject: Subject,
    /// By what people are known in the input.
    pub keys: Vec<PersonKey>,
    /// What stands in for the answer where the platform was never asked; none where nothing does.
    pub rehearsal: Option<Box<LookupRule>>,
    /// The answer, once there is one.
    pub known: Option<KnownWords>,
}

/// What words stand for that the platform knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Ids of people.
    People,
    /// Shifts by their names.
    Shifts,
    /// Attendance groups by their names.
    Groups,
    /// Field codes of an archive report by the titles of its columns.
    Codes,
}

impl Subject {
    /// The names of the lookups that the platform answers.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("people", Self::People),
        ("shifts", Self::Shifts),
        ("groups", Self::Groups),
        ("codes", Self::Codes),
    ];
}

/// By what a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonKey {
    /// 工号.
    JobNumber,
    /// The mobile number.
    Mobile,
    /// The personal e-mail address.
    Email,
    /// The name: one that several people have is no answer.
    Name,
}

impl PersonKey {
    /// What HR calls them.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("工号", Self::JobNumber),
        ("job_number", Self::JobNumber),
        ("手机号", Self::Mobile),
        ("mobile", Self::Mobile),
        ("邮箱", Self::Email),
        ("email", Self::Email),
        ("姓名", Self::Name),
        ("name", Self::Name),
    ];
}

/// What the platform said that words stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownWords {
    /// The platform's host.
    pub host: String,
    /// When it said so, in milliseconds since 1970.
    pub read_at: u64,
    /// The words. One that stands for several things is there several times.
    pub words: Vec<KnownWord>,
    /// Words that it was asked for in vain, where it is asked word by word.
    pub missed: Option<BTreeSet<String>>,
}

/// One word that the platform knows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KnownWord {
    /// The word.
    pub word: String,
    /// The id that it stands for.
    pub value: String,
    /// What tells it from others of the same name: a job number, the hours of a shift.
    pub about: String,
    /// The name of a person.
    pub name: Option<String>,
}

impl PersonKey {
    /// Whether a column of this title holds names of people.
    #[must_use]
    pub fn is_name(title: &str) -> bool {
        Self::WORDS.contains(&(title, Self::Name))
    }
}

impl LookupRule {
    /// Whether its words are not the platform's although it is to be asked.
    #[must_use]
    pub fn is_rehearsed(&self) -> bool {
        self.tenant
            .as_ref()
            .is_some_and(|tenant| tenant.known.is_none())
    }
}

/// A file whose rows say what words stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable {
    /// CSV, JSONL or a workbook.
    pub file: PathBuf,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// Columns that hold words; each of them finds the row.
    pub keys: Vec<String>,
    /// The column that holds what they stand for.
    pub value: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The same for every row, as text; the endpoint's type converts it as it converts a cell.
    Constant(String),
    /// The cell of this column, a part of the date in it, or what it stands for in a lookup.
    Column {
        /// The column.
        name: String,
        /// The part of its date: month, day or date.
        part: Option<CellPart>,
        /// Position of the lookup.
        lookup: Option<usize>,
    },
    /// A part of the day's cell that the item is made from.
    Cell {
        /// Which part.
        part: CellPart,
        /// Position of the lookup.
        lookup: Option<usize>,
    },
    /// Several columns become entries of a nested list: `{key: <name>, value: <cell>}`. An empty cell leaves its entry out.
    Fold {
        /// Which columns.
        columns: FoldColumns,
        /// The entry's field that takes the column's name.
        key: String,
        /// The entry's field that takes the cell.
        value: String,
        /// Position of the lookup that gives each column's name from its title.
        lookup: Option<usize>,
    },
    /// Nothing gives it; the endpoint does not require it.
    Nowhere,
}

/// What a day's cell gives to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellPart {
    /// What stands in it.
    Value,
    /// Its month, `yyyyMM`.
    Month,
    /// Its day of the month.
    Day,
    /// Its date, `yyyyMMdd`.
    Date,
}

impl CellPart {
    /// All of them, with their words in a job.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("value", Self::Value),
        ("month", Self::Month),
        ("day", Self::Day),
        ("date", Self::Date),
    ];
}

/// Which columns are folded into a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldColumns {
    /// Every column that nothing else uses.
    Others,
    /// `(column, name it is sent under)`.
    Named(Vec<(String, String)>),
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// More rejected rows than this: nothing is sent.
    pub rejected: Limit,
    /// More items than this that failed or are unconfirmed after the first batches: the run halts.
    pub failed: Limit,
    /// Calls of one run, over all starts: the run halts before it makes more.
    pub calls: Option<u64>,
    /// How long calls may fail whatever they carry before the run halts.
    pub outage: Duration,
    /// Items per call; the endpoint's limit when absent.
    pub items_max: Option<usize>,
}

impl Limits {
    /// `max_outage` where the job says none: longer than a restart of the platform's servers takes, shorter than an evening.
    pub const OUTAGE: Duration = Duration::from_mins(15);
}

/// A limit as a share or as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// Per cent of all.
    Percent(f64),
    /// A number of rows or items.
    Count(u64),
}

impl Limit {
    /// Reads a number such as `20`, or a share such as `10%`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(Self::Percent),
            None => text.trim().parse().ok().map(Self::Count),
        }
    }

    /// Whether `part` of `all` is more than the limit. A share is never less than `least`.
    #[must_use]
    pub fn exceeded(self, part: u64, all: u64, least: u64) -> bool {
        part > self.allowed(all, least)
    }

    /// How many of `all` are allowed. A share is never less than `least`.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a number of rows, rounded down; exact below 2^52 rows"
    )]
    pub fn allowed(self, all: u64, least: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => ((all as f64 * percent / 100.0) as u64).max(least),
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

#[cfg(test)]
mod tests;
