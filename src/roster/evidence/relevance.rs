//! Whether a month above a table is the table's: `8月结余` and `近期安排（8月）` are about something else.
//!
//! It is the table's with its year, alone in its cell, or where the cell speaks of a table of shifts. What is left out says
//! nothing at all: it neither makes the month nor contradicts it.

use super::{Mention, Says, Year};
use crate::roster::title::year_of;
use crate::roster::token::{Token, usual_text};

/// Words by which a text is the title of such a table, or the label before its period.
const OF_TABLES: &[&str] = &[
    "表",
    "排班",
    "班次",
    "值班",
    "轮班",
    "輪班",
    "倒班",
    "早班",
    "中班",
    "晚班",
    "白班",
    "夜班",
    "考勤",
    "出勤",
    "月份",
    "月度",
    "日期",
    "周期",
    "期间",
    "期間",
    "统计",
    "統計",
    "schedule",
    "roster",
    "rota",
    "shift",
    "duty",
    "attendance",
    "timesheet",
];

/// Words after a month that make it one from which something is carried over.
const CARRIED_OVER: &[&str] = &[
    "结余", "結餘", "结转", "結轉", "余额", "餘額", "剩余", "剩餘", "累计", "累計", "遗留", "遺留",
];

/// What stands before a month that is only a point in time.
const POINT_AFTER: &[&str] = &["自", "从", "從", "截至", "截止", "请于", "請於"];

/// What stands after one: `8月底`.
const POINT_BEFORE: &str = "底";

/// Where what is said of a month ends: `2026年9月排班表，含上月结余` says nothing of what September leaves.
const ENDS: &[&str] = &["表", "排班", "(", ")", ",", ";", "。", "|"];

/// What of it is said of the table.
pub(super) fn of_table(text: &str, all: &[Token], found: &[Mention]) -> Vec<Says> {
    let names_a_table = names_a_table(text) || is_nothing_else(all, found);
    let mut of_table = Vec::new();
    for (at, piece) in found.iter().enumerate() {
        let Some(says) = piece.says else { continue };
        let begin = at.checked_sub(1).and_then(|before| found.get(before));
        let before = begin.map_or(0, |before| before.place.end)..piece.place.start;
        let end = found.get(at + 1).map_or(all.len(), |next| next.place.start);
        let before = signs(all.get(before).unwrap_or_default());
        let after = signs(all.get(piece.place.end..end).unwrap_or_default());
        if (names_a_table || has_year(says)) && !is_about_another(&before, &after) {
            of_table.push(says);
        }
    }
    of_table
}

/// People part the characters of a title with spaces to make it wide.
fn names_a_table(text: &str) -> bool {
    let text = usual_text(text).replace(' ', "").to_lowercase();
    OF_TABLES.iter().any(|word| text.contains(word))
}

/// Whether the text holds nothing beside them but marks.
fn is_nothing_else(all: &[Token], found: &[Mention]) -> bool {
    let is_in = |at: usize| found.iter().any(|found| found.place.contains(&at));
    let is_mark = |token: &Token| match token {
        Token::Sign(sign) => !sign.is_alphabetic() || ['年', '度', '份'].contains(sign),
        Token::Number { .. } => year_of(*token).is_some(),
        Token::Numeral(_) | Token::Word(_) => false,
    };
    let mut others = all.iter().enumerate().filter(|(at, _)| !is_in(*at));
    others.all(|(_, token)| is_mark(token))
}

fn has_year(says: Says) -> bool {
    match says {
        Says::Month(_) | Says::Either(..) | Says::Range(_, _, Year::Said) => true,
        Says::MonthOnly(_) | Says::Range(_, _, Year::Unsaid) => false,
    }
}

/// Whether the words around a month make it one of something else, whatever else the text speaks of.
fn is_about_another(before: &str, after: &str) -> bool {
    let ends = ENDS.iter().filter_map(|end| after.find(end));
    let said = after.get(..ends.min().unwrap_or(after.len()));
    let said = said.unwrap_or_default();
    CARRIED_OVER.iter().any(|word| said.contains(word))
        || said.starts_with(POINT_BEFORE)
        || POINT_AFTER.iter().any(|word| before.ends_with(word))
}

/// The characters of the tokens that are no numbers and no Latin words.
fn signs(all: &[Token]) -> String {
    let sign = |token: &Token| match token {
        Token::Sign(sign) => Some(*sign),
        Token::Number { .. } | Token::Numeral(_) | Token::Word(_) => None,
    };
    all.iter().filter_map(sign).collect()
}
