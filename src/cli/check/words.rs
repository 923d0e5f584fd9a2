//! The plan as people read it.

use super::noted::Shown;
use super::{Answer, facts, items_max};
use crate::cli::as_text;
use crate::numbers::{counted, duration, one_or_more, thousands};
use crate::prepare::Plan;
use crate::run::Checked;
use crate::shown::shortened;

/// Characters of an item that are shown: the line of a wide terminal.
const ITEM_CHARS_MAX: usize = 160;

/// The plan for people.
pub(super) fn words(answer: &Answer<'_>) -> String {
    let (checked, noted) = (answer.checked, answer.noted);
    let Checked { job, plan, .. } = checked;
    let mut lines = vec![
        format!("job        {}", job.name),
        format!("endpoint   {}", job.endpoint.name),
        format!("input      {}{}", answer.input, sheets(plan)),
    ];
    let request = facts::request(job, &checked.given, noted);
    let request = request.iter().map(|(name, given)| given.words(name));
    lines.extend(labelled("request", request));
    lines.push(rows(plan));
    let dates = facts::dates(plan).map(|dates| dates.words());
    lines.extend(labelled("dates", dates));
    lines.extend(labelled("words", facts::words_in_a_line(plan)));
    lines.push(format!(
        "items      {} to send, {} rejected",
        thousands(plan.items),
        thousands(plan.rejected)
    ));
    let items = noted.sample_items().into_iter();
    let items = items.map(|item| shortened(item.get(), ITEM_CHARS_MAX));
    lines.extend(labelled("such as", items));
    lines.push(format!(
        "calls      {} of at most {}",
        thousands(plan.batches),
        counted(items_max(job) as u64, "item")
    ));
    lines.push(format!(
        "           at most {} when refused batches are taken apart and failed calls repeated",
        counted(checked.calls.most, "call")
    ));
    lines.push(time(checked));
    if plan.destructive.items > 0 {
        lines.push(format!(
            "destroys   {} {} something",
            counted(plan.destructive.items, "item"),
            one_or_more(
                plan.destructive.items,
                "deletes or clears",
                "delete or clear"
            )
        ));
    }
    let notices = plan.notices.iter();
    lines.extend(notices.map(|notice| format!("note       {}", notice.what)));
    if plan.rejected > 0 {
        rejected(&mut lines, answer);
    }
    as_text(&lines)
}

/// Lines under one label, which stands before the first.
fn labelled(label: &str, lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    let mut label = label.to_owned();
    lines
        .into_iter()
        .map(move |line| format!("{:<11}{line}", std::mem::take(&mut label)))
}

/// The sheets that were read.
fn sheets(plan: &Plan) -> String {
    let several: Vec<&str> = plan.sheets.names().collect();
    match &plan.head.sheet {
        Some(sheet) if several.is_empty() => format!(", sheet {sheet}"),
        Some(_) => format!(", sheets {}", several.join(", ")),
        None => String::new(),
    }
}

fn time(checked: &Checked) -> String {
    match checked.floor.binds {
        Some(window) => format!(
            "time       at least {} (the quota {window} binds)",
            duration(checked.floor.seconds)
        ),
        None => "time       no waiting for the quota".to_owned(),
    }
}

fn rejected(lines: &mut Vec<String>, answer: &Answer<'_>) {
    let (plan, noted) = (&answer.checked.plan, answer.noted);
    let what = plan.unit();
    for part in [
        noted.unknown.lines(noted.rejections_max, what),
        noted.rejections.iter().map(Shown::words).collect(),
    ] {
        if !part.is_empty() {
            lines.push(String::new());
            lines.extend(part);
        }
    }
    let items_shown: u64 = noted.rejections.iter().map(|shown| shown.items).sum();
    let of_words = if noted.each_word {
        0
    } else {
        noted.unknown.items()
    };
    let more = plan.rejected.saturating_sub(items_shown + of_words);
    if more > 0 {
        lines.push(format!(
            "… and {}; --all shows them",
            counted(more, &format!("more rejected {what}"))
        ));
    }
    lines.push(String::new());
    let kinds = plan.kinds.iter();
    lines.extend(kinds.map(|(kind, count)| format!("{:>10}: {kind}", counted(*count, what))));
}

/// How many rows there are and, of a roster, what its cells hold.
fn rows(plan: &Plan) -> String {
    if plan.days.is_empty() {
        return format!("rows       {}", thousands(plan.rows));
    }
    let cells = &plan.cells;
    format!(
        "rows       {} x {}: {} empty, {} left as {}, {}, {}",
        counted(plan.rows, "row"),
        counted(cells.days, "day"),
        counted(cells.empty, "cell"),
        thousands(cells.left),
        if cells.left == 1 { "it is" } else { "they are" },
        counted(cells.rest, "rest"),
        counted(cells.clear, "clear")
    )
}
