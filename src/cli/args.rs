//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::command_line::RUNS;
use crate::roster::YearMonth;
use crate::text::Language;
use crate::wall_clock;

/// The version, and the commit it was built from.
pub(super) const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("FEISHU_BULK_COMMIT"),
    ")"
);

/// Load large spreadsheets into the Feishu / Lark Open Platform, and know what became of every row.
#[derive(Debug, Parser)]
#[command(version = VERSION, arg_required_else_help = true, max_term_width = 110, after_help = AFTER_HELP)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,

    /// Folder of the runs
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = RUNS, global = true)]
    pub(super) runs: PathBuf,

    /// Also log to standard error, from this level up
    #[arg(long, value_name = "LEVEL", global = true)]
    pub(super) log_level: Option<LogLevel>,

    #[arg(
        long,
        value_name = "LANG",
        global = true,
        help = "Language of what a person reads [default: that of FEISHU_BULK_LANG, else of the locale]"
    )]
    pub(super) lang: Option<Lang>,

    /// Form of standard error
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    pub(super) log_format: LogFormat,

    /// The present day, by which months far from it are told; the clock says it where nobody does
    #[arg(
        long,
        value_name = "DATE",
        global = true,
        hide = true,
        overrides_with = "today"
    )]
    pub(super) today: Option<jiff::civil::Date>,
}

impl Arguments {
    /// The month in which the program is run.
    pub(super) fn present(&self) -> Option<YearMonth> {
        YearMonth::of(self.today.unwrap_or_else(wall_clock::today))
    }
}

const AFTER_HELP: &str = "\
Start with a rehearsal; it needs no account and touches nothing:
  feishu-bulk run jobs/shift-schedule.toml --sandbox

Then check your own file offline, and load it:
  feishu-bulk check jobs/shift-schedule.toml --input shifts.csv
  FEISHU_APP_ID=… FEISHU_APP_SECRET=… feishu-bulk run jobs/shift-schedule.toml --input shifts.csv

Environment: FEISHU_BASE_URL (default https://open.feishu.cn), FEISHU_APP_ID and FEISHU_APP_SECRET,
or a ready FEISHU_TENANT_ACCESS_TOKEN or FEISHU_USER_ACCESS_TOKEN.

Exit codes: 0 every item succeeded, 1 some did not, 2 refused and nothing sent, 3 halted, 130 interrupted.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check every row, send, and report what became of each
    Run(RunCommand),
    /// The same up to sending: offline, with all errors and the plan
    Check(CheckCommand),
    /// Check, then read what the platform holds now: what would change, what is so already
    Plan(PlanCommand),
    /// Go on with a run that was stopped, killed or halted
    Resume(ResumeCommand),
    /// Send again what did not succeed in a run, as a new run
    Rerun(RerunCommand),
    /// Read back what the platform holds now, and say for each item whether it is so
    Verify(VerifyCommand),
    /// Put back what a run changed, as a new run, where nobody changed it since
    Undo(UndoCommand),
    /// Write the reports of a run again from its run store
    Report(ReportCommand),
    /// List the runs, or show one
    Runs(RunsCommand),
    /// List the endpoints, or explain one: limits, quotas, fields, and what is only assumed
    Endpoints(EndpointsCommand),
    /// Write a job file to start from, with a workbook to fill or for a file of your own
    Init(InitCommand),
    /// Say what support has to know of this machine: folders, proxy, clock, credentials, whether the platform answers
    Doctor(DoctorCommand),
    /// List the jobs that ship, show one, or copy one with its sample
    Jobs(JobsCommand),
    /// Print the JSON Schema of job or endpoint files, for editors
    Schema(SchemaCommand),
    /// Serve the sandbox on loopback for other programs
    Sandbox(SandboxCommand),
    /// Open the local page, for people who use no terminal
    Open(OpenCommand),
    /// Print a script that completes commands, options and values in a shell
    Completions(CompletionsCommand),
}

impl Command {
    /// Whether standard output is one JSON document.
    pub(super) fn gives_json(&self) -> bool {
        match self {
            Self::Run(command) => command.job.json,
            Self::Check(command) => command.job.json,
            Self::Resume(command) => command.json,
            Self::Rerun(command) => command.json,
            Self::Verify(command) => command.json,
            Self::Plan(command) => command.job.json,
            Self::Undo(command) => command.json,
            Self::Runs(command) => command.json,
            Self::Report(_)
            | Self::Endpoints(_)
            | Self::Init(_)
            | Self::Jobs(_)
            | Self::Doctor(_)
            | Self::Schema(_)
            | Self::Sandbox(_)
            | Self::Open(_)
            | Self::Completions(_) => false,
        }
    }
}

/// Which job, and which file.
#[derive(Debug, Args)]
pub(super) struct JobArguments {
    /// The job file, or the name of a job that ships (`feishu-bulk jobs`)
    #[arg(value_name = "JOB", value_hint = ValueHint::FilePath)]
    pub(super) job: PathBuf,

    /// Read this file instead of the one the job names
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "input")]
    pub(super) file: Option<PathBuf>,

    /// The same, as an option
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) input: Option<PathBuf>,

    /// Read this sheet of a workbook, whatever the job says
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,

    /// Give or override a value of the job's [request] table
    #[arg(long, value_name = "NAME=VALUE", value_hint = ValueHint::Other, value_parser = parse_set)]
    pub(super) set: Vec<(String, String)>,

    /// Quota of a tenant whose limit differs, such as 100/1s or 50/1s,1000/60s; `none` only against loopback
    #[arg(long, value_name = "WINDOWS", value_hint = ValueHint::Other)]
    pub(super) quota: Option<String>,

    /// Most calls of the run, isolating calls and resends included, whatever the job says; before one more, it halts
    #[arg(long, value_name = "N", value_hint = ValueHint::Other, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_calls: Option<u64>,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

/// Where a table to correct is written.
#[derive(Debug, Args)]
pub(super) struct CorrectedArguments {
    /// Where so much of a workbook is rejected that nothing is sent: the folder of the table to correct [default: beside the input, as
    /// NAME.failure.xlsx]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(super) struct RunCommand {
    #[command(flatten)]
    pub(super) job: JobArguments,

    #[command(flatten)]
    pub(super) corrected: CorrectedArguments,

    /// Send to the built-in sandbox: no account, no network, nothing real is touched
    #[arg(long)]
    pub(super) sandbox: bool,

    /// With --sandbox: play the faults of this plan
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "sandbox")]
    pub(super) faults: Option<PathBuf>,

    /// Do not ask before items that destroy something are sent
    #[arg(long)]
    pub(super) yes: bool,

    /// Do not ask before what an earlier run has sent is sent once more. Only runs in the same folder of runs are known
    #[arg(long)]
    pub(super) again: bool,

    /// After sending, read back what the platform holds, as `verify` does
    #[arg(long)]
    pub(super) verify: bool,

    /// Before sending, ask the platform whether what the rows name is there; rows that it is known to refuse are rejected
    #[arg(long)]
    pub(super) preflight: bool,

    /// Before sending, read what the platform holds, and send only what is not so already. What was there is kept, for `undo`
    #[arg(long)]
    pub(super) changes_only: bool,

    /// Before sending, read what the platform holds and keep it, for `undo`
    #[arg(long)]
    pub(super) keep_before: bool,

    /// Ask the platform again who people are, also where it was asked within the last week
    #[arg(long)]
    pub(super) refresh: bool,

    /// Send exactly what this plan says, or nothing: `plan JOB --out FILE` writes it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) plan: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    #[command(flatten)]
    pub(super) job: JobArguments,

    /// Read the built-in sandbox, which holds nothing yet: no account, no network
    #[arg(long)]
    pub(super) sandbox: bool,

    /// Ask the platform again who people are, also where it was asked within the last week
    #[arg(long)]
    pub(super) refresh: bool,

    /// Show every item, not only the first of each kind
    #[arg(long)]
    pub(super) all: bool,

    /// Write the plan to this file, for somebody to review and for `run JOB --plan FILE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct UndoCommand {
    /// The run: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: String,

    /// Do not ask before anything is put back
    #[arg(long)]
    pub(super) yes: bool,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckCommand {
    #[command(flatten)]
    pub(super) job: JobArguments,

    #[command(flatten)]
    pub(super) corrected: CorrectedArguments,

    /// Show every rejected row, not only the first
    #[arg(long)]
    pub(super) all: bool,

    /// Ask the platform what the job's words stand for, and whether what the rows name is there; nothing is changed on it
    #[arg(long)]
    pub(super) online: bool,

    /// With --online: ask again who people are, also where it was asked within the last week
    #[arg(long, requires = "online")]
    pub(super) refresh: bool,
}

#[derive(Debug, Args)]
pub(super) struct ResumeCommand {
    /// The run: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: String,

    /// Let the run make so many calls, those made before included
    #[arg(long, value_name = "N", value_hint = ValueHint::Other, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_calls: Option<u64>,

    /// Go on although the run is more than a day old, or items may have been sent that its store does not name
    #[arg(long)]
    pub(super) yes: bool,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(super) struct RerunCommand {
    /// The run: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: String,

    /// Include unconfirmed items also where sending twice may apply twice
    #[arg(long)]
    pub(super) unconfirmed: bool,

    /// Do not ask before items that destroy something are sent
    #[arg(long)]
    pub(super) yes: bool,

    /// Do not ask before what an earlier rerun of RUN has sent is sent once more
    #[arg(long)]
    pub(super) again: bool,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct VerifyCommand {
    /// The run: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: String,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportCommand {
    /// The run: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: String,
}

#[derive(Debug, Args)]
pub(super) struct RunsCommand {
    /// The run to show: its id, a unique beginning of it, or `last`
    #[arg(value_name = "RUN", value_hint = ValueHint::Other)]
    pub(super) run: Option<String>,

    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct EndpointsCommand {
    /// The endpoint to explain: a name of the catalogue, or a path ending in .toml
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = INIT_HELP)]
pub(super) struct InitCommand {
    /// The endpoint: a name of the catalogue, or a path ending in .toml
    #[arg(long, value_name = "NAME")]
    pub(super) endpoint: String,

    /// Propose a job for this file by its header, instead of writing a workbook to fill
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) from: Option<PathBuf>,

    /// With --from: the sheet of the workbook
    #[arg(long, value_name = "NAME", requires = "from")]
    pub(super) sheet: Option<String>,

    /// Write a roster of this month to fill: people down, days across
    #[arg(long, value_name = "yyyyMM", conflicts_with = "from")]
    pub(super) roster: Option<String>,

    /// Folder to write into
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = ".")]
    pub(super) out: PathBuf,

    /// Name of what is written, without an extension [default: the endpoint's, or the file's]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = JOBS_HELP, args_conflicts_with_subcommands = true)]
pub(super) struct JobsCommand {
    #[command(subcommand)]
    pub(super) what: Option<JobsWhat>,
}

#[derive(Debug, Subcommand)]
pub(super) enum JobsWhat {
    /// Print a job file
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Write a job file and its sample into a folder, as jobs/NAME.toml and samples/
    Copy {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// The folder
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = ".")]
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct DoctorCommand {
    /// Do not ask the platform whether it answers
    #[arg(long)]
    pub(super) offline: bool,
}

const JOBS_HELP: &str = "\
A job that ships runs by its name, on its sample, wherever you are:
  feishu-bulk run shift-roster --sandbox

Make it yours:
  feishu-bulk jobs copy shift-roster
  feishu-bulk check jobs/shift-roster.toml my-roster.xlsx";

const INIT_HELP: &str = "\
Choose the NAME of an endpoint:
  feishu-bulk endpoints

Start from nothing: shifts.xlsx to fill, whose second sheet explains each column, and shifts.toml for it:
  feishu-bulk init --endpoint NAME --name shifts

Start a roster of a month: 排班.xlsx with a row for each person and a column for each day, and 排班.toml for it:
  feishu-bulk init --endpoint NAME --roster 202612 --name 排班

Start from a file you have: 排班.toml, which proposes what each column is:
  feishu-bulk init --endpoint NAME --from 排班.csv

No file is ever overwritten.";

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_HELP)]
pub(super) struct SchemaCommand {
    /// Of job files, or of endpoint files such as those of the catalogue
    #[arg(value_name = "FILES")]
    pub(super) files: SchemaOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    Job,
    Endpoint,
    Read,
}

const SCHEMA_HELP: &str = "\
With it an editor completes the keys of a job file, explains them, and underlines a misspelt one:
  feishu-bulk schema job > job.schema.json

In VS Code, install the extension \"Even Better TOML\" and write into the first line of the job file:
  #:schema job.schema.json";

#[derive(Debug, Args)]
#[command(after_help = crate::sandbox::fault_words())]
pub(super) struct SandboxCommand {
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) port: u16,

    /// Play the faults of this plan
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) faults: Option<PathBuf>,

    /// Seed of everything the sandbox leaves to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
}

#[derive(Debug, Args)]
pub(super) struct OpenCommand {
    /// Only print the address
    #[arg(long)]
    pub(super) no_browser: bool,

    /// Folder of the jobs [default: jobs, or the one of the user's data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) jobs: Option<PathBuf>,

    /// Port to listen on, on 127.0.0.1 alone; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) port: u16,

    /// Largest file that is uploaded, in MiB
    #[arg(long, value_name = "MIB", value_hint = ValueHint::Other, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(super) upload_max: u64,
}

#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(super) struct CompletionsCommand {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

const COMPLETIONS_HELP: &str = "\
Load it where the shell looks for it, and start a new shell:
  feishu-bulk completions bash > ~/.local/share/bash-completion/completions/feishu-bulk
  feishu-bulk completions zsh > ~/.zfunc/_feishu-bulk        (with ~/.zfunc in fpath)
  feishu-bulk completions fish > ~/.config/fish/completions/feishu-bulk.fish
  feishu-bulk completions powershell >> $PROFILE";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// A language of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    Zh,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Zh => Self::Chinese,
            Lang::En => Self::English,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

impl From<LogFormat> for crate::log::Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Text => Self::Text,
            LogFormat::Json => Self::Json,
        }
    }
}

fn parse_set(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| "write NAME=VALUE, such as --set operator_id=dd31248a".to_owned())
}
