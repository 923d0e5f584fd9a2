//! Which sheets are read: those that are named, else the only one that can be meant. A hidden one is never taken unasked.
//!
//! Keeps this: no visible sheet that looks like the table is passed over, unless it says that it is of another month than the one
//! that is wanted. What does not look like it is left alone and told: instructions, a list of shifts, an empty sheet.

use crate::error::{Refusal, nearest};
use crate::input::finding::{Finding, shown};
use crate::input::heading::{alike, choose as best, lacking};
use crate::input::{InputOptions, SheetList};
use crate::model::Head;
use crate::roster::MonthSaid;

use super::package::Sheet;
use super::scan::Scan;

/// How to say which sheet is meant.
pub const WHICH_SHEET: &str =
    "say which one is meant: --sheet NAME, or `sheet = \"…\"` in [input] of the job";

/// The most names of sheets or columns in a message.
const NAMES_MAX: usize = 20;

/// A sheet that may be meant.
pub(super) struct Candidate {
    name: String,
    holds_cells: bool,
}

impl Candidate {
    /// A sheet, and what was found in it.
    pub(super) fn new(sheet: &Sheet, scan: &Scan) -> Self {
        Self {
            name: sheet.name.clone(),
            holds_cells: scan.cells > 0,
        }
    }
}

/// What stands at the beginning of a sheet.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The first lines.
    pub(super) lines: Vec<Vec<String>>,
    /// The names that each of them, or each two of them, would give to the columns.
    pub(super) headers: Vec<Vec<String>>,
}

/// The sheets to be read, by their places among the candidates.
pub(super) struct Chosen {
    pub(super) places: Vec<usize>,
    pub(super) finding: Option<Finding>,
}

/// The sheets that are named, or those that are visible. Charts and the like are none.
pub(super) fn candidates<'a>(
    file: &str,
    sheets: &'a [Sheet],
    options: &InputOptions,
) -> Result<Vec<(usize, &'a Sheet)>, Refusal> {
    let with_cells = || {
        sheets
            .iter()
            .enumerate()
            .filter(|(_, sheet)| sheet.has_cells)
    };
    let named: Option<Vec<&str>> = match (&options.sheet, &options.sheets) {
        (Some(name), _) => Some(vec![name]),
        (None, Some(SheetList::Named(names))) => Some(names.iter().map(String::as_str).collect()),
        (None, Some(SheetList::All) | None) => None,
    };
    let Some(named) = named else {
        let visible: Vec<_> = with_cells().filter(|(_, sheet)| sheet.visible).collect();
        if visible.is_empty() {
            return Err(Refusal::new(
                "file.sheet-none",
                format!("{file}: the workbook has no visible sheet with cells"),
            )
            .because(listed(with_cells().map(|(_, sheet)| sheet.name.as_str())))
            .hint(WHICH_SHEET));
        }
        return Ok(visible);
    };
    for name in &named {
        match with_cells()
            .filter(|(_, sheet)| sheet.name == *name)
            .count()
        {
            0 => return Err(unknown(file, sheets, name)),
            1 => {}
            _ => {
                return Err(Refusal::new(
                    "file.sheet-twice",
                    format!("{file}: two sheets are named `{}`", shown(name)),
                )
                .hint("rename one of them"));
            }
        }
    }
    let is_named = |(_, sheet): &(usize, &Sheet)| named.contains(&sheet.name.as_str());
    Ok(with_cells().filter(is_named).collect())
}

/// A sheet that holds something, held against the header that is looked for.
struct Seen<'a> {
    place: usize,
    name: &'a str,
    look: Look,
    /// Where its likeliest header stands among the first lines.
    header: usize,
    /// Which of the wanted names that header lacks.
    lacks: Vec<String>,
    /// The month that the sheet says.
    month: Option<MonthSaid>,
}

/// Chooses among the candidates. `look` looks at the one at a place.
pub(super) fn choose(
    file: &str,
    candidates: &[Candidate],
    options: &InputOptions,
    mut look: impl FnMut(usize) -> Result<Look, Refusal>,
) -> Result<Chosen, Refusal> {
    let filled = candidates.iter().enumerate();
    let filled: Vec<_> = filled.filter(|(_, sheet)| sheet.holds_cells).collect();
    let is_list = matches!(options.sheets, Some(SheetList::Named(_)));
    if filled.is_empty() || (is_list && filled.len() < candidates.len()) {
        return Err(empty(file, candidates, is_list));
    }
    if filled.len() == 1 {
        let places = filled.iter().map(|(place, _)| *place).collect();
        return Ok(Chosen {
            places,
            finding: None,
        });
    }
    if options.header.names.is_empty() && options.sheets.is_none() {
        let what = format!("{file}: the workbook has {} sheets", filled.len());
        return Err(Refusal::new("file.sheet-many", what)
            .because(listed(filled.iter().map(|(_, sheet)| sheet.name.as_str())))
            .hint(WHICH_SHEET));
    }
    let mut seen = Vec::new();
    for (place, sheet) in &filled {
        seen.push(Seen::new(*place, &sheet.name, look(*place)?, options));
    }
    let (mut tables, others): (Vec<&Seen<'_>>, Vec<&Seen<'_>>) =
        seen.iter().partition(|sheet| sheet.lacks.is_empty());
    let table = tables.first().map(|sheet| sheet.names());
    let is_alike =
        |sheet: &&Seen<'_>| is_list || sheet.looks_like(table.unwrap_or_default(), options);
    let mut incomplete: Vec<&Seen<'_>> = others.into_iter().filter(is_alike).collect();
    by_month(file, options, &mut tables, &mut incomplete)?;
    let names = || seen.iter().map(|sheet| sheet.name);
    match (tables.as_slice(), incomplete.first()) {
        ([], Some(sheet)) if options.sheets.is_some() => Err(lacks(file, sheet, None)),
        ([], _) => Err(none_has_all(file, &seen, &options.header.names)),
        ([table, ..], Some(sheet)) => Err(lacks(file, sheet, Some(table))),
        ([_, _, ..], None) if options.sheets.is_none() => Err(too_many(file, &tables, options)),
        (tables, None) => Ok(chosen(tables, names())),
    }
}

/// The sheets to be read; those that are left alone are told.
fn chosen<'a>(tables: &[&Seen<'_>], all: impl Iterator<Item = &'a str>) -> Chosen {
    let mut read: Vec<String> = tables.iter().map(|sheet| sheet.name.to_owned()).collect();
    let others = all.filter(|name| !read.iter().any(|read| read == name));
    let others: Vec<String> = others.map(str::to_owned).collect();
    Chosen {
        places: tables.iter().map(|sheet| sheet.place).collect(),
        finding: match read.len() {
            1 if others.is_empty() => None,
            1 => read.pop().map(|read| Finding::SheetChosen { read, others }),
            _ => Some(Finding::SheetsRead { read, others }),
        },
    }
}

/// Leaves the sheets of other months alone, where a month is wanted and each sheet says its own. One that says none may be of any.
fn by_month<'s>(
    file: &str,
    options: &InputOptions,
    tables: &mut Vec<&'s Seen<'s>>,
    incomplete: &mut Vec<&'s Seen<'s>>,
) -> Result<(), Refusal> {
    let Some(wanted) = options.month.and_then(|rule| rule.wanted) else {
        return Ok(());
    };
    let is_list = matches!(options.sheets, Some(SheetList::Named(_)));
    let is_other = |sheet: &&Seen<'_>| sheet.month.is_some_and(|said| !said.agrees(wanted));
    let all = || tables.iter().chain(incomplete.iter());
    if is_list || all().count() < 2 || !all().any(is_other) {
        return Ok(());
    }
    let quoted = |sheet: &&Seen<'_>| format!("`{}`", shown(sheet.name));
    if all().all(is_other) {
        let months = all().map(|sheet| {
            let month = sheet.month.map(|month| month.to_string());
            format!("{} says {}", quoted(sheet), month.unwrap_or_default())
        });
        return Err(Refusal::new(
            "file.sheet-month",
            format!("{file}: no sheet is of the month {wanted}, which the job or --set says"),
        )
        .because(months.take(NAMES_MAX).collect::<Vec<_>>().join(", "))
        .hint("give the file of that month, or say the month of a sheet: --set month=yyyyMM"));
    }
    let silent: Vec<String> = all()
        .filter(|sheet| sheet.month.is_none())
        .map(quoted)
        .collect();
    if !silent.is_empty() {
        let verb = if silent.len() == 1 { "does" } else { "do" };
        return Err(Refusal::new(
            "file.sheet-month",
            format!(
                "{file}: {} {verb} not say of which month, and other sheets do",
                silent.join(", ")
            ),
        )
        .because(format!("the job or --set says {wanted}"))
        .because(listed(all().map(|sheet| sheet.name)))
        .hint(WHICH_SHEET));
    }
    tables.retain(|sheet| !is_other(sheet));
    incomplete.retain(|sheet| !is_other(sheet));
    Ok(())
}

impl<'a> Seen<'a> {
    fn new(place: usize, name: &'a str, look: Look, options: &InputOptions) -> Self {
        let rule = &options.header;
        let held = best(&look.headers, &rule.names);
        let lacks_of = |at: usize| {
            let names = look.headers.get(at).map_or(&[][..], Vec::as_slice);
            lacking(names, &rule.names)
        };
        let has_days = |names: &Vec<String>| rule.are_days.is_some_and(|are| are(names));
        // Where no wanted name stands, the days tell the header.
        let header = if lacks_of(held).len() < rule.names.len() {
            held
        } else {
            let days = look.headers.iter().position(has_days);
            days.unwrap_or(held)
        };
        let lacks = lacks_of(header);
        let mut seen = Self {
            place,
            name,
            look,
            header,
            lacks,
            month: None,
        };
        seen.month = options
            .month
            .and_then(|month| (month.said)(&seen.head(rule.lines), month.first_day));
        seen
    }

    /// The names of the likeliest header.
    fn names(&self) -> &[String] {
        let names = self.look.headers.get(self.header);
        names.map_or(&[], Vec::as_slice)
    }

    /// What stands around the rows, as far as it may say a month.
    fn head(&self, header_lines: usize) -> Head {
        let lines = self.look.lines.iter();
        Head {
            sheet: Some(self.name.to_owned()),
            above: lines.clone().take(self.header).cloned().collect(),
            header: lines
                .skip(self.header)
                .take(header_lines.max(1))
                .cloned()
                .collect(),
            ..Head::default()
        }
    }

    /// Whether a sheet that lacks some of the names may all the same be such a table: it has the days of a roster; or half of the
    /// titles of the `table` that would be read; or, where there are no days to know a table by, half of the wanted names and two at
    /// least; or, for each name that it lacks, a title much like it.
    fn looks_like(&self, table: &[String], options: &InputOptions) -> bool {
        let rule = &options.header;
        let shared = |line: &Vec<String>| {
            let titles = table.iter().filter(|title| !title.is_empty());
            let (held, all) = titles.fold((0, 0), |(held, all), title| {
                (held + usize::from(line.contains(title)), all + 1)
            });
            held >= 2 && held * 2 >= all
        };
        if self.look.headers.iter().any(shared) {
            return true;
        }
        if let Some(are_days) = rule.are_days {
            return self.look.headers.iter().any(|line| are_days(line));
        }
        let has_near = |line: &Vec<String>| {
            let lacks = lacking(line, &rule.names);
            lacks.iter().all(|name| near(name, line).is_some())
        };
        let held = rule.names.len() - self.lacks.len();
        (held >= 2 && held * 2 >= rule.names.len()) || self.look.headers.iter().any(has_near)
    }
}

/// The title that a wanted name was perhaps misspelt into.
fn near<'t>(name: &str, titles: &'t [String]) -> Option<&'t str> {
    let filled = titles
        .iter()
        .map(String::as_str)
        .filter(|title| !title.is_empty());
    let same = filled.clone().find(|title| alike(title, name));
    same.or_else(|| nearest(name, filled))
}

/// A sheet that looks like the table and cannot be read as it. The one that could be read may be the wrong one.
fn lacks(file: &str, sheet: &Seen<'_>, other: Option<&Seen<'_>>) -> Refusal {
    let name = shown(sheet.name);
    let columns = columns(&sheet.lacks);
    let mut refusal = Refusal::new(
        "file.sheet-lacks",
        format!("{file}: the sheet `{name}` looks like the table, and lacks {columns}"),
    );
    for lacking in &sheet.lacks {
        if let Some(title) = near(lacking, sheet.names()) {
            refusal = refusal.because(format!(
                "its title `{}` comes nearest to `{}`",
                shown(title),
                shown(lacking)
            ));
        }
    }
    match other {
        Some(other) => {
            let other = shown(other.name);
            refusal
                .because(format!(
                    "the sheet `{other}` has all of the columns; is it the one that is meant?"
                ))
                .hint(format!(
                    "correct the titles in `{name}`, or say which sheet is meant: --sheet '{other}'"
                ))
        }
        None => refusal.hint(format!("correct the titles in `{name}`")),
    }
}

fn too_many(file: &str, tables: &[&Seen<'_>], options: &InputOptions) -> Refusal {
    let refusal = Refusal::new(
        "file.sheet-many",
        format!("{file}: {} sheets hold such a table", tables.len()),
    )
    .because(listed(tables.iter().map(|sheet| sheet.name)));
    let said = tables
        .iter()
        .find_map(|sheet| Some((sheet.name, sheet.month?)));
    let is_open = options.month.is_some_and(|rule| rule.wanted.is_none());
    match said.filter(|_| is_open) {
        Some((name, month)) => refusal.hint(format!(
            "{WHICH_SHEET}; or say the month: --set month={month} reads `{}`",
            shown(name)
        )),
        None => refusal.hint(WHICH_SHEET),
    }
}

/// No sheet has all of the columns: to choose one would not help.
fn none_has_all(file: &str, seen: &[Seen<'_>], wanted: &[String]) -> Refusal {
    let nearest = seen.iter().min_by_key(|sheet| sheet.lacks.len());
    let nearest = nearest.filter(|sheet| sheet.lacks.len() < wanted.len());
    let refusal = match nearest {
        None => Refusal::new(
            "file.sheet-lacks",
            format!("{file}: no sheet has {}", columns(wanted)),
        ),
        Some(sheet) => Refusal::new(
            "file.sheet-lacks",
            format!("{file}: no sheet has all of the columns"),
        )
        .because(format!(
            "the sheet `{}` comes nearest, and lacks {}",
            shown(sheet.name),
            columns(&sheet.lacks)
        )),
    };
    refusal
        .because(listed(seen.iter().map(|sheet| sheet.name)))
        .hint("correct the titles in the sheet, or the names of the columns in the job")
}

fn empty(file: &str, candidates: &[Candidate], is_list: bool) -> Refusal {
    let empty = candidates.iter().find(|sheet| !sheet.holds_cells);
    let what = match empty.filter(|_| is_list) {
        Some(sheet) => format!("the sheet `{}` is empty", shown(&sheet.name)),
        None => "the workbook is empty".to_owned(),
    };
    Refusal::new("file.empty", format!("{file}: no rows: {what}"))
        .because(listed(candidates.iter().map(|sheet| sheet.name.as_str())))
        .hint("export the table again, with its rows")
}

/// `the column `a``, `the columns `a`, `b``.
fn columns(names: &[String]) -> String {
    let word = if names.len() == 1 {
        "the column"
    } else {
        "the columns"
    };
    format!("{word} {}", quoted(names.iter().map(String::as_str)))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("its sheets: {}", quoted(names))
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let first = names.iter().take(NAMES_MAX);
    let quoted: Vec<String> = first.map(|name| format!("`{}`", shown(name))).collect();
    let text = quoted.join(", ");
    if names.len() > NAMES_MAX {
        return format!("{text} and {} more", names.len() - NAMES_MAX);
    }
    text
}

fn unknown(file: &str, sheets: &[Sheet], named: &str) -> Refusal {
    let shown_name = shown(named);
    if sheets.iter().any(|sheet| sheet.name == named) {
        return Refusal::new(
            "file.sheet-no-cells",
            format!("{file}: the sheet `{shown_name}` has no cells"),
        )
        .because("it is a chart, a dialog or a macro")
        .hint(WHICH_SHEET);
    }
    let with_cells = sheets.iter().filter(|sheet| sheet.has_cells);
    let names: Vec<String> = with_cells.map(|sheet| sheet.name.clone()).collect();
    let refusal = Refusal::new(
        "file.sheet-unknown",
        format!("{file}: there is no sheet `{shown_name}`"),
    )
    .because(listed(names.iter().map(String::as_str)));
    match near(named, &names) {
        Some(near) => refusal.hint(format!("did you mean `{}`?", shown(near))),
        None => refusal.hint(WHICH_SHEET),
    }
}
