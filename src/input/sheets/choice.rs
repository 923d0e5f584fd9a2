//! Which sheets are read: those that are named, else the only one that can be meant. A hidden one is never taken unasked.
//!
//! Keeps this: no visible sheet that looks like the table is passed over, unless it says that it is of another month than the one
//! that is wanted. What does not look like it is left alone and told: instructions, a list of shifts, an empty sheet.

mod refusal;

use crate::error::{Refusal, nearest};
use crate::input::finding::{Finding, shown};
use crate::input::heading::{alike, choose as best, lacking};
use crate::input::workbook::{Scan, Sheet};
use crate::input::{InputOptions, SheetList};
use crate::model::Head;
use crate::roster::SheetMonth;

use refusal::{empty, lacks, listed, no_month, none_has_all, silent, too_many, unknown, which};

pub use refusal::WHICH_SHEET;

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
            holds_cells: scan.last_row > 0,
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
) -> Result<Vec<&'a Sheet>, Refusal> {
    let with_cells = || sheets.iter().filter(|sheet| sheet.has_cells);
    let named: Option<Vec<&str>> = match (&options.sheet, &options.sheets) {
        (Some(name), _) => Some(vec![name]),
        (None, Some(SheetList::Named(names))) => Some(names.iter().map(String::as_str).collect()),
        (None, Some(SheetList::All) | None) => None,
    };
    let Some(named) = named else {
        let visible: Vec<_> = with_cells().filter(|sheet| sheet.visible).collect();
        if visible.is_empty() {
            return Err(Refusal::new(
                "file.sheet-none",
                text!("{file}: the workbook has no visible sheet with cells", file),
            )
            .because(listed(with_cells().map(|sheet| sheet.name.as_str())))
            .hint(WHICH_SHEET));
        }
        return Ok(visible);
    };
    for name in &named {
        match with_cells().filter(|sheet| sheet.name == *name).count() {
            0 => return Err(unknown(file, sheets, name)),
            1 => {}
            _ => {
                return Err(Refusal::new(
                    "file.sheet-twice",
                    text!(
                        "{file}: two sheets are named `{name}`",
                        file,
                        name = shown(name)
                    ),
                )
                .hint(text!("rename one of them")));
            }
        }
    }
    let is_named = |sheet: &&Sheet| named.contains(&sheet.name.as_str());
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
    month: Option<SheetMonth>,
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
            .hint(WHICH_SHEET)
            .ask(which(filled.iter().map(|(_, sheet)| sheet.name.as_str()))));
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
    let of_any = || all().copied();
    if all().all(is_other) {
        return Err(no_month(file, wanted, of_any()));
    }
    if all().any(|sheet| sheet.month.is_none()) {
        return Err(silent(file, wanted, of_any()));
    }
    tables.retain(|sheet| !is_other(sheet));
    incomplete.retain(|sheet| !is_other(sheet));
    Ok(())
}

impl<'a> Seen<'a> {
    fn new(place: usize, name: &'a str, look: Look, options: &InputOptions) -> Self {
        let rule = &options.header;
        let held = best(&look.headers, rule);
        let lacks_of = |at: usize| {
            let names = look.headers.get(at).map_or(&[][..], Vec::as_slice);
            lacking(names, &rule.names)
        };
        let has_days = |names: &Vec<String>| rule.is_days.is_some_and(|are| are(names));
        // Where no wanted name stands, the days tell the header.
        let header = if lacks_of(held).len() < rule.names.len() {
            held
        } else {
            let days = look.lines.iter().position(has_days);
            let days = days.or_else(|| look.headers.iter().position(has_days));
            let days = days.filter(|days| *days < look.headers.len());
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
        if let Some(are_days) = rule.is_days {
            let mut lines = self.look.lines.iter().chain(&self.look.headers);
            return lines.any(|line| are_days(line));
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
