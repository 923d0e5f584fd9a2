//! Where the header of a table stands: known by the names it must hold, and joined where it has two lines.
//!
//! Pure, and the same for workbooks and for CSV. Knows nothing of how the lines are written.

use std::collections::HashSet;

use super::HeaderRule;
use crate::error::{Refusal, nearest};
use crate::model::Head;
use crate::text::Text;

/// Header and titles stand in the first lines, blank ones not counted.
pub(super) const LINES_MAX: usize = 20;

/// Chooses among candidates, each the names of a possible header: the first of those that hold the most of what is wanted. Without
/// wanted names it is the first. Where none holds them all, the file will be refused, and by the line that looks most like a header: it
/// has days, or names that are nearly the wanted ones.
pub(super) fn choose(candidates: &[Vec<String>], rule: &HeaderRule) -> usize {
    let wanted: Vec<String> = rule.names.iter().map(|name| collapsed(name)).collect();
    let held = |candidate: &Vec<String>| {
        let names: Vec<String> = candidate.iter().map(|name| collapsed(name)).collect();
        wanted.iter().filter(|name| names.contains(name)).count()
    };
    let mut best = (0, 0);
    for (at, candidate) in candidates.iter().enumerate() {
        let held = held(candidate);
        if held > best.1 {
            best = (at, held);
        }
    }
    if best.1 == wanted.len() {
        return best.0;
    }
    let is_near = |name: &&String, candidate: &[String]| {
        let names = candidate.iter().map(String::as_str);
        nearest(name, names.filter(|name| !name.is_empty())).is_some()
    };
    let likeness = |candidate: &Vec<String>| {
        let has_days = rule.is_days.is_some_and(|is_days| is_days(candidate));
        let near = wanted.iter().filter(|name| is_near(name, candidate));
        (held(candidate), has_days, near.count())
    };
    let mut most = (0, (0, false, 0));
    for (at, candidate) in candidates.iter().enumerate() {
        let likeness = likeness(candidate);
        if likeness > most.1 {
            most = (at, likeness);
        }
    }
    most.0
}

/// The column in which days stand below each other, where the header has none: one of the first columns, and no mere numbering.
pub(super) fn days_down(
    names: &[String],
    lines: &[Vec<String>],
    rule: &HeaderRule,
) -> Option<usize> {
    let is_days = rule.is_days.filter(|is_days| !is_days(names))?;
    let is_numbering = |column: usize| {
        let name = names.get(column).map_or("", String::as_str);
        NUMBERINGS.contains(&name.to_lowercase().as_str())
    };
    (0..DAYS_DOWN_COLUMNS).find(|column| {
        let cells = lines.iter().filter_map(|line| line.get(*column));
        let cells: Vec<String> = cells.cloned().collect();
        !is_numbering(*column) && is_days(&cells)
    })
}

/// How many columns are looked at for days below each other: before them stand a name or two.
const DAYS_DOWN_COLUMNS: usize = 3;

/// Titles of columns that only count the rows.
const NUMBERINGS: &[&str] = &[
    "序号", "序號", "编号", "行号", "#", "no", "no.", "nr", "nr.",
];

/// Which of the wanted names a header lacks.
pub(super) fn lacking(names: &[String], wanted: &[String]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| collapsed(name)).collect();
    let is_lacking = |name: &&String| !names.contains(&collapsed(name));
    wanted.iter().filter(is_lacking).cloned().collect()
}

/// Joins the names of two lines: those of the upper, spread over the columns they stand for, and those of the lower.
pub(super) fn joined(upper: &[String], lower: &[String]) -> Vec<String> {
    let name = |at: usize| {
        let text = |line: &[String]| line.get(at).map(|name| collapsed(name)).unwrap_or_default();
        match (text(upper), text(lower)) {
            (upper, lower) if upper.is_empty() || upper == lower => lower,
            (upper, lower) if lower.is_empty() => upper,
            (upper, lower) => format!("{upper}/{lower}"),
        }
    };
    (0..upper.len().max(lower.len())).map(name).collect()
}

/// What stands over or before the days of a header and names no column.
const DAY_LABELS: &[&str] = &[
    "日期", "星期", "周", "週", "日", "号", "號", "date", "day", "days", "week", "weekday",
];

/// Joins a line with the names of columns and the line of days below it. In the upper line a label such as `日期`, or a weekday, may
/// stand over the days, and else nothing: none if it is not such a header.
pub(super) fn over_days(
    upper: &[String],
    lower: &[String],
    rule: &HeaderRule,
) -> Option<Vec<String>> {
    let is_days = rule.is_days?;
    if is_days(upper) || !is_days(lower) {
        return None;
    }
    let cell = |line: &[String], at| line.get(at).map(|name: &String| collapsed(name));
    let mut names = Vec::new();
    for at in 0..upper.len().max(lower.len()) {
        let above = cell(upper, at).unwrap_or_default();
        let below = cell(lower, at).unwrap_or_default();
        let is_over = is_label(&above) || rule.is_weekday_cell(&above);
        names.push(match (above.is_empty() || is_over, below.is_empty()) {
            (false, true) => above,
            (false, false) if above == below => below,
            (false, false) => return None,
            (true, _) if is_label(&below) => String::new(),
            (true, _) => below,
        });
    }
    Some(names)
}

fn is_label(text: &str) -> bool {
    DAY_LABELS.contains(&text.to_lowercase().as_str())
}

/// The weekdays of a line that holds other cells too.
fn weekdays_of(line: &[String], rule: &HeaderRule) -> Option<Vec<String>> {
    let only = |cell: &String| {
        if rule.is_weekday_cell(cell) {
            cell.clone()
        } else {
            String::new()
        }
    };
    let weekdays: Vec<String> = line.iter().map(only).collect();
    rule.is_weekdays
        .is_some_and(|is_weekdays| is_weekdays(&weekdays))
        .then_some(weekdays)
}

/// Weekdays may also stand right above the days: in the upper line of the header, or in the line above it.
pub(super) fn take_weekdays_above(head: &mut Head, rule: &HeaderRule) {
    if head.weekdays.is_some() {
        return;
    }
    head.weekdays = match head.header.as_slice() {
        [upper, _] => weekdays_of(upper, rule),
        _ => None,
    };
    let is_weekdays = |line: &mut Vec<String>| {
        let is_weekdays = rule.is_weekdays;
        is_weekdays.is_some_and(|is_weekdays| is_weekdays(line))
    };
    if head.weekdays.is_none() {
        head.weekdays = head.above.pop_if(is_weekdays);
    }
}

/// What the names that come twice in a header show together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SideBySide {
    /// Only days come twice: several months of the same people.
    Months,
    /// Other names do too: several tables.
    Tables {
        /// How many names.
        count: usize,
    },
}

/// Fewer names that come twice are a mistake in a title or two.
const REPEATED_MIN: usize = 3;

impl SideBySide {
    /// Judges the names of a header; none where hardly any comes twice.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Option<Self> {
        let mut seen = HashSet::new();
        let twice: Vec<&str> = names
            .filter(|name| !name.is_empty() && !seen.insert(*name))
            .collect();
        let count = twice.len();
        let only_days = twice.iter().all(|name| is_day_of_a_month(name));
        (count >= REPEATED_MIN).then_some(if only_days {
            Self::Months
        } else {
            Self::Tables { count }
        })
    }

    /// The refusal. `example` are two columns of one name.
    pub(super) fn refuse(self, place: &str, example: Text) -> Refusal {
        match self {
            Self::Months => Refusal::new("file.months-side-by-side", text!("{place}: {example}", place, example))
                .because(text!("other days come twice too: the header seems to hold several months side by side"))
                .hint(text!("give each month a sheet or a file of its own, or title each day with its date, such as 2026-09-01")),
            Self::Tables { count } => Refusal::new(
                "file.side-by-side",
                text!("{place}: two tables are side by side: {count} names of columns come twice", place, count),
            )
            .because(example)
            .hint(text!("give each of them a sheet or a file of its own")),
        }
    }
}

/// Whether a name is a day such as `1` or `1日`.
fn is_day_of_a_month(name: &str) -> bool {
    let number = name.trim_end_matches(['日', '号']);
    number.len() <= 2
        && number
            .parse::<u8>()
            .is_ok_and(|day| (1..=31).contains(&day))
}

/// The upper line of a header in text: a name also stands for the empty columns behind it that have a name in the lower line.
pub(super) fn spread(upper: &[String], lower: &[String]) -> Vec<String> {
    let mut spread = Vec::new();
    let mut last = "";
    for at in 0..upper.len().max(lower.len()) {
        let above = upper.get(at).map_or("", String::as_str);
        let below = lower.get(at).map_or("", |name| name.trim());
        if !above.trim().is_empty() {
            last = above;
        } else if below.is_empty() {
            last = "";
        }
        spread.push(last.to_owned());
    }
    spread
}

/// A name without line breaks and without spaces around it; those within become one.
pub(super) fn collapsed(name: &str) -> String {
    let mut collapsed = String::new();
    for word in name.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// Whether two names are the same but for case and spaces.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|letter| !letter.is_whitespace());
        letters.flat_map(char::to_lowercase).collect()
    };
    plain(one) == plain(other)
}

/// Numbers and dates are data: a name has a letter somewhere.
pub(super) fn looks_like_value(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '/' | ':' | ' ' | '%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &str) -> Vec<String> {
        cells.split(',').map(str::to_owned).collect()
    }

    fn chosen(candidates: &[&str], wanted: &str) -> usize {
        let candidates: Vec<_> = candidates.iter().map(|cells| line(cells)).collect();
        let wanted: Vec<_> = wanted.split_terminator(',').map(str::to_owned).collect();
        let rule = HeaderRule {
            names: wanted,
            is_days: Some(|cells| cells.contains(&"1日".to_owned())),
            ..HeaderRule::default()
        };
        choose(&candidates, &rule)
    }

    #[test]
    fn the_header_is_the_first_line_with_the_most_names() {
        let lines = ["考勤表", "工号,部门", "工号,姓名", "工号, 姓\n 名 ,部门"];
        assert_eq!(chosen(&lines, "工号,姓名"), 2);
        assert_eq!(chosen(&lines, "姓 名,工号"), 3);
        assert_eq!(chosen(&lines, "工号,邮箱"), 1);
        assert_eq!(chosen(&lines, "工号,部门,邮箱"), 1);
        assert_eq!(chosen(&lines, "邮箱"), 0);
        assert_eq!(chosen(&lines, ""), 0);
        assert_eq!(chosen(&["考勤表", "编号,1日", "工号X"], "工号"), 1);
        assert_eq!(chosen(&["考勤表", "", "员工号"], "工号"), 2);
    }

    #[test]
    fn two_lines_are_joined_by_columns() {
        let upper = line("工号,考勤,,备注,");
        let lower = line(",迟到,早退, 备注 ,1日");
        assert_eq!(
            joined(&spread(&upper, &lower), &lower),
            line("工号,考勤/迟到,考勤/早退,备注,备注/1日")
        );
        assert_eq!(
            joined(&spread(&line("a,,b"), &line("")), &line("")),
            line("a,,b")
        );
    }
}
