//! Where the header of a table stands: known by the names it must hold, and joined where it has two lines.
//!
//! Pure, and the same for workbooks and for CSV. Knows nothing of how the lines are written.

use std::collections::HashSet;

/// Header and titles stand in the first lines, blank ones not counted.
pub(super) const LINES_MAX: usize = 20;

/// Chooses among candidates, each the names of a possible header: the first of those that hold the most of `wanted`. Without wanted
/// names it is the first.
pub(super) fn choose(candidates: &[Vec<String>], wanted: &[String]) -> usize {
    let wanted: Vec<String> = wanted.iter().map(|name| collapsed(name)).collect();
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
    best.0
}

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

/// Fewest days that come twice in a header of several months.
const REPEATED_DAYS_MIN: usize = 3;

/// Whether days such as `1` or `1日` come twice: then several months stand side by side.
pub(super) fn repeats_days<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = HashSet::new();
    let is_day = |name: &str| {
        let number = name.trim_end_matches(['日', '号']);
        number.len() <= 2
            && number
                .parse::<u8>()
                .is_ok_and(|day| (1..=31).contains(&day))
    };
    let again = names.filter(|name| is_day(name) && !seen.insert(*name));
    again.count() >= REPEATED_DAYS_MIN
}

/// What is said of such a header, and what to do.
pub(super) const MONTHS_SIDE_BY_SIDE: [&str; 2] = [
    "other days come twice too: the header seems to hold several months side by side",
    "give each month a sheet or a file of its own, or title each day with its date, such as 2026-09-01",
];

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
        choose(&candidates, &wanted)
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
