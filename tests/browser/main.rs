//! The page as a person uses it: the real program, in a real browser. Each promise of the page is a test.
//!
//! Without chromium and chromedriver the tests are reported as ignored, and a line says why; with `FEISHU_BULK_BROWSER=required` a
//! missing browser is a failure.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test says what it expects, and a test binary without a harness is no test to the lints"
)]

mod driver;
mod program;
mod promises;
mod screens;
mod steps;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// The variable that makes a missing browser a failure.
const REQUIRED: &str = "FEISHU_BULK_BROWSER";

fn main() -> ExitCode {
    let missing = driver::missing();
    if let Some(missing) = missing {
        eprintln!(
            "page tests NOT RUN: {missing}; apt-get install chromium chromium-driver fonts-noto-cjk"
        );
        if std::env::var(REQUIRED).is_ok_and(|value| value == "required") {
            return ExitCode::from(101);
        }
    }
    let tests = promises::ALL.iter().chain(screens::ALL);
    let trials = tests.map(|(name, test)| {
        Trial::test(*name, || {
            test();
            Ok(())
        })
        .with_ignored_flag(missing.is_some())
    });
    let mut arguments = Arguments::from_args();
    // Each test has a browser for itself: two of them are what two cores bear.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    driver::end_all();
    ExitCode::from(if conclusion.has_failed() { 101 } else { 0 })
}
