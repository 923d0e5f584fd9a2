//! How long each step of a run takes for a row, each alone.
//!
//! `cargo bench --bench steps`; `ROWS` (100,000) and `ROUNDS` (5) change how much is measured. For figures that do not depend on
//! the machine see `counts.rs`.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod bed;
#[path = "../setting.rs"]
mod setting;
mod step;
#[path = "../table.rs"]
mod table;

use std::time::Instant;

use bed::Bed;
use setting::setting;
use step::Fallible;

fn main() -> Fallible<()> {
    // `cargo test --all-targets` starts benches too, and must not wait for this one.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let (rows, rounds) = (setting("ROWS", 100_000)?, setting("ROUNDS", 5)?);
    let bed = Bed::new(rows)?;
    println!(
        "{rows} rows, {rounds} rounds\n\n| step | ns per row, median | least |\n|---|---|---|"
    );
    for step in step::ALL {
        let mut times = Vec::new();
        for _ in 0..rounds {
            let work = (step.ready)(&bed)?;
            let started = Instant::now();
            work()?;
            times.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(rows));
        }
        times.sort_by(f64::total_cmp);
        let time = |at: usize| times.get(at).copied().unwrap_or(f64::NAN);
        println!(
            "| {} | {:.0} | {:.0} |",
            step.name,
            time(times.len() / 2),
            time(0)
        );
    }
    Ok(())
}
