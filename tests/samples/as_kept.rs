//! The two messy samples are read as a person would read them: what stands around the rows is told and never sent or rejected.

use super::messy::{MONTHS, PEOPLE, group, shift};
use super::people;
use crate::support::office::{Office, notices, rejections};
use crate::support::sheet::Grid;

/// Who has a number that nobody knows, in the roster and in the report, and the shift that is misspelt.
const UNKNOWN: usize = 19;
const UNKNOWN_OF_REPORT: usize = 13;
const MISSPELT: (usize, usize) = (3, 12);

/// The days that a person would read off a sheet of the roster.
fn days_meant(month: &str, days: usize) -> Vec<String> {
    let mut meant = Vec::new();
    for (at, person) in people().iter().take(PEOPLE).enumerate() {
        // The platform knows nobody by the id of one of them.
        if at == UNKNOWN || person.user_id.starts_with("nobody") {
            continue;
        }
        for day in 1..=days {
            let id = match shift(at, day, days) {
                "早" => "6753520403404030215",
                "晚" => "6753520403404030217",
                "休" => "0",
                _ => continue,
            };
            meant.push(format!("{} {month}{day:02} {id}", person.user_id));
        }
    }
    meant.sort();
    meant
}

#[test]
fn a_run_of_the_store_roster_sets_the_days_that_a_person_reads_off_it_and_no_other() {
    for ((_, _, days, _), month) in MONTHS.into_iter().zip(["202609", "202610"]) {
        let office = Office::shipped("store-roster");
        office.send(&["--set", &format!("month={month}")]);
        let mut set = office.days();
        set.sort();
        assert_eq!(set, days_meant(month, days), "{month}");
        let mut groups: Vec<String> = people()
            .iter()
            .take(PEOPLE)
            .enumerate()
            .filter(|(at, person)| *at != UNKNOWN && !person.user_id.starts_with("nobody"))
            .map(|(at, person)| format!("{} {}", person.user_id, group(at)))
            .collect();
        groups.sort();
        assert_eq!(office.groups(), groups, "a store counts for all its people");
    }
}

#[test]
fn of_the_store_roster_only_the_misspelt_shift_and_the_unknown_number_are_rejected() {
    for ((name, _, days, _), month) in MONTHS.into_iter().zip(["202609", "202610"]) {
        let plan = Office::shipped("store-roster").plan(&["--set", &format!("month={month}")]);
        assert_eq!(plan["rows"], PEOPLE);
        assert_eq!(
            rejections(&plan),
            [
                format!(
                    "{name}!O8: 12日 `早 班`: is not in the lookup `shifts` (did you mean `早`?)"
                ),
                format!("{name}!C26: 工号 `9001`: is not in the lookup `people` x{days}"),
            ]
        );
    }
}

#[test]
fn bands_sums_the_legend_and_signatures_of_the_store_roster_are_told_and_so_are_remarks_and_stores()
{
    let told = notices(&Office::shipped("store-roster").plan(&[]));
    for notice in [
        "8 lines are not rows of the table and were left alone: line 4 (【静安店】), line 15 (小计), line 16 (【徐汇店】), \
         line 27 (小计), line 28 (合计), line 29 (图例：), line 30 (备注：换班须提前两天告知店长), line 32 (制表人：)",
        "门店: 2 merged cells, such as A5:A14, count for each of their rows",
        "2 remarks beside the table, in columns without a title, are not sent: AI12 `年假返乡, 23日回`, AI26 `新到, 工号待定`",
    ] {
        assert!(told.iter().any(|told| told == notice), "{told:#?}");
    }
}

#[test]
fn a_corrected_failure_xlsx_of_the_store_roster_sends_the_rest_into_the_right_stores() {
    let office = Office::shipped("store-roster");
    let sent = office.send(&[]);
    let before = office.days().len();
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    for cell in failure.rows.iter_mut().flatten() {
        match cell.as_str() {
            "早 班" => "早".clone_into(cell),
            "9001" => people()[UNKNOWN].number.clone_into(cell),
            _ => {}
        }
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    // A day of one person, a month of another; one whom the platform does not know is as before.
    assert_eq!(office.send(&[]).items, [63, 32, 31, 0]);
    assert_eq!(office.days().len(), before + 32);
    let newcomer = format!("{} {}", people()[UNKNOWN].user_id, group(UNKNOWN));
    assert!(office.groups().contains(&newcomer));
    let (at, day) = MISSPELT;
    let corrected = format!(
        "{} 202610{day:02} 6753520403404030215",
        people()[at].user_id
    );
    assert!(office.days().contains(&corrected));
}

#[test]
fn of_the_month_end_report_the_sum_and_the_signatures_are_told_and_only_the_unknown_number_is_rejected()
 {
    let office = Office::shipped("month-end");
    let plan = office.plan(&[]);
    assert_eq!(plan["rows"], PEOPLE);
    assert_eq!(
        rejections(&plan),
        ["考勤月报!B18: 工号 `9001`: is not in the lookup `people`"]
    );
    let told = notices(&plan);
    let notice =
        "2 lines are not rows of the table and were left alone: line 25 (合计), line 27 (制表人：)";
    assert!(told.iter().any(|told| told == notice), "{told:#?}");
    office.send(&[]);
    let mut lines = office.archive();
    lines.sort();
    let mut meant: Vec<String> = people()
        .iter()
        .take(PEOPLE)
        .enumerate()
        .filter(|(at, person)| *at != UNKNOWN_OF_REPORT && !person.user_id.starts_with("nobody"))
        .map(|(at, person)| {
            let leave = match at % 5 {
                0 => String::new(),
                days => format!(" f_annual_leave={days}"),
            };
            format!(
                "{} 20260901-20260930 f_actual_days={}{leave} f_required_days=20",
                person.user_id,
                20 - at % 5
            )
        })
        .collect();
    meant.sort();
    assert_eq!(lines, meant);
}

#[test]
fn a_corrected_failure_xlsx_of_the_month_end_report_sends_the_line_of_the_newcomer() {
    let office = Office::shipped("month-end");
    let sent = office.send(&[]);
    let before = office.archive().len();
    let mut failure = Grid::of_texts(&sent.folder.join("failure.xlsx"));
    for cell in failure.rows.iter_mut().flatten() {
        if cell == "9001" {
            people()[UNKNOWN_OF_REPORT].number.clone_into(cell);
        }
    }
    failure.save(&office.path("corrected.xlsx"));
    let office = office.input("corrected.xlsx");
    assert_eq!(office.send(&[]).items, [2, 1, 1, 0]);
    assert_eq!(office.archive().len(), before + 1);
}
