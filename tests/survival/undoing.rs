//! Runs that read what is there before they send, and their undoing: stopped before the first call, halted in the middle, resumed.

use feishu_bulk::control::Control;
use feishu_bulk::error::Exit;
use feishu_bulk::model::RunState;
use feishu_bulk::run::Purpose;
use feishu_bulk::sandbox::{Apply, Change, Endpoint, Fault, FaultPlan, Shift, ShiftKey, When};

use super::clock::fast;
use super::trial::{RUN, Trial, mark};
use crate::support::Method;

/// The run that undoes.
const UNDO: &str = "20261102-000000-0000";

fn key(number: usize) -> ShiftKey {
    ShiftKey {
        employee_type: "employee_id".to_owned(),
        user_id: mark(Method::Shifts, number),
        month: 202_611,
        day_no: 3,
    }
}

/// Somebody gives the day of an item the shift that it says, or another.
fn somebody_sets(trial: &Trial, number: usize, shift_id: &str) {
    let shift = Shift {
        group_id: "g1".to_owned(),
        shift_id: shift_id.to_owned(),
        is_clear_schedule: false,
    };
    trial.change(Change::Day(key(number), Some(shift)));
}

/// The days that have a shift by what was sent.
fn scheduled(trial: &Trial) -> usize {
    let shifts = trial.record().applied.shifts;
    let held = shifts.values().filter(|shift| !shift.is_clear_schedule);
    held.count()
}

#[test]
fn what_is_so_already_is_settled_before_the_first_call_and_the_rest_is_sent_when_the_run_is_resumed()
 {
    fast(async {
        let trial = Trial::new(Method::Shifts, 30, FaultPlan::new()).await;
        let opened = trial.run(&Control::default()).await;
        assert_eq!(opened.exit, Exit::Success);
        let again = Trial::new(Method::Shifts, 30, FaultPlan::new()).await;
        for number in 1..=11 {
            somebody_sets(&again, number, &shift_of(&trial, number));
        }
        let read = again.stage_comparing(Purpose::ChangesOnly).await;
        assert_eq!((read.counts.same, read.counts.new), (11, 19));
        // 19 items in batches of four.
        assert_eq!(read.to_send.least, 5);
        let tally = again.open().ledger().tally().unwrap();
        assert_eq!((tally.succeeded, tally.pending), (11, 19));
        let ended = again.resume(&Control::default()).await;
        assert_eq!((ended.exit, ended.tally.succeeded), (Exit::Success, 30));
        assert_eq!(scheduled(&again), 19);
        assert_eq!(ended.summary.already_so, 11);
        assert_eq!(ended.summary.calls.sent, 5);
        // What was not sent is proved too.
        let verified = again.verify(&Control::default()).await.unwrap();
        assert_eq!(verified.counts.unwrap().as_sent, 30);
    });
}

/// The shift that an item of a trial says.
fn shift_of(trial: &Trial, number: usize) -> String {
    let shifts = trial.record().applied.shifts;
    shifts[&key(number)].shift_id.clone()
}

#[test]
fn an_undo_that_is_stopped_is_resumed_and_puts_everything_back() {
    fast(async {
        let trial = Trial::new(Method::Shifts, 30, FaultPlan::new()).await;
        trial.stage_comparing(Purpose::Keep).await;
        assert_eq!(trial.resume(&Control::default()).await.exit, Exit::Success);
        assert_eq!(scheduled(&trial), 30);
        trial.stage_undo(UNDO).await;
        assert_eq!(scheduled(&trial), 30);
        let ended = trial.resume_of(UNDO).await;
        assert_eq!((ended.exit, ended.tally.succeeded), (Exit::Success, 30));
        assert_eq!(scheduled(&trial), 0);
    });
}

#[test]
fn what_no_answer_settled_is_put_back_where_it_is_there_and_left_alone_where_it_is_not() {
    fast(async {
        // Nothing of items 5 to 8 is ever answered: two of them were applied all the same.
        let lost = Fault::reset().apply(Apply::Half);
        let item = When::item(mark(Method::Shifts, 5)).at(Endpoint::Shifts);
        let faults = FaultPlan::new().on(item.times(9), lost);
        let trial = Trial::new(Method::Shifts, 12, faults).await;
        trial.stage_comparing(Purpose::Keep).await;
        trial.resume(&Control::default()).await;
        assert_eq!(trial.open().ledger().tally().unwrap().unconfirmed, 4);
        trial.stage_undo(UNDO).await;
        let ended = trial.resume_of(UNDO).await;
        assert_eq!(ended.state, RunState::Finished);
        assert_eq!((ended.tally.succeeded, ended.tally.rejected), (10, 2));
        assert_eq!(scheduled(&trial), 0);
    });
}

#[test]
fn an_undo_that_is_resumed_after_somebody_changed_a_day_of_it_is_refused_and_names_the_day() {
    fast(async {
        let trial = Trial::new(Method::Shifts, 8, FaultPlan::new()).await;
        trial.stage_comparing(Purpose::Keep).await;
        trial.resume(&Control::default()).await;
        trial.stage_undo(UNDO).await;
        somebody_sets(&trial, 5, "s7");
        let said = trial.feishu(&["resume", UNDO, "--json"]).await;
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert_eq!(said.json()["error"]["rule"], "undo.changed-since");
        assert!(
            said.stderr.contains("record 5: there is now"),
            "{}",
            said.stderr
        );
        assert_eq!(scheduled(&trial), 8);
        // Begun anew it puts back the others, and leaves that one alone.
        let said = trial.feishu(&["undo", RUN, "--yes", "--json"]).await;
        assert_eq!(said.exit, 1, "{}", said.stderr);
        assert_eq!(said.json()["items"]["rejected"], 1);
        assert_eq!(scheduled(&trial), 1);
    });
}
