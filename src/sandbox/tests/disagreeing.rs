//! What somebody else changes, and reads that lie: each way in which the platform can disagree with the client.

use super::reads::{
    DAYS, EMPLOYEES, GROUPS, HAIDIAN, JINGAN, SHIFT_LIST, by_job_number, days, employees, told,
    users, walked,
};
use super::*;
use crate::sandbox::{
    Change, Endpoint, Fault, FaultPlan, Harm, ListEdit, Person, ReadEdit, Shift, ShiftKey, When,
};

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
    let path = format!("{GROUPS}/{JINGAN}?employee_type=employee_id&dept_type=open_id");
    assert_eq!(bench.get(&path).1["data"]["group_type"], 0);
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
