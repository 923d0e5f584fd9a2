//! Death at every operation of the run store, before it is durable and after it is: whatever was sent is known, whatever is known
//! is not sent again.

use feishu_bulk::control::Control;
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{Fault, FaultPlan, When};
use feishu_bulk::store::{Journal, Moment};

use super::clock::fast;
use super::trial::{Trial, in_short, mark};
use crate::support::Method;

/// Three batches: one is applied and its answer lost, one has a guilty row, one goes well.
const ITEMS: usize = 12;

/// Dies at the given commit, counted from 1, and resumes. Returns whether the run lived so long.
async fn dies(method: Method, moment: Moment, at: u32) -> bool {
    let plan = FaultPlan::new()
        .on(When::item(mark(method, 2)).times(1), Fault::cut())
        .on(
            When::item(mark(method, 6)),
            Fault::answer(400, 7_654_321, "no such thing"),
        );
    let trial = Trial::new(method, ITEMS, plan).await;
    let opened = trial.stage().await;
    let mut commits = 0;
    let goes_on = Box::new(move |now| {
        commits += u32::from(now == moment);
        now != moment || commits < at
    });
    let journal = Journal::open_with_hook(&opened.folder().store(), goes_on).unwrap();
    let delivered = trial.deliver(&opened, journal, &Control::default()).await;
    drop(opened);
    if delivered.is_ok() {
        return false;
    }
    let ended = trial.resume(&Control::default()).await;
    let complaints = trial.complaints(&ended);
    let place = format!("{method:?}, {moment:?} {at}: {}", in_short(&ended));
    assert_eq!(complaints, Vec::<String>::new(), "{place}");
    assert_eq!(
        (ended.state, ended.tally.pending),
        (RunState::Finished, 0),
        "{place}"
    );
    true
}

/// Dies at each commit in turn, before it is durable and after it is.
fn at_any_operation(method: Method) {
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let mut deaths = 0;
        while fast(dies(method, moment, deaths + 1)) {
            deaths += 1;
        }
        assert!(deaths >= 8, "{method:?}: only {deaths} operations");
    }
}

// What is done about a call that may have been applied is the same for all that may be repeated, and for all that may not:
// everyday one of each.

#[test]
fn death_at_any_operation_of_the_run_store_loses_nothing_that_may_be_sent_twice() {
    at_any_operation(Method::Shifts);
}

#[test]
fn death_at_any_operation_of_the_run_store_loses_nothing_that_is_sent_once() {
    at_any_operation(Method::Punches);
}

#[test]
#[ignore = "all five methods: cargo test --release --test promises -- --ignored campaign_store_operations"]
fn campaign_store_operations() {
    Method::ALL.into_iter().for_each(at_any_operation);
}
