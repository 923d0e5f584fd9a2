//! The file as one stream of UTF-8 bytes, read in pieces, with its lines counted.
//!
//! Nothing is replaced silently: a place that cannot be decoded is remembered with its offset in the file, and the record
//! around it is told so. Memory is bounded by twice the longest record allowed. Knows nothing of cells or JSON.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::str;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::error::Refusal;
use crate::text::Text as Message;

/// The longest record, in bytes of UTF-8. The platform takes far less; a longer one is an unclosed quote or no table at all.
pub(super) const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How much is read at once: large enough that system calls do not count, small enough to stay in the cache.
/// Tests read almost nothing at once, so that every record of theirs is met in pieces.
const CHUNK_BYTES: usize = if cfg!(test) { 7 } else { 256 * 1024 };

/// DOS wrote this character at the end of text files; some exports still do.
const CTRL_Z: u8 = 0x1A;

/// A window over the decoded file that moves forward record by record.
pub(super) struct Text {
    file: File,
    name: String,
    /// `None` for UTF-8: those bytes pass as they are and each record is validated on its own.
    decoder: Option<Decoder>,
    encoding: &'static Encoding,
    raw: Vec<u8>,
    /// Always initialised to its full length; the window is `start..end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Decoded bytes before the window.
    position: u64,
    /// Length of the byte order mark that was skipped.
    mark_bytes: u64,
    /// Bytes taken from the file, the mark included.
    taken: u64,
    damages: VecDeque<Damage>,
    ended: bool,
    ctrl_z_dropped: bool,
    unterminated: bool,
    line: u64,
}

/// A place that could not be decoded.
struct Damage {
    /// Where its U+FFFD stands in the decoded stream.
    position: u64,
    /// Where its bytes stand in the file.
    offset: u64,
}

impl Text {
    /// The text of a file that stands behind its byte order mark of `mark_bytes` bytes. `name` is the file's in messages.
    pub(super) fn new(
        file: File,
        name: String,
        encoding: &'static Encoding,
        mark_bytes: u64,
    ) -> Self {
        Self {
            file,
            name,
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            encoding,
            raw: Vec::new(),
            buffer: Vec::new(),
            start: 0,
            end: 0,
            position: 0,
            mark_bytes,
            taken: mark_bytes,
            damages: VecDeque::new(),
            ended: false,
            ctrl_z_dropped: false,
            unterminated: false,
            line: 1,
        }
    }

    /// What is read and not yet consumed.
    pub(super) fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether the window reaches to the end of the file.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The line on which the window begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.taken
    }

    /// Whether a Ctrl-Z at the end of the file was dropped.
    pub(super) fn ctrl_z_dropped(&self) -> bool {
        self.ctrl_z_dropped
    }

    /// Whether the file ends in the middle of a line.
    pub(super) fn unterminated(&self) -> bool {
        self.unterminated
    }

    /// The name of the encoding, as messages call it.
    pub(super) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// A refusal of the whole file that names a line.
    pub(super) fn refuse(
        &self,
        rule: &'static str,
        line: u64,
        what: impl Into<Message>,
    ) -> Refusal {
        let what = what.into();
        Refusal::new(
            rule,
            text!("{file}:{line}: {what}", file = self.name, line, what),
        )
    }

    /// The file and a line of it, for messages.
    pub(super) fn place(&self, line: u64) -> String {
        format!("{}:{line}", self.name)
    }

    /// A refusal of the whole file.
    pub(super) fn refuse_file(&self, rule: &'static str, what: impl Into<Message>) -> Refusal {
        let what = what.into();
        Refusal::new(rule, text!("{file}: {what}", file = self.name, what))
    }

    /// Makes the window longer, or finds that the file ends. The window at least doubles, so that searching it again from its
    /// beginning costs no more than reading it.
    pub(super) fn more(&mut self) -> Result<(), Refusal> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let wanted = CHUNK_BYTES.max(self.end);
        if self.decoder.is_some() {
            self.more_decoded(wanted)?;
        } else {
            self.reserve(wanted);
            let Self {
                file, buffer, end, ..
            } = self;
            let taken = read_some(file, buffer.get_mut(*end..).unwrap_or_default());
            let taken = taken.map_err(|error| self.cannot_read(&error))?;
            self.end += taken;
            self.taken += taken as u64;
            self.ended = taken == 0;
        }
        if self.ended {
            self.finish();
        }
        Ok(())
    }

    /// The first `len` bytes of the window, or the offset in the file of the first bytes there that are not valid text.
    pub(super) fn record(&self, len: usize) -> Result<&str, u64> {
        if let Some(damage) = self.damages.front()
            && damage.position < self.position + len as u64
        {
            return Err(damage.offset);
        }
        let bytes = self.window().get(..len).unwrap_or_default();
        str::from_utf8(bytes)
            .map_err(|error| self.mark_bytes + self.position + error.valid_up_to() as u64)
    }

    /// Moves the window forward over `len` bytes that hold `lines` line ends.
    pub(super) fn consume(&mut self, len: usize, lines: u64) {
        self.start = self.end.min(self.start + len);
        self.position += len as u64;
        self.line += lines;
        while self
            .damages
            .front()
            .is_some_and(|damage| damage.position < self.position)
        {
            self.damages.pop_front();
        }
    }

    /// Looks at how the file ends.
    fn finish(&mut self) {
        if self.window().last() == Some(&CTRL_Z) {
            self.end -= 1;
            self.ctrl_z_dropped = true;
        }
        let last = self.window().last();
        self.unterminated = last.is_some_and(|byte| !matches!(byte, b'\n' | b'\r'));
    }

    fn more_decoded(&mut self, wanted: usize) -> Result<(), Refusal> {
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(wanted, 0);
        let taken = read_some(&mut self.file, &mut raw);
        let taken = taken.map_err(|error| self.cannot_read(&error))?;
        self.ended = taken == 0;
        self.decode(raw.get(..taken).unwrap_or_default());
        self.raw = raw;
        Ok(())
    }

    /// Decodes without replacement: what is malformed becomes U+FFFD and a remembered [`Damage`].
    fn decode(&mut self, mut raw: &[u8]) {
        let last = self.ended;
        loop {
            // Room for one character at least, or the decoder would make no progress; three bytes out per byte in is the most.
            self.reserve(raw.len() * 3 + 16);
            let Self {
                decoder: Some(decoder),
                buffer,
                end,
                ..
            } = self
            else {
                return;
            };
            let room = buffer.get_mut(*end..).unwrap_or_default();
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(raw, room, last);
            self.end += written;
            self.taken += read as u64;
            raw = raw.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bad, after) => {
                    let behind = u64::from(bad) + u64::from(after);
                    self.damages.push_back(Damage {
                        position: self.position + (self.end - self.start) as u64,
                        offset: self.taken.saturating_sub(behind),
                    });
                    self.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }

    fn push(&mut self, character: char) {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        self.reserve(bytes.len());
        if let Some(room) = self.buffer.get_mut(self.end..self.end + bytes.len()) {
            room.copy_from_slice(bytes);
            self.end += bytes.len();
        }
    }

    /// Makes room for `len` bytes behind the window.
    fn reserve(&mut self, len: usize) {
        if self.buffer.len() < self.end + len {
            self.buffer.resize(self.end + len, 0);
        }
    }

    fn cannot_read(&self, error: &io::Error) -> Refusal {
        self.refuse_file("file.read", text!("cannot be read to its end"))
            .because(error.to_string())
    }
}

/// Reads what one call gives; a signal in between is no error.
fn read_some(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            taken => return taken,
        }
    }
}

/// How many lines end in a piece of text: `\n`, `\r\n` and a lone `\r` each end one.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    let mut lines = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', text) {
        let second_half = text.get(at) == Some(&b'\n')
            && at
                .checked_sub(1)
                .is_some_and(|before| text.get(before) == Some(&b'\r'));
        lines += u64::from(!second_half);
    }
    lines
}

/// The length of the line end at `at`, or `None` when the next piece must be read to know it.
pub(super) fn line_end_len(window: &[u8], at: usize, ended: bool) -> Option<usize> {
    match (window.get(at), window.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r'), None) if !ended => None,
        (Some(_), _) => Some(1),
        (None, _) => Some(0),
    }
}
