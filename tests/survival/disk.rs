//! A full or failing disk under the run store: sending stops at once, exit code 3 says that nothing is lost, and `resume` goes on
//! when there is room.

use std::process::Command;

#[cfg(unix)]
use tokio::runtime::Runtime;

use super::sigkill::{Sat, Victim};
use crate::support::Method;

/// What a run on a disk that is too small came to.
#[derive(Debug, Default)]
struct Met {
    refused: u32,
    halted: u32,
    /// Halted when something had been sent.
    in_the_middle: u32,
    unreported: u32,
}

/// Runs where no file can grow beyond this size; when that was too small, the limit is lifted and the run is resumed. Returns
/// whether it was.
#[cfg(unix)]
fn fills(method: Method, kilobytes: u64, runtime: &Runtime, met: &mut Met) -> bool {
    let mut victim = Victim::new(method, runtime);
    // The limit is in blocks of 512 bytes. Its signal is ignored, so that a write fails as it does on a full disk.
    let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kilobytes * 2);
    victim.under = ["/bin/sh", "-c", &limit, "sh"].map(str::to_owned).to_vec();
    let first = victim.sit(false, None);
    victim.under.clear();
    goes_on(&victim, &first, met)
}

/// A run on a disk that failed goes on, or was refused before anything was sent. Returns whether the disk failed it at all.
fn goes_on(victim: &Victim, first: &Sat, met: &mut Met) -> bool {
    match first.exit {
        Some(0 | 1) => return false,
        Some(2) => {
            met.refused += 1;
            assert!(first.calls.is_empty(), "{}", first.stderr);
            assert!(
                first.stderr.contains("nothing was sent"),
                "{}",
                first.stderr
            );
        }
        Some(3) if first.stderr.contains("could not be written") => {
            met.unreported += 1;
            says_nothing_is_lost(first, "report");
            let report = victim.feishu(&["report", "last"]);
            assert_eq!(report.exit, 0, "{}", report.stderr);
        }
        Some(3) => {
            met.halted += 1;
            met.in_the_middle += u32::from(!first.calls.is_empty());
            says_nothing_is_lost(first, "resume");
            let mut ended = super::sigkill::Met::default();
            victim.goes_on(first, &mut ended);
        }
        other => panic!("exit code {other:?}: {}", first.stderr),
    }
    true
}

fn says_nothing_is_lost(sat: &Sat, next: &str) {
    let next = format!("feishu-bulk {next} ");
    for words in ["nothing is lost", "make room", &next] {
        assert!(sat.stderr.contains(words), "no `{words}` in {}", sat.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_run_whose_files_cannot_grow_halts_and_goes_on_when_there_is_room() {
    let runtime = super::sigkill::runtime();
    let mut met = Met::default();
    // A job of 1,200 items needs less than this for each of its files.
    let too_small = |kilobytes: &u64| *kilobytes < 64 * 1024;
    let sizes = std::iter::successors(Some(8), |kilobytes: &u64| Some(kilobytes * 2));
    let enough = sizes
        .take_while(too_small)
        .find(|kilobytes| !fills(Method::Shifts, *kilobytes, &runtime, &mut met));
    assert!(enough.is_some(), "no size was enough: {met:?}");
    assert!(met.refused > 0 && met.in_the_middle > 0, "{met:?}");
}

/// Writes and syncs of the run store that fail, once or for ever, the n-th of each thread.
#[test]
#[ignore = "needs strace: cargo test --release --test promises -- --ignored campaign_disk --nocapture"]
fn campaign_disk() {
    if Command::new("strace").arg("-V").output().is_err() {
        return println!("skipped: strace is not installed");
    }
    let runtime = super::sigkill::runtime();
    let mut met = Met::default();
    let mut tried = 0;
    for (call, error) in [
        ("pwrite64", "ENOSPC"),
        ("pwrite64", "EIO"),
        ("fdatasync", "EIO"),
        ("fdatasync", "ENOSPC"),
        ("fsync", "EIO"),
    ] {
        for forever in ["", "+"] {
            for at in 1..=25 {
                let method = Method::ALL[at % Method::ALL.len()];
                let mut victim = Victim::sized(method, 60, 5, &runtime);
                let inject = format!("inject={call}:error={error}:when={at}{forever}");
                let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
                victim.under = strace.map(str::to_owned).to_vec();
                let first = victim.sit(false, None);
                victim.under.clear();
                tried += 1;
                goes_on(&victim, &first, &mut met);
            }
        }
    }
    println!(
        "{tried} runs whose disk failed at one place: {met:?}; no row lost, none in two lines"
    );
    assert!(met.in_the_middle > 0 && met.unreported > 0, "{met:?}");
}
