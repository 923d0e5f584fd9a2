//! `run`: from the words of the command line to a finished run.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{Arguments, JobArguments, RunCommand};
use super::print_json;
use crate::console::{Console, Style, final_words, say};
use crate::control::Control;
use crate::deliver::quota::Quota;
use crate::endpoint::Window;
use crate::error::{Exit, Refusal};
use crate::event::{Event, Observer};
use crate::job::{self, Job};
use crate::log::Log;
use crate::prepare::Plan;
use crate::run::{Destination, prepare_run};
use crate::sandbox::{self, Quotas, Sandbox, SandboxOptions};
use crate::store::RunFolder;
use crate::transport::{BaseUrl, Credentials, Http, Limits, Tokens};

pub(super) fn execute(
    arguments: &Arguments,
    command: &RunCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    let job = job::load(&command.job.job, &command.job.set)?;
    let input = input_of(&job, &command.job)?;
    let (destination, sandbox) = runtime.block_on(destination(&job, command))?;
    let folder = RunFolder::create(&arguments.runs, &new_run_id())?;
    let console = Arc::new(Console::new(Style::of_standard_error(
        arguments.log_level.is_some(),
    )));
    let observer = Arc::new(Faces {
        console: Arc::clone(&console),
        log: Log::start(
            &folder,
            arguments.log_level.map(Into::into),
            arguments.log_format.into(),
        )?,
    });
    let (prepared, staging) = prepare_run(folder, &job, &input, control, &*observer)?;
    console.close();
    tell_plan(&prepared.plan);
    if let Err(refusal) = confirm(&prepared.plan, command) {
        prepared.discard();
        return Err(refusal);
    }
    let ended =
        runtime.block_on(prepared.deliver(staging, &job, &input, destination, control, observer));
    console.close();
    let ended = ended?;
    drop(sandbox);
    say(&final_words(&ended, &arguments.runs));
    if command.job.json {
        print_json(&ended.summary)?;
    }
    Ok(ended.exit)
}

/// Everybody who hears of events.
struct Faces {
    console: Arc<Console>,
    log: Log,
}

impl Observer for Faces {
    fn see(&self, event: &Event) {
        self.log.see(event);
        self.console.see(event);
    }
}

/// The file to read: as typed, else as the job says.
pub(super) fn input_of(job: &Job, arguments: &JobArguments) -> Result<PathBuf, Refusal> {
    arguments
        .input
        .clone()
        .or_else(|| job.input.file.clone())
        .ok_or_else(|| {
            Refusal::new(format!("job {} names no input file", job.name))
                .hint("give it with --input FILE, or write file = \"…\" into [input] of the job")
        })
}

/// The windows to keep: as typed, else as the catalogue says.
pub(super) fn windows(job: &Job, quota: Option<&str>) -> Result<Vec<Window>, Refusal> {
    match quota {
        Some(text) => Ok(Quota::parse(text)?.windows),
        None => Ok(job.endpoint.quota.clone()),
    }
}

/// Where the calls go. Credentials are looked at before the input is: they are the sooner mended.
async fn destination(
    job: &Job,
    command: &RunCommand,
) -> Result<(Destination<Http>, Option<Sandbox>), Refusal> {
    let quota = command.job.quota.clone();
    let windows = windows(job, quota.as_deref())?;
    let environment = |name: &str| std::env::var(name).ok();
    let (base, credentials, host, sandbox) = if command.sandbox {
        let sandbox = Sandbox::start(SandboxOptions {
            quotas: match &quota {
                Some(_) => Quotas::Each(windows.iter().map(judged_by_sandbox).collect()),
                None => Quotas::Documented,
            },
            ..SandboxOptions::default()
        })
        .await?;
        let base = BaseUrl::parse(&sandbox.base_url())?;
        let credentials = Credentials::App {
            id: sandbox::APP_ID.to_owned(),
            secret: sandbox::APP_SECRET.into(),
        };
        (base, credentials, "sandbox".to_owned(), Some(sandbox))
    } else {
        let base = BaseUrl::parse(
            environment("FEISHU_BASE_URL")
                .as_deref()
                .unwrap_or(BaseUrl::DEFAULT),
        )?;
        let credentials = Credentials::find(&environment, &job.endpoint.tokens)?;
        let host = base.host().to_owned();
        (base, credentials, host, None)
    };
    if windows.is_empty() && !base.is_loopback() {
        return Err(
            Refusal::new("--quota none is only for a server on this machine")
                .because(format!("the platform limits {}", job.endpoint.name))
                .hint("leave --quota out to keep the documented quota"),
        );
    }
    let proxy = environment("HTTPS_PROXY").filter(|proxy| !proxy.is_empty() && !base.is_loopback());
    if proxy.is_some() {
        say("note: calls go through the proxy that HTTPS_PROXY names");
    }
    let transport = Http::new(base, Limits::default(), proxy.as_deref())?;
    let tokens = Tokens::new(credentials, transport.clone());
    Ok((
        Destination {
            transport,
            tokens,
            host,
            quota,
            windows,
        },
        sandbox,
    ))
}

/// The sandbox stands in for the tenant whose quota differs, so it keeps the same windows.
fn judged_by_sandbox(window: &Window) -> sandbox::Window {
    sandbox::Window {
        calls: window.calls,
        span: window.span,
    }
}

/// What the user should know before anything is sent.
fn tell_plan(plan: &Plan) {
    for notice in &plan.notices {
        say(&format!("note: {notice}"));
    }
    if plan.rejected > 0 {
        say(&format!(
            "warning: {} of {} rows are rejected and will not be sent; they are in failure.{} with their reasons",
            plan.rejected, plan.rows, plan.format
        ));
    }
}

/// Deleting and clearing is confirmed by typing how many items it is about.
fn confirm(plan: &Plan, command: &RunCommand) -> Result<(), Refusal> {
    if plan.destructive == 0 || command.sandbox || command.yes {
        return Ok(());
    }
    let count = plan.destructive;
    let not_confirmed = || {
        Refusal::new(format!(
            "{count} items delete or clear something, and that was not confirmed"
        ))
        .because("nothing was sent")
    };
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(
            not_confirmed().hint("there is no terminal to ask on; add --yes when you are sure")
        );
    }
    let mut asked = std::io::stderr().lock();
    // A terminal that cannot be written to gives no answer either.
    let _ = write!(
        asked,
        "{count} items delete or clear something, which cannot be undone.\nType {count} to go on: "
    );
    let _ = asked.flush();
    drop(asked);
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed);
    if read.is_ok() && typed.trim() == count.to_string() {
        return Ok(());
    }
    Err(not_confirmed().hint("run it again and type the number, or add --yes"))
}

/// The time, so that runs sort, and four random digits, so that two runs of one second differ.
fn new_run_id() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let random = RandomState::new().hash_one(std::process::id()) & 0xffff;
    format!("{}-{random:04x}", now.strftime("%Y%m%d-%H%M%S"))
}

/// Shown in messages: the folder of a run.
pub(super) fn folder_of(runs: &Path, run: &str) -> String {
    runs.join(run).display().to_string()
}
