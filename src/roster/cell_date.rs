//! The date that a cell of a row holds, in the forms in which titles of days are dates.
//!
//! A bare number of a day, a spreadsheet's count of days and a decimal such as 9.1 are no dates here: they may be anything.

use jiff::civil::Date;

use super::month::{Lacking, YearMonth};
use super::said::SaidMonth;
use super::title::{Form, Named, Title, read};
use super::weekday::name;
use crate::text::Text;

/// What a cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellDate {
    /// This date.
    Date(Date),
    /// Nothing that is read as a date.
    Not,
    /// A day without its year, which nothing else says.
    YearUnknown,
    /// A day without its year that is not in what is said: "the title `…` says September 2026".
    Outside(Text),
    /// A day that its month lacks: "September 2026 has 30 days".
    Lacking(Text),
    /// A weekday that is not the date's: "2026-09-01 is a Tuesday".
    OtherWeekday(Text),
}

/// Reads a cell. `said` is what is said of the month elsewhere.
#[must_use]
pub fn cell_date(text: &str, said: &[SaidMonth]) -> CellDate {
    let Some(Title {
        named: Named {
            year,
            month: Some(month),
            day,
        },
        form: Form::Clear,
        weekday,
    }) = read(text, None)
    else {
        return CellDate::Not;
    };
    let date = match year {
        Some(year) => match YearMonth::new(year, month) {
            Some(of) => of.date(day).ok_or_else(|| lacking(of, day)),
            None => return CellDate::Not,
        },
        None => without_year(month, day, said),
    };
    match date {
        Ok(date) if weekday.is_some_and(|weekday| weekday != date.weekday()) => {
            CellDate::OtherWeekday(text!(
                "{date} is a {weekday}",
                date = date.to_string(),
                weekday = name(date.weekday())
            ))
        }
        Ok(date) => CellDate::Date(date),
        Err(trouble) => trouble,
    }
}

fn without_year(month: i8, day: i8, said: &[SaidMonth]) -> Result<Date, CellDate> {
    let mut dates = said.iter().filter_map(|said| said.date(month, day));
    if let Some(date) = dates.next() {
        return if dates.all(|other| other == date) {
            Ok(date)
        } else {
            Err(CellDate::YearUnknown)
        };
    }
    let known = said.iter().find(|said| said.has_year());
    Err(match known {
        None => CellDate::YearUnknown,
        Some(said) => match said.month().filter(|of| of.month == month) {
            Some(of) => lacking(of, day),
            None => CellDate::Outside(text!(
                "{place} says {said}",
                place = said.place(),
                said = said.words()
            )),
        },
    })
}

fn lacking(month: YearMonth, day: i8) -> CellDate {
    match Lacking::new(month, day) {
        Some(lacking) => CellDate::Lacking(lacking.why),
        None => CellDate::Not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Head;

    fn says(text: &str, title: &str) -> String {
        let said = SaidMonth::around(&Head {
            above: vec![vec![title.to_owned()]],
            ..Head::default()
        });
        match cell_date(text, &said) {
            CellDate::Date(date) => date.to_string(),
            CellDate::Not => "no date".to_owned(),
            CellDate::YearUnknown => "no year".to_owned(),
            CellDate::Outside(why) | CellDate::Lacking(why) | CellDate::OtherWeekday(why) => {
                why.to_string()
            }
        }
    }

    #[test]
    fn each_form_of_a_date_with_its_year_is_read() {
        for text in [
            "20260901",
            "2026-09-01",
            "2026/9/1",
            "2026.9.1",
            "2026年9月1日",
            "２０２６年９月１日",
            " 2026-9-1 ",
            "2026-09-01 周二",
            "2026/9/1（Tue）",
        ] {
            assert_eq!(says(text, ""), "2026-09-01", "{text}");
        }
        assert_eq!(says("2026-09-31", ""), "September 2026 has 30 days");
        assert_eq!(says("2026-09-01 周一", ""), "2026-09-01 is a Tuesday");
    }

    #[test]
    fn what_may_be_something_else_is_no_date() {
        for text in [
            "",
            "1",
            "46266",
            "9.1",
            "2026-09",
            "9月",
            "2026-09-01 08:30",
            "1/9/2026",
            "明天",
        ] {
            assert_eq!(says(text, "2026年9月"), "no date", "{text}");
        }
    }

    #[test]
    fn a_day_without_its_year_is_read_only_where_month_and_year_are_said() {
        for text in ["9月1日", "9/1", "09-01", "9月1日 周二"] {
            assert_eq!(says(text, ""), "no year", "{text}");
            assert_eq!(says(text, "9月排班表"), "no year", "{text}");
            assert_eq!(says(text, "2026年9月排班表"), "2026-09-01", "{text}");
        }
        assert_eq!(
            says("9月31日", "2026年9月排班表"),
            "September 2026 has 30 days"
        );
        let of_september = "the title `2026年9月排班表` says September 2026";
        assert_eq!(says("8月26日", "2026年9月排班表"), of_september);
        let range = "2026年8月26日-9月25日排班表";
        assert_eq!(says("8月26日", range), "2026-08-26");
        assert_eq!(says("9月25日", range), "2026-09-25");
        assert_eq!(
            says("9月26日", range),
            format!("the title `{range}` says 2026-08-26 to 2026-09-25")
        );
        assert_eq!(
            says("1月3日", "2026年12月26日-2027年1月25日排班"),
            "2027-01-03"
        );
    }
}
