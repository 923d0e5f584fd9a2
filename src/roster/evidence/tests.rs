//! Texts above tables and names of sheets, and what each of them says.

use super::*;

fn in_words(says: Says) -> String {
    match says {
        Says::Month(month) => month.to_string(),
        Says::MonthOnly(month) => format!("month {month}"),
        Says::Range(first, last, Year::Said) => format!("{first} to {last}"),
        Says::Range(..) => "a range".to_owned(),
        Says::Either(..) => "one of two".to_owned(),
    }
}

fn above(text: &str, first_day: i8) -> String {
    let found: Vec<_> = in_line_above(text, first_day)
        .into_iter()
        .map(in_words)
        .collect();
    found.join(", ")
}

#[test]
fn months_and_ranges_above_a_table_are_evidence() {
    for (text, says) in [
        ("2026年9月", "202609"),
        ("某某公司 2026 年 09 月份考勤排班表", "202609"),
        ("２０２６年９月排班表", "202609"),
        ("2026年九月份", "202609"),
        ("二〇二六年十二月", "202612"),
        ("26年9月排班", "202609"),
        ("2026-09", "202609"),
        ("月份：2026/9", "202609"),
        ("2026.09 排班", "202609"),
        ("September 2026", "202609"),
        ("Roster, Sep. 2026", "202609"),
        ("2026 Sep", "202609"),
        ("九月", "month 9"),
        ("9月排班表", "month 9"),
        ("9月1车间排班表", "month 9"),
        ("统计日期: 2017-11-01 ~ 2017-11-10", "201711"),
        (
            "统计日期：2017-11-01 至 2017-11-10 生成时间：2017-12-11 10:00",
            "201711",
        ),
        ("2026年9月1日-2026年9月30日", "202609"),
        ("2026年9月1日至30日", "202609"),
        ("2026.9.1-9.30", "202609"),
        ("20260901-20260930", "202609"),
        ("1 Sep 2026 to 30 Sep 2026", "202609"),
        ("2026年9月1日——9月30日", "202609"),
        ("2026-09-01 ~ 2026-09-01", "202609"),
        ("9月1日-9月30日", "month 9"),
        ("2月1日-2月29日", "month 2"),
        ("第二〇二六年一月", "202601"),
        ("8月26日-9月25日", "a range"),
        ("2026年8月26日-9月25日", "2026-08-26 to 2026-09-25"),
        ("2025年12月26日-1月25日", "2025-12-26 to 2026-01-25"),
        ("2026年8月、2026年9月", "202608, 202609"),
    ] {
        assert_eq!(above(text, 1), says, "{text}");
    }
}

#[test]
fn single_days_long_ranges_and_other_numbers_are_none() {
    for text in [
        "",
        "制表日期: 2026-08-28",
        "2026年8月28日制表",
        "制表：2026/8/28 10:00",
        "20260828",
        "9月25日前提交",
        "1 Sep 2026",
        "Sep 1, 2026",
        "2026 Sep 5",
        "2026",
        "2026年排班表",
        "2025-2026学年",
        "合同期 2026-01-01 ~ 2026-12-31",
        "2026-09-30 ~ 2026-09-01",
        "部门编码 202605",
        "13月",
        "三个月",
        "12个月",
        "周一月报",
        "may 3 people",
        "版本 1.9",
    ] {
        assert_eq!(above(text, 1), "", "{text}");
    }
}

#[test]
fn a_month_without_its_year_counts_alone_or_with_a_word_of_such_tables() {
    for (text, says) in [
        ("9月", "month 9"),
        ("（九月份）", "month 9"),
        ("2026年度9月份", "month 9"),
        ("9 月 排 班 表", "month 9"),
        ("9月 排班", "month 9"),
        ("值班安排：9月", "month 9"),
        ("9月夜班 三车间", "month 9"),
        ("9月考勤", "month 9"),
        ("月份：9月", "month 9"),
        ("9月 Roster", "month 9"),
        ("Shift Schedule 9月", "month 9"),
        ("日期：9月1日-9月30日", "month 9"),
        ("9月 某某门店", ""),
        ("9月 40人", ""),
        ("入职 9月", ""),
        ("9月 team A", ""),
        ("国庆放假 10月1日-10月7日", ""),
        ("春节放假：1月28日-2月3日", ""),
        ("2026年9月 某某门店", "202609"),
        ("某某门店 September 2026", "202609"),
    ] {
        assert_eq!(above(text, 1), says, "{text}");
    }
}

#[test]
fn a_month_of_something_else_is_none() {
    for (text, says) in [
        ("8月结余", ""),
        ("上月结余", ""),
        ("8月加班结余", ""),
        ("8月考勤结余：3天", ""),
        ("八月份剩餘年假", ""),
        ("2026年8月结余", ""),
        ("截至2026年8月累计", ""),
        ("请于8月底前提交排班表", ""),
        ("8月底前提交排班表", ""),
        ("自2026年5月起执行新班次", ""),
        ("2026年9月排班表（8月结余见备注）", "202609"),
        ("2026年9月排班表\n8月结余：3天", "202609"),
        ("8月结余 2026年9月排班表", "202609"),
        ("9月排班表，含上月结余", "month 9"),
        ("9月排班表含上月结余", "month 9"),
        ("9月 (含上月结余)排班", "month 9"),
        ("关于2026年9月排班的通知", "202609"),
        ("9月前台排班表", "month 9"),
    ] {
        assert_eq!(above(text, 1), says, "{text}");
    }
}

#[test]
fn a_range_counts_by_the_periods_of_the_job() {
    assert_eq!(above("2026年8月26日-9月25日", 26), "202609");
    assert_eq!(above("8月26日-9月25日", 26), "month 9");
    assert_eq!(above("2025年12月26日至1月25日", 26), "202601");
    assert_eq!(
        above("2026-09-01 ~ 2026-09-30", 26),
        "2026-09-01 to 2026-09-30"
    );
}

#[test]
fn the_name_of_a_sheet_is_evidence_too() {
    let sheet = |name: &str| {
        let head = Head {
            sheet: Some(name.to_owned()),
            ..Head::default()
        };
        let found: Vec<_> = around(&head, 1)
            .into_iter()
            .map(|evidence| in_words(evidence.says))
            .collect();
        found.join(", ")
    };
    for (name, says) in [
        ("2026-09", "202609"),
        ("202609", "202609"),
        ("202609排班", "202609"),
        ("202608-202609", "202608, 202609"),
        ("202609 九月", "202609, month 9"),
        ("2026年9月", "202609"),
        ("九月", "month 9"),
        ("9月 (2)", "month 9"),
        ("Sep", "month 9"),
        ("May", "month 5"),
        ("September 2026", "202609"),
        ("Sheet1", ""),
        ("9", ""),
        ("20260901", ""),
        ("排班", ""),
    ] {
        assert_eq!(sheet(name), says, "{name}");
    }
}
