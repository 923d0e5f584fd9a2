//! Which sheets of a workbook a job means, and that several of them may be read as one input.

use crate::endpoint::FieldKind;
use crate::error::Refusal;
use crate::input::{Input, MonthRule, SheetList};
use crate::job::{Job, SheetNames, Source};
use crate::mapping::{Days, Typing};
use crate::model::{Head, Place};
use crate::roster::{self, YearMonth};

/// The sheets that the job names.
pub(super) fn list(job: &Job) -> Option<SheetList> {
    job.input.sheets.as_ref().map(|names| match names {
        SheetNames::All => SheetList::All,
        SheetNames::Named(names) => SheetList::Named(names.clone()),
    })
}

/// How the sheet of a month is known: of a roster by its own month, else by the month that all calls share.
pub(super) fn month_rule(job: &Job) -> Option<MonthRule> {
    let (wanted, first_day) = match &job.input.unpivot {
        Some(unpivot) => (unpivot.days.month, unpivot.days.first_day),
        None => (Some(shared_month(job)?), 1),
    };
    Some(MonthRule {
        wanted: wanted.map(Into::into),
        first_day,
        said: roster::sheet_month,
    })
}

/// The month that the job or `--set` gives to all calls.
fn shared_month(job: &Job) -> Option<YearMonth> {
    let mut values = job.endpoint.request.iter().zip(&job.request);
    values.find_map(|(value, source)| match (&value.field.kind, source) {
        (FieldKind::Month { .. }, Source::Constant(month)) => YearMonth::parse(month),
        _ => None,
    })
}

/// Refuses several sheets of a roster unless each of them has the same dates: a report has one date for each column.
pub(super) fn same_days(job: &Job, input: &Input, days: Option<&Days<'_>>) -> Result<(), Refusal> {
    let Some(days) = days else {
        return Ok(());
    };
    let name = |head: &Head| head.sheet.clone().unwrap_or_default();
    for head in input.heads() {
        let sheet = name(head);
        let bound = Days::bind(job, input.columns(), head, None, Typing::Untyped);
        let bound =
            bound.map_err(|refusal| refusal.because(text!("in the sheet `{sheet}`", sheet)))?;
        if bound.is_some_and(|bound| bound.days() != days.days()) {
            let first = name(input.head());
            return Err(Refusal::new(
                "file.sheets-months",
                text!("the sheets `{first}` and `{sheet}` are of different months", first, sheet),
            )
            .because(text!("a run sends one month: its reports have one date for each column"))
            .hint(text!("run the job once for each month: --set month=yyyyMM reads the sheets of that month, --sheet NAME reads one of them")));
        }
    }
    Ok(())
}

/// The cell of an item, as a person looks for it; none in a file without sheets. A row is found by its first cell. The sheet is named
/// where there are several.
pub(super) fn cell(input: &Input, place: Place, line: u64) -> Option<String> {
    let sheets = input.sheets();
    let head = sheets.head(input.head(), place.record());
    let cell = head.cell(place.column().unwrap_or_default(), line)?;
    Some(match &head.sheet {
        Some(sheet) if !sheets.0.is_empty() => format!("{sheet}!{cell}"),
        _ => cell,
    })
}
