//! A draft and its check as the screens and the grid show it.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::answer::problem;
use super::draft::{CheckResult, View, Whole};
use super::requests::Wanted;
use super::sheet::{Mark, Only, Sheet, Shown};
use super::view::ask::{Ask as AskScreen, Question};
use super::view::check::{CellsOfRoster, Check, CheckNumbers};
use super::view::confirm::Confirm;
use super::view::frame::Frame;
use super::view::grid::{self, Column, ColumnKind, Marks, Rows, Shape};
use crate::endpoint::Resend;
use crate::error::{Ask, Refusal};
use crate::model::{Columns, Head, InputFormat, Sheets, letters};
use crate::report::html::outcomes::mark;
use crate::roster::YearMonth;
use crate::text::Text;

/// Marks that are sent to the browser at once.
const MARKS_MAX: usize = 20_000;
/// Rows by which the column is chosen that names them.
const KEY_SAMPLE: usize = 200;
/// After this day of a month, a roster most likely is of the next one.
const NEXT_MONTH_AFTER_DAY: i8 = 20;

/// What a check found, in numbers.
pub(super) fn found(view: &View, frame: &Frame) -> CheckNumbers {
    let written = &view.written;
    let underway = view.underway.unwrap_or_default();
    let mut shown = CheckNumbers {
        check: view.check,
        running: view.underway.is_some() || view.found.is_none(),
        rows_read: underway.rows,
        percent: underway.percent,
        corrected: written.corrections().cells().count() as u64,
        left_out: written.corrections().left_out().len() as u64,
        can_undo: written.can_undo(),
        can_redo: written.can_redo(),
        ..CheckNumbers::default()
    };
    match view.found.as_ref().map(|found| &found.outcome) {
        Some(Ok(whole)) => of_whole(&mut shown, whole, frame),
        Some(Err(refusal)) => shown.refused = Some(named(refusal, view, frame)),
        None => {}
    }
    shown
}

fn of_whole(shown: &mut CheckNumbers, whole: &Whole, frame: &Frame) {
    let plan = &whole.checked.plan;
    shown.items = plan.items;
    shown.rejected = plan.rejected;
    shown.rows_with_problems = whole.sheet.rows_marked();
    shown.cells = (!plan.days.is_empty()).then_some(CellsOfRoster {
        empty: plan.cells.empty + plan.cells.left,
        rest: plan.cells.rest,
        cleared: plan.cells.clear,
    });
    shown.calls = plan.batches;
    shown.seconds_min = whole.checked.floor.seconds;
    shown.quota = quota(whole);
    shown.reasons = reasons(&whole.sheet, frame);
    shown.refused = plan
        .refused
        .as_ref()
        .map(|refusal| problem(refusal, frame.language));
}

fn quota(whole: &Whole) -> String {
    let windows = whole.checked.windows.iter().map(ToString::to_string);
    windows.collect::<Vec<_>>().join(", ")
}

/// The reasons of a sheet, each with its number.
pub(super) fn reasons(sheet: &Sheet, frame: &Frame) -> Vec<grid::Reason> {
    let reasons = sheet.reasons().iter().enumerate();
    let mut reasons: Vec<grid::Reason> = reasons
        .map(|(number, reason)| grid::Reason {
            number,
            outcome: reason.outcome.word(),
            mark: mark(reason.outcome),
            says: frame.say(reason.says.clone()),
            items: reason.items,
        })
        .collect();
    reasons.sort_by_key(|reason| Reverse(reason.items));
    reasons
}

/// The check screen.
pub(super) fn check(view: &View, frame: &Frame) -> Check {
    let whole = whole_of(view);
    let mut notes: Vec<String> = whole.map_or_else(Vec::new, |whole| {
        let notices = whole.checked.plan.notices.iter();
        notices
            .map(|notice| frame.say(notice.what.clone()))
            .collect()
    });
    if let Some(rows) = whole
        .map(|whole| whole.sheet.rows_not_kept())
        .filter(|rows| *rows > 0)
    {
        notes.push(frame.say(text!(
            "the file is too large to be shown whole: {rows} rows at its end are checked, and not shown",
            rows = rows.to_string()
        )));
    }
    Check {
        file: view.written.name.clone(),
        job: job_name(view),
        month: whole.and_then(|whole| {
            Some(frame.say(month_in_words(whole.checked.plan.month.as_deref()?)?))
        }),
        notes,
        found: found(view, frame),
        shape: whole.map(|whole| shape_of_check(view, whole)),
        is_workbook: whole.is_some_and(|whole| whole.checked.plan.format == InputFormat::Workbook),
    }
}

fn shape_of_check(view: &View, whole: &Whole) -> Shape {
    let plan = &whole.checked.plan;
    let used: HashSet<&str> = whole.used.iter().map(String::as_str).collect();
    let is_roster = !plan.days.is_empty();
    let kind = |name: &str| match name.parse::<u8>() {
        _ if used.contains(name) => ColumnKind::Used,
        // The sheet of every month has 31 columns.
        Ok(29..=31) if is_roster => ColumnKind::Outside,
        _ => ColumnKind::Ignored,
    };
    let around = (&plan.columns, &plan.head, &plan.sheets);
    let check = view.found.as_ref().map_or(0, |found| found.check);
    let mut shape = shape(&view.written.name, around, whole.sheet.len(), kind);
    shape.check = check;
    let days: HashSet<usize> = plan.days.iter().map(|day| day.column).collect();
    let keys = (0..plan.columns.len()).filter(|column| !days.contains(column));
    let is_used = |column: &usize| {
        plan.columns
            .names()
            .get(*column)
            .is_some_and(|name| used.contains(name.as_str()))
    };
    shape.key = key(&whole.sheet, keys.filter(is_used));
    shape.editable = plan.format != InputFormat::Jsonl;
    shape
}

/// The column that tells the rows apart best, by the first of them: a person's number rather than their store.
pub(super) fn key(sheet: &Sheet, columns: impl Iterator<Item = usize>) -> usize {
    let window = sheet.window(Only::All, 0, KEY_SAMPLE);
    let different = |column: &usize| {
        let cells = window.rows.iter().filter_map(|row| row.cells.get(*column));
        (cells.collect::<HashSet<_>>().len(), Reverse(*column))
    };
    columns.max_by_key(different).unwrap_or_default()
}

/// What a sheet looks like.
pub(super) fn shape(
    file: &str,
    (columns, head, sheets): (&Columns, &Head, &Sheets),
    rows: u64,
    kind: impl Fn(&str) -> ColumnKind,
) -> Shape {
    let sheet = head.sheet.clone().filter(|_| sheets.0.is_empty());
    let position = |column: usize| head.positions.get(column).copied().unwrap_or(column);
    let names = columns.names().iter().enumerate();
    let columns: Vec<Column> = names
        .map(|(column, name)| Column {
            letters: letters(position(column)),
            name: name.clone(),
            weekday: (head.weekdays.as_ref())
                .and_then(|weekdays| weekdays.get(position(column)).cloned()),
            kind: kind(name),
        })
        .collect();
    let above = head.above.iter().map(|line| {
        let cell = |column| line.get(position(column)).cloned().unwrap_or_default();
        (0..columns.len()).map(cell).collect()
    });
    Shape {
        check: 0,
        label: match &sheet {
            Some(sheet) => format!("{sheet}, {file}"),
            None => file.to_owned(),
        },
        sheet: sheet.unwrap_or_default(),
        rows,
        above: above.collect(),
        columns,
        key: 0,
        editable: false,
    }
}

/// A window of the rows of a check.
pub(super) fn rows(
    view: &View,
    found: &CheckResult,
    whole: &Whole,
    wanted: Wanted,
    frame: &Frame,
) -> Rows {
    let window = whole.sheet.window(wanted.only, wanted.first, wanted.count);
    let written = &view.written;
    let rows = window.rows.into_iter().map(|row| {
        let columns = 0..whole.checked.plan.columns.len();
        let corrected = columns.filter_map(|column| {
            let is_now = written.corrections().cell(row.record, column)?;
            let original = written.original(row.record, column)?;
            (is_now != original).then(|| (column, original.to_owned()))
        });
        grid::Row {
            record: row.record,
            line: row.line,
            corrected: corrected.collect(),
            left_out: written.corrections().left_out().contains(&row.record),
            editable: row.is_readable,
            marks: marks_of(&whole.sheet, &row, frame),
            cells: row.cells,
            outcomes: None,
        }
    });
    Rows {
        check: found.check,
        first: wanted.first as u64,
        total: window.total,
        rows: rows.collect(),
    }
}

/// What is said of the cells of a row.
pub(super) fn marks_of(sheet: &Sheet, row: &Shown<'_>, frame: &Frame) -> Vec<grid::Mark> {
    let mark = |mark: &Mark| grid::Mark {
        column: mark.column,
        outcome: mark.outcome.word(),
        reason: mark.reason,
        says: sheet
            .sentence(mark)
            .map(|says| frame.say(says.clone()))
            .unwrap_or_default(),
        suggestion: mark.suggestion.clone(),
        equal: sheet.equal_to(mark),
    };
    row.marks.iter().map(mark).collect()
}

/// Where the problems of a sheet are.
pub(super) fn marks(check: u64, sheet: &Sheet, only: Only) -> Marks {
    Marks {
        check,
        cells: sheet.marks(only, MARKS_MAX),
        strip: sheet.strip(only),
    }
}

/// The screen for a file that cannot be checked as it is; none where its check can be shown.
pub(super) fn ask(view: &View, today: jiff::civil::Date, frame: &Frame) -> Option<AskScreen> {
    let found = view.found.as_ref()?;
    let refusal = found.outcome.as_ref().err()?;
    Some(AskScreen {
        file: view.written.name.clone(),
        problem: named(refusal, view, frame),
        question: question(refusal.ask.as_deref(), today),
        job: job_name(view),
        given: given(view),
    })
}

/// The screen on which the month is chosen anew.
pub(super) fn ask_month(view: &View, today: jiff::civil::Date, frame: &Frame) -> AskScreen {
    let chosen = whole_of(view).and_then(|whole| whole.checked.plan.month.clone());
    let chosen = chosen
        .and_then(|month| Some((month.get(..4)?.parse().ok()?, month.get(4..)?.parse().ok()?)));
    let (year, month) = chosen.unwrap_or_else(|| proposed(today, None));
    let asked = text!("Which month is this roster for?");
    AskScreen {
        file: view.written.name.clone(),
        problem: problem(&Refusal::new("page.month", asked), frame.language),
        question: Question::Month { year, month },
        job: job_name(view),
        given: given(view)
            .into_iter()
            .filter(|(name, _)| name != "set.month")
            .collect(),
    }
}

/// What was given before, by the names of the fields in which it is given again.
fn given(view: &View) -> Vec<(String, String)> {
    let given = &view.written.given;
    let set = given.set.iter();
    let set = set.map(|(name, value)| (format!("set.{name}"), value.clone()));
    let sheet = given
        .sheet
        .iter()
        .map(|sheet| ("sheet".to_owned(), sheet.clone()));
    let encoding = given.encoding.iter();
    let encoding = encoding.map(|encoding| ("encoding".to_owned(), encoding.clone()));
    set.chain(sheet).chain(encoding).collect()
}

fn question(ask: Option<&Ask>, today: jiff::civil::Date) -> Question {
    match ask {
        None => Question::Nothing,
        Some(Ask::Month { month }) => {
            let (year, month) = proposed(today, *month);
            Question::Month { year, month }
        }
        Some(Ask::Sheet { names }) => Question::Sheet(
            names
                .iter()
                .map(|name| (name.clone(), String::new()))
                .collect(),
        ),
        Some(Ask::Encoding { samples }) => Question::Encoding(samples.clone()),
        Some(Ask::Value { name, about }) => Question::Value {
            name: name.clone(),
            about: about.clone(),
        },
        Some(Ask::Credentials) => Question::Credentials,
    }
}

/// The month that is proposed: this one, or the next where this one is nearly over.
fn proposed(today: jiff::civil::Date, month: Option<u8>) -> (i16, i8) {
    if let Some(month) = month.and_then(|month| i8::try_from(month).ok()) {
        return (today.year(), month);
    }
    let is_late = today.day() > NEXT_MONTH_AFTER_DAY;
    let next = jiff::Span::new().months(1);
    let day = today.first_of_month();
    let day = if is_late {
        day.checked_add(next).unwrap_or(day)
    } else {
        day
    };
    (day.year(), day.month())
}

/// The last look before it is sent.
pub(super) fn confirm(view: &View, whole: &Whole, frame: &Frame) -> Confirm {
    let plan = &whole.checked.plan;
    let mut does = Vec::new();
    if let Some(month) = plan.month.as_deref().and_then(month_in_words) {
        let rows = plan.rows - plan.rows_rejected;
        does.push(frame.say(text!(
            "{month}, for {rows} people",
            month,
            rows = rows.to_string()
        )));
    }
    for (name, value) in whole.checked.job.values() {
        does.push(format!("{name} = {value}"));
    }
    let mut destroys = Vec::new();
    if plan.destructive.items > 0 && !plan.days.is_empty() {
        let (days, people) = (plan.destructive.items, plan.destructive.rows);
        destroys.push(frame.say(text!(
            "{days} days of {people} people",
            days = days.to_string(),
            people = people.to_string()
        )));
    }
    if let Some(earlier) = sent_before(whole) {
        destroys.push(frame.say(earlier));
    }
    Confirm {
        check: view.check,
        file: view.written.name.clone(),
        sha256: view.written.sha256.clone(),
        uploaded: view.written.uploaded.clone(),
        corrected: view.written.corrections().cells().count() as u64,
        items: plan.items,
        does,
        rejected: plan.rejected,
        empty: plan.cells.empty + plan.cells.left,
        calls: plan.batches,
        seconds_min: whole.checked.floor.seconds,
        quota: quota(whole),
        destructive: number_to_type(whole),
        is_repeated: plan.destructive.items == 0,
        destroys,
    }
}

/// The number that confirms what cannot be undone; 0 where none is asked for.
pub(super) fn number_to_type(whole: &Whole) -> u64 {
    let plan = &whole.checked.plan;
    let is_harmed = whole.checked.job.endpoint.resend != Resend::Safe;
    match plan.destructive.items {
        0 if is_harmed && sent_before(whole).is_some() => plan.items,
        items => items,
    }
}

/// That an earlier run sent the same.
fn sent_before(whole: &Whole) -> Option<Text> {
    let mut notices = whole.checked.plan.notices.iter();
    let earlier = notices.find(|notice| notice.rule == "run.sent-before")?;
    Some(earlier.what.clone())
}

pub(super) fn whole_of(view: &View) -> Option<&Whole> {
    view.found.as_ref()?.outcome.as_ref().ok()
}

/// A refusal, in which the copy of the file is called what the file was called.
fn named(refusal: &Refusal, view: &View, frame: &Frame) -> super::view::frame::Problem {
    let mut problem = problem(refusal, frame.language);
    let name = &view.written.name;
    let path = view.input.display().to_string();
    for text in [&mut problem.what]
        .into_iter()
        .chain(&mut problem.details)
        .chain(&mut problem.hint)
    {
        *text = text.replace(&path, name);
    }
    problem
}

fn job_name(view: &View) -> String {
    let stem = view
        .written
        .job
        .as_deref()
        .and_then(std::path::Path::file_stem);
    stem.map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn month_in_words(month: &str) -> Option<Text> {
    YearMonth::parse(month).map(YearMonth::in_words)
}
