//! Replies with code 0 that say in another place that something went wrong.

use super::super::tests::{
    archive, batch, plan_rows, punches, records, shifts, verdicts, why, words,
};
use crate::endpoint::Endpoint;
use crate::model::{Batch, Verdicts};

/// Every endpoint with a batch of two and a `data` that confirms both.
fn confirmed() -> Vec<(Endpoint, Batch, &'static str)> {
    let ids = || batch(&[r#""1""#, r#""2""#]);
    let members = batch(&[r#"{"member_id":"1"}"#, r#"{"member_id":"2"}"#]);
    let day = |day: u32| format!(r#"{{"user_id":"1","month":202101,"day_no":{day}}}"#);
    vec![
        (
            punches(),
            ids(),
            r#"{"success_record_ids":["1","2"],"fail_record_ids":[]}"#,
        ),
        (
            records(),
            ids(),
            r#"{"items":[{"id":"1","success":true},{"id":"2","success":true}]}"#,
        ),
        (
            archive(),
            members,
            r#"{"invalid_code":[],"invalid_member_id":[]}"#,
        ),
        (
            shifts(),
            batch(&[day(1), day(2)]),
            r#"{"user_daily_shifts":[]}"#,
        ),
        (plan_rows(), ids(), "{}"),
    ]
}

/// What each endpoint reads from a reply with these members beside `code` and `data`.
fn each(members: &str) -> Vec<Verdicts> {
    let read = |(endpoint, batch, data): (Endpoint, Batch, &str)| {
        verdicts(
            &endpoint,
            &batch,
            &format!(r#"{{"code":0,"data":{data},{members}}}"#),
        )
    };
    confirmed().into_iter().map(read).collect()
}

#[test]
fn a_msg_that_is_none_of_the_endpoints_words_for_success_confirms_nothing() {
    for msg in ["internal server error", "partially failed", "操作失败"] {
        for read in each(&format!(r#""msg":"{msg}""#)) {
            assert_eq!(words(&read), ["unconfirmed"; 2], "{msg}");
            assert!(why(&read, 0).contains(msg), "{}", why(&read, 0));
        }
    }
}

#[test]
fn the_endpoints_own_words_for_success_are_no_contradiction() {
    for msg in ["success", "SUCCESS", " ok ", ""] {
        for read in each(&format!(r#""msg":"{msg}""#)) {
            assert_eq!(words(&read), ["succeeded"; 2], "{msg}");
        }
    }
    let mut endpoint = plan_rows();
    let own = r#"{"code":0,"msg":"操作成功","data":{}}"#;
    let items = batch(&["{}"]);
    assert_eq!(words(&verdicts(&endpoint, &items, own)), ["unconfirmed"]);
    endpoint.accepted.push("操作成功".to_owned());
    assert_eq!(words(&verdicts(&endpoint, &items, own)), ["succeeded"]);
}

#[test]
fn an_error_beside_code_0_confirms_nothing() {
    for error in [
        r#"{"field_violations":[{"field":"items[*]","description":"is locked"}]}"#,
        r#"{"field_violations":["items"]}"#,
        r#"{"permission_violations":[{"subject":"corehr:x"}]}"#,
        r#"{"message":"internal server error"}"#,
        r#""internal server error""#,
        r#"["x"]"#,
    ] {
        for read in each(&format!(r#""msg":"success","error":{error}"#)) {
            assert_eq!(words(&read), ["unconfirmed"; 2], "{error}");
        }
    }
}

#[test]
fn an_error_that_holds_only_what_support_asks_for_is_no_contradiction() {
    for error in [
        "null",
        "{}",
        r#""""#,
        r#"{"log_id":"2026","troubleshooter":"see …","field_violations":[],"message":"success"}"#,
    ] {
        for read in each(&format!(r#""msg":"success","error":{error}"#)) {
            assert_eq!(words(&read), ["succeeded"; 2], "{error}");
        }
    }
}

#[test]
fn a_list_of_failures_that_is_not_documented_confirms_nothing() {
    for list in [
        r#""failed_ids":["1"]"#,
        r#""failItems":[{"id":"1"}]"#,
        r#""invalid_rows":["3"]"#,
        r#""errors":[{"code":"1"}]"#,
        r#""fail_count":1"#,
    ] {
        for (endpoint, items, data) in confirmed() {
            let data = format!("{{{list},{}", &data[1..]).replace(",}", "}");
            let inside = format!(r#"{{"code":0,"msg":"success","data":{data}}}"#);
            let beside = format!(r#"{{"code":0,"msg":"success",{list},"data":{data}}}"#);
            for body in [inside, beside] {
                let read = verdicts(&endpoint, &items, &body);
                assert_eq!(words(&read), ["unconfirmed"; 2], "{body}");
            }
        }
    }
    for list in [r#""failed_ids":[]"#, r#""fail_count":0"#, r#""rows":["1"]"#] {
        let body = format!(r#"{{"code":0,"msg":"success","data":{{{list}}}}}"#);
        let read = verdicts(&plan_rows(), &batch(&["{}"]), &body);
        assert_eq!(words(&read), ["succeeded"], "{list}");
    }
}

#[test]
fn words_in_msg_that_are_about_the_failed_leave_the_named_successes_alone() {
    let ids = batch(&[r#""1""#, r#""2""#]);
    let data = r#"{"success_record_ids":["1"],"fail_record_ids":["2"]}"#;
    let body = format!(r#"{{"code":0,"msg":"some failed","data":{data}}}"#);
    let read = verdicts(&punches(), &ids, &body);
    assert_eq!(words(&read), ["succeeded", "failed"]);
    let data = r#"{"items":[{"id":"1","success":true},{"id":"2","success":false}]}"#;
    let body = format!(r#"{{"code":0,"msg":"some failed","data":{data}}}"#);
    assert_eq!(
        words(&verdicts(&records(), &ids, &body)),
        ["succeeded", "failed"]
    );
}
