//! How the bytes of a file become text: its byte order mark, else what the job says, else UTF-8, else GB18030 if all signs agree.
//!
//! A guess is announced with cells to judge it by, and where signs disagree the user is asked. A few bad bytes do not make a
//! UTF-8 file another encoding: they cost their own rows.

use std::str;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

use crate::error::Refusal;

use super::finding::{Finding, KnownBy};

/// How much of the file decides. Names stand in the first rows of any list, so this sees them.
pub(super) const PREFIX_BYTES: u64 = 8 * 1024 * 1024;

/// How much of the text that is not ASCII is enough to tell its encoding and to show some cells.
const SAMPLE_BYTES: usize = 64 * 1024;

/// With more undecodable lines than this, and hardly a valid one, the file is in another encoding and not merely damaged.
const BAD_LINES_MAX: usize = 10;

/// A guess needs more than one place that is not UTF-8: one alone may be a broken character.
const GUESS_BAD_RUNS_MIN: usize = 2;

/// So many characters of three bytes, and not one bad sequence, are UTF-8 and no accident in another encoding.
const SURELY_UTF8_CHARS_MIN: usize = 4;

/// How many decoded cells the user is shown.
const CELLS_SHOWN: usize = 3;

/// What was decided.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) encoding: &'static Encoding,
    /// Length of the byte order mark.
    pub(super) mark_bytes: u8,
    pub(super) finding: Option<Finding>,
}

/// Decides on the encoding of a file that begins with `prefix`; `whole` says that there is nothing after it.
pub(super) fn decide(
    name: &str,
    prefix: &[u8],
    whole: bool,
    said: Option<&str>,
) -> Result<Decision, Refusal> {
    let said = said.map(|label| by_label(name, label)).transpose()?;
    let text = whole_lines(prefix, whole);
    // A mark wins over the job: our reports are UTF-8 with one, and are read again by jobs whose own files are not.
    if let Some((encoding, mark_bytes)) = by_mark(prefix) {
        let told = encoding != UTF_8 || said.is_some_and(|said| said != UTF_8);
        return Ok(Decision {
            encoding,
            mark_bytes,
            finding: told.then(|| finding(encoding, KnownBy::Mark, prefix)),
        });
    }
    let (encoding, finding) = match said {
        Some(said) if said != UTF_8 && is_surely_utf8(text) => {
            return Err(contradiction(name, said));
        }
        Some(said) => (said, None),
        None => guess(name, text)?,
    };
    Ok(Decision {
        encoding,
        mark_bytes: 0,
        finding,
    })
}

fn by_label(name: &str, label: &str) -> Result<&'static Encoding, Refusal> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        Refusal::new("file.encoding-unknown", format!("{name}: unknown encoding `{label}`"))
            .because("known are those of the WHATWG standard, for example utf-8, gb18030, gbk, big5, shift_jis, utf-16le, windows-1252")
            .hint("correct `encoding` in the job's [input], or delete it: UTF-8, UTF-16 with a byte order mark and GB18030 are recognised")
    })
}

fn by_mark(prefix: &[u8]) -> Option<(&'static Encoding, u8)> {
    let (encoding, _) = Encoding::for_bom(prefix)?;
    Some((encoding, if encoding == UTF_8 { 3 } else { 2 }))
}

/// The prefix without a line that may be cut.
fn whole_lines(prefix: &[u8], whole: bool) -> &[u8] {
    match memchr::memrchr(b'\n', prefix) {
        Some(last) if !whole => prefix.get(..=last).unwrap_or(prefix),
        Some(_) | None => prefix,
    }
}

/// Lines as the reader counts them; between `\r` and `\n` stands an empty one, which says nothing.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
}

fn is_surely_utf8(text: &[u8]) -> bool {
    let long = |text: &str| text.chars().filter(|c| c.len_utf8() > 2).count();
    str::from_utf8(text).is_ok_and(|text| long(text) >= SURELY_UTF8_CHARS_MIN)
}

fn contradiction(name: &str, said: &'static Encoding) -> Refusal {
    let label = said.name().to_ascii_lowercase();
    Refusal::new(
        "file.encoding-contradicts",
        format!("{name}: the file is UTF-8, and the job says it is {label}"),
    )
    .because("read as the job says, its texts would be garbled")
    .hint(format!(
        "delete `encoding = \"{label}\"` in the job's [input]"
    ))
}

/// The encoding of a file about which nothing is said.
fn guess(name: &str, text: &[u8]) -> Result<(&'static Encoding, Option<Finding>), Refusal> {
    refuse_nul_in_header(name, text)?;
    if str::from_utf8(text).is_ok() {
        return Ok((UTF_8, None));
    }
    let signs = Signs::of(text);
    let likely = likely(&signs.bad_text);
    if signs.bad_runs >= GUESS_BAD_RUNS_MIN
        && signs.bad_runs > signs.valid_runs
        && (likely == GBK || likely == GB18030)
        && is_gb18030(text)
    {
        let finding = finding(GB18030, KnownBy::Guess, &signs.bad_text);
        return Ok((GB18030, Some(finding)));
    }
    let foreign = signs.bad_runs > signs.valid_runs && signs.bad_lines > BAD_LINES_MAX;
    if signs.header_is_bad || foreign {
        return Err(ask(name, &signs, likely));
    }
    Ok((UTF_8, None))
}

/// Line by line, so that the memory for the decoded text is small; no character of GB18030 holds a line end.
fn is_gb18030(text: &[u8]) -> bool {
    lines(text).all(|line| {
        let decoded = GB18030.decode_without_bom_handling_and_without_replacement(line);
        decoded.is_some()
    })
}

/// Signs for and against UTF-8. They are counted by runs of bytes that are not ASCII, which are words or whole cells: a run in
/// another encoding is hardly ever UTF-8 by accident, though single characters of it are.
#[derive(Debug, Default)]
struct Signs {
    valid_runs: usize,
    bad_runs: usize,
    bad_lines: usize,
    header_is_bad: bool,
    /// The first of the lines with bad runs.
    bad_text: Vec<u8>,
}

impl Signs {
    fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        for (index, line) in lines(text).enumerate() {
            let bad_runs_before = signs.bad_runs;
            let runs = line.split(u8::is_ascii).filter(|run| !run.is_empty());
            for run in runs {
                if str::from_utf8(run).is_ok() {
                    signs.valid_runs += 1;
                } else {
                    signs.bad_runs += 1;
                }
            }
            if signs.bad_runs == bad_runs_before {
                continue;
            }
            signs.bad_lines += 1;
            signs.header_is_bad |= index == 0;
            if signs.bad_text.len() + line.len() < SAMPLE_BYTES {
                signs.bad_text.extend_from_slice(line);
                signs.bad_text.push(b'\n');
            }
        }
        signs
    }
}

/// What a browser would take the bytes for. Without a hint of the country: with one, Big5 and `Shift_JIS` are taken for GBK.
fn likely(text: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(text, true);
    detector.guess(None, Utf8Detection::Deny)
}

fn ask(name: &str, signs: &Signs, likely: &'static Encoding) -> Refusal {
    let label = likely.name().to_ascii_lowercase();
    Refusal::new("file.encoding-uncertain", format!(
        "{name}: the file is not UTF-8, and its encoding is not certain"
    ))
    .because(format!(
        "{} of the lines looked at are not UTF-8{}; they look like {label}",
        signs.bad_lines,
        if signs.header_is_bad { ", the header among them" } else { "" }
    ))
    .hint(format!(
        "set `encoding = \"{label}\"` in the job's [input] if that is right, or save the file as \"CSV UTF-8\""
    ))
}

/// A NUL in the first line: UTF-16 without a mark, or no text.
fn refuse_nul_in_header(name: &str, text: &[u8]) -> Result<(), Refusal> {
    let header = lines(text).next().unwrap_or_default();
    let nuls_from = |first: usize| {
        let every_second = header.iter().skip(first).step_by(2);
        every_second.filter(|byte| **byte == 0).count()
    };
    let label = match (nuls_from(0), nuls_from(1)) {
        (0, 0) => return Ok(()),
        (0, _) => "utf-16le",
        (_, 0) => "utf-16be",
        (_, _) => {
            return Err(Refusal::new(
                "file.not-text",
                format!("{name}:1: the first line holds NUL bytes: this is no text"),
            )
            .hint("save the table as \"CSV UTF-8\""));
        }
    };
    Err(Refusal::new("file.utf-16", format!(
        "{name}:1: the first line holds NUL bytes: the file seems to be UTF-16 without a byte order mark"
    ))
    .hint(format!(
        "set `encoding = \"{label}\"` in the job's [input], or save the file as \"CSV UTF-8\""
    )))
}

fn finding(encoding: &'static Encoding, known_by: KnownBy, text: &[u8]) -> Finding {
    let sample = text.get(..SAMPLE_BYTES).unwrap_or(text);
    let (decoded, _) = encoding.decode_with_bom_removal(sample);
    let mut cells: Vec<String> = Vec::new();
    for cell in decoded.split([',', ';', '\t', '"', '\n', '\r']) {
        let known = cells.iter().any(|known| known == cell);
        if !cell.is_ascii() && !known && cells.len() < CELLS_SHOWN {
            cells.push(cell.to_owned());
        }
    }
    Finding::Encoding {
        name: encoding.name(),
        known_by,
        cells,
    }
}
