//! What is known of all batches together, step by step.

use super::*;

const MINUTE: Duration = Duration::from_mins(1);

struct Case {
    flow: Flow,
    now: Duration,
}

fn batch(id: i64) -> BatchId {
    BatchId(id)
}

fn reason(text: &str) -> Reason {
    Reason {
        code: Some(7),
        text: text.into(),
    }
}

fn kind(text: &str) -> Kind {
    Kind::of(&reason(text), &[])
}

impl Case {
    fn new() -> Self {
        Self::within(None, MINUTE * 15)
    }

    fn within(calls_max: Option<u64>, outage_max: Duration) -> Self {
        let bounds = Bounds {
            calls_max,
            calls: 0,
            outage_max,
        };
        Self {
            flow: Flow::new(bounds),
            now: Duration::ZERO,
        }
    }

    /// A start in which something was taken.
    fn open() -> Self {
        let mut case = Self::new();
        let pass = case.pass(1);
        case.flow.answered(pass);
        case.flow.left(batch(1));
        case
    }

    fn pass(&mut self, id: i64) -> Pass {
        match self.flow.ask(batch(id), self.now) {
            Turn::Go(pass) => pass,
            Turn::Wait(until) => panic!("batch {id} waits until {until:?}"),
        }
    }

    fn waits(&mut self, id: i64) -> bool {
        matches!(self.flow.ask(batch(id), self.now), Turn::Wait(_))
    }

    fn refuse(&mut self, id: i64, text: &str) -> Seen {
        let pass = self.pass(id);
        self.flow.refused(batch(id), pass, &kind(text), self.now)
    }

    fn judges(&mut self, id: i64, text: &str, seen: Seen) -> Next {
        self.flow
            .ask_to_judge(batch(id), &kind(text), seen, self.now)
    }

    fn no_innocent(&mut self, id: i64, seen: Seen) -> Seen {
        let now_seen = self.flow.seen();
        let (kind, reason) = (kind("no"), reason("no"));
        self.flow
            .no_innocent(batch(id), (&kind, &reason), (4, true), seen, self.now);
        now_seen
    }

    fn rule(&self) -> Option<&str> {
        self.flow.halt().map(|halt| halt.rule)
    }
}

#[test]
fn the_first_batch_goes_alone_and_the_others_follow_when_it_was_answered() {
    let mut case = Case::new();
    let pass = case.pass(1);
    assert!(case.waits(2) && case.waits(3));
    assert!(case.flow.answered(pass));
    case.pass(2);
    case.pass(3);
}

#[test]
fn an_answer_that_says_nothing_about_rows_does_not_let_the_others_go() {
    let mut case = Case::new();
    let pass = case.pass(1);
    case.flow.heard(batch(1), pass);
    assert!(case.waits(2));
    // The next one goes alone too.
    case.flow.left(batch(1));
    case.pass(2);
    assert!(case.waits(3));
}

#[test]
fn of_batches_refused_alike_one_is_taken_apart_at_a_time() {
    let mut case = Case::open();
    let one = case.refuse(2, "no such group `a`");
    assert_eq!(case.judges(2, "no such group `a`", one), Next::Judge);
    let pass = case.pass(9);
    let other = case.refuse(3, "no such group `b`");
    assert_eq!(case.judges(3, "no such group `b`", other), Next::Wait(None));
    // Another kind of refusal has another cause.
    case.flow.answered(pass);
    let part = case.pass(2);
    case.flow.answered(part);
    let third = case.refuse(4, "the month is sealed");
    assert_eq!(case.judges(4, "the month is sealed", third), Next::Judge);
    case.flow.left(batch(2));
    assert_eq!(case.judges(3, "no such group `b`", other), Next::Judge);
}

#[test]
fn after_two_batches_refused_alike_no_fresh_one_is_sent_until_something_is_taken() {
    let mut case = Case::open();
    let one = case.refuse(2, "no");
    assert_eq!(case.judges(2, "no", one), Next::Judge);
    case.refuse(3, "no");
    assert!(case.waits(4) && case.waits(3));
    // Its search goes on, and finds a row that is taken.
    let part = case.pass(2);
    case.flow.answered(part);
    case.pass(4);
}

#[test]
fn an_answer_to_a_call_made_before_proves_nothing() {
    let mut case = Case::open();
    let late = case.pass(9);
    case.refuse(2, "no");
    case.refuse(3, "no");
    assert!(!case.flow.answered(late));
    assert!(case.waits(4));
}

#[test]
fn rows_of_two_batches_from_both_ends_refused_alike_halt_a_run_in_which_nothing_was_taken() {
    let mut case = Case::new();
    let seen = case.refuse(1, "no");
    assert_eq!(case.judges(1, "no", seen), Next::Judge);
    let parked = case.no_innocent(1, seen);
    assert_eq!(case.flow.wanted_witness(), Some(&[batch(1)][..]));
    case.flow.call_witness(Some(batch(80)), case.now);
    assert!(case.waits(2));
    let seen = case.refuse(80, "no");
    case.no_innocent(80, seen);
    assert_eq!(case.rule(), Some("run.refused-alike"));
    assert_eq!(
        case.flow.ask_verdict(batch(1), parked, case.now),
        Next::Wait(None)
    );
}

#[test]
fn a_batch_from_elsewhere_that_is_taken_shows_that_the_refusal_is_about_rows() {
    let mut case = Case::new();
    let seen = case.refuse(1, "no");
    let parked = case.no_innocent(1, seen);
    case.flow.call_witness(Some(batch(80)), case.now);
    let pass = case.pass(80);
    case.flow.answered(pass);
    assert_eq!(
        case.flow.ask_verdict(batch(1), parked, case.now),
        Next::Judge
    );
    assert_eq!(case.rule(), None);
    case.pass(2);
}

#[test]
fn a_witness_that_shows_nothing_is_followed_by_another() {
    let mut case = Case::new();
    let seen = case.refuse(1, "no");
    case.no_innocent(1, seen);
    case.flow.call_witness(Some(batch(80)), case.now);
    case.flow.left(batch(80));
    assert_eq!(case.flow.wanted_witness(), Some(&[batch(1), batch(80)][..]));
}

#[test]
fn a_batch_without_another_one_is_judged_by_its_own_rows() {
    for has_rest in [true, false] {
        let mut case = Case::new();
        let seen = case.refuse(1, "no");
        let parked = case.flow.seen();
        let (kind, reason) = (kind("no"), reason("no"));
        case.flow
            .no_innocent(batch(1), (&kind, &reason), (4, has_rest), seen, case.now);
        case.flow.call_witness(None, case.now);
        assert_eq!(case.rule(), None);
        let next = case.flow.ask_verdict(batch(1), parked, case.now);
        assert_eq!(next, Next::Judge);
    }
}

#[test]
fn rows_refused_while_others_are_taken_are_to_blame() {
    let mut case = Case::open();
    let seen = case.refuse(2, "no");
    assert_eq!(case.judges(2, "no", seen), Next::Judge);
    let pass = case.pass(3);
    case.flow.answered(pass);
    let parked = case.no_innocent(2, seen);
    assert_eq!(
        case.flow.ask_verdict(batch(2), parked, case.now),
        Next::Judge
    );
}

#[test]
fn a_refusal_of_everything_that_passes_is_waited_for_when_something_was_taken_before() {
    let mut case = Case::open();
    let seen = case.refuse(2, "no");
    assert_eq!(case.judges(2, "no", seen), Next::Judge);
    let waiting = case.refuse(3, "no");
    let parked = case.no_innocent(2, seen);
    case.flow.call_witness(Some(batch(80)), case.now);
    let far = case.refuse(80, "no");
    case.no_innocent(80, far);
    assert_eq!(case.rule(), None);
    let next = case.flow.held().unwrap().next;
    assert_eq!(next, Duration::from_secs(1));
    assert_eq!(case.judges(3, "no", waiting), Next::Wait(Some(next)));
    case.now = next;
    // Any of them may try; one does.
    assert_eq!(case.judges(3, "no", waiting), Next::Resend);
    let pass = case.pass(3);
    assert!(pass.is_try && case.waits(9));
    case.flow.answered(pass);
    assert_eq!(
        case.flow.ask_verdict(batch(2), parked, case.now),
        Next::Resend
    );
    case.pass(9);
}

#[test]
fn a_refusal_of_everything_that_does_not_pass_halts_after_few_tries() {
    let mut case = Case::open();
    let seen = case.refuse(2, "no");
    case.refuse(3, "no");
    case.no_innocent(2, seen);
    case.flow.call_witness(Some(batch(80)), case.now);
    let far = case.refuse(80, "no");
    case.no_innocent(80, far);
    let mut tries = 0;
    while case.rule().is_none() {
        case.now = case.flow.held().unwrap().next;
        case.refuse(100 + tries, "no");
        tries += 1;
    }
    assert_eq!((case.rule(), tries), (Some("run.refused-alike"), 6));
    assert_eq!(case.now, REFUSED_PASSES);
}

/// Calls of so many batches fail.
fn outage(case: &mut Case, batches: i64) {
    let passes: Vec<_> = (10..10 + batches).map(|id| (id, case.pass(id))).collect();
    for (id, pass) in passes {
        case.flow
            .failed(batch(id), pass, &"HTTP 502".into(), None, case.now);
    }
}

#[test]
fn when_calls_of_several_batches_fail_in_a_row_all_wait_but_one() {
    let mut case = Case::open();
    outage(&mut case, 3);
    assert!(case.waits(2));
    let mut pauses = Vec::new();
    for id in 20..30 {
        let next = case.flow.held().unwrap().next;
        pauses.push(next.saturating_sub(case.now).as_secs());
        case.now = next;
        let pass = case.pass(id);
        assert!(pass.is_try && case.waits(2), "one at a time");
        case.flow
            .failed(batch(id), pass, &"HTTP 502".into(), None, case.now);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    case.now = case.flow.held().unwrap().next;
    let pass = case.pass(2);
    case.flow.answered(pass);
    assert!(case.flow.held().is_none());
    case.pass(3);
}

#[test]
fn failures_of_one_batch_alone_hold_nobody_up() {
    let mut case = Case::open();
    for _ in 0..9 {
        let pass = case.pass(2);
        case.flow
            .failed(batch(2), pass, &"HTTP 502".into(), None, case.now);
    }
    case.pass(3);
}

#[test]
fn an_answer_in_between_is_no_outage() {
    let mut case = Case::open();
    for id in 2..20 {
        let pass = case.pass(id);
        case.flow
            .failed(batch(id), pass, &"HTTP 502".into(), None, case.now);
        let pass = case.pass(1);
        case.flow.answered(pass);
    }
    case.pass(30);
}

#[test]
fn where_nothing_was_answered_yet_the_second_failure_holds() {
    let mut case = Case::new();
    for _ in 0..2 {
        let pass = case.pass(1);
        case.flow
            .failed(batch(1), pass, &"HTTP 502".into(), None, case.now);
    }
    case.now = case.flow.held().unwrap().next;
    // Another batch may be luckier.
    let pass = case.pass(2);
    case.flow.answered(pass);
    case.pass(1);
}

#[test]
fn each_batch_that_waits_tries_in_its_turn() {
    let mut case = Case::open();
    outage(&mut case, 3);
    let mut tried = Vec::new();
    for _ in 0..6 {
        case.now = case.flow.held().unwrap().next + TRIED_LATER * 2;
        // Those who come first have tried before, and let the others go.
        let next = case.flow.held().unwrap().next;
        let ids = [2, 3, 4];
        let id = ids.into_iter().min_by_key(|id| {
            let Turn::Wait(due) = case
                .flow
                .ask(batch(*id), next.saturating_sub(TRY_FIRST / 2))
            else {
                panic!("batch {id} tries too early")
            };
            (due, *id)
        });
        let id = id.unwrap();
        let pass = case.pass(id);
        case.flow
            .failed(batch(id), pass, &"HTTP 502".into(), None, case.now);
        tried.push(id);
    }
    assert_eq!(tried, [2, 3, 4, 2, 3, 4]);
}

#[test]
fn a_wait_that_the_platform_names_is_kept() {
    let mut case = Case::open();
    let passes = [2, 3, 4].map(|id| (id, case.pass(id)));
    for (id, pass) in passes {
        let named = Some(Duration::from_secs(40));
        case.flow
            .failed(batch(id), pass, &"HTTP 503".into(), named, case.now);
    }
    assert_eq!(case.flow.held().unwrap().next, Duration::from_secs(40));
}

#[test]
fn an_outage_that_lasts_halts_the_run_at_its_limit() {
    let mut case = Case::within(None, MINUTE);
    outage(&mut case, 1);
    let pass = case.pass(10);
    case.flow
        .failed(batch(10), pass, &"HTTP 502".into(), None, case.now);
    let mut tries = 0;
    while case.rule().is_none() {
        case.now = case.flow.held().unwrap().next;
        let pass = case.pass(20 + tries);
        case.flow
            .failed(batch(20 + tries), pass, &"HTTP 502".into(), None, case.now);
        tries += 1;
    }
    assert_eq!((case.rule(), case.now), (Some("run.outage"), MINUTE));
}

#[test]
fn a_run_halts_before_it_makes_more_calls_than_it_may() {
    let mut case = Case::within(Some(2), MINUTE);
    assert!(case.flow.count_call() && case.flow.count_call());
    case.flow.uncount_call();
    assert!(case.flow.count_call());
    assert!(!case.flow.count_call());
    let halt = case.flow.used_up().unwrap();
    assert_eq!(halt.rule, "run.max-calls");
    assert_eq!(
        *halt.hint.clone().unwrap(),
        "with a higher limit: `resume --max-calls 4`"
    );
}
