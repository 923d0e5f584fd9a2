//! Signs that another table begins in a line: the titles of the columns, days in the columns of days, other weekdays, another month.

use crate::error::Refusal;
use crate::mapping::plain_name;
use crate::model::Row;
use crate::roster;

use super::{Filled, Kind, SideLines, shown, text_of};

impl SideLines<'_> {
    /// Whether the line names titles as a header does, or its days.
    pub(super) fn second_header(&self, row: &Row) -> Option<Refusal> {
        let key = |column: usize, text: &str| {
            let mut keys = self.keys.iter();
            keys.any(|key| key.title == text && key.column == column)
        };
        if !self.may_hold_title(row) {
            return self.days_as_header(row);
        }
        for column in 0..self.columns.len() {
            let text = text_of(row.cell(column)).trim();
            if !self.key_titles.iter().any(|(title, _)| *title == text) {
                continue;
            }
            let known = || {
                let filled = self.filled(row);
                let known = |cell: &&Filled<'_>| self.titles.contains(&plain_name(cell.text));
                filled.iter().filter(known).count()
            };
            if key(column, text) || known() >= 2 {
                let place = self.place(column, row);
                return Some(second_header(
                    row,
                    &format!(
                        "{place} holds `{}`, which is the title of a column",
                        shown(text)
                    ),
                ));
            }
        }
        self.days_as_header(row)
    }

    /// A quick look at all of the line: this is asked of every row that no lookup knows.
    fn may_hold_title(&self, row: &Row) -> bool {
        self.key_titles.iter().any(|(_, finder)| {
            let finder = finder.as_ref();
            finder.is_none_or(|finder| finder.find(&row.source).is_some())
        })
    }

    /// Whether the cells of the days are days themselves.
    fn days_as_header(&self, row: &Row) -> Option<Refusal> {
        let unpivot = self.job.input.unpivot.as_ref()?;
        let (first, _) = self.days.first()?;
        let texts = || {
            let texts = self.days.iter();
            texts.map(|(column, _)| text_of(row.cell(*column)).trim())
        };
        let filled = texts().find(|text| !text.is_empty())?;
        if self.is_day_word(filled) {
            return None;
        }
        let texts: Vec<&str> = texts().collect();
        roster::is_run_of_days(&texts, &unpivot.days).then(|| {
            let place = self.place(*first, row);
            second_header(
                row,
                &format!(
                    "from {place} on its cells are days: `{}` and so on",
                    shown(filled)
                ),
            )
        })
    }

    /// A line of weekdays is left alone if they are those of the days above it, and belongs to another table if not.
    pub(super) fn weekdays(&self, row: &Row, filled: &[Filled<'_>]) -> Option<Kind> {
        let texts: Vec<String> = filled.iter().map(|cell| cell.text.to_owned()).collect();
        let all_words = || {
            let mut days = filled.iter().filter(|cell| self.is_day(cell.column));
            days.all(|cell| self.is_day_word(cell.text))
        };
        if !self.is_roster || !roster::is_weekdays(&texts) || all_words() {
            return None;
        }
        let wrong = self.days.iter().find(|(column, date)| {
            let text = text_of(row.cell(*column));
            roster::is_other_weekday(text, date)
        });
        Some(match wrong {
            None => Kind::LeftAlone,
            Some((column, _)) => {
                let place = self.place(*column, row);
                let text = shown(text_of(row.cell(*column)));
                let title = self.columns.names().get(*column);
                let title = shown(title.map_or("", String::as_str));
                Kind::OtherTable(second_header(
                    row,
                    &format!("{place} says `{text}`, which the day `{title}` of the header is not"),
                ))
            }
        })
    }

    pub(super) fn says_other_month(&self, text: &str) -> bool {
        let Some(unpivot) = &self.job.input.unpivot else {
            return false;
        };
        let dates = || self.days.iter().map(|(_, date)| date.as_str());
        roster::says_other_month(text, dates(), unpivot.days.first_day)
    }

    pub(super) fn other_month(&self, row: &Row, cell: &Filled<'_>) -> Refusal {
        let place = self.place(cell.column, row);
        second_header(
            row,
            &format!("{place} says another month: `{}`", shown(cell.text)),
        )
    }
}

fn second_header(row: &Row, why: &str) -> Refusal {
    Refusal::new(
        "file.second-header",
        text!("another table begins in line {line}, with its own header or month", line = row.line),
    )
    .because(why.to_owned())
    .because(text!("the rows below it would be read by the header above all of them, on wrong days or in wrong columns"))
    .hint(text!("give each table a file of its own; a line that only repeats the header may stay"))
}
