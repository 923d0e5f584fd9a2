//! What a run costs beside other ways to send the same rows: all of them in one go, in turns, against the same server.
//!
//! `cargo bench --bench throughput` prints the tables and which targets are reached. It needs Linux and nothing else; where the
//! environment names a folder with peer scripts (`FEISHU_BULK_HARNESS`: `peer_async.py`, `peer_requests.py`) they take part.
//! `ROWS` (1,000,000) and `ROUNDS` (3) change what is sent; `ROWS_MAX` (1,000,000) is how far memory is followed.

#![expect(
    clippy::print_stdout,
    reason = "the tables are what this program is for"
)]

mod child;
mod contender;
mod floor;
mod server;
#[path = "../setting.rs"]
mod setting;
#[path = "../table.rs"]
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use child::Cost;
use contender::Contender;
use server::Server;
use setting::setting;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Processor time of `run` for a million rows, in seconds.
const RUN_CPU_S_TARGET: f64 = 1.7;
/// Processor time of `check` for a million rows, in seconds.
const CHECK_CPU_S_TARGET: f64 = 0.8;
/// Rows per second of `run`, in those of the aiohttp script.
const TIMES_AIOHTTP_TARGET: f64 = 6.0;
/// Memory that may be used however short the file.
const MEMORY_MIB_TARGET: f64 = 64.0;
/// Memory that may be used for each row besides.
const BYTES_PER_ROW_TARGET: f64 = 16.0;
const MIB_BYTES: f64 = 1024.0 * 1024.0;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, file, address] = arguments.as_slice()
        && word == contender::FLOOR
    {
        return floor::send(Path::new(file), address);
    }
    // `cargo test --all-targets` starts benches too, and must not wait for this one.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let bench = Bench::new()?;
    println!("{}", machine());
    bench.throughput(setting("ROWS", 1_000_000)?, setting("ROUNDS", 3)?)?;
    bench.memory(setting("ROWS_MAX", 1_000_000)?)
}

/// How many processors there are, and how busy they were: no figure means much without it.
fn machine() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{processors} processors, load {load} before the first round\n")
}

/// A folder and a server.
struct Bench {
    folder: tempfile::TempDir,
    server: Server,
}

impl Bench {
    fn new() -> Fallible<Self> {
        Ok(Self {
            // Not in memory, as temporary folders may be: the store's durability is part of the price.
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            server: Server::start()?,
        })
    }

    /// Lets everybody send the same rows in turns, and says which targets are reached.
    fn throughput(&self, rows: u32, rounds: u32) -> Fallible<()> {
        let input = self.input(rows)?;
        let contenders = contender::all();
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
        for _ in 0..rounds {
            for (contender, costs) in contenders.iter().zip(&mut costs) {
                costs.push(self.cost(contender, &input, rows)?);
            }
        }
        fs::remove_file(input)?;
        let all: Vec<Measured> = contenders
            .iter()
            .zip(&costs)
            .map(|(contender, costs)| Measured::new(contender.name, costs, rows))
            .collect();
        let named = |name: &str| all.iter().find(|measured| measured.name == name);
        let (run, check) = named(contender::RUN)
            .zip(named(contender::CHECK))
            .ok_or("run and check were not measured")?;
        println!("{rows} rows, median of {rounds} rounds in turns\n");
        println!(
            "| program | wall s | rows/s | rows/s of run | CPU s per million rows | of run's | peak MiB |"
        );
        println!("|---|---|---|---|---|---|---|");
        for measured in &all {
            println!("{}", measured.line(run));
        }
        println!("\n| target | is | reached |\n|---|---|---|");
        cpu_target("run", run, RUN_CPU_S_TARGET);
        cpu_target("check", check, CHECK_CPU_S_TARGET);
        aiohttp_target(run, named(contender::AIOHTTP));
        Ok(())
    }

    /// Follows the memory of `check` and `run` over ten times as many rows each time.
    fn memory(&self, rows_max: u32) -> Fallible<()> {
        println!("\n| peak memory | rows | MiB | at most | reached |\n|---|---|---|---|---|");
        let mut rows = 100_000;
        while rows <= rows_max {
            let input = self.input(rows)?;
            for contender in contender::ours() {
                let cost = self.cost(&contender, &input, rows)?;
                let is = f64::from(cost.resident_max_kib) / 1024.0;
                let most = MEMORY_MIB_TARGET + BYTES_PER_ROW_TARGET * f64::from(rows) / MIB_BYTES;
                println!(
                    "| {} | {rows} | {is:.1} | {most:.1} | {} |",
                    contender.name,
                    yes_or_no(is <= most)
                );
            }
            fs::remove_file(input)?;
            rows = rows.saturating_mul(10);
        }
        Ok(())
    }

    fn input(&self, rows: u32) -> Fallible<PathBuf> {
        let path = self.folder.path().join("input.csv");
        table::write_csv(&path, rows.into())?;
        Ok(path)
    }

    /// Runs a contender in a folder of its own, and makes sure that it sent everything.
    fn cost(&self, contender: &Contender, input: &Path, rows: u32) -> Fallible<Cost> {
        let folder = self.folder.path().join("room");
        fs::create_dir(&folder)?;
        let before = self.server.calls();
        let mut command = contender.command(input, self.server.address);
        let cost = child::run(
            command.current_dir(&folder),
            &self.folder.path().join("said"),
        )?;
        let calls = self.server.calls() - before;
        fs::remove_dir_all(folder)?;
        let expected = if contender.sends {
            u64::from(rows).div_ceil(floor::ITEMS_MAX as u64)
        } else {
            0
        };
        if calls != expected {
            let name = contender.name;
            return Err(format!("{name} made {calls} calls where {expected} were expected").into());
        }
        Ok(cost)
    }
}

/// The medians of a contender.
struct Measured {
    name: &'static str,
    wall_s: f64,
    rows_per_s: f64,
    cpu_s_per_million: f64,
    resident_max_mib: f64,
}

impl Measured {
    fn new(name: &'static str, costs: &[Cost], rows: u32) -> Self {
        let median = |of: fn(&Cost) -> f64| {
            let mut values: Vec<f64> = costs.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        let wall_s = median(|cost| cost.wall_s);
        Self {
            name,
            wall_s,
            rows_per_s: f64::from(rows) / wall_s,
            cpu_s_per_million: median(|cost| cost.cpu_s) * 1e6 / f64::from(rows),
            resident_max_mib: median(|cost| f64::from(cost.resident_max_kib) / 1024.0),
        }
    }

    fn line(&self, ours: &Self) -> String {
        format!(
            "| {} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} |",
            self.name,
            self.wall_s,
            self.rows_per_s,
            self.rows_per_s / ours.rows_per_s,
            self.cpu_s_per_million,
            self.cpu_s_per_million / ours.cpu_s_per_million,
            self.resident_max_mib
        )
    }
}

fn cpu_target(what: &str, measured: &Measured, target: f64) {
    let is = measured.cpu_s_per_million;
    let reached = yes_or_no(is <= target);
    println!("| {what}: at most {target} CPU s per million rows | {is:.2} | {reached} |");
}

fn aiohttp_target(run: &Measured, aiohttp: Option<&Measured>) {
    let (times, reached) = aiohttp.map_or(("not measured".to_owned(), "no harness"), |peer| {
        let times = run.rows_per_s / peer.rows_per_s;
        (
            format!("{times:.1}"),
            yes_or_no(times >= TIMES_AIOHTTP_TARGET),
        )
    });
    println!(
        "| run: at least {TIMES_AIOHTTP_TARGET} times the rows/s of aiohttp | {times} | {reached} |"
    );
}

fn yes_or_no(reached: bool) -> &'static str {
    if reached { "yes" } else { "no" }
}
