//! A run with more batches than are read ahead, some of which are refused as a whole: what is split off is sent once.

use std::time::Duration;

use feishu_bulk::control::Control;
use feishu_bulk::sandbox::{Fault, FaultPlan, When};

use super::clock::fast;
use super::trial::{Trial, in_short, mark};
use crate::support::Method;

/// More than are read ahead and in flight together, so that batches are made while others are still read.
const ITEMS: usize = 1_200;

#[test]
fn parts_of_a_refused_batch_are_sent_by_nobody_else() {
    for method in [Method::Shifts, Method::PlanRows] {
        let (short, complaints) = fast(async {
            let guilty = [2, 40, 80, 400, 801, 1_190];
            let plan = guilty.into_iter().fold(FaultPlan::new(), |plan, number| {
                let refused = Fault::answer(400, 7_654_321, "no such thing");
                plan.on(When::item(mark(method, number)), refused)
            });
            let trial = Trial::new(method, ITEMS, plan).await;
            let ended = trial.run(&Control::default()).await;
            (in_short(&ended), trial.complaints(&ended))
        });
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(short, "1194s 6f");
    }
}

#[test]
fn a_few_guilty_rows_of_the_first_batches_do_not_halt_the_run() {
    // The other batches are slow: while the first two are split, little but their guilty rows is known.
    let (short, complaints) = fast(async {
        let guilty = [1, 2, 3, 5, 6, 7];
        let plan = guilty.into_iter().fold(FaultPlan::new(), |plan, number| {
            let refused = Fault::answer(400, 7_654_321, "no such thing");
            plan.on(When::item(mark(Method::Shifts, number)), refused)
        });
        let slow = Fault::late(Duration::from_secs(20));
        let plan = (3..=20).fold(plan, |plan, batch| {
            plan.on(
                When::item(mark(Method::Shifts, batch * 4)).times(1),
                slow.clone(),
            )
        });
        let trial = Trial::new(Method::Shifts, 80, plan).await;
        let ended = trial.run(&Control::default()).await;
        (in_short(&ended), trial.complaints(&ended))
    });
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!(short, "74s 6f");
}
