//! The columns of our own that a failure report has, and what they say of a row when the report is read again.

use crate::model::report_column::{RECORD, RULE, RUN, STRAY};
use crate::model::{Cell, ReportLine};

/// Where the columns are among those of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportColumns {
    record: usize,
    run: Option<usize>,
    rule: Option<usize>,
    stray: Option<usize>,
}

impl ReportColumns {
    /// Finds them by their names; none where the file is no report.
    pub(super) fn find(names: &[String]) -> Option<Self> {
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        Some(Self {
            record: place(RECORD)?,
            run: place(RUN),
            rule: place(RULE),
            stray: place(STRAY),
        })
    }

    /// What is kept of one row that belongs to no column of the table.
    pub(super) fn stray(&self, cell: impl Fn(usize) -> String) -> String {
        self.stray.map(cell).unwrap_or_default()
    }

    /// What they say of one row, whose cells `cell` gives by their columns.
    pub(super) fn line(&self, cell: impl Fn(usize) -> String) -> ReportLine {
        let said = |column: Option<usize>| column.map(&cell).unwrap_or_default();
        ReportLine {
            run: said(self.run),
            record: cell(self.record).trim().parse().unwrap_or_default(),
            rule: said(self.rule),
        }
    }
}

/// What the members of a JSON object say that are ours; none where the object is no line of a report.
pub(super) fn of_members<'a>(
    members: impl Iterator<Item = (&'a str, Cell<'a>)>,
) -> Option<ReportLine> {
    let mut line = ReportLine::default();
    let mut is_report = false;
    for (name, cell) in members.filter(|(name, _)| name.starts_with('_')) {
        let (Cell::Text(text) | Cell::Number(text)) = cell else {
            continue;
        };
        match name {
            RECORD => {
                is_report = true;
                line.record = text.parse().unwrap_or_default();
            }
            RUN => text.clone_into(&mut line.run),
            RULE => text.clone_into(&mut line.rule),
            _ => {}
        }
    }
    is_report.then_some(line)
}
