//! The zip around a workbook, checked as a whole before any of it is used, and its parts as XML, walked event by event.
//!
//! Keeps this: memory is bounded whatever a part holds. It is XML without a DOCTYPE, as long as its directory says, nested no deeper
//! than a sheet is, in pieces no larger than a cell. Knows nothing of sheets and cells.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipResult;

use crate::error::Refusal;
use crate::input::finding::shown;
use crate::input::kind;
use crate::text::Text;

/// The most entries. A workbook has a handful for each sheet.
const ENTRIES_MAX: usize = 10_000;

/// The most bytes of all entries together, unpacked. A full sheet of 20 columns has about as many.
pub(super) const BYTES_MAX: u64 = 1 << 30;

/// Small entries may be packed as tightly as they like.
const RATIO_FREE_BYTES: u64 = 10 * 1024 * 1024;

/// The most bytes that one packed byte may give. Sheets of real tables give 5 to 30.
const RATIO_MAX: u64 = 100;

/// The longest run of bytes between two angle brackets. The longest text of a cell, 32,767 characters each escaped, is shorter.
const PIECE_BYTES_MAX: usize = 1024 * 1024;

/// How deep the XML of a workbook may nest. A cell's rich text stands at eight.
const DEPTH_MAX: usize = 64;

/// How much of a part is unpacked at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// A workbook's zip, its directory checked.
pub(in crate::input) struct Container {
    name: String,
    zip: ZipArchive<BufReader<File>>,
    /// Entries by their names in lower case: some programs refer to a part in other letters than they write it.
    parts: HashMap<String, usize>,
}

impl Container {
    /// Checks the directory of the zip; refuses what is no workbook, and what is no sound one. `first` are the file's first bytes.
    pub(in crate::input) fn open(
        name: &str,
        mut file: File,
        first: &[u8],
    ) -> Result<Self, Refusal> {
        let behind = bytes_behind(&mut file).map_err(|error| unsound(name, error.to_string()))?;
        let mut zip = ZipArchive::new(BufReader::new(file))
            .map_err(|_| kind::refuse_broken_zip(name, first))?;
        // A reader of zip archives takes the last one and passes over the rest.
        for (bytes, place) in [(zip.offset(), text!("before")), (behind, text!("behind"))] {
            if bytes > 0 {
                return Err(joined(name, bytes, &place));
            }
        }
        if zip.len() > ENTRIES_MAX {
            let count = zip.len();
            return Err(unsound(
                name,
                format!("it has {count} entries; {ENTRIES_MAX} are the most"),
            ));
        }
        let names = zip.file_names().map(|name| Ok(name?.into_owned()));
        let names = names.collect::<ZipResult<Vec<String>>>();
        let names = names.map_err(|error| unsound(name, error.to_string()))?;
        kind::refuse_other_zips(name, &names)?;
        let parts = parts(name, &mut zip, names)?;
        if zip.has_duplicate_names() {
            return Err(unsound(name, "it holds an entry twice"));
        }
        let overlapping = zip.has_overlapping_entries();
        if overlapping.map_err(|error| unsound(name, error.to_string()))? {
            return Err(unsound(name, "its entries overlap"));
        }
        Ok(Self {
            name: name.to_owned(),
            zip,
            parts,
        })
    }

    /// Name of the file in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is such a part.
    pub(super) fn holds(&self, part: &str) -> bool {
        self.parts.contains_key(&part.to_lowercase())
    }

    /// Walks all of a part that may be missing. `see` is given each event and how many elements are open around it, its own
    /// included; empty elements come as a start and an end. What it refuses, it says in a sentence on the part.
    pub(super) fn walk(
        &mut self,
        part: &str,
        bytes_max: u64,
        mut see: impl FnMut(usize, &Event<'_>) -> Result<(), String>,
    ) -> Result<(), Refusal> {
        let Some(index) = self.parts.get(&part.to_lowercase()) else {
            return Ok(());
        };
        let name = &self.name;
        let refuse = |why: String| unsound(name, format!("{part}: {why}"));
        let entry = self
            .zip
            .by_index(*index)
            .map_err(|error| refuse(error.to_string()))?;
        if entry.size() > bytes_max {
            let mib = bytes_max >> 20;
            return Err(refuse(format!("it is larger than {mib} MiB")));
        }
        let measured = Measured {
            left: entry.size(),
            entry,
            piece_bytes: 0,
        };
        let mut xml = Reader::from_reader(BufReader::with_capacity(CHUNK_BYTES, measured));
        xml.config_mut().expand_empty_elements = true;
        let mut depth = 0;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let event = xml
                .read_event_into(&mut buffer)
                .map_err(|error| refuse(said(&error)))?;
            if matches!(event, Event::DocType(_)) {
                let why = "it has a DOCTYPE, which no workbook needs";
                return Err(refuse(why.to_owned()));
            }
            if matches!(event, Event::Eof) {
                let is_cut = depth > 0;
                let why = "it ends before it is complete".to_owned();
                return if is_cut { Err(refuse(why)) } else { Ok(()) };
            }
            depth += usize::from(matches!(event, Event::Start(_)));
            if depth > DEPTH_MAX {
                return Err(refuse(format!(
                    "its elements nest more than {DEPTH_MAX} deep"
                )));
            }
            see(depth, &event).map_err(refuse)?;
            depth -= usize::from(matches!(event, Event::End(_)));
        }
    }
}

/// A refusal of a workbook that is damaged, or made to do harm.
pub(in crate::input) fn unsound(name: &str, why: impl Into<Text>) -> Refusal {
    Refusal::new(
        "file.damaged",
        text!("{name}: the workbook is damaged, or no sound one", name),
    )
    .because(why)
    .hint(text!(
        "open it in a spreadsheet program and save it again as .xlsx"
    ))
}

/// A refusal of a file that holds something beside a workbook, such as a second one.
fn joined(name: &str, bytes: u64, place: &Text) -> Refusal {
    Refusal::new(
        "file.joined",
        text!("{name}: this is a workbook, and {bytes} bytes that are not part of it stand {place} it", name, bytes, place),
    )
    .because(text!("two files may have been joined into one; only one of them would be read"))
    .hint(text!("give each workbook as a file of its own, as a spreadsheet program saves it"))
}

/// How many bytes stand behind the record with which a zip archive ends, and its comment. None where there is no such record: then
/// it is no archive that could be read.
fn bytes_behind(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(END_BYTES + u64::from(u16::MAX));
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(0))?;
    let Some(at) = memmem::rfind(&tail, END) else {
        return Ok(0);
    };
    let comment = match tail.get(at + 20..at + 22) {
        Some(&[low, high]) => u64::from(u16::from_le_bytes([low, high])),
        _ => 0,
    };
    Ok((length - start).saturating_sub(at as u64 + END_BYTES + comment))
}

/// What the record begins with, and its length without the comment.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: u64 = 22;

/// The value of an attribute, whatever the prefix of its name.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.local_name().as_ref() == name {
            let value = unescape(&attribute.value).map_err(|error| error.to_string())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Entries by their names in lower case; refuses a directory that no program writes. `file` names it in messages.
fn parts(
    file: &str,
    zip: &mut ZipArchive<BufReader<File>>,
    names: Vec<String>,
) -> Result<HashMap<String, usize>, Refusal> {
    let mut parts = HashMap::new();
    let mut bytes = 0_u64;
    for (index, name) in names.into_iter().enumerate() {
        let entry = zip.by_index_raw(index);
        let entry = entry.map_err(|error| unsound(file, error.to_string()))?;
        let shown = shown(&name);
        if entry.encrypted() {
            return Err(Refusal::new(
                "file.encrypted",
                text!("{file}: the workbook is encrypted", file),
            )
            .because(text!("its entry `{entry}` needs a password", entry = shown))
            .hint(text!("remove the password and save it again as .xlsx")));
        }
        let leaves = name.split('/').any(|step| step == "..");
        if leaves || name.starts_with('/') || name.contains(['\\', ':', '\0']) {
            let why = format!("its entry `{shown}` has a name that no workbook gives");
            return Err(unsound(file, why));
        }
        if entry.size() > RATIO_FREE_BYTES && entry.size() / RATIO_MAX > entry.compressed_size() {
            let why =
                format!("its entry `{shown}` unpacks to more than {RATIO_MAX} times its size");
            return Err(unsound(file, why));
        }
        bytes = bytes.saturating_add(entry.size());
        if parts.insert(name.to_lowercase(), index).is_some() {
            return Err(unsound(file, format!("it holds `{shown}` twice")));
        }
    }
    if bytes > BYTES_MAX {
        let why = format!("it unpacks to more than {} MiB", BYTES_MAX >> 20);
        return Err(unsound(file, why));
    }
    Ok(parts)
}

fn said(error: &quick_xml::Error) -> String {
    if let quick_xml::Error::Io(error) = error {
        return error.to_string();
    }
    format!("it is not well-formed XML: {error}")
}

/// The bytes of an entry as they come out, held against what its directory says of them.
struct Measured<R> {
    entry: R,
    /// Bytes that may still come.
    left: u64,
    /// Bytes since the last angle bracket.
    piece_bytes: usize,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.entry.read(room)?;
        if count == 0 && self.left > 0 && !room.is_empty() {
            return Err(io::Error::other("it has fewer bytes than it says"));
        }
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("it has more bytes than it says"))?;
        let read = room.get(..count).unwrap_or_default();
        // A piece within what is read at once is short enough.
        let Some(first) = memchr::memchr2(b'<', b'>', read) else {
            self.grow(count)?;
            return Ok(count);
        };
        self.grow(first)?;
        let last = memchr::memrchr2(b'<', b'>', read).unwrap_or(first);
        self.piece_bytes = count - last - 1;
        Ok(count)
    }
}

impl<R> Measured<R> {
    fn grow(&mut self, bytes: usize) -> io::Result<()> {
        self.piece_bytes += bytes;
        if self.piece_bytes > PIECE_BYTES_MAX {
            let kb = PIECE_BYTES_MAX >> 10;
            let why = format!("a piece of it is longer than {kb} kB");
            return Err(io::Error::other(why));
        }
        Ok(())
    }
}
