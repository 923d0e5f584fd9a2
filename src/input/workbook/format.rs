//! How the styles of a workbook show a number: as it is, as a day or a time, or as another number.

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::error::Refusal;

use super::container::{Container, attribute};

/// The most bytes of the styles. Real ones have some MB at most.
const BYTES_MAX: u64 = 64 << 20;

/// How a number is shown, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// As the cell holds it.
    #[default]
    AsHeld,
    /// With so many digits at least: the format is made of zeros, and of nothing else.
    Zeros(u8),
    Percentage,
    /// A day, a time or both.
    Moment,
    /// A day of which no more than its month is shown: `yyyy"年"m"月"`, `mmm-yy`.
    Month,
    /// Hours, minutes or seconds that are counted on beyond a day.
    Duration,
}

/// The formats of a workbook, by the numbers of its styles.
#[derive(Debug, Default)]
pub(super) struct Formats(pub(super) Vec<Format>);

impl Formats {
    /// Reads them; a workbook may have none.
    pub(super) fn read(container: &mut Container, part: &str) -> Result<Self, Refusal> {
        let mut formats = Self::default();
        let mut own = HashMap::new();
        let mut is_of_cells = false;
        container.walk(part, BYTES_MAX, |depth, event| {
            let Event::Start(element) = event else {
                return Ok(());
            };
            let number = || attribute(element, "numFmtId").map(Option::unwrap_or_default);
            match (depth, element.local_name().as_ref()) {
                (2, name) => is_of_cells = name == "cellXfs",
                (3, "numFmt") => {
                    let code = attribute(element, "formatCode")?.unwrap_or_default();
                    own.insert(number()?, Format::of(&code));
                }
                (3, "xf") if is_of_cells => {
                    let number = number()?;
                    let format = own.get(&number).copied();
                    formats
                        .0
                        .push(format.unwrap_or_else(|| Format::built_in(&number)));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(formats)
    }

    /// That of a style.
    pub(super) fn get(&self, style: usize) -> Format {
        self.0.get(style).copied().unwrap_or_default()
    }
}

impl Format {
    /// That of a number below 164, of which the code is not written out (ECMA-376 part 1, 18.8.30). What those from 27 to 36 and from
    /// 50 to 58 show of a day depends on the language of the program.
    fn built_in(number: &str) -> Self {
        match number.parse().unwrap_or(0) {
            9 | 10 => Self::Percentage,
            17 => Self::Month,
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Moment,
            46 => Self::Duration,
            _ => Self::AsHeld,
        }
    }

    /// That of a code.
    pub(super) fn of(code: &str) -> Self {
        if let Ok(zeros @ 1..) = u8::try_from(code.len())
            && code.bytes().all(|byte| byte == b'0')
        {
            return Self::Zeros(zeros);
        }
        let (symbols, is_duration) = symbols(code);
        let first = symbols.split(';').next().unwrap_or_default();
        if is_duration {
            Self::Duration
        } else if first.contains('m') && !first.contains(['d', 'h', 's', 'g', 'e', ':']) {
            Self::Month
        } else if first.contains(['d', 'm', 'h', 'y', 's']) {
            Self::Moment
        } else if symbols.contains('%') {
            Self::Percentage
        } else {
            Self::AsHeld
        }
    }
}

/// What of a code is no mere text, in lower case, and whether its first part counts hours, minutes or seconds on, as `[h]` does. Text
/// is in quotes, behind a backslash, or behind what fills and spaces a cell; brackets hold colours, languages and conditions.
fn symbols(code: &str) -> (String, bool) {
    let mut symbols = String::new();
    let mut is_duration = false;
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' | '_' | '*' => {
                characters.next();
            }
            '"' => {
                characters.find(|end| *end == '"');
            }
            '[' => {
                let inside = characters.by_ref().take_while(|end| *end != ']');
                let inside = inside.collect::<String>().to_ascii_lowercase();
                let counts = ["h", "m", "s"]
                    .iter()
                    .any(|unit| !inside.is_empty() && inside.trim_start_matches(unit).is_empty());
                is_duration |= counts && !symbols.contains([';', 'd', 'm', 'h', 'y', 's']);
            }
            character => symbols.push(character.to_ascii_lowercase()),
        }
    }
    (symbols, is_duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_shows_days_times_percentages_zeros_or_what_the_cell_holds() {
        for (format, codes) in [
            (
                Format::AsHeld,
                &[
                    "",
                    "General",
                    "GENERAL",
                    "@",
                    "0.00",
                    "000.0",
                    "#,##0",
                    "0\"%\"",
                    "0\\%",
                    "0\"d\"",
                    "#,##0*y",
                    "*-#,##0",
                    "\\Y0",
                    "#,##0\\ [$¥-46D]",
                    "[Red]0;[Blue]-0",
                    "[>=100][Magenta]General",
                    "#,##0.00\\ _M\"H\"_);[Red]0_S",
                    "0.00E+00",
                    "0;[h]",
                    "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)",
                ][..],
            ),
            (
                Format::Percentage,
                &["0%", "0.00%", "#,##0.0%;[Red]-0.0%", "0;0%"],
            ),
            (Format::Zeros(5), &["00000"]),
            (
                Format::Month,
                &[
                    "yyyy\"年\"m\"月\"",
                    "[$-804]yyyy\"年\"m\"月\";@",
                    "yyyy年m月",
                    "mmm-yy",
                    "yyyy\\-mm",
                    "m\"月\"",
                ],
            ),
            (
                Format::Moment,
                &[
                    "yyyy/m/d",
                    "DD/MM/YY",
                    "H:MM:SS;@",
                    "m\"月\"d\"日\"",
                    "mm:ss",
                    "h:mm AM/PM",
                    "ha/p\\m",
                    "*-yyyy-mm-dd",
                    "[$-404]e\"年\"m\"月\"d\"日\"",
                    "[$-F800]dddd",
                    "yyyy",
                    "上午/下午h\"时\"",
                ],
            ),
            (
                Format::Duration,
                &[
                    "[h]:mm",
                    "[hh]:mm:ss",
                    "[ss]",
                    "[m]",
                    "[Blue]\\+[h]:mm;[Red]\\-[h]:mm",
                    "[>=100][Magenta][s].00",
                ],
            ),
        ] {
            for code in codes {
                assert_eq!(Format::of(code), format, "{code}");
            }
        }
        for (number, format) in [
            ("0", Format::AsHeld),
            ("9", Format::Percentage),
            ("14", Format::Moment),
            ("17", Format::Month),
            ("31", Format::Moment),
            ("46", Format::Duration),
            ("49", Format::AsHeld),
            ("", Format::AsHeld),
        ] {
            assert_eq!(Format::built_in(number), format, "{number}");
        }
    }
}
