//! One CSV record as the reports write it, whatever the input was.

use memchr::{memchr, memchr3};

/// A record of blank cells gets quotes around the first: without them it would be a blank line, not a row.
pub(super) fn never_blank(delimiter: u8, source: &mut Vec<u8>) {
    if is_blank(source, delimiter) {
        let end = memchr(delimiter, source).unwrap_or(source.len());
        source.insert(end, b'"');
        source.insert(0, b'"');
    }
}

/// Adds a cell, in quotes where it needs them.
pub(super) fn push_encoded(cell: &str, delimiter: u8, source: &mut Vec<u8>) {
    let needs_quotes = memchr3(b'"', b'\n', b'\r', cell.as_bytes()).is_some()
        || memchr(delimiter, cell.as_bytes()).is_some();
    if !needs_quotes {
        source.extend_from_slice(cell.as_bytes());
        return;
    }
    source.push(b'"');
    source.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
    source.push(b'"');
}

/// A cell, in quotes where it needs them.
pub(super) fn encoded(cell: &str, delimiter: u8) -> String {
    let mut encoded = Vec::new();
    push_encoded(cell, delimiter, &mut encoded);
    String::from_utf8(encoded).unwrap_or_default()
}

/// Whether a line holds delimiters, spaces and tabs only.
pub(super) fn is_blank(record: &[u8], delimiter: u8) -> bool {
    record
        .iter()
        .all(|byte| *byte == delimiter || matches!(byte, b' ' | b'\t'))
}
