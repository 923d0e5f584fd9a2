//! One reading of the input from beginning to end: each row, and after it its items as they were mapped or rejected.
//!
//! Rows that are passed over are not handed out. Knows nothing of batches, nor of what other rows say.

use super::plan::header;
use super::{Pass, Plan, options, sheets};
use crate::error::{Exit, Refusal};
use crate::event::Event;
use crate::input::{Input, InputFormat, Reading};
use crate::mapping::{
    Beside, CellsSeen, Days, LineKind, Mapped, Mapper, RuinedIds, SideLines, Tidier, Typing,
    fillable,
};
use crate::model::{Lines, Notice, Place, Rejection, Row};
use crate::roster::{self, SaidMonth, YearMonth};

/// Rows between two looks at progress and interruption.
const ROWS_PER_LOOK: u64 = 1024;

/// What a reading hands out.
pub(super) enum Entry<'a> {
    /// A row, and whether it can be read. Its items follow.
    Row(&'a Row, bool),
    /// An item as mapped or rejected.
    Item(Place, &'a Row, Result<&'a Mapped, Rejection>),
}

/// What the job says, bound to the columns of an input that was opened.
pub(super) struct Bound<'a> {
    pub(super) days: Option<Days<'a>>,
    pub(super) mapper: Mapper<'a>,
    side_lines: Option<SideLines<'a>>,
}

/// A reading of the file.
pub(super) struct Entries<'a> {
    pass: &'a Pass<'a>,
    input: Input,
    bound: Bound<'a>,
    row: Row,
    mapped: Mapped,
    tidier: Tidier<'a>,
    beside: Beside,
    lines: Lines,
    cells: CellsSeen,
    next: Next,
    /// Items rejected so far, for whoever watches.
    pub(super) rejected: u64,
}

/// What is handed out next.
enum Next {
    /// Another row.
    Row,
    /// The row as one item, or why it is none.
    Whole(Place, Option<Rejection>),
    /// The row's cells, from this day on.
    Cells(usize),
}

/// What was reached: an [`Entry`] borrows the row, and what it was mapped to.
enum Reached {
    Row(bool),
    Item(Place, Result<(), Rejection>),
    End,
}

impl<'a> Bound<'a> {
    /// Binds the job to an input that was opened.
    pub(super) fn new(pass: &'a Pass<'a>, input: &mut Input) -> Result<Self, Refusal> {
        let typing = match input.format() {
            InputFormat::Csv | InputFormat::Workbook => Typing::Untyped,
            InputFormat::Jsonl => Typing::Typed,
        };
        let (job, lookups) = (pass.job, pass.lookups);
        let (columns, head) = (input.columns(), input.head());
        let dates = input.has_report_cells().then(|| pass.file.origin.dates());
        let days = Days::bind(job, columns, head, dates, typing)?;
        sheets::same_days(job, input, days.as_ref())?;
        let mut mapper = Mapper::new(job, lookups, columns, days.as_ref(), typing)?;
        mapper = mapper.without(pass.ruined.clone());
        mapper = mapper.with_findings(pass.file.findings);
        mapper.hold_against(head)?;
        let side_lines = match typing {
            Typing::Untyped => Some(SideLines::new(job, lookups, columns, head, days.as_ref())),
            Typing::Typed => None,
        };
        let fillable = fillable(job, columns);
        input.fill_merged(&fillable);
        if pass.leaves_out_beside {
            input.leave_out_beside();
        }
        Ok(Self {
            days,
            mapper,
            side_lines,
        })
    }
}

impl<'a> Entries<'a> {
    /// Opens the file for one reading of it.
    pub(super) fn open(pass: &'a Pass<'a>) -> Result<Self, Refusal> {
        let mut options = options(pass.job);
        options.walked = pass.file.origin.walked();
        let mut input = Input::open(pass.file.path, &options)?;
        pass.observer.see(&Event::CheckStarted {
            input: pass.file.path.display().to_string(),
            bytes_total: input.bytes_total(),
        });
        let bound = Bound::new(pass, &mut input).map_err(|refusal| pass.in_file(refusal))?;
        Ok(Self {
            cells: (bound.days.as_ref()).map_or_else(CellsSeen::default, Days::none_seen),
            tidier: Tidier::new(&pass.job.input.tidy),
            pass,
            input,
            bound,
            row: Row::default(),
            mapped: Mapped::default(),
            beside: Beside::default(),
            lines: Lines::default(),
            next: Next::Row,
            rejected: 0,
        })
    }

    /// The next row or item; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'_>>, Refusal> {
        Ok(match self.advance()? {
            Reached::Row(is_readable) => Some(Entry::Row(&self.row, is_readable)),
            Reached::Item(place, result) => {
                let mapped = &self.mapped;
                Some(Entry::Item(place, &self.row, result.map(|()| mapped)))
            }
            Reached::End => None,
        })
    }

    /// The file.
    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    fn advance(&mut self) -> Result<Reached, Refusal> {
        match std::mem::replace(&mut self.next, Next::Row) {
            Next::Whole(place, rejection) => {
                let result = match rejection {
                    Some(rejection) => Err(rejection),
                    None => self.map_row(),
                };
                return Ok(Reached::Item(place, result));
            }
            Next::Cells(from) => {
                if let Some((place, result)) = self.map_cell(from) {
                    return Ok(Reached::Item(place, result));
                }
            }
            Next::Row => {}
        }
        self.read_row()
    }

    /// Reads until a row is found that is not passed over.
    fn read_row(&mut self) -> Result<Reached, Refusal> {
        loop {
            let unreadable = match self.input.read(&mut self.row)? {
                Reading::Row => None,
                Reading::Unreadable(rejection) => Some(rejection),
                Reading::End => {
                    self.look()?;
                    return Ok(Reached::End);
                }
            };
            if self.row.record.is_multiple_of(ROWS_PER_LOOK) {
                self.look()?;
            }
            let file = &self.pass.file;
            file.origin.require_same(&self.row)?;
            let mut left_out = None;
            if unreadable.is_none() {
                left_out = (file.corrections).apply(&mut self.row, self.input.delimiter());
                let sent = self.bound.mapper.columns_sent();
                self.tidier.tidy(&mut self.row, sent);
            }
            if self.is_side_line(unreadable.as_ref())? {
                continue;
            }
            self.lines.note(self.row.record, self.row.line);
            let is_readable = unreadable.is_none();
            self.next = self.items_of_row(unreadable.or(left_out));
            return Ok(Reached::Row(is_readable));
        }
    }

    /// Whether the row is no row of the table, such as a total below it.
    fn is_side_line(&mut self, unreadable: Option<&Rejection>) -> Result<bool, Refusal> {
        // A report has lines of items only.
        let of_report = self.row.report.is_some();
        let Some(side_lines) = self.bound.side_lines.as_mut().filter(|_| !of_report) else {
            return Ok(false);
        };
        let kind = side_lines.judge(&self.row, unreadable);
        if kind.map_err(|refusal| self.pass.in_file(refusal))? == LineKind::LeftAlone {
            return Ok(true);
        }
        self.beside.see(&self.row, |word| side_lines.is_known(word));
        Ok(false)
    }

    /// How the items of the row are found. A line of a report is about one of them, whether or not it can be used.
    fn items_of_row(&mut self, rejection: Option<Rejection>) -> Next {
        let row = &self.row;
        let item = row.report_cell.as_ref().map(|cell| cell.column);
        let place = item.map_or(Place::row(row.record), |column| {
            Place::cell(row.record, column)
        });
        let rejection = rejection.or_else(|| self.verdict(item));
        let (None, Some(days)) = (&rejection, &mut self.bound.days) else {
            return Next::Whole(place, rejection);
        };
        let reported = self.row.report_cell.as_ref();
        match reported.map(|cell| days.date_of_report(cell)) {
            Some(Err(rejection)) => Next::Whole(place, Some(rejection)),
            Some(Ok(())) | None => Next::Cells(0),
        }
    }

    fn map_row(&mut self) -> Result<(), Rejection> {
        let mapper = &mut self.bound.mapper;
        mapper.map(self.input.columns(), &self.row, None, &mut self.mapped)
    }

    /// The item of the next cell that is one; none behind the last.
    fn map_cell(&mut self, from: usize) -> Option<(Place, Result<(), Rejection>)> {
        let mut next = from;
        let days = self.bound.days.as_ref()?;
        let (column, cell) = days.next_cell(&self.row, &mut next, &mut self.cells)?;
        self.next = Next::Cells(next);
        let (mapper, columns) = (&mut self.bound.mapper, self.input.columns());
        let delimiter = self.input.delimiter();
        let origin = self.pass.file.origin;
        let verdict = origin.verdict(&self.row, Some(column), columns, delimiter);
        let result = verdict
            .map_or(cell, Err)
            .and_then(|cell| mapper.map(columns, &self.row, Some(&cell), &mut self.mapped));
        Some((Place::cell(self.row.record, column), result))
    }

    /// What the run that the file belongs to said of an item, if that was not corrected.
    fn verdict(&self, item: Option<usize>) -> Option<Rejection> {
        let (columns, delimiter) = (self.input.columns(), self.input.delimiter());
        let origin = self.pass.file.origin;
        origin.verdict(&self.row, item, columns, delimiter)
    }

    /// Completes a plan by what the whole file shows; and the ids in it that are ruined.
    pub(super) fn finish(mut self, plan: Plan) -> (Plan, RuinedIds) {
        let findings: Vec<Notice> = self.input.findings().iter().map(Notice::from).collect();
        let (input, bound) = (&self.input, &self.bound);
        let (days, mapper, side_lines) = (&bound.days, &bound.mapper, &bound.side_lines);
        let rows = self.row.record - side_lines.as_ref().map_or(0, SideLines::count);
        let (words, words_uncounted) = self.cells.words();
        let origin = self.pass.file.origin.notice(self.pass.job);
        let notices = origin
            .into_iter()
            .chain(findings)
            .chain(side_lines.as_ref().and_then(SideLines::notice))
            .chain(self.pass.leaves_out_beside.then(|| self.beside.notice()))
            .chain(days.iter().flat_map(|days| days.notices(&self.cells)))
            .chain(
                mapper
                    .months()
                    .and_then(|months| self.named_otherwise(months)),
            )
            .chain(self.tidier.notice())
            .chain(mapper.warnings())
            .collect();
        let plan = Plan {
            rows,
            has_remarks_beside: self.beside.are_remarks(rows),
            blank_lines: input.blank_lines(),
            header: header(input),
            columns: input.columns().clone(),
            head: input.head().clone(),
            sheets: input.sheets().clone(),
            bytes: input.bytes_total(),
            encoding: input.encoding(),
            format: input.format(),
            delimiter: input.delimiter(),
            month: days.as_ref().and_then(Days::month).map(str::to_owned),
            months: mapper.months(),
            cells: self.cells.counts,
            words,
            words_uncounted,
            refused: mapper.refusal().map(|refusal| self.pass.in_file(refusal)),
            days: days
                .as_ref()
                .map_or_else(Vec::new, |days| days.days().to_vec()),
            notices,
            lines: self.lines.clone(),
            ..plan
        };
        (plan, mapper.ruined_ids())
    }

    /// Tells that the file's name says another month than its rows.
    fn named_otherwise(&self, (first, last): (YearMonth, YearMonth)) -> Option<Notice> {
        let stem = self.pass.file.path.file_stem()?.to_string_lossy();
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
    fn look(&self) -> Result<(), Refusal> {
        self.pass.observer.see(&Event::CheckProgress {
            bytes: self.input.bytes_read(),
            rows: self.row.record,
            rejected: self.rejected,
        });
        if self.pass.control.is_stopping() {
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
