//! Words that no lookup knows are told once each, with how often, where first, and what may be meant.

use serde_json::json;

use super::{days, office, september};
use crate::support::office::Office;
use crate::support::sheet::{Put, Sheet, cells};

/// Many cells with two misspelt words, and one person whom nobody knows.
fn misspelt() -> Office {
    let mut header = cells!["工号"];
    header.extend(days(30));
    let row = |number: &str, word: &str| {
        let mut row = cells![number];
        row.extend((1..=30).map(|_| Put::from(word)));
        row
    };
    let sheet = Sheet::new("2026年9月")
        .row(header)
        .row(row("007", "早般"))
        .row(row("008", "早般"))
        .row(cells!["007", "休夕"])
        .row(cells!["033", "白"]);
    office()
        .job("[request]", "[limits]\nmax_rejected = 100\n[request]")
        .sheets(&[sheet])
}

#[test]
fn each_unknown_word_is_told_once_with_its_count_and_one_place() {
    let said = misspelt().on_job("check", &[]);
    for line in [
        "3 words are not known:",
        "  `早般` is not in the lookup `shifts` (did you mean `早班`?): 60 items, first at 2026年9月!B2",
        "  `休夕` is not in the lookup `shifts` (did you mean `休`?): 1 item, at 2026年9月!B4",
        "  `033` is not in the lookup `people`: 1 item, at 2026年9月!A5",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
    assert_eq!(said.stdout.matches("`早般`").count(), 1, "{}", said.stdout);
    assert!(!said.stdout.contains("more rejected"), "{}", said.stdout);
    let all = misspelt().on_job("check", &["--all"]);
    assert_eq!(all.stdout.matches("`早般`").count(), 61, "{}", all.stdout);
}

#[test]
fn scripts_find_the_words_beside_the_rejections() {
    let plan = misspelt().plan(&[]);
    assert_eq!(
        plan["unknown_words"],
        json!([
            {"word": "早般", "lookup": "shifts", "items": 60, "place": "2026年9月!B2", "suggestion": "早班"},
            {"word": "休夕", "lookup": "shifts", "items": 1, "place": "2026年9月!B4", "suggestion": "休"},
            {"word": "033", "lookup": "people", "items": 1, "place": "2026年9月!A5", "suggestion": null},
        ])
    );
    assert_eq!(plan["unknown_words_others"], 0);
    assert_eq!(plan["rejections"].as_array().unwrap().len(), 62);
}

#[test]
fn words_of_a_text_file_are_placed_by_their_line() {
    let office = office().file(
        "rows.csv",
        "工号,2026-09-01,2026-09-02\n007,白,丁\n008,丁,白\n",
    );
    let words = &office.plan(&[])["unknown_words"];
    assert_eq!(
        *words,
        json!([{"word": "丁", "lookup": "shifts", "items": 2, "place": "line 2", "suggestion": null}])
    );
}

#[test]
fn a_suggestion_may_be_any_word_that_the_job_knows() {
    let office = office()
        .job(
            "[input.unpivot]",
            "[input.tidy]\nempty = [\"未排班\"]\n[input.unpivot]",
        )
        .sheets(&[september().row(["007", "清 空", "请 假", "off"]).row([
            "008",
            "未排斑",
            "",
            "",
        ])]);
    let plan = office.plan(&[]);
    let words = plan["unknown_words"].as_array().unwrap();
    let suggested = |at: usize| words[at]["suggestion"].as_str().unwrap().to_owned();
    assert_eq!(
        (0..4).map(suggested).collect::<Vec<_>>(),
        ["清空", "请假", "OFF", "未排班"]
    );
}

#[test]
fn more_different_words_than_anybody_reads_are_counted_and_not_kept() {
    let rows: Vec<String> = (0..1200).map(|row| format!("007,丁{row},\n")).collect();
    let text = format!("工号,2026-09-01,2026-09-02\n{}", rows.concat());
    let office = office()
        .job("[request]", "[limits]\nmax_rejected = 5000\n[request]")
        .file("rows.csv", text);
    let plan = office.plan(&[]);
    assert_eq!(plan["unknown_words"].as_array().unwrap().len(), 1000);
    assert_eq!(plan["unknown_words_others"], 200);
    let said = office.on_job("check", &[]);
    for line in [
        "1,000 words are not known:",
        "… and 980 more; --all shows them",
        "… and 200 items with others",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
}
