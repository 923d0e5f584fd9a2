//! What a word in a day's cell means: one thing, or the job is refused; and a blank one, where the job says that it means something.

use super::{JOB, comes_to, is_refused, office, september};
use crate::support::office::{Office, notices};
use crate::support::sheet::{Sheet, cells};

/// The job with these words for rest, leave and clear, and nothing beyond the usual shifts.
fn with(from: &str, to: &str) -> Office {
    office()
        .job(from, to)
        .sheets(&[september().row(["007", "白", "休", ""])])
}

#[test]
fn a_word_with_two_meanings_refuses_the_job_and_both_places_are_named() {
    let rest = "words = [\"休\", \"OFF\"]";
    for (from, to, places) in [
        (
            rest,
            "words = [\"休\", \"白\"]",
            ["[input.unpivot.rest]", "[lookup.shifts]"],
        ),
        (
            rest,
            "words = [\"休\", \"清空\"]",
            ["[input.unpivot.rest]", "[input.unpivot.clear]"],
        ),
        (
            rest,
            "words = [\"休\", \"请假\"]",
            ["`leave` in [input.unpivot]", "[input.unpivot.rest]"],
        ),
        (
            "words = [\"清空\"]",
            "words = [\"夜\"]",
            ["[input.unpivot.clear]", "[lookup.shifts]"],
        ),
        (
            "leave = [\"请假\"]",
            "leave = [\"请假\", \"√\"]",
            ["`leave` in [input.unpivot]", "[lookup.shifts]"],
        ),
        (
            "[input.unpivot]",
            "[input.tidy]\nempty = [\"休\"]\n[input.unpivot]",
            ["`empty` in [input.tidy]", "[input.unpivot.rest]"],
        ),
        (
            "[input.unpivot]",
            "[input.tidy]\nempty = [\"白\"]\n[input.unpivot]",
            ["`empty` in [input.tidy]", "[lookup.shifts]"],
        ),
    ] {
        let mut words = vec!["has two meanings"];
        words.extend(places);
        is_refused(&with(from, to), &[], &words);
    }
}

#[test]
fn a_word_for_rest_that_a_table_gives_a_shift_to_is_found_there() {
    let words = "words = { \"白\" = \"s1\", \"夜\" = \"s2\", \"早班\" = \"s3\", \"√\" = \"s4\", \"SW\" = \"s5\", \"3\" = \"s6\" }";
    let office = office()
        .job(
            words,
            "file = \"shifts.csv\"\nkeys = [\"班次\"]\nvalue = \"ID\"",
        )
        .file("jobs/shifts.csv", "班次,ID\n白,s1\n休,s2\n")
        .sheets(&[september().row(["007", "白", "休", ""])]);
    is_refused(
        &office,
        &[],
        &[
            "the word `休` has two meanings",
            "[input.unpivot.rest]",
            "record 2 of the file of [lookup.shifts]",
        ],
    );
}

#[test]
fn the_same_word_twice_in_one_list_has_one_meaning() {
    let office = with("words = [\"休\", \"OFF\"]", "words = [\"休\", \"休\"]");
    comes_to(&office, &["e7 20260901 s1", "e7 20260902 0"]);
}

const BLANK_RESTS: (&str, &str) = ("words = [\"休\", \"OFF\"]", "words = [\"休\", \"\"]");

#[test]
fn a_blank_day_is_a_rest_where_the_job_says_so_and_check_says_how_many() {
    let office = office()
        .job(BLANK_RESTS.0, BLANK_RESTS.1)
        .sheets(&[Sheet::new("x")
            .row(["2026年9月排班表"])
            .row(cells!["工号", "姓名", 1, 2, 31])
            .row(["007", "", "白", "", ""])
            // No row, and a row that is about nobody.
            .row(["", "", "", "", ""])
            .row(["", "早班三人", "", "", ""])
            .row(["008", "", "", "休", ""])]);
    let plan = office.plan(&[]);
    assert!(
        notices(&plan).contains(&"2 blank days are days of rest".to_owned()),
        "{plan}"
    );
    assert_eq!(
        (
            plan["cells"]["rests"].as_u64(),
            plan["blank_lines"].as_u64()
        ),
        (Some(3), Some(1))
    );
    assert_eq!(plan["destructive"], 0);
    comes_to(
        &office,
        &[
            "e7 20260901 s1",
            "e7 20260902 0",
            "e8 20260901 0",
            "e8 20260902 0",
        ],
    );
}

#[test]
fn a_blank_day_that_is_cleared_is_counted_as_destroyed_and_asked_for() {
    let office = with("words = [\"清空\"]", "words = [\"清空\", \"\"]");
    let plan = office.plan(&[]);
    assert!(
        notices(&plan).contains(&"1 blank day is cleared".to_owned()),
        "{plan}"
    );
    assert_eq!(plan["destructive"], 1);
    let refused = office.on_job("run", &[]);
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
    assert_eq!(office.days(), [""; 0]);
    comes_to(
        &office,
        &["e7 20260901 s1", "e7 20260902 0", "e7 20260903 0 clear"],
    );
}

#[test]
fn a_blank_day_has_one_meaning_or_the_job_is_refused() {
    for (from, to) in [
        ("words = [\"清空\"]", "words = [\"\"]"),
        ("leave = [\"请假\"]", "leave = [\"\"]"),
    ] {
        let office = with(from, to).job(BLANK_RESTS.0, BLANK_RESTS.1);
        is_refused(
            &office,
            &[],
            &["a blank cell has two meanings", "[input.unpivot.rest]"],
        );
    }
}

#[test]
fn a_blank_day_that_was_rejected_is_a_rest_in_failure_csv_and_failure_xlsx_is_refused() {
    let office = office()
        .job(BLANK_RESTS.0, BLANK_RESTS.1)
        .sheets(&[september()
            .row(["007", "白", "", "白"])
            .row(["009", "", "夜", ""])]);
    let sent = office.send(&[]);
    assert_eq!(sent.items, [6, 3, 0, 3]);
    let text = std::fs::read_to_string(sent.folder.join("failure.csv")).unwrap();
    std::fs::copy(
        sent.folder.join("failure.xlsx"),
        office.path("failure.xlsx"),
    )
    .unwrap();
    let workbook = office.input("failure.xlsx");
    is_refused(
        &workbook,
        &[],
        &[
            "a blank day of this sheet may mean two things",
            "what succeeded is blank",
            "failure.csv",
        ],
    );
    let corrected = workbook.file("corrected.csv", text.replace("\n009,", "\n008,"));
    corrected.send(&[]);
    assert_eq!(
        corrected.days(),
        [
            "e7 20260901 s1",
            "e7 20260902 0",
            "e7 20260903 s1",
            "e8 20260901 0",
            "e8 20260902 s2",
            "e8 20260903 0"
        ]
    );
}

/// Shifts by the time at which they begin.
const TIMES: (&str, &str) = (
    "\"白\" = \"s1\", \"夜\" = \"s2\"",
    "\"8:00\" = \"s1\", \"20:00:00\" = \"s2\"",
);

#[test]
fn a_time_is_the_same_word_however_it_is_written() {
    let office = office()
        .job(TIMES.0, TIMES.1)
        .job("\"OFF\"]", "\"0:00\"]")
        .file(
            "rows.csv",
            "2026年9月排班表,,,,\n工号,1,2,3,4,5\n007,8:00,08:00,8:00:00,20:00,00:00\n",
        );
    comes_to(
        &office,
        &[
            "e7 20260901 s1",
            "e7 20260902 s1",
            "e7 20260903 s1",
            "e7 20260904 s2",
            "e7 20260905 0",
        ],
    );
}

#[test]
fn a_time_that_stands_for_two_things_refuses_the_job() {
    let office = Office::new(JOB)
        .job(TIMES.0, "\"8:00\" = \"s1\", \"08:00\" = \"s2\"")
        .sheets(&[september().row(["007", "早班", "", ""])]);
    is_refused(
        &office,
        &[],
        &[
            "the time `08:00` stands for two things in [lookup.shifts]",
            "`s1` in the job and `s2` in the job",
        ],
    );
    let office = Office::new(JOB)
        .job(TIMES.0, TIMES.1)
        .job("\"OFF\"]", "\"08:00\"]")
        .sheets(&[september().row(["007", "早班", "", ""])]);
    is_refused(&office, &[], &["the word `08:00` has two meanings"]);
}

#[test]
fn examples_are_never_sent_wherever_they_stand() {
    let sheet = || september().row(["007", "白", "", ""]);
    for (from, to) in [
        ("\"dd31248a\"", "\"example-operator_id\""),
        ("group_id = \"g1\"", "group_id = \"example-group_id\""),
        (
            "item  = { shift_id = \"0\" }",
            "item  = { shift_id = \"example-shift_id\" }",
        ),
        ("\"白\" = \"s1\"", "\"白\" = \"Example-shift_id\""),
        (
            "\"007\" = \"e7\"",
            "\"007\" = \"e7\", \"example-user_id\" = \"e1\"",
        ),
    ] {
        let office = office().job(from, to).sheets(&[sheet()]);
        is_refused(
            &office,
            &[],
            &["is an example, not a value", "hint: write the real value"],
        );
    }
    let office = office().sheets(&[sheet()]);
    is_refused(
        &office,
        &["--set", "operator_id=example-operator_id"],
        &["[request] operator_id"],
    );
    let office =
        office.sheets(&[september().row(["example-user_id", "白", "example-shift_id", ""])]);
    let plan = office.plan(&[]);
    assert_eq!(
        (plan["items"].as_u64(), plan["rejected"].as_u64()),
        (Some(0), Some(2))
    );
    assert_eq!(plan["rejections"][0]["rule"], "row.placeholder");
}

#[test]
fn a_blank_day_of_failure_csv_that_lost_its_date_has_that_of_its_run() {
    let office = office()
        .job(BLANK_RESTS.0, BLANK_RESTS.1)
        .sheets(&[september().row(["009", "", "", ""])]);
    let sent = office.send(&[]);
    let text = std::fs::read_to_string(sent.folder.join("failure.csv")).unwrap();
    let undated = text.replace("\n009,", "\n008,").replace("20260902", "");
    let office = office.file("corrected.csv", undated);
    comes_to(
        &office,
        &["e8 20260901 0", "e8 20260902 0", "e8 20260903 0"],
    );
}
