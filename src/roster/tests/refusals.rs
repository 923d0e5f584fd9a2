//! Each refusal, word for word.

use super::*;

#[test]
fn show() {
    let whole = || bare(1..=30);
    let wrap = || bare((26..=31).chain(1..=25));
    let tables = [
        ("r1 first", table(&["1"]).first_day(29)),
        ("pattern", table(&["1"]).pattern("第N天")),
        ("none", table(&["合计", "备注\n人"])),
        ("none none", table::<&str>(&[])),
        ("many", table(&bare(40..=60))),
        ("pat none", table(&["1", "2", "3"]).pattern("第{day}天")),
        ("dotted", table(&["9.8", "9.9", "9.1"])),
        ("lone", table(&["1", "合计"]).month("202609")),
        ("lone serial", table(&["46266", "9月2日"]).month("202609")),
        (
            "contra",
            table(&whole()).above("2026年9月排班表").sheet("2026年8月"),
        ),
        (
            "contra partial",
            table(&whole()).above("2026年9月排班表").sheet("八月"),
        ),
        (
            "contra partials",
            table(&whole()).above("9月排班表").sheet("八月"),
        ),
        (
            "contra job",
            table(&whole()).month("202609").sheet("2026年8月"),
        ),
        (
            "contra col",
            table(&["2026-08-01", "2", "3"]).month("202609"),
        ),
        (
            "contra full",
            table(&["2026-08-01", "2026-08-02"]).sheet("九月"),
        ),
        ("outside", table(&["8月26日", "9月1日"]).sheet("2026年9月")),
        ("outside2", table(&["8-1", "8-2"]).sheet("2026年10月")),
        (
            "outside26",
            table(&["8-25", "8-26"]).sheet("2026年9月").first_day(26),
        ),
        ("range", table(&wrap()).above("2026年8月26日-9月25日")),
        (
            "range26",
            table(&whole())
                .above("2026-09-01 ~ 2026-09-30")
                .first_day(26),
        ),
        (
            "range week",
            table(&["31", "1", "2"]).above("2026-08-31 ~ 2026-09-06"),
        ),
        ("nothing", table(&whole())),
        ("nothing26", table(&wrap()).first_day(26)),
        (
            "partial",
            table(&whole()).sheet("九月").weekdays("二三四五六日一"),
        ),
        ("partial col", table(&["9月1日", "9月2日"]).first_day(26)),
        ("twice", table(&["1", "2", "01"]).month("202609")),
        ("twice full", table(&["2026-09-01", "20260901"])),
        ("wrap", table(&wrap()).month("202609")),
        ("wrap 1", table(&bare(1..=31)).month("202609").first_day(26)),
        ("disorder", table(&["1", "3", "2"]).month("202609")),
        ("disorder full", table(&["2026-09-02", "2026-09-01"])),
        (
            "weekday all none",
            table(&whole())
                .month("202609")
                .weekdays("五六日一二三四五六日一二三四五六日一二三四五六日一二三四五六"),
        ),
        (
            "weekday last",
            table(&bare(1..=31))
                .month("202609")
                .weekdays("六日一二三四五六日一二三四五六日一二三四五六日一二三四五六日一"),
        ),
        (
            "weekday year",
            table(&whole())
                .sheet("2026年9月")
                .weekdays("一二三四五六日一二三四五六日一二三四五六日一二三四五六日一二"),
        ),
        (
            "weekday one",
            table(&["1 周二", "2 周三", "3 Wed"])
                .sheet("2026年9月")
                .weekdays("二三三"),
        ),
        ("weekday full", table(&["2026-09-01 Mon", "2026-09-02"])),
        ("weekday next", table(&["1 周四", "2(五)"]).month("202609")),
    ];
    for (name, table) in tables {
        println!("=== {name}\n{}", table.refusal());
    }
}
