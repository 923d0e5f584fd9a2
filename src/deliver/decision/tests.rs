//! Answers in a row, and the one thing each of them leads to.

use std::sync::Arc;

use super::*;
use crate::endpoint::catalogue;
use crate::endpoint::reply::RESENDS_BY_POLICY;
use crate::model::{BatchId, Envelope, Item};

const DELETE: &str = "attendance.user_flows.batch_del";
const UPSERT: &str = "attendance.user_daily_shifts.batch_create";

struct Case {
    endpoint: Endpoint,
    batch: Batch,
    history: CallHistory,
}

impl Case {
    fn new(endpoint: &str, items: u64, ambiguous: bool) -> Self {
        let item = |record: u64| Item {
            body: format!("\"id{record}\"").into_bytes().into(),
        };
        Self {
            endpoint: catalogue::endpoint(endpoint).unwrap(),
            batch: Batch {
                id: BatchId(1),
                envelope: Arc::new(Envelope::default()),
                items: (1..=items).map(item).collect(),
            },
            history: CallHistory::new(ambiguous, 0, 0),
        }
    }

    fn step(&mut self, disposition: Disposition) -> Step {
        self.step_after(disposition, Duration::from_secs(1))
    }

    fn step_after(&mut self, disposition: Disposition, on_the_way: Duration) -> Step {
        let answer = Answer {
            disposition,
            code: None,
            status: None,
            log_id: None,
            reset: None,
        };
        let made = Made {
            is_try: false,
            allows_resend: true,
            on_the_way,
        };
        self.history
            .decide(&self.endpoint, &self.batch, &answer, made)
    }
}

fn reason(text: &str) -> Reason {
    Reason {
        code: Some(7),
        text: text.into(),
    }
}

fn again(applied: Applied, then: Then) -> Disposition {
    Disposition::Again {
        applied,
        reason: reason("trouble"),
        resends_max: RESENDS_BY_POLICY,
        then,
    }
}

fn refused() -> Disposition {
    Disposition::Refused {
        reason: reason("no such record"),
    }
}

fn outcomes(step: &Step) -> Vec<Option<Outcome>> {
    let settled = match step {
        Step::Refused(outcome, _) => return vec![Some(*outcome)],
        Step::Settle(settled) => settled,
        Step::Resend(_) | Step::Pause(_) | Step::RenewToken | Step::Halt(_) => panic!("{step:?}"),
    };
    let outcome =
        |outcome: &Option<(Outcome, Option<Reason>)>| outcome.as_ref().map(|(outcome, _)| *outcome);
    settled.outcomes.iter().map(outcome).collect()
}

#[test]
fn trouble_is_sent_again_four_times_and_then_left_unconfirmed() {
    let mut case = Case::new(UPSERT, 2, false);
    for _ in 0..4 {
        assert!(matches!(
            case.step(again(Applied::Unknown, Then::Unconfirmed)),
            Step::Resend(_)
        ));
    }
    let last = case.step(again(Applied::Unknown, Then::Unconfirmed));
    assert_eq!(outcomes(&last), [Some(Outcome::Unconfirmed); 2]);
}

#[test]
fn what_stays_unconfirmed_lists_each_attempt() {
    let mut case = Case::new(UPSERT, 1, false);
    let lost = |text: &str, resends_max| Disposition::Again {
        applied: Applied::Unknown,
        reason: reason(text),
        resends_max,
        then: Then::Unconfirmed,
    };
    case.step(lost("the connection closed", RESENDS_BY_POLICY));
    case.step(lost("the connection closed", RESENDS_BY_POLICY));
    let Step::Settle(settled) = case.step(lost("HTTP 502", 0)) else {
        panic!("not settled")
    };
    let (_, reason) = settled.outcomes[0].clone().unwrap();
    assert_eq!(
        reason.unwrap().text,
        "attempts 1 to 2: the connection closed; attempt 3: HTTP 502"
    );
    assert_eq!(listed(&["HTTP 502".into()]), "HTTP 502");
}

#[test]
fn an_answer_may_allow_fewer_resends_than_the_policy() {
    let mut case = Case::new(UPSERT, 1, false);
    let once = || Disposition::Again {
        applied: Applied::Unknown,
        reason: reason("odd"),
        resends_max: 1,
        then: Then::Unconfirmed,
    };
    assert!(matches!(case.step(once()), Step::Resend(_)));
    assert_eq!(outcomes(&case.step(once())), [Some(Outcome::Unconfirmed)]);
}

#[test]
fn an_endpoint_that_must_not_be_sent_twice_is_not() {
    let mut case = Case::new(UPSERT, 1, false);
    case.endpoint.resend = Resend::Never;
    let step = case.step(again(Applied::Unknown, Then::Unconfirmed));
    assert_eq!(outcomes(&step), [Some(Outcome::Unconfirmed)]);
    let mut case = Case::new(UPSERT, 1, false);
    case.endpoint.resend = Resend::Never;
    assert!(matches!(
        case.step(again(Applied::No, Then::Halt)),
        Step::Resend(_)
    ));
}

#[test]
fn a_delete_that_fails_after_a_lost_answer_is_probably_done() {
    let mut case = Case::new(DELETE, 1, false);
    case.step(again(Applied::Unknown, Then::Unconfirmed));
    assert_eq!(
        outcomes(&case.step(refused())),
        [Some(Outcome::Unconfirmed)]
    );
    let mut resumed = Case::new(DELETE, 1, true);
    assert_eq!(
        outcomes(&resumed.step(refused())),
        [Some(Outcome::Unconfirmed)]
    );
    let mut first = Case::new(DELETE, 1, false);
    assert_eq!(outcomes(&first.step(refused())), [Some(Outcome::Failed)]);
}

/// Everything that ends as a failure of the only item.
fn refusals() -> [Disposition; 4] {
    let read = |verdict| {
        Disposition::Read(Verdicts {
            items: vec![verdict],
            unsent_names: Vec::new(),
        })
    };
    [
        refused(),
        again(Applied::No, Then::Refused),
        read(Verdict::Failed(reason("not in the group"))),
        read(Verdict::Temporary(reason("busy"))),
    ]
}

/// What comes of the same answer again and again.
fn at_last(case: &mut Case, answer: &Disposition) -> Step {
    loop {
        let step = case.step(answer.clone());
        if !matches!(step, Step::Resend(_)) {
            return step;
        }
    }
}

#[test]
fn a_refusal_after_a_call_of_unknown_fate_is_unconfirmed_for_every_endpoint() {
    for name in catalogue::names() {
        for refusal in refusals() {
            for resumed in [false, true] {
                let mut case = Case::new(name, 1, resumed);
                case.history = CallHistory::new(resumed, ROUNDS_MAX, 0);
                if !resumed {
                    case.step(again(Applied::Unknown, Then::Unconfirmed));
                }
                let step = at_last(&mut case, &refusal);
                assert_eq!(
                    outcomes(&step),
                    [Some(Outcome::Unconfirmed)],
                    "{name} {refusal:?}"
                );
            }
            let mut first = Case::new(name, 1, false);
            first.history = CallHistory::new(false, ROUNDS_MAX, 0);
            let step = at_last(&mut first, &refusal);
            assert_eq!(
                outcomes(&step),
                [Some(Outcome::Failed)],
                "{name} {refusal:?}"
            );
        }
    }
}

#[test]
fn what_was_refused_after_a_call_of_unknown_fate_keeps_the_platforms_words_and_its_code() {
    for (endpoint, expected) in [
        (
            UPSERT,
            "an earlier call may have been applied; this one was refused: no such record",
        ),
        (
            DELETE,
            "an earlier call may have deleted it; this one was refused: no such record",
        ),
    ] {
        let mut case = Case::new(endpoint, 1, true);
        let Step::Refused(_, told) = case.step(refused()) else {
            panic!("not refused")
        };
        assert_eq!(told.code, reason(expected).code);
        assert_eq!(told.text, expected);
    }
}

#[test]
fn a_success_after_a_call_of_unknown_fate_is_a_success() {
    let mut case = Case::new(UPSERT, 1, true);
    let step = case.step(Disposition::Read(Verdicts {
        items: vec![Verdict::Succeeded],
        unsent_names: Vec::new(),
    }));
    assert_eq!(outcomes(&step), [Some(Outcome::Succeeded)]);
}

#[test]
fn a_batch_is_called_six_times_at_most_over_all_starts() {
    for (calls, resends) in [(0, 4), (3, 1), (4, 0), (5, 0), (9, 0)] {
        let mut case = Case::new(UPSERT, 1, false);
        case.history = CallHistory::new(false, 0, calls);
        for _ in 0..resends {
            let step = case.step(again(Applied::Unknown, Then::Unconfirmed));
            assert!(matches!(step, Step::Resend(_)), "{step:?}");
        }
        let last = case.step(again(Applied::Unknown, Then::Unconfirmed));
        assert_eq!(outcomes(&last), [Some(Outcome::Unconfirmed)], "{calls}");
    }
}

#[test]
fn a_try_for_all_that_wait_is_no_attempt_of_its_batch_but_counts_as_a_call() {
    let mut case = Case::new(UPSERT, 1, false);
    let answer = Answer {
        disposition: again(Applied::No, Then::Halt),
        code: None,
        status: Some(503),
        log_id: None,
        reset: Some("7".to_owned()),
    };
    let made = Made {
        is_try: true,
        allows_resend: true,
        on_the_way: Duration::from_hours(1),
    };
    let mut steps = (0..CALLS_MAX).map(|_| {
        case.history
            .decide(&case.endpoint, &case.batch, &answer, made)
    });
    let resends = steps
        .by_ref()
        .take(5)
        .filter(|step| matches!(step, Step::Resend(delay) if *delay >= Duration::from_secs(7)));
    assert_eq!(resends.count(), 5);
    assert!(matches!(steps.next(), Some(Step::Halt(_))));
}

#[test]
fn items_with_a_passing_trouble_go_on_alone_until_their_rounds_are_over() {
    let verdicts = || {
        Disposition::Read(Verdicts {
            items: vec![Verdict::Succeeded, Verdict::Temporary(reason("busy"))],
            unsent_names: Vec::new(),
        })
    };
    let mut case = Case::new(DELETE, 2, false);
    let step = case.step(verdicts());
    assert_eq!(outcomes(&step), [Some(Outcome::Succeeded), None]);
    case.history = CallHistory::new(false, ROUNDS_MAX, 0);
    let step = case.step(verdicts());
    assert_eq!(
        outcomes(&step),
        [Some(Outcome::Succeeded), Some(Outcome::Failed)]
    );
}

#[test]
fn a_token_refused_twice_in_a_row_halts_and_once_in_between_does_not() {
    let token = || Disposition::RenewToken {
        reason: reason("expired"),
    };
    let mut case = Case::new(UPSERT, 1, false);
    assert_eq!(case.step(token()), Step::RenewToken);
    assert!(matches!(
        case.step(again(Applied::No, Then::Halt)),
        Step::Resend(_)
    ));
    assert_eq!(case.step(token()), Step::RenewToken);
    assert!(matches!(case.step(token()), Step::Halt(_)));
}

#[test]
fn throttling_uses_up_no_attempt_but_ends_after_a_quarter_of_an_hour() {
    let wait = |seconds| Disposition::Wait {
        seconds,
        reason: reason("slow down"),
    };
    let mut case = Case::new(UPSERT, 1, false);
    for second in 0..200_u64 {
        let step = case.step_after(wait(Some(3.0)), Duration::from_secs(second * 4));
        assert!(
            matches!(step, Step::Pause(pause) if pause >= Duration::from_secs(3)),
            "{step:?}"
        );
    }
    let step = case.step_after(wait(None), Duration::from_secs(1000));
    assert!(matches!(step, Step::Halt(_)), "{step:?}");
    // Any other answer in between starts the quarter of an hour anew.
    let mut case = Case::new(UPSERT, 1, false);
    case.step_after(wait(None), Duration::from_secs(1));
    case.step_after(again(Applied::No, Then::Halt), Duration::from_mins(5));
    let step = case.step_after(wait(None), Duration::from_secs(1000));
    assert!(matches!(step, Step::Pause(_)), "{step:?}");
}

#[test]
fn a_halt_is_told_in_the_platforms_own_words() {
    let mut case = Case::new(UPSERT, 1, false);
    let step = case.step(Disposition::Halt {
        applied: Applied::No,
        reason: reason("Access denied"),
        help: Some("grant the scope".into()),
    });
    let Step::Halt(refusal) = step else {
        panic!("{step:?}")
    };
    assert_eq!(
        refusal.to_string(),
        "error: halted: Access denied (code 7)\nhint: grant the scope; then `resume`"
    );
    assert_eq!(refusal.exit, Exit::Halted);
}
