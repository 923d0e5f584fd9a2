//! Weekdays as sheets write them, alone in a cell or beside a day.
//!
//! They decide no date: they only confirm or contradict one.

use jiff::civil::{Date, Weekday};

use super::month;
use super::token::{Token, Word, tokens};
use crate::text::Text;

/// What people write before the weekdays of such a line.
const LABELS: &[&str] = &[
    "星期",
    "星期几",
    "星期幾",
    "周",
    "周几",
    "週",
    "週幾",
    "礼拜",
    "礼拜几",
    "禮拜",
    "禮拜幾",
    "week",
    "weekday",
    "weekdays",
    "day of week",
    "day of the week",
];

/// Whether a line holds weekdays: at least two cells are weekdays, and every other cell is empty or, before the first weekday,
/// a label such as `星期` or `week`.
#[must_use]
pub fn is_weekdays(cells: &[String]) -> bool {
    let mut weekdays = 0;
    for cell in cells {
        let text = cell.trim();
        if in_cell(text).is_some() {
            weekdays += 1;
        } else if !text.is_empty()
            && (weekdays > 0 || !LABELS.contains(&text.to_lowercase().as_str()))
        {
            return false;
        }
    }
    weekdays >= 2
}

/// The weekday that a cell holds and nothing else.
pub(super) fn in_cell(text: &str) -> Option<Weekday> {
    // A weekday has at most a dozen letters; cells may be of any length.
    if text.len() > CELL_BYTES_MAX {
        return None;
    }
    after_day(&tokens(text))
}

/// Enough for `（Wednesday）` between spaces; longer cells are read as no weekday without looking at them.
const CELL_BYTES_MAX: usize = 64;

/// The weekday that these tokens are, as it may stand after a day: `周一`, `(一)`, `一`.
pub(super) fn after_day(all: &[Token]) -> Option<Weekday> {
    before_day(all).or_else(|| lone(all))
}

/// The weekday that these tokens are, as it may stand before a day: a lone `一` or `日` would be a number or a label there.
pub(super) fn before_day(all: &[Token]) -> Option<Weekday> {
    match all {
        [Token::Sign('('), inner @ .., Token::Sign(')')] => named(inner).or_else(|| lone(inner)),
        _ => named(all),
    }
}

fn named(all: &[Token]) -> Option<Weekday> {
    match all {
        [Token::Sign('周'), rest @ ..]
        | [Token::Sign('星'), Token::Sign('期'), rest @ ..]
        | [Token::Sign('礼'), Token::Sign('拜'), rest @ ..] => lone(rest),
        [Token::Word(Word::Weekday(weekday))] => Some(*weekday),
        _ => None,
    }
}

fn lone(all: &[Token]) -> Option<Weekday> {
    match all {
        [Token::Numeral(1)] => Some(Weekday::Monday),
        [Token::Numeral(2)] => Some(Weekday::Tuesday),
        [Token::Numeral(3)] => Some(Weekday::Wednesday),
        [Token::Numeral(4)] => Some(Weekday::Thursday),
        [Token::Numeral(5)] => Some(Weekday::Friday),
        [Token::Numeral(6)] => Some(Weekday::Saturday),
        [Token::Sign('日' | '天')] => Some(Weekday::Sunday),
        _ => None,
    }
}

/// A weekday for a sentence.
pub(super) fn name(weekday: Weekday) -> Text {
    match weekday {
        Weekday::Monday => text!("Monday"),
        Weekday::Tuesday => text!("Tuesday"),
        Weekday::Wednesday => text!("Wednesday"),
        Weekday::Thursday => text!("Thursday"),
        Weekday::Friday => text!("Friday"),
        Weekday::Saturday => text!("Saturday"),
        Weekday::Sunday => text!("Sunday"),
    }
}

/// A date for a sentence: `1 September 2026 (Tuesday)`.
#[must_use]
pub fn date_in_words(date: Date) -> Text {
    text!(
        "{day} {month} {year} ({weekday})",
        day = date.day(),
        month = month::name(date.month()),
        year = date.year(),
        weekday = name(date.weekday())
    )
}

/// A weekday in the language of the cell that holds it.
pub(super) fn in_words_of(text: &str, weekday: Weekday) -> Text {
    if tokens(text)
        .iter()
        .any(|token| matches!(token, Token::Word(Word::Weekday(_))))
    {
        return name(weekday);
    }
    match weekday {
        Weekday::Monday => "周一".into(),
        Weekday::Tuesday => "周二".into(),
        Weekday::Wednesday => "周三".into(),
        Weekday::Thursday => "周四".into(),
        Weekday::Friday => "周五".into(),
        Weekday::Saturday => "周六".into(),
        Weekday::Sunday => "周日".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_a_weekday_is_read() {
        let ways = [
            (
                Weekday::Monday,
                "周一 星期一 礼拜一 週一 禮拜一 一 (一) （周一） Mon monday MON",
            ),
            (Weekday::Tuesday, "周二 星期二 二 Tue Tues Tuesday"),
            (Weekday::Wednesday, "周三 星期三 三 Wed Weds Wednesday"),
            (Weekday::Thursday, "周四 星期四 四 Thu Thur Thurs Thursday"),
            (Weekday::Friday, "周五 星期五 五 Fri Friday"),
            (Weekday::Saturday, "周六 星期六 六 Sat Saturday"),
            (
                Weekday::Sunday,
                "周日 周天 星期日 星期天 礼拜天 日 天 【日】 Sun Sunday",
            ),
        ];
        for (weekday, texts) in ways {
            for text in texts.split(' ') {
                assert_eq!(in_cell(text), Some(weekday), "{text}");
                assert_eq!(in_cell(&format!(" {text}\n")), Some(weekday), "{text}");
            }
        }
        for text in [
            "", "周", "星期", "七", "周七", "1", "周1", "一二", "休", "Mo", "白班", "()",
        ] {
            assert_eq!(in_cell(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_of_weekdays_holds_at_least_two_and_nothing_else_but_labels_before_them() {
        let line = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        for text in [
            "一|二",
            "||周六|周日|",
            "星期||一|二|三",
            "|Week|Mon|Tue",
            " 星期几 |一||三",
            "一|一",
        ] {
            assert!(is_weekdays(&line(text)), "{text}");
        }
        for text in [
            "",
            "一",
            "星期|一",
            "张三|一|二",
            "一|星期|二",
            "一|二|合计",
            "一|二|3",
            "早|中|晚",
        ] {
            assert!(!is_weekdays(&line(text)), "{text}");
        }
    }
}
