//! Rosters as offices keep them: what each shape found in the field comes to, cell by cell, or the words in which it is refused.

use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::{Put, Sheet, cells};

/// One person a row, one day a column; the month is said by the file.
const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input]
ignore = ["姓名", "地区"]

[input.unpivot]
leave = ["请假"]

[input.unpivot.rest]
words = ["休", "OFF"]
item  = { shift_id = "0" }

[input.unpivot.clear]
words = ["清空"]
item  = { shift_id = "0", is_clear_schedule = true }

[request]
employee_type = "employee_id"
operator_id   = "dd31248a"

[item]
user_id  = { column = "工号", lookup = "people" }
group_id = "g1"
shift_id = { cell = "value", lookup = "shifts" }
month    = { cell = "month" }
day_no   = { cell = "day" }

[lookup.people]
words = { "007" = "e7", "008" = "e8", "110101199003071234" = "e9" }

[lookup.shifts]
words = { "白" = "s1", "夜" = "s2", "早班" = "s3", "√" = "s4", "SW" = "s5", "3" = "s6" }
"#;

fn office() -> Office {
    Office::new(JOB)
}

/// A sheet with a title that says September 2026, and three days of it.
fn september() -> Sheet {
    Sheet::new("Sheet1")
        .row(["2026年9月排班表"])
        .row(cells!["工号", 1, 2, 3])
}

/// Days of the header, `1` and so on as texts.
fn days(count: u32) -> Vec<Put> {
    (1..=count).map(|day| Put::from(day.to_string())).collect()
}

/// What a table comes to.
fn comes_to(office: &Office, expected: &[&str]) {
    assert_eq!(office.outcome(), expected);
}

/// The words in which a table is refused: its first line, and the last one, which helps.
fn is_refused(office: &Office, arguments: &[&str], words: &[&str]) {
    let refusal = office.refusal(arguments);
    for word in words {
        assert!(refusal.contains(word), "no `{word}` in\n{refusal}");
    }
}

#[test]
fn a_title_above_the_header_says_the_month() {
    let office = office().sheets(&[september().row(["007", "白", "夜", "早班"])]);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
    assert_eq!(
        notices(&office.plan(&[])),
        [
            "1 line above the header is no row",
            "the month 202609 is known by the title `2026年9月排班表`"
        ]
    );
}

#[test]
fn a_range_of_dates_above_the_header_says_the_month_and_the_weekdays_below_it_agree() {
    let mut header = cells!["工号", "姓名"];
    header.extend(days(10));
    let weekdays = [
        "", "", "三", "四", "五", "六", "日", "一", "二", "三", "四", "五",
    ];
    let row = ["007", "甲", "白", "", "", "", "", "", "", "", "", "夜"];
    let sheet = Sheet::new("Sheet1")
        .row(["统计日期: 2017-11-01 ~ 2017-11-10"])
        .row(header)
        .row(weekdays)
        .row(row);
    let office = office().sheets(&[sheet]);
    comes_to(&office, &["e7 20171101 s1", "e7 20171110 s2"]);
    assert_eq!(office.plan(&[])["rows"], 1, "the weekdays are no row");
}

#[test]
fn weekdays_that_are_those_of_another_month_refuse_the_file() {
    // August 2026 began on a Saturday, September on a Tuesday.
    let august = september()
        .row(["", "六", "日", "一"])
        .row(["007", "白", "白", "白"]);
    is_refused(
        &office().sheets(&[august]),
        &[],
        &[
            "9月1日 is a Tuesday, the sheet says 周六: is this last month's file?",
            "3 of 3 days disagree",
        ],
    );
}

#[test]
fn a_header_repeated_in_the_middle_of_a_sheet_is_rejected_as_such() {
    let sheet = september()
        .row(["007", "白", "", ""])
        .row(cells!["工号", 1, 2, 3])
        .row(["008", "夜", "", ""]);
    comes_to(
        &office().sheets(&[sheet]),
        &[
            "line 4: the line repeats the header",
            "e7 20260901 s1",
            "e8 20260901 s2",
        ],
    );
}

#[test]
fn months_side_by_side_are_refused_until_the_job_names_one() {
    let month = |name: &str, word: &str| {
        Sheet::new(name)
            .row(cells!["工号", 1, 2, 3])
            .row(["007", word, "", ""])
    };
    let sheets = [month("2026年8月", "白"), month("2026年9月", "夜")];
    let office = office().sheets(&sheets);
    is_refused(
        &office,
        &[],
        &[
            "2 sheets hold such a table",
            "`2026年8月`, `2026年9月`",
            "sheet = ",
        ],
    );
    let office = office.job("[input]", "[input]\nsheet = \"2026年9月\"");
    assert_eq!(office.plan(&[])["sheet"], "2026年9月");
    comes_to(&office, &["e7 20260901 s2"]);
}

#[test]
fn an_instruction_sheet_beside_the_roster_is_left_alone_and_announced() {
    let notes = Sheet::new("填写说明")
        .row(["工号按文本填写"])
        .row(["休息填 休"]);
    let office = office().sheets(&[notes, september().row(["007", "白", "", ""])]);
    comes_to(&office, &["e7 20260901 s1"]);
    let told = notices(&office.plan(&[]));
    assert_eq!(told[0], "the sheet `Sheet1` was read; `填写说明` was not");
}

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
fn merged_cells_are_unusable_where_they_are_sent_and_harmless_where_they_are_not() {
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
    let sent = Office::new(JOB)
        .job("ignore = [\"姓名\", \"地区\"]", "")
        .job("group_id = \"g1\"", "group_id = { column = \"地区\" }")
        .sheets(&[sheet()]);
    comes_to(
        &sent,
        &[
            "2026年9月!A2: 地区 `华东`: is part of merged cells; unmerge them and fill each cell",
            "2026年9月!A3: 地区 `华东`: is part of merged cells; unmerge them and fill each cell",
        ],
    );
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
fn a_day_that_the_month_lacks_is_rejected_where_it_is_filled() {
    let mut header = cells!["工号"];
    header.extend(days(31));
    let row = |number: &str, last: &str| {
        let mut row = vec![Put::from(number); 1];
        row.extend((1..=31).map(|day| Put::from(if day == 31 { last } else { "" })));
        row
    };
    let sheet = Sheet::new("2026年9月")
        .row(header)
        .row(row("007", "白"))
        .row(row("008", ""));
    comes_to(
        &office().sheets(&[sheet]),
        &[
            "2026年9月!AF2: 31 `白`: the month has no such day, so its cells must be empty (September 2026 has 30 days)",
        ],
    );
}

#[test]
fn a_period_from_the_26th_to_the_25th_takes_its_days_from_two_months() {
    let mut header = cells!["工号"];
    header.extend((26..=31).chain(1..=25).map(|day: u32| Put::from(day)));
    let mut row = cells!["007", "白"];
    row.extend((27..=31).chain(1..=24).map(|_| Put::Nothing));
    row.push("夜".into());
    let sheet = Sheet::new("2026年9月").row(header).row(row);
    let office = office()
        .job("[input.unpivot]", "[input.unpivot]\nfirst_day = 26")
        .sheets(&[sheet]);
    comes_to(&office, &["e7 20260826 s1", "e7 20260925 s2"]);
}

#[test]
fn the_month_is_taken_from_whatever_says_it() {
    let rows = |sheet: Sheet, header: Vec<Put>| sheet.row(header).row(["007", "白", "", ""]);
    let plain = || cells!["工号", 1, 2, 3];
    let bare = rows(Sheet::new("Sheet1"), plain());
    let office = office().sheets(&[bare]);
    let known_by = |office: &Office, arguments: &[&str]| {
        let plan = office.plan(arguments);
        assert_eq!(plan["items"], 1);
        let known = notices(&plan);
        let said = known.iter().find(|notice| notice.starts_with("the "));
        said.unwrap().clone()
    };
    assert_eq!(
        known_by(&office, &["--set", "month=202609"]),
        "the month 202609 is known by the job or --set"
    );
    let office = office.sheets(&[rows(
        Sheet::new("Sheet1").row(["九月排班", "2026年9月"]),
        plain(),
    )]);
    assert_eq!(
        known_by(&office, &[]),
        "the month 202609 is known by the title `2026年9月`"
    );
    let office = office.sheets(&[rows(Sheet::new("202609"), plain())]);
    assert_eq!(
        known_by(&office, &[]),
        "the month 202609 is known by the sheet's name `202609`"
    );
    let office = office.sheets(&[rows(
        Sheet::new("Sheet1"),
        cells!["工号", "2026-09-01", "2026-09-02", "2026-09-03"],
    )]);
    assert_eq!(
        known_by(&office, &[]),
        "the title of each day is its full date"
    );
}

#[test]
fn two_months_that_contradict_each_other_are_both_named() {
    let sheet = Sheet::new("八月")
        .row(["2026年9月排班表"])
        .row(cells!["工号", 1, 2, 3])
        .row(["007", "白", "", ""]);
    let office = office().sheets(&[sheet]);
    is_refused(
        &office,
        &[],
        &["the title `2026年9月排班表` says September 2026, the sheet's name `八月` says August"],
    );
    let office = office.sheets(&[september().row(["007", "白", "", ""])]);
    is_refused(
        &office,
        &["--set", "month=202610"],
        &[
            "the job or --set says October 2026, the title `2026年9月排班表` says September 2026: is this the right file?",
        ],
    );
}

#[test]
fn a_roster_without_a_month_is_refused_with_the_way_to_say_it() {
    let bare = |name: &str| {
        Sheet::new(name)
            .row(cells!["工号", 1, 2, 3])
            .row(["007", "白", "", ""])
    };
    is_refused(
        &office().sheets(&[bare("Sheet1")]),
        &[],
        &[
            "the month of the days is not known",
            "--set month=202609 (yyyyMM)",
        ],
    );
    is_refused(
        &office().sheets(&[bare("九月")]),
        &[],
        &[
            "the year of the days is not known",
            "the sheet's name `九月` says September, but no year",
        ],
    );
}

#[test]
fn a_roster_saved_by_excel_as_csv_in_gbk_is_read() {
    let text = "2026年9月排班表,,,\r\n工号,1,2,3\r\n,二,三,四\r\n007,白,夜,早班\r\n";
    let office = office().file("排班.csv", encoding_rs::GBK.encode(text).0);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
    let told = notices(&office.plan(&[]));
    assert!(told[0].contains("was read as gb18030"), "{told:?}");
}

#[test]
fn a_roster_saved_by_excel_as_unicode_text_is_read_with_a_tab_between_cells() {
    let text = "2026年9月排班表\t\t\t\r\n工号\t1\t2\t3\r\n007\t白\t夜\t早班\r\n";
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let office = office()
        .job("[input]", "[input]\ndelimiter = \"\\t\"")
        .file("排班.txt", bytes);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 s2", "e7 20260903 s3"],
    );
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
fn line_breaks_in_titles_are_spaces_and_the_weekday_in_them_is_held_against_the_date() {
    let sheet = |weekday: &str| {
        Sheet::new("2026年9月")
            .row(cells![
                "工号",
                format!("1\n{weekday}"),
                "2\n周三",
                "3\n周四"
            ])
            .row(["007", "白", "", ""])
    };
    comes_to(&office().sheets(&[sheet("周二")]), &["e7 20260901 s1"]);
    is_refused(
        &office().sheets(&[sheet("周一")]),
        &[],
        &[
            "9月1日 is a Tuesday, the sheet says 周一",
            "1 of 3 days disagrees",
        ],
    );
}

#[test]
fn line_breaks_in_titles_of_csv_are_read_as_in_a_workbook() {
    let text = "2026年9月,,,\n工号,\"1\n周二\",\"2\n周三\",\"3\n周四\"\n007,白,,\n";
    comes_to(&office().file("rows.csv", text), &["e7 20260901 s1"]);
}

#[test]
fn date_cells_and_the_numbers_behind_them_are_days_in_the_header() {
    let dates = Sheet::new("Sheet1")
        .row([
            Put::from("工号"),
            Put::Date(2026, 9, 1),
            Put::Date(2026, 9, 2),
            Put::Date(2026, 9, 3),
        ])
        .row(["007", "白", "", "夜"]);
    comes_to(
        &office().sheets(&[dates]),
        &["e7 20260901 s1", "e7 20260903 s2"],
    );
    // 2022-01-06, as a sheet counts days.
    let serials = Sheet::new("Sheet1")
        .row(cells!["工号", 44567, 44568, 44569])
        .row(["007", "白", "", "夜"]);
    comes_to(
        &office().sheets(&[serials]),
        &["e7 20220106 s1", "e7 20220108 s2"],
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
            "Sheet1!B3: conflicts with record 2",
            "Sheet1!B4: conflicts with record 1",
            "Sheet1!C4: repeats record 1",
            "e7 20260902 s1",
            "e7 20260903 s2",
        ],
    );
}
