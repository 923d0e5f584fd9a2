//! The header of a CSV file: which columns are the user's, and whether this is a header at all.
//!
//! A wrong header is a wrong file: everything doubtful refuses the file here, before a row is read.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::input::notice::Notice;

use super::cell_text;
use super::layout::{Layout, Quoting};
use super::trouble::Trouble;

/// The most columns, as in a spreadsheet.
pub(super) const COLUMNS_MAX: usize = 16_384;

/// The columns as the file has them.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// All names, `_…` and unnamed ones included.
    names: Vec<String>,
    /// Where the input's own columns stand.
    own: Vec<usize>,
    /// Cells up to the last column with a name: a row must have these.
    needed: usize,
}

impl Header {
    /// Reads the names from the first record.
    pub(super) fn read(record: &str, layout: &Layout, delimiter: u8) -> Result<Self, Trouble> {
        check_line(record, layout, delimiter)?;
        let mut unquoted = String::new();
        let names: Vec<String> = layout
            .places()
            .iter()
            .map(|place| cell_text(record, place, &mut unquoted).to_owned())
            .collect();
        let last = names.iter().rposition(|name| !name.trim().is_empty());
        let needed = last.map_or(0, |last| last + 1);
        let own = (0..needed)
            .filter(|at| names.get(*at).is_some_and(|name| !name.starts_with('_')))
            .collect();
        let header = Self { names, own, needed };
        header.check_names(record)?;
        Ok(header)
    }

    /// How many cells the header has.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of the column at a position, as rejections show it.
    pub(super) fn name(&self, position: usize) -> Cow<'_, str> {
        match self.names.get(position).map(String::as_str) {
            Some("") | None => Cow::Owned(format!("column {}", position + 1)),
            Some(name) => Cow::Borrowed(name),
        }
    }

    /// Where the input's own columns stand.
    pub(super) fn own_positions(&self) -> &[usize] {
        &self.own
    }

    /// The names of the input's own columns.
    pub(super) fn own_names(&self) -> Vec<String> {
        self.own
            .iter()
            .filter_map(|at| self.names.get(*at).cloned())
            .collect()
    }

    /// Whether a row may have this many cells: those of unnamed columns at the end may be missing.
    pub(super) fn takes(&self, count: usize) -> bool {
        (self.needed..=self.names.len()).contains(&count)
    }

    /// Whether a record has the very cells of the header, as in files glued together. A byte order mark before it is the
    /// second file's.
    pub(super) fn is_repeated_by(&self, record: &str, layout: &Layout) -> bool {
        let mut unquoted = String::new();
        layout.count() == self.names.len()
            && self.names.iter().zip(layout.places()).all(|(name, place)| {
                let cell = cell_text(record, place, &mut unquoted);
                cell.strip_prefix('\u{FEFF}').unwrap_or(cell) == name
            })
    }

    /// A value that stands under no name and would be lost.
    pub(super) fn unnamed_value<'a>(&self, record: &'a str, layout: &Layout) -> Option<&'a str> {
        layout
            .places()
            .get(self.needed..)
            .unwrap_or_default()
            .iter()
            .filter_map(|place| record.get(place.range.clone()))
            .find(|value| !matches!(value.trim(), "" | "\"\""))
    }

    /// What the user is told about columns that are passed over.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let ours: Vec<String> = self
            .names
            .iter()
            .filter(|name| name.starts_with('_'))
            .cloned()
            .collect();
        if !ours.is_empty() {
            notices.push(Notice::ReportColumns { names: ours });
        }
        if self.needed < self.names.len() {
            notices.push(Notice::UnnamedColumns {
                count: self.names.len() - self.needed,
            });
        }
        notices
    }

    fn check_names(&self, record: &str) -> Result<(), Trouble> {
        let mut seen = HashMap::new();
        for position in 0..self.needed {
            let name = self.names.get(position).map_or("", String::as_str);
            if name.trim().is_empty() {
                return Err(Trouble::Unnamed {
                    position: position + 1,
                });
            }
            if name.starts_with('_') {
                continue;
            }
            if let Some(first) = seen.insert(name, position + 1) {
                return Err(Trouble::Duplicate {
                    name: name.to_owned(),
                    first,
                    second: position + 1,
                });
            }
        }
        if self.own.is_empty() {
            return Err(Trouble::NoneOwn);
        }
        if self.own_names().iter().all(|name| looks_like_value(name)) {
            return Err(Trouble::Data {
                line: record.to_owned(),
            });
        }
        Ok(())
    }
}

/// What the line shows before its names are looked at.
fn check_line(record: &str, layout: &Layout, delimiter: u8) -> Result<(), Trouble> {
    if layout.count() > COLUMNS_MAX {
        return Err(Trouble::TooMany {
            count: layout.count(),
        });
    }
    if record.contains('\0') {
        return Err(Trouble::Nul);
    }
    if record.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Trouble::LostCharacter);
    }
    for place in layout.places() {
        if matches!(place.quoting, Quoting::Inside | Quoting::TextAfter) {
            return Err(Trouble::BadQuote {
                cell: record
                    .get(place.range.clone())
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }
    if record.starts_with("sep=") {
        return Err(Trouble::Separator {
            line: record.to_owned(),
        });
    }
    // A name in quotes may hold any of these: that is the way out for whoever has such a name.
    if layout.count() == 1 && !layout.quoted() {
        let others = [';', '\t', ',', '|', '，', '；'];
        if let Some(found) = others
            .into_iter()
            .find(|other| *other != char::from(delimiter) && record.contains(*other))
        {
            return Err(Trouble::WrongDelimiter { found });
        }
    }
    Ok(())
}

/// Numbers and dates are data: a name has a letter somewhere.
fn looks_like_value(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '/' | ':' | ' ' | '%'))
}
