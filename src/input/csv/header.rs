//! The header of a CSV file: which columns are the user's, and whether this is a header at all.
//!
//! A wrong header is a wrong file: everything doubtful refuses the file here, before a row is read.

use std::borrow::Cow;

use crate::input::HeaderRule;
use crate::input::column_names;
use crate::input::finding::Finding;
use crate::input::heading;
use crate::input::report_columns::ReportColumns;

use super::layout::{Layout, Quoting};
use super::report_cell::ReportCellColumns;
use super::trouble::Trouble;
use super::{cell_text, cells};

/// The most columns, as in a spreadsheet.
pub(super) const COLUMNS_MAX: usize = 16_384;

/// The columns as the file has them.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// All names, `_…` and unnamed ones included.
    names: Vec<String>,
    /// Where the input's own columns stand.
    own: Vec<usize>,
    /// Cells up to the last column with a name: a row must have these.
    needed: usize,
    /// Where a failure report says which cell a line is about.
    report_cell: Option<ReportCellColumns>,
    /// Where a report says which item a line is of.
    report: Option<ReportColumns>,
    /// The lines it was read from: a row must not repeat one.
    lines: Vec<Vec<String>>,
}

impl Header {
    /// Reads the names from one record.
    pub(super) fn read(record: &str, layout: &Layout, delimiter: u8) -> Result<Self, Trouble> {
        check_line(record, layout, delimiter)?;
        let names = cells(record, layout);
        let lines = vec![names.clone()];
        Self::new(names, lines)
    }

    /// Reads the names from two records, `upper` being the cells of the first.
    pub(super) fn read_below(
        upper: Vec<String>,
        record: &str,
        layout: &Layout,
        delimiter: u8,
        rule: &HeaderRule,
    ) -> Result<Self, Trouble> {
        check_line(record, layout, delimiter)?;
        let lower = cells(record, layout);
        let names = heading::over_days(&upper, &lower, rule)
            .unwrap_or_else(|| heading::joined(&heading::spread(&upper, &lower), &lower));
        Self::new(names, vec![upper, lower])
    }

    fn new(names: Vec<String>, lines: Vec<Vec<String>>) -> Result<Self, Trouble> {
        let last = names.iter().rposition(|name| !name.trim().is_empty());
        let needed = last.map_or(0, |last| last + 1);
        let own = (0..needed)
            .filter(|at| names.get(*at).is_some_and(|name| !name.starts_with('_')))
            .collect();
        let header = Self {
            report_cell: ReportCellColumns::find(&names),
            report: ReportColumns::find(&names),
            names,
            own,
            needed,
            lines,
        };
        header.check_names()?;
        Ok(header)
    }

    /// Where a failure report says which cell a line is about, if this is one.
    pub(super) fn report_cell(&self) -> Option<ReportCellColumns> {
        self.report_cell
    }

    /// Where a report says which item a line is of, if this is one.
    pub(super) fn report(&self) -> Option<ReportColumns> {
        self.report
    }

    /// The lines it was read from, each with its cells.
    pub(super) fn lines(&self) -> &[Vec<String>] {
        &self.lines
    }

    /// How many cells the header has.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// How many cells there are up to the last column with a name.
    pub(super) fn named(&self) -> usize {
        self.needed
    }

    /// The name of the column at a position, as rejections show it.
    pub(super) fn name(&self, position: usize) -> Cow<'_, str> {
        match self.names.get(position).map(String::as_str) {
            Some("") | None => Cow::Owned(format!("column {}", position + 1)),
            Some(name) => Cow::Borrowed(name),
        }
    }

    /// Where the input's own columns stand.
    pub(super) fn own_positions(&self) -> &[usize] {
        &self.own
    }

    /// The names of the input's own columns.
    pub(super) fn own_names(&self) -> Vec<String> {
        self.own
            .iter()
            .filter_map(|at| self.names.get(*at).cloned())
            .collect()
    }

    /// Whether a row may have this many cells: those of unnamed columns at the end may be missing.
    pub(super) fn takes(&self, count: usize) -> bool {
        (self.needed..=self.names.len()).contains(&count)
    }

    /// Whether a record has the very cells of the header, as in files glued together. A byte order mark before it is the
    /// second file's.
    pub(super) fn is_repeated_by(&self, record: &str, layout: &Layout) -> bool {
        let mut unquoted = String::new();
        let mut is_repeated = |line: &Vec<String>| {
            layout.count() == line.len()
                && line.iter().zip(layout.places()).all(|(name, place)| {
                    let cell = cell_text(record, place, &mut unquoted);
                    cell.strip_prefix('\u{FEFF}').unwrap_or(cell) == name
                })
        };
        self.lines.iter().any(&mut is_repeated)
    }

    /// The values that stand under no name and would be lost.
    pub(super) fn values_beside<'a>(
        &self,
        record: &'a str,
        layout: &'a Layout,
    ) -> impl Iterator<Item = &'a str> {
        let places = layout.places().get(self.needed..).unwrap_or_default();
        let values = places
            .iter()
            .filter_map(|place| record.get(place.range.clone()));
        values.filter(|value| !matches!(value.trim(), "" | "\"\""))
    }

    /// What the user is told about columns that are passed over.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let ours: Vec<String> = self
            .names
            .iter()
            .filter(|name| name.starts_with('_'))
            .cloned()
            .collect();
        if !ours.is_empty() {
            findings.push(Finding::ReportColumns { names: ours });
        }
        if self.needed < self.names.len() {
            findings.push(Finding::UnnamedColumns {
                count: self.names.len() - self.needed,
            });
        }
        findings
    }

    fn check_names(&self) -> Result<(), Trouble> {
        let named = self.names.iter().take(self.needed);
        if let Some(unnamed) = named.clone().position(|name| name.trim().is_empty()) {
            return Err(Trouble::Unnamed {
                position: unnamed + 1,
            });
        }
        let own = named.map(String::as_str).enumerate();
        let own = own.filter(|(_, name)| !name.starts_with('_'));
        column_names::check(own, |position| (position + 1).to_string())?;
        Ok(())
    }
}

/// What the line shows before its names are looked at.
fn check_line(record: &str, layout: &Layout, delimiter: u8) -> Result<(), Trouble> {
    if layout.count() > COLUMNS_MAX {
        return Err(Trouble::TooMany {
            count: layout.count(),
        });
    }
    column_names::check_characters(record)?;
    for place in layout.places() {
        if matches!(place.quoting, Quoting::Inside | Quoting::TextAfter) {
            return Err(Trouble::BadQuote {
                cell: record
                    .get(place.range.clone())
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }
    if record.starts_with("sep=") {
        return Err(Trouble::Separator {
            line: record.to_owned(),
        });
    }
    // A name in quotes may hold any of these: that is the way out for whoever has such a name.
    if layout.count() == 1 && !layout.quoted() {
        let others = [';', '\t', ',', '|', '，', '；'];
        if let Some(found) = others
            .into_iter()
            .find(|other| *other != char::from(delimiter) && record.contains(*other))
        {
            return Err(Trouble::WrongDelimiter { found });
        }
    }
    Ok(())
}
