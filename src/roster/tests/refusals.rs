//! Each refusal, word for word.

use super::*;

fn refuses<const N: usize>(tables: [(Table, &str); N]) {
    for (table, text) in tables {
        assert_eq!(table.refusal(), text);
    }
}

fn whole() -> Vec<String> {
    bare(1..=30)
}

fn from_the_26th() -> Vec<String> {
    bare((26..=31).chain(1..=25))
}

#[test]
fn a_rule_that_cannot_be_meant_is_refused() {
    let mut beyond = table(&["1"]);
    beyond.rule.month = Some(YearMonth {
        year: 2026,
        month: 13,
    });
    refuses([
        (
            table(&["1"]).first_day(29),
            "error: first_day must be 1 to 28, it is 29\n  each month has these days",
        ),
        (
            beyond,
            "error: the month 202613 is not one of the years 2000 to 2099\nhint: write the month as yyyyMM, such as 202609",
        ),
        (
            table(&["1"]).pattern("第N天"),
            "error: the pattern `第N天` lacks {day}\nhint: write the title as it stands, with {day} for the number: pattern = \"第{day}天\"",
        ),
    ]);
}

#[test]
fn a_table_without_days_is_refused() {
    refuses([
        (
            table(&["合计", "备注\n人"]),
            "error: no column has a day as its title\n  columns: `合计`, `备注 人`\nhint: if days are written in another way, say how in [input.unpivot] of the job, such as pattern = \"第{day}天\"",
        ),
        (
            table::<&str>(&[]),
            "error: no column has a day as its title\n  the job uses all columns otherwise\nhint: if days are written in another way, say how in [input.unpivot] of the job, such as pattern = \"第{day}天\"",
        ),
        (
            table(&bare(40..=60)),
            "error: no column has a day as its title\n  columns: `40`, `41`, `42`, `43`, `44`, `45`, `46`, `47`, `48`, `49` and 11 more\nhint: if days are written in another way, say how in [input.unpivot] of the job, such as pattern = \"第{day}天\"",
        ),
        (
            table(&["1", "2", "3"]).pattern("第{day}天"),
            "error: no column has a day as its title\n  columns: `1`, `2`, `3`\nhint: correct `pattern` in [input.unpivot] of the job, it is `第{day}天`",
        ),
        (
            table(&["9.8", "9.9", "9.1"]),
            "error: no column has a day as its title\n  columns: `9.8`, `9.9`, `9.1`\n  titles such as `9.1` are days only if all are, at least 3, one day after the other\n  a cell that holds the number 9.10 shows `9.1`\nhint: write the days as text: `9月1日`, `9月10日`",
        ),
    ]);
}

#[test]
fn a_number_that_may_be_anything_is_refused() {
    refuses([
        (
            table(&["1", "合计"]).month("202609"),
            "error: the column `1` may be a day or something else\n  numbers are read as days only if there are at least 3 columns of days\nhint: if it is a day, say in [input.unpivot] of the job: pattern = \"{day}\"",
        ),
        (
            table(&["46266", "9月2日"]).month("202609"),
            "error: the column `46266` may be a day or something else\n  numbers are read as days only if there are at least 3 columns of days\nhint: if it is a day, write its title as a date, such as 2026-09-01",
        ),
    ]);
}

#[test]
fn places_that_say_different_months_are_refused() {
    refuses([
        (
            table(&whole()).above("2026年9月排班表").sheet("2026年8月"),
            "error: the title `2026年9月排班表` says September 2026, the sheet's name `2026年8月` says August 2026: which month is meant?\nhint: correct the one that is wrong in the file",
        ),
        (
            table(&whole()).above("2026年9月排班表").sheet("八月"),
            "error: the title `2026年9月排班表` says September 2026, the sheet's name `八月` says August: which month is meant?\nhint: correct the one that is wrong in the file",
        ),
        (
            table(&whole()).above("9月排班表").sheet("八月"),
            "error: the title `9月排班表` says September, the sheet's name `八月` says August: which month is meant?\nhint: correct the one that is wrong in the file",
        ),
        (
            table(&whole()).month("202609").sheet("2026年8月"),
            "error: the job or --set says September 2026, the sheet's name `2026年8月` says August 2026: is this the right file?\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
        (
            table(&["2026-08-01", "2", "3"]).month("202609"),
            "error: the job or --set says September 2026, the column `2026-08-01` says August 2026: is this the right file?\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
        (
            table(&["2026-08-01", "2026-08-02"]).sheet("九月"),
            "error: the column `2026-08-01` says August 2026, the sheet's name `九月` says September: which month is meant?\nhint: correct the one that is wrong in the file",
        ),
    ]);
}

#[test]
fn a_day_outside_the_period_is_refused() {
    refuses([
        (
            table(&["8月26日", "9月1日"]).sheet("2026年9月"),
            "error: the column `8月26日` is not in the period 2026-09-01 to 2026-09-30: which of the two is right?\n  the month 202609 (September 2026) is known by the sheet's name `2026年9月`\nhint: if the table goes from the 26th of a month to the 25th of the next, say in [input.unpivot] of the job: first_day = 26",
        ),
        (
            table(&["8-1", "8-2"]).sheet("2026年10月"),
            "error: the column `8-1` is not in the period 2026-10-01 to 2026-10-31: which of the two is right?\n  the month 202610 (October 2026) is known by the sheet's name `2026年10月`\nhint: correct the one that is wrong in the file",
        ),
        (
            table(&["8-25", "8-26"]).sheet("2026年9月").first_day(26),
            "error: the column `8-25` is not in the period 2026-08-26 to 2026-09-25: which of the two is right?\n  the month 202609 (September 2026) is known by the sheet's name `2026年9月`\nhint: correct the one that is wrong in the file",
        ),
    ]);
}

#[test]
fn a_range_that_is_no_period_is_refused() {
    refuses([
        (
            table(&bare(26..=31))
                .above("8月26日-9月25日")
                .sheet("2026年9月"),
            "error: the title `8月26日-9月25日` is not one period of the job\n  a period is a calendar month, as first_day is 1\nhint: if the table goes from the 26th of a month to the 25th of the next, say in [input.unpivot] of the job: first_day = 26",
        ),
        (
            table(&from_the_26th()).above("2026年8月26日-9月25日"),
            "error: the title `2026年8月26日-9月25日` is not one period of the job\n  a period is a calendar month, as first_day is 1\nhint: if the table goes from the 26th of a month to the 25th of the next, say in [input.unpivot] of the job: first_day = 26",
        ),
        (
            table(&whole())
                .above("2026-09-01 ~ 2026-09-30")
                .first_day(26),
            "error: the title `2026-09-01 ~ 2026-09-30` is not one period of the job\n  a period begins on the 26th\nhint: if the table holds a calendar month, say in [input.unpivot] of the job: first_day = 1",
        ),
        (
            table(&["31", "1", "2"]).above("2026-08-31 ~ 2026-09-06"),
            "error: the title `2026-08-31 ~ 2026-09-06` is not one period of the job\n  a period is a calendar month, as first_day is 1\nhint: write the full date of each day into the title of its column",
        ),
    ]);
}

#[test]
fn a_month_that_nothing_says_is_refused() {
    refuses([
        (
            table(&whole()),
            "error: the month of the days is not known\n  neither the job, nor the lines above the header, nor the sheet's name, nor the titles of the columns say it\nhint: say it: --set month=202609 (yyyyMM)",
        ),
        (
            table(&from_the_26th()).first_day(26),
            "error: the month of the days is not known\n  neither the job, nor the lines above the header, nor the sheet's name, nor the titles of the columns say it\nhint: say it: --set month=202609 (yyyyMM of the month in which the period ends)",
        ),
    ]);
}

#[test]
fn a_year_that_nothing_says_though_weekdays_may_hint_at_it_is_refused() {
    refuses([
        (
            table(&whole()).sheet("九月").weekdays("二三四五六日一"),
            "error: the year of the days is not known\n  the sheet's name `九月` says September, but no year\nhint: say it with the month, such as --set month=202609 for September 2026 (yyyyMM)",
        ),
        (
            table(&["9月1日", "9月2日"]).first_day(26),
            "error: the year of the days is not known\n  the column `9月1日` says September, but no year\nhint: say it with the month, such as --set month=202609 for September 2026 (yyyyMM of the month in which the period ends)",
        ),
    ]);
}

#[test]
fn a_day_that_comes_twice_is_refused() {
    refuses([
        (
            table(&["1", "2", "01"]).month("202609"),
            "error: the columns `1` and `01` are both 9月1日\n  the month 202609 (September 2026) is known by the job or --set\nhint: keep one column for each day",
        ),
        (
            table(&["2026-09-01", "20260901"]),
            "error: the columns `2026-09-01` and `20260901` are both 9月1日\n  the title of each day is its full date\nhint: keep one column for each day",
        ),
    ]);
}

#[test]
fn days_that_do_not_ascend_are_refused() {
    refuses([
        (
            table(&from_the_26th()).month("202609"),
            "error: the days are not in order: `1` (9月1日) comes after `31` (9月31日)\n  the month 202609 (September 2026) is known by the job or --set\nhint: if the table goes from the 26th of a month to the 25th of the next, say in [input.unpivot] of the job: first_day = 26",
        ),
        (
            table(&bare(1..=31)).month("202609").first_day(26),
            "error: the days are not in order: `26` (8月26日) comes after `25` (9月25日)\n  the month 202609 (September 2026) is known by the job or --set\nhint: if the table holds a calendar month, say in [input.unpivot] of the job: first_day = 1",
        ),
        (
            table(&["1", "3", "2"]).month("202609"),
            "error: the days are not in order: `2` (9月2日) comes after `3` (9月3日)\n  the month 202609 (September 2026) is known by the job or --set\nhint: put the columns into the order of their days",
        ),
        (
            table(&["2026-09-02", "2026-09-01"]),
            "error: the days are not in order: `2026-09-01` (9月1日) comes after `2026-09-02` (9月2日)\n  the title of each day is its full date\nhint: put the columns into the order of their days",
        ),
    ]);
}

#[test]
fn weekdays_that_are_not_those_of_the_dates_are_refused() {
    refuses([
        (
            table(&whole())
                .month("202609")
                .weekdays("五六日一二三四五六日一二三四五六日一二三四五六日一二三四五六"),
            "error: 9月1日 is a Tuesday, the sheet says 周五: is this another month's file?\n  column `1`; the month 202609 (September 2026) is known by the job or --set\n  30 of 30 days disagree\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
        (
            table(&bare(1..=31))
                .month("202609")
                .weekdays("六日一二三四五六日一二三四五六日一二三四五六日一二三四五六日一"),
            "error: 9月1日 is a Tuesday, the sheet says 周六: is this last month's file?\n  column `1`; the month 202609 (September 2026) is known by the job or --set\n  30 of 30 days disagree\n  all weekdays of the sheet fit 202608\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
        (
            table(&whole())
                .sheet("2026年9月")
                .weekdays("一二三四五六日一二三四五六日一二三四五六日一二三四五六日一二"),
            "error: 9月1日 is a Tuesday, the sheet says 周一: is this last year's file?\n  column `1`; the month 202609 (September 2026) is known by the sheet's name `2026年9月`\n  30 of 30 days disagree\n  all weekdays of the sheet fit 202509\nhint: correct the month or the weekdays in the file, whichever is wrong",
        ),
        (
            table(&["1 周二", "2 周三", "3 Wed"])
                .sheet("2026年9月")
                .weekdays("二三三"),
            "error: 9月3日 is a Thursday, the sheet says Wednesday\n  column `3 Wed`; the month 202609 (September 2026) is known by the sheet's name `2026年9月`\n  1 of 3 days disagrees\nhint: correct the month or the weekdays in the file, whichever is wrong",
        ),
        (
            table(&["2026-09-01 Mon", "2026-09-02"]),
            "error: 9月1日 is a Tuesday, the sheet says Monday\n  column `2026-09-01 Mon`; the title of each day is its full date\n  1 of 1 days disagrees\nhint: correct the dates or the weekdays in the file, whichever is wrong",
        ),
        (
            table(&["1 周四", "2(五)"]).month("202609"),
            "error: 9月1日 is a Tuesday, the sheet says 周四: is this next month's file?\n  column `1 周四`; the month 202609 (September 2026) is known by the job or --set\n  2 of 2 days disagree\n  all weekdays of the sheet fit 202610\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM",
        ),
    ]);
}

#[test]
fn several_months_side_by_side_are_refused_with_what_to_do() {
    let both: Vec<String> = (1..=31)
        .map(|day| format!("8月{day}日"))
        .chain((1..=30).map(|day| format!("9月{day}日")))
        .collect();
    let words = "error: the header holds the days of several months side by side: 61 columns from `8月1日` to `9月30日`\n  a roster is of one month, or of a period that is no longer\nhint: give each month a sheet or a file of its own; or title each day with its full date, such as 2026-09-01, and say no month";
    refuses([
        (table(&both), words),
        (table(&both).month("202609"), words),
        (table(&both).above("2026年9月排班表"), words),
    ]);
    let full: Vec<String> = both.iter().map(|title| format!("2026年{title}")).collect();
    assert!(
        table(&full).calendar().is_ok(),
        "each day has its full date"
    );
    assert!(
        table(&full)
            .month("202609")
            .refusal()
            .contains("several months side by side")
    );
}
