//! The plan as people read it.

use super::noted::Shown;
use super::{Answer, facts, items_max};
use crate::cli::in_language;
use crate::numbers::{counted, duration, one_or_more, thousands};
use crate::prepare::Plan;
use crate::run::Checked;
use crate::shown::shortened;
use crate::text::{Text, Value};

/// Characters of an item that are shown: the line of a wide terminal.
const ITEM_CHARS_MAX: usize = 160;

/// The plan for people.
pub(super) fn words(answer: &Answer<'_>) -> String {
    let (checked, noted) = (answer.checked, answer.noted);
    let Checked { job, plan, .. } = checked;
    let mut lines = vec![
        text!("job        {job}", job = job.name),
        text!("endpoint   {endpoint}", endpoint = job.endpoint.name),
        text!("input      {input}", input = input(answer)),
    ];
    let request = facts::request(job, &checked.given, noted);
    let request = request.iter().map(|(name, given)| given.words(name));
    lines.extend(labelled(text!("request    "), request));
    lines.push(rows(plan));
    let dates = facts::dates(plan).map(|dates| dates.words());
    lines.extend(labelled(text!("dates      "), dates));
    lines.extend(labelled(text!("words      "), facts::words_in_a_line(plan)));
    lines.push(text!(
        "items      {items} to send, {rejected} rejected",
        items = thousands(plan.items),
        rejected = thousands(plan.rejected)
    ));
    let items = noted.sample_items().into_iter();
    let items = items.map(|item| shortened(item.get(), ITEM_CHARS_MAX).into());
    lines.extend(labelled(text!("such as    "), items));
    lines.push(text!(
        "calls      {batches} of at most {items}",
        batches = thousands(plan.batches),
        items = counted(items_max(job) as u64, "item")
    ));
    lines.push(text!(
        "           at most {calls} when refused batches are taken apart and failed calls repeated",
        calls = counted(checked.calls.most, "call")
    ));
    lines.push(time(checked));
    if plan.destructive.items > 0 {
        lines.push(text!(
            "destroys   {items} {delete} something",
            items = counted(plan.destructive.items, "item"),
            delete = one_or_more(
                plan.destructive.items,
                "deletes or clears",
                "delete or clear"
            )
        ));
    }
    let notices = plan.notices.iter();
    lines.extend(notices.map(|notice| text!("note       {notice}", notice = notice.what)));
    if plan.rejected > 0 {
        rejected(&mut lines, answer);
    }
    in_language(&lines)
}

/// Lines under one label, which stands before the first.
fn labelled(label: Text, lines: impl IntoIterator<Item = Text>) -> impl Iterator<Item = Text> {
    let blank = Text::from(" ".repeat(LABEL_COLUMNS));
    let labels = std::iter::once(label).chain(std::iter::repeat(blank));
    labels
        .zip(lines)
        .map(|(label, line)| text!("{label}{line}", label, line))
}

/// Columns of a label.
const LABEL_COLUMNS: usize = 11;

/// The file, and the sheets of it that were read.
fn input(answer: &Answer<'_>) -> Text {
    let (plan, file) = (&answer.checked.plan, &answer.input);
    let several: Vec<&str> = plan.sheets.names().collect();
    match &plan.head.sheet {
        Some(sheet) if several.is_empty() => text!("{file}, sheet {sheet}", file, sheet),
        Some(_) => text!(
            "{file}, sheets {sheets}",
            file,
            sheets = Value::list(several)
        ),
        None => text!("{file}", file),
    }
}

fn time(checked: &Checked) -> Text {
    if let Some(window) = checked.floor.binds {
        text!(
            "time       at least {time} (the quota {window} binds)",
            time = duration(checked.floor.seconds),
            window = window.to_string()
        )
    } else {
        text!("time       no waiting for the quota")
    }
}

fn rejected(lines: &mut Vec<Text>, answer: &Answer<'_>) {
    let (plan, noted) = (&answer.checked.plan, answer.noted);
    let what = plan.unit();
    for part in [
        noted.unknown.lines(noted.rejections_max, what),
        noted.rejections.iter().map(Shown::words).collect(),
    ] {
        if !part.is_empty() {
            lines.push(Text::plain(""));
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
        lines.push(text!(
            "… and {rejected}; --all shows them",
            rejected = counted(more, &format!("more rejected {what}"))
        ));
    }
    lines.push(Text::plain(""));
    for (kind, count) in &plan.kinds {
        let items = counted(*count, what);
        let blank = " ".repeat(10_usize.saturating_sub(items.to_string().len()));
        lines.push(text!("{blank}{items}: {kind}", blank, items, kind));
    }
}

/// How many rows there are and, of a roster, what its cells hold.
fn rows(plan: &Plan) -> Text {
    if plan.days.is_empty() {
        return text!("rows       {rows}", rows = thousands(plan.rows));
    }
    let cells = &plan.cells;
    text!(
        "rows       {rows} x {days}: {empty} empty, {left} left as {are}, {rest}, {clear}",
        rows = counted(plan.rows, "row"),
        days = counted(cells.days, "day"),
        empty = counted(cells.empty, "cell"),
        left = thousands(cells.left),
        are = one_or_more(cells.left, "it is", "they are"),
        rest = counted(cells.rest, "rest"),
        clear = counted(cells.clear, "clear")
    )
}
