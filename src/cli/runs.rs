//! `runs` and `report`: what the run stores know.

use super::args::{Arguments, ReportCommand, RunsCommand};
use super::{in_language, print, print_json};
use crate::conclusion;
use crate::console::{language, reason_words, say, tally_words, with_floor};
use crate::error::{Exit, Refusal};
use crate::model::RunState;
use crate::numbers::{duration, one_or_more, thousands};
use crate::report::{Summary, evidence_words};
use crate::run::{Opened, summary_of};
use crate::shown::for_terminal;
use crate::store;
use crate::text::Value;

pub(super) fn execute(arguments: &Arguments, command: &RunsCommand) -> Result<Exit, Refusal> {
    if let Some(word) = &command.run {
        let run = store::find(&arguments.runs, word)?;
        let summary = summary_of(&arguments.runs, &run)?;
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
        match summary_of(&arguments.runs, &run) {
            Ok(summary) => summaries.push(summary),
            Err(_) if store::is_at_work(&arguments.runs, &run) => say(&text!(
                "note: {run}: its input is being checked, or confirmed, in another process",
                run
            )),
            Err(refusal) => say(&text!("warning: {run}: {why}", run, why = refusal.what)),
        }
    }
    if command.json {
        print_json(&summaries)?;
        return Ok(Exit::Success);
    }
    if summaries.is_empty() {
        say(&text!(
            "there is no run in {folder}",
            folder = arguments.runs.display()
        ));
    }
    let lines: Vec<String> = summaries.iter().map(line).collect();
    print(&lines.concat())?;
    Ok(Exit::Success)
}

pub(super) fn report(arguments: &Arguments, command: &ReportCommand) -> Result<Exit, Refusal> {
    let run = store::find(&arguments.runs, &command.run)?;
    let opened = Opened::open(&arguments.runs, &run)?;
    let summary = match arguments.lang {
        Some(typed) => conclusion::report_in(
            typed.into(),
            opened.folder(),
            opened.ledger(),
            &opened.windows()?,
        )?,
        None => conclusion::report(opened.folder(), opened.ledger(), &opened.windows()?)?,
    };
    print(&details(
        &summary,
        &arguments.runs.join(&run).display().to_string(),
    ))?;
    Ok(Exit::Success)
}

fn line(summary: &Summary) -> String {
    let language = language();
    let state = match summary.state {
        RunState::Finished => text!("finished   "),
        RunState::Halted => text!("halted     "),
        RunState::Running => text!("running    "),
        RunState::Interrupted => text!("interrupted"),
    };
    let tally = tally_words(&summary.items);
    let tally = if summary.platform.sandbox {
        text!("sandbox: {tally}", tally)
    } else {
        tally
    };
    format!(
        "{}  {}  {:<20}  {}\n",
        summary.run,
        state.in_language(language),
        for_terminal(&summary.job),
        tally.in_language(language)
    )
}

fn details(summary: &Summary, folder: &str) -> String {
    let calls = &summary.calls;
    let time = text!(
        "time       {time}",
        time = duration(summary.elapsed_seconds)
    );
    let mut lines = vec![
        text!("run        {run}", run = summary.run),
        text!("job        {job}", job = summary.job),
        text!("endpoint   {endpoint}", endpoint = summary.endpoint),
        text!("platform   {platform}", platform = summary.platform),
        text!("input      {input}", input = summary.input.file),
        text!("state      {state}", state = summary.state.in_words()),
        text!(
            "items      {items} read: {tally}",
            items = thousands(summary.items.read),
            tally = tally_words(&summary.items)
        ),
        text!(
            "calls      {sent} sent, {resent} of them {resends}, {throttled} throttled",
            sent = thousands(calls.sent),
            resent = thousands(calls.resent),
            resends = one_or_more(calls.resent, "a resend", "resends"),
            throttled = thousands(calls.throttled)
        ),
        with_floor(time, summary.quota_floor_seconds),
        text!("started    {time}", time = summary.started_at),
        text!("finished   {time}", time = summary.finished_at),
        text!("folder     {folder}", folder),
    ];
    if let Some(found) = &summary.evidence {
        lines.push(text!(
            "read back  {found}",
            found = Value::list(evidence_words(&found.counts))
        ));
    }
    if let Some(halt) = &summary.halt {
        lines.push(text!("halt       {halt}", halt));
    }
    for reason in &summary.reasons {
        let items = format!("{:>10}", reason.items);
        lines.push(text!(
            "{items} {reason}",
            items,
            reason = reason_words(reason)
        ));
    }
    in_language(&lines)
}
