//! The sheet that was read, written again to be corrected and run as it is: `failure.xlsx` with only what did not succeed, or the
//! whole of it where so much is rejected that nothing was sent.
//!
//! Same sheet name, title lines, header and columns as the input; where each cell is an item, only those cells of a row. Every cell is
//! text, so that no id is changed and no formula comes alive. The cell to blame is coloured and carries the reason as a note; behind
//! the input's own columns stand those of `failure.csv`, which are ignored when the file is read.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Note, Workbook, Worksheet, XlsxError};

use super::Whole;
use super::columns::{self, says};
use super::items::cells_of;
use crate::input::RUN_SHEET;
use crate::model::report_column::{self, STRAY};
use crate::model::{Head, Outcome, Sheets};
use crate::shown::for_terminal;
use crate::store::{Facts, Line};

/// The report's name.
pub const NAME: &str = "failure.xlsx";

/// Notes in one sheet: they are kept in memory, and more of them make a sheet slow. The reason stands in `_reason` as well.
const NOTES_MAX: usize = 10_000;
/// Characters of a cell, by the format's specification.
const CELL_CHARS_MAX: usize = 32_767;
const REASON_WIDTH_CHARS: f64 = 60.0;
const BLAME_COLOUR: u32 = 0x00FF_C7CE;

/// How much of the input a workbook holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What did not succeed, of a run, with these columns of ours.
    Failures(&'static [&'static str]),
    /// All of it, because nothing was sent.
    Whole,
}

/// The workbook while lines are added to it.
pub(super) struct FailureWorkbook {
    extent: Extent,
    workbook: Workbook,
    /// Where several sheets were read; each has a page.
    sheets: Sheets,
    pages: Vec<Page>,
    notes: usize,
    record: Option<OpenRecord>,
    /// Rows with a cell that is too long for a workbook.
    left_out: usize,
}

/// A sheet of the input, written again.
struct Page {
    layout: Layout,
    next_row: u32,
}

/// Where everything stands in the sheet.
struct Layout {
    columns: Vec<String>,
    positions: Vec<u16>,
    days: HashMap<usize, String>,
    /// First of our own columns.
    ours: u16,
    delimiter: u8,
    run: String,
    /// The titles of our own columns.
    our_columns: Vec<&'static str>,
    extent: Extent,
    text: Format,
    blamed: Format,
}

/// A row of the input whose items are being gathered.
struct OpenRecord {
    record: u64,
    cells: Vec<String>,
    /// Columns of the cells that did not succeed, where each cell is an item.
    shown: Vec<usize>,
    blamed: Vec<(usize, String)>,
    lines: Vec<Ours>,
}

/// What our columns say of one item.
struct Ours {
    title: Option<String>,
    /// A text for each of our columns.
    texts: Vec<String>,
    reason: String,
}

impl FailureWorkbook {
    /// A workbook laid out as the input was. Its parts are kept in `folder` until it is whole: cells are people's data.
    pub(super) fn new(
        folder: &Path,
        facts: &Facts,
        extent: Extent,
        has_stray: bool,
    ) -> io::Result<Self> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(io_error)?;
        let made = ExcelDateTime::parse_from_str(facts.started_at.get(..19).unwrap_or_default());
        if let Ok(made) = made {
            // A file written again from the same store is the same file.
            workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        }
        let several = facts.sheets.0.iter().map(|part| &part.head);
        let heads = if facts.sheets.0.is_empty() {
            vec![&facts.head]
        } else {
            several.collect()
        };
        let mut pages = Vec::new();
        // A sheet of which every row succeeded is there too: the job may name it.
        for head in heads {
            let layout = Layout::new(facts, head, extent, has_stray);
            let sheet = workbook
                .add_worksheet_with_constant_memory()
                .map_err(io_error)?;
            let next_row = layout.write_head(sheet, head).map_err(io_error)?;
            pages.push(Page { layout, next_row });
        }
        if extent != Extent::Whole {
            name_run(&mut workbook, facts).map_err(io_error)?;
        }
        Ok(Self {
            extent,
            workbook,
            sheets: facts.sheets.clone(),
            pages,
            notes: 0,
            record: None,
            left_out: 0,
        })
    }

    /// The place of the page that holds a record.
    fn page_of(&self, record: u64) -> usize {
        self.sheets.position(record).unwrap_or_default()
    }

    /// Adds an item that did not succeed. Items come in the order of the input.
    pub(super) fn add(&mut self, line: &Line<'_>) -> io::Result<()> {
        let record = line.place.record();
        if self
            .record
            .as_ref()
            .is_some_and(|open| open.record != record)
        {
            self.write_record()?;
        }
        let page = self.page_of(record);
        let Some(Page { layout, .. }) = self.pages.get(page) else {
            return Ok(());
        };
        let open = self.record.get_or_insert_with(|| OpenRecord {
            record,
            cells: cells_of(line.source, layout.delimiter),
            shown: Vec::new(),
            blamed: Vec::new(),
            lines: Vec::new(),
        });
        let outcome = &line.outcome;
        let cell = line.place.column();
        open.shown.extend(cell);
        if self.extent == Extent::Whole && outcome.outcome != Outcome::Rejected {
            return Ok(());
        }
        let blamed = outcome
            .column
            .and_then(|name| layout.position(name))
            .or(cell);
        let reason = for_terminal(outcome.reason).into_owned();
        open.blamed
            .extend(blamed.map(|column| (column, reason.clone())));
        let ours = layout.our_columns.iter();
        open.lines.push(Ours {
            title: cell.and_then(|cell| layout.columns.get(cell).cloned()),
            texts: ours
                .map(|column| says(column, line, &layout.run).in_workbook().into_owned())
                .collect(),
            reason,
        });
        Ok(())
    }

    /// Writes the whole file in the place of an earlier one.
    pub(super) fn finish(mut self, path: &Path) -> io::Result<()> {
        self.write_record()?;
        if self.extent == Extent::Whole && self.left_out > 0 {
            // Whoever corrects the rest and runs it would not see that rows are missing.
            return Err(io::Error::other("a cell is too long for a workbook"));
        }
        let mut file = Whole::at(path)?;
        let saved = self.workbook.save_to_writer(&mut file.writer);
        saved.map_err(io_error)?;
        file.finish()
    }

    fn write_record(&mut self) -> io::Result<()> {
        let Some(open) = self.record.take() else {
            return Ok(());
        };
        let at = self.page_of(open.record);
        let Some(page) = self.pages.get_mut(at) else {
            return Ok(());
        };
        // A cell cut short would look right and be sent: such a row is only in failure.csv.
        if open
            .cells
            .iter()
            .any(|cell| cell.chars().nth(CELL_CHARS_MAX).is_some())
        {
            self.left_out += 1;
            return Ok(());
        }
        let sheet = self.workbook.worksheet_from_index(at).map_err(io_error)?;
        let notes_left = NOTES_MAX.saturating_sub(self.notes);
        self.notes += page
            .layout
            .write_row(sheet, page.next_row, &open, notes_left)
            .map_err(io_error)?;
        page.next_row += 1;
        Ok(())
    }
}

impl Layout {
    /// Laid out as a sheet of the input was.
    fn new(facts: &Facts, head: &Head, extent: Extent, has_stray: bool) -> Self {
        let text = Format::new().set_num_format("@");
        let our_columns = match extent {
            Extent::Failures(ours) => ours,
            Extent::Whole => columns::WHOLE,
        };
        let stray = has_stray.then_some(&STRAY);
        Self {
            columns: cells_of(facts.header.as_bytes(), facts.delimiter),
            positions: head.positions.iter().map(|at| column(*at)).collect(),
            days: facts.days.iter().cloned().collect(),
            ours: column(head.positions.iter().max().map_or(0, |last| last + 1)),
            delimiter: facts.delimiter,
            run: facts.run.clone(),
            our_columns: our_columns.iter().chain(stray).copied().collect(),
            extent,
            blamed: text.clone().set_background_color(BLAME_COLOUR),
            text,
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Our own columns, behind those of the input.
    fn our_places(&self) -> impl Iterator<Item = (u16, &'static str)> {
        (self.ours..).zip(self.our_columns.iter().copied())
    }

    /// Everything above the rows; returns the first row below it.
    fn write_head(&self, sheet: &mut Worksheet, head: &Head) -> Result<u32, XlsxError> {
        if let Some(name) = &head.sheet {
            sheet.set_name(name)?;
        }
        for (column, _) in self
            .our_places()
            .filter(|(_, name)| *name == report_column::REASON)
        {
            sheet.set_column_width(column, REASON_WIDTH_CHARS)?;
        }
        let mut row = 0;
        for cells in &head.above {
            self.write_cells(sheet, row, cells)?;
            row += 1;
        }
        let bold = self.text.clone().set_bold();
        for (at, cells) in head.header.iter().enumerate() {
            for (column, position) in self.positions.iter().enumerate() {
                let name = self.header_cell(head.header.len(), at, cells, column);
                sheet.write_string_with_format(row, *position, name, &bold)?;
            }
            for (column, name) in self.our_places() {
                sheet.write_string_with_format(row, column, name, &bold)?;
            }
            row += 1;
        }
        sheet.set_freeze_panes(row, 0)?;
        if let Some(cells) = &head.weekdays {
            self.write_cells(sheet, row, cells)?;
            row += 1;
        }
        Ok(row)
    }

    /// A cell of the header. Of two lines the upper one's names, which may span columns, are written into each column they are for:
    /// joined, they give the same names again.
    fn header_cell<'c>(
        &'c self,
        lines: usize,
        line: usize,
        cells: &'c [String],
        column: usize,
    ) -> &'c str {
        let position = self.positions.get(column).map_or(0, |at| usize::from(*at));
        let here = cells.get(position).map_or("", String::as_str);
        if lines < 2 || line > 0 || !here.is_empty() {
            return here;
        }
        let name = self.columns.get(column).map_or("", String::as_str);
        name.rsplit_once('/').map_or("", |(upper, _)| upper)
    }

    fn write_cells(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        cells: &[String],
    ) -> Result<(), XlsxError> {
        for (at, cell) in cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
        {
            sheet.write_string_with_format(row, column(at), cell, &self.text)?;
        }
        Ok(())
    }

    /// One row; returns how many notes it took.
    fn write_row(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        open: &OpenRecord,
        notes_max: usize,
    ) -> Result<usize, XlsxError> {
        let mut notes = 0;
        for (column, position) in self.positions.iter().enumerate() {
            let cell = open.cells.get(column).map_or("", String::as_str);
            let is_other_day = self.extent != Extent::Whole
                && self.days.contains_key(&column)
                && !open.shown.is_empty()
                && !open.shown.contains(&column);
            let blamed = open.blamed.iter().find(|(blamed, _)| *blamed == column);
            let format = if blamed.is_some() {
                &self.blamed
            } else {
                &self.text
            };
            let cell = if is_other_day { "" } else { cell };
            sheet.write_string_with_format(row, *position, cell, format)?;
            if let Some((_, reason)) = blamed.filter(|_| notes < notes_max) {
                let note = Note::new(reason).add_author_prefix(false);
                sheet.insert_note(row, *position, &note)?;
                notes += 1;
            }
        }
        for (at, (column, name)) in self.our_places().enumerate() {
            let text = match name {
                // A row of which no item is told has them too.
                report_column::RECORD => open.record.to_string(),
                report_column::RUN => self.run.clone(),
                report_column::REASON => open.reasons(),
                _ => open.joined(at),
            };
            sheet.write_string_with_format(row, column, text, &self.text)?;
        }
        Ok(notes)
    }
}

impl OpenRecord {
    /// What one of our columns says of the items of the row, each thing once.
    fn joined(&self, column: usize) -> String {
        let mut said: Vec<&str> = Vec::new();
        for text in self.lines.iter().filter_map(|line| line.texts.get(column)) {
            if !text.is_empty() && !said.contains(&text.as_str()) {
                said.push(text);
            }
        }
        said.join("; ").chars().take(CELL_CHARS_MAX).collect()
    }

    /// The reasons, each once, with the titles of the cells it is about. Where it is about all of them, or names its cell itself, no
    /// title is needed.
    fn reasons(&self) -> String {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in &self.lines {
            let title = line.title.as_deref().unwrap_or_default();
            match reasons.iter_mut().find(|(known, _)| *known == line.reason) {
                Some((_, titles)) => titles.push(title),
                None => reasons.push((&line.reason, vec![title])),
            }
        }
        let is_only = reasons.len() == 1;
        let words = reasons.iter().map(|(reason, titles)| {
            let names_itself =
                titles.len() == 1 && titles.iter().all(|title| reason.starts_with(title));
            if is_only || names_itself {
                (*reason).to_owned()
            } else {
                format!("{}: {reason}", titles.join(", "))
            }
        });
        let text = words.collect::<Vec<_>>().join("; ");
        text.chars().take(CELL_CHARS_MAX).collect()
    }
}

/// The run, in a hidden sheet of ours: a sheet may be tidied, and our columns with it.
fn name_run(workbook: &mut Workbook, facts: &Facts) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(RUN_SHEET)?.set_hidden(true);
    sheet.write_string(0, 0, &facts.run)?;
    Ok(())
}

/// A sheet has 16,384 columns; the reader accepts no more.
fn column(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}

fn io_error(error: XlsxError) -> io::Error {
    io::Error::other(error)
}
