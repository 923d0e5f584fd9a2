//! Words by which a line of a table says that it is about no person.

/// Sums, alone or behind what they are of: `合计`, `内科小计`, `白班人数`.
const SUMS: &[&str] = &[
    "小计", "小計", "合计", "合計", "总计", "總計", "共计", "共計", "汇总", "人数", "人數",
    "subtotal", "total", "totals", "sum",
];

/// What stands before a list of words and their meanings.
const LEGENDS: &[&str] = &[
    "图例",
    "圖例",
    "说明",
    "說明",
    "班次说明",
    "备注",
    "備註",
    "注",
    "注释",
    "附注",
    "legend",
    "note",
    "notes",
    "remark",
    "remarks",
];

/// What stands before a name or a signature.
const SIGNATURES: &[&str] = &[
    "制表",
    "製表",
    "制表人",
    "填表人",
    "审核",
    "審核",
    "审核人",
    "审批",
    "审批人",
    "签字",
    "簽字",
    "签名",
    "簽名",
    "prepared by",
    "approved by",
    "signature",
];

/// Whether a text names a sum.
pub(super) fn is_sum(text: &str) -> bool {
    let text = plain(text);
    SUMS.iter().any(|word| {
        if word.is_ascii() {
            text == *word || text == format!("grand {word}")
        } else {
            text.ends_with(word)
        }
    })
}

/// Whether a text is what stands before a legend, and nothing else.
pub(super) fn is_legend(text: &str) -> bool {
    LEGENDS.contains(&plain(text).as_str())
}

/// No label is longer; a longer one is a sentence.
const LABEL_CHARS_MAX: usize = 12;

/// Whether a text is a label with or without what it is for: `制表人：张三`, `备注`.
pub(super) fn is_label(text: &str) -> bool {
    let plain = plain(text);
    if LEGENDS.contains(&plain.as_str()) || SIGNATURES.contains(&plain.as_str()) {
        return true;
    }
    before_mark(text, [':', '：']).is_some_and(|before| {
        let is_letter = |character: char| character.is_alphabetic() || character == ' ';
        let before = without_bracket(before);
        before.chars().all(is_letter) && before.chars().count() <= LABEL_CHARS_MAX
    })
}

/// The word that a text explains: `白` in `白：8:00-17:00` and in `白=8:00-17:00`.
pub(super) fn explained(text: &str) -> Option<&str> {
    before_mark(text, [':', '：', '=', '＝'])
}

fn before_mark<const N: usize>(text: &str, marks: [char; N]) -> Option<&str> {
    let before = text.get(..text.find(marks)?)?.trim();
    (!before.is_empty()).then_some(before)
}

/// Whether a text stands in brackets, as the name of a department above its people does.
pub(super) fn is_bracketed(text: &str) -> bool {
    let pairs = [
        ('【', '】'),
        ('[', ']'),
        ('（', '）'),
        ('(', ')'),
        ('《', '》'),
        ('〖', '〗'),
    ];
    pairs
        .iter()
        .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close))
}

/// A text without what it says in brackets behind itself: `合计（天）`, `店长(签字)`.
fn without_bracket(text: &str) -> &str {
    let open = match text.chars().next_back() {
        Some('）') => text.rfind('（'),
        Some(')') => text.rfind('('),
        _ => None,
    };
    let before = open.and_then(|open| text.get(..open)).map(str::trim_end);
    before.filter(|before| !before.is_empty()).unwrap_or(text)
}

/// A text without spaces within Chinese words, without a colon or brackets at its end, and in small letters.
fn plain(text: &str) -> String {
    let text = text.trim().trim_end_matches([':', '：']).trim_end();
    let text = without_bracket(text);
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_labels_and_names_in_brackets_are_known_and_words_of_people_are_not() {
        for text in [
            "小计",
            "合 计：",
            "内科小计",
            "白班人数",
            "Total",
            "Grand total",
            "合计（天）",
            "Total (days)",
        ] {
            assert!(is_sum(text), "{text}");
        }
        for text in ["图例：", "备注", "Legend"] {
            assert!(is_legend(text), "{text}");
        }
        for text in [
            "制表人：张三",
            "审核",
            "备注:周末照常",
            "Approved by",
            "店长（签字）：",
            "审核(盖章)",
        ] {
            assert!(is_label(text), "{text}");
        }
        for text in ["【内科】", "（一店）", "[ICU]"] {
            assert!(is_bracketed(text), "{text}");
        }
        for text in [
            "007",
            "王芳",
            "主管",
            "经理",
            "8:00-17:00",
            "totally",
            "<a href=\"x\">",
            "x=\"http://y\"",
            "8:00",
            "早班",
            "a b",
            "王芳（主管）",
            ")",
        ] {
            assert!(
                !is_sum(text) && !is_label(text) && !is_bracketed(text),
                "{text}"
            );
        }
    }
}
