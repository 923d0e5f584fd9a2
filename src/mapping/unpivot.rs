//! The cells of a row that are items of their own: one column per day.
//!
//! An empty cell is no item; a word of the job says that nothing is to be sent, that the day is one of rest, or that it is cleared.
//! What a cell means is decided here once; which date its column has, the roster says.

use std::collections::HashMap;

use crate::error::Refusal;
use crate::job::{Job, Mark, Source, Unpivot};
use crate::lookup::{is_same_word, time};
use crate::model::report_column;
use crate::model::{
    Cell, Columns, Head, MERGED, Notice, Rejection, ReportCell, Row, Rule, letters,
};
use crate::roster::{self, Lacking, date_text, parse_date};
use crate::text::Text;

use super::words::WordCounts;
use super::{Typing, columns};

/// The days of one input.
#[derive(Debug)]
pub struct Days<'a> {
    rule: &'a Unpivot,
    /// Words that a cell may hold besides those of a lookup.
    words: Vec<String>,
    /// Whether one of them is a time, which a cell may hold in another spelling.
    has_times: bool,
    /// What a blank cell asks for, if it asks for something.
    blank: Option<MarkKind>,
    /// Columns without which a row is about nobody: blank cells of such a row ask for nothing.
    keys: Vec<usize>,
    columns: Vec<Day>,
    known_by: Option<Text>,
    month: Option<String>,
    without_column: Option<Text>,
    /// How many of them the month has.
    dated: u64,
}

/// One column of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Position of the column among the input's own.
    pub column: usize,
    /// Its title.
    pub title: String,
    /// Its date, or why there is none.
    pub date: Result<DayDate, NoDate>,
}

/// Why a day has no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDate {
    /// The month lacks it.
    Lacking(Lacking),
    /// No line of a failure report that was read so far says it.
    Unsaid,
}

impl NoDate {
    /// Reads a date as a failure report says it, `yyyyMMdd`.
    fn read(text: &str) -> Result<DayDate, Self> {
        match Lacking::parse(text) {
            Some(lacking) => Err(Self::Lacking(lacking)),
            None => parse_date(text).map(DayDate::from).ok_or(Self::Unsaid),
        }
    }
}

/// A date in the forms in which fields take it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayDate {
    /// `yyyyMM`.
    pub month: String,
    /// `1` to `31`.
    pub day: String,
    /// `yyyyMMdd`.
    pub date: String,
}

/// One cell that is an item.
#[derive(Debug)]
pub struct DayCell<'d> {
    /// Position of its column among the input's own.
    pub column: usize,
    /// Its date.
    pub date: &'d DayDate,
    /// The words it is one of, if it is.
    pub mark: Option<(MarkKind, &'d Mark)>,
}

/// What a word of a cell asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A day of rest.
    Rest,
    /// The day is cleared.
    Clear,
}

/// Cells that are no items, and those that are special ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellCounts {
    /// Columns of days that the month has.
    pub days: u64,
    /// Empty cells.
    pub empty: u64,
    /// Cells with a word for "leave as is".
    pub left: u64,
    /// Days of rest.
    pub rest: u64,
    /// Days that are cleared.
    pub clear: u64,
    /// Days of rest, or cleared ones, whose cells are blank.
    pub blank: u64,
}

/// What stood in the cells that were read.
#[derive(Debug, Default)]
pub struct CellsSeen {
    /// How many were what.
    pub counts: CellCounts,
    words: WordCounts,
}

impl CellsSeen {
    /// What stood in them with how often it did, commonest first; then the cells that hold any other word.
    #[must_use]
    pub fn words(&self) -> (Vec<(String, u64)>, u64) {
        self.words.commonest_first()
    }
}

impl<'a> Days<'a> {
    /// Finds the columns of days and their dates; none when the job makes an item of each row. `dates` are given for a failure report
    /// of which each line is about one cell: those of its run, by the titles of the columns.
    pub fn bind(
        job: &'a Job,
        columns: &Columns,
        head: &Head,
        dates: Option<HashMap<String, String>>,
        typing: Typing,
    ) -> Result<Option<Self>, Refusal> {
        let Some(rule) = &job.input.unpivot else {
            return Ok(None);
        };
        if typing == Typing::Typed {
            return Err(Refusal::new(
                "file.roster-json",
                text!("a roster is a table, and the file holds JSON objects"),
            )
            .hint(text!(
                "give a CSV file or a workbook, or delete [input.unpivot] from the job"
            )));
        }
        let candidates = columns::free(job, columns);
        let (mut known_by, mut month, mut without_column) = (None, None, None);
        let is_report = dates.is_some();
        let days: Vec<Day> = if let Some(dates) = dates {
            // A failure report: each line carries the date of its cell.
            let bare = |column: usize| {
                let title = columns.names().get(column).cloned().unwrap_or_default();
                Day {
                    date: dates
                        .get(&title)
                        .map_or(Err(NoDate::Unsaid), |date| NoDate::read(date)),
                    column,
                    title,
                }
            };
            let found = roster::day_columns(columns, &candidates, &rule.days);
            found.into_iter().map(bare).collect()
        } else {
            let titled = roster::day_columns(columns, &candidates, &rule.days);
            if titled.is_empty()
                && let Some(column) = head.days_down
            {
                return Err(days_down(job, columns, column));
            }
            columns::check_needed(job, columns, &titled)?;
            let calendar = roster::calendar(columns, head, &candidates, &rule.days)?;
            month = calendar.month;
            known_by = Some(calendar.known_by);
            without_column = calendar.without_column;
            calendar.days.into_iter().map(Day::from).collect()
        };
        if days.is_empty() {
            return Err(Refusal::new("file.no-days", text!("no column is a day"))
                .because(text!("columns of the file: {names}", names = columns.names().join(", ")))
                .hint(text!("titles such as `1`, `1日`, `12-01` or `2026-09-01` are days; others are told by `pattern` in [input.unpivot]")));
        }
        let has_date = |day: &&Day| is_report || day.date.is_ok();
        let dated = days.iter().filter(has_date).count() as u64;
        let blank = blank(rule);
        if blank.is_some() && !is_report && head.is_of_failures() {
            return Err(blank_twice());
        }
        let lists = [&rule.leave, &rule.rest.words, &rule.clear.words];
        let lists = lists.into_iter().chain([&job.input.tidy.empty]);
        let words: Vec<String> = lists.flatten().cloned().collect();
        Ok(Some(Self {
            rule,
            has_times: words.iter().any(|word| time(word).is_some()),
            words,
            blank,
            keys: keys(job, columns),
            columns: days,
            known_by,
            month,
            without_column,
            dated,
        }))
    }

    /// The days, in the order of the columns.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.columns
    }

    /// What the user is to know of the days: how the month was known, which days have no column, and what blank cells came to.
    pub fn notices(&self, seen: &CellsSeen) -> impl Iterator<Item = Notice> {
        let known_by = self.known_by.as_ref();
        let known_by = known_by.map(|known_by| Notice::new("roster.known-by", known_by.clone()));
        [known_by, self.without_column(), self.blank_days(seen)]
            .into_iter()
            .flatten()
    }

    /// The month of the roster, `yyyyMM`, where it is one.
    #[must_use]
    pub fn month(&self) -> Option<&str> {
        self.month.as_deref()
    }

    /// Tells that days between others have no column.
    fn without_column(&self) -> Option<Notice> {
        let days = self.without_column.as_ref()?;
        Some(Notice::new(
            "roster.day-missing",
            text!(
                "no column for {days}: nothing is sent for what is left out",
                days
            ),
        ))
    }

    /// Words that a cell may hold besides those of a lookup.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// What the blank cells came to, for the user, where they ask for something.
    fn blank_days(&self, seen: &CellsSeen) -> Option<Notice> {
        let count = seen.counts.blank;
        let what = match (self.blank?, count) {
            (_, 0) => return None,
            (MarkKind::Rest, 1) => text!("1 blank day is a day of rest"),
            (MarkKind::Rest, _) => text!("{count} blank days are days of rest", count),
            (MarkKind::Clear, 1) => text!("1 blank day is cleared"),
            (MarkKind::Clear, _) => text!("{count} blank days are cleared", count),
        };
        Some(Notice::new("roster.blank-days", what))
    }

    /// No cell was read.
    #[must_use]
    pub fn none_seen(&self) -> CellsSeen {
        CellsSeen {
            counts: CellCounts {
                days: self.dated,
                ..CellCounts::default()
            },
            ..CellsSeen::default()
        }
    }

    /// The next item of a row among the days from `next` on: its column, and its cell or why it is none. A line of a failure report
    /// has no more than the one that it is about.
    pub fn next_cell(
        &self,
        row: &Row,
        next: &mut usize,
        seen: &mut CellsSeen,
    ) -> Option<(usize, Result<DayCell<'_>, Rejection>)> {
        let reported = row.report_cell.as_ref().map(|cell| cell.column);
        while let Some(day) = self.columns.get(*next) {
            *next += 1;
            if reported.is_none_or(|column| column == day.column)
                && let Some(cell) = self.cell(row, day, seen).transpose()
            {
                return Some((day.column, cell));
            }
        }
        None
    }

    /// Notes the date that a line of a failure report gives to the column it is about. A column has one date in a whole file:
    /// the next report must be able to say it.
    pub fn date_of_report(&mut self, reported: &ReportCell) -> Result<(), Rejection> {
        let Some(day) = self
            .columns
            .iter_mut()
            .find(|day| day.column == reported.column)
        else {
            return Err(no_day());
        };
        if reported.date.is_empty() {
            return Ok(());
        }
        let date = NoDate::read(&reported.date);
        if date == Err(NoDate::Unsaid) {
            let rule = Rule::new("row.again-date", "must be a date, written yyyyMMdd");
            return Err(Rejection::cell(report_column::DATE, &reported.date, rule));
        }
        if day.date == Err(NoDate::Unsaid) {
            day.date = date;
        } else if day.date != date {
            let rule = Rule::new(
                "row.again-date",
                "is not the date that another line gives to the same column",
            );
            let rejection = Rejection::cell(report_column::DATE, &reported.date, rule);
            return Err(rejection.detail(day.written_date()));
        }
        Ok(())
    }

    /// The cell of one day; none when nothing is to be sent for it.
    fn cell<'d>(
        &'d self,
        row: &Row,
        day: &'d Day,
        seen: &mut CellsSeen,
    ) -> Result<Option<DayCell<'d>>, Rejection> {
        let CellsSeen { counts, words } = seen;
        let text = match row.cell(day.column) {
            // Whatever it says: it is said once, and nobody can tell for which of the days.
            Cell::Unusable(text, MERGED) => {
                return Err(Rejection::cell(&day.title, text, MERGED).of_a_cell());
            }
            Cell::Absent | Cell::Text("") => {
                let mark = self.blank.filter(|_| self.has_key(row));
                match (mark, &day.date) {
                    (None, _) | (Some(_), Err(NoDate::Lacking(_))) => {
                        counts.empty += 1;
                        return Ok(None);
                    }
                    (Some(kind), Ok(date)) => {
                        counts.blank += 1;
                        return Ok(Some(DayCell {
                            column: day.column,
                            date,
                            mark: Some((kind, self.mark(kind, counts))),
                        }));
                    }
                    (Some(_), Err(NoDate::Unsaid)) => "",
                }
            }
            Cell::Text(text) | Cell::Number(text) | Cell::Unusable(text, _) => text,
            Cell::Date(_) | Cell::Bool(_) | Cell::Nested(_) => "",
        };
        if !text.is_empty() {
            words.add(text);
        }
        let mark = match self.meaning(text, counts) {
            Meaning::Leave => return Ok(None),
            Meaning::Value => None,
            Meaning::Mark(kind, mark) => Some((kind, mark)),
        };
        match &day.date {
            Ok(date) => Ok(Some(DayCell {
                column: day.column,
                date,
                mark,
            })),
            Err(NoDate::Lacking(lacking)) => {
                let rule = Rule::new(
                    "row.no-such-day",
                    "the month has no such day, so its cells must be empty",
                );
                let rejection = Rejection::cell(&day.title, text, rule).detail(lacking.why.clone());
                Err(rejection.of_a_cell())
            }
            Err(NoDate::Unsaid) => {
                let rule = Rule::new(
                    "row.again-date",
                    "the line does not say its date in `_date`",
                );
                let rejection = Rejection::cell(&day.title, text, rule);
                Err(rejection.of_a_cell())
            }
        }
    }

    /// Whether a row says whom it is about.
    fn has_key(&self, row: &Row) -> bool {
        let is_blank = |at: &usize| matches!(row.cell(*at), Cell::Absent | Cell::Text(""));
        !self.keys.iter().any(is_blank)
    }

    /// What a text that is not empty asks for.
    fn meaning(&self, text: &str, counts: &mut CellCounts) -> Meaning<'_> {
        let is_word = |word: &String| word == text || (self.has_times && is_same_word(word, text));
        let is_in = |words: &[String]| words.iter().any(is_word);
        let kind = if is_in(&self.rule.leave) {
            counts.left += 1;
            return Meaning::Leave;
        } else if is_in(&self.rule.rest.words) {
            MarkKind::Rest
        } else if is_in(&self.rule.clear.words) {
            MarkKind::Clear
        } else {
            return Meaning::Value;
        };
        Meaning::Mark(kind, self.mark(kind, counts))
    }

    fn mark(&self, kind: MarkKind, counts: &mut CellCounts) -> &Mark {
        match kind {
            MarkKind::Rest => {
                counts.rest += 1;
                &self.rule.rest
            }
            MarkKind::Clear => {
                counts.clear += 1;
                &self.rule.clear
            }
        }
    }
}

fn no_day() -> Rejection {
    let rule = Rule::new(
        "row.again-column",
        "`_column` names a column that is no day",
    );
    Rejection::row(rule)
}

/// What a blank cell asks for: one of the words may be the empty one.
fn blank(rule: &Unpivot) -> Option<MarkKind> {
    let marks = [(MarkKind::Rest, &rule.rest), (MarkKind::Clear, &rule.clear)];
    let mut of_blank = marks
        .into_iter()
        .filter(|(_, mark)| mark.words.iter().any(String::is_empty));
    of_blank.next().map(|(kind, _)| kind)
}

/// The columns that give what tells items apart.
fn keys(job: &Job, columns: &Columns) -> Vec<usize> {
    let fields = job.endpoint.items.shape.fields().iter().zip(&job.item);
    let of_keys = fields.filter(|(field, _)| job.endpoint.items.key.contains(&field.name));
    let column = |source: &Source| match source {
        Source::Column { name, .. } => columns.position(name),
        Source::Cell { .. } | Source::Constant(_) | Source::Fold { .. } | Source::Nowhere => None,
    };
    of_keys.filter_map(|(_, source)| column(source)).collect()
}

fn blank_twice() -> Refusal {
    Refusal::new("file.blank-days", text!("a blank day of this sheet may mean two things"))
        .because(text!("the job takes blank days for days of rest, or clears them; and in a failure report what succeeded is blank"))
        .hint(text!("correct failure.csv of the same run instead: it has a line for each day"))
}

/// A table whose days stand below each other.
fn days_down(job: &Job, columns: &Columns, column: usize) -> Refusal {
    let place = text!(
        "days stand below each other in column {column}",
        column = letters(column)
    );
    let has_people = columns::used(job).iter().any(|name| {
        let at = columns.position(name);
        at.is_some_and(|at| at != column)
    });
    if has_people {
        return Refusal::new(
            "file.days-down",
            text!("each line is one day of one person, and the job reads a roster: people down, days across"),
        )
        .because(place)
        .hint(text!("use a job without [input.unpivot], such as jobs/shift-schedule.toml, or lay the table out with a column for each day"));
    }
    Refusal::new(
        "file.transposed",
        text!("the days stand below each other and the people beside each other: a roster has people down and days across"),
    )
    .because(place)
    .hint(text!("turn the table round: in Excel copy it, then Paste Special, Transpose (选择性粘贴, 转置)"))
}

/// What a cell asks for.
enum Meaning<'d> {
    /// Nothing is to be sent.
    Leave,
    /// What stands in it is sent.
    Value,
    /// What its word stands for is sent.
    Mark(MarkKind, &'d Mark),
}

impl From<roster::Day> for Day {
    fn from(day: roster::Day) -> Self {
        Self {
            column: day.column,
            title: day.title,
            date: match (day.date, day.lacking) {
                (Some(date), _) => Ok(DayDate::from(date)),
                (None, Some(lacking)) => Err(NoDate::Lacking(lacking)),
                (None, None) => Err(NoDate::Unsaid),
            },
        }
    }
}

impl Day {
    /// The date as a failure report says it, `yyyyMMdd`; of a day that the month lacks too, so that what is read again is known to
    /// be one.
    #[must_use]
    pub fn written_date(&self) -> &str {
        match &self.date {
            Ok(date) => &date.date,
            Err(NoDate::Lacking(lacking)) => &lacking.written,
            Err(NoDate::Unsaid) => "",
        }
    }
}

impl From<jiff::civil::Date> for DayDate {
    fn from(date: jiff::civil::Date) -> Self {
        Self {
            month: date.strftime("%Y%m").to_string(),
            day: date.day().to_string(),
            date: date_text(date),
        }
    }
}
