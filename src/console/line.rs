//! The progress line of a terminal: it fits into the terminal's width, and what matters least goes first.
//!
//! A line that is wider than its terminal goes on in the next row, and what was drawn over comes back as scraps.

use crate::text::{Language, Text, Value};

/// The bar at its widest and at its narrowest; narrower says nothing.
const BAR_MAX: usize = 30;
const BAR_MIN: usize = 8;

/// Something to say beside the bar.
pub(super) struct Part {
    /// In full.
    pub(super) text: Text,
    /// In fewer words, where there are fewer.
    pub(super) short: Option<Text>,
    /// What goes first: the greatest.
    pub(super) dispensable: u8,
}

/// A line that fits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Before the bar.
    pub(super) before: String,
    /// Columns of the bar; 0 for none.
    pub(super) bar: usize,
    /// Behind it.
    pub(super) after: String,
}

impl Part {
    /// A part that is said in full or not at all.
    pub(super) fn new(text: impl Into<Text>, dispensable: u8) -> Self {
        Self {
            text: text.into(),
            short: None,
            dispensable,
        }
    }

    /// What is said where there is no room for all of it.
    pub(super) fn or(self, short: impl Into<Text>) -> Self {
        Self {
            short: Some(short.into()),
            ..self
        }
    }

    /// Says it in fewer words; false where there are none.
    fn shorten(&mut self) -> bool {
        let Some(short) = self.short.take() else {
            return false;
        };
        self.text = short;
        true
    }
}

/// Lays the line out for `room` columns. First the bar becomes shorter, and then [`give_up`] goes on until it fits.
pub(super) fn fit(
    station: &Text,
    percent: u64,
    mut parts: Vec<Part>,
    room: usize,
    language: Language,
) -> Line {
    let mut before = format!("{} ", station.in_language(language));
    let mut has_bar = true;
    loop {
        let words = Value::list(parts.iter().map(|part| &part.text));
        let words = text!("{words}", words).in_language(language);
        let after = format!("{percent:>3} %  {words}");
        let words = width(&before) + width(&after);
        // A space parts the bar from what is behind it.
        let bar = room.saturating_sub(words + 1).min(BAR_MAX);
        if has_bar && bar >= BAR_MIN {
            return Line {
                before,
                bar,
                after: format!(" {after}"),
            };
        }
        if (!has_bar && words <= room) || !give_up(&mut parts, &mut has_bar) {
            if words > room {
                // Half a number would be a wrong one: rather no word of what goes on.
                before.clear();
            }
            return Line {
                after: cut(&after, room.saturating_sub(width(&before))),
                before,
                bar: 0,
            };
        }
    }
}

/// Parts that are more dispensable than this go before anything is said in fewer words.
const ESSENTIAL: u8 = 5;

/// Gives up what matters least of what is left: what is not essential, words that can be fewer, the bar, and then one part after the
/// other. A part that is not dispensable at all, 0, is only said in fewer words, at last.
fn give_up(parts: &mut Vec<Part>, has_bar: &mut bool) -> bool {
    if drop_one(parts, ESSENTIAL) || shorten_one(parts, 0) {
        return true;
    }
    if *has_bar {
        *has_bar = false;
        return true;
    }
    drop_one(parts, 0) || parts.iter_mut().any(Part::shorten)
}

/// Drops the most dispensable part, if one is more dispensable than `least`.
fn drop_one(parts: &mut Vec<Part>, least: u8) -> bool {
    let most = parts.iter().map(|part| part.dispensable).max();
    let Some(most) = most.filter(|most| *most > least) else {
        return false;
    };
    parts.retain(|part| part.dispensable != most);
    true
}

/// Says the first part in fewer words that is more dispensable than `least` and can be.
fn shorten_one(parts: &mut [Part], least: u8) -> bool {
    let mut dispensable = parts.iter_mut().filter(|part| part.dispensable > least);
    dispensable.any(Part::shorten)
}

/// The beginning of a text that fits into so many columns.
fn cut(text: &str, columns: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|character| {
            used += width_of(*character);
            used <= columns
        })
        .collect()
}

/// Columns of a text: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(character: char) -> usize {
    let is_wide = matches!(
        character,
        '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}'
            | '\u{1f300}'..='\u{1faff}'
            | '\u{20000}'..='\u{3fffd}'
    );
    if is_wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(count: &'static str) -> Vec<Part> {
        vec![
            Part::new(format!("{count} items"), 0).or(count),
            Part::new("48/s", 9),
            Part::new("3 failed, 2 unconfirmed", 1),
            Part::new("3 min 20 s left by the quota", 3).or("3 min 20 s left"),
            Part::new("throttled for 2.0 s", 4),
        ]
    }

    fn shown(line: &Line) -> String {
        format!("{}{}{}", line.before, "=".repeat(line.bar), line.after)
    }

    #[test]
    fn a_line_fits_into_every_width_from_forty_columns_on_and_keeps_its_count() {
        for count in ["500 of 1,000", "1,200,000 of 12,470,000"] {
            for columns in 40..=250 {
                // Three are left free.
                let text = shown(&fit(
                    &"sending ".into(),
                    42,
                    parts(count),
                    columns - 3,
                    Language::English,
                ));
                assert!(width(&text) <= columns - 3, "{columns}: {text}");
                assert!(text.contains(count) && text.contains(" 42 % "), "{text}");
            }
        }
    }

    #[test]
    fn what_matters_least_goes_first() {
        let line = "sending  ==============================  42 %  500 of 1,000 items";
        let long = "3 failed, 2 unconfirmed, 3 min 20 s left by the quota, throttled for 2.0 s";
        let short = "3 failed, 2 unconfirmed, 3 min 20 s left, throttled for 2.0 s";
        let with_bar = |columns: usize| line.replacen(&"=".repeat(30), &"=".repeat(columns), 1);
        let without_bar = "sending   42 %  500 of 1,000 items";
        for (columns, expected) in [
            (160, format!("{line}, 48/s, {long}")),
            (135, format!("{}, 48/s, {long}", with_bar(17))),
            (125, format!("{}, {long}", with_bar(13))),
            (115, format!("{}, {short}", with_bar(16))),
            (100, format!("{without_bar}, {short}")),
            (
                80,
                format!("{without_bar}, 3 failed, 2 unconfirmed, 3 min 20 s left"),
            ),
            (60, format!("{without_bar}, 3 failed, 2 unconfirmed")),
            (40, without_bar.to_owned()),
        ] {
            let text = shown(&fit(
                &"sending ".into(),
                42,
                parts("500 of 1,000"),
                columns - 1,
                Language::English,
            ));
            assert_eq!(text, expected, "{columns}");
        }
    }

    #[test]
    fn chinese_takes_two_columns_each() {
        let parts = || {
            vec![
                Part::new("已发送 500 / 1,000 项", 0),
                Part::new("按配额还需 3 分 20 秒", 3).or("剩 3 分 20 秒"),
                Part::new("每秒 48 项", 9),
            ]
        };
        for columns in 40..=120 {
            let text = shown(&fit(
                &"发送中".into(),
                7,
                parts(),
                columns - 3,
                Language::Chinese,
            ));
            assert!(width(&text) <= columns - 3, "{columns}: {text}");
            assert!(text.contains("已发送 500 / 1,000 项"), "{columns}: {text}");
        }
    }

    #[test]
    fn a_terminal_of_no_width_at_all_breaks_nothing() {
        for room in 0..40 {
            let text = shown(&fit(
                &"发送中".into(),
                7,
                parts("500 of 1,000"),
                room,
                Language::Chinese,
            ));
            assert!(width(&text) <= room, "{room}: {text}");
        }
    }
}
