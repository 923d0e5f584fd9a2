//! What an answer says of items, for each reader: as sent, otherwise, gone, and every way in which an answer can mislead.

use serde_json::json;

use super::*;
use crate::endpoint::{CanReadBack, catalogue};
use crate::model::Evidence::{AsSent, Other, Unreadable};

fn read_back(endpoint: &str) -> ReadBack {
    match catalogue::endpoint(endpoint).unwrap().read_back {
        CanReadBack::By(read_back) => read_back,
        other @ (CanReadBack::NotSaid | CanReadBack::Never { .. }) => panic!("{other:?}"),
    }
}

fn shifts() -> ReadBack {
    read_back("attendance.user_daily_shifts.batch_create")
}

fn items(values: &[(&str, &str)], bodies: impl IntoIterator<Item = Value>) -> Vec<Item> {
    let envelope = Arc::new(Envelope {
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value).to_string()))
            .collect(),
    });
    let item = |body: Value| Item {
        envelope: Arc::clone(&envelope),
        body: body.to_string().into(),
    };
    bodies.into_iter().map(item).collect()
}

fn day(person: &str, day: u32, shift: &str) -> Value {
    json!({"user_id": person, "month": 202_612, "day_no": day, "group_id": "g1", "shift_id": shift})
}

fn of_shifts(bodies: impl IntoIterator<Item = Value>) -> Vec<Item> {
    let values = [("operator_id", "o"), ("employee_type", "employee_no")];
    items(&values, bodies)
}

/// The values of a read, without what the envelope gives.
fn asked(read_back: &ReadBack, ask: &Ask) -> BTreeMap<String, Value> {
    values(read_back, ask, |_| false)
}

/// What each item is by this answer to its only read.
fn found(read_back: &ReadBack, items: &[Item], answer: Answer<'_>) -> Vec<(Evidence, String)> {
    let asks = asks(read_back, items);
    let [ask] = asks.asks.as_slice() else {
        panic!("{asks:?}");
    };
    let mut found = compare(read_back, ask, items, answer);
    found.sort_by_key(|(at, _)| *at);
    let at: Vec<usize> = found.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, (0..items.len()).collect::<Vec<_>>());
    let said = |present: Present| {
        let there = present.there.map(|there| there.to_string());
        (present.evidence, there.unwrap_or_default())
    };
    found
        .into_iter()
        .map(|(_, present)| said(present))
        .collect()
}

fn evidence(read_back: &ReadBack, items: &[Item], entries: &[Value]) -> Vec<Evidence> {
    let found = found(read_back, items, Answer::Entries(entries));
    found.into_iter().map(|(evidence, _)| evidence).collect()
}

#[test]
fn a_roster_of_1000_people_and_31_days_takes_40_reads_and_asks_for_each_day_once() {
    let people = (1..=1000).map(|person| format!("p{person}"));
    let bodies = people.flat_map(|person| (1..=31).map(move |at| day(&person, at, "s")));
    let items = of_shifts(bodies.collect::<Vec<_>>());
    let asks = asks(&shifts(), &items);
    assert!(asks.unreadable.is_empty());
    let spans: Vec<(usize, Value, Value)> = asks
        .asks
        .iter()
        .map(|ask| {
            let values = asked(&shifts(), ask);
            let people = values["user_ids"].as_array().unwrap().len();
            let date = |name: &str| values[name].clone();
            (people, date("check_date_from"), date("check_date_to"))
        })
        .collect();
    let halves = [(20_261_201, 20_261_216), (20_261_217, 20_261_231)];
    let halves = halves.map(|(from, to)| (50, json!(from), json!(to)));
    assert_eq!(spans, vec![halves; 20].concat());
    let mut covered: Vec<usize> = asks.asks.iter().flat_map(Ask::items).collect();
    covered.sort_unstable();
    assert_eq!(covered, (0..items.len()).collect::<Vec<_>>());
}

#[test]
fn thirty_days_are_one_read_and_what_the_envelope_shares_goes_with_it() {
    let items = of_shifts((1..=30).map(|at| day("p", at, "s")));
    let asks = asks(&shifts(), &items);
    assert_eq!(asks.asks.len(), 1);
    let values = values(&shifts(), &asks.asks[0], |name| name == "employee_type");
    let expected = [
        ("employee_type", json!("employee_no")),
        ("user_ids", json!(["p"])),
        ("check_date_from", json!(20_261_201)),
        ("check_date_to", json!(20_261_230)),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(values, BTreeMap::from(expected));
}

#[test]
fn a_day_is_as_sent_otherwise_or_not_there() {
    let items = of_shifts([
        day("p", 1, "s"),
        day("p", 2, "s"),
        day("p", 3, "s"),
        day("p", 4, "s"),
        day("p", 5, "0"),
        day("p", 6, "s"),
    ]);
    let mut moved = day("p", 4, "s");
    moved["group_id"] = "1".into();
    // The page writes numbers; the same as texts say the same.
    let mut as_texts = day("p", 1, "s");
    as_texts["month"] = "202612".into();
    as_texts["day_no"] = "1".into();
    let entries = [
        as_texts,
        day("p", 2, "9"),
        day("p", 3, "0"),
        moved,
        day("p", 5, "0"),
    ];
    let found = found(&shifts(), &items, Answer::Entries(&entries));
    let there = |group: &str, shift: &str| {
        let there = json!({"group_id": group, "shift_id": shift}).to_string();
        (Evidence::Other, there)
    };
    let plain = |evidence| (evidence, String::new());
    assert_eq!(
        found,
        [
            plain(Evidence::AsSent),
            there("g1", "9"),
            there("g1", "0"),
            there("1", "s"),
            plain(Evidence::AsSent),
            plain(Evidence::Absent),
        ]
    );
}

#[test]
fn a_cleared_day_is_one_without_a_row_and_what_the_page_leaves_open_stays_open() {
    let clear = |at| {
        let mut item = day("p", at, "0");
        item["is_clear_schedule"] = true.into();
        item
    };
    let items = of_shifts([clear(1), clear(2), clear(3), day("p", 4, "0")]);
    let entries = [day("p", 2, "0"), day("p", 3, "s")];
    let found = found(&shifts(), &items, Answer::Entries(&entries));
    let evidence: Vec<Evidence> = found.iter().map(|(evidence, _)| *evidence).collect();
    assert_eq!(
        evidence,
        [
            Evidence::AsSent,
            Evidence::Unreadable,
            Evidence::Other,
            Evidence::Unreadable,
        ]
    );
    let why = "the read does not tell a day of rest from a day that is not scheduled";
    assert_eq!((found[1].1.as_str(), found[3].1.as_str()), (why, why));
}

#[test]
fn an_answer_that_misleads_makes_what_it_concerns_unreadable_and_says_why() {
    let items = of_shifts([day("a", 1, "s"), day("a", 2, "s"), day("b", 1, "s")]);
    let truth = || vec![day("a", 1, "s"), day("a", 2, "s"), day("b", 1, "s")];
    let with = |extra: Value| {
        let mut entries = truth();
        entries.push(extra);
        evidence(&shifts(), &items, &entries)
    };
    assert_eq!(evidence(&shifts(), &items, &truth()), [AsSent; 3]);
    // Somebody who was not asked for, and what is no shift of a day: nothing of the answer is believed.
    assert_eq!(with(day("c", 1, "s")), [Unreadable; 3]);
    assert_eq!(with(json!({"user_id": "a"})), [Unreadable; 3]);
    assert_eq!(with(json!(7)), [Unreadable; 3]);
    // A day that was not asked for: its person is not believed.
    assert_eq!(with(day("a", 9, "s")), [Unreadable, Unreadable, AsSent]);
    // Two rows of a day: that day is not known, whether they agree or not.
    assert_eq!(with(day("a", 2, "s")), [AsSent, Unreadable, AsSent]);
    assert_eq!(with(day("a", 2, "t")), [AsSent, Unreadable, AsSent]);
}

#[test]
fn a_refused_read_is_unreadable_with_the_platforms_words_and_can_be_halved_down_to_one_person() {
    let items = of_shifts(["a", "b", "c"].map(|person| day(person, 1, "s")));
    let refused = Answer::Refused {
        code: 1_220_004,
        message: "1220004 user_id is not exist",
    };
    let found = found(&shifts(), &items, refused);
    assert!(
        found
            .iter()
            .all(|(evidence, why)| *evidence == Evidence::Unreadable
                && why.contains("1220004")
                && why.contains("user_id is not exist"))
    );
    let ask = asks(&shifts(), &items).asks.remove(0);
    let [first, second] = ask.halves().unwrap();
    assert_eq!(first.items().collect::<Vec<_>>(), [0]);
    assert_eq!(second.items().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(asked(&shifts(), &first)["user_ids"], json!(["a"]));
    assert!(first.halves().is_none());
}

#[test]
fn a_punch_is_deleted_when_the_platform_says_that_it_does_not_exist_and_not_before() {
    let read_back = read_back("attendance.user_flows.batch_del");
    let items = items(&[], [json!("7001")]);
    let ask = asks(&read_back, &items).asks.remove(0);
    let asked = asked(&read_back, &ask);
    assert_eq!(asked["user_flow_id"], json!("7001"));
    assert_eq!(asked["employee_type"], json!("employee_id"));
    let refused = |code, message| {
        found(&read_back, &items, Answer::Refused { code, message })
            .remove(0)
            .0
    };
    assert_eq!(refused(1_220_600, "Rule does not exist"), Evidence::AsSent);
    assert_eq!(
        refused(1_220_600, "auth no permission"),
        Evidence::Unreadable
    );
    assert_eq!(
        refused(1_220_001, "rule does not exist"),
        Evidence::Unreadable
    );
    let there = json!({"record_id": "7001", "type": 7});
    assert_eq!(
        found(
            &read_back,
            &items,
            Answer::Entries(std::slice::from_ref(&there))
        ),
        [(Evidence::Other, there.to_string())]
    );
    for entries in [
        vec![json!({"record_id": "7002"})],
        vec![json!({})],
        vec![],
        vec![there.clone(), there.clone()],
    ] {
        assert_eq!(
            evidence(&read_back, &items, &entries),
            [Evidence::Unreadable],
            "{entries:?}"
        );
    }
}

#[test]
fn records_are_asked_for_ten_at_once_and_what_the_answer_does_not_hold_is_deleted() {
    let read_back = read_back("apaas.records.batch_delete");
    let values_of = [("namespace", "n"), ("object_api_name", "user")];
    let all = items(&values_of, (1..=11).map(|id| json!(id.to_string())));
    let asks = asks(&read_back, &all);
    assert_eq!(asks.asks.len(), 2);
    let filter = &asked(&read_back, &asks.asks[0])["filter"];
    assert_eq!(
        filter["logic_expression"],
        "1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 9 or 10"
    );
    assert_eq!(
        filter["conditions"][1],
        json!({
            "index": "2",
            "left": {"type": "metadataVariable", "settings": r#"{"fieldPath":[{"fieldApiName":"_id","objectApiName":"user"}]}"#},
            "right": {"type": "constant", "settings": r#"{"data":"2"}"#},
            "operator": "equals",
        })
    );
    let items = items(&values_of, [json!("1"), json!("2")]);
    assert_eq!(evidence(&read_back, &items, &[]), [AsSent; 2]);
    assert_eq!(
        evidence(&read_back, &items, &[json!({"_id": "2"})]),
        [AsSent, Other]
    );
    assert_eq!(
        evidence(&read_back, &items, &[json!({"_id": 2})]),
        [AsSent, Other]
    );
    assert_eq!(
        evidence(&read_back, &items, &[json!({"_id": "3"})]),
        [Unreadable; 2]
    );
    assert_eq!(
        evidence(&read_back, &items, &[json!({"name": "x"})]),
        [Unreadable; 2]
    );
    let twice = [json!({"_id": "2"}), json!({"_id": "2"})];
    assert_eq!(evidence(&read_back, &items, &twice), [AsSent, Unreadable]);
}

fn plan_row(department: &str, job: &str) -> Value {
    json!({"dimensions": [
        {"dimension_key": "department", "dimension_value": department},
        {"dimension_key": "job_family", "dimension_value": job},
    ]})
}

fn shown(department: &str, job: &str, headcount: &str) -> Value {
    json!({
        "dimension_info_datas": [
            {"dimension_key": "job_family", "dimension_info": {"id": job}},
            {"dimension_key": "department", "dimension_info": {"id": department}},
            {"dimension_key": "location", "dimension_info": {"id": "matched by the plan itself"}},
        ],
        "workforce_plan": headcount,
        "estimated_active_individuals_details": [{"date": "2026-12-31", "estimated_active_individuals": headcount}],
        "is_all_zero_value": false,
    })
}

#[test]
fn a_plan_row_is_deleted_when_its_headcount_is_zero_and_not_when_the_read_does_not_show_it() {
    let read_back = read_back("corehr.workforce_plan_detail_row.batchDelete");
    assert_eq!(read_back.lag.as_secs(), 10);
    let values_of = [("workforce_plan_id", "p")];
    let items = items(
        &values_of,
        [
            plan_row("d1", "j1"),
            plan_row("d2", "j2"),
            plan_row("d2", "j1"),
        ],
    );
    let ask = asks(&read_back, &items).asks.remove(0);
    assert_eq!(
        asked(&read_back, &ask)["dimension_id_in_datas"],
        json!([
            {"dimension_key": "department", "dimension_ids": ["d1", "d2"]},
            {"dimension_key": "job_family", "dimension_ids": ["j1", "j2"]},
        ])
    );
    // The filter lets rows through that were not sent: they say nothing.
    let entries = [
        shown("d1", "j1", "0.00"),
        shown("d2", "j2", "3.00"),
        shown("d1", "j2", "5"),
    ];
    let there = json!({
        "workforce_plan": "3.00",
        "estimated_active_individuals_details": [{"date": "2026-12-31", "estimated_active_individuals": "3.00"}],
    });
    let said = found(&read_back, &items, Answer::Entries(&entries));
    assert_eq!(said[0], (Evidence::AsSent, String::new()));
    assert_eq!(said[1], (Evidence::Other, there.to_string()));
    assert_eq!(said[2].0, Evidence::Unreadable);
    let mut all_zero = shown("d1", "j1", "");
    all_zero["is_all_zero_value"] = true.into();
    let mut estimated = shown("d1", "j1", "0");
    estimated["estimated_active_individuals_details"][0]["estimated_active_individuals"] =
        "1".into();
    let first = |entry: Value| evidence(&read_back, &items, &[entry])[0];
    assert_eq!(first(all_zero), Evidence::AsSent);
    assert_eq!(first(estimated), Evidence::Other);
    assert_eq!(first(shown("d1", "j1", "")), Evidence::Other);
    assert_eq!(first(shown("d9", "j1", "0")), Evidence::Unreadable);
    assert_eq!(first(json!({})), Evidence::Unreadable);
    let twice = [shown("d1", "j1", "0"), shown("d1", "j1", "0")];
    assert_eq!(
        evidence(&read_back, &items, &twice)[0],
        Evidence::Unreadable
    );
}

#[test]
fn plan_rows_are_asked_for_together_while_their_dimensions_combine_to_a_page() {
    let read_back = read_back("corehr.workforce_plan_detail_row.batchDelete");
    let rows = (1..=25).map(|at| plan_row(&format!("d{at}"), &format!("j{at}")));
    let items = items(&[("workforce_plan_id", "p")], rows);
    let asks = asks(&read_back, &items);
    let sizes: Vec<usize> = asks.asks.iter().map(|ask| ask.items().count()).collect();
    assert_eq!(sizes, [10, 10, 5]);
}

#[test]
fn an_item_that_does_not_say_what_it_is_about_is_unreadable_without_a_read() {
    for endpoint in [
        "attendance.user_daily_shifts.batch_create",
        "attendance.user_flows.batch_del",
        "apaas.records.batch_delete",
        "corehr.workforce_plan_detail_row.batchDelete",
    ] {
        let asks = asks(&read_back(endpoint), &items(&[], [json!({"x": 1})]));
        assert!(asks.asks.is_empty(), "{endpoint}");
        assert_eq!(asks.unreadable.len(), 1, "{endpoint}");
    }
}

#[test]
fn items_under_other_shared_values_are_asked_for_apart() {
    let mut both = of_shifts([day("a", 1, "s")]);
    both.extend(items(
        &[("employee_type", "employee_id")],
        [day("a", 1, "s")],
    ));
    assert_eq!(asks(&shifts(), &both).asks.len(), 2);
}
