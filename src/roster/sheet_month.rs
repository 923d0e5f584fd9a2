//! What a table says of itself before anything of it is read: whether its header has days, and of which month it is. By this one of
//! several sheets is known.
//!
//! Keeps this: where the pieces contradict each other, or say nothing, no month is said. A job's own word is no part of it.

use std::fmt;

use crate::model::{Columns, Head};

use super::evidence::{Says, around};
use super::month::YearMonth;
use super::title::{DayColumn, Named, select};

/// The month that a table says it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetMonth {
    /// None where only the month is said: `九月`.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
}

crate::text::verbatim!(SheetMonth);

impl SheetMonth {
    /// Whether both may be the same month.
    #[must_use]
    pub fn agrees(self, other: Self) -> bool {
        let years = self.year.zip(other.year);
        self.month == other.month && years.is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for SheetMonth {
    /// As a job writes it, `202609`; `yyyy09` where the year is not said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}{:02}", self.month),
            None => write!(f, "yyyy{:02}", self.month),
        }
    }
}

impl From<YearMonth> for SheetMonth {
    fn from(month: YearMonth) -> Self {
        Self {
            year: Some(month.year),
            month: month.month,
        }
    }
}

/// The month of a table, by the lines above it, the sheet's name and the titles of its days. None where none of them says it, and
/// where they contradict each other.
#[must_use]
pub fn sheet_month(head: &Head, first_day: i8) -> Option<SheetMonth> {
    let around = around(head, first_day).into_iter();
    let around = around.filter_map(|piece| match piece.says {
        Says::Month(month) => Some(SheetMonth::from(month)),
        Says::MonthOnly(month) => Some(SheetMonth { year: None, month }),
        Says::Either(..) | Says::Range(..) => None,
    });
    let columns = Columns::new(head.header.last().cloned().unwrap_or_default());
    let titles = of_line(&columns).into_iter();
    let titles = titles.filter_map(|day| in_title(day.title.named, first_day));
    let mut said: Option<SheetMonth> = None;
    for piece in around.chain(titles) {
        said = match said {
            Some(known) if !known.agrees(piece) => return None,
            Some(known) => Some(SheetMonth {
                year: known.year.or(piece.year),
                ..known
            }),
            None => Some(piece),
        };
    }
    said
}

fn of_line(columns: &Columns) -> Vec<DayColumn<'_>> {
    let all: Vec<usize> = (0..columns.len()).collect();
    select(columns, &all, None)
}

/// The month in which the period ends that holds the day of a title. A leap year stands in for an unsaid one.
fn in_title(named: Named, first_day: i8) -> Option<SheetMonth> {
    let month = YearMonth::new(named.year.unwrap_or(2000), named.month?)?;
    let month = month.of_period(named.day, first_day);
    Some(SheetMonth {
        year: named.year.map(|_| month.year),
        month: month.month,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sheet: &str, above: &str, header: &[&str], first_day: i8) -> String {
        let line = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
        let head = Head {
            sheet: Some(sheet.to_owned()),
            above: vec![line(&[above])],
            header: vec![line(header)],
            ..Head::default()
        };
        let said = sheet_month(&head, first_day);
        said.map_or_else(String::new, |month| month.to_string())
    }

    #[test]
    fn a_table_says_its_month_by_name_title_or_days_and_says_none_where_they_differ() {
        let bare = ["工号", "1", "2", "3"];
        assert_eq!(said("九月", "", &bare, 1), "yyyy09");
        assert_eq!(said("九月", "2026年9月排班表", &bare, 1), "202609");
        assert_eq!(said("内科", "2026年9月排班表", &bare, 1), "202609");
        assert_eq!(
            said("内科", "", &["工号", "9/1", "9/2", "9/3"], 1),
            "yyyy09"
        );
        assert_eq!(said("内科", "", &["2026-09-01", "2026-09-02"], 1), "202609");
        assert_eq!(said("内科", "", &["8/26", "8/27", "9/25"], 26), "yyyy09");
        assert_eq!(said("内科", "", &["8/26", "8/27", "9/25"], 1), "");
        assert_eq!(said("八月", "2026年9月排班表", &bare, 1), "");
        assert_eq!(said("内科", "", &bare, 1), "");
    }
}
