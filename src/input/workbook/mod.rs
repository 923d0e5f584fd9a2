//! A sheet of an Excel workbook (.xlsx) as rows, streamed.
//!
//! Keeps this: every row of the sheet is above the header, the header, a row, a rejected row or a counted blank row; and no value is
//! given that the sheet does not hold. The container is checked first, then the sheet is walked once, then calamine reads its cells.
//! Knows nothing of what the columns mean.

mod book;
mod cells;
mod container;
mod feed;
mod header;
mod lines;
mod merged;
mod package;
mod region;
mod scan;
mod sheet;
mod source;
mod texts;
mod walked;

use crate::error::Refusal;
use crate::model::{Columns, Head, REPEATS_HEADER, Rejection, Row, letters};

use super::finding::{Finding, shown};
use super::heading;
use super::report_columns::ReportColumns;
use super::{CELL_TOO_LONG, HeaderRule, Reading, UNNAMED_VALUE, lost_character};
use container::unsound;
use feed::Feed;
use header::Header;
use lines::{Line, Lines};
use merged::Merged;
use package::Package;
use region::Stretches;
use scan::Scan;

pub(super) use book::Book;
pub use sheet::WHICH_SHEET;
pub(super) use source::DELIMITER;
pub use walked::Walked;

/// The hidden sheet of a failure report whose first cell names its run.
pub(crate) const RUN_SHEET: &str = "_run";

/// The longest cell, as in CSV.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// Reads the rows of one sheet.
struct Workbook {
    lines: Lines,
    line: Line,
    header: Header,
    /// Where a report says which item a row is of.
    report: Option<ReportColumns>,
    /// The lines of the header and the weekdays: what a row must not repeat.
    head_lines: Vec<Vec<String>>,
    merged: Merged,
    /// The last row that holds something.
    last_row: u32,
    /// Whether values right of the table are left out.
    leaves_out_beside: bool,
    /// Own columns whose cells merged down count for each of their rows.
    fills: Vec<usize>,
    /// For each own column, the place of its cell among those of the line.
    own_cells: Vec<Option<usize>>,
}

impl Workbook {
    /// Lets the cells of these own columns that are merged down count for each of their rows, and says what there is to be told.
    pub(super) fn fill_merged(&mut self, columns: &[usize]) -> Vec<Finding> {
        self.fills = columns.to_vec();
        let mut findings = Vec::new();
        for column in columns {
            let Some(position) = self.header.own().get(*column) else {
                continue;
            };
            let mut regions = self.merged.down(*position);
            if let Some(first) = regions.next() {
                findings.push(Finding::MergedDown {
                    column: self.shown_name(*position),
                    region: first.to_string(),
                    count: 1 + regions.count(),
                });
            }
        }
        let filled: Vec<usize> = columns
            .iter()
            .filter_map(|column| self.header.own().get(*column).copied())
            .collect();
        findings.extend(self.merged.finding(&filled));
        findings
    }

    /// Leaves values right of the table out of the rows.
    pub(super) fn leave_out_beside(&mut self) {
        self.leaves_out_beside = true;
    }

    /// How many blank rows were passed over.
    pub(super) fn blank_lines(&self) -> u64 {
        self.lines.blank_rows()
    }

    /// How many rows of the sheet were gone through, of `last_row`.
    fn rows_done(&self) -> u32 {
        if self.lines.at_end() {
            return self.last_row;
        }
        self.lines.row().min(self.last_row)
    }

    /// Reads the next row; its number is the caller's business.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<Reading, Refusal> {
        if !self.lines.take(&mut self.line)? {
            return Ok(Reading::End);
        }
        row.line = u64::from(self.line.row);
        self.merged
            .go_to(&self.line)
            .map_err(|why| unsound(self.lines.name(), why))?;
        self.find_own_cells();
        let cell = |column| self.line.text_in(column);
        if let Some(report) = self.report {
            row.report = Some(report.line(cell));
            row.stray = report.stray(cell);
        }
        self.find_beside(&mut row.beside);
        let rejection = self.rejection();
        if rejection.is_some() {
            self.repeat_stray(&mut row.stray);
        }
        self.repeat(&mut row.source)?;
        self.set_cells(row);
        Ok(rejection.map_or(Reading::Row, Reading::Unreadable))
    }

    fn find_own_cells(&mut self) {
        self.own_cells.clear();
        self.own_cells.resize(self.header.own().len(), None);
        let mut own = self.header.own().iter().zip(&mut self.own_cells);
        let mut next = own.next();
        for (at, (column, ..)) in self.line.cells().enumerate() {
            while let Some((own_column, _)) = &next
                && **own_column < column
            {
                next = own.next();
            }
            if let Some((own_column, cell)) = &mut next
                && **own_column == column
            {
                **cell = Some(at);
            }
        }
    }

    /// Why the line cannot be a row.
    fn rejection(&self) -> Option<Rejection> {
        for (column, _, text) in self.line.cells() {
            if text.len() > CELL_BYTES_MAX {
                let mut rejection = Rejection::row(CELL_TOO_LONG);
                rejection.column = Some(self.shown_name(column));
                return Some(rejection.detail(format!("{} bytes", text.len())));
            }
        }
        let mut own = self.own_cells.iter().flatten();
        if own.any(|at| self.line.text(*at).contains(char::REPLACEMENT_CHARACTER)) {
            return Some(lost_character());
        }
        if self.repeats_header() {
            return Some(Rejection::row(REPEATS_HEADER));
        }
        let (column, text) = self.unnamed_value()?;
        let place = format!("{}{}", letters(column), self.line.row);
        let rejection = Rejection::row(UNNAMED_VALUE);
        Some(rejection.detail(format!("{place}: {}", shown(text))))
    }

    fn repeats_header(&self) -> bool {
        self.head_lines.iter().any(|head| {
            let filled = |text: &&str| !text.trim().is_empty();
            let mut cells = self.line.cells().filter(|(.., text)| filled(text));
            let mut names = head.iter().enumerate();
            names.all(|(column, name)| {
                name.trim().is_empty()
                    || cells
                        .next()
                        .is_some_and(|(at, kind, text)| at == column && kind.shows(text) == *name)
            }) && cells.next().is_none()
        })
    }

    /// A value that stands under no name and would be lost.
    fn unnamed_value(&self) -> Option<(usize, &str)> {
        self.line
            .cells()
            .find(|(column, kind, text)| self.is_unnamed(*column) && !kind.is_blank(text))
            .map(|(column, _, text)| (column, text))
    }

    /// Whether the values of a column are under no name, and not left out.
    fn is_unnamed(&self, column: usize) -> bool {
        let is_left_out = self.leaves_out_beside && column >= self.header.end();
        self.header.name(column).is_empty() && !is_left_out
    }

    /// The values right of the table.
    fn find_beside(&self, beside: &mut Vec<(String, String)>) {
        let end = self.header.end();
        for (column, kind, text) in self.line.cells_from(end) {
            if !kind.is_blank(text) {
                let place = format!("{}{}", letters(column), self.line.row);
                beside.push((place, kind.shows(text).into_owned()));
            }
        }
    }

    fn shown_name(&self, column: usize) -> String {
        match self.header.name(column) {
            "" => format!("column {}", letters(column)),
            name => name.to_owned(),
        }
    }

    fn set_cells(&self, row: &mut Row) {
        let own = self.header.own().iter().zip(&self.own_cells);
        for (column, (position, at)) in own.enumerate() {
            if let Some(part) = self.merged.part_at(*position) {
                row.set(column, part.cell(self.fills.contains(&column)));
            } else if let Some((_, kind, text)) = at.and_then(|at| self.line.cell(at)) {
                row.set(column, kind.cell(text));
            }
        }
    }
}

/// The run that a failure report names in a hidden sheet of ours: our columns may be deleted by somebody who tidies the sheet.
fn run_of(name: &str, package: &Package, feed: &Feed) -> Result<Option<String>, Refusal> {
    let mut sheets = package.sheets.iter();
    let Some(at) = sheets.position(|sheet| sheet.name == RUN_SHEET && sheet.has_cells) else {
        return Ok(None);
    };
    let mut lines = Lines::new(name, feed.sheet(at, Stretches::default()));
    let first = lines.look(1)?;
    let run = first.first().map(|line| line.text_in(0));
    Ok(run.filter(|run| !run.is_empty()))
}

/// A sheet that is read, before its header is taken.
struct OpenSheet {
    name: String,
    scan: Scan,
    lines: Lines,
    found: header::Found,
}

impl OpenSheet {
    /// Begins to read the sheet at a place among all sheets, and finds its header. `file` names it in messages.
    fn open(
        file: &str,
        name: &str,
        place: usize,
        mut scan: Scan,
        feed: &Feed,
        rule: &HeaderRule,
    ) -> Result<Self, Refusal> {
        let messages = feed.sheet(place, std::mem::take(&mut scan.never_computed));
        let mut lines = Lines::new(file, messages);
        let Some(found) = header::find(&mut lines, rule, &scan.merged)? else {
            return Err(no_header(file, name, rule));
        };
        Ok(Self {
            name: name.to_owned(),
            scan,
            lines,
            found,
        })
    }
}

fn no_header(file: &str, sheet: &str, rule: &HeaderRule) -> Refusal {
    let refuse = |what: &str| {
        let sheet = shown(sheet);
        Refusal::new(
            "file.no-rows",
            format!("{file}: no rows: the sheet `{sheet}` {what}"),
        )
    };
    if rule.lines < 2 {
        return refuse("holds nothing but spaces").hint("export the table again, with its rows");
    }
    refuse("has fewer lines than its header")
        .because("the job says that the header has two lines")
        .hint("correct `header_rows` in the job's [input], or export the table again")
}

impl OpenSheet {
    /// Takes the header and what stands around it.
    fn workbook(
        mut self,
        file: &str,
        package: &Package,
        rule: &HeaderRule,
        findings: &mut Vec<Finding>,
    ) -> Result<(Workbook, Columns, Head), Refusal> {
        let mut head = Head {
            sheet: Some(self.name.clone()),
            days_down: self.found.days_down,
            ..Head::default()
        };
        let mut line = Line::default();
        for _ in 0..self.found.above {
            self.lines.take(&mut line)?;
            head.above.push(line.texts_above());
        }
        for _ in 0..self.found.lines {
            self.lines.take(&mut line)?;
            self.refuse_unusable_names(file, &line)?;
            head.header.push(line.texts());
        }
        let place = format!("{file}: `{}`, row {}", shown(&self.name), line.row);
        let header = Header::new(std::mem::take(&mut self.found.names), &place)?;
        if let (Some(is_weekdays), [next]) = (rule.is_weekdays, self.lines.look(1)?.as_slice()) {
            let texts = next.texts();
            if is_weekdays(&texts) {
                self.lines.take(&mut line)?;
                head.weekdays = Some(texts);
            }
        }
        heading::take_weekdays_above(&mut head, rule);
        head.positions = header.own().to_vec();
        let merged = Merged::among_rows(&self.scan.merged, line.row, header.own());
        self.tell(package, &head, &header, &merged, findings);
        let head_lines = head.header.iter().chain(&head.weekdays).cloned().collect();
        let workbook = Workbook {
            lines: self.lines,
            line,
            head_lines,
            merged,
            last_row: self.scan.last_row,
            leaves_out_beside: false,
            fills: Vec::new(),
            own_cells: Vec::new(),
            report: header.report(),
            header,
        };
        let columns = Columns::new(workbook.header.own_names());
        Ok((workbook, columns, head))
    }

    fn refuse_unusable_names(&self, file: &str, line: &Line) -> Result<(), Refusal> {
        let Some((column, ..)) = line.cells().find(|(_, kind, _)| kind.has_no_text()) else {
            return Ok(());
        };
        let place = format!("{}{}", letters(column), line.row);
        Err(Refusal::new(
            "file.header-unusable",
            format!(
                "{file}: cell {place} of the sheet `{}` is to name a column and has no value",
                shown(&self.name)
            ),
        )
        .because("it holds an error, or a formula that was never computed")
        .hint("write the name of the column into it"))
    }

    fn tell(
        &self,
        package: &Package,
        head: &Head,
        header: &Header,
        merged: &Merged,
        findings: &mut Vec<Finding>,
    ) {
        if !head.above.is_empty() {
            findings.push(Finding::LinesAbove {
                count: head.above.len(),
            });
        }
        findings.extend(header.finding());
        if self.scan.hidden_rows > 0 {
            findings.push(Finding::HiddenRows {
                count: self.scan.hidden_rows,
            });
        }
        let is_hidden = |column: &&usize| {
            let mut hidden = self.scan.hidden_columns.iter();
            hidden.any(|(first, last)| (*first as usize..=*last as usize).contains(*column))
        };
        let hidden: Vec<String> = header
            .own()
            .iter()
            .filter(is_hidden)
            .map(|column| letters(*column))
            .collect();
        if !hidden.is_empty() {
            findings.push(Finding::HiddenColumns { letters: hidden });
        }
        if self.scan.formulas > 0 {
            findings.push(Finding::Formulas {
                count: self.scan.formulas,
                computes_on_load: package.computes_on_load,
            });
        }
        findings.extend(merged.finding(&[]));
    }
}
