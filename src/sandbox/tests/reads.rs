//! Endpoints that only read: limits, pages, and what a write or somebody else changes in them.

use super::*;
use crate::sandbox::{
    Change, Endpoint, Fault, FaultPlan, Harm, ListEdit, Person, ReadEdit, Shift, ShiftKey, When,
};

const DAYS: &str = "/open-apis/attendance/v1/user_daily_shifts/query?employee_type=employee_id";
const DAYS_BY_JOB_NUMBER: &str =
    "/open-apis/attendance/v1/user_daily_shifts/query?employee_type=employee_no";
const GROUPS: &str = "/open-apis/attendance/v1/groups";
const SHIFT_LIST: &str = "/open-apis/attendance/v1/shifts";
const EMPLOYEES: &str = "/open-apis/directory/v1/employees/filter?employee_id_type=employee_id";
const JINGAN: &str = "6737202939523236110";
const HAIDIAN: &str = "6737202939523236113";

fn users(group_id: &str, more: &str) -> String {
    format!(
        "{GROUPS}/{group_id}/list_user?employee_type=employee_id&dept_type=open_id&member_clock_type=0{more}"
    )
}

fn days(user_ids: &[&str], from: i64, to: i64) -> Value {
    json!({"user_ids": user_ids, "check_date_from": from, "check_date_to": to})
}

fn employees(conditions: &Value) -> Value {
    json!({
        "filter": {"conditions": conditions},
        "required_fields": ["base_info.employee_id", "base_info.name", "work_info.job_number"],
        "page_request": {"page_size": 100},
    })
}

fn by_job_number(numbers: &[&str]) -> Value {
    let value = json!(numbers).to_string();
    json!([{"field": "work_info.job_number", "operator": "in", "value": value}])
}

/// `day_no` and `shift_id` of each row.
fn told(answered: &Answered) -> Vec<(i64, String)> {
    assert_eq!(code(answered), (200, 0), "{}", answered.1);
    let rows = answered.1["data"]["user_daily_shifts"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            (
                row["day_no"].as_i64().unwrap(),
                text(&row["shift_id"]).to_owned(),
            )
        })
        .collect()
}

/// Every entry of a list, page by page.
fn walked(bench: &mut Bench, path: &str, list: &str) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let (mut entries, mut token) = (Vec::new(), String::new());
    loop {
        let (status, envelope) = bench.get(&format!("{path}{joint}page_token={token}"));
        assert_eq!((status, &envelope["code"]), (200, &json!(0)), "{envelope}");
        let data = &envelope["data"];
        entries.extend(data[list].as_array().unwrap().clone());
        assert_eq!(
            data["has_more"].as_bool().unwrap(),
            data["page_token"].is_string()
        );
        let Some(next) = data["page_token"].as_str() else {
            return entries;
        };
        token = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC)
            .to_string();
    }
}

#[test]
fn a_schedule_that_was_written_is_read_back_and_unscheduled_and_cleared_days_are_left_out() {
    let mut bench = Bench::new();
    let mut rest = shift("u1", 22);
    rest["shift_id"] = json!("0");
    bench.ask(
        SHIFTS,
        &shifts(&[shift("u1", 21), rest, shift("u1", 23), shift("u2", 1)]),
    );
    let mut clear = shift("u1", 23);
    clear["is_clear_schedule"] = json!(true);
    bench.ask(SHIFTS, &shifts(&[clear]));

    let answered = bench.ask(DAYS, &days(&["u1"], 20_210_115, 20_210_131));
    assert_eq!(
        answered.1["data"],
        json!({"user_daily_shifts": [
            {"group_id": JINGAN, "shift_id": "6753520403404030215", "month": 202_101, "user_id": "u1", "day_no": 21},
            {"group_id": JINGAN, "shift_id": "0", "month": 202_101, "user_id": "u1", "day_no": 22},
        ]})
    );
    assert!(bench.record().objections.is_empty());
}

#[test]
fn a_schedule_may_be_asked_for_thirty_days_and_fifty_people_and_no_more() {
    let mut bench = Bench::new();
    let refused = |bench: &mut Bench, body: &Value| {
        let answered = bench.ask(DAYS, body);
        assert_eq!(code(&answered), (400, 1_220_001));
        text(&answered.1["msg"]).to_owned()
    };
    assert_eq!(
        code(&bench.ask(DAYS, &days(&["u1"], 20_260_901, 20_260_930))),
        (200, 0)
    );
    assert_eq!(
        refused(&mut bench, &days(&["u1"], 20_261_001, 20_261_031)),
        "the span of check_date must be no more than 30 days"
    );
    for (from, to) in [(20_260_902, 20_260_901), (20_260_931, 20_261_001), (0, 1)] {
        assert_eq!(
            refused(&mut bench, &days(&["u1"], from, to)),
            "check_date invalid"
        );
    }
    let people: Vec<String> = (0..51).map(|number| format!("u{number}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&mut bench, &days(&people, 20_260_901, 20_260_901)),
        "the number of user_ids must be no more than 50"
    );
    assert_eq!(
        code(&bench.ask(DAYS, &days(&people[..50], 20_260_901, 20_260_901))),
        (200, 0)
    );
    assert_eq!(
        code(&bench.ask(DAYS, &days(&["nobody1"], 20_260_901, 20_260_901))),
        (400, 1_220_004)
    );
    let days_as_text =
        json!({"user_ids": ["u1"], "check_date_from": "20260901", "check_date_to": 20_260_901});
    assert_eq!(
        bench.violations(DAYS, &days_as_text),
        ["check_date_from: the type must be int"]
    );
}

#[test]
fn a_person_has_one_schedule_whichever_kind_of_id_it_was_written_under() {
    let mut bench = Bench::new();
    bench.ask(SHIFTS, &shifts(&[shift("cc623b11", 21)]));
    let by_number = bench.ask(DAYS_BY_JOB_NUMBER, &days(&["0007"], 20_210_101, 20_210_130));
    assert_eq!(told(&by_number), [(21, "6753520403404030215".to_owned())]);
    assert_eq!(
        by_number.1["data"]["user_daily_shifts"][0]["user_id"],
        "0007"
    );

    let by_job_number = SHIFTS.replace("employee_id", "employee_no");
    let mut other = shift("0007", 21);
    other["shift_id"] = json!("0");
    bench.ask(&by_job_number, &shifts(&[other]));
    let by_id = bench.ask(DAYS, &days(&["cc623b11"], 20_210_101, 20_210_130));
    assert_eq!(told(&by_id), [(21, "0".to_owned())]);
}

#[test]
fn somebody_else_may_set_and_clear_days_until_a_later_call_does() {
    let mut bench = Bench::new();
    let key = |day_no| ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: "cc623b11".to_owned(),
        month: 202_101,
        day_no,
    };
    let night = Shift {
        group_id: JINGAN.to_owned(),
        shift_id: "6753520403404030217".to_owned(),
        is_clear_schedule: false,
    };
    bench.ask(
        SHIFTS,
        &shifts(&[shift("cc623b11", 1), shift("cc623b11", 2)]),
    );
    bench.change(Change::Day(key(1), None));
    bench.change(Change::Day(key(2), Some(night.clone())));
    bench.change(Change::Day(key(3), Some(night)));
    let read =
        |bench: &mut Bench| told(&bench.ask(DAYS, &days(&["cc623b11"], 20_210_101, 20_210_130)));
    let night = |day| (day, "6753520403404030217".to_owned());
    assert_eq!(read(&mut bench), [night(2), night(3)]);
    assert_eq!(
        bench.record().applied.shifts.len(),
        2,
        "what calls did is kept apart"
    );

    bench.ask(SHIFTS, &shifts(&[shift("cc623b11", 2)]));
    assert_eq!(
        read(&mut bench),
        [(2, "6753520403404030215".to_owned()), night(3)]
    );
}

#[test]
fn unscheduled_days_may_be_told_as_rest() {
    let mut bench = Bench::new();
    bench.change(Change::UnscheduledDaysAreRest);
    let answered = bench.ask(
        DAYS,
        &days(&["cc623b11", "stranger"], 20_210_101, 20_210_102),
    );
    let rows = answered.1["data"]["user_daily_shifts"].as_array().unwrap();
    let groups: Vec<&str> = rows.iter().map(|row| text(&row["group_id"])).collect();
    assert_eq!(groups, [JINGAN, JINGAN, "1", "1"]);
    assert!(told(&answered).iter().all(|(_, shift_id)| shift_id == "0"));
}

#[test]
fn groups_and_shifts_come_page_by_page_and_a_page_token_belongs_to_its_list() {
    let mut bench = Bench::new();
    let groups = walked(&mut bench, &format!("{GROUPS}?page_size=4"), "group_list");
    assert_eq!(groups.len(), 6);
    assert_eq!(
        groups[0],
        json!({"group_id": JINGAN, "group_name": "静安店"})
    );
    let shifts = walked(
        &mut bench,
        &format!("{SHIFT_LIST}?page_size=1"),
        "shift_list",
    );
    let names: Vec<&str> = shifts
        .iter()
        .map(|shift| text(&shift["shift_name"]))
        .collect();
    assert_eq!(names, ["早班", "中班", "晚班"]);
    assert_eq!(shifts[0]["punch_time_rule"][0]["on_time"], "8:00");

    let (_, envelope) = bench.get(&format!("{SHIFT_LIST}?page_size=1"));
    let token = text(&envelope["data"]["page_token"]);
    let elsewhere = bench.get(&format!("{GROUPS}?page_token={token}"));
    assert_eq!(code(&elsewhere), (400, 1_220_001));
    assert_eq!(elsewhere.1["msg"], "page_token invalid");
}

#[test]
fn an_attendance_page_holds_ten_entries_and_one_to_fifty_when_asked() {
    let mut bench = Bench::new();
    let count = |bench: &mut Bench, more: &str| {
        let (_, envelope) = bench.get(&users(JINGAN, more));
        envelope["data"]["users"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut bench, ""), 10);
    assert_eq!(count(&mut bench, "&page_size=50"), 23);
    for (size, told) in [
        ("0", "the min value is 1"),
        ("51", "the max value is 50"),
        ("ten", "the type must be int"),
    ] {
        assert_eq!(
            bench.violations_of_get(&users(JINGAN, &format!("&page_size={size}"))),
            [format!("page_size: {told}")]
        );
    }
}

#[test]
fn the_people_of_a_group_are_told_by_the_id_that_was_asked_for() {
    let mut bench = Bench::new();
    let members = walked(&mut bench, &users(HAIDIAN, ""), "users");
    assert_eq!(members.len(), 10);
    assert_eq!(
        members[0],
        json!({"user_id": "56e27f1e", "department_ids": [format!("od-{HAIDIAN}"), "0"]})
    );
    let path = users(HAIDIAN, "").replace("employee_id", "employee_no");
    assert_eq!(walked(&mut bench, &path, "users")[0]["user_id"], "0397");
    let unknown = bench.get(&users("6737202939523236404", ""));
    assert_eq!(code(&unknown), (400, 1_220_600));
    assert_eq!(
        bench.violations_of_get(&format!(
            "{GROUPS}/{HAIDIAN}/list_user?employee_type=employee_id"
        )),
        [
            "dept_type: dept_type is required",
            "member_clock_type: member_clock_type is required"
        ]
    );
    let need_not_punch = users(HAIDIAN, "").replace("member_clock_type=0", "member_clock_type=2");
    assert!(walked(&mut bench, &need_not_punch, "users").is_empty());
}

#[test]
fn the_page_token_of_group_members_works_encoded_once_more_or_not() {
    let mut bench = Bench::new();
    let (_, envelope) = bench.get(&users(JINGAN, ""));
    let token = text(&envelope["data"]["page_token"]);
    assert!(token.ends_with("%3D%3D"), "{token}");
    for token in [token.to_owned(), token.replace('%', "%25")] {
        let (_, envelope) = bench.get(&users(JINGAN, &format!("&page_token={token}")));
        assert_eq!(envelope["data"]["users"].as_array().unwrap().len(), 10);
    }
}

#[test]
fn people_are_found_by_job_number_mobile_and_e_mail() {
    let mut bench = Bench::new();
    let (_, envelope) = bench.ask(
        EMPLOYEES,
        &employees(&by_job_number(&["0007", "0999", "0020"])),
    );
    assert_eq!(
        envelope["data"],
        json!({
            "employees": [
                {
                    "base_info": {
                        "employee_id": "cc623b11",
                        "name": {"name": {"default_value": "赵春晓", "i18n_value": {"zh_cn": "赵春晓"}}},
                    },
                    "work_info": {"job_number": "0007"},
                },
                {
                    "base_info": {
                        "employee_id": "6a99b4cf",
                        "name": {"name": {"default_value": "钱谷雨", "i18n_value": {"zh_cn": "钱谷雨"}}},
                    },
                    "work_info": {"job_number": "0020"},
                },
            ],
            "page_response": {"has_more": false},
            "abnormals": [],
        })
    );
    for (field, value) in [
        ("base_info.mobile", "+8613900000007"),
        ("base_info.email", "0007@example.com"),
    ] {
        let value = json!(value).to_string();
        let conditions = json!([{"field": field, "operator": "eq", "value": value}]);
        let (_, envelope) = bench.ask(EMPLOYEES, &employees(&conditions));
        assert_eq!(
            envelope["data"]["employees"][0]["base_info"]["employee_id"],
            "cc623b11"
        );
    }
}

#[test]
fn of_a_person_only_the_fields_asked_for_are_told_and_none_without_asking() {
    let mut bench = Bench::new();
    let mut body = employees(&by_job_number(&["0007"]));
    body["required_fields"] = json!([]);
    let (_, envelope) = bench.ask(EMPLOYEES, &body);
    assert_eq!(envelope["data"]["employees"], json!([{}]));
    body["required_fields"] = json!(["base_info.employee_id"]);
    let by_open_id = EMPLOYEES.split_once('?').unwrap().0;
    let (_, envelope) = bench.ask(by_open_id, &body);
    let id = text(&envelope["data"]["employees"][0]["base_info"]["employee_id"]);
    assert!(id.starts_with("ou_"), "{id}");
}

#[test]
fn the_directory_pages_in_the_body_up_to_a_hundred_people() {
    let mut bench = Bench::new();
    let everybody = json!([
        {"field": "work_info.staff_status", "operator": "eq", "value": "1"},
        {"field": "base_info.departments.department_id", "operator": "eq", "value": "\"0\""},
    ]);
    let mut body = employees(&everybody);
    body["page_request"]["page_size"] = json!(20);
    let mut counts = Vec::new();
    loop {
        let (_, envelope) = bench.ask(EMPLOYEES, &body);
        counts.push(envelope["data"]["employees"].as_array().unwrap().len());
        let page = &envelope["data"]["page_response"];
        if page["has_more"] == json!(false) {
            break;
        }
        body["page_request"]["page_token"] = page["page_token"].clone();
    }
    assert_eq!(counts, [20, 20, 13]);
    body["page_request"]["page_size"] = json!(101);
    assert_eq!(
        bench.violations(EMPLOYEES, &body),
        ["page_request.page_size: the max value is 100"]
    );
}

#[test]
fn a_filter_of_the_directory_that_the_page_does_not_know_is_refused_by_its_code() {
    let mut bench = Bench::new();
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let one = |field: &str, operator: &str, value: &str| json!([{"field": field, "operator": operator, "value": value}]);
    for (conditions, expected) in [
        (by_job_number(&many), 2_220_014),
        (one("work_info.job_number", "eq", "0007"), 2_220_014),
        (one("work_info.job_number", "eq", "7"), 2_220_014),
        (one("work_info.job_number", "in", "\"0007\""), 2_220_014),
        (one("work_info.job_number", "like", "\"0007\""), 2_220_013),
        (one("base_info.name", "eq", "\"陈静\""), 2_220_009),
        (one("work_info.staff_status", "eq", "1"), 2_220_012),
    ] {
        let answered = bench.ask(EMPLOYEES, &employees(&conditions));
        assert_eq!(code(&answered), (400, expected), "{conditions}");
    }
    let mut without_page = employees(&by_job_number(&["0007"]));
    without_page.as_object_mut().unwrap().remove("page_request");
    assert_eq!(code(&bench.ask(EMPLOYEES, &without_page)), (400, 2_221_005));
}

#[test]
fn somebody_who_moved_is_in_the_other_group_and_not_scheduled_in_the_old_one() {
    let mut bench = Bench::new();
    bench.change(Change::Move {
        user_id: "cc623b11".to_owned(),
        group_id: Some(HAIDIAN.to_owned()),
    });
    let ids = |bench: &mut Bench, group_id| {
        let members = walked(bench, &users(group_id, "&page_size=50"), "users");
        members
            .iter()
            .any(|member| member["user_id"] == json!("cc623b11"))
    };
    assert!(!ids(&mut bench, JINGAN));
    assert!(ids(&mut bench, HAIDIAN));
    let (_, envelope) = bench.ask(
        SHIFTS,
        &shifts(&[shift("cc623b11", 21), shift("6a99b4cf", 21)]),
    );
    assert_eq!(envelope["msg"], r#"{"cc623b11":[20210121]}"#);

    bench.change(Change::Move {
        user_id: "cc623b11".to_owned(),
        group_id: None,
    });
    assert!(!ids(&mut bench, HAIDIAN));
}

#[test]
fn groups_and_shifts_may_be_renamed_and_two_shifts_may_bear_one_name() {
    let mut bench = Bench::new();
    bench.change(Change::RenameShift {
        shift_id: "6753520403404030217".to_owned(),
        name: "早班".to_owned(),
    });
    bench.change(Change::RenameGroup {
        group_id: JINGAN.to_owned(),
        name: "静安旗舰店".to_owned(),
    });
    let shifts = walked(&mut bench, SHIFT_LIST, "shift_list");
    let names: Vec<&str> = shifts
        .iter()
        .map(|shift| text(&shift["shift_name"]))
        .collect();
    assert_eq!(names, ["早班", "中班", "早班"]);
    let groups = walked(&mut bench, GROUPS, "group_list");
    assert_eq!(groups[0]["group_name"], "静安旗舰店");
}

#[test]
fn a_group_of_another_type_cannot_be_scheduled() {
    let mut bench = Bench::new();
    bench.change(Change::GroupType {
        group_id: JINGAN.to_owned(),
        group_type: 0,
    });
    let answered = bench.ask(SHIFTS, &shifts(&[shift("cc623b11", 21)]));
    assert_eq!(code(&answered), (400, 1_220_600));
    assert_eq!(answered.1["msg"], "the rule cannot arrange!");
}

#[test]
fn two_people_bear_one_name_and_more_can_be_hired() {
    let mut bench = Bench::new();
    bench.change(Change::Hire(Person {
        job_number: "0727".to_owned(),
        name: "陈静".to_owned(),
        user_id: "5d11c0de".to_owned(),
        mobile: "+8613900000727".to_owned(),
        email: "0727@example.com".to_owned(),
        group_id: None,
    }));
    let (_, envelope) = bench.ask(
        EMPLOYEES,
        &employees(&by_job_number(&["0701", "0714", "0727"])),
    );
    let people = envelope["data"]["employees"].as_array().unwrap();
    let names: Vec<&str> = people
        .iter()
        .map(|person| text(&person["base_info"]["name"]["name"]["default_value"]))
        .collect();
    assert_eq!(names, ["陈静"; 3]);
}

#[test]
fn a_read_may_lack_its_scope_or_not_be_there_while_the_others_answer() {
    let mut bench = Bench::new();
    bench.change(Change::ScopeMissing {
        endpoint: Endpoint::GroupList,
        scope: "attendance:rule:readonly".to_owned(),
    });
    bench.change(Change::NotThere(Endpoint::ShiftList));
    let answered = bench.get(GROUPS);
    assert_eq!(code(&answered), (400, 99_991_672));
    assert_eq!(
        answered.1["error"]["permission_violations"][0]["subject"],
        "attendance:rule:readonly"
    );
    assert_eq!(bench.get(SHIFT_LIST), (404, Value::Null));
    assert_eq!(code(&bench.get(&users(JINGAN, ""))), (200, 0));
}

#[test]
fn each_read_keeps_windows_of_its_own() {
    let mut bench = Bench::with(&SandboxOptions::default());
    for _ in 0..50 {
        assert_eq!(code(&bench.get(GROUPS)), (200, 0));
    }
    assert_eq!(code(&bench.get(GROUPS)), (429, 99_991_400));
    assert_eq!(code(&bench.get(SHIFT_LIST)), (200, 0));
    bench.wait(1000);
    assert_eq!(code(&bench.get(GROUPS)), (200, 0));
}

#[test]
fn a_read_without_a_body_takes_none() {
    let mut bench = Bench::new();
    let call = Call {
        method: "GET".to_owned(),
        ..bench.call(GROUPS, &json!({}))
    };
    assert_eq!(code(&answered(&bench.send(&call))), (400, 9499));
}

/// A platform whose reads of schedules go wrong like this.
fn lying(harm: Harm) -> Bench {
    let when = When::always().at(Endpoint::DaysQuery);
    let mut bench = Bench::with(&SandboxOptions {
        quotas: Quotas::Unlimited,
        faults: FaultPlan::new().on(when, Fault::new(harm)),
        ..SandboxOptions::default()
    });
    bench.ask(SHIFTS, &shifts(&[shift("u1", 21), shift("u1", 22)]));
    bench
}

#[test]
fn a_schedule_can_be_told_with_a_stranger_a_day_outside_or_one_day_twice() {
    let rows = |harm: Harm| {
        let answered = lying(harm).ask(DAYS, &days(&["u1"], 20_210_115, 20_210_131));
        let rows = answered.1["data"]["user_daily_shifts"].as_array().unwrap();
        assert_eq!(rows.len(), 3);
        rows[2].clone()
    };
    let stranger = rows(Harm::List(ListEdit::UnsentNames));
    assert_ne!(stranger["user_id"], "u1");
    let outside = rows(Harm::Read(ReadEdit::Outside));
    assert_eq!(
        (&outside["user_id"], &outside["month"]),
        (&json!("u1"), &json!(199_001))
    );
    let twice = rows(Harm::Read(ReadEdit::Twice));
    assert_eq!(
        (&twice["month"], &twice["day_no"]),
        (&json!(202_101), &json!(21))
    );
    assert_ne!(twice["shift_id"], "6753520403404030215");
    let mut half = lying(Harm::List(ListEdit::Omit));
    assert_eq!(
        told(&half.ask(DAYS, &days(&["u1"], 20_210_115, 20_210_131))).len(),
        1
    );
}

#[test]
fn every_list_can_give_the_same_page_token_again_and_again() {
    let mut bench = Bench::with(&SandboxOptions {
        quotas: Quotas::Unlimited,
        faults: FaultPlan::new().on(When::always(), Fault::new(Harm::Read(ReadEdit::SameToken))),
        ..SandboxOptions::default()
    });
    let (_, first) = bench.get(SHIFT_LIST);
    let token = text(&first["data"]["page_token"]).to_owned();
    let (_, second) = bench.get(&format!("{SHIFT_LIST}?page_token={token}"));
    assert_eq!(second["data"]["page_token"], json!(token));
    assert_eq!(second["data"]["has_more"], json!(true));

    let mut body = employees(&by_job_number(&["0007"]));
    let (_, first) = bench.ask(EMPLOYEES, &body);
    body["page_request"]["page_token"] = first["data"]["page_response"]["page_token"].clone();
    let (_, second) = bench.ask(EMPLOYEES, &body);
    assert_eq!(
        second["data"]["page_response"],
        first["data"]["page_response"]
    );
}
