//! Lines of a sheet that are not its rows: what is left alone and told, what refuses the file, and what is still a person.

use super::{JOB, comes_to, is_refused, office, september};
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Put, Sheet, cells};

/// The lines that were left alone, as the notice says.
fn left_alone(office: &Office) -> String {
    let told = notices(&office.plan(&[]));
    let found = told
        .into_iter()
        .find(|notice| notice.contains("left alone"));
    found.unwrap_or_default()
}

#[test]
fn a_second_table_with_other_days_below_the_first_refuses_the_file() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(cells!["工号", 16, 17, 18])
        .row(["007", "夜", "", ""]);
    is_refused(
        &office().sheets(&[sheet]),
        &[],
        &[
            "another table begins in line 4",
            "Sheet1!A4 holds `工号`, which is the title of a column",
        ],
    );
}

#[test]
fn a_second_table_whose_first_column_is_called_otherwise_is_known_by_its_days() {
    for days in [
        cells!["员工", 16, 17, 18],
        cells!["员工", "9月16日", "9月17日", "9月18日"],
        vec![
            Put::from("员工"),
            Put::Date(2026, 10, 1),
            Put::Date(2026, 10, 2),
            Put::Date(2026, 10, 3),
        ],
        cells!["", 4, 5, 6],
    ] {
        let sheet = september()
            .row(["007", "白", "", ""])
            .row(days)
            .row(["007", "夜", "", ""]);
        is_refused(
            &office().sheets(&[sheet]),
            &[],
            &[
                "another table begins in line 4",
                "from Sheet1!B4 on its cells are days",
            ],
        );
    }
}

#[test]
fn a_title_of_another_month_among_the_rows_refuses_the_file_and_one_of_the_same_month_does_not() {
    let sheet = |title: &str| {
        september()
            .row(["007", "白", "", ""])
            .row([title])
            .row(cells!["工号", 1, 2, 3])
            .row(["008", "夜", "", ""])
    };
    for title in ["2026年10月排班表", "10月排班表", "2025年9月"] {
        is_refused(
            &office().sheets(&[sheet(title)]),
            &[],
            &[
                "another table begins in line 4",
                "says another month",
                title,
            ],
        );
    }
    for title in ["2026年9月排班表", "9月", "二店排班"] {
        comes_to(
            &office().sheets(&[sheet(title)]),
            &["e7 20260901 s1", "e8 20260901 s2"],
        );
    }
}

#[test]
fn a_remark_on_the_next_month_below_the_last_row_refuses_nothing() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(["10月排班表另行通知"]);
    let office = office().sheets(&[sheet]);
    comes_to(&office, &["e7 20260901 s1"]);
    assert!(left_alone(&office).contains("10月排班表另行通知"));
}

#[test]
fn a_repeated_header_with_the_weekdays_of_another_month_refuses_the_file() {
    let sheet = |weekdays: [&str; 4]| {
        september()
            .row(["", "二", "三", "四"])
            .row(["007", "白", "", ""])
            .row(cells!["工号", 1, 2, 3])
            .row(weekdays)
            .row(["008", "夜", "", ""])
    };
    is_refused(
        &office().sheets(&[sheet(["", "四", "五", "六"])]),
        &[],
        &[
            "another table begins in line 6",
            "Sheet1!B6 says `四`, which the day `1` of the header is not",
        ],
    );
    comes_to(
        &office().sheets(&[sheet(["星期", "二", "三", "四"])]),
        &["e7 20260901 s1", "e8 20260901 s2"],
    );
}

#[test]
fn two_csv_files_joined_with_their_columns_in_another_order_are_refused() {
    let text = "2026年9月,,,,\n工号,姓名,1,2,3\n007,甲,白,,\n姓名,工号,1,2,3\n乙,008,夜,,\n";
    is_refused(
        &office().file("rows.csv", text),
        &[],
        &["another table begins in line 4", "line 4 holds `工号`"],
    );
    // The second month has a day more.
    let text = "2026年9月,,,\n工号,1,2,3\n007,白,,\n工号,1,2,3,4\n008,夜,,,\n";
    is_refused(
        &office().file("rows.csv", text),
        &[],
        &["another table begins in line 4"],
    );
}

#[test]
fn two_lists_joined_with_their_columns_in_another_order_are_refused_without_a_lookup_too() {
    let office = Office::shipped("shift-schedule").file(
        "rows.csv",
        "user_id,group_id,shift_id,month,day_no\nu1,g1,s1,202609,1\n\
         group_id,user_id,shift_id,month,day_no\ng1,u2,s1,202609,1\n",
    );
    is_refused(
        &office,
        &[],
        &["another table begins in line 3", "line 3 holds `user_id`"],
    );
    // The same header again is left alone.
    let office = office.file(
        "rows.csv",
        "user_id,group_id,shift_id,month,day_no\nu1,g1,s1,202609,1\n\
         user_id,group_id,shift_id,month,day_no\nu2,g1,s1,202609,1\n",
    );
    let plan = office.plan(&[]);
    assert_eq!((&plan["rows"], &plan["items"]), (&2.into(), &2.into()));
    assert!(left_alone(&office).ends_with("line 3 (user_id)"));
}

#[test]
fn departments_sums_signatures_and_legends_are_left_alone_and_told_in_one_notice() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "姓名", 1, 2, 3])
        .row(["【内科】"])
        .row(["007", "甲", "白", "休", "夜"])
        .row(["小计", "", "1", "0", "1"])
        .row(["外科"])
        .row(["008", "乙", "夜", "夜", "休"])
        .row(["", "合计", "2", "1", "1"])
        .row(["白", "8:00-17:00", "夜", "20:00-8:00"])
        .row(["图例：", "白", "夜"])
        .row(["制表人：张三", "", "审核：李四", "日期：2026年9月1日"])
        .row(["白=8:00-17:00", "", "夜=20:00-8:00"])
        .row(["备注：周末照常上班"])
        .merged((1, 0), (1, 4))
        .merged((11, 0), (11, 4));
    let office = office().sheets(&[sheet]);
    comes_to(
        &office,
        &[
            "e7 20260901 s1",
            "e7 20260902 0",
            "e7 20260903 s2",
            "e8 20260901 s2",
            "e8 20260902 s2",
            "e8 20260903 0",
        ],
    );
    assert_eq!(office.plan(&[])["rows"], 2);
    assert_eq!(
        left_alone(&office),
        "9 lines are not rows of the table and were left alone: line 2 (【内科】), line 4 (小计), line 5 (外科), \
         line 7 (合计), line 8 (白), line 9 (图例：), line 10 (制表人：张三), line 11 (白=8:00-17:00), line 12 (备注：周末照常上班)"
    );
}

#[test]
fn a_line_that_may_be_a_person_is_rejected_and_never_left_alone() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "姓名", 1, 2, 3])
        .row(["0999", "新人", "白", "", ""])
        .row(["", "无号", "白", "", ""])
        .row(["0999", "备注：新人", "", "夜", ""])
        .row(["", "", "白", "", ""])
        .row(["白", "夜", "", "", "白"])
        .row(["王芳", "", "", "白", ""])
        .row(cells!["0998", "甲", "1", "2", "3"])
        .row(["007", "小计", "白", "", ""]);
    let job = JOB.replace(
        "\"3\" = \"s6\"",
        "\"1\" = \"s6\", \"2\" = \"s6\", \"3\" = \"s6\"",
    );
    let office = Office::new(&job).sheets(&[sheet]);
    let plan = office.plan(&[]);
    assert_eq!(left_alone(&office), "");
    assert_eq!(plan["rows"], 8);
    assert_eq!(plan["items"], 1);
    assert_eq!(rejections(&plan).len(), 7, "{:?}", rejections(&plan));
}

#[test]
fn in_a_list_a_sum_is_left_alone_only_where_its_key_cell_cannot_be_an_id() {
    let header = "member_id,start_time,end_time,f1\n";
    let office = Office::shipped("archive-report").file(
        "rows.csv",
        format!("{header}u1,20261001,20261031,3\n合计,,,3\n,,,3\ntotal,,,3\n制表：张三,,,\n"),
    );
    let plan = office.plan(&[]);
    assert_eq!(
        left_alone(&office),
        "2 lines are not rows of the table and were left alone: line 3 (合计), line 6 (制表：张三)"
    );
    let lines = rejections(&plan);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("line 4"), "{lines:?}");
    assert!(lines[1].starts_with("line 5"), "{lines:?}");
}

#[test]
fn a_row_that_was_cut_off_is_rejected_and_never_taken_for_something_else() {
    let text = "2026年9月,,,,\n工号,姓名,1,2,3\n007,甲,白,,\n王";
    let office = office().file("rows.csv", text);
    assert_eq!(left_alone(&office), "");
    let lines = rejections(&office.plan(&[]));
    assert!(
        lines[0].starts_with("line 4: the row has not as many cells"),
        "{lines:?}"
    );
}

#[test]
fn a_sum_behind_the_department_that_is_merged_over_it_is_left_alone() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["地区", "工号", 1, 2, 3])
        .row(["内科", "007", "白", "", ""])
        .row(["", "小计", "1", "", ""])
        .merged((1, 0), (2, 0));
    comes_to(&office().sheets(&[sheet]), &["e7 20260901 s1"]);
}

#[test]
fn the_total_at_the_end_of_a_sum_line_makes_no_remark_a_number() {
    let sheet = september()
        .row(["007", "白", "", "夜", "", "下月离职"])
        .row(["合计（天）", "1", "", "1", "", "2"]);
    comes_to(
        &office().sheets(&[sheet]),
        &["e7 20260901 s1", "e7 20260903 s2"],
    );
}

#[test]
fn a_remark_beside_the_table_is_told_and_its_row_is_sent() {
    let sheet = |remark: &str, more: &str| {
        september()
            .row(["007", "白", "", "夜", "", remark])
            .row(["008", "", "夜", "", more])
    };
    let sent = ["e7 20260901 s1", "e7 20260903 s2", "e8 20260902 s2"];
    let office = office().sheets(&[sheet("下月离职", "")]);
    comes_to(&office, &sent);
    assert_eq!(
        notices(&office.plan(&[]))[1],
        "1 remark beside the table, in a column without a title, is not sent: F3 `下月离职`"
    );
    // A word of the job, a number, or many of them may be a column that lost its title.
    for (remark, more) in [("早班", ""), ("8", ""), ("休", ""), ("离职", "调岗")] {
        let office = super::office().sheets(&[sheet(remark, more)]);
        let lines = rejections(&office.plan(&[]));
        assert!(
            lines[0].contains("a value stands in a column without a name"),
            "{lines:?}"
        );
    }
    let text = "2026年9月,,,,\n工号,1,2,3,\n007,白,,夜,下月离职\n008,,夜,,\n";
    let office = super::office().file("rows.csv", text);
    comes_to(&office, &sent);
    let told = notices(&office.plan(&[]));
    assert!(
        told.iter()
            .any(|told| told.ends_with("is not sent: line 3 `下月离职`")),
        "{told:?}"
    );
}
