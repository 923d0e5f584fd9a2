//! Ids that a spreadsheet ruined and wrote out in digits again: none of them is sent, and no other id is held up for them.

use crate::support::office::{Office, rejections};
use crate::support::sheet::{Sheet, cells};

const RUINED: &str = "is a number with 16 or more digits, of which a spreadsheet keeps only 15; format the column as text and paste the ids again (its digits after the 15th are all 0, as in other ids of the column)";

/// Ids of 19 digits as a spreadsheet leaves them.
fn ruined(count: usize) -> Vec<String> {
    let ids = (0..count).map(|row| format!("67093593136{:04}0000", 9350 + row));
    ids.collect()
}

/// Ids of 19 digits as the platform gives them.
fn whole(count: usize) -> Vec<String> {
    let ids = (0..count).map(|row| format!("67093593136{:04}6941", 9350 + row));
    ids.collect()
}

fn punches(ids: &[String]) -> Office {
    let text = format!("record_id\n{}\n", ids.join("\n"));
    Office::shipped("delete-punches").file("rows.csv", text)
}

#[test]
fn ids_that_all_end_in_zeros_are_rejected_and_none_of_them_is_sent() {
    for count in [1, 8] {
        let office = punches(&ruined(count));
        let plan = office.plan(&[]);
        assert_eq!(
            (&plan["items"], &plan["rejected"]),
            (&0.into(), &count.into())
        );
        let first = &rejections(&plan)[0];
        assert_eq!(
            first,
            &format!("line 2: record_id `{}`: {RUINED}", ruined(1)[0])
        );
    }
}

#[test]
fn two_ruined_ids_among_many_are_rejected_and_the_others_are_sent() {
    let ids = [whole(100), ruined(2)].concat();
    let office = punches(&ids);
    let sent = office.send(&[]);
    assert_eq!(sent.items, [102, 100, 0, 2]);
    let (_, records) = sent.failure_csv();
    let rejected: Vec<&String> = records.iter().map(|record| &record[0]).collect();
    assert_eq!(rejected, ruined(2).iter().collect::<Vec<_>>());
    // Run again as it is, the report still sends none of them.
    let again = punches(&ids).file(
        "failure.csv",
        std::fs::read(sent.folder.join("failure.csv")).unwrap(),
    );
    assert_eq!(again.plan(&[])["items"], 0);
}

#[test]
fn one_id_among_many_that_ends_in_zeros_is_sent_because_chance_makes_some() {
    let ids = [whole(100), ruined(1)].concat();
    assert_eq!(punches(&ids).send(&[]).items, [101, 101, 0, 0]);
    // One in ten ids of 16 digits ends in a zero.
    let records: Vec<String> = (0..100)
        .map(|row| format!("18014649084234{row:02}"))
        .collect();
    assert_eq!(punches(&records).plan(&[])["items"], 100);
    let zeros: Vec<String> = (0..3).map(|row| format!("18014649084234{row}0")).collect();
    assert_eq!(punches(&zeros).plan(&[])["rejected"], 3);
}

#[test]
fn ruined_ids_are_found_in_every_column_that_gives_ids_in_a_workbook_and_in_json() {
    let sheet = Sheet::new("Sheet1")
        .row(cells![
            "department",
            "employee_type",
            "location",
            "cost_center",
            "job_family"
        ])
        .row(["d1", "e1", "6709359313699350000", "", ""])
        .row(["d2", "e1", "6709359313699360000", "", ""])
        .row(["d3", "e1", "", "c1", ""]);
    let plan = Office::shipped("delete-plan-rows")
        .sheets(&[sheet])
        .plan(&[]);
    let places: Vec<String> = rejections(&plan);
    assert_eq!(plan["items"], 1);
    assert!(
        places[0].starts_with("Sheet1!C2: location `6709359313699350000`: is a number"),
        "{places:?}"
    );
    let objects: String = ruined(2)
        .iter()
        .enumerate()
        .map(|(at, id)| match at {
            0 => format!("{{\"record_id\":{id}}}\n"),
            _ => format!("{{\"record_id\":\"{id}\"}}\n"),
        })
        .collect();
    let office = Office::shipped("delete-punches").file("rows.jsonl", objects);
    let plan = office.plan(&[]);
    assert_eq!((&plan["items"], &plan["rejected"]), (&0.into(), &2.into()));
}

/// Days of which each holds an id.
const ROSTER: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input.unpivot]
month = "202609"

[request]
employee_type = "employee_id"
operator_id   = "dd31248a"

[item]
user_id  = { column = "工号" }
group_id = "g1"
shift_id = { cell = "value" }
month    = { cell = "month" }
day_no   = { cell = "day" }
"#;

#[test]
fn ruined_ids_in_the_cells_of_days_are_judged_together() {
    let text = "工号,1,2,3\ne1,6753520403404030215,6753520403404030000,\ne2,,6753520403404040000,6753520403404030215\n";
    let plan = Office::new(ROSTER).file("rows.csv", text).plan(&[]);
    assert_eq!((&plan["items"], &plan["rejected"]), (&2.into(), &2.into()));
    let kinds = plan["reasons"].to_string();
    assert!(
        kinds.contains("cell of a day: is a number with 16"),
        "{kinds}"
    );
}

#[test]
fn a_table_of_words_with_ruined_ids_is_refused_and_its_record_and_column_are_named() {
    let people =
        "工号,用户ID\n007,6709359313699350000\n008,6709359313699360000\n009,6709359313699366941\n";
    let office = Office::new(ROSTER)
        .job(
            "user_id  = { column = \"工号\" }",
            "user_id  = { column = \"工号\", lookup = \"people\" }",
        )
        .job(
            "[item]",
            "[lookup.people]\nfile = \"people.csv\"\nkeys = [\"工号\"]\nvalue = \"用户ID\"\n[item]",
        );
    std::fs::write(office.path("jobs/people.csv"), people).unwrap();
    let refusal = office
        .file("rows.csv", "工号,1,2,3\n009,s1,s1,\n")
        .refusal(&[]);
    assert!(
        refusal.contains("people.csv: record 1: 用户ID `6709359313699350000`: is a number with 16"),
        "{refusal}"
    );
    assert!(refusal.contains("hint: "), "{refusal}");
}
