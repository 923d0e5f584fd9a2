//! Runs as the screens and the grid show them: in lists, while they work, and when they have ended.

use std::path::Path;

use super::answer::problem;
use super::check_shown::{key, marks_of, reasons, shape};
use super::requests::Wanted;
use super::runs::{RunSheet, Runs, Underway};
use super::view::frame::Frame;
use super::view::grid::{self, ColumnKind, Rows};
use super::view::history::{History, Kind, RunLine};
use super::view::live::Live;
use super::view::result::{Ended, Next};
use crate::endpoint::Resend;
use crate::error::Refusal;
use crate::model::{Outcome, RunState, Tally};
use crate::report::{ItemCounts, Summary};
use crate::run::{Opened, summary_of};
use crate::store;

/// Runs of one page of the history.
const PAGE: usize = 50;
/// Runs that the first screen looks at, the newest: it has to be there at once.
const LOOKED_AT_MAX: usize = 100;
/// The files of a run that a person may have, in the order in which they are offered.
pub(super) const FILES: [(&str, &str); 8] = [
    ("report.html", "text/html; charset=utf-8"),
    (
        "failure.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("failure.csv", "text/csv; charset=utf-8"),
    ("failure.jsonl", "application/jsonl"),
    ("success.csv", "text/csv; charset=utf-8"),
    ("success.jsonl", "application/jsonl"),
    ("summary.json", "application/json"),
    ("run.log", "text/plain; charset=utf-8"),
];

/// A run in a list.
fn line(runs: &Path, run: &str, frame: &Frame) -> RunLine {
    let summary = summary_of(runs, run);
    let (summary, damage) = match summary {
        Ok(summary) => (Some(summary), None),
        Err(refusal) => (None, Some(problem(&refusal, frame.language))),
    };
    let Some(summary) = summary else {
        return RunLine {
            run: run.to_owned(),
            began: String::new(),
            file: String::new(),
            job: String::new(),
            rehearsal: false,
            state: String::new(),
            items: Tally::default().into(),
            unfinished: false,
            damage,
        };
    };
    RunLine {
        run: run.to_owned(),
        began: local(&summary.started_at),
        file: file_name(&summary.input.file),
        job: summary.job.clone(),
        rehearsal: summary.platform.sandbox,
        state: frame.say(summary.state.in_words()),
        unfinished: is_unfinished(&summary),
        items: summary.items,
        damage,
    }
}

fn is_unfinished(summary: &Summary) -> bool {
    !matches!(summary.state, RunState::Finished | RunState::Running)
}

/// The newest runs, as the first screen shows them.
pub(super) fn newest(runs: &Path, frame: &Frame) -> Vec<RunLine> {
    let known = store::list(runs).unwrap_or_default();
    let newest = known.iter().rev().take(LOOKED_AT_MAX);
    newest.map(|run| line(runs, run, frame)).collect()
}

/// A page of the history.
pub(super) fn history(
    runs: &Path,
    search: &str,
    kind: Kind,
    page: usize,
    frame: &Frame,
) -> History {
    let is_meant = |line: &RunLine| {
        let is_kind = match kind {
            Kind::All => true,
            Kind::Live => !line.rehearsal,
            Kind::Rehearsal => line.rehearsal,
            Kind::Unfinished => line.unfinished,
        };
        let search = search.to_lowercase();
        let texts = [&line.run, &line.began, &line.file, &line.job];
        is_kind
            && texts
                .iter()
                .any(|text| text.to_lowercase().contains(&search))
    };
    let known = store::list(runs).unwrap_or_default();
    let lines = known.iter().rev().map(|run| line(runs, run, frame));
    let all: Vec<RunLine> = lines.filter(is_meant).collect();
    let pages = all.len().div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    History {
        search: search.to_owned(),
        kind,
        runs: all.into_iter().skip((page - 1) * PAGE).take(PAGE).collect(),
        page: page as u64,
        pages: pages as u64,
    }
}

/// A run that works.
pub(super) fn live(runs: &Runs, run: &Underway, frame: &Frame) -> Live {
    Live {
        name: run.name.clone(),
        rehearsal: run.is_rehearsal,
        snapshot: super::events::snapshot(&runs.shown(run), frame.language),
    }
}

/// A run that ended.
pub(super) fn ended(runs: &Runs, run: &str, frame: &Frame) -> Result<Ended, Refusal> {
    let folder = runs.folder.join(run);
    let summary = summary_of(&runs.folder, run)?;
    let sheet = runs.sheet(run);
    let (shape, reasons, rows_with_problems) = match &sheet {
        Ok(of_run) => (
            Some(shape_of(of_run)),
            reasons(&of_run.sheet, frame),
            of_run.sheet.rows_marked(),
        ),
        Err(_) => (None, Vec::new(), 0),
    };
    let files = FILES.iter().map(|(name, _)| *name);
    let halt = summary.halt.as_ref();
    let halt = halt.map(|halt| problem(&Refusal::new("run.halted", halt.clone()), frame.language));
    Ok(Ended {
        run: run.to_owned(),
        name: file_name(&summary.input.file),
        state: frame.say(summary.state.in_words()),
        rehearsal: summary.platform.sandbox,
        when: when(&summary),
        halt,
        broken: broken(&summary.items, frame),
        next: next(runs, run, &summary),
        reasons,
        rows_with_problems,
        shape,
        files: files
            .filter(|name| folder.join(name).is_file())
            .map(str::to_owned)
            .collect(),
        items: summary.items,
    })
}

fn broken(items: &ItemCounts, frame: &Frame) -> Option<super::view::frame::Problem> {
    let sum = items.succeeded + items.failed + items.rejected + items.unconfirmed + items.pending;
    let what = text!("The numbers of this run do not add up; do not trust them");
    let refusal = || Refusal::new("run.broken", what);
    (sum != items.read).then(|| problem(&refusal(), frame.language))
}

/// The one next step: what the last words of the command line would say.
fn next(runs: &Runs, run: &str, summary: &Summary) -> Next {
    let items = &summary.items;
    let opened = || Opened::open(&runs.folder, run).ok();
    if summary.state != RunState::Finished {
        return Next::Resume;
    }
    if items.unconfirmed > 0 {
        let is_safe = opened().is_some_and(|opened| opened.endpoint().resend == Resend::Safe);
        let twice = if is_safe { 0 } else { items.unconfirmed };
        return Next::SendAgain { twice };
    }
    if items.failed + items.rejected > 0 {
        return Next::Correct;
    }
    Next::Nothing
}

fn shape_of(of_run: &RunSheet) -> grid::Shape {
    let facts = &of_run.facts;
    let names = crate::report::cells_of(facts.header.as_bytes(), facts.delimiter);
    let columns = crate::model::Columns::new(names);
    let around = (&columns, &facts.head, &facts.sheets);
    let file = file_name(&facts.input.file);
    let mut shape = shape(&file, around, of_run.sheet.len(), |_| ColumnKind::Used);
    shape.key = key(&of_run.sheet, 0..columns.len());
    shape
}

/// A window of the rows of a run, with the outcome of each cell.
pub(super) fn rows(of_run: &RunSheet, wanted: Wanted, frame: &Frame) -> Rows {
    let sheet = &of_run.sheet;
    let window = sheet.window(wanted.only, wanted.first, wanted.count);
    let rows = window.rows.into_iter().map(|row| {
        let mut outcomes = vec![b' '; row.cells.len()];
        let succeeded = sheet.succeeded_in(row.record).map(|column| (column, b's'));
        let others = row
            .marks
            .iter()
            .map(|mark| (mark.column, letter(mark.outcome)));
        for (column, letter) in succeeded.chain(others) {
            match column {
                None => outcomes.fill(letter),
                Some(column) => {
                    if let Some(outcome) = outcomes.get_mut(column) {
                        *outcome = letter;
                    }
                }
            }
        }
        grid::Row {
            record: row.record,
            line: row.line,
            marks: marks_of(sheet, &row, frame),
            corrected: Vec::new(),
            left_out: false,
            editable: false,
            outcomes: String::from_utf8(outcomes).ok(),
            cells: row.cells,
        }
    });
    Rows {
        check: 0,
        first: wanted.first as u64,
        total: window.total,
        rows: rows.collect(),
    }
}

fn letter(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Succeeded => b's',
        Outcome::Failed => b'f',
        Outcome::Rejected => b'r',
        Outcome::Unconfirmed => b'u',
        Outcome::Pending => b'p',
    }
}

/// A moment as it is in the time of this computer, to the minute.
fn local(rfc3339: &str) -> String {
    let moment: Option<jiff::Timestamp> = rfc3339.parse().ok();
    let zoned = moment.map(|moment| moment.to_zoned(jiff::tz::TimeZone::system()));
    zoned.map_or_else(
        || rfc3339.to_owned(),
        |zoned| zoned.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

fn when(summary: &Summary) -> String {
    let began = local(&summary.started_at);
    let ended = local(&summary.finished_at);
    let end = ended
        .strip_prefix(began.get(..11).unwrap_or_default())
        .unwrap_or(&ended);
    if ended.is_empty() {
        began
    } else {
        format!("{began}–{end}")
    }
}

/// The name of a file without the folders that it stood in.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}
