//! Where in the input the items are that did not succeed: by group and day and by person and day of a roster, by part of a list.
//! Of people only the key is shown, never a name.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Material;
use super::outcomes::{OUTCOMES, count, label, mark, text_class, word};
use super::reasons::{shown, shown_key};
use crate::model::{Outcome, Tally};
use crate::numbers::{counted, thousands};
use crate::report::cells_of;
use crate::report::findings::{Day, Person, Roster, Slices, Whereabouts};
use crate::store::Facts;
use crate::text::{Language, Text, Value};

/// Where the items are; nothing where all of them succeeded.
pub(super) fn whereabouts(material: &Material<'_>) -> Markup {
    let language = material.language;
    match &material.findings.whereabouts {
        Whereabouts::Roster(roster) if !roster.people.is_empty() => {
            let titles = cells_of(material.facts.header.as_bytes(), material.facts.delimiter);
            let title = |column: usize| titles.get(column).map(|title| shown(title));
            let keys: Vec<String> = material
                .facts
                .key_columns
                .iter()
                .filter_map(|column| title(*column))
                .collect();
            let group = material
                .facts
                .group_column
                .and_then(title)
                .unwrap_or_default();
            html! {
                h2 { (text!("By person and day").in_language(language)) }
                (legend(language))
                @if let Some(groups) = &roster.groups {
                    (by_group(&group, groups, &roster.days, language))
                }
                (by_person(&keys.join(" · "), roster, material.facts, language))
            }
        }
        Whereabouts::List(slices) if material.tally.unsuccessful() > 0 => html! {
            h2 { (text!("Where in the file").in_language(language)) }
            (legend(language))
            (parts(slices, language))
        },
        Whereabouts::Roster(_) | Whereabouts::List(_) => html! {},
    }
}

fn legend(language: Language) -> Markup {
    html! {
        p { @for outcome in OUTCOMES { (label(outcome, language)) " \u{2003} " } }
    }
}

/// Items that did not succeed, by the value of a column and by day.
fn by_group(
    title: &str,
    groups: &BTreeMap<String, Vec<Tally>>,
    days: &[Day],
    language: Language,
) -> Markup {
    html! {
        @let caption = text!("items that did not succeed, of each day").in_language(language);
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table class="days by-group" {
                caption.quiet { (caption) }
                thead { tr { th scope="col" { (title) } @for day in days { th scope="col" { (day_of(day)) } } } }
                tbody {
                    @for (name, tallies) in groups {
                        tr {
                            th scope="row" { (shown(name)) }
                            @for tally in tallies {
                                td {
                                    @if tally.unsuccessful() > 0 { strong { (thousands(tally.unsuccessful())) } }
                                    @else if tally.read > 0 { span.succeeded { (mark(Outcome::Succeeded)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

const DAY_WIDTH: usize = 18;
const DAY_HEIGHT: usize = 18;

/// The people of whom some item did not succeed, each with a strip of days.
fn by_person(keys: &str, roster: &Roster, facts: &Facts, language: Language) -> Markup {
    let say = |text: Text| text.in_language(language);
    let width = roster.days.len() * DAY_WIDTH;
    // People look for a row of a sheet by the number that the spreadsheet shows.
    let first = roster.people.first().map(|person| person.record);
    let is_sheet =
        facts.is_workbook() && first.is_some_and(|first| facts.lines.of(first).is_some());
    let line = |record| {
        let line = facts.lines.of(record).filter(|_| is_sheet);
        line.unwrap_or(record)
    };
    html! {
        div.scroll role="region" tabindex="0" aria-label=(say(text!("By person and day"))) {
            table.days {
                thead {
                    tr {
                        th.number scope="col" { (say(if is_sheet { text!("row") } else { text!("record") })) }
                        th scope="col" { (keys) }
                        th.strip scope="col" {
                            svg viewBox={ "0 0 " (width) " " (DAY_HEIGHT) } role="img" aria-label=(say(text!("days"))) {
                                @for (at, day) in roster.days.iter().enumerate() {
                                    text.on-light x=(at * DAY_WIDTH + DAY_WIDTH / 2) y="13" font-size="10" { (day_of(day)) }
                                }
                            }
                        }
                    }
                }
                tbody {
                    @for person in &roster.people {
                        tr {
                            td.number { (thousands(line(person.record))) }
                            td { (shown_key(&person.key)) }
                            td.strip { (strip(person, &roster.days, width, language)) }
                        }
                    }
                }
            }
        }
        @if roster.people_left_out > 0 {
            p.quiet { (say(text!("and {rows} more of which some item did not succeed", rows = counted(roster.people_left_out, "row")))) }
        }
    }
}

/// The days of a person, a rectangle for each run of equal outcomes.
fn strip(person: &Person, days: &[Day], width: usize, language: Language) -> Markup {
    let stretches = stretches(&person.days);
    html! {
        svg viewBox={ "0 0 " (width) " " (DAY_HEIGHT) } role="img" aria-label=(in_words(&stretches, days).in_language(language)) {
            @for stretch in &stretches {
                rect class=(stretch.outcome.word()) x=(stretch.first * DAY_WIDTH) y="1" width=(stretch.count * DAY_WIDTH) height=(DAY_HEIGHT - 2) {}
                @if stretch.outcome != Outcome::Succeeded {
                    text class=(text_class(stretch.outcome)) x=(stretch.first * DAY_WIDTH + stretch.count * DAY_WIDTH / 2) y="13" font-size="11" { (mark(stretch.outcome)) }
                }
            }
        }
    }
}

/// Days after each other with the same outcome.
#[derive(Debug, PartialEq, Eq)]
struct DayRange {
    outcome: Outcome,
    first: usize,
    count: usize,
}

fn stretches(days: &[Option<Outcome>]) -> Vec<DayRange> {
    let mut stretches: Vec<DayRange> = Vec::new();
    for (at, outcome) in days.iter().enumerate() {
        let Some(outcome) = *outcome else { continue };
        match stretches.last_mut() {
            Some(last) if last.outcome == outcome && last.first + last.count == at => {
                last.count += 1
            }
            _ => stretches.push(DayRange {
                outcome,
                first: at,
                count: 1,
            }),
        }
    }
    stretches
}

/// What did not succeed, for people who do not see the strip.
fn in_words(stretches: &[DayRange], days: &[Day]) -> Text {
    let day = |at: usize| days.get(at).map(day_of).unwrap_or_default();
    let bad = stretches
        .iter()
        .filter(|stretch| stretch.outcome != Outcome::Succeeded);
    let parts = bad.map(|stretch| {
        let (first, last) = (day(stretch.first), day(stretch.first + stretch.count - 1));
        let outcome = word(stretch.outcome);
        if first == last {
            text!("{day} {outcome}", day = first, outcome)
        } else {
            text!("{first}–{last} {outcome}", first, last, outcome)
        }
    });
    text!("{value}", value = Value::list(parts))
}

/// The day of the month of a date, without a leading zero.
fn day_of(day: &Day) -> &str {
    day.date
        .get(6..)
        .unwrap_or(&day.date)
        .trim_start_matches('0')
}

const PARTS_WIDTH: usize = 720;
const PARTS_HEIGHT: u64 = 80;

/// The parts of a list, each a bar of its outcomes from the bottom up.
fn parts(slices: &Slices, language: Language) -> Markup {
    let count_of_parts = slices.parts.len();
    let width = PARTS_WIDTH / count_of_parts.max(1);
    let caption = text!(
        "the items in the order of the file, in {parts}, each from bottom to top by outcome",
        parts = counted(count_of_parts as u64, "part"),
    );
    let caption = caption.in_language(language);
    html! {
        figure {
            svg viewBox={ "0 0 " (PARTS_WIDTH) " " (PARTS_HEIGHT + 18) } role="img" aria-label=(caption) {
                @for (at, tally) in slices.parts.iter().enumerate() {
                    @for bar in bars(tally) {
                        rect class=(bar.outcome.word()) x=(at * width) y=(PARTS_HEIGHT + 16 - bar.bottom - bar.height) width=(width.saturating_sub(1).max(1)) height=(bar.height) {}
                    }
                    @if let Some(outcome) = worst(tally) {
                        text.on-light x=(at * width + width / 2) y="12" font-size="11" { (mark(outcome)) }
                    }
                }
            }
            figcaption.quiet { (caption) }
        }
    }
}

struct Bar {
    outcome: Outcome,
    bottom: u64,
    height: u64,
}

/// The outcomes of a part on top of each other; what there is can be seen.
fn bars(tally: &Tally) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut top = PARTS_HEIGHT;
    let all = tally.read.max(1);
    // What did not succeed stands on top, and what succeeded takes the rest.
    for outcome in OUTCOMES.into_iter().rev() {
        let items = count(tally, outcome);
        if items == 0 {
            continue;
        }
        let height = match outcome {
            Outcome::Succeeded => top,
            Outcome::Failed | Outcome::Rejected | Outcome::Unconfirmed | Outcome::Pending => {
                (items.saturating_mul(PARTS_HEIGHT) / all).max(3).min(top)
            }
        };
        top -= height;
        bars.push(Bar {
            outcome,
            bottom: top,
            height,
        });
    }
    bars
}

/// The outcome of most of the items of a part that did not succeed.
fn worst(tally: &Tally) -> Option<Outcome> {
    let others = OUTCOMES
        .into_iter()
        .filter(|outcome| *outcome != Outcome::Succeeded);
    let most = others.max_by_key(|outcome| count(tally, *outcome))?;
    (count(tally, most) > 0).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_after_each_other_with_the_same_outcome_are_one_rectangle() {
        let (good, bad) = (Some(Outcome::Succeeded), Some(Outcome::Failed));
        let stretch = |outcome, first, count| DayRange {
            outcome,
            first,
            count,
        };
        assert_eq!(
            stretches(&[good, good, bad, None, bad, good]),
            [
                stretch(Outcome::Succeeded, 0, 2),
                stretch(Outcome::Failed, 2, 1),
                stretch(Outcome::Failed, 4, 1),
                stretch(Outcome::Succeeded, 5, 1),
            ]
        );
    }

    #[test]
    fn a_strip_is_told_in_words_to_those_who_do_not_see_it() {
        let days: Vec<Day> = ["20260901", "20260902", "20260903"]
            .map(|date| Day {
                column: 0,
                date: date.to_owned(),
            })
            .into();
        let bad = Some(Outcome::Rejected);
        let words = in_words(&stretches(&[bad, bad, Some(Outcome::Failed)]), &days);
        assert_eq!(words.to_string(), "1–2 rejected, 3 failed");
    }

    #[test]
    fn one_failure_among_thousands_can_be_seen_and_a_part_is_never_too_high() {
        let tally = Tally {
            read: 20_000,
            succeeded: 19_998,
            failed: 1,
            pending: 1,
            ..Tally::default()
        };
        let bars = bars(&tally);
        let heights: Vec<u64> = bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [3, 3, PARTS_HEIGHT - 6]);
        assert_eq!(bars.last().map(|bar| bar.bottom), Some(0));
    }
}
