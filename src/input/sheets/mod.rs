//! The sheets of a workbook that are read: usually one, else several as one input, one after the other.
//!
//! Keeps this: several sheets are read together only if they have the same columns in the same order, so that a cell means the same
//! in each of them. All of them are opened once before the first row is read: what is wrong with one refuses the file at once.

mod choice;
mod header;
mod lines;
mod merged;
mod rows;

use std::collections::{HashMap, VecDeque};
use std::fs::File;

use crate::error::Refusal;
use crate::model::{Columns, Head, Row, letters};

use super::finding::{Finding, shown};
use super::heading::{self, LINES_MAX};
use super::workbook::{Container, Feed, Line, Package, Scan, Sheet, unsound};
use super::{Identity, InputFormat, InputOptions, Reading, Walked};

use choice::{Candidate, Look};
use header::Header;
use lines::Lines;
use merged::Merged;
use rows::SheetRows;

pub use choice::WHICH_SHEET;
pub(super) use rows::DELIMITER;

/// The hidden sheet of a failure report whose first cell names its run.
pub(crate) const RUN_SHEET: &str = "_run";

/// Reads the rows of the sheets.
pub(super) struct Book {
    opener: Opener,
    sheet: SheetRows,
    /// Sheets to come.
    ahead: VecDeque<Part>,
    /// Of each sheet, where there are several.
    heads: Vec<Head>,
    /// The run that a hidden sheet of ours names.
    run: Option<String>,
    /// Own columns whose merged cells count for each row.
    filled: Vec<usize>,
    /// Whether values right of the table are left out of the rows.
    leaves_out_beside: bool,
    /// What the sheets that were read to their end had: rows gone through and blank ones.
    rows_done: u64,
    blank_rows: u64,
    /// Rows of all sheets.
    rows: u64,
    walked: Walked,
}

/// A sheet to be read.
struct Part {
    sheet: Sheet,
    scan: Scan,
}

/// What it takes to open a sheet.
struct Opener {
    file: String,
    feed: Feed,
    computes_on_load: bool,
    options: InputOptions,
}

impl Book {
    /// Finds the sheets and their header; refuses the file when it has none that can be used. `first` are the file's first bytes.
    pub(super) fn open(
        file: File,
        identity: Identity,
        name: &str,
        first: &[u8],
        options: &InputOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<(Self, Columns, Head), Refusal> {
        let mut container = Container::open(name, file, first)?;
        if let Some(format @ (InputFormat::Csv | InputFormat::Jsonl)) = options.format {
            let word = format.word();
            return Err(Refusal::new(
                "job.format",
                text!(
                    "{name}: the file is an Excel workbook, and the job says it is {word}",
                    name,
                    word
                ),
            )
            .hint(text!("correct `format` in the job's [input], or delete it")));
        }
        let package = Package::read(&mut container)?;
        let mut parts = Vec::new();
        let mut candidates = Vec::new();
        let mut scans = HashMap::new();
        for sheet in choice::candidates(name, &package.sheets, options)? {
            let scan = match options.walked.scan(identity, &sheet.part) {
                Some(scan) => scan,
                None => Scan::of(&mut container, &sheet.part)?,
            };
            scans.insert(sheet.part.clone(), scan.clone());
            candidates.push(Candidate::new(sheet, &scan));
            let sheet = sheet.clone();
            parts.push(Part { sheet, scan });
        }
        let opener = Opener {
            file: name.to_owned(),
            feed: Feed::start(container, package.values)?,
            computes_on_load: package.computes_on_load,
            options: options.clone(),
        };
        let chosen = choice::choose(name, &candidates, options, |at| {
            parts
                .get(at)
                .map_or(Ok(Look::default()), |part| opener.look(part))
        })?;
        findings.extend(chosen.finding);
        let mut at = 0..;
        parts.retain(|_| at.next().is_some_and(|at| chosen.places.contains(&at)));
        let rows = parts.iter().map(|part| u64::from(part.scan.last_row)).sum();
        let heads = match parts.as_slice() {
            [] | [_] => Vec::new(),
            several => opener.compare(several, findings)?,
        };
        let mut ahead = VecDeque::from(parts);
        let first = ahead
            .pop_front()
            .ok_or_else(|| unsound(name, "a sheet is missing"))?;
        // One sheet is read at a time.
        let run = opener.run(&package.sheets)?;
        let mut own = Vec::new();
        let (sheet, columns, head) = opener.open(&first, &mut own)?;
        if heads.is_empty() {
            findings.append(&mut own);
        }
        let book = Self {
            run,
            opener,
            sheet,
            ahead,
            heads,
            filled: Vec::new(),
            leaves_out_beside: false,
            rows_done: 0,
            blank_rows: 0,
            rows,
            walked: Walked::new(identity, scans),
        };
        Ok((book, columns, head))
    }

    /// Lets the cells of these own columns that are merged down count for each of their rows, and says what there is to be told.
    pub(super) fn fill_merged(&mut self, columns: &[usize]) -> Vec<Finding> {
        self.filled = columns.to_vec();
        self.sheet.fill_merged(columns)
    }

    /// Leaves values right of the table out of the rows.
    pub(super) fn leave_out_beside(&mut self) {
        self.leaves_out_beside = true;
        self.sheet.leave_out_beside();
    }

    /// What was found in its sheets before they were read.
    pub(super) fn walked(&self) -> &Walked {
        &self.walked
    }

    /// The run that the workbook says it is a report of.
    pub(super) fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// What stands around the rows of each sheet, where there are several.
    pub(super) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// How many of several sheets were begun.
    pub(super) fn begun(&self) -> usize {
        self.heads.len().saturating_sub(self.ahead.len())
    }

    /// How many blank rows were passed over.
    pub(super) fn blank_lines(&self) -> u64 {
        self.blank_rows + self.sheet.blank_lines()
    }

    /// How much of the sheets was read, of `bytes`.
    pub(super) fn bytes_read(&self, bytes: u64) -> u64 {
        let done = self.rows_done + u64::from(self.sheet.rows_done());
        let read = u128::from(bytes) * u128::from(done) / u128::from(self.rows.max(1));
        u64::try_from(read).unwrap_or(bytes)
    }

    /// Reads the next row; its number is the caller's business.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<Reading, Refusal> {
        loop {
            let reading = self.sheet.read(row)?;
            if reading != Reading::End {
                return Ok(reading);
            }
            let Some(next) = self.ahead.pop_front() else {
                return Ok(Reading::End);
            };
            self.rows_done += u64::from(self.sheet.last_row);
            self.blank_rows += self.sheet.blank_lines();
            // What there is to tell was told when all sheets were compared.
            (self.sheet, ..) = self.opener.open(&next, &mut Vec::new())?;
            self.sheet.fill_merged(&self.filled);
            if self.leaves_out_beside {
                self.sheet.leave_out_beside();
            }
        }
    }
}

impl Opener {
    /// Looks at the beginning of a sheet.
    fn look(&self, part: &Part) -> Result<Look, Refusal> {
        let mut lines = Lines::new(self.feed.sheet(&part.sheet.part));
        let rule = &self.options.header;
        let headers = header::candidates(&mut lines, rule, &part.scan.merged)?;
        let lines = lines.look(LINES_MAX)?;
        Ok(Look {
            lines: lines.iter().map(|line| line.texts()).collect(),
            headers,
        })
    }

    /// The run that a failure report names in a hidden sheet of ours: our columns may be deleted by somebody who tidies the sheet.
    fn run(&self, sheets: &[Sheet]) -> Result<Option<String>, Refusal> {
        let mut sheets = sheets.iter();
        let ours = sheets.find(|sheet| sheet.name == RUN_SHEET && sheet.has_cells);
        let Some(sheet) = ours else {
            return Ok(None);
        };
        let first = self.feed.sheet(&sheet.part).next()?;
        let run = first.map(|line| line.text_in(0).to_owned());
        Ok(run.filter(|run| !run.is_empty()))
    }

    /// Opens a sheet and takes its header and what is around it.
    fn open(
        &self,
        part: &Part,
        findings: &mut Vec<Finding>,
    ) -> Result<(SheetRows, Columns, Head), Refusal> {
        let (file, rule, scan) = (&self.file, &self.options.header, &part.scan);
        let name = &part.sheet.name;
        let mut lines = Lines::new(self.feed.sheet(&part.sheet.part));
        let Some(found) = header::find(&mut lines, rule, &scan.merged)? else {
            return Err(header::missing(file, name, rule));
        };
        let mut head = Head {
            sheet: Some(name.clone()),
            days_down: found.days_down,
            ..Head::default()
        };
        let mut line = Line::default();
        for _ in 0..found.above {
            lines.take(&mut line)?;
            head.above.push(line.texts_above());
        }
        for _ in 0..found.lines {
            lines.take(&mut line)?;
            header::refuse_unusable_names(file, name, &line)?;
            head.header.push(line.texts());
        }
        let place = format!("{file}: `{}`, row {}", shown(name), line.row);
        let header = Header::new(found.names, &place)?;
        if let (Some(is_weekdays), [next]) = (rule.is_weekdays, lines.look(1)?.as_slice()) {
            let texts = next.texts();
            if is_weekdays(&texts) {
                lines.take(&mut line)?;
                head.weekdays = Some(texts);
            }
        }
        heading::take_weekdays_above(&mut head, rule);
        head.positions = header.own().to_vec();
        let merged = Merged::among_rows(&scan.merged, line.row, header.own());
        if !head.above.is_empty() {
            findings.push(Finding::LinesAbove {
                count: head.above.len(),
            });
        }
        findings.extend(header.finding());
        self.tell_hidden(scan, &header, findings);
        findings.extend(merged.finding(&[]));
        let columns = Columns::new(header.own_names());
        let workbook = SheetRows {
            lines,
            line,
            head_lines: head.header.iter().chain(&head.weekdays).cloned().collect(),
            merged,
            last_row: scan.last_row,
            leaves_out_beside: false,
            fills: Vec::new(),
            report: header.report(),
            header,
        };
        Ok((workbook, columns, head))
    }

    /// Tells what the sheet shows otherwise than it is read.
    fn tell_hidden(&self, scan: &Scan, header: &Header, findings: &mut Vec<Finding>) {
        if scan.hidden_rows > 0 {
            findings.push(Finding::HiddenRows {
                count: scan.hidden_rows,
            });
        }
        let is_hidden = |column: &&usize| {
            let mut hidden = scan.hidden_columns.iter();
            hidden.any(|(first, last)| (*first as usize..=*last as usize).contains(*column))
        };
        let own = header.own().iter().filter(is_hidden);
        let hidden: Vec<String> = own.map(|column| letters(*column)).collect();
        if !hidden.is_empty() {
            findings.push(Finding::HiddenColumns { letters: hidden });
        }
        if scan.formulas > 0 {
            findings.push(Finding::Formulas {
                count: scan.formulas,
                computes_on_load: self.computes_on_load,
            });
        }
    }

    /// Opens several sheets one after the other, only to see that their columns are the same; gives what stands around their rows.
    fn compare(&self, parts: &[Part], findings: &mut Vec<Finding>) -> Result<Vec<Head>, Refusal> {
        let mut heads = Vec::new();
        let mut first: Option<(&str, Columns)> = None;
        for part in parts {
            let mut own = Vec::new();
            let (_, columns, head) = self.open(part, &mut own)?;
            findings.extend(own.into_iter().map(|finding| Finding::OfSheet {
                sheet: part.sheet.name.clone(),
                finding: Box::new(finding),
            }));
            match &first {
                None => first = Some((&part.sheet.name, columns)),
                Some((name, known)) if *known != columns => {
                    return Err(differ(
                        &self.file,
                        (name, known),
                        (&part.sheet.name, &columns),
                    ));
                }
                Some(_) => {}
            }
            heads.push(head);
        }
        Ok(heads)
    }
}

/// Sheets whose columns differ are not one table: a cell that only one of them has may be a misspelt one of the other.
fn differ(file: &str, one: (&str, &Columns), other: (&str, &Columns)) -> Refusal {
    let quoted = |name: &str| format!("`{}`", shown(name));
    let (first, second) = (quoted(one.0), quoted(other.0));
    let refusal = Refusal::new(
        "file.sheets-differ",
        text!(
            "{file}: the sheets {first} and {second} do not have the same columns",
            file,
            first,
            second
        ),
    );
    let only = |of: &Columns, not: &Columns| {
        let names = of.names().iter();
        names
            .filter(|name| not.position(name).is_none())
            .map(|name| quoted(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (in_first, in_second) = (only(one.1, other.1), only(other.1, one.1));
    let mut refusal = refusal;
    for (sheet, names) in [(&first, &in_first), (&second, &in_second)] {
        if !names.is_empty() {
            refusal = refusal.because(text!("only {sheet} has {names}", sheet, names));
        }
    }
    if in_first.is_empty() && in_second.is_empty() {
        let mut pairs = one.1.names().iter().zip(other.1.names());
        if let Some((one, other)) = pairs.find(|(one, other)| one != other) {
            refusal = refusal.because(text!(
                "they stand in another order: where {first} has {one}, {second} has {other}",
                first,
                one = quoted(one),
                second,
                other = quoted(other)
            ));
        }
    }
    refusal.hint(text!(
        "give them the same titles in the same order, or read one of them: --sheet NAME"
    ))
}
