//! Why no sheet can be chosen, and how to say which one is meant.

use crate::error::{Ask, Refusal};
use crate::input::InputOptions;
use crate::input::finding::shown;
use crate::input::workbook::Sheet;
use crate::roster::SheetMonth;
use crate::text::{Text, Value};

use super::{Candidate, Seen, near};

/// How to say which sheet is meant.
pub const WHICH_SHEET: Text =
    Text::plain("say which one is meant: --sheet NAME, or `sheet = \"…\"` in [input] of the job");

/// The most names of sheets or columns in a message.
const NAMES_MAX: usize = 20;

/// Every sheet says another month than the one that is wanted.
pub(super) fn no_month<'s>(
    file: &str,
    wanted: SheetMonth,
    sheets: impl Iterator<Item = &'s Seen<'s>>,
) -> Refusal {
    let months = sheets.filter_map(|sheet| {
        let name = shown(sheet.name);
        sheet
            .month
            .map(|month| text!("`{name}` says {month}", name, month))
    });
    let months = Value::list(months.take(NAMES_MAX));
    let what = text!(
        "{file}: no sheet is of the month {wanted}, which the job or --set says",
        file,
        wanted
    );
    Refusal::new("file.sheet-month", what)
        .because(text!("{months}", months))
        .hint(text!(
            "give the file of that month, or say the month of a sheet: --set month=yyyyMM"
        ))
}

/// Some sheets say no month, and may be of any.
pub(super) fn silent<'s>(
    file: &str,
    wanted: SheetMonth,
    sheets: impl Iterator<Item = &'s Seen<'s>> + Clone,
) -> Refusal {
    let silent = sheets.clone().filter(|sheet| sheet.month.is_none());
    let names = quoted(silent.map(|sheet| sheet.name));
    let what = text!(
        "{file}: it is not said of which month {names} is, and other sheets say theirs",
        file,
        names
    );
    Refusal::new("file.sheet-month", what)
        .because(text!("the job or --set says {wanted}", wanted))
        .because(listed(sheets.clone().map(|sheet| sheet.name)))
        .hint(WHICH_SHEET)
        .ask(which(sheets.map(|sheet| sheet.name)))
}

/// A sheet that looks like the table and cannot be read as it. The one that could be read may be the wrong one.
pub(super) fn lacks(file: &str, sheet: &Seen<'_>, other: Option<&Seen<'_>>) -> Refusal {
    let name = shown(sheet.name);
    let columns = columns(&sheet.lacks);
    let mut refusal = Refusal::new(
        "file.sheet-lacks",
        text!(
            "{file}: the sheet `{name}` looks like the table, and lacks {columns}",
            file,
            name,
            columns
        ),
    );
    for lacking in &sheet.lacks {
        if let Some(title) = near(lacking, sheet.names()) {
            refusal = refusal.because(text!(
                "its title `{title}` comes nearest to `{lacking}`",
                title = shown(title),
                lacking = shown(lacking)
            ));
        }
    }
    match other {
        Some(other) => {
            let name_of_other = other.name;
            let other = shown(name_of_other);
            // As a shell takes it, where it can be typed as it is shown.
            let typed = if other == name_of_other {
                format!("'{}'", other.replace('\'', "'\\''"))
            } else {
                "NAME".to_owned()
            };
            refusal
                .because(text!(
                    "the sheet `{other}` has all of the columns; is it the one that is meant?",
                    other
                ))
                .hint(text!(
                    "correct the titles in `{name}`, or say which sheet is meant: --sheet {typed}",
                    name,
                    typed
                ))
        }
        None => refusal.hint(text!("correct the titles in `{name}`", name)),
    }
}

pub(super) fn too_many(file: &str, tables: &[&Seen<'_>], options: &InputOptions) -> Refusal {
    let refusal = Refusal::new(
        "file.sheet-many",
        text!(
            "{file}: {count} sheets hold such a table",
            file,
            count = tables.len()
        ),
    )
    .because(listed(tables.iter().map(|sheet| sheet.name)))
    .ask(which(tables.iter().map(|sheet| sheet.name)));
    let said = tables
        .iter()
        .find_map(|sheet| Some((sheet.name, sheet.month?)));
    let is_open = options.month.is_some_and(|rule| rule.wanted.is_none());
    match said.filter(|_| is_open) {
        Some((_, month)) if month.year.is_none() => refusal.hint(text!(
            "{which_sheet}; or say the month of one of them: --set month=yyyyMM",
            which_sheet = WHICH_SHEET
        )),
        Some((name, month)) => refusal.hint(text!(
            "{which_sheet}; or say the month: --set month={month} reads `{name}`",
            which_sheet = WHICH_SHEET,
            month,
            name = shown(name)
        )),
        None => refusal.hint(WHICH_SHEET),
    }
}

/// No sheet has all of the columns: to choose one would not help.
pub(super) fn none_has_all(file: &str, seen: &[Seen<'_>], wanted: &[String]) -> Refusal {
    let nearest = seen.iter().min_by_key(|sheet| sheet.lacks.len());
    let nearest = nearest.filter(|sheet| sheet.lacks.len() < wanted.len());
    let refusal = match nearest {
        None => Refusal::new(
            "file.sheet-lacks",
            text!(
                "{file}: no sheet has {columns}",
                file,
                columns = columns(wanted)
            ),
        ),
        Some(sheet) => Refusal::new(
            "file.sheet-lacks",
            text!("{file}: no sheet has all of the columns", file),
        )
        .because(text!(
            "the sheet `{name}` comes nearest, and lacks {columns}",
            name = shown(sheet.name),
            columns = columns(&sheet.lacks)
        )),
    };
    refusal
        .because(listed(seen.iter().map(|sheet| sheet.name)))
        .hint(text!(
            "correct the titles in the sheet, or the names of the columns in the job"
        ))
}

pub(super) fn empty(file: &str, candidates: &[Candidate], is_list: bool) -> Refusal {
    let empty = candidates.iter().find(|sheet| !sheet.holds_cells);
    let what = match empty.filter(|_| is_list) {
        Some(sheet) => format!("the sheet `{}` is empty", shown(&sheet.name)),
        None => "the workbook is empty".to_owned(),
    };
    Refusal::new("file.empty", text!("{file}: no rows: {what}", file, what))
        .because(listed(candidates.iter().map(|sheet| sheet.name.as_str())))
        .hint(text!("export the table again, with its rows"))
}

/// `the column `a``, `the columns `a`, `b``.
fn columns(names: &[String]) -> Text {
    let quoted = quoted(names.iter().map(String::as_str));
    if names.len() == 1 {
        text!("the column {quoted}", quoted)
    } else {
        text!("the columns {quoted}", quoted)
    }
}

/// The choice among sheets.
pub(super) fn which<'a>(names: impl Iterator<Item = &'a str>) -> Ask {
    Ask::Sheet {
        names: names.map(str::to_owned).collect(),
    }
}

pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Text {
    text!("its sheets: {names}", names = quoted(names))
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> Text {
    let names: Vec<&str> = names.collect();
    let first = names.iter().take(NAMES_MAX);
    let shown = Value::list(first.map(|name| format!("`{}`", shown(name))));
    match names.len().saturating_sub(NAMES_MAX) {
        0 => text!("{shown}", shown),
        more => text!("{shown} and {more} more", shown, more),
    }
}

pub(super) fn unknown(file: &str, sheets: &[Sheet], named: &str) -> Refusal {
    let shown_name = shown(named);
    if sheets.iter().any(|sheet| sheet.name == named) {
        return Refusal::new(
            "file.sheet-no-cells",
            text!(
                "{file}: the sheet `{name}` has no cells",
                file,
                name = shown_name
            ),
        )
        .because(text!("it is a chart, a dialog or a macro"))
        .hint(WHICH_SHEET);
    }
    let with_cells = sheets.iter().filter(|sheet| sheet.has_cells);
    let names: Vec<String> = with_cells.map(|sheet| sheet.name.clone()).collect();
    let refusal = Refusal::new(
        "file.sheet-unknown",
        text!(
            "{file}: there is no sheet `{name}`",
            file,
            name = shown_name
        ),
    )
    .because(listed(names.iter().map(String::as_str)));
    match near(named, &names) {
        Some(near) => refusal.hint(text!("did you mean `{near}`?", near = shown(near))),
        None => refusal.hint(WHICH_SHEET),
    }
}
