//! Headers as offices write them, and the words in which a table that is no roster is refused.

use super::{comes_to, is_refused, office};
use crate::support::office::{Office, notices};
use crate::support::sheet::{Sheet, cells};

const SENT: [&str; 2] = ["e7 20260901 s1", "e7 20260903 s2"];

fn sheet() -> Sheet {
    Sheet::new("2026年9月")
}

#[test]
fn a_label_above_the_days_is_no_title_of_a_day() {
    for label in ["日期", "星期", "日", ""] {
        let sheet = sheet()
            .row(["工号", "姓名", label])
            .row(cells!["", "", 1, 2, 3])
            .row(["", "", "二", "三", "四"])
            .row(["007", "甲", "白", "", "夜"])
            .merged((0, 0), (1, 0))
            .merged((0, 2), (0, 4));
        comes_to(&office().sheets(&[sheet]), &SENT);
    }
    let text = "2026年9月,,,,\n工号,姓名,日期,,\n,,1,2,3\n007,甲,白,,夜\n";
    comes_to(&office().file("rows.csv", text), &SENT);
}

#[test]
fn two_lines_that_the_job_expects_are_joined_without_the_label_above_the_days() {
    let sheet = sheet()
        .row(["工号", "姓名", "日期"])
        .row(cells!["", "", 1, 2, 3])
        .row(["007", "甲", "白", "", "夜"])
        .merged((0, 2), (0, 4));
    let office = office().job("[input]", "[input]\nheader_rows = 2");
    comes_to(&office.sheets(&[sheet]), &SENT);
}

#[test]
fn weekdays_above_the_days_are_held_against_the_dates() {
    let above = |weekdays: [&str; 5]| {
        sheet()
            .row(weekdays)
            .row(cells!["工号", "姓名", 1, 2, 3])
            .row(["007", "甲", "白", "", "夜"])
    };
    let beside = |weekdays: [&str; 5]| {
        let mut upper = weekdays;
        (upper[0], upper[1]) = ("工号", "姓名");
        sheet()
            .row(upper)
            .row(cells!["", "", 1, 2, 3])
            .row(["007", "甲", "白", "", "夜"])
    };
    for sheets in [
        [
            above(["", "", "二", "三", "四"]),
            above(["", "", "三", "四", "五"]),
        ],
        [
            beside(["", "", "二", "三", "四"]),
            beside(["", "", "三", "四", "五"]),
        ],
    ] {
        let [right, wrong] = sheets;
        comes_to(&office().sheets(&[right]), &SENT);
        is_refused(
            &office().sheets(&[wrong]),
            &[],
            &["9月1日 is a Tuesday, the sheet says 周三"],
        );
    }
}

#[test]
fn what_did_not_succeed_under_such_a_header_is_read_again_under_it() {
    let sheet = sheet()
        .row(["工号", "姓名", "星期", "三", "四"])
        .row(cells!["", "", 1, 2, 3])
        .row(["007", "甲", "早般", "", "夜"]);
    let mut first = office().sheets(&[sheet]);
    let sent = first.send(&[]);
    assert_eq!(sent.items, [2, 1, 0, 1]);
    for name in ["failure.xlsx", "failure.csv"] {
        let bytes = std::fs::read(sent.folder.join(name)).unwrap();
        first = first.file(name, bytes);
        assert_eq!(first.plan(&[])["rejected"], 1, "{name}");
    }
}

#[test]
fn a_misspelt_title_of_the_id_is_named_with_the_one_that_is_meant_though_the_days_are_perfect() {
    let table = |title: &str| {
        sheet()
            .row(["2026年9月排班表"])
            .row(cells![title, 1, 2, 3, 4, 5, 6])
            .row(["007", "白", "", "", "", "", ""])
    };
    is_refused(
        &office().sheets(&[table("员工号")]),
        &[],
        &[
            "the header has `员工号` where `工号` is expected",
            "columns of the file: 员工号, and 6 days, `1` to `6`",
            "user_id = { column = \"员工号\", lookup = \"people\" }",
        ],
    );
    is_refused(
        &office().sheets(&[table("人员编码")]),
        &[],
        &[
            "the header lacks the column `工号`",
            "columns of the file: 人员编码, and 6 days, `1` to `6`",
            "if `人员编码` is meant, rename it to `工号`",
        ],
    );
}

#[test]
fn another_delimiter_is_named_whatever_stands_above_the_header() {
    for (mark, words) in [
        (";", "the cells are parted by `;`, not by `,`"),
        ("\t", "the cells are parted by tabs, not by `,`"),
        ("|", "the cells are parted by `|`, not by `,`"),
    ] {
        for id in ["工号", "人员编码"] {
            let text = format!("2026年9月排班表\n{id},1,2,3\n007,白,夜,\n").replace(',', mark);
            is_refused(
                &office().file("rows.csv", text),
                &[],
                &[words, "delimiter = "],
            );
        }
    }
    let text = "2026年9月排班表\r\n工号\t1\t2\t3\r\n007\t白\t夜\t\r\n";
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    is_refused(
        &office().file("rows.txt", bytes),
        &[],
        &["\"Unicode text\" as Excel saves it", "delimiter = \"\\t\""],
    );
}

#[test]
fn a_table_with_days_down_and_people_across_is_refused_as_what_it_is() {
    let turned = |corner: &str| {
        sheet()
            .row([corner, "张三", "李四"])
            .row(["1", "白", "夜"])
            .row(["2", "白", "夜"])
            .row(["3", "白", "夜"])
    };
    for corner in ["工号", "日期", ""] {
        is_refused(
            &office().sheets(&[turned(corner)]),
            &[],
            &[
                "the days stand below each other and the people beside each other",
                "Transpose",
            ],
        );
    }
    let long = sheet()
        .row(["工号", "日期", "班次"])
        .row(["007", "9月1日", "白"])
        .row(["007", "9月2日", "白"])
        .row(["007", "9月3日", "白"]);
    is_refused(
        &office().sheets(&[long]),
        &[],
        &["each line is one day of one person", "column B"],
    );
}

#[test]
fn tables_and_months_side_by_side_are_refused_as_what_they_are() {
    let tables = sheet()
        .row(cells!["工号", 1, 2, 3, "", "工号", 1, 2, 3])
        .row(["007", "白", "", "", "", "008", "夜", "", ""]);
    let months = sheet()
        .row(cells!["工号", 1, 2, 3, 1, 2, 3])
        .row(["007", "白", "", "", "", "008", "夜"]);
    for (table, what) in [
        (tables, "two tables are side by side"),
        (months, "several months side by side"),
    ] {
        is_refused(
            &office().sheets(&[table]),
            &[],
            &[what, "a sheet or a file of its own"],
        );
    }
    let text = "工号,1,2,3,工号,1,2,3\n007,白,,,008,夜,,\n";
    is_refused(
        &office().file("rows.csv", text),
        &[],
        &["two tables are side by side"],
    );
}

#[test]
fn a_column_that_only_counts_the_rows_is_no_column_of_days() {
    let sheet = Sheet::new("九月")
        .row(["序号", "工号", "第1天", "第2天"])
        .row(["1", "007", "白", ""])
        .row(["2", "008", "白", ""])
        .row(["3", "008", "", "白"]);
    let office = Office::new(super::JOB).job("\"地区\"", "\"序号\"").job(
        "[input.unpivot]",
        "[input.unpivot]\npattern = \"第{day}天\"\nmonth = \"202609\"",
    );
    let office = office.sheets(&[sheet]);
    assert_eq!(
        office.plan(&[])["items"],
        3,
        "{:?}",
        notices(&office.plan(&[]))
    );
}
