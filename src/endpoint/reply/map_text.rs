//! Reads a `msg` that is meant as a map from people to the dates that did not take effect.
//!
//! The documents print it as `{人员：［日期，日期］}` and nobody has published a real one, so JSON, unquoted, full-width and
//! Go forms are all read. Whatever does not parse to the end is no map: half a map would name half of the people.

use std::fmt;
use std::iter::Peekable;
use std::vec;

/// One person of the map.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Who, exactly as written.
    pub(super) person: String,
    /// The dates; empty when the map gives none, which then stands for all of them.
    pub(super) dates: Vec<Date>,
}

/// A date as far as the map spells it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// Year, where it is given.
    pub(super) year: Option<u32>,
    /// Month of the year, where it is given.
    pub(super) month: Option<u32>,
    /// Day of the month.
    pub(super) day: u32,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year}-")?;
        }
        if let Some(month) = self.month {
            write!(f, "{month}-")?;
        }
        write!(f, "{}", self.day)
    }
}

/// The whole text as a map with at least one person; none when any part of it is something else.
pub(super) fn parse(text: &str) -> Option<Vec<Entry>> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    tokens.next_if_eq(&Token::Text("map".to_owned()));
    let Some(Token::Open(kind)) = tokens.next() else {
        return None;
    };
    let mut entries = Vec::new();
    loop {
        match tokens.next()? {
            Token::Close(closed) if closed == kind => break,
            Token::Separator => {}
            Token::Text(person) if !person.is_empty() => {
                tokens.next_if_eq(&Token::Colon)?;
                entries.push(Entry {
                    person,
                    dates: dates(&mut tokens)?,
                });
            }
            Token::Text(_) | Token::Open(_) | Token::Close(_) | Token::Colon => return None,
        }
    }
    (tokens.next().is_none() && !entries.is_empty()).then_some(entries)
}

/// What stands behind a person's colon: a list of dates, one date, or nothing.
fn dates(tokens: &mut Peekable<vec::IntoIter<Token>>) -> Option<Vec<Date>> {
    match tokens.peek()? {
        Token::Close(_) | Token::Separator => return Some(Vec::new()),
        Token::Text(_) => {
            let Some(Token::Text(text)) = tokens.next() else {
                return None;
            };
            return match text.as_str() {
                "" | "null" | "nil" | "<nil>" => Some(Vec::new()),
                _ => Some(vec![date(&text)?]),
            };
        }
        Token::Open(_) => {}
        Token::Colon => return None,
    }
    let Some(Token::Open(kind)) = tokens.next() else {
        return None;
    };
    let mut dates = Vec::new();
    loop {
        match tokens.next()? {
            Token::Close(closed) if closed == kind => return Some(dates),
            Token::Separator => {}
            Token::Text(text) => dates.push(date(&text)?),
            Token::Open(_) | Token::Close(_) | Token::Colon => return None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open(Bracket),
    Close(Bracket),
    Colon,
    Separator,
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Curly,
    Square,
}

/// The text in tokens; none when a quote is never closed.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..)?;
        rest = if let Some(mark) = mark(first) {
            tokens.push(mark);
            after
        } else if let Some(end) = closing_quotes(first) {
            let (token, after) = quoted(rest, after, first, end)?;
            tokens.push(token);
            after
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || mark(c).is_some())
                .unwrap_or(rest.len());
            let (bare, after) = rest.split_at(end);
            tokens.push(Token::Text(bare.to_owned()));
            after
        }
        .trim_start();
    }
    Some(tokens)
}

/// Punctuation, in both widths.
fn mark(c: char) -> Option<Token> {
    Some(match c {
        '{' | '｛' => Token::Open(Bracket::Curly),
        '}' | '｝' => Token::Close(Bracket::Curly),
        '[' | '［' | '【' => Token::Open(Bracket::Square),
        ']' | '］' | '】' => Token::Close(Bracket::Square),
        ':' | '：' => Token::Colon,
        ',' | '，' | '、' | ';' | '；' => Token::Separator,
        _ => return None,
    })
}

/// The characters that close what a quote opens; typesetting turns quotes round at will.
fn closing_quotes(c: char) -> Option<&'static [char]> {
    match c {
        '"' => Some(&['"']),
        '“' | '”' | '＂' => Some(&['“', '”', '＂']),
        '\'' => Some(&['\'']),
        '‘' | '’' | '＇' => Some(&['‘', '’', '＇']),
        _ => None,
    }
}

/// A quoted text and what follows it. Straight double quotes are JSON's, with its escapes.
fn quoted<'a>(
    from_quote: &'a str,
    after_quote: &'a str,
    quote: char,
    end: &[char],
) -> Option<(Token, &'a str)> {
    if quote == '"' {
        let mut strings = serde_json::Deserializer::from_str(from_quote).into_iter::<String>();
        let text = strings.next()?.ok()?;
        let after = from_quote.get(strings.byte_offset()..)?;
        return Some((Token::Text(text), after));
    }
    let (text, from_end) = after_quote.split_at(after_quote.find(end)?);
    let after = from_end.get(from_end.chars().next()?.len_utf8()..)?;
    Some((Token::Text(text.to_owned()), after))
}

/// A day number, `yyyyMMdd`, `yyyy-MM-dd` (also with `/`, `.` or 年月日, also without zeros), or a month and day in Chinese.
fn date(text: &str) -> Option<Date> {
    let text: String = text.trim().chars().map(narrow).collect();
    let text = text.trim_end_matches(['日', '号']);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
    let date = match parts.as_slice() {
        [day] if day.len() <= 2 => Date {
            year: None,
            month: None,
            day: number(day)?,
        },
        [date] if date.len() == 8 => Date {
            year: Some(number(date.get(..4)?)?),
            month: Some(number(date.get(4..6)?)?),
            day: number(date.get(6..)?)?,
        },
        [month, day] if text.contains('月') => Date {
            year: None,
            month: Some(number(month)?),
            day: number(day)?,
        },
        [year, month, day] if year.len() == 4 => Date {
            year: Some(number(year)?),
            month: Some(number(month)?),
            day: number(day)?,
        },
        _ => return None,
    };
    let valid = (1..=31).contains(&date.day) && date.month.is_none_or(|m| (1..=12).contains(&m));
    valid.then_some(date)
}

/// Full-width digits and dashes in their usual width.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => {
            char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c)
        }
        '－' => '-',
        '／' => '/',
        _ => c,
    }
}

/// ASCII digits only: no sign, no space.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
