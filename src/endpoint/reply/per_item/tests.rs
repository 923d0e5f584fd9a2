//! Replies with an entry per item: matched by id, never by position.

use super::super::tests::{batch, records, verdicts, why, words};
use crate::model::{Verdict, Verdicts};

fn delete(entries: &str) -> Verdicts {
    let items = batch(&[r#""11""#, r#""22""#, r#""33""#]);
    let body = format!(r#"{{"code":0,"msg":"success","data":{{"items":{entries}}}}}"#);
    verdicts(&records(), &items, &body)
}

/// What an entry for the first item, with these keys beside the id, comes to.
fn one(keys: &str) -> Verdict {
    delete(&format!(r#"[{{"id":"11"{keys}}}]"#)).items.remove(0)
}

#[test]
fn entries_are_matched_by_id_in_any_order() {
    let read = delete(
        r#"[{"success":true,"id":"33"},{"id":11,"success":true},
            {"success":false,"id":"22","errors":[{"code":"403","message":"denied","sub_code":"k_ec_000009"}]}]"#,
    );
    assert_eq!(words(&read), ["succeeded", "failed", "succeeded"]);
    let Verdict::Failed(reason) = &read.items[1] else {
        panic!("failed");
    };
    assert_eq!(reason.code, Some(403));
    assert_eq!(reason.text, "denied (k_ec_000009)");
}

#[test]
fn an_item_without_an_entry_is_unconfirmed() {
    assert_eq!(words(&delete("[]")), ["unconfirmed"; 3]);
    let read = delete(r#"[{"id":"11","success":true},{"id":"44","success":true}]"#);
    assert_eq!(words(&read), ["succeeded", "unconfirmed", "unconfirmed"]);
    assert_eq!(read.unsent_names, ["44"]);
    assert!(why(&read, 1).ends_with("it may belong to another batch"));
}

#[test]
fn a_flag_that_is_no_boolean_settles_nothing() {
    for flag in [r#""true""#, "1", "null", "{}", "[true]"] {
        let verdict = one(&format!(r#","success":{flag}"#));
        assert!(matches!(verdict, Verdict::Unconfirmed(_)), "{flag}");
    }
    assert!(matches!(one(""), Verdict::Unconfirmed(_)));
}

#[test]
fn a_success_with_an_error_is_contradictory_unless_its_code_is_zero() {
    for errors in [
        "[]",
        "null",
        r#"[{"code":"0"}]"#,
        r#"[{"code":0,"sub_code":"k_op_ec_20001"}]"#,
        r#"[{"code":"0","message":"Success"}]"#,
    ] {
        let verdict = one(&format!(r#","success":true,"errors":{errors}"#));
        assert_eq!(verdict, Verdict::Succeeded, "{errors}");
    }
    for errors in [
        r#"[{"code":"0"},{"code":"5","message":"no"}]"#,
        r#"[{"code":"0","message":"the record is locked"}]"#,
        "[{}]",
        r#"[{"code":null}]"#,
        r#"[{"code":"00"}]"#,
        r#"[{"code":0.0}]"#,
        "[1]",
        "{}",
        r#""none""#,
        r#"[{"code":"5","code":"0"}]"#,
    ] {
        let verdict = one(&format!(r#","success":true,"errors":{errors}"#));
        assert!(matches!(verdict, Verdict::Unconfirmed(_)), "{errors}");
    }
}

#[test]
fn a_failure_is_temporary_when_the_catalogue_says_so() {
    let busy = one(r#","success":false,"errors":[{"code":"9","sub_code":"k_op_ec_20003"}]"#);
    let Verdict::Temporary(reason) = busy else {
        panic!("temporary");
    };
    assert_eq!(reason.text, "k_op_ec_20003");
    for errors in [
        "null",
        "[]",
        "7",
        r#"[{"code":"9","sub_code":"k_cf_ec_300004"}]"#,
        r#"[{"code":"0","sub_code":"k_op_ec_20003"}]"#,
    ] {
        let verdict = one(&format!(r#","success":false,"errors":{errors}"#));
        assert!(matches!(verdict, Verdict::Failed(_)), "{errors}");
    }
}

#[test]
fn two_entries_about_one_item_settle_it_only_when_they_agree() {
    let yes = r#"{"id":"11","success":true}"#;
    let no = r#"{"id":"11","success":false}"#;
    let busy = r#"{"id":"11","success":false,"errors":[{"code":"9","sub_code":"k_op_ec_20001"}]}"#;
    let odd = r#"{"id":"11","success":"true"}"#;
    for (one, other, word) in [
        (yes, yes, "succeeded"),
        (no, no, "failed"),
        (busy, busy, "temporary"),
        (no, busy, "failed"),
        (yes, no, "unconfirmed"),
        (yes, busy, "unconfirmed"),
        (yes, odd, "unconfirmed"),
        (no, odd, "unconfirmed"),
    ] {
        for (first, second) in [(one, other), (other, one)] {
            let read = delete(&format!("[{first},{second}]"));
            assert_eq!(words(&read)[0], word, "{first} {second}");
        }
    }
    let read = delete(&format!("[{yes},{no},{yes}]"));
    assert_eq!(words(&read)[0], "unconfirmed");
}

#[test]
fn an_entry_that_cannot_be_read_is_shown_and_settles_nothing() {
    let read = delete(
        r#"[7,{"success":true},{"id":null,"success":true},{"id":"22","success":false,"success":true},
            {"id":"33","success":true}]"#,
    );
    assert_eq!(words(&read), ["unconfirmed", "unconfirmed", "succeeded"]);
    assert_eq!(read.unsent_names.len(), 4);
    for entries in ["null", "{}", r#""[]""#] {
        assert_eq!(words(&delete(entries)), ["unconfirmed"; 3], "{entries}");
    }
}
