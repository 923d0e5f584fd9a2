//! What all endpoints share: path, token, quota, content type, envelope.

use super::*;
use crate::sandbox::{Endpoint, Keep};

#[test]
fn the_documented_call_of_each_endpoint_succeeds() {
    let mut bench = Bench::new();
    for (path, body) in good_calls() {
        let (status, envelope) = bench.ask(path, &body);
        assert_eq!(
            (status, &envelope["code"], &envelope["msg"]),
            (200, &json!(0), &json!("success")),
            "{path}"
        );
    }
    let record = bench.record();
    assert_eq!(record.objections, Vec::<String>::new());
    assert_eq!(
        record
            .endpoints
            .values()
            .map(|tally| (tally.calls, tally.items, tally.applied))
            .max(),
        Some((1, 1, 1))
    );
}

#[test]
fn a_wrong_method_or_path_is_404_in_plain_text_even_without_a_token() {
    let mut bench = Bench::new();
    let mut call = bench.call(PUNCHES, &json!({}));
    call.method = "PUT".to_owned();
    call.authorization.clear();
    let reply = bench.send(&call);
    assert_eq!(reply.status, 404);
    assert_eq!(
        reply.body(),
        (
            Some("text/plain".to_owned()),
            b"404 page not found".to_vec()
        )
    );
    assert_eq!(bench.record().not_found, 1);
}

#[test]
fn the_token_is_checked_before_the_content() {
    let mut bench = Bench::new();
    let mut call = bench.call(SHIFTS, &json!({"wrong": 1}));
    call.authorization = vec!["Bearer t-other".to_owned()];
    call.content_type.clear();
    assert_eq!(code(&answered(&bench.send(&call))), (400, 99_991_663));
}

#[test]
fn a_token_that_was_expired_by_force_is_refused_and_a_new_one_is_minted() {
    let mut bench = Bench::new();
    let (path, body) = good_calls()[0].clone();
    bench.platform.expire_tokens();
    assert_eq!(code(&bench.ask(path, &body)), (400, 99_991_663));
    bench.token = bench.platform.tenant_token(bench.now);
    assert_eq!(code(&bench.ask(path, &body)), (200, 0));
    assert_eq!(bench.record().tokens_minted.len(), 2);
}

#[test]
fn the_token_method_answers_at_the_top_level_of_the_envelope() {
    let mut bench = Bench::new();
    bench.wait(1500);
    let credentials =
        json!({"app_id": crate::sandbox::APP_ID, "app_secret": crate::sandbox::APP_SECRET});
    let (status, envelope) = bench.ask(TOKEN, &credentials);
    assert_eq!(status, 200);
    assert_eq!(
        envelope,
        json!({"code": 0, "msg": "ok", "tenant_access_token": bench.token, "expire": 7198})
    );
}

#[test]
fn each_endpoint_keeps_its_documented_windows() {
    let windows = |endpoint: Endpoint| {
        let windows = endpoint.documented_windows();
        windows
            .iter()
            .map(|window| (window.calls, window.span.as_secs()))
            .collect::<Vec<_>>()
    };
    assert_eq!(windows(Endpoint::Punches), [(10, 1)]);
    assert_eq!(windows(Endpoint::Shifts), [(50, 1)]);
    assert_eq!(windows(Endpoint::Records), [(50, 1), (1000, 60)]);
    assert_eq!(windows(Endpoint::PlanRows), [(5, 1)]);
    assert_eq!(windows(Endpoint::Archive), [(50, 1)]);
}

#[test]
fn one_call_too_many_in_a_window_is_429_with_cap_and_wait_and_changes_nothing() {
    let mut bench = Bench::with(&SandboxOptions::default());
    for number in 0..10 {
        let ids = json!({"record_ids": [format!("id{number}")]});
        assert_eq!(code(&bench.ask(PUNCHES, &ids)), (200, 0));
    }
    let call = bench.call(PUNCHES, &json!({"record_ids": ["id10"]}));
    let reply = bench.send(&call);
    assert_eq!(code(&answered(&reply)), (429, 99_991_400));
    let header = |name: &str| {
        reply
            .headers
            .iter()
            .find(|(own, _)| own == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(
        (
            header("x-ogw-ratelimit-limit"),
            header("x-ogw-ratelimit-reset")
        ),
        ("10".to_owned(), "1".to_owned())
    );

    bench.wait(1000);
    assert_eq!(code(&answered(&bench.send(&call))), (200, 0));
    let tally = bench.record().endpoints[&Endpoint::Punches].clone();
    assert_eq!(
        (
            tally.calls,
            tally.throttled,
            tally.applied,
            tally.worst_per_second
        ),
        (12, 1, 11, 11)
    );
}

#[test]
fn the_window_of_a_minute_binds_when_the_second_does_not() {
    let mut bench = Bench::with(&SandboxOptions::default());
    for number in 0..1000 {
        bench.wait(25);
        assert_eq!(
            code(&bench.ask(RECORDS, &json!({"ids": [format!("id{number}")]}))),
            (200, 0)
        );
    }
    bench.wait(25);
    let call = bench.call(RECORDS, &json!({"ids": ["one more"]}));
    let reply = bench.send(&call);
    assert_eq!(reply.status, 429);
    assert!(
        reply
            .headers
            .contains(&("x-ogw-ratelimit-limit".to_owned(), "1000".to_owned())),
        "{:?}",
        reply.headers
    );
    // The first call came 25 s ago, so its place is free again in 35 s.
    assert!(
        reply
            .headers
            .contains(&("x-ogw-ratelimit-reset".to_owned(), "35".to_owned())),
        "{:?}",
        reply.headers
    );
}

#[test]
fn a_call_with_a_bad_token_takes_no_place_in_the_window_and_a_malformed_one_does() {
    let mut bench = Bench::with(&SandboxOptions {
        quotas: Quotas::Each(vec![per_second(1)]),
        ..SandboxOptions::default()
    });
    let mut unauthorised = bench.call(PUNCHES, &json!({"record_ids": ["1"]}));
    unauthorised.authorization.clear();
    assert_eq!(bench.send(&unauthorised).status, 400);
    assert_eq!(
        code(&bench.ask(PUNCHES, &json!({"wrong": 1}))),
        (400, 99_992_402)
    );
    assert_eq!(
        code(&bench.ask(PUNCHES, &json!({"record_ids": ["1"]}))),
        (429, 99_991_400)
    );
}

#[test]
fn the_windows_of_one_endpoint_do_not_bind_another() {
    let mut bench = Bench::with(&SandboxOptions {
        quotas: Quotas::Each(vec![per_second(1)]),
        ..SandboxOptions::default()
    });
    for (path, body) in good_calls() {
        assert_eq!(code(&bench.ask(path, &body)), (200, 0), "{path}");
    }
}

#[test]
fn every_reply_has_a_log_id_and_a_refusal_repeats_it() {
    let mut bench = Bench::new();
    let good = bench.call(PUNCHES, &json!({"record_ids": ["1"]}));
    let bad = bench.call(PUNCHES, &json!({}));
    let (good, bad) = (bench.send(&good), bench.send(&bad));
    let log_id = |reply: &Reply| {
        reply
            .headers
            .iter()
            .find(|(name, _)| name == "X-Tt-Logid")
            .unwrap()
            .1
            .clone()
    };
    assert_ne!(log_id(&good), log_id(&bad));
    assert_eq!(text(&answered(&bad).1["error"]["log_id"]), log_id(&bad));
    assert_eq!(
        bench
            .record()
            .calls
            .iter()
            .map(|call| call.log_id.clone())
            .collect::<Vec<_>>(),
        [log_id(&good), log_id(&bad)]
    );
}

#[test]
fn a_query_parameter_the_page_does_not_name_is_refused_on_every_endpoint() {
    let mut bench = Bench::new();
    for (path, body) in good_calls() {
        let joint = if path.contains('?') { '&' } else { '?' };
        let violations = bench.violations(&format!("{path}{joint}client_token=1"), &body);
        assert_eq!(
            violations,
            ["client_token: client_token is not a field of this request"]
        );
    }
}

#[test]
fn a_body_field_the_page_does_not_name_is_refused_on_every_endpoint() {
    let mut bench = Bench::new();
    for (path, mut body) in good_calls() {
        body["dry_run"] = json!(true);
        assert_eq!(
            bench.violations(path, &body),
            ["dry_run: dry_run is not a field of this request"],
            "{path}"
        );
    }
}

#[test]
fn a_missing_list_of_items_is_refused_except_for_the_archive_report() {
    let mut bench = Bench::new();
    for (path, mut body) in good_calls() {
        for field in [
            "record_ids",
            "user_daily_shifts",
            "ids",
            "items",
            "archive_report_datas",
        ] {
            body.as_object_mut().unwrap().remove(field);
        }
        let (status, _) = bench.ask(path, &body);
        assert_eq!(status, if path == ARCHIVE { 200 } else { 400 }, "{path}");
    }
}

#[test]
fn a_call_too_many_items_long_is_refused_and_a_full_one_is_not() {
    type Body = fn(usize) -> Value;
    let cases: [(&str, usize, Body); 5] = [
        (
            PUNCHES,
            10,
            |count| json!({"record_ids": (0..count).map(|n| n.to_string()).collect::<Vec<_>>()}),
        ),
        (SHIFTS, 50, |count| {
            shifts(
                &(0..count)
                    .map(|n| shift(&format!("u{n}"), 1))
                    .collect::<Vec<_>>(),
            )
        }),
        (
            RECORDS,
            500,
            |count| json!({"ids": (0..count).map(|n| n.to_string()).collect::<Vec<_>>()}),
        ),
        (PLAN_ROWS, 5, |count| {
            plan(
                &(0..count)
                    .map(|n| plan_row(&[("job", &n.to_string())]))
                    .collect::<Vec<_>>(),
            )
        }),
        (ARCHIVE, 50, |count| {
            archive(
                &(0..count)
                    .map(|n| line(&format!("m{n}"), &[("c", "1")]))
                    .collect::<Vec<_>>(),
            )
        }),
    ];
    for (path, most, body) in cases {
        let mut bench = Bench::new();
        assert_eq!(bench.ask(path, &body(most + 1)).0, 400, "{path}");
        assert_eq!(
            bench.record().applied,
            crate::sandbox::Applied::default(),
            "{path}"
        );
        assert_eq!(code(&bench.ask(path, &body(most))), (200, 0), "{path}");
    }
}

#[test]
fn only_the_records_may_be_an_empty_list() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.violations(PUNCHES, &json!({"record_ids": []})),
        ["record_ids: the min len is 1"]
    );
    assert_eq!(
        bench.violations(SHIFTS, &shifts(&[])),
        ["user_daily_shifts: the min len is 1"]
    );
    assert_eq!(
        bench.violations(PLAN_ROWS, &plan(&[])),
        ["items: the min len is 1"]
    );
    assert_eq!(
        bench.violations(ARCHIVE, &archive(&[])),
        ["archive_report_datas: the min len is 1"]
    );
    assert_eq!(
        bench.ask(RECORDS, &json!({"ids": []})).1["data"],
        json!({"items": []})
    );
}

#[test]
fn an_id_that_is_a_number_is_refused() {
    let mut bench = Bench::new();
    let told = bench.violations(PUNCHES, &json!({"record_ids": ["1", 2]}));
    assert_eq!(told, ["record_ids[*]: the type must be non-empty string"]);
    let told = bench.violations(RECORDS, &json!({"ids": [1_801_464_965_461_024_i64]}));
    assert_eq!(told, ["ids[*]: the type must be non-empty string"]);
}

#[test]
fn the_record_keeps_keys_and_answers_of_each_call_and_bodies_only_when_asked() {
    for (keep, body) in [
        (Keep::Calls, None),
        (
            Keep::Bodies,
            Some(r#"{"record_ids":["7","404"]}"#.to_owned()),
        ),
    ] {
        let mut bench = Bench::with(&SandboxOptions {
            keep,
            ..SandboxOptions::default()
        });
        bench.wait(250);
        bench.ask(PUNCHES, &json!({"record_ids": ["7", "404"]}));
        let record = bench.record();
        let call = &record.calls[0];
        assert_eq!(call.keys, ["7", "404"]);
        assert_eq!(
            (call.status, call.code, call.applied, call.arrived_us),
            (Some(200), Some(0), 1, 250_000)
        );
        assert_eq!((call.body_bytes, &call.body), (26, &body));
    }
}

#[test]
fn counts_stay_right_when_no_call_is_kept() {
    let mut bench = Bench::with(&SandboxOptions {
        keep: Keep::Counts,
        ..SandboxOptions::default()
    });
    bench.ask(PUNCHES, &json!({"record_ids": ["1", "2"]}));
    let record = bench.record();
    assert_eq!((record.calls.len(), record.calls_forgotten), (0, 1));
    assert_eq!(record.endpoints[&Endpoint::Punches].items, 2);
}

#[test]
fn an_item_that_is_twice_in_one_call_is_an_objection() {
    let mut bench = Bench::new();
    bench.ask(SHIFTS, &shifts(&[shift("u1", 1), shift("u1", 1)]));
    assert_eq!(
        bench.record().objections,
        ["call 1 to attendance.user_daily_shifts.batch_create: an item is there twice"]
    );
}

proptest::proptest! {
    #[test]
    fn a_damaged_call_is_refused_or_right_and_a_refused_one_changes_nothing(
        endpoint in 0_usize..5,
        place in 0.0..1.0_f64,
        removed in 0_usize..12,
        inserted in "[\\[\\]{}\",:0-9a-z ]{0,6}",
    ) {
        let mut bench = Bench::new();
        let (path, body) = good_calls()[endpoint].clone();
        let mut call = bench.call(path, &body);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "a place in a short body")]
        let start = (place * call.body.len() as f64) as usize;
        let end = (start + removed).min(call.body.len());
        call.body.splice(start..end, inserted.bytes());
        let (status, envelope) = answered(&bench.send(&call));
        let code = envelope["code"].as_i64().unwrap();
        proptest::prop_assert_eq!(status == 200, code == 0);
        if code != 0 {
            proptest::prop_assert_eq!(bench.record().applied, crate::sandbox::Applied::default());
        }
    }
}
