//! What a file really is, by its first bytes: a name can say anything.
//!
//! Only what is surely no table in text is refused here, with its true kind and the way to a file that can be read.

use crate::error::Refusal;

use super::text::Text;
use crate::text::Text as Message;

/// First bytes, what they show, and what to do.
const KINDS: &[(&[u8], Message, Message)] = &[
    (
        b"PK\x05\x06",
        Message::plain("an empty zip archive"),
        UNPACK,
    ),
    (b"\x1F\x8B", Message::plain("a gzip archive"), UNPACK),
    (b"BZh", Message::plain("a bzip2 archive"), UNPACK),
    (b"\xFD7zXZ\0", Message::plain("an xz archive"), UNPACK),
    (
        b"\x28\xB5\x2F\xFD",
        Message::plain("a zstd archive"),
        UNPACK,
    ),
    (
        b"7z\xBC\xAF\x27\x1C",
        Message::plain("a 7-Zip archive"),
        UNPACK,
    ),
    (b"Rar!\x1A\x07", Message::plain("a RAR archive"), UNPACK),
    (b"%PDF-", Message::plain("a PDF document"), SAVE),
    (
        b"SQLite format 3\0",
        Message::plain("an SQLite database"),
        SAVE,
    ),
    (b"PAR1", Message::plain("a Parquet file"), SAVE),
    (b"\x89PNG\r\n", Message::plain("a picture"), SAVE),
    (b"\xFF\xD8\xFF", Message::plain("a picture"), SAVE),
    (b"\x7FELF", Message::plain("a program"), SAVE),
];

const SAVE: Message = Message::plain("save the table as \"CSV UTF-8\"");
const SAVE_WORKBOOK: Message = Message::plain("save it as .xlsx in a spreadsheet program");
const UNPACK: Message = Message::plain("unpack it first");

/// What every zip archive with something in it begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// What the containers of old Excel workbooks and of encrypted ones begin with.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// How many bytes are looked at for marks inside a zip archive.
const ZIP_LOOK_BYTES: usize = 4096;

/// How many bytes are looked at for control characters.
const CONTROL_LOOK_BYTES: usize = 1024;

/// So few of them are some odd cells, in however short a file.
const CONTROLS_MAX: usize = 8;

/// Whether a file is a zip archive, by its first bytes: its directory tells what it holds.
pub(super) fn is_zip(first: &[u8]) -> bool {
    first.starts_with(ZIP)
}

/// Refuses a file whose first bytes show that it is no text table.
pub(super) fn refuse_other_kinds(name: &str, first: &[u8]) -> Result<(), Refusal> {
    match other_kind(first) {
        None => Ok(()),
        Some((what, hint)) => Err(refusal(name, &what, hint)),
    }
}

/// Refuses a zip archive that holds no workbook to be read, by the names of its entries.
pub(super) fn refuse_other_zips(name: &str, entries: &[String]) -> Result<(), Refusal> {
    let holds = |wanted: &dyn Fn(&str) -> bool| {
        let lower = |entry: &String| entry.to_lowercase().replace('\\', "/");
        entries.iter().map(lower).any(|entry| wanted(&entry))
    };
    let (what, hint) = if holds(&|entry| entry == "xl/workbook.bin") {
        (text!("a binary Excel workbook (.xlsb)"), SAVE_WORKBOOK)
    } else if holds(&|entry| entry.ends_with("vbaproject.bin")) {
        (
            text!("an Excel workbook with macros (.xlsm)"),
            text!("save it as .xlsx, without its macros"),
        )
    } else if holds(&|entry| entry.starts_with("xl/")) {
        return Ok(());
    } else if holds(&|entry| entry == "content.xml") {
        (text!("an OpenDocument file (.ods)"), SAVE_WORKBOOK)
    } else if holds(&|entry| entry == "[content_types].xml") {
        (
            text!("an Office document, and laid out as no workbook is"),
            SAVE_WORKBOOK,
        )
    } else {
        (text!("a zip archive"), UNPACK)
    };
    Err(refusal(name, &what, hint))
}

/// The refusal of a zip archive whose directory cannot be read, by its first bytes.
pub(super) fn refuse_broken_zip(name: &str, first: &[u8]) -> Refusal {
    let look = first.get(..ZIP_LOOK_BYTES).unwrap_or(first);
    let holds = |part: &[u8]| memchr::memmem::find(look, part).is_some();
    let damaged = text!("its end is damaged or missing; was it copied or downloaded completely?");
    if holds(b"opendocument.spreadsheet") {
        refusal(
            name,
            &text!("an OpenDocument spreadsheet (.ods)"),
            SAVE_WORKBOOK,
        )
    } else if holds(b"xl/") || holds(b"[Content_Types].xml") {
        Refusal::new(
            "file.damaged",
            text!(
                "{name}: this is an Excel workbook (.xlsx), and it is damaged",
                name
            ),
        )
        .because(damaged)
        .hint(text!("copy it again, or save it again as .xlsx"))
    } else {
        refusal(name, &text!("a zip archive"), UNPACK).because(damaged)
    }
}

fn refusal(name: &str, what: &Message, hint: Message) -> Refusal {
    Refusal::new(
        "file.kind",
        text!(
            "{name}: this is {what}, not CSV, JSONL or .xlsx",
            name,
            what
        ),
    )
    .because(text!("the content of the file says so, whatever its name"))
    .hint(hint)
}

/// Refuses a page: what some systems export under the name of a spreadsheet. Looks at decoded text.
pub(super) fn refuse_page(text: &Text) -> Result<(), Refusal> {
    match text.window().trim_ascii_start() {
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..] => Err(text
            .refuse(
                "file.kind",
                1,
                text!("this is an HTML or XML page, not CSV, JSONL or .xlsx"),
            )
            .because(text!("some exports name such a page .xls or .csv"))
            .hint(SAVE)),
        _ => Ok(()),
    }
}

fn other_kind(first: &[u8]) -> Option<(Message, Message)> {
    if first.starts_with(OLE) {
        return Some(ole_kind(first));
    }
    let known = KINDS.iter().find(|(magic, ..)| first.starts_with(magic));
    if let Some((_, what, hint)) = known {
        return Some((what.clone(), hint.clone()));
    }
    is_binary(first).then_some((text!("binary data"), SAVE))
}

/// A workbook with a password is encrypted as a whole and kept in the container of old workbooks.
fn ole_kind(first: &[u8]) -> (Message, Message) {
    let utf16 =
        |name: &str| -> Vec<u8> { name.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let holds = |name: &str| memchr::memmem::find(first, &utf16(name)).is_some();
    if holds("EncryptedPackage") {
        (
            text!("an Excel workbook with a password"),
            text!("remove the password and save it again as .xlsx"),
        )
    } else if holds("Workbook") || holds("Book") || !holds("WordDocument") {
        (text!("an Excel workbook (.xls)"), SAVE_WORKBOOK)
    } else {
        (text!("an old Office document"), SAVE)
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
