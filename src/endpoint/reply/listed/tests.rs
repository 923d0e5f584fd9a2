//! Replies that list what succeeded or failed.

use super::super::tests::{archive, batch, punches, verdicts, why, words};
use crate::endpoint::ReplyReader;
use crate::model::Verdicts;

const A: &str = "6709359313699356941";
const B: &str = "6709359313699356942";

fn delete(body: &str) -> Verdicts {
    let items = batch(&[format!("\"{A}\""), format!("\"{B}\"")]);
    verdicts(&punches(), &items, body)
}

fn reply(msg: &str, data: &str) -> String {
    format!(r#"{{"code":0,"msg":{msg},"data":{data}}}"#)
}

/// A punch reply that lists `B` as failed, with this `msg` (JSON).
fn failed_with(msg: &str) -> Verdicts {
    let data = format!(r#"{{"success_record_ids":["{A}"],"fail_record_ids":["{B}"]}}"#);
    delete(&reply(msg, &data))
}

#[test]
fn each_id_goes_by_the_list_that_names_it() {
    let read = failed_with(r#""success""#);
    assert_eq!(words(&read), ["succeeded", "failed"]);
    assert_eq!(why(&read, 1), "no reason given");
    assert!(read.unsent_names.is_empty());
}

#[test]
fn a_reason_is_found_in_msg_as_text_as_object_and_as_nested_text() {
    let map = format!(r#"{{"{B}":"not found"}}"#);
    let once = serde_json::to_string(&map).unwrap();
    let twice = serde_json::to_string(&once).unwrap();
    for msg in [map, once, twice] {
        let read = failed_with(&msg);
        assert_eq!(words(&read), ["succeeded", "failed"], "{msg}");
        assert_eq!(why(&read, 1), "not found", "{msg}");
    }
    let nested = format!(r#"{{"{B}":{{"reason":7}}}}"#);
    assert_eq!(why(&failed_with(&nested), 1), r#"{"reason":7}"#);
}

#[test]
fn a_msg_that_is_no_map_is_told_as_it_is() {
    for (msg, told) in [
        (r#""partial failure""#, "partial failure"),
        (r#""{\"6709\":\"not fo""#, r#"{"6709":"not fo"#),
        (r#""{\"1\":\"a\",\"1\":\"b\"}""#, r#"{"1":"a","1":"b"}"#),
        ("7", "7"),
        ("[1]", "[1]"),
    ] {
        let read = failed_with(msg);
        assert_eq!(words(&read), ["succeeded", "failed"], "{msg}");
        let expected = format!("no reason given; the platform said: {told}");
        assert_eq!(why(&read, 1), expected);
    }
    for msg in ["null", r#""""#, r#"" OK ""#, "{}"] {
        assert_eq!(why(&failed_with(msg), 1), "no reason given", "{msg}");
    }
}

#[test]
fn a_msg_of_a_megabyte_is_cut() {
    let msg = format!("\"{}\"", "错".repeat(400_000));
    let read = failed_with(&msg);
    assert_eq!(words(&read), ["succeeded", "failed"]);
    assert!(why(&read, 1).len() <= 4096);
    assert!(why(&read, 1).ends_with("(cut)"));
}

#[test]
fn an_id_in_both_lists_is_contradictory_and_in_neither_is_silent() {
    let data = format!(r#"{{"success_record_ids":["{A}"],"fail_record_ids":["{A}"]}}"#);
    let read = delete(&reply(r#""success""#, &data));
    assert_eq!(words(&read), ["unconfirmed", "unconfirmed"]);
    assert_eq!(
        why(&read, 0),
        "contradictory: the reply names the item as a success and as a failure: no reason given"
    );
    assert_eq!(why(&read, 1), "the reply does not name the item");
}

#[test]
fn an_id_that_only_msg_blames_is_in_doubt() {
    let map = format!(r#"{{"{A}":"sealed","{B}":"sealed"}}"#);
    let data = format!(r#"{{"success_record_ids":["{A}"],"fail_record_ids":[]}}"#);
    let read = delete(&reply(&map, &data));
    assert_eq!(words(&read), ["unconfirmed", "unconfirmed"]);
    assert!(why(&read, 0).starts_with("contradictory"));
    assert!(why(&read, 1).ends_with("sealed"));
}

#[test]
fn an_id_named_twice_or_as_a_number_is_one_success() {
    let data = format!(r#"{{"success_record_ids":["{A}","{A}",{B}],"fail_record_ids":[]}}"#);
    let read = delete(&reply(r#""success""#, &data));
    assert_eq!(words(&read), ["succeeded", "succeeded"]);
}

#[test]
fn a_rounded_id_was_not_sent_and_its_item_unconfirmed() {
    let data = format!(r#"{{"success_record_ids":[6709359313699356672,"{B}"]}}"#);
    let read = delete(&reply(r#""success""#, &data));
    assert_eq!(words(&read), ["unconfirmed", "succeeded"]);
    assert_eq!(read.unsent_names.len(), 1);
    assert!(read.unsent_names[0].starts_with("6709359313699356672 (near "));
    assert!(why(&read, 0).ends_with("it may belong to another batch"));
}

#[test]
fn a_list_of_failures_may_be_missing_only_beside_a_success() {
    for failures in ["", r#","fail_record_ids":null"#] {
        let data = format!(r#"{{"success_record_ids":["{A}"]{failures}}}"#);
        let read = delete(&reply(r#""success""#, &data));
        assert_eq!(words(&read), ["succeeded", "unconfirmed"]);
    }
    for failures in [r#""1""#, "{}", "[null]", r#"[["1"]]"#, "true", "[{}]"] {
        let data = format!(r#"{{"success_record_ids":["{A}"],"fail_record_ids":{failures}}}"#);
        let read = delete(&reply(r#""success""#, &data));
        assert_eq!(words(&read), ["unconfirmed", "unconfirmed"], "{failures}");
    }
}

#[test]
fn without_a_readable_list_of_successes_nothing_succeeds() {
    for successes in ["null", r#""1""#, "{}", "[null]", "true"] {
        let data = format!(r#"{{"success_record_ids":{successes},"fail_record_ids":["{B}"]}}"#);
        let read = delete(&reply(r#""success""#, &data));
        assert_eq!(words(&read), ["unconfirmed", "failed"], "{successes}");
    }
    for data in ["null", "[]", r#""""#, "{}"] {
        let read = delete(&reply(r#""success""#, data));
        assert_eq!(words(&read), ["unconfirmed", "unconfirmed"], "{data}");
    }
}

fn upload(data: &str) -> Verdicts {
    let items = batch(&[
        r#"{"member_id":"a1xud","field_datas":[{"code":"1","value":"x"},{"code":"2","value":"y"}]}"#,
        r#"{"member_id":"b1xud","field_datas":[{"code":"2","value":"y"}]}"#,
        r#"{"member_id":"c1xud"}"#,
    ]);
    verdicts(&archive(), &items, &reply(r#""success""#, data))
}

#[test]
fn without_a_list_of_successes_everybody_not_named_has_succeeded() {
    let read = upload(r#"{"invalid_code":[],"invalid_member_id":[]}"#);
    assert_eq!(words(&read), ["succeeded"; 3]);
    let read = upload(r#"{"invalid_code":[],"invalid_member_id":["b1xud","b1xud"]}"#);
    assert_eq!(words(&read), ["succeeded", "failed", "succeeded"]);
}

#[test]
fn a_refused_field_code_fails_every_item_that_carries_it() {
    let read = upload(r#"{"invalid_code":["2","1"],"invalid_member_id":["b1xud"]}"#);
    assert_eq!(words(&read), ["failed", "failed", "succeeded"]);
    assert!(why(&read, 0).contains("`1`, `2`; whether the rest"));
    assert!(why(&read, 1).starts_with("the platform does not know the member; "));
    assert!(why(&read, 1).contains("`2`"));
}

#[test]
fn success_is_not_implied_when_a_list_of_failures_is_missing() {
    for data in [
        r#"{"invalid_code":[]}"#,
        r#"{"invalid_member_id":[]}"#,
        r#"{"invalid_code":null,"invalid_member_id":[]}"#,
        r#"{"invalid_code":[],"invalid_member_id":"none"}"#,
        r#"{"invalid_code":[],"invalid_member_id":{}}"#,
        r#"{"invalid_code":[null],"invalid_member_id":[]}"#,
        "{}",
        "null",
        "[]",
    ] {
        assert_eq!(words(&upload(data)), ["unconfirmed"; 3], "{data}");
    }
    let read = upload(r#"{"invalid_member_id":["a1xud"]}"#);
    assert_eq!(words(&read), ["failed", "unconfirmed", "unconfirmed"]);
}

#[test]
fn an_unknown_member_makes_silence_worthless_and_an_unknown_code_does_not() {
    let read = upload(r#"{"invalid_code":[],"invalid_member_id":["A1xud","b1xud"]}"#);
    assert_eq!(words(&read), ["unconfirmed", "failed", "unconfirmed"]);
    assert_eq!(why(&read, 0), "the platform named somebody we did not send");
    assert_eq!(
        read.unsent_names,
        ["A1xud (near a1xud, which was sent; only exact matches count)"]
    );

    let read = upload(r#"{"invalid_code":["9"],"invalid_member_id":[]}"#);
    assert_eq!(words(&read), ["succeeded"; 3]);
    assert_eq!(read.unsent_names, ["9"]);
}

#[test]
fn the_order_of_the_catalogues_lists_changes_nothing() {
    let mut endpoint = archive();
    let ReplyReader::Listed { failed, .. } = &mut endpoint.reply else {
        panic!("the archive lists");
    };
    failed.reverse();
    let items = batch(&[r#"{"member_id":"a1xud"}"#]);
    let body = reply(
        r#""success""#,
        r#"{"invalid_code":["9"],"invalid_member_id":[]}"#,
    );
    assert_eq!(words(&verdicts(&endpoint, &items, &body)), ["succeeded"]);
}

#[test]
fn somebody_else_blamed_in_msg_makes_silence_worthless_too() {
    let mut endpoint = archive();
    let ReplyReader::Listed { failed, .. } = &mut endpoint.reply else {
        panic!("the archive lists");
    };
    failed[0].reasons_in_msg = true;
    let items = batch(&[r#"{"member_id":"a1xud"}"#]);
    let data = r#"{"invalid_code":[],"invalid_member_id":[]}"#;
    let read = |msg| words(&verdicts(&endpoint, &items, &reply(msg, data)));
    assert_eq!(read(r#"{"z9xud":"no such member"}"#), ["unconfirmed"]);
    assert_eq!(read(r#""success""#), ["succeeded"]);
}
