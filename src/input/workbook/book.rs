//! The sheets of a workbook that are read: usually one, else several as one input, one after the other.
//!
//! Keeps this: several sheets are read together only if they have the same columns in the same order, so that a cell means the same
//! in each of them. All of them are opened once before the first row is read: what is wrong with one refuses the file at once.

use std::collections::{HashMap, VecDeque};
use std::fs::File;

use crate::error::Refusal;
use crate::input::finding::{Finding, shown};
use crate::input::heading::LINES_MAX;
use crate::input::{Format, Identity, InputOptions, Reading};
use crate::model::{Columns, Head, Row};

use super::container::{Container, unsound};
use super::feed::Feed;
use super::header;
use super::lines::Lines;
use super::package::Package;
use super::scan::Scan;
use super::sheet::{self, Candidate, Look};
use super::{OpenSheet, Walked, Workbook, run_of};

/// Reads the rows of the sheets.
pub(in crate::input) struct Book {
    opener: Opener,
    sheet: Workbook,
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
#[derive(Clone)]
struct Part {
    place: usize,
    name: String,
    scan: Scan,
}

/// What it takes to open a sheet.
struct Opener {
    file: String,
    feed: Feed,
    package: Package,
    options: InputOptions,
}

impl Book {
    /// Finds the sheets and their header; refuses the file when it has none that can be used. `first` are the file's first bytes.
    pub(in crate::input) fn open(
        file: File,
        identity: Identity,
        name: &str,
        first: &[u8],
        options: &InputOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<(Self, Columns, Head), Refusal> {
        let mut container = Container::open(name, file, first)?;
        if let Some(format @ (Format::Csv | Format::Jsonl)) = options.format {
            let word = format.word();
            return Err(Refusal::new(
                "job.format",
                format!("{name}: the file is an Excel workbook, and the job says it is {word}"),
            )
            .hint("correct `format` in the job's [input], or delete it"));
        }
        let package = Package::read(&mut container)?;
        let mut parts = Vec::new();
        let mut candidates = Vec::new();
        let mut scans = HashMap::new();
        for (place, sheet) in sheet::candidates(name, &package.sheets, options)? {
            let scan = match options.walked.scan(identity, &sheet.part) {
                Some(scan) => scan,
                None => Scan::of(&mut container, &sheet.part)?,
            };
            scans.insert(sheet.part.clone(), scan.clone());
            candidates.push(Candidate::new(sheet, &scan));
            parts.push(Part {
                place,
                name: sheet.name.clone(),
                scan,
            });
        }
        let opener = Opener {
            file: name.to_owned(),
            feed: Feed::start(name, container.into_file())?,
            package,
            options: options.clone(),
        };
        let chosen = sheet::choose(name, &candidates, options, |at| {
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
        let run = run_of(name, &opener.package, &opener.feed)?;
        let mut own = Vec::new();
        let (sheet, columns, head) = opener.open(first, &mut own)?;
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
    pub(in crate::input) fn fill_merged(&mut self, columns: &[usize]) -> Vec<Finding> {
        self.filled = columns.to_vec();
        self.sheet.fill_merged(columns)
    }

    /// Leaves values right of the table out of the rows.
    pub(in crate::input) fn leave_out_beside(&mut self) {
        self.leaves_out_beside = true;
        self.sheet.leave_out_beside();
    }

    /// What was found in its sheets before they were read.
    pub(in crate::input) fn walked(&self) -> &Walked {
        &self.walked
    }

    /// The run that the workbook says it is a report of.
    pub(in crate::input) fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// What stands around the rows of each sheet, where there are several.
    pub(in crate::input) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// How many of several sheets were begun.
    pub(in crate::input) fn begun(&self) -> usize {
        self.heads.len().saturating_sub(self.ahead.len())
    }

    /// How many blank rows were passed over.
    pub(in crate::input) fn blank_lines(&self) -> u64 {
        self.blank_rows + self.sheet.blank_lines()
    }

    /// How much of the sheets was read, of `bytes`.
    pub(in crate::input) fn bytes_read(&self, bytes: u64) -> u64 {
        let done = self.rows_done + u64::from(self.sheet.rows_done());
        let read = u128::from(bytes) * u128::from(done) / u128::from(self.rows.max(1));
        u64::try_from(read).unwrap_or(bytes)
    }

    /// Reads the next row; its number is the caller's business.
    pub(in crate::input) fn read(&mut self, row: &mut Row) -> Result<Reading, Refusal> {
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
            (self.sheet, ..) = self.opener.open(next, &mut Vec::new())?;
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
        let messages = self
            .feed
            .sheet(part.place, part.scan.never_computed.clone());
        let mut lines = Lines::new(&self.file, messages);
        let rule = &self.options.header;
        let headers = header::candidates(&mut lines, rule, &part.scan.merged)?;
        let lines = lines.look(LINES_MAX)?;
        Ok(Look {
            lines: lines.iter().map(|line| line.texts()).collect(),
            headers,
        })
    }

    /// Opens a sheet and takes its header.
    fn open(
        &self,
        part: Part,
        findings: &mut Vec<Finding>,
    ) -> Result<(Workbook, Columns, Head), Refusal> {
        let rule = &self.options.header;
        let sheet = OpenSheet::open(
            &self.file, &part.name, part.place, part.scan, &self.feed, rule,
        )?;
        sheet.workbook(&self.file, &self.package, rule, findings)
    }

    /// Opens several sheets one after the other, only to see that their columns are the same; gives what stands around their rows.
    fn compare(&self, parts: &[Part], findings: &mut Vec<Finding>) -> Result<Vec<Head>, Refusal> {
        let mut heads = Vec::new();
        let mut first: Option<(&str, Columns)> = None;
        for part in parts {
            let mut own = Vec::new();
            let (_, columns, head) = self.open(part.clone(), &mut own)?;
            findings.extend(own.into_iter().map(|finding| Finding::OfSheet {
                sheet: part.name.clone(),
                finding: Box::new(finding),
            }));
            match &first {
                None => first = Some((&part.name, columns)),
                Some((name, known)) if *known != columns => {
                    return Err(differ(&self.file, (name, known), (&part.name, &columns)));
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
        format!("{file}: the sheets {first} and {second} do not have the same columns"),
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
            refusal = refusal.because(format!("only {sheet} has {names}"));
        }
    }
    if in_first.is_empty() && in_second.is_empty() {
        let mut pairs = one.1.names().iter().zip(other.1.names());
        if let Some((one, other)) = pairs.find(|(one, other)| one != other) {
            refusal = refusal.because(format!(
                "they stand in another order: where {first} has {}, {second} has {}",
                quoted(one),
                quoted(other)
            ));
        }
    }
    refusal.hint("give them the same titles in the same order, or read one of them: --sheet NAME")
}
