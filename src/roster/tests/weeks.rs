//! Weeks: weekdays for titles, and the dates of the week above the table.

use super::*;

const WEEK: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const DATES: &str = "20260907 20260908 20260909 20260910 20260911 20260912 20260913";

fn week() -> Table {
    table(&WEEK)
}

#[test]
fn weekdays_are_the_dates_of_the_week_that_the_title_says() {
    for title in [
        "2026年9月7日-9月13日",
        "2026年9月7日-13日 排班表",
        "2026年9月7日至2026年9月13日",
        "2026-09-07 ~ 2026-09-13",
        "2026/9/7-2026/9/13 值班",
        "2026.9.7-9.13",
        "20260907-20260913",
        "２０２６年９月７日－９月１３日",
        "2026年第37周（9.7-9.13）",
        "2026年第37周（9/7-9/13）",
    ] {
        assert_eq!(week().above(title).dates(), DATES, "{title}");
    }
    for title in ["第37周（9.7-9.13）", "9月7日-9月13日"] {
        assert_eq!(
            week().above(title).month("202609").dates(),
            DATES,
            "{title}"
        );
        let titled = week().above("2026年9月排班表").above(title);
        assert_eq!(titled.dates(), DATES, "{title}");
        assert_eq!(
            week().above(title).sheet("2026年9月").dates(),
            DATES,
            "{title}"
        );
    }
    assert_eq!(week().sheet("2026.9.7-9.13").dates(), DATES);
    let calendar = week().above("2026年9月7日-9月13日").calendar().unwrap();
    assert_eq!(
        calendar.known_by,
        "the week 2026-09-07 to 2026-09-13 is known by the title `2026年9月7日-9月13日`"
    );
    assert_eq!(calendar.days[0].title, "周一");
}

#[test]
fn weekdays_may_be_written_in_each_way_and_some_may_be_left_out() {
    for titles in [
        ["星期一", "星期二", "星期三"],
        ["禮拜一", "週二", "（三）"],
        ["Mon", "Tuesday", "WED"],
        ["一", "二", "三"],
    ] {
        let days = table(&titles).above("2026年9月7日-9月13日");
        assert_eq!(days.dates(), "20260907 20260908 20260909", "{titles:?}");
    }
    let weekend = table(&["周六", "周日"]).above("2026年9月7日-9月13日");
    assert_eq!(weekend.dates(), "20260912 20260913");
    let from_sunday = table(&["周日", "周一", "周二", "周三", "周四", "周五", "周六"]);
    assert_eq!(
        from_sunday.above("2026年9月6日-9月12日").dates(),
        "20260906 20260907 20260908 20260909 20260910 20260911 20260912"
    );
}

#[test]
fn a_week_may_lie_in_two_months_and_in_two_years() {
    let dates = "20260831 20260901 20260902 20260903 20260904 20260905 20260906";
    assert_eq!(week().above("2026年8月31日-9月6日").dates(), dates);
    for month in ["202608", "202609"] {
        assert_eq!(week().above("8.31-9.6").month(month).dates(), dates);
    }
    let turn = "20261228 20261229 20261230 20261231 20270101 20270102 20270103";
    assert_eq!(week().above("2026年12月28日-1月3日").dates(), turn);
    assert_eq!(week().above("12月28日-2027年1月3日").dates(), turn);
    assert_eq!(week().above("12.28-1.3").month("202701").dates(), turn);
    // Whose year is 2026: the first day's or the last day's?
    let refusal = week().above("2026年 第53周（12.28-1.3）").refusal();
    assert!(
        refusal.contains("the year of the week is not known"),
        "{refusal}"
    );
}

#[test]
fn a_week_that_is_not_said_or_does_not_fit_its_weekdays_is_refused() {
    for (table, words) in [
        (
            week().above("第37周排班表"),
            "error: the columns are weekdays, and nothing says of which week\n  columns: `周一`, `周二`, `周三`, `周四`, `周五`, `周六`, `周日`\n  a week's number is not enough: weeks are counted in several ways\nhint: write the week's dates above the table, such as 2026年9月7日-9月13日; or title each column with its date",
        ),
        (
            week().above("第37周（9.7-9.13）"),
            "error: the year of the week is not known: the title `第37周（9.7-9.13）` does not say it\nhint: write it with the first and the last day, such as 2026年9月7日-2026年9月13日; or say the month: --set month=202609",
        ),
        (
            week().above("2026年9月7日-9月20日"),
            "error: the title `2026年9月7日-9月20日` is not one week\n  a week has at most 7 days, from its first day to its last\nhint: write the first and the last day of the week, such as 2026年9月7日-9月13日",
        ),
        (
            week().above("2026年9月7日-9月11日"),
            "error: the column `周六` is not in the week 2026-09-07 to 2026-09-11: there is no Saturday in it\n  the week 2026-09-07 to 2026-09-11 is known by the title `2026年9月7日-9月11日`\nhint: correct the dates of the week, or the titles of the columns",
        ),
        (
            week().above("2026年9月8日-9月14日"),
            "error: the days are not in order: `周二` (9月8日) comes after `周一` (9月14日)\n  the week 2026-09-08 to 2026-09-14 is known by the title `2026年9月8日-9月14日`\nhint: put the columns into the order of their days",
        ),
        (
            table(&["周一", "周二", "星期一"]).above("2026年9月7日-9月13日"),
            "error: the columns `周一` and `星期一` are both 9月7日\n  the week 2026-09-07 to 2026-09-13 is known by the title `2026年9月7日-9月13日`\nhint: keep one column for each day",
        ),
        (
            week().above("2026年9月7日-9月13日").month("202608"),
            "error: the job or --set says August 2026, the title `2026年9月7日-9月13日` says 2026-09-07 to 2026-09-13: is this the right file?\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
        (
            week().above("2026年9月7日-9月13日").sheet("9.14-9.20"),
            "error: the title `2026年9月7日-9月13日` says 2026-09-07 to 2026-09-13, the sheet's name `9.14-9.20` says 2026-09-14 to 2026-09-20: which week is meant?\nhint: correct the one that is wrong in the file",
        ),
    ] {
        assert_eq!(table.refusal(), words);
    }
}

#[test]
fn one_weekday_among_columns_is_no_week() {
    let refusal = table(&["周日", "合计"])
        .above("2026年9月7日-9月13日")
        .refusal();
    assert!(
        refusal.contains("no column has a day as its title"),
        "{refusal}"
    );
    let days = table(&["1", "2", "3", "周日"]).month("202609");
    assert_eq!(days.calendar().unwrap().days.len(), 3);
}

#[test]
fn the_columns_of_a_week_are_known_without_its_dates() {
    let table = week();
    assert_eq!(
        day_columns(&table.columns, &table.candidates, &table.rule),
        [2, 3, 4, 5, 6, 7, 8]
    );
}
