//! A roster to fill: people down, the days of a month across, the weekdays under them.

use jiff::civil::Date;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::endpoint::{Endpoint, Field, FieldKind};
use crate::error::Refusal;
use crate::roster::YearMonth;

use super::columns::singles;
use super::proposal::usual_title;
use super::workbook::{TEXT_FORMAT, cannot_be_made};

/// Widths of columns in characters: of those about a person, and of days.
const PERSON_WIDTH: f64 = 14.0;
const DAY_WIDTH: f64 = 6.0;

/// The rows above the people: the title with the month, the header, the weekdays.
const HEAD_ROWS: u32 = 3;

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// A sheet for the shifts of a month.
#[derive(Debug)]
pub struct RosterSheet {
    month: YearMonth,
    /// Titles of the columns about a person.
    person: Vec<String>,
    /// Each day's number and weekday.
    days: Vec<(i8, &'static str)>,
}

impl RosterSheet {
    /// A sheet for what an endpoint takes of each day of `month`, written yyyyMM.
    pub fn new(endpoint: &Endpoint, month: &str) -> Result<Self, Refusal> {
        let month = YearMonth::parse(month).ok_or_else(|| {
            Refusal::new(
                "command.roster-month",
                text!(
                    "--roster {month}: a month is written yyyyMM, such as 202612",
                    month
                ),
            )
        })?;
        let person = person(endpoint).ok_or_else(|| {
            Refusal::new(
                "command.roster-endpoint",
                text!(
                    "{name} has no roster: its items have no day of a month",
                    name = endpoint.name
                ),
            )
            .hint(text!(
                "leave out --roster: then a workbook with a row for each item is written"
            ))
        })?;
        let days = (1..=31).filter_map(|day| {
            let weekday = Date::new(month.year, month.month, day)
                .ok()?
                .weekday()
                .to_monday_zero_offset();
            let weekday = WEEKDAYS.get(usize::try_from(weekday).ok()?)?;
            Some((day, *weekday))
        });
        Ok(Self {
            month,
            person,
            days: days.collect(),
        })
    }

    /// The titles of its columns.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let days = self.days.iter().map(|(day, _)| day.to_string());
        self.person.iter().cloned().chain(days).collect()
    }

    /// The name of its sheet, which says the month.
    #[must_use]
    pub fn sheet(&self) -> String {
        format!("{}年{}月", self.month.year, self.month.month)
    }

    /// The bytes of the workbook (.xlsx).
    pub fn workbook(&self) -> Result<Vec<u8>, Refusal> {
        let mut workbook = Workbook::new();
        self.write(workbook.add_worksheet())
            .and_then(|()| workbook.save_to_buffer())
            .map_err(|error| cannot_be_made(&error))
    }

    fn write(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        // Every cell is text: an id keeps its digits, and a time is what was typed.
        let text = Format::new().set_num_format_index(TEXT_FORMAT);
        let header = text.clone().set_bold();
        let middle = header.clone().set_align(FormatAlign::Center);
        let person = u16::try_from(self.person.len()).unwrap_or_default();
        sheet
            .set_name(self.sheet())?
            .set_freeze_panes(HEAD_ROWS, person)?
            .write_string_with_format(0, 0, format!("{} 排班表", self.sheet()), &header)?;
        for (column, title) in (0..).zip(&self.person) {
            sheet
                .set_column_format(column, &text)?
                .set_column_width(column, PERSON_WIDTH)?
                .write_string_with_format(1, column, title, &header)?;
        }
        for (column, (day, weekday)) in (person..).zip(&self.days) {
            sheet
                .set_column_format(column, &text)?
                .set_column_width(column, DAY_WIDTH)?
                .write_string_with_format(1, column, day.to_string(), &middle)?
                .write_string_with_format(2, column, *weekday, &middle)?;
        }
        Ok(())
    }
}

/// The columns about a person: what tells people apart, the name, and what else is required but what the cells say. None where
/// items have no day.
fn person(endpoint: &Endpoint) -> Option<Vec<String>> {
    let month = singles(endpoint).find_map(|field| field.kind.month_of_day())?;
    let is_of_person = |field: &&Field| {
        field.required && field.name != month && !matches!(field.kind, FieldKind::Day { .. })
    };
    let (keys, mut others): (Vec<&Field>, Vec<&Field>) = singles(endpoint)
        .filter(is_of_person)
        .partition(|field| endpoint.items.key.contains(&field.name));
    // The cells of days give the last one, as in a file that somebody brings.
    others.pop();
    let title = |field: &&Field| usual_title(&field.name).to_owned();
    let names = keys.iter().map(title).chain(["姓名".to_owned()]);
    Some(names.chain(others.iter().map(title)).collect())
}
