//! Which sheet is read: the one that is named, else the only one that can be meant. A hidden one is never taken unasked.

use crate::error::{Refusal, nearest};
use crate::input::InputOptions;
use crate::input::finding::{Finding, shown};

use super::package::Sheet;
use super::scan::Scan;

/// A sheet that may be meant.
pub(super) struct Candidate {
    /// Its place among all sheets.
    pub(super) at: usize,
    pub(super) name: String,
    holds_cells: bool,
}

impl Candidate {
    /// A sheet, and what was found in it.
    pub(super) fn new(at: usize, sheet: &Sheet, scan: &Scan) -> Self {
        Self {
            at,
            name: sheet.name.clone(),
            holds_cells: scan.cells > 0,
        }
    }
}

/// The sheet that is named, or those that are visible. Charts and the like are none.
pub(super) fn candidates<'a>(
    file: &str,
    sheets: &'a [Sheet],
    named: Option<&str>,
) -> Result<Vec<(usize, &'a Sheet)>, Refusal> {
    let with_cells = || {
        sheets
            .iter()
            .enumerate()
            .filter(|(_, sheet)| sheet.has_cells)
    };
    let found: Vec<_> = match named {
        Some(named) => with_cells()
            .filter(|(_, sheet)| sheet.name == named)
            .collect(),
        None => with_cells().filter(|(_, sheet)| sheet.visible).collect(),
    };
    match (named, found.len()) {
        (Some(named), 0) => Err(unknown(file, sheets, named)),
        (None, 0) => Err(Refusal::new(
            "file.sheet-none",
            format!("{file}: the workbook has no visible sheet with cells"),
        )
        .because(listed(with_cells().map(|(_, sheet)| sheet.name.as_str())))
        .hint(HINT)),
        (Some(named), 2..) => Err(Refusal::new(
            "file.sheet-twice",
            format!("{file}: two sheets are named `{}`", shown(named)),
        )
        .hint("rename one of them")),
        _ => Ok(found),
    }
}

/// Chooses among several sheets, by their places in `candidates`: only one of them holds something, or only one the header that
/// is looked for. `lacking` tells which of its names a sheet lacks.
pub(super) fn choose(
    file: &str,
    candidates: &[Candidate],
    options: &InputOptions,
    mut lacking: impl FnMut(usize) -> Result<Vec<String>, Refusal>,
) -> Result<(usize, Option<Finding>), Refusal> {
    let filled = candidates.iter().enumerate();
    let filled: Vec<_> = filled.filter(|(_, sheet)| sheet.holds_cells).collect();
    match filled.as_slice() {
        [] => {
            return Err(Refusal::new(
                "file.empty",
                format!("{file}: no rows: the workbook is empty"),
            )
            .because(listed(candidates.iter().map(|sheet| sheet.name.as_str())))
            .hint("export the table again, with its rows"));
        }
        [(only, _)] => return Ok((*only, None)),
        _ => {}
    }
    let wanted = &options.header.names;
    let mut holding = Vec::new();
    let mut nearest: Option<(&Candidate, Vec<String>)> = None;
    if !wanted.is_empty() {
        for (at, sheet) in &filled {
            let lacks = lacking(*at)?;
            if lacks.is_empty() {
                holding.push((*at, *sheet));
            } else if nearest
                .as_ref()
                .is_none_or(|(_, least)| lacks.len() < least.len())
            {
                nearest = Some((*sheet, lacks));
            }
        }
    }
    let names = filled.iter().map(|(_, sheet)| sheet.name.as_str());
    match holding.as_slice() {
        [(only, sheet)] => {
            let others = names.filter(|name| *name != sheet.name);
            let finding = Finding::SheetChosen {
                read: sheet.name.clone(),
                others: others.map(str::to_owned).collect(),
            };
            Ok((*only, Some(finding)))
        }
        [] => Err(match nearest {
            Some((sheet, lacks)) => incomplete(file, sheet, &lacks, wanted.len()),
            None => Refusal::new(
                "file.sheet-many",
                format!("{file}: the workbook has {} sheets", filled.len()),
            )
            .hint(HINT),
        }
        .because(listed(names))),
        [_, _, ..] => Err(Refusal::new(
            "file.sheet-many",
            format!("{file}: {} sheets hold such a table", holding.len()),
        )
        .because(listed(holding.iter().map(|(_, sheet)| sheet.name.as_str())))
        .hint(HINT)),
    }
}

/// No sheet has all of the columns: to choose one would not help.
fn incomplete(file: &str, nearest: &Candidate, lacks: &[String], wanted: usize) -> Refusal {
    let first = lacks.iter().take(NAMES_MAX);
    let mut columns = first
        .map(|name| format!("`{}`", shown(name)))
        .collect::<Vec<_>>()
        .join(", ");
    if lacks.len() > NAMES_MAX {
        columns = format!("{columns} and {} more", lacks.len() - NAMES_MAX);
    }
    let word = if lacks.len() == 1 {
        "the column"
    } else {
        "the columns"
    };
    let refusal = if lacks.len() == wanted {
        Refusal::new(
            "file.sheet-lacks",
            format!("{file}: no sheet has {word} {columns}"),
        )
    } else {
        let sheet = shown(&nearest.name);
        Refusal::new(
            "file.sheet-lacks",
            format!("{file}: no sheet has all of the columns"),
        )
        .because(format!(
            "the sheet `{sheet}` comes nearest, and lacks {word} {columns}"
        ))
    };
    refusal.hint("correct the titles in the sheet, or the names of the columns in the job")
}

const HINT: &str = "say which one is meant, with `sheet = \"…\"` in the job's [input]";

/// The most names of sheets in a message.
const NAMES_MAX: usize = 20;

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let first = names.iter().take(NAMES_MAX);
    let quoted: Vec<String> = first.map(|name| format!("`{}`", shown(name))).collect();
    let mut text = quoted.join(", ");
    if names.len() > NAMES_MAX {
        text = format!("{text} and {} more", names.len() - NAMES_MAX);
    }
    format!("its sheets: {text}")
}

fn unknown(file: &str, sheets: &[Sheet], named: &str) -> Refusal {
    let shown_name = shown(named);
    if sheets.iter().any(|sheet| sheet.name == named) {
        return Refusal::new(
            "file.sheet-no-cells",
            format!("{file}: the sheet `{shown_name}` has no cells"),
        )
        .because("it is a chart, a dialog or a macro")
        .hint(HINT);
    }
    let with_cells = sheets.iter().filter(|sheet| sheet.has_cells);
    let names: Vec<&str> = with_cells.map(|sheet| sheet.name.as_str()).collect();
    let refusal = Refusal::new(
        "file.sheet-unknown",
        format!("{file}: there is no sheet `{shown_name}`"),
    )
    .because(listed(names.iter().copied()));
    match nearest(named, names) {
        Some(near) => refusal.hint(format!("did you mean `{}`?", shown(near))),
        None => refusal.hint("correct `sheet` in the job's [input]"),
    }
}
