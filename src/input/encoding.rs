//! How the bytes of a file become text: its byte order mark, else what the job says, else UTF-8, else GB18030 if all signs agree.
//!
//! A guess is announced with cells to judge it by, and so is what the job says; where signs disagree the user is asked, and shown how
//! the file reads either way. The job's own titles and words are the strongest sign. A few bad bytes do not make a UTF-8 file another
//! encoding: they cost their own rows.

mod question;
mod reading;
mod signs;

use std::str;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::Refusal;

use super::InputOptions;
use super::finding::{Finding, KnownBy};
use question::{ask, contradiction, refuse_nul_in_header};
use reading::{Reading, is_gb, is_of_two_bytes};
use signs::{Signs, is_of_few};

/// How much of the file decides. Names stand in the first rows of any list, so this sees them.
pub(super) const PREFIX_BYTES: u64 = 8 * 1024 * 1024;

/// How much of the text that is not ASCII is enough to tell its encoding and to show some cells.
const SAMPLE_BYTES: usize = 64 * 1024;

/// With more undecodable lines than this, and hardly a valid one, the file is in another encoding and not merely damaged.
const BAD_LINES_MAX: usize = 10;

/// What a browser takes for GBK needs more than one place that is not UTF-8, unless its characters are common: one place alone may be
/// a broken character.
const GUESS_BAD_RUNS_MIN: usize = 2;

/// So many characters of three bytes, and not one bad sequence, are UTF-8 and no accident in another encoding.
const SURELY_UTF8_CHARS_MIN: usize = 4;

/// How many decoded cells the user is shown.
const CELLS_SHOWN: usize = 3;

/// Encodings that offices use, and that the words of a job tell apart.
const OFFICE: [&Encoding; 5] = [UTF_8, GB18030, BIG5, SHIFT_JIS, EUC_KR];

/// What was decided.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) encoding: &'static Encoding,
    /// Length of the byte order mark.
    pub(super) mark_bytes: u8,
    pub(super) findings: Vec<Finding>,
}

/// What the job knows of the file's texts. Words of ASCII are left out: they read alike in all encodings.
#[derive(Debug)]
struct Wanted {
    /// Titles of columns that must be there.
    names: Vec<String>,
    /// These, and all other words.
    words: Vec<String>,
}

impl Wanted {
    fn of(options: &InputOptions) -> Self {
        let telling = |words: &[String]| -> Vec<String> {
            let words = words.iter().filter(|word| !word.is_ascii());
            words.cloned().collect()
        };
        let names = telling(&options.header.names);
        Self {
            words: [names.clone(), telling(&options.words)].concat(),
            names,
        }
    }
}

/// Decides on the encoding of a file that begins with `prefix`; `whole` says that there is nothing after it.
pub(super) fn decide(
    name: &str,
    prefix: &[u8],
    whole: bool,
    options: &InputOptions,
) -> Result<Decision, Refusal> {
    let said = options.encoding.as_deref();
    let said = said.map(|label| by_label(name, label)).transpose()?;
    let text = whole_lines(prefix, whole);
    // A mark wins over the job: our reports are UTF-8 with one, and are read again by jobs whose own files are not.
    if let Some((encoding, mark_bytes)) = by_mark(prefix) {
        let told = encoding != UTF_8 || said.is_some_and(|said| said != UTF_8);
        let finding = told.then(|| finding(encoding, KnownBy::Mark, prefix));
        return Ok(Decision {
            encoding,
            mark_bytes,
            findings: finding.into_iter().collect(),
        });
    }
    let wanted = Wanted::of(options);
    let (encoding, findings) = match said {
        Some(said) => (said, hold(name, text, said, &wanted)?),
        None => guess(name, text, &wanted)?,
    };
    Ok(Decision {
        encoding,
        mark_bytes: 0,
        findings,
    })
}

fn by_label(name: &str, label: &str) -> Result<&'static Encoding, Refusal> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        Refusal::new("file.encoding-unknown", text!("{name}: unknown encoding `{label}`", name, label))
            .because(text!("known are those of the WHATWG standard, for example utf-8, gb18030, gbk, big5, shift_jis, utf-16le, windows-1252"))
            .hint(text!("correct `encoding` in the job's [input], or delete it: UTF-8, UTF-16 with a byte order mark and GB18030 are recognised"))
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

/// Holds what the job says against the file: refused where the file surely is something else, else told with cells to judge it by.
fn hold(
    name: &str,
    text: &[u8],
    said: &'static Encoding,
    wanted: &Wanted,
) -> Result<Vec<Finding>, Refusal> {
    if said == UTF_8 || text.is_ascii() {
        return Ok(Vec::new());
    }
    if said == UTF_16LE || said == UTF_16BE {
        return Ok(vec![finding(said, KnownBy::Job, text)]);
    }
    let sample = signs::sample(text);
    let told = finding(said, KnownBy::Job, &sample);
    let read = Reading::new(said, &sample);
    let others: Vec<Reading> = others(said, &sample).collect();
    let mut knowing = others
        .iter()
        .filter(|other| other.holds_one_of(&wanted.words));
    if let Some(other) = knowing.next()
        && !read.holds_one_of(&wanted.words)
    {
        return Err(contradiction(name, other, &read));
    }
    if is_surely_utf8(text) {
        return Err(contradiction(name, &Reading::new(UTF_8, &sample), &read));
    }
    let mut doubts = others
        .iter()
        .filter(|other| is_gb(other.encoding) && other.is_usual());
    let doubt = doubts.next().filter(|_| !is_of_two_bytes(said));
    let doubt = doubt.map(|chinese| Finding::EncodingDoubted {
        name: chinese.encoding.name(),
        cells: chinese.shown(),
    });
    Ok(std::iter::once(told).chain(doubt).collect())
}

/// The same text in the other encodings in which it is one.
fn others(than: &'static Encoding, sample: &[u8]) -> impl Iterator<Item = Reading> {
    let is_other =
        move |other: &&'static Encoding| *other != than && !(is_gb(other) && is_gb(than));
    let readings = OFFICE.into_iter().filter(is_other);
    readings
        .map(|other| Reading::new(other, sample))
        .filter(|other| other.is_valid)
}

/// The encoding of a file about which nothing is said.
fn guess(
    name: &str,
    text: &[u8],
    wanted: &Wanted,
) -> Result<(&'static Encoding, Vec<Finding>), Refusal> {
    refuse_nul_in_header(name, text)?;
    let is_utf8 = str::from_utf8(text).is_ok();
    // Programs write JSON, in UTF-8: a bad byte in it is damage, and no word that a person saved.
    let is_objects = text.trim_ascii_start().starts_with(b"{");
    if is_utf8 && (is_objects || !has_only_short_characters(text)) {
        return Ok((UTF_8, Vec::new()));
    }
    let signs = Signs::of(text);
    if is_utf8 {
        return guess_among_short_characters(name, text, &signs, wanted);
    }
    let likely = likely(&signs.sample);
    let is_mostly_bad = signs.bad_runs > signs.valid_runs;
    if is_mostly_bad && is_gb18030(text) {
        match judge_chinese(&signs, likely, is_objects, wanted) {
            Chinese::Yes => {
                let finding = finding(GB18030, KnownBy::Guess, &signs.sample);
                return Ok((GB18030, vec![finding]));
            }
            Chinese::Perhaps => return Err(ask(name, &signs, likely, wanted)),
            Chinese::No => {}
        }
    }
    if signs.header_is_bad || (is_mostly_bad && signs.bad_lines > BAD_LINES_MAX) {
        return Err(ask(name, &signs, likely, wanted));
    }
    Ok((UTF_8, Vec::new()))
}

/// Whether a text that can be GB18030 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chinese {
    Yes,
    Perhaps,
    No,
}

/// Common Han characters are no accident of an encoding of one byte a character; of UTF-8 and of another East Asian one they may be.
fn judge_chinese(
    signs: &Signs,
    likely: &'static Encoding,
    is_objects: bool,
    wanted: &Wanted,
) -> Chinese {
    let chinese = Reading::new(GB18030, &signs.sample);
    let others: Vec<Reading> = others(GB18030, &signs.sample).collect();
    let knows = |reading: &Reading| reading.holds_one_of(&wanted.words);
    match (knows(&chinese), others.iter().any(knows)) {
        (true, false) => return Chinese::Yes,
        (false, true) => return Chinese::Perhaps,
        (true, true) | (false, false) => {}
    }
    let is_rarely_utf8 = signs.bad_runs > signs.valid_runs + signs.either_runs;
    let is_likely = is_gb(likely) && is_rarely_utf8;
    if is_likely && signs.bad_runs >= GUESS_BAD_RUNS_MIN {
        return Chinese::Yes;
    }
    if is_objects || !chinese.is_usual() {
        return Chinese::No;
    }
    let is_rival = |other: &Reading| other.encoding == BIG5 && other.is_as_usual_as(&chinese);
    let has_rival = is_of_two_bytes(likely) || others.iter().any(is_rival);
    if is_likely || (is_rarely_utf8 && !has_rival) {
        Chinese::Yes
    } else {
        Chinese::Perhaps
    }
}

/// Whether there is some character that is not ASCII, and none of three bytes or more. Those of two bytes may be Han characters of
/// GB18030: 夜 is U+04B9, a letter of Cyrillic.
fn has_only_short_characters(text: &[u8]) -> bool {
    !text.is_ascii() && text.iter().all(|byte| *byte < 0xE0)
}

/// The encoding of a file that is UTF-8, and in which cells of their own may be Han characters of GB18030 as well.
fn guess_among_short_characters(
    name: &str,
    text: &[u8],
    signs: &Signs,
    wanted: &Wanted,
) -> Result<(&'static Encoding, Vec<Finding>), Refusal> {
    let (plain, chinese) = (
        Reading::new(UTF_8, &signs.sample),
        Reading::new(GB18030, &signs.sample),
    );
    let is_either = signs.valid_runs == 0 && chinese.is_usual() && is_gb18030(text);
    if is_either && !plain.holds_one_of(&wanted.words) {
        if chinese.holds_one_of(&wanted.words) {
            let finding = finding(GB18030, KnownBy::Words, &signs.sample);
            return Ok((GB18030, vec![finding]));
        }
        if plain.cells.iter().all(|cell| cell.chars().all(is_of_few)) {
            return Err(ask(name, signs, UTF_8, wanted));
        }
    }
    Ok((UTF_8, Vec::new()))
}

/// Line by line, so that the memory for the decoded text is small; no character of GB18030 holds a line end.
fn is_gb18030(text: &[u8]) -> bool {
    lines(text).all(|line| {
        let decoded = GB18030.decode_without_bom_handling_and_without_replacement(line);
        decoded.is_some()
    })
}

/// What a browser would take the bytes for. Without a hint of the country: with one, Big5 and `Shift_JIS` are taken for GBK.
fn likely(text: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(text, true);
    detector.guess(None, Utf8Detection::Deny)
}

fn finding(encoding: &'static Encoding, known_by: KnownBy, text: &[u8]) -> Finding {
    let sample = text.get(..SAMPLE_BYTES).unwrap_or(text);
    let (decoded, _) = encoding.decode_with_bom_removal(sample);
    let mut cells: Vec<String> = Vec::new();
    for cell in decoded.split(reading::ENDS) {
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
