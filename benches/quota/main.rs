//! How much of a quota the program uses, and how much of it is refused, counted at the server; beside it two scripts that space their
//! calls evenly.
//!
//! `cargo bench --bench quota` takes five minutes: the quiet way first and alone, then all other scenarios at once, each with a
//! platform of its own. `-- NAME` runs the scenarios whose name holds NAME.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod clients;
mod platform;
#[path = "../table.rs"]
mod table;

use std::time::Duration;

use feishu_bulk::deliver::quota::{Quota, floor};
use feishu_bulk::endpoint::Window;
use tokio::time::Instant;

use self::clients::{Run, other, script};
use self::platform::{Arrivals, Platform, Setting, count};

/// The result of something that may fail in any way.
pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One row of the table, but for who sends.
#[derive(Debug, Clone, Copy)]
struct Scenario {
    name: &'static str,
    /// What senders keep, and what the platform lets through.
    quota: &'static str,
    allowed: &'static str,
    way_ms: (u32, u32),
    work_ms: (u32, u32),
    /// Seconds of the first part, and of all.
    seconds: (u32, u32),
    what: What,
}

/// What happens besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    /// One call of few is refused although there is room.
    Stray,
    /// The same without it.
    NoStray,
    /// Another program takes half of the quota between two seconds.
    Other(u32, u32),
    /// The program runs twice.
    Twice,
}

const PROMPT: (u32, u32) = (5, 30);

const fn scenario(name: &'static str, way_ms: (u32, u32), seconds: (u32, u32)) -> Scenario {
    Scenario {
        name,
        quota: "50/1s",
        allowed: "50/1s",
        way_ms,
        work_ms: PROMPT,
        seconds,
        what: What::Nothing,
    }
}

const QUIET: Scenario = Scenario {
    work_ms: (200, 2_000),
    ..scenario("quiet", (0, 0), (20, 60))
};

const OTHERS: [Scenario; 8] = [
    scenario("20-80 ms", (20, 80), (50, 150)),
    Scenario {
        work_ms: (200, 2_000),
        ..scenario("20-80 ms, slow answers", (20, 80), (50, 150))
    },
    scenario("20-200 ms", (20, 200), (50, 150)),
    Scenario {
        quota: "50/1s,1000/60s",
        allowed: "50/1s,1000/60s",
        ..scenario("two windows, 20-80 ms", (20, 80), (60, 180))
    },
    Scenario {
        allowed: "25/1s",
        ..scenario("limit of half", (5, 15), (10, 100))
    },
    Scenario {
        what: What::Other(20, 50),
        ..scenario("another takes half", (5, 15), (20, 80))
    },
    Scenario {
        what: What::Stray,
        ..scenario("one stray refusal", (0, 5), (18, 18))
    },
    Scenario {
        what: What::Twice,
        ..scenario("two runs, 20-80 ms", (20, 80), (50, 150))
    },
];

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    Ours,
    Even,
    Ninety,
}

const SENDERS: [(Sender, &str); 3] = [
    (Sender::Ours, "feishu-bulk"),
    (Sender::Even, "evenly spaced, not learning"),
    (Sender::Ninety, "at 90 %"),
];

fn main() -> Fallible<()> {
    // `cargo test --all-targets` starts benches too, and must not wait for this one.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let is_wanted = |scenario: &Scenario| {
        wanted
            .as_deref()
            .is_none_or(|wanted| scenario.name.contains(wanted))
    };
    println!("| way | program | used at first | later | refused of 1,000 at first | later | |");
    println!("|---|---|---|---|---|---|---|");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut missed = Vec::new();
    for group in [&[QUIET][..], &OTHERS[..]] {
        let scenarios = group.iter().filter(|scenario| is_wanted(scenario));
        let rows: Vec<_> = scenarios
            .flat_map(|scenario| SENDERS.map(|sender| (*scenario, sender)))
            .map(|(scenario, sender)| runtime.spawn(row(scenario, sender)))
            .collect();
        for row in rows {
            let (line, not_reached) = runtime.block_on(row)??;
            println!("{line}");
            missed.extend(not_reached);
        }
    }
    if missed.is_empty() {
        println!("\nevery target of these scenarios was reached");
    }
    for target in missed {
        println!("\nmissed: {target}");
    }
    Ok(())
}

/// Measures one scenario with one sender: a line of the table, and the targets that it missed.
async fn row(
    scenario: Scenario,
    (sender, name): (Sender, &'static str),
) -> Fallible<(String, Vec<String>)> {
    let twin = Scenario {
        what: What::NoStray,
        ..scenario
    };
    let ours = sender == Sender::Ours;
    let (measured, undisturbed) = if ours && scenario.what == What::Stray {
        let (measured, twin) = tokio::join!(measure(scenario, sender), measure(twin, sender));
        (measured?, Some(twin?.arrivals))
    } else {
        (measure(scenario, sender).await?, None)
    };
    let row = Row {
        scenario,
        windows: Quota::parse(scenario.allowed)?.windows,
        arrivals: measured.arrivals,
        undisturbed,
    };
    let (told, missed) = row.judged();
    let (first, end) = row.parts();
    let line = format!(
        "| {} | {name} | {:.1} % | {:.1} % | {:.1} | {:.1} | {} |",
        scenario.name,
        row.used(0.0, first),
        row.used(first, end),
        row.arrivals.refused_per_mille(0.0, first),
        row.arrivals.refused_per_mille(first, end),
        [told, measured.notes].concat().join(", ")
    );
    Ok((line, if ours { missed } else { Vec::new() }))
}

/// What one sender of one scenario came to.
struct Row {
    scenario: Scenario,
    /// What the platform lets through.
    windows: Vec<Window>,
    arrivals: Arrivals,
    /// The same without the stray refusal.
    undisturbed: Option<Arrivals>,
}

impl Row {
    /// The ends of the first part and of all, in seconds.
    fn parts(&self) -> (f64, f64) {
        let (first, end) = self.scenario.seconds;
        (first.into(), end.into())
    }

    /// Per cent of what there was for this sender.
    fn used(&self, from: f64, to: f64) -> f64 {
        let others = match self.scenario.what {
            What::Other(begin, until) => {
                let both = to.min(until.into()) - from.max(begin.into());
                f64::from(OTHER_CALLS) * both.max(0.0)
            }
            What::Nothing | What::Stray | What::NoStray | What::Twice => 0.0,
        };
        let could = allowed(&self.windows, to) - allowed(&self.windows, from) - others;
        100.0 * count(self.arrivals.taken_between(from, to)) / could.max(1.0)
    }

    /// What else there is to say, and the targets that were missed.
    fn judged(&self) -> (Vec<String>, Vec<String>) {
        let (first, end) = self.parts();
        let (mut told, mut missed) = (Vec::new(), Vec::new());
        let mut target = |reached: bool, what: String| {
            if !reached {
                missed.push(format!("{}: {what}", self.scenario.name));
            }
        };
        let refused = self.arrivals.refused_per_mille(0.0, end);
        let few = |most: f64| (refused <= most, format!("{refused:.1} of 1,000 refused"));
        let mut used = |from, to, least: f64| {
            let used = self.used(from, to);
            target(used >= least, format!("{used:.1} % of {least:.1} % used"));
        };
        let most_refused = match (self.scenario.name, self.scenario.what) {
            ("quiet", _) => {
                used(0.0, end, 98.0);
                Some(0.0)
            }
            ("limit of half", _) => {
                used(0.0, end, 90.0);
                Some(10.0)
            }
            ("20-80 ms" | "20-80 ms, slow answers", _) => {
                used(0.0, first, 92.0);
                used(first, end, 93.5);
                Some(2.0)
            }
            (_, What::Twice) => {
                used(0.0, end, 92.0);
                Some(2.0)
            }
            _ => None,
        };
        if let Some(most) = most_refused {
            let (reached, what) = few(most);
            target(reached, what);
        }
        let last = |arrivals: &Arrivals| arrivals.taken.last().map_or(0.0, Duration::as_secs_f64);
        if let Some(undisturbed) = &self.undisturbed {
            let (with, without) = (last(&self.arrivals), last(undisturbed));
            let cost = 100.0 * (with / without - 1.0);
            told.push(format!(
                "{CALLS_OF_STRAY} calls in {with:.2} s, {without:.2} s without it"
            ));
            target(cost <= 3.0, format!("it costs {cost:.1} %"));
        }
        if let What::Other(_, until) = self.scenario.what {
            let after = |tenth: u32| f64::from(tenth) / 10.0;
            let back = (0..TENTHS_LOOKED_AT).map(after).find(|after| {
                let at = f64::from(until) + after;
                self.arrivals.taken_between(at - 1.0, at) >= 45
            });
            told.push(match back {
                Some(after) => format!("45/s again {after:.1} s after its end"),
                None => "never again 45/s".to_owned(),
            });
            let noticed = back.is_some_and(|after| after <= 10.0);
            target(noticed, "its end is not noticed within 10 s".to_owned());
        }
        (told, missed)
    }
}

/// What a sender did, and what else there is to say of it.
struct Measured {
    arrivals: Arrivals,
    notes: Vec<String>,
}

async fn measure(scenario: Scenario, sender: Sender) -> Fallible<Measured> {
    let platform = Platform::start(Setting {
        windows: Quota::parse(scenario.allowed)?.windows,
        way_ms: scenario.way_ms,
        work_ms: scenario.work_ms,
        stray: (scenario.what == What::Stray).then_some(STRAY_CALL),
    })
    .await?;
    let folder = tempfile::tempdir()?;
    let seconds = scenario.seconds.1;
    let calls = match scenario.what {
        What::Stray | What::NoStray => CALLS_OF_STRAY,
        What::Nothing | What::Other(..) | What::Twice => u64::from(seconds) * 60,
    };
    let start = Instant::now();
    let whole = Duration::from_secs(seconds.into());
    let mut runs = Vec::new();
    if sender == Sender::Ours {
        let names: &[&str] = match scenario.what {
            What::Twice => &["1", "2"],
            What::Nothing | What::Stray | What::NoStray | What::Other(..) => &["1"],
        };
        for name in names {
            runs.push(Run::start(
                folder.path(),
                name,
                &platform,
                scenario.quota,
                calls,
            )?);
        }
        while platform.arrivals().taken.is_empty() {
            if start.elapsed() > START_MAX {
                let said = std::fs::read_to_string(folder.path().join("1/said"))?;
                return Err(format!("no call arrived: {said}").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let zero = Instant::now();
    let end = zero + whole;
    if let What::Other(from, until) = scenario.what {
        let at = |seconds: u32| zero + Duration::from_secs(seconds.into());
        tokio::spawn(other(platform.clone(), OTHER_CALLS, at(from), at(until)));
    }
    let windows = Quota::parse(scenario.quota)?.windows;
    let before = cpu(&runs);
    match sender {
        Sender::Ours => tokio::time::sleep_until(end).await,
        Sender::Even => script(platform.clone(), windows, 1.0, end).await,
        Sender::Ninety => script(platform.clone(), windows, 0.9, end).await,
    }
    let mut notes = Vec::new();
    if let (Some(before), Some(after)) = (before, cpu(&runs)) {
        let share = 100.0 * (after - before) / whole.as_secs_f64();
        notes.push(format!("{share:.1} % of a processor"));
    }
    // The stray's last calls may be under way still.
    tokio::time::sleep(LAST_CALLS).await;
    drop(runs);
    let arrivals = platform.arrivals();
    if scenario.what == What::Twice && sender == Sender::Ours {
        let all = count(arrivals.taken.len().max(1));
        let second = 100.0 * count(arrivals.of_second) / all;
        notes.push(format!("{second:.0} % of them the second's"));
    }
    Ok(Measured { arrivals, notes })
}

/// Processor time that runs used until now.
fn cpu(runs: &[Run]) -> Option<f64> {
    let used: Option<Vec<f64>> = runs.iter().map(Run::cpu_seconds).collect();
    used.filter(|used| !used.is_empty())
        .map(|used| used.iter().sum())
}

/// The most calls that any program could send within so many seconds.
fn allowed(windows: &[Window], seconds: f64) -> f64 {
    let calls = (1..=CALLS_MAX).take_while(|calls| floor(windows, *calls).seconds < seconds);
    count(calls.count())
}

/// More than any quota of the table allows.
const CALLS_MAX: u64 = 100_000;
/// What another program sends in a second.
const OTHER_CALLS: u32 = 25;
const CALLS_OF_STRAY: u64 = 900;
const STRAY_CALL: usize = 300;
/// Until the first call: checking a small table takes none of it.
const START_MAX: Duration = Duration::from_mins(1);
/// As long after the other program's end as anybody looks for the rate, in tenths of a second.
const TENTHS_LOOKED_AT: u32 = 300;
const LAST_CALLS: Duration = Duration::from_secs(3);
