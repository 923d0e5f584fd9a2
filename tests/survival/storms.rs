//! Storms: refusals and outages that meet a whole run. What each costs in calls is counted at the sandbox.

use std::fmt::Write as _;
use std::time::Duration;

use feishu_bulk::control::Control;
use feishu_bulk::endpoint::Window;
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{CodeEdit, Endpoint, Fault, FaultPlan, Harm, When};

use super::clock::fast;
use super::trial::{Trial, in_short, mark};
use crate::support::Method;

/// What a storm came to.
struct Passed {
    /// Each start, in short.
    starts: Vec<String>,
    /// Its calls.
    calls: Vec<usize>,
    rule: Option<&'static str>,
    complaints: Vec<String>,
}

/// One storm of the table.
struct Storm {
    says: &'static str,
    plan: fn() -> FaultPlan,
    /// Items, and items of a batch.
    items: (usize, usize),
    /// Starts.
    starts: usize,
    /// Most calls of all starts.
    calls_max: usize,
    /// How each start ends.
    comes_to: &'static [&'static str],
}

fn refused_all(msg: &str) -> Fault {
    Fault::answer(400, 1_220_005, msg)
}

fn from_call(number: u64, fault: Fault) -> FaultPlan {
    FaultPlan::new().on(When::calls(number..=1_000_000), fault)
}

fn each(records: impl Iterator<Item = usize>, fault: &Fault) -> FaultPlan {
    records.fold(FaultPlan::new(), |plan, record| {
        plan.on(When::item(mark(Method::Shifts, record)), fault.clone())
    })
}

#[rustfmt::skip]
const STORMS: &[Storm] = &[
    Storm { says: "no permission from the start; resumed twice",
        plan: || FaultPlan::new().on(When::always(), refused_all("no permission")),
        items: (400, 5), starts: 3, calls_max: 40, comes_to: &["halted 400p", "halted 400p", "halted 400p"] },
    Storm { says: "permission lost in the middle",
        plan: || from_call(41, refused_all("no permission")),
        items: (400, 5), starts: 1, calls_max: 200, comes_to: &["halted 200s 200p"] },
    Storm { says: "a refusal of everything for some calls passes",
        plan: || FaultPlan::new().on(When::calls(20..=36), refused_all("no permission")),
        // A row that is called alone just before the refusal passes was refused, and others of its batch were taken.
        items: (400, 5), starts: 1, calls_max: 170, comes_to: &["400s|399s 1f"] },
    Storm { says: "one guilty row in each of 20 batches of 50",
        plan: || each((0..20).map(|batch| batch * 50 + 1 + batch * 7 % 50), &Fault::answer(400, 7_654_321, "no such thing")),
        items: (1_000, 50), starts: 1, calls_max: 300, comes_to: &["980s 20f"] },
    Storm { says: "all rows of one small batch, and nothing else",
        plan: || FaultPlan::new().on(When::always(), Fault::answer(400, 7_654_321, "no such thing")),
        items: (3, 50), starts: 1, calls_max: 4, comes_to: &["3f"] },
    Storm { says: "all rows of the first of many batches",
        plan: || each(1..=5, &Fault::answer(400, 7_654_321, "no such thing")),
        items: (100, 5), starts: 1, calls_max: 30, comes_to: &["95s 5f"] },
    Storm { says: "every reply unreadable",
        plan: || FaultPlan::new().on(When::always(), Fault::new(Harm::Code(CodeEdit::Text))),
        items: (400, 5), starts: 1, calls_max: 60, comes_to: &["halted 50u 350p"] },
    Storm { says: "502 for a while",
        plan: || FaultPlan::new().on(When::calls(10..=30), Fault::answer(502, 1_500, "bad gateway")),
        items: (400, 5), starts: 1, calls_max: 110, comes_to: &["400s"] },
    Storm { says: "connections reset for a while",
        plan: || FaultPlan::new().on(When::calls(1..=12), Fault::reset()),
        items: (100, 5), starts: 1, calls_max: 40, comes_to: &["100s"] },
    Storm { says: "an outage without end",
        plan: || from_call(10, Fault::answer(502, 1_500, "bad gateway")),
        items: (400, 5), starts: 1, calls_max: 180, comes_to: &["halted"] },
    Storm { says: "throttled for a while",
        plan: || FaultPlan::new().on(When::calls(10..=30), Fault::throttle(Some("1"))),
        items: (100, 5), starts: 1, calls_max: 60, comes_to: &["100s"] },
];

/// Plays a storm to its end, or so often.
fn play(storm: &Storm) -> Passed {
    fast(async {
        let (items, batch) = storm.items;
        let trial = Trial::new(Method::Shifts, items, (storm.plan)())
            .await
            .batches_of(batch);
        let mut passed = Passed {
            starts: Vec::new(),
            calls: Vec::new(),
            rule: None,
            complaints: Vec::new(),
        };
        let mut before = 0;
        for start in 0..storm.starts {
            let ended = if start == 0 {
                trial.run(&Control::default()).await
            } else {
                trial.resume(&Control::default()).await
            };
            let calls = trial.record().calls;
            let calls = calls
                .iter()
                .filter(|call| call.endpoint != Endpoint::Token)
                .count();
            passed.calls.push(calls - before);
            before = calls;
            passed.starts.push(in_short(&ended));
            passed.rule = ended.halt.as_ref().map(|halt| halt.rule);
            passed.complaints.extend(trial.complaints(&ended));
        }
        passed
    })
}

/// A line of the table, and what of it is not as it was asked to be.
fn look(storm: &Storm) -> (String, Option<String>) {
    let passed = play(storm);
    let mut line = format!("{:<52}", storm.says);
    for (calls, short) in passed.calls.iter().zip(&passed.starts) {
        write!(line, " {calls:>4} calls: {short};").unwrap();
    }
    write!(line, " {}", passed.rule.unwrap_or_default()).unwrap();
    let calls: usize = passed.calls.iter().sum();
    let as_asked = passed.starts.len() == storm.comes_to.len()
        && passed
            .starts
            .iter()
            .zip(storm.comes_to)
            .all(|(found, asked)| asked.split('|').any(|asked| found.starts_with(asked)));
    let is_wrong = calls > storm.calls_max || !as_asked || !passed.complaints.is_empty();
    let wrong = is_wrong.then(|| format!("{line} {:#?}", passed.complaints));
    (line, wrong)
}

#[test]
fn a_storm_costs_few_calls_and_nothing_is_lost_in_it() {
    let wrong: Vec<String> = STORMS.iter().filter_map(|storm| look(storm).1).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first half of the rows is of a group that does not exist, or each second row.
#[test]
fn a_value_found_to_be_refused_is_remembered_and_its_rows_are_set_apart() {
    for is_sorted in [true, false] {
        let (short, calls, complaints) = fast(async {
            let gone = Fault::answer(400, 1_220_600, "the rule cannot arrange!");
            let plan = FaultPlan::new().on(When::item("gone"), gone);
            let trial = Trial::new(Method::Shifts, 800, plan).await.batches_of(20);
            let text = std::fs::read_to_string(trial.job()).unwrap();
            std::fs::write(trial.job(), text + "\n[limits]\nmax_failed = \"100%\"\n").unwrap();
            let trial = trial.rewritten(|record, line| {
                let is_gone = if is_sorted {
                    record <= 320
                } else {
                    record % 5 < 2
                };
                if is_gone {
                    line.replace("g1", "gone")
                } else {
                    line.to_owned()
                }
            });
            let ended = trial.run(&Control::default()).await;
            let calls = trial.record().calls.len();
            (in_short(&ended), calls, trial.complaints(&ended))
        });
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(short, "480s 320f");
        // Without a quota all batches are under way before the value is known: each is called as a whole, and in two parts.
        assert!(calls <= 40 * 3 + 30, "{calls} calls");
    }
}

#[test]
fn the_limit_of_calls_halts_a_run_and_a_higher_one_lets_it_go_on() {
    fast(async {
        let trial = Trial::new(Method::Shifts, 24, FaultPlan::new()).await;
        let text = std::fs::read_to_string(trial.job()).unwrap();
        std::fs::write(trial.job(), text + "\n[limits]\nmax_calls = 4\n").unwrap();
        let ended = trial.run(&Control::default()).await;
        assert_eq!(in_short(&ended), "halted 16s 8p");
        assert_eq!(trial.complaints(&ended), Vec::<String>::new());
        let said = trial.feishu(&["resume", "last"]).await;
        assert_eq!(said.exit, 3, "{}", said.stderr);
        let command = "resume 20261101-000000-0000 --max-calls 8";
        assert!(said.stderr.contains(command), "{}", said.stderr);
        let said = trial.feishu(&["resume", "last", "--max-calls", "6"]).await;
        assert_eq!((said.exit, trial.complaints_after(&said)), (0, Vec::new()));
    });
}

#[test]
fn no_batch_is_called_more_than_six_times_over_all_starts() {
    fast(async {
        let plan = FaultPlan::new().on(
            When::item(mark(Method::Shifts, 6)),
            Fault::answer(502, 1_500, "bad gateway"),
        );
        let trial = Trial::new(Method::Shifts, 24, plan).await;
        for start in 0..12 {
            let control = Control::default();
            let stop = async {
                while trial
                    .record()
                    .calls
                    .iter()
                    .filter(|call| call.status == Some(502))
                    .count()
                    < start + 1
                {
                    tokio::task::yield_now().await;
                }
                control.interrupt();
                std::future::pending::<()>().await;
            };
            let sit = async {
                if start == 0 {
                    trial.run(&control).await
                } else {
                    trial.resume(&control).await
                }
            };
            let ended = tokio::select! {
                ended = sit => ended,
                () = stop => unreachable!(),
            };
            if ended.state == RunState::Finished {
                break;
            }
        }
        let calls = trial.record().calls;
        let calls = calls.iter().filter(|call| call.status == Some(502)).count();
        assert!(calls <= 6, "{calls}");
    });
}

#[test]
#[ignore = "prints what each storm costs: cargo test --release --test promises -- --ignored campaign_storms --nocapture"]
fn campaign_storms() {
    let mut wrong = Vec::new();
    for storm in STORMS {
        let (line, complaint) = look(storm);
        println!("{line}");
        wrong.extend(complaint);
    }
    // Twenty seconds of a busy run at the documented pace, by the fast clock.
    for (says, fault) in [
        (
            "20 s of 502 at 50 calls a second",
            Fault::answer(502, 1_500, "bad gateway"),
        ),
        (
            "20 s of 1220005 at 50 calls a second",
            refused_all("no data permission"),
        ),
    ] {
        let (short, calls, complaints) = fast(async {
            let during = When::during(Duration::from_secs(5)..Duration::from_secs(25));
            let plan = FaultPlan::new().on(during, fault);
            let mut trial = Trial::new(Method::Shifts, 10_000, plan).await.batches_of(4);
            trial.windows = vec![Window {
                calls: 50,
                span: Duration::from_secs(1),
            }];
            let ended = trial.run(&Control::default()).await;
            (
                in_short(&ended),
                trial.record().calls.len(),
                trial.complaints(&ended),
            )
        });
        println!("{says:<52} {calls:>4} calls: {short}");
        // The quota is kept by the fast clock, and the run is timed by the real one.
        let complaints: Vec<_> = complaints
            .into_iter()
            .filter(|complaint| !complaint.contains("less than the quota allows"))
            .collect();
        if !short.starts_with("10000s") || !complaints.is_empty() {
            wrong.push(format!("{says}: {short} {complaints:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
