//! The page as a process of its own: how it ends, what a killed one leaves, and what a full disk does to it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::site::Site;
use crate::support::bench::{PACKAGE, program};

/// The program that serves the page.
struct Served {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    link: String,
}

impl Served {
    /// Starts it in a folder, by another program such as a shell that sets a limit.
    fn start(folder: &Path, under: &[&str]) -> Self {
        let own = program(folder);
        let mut command = match under {
            [] => program(folder),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(own.get_program());
                command.args(own.get_args()).current_dir(folder).env_clear();
                for (name, value) in own.get_envs() {
                    command.env(name, value.unwrap());
                }
                command
            }
        };
        command.args(["open", "--no-browser", "--jobs"]);
        command.arg(Path::new(PACKAGE).join("jobs"));
        command.arg("--runs").arg(folder.join("runs"));
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let link = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended: {said}");
            said += &line;
            if line.contains("/enter#") {
                break line.trim().to_owned();
            }
        };
        Self {
            child,
            stderr,
            link,
        }
    }

    /// Ends it by a signal; returns its exit code and what it said since.
    fn signal(mut self, name: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

/// A test that fails leaves no program behind.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn ctrl_c_of_a_page_that_sends_nothing_ends_it_and_speaks_of_no_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (exit, said) = Served::start(folder.path(), &[]).signal("INT");
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.contains("stopping (once more stops at once)"),
        "{said}"
    );
    assert!(!said.contains("calls"), "{said}");
    assert!(!folder.path().join("runs/.page/address.json").exists());
}

#[test]
fn the_address_that_a_killed_page_left_is_its_owners_alone_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), &[]);
    let address = folder.path().join("runs/.page/address.json");
    let mode = fs::metadata(&address).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = fs::read(&address).unwrap();
    served.signal("KILL");
    assert_eq!(
        fs::read(&address).unwrap(),
        left,
        "it was killed, and it stays"
    );
    let again = Site::in_folder(folder, &[]);
    assert_ne!(fs::read(&address).unwrap(), left);
    assert_eq!(again.enter().get("").status, 200);
}

/// A page whose files cannot grow beyond so many blocks of 512 bytes: a write fails as on a full disk.
fn on_a_full_disk(folder: TempDir, blocks: u32) -> (Served, Site) {
    let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let served = Served::start(folder.path(), &["/bin/sh", "-c", &limit, "sh"]);
    let site = Site::of_process(folder, &served.link);
    (served, site)
}

#[test]
fn a_full_disk_is_said_with_507_and_nothing_is_sent_or_left_behind() {
    let (served, site) = on_a_full_disk(tempfile::tempdir().unwrap(), 16);
    let browser = site.enter();
    let rows: Vec<String> = (0..1_000).map(|row| format!("{row:019}\n")).collect();
    let large = format!("record_id\n{}", rows.concat());
    let refused = browser.try_upload("large.csv", large.as_bytes());
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert_eq!(refused.json()["error"]["rule"], "page.disk");
    assert_eq!(
        fs::read_dir(site.runs().join(".drafts")).unwrap().count(),
        0
    );

    // A smaller file has room, but what its run writes has none.
    let draft = browser.upload("small.csv", b"record_id\n1\n");
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let send = json!({ "check": state["check"], "typed": 1, "to": "rehearsal" });
    let sent = browser.post(&format!("{draft}send"), &send);
    let run = sent.json()["to"].as_str().unwrap_or_default().to_owned();
    // Whoever listens to the run hears of its end, or is told at once that it failed.
    browser.get(&format!("{run}events"));
    let ended = browser.get(&run);
    assert_eq!(ended.status, 507, "{}", ended.text());
    // What was uploaded is still there, to be sent when there is room.
    assert_eq!(browser.get(&draft).status, 200);
    served.signal("TERM");
}

#[test]
#[ignore = "needs strace: cargo test --test promises -- --ignored campaign_connections"]
fn campaign_connections() {
    if Command::new("strace").arg("-V").output().is_err() {
        return println!("skipped: strace is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=connect",
        "-o",
        trace.to_str().unwrap(),
    ];
    let served = Served::start(folder.path(), &strace);
    let path = folder.path().to_owned();
    let site = Site::of_process(folder, &served.link);
    let browser = site.enter();
    let draft = browser.upload("small.csv", b"record_id\n1\n");
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let send = json!({ "check": state["check"], "typed": 1, "to": "rehearsal" });
    let run = browser.post(&format!("{draft}send"), &send).json()["to"].clone();
    browser.ended(run.as_str().unwrap());
    for page in ["", "runs/", "settings/", "help/"] {
        assert_eq!(browser.get(page).status, 200);
    }
    browser.post("quit", &json!({}));
    drop(served);
    let text = fs::read_to_string(path.join("trace")).unwrap();
    let internet: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("AF_INET"))
        .collect();
    assert!(
        !internet.is_empty(),
        "the rehearsal makes calls over loopback"
    );
    for call in internet {
        assert!(call.contains("inet_addr(\"127.0.0.1\")"), "{call}");
    }
}
