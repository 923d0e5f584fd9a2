//! What the user is asked where the encoding of a file is not certain, with the file's own cells as they read either way.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8};

use crate::error::{Ask, Refusal};
use crate::input::finding::shown;
use crate::text::{Text, Value};

use super::reading::{Reading, is_gb, is_of_two_bytes};
use super::signs::Signs;
use super::{CELLS_SHOWN, Wanted, lines};

const SAVE: Text = Text::plain("save the file as \"CSV UTF-8\"");

impl Reading {
    /// The name by which a job says the encoding.
    pub(super) fn label(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    /// Some cells, to judge it by.
    pub(super) fn shown(&self) -> Vec<String> {
        self.cells.iter().take(CELLS_SHOWN).cloned().collect()
    }

    fn reads(&self) -> Text {
        let cells = self.shown();
        text!(
            "as {encoding} it reads: {cells}",
            encoding = self.label(),
            cells = Value::list(cells.iter().map(|cell| shown(cell)))
        )
    }

    fn setting(&self) -> String {
        format!("`encoding = \"{}\"`", self.label())
    }
}

/// Asks which encoding is right. Only those are proposed in which the file holds a title or a word that the job knows, if it knows any.
pub(super) fn ask(
    name: &str,
    signs: &Signs,
    likely: &'static Encoding,
    wanted: &Wanted,
) -> Refusal {
    let mut refusal = if likely == UTF_8 {
        Refusal::new(
            "file.encoding-uncertain",
            text!("{name}: the file may be UTF-8 or gb18030", name),
        )
    } else {
        Refusal::new(
            "file.encoding-uncertain",
            text!(
                "{name}: the file is not UTF-8, and its encoding is not certain",
                name
            ),
        )
        .because(if signs.header_is_bad {
            text!(
                "{count} of the lines looked at are not UTF-8, the header among them",
                count = signs.bad_lines
            )
        } else {
            text!(
                "{count} of the lines looked at are not UTF-8",
                count = signs.bad_lines
            )
        })
    };
    let candidates = candidates(signs, likely);
    let holding = |words: &[String]| -> Vec<&Reading> {
        let candidates = candidates.iter();
        candidates.filter(|read| read.holds_one_of(words)).collect()
    };
    let known = holding(&wanted.words);
    let proposed = match (known.is_empty(), wanted.names.first()) {
        (false, _) => known,
        (true, None) => candidates.iter().collect(),
        (true, Some(title)) => {
            for read in &candidates {
                refusal = refusal.because(read.reads());
            }
            return refusal
                .because(text!("in none of these the file holds a column that the job names, such as `{title}`", title = shown(title)))
                .hint(SAVE);
        }
    };
    for read in &proposed {
        refusal = refusal.because(read.reads());
    }
    let samples = proposed.iter();
    let samples = samples.map(|read| (read.label(), read.shown())).collect();
    refusal = refusal.ask(Ask::Encoding { samples });
    refusal.hint(match proposed.as_slice() {
        [one] => text!(
            "set {setting} in the job's [input], if that is right, or {save}",
            setting = one.setting(),
            save = SAVE
        ),
        several => {
            let settings: Vec<String> = several.iter().map(|read| read.setting()).collect();
            text!(
                "set {settings} in the job's [input], whichever reads right, or {save}",
                settings = settings.join(" or "),
                save = SAVE
            )
        }
    })
}

/// The encodings that may be meant, the likeliest first: the one that a browser would choose, and those in which the file is made of
/// usual characters.
fn candidates(signs: &Signs, likely: &'static Encoding) -> Vec<Reading> {
    let likely = if is_gb(likely) { GB18030 } else { likely };
    let read = |encoding| Reading::new(encoding, &signs.sample);
    let usual: Vec<Reading> = [GB18030, BIG5, SHIFT_JIS, EUC_KR]
        .into_iter()
        .filter(|other| *other != likely)
        .map(read)
        .filter(Reading::is_usual)
        .collect();
    // Common Han characters are no accident of an encoding of one byte a character.
    let is_chinese = usual.iter().any(|read| is_gb(read.encoding));
    let is_likely = likely == UTF_8 || is_of_two_bytes(likely) || !is_chinese;
    let first = is_likely.then(|| read(likely));
    let perhaps_utf8 = (signs.either_runs > 0 && likely != UTF_8).then(|| read(UTF_8));
    first.into_iter().chain(usual).chain(perhaps_utf8).collect()
}

/// The file surely is in another encoding than the job says.
pub(super) fn contradiction(name: &str, is: &Reading, said: &Reading) -> Refusal {
    let file = if is.encoding == UTF_8 {
        "UTF-8".to_owned()
    } else {
        is.label()
    };
    let refusal = Refusal::new(
        "file.encoding-contradicts",
        text!(
            "{name}: the file is {file}, and the job says it is {label}",
            name,
            file,
            label = said.label()
        ),
    )
    .because(said.reads())
    .because(is.reads());
    if is.encoding == UTF_8 {
        refusal.hint(text!(
            "delete {setting} in the job's [input]",
            setting = said.setting()
        ))
    } else {
        refusal.hint(text!(
            "set {setting} in the job's [input]",
            setting = is.setting()
        ))
    }
}

/// A NUL in the first line: UTF-16 without a mark, or no text.
pub(super) fn refuse_nul_in_header(name: &str, text: &[u8]) -> Result<(), Refusal> {
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
                text!(
                    "{name}:1: the first line holds NUL bytes: this is no text",
                    name
                ),
            )
            .hint(text!("save the table as \"CSV UTF-8\"")));
        }
    };
    Err(Refusal::new("file.utf-16", text!("{name}:1: the first line holds NUL bytes: the file seems to be UTF-16 without a byte order mark", name))
    .hint(text!("set `encoding = \"{label}\"` in the job's [input], or save the file as \"CSV UTF-8\"", label)))
}
