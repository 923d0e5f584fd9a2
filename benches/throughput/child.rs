//! What a program costs from its start to its end, as Linux tells in `/proc`: time, processor time, memory.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Fallible;

/// Between two looks at a running program: memory that it takes up for less than this at its very end is not seen.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Ticks of a second in `/proc`: 100 on every Linux that people run.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one program cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall_s: f64,
    /// User and system, with those of its own children.
    pub(crate) cpu_s: f64,
    /// The most memory it had at one time.
    pub(crate) resident_max_kib: u32,
}

/// Runs a program to its end. What it says goes into the file `said` and is shown when it fails.
pub(crate) fn run(command: &mut Command, said: &Path) -> Fallible<Cost> {
    let log = File::create(said)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?);
    let started = Instant::now();
    let mut child = command.stderr(log).spawn()?;
    let process = Path::new("/proc").join(child.id().to_string());
    let mut resident_max_kib = 0;
    let cpu_s = loop {
        // Until somebody waits for it, a program that ended is still listed with the time it used.
        let stat = fs::read_to_string(process.join("stat"))?;
        let (state, cpu_s) = state(&stat)?;
        if state == "Z" {
            break cpu_s;
        }
        let status = fs::read_to_string(process.join("status"))?;
        resident_max_kib = high_water_kib(&status).unwrap_or(resident_max_kib);
        std::thread::sleep(LOOK_EVERY);
    };
    let wall_s = started.elapsed().as_secs_f64();
    if !child.wait()?.success() {
        return Err(format!("{command:?} failed: {}", fs::read_to_string(said)?).into());
    }
    Ok(Cost {
        wall_s,
        cpu_s,
        resident_max_kib,
    })
}

/// State and seconds of processor time from `/proc/PID/stat`. The name in it is in parentheses and may hold anything.
fn state(stat: &str) -> Fallible<(&str, f64)> {
    let (_, after_name) = stat.rsplit_once(") ").ok_or("an odd /proc/PID/stat")?;
    let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
    let state = fields.first().ok_or("no state")?;
    let times = fields.get(11..15).ok_or("no times")?;
    let ticks = times.iter().map(|ticks| ticks.parse::<u32>());
    let ticks = ticks.sum::<Result<u32, _>>()?;
    Ok((state, f64::from(ticks) / TICKS_PER_SECOND))
}

fn high_water_kib(status: &str) -> Option<u32> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
