//! Faults of content and of what is applied, without a socket.

use super::*;
use crate::sandbox::{
    Apply, DataEdit, Endpoint, Fault, FaultPlan, Harm, MessageForm, ShiftReplies, When,
};

fn bench(plan: FaultPlan) -> Bench {
    Bench::with(&SandboxOptions {
        quotas: Quotas::Unlimited,
        faults: plan,
        ..SandboxOptions::default()
    })
}

/// Sends punches of one id each and gives the codes answered.
fn codes(bench: &mut Bench, calls: usize) -> Vec<i64> {
    (0..calls)
        .map(|number| code(&bench.ask(PUNCHES, &json!({"record_ids": [format!("id{number}")]}))).1)
        .collect()
}

fn five() -> Fault {
    Fault::answer(500, 5, "five")
}

#[test]
fn a_rule_meets_the_calls_it_names_and_no_other() {
    let codes = |when: When| codes(&mut bench(FaultPlan::new().on(when, five())), 6);
    assert_eq!(codes(When::call(2)), [0, 5, 0, 0, 0, 0]);
    assert_eq!(codes(When::calls(2..=4)), [0, 5, 5, 5, 0, 0]);
    assert_eq!(codes(When::every(3)), [0, 0, 5, 0, 0, 5]);
    assert_eq!(codes(When::always().times(2)), [5, 5, 0, 0, 0, 0]);
    assert_eq!(codes(When::item("id3")), [0, 0, 0, 5, 0, 0]);
    assert_eq!(codes(When::items_over(0)), [5, 5, 5, 5, 5, 5]);
    assert_eq!(codes(When::items_over(1)), [0, 0, 0, 0, 0, 0]);
    assert_eq!(
        codes(When::always().at(Endpoint::Shifts)),
        [0, 0, 0, 0, 0, 0]
    );
}

#[test]
fn all_conditions_of_a_rule_must_hold() {
    let when = When {
        item: Some("id1".to_owned()),
        ..When::calls(1..=3)
    };
    assert_eq!(
        codes(&mut bench(FaultPlan::new().on(when, five())), 4),
        [0, 5, 0, 0]
    );
}

#[test]
fn a_rule_for_the_first_attempt_meets_each_body_once() {
    let mut bench = bench(FaultPlan::new().on(When::attempt(1), five()));
    assert_eq!(codes(&mut bench, 3), [5, 5, 5]);
    assert_eq!(codes(&mut bench, 3), [0, 0, 0]);
}

#[test]
fn of_several_rules_the_first_that_fits_decides() {
    let plan = FaultPlan::new()
        .on(When::call(2), five())
        .on(When::calls(1..=3), Fault::answer(400, 6, "six"));
    assert_eq!(codes(&mut bench(plan), 4), [6, 5, 6, 0]);
}

#[test]
fn calls_are_counted_for_each_endpoint_by_itself_and_the_token_only_when_named() {
    let mut bench = bench(FaultPlan::new().on(When::call(1), five()));
    let credentials =
        json!({"app_id": crate::sandbox::APP_ID, "app_secret": crate::sandbox::APP_SECRET});
    assert_eq!(code(&bench.ask(TOKEN, &credentials)), (200, 0));
    for (path, body) in good_calls() {
        assert_eq!(code(&bench.ask(path, &body)), (500, 5), "{path}");
    }
    let mut bench = self::bench(FaultPlan::new().on(When::call(1).at(Endpoint::Token), five()));
    assert_eq!(code(&bench.ask(TOKEN, &credentials)), (500, 5));
}

#[test]
fn chance_repeats_with_the_seed_and_has_the_asked_frequency() {
    let run = |seed| {
        let mut bench = Bench::with(&SandboxOptions {
            seed,
            quotas: Quotas::Unlimited,
            faults: FaultPlan::new().on(When::chance(0.2), five()),
            ..SandboxOptions::default()
        });
        codes(&mut bench, 1000)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let met = run(1).iter().filter(|code| **code == 5).count();
    assert!((150..250).contains(&met), "{met}");
}

#[test]
fn a_refusal_by_a_fault_applies_nothing_unless_told_otherwise() {
    for (fault, applied) in [
        (five(), 0),
        (five().apply(Apply::All), 4),
        (five().apply(Apply::Half), 2),
        (Fault::throttle(None), 0),
        (Fault::reset(), 0),
        (Fault::reset().apply(Apply::All), 4),
        (Fault::new(Harm::Hang), 0),
        (Fault::cut(), 4),
        (Fault::new(Harm::Data(DataEdit::Null)), 4),
        (Fault::new(Harm::None).apply(Apply::Nothing), 0),
    ] {
        let mut bench = bench(FaultPlan::new().on(When::call(1), fault.clone()));
        let call = bench.call(PUNCHES, &json!({"record_ids": ["1", "2", "3", "4"]}));
        bench.send(&call);
        let record = bench.record();
        assert_eq!(record.applied.punches_deleted.len(), applied, "{fault:?}");
        assert_eq!(
            (record.calls[0].applied, record.calls[0].fault),
            (applied, Some(fault.name()))
        );
    }
}

#[test]
fn a_call_applied_late_changes_nothing_at_first() {
    let late = Fault::answer(500, 5, "five").apply(Apply::Late(Duration::from_mins(5)));
    let mut bench = bench(FaultPlan::new().on(When::call(1), late));
    let call = bench.call(PUNCHES, &json!({"record_ids": ["1"]}));
    let answer = bench.platform.answer(&call, bench.now);
    assert!(bench.record().applied.punches_deleted.is_empty());
    let (after, effects) = answer.late.unwrap();
    assert_eq!(after, Duration::from_mins(5));
    bench.platform.apply(effects, bench.now);
    assert_eq!(bench.record().applied.punches_deleted.len(), 1);
}

#[test]
fn a_call_the_platform_refuses_applies_nothing_whatever_the_fault() {
    let mut bench = bench(FaultPlan::new().on(When::call(1), Fault::cut()));
    let call = bench.call(SHIFTS, &shifts(&[shift("u1", 1), shift("nobody", 2)]));
    bench.send(&call);
    assert!(bench.record().applied.shifts.is_empty());
}

#[test]
fn throttling_by_a_fault_carries_the_asked_header_values_or_none() {
    let plan = FaultPlan::new()
        .on(When::call(1), Fault::throttle(None))
        .on(
            When::call(2),
            Fault::new(Harm::Throttle {
                status: 400,
                resets: vec!["soon".to_owned(), "7.5".to_owned()],
            }),
        );
    let mut bench = bench(plan);
    let call = bench.call(PUNCHES, &json!({"record_ids": ["1"]}));
    let resets = |reply: &Reply| {
        let named = reply
            .headers
            .iter()
            .filter(|(name, _)| name == "x-ogw-ratelimit-reset");
        named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let (first, second) = (bench.send(&call), bench.send(&call));
    assert_eq!(
        (code(&answered(&first)), resets(&first)),
        ((429, 99_991_400), vec![])
    );
    assert_eq!(code(&answered(&second)), (400, 99_991_400));
    assert_eq!(resets(&second), ["soon", "7.5"]);
    assert_eq!(bench.record().endpoints[&Endpoint::Punches].throttled, 0);
}

#[test]
fn tokens_expire_at_the_call_a_rule_names() {
    let mut bench = bench(FaultPlan::new().on(When::call(2), Fault::new(Harm::ExpireTokens)));
    assert_eq!(codes(&mut bench, 3), [0, 99_991_663, 99_991_663]);
}

#[test]
fn windows_can_be_tightened_in_mid_run() {
    let tighten = Fault::new(Harm::Quota(vec![per_second(3)]));
    let mut bench = bench(FaultPlan::new().on(When::call(3), tighten));
    assert_eq!(codes(&mut bench, 5), [0, 0, 0, 99_991_400, 99_991_400]);
}

#[test]
fn the_writing_of_shift_replies_can_change_in_mid_run() {
    let writing = ShiftReplies {
        form: MessageForm::Go,
        ..ShiftReplies::default()
    };
    let mut bench = bench(FaultPlan::new().on(When::call(2), Fault::new(Harm::Writing(writing))));
    let mut row = shift("u1", 3);
    row["group_id"] = json!("6737202939523236199");
    let mut msg = || bench.ask(SHIFTS, &shifts(std::slice::from_ref(&row))).1["msg"].clone();
    assert_eq!(
        [msg(), msg(), msg()],
        [
            r#"{"u1":[20210103]}"#,
            "map[u1:[20210103]]",
            "map[u1:[20210103]]"
        ]
    );
}

#[test]
fn a_missing_scope_is_told_as_the_platform_tells_it() {
    let fault = Fault::new(Harm::Answer {
        status: 400,
        code: 99_991_672,
        msg: "Access denied.".to_owned(),
        scope: Some("attendance:task".to_owned()),
    });
    let mut bench = bench(FaultPlan::new().on(When::call(1), fault));
    let (_, envelope) = bench.ask(PUNCHES, &json!({"record_ids": ["1"]}));
    let told = &envelope["error"]["permission_violations"];
    assert_eq!(
        told,
        &json!([{"type": "action_scope_required", "subject": "attendance:task"}])
    );
    assert!(text(&envelope["error"]["log_id"]).starts_with("sandbox"));
}

#[test]
fn the_truthful_reply_can_come_under_another_status_or_late() {
    let plan = FaultPlan::new()
        .on(When::call(1), Fault::new(Harm::Status(500)))
        .on(When::call(2), Fault::late(Duration::from_secs(8)));
    let mut bench = bench(plan);
    assert_eq!(
        code(&bench.ask(PUNCHES, &json!({"record_ids": ["1"]}))),
        (500, 0)
    );
    let call = bench.call(PUNCHES, &json!({"record_ids": ["2"]}));
    let answer = bench.platform.answer(&call, bench.now);
    assert_eq!(
        (answer.delay, answer.reply.status),
        (Duration::from_secs(8), 200)
    );
}

#[test]
fn the_record_counts_faults_by_kind() {
    let plan = FaultPlan::new()
        .on(When::call(1), Fault::reset())
        .on(When::calls(2..=3), five());
    let mut bench = bench(plan);
    codes_of_any_kind(&mut bench, 4);
    let record = bench.record();
    assert_eq!(record.faults, [("answer", 2), ("reset", 1)].into());
    let told = record
        .calls
        .iter()
        .map(|call| (call.status, call.code))
        .collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            (None, None),
            (Some(500), Some(5)),
            (Some(500), Some(5)),
            (Some(200), Some(0))
        ]
    );
}

fn codes_of_any_kind(bench: &mut Bench, calls: usize) {
    for number in 0..calls {
        let call = bench.call(PUNCHES, &json!({"record_ids": [format!("id{number}")]}));
        bench.send(&call);
    }
}
