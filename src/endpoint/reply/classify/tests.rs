//! The classification in the order of its rows, then the endpoint's rules, the pause and the redirect's host.

use super::super::tests::{answer, batch, punches, shifts};
use super::super::{Answer, read};
use super::*;
use crate::endpoint::CodeRule;
use crate::model::Verdict;

/// A disposition in one line: what the rows are compared by.
fn line(disposition: &Disposition) -> String {
    match disposition {
        Disposition::Read(verdicts) => format!("read {}", verdicts.items.len()),
        Disposition::Again {
            applied,
            resends_max,
            then,
            ..
        } => {
            let times = match *resends_max {
                RESENDS_BY_POLICY => "by policy".to_owned(),
                times => format!("{times} times"),
            };
            format!("again {times}, applied {applied:?}, then {then:?}")
        }
        Disposition::Wait { .. } => "wait".to_owned(),
        Disposition::RenewToken { .. } => "renew token".to_owned(),
        Disposition::Refused { .. } => "refused".to_owned(),
        Disposition::Halt { applied, .. } => format!("halt, applied {applied:?}"),
    }
}

const TROUBLE: &str = "again by policy, applied Unknown, then Unconfirmed";
const IN_DOUBT: &str = "again 2 times, applied Unknown, then Unconfirmed";
const REFUSAL_IN_DOUBT: &str = "again 2 times, applied Unknown, then Refused";
const BUSY: &str = "again by policy, applied No, then Refused";
const PAGE: &str = "again 1 times, applied Unknown, then Halt";
const HALT: &str = "halt, applied No";
const REDIRECTED: &str = "halt, applied Unknown";
const NONSENSE: &str = "again 1 times, applied Unknown, then Unconfirmed";

fn ask(status: u16, body: &str) -> Answer {
    answer(&punches(), &batch(&[r#""1""#]), status, body)
}

fn coded_body(code: i64, msg: &str) -> String {
    format!(r#"{{"code":{code},"msg":"{msg}"}}"#)
}

const SUCCESS: &str =
    r#"{"code":0,"msg":"success","data":{"success_record_ids":["1"],"fail_record_ids":[]}}"#;

/// Rows with a code other than 0: row, HTTP status, code, `msg`, disposition.
const CODED: &[(&str, u16, i64, &str, &str)] = &[
    ("3", 429, 99_991_400, "", "wait"),
    ("3", 400, 99_991_400, "", "wait"),
    ("3", 200, 99_991_400, "", "wait"),
    ("3", 429, 1_220_001, "", "wait"),
    ("4", 400, 99_991_663, "", "renew token"),
    ("4", 200, 99_991_663, "", "renew token"),
    ("4", 401, 7_654_321, "", "renew token"),
    ("5", 400, 99_991_672, "", HALT),
    ("5", 401, 99_991_401, "", HALT),
    ("5", 429, 99_991_403, "", HALT),
    ("5", 400, 1_220_002, "", HALT),
    ("6", 500, 1_225_000, "", TROUBLE),
    ("6", 500, 1_227_000, "", TROUBLE),
    ("6", 400, 1_225_000, "internal server error", TROUBLE),
    ("6", 200, 800_009_999, "", TROUBLE),
    ("6", 400, 1_220_600, "no row affected", TROUBLE),
    ("6", 400, 800_022_918, "", BUSY),
    ("7", 400, 1_225_000, "param is invalid", REFUSAL_IN_DOUBT),
    ("8", 400, 1_220_004, "", "refused"),
    ("8", 400, 800_022_907, "", "refused"),
    ("12", 200, 1_220_001, "", "refused"),
    ("12", 200, 99_991_672, "", HALT),
    ("15", 400, 7_654_321, "", "refused"),
    ("15", 422, 7_654_321, "", "refused"),
    ("16", 200, 7_654_321, "", IN_DOUBT),
    ("16", 500, 7_654_321, "", IN_DOUBT),
    ("17", 0, 7_654_321, "", IN_DOUBT),
    ("17", 999, 7_654_321, "", IN_DOUBT),
];

/// All other rows: row, HTTP status, body, disposition.
const OTHERS: &[(&str, u16, &str, &str)] = &[
    ("2", 300, SUCCESS, REDIRECTED),
    ("2", 302, SUCCESS, REDIRECTED),
    ("2", 399, SUCCESS, REDIRECTED),
    ("2", 304, "", REDIRECTED),
    ("3", 429, "", "wait"),
    ("3", 429, "<html>slow down", "wait"),
    ("4", 401, "", "renew token"),
    ("8", 413, "<html>too large", "refused"),
    ("9", 200, SUCCESS, "read 1"),
    ("9", 201, SUCCESS, "read 1"),
    ("10", 200, r#"{"code":0}"#, "read 1"),
    ("11", 500, SUCCESS, TROUBLE),
    ("11", 400, SUCCESS, TROUBLE),
    ("11", 429, SUCCESS, TROUBLE),
    ("11", 401, SUCCESS, TROUBLE),
    ("13", 200, r#"{"code":"0"}"#, NONSENSE),
    ("13", 200, r#"{"code":0.0}"#, NONSENSE),
    ("13", 200, r#"{"code":null}"#, NONSENSE),
    ("13", 200, r#"{"msg":"success"}"#, NONSENSE),
    ("13", 200, r#"{"code":1220001,"code":0}"#, TROUBLE),
    ("13", 200, r#"{"code":0,"code":1220001}"#, TROUBLE),
    ("14", 502, "<html>Bad Gateway", TROUBLE),
    ("14", 503, "", TROUBLE),
    ("14", 200, "", TROUBLE),
    ("14", 204, "", TROUBLE),
    ("14", 101, "", TROUBLE),
    ("14", 200, r#"{"code":0,"data":{"success_record"#, TROUBLE),
    ("14", 200, r#"{"code":0}x"#, TROUBLE),
    ("14", 200, r#"{"code":0}{"code":0}"#, TROUBLE),
    ("14", 200, "\u{feff}{\"code\":0}", TROUBLE),
    ("14", 200, "<!doctype html><title>Sign in", PAGE),
    ("14", 403, "<html>blocked", PAGE),
    ("17", 999, "\0", TROUBLE),
    ("17", 404, "404 page not found", HALT),
    ("17", 407, "<html>", HALT),
];

#[test]
fn each_row_of_the_classification_leads_to_its_action() {
    for (row, status, code, msg, expected) in CODED {
        let answer = ask(*status, &coded_body(*code, msg));
        let case = format!("row {row}, HTTP {status}, code {code}");
        assert_eq!(line(&answer.disposition), *expected, "{case}");
        assert_eq!((answer.status, answer.code), (Some(*status), Some(*code)));
    }
    for (row, status, body, expected) in OTHERS {
        let answer = ask(*status, body);
        let case = format!("row {row}, HTTP {status}: {body}");
        assert_eq!(line(&answer.disposition), *expected, "{case}");
        assert_eq!(answer.status, Some(*status));
    }
}

#[test]
fn a_transport_failure_is_not_applied_only_when_nothing_left() {
    let failed = |fault| {
        let error = TransportError {
            fault,
            text: "connection refused".to_owned(),
        };
        read(&punches(), &batch(&[r#""1""#]), &Err(error))
    };
    let answer = failed(TransportFault::NotSent);
    assert_eq!(
        line(&answer.disposition),
        "again by policy, applied No, then Halt"
    );
    assert_eq!((answer.code, answer.status), (None, None));
    assert_eq!(
        line(&failed(TransportFault::Ambiguous).disposition),
        TROUBLE
    );
}

#[test]
fn what_was_certainly_not_applied_never_ends_as_unconfirmed() {
    let statuses = [
        0, 101, 200, 204, 302, 400, 401, 403, 404, 413, 429, 500, 503, 999,
    ];
    let codes = [
        0,
        1,
        1_220_001,
        1_220_600,
        1_225_000,
        1_227_000,
        1_254_291,
        800_022_918,
        99_991_400,
        99_991_663,
        99_991_672,
    ];
    for (status, code) in statuses.iter().flat_map(|s| codes.map(|c| (*s, c))) {
        let disposition = ask(status, &coded_body(code, "no row affected")).disposition;
        if let Disposition::Again { applied, then, .. } = &disposition {
            assert!(
                *applied == Applied::Unknown || *then != Then::Unconfirmed,
                "{code} under HTTP {status}: {disposition:?}"
            );
        }
    }
}

#[test]
fn the_endpoints_rules_win_and_the_most_particular_one_first() {
    let rule = |status, message: Option<&str>, action| CodeRule {
        code: 1_220_600,
        status,
        message: message.map(str::to_owned),
        action,
        help: Some("ask".into()),
    };
    let mut endpoint = shifts();
    endpoint.codes = vec![
        rule(None, None, CodeAction::Busy),
        rule(Some(400), None, CodeAction::Again),
        rule(None, Some("Sealed"), CodeAction::Halt),
        rule(Some(400), Some("sealed"), CodeAction::Refused),
    ];
    let ask = |status, msg| {
        let body = coded_body(1_220_600, msg);
        answer(&endpoint, &batch(&["{}"]), status, &body).disposition
    };
    assert_eq!(
        line(&ask(200, "x")),
        "again by policy, applied No, then Refused"
    );
    assert_eq!(line(&ask(400, "x")), TROUBLE);
    assert_eq!(
        ask(200, "has been SEALED"),
        Disposition::Halt {
            applied: Applied::No,
            reason: coded_reason(1_220_600, "has been SEALED"),
            help: Some("ask".into()),
        }
    );
    let Disposition::Refused { reason } = ask(400, "has been sealed") else {
        panic!("not refused")
    };
    assert_eq!(reason.code, Some(1_220_600));
    assert_eq!(reason.text, "has been sealed (ask)");
}

#[test]
fn a_missing_scope_is_named_from_the_reply_or_else_from_the_endpoint() {
    let help = |body: &str| {
        let Disposition::Halt { help, .. } = ask(400, body).disposition else {
            panic!("not a halt");
        };
        help.expect("help")
    };
    let named = r#"{"code":99991672,"msg":"x","error":{"permission_violations":[{"scope":"attendance:rule"}]}}"#;
    assert!(help(named).to_string().contains("`attendance:rule`"));
    assert!(
        help(r#"{"code":1220006,"msg":"x"}"#)
            .to_string()
            .contains("`attendance:task`")
    );

    let mut endpoint = punches();
    endpoint.scopes.clear();
    let body = coded_body(1_220_006, "x");
    let Disposition::Halt { help, .. } =
        answer(&endpoint, &batch(&[r#""1""#]), 400, &body).disposition
    else {
        panic!("not a halt");
    };
    assert!(
        help.expect("help")
            .to_string()
            .contains("the scope that this endpoint needs")
    );
}

#[test]
fn the_pause_is_the_first_usable_number_within_bounds() {
    let pause = |header: &str| {
        let reply = Reply {
            status: 429,
            reset: Some(header.to_owned()),
            ..Reply::default()
        };
        let answer = read(&punches(), &batch(&[r#""1""#]), &Ok(reply));
        let Disposition::Wait { seconds, .. } = answer.disposition else {
            panic!("not a wait");
        };
        seconds
    };
    for (header, seconds) in [
        ("52", Some(52.0)),
        (" 7 ", Some(7.0)),
        ("1.5", Some(1.5)),
        ("0.05", Some(1.0)),
        ("0", Some(1.0)),
        ("1000000000000", Some(300.0)),
        ("1e30", Some(300.0)),
        ("soon, 7, 9", Some(7.0)),
        ("-1, 7", Some(7.0)),
        ("-1", None),
        ("soon", None),
        ("NaN", None),
        ("inf", None),
        ("", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ] {
        assert_eq!(pause(header), seconds, "{header}");
    }
}

#[test]
fn a_redirect_names_the_host_and_nothing_else_of_its_target() {
    for (location, named) in [
        (
            Some("https://evil.example/path?token=secret"),
            "to the host evil.example;",
        ),
        (
            Some("http://user:secret@evil.example:8080#x"),
            "to the host evil.example:8080;",
        ),
        (Some("//evil.example"), "to the host evil.example;"),
        (
            Some("/login?next=https://evil.example/"),
            "to another path of the same host;",
        ),
        (Some("login"), "to another path of the same host;"),
        (Some("https://"), "to another path of the same host;"),
        (None, "without naming a host;"),
    ] {
        let reply = Reply {
            status: 307,
            location: location.map(str::to_owned),
            date: None,
            ..Reply::default()
        };
        let Disposition::Halt { reason, .. } = redirected(&reply) else {
            panic!("not a halt");
        };
        assert!(
            reason.text.to_string().contains(named),
            "{location:?}: {}",
            reason.text
        );
        assert!(!reason.text.to_string().contains("secret"));
    }
}

#[test]
fn a_page_is_kept_short_and_a_log_id_of_the_header_wins() {
    let reply = Reply {
        status: 502,
        body: format!("<html>{}", "x".repeat(5000)).into_bytes(),
        log_id: Some("header".to_owned()),
        ..Reply::default()
    };
    let answer = read(&punches(), &batch(&[r#""1""#]), &Ok(reply));
    assert_eq!(answer.log_id.as_deref(), Some("header"));
    let Disposition::Again { reason, .. } = answer.disposition else {
        panic!("not again");
    };
    assert!(
        reason
            .text
            .to_string()
            .starts_with("HTTP 502, a web page answered")
    );
    assert!(
        reason.text.to_string().chars().count() < 300,
        "{}",
        reason.text
    );

    let body = r#"{"code":1220001,"msg":"x","error":{"log_id":"body"}}"#;
    assert_eq!(ask(400, body).log_id.as_deref(), Some("body"));
}

#[test]
fn code_zero_is_a_success_only_under_a_status_of_success() {
    let body = r#"{"code":0,"data":{"success_record_ids":["1"]}}"#;
    for status in 0..=1000 {
        let disposition = ask(status, body).disposition;
        let succeeded = matches!(disposition, Disposition::Read(verdicts) if verdicts.items == [Verdict::Succeeded]);
        assert_eq!(succeeded, (200..300).contains(&status), "HTTP {status}");
    }
}
