//! Who takes part: the program itself, the least a client can do, and the scripts people write, where they are.

use std::env;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::table::JOB;

pub(crate) const RUN: &str = "run";
pub(crate) const CHECK: &str = "check (sends nothing)";
pub(crate) const AIOHTTP: &str = "script with aiohttp, 16 calls in flight";
/// The word with which this program is started again as the floor.
pub(crate) const FLOOR: &str = "floor";

/// One way to send a file.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Whether it makes calls.
    pub(crate) sends: bool,
    program: OsString,
    arguments: fn(&Path, SocketAddr) -> Vec<OsString>,
    /// The script to start, for an interpreter.
    script: Option<PathBuf>,
}

/// `check` and `run`.
pub(crate) fn ours() -> Vec<Contender> {
    let ours = |name, sends, arguments| Contender {
        name,
        sends,
        program: env!("CARGO_BIN_EXE_feishu-bulk").into(),
        arguments,
        script: None,
    };
    vec![
        ours(CHECK, false, |input, _| {
            vec!["check".into(), JOB.into(), "--input".into(), input.into()]
        }),
        ours(RUN, true, |input, _| {
            let fixed = ["--quota", "none", "--yes"].map(OsString::from);
            let mut arguments = vec!["run".into(), JOB.into(), "--input".into(), input.into()];
            arguments.extend(fixed);
            arguments
        }),
    ]
}

/// Everybody who is there.
pub(crate) fn all() -> Vec<Contender> {
    let mut all = ours();
    all.push(Contender {
        name: "least client: no checks, no store, no report",
        sends: true,
        program: env::current_exe().unwrap_or_default().into(),
        arguments: |input, address| vec![FLOOR.into(), input.into(), address.to_string().into()],
        script: None,
    });
    all.extend(peer(
        AIOHTTP,
        "aiohttp",
        "peer_async.py",
        |input, address| {
            let mut arguments = vec!["aiohttp".into()];
            arguments.extend(peer_arguments(input, address));
            arguments.push("16".into());
            arguments
        },
    ));
    all.extend(peer(
        "script with requests, one call at a time",
        "requests",
        "peer_requests.py",
        peer_arguments,
    ));
    all
}

/// A script of the harness, if the harness is there, and Python with the library.
fn peer(
    name: &'static str,
    library: &str,
    script: &str,
    arguments: fn(&Path, SocketAddr) -> Vec<OsString>,
) -> Option<Contender> {
    let script = Path::new(&env::var_os("FEISHU_BULK_HARNESS")?).join(script);
    let asked = Command::new("python3")
        .args([
            "-c",
            &format!("import sys, {library}; print(sys.executable)"),
        ])
        .output()
        .ok()?;
    // The interpreter itself: `python3` may be a script that looks for it.
    let interpreter = String::from_utf8(asked.stdout).ok()?;
    let found = asked.status.success() && script.exists();
    found.then(|| Contender {
        name,
        sends: true,
        program: interpreter.trim().into(),
        arguments,
        script: Some(script),
    })
}

fn peer_arguments(input: &Path, address: SocketAddr) -> Vec<OsString> {
    let address = format!("http://{address}");
    vec![input.into(), address.into(), "report.csv".into()]
}

impl Contender {
    /// The command that sends `input` to the server at `address`.
    pub(crate) fn command(&self, input: &Path, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.script)
            .args((self.arguments)(input, address))
            .env("FEISHU_BASE_URL", format!("http://{address}"))
            .env("FEISHU_TENANT_ACCESS_TOKEN", "t-bench")
            // A proxy of this machine is for others.
            .env("NO_PROXY", "127.0.0.1");
        command
    }
}
