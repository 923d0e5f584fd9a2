//! Who a row is about, and what the cells of its days hold.

use super::{JOB, comes_to, days, office, september};
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Put, Sheet, cells};

#[test]
fn a_region_and_a_branch_before_the_number_are_columns_like_others() {
    let mut header = cells!["地区", "网点", "工号"];
    header.extend(days(31));
    let mut row = cells!["华东", "静安店", "007"];
    row.extend((1..=31).map(|day| Put::from(if day < 31 { "白" } else { "" })));
    let sheet = Sheet::new("2026年9月").row(header).row(row);
    let office = office()
        .job(
            "group_id = \"g1\"",
            "group_id = { column = \"网点\", lookup = \"groups\" }",
        )
        .job(
            "[lookup.people]",
            "[lookup.groups]\nwords = { \"静安店\" = \"g7\" }\n[lookup.people]",
        )
        .sheets(&[sheet]);
    let outcome = office.outcome();
    assert_eq!(outcome.len(), 30);
    assert_eq!(outcome[29], "e7 20260930 s1");
}

#[test]
fn a_cell_holds_a_word_a_sign_a_number_or_nothing() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", 1, 2, 3, 4, 5, 6, 7, 8])
        .row(cells![
            "007",
            "白",
            "夜",
            "",
            "√",
            "OFF",
            "SW",
            3,
            "早班 09:00-18:00"
        ]);
    comes_to(
        &office().sheets(&[sheet]),
        &[
            "2026年9月!I2: 8 `早班 09:00-18:00`: is not in the lookup `shifts` (did you mean `早班`?)",
            "e7 20260901 s1",
            "e7 20260902 s2",
            "e7 20260904 s4",
            "e7 20260905 0",
            "e7 20260906 s5",
            "e7 20260907 s6",
        ],
    );
}

#[test]
fn words_for_leave_rest_and_clear_mean_what_the_job_says_and_are_counted() {
    let office = office().sheets(&[september()
        .row(["007", "请假", "休", "清空"])
        .row(["008", "OFF", "", "白"])]);
    let plan = office.plan(&[]);
    let counts = ["days", "empty", "left_as_is", "rests", "clears"];
    assert_eq!(
        counts.map(|name| plan["cells"][name].as_u64().unwrap()),
        [3, 1, 1, 2, 1]
    );
    assert_eq!(plan["destructive"], 1);
    comes_to(
        &office,
        &[
            "e7 20260902 0",
            "e7 20260903 0 clear",
            "e8 20260901 0",
            "e8 20260903 s1",
        ],
    );
}

#[test]
fn clearing_a_day_asks_for_yes_on_a_platform_and_not_in_the_sandbox() {
    let office = office().sheets(&[september().row(["007", "", "", "清空"])]);
    let refused = office.on_job("run", &[]);
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert_eq!(office.days(), [""; 0]);
    assert_eq!(office.on_job("run", &["--sandbox"]).exit, 0);
    assert_eq!(office.send(&[]).items, [1, 1, 0, 0]);
    assert_eq!(office.days(), ["e7 20260903 0 clear"]);
}

#[test]
fn an_unknown_word_is_rejected_with_the_one_that_may_be_meant() {
    let office = office().sheets(&[september().row(["007", "早般", "休息", "丁"])]);
    comes_to(
        &office,
        &[
            "Sheet1!B3: 1 `早般`: is not in the lookup `shifts` (did you mean `早班`?)",
            "Sheet1!C3: 2 `休息`: is not in the lookup `shifts` (did you mean `休`?)",
            "Sheet1!D3: 3 `丁`: is not in the lookup `shifts`",
        ],
    );
}

#[test]
fn several_people_in_one_cell_are_told_to_have_a_row_each() {
    let office = office().sheets(&[september().row(["007、008", "白", "夜", ""])]);
    comes_to(
        &office,
        &[
            "Sheet1!A3: 工号 `007、008`: is not in the lookup `people` (the cell holds several: 007, 008; give each a row of its own) x2",
        ],
    );
}

#[test]
fn namesakes_are_rejected_and_both_are_named() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["姓名", 1, 2, 3])
        .row(["张伟", "白", "", ""])
        .row(["王芳", "夜", "", ""]);
    let office = office()
        .job("ignore = [\"姓名\", \"地区\"]", "")
        .job("column = \"工号\"", "column = \"姓名\"")
        .job(
            "words = { \"007\" = \"e7\", \"008\" = \"e8\", \"110101199003071234\" = \"e9\" }",
            "file = \"people.csv\"\nkeys = [\"姓名\"]\nvalue = \"用户ID\"",
        )
        .file(
            "jobs/people.csv",
            "姓名,用户ID\n张伟,e1\n王芳,e2\n张伟,e3\n",
        )
        .sheets(&[sheet]);
    comes_to(
        &office,
        &[
            "2026年9月!A2: 姓名 `张伟`: stands for two things in the lookup `people` (`e1` in its record 1 and `e3` in its record 3)",
            "e2 20260901 s2",
        ],
    );
}

#[test]
fn a_number_with_zeros_before_it_is_found_as_text_and_never_guessed() {
    let office = office().sheets(&[september()
        .row(cells!["007", "白", "", ""])
        .row(cells![7, "白", "", ""])
        .row(cells!["110101199003071234", "白", "", ""])
        .row(cells![110_101_199_003_071_234.0, "白", "", ""])]);
    comes_to(
        &office,
        &[
            "Sheet1!A4: 工号 `7`: is not in the lookup `people`",
            "Sheet1!A6: 工号 `1.10101199003071E+17`: is a number with 16 or more digits, of which a spreadsheet keeps only 15; format the column as text and paste the ids again",
            "e7 20260901 s1",
            "e9 20260901 s1",
        ],
    );
}

#[test]
fn merged_cells_that_are_not_sent_are_harmless_and_told() {
    let sheet = || {
        Sheet::new("2026年9月")
            .row(cells!["地区", "工号", 1, 2, 3])
            .row(["华东", "007", "白", "", ""])
            .row(["", "008", "夜", "", ""])
            .merged((1, 0), (2, 0))
    };
    let office = office().sheets(&[sheet()]);
    comes_to(&office, &["e7 20260901 s1", "e8 20260901 s2"]);
    assert!(
        notices(&office.plan(&[])).contains(&"merged cells in the rows: A2:A3".to_owned()),
        "{:?}",
        notices(&office.plan(&[]))
    );
}

/// A job that sends the column 地区 as the group.
fn with_groups() -> Office {
    Office::new(JOB)
        .job("ignore = [\"姓名\", \"地区\"]", "")
        .job("group_id = \"g1\"", "group_id = { column = \"地区\" }")
}

#[test]
fn a_department_merged_down_over_its_people_counts_for_each_of_them_and_is_told() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["地区", "工号", 1, 2, 3])
        .row(["g1", "007", "白", "", ""])
        .row(["", "008", "夜", "", ""])
        .row(["g2", "110101199003071234", "休", "", ""])
        .merged((1, 0), (2, 0));
    let office = with_groups().sheets(&[sheet]);
    comes_to(
        &office,
        &["e7 20260901 s1", "e8 20260901 s2", "e9 20260901 0"],
    );
    assert_eq!(
        notices(&office.plan(&[]))[0],
        "地区: the merged cells A2:A3 count for each of their rows"
    );
}

#[test]
fn a_department_merged_across_or_over_two_columns_is_rejected() {
    let sheet = Sheet::new("2026年9月")
        .row(cells!["工号", "地区", 1, 2, 3])
        .row(["007", "g1", "", "夜", ""])
        .row(["008", "", "", "夜", ""])
        .merged((1, 1), (2, 2));
    let rule = "is part of merged cells; unmerge them and fill each cell";
    let lines = rejections(&with_groups().sheets(&[sheet]).plan(&[]));
    assert_eq!(
        lines,
        [
            format!("2026年9月!C2: 1 `g1`: {rule}"),
            format!("2026年9月!B2: 地区 `g1`: {rule}"),
            format!("2026年9月!C3: 1 `g1`: {rule}"),
            format!("2026年9月!B3: 地区 `g1`: {rule}"),
        ]
    );
}

#[test]
fn a_number_of_a_person_merged_down_is_rejected_because_it_is_one_persons() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(["", "夜", "", ""])
        .merged((2, 0), (3, 0));
    let rule = "is part of merged cells; unmerge them and fill each cell";
    assert_eq!(
        rejections(&office().sheets(&[sheet]).plan(&[])),
        [
            format!("Sheet1!A3: 工号 `007`: {rule}"),
            format!("Sheet1!A4: 工号 `007`: {rule}"),
        ]
    );
}

#[test]
fn a_merged_day_that_says_rest_clear_or_leave_is_rejected_like_any_other() {
    for word in ["休", "清空", "请假"] {
        let sheet = september()
            .row(["007", word, "", "夜"])
            .merged((2, 1), (2, 2));
        let rule = "is part of merged cells; unmerge them and fill each cell";
        let office = office().sheets(&[sheet]);
        comes_to(
            &office,
            &[
                &format!("Sheet1!B3: 1 `{word}`: {rule}"),
                &format!("Sheet1!C3: 2 `{word}`: {rule}"),
                "e7 20260903 s2",
            ],
        );
    }
}

#[test]
fn merged_days_are_rejected_and_not_spread_over_the_days_they_cover() {
    let sheet = september()
        .row(["007", "白", "", "夜"])
        .merged((2, 1), (2, 2));
    comes_to(
        &office().sheets(&[sheet]),
        &[
            "Sheet1!B3: 1 `白`: is part of merged cells; unmerge them and fill each cell",
            "Sheet1!C3: 2 `白`: is part of merged cells; unmerge them and fill each cell",
            "e7 20260903 s2",
        ],
    );
}

#[test]
fn nothing_is_sent_for_the_days_before_somebody_was_hired() {
    let office = office().sheets(&[september().row(["007", "", "", "白"])]);
    comes_to(&office, &["e7 20260903 s1"]);
    assert_eq!(office.plan(&[])["cells"]["empty"], 2);
}

#[test]
fn tabs_at_the_ends_of_cells_are_dropped_only_if_the_job_asks_and_then_counted() {
    let text = "2026年9月,,,\n工号,1,2,3\n007\t,白,夜\t,\n";
    let untidied = office().file("rows.csv", text);
    assert_eq!(
        rejections(&untidied.plan(&[])),
        [
            "line 3: 工号 `007\t`: is not in the lookup `people` (did you mean `007`?)",
            "line 3: 2 `夜\t`: is not in the lookup `shifts` (did you mean `夜`?)",
        ]
    );
    let office = office()
        .job(
            "[input.unpivot]",
            "[input.tidy]\ntrim = true\n[input.unpivot]",
        )
        .file("rows.csv", text);
    comes_to(&office, &["e7 20260901 s1", "e7 20260902 s2"]);
    let told = notices(&office.plan(&[]));
    assert_eq!(
        told.last().unwrap(),
        "cells tidied as [input.tidy] of the job asks: 2 trimmed"
    );
}

#[test]
fn a_long_number_with_a_tab_behind_it_is_whole_once_it_is_trimmed() {
    let text = "工号,2026-09-01,2026-09-02\n110101199003071234\t,白,\n";
    let office = office()
        .job(
            "[input.unpivot]",
            "[input.tidy]\ntrim = true\n[input.unpivot]",
        )
        .file("rows.csv", text);
    comes_to(&office, &["e9 20260901 s1"]);
}

#[test]
fn words_for_an_empty_cell_and_full_width_digits_are_tidied_if_the_job_asks() {
    let tidy = "[input.tidy]\ndigits = true\nempty = [\"-\", \"/\"]\n[input.unpivot]";
    let office = office()
        .job("[input.unpivot]", tidy)
        .sheets(&[september().row(["００７", "-", "/", "３"])]);
    comes_to(&office, &["e7 20260903 s6"]);
    let told = notices(&office.plan(&[]));
    assert_eq!(
        told.last().unwrap(),
        "cells tidied as [input.tidy] of the job asks: 2 given ordinary digits, 2 taken as empty"
    );
}

#[test]
fn hidden_rows_are_read_and_announced() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(["008", "夜", "", ""])
        .hidden(3);
    let office = office().sheets(&[sheet]);
    comes_to(&office, &["e7 20260901 s1", "e8 20260901 s2"]);
    let told = notices(&office.plan(&[]));
    assert!(told.contains(&"1 hidden row is read like the others".to_owned()));
}

#[test]
fn somebody_who_changed_groups_has_two_rows_and_each_of_the_days_is_sent() {
    let office = office()
        .job("group_id = \"g1\"", "group_id = { column = \"网点\" }")
        .sheets(&[Sheet::new("2026年9月")
            .row(cells!["网点", "工号", 1, 2, 3])
            .row(["g1", "007", "白", "", ""])
            .row(["g2", "007", "", "夜", "夜"])]);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s2"],
    );
}

#[test]
fn one_day_of_one_person_with_two_shifts_is_sent_with_neither() {
    let office = office().sheets(&[september()
        .row(["007", "白", "白", ""])
        .row(["007", "夜", "白", "夜"])]);
    comes_to(
        &office,
        &[
            "Sheet1!B3: conflicts with B4 (record 2)",
            "Sheet1!B4: conflicts with B3 (record 1)",
            "Sheet1!C4: repeats C3 (record 1)",
            "e7 20260902 s1",
            "e7 20260903 s2",
        ],
    );
    let (header, lines) = office.send(&[]).failure_csv();
    let reason = header.iter().position(|name| name == "_reason").unwrap();
    let reasons: Vec<&String> = lines.iter().map(|line| &line[reason]).collect();
    assert_eq!(
        reasons,
        [
            "conflicts with B4 (record 2)",
            "conflicts with B3 (record 1)",
            "repeats C3 (record 1)"
        ]
    );
}

#[test]
fn a_person_whose_whole_month_is_not_sent_counts_as_its_items_everywhere() {
    let sheet = || {
        september()
            .row(["007", "白", "", "夜"])
            .row(["999", "白", "夜", "休"])
            .row(["", "白", "", "夜"])
            .row(["998", "", "", ""])
    };
    let office = office()
        .job(
            "[lookup.people]",
            "[limits]\nmax_rejected = 5\n[lookup.people]",
        )
        .sheets(&[sheet()]);
    let plan = office.plan(&[]);
    assert_eq!((&plan["items"], &plan["rejected"]), (&2.into(), &5.into()));
    let reasons = plan["reasons"].as_array().unwrap().iter();
    let counts: Vec<u64> = reasons
        .map(|kind| kind["items"].as_u64().unwrap())
        .collect();
    assert_eq!(counts.iter().sum::<u64>(), 5, "{counts:?}");
    let listed = plan["rejections"].as_array().unwrap().iter();
    let listed = listed.map(|rejection| rejection["items"].as_u64().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), [3, 2]);
    let sent = office.send(&[]);
    assert_eq!(sent.items, [7, 2, 0, 5]);
    assert_eq!(sent.failure_csv().1.len(), 5);
    let summary = std::fs::read_to_string(sent.folder.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let reasons = summary["reasons"].as_array().unwrap().iter();
    assert_eq!(
        reasons
            .map(|reason| reason["items"].as_u64().unwrap())
            .sum::<u64>(),
        5
    );
}
