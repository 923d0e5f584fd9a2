//! The periods of a century, written in each way, give back exactly their dates.

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

/// Each month with its first day and every seventh of the others, in turn: in 28 months each of them.
fn everyday() -> impl Iterator<Item = (YearMonth, i8)> {
    periods().filter(|(month, first_day)| {
        let turn = i32::from(month.year) * 12 + i32::from(month.month) + i32::from(*first_day);
        *first_day == 1 || turn % 7 == 0
    })
}

/// A roster has no full dates of 1999, in which one period begins.
fn has_full_dates((month, first_day): (YearMonth, i8)) -> bool {
    first_day == 1 || (month.year, month.month) > (2000, 1)
}

fn check_all(periods: impl Iterator<Item = (YearMonth, i8)>, form: &str) {
    let is_full = matches!(form, "full" | "serial");
    let periods = periods.filter(|period| !is_full || has_full_dates(*period));
    periods.for_each(|(month, first_day)| check(form, month, first_day));
}

#[test]
fn bare_days_of_a_period_are_its_dates() {
    check_all(everyday(), "bare");
}

#[test]
fn months_and_days_of_a_period_are_its_dates() {
    check_all(everyday(), "month and day");
}

#[test]
fn full_dates_of_a_period_are_its_dates() {
    check_all(everyday(), "full");
}

#[test]
fn serial_numbers_of_a_period_are_its_dates() {
    check_all(everyday(), "serial");
}

#[test]
#[ignore = "every period of the century: cargo test --lib -- --ignored campaign_periods"]
fn campaign_periods() {
    for form in ["bare", "month and day", "full", "serial"] {
        check_all(periods(), form);
    }
}

const SEPTEMBER: YearMonth = YearMonth {
    year: 2026,
    month: 9,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever stands in a sheet, dates ascend, lie in the period and have the weekdays of the sheet - or the file is refused.
    #[test]
    fn dates_are_right_or_the_file_is_refused(
        titles in titles(),
        line in prop_oneof![3 => "", 1 => "[一二三四五六日.]{0,2}"],
        sheet in prop::option::weighted(0.3, "(2026年)?[1-9]月|20260[1-9]|[A-Z][a-z]{2}|.{0,12}"),
        above in prop::option::weighted(0.3, "(20)?26[年-](0?[1-9]|1[0-2])月?|[0-9年月日~ -]{0,24}"),
        first_day in prop::sample::select(vec![1_i8, 1, 1, 26]),
        known in prop::bool::weighted(0.8),
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
            prop_assert_eq!(day.date.is_none(), day.lacking.is_some());
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

/// Titles that are often days, often of September 2026, and often in their order.
fn titles() -> impl Strategy<Value = Vec<String>> {
    let day = prop_oneof![
        4 => (1..=31_i8).prop_map(|day| day.to_string()),
        1 => (8..=9_i8, 1..=31_i8).prop_map(|(month, day)| format!("{month}-{day}")),
        1 => (1..=31_i8).prop_map(|day| format!("2026-09-{day:02}")),
        1 => (46_230..46_300_i32).prop_map(|serial| serial.to_string()),
        1 => "[0-9]{1,2}[日号](周[一二三四五六日])?",
        1 => ".{0,6}",
    ];
    let ascending = prop::collection::btree_set(1..=31_i8, 3..12);
    prop_oneof![prop::collection::vec(day, 0..12), ascending.prop_map(bare),]
}
