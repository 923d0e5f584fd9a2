//! Long waits are said, with their end: a person who sees nothing happen has to know what it waits for.

use std::sync::{Arc, Mutex};

use feishu_bulk::control::Control;
use feishu_bulk::event::{Event, Observer};
use feishu_bulk::sandbox::{Endpoint, Fault, FaultPlan, When};

use super::clock::fast;
use super::trial::{Trial, in_short};
use crate::support::Method;

/// Hears of waits.
#[derive(Default)]
struct Waits(Mutex<Vec<(String, f64)>>);

impl Observer for Waits {
    fn see(&self, event: &Event) {
        if let Event::Waiting { why, seconds } = event {
            self.0.lock().unwrap().push((why.to_string(), *seconds));
        }
    }
}

#[test]
fn a_limit_of_the_token_endpoint_is_said_and_waited_out() {
    fast(async {
        let limited = Fault::throttle(Some("300"));
        // The first one is met before the delivery, the second one by it.
        let plan = FaultPlan::new().on(When::calls(1..=2).at(Endpoint::Token), limited);
        let mut trial = Trial::new(Method::Shifts, 8, plan).await;
        let waits = Arc::new(Waits::default());
        trial.observer = Arc::clone(&waits) as Arc<dyn Observer>;
        let ended = trial.run(&Control::default()).await;
        assert_eq!(in_short(&ended), "8s");
        let waits = waits.0.lock().unwrap();
        let (why, seconds) = waits.first().unwrap();
        assert!(
            why.starts_with("the platform gave no access token"),
            "{why}"
        );
        assert!((300.0..301.0).contains(seconds), "{seconds}");
    });
}
