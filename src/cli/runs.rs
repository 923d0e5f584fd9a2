//! `runs` and `report`: what the run stores know.

use super::args::{Arguments, ReportCommand, RunsCommand};
use super::{as_text, print, print_json};
use crate::conclusion;
use crate::console::{floor_words, say, tally_words};
use crate::error::{Exit, Refusal};
use crate::numbers::{duration, one_or_more, thousands};
use crate::report::Summary;
use crate::run::{Opened, windows_of};
use crate::shown::for_terminal;
use crate::store::{self, Ledger};

pub(super) fn execute(arguments: &Arguments, command: &RunsCommand) -> Result<Exit, Refusal> {
    if let Some(word) = &command.run {
        let run = store::find(&arguments.runs, word)?;
        let summary = summary_of(arguments, &run)?;
        if command.json {
            print_json(&summary)?;
        } else {
            print(&details(
                &summary,
                &arguments.runs.join(&run).display().to_string(),
            ))?;
        }
        return Ok(Exit::Success);
    }
    let mut summaries = Vec::new();
    for run in store::list(&arguments.runs)? {
        match summary_of(arguments, &run) {
            Ok(summary) => summaries.push(summary),
            Err(_) if store::is_at_work(&arguments.runs, &run) => say(&format!(
                "note: {run}: its input is being checked, or confirmed, in another process"
            )),
            Err(refusal) => say(&format!("warning: {run}: {}", refusal.what)),
        }
    }
    if command.json {
        print_json(&summaries)?;
        return Ok(Exit::Success);
    }
    if summaries.is_empty() {
        say(&format!("there is no run in {}", arguments.runs.display()));
    }
    let lines: Vec<String> = summaries.iter().map(line).collect();
    print(&lines.concat())?;
    Ok(Exit::Success)
}

pub(super) fn report(arguments: &Arguments, command: &ReportCommand) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let opened = Opened::open(&arguments.runs, &run)?;
    let summary = conclusion::report(opened.folder(), opened.ledger(), &opened.windows()?)?;
    print(&details(
        &summary,
        &arguments.runs.join(&run).display().to_string(),
    ))?;
    Ok(Exit::Success)
}

fn summary_of(arguments: &Arguments, run: &str) -> Result<Summary, Refusal> {
    let ledger = Ledger::look(&arguments.runs.join(run).join("run.db"))?;
    let windows = windows_of(&ledger.facts()?)?;
    let mut summary = conclusion::summarize(&ledger, &windows)?;
    // The store of a run at work knows no end, and would be taken for that of a run that was killed.
    if summary.state != "finished" && store::is_at_work(&arguments.runs, run) {
        "running".clone_into(&mut summary.state);
    }
    Ok(summary)
}

fn line(summary: &Summary) -> String {
    format!(
        "{}  {:<11}  {:<20}  {}{}\n",
        summary.run,
        summary.state,
        for_terminal(&summary.job),
        if summary.platform.sandbox {
            "sandbox: "
        } else {
            ""
        },
        tally_words(&summary.items)
    )
}

fn details(summary: &Summary, folder: &str) -> String {
    let mut lines = vec![
        format!("run        {}", summary.run),
        format!("job        {}", summary.job),
        format!("endpoint   {}", summary.endpoint),
        format!("platform   {}", summary.platform),
        format!("input      {}", summary.input.file),
        format!("state      {}", summary.state),
        format!(
            "items      {} read: {}",
            thousands(summary.items.read),
            tally_words(&summary.items)
        ),
        format!(
            "calls      {} sent, {} of them {}, {} throttled",
            thousands(summary.calls.sent),
            thousands(summary.calls.resent),
            one_or_more(summary.calls.resent, "a resend", "resends"),
            thousands(summary.calls.throttled)
        ),
        format!(
            "time       {}{}",
            duration(summary.elapsed_seconds),
            floor_words(summary.quota_floor_seconds)
        ),
        format!("started    {}", summary.started_at),
        format!("finished   {}", summary.finished_at),
        format!("folder     {folder}"),
    ];
    if let Some(halt) = &summary.halt {
        lines.push(format!("halt       {halt}"));
    }
    for reason in &summary.reasons {
        let code = reason
            .code
            .map(|code| format!(" (code {code})"))
            .unwrap_or_default();
        lines.push(format!(
            "{:>10} {}: {}{code}",
            reason.items, reason.outcome, reason.reason
        ));
    }
    as_text(&lines)
}
