//! Days go from left to right, each once: anything else is another period than the job says, or a slip in a copied header.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::error::Refusal;
use crate::text::{Text, Value};

use super::period::{DayOfMonth, Frame, first_day_hint};
use super::title::DayColumn;
use super::{Day, DayRule, shown};

/// Refuses days that come twice or do not ascend. Gaps are allowed: a sheet may hold a part of its month.
pub(super) fn check_order(
    days: &[DayColumn<'_>],
    placed: &[DayOfMonth],
    frame: &Frame,
    rule: &DayRule,
) -> Result<(), Refusal> {
    let mut seen: BTreeMap<DayOfMonth, &str> = BTreeMap::new();
    for (day, placed) in days.iter().zip(placed) {
        if let Some(first) = seen.insert(*placed, day.text) {
            return Err(Refusal::new(
                "roster.day-twice",
                text!(
                    "the columns `{one}` and `{other}` are both {day}",
                    one = shown(first),
                    other = shown(day.text),
                    day = placed.in_chinese()
                ),
            )
            .because(frame.known_by())
            .hint(text!("keep one column for each day")));
        }
    }
    for (titles, pair) in days.windows(2).zip(placed.windows(2)) {
        if let ([one, next], [before, after]) = (titles, pair)
            && after < before
        {
            return Err(Refusal::new(
                "roster.order",
                text!("the days are not in order: `{title}` ({day}) comes after `{other}` ({other_day})", title = shown(next.text), day = after.in_chinese(), other = shown(one.text), other_day = before.in_chinese()),
            )
            .because(frame.known_by())
            .hint(advice(placed, frame, rule)));
        }
    }
    Ok(())
}

/// The days between two columns that have none of their own: a column may have been deleted by mistake.
pub(super) fn without_column(days: &[Day]) -> Option<Text> {
    let dates: Vec<Date> = days.iter().filter_map(|day| day.date).collect();
    let gaps = dates.windows(2).filter_map(|pair| match pair {
        [one, next] => {
            let (first, last) = (one.tomorrow().ok()?, next.yesterday().ok()?);
            (first <= last).then_some((first, last))
        }
        _ => None,
    });
    let gaps: Vec<Text> = gaps
        .map(|(first, last)| {
            if first == last {
                text!("{date}", date = first)
            } else {
                text!("{first} to {last}", first, last)
            }
        })
        .collect();
    let more = gaps.len().saturating_sub(GAPS_SHOWN_MAX);
    let shown = gaps.get(..GAPS_SHOWN_MAX.min(gaps.len()))?;
    let shown = Value::list(shown);
    match (gaps.len(), more) {
        (0, _) => None,
        (_, 0) => Some(text!("{shown}", shown)),
        (_, more) => Some(text!("{shown} and {more} more", shown, more)),
    }
}

/// How many gaps between columns a notice shows.
const GAPS_SHOWN_MAX: usize = 5;

/// Columns that begin in the middle of a month and go on before it belong to another period; others are in disorder.
fn advice(placed: &[DayOfMonth], frame: &Frame, rule: &DayRule) -> Text {
    match (placed.first(), placed.last()) {
        _ if !matches!(frame, Frame::Month { .. }) => IN_ORDER,
        (Some(first), Some(last))
            if rule.first_day == 1 && last < first && (2..=28).contains(&first.day) =>
        {
            first_day_hint(first.day)
        }
        (Some(first), Some(_)) if rule.first_day > 1 && first.day < rule.first_day => {
            first_day_hint(1)
        }
        _ => IN_ORDER,
    }
}

const IN_ORDER: Text = Text::plain("put the columns into the order of their days");
