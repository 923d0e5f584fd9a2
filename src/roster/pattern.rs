//! The job's own form of a day's title, such as `第{day}天` or `{month}.{day}班`.
//!
//! A title that fits in more than one way is no day: nothing is guessed.

use super::month::YEARS;
use super::title::{Form, Named, Title};
use super::token::usual_text;
use super::weekday;

/// A pattern that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// Placeholders that touch each other have all of their digits, or nobody knows where one ends.
    digits_min: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Date(DatePart),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatePart {
    Day,
    Month,
    Year,
}

/// A day that is being read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ReadDay {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

/// A title is a few words; so is its pattern.
const PATTERN_BYTES_MAX: usize = 64;

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let usual = usual_text(text);
        let mut parts = Vec::new();
        let mut rest = usual.as_str();
        while let Some((literal, from_name)) = rest.split_once('{') {
            let (name, after) = from_name
                .split_once('}')
                .ok_or("has a `{` that is not closed")?;
            let part = match name {
                "day" => DatePart::Day,
                "month" => DatePart::Month,
                "year" => DatePart::Year,
                _ => {
                    return Err(format!(
                        "has the placeholder `{{{name}}}`; known are {{day}}, {{month}} and {{year}}"
                    ));
                }
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            if parts.contains(&Part::Date(part)) {
                return Err(format!("has {{{name}}} twice"));
            }
            parts.push(Part::Date(part));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        let has = |part| parts.contains(&Part::Date(part));
        if !has(DatePart::Day) {
            return Err("lacks {day}".to_owned());
        }
        if has(DatePart::Year) && !has(DatePart::Month) {
            return Err("has {year} without {month}".to_owned());
        }
        let touching = parts
            .windows(2)
            .any(|pair| matches!(pair, [Part::Date(_), Part::Date(_)]));
        Ok(Self {
            digits_min: if touching { 2 } else { 1 },
            parts,
        })
    }

    /// Reads a title, with a weekday before or after it or without one.
    pub(super) fn read(&self, text: &str) -> Option<Title> {
        let usual = usual_text(text);
        let title = |named, weekday| Title {
            named,
            form: Form::of_known(text),
            weekday,
        };
        if let Some(named) = self.named(&usual) {
            return Some(title(named, None));
        }
        usual.char_indices().find_map(|(middle, _)| {
            let (before, after) = usual.split_at_checked(middle)?;
            let day_first = weekday::in_cell(after).zip(self.named(before.trim_end()));
            let weekday_first = || weekday::in_cell(before).zip(self.named(after.trim_start()));
            let (weekday, named) = day_first.or_else(weekday_first)?;
            Some(title(named, Some(weekday)))
        })
    }

    fn named(&self, text: &str) -> Option<Named> {
        let mut ways = Vec::new();
        self.fit(&self.parts, text, ReadDay::default(), &mut ways);
        match ways.as_slice() {
            [
                ReadDay {
                    year,
                    month,
                    day: Some(day),
                },
            ] => Some(Named {
                year: *year,
                month: *month,
                day: *day,
            }),
            _ => None,
        }
    }

    /// Collects all ways in which the text fits. There are at most four, as only a day and a month may vary in length.
    fn fit(&self, parts: &[Part], text: &str, found: ReadDay, ways: &mut Vec<ReadDay>) {
        let Some((part, parts)) = parts.split_first() else {
            if text.is_empty() {
                ways.push(found);
            }
            return;
        };
        let (part, lengths) = match part {
            Part::Literal(literal) => {
                if let Some(text) = text.strip_prefix(literal.as_str()) {
                    self.fit(parts, text, found, ways);
                }
                return;
            }
            Part::Date(DatePart::Year) => (DatePart::Year, 4..=4),
            Part::Date(part) => (*part, self.digits_min..=2),
        };
        for length in lengths {
            let Some((digits, text)) = text.split_at_checked(length) else {
                return;
            };
            if let Some(found) = found.with(part, digits) {
                self.fit(parts, text, found, ways);
            }
        }
    }
}

impl ReadDay {
    fn with(mut self, part: DatePart, digits: &str) -> Option<Self> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i16 = digits.parse().ok()?;
        let small = i8::try_from(number).ok();
        match part {
            DatePart::Day => self.day = Some(small.filter(|day| (1..=31).contains(day))?),
            DatePart::Month => self.month = Some(small.filter(|month| (1..=12).contains(month))?),
            DatePart::Year => self.year = Some(YEARS.contains(&number).then_some(number)?),
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<(Option<i16>, Option<i8>, i8)> {
        let title = Pattern::parse(pattern).unwrap().read(text)?;
        Some((title.named.year, title.named.month, title.named.day))
    }

    #[test]
    fn a_title_is_read_by_the_pattern_of_the_job() {
        for (pattern, text, day) in [
            ("第{day}天", "第1天", (None, None, 1)),
            ("第{day}天", " 第３１天 ", (None, None, 31)),
            ("{month}.{day}班", "9.10班", (None, Some(9), 10)),
            ("{day}", "7", (None, None, 7)),
            ("D{day}", "D07", (None, None, 7)),
            ("{year}{month}{day}", "20260901", (Some(2026), Some(9), 1)),
            ("{month}{day}", "0901", (None, Some(9), 1)),
            ("{day}/{month}/{year}", "1/9/2026", (Some(2026), Some(9), 1)),
            ("Day {day}", "Day\n 3", (None, None, 3)),
        ] {
            assert_eq!(read(pattern, text), Some(day), "{pattern} {text}");
        }
    }

    #[test]
    fn a_decimal_stays_one_in_form_whatever_the_pattern() {
        let form = |pattern, text| Pattern::parse(pattern).unwrap().read(text).unwrap().form;
        assert_eq!(form("{month}.{day}", "9.1"), Form::Dotted);
        assert_eq!(form("{month}.{day}", "9.1 周二"), Form::Clear);
        assert_eq!(form("{month}.{day}班", "9.1班"), Form::Clear);
        assert_eq!(form("{day}", "1"), Form::Clear);
    }

    #[test]
    fn a_weekday_may_stand_around_it() {
        let pattern = Pattern::parse("第{day}天").unwrap();
        for text in ["第1天 周一", "第1天(一)", "Mon 第1天", "第1天\n一"] {
            let title = pattern.read(text).unwrap();
            assert_eq!(title.weekday, Some(jiff::civil::Weekday::Monday), "{text}");
            assert_eq!(title.named.day, 1, "{text}");
        }
    }

    #[test]
    fn a_title_that_fits_in_no_way_or_in_two_is_no_day() {
        for (pattern, text) in [
            ("第{day}天", "1"),
            ("第{day}天", "第32天"),
            ("第{day}天", "第0天"),
            ("第{day}天", "第天"),
            ("第{day}天", "第1天班"),
            ("{month}{day}", "111"),
            ("{month}1{day}", "1111"),
            ("{month}.{day}", "13.1"),
            ("{year}.{month}.{day}", "1999.1.1"),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_meant_says_why() {
        for (pattern, why) in [
            ("第N天", "lacks {day}"),
            ("", "lacks {day}"),
            ("{day", "has a `{` that is not closed"),
            (
                "{dd}",
                "has the placeholder `{dd}`; known are {day}, {month} and {year}",
            ),
            ("{day}{day}", "has {day} twice"),
            ("{year}-{day}", "has {year} without {month}"),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap_err(), why, "{pattern}");
        }
        assert!(Pattern::parse(&"第".repeat(30)).is_err());
    }
}
