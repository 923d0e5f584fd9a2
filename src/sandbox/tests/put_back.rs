//! Reads of punches, records, reports, contacts and single things, and the writes that put back what was deleted.

use super::*;
use crate::sandbox::{Change, RecordKey};

const PUNCH: &str = "/open-apis/attendance/v1/user_flows";
const IMPORT: &str = "/open-apis/attendance/v1/user_flows/batch_create?employee_type=employee_id";
const PUNCHES_OF: &str = "/open-apis/attendance/v1/user_flows/query?employee_type=employee_id";
const OBJECT: &str = "/open-apis/apaas/v1/applications/package_test__c/objects/user/records";
const RULES: &str = "/open-apis/attendance/v1/archive_rule";
const COLUMNS: &str =
    "/open-apis/attendance/v1/archive_rule/user_stats_fields_query?employee_type=employee_id";
const IDS: &str = "/open-apis/contact/v3/users/batch_get_id?user_id_type=user_id";
const GROUPS: &str = "/open-apis/attendance/v1/groups";

fn punch(bench: &mut Bench, id: &str) -> Answered {
    bench.get(&format!("{PUNCH}/{id}?employee_type=employee_id"))
}

fn flow(user_id: &str, check_time: &str, idempotent_id: &str) -> Value {
    json!({
        "user_id": user_id,
        "creator_id": "dd31248a",
        "location_name": "静安店",
        "check_time": check_time,
        "comment": "",
        "idempotent_id": idempotent_id,
    })
}

pub(super) fn data(answered: &Answered) -> &Value {
    assert_eq!(code(answered), (200, 0), "{}", answered.1);
    &answered.1["data"]
}

/// The records that a query finds, out of their text.
fn items(answered: &Answered) -> Vec<Value> {
    serde_json::from_str(text(&data(answered)["items"])).unwrap()
}

/// `_id` is one of these.
fn of_ids(ids: &[&str]) -> Value {
    let conditions: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| {
            let left = json!({"fieldPath": [{"fieldApiName": "_id", "objectApiName": "user"}]});
            json!({
                "index": (place + 1).to_string(),
                "left": {"type": "metadataVariable", "settings": left.to_string()},
                "right": {"type": "constant", "settings": json!({"data": id}).to_string()},
                "operator": "equals",
            })
        })
        .collect();
    let indexes: Vec<String> = (1..=ids.len()).map(|index| index.to_string()).collect();
    json!({
        "select": ["_id", "book_name"],
        "filter": {"conditions": conditions, "logic_expression": indexes.join(" or ")},
    })
}

#[test]
fn a_punch_is_there_imported_until_it_is_deleted_by_a_call_or_by_somebody_else() {
    let mut bench = Bench::new();
    let id = "6709359313699356941";
    let first = punch(&mut bench, id);
    assert_eq!(data(&first)["type"], 7);
    assert_eq!(data(&first)["record_id"], id);
    assert!(!text(&data(&first)["user_id"]).is_empty());
    assert_eq!(punch(&mut bench, id).1, first.1, "the same one's each time");

    bench.ask(PUNCHES, &json!({"record_ids": [id]}));
    assert_eq!(code(&punch(&mut bench, id)), (400, 1_220_600));
    let change = |exists| Change::Punch {
        id: id.to_owned(),
        exists,
    };
    bench.change(change(true));
    assert_eq!(code(&punch(&mut bench, id)), (200, 0));
    bench.ask(PUNCHES, &json!({"record_ids": [id]}));
    assert_eq!(code(&punch(&mut bench, id)), (400, 1_220_600));

    bench.change(Change::Punch {
        id: "7".to_owned(),
        exists: false,
    });
    let (_, envelope) = bench.ask(PUNCHES, &json!({"record_ids": ["7"]}));
    assert_eq!(envelope["data"]["fail_record_ids"], json!(["7"]));
    assert_eq!(code(&punch(&mut bench, "4041")), (400, 1_220_600));
    assert!(bench.record().objections.is_empty());
}

#[test]
fn imported_punches_get_new_ids_and_are_found_by_person_and_time() {
    let mut bench = Bench::new();
    let flows = json!({"flow_records": [
        flow("cc623b11", "1790784000", "a"),
        flow("cc623b11", "1790790000", "b"),
        flow("6a99b4cf", "1790784000", "c"),
    ]});
    let answered = bench.ask(IMPORT, &flows);
    let echoed = data(&answered)["flow_records"].as_array().unwrap().clone();
    assert_eq!(echoed.len(), 3);
    let id = text(&echoed[0]["record_id"]).to_owned();
    assert_eq!(data(&punch(&mut bench, &id))["idempotent_id"], "a");

    let found = |bench: &mut Bench, from: &str, to: &str| {
        let body = json!({"user_ids": ["cc623b11"], "check_time_from": from, "check_time_to": to});
        let answered = bench.ask(PUNCHES_OF, &body);
        data(&answered)["user_flow_results"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(found(&mut bench, "1790784000", "1790790001"), 2);
    assert_eq!(
        found(&mut bench, "1790784000", "1790790000"),
        1,
        "the end is outside"
    );
    bench.ask(PUNCHES, &json!({"record_ids": [id]}));
    assert_eq!(found(&mut bench, "1790784000", "1790790001"), 1);
}

#[test]
fn an_import_is_refused_for_its_number_its_times_and_an_idempotent_id_that_is_there() {
    let mut bench = Bench::new();
    let mut refused = |flows: &[Value]| {
        let answered = bench.ask(IMPORT, &json!({"flow_records": flows}));
        (code(&answered).1, text(&answered.1["msg"]).to_owned())
    };
    let many: Vec<Value> = (0..51)
        .map(|number| flow("u1", "1790784000", &number.to_string()))
        .collect();
    assert_eq!(
        refused(&many),
        (1_220_600, "operate too much flow".to_owned())
    );
    let old = flow("u1", "1640966400", "a");
    assert_eq!(refused(&[old]), (1_220_600, "time is invalid".to_owned()));
    let unknown = flow("nobody", "1790784000", "a");
    assert_eq!(refused(&[unknown]).0, 1_220_004);
    let good = flow("u1", "1790784000", "a");
    assert_eq!(refused(std::slice::from_ref(&good)).0, 0);
    assert_eq!(
        refused(&[good]),
        (1_220_600, "the object already exists".to_owned())
    );
}

#[test]
fn an_import_names_people_whose_creator_has_no_right_in_msg_and_imports_the_others() {
    let mut bench = Bench::new();
    let mut forbidden = flow("u1", "1790784000", "a");
    forbidden["creator_id"] = json!("forbidden");
    let answered = bench.ask(
        IMPORT,
        &json!({"flow_records": [forbidden, flow("u2", "1790784000", "b")]}),
    );
    assert_eq!(answered.1["msg"], "[u1-forbidden]");
    let echoed = data(&answered)["flow_records"].as_array().unwrap();
    assert_eq!(echoed.len(), 1);
    assert_eq!(echoed[0]["user_id"], "u2");
    assert_eq!(bench.record().applied.punches_created.len(), 1);
}

#[test]
fn a_record_is_there_until_it_is_deleted_and_comes_as_json_in_a_text() {
    let mut bench = Bench::new();
    let one = |bench: &mut Bench, body: &Value| bench.ask(&format!("{OBJECT}/1801/query"), body);
    let item: Value =
        serde_json::from_str(text(&data(&one(&mut bench, &json!({})))["item"])).unwrap();
    assert_eq!(item["book_name"], "book 1801");
    let chosen = one(&mut bench, &json!({"select": ["book_count"]}));
    let item: Value = serde_json::from_str(text(&data(&chosen)["item"])).unwrap();
    assert_eq!(
        item.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["_id", "book_count"]
    );

    bench.ask(RECORDS, &json!({"ids": ["1801"]}));
    assert_eq!(code(&one(&mut bench, &json!({}))), (400, 2_320_001));
    let change = |exists| Change::Record {
        key: RecordKey {
            namespace: "package_test__c".to_owned(),
            object_api_name: "user".to_owned(),
            id: "1801".to_owned(),
        },
        exists,
    };
    bench.change(change(true));
    assert_eq!(code(&one(&mut bench, &json!({}))), (200, 0));
    bench.change(change(false));
    let (_, envelope) = bench.ask(RECORDS, &json!({"ids": ["1801"]}));
    assert_eq!(
        envelope["data"]["items"][0]["errors"][0]["sub_code"],
        "k_cf_ec_300004"
    );
}

#[test]
fn records_are_found_by_ten_ids_in_one_call_and_not_by_eleven() {
    let mut bench = Bench::new();
    let path = format!("{OBJECT}/batch_query");
    bench.ask(RECORDS, &json!({"ids": ["2"]}));
    let answered = bench.ask(&path, &of_ids(&["1", "2", "3", "4041"]));
    assert_eq!(
        items(&answered),
        [
            json!({"_id": "1", "book_name": "book 1"}),
            json!({"_id": "3", "book_name": "book 3"}),
        ]
    );
    let ids: Vec<String> = (1..=11).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(items(&bench.ask(&path, &of_ids(&ids[..10]))).len(), 9);
    assert_eq!(
        bench.violations(&path, &of_ids(&ids)),
        ["filter.conditions: the max len is 10"]
    );
    let mut other = of_ids(&["1"]);
    other["filter"]["conditions"][0]["operator"] = json!("contains");
    assert_eq!(code(&bench.ask(&path, &other)), (400, 2_320_001));
    let mut both = of_ids(&["1", "3"]);
    both["filter"]["logic_expression"] = json!("1 and 2");
    assert!(items(&bench.ask(&path, &both)).is_empty());
}

#[test]
fn records_that_were_made_have_new_ids_and_their_fields_and_are_walked_page_by_page() {
    let mut bench = Bench::new();
    let records: Vec<Value> = (0..5).map(|count| json!({"book_count": count})).collect();
    let body = json!({"records": Value::Array(records).to_string()});
    let answered = bench.ask(&format!("{OBJECT}/batch_create"), &body);
    let made = data(&answered)["items"].as_array().unwrap().clone();
    assert_eq!(made.len(), 5);
    assert!(made.iter().all(|item| item["success"] == json!(true)));

    let mut query = json!({
        "select": ["_id", "book_count"],
        "page_size": 2,
        "use_page_token": true,
        "need_total_count": true,
        "order_by": [{"field": "book_count", "direction": "DESC"}],
    });
    let mut counts: Vec<Vec<Value>> = Vec::new();
    loop {
        let answered = bench.ask(&format!("{OBJECT}/batch_query"), &query);
        assert_eq!(data(&answered)["total"], 5);
        counts.push(
            items(&answered)
                .iter()
                .map(|item| item["book_count"].clone())
                .collect(),
        );
        if data(&answered)["has_more"] == json!(false) {
            break;
        }
        query["page_token"] = data(&answered)["next_page_token"].clone();
    }
    assert_eq!(counts, [vec![4, 3], vec![2, 1], vec![0]]);
}

#[test]
fn a_record_with_a_field_of_the_system_is_not_made_and_its_neighbours_are() {
    let mut bench = Bench::new();
    let path = format!("{OBJECT}/batch_create");
    let body = json!({"records": r#"[{"_id":"1"},{"book_name":"b"}]"#});
    let answered = bench.ask(&path, &body);
    let made = &data(&answered)["items"];
    assert_eq!(made[0]["success"], json!(false));
    assert_eq!(made[0]["errors"][0]["sub_code"], "k_ec_000015");
    assert_eq!(made[1]["success"], json!(true));
    assert_eq!(bench.record().applied.records_created.len(), 1);
    for records in ["{}", "[]", "[1]", "no json"] {
        let answered = bench.ask(&path, &json!({"records": records}));
        assert_eq!(code(&answered), (400, 2_320_001), "{records}");
    }
    let many = Value::Array(vec![json!({"a": 1}); 501]).to_string();
    assert_eq!(
        code(&bench.ask(&path, &json!({"records": many}))),
        (400, 2_320_001)
    );
}

#[test]
fn archive_reports_tell_their_columns_with_the_titles_above_and_need_a_page_size() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.violations_of_get(RULES),
        ["page_size: page_size is required"]
    );
    let answered = bench.get(&format!("{RULES}?page_size=1"));
    assert_eq!(data(&answered)["items"][0]["archive_rule_id"], "1");
    assert_eq!(data(&answered)["has_more"], json!(true));

    let asked = json!({"month": "202609", "archive_rule_id": "1", "operator_id": "dd31248a"});
    let answered = bench.ask(COLUMNS, &asked);
    let columns = data(&answered)["archive_report_fields"].as_array().unwrap();
    assert_eq!(columns.len(), 9);
    assert_eq!(
        columns[1],
        json!({"code": "f_actual_days", "title": "实际出勤", "upper_titles": ["出勤"]})
    );
    for (field, value, msg) in [
        ("archive_rule_id", "404", "archive_rule_id not exist"),
        ("operator_id", "forbidden", "auth no permission"),
    ] {
        let mut asked = asked.clone();
        asked[field] = json!(value);
        let answered = bench.ask(COLUMNS, &asked);
        assert_eq!(code(&answered), (400, 1_220_600));
        assert_eq!(answered.1["msg"], msg);
    }
}

#[test]
fn ids_are_found_by_mobile_and_e_mail_and_whoever_is_not_found_has_none() {
    let mut bench = Bench::new();
    let body = json!({
        "mobiles": ["13900000007", "+8613900000020", "13900009999"],
        "emails": ["0033@example.com"],
    });
    let answered = bench.ask(IDS, &body);
    let found: Vec<Option<&str>> = data(&answered)["user_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["user_id"].as_str())
        .collect();
    assert_eq!(
        found,
        [Some("08d12e8d"), Some("cc623b11"), Some("6a99b4cf"), None]
    );
    let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    assert_eq!(
        bench.violations(IDS, &json!({"mobiles": many})),
        ["mobiles: the max len is 50"]
    );
}

#[test]
fn one_group_tells_its_type_and_its_people_and_one_shift_its_hours() {
    let mut bench = Bench::new();
    let group = |bench: &mut Bench, id: &str| {
        bench.get(&format!(
            "{GROUPS}/{id}?employee_type=employee_no&dept_type=open_id"
        ))
    };
    let known = group(&mut bench, "6737202939523236113");
    assert_eq!(data(&known)["group_name"], "海淀店");
    assert_eq!(data(&known)["group_type"], 2);
    assert_eq!(data(&known)["bind_user_ids"][0], "0397");
    assert_eq!(
        data(&group(&mut bench, "6737202939523236200"))["group_type"],
        0
    );
    assert_eq!(
        data(&group(&mut bench, "1"))["group_type"],
        2,
        "every id exists"
    );
    assert_eq!(
        code(&group(&mut bench, "6737202939523236404")),
        (400, 1_220_600)
    );

    let mut shift = |id: &str| bench.get(&format!("/open-apis/attendance/v1/shifts/{id}"));
    assert_eq!(data(&shift("6753520403404030217"))["shift_name"], "晚班");
    assert_eq!(code(&shift("6753520403404030404")), (400, 1_220_600));
    assert_eq!(code(&shift("6753520403404030403")), (400, 1_226_003));
}
