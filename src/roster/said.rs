//! What is said of a month around a table whose columns are no days: a report is held against it.

use jiff::civil::Date;

use crate::model::Head;
use crate::text::Text;

use super::evidence::{Evidence, Says, Year, around, in_file_name};
use super::month::YearMonth;
use super::period::{JOB, in_words};

/// A month that a title, the sheet's name or the file's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidMonth(Evidence);

impl SaidMonth {
    /// What the lines above the table and the sheet's name say.
    #[must_use]
    pub fn around(head: &Head) -> Vec<Self> {
        around(head, 1).into_iter().map(Self).collect()
    }

    /// What the name of a file says. It is a hint only: names are copied and forgotten.
    #[must_use]
    pub fn in_file_name(stem: &str) -> Vec<Self> {
        in_file_name(stem).into_iter().map(Self).collect()
    }

    /// The month that the job itself says.
    #[must_use]
    pub fn by_job(month: YearMonth) -> Self {
        Self(Evidence {
            place: JOB,
            says: Says::Month(month),
        })
    }

    /// The date of a day without its year: in the month that is said, or between the days of a range.
    pub(super) fn date(&self, month: i8, day: i8) -> Option<Date> {
        match self.0.says {
            Says::Month(said) if said.month == month => said.date(day),
            Says::Range(first, last, Year::Said) => [first.year(), last.year()]
                .into_iter()
                .filter_map(|year| Date::new(year, month, day).ok())
                .find(|date| (first..=last).contains(date)),
            Says::Month(_) | Says::MonthOnly(_) | Says::Either(..) | Says::Range(..) => None,
        }
    }

    /// Whether it says month and year.
    pub(super) fn has_year(&self) -> bool {
        matches!(self.0.says, Says::Month(_) | Says::Range(_, _, Year::Said))
    }

    /// Where it stands, for a sentence: "the title `2026年9月 考勤月报`".
    #[must_use]
    pub fn place(&self) -> &Text {
        &self.0.place
    }

    /// What it says: `September 2026`.
    #[must_use]
    pub fn words(&self) -> Text {
        in_words(self.0.says)
    }

    /// The month, where exactly one is said, with its year.
    #[must_use]
    pub fn month(&self) -> Option<YearMonth> {
        match self.0.says {
            Says::Month(month) => Some(month),
            Says::MonthOnly(_) | Says::Either(..) | Says::Range(..) => None,
        }
    }

    /// Whether a table of this month may say so. A range over two months may be of either.
    #[must_use]
    pub fn allows(&self, month: YearMonth) -> bool {
        match self.0.says {
            Says::Month(said) => said == month,
            Says::MonthOnly(said) => said == month.month,
            Says::Either(one, other) => [one, other].contains(&month),
            Says::Range(first, last, year) => [first, last].iter().any(|day| {
                day.month() == month.month && (year == Year::Unsaid || day.year() == month.year)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(title: &str) -> Vec<SaidMonth> {
        SaidMonth::around(&Head {
            above: vec![vec![title.to_owned()]],
            ..Head::default()
        })
    }

    fn allows(said: &[SaidMonth], months: &str) {
        let all = ["202508", "202601", "202608", "202609", "202610"].into_iter();
        let allowed: Vec<&str> = all
            .filter(|month| {
                let month = YearMonth::parse(month).unwrap();
                said.iter().all(|said| said.allows(month))
            })
            .collect();
        assert_eq!(allowed.join(" "), months, "{said:?}");
    }

    #[test]
    fn a_title_allows_the_month_it_says_and_a_range_over_two_months_either() {
        allows(&said("2026年9月 考勤月报"), "202609");
        allows(&said("8月考勤表"), "202508 202608");
        allows(&said("2026年8月26日-9月25日 考勤月报"), "202608 202609");
        allows(&said("8月26日-9月25日考勤"), "202508 202608 202609");
        allows(&said("2026.1"), "202601 202610");
        allows(
            &said("制表日期: 2026-08-28"),
            "202508 202601 202608 202609 202610",
        );
    }

    #[test]
    fn the_name_of_a_file_may_say_a_month() {
        let month = |stem| {
            let said = SaidMonth::in_file_name(stem);
            said.first().map(SaidMonth::words)
        };
        for stem in [
            "2026年9月考勤",
            "考勤_202609",
            "report-2026-09",
            "202609",
            "考勤 20260901-20260930",
        ] {
            assert_eq!(month(stem).unwrap(), "September 2026", "{stem}");
        }
        assert_eq!(month("九月").unwrap(), "September");
        for stem in [
            "input",
            "report-20260928",
            "failure",
            "may report",
            "rows 2",
        ] {
            assert_eq!(month(stem), None, "{stem}");
        }
    }
}
