//! What a file really is, by its first bytes: a name can say anything.
//!
//! Only what is surely no table in text is refused here, with its true kind and the way to a file that can be read.

use crate::error::Refusal;

use super::text::Text;

/// First bytes, what they show, and what to do.
const KINDS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"PK\x05\x06", "an empty zip archive", UNPACK),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an Excel workbook (.xls, or one with a password)",
        SAVE,
    ),
    (b"\x1F\x8B", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xFD7zXZ\0", "an xz archive", UNPACK),
    (b"\x28\xB5\x2F\xFD", "a zstd archive", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (b"%PDF-", "a PDF document", SAVE),
    (b"SQLite format 3\0", "an SQLite database", SAVE),
    (b"PAR1", "a Parquet file", SAVE),
    (b"\x89PNG\r\n", "a picture", SAVE),
    (b"\xFF\xD8\xFF", "a picture", SAVE),
    (b"\x7FELF", "a program", SAVE),
];

const SAVE: &str = "save the table as \"CSV UTF-8\"";
const UNPACK: &str = "unpack it first";

/// How many bytes are looked at for marks inside a zip archive.
const ZIP_LOOK_BYTES: usize = 4096;

/// How many bytes are looked at for control characters.
const CONTROL_LOOK_BYTES: usize = 1024;

/// So few of them are some odd cells, in however short a file.
const CONTROLS_MAX: usize = 8;

/// Refuses a file whose first bytes show that it is no text table.
pub(super) fn refuse_other_kinds(name: &str, first: &[u8]) -> Result<(), Refusal> {
    let Some((what, hint)) = other_kind(first) else {
        return Ok(());
    };
    Err(
        Refusal::new(format!("{name}: this is {what}, not CSV or JSONL"))
            .because("the first bytes of the file say so, whatever its name")
            .hint(hint),
    )
}

/// Refuses a page: what some systems export under the name of a spreadsheet. Looks at decoded text.
pub(super) fn refuse_page(text: &Text) -> Result<(), Refusal> {
    match text.window().trim_ascii_start() {
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..] => Err(text
            .refuse(1, "this is an HTML or XML page, not CSV or JSONL")
            .because("some exports name such a page .xls or .csv")
            .hint(SAVE)),
        _ => Ok(()),
    }
}

fn other_kind(first: &[u8]) -> Option<(&'static str, &'static str)> {
    let known = KINDS.iter().find(|(magic, ..)| first.starts_with(magic));
    if let Some((_, what, hint)) = known {
        return Some(if *hint == UNPACK && first.starts_with(b"PK") {
            zip_kind(first)
        } else {
            (what, hint)
        });
    }
    is_binary(first).then_some(("binary data", SAVE))
}

fn zip_kind(first: &[u8]) -> (&'static str, &'static str) {
    let look = first.get(..ZIP_LOOK_BYTES).unwrap_or(first);
    let holds = |part: &[u8]| memchr::memmem::find(look, part).is_some();
    if holds(b"opendocument.spreadsheet") {
        ("an OpenDocument spreadsheet (.ods)", SAVE)
    } else if holds(b"xl/") || holds(b"[Content_Types].xml") {
        ("an Excel workbook (.xlsx)", SAVE)
    } else {
        ("a zip archive", UNPACK)
    }
}

/// More than one byte in ten is a control character that text has no use for. Bytes with NUL among them are not judged here: they
/// may be UTF-16, where any byte can be half of a letter. Nor are bytes behind a mark, which only text has: our own reports must
/// be read again even if what is left in them is mostly such characters.
fn is_binary(first: &[u8]) -> bool {
    if first.starts_with("\u{FEFF}".as_bytes()) {
        return false;
    }
    let look = first.get(..CONTROL_LOOK_BYTES).unwrap_or(first);
    let is_control = |byte: &&u8| matches!(byte, 0x01..=0x08 | 0x0B | 0x0E..=0x19 | 0x1B..=0x1F);
    let controls = look.iter().filter(is_control).count();
    !look.contains(&0) && controls > CONTROLS_MAX && controls * 10 > look.len()
}
