//! A column of dates as people write them: its parts become the fields of an item.
//!
//! A day without its year is read only where the month and the year are said around the table or by the job.

use super::unpivot::DayDate;
use super::value::{Broken, SINGLE_VALUE, broken};
use crate::job::CellPart;
use crate::model::{Cell, Rule};
use crate::roster::{CellDate, SaidMonth, cell_date};

const NO_DATE: Rule = Rule::new(
    "row.date",
    "must be a date, such as 2026-09-01, 2026/9/1 or 2026年9月1日",
);
const NO_YEAR: Rule = Rule::new(
    "row.date-year",
    "is a day without a year, and neither the job nor the lines above the table nor the sheet's name say month and year",
);
const OUTSIDE: Rule = Rule::new(
    "row.date-outside",
    "is a day without a year, and not in the month that is said for it",
);
const NO_SUCH_DAY: Rule = Rule::new("row.no-such-day", "is not a day of the calendar");
const WEEKDAY: Rule = Rule::new(
    "row.weekday",
    "says a weekday that is not the one of its date",
);

/// A part of the date in a cell, as fields take it; nothing for an empty cell.
pub(super) fn part(cell: Cell<'_>, part: CellPart, said: &[SaidMonth]) -> Result<String, Broken> {
    let text = match cell {
        Cell::Absent => "",
        Cell::Text(text) | Cell::Number(text) | Cell::Date(text) => text,
        Cell::Unusable(_, rule) => return Err(broken(rule)),
        Cell::Bool(_) | Cell::Nested(_) => return Err(broken(SINGLE_VALUE)),
    };
    if text.is_empty() {
        return Ok(String::new());
    }
    let with = |rule, detail| Broken {
        rule,
        detail: Some(detail),
    };
    let date = match cell_date(text, said) {
        CellDate::Date(date) => DayDate::from(date),
        CellDate::Not => return Err(broken(NO_DATE)),
        CellDate::YearUnknown => return Err(broken(NO_YEAR)),
        CellDate::Outside(said) => return Err(with(OUTSIDE, said)),
        CellDate::Lacking(why) => return Err(with(NO_SUCH_DAY, why)),
        CellDate::OtherWeekday(why) => return Err(with(WEEKDAY, why)),
    };
    Ok(match part {
        CellPart::Month => date.month,
        CellPart::Day => date.day,
        CellPart::Date | CellPart::Value => date.date,
    })
}
