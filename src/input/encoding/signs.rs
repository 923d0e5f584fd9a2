//! Signs for and against UTF-8 in the bytes of a file.
//!
//! They are counted by runs of bytes that are not ASCII, which are words or whole cells: a run in another encoding is hardly ever UTF-8
//! by accident, though single characters of it are.

use std::str;

use super::{SAMPLE_BYTES, lines, reading};

/// What was counted in a file.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Runs that are UTF-8.
    pub(super) valid_runs: usize,
    /// Runs that are UTF-8, and as cells of their own may be common Han characters of GB18030 as well. Those that would be letters of
    /// hardly any table in UTF-8 are not counted: they say nothing for it.
    pub(super) either_runs: usize,
    /// Runs that are not.
    pub(super) bad_runs: usize,
    /// Lines with some of these.
    pub(super) bad_lines: usize,
    /// Whether the first line is one.
    pub(super) header_is_bad: bool,
    /// The first of the lines with runs that are bad, or that are cells of GB18030 as well as of UTF-8.
    pub(super) sample: Vec<u8>,
}

impl Signs {
    /// Looks at whole lines.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        for (index, line) in lines(text).enumerate() {
            let bad_runs_before = signs.bad_runs;
            let mut is_telling = false;
            for cell in line.split(|byte| reading::ENDS.contains(&char::from(*byte))) {
                let runs = cell.split(u8::is_ascii).filter(|run| !run.is_empty());
                for run in runs {
                    if str::from_utf8(run).is_err() {
                        signs.bad_runs += 1;
                        is_telling = true;
                    } else if run.len() == cell.len() && is_either(run) {
                        let letters = str::from_utf8(run).unwrap_or_default();
                        signs.either_runs += usize::from(!letters.chars().all(is_of_few));
                        is_telling = true;
                    } else {
                        signs.valid_runs += 1;
                    }
                }
            }
            if signs.bad_runs > bad_runs_before {
                signs.bad_lines += 1;
                signs.header_is_bad |= index == 0;
            }
            if is_telling {
                push_line(&mut signs.sample, line);
            }
        }
        signs
    }
}

/// The first lines that are not ASCII.
pub(super) fn sample(text: &[u8]) -> Vec<u8> {
    let mut sample = Vec::new();
    for line in lines(text).filter(|line| !line.is_ascii()) {
        if sample.len() >= SAMPLE_BYTES {
            break;
        }
        push_line(&mut sample, line);
    }
    sample
}

fn push_line(sample: &mut Vec<u8>, line: &[u8]) {
    if sample.len() + line.len() < SAMPLE_BYTES {
        sample.extend_from_slice(line);
        sample.push(b'\n');
    }
}

/// Whether a run that is UTF-8 is made of the pairs of bytes that are common Han characters in GB18030: 夜 is U+04B9.
fn is_either(run: &[u8]) -> bool {
    run.chunks(2)
        .all(|pair| matches!(pair, [0xC4..=0xD7, 0xA1..=0xBF]))
}

/// Letters of two bytes in UTF-8 that hardly any table has a whole cell of: phonetic signs, letters of old or rare Cyrillic, Armenian.
pub(super) fn is_of_few(character: char) -> bool {
    matches!(character, '\u{180}'..='\u{36F}' | '\u{460}'..='\u{58F}')
}
