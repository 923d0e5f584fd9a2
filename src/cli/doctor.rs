//! `doctor`: what support has to know of a machine on which something does not work. Secrets are named and never shown.

use std::fs;
use std::path::Path;

use tokio::runtime::Runtime;

use super::args::{Arguments, DoctorCommand, VERSION};
use super::{as_text, environment, print};
use crate::console::language;
use crate::error::{Exit, Refusal};
use crate::target;
use crate::text::Text;
use crate::transport::{BaseUrl, Http, Limits};
use crate::wall_clock;

/// What was looked at, and what came of it.
struct Finding {
    is_wrong: bool,
    text: Text,
}

fn right(text: Text) -> Finding {
    Finding {
        is_wrong: false,
        text,
    }
}

fn wrong(text: Text) -> Finding {
    Finding {
        is_wrong: true,
        text,
    }
}

pub(super) fn execute(
    arguments: &Arguments,
    command: &DoctorCommand,
    runtime: &Runtime,
) -> Result<Exit, Refusal> {
    let mut findings = vec![
        right(text!(
            "program: feishu-bulk {version}, {system} {machine}",
            version = VERSION,
            system = std::env::consts::OS,
            machine = std::env::consts::ARCH
        )),
        runs(&arguments.runs),
        state(),
        browser(),
        proxy(),
    ];
    findings.extend(credentials());
    if command.offline {
        findings.push(right(text!("platform: not asked")));
    } else {
        findings.extend(runtime.block_on(platform()));
    }
    let line = |finding: &Finding| {
        let mark = if finding.is_wrong { "!!" } else { "ok" };
        format!("{mark}  {}", finding.text.in_language(language()))
    };
    print(&as_text(&findings.iter().map(line).collect::<Vec<_>>()))?;
    let is_wrong = findings.iter().any(|finding| finding.is_wrong);
    Ok(if is_wrong {
        Exit::Incomplete
    } else {
        Exit::Success
    })
}

/// Whether runs can be kept there: in the folder, or in the one where it would be made.
fn runs(runs: &Path) -> Finding {
    let folder = std::path::absolute(runs).unwrap_or_else(|_| runs.to_owned());
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let trial = there
        .unwrap_or(&folder)
        .join(format!(".feishu-bulk-{}", std::process::id()));
    let shown = folder.display().to_string();
    match fs::write(&trial, b"").and_then(|()| fs::remove_file(&trial)) {
        Ok(()) => right(text!("runs: are kept in {folder}", folder = shown)),
        Err(error) => wrong(text!(
            "runs: {folder} cannot be written: {error}",
            folder = shown,
            error = error.to_string()
        )),
    }
}

/// The folder in which all processes of this user count their calls.
fn state() -> Finding {
    match target::state_folder(&environment) {
        Some(folder) => right(text!(
            "quota: shared by all programs of this user, in {folder}",
            folder = folder.display().to_string()
        )),
        None => right(text!(
            "quota: not shared with other programs, as no folder for it is known"
        )),
    }
}

/// Whether `open` finds something that shows a page.
fn browser() -> Finding {
    if cfg!(any(windows, target_os = "macos")) {
        return right(text!("browser: the system's own"));
    }
    let folders = environment("PATH").unwrap_or_default();
    let is_there =
        |name: &str| std::env::split_paths(&folders).any(|folder| folder.join(name).is_file());
    match ["xdg-open", "gio", "wslview"]
        .into_iter()
        .find(|name| is_there(name))
    {
        Some(name) => right(text!("browser: opened by {name}", name = name)),
        None => right(text!(
            "browser: none is opened by itself; `feishu-bulk open` prints the address"
        )),
    }
}

fn proxy() -> Finding {
    match environment("HTTPS_PROXY").filter(|proxy| !proxy.is_empty()) {
        // Its address may hold a password.
        Some(_) => right(text!("proxy: the one that HTTPS_PROXY names")),
        None => right(text!("proxy: none")),
    }
}

/// Which credentials there are, by the names of their variables.
fn credentials() -> Vec<Finding> {
    let is_set = |name: &&str| environment(name).is_some_and(|value| !value.is_empty());
    let tokens = ["FEISHU_TENANT_ACCESS_TOKEN", "FEISHU_USER_ACCESS_TOKEN"];
    let mut findings: Vec<Finding> = tokens
        .into_iter()
        .filter(is_set)
        .map(|name| right(text!("credentials: {name} is set", name = name)))
        .collect();
    match (is_set(&"FEISHU_APP_ID"), is_set(&"FEISHU_APP_SECRET")) {
        (true, true) => findings.push(right(text!(
            "credentials: FEISHU_APP_ID and FEISHU_APP_SECRET are set"
        ))),
        (true, false) => findings.push(wrong(text!(
            "credentials: FEISHU_APP_ID is set, and FEISHU_APP_SECRET is not"
        ))),
        (false, true) => findings.push(wrong(text!(
            "credentials: FEISHU_APP_SECRET is set, and FEISHU_APP_ID is not"
        ))),
        (false, false) if findings.is_empty() => findings.push(right(text!(
            "credentials: none; rehearsals with --sandbox need none"
        ))),
        (false, false) => {}
    }
    findings
}

/// Whether the platform answers, and how far this machine's clock is from the platform's.
async fn platform() -> Vec<Finding> {
    let address = environment("FEISHU_BASE_URL").filter(|address| !address.is_empty());
    let address = address.unwrap_or_else(|| BaseUrl::DEFAULT.to_owned());
    let asked = async {
        let base = BaseUrl::parse(&address)?;
        let proxy =
            environment("HTTPS_PROXY").filter(|proxy| !proxy.is_empty() && !base.is_loopback());
        Http::new(base, Limits::default(), proxy.as_deref())
    };
    let http = match asked.await {
        Ok(http) => http,
        Err(refusal) => return vec![wrong(text!("platform: {why}", why = refusal.what))],
    };
    let date = match http.date().await {
        Ok(date) => date,
        Err(error) => {
            return vec![wrong(text!(
                "platform: {address} does not answer: {why}",
                address = address,
                why = error.text
            ))];
        }
    };
    let mut findings = vec![right(text!(
        "platform: {address} answers",
        address = address
    ))];
    let theirs = date.and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
    findings.push(match theirs {
        None => right(text!("clock: the platform does not say its own")),
        Some(theirs) => {
            let apart = (wall_clock::now_ms() / 1000)
                .abs_diff(u64::try_from(theirs.timestamp().as_second()).unwrap_or_default());
            if apart <= APART_MAX_S {
                right(text!(
                    "clock: {seconds} s from the platform's",
                    seconds = apart
                ))
            } else {
                wrong(text!(
                    "clock: {seconds} s from the platform's; set it right",
                    seconds = apart
                ))
            }
        }
    });
    findings
}

/// Seconds between two clocks that harm nothing: certificates and tokens are judged by hours.
const APART_MAX_S: u64 = 120;
