//! The five jobs that ship load their samples, at the documented quota.

use crate::support::{Bench, Items, Ran};

fn shipped(job: &str) -> Ran {
    Bench::new(job).run().checked()
}

#[test]
fn the_shift_schedule_reports_exactly_what_the_sandbox_applied() {
    let ran = shipped("shift-schedule");
    assert_eq!(
        ran.items(),
        Items {
            read: 366,
            succeeded: 356,
            failed: 3,
            rejected: 7,
            unconfirmed: 0,
            pending: 0
        }
    );
}

#[test]
fn deleting_punches_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-punches").items();
    assert_eq!((items.read, items.failed, items.rejected), (37, 2, 3));
}

#[test]
fn deleting_records_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-records").items();
    assert_eq!((items.read, items.failed, items.rejected), (642, 2, 2));
}

#[test]
fn deleting_plan_rows_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("delete-plan-rows").items();
    assert_eq!((items.read, items.rejected), (26, 3));
}

#[test]
fn the_archive_report_reports_exactly_what_the_sandbox_applied() {
    let items = shipped("archive-report").items();
    assert_eq!((items.read, items.failed, items.rejected), (122, 2, 5));
}
