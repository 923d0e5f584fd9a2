//! Each endpoint's own rules and its documented failures.

use super::*;
use crate::sandbox::{
    ArchiveKey, MessageDates, MessageForm, PlanRowKey, SEED_DATA, ShiftEcho, ShiftKey, ShiftReplies,
};

fn refusal(bench: &mut Bench, path: &str, body: &Value) -> (u16, i64, String) {
    let (status, envelope) = bench.ask(path, body);
    (
        status,
        envelope["code"].as_i64().unwrap(),
        text(&envelope["msg"]).to_owned(),
    )
}

#[test]
fn unknown_punches_fail_by_id_with_the_reason_as_json_in_msg_and_the_others_are_deleted() {
    let mut bench = Bench::new();
    let (status, envelope) = bench.ask(PUNCHES, &json!({"record_ids": ["1", "4041", "2"]}));
    assert_eq!(status, 200);
    assert_eq!(
        envelope,
        json!({
            "code": 0,
            "msg": r#"{"4041":"record not found"}"#,
            "data": {"success_record_ids": ["1", "2"], "fail_record_ids": ["4041"]},
        })
    );
    assert_eq!(
        bench
            .record()
            .applied
            .punches_deleted
            .into_iter()
            .collect::<Vec<_>>(),
        ["1", "2"]
    );
}

#[test]
fn a_punch_deleted_before_fails_the_second_time() {
    let mut bench = Bench::new();
    bench.ask(PUNCHES, &json!({"record_ids": ["1"]}));
    let (_, envelope) = bench.ask(PUNCHES, &json!({"record_ids": ["1"]}));
    assert_eq!(
        envelope["data"],
        json!({"success_record_ids": [], "fail_record_ids": ["1"]})
    );
}

#[test]
fn shifts_are_echoed_and_the_later_call_replaces_the_earlier() {
    let mut bench = Bench::new();
    let first = shift("u1", 21);
    let mut second = first.clone();
    second["shift_id"] = json!("0");
    second["is_clear_schedule"] = json!(false);
    assert_eq!(
        bench.ask(SHIFTS, &shifts(std::slice::from_ref(&first))).1["data"],
        json!({"user_daily_shifts": [first]})
    );
    assert_eq!(
        bench.ask(SHIFTS, &shifts(std::slice::from_ref(&second))).1["data"],
        json!({"user_daily_shifts": [second]})
    );
    let applied = bench.record().applied.shifts;
    let key = ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: "u1".to_owned(),
        month: 202_101,
        day_no: 21,
    };
    assert_eq!((applied.len(), applied[&key].shift_id.as_str()), (1, "0"));
}

#[test]
fn the_types_of_shift_fields_are_exact() {
    let mut bench = Bench::new();
    for (field, value, rule) in [
        ("day_no", json!("21"), "the type must be int"),
        ("day_no", json!(21.0), "the type must be int"),
        ("month", json!("202101"), "the type must be int"),
        ("shift_id", json!(0), "the type must be string"),
        ("user_id", json!(null), "the type must be string"),
        ("group_id", json!(""), "group_id is required"),
        (
            "is_clear_schedule",
            json!("true"),
            "the type must be boolean",
        ),
    ] {
        let mut row = shift("u1", 21);
        row[field] = value;
        assert_eq!(
            bench.violations(SHIFTS, &shifts(&[row])),
            [format!("user_daily_shifts[*].{field}: {rule}")]
        );
    }
}

#[test]
fn every_required_shift_field_must_be_there_and_the_operator_need_not() {
    let mut bench = Bench::new();
    for field in ["group_id", "shift_id", "month", "user_id", "day_no"] {
        let mut row = shift("u1", 21);
        row.as_object_mut().unwrap().remove(field);
        let told = bench.violations(SHIFTS, &shifts(&[row]));
        assert_eq!(
            told,
            [format!("user_daily_shifts[*].{field}: {field} is required")]
        );
    }
    assert_eq!(
        code(&bench.ask(SHIFTS, &json!({"user_daily_shifts": [shift("u1", 1)]}))),
        (200, 0)
    );
}

#[test]
fn a_month_and_a_day_must_exist() {
    let mut bench = Bench::new();
    for (month, day, msg) in [
        (202_113, 1, "month invalid"),
        (202_101, 0, "day_no invalid"),
        (202_102, 29, "day_no invalid"),
        (21, 1, "month invalid"),
    ] {
        let mut row = shift("u1", day);
        row["month"] = json!(month);
        assert_eq!(
            refusal(&mut bench, SHIFTS, &shifts(&[row])),
            (400, 1_220_001, msg.to_owned()),
            "{month} {day}"
        );
    }
    let mut leap_day = shift("u1", 29);
    leap_day["month"] = json!(202_402);
    assert_eq!(code(&bench.ask(SHIFTS, &shifts(&[leap_day]))), (200, 0));
}

#[test]
fn employee_type_is_required_and_one_of_two() {
    let mut bench = Bench::new();
    for (path, body) in [
        (SHIFTS, shifts(&[shift("u1", 1)])),
        (ARCHIVE, archive(&[line("m1", &[("c", "1")])])),
    ] {
        let bare = path.split_once('?').unwrap().0;
        assert_eq!(
            bench.violations(bare, &body),
            ["employee_type: employee_type is required"]
        );
        let wrong = format!("{bare}?employee_type=open_id");
        assert_eq!(
            refusal(&mut bench, &wrong, &body),
            (400, 1_220_001, "employee_type invalid".to_owned())
        );
        assert_eq!(
            code(&bench.ask(&format!("{bare}?employee_type=employee_no"), &body)),
            (200, 0)
        );
    }
}

#[test]
fn one_bad_shift_refuses_the_whole_call_and_nothing_is_applied() {
    let with = |field: &str, value: Value| {
        let mut row = shift("u2", 2);
        row[field] = value;
        shifts(&[shift("u1", 1), row])
    };
    let mut by_operator = shifts(&[shift("u1", 1)]);
    by_operator["operator_id"] = json!("forbidden");
    for (body, code, msg) in [
        (
            with("user_id", json!("nobody7")),
            1_220_004,
            "user_id is not exist or does not have permission",
        ),
        (
            with("group_id", json!("6737202939523236200")),
            1_220_600,
            "the rule cannot arrange!",
        ),
        (
            with("group_id", json!("6737202939523236404")),
            1_220_600,
            "rule not exist",
        ),
        (
            with("shift_id", json!("6753520403404030404")),
            1_220_600,
            "shift does not exist",
        ),
        (
            with("shift_id", json!("6753520403404030403")),
            1_226_003,
            "default shift are not allowed to change.",
        ),
        (
            with("month", json!(202_001)),
            1_220_600,
            "the attendance result has been sealed and can not modify",
        ),
        (by_operator, 1_220_005, "没有权限"),
    ] {
        let mut bench = Bench::new();
        assert_eq!(
            refusal(&mut bench, SHIFTS, &body),
            (400, code, msg.to_owned())
        );
        assert!(bench.record().applied.shifts.is_empty(), "{msg}");
        assert!(
            bench.record().objections.is_empty(),
            "{msg}: bad data is not a mistake of the client"
        );
    }
}

#[test]
fn clearing_a_day_has_precedence_over_its_shift() {
    let mut bench = Bench::new();
    let mut row = shift("u1", 1);
    row["shift_id"] = json!("6753520403404030404");
    row["is_clear_schedule"] = json!(true);
    assert_eq!(code(&bench.ask(SHIFTS, &shifts(&[row]))), (200, 0));
}

#[test]
fn people_outside_the_group_are_named_in_msg_under_code_0_and_the_others_are_scheduled() {
    let outside = |day| {
        let mut row = shift("u9", day);
        row["group_id"] = json!("6737202939523236199");
        row
    };
    let body = shifts(&[outside(3), shift("u1", 1), outside(4)]);
    let mut bench = Bench::new();
    let (status, envelope) = bench.ask(SHIFTS, &body);
    assert_eq!((status, &envelope["code"]), (200, &json!(0)));
    assert_eq!(envelope["msg"], json!(r#"{"u9":[20210103,20210104]}"#));
    assert_eq!(
        envelope["data"]["user_daily_shifts"],
        json!([shift("u1", 1)])
    );
    assert_eq!(bench.record().applied.shifts.len(), 1);

    let mut bench = Bench::with(&SandboxOptions {
        shift_replies: ShiftReplies {
            form: MessageForm::Printed,
            dates: MessageDates::Day,
            echo: ShiftEcho::All,
        },
        ..SandboxOptions::default()
    });
    let (_, envelope) = bench.ask(SHIFTS, &body);
    assert_eq!(envelope["msg"], json!("{u9：[3，4]}"));
    assert_eq!(
        envelope["data"]["user_daily_shifts"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(bench.record().applied.shifts.len(), 1);
}

#[test]
fn records_answer_each_id_and_a_deleted_one_carries_the_documented_error_with_code_0() {
    let mut bench = Bench::new();
    let (status, envelope) = bench.ask(
        RECORDS,
        &json!({"ids": ["1801464965461024", "4042", "4031"]}),
    );
    assert_eq!((status, &envelope["code"]), (200, &json!(0)));
    let error = |code: &str, message: &str, sub_code: &str| json!([{"code": code, "message": message, "sub_code": sub_code, "fields": ["_id"]}]);
    assert_eq!(
        envelope["data"]["items"],
        json!([
            {"success": true, "id": "1801464965461024", "errors": error("0", "success", "k_ec_00001")},
            {"success": false, "id": "4042", "errors": error("300004", "record not found", "k_cf_ec_300004")},
            {"success": false, "id": "4031", "errors": error("000009", "no permission", "k_ec_000009")},
        ])
    );
}

#[test]
fn a_record_deleted_before_is_not_found_but_its_namesake_elsewhere_is() {
    let mut bench = Bench::new();
    let flags = |bench: &mut Bench, path: &str| {
        let (_, envelope) = bench.ask(path, &json!({"ids": ["1"]}));
        envelope["data"]["items"][0]["success"].as_bool().unwrap()
    };
    assert!(flags(&mut bench, RECORDS));
    assert!(!flags(&mut bench, RECORDS));
    assert!(flags(&mut bench, &RECORDS.replace("/user/", "/team/")));
}

#[test]
fn a_busy_record_is_deleted_the_second_time() {
    let mut bench = Bench::new();
    let body = json!({"ids": ["5031"]});
    let (_, first) = bench.ask(RECORDS, &body);
    assert_eq!(
        first["data"]["items"][0]["errors"][0]["sub_code"],
        json!("k_op_ec_20001")
    );
    let (_, second) = bench.ask(RECORDS, &body);
    assert_eq!(second["data"]["items"][0]["success"], json!(true));
    let calls = bench.record().calls;
    assert_eq!((calls[0].applied, calls[1].applied), (0, 1));
}

#[test]
fn a_namespace_of_256_characters_is_refused() {
    let mut bench = Bench::new();
    let path = |length: usize| RECORDS.replace("package_test__c", &"n".repeat(length));
    assert_eq!(
        code(&bench.ask(&path(255), &json!({"ids": ["1"]}))),
        (200, 0)
    );
    assert_eq!(
        code(&bench.ask(&path(256), &json!({"ids": ["1"]}))),
        (400, 2_320_001)
    );
}

#[test]
fn one_bad_plan_row_refuses_the_whole_call_and_nothing_is_zeroed() {
    let good = plan_row(&[("department", "1")]);
    let five = [
        ("department", "1"),
        ("employee_type", "2"),
        ("location", "3"),
        ("cost_center", "4"),
        ("job_family", "5"),
    ];
    let of_five = |row: Value| json!({"workforce_plan_id": "7435976673130317405", "items": [row]});
    let mut six = five.to_vec();
    six.push(("job", "6"));
    for (body, code) in [
        (
            plan(&[good.clone(), plan_row(&[("department", "4049")])]),
            800_022_907,
        ),
        (
            plan(&[good.clone(), plan_row(&[("department", "4119")])]),
            800_022_911,
        ),
        (
            plan(&[good.clone(), plan_row(&[("job", "1"), ("job", "2")])]),
            800_022_901,
        ),
        (
            json!({"workforce_plan_id": "404", "items": [good]}),
            800_022_919,
        ),
        (of_five(plan_row(&five[..4])), 800_022_902),
        (of_five(plan_row(&six)), 800_022_905),
    ] {
        let mut bench = Bench::new();
        assert_eq!(super::code(&bench.ask(PLAN_ROWS, &body)), (400, code));
        assert!(bench.record().applied.plan_rows_zeroed.is_empty());
    }
    assert_eq!(
        code(&Bench::new().ask(PLAN_ROWS, &of_five(plan_row(&five)))),
        (200, 0)
    );
}

#[test]
fn a_plan_row_may_not_be_twice_in_a_call_whatever_the_order_of_its_dimensions() {
    let mut bench = Bench::new();
    let row = plan_row(&[("department", "1"), ("job", "2")]);
    let turned = plan_row(&[("job", "2"), ("department", "1")]);
    assert_eq!(
        code(&bench.ask(PLAN_ROWS, &plan(&[row.clone(), turned]))),
        (400, 800_022_901)
    );
    let other = plan_row(&[("department", "1"), ("job", "3")]);
    assert_eq!(code(&bench.ask(PLAN_ROWS, &plan(&[row, other]))), (200, 0));
}

#[test]
fn a_plan_row_may_be_zeroed_again_and_is_counted() {
    let mut bench = Bench::new();
    bench.ask(
        PLAN_ROWS,
        &plan(&[plan_row(&[("department", "1"), ("job", "2")])]),
    );
    bench.ask(
        PLAN_ROWS,
        &plan(&[plan_row(&[("job", "2"), ("department", "1")])]),
    );
    let key = PlanRowKey {
        workforce_plan_id: "7430330781544564268".to_owned(),
        dimensions: [
            ("department".to_owned(), "1".to_owned()),
            ("job".to_owned(), "2".to_owned()),
        ]
        .into(),
    };
    assert_eq!(bench.record().applied.plan_rows_zeroed, [(key, 2)].into());
}

#[test]
fn dimension_keys_are_those_of_the_page() {
    let mut bench = Bench::new();
    let told = bench.violations(PLAN_ROWS, &plan(&[plan_row(&[("dept", "1")])]));
    assert!(
        told[0].starts_with(
            "items[*].dimensions[*].dimension_key: options: [department,employee_type,"
        ),
        "{told:?}"
    );
    for key in ["pathway", "custom_org_05"] {
        assert_eq!(
            code(&bench.ask(PLAN_ROWS, &plan(&[plan_row(&[(key, "1")])]))),
            (200, 0)
        );
    }
}

#[test]
fn a_plan_row_has_1_to_20_dimensions_and_at_most_15_details() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.violations(PLAN_ROWS, &plan(&[plan_row(&[])])),
        ["items[*].dimensions: the min len is 1"]
    );
    let many = vec![("job", "1"); 21];
    assert_eq!(
        bench.violations(PLAN_ROWS, &plan(&[plan_row(&many)])),
        ["items[*].dimensions: the max len is 20"]
    );
    let mut row = plan_row(&[("job", "1")]);
    row["plan_value"] = json!("919");
    row["eai_details"] = json!(vec![
        json!({"date": "2029-01-31", "estimated_active_individuals": "9"});
        15
    ]);
    assert_eq!(
        code(&bench.ask(PLAN_ROWS, &plan(std::slice::from_ref(&row)))),
        (200, 0)
    );
    row["eai_details"] = json!(vec![json!({}); 16]);
    assert_eq!(
        bench.violations(PLAN_ROWS, &plan(&[row])),
        ["items[*].eai_details: the max len is 15"]
    );
}

#[test]
fn unknown_members_and_fields_are_listed_under_code_0_and_the_rest_is_written() {
    let mut bench = Bench::new();
    let lines = [
        line("m1", &[("c1", "1"), ("bad1", "2")]),
        line("nobody1", &[("c1", "1"), ("bad1", "3"), ("bad2", "")]),
    ];
    let (status, envelope) = bench.ask(ARCHIVE, &archive(&lines));
    assert_eq!(
        (status, &envelope["code"], &envelope["msg"]),
        (200, &json!(0), &json!("success"))
    );
    assert_eq!(
        envelope["data"],
        json!({"invalid_code": ["bad1", "bad2"], "invalid_member_id": ["nobody1"]})
    );
    let key = ArchiveKey {
        archive_rule_id: "1".to_owned(),
        month: "202409".to_owned(),
        employee_type: "employee_id".to_owned(),
        member_id: "m1".to_owned(),
        start_time: "20210109".to_owned(),
        end_time: "20210109".to_owned(),
    };
    let fields = [("c1".to_owned(), "1".to_owned())].into();
    assert_eq!(bench.record().applied.archive, [(key, fields)].into());
}

#[test]
fn a_bad_archive_envelope_or_date_refuses_the_whole_call() {
    let with = |field: &str, value: Value| {
        let mut body = archive(&[line("m1", &[("c1", "1")])]);
        body[field] = value;
        body
    };
    let with_end = |end: &str| {
        let mut row = line("m1", &[("c1", "1")]);
        row["end_time"] = json!(end);
        archive(&[row])
    };
    for (body, code, msg) in [
        (with("month", json!("202413")), 1_220_001, "month invalid"),
        (with("month", json!("2024-9")), 1_220_001, "month invalid"),
        (
            with("operator_id", json!("forbidden")),
            1_220_600,
            "auth no permission",
        ),
        (
            with("archive_rule_id", json!("404")),
            1_220_600,
            "archive_rule_id not exist",
        ),
        (with_end("20210132"), 1_220_600, "time is invalid"),
        (with_end("2021-1-9"), 1_220_600, "time is invalid"),
        (with_end("20210108"), 1_220_600, "time is invalid"),
    ] {
        let mut bench = Bench::new();
        assert_eq!(
            refusal(&mut bench, ARCHIVE, &body),
            (400, code, msg.to_owned())
        );
        assert!(bench.record().applied.archive.is_empty(), "{msg}");
    }
}

#[test]
fn the_month_of_the_archive_report_is_text() {
    let mut bench = Bench::new();
    let mut body = archive(&[line("m1", &[("c1", "1")])]);
    body["month"] = json!(202_409);
    assert_eq!(
        bench.violations(ARCHIVE, &body),
        ["month: the type must be string"]
    );
}

#[test]
fn an_archive_line_has_at_most_200_fields_and_a_value_may_be_empty_or_missing() {
    let mut bench = Bench::new();
    let codes: Vec<String> = (0..201).map(|number| format!("c{number}")).collect();
    let fields: Vec<(&str, &str)> = codes.iter().map(|code| (code.as_str(), "")).collect();
    let told = bench.violations(ARCHIVE, &archive(&[line("m1", &fields)]));
    assert_eq!(
        told,
        ["archive_report_datas[*].field_datas: the max len is 200"]
    );
    assert_eq!(
        code(&bench.ask(ARCHIVE, &archive(&[line("m1", &fields[..200])]))),
        (200, 0)
    );
    let mut row = line("m2", &[]);
    row["field_datas"] = json!([{"code": "c1"}]);
    assert_eq!(code(&bench.ask(ARCHIVE, &archive(&[row]))), (200, 0));
}

#[test]
fn the_table_of_seed_data_names_every_value_once() {
    let mut seen = std::collections::BTreeSet::new();
    assert!(
        SEED_DATA
            .iter()
            .all(|datum| seen.insert((datum.field, datum.value)))
    );
    assert!(
        SEED_DATA
            .iter()
            .any(|datum| datum.value == crate::sandbox::GROUP_OF_OTHERS)
    );
    assert!(
        SEED_DATA
            .iter()
            .any(|datum| datum.value == crate::sandbox::MONTH_SEALED.to_string())
    );
}
