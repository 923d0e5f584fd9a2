//! Endpoints that only read: limits, pages, and what a write changes in them.

use super::*;

pub(super) const DAYS: &str =
    "/open-apis/attendance/v1/user_daily_shifts/query?employee_type=employee_id";
const DAYS_BY_JOB_NUMBER: &str =
    "/open-apis/attendance/v1/user_daily_shifts/query?employee_type=employee_no";
pub(super) const GROUPS: &str = "/open-apis/attendance/v1/groups";
pub(super) const SHIFT_LIST: &str = "/open-apis/attendance/v1/shifts";
pub(super) const EMPLOYEES: &str =
    "/open-apis/directory/v1/employees/filter?employee_id_type=employee_id";
pub(super) const JINGAN: &str = "6737202939523236110";
pub(super) const HAIDIAN: &str = "6737202939523236113";

pub(super) fn users(group_id: &str, more: &str) -> String {
    format!(
        "{GROUPS}/{group_id}/list_user?employee_type=employee_id&dept_type=open_id&member_clock_type=0{more}"
    )
}

pub(super) fn days(user_ids: &[&str], from: i64, to: i64) -> Value {
    json!({"user_ids": user_ids, "check_date_from": from, "check_date_to": to})
}

pub(super) fn employees(conditions: &Value) -> Value {
    json!({
        "filter": {"conditions": conditions},
        "required_fields": ["base_info.employee_id", "base_info.name", "work_info.job_number"],
        "page_request": {"page_size": 100},
    })
}

pub(super) fn by_job_number(numbers: &[&str]) -> Value {
    let value = json!(numbers).to_string();
    json!([{"field": "work_info.job_number", "operator": "in", "value": value}])
}

/// `day_no` and `shift_id` of each row.
pub(super) fn told(answered: &Answered) -> Vec<(i64, String)> {
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
pub(super) fn walked(bench: &mut Bench, path: &str, list: &str) -> Vec<Value> {
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
