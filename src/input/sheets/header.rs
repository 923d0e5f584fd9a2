//! The header of a sheet: where it stands, which columns are the user's, and whether it is a header at all.
//!
//! A wrong header is a wrong file: everything doubtful refuses the file here, before a row is read.

use crate::error::Refusal;
use crate::input::HeaderRule;
use crate::input::column_names;
use crate::input::finding::{Finding, shown};
use crate::input::heading::{self, LINES_MAX};
use crate::input::report_columns::ReportColumns;
use crate::input::workbook::{Line, Region};
use crate::model::letters;

use super::lines::Lines;

/// The columns of a sheet.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// All names by their columns, `_…` and empty ones included.
    names: Vec<String>,
    /// Where the input's own columns stand.
    own: Vec<usize>,
}

impl Header {
    /// Checks the names of the columns. `place` names the sheet and the row in messages.
    pub(super) fn new(names: Vec<String>, place: &str) -> Result<Self, Refusal> {
        let named = names
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty());
        let own: Vec<usize> = named
            .filter(|(_, name)| !name.starts_with('_'))
            .map(|(column, _)| column)
            .collect();
        let header = Self { names, own };
        let own = header.own.iter();
        let own = own.map(|column| (*column, header.name(*column)));
        column_names::check(own, letters).map_err(|fault| fault.refuse(place))?;
        Ok(header)
    }

    /// Where the input's own columns stand.
    pub(super) fn own(&self) -> &[usize] {
        &self.own
    }

    /// Where a report says which item a row is of, if this is one.
    pub(super) fn report(&self) -> Option<ReportColumns> {
        ReportColumns::find(&self.names)
    }

    /// The names of the input's own columns.
    pub(super) fn own_names(&self) -> Vec<String> {
        let own = self.own.iter();
        own.map(|column| self.name(*column).to_owned()).collect()
    }

    /// The first column behind all that have a name.
    pub(super) fn end(&self) -> usize {
        let last = self.names.iter().rposition(|name| !name.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// The name of a column, empty when it has none.
    pub(super) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// What the user is told about columns that are passed over.
    pub(super) fn finding(&self) -> Option<Finding> {
        let ours = self.names.iter().filter(|name| name.starts_with('_'));
        let names: Vec<String> = ours.cloned().collect();
        (!names.is_empty()).then_some(Finding::ReportColumns { names })
    }
}

/// Where the header stands among the first lines of a sheet, and the names of the columns.
#[derive(Debug)]
pub(super) struct SheetHeader {
    /// How many lines stand above it.
    pub(super) above: usize,
    /// How many lines it has.
    pub(super) lines: usize,
    pub(super) names: Vec<String>,
    pub(super) days_down: Option<usize>,
}

/// Looks for the header; `None` when the sheet has fewer lines than the header.
pub(super) fn find(
    lines: &mut Lines,
    rule: &HeaderRule,
    merged: &[Region],
) -> Result<Option<SheetHeader>, Refusal> {
    let mut candidates = candidates(lines, rule, merged)?;
    let looked_at = lines.look(LINES_MAX)?;
    let texts: Vec<Vec<String>> = looked_at.iter().map(|line| line.texts()).collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    let above = heading::choose(&candidates, rule);
    let mut names = candidates.swap_remove(above);
    let mut lines = rule.lines.max(1);
    if let (1, Some([upper, lower])) = (lines, texts.get(above..above + 2))
        && let Some(joined) = heading::over_days(upper, lower, rule)
    {
        (lines, names) = (2, joined);
    }
    let days_down = heading::days_down(&names, &texts, rule);
    Ok(Some(SheetHeader {
        above,
        lines,
        names,
        days_down,
    }))
}

/// The refusal of a sheet with fewer lines than the header.
pub(super) fn missing(file: &str, sheet: &str, rule: &HeaderRule) -> Refusal {
    let refuse = |what: &str| {
        let sheet = shown(sheet);
        Refusal::new(
            "file.no-rows",
            text!(
                "{file}: no rows: the sheet `{sheet}` {what}",
                file,
                sheet,
                what
            ),
        )
    };
    if rule.lines < 2 {
        return refuse("holds nothing but spaces")
            .hint(text!("export the table again, with its rows"));
    }
    refuse("has fewer lines than its header")
        .because(text!("the job says that the header has two lines"))
        .hint(text!(
            "correct `header_rows` in the job's [input], or export the table again"
        ))
}

/// A cell without a value cannot name a column.
pub(super) fn refuse_unusable_names(file: &str, sheet: &str, line: &Line) -> Result<(), Refusal> {
    let Some((column, ..)) = line.cells().find(|(_, kind, _)| kind.has_no_text()) else {
        return Ok(());
    };
    let place = format!("{}{}", letters(column), line.row);
    let sheet = shown(sheet);
    Err(Refusal::new(
        "file.header-unusable",
        text!(
            "{file}: cell {place} of the sheet `{sheet}` is to name a column and has no value",
            file,
            place,
            sheet
        ),
    )
    .because(text!(
        "it holds an error, or a formula that was never computed"
    ))
    .hint(text!("write the name of the column into it")))
}

/// The names that each of the first lines, or each two of them, would give to the columns.
pub(super) fn candidates(
    lines: &mut Lines,
    rule: &HeaderRule,
    merged: &[Region],
) -> Result<Vec<Vec<String>>, Refusal> {
    let looked_at = lines.look(LINES_MAX)?;
    let texts: Vec<Vec<String>> = looked_at.iter().map(|line| line.texts()).collect();
    if rule.lines < 2 {
        let collapsed = |name: &String| heading::collapsed(name);
        let names = |line: &Vec<String>| line.iter().map(collapsed).collect();
        return Ok(texts.iter().map(names).collect());
    }
    let pairs = texts.windows(2).zip(&looked_at);
    let joined = pairs.map(|(pair, upper)| match pair {
        [above, below] => heading::over_days(above, below, rule)
            .unwrap_or_else(|| heading::joined(&spread(above, upper, merged), below)),
        _ => Vec::new(),
    });
    Ok(joined.collect())
}

/// The upper line of a header: a name stands for all columns it is merged over.
fn spread(texts: &[String], line: &Line, merged: &[Region]) -> Vec<String> {
    let mut spread = texts.to_vec();
    let begins = merged.partition_point(|region| region.rows.0 < line.row);
    let regions = merged.get(begins..).unwrap_or_default().iter();
    for region in regions.take_while(|region| region.rows.0 == line.row) {
        let (first, last) = (region.columns.0 as usize, region.columns.1 as usize);
        let Some(text) = texts.get(first).filter(|text| !text.is_empty()) else {
            continue;
        };
        if spread.len() <= last {
            spread.resize(last + 1, String::new());
        }
        if let Some(columns) = spread.get_mut(first..=last) {
            columns.fill(text.clone());
        }
    }
    spread
}
