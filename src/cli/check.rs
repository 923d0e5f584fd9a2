//! `check`: the plan and the errors, offline, without keeping anything.

mod unknown;

use serde::Serialize;

use self::unknown::{UnknownWord, UnknownWords};
use super::args::{Arguments, CheckCommand};
use super::refused::Refused;
use super::run::{input_of, job_of};
use super::target::windows;
use super::{as_text, print, print_json};
use crate::batching::Filled;
use crate::console::{Console, Style, counted, duration, say_refusal, thousands};
use crate::control::Control;
use crate::deliver::quota;
use crate::error::{Exit, Refusal};
use crate::job::Job;
use crate::mapping::CellCounts;
use crate::model::{Notice, Place, Rejection, Row};
use crate::origin::Origin;
use crate::prepare::{Plan, Stage, distant, prepare};

/// Rejections shown unless all are asked for: enough to see what is wrong, few enough to read.
const SHOWN_MAX: usize = 20;

/// The plan as scripts read it.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    job: &'a str,
    endpoint: &'a str,
    input: String,
    rows: u64,
    blank_lines: u64,
    items: u64,
    rejected: u64,
    destructive: u64,
    batches: u64,
    calls: u64,
    items_per_call: usize,
    quota: Vec<String>,
    quota_floor_seconds: f64,
    binding_window: Option<String>,
    would_run: bool,
    /// Why it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refused<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    /// Where several were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<Cells>,
    notices: &'a [Notice],
    reasons: Vec<Kind<'a>>,
    rejections: &'a [Shown],
    unknown_words: &'a [UnknownWord],
    /// Items with words beyond those listed.
    unknown_words_others: u64,
}

/// Where each cell of a day is an item.
#[derive(Serialize)]
struct Cells {
    days: u64,
    empty: u64,
    left_as_is: u64,
    rests: u64,
    clears: u64,
}

impl From<CellCounts> for Cells {
    fn from(counts: CellCounts) -> Self {
        Self {
            days: counts.days,
            empty: counts.empty,
            left_as_is: counts.left,
            rests: counts.rest,
            clears: counts.clear,
        }
    }
}

#[derive(Serialize)]
struct Kind<'a> {
    reason: &'a str,
    items: u64,
}

#[derive(Serialize)]
struct Shown {
    record: u64,
    line: u64,
    /// Position of the column whose cell is the item, where each cell is one.
    #[serde(skip)]
    day: Option<usize>,
    /// The sheet, where several were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// The cell as a spreadsheet names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// Items of the row that are rejected for the same reason.
    items: u64,
    column: Option<String>,
    value: Option<String>,
    rule: &'static str,
    reason: String,
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &CheckCommand,
    control: &Control,
) -> Result<Exit, Refusal> {
    let mut job = job_of(&command.job)?;
    let input = input_of(&job, &command.job)?;
    let origin = Origin::of(&input, &job, &arguments.runs)?;
    origin.settle(&mut job)?;
    let windows = windows(&job.endpoint, command.job.quota.as_deref())?;
    let console = Console::new(Style::of_standard_error(arguments.log_level.is_some()));
    let mut noted = Noted {
        most: if command.all { usize::MAX } else { SHOWN_MAX },
        shown: Vec::new(),
        unknown: UnknownWords::default(),
        // A person is told of each unknown word once, unless all is asked for; scripts find each cell by its own reason.
        each_word: command.all || command.job.json,
    };
    let plan = prepare(&job, &input, &origin, &mut noted, control, &console);
    console.close();
    let mut plan = plan?;
    let distant = arguments
        .present()
        .and_then(|present| distant(plan.months, present));
    plan.notices.extend(distant);
    noted.address(&plan);
    let floor = quota::floor(&windows, plan.batches);
    if command.job.json {
        print_json(&Document {
            format: 1,
            job: &job.name,
            endpoint: &job.endpoint.name,
            input: input.display().to_string(),
            rows: plan.rows,
            blank_lines: plan.blank_lines,
            items: plan.items,
            rejected: plan.rejected,
            destructive: plan.destructive.items,
            batches: plan.batches,
            calls: plan.batches,
            items_per_call: items_max(&job),
            quota: windows.iter().map(ToString::to_string).collect(),
            quota_floor_seconds: floor.seconds,
            binding_window: floor.binds.map(|window| window.to_string()),
            would_run: plan.refused.is_none(),
            error: plan.refused.as_ref().map(Refused::from),
            sheet: plan
                .head
                .sheet
                .as_deref()
                .filter(|_| plan.sheets.0.is_empty()),
            sheets: plan.sheets.names().collect(),
            cells: (!plan.days.is_empty()).then(|| plan.cells.into()),
            notices: &plan.notices,
            reasons: plan
                .kinds
                .iter()
                .map(|(reason, items)| Kind {
                    reason,
                    items: *items,
                })
                .collect(),
            rejections: &noted.shown,
            unknown_words: noted.unknown.words(),
            unknown_words_others: noted.unknown.others(),
        })?;
    } else {
        print(&words(
            &job,
            &plan,
            &noted,
            &floor,
            &input.display().to_string(),
        ))?;
    }
    match plan.refused {
        Some(refusal) => {
            say_refusal(&refusal);
            Ok(Exit::Refused)
        }
        None if plan.rejected > 0 => Ok(Exit::Incomplete),
        None => Ok(Exit::Success),
    }
}

fn items_max(job: &Job) -> usize {
    job.limits.items_max.unwrap_or(job.endpoint.items.max)
}

/// The plan for people.
fn words(job: &Job, plan: &Plan, noted: &Noted, floor: &quota::Floor, input: &str) -> String {
    let mut lines = vec![
        format!("job        {}", job.name),
        format!("endpoint   {}", job.endpoint.name),
        match (&plan.head.sheet, plan.sheets.names().len()) {
            (Some(sheet), 0) => format!("input      {input}, sheet {sheet}"),
            (Some(_), _) => {
                let sheets: Vec<&str> = plan.sheets.names().collect();
                format!("input      {input}, sheets {}", sheets.join(", "))
            }
            (None, _) => format!("input      {input}"),
        },
        rows(plan),
        format!(
            "items      {} to send, {} rejected",
            thousands(plan.items),
            thousands(plan.rejected)
        ),
        format!(
            "calls      {} of at most {} items",
            thousands(plan.batches),
            items_max(job)
        ),
        match floor.binds {
            Some(window) => format!(
                "time       at least {} (the quota {window} binds)",
                duration(floor.seconds)
            ),
            None => "time       the quota makes nobody wait".to_owned(),
        },
    ];
    if plan.destructive.items > 0 {
        lines.push(format!(
            "destroys   {} items delete or clear something",
            plan.destructive.items
        ));
    }
    lines.extend(
        plan.notices
            .iter()
            .map(|notice| format!("note       {}", notice.what)),
    );
    if plan.rejected > 0 {
        let what = plan.unit();
        for part in [
            noted.unknown.lines(noted.most, what),
            noted.shown.iter().map(Shown::words).collect(),
        ] {
            if !part.is_empty() {
                lines.push(String::new());
                lines.extend(part);
            }
        }
        let items_shown: u64 = noted.shown.iter().map(|shown| shown.items).sum();
        let of_words = if noted.each_word {
            0
        } else {
            noted.unknown.items()
        };
        let more = plan.rejected.saturating_sub(items_shown + of_words);
        if more > 0 {
            lines.push(format!(
                "… and {more} more rejected {what}s; --all shows them"
            ));
        }
        lines.push(String::new());
        lines.extend(
            plan.kinds
                .iter()
                .map(|(kind, count)| format!("{:>10}: {kind}", counted(*count, what))),
        );
    }
    as_text(&lines)
}

/// How many rows there are and, of a roster, what its cells hold.
fn rows(plan: &Plan) -> String {
    if plan.days.is_empty() {
        return format!("rows       {}", thousands(plan.rows));
    }
    let cells = &plan.cells;
    format!(
        "rows       {} x {}: {} empty, {} left as {}, {}, {}",
        counted(plan.rows, "row"),
        counted(cells.days, "day"),
        counted(cells.empty, "cell"),
        thousands(cells.left),
        if cells.left == 1 { "it is" } else { "they are" },
        counted(cells.rest, "rest"),
        counted(cells.clear, "clear")
    )
}

impl Shown {
    fn words(&self) -> String {
        let in_sheet = self.sheet.as_ref();
        let in_sheet = in_sheet.map_or_else(String::new, |sheet| format!("{sheet}, "));
        let place = match &self.cell {
            Some(cell) => cell.clone(),
            None => format!("record {} ({in_sheet}line {})", self.record, self.line),
        };
        let times = match self.items {
            1 => String::new(),
            items => format!(" ({items} items)"),
        };
        format!("{place}: {}{times}", self.reason)
    }
}

/// A stage that keeps nothing but the first rejections, and the unknown words.
struct Noted {
    most: usize,
    shown: Vec<Shown>,
    unknown: UnknownWords,
    /// Whether each item with an unknown word is shown, too.
    each_word: bool,
}

impl Noted {
    /// Names the cells as a spreadsheet does, now that the head of the table is known. What is wrong with no cell in particular,
    /// such as a day that conflicts with another row's, is so with the item's own; a row is found by its first cell.
    fn address(&mut self, plan: &Plan) {
        self.unknown.address(plan);
        for shown in &mut self.shown {
            let names = plan.columns.names();
            let day = shown.day.and_then(|day| names.get(day));
            shown.column = shown.column.take().or_else(|| day.cloned());
            let head = plan.sheets.head(&plan.head, shown.record);
            shown.sheet = head.sheet.clone().filter(|_| !plan.sheets.0.is_empty());
            let named = |column: &String| head.address(&plan.columns, column, shown.line);
            shown.cell = shown
                .column
                .as_ref()
                .and_then(named)
                .or_else(|| names.first().and_then(named));
        }
    }
}

impl Stage for Noted {
    fn batch(&mut self, _: Filled) -> Result<(), Refusal> {
        Ok(())
    }

    fn rejection(&mut self, place: Place, row: &Row, rejection: &Rejection) -> Result<(), Refusal> {
        if self.unknown.note(row, rejection) && !self.each_word {
            return Ok(());
        }
        let reason = rejection.sentence();
        if let Some(last) = self.shown.last_mut()
            && last.record == row.record
            && last.reason == reason
        {
            last.items += 1;
            return Ok(());
        }
        if self.shown.len() < self.most {
            self.shown.push(Shown {
                record: row.record,
                line: row.line,
                day: place.column(),
                sheet: None,
                cell: None,
                items: 1,
                column: rejection.column.clone(),
                value: rejection.value.clone(),
                rule: rejection.rule,
                reason,
            });
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Refusal> {
        self.shown.clear();
        self.unknown.restart();
        Ok(())
    }
}
