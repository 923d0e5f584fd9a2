//! How soon a run of a million items goes on after a kill.

use std::time::Duration;

use feishu_bulk::sandbox::{CallRecord, Endpoint};

use super::sigkill::{Victim, runtime};
use crate::support::Method;

/// Calls made before the kill.
const CALLS: usize = 3_000;

/// From the start of `resume` to the arrival of its first call.
fn first_call_after_a_kill(method: Method) -> Duration {
    let runtime = runtime();
    let victim = Victim::sized(method, 1_000_000, method.items_max(), &runtime);
    let mut child = victim.start(false);
    while victim.record().calls.len() < CALLS.min(1_000_000 / method.items_max() / 4) {
        std::thread::sleep(Duration::from_millis(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What had left the process has arrived by then.
    std::thread::sleep(Duration::from_secs(1));
    let resumed = victim.began.elapsed();
    let mut child = victim.start(true);
    std::thread::sleep(Duration::from_secs(4));
    child.kill().unwrap();
    child.wait().unwrap();
    let arrived = |call: &CallRecord| Duration::from_micros(call.arrived_us);
    let record = victim.record();
    let mut calls = record
        .calls
        .iter()
        .filter(|call| call.endpoint != Endpoint::Token);
    let first = calls.find(|call| arrived(call) > resumed);
    let first = first.unwrap_or_else(|| panic!("no call within 4 s"));
    arrived(first).saturating_sub(resumed)
}

#[test]
#[ignore = "a million items: cargo test --release --test promises -- --ignored campaign_million --nocapture"]
fn campaign_million() {
    for method in [Method::Shifts, Method::Records, Method::PlanRows] {
        let first = first_call_after_a_kill(method);
        println!(
            "{method:?}: first call {:.2} s after the start of `resume`, of 1,000,000 items",
            first.as_secs_f64()
        );
        assert!(first < Duration::from_secs(1), "{first:?}");
    }
}
