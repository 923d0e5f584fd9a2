//! Shift replies: who is named in the map of `msg`, who is echoed, and what that makes of each row.

use super::super::tests::{batch, shifts, verdicts, why, words};
use crate::model::Verdicts;

const SUCCESS: &str = r#""success""#;

/// Sends `ann` on 21 and 22 January, `bob` on 21 January and 21 February 2021.
fn schedule(msg: &str, data: &str) -> Verdicts {
    let day = |user: &str, month: u32, day: u32| {
        format!(
            r#"{{"group_id":"1","shift_id":"2","month":{month},"user_id":"{user}","day_no":{day}}}"#
        )
    };
    let items = batch(&[
        day("ann", 202_101, 21),
        day("ann", 202_101, 22),
        day("bob", 202_101, 21),
        day("bob", 202_102, 21),
    ]);
    let body = format!(r#"{{"code":0,"msg":{msg},"data":{data}}}"#);
    verdicts(&shifts(), &items, &body)
}

fn mapped(map: &str) -> Verdicts {
    schedule(&serde_json::to_string(map).unwrap(), "{}")
}

#[test]
fn a_word_for_success_stands_for_all_when_nothing_is_repeated() {
    for msg in [SUCCESS, r#"" Success ""#, r#""OK""#, r#""""#] {
        for data in [
            "{}",
            r#"{"user_daily_shifts":[]}"#,
            r#"{"user_daily_shifts":null}"#,
        ] {
            assert_eq!(
                words(&schedule(msg, data)),
                ["succeeded"; 4],
                "{msg} {data}"
            );
        }
    }
}

#[test]
fn success_needs_a_msg_that_is_known_and_a_data_object() {
    for msg in [
        "null",
        r#""成功""#,
        r#""done""#,
        "0",
        "{}",
        r#""{}""#,
        "[]",
        "true",
    ] {
        let read = schedule(msg, "{}");
        assert_eq!(words(&read), ["unconfirmed"; 4], "{msg}");
    }
    assert!(why(&schedule(r#""done""#, "{}"), 0).ends_with("`msg` is: done"));
    for data in ["null", "[]", r#""""#, "7"] {
        assert_eq!(
            words(&schedule(SUCCESS, data)),
            ["unconfirmed"; 4],
            "{data}"
        );
    }
}

#[test]
fn an_item_missing_from_what_the_platform_repeats_is_unconfirmed() {
    let data = r#"{"user_daily_shifts":[
        {"user_id":"ann","month":202101,"day_no":21},{"user_id":"ann","month":"202101","day_no":"22"},
        {"user_id":"Bob","month":202101,"day_no":21},{"user_id":"bob","month":202103,"day_no":21},7,{"user_id":"bob"}]}"#;
    let read = schedule(SUCCESS, data);
    assert_eq!(
        words(&read),
        ["succeeded", "succeeded", "unconfirmed", "unconfirmed"]
    );
    assert_eq!(
        read.unsent_names,
        ["Bob, month 202101, day 21", "bob, month 202103, day 21"]
    );
    for echo in [r#""x""#, "{}", "7", "[7]"] {
        let data = format!(r#"{{"user_daily_shifts":{echo}}}"#);
        assert_eq!(
            words(&schedule(SUCCESS, &data)),
            ["unconfirmed"; 4],
            "{echo}"
        );
    }
}

#[test]
fn the_map_fails_whom_it_names_and_lets_the_others_stand() {
    for map in [
        r#"{"ann":[20210122],"bob":["2021-02-21"]}"#,
        "{ann:[22], bob:[20210221]}",
        "｛ann：［22］，bob：［2021年2月21日］｝",
        "map[ann:[22] bob:[20210221]]",
    ] {
        let read = mapped(map);
        assert_eq!(
            words(&read),
            ["succeeded", "failed", "succeeded", "failed"],
            "{map}"
        );
        assert_eq!(why(&read, 1), "the shift did not take effect");
    }
    let read = schedule(r#"{"ann":[20210122]}"#, "{}");
    assert_eq!(
        words(&read),
        ["succeeded", "failed", "succeeded", "succeeded"]
    );
}

#[test]
fn a_named_item_fails_whatever_is_repeated_and_the_rest_goes_by_it() {
    let msg = r#"{"ann":[21]}"#;
    let data = r#"{"user_daily_shifts":[{"user_id":"ann","month":202101,"day_no":21},
        {"user_id":"ann","month":202101,"day_no":22}]}"#;
    let read = schedule(msg, data);
    assert_eq!(
        words(&read),
        ["failed", "succeeded", "unconfirmed", "unconfirmed"]
    );
    assert_eq!(words(&schedule(msg, "null")), ["unconfirmed"; 4]);
}

#[test]
fn a_person_without_dates_fails_on_all_days() {
    for map in ["{ann:[]}", "{ann:}", "{ann:null}", r#"{"ann":""}"#] {
        let read = mapped(map);
        assert_eq!(
            words(&read),
            ["failed", "failed", "succeeded", "succeeded"],
            "{map}"
        );
    }
}

#[test]
fn a_day_that_fits_two_months_fails_neither_and_confirms_neither() {
    let expected = ["succeeded", "succeeded", "unconfirmed", "unconfirmed"];
    assert_eq!(words(&mapped("{bob:[21]}")), expected);
    for map in ["{bob:[21,20210121]}", "{bob:[20210121,21]}"] {
        assert_eq!(words(&mapped(map))[2..], ["failed", "unconfirmed"], "{map}");
    }
    let january = words(&mapped("{bob:[1月21日]}"));
    assert_eq!(january[2..], ["failed", "succeeded"]);
}

#[test]
fn a_map_that_names_what_we_did_not_send_leaves_the_whole_batch_unconfirmed() {
    for (map, unsent) in [
        (
            r#"{"ann":[21],"Ann":[22]}"#,
            "Ann (near ann, which was sent; only exact matches count)",
        ),
        (r#"{"ann":[21,23]}"#, "ann on 23"),
        (r#"{"ann":[20220121]}"#, "ann on 2022-1-21"),
        (r#"{"安妮":[21]}"#, "安妮"),
    ] {
        let read = mapped(map);
        assert_eq!(words(&read), ["unconfirmed"; 4], "{map}");
        assert_eq!(read.unsent_names, [unsent]);
        assert!(why(&read, 0).ends_with(map), "{}", why(&read, 0));
    }
}

#[test]
fn a_msg_that_is_half_a_map_leaves_the_whole_batch_unconfirmed() {
    for msg in [
        r#"{"ann":[20210122]"#,
        r#"{"ann":[20210122"#,
        r#"{"ann":[20210122]} and more"#,
        r#"partial success {"ann":[20210122]}"#,
        r#"{"ann":[202101]}"#,
        r#"{"ann":{"22":true}}"#,
        r#"["ann"]"#,
    ] {
        assert_eq!(words(&mapped(msg)), ["unconfirmed"; 4], "{msg}");
    }
}

/// What the platform shows of a day that was sent without `is_clear_schedule`, with these values.
fn shown(sent: &str, shown: &str) -> Verdicts {
    let day = |rest: &str| format!(r#"{{"user_id":"ann","month":202101,"day_no":21{rest}}}"#);
    let items = batch(&[day(sent)]);
    let body = format!(
        r#"{{"code":0,"msg":"success","data":{{"user_daily_shifts":[{}]}}}}"#,
        day(shown)
    );
    verdicts(&shifts(), &items, &body)
}

#[test]
fn an_item_that_is_shown_otherwise_than_it_was_sent_is_unconfirmed() {
    let sent = r#","group_id":"1","shift_id":"2""#;
    for (other, expected) in [
        (
            r#","group_id":"1","shift_id":"7""#,
            "the platform shows shift_id `7` where `2` was sent",
        ),
        (
            r#","group_id":"9","shift_id":"2""#,
            "the platform shows group_id `9` where `1` was sent",
        ),
        (
            r#","group_id":"1","shift_id":"2","is_clear_schedule":true"#,
            "the platform shows is_clear_schedule `true` where nothing was sent",
        ),
        (
            r#","group_id":"1","shift_id":["2"]"#,
            r#"the platform shows shift_id `["2"]` where `2` was sent"#,
        ),
    ] {
        let read = shown(sent, other);
        assert_eq!(words(&read), ["unconfirmed"], "{other}");
        assert_eq!(why(&read, 0), expected);
    }
    let cleared = r#","shift_id":"2","is_clear_schedule":true"#;
    let read = shown(cleared, r#","shift_id":"2","is_clear_schedule":false"#);
    assert_eq!(words(&read), ["unconfirmed"]);
}

#[test]
fn an_item_that_is_shown_as_it_was_sent_has_succeeded_however_the_values_are_written() {
    let sent = r#","group_id":"1","shift_id":"2""#;
    for same in [
        sent,
        "",
        r#","shift_id":2"#,
        r#","group_id":null,"is_clear_schedule":false"#,
        r#","is_clear_schedule":"false","user_name":"Ann","shift_name":"early""#,
    ] {
        assert_eq!(words(&shown(sent, same)), ["succeeded"], "{same}");
    }
    let cleared = r#","shift_id":"2","is_clear_schedule":true"#;
    assert_eq!(words(&shown(cleared, cleared)), ["succeeded"]);
}

#[test]
fn two_entries_about_a_day_that_disagree_confirm_nothing() {
    let items = batch(&[r#"{"user_id":"ann","month":202101,"day_no":21,"shift_id":"2"}"#]);
    let entry = |shift: u32| {
        format!(r#"{{"user_id":"ann","month":202101,"day_no":21,"shift_id":"{shift}"}}"#)
    };
    for (one, other) in [(2, 7), (7, 2)] {
        let body = format!(
            r#"{{"code":0,"msg":"success","data":{{"user_daily_shifts":[{},{}]}}}}"#,
            entry(one),
            entry(other)
        );
        assert_eq!(words(&verdicts(&shifts(), &items, &body)), ["unconfirmed"]);
    }
}
