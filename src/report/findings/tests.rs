//! What is gathered, against inputs that are larger than what is kept of them.

use super::*;
use crate::store::LineOutcome;

/// A roster: 工号, 网点, and three days.
fn roster() -> Facts {
    let days = [(2, "20260901"), (3, "20260902"), (4, "20260903")];
    Facts {
        format: InputFormat::Csv,
        header: "工号,网点,1,2,3".to_owned(),
        delimiter: b',',
        days: days.map(|(column, date)| (column, date.to_owned())).into(),
        key_columns: vec![0],
        group_column: Some(1),
        ..Facts::default()
    }
}

fn list(read: u64) -> Facts {
    Facts {
        format: InputFormat::Csv,
        header: "id".to_owned(),
        delimiter: b',',
        key_columns: vec![0],
        read,
        ..Facts::default()
    }
}

fn add(findings: &mut Findings, facts: &Facts, at: (Place, &str), outcome: Outcome, words: &str) {
    let is_sent = outcome != Outcome::Rejected;
    let line = Line {
        place: at.0,
        source: at.1.as_bytes(),
        outcome: LineOutcome {
            outcome,
            code: None,
            reason: words,
            kind: words,
            rule: "",
            stray: None,
            column: None,
            log_id: is_sent.then_some(words),
            attempts: 1,
            read_at_ms: None,
            read_back: None,
        },
    };
    findings.add(&line, facts);
}

fn as_roster(findings: &Findings) -> &Roster {
    match &findings.whereabouts {
        Whereabouts::Roster(roster) => roster,
        Whereabouts::List(_) => panic!("is a list"),
    }
}

#[test]
fn people_of_whom_everything_succeeded_are_not_listed_and_groups_count_all() {
    let facts = roster();
    let mut findings = Findings::new(&facts);
    for (record, source, outcomes) in [
        (1, "0007,静安店,a,b,c", ["S", "S", "S"]),
        (2, "0059,静安店,a,b,", ["S", "R", ""]),
        (3, "0111,徐汇店,a,,c", ["F", "", "S"]),
    ] {
        for (at, outcome) in outcomes.into_iter().enumerate() {
            let outcome = match outcome {
                "S" => Outcome::Succeeded,
                "F" => Outcome::Failed,
                "R" => Outcome::Rejected,
                _ => continue,
            };
            let place = Place::cell(record, at + 2);
            add(&mut findings, &facts, (place, source), outcome, "words");
        }
    }
    let findings = findings.finish();
    let roster = as_roster(&findings);
    let people: Vec<_> = (roster.people.iter())
        .map(|person| (person.record, person.key.concat(), person.days.clone()))
        .collect();
    let (good, bad) = (Some(Outcome::Succeeded), Some(Outcome::Failed));
    let not_sent = Some(Outcome::Rejected);
    assert_eq!(
        people,
        [
            (2, "0059".to_owned(), vec![good, not_sent, None]),
            (3, "0111".to_owned(), vec![bad, None, good]),
        ]
    );
    let groups = roster.groups.as_ref().unwrap();
    let of = |name: &str| {
        let counts = |tally: &crate::model::Tally| (tally.read, tally.unsuccessful());
        groups[name].iter().map(counts).collect::<Vec<_>>()
    };
    assert_eq!(of("静安店"), [(2, 0), (2, 1), (1, 0)]);
    assert_eq!(of("徐汇店"), [(1, 1), (0, 0), (1, 0)]);
}

#[test]
fn a_row_that_could_not_be_read_is_not_sent_on_any_day() {
    let facts = roster();
    let mut findings = Findings::new(&facts);
    let at = (Place::row(7), "scrap");
    add(&mut findings, &facts, at, Outcome::Rejected, "not read");
    let findings = findings.finish();
    let person = &as_roster(&findings).people[0];
    assert_eq!(person.days, [Some(Outcome::Rejected); 3]);
}

#[test]
fn many_people_and_many_groups_are_counted_and_not_kept() {
    let facts = roster();
    let mut findings = Findings::new(&facts);
    for record in 1..=1000 {
        let source = format!("{record},{record},a,b,c");
        let at = (Place::cell(record, 2), &*source);
        add(&mut findings, &facts, at, Outcome::Failed, "words");
    }
    let findings = findings.finish();
    let roster = as_roster(&findings);
    assert_eq!((roster.people.len(), roster.people_left_out), (300, 700));
    assert!(roster.groups.is_none());
}

#[test]
fn reasons_and_log_ids_that_all_differ_are_counted_and_not_kept() {
    let facts = list(2000);
    let mut findings = Findings::new(&facts);
    for record in 1..=2000 {
        let at = (Place::row(record), "7");
        let words = format!("no {record}");
        add(&mut findings, &facts, at, Outcome::Failed, &words);
    }
    let findings = findings.finish();
    assert_eq!(
        findings.reasons.len() as u64 + findings.reasons_left_out,
        2000
    );
    assert_eq!(findings.reasons.len(), REASONS_MAX);
    assert_eq!(
        findings.log_ids.len() as u64 + findings.log_ids_left_out,
        2000
    );
    assert_eq!(findings.log_ids.len(), LOG_IDS_MAX);
}

#[test]
fn the_commonest_reason_comes_first_with_its_first_items() {
    let facts = list(6);
    let mut findings = Findings::new(&facts);
    for (record, words) in [(1, "a"), (2, "b"), (3, "b"), (4, "b"), (5, "b"), (6, "a")] {
        let source = format!("id{record}");
        let at = (Place::row(record), &*source);
        add(&mut findings, &facts, at, Outcome::Failed, words);
    }
    let findings = findings.finish();
    let told: Vec<_> = (findings.reasons.iter())
        .map(|reason| {
            let keys = reason.examples.iter().map(|example| example.key.concat());
            (
                &*reason.words,
                reason.items,
                keys.collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("b", 4, "id2 id3 id4".to_owned()),
            ("a", 2, "id1 id6".to_owned())
        ]
    );
}

#[test]
fn every_item_of_a_list_is_in_one_of_its_parts() {
    for read in [1, 7, 50, 51, 999] {
        let facts = list(read);
        let mut findings = Findings::new(&facts);
        for record in 1..=read {
            let at = (Place::row(record), "7");
            add(&mut findings, &facts, at, Outcome::Succeeded, "");
        }
        let Whereabouts::List(slices) = &findings.whereabouts else {
            panic!("is a roster");
        };
        let counts: Vec<u64> = slices.parts.iter().map(|slice| slice.read).collect();
        assert_eq!(counts.iter().sum::<u64>(), read);
        let (least, most) = (counts.iter().min(), counts.iter().max());
        assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
        assert_eq!(counts.len() as u64, read.min(50));
    }
}
