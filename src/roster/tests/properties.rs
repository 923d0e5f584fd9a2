//! Every period of a century, written in each way, gives back exactly its dates.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

/// The dates of a period, counted day by day: the rule written a second time.
fn dates_of(month: YearMonth, first_day: i8) -> Vec<Date> {
    let next = date(month.year, month.month, 1).last_of_month().tomorrow();
    let end = match first_day {
        1 => next.unwrap(),
        _ => date(month.year, month.month, first_day),
    };
    let mut day = end.yesterday().unwrap();
    let mut dates = vec![day];
    while day.day() != first_day {
        day = day.yesterday().unwrap();
        dates.push(day);
    }
    dates.reverse();
    dates
}

fn written(form: &str, day: Date) -> String {
    match form {
        "bare" => day.day().to_string(),
        "month and day" => format!("{}月{}日", day.month(), day.day()),
        "full" => day.to_string(),
        "serial" => ((day.duration_since(date(1899, 12, 30))).as_hours() / 24).to_string(),
        _ => panic!("{form}"),
    }
}

fn check(form: &str, month: YearMonth, first_day: i8) {
    let dates = dates_of(month, first_day);
    let titles: Vec<String> = dates.iter().map(|day| written(form, *day)).collect();
    let mut table = table(&titles).first_day(first_day);
    table.rule.month = Some(month);
    let calendar = table
        .calendar()
        .unwrap_or_else(|refusal| panic!("{month} {first_day}: {refusal}"));
    let found: Vec<Option<Date>> = calendar.days.iter().map(|day| day.date).collect();
    let expected: Vec<Option<Date>> = dates.iter().copied().map(Some).collect();
    assert_eq!(found, expected, "{form} {month} {first_day}");
    assert_eq!(
        calendar.period,
        dates.first().copied().zip(dates.last().copied())
    );
}

/// Each month of the century with each first day.
fn periods() -> impl Iterator<Item = (YearMonth, i8)> {
    let months = YEARS.flat_map(|year| (1..=12).map(move |month| YearMonth { year, month }));
    months.flat_map(|month| (1..=28).map(move |first_day| (month, first_day)))
}

#[test]
fn bare_days_of_every_period_are_its_dates() {
    periods().for_each(|(month, first_day)| check("bare", month, first_day));
}

#[test]
fn months_and_days_of_every_period_are_its_dates() {
    periods().for_each(|(month, first_day)| check("month and day", month, first_day));
}

/// Days of 1999 are no dates of a roster: the first period with full dates begins in 2000.
fn begins_in_the_century((month, first_day): &(YearMonth, i8)) -> bool {
    *first_day == 1
        || *month
            > YearMonth {
                year: 2000,
                month: 1,
            }
}

#[test]
fn full_dates_of_every_period_are_its_dates() {
    let periods = periods().filter(begins_in_the_century);
    periods.for_each(|(month, first_day)| check("full", month, first_day));
}

#[test]
fn serial_numbers_of_every_period_are_its_dates() {
    let periods = periods().filter(begins_in_the_century);
    periods.for_each(|(month, first_day)| check("serial", month, first_day));
}

const SEPTEMBER: YearMonth = YearMonth {
    year: 2026,
    month: 9,
};

proptest! {
    /// Whatever stands in a sheet, dates ascend, lie in the period and have the weekdays of the sheet - or the file is refused.
    #[test]
    fn dates_are_right_or_the_file_is_refused(
        titles in prop::collection::vec(title(), 0..12),
        line in "[一二三四五六日. ]{0,12}",
        sheet in prop::option::of("(2026年)?[1-9]月|20260[1-9]|[A-Z][a-z]{2}|.{0,12}"),
        above in prop::option::of("(20)?26[年-](0?[1-9]|1[0-2])月?|[0-9年月日~ -]{0,24}"),
        first_day in prop::sample::select(vec![1_i8, 16, 26]),
        known in any::<bool>(),
    ) {
        let mut table = table(&titles).first_day(first_day).weekdays(&line);
        table.head.sheet = sheet;
        table.head.above.extend(above.map(|text| vec![text]));
        table.rule.month = known.then_some(SEPTEMBER);
        let named = day_columns(&table.columns, &table.candidates, &table.rule);
        let Ok(calendar) = table.calendar() else { return Ok(()) };
        let columns: Vec<usize> = calendar.days.iter().map(|day| day.column).collect();
        prop_assert_eq!(columns, named);
        let dates: Vec<Date> = calendar.days.iter().filter_map(|day| day.date).collect();
        prop_assert!(dates.is_sorted_by(|one, next| one < next), "{:?}", dates);
        for day in &calendar.days {
            prop_assert_eq!(day.date.is_none(), day.why_none.is_some());
            let Some(date) = day.date else { continue };
            let (first, last) = calendar.period.unwrap();
            prop_assert!((first..=last).contains(&date));
            if known {
                let dates = dates_of(SEPTEMBER, first_day);
                prop_assert!(dates.contains(&date));
            }
            let cell = line.chars().nth(day.column - FIRST).unwrap_or(' ');
            if let Some(at) = "一二三四五六日".chars().position(|weekday| weekday == cell) {
                prop_assert_eq!(usize::try_from(date.weekday().to_monday_zero_offset()).unwrap(), at);
            }
        }
    }

    /// Any text whatever is read without a panic, as a title, a pattern, a cell of weekdays and a line above.
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,60}", other in "[0-9一二三四十年月日号周.~(){} -]{0,30}") {
        for text in [&text, &other] {
            let mut table = table(&[text, &other]).sheet(text).above(text).above(&other);
            let _ = table.calendar();
            table.rule.pattern = Some(text.clone());
            let _ = table.calendar();
            let _ = is_day_title(text, Some(&other));
            let _ = is_weekdays(&[text.clone(), other.clone()]);
        }
    }
}

/// Titles that are often days, and often of September 2026.
fn title() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..=31_i8).prop_map(|day| day.to_string()),
        (8..=9_i8, 1..=31_i8).prop_map(|(month, day)| format!("{month}-{day}")),
        (1..=31_i8).prop_map(|day| format!("2026-09-{day:02}")),
        (46_230..46_300_i32).prop_map(|serial| serial.to_string()),
        "[0-9]{1,2}[日号](周[一二三四五六日])?",
        ".{0,6}",
    ]
}
