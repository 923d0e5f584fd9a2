//! The command line: what was typed becomes a run, and what it comes to becomes text and an exit code.
//!
//! Only this module writes to standard output, which is data; everything said to a person goes to standard error. Credentials and
//! addresses are read from the environment here; `console` reads from it only how standard error is to look.

mod args;
mod ask;
mod check;
mod completions;
mod doctor;
mod endpoints;
mod help;
mod init;
mod job_file;
mod jobs;
mod open;
mod plan;
mod question;
mod refused;
mod resume;
mod run;
mod runs;
mod sandbox;
mod schema;
mod to_correct;
mod undo;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory as _, FromArgMatches as _};

use self::args::{Arguments, Command};
use self::refused::{print_refusal, stands_in, usage};
use crate::console::{language, say, say_refusal, speak, speak_as};
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::log::Format;
use crate::text::{Language, Text};

/// Runs the program as typed; returns what the process exits with.
#[must_use]
pub fn main() -> ExitCode {
    let language = language_typed();
    speak(language);
    let command = help::in_language(Arguments::command(), language);
    let matches = if open::is_meant() {
        command.try_get_matches_from(["feishu-bulk", "open"])
    } else {
        command.try_get_matches()
    };
    let parsed = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(not_understood(&error).code()),
    };
    speak_as(arguments.log_format.into());
    let exit = execute(&arguments).unwrap_or_else(|refusal| {
        say_refusal(&refusal);
        if arguments.command.gives_json() {
            print_refusal(&refusal);
        }
        refusal.exit
    });
    ExitCode::from(exit.code())
}

/// The words of the command line.
fn typed() -> Vec<String> {
    let typed = std::env::args_os().skip(1);
    typed
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

/// The language that was typed, else that of the environment. It is known before the rest is understood: help and errors are in it.
fn language_typed() -> Language {
    let typed = typed();
    let stands = |language: &Language| stands_in(&typed, "--lang", Some(language.tag()));
    let languages = [Language::English, Language::Chinese].into_iter();
    let chosen = languages.rev().find(stands);
    chosen.unwrap_or_else(|| Language::of_environment(environment))
}

/// Help that was asked for, or a command line that is none. What was asked of the output holds for both.
fn not_understood(error: &clap::Error) -> Exit {
    let Some(refusal) = usage(error) else {
        // A terminal that is gone cannot be told.
        let _ = error.print();
        return Exit::Success;
    };
    let typed = typed();
    if stands_in(&typed, "--log-format", Some("json")) {
        speak_as(Format::Json);
        say_refusal(&refusal);
    } else if language() == Language::English {
        // With its colours.
        let _ = error.print();
    } else {
        say_refusal(&refusal);
    }
    if stands_in(&typed, "--json", None) {
        print_refusal(&refusal);
    }
    refusal.exit
}

fn execute(arguments: &Arguments) -> Result<Exit, Refusal> {
    let no_threads = |error: std::io::Error| {
        Refusal::new(
            "program.threads",
            text!("the program could not start its threads"),
        )
        .because(error.to_string())
        .hint(text!(
            "raise the limit of processes (`ulimit -u`), or end other programs of this user"
        ))
    };
    require_threads().map_err(no_threads)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(no_threads)?;
    let control = Control::default();
    listen_for_signals(&runtime, &control);
    let exit = match &arguments.command {
        Command::Run(command) => run::execute(arguments, command, &runtime, &control),
        Command::Check(command) => check::execute(arguments, command, &runtime, &control),
        Command::Resume(command) => resume::resume(arguments, command, &runtime, &control),
        Command::Rerun(command) => resume::rerun(arguments, command, &runtime, &control),
        Command::Verify(command) => verify::execute(arguments, command, &runtime, &control),
        Command::Plan(command) => plan::execute(arguments, command, &runtime, &control),
        Command::Undo(command) => undo::execute(arguments, command, &runtime, &control),
        Command::Report(command) => runs::report(arguments, command),
        Command::Runs(command) => runs::execute(arguments, command),
        Command::Endpoints(command) => endpoints::execute(command),
        Command::Init(command) => init::execute(command),
        Command::Jobs(command) => jobs::execute(command),
        Command::Doctor(command) => doctor::execute(arguments, command, &runtime),
        Command::Schema(command) => schema::execute(command),
        Command::Sandbox(command) => sandbox::execute(command, &runtime, &control),
        Command::Open(command) => open::execute(arguments, command, &runtime, &control),
        Command::Completions(command) => completions::execute(command),
    };
    // Whatever still waits, such as an idle connection, is not worth waiting for.
    runtime.shutdown_background();
    exit
}

/// Calls wait far more than they compute: one thread serves all of them, and two would mostly wake each other.
const WORKERS: usize = 1;

/// As many threads as a command has at one time: its own, the run store's, the reader's, the workbook's, and those that look names up.
const THREADS: usize = 8;

/// Makes so many threads and lets them go. The runtime panics where a thread of its own cannot be made, so that is found out before.
fn require_threads() -> std::io::Result<()> {
    let threads: std::io::Result<Vec<_>> = (0..THREADS)
        .map(|_| {
            let (hold, held) = std::sync::mpsc::channel::<()>();
            let thread = std::thread::Builder::new().spawn(move || held.recv().is_ok())?;
            Ok((hold, thread))
        })
        .collect();
    let (holds, threads): (Vec<_>, Vec<_>) = threads?.into_iter().unzip();
    drop(holds);
    // What they return says nothing.
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// Whether calls are made: only then an orderly stop has something to wait for.
static IS_SENDING: AtomicBool = AtomicBool::new(false);
/// Whether standard output is being written, which lasts as long as whoever reads it likes.
static IS_PRINTING: AtomicBool = AtomicBool::new(false);

/// Turns Ctrl-C and termination signals into an orderly stop. The second one ends calls in flight too; where that does not help, the
/// next one ends the process: the run store is whole at any instant.
fn listen_for_signals(runtime: &tokio::runtime::Runtime, control: &Control) {
    let control = control.clone();
    let context = runtime.enter();
    let signals = Signals::new();
    drop(context);
    let Ok(mut signals) = signals else {
        return;
    };
    runtime.spawn(async move {
        let mut times = 0;
        while signals.next().await.is_some() {
            times += 1;
            control.interrupt();
            let is_sending = IS_SENDING.load(Ordering::Relaxed);
            match (is_sending, times) {
                // It ends without a word of ours, however often it is typed.
                _ if question::is_open() => {}
                (true, 1) => say(&text!("stopping: no further call is made, the calls in flight end first (once more stops at once)")),
                (true, 2) => say(&text!("stopping at once")),
                (false, 1) if !IS_PRINTING.load(Ordering::Relaxed) => say(&text!("stopping (once more stops at once)")),
                _ => std::process::exit(Exit::Interrupted.code().into()),
            }
        }
    });
}

/// Makes calls: what `send` does meanwhile is told to whoever stops the program.
fn sending<T>(send: impl FnOnce() -> T) -> T {
    is_sending(true);
    let sent = send();
    is_sending(false);
    sent
}

/// Calls are made from now on, or no more.
fn is_sending(is: bool) {
    IS_SENDING.store(is, Ordering::Relaxed);
}

/// What asks the program to stop. It listens from the moment it is made: a signal that comes before anybody waits for it is kept.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) -> Option<()> {
        let Self([interrupt, terminate, hang_up]) = self;
        tokio::select! {
            signal = interrupt.recv() => signal,
            signal = terminate.recv() => signal,
            signal = hang_up.recv() => signal,
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlClose,
    log_off: tokio::signal::windows::CtrlLogoff,
    shut_down: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            interrupt: ctrl_c()?,
            close: ctrl_close()?,
            log_off: ctrl_logoff()?,
            shut_down: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.close.recv() => signal,
            signal = self.log_off.recv() => signal,
            signal = self.shut_down.recv() => signal,
        }
    }
}

#[cfg(not(any(unix, windows)))]
struct Signals;

#[cfg(not(any(unix, windows)))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}

/// A variable of the environment.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The rule of data that cannot be written.
const OUTPUT: &str = "command.output";

/// Writes data to standard output. Data that was asked for and cannot be written is a failure.
fn print(text: &str) -> Result<(), Refusal> {
    let mut out = std::io::stdout().lock();
    IS_PRINTING.store(true, Ordering::Relaxed);
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    IS_PRINTING.store(false, Ordering::Relaxed);
    printed.map_err(|error| {
        Refusal::new(OUTPUT, text!("standard output could not be written"))
            .because(error.to_string())
            .hint(text!(
                "what was done is in the run folder; `feishu-bulk runs last --json` prints it again"
            ))
            .exit(Exit::Halted)
    })
}

/// Lines of a text for standard output, harmless for a terminal.
fn as_text(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines.iter().flat_map(|line| line.split('\n')) {
        text.push_str(&crate::shown::for_terminal(line));
        text.push('\n');
    }
    text
}

/// Texts for standard output, in the language of whoever reads them.
fn in_language(lines: &[Text]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.in_language(language()))
        .collect();
    as_text(&lines)
}

/// One JSON document on standard output.
fn print_json(document: &impl serde::Serialize) -> Result<(), Refusal> {
    let text = serde_json::to_string_pretty(document).map_err(|error| {
        Refusal::new(OUTPUT, text!("the JSON document could not be made"))
            .because(error.to_string())
    })?;
    print(&format!("{text}\n"))
}
