//! Words that a job cannot mean: one with two meanings, one that stands for nothing yet, and the examples of a template.
//!
//! A cell with such a word would be sent in one way although the job says another one, too; so the job is refused before its input
//! is read.

use crate::error::Refusal;
use crate::job::{CellPart, Job, Source};
use crate::lookup::{Lookup, Lookups, Said, is_same_word};
use crate::mapping::only_an_example;
use crate::model::is_placeholder;

/// Checks the words that stand in the job itself.
pub(super) fn check_given(job: &Job) -> Result<(), Refusal> {
    for (at, rule) in job.lookups.iter().enumerate() {
        let place = || format!("job {}: [lookup.{}]", job.name, rule.name);
        for (word, value) in &rule.words {
            if let Some(example) = [value, word].into_iter().find(|text| is_placeholder(text)) {
                return Err(only_an_example(
                    "job.placeholder",
                    &format!("{} `{word}`", place()),
                    example,
                ));
            }
        }
        let incomplete: Vec<String> = rule
            .words
            .iter()
            .filter(|(_, value)| value.is_empty())
            .map(|(word, _)| format!("`{word}`"))
            .collect();
        if !incomplete.is_empty() && is_for_required(job, at) {
            return Err(Refusal::new(
                "job.word-incomplete",
                text!("{place} gives no value for {words}", place = place(), words = incomplete.join(", ")),
            )
            .hint(text!("write the id between the quotes; or delete the line, then cells with the word are rejected")));
        }
    }
    Ok(())
}

/// Whether a lookup gives values that no item or call can do without.
fn is_for_required(job: &Job, at: usize) -> bool {
    let items = job.endpoint.items.shape.fields().iter().zip(&job.item);
    let request = job.endpoint.request.iter();
    let request = request.map(|value| &value.field).zip(&job.request);
    items.chain(request).any(|(field, source)| match source {
        Source::Column { lookup, .. } | Source::Cell { lookup, .. } => {
            field.required && *lookup == Some(at)
        }
        Source::Constant(_) | Source::Fold { .. } | Source::Nowhere => false,
    })
}

/// Checks that each word of a day's cell means one thing, and each time too.
pub(super) fn check_meanings(job: &Job, lookups: &Lookups) -> Result<(), Refusal> {
    for lookup in &lookups.0 {
        if let Some((time, both)) = lookup.time_in_two() {
            return Err(Refusal::new(
                "job.time-two",
                text!(
                    "job {job}: the time `{time}` stands for two things in [lookup.{lookup}]",
                    job = job.name,
                    time,
                    lookup = lookup.name()
                ),
            )
            .because(text!("{both}; 8:00, 08:00 and 8:00:00 are one time", both))
            .hint(text!("keep one of them")));
        }
    }
    let Some(unpivot) = &job.input.unpivot else {
        return Ok(());
    };
    let lists = [
        ("`empty` in [input.tidy]", &job.input.tidy.empty),
        ("`leave` in [input.unpivot]", &unpivot.leave),
        ("`words` in [input.unpivot.rest]", &unpivot.rest.words),
        ("`words` in [input.unpivot.clear]", &unpivot.clear.words),
    ];
    let of_cells: Vec<&Lookup> = job
        .item
        .iter()
        .filter_map(|s| of_cells(s, lookups))
        .collect();
    for (at, (place, words)) in lists.iter().enumerate() {
        for word in *words {
            let holds = |words: &[String]| words.iter().any(|other| is_same_word(other, word));
            let later = lists.iter().skip(at + 1);
            let in_list = later.clone().find(|(_, words)| holds(words));
            let in_list = in_list.map(|(place, _)| (*place).to_owned());
            let in_lookup = || of_cells.iter().find_map(|lookup| place_in(lookup, word));
            if let Some(other) = in_list.or_else(in_lookup) {
                return Err(two_meanings(job, word, place, &other));
            }
        }
    }
    Ok(())
}

/// The lookup of what stands in the cells of days.
fn of_cells<'l>(source: &Source, lookups: &'l Lookups) -> Option<&'l Lookup> {
    match source {
        Source::Cell {
            part: CellPart::Value,
            lookup,
        } => lookups.0.get((*lookup)?),
        Source::Cell { .. }
        | Source::Constant(_)
        | Source::Column { .. }
        | Source::Fold { .. }
        | Source::Nowhere => None,
    }
}

fn place_in(lookup: &Lookup, word: &str) -> Option<String> {
    let name = lookup.name();
    lookup.said(word).map(|said| match said {
        Said::InJob => format!("[lookup.{name}]"),
        Said::InRecord(record) => format!("record {record} of the file of [lookup.{name}]"),
        Said::OnPlatform(_) => format!("[lookup.{name}], as the platform answers it"),
    })
}

fn two_meanings(job: &Job, word: &str, place: &str, other: &str) -> Refusal {
    let (what, hint) = if word.is_empty() {
        (
            text!("a blank cell"),
            text!("delete the \"\" from one of them"),
        )
    } else {
        (
            text!("the word `{word}`", word),
            text!("delete it from one of them"),
        )
    };
    Refusal::new(
        "job.word-two",
        text!("job {job}: {what} has two meanings", job = job.name, what),
    )
    .because(text!("it is in {place} and in {other}", place, other))
    .hint(hint)
}
