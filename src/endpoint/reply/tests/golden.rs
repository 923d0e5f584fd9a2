//! The replies that the platform's documents print for the five endpoints, word for word. Nothing here is invented.

use super::{answer, archive, batch, plan_rows, punches, records, shifts, verdicts, why, words};
use crate::endpoint::reply::Disposition;

#[test]
fn the_documented_punch_reply_names_one_id_in_both_lists_and_settles_nothing() {
    let items = batch(&[r#""6709359313699356941""#]);
    let read = verdicts(
        &punches(),
        &items,
        r#"{
            "code": 0,
            "msg": "success",
            "data": {
                "success_record_ids": [
                    "6709359313699356941"
                ],
                "fail_record_ids": [
                    "6709359313699356941"
                ]
            }
        }"#,
    );
    assert_eq!(words(&read), ["unconfirmed"]);
    assert!(why(&read, 0).starts_with("contradictory"));
    assert!(read.unsent_names.is_empty());
}

#[test]
fn the_documented_shift_reply_confirms_the_day_it_repeats() {
    let items = batch(&[
        r#"{"group_id":"6737202939523236110","shift_id":"6753520403404030215","month":202101,"user_id":"abd754f7","day_no":21,"is_clear_schedule":true}"#,
    ]);
    let read = verdicts(
        &shifts(),
        &items,
        r#"{
            "code": 0,
            "msg": "success",
            "data": {
                "user_daily_shifts": [
                    {
                        "group_id": "6737202939523236110",
                        "shift_id": "6753520403404030215",
                        "month": 202101,
                        "user_id": "abd754f7",
                        "day_no": 21,
                        "is_clear_schedule": true
                    }
                ]
            }
        }"#,
    );
    assert_eq!(words(&read), ["succeeded"]);
}

#[test]
fn the_documented_record_reply_is_a_success_although_it_carries_an_errors_entry() {
    let items = batch(&[r#""1801464965461024""#]);
    let read = verdicts(
        &records(),
        &items,
        r#"{
            "code": 0,
            "msg": "success",
            "data": {
                "items": [
                    {
                        "success": true,
                        "id": "1801464965461024",
                        "errors": [
                            {
                                "code": "0",
                                "message": "success",
                                "sub_code": "k_ec_00001",
                                "fields": [
                                    "_id"
                                ]
                            }
                        ]
                    }
                ]
            }
        }"#,
    );
    assert_eq!(words(&read), ["succeeded"]);
}

#[test]
fn the_documented_plan_reply_speaks_for_all_rows() {
    let items = batch(&[r#"{"dimensions":[]}"#, r#"{"dimensions":[]}"#]);
    let read = verdicts(
        &plan_rows(),
        &items,
        r#"{
            "code": 0,
            "msg": "success",
            "data": {}
        }"#,
    );
    assert_eq!(words(&read), ["succeeded", "succeeded"]);
}

#[test]
fn the_documented_archive_reply_fails_the_member_and_every_item_with_the_code() {
    let items = batch(&[
        r#"{"member_id":"a1xud","start_time":"20210109","end_time":"20210109","field_datas":[{"code":"abd754f7","value":"1"}]}"#,
        r#"{"member_id":"b2xud","start_time":"20210109","end_time":"20210109","field_datas":[{"code":"1","value":"8"}]}"#,
        r#"{"member_id":"c3xud","start_time":"20210109","end_time":"20210109","field_datas":[{"code":"abd754f7","value":"1"}]}"#,
    ]);
    let read = verdicts(
        &archive(),
        &items,
        r#"{
            "code": 0,
            "msg": "success",
            "data": {
                "invalid_code": [
                    "1"
                ],
                "invalid_member_id": [
                    "a1xud"
                ]
            }
        }"#,
    );
    assert_eq!(words(&read), ["failed", "failed", "succeeded"]);
    assert_eq!(why(&read, 0), "the platform does not know the member");
    assert_eq!(
        why(&read, 1),
        "the platform does not know the field code: `1`; whether the rest of the item was written is not stated by the platform"
    );
}

#[test]
fn the_documented_throttle_is_waited_out_under_both_statuses() {
    let body = r#"{
        "code": 99991400,
        "msg": "request trigger frequency limit"
    }"#;
    for status in [429, 400] {
        let answer = answer(&punches(), &batch(&[r#""1""#]), status, body);
        assert_eq!(answer.code, Some(99_991_400));
        assert!(matches!(answer.disposition, Disposition::Wait { .. }));
    }
}

#[test]
fn the_reply_to_a_wrong_path_halts() {
    let answer = answer(&punches(), &batch(&[r#""1""#]), 404, "404 page not found");
    let Disposition::Halt { reason, help, .. } = answer.disposition else {
        panic!("not a halt");
    };
    assert!(reason.text.to_string().ends_with(": 404 page not found"));
    assert!(help.expect("help").to_string().contains("FEISHU_BASE_URL"));
}

#[test]
fn the_reply_to_a_missing_token_renews_it_and_keeps_the_log_id() {
    let body = r#"{"code":99991661,"msg":"Missing access token for authorization. Please make a request with token attached.","error":{"log_id":"20260911","troubleshooter":"…"}}"#;
    let answer = answer(&punches(), &batch(&[r#""1""#]), 400, body);
    assert!(matches!(answer.disposition, Disposition::RenewToken { .. }));
    assert_eq!(answer.log_id.as_deref(), Some("20260911"));
}
