//! How many instructions each step of a run takes for a row: figures of one compiler and one kind of processor that do not depend
//! on how fast the machine is, nor on what else it does. A change that makes a step dearer shows; steps that hash at random or
//! wait for another thread differ by up to 2 %, the others not at all.
//!
//! `cargo bench --bench counts` runs each step under valgrind once and twice with the same preparation; what the second time adds
//! is the step. `ROWS` (10,000) changes how much is counted.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod bed;
#[path = "../setting.rs"]
mod setting;
mod step;
#[path = "../table.rs"]
mod table;

use std::process::Command;

use bed::Bed;
use setting::setting;
use step::{Fallible, Step};

/// The word with which this program is started again under valgrind.
const DO: &str = "do";

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, name, times] = arguments.as_slice()
        && word == DO
    {
        return repeat(name, times.parse()?);
    }
    // `cargo test --all-targets` starts benches too, and must not wait for this one.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed: nothing was counted");
        return Ok(());
    }
    let rows = rows()?;
    println!("{rows} rows\n\n| step | instructions per row |\n|---|---|");
    for step in step::ALL {
        let added = instructions(step, TIMES_MAX)?.saturating_sub(instructions(step, 1)?);
        println!("| {} | {} |", step.name, added / u64::from(rows));
    }
    Ok(())
}

fn rows() -> Fallible<u32> {
    Ok(setting("ROWS", 10_000)?)
}

/// How often a step is made ready, however often it is done.
const TIMES_MAX: usize = 2;

/// Under valgrind: makes a step ready as often as ever, and does it so many times.
fn repeat(name: &str, times: usize) -> Fallible<()> {
    let known = |step: &&Step| step.name == name;
    let step = step::ALL.iter().find(known).ok_or("no such step")?;
    let bed = Bed::new(rows()?)?;
    let works: Vec<_> = (0..TIMES_MAX)
        .map(|_| (step.ready)(&bed))
        .collect::<Fallible<_>>()?;
    works.into_iter().take(times).try_for_each(|work| work())
}

/// Counts the instructions of a program that does a step so many times.
fn instructions(step: &Step, times: usize) -> Fallible<u64> {
    let output = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(std::env::current_exe()?)
        .args([DO, step.name, &times.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {said}", step.name).into());
    }
    let count = said.lines().find_map(|line| line.split_once("refs:"));
    let (_, count) = count.ok_or_else(|| format!("valgrind says no count: {said}"))?;
    Ok(count.trim().replace(',', "").parse()?)
}
