//! A full or failing disk under the run store: sending stops at once, exit code 3 says that nothing is lost, and `resume` goes on
//! when there is room.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::sigkill::{Sat, Victim};
use crate::support::Method;

/// A file system in memory of a size that can be changed; unmounted when dropped.
struct Disk {
    place: PathBuf,
}

impl Disk {
    /// None where mounting is not permitted.
    fn mount(place: &Path, kilobytes: u32) -> Option<Self> {
        std::fs::create_dir_all(place).unwrap();
        let options = format!("size={kilobytes}k,mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(place)
            .output();
        let permitted = mounted.is_ok_and(|output| output.status.success());
        permitted.then(|| Self {
            place: place.to_owned(),
        })
    }

    fn grow(&self) {
        let grown = Command::new("mount")
            .args(["-o", "remount,size=256m"])
            .arg(&self.place)
            .status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

/// What a run on a disk that is too small came to.
#[derive(Debug, Default)]
struct Met {
    refused: u32,
    halted: u32,
    /// Halted when something had been sent.
    in_the_middle: u32,
    unreported: u32,
}

/// Runs on a disk of this size; when that was too small, there is room again and the run is resumed. Returns whether it was.
fn fills(method: Method, kilobytes: u32, met: &mut Met) -> Option<bool> {
    let runtime = super::sigkill::runtime();
    let victim = Victim::new(method, &runtime);
    let disk = Disk::mount(&victim.path("runs"), kilobytes)?;
    let first = victim.sit(false, None);
    disk.grow();
    Some(goes_on(&victim, &first, met))
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

#[test]
fn a_run_on_a_disk_that_fills_up_halts_and_goes_on_when_there_is_room() {
    let mut met = Met::default();
    for kilobytes in (100..).step_by(220) {
        match fills(Method::Shifts, kilobytes, &mut met) {
            None => return println!("skipped: mounting a small disk is not permitted here"),
            Some(true) => {}
            Some(false) => break,
        }
    }
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
