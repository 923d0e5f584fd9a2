//! The name beside a number is not sent, but it tells when the number is somebody else's.

use super::{comes_to, is_refused, office, september};
use crate::support::office::{Office, rejections};
use crate::support::sheet::{Put, Sheet, cells};

/// Persons of a table with numbers and names.
const PEOPLE: &str = "工号,姓名,用户ID,备注\n001,王芳,e1,\n002,李娜,e2,\n003,张伟,e3,\n004,刘洋,e4,\n005,陈杰,e5,\n006,杨敏,e6,调岗\n";

/// The job that finds people in that table.
fn with_people() -> Office {
    office()
        .job(
            "words = { \"007\" = \"e7\", \"008\" = \"e8\", \"110101199003071234\" = \"e9\" }",
            "file = \"people.csv\"\nkeys = [\"工号\"]\nvalue = \"用户ID\"",
        )
        .file("jobs/people.csv", PEOPLE)
}

/// A roster of these numbers and names, everybody on the first of the month.
fn roster(people: &[(&str, &str)]) -> Sheet {
    let sheet = Sheet::new("2026年9月").row(cells!["工号", "姓名", 1, 2, 3]);
    people.iter().fold(sheet, |sheet, (number, name)| {
        sheet.row([*number, *name, "白", "夜", ""])
    })
}

#[test]
fn a_name_that_contradicts_its_number_rejects_its_row_and_names_both() {
    let sheet = roster(&[("001", "王芳"), ("002", "张伟"), ("003", "张伟")]);
    comes_to(
        &with_people().sheets(&[sheet]),
        &[
            "2026年9月!B3: 姓名 `张伟`: contradicts 工号 (工号 `002` is `李娜` in the lookup `people`) x2",
            "e1 20260901 s1",
            "e1 20260902 s2",
            "e3 20260901 s1",
            "e3 20260902 s2",
        ],
    );
}

#[test]
fn a_title_that_is_spaced_out_is_compared_all_the_same() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "姓 名", 1, 2, 3])
        .row(["001", "张伟", "白", "", ""])
        .row(["003", "张伟", "白", "", ""]);
    let ignored = with_people().job("ignore = [", "ignore = [\"姓 名\", ");
    comes_to(
        &ignored.sheets(&[sheet]),
        &[
            "2026年9月!B2: 姓 名 `张伟`: contradicts 工号 (工号 `001` is `王芳` in the lookup `people`)",
            "e3 20260901 s1",
        ],
    );
}

#[test]
fn a_column_of_numbers_that_was_sorted_alone_refuses_the_file() {
    let sorted = roster(&[
        ("001", "李娜"),
        ("002", "张伟"),
        ("003", "王芳"),
        ("004", "刘洋"),
        ("005", "陈杰"),
        ("006", "杨敏"),
    ]);
    let office = with_people().sheets(&[sorted]);
    let said = office.on_job("check", &[]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    for part in [
        "3 of 6 rows name somebody else than their ids do, so nothing was sent",
        "the first is 2026年9月!B2: 姓名 `李娜`: contradicts 工号 (工号 `001` is `王芳`",
        "sorted without the others",
    ] {
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    let run = office.on_job("run", &["--yes"]);
    assert_eq!(run.exit, 2, "{}", run.stderr);
    assert_eq!(office.days(), [""; 0]);
}

#[test]
fn two_wrong_names_are_mistakes_of_their_rows_and_the_others_are_sent() {
    let office =
        with_people().sheets(&[roster(&[("001", "李娜"), ("002", "王芳"), ("003", "张伟")])]);
    let sent = office.send(&[]);
    assert_eq!(sent.items, [6, 2, 0, 4]);
    assert_eq!(office.days(), ["e3 20260901 s1", "e3 20260902 s2"]);
}

#[test]
fn spaces_width_a_remark_in_brackets_and_a_missing_name_are_no_contradiction() {
    let sheet = roster(&[
        ("001", "王  芳"),
        ("002", "李\u{3000}娜 "),
        ("003", "张伟（班长）"),
        ("004", ""),
    ]);
    let office = with_people().sheets(&[sheet]);
    assert_eq!(rejections(&office.plan(&[])), [""; 0]);
}

#[test]
fn whatever_the_table_does_not_know_and_remarks_of_the_sheet_stay_ignored() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "地区", "备注", 1, 2, 3])
        .row(cells!["006", "华东", "周末值班", "白", "", Put::Nothing]);
    let office = with_people()
        .job(
            "ignore = [\"姓名\", \"地区\"]",
            "ignore = [\"姓名\", \"地区\", \"备注\"]",
        )
        .sheets(&[sheet]);
    comes_to(&office, &["e6 20260901 s1"]);
}

#[test]
fn a_number_beside_a_name_is_the_same_without_its_zeros() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["姓名", "工号", 1, 2, 3])
        .row(cells!["王芳", 1, "白", "", ""])
        .row(cells!["李娜", 3, "白", "", ""]);
    let office = with_people()
        .job("ignore = [\"姓名\", \"地区\"]", "ignore = [\"工号\"]")
        .job("column = \"工号\"", "column = \"姓名\"")
        .job("keys = [\"工号\"]", "keys = [\"姓名\"]")
        .sheets(&[sheet]);
    comes_to(
        &office,
        &[
            "2026年9月!B3: 工号 `3`: contradicts 姓名 (姓名 `李娜` is `002` in the lookup `people`)",
            "e1 20260901 s1",
        ],
    );
}

#[test]
fn whose_name_it_is_when_a_row_speaks_of_two_people_is_said_by_the_key_alone() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "姓名", "操作人", 1, 2, 3])
        .row(["001", "王芳", "002", "白", "", ""]);
    let office = with_people()
        .job(
            "operator_id   = \"dd31248a\"",
            "operator_id = { column = \"操作人\", lookup = \"people\" }",
        )
        .sheets(&[sheet]);
    comes_to(&office, &["e1 20260901 s1"]);
}

#[test]
fn an_unknown_number_is_told_as_one_and_not_as_a_contradiction() {
    let office = with_people().sheets(&[september().row(["009", "白", "", ""])]);
    assert_eq!(
        office.plan(&[])["rejections"][0]["rule"],
        "row.lookup-unknown"
    );
    is_refused(
        &with_people()
            .job("value = \"用户ID\"", "value = \"姓名ID\"")
            .sheets(&[september()]),
        &[],
        &["there is no column `姓名ID`"],
    );
}

#[test]
fn a_failure_report_of_nothing_but_wrong_names_is_rejected_row_by_row() {
    let office =
        with_people().sheets(&[roster(&[("001", "李娜"), ("002", "王芳"), ("003", "张伟")])]);
    let sent = office.send(&[]);
    for name in ["failure.csv", "failure.xlsx"] {
        std::fs::copy(sent.folder.join(name), office.path(name)).unwrap();
    }
    let office = office.input("failure.csv");
    assert_eq!(office.plan(&[])["rejected"], 4);
    assert_eq!(office.input("failure.xlsx").plan(&[])["rejected"], 4);
}
