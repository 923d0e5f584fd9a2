//! How a file is to be read of which no job says anything: each way is tried, and the first counts under which its header holds a
//! known title and its first record is a row.
//!
//! Only for proposing a job. A run is never read by a way that was guessed here: the job says it, and the user has seen it.

use std::path::Path;

use crate::error::Refusal;
use crate::model::{Columns, Row};

use super::finding::{Finding, KnownBy};
use super::{Input, InputFormat, InputOptions, Reading, file, kind};

/// What may part the cells of a text, the comma first.
const DELIMITERS: [Option<u8>; 4] = [None, Some(b';'), Some(b'\t'), Some(b'|')];

/// Encodings that are not recognised for certain. One of them counts only by a title that is not ASCII: in the wrong one it would
/// be garbled.
const ENCODINGS: [&str; 4] = ["gb18030", "big5", "utf-16le", "utf-16be"];

/// As much of a file as shows what it is.
const KIND_BYTES: u64 = 4;

/// A file that was opened, and what a job has to say so that it is opened in the same way.
pub struct Discovery {
    /// The file, open; its first record may have been read.
    pub input: Input,
    /// What has to be said; the names of the header are not among it.
    pub options: InputOptions,
}

/// How well a file is read in one way.
enum Fit {
    /// The header lacks the title.
    Not,
    /// The header holds the title, but the first record is no row.
    Titled(Discovery),
    /// The first record is a row, too.
    Read(Discovery),
}

impl Discovery {
    /// Opens a file by what its header may hold: one of `titles`, the most telling first. Without any of them it is opened as a job
    /// that says nothing would, or with the first delimiter that allows it. `known` is what the user says of it.
    pub fn open(path: &Path, titles: &[&str], known: &InputOptions) -> Result<Self, Refusal> {
        let is_text = !kind::is_zip(&file::open(path, KIND_BYTES)?.prefix);
        let delimiters = if is_text { &DELIMITERS[..] } else { &[None] };
        if let Some(found) = best(path, titles, known, delimiters) {
            return Ok(found);
        }
        let refusal = match Input::open(path, known) {
            Ok(input) => return Ok(Self::new(input, known.clone())),
            Err(refusal) => refusal,
        };
        if !is_text {
            return Err(refusal);
        }
        let in_encoding = || in_encoding(path, titles, known);
        let with_delimiter = || with_delimiter(path, known);
        in_encoding().or_else(with_delimiter).ok_or(refusal)
    }

    fn new(mut input: Input, mut options: InputOptions) -> Self {
        options.header.names.clear();
        for finding in input.findings() {
            if let Finding::SheetChosen { read, .. } = finding {
                options.sheet = Some(read);
            } else if let Finding::Encoding {
                name,
                known_by: KnownBy::Guess | KnownBy::Words,
                ..
            } = finding
            {
                options.encoding = Some(name.to_ascii_lowercase());
            }
        }
        Self { input, options }
    }
}

/// Opens a text in an encoding that is not recognised for certain.
fn in_encoding(path: &Path, titles: &[&str], known: &InputOptions) -> Option<Discovery> {
    let telling: Vec<&str> = titles.iter().copied().filter(|t| !t.is_ascii()).collect();
    ENCODINGS.iter().find_map(|encoding| {
        let known = InputOptions {
            encoding: Some((*encoding).to_owned()),
            ..known.clone()
        };
        best(path, &telling, &known, &DELIMITERS)
    })
}

/// Opens a text whose titles are all unknown with a delimiter that parts it.
fn with_delimiter(path: &Path, known: &InputOptions) -> Option<Discovery> {
    DELIMITERS.iter().find_map(|delimiter| {
        let options = InputOptions {
            delimiter: *delimiter,
            ..known.clone()
        };
        let input = Input::open(path, &options).ok()?;
        (input.columns().len() > 1).then(|| Discovery::new(input, options))
    })
}

/// The best way among the delimiters, the titles, and one line of the header or two.
fn best(
    path: &Path,
    titles: &[&str],
    known: &InputOptions,
    delimiters: &[Option<u8>],
) -> Option<Discovery> {
    let mut titled = None;
    for delimiter in delimiters {
        for title in titles {
            for lines in [1, 2] {
                let mut options = known.clone();
                options.delimiter = *delimiter;
                options.header.lines = lines;
                options.header.names = vec![(*title).to_owned()];
                match fit(path, title, options) {
                    Ok(Fit::Read(found)) => return Some(found),
                    Ok(Fit::Titled(found)) => {
                        titled.get_or_insert(found);
                    }
                    // A title that no line holds is in no two lines joined.
                    Ok(Fit::Not) => break,
                    // One line of two may be no header.
                    Err(_) => {}
                }
            }
        }
    }
    titled
}

/// Opens the file in one way.
fn fit(path: &Path, title: &str, options: InputOptions) -> Result<Fit, Refusal> {
    let input = Input::open(path, &options)?;
    if input.format() == InputFormat::Jsonl {
        // It has no header, and nothing has to be said of it.
        return Ok(Fit::Read(Discovery::new(input, options)));
    }
    let is_header = input.columns().position(title).is_some()
        && (options.header.lines == 1 || are_of_two_lines(input.columns()));
    if !is_header {
        return Ok(Fit::Not);
    }
    let mut found = Discovery::new(input, options);
    Ok(match found.input.read(&mut Row::default()) {
        Ok(Reading::Row) => Fit::Read(found),
        Ok(Reading::Unreadable(_) | Reading::End) | Err(_) => Fit::Titled(found),
    })
}

/// Fewest columns whose title takes both lines, such as a number and a name: a row may lack one of its cells, hardly two.
const WHOLE_MIN: usize = 2;

/// Whether the titles can be those of two lines: one stands over several columns, and others take both. Else the second line is a
/// row.
fn are_of_two_lines(columns: &Columns) -> bool {
    let upper = |name: &String| name.split_once('/').map(|(upper, _)| upper.to_owned());
    let names = columns.names();
    let mut pairs = names.iter().zip(names.iter().skip(1));
    let has_group = pairs.any(|(one, next)| upper(one).is_some() && upper(one) == upper(next));
    has_group && names.iter().filter(|name| upper(name).is_none()).count() >= WHOLE_MIN
}
